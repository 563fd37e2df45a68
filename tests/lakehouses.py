"""A PostgreSQL of the tests' own, on this machine only, thrown away with their folder."""

import atexit
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from pathlib import Path

from anchornet.setting_values import LAKEHOUSE, PROJECT
from anchornet.settings import Settings
from anchornet.store import backup
from anchornet.store.database import Database
from anchornet.store.opening import open_database

numbers = count(1)


def program(name: str) -> str:
    """One of PostgreSQL's own; Debian keeps some of them out of the way."""
    folders = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    path = shutil.which(name, path=os.pathsep.join([*folders, os.environ["PATH"]]))
    assert path, "PostgreSQL is not installed: apt-get install postgresql"
    return path


@dataclass
class Catalogue:
    """A server of PostgreSQL: how it is reached, without a database."""

    folder: Path
    port: int
    account: dict[str, object]

    @property
    def reached(self) -> str:
        return f"host=127.0.0.1 port={self.port} user=anchornet"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        log = self.folder / "log"
        self._run("pg_ctl", "-o", f"{options} -c fsync=off", "-l", str(log), "-w", "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-m", "immediate", "-w", "stop")

    def make(self) -> None:
        self._run("initdb", "-U", "anchornet", "-A", "trust", "-E", "UTF8", "--no-sync")

    def _run(self, name: str, *words: str) -> None:
        command = [program(name), "-D", self.folder / "data", *words]
        quiet = {"stdout": subprocess.DEVNULL, "cwd": self.folder, "check": True}
        subprocess.run(command, **quiet, **self.account)


@contextmanager
def running() -> Iterator[Catalogue]:
    """One that runs while the block lasts."""
    # Not in the tests' own folder, which nobody but its owner can enter.
    with tempfile.TemporaryDirectory(prefix="anchornet-postgresql-") as made:
        folder, account = Path(made), {}
        if os.geteuid() == 0:  # as which PostgreSQL does not run
            nobody = pwd.getpwnam("nobody")
            account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        server = Catalogue(folder, port, account)
        server.make()
        server.start()
        try:
            yield server
        finally:
            with suppress(subprocess.CalledProcessError):  # a test has stopped it
                server.stop()


@contextmanager
def catalogue() -> Iterator[str]:
    """How one that runs while the block lasts is reached."""
    with running() as server:
        yield server.reached


def one_more(settings: Settings, reached: str, folder: Path) -> Settings:
    """The same with a lakehouse that nobody has used."""
    changed = settings.with_database(
        f"{LAKEHOUSE}{reached} dbname=network_{os.getpid()}_{next(numbers)}"
    )
    _make(changed)
    # One folder for all, as a copy of a catalogue goes on naming the files of the first.
    return replace(changed, database=folder / "network.lake", lakehouse_data=str(_data(reached)))


def put(file: Path, settings: Settings) -> None:
    """The database becomes what the file is."""
    if not settings.catalogue:
        shutil.copy(file, settings.database)
        return
    reached = settings.catalogue.rpartition(" ")[0]
    if (file, reached) not in _ready:
        source = replace(settings, database=file, catalogue="")
        _ready[file, reached] = one_more(source, reached, file.parent)
        backup.move(source, _ready[file, reached])
    _make(settings, like=_ready[file, reached])


def clear(settings: Settings) -> None:
    """Takes away what servers that were told only where the lakehouse is keep in the project."""
    name = settings.catalogue.rpartition("dbname=")[2]
    for left in PROJECT.glob(f"{name}.lake.*"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def require_the_same(database: Database) -> None:
    """Another server would read what this one reads: whatever a change does is in the lakehouse."""
    settings = database.settings
    if not settings.catalogue or database._closed:  # which the test has done itself
        return
    other = open_database(replace(settings, database=settings.database.with_name("other.lake")))
    try:
        assert content(other) == content(database)
    finally:
        other.close()


def content(database: Database) -> dict[str, tuple[int, int]]:
    """Of every table how many rows it has and what they come to, whatever their order."""
    counted = {}
    with database.cursor() as cursor:
        for (table,) in cursor.execute(
            "select table_name from duckdb_tables() where database_name = current_catalog() "
            "and not temporary and table_name <> 'meta'"  # which says how each file was made
        ).fetchall():
            ((rows, sum_of_all),) = cursor.execute(
                f'select count(*), bit_xor(hash(each)) from "{table}" as each'
            ).fetchall()
            counted[table] = (rows, sum_of_all)
    return counted


_ready: dict[tuple[Path, str], Settings] = {}


@cache
def _data(reached: str) -> Path:
    """Where the lakehouses of one PostgreSQL keep their files, until the tests end."""
    folder = tempfile.mkdtemp(prefix="anchornet-lakehouses-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _make(settings: Settings, *, like: Settings | None = None) -> None:
    """A database of PostgreSQL, anew, empty or as another is."""
    words = dict(word.split("=") for word in settings.catalogue.split())
    reached = {"PGHOST": words["host"], "PGPORT": words["port"], "PGUSER": words["user"]}
    name = words["dbname"]
    if like:
        subprocess.run([program("dropdb"), "--if-exists", name], env=reached, check=True)
    before = ["-T", like.catalogue.rpartition("dbname=")[2]] if like else []
    subprocess.run([program("createdb"), *before, name], env=reached, check=True)
