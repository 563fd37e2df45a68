"""Databases of earlier versions, made with their own code, are brought up to date and count the
same.

Nothing was released yet, so these are of steps of the tables that the product stood at for a while;
each is called by that step and the commit. tests/files/databases/make.py makes them.
"""

import csv
import logging
import lzma
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from anchornet.facts.build import open_network
from anchornet.indicators.figures import OWN, Request, figures
from anchornet.periods import parse_month
from anchornet.setting_values import PROJECT
from anchornet.settings import Settings
from anchornet.store.backup import backup, check, restore
from anchornet.store.database import DiskFull
from anchornet.store.opening import UPGRADE_COPIES, open_database
from anchornet.store.schema import migrations
from anchornet.store.submissions import damage, history, original

pytestmark = pytest.mark.of_a_file

FOLDER = PROJECT / "tests" / "files" / "databases"
DATABASES = sorted(path.name.removesuffix(".duckdb.xz") for path in FOLDER.glob("*.xz"))
# What a later version counts otherwise of what was sent before it, and why.
OTHERWISE = {
    "leavers": "of those who were followed for long enough only",
    "leavers_to_work": "of those who were followed for long enough only",
    "starters_followed": "those who were followed for long enough only",
    "priority_neighbourhood_spend_share": "of all spend, not of what is in the area",
    "returns_received": "of the returns that are asked for",
}


def unpack(name: str, path: Path) -> None:
    path.write_bytes(lzma.decompress((FOLDER / f"{name}.duckdb.xz").read_bytes()))


def recorded(name: str) -> dict[tuple[str, str], float]:
    with (FOLDER / "figures.csv").open(encoding="utf-8", newline="") as file:
        return {
            (row["indicator"], row["period"]): float(row["value"])
            for row in csv.DictReader(file)
            if row["version"] == name and row["indicator"] not in OTHERWISE
        }


@pytest.mark.parametrize("name", DATABASES)
def test_a_database_of_an_earlier_version_has_all_that_it_had(
    settings: Settings, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    unpack(name, settings.database)
    with caplog.at_level(logging.WARNING, "anchornet"):
        database = open_network(settings)
    then = recorded(name)
    request = Request(
        sorted({indicator for indicator, _ in then}),
        [parse_month("2026-08"), parse_month("2026-09")],
    )
    frame = figures(database, request, OWN)
    now = {
        (row["indicator"], f"{row['period']:%Y-%m}"): row["value"]
        for row in frame.to_dict("records")
    }
    assert {key: now[key] for key in then} == pytest.approx(then)
    assert then["spend", "2026-09"] == 700 + 350 + 250.25 + 2000 + 1500  # corrected once
    sent = history(database)
    assert (sent["state"] == "withdrawn").sum() == 1
    assert original(database, "R000001")[1].startswith(b"supplier_name,")
    assert list(damage(database)) == []
    database.close()
    (copy,) = settings.database.parent.glob("*.before-upgrade-*")
    assert str(copy) in caplog.text
    with duckdb.connect(str(copy), read_only=True) as before:
        ((step,),) = before.execute("select max(number) from migrations").fetchall()
    assert copy.name.startswith(f"network.duckdb.before-upgrade-{step:03d}-")
    assert name.startswith(f"{step:03d}-")


def test_what_is_new_or_up_to_date_is_not_copied(settings: Settings) -> None:
    for create in (True, False):
        open_database(settings, create=create).close()
    assert list(settings.database.parent.glob("*.before-upgrade-*")) == []


def test_the_newest_copies_stay_and_one_can_be_put_back(settings: Settings) -> None:
    path = settings.database
    for day in (26, 27, 25, 28):
        path.with_name(f"{path.name}.before-upgrade-002-2020-11-{day}-020000").touch()
    unpack(DATABASES[-1], path)
    before = path.read_bytes()
    open_database(settings).close()
    copies = sorted(path.parent.glob("*.before-upgrade-*"), key=lambda copy: copy.name[-17:])
    assert [copy.name[-17:-7] for copy in copies[:-1]] == ["2020-11-27", "2020-11-28"]
    assert len(copies) == UPGRADE_COPIES
    assert copies[-1].read_bytes() == before
    restore(settings, copies[-1])
    assert path.read_bytes() == before
    assert check(settings, copies[-1])["submissions"] > 0


def test_without_room_for_a_copy_nothing_is_changed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpack(DATABASES[0], settings.database)
    before = settings.database.read_bytes()
    usage = shutil.disk_usage(settings.database.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    with pytest.raises(DiskFull, match="no room for a copy"):
        open_database(settings)
    assert settings.database.read_bytes() == before


# Says when it begins, so that the time that Python needs to start is not what is killed.
WORK = """
import sys; from dataclasses import replace; from pathlib import Path
from anchornet import settings; from anchornet.facts.build import open_network
from anchornet.store import backup
path, to, work = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
chosen = replace(settings.load(environment={}), database=path)
print("ready", flush=True)
sys.stdin.readline()
match work:
    case "upgrade": open_network(chosen).close()
    case "backup": backup.backup(chosen, to)
    case "restore": backup.restore(chosen, to)
print("done", flush=True)
"""


def killed(work: str, path: Path, to: Path, after: float) -> bool:
    """Kills it so many seconds after it began; whether it had ended before."""
    process = subprocess.Popen(
        [sys.executable, "-c", WORK, str(path), str(to), work],
        cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("\n")
    process.stdin.flush()
    time.sleep(after)
    process.kill()
    ended = "done" in process.stdout.read()
    process.wait()
    return ended


def test_killed_at_any_moment_of_upgrade_backup_and_restore_nothing_is_lost(
    settings: Settings, tmp_path: Path
) -> None:
    draw, kills = random.Random(20261128), int(os.environ.get("ANCHORNET_KILLS", "1"))
    path, kept = settings.database, tmp_path / "kept.duckdb"
    for _ in range(kills):
        for file in tmp_path.glob("network.duckdb*"):
            shutil.rmtree(file) if file.is_dir() else file.unlink()
        kept.unlink(missing_ok=True)
        unpack(DATABASES[0], path)
        for _ in range(2):
            killed("upgrade", path, kept, draw.uniform(0, 1.5))
        database = open_network(settings)
        then = recorded(DATABASES[0])
        sent = len(history(database))
        assert {number for (number,) in database.rows("select number from migrations")} == {
            *migrations()
        }
        database.close()
        copies = [*tmp_path.glob("*.before-upgrade-*")]
        assert len(copies) >= 1
        for copy in copies:  # none is half a copy
            assert check(settings, copy)["submissions"] == sent

        killed("backup", path, kept, draw.uniform(0, 1.5))
        if kept.exists():  # then it is a whole one
            assert check(settings, kept)["submissions"] == sent
        else:
            backup(settings, kept)
        killed("restore", path, kept, draw.uniform(0, 1.0))
        database = open_network(settings)  # the one that was there, or the one that comes
        frame = figures(
            database, Request(["spend"], [parse_month("2026-08"), parse_month("2026-09")]), OWN
        )
        assert list(frame["value"]) == [then["spend", "2026-08"], then["spend", "2026-09"]]
        assert len(history(database)) == sent
        database.close()
