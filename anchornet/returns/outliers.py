"""A month's totals, and whether they are beyond what is usual for the member."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from duckdb import DuckDBPyConnection

from anchornet import formatting
from anchornet.returns.declaration import Return, fill
from anchornet.returns.findings import Finding, Reported

FEWEST = 6  # earlier months, before anything can be called usual
MONTHS = 24  # what was usual longer ago says little about now
LIMIT = 2.66  # mean moving ranges from the mean: the XmR chart of Making Data Count


@dataclass(frozen=True)
class PeriodTotals:
    """What a file holds for one month; `period` is None where the lines bear no month, and a total
    is not among them where no line says what would be summed."""

    period: date | None
    rows: int
    totals: Mapping[str, Decimal]


def sums_given(return_: Return, sums: Iterable[int | float | Decimal | None]) -> dict[str, Decimal]:
    """The sums of a return's totals by field; none of what no line says."""
    return {
        name: Decimal(value)
        for name, value in zip(return_.totals, sums, strict=True)
        if value is not None
    }


def unusual_totals(
    cursor: DuckDBPyConnection,
    return_: Return,
    reported: Reported,
    periods: Sequence[PeriodTotals],
    member_id: str,
) -> Iterator[Finding]:
    """The months whose total lies outside mean ± 2.66 mean moving range of the member's own earlier
    months that count, of which there are at least six. The cursor is the network's."""
    rule = reported.rule
    name = rule.fields[0]
    limits = cursor.execute(
        """
        with
        sent_now as (
            select unnest($periods::date[]) as period
        ),
        earlier as (
            select
                sent_now.period,
                (sent.totals ->> $path)::double as total,
                total - lag(total) over (
                    partition by sent_now.period order by sent.period
                ) as movement
            from sent_now
            join current_submissions(null) as sent
                on sent.period < sent_now.period
                and sent.period >= sent_now.period - to_months($months)
            where sent.member_id = $member_id and sent.return_name = $return_name
        )
        select period, avg(total) - $limit * avg(abs(movement)),
            avg(total) + $limit * avg(abs(movement))
        from earlier
        group by period
        having count(total) >= $fewest
        """,
        {
            "periods": [month.period for month in periods if month.period],
            "path": f"$.{name}",
            "months": MONTHS,
            "member_id": member_id,
            "return_name": return_.name,
            "fewest": FEWEST,
            "limit": LIMIT,
        },
    ).fetchall()
    usual = {period: (low, high) for period, low, high in limits}
    for month in periods:
        total = month.totals.get(name)
        if total is None or month.period is None or month.period not in usual:
            continue
        low, high = usual[month.period]
        if not low <= total <= high:
            words = _in_words(total, low, high, return_.field(name).type == "money")
            message = fill(rule.message, {"period": formatting.month(month.period), **words})
            where = (None, reported.heading, str(total))
            yield Finding(rule.id, rule.severity, *where, message, rule.cure, month.period)


def _in_words(total: Decimal, low: float, high: float, money: bool) -> dict[str, str]:
    """A range of what can't be less than nothing begins at nothing."""
    low = max(low, 0) if total >= 0 else low
    words = [f"{total:,}", f"{math.ceil(low):,}", f"{math.floor(high):,}"]
    if money:
        amounts = [float(total), low, high]
        words = [formatting.pounds(amount) for amount in amounts]
        if words[0] in words[1:]:  # so near that only the pence tell them apart
            cent = Decimal("0.01")
            words = [formatting.pence(Decimal(amount).quantize(cent)) for amount in amounts]
    side = "more" if total > high else "less"
    return {"side": side, **dict(zip(("value", "low", "high"), words, strict=True))}
