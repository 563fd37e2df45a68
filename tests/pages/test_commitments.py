"""Commitments: what was promised, who sees what of it, and the way from a promise to an action."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from anchornet.access import Person
from anchornet.exports import pack
from anchornet.facts.build import open_network
from anchornet.settings import Settings
from anchornet.store.actions import actions
from anchornet.store.database import Database, utc_now
from anchornet.store.framework import SAMPLE, framework, load_framework, toml_of
from anchornet.store.meetings import record_meeting
from anchornet.store.targets import Target, record_targets

SEPTEMBER = date(2026, 9, 1)

Visit = Callable[..., AppTest]
Said = Callable[[AppTest], str]
Small = Callable[[str, str, str, str], None]
Opened = Callable[[], Database]

COORDINATOR = Person("runs@sample.invalid", "Runs", frozenset({"coordinator"}))
OWN = Person("a@sample.invalid", "A", frozenset({"member_viewer"}), "council")
OTHER = Person("b@sample.invalid", "B", frozenset({"member_viewer"}), "hospital")
PROMISES = """
    source,agreement_ref,agreement_title,organisation_name,measure,own_words,promised,starts_on,due_on,received,delivered,evidenced,published,stated_value_gbp,stated_method
    contract,C-1,Cleaning,Clean Ltd,volunteering,Hours in schools,100,2026-01-01,2026-08-31,,60,60,yes,,
    contract,C-2,Catering,Hidden Ltd,careers_time,,100,2026-01-01,2027-08-31,,90,,no,,
    section_106,S-1,Wharf,Builder Ltd,infrastructure_contributions,,1000000,2026-01-01,2027-08-31,400000,100000,,yes,,
    workspace,W-1,Mill,Studio CIC,affordable_workspace,,450,2026-01-01,2027-12-31,,450,450,yes,18000,Rent below the market's
    contract,C-3,Care,Care Ltd,apprenticeships,,40,2026-01-01,2026-12-10,,5,5,yes,,
"""  # noqa: E501


@pytest.fixture
def promised(small: Small, settings: Settings) -> None:
    database = open_network(settings)
    load_framework(database, SAMPLE.read_bytes(), by=COORDINATOR.email)
    database.close()
    small("council", "commitments", "2026-09", PROMISES)


def open_promise(visit: Visit, said: Said, person: Person, words: str) -> AppTest:
    app = visit("commitments", person)
    (found,) = set(re.findall(rf'promise=(\w+)"[^>]*>{words}', said(app)))
    app.query_params["promise"] = found
    return app.run()


def test_a_network_without_promises_says_who_lists_them(
    small: Small, visit: Visit, said: Said
) -> None:
    small("council", "spend", "2026-09", "supplier_name,paid_on,amount_gbp\nA,2026-09-02,5")
    words = said(visit("commitments", COORDINATOR))
    assert "No member has said by September 2026 what was promised to it." in words
    assert "in the return Commitments, once a quarter" in words


@pytest.mark.usefixtures("promised")
def test_promises_are_told_the_worst_first(visit: Visit, said: Said) -> None:
    words = said(visit("commitments", COORDINATOR))
    # Running and known: careers_time on profile, the money behind, the workspace there already,
    # and five apprentices of about 31.
    assert (
        "The network: two of four running promises whose delivery is known are on profile at "
        "the end of September 2026, and the one that was due by then is not kept." in words
    )
    listed = words[words.index("Promises, the worst first") :]
    order = [listed.index(name) for name in ("Clean Ltd", "Care Ltd", "Builder Ltd", "Studio CIC")]
    assert order == sorted(order)
    assert "£300k was received and not spent yet." in words
    assert "Rent below the market&#39;s" in words
    assert "Hidden" not in words
    assert "Contract, not published, Sample council" in words
    assert ">*<" in listed


@pytest.mark.usefixtures("promised")
def test_what_a_later_framework_has_dropped_keeps_its_name(
    settings: Settings, visit: Visit, said: Said
) -> None:
    database = open_network(settings)
    loaded = framework(database)
    assert loaded is not None
    dropped = loaded.measure("volunteering").outcome
    kept = [each for each in loaded.measures if each.outcome != dropped]
    outcomes = tuple(each for each in loaded.outcomes if each.id != dropped)
    pledges = tuple(each for each in loaded.pledges if each.measure in {each.id for each in kept})
    smaller = replace(loaded, outcomes=outcomes, measures=tuple(kept), pledges=pledges)
    load_framework(database, toml_of(smaller).encode(), by=COORDINATOR.email)
    database.close()
    words = said(visit("commitments", COORDINATOR))
    assert words.count("Volunteering in working time (hours)") == 2  # in the list and its sums
    (title,) = (each.title for each in loaded.outcomes if each.id == dropped)
    assert f"<td>{title}</td>" in words
    assert "volunteering" not in words


@pytest.mark.usefixtures("promised")
def test_of_one_member_picked_people_are_said_not_to_be_shown(visit: Visit, said: Said) -> None:
    for page in ("commitments", "framework"):
        app = visit(page, COORDINATOR)
        app.query_params["members"] = "council"
        words = said(app.run())
        assert "not by member" in words
        assert "£1.00m" in words


@pytest.mark.usefixtures("promised")
def test_a_member_sees_its_own_and_others_what_is_published(visit: Visit, said: Said) -> None:
    for person in (OWN, OTHER):
        words = said(visit("commitments", person))
        assert "Hidden Ltd" not in words
        assert "not published" not in words
        assert "Clean Ltd: Cleaning" in words
    app = visit("commitments", OWN)
    app.query_params["members"] = "council"
    words = said(app.run())
    assert "Hidden Ltd: Catering" in words


@pytest.mark.usefixtures("promised")
def test_a_promise_leads_to_its_history_and_to_an_action_that_the_pack_has(
    visit: Visit, said: Said, opened: Opened
) -> None:
    words = said(open_promise(visit, said, COORDINATOR, "Clean Ltd"))
    assert "Hours in schools" in words
    assert "July to September 2026" in words
    (about,) = set(re.findall(r"meetings\?about=(promise%3A\w+)", words))
    app = visit("meetings", COORDINATOR)
    app.query_params["about"] = about.replace("%3A", ":")
    app.run()
    concern = next(picker for picker in app.selectbox if picker.label == "About")
    assert concern.value.words == "Clean Ltd: Cleaning; volunteering in working time (hours)"
    for label, text in {
        "What will be done": "Meet the supplier",
        "Owner": "Contract managers",
        "Workstream, if it belongs to one": "Procurement",
    }.items():
        next(field for field in app.text_input if field.label == label).input(text)
    next(button for button in app.button if button.label == "Save action").click().run()
    assert not app.exception
    words = said(app)
    assert "Clean Ltd: Cleaning; volunteering in working time (hours) (Procurement)" in words
    (row,) = actions(opened()).to_dict("records")
    assert row["about"] == about.replace("%3A", ":")
    assert row["workstream"] == "Procurement"
    assert row["due_on"] > date.today() - timedelta(days=1)
    record_meeting(opened(), "Delivery group", utc_now() + timedelta(days=9), by=COORDINATOR.email)
    deck = pack.make(opened(), pack.meeting_on(opened()), COORDINATOR.email)
    assert "Clean Ltd: Cleaning; volunteering" in str(deck)


@pytest.mark.usefixtures("promised")
def test_promises_are_found_by_who_made_them(visit: Visit, said: Said) -> None:
    app = visit("overview", OTHER)
    app.text_input(key="search_text").input("clean ltd").run()
    assert "Clean Ltd: Cleaning" in said(app)
    app.text_input(key="search_text").input("hidden ltd").run()
    assert "Nothing found" in said(app)


@pytest.mark.usefixtures("promised")
def test_between_quarters_overview_and_the_pack_hold_the_last_one_to_its_target(
    small: Small, visit: Visit, said: Said, opened: Opened
) -> None:
    for member_id, month in (
        ("council", "2026-06"),
        ("hospital", "2026-06"),
        ("hospital", "2026-09"),
    ):
        small(member_id, "commitments", month, PROMISES)
    small("council", "spend", "2026-10", "supplier_name,paid_on,amount_gbp\nA,2026-10-02,5")
    visit("commitments", COORDINATOR)
    database = opened()
    goal = Target("commitments_on_profile_share", date(2027, 3, 1), 0.9, profile={SEPTEMBER: 0.8})
    record_targets(database, [goal], by=COORDINATOR.email)
    for window in ("month", "quarter"):
        app = visit("overview", COORDINATOR)
        app.query_params["period"], app.query_params["window"] = "2026-10", window
        words = said(app.run())
        attention = words[words.index("Needs attention") : words.index("an-tiles")]
        assert "50%, 30 points below profile of 80%" in attention
        assert "50% at the end of September 2026, 30 points below profile of 80%" in words
    record_meeting(database, "Delivery group", utc_now() + timedelta(days=9), by=COORDINATOR.email)
    deck = str(pack.make(database, pack.meeting_on(database), COORDINATOR.email))
    assert "50% at the end of September 2026, 30 points below profile of 80%" in deck
