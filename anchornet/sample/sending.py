"""When the invented members send what, and the sending."""

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import groupby

import pyarrow as pa
from duckdb import DuckDBPyConnection

from anchornet.facts import build
from anchornet.intake.submit import send_nil, submit
from anchornet.periods import month_text
from anchornet.returns.declaration import RETURNS, Return
from anchornet.returns.outliers import sums_given
from anchornet.sample.files import Member, Sample, last_day, seeded
from anchornet.store.database import Database
from anchornet.store.framework_codes import with_framework
from anchornet.store.submissions import (
    NewSubmission,
    append_submissions,
    counted,
    keep_originals,
    withdraw,
)

# What is said of a wrong file whose total is unusual, before somebody looks again and corrects it.
HASTY = "It is what our ledger says."

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Event:
    """Something that a member did about a return: sent it, sent it wrong, sent a nil, withdrew."""

    moment: datetime
    return_name: str
    member: Member
    month: date
    what: str = "sent"
    note: str = ""

    @property
    def ordinary(self) -> bool:
        return self.what == "sent" and not self.note

    @property
    def file_name(self) -> str:
        return f"{self.return_name}-{month_text(self.month)}.csv"


@dataclass(frozen=True)
class ReadFile:
    """An ordinary file: its number among all, its bytes, its rows and their totals."""

    number: int
    event: Event
    data: bytes
    rows: int
    totals: dict[str, Decimal]

    @property
    def return_(self) -> Return:
        return RETURNS[self.event.return_name]

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def events_of(sample: Sample, month: date, due_on: date) -> Iterator[Event]:
    """What the members do about the returns of a month; nothing where one is missing."""
    for member in sample.members:
        for return_name, return_ in RETURNS.items():
            if not return_.is_owed(month, sample.first_periods.get(return_name)):
                continue
            draw = seeded("sent", return_name, member.member_id, month)
            exception = sample.exception(return_name, member, month)
            day = last_day(month) + timedelta(days=draw.randint(3, 17))
            if exception.what == "late":
                day = due_on + timedelta(days=draw.randint(1, 20))
            moment = datetime.combine(day, time(draw.randint(9, 16), draw.randint(0, 59)))
            sent = Event(moment, return_name, member, month)
            match exception.what:
                case "missing":
                    continue
                case "nil":
                    yield replace(sent, what="nil")
                case "accepted":
                    yield replace(sent, note=exception.note)
                case "corrected":
                    yield replace(sent, what="wrong")
                    yield replace(sent, moment=moment + timedelta(days=45))
                case "withdrawn":
                    yield sent
                    later = moment + timedelta(days=9)
                    yield replace(sent, what="withdrawn", moment=later, note=exception.note)
                case _:
                    yield sent


def send(
    database: Database, sample: Sample, events: Sequence[Event], progress: Progress | None
) -> None:
    """Does what the events say, in order. What is ordinary is read at once at the beginning and
    added up once at the end: nothing that its sums hang on changes meanwhile. `progress` is told
    the month that it has come to."""
    new: list[int] = []
    with database.cursor() as cursor:
        files = iter(_read_files(cursor, sample, [event for event in events if event.ordinary]))
        every = _tell_months(events, progress)
        for ordinary, run in groupby(every, key=lambda event: event.ordinary):
            if ordinary:
                with database.writing(cursor):
                    new += _keep_files(cursor, [next(files) for _ in run])
            else:
                for event in run:
                    _do(database, sample, event)
        with database.writing(cursor):
            build.add_up(cursor, new)


def _tell_months(events: Iterable[Event], progress: Progress | None) -> Iterator[Event]:
    """The events, and `progress` of each month as the first of them is taken."""
    for month, of_month in groupby(events, key=lambda event: f"{event.moment:%B %Y}"):
        if progress:
            progress(month)
        yield from of_month


def _do(database: Database, sample: Sample, event: Event) -> None:
    return_, member, month = RETURNS[event.return_name], event.member, event.month
    by, now = member.by, event.moment
    if event.what == "withdrawn":
        with database.cursor() as cursor:
            sent = counted(cursor, member.member_id, return_.name, month)
        assert sent is not None
        withdraw(database, sent.receipt, by=by, reason=event.note, now=now)
    elif event.what == "nil":
        send_nil(database, return_, member_id=member.member_id, period=month, by=by, now=now)
    else:
        wrong = event.what == "wrong"
        submit(
            database,
            return_,
            sample.file(return_.name, member, month, wrong=wrong),
            event.file_name,
            member_id=member.member_id,
            by=by,
            period=month,
            accept_warnings=event.note or (HASTY if wrong else None),
            now=now,
        )


def _read_files(
    cursor: DuckDBPyConnection, sample: Sample, events: Sequence[Event]
) -> list[ReadFile]:
    """The files of the events, and the temp table typed_<return>(file, line, <fields>) of each
    return: the number of the file among all, and its lines as the check would type them."""
    files = [sample.file(event.return_name, event.member, event.month) for event in events]
    sums: dict[int, tuple[int, dict[str, Decimal]]] = {}
    for declared in RETURNS.values():
        return_ = with_framework(cursor, declared)
        lines = [
            (str(number), str(line), *cells)
            for number, (event, file) in enumerate(zip(events, files, strict=True))
            if event.return_name == return_.name
            for line, cells in enumerate(csv.reader(io.StringIO(file.decode(), newline="")), 1)
            if line > 1
        ]
        names = ["file", "line", *(field.name for field in return_.fields)]
        columns = list(zip(*lines, strict=True)) or [()] * len(names)
        cells = [pa.array(column, pa.string()) for column in columns]
        typed = ", ".join(f"{field.parse(field.name)} as {field.name}" for field in return_.fields)
        totals = ", ".join(f"sum({name})" for name in return_.totals)
        cursor.register("sample_cells", pa.table(cells, names))
        cursor.execute(
            f"""
            create or replace temp table typed_{return_.name} as
            select file::integer as file, line::integer as line, {typed}
            from sample_cells
            """
        )
        cursor.unregister("sample_cells")
        rows = cursor.execute(
            f"select file, count(*), {totals} from typed_{return_.name} group by file"
        ).fetchall()
        sums |= {number: (count, sums_given(return_, of)) for number, count, *of in rows}
    return [
        ReadFile(number, event, file, *sums[number])
        for number, (event, file) in enumerate(zip(events, files, strict=True))
    ]


def _keep_files(cursor: DuckDBPyConnection, files: Sequence[ReadFile]) -> list[int]:
    """Keeps files that are known to be good just as `submit` would one by one, in a tenth of the
    time; a test sends each of a month's files through the check and compares. Returns the numbers
    of their submissions."""
    originals = {
        file.sha256: (len(file.data), pa.compress(file.data, codec="zstd", asbytes=True))
        for file in files
    }
    keep_originals(cursor, originals)
    receipts = append_submissions(
        cursor,
        [
            NewSubmission(
                file.event.member.member_id,
                file.return_,
                file.event.month,
                file.event.member.by,
                file.event.moment,
                file_name=file.event.file_name,
                sha256=file.sha256,
                columns={field.name: field.name for field in file.return_.fields},
                encoding="utf-8",
                delimiter=",",
                rows=file.rows,
                totals=file.totals,
            )
            for file in files
        ],
    )
    submission_ids = [receipt.submission_id for receipt in receipts]
    for return_ in RETURNS.values():
        names = ", ".join(field.name for field in return_.fields)
        cursor.execute(
            f"""
            insert into {return_.row_table} (submission_id, line, {names})
            select kept.submission_id, line, {names}
            from typed_{return_.name}
            join (select unnest($files) as file, unnest($submission_ids) as submission_id) as kept
                using (file)
            order by submission_id, line
            """,
            {"files": [file.number for file in files], "submission_ids": submission_ids},
        )
    return submission_ids
