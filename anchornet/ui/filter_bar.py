"""The filter bar: what a page's figures are stated for, in the address, so that a link shows it.

`?period=2026-09&window=quarter&as_at=2026-09-16&members=kind:nhs&area=E08000003&view=variation`.
The address is the truth: it is read at each run, the pickers follow it, and a pick is written to
it, which the browser remembers as one step to go back. An address of the usual view is empty.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from anchornet import formatting
from anchornet.access import Person, allowed
from anchornet.periods import month_text, parse_month
from anchornet.server.networks import network
from anchornet.store.database import utc_now
from anchornet.store.meetings import Meeting
from anchornet.store.network import KINDS_TOGETHER
from anchornet.ui import queries
from anchornet.ui.components import html
from anchornet.ui.empty import no_returns_yet
from anchornet.ui.filters import NETWORK, Filters
from anchornet.ui.session import end_page

WINDOWS = {
    "month": "The month",
    "quarter": "Quarter to date",
    "financial_year": "Financial year to date",
    "rolling_12": "Twelve months to date",
}
VIEWS = {"status": "Target", "variation": "Variation"}
EVERYWHERE, NOW = "Everywhere", "As at now"
NAMES = ("period", "window", "as_at", "members", "area", "view")
# Where a link led from and to, which holds for its own page only.
OF_A_LINK = ("from", "figure", "sort", "outcome", "part", "ward")
KEPT = "filters"  # in the session: the address of the last page with a bar
MOMENT = timedelta(microseconds=1)  # a day ends a moment before the next


@dataclass(frozen=True)
class Choices:
    """What one person may pick: months the latest first, members by ID, kinds with the IDs of
    their members, areas by code, meetings the latest first.

    own: the members whose people they are. as_at: the moment by which the months were sent.
    sees_members: whether they see each member's figures, and those as at any day."""

    months: Sequence[date]
    usual: date
    meetings: Sequence[Meeting]
    members: Mapping[str, str]
    kinds: Mapping[str, tuple[str, ...]]
    areas: Mapping[str, str]
    today: date
    own: Collection[str] = ()
    as_at: datetime | None = None
    sees_members: bool = False


def bar(person: Person, *, views: bool = True) -> Filters:
    """Draws the bar, with its `views` or without, and gives what is picked. A network in which
    nothing was sent says so, and the page ends. Parts of the address that can't be followed are
    left out, with a line that says so."""
    filters, choices, strange = _followed(person)
    now = address(filters, choices, whole=True)
    meetings = {f"{meeting.starts_at:%Y-%m-%d}": meeting.name for meeting in choices.meetings}
    kinds = {f"kind:{kind}": formatting.capital(KINDS_TOGETHER[kind]) for kind in choices.kinds}
    days = ["", *({now["as_at"]} - {"", *meetings}), *meetings]
    pickers: Mapping[str, tuple[str, Mapping[str, str]]] = {
        "period": ("Month", {month_text(day): formatting.month(day) for day in choices.months}),
        "window": ("Over", WINDOWS),
        "as_at": ("As at", {day: _moment(day, meetings) for day in days}),
        "members": ("Members", {"": NETWORK, **kinds, **choices.members}),
        "area": ("Area", {"": EVERYWHERE, **choices.areas}),
    }
    with st.container(key="filters", horizontal=True, gap="small", vertical_alignment="center"):
        for name, (label, options) in pickers.items():
            st.session_state[f"filter_{name}"] = now[name]
            st.selectbox(
                label,
                list(options),
                format_func=options.__getitem__,
                key=f"filter_{name}",
                label_visibility="collapsed",
                on_change=_picked,
                args=(choices, name),
            )
        if views:
            st.session_state["filter_view"] = filters.view
            st.segmented_control(
                "View",
                list(VIEWS),
                format_func=VIEWS.__getitem__,
                key="filter_view",
                label_visibility="collapsed",
                required=True,
                on_change=_picked,
                args=(choices, "view"),
            )
    _warn(strange)
    return filters


def picked(person: Person) -> Filters:
    """What is picked, for a page without a bar: otherwise as `bar`."""
    filters, _, strange = _followed(person)
    _warn(strange)
    return filters


def _followed(person: Person) -> tuple[Filters, Choices, list[str]]:
    choices = _choices(person)
    if choices is None:
        no_returns_yet(person)
        end_page()
    given = st.query_params.to_dict()
    st.session_state[KEPT] = {name: given[name] for name in given if name not in OF_A_LINK}
    as_at, nothing = read({"as_at": given.get("as_at", "")}, choices)[0].as_at, []
    if as_at:
        months = queries.months(network().database, as_at)
        usual = queries.month_seen(network().database, as_at)
        if usual:
            choices = replace(choices, months=months, usual=usual, as_at=as_at)
        else:
            given = {name: value for name, value in given.items() if name != "as_at"}
            nothing = [
                f"Nothing had been sent by {formatting.day(as_at - MOMENT)}; these are as at now."
            ]
    filters, strange = read(given, choices)
    return filters, choices, [*nothing, *strange]


def _warn(strange: Sequence[str]) -> None:
    if strange:
        st.html(html("note", " ".join(strange), "an-strange"))


def restore() -> None:
    """Before the navigation: gives a page that was reached by the menu the address of the last one,
    so that what was picked is kept and the browser remembers one step."""
    context = get_script_run_ctx()
    back_or_forward = context is not None and context.is_history_navigation
    kept = st.session_state.get(KEPT)
    if kept and not back_or_forward and not len(st.query_params):
        st.query_params.from_dict(kept)


def keep(period: date) -> dict[str, str]:
    """What pages show that are opened next: a month, as usual otherwise. Its address."""
    st.session_state[KEPT] = {"period": month_text(period)}
    return dict(st.session_state[KEPT])


def address(filters: Filters, choices: Choices, *, whole: bool = False) -> dict[str, str]:
    """The address of a view: nothing for the usual one, else its month and what isn't usual; the
    `whole` one has a value for each part."""
    parts = {
        "period": month_text(filters.period),
        "window": filters.window,
        "as_at": _as_at_text(filters.as_at, choices),
        "members": f"kind:{filters.kind}" if filters.kind else filters.member_id or "",
        "area": filters.area or "",
        "view": filters.view,
    }
    usual = {"window": "month", "view": "status", "period": month_text(choices.usual)}
    if whole:
        return parts
    unusual = {name: value for name, value in parts.items() if value != usual.get(name, "")}
    return {"period": parts["period"], **unusual} if unusual else {}


def read(given: Mapping[str, str], choices: Choices) -> tuple[Filters, list[str]]:
    """What an address asks for, as far as it can be followed, and a sentence for each part that
    can't."""
    filters, strange = Filters(choices.usual, sees_members=choices.sees_members), []
    for name in NAMES:
        if given.get(name):
            try:
                filters = replace(filters, **_READERS[name](given[name], choices))
            except ValueError as fault:
                strange.append(str(fault))
    return filters, strange


def _read_period(text: str, choices: Choices) -> dict[str, Any]:
    these = f"these are of {formatting.month(choices.usual)}"
    try:
        period = parse_month(text)
    except ValueError:
        raise ValueError(f"The link has a month we can't use; {these}.") from None
    if period not in choices.months:
        by = f" by {formatting.day(choices.as_at - MOMENT)}" if choices.as_at else ""
        raise ValueError(f"Nothing was sent for {formatting.month(period)}{by}; {these}.")
    return {"period": period}


def _read_as_at(text: str, choices: Choices) -> dict[str, Any]:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not date(2000, 1, 1) <= day <= choices.today:
        raise ValueError("The link has a date we can't use, so these figures are as at now.")
    held = (meeting for meeting in choices.meetings if meeting.starts_at.date() == day)
    meeting = next(held, None)
    if meeting is None and not choices.sees_members:
        raise ValueError(f"There was no meeting on {formatting.day(day)}; these are as at now.")
    end_of_day = datetime.combine(day + timedelta(days=1), time())
    return {"as_at": meeting.starts_at if meeting else end_of_day}


def _read_members(text: str, choices: Choices) -> dict[str, Any]:
    kind = text.removeprefix("kind:")
    if kind != text and kind in choices.kinds:
        return {
            "members": choices.kinds[kind],
            "whose": formatting.capital(KINDS_TOGETHER[kind]),
            "kind": kind,
        }
    if text in choices.members:
        name, exact = choices.members[text], text in choices.own
        return {"members": (text,), "whose": name, "exact": exact}
    raise ValueError("Those members can't be picked here; these are the network's figures.")


def _read_area(text: str, choices: Choices) -> dict[str, Any]:
    if text not in choices.areas:
        raise ValueError(
            "The link names an area outside the network, so these figures are for everywhere."
        )
    return {"area": text, "area_name": choices.areas[text]}


def _read_window(text: str, choices: Choices) -> dict[str, Any]:
    if text not in WINDOWS:
        raise ValueError(
            "The link has a time span we can't use, so these figures are for the month."
        )
    return {"window": text}


def _read_view(text: str, choices: Choices) -> dict[str, Any]:
    if text not in VIEWS:
        raise ValueError("The link asks for a view that doesn't exist, so this is against target.")
    return {"view": text}


_READERS: Mapping[str, Callable[[str, Choices], dict[str, Any]]] = {
    "period": _read_period,
    "window": _read_window,
    "as_at": _read_as_at,
    "members": _read_members,
    "area": _read_area,
    "view": _read_view,
}


def _picked(choices: Choices, name: str) -> None:
    """Writes a pick to the address, before the page runs. Another moment opens on the month that
    was looked at then."""
    given = st.query_params.to_dict()
    filters, _ = read({**given, name: st.session_state[f"filter_{name}"]}, choices)
    others = {part: value for part, value in given.items() if part not in NAMES}
    picked = address(filters, choices)
    if name == "as_at":
        picked.pop("period", None)
    st.session_state[KEPT] = picked
    st.query_params.from_dict({**others, **st.session_state[KEPT]})


def _choices(person: Person) -> Choices | None:
    """None in a network in which nothing was sent."""
    database = network().database
    months, usual = queries.months(database), queries.month_seen(database)
    if usual is None:
        return None
    members = queries.current_members(database)
    named = {
        member_id: name
        for member_id, (name, _) in members.items()
        if allowed(person, "see_member_figures", member_id)
    }
    sees_members = allowed(Person(person.email, person.name, person.roles), "see_member_figures")
    now = utc_now()
    return Choices(
        months=months,
        usual=usual,
        meetings=[meeting for meeting in queries.meetings(database) if meeting.starts_at <= now],
        members=named,
        kinds=queries.kinds(database, sees_members),
        sees_members=sees_members,
        areas=queries.area_names(database),
        today=now.date(),
        own=[member_id for member_id in members if allowed(person, "see_member_detail", member_id)],
    )


def _as_at_text(as_at: datetime | None, choices: Choices) -> str:
    if as_at is None:
        return ""
    at_a_meeting = any(meeting.starts_at == as_at for meeting in choices.meetings)
    return f"{as_at if at_a_meeting else as_at - timedelta(days=1):%Y-%m-%d}"


def _moment(text: str, meetings: Mapping[str, str]) -> str:
    """A moment of the address in words: `As at 16 Sep 2026, Delivery group`."""
    if not text:
        return NOW
    day = date.fromisoformat(text)
    words = f"As at {formatting.day(day, short=True)} {day.year}"
    return f"{words}, {meetings[text]}" if text in meetings else words
