"""The sentences that pages open with."""

import math
from datetime import date
from typing import Any

import pandas as pd
import pytest

from anchornet.indicators.leakage import Concentration
from anchornet.narrative import page_sentences, people_sentences, spend_sentences

SEPTEMBER = date(2026, 9, 1)
WHEN = "September 2026"
COLUMNS = ["indicator", "unit", "value", "profile", "status"]


def frame(*rows: tuple[Any, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS).assign(unjudged=None)


def test_pounds_without_a_decile_say_where_they_went() -> None:
    deciles = pd.DataFrame(
        {"imd_decile": ["1", "9", "W", "N", "not_known"], "value": [400.0, 300.0, 150.0, 50, 100]}
    )
    of_england = (
        "The decile (1 is the most deprived tenth of England) is not known for 10% of pounds."
    )
    assert spend_sentences.no_decile(deciles) == (
        f"{of_england} None exists outside England: £150 in Wales and £50 in Northern Ireland."
    )
    assert spend_sentences.no_decile(deciles[deciles["imd_decile"].isin(["1", "not_known"])]) == (
        of_england.replace("10%", "20%")
    )


def board(*states: str) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (f"m{place // 2}", state, None if state in ("missing", "not_due") else "R1", False)
            for place, state in enumerate(states)
        ],
        columns=["member_id", "state", "receipt", "late"],
    )


def test_the_one_furthest_behind_for_its_size_is_named() -> None:
    said = page_sentences.overview(
        frame(
            ("accredited_employers", "employers", 178.0, 172.0, "on_track"),
            ("workers_uplifted", "people", 3_675.0, 3_746.0, "within_tolerance"),
            ("local_spend_share", "share", 0.43, 0.50, "off_track"),
            ("starts", "people", None, None, None),
        ),
        board("on_time", "on_time", "on_time", "missing"),
        WHEN,
    )
    assert said == (
        "In September 2026 one of three indicators is on track; furthest behind is local spend, "
        "7 points below profile. One of two members has returns missing."
    )


def test_all_on_track_and_all_in() -> None:
    said = page_sentences.overview(
        frame(
            ("accredited_employers", "employers", 178.0, 172.0, "on_track"),
            ("local_spend_share", "share", 0.52, 0.50, "on_track"),
        ),
        board("on_time", "late"),
        WHEN,
    )
    assert said == (
        "In September 2026 both indicators with a target are on track. Every return is in."
    )


def test_without_targets_a_figure_is_given_as_it_is() -> None:
    said = page_sentences.overview(
        frame(("spend", "gbp", 1_500.0, None, None)), board("on_time", "not_due"), WHEN
    )
    assert said == (
        "In September 2026 the figure for spend with suppliers was £1.50k; no figure is judged "
        "against a target yet. One return is not due yet."
    )


def test_what_cannot_be_judged_is_not_said_to_have_no_target() -> None:
    rows = frame(
        ("spend", "gbp", 1_500.0, None, None), ("returns_received", "share", 0.25, None, None)
    )
    rows = rows.assign(members=1, members_expected=4)
    rows["unjudged"] = ["few_members", None]
    assert page_sentences.overview(rows, board("on_time"), WHEN).startswith(
        "The figures for September 2026 can't be judged yet: 1 of 4 members so far. "
    )
    rows["unjudged"] = "beginning"
    assert page_sentences.overview(rows, board("on_time"), WHEN).startswith(
        "The figures for September 2026 can't be judged yet: it is their first month. "
    )


def test_without_figures_it_says_so() -> None:
    said = page_sentences.overview(
        frame(("spend", "gbp", None, None, None)), board("not_due", "not_due"), WHEN
    )
    assert said == "There are no figures for September 2026 yet. Two returns are not due yet."
    hidden = frame(("starts", "people", None, None, None)).assign(shown="for members only")
    assert page_sentences.overview(hidden, board("nil"), WHEN).startswith(
        "There are no figures that can be shown for September 2026 yet. "
    )
    credited = frame(("local_spend_share", "share", None, None, None))
    credited = credited.assign(shown="-£5 of £90", unjudged="in_pounds")
    assert page_sentences.overview(credited, board("nil"), WHEN).startswith(
        "The figures for September 2026 can't be judged yet: with credit notes, in pounds. "
    )


def test_of_some_members_it_says_whose_it_is() -> None:
    said = page_sentences.overview(
        frame(("spend", "gbp", 1_500.0, None, None)), board("nil"), WHEN, "The universities"
    )
    assert said.startswith("The universities: in September 2026 the figure for spend")


def test_coverage_counts_late_and_missing() -> None:
    rows = board("on_time", "late", "missing", "nil")
    rows.loc[1, "late"] = True
    assert page_sentences.coverage(rows) == "3 of 4 returns are in, 1 of them late; 1 is missing."


def test_spend_is_told_by_ring_with_the_unknown_part() -> None:
    rings = pd.DataFrame(
        {
            "period": [SEPTEMBER] * 3,
            "ring": ["area", "elsewhere", "unknown"],
            "value": [600.0, 300.0, 100.0],
            "members": 3,
            "members_expected": 3,
            "months": 0,
            "months_expected": 1,
            "unjudged": None,
        }
    )
    names = {"area": "Manchester", "elsewhere": "further away", "unknown": "not known"}
    asked = (names, SEPTEMBER, "The network", "September 2026", 0.6)
    assert spend_sentences.spend(rings, *asked) == (
        "The network spent £1.00k with suppliers in September 2026: 67% in Manchester and "
        "33% further away, where the address is known; 10% not known."
    )
    # Hardly anything is placed, or more came back than was paid: pounds, and no share.
    for pounds, said in (
        ([10.0, 0.0, 990.0], "£10 in Manchester, £0 further away and £990 with no known address"),
        ([600.0, -50.0, 0.0], "£600 in Manchester, -£50 further away and £0 with no known address"),
    ):
        assert said in spend_sentences.spend(rings.assign(value=pounds), *asked)
    assert spend_sentences.spend(rings.assign(value=0.0), *asked) == (
        "The network reported no spend with suppliers in September 2026."
    )
    assert spend_sentences.spend(rings.assign(value=[0.0, 0.0, 990.0]), *asked) == (
        "The network spent £990 with suppliers in September 2026, none of it with a known address."
    )
    few = rings.assign(members=1, unjudged="few_members")
    assert spend_sentences.spend(few, *asked).startswith(
        "The network, 1 of 3 members so far, spent £1.00k with suppliers in September 2026: 67%"
    )
    assert spend_sentences.spend(few.assign(value=0.0), *asked) == (
        "The network, 1 of 3 members so far, reported no spend with suppliers in September 2026."
    )
    nothing = rings.assign(value=float("nan"))
    assert spend_sentences.spend(nothing, *asked) == (
        "The network: no spend is known for September 2026."
    )
    lacking = nothing.assign(months=2, months_expected=3)
    assert spend_sentences.spend(lacking, *asked) == (
        "The network: there is no total of spend for September 2026, as only two of three months "
        "are known."
    )


def figures(**values: tuple[float | None, str]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "indicator": name,
                "value": float("nan") if value is None else value,
                "shown": shown,
                "unit": "share" if "share" in name or "retention" in name else "people",
                "members": 3,
                "members_expected": 12,
                "months": 1,
                "months_expected": 12,
                "unjudged": None,
            }
            for name, (value, shown) in values.items()
        ]
    )


def test_local_hires_are_told_with_where_people_come_from() -> None:
    now = figures(
        starts=(310, "310"),
        local_start_share=(0.41, "41%"),
        priority_neighbourhood_starts=(None, "*"),
    ).assign(profile=[None, 0.45, None])
    said = people_sentences.local_hires(now, "The network", "September 2026", "Manchester")
    assert said == (
        "The network: 310 people started in September 2026, 41% of them from Manchester where "
        "their home is known, 4 points below profile."
    )
    unknown = now.assign(unjudged=[None, "mostly_unknown", None])
    assert people_sentences.local_hires(unknown, "The network", "May", "Manchester") == (
        "The network: 310 people started in May."
    )
    lacking = now.assign(unjudged="few_months")
    assert people_sentences.local_hires(lacking, "The network", "May", "Manchester").startswith(
        "The network, 1 of 12 months so far: 310 people started in May"
    )
    few = figures(starts=(None, "*"), local_start_share=(None, "*"))
    assert "too few people started in May" in people_sentences.local_hires(
        few, "The network", "May", ""
    )


def test_what_nobody_counted_of_the_funnel_is_said() -> None:
    now = figures(
        applications=(900, "900"),
        offers=(80, "80"),
        starts=(60, "60"),
        starts_without_applications=(15, "15"),
        starts_without_offers=(None, "*"),
    )
    assert people_sentences.funnel(now, "May") == (
        "In May: 900 applications, 80 offers and 60 starts. An offer is not a start. Members did "
        "not count applications for 15 and offers for a few of the starts."
    )


@pytest.mark.parametrize(
    ("shown", "few", "sentences"),
    [
        ("for members only", "for members only", ["These figures are for members only."] * 6),
        ("*", "*", ["There are too few people to show."] * 4
         + ["There are too few people to show in the year to May 2026."]
         + ["There are too few people to show."]),
        ("–", "*", [
            "There is nothing to show for May.",
            "There is nothing to show for May.",
            "Nothing is known yet to set beside the area's people.",
            "Nobody who started is followed yet.",
            "Nobody who started is followed in the year to May 2026 yet.",
            "Nothing is known of those who started in Jan 26.",
        ]),
    ],
)  # fmt: skip
def test_why_nothing_is_said_of_people_is_said(shown: str, few: str, sentences: list[str]) -> None:
    names = ("applications", "offers", "starts", "starters_followed", "leavers", "leavers_to_work",
             "leavers_not_followed")  # fmt: skip
    now = figures(**dict.fromkeys(names, (None, shown)), starts_without_offers=(None, few))
    rings = pd.DataFrame({"ring": ["unknown"], "value": math.nan, "shown": [shown]})
    facts = [{"name": "Under 25", "value": math.nan, "shown": shown, "area": 0.2}]
    of_cohorts = pd.DataFrame(
        {"pathway": "standard", "name": ["Jan 26", "Feb 26"], "months": [3, 2], "value": math.nan,
         "shown": [shown, few]},
    )  # fmt: skip
    one_pathway = of_cohorts.iloc[:1]
    assert [
        people_sentences.funnel(now, "May"),
        people_sentences.from_where(rings, {"area": "Manchester"}, "May"),
        people_sentences.beside_the_area(facts, "Manchester"),
        people_sentences.turnover(now, date(2026, 5, 1)),
        people_sentences.curves(one_pathway, {"standard": "Standard"}, "the year to May 2026"),
        people_sentences.cohort(of_cohorts, "Jan 26"),
    ] == sentences


def test_a_share_of_too_few_people_is_not_one_that_nobody_knows() -> None:
    facts = [
        {"name": "Under 25", "value": math.nan, "shown": shown, "area": 0.2}
        for shown in ("–", "under 25 people")
    ]
    few = "There are too few people to show."
    assert people_sentences.beside_the_area(facts, "Manchester") == few
    facts[1]["shown"] = "too few members"
    few = "There are too few members to show."
    assert people_sentences.beside_the_area(facts, "Manchester") == few


def test_a_month_in_which_nobody_started_has_no_homes() -> None:
    rings = pd.DataFrame({"ring": [None], "value": [0.0], "shown": ["0"]})
    of_may = people_sentences.from_where(rings, {"area": "Manchester"}, "May")
    assert of_may == "Nobody started in May."


def test_homes_that_nobody_knows_are_not_nothing_to_show() -> None:
    rings = pd.DataFrame({"ring": ["area", "unknown"], "value": [0.0, 40.0], "unit": "people"})
    assert people_sentences.from_where(rings, {"area": "Manchester"}, "May") == (
        "Where those who started in May live is not known."
    )


def test_the_wards_with_most_people_are_named_and_the_hidden_ones_counted() -> None:
    by_ward = pd.DataFrame(
        {
            "ward": ["a", "b", "c", "not_known"],
            "value": [20.0, 45.0, float("nan"), 900.0],
            "shown": ["20", "45", "*", "900"],
        }
    )
    names = {"a": "Ancoats", "b": "Bradford", "c": "Clayton"}
    assert people_sentences.on_wards(by_ward, names, "in May") == (
        "In May most came from Bradford (45) and Ancoats (20). One ward has too few people to "
        "show. Homes beyond the map, and those not known by ward, are not on it."
    )
    assert people_sentences.on_wards(by_ward, names, "at the end of May", "employer") == (
        "At the end of May most work for employers in Bradford (45) and Ancoats (20). One ward "
        "has too few people to show. Employers beyond the map, and those not known by ward, are "
        "not on it."
    )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([10, 10, 10, 10], "In May no ward stands out: four have 10 each."),
        ([10, 30, 10, 10], "In May most came from B (30)."),
        ([10, 30, 20, 20], "In May most came from B (30), C (20) and D (20)."),
    ],
)
def test_of_wards_with_as_many_people_none_is_named_before_the_others(
    values: list[int], said: str
) -> None:
    by_ward = pd.DataFrame({"ward": list("abcd"), "value": [float(it) for it in values]})
    by_ward["shown"] = [str(it) for it in values]
    told = people_sentences.on_wards(by_ward, dict(zip("abcd", "ABCD", strict=True)), "in May")
    assert told == f"{said} Homes beyond the map, and those not known by ward, are not on it."


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "No home ward is known in May."),
        ({"a": math.nan, "b": math.nan}, "There is no figure in May."),
        # Nobody came from there, as is known: of the other ward it isn't.
        ({"a": 0.0, "b": math.nan}, "There is nothing to show in May."),
        ({"a": 0.0}, "There is nothing to show in May."),
    ],
)
def test_a_map_with_nobody_on_it_says_what_is_not_known(
    values: dict[str, float], said: str
) -> None:
    shown = ["–" if math.isnan(value) else "0" for value in values.values()]
    by_ward = pd.DataFrame(
        {"ward": [*values], "value": [*values.values()], "shown": shown},
    ).astype({"value": float})
    assert people_sentences.on_wards(by_ward, {"a": "A", "b": "B"}, "in May") == said


def test_retention_without_a_cohort_that_is_old_enough_says_so() -> None:
    found = figures(retention_13_weeks=(None, "–"), retention_26_weeks=(None, "–"))
    assert people_sentences.retention(found, "The network", "May 2026") == (
        "The network: no retention for May 2026, no cohort old enough yet."
    )


def test_leavers_are_told_with_what_is_not_known_of_them() -> None:
    now = figures(
        starters_followed=(400, "400"),
        leavers=(60, "60"),
        leavers_to_work=(20, "20"),
        leavers_not_followed=(15, "15"),
    )
    assert people_sentences.turnover(now, SEPTEMBER) == (
        "Of 400 people who started in the year to September 2026, 60 have left, 20 of them for "
        "another job; of 15 the next step is not known."
    )
    hidden = now.assign(value=[400, 60, 20, math.nan], shown=["400", "60", "20", "*"])
    assert people_sentences.turnover(hidden, SEPTEMBER).endswith(
        "another job; of a few the next step is not known."
    )


def test_where_people_live_leaves_no_place_out_that_is_hidden() -> None:
    by_ring = pd.DataFrame(
        {
            "ring": ["area", "wider_area", "elsewhere", "unknown"],
            "value": [math.nan, 20.0, 0.0, math.nan],
            "shown": ["*", "20", "0", "*"],
            "unit": "people",
        }
    )
    names = {"area": "Sampleton", "wider_area": "elsewhere in the county", "elsewhere": "away"}
    assert people_sentences.from_where(by_ring, names, "May 2026") == (
        "Where those who started in May 2026 live: a few in Sampleton and 20 elsewhere in the "
        "county; of a few it is not known."
    )


def test_most_and_fewest_are_of_all_pathways_only_where_all_can_be_shown() -> None:
    titles = {"standard": "Standard", "apprenticeship": "Apprenticeship", "programme": "Programme"}

    def told(*others: float) -> str:
        values = [0.8, 0.6, *others]
        frame = pd.DataFrame(
            {
                "pathway": [*titles][: len(values)],
                "months": [6] * len(values),
                "value": values,
                "shown": ["*" if math.isnan(value) else "" for value in values],
                "unit": "share",
            }
        )
        return people_sentences.curves(frame, titles, "the year")

    assert told().startswith("After 6 months most stay by standard, 80%, and fewest by appren")
    assert told(math.nan).startswith(
        "After 6 months, of the pathways that can be shown, most stay by standard, 80%, and"
    )
    assert told(0.5).endswith("fewest by programme, 50%. " + people_sentences.AGES + " the year.")


def test_a_members_returns_are_told_by_what_became_of_them() -> None:
    rows = board("on_time", "late", "missing", "nil", "corrected", "not_due")
    rows.loc[1, "late"] = True
    assert page_sentences.record(rows, "the year") == (
        "4 of 5 returns sent in the year: 1 late, 1 corrected, 1 nil and 1 missing."
    )
    assert (
        page_sentences.record(board("on_time"), "May") == "1 of 1 returns sent in May, all on time."
    )
    assert page_sentences.record(board("not_due"), "May") == "No returns were due in May."


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["off_track"], "its own target is not on track"),
        (["on_track"], "its own target is on track"),
        (["on_track", "off_track"], "one of two targets of its own is on track"),
        (["off_track", "off_track"], "neither of two targets of its own is on track"),
    ],
)
def test_a_members_own_targets_are_counted(states: list[str], expected: str) -> None:
    now = frame(*(("spend", "gbp", 1.0, 1.0, state) for state in states))
    text = page_sentences.member(now, "Sample Arts", board("on_time", "missing"), WHEN)
    assert text == f"Sample Arts: {expected} in September 2026; 1 of 2 returns sent."


def test_one_supplier_is_not_the_largest_of_one():
    largest = pd.DataFrame({"supplier": ["A"], "value": [965e3]})
    assert spend_sentences.concentrated(Concentration(largest, 1, 965e3), "May 2026") == (
        "One supplier was paid in May 2026: £965k of £965k."
    )


def test_suppliers_that_gave_back_as_much_as_they_were_paid_are_not_said_to_be_unknown():
    largest = pd.DataFrame({"supplier": ["A", "B"], "value": [900.0, 50.0]})
    assert spend_sentences.concentrated(Concentration(largest, 3, -20.0), "May 2026") == (
        "The two largest of 3 suppliers take £950 in May 2026, of -£20 net of credit notes."
    )
    assert spend_sentences.concentrated(Concentration(largest[:0], 0, 70.0), "May 2026") == (
        "No supplier that is named was paid more than it gave back in May 2026."
    )


def test_that_no_local_supplier_is_known_keeps_what_members_did_not_say() -> None:
    """Suppliers without an address may be local, so it is not said that none was paid."""
    leaks = pd.DataFrame(
        {"category": ["Repairs"], "leaving": [2e3], "not_said": [500.0], "local_suppliers": [0]}
    )
    assert spend_sentences.leaving(leaks, "The network", "May 2026") == (
        "£2.00k of spend with a choice of supplier left the area in May 2026; no supplier that is "
        "known to be local was paid in any of its categories. For £500 members did not say whether "
        "there was a choice."
    )
