"""The list among the records of a text: its headings, its lines, and what is neither."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, takewhile
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from anchornet import formatting
from anchornet.returns.csv_quotes import Flags, Narrow, Positions
from anchornet.returns.csv_records import WORD, Records, Words, parse, word, words_at
from anchornet.returns.declaration import normalise_heading
from anchornet.returns.decode import EMPTY, Text
from anchornet.returns.findings import LINES_A_SHEET, Refused
from anchornet.returns.texts import whole_numbers

MOST_COLUMNS = 1000
LAST = 200  # records of a list that are looked at for what stands below it
HEADING_WITHIN = 50  # non-blank records; in ten times as many where these don't show the headings

NUMBER = re.compile(r"[-+(]*\s*[£$€]?\s*[-+(]*(\d[\d,]*(\.\d*)?|\.\d+)\s*\)?\s*[-%]?|#[A-Z/0!?]+")
DATE = re.compile(r"\d{1,4}[-/. ](\d{1,2}|[A-Za-z]{3,9})[-/. ]\d{2,4}( \d\d:\d\d.*)?")
TOTAL_START = re.compile(rb"(?i)((sub|grand|overall|report|net|gross)[ -]?)?totals?(?![a-z])")
FIRST_LETTERS = np.uint64(0xFFFFFF)
TOTAL_LETTERS = np.array(
    [word(letters) for letters in (b"tot", b"sub", b"gra", b"ove", b"rep", b"net", b"gro")],
    dtype=np.uint64,
)
TOTAL = re.compile(
    r"((sub|grand|overall|report|net|gross)[ -]?)?totals?"
    r"( (net |gross )?(amounts?|spend|spending|paid|payments?|value|expenditure|cost|rows?|net|"
    r"gross|records|lines|starts))*"
    r"( (for|of) .{1,60})?\s*(\(?£\)?|\(?gbp\)?)?\s*[:=.]*\s*(?P<figure>\S*)",
    re.IGNORECASE,
)
NOTE = re.compile(
    r"(source|notes?|n\.?b\.?)\s*[:.–-]|"
    r"(report|printed|prepared|produced|generated|extracted) ?(on|by|from|at|of|:)|"
    r"end of |contains |crown copyright|©|page \d|data (from|source|as at)|please note|\*",
    re.IGNORECASE,
)

# Ã, Â and â€ before the second half of a character, and the mark for one that was lost.
GARBLED = (b"\xc3\x83\xc2", b"\xc3\x82\xc2", b"\xc3\xa2\xe2\x82\xac", b"\xef\xbf\xbd")

Counts = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]
_Lines = TypeVar("_Lines", Positions, Narrow)

WHAT = {
    "separator": ("line that names the delimiter", "lines that name the delimiter"),
    "title": ("line above the headings", "lines above the headings"),
    "blank": ("blank line", "blank lines"),
    "total": ("total line", "total lines"),
    "after_total": ("note below the list", "notes below the list"),
    "repeated_heading": ("repeat of the headings", "repeats of the headings"),
}


@dataclass(frozen=True)
class Reading:
    """How the sender says that a file is read, where that can't be seen from it. `remembered`: it
    was said for an earlier file, and what doesn't hold for this one is passed over."""

    sheets: tuple[str, ...] = ()
    heading_line: int | None = None
    month_first: bool | None = None
    remembered: bool = False

    def as_said(self) -> dict[str, Any]:
        """What to remember: JSON-ready, and nothing of what was not said."""
        said = {"heading_line": self.heading_line, "month_first": self.month_first}
        sheets = {"sheets": list(self.sheets)} if self.sheets else {}
        return sheets | {name: value for name, value in said.items() if value is not None}


AS_IT_IS = Reading()


@dataclass(frozen=True)
class Skipped:
    """Records left out for one reason: a key of WHAT, the first ten lines, how many in all; of a
    sheet, where several were read."""

    what: str
    lines: tuple[int, ...]
    count: int
    sheet: str = ""

    @property
    def sentence(self) -> str:
        name = WHAT[self.what][self.count > 1]
        of = f" of {self.sheet}" if self.sheet else ""
        return f"Skipped {self.count:,} {name} ({formatting.lines(self.lines, self.count)}{of})."


class SheetsDiffer(Refused):
    """A workbook with several lists that are not one: the sender has to say which to read.
    `sheets`: name → what it holds."""

    def __init__(self, why: str, sheets: Mapping[str, str]) -> None:
        self.sheets = sheets
        held = "; ".join(f"{name} ({what})" if what else name for name, what in sheets.items())
        super().__init__(f"{why}: {held}. Say which to read.")


@dataclass(frozen=True)
class Table:
    """The text of a file's list.

    cells: "line" int32 (the physical line, from 1, on which the record begins; the sheet's row for
    a workbook), then "c0", "c1", … string, never null, CSV quoting and outer white space removed,
    line ends inside a cell as LF. headings: one a c-column, "" for an unnamed column that holds
    something. short, long: (line, cells found) of records with fewer cells than headings, and of
    those with something beyond the last heading (which is not in cells). unclosed: lines with a
    quote mark that opens and never closes, read as a character. swallowed: (line, last line) of
    records in whose quotes whole lines of the list stand. aside: what was left out, by its key of
    WHAT, in columns as cells has them. sheets: the names of those that were read; where there are
    several, a line is its row and LINES_A_SHEET times the number of its sheet. other_sheets: those
    that could be read, and weren't. notes: sentences on what was read and what wasn't.
    """

    cells: pa.Table
    headings: tuple[str, ...]
    heading_line: int
    encoding: str
    delimiter: str | None
    skipped: tuple[Skipped, ...]
    short: Counts
    long: Counts
    unclosed: tuple[int, ...]
    swallowed: tuple[tuple[int, int], ...] = ()
    aside: Mapping[str, pa.Table] = field(default_factory=dict)
    sheets: tuple[str, ...] = ()
    other_sheets: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    garbled: tuple[int, ...] = ()

    @property
    def skipped_lines(self) -> int:
        return sum(skipped.count for skipped in self.skipped)

    def at(self, lines: Positions | Sequence[int]) -> pa.Table:
        """The cells of some lines, in the order of the list."""
        return rows_at(self.cells, lines)

    def preview(self, rows: int) -> list[dict[str, object]]:
        """The first rows as heading -> text, with "line"; equal headings get a number."""
        names = ["line"]
        for number, heading in enumerate(self.headings, start=1):
            heading = heading or f"Column {number}"
            name, again = heading, 2
            while name in names:
                name, again = f"{heading} ({again})", again + 1
            names.append(name)
        shown = list(self.cells.slice(0, rows).rename_columns(names).to_pylist())
        for row in shown if len(self.sheets) > 1 else ():
            number, line = divmod(row["line"], LINES_A_SHEET)
            row["line"] = f"{self.sheets[number]} {line}"
        return shown


def rows_at(cells: pa.Table, lines: Positions | Sequence[int]) -> pa.Table:
    """The rows of some lines. Part by part: of all at once the text would be copied into one piece
    first."""
    every = cells["line"].to_numpy()
    wanted = in_order([np.asarray(lines, dtype=np.int32)])
    rows = np.searchsorted(every, wanted)
    rows = rows[rows < len(every)]
    rows = rows[np.isin(every[rows], wanted)]
    parts, start = [], 0
    for batch in cells.to_batches():
        low, high = np.searchsorted(rows, [start, start + batch.num_rows])
        if low < high:
            parts.append(batch.take(whole_numbers(rows[low:high] - start)))
        start += batch.num_rows
    return pa.Table.from_batches(parts, cells.schema)


def in_order(several: Sequence[_Lines]) -> _Lines:
    """All that is in any of them, each once. numpy's own function is slow where few are twice."""
    numbers = np.sort(np.concatenate(several))
    each: _Lines = numbers[np.append(True, numbers[1:] != numbers[:-1])[: len(numbers)]]
    return each


def read_records(
    text: Text,
    records: Records,
    has_separator: bool,
    known: frozenset[str],
    required: Sequence[frozenset[str]],
    reading: Reading,
) -> Table:
    """The list among the records; encoding and delimiter are for the caller to fill in."""
    lines = np.arange(1, len(records.lines) + 1) if text.sheets else records.lines
    is_row = ~records.blank
    shown = np.flatnonzero(is_row)
    visible = shown[int(has_separator) :]
    if not len(visible):
        raise Refused(EMPTY)
    heading = find_heading(records, lines, visible, known, required, reading)
    headings = records.split(heading)
    is_row[: heading + 1] = False

    left_out = {
        "separator": shown[: int(has_separator)],
        "title": visible[: np.searchsorted(visible, heading)],
        "blank": np.flatnonzero(records.blank),
        "repeated_heading": _repeats(records, heading, is_row),
    }
    is_row[left_out["repeated_heading"]] = False
    totals = _totals(records, is_row)
    last = islice((int(row) for row in visible[::-1] if is_row[row]), LAST)
    last_total, notes = _below_the_list(records, last, set(totals.tolist()), len(headings))
    left_out["total"] = np.union1d(totals, last_total)
    left_out["after_total"] = notes

    is_row[left_out["total"]] = False
    is_row[notes] = False
    width = width_of(records, is_row, len(headings))
    cells, beyond = parse(records, is_row, width)
    stays, long = _settle(is_row, cells, headings, beyond)
    needed = max(stays, default=-1) + 1
    counted = records.counted()
    short = np.flatnonzero(is_row & (counted < needed) & (counted > 0))
    unclosed = np.searchsorted(records.starts, records.quotes.unclosed, side="right") - 1
    aside = {}
    for what in ("title", "total"):
        if len(left_out[what]):
            flags = np.zeros(len(lines), dtype=bool)
            flags[left_out[what]] = True
            aside[what] = _with_lines(parse(records, flags, width)[0], stays, lines[flags])
    return Table(
        cells=_with_lines(cells, stays, lines[is_row]),
        headings=tuple(headings[column] for column in stays),
        heading_line=int(lines[heading]),
        encoding=text.encoding,
        delimiter=None,
        skipped=tuple(
            Skipped(what, tuple(lines[rows[:10]].tolist()), len(rows))
            for what in WHAT
            if len(rows := left_out[what])
        ),
        short=(lines[short], counted[short]),
        long=(lines[long], counted[long]),
        unclosed=tuple(lines[np.unique(unclosed)].tolist()),
        swallowed=tuple(_swallowed(records, lines, is_row, headings, bool(text.sheets))),
        aside=aside,
        garbled=tuple(lines[_garbled(records, text.is_ascii)].tolist()),
    )


def _garbled(records: Records, is_ascii: bool) -> Positions:
    """The first records with what UTF-8 becomes when it is read as Windows-1252 and saved."""
    rows: set[int] = set()
    for wrong in () if is_ascii else GARBLED:
        # One byte is looked for much faster than several.
        at = records.data.find(wrong) if wrong[:1] in records.data else -1
        while at >= 0 and len(rows) < 100:
            row = int(np.searchsorted(records.starts, at, side="right")) - 1
            rows.add(row)
            at = records.data.find(wrong, int(records.ends[row]))
    return np.asarray(sorted(rows), dtype=np.int64)


def _with_lines(cells: pa.Table, stays: list[int], lines: Positions) -> pa.Table:
    cells = cells.select(stays).rename_columns([f"c{column}" for column in range(len(stays))])
    return cells.add_column(0, "line", whole_numbers(lines))


def _swallowed(
    records: Records, lines: Positions, kept: Flags, headings: Sequence[str], is_sheet: bool
) -> Iterator[tuple[int, int]]:
    """Records whose quote marks hold whole lines of the list: as many delimiters as a line has, and
    between them a date or a figure, or the list's headings."""
    if not records.quotes.present:
        return
    width, names = len(headings), {normalise_heading(heading) for heading in headings}
    mark = bytes([records.delimiter])
    tall = np.append(np.diff(records.lines) > 1, b"\n" in records.data[records.starts[-1] : -1])
    rows = np.flatnonzero(tall & kept)
    for row, cells in zip(rows.tolist(), records.cells(rows).tolist(), strict=True):
        record = records.data[int(records.starts[row]) : int(records.ends[row])]
        if record.count(mark) - cells + 1 < max(width - 1, 1):
            continue
        full = [line.split(mark) for line in record.split(b"\n") if line.count(mark) >= width - 1]
        whole = full[: -1 if len(full) > 1 else None]
        is_listed = any(
            any(map(_is_figure, cells[1:])) or {*map(_name_of, cells)} == names for cells in whole
        )
        if is_listed or len(full) > 3:
            first = int(lines[row])
            yield first, first if is_sheet else first + record.count(b"\n")


def _name_of(cell: bytes) -> str:
    return normalise_heading(cell.decode("utf-8", "replace"))


def _is_figure(cell: bytes) -> bool:
    text = cell.decode("utf-8", "replace").strip(' "\r')
    return bool(NUMBER.fullmatch(text) or DATE.fullmatch(text))


def count_known(cells: list[str], known: frozenset[str]) -> int:
    return len(known.intersection(map(normalise_heading, cells)))


def find_heading(
    records: Records,
    lines: Positions,
    visible: Positions,
    known: frozenset[str],
    required: Sequence[frozenset[str]],
    reading: Reading,
) -> int:
    """The record that the sender names; else the one with every required heading, the most known
    ones; else the first that is full and not figures."""
    if reading.heading_line is not None:
        named = np.flatnonzero(lines == reading.heading_line)
        row = int(named[0]) if len(named) else -1
        if row in visible and (
            not reading.remembered or count_known(records.split(row), known) >= 2
        ):
            return row
        if not reading.remembered:
            raise Refused(
                f"Line {reading.heading_line:,} can't be the headings: it is blank, or not there. "
                "Look which line they are on."
            )
    rows: dict[int, list[str]] = {}
    hits: dict[int, tuple[bool, int]] = {}
    for candidates in (
        visible[:HEADING_WITHIN],
        visible[HEADING_WITHIN : HEADING_WITHIN * 10],
    ):
        for row in candidates.tolist():
            rows[row] = records.split(row)
            headings = frozenset(map(normalise_heading, rows[row]))
            fits = bool(required) and all(headings & one for one in required)
            hits[row] = (fits, len(known & headings))
        best = max(hits.values())
        if best[0] or (not required and best[1] >= 2):
            break
    most = best[1]
    if best[0] or most >= 2 or (most == 1 and max(map(_filled, rows.values())) == 1):
        return next(row for row in rows if hits[row] == best)
    rows = dict(list(rows.items())[:HEADING_WITHIN])
    widest = max(map(_filled, rows.values()))
    for row, cells in rows.items():
        shown = [cell for cell in cells if cell]
        figures = sum(bool(NUMBER.fullmatch(cell) or DATE.fullmatch(cell)) for cell in shown)
        is_full = len(shown) >= max(widest * 0.6, min(widest, 2))
        is_title = any(cell.endswith(":") for cell in shown)
        if is_full and not is_title and figures * 3 <= len(shown):
            return row
    full = (row for row, cells in rows.items() if _filled(cells) >= widest * 0.6)
    return next((row for row in rows if hits[row][1]), next(full))


def _filled(cells: list[str]) -> int:
    return sum(bool(cell) for cell in cells)


def _repeats(records: Records, heading: int, is_row: Flags) -> Positions:
    """Records with the cells of the heading record, compared as headings are, as when every printed
    page begins with them or several files were put together."""
    headings = normal_cells(records.split(heading))
    start = int(records.visible[heading])
    first = records.data[start : start + 40].split(bytes([records.delimiter]))[0].strip(b'" \r\n')
    closing = np.zeros(256, dtype=bool)
    closing[[records.delimiter, *b'"\r\n']] = True

    def begins_alike(at: Positions, words: Words) -> Flags:
        """A million suppliers may begin as the heading does; few end where it ends, too."""
        after = np.minimum(at + len(first), len(records.array) - 1)
        return np.asarray(_same(words, first[:WORD]) & closing[records.array[after]])

    alike = np.flatnonzero(records.begin_so(begins_alike) & is_row)
    for number in range(WORD, len(first), WORD):
        words = words_at(records.data, records.visible[alike] + number)
        alike = alike[_same(words, first[number : number + WORD])]
    rows = [row for row in alike.tolist() if normal_cells(records.split(row)) == headings]
    return np.asarray(rows, dtype=np.int64)


def _same(words: Words, text: bytes) -> Flags:
    """Which of the words begin with the text."""
    return np.asarray(words & np.uint64((1 << 8 * len(text)) - 1) == word(text))


def normal_cells(cells: Sequence[str]) -> list[str]:
    """Cells as headings are compared, without blank ones at the end."""
    normal = list(map(normalise_heading, cells))
    while normal and not normal[-1]:
        normal.pop()
    return normal


def _totals(records: Records, is_row: Flags) -> Positions:
    """Records that begin with the word total and hold nothing else but figures."""

    def begins_so(_: Positions, words: Words) -> Flags:
        return np.isin(words & FIRST_LETTERS, TOTAL_LETTERS)

    likely = records.begin_so(begins_so)
    rows = [
        row
        for row in np.flatnonzero(likely & is_row).tolist()
        if TOTAL_START.match(records.data, int(records.visible[row]))
        and _is_total(records.split(row))
    ]
    return np.asarray(rows, dtype=np.int64)


def _is_total(cells: list[str]) -> bool:
    name, *others = [cell for cell in cells if cell] or [""]
    match = TOTAL.fullmatch(name)
    if not match or not all(map(NUMBER.fullmatch, others)):
        return False
    return not match["figure"] or bool(NUMBER.fullmatch(match["figure"]))


def _below_the_list(
    records: Records, last: Iterable[int], totals: set[int], width: int
) -> tuple[Positions, Positions]:
    """What stands after the last row of data, from the last record up: a sum without a name, and
    notes of one cell. At the very end that may be a row that was cut off, so it is a note only
    below a total or a blank line, or when it reads like one."""
    notes: list[int] = []
    sums: list[int] = []
    has_total = False
    for row in last if width > 1 else ():
        shown = [cell for cell in records.split(row) if cell]
        if row in totals:
            has_total = True
        elif len(shown) != 1 or has_total:
            break
        elif NUMBER.fullmatch(shown[0]):
            sums.append(row)
            has_total = True
        else:
            notes.append(row)
    if notes and not has_total and not records.blank[notes[-1] - 1]:
        notes = list(takewhile(lambda row: NOTE.match("".join(records.split(row))), notes))
    return np.asarray(sorted(sums), dtype=np.int64), np.asarray(sorted(notes), dtype=np.int64)


def width_of(records: Records, kept: Flags, named: int) -> int:
    """How many columns to parse: as many as most rows have, so that few need rewriting."""
    if named > MOST_COLUMNS:
        raise Refused(
            f"The heading row has {named:,} columns; a list here has at most {MOST_COLUMNS:,}. "
            "Delete the columns that stand beside the list."
        )
    near = kept[: 10 * MOST_COLUMNS]
    sample = np.flatnonzero(near if near.any() else kept)[:MOST_COLUMNS]
    sizes = records.cells(sample)
    usual = int(np.bincount(np.minimum(sizes, MOST_COLUMNS + 1)).argmax()) if len(sizes) else 0
    return max(named, usual) if usual <= MOST_COLUMNS else named


def _settle(
    kept: Flags, cells: pa.Table, headings: list[str], beyond: Positions
) -> tuple[list[int], Positions]:
    """The columns that are named or hold something, and the records with something beyond the last
    heading."""
    long = beyond
    for column in range(len(headings), cells.num_columns):
        showing = pc.indices_nonzero(pc.binary_length(cells.column(column))).buffers()[1]
        extra = np.frombuffer(showing or b"", dtype=np.uint64).astype(np.int64)
        long = in_order([long, np.flatnonzero(kept)[extra]])
    stays = [
        column
        for column, heading in enumerate(headings)
        if heading or (pc.max(pc.binary_length(cells.column(column))).as_py() or 0) > 0
    ]
    return stays, long
