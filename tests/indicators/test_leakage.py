"""Where money leaves, how few take it, and what members paid each other, by hand."""

from dataclasses import replace
from datetime import date

import pytest

from anchornet.indicators import leakage
from anchornet.indicators.calculate import calculate
from anchornet.indicators.figures import NETWORK, OWN, TOGETHER, NotOffered, Request

SEPTEMBER = date(2026, 9, 1)
ASKED = Request([], [SEPTEMBER])
HEADINGS = (
    "supplier_name,supplier_postcode,branch_postcode,amount_gbp,category,influenceable,paid_on"
)


@pytest.fixture
def paid(send):
    def paid(member_id, rows, period="2026-09"):
        dated = [f"{row.strip()},{period}-14" for row in rows.strip().splitlines()]
        return send("spend", member_id, "\n".join(dated), HEADINGS, period=period)

    return paid


ROWS = """
    Near Ltd,M40 8QA,,100,Food,yes
    Far Ltd,BR2 0XT,,50,Food,yes
    Next Door Ltd,SK4 4JL,,30,Food,
    Far Rates Ltd,BR2 0XT,,900,Food,no
    Lost Ltd,,,70,Food,yes
    Far Print Ltd,BR2 0XT,M23 1PW,20,Print,yes
    Far Care Ltd,BR2 0XT,,10,Care,yes
"""


def test_leakage_is_what_was_free_to_be_spent_nearer_with_the_local_suppliers_there_are(
    network, paid
):
    paid("council", ROWS)
    paid("hospital", "Here Care Ltd,M23 1PW,,5,Care,yes\nNEAR LIMITED,M40 8QA,,5,Food,yes")
    found = leakage.leakage(network, ASKED, OWN)
    assert found.values.tolist() == [["Food", 80, 30, 1], ["Print", 20, 0, 0], ["Care", 10, 0, 1]]
    # By branch the printer is local, and money to it doesn't leave.
    found = leakage.leakage(network, ASKED, OWN, "branch")
    assert found.values.tolist() == [["Food", 80, 30, 1], ["Care", 10, 0, 1]]
    # One member's leakage, beside the suppliers that any member pays.
    found = leakage.leakage(network, replace(ASKED, members=["council"]), OWN)
    assert found.values.tolist()[2] == ["Care", 10, 0, 1]


def test_nothing_leaves_where_nothing_was_sent(network):
    assert leakage.leakage(network, ASKED, OWN).empty
    found = leakage.concentration(network, ASKED, OWN)
    assert (found.suppliers, found.share, len(found.largest)) == (0, None, 0)
    assert leakage.paid_to_members(network, ASKED, OWN) == 0


@pytest.mark.parametrize("ask", [leakage.leakage, leakage.concentration, leakage.paid_to_members])
def test_who_sees_members_together_only_is_not_given_two_members_pounds(network, paid, ask):
    paid("council", ROWS)
    paid("hospital", ROWS)
    ask(network, replace(ASKED, members=["council", "hospital"]), NETWORK)
    with pytest.raises(NotOffered):
        ask(network, replace(ASKED, members=["council", "hospital"]), TOGETHER)


def test_concentration_ranks_suppliers_and_counts_people_in_the_whole_only(network, send):
    send(
        "spend",
        "council",
        """
        A Ltd,60,private,2026-09-02
        B Ltd,20,private,2026-09-02
        C Ltd,15,private,2026-09-02
        D Ltd,-5,private,2026-09-02
        A Person,110,individual,2026-09-02
        """,
        "supplier_name,amount_gbp,supplier_type,paid_on",
    )
    found = leakage.concentration(network, ASKED, OWN, 2)
    assert found.largest.values.tolist() == [["A Ltd", 60, 0.3], ["B Ltd", 20, 0.1]]
    assert (found.suppliers, found.paid) == (3, 200)
    assert found.share == pytest.approx(0.4)


def test_what_members_paid_each_other_is_said_of_several_members_only(network, spend):
    spend("council", "Hospital,GB-NHS-X1,,,40,\nA Ltd,,,,60,")
    spend("hospital", "B Ltd,,,,10,")
    assert leakage.paid_to_members(network, ASKED, OWN) == 40
    assert leakage.paid_to_members(network, replace(ASKED, members=["council"]), OWN) == 0


def test_payments_between_members_are_counted_over_a_quarter_in_which_one_missed_a_month(
    network, spend
):
    """The council pays the hospital 40 a month; the hospital pays nobody and sends no August."""
    for period in ("2026-07", "2026-08", "2026-09"):
        spend("council", "Sample hospital,GB-NHS-X1,,,40,\nA Ltd,,,,100,", period)
        if period != "2026-08":
            spend("hospital", "B Ltd,,,,10,", period)
    assert leakage.paid_to_members(network, replace(ASKED, window="quarter"), OWN) == 120
    assert leakage.paid_to_members(network, ASKED, OWN) == 40
    quarter = calculate(network, ["spend"], [SEPTEMBER], window="quarter")
    assert quarter["value"].tolist() == [320]  # 3 × 100 + 2 × 10, without the 120
