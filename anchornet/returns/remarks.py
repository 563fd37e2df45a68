"""What is to be said of a whole list, or once of a column, and what is left out of it."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from anchornet import formatting
from anchornet.returns.columns import Mapped
from anchornet.returns.declaration import Return
from anchornet.returns.field_types import NO_RESULT
from anchornet.returns.findings import LINES_A_SHEET, Finding, error
from anchornet.returns.hits import Hits, did_you_mean
from anchornet.returns.lists import Skipped, Table
from anchornet.returns.structure import other_headings
from anchornet.returns.texts import whole_numbers
from anchornet.returns.totals import find_totals
from anchornet.returns.typed_rows import TypedRows

POINT_FOR_THOUSANDS = "[^0-9]*[1-9][0-9]{0,2}[.][0-9]{3}[^0-9]*"


def leave_out(
    cursor: DuckDBPyConnection,
    return_: Return,
    table: Table,
    mapped: Mapped,
    hits: Hits,
    rows: TypedRows,
) -> tuple[Table, TypedRows, list[Finding]]:
    """Takes totals and repeated headings out of the rows; what is left, and what to say of totals
    that are no sums and of headings of other columns."""
    sums, findings = find_totals(cursor, return_, table, mapped, rows)
    unread = [
        index
        for index, entry in enumerate(hits.reported)
        if entry.rule.fields
        and (declared := return_.field(entry.rule.fields[0])).required
        and entry.rule.id == declared.kind.rule
    ]
    repeats, others = other_headings(return_, table, hits.of(*unread))
    gone = [*sums, *repeats, *(finding.line for finding in others if finding.line is not None)]
    if gone:
        rows = rows.without(gone).show(cursor)
        hits.forget_lines(gone)
    for what, left in {"total": sums, "repeated_heading": repeats}.items():
        if left:
            out = pc.is_in(table.cells["line"], value_set=whole_numbers(np.asarray(left)))
            table = replace(
                table,
                cells=table.cells.filter(pc.invert(out)),
                skipped=with_skipped(table, what, left),
            )
    return table, rows, [*findings, *others]


def with_skipped(table: Table, what: str, lines: list[int]) -> tuple[Skipped, ...]:
    """What was left out, with some more lines of one kind."""
    several = len(table.sheets) > 1
    kinds = {(one.what, one.sheet): one for one in table.skipped}
    for line in sorted(lines):
        sheet = table.sheets[line // LINES_A_SHEET] if several else ""
        before = kinds.get((what, sheet), Skipped(what, (), 0, sheet))
        first = tuple(sorted({*before.lines, line % LINES_A_SHEET if several else line}))[:10]
        kinds[what, sheet] = Skipped(what, first, before.count + 1, sheet)
    return tuple(kinds.values())


def leave_out_columns(
    cursor: DuckDBPyConnection,
    return_: Return,
    table: Table,
    mapped: Mapped,
    hits: Hits,
    rows: TypedRows,
) -> tuple[Mapped, TypedRows, list[Finding]]:
    """Optional columns of which most doesn't read hold something else: they are left out, with one
    finding. The mapping and the rows without them."""
    used, findings = mapped, []
    counts = hits.counts()
    for index, entry in enumerate(hits.reported):
        field = return_.field(entry.rule.fields[0]) if entry.rule.fields else None
        if not field or field.required or entry.rule.id != field.kind.rule or field.type == "text":
            continue
        wrong, right = counts.get(index, 0), rows.readable(field.name)
        # What reads as a postcode is one, however many others are abroad.
        if wrong < 2 or wrong <= right or (field.type == "postcode" and right):
            continue
        meant = did_you_mean(table, field, entry.column, hits.of(index))
        hits.forget_rules([index])
        rows = rows.without_column(field.name).show(cursor)
        columns = {name: at for name, at in used.columns.items() if name != field.name}
        used = replace(used, columns=columns)
        message = (
            f"{wrong:,} of {wrong + right:,} cells of {entry.heading} don't read as "
            f"{field.title}, so we left the column out"
        )
        cure = f"{meant}If it holds something else, choose none of your columns for {field.title}."
        where = (table.heading_line, entry.heading, None)
        findings.append(Finding("column_left_out", "warning", *where, message, cure))
    return used, rows, findings


def count_notes(hits: Hits) -> Iterator[str]:
    """Says once for a column what was read in an unusual form."""
    notes = {
        index: count
        for index, count in hits.counts().items()
        if hits.reported[index].rule.severity == "form"
    }
    for index, count in notes.items():
        cells = formatting.counted(count, "cell")
        entry = hits.reported[index]
        yield f"{entry.heading}: in {cells} {entry.rule.message}."
    hits.forget_rules(notes)


def unclosed_quotes(table: Table) -> Iterator[str]:
    if table.unclosed:
        lines = [line % LINES_A_SHEET for line in table.unclosed]
        where = formatting.lines(lines[:3], len(lines))
        yield f"A quote mark that opens and never closes was read as a character ({where})."


def unused_formulas(table: Table, mapped: Mapped) -> Iterator[str]:
    """Says of formulas without a result where nothing is read from them: a workbook that was never
    calculated is one to look at."""
    unused = set(range(len(table.headings))) - set(mapped.columns.values())
    for column in sorted(unused) if table.sheets else ():
        cells = table.cells.column(f"c{column}")
        if count := pc.sum(pc.equal(cells, NO_RESULT)).as_py():
            yield (
                f"{table.headings[column] or 'A column without a heading'}: in "
                f"{formatting.counted(count, 'cell')} a formula holds no result. Open the file in "
                "Excel and save it again."
            )


def thousands(table: Table, hits: Hits) -> Iterator[Finding]:
    """Amounts with three figures after the point, in a column where every point has three and no
    more than three before: 1.234 may be a thousand and more."""
    for index, entry in enumerate(hits.reported):
        if entry.rule.id != "rounded" or index not in hits.lines:
            continue
        cells = table.cells.column(f"c{entry.column}")
        pointed = cells.filter(pc.match_substring(cells, "."))
        may_be = pc.match_substring_regex(pointed, f"^{POINT_FOR_THOUSANDS}$")
        if len(pointed) and pc.all(may_be).as_py():
            example = pointed[0].as_py()
            yield error(
                "point_for_thousands",
                None,
                entry.heading,
                f"every point in this column has three figures after it, such as {example}, and "
                "may stand for thousands",
                "In Excel: mark the column, Format Cells, Number, two decimal places, no thousands "
                "separator. Look whether the amounts are right, and save the file again.",
            )


def whole_file(return_: Return, table: Table, mapped: Mapped) -> Iterator[Finding]:
    """What is wrong with the file rather than with a line."""
    headings = ", ".join(heading for heading in table.headings if heading)
    for missing in mapped.missing:
        message = f"There is no column for {missing.title}"
        cure = f"Add it, or say which of your columns it is. Your columns are: {headings}."
        yield error("missing_column", table.heading_line, missing.title, message, cure)
    for name, heading in mapped.ambiguous.items():
        message = f"Two columns are headed {heading}"
        cure = f"Keep the one for {return_.field(name).title}, or give them different headings."
        yield error("two_columns", table.heading_line, heading, message, cure)
    for name, others in mapped.others.items():
        heading = mapped.heading(name) or ""
        title = return_.field(name).title
        message = f"{formatting.listed([heading, *others])} could each be {title}"
        cure = f"We read {heading}. Choose the other if that is wrong, or say why it is right."
        where = (table.heading_line, heading, None)
        yield Finding("two_fit", "warning", *where, message, cure)
    if not table.cells.num_rows:
        cure = "If there was nothing this month, send a nil return instead of a file."
        yield error("no_rows", None, None, "There is nothing under the headings", cure)
