"""Which return a file is, or can be made into, by its headings."""

from anchornet.intake.prepare import EXTRACTS
from anchornet.intake.preview import reading_of
from anchornet.returns import columns
from anchornet.returns.csv_reader import AS_IT_IS, read_table
from anchornet.returns.declaration import RETURNS, Return
from anchornet.store.database import Database
from anchornet.store.network import remembered_mapping

KNOWN_HEADINGS = frozenset().union(*(return_.known_headings for return_ in RETURNS.values()))
OF_PEOPLE = frozenset().union(*(extract.known_headings for extract in EXTRACTS.values()))
FEWEST = 2  # columns of a list of people: a contract has a start date, too
HEAD = 1 << 16  # bytes


def fitting_returns(database: Database, data: bytes, member_id: str) -> list[Return]:
    """The returns that a member's file may be. Raises Refused."""
    readings = (reading_of(database, return_, member_id, None) for return_ in RETURNS.values())
    reading = next((one for one in readings if one.sheets), AS_IT_IS)
    headings = read_table(_head(data), KNOWN_HEADINGS, (), reading).headings
    remembered = {name: remembered_mapping(database, member_id, name) for name in RETURNS}
    return columns.fitting_returns(RETURNS.values(), headings, remembered)


def fitting_extracts(data: bytes) -> list[Return]:
    """The returns that a list of people can be made into, that which uses most of its columns
    first. Raises Refused."""
    headings = read_table(_head(data), OF_PEOPLE, (), AS_IT_IS).headings
    used = {
        name: len(mapped.columns)
        for name, extract in EXTRACTS.items()
        if not (mapped := columns.map_headings(extract, headings)).missing
        and len(mapped.columns) >= FEWEST
    }
    return [RETURNS[name] for name in sorted(used, key=lambda name: -used[name])]


def _head(data: bytes) -> bytes:
    """The first lines of a text, enough to know its headings; a workbook whole."""
    if len(data) <= HEAD or data.startswith(b"PK"):
        return data
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # two bytes a character
        return data[:HEAD]
    return data[: data.rfind(b"\n", 0, HEAD) + 1] or data
