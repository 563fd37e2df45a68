-- The supplier directory becomes the directory of organisations: what each does for the members, beside
-- where it is. Lists are codes or words with ; between them.
alter table suppliers rename to organisations;
alter table organisations rename column supplier_key to name_key;
alter table organisations add column roles varchar;
alter table organisations add column supplies varchar;
alter table organisations add column pathways varchar;
alter table organisations add column serves varchar;
alter table organisations add column url varchar;
alter table organisations add column checked_on date;

-- Names that are another organisation's: what is paid to the one counts as paid to the other. A row
-- each time; null: it stands by itself again.
create table organisation_merges (
    name_key varchar,
    into_key varchar,
    recorded_at timestamp,
    recorded_by varchar,
    load_number bigint,
    record_number bigint default nextval('record_numbers')
);

-- What registers say of names that members paid, and what was decided of each: taken by itself,
-- offered, accepted, refused.
create table register_matches (
    name_key varchar,
    org_id varchar,        -- in the register
    state varchar,         -- null: nothing any more
    how varchar,           -- number, name, former_name, beginning, similar
    score double,
    name varchar,          -- as the register has it today
    matched varchar,       -- the name of the register's that is like it: today's or a former one
    postcode varchar,
    type varchar,
    status varchar,
    source varchar,        -- 'registered office, Companies House, 1 November 2026'
    recorded_at timestamp,
    recorded_by varchar,
    load_number bigint,
    record_number bigint default nextval('record_numbers')
);
