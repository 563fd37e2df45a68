-- What programs sign in to the API with, in place of a person: a row when one is made, and one more
-- when it is revoked. A token acts with one role, in the network or for a member.
create table api_tokens (
    token_id varchar,      -- by which it stands in the record; opens nothing
    hash varchar,          -- SHA-256 of what opens the door
    name varchar,
    role varchar,
    member_id varchar,     -- null: a role in the network
    made_at timestamp,
    made_by varchar,
    ends_at timestamp,
    revoked boolean,
    recorded_at timestamp,
    recorded_by varchar,
    record_number bigint default nextval('record_numbers')
);
