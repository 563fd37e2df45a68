"""What a sender has chosen, and how the file looks: kept for the session, not read for a click."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import streamlit as st

from anchornet import member_data
from anchornet.access import Person
from anchornet.intake.preview import Preview
from anchornet.returns.declaration import RETURNS, Return
from anchornet.store.database import Database


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


def look_at(
    database: Database,
    person: Person,
    asked: Asked,
    member_id: str,
    chosen: Mapping[str, str] | None = None,
) -> Preview:
    """Reads, maps and checks what was dropped; `chosen` are columns that the sender says.

    Raises reading.Refused for a file that is no list and MappingError for impossible choices.
    """
    return _look(
        database,
        person,
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
@st.cache_resource(show_spinner="Reading and checking the file", max_entries=8, scope="session")
def _look(
    _database: Database,
    person: Person,
    _data: bytes,
    file_id: str,
    return_name: str,
    member_id: str,
    layout: str | None,
    headings: tuple[tuple[str, str], ...],
    period: date | None,
    path: str,
    version: int,
) -> Preview:
    return member_data.preview(
        _database,
        person,
        RETURNS[return_name],
        _data,
        member_id=member_id,
        period=period,
        layout=layout,
        headings=dict(headings),
    )
