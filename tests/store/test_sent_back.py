"""Returns sent back with a question: they count, until a correction comes or it is taken back."""

from datetime import datetime
from decimal import Decimal

import pytest

from anchornet.store import audit, sent_back
from anchornet.store.database import Database
from anchornet.store.network import NotPossible, close_period
from anchornet.store.returns_status import returns_board
from anchornet.store.submissions import withdraw
from tests.store.test_submissions import ON_TIME, SEPTEMBER, amounts, send

BY, ASKED = "coordinator@example.org", datetime(2026, 11, 3, 9)


def asked(database: Database) -> list[tuple[str, str]]:
    return [(one.receipt, one.reason) for one in sent_back.waiting(database)]


def on_board(database: Database, as_at: datetime | None = None) -> set[tuple[str, str]]:
    board = returns_board(database, SEPTEMBER, as_at)
    marked = board[board["sent_back"]]
    return {*zip(marked["member_id"], marked["return_name"], strict=True)}


def test_what_is_sent_back_counts_until_a_correction_takes_its_place(network: Database) -> None:
    first = send(network, "100.00", now=ON_TIME).receipt
    send(network, "5.00", member_id="hospital", now=ON_TIME)
    sent_back.send_back(network, first, by=BY, reason="Is  this\na month?", now=ASKED)
    assert asked(network) == [(first, "Is this a month?")]
    (one,) = sent_back.of_member(network, "council")
    assert (one.sent_back_by, one.sent_back_at, one.period) == (BY, ASKED, SEPTEMBER)
    assert sent_back.of_member(network, "hospital") == []
    assert on_board(network) == {("council", "spend")}
    assert on_board(network, datetime(2026, 11, 2)) == set()
    assert sorted(amounts(network)) == [Decimal("5.00"), Decimal("100.00")]
    sent_back.send_back(network, first, by=BY, reason="And VAT?", now=datetime(2026, 11, 4))
    assert asked(network) == [(first, "And VAT?")]
    second = send(network, "90.00", now=datetime(2026, 11, 5)).receipt
    assert (asked(network), on_board(network)) == ([], set())
    # Without the correction the question stands as before.
    withdraw(network, second, by="a", reason="Wrong", now=datetime(2026, 11, 6))
    assert asked(network) == [(first, "And VAT?")]
    did = audit.trail(network)
    lines = did[did["did"] == "sent a return back"][["who", "about", "member_id"]]
    assert lines.to_numpy().tolist() == [
        [BY, f"{first}: And VAT?", "council"],
        [BY, f"{first}: Is this a month?", "council"],
    ]


def test_a_question_is_taken_back_once(network: Database) -> None:
    first = send(network, now=ON_TIME).receipt
    sent_back.send_back(network, first, by=BY, reason="Why?", now=ASKED)
    sent_back.take_back(network, first.lower(), by=BY, now=datetime(2026, 11, 4))
    assert (asked(network), on_board(network)) == ([], set())
    with pytest.raises(NotPossible, match="is not sent back"):
        sent_back.take_back(network, first, by=BY)
    assert "took back a question" in set(audit.trail(network)["did"])


def test_only_what_counts_and_can_be_corrected_is_sent_back(network: Database) -> None:
    first = send(network, "1.00", now=ON_TIME).receipt
    second = send(network, "2.00", now=ON_TIME).receipt
    refused = [
        (first, "Why?", f"{first} no longer counts: {second} counts in its place."),
        (second, "  ", "Say what you ask"),
        (second, "a" * 501, "500 letters at most"),
        ("R999999", "Why?", "There is no receipt"),
    ]
    for receipt, reason, why in refused:
        with pytest.raises(NotPossible, match=why):
            sent_back.send_back(network, receipt, by=BY, reason=reason, now=ASKED)
    close_period(network, SEPTEMBER, by=BY, now=datetime(2026, 11, 2))
    with pytest.raises(NotPossible, match="closed to corrections"):
        sent_back.send_back(network, second, by=BY, reason="Why?", now=ASKED)
    assert asked(network) == []
