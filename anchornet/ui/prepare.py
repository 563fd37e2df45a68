"""The steps of preparing a return. What is dropped stays in the browser's upload until the return
is made and goes with it; the session remembers no cell and no heading of it. So does
a list that was dropped on another page, in the session's memory."""

from dataclasses import dataclass, replace
from datetime import date

import streamlit as st

from anchornet import formatting
from anchornet.access import Person, allowed
from anchornet.formatting import inside
from anchornet.intake.prepare import EXTRACTS, PreparedGroups, PreparedReturn, match_columns
from anchornet.intake.prepare_commitments import COMMITMENTS, SOURCES
from anchornet.narrative.plain_text import prepared_sentence
from anchornet.narrative.prepared_commitments import SOURCE_TITLES
from anchornet.returns.columns import Mapped
from anchornet.returns.csv_reader import AS_IT_IS, Reading, Refused, SheetsDiffer
from anchornet.returns.declaration import RETURNS, Return
from anchornet.ui import queries
from anchornet.ui.components import html
from anchornet.ui.layout import heading, note, table
from anchornet.ui.problems import Problem, of_groups
from anchornet.ui.session import download
from anchornet.ui.submit import NONE, PREPARED, TO_PREPARE, File, ToPrepare, send_prepared, step

LARGEST_MB = 10
PREPARED_FOR = "prepared_for"
NOWHERE = -1


@dataclass(frozen=True)
class Dropped:
    """A list of people as dropped, for one return and month."""

    return_: Return
    period: date
    data: bytes
    id: str
    reading: Reading = AS_IT_IS


def is_of_people() -> bool:
    """Whether a list of people is chosen, or a source of commitments."""
    return st.session_state.get("prepare_return") not in SOURCES


def choose_source() -> str:
    """Which list is turned into which return: a name of EXTRACTS or SOURCES."""
    step(1, "Your list")
    titles = {name: f"{RETURNS[name].title}: {inside(EXTRACTS[name].title)}" for name in EXTRACTS}
    titles |= {
        name: f"{COMMITMENTS.title}: {inside(title)}" for name, title in SOURCE_TITLES.items()
    }
    return st.radio(
        "Return",
        list(titles),
        format_func=titles.__getitem__,
        horizontal=True,
        key="prepare_return",
        label_visibility="collapsed",
    )


def choose_list(name: str) -> Dropped | None:
    """For which month, from which list; None until both are there."""
    note(EXTRACTS[name].grain)
    drop, when = st.columns([2, 1], gap="medium")
    months = queries.recent_months()
    period = when.selectbox(
        "Month",
        months,
        index=0
        if "prepare_period" in st.session_state
        else months.index(queries.last_ended_month()),
        format_func=formatting.month,
        key="prepare_period",
    )
    with drop:
        dropped = _dropped(RETURNS[name], period)
    if not dropped:
        return None
    try:
        match_columns(dropped.return_, dropped.data)
    except SheetsDiffer as several:
        chosen = drop.multiselect("Sheets to read", list(several.sheets), key=_key("sheets"))
        if not chosen:
            st.warning("This workbook has several lists. Choose the sheets to read.")
            return None
        return replace(dropped, reading=Reading(tuple(chosen)))
    except Refused:
        pass  # said where the columns are
    return dropped


def _dropped(return_: Return, period: date) -> Dropped | None:
    """The list that was dropped on another page, else here."""
    if file := waiting_file():
        if len(file.data) <= LARGEST_MB * 1_000_000:
            return Dropped(return_, period, file.data, file.id)
        st.error(
            f"The list is larger than {LARGEST_MB} MB. Leave out the columns that aren't needed."
        )
        return None
    uploaded = st.file_uploader(
        "File", max_upload_size=LARGEST_MB, key=_key("list"), help="CSV or Excel."
    )
    return Dropped(return_, period, uploaded.getvalue(), uploaded.file_id) if uploaded else None


def waiting_file() -> File | None:
    """The list that was dropped on another page, which can be taken away here."""
    waiting = st.session_state.get(TO_PREPARE)
    if not isinstance(waiting, ToPrepare):
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(html("named_note", "Already here: ", waiting.file.name))
        if st.button("Remove this file", key="remove_list", type="tertiary"):
            del st.session_state[TO_PREPARE]
            st.rerun()
    return waiting.file


def choose_columns(dropped: Dropped) -> tuple[dict[str, str], Reading] | None:
    """Every field's heading, "" for none, and how the list is read; None until the person says go
    on. Raises Refused."""
    mapped = match_columns(dropped.return_, dropped.data, reading=dropped.reading)
    fields = EXTRACTS[dropped.return_.name].fields
    step(2, "Columns", f"{len(mapped.columns)} of {len(fields)} found; no other is used")
    chosen = choose_headings(EXTRACTS[dropped.return_.name], mapped, dropped.return_.name)
    month_first = st.checkbox(
        "The dates are month first, as in 08/31/2026", key=_key("month_first")
    )
    pressed = st.button(f"Make the return for {formatting.month(dropped.period)}", type="primary")
    return (chosen, replace(dropped.reading, month_first=month_first)) if pressed else None


def choose_headings(extract: Return, mapped: Mapped, prefix: str) -> dict[str, str]:
    """Every field's heading, "" for none."""
    # Numbers of columns, not headings: in a file without a heading row a heading is a person's.
    numbers = [NOWHERE, *(number for number, text in enumerate(mapped.headings) if text)]
    chosen = {}
    grid = st.columns(3, gap="medium")
    for place, field in enumerate(extract.fields):
        before = mapped.columns.get(field.name, NOWHERE)
        column = grid[place % 3].selectbox(
            f"{field.title} (required)" if field.required else field.title,
            numbers,
            index=numbers.index(before),
            format_func=lambda number: NONE if number == NOWHERE else mapped.headings[number],
            help=field.description,
            key=_key(f"{prefix}_{field.name}"),
        )
        chosen[field.name] = "" if column == NOWHERE else mapped.headings[column]
    return chosen


def keep(prepared: PreparedGroups) -> None:
    """Remember the groups and let go of the list: its upload has no place on the next page."""
    st.session_state[PREPARED] = prepared
    waited = st.session_state.pop(TO_PREPARE, None)
    st.session_state[PREPARED_FOR] = waited.member_id if waited else None
    st.session_state["lists"] = st.session_state.get("lists", 0) + 1


def problems(prepared: PreparedReturn) -> list[Problem]:
    return of_groups(prepared.finding_groups())


def show_findings(prepared: PreparedReturn) -> None:
    """What stops it and what became not known, with lines but no cell."""
    rows = [
        (
            f"finding-{number}",
            formatting.capital(group.lines),
            group.column or "–",
            group.message,
            group.examples[0].cure,
        )
        for number, group in enumerate(prepared.finding_groups(), 1)
    ]
    if rows:
        heading("Put right first" if prepared.stopped else "Worth a look")
        st.html(html("findings", rows))


def _sends_for(person: Person, member_id: str | None) -> tuple[str | None, bool]:
    """The member that somebody sends for, `member_id` or their own, and whether that is on its
    behalf; None for who sends nothing, or doesn't yet say for whom."""
    member_id = member_id or person.member_id
    if member_id and allowed(person, "send_return", member_id):
        return member_id, False
    return (member_id, True) if member_id and allowed(person, "send_on_behalf") else (None, False)


def offer_to_send(
    person: Person, prepared: PreparedReturn, member_id: str | None, ready: bool = True
) -> None:
    """Leads on to the page that sends, where it is `ready` for that; or to download it."""
    member_id, on_behalf = _sends_for(person, member_id)
    if ready and member_id and st.button("Check and send it", type="primary", key="send_prepared"):
        for name in (PREPARED, TO_PREPARE):
            st.session_state.pop(name, None)
        send_prepared(prepared, member_id, on_behalf=on_behalf)
    download("Download it", lambda: prepared.file, file_name=prepared.file_name)


def show_result(person: Person, prepared: PreparedGroups) -> None:
    """What the list was turned into and what was left out; the return to send on or to download."""
    st.html(html("figure", prepared_sentence(prepared)))
    if prepared.csv:
        with st.container(horizontal=True):
            offer_to_send(person, prepared, st.session_state.get(PREPARED_FOR))
    turned, left_out = st.columns([3, 2], gap="large")
    with turned:
        heading("What it was turned into")
        rows, before = [], ""
        for count in prepared.value_counts:
            field = "" if count.field == before else count.field
            rows.append([field, count.value, f"{count.people:,}"])
            before = count.field
        table(["In the return", "Value", "People"], rows, (2,))
    with left_out:
        heading("What was left out")
        rows = [[why, f"{count:,}"] for why, count in prepared.left_out.items()]
        if rows:
            table(["Why", "People"], rows, (1,))
        else:
            note("Nobody: everyone in the list is in the return.")
        for sentence in prepared.skipped:
            note(sentence)


def _key(name: str) -> str:
    return f"{name}_{st.session_state.get('lists', 0)}"
