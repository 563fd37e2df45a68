"""What commands print as JSON has the fields that the documents say, and no other."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from anchornet.setting_values import PROJECT
from anchornet.store.framework import SAMPLE
from tests.cli.ran import SEPTEMBER, WRONG, Run, send

DOCUMENT = (PROJECT / "docs" / "command-line.md").read_text(encoding="utf-8")
HOLDERS = "organisation,standard,held_from\nSample Ltd,good_employment_charter,2025-01-01\n"
NEED = (
    "--organisation", "Sample Youth CIC", "--kind", "space", "--outcome", "low_carbon",
    "--what", "A shed", "--review-on", "2099-01-01",
)  # fmt: skip
BY = ("--by", "ann@example.org")


def documented(name: str) -> list[str]:
    """The fields in the row of a command, or of a list in what it prints."""
    (cell,) = re.findall(rf"^\| `{re.escape(name)}` \| (`.*?) \|", DOCUMENT, re.M)
    return re.findall(r"`([^`]+)`", cell)


def assert_fields(name: str, printed: dict[str, Any]) -> None:
    assert sorted(printed) == sorted(documented(name))


@pytest.fixture
def busy(network: Run, file: Callable[..., Path]) -> Run:
    """With something of everything that can be listed."""
    due = ("--what", "List ten contracts", "--who", "Procurement", "--due-on", "2099-12-31")
    story = ("--member", "council", "--title", "Ten weeks")
    for words in (
        ("meetings", "add", "The first", "--at", "2020-01-15T09:00"),
        ("actions", "add", "spend", *due),
        ("area", "set", "jobs_in_area", "410000", "--source", "A survey", "--year", "2024"),
        ("framework", "load", SAMPLE),
        ("standards", "load", file(HOLDERS, "holders.csv")),
        ("needs", "add", *NEED),
        ("stories", "add", file("She began in May.", "story.txt"), *story),
        ("chart", "spend", "--period", "2026-09"),
        ("asks", "write", file("Ten posts.", "ask.txt")),
        ("asks", "approve", "1"),
    ):
        assert network(*words).code == 0
    return network


def test_lists_have_the_fields_that_are_documented(busy: Run, file: Callable[..., Path]) -> None:
    assert send(busy, file()).code == 0
    for words in (
        ("returns",),
        ("indicators", "spend"),
        ("meetings", "list"),
        ("actions", "list"),
        ("area", "list"),
        ("asks", "list"),
        ("standards", "show"),
        ("settings", "show"),
        ("needs", "list"),
        ("stories", "list"),
        ("figures",),
    ):
        first, *_ = busy(*words, "--format", "json").json
        assert_fields(" ".join(words).removesuffix(" spend"), first)


def test_what_was_checked_and_sent_has_the_fields_that_are_documented(
    network: Run, file: Callable[..., Path]
) -> None:
    checked = network("check", "spend", file(WRONG), "--format", "json").json
    assert_fields("check", checked)
    assert_fields("periods", checked["periods"][0])
    assert_fields("findings", checked["findings"][0])
    sent = send(network, file()).json
    assert_fields("submit", sent)
    assert_fields("submissions", sent["submissions"][0])
    later = file(SEPTEMBER.replace("2026-09", "2026-08"))
    files = network("backlog", later, "--member", "council", *BY, "--format", "json").json
    assert_fields("backlog", files)
    assert_fields("files", files["files"][0])
    assert_fields("periods of files", files["files"][0]["periods"][0])


def test_what_is_new_since_a_meeting_has_the_fields_that_are_documented(busy: Run) -> None:
    assert_fields("meetings since", busy("meetings", "since", "--format", "json").json)


def test_a_figure_that_was_revised_since_the_meeting_says_why(
    network: Run, file: Callable[..., Path]
) -> None:
    assert send(network, file()).code == 0
    now = datetime.now(UTC).isoformat()
    assert network("meetings", "add", "The second", "--at", now).code == 0
    correction = send(network, file(SEPTEMBER.replace("1000.50", "1100.50")))
    assert correction.code == 0
    since = network("meetings", "since", "--format", "json").json
    (spend,) = (row for row in since["revised"] if row["indicator"] == "spend")
    assert (spend["value_then"], spend["value_now"]) == (1500.0, 1600.0)
    assert spend["causes"] == [
        {
            "what": "corrected",
            "member_id": "council",
            "return_name": "spend",
            "period": "2026-09-01",
            "receipt": correction.json["receipt"],
        }
    ]
