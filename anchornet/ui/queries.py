"""What pages ask for, kept until something is recorded.

Figures are asked for by the filters' audience: the network, or a member's own people.
"""

from datetime import date, datetime
from typing import TYPE_CHECKING

import pandas as pd

from anchornet import formatting, member_data
from anchornet.access import Person
from anchornet.facts.catalogue import CATALOGUE
from anchornet.indicators import since_meeting as decided
from anchornet.indicators import supplier_places
from anchornet.indicators.figures import NETWORK, Request, figures
from anchornet.indicators.revisions import like_for_like
from anchornet.indicators.since_meeting import OffTrack
from anchornet.indicators.targets import points_of, profile_at, status
from anchornet.narrative.exceptions import HEADLINES as HEADLINES
from anchornet.periods import add_months
from anchornet.places.reference import authority_names
from anchornet.store import actions as store_actions
from anchornet.store import meetings as store_meetings
from anchornet.store import network, submissions
from anchornet.store import returns_status as store_board
from anchornet.store.database import Database, utc_now
from anchornet.store.meetings import Meeting
from anchornet.store.targets import targets
from anchornet.ui.cache import kept

if TYPE_CHECKING:
    from anchornet.ui.filters import Filters

MONTHS = 24


@kept
def months(database: Database) -> tuple[date, ...]:
    """The months that anything was sent for, the latest first."""
    return tuple(submissions.months_sent(database))


@kept
def usual_month(database: Database, choices: tuple[date, ...]) -> date:
    """The latest of the months, the latest first, whose returns were due: what a page opens on."""
    today = utc_now().date()
    past = (month for month in choices if network.due_dates(database, month).due_on < today)
    return next(past, choices[-1])


def series(
    database: Database,
    filters: "Filters",
    indicators: tuple[str, ...] = HEADLINES,
    window: str | None = None,
) -> pd.DataFrame:
    """The indicators as the filter bar has them, up to its period, with target, profile and status:
    what `targets.status` gives, the column `shown`, and `label`, the text that stands for a figure.
    Each period stands for the window that ends with it. An indicator that can't be limited to the
    area that was picked has no rows."""
    return _series(database, filters.figures, indicators, window or filters.window)


@kept
def _series(
    database: Database, filters: "Filters", indicators: tuple[str, ...], window: str
) -> pd.DataFrame:
    placed = [
        name
        for name in indicators
        if filters.area is None or "authority" in CATALOGUE[name].breakdowns
    ]
    step = 3 if window == "quarter" else 1
    first = min([*months(database), filters.period])
    periods = [add_months(filters.period, -step * back) for back in reversed(range(MONTHS // step))]
    request = Request(
        placed,
        [month for month in periods if month >= first],
        window,
        filters.as_at,
        members=filters.members,
        where={"authority": [filters.area]} if filters.area else None,
    )
    frame = figures(database, request, filters.audience)
    whole = filters.kind is None and filters.area is None
    frame = status(database, frame, filters.member_id, window=window, whole=whole)
    return frame.assign(label=[formatting.shown(row) for _, row in frame.iterrows()])


def alike(database: Database, filters: "Filters", indicator: str, before: date) -> pd.DataFrame:
    """What `changes.like_for_like` gives between the filters' period and an earlier one, as it may
    be seen."""
    return _alike(database, filters.figures, indicator, before)


@kept
def _alike(database: Database, filters: "Filters", indicator: str, before: date) -> pd.DataFrame:
    return like_for_like(
        database,
        [indicator],
        filters.period,
        before,
        filters.audience,
        as_at=filters.as_at,
        window=filters.window,
        members=filters.members,
        where={"authority": [filters.area]} if filters.area else None,
    )


@kept
def profile_ahead(
    database: Database, indicator: str, member_id: str | None, as_at: datetime | None, last: date
) -> dict[date, float]:
    """The profile of the indicator's target, month by month, from `last` to the target's date."""
    for target in targets(database, as_at):
        if (target.indicator, target.member_id) == (indicator, member_id):
            points, month, ahead = points_of(target), last, {}
            while month <= target.target_period:
                ahead[month] = profile_at(points, month)
                month = add_months(month, 1)
            return {month: it for month, it in ahead.items() if it is not None}
    return {}


@kept
def actions(database: Database, as_at: datetime | None = None) -> pd.DataFrame:
    """What `store.actions.actions` gives."""
    return store_actions.actions(database, as_at)


@kept
def board(database: Database, period: date, as_at: datetime | None = None) -> pd.DataFrame:
    """Who has returned what for the month: what `store.returns_status.returns_board` gives."""
    return store_board.returns_board(database, period, as_at)


def boards(database: Database, first: date, last: date) -> pd.DataFrame:
    """Who has returned what, month by month."""
    months = [first]
    while months[-1] < last:
        months.append(add_months(months[-1], 1))
    return pd.concat([board(database, month) for month in months], ignore_index=True)


def owed(database: Database, member_id: str, period: date) -> list[str]:
    """The names of the returns that a member has not sent for the month."""
    frame = board(database, period)
    mine = frame[(frame["member_id"] == member_id) & frame["receipt"].isna()]
    return list(mine["return_name"])


@kept
def coverage(database: Database, member_id: str | None = None) -> supplier_places.Coverage:
    """Pounds with a known place, of a member or of the network: what `placing.coverage` gives."""
    return supplier_places.coverage(database, member_id)


@kept
def suppliers_to_place(database: Database, person: Person, member_id: str) -> pd.DataFrame:
    """What `placing.suppliers_to_place` gives."""
    return member_data.suppliers_to_place(database, person, member_id)


@kept
def suppliers_placed(database: Database, person: Person, member_id: str) -> pd.DataFrame:
    """What `placing.suppliers_placed` gives."""
    return member_data.suppliers_placed(database, person, member_id)


def last_ended_month() -> date:
    return add_months(utc_now().date().replace(day=1), -1)


def recent_months(count: int = 36) -> list[date]:
    """The months a return can be for, the latest first: this one and those before it."""
    this = utc_now().date().replace(day=1)
    return [add_months(this, -back) for back in range(count)]


@kept
def member_names(database: Database) -> dict[str, str]:
    """member_id -> name of every member."""
    frame = network.members(database)
    return dict(zip(frame["member_id"], frame["name"], strict=True))


@kept
def current_members(database: Database) -> dict[str, tuple[str, str]]:
    """member_id -> (name, kind) of the members that have not left, by name."""
    today = utc_now().date()
    frame = network.members(database)
    return {
        row["member_id"]: (row["name"], row["kind"])
        for row in frame.to_dict("records")
        if pd.isna(row["ends_on"]) or row["ends_on"] >= today
    }


@kept
def meetings(database: Database) -> tuple[Meeting, ...]:
    """What `store.meetings.meetings` gives: the latest first."""
    return tuple(store_meetings.meetings(database))


@kept
def off_track(database: Database, period: date) -> list[OffTrack]:
    """What `indicators.meetings.off_track` gives the network."""
    return decided.off_track(database, period, NETWORK)


@kept
def area_names(database: Database) -> dict[str, str]:
    """Code -> name of the local authorities of the area, and then of the wider area."""
    settings = database.settings
    return authority_names(database, tuple(dict.fromkeys([*settings.area, *settings.wider_area])))


@kept
def is_sample(database: Database) -> bool:
    """Whether everything in the network is invented."""
    return network.is_sample(database)


@kept
def sample_members(database: Database) -> list[tuple[str, str]]:
    """Two members whose people one can be in a sample network: a council and an NHS trust."""
    frame = network.members(database)
    firsts = [frame[frame["kind"] == kind].head(1) for kind in ("council", "nhs")]
    found = pd.concat(firsts)
    return list(zip(found["member_id"], found["name"], strict=True))
