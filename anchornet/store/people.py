"""Who may sign in, the roles they hold in the network or for a member, and whose rows the
coordinator may see."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from duckdb import DuckDBPyConnection

from anchornet.store.database import Database, append, utc_now
from anchornet.store.network import NotPossible, require_member

Grant = tuple[str, str | None]  # role, member_id; None: in the network
COORDINATOR: Grant = ("coordinator", None)
CONFIRMS = "member_contributor"  # the role whose holders speak for their member


@dataclass(frozen=True)
class Account:
    email: str
    name: str
    grants: frozenset[Grant]
    asked: frozenset[Grant] = frozenset()  # that a member has still to confirm


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
    """Record someone, or what is now true of them: the roles are these and no others. A role of a
    member that has had a contributor before waits until one of the member confirms it. Raises
    NotPossible."""
    address, name, wanted = read_email(email), " ".join(name.split()), frozenset(grants)
    if not name:
        raise NotPossible("Say the person's name, as it should stand on receipts.")
    members = {member_id for _, member_id in wanted if member_id is not None}
    if members and COORDINATOR in wanted:
        raise NotPossible("Nobody is the coordinator and one of a member's people: choose one.")
    moment = now or utc_now()
    with database.writing(quietly=True) as cursor:
        for member_id in sorted(members):
            require_member(cursor, member_id)
        append(cursor, "people", address, name, False, moment, by)
        before, waiting = _grants(cursor, address), _asked(cursor, address)
        speaking = {
            member_id
            for member_id in members
            if (CONFIRMS, member_id) not in before and _has_spoken(cursor, member_id)
        }
        asked = {grant for grant in wanted - before if grant[1] in speaking}
        _append_grants(cursor, address, wanted - before - asked, True, moment, by)
        _append_grants(cursor, address, before - wanted, False, moment, by)
        _append_asked(cursor, address, asked - waiting, True, moment, by)
        _append_asked(cursor, address, waiting - asked, False, moment, by)
    return Account(address, name, wanted - asked, frozenset(asked))


def settle_role(
    database: Database,
    member_id: str,
    email: str,
    role: str,
    given: bool,
    *,
    by: str,
    now: datetime | None = None,
) -> None:
    """The member's word on a role that the coordinator asked for: it is given, or isn't. Raises
    NotPossible."""
    address, grant, moment = read_email(email), (role, member_id), now or utc_now()
    with database.writing(quietly=True) as cursor:
        if grant not in _asked(cursor, address):
            raise NotPossible(f"Nobody waits for that role under {address} any more.")
        _append_asked(cursor, address, {grant}, False, moment, by)
        if given:
            _append_grants(cursor, address, {grant}, True, moment, by)


def member_people(database: Database, member_id: str) -> list[Account]:
    """Who holds or waits for a role of a member, by name, with the roles of this member only."""
    found = []
    for account in accounts(database):
        grants, asked = (
            frozenset(grant for grant in held if grant[1] == member_id)
            for held in (account.grants, account.asked)
        )
        if grants or asked:
            found.append(Account(account.email, account.name, grants, asked))
    return found


def role_changes(database: Database, member_id: str) -> pd.DataFrame:
    """What became of a member's roles, and links and passwords made for its people, the newest
    first: happened_at (UTC), who, did, about."""
    return database.frame(
        """
        select happened_at, who, did, about
        from audit_trail()
        where (
                member_id = $member_id
                and did in (
                    'gave a role', 'took a role', 'asked for a role', 'settled a role',
                    'made an API token', 'revoked an API token', 'used the API'
                )
            )
            or (
                did in ('made a sign-in link', 'set a password', 'added a passkey')
                and about in (select email from grants where grants.member_id = $member_id)
            )
        order by happened_at desc, did, about
        """,
        {"member_id": member_id},
    )


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
        _append_asked(cursor, account.email, account.asked, False, moment, by)
        # Should they come back, nothing of before opens the door.
        append(cursor, "passwords", account.email, None, moment, by)
        spend_keys(cursor, account.email, moment)
        remove_passkeys(cursor, account.email, moment)


def spend_keys(
    cursor: DuckDBPyConnection, email: str, moment: datetime, kind: str | None = None
) -> None:
    """End every link and sign-in of a person, or those of one kind."""
    cursor.execute(
        """
        insert into keys_spent
        select hash, $moment
        from keys
        where email = $email and kind = coalesce($kind, kind)
        """,
        {"moment": moment, "email": email, "kind": kind},
    )


def remove_passkeys(
    cursor: DuckDBPyConnection, email: str, moment: datetime, credential_id: str | None = None
) -> None:
    """End every passkey of a person, or the one of this number."""
    cursor.execute(
        """
        insert into passkeys by name
        select * exclude (removed, recorded_at), true as removed, $moment as recorded_at
        from current_passkeys(null)
        where email = $email and credential_id = coalesce($credential_id, credential_id)
        """,
        {"moment": moment, "email": email, "credential_id": credential_id},
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
    return [
        Account(address, name, _grants(cursor, address), _asked(cursor, address))
        for address, name in rows
    ]


def _grants(cursor: DuckDBPyConnection, email: str) -> frozenset[Grant]:
    rows = cursor.execute(
        "select role, member_id from current_grants(null) where email = ?", [email]
    ).fetchall()
    return frozenset((role, member_id) for role, member_id in rows)


def _asked(cursor: DuckDBPyConnection, email: str) -> frozenset[Grant]:
    rows = cursor.execute(
        "select role, member_id from current_asked_roles(null) where email = ?", [email]
    ).fetchall()
    return frozenset((role, member_id) for role, member_id in rows)


def _has_spoken(cursor: DuckDBPyConnection, member_id: str) -> bool:
    """Whether a member ever had a contributor: from then on its roles are given by its word."""
    rows = cursor.execute(
        "from grants where member_id = ? and role = ? and given limit 1", [member_id, CONFIRMS]
    ).fetchall()
    return bool(rows)


def _append_asked(
    cursor: DuckDBPyConnection,
    email: str,
    grants: Collection[Grant],
    asked: bool,
    moment: datetime,
    by: str,
) -> None:
    for role, member_id in sorted(grants, key=str):
        append(cursor, "asked_roles", email, role, member_id, asked, moment, by)


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
