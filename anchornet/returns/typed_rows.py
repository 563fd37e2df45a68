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
from anchornet.returns.amounts import as_decimals, as_pence, standard_pence
from anchornet.returns.columns import Mapped
from anchornet.returns.csv_quotes import Flags, Positions
from anchornet.returns.dates import DateColumn
from anchornet.returns.declaration import Field, Return, Rule
from anchornet.returns.lists import Table
from anchornet.returns.texts import Texts, truths, whole_numbers

FEW = 20_000  # rows: with no more, a question for each field takes longer than to ask of all
Conditions = list[tuple[int, str]]  # (index of a rule, SQL that is true where it is broken)
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
        gone = pc.is_in(self.cells["line"], value_set=whole_numbers(np.asarray(lines)))
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
    fields = [field for field in return_.fields if field.name in mapped.columns]
    columns = {field.name: texts[mapped.columns[field.name]] for field in fields}
    known = {name: (dated.texts, dated.values) for name, dated in dates.items()}
    for field in fields:
        if field.kind.read:
            different = columns[field.name].numbered()
            known[field.name] = (different, _read_few(field, different))
    columns |= {name: different for name, (different, _) in known.items()}
    one_by_one = [
        field
        for field in fields
        if columns[field.name].numbers is not None and table.cells.num_rows > FEW
    ]
    of_fields = _rules_by_fields(return_, rules, period)
    # What is in the standard form breaks no rule of the field by itself.
    own = {rule.id for rule in return_.own_rules}
    amounts = [
        field
        for field in fields
        if field.type == "money"
        and field not in one_by_one
        and table.cells.num_rows > FEW
        and not any(rule.fields[0] == field.name and rule.id in own for _, rule in rules)
    ]
    together = [field for field in fields if field not in (*one_by_one, *amounts)]
    typed: dict[str, pa.ChunkedArray] = {}
    hits: Hits = []
    for field in one_by_one:
        column = columns[field.name]
        values = pa.chunked_array([known[field.name][1]]) if field.name in known else None
        asked = _Asked(field, column.texts, values)
        answers, broken = _read(cursor, [asked], of_fields.pop((field.name,), []))
        typed[field.name] = column.spread(_one(answers[field.name]))
        hits += [(index, column.rows(flags)) for index, flags in broken]
    for field in amounts:
        of_one = of_fields.pop((field.name,), [])
        read = _read_amounts(cursor, field, columns[field.name].texts, of_one)
        typed[field.name] = read[0]
        hits += read[1]
    if together:
        asked_together = [
            _Asked(
                field,
                table.cells.column(f"c{mapped.columns[field.name]}"),
                columns[field.name].spread(known[field.name][1]) if field.name in known else None,
            )
            for field in together
        ]
        names = {field.name for field in together}
        of_rows = [
            rule for key in list(of_fields) if names.issuperset(key) for rule in of_fields.pop(key)
        ]
        answers, broken = _read(cursor, asked_together, of_rows)
        typed |= answers
        hits += [(index, np.flatnonzero(flags)) for index, flags in broken]
    lacking = [field for field in return_.fields if field.name not in typed]
    kinds = cursor.execute(
        f"select {', '.join(f'null::{field.kind.sql} as {field.name}' for field in lacking) or 1}"
    ).to_arrow_table()
    for field in lacking:
        typed[field.name] = pa.nulls(table.cells.num_rows, kinds.schema.field(field.name).type)
    rows = TypedRows(
        pa.table({"line": table.cells["line"]} | {f.name: typed[f.name] for f in return_.fields})
    ).show(cursor)
    others = [rule for several in of_fields.values() for rule in several]
    return rows, [*hits, *_broken(cursor, table, others)]


def _read_few(field: Field, column: Texts) -> pa.Array:
    """The value of each different text of a field that holds few."""
    read = field.kind.read or (lambda text, codes: None)
    values = [read(text, field.words_for_codes) for text in column.texts.to_pylist()]
    return pa.array(values, pa.bool_() if field.type == "yes_no" else pa.string())


def _rules_by_fields(
    return_: Return, rules: Sequence[tuple[int, Rule]], period: date | None
) -> dict[tuple[str, ...], Conditions]:
    """The rules, with their index and as SQL, by the fields that they look at."""
    of_fields: dict[tuple[str, ...], Conditions] = {}
    for index, rule in rules:
        name = rule.fields[0]
        condition = (rule.broken or "").replace("{text}", f"text_{name}")
        condition = condition.replace("{odd}", f"odd_{name}")
        if period:
            condition = condition.replace("period_start", f"date '{period}'").replace(
                "period_end", f"(date '{add_months(period, 1)}' - 1)"
            )
        names = (field.name for field in return_.fields)
        others = (n for n in names if n != name and re.search(rf"\b{n}\b", condition))
        of_fields.setdefault((name, *others), []).append((index, condition))
    return of_fields


def _bits(rules: Conditions) -> str:
    """SQL for a number of which bit n says that rule n is broken."""
    return (
        " | ".join(
            f"(case when {condition} then {1 << bit} else 0 end)::bigint"
            for bit, (_, condition) in enumerate(rules)
        )
        or "0::bigint"
    )


@dataclass(frozen=True)
class _Asked:
    """The texts of a field, and what they say where that is read already."""

    field: Field
    texts: pa.ChunkedArray
    values: pa.ChunkedArray | None

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def keeps_text(self) -> bool:
        return self.field.kind.keeps_text

    @property
    def odd(self) -> str:
        odd = self.field.kind.odd
        return f", {odd(f'text_{self.name}')} as odd_{self.name}" if odd else ""

    @property
    def typed(self) -> str:
        """SQL for the value of a text."""
        text = f"text_{self.name}"
        if self.values is not None:
            return f"value_{self.name}"
        if self.odd:
            return self.field.kind.parse(text, {}, f"odd_{self.name}")
        return self.field.parse(text)


def _read(
    cursor: DuckDBPyConnection, asked: Sequence[_Asked], rules: Conditions
) -> tuple[dict[str, pa.ChunkedArray], list[tuple[int, Flags]]]:
    """The typed values of each field, and for each rule that is broken somewhere, where. The texts
    of all are equally many."""
    count = len(asked[0].texts)
    columns = {"number": pa.chunked_array([whole_numbers(np.arange(count))])}
    columns |= {f"text_{one.name}": one.texts for one in asked}
    columns |= {f"value_{one.name}": one.values for one in asked if one.values is not None}
    values = (f"{one.name} is null as {one.name}" if one.keeps_text else one.name for one in asked)
    only = " or ".join(f"{one.name} is null" for one in asked if one.keeps_text)
    # Of texts that stay as they are nothing is needed but which are none.
    where = f"where broken <> 0 or {only}" if all(one.keeps_text for one in asked) else ""
    cursor.register("texts", pa.table(columns))
    answers = cursor.execute(
        f"""
        select number, broken, {", ".join(values)}
        from (
          select *, {_bits(rules)} as broken
          from (
            select *, {", ".join(f"{one.typed} as {one.name}" for one in asked)}
            from (select *{"".join(one.odd for one in asked)} from texts)
          )
        )
        {where}
        """
    ).to_arrow_table()
    cursor.unregister("texts")
    numbers, broken = answers["number"].to_numpy(), answers["broken"].to_numpy()
    order = None
    if (np.diff(numbers) < 0).any():  # several threads answer as they come
        order = whole_numbers(np.argsort(numbers, kind="stable"))

    def flagged(where: Flags) -> Flags:
        flags = np.zeros(count, dtype=bool)
        flags[numbers[where]] = True
        return flags

    typed = {}
    for one in asked:
        value = answers[one.name]
        if one.keeps_text:
            blank = flagged(value.to_numpy())
            nothing = pa.nulls(count, pa.string())
            typed[one.name] = (
                pc.if_else(pa.chunked_array([truths(blank)]), nothing, one.texts)
                if blank.any()
                else one.texts
            )
        else:
            typed[one.name] = value.take(order) if order is not None else value
    hits = [(index, flagged((broken >> bit) & 1 == 1)) for bit, (index, _) in enumerate(rules)]
    return typed, [(index, flags) for index, flags in hits if flags.any()]


def _read_amounts(
    cursor: DuckDBPyConnection, field: Field, cells: pa.ChunkedArray, rules: Conditions
) -> tuple[pa.ChunkedArray, Hits]:
    """A long column of amounts, of which only those in another form are asked about."""
    pence, known = standard_pence(cells)
    others = np.flatnonzero(~known)
    hits: Hits = []
    if len(others):
        asked = _Asked(field, cells.filter(pa.chunked_array([truths(~known)])), None)
        values, broken = _read(cursor, [asked], rules)
        pence[others], known[others] = as_pence(_one(values[field.name]))
        hits = [(index, others[np.flatnonzero(flags)]) for index, flags in broken]
    return pa.chunked_array([as_decimals(pence, known)]), hits


def _one(values: pa.ChunkedArray) -> pa.Array:
    return values.chunk(0) if values.num_chunks == 1 else values.combine_chunks()


def _broken(
    cursor: DuckDBPyConnection, table: Table, rules: Conditions
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
