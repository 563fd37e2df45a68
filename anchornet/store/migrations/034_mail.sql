-- Mail that the app sends: what each is about, never its text, which is made when it is sent. A mail
-- gets a row in mail_states each time something becomes of it.
create table mails (
    mail_id integer,
    kind varchar,          -- one of store/mail.py
    email varchar,
    member_id varchar,     -- null: not about a member
    about varchar,         -- such as a month with its due date, or a meeting
    message_id varchar,    -- the same however often it is tried
    made_at timestamp,
    made_by varchar        -- null: by the app itself
);

create table mail_states (
    mail_id integer,
    state varchar,         -- one of store/mail.py
    detail varchar,        -- what the mail server said
    tries integer,
    due_at timestamp,      -- when it is tried next, while it waits
    recorded_at timestamp,
    recorded_by varchar,   -- null: the app itself
    record_number bigint default nextval('record_numbers')
);

-- Which kinds of mail somebody wants, as far as they said.
create table mail_choices (
    email varchar,
    kind varchar,
    wanted boolean,
    recorded_at timestamp,
    record_number bigint default nextval('record_numbers')
);

-- The private address of somebody's calendar, as SHA-256; null: none any more.
create table calendars (
    email varchar,
    hash varchar,
    recorded_at timestamp,
    record_number bigint default nextval('record_numbers')
);
