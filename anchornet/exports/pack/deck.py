"""Slides as they are meant, for whatever writes them: what stands on each, and where.

Lengths are inches on a slide of 13⅓ by 7½, sizes of type are points. Both writers, PowerPoint and
PDF, lay out by what stands here, so that they break in the same places.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache

from anchornet import formatting
from anchornet.charts.style import GREY, INK
from anchornet.exports import text_metrics
from anchornet.formatting import round_half_up

WIDTH, HEIGHT = 13.333, 7.5
LEFT = 0.6
ACROSS = WIDTH - 2 * LEFT
TITLE_TOP, TITLE_HEIGHT, TITLE_SIZE = 0.42, 0.72, 26
SAID_TOP, SAID_SIZE = 1.16, 15
TOP, BOTTOM = 1.92, 6.82  # of what stands between the sentence and the foot
FOOT_TOP, FOOT_SIZE = 6.95, 10
PLOT_ACROSS = 8.35
BESIDE = 3.45  # the column beside a chart
CELL_SIZE, HEAD_SIZE = 12.5, 11.0
ROW_PADDING, CELL_SIDE = 0.11, 0.08
LINE = 1.2  # of the size of type
THOUSANDS = ("", "k", "m", "bn")
ARIAL = 1.1  # times as wide as our letters

# A shape, a colour for it and one for its word: never by colour alone.
MARKS = {
    "on_track": ("●", "#00703c", "#004a2f"),
    "within_tolerance": ("◆", "#b58800", "#4f3b00"),
    "off_track": ("▼", "#d4351c", "#8a1f10"),
    "none": ("○", "#8a969e", "#45525c"),
    "concern": ("▼", "#e46c0a", "#7a3300"),
    "overdue": ("▲", "#d4351c", "#8a1f10"),
    "on_time": ("●", "#00703c", INK),
    "late": ("◐", "#b58800", INK),
    "corrected": ("◉", "#005a9c", INK),
    "nil": ("○", GREY, INK),
    "missing": ("✕", "#d4351c", "#8a1f10"),
    "not_due": ("·", GREY, GREY),
}


@dataclass(frozen=True)
class Mark:
    """A word with its shape: `kind` is one of MARKS."""

    kind: str
    word: str


Cell = str | Mark


@dataclass(frozen=True)
class Slide:
    """What every slide has; titles are unique in a deck. `said`: the answer in a sentence; `foot`:
    what the figures are of; `notes`: for whoever speaks, a paragraph each."""

    title: str
    said: str
    foot: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Cover(Slide):
    """The first one: `lines` stand below its title."""

    network: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Tabled(Slide):
    """A table; without rows only the sentence is there, in large type. `widths` are parts of the
    whole; `numbers`: columns that are right-aligned."""

    headings: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[Cell, ...], ...]
    alt: str
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Plot:
    """A figure over its months, and its target's profile. None is a gap: nobody sent it, or it may
    not be shown. `labels` are the values in words."""

    name: str
    unit: str
    months: tuple[date, ...]
    values: tuple[float | None, ...]
    labels: tuple[str, ...]
    profile: tuple[float | None, ...]
    alt: str

    @property
    def is_columns(self) -> bool:
        """Whether there are too few figures to make a line."""
        return sum(value is not None for value in self.values) < 3

    @property
    def last(self) -> int | None:
        """Where the last figure stands."""
        known = [place for place, value in enumerate(self.values) if value is not None]
        return known[-1] if known else None

    def scale(self) -> tuple[float, float, float]:
        """The ends of the axis and the step between its marks."""
        known = [it for it in (*self.values, *self.profile) if it is not None]
        low, high = min(known, default=0.0), max(known, default=1.0)
        if self.is_columns or low < 0.25 * high:
            low = min(low, 0.0)
        span = (high - low) or abs(high) or 1.0
        rough = span / 4
        size = 10 ** math.floor(math.log10(rough))
        step = next(it * size for it in (1, 2, 5, 10) if it * size >= rough)
        step = max(step, 0.01 if self.unit == "share" else 1.0)
        low, high = math.floor(low / step) * step, math.ceil((high + 0.05 * span) / step) * step
        high = min(high, 1.0) if self.unit == "share" else high
        return round(low, 10), round(high, 10), step

    def apart(self, least: float) -> float:
        """How much higher the profile's label stands than its last point, as a part of the scale,
        so that it is as far as `least` from the figure's."""
        ends = [of[self.last] for of in (self.values, self.profile) if self.last is not None]
        if len(ends) < 2 or None in ends:
            return 0.0
        low, high, _ = self.scale()
        figure, profile = ((float(it or 0.0) - low) / (high - low) for it in ends)
        gap = profile - figure
        if abs(gap) >= least:
            return 0.0
        return (least if gap > 0 else -least) - gap

    def format(self, value: float) -> str:
        """How Excel writes a value of about this size, as `words.figure` does."""
        thousands = _thousands(abs(value))
        whole = len(str(round_half_up(abs(value) / 1000**thousands)))
        return self._excel(thousands, max(3 - whole, 0))

    def axis_format(self) -> str:
        """How Excel writes the marks of the axis."""
        return self._excel(*self._axis())

    def axis_words(self, value: float) -> str:
        """A mark of the axis, as `axis_format` writes it."""
        thousands, decimals = self._axis()
        if self.unit != "gbp":
            return formatting.figure(value, self.unit)
        return f"£{value / 1000**thousands:,.{decimals}f}{THOUSANDS[thousands]}"

    def _axis(self) -> tuple[int, int]:
        low, high, step = self.scale()
        thousands = _thousands(max(abs(low), abs(high)))
        return thousands, max(math.ceil(-math.log10(step / 1000**thousands) - 1e-9), 0)

    def _excel(self, thousands: int, decimals: int) -> str:
        if self.unit == "share":
            return "0%"
        if self.unit != "gbp" or not thousands:
            return "£#,##0" if self.unit == "gbp" else "#,##0"
        point = f".{'0' * decimals}" if decimals else ""
        return f'£0{point}{"," * thousands}"{THOUSANDS[thousands]}"'


def _thousands(size: float) -> int:
    """How many times a thousand a sum is written in: 2 for £15.6m."""
    return min(int(math.log10(size)) // 3, 3) if size >= 1000 else 0


@dataclass(frozen=True)
class Figured(Slide):
    """One indicator: a chart, and beside it `value`, its mark and (what, words) in `lines`."""

    plot: Plot
    value: str
    mark: Mark
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Told(Slide):
    """A story: paragraphs, and a picture with its alternative text if it has one."""

    paragraphs: tuple[str, ...]
    picture: bytes | None = None
    alt: str = ""


@dataclass(frozen=True)
class Deck:
    """A whole presentation; `sample`: everything in it is invented, and every slide says so."""

    title: str
    author: str
    made_at: datetime
    sample: bool
    slides: tuple[Slide, ...]
    accent: str = "#005a9c"
    logo: bytes | None = None


def split(slide: Tabled) -> list[Tabled]:
    """The slide, or as many as its rows need, numbered in their titles."""
    heights = [row_height(row, slide.widths) for row in slide.rows]
    room = BOTTOM - TOP - row_height(slide.headings, slide.widths, HEAD_SIZE)
    parts = _parted(slide.rows, heights, room)
    if len(parts) == 1:
        return [slide]
    # As even as they come in no more slides.
    for share in (1.02, 1.1, 1.2, 1.35):
        even = _parted(slide.rows, heights, min(room, sum(heights) / len(parts) * share))
        if len(even) == len(parts):
            parts = even
            break
    return [
        replace(slide, title=f"{slide.title} ({place} of {len(parts)})", rows=tuple(rows))
        for place, rows in enumerate(parts, 1)
    ]


def _parted(
    rows: Sequence[tuple[Cell, ...]], heights: Sequence[float], room: float
) -> list[list[tuple[Cell, ...]]]:
    parts: list[list[tuple[Cell, ...]]] = [[]]
    left = room
    for row, height in zip(rows, heights, strict=True):
        if height > left and parts[-1]:
            parts.append([])
            left = room
        parts[-1].append(row)
        left -= height
    return parts


def cell_size(slide: Tabled) -> float:
    """The size of type of a table: larger where there are few rows."""
    room = BOTTOM - TOP - row_height(slide.headings, slide.widths, HEAD_SIZE)
    for size in (16.0, 14.0):
        if sum(row_height(row, slide.widths, size) for row in slide.rows) <= room * 0.7:
            return size
    return CELL_SIZE


def column_widths(slide: Tabled) -> list[float]:
    return [ACROSS * part / sum(slide.widths) for part in slide.widths]


def row_height(row: Sequence[Cell], widths: Sequence[float], size: float = CELL_SIZE) -> float:
    """How high a row of a table is."""
    lines = max(
        len(wrapped(words_of(cell), size, ACROSS * part / sum(widths) - 2 * CELL_SIDE))
        for cell, part in zip(row, widths, strict=True)
    )
    return lines * size * LINE / 72 + ROW_PADDING


def words_of(cell: Cell) -> str:
    return f"{MARKS[cell.kind][0]} {cell.word}" if isinstance(cell, Mark) else cell


def wrapped(text: str, size: float, width: float, *, bold: bool = False) -> list[str]:
    """The text in lines that are no wider than this in Arial, nor then in our own letters."""
    return list(_wrapped(text, size, width, bold))


@lru_cache(4096)
def _wrapped(text: str, size: float, width: float, bold: bool) -> tuple[str, ...]:
    room = width * 72 / ARIAL
    return tuple(text_metrics.wrap(text, room, size, 700 if bold else 400)) or ("",)


def fitting(text: str, sizes: Sequence[float], width: float, lines: int, *, bold: bool) -> float:
    """The largest of the sizes, the largest first, in which the text takes no more lines."""
    fits = (it for it in sizes if len(wrapped(text, it, width, bold=bold)) <= lines)
    return next(fits, sizes[-1])


VALUE_SIZE, MARK_SIZE = 34, 14
_BESIDE_SIZES = (13.5, 13.0, 12.5, 12.0, 11.5, 11.0, 10.5, 10.0, 9.5, 9.0)


def beside_size(slide: Figured) -> float:
    """The size of type in which what stands beside a chart fits."""
    room = BOTTOM - TOP - (VALUE_SIZE + MARK_SIZE) * LINE / 72 - 0.1

    def height(size: float) -> float:
        lines = sum(1 + len(wrapped(said, size, BESIDE - 0.1)) for _, said in slide.lines)
        return (lines * LINE + len(slide.lines) * 0.5) * size / 72

    return next((it for it in _BESIDE_SIZES if height(it) <= room), _BESIDE_SIZES[-1])


PICTURE_ACROSS = 5.2
_STORY_SIZES = (18.0, 16.0, 15.0, 14.0, 13.0)
_BETWEEN = 0.6  # lines


def story_size(slide: Told) -> float:
    """The size of type in which a story fits beside its picture."""
    return next((it for it in _STORY_SIZES if _story_height(slide, it) <= 1), _STORY_SIZES[-1])


def _story_across(slide: Told) -> float:
    return ACROSS - (PICTURE_ACROSS + 0.4 if slide.picture else 0)


def _story_height(slide: Told, size: float) -> float:
    """How much of the room there is the story takes."""
    across = _story_across(slide)
    lines = sum(len(wrapped(text, size, across)) for text in slide.paragraphs)
    return (lines * LINE + _BETWEEN * len(slide.paragraphs)) * size / 72 / (BOTTOM - TOP)


def pages(slide: Told) -> list[Told]:
    """The story, or as many slides as it needs: the picture is on the first."""
    parts: list[Told] = []
    rest, size = list(slide.paragraphs), _STORY_SIZES[-1]
    while rest:
        part = slide if not parts else replace(slide, picture=None, alt="")
        across, room, taken = _story_across(part), (BOTTOM - TOP) * 72 / size, []
        while rest:
            lines = wrapped(rest[0], size, across)
            fit = int((room - _BETWEEN) / LINE)
            if fit < min(len(lines), 2):
                break
            taken.append(" ".join(lines[:fit]))
            rest[:1] = [" ".join(lines[fit:])] if lines[fit:] else []
            room -= min(len(lines), fit) * LINE + _BETWEEN
        parts.append(replace(part, paragraphs=tuple(taken)))
    if len(parts) == 1:
        return [slide]
    return [
        replace(part, title=f"{slide.title} ({place} of {len(parts)})")
        for place, part in enumerate(parts, 1)
    ]


def said_size(said: str) -> float:
    """The size of type in which a slide's sentence fits above what stands on it."""
    return fitting(said, (SAID_SIZE, 14, 13, 12, 11), ACROSS, 3, bold=False)
