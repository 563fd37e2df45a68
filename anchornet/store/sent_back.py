"""Returns that the coordinator sent back to their member with a question. They count as before,
until the member corrects or withdraws them or the coordinator takes the question back."""

from dataclasses import dataclass
from datetime import date, datetime

from duckdb import DuckDBPyConnection

from anchornet.returns.declaration import RETURNS
from anchornet.store.database import Database, append, utc_now
from anchornet.store.network import NotPossible
from anchornet.store.submissions import counted, receipt_of, require_open

LONGEST = 500  # letters of a reason


@dataclass(frozen=True)
class SentBack:
    """A return that waits for its member's answer."""

    receipt: str
    member_id: str
    member: str
    return_name: str
    period: date
    reason: str
    sent_back_at: datetime
    sent_back_by: str


def send_back(
    database: Database, receipt: str, *, by: str, reason: str, now: datetime | None = None
) -> None:
    """Asks the member about what counts, or asks anew. Raises NotPossible."""
    words = " ".join(reason.split())
    if not words:
        raise NotPossible("Say what you ask: the member reads it beside the return.")
    if len(words) > LONGEST:
        raise NotPossible(f"Say it in {LONGEST} letters at most; these are {len(words):,}.")
    sent = receipt_of(database, receipt)
    moment = now or utc_now()
    with database.writing() as cursor:
        counts = counted(cursor, sent.member_id, sent.return_name, sent.period)
        if counts is None or counts.receipt != sent.receipt:
            instead = f": {counts.receipt} counts in its place" if counts else ""
            raise NotPossible(f"{sent.receipt} no longer counts{instead}.")
        require_open(cursor, sent.member_id, RETURNS[sent.return_name], sent.period, moment)
        append(cursor, "sent_back", sent.submission_id, words, moment, by)


def take_back(database: Database, receipt: str, *, by: str, now: datetime | None = None) -> None:
    """Nothing is asked of the member any more. Raises NotPossible."""
    sent = receipt_of(database, receipt)
    with database.writing() as cursor:
        if not _waiting(cursor, receipt=sent.receipt):
            raise NotPossible(f"{sent.receipt} is not sent back.")
        append(cursor, "sent_back", sent.submission_id, None, now or utc_now(), by)


def waiting(database: Database, member_id: str | None = None) -> list[SentBack]:
    """What waits for an answer, of all members or of one, the newest question first."""
    with database.cursor() as cursor:
        return _waiting(cursor, member_id=member_id)


def of_member(database: Database, member_id: str) -> list[SentBack]:
    return waiting(database, member_id)


def _waiting(
    cursor: DuckDBPyConnection, *, member_id: str | None = None, receipt: str | None = None
) -> list[SentBack]:
    rows = cursor.execute(
        """
        select
            receipt, member_id, members.name, return_name, period, reason, asked.recorded_at,
            asked.recorded_by
        from current_sent_back(null) as asked
        join current_submissions(null) using (submission_id)
        join current_members(null) as members using (member_id)
        where member_id = coalesce($member_id, member_id) and receipt = coalesce($receipt, receipt)
        order by asked.recorded_at desc, receipt
        """,
        {"member_id": member_id, "receipt": receipt},
    ).fetchall()
    return [SentBack(*row) for row in rows]
