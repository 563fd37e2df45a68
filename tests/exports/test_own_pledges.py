"""Pledges of a member's own, as lines that its Commitments return takes."""

from collections.abc import Callable
from datetime import date, datetime

from anchornet.csv_export import csv_bytes
from anchornet.exports.own_pledges import own_pledges
from anchornet.store.database import Database
from anchornet.store.framework import SAMPLE, UNITS, load_framework, read_framework
from anchornet.store.submissions import Receipt

SHIPPED = read_framework(SAMPLE.read_bytes())
TODAY, NEXT = date(2026, 10, 1), date(2027, 10, 31)


def test_every_pledge_of_the_sample_is_a_line_that_the_return_takes(
    network: Database, send: Callable[..., Receipt]
) -> None:
    load_framework(network, SAMPLE.read_bytes(), by="coordinator", now=datetime(2026, 1, 1))
    chosen = [pledge.id for pledge in SHIPPED.pledges]
    lines = own_pledges(SHIPPED, "Sample council", chosen, dict.fromkeys(chosen, 12), TODAY, NEXT)
    assert len(lines) == 17
    headings, *rows = csv_bytes(lines).decode("utf-8-sig").splitlines()
    receipt = send(
        "commitments", "council", "\n".join(rows), headings, period="2026-12",
        now=datetime(2027, 1, 5),
    )  # fmt: skip
    assert receipt.rows == 17
    kept = network.rows(
        "select source, agreement_ref, measure, promised::double, due_on from commitments_rows "
        "order by line"
    )
    assert kept[0] == ("own_pledge", "pledge-2026-talk_first", "accessible_tenders", 1.0, NEXT)
    assert kept[-1] == ("own_pledge", "pledge-2026-staff_time", "volunteering", 12.0, NEXT)


def test_a_pledge_says_how_much_in_the_unit_of_its_measure() -> None:
    assert {SHIPPED.measure(pledge.measure).unit for pledge in SHIPPED.pledges} == {*UNITS} - {
        "weeks", "homes",
    }  # fmt: skip
    lines = own_pledges(
        SHIPPED, "Sample council", {"own_carbon", "say_why"}, {"own_carbon": 300}, TODAY, NEXT
    )
    assert list(lines["promised"]) == ["yes", "300"]
    assert list(lines["own_words"]) == [
        "Tell each bidder who lost what would have won",
        "Cut the carbon of our buildings and vehicles by a set number of tonnes",
    ]
