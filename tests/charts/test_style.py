"""Charts: what their rows, sentences and alternative texts hold."""

import json
import math
from datetime import date

import pandas as pd
import pytest

from anchornet.charts import maps, style
from anchornet.settings import Settings

RINGS = {"area": "Here", "wider_area": "Near", "elsewhere": "Far", "unknown": "not known"}


def months(*values: float | None) -> pd.DataFrame:
    frame = pd.DataFrame({"period": [date(2026, at + 1, 1) for at in range(len(values))]})
    frame["value"] = pd.Series(values, dtype="float64")
    frame["label"] = ["–" if value is None else f"{value:.0%}" for value in values]
    return frame


def test_a_gap_stays_a_gap_and_is_counted_in_the_sentence() -> None:
    made = style.line(months(0.30, None, 0.36), "Local spend, share", "share")
    assert list(made.data["month"]) == ["Jan 26", "Feb 26", "Mar 26"]
    assert math.isnan(made.data["value"][1])
    assert made.sentence == (
        "Local spend: 36% in Mar 26, 6 points above Jan 26 (30%); one month without a figure."
    )
    assert made.alt.endswith("Jan 26 30%, Feb 26 no figure, Mar 26 36%.")


def test_months_before_the_first_figure_are_no_gap() -> None:
    made = style.line(months(None, None, 0.36), "Local spend, share", "share")
    assert made.sentence == "Local spend: 36% in Mar 26."


def test_a_hidden_figure_is_hidden_in_the_chart_its_table_and_its_alternative() -> None:
    frame = months(0.30, None, 0.36)
    frame.loc[1, "label"] = "*"
    made = style.line(frame, "Starts", "people")
    assert "Feb 26 *" in made.alt
    assert made.data["label"][1] == "*"
    assert made.data["value"].isna()[1]


def test_labels_at_the_end_of_two_lines_are_kept_apart() -> None:
    frame = months(0.0, 1.0)
    frame["profile"] = [0.0, 0.98]
    made = style.line(frame, "Any", "share")
    end, profile = made.data["end_at"].max(), made.data["profile_end_at"].max()
    assert end == 1.0
    assert profile == pytest.approx(0.9)
    assert made.data["profile_end"].iloc[-1] == "profile 98%"


def test_without_any_figure_a_chart_says_so() -> None:
    assert style.line(months(None, None), "Any", "share").sentence == "Any: no figures yet."
    nothing = pd.DataFrame({"period": [date(2026, 1, 1)], "ring": [None], "value": [math.nan]})
    assert style.shares(nothing, RINGS, "Spend").sentence == "Spend: no figures yet."


def test_shares_add_up_with_what_is_not_known_and_leave_a_missing_month_empty() -> None:
    january, february, march = (date(2026, month, 1) for month in (1, 2, 3))
    frame = pd.DataFrame(
        [
            (january, "area", 60.0),
            (january, "elsewhere", 40.0),
            (february, None, math.nan),
            (march, "area", 50.0),
            (march, "wider_area", 25.0),
            (march, "unknown", 25.0),
        ],
        columns=["period", "ring", "value"],
    )
    made = style.shares(frame, RINGS, "Spend")
    march_rows = made.data[made.data["month"] == "Mar 26"]
    assert list(march_rows["to"]) == [0.5, 0.75, 0.75, 1.0]
    assert made.data.loc[made.data["month"] == "Feb 26", "to"].isna().all()
    assert "Here: 50% in Mar 26, 10 points below Jan 26." in made.sentence
    assert "50% Here, 25% Near, 0% Far and 25% not known" in made.alt


def test_a_month_in_which_nothing_is_placed_is_a_month_of_unknown() -> None:
    frame = pd.DataFrame({"period": [date(2026, 1, 1)], "ring": ["unknown"], "value": [10.0]})
    made = style.shares(frame, RINGS, "Spend")
    assert made.sentence.startswith("Here: 0% in Jan 26.")


def test_the_largest_are_ranked_and_the_unknown_stands_last() -> None:
    frame = pd.DataFrame(
        {"supplier": ["B", "not_known", "A", "C"], "value": [2000.0, 9000.0, 3000.0, 1000.0]}
    )
    made = style.largest(frame, "supplier", "Largest", count=2)
    assert list(made.data["name"]) == ["A", "B", "not known"]
    assert list(made.data["context"]) == [False, False, True]
    assert made.sentence == "Largest: A, £3.00k. These 2 of 3 come to £5.00k of £15.0k."


def test_labels_are_spread_no_further_than_the_frame() -> None:
    assert style.spread([0.5, 0.98, 0.99], 0.1) == pytest.approx([0.5, 0.9, 1.0])
    assert style.spread([], 0.1) == []


def test_a_specification_is_plain_json_and_asks_for_nothing() -> None:
    for spec in (*style.LINES.values(), style.SHARES, style.BARS):
        text = json.dumps(spec)
        assert '"url"' not in text
        assert text.count("http") == 1  # the name of the schema


@pytest.mark.parametrize(
    ("values", "limits"),
    [
        ([], []),
        ([0.0, -5.0], []),
        ([4_200_000.0], [30_000, 100_000, 300_000, 1_000_000, 3_000_000]),
        ([100.0], [0.3, 1, 3, 10, 30]),
    ],
)
def test_the_scale_of_a_map_has_round_limits(values: list[float], limits: list[float]) -> None:
    assert maps.steps(values) == pytest.approx(limits)


def test_the_scale_is_said_in_words_from_nothing_to_the_most() -> None:
    said = [text for _, text in maps.scale_words([30_000, 100_000])]
    assert said == ["no spend", "under £30k", "£30k to £100k", "£100k and over"]
    assert [text for _, text in maps.scale_words([])] == ["no spend"]


def test_a_map_shows_wards_inside_and_authorities_beyond_and_asks_no_one(
    settings: Settings,
) -> None:
    # E05011366 is a Manchester ward; Leeds is beyond; Manchester as a whole is drawn by ward.
    drawn = maps.spend_map(
        {"E05011366": 100_000.0, "not_known": 7.0},
        {"E08000035": 20_000.0, "E08000003": 100_000.0, "S12000036": 5.0},
        settings,
    )
    assert drawn.shown == 120_000
    text = drawn.deck.to_json()
    assert "Leeds: £20.0k" in text
    assert ", Manchester: £100k" in text
    assert "http" not in text.replace(maps.STYLE, "")
    assert json.loads(text)["mapStyle"].startswith("data:application/json;base64,")
    assert len(text) < 1_200_000


def by_ward(*figures: tuple[str, float, str]) -> pd.DataFrame:
    return pd.DataFrame(figures, columns=["ward", "value", "shown"])


def test_a_hidden_ward_has_one_colour_and_no_figure_whatever_its_count(settings: Settings) -> None:
    frame = by_ward(
        ("E05011366", 45.0, "45"),
        ("E05011352", 10.0, "10"),
        ("E05011353", math.nan, "*"),
        ("E05011354", math.nan, "*"),
        ("E05011355", 0.0, "0"),
        ("not_known", 900.0, "900"),
    )
    drawn = maps.people_map(frame, settings, "starts")
    assert drawn.shown == 55
    layers = {layer["id"]: layer["data"] for layer in json.loads(drawn.deck.to_json())["layers"]}
    tips = {
        shape["properties"]["tip"].split(": ")[1]: shape["properties"]["colour"]
        for shape in layers["wards"]["features"]
    }
    assert {*tips} == {"45 starts", "10 starts", "too few people to show", "no starts"}
    assert len({str(colour) for colour in tips.values()}) == 4
    assert len(layers["marks"]) == 2
    assert [said for _, said in drawn.scale] == [
        "no starts",
        "too few people to show *",
        "10 to 15",
        "20 to 25",
        "30 to 35",
        "40 and over",
    ]


def test_a_map_of_people_all_hidden_shows_that_and_no_scale(settings: Settings) -> None:
    drawn = maps.people_map(by_ward(("E05011366", math.nan, "*")), settings, "starts")
    assert [said for _, said in drawn.scale] == ["no starts", "too few people to show *"]
    assert drawn.shown == 0


@pytest.mark.parametrize(
    ("values", "limits"),
    [([], []), ([10.0], []), ([10.0, 15.0], [15]), ([10.0, 300.0], [100, 200, 300])],
)
def test_steps_of_people_are_even(values: list[float], limits: list[float]) -> None:
    assert maps.even_steps(values, 5) == limits


def test_a_chart_without_a_figure_says_that_it_is_empty() -> None:
    months = [date(2026, 8, 1), date(2026, 9, 1)]
    gaps = pd.DataFrame({"period": months, "value": [math.nan, math.nan], "label": ["–", "–"]})
    assert style.line(gaps, "Starts", "people").empty
    assert not style.line(gaps.assign(value=[math.nan, 0.0]), "Starts", "people").empty
    paid = pd.DataFrame({"period": months, "ring": "area", "value": math.nan})
    assert style.shares(paid, {"area": "Manchester"}, "Spend").empty
