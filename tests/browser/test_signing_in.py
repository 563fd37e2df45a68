"""Signing in to a network that is nobody's sample: with a password, with a link, and not at all."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from anchornet import settings as settings_
from anchornet.facts.build import add_member, open_network
from anchornet.store import authentication
from anchornet.store.people import record_person

Watch = Callable[..., "Watched"]  # type: ignore[name-defined]  # noqa: F821
ADA, CODE = "ada@example.org", "three quiet words"


@pytest.fixture(scope="module")
def door(serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Where a network of one council is served, and a link for a contributor of it."""
    path: Path = tmp_path_factory.mktemp("door") / "network.duckdb"
    settings = replace(settings_.load(environment={}), database=path)
    database = open_network(settings, create=True)
    add_member(database, "council", "Sample Council", "council")
    record_person(
        database, ADA, "Ada Sample", {("member_contributor", "council")}, by="test@example.org"
    )
    authentication.set_password(database, ADA, CODE, by="test@example.org")
    link = authentication.make_link(database, ADA, by="test@example.org")
    database.close()
    return serve(copy_of=path, environment={"ANCHORNET_PROXY": "127.0.0.1"}), link


def sign_in(page: Page, password: str) -> None:
    page.get_by_label("Email address").fill(ADA)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_password_signs_in_stays_signed_in_over_a_reload_and_signs_out(
    watch: Watch, door: tuple[str, str]
) -> None:
    watched = watch(door[0])
    page = watched.page
    watched.open("my_returns")
    expect(page.get_by_role("heading", name="Sample Anchor Network")).to_be_visible()
    page.get_by_role("link", name="Sign in").click()
    sign_in(page, "not these words")
    expect(page.get_by_role("alert")).to_have_text("The address or the password is not right.")
    sign_in(page, CODE)
    answer = page.locator("h1.an-answer")
    expect(answer).to_contain_text("Sample Council has four returns to send")
    assert page.url.endswith("/my_returns")
    page.reload()
    expect(answer).to_contain_text("Sample Council has four returns to send")
    cookie = next(it for it in page.context.cookies() if it["name"] == "anchornet_sign_in")
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    assert page.evaluate("document.cookie").find("anchornet_sign_in") == -1
    page.get_by_role("button", name="Ada Sample").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    # The cookie opens nothing any more, in another window either.
    page.reload()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    assert not watched.strangers


def test_a_link_signs_in_by_its_button_and_only_once(watch: Watch, door: tuple[str, str]) -> None:
    address, link = door
    watched = watch(address)
    watched.open(f"sign-in/{link}")
    watched.open(f"sign-in/{link}")  # a program that reads e-mails has looked at it before
    watched.page.get_by_role("button", name="Sign in").click()
    expect(watched.page.get_by_role("heading", name="Change your password")).to_be_visible()
    watched.page.get_by_role("link", name="Go to the network").click()
    expect(watched.page.locator("h1.an-answer")).to_contain_text("Sample Council has four returns")
    other = watch(address)
    other.open(f"sign-in/{link}")
    other.page.get_by_role("button", name="Sign in").click()
    expect(other.page.get_by_role("alert")).to_contain_text("This link was used before")
    other.open("overview")
    expect(other.page.get_by_role("link", name="Sign in")).to_be_visible()


def test_a_form_on_another_site_signs_nobody_in(watch: Watch, door: tuple[str, str]) -> None:
    page = watch(door[0]).page
    answer = page.request.post(
        f"{door[0]}/sign-in",
        form={"email": ADA, "password": CODE},
        headers={"origin": "https://elsewhere.example"},
    )
    assert answer.status == 403
    assert not re.search("set-cookie", str(answer.headers), re.I)


@pytest.mark.parametrize(
    "after", ["//elsewhere.example", "https://elsewhere.example", "/\\e.example"]
)
def test_after_signing_in_one_stays_on_this_server(
    watch: Watch, door: tuple[str, str], after: str
) -> None:
    page = watch(door[0]).page
    answer = page.request.post(
        f"{door[0]}/sign-in",
        params={"next": after},
        form={"email": ADA, "password": CODE},
        headers={"origin": door[0]},
        max_redirects=0,
    )
    assert (answer.status, answer.headers["location"]) == (303, "/")


def test_over_https_every_cookie_is_secure(watch: Watch, door: tuple[str, str]) -> None:
    """The proxy that is named says so; `test_hardening` has one that isn't believed."""
    ask = watch(door[0]).page.request
    answer = ask.post(
        f"{door[0]}/sign-in",
        form={"email": ADA, "password": CODE},
        headers={"origin": door[0].replace("http:", "https:"), "x-forwarded-proto": "https"},
        max_redirects=0,
    )
    assert "; secure" in answer.headers["set-cookie"].lower()
    page = ask.get(f"{door[0]}/_stcore/health", headers={"x-forwarded-proto": "https"})
    cookies = [it["value"] for it in page.headers_array if it["name"].lower() == "set-cookie"]
    assert cookies
    assert all("; secure" in it.lower() for it in cookies)


def test_a_passkey_is_added_signs_in_and_is_removed(watch: Watch, door: tuple[str, str]) -> None:
    address = door[0].replace("127.0.0.1", "localhost")  # a passkey is for a name
    watched = watch(address)
    page = watched.page
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    watched.open("sign-in?next=/account")
    sign_in(page, CODE)
    page.get_by_label("Name of the device").fill("Work laptop")
    page.get_by_label("Current password").last.fill("not these words")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("alert")).to_have_text("Your current password is not right.")
    page.get_by_label("Current password").last.fill(CODE)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("status")).to_contain_text("Your passkey is added.")
    (held,) = device.send("WebAuthn.getCredentials", made)["credentials"]
    assert (held["rpId"], held["isResidentCredential"]) == ("localhost", True)

    page.context.clear_cookies()
    watched.open("sign-in?next=/account")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("cell", name="with a passkey")).to_be_visible()
    page.get_by_role("button", name="Remove Work laptop").click()
    expect(page.get_by_role("status")).to_contain_text("no longer works here")
    page.context.clear_cookies()
    watched.open("sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("does not open this network")
    assert not watched.strangers
    assert [text for text in watched.complaints if "403" not in text] == []
