"""Signing in with a provider: a real OpenID Connect program on this machine, the whole flow."""

import json
import socket
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import oidc_provider_mock
import pytest
from playwright.sync_api import Page, expect

from anchornet import settings as settings_
from anchornet.facts.build import add_member, open_network
from anchornet.setting_values import PROJECT
from anchornet.store import audit
from anchornet.store.people import record_person

Watch = Callable[..., Any]
ADA, CAROL, EVE = "ada@example.org", "carol@example.org", "eve@example.org"
# Thirteen hours later, for this process only.
LATER = "import time\n_now = time.time\ntime.time = lambda: _now() + 13 * 3600\n"


@dataclass
class Door:
    """Where the network and its provider are served."""

    address: str
    provider: str

    def knows(self, email: str, verified: bool = True) -> None:
        """Tells the provider of somebody with an account there."""
        said = {"email": email, "email_verified": verified, "name": email.split("@")[0]}
        request = urllib.request.Request(
            f"{self.provider}/users/{quote(email)}",
            json.dumps(said).encode(),
            {"content-type": "application/json"},
            method="PUT",
        )
        urllib.request.urlopen(request, timeout=10).close()

    def sign_in(self, page: Page, email: str) -> None:
        page.goto(self.address)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_placeholder("sub").fill(email)
        page.get_by_role("button", name="Authorize").click()


@pytest.fixture(scope="module")
def door(
    serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Door, Path]]:
    folder = tmp_path_factory.mktemp("openid")
    path = folder / "network.duckdb"
    database = open_network(replace(settings_.load(environment={}), database=path), create=True)
    add_member(database, "council", "Sample Council", "council")
    for email, role, member in (
        (ADA, "member_contributor", "council"),
        (CAROL, "coordinator", None),
    ):
        name = f"{email.split('@')[0].title()} Sample"
        record_person(database, email, name, {(role, member)}, by="test@example.org")
    database.close()
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    with oidc_provider_mock.run_server_in_thread() as server:
        provider = f"http://localhost:{server.server_port}"
        secrets = folder / ".streamlit" / "secrets.toml"
        secrets.parent.mkdir()
        secrets.write_text(
            "[auth]\n"
            f'redirect_uri = "http://localhost:{port}/oauth2callback"\n'
            'cookie_secret = "made for this test and for nothing else"\n'
            'client_id = "anchornet"\nclient_secret = "of this test"\n'
            f'server_metadata_url = "{provider}/.well-known/openid-configuration"\n'
        )
        address = serve(copy_of=path, environment={"HOME": str(folder)}, port=port)
        yield Door(address.replace("127.0.0.1", "localhost"), provider), folder


def test_somebody_known_signs_in_and_out(watch: Watch, door: tuple[Door, Path]) -> None:
    at, _ = door
    at.knows(ADA)
    page = watch(at.address).page
    at.sign_in(page, ADA)
    answer = page.locator("h1.an-answer")
    expect(answer).to_contain_text("Sample Council has four returns to send")
    page.reload()
    expect(answer).to_contain_text("Sample Council has four returns to send")
    # Files are given to whom the provider's cookie vouches for, and to no stranger.
    assert page.request.get(f"{at.address}/media/nothing.csv").status == 404
    assert watch(at.address).page.request.get(f"{at.address}/media/nothing.csv").status == 403
    # Passwords are the provider's; the calendar is ours.
    account = page.request.get(f"{at.address}/account").text()
    assert "Your calendar" in account
    assert "password" not in account
    assert "Passkeys" not in account
    replayed = page.context.cookies()
    page.get_by_role("button", name="Ada Sample").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="End session").click()  # at the provider
    # Whoever kept the cookies gets no further with them.
    thief = watch(at.address).page
    thief.context.add_cookies(replayed)
    thief.goto(at.address)
    expect(thief.get_by_text("You signed out. Please sign in again.")).to_be_visible()
    assert thief.request.get(f"{at.address}/media/nothing.csv").status == 403
    assert "Your calendar" not in thief.request.get(f"{at.address}/account").text()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    page.goto(f"{at.address}/sign-in")  # the other door is shut where there is a provider
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_label("Password")).to_have_count(0)


def test_a_stranger_and_an_address_that_nobody_verified_are_refused(
    watch: Watch, door: tuple[Door, Path]
) -> None:
    at, _ = door
    at.knows(EVE)
    page = watch(at.address).page
    at.sign_in(page, EVE)
    expect(page.get_by_text(f"Nobody in this network has the address {EVE}")).to_be_visible()
    expect(page.get_by_role("link", name="Overview")).to_have_count(0)
    at.knows(ADA, verified=False)
    other = watch(at.address).page
    at.sign_in(other, ADA)
    expect(other.get_by_text("The sign-in provider gave no verified email address")).to_be_visible()
    other.get_by_role("button", name="Sign in as someone else").click()
    other.get_by_role("button", name="End session").click()
    expect(other.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_who_is_taken_away_is_out_at_the_next_click(watch: Watch, door: tuple[Door, Path]) -> None:
    at, _ = door
    at.knows(ADA)
    at.knows(CAROL)
    page, other = watch(at.address).page, watch(at.address).page
    at.sign_in(page, ADA)
    expect(page.locator("h1.an-answer")).to_contain_text("Sample Council has four returns")
    at.sign_in(other, CAROL)
    other.goto(f"{at.address}/people")
    expect(other.locator("h1.an-answer")).to_contain_text("Two people can sign in")
    other.get_by_label("Who").first.click()
    other.get_by_role("option", name=f"Ada Sample, {ADA}").click()
    other.get_by_role("button", name="Remove", exact=True).click()
    other.get_by_role("button", name="Remove person").click()
    expect(other.get_by_text("Ada Sample can no longer sign in.")).to_be_visible()
    page.get_by_role("link", name="Submit a return").click()
    expect(page.get_by_text(f"Nobody in this network has the address {ADA}")).to_be_visible()


def test_a_sign_in_that_is_too_old_is_sent_back(
    watch: Watch, door: tuple[Door, Path], servers: dict[str, Any]
) -> None:
    at, folder = door
    at.knows(CAROL)
    page = watch(at.address).page
    at.sign_in(page, CAROL)
    expect(page.get_by_role("link", name="Overview")).to_be_visible()
    server = servers[at.address.replace("localhost", "127.0.0.1")]
    server.stop()
    (folder / "later").mkdir()
    (folder / "later" / "sitecustomize.py").write_text(LATER)
    server.environment["PYTHONPATH"] = f"{folder / 'later'}:{PROJECT}"
    server.start()
    page.goto(at.address)
    expect(page.get_by_text("It is more than 12 hours since you signed in")).to_be_visible()
    server.stop()
    path = server.database
    database = open_network(replace(settings_.load(environment={}), database=path))
    trail = audit.trail(database)
    refused = trail.query("did == 'was refused'")
    database.close()
    signed = trail[trail["did"].isin(["signed in", "signed out"]) & (trail["who"] == ADA)]
    assert set(signed["did"]) == {"signed in", "signed out"}
    assert set(signed["about"]) == {"with the provider", ""}
    assert set(refused["who"]) == {EVE, ADA, CAROL}
