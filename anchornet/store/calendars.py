"""The private address of somebody's calendar: whoever has it needs no sign-in. Kept as a hash."""

import hashlib
import secrets
from datetime import datetime

from anchornet.store.database import Database, append, utc_now


def make_address(database: Database, email: str, now: datetime | None = None) -> str:
    """The token of a new address, in place of the one before."""
    token = secrets.token_urlsafe(32)
    with database.writing(quietly=True) as cursor:
        append(cursor, "calendars", email, _hash(token), now or utc_now())
    return token


def end_address(database: Database, email: str, now: datetime | None = None) -> None:
    with database.writing(quietly=True) as cursor:
        append(cursor, "calendars", email, None, now or utc_now())


def has_address(database: Database, email: str) -> bool:
    return bool(database.rows("from current_calendars(null) where email = ?", [email]))


def holder(database: Database, token: str) -> str | None:
    """Whose calendar it is, by email address."""
    rows = database.rows("select email from current_calendars(null) where hash = ?", [_hash(token)])
    return str(rows[0][0]) if rows else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
