"""A figure against its target: where it should stand by now, which way it is going, and where it
would stand on the target's date if it went on so."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from statistics import fmean, linear_regression
from typing import Any

import pandas as pd

from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE, Indicator
from anchornet.formatting import figure
from anchornet.indicators.judgement import judged_values
from anchornet.indicators.xmr import RUN
from anchornet.periods import add_months, months_between, months_of
from anchornet.store.database import Database
from anchornet.store.targets import Target, targets

JUDGED = (
    "target", "target_period", "profile", "gap", "status", "direction", "direction_year",
)  # fmt: skip
STATUSES = ("on_track", "within_tolerance", "off_track")
LOOK_BACK = 24  # months that a trend is looked for in
LEAST = 12  # figures in them that it takes
FIT = 0.5  # of their ups and downs that it explains at least (R squared)
# Student's t for a range of 95%, from LEAST figures to LOOK_BACK (NIST e-Handbook, 1.3.6.7.2)
T_95 = (
    2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074,
)  # fmt: skip


def status(
    database: Database,
    frame: pd.DataFrame,
    member_id: str | None = None,
    *,
    window: str = "month",
    whole: bool = True,
) -> pd.DataFrame:
    """What `figures` gave over that window, with target, target_period, profile, gap, status,
    direction and direction_year; without the months for which a return isn't sent at all, so that
    the last row of what is sent every quarter is that of the last quarter.

    target and profile: what the figure should reach in the end, which is by target_period, and by
    its own period. A flow of several months is held to the sum of its months' profile; a rate or a
    stock to the profile of the last. Where the profile is of seasons the target is only given in
    its own period. gap: value less profile. status: one of STATUSES. direction
    and direction_year: "better", "worse" or "same" than the period before (months_before) and the
    same period a year before, where the frame holds them; of what has no good direction, which
    has no status either, "higher" or "lower"; "same" also where rounding hides the change; of sums
    that other members made up, "not_comparable".
    All are empty where there is no figure, none that can be judged, or nothing to compare it with.
    The targets are those set by the frame's as at: a member's own where the frame has a column
    `member` or was limited to the member `member_id`, the network's otherwise. Any other part of a
    figure has none: one cut by something else, and one that isn't `whole` because it was limited to
    a kind of member, say.
    """
    pairs = zip(frame["indicator"], frame["period"], strict=True)
    sent = [CATALOGUE[name].last_period(period) == period for name, period in pairs]
    frame = frame[pd.Series(sent, index=frame.index, dtype=bool)]
    by_member = "member" in frame.columns
    cut = [name for name in frame.columns if name in BREAKDOWNS]
    recorded = _targets(database, frame) if whole and {*cut} <= {"member"} else {}
    parts = list(zip(*(frame[name] for name in ["indicator", *cut]), strict=True))
    values = judged_values(frame)
    rows = list(zip(parts, frame["period"], values, frame["senders"], strict=True))
    by_period = {(part, period): (value, senders) for part, period, value, senders in rows}
    tolerance = database.settings_at(frame["as_at"].max() if len(frame) else None).tolerance
    judged = []
    for part, period, value, senders in rows:
        indicator, *rest = part
        before, year_before = (
            by_period.get((part, add_months(period, -months)), (math.nan, None))
            for months in (CATALOGUE[indicator].months_before(window), 12)
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
                    tolerance,
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
    if is_seasonal(target) and period != target.target_period:
        course |= {"target": None, "target_period": None}
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
    months = [_exactly_at(points, month) for month in months_of(period, window)]
    return None if None in months else float(sum(value for value in months if value is not None))


def is_seasonal(target: Target) -> bool:
    """Whether its profile goes up and down, so that what it ends with says nothing of a month on
    the way."""
    values = [value for _, value in sorted(points_of(target).items())]
    steps = [now - before for before, now in pairwise(values)]
    return any(step > 0 for step in steps) and any(step < 0 for step in steps)


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
    exact = _exactly_at(points, period)
    return None if exact is None else float(exact)


def _exactly_at(points: Mapping[date, float], period: date) -> Fraction | None:
    earlier = max((month for month in points if month <= period), default=None)
    later = min((month for month in points if month >= period), default=None)
    if earlier is None:
        return None
    before, after = points[earlier], points[earlier if later is None else later]
    apart = 1 if later is None or later == earlier else months_between(earlier, later)
    return _between(before, after, months_between(earlier, period), apart)


@lru_cache(4096)
def _between(before: float, after: float, gone: int, apart: int) -> Fraction:
    # A profile of 90.5% is rounded to 91%, and 0.9049999999999999 would be to 90%.
    exact, end = Fraction(str(before)), Fraction(str(after))
    return exact + (end - exact) * Fraction(gone, apart)


def _direction(
    indicator: Indicator, now: tuple[float, str | None], then: tuple[float, str | None]
) -> str | None:
    (value, senders), (before, senders_before) = now, then
    if math.isnan(value) or math.isnan(before):
        return None
    if indicator.kind != "rate" and senders != senders_before:
        return "not_comparable"
    return direction(indicator, value, before)


def direction(indicator: Indicator, value: float, before: float) -> str:
    """Of two figures of the same members: better, worse, higher, lower or same."""
    shown, shown_before = (figure(one, indicator.unit) for one in (value, before))
    if math.isclose(value, before, rel_tol=1e-9) or shown == shown_before:
        return "same"
    if indicator.polarity == "none":
        return "higher" if value > before else "lower"
    return "better" if (value > before) == (indicator.polarity == "up") else "worse"


@dataclass(frozen=True)
class Projection:
    """Where a figure would stand by its target's month if its trend went on.

    rate: what a month adds. count: of how many months the trend is. low, high: the ends of the
    range of 95%. months: the way there, each with its value, low and high. outcome: "reached" where
    both ends of the range reach the target, "missed" where neither does, else "open".
    """

    indicator: str
    target_period: date
    target: float
    rate: float
    count: int
    value: float
    low: float
    high: float
    months: tuple[tuple[date, float, float, float], ...]
    outcome: str


def project(rows: pd.DataFrame) -> Projection | None:
    """The projection of one indicator's rows over single months, in order and none left out, as
    `status` gives them: what is hidden, or can't be judged, is a gap.

    A straight line by ordinary least squares through the last LOOK_BACK months, with its prediction
    interval of 95% (Montgomery, Peck and Vining, Introduction to Linear Regression Analysis, 2.5).
    None without a good direction or a target still to come, or further ahead than the line looks
    back; from fewer than LEAST figures, so that no season is taken for a trend; and where the line
    fits poorly: it explains less than FIT of the ups and downs, the last LEAST figures by
    themselves go the other way, the last RUN lie on one side of it, or the last one lies outside
    its range.
    """
    last = rows.iloc[-1]
    indicator, target_period = CATALOGUE[last["indicator"]], last["target_period"]
    values = [float(value) for value in judged_values(rows).tail(LOOK_BACK)]
    points = [(x, y) for x, y in enumerate(values, 1 - len(values)) if not math.isnan(y)]
    if len(points) < LEAST or math.isnan(values[-1]) or pd.isna(target_period):
        return None
    ahead = months_between(last["period"], target_period)
    if not 0 < ahead <= -points[0][0] or indicator.polarity == "none":
        return None
    line = _line(points)
    if line is None:
        return None
    top = 1.0 if indicator.unit == "share" else math.inf
    months = []
    for step in range(1, ahead + 1):
        value, low, high = (min(max(end, 0.0), top) for end in line.at(step))
        months.append((add_months(last["period"], step), value, low, high))
    target = float(last["target"])
    up = indicator.polarity == "up"
    ends = [end >= target if up else end <= target for end in (low, high)]
    return Projection(
        indicator=indicator.name,
        target_period=target_period,
        target=target,
        rate=line.slope,
        count=len(values),
        value=value,
        low=low,
        high=high,
        months=tuple(months),
        outcome="reached" if all(ends) else "open" if any(ends) else "missed",
    )


@dataclass(frozen=True)
class _Line:
    """A straight line through so many points, with what its prediction interval is made of."""

    slope: float
    mean_x: float
    mean_y: float
    squares_x: float
    deviation: float
    count: int

    def at(self, x: float) -> tuple[float, float, float]:
        """The value there, and the ends of its range."""
        value = self.mean_y + self.slope * (x - self.mean_x)
        away = 1 + 1 / self.count + (x - self.mean_x) ** 2 / self.squares_x
        reach = T_95[self.count - LEAST] * self.deviation * math.sqrt(away)
        return value, value - reach, value + reach


def _line(points: Sequence[tuple[int, float]]) -> _Line | None:
    """The line through the points; None where it fits poorly."""
    mean_x, mean_y = (fmean(coordinates) for coordinates in zip(*points, strict=True))
    squares_x = math.fsum((x - mean_x) ** 2 for x, _ in points)
    squares_y = math.fsum((y - mean_y) ** 2 for _, y in points)
    slope = linear_regression(*zip(*points, strict=True)).slope
    lately = linear_regression(*zip(*points[-LEAST:], strict=True)).slope
    left = [y - mean_y - slope * (x - mean_x) for x, y in points]
    unexplained = math.fsum(off**2 for off in left)
    if slope * lately <= 0 or unexplained > (1 - FIT) * squares_y:
        return None
    deviation = math.sqrt(unexplained / (len(points) - 2))
    line = _Line(slope, mean_x, mean_y, squares_x, deviation, len(points))
    room = 1e-9 * max(abs(y) for _, y in points)
    x, y = points[-1]
    _, low, high = line.at(x)
    recent = left[-RUN:]
    one_side = min(recent) > room or max(recent) < -room
    return None if one_side or not low - room <= y <= high + room else line
