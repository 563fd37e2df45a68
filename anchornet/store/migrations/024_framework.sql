-- What the network wants to change and how it tells: the coordinator's file, whole, each time that
-- one is loaded.
create table frameworks (
    content varchar,       -- the text of framework.toml
    recorded_at timestamp,
    recorded_by varchar,
    record_number bigint default nextval('record_numbers')
);
