"""Who is in the network and what it agreed: members, due dates, mappings."""

import csv
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from duckdb import DuckDBPyConnection

from anchornet import formatting
from anchornet.periods import add_months, month_text
from anchornet.returns.declaration import RETURNS, Return
from anchornet.returns.field_types import ORG_ID
from anchornet.store.cache import cached
from anchornet.store.database import Database, append, tidy, utc_now

if TYPE_CHECKING:
    import pandas as pd

KINDS = {
    "council": "Council",
    "nhs": "NHS",
    "university": "University",
    "college": "College",
    "housing_association": "Housing association",
    "police": "Police",
    "fire": "Fire and rescue",
    "private": "Private company",
    "vcse": "Voluntary, community or social enterprise",
}


# The members of a kind, in a sentence.
KINDS_TOGETHER = {
    "council": "the councils",
    "nhs": "the NHS members",
    "university": "the universities",
    "college": "the colleges",
    "housing_association": "the housing associations",
    "police": "the police members",
    "fire": "the fire and rescue members",
    "private": "the private companies",
    "vcse": "the voluntary sector members",
}


class NotPossible(Exception):
    """What was asked names something that isn't there, or breaks a rule; the text says which."""


class LoadError(Exception):
    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__("\n".join(self.sentences))


@dataclass(frozen=True)
class DueDates:
    """Days, all included: a return sent on `due_on` is on time. `binding` where the coordinator
    gave the period dates of its own: only then is anything refused after them."""

    due_on: date
    closes_on: date
    corrections_close_on: date
    binding: bool = field(default=False, compare=False, kw_only=True)


def add_member(
    database: Database,
    member_id: str,
    name: str,
    kind: str,
    *,
    org_id: str | None = None,
    starts_on: date | None = None,
    ends_on: date | None = None,
    successor_id: str | None = None,
    new: bool = False,
    by: str = "coordinator",
    now: datetime | None = None,
) -> None:
    """Add a member, or record what is now true of one unless it has to be `new`; `ends_on` is its
    last day. Raises NotPossible."""
    with database.writing() as cursor:
        _append_member(
            cursor, member_id, name, kind, org_id, starts_on, ends_on, successor_id, new, by, now
        )


@dataclass(frozen=True)
class NewMember:
    """As it was typed: the kind by its name in KINDS, empty where that is not known."""

    name: str
    kind: str = ""
    org_id: str = ""


def add_members(
    database: Database,
    members: Iterable[NewMember],
    *,
    starts_on: date | None,
    by: str,
    now: datetime | None = None,
) -> None:
    """Add new members, all or none, with IDs made of their names. Raises NotPossible, which says
    which one can't be added."""
    with database.writing() as cursor:
        for one in members:
            try:
                _append_member(
                    cursor, id_from(one.name), one.name, one.kind, one.org_id, starts_on, None,
                    None, True, by, now,
                )  # fmt: skip
            except NotPossible as why:
                raise NotPossible(f"{one.name}: {why}") from None


def read_members(text: str) -> list[NewMember]:
    """Members that were typed, one a line, or pasted from a sheet: name, kind and org-ID, of which
    a name is enough. A line of headings is left out."""
    kinds = {_plain(words): name for name, title in KINDS.items() for words in (name, title)}
    lines = [line for line in text.splitlines() if line.strip()]
    apart = next((mark for mark in "\t;" if any(mark in line for line in lines)), ",")
    members: list[NewMember] = []
    for row in csv.reader(lines, delimiter=apart, skipinitialspace=True):
        name, kind, org_id, *_ = [*(" ".join(cell.split()) for cell in row), "", "", ""]
        if name and not (not members and _plain(name) in HEADINGS):
            members.append(NewMember(name, kinds.get(_plain(kind), ""), org_id.upper()))
    return members


# What a column of members' names may be headed by in a sheet.
HEADINGS = ("name", "member", "members", "membername", "organisation", "organisationname")


def _plain(words: str) -> str:
    return re.sub(r"[^a-z]", "", words.lower())


def _append_member(
    cursor: DuckDBPyConnection,
    member_id: str,
    name: str,
    kind: str,
    org_id: str | None,
    starts_on: date | None,
    ends_on: date | None,
    successor_id: str | None,
    new: bool,
    by: str,
    now: datetime | None,
) -> None:
    kind = kind.strip().lower().replace(" ", "_")
    org_id = (org_id or "").strip().upper() or None
    if not name.strip():
        raise NotPossible("A member needs a name.")
    if not re.fullmatch(r"[\w.-]+", member_id):
        raise NotPossible(
            f"{member_id!r} can't be a member's ID. Use letters, digits, - and _, with no spaces."
        )
    if not kind:
        raise NotPossible("Choose the kind of member.")
    if kind not in KINDS:
        raise NotPossible(f"{kind!r} is not a kind of member. Kinds: {', '.join(KINDS)}.")
    if org_id is not None and not re.fullmatch(ORG_ID, org_id):
        raise NotPossible(f"{org_id!r} is not an org-id. {_meant(org_id, kind)}")
    if starts_on and ends_on and ends_on < starts_on:
        raise NotPossible(f"Member {member_id} can't leave before it starts.")
    if new:
        _require_new(cursor, member_id, name)
    if successor_id is not None:
        require_member(cursor, successor_id)
        if ends_on is None:
            raise NotPossible(f"Say the last day of {member_id}, whose place another takes.")
        if member_id in (successor_id, successors(cursor).get(successor_id)):
            raise NotPossible("A member can't take its own place.")
    holders = cursor.execute(
        "select name from current_members(null) where org_id = ? and member_id <> ?",
        [org_id, member_id],
    ).fetchall()
    if holders:
        raise NotPossible(f"{org_id} is the org-id of {holders[0][0]} already.")
    member = (member_id, name.strip(), kind, org_id, starts_on, ends_on, successor_id)
    append(cursor, "members", *member, now or utc_now(), by, False)


def _meant(org_id: str, kind: str) -> str:
    """What to write in place of a number without its list."""
    if re.fullmatch(r"\d{6,8}|(SC|NI|OC)\d{6}", org_id):
        return f"For a company's number write GB-COH-{org_id.zfill(8)}."
    if kind == "nhs" and re.fullmatch(r"[A-Z0-9]{3,5}", org_id):
        return f"For an NHS organisation's code write GB-NHS-{org_id}."
    return "One looks like GB-NHS-R0A: the list, then the number. Leave it blank if you don't know."


def _require_new(cursor: DuckDBPyConnection, member_id: str, name: str) -> None:
    rows = cursor.execute(
        """
        select member_id, name
        from current_members(null)
        where lower(member_id) = lower($member_id) or lower(name) = lower(trim($name))
        """,
        {"member_id": member_id, "name": name},
    ).fetchall()
    for other, holder in rows:
        same = "the ID" if other.lower() == member_id.lower() else "the name"
        raise NotPossible(
            f"{holder} is a member already and has {same} "
            f"{member_id if same == 'the ID' else holder}. To change it, choose it above."
        )


def remove_member(
    database: Database, member_id: str, *, by: str, now: datetime | None = None
) -> None:
    """Take away a member that was added by mistake: nothing was sent for it, nobody has a role of
    it, and no target or action names it. Raises NotPossible."""
    with database.writing() as cursor:
        require_member(cursor, member_id)
        ((name, kind, starts_on),) = cursor.execute(
            "select name, kind, starts_on from current_members(null) where member_id = ?",
            [member_id],
        ).fetchall()
        for what, held in HELD_BY.items():
            if cursor.execute(f"{held} limit 1", {"member_id": member_id}).fetchall():
                raise NotPossible(
                    f"{name} has {what}, so it stays: give it a last day as a member instead."
                )
        # Without its org-id: payments to that are payments to a member no longer.
        member = (member_id, name, kind, None, starts_on, None, None)
        append(cursor, "members", *member, now or utc_now(), by, True)


# What keeps a member from being taken away as a mistake.
HELD_BY = {
    "sent returns": "from submissions where member_id = $member_id",
    "people": """
        from (
            select member_id from current_grants(null)
            union all
            select member_id from current_asked_roles(null)
        )
        where member_id = $member_id
        """,
    "a target": "from current_targets(null) where member_id = $member_id",
    "actions": "from actions where member_id = $member_id",
    "members that it follows": "from current_members(null) where successor_id = $member_id",
}


def id_from(name: str) -> str:
    """A member's ID made of its name: `Sample City Council` is sample-city-council."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower().replace("'", "")).strip("-")


def members(database: Database, as_at: datetime | None = None) -> "pd.DataFrame":
    """Every member, also those that left: member_id, name, kind, org_id, starts_on, ends_on,
    successor_id; by name."""
    frame = database.frame(
        """
        select member_id, name, kind, org_id, starts_on, ends_on, successor_id
        from current_members(?)
        order by name, member_id
        """,
        [as_at],
    )
    return tidy(frame, "starts_on", "ends_on")


def successors(cursor: DuckDBPyConnection, as_at: datetime | None = None) -> dict[str, str]:
    """Member -> the one that has taken its place in the end, of those whose place was taken."""
    rows: list[tuple[str, str]] = cursor.execute(
        "select member_id, successor_id from current_members(?) where successor_id is not null",
        [as_at],
    ).fetchall()
    following = dict(rows)
    last = {}
    for member_id in following:
        seen = [member_id]
        while (successor := following.get(seen[-1])) and successor not in seen:
            seen.append(successor)
        last[member_id] = seen[-1]
    return last


def require_member(cursor: DuckDBPyConnection, member_id: str) -> None:
    """Raises NotPossible, which lists the members, unless there is such a member."""
    # Read to its end: DuckDB 2 refuses what comes next on a cursor with rows still waiting.
    rows = cursor.execute(
        "select member_id from current_members(null) order by member_id"
    ).fetchall()
    if (member_id,) not in rows:
        members = ", ".join(name for (name,) in rows)
        hint = f"Members: {members}." if members else "No member was added yet."
        raise NotPossible(f"There is no member {member_id}. {hint}")


def due_dates(database: Database, period: date, as_at: datetime | None = None) -> DueDates:
    with database.cursor() as cursor:
        return dates_of(cursor, database, [period], as_at)[period]


def dates_of(
    cursor: DuckDBPyConnection,
    database: Database,
    periods: Collection[date],
    as_at: datetime | None = None,
) -> dict[date, DueDates]:
    """The dates of each period as they were set then: its own if it has them, else by the
    settings' days for it."""

    def usual(period: date) -> DueDates:
        settings = database.settings_at(as_at, period)
        days = (settings.due_days, settings.closing_days, settings.correction_days)
        last_day = add_months(period, 1) - timedelta(days=1)
        return DueDates(*(last_day + timedelta(days=number) for number in days))

    own = binding_dates(cursor, as_at)
    return {period: own.get(period) or usual(period) for period in periods}


def set_due_dates(
    database: Database, period: date, dates: DueDates, *, by: str, now: datetime | None = None
) -> None:
    if not period < dates.due_on <= dates.closes_on <= dates.corrections_close_on:
        raise NotPossible(
            f"The dates of {month_text(period)} should follow one another: "
            "due, closed to new returns, closed to corrections."
        )
    days = (dates.due_on, dates.closes_on, dates.corrections_close_on)
    with database.writing() as cursor:
        append(cursor, "periods", period, *days, now or utc_now(), by)


def own_dates(database: Database) -> dict[date, DueDates]:
    with database.cursor() as cursor:
        return binding_dates(cursor)


def binding_dates(
    cursor: DuckDBPyConnection, as_at: datetime | None = None
) -> dict[date, DueDates]:
    """The periods that the coordinator gave dates of their own: only these ever close."""
    rows = cursor.execute(
        """
        select period, due_on, closes_on, corrections_close_on
        from current_periods(?)
        order by period
        """,
        [as_at],
    ).fetchall()
    return {period: DueDates(*dates, binding=True) for period, *dates in rows}


def close_period(
    database: Database, period: date, *, by: str, now: datetime | None = None
) -> DueDates:
    """Refuse new returns and corrections for a period from now on; the dates that do that. Raises
    NotPossible before its returns are due."""
    moment = now or utc_now()
    yesterday = moment.date() - timedelta(days=1)
    before = due_dates(database, period)
    if before.due_on > yesterday:
        raise NotPossible(
            f"{formatting.month(period)} is due on {formatting.day(before.due_on)} and can be "
            "closed from the day after. To close it sooner, give it an earlier due date."
        )
    dates = DueDates(
        before.due_on,
        min(before.closes_on, yesterday),
        min(before.corrections_close_on, yesterday),
    )
    set_due_dates(database, period, dates, by=by, now=moment)
    return dates


def open_period(
    database: Database, period: date, days: int, *, by: str, now: datetime | None = None
) -> DueDates:
    """Take new returns and corrections for a period for so many days from today, or longer where
    its dates say so already; the dates that do that. The due date stays."""
    moment = now or utc_now()
    last = moment.date() + timedelta(days=days)
    before = due_dates(database, period)
    dates = DueDates(
        before.due_on, max(before.closes_on, last), max(before.corrections_close_on, last)
    )
    set_due_dates(database, period, dates, by=by, now=moment)
    return dates


def set_first_period(
    database: Database, return_: Return, period: date, *, by: str, now: datetime | None = None
) -> None:
    """From which period on the network asks for a return. Raises NotPossible."""
    if not return_.is_period(period):
        raise NotPossible(return_.no_period(period))
    with database.writing() as cursor:
        append(cursor, "return_starts", return_.name, period, now or utc_now(), by)


def returns_owed(
    cursor: DuckDBPyConnection, months: Iterable[date], as_at: datetime | None = None
) -> list[tuple[str, date]]:
    """What each member of the network owes for these months: returns in their order, with the
    period. The one place that decides it."""
    since = dict(
        cursor.execute(
            "select return_name, since from current_return_starts(?)", [as_at]
        ).fetchall()
    )
    return [
        (name, month)
        for month in months
        for name, return_ in RETURNS.items()
        if return_.is_owed(month, since.get(name))
    ]


def remember_mapping(
    database: Database,
    member_id: str,
    return_name: str,
    columns: Mapping[str, str],
    *,
    by: str,
    reading: Mapping[str, object] | None = None,
    now: datetime | None = None,
) -> None:
    """Keep a member's own headings (field -> heading), and how its files are read, for its next
    file of this return."""
    headings, read = json.dumps(dict(columns)), json.dumps(dict(reading or {}))
    with database.writing() as cursor:
        require_member(cursor, member_id)
        append(cursor, "mappings", member_id, return_name, headings, now or utc_now(), by, read)


def remembered_mapping(
    database: Database, member_id: str, return_name: str
) -> dict[str, str] | None:
    columns: dict[str, str] | None
    columns, _ = _remembered(database, member_id, return_name)
    return columns


def remembered_reading(database: Database, member_id: str, return_name: str) -> dict[str, Any]:
    """How the member's files of this return are read, as far as it has said."""
    _, reading = _remembered(database, member_id, return_name)
    return reading or {}


def _remembered(database: Database, member_id: str, return_name: str) -> tuple[Any, Any]:
    rows = database.rows(
        "select columns, reading from current_mappings(null) "
        "where member_id = ? and return_name = ?",
        [member_id, return_name],
    )
    columns, reading = rows[0] if rows else (None, None)
    return columns and json.loads(columns), reading and json.loads(reading)


def mark_sample(database: Database, *, now: datetime | None = None) -> None:
    with database.writing() as cursor:
        append(cursor, "meta", "sample", "true", now or utc_now())


@cached
def is_sample(database: Database) -> bool:
    rows = database.rows("select value from meta where name = 'sample' order by rowid desc limit 1")
    return rows == [("true",)]
