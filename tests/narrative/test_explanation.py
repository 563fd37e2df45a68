"""Why a figure changed, in words."""

import math

import pytest

from anchornet import settings as settings_
from anchornet.indicators.contributions import Contributions
from anchornet.narrative.explanation import explanation, is_change

SETTINGS = settings_.load(environment={})


def alike(indicator, unit, now, then, shown="x"):
    return {
        "indicator": indicator, "unit": unit, "value": now, "value_before": then,
        "change": now - then, "members": 11, "shown_before": shown,
    }  # fmt: skip


def test_the_sentence_names_what_moved_most_the_way_that_the_whole_moved():
    row = alike("local_spend_share", "share", 0.41, 0.44, "44%")
    made = [
        Contributions(
            "category",
            (("Food", 0.021), ("Print", -0.019), ("IT", -0.017), ("Care", -0.012),
             ("Fuel", -0.004), ("not_known", 0.0001)),
            0,
        ),
        Contributions("member", (("a", -0.03),), 0),
    ]  # fmt: skip
    said = explanation(row, made, "September 2025", SETTINGS, {"a": "Sample Council"})
    assert said.sentence == (
        "Like for like, by the same 11 members: 3 points below September 2025 (44%). Most of that: "
        "by category Print, 1.9 points less; by member Sample Council, 3.0 points less."
    )
    assert said.tables == (
        (
            "By category",
            (
                ("Food", "+2.1 points"),
                ("Print", "−1.9 points"),
                ("IT", "−1.7 points"),
                ("Care", "−1.2 points"),
                ("1 more together", "−0.4 points"),
                # 3.0 less, of which the parts are 3.1.
                ("Left out of the total, or counted in it once", "+0.1 points"),
            ),
        ),
        ("By member", (("Sample Council", "−3.0 points"),)),
    )


def test_people_are_said_as_they_are_seen_and_what_is_hidden_is_said():
    row = alike("starts", "people", 500, 560, "560")
    made = [Contributions("pathway", (("standard", -45.0), ("apprenticeship", -5.0)), 2)]
    said = explanation(row, made, "September 2025", SETTINGS, {})
    assert said.sentence.endswith("Most of that: by pathway Standard recruitment, 45 less.")
    assert said.tables[0][1] == (
        ("Standard recruitment", "−45"),
        ("Apprenticeship", "−5"),
        ("2 with too few people to show", ""),
    )
    # Half of 60 is most of it, and 25 no more than the largest part.
    for most, words in ((30, "Most"), (25, "The largest part")):
        parts = [Contributions("pathway", (("standard", -most), ("apprenticeship", -15.0)), 2)]
        sentence = explanation(row, parts, "September 2025", SETTINGS, {}).sentence
        assert f"(560). {words} of that: by pathway Standard recruitment, {most} less." in sentence
    share = alike("local_start_share", "share", 0.46, 0.47, "47%")
    made = [Contributions("pathway", (("standard", -0.012), ("apprenticeship", 0.004)), 0)]
    assert explanation(share, made, "x", SETTINGS, {}).tables[0][1] == (
        ("Standard recruitment", "−1 point"),
    )


@pytest.mark.parametrize(
    ("indicator", "unit", "now", "changed"),
    [
        ("spend", "gbp", 100.2, False),
        ("spend", "gbp", 101, True),
        ("local_spend_share", "share", 100.0004, False),
        ("local_spend_share", "share", 100.001, True),
        ("starts", "people", math.nan, False),
    ],
)
def test_a_change_too_small_to_be_written_is_none(indicator, unit, now, changed):
    assert is_change(alike(indicator, unit, now, 100)) == changed
