"""What a column's dates look like: decided by the whole column and said, never by one cell.

A column holds few different texts, so each is read once, in Python, and every row takes its answer.
"""

import calendar
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa

from anchornet import formatting
from anchornet.periods import add_months
from anchornet.returns.field_types import VISIBLE
from anchornet.returns.texts import Texts

FIRST, LAST = date(2000, 1, 1), date(2100, 12, 31)
SERIAL_DAY_0 = date(1899, 12, 30)  # Excel counts days from here

MONTHS = {
    name: number
    for number in range(1, 13)
    for name in (calendar.month_name[number].lower(), calendar.month_abbr[number].lower())
} | {"sept": 9}

TIME = re.compile(
    r"(?:[T ]+|, *)\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)? *(?:[ap]\.?m\.?)? *"
    r"(?:Z|UTC|GMT|BST|[+-]\d\d:?\d\d)?",
    re.I,
)
WEEKDAY = re.compile(
    r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?[,.]? +", re.I
)
YEAR_FIRST = re.compile(r"(\d{4})([-/. ])(\d{1,2})\2(\d{1,2})")
NUMERIC = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})")
DAY_NAMED = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?(?: of)?[-/., ]*([a-z]{3,9})\.?[-/., ']*(\d{4}|\d{2})",
    re.I,
)
NAMED_DAY = re.compile(r"([a-z]{3,9})\.?[-/ ]*(\d{1,2})(?:st|nd|rd|th)?[-/, ]+(\d{4})", re.I)
YEAR_NAMED = re.compile(r"(\d{4})[-/ ]?([a-z]{3,9})[-/ ]?(\d{1,2})", re.I)
SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
MONTH_FORMS = (
    re.compile(r"(?P<year>\d{4})[-/. ](?P<month>\d{1,2})"),
    re.compile(r"(?P<month>\d{1,2})[-/. ](?P<year>\d{4})"),
    re.compile(r"(?P<year>20\d\d)(?P<month>\d\d)"),
    re.compile(r"(?P<month>[a-z]{3,9})[-/., ']*(?P<year>\d{4}|\d{2})", re.I),
    re.compile(r"(?P<year>\d{4})[-/., ']*(?P<month>[a-z]{3,9})", re.I),
)


@dataclass(frozen=True)
class DateText:
    """A text as a date, and the date that it would be with day and month swapped. With `numbers`
    only the column can say which of the two is meant; `plain` has the day first."""

    plain: date | None
    swapped: date | None = None
    numbers: bool = False
    time: bool = False
    short_year: bool = False
    serial: bool = False
    year_first: date | None = None  # of a short year: what it says read the other way round


@dataclass(frozen=True)
class DateColumn:
    """`values` has a date32 for each text, null where it is blank or not read. `doubtful` are texts
    that can't be read before the sender says which way, `doubt` the message ({value} is the text)
    and the cure. `question` is what to ask of a column that reads well but may mean something
    else. `order` is day, month or "" where no cell depends on it; `confirmable`: month first is all
    that the sender has to say."""

    texts: Texts
    values: pa.Array
    note: str = ""
    doubtful: frozenset[str] = frozenset()
    doubt: tuple[str, str] = ("", "")
    question: tuple[str, str] | None = None
    confirmable: bool = False
    order: str = ""

    @property
    def days(self) -> pa.ChunkedArray:
        """The date of each row."""
        return self.texts.spread(self.values)


def read_column(
    column: Texts,
    heading: str,
    *,
    months: bool = False,
    month_first: bool = False,
    period: date | None = None,
    of_people: bool = False,
) -> DateColumn:
    """Reads a column of texts. With `months` each cell is a month, kept as its first day. Dates
    `of_people`, of birth or leaving, may be of any century: a year of two digits stays one."""
    different = column.numbered()
    texts = different.texts.to_pylist()
    read = {
        text: meant for text in texts if text and (meant := _month(text) if months else _date(text))
    }
    decided = _decide(read, heading, months, month_first, period)
    month = decided.order == "month"
    days: list[date | None] = []
    for text in texts:
        meant = read.get(text)
        day = None
        if meant and text not in decided.doubtful:
            day = meant.swapped if month and meant.numbers else meant.plain
            if of_people:
                day = _as_written(day, meant)
            elif day and (not FIRST <= day <= LAST or (months and day.day > 1)):
                day = None
        days.append(day)
    return DateColumn(
        different,
        pa.array(days, pa.date32()),
        decided.note,
        decided.doubtful,
        decided.doubt,
        decided.question,
        decided.confirmable,
        decided.order,
    )


def _as_written(day: date | None, meant: DateText) -> date | None:
    return (
        day.replace(year=day.year - 2000) if day and meant.short_year and day.year > 2000 else day
    )


def are_dates(cells: pa.ChunkedArray) -> list[bool]:
    """Which of the texts are dates in some form, whichever number is the day."""
    read = [_date(text) for text in cells.to_pylist()]
    return [bool(meant and (meant.plain or meant.swapped)) for meant in read]


@dataclass(frozen=True)
class _Decision:
    order: str
    note: str = ""
    doubtful: frozenset[str] = frozenset()
    doubt: tuple[str, str] = ("", "")
    question: tuple[str, str] | None = None
    confirmable: bool = False


def _decide(
    read: Mapping[str, DateText],
    heading: str,
    months: bool,
    month_first: bool,
    period: date | None,
) -> _Decision:
    def ways(text: DateText) -> tuple[bool, bool]:
        """Whether it reads day first, and month first."""
        return (
            text.plain is not None and (text.plain.day == 1 or not months),
            text.swapped is not None and (text.swapped.day == 1 or not months),
        )

    numeric = {text: meant for text, meant in read.items() if meant.numbers}
    month_only = [text for text, meant in numeric.items() if ways(meant) == (False, True)]
    day_only = [text for text, meant in numeric.items() if ways(meant) == (True, False)]
    either = [
        text for text, meant in numeric.items() if all(ways(meant)) and meant.plain != meant.swapped
    ]
    # Real dates of a spreadsheet: 2026-01-08 may be 1 August, read the wrong way before it came.
    fixed = [
        text
        for text, meant in read.items()
        if not meant.numbers and meant.plain and meant.swapped and meant.plain != meant.swapped
    ]
    write = (
        "Write them all as 2026-08-31. In Excel: mark the column, Format Cells, Custom, "
        "yyyy-mm-dd; what stays as it was is text, and has to be typed anew."
    )
    if month_only and day_only:
        doubt = (
            "{value} is in a column where some dates only read day first, such as "
            f"{day_only[0]}, and some only month first, such as {month_only[0]}",
            write,
        )
        return _Decision("day", "", frozenset([*month_only, *either, *fixed]), doubt)
    if month_only and fixed:
        doubt = (
            f"{{value}} may be another day: other dates of {heading} only read month first, such "
            f"as {month_only[0]}, and a spreadsheet that expects the day first turns others round",
            "Go back to the system that the list comes from, and export it again with dates as "
            "2026-08-31.",
        )
        return _Decision("day", "", frozenset([*month_only, *either, *fixed]), doubt)
    if month_only and not month_first:
        doubt = (
            f"{{value}} may be month first: some dates of {heading} only read so, such as "
            f"{month_only[0]}",
            "If your system writes the month first, confirm that these dates are month first. "
            "If not, write them all as 2026-08-31.",
        )
        return _Decision("day", "", frozenset([*month_only, *either]), doubt, confirmable=True)
    if day_only and fixed and not either and _turned_round(read, day_only, fixed):
        doubt = (
            f"{{value}} may be another day: the dates of {heading} that a spreadsheet could read "
            f"month first look turned round, and the rest are text, such as {day_only[0]}",
            "Go back to the system that the list comes from, and export it again with dates as "
            "2026-08-31.",
        )
        return _Decision("day", "", frozenset(fixed), doubt)
    short = {text: meant for text, meant in read.items() if meant.short_year and meant.plain}
    if len(short) > 1 and all(meant.year_first for meant in short.values()):
        years = {meant.plain.year for meant in short.values() if meant.plain}
        others = {meant.year_first.year for meant in short.values() if meant.year_first}
        if len(years) > 1 and len(others) == 1:
            doubt = (
                f"{{value}} may have its year first: so read, all dates of {heading} are in "
                f"{others.pop()}",
                "Write the year in full. In Excel: Format Cells, Custom, yyyy-mm-dd.",
            )
            return _Decision("day", "", frozenset(short), doubt)
    month = month_first and not day_only and bool(numeric)
    question = None
    if not (month_only or day_only or month_first):
        question = _question(read, [*either, *(fixed if period else ())], heading, period)
    order = "month" if month else "day" if numeric else ""
    return _Decision(order, _note(read, heading, order, numeric), question=question)


def _turned_round(read: Mapping[str, DateText], texts: list[str], fixed: list[str]) -> bool:
    """Whether the fixed dates fall in the months of the others only when day and month change
    places, as after a spreadsheet of another country has read what it could."""
    here = _months([read[text].plain for text in texts])
    own = _months([read[text].plain for text in fixed])
    swapped = _months([read[text].swapped for text in fixed])
    return swapped <= here and not own <= here


def _months(days: Iterable[date | None]) -> set[date]:
    return {day.replace(day=1) for day in days if day}


def _question(
    read: Mapping[str, DateText], two_ways: list[str], heading: str, period: date | None
) -> tuple[str, str] | None:
    """Where every date reads both ways, and only the other way all are in one month."""
    if not two_ways or any(meant.plain is None or meant.swapped is None for meant in read.values()):
        return None
    own = _months(meant.plain for meant in read.values())
    swapped = _months(meant.swapped for meant in read.values())
    if len(swapped) > 1 or own == swapped or (period and own == {period}):
        return None
    if len(own) < 2 and not period:
        return None
    (month,) = swapped
    if period and not period <= month < add_months(period, 1):
        return None
    return (
        f"the dates of {heading} are in {len(own)} months day first, and all in "
        f"{formatting.month(month)} month first"
        if len(own) > 1
        else f"the dates of {heading} are in {formatting.month(own.pop())} day first, and in "
        f"{formatting.month(month)} month first",
        "We read them day first. If your system writes the month first, confirm that these dates "
        "are month first.",
    )


def _note(
    read: Mapping[str, DateText], heading: str, order: str, numeric: Mapping[str, DateText]
) -> str:
    """`Payment date: read day first, such as 04/09/26 for 4 September 2026; times left off.`"""
    parts = []
    shown = next((text for text, meant in numeric.items() if meant.plain or meant.swapped), None)
    if shown:
        meant = numeric[shown].swapped if order == "month" else numeric[shown].plain
        means = f" for {formatting.day(meant)}" if meant else ""
        parts.append(f"read {order} first, such as {shown}{means}")
    if any(meant.short_year for meant in read.values()):
        parts.append("years of two digits taken as 20…")
    if any(meant.time for meant in read.values()):
        parts.append("the time of day left off")
    serial = next((text for text, meant in read.items() if meant.serial and meant.plain), None)
    if serial and (day := read[serial].plain):
        parts.append(
            f"numbers such as {serial} taken as Excel's for {formatting.day(day)} (format the "
            "column as a date to see them so)"
        )
    return f"{heading}: {'; '.join(parts)}." if parts else ""


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _full(year: str) -> int:
    return int(year) + 2000 if len(year) == 2 else int(year)


def _date(text: str) -> DateText | None:
    bare = text.translate(VISIBLE).strip()
    if bare[:1].isalpha():
        bare = WEEKDAY.sub("", bare, count=1)
    time = TIME.search(bare)
    if time and time.end() == len(bare):
        read = _date_alone(bare[: time.start()].strip())
        if read:
            return DateText(**{**vars(read), "time": time[0].strip("T ,") not in MIDNIGHT})
        return None
    return _date_alone(bare)


MIDNIGHT = ("00:00", "00:00:00", "0:00", "00:00:00.000", "00:00:00Z", "00:00:00.000Z")


def _date_alone(text: str) -> DateText | None:
    if match := YEAR_FIRST.fullmatch(text):
        year_, second, third = int(match[1]), int(match[3]), int(match[4])
        return DateText(_day(year_, second, third), _day(year_, third, second))
    if match := NUMERIC.fullmatch(text):
        return _numbers(match[1], match[3], match[4])
    if len(text) == 8 and text.isdecimal():
        whole = _day(int(text[:4]), int(text[4:6]), int(text[6:]))
        if whole and FIRST <= whole <= LAST:
            return DateText(whole)
        return _numbers(text[:2], text[2:4], text[4:])
    if match := SERIAL.fullmatch(text):
        counted = SERIAL_DAY_0 + timedelta(days=int(match[1]))
        return DateText(counted if FIRST <= counted <= LAST else None, serial=True)
    if match := DAY_NAMED.fullmatch(text):
        day, name, year = match.groups()
    elif match := NAMED_DAY.fullmatch(text):
        name, day, year = match.groups()
    elif match := YEAR_NAMED.fullmatch(text):
        year, name, day = match.groups()
    else:
        return None
    number = MONTHS.get(name.lower())
    if not number:
        return None
    other = _day(2000 + int(day), number, int(year)) if len(year) == 2 else None
    return DateText(
        _day(_full(year), number, int(day)), short_year=len(year) == 2, year_first=other
    )


def _numbers(first: str, second: str, year: str) -> DateText:
    full, a, b = _full(year), int(first), int(second)
    other = _day(2000 + a, b, int(year)) if len(year) == 2 else None
    return DateText(
        _day(full, b, a),
        _day(full, a, b),
        numbers=True,
        short_year=len(year) == 2,
        year_first=other,
    )


def _month(text: str) -> DateText | None:
    bare = text.translate(VISIBLE).strip()
    for form in MONTH_FORMS:
        if match := form.fullmatch(bare):
            name, year = match["month"].lower(), match["year"]
            month = int(name) if name.isdecimal() else MONTHS.get(name, 0)
            if day := _day(_full(year), month, 1) if 1 <= month <= 12 else None:
                return DateText(day)
    return _date(text)
