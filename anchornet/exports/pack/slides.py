"""What stands on each slide of a pack, and how much fits on one."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from anchornet import formatting
from anchornet.charts.style import GREY, INK
from anchornet.exports import text_metrics
from anchornet.formatting import round_half_up

LINE = 1.2  # of the size of type
ARIAL = 1.1  # times as wide as our letters
SHRINKING = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7)  # of the usual size of type
GROWING = (1.28, 1.12)
HEADING = 0.88  # of the size of a table's cells
CELL_SIDE, CELL_PADDING = 6, 8  # points beside a cell's text; above and below it together
BETWEEN_PARAGRAPHS = 0.6  # lines
THOUSANDS = ("", "k", "m", "bn")

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
    "heading": ("", GREY, GREY),
}


@dataclass(frozen=True)
class Mark:
    """A word with its shape: `kind` is one of MARKS."""

    kind: str
    word: str

    @property
    def is_bold(self) -> bool:
        return self.kind in ("missing", "off_track", "overdue", "heading")


Cell = str | Mark


@dataclass(frozen=True)
class Slide:
    """What every slide has; titles are unique in a deck. `sentence`: the answer; `foot`: what the
    figures are of; `notes`: for whoever speaks, a paragraph each."""

    title: str
    sentence: str
    foot: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Cover(Slide):
    """The first one: `lines` stand below its title."""

    network: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class TableSlide(Slide):
    """A table; without rows only the sentence is there. `widths` are parts of the whole;
    `numbers`: columns that are right-aligned."""

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
    def months_between_labels(self) -> int:
        """Of its points, so that their labels stand apart."""
        return max(1, -(-len(self.months) // 8))

    @property
    def months_apart(self) -> int:
        """From one label to the next, where an axis has every month."""
        first, last = self.months[0], self.months[-1]
        span = (last.year - first.year) * 12 + last.month - first.month
        return self.months_between_labels * max(1, span // max(1, len(self.months) - 1))

    @property
    def last(self) -> int | None:
        """The index of the last figure."""
        present = [index for index, value in enumerate(self.values) if value is not None]
        return present[-1] if present else None

    def scale(self) -> tuple[float, float, float]:
        """The ends of the axis and the step between its marks."""
        present = [value for value in (*self.values, *self.profile) if value is not None]
        low, high = min(present, default=0.0), max(present, default=1.0)
        if self.is_columns or low < 0.25 * high:
            low = min(low, 0.0)
        span = (high - low) or abs(high) or 1.0
        rough = span / 4
        size = 10 ** math.floor(math.log10(rough))
        step = next(times * size for times in (1, 2, 5, 10) if times * size >= rough)
        step = max(step, 0.01 if self.unit == "share" else 1.0)
        low, high = math.floor(low / step) * step, math.ceil((high + 0.05 * span) / step) * step
        high = min(high, 1.0) if self.unit == "share" else high
        return round(low, 10), round(high, 10), step

    def apart(self, least: float) -> float:
        """How much higher the profile's label stands than its last point, as a part of the scale,
        so that it is as far as `least` from the figure's."""
        if self.last is None:
            return 0.0
        value, profile = self.values[self.last], self.profile[self.last]
        if value is None or profile is None:
            return 0.0
        low, high, _ = self.scale()
        gap = (profile - value) / (high - low)
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
class ChartSlide(Slide):
    """One indicator: a chart, and beside it `value`, its mark and (what, words) in `lines`."""

    plot: Plot
    value: str
    mark: Mark
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class StorySlide(Slide):
    """Paragraphs, and a picture with its alternative text if there is one."""

    paragraphs: tuple[str, ...]
    picture: bytes | None = None
    alt: str = ""


@dataclass(frozen=True)
class Deck:
    """A whole presentation; `sample`: everything in it is invented, and every slide says so.
    `template`: the .pptx file with its look."""

    title: str
    author: str
    made_at: datetime
    sample: bool
    slides: tuple[Slide, ...]
    accent: str
    logo: bytes | None
    template: Path
    subject: str = "Meeting pack"


# --- how much fits: PowerPoint lays nothing out by itself -----------------------------------------


@dataclass(frozen=True)
class Room:
    """Where text can stand, and its usual size of type, in points."""

    width: float
    height: float
    size: float


def fitted(
    paragraphs: Sequence[str], room: Room, *, bold: bool = False, between: float = 0.0
) -> float:
    """The size of type, the usual or a smaller one, in which the paragraphs fit."""
    sizes = [room.size * share for share in SHRINKING]
    fits = (
        size
        for size in sizes
        if text_height(paragraphs, size, room.width, bold=bold, between=between) <= room.height
    )
    return next(fits, sizes[-1])


def text_height(
    paragraphs: Sequence[str], size: float, width: float, *, bold: bool = False, between: float = 0
) -> float:
    lines = sum(len(wrapped(text, size, width, bold)) for text in paragraphs)
    return (lines * LINE + between * len(paragraphs)) * size


@lru_cache(4096)
def wrapped(text: str, size: float, width: float, bold: bool = False) -> tuple[str, ...]:
    """The text in lines that are no wider than this in Arial, nor then in our own letters."""
    lines = text_metrics.wrap(text, width / ARIAL, size, 700 if bold else 400)
    return tuple(lines) or ("",)


def words_of(cell: Cell) -> str:
    return f"{MARKS[cell.kind][0]} {cell.word}".lstrip() if isinstance(cell, Mark) else cell


def row_height(row: Sequence[Cell], widths: Sequence[float], size: float) -> float:
    """`widths` in points, as `column_widths` has them."""
    lines = max(
        len(wrapped(words_of(cell), size, width - 2 * CELL_SIDE))
        for cell, width in zip(row, widths, strict=True)
    )
    return lines * size * LINE + CELL_PADDING


def column_widths(slide: TableSlide, room: Room) -> list[float]:
    return [room.width * part / sum(slide.widths) for part in slide.widths]


def table_size(slide: TableSlide, room: Room) -> float:
    """The size of type of a table: larger where there are few rows."""
    widths = column_widths(slide, room)
    heading = row_height(slide.headings, widths, room.size * HEADING)
    for share in GROWING:
        rows = sum(row_height(row, widths, room.size * share) for row in slide.rows)
        if rows <= (room.height - heading) * 0.7:
            return room.size * share
    return room.size


def split(slide: Slide, table: Room, text: Room, text_and_picture: Room) -> list[Slide]:
    """The slide, or as many as what stands on it needs, numbered in their titles."""
    parts: list[Slide] = [slide]
    if isinstance(slide, TableSlide):
        parts = [replace(slide, rows=tuple(rows)) for rows in _split_rows(slide, table)]
    elif isinstance(slide, StorySlide):
        parts = list(_split_story(slide, text, text_and_picture))
    if len(parts) == 1:
        return [slide]
    return [
        replace(part, title=f"{slide.title} ({number} of {len(parts)})")
        for number, part in enumerate(parts, 1)
    ]


def _split_rows(slide: TableSlide, room: Room) -> list[list[tuple[Cell, ...]]]:
    widths = column_widths(slide, room)
    heights = [row_height(row, widths, room.size) for row in slide.rows]
    height = room.height - row_height(slide.headings, widths, room.size * HEADING)
    parts = _parted(slide.rows, heights, height)
    # As even as they come in no more slides.
    for share in (1.02, 1.1, 1.2, 1.35):
        even = _parted(slide.rows, heights, min(height, sum(heights) / len(parts) * share))
        if len(even) == len(parts):
            return even
    return parts


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


def _split_story(slide: StorySlide, text: Room, text_and_picture: Room) -> Iterator[StorySlide]:
    """The picture is on the first."""
    part, rest = slide, list(slide.paragraphs)
    while rest:
        room = text_and_picture if part.picture else text
        size = room.size * SHRINKING[-1]
        lines_left, taken = room.height / size, []
        while rest:
            lines = wrapped(rest[0], size, room.width)
            fit = int((lines_left - BETWEEN_PARAGRAPHS) / LINE)
            if fit < min(len(lines), 2):
                break
            taken.append(" ".join(lines[:fit]))
            rest[:1] = [" ".join(lines[fit:])] if lines[fit:] else []
            lines_left -= min(len(lines), fit) * LINE + BETWEEN_PARAGRAPHS
        yield replace(part, paragraphs=tuple(taken))
        part = replace(slide, picture=None, alt="")
