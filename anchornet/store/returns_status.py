"""Where the returns of members stand for a month: sent, late, corrected, or still missing."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd
from duckdb import DuckDBPyConnection

from anchornet.periods import add_months
from anchornet.returns.declaration import RETURNS
from anchornet.store.database import Database, tidy, utc_now
from anchornet.store.network import dates_of, due_dates, returns_owed

DAY = timedelta(days=1)
AHEAD = 24  # months that are looked through for the first period of a return


@dataclass(frozen=True)
class Owed:
    """A return that a member owes, its period, and the day it is due."""

    return_name: str
    period: date
    due_on: date


def own_returns(
    database: Database, member_id: str, period: date, as_at: datetime | None = None
) -> pd.DataFrame:
    """Where the returns that a member owes, or sent, for a month stand, in the order they are
    declared: return_name, state (not_started, sent, sent_late, nil, corrected, withdrawn), late,
    receipt (None unless one counts), sent_at (when that was sent).

    `withdrawn`: everything that was sent for it is withdrawn. `late`: the first one that still
    stands came after the due date.
    """
    with database.cursor() as cursor:
        owed = [name for name, _ in returns_owed(cursor, [period], as_at)]
    frame = database.frame(
        """
        with
        declared as (
            select unnest($returns) as return_name, unnest(range(len($returns))) as position
        ),
        sent as (
            select distinct return_name
            from submissions
            where member_id = $member_id and period = $period and not_after(accepted_at, $as_at)
        ),
        counted as (
            select *, first_accepted_at::date > $due_on as is_late
            from current_submissions($as_at)
            where member_id = $member_id and period = $period
        )
        select
            return_name,
            case
                when sent.return_name is null then 'not_started'
                when receipt is null then 'withdrawn'
                when nil then 'nil'
                when standing > 1 then 'corrected'
                when is_late then 'sent_late'
                else 'sent'
            end as state,
            coalesce(is_late, false) as late,
            receipt,
            accepted_at as sent_at
        from declared
        left join sent using (return_name)
        left join counted using (return_name)
        where sent.return_name is not null or list_contains($owed::varchar[], declared.return_name)
        order by position
        """,
        {
            "returns": list(RETURNS),
            "owed": owed,
            "member_id": member_id,
            "period": period,
            "as_at": as_at or utc_now(),
            "due_on": due_dates(database, period, as_at).due_on,
        },
    )
    return tidy(frame)


def returns_board(
    database: Database, period: date | None = None, as_at: datetime | None = None
) -> pd.DataFrame:
    """Who has returned what: member_id, member, return_name, period, state, receipt, late,
    sent_back.

    One row for every return that a member owes for the period, or for every period since the first
    submission. State: nil, corrected, late, on_time; without a submission missing, or not_due while
    the due date has not passed. `late`: the first that still stands came after the due date.
    `sent_back`: its member is asked about it.
    """
    moment = as_at or utc_now()
    with database.cursor() as cursor:
        months = [period] if period else _months(cursor, moment)
        due = dates_of(cursor, database, months, as_at)
        owed = returns_owed(cursor, months, as_at)
    frame = database.frame(
        """
        with
        months as (
            select unnest($months::date[]) as period, unnest($due::date[]) as due_on
        ),
        owed as (
            select
                unnest($returns::varchar[]) as return_name,
                unnest($periods::date[]) as period,
                unnest(range(len($periods::date[]))) as position
        )
        select
            member_id, members.name as member, return_name, period,
            case
                when receipt is null and due_on >= $as_at::date then 'not_due'
                when receipt is null then 'missing'
                when nil then 'nil'
                when standing > 1 then 'corrected'
                when first_accepted_at::date > due_on then 'late'
                else 'on_time'
            end as state,
            receipt,
            coalesce(first_accepted_at::date > due_on, false) as late,
            asked.reason is not null as sent_back
        from months
        join current_members($as_at) as members
            on in_network(members.starts_on, members.ends_on, period)
        join owed using (period)
        left join current_submissions($as_at) using (member_id, return_name, period)
        left join current_sent_back($as_at) as asked using (submission_id)
        order by period desc, members.name, member_id, position
        """,
        {
            "months": months,
            "due": [due[month].due_on for month in months],
            "returns": [name for name, _ in owed],
            "periods": [month for _, month in owed],
            "as_at": moment,
        },
    )
    return tidy(frame, "period")


def owed_from(
    database: Database, starts_on: date | None, ends_on: date | None, today: date
) -> list[Owed]:
    """All that a member with these first and last days would owe, by period: to the month that has
    ended last, and at least the first of each return. Without a first day from the first period
    that anything was sent for."""
    with database.cursor() as cursor:
        first = starts_on.replace(day=1) if starts_on else _months(cursor, utc_now())[0]
        this = today.replace(day=1)
        count = max(AHEAD, (this.year - first.year) * 12 + this.month - first.month)
        months = [add_months(first, number) for number in range(count)]
        if ends_on:
            months = [month for month in months if add_months(month, 1) - DAY <= ends_on]
        due = dates_of(cursor, database, months)
        owed, seen = [], set()
        for name, period in returns_owed(cursor, months):
            if period < this or name not in seen:
                owed.append(Owed(name, period, due[period].due_on))
            seen.add(name)
    return owed


def _months(cursor: DuckDBPyConnection, as_at: datetime) -> list[date]:
    """From the first period anything was sent for to the last one that has ended, or was sent."""
    ended = add_months(as_at.date().replace(day=1), -1)
    first, last = cursor.execute(
        "select coalesce(min(period), $ended), greatest(max(period), $ended) "
        "from current_submissions($as_at)",
        {"ended": ended, "as_at": as_at},
    ).fetchall()[0]
    months = [min(first, ended)]
    while months[-1] < last:
        months.append(add_months(months[-1], 1))
    return months
