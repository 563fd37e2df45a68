"""A backlog: many files at once, each matched to its return and months, sent one by one.

Each file is a transaction of its own, and what counts already is recognised: a backlog that was
stopped half way is started again with the same files.
"""

import calendar
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import PurePosixPath

from anchornet.intake.matching import fitting_extracts, fitting_returns, fitting_source
from anchornet.intake.preview import preview
from anchornet.intake.submit import NotAccepted, submit
from anchornet.returns.columns import MappingError
from anchornet.returns.csv_reader import Refused, SheetsDiffer
from anchornet.returns.declaration import RETURNS, Return
from anchornet.returns.findings import Finding
from anchornet.returns.outliers import PeriodTotals
from anchornet.store.database import Database
from anchornet.store.network import NotPossible
from anchornet.store.submissions import Receipt, counted, counted_already

MOST_FILES = 200  # in one archive
LARGEST_ARCHIVE = 5  # times the largest file, all in all, unpacked
# What a computer puts into an archive of its own accord.
LITTER = re.compile(r"(^|/)(__MACOSX/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)", re.I)


OF_PEOPLE = "It is a list of people. Turn it into a return on the page Prepare a return."
OF_PROMISES = "It is a register of promises. Turn it into a return on the page Prepare a return."


@dataclass(frozen=True)
class UploadedFile:
    """`read` gives its bytes, or raises Refused: not before it is its turn is a file unpacked."""

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
class MatchedFile:
    """What a file holds. `asks` says what has to be chosen first (`return`, `month`), `problem` why
    it can't be sent; `each`: every month in it is a return of its own; `examples`: the first of
    each kind of finding; `people`: the returns that it can be made into, of a list of people."""

    file: UploadedFile
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
    people: tuple[Return, ...] = ()

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
    def reason(self) -> str:
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
class SentFile:
    """What became of one file: its receipts, or why it was not sent."""

    match: MatchedFile
    receipts: tuple[Receipt, ...] = ()
    problem: str | None = None


# --- files and archives --------------------------------------------------------------------------


def uploaded_files(name: str, data: bytes, largest: int) -> list[UploadedFile]:
    """The files in what was handed in: itself, or what a ZIP archive holds. Nothing is unpacked
    to a disk, and nothing larger than `largest` bytes is unpacked at all. Raises Refused."""
    if not _is_archive(data):
        return [UploadedFile(name, lambda: data)]
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        raise Refused(
            f"{name} is a ZIP archive that can't be opened: it may be cut short. Make it again."
        ) from None
    entries = [
        entry
        for entry in archive.infolist()
        if not entry.is_dir() and not LITTER.search(entry.filename)
    ]
    if not entries:
        raise Refused(f"{name} is a ZIP archive with no files in it.")
    if len(entries) > MOST_FILES:
        raise Refused(
            f"{name} holds {len(entries):,} files, and {MOST_FILES} is the most at once. "
            "Make several archives of it."
        )
    if sum(entry.file_size for entry in entries) > LARGEST_ARCHIVE * largest:
        raise Refused(
            f"{name} holds more than {LARGEST_ARCHIVE * largest // 1_000_000:,} MB when unpacked. "
            "Make several archives of it."
        )
    return [_archived_file(name, archive, entry, largest) for entry in entries]


def unreadable_file(name: str, error: Refused) -> UploadedFile:
    """A file that could not be opened, to stand in the list with its reason."""

    def read() -> bytes:
        raise error

    return UploadedFile(name, read)


def _is_archive(data: bytes) -> bool:
    """Whether it is a ZIP archive that is not itself a document, such as an Excel workbook."""
    if not data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return False
    try:
        names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return b"[Content_Types].xml" not in data[:4000]
    return not {"[Content_Types].xml", "mimetype"} & set(names)


def _archived_file(
    archive_name: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, largest: int
) -> UploadedFile:
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

    return UploadedFile(name, read)


MONTHS = {
    name: number
    for number, full in enumerate(calendar.month_name)
    for name in (full.lower(), full[:3].lower())
    if name
} | {"sept": 9}
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
    months = {
        date(int(match["year"]), MONTHS.get(match["month"].lower()) or int(match["month"]), 1)
        for pattern in IN_NAME
        for match in pattern.finditer(name)
    }
    return months.pop() if len(months) == 1 else None


# --- matching ------------------------------------------------------------------------------------


def match_file(
    database: Database,
    file: UploadedFile,
    *,
    member_id: str,
    return_: Return | None = None,
    period: date | None = None,
) -> MatchedFile:
    """Reads, matches and checks a file; nothing is kept. `return_` and `period` are for a file
    whose headings, lines and name don't say them."""
    try:
        data = file.read()
        fitting = [return_] if return_ else fitting_returns(database, data, member_id)
        if not fitting and (people := fitting_extracts(data)):
            return MatchedFile(file, problem=OF_PEOPLE, people=tuple(people))
        if not fitting and fitting_source(data):
            return MatchedFile(file, problem=OF_PROMISES)
        if len(fitting) != 1:
            return MatchedFile(file, asks="return")
        return _matched(database, file, data, fitting[0], member_id, period)
    except SheetsDiffer as several:
        problem = f"{several} Send it by itself, on the page Submit a return."
        return MatchedFile(file, return_, problem=problem)
    except (Refused, MappingError, NotPossible) as error:
        return MatchedFile(file, return_, problem=str(error))


def _matched(
    database: Database,
    file: UploadedFile,
    data: bytes,
    return_: Return,
    member_id: str,
    period: date | None,
) -> MatchedFile:
    dated = return_.period_field is not None
    if not dated:
        period = period or month_in_name(file.name)
    contents = preview(database, return_, data, member_id=member_id, period=period)
    sha256 = hashlib.sha256(data).hexdigest()
    months = []
    for rows in contents.periods:
        if month := rows.period or contents.period:
            if not return_.is_period(month):
                raise NotPossible(return_.no_period(month))
            with database.cursor() as cursor:
                key = (cursor, member_id, return_.name, month)
                same = counted_already(*key, sha256=sha256, rows=rows.rows, totals=rows.totals)
                months.append(Month(month, rows, counted(*key), same is not None))
    return MatchedFile(
        file,
        return_,
        layout=contents.layout,
        months=tuple(months),
        each=dated and contents.period is None,
        rows=contents.rows,
        errors=contents.errors,
        warnings=contents.warnings,
        examples=tuple(group.examples[0] for group in contents.groups),
        asks=None if months or contents.errors else "month",
    )


def refuse_repeated_months(matches: Iterable[MatchedFile]) -> list[MatchedFile]:
    """The same files, with a problem for each that bears a month that another of them bears too:
    of two, the last one sent would count, and nobody would have chosen it."""
    files = list(matches)
    holders: dict[tuple[str, date], list[int]] = {}
    for index, match in enumerate(files):
        if match.return_ and match.state in ("ready", "warnings", "already"):
            for month in match.months:
                holders.setdefault((match.return_.name, month.period), []).append(index)
    for (name, period), indexes in holders.items():
        return_ = RETURNS[name]
        for index in indexes if len(indexes) > 1 else ():
            other = next(files[i].file.name for i in indexes if i != index)
            files[index] = replace(
                files[index],
                problem=f"{return_.title} for {return_.period_words(period)} is in {other} too. "
                "Leave one of the two out, or take the month out of one.",
            )
    return files


# --- sending -------------------------------------------------------------------------------------


def send_files(
    database: Database,
    matches: Iterable[MatchedFile],
    *,
    member_id: str,
    by: str,
    accept_warnings: str | None = None,
    on_behalf: bool = False,
    now: datetime | None = None,
) -> Iterator[SentFile]:
    """Sends the files one by one, each in a transaction of its own, and says what became of each
    as soon as it is kept. What can't be sent as it is stays unsent, with the reason."""
    for match in matches:
        if match.state in ("refused", "asked", "errors") or match.return_ is None:
            yield SentFile(match, problem=match.reason)
            continue
        if match.state == "already":
            counts = (month.counts for month in match.months if month.counts)
            yield SentFile(match, tuple(replace(receipt, already=True) for receipt in counts))
            continue
        try:
            receipts = submit(
                database,
                match.return_,
                match.file.read(),
                match.file.name,
                member_id=member_id,
                by=by,
                period=None if match.each else match.months[0].period,
                each=match.each,
                mapping=match.layout,
                accept_warnings=accept_warnings,
                on_behalf=on_behalf,
                now=now,
            )
        except (NotAccepted, NotPossible, Refused, MappingError) as error:
            yield SentFile(match, problem=str(error))
        else:
            yield SentFile(match, tuple(receipts))
