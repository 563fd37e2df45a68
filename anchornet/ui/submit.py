"""The first steps of sending a return: the file, and how it is read."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import streamlit as st

from anchornet import formatting, member_data
from anchornet.formatting import inside
from anchornet.intake.bulk_upload import month_in_name
from anchornet.intake.matching import fitting_extracts, fitting_source
from anchornet.intake.prepare import EXTRACTS, PreparedReturn
from anchornet.intake.prepare_commitments import COMMITMENTS, SOURCES
from anchornet.intake.preview import Preview
from anchornet.narrative import returns_status
from anchornet.narrative.prepared_commitments import SOURCE_TITLES
from anchornet.periods import month_text, parse_month
from anchornet.returns.csv_reader import Reading, Refused
from anchornet.returns.declaration import RETURNS, Return
from anchornet.store.database import Database
from anchornet.ui import queries
from anchornet.ui.components import html
from anchornet.ui.forms import blank_templates, choose_return, find_ward, too_large
from anchornet.ui.layout import note, plain
from anchornet.ui.session import Sender

LAYOUT = "layout"
SHEETS, HEADING_LINE, MONTH_FIRST = "sheets", "heading_line", "month_first"
DRAFT = "sending"
TURNED = "turned"  # in the session: what the next run chooses in place of what was chosen
TO_PREPARE, PREPARED = "to_prepare", "prepared"
LARGEST_WORKBOOK = 4_000_000  # bytes, of which the headings are asked before it is read
NONE = "– none of them –"


@dataclass(frozen=True)
class File:
    name: str
    id: str
    data: bytes


@dataclass(frozen=True)
class ToPrepare:
    """A list that was dropped elsewhere, and the member that it is for; in the session until the
    return is made of it."""

    file: File
    member_id: str


@dataclass(frozen=True)
class Choice:
    """What the sender has chosen so far; `file` is None until one is dropped. `reading` is how it
    is read, where they say so.

    `nothing_for` is the month that there is nothing to report for, if that is so.
    """

    return_: Return
    period: date | None
    file: File | None = None
    layout: str | None = None
    reading: Reading | None = None
    nothing_for: date | None = None


@dataclass(frozen=True)
class ByHeadings:
    """What a file's headings say, asked once when it is dropped: the return that it is, where
    `before` was chosen, the returns that its list of people can be made into, or the source of
    commitments that it is a list of."""

    return_name: str | None = None
    before: str | None = None
    people: tuple[str, ...] = ()
    source: str | None = None


@dataclass
class Draft:
    """What a sender has dropped and chosen for a member, until it is sent or put aside: a widget
    forgets when its page is left, the session doesn't."""

    member_id: str
    file: File | None = None
    choices: dict[str, Any] = field(default_factory=dict)
    by_headings: ByHeadings | None = None


def come_back(member_id: str) -> None:
    """Finds the sender's step again after another page; what was for another member is let go."""
    draft = st.session_state.get(DRAFT)
    if not isinstance(draft, Draft) or draft.member_id != member_id:
        st.session_state[DRAFT] = Draft(member_id)


def put_aside() -> None:
    """Lets go of the file and of what was chosen for it."""
    st.session_state[DRAFT] = Draft(current_draft().member_id)
    st.session_state["uploads"] = st.session_state.get("uploads", 0) + 1


def current_draft() -> Draft:
    draft: Draft = st.session_state[DRAFT]
    return draft


def restored(key: str, options: Sequence[Any] | None = None, usual: object = None) -> str:
    """The key of a widget that is about to be shown: what it holds is remembered, and what it held
    before the page was left is there again. `usual` is what it holds at first: one that has a
    start of its own as well is warned about in the log."""
    remembered = current_draft().choices
    if key in st.session_state:
        remembered[key] = st.session_state[key]
    elif key in remembered:
        chosen = remembered[key] if isinstance(remembered[key], list) else [remembered[key]]
        if options is None or all(one in options for one in chosen):
            st.session_state[key] = remembered[key]
    is_held = key in st.session_state and (options is None or st.session_state[key] in options)
    if usual is not None and not is_held:
        st.session_state[key] = usual
    return key


def step(number: int, title: str, note: str = "") -> None:
    st.html(html("step", number, title, note))


def show_questions(database: Database, sending: Sender) -> None:
    """What the coordinator sent back to the member: a correction is sent here."""
    for one in member_data.questions(database, sending.person, sending.member_id):
        title = formatting.capital(returns_status.named(one))
        st.warning(
            f"**Sent back with a question:** {plain(title)}\n\n"
            f"{plain(returns_status.question(one))}\n\nA correction that you send here answers it."
        )


# --- the file ------------------------------------------------------------------------------------


def linked(months: Sequence[date], owed: Sequence[str]) -> tuple[list[date], list[str]]:
    """The months and the returns to choose from, with those of the link that led here, such as
    `?return=spend&month=2026-09`, chosen first."""
    name, month = st.query_params.get("return"), st.query_params.get("month")
    try:
        period = parse_month(month) if month else None
    except ValueError:
        period = None
    if period and period not in months:
        months = [*months, period]
    arrived = "return" not in st.session_state
    before = current_draft().choices
    # A link that asks for another return or month than what was left begins anew.
    if arrived and name and (name, period) != (before.get("return"), before.get("period")):
        put_aside()
    if period and "period" not in st.session_state:
        st.session_state["period"] = period
    return list(months), [name, *owed] if name and name in RETURNS else list(owed)


def choose_file(
    database: Database, sender: Sender, months: Sequence[date], owed: Sequence[str]
) -> Choice:
    """Which return (the first that is owed, unless another is chosen), for which month, from
    which file; or that there is nothing to report."""
    settings = database.settings
    step(1, "Your file")
    current_draft().choices.setdefault("return", [*owed, *RETURNS][0])
    for name, value in st.session_state.pop(TURNED, {}).items():
        st.session_state[name] = value
    return_ = choose_return(restored("return", list(RETURNS)))
    note(return_.grain)
    usual, months = months, [month for month in months if return_.is_period(month)]
    if st.session_state.get("period") not in (None, *months):
        st.session_state["period"] = None
    drop, when = st.columns([2, 1], gap="medium")
    dated = return_.period_field is not None
    period = when.selectbox(
        return_.every.capitalize(),
        months,
        index=None,
        format_func=return_.period_words,
        placeholder="The payment dates say it" if dated else f"Which {return_.every} is it for?",
        help="For a file with one month's payments, or with several, leave this empty."
        if dated
        else None,
        key=restored("period", months),
    )
    uploader = f"file_{st.session_state.get('uploads', 0)}"
    uploaded = drop.file_uploader(
        "Drop your file here, CSV or Excel",
        max_upload_size=settings.max_upload_mb,
        key=uploader,
        help="CSV or Excel, as your system exports it.",
        on_change=_changed,
        args=(uploader,),
    )
    draft = current_draft()
    if uploaded and (draft.file is None or uploaded.file_id != draft.file.id):
        draft.file = File(uploaded.name, uploaded.file_id, uploaded.getvalue())
        for name in (SHEETS, HEADING_LINE, MONTH_FIRST):
            draft.choices.pop(name, None)
            st.session_state.pop(name, None)
        with st.spinner("Reading the headings"):
            draft.by_headings = _by_headings(database, sender, return_, draft.file)
        if turned := _turned(draft, return_, period, usual):
            st.session_state[TURNED] = turned
            st.rerun()
    with when:
        blank_templates(return_)
        find_ward(database, return_)
        start = {**dict.fromkeys(EXTRACTS, "a list of people"), COMMITMENTS.name: "a register"}
        label = f"Start from {start.get(return_.name)}"
        offered = return_.name in start and draft.file is None
        if offered and st.button(label, key="from_list", type="tertiary"):
            _go_to_prepare(return_.name, period)
    choice = Choice(return_, period)
    if draft.file is None:
        label = f"Nothing to report for {return_.period_words(period)}" if period else ""
        if period and when.button(label, key="nothing", type="tertiary"):
            return replace(choice, nothing_for=period)
        return choice
    with drop.container(horizontal=True, vertical_alignment="center"):
        if uploaded is None:
            st.html(html("named_note", "Already here: ", draft.file.name))
        st.button("Remove this file", key="put_aside", type="tertiary", on_click=put_aside)
    if too_large(draft.file.data, settings):
        return choice
    _say_what_headings_say(draft, return_)
    if draft.by_headings and draft.by_headings.people:
        offer_prepare(sender, draft.file, draft.by_headings.people, period)
        if st.button("This isn't a list of people", key="no_people", type="tertiary"):
            draft.by_headings = ByHeadings()
            st.rerun()
        return choice
    if draft.by_headings and draft.by_headings.source:
        offer_register(sender, draft.file, draft.by_headings.source, period)
        if st.button("This isn't a register", key="no_register", type="tertiary"):
            draft.by_headings = ByHeadings()
            st.rerun()
        return choice
    if period is None and not dated:
        st.info(f"Choose the {return_.every} that the file is for.")
        return choice
    layout = st.session_state.get(LAYOUT, draft.choices.get(LAYOUT))
    mappings = {mapping.name for mapping in return_.mappings}
    layout = layout if layout in mappings else None
    return replace(choice, file=draft.file, layout=layout, reading=_reading())


def _by_headings(database: Database, sender: Sender, return_: Return, file: File) -> ByHeadings:
    data = file.data
    # Of a text the first lines are read, of a workbook all.
    if data.startswith(b"PK") and len(data) > LARGEST_WORKBOOK:
        return ByHeadings()
    try:
        fitting = member_data.fitting_returns(
            database, sender.person, data, member_id=sender.member_id
        )
        names = [other.name for other in fitting]
        if len(names) == 1 and return_.name not in names:
            return ByHeadings(names[0], return_.name)
        if names:
            return ByHeadings()
        people = fitting_extracts(data)
        source = None if people else fitting_source(data)
        return ByHeadings(people=tuple(other.name for other in people), source=source)
    except Refused:
        return ByHeadings()  # said where it is read for the return


def _turned(
    draft: Draft, return_: Return, period: date | None, offered: Sequence[date]
) -> dict[str, Any]:
    """What is chosen instead: the return that the file is, and for one without dates the month in
    its name."""
    by_headings = draft.by_headings
    name = by_headings.return_name if by_headings else None
    turned: dict[str, Any] = {"return": name} if name else {}
    dated = RETURNS[name or return_.name].period_field is not None
    if name and dated and period:
        turned["period"] = None
    elif not dated and period is None and draft.file:
        month = month_in_name(draft.file.name)
        right = RETURNS[name or return_.name]
        turned |= {"period": month} if month and right.is_period(month) and month in offered else {}
    return turned


def _say_what_headings_say(draft: Draft, return_: Return) -> None:
    by_headings = draft.by_headings
    if by_headings and by_headings.return_name == return_.name and by_headings.before:
        before = RETURNS[by_headings.before].title
        st.info(
            f"The file has the headings of {inside(return_.title)}, so we changed the return from "
            f"{inside(before)}."
        )


def offer_prepare(sender: Sender, file: File, names: Sequence[str], period: date | None) -> None:
    """Offers to turn a list of people into a return, with the file in hand. It goes from here, and
    nothing of it is shown or checked."""
    st.warning(
        "This looks like a list of people. A return holds groups and no person, so don't send it: "
        "turn it into a return first. Nothing of the list is kept."
    )
    with st.container(horizontal=True):
        for number, name in enumerate(names):
            if st.button(
                f"Turn it into {inside(RETURNS[name].title)}",
                key=f"prepare_{name}_{file.id}",
                type="secondary" if number else "primary",
            ):
                prepare_from(sender, file, name, period)


def offer_register(sender: Sender, file: File, source: str, period: date | None) -> None:
    """Offers to turn a list of promises into commitments, with the file in hand."""
    st.info(
        f"This looks like a list of another kind: {inside(SOURCE_TITLES[source])}. Turn it into "
        f"{inside(COMMITMENTS.title)} first."
    )
    label = f"Turn it into {inside(COMMITMENTS.title)}"
    if st.button(label, key=f"prepare_{source}_{file.id}", type="primary"):
        prepare_from(sender, file, source, period)


def prepare_from(sender: Sender, file: File, name: str, period: date | None) -> None:
    if DRAFT in st.session_state:  # else it was dropped among others, on another page
        put_aside()
    st.session_state[TO_PREPARE] = ToPrepare(file, sender.member_id)
    _go_to_prepare(name, period or month_in_name(file.name))


def _go_to_prepare(name: str, period: date | None) -> None:
    st.session_state.pop(PREPARED, None)
    of_people = name in EXTRACTS
    known = name in (*EXTRACTS, *SOURCES)
    st.session_state["prepare_return"] = name if known else next(iter(SOURCES))
    if period in queries.recent_months():
        st.session_state["prepare_period" if of_people else "prepare_quarter"] = period
    st.switch_page("../../pages/prepare.py")


def send_prepared(prepared: PreparedReturn, member_id: str, *, on_behalf: bool) -> None:
    """To the page that sends, with the return that a list was turned into in hand."""
    name, period, data = prepared.return_.name, prepared.period, prepared.file
    file = File(prepared.file_name, hashlib.sha256(data).hexdigest(), data)
    st.session_state[DRAFT] = Draft(member_id, file, {"return": name, "period": period})
    st.session_state.pop("receipts", None)
    link = {"return": name, "month": month_text(period)}
    st.switch_page(
        "../../pages/submit.py", query_params=link | ({"member": member_id} if on_behalf else {})
    )


def _reading() -> Reading | None:
    """How the sender says that the file is read; None where they say nothing."""
    before = current_draft().choices
    sheets, line, month_first = (
        st.session_state.get(name, before.get(name)) for name in (SHEETS, HEADING_LINE, MONTH_FIRST)
    )
    if not sheets and line is None and month_first is None:
        return None
    return Reading(tuple(sheets or ()), line, month_first)


def _changed(uploader: str) -> None:
    """Lets go of a file that is taken out of the uploader; leaving the page takes none out."""
    if st.session_state.get(uploader) is None:
        current_draft().file = current_draft().by_headings = None


# Kept for the session under the file, the choices and the version: a click reads nothing again.
@st.cache_resource(
    show_spinner="Reading and checking the file",
    max_entries=8,
    scope="session",
    hash_funcs={
        Database: lambda database: (str(database.path), database.version()),
        Choice: lambda choice: (
            choice.return_.name,
            choice.period,
            choice.layout,
            choice.reading,
        ),
        File: lambda file: file.id,
    },
)
def look_at(
    database: Database, sender: Sender, choice: Choice, file: File, headings: Mapping[str, str]
) -> Preview:
    """Reads, maps and checks what was dropped; `headings` are columns that the sender says.

    Raises csv_reader.Refused for a file that is no list and MappingError for impossible choices.
    """
    return member_data.preview(
        database,
        sender.person,
        choice.return_,
        file.data,
        member_id=sender.member_id,
        period=choice.period,
        layout=choice.layout,
        headings=headings,
        reading=choice.reading,
    )
