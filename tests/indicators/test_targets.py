"""Figures against the profile to date, with profiles worked out by hand."""

import math
from datetime import date, datetime

import pytest

from anchornet.indicators.calculate import calculate
from anchornet.indicators.targets import profile_at, status
from anchornet.settings import parse_month
from anchornet.store.targets import Target, record_targets

JANUARY, SEPTEMBER, YEAR_END = date(2026, 1, 1), date(2026, 9, 1), date(2027, 1, 1)
HIRES = "home_area,pathway,starts"


def hires(send, starts, period="2026-09", member="council"):
    send("local_hires", member, f"E05011366,standard,{starts}", HIRES, period=period)


def judged(network, targets, periods=(SEPTEMBER,), indicator="starts", member_id=None, **options):
    record_targets(network, targets, by="coordinator")
    frame = calculate(network, [indicator], periods, **options)
    return status(network, frame, member_id)


def target(**changes):
    # From 40 in January to 100 twelve months later: 5 more each month, 80 in September.
    line = {
        "indicator": "starts",
        "baseline_period": JANUARY,
        "baseline": 40,
        "target_period": YEAR_END,
        "target": 100,
    }
    return Target(**(line | changes))


@pytest.mark.parametrize(
    ("starts", "expected"),
    [
        (81, "on_track"),
        (80, "on_track"),
        (79, "within_tolerance"),
        (72, "within_tolerance"),  # a tenth below 80
        (71, "off_track"),
    ],
)
def test_status_is_against_the_profile_to_date_and_not_the_final_target(
    network, send, starts, expected
):
    hires(send, starts)
    (row,) = judged(network, [target()]).to_dict("records")
    assert (row["target"], row["profile"], row["gap"]) == (100, 80, starts - 80)
    assert row["status"] == expected


def test_a_target_has_a_tolerance_of_its_own(network, send):
    hires(send, 71)
    assert judged(network, [target(tolerance=0.2)])["status"][0] == "within_tolerance"
    assert judged(network, [target(tolerance=0.0)])["status"][0] == "off_track"


def test_where_less_is_better_more_is_worse(network, spend):
    # 60 of 100 pounds have no known address: a tenth above 50 and no more is within tolerance.
    spend("council", "Near Ltd,,M40 8QA,,45,A\nLost Ltd,,,,55,A")
    name = "unknown_address_spend_share"
    for final, expected in ((0.55, "on_track"), (0.5, "within_tolerance"), (0.49, "off_track")):
        goal = Target(name, SEPTEMBER, final, baseline_period=JANUARY, baseline=0.9)
        assert judged(network, [goal], indicator=name)["status"][0] == expected, final


def test_a_profile_of_months_is_met_at_its_months_and_straight_between(network, send):
    hires(send, 10)
    goal = target(profile={parse_month("2026-07"): 50.0, parse_month("2026-11"): 90.0})
    periods = [parse_month(text) for text in ("2026-04", "2026-07", "2026-09", "2026-11")]
    assert [*judged(network, [goal], periods)["profile"]] == [45, 50, 70, 90]


def test_a_profile_starts_at_its_first_point_and_stays_at_its_last():
    points = {JANUARY: 40.0, YEAR_END: 100.0}
    assert profile_at(points, date(2025, 12, 1)) is None
    assert profile_at(points, JANUARY) == 40
    assert profile_at(points, date(2026, 7, 1)) == 70
    assert profile_at(points, date(2028, 7, 1)) == 100


def test_a_gap_is_never_compared(network, send):
    hires(send, 90, "2026-07")
    frame = judged(network, [target()], [parse_month("2026-07"), parse_month("2026-08"), SEPTEMBER])
    gap, missing = frame.iloc[1], frame.iloc[2]
    assert [*frame["status"].astype(object).where(frame["status"].notna(), None)] == [
        "on_track",
        None,
        None,
    ]
    assert gap["profile"] == 75
    assert math.isnan(gap["gap"])
    assert not isinstance(gap["direction"], str)
    assert not isinstance(missing["direction"], str)


def test_direction_is_against_the_month_before_and_the_year_before(network, send):
    for period, starts in (("2025-09", 30), ("2026-08", 20), ("2026-09", 25)):
        hires(send, starts, period)
    frame = status(
        network,
        calculate(network, ["starts"], [date(2025, 9, 1), date(2026, 8, 1), SEPTEMBER]),
    )
    last = frame.iloc[2]
    assert (last["direction"], last["direction_year"]) == ("better", "worse")
    assert math.isnan(last["target"])


def test_a_members_figure_is_held_to_the_members_own_target(network, send):
    hires(send, 90)
    hires(send, 5, member="hospital")
    goals = [target(), target(member_id="hospital", target=12, baseline=0)]
    own = judged(network, goals, by=["member"])
    assert dict(zip(own["member"], own["status"].fillna("none"), strict=True)) == {
        "council": "none",
        "hospital": "off_track",  # 8 by September
        "university": "none",
    }
    limited = judged(network, goals, member_id="hospital", members=["hospital"])
    assert (limited["profile"][0], limited["status"][0]) == (8, "off_track")
    assert judged(network, goals)["status"][0] == "on_track"


def test_a_part_of_a_figure_has_no_target(network, send):
    hires(send, 90)
    frame = judged(network, [target()], by=["pathway"])
    assert math.isnan(frame["target"][0])


def test_a_figure_of_then_is_held_to_the_target_of_then(network, send):
    hires(send, 90)
    record_targets(network, [target()], by="x", now=datetime(2026, 10, 1))
    record_targets(network, [target(target=500)], by="x", now=datetime(2026, 10, 20))
    frame = calculate(network, ["starts"], [SEPTEMBER], as_at=datetime(2026, 10, 10))
    assert status(network, frame)["status"][0] == "on_track"
    assert status(network, calculate(network, ["starts"], [SEPTEMBER]))["status"][0] == "off_track"


def test_nothing_asked_is_nothing_judged(network):
    frame = calculate(network, ["starts"], [])
    assert list(status(network, frame)["status"]) == []
