"""Figures in words."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchornet import formatting
from anchornet.store.targets import read_number


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "£0"),
        (-5, "-£5"),
        (950.4, "£950"),
        (999.4, "£999"),
        (999.6, "£1.00k"),
        (1_204, "£1.20k"),
        (9_994, "£9.99k"),
        (9_996, "£10.0k"),
        (99_960, "£100k"),
        (999_499, "£999k"),
        (999_500, "£1.00m"),
        (41_585_000, "£41.6m"),
        (-41_585_000, "-£41.6m"),
        (1_200_000_000, "£1.20bn"),
        (2_500_000_000_000, "£2,500bn"),
    ],
)
def test_pounds_are_given_to_three_figures(value: float, said: str) -> None:
    assert formatting.pounds(value) == said


@pytest.mark.parametrize(
    ("value", "said"), [(300, "£300"), (1e3, "£1k"), (3e4, "£30k"), (1e6, "£1m"), (2.5e5, "£250k")]
)
def test_round_sums_bear_no_needless_noughts(value: float, said: str) -> None:
    assert formatting.round_pounds(value) == said


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (1204.0, "people", "1,204"),
        (282.0, "employers", "282"),
        (0.734, "share", "73%"),
        (0.005, "share", "1%"),
        (41_585_000.0, "gbp", "£41.6m"),
        (None, "gbp", "–"),
        (float("nan"), "people", "–"),
    ],
)
def test_a_figure_is_written_as_its_unit_is(value: float | None, unit: str, said: str) -> None:
    assert formatting.figure(value, unit) == said


@pytest.mark.parametrize(
    ("value", "against", "unit", "said"),
    [
        (178, 172, "employers", "6 above"),
        (3_675, 3_746, "people", "71 below"),
        (0.43, 0.50, "share", "7 points below"),
        (0.41, 0.40, "share", "1 point above"),
        (0.406, 0.412, "share", "just below"),
        (105.0, 104.8, "employers", "just above"),
        (90.0, 90.0, "people", "level with"),
        (15_086_000, 15_500_000, "gbp", "£414k below"),
    ],
)
def test_a_gap_agrees_with_the_figures_shown_beside_it(
    value: float, against: float, unit: str, said: str
) -> None:
    assert formatting.gap(value, against, unit) == said


def test_small_numbers_are_words() -> None:
    assert formatting.count(2, 12) == "two of twelve"
    assert formatting.count(0, 3) == "none of three"
    assert formatting.count(3, 3) == "all three"
    assert formatting.count(20, 20) == "all 20"
    assert formatting.count(2, 2) == "both"
    assert formatting.count(0, 2) == "neither of two"
    assert formatting.count(1, 1) == "one of one"  # what is one is said in words of its own
    assert formatting.count(0) == "no"
    assert formatting.count(13) == "13"


def test_months_and_lists() -> None:
    assert formatting.month(date(2026, 9, 1)) == "September 2026"
    assert formatting.month(date(2026, 9, 1), short=True) == "Sep 26"
    assert formatting.day(date(2026, 9, 12)) == "12 September 2026"
    assert formatting.listed(["a", "b", "c"]) == "a, b and c"
    assert formatting.listed(["a"]) == "a"
    lives = [timedelta(minutes=30), timedelta(hours=1), timedelta(hours=36), timedelta(days=7)]
    assert [*map(formatting.lasting, lives)] == ["30 minutes", "1 hour", "36 hours", "7 days"]
    assert formatting.listed([]) == ""


@pytest.mark.parametrize(
    ("period", "window", "said"),
    [
        (date(2026, 9, 1), "month", "September 2026"),
        (date(2026, 9, 1), "quarter", "July to September 2026"),
        (date(2026, 7, 1), "quarter", "July 2026"),
        (date(2026, 9, 1), "financial_year", "April to September 2026"),
        (date(2026, 2, 1), "financial_year", "April 2025 to February 2026"),
        (date(2026, 9, 1), "rolling_12", "the twelve months to September 2026"),
    ],
)
def test_a_span_names_its_months(period: date, window: str, said: str) -> None:
    assert formatting.span(period, window) == said


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [(0.07, "share", "7%"), (0.485, "share", "48.5%"), (15_500_000.0, "gbp", "£15,500,000"),
     (1204.5, "people", "1,204.5"), (0.1 + 0.2, "share", "30%")],
)  # fmt: skip
def test_a_value_is_written_so_that_it_can_be_typed_and_read_back(
    value: float, unit: str, expected: str
) -> None:
    assert formatting.exactly(value, unit) == expected
    assert read_number(expected, "it") == pytest.approx(value)


@pytest.mark.parametrize(
    ("number", "expected"), [(0, "no figures are"), (1, "one figure is"), (34, "34 figures are")]
)
def test_a_number_has_its_noun_and_verb(number: int, expected: str) -> None:
    assert formatting.counted(number, "figure is", "figures are") == expected


def half_up(value: Fraction) -> int:
    """To the nearest whole number, halves away from nought, in whole numbers only."""
    size = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return -size if value < 0 else size


@given(st.integers(0, 4000), st.integers(1, 4000))
def test_a_share_is_rounded_once_and_halves_up(part: int, whole: int) -> None:
    share = Fraction(part, whole)
    assert formatting.figure(part / whole, "share") == f"{half_up(100 * share):,}%"
    assert str(formatting.percent(part / whole, 1)) == f"{half_up(1000 * share) / 10:.1f}"


@given(st.integers(0, 200), st.integers(1, 100))
def test_a_half_that_was_worked_out_in_steps_is_rounded_up(whole: int, steps: int) -> None:
    half = (2 * whole + 1) / (2 * steps) * steps
    assert formatting.figure(half, "people") == f"{whole + 1:,}"
    assert formatting.figure(half / 100, "share") == f"{whole + 1:,}%"
    together = sum([(2 * whole + 1) / (2 * steps)] * steps)
    assert formatting.figure(together, "people") == f"{whole + 1:,}"
    assert formatting.pounds(-together) == f"-£{whole + 1:,}"


@given(st.integers(-(10**13), 10**13))
def test_pounds_are_rounded_once_and_halves_up(pence: int) -> None:
    exact = abs(Fraction(pence, 100))
    shown = formatting.pounds(pence / 100)
    sign, number, letter = shown[0] == "-", shown.strip("-£kmbn").replace(",", ""), shown[-2:]
    power = 9 if letter == "bn" else {"k": 3, "m": 6}.get(shown[-1], 0)
    places = len(number.partition(".")[2])
    assert Fraction(number) * 10**places == half_up(exact * 10**places / 10**power)
    assert sign == (pence < 0 and Fraction(number) > 0)
    assert power == 0 or len(number.replace(".", "")) == 3 or letter == "bn"


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.8946, "share", "89%"),
        (0.895, "share", "90%"),
        (0.145, "share", "15%"),  # 14.499999999999998 as floats multiply it
        (0.285, "share", "29%"),
        (1_005.0, "gbp", "£1.01k"),
        (2.5, "people", "3"),
    ],
)
def test_halves_that_floats_or_bankers_would_round_down(
    value: float, unit: str, shown: str
) -> None:
    assert formatting.figure(value, unit) == shown


def test_pounds_of_a_gap_are_a_dash() -> None:
    assert formatting.pounds(float("nan")) == "–"
