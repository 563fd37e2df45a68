"""How one indicator varies: its limits, the marks of its points, and what is said of them."""

import pytest

from anchornet.charts import xmr
from anchornet.indicators.xmr import xmr as limits_of
from tests.charts.test_trend import rows


def test_what_varies_is_marked_by_a_colour_and_a_shape_and_said() -> None:
    values = [1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]
    limits = limits_of(values, "up")
    made = xmr.xmr_chart(rows(*values, indicator="spend"), limits, 12.0, "The sentence.")
    assert list(made.data["variation"]).count("improvement") == 1
    assert made.data["variation"][4] == "improvement"
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
    made = xmr.xmr_chart(rows(*values), limits_of(values, "up"), None, "")
    assert made.data["upper"][0] == 1.0
    assert made.data["target"].isna().all()


def test_a_few_months_are_drawn_as_they_are_and_every_level_has_its_label() -> None:
    for values in ([0.4], [None], [None, None]):
        made = xmr.xmr_chart(rows(*values), limits_of(values, "up"), None, "Too few.")
        assert len(made.data) == len(values)
    short = xmr.xmr_chart(rows(0.4, 0.5), limits_of([0.4, 0.5], "up"), 0.6, "")
    assert list(short.data["level"]) == [
        "lower limit 18%", "mean 45%", "target 60%", "upper limit 72%",
    ]  # fmt: skip
    assert set(short.data["month"]) == {"Jan 26", "Feb 26"}
