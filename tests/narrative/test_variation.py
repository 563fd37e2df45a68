"""What is said of variation and of projections."""

from dataclasses import replace
from datetime import date

import pytest

from anchornet.indicators.targets import Projection
from anchornet.indicators.xmr import VARIATIONS, assurance, xmr
from anchornet.narrative import variation
from anchornet.periods import add_months

SEPTEMBER, MARCH = date(2026, 9, 1), date(2027, 3, 1)
GOLDEN = [1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]


def said(values, indicator="starts", target=None):
    chart = xmr(values, "up")
    months = [add_months(SEPTEMBER, 1 + place - len(values)) for place in range(len(values))]
    assured = assurance(chart, values, target, indicator)
    return variation.variation(chart, indicator, months, target, assured)


def test_every_variation_has_words_and_a_colour():
    assert tuple(variation.VARIATION) == VARIATIONS
    assert [colour for _, colour in variation.VARIATION.values()] == [
        "#a6a6a6", "#00b0f0", "#e46c0a", "#490092",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        # The lower limit is -3.06: there are no starts below nought.
        (GOLDEN, "In September 2026 the figure for starts was within its usual range of 0 to 7."),
        (
            [*GOLDEN, 20],
            "In September 2026 the figure for starts was outside its usual range of 0 to 10: "
            "something has changed, for the better.",
        ),
        (
            [0, 50, 0, 50, 0, 50, 0, 50, 0, 40, 39, 38, 37, 36, 35, 34],
            "In September 2026 the figure for starts had moved the same way six months running: "
            "something has changed, for the worse.",
        ),
        (
            [9, 13, 9, 13, 9, 13, 9, 2, 6, 2, 6, 2, 6, 2],
            "In September 2026 the figure for starts had been on one side of its mean of 7 for "
            "seven months or more: something has changed, for the worse.",
        ),
        (
            # Mean 10.93, moves of 2.5: limits 6.65 away, near limits 4.43.
            [*[9, 11] * 6, 16, 12, 16],
            "In September 2026 the figure for starts was near the edge of its usual range of 4 to "
            "18 or beyond it, in at least two of three months: something has changed, for the "
            "better.",
        ),
        (
            [5, 7, 5],
            "In September 2026 the figure for starts was within its usual range of 0 to 11; the "
            "range is a first one, from three months.",
        ),
        ([5, None, 5], "There are too few months to say what is usual for starts."),
        (
            [*GOLDEN, None],
            "The figure for starts in September 2026 is missing or can't be judged yet, so nothing "
            "is said of it beside its usual range of 0 to 7.",
        ),
        ([None, None], "There are too few months to say what is usual for starts."),
        ([5, 5, 5] * 4, "In September 2026 the figure for starts was within its usual 5."),
    ],
)
def test_one_sentence_says_what_a_chart_of_variation_shows(values, expected):
    assert said(values) == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (
            0.6,
            "; none of twelve months reached the target of 60%, which lies outside its usual "
            "range: getting there takes a change.",
        ),
        (
            0.41,
            "; six of twelve months reached the target of 41%, which lies within its usual range.",
        ),
        (
            0.1,
            "; all twelve months reached the target of 10%, which lies outside its usual range.",
        ),
    ],
)
def test_the_sentence_says_how_many_months_reached_the_target(target, expected):
    # Mean 0.41, moves of 0.02: 36% to 46%.
    sentence = said([0.40, 0.42] * 6, "local_spend_share", target)
    start = "In September 2026 the figure for local spend was within its usual range of 36% to 46%"
    assert sentence == start + expected


STOCK = Projection(
    "accredited_employers", MARCH, 190, 3.24, 24, 198.4, 184.6, 211.2, (), "open"
)  # fmt: skip


def test_after_a_change_nothing_is_said_but_how_many_months_reached_the_target():
    values = [*[0.40, 0.42] * 11, 0.60]
    assert said(values, "local_spend_share", 0.55).endswith(
        "for the better; one of 23 months reached the target of 55%."
    )


def test_a_projection_says_its_pace_its_range_and_what_that_means_for_the_target():
    assert variation.projection(STOCK) == (
        "On the trend of the last 24 months (3.2 more a month), the figure for accredited Living "
        "Wage employers would be 198 (95% range 185 to 211) in March 2027: the target of 190 lies "
        "within that range."
    )
    rate = Projection(
        "local_spend_share", MARCH, 0.52, -0.0025, 12, 0.41, 0.38, 0.44, (), "missed"
    )  # fmt: skip
    assert variation.projection(rate) == (
        "On the trend of the last twelve months (0.3 points less a month), the figure for local "
        "spend would be 41% (95% range 38% to 44%) in March 2027: all of that range misses the "
        "target of 52%."
    )
    steady = replace(STOCK, rate=-2.0, value=180.0, low=180.0, high=180.0, outcome="missed")
    assert "(2 less a month)" in variation.projection(steady)
    assert "would be 180 in March 2027" in variation.projection(steady)
    assert "(15 more a month)" in variation.projection(replace(STOCK, rate=15.4))
