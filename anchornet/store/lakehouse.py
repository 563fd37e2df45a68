"""A database that several servers share: its catalogue in PostgreSQL, its rows as Parquet files.

Each server works on a file of its own, which says what the lakehouse says: it takes over what
others have done before it reads, and before each change. So SQL is that of a file, and as fast. A
change is made in the file, its rows are put into the lakehouse, and only then it counts in either.

DuckLake lets two changes through that know nothing of each other, and here a number is the last one
and one more. So a change holds a lock of PostgreSQL, which is let go when its server dies; one that
began before another ended, all the same, is refused.
"""

import fcntl
import importlib.util
import json
import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import duckdb
from duckdb import DuckDBPyConnection

from anchornet.settings import Settings

EXTENSIONS = ("ducklake", "postgres_scanner")
CATALOGUE = "__ducklake_metadata_lake"  # what DuckLake calls it, beside `lake`
NOT_COMMITTED = 36_028_797_018_960_000  # DuckDB numbers rows from here until they are committed
WHOLE_FILES = ("originals", "pictures", "approved_figures", "approved_pictures")
DAYS_KEPT = 7  # of states of the lakehouse, and of files that are in none since
PATIENCE = 60  # seconds that a change waits for those of other servers
CONFLICT = re.compile("Failed to commit DuckLake transaction|lock timeout")
# As libpq says it, when PostgreSQL is not there or went away.
OUT_OF_REACH = re.compile(
    "Unable to connect to Postgres|connection to server|no connection to the server|"
    "terminating connection|the database system is (starting up|shutting down)"
)


Columns = dict[str, dict[str, str]]  # table -> column -> its kind
Config = Mapping[str, str | bool | int | float | list[str]]


class NoExtension(Exception):
    pass


class Newer(Exception):
    """The lakehouse was changed by a version that knows more than this one."""


class Lakehouse:
    """The way to it from one server, with the place of the server's own file, `path`, which is
    removed when it is closed, or by the next server when this one dies."""

    def __init__(self, settings: Settings, *, create: bool) -> None:
        self._settings = settings
        self._connection = _connect(settings, create)
        self._folder, self._lock = _own_folder(settings.database)
        self.path = self._folder / "network.duckdb"
        self.snapshot = -1  # that the file says what it said
        self._filled: dict[str, tuple[dict[str, str], int]] = {}

    def close(self) -> None:
        self._connection.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._lock.close()

    @contextmanager
    def one_writer(self) -> Iterator[None]:
        """While the block lasts no other server changes anything."""
        with self._connection.cursor() as cursor:
            cursor.begin()
            cursor.execute(f"from postgres_query('{CATALOGUE}', 'select pg_advisory_xact_lock(1)')")
            try:
                yield
            finally:
                with suppress(duckdb.Error):
                    cursor.rollback()

    def is_behind(self) -> bool:
        """Whether the file lacks what others have done."""
        with self._connection.cursor() as cursor:
            rows = cursor.execute(
                f"""
                from postgres_query('{CATALOGUE}', '
                    select max(snapshot_id) from ducklake_snapshot
                ')
                """
            ).fetchall()
        return int(rows[0][0]) != self.snapshot

    def fill(self, steps: Mapping[int, Path], config: Config) -> bool:
        """Makes the file as the lakehouse is, at the step that it has come to; False, and no file,
        where it holds nothing yet. Raises Newer."""
        with self._reading() as (lake, snapshot):
            tables = _columns_of_lakehouse(lake)
            if "migrations" not in tables:
                self.snapshot = snapshot
                return False
            rows = lake.execute("select number from lake.migrations").fetchall()
            done = sorted(number for (number,) in rows)
            if not steps.keys() >= set(done):
                raise Newer
            with duckdb.connect(str(self.path), config=dict(config)) as file:
                for number in done:
                    file.execute(steps[number].read_text(encoding="utf-8"))
                self._take_over(lake, file, tables, {})
                self._filled = _state(file)
                # What is made of declarations stands in the file alone.
                file.execute("delete from meta where name = 'macros'")
        self.snapshot = snapshot
        return True

    def catch_up(self, file: DuckDBPyConnection) -> tuple[set[str], bool]:
        """Takes over what others have done: the tables that differ now, and whether figures can.
        Raises Newer."""
        with self._reading() as (lake, snapshot):
            if snapshot == self.snapshot:
                return set(), False
            added, replaced, quietly = self._changes(lake, snapshot)
            there = _columns_of_lakehouse(lake) if replaced else {}
            if "" in replaced:
                replaced = set(there)
            file.begin()
            try:
                self._take_over(
                    lake,
                    file,
                    {table: there[table] for table in replaced},
                    dict.fromkeys(added - replaced, (self.snapshot + 1, snapshot)),
                )
                file.commit()
            except BaseException:
                with suppress(duckdb.TransactionException):
                    file.rollback()
                raise
        self.snapshot = snapshot
        return added | replaced, not quietly

    def put(
        self,
        file: DuckDBPyConnection,
        *,
        replaced: Collection[str] = (),
        dropped: Collection[str] = (),
        quietly: bool = False,
    ) -> int:
        """What the transaction of the file has added, and the whole of the tables `replaced`: kept
        by the lakehouse, or all of it refused. The snapshot that the file is then of."""
        columns = _columns_of_file(file)
        counted = " union all ".join(
            f"""select '{table}', count(*) from "{table}" where rowid >= {NOT_COMMITTED}"""
            for table in columns
        )
        rows = file.execute(f"select * from ({counted}) as counted(name, rows) where rows > 0")
        added = {table for table, _ in rows.fetchall()} - set(replaced)
        if not added and not replaced:
            return self.snapshot
        change = {"added": sorted(added), "replaced": sorted(replaced), "quietly": quietly}
        with self._connection.cursor() as lake:
            lake.begin()
            try:
                ((snapshot,),) = lake.execute("from lake.current_snapshot()").fetchall()
                if snapshot != self.snapshot:
                    raise duckdb.TransactionException("Failed to commit DuckLake transaction: late")
                there = _columns_of_lakehouse(lake) if replaced else {}
                for table in dropped:
                    lake.execute(f'drop table lake."{table}"')
                for table in replaced:
                    if there.get(table) == columns[table]:
                        lake.execute(f'delete from lake."{table}"')
                        continue
                    lake.execute(f'drop table if exists lake."{table}"')
                    lake.execute(f'create table lake."{table}" ({_defined(columns[table])})')
                for table in (*replaced, *added):
                    which = "" if table in replaced else f"where rowid >= {NOT_COMMITTED}"
                    _insert(
                        lake,
                        f'lake."{table}"',
                        file.execute(f'select * from "{table}" {which} order by rowid'),
                    )
                lake.execute(
                    f"call lake.set_commit_message('anchornet', 'change', "
                    f"extra_info => '{json.dumps(change)}')"
                )
                lake.commit()
            except BaseException:
                with suppress(duckdb.TransactionException):
                    lake.rollback()
                raise
            ((snapshot,),) = lake.execute("from lake.current_snapshot()").fetchall()
            for table in {*replaced} & {*WHOLE_FILES}:
                # Few rows at once stand in the catalogue itself, but for these.
                lake.execute(
                    f"call lake.set_option('data_inlining_row_limit', 0, table_name => '{table}')"
                )
        return int(snapshot)

    def tidy(self) -> None:
        """Makes few files of many, and removes what no server needs any more: states of the
        lakehouse before the last days, and files that only they had."""
        nothing = json.dumps({"added": [], "replaced": [], "quietly": True})
        before = f"older_than => now() - interval '{DAYS_KEPT} days'"
        with self._connection.cursor() as lake:
            for call in (
                "ducklake_flush_inlined_data('lake')",
                "ducklake_merge_adjacent_files('lake')",
                f"ducklake_expire_snapshots('lake', {before})",
                f"ducklake_cleanup_old_files('lake', {before})",
            ):
                lake.begin()
                try:
                    lake.execute(
                        "call lake.set_commit_message('anchornet', 'tidy', "
                        f"extra_info => '{nothing}')"
                    )
                    lake.execute(f"call {call}").to_arrow_table()  # done when it is read
                    lake.commit()
                except BaseException:
                    with suppress(duckdb.TransactionException):
                        lake.rollback()
                    raise

    def become(self, file: DuckDBPyConnection) -> None:
        """The lakehouse says what the file says, and nothing else."""
        with self._reading() as (lake, snapshot):
            self.snapshot = snapshot
            there = _columns_of_lakehouse(lake)
        ours = _columns_of_file(file)
        self.put(file, replaced=[*ours], dropped=[*(there.keys() - ours.keys())])

    def differing(self, file: DuckDBPyConnection) -> set[str]:
        """The tables of the file whose columns or number of rows are others than when it was
        filled; all of them where steps were made since."""
        now = _state(file)
        tables = {table for table, state in now.items() if self._filled.get(table) != state}
        return set(now) if "migrations" in tables else tables - {"meta"}

    @contextmanager
    def _reading(self) -> Iterator[tuple[DuckDBPyConnection, int]]:
        """A cursor to read the lakehouse as it is at one moment, and the number of that."""
        with self._connection.cursor() as lake:
            lake.begin()
            try:
                ((snapshot,),) = lake.execute("from lake.current_snapshot()").fetchall()
                yield lake, int(snapshot)
            finally:
                with suppress(duckdb.Error):
                    lake.rollback()

    def _changes(self, lake: DuckDBPyConnection, last: int) -> tuple[set[str], set[str], bool]:
        """The tables that were added to and replaced since, and whether no figure hangs on it.
        Replaced is "" where something else was done, or nobody knows any more."""
        rows = lake.execute(
            f"""
            from postgres_query('{CATALOGUE}', '
                select commit_extra_info
                from ducklake_snapshot_changes
                where snapshot_id > {self.snapshot} and snapshot_id <= {last}
            ')
            """
        ).fetchall()
        if len(rows) < last - self.snapshot or (None,) in rows:
            return set(), {""}, False
        changes = [json.loads(text) for (text,) in rows]
        return (
            {table for change in changes for table in change["added"]},
            {table for change in changes for table in change["replaced"]},
            all(change["quietly"] for change in changes),
        )

    def _take_over(
        self,
        lake: DuckDBPyConnection,
        file: DuckDBPyConnection,
        whole: Mapping[str, Mapping[str, str]],
        parts: Mapping[str, tuple[int, int]],
    ) -> None:
        ours = _columns_of_file(file)
        never_filled = _never_filled(lake) if whole else set()
        for table, columns in whole.items():
            if table not in ours:
                file.execute(f'create table "{table}" ({_defined(columns)})')
            elif not columns.keys() <= ours[table].keys():
                raise Newer
            file.execute(f'delete from "{table}"')
            if table in never_filled:
                continue
            rows = lake.execute(f'select * from lake."{table}" order by rowid')
            _insert(file, f'"{table}"', rows)
        for table, (first, last) in parts.items():
            if table not in ours:
                raise Newer
            rows = lake.execute(
                f"from ducklake_table_insertions('lake', 'main', '{table}', {first}, {last}) "
                "order by rowid"
            )
            _insert(file, f'"{table}"', rows)
        numbered = [table for table in ours if "record_number" in ours[table]]
        _count_on(file, [table for table in numbered if table in whole or table in parts])


def _connect(settings: Settings, create: bool) -> DuckDBPyConnection:
    """An empty database in memory with the lakehouse beside it, as `lake`."""
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": "512MB",
            "temp_directory": "",
            # The scanner asks for a store of secrets: a folder that isn't there.
            "secret_directory": f"{settings.database}.secrets",
        }
    )
    try:
        for extension in EXTENSIONS:
            connection.execute(f"load '{_extension(extension)}'")
        connection.execute("set global ducklake_max_retry_count = 0")
        options = [f"create_if_not_exists {str(create).lower()}"]
        if settings.lakehouse_data:
            data = settings.lakehouse_data.replace("'", "''").rstrip("/")
            options += [f"data_path '{data}/'", "override_data_path true"]
        catalogue = f"{settings.catalogue} options=-c\\ lock_timeout={PATIENCE}s"
        connection.execute(f"attach 'ducklake:postgres:{catalogue}' as lake ({', '.join(options)})")
    except BaseException:
        connection.close()
        raise
    return connection


def _extension(name: str) -> Path:
    package = importlib.util.find_spec(f"duckdb_extension_{name}")
    if package is None or package.origin is None:
        raise NoExtension
    folder = Path(package.origin).parent / "extensions" / f"v{duckdb.__version__}"
    return folder / f"{name}.duckdb_extension"


def _own_folder(beside: Path) -> tuple[Path, IO[str]]:
    """An empty folder that no other server has, with the file whose lock says so."""
    number = 0
    while True:
        number += 1
        folder = beside.with_name(f"{beside.name}.server-{number}")
        lock = folder.with_name(f"{folder.name}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            continue
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder, lock


def _columns_of_file(file: DuckDBPyConnection) -> Columns:
    return _by_table(
        file,
        """
        from duckdb_columns()
        semi join (from duckdb_tables() where not temporary) using (database_oid, table_oid)
        where database_name = current_catalog()
        """,
    )


def _columns_of_lakehouse(lake: DuckDBPyConnection) -> Columns:
    # Asked for its tables, it would count their rows.
    return _by_table(lake, "from duckdb_columns() where database_name = 'lake'")


def _by_table(cursor: DuckDBPyConnection, columns: str) -> Columns:
    rows = cursor.execute(
        f"select table_name, column_name, data_type {columns} order by table_name, column_index"
    ).fetchall()
    tables: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        tables.setdefault(table, {})[column] = kind
    return tables


def _defined(columns: Mapping[str, str]) -> str:
    return ", ".join(f'"{name}" {kind}' for name, kind in columns.items())


def _never_filled(lake: DuckDBPyConnection) -> set[str]:
    """To ask an empty table for its rows takes longer than one with a few."""
    rows = lake.execute(
        f"""
        from postgres_query('{CATALOGUE}', '
            select table_name
            from ducklake_table
            left join ducklake_table_stats using (table_id)
            where end_snapshot is null and coalesce(record_count, 0) = 0
        ')
        """
    ).fetchall()
    return {table for (table,) in rows}


def _insert(cursor: DuckDBPyConnection, table: str, rows: DuckDBPyConnection) -> None:
    cursor.register("rows_to_insert", rows.to_arrow_reader(100_000))
    cursor.execute(f"insert into {table} by name from rows_to_insert")
    cursor.unregister("rows_to_insert")


def _state(file: DuckDBPyConnection) -> dict[str, tuple[dict[str, str], int]]:
    """Table -> its columns, and how many rows it has."""
    columns = _columns_of_file(file)
    counted = " union all ".join(
        f"""select '{name}', count(*) from "{name}" """ for name in columns
    )
    return {name: (columns[name], rows) for name, rows in file.execute(counted).fetchall()}


def _count_on(file: DuckDBPyConnection, tables: Collection[str]) -> None:
    """The next number of the file is beyond those of these tables."""
    if not tables:
        return
    numbers = " union all ".join(
        f"select max(record_number) as last from {table}" for table in tables
    )
    ((last,),) = file.execute(f"select coalesce(max(last), 0) from ({numbers})").fetchall()
    # What duckdb_sequences() calls the last value is the next one in a file just opened.
    ((next_number,),) = file.execute("select nextval('record_numbers')").fetchall()
    if last > next_number:
        file.execute(
            "select max(nextval('record_numbers')) from range(?)", [last - next_number]
        ).fetchall()
