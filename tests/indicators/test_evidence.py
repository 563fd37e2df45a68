"""What has changed over years, and what was promised, worked out by hand."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from anchornet.indicators.evidence import Promised, counts_by_outcome, courses, promised
from anchornet.indicators.figures import PUBLIC
from anchornet.store.database import Database
from anchornet.store.framework import SAMPLE, load_framework
from tests.indicators.test_promises import COUNCIL, HEADINGS

Send = Callable[..., Any]
SEPTEMBER = date(2026, 9, 1)
LATER = datetime(2026, 11, 1)
EVERYBODY = ("council", "hospital", "university")


def employers(count: int) -> str:
    return "\n".join(f"Sample firm {n} Ltd,supplier,accredited,10" for n in range(count))


def counted(send: Send, member: str, period: str, count: int) -> None:
    """So many accredited employers, of the same names for every member: they count once."""
    headings = "employer_name,relationship,status,workers_covered"
    send("living_wage", member, employers(count), headings, period=period, now=LATER)


def test_a_stock_is_followed_over_the_years_that_the_same_members_sent(
    network: Database, begun: None, send: Send
) -> None:
    for period, counts in (
        ("2024-09", (1, 2, 3)), ("2024-12", (1, 2, 4)), ("2025-03", (1, 2, 4)),
        ("2025-06", (1, 2, 5)), ("2025-09", (1, 2, 5)), ("2025-12", (1, 2, 6)),
        ("2026-03", (1, 2, 6)), ("2026-06", (1, 2, 7)), ("2026-09", (1, 9, 7)),
    ):  # fmt: skip
        for member, count in zip(EVERYBODY, counts, strict=True):
            counted(send, member, period, count)
    names = ["accredited_employers", "starts"]
    (course,) = courses(network, names, SEPTEMBER, PUBLIC).values()
    # As many as the member that lists most has.
    assert [(row["period"].year, row["shown"]) for row in course.years] == [
        (2024, "3"), (2025, "5"), (2026, "9"),
    ]  # fmt: skip
    assert [row["shown"] for row in course.points] == ["3", "4", "4", "5", "5", "6", "6", "7", "9"]
    assert (course.members, course.members_left_out, course.direction) == (3, 0, "better")


def test_a_flow_is_compared_over_the_widest_window_that_the_same_members_sent(
    network: Database, begun: None, send: Send
) -> None:
    headings = "supplier_name,supplier_postcode,paid_on,amount_gbp"
    for year, near in ((2025, 300), (2026, 450)):
        for member in EVERYBODY:
            rows = f"Near Ltd,M2 5DB,{year}-09-02,{near}\nFar Ltd,LS1 1UR,{year}-09-03,700"
            send("spend", member, rows, headings, period=f"{year}-09", now=LATER)
    found = courses(network, ["spend", "local_spend_share"], SEPTEMBER, PUBLIC)
    spend, share = found["spend"], found["local_spend_share"]
    assert (spend.window, share.window) == ("month", "month")
    assert [row["value"] for row in spend.years] == [3000, 3450]
    # 900 of 3,000 and 1,350 of 3,450 pounds.
    assert [row["shown"] for row in share.years] == ["30%", "39%"]
    assert (spend.direction, share.direction) == ("higher", "better")


def test_a_course_that_would_leave_out_one_member_is_not_for_the_public(
    network: Database, begun: None, send: Send
) -> None:
    headings = "supplier_name,supplier_postcode,paid_on,amount_gbp"
    for year, members in ((2025, EVERYBODY[:2]), (2026, EVERYBODY)):
        for member in members:
            rows = f"Near Ltd,M2 5DB,{year}-09-02,300"
            send("spend", member, rows, headings, period=f"{year}-09", now=LATER)
    assert courses(network, ["spend", "local_spend_share"], SEPTEMBER, PUBLIC) == {}


def test_promises_are_added_up_by_measure_each_in_its_unit(network: Database, send: Send) -> None:
    load_framework(network, SAMPLE.read_bytes(), by="a@sample.invalid", now=datetime(2026, 1, 1))
    send("commitments", "council", COUNCIL, HEADINGS)
    measures = [
        ("volunteering", "hours"), ("careers_time", "hours"), ("carbon_saved", "tonnes"),
        ("infrastructure_contributions", "gbp"), ("apprenticeships", "people"),
    ]  # fmt: skip
    hours, careers, pounds, people = promised(network, SEPTEMBER, measures, PUBLIC)
    # Due: 100 and 50; 181 of 363 days of 363; 272 of 365 days of 50; one has no day, and one has
    # not begun.
    assert hours == Promised(
        "volunteering", "hours", "663", "368", "282", "110",
        {
            "commitments_on_profile_share": (0, 1), "commitments_kept_share": (1, 2),
            "commitments_not_reported_share": (1, 3), "commitments_evidenced_share": (2, 4),
        },
    )  # fmt: skip
    assert careers.promised == "463"
    assert (careers.by_now, careers.delivered, careers.evidenced) == ("281", "163", "100")
    # 272 of 365 days of £1,000.
    assert (pounds.promised, pounds.by_now, pounds.delivered) == ("£1.00k", "£745", "£300")
    assert pounds.evidenced == "–"
    # Of people, promises are counted; amounts are noised as every figure of people is.
    assert (people.by_now, people.evidenced) == (None, None)
    assert people.counts["commitments_on_profile_share"] == (1, 2)
    assert int(people.promised) % 5 == 0
    by_outcome = counts_by_outcome(network, SEPTEMBER, PUBLIC)
    assert by_outcome["strong_communities"] == hours.counts
    assert by_outcome["healthy_places"]["commitments_on_profile_share"] == (0, 1)


@pytest.mark.parametrize("names", [["starts"], ["accredited_employers", "spend"]])
def test_before_the_first_return_nothing_is_followed(network: Database, names: list[str]) -> None:
    assert courses(network, names, SEPTEMBER, PUBLIC) == {}
    assert promised(network, SEPTEMBER, [("volunteering", "hours")], PUBLIC) == []
