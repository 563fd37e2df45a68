-- What the network asks of a funder or a minister: a row for each version of the text, and for each
-- decision about one.
create table asks (
    version integer,
    words varchar,
    recorded_at timestamp,
    recorded_by varchar,
    record_number bigint default nextval('record_numbers')
);
create table ask_decisions (
    version integer,
    state varchar check (state in ('approved', 'withdrawn')),
    recorded_at timestamp,
    recorded_by varchar,
    record_number bigint default nextval('record_numbers')
);
