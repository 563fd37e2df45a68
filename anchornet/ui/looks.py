"""A file as its sender sees it before sending: read, mapped and checked, nothing kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd
import streamlit as st

from anchornet.returns.checking import PeriodTotals, check, check_file
from anchornet.returns.declaration import RETURNS, Return
from anchornet.returns.findings import FindingGroup
from anchornet.returns.mapping import Mapped, map_headings
from anchornet.returns.reading import Table, read_table
from anchornet.store.database import Database
from anchornet.store.network import remembered_mapping

ENCODINGS = {
    "utf-8": "text in UTF-8",
    "utf-8-sig": "text in UTF-8",
    "utf-16": "text in UTF-16",
    "cp1252": "text in Windows-1252",
    "xlsx": "an Excel workbook, its first sheet",
}
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
PREVIEW = 5


@dataclass(frozen=True)
class Asked:
    """What the sender has chosen so far; `data` is None until a file is dropped.

    `nothing` says that there is nothing to report for `period`.
    """

    return_: Return
    period: date | None
    file_name: str = ""
    file_id: str = ""
    data: bytes | None = None
    layout: str | None = None
    nothing: bool = False


@dataclass(frozen=True)
class Look:
    """What a file holds, in values that outlive the cursor that checked it.

    `periods` are the months that would be sent; `period` is the one month, or None where each
    month is a return of its own. `samples` gives the first different values under each heading.
    """

    read_as: str
    skipped: tuple[str, ...]
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


def look_at(
    database: Database,
    asked: Asked,
    member_id: str,
    chosen: Mapping[str, str] | None = None,
) -> Look:
    """Reads, maps and checks what was dropped; `chosen` are columns that the sender says.

    Raises reading.Refused for a file that is no list and MappingError for impossible choices.
    """
    return _look(
        database,
        asked.data or b"",
        asked.file_id,
        asked.return_.name,
        member_id,
        asked.layout,
        tuple(sorted((chosen or {}).items())),
        asked.period,
        str(database.path),
        database.version(),
    )


# Kept for the session under the file, the choices and the version: a click reads nothing again.
@st.cache_data(show_spinner="Reading and checking the file", max_entries=8, scope="session")
def _look(
    _database: Database,
    _data: bytes,
    file_id: str,
    return_name: str,
    member_id: str,
    layout: str | None,
    headings: tuple[tuple[str, str], ...],
    period: date | None,
    path: str,
    version: int,
) -> Look:
    return_ = RETURNS[return_name]
    remembered = remembered_mapping(_database, member_id, return_name)
    table = read_table(_data, return_.known_headings())
    layout = layout or _fitting_layout(return_, table, remembered)
    mapped = map_headings(
        return_, table.headings, explicit=dict(headings), named=layout, remembered=remembered
    )
    with _database.cursor() as cursor:
        checked = check(cursor, return_, table, mapped, period=period, member_id=member_id)
        months = [found.period for found in checked.periods if found.period]
        if period is None and len(months) == 1:
            period = months[0]
            checked = check(cursor, return_, table, mapped, period=period, member_id=member_id)
        groups = tuple(checked.groups())
    return Look(
        read_as=_read_as(table),
        skipped=tuple(skipped.sentence for skipped in table.skipped),
        first_rows=pd.DataFrame(table.preview(PREVIEW)).rename(columns={"line": "Line"}),
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
    )


def every_finding(database: Database, asked: Asked, member_id: str, looked: Look) -> pd.DataFrame:
    """All findings, uncapped, checked once more: what is downloaded is made when asked for."""
    with database.cursor() as cursor:
        checked = check_file(
            cursor,
            asked.return_,
            asked.data or b"",
            period=looked.period,
            headings=choices(asked.return_, looked.mapped),
            member_id=member_id,
        )
        found = checked.findings()
    columns = ["severity", "line", "column", "value", "message", "cure", "rule"]
    return pd.DataFrame(
        [[getattr(finding, name) for name in columns] for finding in found], columns=columns
    ).astype({"line": "Int64"})


def choices(return_: Return, mapped: Mapped) -> dict[str, str]:
    """Every field's heading, "" where the file has none: the columns as they stand on screen."""
    return {field.name: mapped.heading(field.name) or "" for field in return_.fields}


def _fitting_layout(
    return_: Return, table: Table, remembered: Mapping[str, str] | None
) -> str | None:
    """The shipped layout that fits a file whose own headings leave something required unmatched."""
    if not map_headings(return_, table.headings, remembered=remembered).missing:
        return None
    for mapping in return_.mappings:
        if not map_headings(return_, table.headings, named=mapping.name).missing:
            return mapping.name
    return None


def _confirmed(mapped: Mapped, remembered: Mapping[str, str] | None) -> bool:
    """Whether nothing is left to confirm: every column is known by its heading or from before."""
    known = remembered or {}
    return all(
        how == "heading" or known.get(field) == mapped.heading(field)
        for field, how in mapped.source.items()
    )


def _read_as(table: Table) -> str:
    said = f"Read as {ENCODINGS.get(table.encoding, table.encoding)}"
    if table.delimiter:
        said += f", separated by {DELIMITERS.get(table.delimiter, table.delimiter)}"
    return f"{said}, headings on line {table.heading_line:,}."


def _samples(table: Table) -> dict[str, str]:
    samples: dict[str, str] = {}
    first = table.cells.slice(0, 200)
    for place, heading in enumerate(table.headings):
        values = [text for text in first.column(f"c{place}").to_pylist() if text]
        samples.setdefault(heading, " · ".join(list(dict.fromkeys(values))[:3]))
    return samples
