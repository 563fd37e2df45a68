"""A deck as PDF: the same slides from the same description, drawn as vectors in our own letters.

It has a title and a language, and is tagged: headings, paragraphs, rows with their headings, and
charts with alternative texts, in the order they are read.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from fpdf import FPDF
from PIL import Image

from anchornet import formatting
from anchornet.charts.style import GREY, INK, LINE, PALE
from anchornet.exports import text_metrics
from anchornet.exports.pack import deck
from anchornet.exports.pack.deck import Cover, Deck, Figured, Mark, Plot, Slide, Tabled, Told

LANGUAGE = "en-GB"
POINT = 1 / 72  # inches
WEIGHTS = {"": 400, "B": 700}
DASH = 0.055


class Paper(FPDF):
    """Pages of the deck's size, in inches, whose text is tagged."""

    def __init__(self) -> None:
        super().__init__(unit="in", format=(deck.HEIGHT, deck.WIDTH), orientation="landscape")
        self.set_auto_page_break(False)
        self.set_margin(0)
        self.c_margin = 0
        for style, weight in WEIGHTS.items():
            self.add_font(text_metrics.FAMILY, style, text_metrics.FILES[weight])

    @contextmanager
    def tagged(self, kind: str, alt: str | None = None) -> Iterator[None]:
        """What is drawn inside is one element of the document: H1, P or Figure."""
        number = self.struct_builder.next_mcid_for_page(self.page)
        self._add_marked_content(struct_type=f"/{kind}", mcid=number, alt_text=alt)
        self._out(f"/{kind} <</MCID {number}>> BDC")
        yield
        self._out("EMC")

    @contextmanager
    def furniture(self) -> Iterator[None]:
        """What is drawn inside says nothing by itself."""
        self._out("/Artifact BMC")
        yield
        self._out("EMC")

    def write_at(
        self,
        text: str,
        left: float,
        top: float,
        size: float,
        colour: str = INK,
        *,
        bold: bool = False,
        align: str = "left",
    ) -> None:
        """One line below `top`; `left` is its right edge, or its middle, where aligned so."""
        style = "B" if bold else ""
        said = text_metrics.drawable(text)
        self.set_font(text_metrics.FAMILY, style, size)
        self.set_text_color(colour)
        wide = self.get_string_width(said)
        left -= {"left": 0.0, "right": wide, "middle": wide / 2}[align]
        self.text(left, top + size * 0.95 * POINT, said)

    def paragraph(
        self,
        text: str,
        left: float,
        top: float,
        across: float,
        size: float,
        colour: str = INK,
        *,
        bold: bool = False,
    ) -> float:
        """The text in lines; where the next can stand."""
        for line in deck.wrapped(text, size, across, bold=bold):
            self.write_at(line, left, top, size, colour, bold=bold)
            top += size * deck.LINE * POINT
        return top

    def mark(self, mark: Mark, left: float, top: float, size: float, *, bold: bool = False) -> None:
        """A shape and its word."""
        _, colour, ink = deck.MARKS[mark.kind]
        with self.local_context():
            self.set_fill_color(colour)
            self.set_draw_color(colour)
            _SHAPES[mark.kind](self, left, top + size * 0.29 * POINT, size * 0.62 * POINT)
        self.write_at(mark.word, left + size * 1.05 * POINT, top, size, ink, bold=bold)


def write(made: Deck) -> bytes:
    """The deck as a .pdf file."""
    paper = Paper()
    paper.set_title(made.title)
    paper.set_author(made.author)
    paper.set_lang(LANGUAGE)
    paper.set_creator("anchornet")
    paper.set_creation_date(made.made_at)
    paper.set_subject("Meeting pack" + (", sample data" if made.sample else ""))
    for number, slide in enumerate(made.slides, 1):
        paper.add_page()
        paper.start_section(slide.title)
        _page(paper, slide, made, number)
    return bytes(paper.output())


def _page(paper: Paper, slide: Slide, made: Deck, number: int) -> None:
    with paper.furniture():
        paper.set_fill_color(made.accent)
        paper.rect(0, 0, deck.WIDTH, 0.12, style="F")
    if made.sample:
        _label(paper)
    if isinstance(slide, Cover):
        _cover(paper, slide, made)
        return
    room = deck.ACROSS - (1.6 if made.sample else 0)
    size = deck.fitting(slide.title, (26, 24, 22, 20), room, 1, bold=True)
    with paper.tagged("H1"):
        lines = deck.wrapped(slide.title, size, room, bold=True)
        top = deck.TITLE_TOP + deck.TITLE_HEIGHT - len(lines) * size * deck.LINE * POINT - 0.05
        paper.paragraph(slide.title, deck.LEFT, top, room, size, bold=True)
    if slide.said:
        with paper.tagged("P"):
            _say(paper, slide)
    if isinstance(slide, Tabled):
        _table(paper, slide)
    elif isinstance(slide, Figured):
        _figure(paper, slide, made.accent)
    elif isinstance(slide, Told):
        _story(paper, slide)
    if slide.foot:
        sizes = (deck.FOOT_SIZE, 9, 8)
        size = deck.fitting(slide.foot, sizes, deck.ACROSS - 0.7, 2, bold=False)
        with paper.tagged("P"):
            paper.paragraph(
                slide.foot, deck.LEFT, deck.FOOT_TOP + 0.08, deck.ACROSS - 0.7, size, GREY
            )
    with paper.furniture():
        right = deck.LEFT + deck.ACROSS
        paper.write_at(
            str(number), right, deck.FOOT_TOP + 0.08, deck.FOOT_SIZE, GREY, align="right"
        )


def _say(paper: Paper, slide: Slide) -> None:
    if isinstance(slide, Tabled) and not slide.rows:
        paper.paragraph(slide.said, deck.LEFT, deck.TOP, deck.ACROSS, 24)
        return
    size = deck.said_size(slide.said)
    paper.paragraph(slide.said, deck.LEFT, deck.SAID_TOP + 0.05, deck.ACROSS, size)


def _cover(paper: Paper, slide: Cover, made: Deck) -> None:
    if made.logo:
        with paper.tagged("Figure", f"Logo of {slide.network}"):
            paper.image(io.BytesIO(made.logo), deck.LEFT, 0.5, h=0.7)
    with paper.tagged("P"):
        paper.paragraph(slide.network, deck.LEFT, 2.0, deck.ACROSS, 20, made.accent, bold=True)
    with paper.tagged("H1"):
        size = deck.fitting(slide.title, (38, 34, 30, 26), deck.ACROSS, 2, bold=True)
        lines = deck.wrapped(slide.title, size, deck.ACROSS, bold=True)
        top = 3.75 - len(lines) * size * deck.LINE * POINT
        paper.paragraph(slide.title, deck.LEFT, top, deck.ACROSS, size, bold=True)
    top = 4.0
    for line in slide.lines:
        with paper.tagged("P"):
            top = paper.paragraph(line, deck.LEFT, top, deck.ACROSS, 18)


def _label(paper: Paper) -> None:
    left = deck.WIDTH - deck.LEFT - 1.4
    with paper.tagged("P"):
        paper.set_fill_color(INK)
        paper.rect(left, 0.42, 1.4, 0.32, style="F")
        paper.write_at("Sample data", left + 0.7, 0.48, 12, "#ffffff", bold=True, align="middle")


# --- tables --------------------------------------------------------------------------------------


def _table(paper: Paper, slide: Tabled) -> None:
    if not slide.rows:
        return
    widths = deck.column_widths(slide)
    top = deck.TOP
    for place, row in enumerate((slide.headings, *slide.rows)):
        is_heading = place == 0
        size = deck.HEAD_SIZE if is_heading else deck.cell_size(slide)
        height = deck.row_height(row, slide.widths, size)
        said = [
            f"{heading}: {cell.word if isinstance(cell, Mark) else cell}"
            for heading, cell in zip(slide.headings, row, strict=True)
            if cell
        ]
        with paper.tagged("P", None if is_heading else f"{'; '.join(said)}."):
            _row(paper, slide, row, widths, top, height, size, is_heading)
        top += height
        with paper.furniture():
            paper.set_draw_color(GREY if is_heading else LINE)
            paper.set_line_width((1 if is_heading else 0.5) * POINT)
            paper.line(deck.LEFT, top, deck.LEFT + deck.ACROSS, top)


def _row(
    paper: Paper,
    slide: Tabled,
    row: Sequence[deck.Cell],
    widths: Sequence[float],
    top: float,
    height: float,
    size: float,
    is_heading: bool,
) -> None:
    left = deck.LEFT
    for along, (cell, width) in enumerate(zip(row, widths, strict=True)):
        room = width - 2 * deck.CELL_SIDE
        lines = deck.wrapped(deck.words_of(cell), size, room)
        down = top + (height - len(lines) * size * deck.LINE * POINT) / 2
        if isinstance(cell, Mark) and len(lines) == 1:
            paper.mark(
                cell, left + deck.CELL_SIDE, down, size,
                bold=cell.kind in ("missing", "off_track", "overdue"),
            )  # fmt: skip
        elif isinstance(cell, Mark):
            paper.mark(Mark(cell.kind, ""), left + deck.CELL_SIDE, down, size)
            inset = size * 1.05 * POINT
            colour = deck.MARKS[cell.kind][2]
            paper.paragraph(
                cell.word, left + deck.CELL_SIDE + inset, down, room - inset, size, colour
            )
        else:
            colour = GREY if is_heading else INK
            for line in lines:
                right = along in slide.numbers
                at = left + (width - deck.CELL_SIDE if right else deck.CELL_SIDE)
                align = "right" if right else "left"
                paper.write_at(line, at, down, size, colour, bold=is_heading, align=align)
                down += size * deck.LINE * POINT
        left += width


def _disc(paper: Paper, left: float, top: float, size: float) -> None:
    paper.ellipse(left, top, size, size, style="F")


def _ring(paper: Paper, left: float, top: float, size: float) -> None:
    paper.set_line_width(size * 0.16)
    paper.ellipse(left + size * 0.08, top + size * 0.08, size * 0.84, size * 0.84, style="D")


def _half(paper: Paper, left: float, top: float, size: float) -> None:
    _ring(paper, left, top, size)
    paper.solid_arc(left, top, size, 90, 270, b=size, style="F")


def _dot(paper: Paper, left: float, top: float, size: float) -> None:
    _ring(paper, left, top, size)
    paper.ellipse(left + size * 0.28, top + size * 0.28, size * 0.44, size * 0.44, style="F")


def _point(paper: Paper, left: float, top: float, size: float) -> None:
    paper.ellipse(left + size * 0.36, top + size * 0.36, size * 0.28, size * 0.28, style="F")


def _diamond(paper: Paper, left: float, top: float, size: float) -> None:
    half = size / 2
    paper.polygon(
        [(left + half, top), (left + size, top + half), (left + half, top + size),
         (left, top + half)],
        style="F",
    )  # fmt: skip


def _down(paper: Paper, left: float, top: float, size: float) -> None:
    paper.polygon([(left, top), (left + size, top), (left + size / 2, top + size)], style="F")


def _up(paper: Paper, left: float, top: float, size: float) -> None:
    paper.polygon(
        [(left, top + size), (left + size, top + size), (left + size / 2, top)], style="F"
    )


def _cross(paper: Paper, left: float, top: float, size: float) -> None:
    paper.set_line_width(size * 0.2)
    far = size * 0.9
    paper.line(left + size - far, top + size - far, left + far, top + far)
    paper.line(left + far, top + size - far, left + size - far, top + far)


_SHAPES: dict[str, Any] = {
    "on_track": _disc,
    "within_tolerance": _diamond,
    "off_track": _down,
    "concern": _down,
    "overdue": _up,
    "none": _ring,
    "on_time": _disc,
    "late": _half,
    "corrected": _dot,
    "nil": _ring,
    "missing": _cross,
    "not_due": _point,
}


# --- figures -------------------------------------------------------------------------------------


def _figure(paper: Paper, slide: Figured, accent: str) -> None:
    if slide.plot.last is None:
        with paper.tagged("P"):
            said = "No month has a figure to draw."
            paper.paragraph(said, deck.LEFT, deck.TOP, deck.PLOT_ACROSS, 16, GREY)
    else:
        with paper.tagged("Figure", slide.plot.alt):
            _plot(paper, slide.plot, accent)
    left, top = deck.LEFT + deck.ACROSS - deck.BESIDE, deck.TOP - 0.1
    with paper.tagged("P"):
        paper.write_at(slide.value, left, top, deck.VALUE_SIZE, accent, bold=True)
        top += deck.VALUE_SIZE * deck.LINE * POINT
        paper.mark(slide.mark, left, top, deck.MARK_SIZE, bold=True)
        top += deck.MARK_SIZE * deck.LINE * POINT
    size = deck.beside_size(slide)
    for what, said in slide.lines:
        top += size * 0.5 * POINT
        with paper.tagged("P"):
            top = paper.paragraph(what, left, top, deck.BESIDE, size, GREY, bold=True)
            top = paper.paragraph(said, left, top, deck.BESIDE, size)


def _plot(paper: Paper, plot: Plot, accent: str) -> None:
    low, high, step = plot.scale()
    left, right = deck.LEFT + 0.62, deck.LEFT + 0.62 + deck.PLOT_ACROSS * 0.79
    top, bottom = deck.TOP + 0.12, deck.BOTTOM - 0.4
    each = (right - left) / len(plot.months)

    def along(place: int) -> float:
        return left + (place + 0.5) * each

    def up(value: float) -> float:
        return bottom - (value - low) / (high - low) * (bottom - top)

    at = low
    paper.set_draw_color(LINE)
    paper.set_line_width(0.75 * POINT)
    while at <= high + step / 100:
        paper.line(left, up(at), right, up(at))
        paper.write_at(plot.axis_words(at), left - 0.1, up(at) - 0.085, 11, GREY, align="right")
        at += step
    paper.set_draw_color(PALE)
    paper.line(left, bottom, right, bottom)
    every = max(1, -(-len(plot.months) // 8))
    for place in range(0, len(plot.months), every):
        said = formatting.month(plot.months[place], short=True)
        paper.write_at(said, along(place), bottom + 0.07, 11, GREY, align="middle")
    if plot.is_columns:
        _columns(paper, plot, accent, along, up, each)
        return
    paper.set_draw_color(GREY)
    paper.set_line_width(1.25 * POINT)
    paper.set_dash_pattern(DASH, DASH * 0.8)
    _lines(paper, plot.profile, along, up)
    paper.set_dash_pattern()
    paper.set_draw_color(accent)
    paper.set_fill_color(accent)
    paper.set_line_width(2.25 * POINT)
    _lines(paper, plot.values, along, up)
    for place, value in enumerate(plot.values):
        if value is not None:
            radius = 0.045 if place == plot.last else 0.03
            paper.circle(along(place), up(value), radius, style="F")
    last = plot.last
    if last is None:
        return
    value = plot.values[last] or 0.0
    paper.write_at(plot.labels[last], along(last) + 0.1, up(value) - 0.11, 14, accent, bold=True)
    known = [place for place, it in enumerate(plot.profile) if it is not None]
    if known:
        expected = plot.profile[known[-1]] or 0.0
        height = up(expected) - plot.apart(0.06) * (bottom - top)
        said = f"Profile {formatting.figure(expected, plot.unit)}"
        paper.write_at(said, along(known[-1]) + 0.1, height - 0.085, 11, GREY)


def _lines(paper: Paper, values: Sequence[float | None], along: Any, up: Any) -> None:
    """The line through the values, broken where one is missing."""
    run: list[tuple[float, float]] = []
    for place, value in enumerate([*values, None]):
        if value is not None:
            run.append((along(place), up(value)))
            continue
        if len(run) > 1:
            paper.polyline(run)
        run = []


def _columns(paper: Paper, plot: Plot, accent: str, along: Any, up: Any, each: float) -> None:
    base = up(max(plot.scale()[0], 0.0))
    both = any(value is not None for value in plot.profile)
    wide = min(each * 0.6, 1.2) / (2 if both else 1)
    for place, (value, expected) in enumerate(zip(plot.values, plot.profile, strict=True)):
        left = along(place) - wide * (1 if both else 0.5)
        for at, it, colour in ((left, value, accent), (left + wide, expected, PALE)):
            if it is None:
                continue
            paper.set_fill_color(colour)
            paper.rect(at, up(it), wide, base - up(it), style="F")
            said, ink = plot.labels[place], accent
            if colour == PALE:
                said, ink = f"Profile {formatting.figure(it, plot.unit)}", GREY
            paper.write_at(
                said, at + wide / 2, up(it) - 0.24, 11, ink, bold=colour != PALE, align="middle"
            )


# --- stories -------------------------------------------------------------------------------------


def _story(paper: Paper, slide: Told) -> None:
    across = deck.ACROSS
    if slide.picture:
        across -= deck.PICTURE_ACROSS + 0.4
        left, room = deck.LEFT + across + 0.4, (deck.PICTURE_ACROSS, deck.BOTTOM - deck.TOP)
        with paper.tagged("Figure", slide.alt):
            data = io.BytesIO(slide.picture)
            wide, high = Image.open(data).size
            scale = min(room[0] / wide, room[1] / high)
            right = left + room[0] - wide * scale
            paper.image(data, right, deck.TOP, wide * scale, high * scale)
    size, top = deck.story_size(slide), deck.TOP
    for text in slide.paragraphs:
        with paper.tagged("P"):
            top = paper.paragraph(text, deck.LEFT, top, across, size) + size * 0.6 * POINT
