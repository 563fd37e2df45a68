"""Who is in the network, and what each brings."""

from collections.abc import Callable
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from anchornet.access import Person
from anchornet.facts import build
from anchornet.places.standards import load_standards
from anchornet.settings import Settings
from anchornet.store.framework import SAMPLE, load_framework
from anchornet.store.needs import Need, record_need

Visit = Callable[..., AppTest]
Said = Callable[[AppTest], str]
Small = Callable[[str, str, str, str], None]

COORDINATOR = Person("runs@sample.invalid", "Runs", frozenset({"coordinator"}))
OWN = Person("own@sample.invalid", "Own", frozenset({"member_viewer"}), "council")
COMMS = Person("comms@sample.invalid", "Comms", frozenset({"comms"}))
DIRECTORY = b"""name,postcode,roles,supplies,pathways,serves,checked_on
Sample Jobs CIC,M40 8QA,vcse;employment_support,,pre_employment,E08000003,2026-08-01
Sample Kitchen CIC,M23 1PW,supplier;vcse,Catering and food,,,
Sample Nobody Ltd,M40 8QA,,,,,
Sample council,M23 1PW,,,,,
"""
SPEND = """
    supplier_name,supplier_postcode,paid_on,amount_gbp
    Sample Kitchen CIC,M23 1PW,2026-09-02,600
"""


@pytest.fixture
def listed(small: Small, settings: Settings) -> None:
    database = build.open_network(settings)
    build.load_organisations(database, DIRECTORY, by="x")
    database.close()
    small("council", "spend", "2026-09", SPEND)
    small("hospital", "spend", "2026-09", SPEND)


@pytest.mark.usefixtures("listed")
def test_members_and_partners_with_what_each_brings(visit: Visit, said: Said) -> None:
    app = visit("partners", COORDINATOR)
    text = unescape(said(app))
    assert "Two members and two partners." in text
    assert "Member: Council" in text
    assert "Sample Jobs CIC" in text
    assert "Employment support; Voluntary, community or social enterprise" in text
    assert "Pathways: Pre-employment" in text
    assert "Works in: Manchester" in text
    assert "Supplies: Catering and food" in text
    assert "1 August 2026" in text
    assert "Sample Nobody Ltd" not in text
    assert text.count("Sends spend with suppliers") == 2
    (deck,) = app.get("deck_gl_json_chart")
    assert "Sample Jobs CIC" in deck.proto.json
    assert "Sample Kitchen CIC, Sample council" in deck.proto.json.replace(
        "Sample council, Sample Kitchen CIC", "Sample Kitchen CIC, Sample council"
    )


FAR = b"Sample Far CIC,LS1 1UR,vcse,,,,\nSample Farther CIC,CF10 1EP,vcse,,,,\n"


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize(
    ("more", "said_of_it"),
    [
        (b"", "one has no address there."),
        (FAR, "two lie beyond the map; one has no address there."),
    ],
)
def test_what_is_not_on_the_map_is_counted(
    settings: Settings, visit: Visit, said: Said, more: bytes, said_of_it: str
) -> None:
    database = build.open_network(settings)
    build.load_organisations(database, DIRECTORY + more, by="x")
    database.close()
    text = said(visit("partners", COORDINATOR))
    assert f"By the ward of the address in the directory; {said_of_it}" in text


@pytest.mark.usefixtures("listed")
def test_a_role_is_picked(visit: Visit, said: Said) -> None:
    app = visit("partners", COMMS)
    app.query_params["role"] = "Employment support"
    app.run()
    assert "Sample Jobs CIC" in said(app)
    assert "Sample Kitchen CIC" not in said(app)
    app.query_params["role"] = "Members"
    app.run()
    assert "Sample Jobs CIC" not in said(app)
    assert "Sample hospital" in said(app)


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize(("person", "many"), [(OWN, 1), (COMMS, 0)])
def test_what_others_sent_is_for_who_sees_each_member(
    visit: Visit, said: Said, person: Person, many: int
) -> None:
    assert said(visit("partners", person)).count("Sends spend with suppliers") == many


def test_what_is_under_any_name_of_an_organisation_is_its_own(
    small: Small, settings: Settings, visit: Visit, said: Said
) -> None:
    database = build.open_network(settings)
    load_framework(database, SAMPLE.read_bytes(), by="x")
    old = DIRECTORY + b"Old Kitchen Ltd,,,,,,\nOld council,M40 8QA,,,,,\n"
    build.load_organisations(database, old, by="x")
    load_standards(
        database,
        b"organisation,standard,held_from\n"
        b"OLD KITCHEN LIMITED,ethical_care_charter,2026-01-01\n"
        b"Sample Kitchen CIC,ethical_care_charter,2026-01-01\n"
        b"Old Kitchen Ltd,living_wage,2026-01-01\n"
        b"Old council,living_wage,2026-01-01\n",
        by="x",
    )
    need = Need("Old Kitchen  Ltd", "good_work", "goods", "A cooker", date(2099, 1, 1))
    record_need(database, need, by="x")
    database.close()
    promises = (
        "source,agreement_ref,starts_on,ends_on,organisation_name,measure,promised,published\n"
        "contract,C-1,2026-01-01,2028-12-31,Old Kitchen Limited,careers_time,4,yes\n"
        "contract,C-2,2026-01-01,2028-12-31,Sample Kitchen CIC,careers_time,4,yes\n"
    )
    small("council", "commitments", "2026-09", promises)
    database = build.open_network(settings)
    build.merge_organisations(database, "Old Kitchen Ltd", "Sample Kitchen CIC", by="x")
    build.merge_organisations(database, "Sample council", "Old council", by="x")
    database.close()
    text = unescape(said(visit("partners", COMMS)))
    brings = (
        "Two promises. Supplies: Catering and food. "
        "Holds: Real Living Wage accreditation; Ethical care charter. Asks for one thing"
    )
    assert brings in text
    # A member whose name was merged into another one is its organisation.
    assert text.count("Holds: Real Living Wage accreditation") == 2
    assert "Old council" not in text.split("Standards held")[0]


def test_the_sample_has_partners_of_each_role(looked_at: Path, visit: Visit, said: Said) -> None:
    text = said(visit("partners", COMMS))
    assert "Twelve members and 21 partners." in text
    for role in ("Employment support: 1", "Pre-employment training: 4", "Business network: 1"):
        assert role in text


def test_the_coordinator_loads_who_signed_a_charter(
    small: Small, settings: Settings, visit: Visit, said: Said
) -> None:
    database = build.open_network(settings)
    load_framework(database, SAMPLE.read_bytes(), by="x")
    database.close()
    assert not visit("partners", COMMS).file_uploader
    app = visit("partners", COORDINATOR)
    assert "No list says who holds a standard." in said(app)
    good = (
        b"name,charter,stage,since\n"
        b"Sample Kitchen CIC,good_employment_charter,Member,2026-02-01\n"
        b"Sample Jobs CIC,good_employment_charter,Supporter,2026-02-01\n"
    )
    for data, words in (
        (good.replace(b"Member", b"Queen"), "Queen is no step of"),
        (good, "Standards added: 2; changed: 0; as they were: 0."),
    ):
        app.file_uploader[0].set_value(("charter.csv", data, "text/csv"))
        next(each for each in app.button if each.label == "Save list").click().run()
        assert not app.exception
        assert words in said(app)
    assert "Good employment charter: one organisation." in said(app)
    assert "Sample Jobs CIC" not in said(app)
