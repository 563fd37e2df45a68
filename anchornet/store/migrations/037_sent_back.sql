-- What a coordinator sends back to its member with a question: a row each time, and one without a
-- reason where it is taken back. What was sent goes on counting.
create table sent_back (
    submission_id integer,
    reason varchar,
    recorded_at timestamp,
    recorded_by varchar,
    record_number bigint default nextval('record_numbers')
);
