"""What may be typed on the command line, and what is said when it can't be read."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

import typer

from anchornet.cli.output import located, located_database
from anchornet.periods import add_months, months_between, parse_month
from anchornet.returns.declaration import RETURNS, Return

Read = Callable[[str], Any]


def _parser(read: Read | None) -> Read | None:
    """For typer, which would show a ValueError with words of its own before it."""
    if read is None:
        return None

    def parse(text: str) -> Any:
        try:
            return read(text)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None

    return parse


def argument(
    metavar: str, about: str | None = None, read: Read | None = None, default: Any = ...
) -> Any:
    return typer.Argument(default, metavar=metavar, help=about, parser=_parser(read))


def option(
    names: str,
    metavar: str | None = None,
    about: str | None = None,
    read: Read | None = None,
    *,
    default: Any = None,
    callback: Callable[..., Any] | None = None,
) -> Any:
    """An option with a value; `read` makes it of text, or raises ValueError with a sentence."""
    parser = _parser(read)
    return typer.Option(
        default, *names.split(), metavar=metavar, help=about, parser=parser, callback=callback
    )


def required(names: str, metavar: str, about: str | None = None, read: Read | None = None) -> Any:
    return option(names, metavar, about, read, default=...)


def flag(name: str, about: str) -> Any:
    return typer.Option(False, name, help=about)


class Pair(NamedTuple):
    """Of `paid_on=Payment date`, or `pathway=apprenticeship`."""

    name: str
    value: str


class Period(NamedTuple):
    """The month that a file is for; None: every month that is in it."""

    month: date | None


class Months(NamedTuple):
    """From the first to the last."""

    first: date
    last: date

    def each(self) -> list[date]:
        count = months_between(self.first, self.last) + 1
        return [add_months(self.first, number) for number in range(count)]


def read_return(text: str) -> Return:
    if text not in RETURNS:
        raise ValueError(f"there is no return {text!r}. There are: {', '.join(RETURNS)}.")
    return RETURNS[text]


def read_indicator(text: str) -> str:
    from anchornet.facts.catalogue import CATALOGUE

    if text not in CATALOGUE:
        raise ValueError(f"there is no indicator {text!r}. There are: {', '.join(CATALOGUE)}.")
    return text


def read_file(text: str) -> Path:
    if not located(text).is_file():
        raise ValueError(f"there is no file {text}.")
    return located(text)


def read_text(file: Path) -> str:
    """What stands in a file of plain text. Raises NotPossible."""
    from anchornet.store.network import NotPossible

    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotPossible(f"{file} is no text in UTF-8. Save it as plain text.") from None


def writable_path(text: str) -> Path:
    """Where a file can be written; ValueError with a sentence where none can."""
    path = located(text)
    if not path.parent.is_dir() or path.is_dir():
        raise ValueError(f"{text} can't be written. Name a file in a folder that is there.")
    return path


def read_period(text: str) -> Period:
    return Period(None if text == "each" else parse_month(text))


def read_months(text: str) -> Months:
    """`2026-09`, or every month of `2026-01..2026-09`."""
    first, _, last = text.partition("..")
    months = Months(parse_month(first), parse_month(last or first))
    if months.last < months.first:
        raise ValueError(f"{text} ends before it begins. Write the earlier month first.")
    return months


def moment(text: str) -> datetime:
    """A moment in UTC, without a zone; a day alone means its end."""
    try:
        written = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a time. Write 2026-10-20 or 2026-10-20T09:30.") from None
    if len(text) <= len("2026-10-20"):
        return written.replace(hour=23, minute=59, second=59, microsecond=999_999)
    return written.astimezone(UTC).replace(tzinfo=None) if written.tzinfo else written


def read_day(text: str) -> date:
    return moment(text).date()


def read_heading(text: str) -> Pair:
    name, equals, heading = text.partition("=")
    if not equals:
        raise ValueError(f"write FIELD=HEADING, such as paid_on='Payment date', and not {text!r}.")
    return Pair(name.strip(), heading.strip())


def read_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a whole number.") from None


def _or_of_outer(context: typer.Context, path: Path | None) -> Path | None:
    """`--database` may stand before or after each word of a command; the last one holds."""
    context.obj = path = path or context.obj
    return path


Form = Literal["text", "json"]
Reader = Literal["supplier", "commissioner", "councillor", "public"]  # as store.framework
Window = Literal["month", "quarter", "financial_year", "rolling_12"]  # as indicators.calculate

DATABASE = option(
    "--database",
    "PATH",
    "The database; else ANCHORNET_DATABASE, else what the settings say.",
    read=located_database,
    callback=_or_of_outer,
)
RETURN = argument("RETURN", ", ".join(RETURNS), read=read_return)
FILE = argument("FILE", "CSV or Excel.", read=read_file)
EMAIL = argument("EMAIL")
BY = required("--by", "EMAIL", "Who does this.")
RECORDED_BY = option("--by", "EMAIL", "Who records it.", default="command line")
MEMBER = required("--member", "ID", "Whose it is.")
FORMAT = option("--format", default="text")
OUTPUT = option("-o --output", "FILE", "Where to write it; else standard output.", writable_path)
MONTH = required("--period", "YYYY-MM", read=parse_month)
FILE_PERIOD = option(
    "--period",
    "YYYY-MM",
    "The month that the file is for; each: every month that is in it.",
    read_period,
)
MAPPING = option("--mapping", "NAME", "A layout of headings that ships with the product.")
MAP = option(
    "--map",
    "FIELD=HEADING",
    "Their heading for our field, or nothing for none; may be repeated.",
    read_heading,
)
SHEET = option("--sheet", "NAME", "A sheet of a workbook to read; may be repeated.", str)
HEADING_LINE = option(
    "--heading-line", "N", "The line that the headings are on, where it isn't found.", read_number
)
MONTH_FIRST = flag("--month-first", "The dates are month first, as in 08/31/2026.")
ACCEPT_WARNINGS = option("--accept-warnings", "TEXT", "Why they are as they should be.")
AS_AT = option("--as-at", "TIME", "In UTC; now, when not named.", moment)
WINDOW = option(
    "--window",
    about="What a month is the last one of; the financial year begins in April.",
    default="month",
)


def take_database(database: Path | None = DATABASE) -> None:
    """What stands before a command."""


def group(app: typer.Typer, name: str, about: str) -> typer.Typer:
    """Commands of two words, the first of which is `name`."""
    inner = typer.Typer()
    app.add_typer(inner, name=name, callback=take_database, help=about)
    return inner
