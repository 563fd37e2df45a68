"""A figure against its target: where it should stand by now, which way it is going, and where it
would stand on the target's date if it went on so."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import pandas as pd

from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE, Indicator
from anchornet.indicators.judgement import judged_values
from anchornet.indicators.xmr import XmR, xmr
from anchornet.periods import add_months, months_between, months_of
from anchornet.store.database import Database
from anchornet.store.targets import Target, targets

JUDGED = (
    "target", "target_period", "profile", "gap", "status", "direction", "direction_year",
)  # fmt: skip
STATUSES = ("on_track", "within_tolerance", "off_track")
# How many months before it the period stands that a period is compared with.
BEFORE = {"month": 1, "quarter": 3, "financial_year": 12, "rolling_12": 1}
RECENT = 6  # figures that a run rate is taken from, and none from fewer
LOOK_BACK = 12  # months in which they must stand


def status(
    database: Database,
    frame: pd.DataFrame,
    member_id: str | None = None,
    *,
    window: str = "month",
    whole: bool = True,
) -> pd.DataFrame:
    """What `figures` gave over that window, with target,
    target_period, profile, gap, status, direction and direction_year.

    target and profile: what the figure should reach in the end, which is by target_period, and by
    its own period. A flow of several months is held to the sum of its months' profile; a rate or a
    stock to the profile of the last. gap: value less profile. status: one of STATUSES. direction
    and direction_year: "better", "worse" or "same" than the period before (BEFORE says which) and
    the same period a year before, where the frame holds them; of what has no good direction, which
    has no status either, "higher" or "lower"; of sums that other members made up, "not_comparable".
    All are empty where there is no figure, none that can be judged, or nothing to compare it with.
    The targets are those set by the frame's as at: a member's own where the frame has a column
    `member` or was limited to the member `member_id`, the network's otherwise. Any other part of a
    figure has none: one cut by something else, and one that isn't `whole` because it was limited to
    a kind of member, say.
    """
    by_member = "member" in frame.columns
    cut = [name for name in frame.columns if name in BREAKDOWNS]
    recorded = _targets(database, frame) if whole and {*cut} <= {"member"} else {}
    parts = list(zip(*(frame[name] for name in ["indicator", *cut]), strict=True))
    values = judged_values(frame)
    rows = list(zip(parts, frame["period"], values, frame["senders"], strict=True))
    by_period = {(part, period): (value, senders) for part, period, value, senders in rows}
    judged = []
    for part, period, value, senders in rows:
        indicator, *rest = part
        before, year_before = (
            by_period.get((part, add_months(period, -months)), (math.nan, None))
            for months in (BEFORE[window], 12)
        )
        now = (value, senders)
        judged.append(
            {
                **dict.fromkeys(JUDGED),
                **_judge(
                    recorded.get((indicator, rest[0] if by_member else member_id)),
                    value,
                    period,
                    window,
                    database.settings.tolerance,
                ),
                "direction": _direction(CATALOGUE[indicator], now, before),
                "direction_year": _direction(CATALOGUE[indicator], now, year_before),
            }
        )
    columns = pd.DataFrame(judged, index=frame.index, columns=list(JUDGED), dtype=object)
    return frame.join(columns.astype(dict.fromkeys(["target", "profile", "gap"], "float64")))


def _targets(database: Database, frame: pd.DataFrame) -> dict[tuple[str, str | None], Target]:
    recorded = targets(database, frame["as_at"].max()) if len(frame) else []
    return {(target.indicator, target.member_id): target for target in recorded}


def _judge(
    target: Target | None, value: float, period: date, window: str, tolerance: float
) -> dict[str, Any]:
    if target is None:
        return {}
    indicator = CATALOGUE[target.indicator]
    final = _expected(target, indicator, target.target_period, window)
    expected = _expected(target, indicator, period, window)
    if final is None:
        return {}
    course = {"target": final, "target_period": target.target_period, "profile": expected}
    if expected is None or math.isnan(value):
        return course
    course["gap"] = value - expected
    if indicator.polarity == "none":
        return course
    allowed = tolerance if target.tolerance is None else target.tolerance
    behind = expected - value if indicator.polarity == "up" else value - expected
    # A little room, so that no figure misses its profile by the last digit of a division.
    room = 1e-9 * max(1.0, abs(expected))
    reached = (behind <= room, behind <= allowed * abs(expected) + room, True)
    return course | {"status": STATUSES[reached.index(True)]}


def _expected(target: Target, indicator: Indicator, period: date, window: str) -> float | None:
    """The profile of a window; None where a month of it has none, or where months don't add up."""
    points = points_of(target)
    if window == "month" or indicator.kind != "flow":
        return profile_at(points, period)
    if not indicator.adds_up:
        return None
    months = [profile_at(points, month) for month in months_of(period, window)]
    return None if None in months else math.fsum(value for value in months if value is not None)


def points_of(target: Target) -> dict[date, float]:
    """The months at which a target's profile bends, with their values."""
    points = dict(target.profile or {})
    if target.baseline_period and target.baseline is not None:
        points.setdefault(target.baseline_period, target.baseline)
    points.setdefault(target.target_period, target.target)
    return points


def profile_at(points: Mapping[date, float], period: date) -> float | None:
    """On the straight line between the points that stand around a month; the last one's after it,
    None before the first."""
    earlier = max((month for month in points if month <= period), default=None)
    later = min((month for month in points if month >= period), default=None)
    if earlier is None:
        return None
    if later is None or later == earlier:
        return points[earlier]
    share = months_between(earlier, period) / months_between(earlier, later)
    return points[earlier] + (points[later] - points[earlier]) * share


def _direction(
    indicator: Indicator, now: tuple[float, str | None], then: tuple[float, str | None]
) -> str | None:
    (value, senders), (before, senders_before) = now, then
    if math.isnan(value) or math.isnan(before):
        return None
    if indicator.kind != "rate" and senders != senders_before:
        return "not_comparable"
    if math.isclose(value, before, rel_tol=1e-9):
        return "same"
    if indicator.polarity == "none":
        return "higher" if value > before else "lower"
    return "better" if (value > before) == (indicator.polarity == "up") else "worse"


@dataclass(frozen=True)
class Projection:
    """Where a figure would stand by its target's month if it went on as of late.

    period: the last month with a figure. rate: what a month adds to a stock, else None. low, high:
    the ends of the range. months: the way there, each with its value, low and high. outcome:
    "reached" where both ends of the range reach the target, "missed" where neither does, else
    "open".
    """

    indicator: str
    period: date
    target_period: date
    target: float
    rate: float | None
    value: float
    low: float
    high: float
    months: tuple[tuple[date, float, float, float], ...]
    outcome: str


def project(rows: pd.DataFrame) -> Projection | None:
    """The projection of one indicator's rows over single months, in order and none left out, as
    `status` gives them: what is hidden is a gap.

    A flow or rate goes on at the mean of its last RECENT figures, within the limits of their XmR
    chart. A stock grows from its last figure by the mean of its last RECENT changes from month to
    month, within the limits of theirs times the root of the months to go, since good months and
    bad ones make up for each other in part. Seasons are not allowed for.
    None without a target still to come, without a good direction, or with fewer than RECENT
    figures in the last LOOK_BACK months.
    """
    last = rows.iloc[-1]
    indicator, target_period = CATALOGUE[last["indicator"]], last["target_period"]
    values = [None if math.isnan(value) else float(value) for value in judged_values(rows)]
    recent = values[-LOOK_BACK:]
    if len(recent) - recent.count(None) < RECENT:
        return None
    newest = max(number for number, value in enumerate(values) if value is not None)
    period = rows["period"].iloc[newest]
    ahead = 0 if pd.isna(target_period) else months_between(period, target_period)
    stock = indicator.kind == "stock"
    chart = xmr(_latest(_changes(values) if stock else values), indicator.polarity)
    if ahead <= 0 or math.isnan(chart.upper) or indicator.polarity == "none":
        return None
    start = values[newest] if stock else None
    months = tuple(
        _month(chart, start, step, add_months(period, step), indicator.unit)
        for step in range(1, ahead + 1)
    )
    _, value, low, high = months[-1]
    target = float(last["target"])
    up = indicator.polarity == "up"
    ends = [end >= target if up else end <= target for end in (low, high)]
    return Projection(
        indicator=indicator.name,
        period=period,
        target_period=target_period,
        target=target,
        rate=chart.mean if stock else None,
        value=value,
        low=low,
        high=high,
        months=months,
        outcome="reached" if all(ends) else "open" if any(ends) else "missed",
    )


def _changes(values: Sequence[float | None]) -> list[float | None]:
    return [
        None if before is None or now is None else now - before for before, now in pairwise(values)
    ]


def _latest(values: Sequence[float | None]) -> list[float | None]:
    """The last RECENT figures within LOOK_BACK months, with the gaps between them."""
    latest = list(values[-LOOK_BACK:])
    while len(latest) - latest.count(None) > RECENT:
        del latest[0]
    return latest


def _month(
    chart: XmR, start: float | None, step: int, month: date, unit: str
) -> tuple[date, float, float, float]:
    reach = chart.upper - chart.mean
    value = chart.mean
    if start is not None:
        value, reach = start + chart.mean * step, reach * math.sqrt(step)
    top = 1.0 if unit == "share" else math.inf
    value, low, high = (min(max(end, 0.0), top) for end in (value, value - reach, value + reach))
    return month, value, low, high
