"""How a field of each type is read; how it is stored and described is declared beside it.

SQL is for DuckDB. A parse never raises: what it can't read is null, and the type's rule says so.
The standard form is tried first, since most cells of a long file are written so. A column of dates
is read by dates.py.
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

PLAIN_MONEY = r"-?\d{1,13}(\.\d{1,2})?"
THOUSANDS = r"\d{1,3}((,\d{3}){1,4}|( \d{3}){1,4}|('\d{3}){1,4}|(,\d{2}){1,4},\d{3})"
POUNDS = rf"(\d{{1,13}}|{THOUSANDS})?(\.\d*)?"
MONEY = rf"((-? *£? *|£ *- *){POUNDS}|£? *{POUNDS} *-|\( *£? *{POUNDS} *\))"
NOUGHT = r"(£ *)?-+( *£)?"  # as Excel's format for accounts shows 0
ROUNDED = r"\.\d{3}"
NOISE = r"\.\d\d(0{4,}|9{4,})\d*\)?-?$"  # of a binary number, beyond the figures that count
WHOLE = r"(\d{1,9}|\d{1,3}(,\d{3}){1,2})(\.0*)?"
NUMBER = r"(\d{1,9}|\d{1,3}(,\d{3}){1,2})(\.\d{0,4})?"
POSTCODE = "[A-Z]{1,2}[0-9][0-9A-Z]?[0-9][A-Z]{2}"
SPACED_POSTCODE = "[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}"
OUTCODE = "[A-Z]{1,2}[0-9][0-9A-Z]?"
COMPANY = "GB-COH-[A-Z0-9]{8}"
ORG_ID = "[A-Z]{2,3}-[A-Z0-9]+-[A-Z0-9_.-]+"
AREA = r"[EW]0[15]\d{6}"
YES = ("yes", "y", "true", "t", "1")
NO = ("no", "n", "false", "f", "0")
# What stands for a formula of which a workbook keeps no result, and what a spreadsheet itself shows
# where it has nothing to show.
NO_RESULT = "#FORMULA!"
ERROR_CELL = r"#(REF!|N/A|NAME\?|VALUE!|DIV/0!|NULL!|NUM!|SPILL!|CALC!|FIELD!|BUSY!|FORMULA!|#+)"
# Spaces that are none to a program, and characters that nobody sees.
SPACES = (
    "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
UNSEEN = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"
VISIBLE = str.maketrans(dict.fromkeys(SPACES, " ") | dict.fromkeys(UNSEEN, ""))
# Minus signs and quote marks of another kind.
MINUSES, QUOTE_MARKS = "\u2212\u2013\u2014\u2012\ufe63\uff0d", "\u2019\u02bc"
ODD = SPACES + MINUSES + QUOTE_MARKS + UNSEEN
EVEN = " " * len(SPACES) + "-" * len(MINUSES) + "''" * len(QUOTE_MARKS)


@dataclass(frozen=True)
class FieldType:
    """`parse` gives the SQL for the typed value of a text expression, `explain` (message, cure) for
    a value that breaks the type's rule in a way that can be named. Where there is `odd`, it gives
    the SQL for a text in no standard form, written with usual spaces and signs, null for others;
    `parse` then takes that too. `read` does what `parse` does for one text, for types of which a
    column holds few different ones. `keeps_text`: what is read is the text itself or null. The rest
    is in the TOML file."""

    parse: Callable[..., str]
    explain: Explain | None
    sql: str
    written: str
    rule: str | None = None
    message: str = ""
    cure: str = ""
    meant: str | None = None
    odd: Callable[[str], str] | None = None
    read: Callable[[str, Codes], Any] | None = None
    keeps_text: bool = False
    table_schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    constraints: Mapping[str, Any] = field(default_factory=dict)


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def visible(text: str) -> str:
    """SQL for a text with one kind of space and minus sign, and nothing that can't be seen."""
    return f"trim(translate({text}, '{ODD}', '{EVEN}'))"


def _seen(parse: Callable[[str, Codes], str]) -> Callable[[str, Codes], str]:
    """The same; what it can't read it tries without spaces and characters of another kind, which a
    text has where it is longer in bytes than in characters."""

    def parse_seen(text: str, codes: Codes) -> str:
        other = f"case when strlen({text}) <> length({text}) then {parse(visible(text), codes)} end"
        return f"coalesce({parse(text, codes)}, {other})"

    return parse_seen


def _text(text: str, codes: Codes) -> str:
    return (
        f"(case when {text} = '' then null when not {text} ^@ '#' then {text} "
        f"when regexp_full_match({text}, '{ERROR_CELL}') then null else {text} end)"
    )


def _date(text: str, codes: Codes) -> str:
    return f"try_strptime({text}, '%Y-%m-%d')::date"


def _month(text: str, codes: Codes) -> str:
    return f"try_strptime(left({text}, 7), '%Y-%m')::date"


def _odd_money(text: str) -> str:
    return (
        f"(case when {text} = '' or regexp_full_match({text}, '{PLAIN_MONEY}') then null "
        f"when strlen({text}) - length({text}) = contains({text}, '£')::int then {text} "
        f"else {visible(text)} end)"
    )


def _money(text: str, codes: Codes, odd: str = "") -> str:
    odd = odd or _odd_money(text)
    bare = f"translate({odd}, '£,()- ''', '')"
    sign = f"(case when contains({odd}, '-') or contains({odd}, '(') then -1 else 1 end)"
    quoted = MONEY.replace("'", "''")
    return (
        f"(case when {odd} is null then try_cast({text} as decimal(16, 2)) "
        f"when regexp_full_match({odd}, '{quoted}') and regexp_matches({odd}, '[0-9]') "
        f"then (try_cast({bare} as decimal(16, 2)) * {sign})::decimal(16, 2) "
        f"when regexp_full_match({odd}, '{NOUGHT}') then 0 end)"
    )


def _plain(pattern: str, sql: str) -> Callable[[str, Codes], str]:
    def parse(text: str, codes: Codes) -> str:
        commas = f"replace({text}, ' ', ',')"
        return (
            f"(case when regexp_full_match({commas}, '{pattern}') "
            f"then try_cast(rtrim(replace({commas}, ',', ''), '.') as {sql}) end)"
        )

    return parse


def _quantity(text: str, codes: Codes) -> str:
    yes, no = (
        " ".join(f"when {literal(word)} then {n}" for word in words if word != str(n))
        for words, n in ((YES, 1), (NO, 0))
    )
    bare = f"rtrim(translate({text}, '£, ', ''), '.')"
    return (
        f"(case when regexp_full_match({text}, '(£ ?)?{NUMBER}') "
        f"then try_cast({bare} as decimal(16, 4)) else case lower({text}) {yes} {no} end end)"
    )


def _yes_no(text: str, codes: Codes) -> str:
    yes = " ".join(f"when {literal(word)} then true" for word in YES)
    no = " ".join(f"when {literal(word)} then false" for word in NO)
    return (
        f"(case {text} when '' then null when 'yes' then true when 'no' then false "
        f"else case lower({text}) {yes} {no} end end)"
    )


def read_yes_no(text: str, codes: Codes) -> bool | None:
    word = text.translate(VISIBLE).strip().lower()
    return True if word in YES else False if word in NO else None


def read_code(text: str, codes: Codes) -> str | None:
    return codes.get(plain_word(text.translate(VISIBLE).strip()))


def plain_word(text: str) -> str:
    return text.lower().replace(" ", "_").replace("-", "_")


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
        f"when regexp_full_match({text}, '{COMPANY}') then {text} "
        f"when regexp_full_match({upper}, '{ORG_ID}') then {one_org_id(upper)} end)"
    )


def _code(text: str, codes: Codes) -> str:
    if not codes:
        return "null::varchar"
    # Not `in (…)`: from five values on DuckDB makes a join of it, which costs ten times as much.
    plain = f"replace(replace(lower({text}), ' ', '_'), '-', '_')"
    exact = " ".join(
        f"when {literal(code)} then {literal(code)}" for code in dict.fromkeys(codes.values())
    )
    also = " ".join(f"when {literal(word)} then {literal(code)}" for word, code in codes.items())
    return f"(case {text} when '' then null {exact} else case {plain} {also} end end)"


def _codes(text: str, codes: Codes) -> str:
    """Several, in the order of the alphabet with ; between them."""
    parts = f"string_split_regex({text}, ' *[;,|] *')"
    each = f"list_transform({parts}, lambda one: {_code('one', codes)})"
    return (
        f"(case when {text} = '' then null "
        f"when list_contains(list_transform({each}, lambda one: one is null), true) then null "
        f"else array_to_string(list_sort(list_distinct({each})), ';') end)"
    )


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
    year += 2000 if year < 100 else 0
    if not 2000 <= year <= 2100:
        return f"{value} has the year {year}", "Check the year, and write it in full."
    if 1 <= month <= 12 and day > (last := calendar.monthrange(year, month)[1]):
        return (
            f"{value} is not a date ({calendar.month_name[month]} has {last} days)",
            f"Write it as {year}-{month:02d}-{last}.",
        )
    if month > 12:
        return f"{value} is not a date (there is no month {month})", TYPES["date"].cure
    return None


def _explain_money(value: str) -> tuple[str, str] | None:
    if re.search(r"\d,\d{1,2}$", value):
        return f"{value} has a comma where the point should be", TYPES["money"].cure
    return None


def explain_error_cell(value: str) -> tuple[str, str] | None:
    if value == NO_RESULT:
        return (
            "this cell holds a formula, and the file does not hold its result",
            "Open the file in Excel, look whether the cell shows a value, and save it again.",
        )
    if re.fullmatch(ERROR_CELL, value):
        return (
            f"{value} is what a spreadsheet shows when it has no value to show",
            "Open the file, put the cell right or make the column wider, and save it again.",
        )
    return None


def _explain_whole(value: str) -> tuple[str, str] | None:
    if re.fullmatch(r"-\d+(\.0*)?", value):
        return f"{value} is below zero, and this is a count of people", TYPES["whole"].cure
    if value == "*" or value.startswith("<"):
        return (
            f"{value} hides the number",
            "Send the true number: the network hides small ones before anyone else sees them.",
        )
    return None


PARSE: Mapping[str, Callable[..., str]] = {
    "text": _text,
    "org_id": _seen(_org_id),
    "postcode": _seen(_postcode),
    "date": _date,
    "month": _month,
    "money": _money,
    "whole": _seen(_plain(WHOLE, "integer")),
    "number": _seen(_plain(NUMBER, "decimal(14, 4)")),
    "quantity": _seen(_quantity),
    "yes_no": _seen(_yes_no),
    "code": _seen(_code),
    "codes": _seen(_codes),
    "area": _seen(_area),
}
ODD_TEXT = {"money": _odd_money}
READ: Mapping[str, Callable[[str, Codes], Any]] = {"yes_no": read_yes_no, "code": read_code}
EXPLAIN = {"date": _explain_date, "money": _explain_money, "whole": _explain_whole}
DECLARED = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
TYPES: Mapping[str, FieldType] = {
    name: FieldType(
        **declared,
        parse=PARSE[name],
        explain=EXPLAIN.get(name),
        odd=ODD_TEXT.get(name),
        read=READ.get(name),
    )
    for name, declared in DECLARED.items()
}
