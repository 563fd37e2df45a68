"""Backups that the app makes by itself."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from anchornet.settings import SettingsError, load
from anchornet.store import audit
from anchornet.store.backup import Listener, keep_days_and_weeks, newest
from anchornet.store.backup_schedule import THE_APP, is_due, last_made, make, problem
from anchornet.store.database import Database

pytestmark = pytest.mark.of_a_file

NOON = datetime(2026, 11, 28, 12)


@pytest.fixture
def scheduled(
    network: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Database]:
    """A network that has its backups made, on a machine whose clock is an hour before UTC."""
    with monkeypatch.context() as zone:
        zone.setenv("TZ", "Etc/GMT-1")
        time.tzset()
        folder = tmp_path / "backups"
        folder.mkdir()
        network.settings = replace(network.settings, backup_to=str(folder), backup_at="02:00")
        yield network
    time.tzset()


def named(folder: Path, moment: datetime) -> Path:
    file = folder / f"network-{moment:%Y-%m-%d-%H%M%S}.duckdb"
    file.touch()
    return file


def test_one_is_due_once_the_hour_has_come_and_again_an_hour_after_it_failed(
    scheduled: Database,
) -> None:
    folder = Path(scheduled.settings.backup_to)
    assert is_due(scheduled, NOON, None)  # none was made yet
    named(folder, datetime(2026, 11, 28, 0, 59))  # a minute before two o'clock there
    assert is_due(scheduled, NOON, None)
    assert not is_due(scheduled, NOON, NOON - timedelta(minutes=59))
    assert is_due(scheduled, NOON, NOON - timedelta(minutes=61))
    named(folder, datetime(2026, 11, 28, 1, 0, 5))
    assert not is_due(scheduled, NOON, None)
    assert not is_due(scheduled, datetime(2026, 11, 29, 0, 59), None)
    assert is_due(scheduled, datetime(2026, 11, 29, 1, 1), None)


def test_the_newest_stay_and_one_of_each_week(tmp_path: Path) -> None:
    first = date(2026, 9, 1)  # a Tuesday
    for number in range(88):  # to Friday, 27 November
        day = first + timedelta(days=number)
        named(tmp_path, datetime(day.year, day.month, day.day, 2))
    (tmp_path / "notes.duckdb").touch()
    keep_days_and_weeks(tmp_path, 3, 4)
    left = sorted(file.name[8:18] for file in tmp_path.glob("network-*"))
    # Three days; this week's last is one of them, and those before it ended on Sundays.
    assert left == [
        "2026-11-08", "2026-11-15", "2026-11-22", "2026-11-25", "2026-11-26", "2026-11-27",
    ]  # fmt: skip
    assert (tmp_path / "notes.duckdb").exists()


def test_what_the_app_makes_is_whole_and_recorded_and_a_failure_is_said(
    scheduled: Database,
) -> None:
    listener = Listener(scheduled)
    folder = Path(scheduled.settings.backup_to)
    try:
        assert make(scheduled)
        assert problem(scheduled) == ""
        made = newest(folder)
        assert made is not None
        assert last_made(scheduled) is not None
        made.unlink()
        folder.rmdir()
        folder.write_text("no folder")
        assert not make(scheduled)
    finally:
        listener.close()
    sentence = problem(scheduled)
    assert sentence.startswith("The backup of ")
    assert "was not made." in sentence
    trail = audit.trail(scheduled)
    of_app = trail[trail["who"] == THE_APP]
    assert list(of_app["did"]) == ["could not make a backup", "made a backup"]
    assert str(made) in set(of_app["about"])


def test_that_none_is_made_any_more_is_said(scheduled: Database) -> None:
    named(Path(scheduled.settings.backup_to), NOON - timedelta(hours=51))
    assert problem(scheduled, NOON) == "No backup was made since 26 November 2026."
    named(Path(scheduled.settings.backup_to), NOON - timedelta(hours=49))
    assert problem(scheduled, NOON) == ""
    scheduled.settings = replace(scheduled.settings, backup_to="")
    assert problem(scheduled, NOON) == ""


def test_an_hour_that_is_none_is_refused() -> None:
    with pytest.raises(SettingsError, match="should be a time of the day, such as 02:00"):
        load(environment={"ANCHORNET_BACKUP_AT": "25:00"})
