"""The commands of `python -m anchornet`, by subject, and what they share."""

import json
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from anchornet.commands.arguments import Argument, Command, Commands
from anchornet.facts import build
from anchornet.settings import Settings, load
from anchornet.store.database import Database

DONE, FILE_HAS_ERRORS, OUR_FAULT = 0, 1, 3
COMMANDS: Commands = {}


def command(name: str, about: str, *takes: Argument) -> Callable[[Command], Command]:
    def register(run: Command) -> Command:
        COMMANDS[name] = (run, about, takes)
        return run

    return register


def say(message: str, code: int = DONE) -> int:
    print(message, file=sys.stderr)
    return code


def put(given: Namespace, text: str) -> int:
    """Prints a result, or writes it where -o says."""
    if given.output is None:
        print(text, end="")
    else:
        given.output.write_bytes(text.encode())
        say(f"Made {given.output}.")
    return DONE


def settings_of(given: Namespace) -> Settings:
    settings = load()
    if "database" in given:
        return replace(settings, database=Path.cwd() / given.database.expanduser())
    return settings


@contextmanager
def network_of(given: Namespace) -> Iterator[Database]:
    database = build.open_network(settings_of(given))
    try:
        yield database
    finally:
        database.close()


def print_json(value: Any) -> int:
    print(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False))
    return DONE


def records(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")
