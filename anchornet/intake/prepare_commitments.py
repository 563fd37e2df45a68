"""What members have of promises -> the return of commitments: a contracts register, or the lists of
the developer contributions standard.

Each list is declared in a TOML file of its own, with a SQL file that places its lines among the
others'. A line that breaks a rule of severity `warning` is left out of the return; `note` only
says something of a line that is in it.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pyarrow as pa
from duckdb import DuckDBPyConnection

from anchornet.formatting import listed
from anchornet.intake.prepare import (
    HERE,
    PreparedReturn,
    date_findings,
    list_findings,
    load_lines,
    make_macros,
    plain_key,
    run_sql,
    to_csv,
)
from anchornet.returns.columns import Mapped, fitting_returns, map_headings
from anchornet.returns.csv_reader import AS_IT_IS, Reading, Refused, SheetsDiffer, Table, read_table
from anchornet.returns.dates import DateColumn, read_column
from anchornet.returns.declaration import RETURNS, Return, fill, read_declarations
from anchornet.returns.findings import LINES_A_SHEET, Finding, FindingGroup
from anchornet.returns.texts import different_texts
from anchornet.store.framework import Framework
from anchornet.store.network import NotPossible
from anchornet.store.opening import scratch

COMMITMENTS = RETURNS["commitments"]
LISTS: Mapping[str, Return] = read_declarations(HERE.glob("commitments_*.toml"))
# What a promise is in -> the lists that say so, each after those it refers to.
SOURCES: Mapping[str, tuple[str, ...]] = {
    "contract": ("contracts",),
    "section_106": ("agreements", "contributions", "transactions"),
}
PURPOSES = tomllib.loads((HERE / "commitments_contributions.toml").read_text())["purposes"]
# Words of a purpose -> the purpose that they stand for.
PURPOSE_WORDS = {
    plain_key(words): purpose
    for purpose in PURPOSES
    for words in (purpose["purpose"], *purpose["words"])
}
UNNAMED = ""  # the purpose of a contribution that only transactions name
# Of a purpose in somebody's words, and of pounds (gbp) or units: the measure, "" for none.
Choices = Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class ListFile:
    name: str
    data: bytes


@dataclass(frozen=True)
class Purpose:
    """What contributions are for, in the words of the lists; `kind` is gbp or units. `amount` is
    None, and `measure` is, too, where only transactions name them and nobody chose a measure."""

    text: str
    kind: str
    contributions: int
    amount: Decimal | None
    measure: str | None


@dataclass(frozen=True)
class LeftOut:
    """Lines of a file that are not in the return for one reason."""

    file: str
    lines: tuple[int, ...]
    column: str | None
    value: str | None
    reason: str
    cure: str


@dataclass(frozen=True)
class MeasureTotal:
    """What is promised of one measure (None: none is stated yet) in the return."""

    measure: str | None
    promises: int
    promised: Decimal | None
    received: Decimal | None
    delivered: Decimal | None


@dataclass(frozen=True)
class PreparedCommitments(PreparedReturn):
    """`lists` gives each file with the list that it is and its lines; `incomplete` are rows without
    a measure or an amount, which have to be filled in before the return is sent."""

    lists: tuple[tuple[str, Return, int], ...]
    purposes: tuple[Purpose, ...]
    totals: tuple[MeasureTotal, ...]
    incomplete: int

    def left_out(self) -> list[LeftOut]:
        """Every line that is not in the return, by file and reason, in the order of the first."""
        alike: dict[tuple[str, str | None, str | None, str, str], list[int]] = {}
        for finding in self.findings:
            if finding.severity == "warning":
                why = (finding.column, finding.value, finding.message, finding.cure)
                alike.setdefault((finding.sheet or "", *why), []).append(finding.line or 0)
        groups = [LeftOut(key[0], tuple(sorted(lines)), *key[1:]) for key, lines in alike.items()]
        files = [name for name, *_ in self.lists]
        return sorted(groups, key=lambda group: (files.index(group.file), group.lines))

    def remarks(self) -> list[FindingGroup]:
        """What else is said of the files, of each rule once."""
        return [group for group in self.finding_groups() if group.severity != "warning"]


@dataclass(frozen=True)
class _Read:
    """A file as the list that it is."""

    name: str
    extract: Return
    table: Table
    mapped: Mapped
    dates: Mapping[str, DateColumn]


def prepare_commitments(
    framework: Framework,
    files: Sequence[ListFile],
    *,
    source: str,
    period: date,
    choices: Choices | None = None,
    headings: Mapping[str, str] | None = None,
    reading: Reading = AS_IT_IS,
) -> PreparedCommitments:
    """Turns lists into the return of the quarter that ends with `period`. `headings`: field of the
    lists' declarations -> heading of the files, "" for none.

    Raises Refused for a file that is none of the source's lists, and MappingError.
    """
    extracts = [LISTS[name] for name in SOURCES[source]]
    read = [_read(extracts, file, headings or {}, reading) for file in files]
    skipped = [sentence for one in read for sentence in _skipped(one)]
    findings = [finding for one in read for finding in _file_findings(one)]
    lists = tuple((one.name, one.extract, one.table.cells.num_rows) for one in read)
    if any(finding.severity == "error" for finding in findings):
        return PreparedCommitments(
            COMMITMENTS, period, "", 0, tuple(skipped), tuple(findings), lists, (), (), 0
        )
    with scratch() as cursor:
        make_macros(cursor, COMMITMENTS.starts_on(period), period)
        cursor.execute(
            "create temp macro reference_key(text) as "
            r"upper(regexp_replace(text, '[\s\x{a0}]+', '', 'g'))"
        )
        for extract in extracts:
            _load(cursor, extract, read)
        _load_measures(cursor, framework, source, choices or {})
        for extract in extracts:
            run_sql(cursor, f"commitments_{extract.name}")
            findings += _apply_rules(cursor, extract, read)
        run_sql(cursor, f"prepared_{source}")
        csv, rows = to_csv(cursor, COMMITMENTS)
        return PreparedCommitments(
            COMMITMENTS,
            period,
            csv,
            rows,
            tuple(skipped),
            tuple(findings),
            lists,
            tuple(_purposes(cursor)) if source == "section_106" else (),
            tuple(_totals(cursor)),
            _incomplete(cursor),
        )


def match_columns(source: str, file: ListFile) -> tuple[Return, Mapped]:
    """Which of the source's lists a file is, and which of its columns is which. Raises Refused."""
    read = _read([LISTS[name] for name in SOURCES[source]], file, {}, AS_IT_IS)
    return read.extract, read.mapped


def choice_key(text: str, kind: str) -> tuple[str, str]:
    return plain_key(text), kind


def choices_of(framework: Framework, pairs: Iterable[tuple[str, str]]) -> Choices:
    """Of purposes and measures as somebody wrote them, "" for none. Raises NotPossible."""
    units = {measure.id: measure.unit for measure in framework.measures}
    chosen: dict[tuple[str, str], str] = {}
    for text, measure in pairs:
        if not measure:
            chosen |= {choice_key(text, kind): "" for kind in ("gbp", "units")}
        elif measure not in units:
            raise NotPossible(
                f"There is no measure {measure!r} in the network's framework. There are: "
                f"{', '.join(units)}."
            )
        else:
            chosen[choice_key(text, _kind(units[measure]))] = measure
    return chosen


def _kind(unit: str) -> str:
    return "gbp" if unit == "gbp" else "units"


# --- reading -------------------------------------------------------------------------------------


def _read(
    extracts: Sequence[Return], file: ListFile, headings: Mapping[str, str], reading: Reading
) -> _Read:
    known = frozenset().union(*(extract.known_headings for extract in extracts))
    try:
        table = read_table(file.data, known, (), reading)
    except SheetsDiffer:
        raise Refused(
            f"{file.name} has several lists. Save each sheet as a file, and drop them together."
        ) from None
    except Refused as refused:
        raise Refused(f"{file.name}: {refused}") from None
    # Several lists may share a field: of each, the sender's heading serves where it is there.
    only = len(extracts) == 1
    theirs = {} if only else {extract.name: headings for extract in extracts}
    fitting = extracts if only else fitting_returns(extracts, table.headings, theirs)
    if len(fitting) != 1:
        wanted = [
            f"{extract.title} ({listed([f.name.replace('_', '-') for f in needed])})"
            for extract in extracts
            if (needed := [field for field in extract.fields if field.required])
        ]
        raise Refused(
            f"{file.name} has the headings of none of these lists: {'; '.join(wanted)}. "
            "Look at its first line."
        )
    extract = fitting[0]
    mapped = map_headings(
        extract,
        table.headings,
        explicit=headings if only else None,
        remembered=theirs.get(extract.name),
    )
    dates = {
        field.name: read_column(
            different_texts(table.cells.column(f"c{mapped.columns[field.name]}")),
            field.title,
            month_first=bool(reading.month_first),
        )
        for field in extract.fields
        if field.type == "date" and field.name in mapped.columns
    }
    return _Read(file.name, extract, table, mapped, dates)


def _skipped(read: _Read) -> Iterator[str]:
    sentences = [*read.table.notes, *(lines.sentence for lines in read.table.skipped)]
    sentences += [column.note for column in read.dates.values() if column.note]
    if read.mapped.unused:
        sentences.append(f"Not used: {listed(read.mapped.unused)}.")
    return (f"{read.name}: {sentence}" for sentence in sentences)


def _file_findings(read: _Read) -> Iterator[Finding]:
    for finding in (
        *list_findings(read.extract, read.table, read.mapped),
        *date_findings(read.extract, read.dates, read.mapped),
    ):
        yield Finding(
            finding.rule,
            finding.severity if finding.severity == "error" else "note",
            finding.line,
            finding.column,
            finding.value,
            finding.message,
            finding.cure,
            sheet=read.name,
        )


def _load(cursor: DuckDBPyConnection, extract: Return, read: Sequence[_Read]) -> None:
    """Puts the lines of every file that is this list into one table; without any it is empty."""
    name = f"{extract.name}_lines"
    nothing = pa.table({"line": pa.array([], pa.int32()), "file": pa.array([], pa.int32())})
    load_lines(cursor, name, extract, nothing, {}, {})
    for number, one in enumerate(read):
        if one.extract is extract:
            cells = one.table.cells
            numbers = pa.array([number] * cells.num_rows, pa.int32())
            cells = cells.add_column(1, "file", numbers)
            load_lines(cursor, name, extract, cells, one.mapped.columns, one.dates)


# --- measures ------------------------------------------------------------------------------------


def purpose_of(text: str) -> Mapping[str, str] | None:
    """The purpose whose words, the longest of those that are there, stand in a text."""
    key = f" {plain_key(text)} "
    fitting = [words for words in PURPOSE_WORDS if f" {words} " in key]
    most = max(map(len, fitting), default=0)
    purposes = [PURPOSE_WORDS[words] for words in fitting if len(words) == most]
    return purposes[0] if purposes and all(one is purposes[0] for one in purposes) else None


def _measure_of(framework: Framework, text: str, kind: str, choices: Choices) -> str | None:
    declared = (purpose_of(text) or {}).get(kind)
    measure = choices.get(choice_key(text, kind), declared)
    units = {measure.id: measure.unit for measure in framework.measures}
    return measure if measure in units and _kind(units[measure]) == kind else None


def _load_measures(
    cursor: DuckDBPyConnection, framework: Framework, source: str, choices: Choices
) -> None:
    """The table `measures`, of how registers write them, or `purposes`."""
    if source == "contract":
        codes = {
            plain_key(words): measure
            for measure, title in framework.measure_codes.items()
            for words in (measure, title)
        }
        texts = _texts(cursor, "select distinct text_measure from contracts_lines")
        written = pa.table({"text": texts, "measure": [codes.get(plain_key(t)) for t in texts]})
        cursor.register("measures_written", written.cast(_schema("text", "measure")))
        cursor.execute("create temp table measures as from measures_written")
        return
    texts = _texts(
        cursor, "select distinct text_contribution_purpose from contributions_lines order by all"
    )
    rows = [
        {"text": text, "kind": kind, "measure": _measure_of(framework, text, kind, choices)}
        for text in dict.fromkeys([*texts, UNNAMED])
        for kind in ("gbp", "units")
    ]
    chosen = pa.Table.from_pylist(rows, schema=_schema("text", "kind", "measure"))
    cursor.register("purposes_chosen", chosen)
    cursor.execute("create temp table purposes as from purposes_chosen")


def _texts(cursor: DuckDBPyConnection, sql: str) -> list[str]:
    return [text for (text,) in cursor.execute(sql).fetchall()]


def _schema(*names: str) -> pa.Schema:
    return pa.schema([(name, pa.string()) for name in names])


# --- rules and totals ----------------------------------------------------------------------------


def _apply_rules(
    cursor: DuckDBPyConnection, extract: Return, read: Sequence[_Read]
) -> Iterator[Finding]:
    """Makes the table of the list's lines that are of use, and says what is wrong with the others:
    of each what comes first in the declaration, as the rest may follow from it."""
    name = extract.name
    rules = sorted(extract.own_rules, key=lambda rule: rule.severity != "warning")
    stopping = [rule for rule in rules if rule.severity == "warning"]
    cases = " ".join(f"when {rule.broken} then {number}" for number, rule in enumerate(stopping))
    cursor.execute(
        f"""
        create temp table {name}_judged as select *, case {cases} end as stopped from {name};
        create temp view {name}_usable as from {name}_judged where stopped is null;
        """
    )
    broken = [f"stopped = {number}" for number in range(len(stopping))]
    broken += [f"stopped is null and {rule.broken}" for rule in rules[len(stopping) :]]
    lines = " union all ".join(
        f"select {number} as rule, file, line, text_{rule.fields[0]} from {name}_judged "
        f"where {condition}"
        for number, (rule, condition) in enumerate(zip(rules, broken, strict=True))
    )
    for number, file, line, value in cursor.execute(f"{lines} order by all").fetchall():
        rule, of_file = rules[number], read[file]
        yield Finding(
            rule.id,
            rule.severity,
            line % LINES_A_SHEET,
            of_file.mapped.heading(rule.fields[0]),
            value or None,
            fill(rule.message, {"value": value or "a blank"}),
            rule.cure,
            sheet=of_file.name,
        )


def _purposes(cursor: DuckDBPyConnection) -> Iterator[Purpose]:
    rows = cursor.execute(
        """
        select
            text_contribution_purpose,
            kind,
            count(*),
            sum(promised),
            any_value(measure)
        from contributions
        group by all
        order by kind, text_contribution_purpose
        """
    ).fetchall()
    yield from (Purpose(*row) for row in rows)
    unnamed = cursor.execute(
        "select count(distinct contribution) from transactions "
        "where not contribution_listed and not has_measure"
    ).fetchone()
    if unnamed and unnamed[0]:
        yield Purpose(UNNAMED, "gbp", unnamed[0], None, None)


def _totals(cursor: DuckDBPyConnection) -> Iterator[MeasureTotal]:
    there = {row[0] for row in cursor.execute("describe prepared").fetchall()}
    received = "sum(received)" if "received" in there else "null"
    rows = cursor.execute(
        f"""
        select measure, count(*), sum(promised), {received}, sum(delivered)
        from prepared
        group by measure
        order by measure
        """
    ).fetchall()
    yield from (MeasureTotal(*row) for row in rows)


def _incomplete(cursor: DuckDBPyConnection) -> int:
    (count,) = cursor.execute(
        "select count(*) from prepared where measure is null or promised is null"
    ).fetchone() or (0,)
    return int(count)
