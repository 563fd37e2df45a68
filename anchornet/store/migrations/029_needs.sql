-- What organisations ask for that a commitment or a purchase could meet: a row each time one is
-- recorded, changed or given a later day of review. Whoever recorded it last is who asks.
create table needs (
    need_id bigint,
    organisation varchar,
    outcome varchar,       -- of the framework
    kind varchar,
    what varchar,
    how_much varchar,
    area varchar,          -- a ward or a local authority; null: anywhere
    needed_by date,
    review_on date,        -- the last day on which it is still wanted, unless somebody says so again
    recorded_at timestamp,
    recorded_by varchar,
    record_number bigint default nextval('record_numbers')
);

-- What became of each: introduced, agreed, delivered, confirmed, open again or withdrawn.
create table need_events (
    need_id bigint,
    state varchar,
    role varchar,          -- of whoever recorded it
    words varchar,
    promise varchar,       -- the commitment that is to meet it
    recorded_at timestamp,
    recorded_by varchar,
    record_number bigint default nextval('record_numbers')
);
