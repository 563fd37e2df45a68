"""The database file: opened hardened, read through a cursor per use, written by one at a time."""

from __future__ import annotations

import logging
import re
import shutil
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import duckdb
from duckdb import DuckDBPyConnection

from anchornet.settings import NETWORK_SETTINGS, Settings, changed, written
from anchornet.store.lakehouse import CONFLICT, OUT_OF_REACH, Lakehouse, Newer
from anchornet.store.schema import CURRENT

if TYPE_CHECKING:
    import pandas as pd

Result = TypeVar("Result")

log = logging.getLogger("anchornet")


# What is left of the disk for sign-ins and the record of who did what once no files are taken.
LAST_SPACE = 50_000_000  # bytes
UNREADABLE = re.compile("checksum|[Cc]orrupt|[Dd]eserializ|Could not read")
NO_SPACE = re.compile("No space left|File too large|Disk quota exceeded")
NEARLY_FULL = (
    "The disk that holds the network's data is nearly full, so nothing new is kept for now. "
    "What is already there can still be read."
)
SETTINGS_FILE = "the settings file"  # in the place of who saved a setting
FRESH = 0.2  # seconds that a server may not know what another has done
NEWER = "Another server runs a newer anchornet. Update this one too, and start it again."
RETRIES = 3  # of a change that another one got in the way of
PATIENCE = 10.0  # seconds that closing waits for who still reads or writes
AGAIN = 10.0  # seconds until other servers are asked anew, once they could not be


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


class OutOfReach(StoreError):
    """What several servers share doesn't answer. Whether a change got there is not known: whoever
    makes it again is told."""


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
def transaction(connection: DuckDBPyConnection) -> Iterator[None]:
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
        that are more than appended to. Raises DiskFull before the disk is, Conflict, and
        OutOfReach."""
        if self._writer == threading.get_ident():
            raise RuntimeError("Already writing in this thread: pass that cursor on instead.")
        if self.free_space() < LAST_SPACE or (self.is_nearly_full() and not quietly):
            raise DiskFull(NEARLY_FULL)
        with (
            _why_not_written(),
            self._lock,
            self._alone(),
            nullcontext(cursor) if cursor else self.cursor() as writer,
        ):
            self._writer = threading.get_ident()
            try:
                with transaction(writer):
                    yield writer
                    if self._shared:
                        kept = self._shared.put(writer, replaced=replaces, quietly=quietly)
                if self._shared:
                    self._shared.snapshot = kept
                self._mark.write(writer)
                self._version += not quietly
            finally:
                self._writer = None

    @contextmanager
    def nothing_written(self) -> Iterator[DuckDBPyConnection]:
        """While the block lasts nothing is written; a cursor to read with. Raises OutOfReach."""
        with _why_not_written(), self._lock, self._alone(), self.cursor() as cursor:
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
                self._asked += AGAIN
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
                self.recorded_settings = network_settings(cursor, self.settings)
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


@contextmanager
def _why_not_written() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        if CONFLICT.search(str(error)):
            raise Conflict(
                "Another change came in the same moment, so nothing was changed. Try again."
            ) from error
        if OUT_OF_REACH.search(str(error)):
            raise OutOfReach(
                "The database that the servers share can't be reached just now, so nothing can be "
                "changed. What is already there can still be read. Try again in a few minutes."
            ) from error
        if NO_SPACE.search(str(error)) and not isinstance(error, duckdb.FatalException):
            raise DiskFull(NEARLY_FULL) from error
        raise


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


def retried(work: Callable[[], Result]) -> Result:
    """What comes of work that writes in one transaction: done again where another change came in
    the same moment. Raises Conflict where one comes each time."""
    for _ in range(RETRIES):
        with suppress(Conflict):
            return work()
    return work()


_columns: dict[str, str] = {}  # of the tables that were appended to


def append(cursor: DuckDBPyConnection, table: str, *values: object) -> None:
    """One row, its values in the order of the table's columns; its number comes by itself."""
    append_rows(cursor, table, [values])


def append_rows(cursor: DuckDBPyConnection, table: str, rows: Sequence[Sequence[object]]) -> None:
    """Rows, each as `append` takes one."""
    if not rows:
        return
    if table not in _columns:
        names = cursor.execute(
            "select column_name from duckdb_columns() where database_name = current_catalog() "
            "and table_name = ? and column_name <> 'record_number' order by column_index",
            [table],
        ).fetchall()
        _columns[table] = ", ".join(name for (name,) in names)
    places = ", ".join("?" * len(rows[0]))
    cursor.executemany(f"insert into {table} ({_columns[table]}) values ({places})", rows)


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


def network_settings(
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
        with transaction(connection):
            for name in missing:
                value = written(settings, name)
                append(connection, "network_settings", name, value, None, now, SETTINGS_FILE)
        rows = connection.execute(select).fetchall()
    return tuple(RecordedSetting(*row) for row in rows)
