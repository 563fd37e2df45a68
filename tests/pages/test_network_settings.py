"""What the network decides for itself is changed on its page, and holds at once."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from anchornet.access import Person
from anchornet.narrative.network_settings import TITLES
from anchornet.settings import NETWORK_SETTINGS
from anchornet.store.database import Database, utc_now
from anchornet.store.network import due_dates
from tests.pages.test_meetings import press
from tests.pages.test_setup import put

Visit = Callable[..., AppTest]
Said = Callable[[AppTest], str]
Opened = Callable[[], Database]

COORDINATOR = Person("runs@sample.invalid", "Runs", frozenset({"coordinator"}))


def test_every_setting_has_its_words() -> None:
    assert [*TITLES] == [*NETWORK_SETTINGS]


def test_each_change_holds_at_once_and_stands_in_the_history(
    sample: Path, visit: Visit, said: Said, opened: Opened
) -> None:
    app = visit("network_settings", COORDINATOR)
    assert "Sample Anchor Network covers Manchester, within Greater Manchester." in said(app)
    assert app.text_input(key="typed_network_name").value == "Sample Anchor Network"
    put(app, "network_name", "Another Name")
    press(app, "Save name")
    assert "Another Name covers Manchester" in said(app)

    before = due_dates(opened(), date(2026, 9, 1))
    put(app, "deadlines_due_days", 10, "number_input")
    press(app, "Save deadlines")
    assert due_dates(opened(), date(2026, 9, 1)) == before  # a month that has ended
    this = utc_now().date().replace(day=1)
    assert due_dates(opened(), this).due_on.day == 10

    put(app, "rules_tolerance", 12.5, "number_input")
    press(app, "Save rules")
    assert opened().settings.tolerance == 0.125

    put(app, "area_area", ["E08000003", "E08000006"], "multiselect")
    put(app, "area_area_name", "Manchester and Salford")
    press(app, "Save area")
    assert opened().settings.area == ("E08000003", "E08000006")
    assert "Another Name covers Manchester and Salford" in said(app)

    put(app, "deadlines_closing_days", 5, "number_input")
    press(app, "Save deadlines")
    assert "should follow one another" in app.error[0].value.replace("\\", "")

    history = said(app)
    for row in (
        "<td>Name of the network</td><td>Another Name</td><td>runs@sample.invalid</td>",
        "<td>Name of the network</td><td>Sample Anchor Network</td><td>the settings file</td>",
        "<td>Tolerance</td><td>12.5%</td>",
        "<td>Area</td><td>Manchester, Salford</td>",
    ):
        assert row in history


def test_what_a_variable_gives_is_said_and_left_alone(
    sample: Path, visit: Visit, said: Said, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANCHORNET_DUE_DAYS", "12")
    app = visit("network_settings", COORDINATOR)
    assert "ANCHORNET_DUE_DAYS" in said(app)
    assert app.number_input(key="typed_deadlines_due_days").disabled
    put(app, "deadlines_closing_days", 50, "number_input")
    press(app, "Save deadlines")
    assert not app.error
    settings = opened().settings
    assert (settings.due_days, settings.closing_days) == (12, 50)
