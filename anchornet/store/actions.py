"""What the delivery group decided to do about figures that are off track."""

from datetime import date, datetime
from typing import Any

import pandas as pd
from duckdb import DuckDBPyConnection

from anchornet.store.database import Database, append, next_number, tidy, utc_now
from anchornet.store.network import NotPossible, require_member

COLUMNS = (
    "action_id", "indicator", "member_id", "what", "who", "due_on", "state", "opened_at",
    "closed_at", "note", "about", "about_words", "workstream",
)  # fmt: skip
# What an open action says, and keeps when it is closed or opened again.
SAID = (
    "action_id", "indicator", "member_id", "what", "who", "due_on", "about", "about_words",
    "workstream",
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
    about: str | None = None,
    about_words: str | None = None,
    workstream: str | None = None,
    action_id: int | None = None,
    now: datetime | None = None,
) -> int:
    """Open an action on an indicator of the network or of a member or, with its `action_id`, say
    what is now true of an open one; returns its number. `about`: the promise or the outcome that it
    is about (`promise:…`, `outcome:…`), called `about_words`. `who` is a role or a team. Raises
    NotPossible."""
    moment = now or utc_now()
    what, who = what.strip(), who.strip()
    workstream = (workstream or "").strip() or None
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
        concerns = (about, about_words, workstream)
        append(cursor, "actions", *action, "open", None, moment, by, *concerns)
    return number


def close_action(
    database: Database, action_id: int, note: str, *, by: str, now: datetime | None = None
) -> None:
    """Close an open action with what came of it. Raises NotPossible."""
    if not note.strip():
        raise NotPossible("Say what the outcome was, in a sentence.")
    with database.writing() as cursor:
        _open_action(cursor, action_id)
        _append_state(cursor, action_id, "done", note.strip(), now, by)


def reopen_action(
    database: Database, action_id: int, *, by: str, now: datetime | None = None
) -> None:
    """An action that was closed is open after all, as it was. Raises NotPossible."""
    with database.writing() as cursor:
        if _action(cursor, action_id)["state"] != "done":
            raise NotPossible(f"Action {action_id} is open.")
        _append_state(cursor, action_id, "open", None, now, by)


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


def _append_state(
    cursor: DuckDBPyConnection,
    action_id: int,
    state: str,
    note: str | None,
    now: datetime | None,
    by: str,
) -> None:
    """The action as it is, in another state."""
    action = _action(cursor, action_id)
    first, last = SAID[: SAID.index("about")], SAID[SAID.index("about") :]
    values = [[action[name] for name in names] for names in (first, last)]
    append(cursor, "actions", *values[0], state, note, now or utc_now(), by, *values[1])


def _open_action(cursor: DuckDBPyConnection, action_id: int) -> dict[str, Any]:
    action = _action(cursor, action_id)
    if action["state"] == "done":
        raise NotPossible(f"Action {action_id} is already closed.")
    return action


def _action(cursor: DuckDBPyConnection, action_id: int) -> dict[str, Any]:
    names = (*SAID, "state")
    rows = cursor.execute(
        f"select {', '.join(names)} from current_actions(null) where action_id = ?", [action_id]
    ).fetchall()
    if not rows:
        raise NotPossible(f"There is no action {action_id}.")
    return dict(zip(names, rows[0], strict=True))
