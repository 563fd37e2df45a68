"""Commands of figures."""

from argparse import Namespace
from datetime import date

from anchornet.commands import (
    DONE,
    arguments,
    command,
    network_of,
    print_json,
    records,
)
from anchornet.commands.arguments import arg
from anchornet.csv_export import csv_bytes
from anchornet.facts.catalogue import CATALOGUE
from anchornet.indicators.calculate import calculate
from anchornet.narrative.plain_text import table_text
from anchornet.periods import WINDOWS, month_text
from anchornet.store.database import Database
from anchornet.store.network import NotPossible
from anchornet.store.submissions import history


def _read_part(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise ValueError(
            f"write BREAKDOWN=VALUE, such as pathway=apprenticeship, and not {text!r}."
        )
    return name, value


def _parts(given: list[tuple[str, str]]) -> dict[str, list[str]] | None:
    parts: dict[str, list[str]] = {}
    for name, value in given:
        parts.setdefault(name, []).append(value)
    return parts or None


@command(
    "indicators",
    "Print figures, exact: nothing is rounded or hidden, so publish from the app instead.",
    arg("names", metavar="NAME", nargs="*", help="all of them, when none is named"),
    arg(
        "--period",
        read=arguments.read_months,
        metavar="YYYY-MM[..YYYY-MM]",
        action="extend",
        help="may be repeated; every month from the first return to the last, when none is named",
    ),
    arg(
        "--window",
        choices=WINDOWS,
        default="month",
        help="what a month is the last one of; the financial year begins in April",
    ),
    arg(
        "--member",
        metavar="ID",
        action="append",
        help="of these members only; may be repeated",
    ),
    arg(
        "--where",
        read=_read_part,
        metavar="BREAKDOWN=VALUE",
        action="append",
        default=[],
        help="only this part, such as pathway=apprenticeship; may be repeated",
    ),
    arg("--as-at", read=arguments.read_moment, metavar="TIME", help="in UTC; now, when not named"),
    arg("--by", metavar="BREAKDOWN", action="append", default=[], help="may be repeated"),
    arg("--format", choices=("text", "json", "csv"), default="text"),
)
def _indicators(given: Namespace) -> int:
    with network_of(given) as database:
        frame = calculate(
            database,
            given.names or list(CATALOGUE),
            sorted(set(given.period or _months_sent(database))),
            as_at=given.as_at,
            by=tuple(given.by),
            window=given.window,
            members=given.member,
            where=_parts(given.where),
        ).drop(columns="base", errors="ignore")
    frame["period"] = frame["period"].map(month_text)
    frame["as_at"] = [f"{moment.isoformat()}Z" for moment in frame["as_at"]]
    if given.format == "json":
        return print_json(records(frame))
    if given.format == "csv":
        print(csv_bytes(frame).decode("utf-8-sig"), end="")
    else:
        print(table_text(records(frame.drop(columns="as_at"))), end="")
    return DONE


def _months_sent(database: Database) -> list[date]:
    told = history(database)
    sent = told.loc[told["state"] == "counted", "period"]
    if sent.empty:
        raise NotPossible("No return was sent yet. Send one, or name a month with --period.")
    return arguments.read_months(f"{month_text(min(sent))}..{month_text(max(sent))}")
