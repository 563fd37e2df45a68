"""A file → submissions: checked whole, then appended with its original in one transaction."""

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from duckdb import DuckDBPyConnection

from anchornet.facts.build import add_up
from anchornet.formatting import plural
from anchornet.intake.preview import reading_of
from anchornet.returns.check import LARGE, Checked, check_file, give_memory_back
from anchornet.returns.csv_reader import Reading
from anchornet.returns.declaration import Return
from anchornet.returns.outliers import PeriodTotals
from anchornet.store.database import Database, retried, utc_now
from anchornet.store.framework_codes import for_check
from anchornet.store.network import NotPossible, remembered_mapping, require_member
from anchornet.store.submissions import (
    NewSubmission,
    Receipt,
    append_submissions,
    counted,
    counted_already,
    keep_originals,
)


class NotAccepted(Exception):
    """The file has errors, or warnings that nobody has accepted. Nothing of it was kept.

    `summary` is the check as JSON-ready values, `errors` and `warnings` its counts.
    """

    def __init__(self, checked: Checked, file_name: str) -> None:
        self.summary = checked.summary(file_name)
        self.errors, self.warnings = checked.errors, checked.warnings
        if checked.errors:
            things = _things(checked.errors)
            message = f"{file_name} has {things} to put right, so it was not sent."
        else:
            message = (
                f"{file_name} has {_things(checked.warnings)} to look at. "
                "Put that right, or say in a sentence why it is as it should be."
            )
        super().__init__(message)


def submit(
    database: Database,
    return_: Return,
    data: bytes,
    file_name: str,
    *,
    member_id: str,
    by: str,
    period: date | None = None,
    each: bool = False,
    mapping: str | None = None,
    headings: Mapping[str, str] | None = None,
    reading: Reading | None = None,
    accept_warnings: str | None = None,
    on_behalf: bool = False,
    now: datetime | None = None,
) -> list[Receipt]:
    """Sends a file for one period, or with `each` for every month that its lines bear.

    The same bytes that count already for a member, return and period give that receipt back, with
    `already`. `on_behalf` marks what the coordinator sends for a member. Raises NotAccepted,
    NotPossible, Refused and MappingError.
    """
    if each == bool(period):
        raise NotPossible("Say which month the file is for, or that it holds several.")
    if each and not return_.period_field:
        raise NotPossible(
            f"The lines of {return_.title} bear no payment month. Say which month the file is for."
        )
    moment = now or utc_now()
    remembered = remembered_mapping(database, member_id, return_.name)
    reading = reading_of(database, return_, member_id, reading)
    # The original is compressed while the file is read and checked: both leave Python's lock.
    with database.cursor() as cursor, ThreadPoolExecutor(1) as beside:
        require_member(cursor, member_id)
        return_ = for_check(cursor, return_)
        packing = beside.submit(_pack, data)
        checked = check_file(
            cursor,
            return_,
            data,
            period=period,
            mapping=mapping,
            headings=headings,
            remembered=remembered,
            member_id=member_id,
            reading=reading,
        )
        note = (accept_warnings or "").strip()
        if checked.errors or (checked.warnings and not note):
            raise NotAccepted(checked, file_name)
        months = _months(checked, moment)
        warnings = _warnings(cursor, checked)
        checked = checked.without_text()
        sha256, content = packing.result()
        size = len(data)
        del data  # where nobody else holds the file, its memory is free for the writing
        if size > LARGE:
            give_memory_back()

        def keep() -> list[Receipt]:
            with database.writing(cursor):
                keep_originals(cursor, {sha256: (size, content)})
                receipts = [
                    _append(
                        cursor,
                        checked,
                        month,
                        warnings,
                        member_id=member_id,
                        by=by,
                        now=moment,
                        file_name=file_name,
                        sha256=sha256,
                        note=note or None,
                        on_behalf=on_behalf,
                    )
                    for month in months
                ]
                new = [receipt.submission_id for receipt in receipts if not receipt.already]
                if new:
                    add_up(cursor, new)
            return receipts

        return retried(keep)


def check_return(
    database: Database,
    return_: Return,
    data: bytes,
    file_name: str,
    *,
    member_id: str,
    period: date | None = None,
    mapping: str | None = None,
) -> dict[str, Any]:
    """What `submit` would find in a file, as JSON-ready values; nothing is kept. Without a period:
    in all that it holds. Raises Refused and MappingError."""
    reading = reading_of(database, return_, member_id, None)
    with database.cursor() as cursor:
        return check_file(
            cursor,
            for_check(cursor, return_),
            data,
            period=period,
            mapping=mapping,
            remembered=remembered_mapping(database, member_id, return_.name),
            member_id=member_id,
            reading=reading,
        ).summary(file_name)


def send_nil(
    database: Database,
    return_: Return,
    *,
    member_id: str,
    period: date,
    by: str,
    now: datetime | None = None,
    on_behalf: bool = False,
) -> Receipt:
    """Says that a member has nothing to report for a period: a return with no rows, not a gap."""

    def keep() -> Receipt:
        with database.writing() as cursor:
            same = counted(cursor, member_id, return_.name, period)
            if same and same.sha256 is None:
                return replace(same, already=True)
            nothing = NewSubmission(
                member_id, return_, period, by, now or utc_now(), nil=True, on_behalf=on_behalf
            )
            [receipt] = append_submissions(cursor, [nothing])
            add_up(cursor, [receipt.submission_id])
        return receipt

    return retried(keep)


def _things(count: int) -> str:
    return f"{count:,} {plural(count, 'thing')}"


def _pack(data: bytes) -> tuple[str, bytes]:
    """SHA-256 of the bytes, and the bytes compressed."""
    codec = pa.Codec("zstd", compression_level=1)
    return hashlib.sha256(data).hexdigest(), codec.compress(data, asbytes=True)


def _months(checked: Checked, now: datetime) -> list[tuple[date, PeriodTotals]]:
    """The months that the file is for; NotPossible where one has not begun."""
    months = [(month.period, month) for month in checked.periods if month.period]
    for period, _ in months:
        if period > now.date():
            raise NotPossible(
                f"The file is for {checked.return_.period_words(period)}, which has not "
                f"{'begun' if checked.return_.every == 'month' else 'come to its last month'}. "
                "Check the month, and the year of the dates."
            )
    return months


def _warnings(cursor: DuckDBPyConnection, checked: Checked) -> int:
    """Makes the temp table accepted(<finding>) of the warnings; returns how many."""
    findings = [finding for finding in checked.findings() if finding.severity == "warning"]
    columns = {
        "rule": pa.string(),
        "severity": pa.string(),
        "line": pa.int32(),
        "column": pa.string(),
        "value": pa.string(),
        "message": pa.string(),
        "cure": pa.string(),
        "period": pa.date32(),
        "sheet": pa.string(),
        "record": pa.int32(),
    }
    table = pa.table(
        {
            name: pa.array([getattr(finding, name) for finding in findings], kind)
            for name, kind in columns.items()
        }
    )
    cursor.register("accepted_findings", table)
    cursor.execute("create or replace temp table accepted as from accepted_findings")
    cursor.unregister("accepted_findings")
    return len(findings)


def _append(
    cursor: DuckDBPyConnection,
    checked: Checked,
    month: tuple[date, PeriodTotals],
    warnings: int,
    *,
    member_id: str,
    by: str,
    now: datetime,
    file_name: str,
    sha256: str,
    note: str | None,
    on_behalf: bool,
) -> Receipt:
    """One month of a checked file as a submission with its rows and accepted warnings, unless
    just that counts already."""
    return_, (period, sums) = checked.return_, month
    same = counted_already(
        cursor,
        member_id,
        return_.name,
        period,
        sha256=sha256,
        rows=sums.rows,
        totals=sums.totals,
    )
    if same:
        return same
    of_month = "true"
    if return_.period_field:
        of_month = f"date_trunc('month', {return_.period_field}) = $period"
    of_findings = (
        "case when record is null then coalesce(period = $period, true) "
        f"else record in (select line from checked where {of_month}) end"
    )
    noted = 0
    if warnings:
        (noted,) = cursor.execute(
            f"select count(*) from accepted where {of_findings}", {"period": period}
        ).fetchone() or (0,)
    new = NewSubmission(
        member_id,
        return_,
        period,
        by,
        now,
        file_name=file_name,
        sha256=sha256,
        columns=checked.mapped.as_headings(),
        encoding=checked.table.encoding,
        delimiter=checked.table.delimiter,
        skipped=[
            {"what": skipped.what, "count": skipped.count, "lines": list(skipped.lines)}
            for skipped in checked.table.skipped
        ],
        rows=sums.rows,
        totals=sums.totals,
        warnings=noted,
        note=note if noted else None,
        on_behalf=on_behalf,
    )
    [receipt] = append_submissions(cursor, [new])
    names = ", ".join(name for name, _ in return_.row_columns())
    number = {"submission_id": receipt.submission_id}
    cursor.execute(
        f"insert into {return_.row_table} (submission_id, line, {names}) "
        f"select $submission_id, line, {names} from checked where {of_month}",
        number | ({"period": period} if return_.period_field else {}),
    )
    if noted:
        cursor.execute(
            'insert into findings select $submission_id, rule, severity, line, "column", value, '
            f"message, cure, sheet from accepted where {of_findings}",
            number | {"period": period},
        )
    return receipt
