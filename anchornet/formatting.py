"""Figures in words: one way to write a value, a gap, a month or a list, everywhere."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from anchornet.periods import months_of
from anchornet.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    Row = Mapping[Any, Any] | pd.Series[Any]

NUMBERS = "no one two three four five six seven eight nine ten eleven twelve".split()
LONDON = ZoneInfo("Europe/London")
NOT_KNOWN = "not_known"
STATUS = {
    "on_track": "On track",
    "within_tolerance": "Within tolerance",
    "off_track": "Off track",
}


def pounds(value: float) -> str:
    """Pounds to three figures: `£41.6m`, `£204k`, `£950`; a dash for a gap."""
    if math.isnan(value):
        return "–"
    amount = _as_written(value)
    size = abs(amount)
    power, letter = next(
        (power, letter)
        for power, letter in ((0, ""), (3, "k"), (6, "m"), (9, "bn"))
        if size.scaleb(-power) < Decimal("999.5") or letter == "bn"
    )
    scaled = size.scaleb(-power)
    places = 2 if scaled < Decimal("9.995") else 1 if scaled < Decimal("99.95") else 0
    text = f"£{rounded(scaled, places if letter else 0):,}{letter}"
    return f"-{text}" if amount < 0 and text != "£0" else text


def figure(value: float | None, unit: str) -> str:
    """A value to be read at a glance: `£41.6m`, `1,204`, `73%`; a dash for a gap."""
    if value is None or math.isnan(value):
        return "–"
    if unit == "gbp":
        return pounds(value)
    if unit == "share":
        return f"{percent(value):,}%"
    return f"{round_half_up(value):,}"


def amount(value: float, unit: str) -> str:
    """An amount of a measure, whose unit stands beside it: `£204k`, `1,204`, `12.5`, `yes`."""
    if unit == "yes" and not math.isnan(value):
        return "yes" if value >= 1 else "no"
    if unit in ("gbp", "people") or math.isnan(value):
        return figure(value, unit)
    return f"{rounded(value, 1).normalize():,f}"


def rounded(value: float | Decimal, places: int = 0) -> Decimal:
    """To so many places, halves up, as the number is written: 14.5 is 15, and 0.125 is 0.13."""
    return _as_written(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _as_written(value: float | Decimal) -> Decimal:
    """A binary number as what it stands for: a sum or product of some misses that by its last
    digits, so 0.6 / 12 * 10, which is a half, is a little less than one."""
    return Decimal(f"{value:.13g}" if isinstance(value, float) else str(value))


def round_half_up(value: float | Decimal) -> int:
    return int(rounded(value))


def percent(share: float, places: int = 0) -> Decimal:
    """`42` for 0.42: multiplied before it is rounded, and not as floats are."""
    return rounded(_as_written(share) * 100, places)


def pence(amount: Decimal) -> str:
    """Pounds to the penny, as a sender checks them: `£1,234.50`, `-£5.00`."""
    return f"{'-' if amount < 0 else ''}£{abs(amount):,.2f}"


def rounding(settings: Settings) -> str:
    """What a page says once of its figures of people."""
    return (
        f"People are rounded to {settings.round_to}, a few more or fewer on purpose, so that "
        "nobody can be told apart."
    )


def star(unit: str, settings: Settings) -> str:
    """What a star stands for, in a figure of that unit."""
    few = f"* stands for 1 to {settings.suppress_below - 1} people"
    return f"{few} in the part or the rest." if unit == "share" else f"{few}."


def unseen(shown: str) -> str:
    """Why there is no figure, for what is shown in its place: `too few people to show`."""
    return {"*": "too few people to show", "–": "no figure"}.get(shown, shown)


def no_figure(shown: str, when: str) -> str:
    """That there is none, in a sentence that ends with `when`, for what is shown in its place."""
    if shown == "*":
        return f"There are too few people to show the figure {when}."
    return f"There is no figure {when}{'' if shown == '–' else f': {shown}'}."


def is_gap(value: Any) -> bool:
    """Whether a value is missing, however pandas spells that."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def shown(row: pd.Series[Any]) -> str:
    """What may be shown of a figure's row: what disclosure control wrote, else the figure."""
    instead = row.get("shown")
    if isinstance(instead, str) and is_gap(row["value"]):
        return instead or "–"
    return figure(row["value"], row["unit"])


def exactly(value: float, unit: str) -> str:
    """A value as it can be typed and read back: `48.5%`, `£15,500,000`, `1,204`."""
    if unit == "share":
        return f"{round(value * 100, 10):,.10g}%"
    return f"{'£' if unit == 'gbp' else ''}{round(value, 6):,.15g}"


def members(row: Row) -> str:
    """How many members a figure covers: `11 of 12 members`, `3 of 12 members so far` where they
    are too few; and `, 3 of 12 months` where its window lacks some. Of a month that
    nobody was asked for `nobody was asked`."""
    expected = row["members_expected"]
    if not expected:
        return "nobody was asked"
    text = f"{row['members']:,} of {expected:,} {plural(expected, 'member')}"
    if row.get("unjudged") == "few_members":
        text += " so far"
    if lacks_months(row):
        text += f", {row['months']:,} of {row['months_expected']:,} months"
    return text


def lacks_months(row: Row) -> bool:
    """Whether nobody sent some month of a figure's window."""
    return row.get("months_expected", 1) > 1 and bool(row["months"] < row["months_expected"])


def coverage(row: pd.Series[Any]) -> str:
    """The members, and of how much something isn't known: `11 of 12 members, 5% not known`."""
    return ", ".join(filter(None, [members(row), not_known(row)]))


def not_known(row: Row) -> str:
    """Of how much of its whole a share knows nothing: `5% not known`; empty where that is none, or
    less than can be said."""
    unknown = row.get("unknown")
    if unknown is None or is_gap(unknown) or not percent(unknown):
        return ""
    return f"{figure(unknown, 'share')} not known"


def round_pounds(value: float) -> str:
    """A round sum without needless noughts: `£30k`, `£1m`."""
    return re.sub(r"\.0+(?=\D|$)|(?<=\.\d)0+(?=\D|$)", "", pounds(value))


def gap(value: float, against: float, unit: str) -> str:
    """How far a value is from another: `4 points below`, `£1.20m above`, `level with`.

    Shares are rounded before they are subtracted, so that the words agree with what is shown.
    """
    if math.isclose(value, against, rel_tol=1e-9):
        return "level with"
    side = "above" if value > against else "below"
    if unit == "share":
        points = int(abs(percent(value) - percent(against)))
        return f"{points} {plural(points, 'point')} {side}" if points else f"just {side}"
    size = figure(abs(value - against), unit)
    return f"just {side}" if size in ("0", "£0") else f"{size} {side}"


def plain(title: str) -> str:
    """An indicator's title where its unit is beside it: `Local spend (%)` is `Local spend`."""
    return title.removesuffix(" (%)")


def inside(title: str) -> str:
    """A title inside a sentence: `workers uplifted`; `Local spend (%)` is `local spend`."""
    short = plain(title)
    return short if short.startswith("Real Living Wage") else short[:1].lower() + short[1:]


def count(number: int, of: int | None = None) -> str:
    """`two of twelve`, `all twelve`, `both`, `none of twelve`, `neither of two`; `no`, `34`:
    numbers up to twelve as words."""

    def word(n: int) -> str:
        return NUMBERS[n] if 0 <= n < len(NUMBERS) else f"{n:,}"

    if of is None:
        return word(number)
    if number == of > 1:
        return "both" if of == 2 else f"all {word(of)}"
    none = "neither" if of == 2 else "none"
    return f"{word(number) if number else none} of {word(of)}"


def verb(number: int, one: str = "is", many: str = "are") -> str:
    """`is`, of one and of none of several; else `are`."""
    return one if number < 2 else many


def plural(number: float, one: str, many: str = "") -> str:
    """The words for so many: `figure` or `figures`, `is` or `are`."""
    return one if number == 1 else many or f"{one}s"


def counted(number: float, one: str, many: str = "") -> str:
    """`no figures`, `one figure`, `two figures are`."""
    return f"{count(int(number))} {plural(number, one, many)}"


def capital(text: str) -> str:
    """The text with a capital first letter; the rest as it is."""
    return text[:1].upper() + text[1:]


def month(period: date, short: bool = False) -> str:
    """`September 2026`, or `Sep 26` where room is short."""
    return f"{period:%b %y}" if short else f"{period:%B %Y}"


def span(period: date, window: str) -> str:
    """The months of a window that ends with `period`: `July to September 2026`,
    `the twelve months to September 2026`."""
    first = months_of(period, window)[0]
    if window == "rolling_12":
        return f"the twelve months to {month(period)}"
    if first == period:
        return month(period)
    return f"{first:%B}{'' if first.year == period.year else f' {first.year}'} to {month(period)}"


def day(when: date | datetime, short: bool = False) -> str:
    """`12 September 2026`, or `12 Sep` where room is short."""
    if short:
        return f"{when.day} {when:%b}"
    return f"{when.day} {when:%B %Y}"


def moment(when: datetime) -> str:
    """`12 September 2026, 14:05`."""
    return f"{day(when)}, {when:%H:%M}"


def here(when: datetime) -> str:
    """A moment in UTC as a clock in the United Kingdom shows it: `20 October 2026, 10:30`."""
    return moment(in_london(when))


def in_london(when: datetime) -> datetime:
    return when.replace(tzinfo=UTC).astimezone(LONDON)


def due(due_on: date, today: date) -> str:
    """`due today`, `due tomorrow`, `due in 9 days`, `3 days late`."""
    days = (due_on - today).days
    if days < 0:
        return f"{-days:,} {plural(-days, 'day')} late"
    return f"due {('today', 'tomorrow')[days] if days < 2 else f'in {days:,} days'}"


def lasting(time: timedelta) -> str:
    """`30 minutes`, `12 hours`, `7 days`."""
    minutes = round(time.total_seconds() / 60)
    for size, unit in ((24 * 60, "day"), (60, "hour")):
        if minutes % size == 0:
            return f"{minutes // size:,} {plural(minutes // size, unit)}"
    return f"{minutes:,} {plural(minutes, 'minute')}"


def listed(items: Sequence[str]) -> str:
    """`a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def lines(first: Sequence[int], count: int) -> str:
    """`line 4`, `lines 4, 9 and 12`, or `lines 4, 9, 12 and 1,203 more` where there are more."""
    names = [f"{line:,}" for line in first]
    if count > len(names):
        names = [*names[:3], f"{count - len(names[:3]):,} more"]
    return f"line{'s' if count > 1 else ''} {listed(names)}"


def sentence(text: str) -> str:
    """The text with a capital first letter and a full stop."""
    text = capital(text.strip())
    return text if text.endswith((".", "?")) else f"{text}."


def shorten(text: str, most: int) -> str:
    """The text in one line of at most so many letters, cut between words."""
    return text if len(text) <= most else f"{text[:most].rpartition(' ')[0].rstrip('.,;:')} …"


def ring_names(settings: Settings, located: str = "") -> dict[str, str]:
    """The rings from near to far, as they are called on screen. Of a home that lies outside the
    area a return need not say where: it may be in the wider area."""
    far = f"elsewhere outside {settings.area_name}" if located == "home" else "further away"
    return {
        "area": settings.area_name,
        "wider_area": f"elsewhere in {settings.wider_area_name}",
        "elsewhere": far,
        "unknown": "not known",
    }
