"""Meetings and targets: what the delivery group decides, and what the coordinator keeps."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from anchornet.access import Person, sample_people
from anchornet.store.actions import actions
from anchornet.store.area_statistics import area_facts, recorded_rates
from anchornet.store.database import Database, utc_now
from anchornet.store.meetings import meetings
from anchornet.store.targets import Target, target_history, targets

Visit = Callable[..., AppTest]
Said = Callable[[AppTest], str]
Small = Callable[[str, str, str, str], None]
Opened = Callable[[], Database]

PEOPLE = sample_people([("council", "Sample council")])
COORDINATOR = Person("runs@sample.invalid", "Runs", frozenset({"coordinator"}))
GROUP = Person("chief@sample.invalid", "Chief", frozenset({"delivery_group"}))
TODAY = utc_now().date()
SPEND = """
    supplier_name,supplier_postcode,paid_on,amount_gbp
    Near Ltd,M2 5DB,2026-09-02,300
    Far Ltd,LS1 1UR,2026-09-20,700
"""


def press(app: AppTest, label: str) -> AppTest:
    next(it for it in app.button if it.label == label).click().run()
    assert not app.exception
    return app


def fill(app: AppTest, **typed: str) -> None:
    """Types into the text fields with these labels, underscores for spaces."""
    for label, text in typed.items():
        field = next(it for it in app.text_input if it.label == label.replace("_", " "))
        field.input(text)


def pick(app: AppTest, label: str, value: object) -> AppTest:
    next(it for it in app.selectbox if it.label == label).set_value(value).run()
    assert not app.exception
    return app


@pytest.mark.parametrize("page", ["meetings", "targets"])
def test_a_page_says_whom_it_is_for(looked_at: Path, visit: Visit, said: Said, page: str) -> None:
    refusal = {"meetings": "Actions are for the", "targets": "Targets are set by the coordinator"}
    roles = {"meetings": {"delivery_group", "coordinator"}, "targets": {"coordinator"}}[page]
    for person in PEOPLE:
        app = visit(page, person)
        assert not app.error
        assert (refusal[page] in said(app)) == (not person.roles & roles)
        asked = [field for field in app.text_input if field.label != "Search"]
        assert bool(asked) == bool(person.roles & roles)
        assert "Open Government Licence" in said(app)


@pytest.mark.parametrize("page", ["meetings", "targets"])
def test_an_empty_network_breaks_neither_page(
    small: Small, visit: Visit, said: Said, page: str
) -> None:
    app = visit(page, COORDINATOR)
    assert not app.error
    assert {
        "meetings": "No meeting of the delivery group is planned; no action is open.",
        "targets": "No target is set yet, so no figure has a status.",
    }[page] in said(app)


def test_the_sample_meeting_page_leads_with_what_has_no_action(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    words = said(visit("meetings", GROUP))
    assert re.search(r"Needs attention in September 2026: \w+ figures?[;,] .*action\.", words)
    assert words.index("Needs attention, with no action") < words.index("Open actions")
    assert "Retention after 6 months (26 weeks), the network" in words
    assert "6 points below profile" in words
    assert "carried over two meetings" in words or "carried over three meetings" in words
    assert "Nine of the twelve members do so" in words


def test_an_off_track_figure_gets_an_action_which_is_then_closed(
    small: Small, visit: Visit, said: Said, opened: Opened
) -> None:
    for member_id in ("council", "hospital"):
        small(member_id, "spend", "2026-08", SPEND.replace("2026-09", "2026-08"))
        small(member_id, "spend", "2026-09", SPEND)
    app = visit("targets", COORDINATOR)
    pick(app, "Indicator", "local_spend_share")
    next(it for it in app.selectbox if it.label == "Baseline month").set_value(date(2025, 9, 1))
    fill(app, Baseline="40%", Target="50%", Tolerance="5%")
    press(app, "Save target")
    assert "The target is saved" in said(app)
    app = visit("meetings", GROUP)
    assert "Local spend, the network" in said(app)
    assert "30%, 1" in said(app)  # points below a profile between 40% and 50%
    fill(app, What_will_be_done="List ten contracts", Owner="Procurement leads")
    press(app, "Save action")
    assert "The action is saved." in said(app)
    assert "Needs attention, with no action" not in said(app)
    assert "List ten contracts" in said(app)
    (action,) = actions(opened()).to_dict("records")
    assert (action["indicator"], action["who"]) == ("local_spend_share", "Procurement leads")
    assert action["due_on"] == TODAY + timedelta(days=56)
    fill(app, Outcome="All ten are listed.")
    press(app, "Close action")
    assert "The action is closed." in said(app)
    assert "All ten are listed." in said(app)
    assert "No action is open." in said(app)
    press(app, "Undo")
    assert "The action is open again." in said(app)
    assert "Undo" not in {button.label for button in app.button}
    assert list(actions(opened())["state"]) == ["open"]
    fill(app, Outcome="All ten are listed.")
    press(app, "Close action")
    # Closed, and still off track: it asks again.
    assert "Needs attention, with no action" in said(app)


def test_what_is_missing_is_said_and_what_was_typed_stays(
    small: Small, visit: Visit, opened: Opened
) -> None:
    app = visit("meetings", GROUP)
    fill(app, What_will_be_done="List ten contracts")
    press(app, "Save action")
    (error,) = app.error
    assert "which role or team does it" in error.value
    assert next(it for it in app.text_input if it.label == "What will be done").value
    assert actions(opened()).empty


def test_an_action_is_carried_to_a_later_day(
    small: Small, visit: Visit, said: Said, opened: Opened
) -> None:
    app = visit("meetings", GROUP)
    fill(app, What_will_be_done="Ask", Owner="HR leads")
    press(app, "Save action")
    later = TODAY + timedelta(days=100)
    next(it for it in app.date_input if it.label == "Or a new due date").set_value(later)
    press(app, "Carry over")
    assert "The action is carried over to" in said(app)
    (action,) = actions(opened()).to_dict("records")
    assert (action["due_on"], action["what"], action["state"]) == (later, "Ask", "open")


def test_only_the_coordinator_keeps_dates_and_the_area(small: Small, visit: Visit) -> None:
    labels = {it.label for it in visit("meetings", GROUP).button}
    assert "Save action" in labels
    assert not {"Save meeting", "Save figure"} & labels
    labels = {it.label for it in visit("meetings", COORDINATOR).button}
    assert {"Save action", "Save meeting", "Save figure"} <= labels


def test_a_meeting_is_recorded_moved_and_taken_off(
    small: Small, visit: Visit, said: Said, opened: Opened
) -> None:
    app = visit("meetings", COORDINATOR)
    fill(app, Name="Delivery group, December")
    next(it for it in app.date_input if it.label == "Day").set_value(date(2030, 12, 2))
    press(app, "Save meeting")
    assert "The delivery group meets next on 2 December 2030" in said(app)
    (meeting,) = meetings(opened())
    assert meeting.starts_at == datetime(2030, 12, 2, 9)
    pick(app, "Meeting", meeting.meeting_id)
    next(it for it in app.date_input if it.label == "Day").set_value(date(2030, 12, 9))
    press(app, "Save meeting")
    assert [it.starts_at.day for it in meetings(opened())] == [9]
    pick(app, "Meeting", meeting.meeting_id)
    app.button(key="meeting_cancel").click().run()
    assert "Delivery group, December is cancelled." in said(app)
    assert meetings(opened()) == []
    # It can be taken back while one stays on the page, whatever else is chosen there.
    pick(app, "Figure", "residents_under_25_share")
    assert "Delivery group, December is cancelled." in said(app)
    press(app, "Undo")
    assert "Delivery group, December takes place after all." in said(app)
    assert [it.starts_at.day for it in meetings(opened())] == [9]
    pick(app, "Meeting", meeting.meeting_id)
    app.button(key="meeting_cancel").click().run()
    app.switch_page("../../pages/targets.py").run()
    assert "Undo" not in {button.label for button in app.button}


def test_a_figure_of_the_area_is_kept_and_a_wrong_one_is_not(
    small: Small, visit: Visit, said: Said, opened: Opened
) -> None:
    app = visit("meetings", COORDINATOR)
    assert "not given yet" in said(app)
    pick(app, "Figure", "residents_under_25_share")
    fill(app, Value="27", Source="The census")
    press(app, "Save figure")
    (error,) = app.error
    assert "should be a share from 0% to 100%" in error.value
    fill(app, Value="27%")
    press(app, "Save figure")
    (fact,) = area_facts(opened()).to_dict("records")
    assert (fact["value"], fact["source"], fact["recorded_by"]) == (
        0.27, "The census", "runs@sample.invalid",
    )  # fmt: skip
    assert "27%" in said(app)


def test_a_target_is_changed_and_its_history_stays(
    sample: Path, visit: Visit, said: Said, opened: Opened
) -> None:
    app = visit("targets", COORDINATOR)
    assert "held to nine targets, and three members are held to four of their own" in said(app)
    pick(app, "Indicator", "starts")
    (area,) = app.text_area
    assert "2024-10=420\n2024-11=350" in area.value
    area.input("2026-10\t400\n2027-03=330")
    fill(app, Target="330")
    press(app, "Save target")
    history = target_history(opened(), "starts")
    assert len(history) == 2
    _, by, now = history[0]
    assert by == "runs@sample.invalid"
    assert now == Target(
        "starts", date(2027, 3, 1), 330, profile={date(2026, 10, 1): 400, date(2027, 3, 1): 330}
    )
    assert "330 by Mar\N{NO-BREAK SPACE}27" in said(app)
    assert "315 by Mar\N{NO-BREAK SPACE}27" in said(app)
    app.button(key="target_remove").click().run()
    assert "removed" in said(app)
    assert "starts" not in [it.indicator for it in targets(opened())]
    press(app, "Undo")
    assert "The target is back." in said(app)
    assert target_history(opened(), "starts")[0][2] == now


def test_a_members_own_target_is_set(small: Small, visit: Visit, opened: Opened) -> None:
    app = visit("targets", COORDINATOR)
    pick(app, "Indicator", "spend")
    pick(app, "Owner", "council")
    fill(app, Baseline="£1,000", Target="£1,200,000")
    press(app, "Save target")
    (target,) = targets(opened())
    assert (target.member_id, target.baseline, target.target) == ("council", 1000, 1_200_000)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"Baseline": "40%"}, "Enter a target."),
        ({"Baseline": "40%", "Target": "lots"}, "The target should be a number, and is 'lots'."),
        ({"Target": "45%"}, "Give a baseline and its month for a straight line, or a profile."),
        ({"Baseline": "40%", "Target": "45"}, "A share is at most 100%."),
        ({"Baseline": "40%", "Target": "45%", "Tolerance": "150%"}, "Tolerance is a share from 0"),
    ],
)
def test_a_target_that_can_not_be_says_why(
    small: Small, visit: Visit, opened: Opened, typed: dict[str, str], expected: str
) -> None:
    app = visit("targets", COORDINATOR)
    pick(app, "Indicator", "local_spend_share")
    fill(app, **typed)
    press(app, "Save target")
    (error,) = app.error
    assert expected in error.value.replace("\\", "")
    assert targets(opened()) == []


def test_a_file_of_targets_is_loaded_and_its_faults_told(
    small: Small, visit: Visit, said: Said, opened: Opened
) -> None:
    app = visit("targets", COORDINATOR)
    heading = "indicator,baseline_period,baseline,target_period,target\n"
    app.file_uploader[0].upload("targets.csv", f"{heading}spends,2025-09,1,2026-12,2\n".encode())
    press(app.run(), "Load these targets")
    assert "is not an indicator" in said(app)
    assert targets(opened()) == []
    good = f"{heading}spend,2025-09,1,2026-12,2\n".encode()
    app.file_uploader[0].upload("targets.csv", good)
    press(app.run(), "Load these targets")
    assert "The targets are loaded" in said(app)
    assert [it.indicator for it in targets(opened())] == ["spend"]


def test_the_coordinator_adds_a_rate_that_was_announced(
    sample: Path, visit: Visit, said: Said, opened: Opened
) -> None:
    app = visit("meetings", COORDINATOR)
    fill(app, **{"Rate of": "2026-27", "UK, an hour": "£14.05", "London, an hour": "15.40"})
    press(app, "Save rate")
    assert "The rate is saved." in said(app)
    (found,) = recorded_rates(opened())
    assert [found[0], *map(str, found[3:])] == ["2026-27", "14.05", "15.40"]
    fill(app, **{"Rate of": "next year", "UK, an hour": "14.05", "London, an hour": "15.40"})
    press(app, "Save rate")
    assert "Write the year of the rate" in app.error[0].value
