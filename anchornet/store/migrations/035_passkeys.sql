-- Passkeys, by which people sign in without a password: the public half, and what the other counted.
-- A row when one is added, used or removed.
create table passkeys (
    credential_id varchar,  -- base64url, as browsers write it
    email varchar,
    name varchar,
    public_key blob,
    sign_count bigint,
    made_at timestamp,
    used_at timestamp,      -- null: not yet
    removed boolean,
    recorded_at timestamp,
    record_number bigint default nextval('record_numbers')
);
