"""When the delivery group meets."""

from dataclasses import astuple, dataclass
from datetime import datetime

from duckdb import DuckDBPyConnection

from anchornet.store.database import Database, append, next_number, utc_now
from anchornet.store.network import NotPossible


@dataclass(frozen=True)
class Meeting:
    """Figures as at a meeting are those of `starts_at`, UTC."""

    meeting_id: int
    name: str
    starts_at: datetime


def record_meeting(
    database: Database,
    name: str,
    starts_at: datetime,
    by: str,
    *,
    meeting_id: int | None = None,
    removed: bool = False,
    now: datetime | None = None,
) -> Meeting:
    """Record a meeting or, with its `meeting_id`, what is now true of one; `removed`: it does not
    take place. Raises NotPossible."""
    if not name.strip():
        raise NotPossible("A meeting needs a name, such as Delivery group, September.")
    if removed and meeting_id is None:
        raise NotPossible("Say which meeting is cancelled.")
    with database.writing() as cursor:
        others = {meeting.meeting_id: meeting for meeting in _meetings(cursor, None)}
        if meeting_id is not None and others.pop(meeting_id, None) is None:
            raise NotPossible(f"There is no meeting {meeting_id}.")
        for other in others.values():
            if not removed and other.starts_at == starts_at:
                raise NotPossible(f"{other.name} already starts at that moment.")
        number = meeting_id or next_number(cursor, "meetings", "meeting_id")
        meeting = Meeting(number, name.strip(), starts_at)
        append(cursor, "meetings", *astuple(meeting), removed, now or utc_now(), by)
    return meeting


def put_back(database: Database, meeting: Meeting, by: str, *, now: datetime | None = None) -> None:
    """A meeting that was cancelled takes place after all. Raises NotPossible."""
    with database.writing() as cursor:
        for other in _meetings(cursor, None):
            if other.meeting_id == meeting.meeting_id:
                raise NotPossible(f"{meeting.name} is not cancelled.")
            if other.starts_at == meeting.starts_at:
                raise NotPossible(f"{other.name} starts at that moment already.")
        append(cursor, "meetings", *astuple(meeting), False, now or utc_now(), by)


def meetings(database: Database, as_at: datetime | None = None) -> list[Meeting]:
    """Every meeting, past and coming, the newest first."""
    with database.cursor() as cursor:
        return _meetings(cursor, as_at)


def _meetings(cursor: DuckDBPyConnection, as_at: datetime | None) -> list[Meeting]:
    rows = cursor.execute(
        """
        select meeting_id, name, starts_at
        from current_meetings(?)
        order by starts_at desc, meeting_id desc
        """,
        [as_at],
    ).fetchall()
    return [Meeting(*row) for row in rows]
