"""How a figure stands, in words."""

import math
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pandas as pd
import pytest

from anchornet.narrative import page_sentences, status
from anchornet.store.targets import Target

SEPTEMBER, MARCH = date(2026, 9, 1), date(2027, 3, 1)


def row(**more: Any) -> "pd.Series[Any]":
    usual = {
        "indicator": "local_start_share",
        "period": SEPTEMBER,
        "as_at": datetime(2026, 11, 22, 9),
        "value": 0.42,
        "unit": "share",
        "target": 0.48,
        "target_period": date(2027, 3, 1),
        "profile": 0.46,
        "status": "within_tolerance",
        "direction": "worse",
        "direction_year": "better",
        "members": 11,
        "members_expected": 12,
        "shown": "42%",
        "unjudged": None,
        "senders": "1",
    }
    return pd.Series({**usual, **more}, dtype=object)


def test_a_figure_stands_against_its_profile_and_against_earlier() -> None:
    assert status.sentence(row()) == (
        "42% in September 2026, 4 points below profile of 46%. "
        "Worse than Aug 26, better than Sep 25."
    )
    assert status.target(row()) == "Target\N{NO-BREAK SPACE}48%"
    assert status.target(row(), when=True) == "Target\N{NO-BREAK SPACE}48% by Mar 2027"
    assert status.cover(row()) == "Sep 26 · 11 of 12 members · as at 22 Nov"


def test_longer_spans_are_compared_with_spans() -> None:
    assert status.travel(row(), "quarter") == (
        "Worse than the quarter before, better than the same quarter a year before"
    )
    once = row(direction="better")
    assert status.travel(once, "financial_year") == "Better than the same months a year before"
    assert status.sentence(row(), "quarter").startswith("42% in July to September 2026, ")


def test_a_gap_and_a_hidden_figure_are_told_apart() -> None:
    gap = {"value": math.nan, "status": None, "direction": None, "direction_year": None}
    assert status.sentence(row(**gap, shown="–", members=0)) == (
        "Nobody has sent the figure for September 2026."
    )
    assert status.sentence(row(**gap, shown="–")) == (
        "What was sent doesn't say the figure for September 2026."
    )
    assert status.sentence(row(**gap, shown="*")) == (
        "There are too few people to show the figure for September 2026."
    )
    assert status.state(row(**gap, shown="*")) == "Too few people to show"
    assert status.state(row(**gap, shown="–")) == "No figure"
    assert status.state(row(status=None, target=math.nan, profile=math.nan)) == "No target"


def test_the_change_is_told_raw_and_like_for_like() -> None:
    before = row(period=date(2025, 9, 1), value=0.45, shown="45%")
    rows = pd.DataFrame([before, row()])
    alike = pd.Series(
        {"value": 0.43, "value_before": 0.44, "members": 10, "members_left_out": 2}, dtype=object
    )
    assert status.change(rows, before["period"], alike) == (
        "Since Sep 25: 3 points below (45%); like for like, by the 10 members in both, "
        "1 point below."
    )
    alike["members_left_out"] = 0
    assert status.change(rows, before["period"], alike) == (
        "Since Sep 25: 3 points below (45%), by the same 10 members."
    )
    assert status.change(rows, before["period"], None) == "Since Sep 25: 3 points below (45%)."
    assert status.change(rows, date(2024, 9, 1), alike) == ""


def test_a_sum_that_other_members_made_up_is_compared_like_for_like_or_not_at_all() -> None:
    starts = {"indicator": "starts", "unit": "people"}
    before = row(**starts, period=date(2025, 9, 1), value=450.0, shown="450", senders="2")
    rows = pd.DataFrame([before, row(**starts, value=300.0, shown="300")])
    alike = pd.Series(
        {"value": 290.0, "value_before": 280.0, "members": 10, "members_left_out": 2}, dtype=object
    )
    assert status.change(rows, before["period"], alike) == (
        "Since Sep 25: like for like, by the 10 members in both, 10 above."
    )
    assert status.change(rows, before["period"], None) == (
        "Since Sep 25: not to be compared, as other members sent it."
    )
    rows.loc[rows.index[-1], "unjudged"] = "few_members"
    assert status.change(rows, before["period"], alike) == ""


def test_a_stock_is_of_the_end_of_its_month_however_long_the_span() -> None:
    stock = row(indicator="workers_uplifted", unit="people", value=3_675.0, shown="3,675")
    stock = pd.Series({**stock, "profile": math.nan, "direction": None, "direction_year": None})
    assert status.sentence(stock, "rolling_12") == "3,675 at the end of September 2026."


@pytest.mark.parametrize("missing", ["profile", "value"])
def test_nothing_is_compared_with_nothing(missing: str) -> None:
    assert status.against(row(**{missing: math.nan})) == ""


def test_a_target_is_told_with_the_way_to_it() -> None:
    straight = Target("spend", MARCH, 15_500_000, None, date(2024, 9, 1), 14_300_000)
    assert status.target_by(straight) == "£15.5m by Mar\N{NO-BREAK SPACE}27"
    assert status.path(straight) == "straight from £14.3m in Sep\N{NO-BREAK SPACE}24"
    bent = Target("local_start_share", MARCH, 0.485, profile={date(2026, 10, 1): 0.45})
    assert status.target_by(bent) == "48.5% by Mar\N{NO-BREAK SPACE}27"
    assert status.path(bent) == "month by month from Oct\N{NO-BREAK SPACE}26"
    assert status.tolerance(bent, 0.1) == "10%"
    assert status.tolerance(replace(bent, tolerance=0.05), 0.1) == "5%"


def test_what_holds_is_counted() -> None:
    own = Target("spend", MARCH, 2, "arts", SEPTEMBER, 1)
    network = replace(own, member_id=None)
    assert status.targets_held([]) == "No target is set yet, so no figure has a status."
    assert status.targets_held([network]) == "The network is held to one target."
    assert status.targets_held([network, own, replace(own, indicator="starts")]) == (
        "The network is held to one target, and one member is held to two of its own."
    )


def test_what_nobody_was_asked_for_is_not_said_to_be_due_later() -> None:
    judged = {"indicator": "returns_received", "status": None, "unjudged": "not_due"}
    none = row(value=float("nan"), members=0, members_expected=0, **judged)
    assert status.state(none) == "Nobody was asked"
    assert status.sentence(none) == "Nobody was asked for a return for September 2026."
    later = row(value=float("nan"), members=0, **judged)
    assert status.state(later) == "Not due yet"
    assert status.sentence(later) == "Nothing is due for September 2026 yet."
    source = page_sentences.source(pd.DataFrame([none]), "spend", "Pounds", "September 2026")
    assert source == (
        "Pounds. Nobody was asked for returns of spend with suppliers, September 2026, "
        "as at 22 November 2026."
    )
