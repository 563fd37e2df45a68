"""What a meeting is told of what changed since the last one, and of its actions."""

import math
from dataclasses import replace
from datetime import date, datetime

import pandas as pd

from anchornet.indicators.revisions import Cause
from anchornet.indicators.since_meeting import Change, OffTrack, Since
from anchornet.narrative import meeting
from anchornet.store.meetings import Meeting

SEPTEMBER = date(2026, 9, 1)


def change(indicator, was, now, value, profile=None, rule=None):
    return Change(indicator, was, now, math.nan, value, profile, rule)


def test_changes_are_told_with_the_figure_and_what_they_were():
    off = change("retention_26_weeks", "on_track", "off_track", 0.83, 0.89)
    assert meeting.status_change(off) == (
        "Retention after 6 months (26 weeks) was on track and is off track: 83%, 6 points below "
        "profile."
    )
    for now, rule, expected in (
        ("concern", "outside_limits", "Starts: outside its usual range, at 315, for the worse."),
        ("improvement", "trend",
         "Starts: six months running the same way, at 315, for the better."),
        ("common", None, "Starts: back to its usual variation, at 315."),
    ):  # fmt: skip
        assert meeting.variation_change(change("starts", "x", now, 315, None, rule)) == expected


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
    told = meeting.since(
        found(crossed=(off,), fell_out=(("a", "spend"), ("a", "retention")), due=due),
        "the September meeting",
    )
    assert told == (
        "Since the September meeting: one indicator has a different status, one member lacks "
        "returns and two actions are due."
    )
    assert meeting.since(found(), "the September meeting") == (
        "Since the September meeting: nothing has changed."
    )
    assert meeting.since(found(period_then=None), "The first meeting") == (
        "The first meeting saw no figures."
    )


def test_members_are_named_with_the_returns_that_came_or_lack():
    names = {"arts": "Sample Arts", "homes": "Sample Homes", "fire": "Sample Fire"}
    told = meeting.members_change(
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
    told = meeting.revision_sentences(
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
        "with suppliers and the directory of organisations changed where spend with suppliers "
        "counts.",
        "Starts in June 2026 was 10 and is *: Sample Arts withdrew local hires.",
        "Returns received in June 2026 was 90% and is 80%: the network's members have changed.",
    ]


def test_an_action_that_is_due_says_what_who_and_when():
    row = {"indicator": "local_spend_share", "what": "List ten contracts", "who": "Procurement",
           "due_on": date(2026, 11, 15)}  # fmt: skip
    told = meeting.actions_due(found(due=pd.DataFrame([row])), date(2026, 11, 18))
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
        assert meeting.carried_over(pd.Timestamp(opened), meetings, today) == expected


def acts(*due):
    return pd.DataFrame(
        {
            "indicator": "spend",
            "member_id": None,
            "state": ["open" if day else "done" for day in due],
            "due_on": [day or date(2026, 1, 1) for day in due],
        }
    )


def test_the_agenda_says_when_and_what_is_due():
    now = datetime(2026, 11, 18, 9)
    coming = [
        Meeting(2, "December", datetime(2026, 12, 2, 10)),
        Meeting(1, "July", datetime(2026, 7, 1, 10)),
    ]
    three = acts(date(2026, 10, 1), date(2026, 12, 2), date(2026, 12, 3), None)
    assert meeting.agenda(coming, three, now) == (
        "The delivery group meets next on 2 December 2026; two of three open actions are due by "
        "then."
    )
    assert meeting.agenda([], acts(None, date(2026, 10, 1)), now) == (
        "No meeting of the delivery group is planned; one action is open."
    )
    assert meeting.agenda([], acts(None), now) == (
        "No meeting of the delivery group is planned; no action is open."
    )


def test_a_closed_action_answers_nothing():
    behind = [OffTrack("spend", None, 8, 10), OffTrack("spend", "arts", 8, 10)]
    assert meeting.unanswered(behind, acts(date(2026, 12, 2))) == behind[1:]
    assert meeting.unanswered(behind, acts(None)) == behind
    assert meeting.figure_of(("spend", "arts"), {"arts": "Sample Arts"}) == (
        "Spend with suppliers, Sample Arts"
    )
