"""What the delivery group decided to do about figures that are off track."""

from datetime import date, datetime
from typing import Any

import pandas as pd
from duckdb import DuckDBPyConnection

from anchornet.store.database import Database, append, next_number, tidy, utc_now
from anchornet.store.network import NotPossible, require_member

COLUMNS = (
    "action_id", "indicator", "member_id", "what", "who", "due_on", "state", "opened_at",
    "closed_at", "note",
)  # fmt: skip


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
    what, who = what.strip(), who.strip()
    if not what or not who:
        raise NotPossible("Say what will be done, and which role or team does it.")
    with database.writing() as cursor:
        if member_id is not None:
            require_member(cursor, member_id)
        before = _open_action(cursor, action_id) if action_id is not None else {}
        # An action whose day has passed can be put in other words without a new day.
        if due_on < moment.date() and due_on != before.get("due_on"):
            raise NotPossible("Say by when: today or a later day.")
        number = action_id or next_number(cursor, "actions", "action_id")
        action = (number, indicator, member_id, what, who, due_on)
        append(cursor, "actions", *action, "open", None, moment, by)
    return number


def close_action(
    database: Database, action_id: int, note: str, *, by: str, now: datetime | None = None
) -> None:
    """Close an open action with what came of it. Raises NotPossible."""
    if not note.strip():
        raise NotPossible("Say what the outcome was, in a sentence.")
    with database.writing() as cursor:
        action = _open_action(cursor, action_id)
        append(cursor, "actions", *action.values(), "done", note.strip(), now or utc_now(), by)


def reopen_action(
    database: Database, action_id: int, *, by: str, now: datetime | None = None
) -> None:
    """An action that was closed is open after all, as it was. Raises NotPossible."""
    with database.writing() as cursor:
        *action, state = _action(cursor, action_id)
        if state != "done":
            raise NotPossible(f"Action {action_id} is open.")
        append(cursor, "actions", *action, "open", None, now or utc_now(), by)


def actions(database: Database, as_at: datetime | None = None) -> pd.DataFrame:
    """Every action: the columns COLUMNS; open ones first, by the day they are due. due_on is a
    date, opened_at and closed_at datetimes (UTC); state is "open" or "done"."""
    frame = database.frame(
        f"""
        select {", ".join(COLUMNS)}
        from current_actions(?)
        order by state = 'done', due_on, action_id
        """,
        [as_at],
    )
    return tidy(frame, "due_on", moments=["closed_at"])


def _open_action(cursor: DuckDBPyConnection, action_id: int) -> dict[str, Any]:
    *values, state = _action(cursor, action_id)
    if state == "done":
        raise NotPossible(f"Action {action_id} is already closed.")
    return dict(zip(COLUMNS, values, strict=False))


def _action(cursor: DuckDBPyConnection, action_id: int) -> tuple[Any, ...]:
    """action_id, indicator, member_id, what, who, due_on and state."""
    rows = cursor.execute(
        "select action_id, indicator, member_id, what, who, due_on, state "
        "from current_actions(null) where action_id = ?",
        [action_id],
    ).fetchall()
    if not rows:
        raise NotPossible(f"There is no action {action_id}.")
    return tuple(rows[0])
