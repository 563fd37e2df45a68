"""Names that members paid, found in open registers as they are published."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from anchornet.facts import build
from anchornet.indicators.supplier_places import coverage, register_decisions, register_offers
from anchornet.places.organisations import directory
from anchornet.places.registers import REGISTERS, STEPS
from anchornet.store.database import Database
from anchornet.store.network import NotPossible
from benchmarks.registers import HEADINGS
from tests.conftest import BROMLEY, MANCHESTER, Send

BY = "coordinator@example.org"
HEADING_LIST = [heading.strip() for heading in HEADINGS.split(",")]


def companies(*rows: dict[str, str]) -> bytes:
    """BasicCompanyDataAsOneFile with these rows, under its headings: some begin with a blank."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    usual = {"CompanyCategory": "Private Limited Company", "CompanyStatus": "Active"}
    for row in rows:
        writer.writerow([(usual | row).get(heading, "") for heading in HEADING_LIST])
    return (HEADINGS + "\n" + text.getvalue()).encode()


def company(number: str, name: str, postcode: str = MANCHESTER, former: str = "") -> dict[str, str]:
    return {
        "CompanyName": name,
        "CompanyNumber": number,
        "RegAddress.PostCode": postcode,
        "PreviousName_1.CompanyName": former,
    }


@pytest.fixture
def published(tmp_path: Path) -> Any:
    """published(name, content) -> the path of a register's file."""

    def write(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def enrich(database: Database, **files: Path) -> build.register_matches.MatchReport:
    return build.enrich(database, {name: [path] for name, path in files.items()}, by=BY)


def known(database: Database) -> dict[str, tuple[Any, ...]]:
    frame = directory(database)
    return {
        row["name"]: (row["org_id"], row["postcode"], row["source"], row["other_names"])
        for row in frame.to_dict("records")
    }


HOUSE = "BasicCompanyDataAsOneFile-2026-11-01.csv"
SOURCE = "registered office, Companies House, 1 November 2026"


def test_what_is_certain_is_taken_and_the_rest_is_offered(
    network: Database, spend: Send, published: Any
) -> None:
    spend(
        "council",
        """
        Sample & Sons (Roofing) Ltd,,,,500,Works
        The Kilns Studio,,,,400,Works
        Old Sample Homes Limited,,,,300,Works
        Office for Sample Architectural Pla,,,,200,Works
        Twin Ltd,,,,100,Works
        Sampel Bakery Ltd,,,,50,Food
        Nobody Known Ltd,,,,25,Works
        Numbered Traders,GB-COH-00000009,,,10,Works
        """,
    )
    house = published(
        HOUSE,
        companies(
            company("00000001", "SAMPLE AND SONS (ROOFING) LIMITED"),
            company("00000002", "KILNS STUDIO LIMITED"),
            company("00000003", "NEW SAMPLE HOMES LIMITED", former="OLD SAMPLE HOMES LIMITED"),
            company("00000004", "OFFICE FOR SAMPLE ARCHITECTURAL PLANNING LIMITED"),
            company("00000005", "TWIN LTD"),
            company("00000006", "TWIN CIC", BROMLEY),
            company("00000007", "SAMPLE BAKERY LIMITED"),
            company("00000008", "SAMPLE AND SONS (ROOFING) HOLDINGS LIMITED"),
            company("9", "A QUITE DIFFERENT NAME LIMITED"),
        ),
    )
    assert coverage(network).known == 0
    report = enrich(network, companies_house=house)
    assert (report.taken, report.offered, report.merged) == (4, 3, 0)
    taken = {name: row[:3] for name, row in known(network).items()}
    assert taken == {
        "Sample & Sons (Roofing) Ltd": ("GB-COH-00000001", MANCHESTER, SOURCE),
        "Old Sample Homes Limited": ("GB-COH-00000003", MANCHESTER, SOURCE),
        "OFFICE FOR SAMPLE ARCHITECTURAL PLANNING LIMITED": (
            "GB-COH-00000004", MANCHESTER, SOURCE,
        ),
        "Numbered Traders": ("GB-COH-00000009", MANCHESTER, SOURCE),
    }  # fmt: skip
    assert coverage(network).known == 500 + 300 + 200 + 10
    offers = register_offers(network)[["supplier", "org_id", "how"]]
    # Without a legal form somebody may only trade under it; two companies have one name; a slip.
    assert [tuple(row) for row in offers.itertuples(index=False)] == [
        ("The Kilns Studio", "GB-COH-00000002", "name"),
        ("Twin Ltd", "GB-COH-00000005", "name"),
        ("Twin Ltd", "GB-COH-00000006", "name"),
        ("Sampel Bakery Ltd", "GB-COH-00000007", "similar"),
    ]
    # The same again changes nothing.
    again = enrich(network, companies_house=house)
    assert (again.taken, again.offered) == (0, 0)


def test_an_offer_is_accepted_refused_and_taken_back(
    network: Database, spend: Send, published: Any
) -> None:
    spend("council", "Kilns Studio,,,,400,Works\nSampel Bakery Ltd,,,,600,Food")
    house = published(
        HOUSE,
        companies(
            company("00000002", "KILNS STUDIO LIMITED"),
            company("00000007", "SAMPLE BAKERY LIMITED"),
        ),
    )
    enrich(network, companies_house=house)
    build.decide_match(network, "SAMPELBAKERY", "GB-COH-00000007", "accepted", by=BY)
    assert coverage(network).known == 600
    build.decide_match(network, "KILNSSTUDIO", "GB-COH-00000002", "refused", by=BY)
    assert register_offers(network).empty
    assert register_decisions(network)["state"].tolist() == ["refused", "accepted"]
    # What is refused is never offered again.
    enrich(network, companies_house=house)
    assert register_offers(network).empty
    build.decide_match(network, "SAMPELBAKERY", "GB-COH-00000007", "offered", by=BY)
    assert coverage(network).known == 0
    assert directory(network).empty
    assert register_offers(network)["supplier"].tolist() == ["Sampel Bakery Ltd"]
    # The last step is undone as anything of the directory is.
    build.undo_organisations(network, by=BY)
    assert coverage(network).known == 600
    build.decide_match(network, "KILNSSTUDIO", "GB-COH-00000002", "accepted", by=BY)
    assert coverage(network).known == 1000
    with pytest.raises(NotPossible, match="No register offers this"):
        build.decide_match(network, "KILNSSTUDIO", "GB-COH-1", "accepted", by=BY)


def test_what_somebody_changed_since_stays_when_a_match_is_taken_back(
    network: Database, spend: Send, published: Any
) -> None:
    spend("council", "Sample Homes Ltd,,,,400,Works")
    enrich(network, companies_house=published(HOUSE, companies(company("1", "SAMPLE HOMES LTD"))))
    typed = [{"name": "Sample Homes Ltd", "size": "small", "postcode": BROMLEY}]
    build.record_organisations(network, typed, by=BY, source="Sample council")
    build.decide_match(network, "SAMPLEHOMES", "GB-COH-00000001", "refused", by=BY)
    (row,) = directory(network).to_dict("records")
    assert (row["org_id"], row["postcode"], row["size"]) == (None, BROMLEY, "small")


def test_two_names_of_one_number_are_one_organisation(
    network: Database, spend: Send, published: Any
) -> None:
    spend("council", "Greater Sample Combined Authority L,,,,300,Works")
    spend("hospital", "Greater Sample Combined Authority Limited,,,,100,Works")
    house = published(HOUSE, companies(company("1", "GREATER SAMPLE COMBINED AUTHORITY LIMITED")))
    report = enrich(network, companies_house=house)
    assert (report.taken, report.merged) == (2, 1)
    ((_, postcode, *_),) = known(network).values()
    assert postcode == MANCHESTER
    assert coverage(network).known == 400
    build.undo_organisations(network, by=BY)
    assert coverage(network).known == 0
    assert network.rows("from current_register_matches(null)") == []


def test_each_register_is_read_as_it_is_published(
    network: Database, spend: Send, published: Any
) -> None:
    spend(
        "council",
        """
        Sample Hardship Charity,,,,1,Works
        Sample Teaching Hospitals,,,,2,Works
        St Sample's Primary School,,,,4,Works
        Sample Borough Council,,,,8,Works
        """,
    )
    charity = {
        "registered_charity_number": 123456,
        "linked_charity_number": 0,
        "charity_name": "SAMPLE HARDSHIP CHARITY",
        "charity_registration_status": "Registered",
        "charity_contact_postcode": MANCHESTER,
        "charity_company_registration_number": None,
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        content = json.dumps([charity, charity | {"linked_charity_number": 1}])
        archive.writestr("publicextract.charity.json", "\ufeff" + content)
    trust = ["R0X", "SAMPLE TEACHING HOSPITALS", *[""] * 7, MANCHESTER, "19910401", ""]
    school = (
        "URN,EstablishmentName,EstablishmentStatus (name),EstablishmentTypeGroup (name),Postcode"
    )
    school += f"\n100001,St Sample\u2019s Primary School,Open,Academies,{MANCHESTER}\n"
    report = enrich(
        network,
        charities=published("publicextract.charity.zip", packed.getvalue()),
        nhs=published("etr.csv", ",".join(f'"{cell}"' for cell in trust + [""] * 15).encode()),
        schools=published("edubasealldata20261101.csv", school.encode("cp1252")),
        list=published(
            "councils.csv",
            f"Name,Org id,Postcode\nSample Borough Council,GB-LAE-XXX,{MANCHESTER}\n".encode(),
        ),
    )
    assert report.taken == 4
    ids = {name: row[0] for name, row in known(network).items()}
    assert ids == {
        "Sample Hardship Charity": "GB-CHC-123456",
        "Sample Teaching Hospitals": "GB-NHS-R0X",
        "St Sample's Primary School": "GB-EDU-100001",
        "Sample Borough Council": "GB-LAE-XXX",
    }
    assert (
        "Get Information about Schools, 1 November 2026"
        in known(network)["St Sample's Primary School"][2]
    )


def test_a_charity_that_is_a_company_is_one_organisation(
    network: Database, spend: Send, published: Any
) -> None:
    spend("council", "Sample Youth Trust Ltd,,,,1,Works")
    text = (
        "registered_charity_number\tlinked_charity_number\tcharity_name\t"
        "charity_registration_status\tcharity_contact_postcode\t"
        "charity_company_registration_number\n"
        f"55\t0\tSAMPLE YOUTH TRUST LTD\tRegistered\t{BROMLEY}\t77\n"
    )
    enrich(
        network,
        companies_house=published(HOUSE, companies(company("00000077", "SAMPLE YOUTH TRUST LTD"))),
        charities=published("publicextract.charity.txt", text.encode()),
    )
    (row,) = directory(network).to_dict("records")
    # Where it is says the first of them, what it is any.
    assert (row["org_id"], row["postcode"], row["type"]) == ("GB-COH-00000077", MANCHESTER, "vcse")


def test_councils_and_police_forces_are_read_as_they_are_published(
    network: Database, spend: Send, published: Any
) -> None:
    spend(
        "council",
        """
        Sampleshire County Council,,,,300,Grants
        Old Sample District Council,,,,200,Grants
        Sample Valley Constabulary,,,,100,Grants
        """,
    )
    authorities = published(
        "local-authority-eng-2026-11-01.csv",
        b"key,local-authority-eng,name,official-name,local-authority-type,start-date,end-date\n"
        b"SSH,SSH,Sampleshire,Sampleshire County Council,CTY,,\n"
        b"OSA,OSA,Old Sample,Old Sample District Council,NMD,,2023-03-31\n",
    )
    forces = published(
        "forces-2026-11-01.json",
        json.dumps(
            [
                {"id": "sample-valley", "name": "Sample Valley Constabulary"},
                {"id": "btp", "name": "British Transport Police"},
            ]
        ).encode(),
    )
    report = enrich(network, authorities=authorities, police=forces)
    assert (report.taken, report.offered) == (2, 0)
    rows = {row["name"]: row for row in directory(network).to_dict("records")}
    assert {name: (row["org_id"], row["type"]) for name, row in rows.items()} == {
        "Sampleshire County Council": ("GB-LAE-SSH", "public"),
        "Sample Valley Constabulary": ("GB-POLICE-SAMPLE-VALLEY", "public"),
    }
    assert rows["Sampleshire County Council"]["source"] == (
        "name, local authorities in England, 1 November 2026"
    )


@pytest.mark.parametrize("name", REGISTERS)
def test_another_file_is_refused_with_what_it_should_be(
    network: Database, published: Any, name: str
) -> None:
    if name == "nhs":
        return  # its files have no headings that could be wrong
    path = published("payments.csv", b"Supplier,Amount\nA,1\n")
    with pytest.raises(NotPossible, match=r"payments.csv lacks the column .* takes"):
        enrich(network, **{name: path})


def test_individuals_redacted_names_and_those_left_out_are_not_looked_up(
    network: Database, send: Send, published: Any
) -> None:
    build.load_organisations(network, b"name,excluded\nSample Tax Ltd,tax\n", by=BY)
    send(
        "spend",
        "council",
        """
        Sample Person Ltd,individual,2026-09-02,1
        REDACTED PERSONAL DATA,,2026-09-02,1
        Sample Tax Ltd,,2026-09-02,1
        """,
        "supplier_name,supplier_type,paid_on,amount_gbp",
    )
    names = build.register_matches.wanted_names(network)
    assert names.num_rows == 0


def test_the_short_way_to_a_companys_key_is_the_same_key(database: Database) -> None:
    names = [
        "SAMPLE HOMES LIMITED", "THE SAMPLE HOMES LIMITED", "SAMPLE LTD LIMITED",
        "SAMPLE COMPANY LIMITED", "SAMPLE COMPANY HOMES LIMITED", "SAMPLE PLC", "A & CO LIMITED",
        "SAMPLE L T D LIMITED", "SAMPLE C I C LIMITED", "LIMITED LIMITED", " LIMITED", "A LIMITED",
        "SAMPLE T/A OTHER LIMITED", "SAMPLE TRADING AS OTHER LIMITED", "SAMPLE  HOMES LIMITED",
        "SAMPLE LIMITED LIABILITY PARTNERSHIP LIMITED", "SAMPLÉ LIMITED", "Sample Homes Limited",
        "SAMPLE PUBLIC LIMITED COMPANY", "SAMPLE COMMUNITY INTEREST COMPANY LIMITED",
    ]  # fmt: skip
    macro = STEPS[0].split("create temp macro register_key")[1].split(";")[0]
    with database.cursor() as cursor:
        cursor.execute(f"create temp macro register_key{macro}")
        rows = cursor.execute(
            "select name, register_key(name), reference.name_key(name) "
            "from (select unnest($names) as name)",
            {"names": names},
        ).fetchall()
    assert [row for row in rows if row[1] != row[2]] == []


def test_a_vat_number_only_hints_at_who_a_name_is(
    network: Database, send: Send, published: Any
) -> None:
    send(
        "spend",
        "council",
        """
        Sample Telephones Ltd,GB123456789,2026-09-02,100
        Mobile Airtime,123 4567 89,2026-09-02,50
        Sample Borough Council Ltd,GB111222333,2026-09-02,10
        Sample Borough School Ltd,GB111222333,2026-09-02,10
        The School Canteen,GB111222333,2026-09-02,10
        No Number,NA,2026-09-02,10
        """,
        "Supplier Name,VATRegistrationNumber,Payment date,Amount",
    )
    house = published(
        HOUSE,
        companies(
            company("1", "SAMPLE TELEPHONES LIMITED"),
            company("2", "SAMPLE BOROUGH COUNCIL LIMITED"),
            company("3", "SAMPLE BOROUGH SCHOOL LIMITED"),
        ),
    )
    assert enrich(network, companies_house=house).taken == 3
    # Of a number that two organisations share nobody knows whose the third name is.
    offers = register_offers(network)[["supplier", "org_id", "how"]]
    assert offers.values.tolist() == [["Mobile Airtime", "GB-COH-00000001", "vat"]]
    build.decide_match(network, "MOBILEAIRTIME", "GB-COH-00000001", "accepted", by=BY)
    assert known(network)["Sample Telephones Ltd"][3] == ["Mobile Airtime"]
    assert coverage(network).known == 170
