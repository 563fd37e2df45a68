"""Backups of a network that is open and written to, and the way back."""

import os
import random
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from anchornet.facts.build import open_network
from anchornet.indicators.figures import OWN, Request, figures
from anchornet.setting_values import PROJECT
from anchornet.settings import Settings
from anchornet.store import audit
from anchornet.store.app_socket import PATIENCE
from anchornet.store.backup import Listener, backup, check, keep_newest, restore
from anchornet.store.database import Database, NoDatabase, StoreError
from anchornet.store.network import NotPossible
from anchornet.store.submissions import history, original
from tests.conftest import SEPTEMBER, Send

pytestmark = pytest.mark.of_a_file

NOW = datetime(2026, 11, 28, 2, 0, 5)


def command(path: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """Another process, as the app's is not that of the command line."""
    return subprocess.run(
        [sys.executable, "-m", "anchornet", *map(str, words)],
        cwd=PROJECT,
        env={**os.environ, "ANCHORNET_DATABASE": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )


def content(database: Database) -> tuple[str, list[object], bytes]:
    """Figures, receipts and an original, as they leave."""
    frame = figures(database, Request(["spend"], [SEPTEMBER], by=["category"]), OWN)
    sent = history(database)
    return (
        frame.drop(columns="as_at").to_csv(),
        sent[["receipt", "member_id", "sha256", "rows"]].to_numpy().tolist(),
        original(database, "R000001")[1],
    )


def test_a_restored_backup_has_every_figure_receipt_and_original(
    network: Database, spend: Send, tmp_path: Path
) -> None:
    settings = network.settings
    for member_id in ("council", "hospital"):
        spend(member_id, "Near Ltd,,M2 5DB,,300,Repairs\nFar Ltd,,LS1 1UR,,700,Paper")
    before = content(network)
    network.close()
    kept = tmp_path / "kept.duckdb"
    made, counts = backup(settings, kept)
    assert (made, counts["submissions"], counts["spend_rows"]) == (kept, 2, 4)
    assert [file.name for file in kept.parent.glob("kept*")] == ["kept.duckdb"]  # one file

    later = open_network(settings)
    audit.note(later, "ada@example.org", "downloaded", "after the backup")
    later.close()
    aside, _ = restore(settings, kept, now=NOW)
    assert aside.name == "network.duckdb.before-2026-11-28-020005"
    restored = open_network(settings)
    assert content(restored) == before
    assert "after the backup" not in set(audit.trail(restored)["about"])
    restored.close()
    assert check(settings, aside)["audit"] == counts["audit"] + 1


def test_a_backup_is_made_while_the_app_runs_and_is_written_to(
    network: Database, spend: Send, tmp_path: Path
) -> None:
    spend("council", "Near Ltd,,M2 5DB,,300,Repairs")
    before, stop = content(network), threading.Event()
    listener = Listener(network)
    socket_file = tmp_path / "network.duckdb.socket"
    assert socket_file.stat().st_mode & 0o777 == 0o600

    def write() -> None:
        number = 0
        while not stop.is_set():
            audit.note(network, "ada@example.org", "downloaded", f"file {number}")
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = command(network.path, "backup", tmp_path / "kept.duckdb")
    finally:
        stop.set()
        writer.join()
        listener.close()
    assert made.returncode == 0, made.stderr
    assert "1 return, " in made.stderr
    assert not socket_file.exists()
    kept = open_network(replace(network.settings, database=tmp_path / "kept.duckdb"))
    assert content(kept) == before
    # All that was written up to a moment, and nothing after it.
    files = sorted(int(about.split()[1]) for about in audit.trail(kept)["about"] if "file" in about)
    assert files == list(range(len(files)))
    assert len(audit.trail(network)) > len(files)
    kept.close()
    assert list(tmp_path.glob(".making-*")) == []


def test_what_holds_the_file_and_does_not_listen_is_said(network: Database, tmp_path: Path) -> None:
    refused = command(network.path, "backup", tmp_path / "kept.duckdb")
    assert refused.returncode == 2
    assert "Stop it first." in refused.stderr
    listener = Listener(network)
    other = tmp_path / "other.duckdb"
    try:
        assert command(network.path, "backup", other).returncode == 0
        refused = command(network.path, "restore", other)
    finally:
        listener.close()
    assert refused.returncode == 2
    assert "The app is running" in refused.stderr
    assert list(tmp_path.glob("*.before-*")) == []


def test_who_connects_and_goes_away_stops_nobody_from_writing(
    network: Database, tmp_path: Path
) -> None:
    assert PATIENCE < 300
    listener = Listener(network)
    os.chdir(tmp_path)  # for a short address
    try:
        for words in (b"", b"copied\n", b"\x00" * 100):
            with socket.socket(socket.AF_UNIX) as stranger:
                stranger.connect("network.duckdb.socket")
                if words:
                    stranger.sendall(words)
        audit.note(network, "ada@example.org", "downloaded", "a file")
    finally:
        os.chdir(PROJECT)
        listener.close()


def test_what_is_there_is_never_written_over(
    network: Database, settings: Settings, tmp_path: Path
) -> None:
    network.close()
    kept = tmp_path / "kept.duckdb"
    kept.write_text("something else")
    with pytest.raises(NotPossible, match="already"):
        backup(settings, kept)
    with pytest.raises(NotPossible, match="no folder"):
        backup(settings, tmp_path / "nowhere" / "kept.duckdb")
    with pytest.raises(NoDatabase):
        backup(replace(settings, database=tmp_path / "none.duckdb"), tmp_path)
    with pytest.raises(StoreError):
        restore(settings, kept)
    open_network(settings).close()


def test_a_folder_keeps_the_newest_and_nothing_else_is_removed(
    network: Database, settings: Settings, tmp_path: Path
) -> None:
    network.close()
    folder = tmp_path / "backups"
    folder.mkdir()
    for day in (26, 27):
        (folder / f"network-2026-11-{day}-020000.duckdb").write_text("older")
    (folder / "network-notes.txt").write_text("mine")
    made, _ = backup(settings, folder, now=NOW)
    assert made.name == "network-2026-11-28-020005.duckdb"
    assert [file.name for file in keep_newest(folder, 2)] == ["network-2026-11-26-020000.duckdb"]
    assert (folder / "network-notes.txt").exists()


def test_a_damaged_backup_is_named_and_not_restored(
    network: Database, spend: Send, tmp_path: Path
) -> None:
    settings = network.settings
    for number in range(1, 10):
        spend("council", "Near Ltd,,M2 5DB,,300,Repairs", period=f"2026-0{number}")
    network.close()
    whole, counts = backup(settings, tmp_path / "kept.duckdb")
    data, draw = whole.read_bytes(), random.Random(20261128)
    bad = tmp_path / "bad.duckdb"
    found = 0  # of the twenty
    for number in range(20):
        place = draw.randrange(len(data))
        torn = [data[:place], data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]]
        bad.write_bytes(torn[number % 2])
        try:
            same = check(settings, bad)
        except StoreError:
            found += 1
        else:  # the byte is in no block that holds anything
            assert same == counts
    assert found >= 12
    said = command(settings.database, "verify", whole)
    assert (said.returncode, "All of" in said.stderr) == (0, True)
    bad.write_bytes(data[: len(data) // 2])
    said = command(settings.database, "verify", bad)
    assert said.returncode == 1
    assert str(bad) in said.stderr
    with pytest.raises(StoreError):
        restore(settings, bad)
    open_network(settings).close()
