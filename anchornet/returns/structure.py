"""What is wrong with the shape of a list: headings that are none, lines that are not below them."""

import re
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from anchornet import formatting
from anchornet.returns.columns import Mapped
from anchornet.returns.csv_quotes import Positions
from anchornet.returns.dates import are_dates
from anchornet.returns.declaration import Field, Return, normalise_heading
from anchornet.returns.findings import LINES_A_SHEET, Finding, error
from anchornet.returns.lists import Table, normal_cells
from anchornet.returns.texts import truths

MOST_LOOKED_AT = 2_000
NOT_PLAIN = re.compile("[^a-z0-9]+")
MOST_SEARCHED, MOST_COLUMNS_SEARCHED = 200_000, 60
TEXT_EDITOR = "Open the file in a text editor, such as Notepad, not in Excel"


def shape_findings(
    cursor: DuckDBPyConnection, return_: Return, table: Table, mapped: Mapped
) -> Iterator[Finding]:
    """What is wrong with the whole, before any line of it is looked at."""
    for line, last in table.swallowed:
        row = last % LINES_A_SHEET
        if line == last:
            message = "whole lines of the list stand in one cell"
            cure = "Give each its own row, with each value in its own column."
        else:
            message = (
                f"a quote mark opens on this line and closes on line {row:,}, and whole lines of "
                "the list stand between the two"
            )
            cure = f"{TEXT_EDITOR}, and take out the quote mark that doesn't belong there."
        yield error("quoted_lines", line, None, message, cure)
    if table.garbled:
        count = len(table.garbled)
        lines = "a hundred lines or more" if count > 99 else formatting.counted(count, "line")
        yield Finding(
            "garbled",
            "warning",
            table.garbled[0],
            None,
            None,
            f"letters on {lines} are garbled, as when Ã© stands for é",
            "They were saved so before: export the list again, in Excel as CSV UTF-8. If no name "
            "or word matters that holds them, say so when you send.",
        )
    yield from _lines_above(cursor, return_, table, mapped)
    hits = return_.known_headings.intersection(map(normalise_heading, table.headings))
    if len(hits) < 2 and _is_a_line(cursor, return_, table.headings):
        yield error(
            "no_headings",
            table.heading_line,
            None,
            "this line stands where the headings should, and looks like a line of the list",
            "Put a line above it that names the columns, such as "
            f"{', '.join(field.title for field in return_.fields if field.required)}.",
        )
    if mapped.missing and len(hits) < 2:
        for line in _heading_lines(return_, table):
            yield error(
                "headings_below",
                line,
                None,
                "the headings seem to be on this line, below other lines",
                "Move it to the top, or say that your headings are on this line.",
            )


def _typed(return_: Return) -> list[Field]:
    return [field for field in return_.fields if field.required and field.type != "text"]


def _lines_above(
    cursor: DuckDBPyConnection, return_: Return, table: Table, mapped: Mapped
) -> Iterator[Finding]:
    """Lines above the headings in which all that has to be there reads as it should."""
    cells = table.aside.get("title")
    if cells is None or mapped.missing:
        return
    conditions = []
    for field in _typed(return_):
        text = f"c{mapped.columns[field.name]}"
        if field.type in ("date", "month"):
            dated = f"is_{field.name}"
            cells = cells.append_column(dated, pa.array(are_dates(cells.column(text)), pa.bool_()))
            conditions.append(dated)
        elif field.type == "money":
            # In whatever form: an amount that can't be read is not left out in silence either.
            conditions.append(f"regexp_full_match({text}, '[^A-Za-z]*[-–0-9][^A-Za-z]*')")
        else:
            conditions.append(f"{text} <> '' and ({field.parse(text)}) is not null")
    cursor.register("above", cells)
    lines = [
        line
        for (line,) in cursor.execute(
            f"select line from above where {' and '.join(conditions) or 'false'} order by line"
        ).fetchall()
    ]
    cursor.unregister("above")
    if lines:
        shown = formatting.lines([line % LINES_A_SHEET for line in lines[:3]], len(lines))
        one = len(lines) == 1
        yield error(
            "lines_above_headings",
            lines[0],
            None,
            f"{formatting.counted(len(lines), 'line')} above the headings "
            f"{'looks like a line' if one else 'look like lines'} of the list ({shown})",
            "Move the headings to the top: in Excel, cut their row and insert it above the first "
            "line of the list.",
        )


def _is_a_line(cursor: DuckDBPyConnection, return_: Return, cells: Sequence[str]) -> bool:
    """Whether each thing that a line has to hold can be read from one of the cells."""
    texts = pa.table({"text": pa.array(list(cells), pa.string())})
    fields = _typed(return_)
    for field in fields:
        if field.type in ("date", "month"):
            readable = any(are_dates(texts["text"]))
        else:
            cursor.register("heading_cells", texts)
            (readable,) = cursor.execute(
                f"select coalesce(bool_or(text <> '' and ({field.parse('text')}) is not null), "
                "false) from heading_cells"
            ).fetchone() or (False,)
            cursor.unregister("heading_cells")
        if not readable:
            return False
    return bool(fields)


def _heading_lines(return_: Return, table: Table) -> list[int]:
    """The first line in the list with two known headings."""
    cells = table.cells.slice(0, MOST_SEARCHED)
    hits = np.zeros(cells.num_rows, dtype=np.int64)
    for name in cells.column_names[1 : MOST_COLUMNS_SEARCHED + 1]:
        column = cells.column(name)
        texts = column.unique().to_pylist()
        known = [text for text in texts if normalise_heading(text) in return_.known_headings]
        if known:
            hits += pc.is_in(column, value_set=pa.array(known, pa.string())).to_numpy()
    first = np.flatnonzero(hits >= 2)[:1]
    return [cells["line"][int(row)].as_py() for row in first]


def other_headings(
    return_: Return, table: Table, lines: Positions
) -> tuple[list[int], list[Finding]]:
    """Among lines that don't read: those that repeat the headings, and those that are headings of
    other columns, or of the same in another order."""
    rows = table.at(lines[:MOST_LOOKED_AT]).combine_chunks()
    own = normal_cells(table.headings)
    known = return_.known_headings | {heading for heading in own if heading}
    # Most are lines of figures: by their plain letters alone it is seen that they are no headings.
    plain = {NOT_PLAIN.sub("", heading) for heading in known}
    likely = np.zeros(rows.num_rows, dtype=bool)
    for cells in rows.columns[1:]:
        letters = pc.replace_substring_regex(pc.utf8_lower(cells), NOT_PLAIN.pattern, "")
        likely |= pc.is_in(letters, value_set=pa.array(plain, pa.string())).to_numpy()
    repeats, others = [], []
    for row in rows.filter(truths(likely)).to_pylist():
        line, *cells = row.values()
        normal = normal_cells(cells)
        if normal == own:
            repeats.append(line)
        elif len(known.intersection(normal)) >= 2:
            others.append(
                error(
                    "other_headings",
                    line,
                    None,
                    "this line is a second row of headings, and its columns are different or in "
                    "another order",
                    "Below it the columns hold something else than above. Send the two parts as "
                    "files of their own, or bring them under the same headings.",
                )
            )
    return repeats, others
