"""Passkeys beside passwords: added by who is there, and no answer of a device is taken twice."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from anchornet.server import networks, passkey_routes, sign_in_routes
from anchornet.settings import Settings
from anchornet.store import audit, authentication, passkeys
from anchornet.store.database import Database
from anchornet.store.people import record_person, remove_person, role_changes
from tests.pages.authenticator import PRESENT, Device
from tests.pages.conftest import Serve
from tests.pages.test_account import ADA, CODE, OURS

SITE, DOMAIN = "https://network.example.org", "network.example.org"
Browser = Callable[[], TestClient]


@pytest.fixture
def browser(serve: Serve, settings: Settings, network: Database) -> Callable[[], TestClient]:
    """Of a network in which a contributor has a password, behind a proxy that speaks HTTPS."""
    record_person(network, ADA, "Ada Sample", {("member_contributor", "council")}, by="c@e.org")
    authentication.set_password(network, ADA, CODE, by=ADA)
    network.close()
    serve(settings)
    app = Starlette(routes=[*passkey_routes.ROUTES, *sign_in_routes.ROUTES])
    return lambda: TestClient(app, base_url=SITE, follow_redirects=False)


@pytest.fixture
def device() -> Device:
    return Device(SITE, DOMAIN)


@pytest.fixture
def ada(browser: Browser, device: Device) -> TestClient:
    """Somebody who is signed in, whose device has a passkey."""
    one = browser()
    one.post("/sign-in", data={"email": ADA, "password": CODE}, headers=OURS)
    assert add(one, device, CODE) == ""
    return one


def ask(one: TestClient, path: str, **sent: str) -> tuple[int, Any]:
    answer = one.post(path, json=sent, headers=OURS)
    return answer.status_code, answer.json()


def add(one: TestClient, device: Device, current: str = "", name: str = "Work laptop") -> str:
    """What is said against adding a passkey of the device."""
    code, options = ask(one, "/account/passkey/ask", current=current)
    if code == 200:
        _, options = ask(one, "/account/passkey", name=name, answer=device.make(options))
    return str(options.get("problem", ""))


def asked(one: TestClient) -> dict[str, Any]:
    code, options = ask(one, "/sign-in/passkey/ask")
    assert code == 200
    assert isinstance(options, dict)
    return options


def enter(one: TestClient, answer: str, path: str = "/sign-in/passkey") -> str:
    """Where a signed answer leads to, or what is said."""
    code, said = ask(one, path, answer=answer)
    assert (code == 200) == (one.get("/account").status_code == 200)
    return str(said.get("to") or said["problem"])


def test_a_passkey_signs_in_and_counts(ada: TestClient, browser: Browser, device: Device) -> None:
    assert "Your passkey is added." in ada.get("/account?passkey").text
    assert "<td>Work laptop</td>" in ada.get("/account").text
    one, other = browser(), browser()
    assert "Sign in with a passkey" in one.get("/sign-in").text
    options = asked(one)
    assert options["rpId"] == DOMAIN
    assert options["userVerification"] == "required"
    assert enter(one, device.sign(options), "/sign-in/passkey?next=/my_returns") == "/my_returns"
    assert "with a passkey" in one.get("/account").text
    assert enter(other, device.sign(asked(other)), "/sign-in/passkey?next=//evil.org") == "/"
    (held,) = passkeys.passkeys(networks.network().database, ADA)
    assert held.sign_count == 2
    assert held.used_at


def test_an_answer_is_taken_once_and_not_for_long(
    ada: TestClient, browser: Browser, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    options, database = asked(ada), networks.network().database
    answer = device.sign(options)
    assert passkeys.sign_in(database, answer, SITE)
    refused = "does not open this network"
    assert refused in enter(browser(), answer)
    late = device.sign(asked(ada))
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + passkeys.SECONDS + 1)
    assert refused in enter(browser(), late)


def test_what_does_not_hold_is_refused_and_recorded(
    ada: TestClient, browser: Browser, device: Device
) -> None:
    database = networks.network().database
    options = asked(ada)

    def of(change: Callable[[Device], None]) -> str:
        other = Device(SITE, DOMAIN, device.number)
        other.__dict__.update(device.__dict__)
        change(other)
        return other.sign(asked(ada))

    wrong = {
        "another page's": of(lambda one: setattr(one, "origin", "https://network.example.evil")),
        "another site's": of(lambda one: setattr(one, "domain", "example.evil")),
        "without a fingerprint or PIN": of(lambda one: setattr(one, "flags", PRESENT)),
        "another key": Device(SITE, DOMAIN, device.number).sign(options),
        "of nobody": Device(SITE, DOMAIN, b"not known").sign(asked(ada)),
        "with a challenge of its own": device.sign({"challenge": "AAAA" * 18}),
        "for adding one": device.sign(ask(ada, "/account/passkey/ask", current=CODE)[1]),
    }
    for number, answer in enumerate(wrong.values()):
        with pytest.raises(authentication.SignInRefused, match="does not open"):
            passkeys.sign_in(database, answer, SITE, client=f"192.0.2.{number}")
    for nonsense in ("", "{}", "[]", '{"id": 1}', json.dumps({"id": "x", "response": {}})):
        with pytest.raises(authentication.SignInRefused, match="does not open"):
            passkeys.sign_in(database, nonsense, SITE, client=f"198.51.100.{len(nonsense)}")
    refused = audit.trail(database)
    assert (refused["about"].str.startswith("a passkey that is not valid, from ")).sum() == 12


def test_a_copy_of_a_device_is_noticed_by_its_count(
    ada: TestClient, browser: Browser, device: Device
) -> None:
    assert enter(browser(), device.sign(asked(ada))) == "/"
    assert enter(browser(), device.sign(asked(ada))) == "/"
    device.count = 1  # the copy was made before
    assert "does not open" in enter(browser(), device.sign(asked(ada)))


def test_a_passkey_is_added_by_who_knows_the_password_and_removed_by_its_owner(
    ada: TestClient, browser: Browser, device: Device
) -> None:
    database = networks.network().database
    other = Device(SITE, DOMAIN, b"another")
    assert add(ada, other, "wrong") == "Your current password is not right."
    assert add(ada, other, CODE, name=" ") == "Name the device, such as Work laptop."
    assert add(ada, device, CODE) == "This passkey was added before."
    assert add(browser(), other, CODE) == "You are no longer signed in."
    # A challenge for one person is none for another.
    record_person(database, "eve@example.org", "Eve", {("comms", None)}, by="c@e.org")
    eve = browser()
    eve.post(f"/sign-in/{authentication.make_link(database, 'eve@example.org', by='c@e.org')}",
             headers=OURS)  # fmt: skip
    _, options = ask(eve, "/account/passkey/ask")
    assert (
        "could not be added"
        in ask(ada, "/account/passkey", name="Mine", answer=other.make(options))[1]["problem"]
    )
    number = passkeys.passkeys(database, ADA)[0].credential_id
    gone = eve.post("/account", data={"remove_passkey": number}, headers=OURS)
    assert "was removed before" in gone.text
    gone = ada.post("/account", data={"remove_passkey": number}, headers=OURS)
    assert gone.headers["location"] == "/account?no_passkey"
    assert "does not open" in enter(browser(), device.sign(asked(ada)))
    did = set(role_changes(database, "council")["did"])
    assert "added a passkey" in did


def test_who_is_removed_has_no_passkey_when_they_come_back(
    ada: TestClient, browser: Browser, device: Device
) -> None:
    database = networks.network().database
    remove_person(database, ADA, by="c@e.org")
    assert "does not open" in enter(browser(), device.sign(asked(ada)))
    record_person(database, ADA, "Ada Sample", {("member_viewer", "council")}, by="c@e.org")
    assert passkeys.passkeys(database, ADA) == []
    assert "does not open" in enter(browser(), device.sign(asked(ada)))


def test_another_site_asks_for_nothing(ada: TestClient, browser: Browser) -> None:
    for path in ("/sign-in/passkey/ask", "/sign-in/passkey", "/account/passkey/ask",
                 "/account/passkey"):  # fmt: skip
        elsewhere = {"sec-fetch-site": "cross-site", "origin": "https://elsewhere.example"}
        assert ada.post(path, json={}, headers=elsewhere).status_code == 403
        assert ada.post(path, content="x" * 20_000, headers=OURS).status_code == 403
        as_form = {**OURS, "content-type": "text/plain"}
        assert ada.post(path, content="{}", headers=as_form).status_code == 403
