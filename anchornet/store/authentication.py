"""Signing in: passwords as Argon2 hashes, links that work once, and sign-ins that end.

What opens the door is never kept: of a password its Argon2 hash, of a link and of a sign-in the
SHA-256 of a random token, which nobody can guess and which needs no salt.
"""

import hashlib
import ipaddress
import math
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from duckdb import DuckDBPyConnection

from anchornet.store import audit
from anchornet.store.database import Database, append, utc_now
from anchornet.store.network import NotPossible, is_sample
from anchornet.store.people import (
    CONFIRMS,
    COORDINATOR,
    Account,
    account,
    accounts,
    read_email,
    record_person,
    spend_keys,
)

LEAST = 12  # characters of a password
MOST = 200
A_NAME = 4  # letters before the @ that make a password easy to guess wherever they stand in it
# After so many refusals of one network address within the minutes each further try from there has
# to wait, twice as long each time. Nobody is shut out by what others do elsewhere: whoever knows a
# mail address could do that to its owner.
REFUSALS = 5
MINUTES = 15
LONGEST_WAIT = 60  # seconds
FIRST_LINK_HOURS = 24
SETUP = "setup"  # in meta: whether the network is being set up

_hasher = PasswordHasher()


class SignInRefused(Exception):
    """The text says why, and nothing that a stranger could learn from."""


@dataclass(frozen=True)
class SignIn:
    """A sign-in that holds: whose, since when and until when (UTC), and how it was made."""

    email: str
    made_at: datetime
    ends_at: datetime
    how: str | None


def set_password(
    database: Database, email: str, password: str, *, by: str, now: datetime | None = None
) -> None:
    """Give a person a password; their sign-ins elsewhere end. Raises NotPossible."""
    address, moment = _address_of_someone(database, email), now or utc_now()
    _require_strength(address, password)
    hashed = _hasher.hash(password)
    with database.writing(quietly=True) as cursor:
        append(cursor, "passwords", address, hashed, moment, by)
        spend_keys(cursor, address, moment)
        audit.record(cursor, by, "set a password", address, now=moment)


def _require_strength(address: str, password: str) -> None:
    if not LEAST <= len(password) <= MOST:
        raise NotPossible(f"A password has {LEAST} characters or more. Three or four words do.")
    name, typed = address.split("@")[0], password.lower()
    # A short one only as a word: `tim` is in *sometimes*.
    is_named = name in typed if len(name) >= A_NAME else name in re.split(r"\W+", typed)
    if is_named or len(set(password)) < 5:
        raise NotPossible("This password is too easy to guess. Three or four words do.")


def choose_password(
    database: Database,
    token: str,
    current: str,
    password: str,
    *,
    client: str = "",
    now: datetime | None = None,
) -> str:
    """Give whoever holds this sign-in a password of their own: the token of a new one, in place of
    all that they had. Raises SignInRefused, and NotPossible."""
    moment = now or utc_now()
    email = confirm(database, token, current, client=client, now=moment)
    set_password(database, email, password, by=email, now=moment)
    return begin(database, email, "with a new password", client=client, now=moment)


def confirm(
    database: Database,
    token: str,
    current: str,
    *,
    client: str = "",
    now: datetime | None = None,
) -> str:
    """Whose sign-in this is, who has shown by their password that it is still them. Raises
    SignInRefused."""
    moment = now or utc_now()
    held = signed_in(database, token, now=moment)
    if held is None:
        raise SignInRefused("You are no longer signed in.")
    if needs_password(database, held, now=moment):
        refuse_when_too_many(database, client, moment)
        if not _is_right(database, held.email, current):
            refuse(database, held.email, "wrong address or password", client, moment)
            raise SignInRefused("Your current password is not right.")
    return held.email


def needs_password(database: Database, held: SignIn, *, now: datetime | None = None) -> bool:
    """Whether a new password asks for the one before it: not where there is none, nor soon after
    signing in with a link, which is for who has forgotten theirs."""
    soon = held.made_at + timedelta(minutes=database.settings.link_minutes)
    with_link = held.how == "link" and (now or utc_now()) < soon
    return has_password(database, held.email) and not with_link


def has_password(database: Database, email: str) -> bool:
    return bool(database.rows("from current_passwords(null) where email = ?", [email]))


def sign_in(
    database: Database,
    email: str,
    password: str,
    *,
    client: str = "",
    now: datetime | None = None,
) -> str:
    """The token of a new sign-in; `client` is the network address it comes from. Raises
    SignInRefused."""
    address, moment = email.strip().lower()[:254], now or utc_now()
    refuse_when_too_many(database, client, moment)
    if not _is_right(database, address, password):
        refuse(database, address, "wrong address or password", client, moment)
        raise SignInRefused("The address or the password is not right.")
    return begin(database, address, "with a password", client=client, now=moment)


@cache
def hash_of_nobody() -> str:
    """Somebody nobody knows takes as long to refuse as somebody with a wrong password. Made before
    anybody signs in, so that the first takes no longer."""
    return _hasher.hash(secrets.token_urlsafe())


def _is_right(database: Database, address: str, password: str) -> bool:
    rows = database.rows("select hash from current_passwords(null) where email = ?", [address])
    hashed = rows[0][0] if rows else None
    try:
        _hasher.verify(hashed or hash_of_nobody(), password[: MOST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return bool(hashed) and account(database, address) is not None


def link_life(database: Database, email: str) -> timedelta:
    """How long a link works: an invitation, for somebody who has never been in, for longer."""
    if has_been_in(database, email):
        return timedelta(minutes=database.settings.link_minutes)
    return timedelta(hours=database.settings.invitation_hours)


def has_been_in(database: Database, email: str) -> bool:
    """Whether somebody has ever signed in."""
    return bool(
        database.rows(
            """
            from keys where email = $email and kind in ('sign-in', 'provider')
            union all by name
            select email from passwords where email = $email
            """,
            {"email": email},
        )
    )


def make_link(
    database: Database,
    email: str,
    *,
    by: str,
    now: datetime | None = None,
    until: datetime | None = None,
) -> str:
    """The token of a link that signs a person in, once, and until then or for its usual life.
    Raises NotPossible."""
    address, moment = _address_of_someone(database, email), now or utc_now()
    ends_at = until or moment + link_life(database, address)
    with database.writing(quietly=True) as cursor:
        token = _new_token(cursor, "link", address, moment, ends_at)
        audit.record(cursor, by, "made a sign-in link", address, now=moment)
    return token


def invite(database: Database, email: str, *, by: str, now: datetime | None = None) -> str:
    """`make_link` as the coordinator may: for a member's people until they have signed in, so that
    nobody signs in as them, unless nobody else of the member could make one, who then sees it on
    their account page. Raises NotPossible."""
    invited = account(database, read_email(email))
    member_ids = {member_id for _, member_id in invited.grants if member_id} if invited else set()
    if invited and has_been_in(database, invited.email) and _others(database, invited, member_ids):
        raise NotPossible(
            f"{invited.name} has signed in before. A new link for one of a member's people is made "
            "by a contributor of the member, on My returns."
        )
    return make_link(database, email, by=by, now=now)


def _others(database: Database, invited: Account, member_ids: set[str]) -> bool:
    """Whether another contributor of one of these members could make a link."""
    return any(
        (CONFIRMS, member_id) in other.grants
        for other in accounts(database)
        for member_id in member_ids
        if other.email != invited.email
    )


def make_member_link(
    database: Database, member_id: str, email: str, *, by: str, now: datetime | None = None
) -> str:
    """`make_link` as a member's contributor may: for who holds roles of this member and no others.
    Raises NotPossible."""
    holder = account(database, read_email(email))
    if holder is None or {held for _, held in holder.grants} != {member_id}:
        raise NotPossible(
            "You make links for people who hold roles of your member and no others. Ask whoever "
            "runs the machine."
        )
    return make_link(database, email, by=by, now=now)


def lacks_people(database: Database) -> bool:
    """Whether it is a network of its own into which nobody can sign in."""
    return not is_sample(database) and not accounts(database)


def make_first_link(database: Database, *, now: datetime | None = None) -> str:
    """The token of the link with which a network without people begins, in place of any before it.
    Raises NotPossible once there is somebody."""
    moment = now or utc_now()
    if not lacks_people(database):
        raise NotPossible("This network has people already.")
    with database.writing(quietly=True) as cursor:
        spend_keys(cursor, "", moment, "first link")
        ends_at = moment + timedelta(hours=FIRST_LINK_HOURS)
        token = _new_token(cursor, "first link", "", moment, ends_at)
        audit.record(cursor, "whoever started the app", "made the first link", now=moment)
    return token


def open_first_account(
    database: Database,
    token: str,
    email: str,
    name: str,
    password: str | None,
    *,
    client: str = "",
    now: datetime | None = None,
) -> str:
    """The first coordinator's account, for who holds the first link, which is spent by it: the
    token of a sign-in. Without a password where a provider has it. Raises SignInRefused, and
    NotPossible."""
    moment, address = now or utc_now(), read_email(email)
    if not name.strip():
        raise NotPossible("Type your name, as others in the network should read it.")
    if password is not None:
        _require_strength(address, password)
    refuse_when_too_many(database, client, moment)
    with database.writing() as cursor:
        nobody = not cursor.execute("from current_people(null) limit 1").fetchall()
        opens = nobody and _spend(cursor, "first link", token, moment) is not None
        if opens:
            append(cursor, "meta", SETUP, "begun", moment)
    if not opens:
        refuse(database, "", "a first link that no longer works", client, moment)
        raise SignInRefused(
            "This link was used before or is too old. Whoever started the app gets a new one by "
            "starting it again, as long as nobody has signed in."
        )
    record_person(database, address, name, {COORDINATOR}, by=address, now=moment)
    if password is not None:
        set_password(database, address, password, by=address, now=moment)
    return begin(database, address, "with a link", client=client, now=moment)


def use_link(
    database: Database, token: str, *, client: str = "", now: datetime | None = None
) -> str:
    """The token of a new sign-in, for that of a link, which is spent by it. Raises
    SignInRefused."""
    moment = now or utc_now()
    refuse_when_too_many(database, client, moment)
    with database.writing(quietly=True) as cursor:
        email = _spend(cursor, "link", token, moment)
        if email:  # whoever came in by one needs no other
            spend_keys(cursor, email, moment, "link")
    if not email or account(database, email) is None:
        refuse(database, email or "", "a link that no longer works", client, moment)
        raise SignInRefused(
            "This link was used before or is too old. Ask the coordinator for a new one."
        )
    return begin(database, email, "with a link", client=client, now=moment)


def begin(
    database: Database, email: str, how: str, *, client: str = "", now: datetime | None = None
) -> str:
    """The token of a new sign-in."""
    moment = now or utc_now()
    ends_at = moment + timedelta(hours=database.settings.sign_in_hours)
    with database.writing(quietly=True) as cursor:
        token = _new_token(cursor, "sign-in", email, moment, ends_at, how.rpartition(" ")[2])
        audit.record(cursor, email, "signed in", f"{how}{_from(client)}", now=moment)
    return token


def signed_in(database: Database, token: str, *, now: datetime | None = None) -> SignIn | None:
    rows = database.rows(
        f"select email, made_at, ends_at, how {_VALID_KEY}",
        {"hash": _hash(token), "kind": "sign-in", "now": now or utc_now()},
    )
    return SignIn(*rows[0]) if rows else None


def sign_out(database: Database, token: str, *, now: datetime | None = None) -> None:
    moment = now or utc_now()
    with database.writing(quietly=True) as cursor:
        email = _spend(cursor, "sign-in", token, moment)
        if email:
            audit.record(cursor, email, "signed out", now=moment)


def sign_out_everywhere(
    database: Database, email: str, *, by: str, now: datetime | None = None
) -> None:
    """End every sign-in of a person, with the provider too, and every link. Raises NotPossible."""
    address, moment = _address_of_someone(database, email), now or utc_now()
    with database.writing(quietly=True) as cursor:
        spend_keys(cursor, address, moment)
        audit.record(cursor, by, "signed out everywhere", address, now=moment)


def sign_ins(
    database: Database, email: str | None = None, *, now: datetime | None = None
) -> list[SignIn]:
    """The sign-ins that hold, of one person or of everybody, the newest first."""
    rows = database.rows(
        """
        select email, made_at, ends_at, how
        from keys
        where kind in ('sign-in', 'provider')
            and ends_at > $now
            and email = coalesce($email, email)
            and hash not in (select hash from keys_spent)
        order by made_at desc
        """,
        {"email": email, "now": now or utc_now()},
    )
    return [SignIn(*row) for row in rows]


def links_made(database: Database, email: str) -> list[tuple[datetime, str]]:
    """When links were made for a person, and who made them, the newest first."""
    return database.rows(
        """
        select happened_at, who
        from audit
        where did = 'made a sign-in link' and about = ?
        order by happened_at desc
        limit 5
        """,
        [email],
    )


def note_provider(
    database: Database, email: str, mark: str, *, now: datetime | None = None
) -> None:
    """Keeps that somebody signed in with the provider, once for each sign-in; `mark` tells it
    apart."""
    moment = now or utc_now()
    ends_at = moment + timedelta(hours=database.settings.sign_in_hours)
    known = "from keys where hash = $hash and kind = 'provider' and email = $email"
    key = {"hash": _hash(mark), "email": email}
    if database.rows(known, key):
        return
    with database.writing(quietly=True) as cursor:
        append(cursor, "keys", _hash(mark), "provider", email, moment, ends_at, "provider")
        audit.record(cursor, email, "signed in", "with the provider", now=moment)


def end_provider(database: Database, email: str, mark: str, *, now: datetime | None = None) -> None:
    """Ends a sign-in with the provider: its cookie opens nothing from now on."""
    moment = now or utc_now()
    with database.writing(quietly=True) as cursor:
        append(cursor, "keys_spent", _hash(mark), moment)
        audit.record(cursor, email, "signed out", now=moment)


def has_ended(database: Database, mark: str) -> bool:
    return bool(database.rows("from keys_spent where hash = ?", [_hash(mark)]))


def _address_of_someone(database: Database, email: str) -> str:
    address = read_email(email)
    if account(database, address) is None:
        raise NotPossible(f"There is nobody with the address {address}.")
    return address


def _new_token(
    cursor: DuckDBPyConnection,
    kind: str,
    email: str,
    moment: datetime,
    ends_at: datetime,
    how: str | None = None,
) -> str:
    token = secrets.token_urlsafe(32)
    append(cursor, "keys", _hash(token), kind, email, moment, ends_at, how)
    return token


_VALID_KEY = """
    from keys
    where hash = $hash
        and kind = $kind
        and ends_at > $now
        and hash not in (select hash from keys_spent)
"""


def _spend(cursor: DuckDBPyConnection, kind: str, token: str, moment: datetime) -> str | None:
    """The holder of a link or a sign-in, which opens nothing from now on; None if it did not."""
    rows = cursor.execute(
        f"select email {_VALID_KEY}", {"hash": _hash(token), "kind": kind, "now": moment}
    ).fetchall()
    if not rows:
        return None
    append(cursor, "keys_spent", _hash(token), moment)
    return str(rows[0][0])


def refuse_when_too_many(database: Database, client: str, moment: datetime) -> None:
    """Raises SignInRefused where so many were refused from there that the next has to wait."""
    count, last = database.rows(
        """
        select count(*), max(happened_at)
        from audit
        where did = 'was refused'
            and happened_at between $since and $now
            and ends_with(about, $from)
        """,
        {
            "from": _from(client) or "password",
            "since": moment - timedelta(minutes=MINUTES),
            "now": moment,
        },
    )[0]
    if count < REFUSALS:
        return
    wait = min(2 ** (count - REFUSALS), LONGEST_WAIT) - (moment - last).total_seconds()
    if wait > 0:
        seconds = math.ceil(wait)
        raise SignInRefused(
            f"Too many attempts. Try again in {seconds} second{'s' if seconds > 1 else ''}."
        )


def place_of(client: str) -> str:
    """What one network address stands for: of version 6 everybody has as many as they like, all of
    one network."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client[:64]
    if address.version == 4:
        return client
    return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))


def refuse(database: Database, email: str, why: str, client: str, moment: datetime) -> None:
    """Keeps that somebody was not let in."""
    audit.note(database, email or "somebody", "was refused", f"{why}{_from(client)}", now=moment)


def _from(client: str) -> str:
    return f", from {place_of(client)}" if client else ""


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
