"""What is different since the last meeting, on a network small enough to know by heart."""

from datetime import date, datetime, timedelta

from anchornet.facts import build
from anchornet.indicators.figures import NETWORK, OWN, TOGETHER
from anchornet.indicators.since_meeting import OffTrack, members_off_track, month_seen, since
from anchornet.periods import add_months, month_text
from anchornet.store.actions import close_action, record_action
from anchornet.store.database import utc_now
from anchornet.store.meetings import record_meeting
from anchornet.store.targets import Target, record_targets

JULY, SEPTEMBER = date(2026, 7, 1), date(2026, 9, 1)
# By the meeting the returns of July were due (20 August), those of August (20 September) were not.
THEN, NOW = datetime(2026, 9, 16, 9), datetime(2026, 11, 18, 9)
AUGUST_SENT, OCTOBER_SENT = datetime(2026, 8, 10, 9), datetime(2026, 10, 10, 9)
HIRES = "home_area,pathway,starts"


def hires(send, starts, month, member="council", now=None):
    sent = now or datetime.combine(add_months(month, 1), datetime.min.time()).replace(day=9)
    line = f"E05011366,standard,{starts}"
    send("local_hires", member, line, HIRES, period=month_text(month), now=sent)


def ten_starts_wanted(network, member_id=None):
    flat = {"baseline_period": date(2025, 1, 1), "baseline": 10}
    goal = Target("starts", date(2027, 3, 1), 10, member_id, **flat)
    record_targets(network, [goal], by="x", now=datetime(2026, 1, 1))


def test_a_meeting_looks_at_the_latest_month_that_can_be_judged(network, send):
    august = date(2026, 8, 1)
    assert month_seen(network, THEN) is None
    hires(send, 9, august)
    assert month_seen(network, datetime(2026, 9, 8)) is None
    # The first month of all is looked at before it is due, and before it can be judged.
    assert month_seen(network, THEN) == august
    for member in ("council", "hospital", "university"):
        hires(send, 20, JULY, member)
    # One of three has sent August's: July is looked at, its first month, until August was due.
    assert month_seen(network, THEN) == JULY
    assert month_seen(network, datetime(2026, 9, 20, 23)) == JULY
    assert month_seen(network, datetime(2026, 9, 21)) == august
    for member in ("council", "hospital", "university"):
        hires(send, 20, date(2026, 6, 1), member)
    assert month_seen(network, datetime(2026, 9, 21)) == JULY
    for member in ("hospital", "university"):
        hires(send, 20, august, member)
    assert month_seen(network, datetime(2026, 9, 20)) == JULY  # August is not due yet
    assert month_seen(network, datetime(2026, 9, 21)) == august


def test_an_indicator_whose_status_changed_has_crossed_its_target(network, send, begun):
    ten_starts_wanted(network)
    hires(send, 12, JULY)
    hires(send, 8, SEPTEMBER)
    found = since(network, ["starts", "offers"], THEN, NOW, OWN)
    assert (found.period_then, found.period) == (JULY, SEPTEMBER)
    (change,) = found.crossed
    assert (change.indicator, change.was, change.now) == ("starts", "on_track", "off_track")
    assert (change.value_then, change.value_now, change.profile) == (12, 8, 10)
    assert since(network, ["starts"], THEN, THEN, OWN).crossed == ()


def test_what_is_sent_while_a_page_is_worked_out_stops_it_for_nobody(network, send, begun):
    record_meeting(network, "Delivery group", THEN, by="x")
    hires(send, 12, JULY)
    # What is later than the page's beginning is what somebody sends meanwhile.
    hires(send, 8, SEPTEMBER, now=utc_now() + timedelta(minutes=1))
    differences = since(network, ["starts"], THEN, None, TOGETHER, period=SEPTEMBER)
    assert (differences.period_then, differences.revised.empty) == (JULY, True)


def test_a_status_that_stays_is_no_crossing_nor_is_a_month_without_a_figure(network, send, begun):
    ten_starts_wanted(network)
    hires(send, 12, JULY)
    hires(send, 11, SEPTEMBER, now=OCTOBER_SENT)
    assert since(network, ["starts"], THEN, NOW, OWN).crossed == ()
    assert since(network, ["starts"], THEN, NOW, OWN, period=date(2026, 10, 1)).crossed == ()


def test_the_meeting_is_held_to_what_it_saw(network, send, begun):
    ten_starts_wanted(network)
    hires(send, 12, JULY)
    hires(send, 3, JULY, now=datetime(2026, 9, 30))  # corrected after the meeting
    hires(send, 4, SEPTEMBER)
    found = since(network, ["starts"], THEN, NOW, OWN)
    (change,) = found.crossed
    assert (change.was, change.value_then) == ("on_track", 12)
    (revised,) = found.revised.to_dict("records")
    assert (revised["period"], revised["value_then"], revised["value_now"]) == (JULY, 12, 3)
    assert [(it.what, it.member_id) for it in revised["causes"]] == [("corrected", "council")]


def test_a_month_that_left_its_limits_is_told_and_one_that_came_back(network, send, begun):
    for back in range(1, 15):
        hires(send, 10 + back % 2, add_months(SEPTEMBER, -back))
    hires(send, 40, SEPTEMBER)
    (change,) = since(network, ["starts"], THEN, NOW, OWN).varied
    assert (change.was, change.now, change.rule) == ("common", "improvement", "outside_limits")
    hires(send, 10, date(2026, 10, 1))
    hires(send, 11, date(2026, 11, 1))
    (change,) = since(network, ["starts"], NOW, datetime(2027, 1, 5), OWN).varied
    assert (change.was, change.now, change.rule) == ("improvement", "common", None)


def test_nothing_is_said_of_what_disclosure_control_hides(network, send, begun):
    ten_starts_wanted(network)
    hires(send, 12, JULY)
    hires(send, 4, SEPTEMBER)
    hidden = since(network, ["starts"], THEN, NOW, NETWORK)
    assert hidden.crossed == hidden.varied == ()
    hires(send, 8, SEPTEMBER, now=OCTOBER_SENT)
    # 8 are fewer than the ten wanted, and shown as 10: what is said hangs on what is shown.
    (change,) = since(network, ["starts"], THEN, NOW, OWN).crossed
    assert (change.was, change.now, change.value_now) == ("on_track", "off_track", 8)
    seen = since(network, ["starts"], THEN, NOW, NETWORK)
    assert seen.crossed == ()


def test_members_and_returns_that_came_in_or_fell_out(network, send):
    for member, starts_on, ends_on in (
        ("college", SEPTEMBER, None),
        ("university", None, date(2026, 8, 31)),
    ):
        build.add_member(
            network, member, f"Sample {member}", member, starts_on=starts_on, ends_on=ends_on,
            now=AUGUST_SENT,
        )  # fmt: skip
    hires(send, 9, JULY)
    hires(send, 9, JULY, "university")
    send("spend", "council", period="2026-09", now=OCTOBER_SENT)  # a nil return
    hires(send, 9, SEPTEMBER, "college")
    found = since(network, ["starts"], THEN, NOW, OWN)
    assert (found.joined, found.left) == (("college",), ("university",))
    assert found.came_in == (("council", "spend"),)
    assert found.fell_out == (("council", "local_hires"),)
    one = since(network, ["starts"], THEN, NOW, OWN, members=["hospital"])
    assert (one.joined, one.left, one.came_in, one.fell_out) == ((), (), (), ())


def test_what_is_not_due_yet_did_not_fall_out(network, send):
    hires(send, 9, JULY)
    found = since(network, ["starts"], THEN, datetime(2026, 10, 5), OWN, period=SEPTEMBER)
    assert found.fell_out == ()


def test_actions_due_by_the_next_meeting_and_those_closed_since(network):
    def action(due_on, **more):
        given = {"what": "Ask", "who": "Procurement", "by": "x", "now": datetime(2026, 8, 1)}
        return record_action(network, indicator="spend", due_on=due_on, **given, **more)

    record_meeting(network, "September", THEN, "x")
    record_meeting(network, "January", datetime(2027, 1, 20, 9), "x", now=THEN)
    overdue, before_it = action(date(2026, 10, 1)), action(date(2027, 1, 20))
    after_it, long_done, done = (action(date(2027, 1, 21)) for _ in range(3))
    close_action(network, long_done, "Done.", by="x", now=datetime(2026, 9, 1))
    close_action(network, done, "Done.", by="x", now=datetime(2026, 10, 1))
    found = since(network, ["spend"], THEN, NOW, OWN)
    assert found.due_by == date(2027, 1, 20)
    assert [*found.due["action_id"]] == [overdue, before_it]
    assert [*found.closed["action_id"]] == [done]
    assert after_it not in {*found.due["action_id"]}
    assert (found.period, found.crossed) == (None, ())
    assert found.revised.empty
    # After the last meeting that is planned: what is due today.
    later = since(network, ["spend"], THEN, datetime(2027, 1, 20, 12), OWN)
    assert (later.due_by, [*later.due["action_id"]]) == (date(2027, 1, 20), [overdue, before_it])


def test_a_members_own_targets_and_actions(network, send, begun):
    ten_starts_wanted(network)
    ten_starts_wanted(network, "hospital")
    for month, council, hospital in ((JULY, 30, 12), (SEPTEMBER, 30, 8)):
        hires(send, council, month)
        hires(send, hospital, month, "hospital")
    record_action(
        network, indicator="starts", member_id="hospital", what="Ask", who="HR", by="x",
        due_on=date(2026, 11, 1), now=THEN,
    )  # fmt: skip
    assert since(network, ["starts"], THEN, NOW, OWN).crossed == ()
    own = since(network, ["starts"], THEN, NOW, OWN, members=["hospital"])
    assert [change.now for change in own.crossed] == ["off_track"]
    assert len(own.due) == 1
    both = since(network, ["starts"], THEN, NOW, OWN, members=["council", "hospital"])
    assert both.crossed == ()
    assert since(network, ["starts"], THEN, NOW, OWN, members=["council"]).due.empty


def test_figures_that_are_off_track_of_members_held_to_their_own_targets(network, send, begun):
    ten_starts_wanted(network)
    ten_starts_wanted(network, "hospital")
    hires(send, 2, SEPTEMBER)
    hires(send, 5, SEPTEMBER, "hospital")
    behind = members_off_track(network, SEPTEMBER, OWN)
    assert behind == [OffTrack("starts", "hospital", 5, 10)]
    # Five people are too few to say.
    assert members_off_track(network, SEPTEMBER, NETWORK) == []
    assert members_off_track(network, SEPTEMBER, OWN, as_at=datetime(2025, 1, 1)) == []
