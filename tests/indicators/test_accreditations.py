"""Accredited employers from month to month, worked out by hand."""

import math
from datetime import date, datetime

import pytest

from anchornet.facts import build
from anchornet.indicators.accreditations import (
    conflicts,
    lacking,
    members_status,
    own_renewals,
    reconcile,
    renewals,
)
from anchornet.indicators.calculate import calculate
from anchornet.store.area_statistics import record_area_fact
from anchornet.store.submissions import withdraw

AUGUST, SEPTEMBER = date(2026, 8, 1), date(2026, 9, 1)
HEADINGS = (
    "employer_name,employer_id,employer_postcode,relationship,status,accredited_on,renewal_due_on"
)
JANUARY = datetime(2026, 1, 1)
OLD, NEW = "2025-05-01", "2026-09-10"


@pytest.fixture
def listed(send):
    """listed(member, month, rows) where a row is name, id, postcode, relationship, status, …"""

    def listed(member_id, period, rows, **options):
        return send("living_wage", member_id, rows, HEADINGS, period=period, **options)

    return listed


def numbers(network, **options):
    (row,) = reconcile(network, [SEPTEMBER], **options).to_dict("records")
    names = ("opening", "new", "lapsed", "not_reported", "closing")
    assert row["opening"] + row["new"] - row["lapsed"] - row["not_reported"] == row["closing"]
    for month, name in ((AUGUST, "opening"), (SEPTEMBER, "closing")):
        frame = calculate(network, ["accredited_employers"], [month], **options)
        assert frame["value"][0] == row[name]
    return [row[name] for name in names]


def test_what_members_say_differently_is_listed_with_whose_report_counts(network, send):
    """By hand: of Baker the last report counts, of the hospital its own, of Cafe both agree, and
    Dairy has one report only."""
    headings = f"{HEADINGS},workers_covered"
    send(
        "living_wage",
        "council",
        f"""
        Baker Ltd,GB-COH-1234567,,supplier,accredited,{OLD},,20
        Sample Hospital,GB-NHS-X1,,partner,lapsed,{OLD},,500
        Cafe Ltd,GB-COH-3,,supplier,accredited,{OLD},,7
        Dairy Ltd,GB-COH-4,,supplier,accredited,{OLD},,9
        """,
        headings,
        now=datetime(2026, 10, 6),
    )
    send(
        "living_wage",
        "hospital",
        f"""
        Sample Hospital,GB-NHS-X1,,other,accredited,{OLD},,900
        Baker Limited,GB-COH-01234567,,supplier,accredited,{OLD},,25
        Cafe,GB-COH-3,,tenant,accredited,{OLD},,7
        """,
        headings,
        now=datetime(2026, 10, 7),
    )
    both = ["Sample council", "Sample hospital"]
    found = conflicts(network, SEPTEMBER)
    assert [[*row[:1], *map(list, row[1:3]), *row[3:]] for row in found.values.tolist()] == [
        ["Baker Limited", both, ["workers_covered"], "Sample hospital", False],
        ["Sample Hospital", both, ["status", "workers_covered"], "Sample hospital", True],
    ]
    # 25 + 900 + 7 + 9: the hospital sent Baker last, and speaks for itself.
    assert calculate(network, ["workers_covered"], [SEPTEMBER])["value"][0] == 941
    assert calculate(network, ["accredited_employers"], [SEPTEMBER])["value"][0] == 4
    assert conflicts(network, SEPTEMBER, as_at=datetime(2026, 10, 6, 12)).empty


def test_a_stock_says_what_it_lacks_of_members_that_sent_no_list(network, listed):
    """By hand: of the hospital's three of July the council lists one, and one had lapsed."""
    listed(
        "hospital",
        "2026-07",
        f"""
        Ant Ltd,GB-COH-1,,supplier,accredited,{OLD},
        Bee Ltd,GB-COH-2,,supplier,accredited,{OLD},
        Cow Ltd,GB-COH-3,,supplier,lapsed,{OLD},
        """,
    )
    listed("council", "2026-09", f"Ant Limited,GB-COH-00000001,,supplier,accredited,{OLD},")
    assert lacking(network, SEPTEMBER) == (1, 1)
    assert lacking(network, SEPTEMBER, members=["council"]) == (0, 0)
    assert lacking(network, AUGUST) == (1, 2)
    listed("hospital", "2026-09", f"Dog Ltd,GB-COH-4,,supplier,accredited,{OLD},")
    assert lacking(network, SEPTEMBER) == (0, 0)


def test_jobs_are_covered_by_employers_inside_the_area_only(network, send):
    record_area_fact(
        network, "jobs_in_area", 400, source="Sample survey", year=2025, by="x", now=JANUARY
    )
    send(
        "living_wage",
        "council",
        f"""
        Here Ltd,,M40 8QA,supplier,accredited,{OLD},,80
        Next Door Ltd,,SK4 4JL,supplier,accredited,{OLD},,1000
        Belfast Ltd,,BT7 1NN,supplier,accredited,{OLD},,2000
        Somewhere Ltd,,,supplier,accredited,{OLD},,4000
        """,
        f"{HEADINGS},workers_covered",
    )
    share = calculate(network, ["share_of_jobs_covered"], [SEPTEMBER])
    assert share["value"][0] == 80 / 400
    assert calculate(network, ["workers_covered"], [SEPTEMBER])["value"][0] == 7080


def test_the_stock_of_a_month_is_the_one_before_with_what_came_and_went(network, listed):
    listed(
        "council",
        "2026-08",
        f"""
        Stays Ltd,GB-COH-1,,supplier,accredited,{OLD},
        Lapses Ltd,GB-COH-2,,supplier,accredited,{OLD},
        Vanishes Ltd,GB-COH-3,,supplier,accredited_with_milestones,{OLD},
        Tries Ltd,GB-COH-4,,supplier,in_progress,,
        """,
    )
    listed(
        "council",
        "2026-09",
        f"""
        Stays Ltd,GB-COH-1,,supplier,accredited_with_milestones,{OLD},
        Lapses Ltd,GB-COH-2,,supplier,lapsed,{OLD},
        Tries Ltd,GB-COH-4,,supplier,accredited,{NEW},
        Begins Ltd,,M40 8QA,supplier,accredited,{NEW},
        Listed Late Ltd,,M40 8QA,supplier,accredited,{OLD},
        """,
    )
    assert numbers(network) == [3, 3, 1, 1, 4]
    frame = reconcile(network, [SEPTEMBER])
    assert frame["listed_later"][0] == 1
    assert (frame["members_before"][0], frame["members"][0]) == (1, 1)
    assert frame["same_members"][0]
    listed("hospital", "2026-08", "")
    assert not reconcile(network, [SEPTEMBER])["same_members"][0]


@pytest.mark.parametrize(
    ("in_august", "same"), [("hospital council", True), ("hospital", False), ("council", False)]
)
def test_lists_are_of_the_same_members_where_all_sent_whose_place_one_took(
    network, listed, in_august, same
):
    days = {"ends_on": date(2026, 8, 31), "successor_id": "council"}
    build.add_member(
        network, "hospital", "Sample hospital", "nhs", **days, now=datetime(2026, 8, 1)
    )
    for member in in_august.split():
        listed(member, "2026-08", f"Stays Ltd,GB-COH-1,,supplier,accredited,{OLD},")
    listed("council", "2026-09", f"Stays Ltd,GB-COH-1,,supplier,accredited,{OLD},")
    assert reconcile(network, [SEPTEMBER])["same_members"][0] == same


def test_an_employer_is_the_same_however_the_lists_spell_it(network, listed):
    listed(
        "council",
        "2026-08",
        f"""
        With Id Ltd,GB-COH-1,M40 8QA,supplier,accredited,{OLD},
        Without Ltd,,M23 1PW,supplier,accredited,{OLD},
        Moved Ltd,GB-COH-3,SK4 4JL,supplier,accredited,{OLD},
        Namesake Ltd,GB-COH-4,M40 8QA,supplier,accredited,{OLD},
        """,
    )
    listed(
        "hospital",
        "2026-09",
        f"""
        WITH ID LIMITED,,M40 8QA,supplier,accredited,{OLD},
        Without Ltd,GB-COH-2,M23 1PW,supplier,accredited,{OLD},
        Renamed Ltd,GB-COH-3,M23 1PW,supplier,accredited,{OLD},
        Namesake Ltd,GB-COH-5,M40 8QA,supplier,accredited,{OLD},
        """,
    )
    # Only the namesake, which is another company by its org-id, comes and goes.
    assert numbers(network) == [4, 1, 0, 1, 4]


def test_an_employer_that_another_member_still_lists_has_not_gone(network, listed):
    row = f"Shared Ltd,GB-COH-1,,supplier,accredited,{OLD},"
    listed("council", "2026-08", row)
    listed("hospital", "2026-08", row)
    listed("hospital", "2026-09", row)
    assert numbers(network) == [1, 0, 0, 0, 1]
    # Of the council alone nothing is known of September.
    alone = reconcile(network, [SEPTEMBER], members=["council"])
    assert alone["opening"][0] == 1
    assert alone[["new", "lapsed", "not_reported", "closing"]].isna().all(axis=None)


def test_a_month_that_nobody_sent_is_a_gap_and_a_nil_return_is_not(network, listed, send):
    listed("council", "2026-09", f"Begins Ltd,GB-COH-1,,supplier,accredited,{NEW},")
    frame = reconcile(network, [AUGUST, SEPTEMBER])
    assert [*frame["period"]] == [AUGUST, SEPTEMBER]
    assert frame["closing"].fillna(-1).tolist() == [-1, 1]
    assert math.isnan(frame["opening"][1])
    assert math.isnan(frame["new"][1])
    send("living_wage", "council", period="2026-08")
    assert numbers(network) == [0, 1, 0, 0, 1]


def test_a_quarter_goes_from_the_month_before_it_to_its_last(network, listed):
    listed("council", "2026-06", f"Stays Ltd,GB-COH-1,,supplier,accredited,{OLD},")
    listed("council", "2026-08", f"Passing Ltd,GB-COH-9,,supplier,accredited,{OLD},")
    listed(
        "council",
        "2026-09",
        f"Stays Ltd,GB-COH-1,,supplier,lapsed,{OLD},\n"
        "July Ltd,GB-COH-2,,supplier,accredited,2026-07-03,",
    )
    (row,) = reconcile(network, [SEPTEMBER], window="quarter").to_dict("records")
    assert [row[it] for it in ("opening", "new", "listed_later", "lapsed", "closing")] == [
        1, 1, 0, 1, 1,
    ]  # fmt: skip


def test_what_was_corrected_later_does_not_change_what_was_known_then(network, listed):
    listed("council", "2026-08", f"Stays Ltd,GB-COH-1,,supplier,accredited,{OLD},")
    first = listed("council", "2026-09", f"Stays Ltd,GB-COH-1,,supplier,accredited,{OLD},")
    corrected = listed(
        "council",
        "2026-09",
        f"Stays Ltd,GB-COH-1,,supplier,lapsed,{OLD},",
        now=datetime(2026, 10, 20),
    )
    assert numbers(network) == [1, 0, 1, 0, 0]
    assert numbers(network, as_at=datetime(2026, 10, 19)) == [1, 0, 0, 0, 1]
    withdraw(network, corrected.receipt, by="x", reason="Wrong.")
    assert numbers(network) == [1, 0, 0, 0, 1]
    assert first.already is False


# Renewals


def test_renewals_are_counted_by_month_once_for_each_employer(network, listed):
    listed(
        "council",
        "2026-09",
        f"""
        Late Ltd,GB-COH-1,,supplier,accredited,{OLD},2026-10-04
        Today Ltd,GB-COH-2,,supplier,accredited,{OLD},2026-10-05
        Last Day Ltd,GB-COH-3,,supplier,accredited,{OLD},2027-01-03
        Later Ltd,GB-COH-4,,supplier,accredited,{OLD},2027-01-04
        Silent Ltd,GB-COH-5,,supplier,accredited,{OLD},
        Lapsed Ltd,GB-COH-6,,supplier,lapsed,{OLD},2026-10-05
        """,
    )
    listed("hospital", "2026-09", f"Today Ltd,GB-COH-2,,supplier,accredited,{OLD},2026-10-05")
    found = renewals(network, SEPTEMBER, date(2026, 10, 5))
    assert found.values.tolist() == [
        ["overdue", None, 1],
        ["due", date(2026, 10, 1), 1],
        ["due", date(2027, 1, 1), 1],
        ["later", None, 1],
        ["not_known", None, 1],
    ]
    own = own_renewals(network, "council", SEPTEMBER, date(2026, 10, 5))
    assert [*own["employer_name"]] == ["Late Ltd", "Today Ltd", "Last Day Ltd"]
    assert own["renewal_due_on"][2] == date(2027, 1, 3)
    assert own_renewals(network, "university", SEPTEMBER, date(2026, 10, 5)).empty


# The members themselves


def test_each_member_stands_where_its_own_line_says(network, listed):
    build.add_member(network, "gone", "Gone", "college", ends_on=date(2026, 8, 31))
    listed(
        "council",
        "2026-09",
        f"Sample council,GB-LAE-X1,,self,accredited_with_milestones,{OLD},2027-05-01\n"
        f"Sample hospital,GB-NHS-X1,,partner,accredited,{OLD},",
    )
    listed("hospital", "2026-09", f"Sample Joinery Ltd,,,supplier,accredited,{OLD},")
    found = members_status(network, SEPTEMBER)
    assert [*found["member_id"]] == ["council", "hospital", "university"]
    assert [*found["has_sent"]] == [True, True, False]
    assert [*found["status"]] == ["accredited_with_milestones", None, None]
    assert (found["accredited_on"][0], found["renewal_due_on"][0]) == (
        date(2025, 5, 1),
        date(2027, 5, 1),
    )
    assert [*members_status(network, SEPTEMBER, members=["hospital"])["member_id"]] == ["hospital"]
