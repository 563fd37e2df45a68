import csv
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import frictionless
import pytest

from anchornet import sample
from anchornet.__main__ import main
from anchornet.returns.declaration import RETURNS
from anchornet.settings import PROJECT, load
from anchornet.store.database import open_database
from anchornet.store.network import is_sample

SEPTEMBER = (
    "supplier_name,supplier_postcode,paid_on,amount_gbp\n"
    "Sample Joinery Ltd,M2 5DB,2026-09-02,1000.50\n"
    "Sample Paper Ltd,LS1 1UR,2026-09-20,499.50\n"
)
TWO_MONTHS = SEPTEMBER + "Sample Paper Ltd,LS1 1UR,2026-08-20,250.00\n"
WRONG = SEPTEMBER + "Sample Steel Ltd,S1 2HE,31/06/2026,12.00\n"
KEYS = ["return", "file", "encoding", "delimiter", "skipped_lines", "rows", "periods", "errors"]


class Ended(NamedTuple):
    """How a command ended, and what it said where."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ended]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the database will be; the command line is told by ANCHORNET_DATABASE."""
    path = tmp_path / "network.duckdb"
    monkeypatch.setenv("ANCHORNET_DATABASE", str(path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return path


@pytest.fixture
def run(path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: object) -> Ended:
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Ended(code, said.out, said.err)

    return run


@pytest.fixture
def network(run: Run) -> Run:
    """The same, with a database of two members."""
    assert run("init").code == 0
    for name, kind in (("council", "council"), ("hospital", "nhs")):
        assert run("members", "add", name, "--name", f"Sample {name}", "--kind", kind).code == 0
    return run


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    def file(content: str | bytes = SEPTEMBER, name: str = "spend.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return file


def send(run: Run, path: Path, *more: object, period: str = "2026-09") -> Ended:
    sender = ("--member", "council", "--by", "a.sender@example.org", "--format", "json")
    return run("submit", "spend", path, "--period", period, *sender, *more)


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
from anchornet import settings; from anchornet.store.database import open_database
database = open_database(settings.load()); print("open", flush=True); sys.stdin.read()
"""


@pytest.fixture
def app(network: Run) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the database, as the app does."""
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


def test_while_the_app_holds_the_file_it_says_what_to_do_instead(
    network: Run, app: "subprocess.Popen[str]", file: Callable[..., Path]
) -> None:
    for ended in (network("returns"), send(network, file()), network("serve")):
        assert (ended.code, ended.out) == (2, "")
        assert "Do this on its page, or stop the app first." in ended.err
    assert network("check", "spend", file()).code == 0  # which needs no database


def test_a_wrong_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANCHORNET_DUE_DAYS", "soon")
    ended = run("returns")
    assert ended.code == 2
    assert "ANCHORNET_DUE_DAYS" in ended.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "COMMAND"),
        (["publish"], "there is no 'publish'"),
        (["members"], "add"),
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


# --- members, suppliers, targets ---------------------------------------------------------------


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
    directory = file("name,postcode\nSample Joinery Ltd,M2 5DB\n", "suppliers.csv")
    ended = network("suppliers", "load", directory)
    assert ended.code == 0
    assert "added: 1" in ended.err
    found = network("indicators", "spend", "--by", "ring", "--format", "json").json
    assert [(row["ring"], row["value"]) for row in found] == [("area", 1000.0)]


@pytest.mark.parametrize("what", ["suppliers", "targets"])
def test_a_load_file_with_faults_ends_with_1_and_a_sentence_for_each(
    network: Run, file: Callable[..., Path], what: str
) -> None:
    content = {
        "suppliers": "name,postcode\nSample Joinery Ltd,NOWHERE\n,M2 5DB\n",
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
    assert (twice.code, "September starts at that moment already" in twice.err) == (2, True)


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


@pytest.mark.parametrize("name", RETURNS)
def test_the_template_has_the_fields_and_is_a_file_with_nothing_in_it(
    run: Run, file: Callable[..., Path], name: str
) -> None:
    ended = run("template", name)
    assert ended.code == 0
    (headings,) = csv.reader(io.StringIO(ended.out))
    assert headings == [field.name for field in RETURNS[name].fields]
    found = run("check", name, file(ended.out), "--format", "json")
    assert found.code == 1
    assert [finding["rule"] for finding in found.json["findings"]] == ["no_rows"]


@pytest.mark.parametrize("name", RETURNS)
def test_the_schema_is_one_that_frictionless_reads(run: Run, name: str) -> None:
    ended = run("schema", name)
    assert ended.code == 0
    schema = frictionless.Schema.from_descriptor(ended.json)
    assert schema.field_names == [field.name for field in RETURNS[name].fields]


def test_the_dictionary_has_every_return_and_field(run: Run) -> None:
    ended = run("dictionary")
    assert ended.code == 0
    for return_ in RETURNS.values():
        assert f"## {return_.title}" in ended.out
        assert all(f"`{field.name}`" in ended.out for field in return_.fields)


# --- check -------------------------------------------------------------------------------------


def test_a_check_is_told_in_the_agreed_shape(run: Run, file: Callable[..., Path]) -> None:
    ended = run("check", "spend", file(), "--period", "2026-09", "--format", "json")
    assert ended.code == 0
    assert list(ended.json) == [*KEYS, "warnings", "findings"]
    assert ended.json | {"findings": None, "warnings": None} == {
        "return": "spend",
        "file": "spend.csv",
        "encoding": "utf-8",
        "delimiter": ",",
        "skipped_lines": 0,
        "rows": 2,
        "periods": [{"period": "2026-09", "rows": 2, "totals": {"amount_gbp": 1500.0}}],
        "errors": 0,
        "warnings": None,
        "findings": None,
    }


def test_a_finding_has_its_line_its_column_and_its_cure(
    run: Run, file: Callable[..., Path]
) -> None:
    ended = run("check", "spend", file(WRONG), "--format", "json")
    assert ended.code == 1
    (finding,) = [it for it in ended.json["findings"] if it["severity"] == "error"]
    assert list(finding) == ["rule", "severity", "line", "column", "value", "message", "cure"]
    assert (finding["line"], finding["column"], finding["value"]) == (4, "paid_on", "31/06/2026")


def test_a_check_in_words_says_what_was_found_where(run: Run, file: Callable[..., Path]) -> None:
    ended = run("check", "spend", file(WRONG))
    assert ended.code == 1
    assert ended.out.splitlines()[2].split() == ["2026-09", "2", "1,500"]
    assert "Line 4: 31/06/2026 is not a date (June has 30 days)" in ended.out
    assert "1 to put right" in ended.out


def test_without_a_period_every_month_is_looked_at(run: Run, file: Callable[..., Path]) -> None:
    whole = run("check", "spend", file(TWO_MONTHS), "--format", "json")
    assert whole.code == 0
    assert [it["period"] for it in whole.json["periods"]] == ["2026-08", "2026-09"]
    assert run("check", "spend", file(TWO_MONTHS), "--period", "2026-09").code == 1
    assert run("check", "spend", file(TWO_MONTHS), "--period", "each").code == 0


def test_headings_can_be_named(run: Run, file: Callable[..., Path]) -> None:
    path = file(SEPTEMBER.replace("paid_on", "The day it left"))
    assert run("check", "spend", path).code == 1
    assert run("check", "spend", path, "--map", "paid_on=The day it left").code == 0
    ended = run("check", "spend", path, "--map", "paid_on=Day")
    assert (ended.code, ended.out) == (2, "")
    assert "The day it left" in ended.err
    assert run("check", "spend", path, "--mapping", "nobody_else").code == 2


def test_what_is_no_list_at_all_is_refused_in_the_same_shape(
    run: Run, file: Callable[..., Path]
) -> None:
    path = file(b"%PDF-1.7 and more", "list.csv")
    ended = run("check", "spend", path, "--format", "json")
    assert ended.code == 1
    assert list(ended.json) == [*KEYS, "warnings", "findings"]
    assert (ended.json["errors"], ended.json["findings"][0]["rule"]) == (1, "refused")
    assert "PDF" in ended.json["findings"][0]["message"]
    assert "PDF" in run("check", "spend", path).err


def test_a_file_name_that_is_not_unicode_is_still_told(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/spend-\xff.csv"
    Path(os.fsdecode(path)).write_text(SEPTEMBER)
    words = [sys.executable, "-m", "anchornet", "check", "spend", path, "--format", "json"]
    ended = subprocess.run(words, capture_output=True, cwd=PROJECT, check=False)
    assert ended.returncode == 0
    assert json.loads(ended.stdout)["rows"] == 2


def test_a_reader_that_has_seen_enough_is_no_fault(file: Callable[..., Path]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "anchornet", "dictionary"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=PROJECT,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait() == 0


# --- prepare, template -------------------------------------------------------------------------

STARTERS = "Begun,Postcode,Route\n2026-09-14,M40 8QA,Apprentice\n2026-08-14,M40 8QA,\n"


def test_a_list_of_starters_is_prepared_without_a_database(
    run: Run, file: Callable[..., Path], path: Path
) -> None:
    words = ("prepare", "local_hires", file(STARTERS), "--period", "2026-09")
    ended = run(*words, "--map", "start_date=Begun")
    assert ended.code == 0
    (row,) = csv.DictReader(io.StringIO(ended.out))
    assert (row["home_area"], row["pathway"], row["starts"]) == ("E01033678", "apprenticeship", "1")
    assert "Started before September 2026: 1 left out." in ended.err
    assert not path.exists()


def test_what_is_prepared_can_be_submitted(network: Run, file: Callable[..., Path]) -> None:
    made = file("", "made.csv")
    words = ("prepare", "local_hires", file(STARTERS), "--period", "2026-09")
    ended = network(*words, "--map", "start_date=Begun", "-o", made)
    assert (ended.code, ended.out) == (0, "")
    sender = ("--member", "council", "--by", "a@example.org", "--period", "2026-09")
    assert network("submit", "local_hires", made, *sender).code == 0


def test_a_list_that_cannot_be_prepared_says_what_to_put_right(
    run: Run, file: Callable[..., Path]
) -> None:
    words = ("prepare", "retention", file(STARTERS), "--period", "2026-09")
    ended = run(*words, "--map", "start_date=Begun")
    assert (ended.code, ended.out) == (1, "")
    assert "we found no column for Leaving date" in ended.err
    ended = run(*words, "--map", "start_date=Nope")
    assert (ended.code, ended.out) == (2, "")
    assert "no column headed Nope" in ended.err
    ended = run("prepare", "spend", file(STARTERS), "--period", "2026-09")
    assert ended.code == 2
    assert "spend is not made from a list of people" in ended.err


def test_a_template_is_made_as_a_workbook(run: Run, tmp_path: Path) -> None:
    ended = run("template", "spend", "--xlsx", "-o", tmp_path / "spend.xlsx")
    assert (ended.code, ended.out) == (0, "")
    assert run("check", "spend", tmp_path / "spend.xlsx").code == 1  # nothing under its headings
    assert run("template", "spend", "--xlsx").code == 2
    assert run("template", "spend", "-o", tmp_path / "nowhere" / "spend.csv").code == 2
    assert run("template", "spend", "-o", tmp_path / "spend.csv").code == 0
    assert (tmp_path / "spend.csv").read_bytes().decode() == RETURNS["spend"].template_csv()


# --- submit, withdraw, returns, indicators -----------------------------------------------------


def test_a_file_is_sent_counted_withdrawn_and_counted_no_more(
    network: Run, file: Callable[..., Path]
) -> None:
    first = send(network, file())
    assert first.code == 0
    assert first.json == {
        "receipt": first.json["receipt"],
        "rows": 2,
        "totals": {"amount_gbp": 1500.0},
        "submissions": [
            {
                "receipt": first.json["receipt"],
                "period": "2026-09",
                "rows": 2,
                "totals": {"amount_gbp": 1500.0},
                "already": False,
            }
        ],
    }
    second = send(network, file(SEPTEMBER.replace("1000.50", "2000.50"))).json["receipt"]

    def spend() -> list[float | None]:
        found = network("indicators", "spend", "--format", "json", "--period", "2026-09").json
        return [row["value"] for row in found]

    assert spend() == [2500.0]
    by = ("--by", "b@example.org", "--reason", "Wrong file")
    ended = network("withdraw", second, *by)
    assert (ended.code, ended.out) == (0, "")
    assert f"{first.json['receipt']} counts in its place" in ended.err
    assert spend() == [1500.0]
    assert "the return is missing now" in network("withdraw", first.json["receipt"], *by).err
    assert spend() == [None]
    assert network("withdraw", second, *by).code == 2
    assert network("withdraw", "R999999", *by).code == 2


def test_the_same_bytes_are_recognised(network: Run, file: Callable[..., Path]) -> None:
    first, second = send(network, file()), send(network, file())
    assert (first.code, second.code) == (0, 0)
    assert first.json["receipt"] == second.json["receipt"]
    assert [it["already"] for it in second.json["submissions"]] == [True]


def test_each_month_in_a_file_becomes_a_submission(network: Run, file: Callable[..., Path]) -> None:
    ended = send(network, file(TWO_MONTHS), period="each")
    assert ended.code == 0
    assert list(ended.json) == ["submissions"]
    sent = [(it["period"], it["rows"], it["totals"]) for it in ended.json["submissions"]]
    assert sent == [
        ("2026-08", 1, {"amount_gbp": 250.0}),
        ("2026-09", 2, {"amount_gbp": 1500.0}),
    ]
    found = network("indicators", "spend", "--format", "json").json
    assert [(row["period"], row["value"]) for row in found] == [("2026-08", 250), ("2026-09", 1500)]
    assert send(network, file(), period="each").json["rows"] == 2  # one month: as with its name


def test_what_is_not_accepted_prints_what_check_prints(
    network: Run, file: Callable[..., Path]
) -> None:
    ended = send(network, file(WRONG))
    assert ended.code == 1
    checked = network("check", "spend", file(WRONG), "--period", "2026-09", "--format", "json")
    assert ended.json == checked.json
    assert "put right" in ended.err
    assert network("returns", "--format", "json").json[0]["receipt"] is None
    assert send(network, file(b"%PDF-1.7")).json["findings"][0]["rule"] == "refused"


def test_warnings_wait_for_a_sentence(network: Run, file: Callable[..., Path]) -> None:
    once = SEPTEMBER.replace("amount_gbp\n", "amount_gbp,reference\n").replace(
        "0.50\n", "0.50,P1\n"
    )
    twice = once + once.splitlines()[1] + "\n"  # the same line with the same reference
    ended = send(network, file(twice))
    assert ended.code == 1
    assert (ended.json["errors"], ended.json["warnings"] > 0) == (0, True)
    assert network("check", "spend", file(twice)).code == 0  # which only asks
    assert send(network, file(twice), "--accept-warnings", "Two instalments").json["rows"] == 3


def test_a_sender_must_be_a_member_and_name_a_month(
    network: Run, file: Callable[..., Path]
) -> None:
    words = ("submit", "spend", file(), "--by", "a@example.org")
    ended = network(*words, "--member", "nobody", "--period", "2026-09")
    assert (ended.code, ended.out) == (2, "")
    assert "There is no member nobody" in ended.err
    ended = network(*words, "--member", "council")
    assert ended.code == 2
    assert "--period" in ended.err


def test_a_receipt_in_words_is_a_table(network: Run, file: Callable[..., Path]) -> None:
    words = ("--member", "council", "--by", "a@example.org", "--period", "2026-09")
    ended = network("submit", "spend", file(), *words)
    assert ended.code == 0
    assert [line.split() for line in ended.out.splitlines()] == [
        ["receipt", "period", "rows", "already", "amount_gbp"],
        ["R000001", "2026-09", "2", "no", "1,500"],
    ]


def test_returns_say_who_has_sent_what(network: Run, file: Callable[..., Path]) -> None:
    send(network, file())
    found = network("returns", "--period", "2026-09", "--format", "json").json
    (council,) = [
        it for it in found if (it["member_id"], it["return_name"]) == ("council", "spend")
    ]
    assert council["receipt"] == "R000001"
    assert council["period"] == "2026-09"
    assert len(found) == 8
    lines = network("returns", "--period", "2026-09").out.splitlines()
    assert lines[0].split() == ["period", "member", *RETURNS]
    assert len(lines) == 3


def test_indicators_are_exact_and_say_how_many_members_they_cover(
    network: Run, file: Callable[..., Path]
) -> None:
    send(network, file())
    (row,) = network("indicators", "spend", "--format", "json").json
    assert row | {"as_at": None} == {
        "indicator": "spend",
        "period": "2026-09",
        "as_at": None,
        "value": 1500.0,
        "unit": "gbp",
        "members": 1,
        "members_expected": 2,
    }
    assert row["as_at"].endswith("Z")
    gap = network("indicators", "spend", "--as-at", "2020-01-01", "--period", "2026-09")
    assert gap.out.splitlines()[1].split() == ["spend", "2026-09", "–", "gbp", "0", "0"]


def test_indicators_can_be_cut_and_ranged_and_left_as_csv(
    network: Run, file: Callable[..., Path]
) -> None:
    send(network, file())
    cut = ("--by", "ring", "--by", "member", "--period", "2026-08..2026-09", "--format", "csv")
    ended = network("indicators", "spend", *cut)
    rows = list(csv.DictReader(io.StringIO(ended.out)))
    assert [
        (it["period"], it["ring"], it["member"], it["value"]) for it in rows if it["value"]
    ] == [
        ("2026-09", "area", "council", "1000.5"),
        ("2026-09", "elsewhere", "council", "499.5"),
    ]


def test_indicators_are_of_a_longer_window_of_one_member_and_of_a_part(
    network: Run, file: Callable[..., Path]
) -> None:
    send(network, file())
    asked = ("indicators", "spend", "--period", "2026-09", "--format", "json")
    (part,) = network(*asked, "--where", "ring=area", "--member", "council").json
    assert (part["value"], part["members_expected"]) == (1000.5, 1)
    (year,) = network(*asked, "--window", "rolling_12").json
    assert year["value"] is None  # eleven months before it were not sent
    assert network(*asked, "--where", "ring").code == 2


def test_all_indicators_are_printed_when_none_is_named(
    network: Run, file: Callable[..., Path]
) -> None:
    assert network("indicators").code == 2  # nothing was sent, and no month named
    send(network, file())
    found = {row["indicator"] for row in network("indicators", "--format", "json").json}
    assert {"spend", "starts", "accredited_employers", "returns_received"} <= found


@pytest.mark.parametrize("words", [["gross_spend"], ["spend", "--by", "colour"]])
def test_an_unknown_indicator_or_breakdown_is_told_which_there_are(
    network: Run, words: list[str]
) -> None:
    ended = network("indicators", *words, "--period", "2026-09")
    assert (ended.code, ended.out) == (2, "")
    assert "spend" in ended.err


# --- serve -------------------------------------------------------------------------------------


def test_serve_runs_the_app_on_the_database(network: Run, path: Path) -> None:
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
    finally:
        process.terminate()
        process.wait(20)


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


# --- backlog -------------------------------------------------------------------------------------


def backlog(run: Run, *words: object) -> Ended:
    return run(
        "backlog", *words, "--member", "council", "--by", "a@example.org", "--format", "json"
    )


def test_backlog_sends_files_and_archives_and_knows_them_again(
    network: Run, file: Callable[..., Path], tmp_path: Path
) -> None:
    year = tmp_path / "year.zip"
    with zipfile.ZipFile(year, "w") as opened:
        opened.writestr("august.csv", TWO_MONTHS.replace("2026-09", "2026-07"))
    ended = backlog(network, file(), year, "--dry-run")
    assert (ended.code, [it["state"] for it in ended.json["files"]]) == (0, ["ready", "ready"])
    assert json.loads(network("returns", "--format", "json").out)[0]["state"] != "on_time"

    ended = backlog(network, file(), year)
    assert ended.code == 0
    assert "2 of 2: year.zip › august.csv" in ended.err
    first, second = ended.json["files"]
    assert first["state"] == "sent"
    assert first["periods"] == [
        {"period": "2026-09", "rows": 2, "totals": {"amount_gbp": 1500.0}, "receipt": "R000001",
         "already": False}
    ]  # fmt: skip
    assert [(it["period"], it["rows"]) for it in second["periods"]] == [
        ("2026-07", 2),
        ("2026-08", 1),
    ]
    again = backlog(network, file(), year)
    assert [it["state"] for it in again.json["files"]] == ["already", "already"]


def test_backlog_says_what_it_left_out_and_sends_the_rest(
    network: Run, file: Callable[..., Path]
) -> None:
    ended = backlog(network, file(WRONG, "wrong.csv"), file(TWO_MONTHS, "two.csv"))
    assert ended.code == 1
    assert [it["state"] for it in ended.json["files"]] == ["not sent", "sent"]
    assert "wrong.csv: Line 4, paid_on: 31/06/2026 is not a date" in ended.err


def test_backlog_as_text_is_a_line_for_each_month(network: Run, file: Callable[..., Path]) -> None:
    sender = ("--member", "council", "--by", "a@example.org")
    ended = network("backlog", file(TWO_MONTHS), *sender)
    assert ended.code == 0
    assert ended.out.split("\n")[0].split() == [
        "file", "return", "state", "period", "rows", "receipt", "already", "amount_gbp",
    ]  # fmt: skip
    assert ended.out.count("spend.csv") == 2
