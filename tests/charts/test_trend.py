"""The two views of one indicator's course."""

import json
import math
from datetime import date
from typing import Any

import pandas as pd
import pytest

from anchornet.charts import trend
from anchornet.indicators.targets import project
from anchornet.indicators.xmr import xmr
from anchornet.periods import add_months

JANUARY = date(2026, 1, 1)


def rows(*values: float | None, indicator: str = "local_spend_share", **more: Any) -> pd.DataFrame:
    """Months from January 2026 on, as targets.status gives them, with labels."""
    return pd.DataFrame(
        {
            "indicator": indicator,
            "period": [add_months(JANUARY, place) for place in range(len(values))],
            "value": [math.nan if it is None else it for it in values],
            "label": ["–" if it is None else f"{it:g}" for it in values],
            "target": math.nan,
            "target_period": None,
            "profile": math.nan,
            **more,
        }
    )


def held(*values: float | None, target: float, by: date) -> pd.DataFrame:
    return rows(*values, target=target, target_period=by, profile=0.5)


def test_without_a_target_the_course_is_a_line() -> None:
    made = trend.course(rows(0.4, None, 0.5))
    assert list(made.data["month"]) == ["Jan 26", "Feb 26", "Mar 26"]
    assert made.spec is trend.LINES["share"]
    assert "low" not in json.dumps(made.spec)


def test_the_way_ahead_goes_to_the_target_and_says_where_it_would_end() -> None:
    # Moves of 0.02 on a mean of 0.41: the range is 2.66 times 0.02 to either side.
    flat = held(0.40, 0.42, 0.40, 0.42, 0.40, 0.42, target=0.48, by=date(2026, 9, 1))
    made = trend.course(flat, project(flat), {date(2026, 7, 1): 0.51, date(2026, 9, 1): 0.48})
    assert list(made.data["month"])[5:] == ["Jun 26", "Jul 26", "Aug 26", "Sep 26"]
    last = made.data.iloc[-1]
    assert (last["ahead"], last["low"], last["high"]) == pytest.approx((0.41, 0.3568, 0.4632))
    assert (last["target"], last["target_label"]) == (0.48, "target 48%")
    assert last["ahead_label"] == "on course for 41%"
    assert last["target_at"] > last["ahead_at"]
    assert last["label"] == "on course for 41% (36% to 46%)"
    # The way starts at the last figure, and its profile goes on.
    assert made.data["ahead"][5] == made.data["value"][5] == 0.42
    assert list(made.data["profile"])[6:] == pytest.approx([0.51, math.nan, 0.48], nan_ok=True)


def test_a_target_far_ahead_is_not_drawn_and_the_way_there_is_cut() -> None:
    far = held(0.40, 0.42, 0.40, 0.42, 0.40, 0.42, target=0.48, by=date(2029, 3, 1))
    made = trend.course(far, project(far))
    assert len(made.data) == 6 + trend.AHEAD
    assert made.data["target"].isna().all()
    assert made.data["ahead_label"].iloc[-1] == "on course for 41%"


def test_labels_that_would_stand_on_each_other_are_moved_apart() -> None:
    near = held(0.40, 0.42, 0.40, 0.42, 0.40, 0.42, target=0.411, by=date(2026, 9, 1))
    last = trend.course(near, project(near)).data.iloc[-1]
    drawn = 0.5 - 0.3568  # from the low end of the range to the profile
    assert last["target_at"] - last["ahead_at"] == pytest.approx(0.09 * drawn)


def test_what_varies_is_marked_by_a_colour_and_a_shape_and_said() -> None:
    values = [1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]
    chart = xmr(values, "up")
    made = trend.varying(rows(*values, indicator="spend"), chart, 12.0, "The sentence.")
    assert list(made.data["said"]).count("improvement") == 1
    assert made.data["said"][4] == "improvement"
    # The golden values; nobody spends less than nothing.
    assert made.data["mean"][0] == pytest.approx(1.94, abs=0.005)
    assert made.data["upper"][0] == pytest.approx(6.95, abs=0.005)
    assert made.data["lower"][0] == 0.0
    assert made.data["target"][0] == 12.0
    assert set(made.data["level"]) == {
        "", "lower limit £0", "mean £2", "upper limit £7", "target £12",
    }  # fmt: skip
    assert "May 26 10 (unusual: better)" in made.alt
    assert made.alt.endswith("The sentence.")


def test_the_limits_of_a_share_are_no_more_than_all_of_it() -> None:
    values = [0.9, 1.0, 0.9, 1.0, 0.9, 1.0]
    made = trend.varying(rows(*values), xmr(values, "up"), None, "")
    assert made.data["upper"][0] == 1.0
    assert made.data["target"].isna().all()


def test_a_course_of_one_month_or_none_is_drawn_as_it_is() -> None:
    for values in ([0.4], [None], [None, None]):
        frame = rows(*values)
        assert len(trend.course(frame).data) == len(values)
        chart = xmr(values, "up")
        assert len(trend.varying(frame, chart, None, "Too few.").data) == len(values)


def test_larger_grows_what_is_read_and_leaves_the_kind_as_it_was() -> None:
    before = json.dumps(trend.COURSES["share"])
    spec = trend.larger(trend.COURSES["share"], 2)
    assert spec["height"] == "container"
    assert spec["config"]["axis"]["labelFontSize"] == 28
    assert json.dumps(trend.COURSES["share"]) == before
