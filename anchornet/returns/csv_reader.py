"""Bytes that a member sent -> a table of text with true line numbers, or a refusal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from anchornet import formatting
from anchornet.returns.csv_quotes import Flags, Positions
from anchornet.returns.csv_records import Records, index_records, parse
from anchornet.returns.declaration import normalise_heading
from anchornet.returns.decode import EMPTY, Text, recognise
from anchornet.returns.findings import Refused

__all__ = ["Refused", "Skipped", "Table", "every_record", "read_table"]

DELIMITERS = ",;\t"
MOST_COLUMNS = 1000
HEADING_WITHIN = 50  # non-blank records
SEPARATOR = re.compile(rb"\s*\"?sep=([,;\t|])\"?[,;\t]*\r?\n", re.IGNORECASE)
BLANKS = re.compile(rb'[ \t,;"\n\r\x0b\x0c\xc2\xa0]*')

NUMBER = re.compile(r"[-+(]*\s*[£$€]?\s*[-+(]*(\d[\d,]*(\.\d*)?|\.\d+)\s*\)?\s*[-%]?|#[A-Z/0!?]+")
DATE = re.compile(r"\d{1,4}[-/. ](\d{1,2}|[A-Za-z]{3,9})[-/. ]\d{2,4}( \d\d:\d\d.*)?")
TOTAL_START = re.compile(rb"(?i)((sub|grand|overall|report|net|gross)[ -]?)?totals?(?![a-z])")
TOTAL_LETTERS = [
    int.from_bytes(letters, "little")
    for letters in (b"tot", b"sub", b"gra", b"ove", b"rep", b"net", b"gro")
]
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

Counts = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]

WHAT = {
    "separator": ("line that names the delimiter", "lines that name the delimiter"),
    "title": ("line above the headings", "lines above the headings"),
    "blank": ("blank line", "blank lines"),
    "total": ("total line", "total lines"),
    "after_total": ("note below the list", "notes below the list"),
    "repeated_heading": ("repeat of the headings", "repeats of the headings"),
}


@dataclass(frozen=True)
class Skipped:
    """Records left out for one reason: a key of WHAT, the first ten lines, how many in all."""

    what: str
    lines: tuple[int, ...]
    count: int

    @property
    def sentence(self) -> str:
        name = WHAT[self.what][self.count > 1]
        return f"Skipped {self.count:,} {name} ({formatting.lines(self.lines, self.count)})."


@dataclass(frozen=True)
class Table:
    """The text of a file's list.

    cells: "line" int32 (the physical line, from 1, on which the record begins; the sheet's row for
    a workbook), then "c0", "c1", … string, never null, CSV quoting and outer white space removed,
    line ends inside a cell as LF. headings: one a c-column, "" for an unnamed column that holds
    something. short, long: (line, cells found) of records with fewer cells than headings, and of
    those with something beyond the last heading (which is not in cells). unclosed: lines with a
    quote mark that opens and never closes, read as a character.
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

    @property
    def skipped_lines(self) -> int:
        return sum(skipped.count for skipped in self.skipped)

    def preview(self, rows: int) -> list[dict[str, object]]:
        """The first rows as heading -> text, with "line"; equal headings get a number."""
        names = ["line"]
        for number, heading in enumerate(self.headings, start=1):
            heading = heading or f"Column {number}"
            name, again = heading, 2
            while name in names:
                name, again = f"{heading} ({again})", again + 1
            names.append(name)
        return list(self.cells.slice(0, rows).rename_columns(names).to_pylist())


def read_table(data: bytes, known: frozenset[str] = frozenset()) -> Table:
    """`known` (normalised headings) helps to find the heading row and the delimiter. Raises
    Refused for what is neither CSV of any usual dialect nor an .xlsx."""
    text = recognise(data)
    if BLANKS.fullmatch(text.data):
        raise Refused(EMPTY if len(text.data) < 2 else EMPTY.replace("is empty", "is blank"))
    separator = None if text.is_workbook else SEPARATOR.match(text.data)
    delimiter = separator[1].decode() if separator else "," if text.is_workbook else ""
    if not delimiter or delimiter not in DELIMITERS:
        delimiter = _find_delimiter(text.data, known)
    return _read(text, index_records(text.data, delimiter), separator is not None, known)


def every_record(data: bytes, delimiter: str | None) -> tuple[list[int], pa.Table]:
    """The lines and cells of every record that shows something, those that read_table leaves out
    too, with as many columns as the longest has. `delimiter` is that of read_table."""
    text = recognise(data)
    records = index_records(text.data, delimiter or ",")
    shown = ~records.blank
    cells, beyond = parse(records, shown, _width(records, shown, 1))
    rows = np.flatnonzero(shown)
    lines = rows + 1 if text.is_workbook else records.lines[rows]
    long = {int(np.searchsorted(rows, row)): records.split(row) for row in beyond.tolist()}
    for column in range(cells.num_columns, max(map(len, long.values()), default=0)):
        texts = [""] * cells.num_rows
        for index, row_cells in long.items():
            texts[index] = row_cells[column] if column < len(row_cells) else ""
        cells = cells.append_column(f"c{column}", pa.array(texts, pa.string()))
    return lines.tolist(), cells


def _read(text: Text, records: Records, has_separator: bool, known: frozenset[str]) -> Table:
    lines = records.lines
    if text.is_workbook:
        lines = np.arange(1, len(lines) + 1)
    blank = records.blank
    visible = np.flatnonzero(~blank)[int(has_separator) :]
    if not len(visible):
        raise Refused(EMPTY)
    heading = _find_heading(records, visible[:HEADING_WITHIN], known)
    headings = records.split(heading)
    body = visible[visible > heading]

    left_out = {
        "separator": np.flatnonzero(~blank)[: int(has_separator)],
        "title": visible[visible < heading],
        "blank": np.flatnonzero(blank),
        "repeated_heading": _repeats(records, heading, body),
    }
    body = np.setdiff1d(body, left_out["repeated_heading"], assume_unique=True)
    totals = _totals(records, body)
    last_total, notes = _below_the_list(records, body, set(totals.tolist()), len(headings))
    left_out["total"] = np.union1d(totals, last_total)
    left_out["after_total"] = notes

    kept = np.zeros(len(lines), dtype=bool)
    kept[body] = True
    kept[left_out["total"]] = False
    kept[notes] = False
    width = _width(records, kept, len(headings))
    cells, beyond = parse(records, kept, width)
    cells, headings, needed, long = _settle(records, kept, cells, headings, beyond)
    short = np.flatnonzero(kept & (records.cells < needed))
    # Not pa.array, which imports pandas to look at a numpy array.
    buffer = pa.py_buffer(lines[kept].astype(np.int32))
    line = pa.Array.from_buffers(pa.int32(), cells.num_rows, [None, buffer])
    unclosed = np.searchsorted(records.starts, records.quotes.unclosed, side="right") - 1
    return Table(
        cells=cells.add_column(0, "line", line),
        headings=tuple(headings),
        heading_line=int(lines[heading]),
        encoding=text.encoding,
        delimiter=None if text.is_workbook else chr(records.delimiter),
        skipped=tuple(
            Skipped(what, tuple(lines[rows[:10]].tolist()), len(rows))
            for what in WHAT
            if len(rows := left_out[what])
        ),
        short=(lines[short], records.cells[short]),
        long=(lines[long], records.cells[long]),
        unclosed=tuple(lines[np.unique(unclosed)].tolist()),
    )


def _find_delimiter(data: bytes, known: frozenset[str]) -> str:
    """The one under which the first records show known headings, else agree on many cells."""
    sample = b"".join(_first_lines(data))
    best, best_score = ",", (0, 0.0)
    for delimiter in DELIMITERS:
        records = index_records(sample, delimiter)
        visible = np.flatnonzero(~records.blank)
        if not len(visible):
            continue
        rows = visible[:HEADING_WITHIN].tolist()
        hits = max(_count_known(records.split(row), known) for row in rows)
        sizes = np.bincount(records.cells[visible])
        agreed = int(sizes[1:].argmax()) + 1
        score = (hits, float(sizes[agreed] / len(visible) * (agreed - 1)))
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _first_lines(data: bytes) -> Iterator[bytes]:
    """The first hundred lines that show something, however many blank ones stand between."""
    at = 0
    for _ in range(100):
        blanks = BLANKS.match(data, at)
        at = max(data.rfind(b"\n", 0, blanks.end() if blanks else at) + 1, at)
        end = data.find(b"\n", at) + 1
        if not end:
            return
        yield data[at:end]
        at = end


def _count_known(cells: list[str], known: frozenset[str]) -> int:
    return len(known.intersection(map(normalise_heading, cells)))


def _find_heading(records: Records, candidates: Positions, known: frozenset[str]) -> int:
    """The record with the most known headings, else the first that is full and not figures."""
    rows: dict[int, list[str]] = {row: records.split(row) for row in candidates.tolist()}
    hits = {row: _count_known(cells, known) for row, cells in rows.items()}
    most = max(hits.values())
    if most >= 2 or (most == 1 and max(map(_filled, rows.values())) == 1):
        return next(row for row in rows if hits[row] == most)
    widest = max(map(_filled, rows.values()))
    for row, cells in rows.items():
        shown = [cell for cell in cells if cell]
        figures = sum(bool(NUMBER.fullmatch(cell) or DATE.fullmatch(cell)) for cell in shown)
        is_full = len(shown) >= max(widest * 0.6, min(widest, 2))
        is_title = any(cell.endswith(":") for cell in shown)
        if is_full and not is_title and figures * 3 <= len(shown):
            return row
    return next((row for row, count in hits.items() if count), next(iter(rows)))


def _filled(cells: list[str]) -> int:
    return sum(bool(cell) for cell in cells)


def _repeats(records: Records, heading: int, body: Positions) -> Positions:
    """Records equal to the heading record, as when every printed page begins with it."""
    lengths = records.ends - records.starts
    same = body[lengths[body] == lengths[heading]]
    same = same[records.array[records.starts[same]] == records.array[records.starts[heading]]]
    text = records.data[records.starts[heading] : records.ends[heading]]
    rows = [row for row in same.tolist() if records.data.startswith(text, records.starts[row])]
    return np.asarray(rows, dtype=np.int64)


def _totals(records: Records, body: Positions) -> Positions:
    """Records that begin with the word total and hold nothing else but figures."""
    array, first = records.array, records.visible[body]
    letters = np.zeros(len(body), dtype=np.int32)
    for at in range(3):
        lower = array[np.minimum(first + at, len(array) - 1)] | 0x20
        letters |= lower.astype(np.int32) << (8 * at)
    likely = np.isin(letters, TOTAL_LETTERS)
    rows = [
        row
        for row, start in zip(body[likely].tolist(), first[likely].tolist(), strict=True)
        if TOTAL_START.match(records.data, start) and _is_total(records.split(row))
    ]
    return np.asarray(rows, dtype=np.int64)


def _is_total(cells: list[str]) -> bool:
    name, *others = [cell for cell in cells if cell] or [""]
    match = TOTAL.fullmatch(name)
    if not match or not all(map(NUMBER.fullmatch, others)):
        return False
    return not match["figure"] or bool(NUMBER.fullmatch(match["figure"]))


def _below_the_list(
    records: Records, body: Positions, totals: set[int], width: int
) -> tuple[Positions, Positions]:
    """What stands after the last row of data: a sum without a name, and notes of one cell. At the
    very end that may be a row that was cut off, so it is a note only below a total or a blank line,
    or when it reads like one."""
    notes: list[int] = []
    sums: list[int] = []
    has_total = False
    for row in body[::-1][:200].tolist() if width > 1 else ():
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


def _width(records: Records, kept: Flags, named: int) -> int:
    """How many columns to parse: as many as most rows have, so that few need rewriting."""
    if named > MOST_COLUMNS:
        raise Refused(
            f"The heading row has {named:,} columns; a list here has at most {MOST_COLUMNS:,}. "
            "Delete the columns that stand beside the list."
        )
    sizes = records.cells[kept]
    usual = int(np.bincount(np.minimum(sizes, MOST_COLUMNS + 1)).argmax()) if len(sizes) else 0
    return max(named, usual) if usual <= MOST_COLUMNS else named


def _settle(
    records: Records, kept: Flags, cells: pa.Table, headings: list[str], beyond: Positions
) -> tuple[pa.Table, list[str], int, Positions]:
    """The named columns and the unnamed ones that hold something; how many cells a record needs to
    fill them; and the records with something beyond the last heading."""
    long = beyond
    for column in range(len(headings), cells.num_columns):
        showing = pc.indices_nonzero(pc.binary_length(cells.column(column))).buffers()[1]
        extra = np.frombuffer(showing or b"", dtype=np.uint64).astype(np.int64)
        long = np.union1d(long, np.flatnonzero(kept)[extra])
    stays = [
        column
        for column, heading in enumerate(headings)
        if heading or (pc.max(pc.binary_length(cells.column(column))).as_py() or 0) > 0
    ]
    cells = cells.select(stays).rename_columns([f"c{column}" for column in range(len(stays))])
    needed = max(stays, default=-1) + 1
    return cells, [headings[column] for column in stays], needed, long
