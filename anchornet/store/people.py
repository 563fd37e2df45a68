"""Who may sign in, the roles they hold in the network or for a member, and whose rows the
coordinator may see."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from duckdb import DuckDBPyConnection

from anchornet.store.database import Database, append, utc_now
from anchornet.store.network import NotPossible, require_member

Grant = tuple[str, str | None]  # role, member_id; None: in the network


@dataclass(frozen=True)
class Account:
    email: str
    name: str
    grants: frozenset[Grant]


def read_email(text: str) -> str:
    """An e-mail address in lower case. Raises NotPossible."""
    email = text.strip().lower()
    if len(email) > 254 or not re.fullmatch(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+\.[^@\s.]+", email):
        raise NotPossible(f"{text.strip()[:80]} is not an e-mail address.")
    return email


def record_person(
    database: Database,
    email: str,
    name: str,
    grants: Collection[Grant],
    *,
    by: str,
    now: datetime | None = None,
) -> Account:
    """Record someone, or what is now true of them: the roles are these and no others. Raises
    NotPossible."""
    account = Account(read_email(email), " ".join(name.split()), frozenset(grants))
    if not account.name:
        raise NotPossible("Say the person's name, as it should stand on receipts.")
    moment = now or utc_now()
    with database.writing(quietly=True) as cursor:
        for _, member_id in grants:
            if member_id is not None:
                require_member(cursor, member_id)
        append(cursor, "people", account.email, account.name, False, moment, by)
        before = _grants(cursor, account.email)
        _append_grants(cursor, account.email, account.grants - before, True, moment, by)
        _append_grants(cursor, account.email, before - account.grants, False, moment, by)
    return account


def remove_person(database: Database, email: str, *, by: str, now: datetime | None = None) -> None:
    """Take someone away who has left: from their next click on they see nothing. Raises
    NotPossible."""
    moment = now or utc_now()
    with database.writing(quietly=True) as cursor:
        accounts = _accounts(cursor, read_email(email))
        if not accounts:
            raise NotPossible(f"There is nobody with the address {email}.")
        account = accounts[0]
        append(cursor, "people", account.email, account.name, True, moment, by)
        _append_grants(cursor, account.email, account.grants, False, moment, by)
        # Should they come back, nothing of before opens the door.
        append(cursor, "passwords", account.email, None, moment, by)
        spend_keys(cursor, account.email, moment)


def spend_keys(cursor: DuckDBPyConnection, email: str, moment: datetime) -> None:
    """End every link and sign-in of a person."""
    cursor.execute(
        "insert into keys_spent select hash, ? from keys where email = ?", [moment, email]
    )


def account(database: Database, email: str) -> Account | None:
    with database.cursor() as cursor:
        return next(iter(_accounts(cursor, email.strip().lower())), None)


def accounts(database: Database) -> list[Account]:
    """Everyone who may sign in, by name."""
    with database.cursor() as cursor:
        return _accounts(cursor, None)


def record_leave(
    database: Database, member_id: str, given: bool, *, by: str, now: datetime | None = None
) -> None:
    """Let the network's coordinator see a member's rows from now on, or no longer. Raises
    NotPossible."""
    with database.writing(quietly=True) as cursor:
        require_member(cursor, member_id)
        append(cursor, "leave", member_id, given, now or utc_now(), by)


def has_leave(database: Database, member_id: str) -> bool:
    return bool(database.rows("from current_leave(null) where member_id = ?", [member_id]))


def _accounts(cursor: DuckDBPyConnection, email: str | None) -> list[Account]:
    rows = cursor.execute(
        """
        select email, name
        from current_people(null)
        where $email is null or email = $email
        order by lower(name), email
        """,
        {"email": email},
    ).fetchall()
    return [Account(address, name, _grants(cursor, address)) for address, name in rows]


def _grants(cursor: DuckDBPyConnection, email: str) -> frozenset[Grant]:
    rows = cursor.execute(
        "select role, member_id from current_grants(null) where email = ?", [email]
    ).fetchall()
    return frozenset((role, member_id) for role, member_id in rows)


def _append_grants(
    cursor: DuckDBPyConnection,
    email: str,
    grants: Collection[Grant],
    given: bool,
    moment: datetime,
    by: str,
) -> None:
    for role, member_id in sorted(grants, key=str):
        append(cursor, "grants", email, role, member_id, given, moment, by)
