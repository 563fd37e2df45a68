"""A table of text → typed rows and findings.

What can be asked of a column is asked of its different texts; each rule of a row leaves the numbers
of the rows on which it is broken. Only those are looked at again, for the text that the sender
wrote.
"""

import ctypes
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from operator import attrgetter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from anchornet.periods import month_text
from anchornet.returns import pii
from anchornet.returns.columns import Mapped, map_headings
from anchornet.returns.csv_reader import AS_IT_IS, Reading, Table, read_table
from anchornet.returns.csv_records import in_threads
from anchornet.returns.dates import DateColumn, read_column
from anchornet.returns.declaration import UNUSUAL_TOTAL, Return, normalise_heading
from anchornet.returns.findings import (
    EXAMPLES,
    Finding,
    FindingGroup,
    Findings,
    Reported,
    placed,
)
from anchornet.returns.hits import (
    Hits,
    find_doubtful_dates,
    find_line_hits,
    find_meant,
    lines_at,
    quoted_hits,
    report_instead,
    shifted_lines,
)
from anchornet.returns.outliers import PeriodTotals, sums_given, unusual_totals
from anchornet.returns.remarks import (
    count_notes,
    leave_out,
    leave_out_columns,
    thousands,
    unclosed_quotes,
    unused_formulas,
    whole_file,
)
from anchornet.returns.structure import shape_findings
from anchornet.returns.texts import Texts, texts_of
from anchornet.returns.typed_rows import TypedRows, type_rows

LARGE = 16 << 20  # bytes: from here on memory is worth giving back
SHOWN = ("rule", "severity", "sheet", "line", "column", "value", "message", "cure")


@dataclass(frozen=True)
class Checked:
    """A file as checked. Its typed rows wait in the view `checked` (line, <fields>) of the cursor
    that checked it, until that cursor checks another or is closed. `notes` are sentences on
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
    _findings: Findings = field(repr=False)
    notes: tuple[str, ...] = ()
    month_first: tuple[str, ...] = ()

    def without_text(self) -> "Checked":
        """Lets go of the text as sent, which is as large as the file; the rows stay."""
        cells = self.table.cells.schema.empty_table()
        return replace(self, table=replace(self.table, cells=cells))

    def findings(self) -> Findings:
        """All of them; they outlive the cursor."""
        return self._findings

    def groups(self) -> list[FindingGroup]:
        """Findings by rule and column, errors first, the most frequent first."""
        examples: dict[int, list[Finding]] = {}
        for index, finding in self._findings.first(EXAMPLES):
            examples.setdefault(index, []).append(finding)
        counted = [(1, [finding]) for finding in self._findings.of_file]
        counts = self._findings.counts()
        counted += [(count, examples[index]) for index, count in counts.items()]
        groups = [
            FindingGroup(shown[0].rule, shown[0].severity, shown[0].column, count, tuple(shown))
            for count, shown in counted
        ]
        return sorted(groups, key=lambda group: (group.severity != "error", -group.count))

    def summary(self, file: str = "") -> dict[str, Any]:
        """The check as JSON-ready values; every finding, uncapped."""
        shown = attrgetter(*SHOWN)
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
                dict(zip(SHOWN, shown(finding), strict=True)) for finding in self.findings()
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
    mapped = map_headings(
        return_, table.headings, explicit=headings, named=mapping, remembered=remembered
    )
    checked = check(
        cursor,
        return_,
        table,
        mapped,
        period=period,
        member_id=member_id,
        month_first=bool(reading.month_first),
    )
    if len(data) > LARGE:
        give_memory_back()
    return checked


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
    texts = in_threads(texts_of, table.cells.columns[1:])
    dates = _read_dates(return_, texts, mapped, period, month_first)
    hits = Hits(list(_reported(return_, mapped)))
    row_rules = [
        (index, rule)
        for index, rule in enumerate(entry.rule for entry in hits.reported)
        if rule.broken and (period or rule.scope != "period")
    ]
    rows, broken = type_rows(cursor, return_, table, mapped, texts, dates, row_rules, period)
    for index, of_rule in broken:
        hits.add(index, lines_at(table, of_rule))
    of_file = [*whole_file(return_, table, mapped), *pii.headings(table)]
    of_file += shape_findings(cursor, return_, table, mapped)
    whole = table
    table, rows, shape = leave_out(cursor, return_, table, mapped, hits, rows)
    of_file += shape
    used, rows, left_out = leave_out_columns(cursor, return_, table, mapped, hits, rows)
    of_file += left_out
    notes = [*table.notes, *unclosed_quotes(table), *mapped.notes]
    notes += [column.note for column in dates.values() if column.note]
    notes += [*count_notes(hits), *unused_formulas(table, mapped)]
    of_file += thousands(whole, hits)
    # None of the three needs what another finds.
    with (
        cursor.cursor() as for_personal,
        cursor.cursor() as for_totals,
        ThreadPoolExecutor(max_workers=2) as pool,
    ):
        personal = pool.submit(pii.cells, for_personal, return_, whole, used, texts)
        totals = pool.submit(_period_totals, for_totals, return_, rows, period)
        find_line_hits(cursor, rows, hits, member_id, return_, period)
    periods = totals.result()
    # What else is wrong with a cell that looks like personal data is a knock-on.
    for entry, cells in personal.result():
        report_instead(whole, hits, entry, cells)
    of_file += find_doubtful_dates(return_, whole, mapped, dates, hits)
    shifted = shifted_lines(return_, table, mapped, hits)
    of_lines = pa.concat_tables([shifted, quoted_hits(table, hits)])
    find_meant(cursor, return_, hits, of_lines)
    by_line = [("line", "ascending"), ("reported", "ascending")]
    findings = Findings(
        (),
        tuple(hits.reported),
        {"period": return_.period_words(period)} if period else {},
        of_lines.take(pc.sort_indices(of_lines, by_line)),
        table.sheets,
    )
    counts = findings.counts()

    def total(severity: str) -> int:
        rules = hits.reported
        lines = sum(n for index, n in counts.items() if rules[index].rule.severity == severity)
        return lines + sum(finding.severity == severity for finding in of_file)

    # What has errors has other totals once they are put right.
    if member_id and not total("error"):
        for unusual in hits.reported:
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
        _findings=replace(
            findings, of_file=tuple(placed(finding, table.sheets) for finding in of_file)
        ),
        notes=tuple(notes),
        month_first=tuple(
            mapped.heading(name) or ""
            for name, column in dates.items()
            if column.confirmable or column.question
        ),
    )


def _read_dates(
    return_: Return,
    texts: Sequence[Texts],
    mapped: Mapped,
    period: date | None,
    month_first: bool,
) -> dict[str, DateColumn]:
    """Each column of dates, decided as a whole."""
    return {
        field.name: read_column(
            texts[mapped.columns[field.name]],
            mapped.heading(field.name) or "",
            months=field.type == "month",
            month_first=month_first,
            period=period if field.name == return_.period_field else None,
        )
        for field in return_.fields
        if field.type in ("date", "month") and field.name in mapped.columns
    }


def _reported(return_: Return, mapped: Mapped) -> Iterator[Reported]:
    """The rules that can be asked of this file: those whose columns are there."""
    for rule in return_.rules:
        first, *others = rule.fields
        if first in mapped.columns:
            other_columns = tuple(mapped.columns.get(name) for name in others)
            yield Reported(rule, mapped.heading(first), mapped.columns[first], other_columns)


def _period_totals(
    cursor: DuckDBPyConnection, return_: Return, rows: TypedRows, period: date | None
) -> tuple[PeriodTotals, ...]:
    """Rows and sums by month, of the lines that have one."""
    rows.show(cursor)
    day = return_.period_field
    sums = ", ".join(f"sum({name}) as {name}" for name in return_.totals)
    totals = ", ".join(f"sum({name})" for name in return_.totals)
    month = f"date_trunc('month', {day})::date" if day else "$period::date"
    # By day first: there are few, and each is put in its month once.
    months = cursor.execute(
        f"""
        select {month} as month, sum(lines)::bigint, {totals}
        from (
          select {day or "null"} as {day or "day"}, count(*) as lines, {sums}
          from checked
          group by all
        )
        group by month
        order by month
        """,
        {} if day else {"period": period},
    ).fetchall()
    return tuple(
        PeriodTotals(month, rows, sums_given(return_, totals))
        for month, rows, *totals in months
        if not day or (month and 2000 <= month.year <= 2100)
    )
