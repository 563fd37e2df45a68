"""What every command does at its two ends: opens the network, prints, says how it ended."""

import getpass
import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from anchornet.settings import Settings
    from anchornet.store.database import Database

DONE, FILE_HAS_ERRORS, WRONG_USE, OUR_FAULT, STOPPED = 0, 1, 2, 3, 130


@dataclass(frozen=True)
class Terminal:
    """Where a command that runs inside the app was typed."""

    out: io.TextIOBase
    err: io.TextIOBase
    folder: Path
    typed: list[str]
    database: "Database"


# None: in the process that it was typed in. A command of the app's has a thread of its own.
TERMINAL: ContextVar[Terminal | None] = ContextVar("terminal", default=None)


class InUse(Exception):
    """Another process holds the database. Where it is the app, it can run the command."""

    def __init__(self, sentence: str, database: Path, typed: list[str]) -> None:
        super().__init__(sentence)
        self.database, self.typed = database, typed


_typed: list[str] = []  # what was asked for in this process


def say(message: str, code: int = DONE) -> int:
    terminal = TERMINAL.get()
    (terminal.err if terminal else sys.stderr).write(f"{message}\n")
    return code


def print_text(text: str, end: str = "\n") -> int:
    terminal = TERMINAL.get()
    (terminal.out if terminal else sys.stdout).write(f"{text}{end}")
    return DONE


def located(text: str) -> Path:
    """The file of that name, from the folder that the command was typed in."""
    terminal = TERMINAL.get()
    return (terminal.folder if terminal else Path.cwd()) / Path(text).expanduser()


def typed_secret(question: str) -> str:
    """What is typed, unseen, or the next line of standard input."""
    if terminal := TERMINAL.get():
        return terminal.typed[0]
    asked = sys.stdin.isatty()
    _typed[:] = [getpass.getpass(question) if asked else sys.stdin.readline().rstrip("\n")]
    return _typed[0]


def located_database(text: str) -> Path:
    """The file of that name; a lakehouse as it is named."""
    return Path(text) if text.startswith("ducklake:") else located(text)


def settings_with(database: Path | None) -> "Settings":
    """Those of the network that has the database, or of the only one. Raises SettingsError."""
    from anchornet.settings import SettingsError, hosts, load

    if database:
        location = load().with_database(str(database)).location
        return load(environment=os.environ | {"ANCHORNET_DATABASE": location})
    if several := hosts():
        databases = ", ".join(f"{load(host=host).location} ({host})" for host in several)
        raise SettingsError(f"There are several networks here. Name one's --database: {databases}.")
    return load()


@contextmanager
def network(
    path: Path | None, *, bare: bool = False, accept_loss: bool = False
) -> Iterator["Database"]:
    """The database, open: the app's, inside it. `bare` without places and facts. Raises InUse."""
    from anchornet.facts.build import open_network
    from anchornet.store.database import DatabaseInUse
    from anchornet.store.opening import open_database

    if terminal := TERMINAL.get():
        yield terminal.database
        return
    settings = settings_with(path)
    try:
        if bare:
            database = open_database(settings, accept_loss=accept_loss)
        else:
            database = open_network(settings)
    except DatabaseInUse as error:
        raise InUse(str(error), settings.database, [*_typed]) from None
    try:
        yield database
    finally:
        database.close()


def put(text: str, output: Path | None) -> int:
    """Prints a result, or writes it where -o says."""
    if output is None:
        return print_text(text, end="")
    output.write_bytes(text.encode())
    return say(f"Made {output}.")


def print_json(value: Any) -> int:
    text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False, default=float)
    return print_text(text)


def print_rows(rows: list[dict[Any, Any]], form: str = "text") -> int:
    from anchornet.narrative.plain_text import table_text

    if form == "json":
        return print_json(rows)
    return print_text(table_text(rows), end="")


def records(frame: "pd.DataFrame") -> list[dict[Any, Any]]:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def moment_text(moment: datetime | None, timespec: str = "auto") -> str | None:
    return f"{moment.isoformat(timespec=timespec)}Z" if moment is not None else None
