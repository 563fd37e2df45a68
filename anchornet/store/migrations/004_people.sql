-- Who may sign in, by the e-mail address, in lower case, that they sign in with. A row for each
-- time a person is recorded or, when they leave, taken away.
create table people (
    email varchar,
    name varchar,
    removed boolean,
    recorded_at timestamp,
    recorded_by varchar
);

-- A role as it is given or taken, for a member where it is one of a member's people.
create table grants (
    email varchar,
    role varchar,
    member_id varchar,     -- null: a role in the network
    given boolean,
    recorded_at timestamp,
    recorded_by varchar
);

-- Argon2 hashes; the last one of a person counts. Null: none any more.
create table passwords (
    email varchar,
    hash varchar,
    recorded_at timestamp,
    recorded_by varchar
);

-- Secrets that were handed out, as SHA-256: a link to sign in once, and a sign-in as the browser
-- holds it in a cookie.
create table keys (
    hash varchar,
    kind varchar,          -- 'link' or 'sign-in'
    email varchar,
    made_at timestamp,
    ends_at timestamp
);

create table keys_spent (
    hash varchar,
    spent_at timestamp
);

-- What leaves no other trace: sign-ins, refusals, downloads, a coordinator's looks at rows.
create table audit (
    happened_at timestamp,
    who varchar,           -- an e-mail address, as it was typed where nobody has it
    did varchar,           -- one of store/audit.py
    about varchar,
    member_id varchar
);
