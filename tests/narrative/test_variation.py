"""What is said of variation, of projections and of what changed since a meeting."""

import math
from dataclasses import replace
from datetime import date, datetime

import pandas as pd
import pytest

from anchornet.indicators.revisions import Cause
from anchornet.indicators.since_meeting import Change, OffTrack, Since
from anchornet.indicators.targets import Projection
from anchornet.indicators.xmr import VARIATIONS, assurance, xmr
from anchornet.narrative import variation
from anchornet.periods import add_months
from anchornet.store.meetings import Meeting
from anchornet.store.targets import Target, read_number

SEPTEMBER, MARCH = date(2026, 9, 1), date(2027, 3, 1)
GOLDEN = [1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]


def said(values, indicator="starts", target=None):
    chart = xmr(values, "up")
    months = [add_months(SEPTEMBER, 1 + place - len(values)) for place in range(len(values))]
    assured = assurance(chart, target, "up")
    return variation.variation(chart, indicator, months, target, assured)


def test_every_variation_has_words_and_a_colour():
    assert tuple(variation.VARIATION) == VARIATIONS
    assert [colour for _, colour in variation.VARIATION.values()] == [
        "#a6a6a6", "#00b0f0", "#e46c0a", "#490092",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        # The lower limit is -3.06: there are no starts below nought.
        (GOLDEN, "In September 2026 the figure for starts was within its usual range of 0 to 7."),
        (
            [*GOLDEN, 20],
            "In September 2026 the figure for starts was outside its usual range of 0 to 10: "
            "something has changed, for the better.",
        ),
        (
            [0, 50, 0, 50, 0, 50, 0, 50, 0, 40, 39, 38, 37, 36, 35, 34],
            "In September 2026 the figure for starts had moved the same way seven months running: "
            "something has changed, for the worse.",
        ),
        (
            [9, 13, 9, 13, 9, 13, 9, 2, 6, 2, 6, 2, 6, 2],
            "In September 2026 the figure for starts had been on one side of its mean of 7 for "
            "seven months or more: something has changed, for the worse.",
        ),
        (
            # Mean 10.93, moves of 2.5: limits 6.65 away, near limits 4.43.
            [*[9, 11] * 6, 16, 12, 16],
            "In September 2026 the figure for starts was near the edge of its usual range of 4 to "
            "18 for the second time in three months: something has changed, for the better.",
        ),
        (
            [5, 7, 5],
            "In September 2026 the figure for starts was within its usual range of 0 to 11; the "
            "range is a first one, from three months.",
        ),
        ([5, None, 5], "There are too few months to say how starts usually varies."),
        ([None, None], "There are too few months to say how starts usually varies."),
        ([5, 5, 5] * 4, "In September 2026 the figure for starts was within its usual 5."),
    ],
)
def test_one_sentence_says_what_a_chart_of_variation_shows(values, expected):
    assert said(values) == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (0.6, "; the target of 60% is out of reach unless something changes."),
        (0.4, "; the target of 40% will be met in some months and missed in others."),
        (0.1, "; the target of 10% is within what it reaches every month."),
    ],
)
def test_the_sentence_says_whether_the_target_is_within_reach(target, expected):
    # Mean 0.41, moves of 0.02: 36% to 46%.
    sentence = said([0.40, 0.42] * 6, "local_spend_share", target)
    start = "In September 2026 the figure for local spend was within its usual range of 36% to 46%"
    assert sentence == start + expected


STOCK = Projection(
    "accredited_employers", SEPTEMBER, MARCH, 190, 3.24, 198.4, 184.6, 211.2, (), "open"
)


def test_a_projection_says_its_pace_its_range_and_what_that_means_for_the_target():
    assert variation.projection(STOCK) == (
        "At the pace of the last six months (3.2 more a month), the figure for accredited Living "
        "Wage employers would be 198 (185 to 211) in March 2027: the target of 190 is within that "
        "range."
    )
    rate = Projection(
        "local_spend_share", SEPTEMBER, MARCH, 0.52, None, 0.41, 0.38, 0.44, (), "missed"
    )
    assert variation.projection(rate) == (
        "If the coming months are like the last six, the figure for local spend would be 41% (38% "
        "to 44%) in March 2027: the target of 52% would be missed."
    )
    steady = replace(STOCK, rate=-2.0, value=180.0, low=180.0, high=180.0, outcome="missed")
    assert "(2 less a month)" in variation.projection(steady)
    assert "would be 180 in March 2027" in variation.projection(steady)
    assert "(15 more a month)" in variation.projection(replace(STOCK, rate=15.4))


def change(indicator, was, now, value, profile=None, rule=None):
    return Change(indicator, was, now, math.nan, value, profile, rule)


def test_changes_are_told_with_the_figure_and_what_they_were():
    off = change("retention_26_weeks", "on_track", "off_track", 0.83, 0.89)
    assert variation.status_change(off) == (
        "Retention at 26 weeks was on track and is off track: 83%, 6 points below profile."
    )
    for now, rule, expected in (
        ("concern", "outside_limits", "Starts: outside its usual range, at 315, for the worse."),
        ("improvement", "trend",
         "Starts: seven months running the same way, at 315, for the better."),
        ("common", None, "Starts: back to its usual variation, at 315."),
    ):  # fmt: skip
        assert variation.variation_change(change("starts", "x", now, 315, None, rule)) == expected


def found(**changes):
    none = pd.DataFrame({"action_id": []})
    usual = Since(
        then=datetime(2026, 9, 16, 9), now=datetime(2026, 11, 18, 9), period_then=date(2026, 7, 1),
        period=SEPTEMBER, crossed=(), varied=(), joined=(), left=(), came_in=(), fell_out=(),
        revised=none, due=none, closed=none, due_by=date(2026, 11, 20),
    )  # fmt: skip
    return replace(usual, **changes)


def test_what_is_different_is_told_in_a_sentence():
    due = pd.DataFrame({"action_id": [1, 2]})
    off = change("starts", "on_track", "off_track", 8)
    told = variation.since(
        found(crossed=(off,), fell_out=(("a", "spend"), ("a", "retention")), due=due),
        "the September meeting",
    )
    assert told == (
        "Since the September meeting: one indicator has another status, one member lacks returns "
        "and two actions are due."
    )
    assert variation.since(found(), "the September meeting") == (
        "Since the September meeting: nothing has changed."
    )
    assert variation.since(found(period_then=None), "The first meeting") == (
        "The first meeting saw no figures."
    )


def test_members_are_named_with_the_returns_that_came_or_lack():
    names = {"arts": "Sample Arts", "homes": "Sample Homes", "fire": "Sample Fire"}
    told = variation.members_change(
        found(
            joined=("homes",), left=("fire",), came_in=(("homes", "spend"),),
            fell_out=(("arts", "local_hires"), ("arts", "spend")),
        ),
        names,
    )  # fmt: skip
    assert told == [
        "Sample Homes joined the network.",
        "Sample Fire left the network.",
        "Sample Homes came in with spend with suppliers.",
        "Sample Arts lacks local hires and spend with suppliers, which the meeting had.",
    ]


def test_a_revised_figure_says_what_it_was_and_who_changed_it():
    def row(indicator, period, then, now, *causes, **shown):
        given = {"indicator": indicator, "period": period, "value_then": then, "value_now": now}
        return given | {"causes": causes} | shown

    corrected = Cause("corrected", "arts", "spend", date(2026, 7, 1), "R000001")
    placed = Cause("placed", "homes", "spend", date(2026, 7, 1), "R000002")
    hires = Cause("withdrawn", "arts", "local_hires", date(2026, 6, 1), "R000003")
    told = variation.revised(
        found(
            revised=pd.DataFrame(
                [
                    row("spend", date(2026, 7, 1), 14_900_000, 14_400_000, corrected, placed),
                    row("local_spend_share", date(2026, 7, 1), 0.411, 0.409, corrected),
                    row("starts", date(2026, 6, 1), 10.0, math.nan, hires, shown_then="10",
                        shown_now="*"),
                    row("returns_received", date(2026, 6, 1), 0.9, 0.8),
                ]
            )
        ),
        {"arts": "Sample Arts", "homes": "Sample Homes"},
    )  # fmt: skip
    assert told == [
        "Spend with suppliers in July 2026 was £14.9m and is £14.4m: Sample Arts corrected spend "
        "with suppliers and the supplier directory changed where spend with suppliers counts.",
        "Starts in June 2026 was 10 and is *: Sample Arts withdrew local hires.",
        "Returns received in June 2026 was 90% and is 80%: the members of the network are others.",
    ]


def test_an_action_that_is_due_says_what_who_and_when():
    row = {"indicator": "local_spend_share", "what": "List ten contracts", "who": "Procurement",
           "due_on": date(2026, 11, 15)}  # fmt: skip
    told = variation.actions_due(found(due=pd.DataFrame([row])), date(2026, 11, 18))
    assert told == ["Local spend: List ten contracts (Procurement), 3 days late."]


def test_an_action_is_carried_from_meeting_to_meeting():
    meetings = [
        Meeting(place, "Meeting", datetime(2026, month, 15, 9))
        for place, month in enumerate((5, 7, 9, 11))
    ]
    today = date(2026, 10, 1)
    for opened, expected in (
        (datetime(2026, 9, 20), "new since the last meeting"),
        (datetime(2026, 9, 15, 9), "carried over one meeting"),
        (datetime(2026, 4, 1), "carried over three meetings"),
    ):
        assert variation.carried(pd.Timestamp(opened), meetings, today) == expected


def test_a_target_is_told_with_the_way_to_it():
    straight = Target("spend", MARCH, 15_500_000, None, date(2024, 9, 1), 14_300_000)
    assert variation.target(straight) == "£15.5m by Mar 27"
    assert variation.way(straight) == "straight from £14.3m in Sep 24"
    bent = Target("local_start_share", MARCH, 0.485, profile={date(2026, 10, 1): 0.45})
    assert variation.target(bent) == "48.5% by Mar 27"
    assert variation.way(bent) == "month by month from Oct 26"
    assert variation.tolerance(bent, 0.1) == "10%"
    assert variation.tolerance(replace(bent, tolerance=0.05), 0.1) == "5%"


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [(0.07, "share", "7%"), (0.485, "share", "48.5%"), (15_500_000.0, "gbp", "£15,500,000"),
     (1204.5, "people", "1,204.5"), (0.1 + 0.2, "share", "30%")],
)  # fmt: skip
def test_a_value_is_written_so_that_it_can_be_typed_and_read_back(value, unit, expected):
    assert variation.exactly(value, unit) == expected
    assert read_number(expected, "it") == pytest.approx(value)


def test_what_holds_is_counted():
    own = Target("spend", MARCH, 2, "arts", SEPTEMBER, 1)
    network = replace(own, member_id=None)
    assert variation.held_to([]) == "No target is set yet, so no figure has a status."
    assert variation.held_to([network]) == "The network is held to one target."
    assert variation.held_to([network, own, replace(own, indicator="starts")]) == (
        "The network is held to one target, and one member is held to two of its own."
    )


def acts(*due):
    return pd.DataFrame(
        {
            "indicator": "spend",
            "member_id": None,
            "state": ["open" if day else "done" for day in due],
            "due_on": [day or date(2026, 1, 1) for day in due],
        }
    )


def test_the_agenda_says_when_what_is_due_and_what_lacks_an_action():
    now = datetime(2026, 11, 18, 9)
    coming = [
        Meeting(2, "December", datetime(2026, 12, 2, 10)),
        Meeting(1, "July", datetime(2026, 7, 1, 10)),
    ]
    lacking = [OffTrack("starts", None, 8, 10), OffTrack("offers", None, 8, 10)]
    three = acts(date(2026, 10, 1), date(2026, 12, 2), date(2026, 12, 3), None)
    assert variation.agenda(coming, three, lacking, now) == (
        "The delivery group meets next on 2 December 2026; two of three open actions are due by "
        "then, and two figures off track have none."
    )
    assert variation.agenda([], acts(None, date(2026, 10, 1)), lacking[:1], now) == (
        "No meeting of the delivery group is planned; one action is open, and one figure off track "
        "has none."
    )
    assert variation.agenda([], acts(None), [], now) == (
        "No meeting of the delivery group is planned; no action is open."
    )


def test_a_closed_action_answers_nothing():
    behind = [OffTrack("spend", None, 8, 10), OffTrack("spend", "arts", 8, 10)]
    assert variation.unanswered(behind, acts(date(2026, 12, 2))) == behind[1:]
    assert variation.unanswered(behind, acts(None)) == behind
    assert variation.figure_of(("spend", "arts"), {"arts": "Sample Arts"}) == (
        "Spend with suppliers, Sample Arts"
    )
