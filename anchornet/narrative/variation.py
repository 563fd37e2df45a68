"""How a figure varies by month and where it is heading, in sentences."""

import math
from collections.abc import Mapping, Sequence
from datetime import date

from anchornet import formatting
from anchornet.facts.catalogue import CATALOGUE
from anchornet.indicators.targets import Projection
from anchornet.indicators.xmr import NEAR, OUTSIDE, RUN, SIDE, TREND, Assurance, XmR

# The colours of Making Data Count. Never alone: each icon has its letter and its words.
VARIATION: Mapping[str, tuple[str, str]] = {
    "common": ("Usual variation", "#a6a6a6"),
    "improvement": ("Unusual: better", "#00b0f0"),
    "concern": ("Unusual: worse", "#e46c0a"),
    "neutral": ("Unusual", "#490092"),
}
ASSURANCE: Mapping[str, str] = {
    "passes": "Reached its target every month",
    "fails": "Missed its target every month",
    "hit_and_miss": "Target within its usual range",
}
VERDICTS: Mapping[str | None, str] = {
    "passes": ", which lies outside its usual range",
    "fails": ", which lies outside its usual range: getting there takes a change",
    "hit_and_miss": ", which lies within its usual range",
    None: "",
}
OUTCOMES: Mapping[str, str] = {
    "reached": "all of that range reaches the target of {}",
    "open": "the target of {} lies within that range",
    "missed": "all of that range misses the target of {}",
}
FOR_BETTER_OR_WORSE = {"improvement": ", for the better", "concern": ", for the worse"}


def variation(
    chart: XmR,
    indicator: str,
    periods: Sequence[date],
    target: float | None = None,
    assured: Assurance | None = None,
) -> str:
    """What an XmR chart says: `periods` are the months of its points, `assured` what xmr.assurance
    says of the target."""
    unit = CATALOGUE[indicator].unit
    title = formatting.inside(CATALOGUE[indicator].title)
    if math.isnan(chart.upper):
        return f"There are too few months to say what is usual for {title}."
    figures = sum(point is not None for point in chart.points)
    low = formatting.figure(max(chart.lower, 0.0), unit)
    high = formatting.figure(min(chart.upper, 1.0) if unit == "share" else chart.upper, unit)
    usual = f"its usual range of {low} to {high}" if low != high else f"its usual {low}"
    rules = {
        None: f"was within {usual}",
        OUTSIDE: f"was outside {usual}",
        TREND: f"had moved the same way {formatting.count(RUN - 1)} months running",
        NEAR: f"was near the edge of {usual} or beyond it, in at least two of three months",
        SIDE: f"had been on one side of its mean of {formatting.figure(chart.mean, unit)} for "
        f"{formatting.count(RUN)} months or more",
    }
    rule, month = chart.special[-1], formatting.month(periods[-1])
    answer = f"In {month} the figure for {title} {rules.get(rule, '')}"
    if chart.variation is None:
        answer = (
            f"The figure for {title} in {month} is missing or can't be judged yet, so nothing is "
            f"said of it beside {usual}"
        )
    elif rule:
        answer += f": something has changed{FOR_BETTER_OR_WORSE.get(chart.variation, '')}"
    parts = [answer]
    if assured and target is not None:
        parts.append(
            f"{_months(assured)} reached the target of {formatting.figure(target, unit)}"
            f"{VERDICTS[assured.verdict]}"
        )
    if chart.trial:
        parts.append(f"the range is a first one, from {formatting.count(figures)} months")
    return formatting.sentence("; ".join(parts))


def _months(assured: Assurance) -> str:
    """`nine of 24 months`, `all 24 months`."""
    return f"{formatting.count(assured.reached, assured.months)} months"


def projection(ahead: Projection) -> str:
    """Where a figure would stand by its target's month, in a sentence."""
    unit = CATALOGUE[ahead.indicator].unit
    value, low, high, target = (
        formatting.figure(number, unit)
        for number in (ahead.value, ahead.low, ahead.high, ahead.target)
    )
    between = f"{value} (95% range {low} to {high})" if low != high else value
    return (
        f"On the trend of the last {formatting.count(ahead.count)} months "
        f"({_pace(ahead.rate, unit)} a month), the figure for "
        f"{formatting.inside(CATALOGUE[ahead.indicator].title)} would be {between} in "
        f"{formatting.month(ahead.target_period)}: {OUTCOMES[ahead.outcome].format(target)}."
    )


def _pace(rate: float, unit: str) -> str:
    """`3.2 more`, `£1.2k less`: what a month adds."""
    size = abs(rate)
    if unit == "share":
        amount = f"{formatting.percent(size, 1)} points"
    elif unit == "gbp" or size >= 10:
        amount = formatting.figure(size, unit)
    else:
        amount = f"{formatting.rounded(size, 1)}".removesuffix(".0")
    return f"{amount} {'more' if rate >= 0 else 'less'}"
