# ruff: noqa: E501 – patterns stand whole.
"""How the product writes numbers, months and gaps, written down once more; and patterns of them."""

import math
import re
from datetime import date, datetime, timedelta
from fractions import Fraction

from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE

MONTHS = (
    "January February March April May June July August September October November December".split()
)
NUMBERS = "no one two three four five six seven eight nine ten eleven twelve".split()
Number = Fraction | float


def half_up(value: Number) -> int:
    return math.floor(Fraction(value) + Fraction(1, 2))


def pounds(value: Number) -> str:
    """Three figures: `£41.6m`, `£204k`, `£950`."""
    sign, size = ("-", -value) if value < 0 else ("", value)
    for scale, letter in ((1, ""), (1000, "k"), (10**6, "m"), (10**9, "bn")):  # noqa: B007
        places = 0 if scale == 1 or size >= scale * 99.95 else 1 if size >= scale * 9.995 else 2
        if size < scale * 999.5:
            break
    number = half_up(Fraction(size) * 10**places / scale)
    whole, rest = divmod(number, 10**places)
    if not number:
        return "£0"
    return f"{sign}£{whole:,}{f'.{rest:0{places}d}' if places else ''}{letter}"


def figure(value: Number, unit: str) -> str:
    if isinstance(value, float) and math.isnan(value):
        return "–"
    value = Fraction(str(value))  # as it is written, not as it is in binary
    if unit == "gbp":
        return pounds(value)
    return f"{half_up(value * 100):,}%" if unit == "share" else f"{half_up(value):,}"


def tenths(share: Fraction) -> str:
    """`4.5%`"""
    return f"{half_up(share * 1000) / 10:,.1f}%"


def number_of(text: str) -> float | None:
    """The number in `£41.6m`, `73%`, `1,204` or `three`; None where it is none."""
    if text.lower() in (*NUMBERS, "none"):
        return float(NUMBERS.index(text.lower())) if text.lower() != "none" else 0.0
    match = re.fullmatch(r"(-?)£?([\d,]+(?:\.\d+)?)(k|m|bn|%)?", text)
    if not match:
        return None
    scale = {"k": 1e3, "m": 1e6, "bn": 1e9, "%": 0.01, None: 1.0}[match[3]]
    return float(match[2].replace(",", "")) * scale * (-1 if match[1] else 1)


def count(number: int) -> str:
    return NUMBERS[number] if 0 <= number <= 12 else f"{number:,}"


def gaps(value: Number, against: Number, unit: str) -> set[str]:
    """What may be said of a value beside another: `4 points below`, `£1.20m above`. What rounds to
    nothing is level, about the same, or just above or below."""
    if math.isclose(value, against, rel_tol=1e-9, abs_tol=1e-12):
        return {"level with", "about the same as"}
    side = "above" if value > against else "below"
    small = {f"just {side}", "about the same as"}
    if unit == "share":
        apart = {
            abs(half_up(value * 100) - half_up(against * 100)),
            half_up(abs(value - against) * 100),
        }
        said = {f"{size} point{'' if size == 1 else 's'} {side}" for size in apart if size}
        return said | (small if min(apart) == 0 else set())
    size = figure(abs(value - against), unit)
    return small if size in ("0", "£0") else {f"{size} {side}"}


def plus(month: date, count: int) -> date:
    number = month.year * 12 + month.month - 1 + count
    return date(number // 12, number % 12 + 1, 1)


def last_day(month: date) -> date:
    return plus(month, 1) - timedelta(days=1)


def month(period: date) -> str:
    return f"{MONTHS[period.month - 1]} {period.year}"


def short(period: date) -> str:
    return f"{MONTHS[period.month - 1][:3]} {period.year % 100:02}"


def day(when: date | datetime) -> str:
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def short_day(when: date) -> str:
    return f"{when.day} {MONTHS[when.month - 1][:3]} {when.year}"


def moment(when: datetime) -> str:
    return f"{day(when)}, {when:%H:%M}"


def span(period: date, window: str) -> str:
    back = {
        "month": 0, "quarter": (period.month - 1) % 3, "financial_year": (period.month - 4) % 12,
        "rolling_12": 11,
    }[window]  # fmt: skip
    number = period.year * 12 + period.month - 1 - back
    first = date(number // 12, number % 12 + 1, 1)
    if window == "rolling_12":
        return f"the twelve months to {month(period)}"
    if back == 0:
        return month(period)
    start = MONTHS[first.month - 1]
    return f"{start}{'' if first.year == period.year else f' {first.year}'} to {month(period)}"


def period_of(text: str) -> date:
    """The month in `September 2026`, `Sep 26` or `Sep 2026`."""
    name, year = text.split()
    number = [one[:3] for one in MONTHS].index(name[:3]) + 1
    return date(int(year) + (2000 if len(year) == 2 else 0), number, 1)


def due(due_on: date, today: date) -> str:
    days = (due_on - today).days
    if days < 0:
        return f"{-days:,} day{'' if days == -1 else 's'} late"
    return ("due today", "due tomorrow")[days] if days < 2 else f"due in {days:,} days"


def listed(items: list[str]) -> str:
    return f"{', '.join(items[:-1])} and {items[-1]}" if len(items) > 1 else "".join(items)


def inside(title: str) -> str:
    plain = title.removesuffix(" (%)")
    return plain if plain.startswith("Real Living Wage") else plain[:1].lower() + plain[1:]


TITLES = {it.title: name for name, it in CATALOGUE.items()}
# A title without its unit; where two would be the same, the one that isn't a share.
PLAIN: dict[str, list[str]] = {}
for _name, _it in CATALOGUE.items():
    PLAIN.setdefault(_it.title.removesuffix(" (%)"), []).append(_name)
INSIDE: dict[str, list[str]] = {}
for _name, _it in CATALOGUE.items():
    INSIDE.setdefault(inside(_it.title), []).append(_name)
DEFINITIONS = {it.definition for it in CATALOGUE.values()}


def _any(texts: object) -> str:
    return "|".join(map(re.escape, sorted(map(str, texts), key=len, reverse=True)))  # type: ignore[call-overload]


_MONTH = rf"(?:{'|'.join(MONTHS)}) \d{{4}}"
_SHORT = rf"(?:{'|'.join(one[:3] for one in MONTHS)}) \d\d"
_MONEY = r"-?£[\d,]*\d(?:\.\d+)?(?:k|m|bn)?"
_COUNT = rf"{'|'.join(NUMBERS)}|[\d,]*\d"
_VALUE = (
    rf"{_MONEY} of {_MONEY}|{_MONEY}|-?[\d,]*\d(?:\.\d+)?%?|\*|–|under \d+ people|for members only"
)
TYPES = {
    "month": _MONTH,
    "short": _SHORT,
    "short_year": rf"(?:{'|'.join(one[:3] for one in MONTHS)}) \d{{4}}",
    "span": rf"the end of {_MONTH}|(?:the twelve months to )?(?:(?:{'|'.join(MONTHS)})(?: \d{{4}})? to )?{_MONTH}",
    "day": rf"\d{{1,2}} {_MONTH}",
    "short_day": rf"\d{{1,2}} (?:{'|'.join(one[:3] for one in MONTHS)})",
    "moment": rf"\d{{1,2}} {_MONTH}, \d\d:\d\d",
    "count": rf"(?:{'|'.join([*NUMBERS, 'none'])}|[\d,]*\d)",
    "Count": rf"(?:{'|'.join([*NUMBERS, 'none', *(one.capitalize() for one in [*NUMBERS, 'none'])])}|[\d,]*\d)",
    "part": rf"(?i:both|all (?:{_COUNT})|(?:neither|none|{_COUNT}) of (?:{_COUNT}))",
    "n": r"[\d,]*\d",
    "varies": r"(?:, for the better|, for the worse)?(?:; .+?)?",
    "reason": r"nobody was asked|\d+ of \d+ members? so far(?:, \d+ of \d+ months)?|\d+ of \d+ months so far|\d+% not known|a beginning: its first (?:month|quarter)|not due yet|with credit notes, in pounds",
    "outcome": rf"all of that range reaches the target of (?:{_VALUE})|the target of (?:{_VALUE}) lies within that range|all of that range misses the target of (?:{_VALUE})",
    "state": "on track|within tolerance|off track",
    "money": _MONEY,
    "percent": r"-?[\d,]+(?:\.\d+)?%",
    "value": _VALUE,
    "gap": rf"[Ll]evel with|[Aa]bout the same as|[Jj]ust above|[Jj]ust below|(?:{_MONEY}|[\d,]+ points?|[\d,]+) (?:above|below)",
    "title": _any(TITLES),
    "plain": _any(PLAIN),
    "inside": _any(INSIDE),
    "travel": "[Bb]etter|[Ww]orse|[Hh]igher|[Ll]ower|[Oo]ther members|[Aa]bout the same",
    "earlier": rf"{_SHORT}|the quarter before|the same (?:quarter|months) a year before|a (?:month|year) before",
    "due": r"\d[\d,]* days? late|due today|due tomorrow|due in [\d,]+ days",
    "pathway": _any([*BREAKDOWNS["pathway"].values.values(), *(inside(one) for one in BREAKDOWNS["pathway"].values.values())]),
    "ago": rf"a year before|the end of {_MONTH}|(?:the twelve months to )?(?:(?:{'|'.join(MONTHS)})(?: \d{{4}})? to )?{_MONTH}",
    "by": _any({it.by for it in BREAKDOWNS.values()}),
    "words": r".+?",
    "rest": r".+",
    "list": r"[^.;:]+",
    "titles": "“.+”",
    "is_not": "is not|is",
    "moved": "cannot be judged|is about the same as before|is (?:better|worse|higher|lower) than before",
    "is_local": "not local|local",
    "holds": "does not hold|holds",
    "is_met": "not met|met",
    "exact": r"£[\d,]*\d",
}  # fmt: skip


def pieces_of(match: re.Match[str]) -> dict[str, str]:
    """The pieces that are there. One named `k_of_n` is a part of a whole, and becomes k and n: `?`
    where a person would say it in another way, as `both` instead of `two of two`."""
    pieces = {name: text for name, text in match.groupdict().items() if text is not None}
    for name in [name for name in pieces if "_of_" in name]:
        text = pieces.pop(name).lower()
        some, _, whole = (
            {"both": "two of two"}.get(text, text).replace("all ", "all of ").partition(" of ")
        )
        some = {"neither": "no", "none": "no", "all": whole}.get(some, some)
        right = part_of(round(number_of(some) or 0), round(number_of(whole) or 0))
        first, second = name.split("_of_")
        pieces |= {first: some, second: whole} if text == right else {first: "?", second: "?"}
    return pieces


def part_of(some: int, whole: int) -> str:
    if some == whole > 1:
        return "both" if whole == 2 else f"all {count(whole)}"
    return f"{count(some) if some else 'neither' if whole == 2 else 'none'} of {count(whole)}"


def pattern(template: str) -> re.Pattern[str]:
    """A sentence as a pattern: {name:type} is a piece of it, [ … ] may be absent, (a|b) is one of
    them; `\\[` and `\\(` are those marks themselves."""
    pieces, names = [], {}
    for piece in re.split(r"(\{\w+(?::\w+)?\}|\\.|[\[\]()|])", template):
        slot = re.fullmatch(r"\{(\w+)(?::(\w+))?\}", piece)
        if slot:
            name, kind = slot[1], slot[2] or slot[1]
            names[name] = kind
            pieces.append(f"(?P<{name}>{TYPES[kind]})")
        elif piece.startswith("\\"):
            pieces.append(re.escape(piece[1:]))
        else:
            marks = {"[": "(?:", "]": ")?", "(": "(?:", ")": ")", "|": "|"}
            pieces.append(marks.get(piece) or re.escape(piece))
    return re.compile("".join(pieces) + r"(?=\s|$)")
