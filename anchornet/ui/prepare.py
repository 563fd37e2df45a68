"""The steps of preparing a return. What is dropped stays in the browser's upload until the return
is made and goes with it; the session remembers no cell and no heading of it."""

from dataclasses import dataclass
from datetime import date
from html import escape

import streamlit as st

from anchornet import formatting
from anchornet.formatting import inside
from anchornet.intake.prepare import EXTRACTS, PreparedReturn, match_columns
from anchornet.narrative.plain_text import prepared_sentence
from anchornet.returns.declaration import RETURNS, Return
from anchornet.ui import queries
from anchornet.ui.layout import heading, table
from anchornet.ui.session import download
from anchornet.ui.submit import NONE, step

LARGEST_MB = 10
MADE = "prepared"
NOWHERE = -1


@dataclass(frozen=True)
class Dropped:
    """A list of people as dropped, for one return and month."""

    return_: Return
    period: date
    data: bytes


def choose_list() -> Dropped | None:
    """Which return, for which month, from which list; None until all three are there."""
    step(1, "Your list")
    name = st.radio(
        "Return",
        list(EXTRACTS),
        format_func=lambda name: f"{RETURNS[name].title}: {inside(EXTRACTS[name].title)}",
        horizontal=True,
        key="prepare_return",
        label_visibility="collapsed",
    )
    st.html(f'<p class="an-note">{escape(EXTRACTS[name].grain)}</p>')
    drop, when = st.columns([2, 1], gap="medium")
    months = queries.recent_months()
    period = when.selectbox(
        "Month",
        months,
        index=months.index(queries.last_ended_month()),
        format_func=formatting.month,
        key="prepare_period",
    )
    uploaded = drop.file_uploader(
        "File", max_upload_size=LARGEST_MB, key=_key("list"), help="CSV or Excel."
    )
    return Dropped(RETURNS[name], period, uploaded.getvalue()) if uploaded else None


def choose_columns(dropped: Dropped) -> dict[str, str] | None:
    """Every field's heading, "" for none; None until the person says go on. Raises Refused."""
    mapped = match_columns(dropped.return_, dropped.data)
    fields = EXTRACTS[dropped.return_.name].fields
    step(2, "Columns", f"{len(mapped.columns)} of {len(fields)} found; no other is used")
    # Places in the file, not headings: in a file without a heading row a heading is a person's.
    places = [NOWHERE, *(place for place, text in enumerate(mapped.headings) if text)]
    chosen = {}
    grid = st.columns(3, gap="medium")
    for number, field in enumerate(fields):
        before = mapped.columns.get(field.name, NOWHERE)
        place = grid[number % 3].selectbox(
            f"{field.title} (required)" if field.required else field.title,
            places,
            index=places.index(before),
            format_func=lambda place: NONE if place == NOWHERE else mapped.headings[place],
            help=field.description,
            key=_key(f"{dropped.return_.name}_{field.name}"),
        )
        chosen[field.name] = "" if place == NOWHERE else mapped.headings[place]
    made = st.button(f"Make the return for {formatting.month(dropped.period)}", type="primary")
    return chosen if made else None


def keep(made: PreparedReturn) -> None:
    """Remember the groups and let go of the list: its upload has no place on the next page."""
    st.session_state[MADE] = made
    forget_list()


def forget_list() -> None:
    st.session_state["lists"] = st.session_state.get("lists", 0) + 1


def show_findings(made: PreparedReturn) -> None:
    """What stops it and what became not known, with lines but no cell."""
    groups = made.finding_groups()
    if groups:
        heading("Put right first" if made.stopped else "Worth a look")
        rows = []
        for group in groups:
            said = group.examples[0]
            message = said.message[:1].upper() + said.message[1:]
            rows.append([group.lines.capitalize(), group.column or "–", message, said.cure])
        table(["Where", "Column", "What we found", "What to do"], rows, numbers=[])


def show_result(made: PreparedReturn) -> None:
    """What the list was turned into, what was left out, and the return to download."""
    st.html(f'<p class="an-figure">{escape(prepared_sentence(made))}</p>')
    if made.csv:
        csv = made.csv.encode("utf-8-sig")
        name = f"{made.return_.name} {made.period:%Y-%m}.csv"
        download("Download the return", lambda: csv, file_name=name, type="primary")
    turned, left_out = st.columns([3, 2], gap="large")
    with turned:
        heading("What it was turned into")
        rows = [[it.field, it.value, f"{it.people:,}"] for it in made.value_counts]
        shown = [
            [row[0] if not place or row[0] != rows[place - 1][0] else "", *row[1:]]
            for place, row in enumerate(rows)
        ]
        table(["In the return", "", "People"], shown, numbers=[2])
    with left_out:
        heading("What was left out")
        rows = [[why, f"{count:,}"] for why, count in made.left_out.items()]
        if rows:
            table(["Why", "People"], rows, numbers=[1])
        else:
            st.html('<p class="an-note">Nobody: everyone in the list is in the return.</p>')
        for sentence in made.skipped:
            st.html(f'<p class="an-note">{escape(sentence)}</p>')


def _key(name: str) -> str:
    return f"{name}_{st.session_state.get('lists', 0)}"
