-- Which organisation holds which standard of the framework, at which of its steps, and since when.
create table standards (
    name_key varchar,      -- the organisation's name without case, punctuation and legal form
    organisation varchar,
    org_id varchar,
    standard varchar,
    step varchar,
    held_from date,
    held_to date,          -- the last day; null: to this day
    source varchar,
    recorded_at timestamp,
    recorded_by varchar,
    record_number bigint default nextval('record_numbers')
);
