"""People: who may sign in, and what they did."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from anchornet.access import Person, program_of, sample_people
from anchornet.facts.build import change_settings
from anchornet.narrative import activity
from anchornet.server import networks
from anchornet.store import api_tokens, audit, authentication
from anchornet.store.database import Database
from anchornet.store.people import account, record_person
from anchornet.store.targets import Target, record_targets
from tests.pages.test_meetings import fill, pick, press
from tests.texts import raw_codes

Visit = Callable[..., AppTest]
Said = Callable[[AppTest], str]
Opened = Callable[[], Database]

COORDINATOR = Person("runs@sample.invalid", "Runs", frozenset({"coordinator"}))
PEOPLE = sample_people([("city-council", "Sample City Council")])


def test_only_the_coordinator_says_who_may_sign_in(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    for person in PEOPLE:
        app = visit("people", person)
        refused = "coordinator says who may sign in." in said(app)
        assert refused == ("coordinator" not in person.roles)
        assert any(field.label != "Search" for field in app.text_input) != refused


def test_somebody_is_added_gets_a_link_and_is_taken_away(
    sample: Path, visit: Visit, said: Said, opened: Opened
) -> None:
    app = visit("people", COORDINATOR)
    assert "Nobody can sign in to this network." in said(app)
    assert "<td>Viewer, Sample College</td><td>member-viewer-college@sample.invalid</td>" in said(
        app
    )
    fill(app, **{"Email address": "Ada@example.org", "Name": "Ada Sample"})
    roles = app.multiselect[0]
    assert "Contributor of Sample City Council" in roles.options
    roles.set_value([("member_contributor", "city-council"), ("comms", None)])
    press(app, "Save person")
    assert "Ada Sample is saved." in said(app)
    assert "One person can sign in to this network." in said(app)
    assert "Communications, Contributor of Sample City Council" in said(app)
    found = account(opened(), "ada@example.org")
    assert found
    assert found.grants == {("member_contributor", "city-council"), ("comms", None)}

    app.selectbox(key=next(it.key for it in app.selectbox if "access" in str(it.key))).set_value(
        "ada@example.org"
    ).run()
    press(app, "Create sign-in link")
    assert "/sign-in/" in app.code[0].value
    assert "It works once, for 7 days." in said(app)
    token = authentication.begin(opened(), "ada@example.org", "with a link")
    app.run()
    assert "Signed in since (UTC)" in said(app)
    app.button(key="people_sign_out").click().run()
    assert "Ada Sample is signed out everywhere." in said(app)
    assert authentication.signed_in(opened(), token) is None
    app.selectbox(key=next(it.key for it in app.selectbox if "access" in str(it.key))).set_value(
        "ada@example.org"
    ).run()
    app.button(key="people_remove").click().run()
    assert "Ada Sample can no longer sign in." in said(app)
    assert account(opened(), "ada@example.org") is None
    assert "ada@example.org: Communications" in said(app)  # in what people did


@pytest.mark.parametrize(("email", "name"), [("ada", "Ada"), ("ada@example.org", " ")])
def test_what_cannot_be_is_said_and_leaves_what_was_typed(
    sample: Path, visit: Visit, opened: Opened, email: str, name: str
) -> None:
    app = visit("people", COORDINATOR)
    fill(app, **{"Email address": email, "Name": name})
    press(app, "Save person")
    assert app.error
    typed = [it.value for it in app.text_input if it.label in ("Email address", "Name")]
    assert typed[:2] == [email, name]


def test_what_people_did_can_be_narrowed(
    sample: Path, visit: Visit, said: Said, opened: Opened
) -> None:
    audit.note(opened(), "eve@example.org", "was refused", "wrong address or password")
    app = pick(visit("people", COORDINATOR), "What", "was refused")
    assert "wrong address or password" in said(app)
    assert "1 of 1 shown" in said(app)


def test_the_activity_log_says_no_codes(sample: Path, visit: Visit, opened: Opened) -> None:
    database, by = opened(), "runs@sample.invalid"
    path = {date(2027, 3, 1): 0.525}
    target = Target("local_spend_share", date(2027, 3, 1), 0.525, profile=path)
    record_targets(database, [target], by=by)
    change_settings(database, {"due_days": 25}, by=by)
    audit.note(database, by, "was refused a page", "send_return")
    app = visit("people", COORDINATOR)
    log = next(it.proto.body for it in app.html if "was refused a page" in it.proto.body)
    assert raw_codes(log) == []
    assert "sends their member&#39;s returns" in log
    assert "Local spend, 52.5% by March 2027" in log
    assert "Days until returns are due: 25" in log
    assert re.search(r"R\d{6}, Spend with suppliers for September 2026<", log)
    # Whatever an entry is about is read, also what is older than the page shows.
    every = audit.trail(database)["about"].dropna().map(activity.in_words)
    assert [text for text in every if raw_codes(text)] == []


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("{return commitments 2026-09}", "Commitments for July to September 2026"),
        ("{target starts 525.0 2027-03}", "Starts, 525 by March 2027"),
        ("{target starts none}", "Starts, removed"),
        ("a@example.org: {role member_viewer}", "a@example.org: Viewer"),
        ("{mail due_soon}: a@example.org", "Returns due soon: a@example.org"),
        ("{area jobs}: {nothing of ours}", "{area jobs}: {nothing of ours}"),
        ("{return unheard_of 2026-09}", "{return unheard_of 2026-09}"),
    ],
)
def test_a_code_of_the_log_is_said_in_words(written: str, read: str) -> None:
    assert activity.in_words(written) == read


@pytest.mark.of_a_file
def test_a_nearly_full_disk_is_said_and_the_coordinator_hears_how_full(
    sample: Path, visit: Visit, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert networks.not_ready() == ""
    networks.close_networks()
    monkeypatch.setenv("ANCHORNET_SPARE_DISK_MB", "900000000000")
    words = said(visit("definitions", PEOPLE[0]))
    assert "nothing new is kept for now" in words
    assert "MB are left" not in words
    assert "MB are left: ask whoever runs the machine" in said(visit("definitions", COORDINATOR))
    assert "nearly full" in networks.not_ready()
    sample.rename(sample.with_name("elsewhere.duckdb"))
    networks.close_networks()
    assert networks.not_ready() == "The database can't be read."


def test_a_token_for_a_program_is_shown_once_and_can_be_revoked(
    sample: Path, visit: Visit, said: Said, opened: Opened
) -> None:
    app = visit("people", COORDINATOR)
    press(app, "Create token")
    assert "Name what uses the token" in app.error[0].value
    fill(app, Used_by="Power BI")
    press(app, "Create token")
    secret = app.code[0].value
    person = program_of(opened(), secret)
    assert person
    assert (person.roles, person.member_id) == ({"delivery_group"}, None)
    app.run()
    assert secret not in [*(code.value for code in app.code), said(app)]
    (held,) = api_tokens.network_tokens(opened())
    assert f"<td>Power BI</td><td>{held.token_id}</td><td>Delivery group</td>" in said(app)
    pick(app, "Token", held.token_id)
    press(app, "Revoke token")
    assert "no longer works" in said(app)
    assert program_of(opened(), secret) is None


def test_a_contributor_makes_tokens_of_their_member_on_my_returns(
    sample: Path, visit: Visit, opened: Opened
) -> None:
    app = visit("my_returns", PEOPLE[0])
    fill(app, Used_by="Finance system")
    press(app, "Create token")
    person = program_of(opened(), app.code[0].value)
    assert person
    assert (person.roles, person.member_id) == ({"member_contributor"}, "city-council")


def test_a_members_only_contributor_who_forgot_gets_a_link_from_the_coordinator(
    sample: Path, visit: Visit, opened: Opened
) -> None:
    app, email = visit("people", COORDINATOR), "only@example.org"
    grants = {("member_contributor", "city-council")}
    record_person(opened(), email, "Only One", grants, by=COORDINATOR.email)
    authentication.set_password(opened(), email, "three quiet words", by=email)
    app.run()
    who = next(one.key for one in app.selectbox if "access" in str(one.key))
    app.selectbox(key=who).set_value(email).run()
    press(app, "Create sign-in link")
    token = app.code[0].value.rpartition("/")[2]
    held = authentication.signed_in(opened(), authentication.use_link(opened(), token))
    assert held
    assert not authentication.needs_password(opened(), held)
    assert authentication.links_made(opened(), email)[0][1] == COORDINATOR.email
