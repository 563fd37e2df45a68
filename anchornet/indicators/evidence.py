"""What has changed over years, for whoever decides on money: the course of indicators by the same
members, and amounts promised, due by now, delivered and proven."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from anchornet.facts.catalogue import CATALOGUE
from anchornet.formatting import amount, figure, is_gap, round_half_up
from anchornet.indicators.figures import OWN, Audience, Request, figures
from anchornet.indicators.promises import promises
from anchornet.indicators.revisions import same_members
from anchornet.indicators.targets import direction
from anchornet.periods import add_months, months_between, months_of
from anchornet.store.database import Database
from anchornet.store.framework import DONE_OR_NOT
from anchornet.store.submissions import months_sent

MOST_YEARS = 4  # between the first and the last of five
WINDOWS = ("rolling_12", "quarter", "month")  # the widest that the same members have sent, counts
BETWEEN = 3  # months between the points of a chart, where its members have sent twelve months each

Row = Mapping[Any, Any]


@dataclass(frozen=True)
class Course:
    """An indicator from those members alone that sent all that it needs: `years` has a row for each
    year, `points` one for each quarter; both as `same_members` gives them, the first one first. A
    change of no more than `least` can come of rounding alone."""

    indicator: str
    window: str
    years: tuple[Row, ...]
    points: tuple[Row, ...]
    least: float = 0.0

    @property
    def first(self) -> Row:
        return self.years[0]

    @property
    def last(self) -> Row:
        return self.years[-1]

    @property
    def members(self) -> int:
        return int(self.last["members"])

    @property
    def members_left_out(self) -> int:
        return int(self.last["members_left_out"])

    @property
    def direction(self) -> str | None:
        """One of better, worse, higher, lower and same; None where one end can't be judged."""
        if isinstance(self.first["unjudged"], str) or isinstance(self.last["unjudged"], str):
            return None
        if abs(self.last["value"] - self.first["value"]) <= self.least:
            return "same"
        return direction(CATALOGUE[self.indicator], self.last["value"], self.first["value"])


def courses(
    database: Database,
    indicators: Sequence[str],
    month: date,
    audience: Audience,
    as_at: datetime | None = None,
) -> dict[str, Course]:
    """Of each indicator that can be compared, its course up to the last period that has ended by
    the month: over as many years as there are data for, five at most, so long as at least half of
    the members that sent any of it sent all of it."""
    begun = min(months_sent(database, as_at), default=month)
    found: dict[str, Course] = {}
    for window in WINDOWS:
        for years in range(MOST_YEARS, 0, -1):
            left = [name for name in dict.fromkeys(indicators) if name not in found]
            for last in sorted({CATALOGUE[name].last_period(month) for name in left}):
                names = [name for name in left if CATALOGUE[name].last_period(month) == last]
                found |= _courses(database, names, last, years, window, begun, audience, as_at)
    return found


def _courses(
    database: Database,
    indicators: Sequence[str],
    last: date,
    years: int,
    window: str,
    begun: date,
    audience: Audience,
    as_at: datetime | None,
) -> dict[str, Course]:
    first = add_months(last, -12 * years)
    names = [
        name
        for name in indicators
        if begun <= (first if CATALOGUE[name].is_stock else months_of(first, window)[0])
    ]
    if not names:
        return {}
    between = BETWEEN if window == WINDOWS[0] else 12
    count = months_between(first, last) // between
    periods = [add_months(first, between * step) for step in range(count + 1)]
    frame = same_members(database, names, periods, audience, as_at=as_at, window=window)
    found = {}
    for name, group in frame.groupby("indicator", sort=False):
        points = tuple(group.to_dict("records"))
        yearly = points[:: 12 // between]
        if is_gap(yearly[0]["value"]) or is_gap(yearly[-1]["value"]):
            continue
        if yearly[-1]["members"] >= yearly[-1]["members_left_out"]:
            least = database.settings.round_to if CATALOGUE[str(name)].unit == "people" else 0
            found[str(name)] = Course(str(name), window, yearly, points, least)
    return found


def latest(
    database: Database,
    indicators: Sequence[str],
    month: date,
    audience: Audience,
    as_at: datetime | None = None,
) -> dict[str, Row]:
    """The newest figure of each, of all members, over twelve months where it is a flow or rate."""
    rows: dict[str, Row] = {}
    for last in sorted({CATALOGUE[name].last_period(month) for name in indicators}):
        names = [name for name in indicators if CATALOGUE[name].last_period(month) == last]
        frame = figures(database, Request(names, [last], "rolling_12", as_at), audience)
        rows |= {row["indicator"]: row for row in frame.to_dict("records")}
    return rows


PROMISED = {
    "people": ("commitments_promised_people", "commitments_delivered_people"),
    "gbp": ("commitments_promised_gbp", "commitments_delivered_gbp"),
}
OTHERWISE = ("commitments_promised", "commitments_delivered")
KEPT, ON_PROFILE = "commitments_kept_share", "commitments_on_profile_share"
NOT_REPORTED, EVIDENCED = "commitments_not_reported_share", "commitments_evidenced_share"
COUNTS = (ON_PROFILE, KEPT, NOT_REPORTED, EVIDENCED)


@dataclass(frozen=True)
class Promised:
    """What was promised of one measure, in its unit, at the end of a quarter: values with how they
    are shown. Of people, what should be there by now and what is proven is said of promises only,
    in `counts`: indicator -> (how many of, how many), of COUNTS."""

    measure: str
    unit: str
    promised: str
    by_now: str | None
    delivered: str
    evidenced: str | None
    counts: dict[str, tuple[int, int]]


def promised(
    database: Database,
    quarter: date,
    measures: Sequence[tuple[str, str]],
    audience: Audience,
    as_at: datetime | None = None,
) -> list[Promised]:
    """`measures` with their units, of which something was promised."""
    names = [*OTHERWISE, *PROMISED["people"], *PROMISED["gbp"]]
    by_measure = Request(names, [quarter], as_at=as_at, by=["measure"])
    amounts = {
        (row["indicator"], row["measure"]): row
        for row in figures(database, by_measure, audience).to_dict("records")
    }
    counts = _counts(database, quarter, "measure", audience, as_at)
    rows = promises(database, [quarter], OWN, as_at=as_at)
    sums = _sums(rows[rows["unit"] != "people"])
    lines = []
    for measure, unit in measures:
        cells = [amounts.get((name, measure)) for name in PROMISED.get(unit, OTHERWISE)]
        if cells[0] is None or cells[0]["shown"] in ("–", "0", "£0"):
            continue
        by_now, evidenced = sums.get(measure, (None, None))
        lines.append(
            Promised(
                measure, unit, _shown(cells[0], unit), _amount(_whole(by_now), unit),
                _shown(cells[1], unit), _amount(evidenced, unit), counts.get(measure, {}),
            )
        )  # fmt: skip
    return lines


def counts_by_outcome(
    database: Database, quarter: date, audience: Audience, as_at: datetime | None = None
) -> dict[str, dict[str, tuple[int, int]]]:
    """Outcome -> how its promises stand, as `Promised.counts`."""
    return _counts(database, quarter, "outcome", audience, as_at)


def _counts(
    database: Database, quarter: date, by: str, audience: Audience, as_at: datetime | None
) -> dict[str, dict[str, tuple[int, int]]]:
    frame = figures(database, Request(COUNTS, [quarter], as_at=as_at, by=[by]), audience)
    counts: dict[str, dict[str, tuple[int, int]]] = {}
    for row in frame.to_dict("records"):
        if row["base"] > 0:
            part = round(row["value"] * row["base"])
            counts.setdefault(row[by], {})[row["indicator"]] = (part, round(row["base"]))
    return counts


def _sums(rows: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Measure -> what should be there by now, of promises with a day, and what is proven."""
    was_due = rows["was_due"].astype(bool)
    not_begun = rows["state"].isin(["not_started", "nothing_promised"])
    by_now = rows["promised_by_now"].mask(was_due, rows["promised"]).mask(not_begun, 0)
    sums = rows.assign(by_now=by_now).groupby("measure")[["by_now", "evidenced"]]
    return {str(name): (row[0], row[1]) for name, *row in sums.sum(min_count=1).itertuples()}


def _whole(value: float | None) -> float | None:
    """Days have passed, and not what is promised for them: no part of a large amount is said."""
    return value if value is None or not value >= 100 else float(round_half_up(value))


def _amount(value: float | None, unit: str) -> str | None:
    if unit == "people":
        return None
    return _in_words(math.nan if value is None else value, unit)


def _shown(row: Row | None, unit: str) -> str:
    if row is None or unit == "people" or is_gap(row["value"]):
        return str(row["shown"]) if row else "–"
    return _in_words(row["value"], unit)


def _in_words(value: float, unit: str) -> str:
    """How many are done, where a measure is done or not."""
    return figure(value, unit) if unit == DONE_OR_NOT else amount(value, unit)
