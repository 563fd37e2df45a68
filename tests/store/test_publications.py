"""Figures kept under a reference, and what was decided about them."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from anchornet.store import audit, publications
from anchornet.store.database import Database
from anchornet.store.network import NotPossible
from anchornet.store.publications import ChartRequest

OCTOBER = datetime(2026, 10, 20, 12)
ASKED = ChartRequest("starts", "course", None, date(2026, 9, 1), "month", OCTOBER)
BY_WARD = replace(ASKED, chart="map", breakdown="ward", area="E08000003", kind="nhs")
ANN, BOB = "ann@example.org", "bob@example.org"


def test_a_reference_brings_back_what_was_asked_for(database: Database) -> None:
    for asked in (ASKED, BY_WARD):
        reference = publications.keep(database, asked, ANN)
        assert publications.request_of(database, reference) == asked
        typed = reference.lower().replace("-", " ").replace("0", "o").replace("1", "l")
        assert publications.request_of(database, typed) == asked


def test_the_same_request_has_the_same_reference_and_is_kept_once(database: Database) -> None:
    before = publications.reference_of(database, ASKED)
    assert (
        publications.keep(database, ASKED, ANN) == publications.keep(database, ASKED, BOB) == before
    )
    assert list(publications.listed(database)["kept_by"]) == [ANN]
    other = replace(ASKED, as_at=datetime(2026, 10, 20, 12, 0, 1))
    assert publications.keep(database, other, ANN) != before


def test_two_requests_with_one_hash_have_two_references(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Same:
        """The hash of everything that ends in no number."""

        def __init__(self, given: bytes) -> None:
            self.given = given

        def digest(self) -> bytes:
            return bytes(4) + (b"\x01" if self.given.endswith(b"]1") else b"\x00") + bytes(27)

    monkeypatch.setattr(publications.hashlib, "sha256", Same)
    first, second = (
        publications.keep(database, ASKED, ANN),
        publications.keep(database, BY_WARD, ANN),
    )
    assert [first, second] == ["AN-00000000", "AN-10000000"]
    assert publications.request_of(database, second) == BY_WARD
    assert publications.keep(database, BY_WARD, ANN) == second


@pytest.mark.parametrize("text", ["AN-7K2M9XQ4", "AN-7K2M9X", "AN-7K2M9XU4", "", "figure"])
def test_what_is_no_reference_is_said_in_a_sentence(database: Database, text: str) -> None:
    with pytest.raises(NotPossible, match=r"reference|Nothing is saved"):
        publications.request_of(database, text)
    with pytest.raises(NotPossible):
        publications.decide(database, text, "approved", BOB)


def test_only_what_is_approved_is_public(database: Database) -> None:
    reference = publications.keep(database, ASKED, ANN, OCTOBER)
    assert publications.state_of(database, reference) == "draft"
    assert publications.public(database) == []
    publications.decide(database, reference, "approved", BOB, now=datetime(2026, 10, 21))
    assert publications.public(database) == [(reference, ASKED)]
    publications.decide(database, reference, "withdrawn", BOB, now=datetime(2026, 10, 22))
    assert publications.public(database) == []
    (row,) = publications.listed(database).to_dict("records")
    assert (row["state"], row["decided_by"]) == ("withdrawn", BOB)
    (then,) = publications.listed(database, datetime(2026, 10, 21, 12)).to_dict("records")
    assert then["state"] == "approved"


def test_under_embargo_it_is_public_from_its_day_on(database: Database) -> None:
    reference = publications.keep(database, ASKED, ANN)
    publications.decide(
        database, reference, "approved", BOB, embargo_until=date(2026, 10, 28), now=OCTOBER
    )
    assert publications.public(database, datetime(2026, 10, 27, 23, 59)) == []
    assert publications.public(database, datetime(2026, 10, 28)) == [(reference, ASKED)]
    for state, day in (("approved", date(2026, 10, 20)), ("withdrawn", date(2026, 12, 1))):
        with pytest.raises(NotPossible):
            publications.decide(database, reference, state, BOB, embargo_until=day, now=OCTOBER)
    with pytest.raises(NotPossible, match="and not published"):
        publications.decide(database, reference, "published", BOB)


def test_every_step_is_in_the_record(database: Database) -> None:
    reference = publications.keep(database, ASKED, ANN, OCTOBER)
    publications.decide(
        database, reference, "approved", BOB,
        embargo_until=date(2026, 10, 28), now=datetime(2026, 10, 21),
    )  # fmt: skip
    publications.decide(database, reference, "withdrawn", BOB, now=datetime(2026, 10, 22))
    found = audit.trail(database)[["who", "did", "about"]].to_numpy().tolist()
    assert found == [
        [BOB, "withdrew a figure", reference],
        [BOB, "approved a figure", f"{reference}, until 2026-10-28 under embargo"],
        [ANN, "kept a figure", f"{reference}: {{indicator starts}}"],
    ]
