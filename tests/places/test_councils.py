"""Councils by what people call them."""

import csv

import pytest

from anchornet.places.councils import council_org_ids
from anchornet.settings import Settings


@pytest.mark.parametrize(
    ("name", "org_id"),
    [
        ("Manchester City Council", "GB-LAE-MAN"),
        ("  the CITY of Manchester  ", "GB-LAE-MAN"),
        ("Trafford MBC", "GB-LAE-TRF"),
        ("Bolton Metropolitan Borough Council", "GB-LAE-BOL"),
        ("London Borough of Camden", "GB-LAE-CMD"),
        ("Royal Borough of Kensington & Chelsea", "GB-LAE-KEC"),
        ("City of London Corporation", "GB-LAE-LND"),
        ("Durham County Council", "GB-LAE-DUR"),
        ("Bristol City Council", "GB-LAE-BST"),
        ("St. Helens Council", "GB-LAE-SHN"),
        ("Stoke-on-Trent City Council", "GB-LAE-STE"),
        ("Derbyshire County Council", "GB-LAE-DBY"),
        ("Derby City Council", "GB-LAE-DER"),
        ("City of York Council", "GB-LAE-YOR"),
    ],
)
def test_a_council_is_found_under_the_names_it_goes_by(
    settings: Settings, name: str, org_id: str
) -> None:
    assert [found for found, _ in council_org_ids(settings, name)] == [org_id]


@pytest.mark.parametrize(
    "name",
    ["Sample City Council", "University of Manchester", "Manchester Airport", "Council", "",
     "Camden Town Unlimited", "Greater London Authority", "Wigan Athletic", "\0", "Cambridge"],
)  # fmt: skip
def test_what_only_stands_near_a_council_is_not_taken_for_it(settings: Settings, name: str) -> None:
    assert council_org_ids(settings, name) == []


def test_no_two_councils_are_called_the_same(settings: Settings) -> None:
    with (settings.reference / "councils.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len({row["org_id"] for row in rows}) == 151
    for row in rows:
        found = council_org_ids(settings, f"{row['name']} Council")
        assert found == [(row["org_id"], f"{row['name']}, {row['kind'].lower()}")]
