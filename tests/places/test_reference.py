"""Places by the shipped tables; the expected ones were read off the Parquet with pandas, or are
public knowledge (which authority a postcode lies in)."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from anchornet.places.reference import NoReference, install, near_wards
from anchornet.returns.field_types import TYPES
from anchornet.setting_values import PROJECT
from anchornet.settings import Settings, load
from anchornet.store.database import Database
from anchornet.store.opening import open_database


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    shipped = load(PROJECT / "anchornet.toml", {})
    return replace(shipped, database=tmp_path_factory.mktemp("places") / "network.duckdb")


@pytest.fixture(scope="module")
def database(settings: Settings) -> Iterator[Database]:
    database = open_database(settings, create=True)
    install(database)
    yield database
    database.close()


def value(database: Database, expression: str, *bound: Any) -> Any:
    with database.cursor() as cursor:
        found = cursor.execute(f"select {expression}", bound).fetchone()
    assert found is not None
    return found[0]


def test_the_wards_of_the_areas_are_found_by_name_and_no_others(database: Database) -> None:
    wards = near_wards(database)
    assert wards["E05011366"] == "Harpurhey, Manchester"
    assert "E05000932" not in wards  # Ainsdale, in Sefton
    names = list(wards.values())
    assert names.index("Harpurhey, Manchester") < names.index("Woodhouse Park, Manchester")


@pytest.mark.parametrize(
    ("written", "postcode"),
    [
        ("M1 1AD", "M1 1AD"),
        ("m1 1ad", "M1 1AD"),
        ("M11AD", "M1 1AD"),
        ("  sk14\u00a01ab ", "SK14 1AB"),
        ("ec1a1bb", "EC1A 1BB"),
        ("M1", None),
        ("M1 1A", None),
        ("Manchester", None),
        ("M1 1AD, Manchester", None),
        ("", None),
        (None, None),
    ],
)
def test_a_postcode_is_read_however_it_is_written(
    database: Database, written: str | None, postcode: str | None
) -> None:
    assert value(database, "reference.postcode(?)", written) == postcode


@pytest.mark.parametrize(
    ("written", "outcode"),
    [
        ("M1 1AD", "M1"),
        ("M11AD", "M1"),
        ("M11 4AB", "M11"),
        ("m1", "M1"),
        ("M1 1", "M1"),
        ("OL16 1A", "OL16"),
        ("Manchester", None),
        (None, None),
    ],
)
def test_half_a_postcode_still_says_its_outward_code(
    database: Database, written: str | None, outcode: str | None
) -> None:
    assert value(database, "reference.outcode(?)", written) == outcode


def test_a_ring_is_area_before_wider_area(database: Database) -> None:
    rings = {
        "E08000003": "area",  # Manchester
        "E08000009": "wider_area",  # Trafford
        "E08000012": "elsewhere",  # Liverpool
        None: "unknown",
    }
    assert {code: value(database, "reference.ring(?)", code) for code in rings} == rings


def test_a_postcode_has_its_authority_ward_and_decile(database: Database) -> None:
    """Central Manchester, central Oldham and Westminster; the ward code by pandas as well."""
    independent = pd.read_parquet(
        PROJECT / "data/reference/postcodes.parquet",
        filters=[("postcode", "in", ["M1 1AD", "OL1 1AA", "SW1A 1AA"])],
    )
    with database.cursor() as cursor:
        found = cursor.execute(
            """
            select postcode, lad_name, ward_name, reference.ring(lad_code), lsoa21_code,
              imd2025_decile
            from reference.postcodes
            join reference.authorities using (lad_code)
            join reference.wards using (ward_code)
            where postcode in ('M1 1AD', 'OL1 1AA', 'SW1A 1AA')
            order by postcode
            """
        ).fetchall()
    assert found == [
        ("M1 1AD", "Manchester", "Deansgate", "area", "E01033658", 5),
        ("OL1 1AA", "Oldham", "St Mary's", "wider_area", "E01005427", 1),
        ("SW1A 1AA", "Westminster", "St James's", "elsewhere", "E01004736", 8),
    ]
    assert independent.set_index("postcode").loc["M1 1AD", "ward_code"] == "E05011361"


def test_an_outward_code_counts_only_where_nine_tenths_of_it_is_one_authority(
    database: Database,
) -> None:
    shares = pd.read_csv(PROJECT / "data/reference/outcodes.csv").set_index("outcode")
    assert shares.loc["M1", "main_lad_share"] >= 0.9 > shares.loc["M26", "main_lad_share"]
    assert value(database, "lad_code from reference.outcodes where outcode = 'M1'") == "E08000003"
    assert value(database, "lad_code from reference.outcodes where outcode = 'M26'") is None


@pytest.mark.parametrize(
    ("outcode", "country"),
    [
        ("BT7", "Northern Ireland"),
        ("JE2", "Channel Islands"),
        ("GY10", "Channel Islands"),
        ("IM99", "Isle of Man"),
        ("BF1", "Abroad"),
    ],
)
def test_beyond_great_britain_a_postcode_says_its_country_which_is_elsewhere(
    database: Database, outcode: str, country: str
) -> None:
    placed = "from reference.outcodes join reference.authorities using (lad_code) where outcode = ?"
    assert value(database, f"lad_name {placed}", outcode) == country
    assert value(database, f"reference.ring(lad_code) {placed}", outcode) == "elsewhere"


def home(database: Database, code: str) -> tuple[Any, ...]:
    placed = value(
        database,
        "(lad_code, ward_code, imd2025_decile, changed) from reference.home_areas where code = ?",
        code,
    )
    return tuple(placed)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        # Deansgate; a small area of today that fits Piccadilly best
        ("E05011361", ("E08000003", "E05011361", None, False)),
        ("E01033658", ("E08000003", "E05011376", 5, False)),
        # two small areas of 2011 became E01034119, which is in Ardwick and the second tenth
        ("E01033652", ("E08000003", "E05011351", 2, True)),
        # split in two, in one ward, with deciles 1 and 2 and 56 and 48 of its postcodes
        ("E01033666", ("E08000003", "E05011359", 1, True)),
        # City Centre until 2018: 51% of its postcodes are in Piccadilly today
        ("E05000687", ("E08000003", "E05011376", None, True)),
        # Gorton South: no ward of today has half of it
        ("E05000703", (None, None, None, True)),
        # Welsh: a ward, and a small area that no table places further
        ("W05001379", ("W06000014", "W05001379", None, False)),
        ("W01001933", ("W92000004", None, None, False)),
    ],
)
def test_a_code_of_today_or_of_before_says_where_a_home_is(
    database: Database, code: str, expected: tuple[Any, ...]
) -> None:
    assert home(database, code) == expected


def test_a_welsh_network_does_not_take_a_welsh_small_area_for_far_away(
    settings: Settings, tmp_path: Path
) -> None:
    welsh = replace(settings, database=tmp_path / "welsh.duckdb", area=("W06000015",))
    database = open_database(welsh, create=True)
    install(database)
    assert home(database, "W01001933")[0] is None
    database.close()


def test_nearly_every_english_postcode_and_small_area_has_a_decile(database: Database) -> None:
    """Counted with pandas from the sources: 1,490,351 of 1,491,107 postcodes, and all 33,755."""
    postcodes = "from reference.postcodes where lad_code[1] = 'E'"
    assert value(database, f"(count(imd2025_decile), count(*)) {postcodes}") == (1490351, 1491107)
    small = "from reference.home_areas where code[:3] = 'E01' and not changed"
    assert value(database, f"(count(imd2025_decile), count(*)) {small}") == (33755, 33755)
    beyond = "count(imd2025_decile) from reference.postcodes where lad_code[1] <> 'E'"
    assert value(database, beyond) == 0


def test_every_shipped_row_is_there(database: Database) -> None:
    counts = {
        table: value(database, f"count(*) from reference.{table}")
        for table in ("postcodes", "wards", "home_areas")
    }
    assert counts == {"postcodes": 1745849, "wards": 7943, "home_areas": 51304}


def test_a_few_thousand_postcodes_are_placed_at_once(database: Database) -> None:
    """0.02 to 0.07 s here; the bound only catches a join that unpacks every column of the file."""
    with database.cursor() as cursor:
        cursor.execute(
            "create temp table wanted as from (select postcode from reference.postcodes "
            "where lad_code = 'E08000003') using sample 3000 rows (reservoir, 1)"
        )
        began = time.perf_counter()
        placed = cursor.execute(
            "select count(p.ward_code) from wanted left join reference.postcodes p using (postcode)"
        ).fetchone()
        assert placed == (3000,)
        assert time.perf_counter() - began < 1
        plan = cursor.execute(
            "explain analyze select p.ward_code from wanted join reference.postcodes p "
            "using (postcode)"
        ).fetchall()[0][1]
    assert "Dynamic Filters" in plan


def test_installing_twice_changes_nothing(database: Database) -> None:
    install(database)
    assert value(database, "count(*) from reference.wards") == 7943


def test_a_missing_table_is_named(settings: Settings, tmp_path: Path) -> None:
    elsewhere = replace(settings, database=tmp_path / "x.duckdb", reference=tmp_path)
    database = open_database(elsewhere, create=True)
    with pytest.raises(NoReference, match=r"postcodes\.parquet is missing"):
        install(database)
    database.close()


@pytest.mark.parametrize(
    ("written", "org_id"),
    [
        ("GB-COH-1234567", "GB-COH-01234567"),
        ("GB-COH-01234567", "GB-COH-01234567"),
        ("GB-COH-SC12345", "GB-COH-SC012345"),
        ("GB-COH-IP2345R", "GB-COH-IP02345R"),
        ("GB-CHC-0223344", "GB-CHC-223344"),
        ("GB-CHC-1234567", "GB-CHC-1234567"),
        ("GB-SC-12345", "GB-SC-SC012345"),
        ("GB-SC-SC012345", "GB-SC-SC012345"),
        ("GB-NHS-R0A", "GB-NHS-R0A"),
        ("GB-COH-SAMPLE", "GB-COH-SAMPLE"),
        (None, None),
    ],
)
def test_an_identifier_is_written_one_way(
    database: Database, written: str | None, org_id: str | None
) -> None:
    """As a sender's cell is read, too, in capitals or not."""
    assert value(database, "reference.org_id(?)", written) == org_id
    if written:
        read = TYPES["org_id"].parse("cell", {})
        assert value(database, f"{read} from (select ? as cell)", written.lower()) == org_id


SAME = [
    # as published by councils and an NHS trust
    ("University of Manchester", "University Of Manchester", "THE UNIVERSITY OF MANCHESTER"),
    ("H M Revenues and Customs", "HM REVENUES & CUSTOMS"),
    ("Softcat", "Softcat Ltd", "Softcat Plc", "SOFTCAT LIMITED"),
    ("AECOM Limited", "AECOM Ltd", "Aecom Ltd."),
    ("Hind Care Ltd", "Hind Care Ltd T/A Brookfield", "Hind Care (T/A Brookfield)"),
    ("Eden Boy's Academy", "Eden Boys Academy", "EDEN BOY’S ACADEMY"),
    ("North Lakes Children`s Services Ltd", "North Lakes Children's Services Limited"),
    ("TLC: Talk Listen Change", "TLC: Talk, Listen, Change"),
    ("R S Components Ltd", "RS COMPONENTS", "R.S. Components"),
    ("Hoist & Shower Chair Company", "Hoist and Shower Chair Co. Ltd"),
    ("Manchester Urban Diggers", "Manchester Urban Diggers CIC", "Manchester Urban Diggers C.I.C."),
    ("Zafar & Associates", "ZAFAR AND ASSOCIATES LLP"),
    ("Oracle Corporation U.K.Ltd.,", "Oracle Corporation UK Limited"),
    ("Crèche Sample", "CRECHE SAMPLE LTD"),
    ("T/A Sample Drains", "Sample Drains"),
    ("Premier Care  Ltd", "Premier Care Limited"),
]  # fmt: skip


@pytest.mark.parametrize("spellings", SAME, ids=lambda spellings: spellings[0])
def test_spellings_of_one_supplier_share_a_key(
    database: Database, spellings: tuple[str, ...]
) -> None:
    assert len({value(database, "reference.name_key(?)", name) for name in spellings}) == 1


DIFFERENT = [
    ("University of Manchester", "Manchester Metropolitan University"),
    ("Manchester College", "Manchester Communication Academy"),
    ("HC-One Ltd", "HC-One No.1 Ltd"),
    ("Zurich Insurance", "Zurich Municipal"),
    ("Quadient UK Ltd", "Quadient Finance UK Ltd"),
    ("Sample Care (Bolton) Ltd", "Sample Care (Bury) Ltd"),
    ("Sample Academy 2", "Sample Academy 3"),
    ("Sample Group Ltd", "Sample Ltd"),
    ("Smith Ltd", "Smith & Co Ltd"),
    ("Trading Places Estate Agent", "Places Estate Agent"),
    ("Total Hygiene Ltd", "Total Ltd"),
    ("株式会社", "有限会社"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_suppliers_keep_apart(database: Database, one: str, other: str) -> None:
    keys = {value(database, "reference.name_key(?)", name) for name in (one, other)}
    assert len(keys) == 2
    assert None not in keys


@pytest.mark.parametrize("name", ["", "--", "...", None])
def test_a_name_without_a_letter_has_no_key(database: Database, name: str | None) -> None:
    assert value(database, "reference.name_key(?)", name) is None


@pytest.mark.parametrize("name", ["Ltd", "THE", "PLC", "NA"])
def test_a_name_that_is_only_a_legal_form_keeps_it(database: Database, name: str) -> None:
    assert value(database, "reference.name_key(?)", name) == name.upper()
