"""Figures: (indicators, periods, as at, breakdowns) -> one tidy frame, by one function."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd

from anchornet.indicators.catalogue import CATALOGUE, FACTS, Facts, Indicator
from anchornet.returns.declaration import RETURNS
from anchornet.store.database import Database, utc_now

__all__ = ["CATALOGUE", "NotDeclared", "calculate"]

COLUMNS = tuple("indicator period as_at value base unit members members_expected".split())
# What a figure can be cut by that is said of the sender, and not of what was sent.
SENDER = {"member": "member_id", "kind": "kind"}


class NotDeclared(ValueError):
    """An indicator or breakdown that the catalogue doesn't have; the text lists those it has."""


def calculate(
    database: Database,
    indicators: Sequence[str],
    periods: Sequence[date],
    *,
    as_at: datetime | None = None,
    by: Sequence[str] = (),
    members: Collection[str] | None = None,
) -> pd.DataFrame:
    """Exact figures: nothing is rounded and nothing hidden, so publishing.disclosure stands between
    these and anyone but the member that sent them.

    Columns: indicator, period (date), as_at (datetime, UTC), value (float, NaN: a gap), base
    (float, what a rate is divided by, else NaN), unit, members (how many sent the return),
    members_expected, and one of text for each breakdown. `member` holds the member's ID; what is
    not known is "not_known", of a ring "unknown". Sorted by indicator as asked, period, breakdowns.
    A group that has something in one of the periods is nought in the others, and a gap where nobody
    sent the return: such a period has one row, without the breakdowns of what was sent.
    `members` limits the figures to what those sent. The figures of one member are all that it paid;
    those of several leave out what one member paid another.
    Raises NotDeclared.
    """
    wanted = [_indicator(name) for name in dict.fromkeys(indicators)]
    together: dict[str, list[Indicator]] = {}
    for indicator in wanted:
        together.setdefault(_facts(indicator, by).name, []).append(indicator)
    pooled = "member" not in by and (members is None or len(set(members)) != 1)
    rows: list[tuple[Any, ...]] = []
    with database.cursor() as cursor:
        cursor.execute(_POOL, {"periods": list(periods), "as_at": as_at, "returns": list(RETURNS)})
        given = {"periods": list(periods), "members": None if members is None else list(members)}
        for name, asked in together.items():
            rows += cursor.execute(_query(FACTS[name], asked, by, pooled), given).fetchall()
    place = {it.name: number for number, it in enumerate(wanted)}
    rows.sort(key=lambda row: place[row[0]])
    names = ["indicator", "value", "base", "period", "members", "members_expected", *by]
    frame = pd.DataFrame(rows, columns=names).astype({"value": "float64", "base": "float64"})
    frame["as_at"] = pd.Series(as_at or utc_now(), index=frame.index, dtype="datetime64[us]")
    frame["unit"] = [CATALOGUE[name].unit for name in frame["indicator"]]
    return frame[[*COLUMNS, *by]]


def _indicator(name: str) -> Indicator:
    if name not in CATALOGUE:
        raise NotDeclared(f"There is no indicator {name}. There are: {', '.join(CATALOGUE)}.")
    return CATALOGUE[name]


def _facts(indicator: Indicator, by: Sequence[str]) -> Facts:
    for name in indicator.facts:
        if {*by} <= {*SENDER, *FACTS[name].breakdowns}:
            return FACTS[name]
    known = indicator.breakdowns
    strange = [name for name in by if name not in known]
    if strange:
        raise NotDeclared(
            f"{indicator.name} can't be cut by {strange[0]}. It can by: {', '.join(known)}."
        )
    raise NotDeclared(f"{indicator.name} can't be cut by {' and '.join(by)} at once.")


# Who could have sent what, and what they sent: one row for each month, return and member that was
# in the network or sent it nevertheless. Made once for all facts, because planning costs most.
_POOL = """
create or replace temp table pool as
with
everyone as (
    select period, member_id, kind, in_network(starts_on, ends_on, period) as in_network
    from current_members($as_at)
    cross join (select distinct unnest($periods::date[]) as period)
),
latest as (
    select submission_id, arg_max(addition_id, (added_at, addition_id)) as addition_id
    from additions
    where not_after(added_at, $as_at)
    group by submission_id
)
select
    return_name, period, member_id, kind, in_network, submission_id, accepted_at, addition_id,
    submission_id is not null as has_sent
from everyone
cross join (select unnest($returns::varchar[]) as return_name)
left join current_submissions($as_at) using (member_id, return_name, period)
left join latest using (submission_id)
where in_network or has_sent
"""


def _query(facts: Facts, indicators: Sequence[Indicator], by: Sequence[str], pooled: bool) -> str:
    """One question however many indicators and periods. Names and expressions are from declarations
    only; the parameters are $periods and $members (null: all)."""
    sender = [SENDER[name] for name in by if name in SENDER]
    sent = [f"by_{name}" for name in by if name not in SENDER]
    column = {name: SENDER.get(name, f"by_{name}") for name in by}
    cuts = [
        f"coalesce(({facts.breakdowns[name]})::varchar, 'not_known') as {column[name]}"
        for name in by
        if name not in SENDER
    ]
    sums = [
        f"({sql})::double as {part}_{place}"
        for place, it in enumerate(indicators)
        for part, sql in (("value", it.expression), ("base", it.base or "null"))
    ]
    values = [
        f"{{'indicator': '{it.name}', 'value': {_value(it, place)}, 'base': {_base(it, place)}}}"
        for place, it in enumerate(indicators)
    ]
    shown = [f'lines.{column[name]} as "{name}"' for name in by]
    in_order = [f"try_cast(lines.{it} as integer), lines.{it}" for it in column.values()]
    conditions = [facts.counted, facts.pooled if pooled else None]
    if facts.table:
        # What nobody sent is a gap.
        senders, known = f"return_name = '{facts.return_name}'", "has_sent"
        source = f"senders join {facts.table} using (addition_id)"
    else:
        # What nobody sent is what is counted.
        senders, known, source = "in_network", "true", "senders"
    return f"""
        with
        network as (select distinct period, member_id from pool where in_network),
        senders as (
            from pool
            where {senders} and ($members is null or member_id in (select unnest($members)))
        ),
        facts as (
            from {source}
            where {" and ".join(f"({it})" for it in conditions if it) or "true"}
        ),
        {_once(facts, sender)},
        cut as (select {_listed("*", *cuts)} from once),
        sums as (
            select {_listed("period", *sender, *sent, "true as found", *sums)}
            from cut
            group by {_listed("period", *sender, *sent)}
        ),
        covered as (
            select
                {_listed("period", *sender)},
                count(distinct member_id) filter (has_sent) as members,
                count(distinct member_id) as members_expected,
                count(member_id) filter ({known}) > 0 as known
            from (select distinct unnest($periods::date[]) as period)
            left join senders using (period)
            group by {_listed("period", *sender)}
        ),
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
        left join sums on {_same("lines", "sums", "period", *sender, *sent)}
        order by {_listed("lines.period", *in_order)}
    """


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
    if indicator.base is not None:
        share = f"coalesce(value_{place}, 0) / nullif(base_{place}, 0)"
        return f"case when known then {share} end"
    return f"case when known then case when found then value_{place} else 0 end end"


def _base(indicator: Indicator, place: int) -> str:
    if indicator.base is None:
        return "null::double"
    return f"case when known then coalesce(base_{place}, 0) end"


def _listed(*parts: str) -> str:
    return ", ".join(parts)


def _same(left: str, right: str, *columns: str) -> str:
    return " and ".join(f"{left}.{it} is not distinct from {right}.{it}" for it in columns)
