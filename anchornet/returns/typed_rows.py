"""The rows of a list, typed: the view `checked` (line, <fields>) of a cursor, and where the rules
of one row are broken.

A rule that looks at one field is asked of each different text once; one that looks at several, of
each row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from anchornet.periods import add_months
from anchornet.returns.columns import Mapped
from anchornet.returns.csv_quotes import Positions
from anchornet.returns.dates import DateColumn
from anchornet.returns.declaration import Field, Return, Rule
from anchornet.returns.lists import Table
from anchornet.returns.texts import Texts, truths, whole_numbers

Hits = list[tuple[int, Positions]]  # (index of a rule, the rows on which it is broken)


@dataclass(frozen=True)
class TypedRows:
    """`cells` has the columns line, <fields>; what could not be read is null. A text that a field
    keeps as it is, is that of the file and no copy."""

    cells: pa.Table

    def show(self, cursor: DuckDBPyConnection) -> TypedRows:
        cursor.register("checked", self.cells)
        return self

    def without(self, lines: Sequence[int]) -> TypedRows:
        gone = pc.is_in(self.cells["line"], value_set=pa.array(lines, pa.int32()))
        return TypedRows(self.cells.filter(pc.invert(gone)))

    def without_column(self, field: str) -> TypedRows:
        at = self.cells.column_names.index(field)
        kind = self.cells.column(field).type
        return TypedRows(self.cells.set_column(at, field, pa.nulls(self.cells.num_rows, kind)))

    def readable(self, field: str) -> int:
        return int(self.cells.num_rows - self.cells.column(field).null_count)


def type_rows(
    cursor: DuckDBPyConnection,
    return_: Return,
    table: Table,
    mapped: Mapped,
    texts: Sequence[Texts],
    dates: Mapping[str, DateColumn],
    rules: Sequence[tuple[int, Rule]],
    period: date | None,
) -> tuple[TypedRows, Hits]:
    """`texts` has those of each column of the file; `rules` are those of rows, with their index."""
    names = [field.name for field in return_.fields]
    of_one: dict[str, list[tuple[int, str]]] = {name: [] for name in mapped.columns}
    of_several: list[tuple[int, str]] = []
    for index, rule in rules:
        condition = _condition(rule, period)
        fields = {rule.fields[0], *(name for name in names if re.search(rf"\b{name}\b", condition))}
        (of_one[rule.fields[0]] if len(fields) == 1 else of_several).append((index, condition))
    columns = {"line": table.cells["line"]}
    hits: Hits = []
    for field in return_.fields:
        if field.name not in mapped.columns:
            columns[field.name] = pa.nulls(table.cells.num_rows, _arrow_type(cursor, field))
            continue
        dated = dates.get(field.name)
        column = dated.texts if dated else texts[mapped.columns[field.name]]
        values = dated.values if dated else None
        typed, broken = _read(cursor, field, column, values, of_one[field.name])
        columns[field.name] = typed
        hits += broken
    rows = TypedRows(pa.table(columns)).show(cursor)
    return rows, [*hits, *_broken(cursor, table, of_several)]


def _condition(rule: Rule, period: date | None) -> str:
    """A rule of one row as SQL over the typed names, text and odd."""
    condition = (rule.broken or "").replace("{text}", "text").replace("{odd}", "odd")
    if period:
        condition = condition.replace("period_start", f"date '{period}'").replace(
            "period_end", f"(date '{add_months(period, 1)}' - 1)"
        )
    return condition


def _arrow_type(cursor: DuckDBPyConnection, field: Field) -> pa.DataType:
    return cursor.execute(f"select null::{field.kind.sql}").to_arrow_table().schema.field(0).type


def _bits(rules: Sequence[tuple[int, str]]) -> str:
    """SQL for a number of which bit n says that rule n is broken."""
    return (
        " | ".join(
            f"(case when {condition} then {1 << bit} else 0 end)::bigint"
            for bit, (_, condition) in enumerate(rules)
        )
        or "0::bigint"
    )


def _read(
    cursor: DuckDBPyConnection,
    field: Field,
    column: Texts,
    values: pa.Array | None,
    rules: Sequence[tuple[int, str]],
) -> tuple[pa.ChunkedArray, Hits]:
    """A field's column as typed values, and the rows on which its own rules are broken. `values`
    are those of each text where they are read already."""
    count = len(column.texts)
    asked = {"number": pa.chunked_array([whole_numbers(np.arange(count))]), "text": column.texts}
    typed, odd = field.parse("text"), ""
    if values is not None:
        asked["value"], typed = pa.chunked_array([values]), "value"
    elif field.kind.odd:
        typed, odd = field.kind.parse("text", {}, "odd"), f", {field.kind.odd('text')} as odd"
    keeps_texts = values is None and field.kind.keeps_text
    cursor.register("texts", pa.table(asked))
    answers = cursor.execute(
        f"""
        select number, broken, {field.name + " is null" if keeps_texts else field.name} as value
        from (
          select number, {field.name}, {_bits(rules)} as broken
          from (select *, {typed} as {field.name} from (select *{odd} from texts))
        )
        {f"where broken <> 0 or {field.name} is null" if keeps_texts else ""}
        """
    ).to_arrow_table()
    cursor.unregister("texts")
    numbers, broken = answers["number"].to_numpy(), answers["broken"].to_numpy()
    hits = []
    for bit, (index, _) in enumerate(rules):
        flags = np.zeros(count, dtype=bool)
        flags[numbers[(broken >> bit) & 1 == 1]] = True
        if flags.any():
            hits.append((index, column.rows(flags)))
    if keeps_texts:
        blank = np.zeros(count, dtype=bool)
        blank[numbers[answers["value"].to_numpy()]] = True
        texts = column.texts
        if blank.any():
            texts = pc.if_else(
                pa.chunked_array([truths(blank)]), pa.scalar(None, pa.string()), texts
            )
        return (texts if column.numbers is None else column.spread(_one(texts))), hits
    value = answers["value"]
    if (np.diff(numbers) < 0).any():  # several threads answer as they come
        value = value.take(whole_numbers(np.argsort(numbers, kind="stable")))
    return column.spread(_one(value)), hits


def _one(values: pa.ChunkedArray) -> pa.Array:
    return values.chunk(0) if values.num_chunks == 1 else values.combine_chunks()


def _broken(
    cursor: DuckDBPyConnection, table: Table, rules: Sequence[tuple[int, str]]
) -> Iterator[tuple[int, Positions]]:
    """Where rules over several fields are broken."""
    if not rules:
        return
    answers = cursor.execute(
        f"""
        select line, broken
        from (select line, {_bits(rules)} as broken from checked)
        where broken <> 0
        """
    ).to_arrow_table()
    lines, broken = answers["line"].to_numpy(), answers["broken"].to_numpy()
    every = table.cells["line"].to_numpy()
    for bit, (index, _) in enumerate(rules):
        rows = np.searchsorted(every, lines[(broken >> bit) & 1 == 1])
        if len(rows):
            yield index, np.sort(rows)
