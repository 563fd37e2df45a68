-- What the network decides for itself, each setting as JSON. For days after a month's end: from which
-- month on they hold; null for every month, as for all other settings.
create table network_settings (
    name varchar,
    value varchar,
    since date,
    recorded_at timestamp,
    recorded_by varchar,
    record_number bigint default nextval('record_numbers')
);
