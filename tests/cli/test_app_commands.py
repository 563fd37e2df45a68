"""Every command does the same while the app holds the database as it does alone."""

import io
import os
import re
import shutil
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from anchornet import settings as settings_file
from anchornet.__main__ import main
from anchornet.cli.app_commands import Listener
from anchornet.facts.build import open_network
from anchornet.setting_values import PROJECT
from anchornet.store import app_socket, audit
from anchornet.store.database import Database, DatabaseInUse
from tests.cli.ran import SEPTEMBER, WRONG, Ended, Run
from tests.test_documentation import COMMANDS

# These make a database, copy the file or put it in its place, or become the app: never inside one.
ALONE = {"init", "backup", "restore", "move", "serve"}

BY = ("--by", "coordinator@sample-network.example")
SENDER = ("--member", "college", "--by", "someone@college.example", "--period", "2026-10")
ASKS = ("--organisation", "Sample Youth CIC", "--review-on", "2099-01-01")
WARNINGS = ("--accept-warnings", "They are small payments.")
DIRECTORY = "name,org_id,postcode,size,type\nSample Joinery Ltd,GB-COH-00000001,M2 5DB,small,\n"
CHARITIES = (
    "date_of_extract\torganisation_number\tregistered_charity_number\tlinked_charity_number\t"
    "charity_name\tcharity_type\tcharity_registration_status\tcharity_contact_postcode\n"
    "2026-11-01\t1\t900001\t0\tSAMPLE LANTERN TRUST\tCIO\tRegistered\tM2 5DB\n"
)
TARGETS = (
    "indicator,member_id,baseline_period,baseline,target_period,target,tolerance,profile\n"
    "local_spend_share,,2024-09,0.40,2027-03,0.55,,\n"
)
BOUNCED = """Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org

Final-Recipient: rfc822; nobody@example.org
Action: failed
Status: 5.1.1

--b--
"""
HOLDERS = "organisation,standard,held_from\nSample Ltd,good_employment_charter,2025-01-01\n"
STARTERS = "Employee,Start date,Home postcode\n1,2026-10-05,M40 8QA\n2,2026-10-12,SK4 4JL\n"
CONTRACTS = "Contract ref,Supplier,Title\nC1,Sample Ltd,Cleaning\n"
FILES = {
    "spend.csv": SEPTEMBER.replace("2026-09", "2026-10"),
    "wrong.csv": WRONG,
    "earlier.csv": SEPTEMBER.replace("2026-09", "2026-08"),
    "directory.csv": DIRECTORY,
    "charities.txt": CHARITIES,
    "targets.csv": TARGETS,
    "holders.csv": HOLDERS,
    "starters.csv": STARTERS,
    "contracts.csv": CONTRACTS,
    "story.txt": "She began in May.",
    "bounced.eml": BOUNCED,
}

# What is typed, in this order: each command at least once, some of them wrongly.
TYPED: dict[str, list[tuple[str, ...]]] = {
    "verify": [()],
    "housekeeping": [(), ("--do", *BY)],
    "members add": [
        ("baths", "--name", "Sample Baths", "--kind", "council", *BY),
        ("Not An Id", "--name", "Sample Baths", "--kind", "council", *BY),
    ],
    "organisations load": [("directory.csv", *BY), ("spend.csv", *BY)],
    "organisations undo": [BY],
    "organisations list": [(), ("-o", "organisations.csv")],
    "organisations enrich": [("--charities", "charities.txt", *BY), ()],
    "organisations matches": [()],
    "organisations accept": [("Nobody Ltd", "GB-COH-1", *BY)],
    "organisations refuse": [("Nobody Ltd", "GB-COH-1", *BY)],
    "organisations merge": [
        ("Sample Advice Moston", "--into", "Sample Advice Centre Moston CIC", *BY),
        ("Sample Advice", "--into", "Nobody Ltd", *BY),
    ],
    "organisations separate": [("Sample Advice Moston", *BY)],
    "organisations perhaps-not": [()],
    "targets load": [("targets.csv", *BY)],
    "targets list": [()],
    "framework show": [(), ("--format", "json")],
    "framework load": [("framework.toml", *BY), ("story.txt", *BY)],
    "standards load": [("holders.csv", *BY)],
    "standards show": [("--format", "json")],
    "people add": [
        ("ann@example.org", "--name", "Ann", "--role", "comms", *BY),
        ("bob@example.org", "--name", "Bob", "--role", "member_viewer@college", *BY),
        ("cy", "--name", "Cy", *BY),
    ],
    "people confirm": [("bob@example.org", *BY)],
    "people list": [()],
    "people link": [("ann@example.org", *BY), ("nobody@example.org", *BY)],
    "people password": [("ann@example.org", *BY)],
    "people remove": [("bob@example.org", *BY)],
    "template": [("spend",), ("spend", "--xlsx", "--database", "DATABASE", "-o", "spend.xlsx")],
    "schema": [("spend",), ("commitments", "--database", "DATABASE")],
    "dictionary": [(), ("--database", "DATABASE")],
    "check": [("spend", "wrong.csv"), ("spend", "spend.csv", "--format", "json")],
    "prepare": [
        ("local_hires", "starters.csv", "--period", "2026-10"),
        ("commitments", "contracts.csv", "--period", "2026-09"),
        ("commitments", "contracts.csv", "--period", "2026-09", "--source", "contract"),
    ],
    "submit": [
        ("spend", "spend.csv", *SENDER, *WARNINGS),
        ("spend", "spend.csv", *SENDER, *WARNINGS, "--format", "json"),
        ("spend", "wrong.csv", *SENDER),
        ("spend", "wrong.csv", *SENDER, "--format", "json"),
        ("spend", "story.txt", *SENDER),
        ("spend", "spend.csv", *SENDER[:-2]),
    ],
    "backlog": [
        ("earlier.csv", "story.txt", *SENDER[:-2], "--dry-run"),
        ("earlier.csv", "spend.csv", *SENDER[:-2], *WARNINGS, "--format", "json"),
    ],
    "send-back": [
        ("R001193", "--reason", "Is this all of it?", *BY),
        ("R999999", "--reason", "?", *BY),
    ],
    "take-back": [("R001193", *BY), ("R001193", *BY)],
    "withdraw": [("R001193", "--reason", "A trial", *BY), ("R999999", "--reason", "None", *BY)],
    "ask": [("spend", "--from", "2024-10", *BY)],
    "returns": [("--period", "2026-10"), ("--period", "2026-10", "--format", "json")],
    "conflicts": [("--period", "2026-09")],
    "indicators": [
        ("spend", "--period", "2026-09"),
        ("spend", "--period", "2026-09", "--by", "category", "--format", "csv"),
        ("starts", "--period", "2026-09", "--audience", "network", "--format", "json"),
        ("nothing",),
    ],
    "pack": [("-o", "pack.pdf", "--meeting", "2026-09-16", *BY), ("-o", "nowhere/pack.pdf")],
    "settings show": [("--format", "json")],
    "settings set": [("due_days", "21", *BY), ("nothing", "21", *BY)],
    "asks list": [()],
    "asks write": [("story.txt", *BY)],
    "asks approve": [("1", *BY)],
    "asks withdraw": [BY],
    "mail test": [("ann@example.org",)],
    "mail list": [("--format", "json")],
    "mail bounced": [("bounced.eml",), ("story.txt",)],
    "meetings add": [("Delivery group, January", "--at", "2027-01-20T10:00", *BY)],
    "meetings list": [("--format", "json")],
    "meetings since": [("--as-at", "2026-10-01"), ("--as-at", "2020-01-01")],
    "actions add": [
        ("spend", "--what", "List ten contracts", "--who", "Buyers", "--due-on", "2027-01-31", *BY)
    ],
    "actions close": [("2", "--note", "Listed", *BY), ("99", "--note", "Listed", *BY)],
    "actions list": [()],
    "area set": [
        ("jobs_in_area", "410000", "--source", "A survey", "--year", "2024", *BY),
        ("jobs", "410000", "--source", "A survey", "--year", "2024", *BY),
    ],
    "area list": [()],
    "needs add": [
        ("--what", "A shed", "--kind", "space", "--outcome", "low_carbon", *ASKS, *BY),
    ],
    "needs record": [("9", "introduced", "--words", "To a college", *BY), ("99", "open", *BY)],
    "needs list": [()],
    "needs offers": [("--format", "json")],
    "stories add": [("story.txt", "--member", "college", "--title", "Ten weeks", *BY)],
    "stories approve": [("4", "--by", "comms@sample-network.example"), ("99", *BY)],
    "stories withdraw": [("4", *BY)],
    "stories end-consent": [("2", "--member", "housing", *BY)],
    "stories list": [("--format", "json")],
    "chart": [
        ("spend", "--period", "2026-09", "--as-at", "2026-10-20", "-o", "spend.csv"),
        ("spend", "--period", "2026-09", "--as-at", "2026-10-20", "-o", "spend.png"),
        ("spend", "--period", "2026-09", "--as-at", "2026-10-20"),
    ],
    "figure": [("AN-2T2K5NQZ", "-o", "figure.svg"), ("AN-00000000",)],
    "figures": [()],
    "approve": [("AN-2T2K5NQZ", "--by", "comms@sample-network.example")],
    "withdraw-figure": [("AN-2T2K5NQZ", *BY)],
    "site": [("-o", "site")],
    "data-package": [("-o", "data.zip")],
}


def test_every_command_is_tried() -> None:
    assert set(TYPED) == set(COMMANDS) - ALONE


@pytest.fixture
def folders(
    tmp_path: Path, sample_database_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, Path]:
    """Two with the same network and the same files: one to work in alone, one of an app."""
    for name in ("ANCHORNET_DATABASE", "ANCHORNET_SETTINGS"):
        monkeypatch.delenv(name, raising=False)
    both = tmp_path / "alone", tmp_path / "in-app"
    framework = PROJECT / "data" / "sample" / "framework.toml"
    for folder in both:
        folder.mkdir()
        shutil.copy(sample_database_path, folder / "network.duckdb")
        shutil.copy(framework, folder / "framework.toml")
        for name, text in FILES.items():
            (folder / name).write_text(text, encoding="utf-8")
    return both


def opened(folder: Path) -> Database:
    settings = replace(settings_file.load(), database=folder / "network.duckdb")
    return open_network(settings)


@pytest.fixture
def app(folders: tuple[Path, Path]) -> Iterator[Database]:
    database = opened(folders[1])
    listener = Listener(database)
    yield database
    listener.close()
    database.close()


@pytest.fixture
def typed_in(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """What a command prints that is typed in a folder, without what only that folder has."""

    def run(folder: Path, *words: str) -> Ended:
        monkeypatch.chdir(folder)
        monkeypatch.setenv("ANCHORNET_DATABASE", str(folder / "network.duckdb"))
        monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery staple\n"))
        code = main([word.replace("DATABASE", "network.duckdb") for word in words])
        printed = capsys.readouterr()
        return Ended(code, *(_same(text, folder) for text in printed))

    return run


def _same(text: str, folder: Path) -> str:
    text = text.replace(str(folder), "FOLDER")
    text = re.sub(r"/sign-in/\S+", "/sign-in/TOKEN", text)
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d[\d:.]*Z?", "MOMENT", text)


def content(database: Database) -> dict[str, int]:
    tables = database.rows(
        "select table_name from duckdb_tables() where database_name = current_catalog()"
    )
    return {name: database.rows(f'select count(*) from "{name}"')[0][0] for (name,) in tables}


def test_every_command_says_and_does_the_same_while_the_app_runs(
    folders: tuple[Path, Path], app: Database, typed_in: Run, record_property: Callable[..., None]
) -> None:
    alone, in_app = folders
    before, tried = app.version(), 0
    codes = set()
    for command, variants in TYPED.items():
        for words in variants:
            ended = typed_in(alone, *command.split(), *words)
            assert typed_in(in_app, *command.split(), *words) == ended, (command, words)
            assert "Reference" not in ended.err, ended.err
            assert "app is running" not in ended.err
            codes.add(ended.code)
            tried += 1
    assert codes == {0, 1, 2}
    assert app.version() > before  # so that pages read anew
    files = [sorted(file.relative_to(one) for file in one.rglob("*")) for one in folders]
    beside = {Path("network.duckdb.socket"), Path("network.duckdb.wal")}
    assert [file for file in files[1] if file not in beside] == [
        file for file in files[0] if file not in beside
    ]
    for name in ("organisations.csv", "spend.csv", "figure.svg"):
        assert (alone / name).read_bytes() == (in_app / name).read_bytes()
    records = audit.trail(app).drop(columns="happened_at")
    kept = content(app)
    database = opened(alone)
    try:
        assert kept == content(database)
        recorded = audit.trail(database).drop(columns="happened_at")
        assert records.to_csv() == recorded.to_csv()
    finally:
        database.close()
    record_property("tried", f"{tried} ways of typing {len(TYPED)} commands")


def test_only_the_socket_of_the_same_account_is_answered(
    app: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = app.path.with_name("network.duckdb.socket")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    monkeypatch.setattr(os, "geteuid", lambda: 1)  # as of either side: the other is root
    with (
        pytest.raises(DatabaseInUse, match="the account that runs the app"),
        app_socket.ask(app.path, {"ask": "run", "words": ["returns"], "folder": "/"}),
    ):
        pass


def test_where_there_are_no_such_sockets_a_word_in_a_file_lets_in(
    folders: tuple[Path, Path], typed_in: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(socket, "AF_UNIX")
    database = opened(folders[1])
    listener = Listener(database)
    file = database.path.with_name("network.duckdb.socket")
    try:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        ended = typed_in(folders[1], "meetings", "list")
        assert (ended.code, "Delivery group, May" in ended.out) == (0, True)
        port, _ = file.read_text().split()
        file.write_text(f"{port} guessed")
        assert typed_in(folders[1], "meetings", "list").code == 2
    finally:
        listener.close()
        database.close()
    assert not file.exists()


def test_two_commands_print_to_who_typed_them(app: Database) -> None:
    printed: dict[str, str] = {}

    def ask(command: str) -> None:
        request = {"ask": "run", "words": [command, "list"], "folder": "/", "typed": []}
        with app_socket.ask(app.path, request) as stream:
            printed[command] = stream.read()

    threads = [threading.Thread(target=ask, args=[name]) for name in ("meetings", "actions")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "Delivery group, May" in printed["meetings"]
    assert "Delivery group, May" not in printed["actions"]
    assert "Procurement leads" in printed["actions"]


def test_who_goes_away_in_the_middle_stops_nothing_else(app: Database, typed_in: Run) -> None:
    request = {"ask": "run", "words": ["indicators"], "folder": "/", "typed": []}
    with app_socket.ask(app.path, request):
        pass
    assert typed_in(app.path.parent, "meetings", "list").code == 0


def test_an_app_that_is_stopping_says_so(folders: tuple[Path, Path]) -> None:
    database = opened(folders[1])
    listener = Listener(database)
    database.close()
    request = {"ask": "run", "words": ["meetings", "list"], "folder": "/", "typed": []}
    try:
        with app_socket.ask(database.path, request) as stream:
            printed = stream.read()
    finally:
        listener.close()
    assert "The app is stopping. Try again in a minute." in printed
    assert '{"code": 2}' in printed
