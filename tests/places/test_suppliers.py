"""The directory that a coordinator loads."""

from datetime import datetime
from typing import Any

import pytest

from anchornet.places.suppliers import LoadReport, load_suppliers, unplaced_suppliers
from anchornet.store.database import Database
from anchornet.store.network import LoadError

BY = "coordinator@example.org"
DIRECTORY = (
    b"Supplier name,Org id,Postcode,Branch postcode,Size,Type,Excluded,Source\r\n"
    b"Sample Joinery Ltd,GB-COH-01234567,m25db,,Small,private,,register\r\n"
    b"Sample Tax Office,,,,not_known,Public body,tax,\r\n"
    b"Sample Meals CIC,,OL1,M1 1AD,micro,vcse,no,\r\n"
)


def known(database: Database, as_at: datetime | None = None) -> list[tuple[Any, ...]]:
    with database.cursor() as cursor:
        return cursor.execute(
            "select supplier_key, name, org_id, postcode, branch_postcode, size, type, excluded, "
            "source from current_suppliers(?) order by supplier_key",
            [as_at],
        ).fetchall()


def rows(database: Database) -> int:
    with database.cursor() as cursor:
        found = cursor.execute("select count(*) from suppliers").fetchone()
    assert found is not None
    return int(found[0])


def test_a_directory_is_kept_in_our_words(database: Database) -> None:
    report = load_suppliers(database, DIRECTORY, by=BY, source="first list")
    assert report == LoadReport(added=3, changed=0, unchanged=0)
    assert known(database) == [
        (
            "SAMPLEJOINERY",
            "Sample Joinery Ltd",
            "GB-COH-01234567",
            "M2 5DB",
            None,
            "small",
            "private",
            None,
            "register",
        ),
        ("SAMPLEMEALS", "Sample Meals CIC", None, "OL1", "M1 1AD", "micro", "vcse", None, None),
        ("SAMPLETAXOFFICE", "Sample Tax Office", *3 * [None], "not_known", "public", "tax", None),
    ]  # fmt: skip


def test_the_same_file_again_adds_nothing(database: Database) -> None:
    load_suppliers(database, DIRECTORY, by=BY)
    assert load_suppliers(database, DIRECTORY, by=BY) == LoadReport(0, 0, 3)
    assert rows(database) == 3


def test_a_later_row_wins_and_the_earlier_one_stays(database: Database) -> None:
    load_suppliers(database, DIRECTORY, by=BY, now=datetime(2026, 1, 1))
    moved = b"name,postcode\nSAMPLE JOINERY LIMITED,M3 3JE\n"
    assert load_suppliers(database, moved, by=BY, now=datetime(2026, 2, 1)) == LoadReport(0, 1, 0)
    assert known(database)[0][3] == "M3 3JE"
    assert known(database, datetime(2026, 1, 15))[0][3] == "M2 5DB"
    assert rows(database) == 4


def test_a_column_that_a_file_lacks_keeps_what_is_known(database: Database) -> None:
    load_suppliers(database, DIRECTORY, by=BY)
    load_suppliers(database, b"name,postcode\nSample Joinery Ltd,M3 3JE\n", by=BY, source="web")
    joinery = known(database)[0]
    assert joinery[2:] == (
        "GB-COH-01234567",
        "M3 3JE",
        None,
        "small",
        "private",
        None,
        "web",
    )


def test_a_blank_cell_says_that_it_is_not_known(database: Database) -> None:
    load_suppliers(database, DIRECTORY, by=BY)
    load_suppliers(database, b"name,postcode\nSample Joinery Ltd,\n", by=BY)
    assert known(database)[0][3] is None


def test_two_lines_of_one_supplier_say_so_and_the_last_counts(database: Database) -> None:
    twice = b"name,postcode\nSample Joinery Ltd,M2 5DB\nThe Sample Joinery Limited,M3 3JE\n"
    report = load_suppliers(database, twice, by=BY)
    assert report == LoadReport(added=1, changed=0, unchanged=0, repeated=1)
    assert "later one of the same supplier: 1" in report.sentence()
    assert known(database)[0][3] == "M3 3JE"


def test_every_fault_has_its_line_and_nothing_is_kept(database: Database) -> None:
    faulty = (
        b"name,postcode,size,org id\n"
        b"Sample Joinery Ltd,M2 5DB,small,GB-COH-01234567\n"
        b",M2 5DB,small,\n"
        b"Sample Glazing Ltd,Manchester,small,\n"
        b"Sample Roofing Ltd,M2 5DB,gigantic,01234567\n"
        b"---,,,\n"
    )
    with pytest.raises(LoadError) as caught:
        load_suppliers(database, faulty, by=BY)
    starts = [sentence.split(": ")[0] for sentence in caught.value.sentences]
    assert starts == [
        "Line 3, name", "Line 4, postcode", "Line 5, org id", "Line 5, size", "Line 6, name",
    ]  # fmt: skip
    assert "Manchester is not a UK postcode" in caught.value.sentences[1]
    assert rows(database) == 0


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b"postcode,size\nM2 5DB,small\n", "no column for Supplier"),
        (b"name,postcode\n", "no suppliers under"),
    ],
)
def test_a_file_that_is_no_directory_is_refused_in_a_sentence(
    database: Database, data: bytes, words: str
) -> None:
    with pytest.raises(LoadError, match=words):
        load_suppliers(database, data, by=BY)


def test_what_follows_a_load_is_kept_with_it_or_not_at_all(database: Database) -> None:
    def fail(cursor: Any) -> None:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        load_suppliers(database, DIRECTORY, by=BY, then=fail)
    assert rows(database) == 0


def test_suppliers_without_a_place_are_listed_by_money(database: Database) -> None:
    load_suppliers(database, DIRECTORY, by=BY, now=datetime(2026, 1, 1))
    submitted = (
        "insert into submissions by name select ? as submission_id, ? as member_id, "
        "'spend' as return_name, date '2026-01-01' as period, timestamp '2026-02-01' as accepted_at"
    )
    paid = (
        "insert into spend_rows by name select ? as submission_id, ? as line, ? as supplier_name, "
        "?::decimal(16, 2) as amount_gbp, ? as supplier_postcode"
    )
    with database.writing() as cursor:
        cursor.execute(submitted, [1, "council"])
        cursor.execute(submitted, [2, "hospital"])
        for line, (submission, supplier, pounds, postcode) in enumerate(
            [
                (1, "SAMPLE JOINERY LIMITED", 900, None),  # in the directory
                (1, "Sample Meals", 800, None),  # in the directory by half a postcode
                (1, "Sample Tax Office", 700, None),  # left out of totals anyway
                (1, "Sample Unknown Ltd", 100, None),
                (1, "Sample Unknown Limited", 50, None),
                (1, "Sample Placed Ltd", 600, "M2 5DB"),  # the ledger says where
                (2, "Sample Faraway Ltd", 400, None),
            ]
        ):
            cursor.execute(paid, [submission, line + 2, supplier, pounds, postcode])
    everyone = unplaced_suppliers(database)
    assert everyone.to_dict("list") == {
        "supplier_key": ["SAMPLEFARAWAY", "SAMPLEUNKNOWN"],
        "supplier": ["Sample Faraway Ltd", "Sample Unknown Limited"],
        "lines": [1, 2],
        "amount_gbp": [400.0, 150.0],
    }
    assert unplaced_suppliers(database, "council")["supplier_key"].tolist() == ["SAMPLEUNKNOWN"]
    assert unplaced_suppliers(database, as_at=datetime(2026, 1, 15)).empty
