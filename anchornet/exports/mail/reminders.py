"""Which mails are due to be written, and what each says: both from what then holds, so that nobody
is reminded of what came in the meantime."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime, timedelta

import pandas as pd

from anchornet.indicators.figures import own_of
from anchornet.indicators.promises import promises, quarter_of
from anchornet.narrative import letters
from anchornet.narrative.letters import Envelope, Text
from anchornet.narrative.promises import due_soon
from anchornet.narrative.returns_status import to_chase
from anchornet.periods import add_months, month_text, parse_month
from anchornet.store import authentication
from anchornet.store.database import Database, utc_now
from anchornet.store.mail import Letter, Mail, mails, wants
from anchornet.store.meetings import Meeting, meetings
from anchornet.store.network import due_dates, members
from anchornet.store.people import CONFIRMS, Account, account, accounts
from anchornet.store.returns_status import returns_board
from anchornet.store.sent_back import SentBack, waiting
from anchornet.store.submissions import SentReturn, sent_returns

MONTHS = 12  # that are looked through for what is missing
SOON, LATE, BEFORE_MEETING, COMMITMENTS = (timedelta(days) for days in (5, 14, 7, 30))
TOGETHER = timedelta(minutes=1)  # returns sent within it get one receipt by mail
SIGN_IN_PAGE = "the sign-in page"  # by which links are made that anybody may have asked for
PROVIDER = "provider"  # begins what an invitation without a link is about


def reminders(database: Database, now: datetime | None = None) -> Iterator[Letter]:
    """What members' contributors are to be reminded of today; the same all day."""
    moment = now or utc_now()
    today = moment.date()
    everybody = accounts(database)
    boards = {month: returns_board(database, month, now) for month in _months(today)}
    for month, board in boards.items():
        due_on = due_dates(database, month).due_on
        about = _month_due(month, due_on)
        if today <= due_on <= today + SOON:
            yield from _to_members("due_soon", about, to_chase(board), everybody)
        elif today - LATE <= due_on < today:
            yield from _to_members("late", about, to_chase(board), everybody)
    late = {member_id for board in boards.values() for member_id in _missing(board)}
    for meeting in meetings(database):
        if moment <= meeting.starts_at <= moment + BEFORE_MEETING:
            yield from _to_members("missing", str(meeting.meeting_id), late, everybody)
    speaking = {
        member_id for one in everybody for role, member_id in one.grants if role == CONFIRMS
    }
    owing = {
        member_id
        for member_id in speaking
        if member_id and _commitments_due(database, member_id, moment)
    }
    yield from _to_members("promises_due", month_text(today), owing, everybody)


def receipts(database: Database, now: datetime | None = None) -> Iterator[Letter]:
    """Receipts for what came within a day: to who sent it and, where that was the coordinator for
    a member, to the member's contributors too."""
    moment = now or utc_now()
    everybody = accounts(database)
    signing_in = {one.email for one in everybody}
    covered = {
        (mail.letter.email, number)
        for mail in mails(database)
        if mail.letter.kind == "receipt"
        for number in mail.letter.about.split()
    }
    sent: dict[tuple[str, str], list[SentReturn]] = {}
    for one in sent_returns(database, since=moment - timedelta(days=1)):
        readers = {_address(one.submitted_by)} & signing_in
        if one.on_behalf:
            readers |= {who.email for who in everybody if (CONFIRMS, one.member_id) in who.grants}
        for email in readers:
            if (email, one.receipt) not in covered:
                sent.setdefault((email, one.member_id), []).append(one)
    for (email, member_id), returns in sent.items():
        if max(one.accepted_at for one in returns) < moment - TOGETHER:
            about = " ".join(one.receipt for one in returns)
            yield Letter("receipt", email, about, member_id)


def questions(database: Database, now: datetime | None = None) -> Iterator[Letter]:
    """What was sent back within a day: to the member's contributors."""
    since, everybody = (now or utc_now()) - timedelta(days=1), accounts(database)
    for one in waiting(database):
        if one.sent_back_at > since:
            yield from _to_members("sent_back", _asked(one), [one.member_id], everybody)


def _asked(one: SentBack) -> str:
    """What a letter about it is about: asked again, it is another."""
    return f"{one.receipt} {one.sent_back_at:%Y-%m-%d %H:%M:%S}"


def chasing(
    database: Database, member_id: str, month: date, now: datetime | None = None
) -> list[Letter]:
    """A reminder that somebody asks for, beside those that go out by themselves; once a day at
    most."""
    due_on, today = due_dates(database, month).due_on, (now or utc_now()).date()
    kind = "late" if due_on < today else "due_soon"
    about = f"{_month_due(month, due_on)} asked {today}"
    return list(_to_members(kind, about, [member_id], accounts(database)))


def pack_letters(database: Database, meeting: Meeting, now: datetime | None = None) -> list[Letter]:
    """To all whom a meeting's pack is for; once a day at most."""
    about = f"{meeting.meeting_id} {(now or utc_now()).date()}"
    return [
        Letter("pack", one.email, about)
        for one in accounts(database)
        if {role for role, _ in one.grants} & {"delivery_group", "coordinator"}
    ]


def _month_due(month: date, due_on: date) -> str:
    """What a reminder is about: where the coordinator moves the date, there is another one."""
    return f"{month_text(month)} {due_on}"


def _months(today: date) -> list[date]:
    first = today.replace(day=1)
    return [add_months(first, -number) for number in range(MONTHS)]


def _to_members(
    kind: str, about: str, members: Collection[str], everybody: Collection[Account]
) -> Iterator[Letter]:
    for member_id in members:
        for one in everybody:
            if (CONFIRMS, member_id) in one.grants:
                yield Letter(kind, one.email, about, member_id)


def _missing(board: pd.DataFrame) -> set[str]:
    return set(board.loc[board["state"] == "missing", "member_id"])


def _commitments_due(database: Database, member_id: str, now: datetime) -> list[date]:
    """The days on which a member's commitments are due in the next 30 days."""
    today = now.date()
    quarter = quarter_of(database, today.replace(day=1))
    if quarter is None:
        return []
    frame = promises(database, [quarter], own_of(member_id), members=[member_id])
    return [day for day in due_soon(frame, today)["due_on"] if day <= today + COMMITMENTS]


def _address(submitted_by: str) -> str:
    """Of `Name <address>`."""
    address = re.search(r"<([^<>]+)>$", submitted_by)
    return (address[1] if address else submitted_by).lower()


# --- what a mail says ----------------------------------------------------------------------------


def text_of(database: Database, mail: Mail, now: datetime | None = None) -> Text | None:
    """What a mail says now; None where nobody needs it any more. A link to sign in is made by it,
    and works from then on."""
    reader = account(database, mail.letter.email)
    if reader is None or not wants(database, reader, mail.letter.kind):
        return None
    member_id = mail.letter.member_id
    if member_id and mail.letter.kind != "receipt" and (CONFIRMS, member_id) not in reader.grants:
        return None
    settings = database.settings
    to = Envelope(reader.name, settings.network_name, settings.address)
    return _WRITERS[mail.letter.kind](database, mail, to, now or utc_now())


def _invitation(database: Database, mail: Mail, to: Envelope, now: datetime) -> Text:
    if mail.letter.about.startswith(PROVIDER):
        return letters.invitation(to, "", None)
    return letters.invitation(to, *_link(database, mail, now))


def _sign_in_link(database: Database, mail: Mail, to: Envelope, now: datetime) -> Text:
    return letters.link(to, *_link(database, mail, now))


def _reset(database: Database, mail: Mail, to: Envelope, now: datetime) -> Text | None:
    # Whoever waits for it that long has asked again.
    if now - mail.made_at > timedelta(hours=1):
        return None
    until = now + timedelta(minutes=database.settings.link_minutes)
    return letters.reset(to, *_link(database, mail, now, until))


def _link(
    database: Database, mail: Mail, now: datetime, until: datetime | None = None
) -> tuple[str, datetime]:
    email, by = mail.letter.email, mail.made_by or SIGN_IN_PAGE
    until = until or now + authentication.link_life(database, email)
    return authentication.make_link(database, email, by=by, now=now, until=until), until


def _receipt(database: Database, mail: Mail, to: Envelope, now: datetime) -> Text:
    numbers = mail.letter.about.split()
    return letters.receipt(to, sent_returns(database, numbers=numbers))


def _due(database: Database, mail: Mail, to: Envelope, now: datetime) -> Text | None:
    month = parse_month(mail.letter.about.split()[0])
    due_on = due_dates(database, month).due_on
    chased = to_chase(returns_board(database, month)).get(mail.letter.member_id or "")
    if chased is None or not mail.letter.about.startswith(_month_due(month, due_on)):
        return None
    member, names = chased
    return letters.missing_returns(to, member, names, month, due_on, now.date())


def _sent_back(database: Database, mail: Mail, to: Envelope, now: datetime) -> Text | None:
    asked = {_asked(one): one for one in waiting(database, mail.letter.member_id)}
    one = asked.get(mail.letter.about)
    return letters.sent_back(to, one) if one else None


def _before_meeting(database: Database, mail: Mail, to: Envelope, now: datetime) -> Text | None:
    meeting = _meeting(database, mail)
    missing, member = {}, ""
    for month in _months(now.date()):
        board = returns_board(database, month)
        chased = to_chase(board[board["state"] == "missing"]).get(mail.letter.member_id or "")
        if chased:
            member, missing[month] = chased
    if meeting is None or meeting.starts_at < now or not missing:
        return None
    return letters.before_meeting(to, meeting.name, meeting.starts_at, member, missing)


def _commitments(database: Database, mail: Mail, to: Envelope, now: datetime) -> Text | None:
    member_id = mail.letter.member_id or ""
    days = _commitments_due(database, member_id, now)
    names = members(database).set_index("member_id")["name"]
    if not days or member_id not in names:
        return None
    return letters.commitments_due(to, names[member_id], len(days), days[0])


def _pack(database: Database, mail: Mail, to: Envelope, now: datetime) -> Text | None:
    meeting = _meeting(database, mail)
    return letters.pack_ready(to, meeting.name, meeting.starts_at) if meeting else None


def _meeting(database: Database, mail: Mail) -> Meeting | None:
    number = int(mail.letter.about.split()[0])
    return next((one for one in meetings(database) if one.meeting_id == number), None)


_WRITERS: Mapping[str, Callable[[Database, Mail, Envelope, datetime], Text | None]] = {
    "invitation": _invitation,
    "link": _sign_in_link,
    "reset": _reset,
    "receipt": _receipt,
    "due_soon": _due,
    "late": _due,
    "missing": _before_meeting,
    "sent_back": _sent_back,
    "promises_due": _commitments,
    "pack": _pack,
}
