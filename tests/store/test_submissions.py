from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from anchornet.returns.declaration import RETURNS
from anchornet.store.database import Database
from anchornet.store.network import DueDates, NotPossible, add_member, set_due_dates
from anchornet.store.submissions import (
    Receipt,
    append_submission,
    counted,
    findings_of,
    history,
    keep_original,
    original,
    receipt,
    returns_board,
    send_nil,
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
        keep_original(cursor, amount, len(data), pa.compress(data, codec="zstd", asbytes=True))
        sent = append_submission(
            cursor,
            member_id=member_id,
            return_=RETURNS[return_name],
            period=period,
            by="a.sender@example.org",
            now=now,
            file_name="spend.csv",
            sha256=amount,
            rows=1,
            totals={"amount_gbp": Decimal(amount)} if return_name == "spend" else {},
        )
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


def state(board_of: Database, as_at: datetime, member_id: str = "council") -> str:
    board = returns_board(board_of, SEPTEMBER, as_at)
    row = board[(board.member_id == member_id) & (board.return_name == "spend")]
    return str(row.state.item())


def test_a_receipt_can_be_had_back_as_it_was_given(network: Database) -> None:
    sent = send(network, "1234.50")
    assert receipt(network, sent.receipt) == sent
    assert receipt(network, f" {sent.receipt.lower()} ") == sent
    assert sent.totals == {"amount_gbp": Decimal("1234.50")}


def test_an_unknown_receipt_is_said_to_be_unknown(network: Database) -> None:
    with pytest.raises(NotPossible, match="There is no receipt R999999"):
        receipt(network, "R999999")


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
            "insert into findings values (?, 'future_date', 'warning', ?, 'Paid on', ?, ?, ?)",
            [
                [sent.submission_id, 9, "2027-01-01", "is in the future", "Check the year."],
                [sent.submission_id, 4, "2027-02-01", "is in the future", "Check the year."],
                [sent.submission_id + 1, 5, "2027-03-01", "is in the future", "Check the year."],
            ],
        )
    found = findings_of(network, sent.receipt)
    assert list(found.line) == [4, 9]
    assert list(found.columns) == [
        "rule", "severity", "line", "column", "value", "message", "cure",
    ]  # fmt: skip


def test_a_nil_return_is_not_a_missing_return(network: Database) -> None:
    as_at = datetime(2026, 11, 1)
    assert state(network, as_at) == "missing"
    sent = send_nil(
        network, SPEND, member_id="council", period=SEPTEMBER, by="a@example.org", now=ON_TIME
    )
    assert state(network, as_at) == "nil"
    assert (sent.rows, sent.totals, sent.sha256) == (0, {"amount_gbp": Decimal(0)}, None)
    with pytest.raises(NotPossible, match="no file came with it"):
        original(network, sent.receipt)


def test_a_nil_return_sent_twice_is_recognised(network: Database) -> None:
    def nil() -> Receipt:
        return send_nil(network, SPEND, member_id="council", period=SEPTEMBER, by="a", now=LATE)

    first, second = nil(), nil()
    assert (first.already, second.already) == (False, True)
    assert first.receipt == second.receipt
    assert len(history(network)) == 1


def test_a_nil_return_is_added_up_in_its_own_transaction(network: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        send_nil(
            network,
            SPEND,
            member_id="council",
            period=SEPTEMBER,
            by="a",
            then=lambda cursor, numbers: 1 / 0,  # type: ignore[arg-type, return-value]
        )
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


def test_the_board_tells_on_time_from_late_from_corrected(network: Database) -> None:
    as_at = datetime(2026, 12, 1)
    send(network, "1", now=ON_TIME)
    send(network, "1", member_id="hospital", now=LATE)
    assert (state(network, as_at), state(network, as_at, "hospital")) == ("on_time", "late")
    send(network, "2", now=LATE)
    assert state(network, as_at) == "corrected"
    board = returns_board(network, SEPTEMBER, as_at)
    late = board[board.return_name == "spend"].set_index("member_id").late
    assert late.to_dict() == {"council": False, "hospital": True}  # a correction is not late


def test_what_is_withdrawn_is_missing_again(network: Database) -> None:
    sent = send(network, now=ON_TIME)
    withdraw(network, sent.receipt, by="b", reason="Wrong", now=datetime(2026, 11, 5))
    assert state(network, datetime(2026, 11, 4)) == "on_time"
    assert state(network, datetime(2026, 11, 5)) == "missing"


def test_before_the_due_date_has_passed_nothing_is_missing(network: Database) -> None:
    assert state(network, ON_TIME) == "not_due"
    assert state(network, LATE) == "missing"
    own = DueDates(date(2026, 11, 3), date(2026, 11, 30), date(2026, 12, 31))
    set_due_dates(network, SEPTEMBER, own, by="coordinator")
    assert state(network, datetime(2026, 11, 3, 12)) == "not_due"


def test_the_board_has_a_row_for_each_member_and_return(network: Database) -> None:
    board = returns_board(network, SEPTEMBER)
    assert list(zip(board.member_id, board.return_name, strict=True)) == [
        (member, name)
        for member in ("council", "hospital")  # by name: Sample City Council, Sample Hospital
        for name in ("living_wage", "local_hires", "retention", "spend")
    ]


def test_a_member_owes_returns_for_the_months_it_ends_inside_the_network(
    network: Database,
) -> None:
    add_member(
        network,
        "college",
        "Sample College",
        "college",
        starts_on=date(2026, 8, 15),
        ends_on=date(2026, 9, 30),
        now=datetime(2020, 1, 1),
    )
    owed = {
        month: "college" in set(returns_board(network, date(2026, month, 1)).member_id)
        for month in (7, 8, 9, 10)
    }
    assert owed == {7: False, 8: True, 9: True, 10: False}


def test_without_a_period_the_board_runs_from_the_first_sent_to_the_last_month_ended(
    network: Database,
) -> None:
    as_at = datetime(2026, 10, 25)
    assert set(returns_board(network, as_at=as_at).period) == {SEPTEMBER}
    send(network, period=date(2026, 6, 1), now=datetime(2026, 7, 1))
    assert set(returns_board(network, as_at=as_at).period) == {
        date(2026, month, 1) for month in (6, 7, 8, 9)
    }
