"""What a network decides for itself is in its database, with what was true before."""

from dataclasses import replace
from datetime import date, datetime

import duckdb
import pytest

from anchornet.facts.build import change_settings, open_network
from anchornet.setting_values import PROJECT
from anchornet.settings import NETWORK_SETTINGS, Settings, load, written
from anchornet.store import network_settings
from anchornet.store.database import SETTINGS_FILE, Database
from anchornet.store.network import NotPossible, due_dates
from anchornet.store.opening import open_database
from anchornet.store.schema import migrations
from anchornet.store.submissions import history
from tests.store.test_submissions import send

pytestmark = pytest.mark.of_a_file

SEPTEMBER, OCTOBER, NOVEMBER = (date(2026, month, 1) for month in (9, 10, 11))


def test_a_new_database_begins_with_what_the_file_says_and_goes_its_own_way_from_there(
    settings: Settings,
) -> None:
    first = open_database(replace(settings, network_name="First"), create=True)
    assert first.settings.network_name == "First"
    assert {row.name for row in first.recorded_settings} == {*NETWORK_SETTINGS}
    assert {row.recorded_by for row in first.recorded_settings} == {SETTINGS_FILE}
    first.close()
    again = open_database(replace(settings, network_name="Another", suppress_below=10))
    assert (again.settings.network_name, again.settings.suppress_below) == ("First", 10)
    again.close()


def test_a_database_from_before_takes_over_what_its_file_said(settings: Settings) -> None:
    """The table as an older version left it: not there."""
    open_database(settings, create=True).close()
    with duckdb.connect(str(settings.database)) as older:
        (number,) = [n for n, file in migrations().items() if "network_settings" in file.name]
        older.execute("drop table network_settings")
        older.execute("delete from migrations where number = ?", [number])
    own = replace(settings, network_name="Ours", due_days=7, colour="#663300")
    upgraded = open_database(own)
    assert upgraded.settings == own
    upgraded.close()
    later = open_database(settings)
    assert (later.settings.network_name, later.settings.due_days) == ("Ours", 7)
    later.close()


def test_every_setting_is_read_as_it_was_written(database: Database) -> None:
    odd = {
        "network_name": "A “network” é",
        "area": ["E08000007"],
        "tolerance": 0.07,
        "second_person_approves": False,
        "logo": str(PROJECT / "data" / "logo.svg"),
        "due_days": 5,
        "data_licence": "CC0-1.0",
    }
    change_settings(database, odd, by="x")
    now = database.settings
    assert (now.network_name, now.area, now.tolerance) == ("A “network” é", ("E08000007",), 0.07)
    assert (now.second_person_approves, now.due_days) == (False, 5)
    database.close()
    again = open_network(load(environment={"ANCHORNET_DATABASE": str(now.database)}))
    for name in NETWORK_SETTINGS:
        assert getattr(again.settings, name) == getattr(now, name), name
        assert written(again.settings, name) == written(now, name)
    again.close()


def test_a_variable_goes_before_the_database_and_cannot_be_saved_over(settings: Settings) -> None:
    open_database(settings, create=True).close()
    environment = {
        "ANCHORNET_NETWORK_NAME": "For now",
        "ANCHORNET_DATABASE": str(settings.database),
    }
    opened = open_database(load(environment=environment))
    assert opened.settings.network_name == "For now"
    assert "network_name" in opened.settings.overridden
    with pytest.raises(NotPossible, match="ANCHORNET_NETWORK_NAME"):
        change_settings_of_store(opened, network_name="Other")
    change_settings_of_store(opened, due_days=9)
    assert (opened.settings.network_name, opened.settings.due_days) == ("For now", 9)
    opened.close()
    without = open_database(settings)
    assert without.settings.network_name == settings.network_name
    without.close()


def change_settings_of_store(database: Database, **values: object) -> None:
    with network_settings.recording(database, values, by="x"):
        pass


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"suppress_below": 2}, "whoever runs the machine"),
        ({"database": "elsewhere"}, "whoever runs the machine"),
        ({"shoe_size": 7}, "whoever runs the machine"),
        ({"due_days": 60}, "should follow one another"),
        ({"network_name": " "}, "network_name should be some text"),
        ({"colour": "#ffff00"}, "too pale"),
        ({"area": []}, "local authority codes"),
    ],
)
def test_what_would_not_do_is_refused_and_nothing_changes(
    database: Database, values: dict[str, object], why: str
) -> None:
    before = (database.settings, database.recorded_settings, database.version())
    with pytest.raises(NotPossible, match=why):
        change_settings(database, {"area_name": "Elsewhere", **values}, by="x")
    assert before == (database.settings, database.recorded_settings, database.version())


def test_new_days_leave_what_was_late_or_on_time_as_it_was(network: Database) -> None:
    """September's returns: due on 20 October; one sent on 19 October is on time for ever."""
    with network.writing() as cursor:
        cursor.execute(
            "insert into submissions by name select 1 as submission_id, 'R000001' as receipt, "
            "'council' as member_id, 'spend' as return_name, date '2026-09-01' as period, "
            "timestamp '2026-10-19 12:00' as accepted_at, 'x' as sha256, '{}' as totals, 0 as rows"
        )
    changed_at = datetime(2026, 11, 10, 9)
    change_settings(network, {"due_days": 10}, by="x", now=changed_at)
    assert due_dates(network, SEPTEMBER).due_on == date(2026, 10, 20)
    assert due_dates(network, OCTOBER).due_on == date(2026, 11, 20)
    assert due_dates(network, NOVEMBER).due_on == date(2026, 12, 10)
    assert due_dates(network, NOVEMBER, datetime(2026, 11, 10, 8)).due_on == date(2026, 12, 20)
    assert list(history(network, "council", "spend", SEPTEMBER)["late"]) == [False]


def test_before_anything_was_sent_new_days_hold_for_every_month(network: Database) -> None:
    change_settings(network, {"due_days": 10}, by="x", now=datetime(2026, 11, 10, 9))
    assert due_dates(network, SEPTEMBER).due_on == date(2026, 10, 10)


def test_settings_of_then_are_those_that_were_saved_last_before(database: Database) -> None:
    first = database.settings.tolerance
    change_settings(database, {"tolerance": 0.2}, by="x", now=datetime(2030, 1, 1))
    change_settings(database, {"tolerance": 0.3}, by="x", now=datetime(2030, 2, 1))
    assert database.settings.tolerance == 0.3
    assert database.settings_at(datetime(2030, 1, 15)).tolerance == 0.2
    assert database.settings_at(datetime(2029, 1, 1)).tolerance == first
    assert database.settings_at(datetime(2019, 1, 1)).tolerance == first


def test_a_setting_is_decided_once_somebody_saved_it_even_as_it_was(database: Database) -> None:
    assert not network_settings.is_decided(database, "network_name")
    same = {"network_name": database.settings.network_name}
    change_settings(database, same, by="someone@example.org")
    assert network_settings.is_decided(database, "network_name")
    assert not network_settings.is_decided(database, "network_name", "area")


def test_a_network_with_returns_has_two_areas_at_most(network: Database) -> None:
    def choose(*codes: str, day: int) -> None:
        rest = [code for code in ALL if code not in codes]
        change_settings(
            network, {"area": [*codes], "wider_area": rest}, by="x", now=datetime(2026, 10, day)
        )

    for day, code in enumerate(ALL, 1):  # before anything was sent
        choose(code, day=day)
    send(network, now=datetime(2026, 10, 20))
    choose(*ALL[:3], day=22)
    with pytest.raises(NotPossible, match="has had 2 areas since its first return"):
        choose(*ALL[:4], day=23)
    with pytest.raises(NotPossible, match="go back to an earlier area"):
        change_settings(network, {"wider_area": ["E08000003"]}, by="x")
    assert network.settings.area == ALL[:3]
    choose(ALL[-1], day=24)  # as it was when the first return came
    choose(*ALL[:3], day=25)
    change_settings(network, {"area_name": "Here", "network_name": "Ours"}, by="x")
    with pytest.raises(NotPossible, match="2 areas"):
        choose(ALL[0], day=26)


ALL = ("E08000003", "E08000007", "E08000006", "E08000008", "E08000009")
