"""Cohorts, worked out by hand: how many are in, and how many of each stay."""

from datetime import date

import pytest

from anchornet.indicators import cohorts
from anchornet.indicators.figures import OWN

JULY, AUGUST, SEPTEMBER = (date(2026, month, 1) for month in (7, 8, 9))
RETENTION = "cohort_month,pathway,home_area_group,starters,in_post"


@pytest.fixture
def followed(send):
    """Two months of one member: the cohorts of March, May and June, and one that has begun."""
    send(
        "retention",
        "council",
        """
        2026-02,standard,local,10,6
        2026-05,standard,local,20,18
        2026-08,standard,local,7,7
        """,
        RETENTION,
        period="2026-08",
    )
    send(
        "retention",
        "council",
        """
        2026-02,standard,local,10,5
        2026-03,standard,local,40,30
        2026-03,apprenticeship,local,10,10
        2026-05,standard,local,20,16
        2026-06,standard,outside,30,24
        2026-09,standard,local,9,9
        """,
        RETENTION,
    )


def test_maturity_says_which_cohorts_are_in_and_which_is_next(network, followed):
    found = cohorts.maturity(network, SEPTEMBER, OWN, window="quarter").set_index("indicator")
    # At 13 weeks: May in August's return, June in September's; nothing was sent for July.
    row = found.loc["retention_13_weeks"]
    assert (row["cohorts"], row["cohorts_expected"]) == (2, 3)
    assert (row["newest"], row["next"]) == (date(2026, 6, 1), JULY)
    assert row["base"] == 50
    assert row["value"] == pytest.approx(42 / 50)
    row = found.loc["retention_26_weeks"]
    assert (row["cohorts"], row["newest"], row["next"]) == (
        2,
        date(2026, 3, 1),
        date(2026, 4, 1),
    )
    assert row["value"] == pytest.approx(46 / 60)
    row = found.loc["retention_52_weeks"]
    assert (row["cohorts"], row["newest"]) == (0, None)
    assert row["value"] != row["value"]


def test_a_point_of_a_pathways_curve_is_of_the_cohorts_that_came_to_that_age(network, send):
    july = "2026-04,standard,local,10,8\n2026-05,standard,local,99,90"
    send("retention", "council", july, RETENTION, period="2026-07")
    september = "2026-06,standard,local,20,19\n2026-06,apprenticeship,local,8,6"
    send("retention", "council", september, RETENTION)
    frame = cohorts.by_pathway(network, SEPTEMBER, OWN).dropna(subset=["value"])
    found = {(it["pathway"], it["months"]): it["value"] for _, it in frame.iterrows()}
    assert found == {
        ("standard", 2): pytest.approx(90 / 99),
        ("standard", 3): pytest.approx(27 / 30),
        ("apprenticeship", 3): pytest.approx(6 / 8),
    }


def test_a_cohorts_curve_has_a_point_for_each_month_that_it_was_followed(network, followed):
    frame = cohorts.by_cohort(network, SEPTEMBER, OWN)
    found = {(row["cohort_month"], row["months"]): row["value"] for _, row in frame.iterrows()}
    assert found == {
        ("2026-02", 6): pytest.approx(6 / 10),
        ("2026-02", 7): pytest.approx(5 / 10),
        ("2026-03", 6): pytest.approx(40 / 50),
        ("2026-05", 3): pytest.approx(18 / 20),
        ("2026-05", 4): pytest.approx(16 / 20),
        ("2026-06", 3): pytest.approx(24 / 30),
        ("2026-08", 0): 1,
    }
