"""A member's people, and whoever sees members together, try to learn whom another member pays and
how much: by adding organisations, and by what differs before and after names are merged."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from anchornet.exports import site
from anchornet.exports.pack import evidence
from anchornet.facts import build
from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE
from anchornet.indicators.figures import (
    NETWORK,
    PUBLIC,
    TOGETHER,
    Audience,
    NotOffered,
    Request,
    figures,
    is_offered,
    own_of,
)
from anchornet.indicators.leakage import concentration
from anchornet.intake.submit import submit
from anchornet.periods import add_months, month_text
from anchornet.places import partners
from anchornet.places.organisations import directory
from anchornet.places.standards import load_standards
from anchornet.returns.declaration import RETURNS
from anchornet.store import asks
from anchornet.store.database import Database, utc_now
from anchornet.store.framework import SAMPLE, load_framework
from tests import canaries
from tests.canaries import CANARIES, LAST

MINE, THEIRS, _ = CANARIES
BY = "council@example.org"
OF_SPEND = [name for name, it in CATALOGUE.items() if it.return_name == "spend"]


@pytest.fixture
def paid(database: Database) -> Database:
    canaries.build(database)
    return database


def seen(database: Database, audience: Audience, as_at: datetime | None = None) -> list[object]:
    """All figures of pounds and suppliers that the audience is offered, whole and by each part."""
    rows: list[object] = []
    for by in ((), *((name,) for name in BREAKDOWNS)):
        names = [name for name in OF_SPEND if {*by} <= {*CATALOGUE[name].breakdowns}]
        request = Request(names, [LAST], as_at=as_at, by=by)
        if names and is_offered(request, audience):
            frame = figures(database, request, audience).drop(columns="as_at")
            rows += frame.astype(str).to_dict("records")
    return rows


def add(database: Database, rows: str, member_id: str | None = "council") -> str:
    data = f"name,postcode\n{rows}\n".encode()
    report = build.load_organisations(
        database, data, by=BY, filling_in=True, source="Sample council", paid_by=member_id
    )
    return report.sentence()


def test_adding_an_organisation_does_not_say_whether_another_member_pays_it(
    paid: Database,
) -> None:
    before = seen(paid, own_of("council"))
    assert len(before) > 50
    answers = {add(paid, f"{name},M2 5DB") for name in (THEIRS.supplier, "Nobody At All Ltd")}
    assert len(answers) == 1
    assert "none of your payments names them: 1" in answers.pop()
    assert directory(paid).empty
    assert seen(paid, own_of("council")) == before


@pytest.mark.parametrize(
    "name", [MINE.supplier, MINE.supplier.upper().replace(" LTD", " LIMITED"), "Old Joinery"]
)
def test_ones_own_suppliers_are_added_under_any_of_their_names(paid: Database, name: str) -> None:
    rows = f"name,postcode\nOld Joinery,\n{MINE.supplier},\nNew,M2 5DB\n"
    build.load_organisations(paid, rows.encode(), by="x")
    build.merge_organisations(paid, "Old Joinery", MINE.supplier, by="x")

    def local() -> float:
        frame = figures(paid, Request(["spend"], [LAST], by=["ring"]), own_of("council"))
        return float(frame[frame["ring"] == "area"]["value"].sum())

    before = local()
    assert "Left out" not in add(paid, f"{name},M2 5DB")
    assert local() - before == pytest.approx(float(MINE.amount))


def _merge(database: Database) -> None:
    build.merge_organisations(database, THEIRS.supplier, "Sample Paper Ltd", by="x")


def _place(database: Database) -> None:
    add(database, f"{THEIRS.supplier},M2 5DB", None)


def _accept(database: Database) -> None:
    canaries.look_up(database)


CHANGES: Sequence[Callable[[Database], None]] = (_merge, _place, _accept)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("audience", [TOGETHER, own_of("council")])
def test_what_a_change_of_the_directory_moved_is_not_asked_for_afterwards(
    paid: Database, change: Callable[[Database], None], audience: Audience
) -> None:
    build.load_organisations(paid, b"name,postcode\nSample Paper Ltd,M2 5DB\n", by="x")
    then = utc_now()
    seen(paid, audience, then)  # as at now, nothing has changed since
    change(paid)
    assert seen(paid, audience) != []
    for moment in (then, then - timedelta(milliseconds=1)):
        with pytest.raises(NotOffered, match="those that a meeting saw"):
            seen(paid, audience, moment)


def test_the_public_is_told_of_no_organisation(paid: Database) -> None:
    canaries.look_up(paid)
    told = str(seen(paid, PUBLIC))
    for canary in CANARIES:
        assert canary.word not in told


@pytest.mark.parametrize("audience", [NETWORK, TOGETHER, PUBLIC, own_of("council")])
def test_suppliers_are_for_who_paid_them(paid: Database, audience: Audience) -> None:
    request = Request(["spend"], [LAST], by=["supplier"])
    for asked in (
        request,
        replace(request, members=["hospital"]),
        replace(request, by=["ring"], where={"supplier": [THEIRS.supplier]}),
    ):
        with pytest.raises(NotOffered):
            figures(paid, asked, audience)
    few = concentration(paid, replace(request, by=()), audience)
    assert {*few.largest["supplier"]} == {""}
    if audience.members:
        own = figures(paid, replace(request, members=["council"]), audience)
        assert MINE.supplier in {*own["supplier"]}


def test_nothing_of_a_members_own_is_in_what_leaves(paid: Database) -> None:
    canaries.look_up(paid)
    canaries.ask(paid)
    asks.write(paid, "Ten posts.", by="x")
    asks.approve(paid, 1, "y")
    files = site.build(paid)
    assert {"evidence.html", "wishes.html"} <= files.keys()
    wishes = files["wishes.html"].decode()
    # What is agreed or delivered has left the list.
    assert ["Thing 0" in wishes, "Thing 1" in wishes, "Thing 2" in wishes] == [True, False, False]
    for form in (".pptx", ".pdf"):
        files[form] = evidence.make_file(paid, form)
    for name, data in files.items():
        for canary in CANARIES:
            assert not canaries.found(canary, data), name


FIRM, NOBODY = "GB-COH-07654321", "GB-COH-09999999"


def _know_firm(database: Database) -> None:
    """A firm that another member alone pays, says is accredited and has a promise of, and that
    holds a standard."""
    load_framework(database, SAMPLE.read_bytes(), by=BY)
    month = month_text(LAST)
    quarter = add_months(LAST, -((LAST.month) % 3))
    files = {
        "spend": (
            "supplier_name,supplier_id,supplier_postcode,paid_on,amount_gbp,category\n"
            f"{THEIRS.supplier},,,{month}-02,{THEIRS.amount},Repairs\n"
            f"Sample Paper Ltd,,M2 5DB,{month}-03,79000,Repairs\n"
            f"Hidden Works Ltd,{FIRM},,{month}-05,44444.44,Repairs\n"
        ),
        "living_wage": (
            "employer_name,employer_id,sector,relationship,status,accredited_on,renewal_due_on\n"
            f"Hidden Works Ltd,{FIRM},private,supplier,accredited,2025-01-01,2027-12-31\n"
        ),
        "commitments": (
            "source,agreement_ref,starts_on,ends_on,organisation_name,organisation_id,measure,"
            "promised,due_on,delivered\n"
            f"contract,REF-1,2025-01-01,2028-01-01,Hidden Works Ltd,{FIRM},local_jobs,10,"
            "2027-12-31,2\n"
        ),
    }
    for name, data in files.items():
        submit(
            database, RETURNS[name], data.encode(), "x.csv", member_id="hospital", by=BY,
            period=quarter if name == "commitments" else LAST, accept_warnings="It is a test.",
        )  # fmt: skip
    held = f"organisation,org_id,standard,held_from\nHidden Works Ltd,{FIRM},good_employment_charter,2025-01-01\n"  # noqa: E501
    load_standards(database, held.encode(), by=BY)


def test_another_firms_number_on_ones_own_supplier_says_nothing_of_that_firm(
    paid: Database,
) -> None:
    _know_firm(paid)
    audiences = (own_of("council"), TOGETHER, PUBLIC, NETWORK)
    rows = f"name,org_id,postcode\n{MINE.supplier},{{}},M2 5DB\n"
    learnt = []
    for number in (NOBODY, FIRM):
        report = build.load_organisations(
            paid, rows.format(number).encode(), by=BY, filling_in=True, source="Sample council",
            paid_by="council",
        )  # fmt: skip
        assert "Org-IDs left out, as your payments don't carry them" in report.sentence()
        learnt.append(
            [[seen(paid, audience) for audience in audiences], partners.partners(paid, LAST),
             directory(paid).to_dict("records")]
        )  # fmt: skip
    assert str(learnt[0]) == str(learnt[1])
    (mine,) = [row for row in learnt[1][2] if row["name"] == MINE.supplier]
    assert (mine["org_id"], mine["postcode"]) == (None, "M2 5DB")


def test_a_number_that_ones_own_payments_carry_is_added(paid: Database) -> None:
    month = month_text(LAST)
    data = f"supplier_name,supplier_id,paid_on,amount_gbp\nOwn Ltd,{NOBODY},{month}-02,10\n"
    submit(
        paid, RETURNS["spend"], data.encode(), "x.csv", member_id="council", by=BY, period=LAST,
        accept_warnings="It is a test.",
    )  # fmt: skip
    rows = f"name,org_id\nOwn Ltd,{NOBODY.lower()}\n"
    report = build.load_organisations(
        paid, rows.encode(), by=BY, filling_in=True, source="Sample council", paid_by="council"
    )
    assert "left out" not in report.sentence()
    assert list(directory(paid)["org_id"]) == [NOBODY]
