"""Registers become promises. What is expected of the published lists was counted with Python's csv
module alone, line by line; the rest is worked out by hand."""

import csv
import io
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from anchornet.intake.prepare_commitments import (
    COMMITMENTS,
    PURPOSES,
    Choices,
    ListFile,
    MeasureTotal,
    PreparedCommitments,
    choices_of,
    prepare_commitments,
    purpose_of,
)
from anchornet.returns.check import check_file
from anchornet.returns.columns import MappingError
from anchornet.returns.csv_reader import Refused
from anchornet.store.framework import SAMPLE, read_framework
from anchornet.store.framework_codes import for_check
from anchornet.store.network import NotPossible

FRAMEWORK = read_framework(SAMPLE.read_bytes())
QUARTER = date(2026, 12, 1)  # October to December
PLANNING = Path(__file__).parents[1] / "files" / "published" / "planning"
SOUTH_HAMS = ("south_hams_agreement", "south_hams_contribution", "transaction_a")
WEST_DEVON = ("west_devon_agreement", "west_devon_contribution", "transaction_b")
UNNAMED = choices_of(FRAMEWORK, [("", "infrastructure_contributions")])

AGREEMENTS = "developer-agreement,start-date,end-date,planning-application,developer-agreement-type"
CONTRIBUTIONS = (
    "developer-agreement-contribution,developer-agreement,contribution-purpose,amount,units"
)
TRANSACTIONS = (
    "developer-agreement-transaction,developer-agreement-contribution,"
    "contribution-funding-status,amount,units,start-date"
)
REGISTER = "Contract reference number,Title of agreement,Supplier name,Start date,End date"


def published(names: tuple[str, ...], choices: Choices | None = None) -> PreparedCommitments:
    files = [ListFile(f"{name}.csv", (PLANNING / f"{name}.csv").read_bytes()) for name in names]
    return prepare_commitments(
        FRAMEWORK, files, source="section_106", period=QUARTER, choices=choices
    )


def planning(
    *, agreements: str = "", contributions: str = "", transactions: str = "", **choices: str
) -> PreparedCommitments:
    lists = {
        "agreements.csv": (AGREEMENTS, agreements),
        "contributions.csv": (CONTRIBUTIONS, contributions),
        "transactions.csv": (TRANSACTIONS, transactions),
    }
    files = [
        ListFile(name, f"{headings}\n{rows}\n".encode())
        for name, (headings, rows) in lists.items()
        if rows
    ]
    return prepare_commitments(
        FRAMEWORK,
        files,
        source="section_106",
        period=QUARTER,
        choices=choices_of(FRAMEWORK, choices.items()),
    )


def register(*rows: str, headings: str = REGISTER) -> PreparedCommitments:
    file = ListFile("register.csv", "\n".join([headings, *rows]).encode())
    return prepare_commitments(FRAMEWORK, [file], source="contract", period=QUARTER)


def rows_of(prepared: PreparedCommitments) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(prepared.csv)))


def amounts(prepared: PreparedCommitments) -> list[tuple[str, str, str]]:
    return [(row["promised"], row["received"], row["delivered"]) for row in rows_of(prepared)]


def totals(prepared: PreparedCommitments) -> Mapping[str | None, MeasureTotal]:
    return {total.measure: total for total in prepared.totals}


def left_out(prepared: PreparedCommitments) -> dict[str, list[int]]:
    lines: dict[str, list[int]] = {}
    for group in prepared.left_out():
        lines.setdefault(group.file, []).extend(group.lines)
    return {file: sorted(numbers) for file, numbers in lines.items()}


def warnings(prepared: PreparedCommitments, file: str) -> dict[int | None, str]:
    """Line of the file -> the rule that leaves it out."""
    return {
        finding.line: finding.rule
        for finding in prepared.findings
        if finding.severity == "warning" and finding.sheet == file
    }


def rules(prepared: PreparedCommitments) -> list[str]:
    return [finding.rule for finding in prepared.findings]


# --- the published lists -------------------------------------------------------------------------


def test_south_hams_as_published_adds_up_to_the_penny() -> None:
    prepared = published(SOUTH_HAMS)
    assert prepared.rows == 16
    money, homes = (
        totals(prepared)[name] for name in ("infrastructure_contributions", "affordable_homes")
    )
    assert (money.promises, money.promised) == (11, Decimal("915094.75"))
    assert (homes.promises, homes.promised) == (5, 86)
    # No transaction is of these contributions: what was received isn't known, and not nought.
    assert {(row["received"], row["delivered"]) for row in rows_of(prepared)} == {("", "")}
    assert left_out(prepared) == {
        "south_hams_contribution.csv": [3, 7, 16, 17],  # 228,950.71 pounds and a play area
        "transaction_a.csv": list(range(2, 49)),
    }
    out = sum(p.amount or 0 for p in prepared.purposes if not p.measure and p.kind == "gbp")
    assert money.promised is not None
    assert out == Decimal("228950.71")
    assert out + money.promised == Decimal("1144045.46")  # all of the amounts in the file


def test_west_devon_as_published_adds_up_to_the_penny() -> None:
    prepared = published(WEST_DEVON)
    assert prepared.rows == 5
    money, homes = (
        totals(prepared)[name] for name in ("infrastructure_contributions", "affordable_homes")
    )
    assert (money.promises, money.promised) == (3, Decimal("219634.62"))  # all of them
    assert (homes.promises, homes.promised) == (2, 42)
    assert left_out(prepared) == {
        "west_devon_contribution.csv": [3, 8, 10, 12],
        "transaction_b.csv": list(range(2, 13)),
    }


def test_contributions_that_only_transactions_name_come_in_once_they_have_a_measure() -> None:
    south, west = published(SOUTH_HAMS, UNNAMED), published(WEST_DEVON, UNNAMED)
    money = totals(south)["infrastructure_contributions"]
    assert (money.promises, money.promised) == (29, Decimal("2372495.97"))
    # Of one 239,272.73 came in and 487,349.65 was spent: more must have come in before.
    assert (money.received, money.delivered) == (Decimal("933652.44"), Decimal("487349.65"))
    assert "spent_over_received" in rules(south)
    assert left_out(south)["transaction_a.csv"] == [
        *(6, 13, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 33, 35, 36, 37, 38, 48)
    ]
    money = totals(west)["infrastructure_contributions"]
    assert (money.promises, money.promised) == (10, Decimal("647984.93"))
    assert (money.received, money.delivered) == (Decimal("239890.49"), 0)
    assert left_out(west)["transaction_b.csv"] == [10, 11, 12]


def published_rows(name: str) -> list[list[str]]:
    """The lines of a list, so that line 2 of the file is at 2."""
    with (PLANNING / f"{name}.csv").open(encoding="cp1252", newline="") as file:
        return [[], *csv.reader(file)]


def test_every_line_of_the_published_lists_is_in_the_return_or_said() -> None:
    for agreements, contributions, transactions in (SOUTH_HAMS, WEST_DEVON):
        prepared = published((agreements, contributions, transactions))
        out = left_out(prepared)
        used = sum(purpose.contributions for purpose in prepared.purposes if purpose.measure)
        lines_out = out[f"{contributions}.csv"]
        assert used + len(lines_out) == len(published_rows(contributions)) - 2
        assert len(out[f"{transactions}.csv"]) == len(published_rows(transactions)) - 2
        # An agreement is in it, or is said to have nothing in it, or all it has is said.
        kept = {row["agreement_ref"] for row in rows_of(prepared)}
        said = {finding.value for finding in prepared.findings}
        said |= {published_rows(contributions)[line][1] for line in lines_out}
        for row in published_rows(agreements)[2:]:
            assert row[5].strip() in kept or row[0] in said, row
        assert all(finding.message and finding.cure for finding in prepared.findings)


def test_our_own_check_passes_what_the_published_lists_become() -> None:
    for names, asked in ((SOUTH_HAMS, ["delivered_over_twice"]), (WEST_DEVON, [])):
        prepared = published(names, UNNAMED)
        cursor = duckdb.connect()
        return_ = for_check(cursor, COMMITMENTS, FRAMEWORK)
        checked = check_file(cursor, return_, prepared.file, period=QUARTER)
        assert [finding.rule for finding in checked.findings()] == asked
        assert checked.rows == prepared.rows


# --- secured, received, spent --------------------------------------------------------------------

AGREEMENT = "A1,01/02/2026,,24/001/FUL,S106"
CONTRIBUTION = "A1-CON1,A1,Education,1000,"


def steps(*transactions: str, contributions: str = CONTRIBUTION) -> PreparedCommitments:
    rows = "\n".join(f"{n},{row}" for n, row in enumerate(transactions, 1))
    return planning(agreements=AGREEMENT, contributions=contributions, transactions=rows)


def test_secured_is_not_received_and_received_is_not_spent() -> None:
    prepared = steps(
        "A1-CON1,secured,1000,,01/02/2026",
        "a1-con1 ,Received,600,,01/05/2026",
        "A1-CON1,received,150.25,,01/06/2026",
        "A1-CON1,allocated,700,,01/07/2026",
        "A1-CON1,transferred,100,,01/08/2026",
        "A1-CON1,SPENT:,200,,01/09/2026",
    )
    assert amounts(prepared) == [("1000", "750.25", "200")]
    assert left_out(prepared) == {}


def test_what_was_only_secured_is_not_received_yet_and_without_a_transaction_nobody_knows() -> None:
    assert amounts(steps("A1-CON1,secured,1000,,01/02/2026")) == [("1000", "0", "0")]
    no_lists = planning(agreements=AGREEMENT, contributions=CONTRIBUTION)
    assert amounts(no_lists) == [("1000", "", "")]
    assert amounts(steps("A1-CON1,spent,300,,01/02/2026")) == [("1000", "", "300")]


def test_what_was_spent_may_be_written_below_zero_and_what_was_received_may_not() -> None:
    prepared = steps("A1-CON1,received,500,,01/02/2026", "A1-CON1,spent,-200,,01/03/2026")
    assert amounts(prepared) == [("1000", "500", "200")]
    assert "spent_below_zero" in rules(prepared)
    prepared = steps("A1-CON1,received,-500,,01/02/2026")
    assert amounts(prepared) == [("1000", "", "0")]
    assert "received_below_zero" in rules(prepared)
    prepared = steps("A1-CON1,received,500,,01/02/2026", "A1-CON1,spent,501,,01/03/2026")
    assert amounts(prepared) == [("1000", "", "501")]
    assert "spent_over_received" in rules(prepared)


def test_steps_after_the_quarter_wait_for_their_own() -> None:
    prepared = steps("A1-CON1,received,500,,31/12/2026", "A1-CON1,received,500,,01/01/2027")
    assert amounts(prepared) == [("1000", "500", "0")]
    (group,) = prepared.left_out()
    assert (group.lines, group.column, group.value) == ((3,), "start-date", "01/01/2027")
    assert group.reason == "01/01/2027 is after the quarter"


def test_homes_are_delivered_once_whatever_the_step_is_called() -> None:
    prepared = steps(
        "A1-CON1,received,,4,01/05/2026",
        "A1-CON1,transferred,,4,01/06/2026",
        contributions="A1-CON1,A1,Affordable Housing - Units On Site,0,6",
    )
    assert amounts(prepared) == [("6", "", "4")]


def test_contributions_of_one_agreement_and_measure_are_one_promise() -> None:
    prepared = steps(
        "A1-CON1,received,400,,01/05/2026",
        contributions="A1-CON1,A1,OSSR,1000,\nA1-CON1,A1,Education,500,\nA1-CON1,A1,Health,50,3",
    )
    assert [row["own_words"] for row in rows_of(prepared)] == ["Education; Health; OSSR"]
    assert amounts(prepared) == [("1550", "400", "0")]
    assert rules(prepared).count("no_measure_of_units") == 1  # three of something for health


def test_a_transaction_that_may_be_of_two_measures_is_said() -> None:
    prepared = planning(
        agreements=AGREEMENT,
        contributions="A1-CON1,A1,Education,1000,\nA1-CON1,A1,Tramway,500,",
        transactions="1,A1-CON1,received,400,,01/05/2026",
        Tramway="community_giving",
    )
    assert amounts(prepared) == [("500", "", ""), ("1000", "", "")]
    assert [group.reason for group in prepared.left_out()] == [
        "contributions of different measures have the reference A1-CON1, so nobody can say of "
        "which this is"
    ]


def test_a_transaction_that_cannot_be_used_is_said() -> None:
    prepared = steps(
        "A1-CON1,invoiced,500,,01/05/2026",
        "A1-CON1,received,lots,,01/05/2026",
        "A1-CON1,received,,,01/05/2026",
        "A1-CON1,received,5,5,01/05/2026",
        "A1-CON1,received,500,,spring",
        "B2-CON1,received,500,,01/05/2026",
        "A1-CON1,received,,5,01/05/2026",
    )
    assert amounts(prepared) == [("1000", "", "")]
    assert warnings(prepared, "transactions.csv") == {
        2: "status_not_read",
        3: "amount_not_read",
        4: "amount_not_read",
        5: "amount_not_read",
        6: "date_not_read",
        7: "no_contribution",
        8: "contribution_left_out",
    }


# --- agreements and contributions ----------------------------------------------------------------


def test_only_agreements_under_section_106_are_promises() -> None:
    kinds = ["S106", "section-106", "Section 106 Agreement", "", "Unilateral Undertaking"]
    kinds += ["Deed of variation", "CIL", "section-278", "Handshake"]
    prepared = planning(
        agreements="\n".join(f"A{n},01/02/2026,,{n},{kind}" for n, kind in enumerate(kinds)),
        contributions="\n".join(f"C{n},A{n},Education,10," for n in range(len(kinds))),
    )
    assert [row["agreement_ref"] for row in rows_of(prepared)] == ["0", "1", "2", "3", "4", "5"]
    assert warnings(prepared, "agreements.csv") == dict.fromkeys((8, 9, 10), "not_section_106")
    assert warnings(prepared, "contributions.csv") == dict.fromkeys(
        (8, 9, 10), "agreement_left_out"
    )


def test_an_agreement_has_its_dates_its_planning_reference_and_its_developer() -> None:
    file = ListFile(
        "agreements.csv",
        b"Developer Agreement,Site Name,Developer,Start Date,End Date,Planning Application(s)\n"
        b"A 1 ,Land at Mill Lane,Alder Homes,17/03/20,31/03/30,24/001/FUL \n"
        b"A2,,,17/03/20,17/03/20,\n",
    )
    contributions = f"{CONTRIBUTIONS}\nA1-CON1,A1 ,education,1000,\nA2-CON1,A2,education,5,\n"
    prepared = prepare_commitments(
        FRAMEWORK,
        [file, ListFile("contributions.csv", contributions.encode())],
        source="section_106",
        period=QUARTER,
    )
    names = ("agreement_ref", "agreement_title", "organisation_name", "starts_on", "ends_on")
    assert [tuple(row[name] for name in names) for row in rows_of(prepared)] == [
        ("24/001/FUL", "Land at Mill Lane", "Alder Homes", "2020-03-17", "2030-03-31"),
        ("A2", "Section 106 agreement A2", "Developer of A2", "2020-03-17", ""),
    ]


def test_a_contribution_that_cannot_be_used_is_said() -> None:
    prepared = planning(
        agreements=AGREEMENT,
        contributions="\n".join(
            [
                "A1-CON1,A1,Education,lots,",
                "A1-CON1,A1,Education,,",
                "A1-CON1,A1,Education,0,0",
                "A1-CON1,A1,Affordable housing,,many",
                "A1-CON1,A1,Tramway,1000,",
                "A1-CON1,A1,,1000,",
                "A1-CON1,A1,Education,,3",
                "B1-CON1,B1,Education,1000,",
            ]
        ),
    )
    assert prepared.csv == ""
    assert warnings(prepared, "contributions.csv") == {
        2: "amount_not_read",
        3: "nothing_promised",
        4: "nothing_promised",
        5: "units_not_read",
        6: "no_measure_of_pounds",
        7: "no_measure_of_pounds",
        8: "no_measure_of_units",
        9: "no_start_date",
    }


@pytest.mark.parametrize(
    ("text", "purpose"),
    [
        ("affordable-housing", "affordable-housing"),
        ("Affordable Housing - Financial Contribution", "affordable-housing"),
        ("OSSR", "open-space-and-leisure"),
        ("Off Site Play Contribution", "open-space-and-leisure"),
        ("MUGA", "open-space-and-leisure"),
        ("Health care ", "health"),
        ("Land for a primary school", "education"),
        ("Other - Cirl Bunting", "other"),
        ("Playhouse", None),
        ("Tramway Interpretation", None),
        ("", None),
    ],
)
def test_a_purpose_is_known_by_its_longest_words(text: str, purpose: str | None) -> None:
    assert (purpose_of(text) or {}).get("purpose") == purpose


def test_every_purpose_of_the_standard_is_known_and_its_measures_are_there() -> None:
    with (PLANNING / "contribution-purpose.csv").open(encoding="utf-8") as file:
        codes = [row["contribution-purpose"] for row in csv.DictReader(file)]
    assert [code for code in codes if not purpose_of(code)] == []
    assert {purpose["purpose"] for purpose in PURPOSES} <= set(codes)
    measures = {purpose.get(kind) for purpose in PURPOSES for kind in ("gbp", "units")}
    assert measures - {None} <= set(FRAMEWORK.measure_codes)


def test_whoever_prepares_it_chooses_another_measure_or_none() -> None:
    prepared = planning(
        agreements=AGREEMENT,
        contributions="C1,A1,Education,1000,\nC2,A1,Health,10,\nC3,A1,Tramway,5,",
        Education="community_giving",
        health="",
        TRAMWAY="infrastructure_contributions",
    )
    assert {row["measure"]: row["promised"] for row in rows_of(prepared)} == {
        "community_giving": "1000",
        "infrastructure_contributions": "5",
    }
    with pytest.raises(NotPossible, match="There is no measure 'kindness'"):
        planning(agreements=AGREEMENT, contributions=CONTRIBUTION, Education="kindness")


def test_pounds_are_never_of_a_measure_in_other_units() -> None:
    prepared = planning(
        agreements=AGREEMENT, contributions=CONTRIBUTION, Education="affordable_homes"
    )
    assert [row["measure"] for row in rows_of(prepared)] == ["infrastructure_contributions"]


def test_a_file_that_is_none_of_the_lists_is_told_so() -> None:
    with pytest.raises(Refused, match=r"payments\.csv has the headings of none of these lists"):
        prepare_commitments(
            FRAMEWORK,
            [ListFile("payments.csv", b"Supplier,Amount,Paid on\nA,1,2026-01-01\n")],
            source="section_106",
            period=QUARTER,
        )


def test_headings_that_are_not_known_can_be_named() -> None:
    files = [
        ListFile("agreements.csv", b"developer-agreement,Sealed,Kind\nA1,2026-02-01,S106\n"),
        ListFile(
            "contributions.csv",
            b"Item,developer-agreement,For,amount\nA1-CON1,A1,Education,1000\n",
        ),
    ]
    headings = {
        "start_date": "Sealed",
        "developer_agreement_contribution": "Item",
        "contribution_purpose": "For",
    }
    prepared = prepare_commitments(
        FRAMEWORK, files, source="section_106", period=QUARTER, headings=headings
    )
    (row,) = rows_of(prepared)
    assert (row["starts_on"], row["promised"]) == ("2026-02-01", "1000")
    file = ListFile("register.csv", f"{REGISTER}\n".encode())
    wrong = {"lot": "Nope"}
    with pytest.raises(MappingError, match="'Nope' is not a free heading"):
        prepare_commitments(FRAMEWORK, [file], source="contract", period=QUARTER, headings=wrong)


# --- contracts registers -------------------------------------------------------------------------

PROMISES = f"{REGISTER},Contract value,Irrecoverable VAT,Company number,Measure,Promised,Delivered"


def test_a_register_with_measures_becomes_promises() -> None:
    prepared = register(
        'C-1,Grounds,Alder Ltd,01/04/2026,31/03/2029,"£480,000",£200,1234567,'
        "Apprentices who start,6,2",
        "C-1,Grounds,Alder Ltd,01/04/2026,31/03/2029,480000,,1234567,local_spend,100000,",
        headings=PROMISES,
    )
    shared = {"source": "contract", "agreement_ref": "C-1", "agreement_title": "Grounds"}
    shared |= {"starts_on": "2026-04-01", "ends_on": "2029-03-31", "organisation_name": "Alder Ltd"}
    shared |= {"organisation_id": "GB-COH-1234567", "received": "", "lot": ""}
    spend, apprentices = rows_of(prepared)
    assert shared.items() <= spend.items()
    assert shared.items() <= apprentices.items()
    names = ("agreement_value_gbp", "measure", "promised", "delivered")
    assert [spend[name] for name in names] == ["480000", "local_spend", "100000", ""]
    assert [apprentices[name] for name in names] == ["480200", "apprenticeships", "6", "2"]
    assert prepared.incomplete == 0


def test_a_register_without_measures_is_a_start_that_has_to_be_filled_in() -> None:
    prepared = register("C-1,Grounds,Alder Ltd,01/04/2026,31/03/2029")
    assert (prepared.rows, prepared.incomplete) == (1, 1)
    assert [(row["measure"], row["promised"]) for row in rows_of(prepared)] == [("", "")]


def test_a_contract_that_cannot_be_used_is_said() -> None:
    prepared = register(
        "C-0,Bins,Birch Ltd,01/04/2026,01/10/2026",
        ",Grounds,Alder Ltd,01/04/2026,",
        "C-1,Grounds,,01/04/2026,",
        "C-1,Grounds,Alder Ltd,April,",
        "C-1,Grounds,Alder Ltd,01/01/2027,",
        "C-1,Grounds,Alder Ltd,01/04/2024,30/09/2026",
        "C-0,Bins,birch  ltd,01/04/2026,",
    )
    assert prepared.rows == 1
    assert warnings(prepared, "register.csv") == {
        3: "no_reference",
        4: "no_supplier",
        5: "start_date_not_read",
        6: "starts_later",
        7: "ended_before",
        8: "same_again",
    }


def test_what_is_not_read_is_said_and_sent_as_not_known() -> None:
    prepared = register(
        "C-1,Grounds,Alder Ltd,01/04/2026,never,tba,n/a,x,apprenticeships,6,some",
        headings=PROMISES,
    )
    (row,) = rows_of(prepared)
    assert [row[name] for name in ("agreement_value_gbp", "ends_on", "delivered")] == [""] * 3
    assert set(rules(prepared)) == {"delivered_not_read", "value_not_read", "end_date_not_read"}
    kindness = register("C-1,,Alder Ltd,01/04/2026,,,,,Kindness,6,", headings=PROMISES)
    assert rules(kindness) == ["no_measure"]
