"""What was sent: receipts, history, originals and withdrawals."""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
from duckdb import DuckDBPyConnection

from anchornet.formatting import plural
from anchornet.returns.declaration import RETURNS, Return
from anchornet.store.database import (
    Database,
    StoreError,
    append,
    append_rows,
    next_number,
    tidy,
    utc_now,
)
from anchornet.store.network import NotPossible, binding_dates, dates_of, require_member
from anchornet.store.schema import tables


@dataclass(frozen=True)
class Receipt:
    """What the sender gets back for one submission."""

    receipt: str
    submission_id: int
    member_id: str
    return_name: str
    period: date
    rows: int
    totals: dict[str, Decimal]
    sha256: str | None  # None: a nil return, which has no file
    accepted_at: datetime
    already: bool = False  # the same bytes were sent before; this is the receipt of then
    on_behalf: bool = False  # sent by the coordinator for the member


@dataclass(frozen=True)
class NewSubmission:
    """What is sent for one period, before it has a number."""

    member_id: str
    return_: Return
    period: date
    by: str
    now: datetime
    nil: bool = False
    file_name: str | None = None
    sha256: str | None = None
    columns: Mapping[str, str] | None = None
    encoding: str | None = None
    delimiter: str | None = None
    skipped: list[dict[str, Any]] | None = None
    rows: int = 0
    totals: Mapping[str, Decimal] | None = None
    warnings: int = 0
    note: str | None = None
    on_behalf: bool = False

    def receipt(self, number: int) -> Receipt:
        sums = dict.fromkeys(self.return_.totals, Decimal(0)) if self.nil else {}
        return Receipt(
            f"R{number:06d}",
            number,
            self.member_id,
            self.return_.name,
            self.period,
            self.rows,
            sums | dict(self.totals or {}),
            self.sha256,
            self.now,
            on_behalf=self.on_behalf,
        )


def signed(name: str, email: str) -> str:
    """Who sends, by the name that they declare and the address they signed in with: `Name <…>`."""
    plain = " ".join(name.replace("<", " ").replace(">", " ").split())
    return f"{plain} <{email}>" if plain else email


def append_submissions(cursor: DuckDBPyConnection, new: Sequence[NewSubmission]) -> list[Receipt]:
    """Append numbered submissions inside the caller's transaction. Raises NotPossible where the
    coordinator has closed a period, or a return is not sent for such a one."""
    for member_id in dict.fromkeys(one.member_id for one in new):
        require_member(cursor, member_id)
    with_dates = binding_dates(cursor)
    for one in new:
        if not one.return_.is_period(one.period):
            raise NotPossible(one.return_.no_period(one.period))
        if one.period in with_dates:
            require_open(cursor, one.member_id, one.return_, one.period, one.now)
    first = max(next_number(cursor, "submissions", "submission_id"), _given(cursor) + 1)
    receipts = [one.receipt(number) for number, one in enumerate(new, first)]
    rows = [
        (
            given.submission_id, given.receipt, one.member_id, one.return_.name, one.period,
            one.nil, one.file_name, one.sha256, str(one.return_.version),
            json.dumps(dict(one.columns or {})), one.encoding, one.delimiter,
            json.dumps(one.skipped or []), one.by, one.now, one.rows,
            json.dumps({name: str(total) for name, total in given.totals.items()}),
            one.warnings, one.note, one.on_behalf,
        )
        for given, one in zip(receipts, new, strict=True)
    ]  # fmt: skip
    append_rows(cursor, "submissions", rows)
    return receipts


def _given(cursor: DuckDBPyConnection) -> int:
    """The last receipt that was given before some were lost: its number is not given again."""
    rows = cursor.execute(
        "select coalesce(max(value::integer), 0) from meta where name = 'receipts_given'"
    ).fetchall()
    return int(rows[0][0])


def require_open(
    cursor: DuckDBPyConnection, member_id: str, return_: Return, period: date, now: datetime
) -> None:
    """Raises NotPossible once a period with dates of its own is closed; the settings' usual days
    close nothing: a backlog of years ago can be sent at any time."""
    dates = binding_dates(cursor).get(period)
    if not dates:
        return
    is_correction = cursor.execute(
        "from submissions where member_id = ? and return_name = ? and period = ? limit 1",
        [member_id, return_.name, period],
    ).fetchall()
    last = dates.corrections_close_on if is_correction else dates.closes_on
    if now.date() > last:
        what = "corrections" if is_correction else "new returns"
        raise NotPossible(
            f"{return_.period_words(period)} closed to {what} on {last.day} {last:%B %Y}, so "
            "nothing was changed. Ask your network's coordinator to open it again."
        )


def keep_originals(cursor: DuckDBPyConnection, files: Mapping[str, tuple[int, bytes]]) -> None:
    """Keep the bytes of files by their SHA-256, unless they are kept already: the length of each,
    and its bytes compressed with zstd."""
    kept = cursor.execute(
        "select sha256 from originals where list_contains(?, sha256)", [list(files)]
    ).fetchall()
    there = {sha256 for (sha256,) in kept}
    rows = [(sha256, *file) for sha256, file in files.items() if sha256 not in there]
    append_rows(cursor, "originals", rows)


def counted(
    cursor: DuckDBPyConnection, member_id: str, return_name: str, period: date
) -> Receipt | None:
    rows = cursor.execute(
        "select receipt from current_submissions(null) "
        "where member_id = ? and return_name = ? and period = ?",
        [member_id, return_name, period],
    ).fetchall()
    return _receipt(cursor, rows[0][0]) if rows else None


def counted_already(
    cursor: DuckDBPyConnection,
    member_id: str,
    return_name: str,
    period: date,
    *,
    sha256: str,
    rows: int,
    totals: Mapping[str, Decimal],
) -> Receipt | None:
    """The receipt of what counts now, if it is just this month of just this file."""
    same = counted(cursor, member_id, return_name, period)
    if same is None or (same.sha256, same.rows) != (sha256, rows):
        return None
    # Receipts of earlier versions say 0 for what no line says.
    of_it, of_this = (
        {name: total for name, total in sums.items() if total} for sums in (same.totals, totals)
    )
    return replace(same, already=True) if of_it == of_this else None


def receipt_of(database: Database, receipt: str) -> Receipt:
    """As it was given. Raises NotPossible."""
    with database.cursor() as cursor:
        return _receipt(cursor, receipt)


def _receipt(cursor: DuckDBPyConnection, receipt: str) -> Receipt:
    rows = cursor.execute(
        """
        select
            receipt, submission_id, member_id, return_name, period, rows, totals, sha256,
            accepted_at, false as already, coalesce(on_behalf, false) as on_behalf
        from submissions
        where receipt = ?
        """,
        [receipt.strip().upper()],
    ).fetchall()
    if not rows:
        raise NotPossible(f"There is no receipt {receipt}. `returns` and the app list them.")
    given = Receipt(*rows[0])
    return replace(given, totals=decimals(str(given.totals)))


def decimals(totals: str) -> dict[str, Decimal]:
    return {name: Decimal(value) for name, value in json.loads(totals).items()}


def withdraw(
    database: Database, receipt: str, *, by: str, reason: str, now: datetime | None = None
) -> Receipt | None:
    """Stop counting a submission, which stays. Returns the receipt of the earlier one that counts
    in its place, or None. Raises NotPossible."""
    if not reason.strip():
        raise NotPossible("Say why it is withdrawn: the reason is kept beside it.")
    moment = now or utc_now()
    with database.writing() as cursor:
        withdrawn = _receipt(cursor, receipt)
        number, member_id = withdrawn.submission_id, withdrawn.member_id
        return_, period = RETURNS[withdrawn.return_name], withdrawn.period
        earlier = cursor.execute(
            "select withdrawn_by from withdrawals where submission_id = ?", [number]
        ).fetchall()
        if earlier:
            raise NotPossible(f"{withdrawn.receipt} was withdrawn already, by {earlier[0][0]}.")
        require_open(cursor, member_id, return_, period, moment)
        append(cursor, "withdrawals", number, moment, by, reason.strip())
        return counted(cursor, member_id, return_.name, period)


def original(database: Database, receipt: str) -> tuple[str, bytes]:
    """The file's name and its bytes, as they were sent. Raises NotPossible."""
    rows = database.rows(
        "select file_name, length, content from submissions join originals using (sha256) "
        "where submission_id = ?",
        [receipt_of(database, receipt).submission_id],
    )
    if not rows:
        raise NotPossible(f"{receipt} is a nil return: no file came with it.")
    name, length, content = rows[0]
    return name, pa.decompress(content, decompressed_size=length, codec="zstd", asbytes=True)


def findings_of(database: Database, receipt: str) -> pd.DataFrame:
    """What was found in an accepted file: rule, severity, sheet (where several were read), line,
    column, value, message, cure."""
    return database.frame(
        """
        select rule, severity, sheet, line, column_name as "column", value, message, cure
        from findings
        where submission_id = ?
        order by case when sheet is null then line end, rowid
        """,
        [receipt_of(database, receipt).submission_id],
    )


def history(
    database: Database,
    member_id: str | None = None,
    return_name: str | None = None,
    period: date | None = None,
) -> pd.DataFrame:
    """Every submission, the latest first: submission_id, receipt, member_id, member, return_name,
    period, state (counted, superseded, withdrawn), late (sent after the due date), nil, rows,
    totals ({field: Decimal}), warnings, note, file_name, sha256, submitted_by, on_behalf,
    accepted_at, withdrawn_at, withdrawn_by, reason; and of the one that counted for the same return
    and period until it was sent: receipt_before, rows_before and totals_before, or nothing."""
    frame = database.frame(
        """
        select
            submission_id, receipt, member_id, member, return_name, period, state, nil, rows,
            totals, warnings, note, file_name, sha256, submitted_by,
            coalesce(on_behalf, false) as on_behalf, accepted_at, withdrawn_at, withdrawn_by,
            reason, receipt_before, rows_before, totals_before
        from submission_history(?, ?, ?)
        order by accepted_at desc, submission_id desc
        """,
        [member_id, return_name, period],
    )
    frame = tidy(frame, "period")
    with database.cursor() as cursor:
        due = dates_of(cursor, database, set(frame["period"]))
    frame["totals"] = frame["totals"].map(decimals)
    before = [decimals(totals) if totals else None for totals in frame["totals_before"]]
    frame["totals_before"] = pd.Series(before, dtype=object)
    frame["rows_before"] = frame["rows_before"].astype("Int64")
    days = zip(frame["accepted_at"].dt.date, frame["period"], strict=True)
    late = pd.Series([day > due[month].due_on for day, month in days], dtype=bool)
    frame.insert(list(frame.columns).index("state") + 1, "late", late)
    return frame


@dataclass(frozen=True)
class SentReturn:
    receipt: str
    member_id: str
    member: str
    return_name: str
    period: date
    submitted_by: str
    on_behalf: bool
    accepted_at: datetime


def sent_returns(
    database: Database, *, since: datetime | None = None, numbers: Collection[str] | None = None
) -> list[SentReturn]:
    """What was sent after a moment, or what these receipts are of, the first first."""
    rows = database.rows(
        """
        select
            receipt, member_id, members.name, return_name, period, submitted_by,
            coalesce(on_behalf, false), accepted_at
        from submissions
        join current_members(null) as members using (member_id)
        where accepted_at > coalesce($since::timestamp, '-infinity'::timestamp)
            and ($numbers is null or list_contains($numbers::varchar[], receipt))
        order by submission_id
        """,
        {"since": since, "numbers": None if numbers is None else list(numbers)},
    )
    return [SentReturn(*row) for row in rows]


def months_sent(
    database: Database, as_at: datetime | None = None, return_name: str | None = None
) -> list[date]:
    """The months that anything, or this return, had been sent for, the latest first."""
    rows = database.rows(
        """
        select distinct period
        from current_submissions($as_at)
        where return_name = coalesce($return_name, return_name)
        order by period desc
        """,
        {"as_at": as_at, "return_name": return_name},
    )
    return [period for (period,) in rows]


def has_changed_since(database: Database, moment: datetime) -> bool:
    """Whether what counts is another than it was then: something was sent, withdrawn or placed."""
    rows = database.rows(
        """
        select exists(from additions where added_at > $1)
            or exists(from withdrawals where withdrawn_at > $1)
        """,
        [moment],
    )
    return bool(rows[0][0])


def accepted_as_they_stand(database: Database, period: date) -> pd.DataFrame:
    """What counts for a month with things to look at: member, return_name, receipt, warnings, note
    (what the member said about them). The latest first."""
    frame = database.frame(
        """
        select members.name as member, return_name, receipt, warnings, note
        from current_submissions(null)
        join current_members(null) as members using (member_id)
        where period = ? and warnings > 0
        order by accepted_at desc, submission_id desc
        """,
        [period],
    )
    return tidy(frame)


def lines_changed(database: Database, receipt: str, before: str) -> tuple[int, int]:
    """How many lines of one submission are not in another of the same return, and how many of
    the other's are not in it. A line that differs anywhere is both; equal lines are counted."""
    with database.cursor() as cursor:
        later, earlier = _receipt(cursor, receipt), _receipt(cursor, before)
        if later.return_name != earlier.return_name:
            raise NotPossible(f"{later.receipt} and {earlier.receipt} are of different returns.")
        table = RETURNS[later.return_name].row_table
        rows = cursor.execute(
            f"""
            with
            later as (
                select * exclude (submission_id, line) from "{table}" where submission_id = $later
            ),
            earlier as (
                select * exclude (submission_id, line) from "{table}" where submission_id = $earlier
            )
            select
                (select count(*) from (from later except all from earlier)),
                (select count(*) from (from earlier except all from later))
            """,
            {"later": later.submission_id, "earlier": earlier.submission_id},
        ).fetchall()
    return rows[0]


def count_by_return(database: Database) -> dict[str, int]:
    """How many were received so far."""
    rows = database.rows("select return_name, count(*) from submissions group by all")
    return {str(name): int(count) for name, count in rows}


def _wrong_totals(database: Database, return_: Return) -> Iterator[str]:
    """Where rows, or what was added up of them, don't come to what their receipt says."""
    facts = f"{return_.name}_facts"
    columns = {
        name
        for (name,) in database.rows(
            "select column_name from duckdb_columns() "
            "where database_name = current_catalog() and table_name = ?",
            [facts],
        )
    }
    receipts = """
        select submission_id, receipt, (totals ->> $field)::decimal(38, 4) as total
        from submissions
        where return_name = $return_name and (totals ->> $field) is not null
        """
    for field in return_.totals:
        asked = {"field": field, "return_name": return_.name}
        for (receipt,) in database.rows(
            f"""
            with receipts as ({receipts})
            select receipt
            from receipts
            join "{return_.row_table}" using (submission_id)
            group by receipt, total
            having total <> sum("{field}")
            order by receipt
            """,
            asked,
        ):
            yield f"The rows of {receipt} don't come to its total of {field}."
        column = field if field in columns else field.removesuffix("_gbp")
        if column not in columns:
            continue
        for (receipt,) in database.rows(
            f"""
            with receipts as ({receipts})
            select distinct receipt
            from receipts
            join additions using (submission_id)
            join "{facts}" using (addition_id)
            group by receipt, total, addition_id
            having total <> sum("{column}")
            order by receipt
            """,
            asked,
        ):
            yield f"What was added up of {receipt} doesn't come to its total of {field}."


def damage(database: Database) -> Iterator[str]:
    """Reads all that is there, table by table, and what was sent file by file: what is wrong, in a
    sentence each."""
    whole = True
    there = database.rows(
        "select table_name from duckdb_tables() where database_name = current_catalog() order by 1"
    )
    for table in sorted(tables() - {name for (name,) in there}):
        whole = False
        yield f"The table {table} is missing."
    for (table,) in there:
        try:
            database.rows(f'select bit_xor(hash(each)) from "{table}" as each')
        except (StoreError, duckdb.Error):
            whole = False
            yield f"A part of the table {table} can't be read."
    if not whole:
        return
    for return_ in RETURNS.values():
        rows = database.rows(
            f"""
            select receipt, submissions.rows, count(line)
            from submissions
            left join "{return_.row_table}" using (submission_id)
            where return_name = ?
            group by all
            having submissions.rows <> count(line)
            order by receipt
            """,
            [return_.name],
        )
        for receipt, sent, there in rows:
            are = plural(there, "is", "are")
            yield f"{receipt} had {sent:,} {plural(sent, 'row')}, and {there:,} {are} there."
        yield from _wrong_totals(database, return_)
    for sha256, length, content in database.rows("select sha256, length, content from originals"):
        try:
            data = pa.decompress(content, decompressed_size=length, codec="zstd", asbytes=True)
        except (OSError, pa.ArrowException):
            data = b""
        if hashlib.sha256(data).hexdigest() != sha256:
            yield f"The file with the SHA-256 {sha256} is not as it was sent."
    rows = database.rows(
        "select receipt from submissions where sha256 is not null "
        "and sha256 not in (select sha256 from originals) order by receipt"
    )
    for (receipt,) in rows:
        yield f"The file of {receipt} is missing."
