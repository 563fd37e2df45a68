"""A table of text → typed rows and findings, in one pass of SQL inside DuckDB.

Each row rule is one bit of a number that stands beside the typed row; a row of clean data costs
nothing more. Only rows with a bit set are looked at again, for the text that the
sender wrote.
"""

import ctypes
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from anchornet import formatting
from anchornet.periods import add_months, month_text
from anchornet.returns import pii
from anchornet.returns.columns import Mapped, map_headings
from anchornet.returns.csv_reader import AS_IT_IS, Reading, Skipped, Table, read_table
from anchornet.returns.dates import DateColumn, read_column
from anchornet.returns.declaration import UNUSUAL_TOTAL, Return, Rule, normalise_heading
from anchornet.returns.field_types import NO_RESULT
from anchornet.returns.findings import (
    EXAMPLES,
    LINES_A_SHEET,
    Finding,
    FindingGroup,
    Findings,
    Reported,
    error,
    placed,
)
from anchornet.returns.outliers import PeriodTotals, unusual_totals
from anchornet.returns.structure import other_headings, shape_findings
from anchornet.returns.totals import find_totals

MOST_ASKED = 200  # different texts of which it is asked what was meant
LARGE = 16 << 20  # bytes: from here on memory is worth giving back
LONG_ROW = "Look for a comma inside a value that is not in quotes, and a value in the wrong column."
POINT_FOR_THOUSANDS = "[^0-9]*[1-9][0-9]{0,2}[.][0-9]{3}[^0-9]*"
SHOWN = ("rule", "severity", "sheet", "line", "column", "value", "message", "cure")
SHORT_ROW = "Look for a line break inside a value, and a column that is missing on this line."


@dataclass(frozen=True)
class Checked:
    """A file as checked. Its typed rows wait in the temp table `checked` (line, <fields>) of the
    cursor that checked it, until that cursor checks another or is closed. `notes` are sentences on
    how it was read; `month_first` names the columns that read if the sender confirms that their
    dates are month first."""

    return_: Return
    table: Table
    mapped: Mapped
    rows: int
    periods: tuple[PeriodTotals, ...]
    errors: int
    warnings: int
    cursor: DuckDBPyConnection = field(repr=False)
    notes: tuple[str, ...] = ()
    month_first: tuple[str, ...] = ()
    _of_file: tuple[Finding, ...] = ()
    _reported: tuple[Reported, ...] = ()
    _words: Mapping[str, str] = field(default_factory=dict)

    def without_text(self) -> "Checked":
        """Lets go of the text as sent, which is as large as the file; the rows stay."""
        self.cursor.unregister("raw")
        cells = self.table.cells.schema.empty_table()
        return replace(self, table=replace(self.table, cells=cells))

    def findings(self) -> Findings:
        """All of them; they outlive the cursor."""
        return self._findings("from line_findings order by line, reported")

    def _findings(self, sql: str) -> Findings:
        rows = self.cursor.execute(sql).to_arrow_table()
        return Findings(self._of_file, self._reported, self._words, rows, self.table.sheets)

    def groups(self) -> list[FindingGroup]:
        """Findings by rule and column, errors first, the most frequent first."""
        first = self._findings(
            f"""
            from line_findings
            qualify row_number() over (partition by reported order by line) <= {EXAMPLES}
            order by line, reported
            """
        )
        examples: dict[int, list[Finding]] = {}
        for index, finding in first.numbered():
            examples.setdefault(index, []).append(finding)
        counted = [(1, [finding]) for finding in self._of_file]
        counted += [(count, examples[index]) for index, count in _counts(self.cursor).items()]
        groups = [
            FindingGroup(shown[0].rule, shown[0].severity, shown[0].column, count, tuple(shown))
            for count, shown in counted
        ]
        return sorted(groups, key=lambda group: (group.severity != "error", -group.count))

    def summary(self, file: str = "") -> dict[str, Any]:
        """The check as JSON-ready values; every finding, uncapped."""
        return {
            "return": self.return_.name,
            "file": file,
            "encoding": self.table.encoding,
            "delimiter": self.table.delimiter,
            "skipped_lines": self.table.skipped_lines,
            "notes": [*self.notes, *(skipped.sentence for skipped in self.table.skipped)],
            "rows": self.rows,
            "periods": [
                {
                    "period": month_text(month.period) if month.period else None,
                    "rows": month.rows,
                    "totals": {name: float(total) for name, total in month.totals.items()},
                }
                for month in self.periods
            ],
            "errors": self.errors,
            "warnings": self.warnings,
            "findings": [
                {name: getattr(finding, name) for name in SHOWN} for finding in self.findings()
            ],
        }


def check_file(
    cursor: DuckDBPyConnection,
    return_: Return,
    data: bytes,
    *,
    period: date | None = None,
    mapping: str | None = None,
    headings: Mapping[str, str] | None = None,
    remembered: Mapping[str, str] | None = None,
    member_id: str | None = None,
    reading: Reading = AS_IT_IS,
) -> Checked:
    """Raises Refused for what is no list at all, and MappingError for a mapping that doesn't
    exist."""
    table = read_list(return_, data, reading, headings, remembered)
    if len(data) > LARGE:
        give_memory_back()
    mapped = map_headings(
        return_, table.headings, explicit=headings, named=mapping, remembered=remembered
    )
    return check(
        cursor,
        return_,
        table,
        mapped,
        period=period,
        member_id=member_id,
        month_first=bool(reading.month_first),
    )


def read_list(
    return_: Return, data: bytes, reading: Reading, *own: Mapping[str, str] | None
) -> Table:
    """The list in a file for a return; `own` are the sender's headings by field. Raises Refused."""
    names = {
        field.name: {normalise_heading(one[field.name]) for one in own if one and field.name in one}
        for field in return_.fields
    }
    known = return_.known_headings.union(*names.values()) - {""}
    required = [field for field in return_.fields if field.required]
    pairs = zip(required, return_.required_headings, strict=True)
    return read_table(data, known, [known_as | names[f.name] for f, known_as in pairs], reading)


def give_memory_back() -> None:
    """Returns to the system what was needed and no longer is; the allocators would keep it."""
    pa.default_memory_pool().release_unused()
    with suppress(OSError, AttributeError):  # only the GNU C library has this, and keeps so much
        ctypes.CDLL(None).malloc_trim(0)


def check(
    cursor: DuckDBPyConnection,
    return_: Return,
    table: Table,
    mapped: Mapped,
    *,
    period: date | None = None,
    member_id: str | None = None,
    month_first: bool = False,
) -> Checked:
    """Types every row and finds everything wrong at once.

    Without a period the period's own rules are left out. Rules that look at the member's other
    returns run only where the member is named and the cursor is the network's; those that look up
    places only where the cursor's catalogue `reference` is filled.
    """
    dates = _read_dates(return_, table, mapped, period, month_first)
    cells = table.cells
    for name, column in dates.items():
        cells = cells.append_column(f"d{mapped.columns[name]}", column.days)
    for name, values in _read_words(return_, table, mapped):
        cells = cells.append_column(f"d{mapped.columns[name]}", values)
    cursor.register("raw", cells)
    reported = list(_reported(return_, mapped))
    row_rules = [
        (index, rule)
        for index, rule in enumerate(entry.rule for entry in reported)
        if rule.broken and (period or rule.scope != "period")
    ]
    _type_rows(cursor, return_, mapped, [rule for _, rule in row_rules], period)
    _find_row_hits(cursor, [index for index, _ in row_rules])
    of_file = [*_of_file(return_, table, mapped), *pii.headings(table)]
    of_file += shape_findings(cursor, return_, table, mapped)
    table, shape = _leave_out(cursor, return_, table, mapped, reported)
    of_file += shape
    used, left_out = _left_out_columns(cursor, return_, table, mapped, reported)
    of_file += left_out
    notes = [*table.notes, *_unclosed_quotes(table), *mapped.notes]
    notes += [column.note for column in dates.values() if column.note]
    notes += [*_count_notes(cursor, reported), *_unused_formulas(table, mapped)]
    of_file += _thousands(cursor, reported)
    _find_line_hits(cursor, reported, member_id)
    _find_personal(cursor, return_, table, used, reported)
    of_file += _find_doubtful_dates(cursor, return_, table, mapped, dates, reported)
    _find_shifted(cursor, return_, table, mapped, reported)
    _quote_cells(cursor, table, reported)
    _find_meant(cursor, return_, reported)
    counts = _counts(cursor)
    periods = _period_totals(cursor, return_, period)

    def total(severity: str) -> int:
        lines = sum(n for index, n in counts.items() if reported[index].rule.severity == severity)
        return lines + sum(finding.severity == severity for finding in of_file)

    # What has errors has other totals once they are put right.
    if member_id and not total("error"):
        for unusual in reported:
            if unusual.rule.id == UNUSUAL_TOTAL:
                of_file += unusual_totals(cursor, return_, unusual, periods, member_id)
    return Checked(
        return_=return_,
        table=table,
        mapped=mapped,
        rows=table.cells.num_rows,
        periods=periods,
        errors=total("error"),
        warnings=total("warning"),
        cursor=cursor,
        notes=tuple(notes),
        month_first=tuple(
            mapped.heading(name) or ""
            for name, column in dates.items()
            if column.confirmable or column.question
        ),
        _of_file=tuple(placed(finding, table.sheets) for finding in of_file),
        _reported=tuple(reported),
        _words={"period": formatting.month(period)} if period else {},
    )


def _read_dates(
    return_: Return, table: Table, mapped: Mapped, period: date | None, month_first: bool
) -> dict[str, DateColumn]:
    """Each column of dates, decided as a whole."""
    return {
        field.name: read_column(
            table.cells.column(f"c{mapped.columns[field.name]}"),
            mapped.heading(field.name) or "",
            months=field.type == "month",
            month_first=month_first,
            period=period if field.name == return_.period_field else None,
        )
        for field in return_.fields
        if field.type in ("date", "month") and field.name in mapped.columns
    }


def _read_words(
    return_: Return, table: Table, mapped: Mapped
) -> Iterator[tuple[str, pa.ChunkedArray]]:
    """The columns that hold few different texts, each text read once."""
    for declared in return_.fields:
        read, column = declared.kind.read, mapped.columns.get(declared.name)
        if read and column is not None:
            encoded = pc.dictionary_encode(table.cells.column(f"c{column}")).unify_dictionaries()
            texts = encoded.chunk(0).dictionary.to_pylist() if encoded.num_chunks else []
            kind = pa.bool_() if declared.type == "yes_no" else pa.string()
            values = pa.array([read(text, declared.words_for_codes) for text in texts], kind)
            chunks = [values.take(chunk.indices) for chunk in encoded.chunks]
            yield declared.name, pa.chunked_array(chunks, kind)


def _leave_out(
    cursor: DuckDBPyConnection,
    return_: Return,
    table: Table,
    mapped: Mapped,
    reported: list[Reported],
) -> tuple[Table, list[Finding]]:
    """Takes totals and repeated headings out of the rows; what is left of the table, and what to
    say of totals that are no sums and of headings of other columns."""
    sums, findings = find_totals(cursor, return_, table, mapped)
    unread = [
        index
        for index, entry in enumerate(reported)
        if entry.rule.fields
        and (declared := return_.field(entry.rule.fields[0])).required
        and entry.rule.id == declared.kind.rule
    ]
    lines = cursor.execute(
        "select distinct line from hits where list_contains(?::integer[], reported) order by line",
        [unread],
    ).fetchall()
    repeats, others = other_headings(return_, table, [line for (line,) in lines])
    _forget(cursor, [*sums, *repeats, *(finding.line for finding in others)])
    gone = {"total": sums, "repeated_heading": repeats}
    for what, left in gone.items():
        if left:
            rows = pc.is_in(table.cells["line"], value_set=pa.array(left, pa.int32()))
            table = replace(
                table,
                cells=table.cells.filter(pc.invert(rows)),
                skipped=with_skipped(table, what, left),
            )
    return table, [*findings, *others]


def _forget(cursor: DuckDBPyConnection, lines: list[int | None]) -> None:
    """Lets go of lines that are no rows, and of what seems wrong with them."""
    for name in ("checked", "hits") if lines else ():
        cursor.execute(f"delete from {name} where line in (select unnest(?::integer[]))", [lines])


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


def _left_out_columns(
    cursor: DuckDBPyConnection,
    return_: Return,
    table: Table,
    mapped: Mapped,
    reported: list[Reported],
) -> tuple[Mapped, list[Finding]]:
    """Optional columns of which most doesn't read hold something else: they are left out, with one
    finding. The mapping without them."""
    used, findings = mapped, []
    counts = dict(
        cursor.execute("select reported, count(*) from hits group by reported").fetchall()
    )
    names = [field.name for field in return_.fields]
    sql = f"select {', '.join(f'count({name})' for name in names)} from checked"
    readable = dict(zip(names, cursor.execute(sql).fetchone() or (), strict=True))
    for index, entry in enumerate(reported):
        field = return_.field(entry.rule.fields[0]) if entry.rule.fields else None
        if not field or field.required or entry.rule.id != field.kind.rule or field.type == "text":
            continue
        wrong, right = counts.get(index, 0), readable[field.name]
        # What reads as a postcode is one, however many others are abroad.
        if wrong < 2 or wrong <= right or (field.type == "postcode" and right):
            continue
        cursor.execute("delete from hits where reported = ?", [index])
        cursor.execute(f"update checked set {field.name} = null")
        columns = {name: at for name, at in used.columns.items() if name != field.name}
        used = replace(used, columns=columns)
        message = (
            f"{wrong:,} of {wrong + right:,} cells of {entry.heading} don't read as "
            f"{field.title}, so we left the column out"
        )
        cure = f"If it holds something else, choose none of your columns for {field.title}."
        where = (table.heading_line, entry.heading, None)
        findings.append(Finding("column_left_out", "warning", *where, message, cure))
    return used, findings


def _count_notes(cursor: DuckDBPyConnection, reported: list[Reported]) -> Iterator[str]:
    """Says once for a column what was read in an unusual form."""
    notes = [index for index, entry in enumerate(reported) if entry.rule.severity == "form"]
    if not notes:
        return
    counts = cursor.execute(
        "select reported, count(*) from hits where list_contains(?::integer[], reported) "
        "group by reported order by reported",
        [notes],
    ).fetchall()
    for index, count in counts:
        cells = formatting.counted(count, "cell")
        yield f"{reported[index].heading}: in {cells} {reported[index].rule.message}."
    if counts:
        cursor.execute("delete from hits where list_contains(?::integer[], reported)", [notes])


def _unclosed_quotes(table: Table) -> Iterator[str]:
    if table.unclosed:
        lines = [line % LINES_A_SHEET for line in table.unclosed]
        where = formatting.lines(lines[:3], len(lines))
        yield f"A quote mark that opens and never closes was read as a character ({where})."


def _unused_formulas(table: Table, mapped: Mapped) -> Iterator[str]:
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


def _thousands(cursor: DuckDBPyConnection, reported: list[Reported]) -> Iterator[Finding]:
    """Amounts with three figures after the point, in a column where every point has three and no
    more than three before: 1.234 may be a thousand and more."""
    for index, entry in enumerate(reported):
        if entry.rule.id != "rounded":
            continue
        cell = f"c{entry.column}"
        first = cursor.execute(
            f"""
            select min_by({cell}, line)
            from raw
            where contains({cell}, '.')
              and exists (from hits where reported = ?)
            having bool_and(regexp_full_match({cell}, '{POINT_FOR_THOUSANDS}'))
            """,
            [index],
        ).fetchone()
        if first and first[0]:
            yield error(
                "point_for_thousands",
                None,
                entry.heading,
                f"every point in this column has three figures after it, such as {first[0]}, and "
                "may stand for thousands",
                "In Excel: mark the column, Format Cells, Number, two decimal places, no thousands "
                "separator. Look whether the amounts are right, and save the file again.",
            )


def _find_doubtful_dates(
    cursor: DuckDBPyConnection,
    return_: Return,
    table: Table,
    mapped: Mapped,
    dates: Mapping[str, DateColumn],
    reported: list[Reported],
) -> list[Finding]:
    """Adds the cells that read two ways in a column that doesn't say which; asks of columns that
    may mean something else."""
    asked = []
    for name, dated in dates.items():
        field, column = return_.field(name), mapped.columns[name]
        if dated.question:
            where = (table.heading_line, mapped.heading(name), None)
            asked.append(Finding("month_or_day", "warning", *where, *dated.question))
        if not dated.doubtful:
            continue
        severity = "error" if field.required else "warning"
        rule = Rule("day_or_month", severity, (name,), *dated.doubt)
        doubtful = pa.array(sorted(dated.doubtful), pa.string())
        cells = table.cells.column(f"c{column}")
        lines = table.cells["line"].filter(pc.is_in(cells, value_set=doubtful)).to_pylist()
        _report_instead(cursor, reported, Reported(rule, mapped.heading(name), column), lines)
    return asked


def _report_instead(
    cursor: DuckDBPyConnection, reported: list[Reported], entry: Reported, lines: list[int]
) -> None:
    """Adds hits of a rule, in place of all else that seems wrong with the same cells."""
    same_cell = [i for i, other in enumerate(reported) if other.column == entry.column]
    cursor.execute(
        "delete from hits where list_contains(?::integer[], reported) "
        "and line in (select unnest(?::integer[]))",
        [same_cell, lines],
    )
    cursor.execute("insert into hits select ?, unnest(?::integer[])", [len(reported), lines])
    reported.append(entry)


def _of_file(return_: Return, table: Table, mapped: Mapped) -> Iterator[Finding]:
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


def _reported(return_: Return, mapped: Mapped) -> Iterator[Reported]:
    """The rules that can be asked of this file: those whose columns are there."""
    for rule in return_.rules:
        first, *others = rule.fields
        if first in mapped.columns:
            other_columns = tuple(mapped.columns.get(name) for name in others)
            yield Reported(rule, mapped.heading(first), mapped.columns[first], other_columns)


def _type_rows(
    cursor: DuckDBPyConnection,
    return_: Return,
    mapped: Mapped,
    row_rules: list[Rule],
    period: date | None,
) -> None:
    """Makes the temp table checked(line, <fields>, broken): bit n of broken is row rule n."""
    columns = [f"c{column} as text_{name}" for name, column in mapped.columns.items()]
    for f in return_.fields:
        if f.name not in mapped.columns:
            typed = f"null::{f.kind.sql}"
        elif f.type in ("date", "month") or f.kind.read:
            typed = f"d{mapped.columns[f.name]}"
        elif f.kind.odd:
            columns.append(f"odd_{f.name}")
            typed = f.kind.parse(f"c{mapped.columns[f.name]}", {}, f"odd_{f.name}")
        else:
            typed = f.parse(f"c{mapped.columns[f.name]}")
        columns.append(f"{typed} as {f.name}")
    odd = "".join(
        f", {f.kind.odd(f'c{mapped.columns[f.name]}')} as odd_{f.name}"
        for f in return_.fields
        if f.kind.odd and f.name in mapped.columns
    )
    bits = " | ".join(
        f"(case when {_condition(rule, period)} then {1 << bit} else 0 end)::bigint"
        for bit, rule in enumerate(row_rules)
    )
    cursor.execute(
        f"""
        create or replace temp table checked as
        select line, {", ".join(f.name for f in return_.fields)}, {bits or "0::bigint"} as broken
        from (select line, {", ".join(columns)} from (select *{odd} from raw))
        """
    )


def _condition(rule: Rule, period: date | None) -> str:
    """A row rule as SQL over the typed names, with the cell as sent for {text}."""
    name = rule.fields[0]
    condition = (rule.broken or "").replace("{text}", f"text_{name}")
    condition = condition.replace("{odd}", f"odd_{name}")
    if period:
        condition = condition.replace("period_start", f"date '{period}'").replace(
            "period_end", f"(date '{add_months(period, 1)}' - 1)"
        )
    return f"({condition})"


def _find_row_hits(cursor: DuckDBPyConnection, row_rules: list[int]) -> None:
    """Makes the temp table hits(reported, line): where the rules of rows are broken."""
    cursor.execute("create or replace temp table hits (reported integer, line integer)")
    if row_rules:
        cursor.execute(
            f"""
            insert into hits
            select unnest(list_filter({row_rules},
              lambda number, bit: (broken >> (bit - 1)) & 1 = 1)), line
            from checked
            where broken <> 0
            """
        )


def _find_line_hits(
    cursor: DuckDBPyConnection, reported: list[Reported], member_id: str | None
) -> None:
    """Adds where the rules that look at several lines are broken."""
    unasked = set() if member_id else {"member"}
    if not _has_places(cursor):
        unasked.add("places")
    for index, rule in enumerate(entry.rule for entry in reported):
        if rule.lines and rule.scope not in unasked:
            parameters = {"member_id": member_id} if "$member_id" in rule.lines else {}
            cursor.execute(f"insert into hits select {index}, line from ({rule.lines})", parameters)


def _find_personal(
    cursor: DuckDBPyConnection,
    return_: Return,
    table: Table,
    mapped: Mapped,
    reported: list[Reported],
) -> None:
    """Adds cells that look like personal data; what else is wrong with them is a knock-on."""
    for personal, condition in pii.cells(cursor, return_, table, mapped):
        lines = cursor.execute(f"select line from raw where {condition}").fetchall()
        _report_instead(cursor, reported, personal, [line for (line,) in lines])


def _find_shifted(
    cursor: DuckDBPyConnection,
    return_: Return,
    table: Table,
    mapped: Mapped,
    reported: list[Reported],
) -> None:
    """Makes the temp table shifted(reported, line, cells): lines with more cells than headings, or
    with fewer than are needed. What else seems wrong on them is their knock-on."""
    needed = max((mapped.columns.get(f.name, -1) for f in return_.fields if f.required), default=-1)
    cursor.execute(
        "create or replace temp table shifted (reported integer, line integer, cells integer)"
    )
    message = f"the line has {{value}} cells, and there are {len(table.headings)} headings"
    too_short = table.short[1] <= needed
    for rule, cure, lines, cells in (
        ("long_row", LONG_ROW, *table.long),
        ("short_row", SHORT_ROW, table.short[0][too_short], table.short[1][too_short]),
    ):
        cursor.execute(
            "insert into shifted select ?, unnest(?::integer[]), unnest(?::integer[])",
            [len(reported), lines.tolist(), cells.tolist()],
        )
        reported.append(Reported(Rule(rule, "error", (), message, cure)))


def _quote_cells(cursor: DuckDBPyConnection, table: Table, reported: list[Reported]) -> None:
    """Makes the temp table line_findings(reported, line, value, others): the hits with what the
    sender wrote, without the knock-ons of shifted lines."""
    cursor.execute("delete from hits where line in (select line from shifted)")
    lines = cursor.execute("select distinct line from hits order by line").to_arrow_table()["line"]
    # Few lines are hit, and DuckDB, which can't see how long the text is, would hash all of it.
    # A mask, not numbers of rows: taking those would copy the text into one piece first.
    hit_rows = table.cells.filter(pc.is_in(table.cells["line"], value_set=lines))
    cursor.register("hit_rows", hit_rows)
    cursor.execute(
        f"""
        create or replace temp table line_findings as
        select reported, line, {_quoted(reported)}
        from hits
        join hit_rows using (line)
        union all
        select reported, line, cells::varchar, null
        from shifted
        """
    )
    cursor.unregister("hit_rows")


def _find_meant(cursor: DuckDBPyConnection, return_: Return, reported: list[Reported]) -> None:
    """Adds to rules that a code breaks, by itself or where places are looked up, what was meant by
    each different text, of the first MOST_ASKED."""
    for index, entry in enumerate(reported):
        kind = return_.field(entry.rule.fields[0]).kind if entry.rule.fields else None
        is_asked = kind and (entry.rule.scope == "places" or entry.rule.id == kind.rule)
        if not (kind and kind.meant and is_asked) or not _has_places(cursor):
            continue
        cursor.execute(
            f"""
            create or replace temp table asked as
            select distinct value
            from line_findings
            where reported = {index} and value <> ''
            limit {MOST_ASKED}
            """
        )
        if not cursor.execute("from asked").fetchone():
            continue
        rows = cursor.execute(kind.meant).fetchall()
        meant = {
            value: f"{code}, {'' if code[2] == '5' else 'in '}{name}" for value, code, name in rows
        }
        reported[index] = replace(entry, meant=meant)


def _has_places(cursor: DuckDBPyConnection) -> bool:
    rows = cursor.execute("from duckdb_tables() where database_name = 'reference'").fetchone()
    return rows is not None


def _quoted(reported: list[Reported]) -> str:
    """SQL for what the sender wrote in the reported cell, and in the others its sentence quotes."""
    values: dict[str, list[str]] = {}
    others: dict[str, list[str]] = {}
    for index, entry in enumerate(reported):
        if entry.column is not None:
            values.setdefault(f"c{entry.column}", []).append(str(index))
        if entry.other_columns:
            cells = ", ".join("''" if n is None else f"c{n}" for n in entry.other_columns)
            others.setdefault(f"[{cells}]", []).append(str(index))

    def pick(indexes: dict[str, list[str]]) -> str:
        when = " ".join(f"when reported in ({', '.join(n)}) then {c}" for c, n in indexes.items())
        return f"case {when} end" if when else "null"

    return f"({pick(values)})::varchar as value, ({pick(others)})::varchar[] as others"


def _counts(cursor: DuckDBPyConnection) -> dict[int, int]:
    return dict(
        cursor.execute("select reported, count(*) from line_findings group by reported").fetchall()
    )


def _period_totals(
    cursor: DuckDBPyConnection, return_: Return, period: date | None
) -> tuple[PeriodTotals, ...]:
    """Rows and sums by month, of the lines that have one."""
    month, where = "$period::date", ""
    if day := return_.period_field:
        month = f"date_trunc('month', {day})::date"
        where = f"where {day} between date '2000-01-01' and date '2100-12-31'"
    sums = ", ".join(f"coalesce(sum({name}), 0)" for name in return_.totals)
    months = cursor.execute(
        f"select {month} as month, count(*), {sums} from checked {where} "
        "group by month order by month",
        {} if day else {"period": period},
    ).fetchall()
    return tuple(
        PeriodTotals(month, rows, dict(zip(return_.totals, map(Decimal, totals), strict=True)))
        for month, rows, *totals in months
    )
