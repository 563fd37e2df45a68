"""Titles and sentences of what is shared: true of the figures, or plain."""

import math
from dataclasses import replace
from datetime import date, datetime

import pandas as pd
import pytest

from anchornet import settings as settings_
from anchornet.facts.catalogue import CATALOGUE
from anchornet.narrative import headlines
from anchornet.narrative.headlines import Subject, caption
from anchornet.store.publications import ChartRequest

SEPTEMBER = date(2026, 9, 1)


def subject(
    indicator: str,
    value: float,
    shown: str,
    *,
    window: str = "month",
    chart: str = "course",
    **more: object,
) -> Subject:
    frame = pd.DataFrame({"period": [SEPTEMBER], "value": [value], "shown": [shown]})
    now = pd.Series(
        {"value": value, "shown": shown, "unit": CATALOGUE[indicator].unit, "members": 11,
         "members_expected": 12, "unjudged": None},
        dtype=object,
    )  # fmt: skip
    asked = ChartRequest(indicator, chart, None, SEPTEMBER, window, datetime(2026, 11, 22))
    usual = Subject(asked, now, frame, "", False, settings_.load(environment={}))
    return replace(usual, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "shown", "title"),
    [
        (0.75, "75%", "3 in 4 people"),
        (0.745, "75%", "About 3 in 4 people"),
        (0.339, "34%", "About 1 in 3 people"),
        (0.40, "40%", "2 in 5 people"),
        (0.45, "45%", "45% of people"),
        (0.0, "0%", "0% of people"),
    ],
)
def test_a_share_of_people_is_a_fraction_in_a_title_where_it_is_close_to_one(
    value: float, shown: str, title: str
) -> None:
    written = caption(subject("local_start_share", value, shown))
    assert written.title == (
        f"{title} who started a job in September 2026 lived in Manchester, "
        "where their home is known"
    )
    # The sentence has the figure itself.
    assert written.sentence.startswith(f"{shown} of people who started a job in September 2026")
    assert written.sentence.endswith(", from the returns of 11 of 12 members.")


def test_pounds_are_never_a_fraction() -> None:
    assert caption(subject("local_spend_share", 0.75, "75%")).title.startswith("75% of spend")


def alike(
    value: float, before: float, members: int, left_out: int, shown: str, unit: str
) -> object:
    return pd.Series(
        {"value": value, "shown": f"{value:.0%}", "value_before": before, "members": members,
         "members_left_out": left_out, "shown_before": shown, "unit": unit},
        dtype=object,
    )  # fmt: skip


def test_a_figure_is_compared_by_the_members_that_sent_both() -> None:
    before = date(2025, 9, 1)
    for compared, sentence in (
        (alike(0.42, 0.38, 11, 0, "38%", "share"),
         "By the same eleven members, that is 4 points above a year before (38%)."),
        (alike(0.41, 0.40, 10, 1, "40%", "share"),
         "By the ten members that sent both it was 41%, 1 point above a year before (40%)."),
        (alike(0.41, 0.40, 1, 3, "40%", "share"),
         "It is not compared with a year before: other members sent it then."),
        (alike(math.nan, 0.40, 11, 0, "40%", "share"), ""),
    ):  # fmt: skip
        made = subject("retention_26_weeks", 0.42, "42%", before=before, alike=compared)
        assert caption(made).sentence == (
            "Six months after they started, 42% of people were still in post in September 2026, "
            f"from the returns of 11 of 12 members. {sentence}".rstrip()
        )


def test_a_figure_beside_another_return_is_not_said_to_be_sent_by_others() -> None:
    compared = alike(math.nan, math.nan, 0, 3, "–", "share")
    made = subject(
        "living_wage_supplier_spend_share", 0.42, "42%", before=date(2025, 9, 1), alike=compared
    )
    assert caption(made).sentence.endswith(
        "It is not compared with a year before: other members sent what it is made of then."
    )


def test_in_the_first_year_a_figure_is_compared_with_the_period_before_it_which_is_named() -> None:
    compared = alike(3e6, 2e6, 2, 0, "£2.00m", "gbp")
    for window, before, when in (
        ("month", date(2026, 8, 1), "August 2026"),
        ("quarter", date(2026, 6, 1), "April to June 2026"),
    ):
        made = subject("spend", 3e6, "£3.00m", window=window, before=before, alike=compared)
        assert caption(made).sentence.endswith(
            f"By the same two members, that is £1.00m above {when} (£2.00m)."
        )


def test_a_stock_is_of_the_end_of_its_month_and_a_longer_window_says_its_months() -> None:
    assert caption(subject("workers_covered", 4210, "4,210", window="quarter")).title == (
        "4,210 people worked for accredited Living Wage employers at the end of September 2026"
    )
    assert caption(subject("starts", 500, "500", window="rolling_12")).title == (
        "500 people started a job with members in the twelve months to September 2026"
    )


def test_a_figure_that_lacks_a_month_of_its_year_is_no_headline() -> None:
    made = subject("retention_26_weeks", 0.42, "42%", window="rolling_12")
    for months, plain in ((12, False), (11, True)):
        made.now["months"], made.now["months_expected"] = months, 12
        assert caption(made).plain is plain
        assert caption(made).title.startswith("Six months after") is not plain
    assert caption(made).sentence.endswith("from the returns of 11 of 12 members, 11 of 12 months.")


def test_whose_it_is_stands_in_the_title_and_an_area_makes_it_plain() -> None:
    assert caption(subject("offers", 40, "40", whose="the NHS members")).title == (
        "The NHS members offered 40 people a job in September 2026"
    )
    written = caption(subject("offers", 40, "40", limited=True))
    assert (written.title, written.plain) == ("Offers", True)
    assert written.sentence.startswith("Offers in September 2026: 40, from")


def test_one_of_something_and_what_has_no_headline_are_named_plainly() -> None:
    one = caption(subject("accredited_employers", 1, "1"))
    assert one.title == "Accredited Living Wage employers"
    assert caption(subject("returns_on_time", 0.9, "90%")).title == "Returns on time"


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        ("*", "There are too few people to show the figure in September 2026."),
        ("–", "There is no figure in September 2026."),
    ],
)
def test_where_there_is_no_figure_nothing_is_claimed(shown: str, why: str) -> None:
    written = caption(subject("starts", math.nan, shown, before=((date(2025, 9, 1), 70),)))
    assert written == headlines.Caption("Starts", why, plain=True)


def test_every_headline_holds_its_figure_and_its_time() -> None:
    written = [it for it in CATALOGUE.values() if it.headline]
    assert written
    for indicator in written:
        headline, is_share = indicator.headline or "", indicator.unit == "share"
        assert ("{of}" in headline) == is_share, indicator.name
        assert ("{n}" in headline) != is_share, indicator.name
        assert "{when}" in headline, indicator.name
        # What is over those of whom something is known says so.
        if "known" in indicator.definition and is_share:
            assert "known" in headline, indicator.name


@pytest.mark.parametrize(
    ("indicator", "values", "expected"),
    [
        ("local_start_share", [1.0, 1.0, 0.5], "highest for A and B (100%), lowest for C (50%)."),
        ("local_start_share", [1.0, 1.0], "A and B, 100% each."),
        ("local_start_share", [1.0] * 4 + [0.5], "for four of them (100%), lowest for E (50%)."),
        ("starts", [45, 15, 15, 10], "The largest: A (45), B (15) and C (15)."),
        # The third has no more than the fourth, so that neither is named.
        ("starts", [45, 20, 15, 15], "The largest: A (45) and B (20)."),
        ("starts", [15, 15, 15, 15, 5], "No group stands out: four have 15 each."),
        ("starts", [15], "All that is shown: A (15)."),
    ],
)
def test_of_parts_that_are_alike_none_is_named_before_the_others(
    indicator: str, values: list[float], expected: str
) -> None:
    made = subject(indicator, sum(values), "x")
    rows = pd.DataFrame({"pathway": list("abcde")[: len(values)], "value": values, "shown": "x"})
    rows["name"] = rows["pathway"].str.upper()
    asked = replace(made.asked, chart="bars", breakdown="pathway")
    assert caption(replace(made, asked=asked, rows=rows)).sentence.endswith(expected)


@pytest.mark.parametrize(
    ("shown", "others"),
    [("*", "One with"), ("under 25 people", "One with"), ("–", "")],
)
def test_parts_of_too_few_people_are_counted_where_the_others_are_compared(
    shown: str, others: str
) -> None:
    made = subject("local_start_share", 0.5, "50%")
    rows = pd.DataFrame(
        {"pathway": ["a", "b", "c"], "value": [0.6, 0.4, math.nan], "shown": ["", "", shown]}
    )
    rows["name"] = rows["pathway"].str.upper()
    asked = replace(made.asked, chart="bars", breakdown="pathway")
    sentence = caption(replace(made, asked=asked, rows=rows)).sentence
    assert "highest for A (60%), lowest for B (40%)." in sentence
    assert sentence.endswith(f"{others} too few people to show." if others else "(40%).")
