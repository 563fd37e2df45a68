"""The overview for a wall: one question a screen, large, and arrow keys to go on and back.

Keys are shortcuts of Streamlit's own buttons, because the page lets no script of ours run; Page up
and Page down are those that a presenter's clicker sends.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from html import escape

import pandas as pd
import streamlit as st

from anchornet import formatting
from anchornet.charts.maps import WardMap
from anchornet.facts.catalogue import CATALOGUE
from anchornet.narrative import page_sentences, status
from anchornet.narrative.exceptions import Case
from anchornet.returns.declaration import RETURNS
from anchornet.store.database import Database, utc_now
from anchornet.ui import figure_queries, layout, overview, queries
from anchornet.ui.figures import panel_of
from anchornet.ui.filters import Filters
from anchornet.ui.tiles import chip

STEPS = (("Back", -1, ("left", "pageup")), ("On", 1, ("right", "pagedown")))
WHY = 4  # indicators that get a screen of their own


@dataclass(frozen=True)
class Screen:
    """A question, the answer in a sentence, and what shows it."""

    question: str
    answer: str
    draw: Callable[[layout.Block], None]


def screens(database: Database, filters: Filters) -> list[Screen]:
    """The delivery group's questions in order, exceptions first among the indicators."""
    names = queries.HEADLINES
    series = queries.series(database, filters, names)
    board = queries.board(database, filters.period, filters.as_at)
    if filters.members is not None:
        board = board[board["member_id"].isin(filters.members)]
    when = formatting.span(filters.period, filters.window)
    now = series[series["period"] == filters.period]
    cases = overview.cases(database, filters.figures, names)
    moved, groups = overview.since(database, filters.figures, names)
    found = [
        Screen(
            "Where are we against what we promised?",
            page_sentences.overview(now, board, when, filters.whose),
            partial(_html, _standings(cases)),
        ),
        Screen("What moved since we last met?", moved, partial(_html, _listed(groups))),
    ]
    for case in [it for it in cases if it.is_exception][:WHY]:
        made = panel_of(database, filters, case.indicator, names)
        said = made.sentence.removeprefix(f"{CATALOGUE[case.indicator].title}: ")
        question = f"{CATALOGUE[case.indicator].title}: why?"
        found.append(Screen(question, said, partial(_draw_case, database, filters, case)))
    drawn = figure_queries.spend_map(database, filters.figures)
    found += [
        Screen("Who is behind?", page_sentences.coverage(board), partial(_html, _behind(board))),
        Screen(
            "Where do the pounds land?",
            "By the suppliers' registered addresses: by ward inside the outline, by local "
            "authority beyond it.",
            partial(_draw_map, drawn),
        ),
        Screen("What needs a decision?", *_decisions(cases, (filters.as_at or utc_now()).date())),
    ]
    return found


def show(screens: Sequence[Screen], filters: Filters, *, sample: bool) -> None:
    """The screen that the address names, and the buttons that arrow keys press."""
    last = len(screens)
    text = st.query_params.get("screen", "1")
    place = min(max(int(text) if text.isdecimal() and len(text) < 4 else 1, 1), last)
    screen = screens[place - 1]
    head = (
        f'<h1 class="an-question">{escape(screen.question)}</h1>'
        f'<p class="an-reply">{escape(screen.answer)}</p>'
    )
    with (
        st.container(key="projector"),
        layout.block(f"screen_{place}", screen.question, head=head) as block,
    ):
        screen.draw(block)
    with st.container(key="steps", horizontal=True, vertical_alignment="center"):
        for label, step, keys in (
            ("Back", -1, ("left", "pageup")),
            ("On", 1, ("right", "pagedown")),
        ):
            for number, key in enumerate(keys):
                st.button(
                    label,
                    key=f"{label.lower()}_{number}",
                    shortcut=key,
                    disabled=not 1 <= place + step <= last,
                    on_click=_go,
                    args=(place + step,),
                )
        label = '<span class="an-sample">Sample data</span> ' if sample else ""
        said = escape(f"{place} of {last} · {layout.stated(filters)}")
        st.html(f'<p class="an-place">{label}{said}</p>')
        st.page_link("../../pages/overview.py", label="Close", query_params=_without_screen())


def _go(place: int) -> None:
    st.query_params["screen"] = str(place)


def _without_screen() -> dict[str, str]:
    return {name: it for name, it in st.query_params.items() if name != "screen"}


def _html(html: str, _: layout.Block) -> None:
    st.html(html or "<p></p>")


def _standings(cases: Sequence[Case]) -> str:
    lines = "".join(
        f'<div><span class="an-name">{escape(CATALOGUE[it.indicator].title)}</span>'
        f'<span class="an-value">{escape(formatting.shown(it.row))}</span>'
        f"{chip(status.state(it.row))}"
        f'<span class="an-target">{escape(status.against(it.row))}</span></div>'
        for it in cases
    )
    return f'<div class="an-wall">{lines}</div>'


def _listed(groups: Sequence[tuple[str, Sequence[str]]]) -> str:
    told = "".join(
        f"<dt>{escape(title)}</dt><dd>{escape(sentences[0])}</dd>"
        + "".join(f"<dd>{escape(it)}</dd>" for it in sentences[1:2])
        + (f"<dd>and {len(sentences) - 2:,} more</dd>" if len(sentences) > 2 else "")
        for title, sentences in groups
    )
    return f'<dl class="an-since">{told}</dl>'


def _draw_case(database: Database, filters: Filters, case: Case, block: layout.Block) -> None:
    made = panel_of(database, filters, case.indicator, queries.HEADLINES)
    figure, chart = st.columns([2, 5], gap="large", vertical_alignment="center")
    with figure:
        st.html(
            f'<div class="an-large"><span '
            f'class="an-value">{escape(formatting.shown(case.row))}</span>'
            f"{chip(made.status)}<span>{escape(status.against(case.row))}</span>"
            f"<span>{escape(status.target(case.row, when=True))}</span></div>"
        )
    if made.chart is not None:
        drawn = made.chart.on_projector
        with chart, st.container(key="on_a_wall"):
            block.chart(drawn, height="stretch")


def _draw_map(drawn: WardMap, block: layout.Block) -> None:
    block.map(drawn, "Map of spend by ward.")


def _behind(board: pd.DataFrame) -> str:
    lacking = board[board["state"].isin(["missing", "late"])]
    lines = ""
    for (member, _), rows in lacking.groupby(["member", "member_id"]):
        said = formatting.listed(
            [
                f"{formatting.inside(RETURNS[row['return_name']].title)} {row['state']}"
                for _, row in rows.iterrows()
            ]
        )
        lines += f"<dt>{escape(str(member))}</dt><dd>{escape(formatting.sentence(said))}</dd>"
    return f'<dl class="an-since an-behind">{lines}</dl>' if lines else ""


def _decisions(cases: Sequence[Case], today: date) -> tuple[str, Callable[[layout.Block], None]]:
    without = [it for it in cases if it.is_exception and not it.actions]
    opened = [(case, action) for case in cases for action in case.actions]
    late = sum(action["due_on"] < today for _, action in opened)
    said = [
        f"{formatting.count(len(without))} "
        f"{'figure is' if len(without) == 1 else 'figures are'} off "
        "track or of concern without an action",
        f"{formatting.count(len(opened))} {'action is' if len(opened) == 1 else 'actions are'} open"
        + (
            ", and late"
            if late == len(opened) > 0
            else f", {formatting.count(late)} late" * bool(late)
        ),
    ]
    lines = "".join(
        f'<dt>{escape(CATALOGUE[it.indicator].title)}</dt><dd class="an-missing">'
        f"{escape(_stands(it))}: what, who and by when?</dd>"
        for it in without
    )
    lines += "".join(
        f"<dt>{escape(CATALOGUE[case.indicator].title)}</dt><dd>{escape(str(action['what']))} "
        f"<em>{escape(str(action['who']))}, "
        f"{escape(formatting.due(action['due_on'], today))}</em></dd>"
        for case, action in opened
    )
    html = f'<dl class="an-since an-behind">{lines}</dl>' if lines else ""
    return formatting.sentence("; ".join(said)), partial(_html, html)


def _stands(case: Case) -> str:
    return ", ".join(filter(None, [formatting.shown(case.row), status.against(case.row)]))
