"""How a field of each type is read; how it is stored and described is declared beside it.

SQL is for DuckDB. A parse never raises: what it can't read is null, and the type's rule says so.
The standard form is tried first, since most cells of a long file are written so.
"""

import calendar
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Codes = Mapping[str, str]
Explain = Callable[[str], tuple[str, str] | None]

POUNDS = r"(\d{1,13}|\d{1,3}(,\d{3}){1,4})?(\.\d{0,2}0*)?"
MONEY = rf"((-?£?|£-){POUNDS}|£?{POUNDS}-|\(£?{POUNDS}\))"
WHOLE = r"(\d{1,9}|\d{1,3}(,\d{3}){1,2})(\.0*)?"
NUMBER = r"(\d{1,9}|\d{1,3}(,\d{3}){1,2})(\.\d{0,4})?"
POSTCODE = "[A-Z]{1,2}[0-9][0-9A-Z]?[0-9][A-Z]{2}"
SPACED_POSTCODE = "[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}"
OUTCODE = "[A-Z]{1,2}[0-9][0-9A-Z]?"
ORG_ID = "[A-Z]{2,3}-[A-Z0-9]+-[A-Z0-9_.-]+"
AREA = r"[EW]0[15]\d{6}"
YES = ("yes", "y", "true", "t", "1")
NO = ("no", "n", "false", "f", "0")


@dataclass(frozen=True)
class FieldType:
    """`parse` gives the SQL for the typed value of a text expression, `explain` (message, cure) for
    a value that breaks the type's rule in a way that can be named. The rest is in the TOML file."""

    parse: Callable[[str, Codes], str]
    explain: Explain | None
    sql: str
    written: str
    rule: str | None = None
    message: str = ""
    cure: str = ""
    unlikely: str | None = None
    table_schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    constraints: Mapping[str, Any] = field(default_factory=dict)


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _text(text: str, codes: Codes) -> str:
    return f"nullif({text}, '')"


def _date(text: str, codes: Codes) -> str:
    # A spreadsheet adds midnight to a date; the year must be written in full.
    midnight = "'[ T]00:00(:00(\\.0+)?)?$'"
    bare = f"regexp_replace({text}, {midnight}, '')"
    day = f"(case when length({text}) > 11 then {bare} else {text} end)"
    formats = "['%Y-%m-%d', '%d/%m/%Y', '%d.%m.%Y', '%d-%b-%Y', '%d %b %Y', '%d %B %Y', '%d-%B-%Y']"
    return f"try_strptime({day}, {formats})::date"


def _month(text: str, codes: Codes) -> str:
    # Excel turns 2026-03 into Mar-26 and 01/03/2026 on its own.
    month = (
        f"(case when regexp_full_match({text}, '\\d{{4}}-\\d{{2}}') then {text} || '-01' "
        f"when regexp_full_match({text}, '\\d{{1,2}}/\\d{{4}}') then '01/' || {text} "
        f"else {text} end)"
    )
    formats = (
        "['%Y-%m-%d', '%d/%m/%Y', '%d.%m.%Y', '%d-%b-%Y', "
        "'%b-%y', '%b %y', '%b-%Y', '%b %Y', '%B %Y']"
    )
    return f"try_strptime({month}, {formats})::date"


def _money(text: str, codes: Codes) -> str:
    bare = f"translate({text}, '£,()- ', '')"
    sign = f"(case when contains({text}, '-') or contains({text}, '(') then -1 else 1 end)"
    return (
        f"(case when regexp_full_match({text}, '-?\\d{{1,13}}(\\.\\d{{1,2}})?') "
        f"then try_cast({text} as decimal(16, 2)) "
        f"when regexp_full_match(replace({text}, ' ', ''), '{MONEY}') "
        f"then (try_cast({bare} as decimal(16, 2)) * {sign})::decimal(16, 2) end)"
    )


def _plain(pattern: str, sql: str) -> Callable[[str, Codes], str]:
    def parse(text: str, codes: Codes) -> str:
        return (
            f"(case when regexp_full_match({text}, '{pattern}') "
            f"then try_cast(rtrim(replace({text}, ',', ''), '.') as {sql}) end)"
        )

    return parse


def _yes_no(text: str, codes: Codes) -> str:
    yes = " ".join(f"when {literal(word)} then true" for word in YES)
    no = " ".join(f"when {literal(word)} then false" for word in NO)
    return (
        f"(case {text} when '' then null when 'yes' then true when 'no' then false "
        f"else case lower({text}) {yes} {no} end end)"
    )


def _postcode(text: str, codes: Codes) -> str:
    bare = f"upper(replace({text}, ' ', ''))"
    return (
        f"(case when {text} = '' then null "
        f"when regexp_full_match({text}, '{SPACED_POSTCODE}') then {text} "
        f"when regexp_full_match({bare}, '{POSTCODE}') "
        f"then left({bare}, -3) || ' ' || right({bare}, 3) "
        f"when regexp_full_match({bare}, '{OUTCODE}') then {bare} end)"
    )


def one_org_id(text: str) -> str:
    """SQL for the one way of writing an org-id: a company's number has eight places, a Scottish
    charity's begins with SC and has six digits, and other charities' begin with no nought."""
    noughts = f"repeat('0', 15 - length({text}))"
    return (
        f"(case when length({text}) < 15 "
        f"and regexp_full_match({text}, 'GB-COH-[A-Z]{{0,2}}\\d+R?') "
        f"then regexp_replace({text}, '^(GB-COH-[A-Z]*)', '\\1' || {noughts}) "
        f"when regexp_full_match({text}, 'GB-SC-(SC)?\\d{{1,6}}') "
        f"then 'GB-SC-SC' || lpad(regexp_extract({text}, '\\d+$'), 6, '0') "
        f"when {text} ^@ 'GB-CHC-0' then regexp_replace({text}, '^GB-CHC-0+', 'GB-CHC-') "
        f"else {text} end)"
    )


def _org_id(text: str, codes: Codes) -> str:
    upper = f"upper({text})"
    return (
        f"(case when {text} = '' then null "
        f"when regexp_full_match({upper}, '{ORG_ID}') then {one_org_id(upper)} end)"
    )


def _code(text: str, codes: Codes) -> str:
    # Not `in (…)`: from five values on DuckDB makes a join of it, which costs ten times as much.
    plain = f"replace(replace(lower({text}), ' ', '_'), '-', '_')"
    words = {
        label.lower().replace(" ", "_").replace("-", "_"): code for code, label in codes.items()
    }
    words |= {code: code for code in codes}
    exact = " ".join(f"when {literal(code)} then {literal(code)}" for code in codes)
    also = " ".join(f"when {literal(word)} then {literal(code)}" for word, code in words.items())
    return f"(case {text} when '' then null {exact} else case {plain} {also} end end)"


def _area(text: str, codes: Codes) -> str:
    return (
        f"(case when regexp_full_match(upper({text}), '{AREA}') then upper({text}) "
        f"else {_code(text, codes)} end)"
    )


def _explain_date(value: str) -> tuple[str, str] | None:
    year_first = re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", value)
    day_first = re.fullmatch(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{2}|\d{4})", value)
    if year_first:
        year, month, day = map(int, year_first.groups())
    elif day_first:
        day, month, year = map(int, day_first.groups())
    else:
        return None
    if year < 100:
        return f"{value} has a year of two digits", f"Write the year in full: {2000 + year}."
    if not 2000 <= year <= 2100:
        return f"{value} has the year {year}", "Check the year, and write it in full."
    if 1 <= month <= 12 and day > (last := calendar.monthrange(year, month)[1]):
        return (
            f"{value} is not a date ({calendar.month_name[month]} has {last} days)",
            f"Write it as {year}-{month:02d}-{last}.",
        )
    if month > 12 and 1 <= day <= 12:
        return (
            f"{value} is not a date (there is no month {month})",
            f"The day comes first. If you meant month first, write {year}-{day:02d}-{month:02d}.",
        )
    return None


def _explain_money(value: str) -> tuple[str, str] | None:
    if re.search(r"\.\d{3,}\)?-?$", value):
        return f"{value} has more than two places after the point", "Round it to the penny."
    if re.search(r"\d,\d{1,2}$", value):
        return f"{value} has a comma where the point should be", TYPES["money"].cure
    if value.startswith("#"):
        return (
            f"{value} is what a spreadsheet shows when it has no value to show",
            "Open the file, put the cell right or make the column wider, and save it again.",
        )
    return None


def _explain_whole(value: str) -> tuple[str, str] | None:
    if re.fullmatch(r"-\d+(\.0*)?", value):
        return f"{value} is below nought, and this is a count of people", TYPES["whole"].cure
    if value == "*" or value.startswith("<"):
        return (
            f"{value} hides the number",
            "Send the true number: the network hides small ones before anyone else sees them.",
        )
    return None


PARSE: Mapping[str, Callable[[str, Codes], str]] = {
    "text": _text,
    "org_id": _org_id,
    "postcode": _postcode,
    "date": _date,
    "month": _month,
    "money": _money,
    "whole": _plain(WHOLE, "integer"),
    "number": _plain(NUMBER, "decimal(14, 4)"),
    "yes_no": _yes_no,
    "code": _code,
    "area": _area,
}
EXPLAIN = {"date": _explain_date, "money": _explain_money, "whole": _explain_whole}
DECLARED = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
TYPES: Mapping[str, FieldType] = {
    name: FieldType(**declared, parse=PARSE[name], explain=EXPLAIN.get(name))
    for name, declared in DECLARED.items()
}
