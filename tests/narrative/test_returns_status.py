"""Where returns stand, in words."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pandas as pd
import pytest

from anchornet import formatting
from anchornet.narrative import returns_status
from anchornet.store.network import DueDates
from anchornet.store.submissions import Receipt

SEPTEMBER = date(2026, 9, 1)
DUE = date(2026, 10, 20)
DATES = DueDates(DUE, date(2026, 11, 14), date(2027, 1, 28))
NAMES = ("living_wage", "local_hires", "retention", "spend")


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (date(2026, 10, 11), "due in 9 days"),
        (date(2026, 10, 18), "due in 2 days"),
        (date(2026, 10, 19), "due tomorrow"),
        (date(2026, 10, 20), "due today"),
        (date(2026, 10, 21), "1 day late"),
        (date(2026, 10, 23), "3 days late"),
        (date(2029, 10, 20), "1,096 days late"),  # three years, 2028 a leap year
    ],
)
def test_a_due_date_is_said_as_people_say_it(today: date, said: str) -> None:
    assert formatting.due(DUE, today) == said


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (
            date(2026, 11, 14),
            "Takes new returns until 14 November 2026 and corrections until 28 January 2027.",
        ),
        (
            date(2026, 11, 15),
            "Closed to new returns since 14 November 2026; takes corrections until "
            "28 January 2027.",
        ),
        (
            date(2027, 1, 29),
            "Closed since 28 January 2027; ask the coordinator if something must still change.",
        ),
    ],
)
def test_dates_that_bind_say_until_when_and_others_that_later_ones_are_taken(
    today: date, said: str
) -> None:
    binding = replace(DATES, binding=True)
    assert returns_status.three_dates(binding, today) == f"Due on 20 October 2026. {said}"
    assert returns_status.three_dates(DATES, today).endswith("; later ones are still taken.")


@pytest.mark.parametrize(
    ("amount", "said"), [("1234.5", "£1,234.50"), ("-5", "-£5.00"), ("0", "£0.00")]
)
def test_pence_are_never_rounded_away(amount: str, said: str) -> None:
    assert formatting.pence(Decimal(amount)) == said


def test_a_member_is_told_what_it_has_to_send_and_by_when() -> None:
    late = date(2026, 10, 23)
    two = returns_status.owed("Sample College", ["retention", "spend"], SEPTEMBER, DUE, late)
    assert two == (
        "Sample College has two returns to send for September 2026, 3 days late: "
        "retention and spend with suppliers."
    )
    one = returns_status.owed("Sample College", ["living_wage"], SEPTEMBER, DUE, DUE)
    assert one == (
        "Sample College has one return to send for September 2026, due today: "
        "Real Living Wage accreditation."
    )
    done = returns_status.owed("Sample College", [], SEPTEMBER, DUE, DUE)
    assert done == "Sample College has sent every return for September 2026."


@pytest.mark.parametrize(
    ("state", "late", "said"),
    [
        ("not_started", False, "Not started, due tomorrow"),
        ("withdrawn", False, "Withdrawn, due tomorrow"),
        ("sent", False, "Sent"),
        ("sent_late", True, "Sent late"),
        ("nil", True, "Nil return, first sent late"),
        ("corrected", True, "Corrected, first sent late"),
        ("corrected", False, "Corrected"),
    ],
)
def test_a_state_is_a_word_with_what_is_still_open(state: str, late: bool, said: str) -> None:
    row = pd.Series({"state": state, "late": late})
    assert returns_status.state(row, DUE, date(2026, 10, 19)) == said


def sent(**more: object) -> "pd.Series[object]":
    row = {
        "receipt": "R000002",
        "return_name": "spend",
        "member": "Sample <b>College",
        "period": SEPTEMBER,
        "state": "counted",
        "nil": False,
        "rows": 10,
        "totals": {"amount_gbp": Decimal("900.50")},
        "receipt_before": "R000001",
        "rows_before": 12,
        "totals_before": {"amount_gbp": Decimal("2100.50")},
        "warnings": 0,
        "note": None,
        "file_name": "spend.csv",
        "sha256": "ab12",
        "submitted_by": "a@example.org",
        "on_behalf": False,
        "accepted_at": datetime(2026, 10, 5, 9, 30),
        "withdrawn_at": None,
        "withdrawn_by": None,
        "reason": None,
    }
    return pd.Series(row | more, dtype=object)


def test_a_change_is_told_in_rows_and_pounds_against_the_one_before() -> None:
    assert returns_status.change(sent()) == "Against R000001: 2 rows fewer; Amount £1,200.00 less"
    assert returns_status.change(sent(rows=13)) == (
        "Against R000001: 1 row more; Amount £1,200.00 less"
    )
    same = sent(rows=12, totals={"amount_gbp": Decimal("2100.50")})
    assert returns_status.change(same) == "Against R000001: same rows and totals"
    assert (
        returns_status.change(sent(receipt_before=None, rows_before=None, totals_before=None)) == ""
    )


def test_a_change_of_people_is_told_as_a_number() -> None:
    row = sent(
        return_name="local_hires",
        rows=12,
        totals={"starts": Decimal(12)},
        totals_before={"starts": Decimal(9)},
    )
    assert returns_status.change(row) == "Against R000001: Starts 3 more"


def test_totals_carry_no_needless_noughts() -> None:
    sums = {"starts": Decimal(1200), "starts_fte": Decimal("47.8000")}
    assert (
        returns_status.totals("local_hires", sums)
        == "Starts 1,200, Starts, full-time equivalent 47.8"
    )
    assert returns_status.totals("spend", {"amount_gbp": Decimal("5")}) == "Amount £5.00"


def test_lines_changed_agree_in_number() -> None:
    assert (
        returns_status.lines_changed(0, 0, "R1") == "Line by line against R1: nothing is different."
    )
    assert returns_status.lines_changed(1, 1, "R1") == (
        "Line by line against R1: 1 is new or different, 1 is no longer there as it was."
    )
    assert returns_status.lines_changed(5, 0, "R1") == (
        "Line by line against R1: 5 are new or different, 0 are no longer there as they were."
    )


def test_a_reminder_names_the_returns_the_month_and_the_due_date() -> None:
    before = returns_status.reminder(
        "Sample College", ["spend"], SEPTEMBER, DUE, date(2026, 10, 19), "Sample Network"
    )
    assert before.startswith(
        "Hello,\n\nThis return of Sample College for September 2026 has not come yet; "
        "it is due on 20 October 2026 (tomorrow):\n\n- Spend with suppliers\n\nPlease send it on"
    )
    after = returns_status.reminder(
        "Sample College",
        ["spend", "retention"],
        SEPTEMBER,
        DUE,
        date(2026, 10, 23),
        "Sample Network",
    )
    assert "have not come yet; they were due on 20 October 2026 (3 days late):" in after
    assert after.endswith("Sample Network\n")


def test_a_receipt_says_everything() -> None:
    facts = returns_status.receipt_facts(
        sent(on_behalf=True, warnings=2, note="They are <i>two payments</i>.")
    )
    assert facts["Member"] == "Sample <b>College"
    assert facts["Sent by"] == "a@example.org (the coordinator, on the member's behalf)"
    assert "£900.50" in facts.values()
    assert facts["Accepted with"] == "2 things to look at: They are <i>two payments</i>."
    nil = returns_status.receipt_facts(sent(nil=True, sha256=None))
    assert nil["File"] == "None: a nil return, nothing to report"
    assert "SHA-256 of the file" not in nil


def test_only_a_members_own_people_read_what_a_receipt_takes_the_place_of() -> None:
    row = sent()
    assert row["receipt_before"] is not None
    change = returns_status.corrects(row)
    assert change.startswith(f"This takes the place of {row['receipt_before']}: ")
    assert returns_status.receipt_facts(row, own=True)["Takes the place of"] in change
    assert "Takes the place of" not in returns_status.receipt_facts(row)
    assert returns_status.corrects(sent(state="withdrawn")) == ""


def test_the_board_says_how_many_are_to_come() -> None:
    frame = pd.DataFrame(
        {
            "member_id": ["a", "a", "b", "b"],
            "member": ["Sample A", "Sample A", "Sample B", "Sample B"],
            "return_name": ["spend", "retention", "spend", "retention"],
            "receipt": ["R1", None, "R2", "R3"],
        }
    )
    said = returns_status.board(frame, SEPTEMBER, DUE, date(2026, 10, 21))
    assert said == (
        "One return for September 2026 is still to come, 1 day late; "
        "one of two members has something to send."
    )
    assert returns_status.to_chase(frame) == {"a": ("Sample A", ["retention"])}
    frame["receipt"] = "R9"
    assert (
        returns_status.board(frame, SEPTEMBER, DUE, DUE) == "Every return for September 2026 is in."
    )
    assert returns_status.to_chase(frame) == {}


def test_what_was_received_agrees_in_number() -> None:
    receipts = [
        Receipt(f"R00000{number}", number, "homes", "spend", date(2026, month, 1), 2, {}, None,
                datetime(2026, 10, 5))
        for number, month in ((1, 8), (2, 9))
    ]  # fmt: skip
    assert returns_status.received(receipts[:1], "Sample Homes") == (
        "Received from Sample Homes: spend with suppliers for August 2026. It counts from now on."
    )
    assert returns_status.received(receipts, "Sample Homes") == (
        "Received from Sample Homes: spend with suppliers for August 2026 and spend with suppliers "
        "for September 2026. They count from now on."
    )
