"""What a change of a figure is made of: what each part of it added or took away, like for like.

A part of a sum contributes its own change. A part of a rate contributes what Kitagawa's
decomposition gives it ("Components of a difference between two rates", Journal of the American
Statistical Association 50, 1955): its rate moved, at its mean weight, and its weight moved, at how
far its mean rate lies from the whole's. Both add up to the change of the whole.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE
from anchornet.indicators.figures import Audience, Request, figures, is_offered
from anchornet.store.database import Database


@dataclass(frozen=True)
class Contributions:
    """What the change is made of by one breakdown. parts: its values with what each contributed in
    the indicator's unit, the largest first; hidden: how many others have no figure that may be
    shown. The whole's change less all parts is the rest, as far as nothing is hidden: what counts
    once in the whole, or is left out of it."""

    breakdown: str
    parts: tuple[tuple[str, float], ...]
    hidden: int


def contributions(
    database: Database,
    alike: Mapping[Any, Any],
    period: date,
    before: date,
    audience: Audience,
    *,
    as_at: datetime | None = None,
    window: str = "month",
    where: Mapping[str, Collection[str]] | None = None,
    without: Collection[str] = (),
) -> list[Contributions]:
    """For one row of revisions.like_for_like, of those two periods: by each breakdown that explains
    a change (catalogue.toml), but those named in `without` and those the indicator is about. What
    is compared is what the audience sees."""
    name = str(alike["indicator"])
    if math.isnan(alike["change"]):
        return []
    explaining = [
        by
        for by in CATALOGUE[name].parts
        if BREAKDOWNS[by].explains
        and by not in without
        and not (by == "member" and alike["members"] < 2)
    ]
    made = []
    for by in explaining:
        request = Request([name], [before, period], window, as_at, [by], alike["limit"], where)
        if is_offered(request, audience):
            frame = figures(database, request, audience)
            made.append(_by(by, frame[frame[by].notna()], alike, period))
    return [each for each in made if each.parts]


def _by(by: str, frame: pd.DataFrame, alike: Mapping[Any, Any], period: date) -> Contributions:
    values: dict[str, dict[bool, tuple[float, float]]] = {}
    for row in frame.to_dict("records"):
        values.setdefault(row[by], {})[row["period"] == period] = row["value"], row["base"]
    is_rate = CATALOGUE[str(alike["indicator"])].kind == "rate"
    changes = {}
    for part, (then, now) in _pairs(values):
        changes[part] = _of_rate(then, now, alike) if is_rate else now[0] - then[0]
    known = {part: change for part, change in changes.items() if not math.isnan(change)}
    ranked = sorted(known.items(), key=lambda item: -abs(item[1]))
    return Contributions(by, tuple(ranked), len(changes) - len(known))


def _pairs(
    values: Mapping[str, Mapping[bool, tuple[float, float]]],
) -> Sequence[tuple[str, tuple[tuple[float, float], tuple[float, float]]]]:
    """Each part with its (value, base) then and now; a gap is none."""
    gap = math.nan, math.nan
    return [(part, (by.get(False, gap), by.get(True, gap))) for part, by in values.items()]


def _of_rate(
    then: tuple[float, float], now: tuple[float, float], alike: Mapping[Any, Any]
) -> float:
    """mean weight x change of rate + change of weight x (mean rate - mean rate of the whole)"""
    mean_whole = (alike["value"] + alike["value_before"]) / 2
    added = 0.0
    for sign, (rate, base), whole in (
        (1, now, alike["base"]),
        (-1, then, alike["base_before"]),
    ):
        if base != 0:
            added += sign * base / whole * (rate - mean_whole)
    return added
