"""A month's totals, and whether they are beyond what is usual for the member."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import duckdb

from anchornet.formatting import pence, pounds
from anchornet.returns.declaration import Return, month_words
from anchornet.returns.findings import Finding, Reported

FEWEST = 6  # earlier months, before anything can be called usual
MONTHS = 24  # what was usual longer ago says little about now
LIMIT = 2.66  # mean moving ranges from the mean: the XmR chart of Making Data Count


@dataclass(frozen=True)
class PeriodTotals:
    """What a file holds for one month; `period` is None where the lines bear no month."""

    period: date | None
    rows: int
    totals: Mapping[str, Decimal]


def unusual_totals(
    cursor: duckdb.DuckDBPyConnection,
    return_: Return,
    reported: Reported,
    periods: Sequence[PeriodTotals],
    member_id: str,
) -> Iterator[Finding]:
    """The months whose total lies outside mean ± 2.66 mean moving range of the member's own earlier
    months that count, of which there are at least six. The cursor is the network's."""
    rule = reported.rule
    name = rule.fields[0]
    found = cursor.execute(
        """
        with
        asked as (
            select unnest($periods::date[]) as period
        ),
        earlier as (
            select
                asked.period,
                (sent.totals ->> $path)::double as total,
                total - lag(total) over (
                    partition by asked.period order by sent.period
                ) as movement
            from asked
            join current_submissions(null) as sent
                on sent.period < asked.period
                and sent.period >= asked.period - to_months($months)
            where sent.member_id = $member_id and sent.return_name = $return_name
        )
        select period, avg(total), avg(abs(movement))
        from earlier
        group by period
        having count(total) >= $fewest
        """,
        {
            "periods": [it.period for it in periods if it.period],
            "path": f"$.{name}",
            "months": MONTHS,
            "member_id": member_id,
            "return_name": return_.name,
            "fewest": FEWEST,
        },
    ).fetchall()
    usual = {period: (mean - LIMIT * move, mean + LIMIT * move) for period, mean, move in found}
    for it in periods:
        total = it.totals[name]
        if it.period is None or it.period not in usual:
            continue
        low, high = usual[it.period]
        if not low <= total <= high:
            said = _in_words(total, low, high, return_.field(name).type == "money")
            filled = reported.rule.message.format(period=month_words(it.period), **said)
            yield Finding(
                rule.id,
                rule.severity,
                None,
                reported.column,
                str(total),
                filled,
                rule.cure,
                it.period,
            )


def _in_words(total: Decimal, low: float, high: float, money: bool) -> dict[str, str]:
    """The words that the rule's message leaves open. A range of what can't be less than nothing
    begins at nothing."""
    side = "more" if total > high else "less"
    if total >= 0:
        low = max(low, 0)
    if not money:
        return {
            "value": f"{total:,}",
            "side": side,
            "low": f"{math.ceil(low):,}",
            "high": f"{math.floor(high):,}",
        }
    figures = [float(total), low, high]
    shown = [pounds(it) for it in figures]
    if shown[0] in shown[1:]:  # so near that only the pence tell them apart
        shown = [pence(Decimal(it).quantize(Decimal("0.01"))) for it in figures]
    return {"value": shown[0], "side": side, "low": shown[1], "high": shown[2]}
