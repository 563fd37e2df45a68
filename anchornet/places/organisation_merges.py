"""Names that are made one organisation, and separated again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from duckdb import DuckDBPyConnection

from anchornet.places.directory_changes import NEXT_LOAD, next_load
from anchornet.store.database import Database, utc_now
from anchornet.store.network import NotPossible


@contextmanager
def merge(
    database: Database, name: str, into: str, *, by: str, now: datetime | None = None
) -> Iterator[tuple[DuckDBPyConnection, str]]:
    """Makes a name another one of the organisation `into`: what is known of it fills in what the
    organisation lacks, and what is paid to it counts as paid to the organisation. With its names.
    Gives, in a transaction that ends with the block, its name. Raises NotPossible."""
    with database.writing() as cursor:
        key, target, target_name = _keys(cursor, name, into)
        if key == target:
            raise NotPossible(f"{name} and {into} are one organisation already.")
        if _organisation_of(cursor, key) != key:
            raise NotPossible(f"{name} is a name of another organisation. Separate it first.")
        recorded = {"key": key, "moment": now or utc_now(), "by": by, "load": next_load(cursor)}
        # So that a name which is only in payments can be read, and separated again.
        cursor.execute(
            """
            insert into organisations by name
            select $key as name_key, $name as name, $moment as recorded_at, $by as recorded_by,
                $load as load_number
            where $key not in (select name_key from current_organisations(null))
            """,
            recorded | {"name": name},
        )
        cursor.execute(
            """
            insert into organisation_merges by name
            select name_key, $target as into_key, $moment as recorded_at, $by as recorded_by,
                $load as load_number
            from (
                select $key as name_key
                union
                select name_key from current_organisation_merges(null) where into_key = $key
            )
            """,
            recorded | {"target": target},
        )
        yield cursor, target_name


@contextmanager
def separate(
    database: Database, name: str, *, by: str, now: datetime | None = None
) -> Iterator[DuckDBPyConnection]:
    """Makes a name that was merged stand by itself again. Raises NotPossible."""
    with database.writing() as cursor:
        key = _key(cursor, name)
        if _organisation_of(cursor, key) == key:
            raise NotPossible(f"{name} stands by itself: it is no other organisation's name.")
        cursor.execute(
            f"""
            insert into organisation_merges by name
            select $key as name_key, null as into_key, $moment as recorded_at,
                $by as recorded_by, {NEXT_LOAD} as load_number
            """,
            {"key": key, "moment": now or utc_now(), "by": by},
        )
        yield cursor


def _key(cursor: DuckDBPyConnection, name: str) -> str:
    row = cursor.execute("select reference.name_key(?)", [name]).fetchone()
    if not row or not row[0]:
        raise NotPossible(f"{name} holds no letter or digit, so it is no organisation's name.")
    return str(row[0])


def _organisation_of(cursor: DuckDBPyConnection, key: str) -> str:
    row = cursor.execute(
        "select into_key from current_organisation_merges(null) where name_key = ?", [key]
    ).fetchone()
    return str(row[0]) if row else key


def _keys(cursor: DuckDBPyConnection, name: str, into: str) -> tuple[str, str, str]:
    """The keys of a name and of the organisation that it goes into, and what that is called."""
    target = _organisation_of(cursor, _key(cursor, into))
    row = cursor.execute(
        "select name from known_organisations(null, null) where name_key = ?", [target]
    ).fetchone()
    if not row:
        raise NotPossible(f"{into} is not in the directory. Add it first.")
    return _key(cursor, name), target, str(row[0])
