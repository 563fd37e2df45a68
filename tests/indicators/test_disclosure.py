"""What may leave: no small number of people, and nothing that one could be worked out from."""

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from anchornet import settings as settings_
from anchornet.indicators import worlds
from anchornet.indicators.calculate import Asked, calculate
from anchornet.indicators.disclosure import HIDDEN, protect, stated

SETTINGS = settings_.load(environment={})
JUNE, SEPTEMBER = date(2026, 6, 1), date(2026, 9, 1)
UNITS = {
    "starts": "people",
    "workers_uplifted": "people",
    "local_start_share": "share",
    "retention_26_weeks": "share",
    "in_post_share": "share",
    "accredited_employers": "employers",
    "spend": "gbp",
    "local_spend_share": "share",
}


class Network:
    """What a frame made by hand is protected by: the settings of its database."""

    def __init__(self, settings=SETTINGS):
        self.settings = settings


def frame(*rows, period=SEPTEMBER, **asked):
    """Rows as `calculate` gives them: (indicator, value[, base], cut), and what was asked."""
    given = []
    for indicator, value, *rest in rows:
        cut = rest.pop() if rest and isinstance(rest[-1], dict) else {}
        given.append(
            {
                "indicator": indicator,
                "period": period,
                "as_at": pd.Timestamp("2026-10-05"),
                "value": math.nan if value is None else float(value),
                "base": float(rest[0]) if rest else math.nan,
                "unit": UNITS[indicator],
                "members": 3,
                "members_expected": 3,
            }
            | cut
        )
    made = pd.DataFrame(given)
    by = tuple(it for it in made.columns if it not in COLUMNS)
    kept = {"by": by, "window": "month", "members": None, "where": (), "as_at": None} | asked
    made.attrs["asked"] = Asked(**kept)
    return made


COLUMNS = "indicator period as_at value base unit members members_expected months".split()


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """say(frame, {row: change, ...}) makes all versions say what the frame does, and the third what
    it says with these values changed by so much."""

    def say(given: pd.DataFrame, changes=None) -> None:
        every = [given.assign(world=world) for world in range(1, worlds.WORLDS + 1)]
        for row, change in (changes or {}).items():
            every[2].loc[row, "value"] += change
        made = pd.concat(every, ignore_index=True)
        monkeypatch.setattr(worlds, "figures", lambda database, names, *rest, **asked: made)

    return say


def seen(given, settings=SETTINGS):
    """The values, "*" where hidden and None where there is none."""
    found = protect(Network(settings), given)
    return [
        HIDDEN if text == HIDDEN else None if math.isnan(value) else round(value, 6)
        for text, value in zip(found["shown"], found["value"], strict=True)
    ]


def test_one_to_seven_people_are_hidden_nought_is_shown_and_others_are_rounded(say) -> None:
    values = (0, 1, 7, 8, 12, 13, 17.5, 1204, None)
    given = frame(*(("starts", it, {"pathway": str(n)}) for n, it in enumerate(values)))
    say(given)
    assert seen(given) == [0, HIDDEN, HIDDEN, 10, 10, 15, 20, 1205, None]
    assert list(protect(Network(), given)["shown"]) == [
        "0", "*", "*", "10", "10", "15", "20", "1,205", "–",
    ]  # fmt: skip


def test_counts_of_employers_and_pounds_and_their_shares_are_exact() -> None:
    given = frame(
        ("accredited_employers", 3), ("spend", 5.01), ("local_spend_share", 0.123456, 6.5)
    )
    given.attrs.clear()
    assert seen(given) == [3, 5.01, 0.123456]
    assert protect(Network(), given)["base"][2] == 6.5


def test_a_share_needs_eight_people_and_as_many_in_the_part_and_the_rest(say) -> None:
    shares = [(3 / 7, 7), (3 / 16, 16), (9 / 16, 16), (8 / 16, 16), (50 / 99, 99), (50 / 101, 101),
              (1, 20), (0, 20), (None, 0)]  # fmt: skip
    rows = (("local_start_share", *it, {"pathway": str(n)}) for n, it in enumerate(shares))
    say(given := frame(*rows))
    assert seen(given) == [HIDDEN, HIDDEN, HIDDEN, 0.5, 0.51, 0.495, 1, 0, None]
    protected = protect(Network(), given)
    assert list(protected["base"].fillna(-1)) == [-1, -1, -1, 15, 100, 100, 20, 20, 0]
    assert list(protected["shown"])[3:6] == ["50%", "51%", "50%"]


def test_what_another_version_says_otherwise_is_hidden(say) -> None:
    given = frame(*(("starts", it, {"pathway": str(it)}) for it in (30, 31, 0)))
    say(given, {0: 2})  # 32 is shown as 30 too
    assert seen(given) == [30, 30, 0]
    say(given, {0: 3, 2: 1})  # a nought that might be somebody
    assert seen(given) == [HIDDEN, 30, HIDDEN]


def test_a_share_that_differs_is_said_less_finely_or_not(say) -> None:
    given = frame(("local_start_share", 0.5, 400))
    say(given, {0: 0.0012})
    assert seen(given) == [0.5]
    assert list(protect(Network(), given)["shown"]) == ["50%"]
    say(given, {0: 0.02})
    assert seen(given) == [HIDDEN]


def test_a_part_that_only_another_version_has_gets_a_row(say) -> None:
    given = frame(
        ("starts", 30, {"pathway": "standard"}), ("starts", 3, {"pathway": "redeployment"})
    )
    say(given)
    truth = given.iloc[:1]
    truth.attrs = given.attrs
    found = protect(Network(), truth)
    assert list(found["pathway"]) == ["standard", "redeployment"]
    assert list(found["shown"]) == ["30", "*"]


@pytest.mark.parametrize(
    ("period", "asked", "shown"),
    [
        (SEPTEMBER, {}, True),
        (SEPTEMBER, {"members": frozenset(["a"])}, False),
        (SEPTEMBER, {"members": frozenset(["a"]), "window": "quarter"}, True),
        (date(2026, 8, 1), {"members": frozenset(["a"]), "window": "quarter"}, False),
        (date(2026, 8, 1), {"members": frozenset(["a"]), "window": "financial_year"}, False),
        (date(2026, 8, 1), {"members": frozenset(["a"]), "window": "rolling_12"}, True),
        (SEPTEMBER, {"where": (("authority", frozenset(["E08000003"])),)}, True),
        (SEPTEMBER, {"where": (("ward", frozenset(["E05011366"])),)}, False),
        (SEPTEMBER, {"where": (("ward", frozenset(["E05011366"])),), "window": "rolling_12"}, True),
        (SEPTEMBER, {"where": (("home_area", frozenset(["x"])),), "window": "rolling_12"}, False),
        (SEPTEMBER, {"where": (("authority", frozenset()), ("ring", frozenset()))}, False),
    ],
)  # fmt: skip
def test_of_what_people_are_shown_to_others(say, period, asked, shown) -> None:
    given = frame(("starts", 100), period=period, **asked)
    say(given)
    assert seen(given) == [100 if shown else HIDDEN]


def test_a_number_as_at_a_months_end_is_shown_of_members(say) -> None:
    given = frame(
        ("workers_uplifted", 99, {"member": "a"}), ("workers_uplifted", 4, {"member": "b"})
    )
    say(given)
    assert seen(given) == [100, HIDDEN]


def test_retention_is_of_the_whole_network_after_the_months_that_are_stated(say) -> None:
    say(
        given := frame(
            ("retention_26_weeks", 0.8, 50), members=frozenset(["a"]), window="rolling_12"
        )
    )
    assert seen(given) == [HIDDEN]
    ages = ("1", "3", "6", "11", "12")
    rows = (("in_post_share", 0.8, 50, {"months_followed": it}) for it in ages)
    say(given := frame(*rows, window="rolling_12"))
    assert seen(given) == [HIDDEN, 0.8, 0.8, HIDDEN, 0.8]
    cohorts = ("2026-08", "2026-06", "2025-09")
    say(given := frame(*(("in_post_share", 0.8, 50, {"cohort_month": it}) for it in cohorts)))
    assert seen(given) == [HIDDEN, 0.8, 0.8]
    assert list(stated(pd.DataFrame({"months": [0, 3, math.nan, 12]}))["months"]) == [3, 12]


def test_people_are_hidden_where_it_is_not_known_what_was_asked(say) -> None:
    say(given := frame(("starts", 100), ("spend", 3)))
    assert seen(given) == [100, 3]
    given.attrs.clear()
    assert seen(given) == [HIDDEN, 3]


def test_what_is_hidden_has_no_value_base_gap_status_or_direction(say) -> None:
    given = frame(("starts", 3), ("local_start_share", 0.5, 4), ("spend", 40))
    judged = {"profile": [5.0, 0.4, 38], "gap": [-2, 0.1, 2], "status": "off_track",
              "direction": "worse", "direction_year": None}  # fmt: skip
    say(given)
    attrs = given.attrs
    given = given.assign(**judged)
    given.attrs = attrs
    found = protect(Network(), given)
    assert found.loc[:1, ["value", "base", "gap", "status", "direction"]].isna().all(axis=None)
    assert found.loc[2, ["value", "gap", "status", "direction"]].tolist() == [
        40, 2, "off_track", "worse",
    ]  # fmt: skip
    assert "asked" not in found.attrs


def test_threshold_and_rounding_are_settings(say) -> None:
    settings = replace(SETTINGS, suppress_below=3, round_to=1, percent_base=3)
    given = frame(*(("starts", it, {"pathway": str(it)}) for it in (2, 3, 4)))
    say(given)
    assert seen(given, settings) == [HIDDEN, 3, 4]


def test_all_that_is_shown_is_the_same_in_every_version(sample) -> None:
    """Of the sample network: as it is shown, with what `calculate` gives of each version."""
    months = [date(2026, month, 1) for month in (3, 6, 9)]
    shown = 0
    for window in ("month", "quarter", "rolling_12"):
        for by in ([], ["pathway"], ["ward"]):
            given = calculate(sample, ["starts"], months, by=by, window=window)
            found = protect(sample, given)
            others = worlds.figures(sample, ["starts"], months, by=by, window=window)
            keys = ["period", *by]
            both = found.merge(others, on=keys, suffixes=("", "_other"))
            both = both[(both["shown"] != HIDDEN) & both["value"].notna()]
            theirs = both["value_other"].to_numpy()
            rounded = np.where(theirs == 0, 0, np.maximum(np.floor(theirs / 5 + 0.5), 2) * 5)
            assert (rounded == both["value"]).all()
            shown += both[keys].drop_duplicates().shape[0]
    assert shown > 20
    truth = calculate(sample, ["starts"], months, by=["member"], window="month")
    every = worlds.figures(sample, ["starts"], months, by=["member"], window="month")
    few = truth[truth["value"].between(1, 7)]
    assert len(few)
    for row in few.itertuples():
        mine = every[(every["member"] == row.member) & (every["period"] == row.period)]
        assert len({row.value, *mine["value"]}) >= 4, row
