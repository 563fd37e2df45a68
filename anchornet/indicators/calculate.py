"""Figures as they are, for figures.py, which knows whom they are for: nothing outside this package
imports from here.

(indicators, periods, as at, breakdowns) -> one tidy frame, by one function.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from weakref import WeakKeyDictionary

import pandas as pd
from duckdb import DuckDBPyConnection

from anchornet.facts.catalogue import CATALOGUE, FACTS, Facts, Indicator
from anchornet.periods import NotDeclared, months_of
from anchornet.returns.declaration import RETURNS
from anchornet.settings import KEY_VALUES, Settings
from anchornet.store.area_statistics import AREA_FACTS, area_facts
from anchornet.store.database import Database, utc_now
from anchornet.store.network import dates_of

COLUMNS = tuple("indicator period as_at value base unit members members_expected".split())
# The cell keys of the value, of the base, and of what is in the base and not in the value.
KEYS = ("value_key", "base_key", "rest_key")
# What a figure can be cut by that is said of the sender, and not of what was sent.
SENDER = {"member": "member_id", "kind": "kind"}
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
    """Exact figures: nothing is rounded and nothing hidden.

    Columns: indicator, period (date), as_at (datetime, UTC), value (float, NaN: a gap), base
    (float, what a rate is divided by, else NaN), unit, members (how many sent the return),
    members_expected, KEYS (float, NaN where no people are counted) and one of text for each
    breakdown. `member` holds the member's ID; what is
    not known is "not_known", of a ring "unknown". Sorted by indicator as asked, period, breakdowns.
    A group that has something in one of the periods is nought in the others, and a gap where nobody
    sent the return: such a period has one row, without the breakdowns of what was sent.
    `members` limits the figures to what those sent. The figures of one member are all that it paid;
    those of several leave out what one member paid another. `where` keeps, of each breakdown named,
    only those values.

    `window` is one of WINDOWS, and each period the last month of one: see `months_of`. A flow adds
    its months up, and is a gap where one of them is; a rate is over the months there are; a stock
    is that of the last month. `members` are then those that sent every month they owed, and
    `members_expected` those that owed any.
    Raises NotDeclared.
    """
    wanted = [_indicator(name) for name in dict.fromkeys(indicators)]
    where = where or {}
    only = None if members is None else {*members}
    if "member" in where:
        only = {*where["member"]} if only is None else only & {*where["member"]}
    pooled = "member" not in by and (only is None or len(only) != 1)
    windows = {period: months_of(period, window) for period in periods}
    together: dict[tuple[str, bool, bool], list[Indicator]] = {}
    for indicator in wanted:
        facts = _facts(indicator, by, where)
        spread = window != "month" and not (facts.stock or indicator.kind == "stock")
        how = facts.name, spread, spread and bool(indicator.different)
        together.setdefault(how, []).append(indicator)
    kept = {f"where_{name}": list(it) for name, it in where.items() if name != "member"}
    rows: list[tuple[Any, ...]] = []
    area = _area_values(database, wanted, as_at)
    with database.cursor() as cursor:
        months = sorted({month for listed in windows.values() for month in listed})
        _make_pool(cursor, database.settings, months, as_at)
        for (name, spread, _), asked in together.items():
            given: dict[str, Any] = {"members": None if only is None else list(only), **kept}
            if spread:
                pairs = [(end, month) for end, listed in windows.items() for month in listed]
                given["ends"] = [end for end, _ in pairs]
                given["months"] = [month for _, month in pairs]
            else:
                given["periods"] = list(windows)
            overs = {it.over for it in asked if it.over in AREA_FACTS}
            given |= {f"over_{over}": area.get(over) for over in overs}
            question = _query(FACTS[name], asked, by, pooled, spread, [*where])
            rows += cursor.execute(question, given).fetchall()
    place = {it.name: number for number, it in enumerate(wanted)}
    rows.sort(key=lambda row: place[row[0]])
    names = ["indicator", "value", "base", *KEYS, "period", "members", "members_expected", *by]
    numbers = dict.fromkeys(["value", "base", *KEYS], "float64")
    frame = pd.DataFrame(rows, columns=names).astype(numbers)
    apart = {it.name: _apart(database, it) for it in wanted if it.people}
    for number, key in enumerate(KEYS):
        added = frame["indicator"].map({it: keys[number] for it, keys in apart.items()})
        frame[key] = (frame[key] + added.astype("float64")) % KEY_VALUES
    frame["as_at"] = pd.Series(as_at or utc_now(), index=frame.index, dtype="datetime64[us]")
    frame["unit"] = [CATALOGUE[name].unit for name in frame["indicator"]]
    return frame[[*COLUMNS, *KEYS, *by]]


def _apart(database: Database, indicator: Indicator) -> tuple[int, int, int]:
    """What is added to the three sums of record keys of an indicator, so that two columns of the
    same rows don't share their noise."""
    if database not in _column_keys:
        columns = {it for one in CATALOGUE.values() for it, _ in one.counted if it}
        with database.cursor() as cursor:
            _column_keys[database] = dict(
                cursor.execute(
                    "select name, record_key(['column', name]) "
                    "from (select unnest($columns::varchar[]) as name)",
                    {"columns": list(columns)},
                ).fetchall()
            )
    known = _column_keys[database]
    value, base, rest = (known.get(column or "", 0) for column, _ in indicator.counted)
    return value, base, rest if indicator.rest else value


def each_once(
    database: Database,
    facts: str,
    columns: Sequence[str],
    periods: Sequence[date],
    *,
    as_at: datetime | None = None,
    members: Collection[str] | None = None,
) -> tuple[list[dict[str, Any]], dict[date, int]]:
    """The things that facts count once however many members report them (`one_per`), as figures
    count them: a row with `period`, `thing` and these columns for each; and how many members sent
    the return for each period that any did. For what isn't of people only."""
    declared = FACTS[facts]
    if {*columns} & {column for it in CATALOGUE.values() for column, _ in it.counted}:
        raise ValueError("People are counted by figures.")
    with database.cursor() as cursor:
        _make_pool(cursor, database.settings, list(periods), as_at)
        cursor.execute(
            f"""
            with
            senders as (
                from pool
                where return_name = '{declared.return_name}' and has_sent
                    and ($members is null or member_id in (select unnest($members)))
            ),
            facts as (from senders join {declared.table} using (addition_id)),
            {_once(declared, [])}
            select senders.period, count(distinct senders.member_id) as senders, null as thing,
                {_listed(*(f"null as {name}" for name in columns))}
            from senders
            group by senders.period
            union all by name
            select period, thing, {_listed(*columns)}
            from once
            """,
            {"members": None if members is None else list(members)},
        )
        names = [it[0] for it in cursor.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    sent = {row["period"]: row["senders"] for row in rows if row["senders"] is not None}
    return [row for row in rows if row["senders"] is None], sent


def _area_values(
    database: Database, indicators: Sequence[Indicator], as_at: datetime | None
) -> dict[str | None, float]:
    if not any(it.over in AREA_FACTS for it in indicators):
        return {}
    frame = area_facts(database, as_at)
    return dict(zip(frame["name"], frame["value"], strict=True))


def _indicator(name: str) -> Indicator:
    if name not in CATALOGUE:
        raise NotDeclared(f"There is no indicator {name}. There are: {', '.join(CATALOGUE)}.")
    return CATALOGUE[name]


def _facts(indicator: Indicator, by: Sequence[str], where: Collection[str]) -> Facts:
    cuts = [*dict.fromkeys([*by, *where])]
    for name in indicator.facts:
        if {*cuts} <= {*SENDER, *FACTS[name].breakdowns}:
            return FACTS[name]
    known = indicator.breakdowns
    strange = [name for name in cuts if name not in known]
    if strange:
        raise NotDeclared(
            f"{indicator.name} can't be cut by {strange[0]}. It can by: {', '.join(known)}."
        )
    raise NotDeclared(f"{indicator.name} can't be cut by {' and '.join(cuts)} at once.")


def _make_pool(
    cursor: DuckDBPyConnection,
    settings: Settings,
    months: Sequence[date],
    as_at: datetime | None,
) -> None:
    due = dates_of(cursor, settings, months)
    cursor.execute(
        _POOL,
        {
            "months": list(due),
            "due": [it.due_on for it in due.values()],
            "today": (as_at or utc_now()).date(),
            "as_at": as_at,
            "returns": list(RETURNS),
        },
    )


# Who could have sent what, and what they sent: one row for each month, return and member that was
# in the network or sent it nevertheless. Made once for all facts, because planning costs most.
_POOL = """
create or replace temp table pool as
with
everyone as (
    select
        period, member_id, kind, in_network(starts_on, ends_on, period) as in_network, due_on
    from current_members($as_at)
    cross join (
        select unnest($months::date[]) as period, unnest($due::date[]) as due_on
    )
),
latest as (
    select submission_id, arg_max(addition_id, (added_at, addition_id)) as addition_id
    from additions
    where not_after(added_at, $as_at)
    group by submission_id
)
select
    return_name, period, member_id, kind, in_network, submission_id, accepted_at, addition_id,
    submission_id is not null as has_sent,
    first_accepted_at::date <= due_on as is_on_time,
    due_on < $today as is_due
from everyone
cross join (select unnest($returns::varchar[]) as return_name)
left join current_submissions($as_at) using (member_id, return_name, period)
left join latest using (submission_id)
where in_network or has_sent
"""


def _query(
    facts: Facts,
    indicators: Sequence[Indicator],
    by: Sequence[str],
    pooled: bool,
    spread: bool,
    where: Sequence[str],
) -> str:
    """One question however many indicators and periods. Names and expressions are from declarations
    only; the parameters are $members (null: all), $where_<breakdown> of each in `where`, and
    $periods or, where months are `spread` over longer windows, the pairs $ends and $months.

    Until `sums`, period is the month that was sent; after it, the last month of the window. What
    adds up is summed by month first, so that a month in twelve windows is read once.
    """
    sender = [SENDER[name] for name in by if name in SENDER]
    sent = [f"by_{name}" for name in by if name not in SENDER]
    column = {name: SENDER.get(name, f"by_{name}") for name in [*by, *where]}
    cuts = [
        f"coalesce(({facts.breakdowns[name]})::varchar, 'not_known') as {column[name]}"
        for name in dict.fromkeys([*by, *where])
        if name not in SENDER
    ]
    kept = [
        f"{column[name]} in (select unnest($where_{name}::varchar[]))"
        for name in where
        if name not in SENDER
    ]
    sums = [
        f"({sql})::double as {part}_{place}"
        for place, it in enumerate(indicators)
        for part, sql in _parts(it).items()
    ]
    values = [
        f"{{'indicator': '{it.name}', 'value': {_value(it, place)}, 'base': {_base(it, place)}, "
        f"{_cell_keys(it, place)}}}"
        for place, it in enumerate(indicators)
    ]
    shown = [f'lines.{column[name]} as "{name}"' for name in by]
    in_order = [
        f"try_cast(lines.{it} as integer), lines.{it}" for it in (column[name] for name in by)
    ]
    conditions = [facts.counted, facts.pooled if pooled else None]
    if facts.table:
        # What nobody sent is a gap.
        senders, known = f"return_name = '{facts.return_name}'", "has_sent"
        source = f"senders join {facts.table} using (addition_id)"
    else:
        # What nobody sent is what is counted.
        senders, known, source = "in_network", "true", "senders"
    if "kind" in where:
        senders += " and kind in (select unnest($where_kind::varchar[]))"
    besides = [f"{it.besides.strip()}," for it in indicators if it.besides]
    different = [*dict.fromkeys(name for it in indicators for name in it.different)]
    of_windows = spread and bool(different)
    alike = f"(select distinct {_listed('period', *sender, *sent, *different)} from cut)"
    return f"""
        with
        network as (select distinct period, member_id from pool where in_network),
        {_WINDOWS if spread else ""}
        {" ".join(besides)}
        senders as (
            from pool
            where {senders} and ($members is null or member_id in (select unnest($members)))
                and period in (select unnest({"$months" if spread else "$periods"}::date[]))
        ),
        facts as (
            from {source}
            where {" and ".join(f"({it})" for it in conditions if it) or "true"}
        ),
        {_once(facts, sender)},
        cut as (
            from (select {_listed("*", *cuts)} from once)
            where {" and ".join(kept) or "true"}
        ),
        sums as (
            select {_listed("period", *sender, *sent, "true as found", *sums)}
            from {_IN_WINDOWS.format(alike) if of_windows else "cut"}
            group by {_listed("period", *sender, *sent)}
        ),
        {_added_up(indicators, [*sender, *sent]) if spread and not of_windows else ""}
        {_covered(sender, known, spread)},
        groups as (select distinct {_listed("true as known", *sender, *sent)} from cut),
        lines as (
            select {_listed("covered.*", *(f"groups.{name}" for name in sent))}
            from covered
            {f"left join groups on {_same('covered', 'groups', 'known', *sender)}" if sent else ""}
        )
        select
            unnest([{", ".join(values)}], recursive := true),
            {_listed("lines.period", "members", "members_expected", *shown)}
        from lines
        left join {"added_up" if spread and not of_windows else "sums"} as sums
            on {_same("lines", "sums", "period", *sender, *sent)}
        order by {_listed("lines.period", *in_order)}
    """


_WINDOWS = """
        windows as (
            select distinct unnest($ends::date[]) as ends, unnest($months::date[]) as period
        ),
"""
_IN_WINDOWS = """(
                select ends as period, months.* exclude (period)
                from {} as months
                join windows on windows.period = months.period
            )"""


def _added_up(indicators: Sequence[Indicator], cuts: Sequence[str]) -> str:
    """The months' sums over their windows. A month that is a gap, though something was sent, makes
    a flow a gap."""
    parts = []
    for place, it in enumerate(indicators):
        total = f"sum(value_{place})"
        if it.base is None:
            total = f"case when count(*) = count(value_{place}) then {total} end"
        parts.append(f"{total} as value_{place}")
        others = [part for part in _parts(it) if part != "value"]
        parts += [f"sum({part}_{place}) as {part}_{place}" for part in others]
    return f"""
        added_up as (
            select {_listed("period", *cuts, "true as found", *parts)}
            from {_IN_WINDOWS.format("sums")}
            group by {_listed("period", *cuts)}
        ),"""


def _covered(sender: Sequence[str], known: str, spread: bool) -> str:
    """Who sent and who was expected to, whether anything is known, and whether of every month."""
    if not spread:
        return f"""
        covered as (
            select
                {_listed("period", *sender)},
                count(distinct member_id) filter (has_sent) as members,
                count(distinct member_id) as members_expected,
                count(member_id) filter ({known}) > 0 as known,
                known as whole
            from (select distinct unnest($periods::date[]) as period)
            left join senders using (period)
            group by {_listed("period", *sender)}
        )"""
    return f"""
        -- Of the returns together, a member has sent for a month where it has sent any.
        months_sent as (
            select {_listed("period", *sender, "member_id")}, bool_or(has_sent) as has_sent
            from senders
            group by all
        ),
        covered as (
            select
                {_listed("asked.period", *sender)},
                count(distinct member_id) - count(distinct member_id) filter (not has_sent)
                    as members,
                count(distinct member_id) as members_expected,
                count(member_id) filter ({known}) > 0 as known,
                count(distinct month) filter ({known}) = any_value(asked.months) as whole
            from (
                select ends as period, count(*) as months
                from windows
                group by ends
            ) as asked
            left join (
                select windows.ends, windows.period as month, sent.* exclude (period)
                from months_sent as sent
                join windows on windows.period = sent.period
            ) as sent on sent.ends = asked.period
            group by {_listed("asked.period", *sender)}
        )"""


def _once(facts: Facts, sender: Sequence[str]) -> str:
    """The facts with each thing once, however many members report it."""
    if facts.one_per is None:
        return "once as (from facts)"
    return f"""
        things as (select *, {facts.one_per} as thing from facts),
        once as (
            from things
            qualify row_number() over (
                partition by {_listed("period", "thing", *sender)} order by {facts.prefer}
            ) = 1
        )"""


def _value(indicator: Indicator, place: int) -> str:
    """Nothing sent is a gap; something sent, and nothing of this in it, is nought."""
    if indicator.over is not None:
        count = f"case when found then value_{place} else 0 end"
        return f"case when known then ({count}) / nullif({_over(indicator)}, 0) end"
    if indicator.base is not None:
        share = f"coalesce(value_{place}, 0) / nullif(base_{place}, 0)"
        return f"case when known then {share} end"
    return f"case when whole then case when found then value_{place} else 0 end end"


def _over(indicator: Indicator) -> str:
    return "members" if indicator.over == "members" else f"$over_{indicator.over}::double"


def _base(indicator: Indicator, place: int) -> str:
    if indicator.over is not None:
        return f"case when known then {_over(indicator)} end"
    if indicator.base is None:
        return "null::double"
    return f"case when known then coalesce(base_{place}, 0) end"


def _parts(indicator: Indicator) -> dict[str, str]:
    """What is added up for an indicator: its value, its base, and of each count of people the
    record keys of the rows in which anybody is counted."""
    parts = {"value": indicator.expression, "base": indicator.base}
    for name, (column, rows) in zip(KEYS, indicator.counted, strict=True):
        counted = f"{column} > 0" if rows == "true" else f"({rows}) and {column} > 0"
        parts[name] = f"sum(record_key) filter ({counted})" if column else None
    return {name: sql for name, sql in parts.items() if sql}


def _cell_keys(indicator: Indicator, place: int) -> str:
    """KEYS before what holds their columns apart. Who is in the base and not in the value has the
    keys that the value lacks, unless that is a figure of its own."""
    parts = _parts(indicator)
    value, base, rest = (
        f"coalesce({name}_{place}, 0)" if name in parts else "null::double" for name in KEYS
    )
    if "base_key" in parts and "rest_key" not in parts:
        rest = f"{base} - {value}"
    return ", ".join(
        f"'{name}': {sql}" for name, sql in zip(KEYS, (value, base, rest), strict=True)
    )


def _listed(*parts: str) -> str:
    return ", ".join(parts)


def _same(left: str, right: str, *columns: str) -> str:
    return " and ".join(f"{left}.{it} is not distinct from {right}.{it}" for it in columns)
