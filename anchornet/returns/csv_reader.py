"""Bytes that a member sent -> a table of text with true line numbers, or a refusal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from anchornet.returns.csv_records import index_records, parse
from anchornet.returns.decode import EMPTY, recognise
from anchornet.returns.findings import LINES_A_SHEET, Refused
from anchornet.returns.lists import (
    AS_IT_IS,
    Reading,
    SheetsDiffer,
    Skipped,
    Table,
    count_known,
    read_records,
    width_of,
)
from anchornet.returns.sheets import read_sheets

__all__ = [
    "AS_IT_IS",
    "Reading",
    "Refused",
    "SheetsDiffer",
    "Skipped",
    "Table",
    "every_record",
    "read_table",
]

DELIMITERS = ",;\t|"
SEPARATOR = re.compile(rb"\s*\"?sep=([,;\t|])\"?[,;\t|]*\r?\n", re.IGNORECASE)
BLANKS = re.compile(rb'[ \t,;|"\n\r\x0b\x0c\xc2\xa0]*')


def read_table(
    data: bytes,
    known: frozenset[str] = frozenset(),
    required: Sequence[frozenset[str]] = (),
    reading: Reading = AS_IT_IS,
) -> Table:
    """`known` (normalised headings) helps to find the heading row, the delimiter and the sheet;
    `required` gives, for each column that has to be there, those that it is known by. Raises
    Refused for what is neither CSV of any usual dialect nor an .xlsx."""
    text = recognise(data)
    if text.sheets:
        return read_sheets(text, known, required, reading)
    if BLANKS.fullmatch(text.data):
        raise Refused(EMPTY if len(text.data) < 2 else EMPTY.replace("is empty", "is blank"))
    separator = SEPARATOR.match(text.data)
    delimiter = separator[1].decode() if separator else _find_delimiter(text.data, known)
    records = index_records(text.data, delimiter)
    table = read_records(text, records, separator is not None, known, required, reading)
    return replace(table, encoding=text.encoding, delimiter=delimiter)


def every_record(
    data: bytes, delimiter: str | None, sheets: Sequence[str] = ()
) -> tuple[list[int], pa.Table]:
    """The lines and cells of every record that shows something, those that read_table leaves out
    too, with as many columns as the longest has. `delimiter` and `sheets` are its table's."""
    text = recognise(data)
    if not text.sheets:
        return _shown_records(text.data, delimiter or ",", False)
    texts = {sheet.name: sheet.text for sheet in text.sheets}
    lines: list[int] = []
    tables: list[pa.Table] = []
    for number, name in enumerate(sheets):
        of_sheet, cells = _shown_records(texts[name], ",", True)
        lines += [line + number * LINES_A_SHEET for line in of_sheet]
        tables.append(cells)
    widest = max(tables, key=lambda table: table.num_columns)
    return lines, pa.concat_tables(
        pa.table(
            [
                table.column(name)
                if name in table.column_names
                else pa.array([""] * table.num_rows, pa.string())
                for name in widest.column_names
            ],
            names=widest.column_names,
        )
        for table in tables
    )


def _shown_records(data: bytes, delimiter: str, is_sheet: bool) -> tuple[list[int], pa.Table]:
    records = index_records(data, delimiter)
    shown = ~records.blank
    cells, beyond = parse(records, shown, width_of(records, shown, 1))
    rows = np.flatnonzero(shown)
    lines = rows + 1 if is_sheet else records.lines[rows]
    long = {int(np.searchsorted(rows, row)): records.split(row) for row in beyond.tolist()}
    for column in range(cells.num_columns, max(map(len, long.values()), default=0)):
        texts = [""] * cells.num_rows
        for index, row_cells in long.items():
            texts[index] = row_cells[column] if column < len(row_cells) else ""
        cells = cells.append_column(f"c{column}", pa.array(texts, pa.string()))
    return lines.tolist(), cells


def _find_delimiter(data: bytes, known: frozenset[str]) -> str:
    """The one under which the first records show known headings, else agree on many cells."""
    sample = b"".join(_first_lines(data))
    best, best_score = ",", (0, 0.0)
    for delimiter in DELIMITERS:
        records = index_records(sample, delimiter)
        visible = np.flatnonzero(~records.blank)
        if not len(visible):
            continue
        hits = max(count_known(records.split(row), known) for row in visible.tolist())
        sizes = np.bincount(records.cells(visible))
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
