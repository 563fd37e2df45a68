"""Parts that pages are laid out with: the answer, headings, blocks, pickers, small tables."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import pandas as pd
import streamlit as st
from markupsafe import Markup

from anchornet.charts import maps
from anchornet.charts.style import Chart
from anchornet.ui import links
from anchornet.ui.components import html

ADDRESS = re.compile(r"(https?|ftp|mailto|xmpp)(?=:)|www(?=\.)", re.IGNORECASE)
MARKS = "\\`*_{}[]()#+-.!|~$:<>"


def answer(sentence: str, stand: str = "", below: Markup | None = None) -> None:
    """What a page opens with; `stand` says the period and moment it is stated for."""
    st.html(html("answer", sentence, stand, below or ""))


def heading(title: str, note: str = "") -> None:
    st.html(html("heading", title, note))


def note(text: str) -> None:
    st.html(html("note", text))


@dataclass(frozen=True)
class Map:
    """A map below its scale, and the same in words."""

    ward_map: maps.WardMap
    alt: str
    height: int = maps.HEIGHT


Part = Markup | Chart | Map


@dataclass(frozen=True)
class Block:
    """All that belongs to one heading, made once and drawn at each run: `head` stands in place of
    title and note. A chart without a figure isn't drawn."""

    key: str
    title: str
    note: str = ""
    parts: Sequence[Part] = ()
    head: Markup | None = None

    @cached_property
    def top(self) -> Markup:
        return self.head or html("heading", self.title, self.note)

    def draw(self, *parts: Part, height: Literal["content", "stretch"] = "content") -> None:
        """The parts; for those who can't see them a chart is called by the block's title, and says
        its point before its numbers."""
        start = f"{self.title}{'' if self.title.endswith('?') else '.'} "
        for index, part in enumerate(parts):
            if isinstance(part, Map):
                st.html(html("scale", part.ward_map.scale))
                st.pydeck_chart(part.ward_map.deck, height=part.height, alt=start + part.alt)
            elif isinstance(part, Markup):
                st.html(part)
            elif not part.empty:
                spec = {**part.spec, "data": {"name": "rows"}, "datasets": {"rows": part.rows}}
                point = part.sentence or self.note
                says = [] if point in part.alt else [point]
                key, alt = f"chart_{self.key}_{index}", start + " ".join([*says, part.alt])
                st.vega_lite_chart(None, spec, theme=None, height=height, alt=alt, key=key)


@contextmanager
def opened(block: Block) -> Iterator[None]:
    """A block in a container of its own, open for what can't be made before."""
    with st.container(key=f"block_{block.key}"):
        st.html(block.top)
        # Always two parts, head and body, so that a grid can set the bodies of a row level.
        with st.container():
            block.draw(*block.parts)
            yield


@dataclass(frozen=True)
class Page:
    """All that a page shows, made once for everybody who asks for the same: `opening` stands below
    its answer."""

    answer: str
    opening: Markup
    blocks: Sequence[Block]

    def show(self, *keys: str) -> None:
        """The blocks of these keys, as far as there are any."""
        for key in keys:
            show(*(block for block in self.blocks if block.key == key))


def show(*blocks: Block) -> None:
    for block in blocks:
        with opened(block):
            pass


def choice(name: str, options: Mapping[str, str], usual: str) -> str:
    """One of a few ways to see a part of a page, in the address under `name`, so that a link shows
    it."""
    key, keep = _in_address("choice", name, options, usual, usual)
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
    key, keep = _in_address("pick", name, options, "", "")
    st.selectbox(
        name,
        ["", *options],
        format_func=lambda option: option or everything,
        key=key,
        label_visibility="collapsed",
        on_change=keep,
    )
    return st.session_state[key] or None


def select(label: str, name: str, options: Mapping[str, str], usual: str) -> str:
    """One of many under its label, in the address under `name`."""
    key, keep = _in_address("select", name, options, usual)
    st.selectbox(label, list(options), format_func=options.__getitem__, key=key, on_change=keep)
    return str(st.session_state[key])


def _in_address(
    kind: str, name: str, options: Collection[str], usual: str, unsaid: str | None = None
) -> tuple[str, Callable[[], None]]:
    """The key of a picker that shows what the address says under `name`, and what writes a pick
    to it; `unsaid` is the pick that stands in no address."""
    key, picked = f"{kind}_{name}", st.query_params.get(name, usual)
    st.session_state[key] = picked if picked in options else usual

    def keep() -> None:
        if st.session_state[key] == unsaid:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = st.session_state[key]

    return key, keep


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int]) -> None:
    """A small table of text, the columns in `numbers` right-aligned."""
    st.html(html("table", headings, rows, numbers))


def returns_table(board: pd.DataFrame, titles: Mapping[str, str]) -> None:
    st.html(returns_html(board, titles, linked=True))


def returns_html(board: pd.DataFrame, titles: Mapping[str, str], *, linked: bool) -> Markup:
    """Members down, returns across, each with a shape and a word for what became of it; for who
    sees each member's figures its name is `linked` to them."""
    rows = [
        (
            links.link(str(member), links.of_member(str(member_id))) if linked else member,
            dict(zip(lines["return_name"], lines["state"], strict=True)),
        )
        for (member, member_id), lines in board.groupby(["member", "member_id"])
    ]
    return html("returns", "board", "Member", titles, rows) if rows else html("note", "")


def plain(text: str) -> str:
    """Text for a label, which is Markdown: nothing in it is a mark, a link or a picture. A web
    address would be a link though its marks are escaped, so what nobody sees stands in it."""
    text = ADDRESS.sub("\\g<0>\u2060", text)
    return "".join(f"\\{character}" if character in MARKS else character for character in text)
