"""A calendar to subscribe to: when returns are due, and meetings. It holds no figures."""

from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event

from anchornet import formatting
from anchornet.access import allowed, person_of
from anchornet.formatting import plural
from anchornet.narrative.returns_status import title_for
from anchornet.periods import add_months, month_text
from anchornet.returns.declaration import RETURNS
from anchornet.store.database import Database, utc_now
from anchornet.store.meetings import Meeting, meetings
from anchornet.store.network import due_dates
from anchornet.store.people import Account
from anchornet.store.returns_status import returns_board

MIME = "text/calendar"
BEFORE, AHEAD = 3, 12  # months
YEAR = timedelta(days=366)
HOUR = timedelta(hours=1)  # how long a meeting takes is recorded nowhere


def calendar_of(database: Database, account: Account, now: datetime | None = None) -> bytes:
    moment = now or utc_now()
    calendar = Calendar()
    calendar.add("prodid", "-//anchornet//calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", database.settings.network_name)
    calendar.add("x-wr-timezone", formatting.LONDON.key)
    members = {member_id for _, member_id in account.grants if member_id}
    this = moment.date().replace(day=1)
    for number in range(-BEFORE, AHEAD + 1) if members else ():
        for event in _due(database, members, add_months(this, number), moment):
            calendar.add_component(event)
    if allowed(person_of(account), "see_network_figures"):
        for meeting in meetings(database):
            if meeting.starts_at > moment - YEAR:
                calendar.add_component(_meeting(meeting, moment))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _due(database: Database, members: set[str], month: date, now: datetime) -> list[Event]:
    board = returns_board(database, month)
    due_on = due_dates(database, month).due_on
    events = []
    for member_id, rows in board[board["member_id"].isin(members)].groupby("member_id"):
        name, missing = rows["member"].iloc[0], int(rows["receipt"].isna().sum())
        what = f"{plural(missing, 'Return', 'Returns')} due" if missing else "Returns all sent"
        lines = [
            f"{title_for(RETURNS[row['return_name']], month)}: "
            f"{'still to send' if row['receipt'] is None else 'sent'}"
            for _, row in rows.iterrows()
        ]
        event = _event(f"due-{member_id}-{month_text(month)}", now)
        event.add("summary", f"{what} for {formatting.month(month)}, {name}")
        event.add("description", "\n".join(lines))
        event.add("dtstart", due_on)
        event.add("dtend", due_on + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
        events.append(event)
    return events


def _meeting(meeting: Meeting, now: datetime) -> Event:
    event = _event(f"meeting-{meeting.meeting_id}", now)
    starts_at = formatting.in_london(meeting.starts_at)
    event.add("summary", meeting.name)
    event.add("dtstart", starts_at)
    event.add("dtend", starts_at + HOUR)
    return event


def _event(number: str, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"{number}@anchornet")
    event.add("dtstamp", now.replace(tzinfo=UTC))
    return event
