"""What was sent: receipts, history, originals and withdrawals."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
from duckdb import DuckDBPyConnection

from anchornet import formatting
from anchornet.returns.declaration import RETURNS, Return
from anchornet.store.database import Database, utc_now
from anchornet.store.network import NotPossible, dates_of, require_member, tidy


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


def signed(name: str, email: str) -> str:
    """Who sends, by the name that they declare and the address they signed in with: `Name <…>`."""
    plain = " ".join(name.replace("<", " ").replace(">", " ").split())
    return f"{plain} <{email}>" if plain else email


def append_submission(
    cursor: DuckDBPyConnection,
    *,
    member_id: str,
    return_: Return,
    period: date,
    by: str,
    now: datetime,
    nil: bool = False,
    file_name: str | None = None,
    sha256: str | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    skipped: list[dict[str, Any]] | None = None,
    rows: int = 0,
    totals: Mapping[str, Decimal] | None = None,
    warnings: int = 0,
    note: str | None = None,
    on_behalf: bool = False,
) -> Receipt:
    """Append one numbered submission inside the caller's transaction. Raises NotPossible where
    the coordinator has closed the period."""
    require_member(cursor, member_id)
    require_open(cursor, member_id, return_, period, now)
    found = cursor.execute("select coalesce(max(submission_id), 0) + 1 from submissions").fetchone()
    number = int(found[0]) if found else 1
    sums = {name: Decimal(0) for name in return_.totals} | dict(totals or {})
    receipt = f"R{number:06d}"
    cursor.execute(
        "insert into submissions (submission_id, receipt, member_id, return_name, period, nil, "
        "file_name, sha256, declaration_version, columns, encoding, delimiter, skipped, "
        "submitted_by, accepted_at, rows, totals, warnings, note, on_behalf) "
        "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            number, receipt, member_id, return_.name, period, nil, file_name, sha256,
            str(return_.version), json.dumps(dict(columns or {})), encoding, delimiter,
            json.dumps(skipped or []), by, now, rows,
            json.dumps({name: str(value) for name, value in sums.items()}), warnings, note,
            on_behalf,
        ],
    )  # fmt: skip
    return Receipt(
        receipt, number, member_id, return_.name, period, rows, sums, sha256, now,
        on_behalf=on_behalf,
    )  # fmt: skip


def require_open(
    cursor: DuckDBPyConnection, member_id: str, return_: Return, period: date, now: datetime
) -> None:
    """Raises NotPossible where the coordinator gave the period dates of its own and the last day
    to send, or once something was sent to correct it, is past.

    The settings' usual days close nothing: a backlog of years ago can be sent at any time.
    """
    found = cursor.execute(
        """
        select
            closes_on, corrections_close_on,
            exists (
                from submissions
                where member_id = $member_id and return_name = $return_name
                    and submissions.period = $period
            ) as is_correction
        from current_periods(null) as own
        where own.period = $period
        """,
        {"member_id": member_id, "return_name": return_.name, "period": period},
    ).fetchone()
    if not found:
        return
    closes_on, corrections_close_on, is_correction = found
    last, what = (
        (corrections_close_on, "corrections") if is_correction else (closes_on, "new returns")
    )
    if now.date() > last:
        raise NotPossible(
            f"{formatting.month(period)} closed to {what} on {last.day} {last:%B %Y}, so nothing "
            "was changed. Ask your network's coordinator to open it again."
        )


def keep_original(cursor: DuckDBPyConnection, sha256: str, length: int, content: bytes) -> None:
    """Keep the bytes of a file, compressed with zstd, unless they are kept already; `length` is
    that before compression."""
    if not cursor.execute("from originals where sha256 = ? limit 1", [sha256]).fetchone():
        cursor.execute("insert into originals values (?, ?, ?)", [sha256, length, content])


def counted(
    cursor: DuckDBPyConnection, member_id: str, return_name: str, period: date
) -> Receipt | None:
    """The submission that counts now for a member, return and period."""
    found = cursor.execute(
        "select receipt from current_submissions(null) "
        "where member_id = ? and return_name = ? and period = ?",
        [member_id, return_name, period],
    ).fetchone()
    return _receipt(cursor, found[0]) if found else None


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
    if same and (same.sha256, same.rows, same.totals) == (sha256, rows, dict(totals)):
        return replace(same, already=True)
    return None


def receipt(database: Database, receipt: str) -> Receipt:
    """The receipt of that number, as it was given. Raises NotPossible when there is none."""
    with database.cursor() as cursor:
        return _receipt(cursor, receipt)


def _receipt(cursor: DuckDBPyConnection, receipt: str) -> Receipt:
    found = cursor.execute(
        "select receipt, submission_id, member_id, return_name, period, rows, totals, sha256, "
        "accepted_at, coalesce(on_behalf, false) from submissions where receipt = ?",
        [receipt.strip().upper()],
    ).fetchone()
    if not found:
        raise NotPossible(f"There is no receipt {receipt}. `returns` and the app list them.")
    (
        number, submission_id, member_id, return_name, period, rows, totals, sha256, moment,
        on_behalf,
    ) = found  # fmt: skip
    return Receipt(
        receipt=number,
        submission_id=submission_id,
        member_id=member_id,
        return_name=return_name,
        period=period,
        rows=rows,
        totals=decimals(totals),
        sha256=sha256,
        accepted_at=moment,
        on_behalf=on_behalf,
    )


def decimals(totals: str) -> dict[str, Decimal]:
    """Totals as a submission keeps them, field -> sum."""
    return {name: Decimal(value) for name, value in json.loads(totals).items()}


def withdraw(
    database: Database, receipt: str, *, by: str, reason: str, now: datetime | None = None
) -> Receipt | None:
    """Stop counting a submission, which stays. Returns the receipt of the earlier one that counts
    in its place, or None. Raises NotPossible."""
    if not reason.strip():
        raise NotPossible("Say why it is withdrawn: the reason is kept beside it.")
    with database.writing() as cursor:
        withdrawn = _receipt(cursor, receipt)
        earlier = cursor.execute(
            "select withdrawn_by from withdrawals where submission_id = ?",
            [withdrawn.submission_id],
        ).fetchone()
        if earlier:
            raise NotPossible(f"{withdrawn.receipt} was withdrawn already, by {earlier[0]}.")
        require_open(
            cursor,
            withdrawn.member_id,
            RETURNS[withdrawn.return_name],
            withdrawn.period,
            now or utc_now(),
        )
        cursor.execute(
            "insert into withdrawals values (?, ?, ?, ?)",
            [withdrawn.submission_id, now or utc_now(), by, reason.strip()],
        )
        return counted(cursor, withdrawn.member_id, withdrawn.return_name, withdrawn.period)


def original(database: Database, receipt: str) -> tuple[str, bytes]:
    """The file's name and its bytes, as they were sent. Raises NotPossible."""
    with database.cursor() as cursor:
        found = cursor.execute(
            "select file_name, length, content "
            "from submissions join originals using (sha256) where submission_id = ?",
            [_receipt(cursor, receipt).submission_id],
        ).fetchone()
    if not found:
        raise NotPossible(f"{receipt} is a nil return: no file came with it.")
    name, length, content = found
    return name, pa.decompress(content, decompressed_size=length, codec="zstd", asbytes=True)


def findings_of(database: Database, receipt: str) -> pd.DataFrame:
    """What was found in an accepted file: rule, severity, line, column, value, message, cure."""
    with database.cursor() as cursor:
        return cursor.execute(
            'select rule, severity, line, column_name as "column", value, message, cure '
            "from findings where submission_id = ? order by line, rowid",
            [_receipt(cursor, receipt).submission_id],
        ).df()


def history(
    database: Database,
    member_id: str | None = None,
    return_name: str | None = None,
    period: date | None = None,
) -> pd.DataFrame:
    """Every submission, the latest first: submission_id, receipt, member_id, member, return_name,
    period, state (counted, superseded, withdrawn), late (sent after the due date), nil, rows,
    totals ({field: Decimal}), warnings, note, file_name, sha256, submitted_by, on_behalf,
    accepted_at, withdrawn_at, withdrawn_by, reason; and of the one that was sent before it for the
    same return and period: receipt_before, rows_before and totals_before, or nothing."""
    with database.cursor() as cursor:
        frame = cursor.execute(
            """
            select
                submission_id, receipt, member_id, members.name as member, return_name, period,
                case
                    when withdrawals.submission_id is not null then 'withdrawn'
                    when counted.submission_id is not null then 'counted'
                    else 'superseded'
                end as state,
                nil, rows, totals, warnings, note, file_name, sha256, submitted_by,
                coalesce(on_behalf, false) as on_behalf, accepted_at,
                withdrawn_at, withdrawn_by, reason,
                lag(receipt) over earlier as receipt_before,
                lag(rows) over earlier as rows_before,
                lag(totals) over earlier as totals_before
            from submissions
            left join current_members(null) as members using (member_id)
            left join withdrawals using (submission_id)
            left join (select submission_id from current_submissions(null)) as counted
                using (submission_id)
            where member_id = coalesce($member_id, member_id)
                and return_name = coalesce($return_name, return_name)
                and period = coalesce($period, period)
            window earlier as (
                partition by member_id, return_name, period order by accepted_at, submission_id
            )
            order by accepted_at desc, submission_id desc
            """,
            {"member_id": member_id, "return_name": return_name, "period": period},
        ).df()
        frame = tidy(frame, "period")
        due = dates_of(cursor, database.settings, set(frame["period"]))
    frame["totals"] = frame["totals"].map(decimals)
    before = [decimals(it) if it else None for it in frame["totals_before"]]
    frame["totals_before"] = pd.Series(before, dtype=object)
    frame["rows_before"] = frame["rows_before"].astype("Int64")
    accepted = frame["accepted_at"].dt.date
    late = [day > due[month].due_on for day, month in zip(accepted, frame["period"], strict=True)]
    frame.insert(list(frame.columns).index("state") + 1, "late", pd.Series(late, dtype=bool))
    return frame


def months_sent(database: Database) -> list[date]:
    """The months that anything counts for, the latest first."""
    with database.cursor() as cursor:
        found = cursor.execute(
            "select distinct period from current_submissions(null) order by period desc"
        ).fetchall()
    return [period for (period,) in found]


def accepted_as_they_stand(database: Database, period: date) -> pd.DataFrame:
    """What counts for a month with things to look at: member, return_name, receipt, warnings, note
    (what the member said about them). The latest first."""
    with database.cursor() as cursor:
        return (
            cursor.execute(
                """
            select members.name as member, return_name, receipt, warnings, note
            from current_submissions(null)
            join current_members(null) as members using (member_id)
            where period = ? and warnings > 0
            order by accepted_at desc, submission_id desc
            """,
                [period],
            )
            .df()
            .pipe(tidy)
        )


def lines_changed(database: Database, receipt: str, before: str) -> tuple[int, int]:
    """How many lines of one submission are not in another of the same return, and how many of
    the other's are not in it. A line that differs anywhere is both; equal lines are counted."""
    with database.cursor() as cursor:
        later, earlier = _receipt(cursor, receipt), _receipt(cursor, before)
        if later.return_name != earlier.return_name:
            raise NotPossible(f"{later.receipt} and {earlier.receipt} are of different returns.")
        table = RETURNS[later.return_name].row_table
        found = cursor.execute(
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
        ).fetchone()
    return found or (0, 0)
