"""What organisations ask for, and what becomes of it: introduced by a person, agreed with a
commitment, delivered, and confirmed by who asked. A need that nobody looks at lapses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from duckdb import DuckDBPyConnection

from anchornet.returns.pii import personal_data
from anchornet.store.database import Database, append, next_number, utc_now
from anchornet.store.framework import framework
from anchornet.store.network import NotPossible

KINDS: Mapping[str, str] = {
    "volunteers": "Volunteers",
    "skills": "Skills and advice",
    "goods": "Goods",
    "space": "Space",
    "money": "Money",
    "placements": "Placements",
    "buy_from_us": "Buy from us",
}
STATES: Mapping[str, str] = {
    "open": "Open",
    "introduced": "Introduced",
    "agreed": "Agreed",
    "delivered": "Delivered",
    "confirmed": "Confirmed",
    "lapsed": "Lapsed",
    "withdrawn": "Withdrawn",
}
# What can become of a need in each state. One that has lapsed is asked for again first.
NEXT: Mapping[str, tuple[str, ...]] = {
    "open": ("introduced", "withdrawn"),
    "introduced": ("agreed", "open", "withdrawn"),
    "agreed": ("delivered", "open", "withdrawn"),
    "delivered": ("confirmed", "agreed"),
    "confirmed": (),
    "lapsed": (),
    "withdrawn": (),
}
WAITING = ("open", "introduced")  # what lapses on its day of review
MATCHED = ("agreed", "delivered", "confirmed")  # whose commitment is on offer no more
LONGEST = {"organisation": 200, "what": 500, "how_much": 100}
DETAILS = (
    "organisation", "outcome", "kind", "what", "how_much", "area", "needed_by", "review_on",
)  # fmt: skip


@dataclass(frozen=True)
class Event:
    """What became of a need. `promise`: the commitment that it is agreed with, as
    indicators.promises names it."""

    state: str
    at: datetime
    by: str
    role: str = ""
    words: str = ""
    promise: str | None = None


@dataclass(frozen=True)
class Need:
    """`area`: the code of a ward or a local authority, empty for anywhere. `asked_by`: who recorded
    it last, and confirms that it was met."""

    organisation: str
    outcome: str
    kind: str
    what: str
    review_on: date
    how_much: str = ""
    area: str = ""
    needed_by: date | None = None
    need_id: int = 0
    asked_at: datetime | None = None
    asked_by: str = ""
    events: tuple[Event, ...] = ()

    def state(self, today: date) -> str:
        return state_of(self.events, self.review_on, today)

    @property
    def promise(self) -> str | None:
        """The commitment that it is matched with."""
        agreed = self.events and self.events[-1].state in MATCHED
        return (
            next((e.promise for e in reversed(self.events) if e.promise), None) if agreed else None
        )

    @property
    def introduced_at(self) -> datetime | None:
        return next((event.at for event in self.events if event.state == "introduced"), None)

    def closed_on(self, today: date) -> date | None:
        """The day on which it was confirmed, or had lapsed; None for any other."""
        match self.state(today):
            case "confirmed":
                return self.events[-1].at.date()
            case "lapsed":
                return self.review_on + timedelta(days=1)
        return None


def state_of(events: Sequence[Event], review_on: date, today: date) -> str:
    """One of STATES, on a day, of the events until then."""
    state = events[-1].state if events else "open"
    return "lapsed" if state in WAITING and review_on < today else state


def record_need(database: Database, need: Need, *, by: str, now: datetime | None = None) -> int:
    """Add a need or, with its number, say what is now asked for instead; returns its number. Raises
    NotPossible."""
    moment = now or utc_now()
    need = replace(
        need,
        organisation=" ".join(need.organisation.split()),
        what=" ".join(need.what.split()),
        how_much=" ".join(need.how_much.split()),
    )
    with database.writing() as cursor:
        _require_possible(cursor, need, moment.date())
        number = need.need_id or next_number(cursor, "needs", "need_id")
        if need.need_id:
            before = _need(cursor, need.need_id)
            if before.state(moment.date()) in ("confirmed", "withdrawn"):
                raise NotPossible(f"Need {number} is closed. Add a new one.")
        values = [getattr(need, name) or None for name in DETAILS]
        append(cursor, "needs", number, *values, moment, by)
    return number


def record_event(
    database: Database,
    need_id: int,
    state: str,
    *,
    by: str,
    role: str = "",
    words: str = "",
    promise: str | None = None,
    now: datetime | None = None,
) -> None:
    """What has become of a need: the next of its states. `words`: to whom it was introduced, or
    why it is open again. Raises NotPossible."""
    moment = now or utc_now()
    words = " ".join(words.split())
    if state not in STATES:
        raise NotPossible(f"There is no state {state}. There are: {', '.join(STATES)}.")
    with database.writing() as cursor:
        need = _need(cursor, need_id)
        before = need.state(moment.date())
        if state not in NEXT[before]:
            raise NotPossible(_why_not(need_id, before, state))
        if state == "confirmed" and by != need.asked_by:
            raise NotPossible(f"Only who asked for it confirms it: {need.asked_by}.")
        if state in ("introduced", "open") and not words:
            raise NotPossible(
                "Say to whom it was introduced: an organisation, and a role or team there."
                if state == "introduced"
                else "Say why it is open again, in a sentence."
            )
        if state == "agreed" and promise is None and before != "delivered":
            raise NotPossible("Say which commitment is to meet it.")
        if found := personal_data(words):
            raise NotPossible(f"{found}: leave it out. Others read it.")
        append(cursor, "need_events", need_id, state, role, words or None, promise, moment, by)


def needs(database: Database, as_at: datetime | None = None) -> list[Need]:
    """Every need with what became of it, the last asked for first."""
    with database.cursor() as cursor:
        return _needs(cursor, as_at)


def _needs(
    cursor: DuckDBPyConnection, as_at: datetime | None = None, need_id: int | None = None
) -> list[Need]:
    events: dict[int, list[Event]] = {}
    for number, *values in cursor.execute(
        """
        select need_id, state, recorded_at, recorded_by, coalesce(role, ''), coalesce(words, ''),
          promise
        from need_events
        where not_after(recorded_at, $as_at) and need_id = coalesce($need_id, need_id)
        order by record_number
        """,
        {"as_at": as_at, "need_id": need_id},
    ).fetchall():
        events.setdefault(number, []).append(Event(*values))
    rows = cursor.execute(
        f"""
        with first as (
          select need_id, arg_min(recorded_at, record_number) as asked_at from needs group by all
        )
        select {", ".join(DETAILS)}, need_id, asked_at, recorded_by
        from (
          from current_needs($as_at)
          select * replace (coalesce(how_much, '') as how_much, coalesce(area, '') as area)
        )
        join first using (need_id)
        where need_id = coalesce($need_id, need_id)
        order by need_id desc
        """,
        {"as_at": as_at, "need_id": need_id},
    ).fetchall()
    names = (*DETAILS, "need_id", "asked_at", "asked_by")
    values_of: list[dict[str, Any]] = [dict(zip(names, row, strict=True)) for row in rows]
    return [Need(**each, events=tuple(events.get(each["need_id"], ()))) for each in values_of]


def _need(cursor: DuckDBPyConnection, need_id: int) -> Need:
    needs = _needs(cursor, None, need_id)
    if not needs:
        raise NotPossible(f"There is no need {need_id}.")
    return needs[0]


def _require_possible(cursor: DuckDBPyConnection, need: Need, today: date) -> None:
    if not need.organisation or not need.what:
        raise NotPossible("Say which organisation asks, and what for.")
    for name, most in LONGEST.items():
        if len(getattr(need, name)) > most:
            raise NotPossible(f"Write less than {most:,} letters: the list shows it whole.")
    if need.kind not in KINDS:
        raise NotPossible(f"There is no kind {need.kind}. There are: {', '.join(KINDS)}.")
    loaded = framework(cursor)
    outcomes = [outcome.id for outcome in loaded.outcomes] if loaded else []
    if need.outcome not in outcomes:
        raise NotPossible(
            f"The framework has no outcome {need.outcome}. There are: {', '.join(outcomes)}."
            if outcomes
            else "A need is for an outcome of the framework, and none is loaded yet."
        )
    if need.review_on < today:
        raise NotPossible("Say when it is looked at again: today or a later day.")
    if need.needed_by and need.needed_by < today and not need.need_id:
        raise NotPossible("Say by when it is needed: today or a later day.")
    for text in (need.organisation, need.what, need.how_much):
        if found := personal_data(text):
            raise NotPossible(f"{found}: leave it out. The list of needs is public.")


def _why_not(need_id: int, before: str, state: str) -> str:
    if before == "lapsed":
        return f"Need {need_id} has lapsed. Give it a later day of review first."
    possible = [STATES[name].lower() for name in NEXT[before]]
    text = f"Need {need_id} is {STATES[before].lower()}, and can't be {STATES[state].lower()}."
    return f"{text} It can be: {', '.join(possible)}." if possible else text
