"""When the delivery group meets, and what it decided to do about figures that are off track."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
from duckdb import DuckDBPyConnection

from anchornet.store.database import Database, utc_now
from anchornet.store.network import NotPossible, require_member, tidy

ACTIONS = (
    "action_id", "indicator", "member_id", "what", "who", "due_on", "state", "opened_at",
    "closed_at", "note",
)  # fmt: skip


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
    with database.writing() as cursor:
        known = {it.meeting_id: it for it in _meetings(cursor, None)}
        if meeting_id is not None and meeting_id not in known:
            raise NotPossible(f"There is no meeting {meeting_id}.")
        if removed and meeting_id is None:
            raise NotPossible("Say which meeting does not take place.")
        for other in known.values():
            if not removed and other.starts_at == starts_at and other.meeting_id != meeting_id:
                raise NotPossible(f"{other.name} starts at that moment already.")
        number = meeting_id or _next(cursor, "meetings", "meeting_id")
        cursor.execute(
            "insert into meetings values (?, ?, ?, ?, ?, ?)",
            [number, name.strip(), starts_at, removed, now or utc_now(), by],
        )
    return Meeting(number, name.strip(), starts_at)


def meetings(database: Database, as_at: datetime | None = None) -> list[Meeting]:
    """Every meeting, past and coming, the newest first."""
    with database.cursor() as cursor:
        return _meetings(cursor, as_at)


def _meetings(cursor: DuckDBPyConnection, as_at: datetime | None) -> list[Meeting]:
    found = cursor.execute(
        "select meeting_id, name, starts_at from current_meetings(?) "
        "order by starts_at desc, meeting_id desc",
        [as_at],
    )
    return [Meeting(*row) for row in found.fetchall()]


def record_action(
    database: Database,
    *,
    indicator: str,
    what: str,
    who: str,
    due_on: date,
    by: str,
    member_id: str | None = None,
    action_id: int | None = None,
    now: datetime | None = None,
) -> int:
    """Open an action on an indicator of the network or of a member or, with its `action_id`, say
    what is now true of an open one; returns its number. `who` is a role or a team. Raises
    NotPossible."""
    moment = now or utc_now()
    if not what.strip() or not who.strip():
        raise NotPossible("Say what will be done, and which role or team does it.")
    with database.writing() as cursor:
        if member_id is not None:
            require_member(cursor, member_id)
        before = _open_action(cursor, action_id) if action_id is not None else {}
        # An action whose day has passed can be put in other words without a new day.
        if due_on < moment.date() and due_on != before.get("due_on"):
            raise NotPossible("Say by when: today or a later day.")
        number = action_id or _next(cursor, "actions", "action_id")
        row = {"indicator": indicator, "member_id": member_id, "due_on": due_on, "state": "open"}
        row |= {"what": what.strip(), "who": who.strip()}
        _append_action(cursor, number, row, moment, by)
    return number


def close_action(
    database: Database, action_id: int, note: str, *, by: str, now: datetime | None = None
) -> None:
    """Close an open action with what came of it. Raises NotPossible."""
    if not note.strip():
        raise NotPossible("Say what came of the action, in a sentence.")
    with database.writing() as cursor:
        row = _open_action(cursor, action_id) | {"state": "done", "note": note.strip()}
        _append_action(cursor, action_id, row, now or utc_now(), by)


def actions(database: Database, as_at: datetime | None = None) -> pd.DataFrame:
    """Every action: the columns ACTIONS; open ones first, by the day they are due. due_on is a
    date, opened_at and closed_at datetimes (UTC); state is "open" or "done"."""
    with database.cursor() as cursor:
        frame = cursor.execute(
            f"select {', '.join(ACTIONS)} from current_actions(?) "
            "order by state = 'done', due_on, action_id",
            [as_at],
        ).df()
    closed = frame["closed_at"].astype(object)
    return tidy(frame, "due_on").assign(closed_at=closed.where(closed.notna(), None))


def _open_action(cursor: DuckDBPyConnection, action_id: int) -> dict[str, Any]:
    found = cursor.execute(
        "select indicator, member_id, what, who, due_on, state "
        "from current_actions(null) where action_id = ?",
        [action_id],
    )
    names = [column[0] for column in found.description or ()]
    rows = found.fetchall()
    if not rows:
        raise NotPossible(f"There is no action {action_id}.")
    row = dict(zip(names, rows[0], strict=True))
    if row["state"] == "done":
        raise NotPossible(f"Action {action_id} is closed already.")
    return row


def _append_action(
    cursor: DuckDBPyConnection, number: int, row: dict[str, Any], moment: datetime, by: str
) -> None:
    names = ("indicator", "member_id", "what", "who", "due_on", "state", "note")
    cursor.execute(
        "insert into actions values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [number, *(row.get(name) for name in names), moment, by],
    )


def _next(cursor: DuckDBPyConnection, table: str, column: str) -> int:
    found = cursor.execute(f"select coalesce(max({column}), 0) + 1 from {table}").fetchall()
    return int(found[0][0])
