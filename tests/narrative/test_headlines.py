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
    before: tuple[tuple[date, float], ...] = (),
    window: str = "month",
    chart: str = "course",
    **more: object,
) -> Subject:
    rows = [*before, (SEPTEMBER, value)]
    frame = pd.DataFrame(rows, columns=["period", "value"])
    frame["shown"] = [*["?"] * len(before), shown]
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


def test_a_figure_is_set_beside_a_year_before_or_the_first_there_is() -> None:
    before = ((date(2025, 9, 1), 0.38), (date(2026, 8, 1), 0.44))
    said = caption(subject("retention_26_weeks", 0.42, "42%", before=before)).sentence
    assert said == (
        "Six months after they started, 42% of people were still in post in September 2026. "
        "That is 4 points above a year before (38%), from the returns of 11 of 12 members."
    )
    said = caption(subject("spend", 3e6, "£3.00m", before=((date(2026, 7, 1), 2e6),))).sentence
    assert (
        "Members spent £3.00m with suppliers in September 2026. That is £1.00m above July" in said
    )


def test_a_stock_is_of_the_end_of_its_month_and_a_longer_window_says_its_months() -> None:
    assert caption(subject("workers_covered", 4210, "4,210", window="quarter")).title == (
        "4,210 people worked for accredited Living Wage employers at the end of September 2026"
    )
    assert caption(subject("starts", 500, "500", window="rolling_12")).title == (
        "500 people started a job with members in the twelve months to September 2026"
    )


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
