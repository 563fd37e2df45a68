"""A figure against its target: where it should stand by now, and which way it is going."""

import json
import math
from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from anchornet.indicators.calculate import COLUMNS
from anchornet.indicators.catalogue import CATALOGUE
from anchornet.settings import add_months, parse_month
from anchornet.store.database import Database

STATUSES = ("on_track", "within_tolerance", "off_track")


def status(database: Database, frame: pd.DataFrame, member_id: str | None = None) -> pd.DataFrame:
    """What `calculate` gave, with target, profile, gap, status, direction and direction_year.

    target and profile: what the figure should reach in the end, and by its month. gap: value less
    profile. status: one of STATUSES. direction and direction_year: "better", "worse" or "same" than
    the month before and the same month a year before, where the frame holds them. All are empty
    where there is no figure, or nothing to compare it with.
    The targets are those set by the frame's as at: a member's own where the frame has a column
    `member` or was limited to the member `member_id`, the network's otherwise; other parts of a
    figure have none.
    """
    own = "member" in frame.columns
    cut = [name for name in frame.columns if name not in COLUMNS]
    targets = _targets(database, frame) if {*cut} <= {"member"} else {}
    parts = list(zip(*(frame[name] for name in ["indicator", *cut]), strict=True))
    rows = list(zip(parts, frame["period"], frame["value"], strict=True))
    values = {(part, period): value for part, period, value in rows}
    judged = []
    for part, period, value in rows:
        indicator, *rest = part
        up = CATALOGUE[indicator].polarity == "up"
        target = targets.get((indicator, rest[0] if own else member_id))
        before, year_before = (
            values.get((part, add_months(period, -months)), math.nan) for months in (1, 12)
        )
        judged.append(
            {
                **_judge(database, value, period, target, up),
                "direction": _direction(value, before, up),
                "direction_year": _direction(value, year_before, up),
            }
        )
    columns = ["target", "profile", "gap", "status", "direction", "direction_year"]
    found = pd.DataFrame(judged, index=frame.index, columns=columns)
    return frame.join(found.astype(dict.fromkeys(["target", "profile", "gap"], "float64")))


def _targets(database: Database, frame: pd.DataFrame) -> dict[tuple[str, str | None], Any]:
    with database.cursor() as cursor:
        found = cursor.execute(
            """
            select indicator, member_id, baseline_period, baseline, target_period, target, profile,
                tolerance
            from current_targets($as_at)
            """,
            {"as_at": frame["as_at"].max() if len(frame) else None},
        )
        return {(indicator, member_id): rest for indicator, member_id, *rest in found.fetchall()}


def _judge(database: Database, value: float, period: date, target: Any, up: bool) -> dict[str, Any]:
    if target is None:
        return {}
    baseline_period, baseline, target_period, final, profile, tolerance = target
    points = {parse_month(month): float(it) for month, it in json.loads(profile or "{}").items()}
    if baseline_period and baseline is not None:
        points.setdefault(baseline_period, baseline)
    points.setdefault(target_period, final)
    expected = profile_at(points, period)
    if expected is None or math.isnan(value):
        return {"target": final, "profile": expected}
    allowed = database.settings.tolerance if tolerance is None else tolerance
    behind = expected - value if up else value - expected
    # A little room, so that no figure misses its profile by the last digit of a division.
    room = 1e-9 * max(1.0, abs(expected))
    reached = (behind <= room, behind <= allowed * abs(expected) + room, True)
    return {
        "target": final,
        "profile": expected,
        "gap": value - expected,
        "status": STATUSES[reached.index(True)],
    }


def profile_at(points: Mapping[date, float], period: date) -> float | None:
    """On the straight line between the points that stand around a month; the last one's after it,
    None before the first."""
    earlier = max((month for month in points if month <= period), default=None)
    later = min((month for month in points if month >= period), default=None)
    if earlier is None:
        return None
    if later is None or later == earlier:
        return points[earlier]
    share = _months(earlier, period) / _months(earlier, later)
    return points[earlier] + (points[later] - points[earlier]) * share


def _months(start: date, end: date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month


def _direction(value: float, before: float, up: bool) -> str | None:
    if math.isnan(value) or math.isnan(before):
        return None
    if math.isclose(value, before, rel_tol=1e-9):
        return "same"
    return "better" if (value > before) == up else "worse"
