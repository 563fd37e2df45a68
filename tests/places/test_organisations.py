"""The directory that a coordinator loads."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from anchornet.places.directory_changes import (
    LoadReport,
    append_organisations,
    append_typed,
    undo_load,
)
from anchornet.places.organisation_merges import merge, separate
from anchornet.places.organisations import (
    DIRECTORY,
    SHARED,
    declared,
    directory,
    is_partner,
    origins,
)
from anchornet.store.database import Database
from anchornet.store.network import LoadError, NotPossible

BY = "coordinator@example.org"
DIRECTORY_FILE = (
    b"Supplier name,Org id,Postcode,Branch postcode,Size,Type,Excluded,Source\r\n"
    b"Sample Joinery Ltd,GB-COH-01234567,m25db,,Small,private,,register\r\n"
    b"Sample Tax Office,,,,not_known,Public body,tax,\r\n"
    b"Sample Meals CIC,,OL1,M1 1AD,micro,vcse,no,\r\n"
)


def load_organisations(database: Database, *args: Any, **given: Any) -> LoadReport:
    with append_organisations(database, *args, **given) as (_, report):
        return report


def record_organisations(database: Database, *args: Any, **given: Any) -> LoadReport:
    with append_typed(database, *args, **given) as (_, report):
        return report


def known(database: Database, as_at: datetime | None = None) -> list[tuple[Any, ...]]:
    with database.cursor() as cursor:
        return cursor.execute(
            "select name_key, name, org_id, postcode, branch_postcode, size, type, excluded, "
            "source from current_organisations(?) order by name_key",
            [as_at],
        ).fetchall()


def rows(database: Database) -> int:
    with database.cursor() as cursor:
        found = cursor.execute("select count(*) from organisations").fetchone()
    assert found is not None
    return int(found[0])


def test_a_directory_is_kept_in_our_words(database: Database) -> None:
    report = load_organisations(database, DIRECTORY_FILE, by=BY, source="first list")
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
        ("SAMPLEMEALS", "Sample Meals CIC", None, "OL1", "M1 1AD", "micro", "vcse", "no", None),
        ("SAMPLETAXOFFICE", "Sample Tax Office", *3 * [None], "not_known", "public", "tax", None),
    ]  # fmt: skip


PAYMENTS = Path(__file__).parents[1] / "files/spend/suppliers_file_of_payments"
FROM_PAYMENTS = (PAYMENTS / "directory_from_payments.csv").read_bytes()


@pytest.mark.parametrize("filling_in", [False, True])
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (FROM_PAYMENTS, "looks like a list of payments"),
        (b"Supplier,Invoice date,Value,Postcode\nA,2026-09-01,5,M2 5DB\n", "list of payments"),
        (b"Company name\nSample A Ltd\nSample B Ltd\n", "only names organisations"),
        (b"Supplier,Notes\nSample A Ltd,x\n", "only names organisations"),
        (b"name,postcode\nSample A Ltd,NOWHERE\n", "is not a UK postcode"),
    ],
)
def test_what_is_no_directory_is_refused(
    database: Database, data: bytes, words: str, filling_in: bool
) -> None:
    with pytest.raises(LoadError, match=words):
        load_organisations(database, data, by=BY, filling_in=filling_in)
    assert rows(database) == 0


def test_columns_can_be_named(database: Database) -> None:
    data = b"Wer,Wo\nSample A Ltd,M2 5DB\n"
    load_organisations(database, data, by=BY, headings={"name": "Wer", "postcode": "Wo"})
    assert [(row[1], row[3]) for row in known(database)] == [("Sample A Ltd", "M2 5DB")]


def test_a_load_is_undone_and_earlier_moments_stay(database: Database) -> None:
    load_organisations(database, DIRECTORY_FILE, by=BY, now=datetime(2026, 1, 1))
    before = known(database)
    changes = b"name,postcode\nSample Joinery Ltd,M3 3JE\nSample New Ltd,M2 5DB\n"
    load_organisations(database, changes, by="hasty@example.org", now=datetime(2026, 1, 2))
    changed = known(database)
    with undo_load(database, by=BY, now=datetime(2026, 1, 3)) as (_, report):
        pass
    assert (report.removed, report.restored) == (1, 1)
    assert report.sentence().startswith("Undone: what hasty@example.org recorded on 2 January 2026")
    assert known(database) == before
    assert known(database, datetime(2026, 1, 2, 12)) == changed
    # What is undone by mistake is undone too.
    with undo_load(database, by=BY, now=datetime(2026, 1, 4)) as (_, report):
        pass
    assert known(database) == changed


def test_there_is_nothing_to_undo_in_an_empty_directory(database: Database) -> None:
    with pytest.raises(LoadError, match="is empty"), undo_load(database, by=BY):
        pass


def test_the_same_file_again_adds_nothing(database: Database) -> None:
    load_organisations(database, DIRECTORY_FILE, by=BY)
    assert load_organisations(database, DIRECTORY_FILE, by=BY) == LoadReport(0, 0, 3)
    assert rows(database) == 3


def test_a_later_row_wins_and_the_earlier_one_stays(database: Database) -> None:
    load_organisations(database, DIRECTORY_FILE, by=BY, now=datetime(2026, 1, 1))
    moved = b"name,postcode\nSAMPLE JOINERY LIMITED,M3 3JE\n"
    assert load_organisations(database, moved, by=BY, now=datetime(2026, 2, 1)) == LoadReport(
        0, 1, 0
    )
    assert known(database)[0][3] == "M3 3JE"
    assert known(database, datetime(2026, 1, 15))[0][3] == "M2 5DB"
    assert rows(database) == 4


def test_a_column_that_a_file_lacks_keeps_what_is_known(database: Database) -> None:
    load_organisations(database, DIRECTORY_FILE, by=BY)
    load_organisations(database, b"name,postcode\nSample Joinery Ltd,M3 3JE\n", by=BY, source="web")
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
    load_organisations(database, DIRECTORY_FILE, by=BY)
    load_organisations(database, b"name,postcode\nSample Joinery Ltd,\n", by=BY)
    assert known(database)[0][3] is None


def test_two_lines_of_one_supplier_say_so_and_the_last_counts(database: Database) -> None:
    twice = b"name,postcode\nSample Joinery Ltd,M2 5DB\nThe Sample Joinery Limited,M3 3JE\n"
    report = load_organisations(database, twice, by=BY)
    assert report == LoadReport(added=1, changed=0, unchanged=0, repeated=1)
    assert "later one of the same organisation: 1" in report.sentence()
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
        load_organisations(database, faulty, by=BY)
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
        (b"postcode,size\nM2 5DB,small\n", "no column for Organisation"),
        (b"name,postcode\n", "no organisations under"),
    ],
)
def test_a_file_that_is_no_directory_is_refused_in_a_sentence(
    database: Database, data: bytes, words: str
) -> None:
    with pytest.raises(LoadError, match=words):
        load_organisations(database, data, by=BY)


def test_what_follows_a_load_is_kept_with_it_or_not_at_all(database: Database) -> None:
    with pytest.raises(ArithmeticError), append_organisations(database, DIRECTORY_FILE, by=BY):
        raise ArithmeticError
    assert rows(database) == 0


MEMBER = "sender@sample.invalid"


def test_what_is_typed_is_kept_beside_what_was_known(database: Database) -> None:
    load_organisations(database, DIRECTORY_FILE, by=BY, source="first list")
    typed = [
        {"name": "SAMPLE MEALS", "postcode": "ol1 1aa", "size": "Small"},
        {"name": "Sample Total Ltd", "type": "Public body", "org_id": "GB-COH-07654321"},
    ]
    report = record_organisations(database, typed, by=MEMBER, source="Sample Council")
    assert report == LoadReport(added=1, changed=1, unchanged=0)
    assert known(database)[1] == (
        "SAMPLEMEALS",
        "Sample Meals CIC",
        None,
        "OL1 1AA",
        "M1 1AD",
        "small",
        "vcse",
        "no",
        "Sample Council",
    )
    assert known(database)[3] == (
        "SAMPLETOTAL", "Sample Total Ltd", "GB-COH-07654321", None, None, None, "public", None,
        "Sample Council",
    )  # fmt: skip
    with database.cursor() as cursor:
        by = cursor.execute(
            "select recorded_by from organisations where name_key = 'SAMPLEMEALS' order by rowid"
        ).fetchall()
    assert by == [(BY,), (MEMBER,)]


def test_the_same_typed_again_adds_nothing(database: Database) -> None:
    typed = [{"name": "Sample Joinery Ltd", "postcode": "M2 5DB"}]
    assert record_organisations(database, typed, by=MEMBER, source="A") == LoadReport(1, 0, 0)
    # Nor does it become the other member's.
    assert record_organisations(database, typed, by=MEMBER, source="B") == LoadReport(0, 0, 1)
    assert rows(database) == 1


def test_typed_faults_are_said_by_supplier_and_nothing_is_kept(database: Database) -> None:
    typed = [
        {"name": "Sample Joinery Ltd", "postcode": "M2 5DB"},
        {"name": "Total", "postcode": "Manchester"},
        {"name": "Sample\nRoofing Ltd", "size": "gigantic", "org_id": "01234567"},
    ]
    with pytest.raises(LoadError) as caught:
        record_organisations(database, typed, by=MEMBER)
    starts = [sentence.split(": ")[0] for sentence in caught.value.sentences]
    assert starts == [
        "Total, Postcode",
        "Sample\nRoofing Ltd, Identifier",
        "Sample\nRoofing Ltd, Size",
    ]
    assert "Manchester is not a UK postcode" in caught.value.sentences[0]
    assert rows(database) == 0


def test_a_members_file_fills_in_and_neither_clears_nor_leaves_out(database: Database) -> None:
    load_organisations(database, DIRECTORY_FILE, by=BY, source="first list")
    theirs = (
        b"name,postcode,size,excluded,source\n"
        b"Sample Joinery Ltd,,medium,tax,somebody else\n"
        b"Sample Tax Office,M2 5DB,,,\n"
    )
    report = load_organisations(
        database, theirs, by=MEMBER, source="Sample Council", filling_in=True
    )
    assert report == LoadReport(added=0, changed=2, unchanged=0)
    joinery, _, tax = known(database)
    assert joinery[3:] == ("M2 5DB", None, "medium", "private", None, "Sample Council")
    assert tax[3:] == ("M2 5DB", None, "not_known", "public", "tax", "Sample Council")


def test_the_members_template_has_what_members_add() -> None:
    assert SHARED.template_csv().split() == [
        "name,org_id,postcode,branch_postcode,abroad,size,type,roles,supplies,pathways,serves,url,"
        "checked_on"
    ]


PARTNERS = (
    b"name,roles,supplies,pathways,serves,url,checked_on\n"
    b"Sample Meals CIC,VCSE infrastructure; supplier,Catering; Events,Apprenticeship,E08000003,"
    b"https://meals.example.org,14/09/2026\n"
)


def test_what_an_organisation_does_is_kept_in_codes(database: Database) -> None:
    load_organisations(database, DIRECTORY_FILE, by=BY)
    load_organisations(database, PARTNERS, by=BY)
    frame = directory(database)
    meals = frame[frame["name"] == "Sample Meals CIC"].iloc[0]
    assert (meals["roles"], meals["pathways"]) == ("supplier;vcse_infrastructure", "apprenticeship")
    assert meals["postcode"] == "OL1"
    assert meals["checked_on"].isoformat() == "2026-09-14"
    assert frame[is_partner(frame)]["name"].tolist() == ["Sample Meals CIC"]


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("roles", "supplier; baker", "not one of the words for Roles"),
        ("pathways", "by bus", "not one of the words for Pathways"),
        ("serves", "Ancoats", "not a list of codes"),
        ("url", "meals", "not the address of a website"),
        ("checked_on", "31/06/2026", "is not a date"),
    ],
)
def test_a_fault_in_what_it_does_is_said(
    database: Database, column: str, value: str, words: str
) -> None:
    with pytest.raises(LoadError, match=words):
        load_organisations(database, f"name,{column}\nSample A,{value}\n".encode(), by=BY)


def test_each_fact_says_where_it_comes_from(database: Database) -> None:
    load_organisations(database, DIRECTORY_FILE, by=BY, now=datetime(2026, 1, 1))
    typed = [{"name": "Sample Joinery", "size": "medium"}]
    record_organisations(
        database, typed, by=MEMBER, source="Sample Council", now=datetime(2026, 2, 1)
    )
    facts = origins(database, "SAMPLEJOINERY").set_index("field")
    assert facts.loc["Postcode", ["value", "source"]].tolist() == ["M2 5DB", "register"]
    assert facts.loc["Size", ["value", "source"]].tolist() == ["Medium", "Sample Council"]
    assert facts.loc["Size", "recorded_at"] == datetime(2026, 2, 1)
    assert facts.loc["Type", "value"] == "Private company"


def merge_names(database: Database, name: str, into: str) -> str:
    with merge(database, name, into, by=BY) as (_, organisation):
        return organisation


def test_two_names_become_one_organisation_and_stand_by_themselves_again(
    database: Database,
) -> None:
    load_organisations(
        database,
        b"name,org_id,postcode,size\n"
        b"Sample Combined Authority,GB-LAE-X1,,large\nSCA,,M1 6EU,small\n",
        by=BY,
    )
    assert (
        merge_names(database, "S.C.A.", "Sample Combined Authority") == "Sample Combined Authority"
    )
    (one,) = directory(database).to_dict("records")
    # Its own details go first, and the other name's fill in what it lacks.
    assert (one["size"], one["postcode"], one["other_names"]) == ("large", "M1 6EU", ["SCA"])
    facts = origins(database, "SAMPLECOMBINEDAUTHORITY").set_index("field")
    assert facts.loc["Postcode", "name"] == "SCA"
    # What a file says of the other name is said of the organisation, which keeps its name.
    load_organisations(database, b"name,postcode\nSCA,M2 5DB\n", by=BY)
    (one,) = directory(database).to_dict("records")
    assert (one["name"], one["postcode"]) == ("Sample Combined Authority", "M2 5DB")
    with separate(database, "SCA", by=BY):
        pass
    assert directory(database)["name"].tolist() == ["Sample Combined Authority", "SCA"]
    with undo_load(database, by=BY) as (_, report):
        pass
    assert report.names == 1
    assert len(directory(database)) == 1


def test_names_of_a_merged_organisation_go_with_it(database: Database) -> None:
    load_organisations(database, b"name,size\nA,small\nB,small\nC,small\n", by=BY)
    merge_names(database, "A", "B")
    merge_names(database, "B", "C")
    (one,) = directory(database).to_dict("records")
    assert (one["name"], one["other_names"]) == ("C", ["A", "B"])
    for name, into, words in (
        ("C", "A", "one organisation already"),
        ("A", "Nobody", "not in the directory"),
    ):
        with pytest.raises(NotPossible, match=words):
            merge_names(database, name, into)
    load_organisations(database, b"name,size\nD,small\n", by=BY)
    with pytest.raises(NotPossible, match="Separate it first"):
        merge_names(database, "A", "D")
    with pytest.raises(NotPossible, match="stands by itself"), separate(database, "D", by=BY):
        pass


def test_the_codes_of_pathways_are_those_of_local_hires() -> None:
    assert "apprenticeship" in (DIRECTORY.field("pathways").codes or {})


def test_what_is_declared_says_since_when(database: Database) -> None:
    for day, supplies in ((1, "Catering"), (2, "Catering; Events"), (3, "Events"), (4, "CATERING")):
        load_organisations(
            database,
            f"name,postcode,supplies,type\nSample Meals CIC,M2 5DB,{supplies},vcse\n".encode(),
            by=BY,
            now=datetime(2026, 1, day),
        )
    (row,) = (
        declared(database, "supplies", datetime(2026, 1, 2, 12)).query("word == 'Events'").values
    )
    assert list(row) == ["Events", "Sample Meals CIC", date(2026, 1, 2), True, True]
    said = declared(database, "supplies", datetime(2026, 1, 3, 12))
    assert said[["word", "since"]].values.tolist() == [["Events", date(2026, 1, 2)]]
    # Without a break: what was said before and taken back doesn't count.
    said = declared(database, "supplies")
    assert said[["word", "since"]].values.tolist() == [["CATERING", date(2026, 1, 4)]]
