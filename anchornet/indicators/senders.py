"""Who could have sent what, and what they sent: what every question of figures begins with."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from weakref import WeakKeyDictionary

import pyarrow as pa
from duckdb import DuckDBPyConnection

from anchornet.facts.catalogue import FACTS
from anchornet.periods import add_months, months_between
from anchornet.returns.declaration import RETURNS
from anchornet.store.database import Database, utc_now
from anchornet.store.network import dates_of, returns_owed, successors

_WHICH_TOTAL = " ".join(
    f"when '{facts.return_name}' then '{facts.total}'" for facts in FACTS.values() if facts.total
)
# Who could have sent what, and what they sent: one row for each month, return and member that owed
# it or sent it nevertheless, worked out once for all months and kept until something is recorded.
# Groups that are joined, where windows would say it shorter: each window costs more than all else.
# `weight` is what a member usually sends: its mean of the twelve months before; for one without any
# that of those whose place it took, else of the others. A `lineage` is a member with those, and
# `token` a number for each: those of a lineage add up to the lineage's own number, however many it
# is, so that sums are the same where the same have sent, and others where only some of it have.
_YEAR_BEFORE = """
from asked
join sent
    on sent.period >= asked.period - interval 12 months and sent.period < asked.period
group by all
"""
_POOL = f"""
with
asked as (
    select unnest($months::date[]) as period, unnest($due::date[]) as due_on
),
owed as (
    select unnest($owed::varchar[]) as return_name, unnest($owed_for::date[]) as period
),
followed as (
    select unnest($followed::varchar[]) as member_id, unnest($last::varchar[]) as last
),
sent as materialized (
    select
        coalesce(last, member_id) as lineage,
        member_id, return_name, period, submission_id, accepted_at, first_accepted_at,
        coalesce((totals ->> case return_name {_WHICH_TOTAL} end)::double, 0) as size
    from current_submissions($as_at)
    left join followed using (member_id)
),
begun as (
    select return_name, lineage, min(period) as first_period
    from sent
    group by all
),
usual_of_member as (
    select asked.period, return_name, member_id, avg(size) as usual
    {_YEAR_BEFORE}
),
usual_of_lineage as (
    select asked.period, return_name, lineage, avg(size) as usual
    {_YEAR_BEFORE}
),
listed as materialized (
    select
        coalesce(last, member_id) as lineage,
        return_name, period, member_id, kind, org_id,
        submission_id, accepted_at,
        in_network(starts_on, ends_on, period) as in_network,
        (hash(member_id) % 4294967296)::bigint as number,
        in_network and owed.period is not null as is_owed,
        submission_id is not null as has_sent,
        first_accepted_at::date <= due_on as is_on_time,
        due_on < $today and period >= coalesce((select min(period) from sent), period) as is_due
    from current_members($as_at)
    left join followed using (member_id)
    cross join asked
    cross join (select unnest($returns::varchar[]) as return_name)
    left join owed using (return_name, period)
    left join sent using (member_id, return_name, period)
    where is_owed or has_sent
),
weighed as materialized (
    select listed.*, first_period, coalesce(usual_of_member.usual, usual_of_lineage.usual) as usual
    from listed
    left join begun using (return_name, lineage)
    left join usual_of_member using (return_name, period, member_id)
    left join usual_of_lineage using (return_name, period, lineage)
),
others as (
    select return_name, period, avg(usual) as usual
    from weighed
    group by all
),
lineages as (
    select
        return_name, period, lineage,
        arg_max(member_id, (member_id = lineage, member_id)) as last_member,
        sum(number) as number
    from listed
    group by all
)
select
    weighed.* exclude (number), addition_id,
    greatest(coalesce(weighed.usual, others.usual, 1), 0) as weight,
    (
        weighed.number + if(
            member_id = last_member, hash('all of ' || lineage) % 4294967296 - lineages.number, 0
        )
    )::bigint as token
from weighed
join others using (return_name, period)
join lineages using (return_name, period, lineage)
left join current_additions($as_at) using (submission_id)
"""


@dataclass(frozen=True)
class _Pool:
    version: int
    today: date
    merges: pa.Table
    first: date
    last: date
    rows: pa.Table


_POOLS_KEPT = 16  # one for each moment that figures are asked as at
_pools: WeakKeyDictionary[Database, dict[datetime | None, _Pool]] = WeakKeyDictionary()
_pools_lock = Lock()


def register_pool(
    cursor: DuckDBPyConnection,
    database: Database,
    months: Collection[date],
    as_at: datetime | None,
) -> None:
    """Gives the cursor the table pool_of_all_months, in which these months are among others, and
    merges, the names that are another organisation's."""
    with _pools_lock:
        pools = _pools.setdefault(database, {})
        pool = pools.pop(as_at, None)
    version, today = database.version(), (as_at or utc_now()).date()
    if pool and (pool.version, pool.today) != (version, today):
        pool = None
    if not pool or (months and not pool.first <= min(months) <= max(months) <= pool.last):
        ends = [*months, *([pool.first, pool.last] if pool else _months_sent(cursor))]
        merges = cursor.execute("from merged_names($as_at, null)", {"as_at": as_at})
        pool = _Pool(
            version,
            today,
            merges.to_arrow_table(),
            *_pool_rows(cursor, database, ends, today, as_at),
        )
    cursor.register("pool_of_all_months", pool.rows)
    cursor.register("merges", pool.merges)
    with _pools_lock:
        pools[as_at] = pool
        while len(pools) > _POOLS_KEPT:
            del pools[next(iter(pools))]


def _months_sent(cursor: DuckDBPyConnection) -> list[date]:
    rows = cursor.execute("select min(period), max(period) from submissions").fetchall()
    return [month for month in rows[0] if month]


def _pool_rows(
    cursor: DuckDBPyConnection,
    database: Database,
    ends: Sequence[date],
    today: date,
    as_at: datetime | None,
) -> tuple[date, date, pa.Table]:
    first, last = (min(ends), max(ends)) if ends else (today.replace(day=1),) * 2
    months = [add_months(first, count) for count in range(months_between(first, last) + 1)]
    dates = dates_of(cursor, database, months, as_at)
    followed = successors(cursor, as_at)
    owed = returns_owed(cursor, months, as_at)
    rows = cursor.execute(
        _POOL,
        {
            "months": list(dates),
            "due": [due.due_on for due in dates.values()],
            "today": today,
            "as_at": as_at,
            "returns": list(RETURNS),
            "owed": [name for name, _ in owed],
            "owed_for": [month for _, month in owed],
            "followed": list(followed),
            "last": list(followed.values()),
        },
    ).to_arrow_table()
    return first, last, rows
