"""A file as its sender sees it before sending: read, mapped and checked, nothing kept."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import pandas as pd

from anchornet.returns.check import check, read_list
from anchornet.returns.columns import Mapped, fitting_layout, map_headings
from anchornet.returns.csv_reader import Reading, Table
from anchornet.returns.declaration import Return
from anchornet.returns.findings import LINES_A_SHEET, FindingGroup, Findings
from anchornet.returns.outliers import PeriodTotals
from anchornet.store.database import Database, tidy
from anchornet.store.framework_codes import for_check
from anchornet.store.network import remembered_mapping, remembered_reading
from anchornet.store.submissions import decimals

ENCODINGS = {
    "utf-8": "text in UTF-8",
    "utf-8-sig": "text in UTF-8",
    "utf-16": "text in UTF-16",
    "cp1252": "text in Windows-1252",
    "mac_roman": "text of an old Macintosh program (Mac Roman)",
    "cp850": "text of MS-DOS (code page 850)",
    "xlsx": "an Excel workbook",
}
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars (|)"}
FIRST_ROWS = 5
BESIDE = 3  # earlier months that a file is held against


@dataclass(frozen=True)
class Preview:
    """What a file holds, in values that outlive the cursor that checked it.

    `period` is the one month, or None where each of `periods` is a return of its own. `samples`
    gives the first different values under each heading; `neighbours` the cells of every record that
    is an example in `groups`. `reading` is how the file was read as its sender says; `month_first`
    names columns that read once the sender confirms that their dates are month first.
    """

    read_as: str
    skipped: tuple[str, ...]
    notes: tuple[str, ...]
    reading: Reading
    month_first: tuple[str, ...]
    sheets: tuple[str, ...]
    other_sheets: tuple[str, ...]
    first_rows: pd.DataFrame
    mapped: Mapped
    layout: str | None
    samples: Mapping[str, str]
    confirmed: bool
    period: date | None
    periods: tuple[PeriodTotals, ...]
    rows: int
    errors: int
    warnings: int
    groups: tuple[FindingGroup, ...]
    findings: Findings
    delimiter: str | None
    heading_line: int
    neighbours: Mapping[int, tuple[str, ...]]


def preview(
    database: Database,
    return_: Return,
    data: bytes,
    *,
    member_id: str,
    period: date | None = None,
    layout: str | None = None,
    headings: Mapping[str, str] | None = None,
    reading: Reading | None = None,
) -> Preview:
    """Reads, maps and checks a file as `submit` would. Where nothing says which month it is for
    and its lines bear one only, that is its month; where no layout is named, the shipped one that
    fits is taken, and where no `reading` is, the one that is remembered. Raises Refused and
    MappingError."""
    remembered = remembered_mapping(database, member_id, return_.name)
    reading = reading_of(database, return_, member_id, reading)
    table = read_list(return_, data, reading, headings, remembered)
    layout = layout or fitting_layout(return_, table.headings, remembered)
    mapped = map_headings(
        return_, table.headings, explicit=headings, named=layout, remembered=remembered
    )
    with database.cursor() as cursor:
        return_ = for_check(cursor, return_)
        check_as_read = partial(check, member_id=member_id, month_first=bool(reading.month_first))
        checked = check_as_read(cursor, return_, table, mapped, period=period)
        months = [month.period for month in checked.periods if month.period]
        if period is None and len(months) == 1:
            period = months[0]
            checked = check_as_read(cursor, return_, table, mapped, period=period)
        groups, findings = tuple(checked.groups()), checked.findings()
    examples = [finding for group in groups for finding in group.examples]
    table = checked.table
    return Preview(
        read_as=_read_as(table),
        skipped=tuple(skipped.sentence for skipped in table.skipped),
        notes=checked.notes,
        reading=reading,
        month_first=checked.month_first,
        sheets=table.sheets,
        other_sheets=table.other_sheets,
        first_rows=pd.DataFrame(table.preview(FIRST_ROWS)).rename(columns={"line": "Line"}),
        mapped=mapped,
        layout=layout,
        samples=_samples(table),
        confirmed=_confirmed(mapped, remembered),
        period=period,
        periods=checked.periods,
        rows=checked.rows,
        errors=checked.errors,
        warnings=checked.warnings,
        groups=groups,
        findings=findings,
        delimiter=table.delimiter,
        heading_line=table.heading_line,
        neighbours=_rows(table, {finding.record for finding in examples if finding.record}),
    )


def reading_of(
    database: Database, return_: Return, member_id: str, said: Reading | None
) -> Reading:
    """How a member's file is read: what it says now goes before what it said of earlier ones."""
    before = remembered_reading(database, member_id, return_.name)
    now = said.as_said() if said else {}
    both = {**before, **now}
    return Reading(
        tuple(both.get("sheets", ())),
        both.get("heading_line"),
        both.get("month_first"),
        remembered=not {"sheets", "heading_line"} & now.keys() or bool(said and said.remembered),
    )


def sums_beside(
    database: Database, return_name: str, member_id: str, periods: Sequence[date]
) -> pd.DataFrame:
    """What counts now for the periods of a file and for the last three months sent before them:
    period, receipt, nil, rows, totals ({field: Decimal}), by period."""
    with database.cursor() as cursor:
        frame = cursor.execute(
            """
            select period, receipt, nil, rows, totals
            from current_submissions(null)
            where member_id = $member_id and return_name = $return_name
                and (period < $first or list_contains($periods::date[], period))
            qualify period >= $first or row_number() over (
                partition by period >= $first order by period desc
            ) <= $months
            order by period
            """,
            {
                "member_id": member_id,
                "return_name": return_name,
                "periods": list(periods),
                "first": min(periods),
                "months": BESIDE,
            },
        ).df()
    frame = tidy(frame, "period")
    frame["totals"] = frame["totals"].map(decimals)
    return frame


def choices(return_: Return, mapped: Mapped) -> dict[str, str]:
    """Every field's heading, "" where the file has none: the columns as they stand on screen."""
    return {field.name: mapped.heading(field.name) or "" for field in return_.fields}


def _confirmed(mapped: Mapped, remembered: Mapping[str, str] | None) -> bool:
    """Whether nothing is left to confirm: every column, and that there is none, is known by the
    headings or from before."""
    none = {field for field, heading in (remembered or {}).items() if not heading}
    return (
        not mapped.others
        and mapped.none <= none
        and all(
            source == "heading" or (remembered or {}).get(field) == mapped.heading(field)
            for field, source in mapped.source.items()
        )
    )


def _read_as(table: Table) -> str:
    read_as = f"Read as {ENCODINGS[table.encoding]}"
    if table.delimiter:
        read_as += f", separated by {DELIMITERS[table.delimiter]}"
    return f"{read_as}, headings on line {table.heading_line % LINES_A_SHEET:,}."


def _samples(table: Table) -> dict[str, str]:
    samples: dict[str, str] = {}
    first = table.cells.slice(0, 200)
    for column, heading in enumerate(table.headings):
        values = filter(None, first.column(f"c{column}").to_pylist())
        samples.setdefault(heading, " · ".join(list(dict.fromkeys(values))[:3]))
    return samples


def _rows(table: Table, lines: Collection[int]) -> dict[int, tuple[str, ...]]:
    rows = table.at(sorted(lines)).to_pylist()
    return {line: tuple(cells.values()) for line, cells in ((row.pop("line"), row) for row in rows)}
