"""The command of figures."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from anchornet.cli.options import (
    AS_AT,
    DATABASE,
    WINDOW,
    Months,
    Pair,
    Window,
    argument,
    option,
    read_months,
)
from anchornet.cli.output import network, print_rows, print_text, records
from anchornet.periods import month_text

if TYPE_CHECKING:
    import pandas as pd

    from anchornet.indicators.figures import Request
    from anchornet.store.database import Database

app = typer.Typer()


def read_part(text: str) -> Pair:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise ValueError(
            f"write BREAKDOWN=VALUE, such as pathway=apprenticeship, and not {text!r}."
        )
    return Pair(name, value)


@app.command()
def indicators(
    names: list[str] | None = argument(
        "[NAME]...", "All of them, when none is named.", default=None
    ),
    period: list[Months] | None = option(
        "--period",
        "YYYY-MM[..YYYY-MM]",
        "May be repeated; every month from the first return to the last, when none is named.",
        read=read_months,
    ),
    window: Window = WINDOW,
    member: list[str] | None = option("--member", "ID", "Of these members only; may be repeated."),
    where: list[Pair] | None = option(
        "--where",
        "BREAKDOWN=VALUE",
        "Only this part, such as pathway=apprenticeship; may be repeated.",
        read=read_part,
    ),
    as_at: datetime | None = AS_AT,
    by: list[str] | None = option("--by", "BREAKDOWN", "May be repeated."),
    audience: Literal["own", "network", "public"] = option(
        "--audience",
        None,
        "own: exact; network and public: people rounded, * for 1 to 7.",
        default="own",
    ),
    form: Literal["table", "csv", "json"] = option("--format", default="table"),
    database: Path | None = DATABASE,
) -> int:
    """Print figures: in words, or exact as CSV or JSON unless another audience is named."""
    from anchornet.csv_export import csv_bytes
    from anchornet.facts.catalogue import CATALOGUE
    from anchornet.indicators.figures import AUDIENCES, Request, figures

    parts: dict[str, list[str]] = {}
    for name, value in where or []:
        parts.setdefault(name, []).append(value)
    with network(database) as opened:
        request = Request(
            names or list(CATALOGUE),
            sorted({month for months in period or [_sent(opened)] for month in months.each()}),
            window,
            as_at,
            tuple(by or ()),
            member,
            parts or None,
        )
        frame = figures(opened, request, AUDIENCES[audience])
        if form == "table":
            return print_rows(_in_words(opened, request, frame))
    frame = frame.drop(columns=["base", "senders"])
    frame["period"] = frame["period"].map(month_text)
    frame["as_at"] = [f"{moment.isoformat()}Z" for moment in frame["as_at"]]
    if form == "csv":
        return print_text(csv_bytes(frame).decode("utf-8-sig"), end="")
    return print_rows(records(frame), form)


def _in_words(
    database: "Database", request: "Request", frame: "pd.DataFrame"
) -> list[dict[str, str]]:
    """A row for each figure as somebody reads it."""
    from anchornet.exports.part_names import part_titles
    from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE
    from anchornet.formatting import capital, members, shown
    from anchornet.narrative.status import lacking

    parts = {
        capital(BREAKDOWNS[by].by): part_titles(database, by, frame, request.as_at)
        for by in request.by
    }
    return [
        {
            "Figure": CATALOGUE[row["indicator"]].title,
            "Time": capital(CATALOGUE[row["indicator"]].span(row["period"], request.window)),
        }
        | {by: titles[number] or "–" for by, titles in parts.items()}
        | {"Value": shown(row), "From": members(row), "Not judged": lacking(row)}
        for number, (_, row) in enumerate(frame.iterrows())
    ]


def _sent(database: "Database") -> Months:
    """From the first month that counts to the last."""
    from anchornet.store.network import NotPossible
    from anchornet.store.submissions import history

    submissions = history(database)
    months: list[date] = list(submissions.loc[submissions["state"] == "counted", "period"])
    if not months:
        raise NotPossible("No return was sent yet. Send one, or name a month with --period.")
    return Months(min(months), max(months))
