-- Real Living Wage rates that were announced since the release, as the coordinator adds them.
create table rates (
    rate_year varchar,     -- '2026-27'
    announced_on date,
    implement_by date,
    uk decimal(6, 2),      -- pounds an hour
    london decimal(6, 2),
    recorded_at timestamp,
    recorded_by varchar
);
