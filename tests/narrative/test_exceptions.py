"""What needs attention is counted once, and in the same words everywhere."""

from datetime import date

import pandas as pd
import pytest

from anchornet.facts.catalogue import OVERVIEW
from anchornet.indicators.since_meeting import OffTrack
from anchornet.narrative.exceptions import Case, lacking, looked_at, summary
from anchornet.store.targets import Target

ARTS = OffTrack("spend", "arts", 0.40, 0.50)
TEACHING = OffTrack("local_spend_share", "teaching", 0.40, 0.50)


def case(indicator, rank, *actions, status="off_track"):
    row = pd.Series(
        {"value": 0.4, "unit": "share", "profile": 0.5, "status": status, "unjudged": None}
    )
    return Case(indicator, row, None, tuple({"what": action} for action in actions), rank)


def opened(*figures):
    rows = [(*figure, "open") for figure in figures]
    return pd.DataFrame(rows, columns=["indicator", "member_id", "state"])


def test_every_target_of_the_network_is_looked_at():
    def target(indicator, member_id=None):
        return Target(
            indicator, date(2027, 3, 1), 0.5, member_id=member_id,
            baseline_period=date(2026, 3, 1), baseline=0.1,
        )  # fmt: skip

    held = [target("vcse_spend_share"), target("local_spend_share"), target("offers", "arts")]
    assert looked_at([]) == OVERVIEW
    assert looked_at(held) == (*OVERVIEW, "vcse_spend_share")


@pytest.mark.parametrize(
    ("cases", "of_members", "actions", "expected"),
    [
        ([case("spend", 4, status="on_track")], [], [], "Nothing is off track."),
        ([case("spend", 3, status="")], [], [], "No target can be looked at yet."),
        ([case("spend", 0)], [], [], "One figure, without an action."),
        ([case("spend", 0, "x"), case("starts", 1, "y")], [], [],
         "Two figures, each with an action."),
        ([case("spend", 0), case("starts", 1, "y")], [ARTS, TEACHING], [("spend", "arts")],
         "Two figures; one without an action. Also, two figures of members with their own "
         "targets; one without an action."),
        ([case("spend", 4, status="on_track")], [ARTS], [("spend", "arts")],
         "Nothing is off track. Also, one figure of members with their own targets, with an "
         "action."),
    ],
)  # fmt: skip
def test_the_summary_counts_figures_and_those_without_an_action(
    cases, of_members, actions, expected
):
    without = lacking(cases, of_members, opened(*actions))
    assert summary(cases, of_members, without) == expected


def test_what_lacks_an_action_is_the_networks_and_then_the_members():
    cases = [case("local_spend_share", 0), case("starts", 1, "done"), case("spend", 4)]
    assert lacking(cases, [TEACHING], opened(("starts", None))) == [
        (("local_spend_share", None), "40%, 10 points below profile of 50%"),
        (("local_spend_share", "teaching"), "40%, 10 points below profile of 50%"),
    ]
