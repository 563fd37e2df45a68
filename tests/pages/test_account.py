"""From an invitation to a password of one's own, without a technician; and out again everywhere."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from icalendar import Calendar
from starlette.applications import Starlette
from starlette.testclient import TestClient

from anchornet import formatting
from anchornet.periods import add_months
from anchornet.server import networks
from anchornet.server.sign_in_routes import ROUTES
from anchornet.settings import Settings
from anchornet.store import authentication
from anchornet.store.database import Database, utc_now
from anchornet.store.mail import choices, mails
from anchornet.store.meetings import record_meeting
from anchornet.store.network import due_dates
from anchornet.store.people import account, record_person, remove_person
from tests.pages.conftest import Serve

ADA, CODE = "ada@example.org", "three quiet words"
OURS = {"sec-fetch-site": "same-origin"}
Browser = Callable[[], TestClient]


@pytest.fixture
def link(serve: Serve, settings: Settings, network: Database) -> str:
    """Of a network without a provider, an invitation for a contributor of it."""
    record_person(network, ADA, "Ada Sample", {("member_contributor", "council")}, by="c@e.org")
    token = authentication.invite(network, ADA, by="coordinator@example.org")
    network.close()
    serve(settings)
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
    database = networks.network().database
    authentication.set_password(database, ADA, CODE, by=ADA)
    one = browser()
    again = authentication.make_member_link(database, "council", ADA, by=ADA)
    assert follow(one, again) == "/account"
    assert "Current password" not in one.get("/account").text
    assert save(one, "four other quiet words") == "/account?saved"
    assert follow(browser(), link) == ""  # the invitation ended with the first password


def test_signing_out_everywhere_ends_every_sign_in_and_link(link: str, browser: Browser) -> None:
    database = networks.network().database
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
    assert not authentication.has_password(networks.network().database, ADA)


def test_wrong_current_passwords_have_to_wait(link: str, browser: Browser) -> None:
    one = browser()
    follow(one, link)
    save(one, CODE)
    said = {save(one, "four other quiet words", current="wrong") for _ in range(7)}
    assert any("Too many attempts" in words for words in said)


# --- emails --------------------------------------------------------------------------------------

SENDS = {
    "ANCHORNET_MAIL_HOST": "127.0.0.1",
    "ANCHORNET_MAIL_PORT": "1",  # where nobody listens
    "ANCHORNET_MAIL_FROM": "network@example.org",
    "ANCHORNET_ADDRESS": "https://network.example.org",
}


@pytest.fixture
def sends(link: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same network, which sends mail."""
    networks.close_networks()
    for name, value in SENDS.items():
        monkeypatch.setenv(name, value)
    return link


def ask(one: TestClient, email: str, headers: dict[str, str] = OURS) -> tuple[int, str]:
    answer = one.post("/sign-in/forgotten", data={"email": email}, headers=headers)
    return answer.status_code, answer.text


def put_out() -> list[tuple[str, str]]:
    return [(one.letter.kind, one.letter.email) for one in mails(networks.network().database)]


def test_who_forgot_a_password_asks_for_a_link_and_nobody_learns_who_is_known(
    sends: str, browser: Browser
) -> None:
    one = browser()
    assert "/sign-in/forgotten" in one.get("/sign-in").text
    assert "Email me a link" in one.get("/sign-in/forgotten").text
    known, unknown = ask(one, "Ada@example.org"), ask(one, "nobody@example.org")
    assert known == unknown
    assert known[0] == 200
    assert "an email with a link is on its way" in known[1]
    assert put_out() == [("reset", ADA)]
    assert ask(one, ADA)[0] == 200
    assert put_out() == [("reset", ADA)]  # one a quarter of an hour
    other_site = {"sec-fetch-site": "cross-site", "origin": "https://elsewhere.example"}
    assert ask(one, ADA, other_site)[0] == 403
    assert [ask(one, f"{n}@example.org")[0] for n in range(4)][-1] == 503
    # The link that such a mail holds leads to a new password, once.
    database = networks.network().database
    authentication.set_password(database, ADA, CODE, by=ADA)
    token = authentication.make_link(database, ADA, by=ADA)
    assert follow(one, token) == "/account"
    assert save(one, "four other quiet words") == "/account?saved"
    assert follow(browser(), token) == ""


def test_without_mail_a_link_is_asked_of_people(link: str, browser: Browser) -> None:
    one = browser()
    assert "Ask one of your organisation" in one.get("/sign-in").text
    assert one.get("/sign-in/forgotten").headers["location"] == "/sign-in"
    follow(one, link)
    assert "Emails you get" not in one.get("/account").text


def test_people_choose_which_emails_they_get(sends: str, browser: Browser) -> None:
    one = browser()
    follow(one, sends)
    page = one.get("/account").text
    assert page.count(" checked>") == page.count('name="wanted"') == 6
    assert "Meeting pack ready" not in page  # it is for the delivery group
    fields = {"mail": "yes", "wanted": ["receipt", "late", "pack", "made up"]}
    answer = one.post("/account", data=fields, headers=OURS)
    assert answer.headers["location"] == "/account?mail"
    assert "Your choice of emails is saved." in one.get("/account?mail").text
    database = networks.network().database
    reader = account(database, ADA)
    assert reader
    assert [kind for kind, wanted in choices(database, reader).items() if wanted] == [
        "receipt",
        "late",
    ]


# --- the calendar --------------------------------------------------------------------------------


def test_a_calendar_has_what_is_due_and_meetings_at_an_address_of_its_own(
    link: str, browser: Browser
) -> None:
    database = networks.network().database
    held = record_meeting(database, "Delivery group, July", datetime(2027, 7, 6, 9), by="c")
    record_meeting(database, "Delivery group, January", datetime(2027, 1, 5, 9), by="c")
    one, program = browser(), browser()
    follow(one, link)
    page = one.post("/account", data={"calendar": "yes"}, headers=OURS).text
    found = re.search(r"<code>http://testserver(/calendar/[\w-]+\.ics)</code>", page)
    assert found
    assert found[1] not in one.get("/account").text
    answer = program.get(found[1])
    assert answer.headers["content-type"].startswith("text/calendar")
    calendar = Calendar.from_ical(answer.content)
    events = {str(event["uid"]): event for event in calendar.walk("VEVENT")}
    assert len(events) == len(calendar.walk("VEVENT"))
    summer = events[f"meeting-{held.meeting_id}@anchornet"]
    starts_at = summer["dtstart"].dt
    assert (starts_at.hour, str(starts_at.tzinfo)) == (10, "Europe/London")
    assert [str(zone["tzid"]) for zone in calendar.walk("VTIMEZONE")] == ["Europe/London"]
    month = add_months(utc_now().date().replace(day=1), -1)
    due = events[f"due-council-{month:%Y-%m}@anchornet"]
    assert due["dtstart"].dt == due_dates(database, month).due_on
    assert f"Returns due for {formatting.month(month)}, Sample council" == due["summary"]
    assert "still to send" in due["description"]
    assert not any("hospital" in uid for uid in events)

    again = one.post("/account", data={"calendar": "yes"}, headers=OURS).text
    newer = re.search(r"(/calendar/[\w-]+\.ics)</code>", again)
    assert newer
    assert program.get(found[1]).status_code == 404
    same = Calendar.from_ical(program.get(newer[1]).content)
    assert {str(event["uid"]) for event in same.walk("VEVENT")} == set(events)
    one.post("/account", data={"end_calendar": "yes"}, headers=OURS)
    assert program.get(newer[1]).status_code == 404
    one.post("/account", data={"calendar": "yes"}, headers=OURS)
    assert found[1].split("/")[-1][:-4] not in repr(database.rows("from calendars"))
    remove_person(database, ADA, by="c@e.org")
    assert program.get(newer[1]).status_code == 404
