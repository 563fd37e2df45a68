"""XmR: whether a figure moves as it always does, or something has changed.

As NHS England's Making Data Count draws it, after Wheeler 1993. For figures of single months that
are flows or rates, never for stocks: what adds up month by month has no mean to vary around.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

import pandas as pd

from anchornet.facts.catalogue import CATALOGUE
from anchornet.formatting import figure
from anchornet.indicators.judgement import judged_values

OUTSIDE, TREND, NEAR, SIDE = "outside_limits", "trend", "two_of_three", "one_side"
RUN = 7
FULL = 12  # points from which on limits are more than trial limits
VARIATIONS = ("common", "improvement", "concern", "neutral")


Marks = Iterator[
    tuple[int, bool]
]  # a point's number in a run, and whether it speaks of high or rising


@dataclass(frozen=True)
class XmR:
    """`special`: for each point, gaps included, the rule that marks it (OUTSIDE, TREND, NEAR or
    SIDE), or None. `points`: what that says of it, one of VARIATIONS, or None for a gap.
    `variation`: that of the last month, None without limits. `trial`:
    on fewer than FULL points. Limits are NaN where no two neighbouring months have a figure, and
    the mean without any."""

    mean: float
    upper: float
    lower: float
    near_upper: float
    near_lower: float
    special: tuple[str | None, ...]
    points: tuple[str | None, ...]
    variation: str | None
    trial: bool


def xmr(values: Sequence[float | None], polarity: str) -> XmR:
    """The chart of a series, a value a month and None (or NaN) for a gap; `polarity` is "up" or
    "down", or anything else where neither way is better."""
    course = [None if value is None or math.isnan(value) else float(value) for value in values]
    figures = [value for value in course if value is not None]
    moves = [
        abs(now - before)
        for before, now in pairwise(course)
        if before is not None and now is not None
    ]
    mean = fmean(figures) if figures else math.nan
    reach = 2.66 * fmean(moves) if moves else math.nan
    near = reach * 2 / 3
    # So that the last digit of a division neither crosses a limit nor leaves the mean.
    room = 1e-9 * max(map(abs, figures), default=0.0)
    rules: tuple[tuple[str, Callable[[Sequence[float]], Marks]], ...] = (
        (OUTSIDE, lambda run: _windows(run, 1, 1, mean, reach + room)),
        (TREND, lambda run: _trends(run, room)),
        (NEAR, lambda run: _windows(run, 3, 2, mean, near + room)),
        (SIDE, lambda run: _windows(run, RUN, RUN, mean, room)),
    )
    special: list[str | None] = [None] * len(course)
    rising: list[bool] = [False] * len(course)
    for start, run in _runs(course) if moves else ():
        for name, marks in rules:
            for number, up in marks(run):
                if special[start + number] is None:
                    special[start + number], rising[start + number] = name, up
    points = tuple(
        None if value is None else _say(rule, up, polarity)
        for value, rule, up in zip(course, special, rising, strict=True)
    )
    return XmR(
        mean=mean,
        upper=mean + reach,
        lower=mean - reach,
        near_upper=mean + near,
        near_lower=mean - near,
        special=tuple(special),
        points=points,
        variation=points[-1] if moves else None,
        trial=len(figures) < FULL,
    )


@dataclass(frozen=True)
class Assurance:
    """How a series stands to its target: `reached` of its `months` did. verdict: "passes" where all
    did and "fails" where none did, on a chart without a special cause that is no trial and whose
    limits, as they are written, do not hold the target; "hit_and_miss" where they hold it; else
    None."""

    verdict: str | None
    reached: int
    months: int


def assurance(
    chart: XmR, values: Sequence[float | None], target: float | None, indicator: str
) -> Assurance | None:
    """None where there is nothing to say: no target, no limits, or neither way is better."""
    polarity, unit = CATALOGUE[indicator].polarity, CATALOGUE[indicator].unit
    if target is None or math.isnan(target) or math.isnan(chart.upper):
        return None
    if polarity not in ("up", "down"):
        return None
    figures = [value for value in values if value is not None and not math.isnan(value)]
    room = 1e-9 * max(1.0, abs(target))
    up = polarity == "up"
    reached = sum((value - target if up else target - value) >= -room for value in figures)
    limits = [figure(limit, unit) for limit in (chart.lower, chart.upper)]
    verdict = None
    if chart.lower <= target <= chart.upper or figure(target, unit) in limits:
        verdict = "hit_and_miss"
    elif not chart.trial and not any(chart.special):
        verdict = {0: "fails", len(figures): "passes"}.get(reached)
    return Assurance(verdict, reached, len(figures))


def of_months(frame: pd.DataFrame) -> XmR | None:
    """The chart of one indicator's rows over single months, in order and none left out, as
    `figures` gives them: what is hidden, or can't be judged, is a gap. None for a stock, and for
    what is made of one."""
    indicator = CATALOGUE[frame["indicator"].iloc[0]]
    if indicator.is_stock:
        return None
    return xmr(judged_values(frame).to_list(), indicator.polarity)


def _runs(course: Sequence[float | None]) -> Iterator[tuple[int, list[float]]]:
    """The stretches without a gap, each with the number of its first point."""
    run: list[float] = []
    for number, value in enumerate([*course, None]):
        if value is not None:
            run.append(value)
        elif run:
            yield number - len(run), run
            run = []


def _windows(run: Sequence[float], size: int, least: int, mean: float, reach: float) -> Marks:
    """Of every `size` neighbours, those beyond the reach on one side, if they are `least`."""
    for start in range(len(run) - size + 1):
        for up in (True, False):
            far = [
                number
                for number in range(start, start + size)
                if (run[number] - mean if up else mean - run[number]) > reach
            ]
            if len(far) >= least:
                yield from ((number, up) for number in far)


def _trends(run: Sequence[float], room: float) -> Marks:
    """Every RUN neighbours of which each is above, or each below, the one before it."""
    for start in range(len(run) - RUN + 1):
        points = run[start : start + RUN]
        steps = [now - before for before, now in pairwise(points)]
        for up in (True, False):
            if all((step if up else -step) > room for step in steps):
                yield from ((number, up) for number in range(start, start + RUN))


def _say(rule: str | None, up: bool, polarity: str) -> str:
    if rule is None:
        return "common"
    if polarity not in ("up", "down"):
        return "neutral"
    return "improvement" if up == (polarity == "up") else "concern"
