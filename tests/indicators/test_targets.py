"""Figures against the profile to date, with profiles worked out by hand."""

import math
import random
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from anchornet.formatting import figure
from anchornet.indicators.figures import OWN, Request, figures
from anchornet.indicators.targets import profile_at, project, status
from anchornet.periods import add_months, parse_month
from anchornet.store.targets import Target, record_targets, remove_target

JANUARY, SEPTEMBER, YEAR_END = date(2026, 1, 1), date(2026, 9, 1), date(2027, 1, 1)
HIRES = "home_area,pathway,starts"

pytestmark = pytest.mark.usefixtures("begun")


def calculate(network, indicators, periods, **options):
    return figures(network, Request(indicators, periods, **options), OWN)


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


def test_a_profile_that_ends_in_a_half_is_rounded_up():
    points = {JANUARY: 0.10, date(2026, 5, 1): 0.12}
    # 10% and three quarters of two points: as floats 11.499999999999998%.
    assert figure(profile_at(points, date(2026, 4, 1)), "share") == "12%"


def test_a_seasonal_month_is_held_to_its_own_profile_and_never_beside_the_last_ones(network, send):
    hires(send, 45, "2026-08")
    hires(send, 55)
    seasons = {date(2026, 8, 1): 40.0, SEPTEMBER: 60.0, date(2026, 12, 1): 20.0}
    goal = target(baseline=None, baseline_period=None, profile=seasons, target=35.0)
    frame = judged(network, [goal], [date(2026, 8, 1), SEPTEMBER, YEAR_END])
    assert [*frame["profile"]] == [40, 60, 35]
    assert [*frame["target"].isna()] == [True, True, False]
    assert [*frame["status"]] == ["on_track", "within_tolerance", None]
    # One that only grows has the same end all the way.
    frame = judged(network, [target()], [date(2026, 8, 1), SEPTEMBER])
    assert [*frame["target"]] == [100, 100]


def test_nothing_asked_is_nothing_judged(network):
    frame = calculate(network, ["starts"], [])
    assert list(status(network, frame)["status"]) == []


def test_a_status_says_by_when_the_target_should_be_reached(network, send):
    hires(send, 90)
    frame = judged(network, [target()])
    assert frame["target_period"][0] == YEAR_END
    assert status(network, calculate(network, ["offers"], [SEPTEMBER]))["target_period"][0] is None


def test_a_target_taken_away_judges_nothing_from_then_on(network, send):
    hires(send, 90)
    record_targets(network, [target()], by="x", now=datetime(2026, 10, 1))
    remove_target(network, "starts", by="x", now=datetime(2026, 10, 20))
    assert math.isnan(status(network, calculate(network, ["starts"], [SEPTEMBER]))["target"][0])
    then = calculate(network, ["starts"], [SEPTEMBER], as_at=datetime(2026, 10, 10))
    assert status(network, then)["status"][0] == "on_track"


def over(network, window, periods=(SEPTEMBER,), indicator="starts", **options):
    frame = calculate(network, [indicator], periods, window=window)
    return status(network, frame, window=window, **options)


def test_a_quarter_of_a_flow_is_held_to_the_sum_of_its_months(network, send):
    # The profile is 70, 75 and 80 from July to September; 90, 95 and 100 by the end of the target.
    for period, starts in (("2026-07", 70), ("2026-08", 70), ("2026-09", 62)):
        hires(send, starts, period)
    record_targets(network, [target(target_period=date(2026, 12, 1), target=95)], by="x")
    quarter = over(network, "quarter", [date(2026, 8, 1), SEPTEMBER])
    assert [*quarter["profile"]] == [145, 225]
    assert [*quarter["gap"]] == [-5, -23]
    assert [*quarter["status"]] == ["within_tolerance", "off_track"]  # 225 less a tenth is 202.5
    assert [*quarter["target"]] == [270, 270]  # 85 + 90 + 95
    assert [*over(network, "month")["profile"]] == [80]
    # April to September: 55 + 60 + 65 + 70 + 75 + 80
    record_targets(network, [target()], by="x")
    assert [*over(network, "financial_year")["profile"]] == [405]


def test_a_window_that_begins_before_the_profile_has_none(network, send):
    hires(send, 90)
    record_targets(network, [target()], by="x")
    year = over(network, "rolling_12")  # from October 2025
    assert math.isnan(year["profile"][0])
    assert year["target"][0] == sum(range(45, 101, 5))
    assert year["status"][0] is None


def test_a_rate_and_a_stock_are_held_to_the_profile_of_the_last_month(network, spend, send):
    for month in ("2026-07", "2026-08", "2026-09"):
        spend("council", "Near Ltd,,M40 8QA,,45,A\nFar Ltd,,SK4 4JL,,55,A", month)
    line = {"baseline_period": JANUARY, "baseline": 0.40}
    record_targets(network, [Target("local_spend_share", YEAR_END, 0.52, **line)], by="x")
    (row,) = over(network, "quarter", indicator="local_spend_share").to_dict("records")
    assert row["profile"] == pytest.approx(0.48)
    assert (row["target"], row["status"]) == (0.52, "within_tolerance")


def test_what_does_not_add_up_is_held_to_a_target_of_single_months_only(network, spend):
    for month in ("2026-07", "2026-08", "2026-09"):
        spend("council", "Near Ltd,,M40 8QA,,45,A", month)
    record_targets(network, [target(indicator="active_suppliers")], by="x")
    assert math.isnan(over(network, "quarter", indicator="active_suppliers")["target"][0])
    assert over(network, "month", indicator="active_suppliers")["profile"][0] == 80


def test_the_direction_of_a_quarter_is_against_the_quarter_before(network, send):
    months = ("2025-07", "2025-08", "2025-09", "2026-04", "2026-05", "2026-06", "2026-07",
              "2026-08", "2026-09")  # fmt: skip
    for month, starts in zip(months, (30, 30, 30, 10, 20, 10, 20, 20, 20), strict=True):
        hires(send, starts, month)
    periods = [date(2025, 9, 1), date(2026, 6, 1), date(2026, 8, 1), SEPTEMBER]
    last = over(network, "quarter", periods).iloc[3]
    assert (last["direction"], last["direction_year"]) == ("better", "worse")


def test_a_part_of_the_network_is_not_held_to_the_networks_target(network, send):
    hires(send, 90)
    record_targets(network, [target()], by="x")
    frame = calculate(network, ["starts"], [SEPTEMBER], members=["council", "hospital"])
    (row,) = status(network, frame, whole=False).to_dict("records")
    assert math.isnan(row["target"])
    assert row["status"] is None


def rows(indicator, values, target=None, by=date(2027, 3, 1), start=date(2026, 1, 1)):
    """A row a month as `status` gives them; None is a gap."""
    return pd.DataFrame(
        {
            "indicator": indicator,
            "period": [add_months(start, place) for place in range(len(values))],
            "value": [math.nan if value is None else value for value in values],
            "unjudged": None,
            "target": math.nan if target is None else target,
            "target_period": None if target is None else by,
        }
    )


# Ups and downs on a line of 2 a month: 100, 103, 103, 106 ... a saw of one up and one down.
RISING = [100 + 2 * month + month % 2 for month in range(12)]


def second_opinion(values, step):
    """The line and its prediction interval of 95%, by numpy and scipy."""
    x = np.arange(len(values))
    fit = stats.linregress(x, values)
    left = values - fit.intercept - fit.slope * x
    deviation = math.sqrt((left**2).sum() / (len(x) - 2))
    at = len(x) - 1 + step
    away = 1 + 1 / len(x) + (at - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum()
    reach = stats.t.ppf(0.975, len(x) - 2) * deviation * math.sqrt(away)
    value = fit.intercept + fit.slope * at
    return value, value - reach, value + reach


def test_a_projection_carries_the_least_squares_line_on_with_its_prediction_interval():
    # December 2026 is the last month, March 2027 three months after it.
    made = project(rows("accredited_employers", RISING, 130))
    assert (made.target_period, made.target, made.count) == (date(2027, 3, 1), 130, 12)
    assert made.rate == pytest.approx(stats.linregress(range(12), RISING).slope)
    expected = second_opinion(np.array(RISING), 3)
    assert (made.value, made.low, made.high) == pytest.approx(expected, abs=0.005)
    assert [month for month, *_ in made.months] == [
        date(2027, month, 1) for month in (1, 2, 3)
    ]  # fmt: skip
    assert made.months[0][1:] == pytest.approx(second_opinion(np.array(RISING), 1), abs=0.005)
    for target, outcome in ((expected[1] - 1, "reached"), (expected[2] + 1, "missed")):
        assert project(rows("accredited_employers", RISING, target)).outcome == outcome
    assert project(rows("accredited_employers", RISING, expected[0])).outcome == "open"


def test_a_line_through_24_months_leaves_gaps_out_and_looks_back_no_further():
    draw = random.Random(3)
    values = [0.9, 0.9, *(0.3 + month / 100 + draw.gauss(0, 0.01) for month in range(24))]
    made = project(rows("local_spend_share", values, 0.6, by=date(2028, 6, 1)))
    assert made.count == 24
    assert made.value == pytest.approx(second_opinion(np.array(values[2:]), 4)[0])
    values[10] = None
    assert project(rows("local_spend_share", values, 0.6, by=date(2028, 6, 1))).count == 24


@pytest.mark.parametrize(
    "values",
    [
        RISING[:11],
        [None, *RISING[1:]],
        [*RISING[:-1], None],
        [20, 24] * 6,
        [20] * 12,
        # A long rise and then a fall: no line promises that it is made good.
        [*range(10, 27), 25, 24, 23, 22, 21, 20, 19],
        [*RISING[:-1], 60],
        # A season in the first year and in the second.
        [10, 12, 20, 30, 35, 40, 38, 30, 20, 12, 10, 8] * 2,
    ],
)
def test_nothing_is_projected_where_the_months_do_not_keep_to_a_line(values):
    assert project(rows("starts", values, 40, by=date(2028, 3, 1))) is None


def test_nothing_is_projected_further_than_it_looks_back_or_to_a_month_that_has_passed():
    for by, projected in (
        (date(2026, 11, 1), False),
        (date(2026, 12, 1), False),
        (date(2027, 1, 1), True),
        (date(2027, 11, 1), True),
        (date(2027, 12, 1), False),
    ):
        assert (project(rows("starts", RISING, 140, by=by)) is not None) == projected
    assert project(rows("starts", RISING)) is None


def test_where_less_is_better_a_projection_reaches_its_target_from_above():
    falling = [0.40 - value / 1000 for value in RISING]
    name, by = "unknown_address_spend_share", date(2027, 1, 1)
    value, low, high = second_opinion(np.array(falling), 1)
    for target, outcome in ((high + 0.01, "reached"), (value, "open"), (low - 0.01, "missed")):
        assert project(rows(name, falling, target, by=by)).outcome == outcome


def test_a_projection_is_never_below_nought_nor_above_all():
    falling = [30 - 2 * month - month % 2 for month in range(12)]
    made = project(rows("starts", falling, 0, by=date(2027, 10, 1)))
    assert (made.low, made.value) == (0, 0)
    rising = [0.70 + month / 40 + month % 2 / 100 for month in range(12)]
    made = project(rows("local_spend_share", rising, 1, by=date(2027, 10, 1)))
    assert (made.value, made.high) == (1, 1)
