"""Parts that pages are laid out with: the answer, headings, blocks, pickers, small tables."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Literal
from urllib.parse import urlencode

import pandas as pd
import streamlit as st
from markupsafe import Markup

from anchornet.charts import maps
from anchornet.charts.style import Chart
from anchornet.ui import links
from anchornet.ui.components import html

ADDRESS = re.compile(r"(https?|ftp|mailto|xmpp)(?=:)|www(?=\.)", re.IGNORECASE)
WARD = "ward"
OPENED = "part"  # in the address: the block and its bar that is open
CHOICES = "map_choices"  # in the session: how often a shape was chosen on a map
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
    """A map below its scale, and the same in words. With `opens`, the months that it is of, its
    wards and authorities can be chosen on it and looked up below it."""

    ward_map: maps.WardMap
    alt: str
    height: int = maps.HEIGHT
    opens: str = ""


@dataclass(frozen=True)
class Bars:
    """A chart whose bars open something: what, by the bar's name, as figures.part_of reads it."""

    chart: Chart
    opens: Mapping[str, str]

    @cached_property
    def drawn(self) -> Chart:
        """The chart, each row with what it opens, and bars that can be chosen."""
        names = self.chart.data["name"]
        rows = self.chart.data.assign(opens=[self.opens.get(name, "") for name in names])
        bars, *rest = self.chart.spec["layer"]
        chosen = {"name": "chosen", "select": {"type": "point", "fields": ["opens"]}}
        bars = {**bars, "params": [chosen], "mark": {**bars["mark"], "cursor": "pointer"}}
        return replace(self.chart, data=rows, spec={**self.chart.spec, "layer": [bars, *rest]})

    def listed(self, key: str) -> Markup:
        """The same as a list of links, for the keyboard and for who can't see bars."""
        texts: dict[str, list[str]] = {}
        for row in self.chart.data.to_dict("records"):
            texts.setdefault(row["name"], []).append(row.get("end") or row["label"])
        # Of a course the last month; of parts beside each other each.
        last = slice(-1, None) if "end" in self.chart.data else slice(None)
        rows = [
            (name, f"?{urlencode({OPENED: f'{key}/{self.opens[name]}'})}", ", ".join(labels[last]))
            for name, labels in texts.items()
            if name in self.opens
        ]
        return html("bars", rows)


Part = Markup | Chart | Map | Bars


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
                self._draw_map(part, start + part.alt)
                continue
            if isinstance(part, Markup):
                if part:
                    st.html(part)
                continue
            chart = part.drawn if isinstance(part, Bars) else part
            if chart.empty:
                continue
            spec = {**chart.spec, "data": {"name": "rows"}, "datasets": {"rows": chart.rows}}
            point = chart.sentence or self.note
            says = [] if point in chart.alt else [point]
            key, alt = f"chart_{self.key}_{index}", start + " ".join([*says, chart.alt])
            about: dict[str, Any] = {"theme": None, "height": height, "alt": alt, "key": key}
            if isinstance(part, Bars):
                about["on_select"] = partial(_open, self.key, key)
            st.vega_lite_chart(None, spec, **about)
            if isinstance(part, Bars):
                st.html(part.listed(self.key))

    def _draw_map(self, part: Map, alt: str) -> None:
        st.html(html("scale", part.ward_map.scale))
        if not part.opens:
            st.pydeck_chart(part.ward_map.deck, height=part.height, alt=alt)
            return
        # Streamlit fades all but the shape that was chosen, so that colours would no longer be
        # those of the scale: after each choice another key draws a map with none chosen.
        key = f"map_{self.key}_{st.session_state.get(CHOICES, 0)}"
        st.pydeck_chart(
            part.ward_map.outlined(st.query_params.get(WARD, "")),
            height=part.height,
            alt=alt,
            key=key,
            on_select=partial(_open_ward, key, part.ward_map),
        )
        _ward_picker(part.ward_map)


def _open_ward(key: str, ward_map: maps.WardMap) -> None:
    """Writes the ward or local authority that was chosen on a map to the address; one without a
    figure closes the one before."""
    st.session_state[CHOICES] = st.session_state.get(CHOICES, 0) + 1
    st.query_params.pop(WARD, None)
    for shapes in st.session_state[key]["selection"]["objects"].values():
        for shape in shapes:
            if (code := shape["properties"].get("code")) in ward_map.places:
                st.query_params[WARD] = code


def _open(key: str, chart: str) -> None:
    """Writes the bar that was chosen in a chart to the address; chosen again it is closed."""
    chosen = st.session_state[chart]["selection"].get("chosen", [])
    opens = next((row["opens"] for row in chosen if row.get("opens")), "")
    if opens:
        st.query_params[OPENED] = f"{key}/{opens}"
    else:
        st.query_params.pop(OPENED, None)


def _ward_picker(ward_map: maps.WardMap) -> None:
    """The same as a list, because a map can't be used by keyboard."""
    names = {code: title for code, (title, _) in ward_map.places.items()}
    if names:
        select("Look up a ward or local authority", WARD, {"": "Choose one", **names}, "")


def ward_picked(ward_map: maps.WardMap) -> tuple[str, str, str] | None:
    """The ward or authority that the address names: its code, its name and what the map says."""
    code = st.query_params.get(WARD, "")
    return (code, *ward_map.places[code]) if code in ward_map.places else None


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
    """A small table of text, the columns in `numbers` right-aligned; nothing without rows."""
    if rows:
        st.html(html("table", headings, rows, numbers))


def returns_table(board: pd.DataFrame, titles: Mapping[str, str]) -> None:
    st.html(returns_html(board, titles, linked=True))


def returns_html(board: pd.DataFrame, titles: Mapping[str, str], *, linked: bool) -> Markup:
    """Members down, returns across, each with a shape and a word for what became of it; for who
    sees each member's figures its name is `linked` to them, and what was sent back says so."""
    rows = [
        (
            links.link(str(member), links.of_member(str(member_id))) if linked else member,
            dict(zip(lines["return_name"], lines["state"], strict=True)),
            set(lines.loc[lines["sent_back"], "return_name"]) if linked else (),
        )
        for (member, member_id), lines in board.groupby(["member", "member_id"])
    ]
    return html("returns", "board", "Member", titles, rows) if rows else html("note", "")


def plain(text: str) -> str:
    """Text for a label, which is Markdown: nothing in it is a mark, a link or a picture. A web
    address would be a link though its marks are escaped, so what nobody sees stands in it."""
    text = ADDRESS.sub("\\g<0>\u2060", text)
    return "".join(f"\\{character}" if character in MARKS else character for character in text)
