"""The command that turns other lists into a return."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from anchornet.cli.options import (
    DATABASE,
    HEADING_LINE,
    MAP,
    MONTH,
    MONTH_FIRST,
    OUTPUT,
    SHEET,
    Pair,
    argument,
    option,
    read_file,
)
from anchornet.cli.output import (
    DONE,
    FILE_HAS_ERRORS,
    WRONG_USE,
    network,
    put,
    say,
    settings_with,
)
from anchornet.formatting import listed
from anchornet.returns.declaration import RETURNS, Return

if TYPE_CHECKING:
    from anchornet.intake.prepare import PreparedReturn
    from anchornet.returns.csv_reader import Reading
    from anchornet.store.database import Database

app = typer.Typer()


def read_prepared(text: str) -> Return:
    from anchornet.intake.prepare import EXTRACTS
    from anchornet.intake.prepare_commitments import COMMITMENTS

    names = [*EXTRACTS, COMMITMENTS.name]
    if text not in names:
        raise ValueError(f"{text} is not made from other lists. {listed(names)} are.")
    return RETURNS[text]


def read_purpose(text: str) -> Pair:
    purpose, equals, measure = text.rpartition("=")
    if not equals:
        raise ValueError(f"write PURPOSE=MEASURE, such as OSSR=green_space, and not {text!r}.")
    return Pair(purpose.strip(), measure.strip())


@app.command()
def prepare(
    return_: Return = argument(
        "RETURN",
        "local_hires, from a list of starters; retention, from starters and leavers; commitments, "
        "from a contracts register or the lists of developer contributions.",
        read=read_prepared,
    ),
    files: list[Path] = argument("FILE...", "CSV or Excel.", read=read_file),
    period: date = MONTH,
    source: str | None = option("--source", "NAME", "Of commitments: contract or section_106."),
    purposes: list[Pair] | None = option(
        "--purpose",
        "PURPOSE=MEASURE",
        "Which measure contributions for a purpose are of, or nothing for none; no purpose: those "
        "that only transactions name. May be repeated.",
        read=read_purpose,
    ),
    headings: list[Pair] | None = MAP,
    sheets: list[str] | None = SHEET,
    heading_line: int | None = HEADING_LINE,
    month_first: bool = MONTH_FIRST,
    output: Path | None = OUTPUT,
    database: Path | None = DATABASE,
) -> int:
    """Turn other lists into a return. A list of people needs no database, and is not kept."""
    from anchornet.intake.prepare import prepare
    from anchornet.intake.prepare_commitments import COMMITMENTS
    from anchornet.narrative.plain_text import prepared_text
    from anchornet.returns.csv_reader import Reading

    reading = Reading(tuple(sheets or ()), heading_line, month_first or None)
    named = dict(headings or ())
    if return_ is COMMITMENTS:
        with network(database) as opened:
            prepared, text = _prepared_commitments(
                opened, files, source, period, purposes or (), named, reading
            )
    else:
        if source or purposes or len(files) > 1:
            return say(f"{return_.title} is made from one list of people, without more.", WRONG_USE)
        settings, data = settings_with(database), files[0].read_bytes()
        prepared = prepare(settings, return_, data, period=period, headings=named, reading=reading)
        text = prepared_text(prepared)
    say(text)
    if prepared.stopped:
        return FILE_HAS_ERRORS
    return put(prepared.csv, output) if prepared.csv else DONE


def _prepared_commitments(
    database: "Database",
    files: Sequence[Path],
    source: str | None,
    period: date,
    purposes: Iterable[Pair],
    headings: Mapping[str, str],
    reading: "Reading",
) -> "tuple[PreparedReturn, str]":
    from anchornet.intake.prepare_commitments import (
        COMMITMENTS,
        SOURCES,
        ListFile,
        choices_of,
        prepare_commitments,
    )
    from anchornet.narrative import prepared_commitments
    from anchornet.store.framework import framework
    from anchornet.store.network import NotPossible

    if source is None or source not in SOURCES:
        raise NotPossible(f"Say what the files are with --source: {' or '.join(SOURCES)}.")
    if not COMMITMENTS.is_period(period):
        raise NotPossible(COMMITMENTS.no_period(period))
    if not (loaded := framework(database)):
        raise NotPossible(prepared_commitments.NO_FRAMEWORK)
    prepared = prepare_commitments(
        loaded,
        [ListFile(file.name, file.read_bytes()) for file in files],
        source=source,
        period=period,
        choices=choices_of(loaded, purposes),
        headings=headings,
        reading=reading,
    )
    return prepared, prepared_commitments.text(prepared, loaded)
