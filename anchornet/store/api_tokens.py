"""What programs sign in to the API with: made by a person, shown once, kept as a hash."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from anchornet.store.database import Database, append, utc_now
from anchornet.store.network import NotPossible, require_member
from anchornet.store.people import CONFIRMS, COORDINATOR, Grant, account

MEMBER_ROLES = (CONFIRMS, "member_viewer")
NETWORK_ROLES = ("delivery_group", "comms", "coordinator")
LONGEST_DAYS = 366
START = "anchornet_"  # by which programs that look for secrets in code know one


@dataclass(frozen=True)
class ApiToken:
    """Whose program it is (`name`), what it may act as, and who answers for it."""

    token_id: str
    name: str
    role: str
    member_id: str | None
    made_at: datetime
    made_by: str
    ends_at: datetime

    @property
    def who(self) -> str:
        """As it stands in the record, where a person's address would."""
        return f"token {self.token_id}"


def make_token(
    database: Database,
    name: str,
    role: str,
    *,
    days: int,
    by: str,
    now: datetime | None = None,
) -> str:
    """A token for a role in the network, as the coordinator may make: what opens the door. Raises
    NotPossible."""
    return _make(database, name, (role, None), NETWORK_ROLES, days, by, now)


def make_member_token(
    database: Database,
    member_id: str,
    name: str,
    role: str,
    *,
    days: int,
    by: str,
    now: datetime | None = None,
) -> str:
    """`make_token` for one of a member's roles, as its contributors may. Raises NotPossible."""
    return _make(database, name, (role, member_id), MEMBER_ROLES, days, by, now)


def network_tokens(database: Database) -> list[ApiToken]:
    """Those with a role in the network that have not ended, the newest first."""
    return _tokens(database, None)


def member_tokens(database: Database, member_id: str) -> list[ApiToken]:
    """Those with a role of a member that have not ended, the newest first."""
    return _tokens(database, member_id)


def _tokens(database: Database, member_id: str | None) -> list[ApiToken]:
    return [
        ApiToken(*row)
        for row in database.rows(
            f"""
            select {_COLUMNS}
            from current_api_tokens(null)
            where member_id is not distinct from $member_id and ends_at > $now
            order by made_at desc, token_id
            """,
            {"member_id": member_id, "now": utc_now()},
        )
    ]


def revoke_token(
    database: Database, token_id: str, *, by: str, now: datetime | None = None
) -> None:
    """It opens nothing from now on. Raises NotPossible."""
    _revoke(database, token_id, None, by, now)


def revoke_member_token(
    database: Database, member_id: str, token_id: str, *, by: str, now: datetime | None = None
) -> None:
    """`revoke_token` for one of a member's. Raises NotPossible."""
    _revoke(database, token_id, member_id, by, now)


def holder(database: Database, secret: str, *, now: datetime | None = None) -> ApiToken | None:
    """The token that this is, while it holds."""
    rows = database.rows(
        f"select {_COLUMNS} from current_api_tokens(null) where hash = $hash and ends_at > $now",
        {"hash": _hash(secret), "now": now or utc_now()},
    )
    return ApiToken(*rows[0]) if rows else None


def answered_for(database: Database, token: ApiToken) -> bool:
    """Whether whoever made it may still make such a one: a token outlasts nobody's role."""
    maker = account(database, token.made_by)
    needed: Grant = (CONFIRMS, token.member_id) if token.member_id else COORDINATOR
    return maker is not None and needed in maker.grants


_COLUMNS = "token_id, name, role, member_id, made_at, made_by, ends_at"


def _make(
    database: Database,
    name: str,
    grant: Grant,
    roles: tuple[str, ...],
    days: int,
    by: str,
    now: datetime | None,
) -> str:
    role, member_id = grant
    name, moment = " ".join(name.split())[:80], now or utc_now()
    if not name:
        raise NotPossible("Name what uses the token, such as Finance system.")
    if role not in roles:
        raise NotPossible("Choose the role that the token acts in.")
    if not 1 <= days <= LONGEST_DAYS:
        raise NotPossible(f"A token works for 1 to {LONGEST_DAYS} days.")
    secret, token_id = START + secrets.token_urlsafe(32), secrets.token_hex(4)
    ends_at = moment + timedelta(days=days)
    with database.writing(quietly=True) as cursor:
        if member_id is not None:
            require_member(cursor, member_id)
        append(
            cursor, "api_tokens", token_id, _hash(secret), name, role, member_id, moment, by,
            ends_at, False, moment, by,
        )  # fmt: skip
    return secret


def _revoke(
    database: Database, token_id: str, member_id: str | None, by: str, now: datetime | None
) -> None:
    moment = now or utc_now()
    with database.writing(quietly=True) as cursor:
        rows = cursor.execute(
            f"""
            select hash, {_COLUMNS}
            from current_api_tokens(null)
            where token_id = ? and member_id is not distinct from ?
            """,
            [token_id, member_id],
        ).fetchall()
        if not rows:
            raise NotPossible("This token was revoked before.")
        hashed, _, name, role, _, made_at, made_by, ends_at = rows[0]
        append(
            cursor, "api_tokens", token_id, hashed, name, role, member_id, made_at, made_by,
            ends_at, True, moment, by,
        )  # fmt: skip


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
