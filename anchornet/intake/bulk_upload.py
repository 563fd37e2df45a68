"""A backlog: many files at once, each matched to its return and months, sent one by one.

Each file is a transaction of its own, and what counts already is recognised: a backlog that was
stopped half way is started again with the same files.
"""

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import PurePosixPath

from anchornet import formatting
from anchornet.intake import preview
from anchornet.intake.submit import NotAccepted, submit
from anchornet.returns.check import PeriodTotals
from anchornet.returns.columns import MappingError, fitting_returns
from anchornet.returns.csv_reader import Refused, read_table
from anchornet.returns.declaration import RETURNS, Return
from anchornet.returns.findings import Finding
from anchornet.store.database import Database
from anchornet.store.network import NotPossible, remembered_mapping
from anchornet.store.submissions import Receipt, counted, counted_already

MOST_FILES = 200  # in one archive
LARGEST_ARCHIVE = 5  # times the largest file, all in all, unpacked
# What a computer puts into an archive of its own accord.
LITTER = re.compile(r"(^|/)(__MACOSX/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)", re.I)
KNOWN_HEADINGS = frozenset().union(*(return_.known_headings for return_ in RETURNS.values()))
HEAD = 1 << 16  # bytes


@dataclass(frozen=True)
class Piece:
    """One file of a backlog: `read` gives its bytes, or raises Refused."""

    name: str
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Month:
    """A month that a file holds: what is in it, the receipt of what counts now (None: nothing),
    and whether that is just this."""

    period: date
    rows: PeriodTotals
    counts: Receipt | None = None
    already: bool = False


@dataclass(frozen=True)
class Found:
    """What a file of a backlog holds. `asks` says what has to be chosen first (`return`, `month`),
    `problem` why it can't be sent; `each`: every month in it is a return of its own;
    `examples`: the first of each kind of finding."""

    piece: Piece
    return_: Return | None = None
    layout: str | None = None
    months: tuple[Month, ...] = ()
    each: bool = False
    rows: int = 0
    errors: int = 0
    warnings: int = 0
    examples: tuple[Finding, ...] = ()
    asks: str | None = None
    problem: str | None = None

    @property
    def state(self) -> str:
        """refused, asked, errors, already, warnings (can be accepted with a sentence) or ready."""
        if self.problem:
            return "refused"
        if self.asks:
            return "asked"
        if self.errors:
            return "errors"
        if self.months and all(month.already for month in self.months):
            return "already"
        return "warnings" if self.warnings else "ready"

    @property
    def said(self) -> str:
        """Why it can't be sent as it is, in a sentence; empty where it can."""
        if self.problem:
            return self.problem
        if self.asks == "return":
            return "Its headings don't say which return it is. Choose one, or send it by itself."
        if self.asks == "month":
            return (
                "Neither its lines nor its name say which month it is for. "
                "Choose the month, or put it into the name, such as 2026-09."
            )
        return self.examples[0].sentence() if self.errors and self.examples else ""


@dataclass(frozen=True)
class Sent:
    """What became of one file: its receipts, or why it was not sent."""

    found: Found
    receipts: tuple[Receipt, ...] = ()
    problem: str | None = None


# --- files and archives --------------------------------------------------------------------------


def pieces(name: str, data: bytes, largest: int) -> list[Piece]:
    """The files in what was handed in: itself, or what a ZIP archive holds. Nothing is unpacked
    to a disk, and nothing larger than `largest` bytes is unpacked at all. Raises Refused."""
    if not _is_archive(data):
        return [Piece(name, lambda: data)]
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        raise Refused(
            f"{name} is a ZIP archive that can't be opened: it may be cut short. Make it again."
        ) from None
    entries = [
        it for it in archive.infolist() if not it.is_dir() and not LITTER.search(it.filename)
    ]
    if not entries:
        raise Refused(f"{name} is a ZIP archive with no files in it.")
    if len(entries) > MOST_FILES:
        raise Refused(
            f"{name} holds {len(entries):,} files, and {MOST_FILES} is the most at once. "
            "Make several archives of it."
        )
    if sum(it.file_size for it in entries) > LARGEST_ARCHIVE * largest:
        raise Refused(
            f"{name} holds more than {LARGEST_ARCHIVE * largest // 1_000_000:,} MB when unpacked. "
            "Make several archives of it."
        )
    return [_entry(name, archive, it, largest) for it in entries]


def refused(name: str, why: Refused) -> Piece:
    """A file that could not be opened, to stand in the list with its reason."""

    def read() -> bytes:
        raise why

    return Piece(name, read)


def _is_archive(data: bytes) -> bool:
    """Whether it is a ZIP archive that is not itself a document, such as an Excel workbook."""
    if not data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return False
    try:
        names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return b"[Content_Types].xml" not in data[:4000]
    return not {"[Content_Types].xml", "mimetype"} & set(names)


def _entry(
    archive_name: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, largest: int
) -> Piece:
    # A name is a label here; one that means to climb out of its folder is not a list's name.
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    name = f"{archive_name} › {path.name or entry.filename}"

    def read() -> bytes:
        if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", entry.filename):
            raise Refused(
                f"Its name in the archive, {entry.filename}, points outside the archive. "
                "Make the archive again from a plain folder."
            )
        if entry.flag_bits & 1:
            raise Refused("It is locked with a password. Make the archive again without one.")
        too_large = Refused(f"It is larger than {largest // 1_000_000:,} MB. Send it in parts.")
        if entry.file_size > largest:
            raise too_large
        try:
            with archive.open(entry) as file:
                data = file.read(largest + 1)  # the size that an archive states may be a lie
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError):
            raise Refused("It is damaged in the archive. Make the archive again.") from None
        if len(data) > largest:
            raise too_large
        if _is_archive(data):
            raise Refused(
                "It is an archive inside the archive. Unpack it, and send the files in it."
            )
        return data

    return Piece(name, read)


MONTHS = {
    name: number
    for number, names in enumerate(
        "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|"
        "september sept sep|october oct|november nov|december dec".split("|"),
        1,
    )
    for name in names.split()
}
NAMED = "|".join(sorted(MONTHS, key=len, reverse=True))
IN_NAME = (
    re.compile(r"(?<!\d)(?P<year>20\d\d)[-_. ]?(?P<month>0[1-9]|1[0-2])(?!\d)"),
    re.compile(r"(?<!\d)(?P<month>0[1-9]|1[0-2])[-_. ](?P<year>20\d\d)(?!\d)"),
    re.compile(rf"(?<![a-z])(?P<month>{NAMED})[-_. ]*(?P<year>20\d\d)(?!\d)", re.I),
    re.compile(rf"(?<!\d)(?P<year>20\d\d)[-_. ]*(?P<month>{NAMED})(?![a-z])", re.I),
)


def month_in_name(name: str) -> date | None:
    """The month in a file's name, such as 2026-09, 09-2026 or Sep 2026; None where there is none
    or more than one."""
    found = {
        date(int(match["year"]), MONTHS.get(match["month"].lower()) or int(match["month"]), 1)
        for pattern in IN_NAME
        for match in pattern.finditer(name)
    }
    return found.pop() if len(found) == 1 else None


# --- looking -------------------------------------------------------------------------------------


def look(
    database: Database,
    piece: Piece,
    *,
    member_id: str,
    return_: Return | None = None,
    period: date | None = None,
) -> Found:
    """Reads, matches and checks a file; nothing is kept. `return_` and `period` are for a file
    whose headings, lines and name don't say them."""
    found = Found(piece, return_)
    try:
        data = piece.read()
        if return_ is None:
            headings = read_table(_head(data), KNOWN_HEADINGS).headings
            known = {name: remembered_mapping(database, member_id, name) or {} for name in RETURNS}
            fitting = fitting_returns(RETURNS.values(), headings, known)
            if len(fitting) != 1:
                return replace(found, asks="return")
            return_ = fitting[0]
        return _looked(database, data, replace(found, return_=return_), member_id, period)
    except (Refused, MappingError, NotPossible) as refused:
        return replace(found, problem=str(refused))


def _head(data: bytes) -> bytes:
    """The first lines of a text, enough to know its headings; a workbook whole."""
    if len(data) <= HEAD or data.startswith(b"PK"):
        return data
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # two bytes a character
        return data[:HEAD]
    return data[: data.rfind(b"\n", 0, HEAD) + 1] or data


def _looked(
    database: Database, data: bytes, found: Found, member_id: str, period: date | None
) -> Found:
    return_ = found.return_
    assert return_ is not None  # for the type checker # nosec B101
    dated = return_.period_field is not None
    if not dated:
        period = period or month_in_name(found.piece.name)
    looked = preview.look(database, return_, data, member_id=member_id, period=period)
    sha256 = hashlib.sha256(data).hexdigest()
    months = [replace(it, period=it.period or looked.period) for it in looked.periods]
    return replace(
        found,
        layout=looked.layout,
        months=tuple(
            _standing(database, member_id, return_, it.period, it, sha256)
            for it in months
            if it.period
        ),
        each=dated and looked.period is None,
        rows=looked.rows,
        errors=looked.errors,
        warnings=looked.warnings,
        examples=tuple(group.examples[0] for group in looked.groups),
        asks=None if any(it.period for it in months) or looked.errors else "month",
    )


def _standing(
    database: Database,
    member_id: str,
    return_: Return,
    period: date,
    rows: PeriodTotals,
    sha256: str,
) -> Month:
    with database.cursor() as cursor:
        counts = counted(cursor, member_id, return_.name, period)
        same = counted_already(
            cursor, member_id, return_.name, period,
            sha256=sha256, rows=rows.rows, totals=rows.totals,
        )  # fmt: skip
    return Month(period, rows, counts, same is not None)


def settle(found: Iterable[Found]) -> list[Found]:
    """The same files, with a problem for each that bears a month that another of them bears too:
    of two, the last one sent would count, and nobody would have chosen it."""
    files = list(found)
    claimed: dict[tuple[str, date], list[int]] = {}
    for place, it in enumerate(files):
        if it.return_ and it.state in ("ready", "warnings", "already"):
            for month in it.months:
                claimed.setdefault((it.return_.name, month.period), []).append(place)
    for (name, period), places in claimed.items():
        for place in places if len(places) > 1 else ():
            other = next(files[it].piece.name for it in places if it != place)
            files[place] = replace(
                files[place],
                problem=f"{RETURNS[name].title} for {formatting.month(period)} is in {other} too. "
                "Leave one of the two out, or take the month out of one.",
            )
    return files


# --- sending -------------------------------------------------------------------------------------


def send(
    database: Database,
    found: Collection[Found],
    *,
    member_id: str,
    by: str,
    accept_warnings: str | None = None,
    on_behalf: bool = False,
    now: datetime | None = None,
) -> Iterator[Sent]:
    """Sends the files one by one, each in a transaction of its own, and says what became of each
    as soon as it is kept. What can't be sent as it is stays unsent, with the reason."""
    for it in found:
        if it.state in ("refused", "asked", "errors") or it.return_ is None:
            yield Sent(it, problem=it.said)
            continue
        if it.state == "already":
            counts = (month.counts for month in it.months if month.counts)
            yield Sent(it, tuple(replace(receipt, already=True) for receipt in counts))
            continue
        try:
            receipts = submit(
                database,
                it.return_,
                it.piece.read(),
                it.piece.name,
                member_id=member_id,
                by=by,
                period=None if it.each else it.months[0].period,
                each=it.each,
                mapping=it.layout,
                accept_warnings=accept_warnings,
                on_behalf=on_behalf,
                now=now,
            )
        except (NotAccepted, NotPossible, Refused, MappingError) as refused:
            yield Sent(it, problem=str(refused))
        else:
            yield Sent(it, tuple(receipts))
