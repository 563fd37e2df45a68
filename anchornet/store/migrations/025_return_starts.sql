-- From which period on the network asks for a return, where that is not what its declaration says.
create table return_starts (
    return_name varchar,
    since date,
    recorded_at timestamp,
    recorded_by varchar,
    record_number bigint default nextval('record_numbers')
);
