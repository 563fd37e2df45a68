"""Where returns stand: on the network's board, and in a member's own month."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from anchornet.intake.submit import send_nil
from anchornet.returns.declaration import RETURNS
from anchornet.store.database import Database
from anchornet.store.network import DueDates, NotPossible, add_member, set_due_dates
from anchornet.store.returns_status import own_returns, returns_board
from anchornet.store.submissions import original, withdraw
from tests.store.test_submissions import LATE, ON_TIME, SEPTEMBER, SPEND, send


def state(board_of: Database, as_at: datetime, member_id: str = "council") -> str:
    board = returns_board(board_of, SEPTEMBER, as_at)
    row = board[(board.member_id == member_id) & (board.return_name == "spend")]
    return str(row.state.item())


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
    set_due_dates(network, SEPTEMBER, own, by="coordinator", now=datetime(2026, 10, 30))
    assert state(network, datetime(2026, 11, 3, 12)) == "not_due"
    # What was missing before the dates were set was missing then.
    assert state(network, LATE) == "missing"


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


# --- a member's own month ---


def own_state(network: Database, as_at: datetime = LATE) -> tuple[str, bool, str | None]:
    frame = own_returns(network, "council", SEPTEMBER, as_at)
    assert list(frame.return_name) == [name for name in RETURNS if RETURNS[name].is_owed(SEPTEMBER)]
    row = frame[frame.return_name == "spend"].iloc[0]
    return row["state"], bool(row["late"]), row["receipt"]


def test_a_return_goes_through_its_states(network: Database) -> None:
    assert own_state(network) == ("not_started", False, None)
    send(network)
    assert own_state(network) == ("sent", False, "R000001")
    send(network, "5.00", now=LATE)
    assert own_state(network) == ("corrected", False, "R000002")
    withdraw(network, "R000002", by="a@example.org", reason="wrong", now=LATE)
    assert own_state(network) == ("sent", False, "R000001")
    withdraw(network, "R000001", by="a@example.org", reason="wrong", now=LATE)
    assert own_state(network) == ("withdrawn", False, None)
    send(network, "6.00", now=LATE)
    assert own_state(network) == ("sent_late", True, "R000003")
    sent = {"member_id": "council", "period": SEPTEMBER, "by": "a@example.org"}
    send_nil(network, SPEND, now=LATE, **sent)
    assert own_state(network) == ("nil", True, "R000004")
    assert own_state(network, as_at=datetime(2026, 10, 1)) == ("not_started", False, None)
