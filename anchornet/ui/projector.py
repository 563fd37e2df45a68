"""The overview for a wall: one question a screen, large, and arrow keys to go on and back.

Keys are shortcuts of Streamlit's own buttons; Page up and Page down are those that a presenter's
clicker sends.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st
from markupsafe import Markup

from anchornet import formatting
from anchornet.charts.style import Chart
from anchornet.facts.catalogue import CATALOGUE, OVERVIEW
from anchornet.narrative import page_sentences, status
from anchornet.narrative.exceptions import Case
from anchornet.narrative.meeting import concern_of, figure_of
from anchornet.returns.declaration import RETURNS
from anchornet.store.cache import cached
from anchornet.store.database import Database
from anchornet.ui import layout, overview, queries
from anchornet.ui.components import html
from anchornet.ui.figures import explanation_of, panel_of
from anchornet.ui.filters import Filters

STEPS = (("Back", -1, ("left", "pageup")), ("Next", 1, ("right", "pagedown")))
WHY = 4  # indicators that get a screen of their own
MAP = (
    "By the suppliers' registered addresses: by ward inside the outline, by local authority "
    "beyond it."
)


@dataclass(frozen=True)
class Screen:
    """A question, the answer in a sentence, and what shows it; `chart` stands beside it."""

    question: str
    answer: str
    part: layout.Part
    chart: Chart | None = None


@cached
def screens(database: Database, filters: Filters) -> tuple[Screen, ...]:
    """The delivery group's questions in order, exceptions first among the indicators."""
    briefing = overview.briefing(database, filters.figures)
    cases, _, without = overview.attention(database, filters.figures)
    moved, groups = overview.since(database, filters.figures)
    board = queries.board_of(database, filters)
    exceptions = [case for case in cases if case.is_exception][:WHY]
    ward_map = layout.Map(queries.spend_map(database, filters.figures), "Map of spend by ward.")
    return (
        Screen(
            "Where are we against what we promised?",
            briefing.answer,
            _wall([case for case in cases if case.indicator in OVERVIEW]),
        ),
        Screen("What moved since we last met?", moved, _moved(groups)),
        *(_why(database, filters, case) for case in exceptions),
        Screen("Who is behind?", page_sentences.coverage(board), _behind(board)),
        Screen("Where do the pounds land?", MAP, ward_map),
        _decisions(database, filters, without),
    )


def show(screens: Sequence[Screen], filters: Filters, *, sample: bool) -> None:
    """The screen that the address names, and the buttons that arrow keys press."""
    last = len(screens)
    text = st.query_params.get("screen", "1")
    number = min(max(int(text) if text.isdecimal() and len(text) < 4 else 1, 1), last)
    screen = screens[number - 1]
    head = html("question", screen.question, screen.answer)
    block = layout.Block(f"screen_{number}", screen.question, head=head)
    with st.container(key="projector"), layout.opened(block):
        if screen.chart is None:
            block.draw(screen.part)
        else:
            figure, chart = st.columns([2, 5], gap="large", vertical_alignment="center")
            with figure:
                block.draw(screen.part)
            with chart, st.container(key="on_a_wall"):
                block.draw(screen.chart, height="stretch")
    with st.container(key="steps", horizontal=True, vertical_alignment="center"):
        for label, step, keys in STEPS:
            for index, key in enumerate(keys):
                st.button(
                    label,
                    key=f"{label.lower()}_{index}",
                    shortcut=key,
                    disabled=not 1 <= number + step <= last,
                    on_click=_go,
                    args=(number + step,),
                )
        st.html(html("position", f"{number} of {last} · {filters.stated}", sample))
        query = {name: value for name, value in st.query_params.items() if name != "screen"}
        st.page_link("../../pages/overview.py", label="Close", query_params=query)


def _go(number: int) -> None:
    st.query_params["screen"] = str(number)


def _wall(cases: Sequence[Case]) -> Markup:
    return html(
        "wall",
        [
            (
                CATALOGUE[case.indicator].title,
                formatting.shown(case.row),
                status.state(case.row),
                status.against(case.row),
            )
            for case in cases
        ],
    )


def _moved(groups: overview.Groups) -> Markup:
    """The first two sentences of each group."""
    lines = [
        (
            title,
            [*sentences[:2], *([f"and {len(sentences) - 2:,} more"] if sentences[2:] else [])],
        )
        for title, sentences in groups
    ]
    return html("listed", lines)


def _why(database: Database, filters: Filters, case: Case) -> Screen:
    title = CATALOGUE[case.indicator].title
    together = queries.looked_at(database, filters.as_at)
    panel = panel_of(database, filters, case.indicator, together)
    large = html(
        "large",
        formatting.shown(case.row),
        panel.status,
        status.against(case.row),
        status.target(case.row, when=True),
    )
    chart = panel.chart.on_projector if panel.chart else None
    answer = panel.sentence.removeprefix(f"{title}: ")
    if panel.before:
        about = explanation_of(database, filters.figures, case.indicator, panel.before)
        answer += f" {about.sentence}"
    return Screen(f"{title}: why?", answer, large, chart)


def _behind(board: pd.DataFrame) -> Markup:
    lacking = board[board["state"].isin(["missing", "late"])]
    groups = []
    for (member, _), rows in lacking.groupby(["member", "member_id"]):
        returns = [
            f"{formatting.inside(RETURNS[row['return_name']].title)} {row['state']}"
            for row in rows.to_dict("records")
        ]
        groups.append((member, [formatting.sentence(formatting.listed(returns))]))
    return html("listed", groups, "an-behind")


def _decisions(database: Database, filters: Filters, without: overview.Lacking) -> Screen:
    names, today = queries.member_names(database), filters.today
    opened = queries.every_open_action(database, filters).to_dict("records")
    late = sum(action["due_on"] < today for action in opened)
    answer = f"{overview.summary(database, filters.figures)} "
    answer += formatting.capital(formatting.counted(len(opened), "action is", "actions are"))
    answer += " open"
    if late:
        answer += ", and late" if late == len(opened) == 1 else f", {formatting.count(late)} late"
    lines = [(figure_of(figure, names), [html("undecided", where)]) for figure, where in without]
    for action in opened:
        about = concern_of(action, names)
        due = formatting.due(action["due_on"], today)
        lines.append((about, [html("one_action", (action["what"], action["who"], due))]))
    answer = formatting.sentence(answer)
    return Screen("What needs a decision?", answer, html("listed", lines, "an-behind"))
