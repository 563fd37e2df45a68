from datetime import date, datetime, timedelta
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest
from duckdb import CatalogException

from anchornet.intake.submit import send_nil
from anchornet.returns.declaration import RETURNS
from anchornet.store.database import Database
from anchornet.store.network import (
    DueDates,
    NotPossible,
    close_period,
    open_period,
    own_dates,
    set_due_dates,
)
from anchornet.store.people import (
    account,
    has_leave,
    record_leave,
    record_person,
    remove_person,
)
from anchornet.store.submissions import (
    NewSubmission,
    Receipt,
    append_submissions,
    counted,
    findings_of,
    history,
    keep_originals,
    lines_changed,
    original,
    receipt_of,
    withdraw,
)

SPEND = RETURNS["spend"]
SEPTEMBER = date(2026, 9, 1)
ON_TIME = datetime(2026, 10, 20, 23, 59)  # due 20 days after 30 September
LATE = datetime(2026, 10, 21)


def send(
    network: Database,
    amount: str = "100.00",
    *,
    member_id: str = "council",
    period: date = SEPTEMBER,
    now: datetime = ON_TIME,
    return_name: str = "spend",
) -> Receipt:
    """One line of spend, appended as the store keeps it."""
    data = f"supplier_name,amount_gbp\nSample Ltd,{amount}\n".encode()
    with network.writing() as cursor:
        compressed = pa.compress(data, codec="zstd", asbytes=True)
        keep_originals(cursor, {amount: (len(data), compressed)})
        new = NewSubmission(
            member_id,
            RETURNS[return_name],
            period,
            "a.sender@example.org",
            now,
            file_name="spend.csv",
            sha256=amount,
            rows=1,
            totals={"amount_gbp": Decimal(amount)} if return_name == "spend" else {},
        )
        [sent] = append_submissions(cursor, [new])
        if return_name == "spend":
            cursor.execute(
                "insert into spend_rows (submission_id, line, amount_gbp) values (?, 2, ?)",
                [sent.submission_id, Decimal(amount)],
            )
    return sent


def amounts(network: Database, as_at: datetime | None = None) -> list[Decimal]:
    with network.cursor() as cursor:
        found = cursor.execute(
            "select amount_gbp from current_submissions(?) join spend_rows using (submission_id) "
            "order by all",
            [as_at],
        ).fetchall()
    return [amount for (amount,) in found]


def test_a_receipt_can_be_had_back_as_it_was_given(network: Database) -> None:
    sent = send(network, "1234.50")
    assert receipt_of(network, sent.receipt) == sent
    assert receipt_of(network, f" {sent.receipt.lower()} ") == sent
    assert sent.totals == {"amount_gbp": Decimal("1234.50")}


def test_an_unknown_receipt_is_said_to_be_unknown(network: Database) -> None:
    with pytest.raises(NotPossible, match="There is no receipt R999999"):
        receipt_of(network, "R999999")


def test_an_unknown_member_is_told_who_there_is(network: Database) -> None:
    with pytest.raises(NotPossible, match=r"no member nobody\. Members: council, hospital"):
        send(network, member_id="nobody")


def test_submissions_are_numbered_in_order(network: Database) -> None:
    sent = [send(network, amount) for amount in ("1", "2", "3")]
    assert [one.submission_id for one in sent] == [1, 2, 3]
    assert len({one.receipt for one in sent}) == 3


def test_the_last_accepted_counts_and_the_earlier_one_stays(network: Database) -> None:
    first, second = send(network, "100"), send(network, "250")
    assert amounts(network) == [Decimal("250.00")]
    told = history(network).set_index("receipt").state
    assert told.to_dict() == {first.receipt: "superseded", second.receipt: "counted"}


def test_two_sent_in_one_moment_count_once(network: Database) -> None:
    send(network, "100", now=ON_TIME)
    send(network, "250", now=ON_TIME)
    assert amounts(network) == [Decimal("250.00")]


def test_members_periods_and_returns_do_not_supersede_each_other(network: Database) -> None:
    send(network, "1")
    send(network, "2", member_id="hospital")
    send(network, "3", period=date(2026, 8, 1))
    send(network, "4", return_name="local_hires")
    assert amounts(network) == [Decimal(1), Decimal(2), Decimal(3)]
    assert set(history(network).state) == {"counted"}


def test_a_withdrawal_brings_the_earlier_one_back(network: Database) -> None:
    first, second = send(network, "100"), send(network, "250")
    assert withdraw(network, second.receipt, by="b@example.org", reason="Wrong file") == first
    assert amounts(network) == [Decimal("100.00")]
    assert withdraw(network, first.receipt, by="b@example.org", reason="Also wrong") is None
    assert amounts(network) == []
    told = history(network).set_index("receipt")
    assert set(told.state) == {"withdrawn"}
    assert told.reason[second.receipt] == "Wrong file"
    assert told.withdrawn_by[second.receipt] == "b@example.org"


def test_what_was_withdrawn_can_be_sent_again(network: Database) -> None:
    first = send(network, "100")
    withdraw(network, first.receipt, by="b@example.org", reason="Too early")
    second = send(network, "100")
    assert amounts(network) == [Decimal("100.00")]
    with network.cursor() as cursor:
        assert counted(cursor, "council", "spend", SEPTEMBER) == second


@pytest.mark.parametrize(
    ("number", "reason", "said"),
    [("R000001", " ", "Say why"), ("R000009", "Wrong", "There is no receipt R000009")],
)
def test_a_withdrawal_needs_a_receipt_and_a_reason(
    network: Database, number: str, reason: str, said: str
) -> None:
    send(network)
    with pytest.raises(NotPossible, match=said):
        withdraw(network, number, by="b@example.org", reason=reason)
    assert len(amounts(network)) == 1


def test_nothing_is_withdrawn_twice(network: Database) -> None:
    sent = send(network)
    withdraw(network, sent.receipt, by="b@example.org", reason="Wrong")
    with pytest.raises(NotPossible, match=r"was withdrawn already, by b@example\.org"):
        withdraw(network, sent.receipt, by="c@example.org", reason="Wrong")


def test_what_counted_at_an_earlier_moment_can_be_stated(network: Database) -> None:
    send(network, "100", now=datetime(2026, 10, 1))
    second = send(network, "250", now=datetime(2026, 10, 10))
    withdraw(network, second.receipt, by="b", reason="Wrong", now=datetime(2026, 10, 12))
    assert amounts(network, datetime(2026, 9, 30)) == []
    assert amounts(network, datetime(2026, 10, 1)) == [Decimal(100)]
    assert amounts(network, datetime(2026, 10, 11)) == [Decimal(250)]
    assert amounts(network, datetime(2026, 10, 12)) == [Decimal(100)]


def test_the_rows_that_count_now_are_a_view(network: Database) -> None:
    send(network, "100")
    send(network, "250")
    with network.cursor() as cursor:
        found = cursor.execute("select member_id, period, amount_gbp from spend_current").fetchall()
    assert found == [("council", SEPTEMBER, Decimal("250.00"))]


def test_the_original_comes_back_byte_for_byte_and_is_kept_once(network: Database) -> None:
    first, second = send(network, "100"), send(network, "100", member_id="hospital")
    expected = ("spend.csv", b"supplier_name,amount_gbp\nSample Ltd,100\n")
    assert original(network, first.receipt) == original(network, second.receipt) == expected
    with network.cursor() as cursor:
        assert cursor.execute("select count(*), max(length) from originals").fetchall() == [(1, 40)]


def test_findings_of_an_accepted_file_can_be_had_back(network: Database) -> None:
    sent = send(network)
    with network.writing() as cursor:
        cursor.executemany(
            "insert into findings "
            "values (?, 'future_date', 'warning', ?, 'Paid on', ?, ?, ?, null)",
            [
                [sent.submission_id, 9, "2027-01-01", "is in the future", "Check the year."],
                [sent.submission_id, 4, "2027-02-01", "is in the future", "Check the year."],
                [sent.submission_id + 1, 5, "2027-03-01", "is in the future", "Check the year."],
            ],
        )
    found = findings_of(network, sent.receipt)
    assert list(found.line) == [4, 9]
    assert list(found.columns) == [
        "rule", "severity", "sheet", "line", "column", "value", "message", "cure",
    ]  # fmt: skip


def test_a_nil_return_sent_twice_is_recognised(network: Database) -> None:
    def nil() -> Receipt:
        return send_nil(network, SPEND, member_id="council", period=SEPTEMBER, by="a", now=LATE)

    first, second = nil(), nil()
    assert (first.already, second.already) == (False, True)
    assert first.receipt == second.receipt
    assert len(history(network)) == 1


@pytest.mark.of_a_file  # a table is taken out of it
def test_a_nil_return_is_added_up_in_its_own_transaction(network: Database) -> None:
    with network.writing() as cursor:
        cursor.execute("drop table spend_facts")
    with pytest.raises(CatalogException, match="spend_facts"):
        send_nil(network, SPEND, member_id="council", period=SEPTEMBER, by="a")
    assert history(network).empty


def test_history_can_be_narrowed_and_says_what_was_late(network: Database) -> None:
    send(network, "1", now=ON_TIME)
    send(network, "2", now=LATE)
    send(network, "3", member_id="hospital", period=date(2026, 8, 1))
    told = history(network, member_id="council", return_name="spend", period=SEPTEMBER)
    assert list(told.late) == [True, False]  # the latest first
    assert list(told.period) == [SEPTEMBER] * 2
    assert told.totals[0] == {"amount_gbp": Decimal("2")}
    assert list(history(network, member_id="hospital").member) == ["Sample Hospital"]
    assert history(network, return_name="retention").empty


# --- what changed ---


def test_history_says_what_the_one_before_held(network: Database) -> None:
    send(network, "100.00")
    send(network, "250.00", now=LATE)
    send(network, "70.00", member_id="hospital")
    latest, hospital, first = history(network).to_dict("records")
    assert (latest["receipt_before"], latest["rows_before"]) == ("R000001", 1)
    assert latest["totals_before"] == {"amount_gbp": Decimal("100.00")}
    for alone in (hospital, first):
        assert alone["receipt_before"] is None
        assert pd.isna(alone["rows_before"])
        assert alone["totals_before"] is None


def test_a_return_takes_the_place_of_what_counted_then(network: Database) -> None:
    receipts = []
    for day in (1, 3, 5, 7):
        receipts.append(send(network, f"{day}.00", now=datetime(2026, 10, day)).receipt)
        if day == 3:  # the first counts again
            withdraw(network, receipts[-1], by="a", reason="Wrong", now=datetime(2026, 10, 4))
        if day == 5:
            for receipt in (receipts[0], receipts[-1]):
                withdraw(network, receipt, by="a", reason="Wrong", now=datetime(2026, 10, 6))
    before = [row["receipt_before"] for row in history(network).to_dict("records")]
    assert before == [None, receipts[0], receipts[0], None]  # the latest first
    assert [*history(network)["state"]] == ["counted", *["withdrawn"] * 3]


def test_lines_are_compared_one_by_one_and_equal_lines_are_counted(network: Database) -> None:
    first, second = send(network, "100.00"), send(network, "250.00", now=LATE)
    with network.writing() as cursor:
        for submission_id, amount in ((1, "5"), (1, "5"), (2, "5"), (2, "100.00")):
            cursor.execute(
                "insert into spend_rows (submission_id, line, amount_gbp) values (?, 9, ?)",
                [submission_id, amount],
            )
    # First: 100, 5, 5. Second: 250, 5, 100.
    assert lines_changed(network, second.receipt, first.receipt) == (1, 1)
    hires = send(network, return_name="local_hires")
    with pytest.raises(NotPossible, match="are of different returns"):
        lines_changed(network, hires.receipt, first.receipt)


# --- closed months ---

DUE = date(2026, 10, 20)
CLOSED = DueDates(DUE, date(2026, 10, 25), date(2026, 11, 30))


def test_the_usual_dates_close_nothing(network: Database) -> None:
    send(network, now=datetime(2030, 1, 1))
    assert own_dates(network) == {}


def test_a_month_with_dates_of_its_own_closes_to_new_returns(network: Database) -> None:
    set_due_dates(network, SEPTEMBER, CLOSED, by="c@example.org")
    send(network, now=datetime(2026, 10, 25, 23, 59))  # the last day is included
    with pytest.raises(
        NotPossible,
        match=r"September 2026 closed to new returns on 25 October 2026, so nothing was changed\. "
        "Ask your network's coordinator to open it again",
    ):
        send(network, member_id="hospital", now=datetime(2026, 10, 26))
    nil = {"member_id": "hospital", "period": SEPTEMBER, "by": "a@example.org"}
    with pytest.raises(NotPossible, match="closed to new returns"):
        send_nil(network, SPEND, now=datetime(2026, 10, 26), **nil)
    assert len(history(network)) == 1


def test_corrections_close_later_and_withdrawals_with_them(network: Database) -> None:
    set_due_dates(network, SEPTEMBER, CLOSED, by="c@example.org")
    send(network)
    send(network, "5.00", now=datetime(2026, 11, 30, 12))
    with pytest.raises(NotPossible, match="closed to corrections on 30 November 2026"):
        send(network, "6.00", now=datetime(2026, 12, 1))
    with pytest.raises(NotPossible, match="closed to corrections on 30 November 2026"):
        withdraw(network, "R000001", by="a@example.org", reason="why", now=datetime(2026, 12, 1))


def test_sending_again_after_withdrawing_is_a_correction(network: Database) -> None:
    set_due_dates(network, SEPTEMBER, CLOSED, by="c@example.org")
    first = send(network)
    withdraw(network, first.receipt, by="a@example.org", reason="wrong", now=datetime(2026, 11, 1))
    assert send(network, "5.00", now=datetime(2026, 11, 2)).receipt == "R000002"


def test_other_months_stay_open(network: Database) -> None:
    set_due_dates(network, SEPTEMBER, CLOSED, by="c@example.org")
    send(network, period=date(2026, 8, 1), now=datetime(2027, 1, 1))


def test_a_month_is_closed_at_once_and_opened_again(network: Database) -> None:
    now = datetime(2026, 10, 22, 15)
    assert close_period(network, SEPTEMBER, by="c@example.org", now=now) == DueDates(
        DUE, date(2026, 10, 21), date(2026, 10, 21)
    )
    with pytest.raises(NotPossible, match="closed to new returns on 21 October 2026"):
        send(network, now=now)
    assert open_period(network, SEPTEMBER, 14, by="c@example.org", now=now) == DueDates(
        DUE, date(2026, 11, 5), date(2026, 11, 5)
    )
    assert send(network, now=now).receipt == "R000001"


def test_a_month_cannot_be_closed_before_it_is_due(network: Database) -> None:
    with pytest.raises(NotPossible, match="is due on 20 October 2026 and can be closed from the"):
        close_period(network, SEPTEMBER, by="c@example.org", now=datetime(2026, 10, 20, 12))
    assert own_dates(network) == {}


# --- on behalf ---


def test_what_is_sent_for_a_member_says_so_in_history_and_on_the_receipt(network: Database) -> None:
    send(network)
    nil = send_nil(
        network, SPEND, member_id="hospital", period=SEPTEMBER, by="c@example.org", on_behalf=True
    )
    assert nil.on_behalf
    assert receipt_of(network, nil.receipt) == nil
    assert dict(zip(history(network).receipt, history(network).on_behalf, strict=True)) == {
        "R000001": False,
        "R000002": True,
    }


def test_what_counts_is_what_was_recorded_last_though_the_clock_went_back(
    network: Database,
) -> None:
    back = ON_TIME - timedelta(days=3)
    first, second = send(network, "100.00"), send(network, "200.00", now=back)
    with network.cursor() as cursor:
        now_counted = counted(cursor, "council", "spend", SEPTEMBER)
    assert now_counted is not None
    assert now_counted.receipt == second.receipt
    states = history(network, "council").set_index("receipt")["state"]
    assert states.to_dict() == {first.receipt: "superseded", second.receipt: "counted"}
    # A role that was taken is taken, who was removed is out, leave that was ended is ended.
    ada = "ada@example.org"
    record_person(network, ada, "Ada", {("coordinator", None)}, by=ada, now=ON_TIME)
    record_person(network, ada, "Ada", {("comms", None)}, by=ada, now=back)
    found = account(network, ada)
    assert found is not None
    assert found.grants == {("comms", None)}
    remove_person(network, ada, by=ada, now=back)
    assert account(network, ada) is None
    record_leave(network, "council", True, by=ada, now=ON_TIME)
    record_leave(network, "council", False, by=ada, now=back)
    assert not has_leave(network, "council")
