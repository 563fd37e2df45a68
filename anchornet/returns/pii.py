"""The trip-wire for personal data: no return takes names, e-mail addresses, National Insurance
numbers, dates of birth or home postcodes. It looks at every column of a file, used or not, since
the original is kept whole."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from anchornet.returns.columns import Mapped
from anchornet.returns.csv_quotes import Flags, Positions
from anchornet.returns.csv_reader import Table
from anchornet.returns.declaration import Return, Rule, normalise_heading
from anchornet.returns.field_types import POSTCODE
from anchornet.returns.findings import Finding, Reported, error
from anchornet.returns.texts import Texts, whole_numbers

TAKE_OUT = "Take the column out of the file and send it again. Nothing of this file has been kept."

# Headings of columns that are about people: a number that looks like theirs stops the file there.
ABOUT_PEOPLE = re.compile(
    r"employee|staff|person|people|payroll|individual|claimant|tenant|applicant|insurance", re.I
)
FIRM = (
    r"\b(ltd|limited|plc|llp|lp|llc|inc|cic|cio|co|company|group|holdings|services|solutions|"
    r"sons?|bros|brothers|partners|partnership|associates|enterprises|stores?)\.?$"
)

HEADINGS = {
    "e-mail addresses": "email emailaddress workemail personalemail contactemail",
    "National Insurance numbers": "ni nino ninumber nationalinsurance nationalinsurancenumber "
    "nationalinsuranceno",
    "dates of birth": "dob dateofbirth birthdate birthday",
    "people's names": "firstname forename forenames givenname surname lastname familyname fullname "
    "employeename staffname candidatename applicantname startername personname",
    "home addresses": "homeaddress homepostcode employeepostcode employeeaddress",
}


@dataclass(frozen=True)
class Pattern:
    """What a kind of personal data looks like: SQL that is cheap and true of few other cells, then
    SQL that is sure. `share` is how much of a column must look so."""

    rule: Rule
    likely: str
    sure: str
    share: float = 0.0
    only_people: bool = False

    @property
    def condition(self) -> str:
        # A CASE asks the second question only where the first is true; AND asks both of every row.
        condition = f"(case when {self.likely} then {self.sure} else false end)"
        return condition.replace("{text}", "text")


def _rule(name: str, looks_like: str) -> Rule:
    return Rule(
        name,
        "error",
        (),
        f"{{value}} looks like {looks_like}, and no return may hold one",
        "Take it out and send the file again. Nothing of this file has been kept.",
    )


PATTERNS = (
    Pattern(
        _rule("email_address", "an e-mail address"),
        "contains({text}, '@')",
        r"regexp_matches({text}, "
        r"'[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}')",
    ),
    Pattern(
        _rule("national_insurance_number", "a National Insurance number"),
        "strlen({text}) between 9 and 13",
        r"regexp_full_match({text}, "
        r"'[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]', 'i')",
    ),
    Pattern(
        _rule("home_postcode", "somebody's home postcode"),
        "strlen({text}) between 5 and 8",
        f"regexp_full_match(upper(replace({{text}}, ' ', '')), '{POSTCODE}')",
        only_people=True,
    ),
    Pattern(
        _rule("date_of_birth", "a date of birth"),
        r"regexp_full_match({text}, '\d{1,4}[-/. ](\d{1,2}|[A-Za-z]{3})[-/. ]\d{1,4}')",
        "try_strptime({text}, ['%Y-%m-%d', '%d/%m/%Y', '%d.%m.%Y', '%d-%b-%Y', '%d %b %Y']) "
        "between '1930-01-01' and '2012-12-31'",
        share=0.5,
        only_people=True,
    ),
    Pattern(
        _rule("person_name", "a person's name"),
        "({text} between 'M' and 'N' or {text} between 'm' and 'n')",
        "regexp_matches({text}, '^(mr|mrs|ms|miss|mx) +[a-z]', 'i') "
        f"and not regexp_matches({{text}}, '{FIRM}', 'i')",
        share=0.5,
    ),
)


# What a sentence that others read may not hold.
IN_TEXT = (
    ("an e-mail address", re.compile(r"[\w.%+-]+@[\w-]+\.\w[\w.-]*")),
    ("a telephone number", re.compile(r"(?<!\w)(?:\+44|\(?0)(?:[\s()-]*\d){9,10}(?!\w)")),
    (
        "a National Insurance number",
        re.compile(r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b", re.I),
    ),
    ("a person's name", re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr)\.? +[A-Z]\w+")),
)


def personal_data(text: str) -> str:
    """What in a text looks like personal data: `'…' looks like an e-mail address`; else empty."""
    for what, pattern in IN_TEXT:
        if match := pattern.search(text):
            return f"‘{match.group().strip()}’ looks like {what}"
    return ""


ASKS = replace(
    PATTERNS[1].rule,
    severity="warning",
    message="{value} looks like a National Insurance number",
    cure="If it is one, take it out and send the file again. If it is a number of yours, such as "
    "an invoice's, say so when you send.",
)


def headings(table: Table) -> Iterator[Finding]:
    """Headings that announce personal data."""
    for heading in table.headings:
        for what, names in HEADINGS.items():
            if normalise_heading(heading) in names.split():
                message = f"The column {heading} is meant for {what}, and no return may hold them"
                yield error("personal_data_column", table.heading_line, heading, message, TAKE_OUT)


def cells(
    cursor: DuckDBPyConnection,
    return_: Return,
    table: Table,
    mapped: Mapped,
    texts: Sequence[Texts],
) -> list[tuple[Reported, Positions]]:
    """Columns with cells that look like personal data, and the rows of those cells. `texts` has the
    texts of each column.

    A cell that was read as a date, number or code of ours is what it says it is, so only text
    and unused columns are looked at, and a supplier may be called after a person.
    """
    typed = {
        column
        for name, column in mapped.columns.items()
        if return_.field(name).type not in ("text", "area")
    }
    patterns = [p for p in PATTERNS if not (p.only_people and return_.holds_postcodes)]
    names = {mapped.columns.get(field.name) for field in return_.fields if field.required}
    supplier = mapped.columns.get("supplier_name")
    suspects = [column for column in range(len(table.headings)) if column not in typed]
    personal = []
    for column, number, flags in _alike(cursor, suspects, texts, patterns):
        pattern, heading = patterns[number], table.headings[column]
        if pattern.share and column == supplier:
            continue
        rows = texts[column].rows(flags)
        if pattern.share:
            shown = pc.greater(pc.binary_length(texts[column].texts), 0).to_numpy()
            if len(rows) < pattern.share * len(texts[column].rows(shown)):
                continue
        # In a ledger's references a National Insurance number is most likely none.
        of_people = not return_.holds_postcodes or column in names
        sure = pattern is not PATTERNS[1] or of_people or ABOUT_PEOPLE.search(heading)
        personal.append((Reported(pattern.rule if sure else ASKS, heading, column), rows))
    return personal


def _alike(
    cursor: DuckDBPyConnection,
    suspects: Sequence[int],
    texts: Sequence[Texts],
    patterns: Sequence[Pattern],
) -> Iterator[tuple[int, int, Flags]]:
    """(column, number of a pattern, which of the column's texts look like it), in one query."""
    counts = [len(texts[column].texts) for column in suspects]
    if not sum(counts):
        return
    starts = np.concatenate([[0], np.cumsum(counts)])
    asked = {
        "number": pa.chunked_array([whole_numbers(np.arange(starts[-1]))]),
        "text": pa.chunked_array([c for column in suspects for c in texts[column].texts.chunks]),
    }
    bits = " | ".join(
        f"({pattern.condition}::integer << {bit})" for bit, pattern in enumerate(patterns)
    )
    cursor.register("texts", pa.table(asked))
    answers = cursor.execute(
        f"select number, alike from (select number, {bits} as alike from texts) where alike > 0"
    ).to_arrow_table()
    cursor.unregister("texts")
    numbers, alike = answers["number"].to_numpy(), answers["alike"].to_numpy()
    owners = np.searchsorted(starts, numbers, side="right") - 1
    for owner in np.unique(owners).tolist():
        for bit in range(len(patterns)):
            flags = np.zeros(counts[owner], dtype=bool)
            flags[numbers[(owners == owner) & ((alike >> bit) & 1 == 1)] - starts[owner]] = True
            if flags.any():
                yield suspects[owner], bit, flags
