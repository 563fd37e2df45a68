"""Where rules are broken, line by line: the temp table `hits` (reported, line) of a cursor, and
what the sender wrote there. `reported` is the index in a list of Reported."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from anchornet import formatting
from anchornet.returns.columns import Mapped
from anchornet.returns.csv_quotes import Positions
from anchornet.returns.csv_records import in_threads
from anchornet.returns.dates import DateColumn
from anchornet.returns.declaration import Field, Return, Rule
from anchornet.returns.findings import Finding, Reported
from anchornet.returns.lists import Table, rows_at
from anchornet.returns.texts import whole_numbers
from anchornet.returns.typed_rows import TypedRows, with_period

Hashes = npt.NDArray[np.uint32]
FEW = 10_000  # rows at once: DuckDB takes memory for as many before it knows how many there are
MOST_ASKED = 200  # different texts of which it is asked what was meant
FEW_MEANT = 3  # of them that are said of a whole column
LONG_ROW = "Look for a comma inside a value that is not in quotes, and a value in the wrong column."
SHORT_ROW = "Look for a line break inside a value, and a column that is missing on this line."


def begin_hits(
    cursor: DuckDBPyConnection, table: Table, hits: Iterable[tuple[int, Positions]]
) -> None:
    """Makes the table, of (reported, rows of the list)."""
    cursor.execute("create or replace temp table hits (reported integer, line integer)")
    _add_hits(cursor, table, hits)


def _add_hits(
    cursor: DuckDBPyConnection, table: Table, hits: Iterable[tuple[int, Positions]]
) -> None:
    lines = table.cells["line"].to_numpy()
    parts = [
        pa.record_batch(
            [whole_numbers(np.full(len(rows), index)), whole_numbers(lines[rows])],
            names=["reported", "line"],
        )
        for index, rows in hits
    ]
    if parts:
        cursor.register("new_hits", pa.Table.from_batches(parts))
        cursor.execute("insert into hits from new_hits")
        cursor.unregister("new_hits")


def forget_lines(cursor: DuckDBPyConnection, lines: Sequence[int]) -> None:
    cursor.execute("delete from hits where line in (select unnest(?::integer[]))", [lines])


def forget_rules(cursor: DuckDBPyConnection, reported: Sequence[int]) -> None:
    cursor.execute("delete from hits where list_contains(?::integer[], reported)", [reported])


def lines_of(cursor: DuckDBPyConnection, reported: Sequence[int]) -> list[int]:
    rows = cursor.execute(
        "select distinct line from hits where list_contains(?::integer[], reported) order by line",
        [reported],
    ).fetchall()
    return [line for (line,) in rows]


def count_hits(cursor: DuckDBPyConnection) -> dict[int, int]:
    """How many of each, in order of `reported`."""
    return dict(
        cursor.execute(
            "select reported, count(*) from hits group by reported order by reported"
        ).fetchall()
    )


def find_line_hits(
    cursor: DuckDBPyConnection,
    rows: TypedRows,
    reported: list[Reported],
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
    for index, rule in enumerate(entry.rule for entry in reported):
        if rule.lines and rule.scope not in unasked:
            lines = with_period(rule.lines, return_, period) if period else rule.lines
            if "period_start" in lines:
                continue
            for field in set(re.findall(r"\brepeated_(\w+)", lines)):
                _find_repeated(cursor, rows, field)
            parameters = {"member_id": member_id} if "$member_id" in lines else {}
            cursor.execute(f"insert into hits select {index}, line from ({lines})", parameters)


def _find_repeated(cursor: DuckDBPyConnection, rows: TypedRows, field: str) -> None:
    """Makes the temp table repeated_<field>. To group a million texts that nearly all differ takes
    long: only those are compared of which another has the same hash."""
    hashed, where = f"(hash({field}) >> 32)::uinteger", ""
    if rows.cells.column(field).null_count:
        hashed = f"case when {field} is not null then {hashed} end"
        where = "where hash is not null"
    hashed_lines = cursor.execute(
        f"select line, hash from (select line, {hashed} as hash from checked) {where}"
    ).to_arrow_table()
    lines = hashed_lines["line"].to_numpy()[_shared(hashed_lines["hash"].to_numpy())]
    cursor.register("alike", rows_at(rows.cells, lines))
    cursor.execute(
        f"create or replace temp table repeated_{field} as "
        f"from alike qualify count(*) over (partition by {field}) > 1"
    )
    cursor.unregister("alike")


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


def report_instead(
    cursor: DuckDBPyConnection,
    table: Table,
    reported: list[Reported],
    entry: Reported,
    rows: Positions,
) -> None:
    """Adds hits of a rule, in place of all else that seems wrong with the same cells."""
    same_cell = [i for i, other in enumerate(reported) if other.column == entry.column]
    cursor.execute(
        "delete from hits where list_contains(?::integer[], reported) "
        "and line in (select unnest(?::integer[]))",
        [same_cell, table.cells["line"].to_numpy()[rows].tolist()],
    )
    _add_hits(cursor, table, [(len(reported), rows)])
    reported.append(entry)


def find_doubtful_dates(
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
        flags = np.isin(dated.texts.texts.to_pylist(), list(dated.doubtful))
        entry = Reported(rule, mapped.heading(name), column)
        report_instead(cursor, table, reported, entry, dated.texts.rows(flags))
    return asked


def find_shifted(
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


def quote_cells(cursor: DuckDBPyConnection, table: Table, reported: list[Reported]) -> None:
    """Makes the view line_findings(reported, line, value, others): the hits with what the sender
    wrote, without the knock-ons of shifted lines."""
    cursor.execute("delete from hits where line in (select line from shifted)")
    lines = cursor.execute("select distinct line from hits").to_arrow_table()["line"].to_numpy()
    cursor.register("hit_rows", table.at(lines))
    # A left join: for an inner one DuckDB sets aside a hundred megabytes, however few the lines.
    findings = cursor.execute(
        f"""
        select reported, hits.line, {_quoted(reported)}, hit_rows.line as present
        from hits
        left join hit_rows using (line)
        union all
        select reported, line, cells::varchar, null, line
        from shifted
        """
    ).to_arrow_reader(FEW)
    rows = findings.read_all()
    cursor.register("line_findings", rows.filter(pc.is_valid(rows["present"])))
    cursor.unregister("hit_rows")


def find_meant(cursor: DuckDBPyConnection, return_: Return, reported: list[Reported]) -> None:
    """Adds to rules that a code breaks, by itself or where places are looked up, what was meant by
    each different text, of the first MOST_ASKED."""
    for index in count_hits(cursor):
        entry = reported[index]
        field = return_.field(entry.rule.fields[0]) if entry.rule.fields else None
        if not field or not (entry.rule.scope == "places" or entry.rule.id == field.kind.rule):
            continue
        looks_up = field.kind.meant and _has_places(cursor)
        if not (field.codes or looks_up):
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
        asked = cursor.execute("from asked").fetchall()
        meant = {value: code for (value,) in asked if (code := field.near_code(value))}
        if asked and field.kind.meant and looks_up:
            meant |= {
                value: f"{code}, {'' if code[2] == '5' else 'in '}{name}"
                for value, code, name in cursor.execute(field.kind.meant).fetchall()
            }
        reported[index] = replace(entry, meant=meant)


def did_you_mean(cursor: DuckDBPyConnection, field: Field, index: int, column: int | None) -> str:
    """What the commonest cells that break a rule nearly are: `Did you mean 50_plus for 50+? `"""
    if not field.codes or column is None:
        return ""
    cells = cursor.execute(
        f"""
        select c{column}
        from raw
        where line in (select line from hits where reported = {index})
        group by all
        order by count(*) desc, min(line)
        limit {MOST_ASKED}
        """
    ).fetchall()
    near = [(code, text) for (text,) in cells if (code := field.near_code(text))]
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


def count_findings(cursor: DuckDBPyConnection) -> dict[int, int]:
    return dict(
        cursor.execute("select reported, count(*) from line_findings group by reported").fetchall()
    )
