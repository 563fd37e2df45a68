"""How much of the spend has a known place, worked out by hand."""

from datetime import date, datetime

import pytest

from anchornet.facts import build
from anchornet.indicators.calculate import calculate
from anchornet.indicators.supplier_places import (
    Coverage,
    coverage,
    perhaps_no_suppliers,
    suppliers_placed,
    suppliers_to_place,
)
from anchornet.store.database import utc_now

SEPTEMBER = date(2026, 9, 1)


def listed(network, member_id="council"):
    frame = suppliers_to_place(network, member_id)
    return list(zip(frame["supplier"], frame["amount_gbp"], frame["lines"], strict=True))


def test_coverage_is_pounds_with_a_known_place_over_all_that_count(network, spend):
    directory = b"name,postcode,excluded\nKnown Ltd,M40 8QA,\nTax Office,,tax\n"
    build.load_organisations(network, directory, by="x", now=datetime(2026, 1, 1))
    spend("council", "Old Ltd,,,,7000,A", period="2025-09")  # a month too early
    spend("council", "Unknown Ltd,,,,9000,A", period="2026-08", now=datetime(2026, 9, 1))
    spend("council", "Unknown Ltd,,,,500,A", period="2026-08")  # in its place
    spend(
        "council",
        """
        Placed Ltd,,M23 1PW,,300,A
        Known Ltd,,,,200,A
        Tax Office,,,,4000,A
        Nowhere Ltd,,ZZ1 1ZZ,,50,A
        """,
    )
    spend("hospital", "Elsewhere Ltd,,,,80,A")
    # Known: 300 + 200 of 500 + 300 + 200 + 50, the tax left out.
    found = coverage(network, "council")
    assert found == Coverage(SEPTEMBER, known=500, paid=1050)
    assert found.share == pytest.approx(500 / 1050)
    assert coverage(network) == Coverage(SEPTEMBER, known=500, paid=1130)


def test_whom_the_network_paid_that_may_be_no_supplier_is_offered_until_it_is_decided(
    network, spend
):
    spend(
        "council",
        """
        H M Revenues & Customs,,,,900,A
        HMRC CUMBERNAULD,,,,50,A
        Greater Manchester Combined Authori,,,,700,A
        Hmrcx Cafe,,,,5000,A
        Teachers Pensions,,,,30,A
        Sample hospital,GB-NHS-X1,,,600,A
        """,
    )
    spend("hospital", "HMRC CUMBERNAULD,,,,100,A")

    def offered():
        frame = perhaps_no_suppliers(network)
        return list(zip(frame["supplier"], frame["amount_gbp"], frame["reason"], strict=True))

    customs = ("H M Revenues & Customs", 900, "tax")
    authority = ("Greater Manchester Combined Authori", 700, "precept")
    assert offered() == [
        customs, authority, ("HMRC CUMBERNAULD", 150, "tax"), ("Teachers Pensions", 30, "pension"),
    ]  # fmt: skip
    # All of it counts until somebody decides.
    assert calculate(network, ["spend"], [SEPTEMBER])["value"][0] == 6780
    decided = b"name,excluded\nHMRC Cumbernauld,tax\nTeachers Pensions,no\n"
    build.load_organisations(network, decided, by="x")
    assert offered() == [customs, authority]
    assert calculate(network, ["spend"], [SEPTEMBER])["value"][0] == 6630


def test_coverage_says_what_the_indicator_says(network, spend):
    spend("council", "Unknown Ltd,,,,500,A\nPlaced Ltd,,M23 1PW,,300,A")
    unknown = calculate(network, ["unknown_address_spend_share"], [SEPTEMBER])["value"][0]
    assert coverage(network).share == pytest.approx(1 - unknown)


def test_without_spend_there_is_no_coverage(network, spend, send):
    assert coverage(network, "council") == Coverage(None)
    send("spend", "council")  # a nil return
    assert coverage(network, "council").share is None
    assert suppliers_to_place(network, "council").empty
    assert suppliers_placed(network, "council").empty


def test_suppliers_to_place_are_the_members_own_by_pounds(network, spend, send):
    directory = (
        b"name,postcode,size,excluded\nKnown Ltd,M40 8QA,,\nTax Office,,,tax\nBig Ltd,,large,\n"
    )
    build.load_organisations(network, directory, by="x", now=datetime(2026, 1, 1))
    spend("council", "Big Ltd,,,,100,A", period="2026-08")
    spend(
        "council",
        """
        BIG LIMITED,,,,150,A
        Small Ltd,,,,20,A
        Small Ltd,,M23 1PW,,30,A
        Known Ltd,,,,200,A
        Tax Office,,,,4000,A
        Nowhere Ltd,,ZZ1 1ZZ,,50,A
        """,
    )
    spend("hospital", "Elsewhere Ltd,,,,80,A")
    # Of Small Ltd's lines one has a postcode; that of Nowhere Ltd is the file's to put right.
    assert listed(network) == [("BIG LIMITED", 250, 2), ("Small Ltd", 20, 1)]
    assert suppliers_to_place(network, "council")["size"][0] == "large"
    assert listed(network, "hospital") == [("Elsewhere Ltd", 80, 1)]


def test_individuals_are_never_listed(network, send):
    headings = "supplier_name,amount_gbp,paid_on,supplier_type"
    rows = "A Sample Person,90,2026-09-01,individual\nSmall Ltd,20,2026-09-01,private"
    send("spend", "council", rows, headings)
    assert listed(network) == [("Small Ltd", 20, 1)]


def test_what_one_member_adds_serves_all(network, spend):
    spend("council", "Near Ltd,,,,100,A\nFar Ltd,,,,60,A")
    spend("hospital", "NEAR LIMITED,,,,40,A")
    typed = [{"name": "Near Ltd", "postcode": "M40 8QA"}]
    report = build.record_organisations(network, typed, by="a@x.example", source="Sample council")
    assert report.added == 1
    assert listed(network) == [("Far Ltd", 60, 1)]
    assert listed(network, "hospital") == []
    assert coverage(network, "hospital").share == 1
    assert coverage(network, "council") == Coverage(SEPTEMBER, known=100, paid=160)
    (placed,) = suppliers_placed(network, "hospital").to_dict("records")
    assert (placed["supplier"], placed["amount_gbp"], placed["source"]) == (
        "Near Ltd",
        40,
        "Sample council",
    )
    assert "a@x.example" not in str(placed)


def test_coverage_as_at_an_earlier_moment_stays(network, spend):
    spend("council", "Near Ltd,,,,100,A", now=datetime(2026, 10, 1))
    typed = [{"name": "Near Ltd", "postcode": "M40 8QA"}]
    build.record_organisations(network, typed, by="x", now=datetime(2026, 10, 9))
    assert coverage(network, "council").share == 1
    assert coverage(network, "council", datetime(2026, 10, 8)).share == 0


def test_a_merged_name_is_paid_as_its_organisation(network, spend):
    directory = b"name,org_id,postcode\nSample Combined Authority,GB-COH-00000123,M40 8QA\n"
    build.load_organisations(network, directory, by="x", now=datetime(2026, 1, 1))
    spend(
        "council",
        """
        Sample Combined Authority,,,,600,Works
        SCA,,,,300,Works
        Unknown Ltd,,,,100,Works
        """,
    )

    def known():
        suppliers = calculate(network, ["active_suppliers"], [date(2026, 9, 1)])["value"].iloc[0]
        return coverage(network).known, suppliers

    assert known() == (600, 3)
    before = utc_now()
    build.merge_organisations(network, "SCA", "Sample Combined Authority", by="x")
    assert known() == (900, 2)
    assert coverage(network, as_at=before).known == 600
    assert suppliers_to_place(network, "council")["supplier"].tolist() == ["Unknown Ltd"]
    build.separate_organisation(network, "SCA", by="x")
    assert known() == (600, 3)
    build.undo_organisations(network, by="x")
    assert known() == (900, 2)
    # What changes of the organisation reaches what is paid under its other name.
    build.load_organisations(network, b"name,postcode\nSample Combined Authority,\n", by="x")
    assert known() == (0, 2)


def test_an_accredited_employer_is_found_under_its_other_name(network, spend, send):
    build.load_organisations(network, b"name,size\nSample Bakery Ltd,small\n", by="x")
    spend("council", "Bakers,,,,400,Food\nOther Ltd,,,,600,Food")
    send(
        "living_wage",
        "council",
        "Sample Bakery Ltd,supplier,accredited,2025-01-01",
        "employer_name,relationship,status,accredited_on",
    )

    def share():
        frame = calculate(network, ["living_wage_supplier_spend_share"], [date(2026, 9, 1)])
        return float(frame["value"].iloc[0])

    assert share() == 0
    build.merge_organisations(network, "Bakers", "Sample Bakery Ltd", by="x")
    assert share() == 0.4
