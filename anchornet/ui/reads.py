"""What pages ask for, kept until something is recorded: every key holds the database's version.

A page never sees a figure that disclosure control has not: reads of the network end with
`protect`; only a member's own people are given that member's figures as they are.
"""

from collections.abc import Sequence
from datetime import date

import pandas as pd
import streamlit as st

from anchornet.indicators import placing
from anchornet.indicators.calculate import calculate
from anchornet.indicators.targets import status
from anchornet.places.reference import authority_names
from anchornet.publishing import answers, maps
from anchornet.publishing.disclosure import protect
from anchornet.settings import Settings, add_months
from anchornet.store import meetings as store_meetings
from anchornet.store import network, submissions
from anchornet.store.database import Database, utc_now
from anchornet.store.meetings import Meeting
from anchornet.store.submissions import Receipt

HEADLINES = (
    "accredited_employers",
    "workers_uplifted",
    "workers_covered",
    "starts",
    "local_start_share",
    "retention_26_weeks",
    "spend",
    "local_spend_share",
    "returns_received",
)
SPEND = (
    "spend",
    "local_spend_share",
    "local_or_branch_spend_share",
    "wider_area_spend_share",
    "unknown_address_spend_share",
)
# The figure that a sender looks for first after sending each return.
MOVED = {
    "living_wage": "accredited_employers",
    "local_hires": "starts",
    "retention": "retention_26_weeks",
    "spend": "spend",
}
MONTHS = 24
# A due date passes without anything being recorded, so no read is kept for long.
KEEP = 300  # seconds


def months(database: Database) -> list[date]:
    """The months that anything was sent for, the latest first."""
    return _months(database, *_key(database))


def usual_month(database: Database, choices: Sequence[date]) -> date:
    """The latest of the months, the latest first, whose returns were due: what a page opens on."""
    return _usual_month(database, tuple(choices), utc_now().date(), *_key(database))


def headlines(
    database: Database,
    settings: Settings,
    period: date,
    indicators: tuple[str, ...] = HEADLINES,
    member_id: str | None = None,
) -> pd.DataFrame:
    """The indicators with target, profile and status over the months up to `period`: what
    `targets.status` gives. Protected, unless for one member, who sees its own as it is."""
    return _headlines(database, settings, period, indicators, member_id, *_key(database))


def board(database: Database, period: date) -> pd.DataFrame:
    """Who has returned what for the month: what `submissions.returns_board` gives."""
    return _board(database, period, *_key(database))


def boards(database: Database, first: date, last: date) -> pd.DataFrame:
    """Who has returned what, month by month: what `submissions.returns_board` gives for each."""
    months = [first]
    while months[-1] < last:
        months.append(add_months(months[-1], 1))
    return pd.concat([board(database, month) for month in months], ignore_index=True)


def spend_by(
    database: Database, breakdown: str, period: date, count: int = 1, member_id: str | None = None
) -> pd.DataFrame:
    """Pounds by one breakdown over `count` months up to `period`: what `calculate` gives."""
    return _spend_by(database, breakdown, period, count, member_id, *_key(database))


def spend_map(
    database: Database, settings: Settings, period: date, member_id: str | None = None
) -> maps.WardMap:
    """The map of a month's spend."""
    return _spend_map(database, settings, period, member_id, *_key(database))


def owed(database: Database, member_id: str, period: date) -> list[str]:
    """The names of the returns that a member has not sent for the month."""
    frame = board(database, period)
    mine = frame[(frame["member_id"] == member_id) & frame["receipt"].isna()]
    return list(mine["return_name"])


def now_counted(database: Database, settings: Settings, receipts: Sequence[Receipt]) -> list[str]:
    """What the network's figures are now for the months of these receipts, a sentence each."""
    frames = [
        headlines(database, settings, receipt.period, (MOVED[receipt.return_name],))
        for receipt in receipts
    ]
    return [
        answers.now_counted(frame[frame["period"] == receipt.period].iloc[0])
        for frame, receipt in zip(frames, receipts, strict=True)
    ]


def coverage(database: Database, member_id: str | None = None) -> placing.Coverage:
    """Pounds with a known place, of a member or of the network: what `placing.coverage` gives."""
    return _coverage(database, member_id, *_key(database))


def suppliers_to_place(database: Database, member_id: str) -> pd.DataFrame:
    """What `placing.suppliers_to_place` gives."""
    return _suppliers_to_place(database, member_id, *_key(database))


def suppliers_placed(database: Database, member_id: str) -> pd.DataFrame:
    """What `placing.suppliers_placed` gives."""
    return _suppliers_placed(database, member_id, *_key(database))


def last_ended_month() -> date:
    return add_months(utc_now().date().replace(day=1), -1)


def recent_months(count: int = 36) -> list[date]:
    """The months a return can be for, the latest first: this one and those before it."""
    this = utc_now().date().replace(day=1)
    return [add_months(this, -back) for back in range(count)]


def member_names(database: Database) -> dict[str, str]:
    """member_id -> name of every member."""
    return _member_names(database, *_key(database))


def current_members(database: Database) -> dict[str, tuple[str, str]]:
    """member_id -> (name, kind) of the members that have not left, by name."""
    return _current_members(database, utc_now().date(), *_key(database))


def meetings(database: Database) -> list[Meeting]:
    """What `store.meetings.meetings` gives: the latest first."""
    return _meetings(database, *_key(database))


def area_names(database: Database) -> dict[str, str]:
    """Code -> name of the local authorities of the area, and then of the wider area."""
    return _area_names(database, str(database.path))


def sample_members(database: Database) -> list[tuple[str, str]]:
    """Two members whose people one can be in a sample network: a council and an NHS trust."""
    return _sample_members(database, *_key(database))


def _key(database: Database) -> tuple[str, int]:
    return str(database.path), database.version()


@st.cache_data(show_spinner=False, ttl=KEEP, max_entries=256)
def _months(_database: Database, path: str, version: int) -> list[date]:
    sent = submissions.history(_database)
    return sorted(set(sent.loc[sent["state"] == "counted", "period"]), reverse=True)


@st.cache_data(show_spinner=False, ttl=KEEP, max_entries=256)
def _usual_month(
    _database: Database, choices: tuple[date, ...], today: date, path: str, version: int
) -> date:
    past = (month for month in choices if network.due_dates(_database, month).due_on < today)
    return next(past, choices[-1])


@st.cache_data(show_spinner=False, ttl=KEEP, max_entries=256)
def _headlines(
    _database: Database,
    _settings: Settings,
    period: date,
    indicators: tuple[str, ...],
    member_id: str | None,
    path: str,
    version: int,
) -> pd.DataFrame:
    members = [member_id] if member_id else None
    periods = _course(_database, period, MONTHS)
    frame = status(_database, calculate(_database, indicators, periods, members=members), member_id)
    if member_id is None:
        frame = protect(frame, _settings)
    return frame


@st.cache_data(show_spinner=False, ttl=KEEP, max_entries=256)
def _board(_database: Database, period: date, path: str, version: int) -> pd.DataFrame:
    return submissions.returns_board(_database, period)


@st.cache_data(show_spinner=False, ttl=KEEP, max_entries=256)
def _spend_by(
    _database: Database,
    breakdown: str,
    period: date,
    count: int,
    member_id: str | None,
    path: str,
    version: int,
) -> pd.DataFrame:
    periods = _course(_database, period, count)
    members = [member_id] if member_id else None
    return calculate(_database, ["spend"], periods, by=(breakdown,), members=members)


@st.cache_resource(show_spinner=False, ttl=KEEP, max_entries=16)
def _spend_map(
    _database: Database,
    _settings: Settings,
    period: date,
    member_id: str | None,
    path: str,
    version: int,
) -> maps.WardMap:
    wards = _sums(spend_by(_database, "ward", period, member_id=member_id), "ward")
    authorities = _sums(spend_by(_database, "authority", period, member_id=member_id), "authority")
    return maps.spend_map(wards, authorities, _settings)


def _course(database: Database, period: date, count: int) -> list[date]:
    """Up to `count` months that end with `period`, none before the first that anything is known."""
    first = min([*months(database), period])
    course = [add_months(period, -back) for back in reversed(range(count))]
    return [month for month in course if month >= first]


def _sums(frame: pd.DataFrame, column: str) -> dict[str, float]:
    known = frame[frame[column].notna() & frame["value"].notna()]
    return dict(zip(known[column], known["value"].astype(float), strict=True))


@st.cache_data(show_spinner=False, ttl=KEEP, max_entries=256)
def _member_names(_database: Database, path: str, version: int) -> dict[str, str]:
    frame = network.members(_database)
    return dict(zip(frame["member_id"], frame["name"], strict=True))


@st.cache_data(show_spinner=False, ttl=KEEP, max_entries=256)
def _current_members(
    _database: Database, today: date, path: str, version: int
) -> dict[str, tuple[str, str]]:
    frame = network.members(_database)
    return {
        row["member_id"]: (row["name"], row["kind"])
        for row in frame.to_dict("records")
        if pd.isna(row["ends_on"]) or row["ends_on"] >= today
    }


@st.cache_data(show_spinner=False, ttl=KEEP, max_entries=16)
def _meetings(_database: Database, path: str, version: int) -> list[Meeting]:
    return store_meetings.meetings(_database)


@st.cache_data(show_spinner=False, max_entries=16)
def _area_names(_database: Database, path: str) -> dict[str, str]:
    settings = _database.settings
    return authority_names(_database, tuple(dict.fromkeys([*settings.area, *settings.wider_area])))


@st.cache_data(show_spinner=False, ttl=KEEP, max_entries=256)
def _sample_members(_database: Database, path: str, version: int) -> list[tuple[str, str]]:
    frame = network.members(_database)
    firsts = [frame[frame["kind"] == kind].head(1) for kind in ("council", "nhs")]
    found = pd.concat(firsts)
    return list(zip(found["member_id"], found["name"], strict=True))


@st.cache_data(show_spinner=False, ttl=KEEP, max_entries=256)
def _coverage(
    _database: Database, member_id: str | None, path: str, version: int
) -> placing.Coverage:
    return placing.coverage(_database, member_id)


@st.cache_data(show_spinner=False, ttl=KEEP, max_entries=64)
def _suppliers_to_place(
    _database: Database, member_id: str, path: str, version: int
) -> pd.DataFrame:
    return placing.suppliers_to_place(_database, member_id)


@st.cache_data(show_spinner=False, ttl=KEEP, max_entries=64)
def _suppliers_placed(_database: Database, member_id: str, path: str, version: int) -> pd.DataFrame:
    return placing.suppliers_placed(_database, member_id)
