import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.ran import Run, send


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
        "shown": "£1.50k",
        "unit": "gbp",
        "members": 1,
        "members_expected": 2,
        "months": 1,
        "months_expected": 1,
        "unknown": None,
        "unjudged": "few_members",
    }
    assert row["as_at"].endswith("Z")
    gap = network("indicators", "spend", "--as-at", "2020-01-01", "--period", "2026-09")
    assert gap.out.splitlines()[1].split("  ")[:3] == [
        "Spend with suppliers",
        "September 2026",
        "–",
    ]


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


def test_people_are_printed_for_an_audience(network: Run, file: Callable[..., Path]) -> None:
    hires = "home_area,pathway,starts\nE05011366,standard,{}\noutside,redeployment,4\n"
    sent = file(hires.format(43), "hires.csv")
    done = network(
        "submit",
        "local_hires",
        str(sent),
        "--member",
        "council",
        "--period",
        "2026-09",
        "--by",
        "x@y",
    )
    assert done.code == 0, done.err
    asked = ("indicators", "starts", "--by", "pathway", "--period", "2026-09", "--format", "json")
    for audience in ((), ("--audience", "own")):
        rows = network(*asked, *audience).json
        assert [(it["pathway"], it["value"], it["shown"]) for it in rows] == [
            ("redeployment", 4, "4"),
            ("standard", 43, "43"),
        ]
    for audience in ("network", "public"):
        few, many = network(*asked, "--audience", audience).json
        assert (few["value"], few["shown"]) == (None, "*")
        assert many["value"] in (40, 45)
        assert many["shown"] == f"{many['value']:.0f}"
    refused = network("indicators", "starts", "--by", "ward", "--audience", "network")
    assert (refused.code, refused.out) == (2, "")
    assert "twelve months" in refused.err
    assert network("indicators", "starts", "--audience", "press").code == 2


def test_a_place_far_away_is_called_as_what_lies_there_is_placed(
    network: Run, file: Callable[..., Path]
) -> None:
    send(network, file())
    hires = file("home_area,pathway,starts\noutside,standard,40\n", "hires.csv")
    sending = ("submit", "local_hires", str(hires), "--member", "council", "--period", "2026-09")
    assert network(*sending, "--by", "x@y").code == 0
    asked = ("indicators", "spend", "starts", "--by", "ring", "--period", "2026-09")
    rows = [re.split("  +", row) for row in network(*asked).out.splitlines()[1:]]
    # A payment has its supplier's address; of a home outside a return need not say where.
    assert [(row[0], row[2], row[3]) for row in rows] == [
        ("Spend with suppliers", "Manchester", "£1.00k"),
        ("Spend with suppliers", "Further away", "£500"),
        ("Starts", "Elsewhere outside Manchester", "40"),
    ]


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
