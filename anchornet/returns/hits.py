"""Where rules are broken, line by line, and what the sender wrote there."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from anchornet import formatting
from anchornet.returns.columns import Mapped
from anchornet.returns.csv_quotes import NONE, Positions
from anchornet.returns.csv_records import in_threads
from anchornet.returns.dates import DateColumn
from anchornet.returns.declaration import Field, Return, Rule
from anchornet.returns.findings import ROWS, Finding, Reported
from anchornet.returns.lists import Table, in_order, rows_at
from anchornet.returns.texts import whole_numbers
from anchornet.returns.typed_rows import TypedRows, with_period

Hashes = npt.NDArray[np.uint32]
MOST_ASKED = 200  # different texts of which it is asked what was meant
FEW_MEANT = 3  # of them that are said of a whole column
LONG_ROW = "Look for a comma inside a value that is not in quotes, and a value in the wrong column."
SHORT_ROW = "Look for a line break inside a value, and a column that is missing on this line."


@dataclass
class Hits:
    """The lines on which each rule is broken, in order, by its index in `reported`."""

    reported: list[Reported]
    lines: dict[int, Positions] = field(default_factory=dict)

    def add(self, index: int, lines: Positions | Sequence[int]) -> None:
        if len(lines):
            self.lines[index] = in_order([self.of(index), np.asarray(lines, dtype=np.int64)])

    def report(self, entry: Reported, lines: Positions | Sequence[int]) -> None:
        """Adds a rule that was not asked of every line."""
        self.add(len(self.reported), lines)
        self.reported.append(entry)

    def of(self, *indexes: int) -> Positions:
        """The lines on which any of them is broken."""
        return in_order([NONE, *(self.lines.get(index, NONE) for index in indexes)])

    def counts(self) -> dict[int, int]:
        """How many of each, in order of `reported`."""
        return {index: len(self.lines[index]) for index in sorted(self.lines)}

    def forget_lines(
        self, lines: Positions | Sequence[int], of: Iterable[int] | None = None
    ) -> None:
        """Of the rules named, or of all."""
        for index in [*(self.lines if of is None else of)]:
            own = self.of(index)
            self.forget_rules([index])
            self.add(index, own[~np.isin(own, lines)])

    def forget_rules(self, indexes: Iterable[int]) -> None:
        for index in indexes:
            self.lines.pop(index, None)


def find_line_hits(
    cursor: DuckDBPyConnection,
    rows: TypedRows,
    hits: Hits,
    member_id: str | None,
    return_: Return,
    period: date | None,
) -> None:
    """Adds where the rules that look at several lines are broken."""
    unasked = set() if member_id else {"member"}
    if not _has_places(cursor):
        unasked.add("places")
    if not _has_framework(cursor):
        unasked.add("framework")
    for index, rule in enumerate(entry.rule for entry in hits.reported):
        if rule.lines and rule.scope not in unasked:
            lines = with_period(rule.lines, return_, period) if period else rule.lines
            if "period_start" in lines:
                continue
            repeated = set(re.findall(r"\brepeated_(\w+)", lines))
            if not all(_find_repeated(cursor, rows, field) for field in repeated):
                continue
            parameters = {"member_id": member_id} if "$member_id" in lines else {}
            broken = cursor.execute(lines, parameters).to_arrow_table()
            hits.add(index, broken["line"].to_numpy())


def _find_repeated(cursor: DuckDBPyConnection, rows: TypedRows, field: str) -> bool:
    """Makes the temp table repeated_<field>, where anything is. To group a million texts that
    nearly all differ takes long: only those are compared of which another has the same hash."""
    hashed, where = f"(hash({field}) >> 32)::uinteger", ""
    if rows.cells.column(field).null_count:
        hashed = f"case when {field} is not null then {hashed} end"
        where = "where hash is not null"
    hashed_lines = cursor.execute(
        f"select line, hash from (select line, {hashed} as hash from checked) {where}"
    ).to_arrow_table()
    lines = hashed_lines["line"].to_numpy()[_shared(hashed_lines["hash"].to_numpy())]
    if not len(lines):
        return False
    cursor.register("alike", rows_at(rows.cells, lines))
    cursor.execute(
        f"create or replace temp table repeated_{field} as "
        f"from alike qualify count(*) over (partition by {field}) > 1"
    )
    cursor.unregister("alike")
    return True


def _shared(hashes: Hashes) -> Positions:
    """Where the hashes are that stand there more than once."""

    def repeated(first_bit: int) -> Hashes:
        ordered = np.sort(hashes[hashes >> 31 == first_bit])
        return np.asarray(ordered[1:][ordered[1:] == ordered[:-1]])

    several = np.concatenate(in_threads(repeated, [0, 1]))
    # The first half of the bits tells most apart, without a search.
    begins_alike = np.zeros(1 << 16, dtype=bool)
    begins_alike[several >> 16] = True
    likely = np.flatnonzero(begins_alike[hashes >> 16])
    return likely[np.isin(hashes[likely], several)]


def report_instead(table: Table, hits: Hits, entry: Reported, rows: Positions) -> None:
    """Adds hits of a rule, in place of all else that seems wrong with the same cells."""
    lines = lines_at(table, rows)
    same_cell = [i for i, other in enumerate(hits.reported) if other.column == entry.column]
    hits.forget_lines(lines, same_cell)
    hits.report(entry, lines)


def lines_at(table: Table, rows: Positions) -> Positions:
    """The lines of some rows of the list."""
    return np.asarray(table.cells["line"].to_numpy()[rows], dtype=np.int64)


def find_doubtful_dates(
    return_: Return,
    table: Table,
    mapped: Mapped,
    dates: Mapping[str, DateColumn],
    hits: Hits,
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
        flags = np.isin(dated.texts.texts.to_pylist(), list(dated.doubtful))
        entry = Reported(rule, mapped.heading(name), column)
        report_instead(table, hits, entry, dated.texts.rows(flags))
    return asked


def shifted_lines(return_: Return, table: Table, mapped: Mapped, hits: Hits) -> pa.Table:
    """The findings (as ROWS) of lines with more cells than headings, or with fewer than are needed.
    What else seems wrong on them is their knock-on, and is forgotten."""
    needed = max((mapped.columns.get(f.name, -1) for f in return_.fields if f.required), default=-1)
    many = len(table.headings)
    there = (
        f"there {formatting.plural(many, 'is', 'are')} {many} {formatting.plural(many, 'heading')}"
    )
    too_short = table.short[1] <= needed
    findings = []
    for rule, cure, lines, cells in (
        ("long_row", LONG_ROW, *table.long),
        ("short_row", SHORT_ROW, table.short[0][too_short], table.short[1][too_short]),
    ):
        hits.forget_lines(lines)
        texts = [f"{count} {formatting.plural(count, 'cell')}" for count in cells.tolist()]
        counted = pa.array(texts, pa.string())
        findings.append(_findings(len(hits.reported), lines, counted, []))
        message = f"the line has {{value}}, and {there}"
        hits.reported.append(Reported(Rule(rule, "error", (), message, cure)))
    return pa.concat_tables(findings)


def quoted_hits(table: Table, hits: Hits) -> pa.Table:
    """The hits (as ROWS) with what the sender wrote; of lines that were left out there are none."""
    rows = table.at(hits.of(*hits.lines))
    every = rows["line"].to_numpy()
    findings = [ROWS.empty_table()]
    for index, lines in hits.lines.items():
        entry = hits.reported[index]
        at = np.flatnonzero(np.isin(every, lines, assume_unique=True))

        def cells(column: int | None, at: Positions = at) -> pa.ChunkedArray:
            if column is None:
                return pa.chunked_array([pa.repeat("", len(at))])
            return rows.column(f"c{column}").take(whole_numbers(at))

        value = pa.nulls(len(at), pa.string()) if entry.column is None else cells(entry.column)
        findings.append(_findings(index, every[at], value, list(map(cells, entry.other_columns))))
    return pa.concat_tables(findings)


def _findings(
    index: int,
    lines: Positions,
    value: pa.Array | pa.ChunkedArray,
    others: Sequence[pa.ChunkedArray],
) -> pa.Table:
    """As ROWS: of one rule, with the text of the cell and of the others that its sentence quotes,
    line by line."""
    count, width = len(lines), len(others)
    quoted = pa.nulls(count, ROWS.field("others").type)
    if others:
        in_turn = np.arange(count * width).reshape(width, count).T.ravel()
        cells = pa.chunked_array([chunk for column in others for chunk in column.chunks])
        offsets = whole_numbers(np.arange(count + 1) * width)
        quoted = pa.ListArray.from_arrays(
            offsets, cells.take(whole_numbers(in_turn)).combine_chunks()
        )
    reported = whole_numbers(np.full(count, index))
    return pa.table([reported, whole_numbers(lines), value, quoted], schema=ROWS)


def find_meant(cursor: DuckDBPyConnection, return_: Return, hits: Hits, findings: pa.Table) -> None:
    """Adds to rules that a code breaks, by itself or where places are looked up, what was meant by
    each different text, of the first MOST_ASKED."""
    for index in hits.counts():
        entry = hits.reported[index]
        field = return_.field(entry.rule.fields[0]) if entry.rule.fields else None
        if not field or not (entry.rule.scope == "places" or entry.rule.id == field.kind.rule):
            continue
        looks_up = field.kind.meant and _has_places(cursor)
        if not (field.codes or looks_up):
            continue
        values = findings.filter(pc.equal(findings["reported"], index))["value"].unique()
        asked = [value for value in values.to_pylist() if value][:MOST_ASKED]
        meant = {value: code for value in asked if (code := field.near_code(value))}
        if asked and field.kind.meant and looks_up:
            cursor.register("asked", pa.table({"value": pa.array(asked, pa.string())}))
            meant |= {
                value: f"{code}, {'' if code[2] == '5' else 'in '}{name}"
                for value, code, name in cursor.execute(field.kind.meant).fetchall()
            }
            cursor.unregister("asked")
        hits.reported[index] = replace(entry, meant=meant)


def did_you_mean(table: Table, field: Field, column: int | None, lines: Positions) -> str:
    """What the commonest cells that break a rule nearly are: `Did you mean 50_plus for 50+? `"""
    if not field.codes or column is None:
        return ""
    texts = table.at(lines).column(f"c{column}").to_pylist()
    commonest = Counter(texts).most_common(MOST_ASKED)  # the first of those that are as frequent
    near = [(code, text) for text, _ in commonest if (code := field.near_code(text))]
    if not near:
        return ""
    pairs = formatting.listed([f"{code} for {text}" for code, text in near[:FEW_MEANT]])
    return f"Did you mean {pairs}? Use one of: {', '.join(field.codes)}. "


def _has_framework(cursor: DuckDBPyConnection) -> bool:
    rows = cursor.execute(
        "from duckdb_tables() where temporary and table_name = 'framework_measures'"
    ).fetchone()
    return rows is not None


def _has_places(cursor: DuckDBPyConnection) -> bool:
    rows = cursor.execute("from duckdb_tables() where database_name = 'reference'").fetchone()
    return rows is not None
