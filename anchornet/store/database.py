"""The database file: opened hardened, read through a cursor per use, written by one at a time."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb
from duckdb import DuckDBPyConnection

from anchornet.returns.declaration import RETURNS
from anchornet.settings import NETWORK_SETTINGS, Settings, changed, written
from anchornet.store.lakehouse import CONFLICT, Lakehouse, Newer, NoExtension

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger("anchornet")

HERE = Path(__file__).resolve().parent
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    # 1.5 and 2.0 can both read the file; the default of either can't be read by the other.
    "storage_compatibility_version": "v1.5.0",
    # Beyond it a large file's rows wait on the disk; more would only be kept, not used.
    "memory_limit": "512MB",
    # Lines have numbers, and what needs an order asks for one; keeping it costs a third more.
    "preserve_insertion_order": "false",
    "max_temp_directory_size": "5GB",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
    # Otherwise a table's name in SQL could find a Python variable of that name.
    "python_enable_replacements": "false",
}

# What is left of the disk for sign-ins and the record of who did what once no files are taken.
LAST_SPACE = 50_000_000  # bytes
UNREADABLE = re.compile("checksum|[Cc]orrupt|[Dd]eserializ|Could not read")
NO_SPACE = re.compile("No space left|File too large|Disk quota exceeded")
NEARLY_FULL = (
    "The disk that holds the network's data is nearly full, so nothing new is kept for now. "
    "What is already there can still be read."
)
SETTINGS_FILE = "the settings file"  # in the place of who saved a setting
UPGRADE_COPIES = 3  # that are left beside the database
FRESH = 0.2  # seconds that a server may not know what another has done
NEWER = "Another server runs a newer anchornet. Update this one too, and start it again."
PATIENCE = 10.0  # seconds that closing waits for who still reads or writes

IN_MEMORY = {"temp_directory": "", "memory_limit": "1GB"}

# What tells the rows of a table apart, and what holds of a row that says that a thing is there. The
# macro current_<table>(as_at) gives the last row of each, as at a moment (UTC; null: now): the last
# by the number that each row gets, since a clock can go back.
CURRENT = {
    "network_settings": ("name", "true"),
    "members": ("member_id", "removed is not true"),
    "periods": ("period", "true"),
    "return_starts": ("return_name", "true"),
    "mappings": ("member_id, return_name", "true"),
    "organisations": ("name_key", "removed is not true"),
    "organisation_merges": ("name_key", "into_key is not null"),
    "register_matches": ("name_key, org_id", "state is not null"),
    "targets": ("member_id, indicator", "target is not null"),
    "meetings": ("meeting_id", "not removed"),
    "area_facts": ("name", "true"),
    "rates": ("rate_year", "true"),
    "figures": ("reference", "true"),
    "figure_decisions": ("reference", "true"),
    "stories": ("story_id", "true"),
    "story_decisions": ("story_id", "true"),
    "consents": ("picture_id", "given"),
    "people": ("email", "not removed"),
    "passwords": ("email", "hash is not null"),
    "grants": ("email, role, member_id", "given"),
    "sent_back": ("submission_id", "reason is not null"),
    "asked_roles": ("email, role, member_id", "asked"),
    "leave": ("member_id", "given"),
    "api_tokens": ("token_id", "not revoked"),
    "mail_states": ("mail_id", "true"),
    "mail_choices": ("email, kind", "true"),
    "calendars": ("email", "hash is not null"),
    "passkeys": ("credential_id", "not removed"),
    "frameworks": ("true", "true"),
    "standards": ("name_key, standard", "true"),
    "needs": ("need_id", "true"),
}


class StoreError(Exception):
    """The database can't be used; the text is a sentence that says what to do."""


class DatabaseInUse(StoreError):
    pass


class DatabaseClosed(StoreError):
    pass


class DatabaseStopped(StoreError):
    """DuckDB stopped by itself, as when a checkpoint fails: it has to be opened again."""


class Conflict(StoreError):
    """Another server changed something while this one did: tried again, it goes through."""


class DiskFull(StoreError):
    pass


class NoDatabase(StoreError):
    pass


class Damaged(StoreError):
    """Something that was received can't be read or is missing."""


class NotOurs(StoreError):
    """The file is something else, is damaged, or was made by a newer anchornet."""


def utc_now() -> datetime:
    """Now in UTC, without a zone, as every time in the database is kept."""
    return datetime.now(UTC).replace(tzinfo=None)


@contextmanager
def _transaction(connection: DuckDBPyConnection) -> Iterator[None]:
    connection.begin()
    try:
        yield
        connection.commit()
    except BaseException:
        with suppress(duckdb.TransactionException):  # a failed commit has ended it already
            connection.rollback()
        raise


class RecordedSetting(NamedTuple):
    """One of the network's own settings as somebody saved it; `since`: for periods from then on."""

    name: str
    value: str
    since: date | None
    recorded_at: datetime
    recorded_by: str


class Database:
    def __init__(
        self,
        settings: Settings,
        connection: DuckDBPyConnection,
        recorded: Iterable[RecordedSetting] = (),
    ) -> None:
        self.settings = settings
        self.recorded_settings = tuple(recorded)
        self.path = settings.database
        self._connection = connection
        self._lock = threading.Lock()
        self._writer: int | None = None
        self._cursors: set[DuckDBPyConnection] = set()
        self._closed = self._stopped = False
        self._quiet = threading.Condition()  # notified when a cursor is closed
        self._mark = Mark(connection, settings.database)
        # From the clock, so that a file closed and opened again never repeats a number.
        self._version = time.time_ns()
        self._shared: Lakehouse | None = None
        self._asked = 0.0  # when the others were last asked what they have done

    def share(self, shared: Lakehouse) -> None:
        """From now on with other servers, that of the lakehouse which the file was filled from."""
        self._shared = shared

    def settings_at(self, as_at: datetime | None, period: date | None = None) -> Settings:
        """The settings as they were then, or for a period: asks the database nothing."""
        if as_at is None and period is None:
            return self.settings
        last: dict[str, str] = {}
        then: dict[str, str] = {}
        for row in self.recorded_settings:
            holds = (as_at is None or row.recorded_at <= as_at) and (
                period is None or row.since is None or row.since <= period
            )
            last[row.name] = row.value
            if holds or row.name not in then:  # before the first it was as the first says
                then[row.name] = row.value
        earlier = {name: value for name, value in then.items() if value != last[name]}
        return changed(self.settings, earlier) if earlier else self.settings

    @contextmanager
    def cursor(self) -> Iterator[DuckDBPyConnection]:
        """A new cursor, closed after. Threads that shared one would get each other's rows."""
        self._catch_up()
        with self._quiet:
            if self._closed:
                raise DatabaseClosed("The app is stopping. Try again in a minute.")
            cursor = self._connection.cursor()
            self._cursors.add(cursor)
        try:
            yield cursor
        except duckdb.FatalException as error:
            self._stopped = True
            raise DatabaseStopped(
                "The database stopped, and nothing that was received is lost. Try again; "
                "if it comes back, tell whoever runs this network."
            ) from error
        except duckdb.Error as error:
            if not UNREADABLE.search(str(error)):
                raise
            raise Damaged(
                "A part of the network's data can't be read, so this can't be shown. Tell whoever "
                "runs this network to run `python -m anchornet verify`."
            ) from error
        finally:
            with self._quiet:
                cursor.close()
                self._cursors.remove(cursor)
                self._quiet.notify_all()

    def rows(self, sql: str, parameters: object = None) -> list[tuple[Any, ...]]:
        with self.cursor() as cursor:
            return cursor.execute(sql, parameters).fetchall()

    def frame(self, sql: str, parameters: object = None) -> pd.DataFrame:
        with self.cursor() as cursor:
            return cursor.execute(sql, parameters).df()

    @contextmanager
    def writing(
        self,
        cursor: DuckDBPyConnection | None = None,
        *,
        quietly: bool = False,
        replaces: Collection[str] = (),
    ) -> Iterator[DuckDBPyConnection]:
        """A transaction, one at a time, on a new cursor or on the one given (with its temporary
        tables): all of it is kept when the block ends, none of it when it raises. `quietly` for
        what no figure and no page that is kept for others hangs on; `replaces` names the tables
        that are more than appended to. Raises DiskFull before the disk is, and Conflict."""
        if self._writer == threading.get_ident():
            raise RuntimeError("Already writing in this thread: pass that cursor on instead.")
        if self.free_space() < LAST_SPACE or (self.is_nearly_full() and not quietly):
            raise DiskFull(NEARLY_FULL)
        with (
            self._lock,
            self._alone(),
            nullcontext(cursor) if cursor else self.cursor() as writer,
        ):
            self._writer = threading.get_ident()
            try:
                with _transaction(writer):
                    yield writer
                    if self._shared:
                        kept = self._shared.put(writer, replaced=replaces, quietly=quietly)
                if self._shared:
                    self._shared.snapshot = kept
                self._mark.write(writer)
                self._version += not quietly
            except duckdb.Error as error:
                if CONFLICT.search(str(error)):
                    raise Conflict(
                        "Another change came in the same moment, so nothing was changed. Try again."
                    ) from error
                if NO_SPACE.search(str(error)) and not isinstance(error, duckdb.FatalException):
                    raise DiskFull(NEARLY_FULL) from error
                raise
            finally:
                self._writer = None

    @contextmanager
    def nothing_written(self) -> Iterator[DuckDBPyConnection]:
        """While the block lasts nothing is written; a cursor to read with."""
        with self._lock, self._alone(), self.cursor() as cursor:
            yield cursor

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other server changes anything, and what they have done so far is known."""
        if self._shared is None:
            yield
            return
        with self._shared.one_writer():
            self._take_over(self._shared)
            yield

    def _catch_up(self) -> None:
        """What other servers have done, if nobody has asked just now. Where they can't be asked,
        what is known is read."""
        if not self._shared or time.monotonic() < self._asked + FRESH:
            return
        if self._lock.acquire(blocking=False):
            try:
                self._asked = time.monotonic()
                if self._shared.is_behind():
                    self._take_over(self._shared)
            except duckdb.Error as error:
                log.warning("The other servers' changes are not known: %s", error)
                self._asked += PATIENCE
            finally:
                self._lock.release()

    def _take_over(self, shared: Lakehouse) -> None:
        with self._connection.cursor() as cursor:
            try:
                tables, differs = shared.catch_up(cursor)
            except Newer:
                raise NotOurs(NEWER) from None
            self._version += differs
            if "network_settings" in tables:
                self.recorded_settings = _network_settings(cursor, self.settings)
                values = {row.name: row.value for row in self.recorded_settings}
                self.settings = changed(self.settings, values)

    def tidy(self) -> None:
        """What many changes leave in a lakehouse becomes few files; a file tidies itself."""
        if self._shared:
            with self.nothing_written():
                self._shared.tidy()

    @property
    def stopped(self) -> bool:
        """Whether it has to be closed and opened again."""
        return self._stopped

    def is_readable(self) -> bool:
        try:
            return bool(self.rows("select count(*) from members"))
        except (StoreError, duckdb.Error):
            return False

    def free_space(self) -> int:
        """Bytes that are left on its disk."""
        return shutil.disk_usage(self.path.parent).free

    def is_nearly_full(self) -> bool:
        """Whether the disk has less left than the network set: only small things are kept then."""
        return self.free_space() < self.settings.spare_disk_mb * 1_000_000

    def version(self) -> int:
        """A number that grows with everything recorded: the key of cached reads."""
        self._catch_up()
        return self._version

    def close(self) -> None:
        """Lets nobody in any more and closes the file once everybody is out: DuckDB can crash when
        it is closed under a reader. Who is not out after a while is stopped."""
        with self._quiet:
            self._closed = True
            if not self._quiet.wait_for(lambda: not self._cursors, PATIENCE):
                for cursor in self._cursors:
                    cursor.interrupt()
                self._quiet.wait_for(lambda: not self._cursors, PATIENCE)
            self._connection.close()
            if self._shared:
                self._shared.close()


class Mark:
    """How far the database has come, in a small file beside it: `<database>.mark`. It is written
    after each change, so that a change that is lost with DuckDB's log is missed when the file is
    opened, and receipts that were given are not given again."""

    def __init__(self, connection: DuckDBPyConnection, database: Path) -> None:
        self._path = database.with_name(f"{database.name}.mark")
        rows = connection.execute("select sha256(secret) from record_key_secret").fetchall()
        self._installation = str(rows[0][0])[:16] if rows else ""

    def lost(self, connection: DuckDBPyConnection) -> tuple[int, int] | None:
        """The last receipt that was given and the last that is there, where changes are missing."""
        try:
            installation, *marked = self._path.read_text(encoding="ascii").split()
            number, receipt = map(int, marked)
        except (OSError, ValueError):
            return None
        there = self._reached(connection)
        same = installation == self._installation
        return (receipt, there[1]) if same and (number > there[0] or receipt > there[1]) else None

    def write(self, connection: DuckDBPyConnection) -> None:
        number, receipt = self._reached(connection)
        with suppress(OSError):
            text = f"{self._installation} {number} {receipt}\n"
            self._path.write_text(text, encoding="ascii")

    def _reached(self, connection: DuckDBPyConnection) -> tuple[int, int]:
        numbers = " union all ".join(
            f"select max(record_number) as number from {table}" for table in CURRENT
        )
        rows = connection.execute(
            f"""
            select
                (select coalesce(max(number), 0) from ({numbers})),
                (select coalesce(max(submission_id), 0) from submissions)
            """
        ).fetchall()
        return int(rows[0][0]), int(rows[0][1])


_columns: dict[str, str] = {}  # of the tables that were appended to


def append(cursor: DuckDBPyConnection, table: str, *values: object) -> None:
    """One row, its values in the order of the table's columns; its number comes by itself."""
    if table not in _columns:
        rows = cursor.execute(
            "select column_name from duckdb_columns() where database_name = current_catalog() "
            "and table_name = ? and column_name <> 'record_number' order by column_index",
            [table],
        ).fetchall()
        _columns[table] = ", ".join(name for (name,) in rows)
    places = ", ".join("?" * len(values))
    cursor.execute(f"insert into {table} ({_columns[table]}) values ({places})", values)


def next_number(cursor: DuckDBPyConnection, table: str, column: str) -> int:
    rows = cursor.execute(f"select coalesce(max({column}), 0) + 1 from {table}").fetchall()
    return int(rows[0][0])


def tidy(frame: pd.DataFrame, *dates: str, moments: Iterable[str] = ()) -> pd.DataFrame:
    """The same frame with columns of dates as datetime.date, and None for what is missing in them,
    in those of moments and in those of text."""
    import pandas as pd  # here, so that a check begins without

    for column in dates:
        frame[column] = pd.to_datetime(frame[column]).dt.date.astype(object)
    for column in {*dates, *moments, *frame.select_dtypes(["object", "str"]).columns}:
        frame[column] = frame[column].astype(object).where(frame[column].notna(), None)
    return frame


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
        recorded = _network_settings(connection, settings)
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


def _network_settings(
    connection: DuckDBPyConnection, settings: Settings
) -> tuple[RecordedSetting, ...]:
    """What the network's own settings were and are, in order; one that the database does not hold
    yet begins as the settings file says."""
    select = """
        select name, value, since, recorded_at, recorded_by
        from network_settings
        order by record_number
        """
    rows = connection.execute(select).fetchall()
    if missing := [name for name in NETWORK_SETTINGS if name not in {row[0] for row in rows}]:
        now = utc_now()
        with _transaction(connection):
            for name in missing:
                value = written(settings, name)
                append(connection, "network_settings", name, value, None, now, SETTINGS_FILE)
        rows = connection.execute(select).fetchall()
    return tuple(RecordedSetting(*row) for row in rows)


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


def _tables(connection: DuckDBPyConnection) -> set[str]:
    rows = connection.execute(
        "select table_name from duckdb_tables() where database_name = current_catalog()"
    ).fetchall()
    return {name for (name,) in rows}


def _refuse_a_stranger(connection: DuckDBPyConnection, path: Path, create: bool) -> None:
    tables = _tables(connection)
    if "migrations" in tables:
        return
    if tables:
        raise NotOurs(
            f"{path} is a database of something else. Name the right file with --database."
        )
    if not create:
        raise NotOurs(f"{path} is empty. Remove it and make one with `python -m anchornet init`.")


def migrations() -> dict[int, Path]:
    """The steps that make the tables, in order, by their number."""
    files = sorted((HERE / "migrations").glob("[0-9]*.sql"))
    return {int(file.name.split("_")[0]): file for file in files}


@cache
def tables() -> frozenset[str]:
    """Those that a database of this version has, but for those of facts."""
    with duckdb.connect(config={**CONFIG, **IN_MEMORY}) as connection:
        for file in migrations().values():
            connection.execute(file.read_text(encoding="utf-8"))
        return frozenset(_tables(connection) | {one.row_table for one in RETURNS.values()})


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
        with _transaction(connection):
            connection.execute(file.read_text(encoding="utf-8"))
            append(connection, "migrations", number, file.stem, utc_now())
    _checkpoint(connection)
    _migrating(path).unlink()


def _is_older(connection: DuckDBPyConnection, path: Path) -> bool:
    """Whether steps are missing, and were not begun before, after the copy that was made then."""
    if "migrations" not in _tables(connection) or _migrating(path).exists():
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
    with _transaction(connection):
        append(connection, "meta", "receipts_given", str(given), utc_now())
    mark.write(connection)


def _make_secret(connection: DuckDBPyConnection) -> None:
    """What the installation's record keys are made with, once and for all."""
    connection.execute(
        "insert into record_key_secret select $secret where not exists (from record_key_secret)",
        {"secret": secrets.token_hex(32)},
    )


def _make_row_tables(connection: DuckDBPyConnection) -> None:
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
    script = _macros_and_views()
    beneath = [duckdb.__version__, *migrations(), *(one.row_columns() for one in RETURNS.values())]
    digest = hashlib.sha256(f"{beneath}{script}".encode()).hexdigest()
    last = connection.execute(
        "select value from meta where name = 'macros' order by rowid desc limit 1"
    ).fetchone()
    if last != (digest,):
        _make_row_tables(connection)
        with _transaction(connection):
            connection.execute(script)
            append(connection, "meta", "macros", digest, utc_now())


def _macros_and_views() -> str:
    statements = [
        f"""
        create or replace macro current_{table}(as_at) as table
        select * exclude (record_number)
        from (
            from {table}
            where not_after(recorded_at, as_at)
            qualify row_number() over (
                partition by {key} order by record_number desc
            ) = 1
        )
        where {there};
        """
        for table, (key, there) in CURRENT.items()
    ]
    statements.append((HERE / "macros.sql").read_text(encoding="utf-8"))
    # <return>_current: the rows that count now, for rules that look across returns.
    statements += (
        f"""
        create or replace view "{return_.name}_current" as
        select member_id, period, sent.*
        from current_submissions(null)
        join "{return_.row_table}" as sent using (submission_id);
        """
        for return_ in RETURNS.values()
    )
    return "\n".join(statements)


def _close_the_doors(connection: DuckDBPyConnection, *folders: Path) -> None:
    """No file but those folders', no network, no extension, no change of any setting."""
    allowed = ", ".join("'" + str(folder.resolve()).replace("'", "''") + "/'" for folder in folders)
    connection.execute("set global TimeZone = 'UTC'")
    connection.execute(f"set allowed_directories = [{allowed}]")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
