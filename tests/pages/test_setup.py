"""A network begins in the browser: by a link that works once, in steps of any order."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from itertools import permutations
from pathlib import Path
from random import Random

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from anchornet.access import ROLES, Person, sample_people
from anchornet.exports.mail import worker
from anchornet.server import identity
from anchornet.server.sign_in_routes import ROUTES
from anchornet.settings import Settings
from anchornet.store import authentication, setup
from anchornet.store.authentication import SETUP, SignInRefused, make_first_link, open_first_account
from anchornet.store.database import Database, append, utc_now
from anchornet.store.mail import mails
from anchornet.store.meetings import meetings
from anchornet.store.network import NotPossible, mark_sample, members
from anchornet.store.people import account, accounts, record_person
from anchornet.store.targets import targets
from anchornet.ui.setup import meeting_dates
from tests.pages.conftest import Serve
from tests.pages.test_account import OURS, SENDS
from tests.pages.test_meetings import press

Visit = Callable[..., AppTest]
Said = Callable[[AppTest], str]
Opened = Callable[[], Database]

RUNS, CODE = "runs@example.org", "three quiet words"
COORDINATOR = Person("runs@sample.invalid", "Runs", frozenset({"coordinator"}))
PEOPLE = sample_people([("city-council", "Sample City Council")])


# --- the first link -------------------------------------------------------------------------------


def test_the_first_link_makes_one_coordinator_and_works_once(database: Database) -> None:
    link = make_first_link(database)
    token = open_first_account(database, link, RUNS, "Runs Sample", CODE)
    held = authentication.signed_in(database, token)
    assert held
    assert held.email == RUNS
    made = account(database, RUNS)
    assert made
    assert made.grants == {("coordinator", None)}
    assert authentication.sign_in(database, RUNS, CODE)
    assert setup.is_open(database)
    with pytest.raises(SignInRefused, match="used before"):
        open_first_account(database, link, "second@example.org", "Second", CODE)
    with pytest.raises(NotPossible, match="people already"):
        make_first_link(database)
    assert [one.email for one in accounts(database)] == [RUNS]


def test_of_many_who_open_the_first_link_at_once_one_gets_in(database: Database) -> None:
    link = make_first_link(database)

    def try_it(number: int) -> bool:
        try:
            open_first_account(database, link, f"n{number}@example.org", "Somebody", CODE)
        except SignInRefused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_it, range(8))) == 1
    assert len(accounts(database)) == 1


def test_a_new_first_link_ends_the_one_before_and_each_ends_by_itself(database: Database) -> None:
    now = utc_now()
    first, second = make_first_link(database, now=now), make_first_link(database, now=now)
    with pytest.raises(SignInRefused):
        open_first_account(database, first, RUNS, "Runs", CODE, now=now)
    late = now + timedelta(hours=authentication.FIRST_LINK_HOURS)
    with pytest.raises(SignInRefused):
        open_first_account(database, second, RUNS, "Runs", CODE, now=late)
    assert not accounts(database)
    early = late - timedelta(seconds=1)
    assert open_first_account(database, second, RUNS, "Runs", CODE, now=early)


def test_a_first_link_opens_nothing_once_somebody_was_added_otherwise(database: Database) -> None:
    link = make_first_link(database)
    record_person(database, RUNS, "Runs", {("coordinator", None)}, by="x")
    with pytest.raises(SignInRefused):
        open_first_account(database, link, "second@example.org", "Second", CODE)


@pytest.mark.parametrize(
    ("email", "name", "password"),
    [("no address", "Runs", CODE), (RUNS, " ", CODE), (RUNS, "Runs", "short")],
)
def test_what_is_wrong_with_an_account_does_not_spend_the_link(
    database: Database, email: str, name: str, password: str
) -> None:
    link = make_first_link(database)
    with pytest.raises(NotPossible):
        open_first_account(database, link, email, name, password)
    assert open_first_account(database, link, RUNS, "Runs", CODE)


def test_a_sample_network_has_no_first_link(database: Database) -> None:
    mark_sample(database)
    with pytest.raises(NotPossible):
        make_first_link(database)


def test_no_other_kind_of_link_opens_the_first_account(network: Database) -> None:
    record_person(network, RUNS, "Runs", {("coordinator", None)}, by="x")
    other = authentication.make_link(network, RUNS, by="x")
    from anchornet.store.people import remove_person

    remove_person(network, RUNS, by="x")
    with pytest.raises(SignInRefused):
        open_first_account(network, other, RUNS, "Runs", CODE)
    link = make_first_link(network)
    with pytest.raises(SignInRefused):
        authentication.use_link(network, link)


def test_the_link_leads_a_browser_to_its_account_and_to_the_steps(
    serve: Serve, settings: Settings, database: Database, visit: Visit, said: Said
) -> None:
    link = make_first_link(database)
    database.close()
    serve(settings)
    assert "Nobody can sign in to this network yet." in said(visit("overview"))
    one = TestClient(Starlette(routes=ROUTES), follow_redirects=False)
    assert "Create account" in one.get(f"/first/{link}").text
    typed = {"name": "Runs Sample", "email": RUNS, "new": CODE, "again": "three quiet worlds"}
    differs = one.post(f"/first/{link}", data=typed, headers=OURS).text
    assert "The two passwords differ." in differs
    assert 'value="Runs Sample"' in differs
    assert CODE not in differs
    assert one.post(f"/first/{link}", data=typed).status_code == 403  # from elsewhere
    typed["again"] = CODE
    answer = one.post(f"/first/{link}", data=typed, headers=OURS)
    assert answer.headers["location"] == "/setup"
    assert identity.COOKIE in answer.cookies
    again = TestClient(Starlette(routes=ROUTES), follow_redirects=False)
    refused = again.post(f"/first/{link}", data=typed, headers=OURS)
    assert refused.status_code == 403
    assert "used before" in refused.text
    assert "Nobody can sign in" not in said(visit("overview"))


# --- the steps ------------------------------------------------------------------------------------


@pytest.fixture
def begun_network(serve: Serve, settings: Settings, database: Database) -> Path:
    """Without members, as it is right after the first account was made; a sample, so that the test
    can be anybody in it."""
    mark_sample(database)
    with database.writing() as cursor:
        append(cursor, "meta", SETUP, "begun", utc_now())
    database.close()
    serve(settings)
    return settings.database


def at(app: AppTest, step: str) -> AppTest:
    app.query_params["step"] = step
    app.run()
    assert not app.exception
    return app


def put(app: AppTest, key: str, value: object, kind: str = "text_input") -> None:
    getattr(app, kind)(key=f"typed_{key}").set_value(value).run()
    assert not app.exception


def do_network(app: AppTest) -> None:
    put(app, "network_name", "Our Network")
    press(app, "Save name")


def do_area(app: AppTest) -> None:
    put(app, "area_area", ["E08000007"], "multiselect")
    press(app, next(one.label for one in app.button if one.key == "area_offer"))
    press(app, "Save area")


def do_deadlines(app: AppTest) -> None:
    put(app, "deadlines_due_days", 15, "number_input")
    press(app, "Save deadlines")


def do_members(app: AppTest) -> None:
    pasted = "Name\tKind\nTown Council\tCouncil\nTown Hospital\tnhs\tgb-nhs-x1"
    put(app, "members_text", pasted, "text_area")
    press(app, "Add two members")


def do_people(app: AppTest) -> None:
    for number in range(2):
        if any(one.key == "typed_people_role" for one in app.selectbox):
            put(app, "people_name", f"Person {number}")
            put(app, "people_email", f"person{number}@example.org")
            press(app, "Add and make an invitation")


def do_targets(app: AppTest) -> None:
    put(app, "targets_today_local_start_share", "30%")
    put(app, "targets_target_local_start_share", "45%")
    press(app, "Save one target")


def do_meetings(app: AppTest) -> None:
    put(app, "meetings_day", date(2026, 12, 8), "date_input")
    press(app, "Add three meetings")


DO = {
    "network": do_network,
    "area": do_area,
    "deadlines": do_deadlines,
    "members": do_members,
    "people": do_people,
    "targets": do_targets,
    "meetings": do_meetings,
}


def test_every_step_is_tried() -> None:
    assert [*DO] == [*setup.STEPS]


def test_the_steps_follow_one_another_and_leave_a_network(
    begun_network: Path, visit: Visit, said: Said, opened: Opened
) -> None:
    app = visit("setup", COORDINATOR)
    assert "Seven steps left to set up the network." in said(app)
    for number, (step, do) in enumerate(DO.items()):
        assert setup.STEPS[step] in said(app), step
        do(app)
        left = [name for name, done in setup.done(opened()).items() if not done]
        assert left == [*DO][number + 1 :]
        if left:
            at(app, left[0])
    assert "The network is set up." in said(app)
    database = opened()
    settings = database.settings
    assert (settings.network_name, settings.due_days) == ("Our Network", 15)
    assert (settings.area, settings.area_name) == (("E08000007",), "Stockport")
    assert settings.wider_area_name == "Greater Manchester"
    assert len(settings.wider_area) == 10
    frame = members(database)
    assert list(frame["name"]) == ["Town Council", "Town Hospital"]
    assert list(frame["kind"]) == ["council", "nhs"]
    assert list(frame["org_id"]) == [None, "GB-NHS-X1"]
    assert [one.grants for one in accounts(database)] == [
        {("member_contributor", "town-council")},
        {("member_contributor", "town-hospital")},
    ]
    (target,) = targets(database)
    assert (target.indicator, target.baseline, target.target) == ("local_start_share", 0.3, 0.45)
    # The second Tuesday of every second month.
    assert [one.starts_at for one in reversed(meetings(database))] == [
        datetime(2026, 12, 8, 9),
        datetime(2027, 2, 9, 9),
        datetime(2027, 4, 13, 9),
    ]
    database.cursor()
    overview = visit("overview", COORDINATOR)
    assert "Everything is set up." in said(overview)
    press(overview, "Hide this list")
    assert "setup?step" not in said(overview)
    assert not setup.is_open(opened())


def test_in_any_order_with_steps_left_and_come_back_to_nothing_is_lost(
    begun_network: Path, visit: Visit, opened: Opened
) -> None:
    """What is typed and not saved is there again after every other step was seen or done."""
    chance = Random(19)
    orders = [one for one in permutations(DO) if one.index("members") < one.index("people")]
    order = chance.choice(orders)
    app = visit("setup", COORDINATOR)
    for step in order:
        at(app, "network")
        put(app, "network_name", f"Half typed before {step}")
        at(app, "members")
        if step != "people" and order.index(step) <= order.index("members"):
            put(app, "members_text", "Half College, College", "text_area")
        at(app, chance.choice([*DO]))
        at(app, "network")
        field = app.text_input(key="typed_network_name")
        assert field.value == f"Half typed before {step}"
        at(app, step)
        DO[step](app)
        assert setup.done(opened())[step], (order, step)
    assert all(setup.done(opened()).values())
    assert len(members(opened())) == 2


@pytest.mark.parametrize("page", ["setup", "network_settings"])
def test_no_other_role_reaches_it(looked_at: Path, visit: Visit, said: Said, page: str) -> None:
    assert {role for person in PEOPLE for role in person.roles} == {*ROLES}
    for person in PEOPLE:
        app = visit(page, person)
        refused = "coordinator changes what it decides for itself." in said(app)
        assert refused == ("coordinator" not in person.roles)
        assert any("Save" in one.label for one in app.button) != refused


def test_only_the_coordinator_of_a_network_that_is_begun_has_the_checklist(
    begun_network: Path, visit: Visit, said: Said
) -> None:
    for person in PEOPLE:
        if person.roles & {"vcse_infrastructure"} or person.member_id:
            continue
        shown = "setup?step=network" in said(visit("overview", person))
        assert shown == ("coordinator" in person.roles)


def test_the_sample_has_no_checklist(looked_at: Path, visit: Visit, said: Said) -> None:
    assert "setup?step" not in said(visit("overview", COORDINATOR))


def test_invitations_stay_to_be_copied_and_open_the_account(
    begun_network: Path, visit: Visit, opened: Opened
) -> None:
    app = at(visit("setup", COORDINATOR), "members")
    do_members(app)
    do_people(at(app, "people"))
    at(app, "meetings")
    at(app, "people")
    texts = [one.value for one in app.code]
    assert len(texts) == 2
    token = re.search(r"/sign-in/(\S+)", texts[0])
    assert token
    assert "Town Hospital" in texts[0]
    held = authentication.signed_in(opened(), authentication.use_link(opened(), token[1]))
    assert held
    assert held.email == "person1@example.org"


def test_a_member_without_a_kind_or_with_a_taken_name_adds_nobody(
    begun_network: Path, visit: Visit, opened: Opened
) -> None:
    app = at(visit("setup", COORDINATOR), "members")
    put(app, "members_text", "Town Council, Council\nTown Trust\n", "text_area")
    press(app, "Add two members")
    assert "Choose the kind of Town Trust" in app.error[0].value
    app.selectbox(key="typed_members_kind_1_Town Trust").set_value("vcse").run()
    press(app, "Add two members")
    assert not app.error
    put(app, "members_text", "Town College, College\ntown trust, VCSE", "text_area")
    press(app, "Add two members")
    assert "is a member already" in app.error[0].value.replace("\\", "")
    assert list(members(opened())["name"]) == ["Town Council", "Town Trust"]


def test_an_org_id_is_offered_where_it_is_known_and_never_taken_by_itself(
    begun_network: Path, visit: Visit, opened: Opened
) -> None:
    from anchornet.facts.build import load_organisations

    app = at(visit("setup", COORDINATOR), "members")
    load_organisations(opened(), b"name,org_id\nTown Trust Ltd,GB-COH-01234567\n", by="x")
    put(app, "members_text", "Town Trust, VCSE\nOther Trust, Private company", "text_area")
    (offer,) = [one for one in app.selectbox if "org_id" in str(one.key)]
    assert offer.value == ""
    assert offer.options == ["No org-ID", "GB-COH-01234567, in the directory"]
    offer.set_value("GB-COH-01234567").run()
    press(app, "Add two members")
    assert set(members(opened())["org_id"]) == {None, "GB-COH-01234567"}


def test_org_ids_are_offered_in_an_empty_network(
    begun_network: Path, visit: Visit, said: Said, opened: Opened
) -> None:
    app = at(visit("setup", COORDINATOR), "members")
    lines = "Trafford MBC, Council\nTown Trust, VCSE\nNorth General Hospital Trust, NHS"
    put(app, "members_text", lines, "text_area")
    (offer,) = [one for one in app.selectbox if "org_id" in str(one.key)]
    assert offer.options == ["No org-ID", "GB-LAE-TRF, Trafford, metropolitan district"]
    offer.set_value("GB-LAE-TRF").run()
    app.selectbox(key="members_register").set_value("nhs").run()
    row = ["RXX", "NORTH GENERAL HOSPITAL TRUST", *[""] * 7, "M1 1AA", *[""] * 17]
    content = (",".join(f'"{cell}"' for cell in row) + "\n").encode()
    app.file_uploader[0].set_value(("etr.csv", content, "text/csv")).run()
    press(app, "Look them up")
    assert "Found there: one name of 3." in said(app)
    offers = [one for one in app.selectbox if "org_id" in str(one.key)]
    assert len(offers) == 2
    assert (
        offers[1]
        .options[1]
        .startswith("GB-NHS-RXX, NORTH GENERAL HOSPITAL TRUST, NHS Organisation Data Service, ")
    )
    offers[1].set_value("GB-NHS-RXX").run()
    press(app, "Add three members")
    assert set(members(opened())["org_id"]) == {None, "GB-LAE-TRF", "GB-NHS-RXX"}
    assert opened().rows("select count(*) from register_matches") == [(0,)]


def test_meetings_fall_on_the_same_weekday_of_their_month() -> None:
    fifth = date(2026, 12, 29)  # the fifth Tuesday
    at_nine = datetime(2026, 1, 1, 9).time()
    assert [one.date() for one in meeting_dates(fifth, at_nine, 1, 3)] == [
        date(2026, 12, 29),
        date(2027, 1, 26),
        date(2027, 2, 23),
    ]


def test_where_the_app_sends_mail_invitations_go_out_by_themselves(
    begun_network: Path, visit: Visit, said: Said, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SENDS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(worker, "EVERY", 60.0)
    app = at(visit("setup", COORDINATOR), "members")
    do_members(app)
    do_people(at(app, "people"))
    assert "Each is on its way by email." in said(app)
    assert not app.code
    sent = {(one.letter.kind, one.letter.email) for one in mails(opened())}
    assert sent == {("invitation", f"person{number}@example.org") for number in range(2)}
