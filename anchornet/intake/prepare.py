"""A list of people -> the standard return of groups. Nothing of the list is kept or logged.

The list is worked on in a database of its own in memory, which has no file and no temporary
folder. No finding, count or exception from here quotes a cell of it.
"""

import csv
import io
import re
import traceback
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from anchornet import formatting
from anchornet.periods import add_months
from anchornet.places import reference
from anchornet.returns import pii
from anchornet.returns.check import check_file
from anchornet.returns.columns import Mapped, MappingError, map_headings
from anchornet.returns.csv_reader import (
    AS_IT_IS,
    Reading,
    Refused,
    SheetsDiffer,
    Table,
    read_table,
)
from anchornet.returns.dates import DateColumn, are_dates, read_column
from anchornet.returns.declaration import RETURNS, Return, read_declarations
from anchornet.returns.findings import EXAMPLES, LINES_A_SHEET, Finding, FindingGroup, error
from anchornet.returns.texts import different_texts
from anchornet.settings import Settings
from anchornet.store.opening import scratch

Given = ParamSpec("Given")
Result = TypeVar("Result")
HERE = Path(__file__).resolve().parent
EXTRACTS: Mapping[str, Return] = read_declarations(HERE.glob("extract_*.toml"))
MONTHS_FOLLOWED = 12
SMALL_AREA, WARD = "A small-area code (LSOA) inside the boundary", "A ward code inside the boundary"


class NotPrepared(Exception):
    """A fault of ours. It says where it happened and nothing of the list, so it may be logged."""


@dataclass(frozen=True)
class ValueCount:
    """How many people became one value of one field of the return."""

    field: str
    value: str
    people: int


@dataclass(frozen=True)
class PreparedReturn:
    """`csv` is the standard return, of so many `rows`; empty where an error stops it, or where
    nothing is in it. `skipped` are sentences on lines of what was handed in that are no rows."""

    return_: Return
    period: date
    csv: str
    rows: int
    skipped: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def file(self) -> bytes:
        """The return as a file, which a spreadsheet opens too."""
        return self.csv.encode("utf-8-sig")

    @property
    def file_name(self) -> str:
        return f"{self.return_.name} {self.period:%Y-%m}.csv"

    @property
    def stopped(self) -> bool:
        return _stops(self.findings)

    def finding_groups(self) -> list[FindingGroup]:
        """Findings by what is wrong and in which column, those that stop it first."""
        groups: dict[tuple[str, str, str | None], list[Finding]] = {}
        for finding in sorted(self.findings, key=lambda finding: finding.severity):
            key = (finding.rule, finding.severity, finding.column)
            groups.setdefault(key, []).append(finding)
        return [
            FindingGroup(*key, len(alike), tuple(alike[:EXAMPLES])) for key, alike in groups.items()
        ]


@dataclass(frozen=True)
class PreparedGroups(PreparedReturn):
    """Each row is a group. `people` are those in it; `left_out` gives people by why they are not in
    it."""

    people: int
    value_counts: tuple[ValueCount, ...]
    left_out: Mapping[str, int]


def _quoting_no_cell(work: Callable[Given, Result]) -> Callable[Given, Result]:
    """An exception of a library may quote a cell: it is replaced, and not chained to."""

    @wraps(work)
    def careful(*given: Given.args, **named: Given.kwargs) -> Result:
        try:
            return work(*given, **named)
        except (Refused, MappingError, reference.NoReference):
            raise
        except Exception as fault:
            last = traceback.extract_tb(fault.__traceback__)[-1]
            where = f"{type(fault).__name__} in {Path(last.filename).name}, line {last.lineno}"
        # Not inside the handler, where Python would keep the other exception beside this one.
        raise NotPrepared(f"The list could not be prepared: {where}.")

    return careful


@_quoting_no_cell
def match_columns(
    return_: Return,
    data: bytes,
    headings: Mapping[str, str] | None = None,
    reading: Reading = AS_IT_IS,
) -> Mapped:
    """Raises Refused and MappingError."""
    extract = EXTRACTS[return_.name]
    return _match(extract, _read(extract, data, reading), headings or {})


def _read(extract: Return, data: bytes, reading: Reading) -> Table:
    try:
        return read_table(data, extract.known_headings, extract.required_headings, reading)
    except SheetsDiffer as several:
        names = dict.fromkeys(several.sheets, "")
    # Without the headings of its lists, which may be somebody's details.
    raise SheetsDiffer("This workbook has several lists", names)


@_quoting_no_cell
def prepare(
    settings: Settings,
    return_: Return,
    data: bytes,
    *,
    period: date,
    headings: Mapping[str, str] | None = None,
    reading: Reading = AS_IT_IS,
) -> PreparedGroups:
    """Turns a list into the return for the month: of starters into local hires, of starters and
    leavers into retention. `headings`: field of the extract's declaration -> heading of the file,
    "" for none.

    Raises Refused for a file that is no list, MappingError for a wrong heading, NotPrepared.
    """
    extract = EXTRACTS[return_.name]
    table = _read(extract, data, reading)
    mapped = _match(extract, table, headings or {})
    dates = {
        field.name: read_column(
            different_texts(table.cells.column(f"c{mapped.columns[field.name]}")),
            field.title,
            month_first=bool(reading.month_first),
            period=period if field.name == "start_date" else None,
            of_people=True,
        )
        for field in extract.fields
        if field.type == "date" and field.name in mapped.columns
    }
    skipped = (
        *table.notes,
        *(lines.sentence for lines in table.skipped),
        *_date_notes(extract, dates),
    )
    findings = (*list_findings(extract, table, mapped), *date_findings(extract, dates, mapped))
    if _stops(findings):
        return PreparedGroups(return_, period, "", 0, skipped, findings, 0, (), {})
    with scratch(settings.reference) as cursor:
        reference.fill(cursor, settings)
        make_macros(cursor, period, period)
        load_lines(cursor, "list_lines", extract, table.cells, mapped.columns, dates)
        for name in ("extract", f"extract_{extract.name}"):
            run_sql(cursor, name)
        findings += tuple(_broken_rules(cursor, extract, mapped))
        text, rows = "", 0
        if not _stops(findings):
            text, rows = to_csv(cursor, return_)
        value_counts = tuple(_value_counts(cursor, return_))
        left_out = _left_out(cursor, return_, period)
        (people,) = cursor.execute("select count(*) from people where counted").fetchone() or (0,)
        if text:
            findings += tuple(_still_personal(cursor, return_, text, period, mapped))
    stopped = _stops(findings)
    return PreparedGroups(
        return_=return_,
        period=period,
        csv="" if stopped else text,
        rows=0 if stopped else rows,
        people=people,
        value_counts=value_counts,
        left_out=left_out,
        skipped=skipped,
        findings=findings,
    )


def _stops(findings: Iterable[Finding]) -> bool:
    return any(finding.severity == "error" for finding in findings)


def _match(extract: Return, table: Table, headings: Mapping[str, str]) -> Mapped:
    """As `map_headings`, but what it says never lists the file's headings: in a file without a
    heading row they are somebody's details."""
    named = [heading for heading in headings.values() if heading]
    if len(set(named)) < len(named):
        raise MappingError("One column is named for two fields. Name each column once.")
    try:
        return map_headings(extract, table.headings, explicit=headings)
    except MappingError as refusal:
        if set(headings) - {field.name for field in extract.fields}:
            raise
        message = str(refusal)
    wrong = next((heading for heading in named if repr(heading) in message), "that you named")
    raise MappingError(
        f"The file has no column headed {wrong}. Look at its first line, and write the heading as "
        "it stands there."
    )


def plain_key(text: str) -> str:
    """Words without case, accents and punctuation: `White – British` is `white british`."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    words = re.sub(r"[^a-z0-9+<]+", " ", bare.lower().replace("&", " and "))
    return re.sub(r" to (?=\d)", " ", words.replace("< ", "<")).strip()


def _known_words() -> dict[str, dict[str, str]]:
    """For each field that becomes a code: word -> code. A code's own name and its label in the
    return are always among them."""
    words_of: dict[str, dict[str, str]] = {}
    for name, extract in EXTRACTS.items():
        ours = {field.name: field.codes or {} for field in RETURNS[name].fields}
        for field in extract.fields:
            words = words_of.setdefault(field.name, {})
            for code, label in ours.get(field.name, {}).items():
                words |= {plain_key(code): code, plain_key(label): code}
            for code, others in (field.words or {}).items():
                words |= {plain_key(word): code for word in (code, *others)}
    return {name: words for name, words in words_of.items() if words}


WORDS: Mapping[str, Mapping[str, str]] = _known_words()


def code_of(field: str, text: str) -> str | None:
    """The code that the words in a cell stand for; None where they are not known."""
    key = plain_key(text)
    # Staff systems write a letter or two of their own before the words: `A White - British`.
    bare = re.sub(r"^[a-z]{1,2}\d? (?=.{3})", "", key)
    return WORDS[field].get(key, WORDS[field].get(bare))


def list_findings(extract: Return, table: Table, mapped: Mapped) -> Iterator[Finding]:
    """What is wrong with the list rather than with a person's line."""
    for field in mapped.missing:
        message = f"we found no column for {field.title}"
        cure = f"Say which of your columns it is. {field.description}"
        yield error("missing_column", None, field.title, message, cure)
    for name, heading in {**mapped.ambiguous, **mapped.doubled}.items():
        message = f"two columns are headed {heading}"
        cure = f"Keep the one for {extract.field(name).title}, or give them different headings."
        yield error("two_columns", table.heading_line, heading, message, cure)
    for line, _ in table.swallowed:
        message = "whole lines of the list stand inside quote marks that begin on this line"
        cure = "Take out the quote mark that doesn't belong there, in a text editor, not in Excel."
        yield error("quoted_lines", line % LINES_A_SHEET, None, message, cure)
    above, column = table.aside.get("title"), mapped.columns.get("start_date")
    starts = above.column(f"c{column}") if above is not None and column is not None else None
    if starts is not None and (count := sum(are_dates(starts))):
        message = f"{formatting.counted(count, 'line')} above the headings may be people"
        cure = "Move the headings to the top of the list."
        yield error("lines_above_headings", None, None, message, cure)
    if not table.cells.num_rows:
        cure = "If there is nothing to report, send a nil return instead."
        yield error("no_rows", None, None, "there is nothing under the headings", cure)
    for line in table.long[0].tolist():
        message = "the line has more cells than there are headings"
        cure = "Look for a comma inside a value that is not in quotes."
        yield error("long_row", line, None, message, cure)


def _date_notes(extract: Return, dates: Mapping[str, DateColumn]) -> Iterator[str]:
    for name, column in dates.items():
        if column.order == "month":
            yield f"{extract.field(name).title}: read month first, as you say."


def date_findings(
    extract: Return, dates: Mapping[str, DateColumn], mapped: Mapped
) -> Iterator[Finding]:
    """Columns of dates that don't say which number is the day. No date is quoted."""
    for name, column in dates.items():
        title, heading = extract.field(name).title, mapped.heading(name)
        if column.confirmable:
            cure = (
                "If your system writes the month first, say so. If not, write every date as "
                "year-month-day."
            )
            message = f"some dates of {title} only read month first"
            yield error("day_or_month", None, heading, message, cure)
        elif column.doubtful:
            cure = "Export the list again with dates written as year-month-day."
            message = f"some dates of {title} read day first and others month first"
            yield error("day_or_month", None, heading, message, cure)
        elif column.question:
            yield Finding("month_or_day", "warning", None, heading, None, *column.question)


def make_macros(cursor: DuckDBPyConnection, starts: date, period: date) -> None:
    """period_start(), period_end() and plain() for the SQL of the extracts; `starts` is the first
    day of the period that ends with the month `period`."""
    cursor.execute(
        f"""
        create temp macro period_start() as date '{starts}';
        create temp macro period_end() as date '{add_months(period, 1)}' - 1;
        -- One spelling of the white space, and nothing that a spreadsheet runs as a formula.
        create temp macro plain(text) as
          trim(regexp_replace(regexp_replace(text, '\\s+', ' ', 'g'), '^[-=+@ ]+', ''));
        """
    )


def run_sql(cursor: DuckDBPyConnection, name: str) -> None:
    cursor.execute((HERE / f"{name}.sql").read_text(encoding="utf-8"))


def load_lines(
    cursor: DuckDBPyConnection,
    name: str,
    extract: Return,
    cells: pa.Table,
    columns: Mapping[str, int],
    dates: Mapping[str, DateColumn],
) -> None:
    """Puts a list's lines, as extract.sql describes them, into the table of that name; what `cells`
    has beside the list's own columns stays as it is."""
    texts = [heading for heading in cells.column_names if re.fullmatch(r"c\d+", heading)]
    chosen = [heading for heading in cells.column_names if heading not in texts]
    for field in extract.fields:
        column = columns.get(field.name)
        text = f"c{column}" if column is not None else "''"
        read = field.parse(text)
        if column is not None and field.name in WORDS:
            different = pc.unique(cells.column(text))
            codes = [code_of(field.name, cell) for cell in different.to_pylist()]
            words = pa.table({"text": different, "code": pa.array(codes, pa.string())})
            cursor.register(f"words_{field.name}", words)
            read = f"(select code from words_{field.name} where text = {text})"
        elif field.name in WORDS:
            read = "null::varchar"
        elif column is None:
            read = f"null::{field.kind.sql}"
        elif field.name in dates:
            cells = cells.append_column(f"d{column}", dates[field.name].days)
            read = f"d{column}"
        chosen += [
            f"{text} as text_{field.name}",
            f"{read} as read_{field.name}",
            f"{str(column is not None).lower()} as has_{field.name}",
        ]
    cursor.register("raw", cells)
    alike = f"count(*) over (partition by {', '.join(texts or chosen[:1])}) as alike"
    lines = f"select {', '.join(chosen)}, {alike} from raw"
    cursor.execute(f"create temp table if not exists {name} as {lines} limit 0")
    cursor.execute(f"insert into {name} {lines}")


def _broken_rules(cursor: DuckDBPyConnection, extract: Return, mapped: Mapped) -> Iterator[Finding]:
    """The rules of the extract's declaration, asked of `people`. None quotes a cell."""
    for rule in extract.own_rules:
        column = next(filter(None, map(mapped.heading, rule.fields)), None)
        if column is None:
            continue
        lines = cursor.execute(f"select line from people where {rule.broken} order by line")
        for (line,) in lines.fetchall():
            yield Finding(rule.id, rule.severity, line, column, None, rule.message, rule.cure)


def _value_counts(cursor: DuckDBPyConnection, return_: Return) -> Iterator[ValueCount]:
    for field in return_.fields:
        if field.type not in ("code", "area", "yes_no"):
            continue
        labels = field.codes or {"true": "Yes", "false": "No"}
        rows = cursor.execute(
            f"""
            select {field.name}::varchar as value, count(*)
            from people
            where counted and {field.name} is not null
            group by value
            """
        ).fetchall()
        people: Counter[str] = Counter()
        for value, count in rows:
            people[labels.get(value) or (SMALL_AREA if value[1:3] == "01" else WARD)] += count
        for label in (SMALL_AREA, WARD, *labels.values()):
            if label in people:
                yield ValueCount(field.title, label, people[label])


def _left_out(cursor: DuckDBPyConnection, return_: Return, period: date) -> dict[str, int]:
    first = period if return_.name == "local_hires" else add_months(period, -MONTHS_FOLLOWED)
    counts = cursor.execute(
        """
        select count(*) filter (text_start_date = ''),
          count(*) filter (start_date <= period_end()),
          count(*) filter (start_date > period_end())
        from people
        where not counted
        """
    ).fetchone()
    reasons = (
        "No start date",
        f"Started before {formatting.month(first)}",
        f"Started after {formatting.month(period)}",
    )
    return {why: count for why, count in zip(reasons, counts or (0, 0, 0), strict=True) if count}


def to_csv(cursor: DuckDBPyConnection, return_: Return) -> tuple[str, int]:
    """The table `prepared` as the standard return, and how many rows it has; in an order that says
    nothing of the list's."""
    names = [field.name for field in return_.fields]
    there = {row[0] for row in cursor.execute("describe prepared").fetchall()}
    chosen = ", ".join(name if name in there else f"null as {name}" for name in names)
    rows = cursor.execute(f"select {chosen} from prepared order by all").fetchall()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return (text.getvalue(), len(rows)) if rows else ("", 0)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)


def _still_personal(
    cursor: DuckDBPyConnection, return_: Return, text: str, period: date, mapped: Mapped
) -> Iterator[Finding]:
    """Text of the list that looks like somebody's details. Anything else that our own check says
    against the return would be a fault of ours."""
    patterns = {pattern.rule.id: pattern.rule for pattern in pii.PATTERNS}
    checked = check_file(cursor, return_, text.encode(), period=period)
    where = dict.fromkeys((finding.rule, finding.column) for finding in checked.findings())
    for rule, column in where:
        if rule not in patterns or not column:
            raise RuntimeError(f"the prepared return breaks {rule}")
        message = patterns[rule].message.replace("{value}", "something in this column")
        cure = f"Choose another column for {return_.field(column).title}, or none."
        yield error(rule, None, mapped.heading(column), message, cure)
