"""A table of text → typed rows and findings, in one pass of SQL inside DuckDB.

Each row rule is one bit of a number that stands beside the typed row; a row of clean data costs
nothing more. Only rows with a bit set are looked at again, for the text that the
sender wrote.
"""

import ctypes
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
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
from anchornet.returns.csv_reader import Table, read_table
from anchornet.returns.declaration import UNUSUAL_TOTAL, Return, Rule
from anchornet.returns.findings import (
    EXAMPLES,
    Finding,
    FindingGroup,
    Findings,
    Reported,
    error,
)
from anchornet.returns.outliers import PeriodTotals, unusual_totals

LARGE = 16 << 20  # bytes: from here on memory is worth giving back
LONG_ROW = "Look for a comma inside a value that is not in quotes, and a value in the wrong column."
SHORT_ROW = "Look for a line break inside a value, and a column that is missing on this line."


@dataclass(frozen=True)
class Checked:
    """A file as checked. Its typed rows wait in the temp table `checked` (line, <fields>) of the
    cursor that checked it, until that cursor checks another or is closed."""

    return_: Return
    table: Table
    mapped: Mapped
    rows: int
    periods: tuple[PeriodTotals, ...]
    errors: int
    warnings: int
    cursor: DuckDBPyConnection = field(repr=False)
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
        return Findings(self._of_file, self._reported, self._words, rows)

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
                # The month of a total stands in its message.
                {name: value for name, value in asdict(finding).items() if name != "period"}
                for finding in self.findings()
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
) -> Checked:
    """Raises Refused for what is no list at all, and MappingError for a mapping that doesn't
    exist."""
    table = read_table(data, return_.known_headings)
    if len(data) > LARGE:
        give_memory_back()
    mapped = map_headings(
        return_, table.headings, explicit=headings, named=mapping, remembered=remembered
    )
    return check(cursor, return_, table, mapped, period=period, member_id=member_id)


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
) -> Checked:
    """Types every row and finds everything wrong at once.

    Without a period the period's own rules are left out. Rules that look at the member's other
    returns run only where the member is named and the cursor is the network's; those that look up
    places only where the cursor's catalogue `reference` is filled.
    """
    of_file = [*_of_file(return_, table, mapped), *pii.headings(table)]
    cursor.register("raw", table.cells)
    reported = list(_reported(return_, mapped))
    row_rules = [
        (index, rule)
        for index, rule in enumerate(entry.rule for entry in reported)
        if rule.broken and (period or rule.scope != "period")
    ]
    _type_rows(cursor, return_, mapped, [rule for _, rule in row_rules], period)
    _find_hits(cursor, reported, [index for index, _ in row_rules], member_id)
    _find_personal(cursor, return_, table, mapped, reported)
    _find_shifted(cursor, return_, table, mapped, reported)
    _quote_cells(cursor, table, reported)
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
        _of_file=tuple(of_file),
        _reported=tuple(reported),
        _words={"period": formatting.month(period)} if period else {},
    )


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
    columns = [f"c{column} as text_{name}" for name, column in mapped.columns.items()] + [
        f"{f.parse(f'c{mapped.columns[f.name]}')} as {f.name}"
        if f.name in mapped.columns
        else f"null::{f.kind.sql} as {f.name}"
        for f in return_.fields
    ]
    bits = " | ".join(
        f"(case when {_condition(return_, rule, period)} then {1 << bit} else 0 end)::bigint"
        for bit, rule in enumerate(row_rules)
    )
    cursor.execute(
        f"""
        create or replace temp table checked as
        select line, {", ".join(f.name for f in return_.fields)}, {bits or "0::bigint"} as broken
        from (select line, {", ".join(columns)} from raw)
        """
    )


def _condition(return_: Return, rule: Rule, period: date | None) -> str:
    """A row rule as SQL over the typed names, with the cell as sent for {text}."""
    condition = (rule.broken or "").replace("{text}", f"text_{rule.fields[0]}")
    if period:
        condition = condition.replace("period_start", f"date '{period}'").replace(
            "period_end", f"(date '{add_months(period, 1)}' - 1)"
        )
    # A value that is itself reported as unlikely breaks no other rule.
    for name in rule.fields:
        kind = return_.field(name).kind
        if kind.unlikely and rule.id != kind.rule:
            condition = f"({condition}) and ({kind.unlikely.format(name=name)}) is not true"
    return f"({condition})"


def _find_hits(
    cursor: DuckDBPyConnection,
    reported: list[Reported],
    row_rules: list[int],
    member_id: str | None,
) -> None:
    """Makes the temp table hits(reported, line): where the rules are broken."""
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
    unasked = set() if member_id else {"member"}
    if not cursor.execute("from duckdb_tables() where database_name = 'reference'").fetchone():
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
        same_cell = [i for i, other in enumerate(reported) if other.column == personal.column]
        cursor.execute(
            "delete from hits where list_contains(?::integer[], reported) "
            f"and line in (select line from raw where {condition})",
            [same_cell],
        )
        cursor.execute(
            f"insert into hits select ?, line from raw where {condition}", [len(reported)]
        )
        reported.append(personal)


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
