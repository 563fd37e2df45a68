"""Who may sign in, the roles they hold in the network or for a member, and whose rows the
coordinator may see."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from duckdb import DuckDBPyConnection

from anchornet.store.database import Database, utc_now
from anchornet.store.network import NotPossible, require_member

Grant = tuple[str, str | None]  # role, member_id; None: in the network


@dataclass(frozen=True)
class Account:
    """Someone who may sign in. `email` is in lower case."""

    email: str
    name: str
    grants: frozenset[Grant]


def read_email(text: str) -> str:
    """An e-mail address as it is kept. Raises NotPossible."""
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
        cursor.execute(
            "insert into people values (?, ?, false, ?, ?)",
            [account.email, account.name, moment, by],
        )
        before = _grants(cursor, account.email)
        for given, changed in ((True, account.grants - before), (False, before - account.grants)):
            for role, member_id in sorted(changed, key=str):
                cursor.execute(
                    "insert into grants values (?, ?, ?, ?, ?, ?)",
                    [account.email, role, member_id, given, moment, by],
                )
    return account


def remove_person(database: Database, email: str, *, by: str, now: datetime | None = None) -> None:
    """Take someone away who has left: from their next click on they see nothing. Raises
    NotPossible."""
    moment = now or utc_now()
    with database.writing(quietly=True) as cursor:
        known = _people(cursor, read_email(email))
        if not known:
            raise NotPossible(f"There is nobody with the address {email}.")
        account = known[0]
        cursor.execute(
            "insert into people values (?, ?, true, ?, ?)",
            [account.email, account.name, moment, by],
        )
        for role, member_id in sorted(account.grants, key=str):
            cursor.execute(
                "insert into grants values (?, ?, ?, false, ?, ?)",
                [account.email, role, member_id, moment, by],
            )
        # Should they come back, nothing of before opens the door.
        cursor.execute("insert into passwords values (?, null, ?, ?)", [account.email, moment, by])
        cursor.execute(
            "insert into keys_spent select hash, ? from keys where email = ?",
            [moment, account.email],
        )


def account(database: Database, email: str) -> Account | None:
    """The person with this address; None for a stranger, and for one who has left."""
    with database.cursor() as cursor:
        return next(iter(_people(cursor, email.strip().lower())), None)


def accounts(database: Database) -> list[Account]:
    """Everyone who may sign in, by name."""
    with database.cursor() as cursor:
        return _people(cursor, None)


def record_leave(
    database: Database, member_id: str, given: bool, *, by: str, now: datetime | None = None
) -> None:
    """Let the network's coordinator see a member's rows from now on, or no longer. Raises
    NotPossible."""
    with database.writing(quietly=True) as cursor:
        require_member(cursor, member_id)
        cursor.execute(
            "insert into leave values (?, ?, ?, ?)", [member_id, given, now or utc_now(), by]
        )


def has_leave(database: Database, member_id: str) -> bool:
    """Whether the coordinator may see a member's rows."""
    with database.cursor() as cursor:
        found = cursor.execute("from current_leave(null) where member_id = ?", [member_id])
        return found.fetchone() is not None


def _people(cursor: DuckDBPyConnection, email: str | None) -> list[Account]:
    found = cursor.execute(
        "select email, name from current_people(null) where $email is null or email = $email "
        "order by lower(name), email",
        {"email": email},
    ).fetchall()
    return [Account(address, name, _grants(cursor, address)) for address, name in found]


def _grants(cursor: DuckDBPyConnection, email: str) -> frozenset[Grant]:
    found = cursor.execute(
        "select role, member_id from current_grants(null) where email = ?", [email]
    )
    return frozenset((role, member_id) for role, member_id in found.fetchall())
