import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import frictionless
import pytest

from anchornet.returns.declaration import RETURNS
from anchornet.setting_values import PROJECT
from anchornet.store.framework import SAMPLE
from tests.cli.ran import KEYS, SEPTEMBER, TWO_MONTHS, WRONG, Ended, Run, send


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
        "notes": [],
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
    assert list(finding) == [
        "rule", "severity", "sheet", "line", "column", "value", "message", "cure",
    ]  # fmt: skip
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
    assert "spend is not made from other lists" in ended.err


PLANNING = PROJECT / "tests" / "files" / "published" / "planning"
FRAMEWORK = PROJECT / "data" / "sample" / "framework.toml"
SOUTH_HAMS = ("south_hams_agreement", "south_hams_contribution", "transaction_a")


def test_published_contributions_are_prepared_and_submitted(
    network: Run, file: Callable[..., Path]
) -> None:
    made = file("", "made.csv")
    lists = [PLANNING / f"{name}.csv" for name in SOUTH_HAMS]
    words = ("prepare", "commitments", *lists, "--period", "2026-09", "-o", made)
    assert "Say what the files are with --source" in network(*words).err
    words = (*words, "--source", "section_106")
    assert "no framework yet" in network(*words).err
    assert network("framework", "load", FRAMEWORK).code == 0
    assert "There is no measure 'x'" in network(*words, "--purpose", "OSSR=x").err
    ended = network(*words, "--purpose", "Tramway Interpretation=infrastructure_contributions")
    assert (ended.code, ended.out) == (0, "")
    assert (
        "Left out: south_hams_contribution.csv, line 17, contribution-purpose: pounds for Other - "
        "Cirl Bunting are of no measure. Choose a measure in pounds for this purpose."
    ) in ended.err
    assert "£920,094.75" in ended.err  # 915,094.75 and the tramway's 5,000
    assert "16 promises are in the return for July to September 2026; 50 lines" in ended.err
    sender = ("--member", "council", "--by", "a@example.org", "--period", "2026-09")
    sent = network("submit", "commitments", made, *sender, "--format", "json")
    assert (sent.code, sent.json["rows"]) == (0, 16)


def test_only_commitments_are_prepared_from_several_files_and_for_quarters(
    network: Run, file: Callable[..., Path]
) -> None:
    words = ("prepare", "local_hires", file(STARTERS), file("", "other.csv"), "--period", "2026-09")
    assert "made from one list of people" in network(*words).err
    words = ("prepare", "commitments", file(STARTERS), "--source", "contract")
    ended = network(*words, "--period", "2026-11")
    assert "Commitments is sent for a quarter, by its last month: 2026-12" in ended.err


def test_what_is_made_for_a_network_has_the_measures_of_its_framework(
    network: Run, path: Path, tmp_path: Path
) -> None:
    assert network("framework", "load", SAMPLE).code == 0
    for command in (["dictionary"], ["schema", "commitments"]):
        without, with_them = network(*command), network(*command, "--database", path)
        assert (without.code, with_them.code) == (0, 0)
        assert "careers_time" not in without.out
        assert "careers_time" in with_them.out
    book = tmp_path / "commitments.xlsx"
    assert network("template", "commitments", "--xlsx", "-o", book, "--database", path).code == 0
    with zipfile.ZipFile(book) as parts:
        notes = parts.read("xl/sharedStrings.xml").decode()
    assert "careers_time" in notes


def test_a_template_is_made_as_a_workbook(run: Run, tmp_path: Path) -> None:
    ended = run("template", "spend", "--xlsx", "-o", tmp_path / "spend.xlsx")
    assert (ended.code, ended.out) == (0, "")
    assert run("check", "spend", tmp_path / "spend.xlsx").code == 1  # nothing under its headings
    assert run("template", "spend", "--xlsx").code == 2
    assert run("template", "spend", "-o", tmp_path / "nowhere" / "spend.csv").code == 2
    assert run("template", "spend", "-o", tmp_path / "spend.csv").code == 0
    assert (tmp_path / "spend.csv").read_bytes().decode() == RETURNS["spend"].template_csv()


def test_a_return_is_sent_back_and_the_question_taken_back(
    network: Run, file: Callable[..., Path]
) -> None:
    first = send(network, file()).json["receipt"]
    ended = network("send-back", first, "--by", "c@e.org", "--reason", "Is this all?")
    assert (
        ended.err == f"{first} is sent back with your question. It counts until it is corrected.\n"
    )
    (row,) = (row for row in network("returns", "--format", "json").json if row["receipt"])
    assert row["sent_back"] is True
    assert "sent back" in network("returns").out
    assert network("take-back", first, "--by", "c@e.org").code == 0
    assert "sent back" not in network("returns").out
    assert network("take-back", first, "--by", "c@e.org").code == 2


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
        ["Receipt", "Period", "Rows", "Already", "Amount"],
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
    asked = [one.title for one in RETURNS.values() if one.is_owed(date(2026, 9, 1))]
    titles = " ".join(asked)
    assert " ".join(lines[0].split()) == f"Period Member {titles}"
    assert "missing" in lines[1]
    assert len(lines) == 3


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
        "File", "Return", "State", "Period", "Rows", "Receipt", "Already", "Amount",
    ]  # fmt: skip
    assert ended.out.count("spend.csv") == 2


def test_a_check_reads_measures_by_the_framework_that_is_named(run: Run) -> None:
    command = (
        "check",
        "commitments",
        PROJECT / "tests/files/commitments/good.csv",
        "--period",
        "2026-09",
    )
    without = run(*command, "--format", "json")
    assert without.code == 1
    assert {found["rule"] for found in without.json["findings"]} == {"no_framework"}
    assert run(*command, "--framework", SAMPLE).code == 0


def test_a_return_is_asked_for_from_a_quarter_on(network: Run) -> None:
    wrong = network("ask", "commitments", "--from", "2026-08", "--by", "co@sample.example.org")
    assert wrong.code == 2
    assert "2026-09 for July to September 2026, and not 2026-08" in wrong.err
    asked = network("ask", "commitments", "--from", "2026-06", "--by", "co@sample.example.org")
    assert "Commitments is owed from April to June 2026 on." in asked.err
    board = network("returns", "--period", "2026-06", "--format", "json").json
    assert "commitments" in {row["return_name"] for row in board}
