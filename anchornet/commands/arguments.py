"""What may be typed on the command line, and what is said when it can't be read."""

import argparse
from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NoReturn

from anchornet.periods import add_months, parse_month
from anchornet.returns.declaration import RETURNS, Return

WRONG_USE = 2
EACH = "each"

Command = Callable[[Namespace], int]
Argument = tuple[tuple[str, ...], dict[str, Any]]
Commands = dict[str, tuple[Command, str, tuple[Argument, ...]]]


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the whole usage."""

    def error(self, message: str) -> NoReturn:
        message = message.replace("invalid choice:", "there is no")
        self.exit(WRONG_USE, f"{self.prog}: {message}\nSee {self.prog} --help.\n")


def make_parser(commands: Commands, about: str) -> Parser:
    """The whole command line; a command of two words stands in a group of the first."""
    shared = Parser(add_help=False)
    shared.add_argument(
        "--database",
        metavar="PATH",
        type=Path,
        default=argparse.SUPPRESS,  # so that the inner parser doesn't undo what the outer read
        help="the database; else ANCHORNET_DATABASE, else what the settings say",
    )
    parser = Parser(
        "python -m anchornet",
        description=about,
        parents=[shared],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    inside = parser.add_subparsers(metavar="COMMAND", required=True)
    groups: dict[str, Any] = {}
    for name, (_, says, arguments) in commands.items():
        group, _, verb = name.partition(" ")
        short = says.partition(". ")[0].rstrip(".")
        if verb and group not in groups:
            outer = inside.add_parser(group, help=short, parents=[shared])
            groups[group] = outer.add_subparsers(metavar=verb, required=True)
        where = groups[group] if verb else inside
        made = where.add_parser(verb or group, help=short, description=says, parents=[shared])
        made.set_defaults(command=name)
        for names, how in arguments:
            made.add_argument(*names, **how)
    return parser


def arg(*names: str, read: Callable[[str], Any] | None = None, **how: Any) -> Argument:
    """An argument of argparse; a ValueError of `read` is shown as the sentence it is."""

    def typed(text: str) -> Any:
        try:
            return read(text) if read else text
        except ValueError as wrong:
            raise ArgumentTypeError(str(wrong)) from None

    return names, how | ({"type": typed} if read else {})


def read_return(text: str) -> Return:
    if text not in RETURNS:
        raise ValueError(f"there is no return {text!r}. There are: {', '.join(RETURNS)}.")
    return RETURNS[text]


def read_file(text: str) -> Path:
    if not Path(text).is_file():
        raise ValueError(f"there is no file {text}.")
    return Path(text)


def read_place(text: str) -> Path:
    if not Path(text).absolute().parent.is_dir() or Path(text).is_dir():
        raise ValueError(f"{text} can't be written. Name a file in a folder that is there.")
    return Path(text)


def read_month_or_each(text: str) -> date | str:
    return EACH if text == EACH else parse_month(text)


def read_months(text: str) -> list[date]:
    """`2026-09`, or every month of `2026-01..2026-09`."""
    first, _, last = text.partition("..")
    months, end = [parse_month(first)], parse_month(last or first)
    if end < months[0]:
        raise ValueError(f"{text} ends before it begins. Write the earlier month first.")
    while months[-1] < end:
        months.append(add_months(months[-1], 1))
    return months


def read_moment(text: str) -> datetime:
    """A moment in UTC, without a zone; a day alone means its end."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a time. Write 2026-10-20 or 2026-10-20T09:30.") from None
    if len(text) <= len("2026-10-20"):
        return moment.replace(hour=23, minute=59, second=59, microsecond=999_999)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def read_day(text: str) -> date:
    return read_moment(text).date()


def read_heading(text: str) -> list[str]:
    """[field, heading] of `field=heading`."""
    if "=" not in text:
        raise ValueError(f"write FIELD=HEADING, such as paid_on='Payment date', and not {text!r}.")
    return [part.strip() for part in text.split("=", 1)]


RETURN = arg("return_", read=read_return, metavar="RETURN", help=", ".join(RETURNS))
FILE = arg("file", read=read_file, metavar="FILE", help="CSV or Excel")
BY = arg("--by", metavar="EMAIL", required=True, help="who does this")
RECORDED_BY = arg("--by", metavar="EMAIL", default="command line", help="who records it")
FORMAT = arg("--format", choices=("text", "json"), default="text")
OUTPUT = arg(
    "-o",
    "--output",
    read=read_place,
    metavar="FILE",
    help="where to write it; else standard output",
)
MAP = arg(
    "--map",
    read=read_heading,
    metavar="FIELD=HEADING",
    action="append",
    default=[],
    help="their heading for our field, or nothing for none; may be repeated",
)
RETURN_FILE = (
    RETURN,
    FILE,
    arg(
        "--period",
        read=read_month_or_each,
        metavar="YYYY-MM",
        help="the month that the file is for; `each`: every month that is in it",
    ),
    arg("--mapping", metavar="NAME", help="a layout of headings that ships with the product"),
    MAP,
    FORMAT,
)
