"""What a change is made of, worked out by hand and against pandas."""

import math
from datetime import date

import numpy as np
import pytest

from anchornet.indicators.contributions import Contributions, contributions
from anchornet.indicators.figures import NETWORK, OWN
from anchornet.indicators.revisions import like_for_like

AUGUST, SEPTEMBER = date(2026, 8, 1), date(2026, 9, 1)
HIRES = "home_area,pathway,starts"


def made(network, name, audience=NETWORK, without=(), **options):
    """What contributions gives of September against August, by breakdown."""
    alike = like_for_like(network, [name], SEPTEMBER, AUGUST, audience, **options)
    row = alike.iloc[0].to_dict()
    every = contributions(network, row, SEPTEMBER, AUGUST, audience, without=without, **options)
    return row, {each.breakdown: each for each in every}


def test_a_part_of_a_sum_contributes_its_own_change(network, spend):
    # The university sent August only, and is left out of both.
    spend("university", "Near Ltd,,M40 8QA,,999,Food", "2026-08")
    spend("council", "Near Ltd,,M40 8QA,,100,Food\nFar Ltd,,SK4 4JL,,50,Print", "2026-08")
    spend("hospital", "Near Ltd,,M40 8QA,,10,Food", "2026-08")
    spend("council", "Near Ltd,,M40 8QA,,160,Food\nFar Ltd,,SK4 4JL,,30,Print")
    spend("hospital", "Near Ltd,,M40 8QA,,10,Food\nFar Ltd,,BR2 0XT,,25,Care")
    row, by = made(network, "spend")
    assert row["change"] == 65  # 225 less 160
    assert row["limit"] == ["council", "hospital"]
    assert by["category"] == Contributions(
        "category", (("Food", 60.0), ("Care", 25.0), ("Print", -20.0)), 0
    )
    assert by["ring"].parts == (("area", 60.0), ("elsewhere", 25.0), ("wider_area", -20.0))
    assert by["member"].parts == (("council", 40.0), ("hospital", 25.0))
    assert "member" not in made(network, "spend", without=("member",))[1]


def test_a_part_of_a_share_contributes_by_its_rate_and_its_weight(network, spend):
    # Food: 80 of 100 local, then 60 of 100. Print: none of 100, then none of 300.
    spend("council", "A Ltd,,M40 8QA,,80,Food\nB Ltd,,SK4 4JL,,20,Food\nC Ltd,,SK4 4JL,,100,Print",
          "2026-08")  # fmt: skip
    spend("council", "A Ltd,,M40 8QA,,60,Food\nB Ltd,,SK4 4JL,,40,Food\nC Ltd,,SK4 4JL,,300,Print")
    row, by = made(network, "local_spend_share")
    assert row["change"] == pytest.approx(0.15 - 0.40)
    # Mean of the whole 0.275. Food: mean weight 0.375 x -0.2, and -0.25 x (0.7 - 0.275);
    # print: 0, and +0.25 x (0 - 0.275).
    assert dict(by["category"].parts) == pytest.approx(
        {"Food": -0.075 - 0.10625, "Print": -0.06875}
    )
    # It is about where suppliers are: by place it explains nothing. One member is all of it.
    assert set(by) == {"category"}


def test_contributions_to_shares_add_up_to_the_change_whatever_the_parts(network, spend):
    draw = np.random.default_rng(5)
    for month in ("2026-08", "2026-09"):
        for member in ("council", "hospital"):
            lines = [
                f"S{number} Ltd,,{draw.choice(['M40 8QA', 'SK4 4JL', ''])},,"
                f"{draw.integers(1, 900)},{draw.choice(['Food', 'Print', 'Care', 'IT'])}"
                for number in range(30)
            ]
            spend(member, "\n".join(lines), month)
    for name in ("local_spend_share", "sme_spend_share", "unknown_address_spend_share"):
        row, by = made(network, name, OWN)
        for each in by.values() if not math.isnan(row["change"]) else ():
            assert sum(change for _, change in each.parts) == pytest.approx(row["change"])


def test_what_is_hidden_is_counted_and_never_worked_out(network, send):
    send("local_hires", "council", "outside,standard,100\noutside,apprenticeship,3", HIRES,
         period="2026-08")  # fmt: skip
    send("local_hires", "council", "outside,standard,160\noutside,apprenticeship,4", HIRES)
    _, by = made(network, "starts")
    assert by["pathway"].hidden == 1
    ((part, change),) = by["pathway"].parts
    assert part == "standard"
    assert change % 5 == 0
    assert 50 <= change <= 70
    own, exact = made(network, "starts", OWN)
    assert exact["pathway"].parts == (("standard", 60.0), ("apprenticeship", 1.0))
    assert own["change"] == 61


def test_where_nobody_sent_both_there_is_nothing_to_explain(network, spend):
    spend("council", "Near Ltd,,M40 8QA,,100,Food", "2026-08")
    spend("hospital", "Near Ltd,,M40 8QA,,100,Food")
    row, by = made(network, "spend")
    assert math.isnan(row["change"])
    assert by == {}
