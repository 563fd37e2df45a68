"""The list of members, kept by the coordinator while the app runs."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from anchornet.access import ROLES, Person, sample_people
from anchornet.settings import Settings
from anchornet.store.database import Database, utc_now
from anchornet.store.network import mark_sample, members
from anchornet.store.returns_status import returns_board
from tests.pages.conftest import Serve
from tests.pages.test_meetings import fill, pick, press

Visit = Callable[..., AppTest]
Said = Callable[[AppTest], str]
Opened = Callable[[], Database]

COORDINATOR = Person("runs@sample.invalid", "Runs", frozenset({"coordinator"}))
PEOPLE = sample_people([("city-council", "Sample City Council")])
AUGUST = date(2026, 8, 1)


@pytest.fixture
def kept(sample: Path, visit: Visit) -> AppTest:
    """The sample network's list of members as its coordinator sees it."""
    app = visit("members", COORDINATOR)
    app.query_params["show"] = "list"
    return app.run()


def day(app: AppTest, label: str, value: date | None) -> AppTest:
    next(one for one in app.date_input if one.label == label).set_value(value).run()
    assert not app.exception
    return app


def faults(app: AppTest) -> list[str]:
    return [error.value.replace("\\", "") for error in app.error]


def recorded(database: Database, member_id: str) -> dict[str, object]:
    frame = members(database)
    (row,) = frame[frame["member_id"] == member_id].to_dict("records")
    return {str(name): value for name, value in row.items()}


def test_only_the_coordinator_is_offered_the_list(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    assert {role for person in PEOPLE for role in person.roles} == set(ROLES)
    for person in PEOPLE:
        app = visit("members", person)
        app.query_params["show"] = "list"
        app.run()
        assert not app.exception
        may = "coordinator" in person.roles
        assert ("Twelve members are in the network." in said(app)) == may
        assert any(one.label == "Save member" for one in app.button) == may


def test_a_network_without_members_begins_with_the_form(
    serve: Serve,
    settings: Settings,
    database: Database,
    visit: Visit,
    said: Said,
    opened: Opened,
) -> None:
    mark_sample(database)
    database.close()
    serve(settings)
    app = visit("members", COORDINATOR)
    assert "No member has been added yet. Add the first one here." in said(app)
    press(app, "Save member")
    assert faults(app) == ["A member needs a name."]
    fill(app, Name="Sample Trust")
    press(app, "Save member")
    assert faults(app) == ["Choose the kind of member."]
    pick(app, "Kind", "nhs")
    press(app, "Save member")
    assert "Sample Trust is saved." in said(app)
    assert "One member is in the network." in said(app)
    assert recorded(opened(), "sample-trust")["starts_on"] == utc_now().date()


def test_a_member_owes_nothing_before_it_starts_and_the_form_says_what_it_owes_first(
    kept: AppTest, said: Said, opened: Opened
) -> None:
    fill(kept, Name="Sample Museum", Short_ID="museum")
    pick(kept, "Kind", "vcse")
    day(kept, "First day as a member", date(2026, 8, 15))
    # Due 20 days after the month's last day.
    words = said(kept)
    assert "Starting on 15 August 2026, it first owes " in words
    assert "for August 2026, due on 20 September 2026" in words
    assert "are due already and stand as missing until they are sent." in words
    press(kept, "Save member")
    assert "Sample Museum is saved." in said(kept)
    database = opened()
    for month, owes in ((date(2026, 7, 1), False), (AUGUST, True)):
        assert ("museum" in set(returns_board(database, month)["member_id"])) == owes
    day(kept, "First day as a member", date(2099, 1, 1))
    assert "for January 2099, due on 20 February 2099" in said(kept)
    assert "It owes nothing for the months before." in said(kept)


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"Name": "Sample College"}, "Sample College is a member already and has the name"),
        ({"Name": "Other", "Short_ID": "College"}, "is a member already and has the ID College"),
        ({"Name": "Other", "Short_ID": "two words"}, "with no spaces"),
        ({"Name": "Other", "Org-ID": "1234567"}, "For a company's number write GB-COH-01234567."),
        ({"Name": "Other", "Org-ID": "r0a"}, "For an NHS organisation's code write GB-NHS-R0A."),
        ({"Name": "Other", "Org-ID": "<b>x</b>"}, "One looks like GB-NHS-R0A"),
    ],
)
def test_what_cannot_be_is_said_with_its_cure_and_leaves_what_was_typed(
    kept: AppTest, opened: Opened, typed: dict[str, str], error: str
) -> None:
    version = opened().version()
    fill(kept, **typed)
    pick(kept, "Kind", "nhs")
    press(kept, "Save member")
    (shown,) = faults(kept)
    assert error in shown
    name = next(one for one in kept.text_input if one.label == "Name")
    assert name.value == typed["Name"]
    assert opened().version() == version


def test_a_member_is_renamed_ends_and_is_merged_and_each_can_be_taken_back(
    kept: AppTest, said: Said, opened: Opened
) -> None:
    before = recorded(opened(), "college")
    pick(kept, "Member", "college")
    fill(kept, Name="Sample New College")
    day(kept, "Last day as a member", date(2026, 8, 30))
    pick(kept, "Its place is taken by", "university")
    press(kept, "Save member")
    assert "Eleven members are in the network; one has left." in said(kept)
    assert "until 30 August 2026, then Sample University" in said(kept)
    assert recorded(opened(), "college") == before | {
        "name": "Sample New College",
        "ends_on": date(2026, 8, 30),
        "successor_id": "university",
    }
    assert "college" not in set(returns_board(opened(), AUGUST)["member_id"])
    press(kept, "Undo")
    assert "Sample College is as it was." in said(kept)
    assert recorded(opened(), "college") == before


def test_a_merger_needs_a_last_day_and_no_circle(kept: AppTest, opened: Opened) -> None:
    pick(kept, "Member", "college")
    pick(kept, "Its place is taken by", "university")
    press(kept, "Save member")
    assert "Say the last day of college" in faults(kept)[0]
    day(kept, "Last day as a member", date(2026, 8, 31))
    press(kept, "Save member")
    pick(kept, "Member", "university")
    day(kept, "Last day as a member", date(2026, 8, 31))
    pick(kept, "Its place is taken by", "college")
    press(kept, "Save member")
    assert "A member can't take its own place." in faults(kept)[0]
    day(kept, "Last day as a member", date(2001, 1, 1))
    press(kept, "Save member")
    assert "can't leave before it starts" in faults(kept)[0]


def test_one_added_by_mistake_is_removed_and_brought_back(
    kept: AppTest, said: Said, opened: Opened
) -> None:
    fill(kept, Name="Sample Mistake")
    pick(kept, "Kind", "vcse")
    press(kept, "Save member")
    pick(kept, "Member", "sample-mistake")
    press(kept, "Remove member")
    assert "Sample Mistake is removed." in said(kept)
    assert "sample-mistake" not in set(members(opened())["member_id"])
    press(kept, "Undo")
    assert "sample-mistake" in set(members(opened())["member_id"])


def test_one_that_sent_something_stays(kept: AppTest, opened: Opened) -> None:
    pick(kept, "Member", "city-council")
    press(kept, "Remove member")
    assert "has sent returns, so it stays: give it a last day" in faults(kept)[0]
    assert "city-council" in set(members(opened())["member_id"])
