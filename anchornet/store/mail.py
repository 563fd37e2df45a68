"""Mail that is to go out, and what became of each: a mail is claimed before it is sent and sent at
most once, unless somebody asks for it again.

What is kept is whom a mail is for and what it is about. Its text is made when it is sent, from what
then holds, and is kept nowhere.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from duckdb import DuckDBPyConnection

from anchornet.store.database import Database, append, next_number, utc_now
from anchornet.store.network import NotPossible
from anchornet.store.people import Account

# Each with its title and the roles that it is for; the first three always come.
KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "invitation": ("Invitation", ()),
    "link": ("Sign-in link", ()),
    "reset": ("New password", ()),
    "receipt": ("Receipts for returns", ("member_contributor", "coordinator")),
    "due_soon": ("Returns due soon", ("member_contributor",)),
    "late": ("Returns that are late", ("member_contributor",)),
    "missing": ("Returns missing before a meeting", ("member_contributor",)),
    "sent_back": ("Returns sent back with a question", ("member_contributor",)),
    "promises_due": ("Commitments due soon", ("member_contributor",)),
    "pack": ("Meeting pack ready", ("delivery_group", "coordinator")),
}
STATES = {
    "waiting": "Waiting",
    "sending": "Being sent",
    "sent": "Sent",
    "refused": "Refused by the mail server",
    "bounced": "Came back",
    "given_up": "Not sent",
    "unclear": "May have gone out",
    "dropped": "No longer needed",
}
AGAIN = ("refused", "bounced", "given_up", "unclear", "dropped")  # what can be sent again
# Minutes until the next try, one after the other.
WAITS = (1, 5, 15, 60, 180, 360, 720)
TOO_LATE = timedelta(days=1)  # after it was due
RECENTLY = timedelta(days=7)  # that a report may be late which doesn't name its mail


@dataclass(frozen=True)
class Letter:
    """What is to be sent to whom; each is sent once."""

    kind: str
    email: str
    about: str
    member_id: str | None = None


@dataclass(frozen=True)
class Mail:
    """A letter on its way. `tries` counts this one."""

    mail_id: int
    letter: Letter
    message_id: str
    made_at: datetime
    made_by: str | None
    state: str
    detail: str
    tries: int
    due_at: datetime
    recorded_at: datetime


@dataclass(frozen=True)
class Bounce:
    """What a report says of a mail that came back for good. `message_id` is empty where it doesn't
    name the mail; `report` tells it from others."""

    report: str
    message_id: str
    addresses: frozenset[str]  # in small letters
    reason: str


def put_out(
    database: Database, letters: Iterable[Letter], *, by: str | None = None,
    now: datetime | None = None,
) -> int:  # fmt: skip
    """Letters to be sent soon; how many of them are new. One that was put out before stays as it
    is."""
    wanted = list(dict.fromkeys(letters))
    domain = database.settings.mail_from.rpartition("@")[2]
    moment = now or utc_now()
    if not wanted or not domain or not _new(database, wanted):
        return 0
    with database.writing(quietly=True) as cursor:
        new = _not_there(cursor, wanted)
        for letter in new:
            if letter.kind not in KINDS:
                raise ValueError(f"{letter.kind} is not one of {', '.join(KINDS)}")
            number = next_number(cursor, "mails", "mail_id")
            message_id = f"<{secrets.token_hex(16)}@{domain}>"
            append(
                cursor, "mails", number, letter.kind, letter.email, letter.member_id, letter.about,
                message_id, moment, by,
            )  # fmt: skip
            append(cursor, "mail_states", number, "waiting", "", 0, moment, moment, by)
    return len(new)


def _new(database: Database, letters: Iterable[Letter]) -> bool:
    with database.cursor() as cursor:
        return bool(_not_there(cursor, letters))


def _not_there(cursor: DuckDBPyConnection, letters: Iterable[Letter]) -> list[Letter]:
    rows = cursor.execute("select kind, email, about, member_id from mails").fetchall()
    there = {Letter(*row) for row in rows}
    return [letter for letter in letters if letter not in there]


def claim(database: Database, now: datetime | None = None) -> Mail | None:
    """The next mail that is due, which from now on counts as being sent; None where none is."""
    moment = now or utc_now()
    if not database.rows(f"select mail_id {_DUE}", {"now": moment}):
        return None
    with database.writing(quietly=True) as cursor:
        rows = cursor.execute(f"select mail_id, tries {_DUE}", {"now": moment}).fetchall()
        if not rows:
            return None
        number, tries = rows[0]
        append(cursor, "mail_states", number, "sending", "", tries + 1, moment, moment, None)
        return _mails(cursor, number)[0]


_DUE = """
    from current_mail_states(null)
    where state = 'waiting' and due_at <= $now
    order by due_at, mail_id
    limit 1
"""


def settle(
    database: Database, mail: Mail, state: str, detail: str = "", *, now: datetime | None = None
) -> None:
    """What became of a mail that was claimed; `waiting` is tried again later, or given up."""
    moment = due_at = now or utc_now()
    if state == "waiting":
        if mail.tries > len(WAITS):
            state = "given_up"
        else:
            due_at = moment + timedelta(minutes=WAITS[mail.tries - 1])
    with database.writing(quietly=True) as cursor:
        append(
            cursor, "mail_states", mail.mail_id, state, detail[:300], mail.tries, due_at, moment,
            None,
        )  # fmt: skip


def settle_left(database: Database, now: datetime | None = None) -> None:
    """For an app that begins, and alone has the database open: of mails that another claimed before
    it stopped nobody knows whether they went out, and what has waited for days is not sent."""
    moment = now or utc_now()
    for mail in mails(database):
        if mail.state == "sending":
            why = "The app stopped while it was being sent."
            settle(database, mail, "unclear", why, now=moment)
        elif mail.state == "waiting" and mail.due_at < moment - TOO_LATE:
            why = "The app was not running when it was due."
            settle(database, mail, "given_up", why, now=moment)


def record_bounce(database: Database, bounce: Bounce, now: datetime | None = None) -> Mail | None:
    """The mail that came back, which says so from now on. None where it is none of ours or went to
    another address, so that nobody can make up a report, or where that report was counted."""
    moment = now or utc_now()
    if _bounced(database.rows, bounce, moment) is None:
        return None
    with database.writing(quietly=True) as cursor:
        number = _bounced(lambda *asked: cursor.execute(*asked).fetchall(), bounce, moment)
        if number is None:
            return None
        append(cursor, "mail_reports", number, bounce.report, moment)
        (before,) = _mails(cursor, number)
        append(
            cursor, "mail_states", number, "bounced", bounce.reason[:300], before.tries, moment,
            moment, None,
        )  # fmt: skip
        return _mails(cursor, number)[0]


def _bounced(
    ask: Callable[[str, dict[str, Any]], list[tuple[Any, ...]]], bounce: Bounce, now: datetime
) -> int | None:
    """By the number that the mail has in its headers; by its address, the last of the last days,
    only where the report names no mail at all."""
    rows = ask(
        """
        select mail_id
        from mails
        join current_mail_states(null) using (mail_id)
        where state in ('sent', 'unclear')
            and list_contains($addresses::varchar[], lower(email))
            and case
                when $message_id = '' then recorded_at > $since
                else message_id = $message_id
            end
            and not exists (from mail_reports where report = $report)
        order by recorded_at desc, mail_id desc
        limit 1
        """,
        {
            "addresses": sorted(bounce.addresses),
            "message_id": bounce.message_id,
            "since": now - RECENTLY,
            "report": bounce.report,
        },
    )
    return int(rows[0][0]) if rows else None


def send_again(database: Database, mail_id: int, *, by: str, now: datetime | None = None) -> None:
    """Put a mail out once more, under the same Message-ID. Raises NotPossible."""
    moment = now or utc_now()
    with database.writing(quietly=True) as cursor:
        found = _mails(cursor, mail_id)
        if not found or found[0].state not in AGAIN:
            raise NotPossible("This mail was sent, or waits to be sent.")
        append(cursor, "mail_states", mail_id, "waiting", "", 0, moment, moment, by)


def count_by_state(database: Database) -> dict[str, int]:
    rows = database.rows("select state, count(*) from current_mail_states(null) group by all")
    return {str(state): int(count) for state, count in rows}


def mails(database: Database) -> list[Mail]:
    """Every mail, the newest first."""
    with database.cursor() as cursor:
        return _mails(cursor, None)


def _mails(cursor: DuckDBPyConnection, mail_id: int | None) -> list[Mail]:
    rows = cursor.execute(
        """
        select
            mail_id, message_id, made_at, made_by, state, detail, tries, due_at, recorded_at,
            kind, email, about, member_id
        from mails
        join current_mail_states(null) using (mail_id)
        where mail_id = coalesce($mail_id, mail_id)
        order by made_at desc, mail_id desc
        """,
        {"mail_id": mail_id},
    ).fetchall()
    return [Mail(row[0], Letter(*row[9:]), *row[1:9]) for row in rows]


# --- what each wants -----------------------------------------------------------------------------


def choices(database: Database, account: Account) -> dict[str, bool]:
    """The kinds of mail that are for somebody with these roles, and whether they want them: all,
    until they say otherwise."""
    said = dict(
        database.rows(
            "select kind, wanted from current_mail_choices(null) where email = ?", [account.email]
        )
    )
    roles = {role for role, _ in account.grants}
    return {
        kind: said.get(kind, True) for kind, (_, readers) in KINDS.items() if roles & {*readers}
    }


def wants(database: Database, account: Account, kind: str) -> bool:
    return not KINDS[kind][1] or choices(database, account).get(kind, False)


def choose(
    database: Database, account: Account, wanted: Iterable[str], now: datetime | None = None
) -> None:
    """From now on somebody gets these kinds of mail, and of what they can choose no others."""
    before, chosen, moment = choices(database, account), set(wanted), now or utc_now()
    with database.writing(quietly=True) as cursor:
        for kind, was_wanted in before.items():
            if was_wanted != (kind in chosen):
                append(cursor, "mail_choices", account.email, kind, kind in chosen, moment)
