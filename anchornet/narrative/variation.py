"""How a figure varies by month and where it is heading, in sentences."""

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from anchornet import formatting
from anchornet.facts.catalogue import CATALOGUE
from anchornet.indicators.targets import Projection
from anchornet.indicators.xmr import NEAR, OUTSIDE, RUN, SIDE, TREND, XmR

# The colours of Making Data Count. Never alone: each icon has its letter and its words.
VARIATION: Mapping[str, tuple[str, str]] = {
    "common": ("Usual variation", "#a6a6a6"),
    "improvement": ("Unusual: better", "#00b0f0"),
    "concern": ("Unusual: worse", "#e46c0a"),
    "neutral": ("Unusual", "#490092"),
}
ASSURANCE: Mapping[str, str] = {
    "passes": "Passes its target every month",
    "fails": "Misses its target every month",
    "hit_and_miss": "Hits and misses its target",
}
VERDICTS: Mapping[str, str] = {
    "passes": "the target of {} is within what it reaches every month",
    "fails": "the target of {} is out of reach unless something changes",
    "hit_and_miss": "the target of {} will be met in some months and missed in others",
}
OUTCOMES: Mapping[str, str] = {
    "reached": "the target of {} would be reached",
    "open": "the target of {} is within that range",
    "missed": "the target of {} would be missed",
}
FOR_BETTER_OR_WORSE = {"improvement": ", for the better", "concern": ", for the worse"}


def variation(
    chart: XmR,
    indicator: str,
    periods: Sequence[date],
    target: float | None = None,
    assured: str | None = None,
) -> str:
    """What an XmR chart says: `periods` are the months of its points, `assured` what xmr.assurance
    says of the target."""
    unit = CATALOGUE[indicator].unit
    title = formatting.inside(CATALOGUE[indicator].title)
    if chart.variation is None or pd.isna(chart.upper):
        return f"There are too few months to say how {title} usually varies."
    months = [index for index, point in enumerate(chart.points) if point]
    last = months[-1]
    low = formatting.figure(max(chart.lower, 0.0), unit)
    high = formatting.figure(min(chart.upper, 1.0) if unit == "share" else chart.upper, unit)
    usual = f"its usual range of {low} to {high}" if low != high else f"its usual {low}"
    rules = {
        None: f"was within {usual}",
        OUTSIDE: f"was outside {usual}",
        TREND: f"had moved the same way {formatting.count(RUN)} months running",
        NEAR: f"was near the edge of {usual} for the second time in three months",
        SIDE: f"had been on one side of its mean of {formatting.figure(chart.mean, unit)} for "
        f"{formatting.count(RUN)} months or more",
    }
    rule = chart.special[last]
    answer = f"In {formatting.month(periods[last])} the figure for {title} {rules.get(rule, '')}"
    if rule:
        answer += f": something has changed{FOR_BETTER_OR_WORSE.get(chart.variation, '')}"
    parts = [answer]
    if assured and target is not None:
        parts.append(VERDICTS[assured].format(formatting.figure(target, unit)))
    if chart.trial:
        parts.append(f"the range is a first one, from {formatting.count(len(months))} months")
    return formatting.sentence("; ".join(parts))


def projection(ahead: Projection) -> str:
    """Where a figure would stand by its target's month, in a sentence."""
    unit = CATALOGUE[ahead.indicator].unit
    value, low, high, target = (
        formatting.figure(number, unit)
        for number in (ahead.value, ahead.low, ahead.high, ahead.target)
    )
    pace = "If the coming months are like the last six"
    if ahead.rate is not None:
        pace = f"At the pace of the last six months ({_pace(ahead.rate, unit)} a month)"
    between = f"{value} ({low} to {high})" if low != high else value
    return (
        f"{pace}, the figure for {formatting.inside(CATALOGUE[ahead.indicator].title)} would be "
        f"{between} in {formatting.month(ahead.target_period)}: "
        f"{OUTCOMES[ahead.outcome].format(target)}."
    )


def _pace(rate: float, unit: str) -> str:
    """`3.2 more`, `£1.2k less`: what a month adds."""
    size = abs(rate)
    if unit == "share":
        amount = f"{size * 100:.1f} points"
    elif unit == "gbp" or size >= 10:
        amount = formatting.figure(size, unit)
    else:
        amount = f"{size:.1f}".removesuffix(".0")
    return f"{amount} {'more' if rate >= 0 else 'less'}"
