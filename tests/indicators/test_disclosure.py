"""The cell key: which noise a figure of people gets, and what is seen of it."""

import csv
import math
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from cell_key_perturbation.create_perturbed_table import create_perturbed_table
from hypothesis import given
from hypothesis import strategies as st

from anchornet import settings as settings_
from anchornet.indicators import disclosure
from anchornet.indicators.calculate import calculate
from anchornet.indicators.disclosure import HIDDEN, noise_table, protected
from anchornet.indicators.disclosure import noised as noised_with
from anchornet.indicators.figures import NETWORK, Request, figures
from anchornet.store.database import Database

SETTINGS = settings_.load(environment={})
NOISE = noise_table(SETTINGS.noise_table)
SEPTEMBER = date(2026, 9, 1)
YEAR = [date(2026, month, 1) for month in range(1, 10)]
UNITS = {
    "starts": "people",
    "starts_fte": "people",
    "local_start_share": "share",
    "share_of_jobs_covered": "share",
    "accredited_employers": "employers",
    "spend": "gbp",
    "local_spend_share": "share",
}


def noised(counts: np.ndarray, keys: np.ndarray) -> np.ndarray:
    return noised_with(counts, keys, NOISE)


def key_with(count: int, noise: int) -> int:
    """The first cell key that gives this count that noise."""
    row = count if count < len(NOISE) else 4 + (count - 4) % 50
    return int(np.flatnonzero(NOISE[row] == noise)[0])


def frame(*rows: tuple[object, ...]) -> pd.DataFrame:
    """Rows as `calculate` gives them: indicator, value, its key, base, its key, the rest's key."""
    columns = ["indicator", "value", "value_key", "base", "base_key", "rest_key"]
    padded = [[*row, *[math.nan] * (len(columns) - len(row))] for row in rows]
    given = pd.DataFrame(padded, columns=columns).assign(whole=math.nan, whole_key=math.nan)
    return given.assign(unit=[UNITS[name] for name in given["indicator"]])


def seen(*rows: tuple[object, ...], settings: settings_.Settings = SETTINGS) -> list[str]:
    return list(protected(frame(*rows), settings)["shown"])


def starts(count: float, noise: int) -> tuple[object, ...]:
    return ("starts", count, key_with(round(count), noise))


# The table


def test_the_table_that_ships_is_what_the_definitions_say() -> None:
    with Path(disclosure.__file__).with_name("noise.csv").open(encoding="ascii") as file:
        rows = {int(row["count"]): row["noise"] for row in csv.DictReader(file)}
    assert list(rows) == list(range(54))
    assert set(rows[0]) == set(rows[1]) == {"3"}
    assert Counter(rows[2]) == {"2": 46, "3": 164, "4": 46}
    assert Counter(rows[3]) == {"1": 22, "2": 46, "3": 120, "4": 46, "5": 22}
    for count in range(4, 54):
        few = {"0": 8, "1": 22, "2": 46, "3": 104, "4": 46, "5": 22, "6": 8}
        assert Counter(rows[count]) == few


def test_the_noise_is_nought_on_average_and_no_count_becomes_nobody() -> None:
    assert (NOISE.sum(axis=1) == 0).all()
    assert (np.arange(1, len(NOISE))[:, None] + NOISE[1:]).min() == 1


def test_neighbouring_counts_do_not_move_together() -> None:
    """One more person with the same key, and the noise of the two has nothing in common."""
    for count in range(3, len(NOISE) - 1):
        assert abs(np.corrcoef(NOISE[count], NOISE[count + 1])[0, 1]) < 0.25


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_the_same_count_and_key_give_the_same_number(count: int, key: int) -> None:
    (one,) = noised(np.array([float(count)]), np.array([float(key)]))
    (other,) = noised(np.array([float(count)]), np.array([float(key + 256)]))
    assert one == other
    assert abs(one - count) <= min(3, max(count - 1, 0))


def test_large_counts_use_the_table_again() -> None:
    keys = np.arange(256.0)
    for count in (4, 53, 30):
        for more in (50, 750, 5000):
            again = noised(np.full(256, float(count + more)), keys) - (count + more)
            assert (again == NOISE[count]).all()


# What is seen, worked out by hand


def test_one_to_seven_is_a_star_nought_is_shown_and_others_are_rounded_to_five() -> None:
    assert seen(("starts", 0, 77), ("starts", 1, 77), ("starts", math.nan, 0)) == ["0", "*", "–"]
    assert seen(starts(5, 2), starts(6, 1), starts(6, 2), starts(7, 1)) == ["*", "*", "10", "10"]
    assert seen(starts(8, -1), starts(8, 0), starts(9, -2), starts(9, -1)) == ["*", "10", "*", "10"]
    assert seen(starts(5, 3), starts(4, 3), starts(10, -3), starts(11, -3)) == [
        "10",
        "*",
        "*",
        "10",
    ]
    assert seen(starts(10, -2), starts(12, 0), starts(12, 1), starts(17, 1)) == [
        "10", "10", "15", "20",
    ]  # fmt: skip
    assert seen(("starts", 1203, key_with(1203, -1))) == ["1,200"]


def test_full_time_equivalents_have_the_noise_of_the_nearest_count() -> None:
    def fte(value: float, nearest: int, noise: int) -> tuple[object, ...]:
        return "starts_fte", value, key_with(nearest, noise)

    assert seen(fte(0.4, 1, 0), fte(7.6, 8, -1), fte(7.6, 8, 1)) == ["*", "*", "10"]
    assert seen(fte(12.4, 12, 0), fte(12.6, 13, 0), fte(36.4, 36, 2)) == ["10", "15", "40"]


def share(part: int, base: int, noise: tuple[int, int, int] = (0, 0, 0)) -> tuple[object, ...]:
    """part of base, with the noise of the part, the base and the rest."""
    keys = [key_with(count, it) for count, it in zip((part, base, base - part), noise, strict=True)]
    return ("local_start_share", part / base, keys[0], float(base), keys[1], keys[2])


def test_a_share_is_of_noised_counts_to_five_percent() -> None:
    # 20, 22 and 21 of 40; 21 of 42, which is 41 and one more.
    assert seen(share(20, 40), share(20, 40, (2, 0, 0)), share(21, 40), share(21, 41, (0, 1, 0))) \
        == ["50%", "55%", "55%", "50%"]  # fmt: skip
    assert seen(share(0, 40), share(40, 40), share(40, 40, (-2, 2, 0))) == ["0%", "100%", "100%"]


def test_a_share_of_hundreds_of_people_is_in_whole_percent() -> None:
    # Five people are one percent of 500; of 497 (shown as 495) they are more.
    assert seen(share(205, 500), share(209, 497)) == ["41%", "42%"]


def test_a_share_of_some_hundreds_of_people_is_to_two_percent() -> None:
    # 42.8 and 43.2 percent of 250; of 247 (shown as 245) it is to five.
    assert seen(share(107, 250), share(108, 250), share(107, 247)) == ["42%", "44%", "45%"]


def test_nobody_and_all_are_not_said_of_a_few_and_of_nearly_all() -> None:
    assert seen(share(10, 600), share(590, 600), share(10, 450), share(440, 450)) == [
        "2%", "98%", "2%", "98%",
    ]  # fmt: skip
    assert seen(share(10, 3000), share(2990, 3000)) == ["1%", "99%"]


def test_a_share_is_not_shown_where_the_part_or_the_rest_is_few() -> None:
    assert seen(share(7, 40), share(33, 40), share(8, 40, (-1, 0, 0)), share(7, 40, (1, 0, 0))) == [
        "*", "*", "*", "20%",
    ]  # fmt: skip
    assert seen(share(3, 4), share(0, 4), share(4, 4)) == ["*", "*", "*"]


def test_a_share_of_too_few_for_a_percentage_says_so() -> None:
    too_few = "under 25 people"
    assert seen(share(12, 24), share(12, 24, (0, 1, 0)), share(13, 25), share(13, 25, (0, -1, 0))) \
        == [too_few, "50%", "50%", too_few]  # fmt: skip
    assert seen(share(0, 20), share(20, 20)) == [too_few, too_few]


def test_jobs_covered_are_the_rounded_count_over_the_areas_own_figure() -> None:
    jobs = [("share_of_jobs_covered", it / 1000, key_with(it, noise), 1000.0)
            for it, noise in ((52, 1), (7, 0))]  # fmt: skip
    found = protected(frame(*jobs), SETTINGS)
    assert list(found["value"].fillna(-1)) == [0.055, -1]
    assert list(found["base"]) == [1000, 1000]
    assert list(found["shown"]) == ["6%", "*"]


def test_employers_and_pounds_are_exact() -> None:
    found = protected(
        frame(
            ("accredited_employers", 3), ("spend", 5.01), ("local_spend_share", 0.123456, 0, 6.5)
        ),
        SETTINGS,
    )
    assert list(found["value"]) == [3, 5.01, 0.123456]
    assert found["base"][2] == 6.5


def test_what_is_not_shown_has_no_value_and_a_base_is_rounded() -> None:
    found = protected(frame(starts(3, 0), share(7, 40), share(20, 42), share(12, 24)), SETTINGS)
    assert list(found["value"].isna()) == [True, True, False, True]
    assert list(found["base"].fillna(-1)) == [-1, -1, 40, -1]


def test_the_threshold_the_rounding_and_the_base_are_settings() -> None:
    settings = replace(SETTINGS, suppress_below=3, round_to=1, percent_base=10)
    assert seen(starts(2, 0), starts(3, 0), starts(4, 2), settings=settings) == ["*", "3", "6"]
    assert seen(share(3, 10), share(3, 9), settings=settings) == ["30%", "under 10 people"]


@given(
    st.integers(0, 400), st.integers(0, 400), *[st.integers(0, 255) for _ in range(3)],
)  # fmt: skip
def test_what_is_seen_hangs_on_noised_counts_only(
    part: int, rest: int, key: int, base_key: int, rest_key: int
) -> None:
    base = part + rest
    count, below, beside = (
        float(noised(np.array([float(it)]), np.array([float(its)]))[0])
        for it, its in ((part, key), (base, base_key), (rest, rest_key))
    )
    (shown,) = seen(("starts", float(part), key))
    assert (shown == HIDDEN) == (1 <= count <= 7)
    if shown != HIDDEN:
        assert int(shown) % 5 == 0
        assert abs(int(shown) - part) <= 5
    if part >= 10:
        assert shown != HIDDEN
    if base:
        (shown,) = seen(("local_start_share", part / base, key, float(base), base_key, rest_key))
        few = any(1 <= it <= 7 for it in (count, below, beside))
        assert (shown == HIDDEN) == few
        assert (shown == "under 25 people") == (not few and below < 25)
        if shown.endswith("%"):
            assert int(shown[:-1]) % (1 if below >= 498 else 2 if below >= 248 else 5) == 0
            assert abs(int(shown[:-1]) / 100 - part / base) < 0.2
            assert (part == 0) == (shown == "0%")
            assert (rest == 0) == (shown == "100%")


# The same rows, however they are asked for


def cell(sample: Database, name: str, period: date = SEPTEMBER, **asked: object) -> tuple[int, int]:
    row = calculate(sample, [name], [period], **asked).iloc[0]  # type: ignore[arg-type]
    return int(row["value"]), int(row["value_key"])


def test_the_same_people_have_the_same_key_however_they_are_asked_for(sample: Database) -> None:
    for name, part in (
        ("local_starts", {"ring": ["area"]}),
        ("under_25_starts", {"age_band": ["under_25"]}),
        ("out_of_work_starts", {"out_of_work": ["yes"]}),
        ("priority_neighbourhood_starts", {"imd_decile": ["1", "2"]}),
    ):
        assert cell(sample, name) == cell(sample, "starts", where=part), name
    by = calculate(sample, ["starts"], [SEPTEMBER], by=["pathway"]).set_index("pathway")
    one = cell(sample, "starts", where={"pathway": ["standard"]})
    assert one == (by.loc["standard", "value"], by.loc["standard", "value_key"])
    alone = calculate(sample, ["starts"], [SEPTEMBER], by=["member"]).set_index("member")
    assert cell(sample, "starts", members=["police"])[1] == alone.loc["police", "value_key"]


def test_a_share_has_the_keys_of_its_part_its_base_and_its_rest(sample: Database) -> None:
    row = calculate(sample, ["local_start_share"], [SEPTEMBER]).iloc[0]
    known = {"ring": ["area", "wider_area", "elsewhere"]}
    assert row["value_key"] == cell(sample, "local_starts")[1]
    assert row["base_key"] == cell(sample, "starts", where=known)[1]
    rest = {"ring": ["wider_area", "elsewhere"]}
    assert row["rest_key"] == cell(sample, "starts", where=rest)[1]
    followed = {"months_followed": [str(it) for it in range(12)]}
    row = calculate(sample, ["in_post_share"], [SEPTEMBER], where=followed).iloc[0]
    assert row["base_key"] == cell(sample, "starters_followed")[1]
    assert row["rest_key"] == cell(sample, "leavers")[1]


def test_a_longer_window_has_the_sum_of_its_months_keys(sample: Database) -> None:
    months = [date(2025, 10, 1), date(2025, 11, 1), date(2025, 12, 1), *YEAR]
    monthly = calculate(sample, ["starts", "offers"], months)
    for name in ("starts", "offers"):
        keys = monthly.loc[monthly["indicator"] == name, "value_key"].astype(int)
        offset = calculate(sample, [name], [date(1999, 1, 1)], where={"pathway": ["x"]})
        apart = int(offset["value_key"].iloc[0])  # of nobody: what holds columns apart
        year = cell(sample, name, window="rolling_12")[1]
        assert year == (sum(keys - apart) + apart) % 256


def test_two_counts_of_the_same_rows_have_noise_of_their_own(sample: Database) -> None:
    by = ["member", "pathway"]
    frame = calculate(
        sample, ["starters_followed", "leavers_to_work", "starts", "offers"], YEAR, by=by
    )
    wide = frame.dropna(subset=["value"]).pivot_table(
        index=["period", *by], columns="indicator", values=["value", "value_key"]
    )
    both = wide[(wide["value"]["starts"] > 3) & (wide["value"]["offers"] > 3)]
    noise = {
        name: noised(both["value"][name].to_numpy(), both["value_key"][name].to_numpy())
        - both["value"][name].to_numpy()
        for name in ("starts", "offers")
    }
    assert len(both) > 100
    assert abs(np.corrcoef(noise["starts"], noise["offers"])[0, 1]) < 0.2


# A second opinion


def test_the_package_of_the_office_for_national_statistics_gives_the_same(sample: Database) -> None:
    """cell-key-perturbation, by the people of the 2021 Census, on our rows and our table: a record
    for each person who started, of its row's key where it is the row's first."""
    with sample.cursor() as cursor:
        facts = cursor.execute(
            """
            select pathway, coalesce(age_band, 'not_known') as age_band, starts, record_key
            from current_submissions(null)
            join additions using (submission_id)
            join local_hires_facts using (addition_id)
            where period = '2026-09-01'
            qualify additions.addition_id = max(additions.addition_id) over (
                partition by submission_id
            )
            """
        ).df()
        (offset,) = cursor.execute("select record_key(['column', 'starts'])").fetchone() or (0,)
    people = facts.loc[facts.index.repeat(facts["starts"])].reset_index(names="row")
    people["record_key"] = people["record_key"].where(~people["row"].duplicated(), 0).astype(int)
    # Their cell keys are sums of record keys alone: the key of the column turns the table instead.
    rows = [min(count, 4 + (count - 4) % 50) if count > 2 else count for count in range(1, 751)]
    table = pd.DataFrame(
        [
            {"pcv": pcv, "ckey": key, "pvalue": int(NOISE[row, (key + offset) % 256])}
            for pcv, row in enumerate(rows, 1)
            for key in range(256)
        ]
    )
    theirs = create_perturbed_table(
        people, table, geog=[], tab_vars=["pathway", "age_band"], record_key="record_key",
        threshold=8,
    )  # fmt: skip
    theirs = theirs[theirs["pre_sdc_count"] > 0].set_index(["pathway", "age_band"])
    by = ["pathway", "age_band"]
    exact = calculate(sample, ["starts"], [SEPTEMBER], by=by).set_index(by)
    ours = figures(sample, Request(["starts"], [SEPTEMBER], by=by), NETWORK).set_index(by)
    assert len(theirs) >= 15
    assert {*theirs.index} == {*exact.index[exact["value"] > 0]}
    for group, row in theirs.iterrows():
        assert row["pre_sdc_count"] == exact.loc[group, "value"]
        (ours_noised,) = noised(
            exact.loc[[group], "value"].to_numpy(), exact.loc[[group], "value_key"].to_numpy()
        )
        assert ours_noised == row["pre_sdc_count"] + row["pvalue"]
        if pd.isna(row["count"]):
            assert ours.loc[group, "shown"] == HIDDEN
        else:
            assert ours.loc[group, "value"] == 5 * math.floor(row["count"] / 5 + 0.5)
