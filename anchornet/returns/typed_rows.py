"""The rows of a list, typed: the view `checked` (line, <fields>) of a cursor, and where the rules
of one row are broken.

A rule that looks at one field is asked of each different text once; one that looks at several, of
each row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from anchornet.periods import add_months
from anchornet.returns.amounts import as_decimals, as_pence, standard_pence
from anchornet.returns.columns import Mapped
from anchornet.returns.csv_quotes import Flags, Positions
from anchornet.returns.csv_records import in_threads
from anchornet.returns.dates import DateColumn
from anchornet.returns.declaration import Field, Return, Rule
from anchornet.returns.lists import Table
from anchornet.returns.texts import Texts, truths, whole_numbers

FEW = 20_000  # rows: with no more, a question for each field takes longer than to ask of all
Conditions = list[tuple[int, str]]  # (index of a rule, SQL that is true where it is broken)
Hits = list[tuple[int, Positions]]  # (index of a rule, the rows on which it is broken)
_Answer = tuple[dict[str, pa.ChunkedArray], Hits]  # the typed values of some fields
_Question = Callable[[DuckDBPyConnection], _Answer]


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

    def may_hold(self, field: str, *parts: str) -> bool:
        """Whether some text of a field holds one of the parts; True, too, where so many texts are
        different that it isn't worth a look."""
        column = self.cells.column(field)
        if not pa.types.is_dictionary(column.type) or not column.num_chunks:
            return True
        texts = column.chunk(0).dictionary
        return any(pc.any(pc.match_substring(texts, part)).as_py() for part in parts)

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
    columns = {
        field.name: _column(field, texts[mapped.columns[field.name]], dates.get(field.name))
        for field in fields
    }
    is_long = table.cells.num_rows > FEW
    of_fields = _rules_by_fields(return_, rules, period)
    questions: list[_Question] = []
    different: list[_Column] = []
    together = {}
    for field in fields:
        name, column = field.name, columns[field.name]
        read_unusual = None if _has_own_rule(return_, field) else READ_UNUSUAL.get(field.type)
        if is_long and column.texts.numbers is not None:
            different.append(column)
        elif is_long and read_unusual:
            questions.append(partial(read_unusual, column, of_fields.pop((name,), [])))
        else:
            together[name] = column.row_by_row(table.cells.column(f"c{mapped.columns[name]}"))
    for several in _of_a_size(different):
        rules_of_each = [of_fields.pop((column.name,), []) for column in several]
        questions.append(partial(_read_different, several, rules_of_each))
    if together:
        asked = [key for key in of_fields if together.keys() >= set(key)]
        rules_of_all = [rule for key in asked for rule in of_fields.pop(key)]
        questions.append(partial(_read_together, together, rules_of_all))
    typed: dict[str, pa.ChunkedArray] = {}
    hits: Hits = []
    for answers, broken in in_threads(partial(_ask, cursor), questions):
        typed |= answers
        hits += broken
    typed |= _nulls(cursor, [f for f in return_.fields if f.name not in typed], table)
    rows = TypedRows(
        pa.table({"line": table.cells["line"]} | {f.name: typed[f.name] for f in return_.fields})
    ).show(cursor)
    others = [rule for several in of_fields.values() for rule in several]
    return rows, [*hits, *_broken(cursor, table, others)]


def _ask(cursor: DuckDBPyConnection, question: _Question) -> _Answer:
    """Several are asked at once, each with a cursor of its own."""
    with cursor.cursor() as own:
        return question(own)


def _of_a_size(columns: Sequence[_Column]) -> list[list[_Column]]:
    """Columns that are asked about in one question: all those of few different texts, and each of
    the others."""
    few = [column for column in columns if len(column.texts.texts) <= FEW]
    others = [[column] for column in columns if len(column.texts.texts) > FEW]
    return [few, *others] if few else others


def _read_different(
    columns: Sequence[_Column], rules: Sequence[Conditions], cursor: DuckDBPyConnection
) -> _Answer:
    """Columns of which each different text is asked about once, with the rules of each."""
    most = max(len(column.texts.texts) for column in columns)
    asked = {column.name: column.padded(most) for column in columns}
    answers, broken = _read(cursor, asked, [rule for of_one in rules for rule in of_one])
    flags_of = dict(broken)
    typed, hits = {}, []
    for column, of_one in zip(columns, rules, strict=True):
        count = len(column.texts.texts)
        typed[column.name] = column.texts.spread(_one(answers[column.name])[:count])
        for index, _ in of_one:
            if index in flags_of and len(rows := column.texts.rows(flags_of[index][:count])):
                hits.append((index, rows))
    return typed, hits


def _read_together(
    columns: Mapping[str, _Column], rules: Conditions, cursor: DuckDBPyConnection
) -> _Answer:
    answers, broken = _read(cursor, columns, rules)
    return answers, [(index, np.flatnonzero(flags)) for index, flags in broken]


def _has_own_rule(return_: Return, field: Field) -> bool:
    """What is in the standard form breaks no rule of the field by itself, but may break one that
    the return adds."""
    return any(rule.broken and rule.fields[0] == field.name for rule in return_.own_rules)


def _nulls(
    cursor: DuckDBPyConnection, fields: Sequence[Field], table: Table
) -> dict[str, pa.ChunkedArray]:
    """Columns of nothing, for fields that the file has not; one stretch of it, again and again."""
    kinds = cursor.execute(
        f"select {', '.join(f'null::{field.kind.sql} as {field.name}' for field in fields) or 1}"
    ).to_arrow_table()
    lengths = [len(chunk) for chunk in table.cells.column(1).chunks]

    def nothing(kind: pa.DataType) -> pa.ChunkedArray:
        longest = pa.nulls(max(lengths, default=0), kind)
        return pa.chunked_array([longest.slice(0, length) for length in lengths], kind)

    return {field.name: nothing(kinds.schema.field(field.name).type) for field in fields}


def _column(field: Field, texts: Texts, dated: DateColumn | None) -> _Column:
    if dated:
        return _Column(field, dated.texts, dated.values)
    if field.kind.read:
        different = texts.numbered()
        return _Column(field, different, _read_few(field, different))
    return _Column(field, texts)


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
            condition = with_period(condition, return_, period)
        names = (field.name for field in return_.fields)
        others = (n for n in names if n != name and re.search(rf"\b{n}\b", condition))
        of_fields.setdefault((name, *others), []).append((index, condition))
    return of_fields


def with_period(sql: str, return_: Return, period: date) -> str:
    """SQL of a rule with the first and the last day of what the period stands for."""
    start, after = return_.starts_on(period), add_months(period, 1)
    return sql.replace("period_start", f"date '{start}'").replace(
        "period_end", f"(date '{after}' - 1)"
    )


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
class _Column:
    """The texts of a field, and what each says where that is read already."""

    field: Field
    texts: Texts
    values: pa.ChunkedArray | pa.Array | None = None

    @property
    def name(self) -> str:
        return self.field.name

    def row_by_row(self, cells: pa.ChunkedArray) -> _Column:
        values = self.texts.spread(self.values) if self.values is not None else None
        return _Column(self.field, Texts(cells), values)

    def padded(self, count: int) -> _Column:
        """With blank texts behind, so many in all."""
        missing = count - len(self.texts.texts)
        if not missing:
            return self
        texts = [*self.texts.texts.chunks, pa.repeat("", missing)]
        values = self.values
        if values is not None:
            chunks = values.chunks if isinstance(values, pa.ChunkedArray) else [values]
            values = pa.chunked_array([*chunks, pa.nulls(missing, values.type)])
        return _Column(self.field, Texts(pa.chunked_array(texts)), values)

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
    cursor: DuckDBPyConnection, columns: Mapping[str, _Column], rules: Conditions
) -> tuple[dict[str, pa.ChunkedArray], list[tuple[int, Flags]]]:
    """The typed values of each field, and for each rule that is broken somewhere, where. The texts
    of all are equally many."""
    asked = list(columns.values())
    count = len(asked[0].texts.texts)
    cells = {"number": whole_numbers(np.arange(count))}
    cells |= {f"text_{one.name}": one.texts.texts for one in asked}
    cells |= {f"value_{one.name}": one.values for one in asked if one.values is not None}
    values = (f"{one.name} is null as {one.name}" if one.keeps_text else one.name for one in asked)
    only = " or ".join(f"{one.name} is null" for one in asked if one.keeps_text)
    # Of texts that stay as they are nothing is needed but which are none.
    where = f"where broken <> 0 or {only}" if all(one.keeps_text for one in asked) else ""
    cursor.register("texts", pa.table(cells))
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
            typed[one.name] = _without(one.texts.texts, flagged(value.to_numpy()))
        else:
            typed[one.name] = value.take(order) if order is not None else value
    hits = [(index, flagged((broken >> bit) & 1 == 1)) for bit, (index, _) in enumerate(rules)]
    return typed, [(index, flags) for index, flags in hits if flags.any()]


def _read_amounts(column: _Column, rules: Conditions, cursor: DuckDBPyConnection) -> _Answer:
    """A long column of amounts, of which only those in another form are asked about."""
    cells = column.texts.texts
    pence, known = standard_pence(cells)
    others = np.flatnonzero(~known)
    hits: Hits = []
    if len(others):
        unusual = Texts(cells.filter(pa.chunked_array([truths(~known)])))
        asked = {column.name: _Column(column.field, unusual)}
        values, broken = _read(cursor, asked, rules)
        pence[others], known[others] = as_pence(_one(values[column.name]))
        hits = [(index, others[np.flatnonzero(flags)]) for index, flags in broken]
    return {column.name: pa.chunked_array([as_decimals(pence, known)])}, hits


def _read_texts(column: _Column, rules: Conditions, cursor: DuckDBPyConnection) -> _Answer:
    """A long column of texts, of which only those are asked about that are blank, or may be what a
    spreadsheet shows of an error."""
    cells = column.texts.texts
    usual = pc.and_not(pc.not_equal(cells, ""), pc.starts_with(cells, "#"))
    others = np.flatnonzero(~usual.to_numpy())
    nothing = np.zeros(len(cells), dtype=bool)
    hits: Hits = []
    if len(others):
        asked = {column.name: _Column(column.field, Texts(cells.take(others)))}
        values, broken = _read(cursor, asked, rules)
        nothing[others[values[column.name].is_null().to_numpy()]] = True
        hits = [(index, others[np.flatnonzero(flags)]) for index, flags in broken]
    return {column.name: _without(cells, nothing)}, hits


# How a long column of nearly as many texts as rows is read, where most are in the usual form.
READ_UNUSUAL = {"money": _read_amounts, "text": _read_texts}


def _without(cells: pa.ChunkedArray, nothing: Flags) -> pa.ChunkedArray:
    """The cells, null where they say nothing."""
    if not nothing.any():
        return cells
    return pc.if_else(pa.chunked_array([truths(nothing)]), pa.nulls(len(cells), pa.string()), cells)


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
