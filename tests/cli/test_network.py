import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pytest
import streamlit

from anchornet import sample
from anchornet.setting_values import PROJECT
from anchornet.settings import load
from anchornet.store.framework import SAMPLE as FRAMEWORK
from anchornet.store.network import is_sample, mark_sample
from anchornet.store.opening import open_database
from tests.cli.ran import Run, send

# --- init --------------------------------------------------------------------------------------


def test_init_makes_a_database_and_nothing_else(run: Run, path: Path) -> None:
    ended = run("init")
    assert (ended.code, ended.out) == (0, "")
    assert str(path) in ended.err
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_init_never_overwrites(network: Run, path: Path) -> None:
    before = path.read_bytes()
    ended = network("init", "--sample")
    assert ended.code == 2
    assert "already; it was left as it is" in ended.err
    assert path.read_bytes() == before


def test_init_says_when_the_folder_is_missing(run: Run, path: Path) -> None:
    ended = run("init", "--database", path.parent / "nowhere" / "a.duckdb")
    assert ended.code == 2
    assert "There is no folder" in ended.err


def test_init_sample_makes_a_network_that_says_so(
    run: Run, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample, "build", partial(sample.build, months=1))  # of 24
    assert run("init", "--sample").code == 0
    database = open_database(replace(load(), database=path))
    assert is_sample(database)
    database.close()
    states = {row["state"] for row in run("returns", "--format", "json").json}
    assert "on_time" in states


def test_an_init_that_fails_leaves_nothing_and_a_reference_instead_of_a_trace(
    run: Run, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise ZeroDivisionError

    monkeypatch.setattr(sample, "build", fail)
    ended = run("init", "--sample")
    assert (ended.code, ended.out) == (3, "")
    reference = ended.err.partition("Reference ")[2][:8]
    (log,) = path.parent.iterdir()
    assert str(log) in ended.err
    assert reference in log.name
    assert "ZeroDivisionError" in log.read_text()


# --- what to run it on -------------------------------------------------------------------------


def test_the_database_can_be_named_before_or_after_the_command(
    network: Run, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANCHORNET_DATABASE", str(path.parent / "another.duckdb"))
    assert network("returns").code == 2
    assert network("--database", path, "returns").code == 0
    assert network("returns", "--database", path).code == 0
    assert (
        network("members", "--database", path, "add", "x", "--name", "X", "--kind", "nhs")[0] == 0
    )


@pytest.mark.parametrize(
    "words",
    [
        ["members", "add", "a", "--name", "A", "--kind", "nhs"],
        ["withdraw", "R000001", "--by", "a", "--reason", "b"],
        ["returns"],
        ["indicators"],
        ["serve"],
    ],
)
def test_without_a_database_it_says_how_to_make_one(run: Run, path: Path, words: list[str]) -> None:
    ended = run(*words)
    assert (ended.code, ended.out) == (2, "")
    assert "python -m anchornet init" in ended.err
    assert not path.exists()


HOLD = """
import sys; from dataclasses import replace; from pathlib import Path
from anchornet import settings; from anchornet.store.opening import open_database
database = open_database(settings.load()); print("open", flush=True); sys.stdin.read()
"""


@pytest.fixture
def app(network: Run) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the database, and listens to nobody."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    yield process
    process.communicate()


def test_while_something_else_holds_the_file_it_says_what_to_do(
    network: Run, app: "subprocess.Popen[str]", file: Callable[..., Path]
) -> None:
    for ended in (network("returns"), send(network, file()), network("serve")):
        assert (ended.code, ended.out) == (2, "")
        assert "holds" in ended.err
        assert "Stop it first." in ended.err
    assert network("check", "spend", file()).code == 0  # which needs no database


def test_a_wrong_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANCHORNET_DUE_DAYS", "soon")
    ended = run("returns")
    assert ended.code == 2
    assert "ANCHORNET_DUE_DAYS" in ended.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "There are: init, verify, backup, restore, move, housekeeping, serve, members"),
        (["publish"], "No such command 'publish'. There are: init"),
        (["members"], "There are: add."),
        (["template", "spending"], "There are: living_wage, local_hires, retention, spend"),
        (["check", "spend", "nowhere.csv"], "there is no file nowhere.csv"),
        (["check", "spend", __file__, "--period", "09/2026"], "Write it as 2026-09"),
        (["check", "spend", __file__, "--map", "paid_on"], "write FIELD=HEADING"),
        (["indicators", "--period", "2026-09..2026-01"], "ends before it begins"),
        (["indicators", "--as-at", "Tuesday"], "is not a time"),
        (["submit", "spend", __file__, "--period", "2026-09"], "--member"),
    ],
)
def test_wrong_use_is_told_in_a_sentence(run: Run, words: list[str], said: str) -> None:
    ended = run(*words)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert "--help" in ended.err
    assert "invalid" not in ended.err


@pytest.mark.parametrize("command", ["", "submit", "indicators", "members add"])
def test_help_is_printed_and_is_no_mistake(run: Run, command: str) -> None:
    ended = run(*command.split(), "--help")
    assert ended.code == 0
    assert "--database" in ended.out


# --- members, organisations, targets -----------------------------------------------------------


def test_a_member_that_can_not_be_is_refused(network: Run) -> None:
    ended = network("members", "add", "a", "--name", "A", "--kind", "shop")
    assert ended.code == 2
    assert "Kinds: council, nhs" in ended.err


def test_a_member_has_its_dates_and_its_successor(network: Run) -> None:
    days = ("--starts-on", "2026-01-01", "--ends-on", "2026-08-31", "--successor", "council")
    details = ("--name", "Sample College", "--kind", "college", *days)
    assert network("members", "add", "college", *details, "--org-id", "GB-UKPRN-1").code == 0
    owed = [
        {row["member_id"] for row in network("returns", "--period", month, "--format", "json").json}
        for month in ("2026-08", "2026-09")
    ]
    assert owed == [{"council", "hospital", "college"}, {"council", "hospital"}]


def test_a_supplier_directory_is_loaded_and_places_what_the_file_does_not(
    network: Run, file: Callable[..., Path]
) -> None:
    sent = "supplier_name,paid_on,amount_gbp\nSample Joinery Limited,2026-09-02,1000\n"
    assert send(network, file(sent), "--accept-warnings", "Right").code == 0
    directory = file("name,postcode\nSample Joinery Ltd,M2 5DB\n", "organisations.csv")
    ended = network("organisations", "load", directory)
    assert ended.code == 0
    assert "added: 1" in ended.err
    found = network("indicators", "spend", "--by", "ring", "--format", "json").json
    assert [(row["ring"], row["value"]) for row in found] == [("area", 1000.0)]
    undone = network("organisations", "undo")
    assert "Organisations taken out: 1; as they were before: 0." in undone.err
    found = network("indicators", "spend", "--by", "ring", "--format", "json").json
    assert [(row["ring"], row["value"]) for row in found] == [("unknown", 1000.0)]
    named = file("Wer,Wo\nSample Joinery Ltd,M2 5DB\n", "organisations.csv")
    ended = network("organisations", "load", named, "--map", "name=Wer", "--map", "postcode=Wo")
    assert "added: 1" in ended.err


def test_registers_say_where_suppliers_are_and_a_person_decides_the_rest(
    network: Run, file: Callable[..., Path]
) -> None:
    sent = (
        "supplier_name,paid_on,amount_gbp\n"
        "Sample Borough Council,2026-09-02,1000\nSampel Harbour Trust,2026-09-02,500\n"
    )
    assert send(network, file(sent), "--accept-warnings", "Right").code == 0
    assert network("organisations", "enrich").code == 2
    bodies = file(
        "name,org_id,postcode\nSample Borough Council,GB-LAE-XXX,M2 5DB\n"
        "Sample Harbour Trust,GB-LAE-XXY,M2 5DB\n",
        "bodies.csv",
    )
    ended = network("organisations", "enrich", "--list", bodies)
    assert "Names taken from the register: 1," in ended.err
    assert "Names to decide: 1." in ended.err
    matches = network("organisations", "matches").out.splitlines()
    assert matches[0].startswith("supplier,amount_gbp,org_id,how,score,name,")
    assert matches[1].startswith("Sampel Harbour Trust,500.0,GB-LAE-XXY,similar,")
    ended = network("organisations", "accept", "Sampel Harbour Trust", "GB-LAE-XXY")
    assert ended.code == 0
    found = network("indicators", "spend", "--by", "ring", "--format", "json").json
    assert [(row["ring"], row["value"]) for row in found] == [("area", 1500.0)]
    assert network("organisations", "refuse", "Sampel Harbour Trust", "GB-LAE-XXY").code == 0
    found = network("indicators", "spend", "--by", "ring", "--format", "json").json
    assert ("area", 1000.0) in [(row["ring"], row["value"]) for row in found]
    other = network("organisations", "enrich", "--companies-house", bodies)
    assert other.code == 2
    assert "lacks the column CompanyName" in other.err or "lacks the column" in other.err


@pytest.mark.parametrize("what", ["organisations", "targets"])
def test_a_load_file_with_faults_ends_with_1_and_a_sentence_for_each(
    network: Run, file: Callable[..., Path], what: str
) -> None:
    content = {
        "organisations": "name,postcode\nSample Joinery Ltd,NOWHERE\n,M2 5DB\n",
        "targets": "indicator,target_period,target\nspend,2026-12,\nstatrs,2026-12,5\n",
    }[what]
    ended = network(what, "load", file(content))
    assert (ended.code, ended.out) == (1, "")
    lines = ended.err.splitlines()
    assert [line.split(",")[0].split(":")[0] for line in lines] == ["Line 2", "Line 3"]


def test_targets_are_loaded(network: Run, file: Callable[..., Path]) -> None:
    content = "indicator,baseline_period,baseline,target_period,target\nspend,2025-09,1,2026-12,2\n"
    ended = network("targets", "load", file(content))
    assert (ended.code, ended.out, ended.err) == (0, "", "Recorded 1 target.\n")


def test_the_targets_that_hold_are_a_file_that_can_be_loaded(
    network: Run, file: Callable[..., Path]
) -> None:
    line = "spend,council,2025-09,1.0,2026-12,2.0,0.1,2025-12=1.5"
    heading = "indicator,member_id,baseline_period,baseline,target_period,target,tolerance,profile"
    content = f"{heading}\n{line}\n"
    assert network("targets", "load", file(content)).code == 0
    listed = network("targets", "list")
    assert listed.out.split() == content.split()
    assert network("targets", "load", file(listed.out)).code == 0


# --- meetings, actions, the area ---------------------------------------------------------------


def test_meetings_are_recorded_and_listed_the_newest_first(network: Run) -> None:
    for name, at in (("September", "2026-09-16T09:00"), ("December", "2026-12-02T10:00+00:00")):
        assert network("meetings", "add", name, "--at", at).code == 0
    listed = network("meetings", "list", "--format", "json").json
    assert listed == [
        {"meeting": 2, "name": "December", "starts_at": "2026-12-02T10:00Z"},
        {"meeting": 1, "name": "September", "starts_at": "2026-09-16T09:00Z"},
    ]
    assert "December" in network("meetings", "list").out
    twice = network("meetings", "add", "Again", "--at", "2026-09-16T09:00")
    assert (twice.code, "September already starts at that moment" in twice.err) == (2, True)


def test_actions_are_opened_listed_and_closed(network: Run) -> None:
    given = ("--what", "List ten contracts", "--who", "Procurement", "--due-on", "2099-12-31")
    ended = network("actions", "add", "spend", *given, "--member", "council")
    assert (ended.code, ended.err) == (0, "Recorded action 1, due on 31 December 2099.\n")
    (action,) = network("actions", "list", "--format", "json").json
    assert (action["state"], action["due_on"], action["member_id"]) == (
        "open", "2099-12-31", "council",
    )  # fmt: skip
    assert network("actions", "close", "1", "--note", "All listed.").code == 0
    (action,) = network("actions", "list", "--format", "json").json
    assert (action["state"], action["note"]) == ("done", "All listed.")
    assert network("actions", "close", "1", "--note", "Again.").code == 2
    strange = network("actions", "add", "spends", *given)
    assert (strange.code, "there is no indicator 'spends'" in strange.err) == (2, True)


def test_a_figure_of_the_area_is_kept_with_its_source(network: Run) -> None:
    given = ("--source", "A survey", "--year", "2024")
    assert network("area", "set", "residents_under_25_share", "27%", *given).code == 0
    assert network("area", "list", "--format", "json").json == [
        {"name": "residents_under_25_share", "value": 0.27, "source": "A survey", "year": 2024}
    ]
    assert network("area", "set", "residents", "27%", *given).code == 2


def test_what_is_different_since_the_last_meeting(
    network: Run, file: Callable[..., Path], run: Run
) -> None:
    assert "No meeting was held yet" in run("meetings", "since").err
    content = (
        "indicator,baseline_period,baseline,target_period,target\nspend,2025-09,1000,2099-12,1000\n"
    )
    network("targets", "load", file(content))
    network("meetings", "add", "The first", "--at", "2020-01-15T09:00")
    send(network, file())
    told = network("meetings", "since")
    assert (told.code, told.out) == (0, "The first saw no figures.\n")
    found = network("meetings", "since", "--format", "json").json
    assert (found["meeting"], found["period_then"], found["period"]) == (
        "The first",
        None,
        "2026-09",
    )
    assert found["crossed"] == found["due"] == []


# --- declarations ------------------------------------------------------------------------------


# --- serve -------------------------------------------------------------------------------------


def test_serve_runs_the_app_on_the_database_and_ends_though_a_browser_no_longer_reads(
    network: Run, path: Path
) -> None:
    scripts = (Path(streamlit.__file__).parent / "static" / "static" / "js").glob("*.js")
    largest = max(scripts, key=lambda script: script.stat().st_size).name
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "anchornet", "serve", "--port", str(port), "--headless"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=PROJECT,
    )
    try:
        assert answer(f"http://127.0.0.1:{port}/healthz") == {"ok": True}
        with socket.socket() as browser:
            browser.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            browser.connect(("127.0.0.1", port))
            asked = f"GET /static/js/{largest} HTTP/1.1\r\nHost: localhost\r\n\r\n"
            browser.sendall(asked.encode())
            assert browser.recv(12) == b"HTTP/1.1 200"
            process.terminate()
            process.wait(30)  # as long as deploy/anchornet.service gives it
        assert not path.with_name(f"{path.name}.wal").exists()
    finally:
        process.kill()
        process.wait()


def answer(url: str) -> Any:
    """What the page says, once it says anything."""
    until = time.monotonic() + 40
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2) as page:
                return json.load(page)
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


# --- framework ---------------------------------------------------------------------------------


def test_a_framework_is_loaded_and_shown_as_it_was_and_as_json(network: Run) -> None:
    ended = network("framework", "show")
    assert (ended.code, ended.out) == (2, "")
    assert "No framework was loaded" in ended.err
    ended = network("framework", "load", FRAMEWORK)
    assert (ended.code, ended.out) == (0, "")
    assert "Recorded six outcomes, 18 measures" in ended.err
    assert network("framework", "show").out == FRAMEWORK.read_text(encoding="utf-8")
    shown = network("framework", "show", "--format", "json").json
    assert shown["measures"][0]["unit"] == "people"
    assert shown["bands"][1] == {
        "from_gbp": 30000, "weighting": 0.05, "most_measures": 2, "standards": [],
    }  # fmt: skip
    assert network("framework", "show", "--as-at", "2026-01-01").code == 2


def test_a_framework_with_an_unknown_indicator_is_not_loaded(
    network: Run, file: Callable[..., Path]
) -> None:
    text = FRAMEWORK.read_text(encoding="utf-8").replace("accredited_employers", "employers")
    ended = network("framework", "load", file(text, "framework.toml"))
    assert ended.code == 1
    assert "Outcome good_work: 'employers' is not an indicator." in ended.err
    assert network("framework", "show").code == 2


# --- settings and a network of one's own --------------------------------------------------------


def test_a_setting_is_changed_and_shown_with_who_saved_it(network: Run) -> None:
    assert network("settings", "set", "due_days", "12", "--by", "runs@example.org").code == 0
    rows = {row["setting"]: row for row in network("settings", "show", "--format", "json").json}
    assert (rows["due_days"]["value"], rows["due_days"]["saved_by"]) == (12, "runs@example.org")
    assert rows["area"]["value"] == "E08000003"
    then = network("settings", "show", "--as-at", "2020-01-01T00:00", "--format", "json").json
    assert {row["setting"]: row["value"] for row in then}["due_days"] == 20
    refused = network("settings", "set", "suppress_below", "2")
    assert refused.code == 2
    assert "anchornet.toml" in refused.err
    assert network("settings", "set", "due_days", "many").code == 2


def test_serving_a_new_network_prints_a_link_and_the_sample_is_no_new_one(
    run: Run, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr("os.execve", lambda program, words, environment: started.append(words))
    monkeypatch.setattr("os.chdir", lambda folder: None)
    printed = run("serve", "--new", "--port", "8700").err
    assert "http://localhost:8700/first/" in printed
    assert path.exists()
    assert len(started) == 1
    again = run("serve", "--port", "8700").err
    assert "/first/" in again
    assert again != printed
    added = ("people", "add", "a@b.co", "--name", "A", "--role", "coordinator")
    assert run(*added).code == 0
    assert "/first/" not in run("serve", "--new").err
    opened = open_database(replace(load(environment={}), database=path))
    mark_sample(opened)
    opened.close()
    refused = run("serve", "--new")
    assert refused.code == 2
    assert "is the sample network. Name another file" in refused.err
