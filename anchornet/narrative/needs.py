"""Needs in sentences and rows: what is asked for, what became of it, and whom to remind."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from anchornet import formatting
from anchornet.formatting import counted, plural
from anchornet.store.needs import KINDS, STATES, Need

NEAR_DAYS = 14  # before the day of review
ANYWHERE = "Anywhere in the area"
# The colour of each state.
STATUS: Mapping[str, str] = {
    "open": "within_tolerance",
    "introduced": "none",
    "agreed": "none",
    "delivered": "none",
    "confirmed": "on_track",
    "lapsed": "off_track",
    "withdrawn": "none",
}
CLOSED = ("confirmed", "lapsed", "withdrawn")


def answer(needs: Sequence[Need], offers: int, today: date) -> str:
    """How many needs wait for what, and how many offers there are."""
    states = [need.state(today) for need in needs]
    waiting = states.count("open")
    if not needs:
        text = "Nobody has asked for anything yet"
    elif not waiting:
        text = "No need is open"
    else:
        text = f"{counted(waiting, 'need is', 'needs are')} open"
    under_way = sum(states.count(state) for state in ("introduced", "agreed", "delivered"))
    if under_way:
        text += f", {formatting.count(under_way)} under way"
    if met := states.count("confirmed"):
        text += f", {formatting.count(met)} met"
    offered = counted(offers, "promise is", "promises are") if offers else "no promise is"
    return formatting.sentence(f"{text}; {offered} on offer")


def year(met: Mapping[Any, Any], waited: Mapping[Any, Any], when: str) -> str:
    """Rows of the two figures of needs for the twelve months: `In the twelve months to October
    2026, 50% of four needs closed were met; half of three were introduced within 14 days.`"""
    parts = []
    if not formatting.is_gap(met["value"]):
        closed = counted(met["base"], "need")
        text = f"{formatting.figure(met['value'], 'share')} of {closed} closed were met"
        if met["base"] == 1:
            text = f"the one need that closed was {'' if met['value'] else 'not '}met"
        parts.append(text)
    if not formatting.is_gap(waited["value"]):
        days = formatting.round_half_up(waited["value"])
        waited_for = f"{days:,} {plural(days, 'day')}"
        introduced = f"{formatting.count(int(waited['base']))} that were introduced"
        text = f"half of {introduced} had waited {waited_for} or less"
        if waited["base"] == 1:
            text = f"the one that was introduced had waited {waited_for}"
        parts.append(text)
    return f"In {when}, {'; '.join(parts)}." if parts else ""


def state(need: Need, today: date) -> tuple[str, str]:
    """The state in words, and its colour."""
    name = need.state(today)
    return STATES[name], STATUS[name]


def lines(
    need: Need, outcomes: Mapping[str, str], areas: Mapping[str, str], commitment: str
) -> list[tuple[str, str]]:
    """All that is asked for, as (what, words). `commitment`: what it is agreed with."""
    details = [
        ("Organisation", need.organisation),
        ("Kind", KINDS[need.kind]),
        ("How much", need.how_much),
        ("Outcome", outcomes.get(need.outcome, "")),
        ("Where", areas.get(need.area, need.area) or ANYWHERE),
        ("Needed by", formatting.day(need.needed_by) if need.needed_by else ""),
        ("Looked at again on", formatting.day(need.review_on)),
        ("Agreed with", commitment),
    ]
    return [(what, words) for what, words in details if words]


def history(need: Need, with_addresses: bool) -> Iterator[str]:
    """What became of it, the last first; by whom, as a role and, `with_addresses`, by e-mail
    address."""
    for event in reversed(need.events):
        what = "Open again" if event.state == "open" else STATES[event.state]
        words = f": {event.words}" if event.words else ""
        if with_addresses:
            role = f" ({event.role})" if event.role else ""
            who = f" by {event.by}{role}"
        else:
            who = f" by {event.role}" if event.role else ""
        yield f"{formatting.day(event.at)}, {what.lower()}{who}{words}"
    if need.asked_at:
        yield f"{formatting.day(need.asked_at)}, asked for"


def reminders(needs: Sequence[Need], today: date) -> list[tuple[Need, str]]:
    """Each need that is looked at again soon, or lapsed lately, with a text to send to who asked;
    the most urgent first."""
    near = [
        need
        for need in needs
        if need.state(today) in ("open", "introduced", "lapsed")
        and abs((need.review_on - today).days) <= NEAR_DAYS
    ]
    return [(need, reminder(need, today)) for need in sorted(near, key=lambda it: it.review_on)]


def reminder(need: Need, today: date) -> str:
    asked = f"{need.organisation} asked for this: {need.what}"
    if need.state(today) == "lapsed":
        return (
            f"{formatting.sentence(asked)} It left the list after "
            f"{formatting.day(need.review_on)}. If it is still wanted, give it a later day."
        )
    stays = formatting.day(need.review_on + timedelta(days=1))
    introduced = [event for event in need.events if event.state == "introduced"]
    since = f" It was introduced to {introduced[-1].words}." if introduced else ""
    return (
        f"{formatting.sentence(asked)}{since} Is it still wanted? If nobody says so by "
        f"{formatting.day(need.review_on)}, it leaves the list on {stays}."
    )


def due_words(need: Need, today: date) -> str:
    days = (need.review_on - today).days
    if days < 0:
        return f"{counted(-days, 'day')} ago"
    return "today" if not days else f"in {days} {plural(days, 'day')}"
