"""From an invitation to a password of one's own, without a technician; and out again everywhere."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from anchornet.settings import Settings
from anchornet.store import authentication
from anchornet.store.database import Database
from anchornet.store.people import record_person
from anchornet.ui import session
from anchornet.ui.sign_in_routes import ROUTES

ADA, CODE = "ada@example.org", "three quiet words"
OURS = {"sec-fetch-site": "same-origin"}
Browser = Callable[[], TestClient]


@pytest.fixture
def link(serve: Callable[[Path], None], settings: Settings, network: Database) -> str:
    """Of a network without a provider, an invitation for a contributor of it."""
    record_person(network, ADA, "Ada Sample", {("member_contributor", "council")}, by="c@e.org")
    token = authentication.invite(network, ADA, by="coordinator@example.org")
    network.close()
    serve(settings.database)
    return token


@pytest.fixture
def browser() -> Browser:
    app = Starlette(routes=ROUTES)
    return lambda: TestClient(app, follow_redirects=False)


def follow(one: TestClient, link: str) -> str:
    """Where pressing the button of a link leads to."""
    assert "Sign in" in one.get(f"/sign-in/{link}").text
    return one.post(f"/sign-in/{link}", headers=OURS).headers.get("location", "")


def save(one: TestClient, new: str, again: str = "", current: str = "") -> str:
    """What is said of a new password, or where one is led to."""
    fields = {"current": current, "new": new, "again": again or new}
    answer = one.post("/account", data=fields, headers=OURS)
    problem = re.search(r'role="alert">(.*?)</p>', answer.text)
    return problem[1] if problem else answer.headers["location"]


def is_in(one: TestClient) -> bool:
    return one.get("/account").status_code == 200


def test_an_invitation_leads_to_a_password_which_then_signs_in(link: str, browser: Browser) -> None:
    one = browser()
    assert follow(one, link) == "/account"
    page = one.get("/account").text
    assert "Choose a password" in page
    assert "Current password" not in page
    assert "coordinator@example.org" in page  # who made the link
    assert "differ" in save(one, CODE, "three quiet worlds")
    assert "12 characters or more" in save(one, "short")
    assert save(one, CODE) == "/account?saved"
    assert "Your password is saved." in one.get("/account?saved").text
    assert "Change your password" in one.get("/account").text

    other = browser()
    signing = {"email": ADA, "password": CODE}
    answer = other.post("/sign-in", data=signing, headers=OURS)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    page = other.get("/account").text
    assert page.count("with a password") == 2
    assert page.count("(here)") == 1
    # What was chosen with the link open is not to be chosen again without the password.
    assert "Current password" in page
    assert "Your current password is not right." in save(other, "four other quiet words")
    assert save(other, "four other quiet words", current=CODE) == "/account?saved"
    assert is_in(other)
    assert not is_in(one)


def test_who_forgot_a_password_sets_another_with_a_link_for_some_time(
    link: str, browser: Browser
) -> None:
    database = session.network().database
    authentication.set_password(database, ADA, CODE, by=ADA)
    one = browser()
    again = authentication.make_member_link(database, "council", ADA, by=ADA)
    assert follow(one, again) == "/account"
    assert "Current password" not in one.get("/account").text
    assert save(one, "four other quiet words") == "/account?saved"
    assert follow(browser(), link) == ""  # the invitation ended with the first password


def test_signing_out_everywhere_ends_every_sign_in_and_link(link: str, browser: Browser) -> None:
    database = session.network().database
    here, elsewhere, stranger = browser(), browser(), browser()
    follow(here, link)
    second = authentication.make_member_link(database, "council", ADA, by=ADA)
    follow(elsewhere, second)
    left = authentication.make_member_link(database, "council", ADA, by=ADA)
    assert is_in(here)
    assert is_in(elsewhere)
    answer = here.post("/account", data={"everywhere": "yes"}, headers=OURS)
    assert answer.headers["location"] == "/"
    assert not is_in(here)
    assert not is_in(elsewhere)
    assert follow(stranger, left) == ""


def test_the_page_is_for_who_is_signed_in_and_takes_no_form_of_another_site(
    link: str, browser: Browser
) -> None:
    stranger = browser()
    for answer in (stranger.get("/account"), stranger.post("/account", headers=OURS)):
        assert answer.headers["location"] == "/sign-in?next=/account"
    one = browser()
    follow(one, link)
    fields = {"new": CODE, "again": CODE}
    other_site = {"sec-fetch-site": "cross-site", "origin": "https://elsewhere.example"}
    assert one.post("/account", data=fields, headers=other_site).status_code == 403
    assert one.post("/account", data={"new": "x" * 9000}, headers=OURS).status_code == 403
    assert not authentication.has_password(session.network().database, ADA)


def test_wrong_current_passwords_have_to_wait(link: str, browser: Browser) -> None:
    one = browser()
    follow(one, link)
    save(one, CODE)
    said = {save(one, "four other quiet words", current="wrong") for _ in range(7)}
    assert any("Too many attempts" in words for words in said)
