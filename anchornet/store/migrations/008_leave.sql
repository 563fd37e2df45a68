-- Whether a member lets the network's coordinator see its rows: a row each time it is given or
-- ended.
create table leave (
    member_id varchar,
    given boolean,
    recorded_at timestamp,
    recorded_by varchar
);
