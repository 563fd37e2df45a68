"""Who holds which standard, as a list says."""

from datetime import date, datetime

import pytest

from anchornet.places.standards import LoadReport, held_standards, load_standards
from anchornet.store.database import Database
from anchornet.store.framework import SAMPLE, load_framework
from anchornet.store.network import LoadError

BY = "coordinator@example.org"
LIST = (
    b"Supplier,Org id,Charter,Stage,Since,Until,Source\n"
    b"Sample Care Ltd,GB-COH-01234567,Ethical care charter,stage 2,01/04/2024,,its list\n"
    b"Sample Joinery Ltd,,good_employment_charter,Supporter,2025-01-01,,its list\n"
    b"Sample Bakery CIC,,good_employment_charter,,2025-01-01,2026-06-30,its list\n"
)


@pytest.fixture
def framed(database: Database) -> Database:
    load_framework(database, SAMPLE.read_bytes(), by=BY, now=datetime(2025, 1, 1))
    return database


def held(database: Database, *args: object, **given: object) -> list[tuple[object, ...]]:
    frame = held_standards(database, *args, **given)  # type: ignore[arg-type]
    columns = ["standard", "organisation", "step", "is_held", "held_from", "held_to"]
    return [tuple(row) for row in frame[columns].itertuples(index=False)]


def test_a_list_is_kept_in_the_frameworks_words(framed: Database) -> None:
    assert load_standards(framed, LIST, by=BY) == LoadReport(added=3, changed=0, unchanged=0)
    charter = "good_employment_charter"
    assert held(framed) == [
        (charter, "Sample Bakery CIC", None, True, date(2025, 1, 1), date(2026, 6, 30)),
        (charter, "Sample Joinery Ltd", "Supporter", False, date(2025, 1, 1), None),
        ("ethical_care_charter", "Sample Care Ltd", "Stage 2", True, date(2024, 4, 1), None),
    ]


def test_a_supporter_and_one_that_has_left_hold_it_no_more(framed: Database) -> None:
    load_standards(framed, LIST, by=BY)
    names = {day: {row[1] for row in held(framed, day)} for day in (
        date(2024, 12, 31), date(2026, 6, 30), date(2026, 7, 1),
    )}  # fmt: skip
    assert names == {
        date(2024, 12, 31): {"Sample Care Ltd"},
        date(2026, 6, 30): {"Sample Care Ltd", "Sample Bakery CIC"},
        date(2026, 7, 1): {"Sample Care Ltd"},
    }


def test_a_later_line_takes_the_place_of_the_earlier_one_and_as_at_then_it_stands(
    framed: Database,
) -> None:
    load_standards(framed, LIST, by=BY, now=datetime(2026, 1, 1))
    later = (
        b"organisation,standard,step,held_from\n"
        b"SAMPLE JOINERY LIMITED,good_employment_charter,Member,2026-02-01\n"
        b"Sample Bakery CIC,good_employment_charter,,2025-01-01\n"
    )
    report = load_standards(framed, later, by=BY, now=datetime(2026, 3, 1))
    assert report == LoadReport(added=0, changed=2, unchanged=0)
    assert len(held(framed)) == 3
    assert {row[1] for row in held(framed, date(2026, 7, 1))} == {
        "SAMPLE JOINERY LIMITED", "Sample Bakery CIC", "Sample Care Ltd",
    }  # fmt: skip
    assert {row[1] for row in held(framed, date(2026, 7, 1), datetime(2026, 2, 1))} == {
        "Sample Care Ltd"
    }
    assert load_standards(framed, later, by=BY) == LoadReport(0, 0, 2)


def test_everything_that_is_wrong_with_a_list_is_said_and_nothing_is_kept(framed: Database) -> None:
    wrong = (
        b"organisation,standard,step,held_from,held_to\n"
        b"One Ltd,ethical_care_charter,Stage 9,2025-01-01,\n"
        b"Two Ltd,no_such_charter,,2025-01-01,\n"
        b"Three Ltd,ethical_care_charter,,2025-01-01,2024-01-01\n"
        b"Four Ltd,ethical_care_charter,,soon,\n"
        b"Five Ltd,ethical_care_charter,,2025-01-01,\n"
        b"FIVE LIMITED,ethical_care_charter,,2025-01-01,\n"
    )
    with pytest.raises(LoadError) as refused:
        load_standards(framed, wrong, by=BY)
    text = "\n".join(refused.value.sentences)
    for line in range(2, 8):
        assert f"Line {line}, " in text, text
    assert "Stage 9 is no step of ethical_care_charter" in text
    assert held(framed) == []


def test_without_standards_in_the_framework_a_list_is_refused(database: Database) -> None:
    with pytest.raises(LoadError, match="has no standards"):
        load_standards(database, LIST, by=BY)
