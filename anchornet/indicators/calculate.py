"""Figures as they are, for figures.py, which knows whom they are for: nothing outside this package
imports from here. DuckDB adds up, one query for each table of facts; what is divided is divided
here.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from threading import Lock
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from duckdb import DuckDBPyConnection

from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE, FACTS, SENDER, Facts, Indicator
from anchornet.periods import NotDeclared, add_months, months_between, months_of
from anchornet.returns.declaration import RETURNS
from anchornet.settings import KEY_VALUES, Settings
from anchornet.store.area_statistics import AREA_FACTS, area_facts
from anchornet.store.database import Database, utc_now
from anchornet.store.network import dates_of, successors

COLUMNS = tuple(
    "indicator period as_at value base unit members members_expected "
    "months months_expected senders".split()
)
# The cell keys of the value, of the base, and of what is in the base and not in the value.
KEYS = ("value_key", "base_key", "rest_key")
# What stays inside: beside KEYS what is divided, what it would be divided by if everything were
# known, with the cell key of that; how much of what there usually is has been sent; whether any of
# it was due, and whether it is the first that was ever sent.
INSIDE = (*KEYS, "part", "whole", "whole_key", "covered", "is_due", "is_first")
Numbers = npt.NDArray[np.float64]
_column_keys: WeakKeyDictionary[Database, dict[str, int]] = WeakKeyDictionary()


def calculate(
    database: Database,
    indicators: Sequence[str],
    periods: Sequence[date],
    *,
    as_at: datetime | None = None,
    by: Sequence[str] = (),
    members: Collection[str] | None = None,
    window: str = "month",
    where: Mapping[str, Collection[str]] | None = None,
) -> pd.DataFrame:
    """What `figures` gives, exact and without what it adds, and with INSIDE (float, NaN where
    nothing is to be said). Raises NotDeclared."""
    wanted = [_indicator(name) for name in dict.fromkeys(indicators)]
    months_by_end = {period: months_of(period, window) for period in periods}
    filters = {name: list(values) for name, values in (where or {}).items()}
    together: dict[tuple[str, bool, bool], list[Indicator]] = {}
    for indicator in wanted:
        facts = _facts(indicator, [*dict.fromkeys([*by, *filters])])
        spread = window != "month" and not _is_of_one_month(indicator)
        counts_different = spread and bool(indicator.different)
        together.setdefault((facts.name, spread, counts_different), []).append(indicator)

    senders = None if members is None else {*members}
    if "member" in filters:
        chosen = {*filters.pop("member")}
        senders = chosen if senders is None else senders & chosen
    pooled = "member" not in by and (senders is None or len(senders) != 1)
    parameters: dict[str, Any] = {"members": None if senders is None else list(senders)}
    parameters |= {f"where_{name}": values for name, values in filters.items()}
    pairs = [(end, month) for end, months in months_by_end.items() for month in months]
    windows = {"ends": [end for end, _ in pairs], "months": [month for _, month in pairs]}

    columns = ["period", *by, "senders", "months", "members", "members_expected"]
    areas, column_keys = _area_values(database, wanted, as_at), _keys_of_columns(database)
    lines: dict[str, list[tuple[Any, ...]]] = {}
    numbers: dict[str, Numbers] = {}
    with database.cursor() as cursor:
        _register_pool(cursor, database, {month for _, month in pairs}, as_at)
        for (name, spread, _), group in together.items():
            query = _Query(FACTS[name], tuple(group), tuple(by), tuple(filters), pooled, spread)
            given = parameters | (windows if spread else {"periods": list(months_by_end)})
            rows = cursor.execute(query.sql, given).fetchall()
            sums = query.sums_of(rows)
            for indicator in group:
                lines[indicator.name] = [row[: len(columns)] for row in rows]
                numbers[indicator.name] = _numbers(
                    indicator, sums, areas.get(indicator.over), column_keys
                )
    names = [indicator.name for indicator in wanted for _ in lines[indicator.name]]
    frame = pd.DataFrame(
        [line for indicator in wanted for line in lines[indicator.name]], columns=columns
    )
    frame[["value", "base", *INSIDE]] = np.concatenate(
        [np.empty((0, 2 + len(INSIDE))), *(numbers[indicator.name] for indicator in wanted)]
    )
    frame["indicator"] = pd.Series(names, index=frame.index, dtype="str")
    frame["as_at"] = pd.Series(as_at or utc_now(), index=frame.index, dtype="datetime64[us]")
    frame["unit"] = [CATALOGUE[name].unit for name in names]
    counts = {end: len(months) for end, months in months_by_end.items()}
    frame["months_expected"] = [
        1 if _is_of_one_month(CATALOGUE[name]) else counts[end]
        for name, end in zip(names, frame["period"], strict=True)
    ]
    return frame[[*COLUMNS, *INSIDE, *by]]


def each_once(
    database: Database,
    facts: str,
    columns: Sequence[str],
    periods: Sequence[date],
    *,
    as_at: datetime | None = None,
    members: Collection[str] | None = None,
) -> tuple[list[dict[str, Any]], dict[date, dict[str, str]]]:
    """The things that facts count once however many members report them (`one_per`), as figures
    count them: a row with `period`, `thing` and these columns for each; and for each period that
    any member sent the return for, those that did, each with the one that took its place in the
    end. For what isn't of people only."""
    declared = FACTS[facts]
    if {*columns} & _counted_columns():
        raise ValueError("People are counted by figures.")
    with database.cursor() as cursor:
        _register_pool(cursor, database, periods, as_at)
        cursor.execute(
            f"""
            with
            pool as (from pool_of_all_months where period in (select unnest($periods::date[]))),
            senders as (
                from pool
                where return_name = '{declared.return_name}' and has_sent
                    and ($members is null or member_id in (select unnest($members)))
            ),
            facts as (from senders join {declared.table} using (addition_id)),
            {_once(declared, [])}
            select senders.period, map(list(member_id), list(lineage)) as senders, null as thing,
                {_commas(*(f"null as {name}" for name in columns))}
            from senders
            group by senders.period
            union all by name
            select period, thing, {_commas(*columns)}
            from once
            """,
            {"members": None if members is None else list(members), "periods": list(periods)},
        )
        names = [column[0] for column in cursor.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    sent = {row["period"]: row["senders"] for row in rows if row["senders"] is not None}
    return [row for row in rows if row["senders"] is None], sent


def _indicator(name: str) -> Indicator:
    if name not in CATALOGUE:
        raise NotDeclared(f"There is no indicator {name}. There are: {', '.join(CATALOGUE)}.")
    return CATALOGUE[name]


def _is_of_one_month(indicator: Indicator) -> bool:
    """Whether its figure of a longer window is that of the last month."""
    return indicator.kind == "stock" or FACTS[indicator.facts[0]].stock


def _facts(indicator: Indicator, cuts: Sequence[str]) -> Facts:
    """The first facts of an indicator that can be cut by all of these."""
    for name in indicator.facts:
        if {*cuts} <= {*SENDER, *FACTS[name].breakdowns}:
            return FACTS[name]
    offered = indicator.breakdowns
    strange = [name for name in cuts if name not in offered]
    if strange:
        raise NotDeclared(
            f"{indicator.name} can't be cut by {strange[0]}. It can by: {', '.join(offered)}."
        )
    raise NotDeclared(f"{indicator.name} can't be cut by {' and '.join(cuts)} at once.")


def _area_values(
    database: Database, indicators: Sequence[Indicator], as_at: datetime | None
) -> dict[str | None, float]:
    if not any(indicator.over in AREA_FACTS for indicator in indicators):
        return {}
    frame = area_facts(database, as_at)
    return dict(zip(frame["name"], frame["value"], strict=True))


# --- from sums to figures ---------------------------------------------------------------------


class _Sum(NamedTuple):
    """A sum over facts. Of several months it is the sum of theirs: where they have to be there
    `every_month`, nothing if one lacks."""

    sql: str
    every_month: bool = False


def _parts(indicator: Indicator) -> dict[str, _Sum]:
    """What is added up for an indicator: its value, its base, and of each count of people the
    record keys of the rows in which anybody is counted."""
    parts = {"value": _Sum(indicator.expression, every_month=indicator.base is None)}
    if indicator.base is not None:
        parts["base"] = _Sum(indicator.base)
    counted = dict(zip(KEYS, indicator.counted, strict=True))
    if indicator.whole is not None:
        parts["whole"] = _Sum(f"sum({indicator.whole})")
        if indicator.people:
            counted["whole_key"] = (indicator.whole, "true")
    for name, (column, rows) in counted.items():
        if column:
            some = f"{column} > 0" if rows == "true" else f"({rows}) and {column} > 0"
            parts[name] = _Sum(f"sum(record_key) filter ({some})")
    return parts


def _numbers(
    indicator: Indicator,
    sums: Mapping[_Sum | str, Numbers],
    area_value: float | None,
    column_keys: Mapping[str, int],
) -> Numbers:
    """Value, base and INSIDE of each line. Nothing sent is a gap; something sent, and nothing of
    this in it, is nought."""
    parts = {name: sums[part] for name, part in _parts(indicator).items()}
    gaps = np.full(len(sums["members"]), np.nan)
    value, base = np.where(sums["has_facts"] == 1, parts["value"], 0.0), gaps
    part = gaps
    if indicator.over == "members":
        base = sums["members"]
    elif indicator.over is not None:
        base = np.full(len(gaps), np.nan if area_value is None else area_value)
    elif indicator.base is not None:
        value, base = np.nan_to_num(parts["value"]), np.nan_to_num(parts["base"])
    if indicator.kind == "rate":
        base = np.where(sums["is_known"] == 1, base, np.nan)
        part, value = value, value / np.where(base == 0, np.nan, base)
    else:
        value = np.where(sums["is_whole"] == 1, value, np.nan)
    keys = {name: np.nan_to_num(parts[name]) for name in KEYS if name in parts}
    if "base_key" in keys:  # who is in the base and not in the value, unless a figure of its own
        keys.setdefault("rest_key", keys["base_key"] - keys["value_key"])
    cell_keys = [
        (keys.get(name, gaps) + added) % KEY_VALUES
        for name, added in zip(KEYS, _added_keys(indicator, column_keys), strict=True)
    ]
    whole = np.nan_to_num(parts["whole"]) if "whole" in parts else gaps
    whole_key = gaps
    if "whole_key" in parts:
        added = column_keys.get(indicator.whole or "", 0)
        whole_key = (np.nan_to_num(parts["whole_key"]) + added) % KEY_VALUES
    weighed = [sums["weighed" if indicator.is_weighed else "counted"], sums["is_due"]]
    return np.column_stack(
        [value, base, *cell_keys, part, whole, whole_key, *weighed, sums["is_first"]]
    )


def _counted_columns() -> set[str]:
    """The columns that hold people."""
    counted = [column for indicator in CATALOGUE.values() for column, _ in indicator.counted]
    return {column for column in counted if column}


def _keys_of_columns(database: Database) -> dict[str, int]:
    if database not in _column_keys:
        with database.cursor() as cursor:
            _column_keys[database] = dict(
                cursor.execute(
                    "select name, record_key(['column', name]) "
                    "from (select unnest($columns::varchar[]) as name)",
                    {"columns": list(_counted_columns())},
                ).fetchall()
            )
    return _column_keys[database]


def _added_keys(indicator: Indicator, column_keys: Mapping[str, int]) -> tuple[int, int, int]:
    """What is added to the three sums of record keys of an indicator, so that two columns of the
    same rows don't share their noise."""
    value, base, rest = (column_keys.get(column or "", 0) for column, _ in indicator.counted)
    return value, base, rest if indicator.rest else value


# --- the query --------------------------------------------------------------------------------


_WHICH_TOTAL = " ".join(
    f"when '{facts.return_name}' then '{facts.total}'" for facts in FACTS.values() if facts.total
)
# Who could have sent what, and what they sent: one row for each month, return and member that was
# in the network or sent it nevertheless. Planning it costs more than all else in a question, so it
# is worked out once for all months and kept until something is recorded.
# `weight` is what a member usually sends: its mean of the twelve months before; for one without any
# that of those whose place it took, else of the others. A `lineage` is a member with those, and
# `token` a number for it, of which each of several has its part: they add up to the same where the
# same have sent.
_YEAR_BEFORE = """
order by period
            range between interval 12 months preceding and interval 1 month preceding
"""
_POOL = f"""
with
asked as (
    select unnest($months::date[]) as period, unnest($due::date[]) as due_on
),
months as (
    select unnest(generate_series(
        min(period) - interval 12 months, max(period), interval 1 month
    ))::date as period
    from asked
),
sent as (
    select
        member_id, return_name, period, submission_id, accepted_at, first_accepted_at,
        min(period) over (partition by return_name, member_id) as first_period,
        coalesce((totals ->> case return_name {_WHICH_TOTAL} end)::double, 0) as size
    from current_submissions($as_at)
),
followed as (
    select unnest($followed::varchar[]) as member_id, unnest($last::varchar[]) as last
),
everyone as (
    select
        coalesce(last, member_id) as lineage,
        return_name, period, member_id, kind, org_id,
        submission_id, accepted_at, first_accepted_at,
        in_network(starts_on, ends_on, period) as in_network,
        min(first_period) over (partition by return_name, lineage) as first_period,
        coalesce(
            avg(size) over (partition by return_name, member_id {_YEAR_BEFORE}),
            avg(size) over (partition by return_name, lineage {_YEAR_BEFORE})
        ) as usual
    from current_members($as_at)
    left join followed using (member_id)
    cross join months
    cross join (select unnest($returns::varchar[]) as return_name)
    left join sent using (member_id, return_name, period)
)
select
    everyone.* exclude (first_accepted_at), addition_id,
    submission_id is not null as has_sent,
    first_accepted_at::date <= due_on as is_on_time,
    due_on < $today and period >= coalesce((select min(period) from sent), period) as is_due,
    greatest(coalesce(usual, avg(usual) over (partition by return_name, period), 1), 0) as weight,
    (hash(lineage) % 4294967296)::bigint
        * (5040 // count(*) over (partition by return_name, period, lineage)) as token
from everyone
join asked using (period)
left join current_additions($as_at) using (submission_id)
where in_network or has_sent
"""


@dataclass(frozen=True)
class _Pool:
    version: int
    today: date
    first: date
    last: date
    rows: pa.Table


_POOLS_KEPT = 16  # one for each moment that figures are asked as at
_pools: WeakKeyDictionary[Database, dict[datetime | None, _Pool]] = WeakKeyDictionary()
_pools_lock = Lock()


def _register_pool(
    cursor: DuckDBPyConnection,
    database: Database,
    months: Collection[date],
    as_at: datetime | None,
) -> None:
    """Gives the cursor the table pool_of_all_months, in which these months are among others."""
    with _pools_lock:
        pools = _pools.setdefault(database, {})
        pool = pools.pop(as_at, None)
    version, today = database.version(), (as_at or utc_now()).date()
    if pool and (pool.version, pool.today) != (version, today):
        pool = None
    if not pool or (months and not pool.first <= min(months) <= max(months) <= pool.last):
        ends = [*months, *([pool.first, pool.last] if pool else _months_sent(cursor))]
        pool = _Pool(version, today, *_pool_rows(cursor, database.settings, ends, today, as_at))
    cursor.register("pool_of_all_months", pool.rows)
    with _pools_lock:
        pools[as_at] = pool
        while len(pools) > _POOLS_KEPT:
            del pools[next(iter(pools))]


def _months_sent(cursor: DuckDBPyConnection) -> list[date]:
    rows = cursor.execute("select min(period), max(period) from submissions").fetchall()
    return [month for month in rows[0] if month]


def _pool_rows(
    cursor: DuckDBPyConnection,
    settings: Settings,
    ends: Sequence[date],
    today: date,
    as_at: datetime | None,
) -> tuple[date, date, pa.Table]:
    first, last = (min(ends), max(ends)) if ends else (today.replace(day=1),) * 2
    months = [add_months(first, count) for count in range(months_between(first, last) + 1)]
    dates = dates_of(cursor, settings, months, as_at)
    followed = successors(cursor, as_at)
    rows = cursor.execute(
        _POOL,
        {
            "months": list(dates),
            "due": [due.due_on for due in dates.values()],
            "today": today,
            "as_at": as_at,
            "returns": list(RETURNS),
            "followed": list(followed),
            "last": list(followed.values()),
        },
    ).to_arrow_table()
    return first, last, rows


@dataclass(frozen=True)
class _Query:
    """One query however many indicators and periods. Names and expressions are from declarations
    only; the parameters are $members (null: all), $where_<breakdown> of each in `where`, and
    $periods or, where months are `spread` over longer windows, the pairs $ends and $months.

    Up to `sums` a period is the month that was sent; after it, the last month of the window. What
    adds up is summed by month first, so that a month in twelve windows is read once.
    """

    facts: Facts
    indicators: tuple[Indicator, ...]
    by: tuple[str, ...]
    where: tuple[str, ...]
    pooled: bool
    spread: bool

    @cached_property
    def sums(self) -> dict[_Sum, str]:
        """The names of all sums, each of which is asked for once."""
        parts = [part for indicator in self.indicators for part in _parts(indicator).values()]
        return {part: f"sum_{number}" for number, part in enumerate(dict.fromkeys(parts))}

    def sums_of(self, rows: Sequence[tuple[Any, ...]]) -> dict[_Sum | str, Numbers]:
        """The columns after the breakdowns; of flags, 1 is true."""
        names: list[_Sum | str] = ["members", "members_expected"]
        names += ["counted", "weighed", "is_due", "is_first"]
        names += ["is_known", "is_whole", "has_facts", *self.sums]
        numbers = np.array([row[-len(names) :] for row in rows], dtype=float)
        return dict(zip(names, numbers.reshape(-1, len(names)).T, strict=True))

    @cached_property
    def column(self) -> dict[str, str]:
        return {name: SENDER.get(name, f"by_{name}") for name in [*self.by, *self.where]}

    @cached_property
    def sender_cuts(self) -> list[str]:
        return [self.column[name] for name in self.by if name in SENDER]

    @cached_property
    def sent_cuts(self) -> list[str]:
        return [self.column[name] for name in self.by if name not in SENDER]

    @cached_property
    def cuts(self) -> list[str]:
        return [*self.sender_cuts, *self.sent_cuts]

    @cached_property
    def different(self) -> list[str]:
        """What tells things apart that count once in a window."""
        names = [name for indicator in self.indicators for name in indicator.different]
        return [*dict.fromkeys(names)]

    @cached_property
    def answered(self) -> str:
        """What nobody sent is a gap; of the returns themselves, what was not due."""
        return "has_sent" if self.facts.table else "is_due"

    @property
    def sql(self) -> str:
        months = "$months" if self.spread else "$periods"
        steps = [
            f"pool as (from pool_of_all_months where period in (select unnest({months}::date[])))",
            "network as (select distinct period, member_id from pool where in_network)",
            *([_WINDOWS] if self.spread else []),
            *(indicator.besides for indicator in self.indicators if indicator.besides),
            self._senders(),
            self._facts(),
            _once(self.facts, self.sender_cuts),
            self._cut(),
            self._sums(),
            *([self._sums_of_windows()] if self.spread and not self.different else []),
            self._coverage_of_windows() if self.spread else self._coverage(),
            f"groups as (select distinct {_commas('true as is_known', *self.cuts)} from cut)",
            self._lines(),
        ]
        sums = "sums_of_windows" if self.spread and not self.different else "sums"
        shown = [f'lines.{self.column[name]} as "{name}"' for name in self.by]
        columns = [f"lines.{self.column[name]}" for name in self.by]
        order = [f"try_cast({column} as integer), {column}" for column in columns]
        return f"""
        with {_commas(*steps)}
        select
            {_commas("lines.period", *shown)},
            senders, lines.months, members, members_expected,
            counted, weighed, is_due, is_first,
            lines.is_known, is_whole, has_facts,
            {_commas(*self.sums.values())}
        from lines
        left join {sums} as sums on {_same("lines", "sums", "period", *self.cuts)}
        order by {_commas("lines.period", *order)}
        """

    def _senders(self) -> str:
        conditions = [
            "($members is null or member_id in (select unnest($members)))",
            f"return_name = '{self.facts.return_name}'" if self.facts.table else "in_network",
        ]
        if "kind" in self.where:
            conditions.append("kind in (select unnest($where_kind::varchar[]))")
        return f"senders as (from pool where {' and '.join(conditions)})"

    def _facts(self) -> str:
        table = f"join {self.facts.table} using (addition_id)" if self.facts.table else ""
        conditions = [self.facts.counted, self.facts.pooled if self.pooled else None]
        where = " and ".join(f"({condition})" for condition in conditions if condition)
        return f"facts as (from senders {table} where {where or 'true'})"

    def _cut(self) -> str:
        """The facts with their breakdowns."""
        sent = {name: column for name, column in self.column.items() if name not in SENDER}
        columns = [
            f"coalesce(({BREAKDOWNS[name].sql})::varchar, 'not_known') as {column}"
            for name, column in sent.items()
        ]
        conditions = [
            f"{sent[name]} in (select unnest($where_{name}::varchar[]))"
            for name in self.where
            if name in sent
        ]
        return f"""
        cut as (
            from (select {_commas("*", *columns)} from once)
            where {" and ".join(conditions) or "true"}
        )"""

    def _sums(self) -> str:
        """By month; of what isn't the sum of its months, by window."""
        facts = "cut"
        if self.spread and self.different:
            columns = _commas("period", *self.cuts, *self.different)
            facts = _in_windows(f"(select distinct {columns} from cut)")
        sums = [f"({total.sql})::double as {name}" for total, name in self.sums.items()]
        return f"""
        sums as (
            select {_commas("period", *self.cuts, "true as has_facts", *sums)}
            from {facts}
            group by {_commas("period", *self.cuts)}
        )"""

    def _sums_of_windows(self) -> str:
        sums = [
            f"case when count(*) = count({name}) then sum({name}) end as {name}"
            if total.every_month
            else f"sum({name}) as {name}"
            for total, name in self.sums.items()
        ]
        return f"""
        sums_of_windows as (
            select {_commas("period", *self.cuts, "true as has_facts", *sums)}
            from {_in_windows("sums")}
            group by {_commas("period", *self.cuts)}
        )"""

    def _coverage(self) -> str:
        """Who sent and who was expected to, and whether anything is known."""
        return f"""
        coverage as (
            select
                {_commas("period", *self.sender_cuts)},
                count(distinct member_id) filter (has_sent) as members,
                count(distinct member_id) as members_expected,
                {_WEIGHED},
                min(first_period) = period as is_first,
                count(member_id) filter ({self.answered}) > 0 as is_known,
                is_known as is_whole,
                is_known::integer as months
            from (select distinct unnest($periods::date[]) as period)
            left join senders using (period)
            group by {_commas("period", *self.sender_cuts)}
        )"""

    def _coverage_of_windows(self) -> str:
        """The same of windows, and whether something is known of each of their months. Of the
        returns together, a member has sent for a month where it has sent any."""
        return f"""
        months_sent as (
            select {_commas("period", *self.sender_cuts, "member_id")},
                bool_or(has_sent) as has_sent, bool_or(is_due) as is_due,
                min(first_period) as first_period, any_value(weight) as weight,
                any_value(token) as token
            from senders
            group by all
        ),
        coverage as (
            select
                {_commas("ends.period", *self.sender_cuts)},
                count(distinct member_id) - count(distinct member_id) filter (not has_sent)
                    as members,
                count(distinct member_id) as members_expected,
                {_WEIGHED},
                min(first_period) = ends.period as is_first,
                count(member_id) filter ({self.answered}) > 0 as is_known,
                count(distinct month) filter ({self.answered}) as months,
                count(distinct month) filter ({self.answered}) = any_value(ends.months) as is_whole
            from (select ends as period, count(*) as months from windows group by ends) as ends
            left join (
                select windows.ends, windows.period as month, sent.* exclude (period)
                from months_sent as sent
                join windows on windows.period = sent.period
            ) as sent on sent.ends = ends.period
            group by {_commas("ends.period", *self.sender_cuts)}
        )"""

    def _lines(self) -> str:
        """Every group in each period of which anything is known."""
        if not self.sent_cuts:
            return "lines as (from coverage)"
        groups = [f"groups.{name}" for name in self.sent_cuts]
        return f"""
        lines as (
            select {_commas("coverage.*", *groups)}
            from coverage
            left join groups on {_same("coverage", "groups", "is_known", *self.sender_cuts)}
        )"""


# How much of what there usually is has been sent, by members and by what they usually send; whether
# any of it was due; and whose it is, as a text that is another one where other members sent it.
_WEIGHED = """
                count(*) filter (has_sent) / nullif(count(member_id), 0) as counted,
                coalesce(
                    sum(weight) filter (has_sent) / nullif(sum(weight), 0), counted
                ) as weighed,
                bool_or(is_due) as is_due,
                (sum(token) filter (has_sent))::varchar as senders"""
_WINDOWS = """
        windows as (
            select distinct unnest($ends::date[]) as ends, unnest($months::date[]) as period
        )"""


def _in_windows(months: str) -> str:
    """Rows of months once for each window that they are in."""
    return f"""(
            select ends as period, months.* exclude (period)
            from {months} as months
            join windows on windows.period = months.period
        )"""


def _once(facts: Facts, sender_cuts: Sequence[str]) -> str:
    """The facts with each thing once, however many members report it."""
    if facts.one_per is None:
        return "once as (from facts)"
    return f"""
        things as (select *, {facts.one_per} as thing from facts),
        once as (
            from things
            qualify row_number() over (
                partition by {_commas("period", "thing", *sender_cuts)} order by {facts.prefer}
            ) = 1
        )"""


def _commas(*parts: str) -> str:
    return ", ".join(parts)


def _same(left: str, right: str, *columns: str) -> str:
    return " and ".join(f"{left}.{name} is not distinct from {right}.{name}" for name in columns)
