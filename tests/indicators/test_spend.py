"""What payments add up to, worked out by hand."""

import math
from datetime import date, datetime
from pathlib import Path

import pytest

from anchornet.facts import build
from anchornet.facts.build import add_member
from anchornet.facts.catalogue import CATALOGUE
from anchornet.indicators import leakage
from anchornet.indicators.calculate import calculate
from anchornet.indicators.figures import OWN, Request, figures
from anchornet.indicators.supplier_places import suppliers_to_place
from anchornet.intake import submit as submit_return
from anchornet.narrative import page_sentences
from anchornet.places.standards import load_standards
from anchornet.returns.declaration import RETURNS
from anchornet.store.framework import SAMPLE, load_framework
from anchornet.store.network import LoadError
from tests.indicators.test_calculate import AUGUST, LIVING_WAGE, PAYMENTS, SEPTEMBER, value, values

ASKED = Request([], [SEPTEMBER])
FILES = Path(__file__).resolve().parent.parent / "files"


def test_local_spend_is_over_pounds_whose_place_is_known(network, spend):
    spend("council", PAYMENTS)
    frame = calculate(
        network,
        [
            "spend",
            "local_spend_share",
            "local_or_branch_spend_share",
            "wider_area_spend_share",
            "unknown_address_spend_share",
        ],
        [SEPTEMBER],
    )
    assert frame["value"][0] == 1000.00
    assert [*frame["base"][1:]] == [950.10, 950.10, 950.10, 1000.00]
    assert [*frame["value"][1:]] == [
        pytest.approx(600.10 / 950.10),
        pytest.approx(800.10 / 950.10),
        pytest.approx(750.10 / 950.10),
        pytest.approx(49.90 / 1000),
    ]


def test_spend_is_cut_by_place_category_and_supplier_and_the_parts_make_the_whole(network, spend):
    spend("council", PAYMENTS)
    assert values(network, "spend", "ring") == {
        "area": 600.10,
        "wider_area": 150.00,
        "elsewhere": 200.00,
        "unknown": 49.90,
    }
    assert values(network, "spend", "category") == {"Food": 750.10, "Print": 249.90}
    assert values(network, "spend", "category", "ring")["Print", "elsewhere"] == 200
    assert values(network, "spend", "ward")["E05011366"] == 600.10
    assert values(network, "spend", "imd_decile")["1"] == 600.10
    assert values(network, "spend", "supplier")["Lost Ltd"] == 49.90
    assert value(network, "active_suppliers") == 4
    for breakdown in CATALOGUE["spend"].breakdowns:
        parts = values(network, "spend", breakdown)
        assert sum(it for it in parts.values() if it == it) == pytest.approx(1000), breakdown


def test_address_or_branch_counts_the_nearer_of_the_two(network, spend):
    spend("council", PAYMENTS + "Half Ltd,,ZZ1 1ZZ,SK4 4JL,5.00,Print\n")
    assert values(network, "spend", "nearest_ring") == {
        "area": 800.10,
        "wider_area": 155.00,
        "unknown": 49.90,
    }
    assert values(network, "spend", "nearest_ring", "category")["area", "Print"] == 200


def test_a_category_that_says_there_is_none_is_none(network, spend):
    rows = [
        f"Supplier {number} Ltd,,M40 8QA,,{number + 1},{category}"
        for number, category in enumerate(("NA", "n/a", "", "Unknown", "-", "Nail varnish"))
    ]
    spend("council", "\n".join(rows))
    assert values(network, "spend", "category") == {"not_known": 15, "Nail varnish": 6}


def test_local_suppliers_of_a_category_count_once_however_many_members_pay_them(network, spend):
    spend("council", PAYMENTS + "Near Limited,,M40 8QA,,1.00,Print\n")
    spend("hospital", "NEAR LTD,,M40 8QA,,7.00,Food\nOther Ltd,,M23 1PW,,8.00,Food")
    assert values(network, "local_suppliers", "category") == {"Food": 2, "Print": 1}
    assert value(network, "local_suppliers") == 2
    assert values(network, "spend", "category", "supplier")["Print", "Near Ltd"] == 1


def test_payments_between_members_leave_the_networks_total_but_not_a_members_own(network, spend):
    spend(
        "council",
        "Sample hospital,GB-NHS-X1,M40 8QA,,300,Care\nNear Ltd,,M40 8QA,,100,Food",
    )
    spend("hospital", "Near Ltd,,M40 8QA,,50,Food")
    assert value(network, "spend") == 150
    assert values(network, "spend", "category") == {"Food": 150}
    assert value(network, "active_suppliers") == 1
    assert values(network, "spend", "member")["council"] == 400
    assert value(network, "spend", members=["council"]) == 400
    assert value(network, "spend", members=["council", "hospital"]) == 150
    assert values(network, "spend", "kind")["council"] == 100


def test_a_payment_to_one_who_was_not_yet_a_member_counts(network, spend):
    build.add_member(
        network,
        "college",
        "Sample college",
        "college",
        org_id="GB-UKPRN-1",
        starts_on=date(2026, 9, 1),
    )
    for period in ("2026-08", "2026-09"):
        spend("council", "Sample college,GB-UKPRN-1,,,300,Care", period)
    assert value(network, "spend", AUGUST) == 300
    assert value(network, "spend", SEPTEMBER) == 0


def test_taxes_and_payroll_are_in_nobodys_spend(network, spend):
    directory = b"name,excluded\nRevenue and Customs,tax\n"
    build.load_organisations(network, directory, by="coordinator", now=datetime(2026, 1, 1))
    spend("council", "Revenue & Customs,,,,9000,Tax\nNear Ltd,,M40 8QA,,100,Food")
    assert value(network, "spend") == 100
    assert values(network, "spend", "member")["council"] == 100


def test_the_directory_says_what_the_file_leaves_blank_and_never_more(network, spend):
    directory = """name,org_id,postcode,branch_postcode,size,type
Near Ltd,,M40 8QA,,small,vcse
Other Name,GB-COH-7,SK4 4JL,M23 1PW,large,private
Namesake Ltd,GB-COH-8,M40 8QA,,micro,private
"""
    build.load_organisations(network, directory.encode(), by="x", now=datetime(2026, 1, 1))
    spend(
        "council",
        """
        NEAR LIMITED,,,,100,A
        Near Ltd,,BR2 0XT,,200,A
        As They Say Ltd,GB-COH-7,,,400,A
        Namesake Ltd,GB-COH-9,,,800,A
        """,
    )
    assert values(network, "spend", "ring") == {
        "area": 100,  # by name
        "elsewhere": 200,  # the file's own postcode goes first
        "wider_area": 400,  # by org-id
        "unknown": 800,  # another company with the same name
    }
    assert values(network, "spend", "branch_ring") == {"area": 400, "unknown": 1100}
    assert values(network, "spend", "supplier_size") == {
        "small": 300,
        "large": 400,
        "not_known": 800,
    }
    assert value(network, "vcse_spend_share") == pytest.approx(300 / 700)
    assert value(network, "sme_spend_share") == pytest.approx(300 / 700)


def test_a_partial_postcode_of_the_directory_gives_the_authority(network, spend):
    build.load_organisations(
        network, b"name,postcode\nNear Ltd,M2\n", by="x", now=datetime(2026, 1, 1)
    )
    spend("council", "Near Ltd,,,,100,A")
    assert values(network, "spend", "authority") == {"E08000003": 100}
    assert values(network, "spend", "ward") == {"not_known": 100}


def test_an_individual_has_no_name_among_the_suppliers(network, send):
    headings = "supplier_name,supplier_type,paid_on,amount_gbp"
    send("spend", "council", "Sample Person,individual,2026-09-14,70", headings)
    send("spend", "hospital", "SAMPLE PERSON,private,2026-09-14,20", headings)
    assert values(network, "spend", "supplier") == {"Individual": 90}


def test_two_spellings_of_a_supplier_are_one(network, spend):
    spend("council", "Near Ltd,,,,100,A\nNEAR LIMITED,,,,50,A")
    spend("hospital", "near ltd.,,,,25,A")
    assert [*values(network, "spend", "supplier").values()] == [175]
    assert value(network, "active_suppliers") == 1


def test_a_published_file_adds_up_to_the_penny(network):
    data = (FILES / "published" / "manchester_2021-01.csv").read_bytes()
    submit_return.submit(
        network,
        RETURNS["spend"],
        data,
        "manchester_2021-01.csv",
        member_id="council",
        by="someone@sample.example.org",
        period=date(2021, 1, 1),
        mapping="local_government_transparency",
        accept_warnings="As published.",
    )
    assert value(network, "spend", date(2021, 1, 1)) == 55248317.72


def test_a_living_wage_supplier_is_one_that_any_member_lists_as_accredited(network, spend, send):
    send(
        "living_wage",
        "university",
        """
        Sample Joinery Ltd,GB-COH-1,M40 8QA,supplier,accredited,2025-01-01,,
        Sample Bakery Ltd,,M23 1PW,supplier,accredited_with_milestones,2025-01-01,,
        Sample Cafe Ltd,GB-COH-3,M23 1PW,supplier,accredited,2025-01-01,,
        Sample Print Ltd,,M23 1PW,supplier,in_progress,,,
        """,
        LIVING_WAGE,
    )
    paid = """
        Known as Joinery,GB-COH-1,,,100,A
        Sample Joinery Ltd,GB-COH-9,,,200,A
        THE SAMPLE BAKERY LIMITED,,,,400,A
        Sample Bakery Ltd,GB-COH-2,,,800,A
        Sample Cafe,,,,1600,A
        Sample Print Ltd,,,,3200,A
    """
    spend("council", paid)
    found = calculate(network, ["living_wage_supplier_spend_share"], [SEPTEMBER])
    # The namesake of the joinery has an org-id of its own, and so is another company.
    assert (found["value"][0], found["base"][0]) == (pytest.approx(2900 / 6300), 6300)
    spend("council", paid, "2026-08")
    assert math.isnan(value(network, "living_wage_supplier_spend_share", AUGUST))
    quarter = {"window": "quarter", "members": ["council"]}
    assert value(network, "living_wage_supplier_spend_share", **quarter) == found["value"][0]


def test_beyond_great_britain_is_further_away_and_not_unknown(network, spend):
    directory = b"name,postcode,abroad\nParis SARL,,yes\nHalf Ltd,M40 8QA,yes\n"
    build.load_organisations(network, directory, by="x", now=datetime(2026, 1, 1))
    spend(
        "council",
        """
        Belfast Ltd,,BT7 1NN,,100,A
        Jersey Ltd,,JE2 3AB,,20,A
        Forces Shop,,BF1 2AT,,3,A
        Paris SARL,,,,4000,A
        Half Ltd,,,,50000,A
        Cardiff Ltd,,CF10 1BH,,600000,A
        """,
    )
    # A postcode that is known says more than the directory's word.
    assert values(network, "spend", "ring") == {"area": 50000, "elsewhere": 604123}
    assert values(network, "spend", "authority") == {
        "N92000002": 100, "L93000001": 20, "abroad": 4003, "E08000003": 50000, "W06000015": 600000,
    }  # fmt: skip
    # M40 8QA is in the most deprived tenth; no other of these places has a decile.
    assert values(network, "spend", "imd_decile") == {
        "1": 50000, "N": 100, "L": 20, "abroad": 4003, "W": 600000,
    }  # fmt: skip
    frame = calculate(network, ["priority_neighbourhood_spend_share"], [SEPTEMBER])
    assert frame[["value", "base"]].values.tolist() == [[1, 50000]]


def test_a_redacted_name_is_no_supplier_and_takes_no_place_from_the_directory(network, spend):
    spend(
        "council",
        """
        REDACTED PERSONAL DATA,,,,100,A
        Redacted,,,,50,A
        Name withheld,,,,25,A
        Redactive Media Ltd,,M40 8QA,,10,A
        """,
    )
    assert value(network, "active_suppliers") == 1
    assert values(network, "spend", "supplier") == {"Redacted": 175, "Redactive Media Ltd": 10}
    assert [*leakage.concentration(network, ASKED, OWN).largest["supplier"]] == [
        "Redactive Media Ltd"
    ]
    assert leakage.concentration(network, ASKED, OWN).paid == 185
    assert suppliers_to_place(network, "council").empty
    with pytest.raises(LoadError, match="Redacted is a redacted name, which stands for many"):
        build.load_organisations(network, b"name,postcode\nRedacted,M40 8QA\n", by="x")


def test_one_company_number_is_one_however_it_is_written(network, spend, send):
    """The hospital's payment to the council is known as one by an id without its noughts."""
    add_member(network, "works", "Sample works", "private", org_id="GB-COH-01234567")
    build.load_organisations(
        network, b"name,org_id,postcode\nSample Ltd,GB-COH-345,M40 8QA\n", by="x"
    )
    spend("council", "Sample works,GB-COH-1234567,,,100,A\nS. Ltd,gb-coh-00000345,,,60,A")
    spend("hospital", "B Ltd,,,,1,A")
    assert value(network, "spend") == 61
    assert leakage.paid_to_members(network, ASKED, OWN) == 100
    assert values(network, "spend", "ring") == {"area": 60, "unknown": 1}


HELD = (
    b"organisation,org_id,standard,step,held_from,held_to\n"
    b"Near Limited,,good_employment_charter,Member,2026-01-01,\n"
    b"Far Ltd,,good_employment_charter,Supporter,2026-01-01,\n"
    b"Next Door Ltd,,ethical_care_charter,,2026-01-01,2026-08-31\n"
)


def test_with_credit_notes_spend_by_standard_is_said_in_pounds(network, spend):
    load_framework(network, SAMPLE.read_bytes(), by="x")
    load_standards(network, HELD, by="x")
    spend("council", "Other Ltd,,M2 5DB,,-200,Food")
    request = Request(["standard_supplier_spend_share"], [SEPTEMBER], by=["standard"])
    rows = figures(network, request, OWN).to_dict("records")
    assert {row["shown"] for row in rows if row["standard"] != "living_wage"} == {"£0 of -£200"}
    note = page_sentences.standards(
        {row["standard"]: row for row in rows}, {"any": "Any of them"}, "September 2026"
    )
    assert note == (
        "With credit notes, £0 of -£200 of spend in September 2026 went to suppliers that hold a "
        "standard of the framework."
    )


def test_spend_by_the_standard_that_suppliers_hold(network, spend, send):
    load_framework(network, SAMPLE.read_bytes(), by="x")
    asked = ("standard_supplier_spend_share", "standard")
    spend("council", PAYMENTS)
    assert [*values(network, *asked).values()] == [pytest.approx(math.nan, nan_ok=True)]
    load_standards(network, HELD, by="x")
    # 600.10 of 1,000 went to the member of the charter; a supporter holds it not yet, and what
    # was held to the end of August is not in September.
    assert values(network, *asked) == {
        "any": pytest.approx(0.6001),
        "good_employment_charter": pytest.approx(0.6001),
        "ethical_care_charter": 0,
    }
    send("living_wage", "council", "Lost Ltd,,,supplier,accredited,2024-01-01,1,1", LIVING_WAGE)
    assert values(network, *asked)["living_wage"] == pytest.approx(0.0499)
    assert value(network, asked[0]) == pytest.approx(0.65)
    only = calculate(network, [asked[0]], [SEPTEMBER], where={"standard": ["living_wage"]})
    assert [*only["value"]] == [pytest.approx(0.0499)]
    assert [*only["base"]] == [1000]
