"""Framework: for everyone who is signed in, and edited by the coordinator alone."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from anchornet.access import ACCESS, ROLES, Person, allowed, sample_people
from anchornet.facts.build import open_network
from anchornet.narrative import framework as words
from anchornet.settings import Settings
from anchornet.store.database import Database
from anchornet.store.framework import (
    SAMPLE,
    framework,
    framework_history,
    load_framework,
    read_framework,
)
from anchornet.store.network import mark_sample
from anchornet.ui.framework import EDIT, parts
from anchornet.ui.search import search
from tests.pages.conftest import Serve

Visit = Callable[..., AppTest]
Said = Callable[[AppTest], str]
READERS = [role for role in ROLES if role in ACCESS["see_network_figures"]]
PEOPLE = [
    person
    for person in sample_people([("city-council", "Sample City Council")])
    if allowed(person, "see_network_figures")
]
SHIPPED = read_framework(SAMPLE.read_bytes())
VIEWER = next(person for person in PEOPLE if "member_viewer" in person.roles)
COORDINATOR = PEOPLE[-1]


def labels(app: AppTest) -> list[str]:
    return [button.label for button in [*app.button, *app.download_button]]


@pytest.fixture
def without(serve: Serve, settings: Settings, database: Database) -> Callable[[], None]:
    """A network that has no framework and no returns."""

    def opened() -> None:
        mark_sample(database)
        database.close()
        serve(settings)

    return opened


def test_everybody_sees_how_each_outcome_stands_and_what_nobody_measures(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    for person in PEOPLE:
        app = visit("framework", person)
        assert not app.error, person
        text = said(app)
        assert re.search(r'<h1 class="an-answer">Four of six outcomes are measured, and', text)
        assert text.count("Nothing measures this yet.") == 2  # of six outcomes
        assert "An offer of it can be passed on to whoever needs it." in text
        assert re.search(r">Local spend \(%\)</a></td>.*?<b>\d\d%</b>.*?Off track", text)


def test_each_reads_the_sentence_for_them_first_and_can_read_the_others(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    sentences = {
        "supplier": "Deliver the homes, green space and contributions that were agreed",
        "commissioner": "Record each obligation with its amount and its date",
        "councillor": "What developers promised when they were given permission",
    }
    readers = {
        "member_contributor": "commissioner",
        "member_viewer": "commissioner",
        "delivery_group": "councillor",
        "comms": "councillor",
        "coordinator": "commissioner",
    }
    assert set(readers) == set(READERS)
    for person in PEOPLE:
        (role,) = person.roles
        app = visit("framework", person)
        text = said(app)
        assert [name for name in sentences if sentences[name] in text] == [readers[role]]
    app.query_params["reader"] = "supplier"
    app.run()
    assert sentences["supplier"] in said(app)


def test_one_outcome_is_found_by_the_search_and_shown_alone(
    looked_at: Path, visit: Visit, said: Said, open_sample: Database
) -> None:
    for person in PEOPLE:
        for text in ("carbon neutral", "reduction plan"):
            (result,) = [one for one in search(open_sample, person, text) if one.kind == "Outcome"]
            assert result.address == "/framework?outcome=low_carbon"
    app = visit("framework", VIEWER)
    app.query_params["outcome"] = "low_carbon"
    app.run()
    assert "Carbon neutral and clean air: nothing measures this yet." in said(app)
    assert "Local jobs and skills" not in said(app)
    app.query_params["outcome"] = "<b>odd"
    app.run()
    assert "Four of six outcomes are measured" in said(app)


def test_a_contract_is_asked_what_its_value_bears(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    app = visit("framework", VIEWER)
    app.query_params["show"] = "contracts"
    app.run()
    assert "A contract of £60,000 is asked for two measures at most" in said(app)
    assert "Procurement Act" not in said(app)
    app.multiselect(key="contract_measures").set_value(
        ["local_jobs", "apprenticeships", "carbon_plan"]
    ).run()
    (warning,) = app.warning
    assert "Three measures for a contract of £60,000: more than is proportionate" in warning.value
    app.number_input(key="contract_value").set_value(6_000_000).run()
    assert not app.warning
    assert "twelve measures at most" in said(app)
    assert "Procurement Act 2023" in said(app)
    assert "Schedule as PDF" in labels(app)
    assert not app.error


def test_a_contributor_makes_a_pledge_of_what_a_member_can_do_by_itself(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    for person in PEOPLE:
        app = visit("framework", person)
        app.query_params["show"] = "pledges"
        app.run()
        assert not app.error
        assert "17 things a member can do by itself" in said(app)
        sends = "member_contributor" in person.roles
        assert [box.label for box in app.multiselect] == ["What you will do"] * sends
        if sends:
            app.multiselect(key="pledges_chosen").set_value(["say_why", "own_carbon"]).run()
            (amount,) = app.number_input
            assert amount.label == "Carbon saved\\: how many tonnes?"
            assert "Lines for the Commitments return" not in labels(app)
            amount.set_value(300).run()
            assert "Lines for the Commitments return" in labels(app)
            assert not app.error


def test_only_the_coordinator_edits(looked_at: Path, visit: Visit, said: Said) -> None:
    for role in READERS:
        person = next(person for person in PEOPLE if role in person.roles)
        may = role == "coordinator"
        assert allowed(person, "edit_framework") is may
        assert (EDIT in parts(person, SHIPPED)) is may
        app = visit("framework", person)
        app.query_params["show"] = "edit"
        app.run()
        assert bool(app.file_uploader) is may
        assert ("Save outcome" in labels(app)) is may


def test_the_words_of_an_outcome_are_changed_and_the_earlier_ones_stay(
    sample: Path, visit: Visit, said: Said, opened: Callable[[], Database]
) -> None:
    app = visit("framework", COORDINATOR)
    app.query_params["show"] = "edit"
    app.run()
    (title,) = (field for field in app.text_input if field.label == "Title")
    title.set_value("Fair work")
    next(button for button in app.button if button.label == "Save outcome").click().run()
    assert not app.error
    assert "The outcome is saved" in said(app)
    assert "“Fair work”: was called “Good work that pays enough to live on”." in said(app)
    now, before = framework_history(opened())
    assert now.recorded_by == COORDINATOR.email
    assert words.changes(before.framework, now.framework) == [
        "“Fair work”: was called “Good work that pays enough to live on”."
    ]
    next(button for button in app.button if button.label == "Save outcome").click().run()
    assert [error.value for error in app.error] == ["Nothing was changed."]
    (title,) = (field for field in app.text_input if field.label == "Title")
    title.set_value(" ")
    next(button for button in app.button if button.label == "Save outcome").click().run()
    assert [error.value for error in app.error] == ["Fill in every field."]
    assert len(framework_history(opened())) == 2


def test_a_file_says_what_it_would_change_before_it_is_saved(
    sample: Path, visit: Visit, said: Said, opened: Callable[[], Database]
) -> None:
    app = visit("framework", COORDINATOR)
    app.query_params["show"] = "edit"
    app.run()
    text = SAMPLE.read_text(encoding="utf-8")

    def drop(content: str) -> None:
        app.file_uploader[0].set_value(("framework.toml", content.encode(), "text/plain")).run()

    drop(text)
    assert "The file says the same" in str([one.value for one in app.markdown])
    drop(text.replace('unit = "tonnes"', 'unit = "tons"').replace('"starts"', '"hires"'))
    assert "Measure carbon_saved: unit should be one of people, hours" in said(app)
    assert "&#39;hires&#39; is not an indicator" in said(app)
    assert "Save this framework" not in labels(app)
    drop(text.replace("Carbon saved", "Carbon cut"))
    assert "“Carbon cut”: was called “Carbon saved”." in said(app)
    assert len(framework_history(opened())) == 1
    app.button(key="framework_save").click().run()
    assert "The framework is saved" in said(app)
    shared = framework(opened())
    assert shared is not None
    assert shared.measure_codes["carbon_saved"] == "Carbon cut"


def test_a_network_without_a_framework_says_who_starts_one(
    without: Callable[[], None], visit: Visit, said: Said, opened: Callable[[], Database]
) -> None:
    without()
    for role in READERS:
        app = visit("framework", Person("a@sample.invalid", "A", frozenset({role}), "council"))
        assert "The network has no framework yet." in said(app)
        may = role == "coordinator"
        assert ("Start from the sample framework" in labels(app)) is may
        asked = str([one.value for one in app.markdown])
        assert ("Your coordinator can start one." in asked) is not may
    app.button(key="framework_start").click().run()
    assert not app.error
    # No return was sent: outcomes stand with the names of their figures.
    assert "Four of six outcomes are measured. Nothing measures" in said(app)
    assert "No figure yet" in said(app)
    assert framework(opened()) == load_again(opened())


def load_again(database: Database) -> object:
    return load_framework(database, SAMPLE.read_bytes(), by="test", now=datetime(2020, 1, 1))


def test_as_at_a_moment_before_the_first_one_there_was_none(
    sample: Path, visit: Visit, said: Said, opened: Callable[[], Database]
) -> None:
    app = visit("framework", COORDINATOR)
    with opened().writing() as cursor:
        cursor.execute("update frameworks set recorded_at = '2026-11-01'")
    app.query_params["as_at"] = "2026-10-20"
    app.run()
    assert not app.error
    assert "The network had no framework at that moment." in said(app)


def test_what_somebody_typed_is_text_wherever_it_stands(
    sample: Path, visit: Visit, said: Said, opened: Callable[[], Database]
) -> None:
    odd = "<img src=x> [x](http://e.example) $a$"
    text = SAMPLE.read_text(encoding="utf-8")
    for title in ("Carbon neutral and clean air", "Carbon saved"):
        text = text.replace(f'"{title}"', f'"{odd} {title}"')
    app = visit("framework", COORDINATOR)
    load_framework(opened(), text.encode(), by="test")
    for show in ("outcomes", "contracts", "edit"):
        app.query_params["show"] = show
        app.run()
        assert not app.error
        assert "<img src=x>" not in said(app)
        assert not any("[x](http" in one.value for one in app.markdown)


def test_what_was_promised_stands_beside_what_could_be(
    small: Callable[..., None], visit: Visit, said: Said, settings: Settings
) -> None:
    headings = (
        "source,agreement_ref,starts_on,organisation_name,measure,promised,due_on,delivered\n"
    )
    database = open_network(settings)
    load_framework(database, SAMPLE.read_bytes(), by="test", now=datetime(2026, 1, 1))
    database.close()
    # 272 of 729 days have passed: 20 of 60 weeks are too few, 50 of 100 tonnes are enough.
    small(
        "council",
        "commitments",
        "2026-09",
        headings + "contract,A1,2026-01-01,Sample Ltd,work_placements,60,2027-12-31,20\n"
        "contract,A1,2026-01-01,Sample Ltd,carbon_saved,100,2027-12-31,50\n"
        "contract,A2,2026-01-01,Sample Paper Ltd,carbon_saved,10,2027-12-31,\n",
    )
    app = visit("framework", COORDINATOR)
    assert not app.error
    text = said(app)
    assert "4 measures, 1 promised, 0 of 1 promise on profile" in text
    assert "2 measures, 1 promised, 1 of 1 promise on profile" in text
    assert re.search(r"Carbon saved<small>.*?<td>tonnes</td><td class=\"an-num\"><b>110</b>", text)
    assert text.count("Nobody has promised any") == 16  # of 18 measures
    assert text.count("none promised") == 4  # of six outcomes
    assert text.count("See these promises") == 2
    assert 'href="/commitments?outcome=Carbon+neutral+and+clean+air"' in text
    app.query_params["outcome"] = "Carbon neutral and clean air"
    app.switch_page("../../pages/commitments.py").run()
    assert app.selectbox(key="pick_outcome").value == "Carbon neutral and clean air"
