"""A PostgreSQL of the tests' own, on this machine only, thrown away with their folder."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

from anchornet.settings import LAKEHOUSE, Settings

numbers = count(1)


def program(name: str) -> str:
    """One of PostgreSQL's own; Debian keeps some of them out of the way."""
    folders = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    path = shutil.which(name, path=os.pathsep.join([*folders, os.environ["PATH"]]))
    assert path, "PostgreSQL is not installed: apt-get install postgresql"
    return path


@contextmanager
def catalogue() -> Iterator[str]:
    """How a server of PostgreSQL that runs while the block lasts is reached, without a database."""
    # Not in the tests' own folder, which nobody but its owner can enter.
    with tempfile.TemporaryDirectory(prefix="anchornet-postgresql-") as made:
        yield from _running(Path(made))


def _running(folder: Path) -> Iterator[str]:
    account: dict[str, object] = {}
    if os.geteuid() == 0:  # as which PostgreSQL does not run
        nobody = pwd.getpwnam("nobody")
        account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def run(name: str, *words: str) -> None:
        command = [program(name), "-D", folder / "data", *words]
        quiet = {"stdout": subprocess.DEVNULL, "cwd": folder, "check": True}
        subprocess.run(command, **quiet, **account)

    run("initdb", "-U", "anchornet", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
    run("pg_ctl", "-o", options, "-l", str(folder / "log"), "-w", "start")
    try:
        yield f"host=127.0.0.1 port={port} user=anchornet"
    finally:
        run("pg_ctl", "-m", "immediate", "-w", "stop")


def one_more(
    settings: Settings, reached: str, folder: Path, *, like: str | None = None
) -> Settings:
    """The same with a lakehouse that nobody has used, or with a copy of another, by its name."""
    name = f"network_{os.getpid()}_{next(numbers)}"
    words = dict(word.split("=") for word in reached.split())
    subprocess.run(
        [program("createdb"), *(["-T", like] if like else []), name],
        env={"PGHOST": words["host"], "PGPORT": words["port"], "PGUSER": words["user"]},
        check=True,
    )
    changed = settings.with_database(f"{LAKEHOUSE}{reached} dbname={name}")
    # What a copy adds lies beside what it began with: files are never changed.
    data = settings.lakehouse_data if like else str(folder / f"{name}.data")
    return replace(changed, database=folder / f"{name}.lake", lakehouse_data=data)
