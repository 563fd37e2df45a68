"""The framework in sentences."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchornet.narrative import framework as words
from anchornet.store.framework import Band, Framework, Measure, Outcome, Pledge, Standard

SENTENCES = {
    "supplier": "Pay.",
    "commissioner": "Ask.",
    "councillor": "They earn more.",
    "public": "You earn more.",
}
WORK = Outcome("work", "Good work", "It matters.", SENTENCES, ("starts", "workers_uplifted"))
AIR = Outcome("air", "Clean air", "It matters.", SENTENCES, ())
JOBS = Measure("jobs", "New jobs", "people", "work", "The payroll.", False)
BANDS = (
    Band(Decimal(0), Decimal(0), 0),
    Band(Decimal(30_000), Decimal("0.05"), 1),
    Band(Decimal(100_000), Decimal("0.125"), 4),
)
FIRST = Framework((WORK, AIR), (JOBS,), BANDS, (Standard("wage", "Living wage", ("A", "B")),))


def figures(*statuses: str | None) -> pd.DataFrame:
    return pd.DataFrame({"status": list(statuses)}, dtype=object)


def test_a_page_opens_with_what_is_measured_and_what_nobody_measures() -> None:
    assert words.outcomes(FIRST, None) == (
        "One of two outcomes is measured. Nothing measures “Clean air” yet."
    )
    assert words.outcomes(FIRST, figures("on_track", "off_track", None)) == (
        "One of two outcomes is measured, and one of two figures with a target is on track. "
        "Nothing measures “Clean air” yet."
    )
    every = replace(FIRST, outcomes=(WORK, replace(AIR, indicators=("spend",))))
    assert words.outcomes(every, figures("on_track", "on_track")) == (
        "Each of the network's two outcomes is measured, and both figures with a target are "
        "on track."
    )
    unknown = replace(FIRST, outcomes=(AIR, replace(WORK, indicators=("no_longer_counted",))))
    assert words.outcomes(unknown, None) == (
        "Neither of two outcomes is measured. Nothing measures “Clean air” or “Good work” yet."
    )


def test_one_outcome_and_one_figure_are_not_counted_out_of_one() -> None:
    one = replace(FIRST, outcomes=(WORK,))
    assert words.outcomes(one, figures("off_track", None)) == (
        "The network's one outcome is measured, and the one figure with a target is not on track."
    )
    assert words.outcomes(replace(FIRST, outcomes=(AIR,)), None) == (
        "Nothing measures the network's one outcome yet: “Clean air”."
    )
    assert words.offer(BANDS[1], 0).startswith(
        "Choose one measure at most, the one in which you can do most, and leave the rest."
    )


def test_how_an_outcome_stands_is_counted() -> None:
    assert words.standing(figures("on_track", "off_track", "off_track", None)) == (
        "4 figures: 1 on track, 2 off track, 1 without a status"
    )
    assert words.standing(figures(None)) == "1 figure, none with a status"


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (10, "A contract of £10 is too small to be asked for anything."),
        (
            60_000,
            "A contract of £60,000 is asked for one measure at most, and social value counts for "
            "5% of the score.",
        ),
        (
            100_000,
            "A contract of £100,000 is asked for four measures at most, and social value counts "
            "for 12.5% of the score.",
        ),
    ],
)
def test_a_contract_is_asked_what_its_band_says(value: int, sentence: str) -> None:
    amount = Decimal(value)
    assert words.asked(FIRST.band_for(amount), amount) == sentence


def test_bands_are_said_from_the_smallest() -> None:
    assert words.bands(FIRST) == [
        ["Under £30k", "–", "0"],
        ["£30k to £100k", "5%", "1"],
        ["£100k and more", "12.5%", "4"],
    ]
    assert words.bands(replace(FIRST, bands=BANDS[:1])) == [["Of any value", "–", "0"]]


def test_only_contracts_over_five_million_carry_published_indicators() -> None:
    assert words.published(Decimal(5_000_000)) == ""
    assert "at least three published" in words.published(Decimal("5000000.01"))


def test_the_first_framework_says_what_is_in_it() -> None:
    assert words.changes(None, FIRST) == [
        "Two outcomes, one measure, three bands and one standard."
    ]
    assert words.changes(FIRST, FIRST) == []


@pytest.mark.parametrize(
    ("changed", "sentences"),
    [
        (
            {"outcomes": (replace(WORK, title="Fair work", indicators=("starts", "spend")), AIR)},
            [
                "“Fair work”: was called “Good work”; now measured by Spend with suppliers; no "
                "longer by Workers uplifted."
            ],
        ),
        (
            {"outcomes": (replace(WORK, sentences={**SENTENCES, "supplier": "Pay more."}), AIR)},
            ["“Good work”: another sentence for suppliers."],
        ),
        (
            {"outcomes": (AIR, WORK)},
            ["The outcomes stand in another order."],
        ),
        ({"outcomes": (WORK,)}, ["The outcome “Clean air” is gone."]),
        (
            {"measures": (replace(JOBS, unit="hours", brokered=True),)},
            [
                "“New jobs”: counted in hours and not in people, while the numbers that were sent "
                "stay as they are: a new measure would be safer; can be passed on."
            ],
        ),
        (
            {"measures": (replace(JOBS, id="posts", title="Posts"),)},
            [
                "The measure “New jobs” is gone. Promises of it stay in the history and can no "
                "longer be sent.",
                "New measure: “Posts”.",
            ],
        ),
        (
            {"bands": (BANDS[0], replace(BANDS[1], most_measures=2))},
            [
                "Contracts from £30k: two measures at most, weighting 5% (so far one and 5%).",
                "Contracts from £100k are no longer a band of their own.",
            ],
        ),
        (
            {"pledges": (Pledge("hire", "Hire ten people", "As an employer", "", "jobs"),)},
            ["New pledge: “Hire ten people”."],
        ),
        (
            {"standards": tuple(Standard(f"s{n}", f"S{n}", ("A",)) for n in range(5))},
            [
                "The standard “Living wage” is gone.",
                "New standards: “S0”, “S1”, “S2” and 2 more.",
            ],
        ),
        (
            {"standards": (Standard("wage", "Living wage", ("A", "B", "C")),)},
            ["“Living wage”: its steps are A, B and C."],
        ),
        ({"standards": (Standard("wage", "Living wage", ("A", "B"), "A"),)}, []),
        (
            {"measures": (replace(JOBS, outcome="air"),)},
            ["“New jobs”: belongs to the outcome “Clean air” and not to “Good work”."],
        ),
        (
            {"bands": (*BANDS[:2], replace(BANDS[2], from_gbp=Decimal(213_477)))},
            [
                "Contracts from £100k are no longer a band of their own.",
                "Contracts from £213,477: four measures at most, weighting 12.5%.",
            ],
        ),
        (
            {"bands": (*BANDS[:2], replace(BANDS[2], standards=("wage",)))},
            ["Contracts from £100k are asked for “Living wage”."],
        ),
        (
            {"bands": (*BANDS[:2], replace(BANDS[2], standards=()))},
            ["Contracts from £100k are asked for no standard."],
        ),
    ],
)
def test_what_changes_is_said(changed: dict[str, object], sentences: list[str]) -> None:
    assert words.changes(FIRST, replace(FIRST, **changed)) == sentences  # type: ignore[arg-type]


def test_what_is_no_longer_said_of_standards_is_said() -> None:
    bands = (*BANDS[:2], replace(BANDS[2], standards=("wage",)))
    assert words.changes(replace(FIRST, bands=bands), FIRST) == [
        "The framework no longer says which standards contracts from £100k are asked for."
    ]


def test_a_pledge_names_its_measure() -> None:
    pledge = Pledge("hire", "Hire ten people", "As an employer", "", "jobs")
    homes = Measure("homes", "Homes", "homes", "work", "The keys.", False)
    before = replace(FIRST, measures=(JOBS, homes), pledges=(pledge,))
    after = replace(before, pledges=(replace(pledge, power="As a landowner", measure="homes"),))
    assert words.changes(before, after) == [
        "“Hire ten people”: stands under “As a landowner”; counts as “Homes” and not as “New jobs”."
    ]


IDS = ("zq_a", "zq_b", "zq_c")


def some_of(names: tuple[str, ...], least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(names), min_size=least, unique=True).map(tuple)


@st.composite
def frameworks(draw: st.DrawFn, like: Framework | None = None) -> Framework:
    """Any; some parts of it those of another one."""

    def text() -> str:
        return draw(st.sampled_from(("Bread", "Roses")))

    def part(name: str, right: Callable[[Any], bool], new: Iterator[Any]) -> tuple[Any, ...]:
        kept = tuple(filter(right, getattr(like, name))) if like and draw(st.booleans()) else ()
        return kept or tuple(new)

    outcomes = part("outcomes", bool, (
        Outcome(name, f"{text()} {number}", text(), {one: text() for one in words.READERS},
                draw(some_of(("starts", "spend", "workers_uplifted"))))
        for number, name in enumerate(draw(some_of(IDS, 1)))
    ))  # fmt: skip
    ids = {one.id for one in outcomes}
    measures = part("measures", lambda one: one.outcome in ids, (
        Measure(name, f"{text()} {number}", draw(st.sampled_from(("people", "hours"))),
                draw(st.sampled_from(outcomes)).id, text(), draw(st.booleans()))
        for number, name in enumerate(draw(some_of(IDS, 1)))
    ))  # fmt: skip
    standards = part("standards", bool, (
        Standard(name, f"{text()} {number}", steps := draw(some_of(("A", "B", "C"), 1)),
                 draw(st.sampled_from(("", *steps))))
        for number, name in enumerate(draw(some_of(IDS)))
    ))  # fmt: skip
    held = tuple(one.id for one in standards)
    bands = part("bands", lambda one: {*(one.standards or ())} <= {*held}, (
        Band(Decimal(start), draw(st.sampled_from((Decimal(0), Decimal("0.1")))),
             draw(st.integers(0, 2)), draw(st.none() | some_of(held)) if held else None)
        for start in sorted(draw(st.sets(st.sampled_from((0, 30_000, 213_477)))))
    ))  # fmt: skip
    counted = {one.id for one in measures}
    pledges = part("pledges", lambda one: one.measure in counted, (
        Pledge(name, f"{text()} {number}", text(), draw(st.sampled_from(("", "A limit."))),
               draw(st.sampled_from(measures)).id)
        for number, name in enumerate(draw(some_of(IDS)))
    ))  # fmt: skip
    return Framework(outcomes, measures, bands, standards, pledges)


def meaning(framework: Framework) -> object:
    """All that it says, without how it is written."""
    return (
        framework.outcomes,
        framework.measures,
        [replace(one, standards=one.standards and tuple(sorted(one.standards)))
         for one in framework.bands],
        [(one.id, one.title, one.steps, one.held_steps) for one in framework.standards],
        framework.pledges,
    )  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_whatever_changes_is_said_and_nothing_else_by_titles(data: st.DataObject) -> None:
    before = data.draw(frameworks())
    after = data.draw(frameworks(before))
    sentences = words.changes(before, after)
    assert bool(sentences) == (meaning(before) != meaning(after))
    for sentence in sentences:
        assert "zq_" not in sentence
        assert ": ." not in sentence
