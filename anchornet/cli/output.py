"""What every command does at its two ends: opens the network, prints, says how it ended."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from anchornet.settings import Settings
    from anchornet.store.database import Database

DONE, FILE_HAS_ERRORS, WRONG_USE, OUR_FAULT, STOPPED = 0, 1, 2, 3, 130


def say(message: str, code: int = DONE) -> int:
    print(message, file=sys.stderr)
    return code


def settings_with(database: Path | None) -> "Settings":
    from anchornet.settings import load

    return replace(load(), database=database) if database else load()


@contextmanager
def network(path: Path | None) -> Iterator["Database"]:
    from anchornet.facts.build import open_network

    database = open_network(settings_with(path))
    try:
        yield database
    finally:
        database.close()


def put(text: str, output: Path | None) -> int:
    """Prints a result, or writes it where -o says."""
    if output is None:
        print(text, end="")
        return DONE
    output.write_bytes(text.encode())
    return say(f"Made {output}.")


def print_json(value: Any) -> int:
    print(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False, default=float))
    return DONE


def print_rows(rows: list[dict[Any, Any]], form: str = "text") -> int:
    from anchornet.narrative.plain_text import table_text

    if form == "json":
        return print_json(rows)
    print(table_text(rows), end="")
    return DONE


def records(frame: "pd.DataFrame") -> list[dict[Any, Any]]:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def moment_text(moment: datetime | None, timespec: str = "auto") -> str | None:
    return f"{moment.isoformat(timespec=timespec)}Z" if moment is not None else None
