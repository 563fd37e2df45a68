"""What becomes of needs."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchornet.returns.pii import personal_data
from anchornet.store.database import Database
from anchornet.store.framework import SAMPLE, load_framework
from anchornet.store.needs import (
    NEXT,
    STATES,
    WAITING,
    Event,
    Need,
    needs,
    record_event,
    record_need,
    state_of,
)
from anchornet.store.network import NotPossible

ASKER, OTHER = "asker@example.org", "other@example.org"
NOW = datetime(2026, 9, 1, 9)
TODAY = NOW.date()
NEED = Need(
    "Sample Youth Project CIC", "strong_communities", "volunteers", "Four people to paint a hall",
    date(2026, 11, 30), "two days", needed_by=date(2026, 10, 31),
)  # fmt: skip
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31))


@pytest.fixture
def framed(database: Database) -> Database:
    load_framework(database, SAMPLE.read_bytes(), by=ASKER, now=datetime(2026, 1, 1))
    return database


@given(st.lists(st.sampled_from([*NEXT])), MOMENTS, st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_a_need_is_what_became_of_it_last_unless_it_waited_too_long(
    states: list[str], moment: datetime, today: date
) -> None:
    events = [Event(state, moment, ASKER) for state in states]
    before, after = today - timedelta(days=1), today + timedelta(days=1)
    last = states[-1] if states else "open"
    assert state_of(events, today, today) == state_of(events, after, today) == last
    assert state_of(events, before, today) == ("lapsed" if last in WAITING else last)


def test_a_need_goes_from_open_to_confirmed(framed: Database) -> None:
    number = record_need(framed, NEED, by=ASKER, now=NOW)
    steps: list[tuple[str, dict[str, str]]] = [
        ("introduced", {"words": "Sample Builders Ltd, social value team", "role": "coordinator"}),
        ("agreed", {"promise": "0123456789ab"}),
        ("delivered", {}),
        ("confirmed", {}),
    ]
    for days, (state, more) in enumerate(steps, 3):
        at = NOW + timedelta(days=days)
        record_event(framed, number, state, by=ASKER, now=at, **more)  # type: ignore[arg-type]
        (need,) = needs(framed)
        assert need.state(TODAY) == state
        assert need.promise == (None if state == "introduced" else "0123456789ab")
    assert need.introduced_at == NOW + timedelta(days=3)
    assert need.closed_on(TODAY) == date(2026, 9, 7)
    assert (need.asked_at, need.asked_by) == (NOW, ASKER)
    assert needs(framed, NOW)[0].state(TODAY) == "open"


@pytest.mark.parametrize("before", NEXT)
def test_nothing_else_becomes_of_a_need(framed: Database, before: str) -> None:
    number = record_need(framed, NEED, by=ASKER, now=NOW)
    path = {
        "open": [], "lapsed": [], "introduced": ["introduced"], "withdrawn": ["withdrawn"],
        "agreed": ["introduced", "agreed"], "delivered": ["introduced", "agreed", "delivered"],
        "confirmed": ["introduced", "agreed", "delivered", "confirmed"],
    }[before]  # fmt: skip
    for state in path:
        record_event(framed, number, state, by=ASKER, words="The team", promise="x", now=NOW)
    now = datetime(2027, 1, 1) if before == "lapsed" else NOW
    for state in {*STATES} - {*NEXT[before]}:
        with pytest.raises(NotPossible, match=f"Need {number} "):
            record_event(framed, number, state, by=ASKER, words="A team", promise="x", now=now)
    assert needs(framed)[0].state(now.date()) == before


def test_only_who_asked_confirms_and_an_introduction_says_to_whom(framed: Database) -> None:
    number = record_need(framed, NEED, by=ASKER, now=NOW)
    with pytest.raises(NotPossible, match="to whom"):
        record_event(framed, number, "introduced", by=OTHER, now=NOW)
    record_event(framed, number, "introduced", by=OTHER, words="The estates team", now=NOW)
    with pytest.raises(NotPossible, match="which commitment"):
        record_event(framed, number, "agreed", by=OTHER, now=NOW)
    record_event(framed, number, "agreed", by=OTHER, promise="x", now=NOW)
    record_event(framed, number, "delivered", by=OTHER, now=NOW)
    with pytest.raises(NotPossible, match=ASKER):
        record_event(framed, number, "confirmed", by=OTHER, now=NOW)
    record_event(framed, number, "confirmed", by=ASKER, now=NOW)


def test_an_introduction_that_came_to_nothing_leaves_the_need_open(framed: Database) -> None:
    number = record_need(framed, NEED, by=ASKER, now=NOW)
    record_event(framed, number, "introduced", by=OTHER, words="The estates team", now=NOW)
    record_event(framed, number, "agreed", by=OTHER, promise="x", now=NOW)
    record_event(framed, number, "open", by=OTHER, words="They have no paint", now=NOW)
    (need,) = needs(framed)
    assert (need.state(TODAY), need.promise) == ("open", None)


def test_a_need_lapses_after_its_day_of_review_and_a_later_day_brings_it_back(
    framed: Database,
) -> None:
    number = record_need(framed, NEED, by=ASKER, now=NOW)
    (need,) = needs(framed)
    assert need.state(date(2026, 11, 30)) == "open"
    assert need.state(date(2026, 12, 1)) == "lapsed"
    assert need.closed_on(date(2027, 1, 1)) == date(2026, 12, 1)
    later = replace(need, review_on=date(2027, 3, 1))
    assert record_need(framed, later, by=OTHER, now=datetime(2026, 12, 5)) == number
    (need,) = needs(framed)
    assert need.state(date(2026, 12, 5)) == "open"
    assert (need.asked_at, need.asked_by) == (NOW, OTHER)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"organisation": " "}, "which organisation"),
        ({"what": ""}, "what for"),
        ({"what": "x" * 501}, "less than 500"),
        ({"kind": "cars"}, "no kind cars"),
        ({"outcome": "nothing"}, "no outcome nothing"),
        ({"review_on": date(2026, 8, 31)}, "looked at again"),
        ({"needed_by": date(2026, 8, 31)}, "by when"),
        ({"what": "Ring 0161 496 0000 about paint"}, "telephone number"),
        ({"what": "Write to hall@example.org"}, "e-mail address"),
        ({"organisation": "Mrs Sample"}, "person's name"),
        ({"need_id": 99}, "no need 99"),
    ],
)
def test_what_can_not_be_a_need_is_refused(
    framed: Database, change: dict[str, object], why: str
) -> None:
    with pytest.raises(NotPossible, match=why):
        record_need(framed, replace(NEED, **change), by=ASKER, now=NOW)  # type: ignore[arg-type]
    assert needs(framed) == []


@pytest.mark.parametrize(
    "text",
    [
        "Four people on 12 October 2026, for 100 hours at £20",
        "20 chairs and 0.5 tonnes of soil",
        "The Manor House, room 12; SK4 4JL",
        "Misses no bus; Drs' surgery",
        "10 01 2026 to 12 01 2026",
    ],
)
def test_an_ordinary_text_is_no_personal_data(text: str) -> None:
    assert personal_data(text) == ""


@pytest.mark.parametrize(
    "text", ["07700 900123", "+44 7700 900 123", "(0161) 496-0000", "QQ 12 34 56 C", "Dr Sample"]
)
def test_what_reaches_or_names_a_person_is(text: str) -> None:
    if text.startswith("QQ"):
        text = "AB 12 34 56 C"
    assert personal_data(f"Ask {text} for it")
