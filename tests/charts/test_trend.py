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
            "unjudged": None,
            **more,
        }
    )


def held(*values: float | None, target: float, by: date) -> pd.DataFrame:
    return rows(*values, target=target, target_period=by, profile=0.5)


def months(*values: float | None, indicator: str = "local_spend_share") -> pd.DataFrame:
    return rows(*values, indicator=indicator).assign(
        label=["–" if value is None else f"{value:.0%}" for value in values]
    )


def test_a_gap_stays_a_gap() -> None:
    made = trend.trend_chart(months(0.30, None, 0.36))
    assert list(made.data["month"]) == ["Jan 26", "Feb 26", "Mar 26"]
    assert math.isnan(made.data["value"][1])
    assert made.alt.endswith("Jan 26 30%, Feb 26 no figure, Mar 26 36%.")


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
    assert made.alt.endswith("no figure, Feb 26 no figure.")
    assert made.empty
    assert not trend.trend_chart(months(None, 0.0)).empty


def test_without_a_target_the_course_is_a_line() -> None:
    made = trend.trend_chart(rows(0.4, None, 0.5))
    assert list(made.data["month"]) == ["Jan 26", "Feb 26", "Mar 26"]
    assert made.spec is trend.LINES["share"]
    assert "low" not in json.dumps(made.spec)


# On a line of two points a month, one point up and one down.
RISING = [0.20 + 0.02 * month + 0.01 * (month % 2) for month in range(12)]


def test_the_way_ahead_goes_to_the_target_and_says_where_it_would_end() -> None:
    line = held(*RISING, target=0.52, by=date(2027, 3, 1))
    ahead = project(line)
    assert ahead is not None
    made = trend.trend_chart(line, ahead, {date(2027, 1, 1): 0.51, date(2027, 3, 1): 0.52})
    assert list(made.data["month"])[11:] == ["Dec 26", "Jan 27", "Feb 27", "Mar 27"]
    last = made.data.iloc[-1]
    assert (last["ahead"], last["low"], last["high"]) == (ahead.value, ahead.low, ahead.high)
    assert (last["target"], last["target_label"]) == (0.52, "target 52%")
    assert last["ahead_label"] == "trend 49%"
    assert last["target_at"] > last["ahead_at"]
    assert last["label"] == "trend 49% (47% to 50%)"
    # The way starts at the last figure, and its profile goes on.
    assert made.data["ahead"][11] == made.data["value"][11] == RISING[-1]
    assert list(made.data["profile"])[12:] == pytest.approx([0.51, math.nan, 0.52], nan_ok=True)


def test_a_target_far_ahead_is_not_drawn_and_the_way_there_is_cut() -> None:
    long = [0.20 + 0.02 * month + 0.01 * (month % 2) for month in range(24)]
    far = held(*long, target=0.9, by=date(2029, 9, 1))
    made = trend.trend_chart(far, project(far))
    assert len(made.data) == 24 + trend.AHEAD
    assert made.data["target"].isna().all()
    assert made.data["ahead_label"].iloc[-1].startswith("trend ")


def test_labels_that_would_stand_on_each_other_are_moved_apart() -> None:
    near = held(*RISING, target=0.485, by=date(2027, 3, 1))
    last = trend.trend_chart(near, project(near)).data.iloc[-1]
    drawn = 0.5 - RISING[0]  # from the first figure to the profile
    least = abs(last["target_at"] - last["ahead_at"])
    assert least == pytest.approx(0.09 * drawn, abs=0.001)


def test_a_line_of_one_month_or_none_is_drawn_as_it_is() -> None:
    for values in ([0.4], [None], [None, None]):
        assert len(trend.trend_chart(rows(*values)).data) == len(values)
