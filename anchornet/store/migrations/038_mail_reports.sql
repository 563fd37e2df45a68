-- Reports of mail that came back: each is counted once.
create table mail_reports (
    mail_id integer,
    report varchar,        -- SHA-256 of its own Message-ID
    recorded_at timestamp
);
