"""What may leave: no small number of people, and nothing that one could be worked out from."""

import math
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from anchornet import settings as settings_
from anchornet.publishing.disclosure import HIDDEN, protect

SETTINGS = settings_.load(environment={})


class Network:
    """What a table alone is protected by: the settings of its database."""

    def __init__(self, settings):
        self.settings = settings


NETWORK = Network(SETTINGS)
SEPTEMBER = date(2026, 9, 1)
UNITS = {
    "starts": "people",
    "workers_uplifted": "people",
    "local_start_share": "share",
    "accredited_employers": "employers",
    "spend": "gbp",
    "local_spend_share": "share",
}


def frame(rows):
    """Rows as `calculate` gives them: (indicator, value[, base]) and breakdowns."""
    given = []
    for (indicator, value, *base), cut in rows:
        row = {
            "indicator": indicator,
            "period": SEPTEMBER,
            "as_at": pd.Timestamp("2026-10-05"),
            "value": math.nan if value is None else float(value),
            "base": float(base[0]) if base else math.nan,
            "unit": UNITS[indicator],
            "members": 3,
            "members_expected": 3,
        }
        given.append(row | cut)
    return pd.DataFrame(given)


def counts(*values, indicator="starts"):
    return frame([((indicator, value), {}) for value in values])


def by_pathway(*values):
    return frame([(("starts", it), {"pathway": f"p{n}"}) for n, it in enumerate(values)])


def seen(frame_):
    """The values, "*" where hidden and None where there is none."""
    found = protect(NETWORK, frame_)
    return [
        HIDDEN if text == HIDDEN else None if math.isnan(value) else value
        for text, value in zip(found["shown"], found["value"], strict=True)
    ]


def test_one_to_seven_people_are_hidden_nought_is_shown_and_others_are_rounded():
    given = (0, 1, 7, 8, 12, 13, 17.5, 1204, None)
    assert seen(counts(*given)) == [0, HIDDEN, HIDDEN, 10, 10, 15, 20, 1205, None]
    assert list(protect(NETWORK, counts(*given))["shown"]) == [
        "0", "*", "*", "10", "10", "15", "20", "1,205", "–",
    ]  # fmt: skip


def test_a_cumulative_series_is_rounded_before_it_is_drawn():
    assert seen(counts(11, 14, 16, indicator="workers_uplifted")) == [10, 15, 15]


def test_counts_of_employers_and_pounds_and_their_shares_are_exact():
    given = frame(
        [
            (("accredited_employers", 3), {}),
            (("spend", 5.01), {}),
            (("local_spend_share", 0.123456, 6.5), {}),
        ]
    )
    assert seen(given) == [3, 5.01, 0.123456]
    assert protect(NETWORK, given)["base"][2] == 6.5


def test_a_share_needs_eight_people_and_is_a_whole_percent_under_a_hundred():
    given = frame(
        [
            (("local_start_share", 3 / 7, 7), {}),
            (("local_start_share", 3 / 8, 8), {}),
            (("local_start_share", 50 / 99, 99), {}),
            (("local_start_share", 50 / 101, 101), {}),
            (("local_start_share", None, 0), {}),
        ]
    )
    assert seen(given) == [HIDDEN, 0.38, 0.51, 0.495, None]
    protected = protect(NETWORK, given)
    assert list(protected["base"].fillna(-1)) == [-1, 10, 100, 100, 0]
    assert list(protected["shown"]) == ["*", "38%", "51%", "50%", "–"]


def test_a_cell_that_the_total_would_give_away_takes_the_next_smallest_with_it():
    assert seen(by_pathway(5, 30, 20, 0)) == [HIDDEN, 30, HIDDEN, 0]
    assert seen(by_pathway(5, 6, 20)) == [HIDDEN, HIDDEN, 20]
    assert seen(by_pathway(20, 30)) == [20, 30]
    # The total is 5 and hidden itself.
    assert seen(by_pathway(5, 0, 0)) == [HIDDEN, 0, 0]


def test_each_row_and_column_of_a_table_of_two_breakdowns_is_looked_at():
    rows = {("a", "x"): 5, ("a", "y"): 20, ("b", "x"): 30, ("b", "y"): 40, ("c", "x"): 50}
    given = frame(
        [(("starts", value), {"member": m, "pathway": p}) for (m, p), value in rows.items()]
    )
    # a's 20 goes with its 5; then y's 40 and x's 30, each alone in its column and row with them.
    assert seen(given) == [HIDDEN, HIDDEN, HIDDEN, HIDDEN, 50]


def test_a_share_of_a_small_base_takes_the_next_smallest_base_with_it():
    given = frame(
        [
            (("local_start_share", 0.5, 4), {"member": "a"}),
            (("local_start_share", 0.5, 40), {"member": "b"}),
            (("local_start_share", 0.5, 30), {"member": "c"}),
        ]
    )
    assert seen(given) == [HIDDEN, 0.5, HIDDEN]


def test_months_are_no_table():
    given = counts(5, 20, 30)
    given["period"] = [date(2026, month, 1) for month in (7, 8, 9)]
    assert seen(given) == [HIDDEN, 20, 30]


def test_a_gap_is_no_cell_and_a_row_of_the_total_is_none_either():
    given = frame(
        [
            (("starts", 35), {"pathway": None}),
            (("starts", 5), {"pathway": "a"}),
            (("starts", None), {"pathway": "b"}),
            (("starts", 30), {"pathway": "c"}),
        ]
    )
    assert seen(given) == [35, HIDDEN, None, HIDDEN]


def test_what_is_hidden_is_hidden_in_what_was_made_of_it():
    given = counts(5, 22, 30)
    given["period"] = [date(2026, month, 1) for month in (7, 8, 9)]
    given["target"], given["profile"] = 40.0, 20.0
    given["gap"] = given["value"] - 20.0
    given["status"] = ["off_track", "on_track", "on_track"]
    given["direction"] = given["direction_year"] = [None, "better", "better"]
    found = protect(NETWORK, given)
    assert [*found["gap"].fillna(-99)] == [-99, 0, 10]
    for column in ("status", "direction", "direction_year"):
        assert [*found[column].isna()] == [True, False, False], column
    assert given["value"][0] == 5  # what was given stays as it was


def test_threshold_and_rounding_are_settings():
    found = protect(Network(replace(SETTINGS, suppress_below=3, round_to=1)), counts(2, 3, 4))
    assert list(found["shown"]) == ["*", "3", "4"]


def test_nothing_gives_nothing():
    assert list(protect(NETWORK, counts(5).head(0))["shown"]) == []


people = st.one_of(st.integers(0, 12), st.integers(0, 5000))


@limits(deadline=None)
@given(st.lists(people, max_size=8), st.integers(1, 30), st.integers(1, 20))
def test_no_count_below_the_threshold_is_ever_shown(values, suppress_below, round_to):
    settings = replace(SETTINGS, suppress_below=suppress_below, round_to=round_to)
    found = protect(Network(settings), by_pathway(*values)) if values else counts(0)
    for value in found["value"].dropna():
        assert value == 0 or value >= suppress_below
        assert value % round_to == 0


@limits(deadline=None)
@given(st.lists(people, min_size=1, max_size=8))
def test_no_hidden_cell_is_the_only_one_unless_its_total_is_hidden_with_it(values):
    hidden = [it == HIDDEN for it in seen(by_pathway(*values))]
    if sum(hidden) == 1:
        assert sum(values) < SETTINGS.suppress_below
    for value, gone in zip(values, hidden, strict=True):
        assert gone or value == 0 or value >= SETTINGS.suppress_below
        assert not (gone and value == 0)


@limits(deadline=None)
@given(st.lists(st.lists(people, min_size=3, max_size=3), min_size=1, max_size=5))
def test_no_row_or_column_of_a_table_has_one_hidden_cell_among_others(table):
    given = frame(
        [
            (("starts", value), {"member": f"m{row}", "pathway": f"p{column}"})
            for row, values in enumerate(table)
            for column, value in enumerate(values)
        ]
    )
    found = iter(seen(given))
    grid = [[next(found) for _ in values] for values in table]
    for line in [*grid, *zip(*grid, strict=True)]:
        if line.count(HIDDEN) == 1:
            # All else is nought: the total is this cell.
            assert all(it in (0, HIDDEN) for it in line)


@limits(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=1, max_size=6))
def test_no_share_of_few_people_is_shown(pairs):
    given = frame(
        [
            (
                ("local_start_share", min(part, base) / base if base else None, base),
                {"member": f"m{n}"},
            )
            for n, (part, base) in enumerate(pairs)
        ]
    )
    found = protect(NETWORK, given)
    for value, base, (_, people_) in zip(found["value"], found["base"], pairs, strict=True):
        if not math.isnan(value):
            assert people_ >= SETTINGS.percent_base
            assert base >= SETTINGS.suppress_below
            if people_ < SETTINGS.whole_percent_below:
                assert value * 100 == pytest.approx(round(value * 100))
