"""Charts of a whole in its parts: what their rows and alternative texts hold."""

import json
import math
from datetime import date

import pandas as pd
import pytest

from anchornet.charts import breakdowns

RINGS = {"area": "Here", "wider_area": "Near", "elsewhere": "Far", "unknown": "not known"}


def test_a_funnel_ranks_pathways_by_starts_and_says_what_is_hidden() -> None:
    frame = pd.DataFrame(
        [
            ("applications", "a", 40.0, "40"),
            ("applications", "b", 90.0, "90"),
            ("offers", "a", math.nan, "*"),
            ("offers", "b", 30.0, "30"),
            ("starts", "a", 10.0, "10"),
            ("starts", "b", 25.0, "25"),
            ("starts", None, math.nan, "–"),
        ],
        columns=["indicator", "pathway", "value", "shown"],
    ).assign(unit="people")
    made = breakdowns.funnel(frame, {"a": "Apprenticeship", "b": "Standard"})
    assert list(made.data["name"]) == ["Standard"] * 3 + ["Apprenticeship"] * 3
    assert made.alt == (
        "Bars by pathway. Standard: 90 applications, 30 offers and 25 starts; "
        "Apprenticeship: 40 applications, offers too few to show and 10 starts."
    )
    assert made.data.loc[4, ["label_at"]].item() == 0.0


def test_a_curves_labels_are_kept_apart_and_the_chosen_one_stands_out() -> None:
    frame = pd.DataFrame(
        [("A", 0, 1.0, "100%"), ("A", 3, 0.8, "80%"), ("B", 3, 0.795, "80%"), ("B", 1, 0.6, "60%")],
        columns=["name", "months", "value", "shown"],
    )
    made = breakdowns.curves(frame)
    ends = made.data[made.data["end"] != ""].set_index("end")["end_at"]
    assert ends["80% A"] - ends["80% B"] == pytest.approx(0.075 * 0.4)
    assert "B: 1 month 60%, 3 months 80%" in made.alt
    chosen = breakdowns.curves(frame, "B").data
    assert list(chosen["name"]) == ["A", "A", "B", "B"]
    assert list(chosen.loc[chosen["end"] != "", "end"]) == ["80% B"]
    assert chosen.loc[chosen["name"] == "A", "hue"].nunique() == 1


def test_places_stack_each_category_and_leave_out_what_was_paid_back() -> None:
    frame = pd.DataFrame(
        [
            ("Food", "area", 60.0),
            ("Food", "elsewhere", 40.0),
            ("Print", "wider_area", -5.0),
            ("Print", "unknown", 15.0),
            ("Care", "area", 7.0),
            ("not_known", "unknown", 30.0),
        ],
        columns=["category", "ring", "value"],
    )
    made = breakdowns.places(frame, "category", RINGS, count=2)
    assert list(made.data["name"]) == ["Food", "Food", "Print", "not known"]
    assert list(made.data["end"]) == ["", "£100", "£10", "£30"]
    assert list(made.data["from"]) == [0, 60, 0, 0]
    assert made.sentence == "The 2 largest of 3: £110 of £147."
    back = breakdowns.places(frame.assign(value=-5.0), "category", RINGS)
    assert (back.empty, back.sentence) == (True, "In no category was more paid than given back.")
    nothing = breakdowns.places(frame[:0], "category", RINGS)
    assert (nothing.empty, nothing.sentence) == (True, "There is nothing to show.")


def test_shares_stand_beside_the_areas_where_they_are_entered() -> None:
    made = breakdowns.beside(
        [
            {"name": "Under 25", "value": 0.3, "label": "30%", "area": 0.4, "area_label": "40%"},
            {"name": "Out of work", "value": math.nan, "label": "too few to show"},
        ]
    )
    assert list(made.data["label_at"]) == [0.4, 0.0]
    assert made.alt == "Bars of shares of starts. Under 25 30%, 40%; Out of work too few to show."


def test_deciles_run_from_one_to_ten_and_mark_the_priority_ones() -> None:
    frame = pd.DataFrame(
        [("1", 5_000.0, "gbp"), ("3", 700.0, "gbp"), ("not_known", 9.0, "gbp")],
        columns=["imd_decile", "value", "unit"],
    )
    made = breakdowns.deciles(frame)
    assert list(made.data["name"]) == [str(it) for it in range(1, 11)]
    assert list(made.data["hue"].unique()) == [breakdowns.ACCENT, breakdowns.PALE]
    assert made.alt == "Columns by decile of deprivation: decile 1 £5.00k, decile 3 £700."
    nothing = breakdowns.deciles(frame.assign(value=math.nan))
    assert nothing.empty
    unknown = frame.iloc[:1].assign(imd_decile="not_known")
    assert breakdowns.deciles(unknown).empty
    assert nothing.alt == "Columns by decile of deprivation: no figures."


def test_without_rows_every_chart_says_that_there_are_no_figures() -> None:
    none = pd.DataFrame(
        columns=["indicator", "pathway", "name", "months", "value", "shown", "ring", "category"]
    )
    for made in (
        breakdowns.funnel(none, {}),
        breakdowns.beside([]),
        breakdowns.beside([{"name": "Under 25", "value": math.nan, "label": "not known"}]),
        breakdowns.curves(none),
        breakdowns.places(none, "category", RINGS),
        breakdowns.ranks([], "anything"),
    ):
        assert made.alt.endswith("No figures.")
        assert made.data.empty


def test_a_specification_is_plain_json_and_asks_for_nothing() -> None:
    for spec in (
        breakdowns.FUNNEL,
        breakdowns.RING_SHARES,
        breakdowns.BESIDE,
        breakdowns.CURVES,
        breakdowns.PLACES,
        breakdowns.DECILES,
        breakdowns.RANKS,
    ):
        text = json.dumps(spec)
        assert '"url"' not in text
        assert text.count("http") == 1  # the name of the schema


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
    made = breakdowns.ring_shares(frame, RINGS, "Spend")
    march_rows = made.data[made.data["month"] == "Mar 26"]
    assert list(march_rows["to"]) == [0.5, 0.75, 0.75, 1.0]
    assert made.data.loc[made.data["month"] == "Feb 26", "to"].isna().all()
    # January is no month to compare March with.
    assert made.sentence.startswith("Here: £50 in Mar 26. A bar is all pounds")
    assert "£50 Here, £25 Near, £0 Far and £25 not known" in made.alt


def test_a_month_in_which_nothing_is_placed_is_a_month_of_unknown() -> None:
    frame = pd.DataFrame({"period": [date(2026, 1, 1)], "ring": ["unknown"], "value": [10.0]})
    made = breakdowns.ring_shares(frame, RINGS, "Spend")
    assert made.sentence.startswith("No address is known in Jan 26. A bar is all pounds")


def test_shares_of_nothing_are_empty() -> None:
    months = [date(2026, 8, 1), date(2026, 9, 1)]
    for ring in ("area", None):
        frame = pd.DataFrame({"period": months, "ring": ring, "value": math.nan})
        made = breakdowns.ring_shares(frame, RINGS, "Spend")
        assert made.empty
        assert made.sentence == "Spend: no figures yet."
        assert made.alt == "Stacked bar chart of Spend by month. Spend: no figures yet."
        assert list(dict.fromkeys(made.data["month"])) == ["Aug 26", "Sep 26"]


@pytest.mark.parametrize(
    ("ring", "amount", "words"),
    [("area", 0.0, "none"), (None, 0.0, "none"), ("area", -5.0, "only credit notes")],
)
def test_months_in_which_nothing_was_paid_are_not_months_without_figures(
    ring: str | None, amount: float, words: str
) -> None:
    frame = pd.DataFrame({"period": [date(2026, 9, 1)], "ring": [ring], "value": [amount]})
    made = breakdowns.ring_shares(frame, RINGS, "Spend")
    assert made.empty
    assert made.sentence == f"Spend: {words} in these months."
