"""A return for each quarter: what it changes, and that it changes nothing that was before it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from anchornet.setting_values import PROJECT

RETURN = """
name = "garden"
title = "Gardens"
order = 60
version = "1"
every = "quarter"
since = "2026-12"
grain = "One row per plot."
totals = ["beds"]

[[fields]]
name = "plot"
title = "Plot"
type = "text"
required = true
description = "Which plot."
example = "North"

[[fields]]
name = "beds"
title = "Beds"
type = "whole"
required = true
description = "How many beds."
example = "3"
"""
FACTS = """
create or replace temp table new_garden_facts as
select addition_id, sum(beds)::bigint as beds
from garden_rows
join adding using (submission_id)
group by all;
"""
ENTRIES = """
[facts.garden]
return = "garden"
table = "garden_facts"
breakdowns = []

[indicators.garden_beds]
title = "Beds"
definition = "Beds of gardens."
supplier = "Dig."
commissioner = "Ask."
councillor = "They grow."
public = "You grow."
overview = 95
unit = "beds"
kind = "flow"
people = false
polarity = "up"
facts = ["garden"]
expression = "sum(beds)"
"""


def told_by(folder: Path, database: Path) -> dict[str, Any]:
    """What `rhythm.py` says of the product in a folder."""
    run = subprocess.run(
        [sys.executable, str(PROJECT / "tests" / "rhythm.py"), str(database)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{PROJECT / 'tests'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-4000:]
    told: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return told


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return told_by(PROJECT, tmp_path_factory.mktemp("without") / "network.duckdb")


@pytest.fixture(scope="module")
def with_one(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    copy = tmp_path_factory.mktemp("copy")
    shutil.copytree(PROJECT / "anchornet", copy / "anchornet")
    for name in ("data", "anchornet.toml"):
        (copy / name).symlink_to(PROJECT / name)
    (copy / "anchornet/returns/garden.toml").write_text(RETURN, encoding="utf-8")
    (copy / "anchornet/facts/garden.sql").write_text(FACTS, encoding="utf-8")
    catalogue = copy / "anchornet/facts/catalogue.toml"
    text = catalogue.read_text(encoding="utf-8") + ENTRIES
    catalogue.write_text(text.replace("\n[units]\n", '\n[units]\nbeds = "Beds"\n', 1), "utf-8")
    return told_by(copy, copy / "network.duckdb")


def test_a_return_for_each_quarter_changes_nothing_that_was_before_it(
    without: dict[str, Any], with_one: dict[str, Any]
) -> None:
    assert without["past"]["figures"]
    for moment in ("past", "later"):
        assert with_one[moment] == without[moment], moment
    assert with_one["garden"]["past"] == without["later"]  # when some of it was sent, too


def test_it_is_owed_for_the_quarters_from_its_first_on(with_one: dict[str, Any]) -> None:
    garden = with_one["garden"]
    assert garden["before"] == []
    assert garden["board"] == [
        ["2026-12-01", "college", "missing"],
        ["2026-12-01", "council", "on_time"],
        ["2026-12-01", "hospital", "on_time"],
    ]
    assert "garden" in garden["own"]
    assert "garden" not in garden["november"]
    # Three members owe the four monthly returns, commitments and this one for December.
    assert garden["received"] == [18.0]


def test_it_is_sent_for_the_last_month_of_a_quarter_only(with_one: dict[str, Any]) -> None:
    assert with_one["garden"]["between"] == (
        "Gardens is sent for a quarter, by its last month: 2026-12 for October to December 2026, "
        "and not 2026-11."
    )


def test_its_figures_are_of_quarters_and_a_month_between_has_none(
    with_one: dict[str, Any],
) -> None:
    # 3 beds and 4, of two members of the three that owed them
    for window in ("month", "quarter"):
        *between, december = with_one["garden"]["figures"][window]
        assert [shown for shown, *_ in between] == ["–", "–"]
        assert december == ["7", 2, 3]


def test_it_is_called_by_its_quarter_where_it_is_asked_for(with_one: dict[str, Any]) -> None:
    garden = with_one["garden"]
    assert "gardens (October to December 2026)" in garden["owed"]
    assert "- Gardens (October to December 2026)\n" in garden["reminder"]


def test_a_network_asks_from_a_period_of_its_own(with_one: dict[str, Any]) -> None:
    garden = with_one["garden"]
    assert garden["earlier"] == ["missing"] * 3
    assert garden["as_at_before"]
