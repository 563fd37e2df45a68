"""A file sent: kept whole or not at all, counted once, had back as it was."""

import io
import threading
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from duckdb import CatalogException

from anchornet.facts.build import open_network
from anchornet.intake.submit import NotAccepted, submit
from anchornet.returns.csv_reader import Reading
from anchornet.returns.declaration import RETURNS
from anchornet.settings import load
from anchornet.store.network import NotPossible, add_member, remember_mapping
from anchornet.store.submissions import findings_of, history, original, withdraw

FILES = Path(__file__).resolve().parent.parent / "files"
SEPTEMBER = date(2026, 9, 1)
SPEND = RETURNS["spend"]
GOOD = (FILES / "spend" / "good.csv").read_bytes()
NOW = datetime(2026, 10, 5, 9, 30)


@pytest.fixture
def network(tmp_path):
    database = open_network(
        replace(load(environment={}), database=tmp_path / "network.duckdb"), create=True
    )
    for member in ("council", "trust"):
        add_member(database, member, name=f"Sample {member}", kind="council", by="coordinator")
    yield database
    database.close()


def send(network, data=GOOD, **options):
    options = {"member_id": "council", "by": "a@sample.example.org", "now": NOW} | options
    if not options.get("each"):
        options.setdefault("period", SEPTEMBER)
    return submit(network, options.pop("return_", SPEND), data, "spend.csv", **options)


def counts(network) -> dict[str, int]:
    tables = ("submissions", "spend_rows", "originals", "findings")
    with network.cursor() as cursor:
        return {t: cursor.execute(f"select count(*) from {t}").fetchone()[0] for t in tables}


def test_a_file_gets_a_receipt_with_its_rows_and_its_exact_total(network):
    [receipt] = send(network)
    assert (receipt.rows, receipt.totals) == (2, {"amount_gbp": Decimal("1214.50")})
    assert not receipt.already
    assert original(network, receipt.receipt) == ("spend.csv", GOOD)


def test_the_same_bytes_again_are_recognised_and_not_counted_twice(network):
    [first] = send(network)
    before = counts(network)
    [second] = send(network, now=datetime(2026, 10, 6))
    assert second == replace(first, already=True)
    assert counts(network) == before


def test_sheets_of_a_workbook_are_months_with_their_own_findings(network):
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for month, name in ((9, "Sep"), (10, "Oct")):
        sheet = book.create_sheet(name)
        sheet.append(["Supplier", "Payment date", "Amount", "Postcode"])
        sheet.append(["Sample A Ltd", date(2026, month, 4), 10, "M2 5DB"])
        sheet.append(["Sample B Ltd", date(2026, month, 5), 20, "Paris" if month == 10 else ""])
    file = io.BytesIO()
    book.save(file)
    with pytest.raises(NotAccepted) as refused:
        send(network, file.getvalue(), each=True, now=datetime(2026, 11, 5))
    (finding,) = refused.value.summary["findings"]
    assert (finding["sheet"], finding["line"], finding["column"]) == ("Oct", 3, "Postcode")
    september, october = send(
        network, file.getvalue(), each=True, now=datetime(2026, 11, 5), accept_warnings="Abroad."
    )
    assert (september.rows, october.rows) == (2, 2)
    assert findings_of(network, september.receipt).empty
    (kept,) = findings_of(network, october.receipt).to_dict("records")
    assert (kept["sheet"], kept["line"]) == ("Oct", 3)


def test_how_a_file_is_read_is_remembered_for_the_member_and_return(network):
    american = b"Supplier,Payment date,Amount\nSample A Ltd,09/05/2026,1\nSample B,09/14/2026,2\n"
    with pytest.raises(NotAccepted):
        send(network, american)
    remember_mapping(network, "council", "spend", {}, by="a", reading={"month_first": True})
    [receipt] = send(network, american)
    assert receipt.rows == 2
    with pytest.raises(NotAccepted):
        send(network, american, member_id="trust")
    [other] = send(network, american, member_id="trust", reading=Reading(month_first=True))
    assert other.rows == 2


def test_the_same_bytes_count_for_another_member(network):
    send(network)
    [other] = send(network, member_id="trust")
    assert not other.already
    assert counts(network) == {"submissions": 2, "spend_rows": 4, "originals": 1, "findings": 0}


def test_the_same_bytes_sent_after_a_withdrawal_are_new(network):
    [first] = send(network)
    withdraw(network, first.receipt, by="a@sample.example.org", reason="wrong month")
    [second] = send(network)
    assert not second.already
    assert second.receipt != first.receipt


def test_a_file_with_errors_leaves_nothing_behind(network):
    data = (FILES / "spend" / "impossible_date.csv").read_bytes()
    with pytest.raises(NotAccepted, match="has 1 thing to put right"):
        send(network, data)
    assert set(counts(network).values()) == {0}


def test_warnings_ask_for_a_sentence_that_is_kept_with_them(network):
    data = (FILES / "spend" / "repeated_reference.csv").read_bytes()
    with pytest.raises(NotAccepted, match="has 2 things to look at"):
        send(network, data, accept_warnings="  ")
    assert set(counts(network).values()) == {0}
    [receipt] = send(network, data, accept_warnings="Two deliveries, both paid.")
    found = findings_of(network, receipt.receipt)
    assert list(found["line"]) == [2, 4]
    assert set(found["severity"]) == {"warning"}
    with network.cursor() as cursor:
        kept = cursor.execute("select warnings, note from submissions").fetchone()
    assert kept == (2, "Two deliveries, both paid.")


def test_each_month_of_a_file_becomes_a_submission_with_its_own_lines(network):
    data = (
        b"supplier_name,paid_on,amount_gbp\nA,2026-08-31,1.10\nB,2026-09-01,2.20\nC,2026-08-01,3\n"
    )
    august, september = send(network, data, each=True)
    assert (august.period, august.rows, august.totals["amount_gbp"]) == (
        date(2026, 8, 1),
        2,
        Decimal("4.10"),
    )
    assert (september.period, september.rows) == (SEPTEMBER, 1)
    with network.cursor() as cursor:
        lines = cursor.execute("select submission_id, line from spend_rows order by all").fetchall()
    assert lines == [(1, 2), (1, 4), (2, 3)]
    assert counts(network)["originals"] == 1


def test_a_month_that_has_not_begun_is_refused(network):
    with pytest.raises(NotPossible, match="October 2027"):
        send(network, GOOD.replace(b"2026-09", b"2027-10"), each=True)
    with pytest.raises(NotPossible, match="bear no payment month"):
        send(network, GOOD, each=True, return_=RETURNS["retention"])


def test_an_unknown_member_sends_nothing(network):
    with pytest.raises(NotPossible, match="nobody"):
        send(network, member_id="nobody")
    assert set(counts(network).values()) == {0}


def test_what_fails_while_it_is_added_up_is_not_half_kept(network):
    with network.writing() as cursor:
        cursor.execute("alter table spend_facts rename to mislaid")
    with pytest.raises(CatalogException, match="spend_facts"):
        send(network)
    assert set(counts(network).values()) == {0}
    with network.writing() as cursor:
        cursor.execute("alter table mislaid rename to spend_facts")
    [receipt] = send(network)
    assert receipt.receipt == "R000001"


def test_more_in_post_than_the_member_s_own_local_hires_say_is_asked_about(network):
    hires = b"home_area,pathway,starts\noutside,pre_employment,9\noutside,standard,30\n"
    send(network, hires, return_=RETURNS["local_hires"], period=date(2026, 3, 1))
    retention = (FILES / "retention" / "good.csv").read_bytes()
    with pytest.raises(NotAccepted) as refused:
        send(network, retention, return_=RETURNS["retention"])
    # 12 of the pre-employment cohort are in post and 9 were reported as started; of the standard
    # one 24 of 30; September 2025 has no local hires return to compare with.
    assert [(f["rule"], f["line"]) for f in refused.value.summary["findings"]] == [
        ("in_post_over_local_hires", 2)
    ]
    send(network, retention, return_=RETURNS["retention"], member_id="trust")


@pytest.mark.parametrize("people", [2, 20])
def test_people_who_send_at_the_same_moment_are_all_kept_and_one_counts(network, people):
    gate, failed = threading.Barrier(people), []

    def send_one(number):
        try:
            gate.wait()
            send(network, GOOD + f"Sample {number},,,,2026-09-02,{number},,,,,,x\n".encode())
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=send_one, args=(number,)) for number in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    sent = history(network, member_id="council")
    assert len(sent) == people
    assert list(sent["state"]).count("counted") == 1
    assert counts(network)["spend_rows"] == 3 * people
    assert sorted(sent["submission_id"]) == list(range(1, people + 1))
