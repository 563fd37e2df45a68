"""What a change is made of: like for like between two periods, and figures that were revised."""

import math
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
from duckdb import DuckDBPyConnection

from anchornet.facts.catalogue import CATALOGUE, FACTS, Indicator
from anchornet.indicators.calculate import calculate
from anchornet.indicators.figures import Audience, NotOffered, Request, figures
from anchornet.periods import months_of
from anchornet.returns.declaration import RETURNS
from anchornet.store.area_statistics import AREA_FACTS
from anchornet.store.database import Database, utc_now
from anchornet.store.network import successors

_GAP: dict[str, Any] = {
    "value": math.nan, "base": math.nan, "shown": "–", "unknown": math.nan, "unjudged": None,
}  # fmt: skip
OWED = "owed"  # beside the returns' names: that a member was in the network


def like_for_like(
    database: Database,
    indicators: Sequence[str],
    period: date,
    before: date,
    audience: Audience,
    *,
    as_at: datetime | None = None,
    window: str = "month",
    members: Collection[str] | None = None,
    where: Mapping[str, Collection[str]] | None = None,
) -> pd.DataFrame:
    """Figures of two periods from those members alone that sent the return for every month of both
    (of figures that count returns: that were in the network in each): indicator, unit, value,
    value_before, change, base, base_before, limit (a list of those members, None for all), members
    (how many), members_left_out (those that sent any of it), shown and shown_before. One row an
    indicator; a gap where no member sent both, or where figures of these members aren't offered. A
    member and those whose place it took are one. What is compared is what the audience sees.
    """
    frame = same_members(
        database, indicators, [before, period], audience, as_at=as_at, window=window,
        members=members, where=where,
    )  # fmt: skip
    kept = ["indicator", "unit", "value", "base", "limit", "members", "members_left_out", "shown"]
    lines = []
    for _, rows in frame.groupby("indicator", sort=False):
        then, now = rows.to_dict("records")
        line = {name: now[name] for name in kept}
        line |= {f"{name}_before": then[name] for name in ("value", "base", "shown")}
        lines.append({**line, "change": now["value"] - then["value"]})
    return pd.DataFrame(lines)


def same_members(
    database: Database,
    indicators: Sequence[str],
    periods: Sequence[date],
    audience: Audience,
    *,
    as_at: datetime | None = None,
    window: str = "month",
    members: Collection[str] | None = None,
    where: Mapping[str, Collection[str]] | None = None,
) -> pd.DataFrame:
    """Figures of several periods from those members alone that sent the return for every month of
    all of them, as like_for_like says it of two: a row for each indicator and period, in the order
    asked, with value, base, shown, unknown and unjudged as `figures` has them; a gap in all where
    no member sent them all, or where figures of these members aren't offered."""
    by_months: dict[tuple[date, ...], list[str]] = {}
    for name in dict.fromkeys(indicators):
        months = {
            month
            for end in periods
            for month in ([end] if CATALOGUE[name].is_stock else months_of(end, window))
        }
        by_months.setdefault(tuple(sorted(months)), []).append(name)
    lines = []
    for months_, names in by_months.items():
        present, lineage = _present(database, months_, as_at, members)
        alike: dict[tuple[frozenset[str], int], list[str]] = {}
        for name in names:
            returns = [present[return_] for return_ in _returns_of(CATALOGUE[name]) or {OWED}]
            every = frozenset.intersection(*(every_month for every_month, _ in returns))
            any_month = frozenset.union(*(any_month for _, any_month in returns))
            beside = [present[return_] for return_ in CATALOGUE[name].returns_beside]
            if any(every_month != some_month for every_month, some_month in beside):
                every = frozenset()  # whoever sends what it is beside, it counts for all
            alike.setdefault((every, len(any_month - every)), []).append(name)
        for (every, left_out), compared in alike.items():
            everybody = members is None and not left_out
            who = sorted(member for member, last in lineage.items() if last in every)
            limit = None if everybody else who
            request = Request(compared, periods, window, as_at, members=limit, where=where)
            rows = {}
            with suppress(NotOffered):
                frame = figures(database, request, audience)
                rows = {(row["indicator"], row["period"]): row for row in frame.to_dict("records")}
            for name in compared:
                for period in periods:
                    row = rows.get((name, period), _GAP)
                    lines.append(
                        {
                            "indicator": name,
                            "period": period,
                            "unit": CATALOGUE[name].unit,
                            **{column: row[column] for column in _GAP},
                            "limit": limit,
                            "members": len(every),
                            "members_left_out": left_out,
                        }
                    )
    order = list(indicators)
    lines.sort(key=lambda line: order.index(line["indicator"]))
    return pd.DataFrame(lines)


def _returns_of(indicator: Indicator) -> set[str]:
    """The returns that an indicator is made of; none where it counts the returns themselves."""
    names = {FACTS[name].return_name for name in indicator.facts}
    return {name for name in names if name}


def _present(
    database: Database,
    months: Sequence[date],
    as_at: datetime | None,
    members: Collection[str] | None,
) -> tuple[dict[str, tuple[frozenset[str], frozenset[str]]], dict[str, str]]:
    """Of each return, and of OWED, the members that sent it, or owed returns, for all of the months
    and for any, where a member stands for those whose place it took; and who stands for whom."""
    with database.cursor() as cursor:
        last = successors(cursor, as_at)
        rows = cursor.execute(
            """
            with owed as (
                select member_id, period
                from current_members($as_at)
                cross join (select unnest($months::date[]) as period)
                where in_network(starts_on, ends_on, period)
            )
            select return_name, member_id, period
            from current_submissions($as_at)
            where period in (select unnest($months::date[]))
            union all
            select $owed, member_id, period from owed
            """,
            {"as_at": as_at, "owed": OWED, "months": list(months)},
        ).fetchall()
    sent: dict[str, set[tuple[str, date]]] = {name: set() for name in (*RETURNS, OWED)}
    for name, member, month in rows:
        sent[name].add((member, month))
    lineage = {member: last.get(member, member) for _, member, _ in rows}
    asked = lineage if members is None else members
    wanted = {last.get(member, member) for member in asked}
    lacking = {name: sent[OWED] - pairs for name, pairs in sent.items()}
    present = {}
    for name, pairs in sent.items():
        months_of_each: dict[str, set[date]] = {}
        for member, month in pairs:
            months_of_each.setdefault(lineage[member], set()).add(month)
        periods = [month for month in months if name == OWED or RETURNS[name].is_period(month)]
        late = {lineage[member] for member, month in lacking[name] if month in periods}
        anything = frozenset(months_of_each.keys() & wanted)
        every_month = {it for it in anything if len(months_of_each[it]) == len(periods)}
        present[name] = (frozenset(every_month - late), anything)
    return present, lineage


@dataclass(frozen=True)
class Cause:
    """Why a figure is another one. what: "sent" (late, for the first time), "corrected" or
    "withdrawn", by a member; "placed" (the directory of organisations or the members changed where
    a return's pounds count); "entered" (the area's figure, of no member)."""

    what: str
    member_id: str | None = None
    return_name: str | None = None
    period: date | None = None
    receipt: str | None = None


def revisions(
    database: Database,
    then: pd.DataFrame,
    now: pd.DataFrame,
    since: datetime,
    as_at: datetime | None,
    *,
    members: Collection[str] | None = None,
    window: str = "month",
) -> pd.DataFrame:
    """The figures that were known at the moment `since` and are others as at another (now), of what
    `figures` gave at each for the same periods: indicator, period, unit, value_then, value_now,
    causes (a tuple of Cause), shown_then and shown_now; as asked, then by period.

    A gap that has become a figure is no revision. Without any cause, it is who is in the network
    that changed.
    """
    changed = [
        (before, after)
        for before, after in zip(then.to_dict("records"), now.to_dict("records"), strict=True)
        if not math.isnan(before["value"]) and not _same(before["value"], after["value"])
    ]
    columns = ["indicator", "period", "unit", "value_then", "value_now", "causes"]
    if not changed:
        return pd.DataFrame(columns=columns)
    causes = _causes(
        database,
        [CATALOGUE[name] for name in dict.fromkeys(row["indicator"] for row, _ in changed)],
        sorted({row["period"] for row, _ in changed}),
        since,
        as_at,
        members,
        window,
    )
    return pd.DataFrame(
        [
            {
                "indicator": before["indicator"],
                "period": before["period"],
                "unit": before["unit"],
                "value_then": before["value"],
                "value_now": after["value"],
                "causes": causes[before["indicator"], before["period"]],
                "shown_then": before["shown"],
                "shown_now": after["shown"],
            }
            for before, after in changed
        ]
    )


def _read_of(indicator: Indicator) -> set[str]:
    """The returns that a change of an indicator can come from."""
    return (_returns_of(indicator) | indicator.returns_beside) or {*RETURNS}


def _same(one: float, other: float) -> bool:
    both_gaps = math.isnan(one) and math.isnan(other)
    return both_gaps or math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def _causes(
    database: Database,
    indicators: Sequence[Indicator],
    periods: Sequence[date],
    since: datetime,
    as_at: datetime | None,
    members: Collection[str] | None,
    window: str,
) -> dict[tuple[str, date], tuple[Cause, ...]]:
    """What was sent, withdrawn or placed in between: of the members whose own figure is another
    one; of all, where no member's own is, since members' figures can touch each other."""
    months = {
        (indicator.name, period): [period] if indicator.is_stock else months_of(period, window)
        for indicator in indicators
        for period in periods
    }
    every_month = sorted({month for together in months.values() for month in together})
    with database.cursor() as cursor:
        events = _events(cursor, every_month, since, as_at)
    if members is not None:
        events = [event for event in events if event.member_id in members]
    names = [indicator.name for indicator in indicators]
    then, now = (
        {
            (row["indicator"], row["period"], row["member"]): (row["value"], row["base"])
            for row in calculate(
                database, names, periods, as_at=moment, by=["member"], members=members,
                window=window,
            ).to_dict("records")
        }
        for moment in (since, as_at)
    )  # fmt: skip
    gap = (math.nan, math.nan)
    moved = {
        key
        for key in then.keys() | now.keys()
        if not all(map(_same, then.get(key, gap), now.get(key, gap)))
    }
    causes = {}
    for indicator in indicators:
        returns, entered = _read_of(indicator), _entered(database, indicator, since, as_at)
        for period in periods:
            key = indicator.name, period
            possible = [
                event
                for event in events
                if event.return_name in returns and event.period in months[key]
            ]
            theirs = [event for event in possible if (*key, event.member_id) in moved]
            causes[key] = tuple(theirs or ([] if entered else possible)) + entered
    return causes


def _events(
    cursor: DuckDBPyConnection, months: Sequence[date], since: datetime, as_at: datetime | None
) -> list[Cause]:
    """Each member, return and month for which another submission counts, or the same one was added
    up otherwise."""
    rows = cursor.execute(
        """
        with
        counted_then as (
            select member_id, return_name, period, submission_id, receipt, addition_id
            from current_submissions($since)
            left join current_additions($since) using (submission_id)
            where period in (select unnest($months::date[]))
        ),
        counted_now as (
            select member_id, return_name, period, submission_id, receipt, addition_id
            from current_submissions($as_at)
            left join current_additions($as_at) using (submission_id)
            where period in (select unnest($months::date[]))
        )
        select
            case
                when counted_then.submission_id is null then 'sent'
                when counted_now.submission_id is null then 'withdrawn'
                when counted_now.submission_id < counted_then.submission_id then 'withdrawn'
                when counted_now.submission_id > counted_then.submission_id then 'corrected'
                else 'placed'
            end as what,
            member_id,
            return_name,
            period,
            case
                when what = 'withdrawn' then counted_then.receipt
                else counted_now.receipt
            end as receipt
        from counted_then
        full join counted_now using (member_id, return_name, period)
        where counted_then.addition_id is distinct from counted_now.addition_id
        order by period, return_name, member_id
        """,
        {"since": since, "as_at": as_at or utc_now(), "months": list(months)},
    ).fetchall()
    return [Cause(*row) for row in rows]


def _entered(
    database: Database, indicator: Indicator, since: datetime, as_at: datetime | None
) -> tuple[Cause, ...]:
    if indicator.over not in AREA_FACTS:
        return ()
    with database.cursor() as cursor:
        ((then, now),) = cursor.execute(
            """
            select
                (select value from current_area_facts($since) where name = $name),
                (select value from current_area_facts($as_at) where name = $name)
            """,
            {"since": since, "as_at": as_at, "name": indicator.over},
        ).fetchall()
    return (Cause("entered"),) if then != now else ()
