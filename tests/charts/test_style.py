"""Charts: what their rows, sentences and alternative texts hold."""

import json
import math

import pandas as pd
import pytest

from anchornet.charts import maps, style, trend, xmr
from anchornet.settings import Settings

RINGS = {"area": "Here", "wider_area": "Near", "elsewhere": "Far", "unknown": "not known"}


def test_labels_are_spread_no_further_than_the_frame() -> None:
    assert style.spread([0.5, 0.98, 0.99], 0.1) == pytest.approx([0.5, 0.9, 1.0])
    assert style.spread([], 0.1) == []


def test_a_specification_is_plain_json_and_asks_for_nothing() -> None:
    for spec in (*trend.LINES.values(), *trend.WITH_TARGET.values(), *xmr.SPECS.values()):
        text = json.dumps(spec)
        assert '"url"' not in text
        assert text.count("http") == 1  # the name of the schema


def test_a_map_that_is_for_members_tells_of_no_ward_that_somebody_is_there(
    settings: Settings,
) -> None:
    frame = by_ward(("E05011366", math.nan, "for members only"))
    drawn = maps.people_map(frame, settings, "starts")
    assert drawn.scale[0][1] == "for members only"
    assert drawn.places == {}
    other = maps.people_map(
        by_ward(("E05011352", math.nan, "for members only")), settings, "starts"
    )
    assert other.deck.to_json() == drawn.deck.to_json()


def test_a_map_of_a_year_that_is_not_whole_says_of_no_ward_that_none_is_known(
    settings: Settings,
) -> None:
    drawn = maps.people_map(by_ward(("E05011366", math.nan, "–")), settings, "starts")
    assert drawn.scale[0][1] == "no figure"
    assert drawn.places == {}


def test_a_map_of_which_some_wards_have_no_figure_says_so_of_those_only(
    settings: Settings,
) -> None:
    frame = by_ward(
        ("E05011366", math.nan, "–"), ("E05011352", 0.0, "0"), ("E05011353", 10.0, "10")
    )
    drawn = maps.people_map(frame, settings, "starts")
    assert drawn.scale[0][1] == "none known, or no figure"
    assert [words for _, words in drawn.places.values()] == ["none known", "10 starts"]
    layers = {layer["id"]: layer["data"] for layer in json.loads(drawn.deck.to_json())["layers"]}
    tips = [shape["properties"]["tip"] for shape in layers["wards"]["features"]]
    assert [tip.split(": ")[0] for tip in tips if tip.endswith("no figure")] == [
        "Harpurhey, Manchester"
    ]


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
    assert said == ["none known", "under £30k", "£30k to £100k", "£100k and over"]
    assert [text for _, text in maps.scale_words([])] == ["none known"]


def test_a_place_that_gave_back_more_than_it_was_paid_is_not_said_to_be_unknown(
    settings: Settings,
) -> None:
    drawn = maps.spend_map({"E05011366": -120.0}, {"E08000035": 900.0}, settings)
    assert drawn.scale[0] == (maps.NOTHING, "none known, or given back")
    assert drawn.places["E05011366"][1] == "-£120"
    paid = maps.spend_map({"E05011366": 120.0}, {"E08000035": 900.0}, settings)
    assert paid.scale[0] == (maps.NOTHING, "none known")


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
    assert {*tips} == {"45 starts", "10 starts", "too few people to show", "none known"}
    assert len({str(colour) for colour in tips.values()}) == 4
    assert len(layers["marks"]) == 2
    assert [said for _, said in drawn.scale] == [
        "none known",
        "too few people to show *",
        "10 to 15",
        "20 to 25",
        "30 to 35",
        "40 and over",
    ]


def test_a_map_of_people_all_hidden_shows_that_and_no_scale(settings: Settings) -> None:
    drawn = maps.people_map(by_ward(("E05011366", math.nan, "*")), settings, "starts")
    assert [said for _, said in drawn.scale] == ["none known", "too few people to show *"]
    assert drawn.shown == 0


@pytest.mark.parametrize(
    ("values", "limits"),
    [([], []), ([10.0], []), ([10.0, 15.0], [15]), ([10.0, 300.0], [100, 200, 300])],
)
def test_steps_of_people_are_even(values: list[float], limits: list[float]) -> None:
    assert maps.even_steps(values, 5) == limits


def test_larger_grows_what_is_read_and_leaves_the_kind_as_it_was() -> None:
    before = json.dumps(trend.WITH_TARGET["share"])
    spec = style.larger(trend.WITH_TARGET["share"], 2)
    assert spec["height"] == "container"
    assert spec["config"]["axis"]["labelFontSize"] == 28
    assert json.dumps(trend.WITH_TARGET["share"]) == before


def test_what_a_browser_gets_is_made_once() -> None:
    chart = style.Chart(pd.DataFrame({"value": [1.0]}), trend.LINES["share"], "", "")
    assert chart.rows is chart.rows
    assert chart.on_projector is chart.on_projector
    assert chart.on_projector.spec["padding"]["bottom"] == 8
