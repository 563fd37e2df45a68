-- What counts is the last row of a key by number, from one sequence for all tables, whatever the clock
-- said: times are for people, and a clock can go back. What was there before keeps its order.
create sequence record_numbers;

alter table members add column record_number bigint;
update members set record_number = place
from (
    select rowid as row, row_number() over (order by recorded_at, rowid) - count(*) over () as place
    from members
) as ordered
where members.rowid = ordered.row;
alter table members alter column record_number set default nextval('record_numbers');

alter table periods add column record_number bigint;
update periods set record_number = place
from (
    select rowid as row, row_number() over (order by recorded_at, rowid) - count(*) over () as place
    from periods
) as ordered
where periods.rowid = ordered.row;
alter table periods alter column record_number set default nextval('record_numbers');

alter table mappings add column record_number bigint;
update mappings set record_number = place
from (
    select rowid as row, row_number() over (order by recorded_at, rowid) - count(*) over () as place
    from mappings
) as ordered
where mappings.rowid = ordered.row;
alter table mappings alter column record_number set default nextval('record_numbers');

alter table suppliers add column record_number bigint;
update suppliers set record_number = place
from (
    select rowid as row, row_number() over (order by recorded_at, rowid) - count(*) over () as place
    from suppliers
) as ordered
where suppliers.rowid = ordered.row;
alter table suppliers alter column record_number set default nextval('record_numbers');

alter table targets add column record_number bigint;
update targets set record_number = place
from (
    select rowid as row, row_number() over (order by recorded_at, rowid) - count(*) over () as place
    from targets
) as ordered
where targets.rowid = ordered.row;
alter table targets alter column record_number set default nextval('record_numbers');

alter table meetings add column record_number bigint;
update meetings set record_number = place
from (
    select rowid as row, row_number() over (order by recorded_at, rowid) - count(*) over () as place
    from meetings
) as ordered
where meetings.rowid = ordered.row;
alter table meetings alter column record_number set default nextval('record_numbers');

alter table area_facts add column record_number bigint;
update area_facts set record_number = place
from (
    select rowid as row, row_number() over (order by recorded_at, rowid) - count(*) over () as place
    from area_facts
) as ordered
where area_facts.rowid = ordered.row;
alter table area_facts alter column record_number set default nextval('record_numbers');

alter table rates add column record_number bigint;
update rates set record_number = place
from (
    select rowid as row, row_number() over (order by recorded_at, rowid) - count(*) over () as place
    from rates
) as ordered
where rates.rowid = ordered.row;
alter table rates alter column record_number set default nextval('record_numbers');

alter table figures add column record_number bigint;
update figures set record_number = place
from (
    select rowid as row, row_number() over (order by recorded_at, rowid) - count(*) over () as place
    from figures
) as ordered
where figures.rowid = ordered.row;
alter table figures alter column record_number set default nextval('record_numbers');

alter table figure_decisions add column record_number bigint;
update figure_decisions set record_number = place
from (
    select rowid as row, row_number() over (order by recorded_at, rowid) - count(*) over () as place
    from figure_decisions
) as ordered
where figure_decisions.rowid = ordered.row;
alter table figure_decisions alter column record_number set default nextval('record_numbers');

alter table stories add column record_number bigint;
update stories set record_number = place
from (
    select rowid as row, row_number() over (order by recorded_at, rowid) - count(*) over () as place
    from stories
) as ordered
where stories.rowid = ordered.row;
alter table stories alter column record_number set default nextval('record_numbers');

alter table story_decisions add column record_number bigint;
update story_decisions set record_number = place
from (
    select rowid as row, row_number() over (order by recorded_at, rowid) - count(*) over () as place
    from story_decisions
) as ordered
where story_decisions.rowid = ordered.row;
alter table story_decisions alter column record_number set default nextval('record_numbers');

alter table consents add column record_number bigint;
update consents set record_number = place
from (
    select rowid as row, row_number() over (order by recorded_at, rowid) - count(*) over () as place
    from consents
) as ordered
where consents.rowid = ordered.row;
alter table consents alter column record_number set default nextval('record_numbers');

alter table people add column record_number bigint;
update people set record_number = place
from (
    select rowid as row, row_number() over (order by recorded_at, rowid) - count(*) over () as place
    from people
) as ordered
where people.rowid = ordered.row;
alter table people alter column record_number set default nextval('record_numbers');

alter table passwords add column record_number bigint;
update passwords set record_number = place
from (
    select rowid as row, row_number() over (order by recorded_at, rowid) - count(*) over () as place
    from passwords
) as ordered
where passwords.rowid = ordered.row;
alter table passwords alter column record_number set default nextval('record_numbers');

alter table grants add column record_number bigint;
update grants set record_number = place
from (
    select rowid as row, row_number() over (order by recorded_at, rowid) - count(*) over () as place
    from grants
) as ordered
where grants.rowid = ordered.row;
alter table grants alter column record_number set default nextval('record_numbers');

alter table leave add column record_number bigint;
update leave set record_number = place
from (
    select rowid as row, row_number() over (order by recorded_at, rowid) - count(*) over () as place
    from leave
) as ordered
where leave.rowid = ordered.row;
alter table leave alter column record_number set default nextval('record_numbers');

alter table actions add column record_number bigint;
update actions set record_number = place
from (
    select rowid as row, row_number() over (order by recorded_at, rowid) - count(*) over () as place
    from actions
) as ordered
where actions.rowid = ordered.row;
alter table actions alter column record_number set default nextval('record_numbers');
