-- Roles of a member's that the coordinator asks the member to confirm: a row each time one is asked
-- for, and one more when it is settled.
create table asked_roles (
    email varchar,
    role varchar,
    member_id varchar,
    asked boolean,         -- false: it was confirmed, refused or taken back
    recorded_at timestamp,
    recorded_by varchar,
    record_number bigint default nextval('record_numbers')
);
