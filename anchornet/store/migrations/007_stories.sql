-- Case studies: a row for each version of one, and each decision about a version.
create table stories (
    story_id integer,
    version integer,
    member_id varchar,
    title varchar,
    words varchar,
    picture_id integer,
    alternative varchar,      -- what the picture shows, in words
    video varchar,
    quote varchar,
    quoted varchar,           -- whose words they are: a role
    indicators varchar[],
    tags varchar[],
    recorded_at timestamp,
    recorded_by varchar
);
create table story_decisions (
    story_id integer,
    version integer,
    state varchar check (state in ('approved', 'withdrawn')),
    recorded_at timestamp,
    recorded_by varchar
);
-- A picture as it was encoded anew, without what it said of where and when. Emptied when consent ends.
create table pictures (
    picture_id integer,
    large blob,
    web blob,
    recorded_at timestamp,
    recorded_by varchar
);
-- Whether people can be recognised in a picture, and what they agreed to: a row each time.
create table consents (
    picture_id integer,
    people boolean,
    given_by varchar,
    given_on date,
    given_for varchar,
    given boolean,            -- false: it was ended
    recorded_at timestamp,
    recorded_by varchar
);
