"""Changes of the directory of organisations: added and edited, and taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
from duckdb import DuckDBPyConnection

from anchornet import formatting
from anchornet.places.organisations import DIRECTORY, RECORDED, SHARED, TABLES
from anchornet.returns.check import Checked, check, check_file
from anchornet.returns.columns import MappingError, map_headings
from anchornet.returns.csv_reader import Refused, Table
from anchornet.returns.declaration import (
    RETURNS,
    Return,
    normalise_heading,
)
from anchornet.store.database import Database, utc_now
from anchornet.store.network import LoadError

_RECORDS = ("recorded_at", "recorded_by", "load_number", "record_number")
NEXT_LOAD = f"(select coalesce(max(load_number), 0) + 1 from ({RECORDED}))"


@dataclass(frozen=True)
class LoadReport:
    """What a directory file did, in organisations; `repeated` counts lines that a later line of the
    same file, of the same organisation, goes before; `not_paid` those that the member that adds
    them hasn't paid, `not_theirs` org-IDs that its payments don't carry."""

    added: int
    changed: int
    unchanged: int
    repeated: int = 0
    not_paid: int = 0
    not_theirs: int = 0

    def sentence(self) -> str:
        text = (
            f"Organisations added: {self.added:,}; changed: {self.changed:,}; "
            f"as they were: {self.unchanged:,}."
        )
        if self.repeated:
            text += (
                f" Lines left aside for a later one of the same organisation: {self.repeated:,}."
            )
        if self.not_paid:
            text += (
                f" Left out, as none of your payments names them: {self.not_paid:,}. The "
                "coordinator can add those."
            )
        if self.not_theirs:
            text += (
                " Org-IDs left out, as your payments don't carry them under that name: "
                f"{self.not_theirs:,}. The coordinator can add those."
            )
        return text


@dataclass(frozen=True)
class UndoReport:
    """What undoing a load did, in organisations; when and by whom it was loaded; `names` that it
    had merged or separated."""

    removed: int
    restored: int
    loaded_at: datetime
    loaded_by: str
    names: int = 0

    def sentence(self) -> str:
        text = (
            f"Undone: what {self.loaded_by} recorded on {formatting.moment(self.loaded_at)}. "
            f"Organisations taken out: {self.removed:,}; as they were before: {self.restored:,}."
        )
        if self.names:
            text += f" Names that belong where they did before: {self.names:,}."
        return text


@contextmanager
def append_organisations(
    database: Database,
    data: bytes,
    *,
    by: str,
    source: str | None = None,
    filling_in: bool = False,
    paid_by: str | None = None,
    headings: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> Iterator[tuple[DuckDBPyConnection, LoadReport]]:
    """Appends the organisations of a CSV or Excel file that are new or that differ from what is
    known, in a transaction that ends with the block: its cursor, and what the file did.

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
            raise LoadError(["The file has headings and no organisations under them."])
        if payments := _payments(checked):
            raise LoadError([payments])
        # A directory is looked up for good: what doesn't read is put right first.
        if faults := [finding.sentence() for finding in checked.findings()]:
            raise LoadError(faults)
        with database.writing(cursor):
            yield (
                cursor,
                _append(cursor, checked, by, source, filling_in, paid_by, now or utc_now()),
            )


@contextmanager
def append_typed(
    database: Database,
    rows: Sequence[Mapping[str, str]],
    *,
    by: str,
    source: str | None = None,
    declared: Return = SHARED,
    filling_in: bool = True,
    paid_by: str | None = None,
    now: datetime | None = None,
) -> Iterator[tuple[DuckDBPyConnection, LoadReport]]:
    """What somebody typed, each row the name and the details filled in, of SHARED or, for the
    coordinator, of DIRECTORY: checked and recorded as append_organisations does.
    Raises LoadError with a sentence for each fault, by the organisation's name."""
    with database.cursor() as cursor:
        table = _table(declared, rows)
        checked = check(cursor, declared, table, map_headings(declared, table.headings))
        if checked.errors or checked.warnings:
            raise LoadError(
                f"{rows[finding.line - 1]['name']}, {finding._replace(line=None).sentence()}"
                if finding.line
                else finding.sentence()
                for finding in checked.findings()
            )
        with database.writing(cursor):
            yield (
                cursor,
                _append(cursor, checked, by, source, filling_in, paid_by, now or utc_now()),
            )


def _payments(checked: Checked) -> str:
    """Why a list is no directory: it is payments, or only names."""
    spend = RETURNS["spend"]
    theirs = {normalise_heading(heading) for heading in checked.mapped.unused}
    dated, paid = (theirs & set(spend.field(name).headings) for name in ("paid_on", "amount_gbp"))
    dated |= {heading for heading in theirs if heading.endswith("date")}
    if dated and paid:
        return (
            "This looks like a list of payments, with dates and amounts, not like a directory of "
            "organisations. Send payments on the page Submit a return."
        )
    if set(checked.mapped.columns) <= {"name", "source"}:
        return (
            "This list only names organisations: it says nothing of where they are, what they are "
            "or what they do. Add a postcode, size, type, role or identifier, or say which columns "
            "hold them."
        )
    return ""


@contextmanager
def undo_load(
    database: Database, *, by: str, number: int | None = None, now: datetime | None = None
) -> Iterator[tuple[DuckDBPyConnection, UndoReport]]:
    """Takes back what was recorded last, in a transaction that ends with the block: organisations
    that it added are taken out, those that it changed are as they were before, and names that it
    merged stand by themselves. Nothing is deleted. Raises LoadError where nothing was recorded, or
    where the last is no longer the load `number` that was seen."""
    with database.writing() as cursor:
        last, recorded_at, loaded_by = cursor.execute(
            "select max(load_number), arg_max(recorded_at, load_number), "
            f"arg_max(recorded_by, load_number) from ({RECORDED})"
        ).fetchone() or (None, None, "")
        if last is None or recorded_at is None:
            raise LoadError(["The directory is empty: there is nothing to undo."])
        if number not in (None, last):
            raise LoadError(["Somebody has added to the directory since. Look again what to undo."])
        moment = now or utc_now()
        _take_back(cursor, last, by, moment)
        removed, restored, names = cursor.execute(
            """
            select
                (select count(*) from undoing_organisations where removed),
                (select count(*) from undoing_organisations where not removed),
                (select count(*) from undoing_organisation_merges)
            """
        ).fetchone() or (0, 0, 0)
        yield cursor, UndoReport(removed, restored, recorded_at, loaded_by, names)


def _take_back(cursor: DuckDBPyConnection, load: int, by: str, moment: datetime) -> None:
    """Appends, of all that a load recorded, what held before it."""
    for table, key in TABLES.items():
        columns = [
            name
            for (name,) in cursor.execute(
                "select column_name from duckdb_columns() where table_name = ? and "
                "database_name = current_catalog() order by column_index",
                [table],
            ).fetchall()
            if name not in (*key, *_RECORDS)
        ]
        before = {name: f"before.{name}" for name in columns}
        if "removed" in before:
            before["removed"] = "coalesce(before.removed, before.name_key is null)"
        cursor.execute(
            f"""
            create or replace temp table undoing_{table} as
            with undone as (
                select distinct {", ".join(key)} from {table} where load_number = $load
            ),
            before as (
                from {table}
                semi join undone using ({", ".join(key)})
                where load_number < $load
                qualify row_number() over (
                    partition by {", ".join(key)} order by record_number desc
                ) = 1
            )
            select {", ".join(f"undone.{name}" for name in key)},
                {", ".join(f"{sql} as {name}" for name, sql in before.items())}
            from undone
            left join before using ({", ".join(key)})
            """,
            {"load": load},
        )
    number = next_load(cursor)
    for table in TABLES:
        cursor.execute(
            f"""
            insert into {table} by name
            select *, $moment as recorded_at, $by as recorded_by, $number as load_number
            from undoing_{table}
            """,
            {"moment": moment, "by": by, "number": number},
        )


def next_load(cursor: DuckDBPyConnection) -> int:
    row = cursor.execute(f"select {NEXT_LOAD}").fetchone()
    return int(row[0]) if row else 1


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
    paid_by: str | None,
    moment: datetime,
) -> LoadReport:
    sent = checked.mapped.columns
    details = [field.name for field in DIRECTORY.fields]
    given = {name: f"{'given' if name in sent else 'known'}.{name}" for name in details}
    if filling_in:
        given |= {name: f"coalesce(given.{name}, known.{name})" for name in sent}
        given["name"] = "coalesce(known.name, given.name)"
    else:  # a file that gives another name of the organisation's doesn't rename it
        given["name"] = "if(is_merged, coalesce(known.name, given.name), given.name)"
    # By itself a source that stands in for a column is no change.
    compared = [name for name in details if name != "source" or name in sent]
    if "source" not in sent:
        given["source"] = "coalesce($source, known.source)"
    not_paid = _leave_out_unpaid(cursor, paid_by) if paid_by else 0
    not_theirs = _leave_out_numbers(cursor, paid_by) if paid_by and "org_id" in sent else 0
    counts_as = "if(lower(excluded) in ('no', 'n', 'false', '0'), 'no', excluded)"
    cursor.execute(
        f"""
        create or replace temp table loaded as
        with named as (
            select *{f" replace ({counts_as} as excluded)" if "excluded" in sent else ""},
                reference.name_key(name) as own_key
            from checked
        ),
        given as (
            select named.* exclude (own_key), coalesce(into_key, own_key) as name_key,
                into_key is not null as is_merged
            from named
            left join current_organisation_merges(null) as merges on merges.name_key = own_key
            qualify row_number() over (
                partition by coalesce(into_key, own_key) order by line desc
            ) = 1
        )
        select name_key, {", ".join(f"{sql} as {name}" for name, sql in given.items())},
            known.name_key is null as is_new,
            ({", ".join(given[name] for name in compared)}) is distinct from
                ({", ".join(f"known.{name}" for name in compared)}) as differs
        from given
        left join current_organisations(null) as known using (name_key)
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
        insert into organisations by name
        select name_key, {", ".join(details)}, ? as recorded_at, ? as recorded_by,
            {NEXT_LOAD} as load_number
        from loaded
        where is_new or differs
        """,
        [moment, by],
    )
    added, changed, unchanged, organisations = counts
    repeated = checked.rows - not_paid - organisations
    return LoadReport(added, changed, unchanged, repeated, not_paid, not_theirs)


def _leave_out_unpaid(cursor: DuckDBPyConnection, member_id: str) -> int:
    """Takes from what was checked the names that the member hasn't paid, by any name of theirs;
    how many those were."""
    before = cursor.execute("select count(*) from checked").fetchone()
    cursor.execute(
        """
        create or replace temp table checked_and_paid as
        from checked
        where reference.name_key(name) in (
            with paid as (
                select distinct reference.name_key(supplier_name) as name_key
                from current_submissions(null)
                join spend_rows using (submission_id)
                where return_name = 'spend' and member_id = $member_id
            ),
            merges as (from merged_names(null, null)),
            organisations as (
                select coalesce(into_key, name_key) as organisation
                from paid
                left join merges using (name_key)
            )
            select name_key from paid where name_key is not null
            union
            select organisation from organisations where organisation is not null
            union
            select name_key from merges where into_key in (select organisation from organisations)
        )
        """,
        {"member_id": member_id},
    )
    cursor.execute("create or replace temp view checked as from checked_and_paid")
    after = cursor.execute("select count(*) from checked").fetchone()
    return int(before[0] - after[0]) if before and after else 0


def _leave_out_numbers(cursor: DuckDBPyConnection, member_id: str) -> int:
    """Blanks org-IDs in what was checked that the member's payments don't carry under that name:
    with another firm's number on a name of its own, a member would place what others paid that
    firm, and see in the network's figures how much that is. How many those were."""
    cursor.execute(
        """
        create or replace temp table checked_and_theirs as
        with carried as (
            select distinct
                reference.name_key(supplier_name) as name_key,
                reference.org_id(supplier_id) as org_id
            from current_submissions(null)
            join spend_rows using (submission_id)
            where return_name = 'spend' and member_id = $member_id and supplier_id is not null
        )
        select
            checked.* replace (
                case
                    when (reference.name_key(name), reference.org_id(org_id)) in (
                        select (name_key, org_id) from carried
                    ) then org_id
                end as org_id
            ),
            org_id as given_org_id
        from checked
        """,
        {"member_id": member_id},
    )
    ((count,),) = cursor.execute(
        "select count(*) from checked_and_theirs where given_org_id is not null and org_id is null"
    ).fetchall()
    cursor.execute(
        "create or replace temp view checked as "
        "select * exclude (given_org_id) from checked_and_theirs"
    )
    return int(count)
