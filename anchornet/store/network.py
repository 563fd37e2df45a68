"""Who is in the network and what it agreed: members, due dates, mappings."""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pandas as pd
from duckdb import DuckDBPyConnection

from anchornet import formatting
from anchornet.periods import add_months, month_text
from anchornet.settings import Settings
from anchornet.store.database import Database, utc_now

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


class NotPossible(Exception):
    """What was asked names something that isn't there, or breaks a rule; the text says which."""


class LoadError(Exception):
    """A file that a coordinator loads has faults; nothing of it was kept."""

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
    binding: bool = field(default=False, compare=False)


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
    by: str = "coordinator",
    now: datetime | None = None,
) -> None:
    """Add a member, or record what is now true of one. `ends_on` is its last day.

    Raises NotPossible, which says what is wrong.
    """
    kind = kind.strip().lower().replace(" ", "_")
    if not re.fullmatch(r"[\w.-]+", member_id):
        raise NotPossible(
            f"{member_id!r} can't be a member's ID. Use letters, digits, - and _, with no spaces."
        )
    if not name.strip():
        raise NotPossible(f"Member {member_id} needs a name.")
    if kind not in KINDS:
        raise NotPossible(f"{kind!r} is not a kind of member. Kinds: {', '.join(KINDS)}.")
    if org_id is not None and not re.fullmatch(r"[A-Z]{2}-[A-Z0-9]+-\S+", org_id):
        raise NotPossible(f"{org_id!r} is not an org-id. One looks like GB-NHS-R0A.")
    if starts_on and ends_on and ends_on < starts_on:
        raise NotPossible(f"Member {member_id} can't leave before it starts.")
    with database.writing() as cursor:
        if successor_id is not None:
            require_member(cursor, successor_id)
        taken = cursor.execute(
            "select name from current_members(null) where org_id = ? and member_id <> ?",
            [org_id, member_id],
        ).fetchone()
        if taken:
            raise NotPossible(f"{org_id} is the org-id of {taken[0]} already.")
        cursor.execute(
            "insert into members values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                member_id, name.strip(), kind, org_id, starts_on, ends_on, successor_id,
                now or utc_now(), by,
            ],
        )  # fmt: skip


def members(database: Database, as_at: datetime | None = None) -> pd.DataFrame:
    """Every member, also those that left: member_id, name, kind, org_id, starts_on, ends_on,
    successor_id; by name."""
    with database.cursor() as cursor:
        frame = cursor.execute(
            "select member_id, name, kind, org_id, starts_on, ends_on, successor_id "
            "from current_members(?) order by name, member_id",
            [as_at],
        ).df()
    return tidy(frame, "starts_on", "ends_on")


def require_member(cursor: DuckDBPyConnection, member_id: str) -> None:
    """Raises NotPossible, which lists the members, unless there is such a member."""
    # Read to its end: DuckDB 2 refuses what comes next on a cursor with rows still waiting.
    if cursor.execute("from members where member_id = ? limit 1", [member_id]).fetchall():
        return
    found = cursor.execute("select distinct member_id from members order by member_id").fetchall()
    known = ", ".join(name for (name,) in found)
    listed = f"Members: {known}." if known else "No member was added yet."
    raise NotPossible(f"There is no member {member_id}. {listed}")


def due_dates(database: Database, period: date) -> DueDates:
    """The three dates of a period: its own if it has them, else the settings' days."""
    with database.cursor() as cursor:
        return dates_of(cursor, database.settings, [period])[period]


def dates_of(
    cursor: DuckDBPyConnection, settings: Settings, periods: Collection[date]
) -> dict[date, DueDates]:
    """The dates of several periods at once."""
    own = _own_dates(cursor)
    return {period: own.get(period) or _usual_dates(settings, period) for period in periods}


def _usual_dates(settings: Settings, period: date) -> DueDates:
    last_day = add_months(period, 1) - timedelta(days=1)
    return DueDates(
        last_day + timedelta(days=settings.due_days),
        last_day + timedelta(days=settings.closing_days),
        last_day + timedelta(days=settings.correction_days),
    )


def set_due_dates(
    database: Database, period: date, dates: DueDates, *, by: str, now: datetime | None = None
) -> None:
    """Give a period dates of its own."""
    if not period < dates.due_on <= dates.closes_on <= dates.corrections_close_on:
        raise NotPossible(
            f"The dates of {month_text(period)} should follow one another: "
            "due, closed to new returns, closed to corrections."
        )
    with database.writing() as cursor:
        cursor.execute(
            "insert into periods values (?, ?, ?, ?, ?, ?)",
            [
                period, dates.due_on, dates.closes_on, dates.corrections_close_on,
                now or utc_now(), by,
            ],
        )  # fmt: skip


def own_dates(database: Database) -> dict[date, DueDates]:
    """The periods that the coordinator gave dates of their own: only these ever close."""
    with database.cursor() as cursor:
        return _own_dates(cursor)


def _own_dates(cursor: DuckDBPyConnection) -> dict[date, DueDates]:
    found = cursor.execute(
        "select period, due_on, closes_on, corrections_close_on from current_periods(null) "
        "order by period"
    )
    return {
        period: DueDates(due_on, closes_on, corrections_close_on, binding=True)
        for period, due_on, closes_on, corrections_close_on in found.fetchall()
    }


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


def remember_mapping(
    database: Database,
    member_id: str,
    return_name: str,
    columns: Mapping[str, str],
    *,
    by: str,
    now: datetime | None = None,
) -> None:
    """Keep a member's own headings (field -> heading) for its next file of this return."""
    with database.writing() as cursor:
        require_member(cursor, member_id)
        cursor.execute(
            "insert into mappings values (?, ?, ?, ?, ?)",
            [member_id, return_name, json.dumps(dict(columns)), now or utc_now(), by],
        )


def remembered_mapping(
    database: Database, member_id: str, return_name: str
) -> dict[str, str] | None:
    """The headings (field -> heading) that a member confirmed last, or None."""
    with database.cursor() as cursor:
        found = cursor.execute(
            "select columns from current_mappings(null) where member_id = ? and return_name = ?",
            [member_id, return_name],
        ).fetchone()
    return dict(json.loads(found[0])) if found else None


def mark_sample(database: Database, *, now: datetime | None = None) -> None:
    """Say that everything in this database is invented."""
    with database.writing() as cursor:
        cursor.execute("insert into meta values ('sample', 'true', ?)", [now or utc_now()])


def is_sample(database: Database) -> bool:
    """Whether everything in this database is invented."""
    with database.cursor() as cursor:
        found = cursor.execute(
            "select value from meta where name = 'sample' order by recorded_at desc limit 1"
        ).fetchone()
    return found is not None and found[0] == "true"


def tidy(frame: pd.DataFrame, *dates: str) -> pd.DataFrame:
    """The same frame with those columns as datetime.date, and None for what is missing in them
    and in columns of text."""
    for column in dates:
        frame[column] = pd.to_datetime(frame[column]).dt.date.astype(object)
    for column in {*dates, *frame.select_dtypes(["object", "str"]).columns}:
        frame[column] = frame[column].astype(object).where(frame[column].notna(), None)
    return frame
