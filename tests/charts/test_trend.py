"""One indicator by month, and its way to its target."""

import json
import math
from datetime import date
from typing import Any

import pandas as pd
import pytest

from anchornet.charts import trend
from anchornet.indicators.targets import project
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


def months(*values: float | None, indicator: str = "local_spend_share") -> pd.DataFrame:
    return rows(*values, indicator=indicator).assign(
        label=["–" if value is None else f"{value:.0%}" for value in values]
    )


def test_a_gap_stays_a_gap_and_is_counted_in_the_sentence() -> None:
    made = trend.trend_chart(months(0.30, None, 0.36))
    assert list(made.data["month"]) == ["Jan 26", "Feb 26", "Mar 26"]
    assert math.isnan(made.data["value"][1])
    assert made.sentence == (
        "Local spend: 36% in Mar 26, 6 points above Jan 26 (30%); one month without a figure."
    )
    assert made.alt.endswith("Jan 26 30%, Feb 26 no figure, Mar 26 36%.")


def test_months_before_the_first_figure_are_no_gap() -> None:
    made = trend.trend_chart(months(None, None, 0.36))
    assert made.sentence == "Local spend: 36% in Mar 26."


def test_a_hidden_figure_is_hidden_in_the_chart_its_table_and_its_alternative() -> None:
    frame = months(0.30, None, 0.36, indicator="starts")
    frame.loc[1, "label"] = "*"
    made = trend.trend_chart(frame)
    assert "Feb 26 *" in made.alt
    assert made.data["label"][1] == "*"
    assert made.data["value"].isna()[1]


def test_labels_at_the_end_of_two_lines_are_kept_apart() -> None:
    frame = months(0.0, 1.0)
    frame["profile"] = [0.0, 0.98]
    made = trend.trend_chart(frame)
    end, profile = made.data["end_at"].max(), made.data["profile_end_at"].max()
    assert end == 1.0
    assert profile == pytest.approx(0.9)
    assert made.data["profile_end"].iloc[-1] == "profile 98%"


def test_without_any_figure_a_chart_says_so_and_is_empty() -> None:
    made = trend.trend_chart(months(None, None))
    assert made.sentence == "Local spend, share: no figures yet."
    assert made.empty
    assert not trend.trend_chart(months(None, 0.0)).empty


def test_without_a_target_the_course_is_a_line() -> None:
    made = trend.trend_chart(rows(0.4, None, 0.5))
    assert list(made.data["month"]) == ["Jan 26", "Feb 26", "Mar 26"]
    assert made.spec is trend.LINES["share"]
    assert "low" not in json.dumps(made.spec)


def test_the_way_ahead_goes_to_the_target_and_says_where_it_would_end() -> None:
    # Moves of 0.02 on a mean of 0.41: the range is 2.66 times 0.02 to either side.
    flat = held(0.40, 0.42, 0.40, 0.42, 0.40, 0.42, target=0.48, by=date(2026, 9, 1))
    made = trend.trend_chart(flat, project(flat), {date(2026, 7, 1): 0.51, date(2026, 9, 1): 0.48})
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
    made = trend.trend_chart(far, project(far))
    assert len(made.data) == 6 + trend.AHEAD
    assert made.data["target"].isna().all()
    assert made.data["ahead_label"].iloc[-1] == "on course for 41%"


def test_labels_that_would_stand_on_each_other_are_moved_apart() -> None:
    near = held(0.40, 0.42, 0.40, 0.42, 0.40, 0.42, target=0.411, by=date(2026, 9, 1))
    last = trend.trend_chart(near, project(near)).data.iloc[-1]
    drawn = 0.5 - 0.3568  # from the low end of the range to the profile
    assert last["target_at"] - last["ahead_at"] == pytest.approx(0.09 * drawn)


def test_a_line_of_one_month_or_none_is_drawn_as_it_is() -> None:
    for values in ([0.4], [None], [None, None]):
        assert len(trend.trend_chart(rows(*values)).data) == len(values)
