"""A total beyond what is usual for a member asks for a sentence, and says it in words."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from anchornet.intake.preview import preview, sums_beside
from anchornet.intake.submit import NotAccepted, send_nil, submit
from anchornet.periods import add_months
from anchornet.returns.declaration import RETURNS
from anchornet.store.database import Database
from anchornet.store.submissions import Receipt, findings_of, history, withdraw

SPEND = RETURNS["spend"]
NOW = datetime(2026, 11, 2, 9)
JANUARY = date(2026, 1, 1)


def file(*months: tuple[date, str]) -> bytes:
    lines = [f"Sample Joinery Ltd,{month},{pounds}" for month, pounds in months]
    return "\n".join(["supplier_name,paid_on,amount_gbp", *lines]).encode()


def send(network: Database, *months: tuple[date, str], **options: str) -> list[Receipt]:
    return submit(
        network,
        SPEND,
        file(*months),
        "spend.csv",
        member_id=options.pop("member_id", "council"),
        by="a@sample.example.org",
        each=True,
        now=NOW,
        **options,
    )


def course(*pounds: str) -> list[tuple[date, str]]:
    return [(add_months(JANUARY, place), it) for place, it in enumerate(pounds)]


@pytest.fixture
def six(network: Database) -> Database:
    """Six months of 10, 12, 10, 12, 10 and 12 million: mean 11, each 2 from the one before, so
    that 11 ± 5.32 million are usual."""
    for month in course("10e6", "12e6", "10e6", "12e6", "10e6", "12e6"):
        send(network, (month[0], month[1].replace("e6", "000000")))
    return network


JULY = date(2026, 7, 1)


def test_a_jump_asks_for_a_sentence_and_is_kept_with_it(six: Database) -> None:
    with pytest.raises(NotAccepted, match="has 1 thing to look at") as refused:
        send(six, (JULY, "91000000"))
    (finding,) = refused.value.summary["findings"]
    assert (finding["rule"], finding["line"]) == ("unusual_total", None)
    assert finding["message"] == (
        "£91.0m in July 2026 is more than the £5.68m to £16.3m usual for you"
    )
    (receipt,) = send(six, (JULY, "91000000"), accept_warnings="We bought a building.")
    assert list(findings_of(six, receipt.receipt)["rule"]) == ["unusual_total"]
    kept = history(six, period=JULY).iloc[0]
    assert (kept["warnings"], kept["note"]) == (1, "We bought a building.")


def test_both_ends_of_what_is_usual_are_usual(six: Database) -> None:
    for pounds in ("16320000.00", "5680000.00"):
        assert send(six, (JULY, pounds))
    with pytest.raises(NotAccepted):
        send(six, (JULY, "16320000.01"))
    with pytest.raises(NotAccepted) as refused:
        send(six, (JULY, "5679999.99"))
    assert refused.value.summary["findings"][0]["message"] == (
        "£5,679,999.99 in July 2026 is less than the £5,680,000.00 to £16,320,000.00 usual for you"
    )


def test_nothing_is_unusual_before_six_months_are_known(network: Database) -> None:
    for month in course("10", "12", "10", "12", "10"):
        send(network, month)
    assert send(network, (date(2026, 6, 1), "999999"))


def test_only_the_members_own_earlier_months_that_count_say_what_is_usual(six: Database) -> None:
    assert send(six, (JULY, "91000000"), member_id="hospital")
    assert send(six, (date(2025, 12, 1), "91000000"))
    withdraw(six, "R000001", by="a@sample.example.org", reason="Wrong file.")
    # February to June, and December: the moves are 79, 2, 2, 2 and 2 million about 24.5 million.
    assert send(six, (JULY, "70000000"))


def test_the_months_of_one_file_say_nothing_about_each_other(network: Database) -> None:
    months = course("10", "12", "10", "12", "10", "12", "999999")
    assert len(send(network, *months)) == 7


def test_of_several_months_each_keeps_its_own_warning(six: Database) -> None:
    august = date(2026, 8, 1)
    july, later = send(six, (JULY, "11000000"), (august, "91000000"), accept_warnings="A building.")
    assert findings_of(six, july.receipt).empty
    assert list(findings_of(six, later.receipt)["rule"]) == ["unusual_total"]
    kept = history(six).set_index("receipt")
    assert kept.loc[july.receipt, "warnings"] == 0
    assert kept.loc[later.receipt, "warnings"] == 1


def test_errors_come_first(six: Database) -> None:
    data = file((JULY, "91000000"), (JULY, "five"))
    looked = preview(six, SPEND, data, member_id="council", period=JULY)
    assert (looked.errors, looked.warnings) == (1, 0)


def test_people_are_counted_in_whole_numbers(network: Database) -> None:
    hires = RETURNS["local_hires"]

    def sent(month: date, starts: int) -> list[Receipt]:
        data = f"home_area,pathway,starts\nE05011366,standard,{starts}\n".encode()
        return submit(
            network, hires, data, "hires.csv",
            member_id="council", by="a@sample.example.org", period=month, now=NOW,
        )  # fmt: skip

    for place, starts in enumerate((3, 2, 3, 2, 3)):
        sent(add_months(JANUARY, place), starts)
    send_nil(
        network, hires, member_id="council", period=date(2026, 6, 1), by="a@sample.example.org"
    )
    # Mean 13/6 = 2.17, moves 1, 1, 1, 1 and 3: up to 2.17 + 2.66 × 1.4 = 5.89.
    assert sent(JULY, 5)
    with pytest.raises(NotAccepted) as refused:
        sent(JULY, 6)
    assert refused.value.summary["findings"][0]["message"] == (
        "6 in July 2026 is more than the 0 to 5 usual for you"
    )


def test_a_file_stands_beside_the_last_three_months_and_what_it_replaces(six: Database) -> None:
    beside = sums_beside(six, "spend", "council", [date(2026, 5, 1), JULY])
    assert [f"{it:%m}" for it in beside["period"]] == ["02", "03", "04", "05"]
    assert list(beside["receipt"]) == ["R000002", "R000003", "R000004", "R000005"]
    assert beside.iloc[-1]["totals"] == {"amount_gbp": Decimal("10000000.00")}
    assert sums_beside(six, "spend", "hospital", [JULY]).empty


def test_an_example_is_given_with_its_whole_row(network: Database) -> None:
    data = b"supplier_name,note,paid_on,amount_gbp\nA,x,2026-09-01,5\nB,y,31/06/2026,6\n"
    looked = preview(network, SPEND, data, member_id="council")
    assert looked.mapped.headings == ("supplier_name", "note", "paid_on", "amount_gbp")
    assert looked.neighbours == {3: ("B", "y", "31/06/2026", "6")}
