"""Figures: (indicators, periods, as at, breakdowns) -> one tidy frame, by one function."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd

from anchornet.indicators.catalogue import CATALOGUE, FACTS, Facts, Indicator
from anchornet.returns.declaration import RETURNS
from anchornet.store.database import Database, utc_now

__all__ = ["CATALOGUE", "NotDeclared", "calculate"]

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
    given: dict[str, Any] = {"periods": list(periods), "as_at": as_at}
    if members is not None:
        given["members"] = list(members)
    pooled = "member" not in by and (members is None or len(set(members)) != 1)
    with database.cursor() as cursor:
        frames = [
            cursor.execute(_query(FACTS[name], asked, by, pooled, members is not None), given).df()
            for name, asked in together.items()
        ]
    frame = pd.concat(frames, ignore_index=True)
    order = frame["indicator"].map({it.name: place for place, it in enumerate(wanted)})
    frame = frame.iloc[order.argsort(kind="stable")].reset_index(drop=True)
    frame["period"] = frame["period"].dt.date
    frame["as_at"] = pd.Series(as_at or utc_now(), index=frame.index, dtype="datetime64[us]")
    frame["unit"] = frame["indicator"].map({it.name: it.unit for it in wanted})
    return frame[
        [
            "indicator",
            "period",
            "as_at",
            "value",
            "base",
            "unit",
            "members",
            "members_expected",
            *by,
        ]
    ]


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


def _query(
    facts: Facts, indicators: Sequence[Indicator], by: Sequence[str], pooled: bool, chosen: bool
) -> str:
    """One question however many indicators and periods. Names and expressions are from declarations
    only; the parameters are $periods, $as_at and, when `chosen`, $members."""
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
    in_order = [f'try_cast("{name}" as integer), "{name}"' for name in by]
    source = _RETURNS if facts.table is None else _SUBMISSIONS
    conditions = [facts.counted, facts.pooled if pooled else None]
    return f"""
        with
        asked as (select distinct unnest($periods::date[]) as period),
        everyone as (from current_members($as_at)),
        network as (
            select period, member_id
            from asked
            join everyone on in_network(starts_on, ends_on, period)
        ),
        {
        source.format(
            return_name=facts.return_name,
            table=facts.table,
            members=_MEMBERS if chosen else "true",
            conditions=" and ".join(f"({it})" for it in conditions if it) or "true",
        )
    },
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
                count(*) filter (is_known) > 0 as known
            from asked
            left join pool using (period)
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
        order by {_listed("period", *in_order)}
    """


_MEMBERS = "member_id in (select unnest($members::varchar[]))"

# pool: one row for each member, month and submission, or none, of those that count in the figures.
# facts: what is added up.
_SUBMISSIONS = """
        sent as (
            select member_id, period, submission_id, accepted_at
            from current_submissions($as_at)
            where return_name = '{return_name}' and period in (from asked)
        ),
        pool as (
            select
                period, member_id, kind, submission_id, accepted_at,
                submission_id is not null as has_sent, has_sent as is_known
            from (from network union select period, member_id from sent)
            left join sent using (period, member_id)
            join everyone using (member_id)
            where {members}
        ),
        latest as (
            select submission_id, arg_max(addition_id, (added_at, addition_id)) as addition_id
            from additions
            where not_after(added_at, $as_at) and submission_id in (select submission_id from sent)
            group by submission_id
        ),
        facts as (
            select pool.*, {table}.*
            from pool
            join latest using (submission_id)
            join {table} using (addition_id)
            where {conditions}
        )"""
# A return that nobody sent is not a gap here: it is what is counted.
_RETURNS = f"""
        pool as (
            select
                period, member_id, kind, return_name, submission_id,
                submission_id is not null as has_sent, true as is_known
            from network
            join everyone using (member_id)
            cross join (select unnest({list(RETURNS)}) as return_name)
            left join current_submissions($as_at) using (member_id, period, return_name)
            where {{members}}
        ),
        facts as (from pool where {{conditions}})"""


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
