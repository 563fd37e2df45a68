-- How the current state is chosen from appended rows, as at a moment (UTC; null: now).
-- Made again at every opening: these are code, not data.

create or replace macro not_after(moment, as_at) as
    moment <= coalesce(as_at::timestamp, 'infinity'::timestamp);

-- Whether a member owes returns for a month: it was in the network on the month's last day.
create or replace macro in_network(starts_on, ends_on, month) as
    coalesce(starts_on <= last_day(month::date), true)
    and coalesce(ends_on >= last_day(month::date), true);

-- The argument stays outside the subquery, where its name can't be taken for a column's.
create or replace macro is_withdrawn(number, as_at) as
    number in (
        select withdrawals.submission_id
        from withdrawals
        where not_after(withdrawals.withdrawn_at, as_at)
    );

create or replace macro current_members(as_at) as table
    select *
    from members
    where not_after(recorded_at, as_at)
    qualify row_number() over (
        partition by member_id order by recorded_at desc, rowid desc
    ) = 1;

create or replace macro members_in(month, as_at) as table
    select *
    from current_members(as_at)
    where in_network(starts_on, ends_on, month);

create or replace macro current_periods(as_at) as table
    select *
    from periods
    where not_after(recorded_at, as_at)
    qualify row_number() over (
        partition by period order by recorded_at desc, rowid desc
    ) = 1;

create or replace macro current_mappings(as_at) as table
    select *
    from mappings
    where not_after(recorded_at, as_at)
    qualify row_number() over (
        partition by member_id, return_name order by recorded_at desc, rowid desc
    ) = 1;

create or replace macro current_suppliers(as_at) as table
    select *
    from suppliers
    where not_after(recorded_at, as_at)
    qualify row_number() over (
        partition by supplier_key order by recorded_at desc, rowid desc
    ) = 1;

-- A row without a target says that it was taken away.
create or replace macro current_targets(as_at) as table
    select *
    from (
        from targets
        where not_after(recorded_at, as_at)
        qualify row_number() over (
            partition by member_id, indicator order by recorded_at desc, rowid desc
        ) = 1
    )
    where target is not null;

-- What counts: the last accepted submission that was not withdrawn by then, so that a withdrawal
-- brings the earlier one back. With the moment of the first one that still stands.
create or replace macro current_submissions(as_at) as table
    select
        submissions.*,
        min(accepted_at) over (partition by member_id, return_name, period) as first_accepted_at
    from submissions
    where not_after(accepted_at, as_at)
        and not is_withdrawn(submission_id, as_at)
    qualify row_number() over (
        partition by member_id, return_name, period order by accepted_at desc, submission_id desc
    ) = 1;

create or replace macro current_meetings(as_at) as table
    select *
    from (
        from meetings
        where not_after(recorded_at, as_at)
        qualify row_number() over (
            partition by meeting_id order by recorded_at desc, rowid desc
        ) = 1
    )
    where not removed;

-- With the moments of an action's first row and, where it is done, of its last.
create or replace macro current_actions(as_at) as table
    select
        * exclude (opened_at),
        opened_at,
        case when state = 'done' then recorded_at end as closed_at
    from (
        select *, min(recorded_at) over (partition by action_id) as opened_at
        from actions
        where not_after(recorded_at, as_at)
        qualify row_number() over (
            partition by action_id order by recorded_at desc, rowid desc
        ) = 1
    );

create or replace macro current_area_facts(as_at) as table
    select *
    from area_facts
    where not_after(recorded_at, as_at)
    qualify row_number() over (
        partition by name order by recorded_at desc, rowid desc
    ) = 1;
