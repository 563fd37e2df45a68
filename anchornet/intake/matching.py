"""Which return a file is, or can be made into, by its headings."""

from collections.abc import Mapping

from anchornet.intake.prepare import EXTRACTS
from anchornet.intake.prepare_commitments import LISTS, SOURCES
from anchornet.intake.preview import reading_of
from anchornet.returns import columns
from anchornet.returns.csv_reader import AS_IT_IS, read_table
from anchornet.returns.declaration import RETURNS, Return
from anchornet.store.database import Database
from anchornet.store.network import remembered_mapping

KNOWN_HEADINGS = frozenset().union(*(return_.known_headings for return_ in RETURNS.values()))
OF_PEOPLE = frozenset().union(*(extract.known_headings for extract in EXTRACTS.values()))
OF_PROMISES = frozenset().union(*(each.known_headings for each in LISTS.values()))
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
    first; none where more of them are of a register, as a contract has dates, too. Raises
    Refused."""
    used = _used(data, EXTRACTS, OF_PEOPLE)
    return [] if fitting_source(data) else [RETURNS[name] for name in used]


def fitting_source(data: bytes) -> str | None:
    """The source of commitments that a list is of. Raises Refused."""
    lists, people = _used(data, LISTS, OF_PROMISES), _used(data, EXTRACTS, OF_PEOPLE)
    name = next(iter(lists), None)
    if name is None or lists[name] <= max(people.values(), default=0):
        return None
    return next(source for source, names in SOURCES.items() if name in names)


def _used(data: bytes, lists: Mapping[str, Return], known: frozenset[str]) -> dict[str, int]:
    """Of each list that a file may be how many of its columns it uses, the most first."""
    headings = read_table(_head(data), known, (), AS_IT_IS).headings
    mapped = {name: columns.map_headings(each, headings) for name, each in lists.items()}
    used = {name: len(found.columns) for name, found in mapped.items() if not found.missing}
    fitting = sorted((name for name in used if used[name] >= FEWEST), key=lambda name: -used[name])
    return {name: used[name] for name in fitting}


def _head(data: bytes) -> bytes:
    """The first lines of a text, enough to know its headings; a workbook whole."""
    if len(data) <= HEAD or data.startswith(b"PK"):
        return data
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # two bytes a character
        return data[:HEAD]
    return data[: data.rfind(b"\n", 0, HEAD) + 1] or data
