"""Like for like, and figures that were revised, worked out by hand."""

import math
from datetime import date, datetime

import pytest

from anchornet.facts import build
from anchornet.indicators.figures import NETWORK, OWN, Request, figures, own_of
from anchornet.indicators.revisions import Cause, like_for_like, revisions
from anchornet.store.area_statistics import record_area_fact
from anchornet.store.submissions import withdraw

JUNE, AUGUST, SEPTEMBER = date(2026, 6, 1), date(2026, 8, 1), date(2026, 9, 1)
HIRES = "home_area,pathway,starts"
MEETING = datetime(2026, 10, 10)
LATER = datetime(2026, 10, 20)


@pytest.fixture
def hires(send):
    def hires(member_id, starts, period="2026-09", **options):
        rows = f"E05011366,standard,{starts}" if starts else ""
        return send("local_hires", member_id, rows, HIRES, period=period, **options)

    return hires


def alike(network, *indicators, period=SEPTEMBER, before=AUGUST, audience=OWN, **options):
    frame = like_for_like(network, indicators, period, before, audience, **options)
    return frame.to_dict("records")


# Like for like


def test_like_for_like_is_of_members_that_sent_both_months(network, hires):
    for member, august, september in (("council", 20, 26), ("hospital", 9, None)):
        hires(member, august, "2026-08")
        if september:
            hires(member, september)
    hires("university", 50)
    (row,) = alike(network, "starts")
    # All members: from 29 to 76. Of the council alone, which sent both:
    assert (row["value_before"], row["value"], row["change"]) == (20, 26, 6)
    assert (row["members"], row["members_left_out"], row["unit"]) == (1, 2, "people")


def test_nobody_who_sent_both_is_a_gap(network, hires):
    hires("council", 20, "2026-08")
    hires("hospital", 9)
    (row,) = alike(network, "starts")
    assert math.isnan(row["value"])
    assert math.isnan(row["change"])
    assert (row["members"], row["members_left_out"]) == (0, 2)


def test_a_share_beside_lists_of_other_members_is_not_compared(network, send):
    """Whoever lists an employer, it counts in what every member spends."""
    name, employer = "living_wage_supplier_spend_share", "Near Ltd,GB-COH-1"
    listing = "employer_name,employer_id,relationship,status,accredited_on"
    for period in ("2026-08", "2026-09"):
        rows = f"{employer},{period}-14,500"
        send(
            "spend", "council", rows, "supplier_name,supplier_id,paid_on,amount_gbp", period=period
        )
    list_of = f"{employer},supplier,accredited,2025-05-01"
    send("living_wage", "hospital", list_of, listing, period="2026-08")
    send("living_wage", "university", list_of, listing, period="2026-09")
    (row,) = alike(network, name)
    assert math.isnan(row["change"])
    assert row["members_left_out"] == 1
    send("living_wage", "hospital", list_of, listing, period="2026-09")
    send("living_wage", "university", list_of, listing, period="2026-08")
    (row,) = alike(network, name)
    assert (row["value_before"], row["value"], row["members_left_out"]) == (1.0, 1.0, 0)


def merged(network, **options):
    """The hospital and the university become the trust on the first of September."""
    for member, kind, days in (
        ("trust", "nhs", {"starts_on": SEPTEMBER}),
        ("hospital", "nhs", {"ends_on": date(2026, 8, 31), "successor_id": "trust"}),
        ("university", "university", {"ends_on": date(2026, 8, 31), "successor_id": "trust"}),
    ):
        build.add_member(network, member, f"Sample {member}", kind, **days, **options)


def test_a_member_stands_for_those_whose_place_it_took(network, hires):
    for member, starts in (("council", 20), ("hospital", 9), ("university", 30)):
        hires(member, starts, "2026-08")
    merged(network, now=datetime(2026, 8, 1))
    hires("trust", 45)
    hires("council", 21)
    (row,) = alike(network, "starts")
    assert (row["value_before"], row["value"], row["members"]) == (59, 66, 2)
    (row,) = alike(network, "starts", members=["trust"])
    assert (row["value_before"], row["value"], row["members"]) == (39, 45, 1)
    # The others' months are not its own people's to see: nothing is compared.
    (row,) = alike(network, "starts", members=["trust"], audience=own_of("trust"))
    assert math.isnan(row["value_before"])
    assert row["shown_before"] == "too few members"


def test_where_one_of_them_had_not_sent_it_is_left_out(network, hires):
    hires("council", 20, "2026-08")
    hires("hospital", 9, "2026-08")
    merged(network, now=datetime(2026, 8, 1))
    hires("trust", 45)
    hires("council", 21)
    (row,) = alike(network, "starts")
    assert (row["value_before"], row["value"], row["members_left_out"]) == (20, 21, 1)


def test_a_nil_return_is_sent(network, hires):
    hires("council", 0, "2026-08")
    hires("council", 12)
    (row,) = alike(network, "starts")
    assert (row["value_before"], row["value"], row["members"]) == (0, 12, 1)


def test_each_return_has_members_of_its_own_and_rows_stand_as_asked(network, hires, spend):
    for period in ("2026-08", "2026-09"):
        spend("council", "Near Ltd,,,,100,A", period)
        spend("hospital", "Near Ltd,,,,50,A", period)
        hires("university", 12, period)
    rows = alike(network, "spend", "starts", "active_suppliers", "returns_received")
    assert [row["indicator"] for row in rows] == [
        "spend", "starts", "active_suppliers", "returns_received",
    ]  # fmt: skip
    assert [row["value"] for row in rows] == [150, 12, 1, 3 / 12]
    assert [row["members"] for row in rows] == [2, 1, 2, 3]


def test_of_quarters_a_member_has_sent_all_six_months(network, hires):
    for month in range(4, 10):
        hires("council", month, f"2026-{month:02}")
        if month != 5:
            hires("hospital", 100, f"2026-{month:02}")
    (row,) = alike(network, "starts", before=JUNE, window="quarter")
    assert (row["value_before"], row["value"]) == (4 + 5 + 6, 7 + 8 + 9)
    assert (row["members"], row["members_left_out"]) == (1, 1)


def test_of_quarters_a_stock_needs_the_last_months_only(network, send):
    headings = "employer_name,relationship,status,accredited_on"
    for period, rows in (
        ("2026-06", "One Ltd,supplier,accredited,2025-01-01"),
        ("2026-09", "One Ltd,supplier,accredited,2025-01-01\nTwo,supplier,accredited,2025-01-01"),
    ):
        send("living_wage", "council", rows, headings, period=period)
    (row,) = alike(network, "accredited_employers", before=JUNE, window="quarter")
    assert (row["value_before"], row["value"], row["members"]) == (1, 2, 1)


def test_like_for_like_is_as_at_of_members_and_of_parts(network, hires, send):
    for period in ("2026-08", "2026-09"):
        rows = "E05011366,standard,10\nE05011366,redeployment,3"
        send("local_hires", "council", rows, HIRES, period=period)
        hires("hospital", 30, period)
    hires("hospital", 40, now=LATER)
    assert alike(network, "starts")[0]["change"] == 10
    assert alike(network, "starts", as_at=MEETING)[0]["change"] == 0
    assert alike(network, "starts", members=["hospital"])[0]["value"] == 40
    assert alike(network, "starts", where={"pathway": ["redeployment"]})[0]["value"] == 3


def test_what_is_compared_has_passed_disclosure_control(network, hires):
    hires("council", 3, "2026-08")
    hires("council", 42)
    (row,) = alike(network, "starts", audience=NETWORK)
    assert row["value"] in (40, 45)
    assert math.isnan(row["value_before"])
    assert math.isnan(row["change"])
    assert (row["shown"], row["shown_before"]) == (f"{row['value']:.0f}", "*")
    revised = hires("council", 4, "2026-08", now=LATER)
    assert revisions_of(network, ["starts"], [AUGUST], NETWORK).empty
    assert len(revisions_of(network, ["starts"], [AUGUST], OWN)) == 1
    assert revised.rows == 1


# Revisions


def revisions_of(network, indicators, periods, audience, as_at=None, window="month", members=None):
    then, now = (
        figures(network, Request(indicators, periods, window, moment, members=members), audience)
        for moment in (MEETING, as_at)
    )
    return revisions(network, then, now, MEETING, as_at, members=members, window=window)


def revised(network, *indicators, periods=(AUGUST, SEPTEMBER), **options):
    frame = revisions_of(network, indicators, periods, OWN, **options)
    return [
        (row["indicator"], row["period"], row["value_then"], row["value_now"], row["causes"])
        for row in frame.to_dict("records")
    ]


def test_a_correction_is_listed_with_the_figures_that_it_changed(network, hires):
    hires("council", 20)
    hires("council", 12, "2026-08")
    hires("hospital", 30)
    assert revised(network, "starts", "local_start_share") == []
    corrected = hires("council", 24, now=LATER)
    cause = Cause("corrected", "council", "local_hires", SEPTEMBER, corrected.receipt)
    assert revised(network, "starts", "local_start_share", "spend") == [
        ("starts", SEPTEMBER, 50, 54, (cause,))
    ]
    assert revised(network, "starts", as_at=datetime(2026, 10, 19)) == []


def test_a_late_return_and_a_withdrawal_change_what_the_meeting_saw(network, hires):
    hires("council", 20)
    mistaken = hires("hospital", 30)
    late = hires("university", 8, now=LATER)
    withdraw(network, mistaken.receipt, by="x", reason="Wrong month.", now=LATER)
    assert revised(network, "starts") == [
        (
            "starts",
            SEPTEMBER,
            50,
            28,
            (
                Cause("withdrawn", "hospital", "local_hires", SEPTEMBER, mistaken.receipt),
                Cause("sent", "university", "local_hires", SEPTEMBER, late.receipt),
            ),
        )
    ]


def test_a_correction_that_changes_nothing_of_a_figure_is_not_its_cause(network, hires, send):
    hires("council", 20)
    hires("hospital", 30)
    corrected = hires("council", 25, now=LATER)
    send("local_hires", "hospital", "E05011366,redeployment,30", HIRES, now=LATER)
    ((_, _, _, _, causes),) = revised(network, "starts")
    assert causes == (Cause("corrected", "council", "local_hires", SEPTEMBER, corrected.receipt),)


def test_a_gap_that_became_a_figure_is_no_revision_and_a_figure_that_became_a_gap_is(
    network, hires
):
    mistaken = hires("council", 20)
    hires("council", 9, "2026-08", now=LATER)
    withdraw(network, mistaken.receipt, by="x", reason="Wrong month.", now=LATER)
    ((name, period, then, now, causes),) = revised(network, "starts")
    assert (name, period, then) == ("starts", SEPTEMBER, 20)
    assert math.isnan(now)
    assert [it.what for it in causes] == ["withdrawn"]


def test_the_supplier_directory_revises_what_it_places(network, spend):
    sent = spend("council", "Near Ltd,,,,100,A\nFar Ltd,,BR2 0XT,,100,A")
    spend("hospital", "Far Ltd,,BR2 0XT,,100,A")
    build.load_organisations(network, b"name,postcode\nNear Ltd,M40 8QA\n", by="x", now=LATER)
    assert revised(network, "spend", "local_spend_share") == [
        (
            "local_spend_share",
            SEPTEMBER,
            0,
            1 / 3,
            (Cause("placed", "council", "spend", SEPTEMBER, sent.receipt),),
        )
    ]


def test_the_areas_figure_revises_what_is_over_it(network, send):
    rows = "One Ltd,M2 5DB,supplier,accredited,2025-01-01,80"
    headings = "employer_name,employer_postcode,relationship,status,accredited_on,workers_covered"
    send("living_wage", "council", rows, headings)
    for jobs, now in ((400, datetime(2026, 10, 6)), (320, LATER)):
        record_area_fact(
            network, "jobs_in_area", jobs, source="Sample survey", year=2025, by="x", now=now
        )
    assert revised(network, "share_of_jobs_covered") == [
        ("share_of_jobs_covered", SEPTEMBER, 80 / 400, 80 / 320, (Cause("entered"),))
    ]


def test_a_living_wage_return_revises_where_pounds_go(network, spend, send):
    headings = "employer_name,relationship,status,accredited_on"
    spend("council", "One Ltd,,,,100,A\nTwo Ltd,,,,300,A")
    send("living_wage", "hospital", "One Ltd,supplier,accredited,2025-01-01", headings)
    corrected = send(
        "living_wage", "hospital", "Two Ltd,supplier,accredited,2025-01-01", headings, now=LATER
    )
    assert revised(network, "living_wage_supplier_spend_share") == [
        (
            "living_wage_supplier_spend_share",
            SEPTEMBER,
            1 / 4,
            3 / 4,
            (Cause("corrected", "hospital", "living_wage", SEPTEMBER, corrected.receipt),),
        )
    ]


def test_a_correction_of_one_month_revises_the_quarters_that_hold_it(network, hires):
    for period in ("2026-07", "2026-08", "2026-09"):
        hires("council", 10, period)
    corrected = hires("council", 15, "2026-07", now=LATER)
    cause = Cause("corrected", "council", "local_hires", date(2026, 7, 1), corrected.receipt)
    assert revised(network, "starts", window="quarter") == [
        ("starts", AUGUST, 20, 25, (cause,)),
        ("starts", SEPTEMBER, 30, 35, (cause,)),
    ]
