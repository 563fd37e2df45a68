"""Opening the database: the file or the lakehouse, brought up to date, its doors closed."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from anchornet.returns.declaration import RETURNS
from anchornet.settings import Settings, changed
from anchornet.store.database import (
    LAST_SPACE,
    NEWER,
    NO_SPACE,
    Damaged,
    Database,
    DatabaseInUse,
    DiskFull,
    Mark,
    NoDatabase,
    NotOurs,
    StoreError,
    append,
    network_settings,
    transaction,
    utc_now,
)
from anchornet.store.lakehouse import Lakehouse, Newer, NoExtension
from anchornet.store.schema import CONFIG, IN_MEMORY, macros_and_views, migrations, tables_in

log = logging.getLogger("anchornet")

UPGRADE_COPIES = 3  # that are left beside the database


def open_database(
    settings: Settings,
    *,
    create: bool = False,
    accept_loss: bool = False,
    copy_first: bool = True,
) -> Database:
    """The database of the settings, brought up to date, once it was copied as it was; with
    `create`, made when missing; with `accept_loss`, though changes are missing at its end.

    Its catalogue `reference` is empty, for `places` to fill. Files can be read and written only in
    the reference folder and in `<database>.inbox`. Raises StoreError.
    """
    if settings.catalogue:
        return _open_lakehouse(settings, create)
    return _open_file(settings, create, accept_loss, copy_first)


def exists(settings: Settings) -> bool:
    """Whether there is a database where the settings say. Raises StoreError where nobody knows."""
    if not settings.catalogue:
        return settings.database.exists()
    try:
        reach(settings).close()
    except NoDatabase:
        return False
    return True


def _open_lakehouse(settings: Settings, create: bool) -> Database:
    shared = reach(settings, create=create)
    try:
        with shared.one_writer():
            if not shared.fill(migrations(), CONFIG) and not create:
                raise _no_database(settings)
            file = replace(settings, database=shared.path)
            database = _open_file(file, create=True, accept_loss=False, copy_first=False)
            try:
                with database.nothing_written() as cursor:
                    if replaced := shared.differing(cursor):
                        shared.snapshot = shared.put(cursor, replaced=replaced)
                database.share(shared)
            except BaseException:
                database.close()
                raise
    except Newer:
        shared.close()
        raise NotOurs(NEWER) from None
    except duckdb.Error as error:
        shared.close()
        raise _why_out_of_reach(settings, str(error)) from None
    except BaseException:
        shared.close()
        raise
    return database


def reach(settings: Settings, *, create: bool = False) -> Lakehouse:
    """The lakehouse of the settings; with `create`, made when missing. Raises StoreError."""
    try:
        return Lakehouse(settings, create=create)
    except NoExtension:
        raise NotOurs(
            "A lakehouse needs two extensions of DuckDB that are not installed. Install them with "
            "`make lakehouse`."
        ) from None
    except duckdb.Error as error:
        if "creating a new DuckLake is explicitly disabled" in str(error):
            raise _no_database(settings) from None
        raise _why_out_of_reach(settings, str(error)) from None


def _why_out_of_reach(settings: Settings, message: str) -> StoreError:
    if "lock timeout" in message:
        return DatabaseInUse(
            f"Another server has been changing {settings.location} for too long. Try again."
        )
    why = message[max(0, message.find("connection to server")) :].strip()
    return NotOurs(
        f"{settings.location} can't be reached. Is PostgreSQL running, and is the password in "
        f"PGPASSWORD or in the file that PGPASSFILE names? ({why})"
    )


def _no_database(settings: Settings) -> NoDatabase:
    return NoDatabase(
        f"There is no database at {settings.location}. Make one with `python -m anchornet init`, "
        "or name yours with --database."
    )


def _open_file(settings: Settings, create: bool, accept_loss: bool, copy_first: bool) -> Database:
    path = settings.database
    if not path.exists() and not create:
        raise _no_database(settings)
    if not path.parent.is_dir():
        raise NoDatabase(f"There is no folder {path.parent}. Make it first.")
    if path.stem == "reference":
        raise NotOurs(
            f"{path.name} has a name that is needed inside. Call the file something else."
        )
    connection = _connect(path)
    try:
        _refuse_a_stranger(connection, path, create)
        if copy_first and _is_older(connection, path):
            _checkpoint(connection)
            connection.close()  # closing the copied file later would cost this process its lock
            _copy_before_upgrade(path)
            connection = _connect(path)
        _migrate(connection, path)
        _make_secret(connection)
        _miss_what_is_lost(connection, path, accept_loss)
        _follow_declarations(connection)
        recorded = network_settings(connection, settings)
        settings = changed(settings, {row.name: row.value for row in recorded})
        inbox = path.with_name(f"{path.name}.inbox")
        inbox.mkdir(exist_ok=True)
        connection.execute("attach ':memory:' as reference")
        _close_the_doors(connection, settings.reference, inbox)
    except (duckdb.Error, OSError) as error:  # such as damage that is met when a table is read
        connection.close()
        if isinstance(error, duckdb.IOException | OSError) or NO_SPACE.search(str(error)):
            raise _explained(path, str(error)) from None
        raise
    except BaseException:
        connection.close()
        raise
    return Database(settings, connection, recorded)


@contextmanager
def scratch(*folders: Path) -> Iterator[DuckDBPyConnection]:
    """A cursor of an empty database in memory, hardened the same, that may read files of those
    folders: for work that must leave no trace, since it puts nothing on a disk, ever."""
    with duckdb.connect(config={**CONFIG, **IN_MEMORY}) as connection:
        connection.execute("attach ':memory:' as reference")
        _close_the_doors(connection, *folders)
        yield connection


def _connect(path: Path) -> DuckDBPyConnection:
    config = {**CONFIG, "temp_directory": f"{path}.temp"}
    try:
        connection = duckdb.connect(str(path), config=config)
    except duckdb.ConnectionException:
        raise DatabaseInUse(f"{path} is already open in this process.") from None
    except duckdb.Error as error:
        if "replaying WAL" in str(error) and _migrating(path).exists():
            # Stopped while it was brought up to date, which is done again.
            log = path.with_name(f"{path.name}.wal")
            log.replace(log.with_name(f"{log.name}.unfinished"))
            return _connect(path)
        raise _explained(path, str(error)) from None
    catalogues = connection.execute("select database_name from duckdb_databases()").fetchall()
    if ("reference",) in catalogues:  # this process shares what it has open already
        connection.close()
        raise DatabaseInUse(f"{path} is already open in this process.")
    return connection


def _explained(path: Path, message: str) -> StoreError:
    if "Could not set lock" in message:
        holder = re.search(r"\(PID \d+\)", message)
        return DatabaseInUse(
            f"The app is running and holds {path}{f' {holder[0]}' if holder else ''}. "
            "Stop it first."
        )
    if NO_SPACE.search(message):
        return DiskFull(
            f"The disk that {path} is on is full, and nothing is lost. Make room on it (a gigabyte "
            "or more), then start again."
        )
    if "Read-only file system" in message:
        return NotOurs(
            f"The disk that {path} is on can only be read. Mount it for writing, or name a "
            "database on another disk with --database."
        )
    if "version number" in message:
        return NotOurs(
            f"{path} was written by a newer version of DuckDB. Update anchornet to open it."
        )
    if "not a valid DuckDB" in message or "s a directory" in message:
        return NotOurs(f"{path} is not a database. Name the right file with --database.")
    if "Permission denied" in message:
        return NotOurs(f"This account may not read and write {path}. Ask whoever runs the machine.")
    return NotOurs(f"{path} can't be read and may be damaged: go back to a backup. ({message})")


def _refuse_a_stranger(connection: DuckDBPyConnection, path: Path, create: bool) -> None:
    tables = tables_in(connection)
    if "migrations" in tables:
        return
    if tables:
        raise NotOurs(
            f"{path} is a database of something else. Name the right file with --database."
        )
    if not create:
        raise NotOurs(f"{path} is empty. Remove it and make one with `python -m anchornet init`.")


def _migrate(connection: DuckDBPyConnection, path: Path) -> None:
    connection.execute(
        "create table if not exists migrations (number integer, name varchar, applied_at timestamp)"
    )
    done = {number for (number,) in connection.execute("select number from migrations").fetchall()}
    steps = migrations()
    if done - steps.keys():
        raise NotOurs(f"{path} was made by a newer anchornet. Update anchornet to open it.")
    if done == steps.keys():
        return
    # DuckDB 1.5 can't read a log in which a table whose rows number themselves is altered. So the
    # log holds these steps and nothing else while they are made, and can be left out.
    _checkpoint(connection)
    _migrating(path).touch()
    for number, file in steps.items():
        if number in done:
            continue
        with transaction(connection):
            connection.execute(file.read_text(encoding="utf-8"))
            append(connection, "migrations", number, file.stem, utc_now())
    _checkpoint(connection)
    _migrating(path).unlink()


def _is_older(connection: DuckDBPyConnection, path: Path) -> bool:
    """Whether steps are missing, and were not begun before, after the copy that was made then."""
    if "migrations" not in tables_in(connection) or _migrating(path).exists():
        return False
    done = {number for (number,) in connection.execute("select number from migrations").fetchall()}
    return bool(done) and done < migrations().keys()


def _copy_before_upgrade(path: Path) -> None:
    """Copies the file beside it, under a name with its last step and the moment; the newest few of
    such copies are kept."""
    if shutil.disk_usage(path.parent).free < path.stat().st_size + LAST_SPACE:
        raise DiskFull(
            f"There is no room for a copy of {path}, which is made before it is brought up to date "
            "with this version. Make room on its disk, then start again."
        )
    with duckdb.connect(str(path), read_only=True) as connection:
        ((step,),) = connection.execute("select max(number) from migrations").fetchall()
    name = f"{path.name}.before-upgrade-{step:03d}-{utc_now():%Y-%m-%d-%H%M%S}"
    unfinished = path.with_name(f"{path.name}.copying")
    shutil.copyfile(path, unfinished)
    with unfinished.open("rb") as written:
        os.fsync(written.fileno())
    copy = unfinished.replace(path.with_name(name))
    log.warning("%s is brought up to date with this version. As it was it stands in %s", path, copy)
    copies = sorted(path.parent.glob(f"{path.name}.before-upgrade-*"), key=_moment_in)
    for old in copies[:-UPGRADE_COPIES]:
        old.unlink()


def _moment_in(copy: Path) -> str:
    return copy.name[-len("2026-11-28-020000") :]


def _checkpoint(connection: DuckDBPyConnection) -> None:
    connection.execute("checkpoint")


def _migrating(path: Path) -> Path:
    return path.with_name(f"{path.name}.migrating")


def _miss_what_is_lost(connection: DuckDBPyConnection, path: Path, accept: bool) -> None:
    mark = Mark(connection, path)
    lost = mark.lost(connection)
    if not lost:
        return
    given, there = lost
    if not accept:
        raise Damaged(
            f"Changes are missing at the end of {path}: receipts were given up to R{given:06d}, "
            f"and it holds those up to R{there:06d}. Its log, {path.name}.wal, was lost or "
            "damaged: put it back, or go back to a backup. To go on without what is missing, run "
            "`python -m anchornet verify --accept-loss`."
        )
    with transaction(connection):
        append(connection, "meta", "receipts_given", str(given), utc_now())
    mark.write(connection)


def _make_secret(connection: DuckDBPyConnection) -> None:
    """What the installation's record keys are made with, once and for all."""
    connection.execute(
        "insert into record_key_secret select $secret where not exists (from record_key_secret)",
        {"secret": secrets.token_hex(32)},
    )


def _make_rowtables_in(connection: DuckDBPyConnection) -> None:
    """A table of rows for each return; a field that a declaration gained becomes a column."""
    for return_ in RETURNS.values():
        table = return_.row_table
        columns = [("submission_id", "integer"), ("line", "integer"), *return_.row_columns()]
        defined = ", ".join(f'"{name}" {kind}' for name, kind in columns)
        connection.execute(f'create table if not exists "{table}" ({defined})')
        rows = connection.execute(
            "select column_name, data_type from duckdb_columns() "
            "where database_name = current_catalog() and table_name = ?",
            [table],
        ).fetchall()
        kinds = {name: kind.lower() for name, kind in rows}
        for name, kind in columns:
            if name not in kinds:
                connection.execute(f'alter table "{table}" add column "{name}" {kind}')
            elif kinds[name] != kind.lower().replace(" ", ""):
                raise NotOurs(
                    f"{table}.{name} is kept as {kinds[name]} and is now declared as {kind}. "
                    "Give the field a new name, or write a migration."
                )


def _follow_declarations(connection: DuckDBPyConnection) -> None:
    """The tables of rows, macros and views, made anew where a release has others: they stay in the
    file, and making them, or even looking at them, takes longer than all else of opening it."""
    # Always, so that a disk that takes nothing is noticed before anybody is let in.
    connection.execute(
        """
        create or replace macro not_after(moment, as_at) as
            moment <= coalesce(as_at::timestamp, 'infinity'::timestamp)
        """
    )
    script = macros_and_views()
    beneath = [duckdb.__version__, *migrations(), *(one.row_columns() for one in RETURNS.values())]
    digest = hashlib.sha256(f"{beneath}{script}".encode()).hexdigest()
    last = connection.execute(
        "select value from meta where name = 'macros' order by rowid desc limit 1"
    ).fetchone()
    if last != (digest,):
        _make_rowtables_in(connection)
        with transaction(connection):
            connection.execute(script)
            append(connection, "meta", "macros", digest, utc_now())


def _close_the_doors(connection: DuckDBPyConnection, *folders: Path) -> None:
    """No file but those folders', no network, no extension, no change of any setting."""
    allowed = ", ".join("'" + str(folder.resolve()).replace("'", "''") + "/'" for folder in folders)
    connection.execute("set global TimeZone = 'UTC'")
    connection.execute(f"set allowed_directories = [{allowed}]")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
