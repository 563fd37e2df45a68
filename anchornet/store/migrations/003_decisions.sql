-- When the delivery group meets. A row for each time one is recorded, moved or taken away.
create table meetings (
    meeting_id integer,
    name varchar,
    starts_at timestamp,   -- UTC: figures as at a meeting are those of this moment
    removed boolean,       -- it does not take place
    recorded_at timestamp,
    recorded_by varchar
);

-- What is done about an indicator that is off track. A row for each time one is opened, changed
-- or closed, each with everything that is then true of it.
create table actions (
    action_id integer,
    indicator varchar,
    member_id varchar,     -- null: the network's figure
    what varchar,
    who varchar,           -- a role or a team
    due_on date,
    state varchar,         -- 'open' or 'done'
    note varchar,          -- what came of it, when it was closed
    recorded_at timestamp,
    recorded_by varchar
);

-- What is known of the area from elsewhere; names in store/area.py.
create table area_facts (
    name varchar,
    value double,
    source varchar,
    year integer,          -- that the value is of
    recorded_at timestamp,
    recorded_by varchar
);
