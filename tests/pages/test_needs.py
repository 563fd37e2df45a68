"""What organisations ask for, from the list to who confirms that it was met."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import TextInput

from anchornet.access import Person
from anchornet.facts.build import open_network
from anchornet.settings import Settings
from anchornet.store.database import Database, utc_now
from anchornet.store.framework import SAMPLE, load_framework
from anchornet.store.needs import Need, needs, record_event, record_need

Visit = Callable[..., AppTest]
Look = Callable[[Person, int], AppTest]
Said = Callable[[AppTest], str]
Small = Callable[[str, str, str, str], None]
Opened = Callable[[], Database]

ASKER = Person("asks@sample.invalid", "Asks", frozenset({"vcse_infrastructure"}))
COORDINATOR = Person("runs@sample.invalid", "Runs", frozenset({"coordinator"}))
MEMBER = Person("sends@sample.invalid", "Sends", frozenset({"member_contributor"}), "council")
VIEWER = Person("looks@sample.invalid", "Looks", frozenset({"member_viewer"}), "council")
PROMISES = """
    source,agreement_ref,agreement_title,starts_on,ends_on,organisation_name,measure,promised,delivered,published
    contract,C-1,Cleaning,2026-01-01,2099-12-31,Sample Cleaning Ltd,volunteering,100,10,yes
    contract,C-2,Roofs,2026-01-01,2099-12-31,Sample Roofs Ltd,volunteering,100,100,yes
    contract,C-3,Glass,2026-01-01,2099-12-31,Sample Glass Ltd,volunteering,100,10,
    contract,C-4,Locks,2026-01-01,2099-12-31,Sample Locks Ltd,local_spend,100,10,yes
"""


@pytest.fixture
def promised(small: Small, settings: Settings, opened: Opened) -> Opened:
    """opened() -> the database, once a page was visited: with promises in it."""
    database = open_network(settings)
    load_framework(database, SAMPLE.read_bytes(), by="x")
    database.close()
    small("council", "commitments", "2026-09", PROMISES)
    return opened


@pytest.fixture
def look(visit: Visit) -> Callable[[Person, int], AppTest]:
    """look(person, number) -> the page with that need open."""

    def look(person: Person, number: int) -> AppTest:
        app = visit("needs", person)
        app.query_params["need"] = str(number)
        app.run()
        assert not app.exception
        return app

    return look


def need(**changes: object) -> Need:
    today = utc_now().date()
    return Need(**{
        "organisation": "Sample Youth CIC", "outcome": "strong_communities", "kind": "volunteers",
        "what": "Ten people to paint a hall", "review_on": today + timedelta(days=30),
    } | changes)  # type: ignore[arg-type] # fmt: skip


def field(app: AppTest, label: str) -> TextInput:
    (found,) = [each for each in app.text_input if each.label == label]
    return found


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [each for each in app.button if each.label == label]
    button.click().run()
    assert not app.exception
    return app


def test_a_need_goes_from_the_form_to_confirmed(
    promised: Opened, visit: Visit, look: Look, said: Said
) -> None:
    app = visit("needs", ASKER)
    assert "Nobody has asked for anything yet; one promise is on offer." in said(app)
    field(app, "Organisation that asks").set_value("Sample Youth CIC")
    app.text_area[0].set_value("Ten people to paint a hall")
    press(app, "Add need")
    assert "One need is open; one promise is on offer." in said(app)
    (asked,) = needs(promised())
    assert (asked.organisation, asked.asked_by) == ("Sample Youth CIC", ASKER.email)

    app = look(COORDINATOR, asked.need_id)
    field(app, "Introduced to").set_value("Sample Cleaning Ltd, its team")
    press(app, "Save introduction")
    press(app, "Save agreement")
    # What a need is agreed with is on offer no more.
    assert "No need is open, one under way; no promise is on offer." in said(app)
    assert "Sample Cleaning Ltd: Cleaning; volunteering in working time (hours)" in said(app)
    press(app, "Delivered")
    assert f"Who asked confirms that it was met: {ASKER.email}." in said(app)
    assert not [each for each in app.button if each.label.startswith("Confirm")]

    app = press(look(ASKER, asked.need_id), "Confirm that it was met")
    assert "No need is open, one met; no promise is on offer." in said(app)
    (met,) = needs(promised())
    assert [event.state for event in met.events] == [
        "introduced", "agreed", "delivered", "confirmed",
    ]  # fmt: skip
    assert met.events[0].role == "Coordinator"


def test_each_role_sees_and_does_what_is_its_own(
    promised: Opened, visit: Visit, look: Look, said: Said
) -> None:
    visit("needs")
    number = record_need(promised(), need(), by=ASKER.email)
    for person, introduces, adds in (
        (ASKER, True, True),
        (COORDINATOR, True, True),
        (MEMBER, True, False),
        (VIEWER, False, False),
    ):
        app = look(person, number)
        assert "Sample Cleaning Ltd: Cleaning" in said(app)
        labels = {each.label for each in app.button}
        assert ("Save introduction" in labels, "Add need" in labels) == (introduces, adds)
        # A promise that is not published is nobody's offer.
        assert "Sample Glass Ltd" not in said(app)
    for page in ("overview", "spend", "commitments", "submit", "organisations", "meetings"):
        app = visit(page, ASKER)
        assert not app.exception
        assert not app.metric
        assert "£" not in said(app), page


def test_a_need_that_lapsed_is_given_a_later_day(
    promised: Opened, visit: Visit, look: Look, said: Said
) -> None:
    visit("needs")
    database, today = promised(), utc_now().date()
    before = utc_now() - timedelta(days=20)
    number = record_need(
        database, need(review_on=today - timedelta(days=3)), by=ASKER.email, now=before
    )
    soon = need(what="A van on Fridays", review_on=today + timedelta(days=5))
    record_event(
        database, record_need(database, soon, by=ASKER.email), "introduced", by="x", words="A firm"
    )
    app = look(ASKER, number)
    text = " ".join(each.value for each in app.code)
    assert re.search(r"A van on Fridays\. It was introduced to A firm\. Is it still wanted\?", text)
    assert "If it is still wanted, give it a later day." in text
    assert "Lapsed" in said(app)
    press(app, "Save need")
    assert {each.state(today) for each in needs(promised())} == {"open", "introduced"}


def test_what_may_not_be_public_is_refused_and_stays_typed(promised: Opened, visit: Visit) -> None:
    app = visit("needs", ASKER)
    field(app, "Organisation that asks").set_value("Sample Youth CIC")
    app.text_area[0].set_value("Ring 0161 496 0000")
    press(app, "Add need")
    assert "looks like a telephone number" in app.error[0].value
    assert app.text_area[0].value == "Ring 0161 496 0000"
    assert needs(promised()) == []
