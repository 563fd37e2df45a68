"""The supplier directory: where a supplier is and what it is, for ledgers that don't say."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
from duckdb import DuckDBPyConnection

from anchornet import formatting
from anchornet.returns.check import Checked, check, check_file
from anchornet.returns.columns import MappingError, map_headings
from anchornet.returns.csv_reader import Refused, Table
from anchornet.returns.declaration import RETURNS, Return, normalise_heading, read_declaration
from anchornet.store.database import Database, utc_now
from anchornet.store.network import LoadError

DIRECTORY = read_declaration(Path(__file__).with_name("organisations.toml"))
# What members add to it. Who is left out of the network's totals is not for one of them to say,
# and where a row of theirs comes from is known.
SHARED = replace(
    DIRECTORY,
    fields=tuple(field for field in DIRECTORY.fields if field.name not in ("excluded", "source")),
)


@dataclass(frozen=True)
class LoadReport:
    """What a directory file did, in suppliers; `repeated` counts lines that a later line of the
    same file, of the same supplier, goes before."""

    added: int
    changed: int
    unchanged: int
    repeated: int = 0

    def sentence(self) -> str:
        text = (
            f"Suppliers added: {self.added:,}; changed: {self.changed:,}; "
            f"as they were: {self.unchanged:,}."
        )
        if self.repeated:
            text += f" Lines left aside for a later one of the same supplier: {self.repeated:,}."
        return text


@dataclass(frozen=True)
class UndoReport:
    """What undoing a load did, in suppliers; when and by whom it was loaded."""

    removed: int
    restored: int
    loaded_at: datetime
    loaded_by: str

    def sentence(self) -> str:
        return (
            f"Undone: what {self.loaded_by} recorded on {formatting.moment(self.loaded_at)}. "
            f"Suppliers taken out: {self.removed:,}; as they were before: {self.restored:,}."
        )


@dataclass(frozen=True)
class LastLoad:
    """What the directory was given last: how many suppliers, by whom and when."""

    number: int
    suppliers: int
    recorded_at: datetime
    recorded_by: str

    def sentence(self) -> str:
        suppliers = formatting.capital(formatting.counted(self.suppliers, "supplier"))
        return f"{suppliers}, by {self.recorded_by} on {formatting.moment(self.recorded_at)}."


def last_load(database: Database) -> LastLoad | None:
    rows = database.rows(
        """
        select load_number, count(*), min(recorded_at), min(recorded_by)
        from suppliers
        group by load_number
        order by load_number desc
        limit 1
        """
    )
    return LastLoad(*rows[0]) if rows else None


@contextmanager
def append_suppliers(
    database: Database,
    data: bytes,
    *,
    by: str,
    source: str | None = None,
    filling_in: bool = False,
    headings: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> Iterator[tuple[DuckDBPyConnection, LoadReport]]:
    """Appends the suppliers of a CSV or Excel file that are new or that differ from what is known,
    in a transaction that ends with the block: its cursor, and what the file did.

    Columns: organisations.toml. A column that the file lacks keeps what the directory says;
    `source` stands in for a source column. `filling_in` is for what a member adds to what all
    share: only the columns of SHARED are read, and a blank cell keeps what the directory says.
    Raises LoadError with a sentence for each fault, and keeps nothing.
    """
    with database.cursor() as cursor:
        try:
            checked = check_file(
                cursor, SHARED if filling_in else DIRECTORY, data, headings=headings
            )
        except (Refused, MappingError) as refused:
            raise LoadError([str(refused)]) from None
        if not checked.rows:
            raise LoadError(["The file has headings and no suppliers under them."])
        if payments := _payments(checked):
            raise LoadError([payments])
        # A directory is looked up for good: what doesn't read is put right first.
        if faults := [finding.sentence() for finding in checked.findings()]:
            raise LoadError(faults)
        with database.writing(cursor):
            yield cursor, _append(cursor, checked, by, source, filling_in, now or utc_now())


@contextmanager
def append_typed(
    database: Database,
    rows: Sequence[Mapping[str, str]],
    *,
    by: str,
    source: str | None = None,
    declared: Return = SHARED,
    now: datetime | None = None,
) -> Iterator[tuple[DuckDBPyConnection, LoadReport]]:
    """What somebody typed, each row the name and the details filled in, of SHARED or, for the
    coordinator, of DIRECTORY: checked and recorded as append_suppliers does when filling in.
    Raises LoadError with a sentence for each fault, by the supplier's name, and keeps nothing."""
    with database.cursor() as cursor:
        table = _table(declared, rows)
        checked = check(cursor, declared, table, map_headings(declared, table.headings))
        if checked.errors or checked.warnings:
            raise LoadError(
                f"{rows[finding.line - 1]['name']}, {replace(finding, line=None).sentence()}"
                if finding.line
                else finding.sentence()
                for finding in checked.findings()
            )
        with database.writing(cursor):
            yield cursor, _append(cursor, checked, by, source, True, now or utc_now())


def _payments(checked: Checked) -> str:
    """Why a list is no directory: it is payments, or names suppliers and says nothing of them."""
    spend = RETURNS["spend"]
    theirs = {normalise_heading(heading) for heading in checked.mapped.unused}
    dated, paid = (theirs & set(spend.field(name).headings) for name in ("paid_on", "amount_gbp"))
    dated |= {heading for heading in theirs if heading.endswith("date")}
    if dated and paid:
        return (
            "This looks like a list of payments, with dates and amounts, not like a directory of "
            "suppliers. Send payments on the page Submit a return."
        )
    if set(checked.mapped.columns) <= {"name", "source"}:
        return (
            "This list only names suppliers: it says nothing of where they are or what they are. "
            "Add a postcode, size, type or identifier, or say which columns hold them."
        )
    return ""


@contextmanager
def undo_load(
    database: Database, *, by: str, number: int | None = None, now: datetime | None = None
) -> Iterator[tuple[DuckDBPyConnection, UndoReport]]:
    """Takes back what was recorded last, in a transaction that ends with the block: suppliers that
    it added are taken out, and those that it changed are as they were before. Nothing is deleted.
    Raises LoadError where nothing was recorded, or where the last is no longer the load `number`
    that was seen."""
    with database.writing() as cursor:
        last, recorded_at = cursor.execute(
            "select max(load_number), arg_max(recorded_at, load_number) from suppliers"
        ).fetchone() or (None, None)
        if last is None or recorded_at is None:
            raise LoadError(["The directory is empty: there is nothing to undo."])
        if number not in (None, last):
            raise LoadError(["Somebody has added to the directory since. Look again what to undo."])
        details = ", ".join(field.name for field in DIRECTORY.fields)
        moment = now or utc_now()
        cursor.execute(
            f"""
            create or replace temp table undoing as
            with undone as (
              select supplier_key, recorded_by from suppliers where load_number = $last
            ),
            before as (
              select * from suppliers
              semi join undone using (supplier_key)
              where load_number < $last
              qualify row_number() over (
                partition by supplier_key order by record_number desc
              ) = 1
            )
            select undone.supplier_key, {details}, undone.recorded_by as loaded_by,
              coalesce(before.removed, before.supplier_key is null) as removed
            from undone
            left join before using (supplier_key)
            """,
            {"last": last},
        )
        cursor.execute(
            f"""
            insert into suppliers by name
            select supplier_key, {details}, removed, $moment as recorded_at, $by as recorded_by,
              $last + 1 as load_number
            from undoing
            """,
            {"moment": moment, "by": by, "last": last},
        )
        removed, restored, loaded_by = cursor.execute(
            "select count(*) filter (removed), count(*) filter (not removed), any_value(loaded_by) "
            "from undoing"
        ).fetchone() or (0, 0, "")
        yield cursor, UndoReport(removed, restored, recorded_at, loaded_by)


def _table(return_: Return, rows: Sequence[Mapping[str, str]]) -> Table:
    """Typed rows as a file's list would be read, each on the line of its number."""
    none = np.empty(0, dtype=np.int64)
    cells = {
        f"c{index}": pa.array([row.get(field.name, "").strip() for row in rows], pa.string())
        for index, field in enumerate(return_.fields)
    }
    return Table(
        cells=pa.table({"line": pa.array(range(1, len(rows) + 1), pa.int32()), **cells}),
        headings=tuple(field.title for field in return_.fields),
        heading_line=0,
        encoding="utf-8",
        delimiter=None,
        skipped=(),
        short=(none, none),
        long=(none, none),
        unclosed=(),
    )


def _append(
    cursor: DuckDBPyConnection,
    checked: Checked,
    by: str,
    source: str | None,
    filling_in: bool,
    moment: datetime,
) -> LoadReport:
    sent = checked.mapped.columns
    details = [field.name for field in DIRECTORY.fields]
    given = {name: f"{'given' if name in sent else 'known'}.{name}" for name in details}
    if filling_in:
        given |= {name: f"coalesce(given.{name}, known.{name})" for name in sent}
        given["name"] = "coalesce(known.name, given.name)"
    # By itself a source that stands in for a column is no change.
    compared = [name for name in details if name != "source" or name in sent]
    if "source" not in sent:
        given["source"] = "coalesce($source, known.source)"
    counts_as = "if(lower(excluded) in ('no', 'n', 'false', '0'), 'no', excluded)"
    cursor.execute(
        f"""
        create or replace temp table loaded as
        with given as (
          select *{f" replace ({counts_as} as excluded)" if "excluded" in sent else ""},
            reference.supplier_key(name) as supplier_key
          from checked
          qualify row_number() over (partition by supplier_key order by line desc) = 1
        )
        select supplier_key, {", ".join(f"{sql} as {name}" for name, sql in given.items())},
          known.supplier_key is null as is_new,
          ({", ".join(given[name] for name in compared)}) is distinct from
            ({", ".join(f"known.{name}" for name in compared)}) as differs
        from given
        left join current_suppliers(null) as known using (supplier_key)
        """,
        {"source": source} if "$source" in given["source"] else {},
    )
    counts = cursor.execute(
        """
        select count(*) filter (is_new), count(*) filter (differs and not is_new),
          count(*) filter (not differs), count(*)
        from loaded
        """
    ).fetchone()
    assert counts is not None  # for the type checker # nosec B101
    cursor.execute(
        f"""
        insert into suppliers by name
        select supplier_key, {", ".join(details)}, ? as recorded_at, ? as recorded_by,
          (select coalesce(max(load_number), 0) + 1 from suppliers) as load_number
        from loaded
        where is_new or differs
        """,
        [moment, by],
    )
    added, changed, unchanged, suppliers = counts
    return LoadReport(added, changed, unchanged, repeated=checked.rows - suppliers)
