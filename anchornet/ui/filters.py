"""The filter bar: what a page's figures are stated for, in the address, so that a link shows it.

`?period=2026-09&window=quarter&as_at=2026-09-16&members=kind:nhs&area=E08000003&view=variation`.
The address is the truth: it is read at each run, the pickers follow it, and a pick is written to
it, which the browser remembers as one step to go back. An address of the usual view is empty.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from html import escape
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from anchornet import formatting
from anchornet.access import Person, allowed
from anchornet.indicators.figures import NETWORK as THE_NETWORK
from anchornet.indicators.figures import Audience, own_of
from anchornet.periods import month_text, parse_month
from anchornet.store.database import utc_now
from anchornet.store.meetings import Meeting
from anchornet.ui import queries
from anchornet.ui.empty import no_returns_yet
from anchornet.ui.session import end_page, network

WINDOWS = {
    "month": "The month",
    "quarter": "Quarter to date",
    "financial_year": "Financial year to date",
    "rolling_12": "Twelve months to date",
}
VIEWS = {"status": "Target", "variation": "Variation"}
KINDS = {
    "council": "The councils",
    "nhs": "The NHS members",
    "university": "The universities",
    "college": "The colleges",
    "housing_association": "The housing associations",
    "police": "The police members",
    "fire": "The fire and rescue members",
    "private": "The private companies",
    "vcse": "The voluntary sector members",
}
NETWORK, EVERYWHERE, NOW = "The network", "Everywhere", "now"
NAMES = ("period", "window", "as_at", "members", "area", "view")
KEPT = "filters"  # in the session: the address of the last page with a bar


@dataclass(frozen=True)
class Filters:
    """What the figures of a page are stated for. Hashable: a key of cached reads.

    members: the IDs that the figures are limited to, None for the network; kind: what they are, if
    a kind was picked. whose: them in words, to begin a sentence with. area: the code of a local
    authority, None for everywhere, and its name.
    as_at: None for now. exact: the members are the person's own, shown without disclosure control.
    """

    period: date
    window: str = "month"
    as_at: datetime | None = None
    members: tuple[str, ...] | None = None
    whose: str = NETWORK
    area: str | None = None
    area_name: str = ""
    view: str = "status"
    exact: bool = False
    kind: str | None = None

    @property
    def member_id(self) -> str | None:
        """The one member that was picked, if one was."""
        return self.members[0] if self.members and self.kind is None else None

    @property
    def audience(self) -> Audience:
        """Who the figures are for."""
        return own_of(*self.members) if self.exact and self.members else THE_NETWORK

    @property
    def figures(self) -> "Filters":
        """What figures depend on: a key of cached reads that both views share."""
        return replace(self, view="status")

    @property
    def everywhere(self) -> "Filters":
        """The same without the area, for what isn't reported by area."""
        return replace(self, area=None, area_name="")


@dataclass(frozen=True)
class Choices:
    """What one person may pick: months the latest first, members by ID, kinds with the IDs of
    their members, areas by code, meetings the latest first;
    own: the members whose people they are."""

    months: Sequence[date]
    usual: date
    meetings: Sequence[Meeting]
    members: Mapping[str, str]
    kinds: Mapping[str, tuple[str, ...]]
    areas: Mapping[str, str]
    today: date
    own: Collection[str] = ()


def bar(person: Person, *, views: bool = True) -> Filters:
    """Draws the bar, with its `views` or without, and gives what is picked. A network in which
    nothing was sent says so, and the page ends. Parts of the address that can't be followed are
    left out, with a line that says so."""
    filters, choices, strange = _asked(person)
    pickers = {
        "period": (list(map(month_text, choices.months)), _month, "Month"),
        "window": (list(WINDOWS), WINDOWS.__getitem__, "Over"),
        "as_at": (_moments(filters, choices), _as_at_words(choices.meetings), "As at"),
        "members": (_whose(choices), _members_words(choices), "Members"),
        "area": (["", *choices.areas], lambda code: choices.areas.get(code, EVERYWHERE), "Area"),
    }
    now = address(filters, choices, whole=True)
    with st.container(key="filters", horizontal=True, gap="small", vertical_alignment="center"):
        for name, (options, said, label) in pickers.items():
            st.session_state[f"filter_{name}"] = now[name]
            st.selectbox(
                label,
                options,
                format_func=said,
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
    _say(strange)
    return filters


def picked(person: Person) -> Filters:
    """What is picked, for a page without a bar: otherwise as `bar`."""
    filters, _, strange = _asked(person)
    _say(strange)
    return filters


def _asked(person: Person) -> tuple[Filters, Choices, list[str]]:
    choices = _choices(person)
    if choices is None:
        no_returns_yet(person)
        end_page()
    given = {name: value for name, value in st.query_params.items() if name in NAMES}
    filters, strange = read(given, choices)
    st.session_state[KEPT] = st.query_params.to_dict()
    return filters, choices, strange


def _say(strange: Sequence[str]) -> None:
    if strange:
        st.html(f'<p class="an-note an-strange">{escape(" ".join(strange))}</p>')


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
    unusual = {name: it for name, it in parts.items() if it != usual.get(name, "")}
    return {"period": parts["period"], **unusual} if unusual else {}


def link(filters: Filters, person: Person, **changed: Any) -> dict[str, str]:
    """The address, for st.page_link, of a page that shows the same with a change or two:
    `link(filters, person, members=("city-council",), whose="Sample City Council")`."""
    choices = _choices(person)
    return address(replace(filters, **changed), choices) if choices else {}


def read(given: Mapping[str, str], choices: Choices) -> tuple[Filters, list[str]]:
    """What an address asks for, as far as it can be followed, and a sentence for each part that
    can't."""
    filters, strange = Filters(choices.usual), []
    for name in NAMES:
        if given.get(name):
            try:
                filters = _READERS[name](filters, given[name], choices)
            except ValueError as fault:
                strange.append(str(fault))
    return filters, strange


def _read_period(filters: Filters, text: str, choices: Choices) -> Filters:
    try:
        period = parse_month(text)
    except ValueError:
        raise ValueError(
            f"The month in the address isn't one; these are of {formatting.month(choices.usual)}."
        ) from None
    if period not in choices.months:
        said = f"Nothing was sent for {formatting.month(period)}"
        raise ValueError(f"{said}; these are of {formatting.month(choices.usual)}.")
    return replace(filters, period=period)


def _read_as_at(filters: Filters, text: str, choices: Choices) -> Filters:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not date(2000, 1, 1) <= day <= choices.today:
        raise ValueError("The address has a date that can't be followed; these are as at now.")
    meeting = next((it for it in choices.meetings if it.starts_at.date() == day), None)
    end_of_day = datetime.combine(day + timedelta(days=1), time())
    return replace(filters, as_at=meeting.starts_at if meeting else end_of_day)


def _read_members(filters: Filters, text: str, choices: Choices) -> Filters:
    kind = text.removeprefix("kind:")
    if kind != text and kind in choices.kinds:
        return replace(filters, members=choices.kinds[kind], whose=KINDS[kind], kind=kind)
    if text in choices.members:
        return replace(
            filters,
            members=(text,),
            whose=choices.members[text],
            exact=text in choices.own,
        )
    raise ValueError("Those members can't be picked here; these are the network's figures.")


def _read_area(filters: Filters, text: str, choices: Choices) -> Filters:
    if text not in choices.areas:
        raise ValueError("The area in the address isn't one of the network's; this is everywhere.")
    return replace(filters, area=text, area_name=choices.areas[text])


def _read_window(filters: Filters, text: str, choices: Choices) -> Filters:
    if text not in WINDOWS:
        raise ValueError("The address has a span that can't be followed; this is the month.")
    return replace(filters, window=text)


def _read_view(filters: Filters, text: str, choices: Choices) -> Filters:
    if text not in VIEWS:
        raise ValueError("The address has a view that there isn't; this is against target.")
    return replace(filters, view=text)


_READERS: Mapping[str, Callable[[Filters, str, Choices], Filters]] = {
    "period": _read_period,
    "window": _read_window,
    "as_at": _read_as_at,
    "members": _read_members,
    "area": _read_area,
    "view": _read_view,
}


def _picked(choices: Choices, name: str) -> None:
    """Writes a pick to the address, before the page runs."""
    given = {name: value for name, value in st.query_params.items() if name in NAMES}
    filters, _ = read({**given, name: st.session_state[f"filter_{name}"]}, choices)
    others = {name: value for name, value in st.query_params.items() if name not in NAMES}
    st.session_state[KEPT] = address(filters, choices)
    st.query_params.from_dict({**others, **st.session_state[KEPT]})


def _choices(person: Person) -> Choices | None:
    """None in a network in which nothing was sent."""
    database = network().database
    months = queries.months(database)
    if not months:
        return None
    today = utc_now().date()
    members = queries.current_members(database)
    named = {
        member_id: name
        for member_id, (name, _) in members.items()
        if allowed(person, "see_member_figures", member_id)
    }
    kinds: dict[str, tuple[str, ...]] = {}
    for kind in KINDS:
        ids = tuple(it for it, (_, its_kind) in members.items() if its_kind == kind)
        # The figures of a kind with one member are that member's.
        if len(ids) > 1 or (ids and ids[0] in named):
            kinds[kind] = ids
    return Choices(
        months=months,
        usual=queries.usual_month(database, months),
        meetings=[it for it in queries.meetings(database) if it.starts_at <= utc_now()],
        members=named,
        kinds=kinds,
        areas=queries.area_names(database),
        today=today,
        own=[it for it in members if allowed(person, "see_member_detail", it)],
    )


def _month(text: str) -> str:
    return formatting.month(parse_month(text))


def _whose(choices: Choices) -> list[str]:
    return ["", *(f"kind:{kind}" for kind in choices.kinds), *choices.members]


def _members_words(choices: Choices) -> Callable[[str], str]:
    def said(text: str) -> str:
        kind = text.removeprefix("kind:")
        return KINDS[kind] if kind != text else choices.members.get(text, NETWORK)

    return said


def _as_at_text(as_at: datetime | None, choices: Choices) -> str:
    if as_at is None:
        return ""
    if any(it.starts_at == as_at for it in choices.meetings):
        return f"{as_at:%Y-%m-%d}"
    return f"{as_at - timedelta(days=1):%Y-%m-%d}"


def _moments(filters: Filters, choices: Choices) -> list[str]:
    days = [f"{it.starts_at:%Y-%m-%d}" for it in choices.meetings]
    picked = _as_at_text(filters.as_at, choices)
    return list(dict.fromkeys(["", *([picked] if picked not in days else []), *days]))


def _as_at_words(meetings: Sequence[Meeting]) -> Callable[[str], str]:
    names = {f"{it.starts_at:%Y-%m-%d}": it.name for it in meetings}

    def said(text: str) -> str:
        if not text:
            return f"As at {NOW}"
        day = formatting.day(date.fromisoformat(text))
        return f"As at {day}, {names[text]}" if text in names else f"As at {day}"

    return said
