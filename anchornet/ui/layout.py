"""Parts that pages are laid out with: the answer, headings, charts, pickers, small tables."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Literal

import pandas as pd
import streamlit as st
from markupsafe import Markup

from anchornet import formatting
from anchornet.charts import maps
from anchornet.charts.style import Chart
from anchornet.narrative.definitions import Definition
from anchornet.narrative.returns_status import ON_BOARD
from anchornet.settings import Settings
from anchornet.store.database import utc_now
from anchornet.ui.components import html

if TYPE_CHECKING:
    from anchornet.ui.filters import Filters

MARKS = "\\`*_{}[]()#+-.!|~$:<>"


def answer(sentence: str, stand: str = "", below: str = "") -> None:
    """What a page opens with; `stand` says the period and moment it is stated for; `below` is
    escaped HTML."""
    st.html(html("answer", sentence, stand, Markup(below)))  # nosec B704: see above


def stated(filters: "Filters") -> str:
    """What a page's figures are stated for: `July to September 2026 · Salford · as at …`."""
    whose = [] if filters.members is None else [filters.whose]
    moment = f"as at {formatting.moment(filters.as_at or utc_now())} UTC"
    span = formatting.sentence(formatting.span(filters.period, filters.window)).rstrip(".")
    return " · ".join([span, *whose, *filter(None, [filters.area_name]), moment])


def rounding(filters: "Filters", settings: Settings) -> None:
    """What a page says once of its figures of people, unless they are shown as they are."""
    if not filters.exact:
        note(formatting.rounding(settings))


def heading(title: str, note: str = "") -> None:
    st.html(html("heading", title, note))


@dataclass(frozen=True)
class Block:
    """An open block: what is drawn in it is called by its title for those who can't see it."""

    key: str
    title: str

    def chart(
        self, chart: Chart, source: str = "", height: Literal["content", "stretch"] = "content"
    ) -> None:
        """A chart and what it is made of; no chart where it has no figure."""
        if not chart.empty:
            spec = {**chart.spec, "data": {"name": "rows"}, "datasets": {"rows": chart.rows}}
            alt = self.alternative(chart.alt)
            st.vega_lite_chart(
                None, spec, theme=None, height=height, alt=alt, key=f"chart_{self.key}"
            )
        if source:
            st.html(f'<p class="an-source">{escape(source)}</p>')

    def map(self, ward_map: maps.WardMap, alt: str, height: int = maps.HEIGHT) -> None:
        """A map below its scale."""
        scale(ward_map.scale)
        st.pydeck_chart(ward_map.deck, height=height, alt=self.alternative(alt))

    def alternative(self, text: str) -> str:
        return f"{self.title}{'' if self.title.endswith('?') else '.'} {text}"


@contextmanager
def block(key: str, title: str, note: str = "", *, head: str = "") -> Iterator[Block]:
    """All that belongs to one heading, in a container of its own. `head`: escaped HTML with the
    heading in it, in place of `title` and `note`."""
    with st.container(key=f"block_{key}"):
        st.html(head or html("heading", title, note))
        # Always two parts, head and body, so that a grid can set the bodies of a row level.
        with st.container():
            yield Block(key, title)


def note(text: str) -> None:
    st.html(html("note", text))


def choice(name: str, options: Mapping[str, str], usual: str) -> str:
    """One of a few ways to see a part of a page, in the address under `name`, so that a link shows
    it."""
    picked = st.query_params.get(name, usual)
    key = f"choice_{name}"
    st.session_state[key] = picked if picked in options else usual

    def keep() -> None:
        if st.session_state[key] == usual:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = st.session_state[key]

    st.segmented_control(
        name,
        list(options),
        format_func=options.__getitem__,
        key=key,
        label_visibility="collapsed",
        required=True,
        on_change=keep,
    )
    return str(st.session_state[key])


def pick(name: str, options: Sequence[str], everything: str) -> str | None:
    """One of many, or None for `everything`, in the address under `name`."""
    picked = st.query_params.get(name, "")
    key = f"pick_{name}"
    st.session_state[key] = picked if picked in options else ""

    def keep() -> None:
        if st.session_state[key]:
            st.query_params[name] = st.session_state[key]
        else:
            st.query_params.pop(name, None)

    return (
        st.selectbox(
            name,
            ["", *options],
            format_func=lambda it: it or everything,
            key=key,
            label_visibility="collapsed",
            on_change=keep,
        )
        or None
    )


def select(label: str, name: str, options: Mapping[str, str], usual: str) -> str:
    """One of many under its label, in the address under `name`."""
    picked = st.query_params.get(name, usual)
    key = f"select_{name}"
    st.session_state[key] = picked if picked in options else usual

    def keep() -> None:
        st.query_params[name] = st.session_state[key]

    st.selectbox(label, list(options), format_func=options.__getitem__, key=key, on_change=keep)
    return str(st.session_state[key])


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int]) -> None:
    """A small table of text, the columns in `numbers` right-aligned."""

    def cell(tag: str, place: int, text: str) -> str:
        kind = ' class="an-num"' if place in numbers else ""
        return f"<{tag}{kind}>{escape(text)}</{tag}>"

    def cells(tag: str, row: Sequence[str]) -> str:
        return "".join(cell(tag, place, text) for place, text in enumerate(row))

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    st.html(f'<table class="an-table"><tr>{cells("th", headings)}</tr>{body}</table>')


def returns_table(board: pd.DataFrame, titles: Mapping[str, str]) -> None:
    """Members down, returns across, each with a shape and a word for what became of it."""
    st.html(returns_html(board, titles))


def returns_html(board: pd.DataFrame, titles: Mapping[str, str]) -> str:
    if board.empty:
        return "<p></p>"
    head = "".join(f"<th>{escape(title)}</th>" for title in titles.values())
    body = ""
    for _, rows in board.groupby(["member", "member_id"]):
        states = dict(zip(rows["return_name"], rows["state"], strict=True))
        cells = "".join(state(states.get(name)) for name in titles)
        body += f"<tr><td>{escape(rows['member'].iloc[0])}</td>{cells}</tr>"
    return f'<table class="an-table an-board"><tr><th>Member</th>{head}</tr>{body}</table>'


def state(name: str | None) -> str:
    """A cell with a shape and a word for what became of a return."""
    sign, word = ON_BOARD.get(name or "", ("", ""))
    return f'<td class="an-state an-{escape(name or "")}"><i>{sign}</i> <span>{word}</span></td>'


def definitions(group: Sequence[Definition]) -> None:
    """Each with its first sentence in sight and the rest a click away."""
    shown = ""
    for it in group:
        lines = "".join(
            f"<dt>{escape(what)}</dt><dd>{escape(said)}</dd>" for what, said in it.lines
        )
        shown += (
            f'<details class="an-definition" id="{escape(it.name)}"><summary>'
            f"<b>{escape(it.title)}</b> {escape(it.definition)}</summary><dl>{lines}</dl></details>"
        )
    st.html(shown)


def scale(parts: Sequence[tuple[str, str]]) -> None:
    """A map's colours with what they stand for in words."""
    st.html(scale_html(parts))


def scale_html(parts: Sequence[tuple[str, str]]) -> str:
    items = "".join(
        f'<span><i style="background:{escape(colour)}"></i>{escape(said)}</span>'
        for colour, said in parts
    )
    return f'<div class="an-scale">{items}</div>'


def plain(text: str) -> str:
    """Text for a label, which is Markdown: nothing in it is a mark, a link or a picture."""
    return "".join(f"\\{character}" if character in MARKS else character for character in text)
