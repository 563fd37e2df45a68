"""What pages ask the package for, kept until something is recorded.

Figures are asked for as the filter bar has them, by the filters' audience: the network, or a
member's own people.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime

import pandas as pd
from markupsafe import Markup

from anchornet import access, formatting, member_data
from anchornet.access import Person
from anchornet.charts import maps
from anchornet.facts.catalogue import CATALOGUE
from anchornet.indicators import leakage, revisions, since_meeting, supplier_places
from anchornet.indicators.few_members import kinds_offered, small_months
from anchornet.indicators.figures import NETWORK, Request, figures, is_offered
from anchornet.indicators.targets import points_of, profile_at, status
from anchornet.narrative import exceptions
from anchornet.periods import add_months, months_of
from anchornet.places import organisations
from anchornet.places.reference import authority_names, near_wards
from anchornet.store import actions as store_actions
from anchornet.store import meetings as store_meetings
from anchornet.store import network, returns_status, setup, submissions
from anchornet.store.cache import cached
from anchornet.store.database import Database, utc_now
from anchornet.store.meetings import Meeting
from anchornet.store.targets import targets
from anchornet.ui.components import html
from anchornet.ui.filters import Filters

MONTHS = 24  # that a course shows

actions = cached(store_actions.actions)
board = cached(returns_status.returns_board)
coverage = cached(supplier_places.coverage)
directory = cached(organisations.directory)
last_organisation_load = cached(organisations.last_load)
months = cached(submissions.months_sent)
month_seen = cached(since_meeting.month_seen)
origins = cached(organisations.origins)
perhaps_no_suppliers = cached(supplier_places.perhaps_no_suppliers)
register_decisions = cached(supplier_places.register_decisions)
register_offers = cached(supplier_places.register_offers)
setting_up = cached(setup.is_open)
suppliers_placed = cached(member_data.suppliers_placed)
suppliers_to_place = cached(member_data.suppliers_to_place)


# --- the network -------------------------------------------------------------------------------


def last_ended_month() -> date:
    return add_months(utc_now().date().replace(day=1), -1)


def recent_months(count: int = 36) -> list[date]:
    """The months a return can be for, the latest first: this one and those before it."""
    this = utc_now().date().replace(day=1)
    return [add_months(this, -back) for back in range(count)]


def boards(
    database: Database, last: date, count: int, as_at: datetime | None = None
) -> pd.DataFrame:
    """Who has returned what in the last `count` months, the latest first: none before the first
    that anything was sent for, of which nothing was asked."""
    first = min([*months(database, as_at), last])
    periods = [add_months(last, -back) for back in range(count)]
    frames = [board(database, month, as_at) for month in periods if month >= first]
    return pd.concat(frames, ignore_index=True)


def owed(database: Database, member_id: str, period: date) -> list[str]:
    """The names of the returns that a member has not sent for the month."""
    frame = board(database, period)
    unsent = frame[(frame["member_id"] == member_id) & frame["receipt"].isna()]
    return list(unsent["return_name"])


@cached
def member_names(database: Database) -> dict[str, str]:
    """member_id -> name of every member."""
    frame = network.members(database)
    return dict(zip(frame["member_id"], frame["name"], strict=True))


def without_other_members(
    database: Database, facts: pd.DataFrame, member_id: str | None
) -> pd.DataFrame:
    """Facts with their `source`: that another member added one, and so may have paid whom it is of,
    without saying which."""
    others = {name for key, name in member_names(database).items() if key != member_id}
    source = facts["source"].where(~facts["source"].isin(others), "Another member")
    return facts.assign(source=source)


@cached
def current_members(database: Database) -> dict[str, tuple[str, str]]:
    """member_id -> (name, kind) of the members that have not left, by name."""
    today = utc_now().date()
    frame = network.members(database)
    return {
        row["member_id"]: (row["name"], row["kind"])
        for row in frame.to_dict("records")
        if pd.isna(row["ends_on"]) or row["ends_on"] >= today
    }


@cached
def kinds(database: Database, sees_members: bool) -> dict[str, tuple[str, ...]]:
    """Kind -> the IDs of its members, where there are several, those who have left among them, who
    are in the figures of their time; for who sees members together only, where there were always
    enough of them."""
    frame = network.members(database)
    here = [kind for _, kind in current_members(database).values()]
    offered = set(here) if sees_members else kinds_offered(database, months(database))
    return {
        kind: tuple(frame.loc[frame["kind"] == kind, "member_id"])
        for kind in network.KINDS
        if kind in offered and here.count(kind) > 1
    }


def sample_members(database: Database) -> dict[str, str]:
    """member_id -> name of the members whose people one can be in a sample network, a council
    first."""
    members = current_members(database)
    council = next((name for name, (_, kind) in members.items() if kind == "council"), None)
    order = sorted(members, key=lambda member_id: member_id != council)
    return {member_id: members[member_id][0] for member_id in order}


def sample_people(database: Database) -> list[Person]:
    """Who one can be in a sample network; nobody in another."""
    if not network.is_sample(database):
        return []
    return access.sample_people(sample_members(database).items())


@cached
def meetings(database: Database) -> tuple[Meeting, ...]:
    """The latest first."""
    return tuple(store_meetings.meetings(database))


@cached
def members_off_track(
    database: Database, period: date, as_at: datetime | None = None
) -> list[since_meeting.OffTrack]:
    """What is off track of members held to targets of their own."""
    return since_meeting.members_off_track(database, period, NETWORK, as_at=as_at)


@cached
def looked_at(database: Database, as_at: datetime | None = None) -> tuple[str, ...]:
    """The indicators of which exceptions are counted."""
    return exceptions.looked_at(targets(database, as_at))


@cached
def area_names(database: Database) -> dict[str, str]:
    """Code -> name of the local authorities of the area, and then of the wider area."""
    settings = database.settings
    return authority_names(database, dict.fromkeys([*settings.area, *settings.wider_area]))


wards = cached(near_wards)


# --- what the filters ask for ------------------------------------------------------------------


def every_open_action(database: Database, filters: Filters) -> pd.DataFrame:
    """The open actions of the network and its members, or of the members that were picked."""
    frame = actions(database, filters.as_at)
    if filters.members is not None:
        frame = frame[frame["member_id"].isin(filters.members)]
    return frame[frame["state"] == "open"]


def open_actions(database: Database, filters: Filters) -> pd.DataFrame:
    """The open actions of the network by itself, or of the members that were picked."""
    frame = every_open_action(database, filters)
    return frame[frame["member_id"].isna()] if filters.members is None else frame


def board_of(database: Database, filters: Filters, period: date | None = None) -> pd.DataFrame:
    """Who has returned what, of the members that were picked."""
    frame = board(database, period or filters.period, filters.as_at)
    return frame if filters.members is None else frame[frame["member_id"].isin(filters.members)]


def series(
    database: Database,
    filters: Filters,
    indicators: tuple[str, ...],
    window: str | None = None,
) -> pd.DataFrame:
    """The indicators as the filter bar has them, up to its period, with target, profile and status:
    what `targets.status` gives, the column `shown`, and `label`, the text that stands for a figure.
    Each period stands for the window that ends with it. An indicator that can't be limited to the
    area that was picked has no rows."""
    return _series(database, filters.figures, indicators, window or filters.window)


@cached
def _series(
    database: Database, filters: Filters, indicators: tuple[str, ...], window: str
) -> pd.DataFrame:
    reported = [name for name in indicators if filters.area is None or _has_area(name)]
    step = 3 if window == "quarter" else 1
    # What is sent every quarter stands as it was when the last one ended.
    together: dict[date, list[str]] = {}
    for name in reported:
        together.setdefault(CATALOGUE[name].last_period(filters.period), []).append(name)
    frames = []
    for period, names in (together or {filters.period: []}).items():
        last = replace(filters, period=period)
        asked = request(database, last, names, (), window, MONTHS // step, step)
        frames.append(figures(database, asked, filters.audience))
    frame = pd.concat(frames, ignore_index=True)
    whole = filters.kind is None and filters.area is None
    frame = status(database, frame, filters.member_id, window=window, whole=whole)
    return frame.assign(label=[formatting.shown(row) for _, row in frame.iterrows()])


@cached
def cut(
    database: Database,
    filters: Filters,
    indicators: tuple[str, ...],
    by: tuple[str, ...] = (),
    window: str | None = None,
    count: int = 1,
) -> pd.DataFrame:
    """Figures by some breakdowns over the window of the filters, or another, for the last `count`
    periods."""
    asked = request(database, filters, indicators, by, window or filters.window, count)
    return figures(database, asked, filters.audience)


def part_series(
    database: Database, filters: Filters, indicator: str, by: str, value: str
) -> pd.DataFrame:
    """One part of an indicator, month by month, as `series` has it: it has no target."""
    frame = cut(database, filters, (indicator,), (by,), "month", MONTHS)
    frame = status(database, frame, whole=False)
    gaps = frame[frame[by].isna()].drop_duplicates("period")
    rows = pd.concat([frame[frame[by] == value], gaps]).drop_duplicates("period")
    rows = rows.sort_values("period", ignore_index=True)
    return rows.assign(label=[formatting.shown(row) for _, row in rows.iterrows()])


def may_cut(
    database: Database, filters: Filters, indicator: str, by: str, window: str | None = None
) -> bool:
    """Whether an indicator may be cut by that as the filters have it."""
    asked = request(database, filters, (indicator,), (by,), window or filters.window)
    return is_offered(asked, filters.audience)


def by_ring(
    database: Database, filters: Filters, way: str, by: tuple[str, ...] = (), count: int = 1
) -> pd.DataFrame:
    """Spend by ring, and by more, as a way of counting local has it (leakage.WAYS)."""
    ring = leakage.WAYS[way][0]
    frame = cut(database, filters, ("spend",), (*by, ring), count=count)
    return frame.rename(columns={ring: "ring"})


def by_ward(database: Database, filters: Filters, indicator: str) -> pd.DataFrame | None:
    """An indicator of people by home ward: over twelve months; to a member's own people over the
    filters' window until there are so many. None where it isn't offered."""
    window = "rolling_12"
    if may_cut(database, filters, indicator, "ward"):
        year = cut(database, filters, (indicator,), window=window)
        window = filters.window if year["shown"].eq("–").all() else window
    if not may_cut(database, filters, indicator, "ward", window):
        return None
    return cut(database, filters, (indicator,), ("ward",), window).assign(window=window)


def note_on_people(database: Database, filters: Filters) -> Markup:
    """What a page says once of its figures of people, unless they are shown as they are."""
    if filters.exact:
        return Markup()
    months = months_of(filters.period, filters.window)
    small = small_months(database, months, filters.as_at)
    if not small:
        settings = database.settings
        star = formatting.star("people", settings)
        return html("note", f"{formatting.rounding(settings)} {star}")
    least = formatting.count(database.settings.fewest_members_for_people)
    return html(
        "note",
        f"With fewer than {least} members in {formatting.month(max(small))}, figures of people are "
        "for the member they come from only: of so few, each could work out another's.",
    )


@cached
def spend_map(database: Database, filters: Filters, category: str | None = None) -> maps.WardMap:
    """The map of the window's pounds by the suppliers' registered addresses; of one category by
    local authority only."""
    if category:
        frame = cut(database, filters, ("spend",), ("category", "authority"))
        of_category = _sums(frame[frame["category"] == category], "authority")
        return maps.leak_map(of_category, database.settings)
    wards, authorities = (
        _sums(cut(database, filters, ("spend",), (level,)), level)
        for level in ("ward", "authority")
    )
    return maps.spend_map(wards, authorities, database.settings)


@cached
def alike(database: Database, filters: Filters, indicator: str, before: date) -> pd.DataFrame:
    """The filters' period and an earlier one from members that sent both, as it may be seen."""
    return revisions.like_for_like(
        database,
        [indicator],
        CATALOGUE[indicator].last_period(filters.period),
        before,
        filters.audience,
        as_at=filters.as_at,
        window=filters.window,
        members=filters.members,
        where={"authority": [filters.area]} if filters.area else None,
    )


@cached
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
            return {month: value for month, value in ahead.items() if value is not None}
    return {}


def where(filters: Filters, indicators: Collection[str]) -> Mapping[str, list[str]] | None:
    """The area, where these figures can be limited to one."""
    return (
        {"authority": [filters.area]} if filters.area and all(map(_has_area, indicators)) else None
    )


def _has_area(indicator: str) -> bool:
    return "authority" in CATALOGUE[indicator].breakdowns


def request(
    database: Database,
    filters: Filters,
    indicators: Collection[str],
    by: tuple[str, ...],
    window: str,
    count: int = 1,
    step: int = 1,
) -> Request:
    """For the last `count` periods, none before the first that anything is known of."""
    first = min([*months(database), filters.period])
    periods = [add_months(filters.period, -step * back) for back in reversed(range(count))]
    return Request(
        [*indicators],
        [period for period in periods if period >= first],
        window,
        filters.as_at,
        by,
        filters.members,
        where(filters, indicators),
    )


def _sums(frame: pd.DataFrame, column: str) -> dict[str, float]:
    rows = frame.dropna(subset=[column, "value"])
    return dict(zip(rows[column], rows["value"].astype(float), strict=True))
