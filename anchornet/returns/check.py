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

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from anchornet.periods import add_months, month_text
from anchornet.returns import pii
from anchornet.returns.columns import Mapped, map_headings
from anchornet.returns.csv_reader import Table, read_table
from anchornet.returns.declaration import UNUSUAL_TOTAL, Return, Rule, month_words
from anchornet.returns.field_types import literal
from anchornet.returns.findings import EXAMPLES, Finding, FindingGroup, Findings, Reported
from anchornet.returns.outliers import PeriodTotals as PeriodTotals
from anchornet.returns.outliers import unusual_totals

LARGE = 16 << 20  # bytes: from here on memory is worth giving back


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
    cursor: duckdb.DuckDBPyConnection = field(repr=False)
    _whole: tuple[Finding, ...] = ()
    _reported: tuple[Reported, ...] = ()
    _words: Mapping[str, str] = field(default_factory=dict)

    def without_text(self) -> "Checked":
        """Lets go of the text as sent, which is as large as the file; the rows stay."""
        self.cursor.unregister("raw")
        cells = self.table.cells.schema.empty_table()
        return replace(self, table=replace(self.table, cells=cells))

    def findings(self) -> Findings:
        """All of them; they outlive the cursor."""
        rows = self.cursor.execute(
            "select reported, line, value, others from found order by line, reported"
        ).to_arrow_table()
        return Findings(self._whole, self._reported, self._words, rows)

    def groups(self) -> list[FindingGroup]:
        """Findings by rule and column, errors first, the most frequent first."""
        counted = self.cursor.execute(
            "select reported, count(*) from found group by reported"
        ).fetchall()
        first = self.cursor.execute(
            f"""
            from found
            qualify row_number() over (partition by reported order by line) <= {EXAMPLES}
            order by line, reported
            """
        ).to_arrow_table()
        few = Findings((), self._reported, self._words, first)
        examples: dict[int, list[Finding]] = {}
        for number, finding in few.numbered():
            examples.setdefault(number, []).append(finding)
        groups = [FindingGroup(f.rule, f.severity, f.column, 1, (f,)) for f in self._whole]
        for number, count in counted:
            shown = tuple(examples[number])
            groups.append(
                FindingGroup(shown[0].rule, shown[0].severity, shown[0].column, count, shown)
            )
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
                    "period": month_text(found.period) if found.period else None,
                    "rows": found.rows,
                    "totals": {name: float(total) for name, total in found.totals.items()},
                }
                for found in self.periods
            ],
            "errors": self.errors,
            "warnings": self.warnings,
            "findings": [
                # The month of a total stands in its message.
                {name: value for name, value in asdict(it).items() if name != "period"}
                for it in self.findings()
            ],
        }


def check_file(
    cursor: duckdb.DuckDBPyConnection,
    return_: Return,
    data: bytes,
    *,
    period: date | None = None,
    mapping: str | None = None,
    headings: Mapping[str, str] | None = None,
    remembered: Mapping[str, str] | None = None,
    member_id: str | None = None,
) -> Checked:
    """Reads, maps and checks a file. Raises reading.Refused for what is no list at all, and
    mapping.MappingError for a mapping that doesn't exist."""
    table = read_table(data, return_.known_headings())
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
    cursor: duckdb.DuckDBPyConnection,
    return_: Return,
    table: Table,
    mapped: Mapped,
    *,
    period: date | None = None,
    member_id: str | None = None,
) -> Checked:
    """Types every row and finds everything wrong at once.

    Without a period the period's own rules are left out. Rules that look at the member's other
    returns run only where the member is named and the cursor is the network's.
    """
    whole = [*_whole_file(return_, table, mapped), *pii.headings(table)]
    cursor.register("raw", table.cells)
    reported = _reported(return_, mapped)
    row_rules = [
        (number, it.rule)
        for number, it in enumerate(reported)
        if it.rule.broken and (period or it.rule.scope != "period")
    ]
    _type_rows(cursor, return_, mapped, row_rules, period)
    _shift(cursor, table, mapped, return_)
    _hit(cursor, reported, row_rules, member_id)
    _hit_personal(cursor, pii.cells(cursor, return_, table, mapped), reported)
    _quote(cursor, table, reported)
    counts: dict[int, int] = dict(
        cursor.execute("select reported, count(*) from found group by reported").fetchall()
    )

    periods = _totals(cursor, return_, period)

    def total(severity: str) -> int:
        return sum(1 for found in whole if found.severity == severity) + sum(
            count for number, count in counts.items() if reported[number].rule.severity == severity
        )

    # What has errors has other totals once they are put right.
    if member_id and not total("error"):
        for it in reported:
            if it.rule.id == UNUSUAL_TOTAL:
                whole += unusual_totals(cursor, return_, it, periods, member_id)
    return Checked(
        return_=return_,
        table=table,
        mapped=mapped,
        rows=table.cells.num_rows,
        periods=periods,
        errors=total("error"),
        warnings=total("warning"),
        cursor=cursor,
        _whole=tuple(whole),
        _reported=tuple(reported),
        _words={"period": month_words(period)} if period else {},
    )


def _whole_file(return_: Return, table: Table, mapped: Mapped) -> Iterator[Finding]:
    """What is wrong with the file rather than with a line."""
    there = ", ".join(heading for heading in table.headings if heading)
    for missing in mapped.missing:
        yield Finding(
            "missing_column",
            "error",
            table.heading_line,
            missing.title,
            None,
            f"There is no column for {missing.title}",
            f"Add it, or say which of your columns it is. Your columns are: {there}.",
        )
    for name, heading in mapped.ambiguous.items():
        yield Finding(
            "two_columns",
            "error",
            table.heading_line,
            heading,
            None,
            f"Two columns are headed {heading}",
            f"Keep the one for {return_.field(name).title}, or give them different headings.",
        )
    if not table.cells.num_rows:
        yield Finding(
            "no_rows",
            "error",
            None,
            None,
            None,
            "There is nothing under the headings",
            "If there was nothing this month, send a nil return instead of a file.",
        )


def _reported(return_: Return, mapped: Mapped) -> list[Reported]:
    """The rules that can be asked of this file: those whose columns are there."""
    found = []
    for rule in return_.rules:
        first, *others = rule.fields
        if first not in mapped.columns:
            continue
        explain = return_.field(first).kind.explain
        found.append(
            Reported(
                rule,
                mapped.heading(first),
                mapped.columns[first],
                tuple(mapped.columns.get(name) for name in others),
                tuple(others),
                explain if rule.id == return_.field(first).kind.rule else None,
            )
        )
    return found


def _type_rows(
    cursor: duckdb.DuckDBPyConnection,
    return_: Return,
    mapped: Mapped,
    row_rules: list[tuple[int, Rule]],
    period: date | None,
) -> None:
    """Makes the temp table checked(line, <fields>, broken): bit n of broken is row rule n."""
    typed = ", ".join(
        f"{f.parse(f'c{mapped.columns[f.name]}')} as {f.name}"
        if f.name in mapped.columns
        else f"null::{f.kind.sql} as {f.name}"
        for f in return_.fields
    )
    bits = " | ".join(
        f"(case when {_condition(return_, rule, period)} then {1 << bit} else 0 end)::bigint"
        for bit, (_, rule) in enumerate(row_rules)
    )
    names = ", ".join(f.name for f in return_.fields)
    texts = ", ".join(f"c{place} as text_{name}" for name, place in mapped.columns.items())
    cursor.execute(
        f"""
        create or replace temp table checked as
        select line, {names}, {bits or "0::bigint"} as broken
        from (select line, {", ".join(part for part in (texts, typed) if part)} from raw)
        """
    )


def _condition(return_: Return, rule: Rule, period: date | None) -> str:
    """A row rule as SQL over the typed names, with the cell as sent for {text}."""
    condition = (rule.broken or "").replace("{text}", f"text_{rule.fields[0]}")
    if period:
        end = add_months(period, 1)
        condition = condition.replace("period_start", f"date '{period}'").replace(
            "period_end", f"(date '{end}' - 1)"
        )
    # A value that is itself reported as unlikely breaks no other rule.
    for name in rule.fields:
        kind = return_.field(name).kind
        if kind.unlikely and rule.id != kind.rule:
            condition = f"({condition}) and ({kind.unlikely.format(name=name)}) is not true"
    return f"({condition})"


def _hit(
    cursor: duckdb.DuckDBPyConnection,
    reported: list[Reported],
    row_rules: list[tuple[int, Rule]],
    member_id: str | None,
) -> None:
    """Makes the temp table hits(reported, line): where the rules are broken."""
    cursor.execute("create or replace temp table hits (reported integer, line integer)")
    if row_rules:
        numbers = "[" + ", ".join(str(number) for number, _ in row_rules) + "]"
        cursor.execute(
            f"""
            insert into hits
            select unnest(list_filter({numbers},
              lambda number, bit: (broken >> (bit - 1)) & 1 = 1)), line
            from checked
            where broken <> 0
            """
        )
    for number, it in enumerate(reported):
        if it.rule.lines and (it.rule.scope != "member" or member_id):
            parameters = {"member_id": member_id} if "$member_id" in it.rule.lines else {}
            cursor.execute(
                f"insert into hits select {number}, line from ({it.rule.lines})", parameters
            )


def _hit_personal(
    cursor: duckdb.DuckDBPyConnection, found: list[pii.Personal], reported: list[Reported]
) -> None:
    """Adds cells that look like personal data; what else is wrong with them is a knock-on."""
    for it in found:
        same_cell = [number for number, other in enumerate(reported) if other.place == it.place]
        cursor.execute(
            "delete from hits where list_contains(?::integer[], reported) "
            f"and line in (select line from raw where {it.condition})",
            [same_cell],
        )
        cursor.execute(
            f"insert into hits select ?, line from raw where {it.condition}", [len(reported)]
        )
        reported.append(Reported(it.rule, it.column, it.place, (), ()))


def _quote(cursor: duckdb.DuckDBPyConnection, table: Table, reported: list[Reported]) -> None:
    """Makes the temp table found(reported, line, value, others): the hits with what the sender
    wrote, without the knock-ons of shifted lines."""
    cursor.execute("delete from hits where line in (select line from shifted)")
    lines = cursor.execute("select distinct line from hits order by line").to_arrow_table()["line"]
    # Few lines are hit, and DuckDB, which can't see how long the text is, would hash all of it.
    # A mask, not numbers of rows: taking those would copy the text into one piece first.
    hit_rows = table.cells.filter(pc.is_in(table.cells["line"], value_set=lines))
    cursor.register("hit_rows", hit_rows)
    cursor.execute(
        f"""
        create or replace temp table found as
        select reported, r.line, {_texts("reported", reported)}
        from hits
        join hit_rows r on r.line = hits.line
        """
    )
    cursor.unregister("hit_rows")
    _quote_shifted(cursor, reported, len(table.headings))


def _texts(number: str, reported: list[Reported]) -> str:
    """SQL for what the sender wrote in the reported cell, and in the others its sentence quotes."""
    values: dict[str, list[str]] = {}
    others: dict[str, list[str]] = {}
    for index, it in enumerate(reported):
        if it.place is not None:
            values.setdefault(f"r.c{it.place}", []).append(str(index))
        if it.other_places:
            cells = ", ".join("''" if p is None else f"r.c{p}" for p in it.other_places)
            others.setdefault(f"[{cells}]", []).append(str(index))

    def pick(cases: dict[str, list[str]]) -> str:
        when = " ".join(f"when {number} in ({', '.join(n)}) then {c}" for c, n in cases.items())
        return f"case {when} end" if when else "null"

    return f"({pick(values)})::varchar as value, ({pick(others)})::varchar[] as others"


def _shift(
    cursor: duckdb.DuckDBPyConnection, table: Table, mapped: Mapped, return_: Return
) -> None:
    """Makes the temp table shifted(line, cells, long): lines with more cells than headings, or
    with fewer than are needed. What else seems wrong on them is their knock-on."""
    needed = max((mapped.columns.get(f.name, -1) for f in return_.fields if f.required), default=-1)
    wanted = [
        (int(line), int(count), found is table.long)
        for found in (table.long, table.short)
        for line, count in zip(*found, strict=True)
        if found is table.long or count <= needed
    ]
    cursor.execute(
        "create or replace temp table shifted (line integer, cells integer, long boolean)"
    )
    if wanted:
        cursor.execute(
            "insert into shifted select unnest(?::integer[]), unnest(?::integer[]), "
            "unnest(?::boolean[])",
            [list(column) for column in zip(*wanted, strict=True)],
        )


def _quote_shifted(cursor: duckdb.DuckDBPyConnection, reported: list[Reported], width: int) -> None:
    message = f"the line has {{value}} cells, and there are {width} headings"
    for long, cure in (
        (
            True,
            "Look for a comma inside a value that is not in quotes, "
            "and a value in the wrong column.",
        ),
        (False, "Look for a line break inside a value, and a column that is missing on this line."),
    ):
        rule = Rule("long_row" if long else "short_row", "error", (), message, cure)
        cursor.execute(
            "insert into found select ?, line, cells::varchar, null from shifted where long = ?",
            [len(reported), long],
        )
        reported.append(Reported(rule, None, None, (), ()))


def _totals(
    cursor: duckdb.DuckDBPyConnection, return_: Return, period: date | None
) -> tuple[PeriodTotals, ...]:
    """Rows and sums by month, of the lines that have one."""
    sums = ", ".join(f"coalesce(sum({name}), 0)" for name in return_.totals)
    month = (
        f"date_trunc('month', {return_.period_field})::date"
        if return_.period_field
        else (f"date {literal(str(period))}" if period else "null::date")
    )
    where = (
        f"where {return_.period_field} between date '2000-01-01' and date '2100-12-31'"
        if return_.period_field
        else ""
    )
    found = cursor.execute(
        f"select {month} as month, count(*), {sums} from checked {where} "
        "group by month order by month"
    ).fetchall()
    return tuple(
        PeriodTotals(
            row[0], row[1], {n: Decimal(v) for n, v in zip(return_.totals, row[2:], strict=True)}
        )
        for row in found
    )
