"""Email on the pages: what the coordinator sees and sends, and what there is without a server."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from anchornet.access import Person
from anchornet.exports.mail import worker
from anchornet.store import audit, mail
from anchornet.store.database import Database
from anchornet.store.mail import Letter
from anchornet.store.people import record_person
from tests.pages.test_account import SENDS
from tests.pages.test_meetings import fill, pick, press

Visit = Callable[..., AppTest]
Said = Callable[[AppTest], str]
Opened = Callable[[], Database]
Small = Callable[[str, str, str, str], None]

ADA = "ada@example.org"
COORDINATOR = Person("runs@sample.invalid", "Runs", frozenset({"coordinator"}))
SPEND = "supplier_name,paid_on,amount_gbp\nSample Joinery Ltd,2026-09-04,1200.50\n"


@pytest.fixture
def sends(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app has a mail server, which it doesn't come to ask."""
    for name, value in SENDS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(worker, "EVERY", 60.0)


def addressed(app: AppTest) -> list[tuple[str, str]]:
    """To whom links to a mail program are, and the text that they bring."""
    links = [urlsplit(one.proto.url) for one in app.get("link_button")]
    return [(unquote(one.path), parse_qs(one.query)["body"][0]) for one in links]


def test_without_a_server_texts_are_to_copy_with_addresses(
    small: Small, visit: Visit, said: Said, opened: Opened
) -> None:
    small("council", "spend", "2026-09", SPEND)
    app = visit("people", COORDINATOR)
    assert "This app sends no email: no mail server is set." in said(app)
    record_person(opened(), ADA, "Ada Sample", {("member_contributor", "council")}, by="c@e.org")
    app = visit("returns_board", COORDINATOR)
    assert "Nothing is sent from here." in said(app)
    ((to, text),) = [one for one in addressed(app) if ADA in one[0]]
    assert to == ADA
    assert "of Sample council for" in text
    assert text.rstrip() in [block.value for block in app.code]
    assert "Email this now" not in [button.label for button in app.button]

    app = visit("people", COORDINATOR)
    chosen = next(one for one in app.selectbox if "access" in str(one.key))
    chosen.set_value(ADA).run()
    press(app, "Create sign-in link")
    link = app.code[0].value
    ((to, text),) = addressed(app)
    assert to == ADA
    assert link in text


def test_with_a_server_reminders_and_links_go_out_and_are_seen(
    small: Small, sends: None, visit: Visit, said: Said, opened: Opened
) -> None:
    small("council", "spend", "2026-09", SPEND)
    assert "No email has been written yet." in said(visit("people", COORDINATOR))
    record_person(opened(), ADA, "Ada Sample", {("member_contributor", "council")}, by="c@e.org")
    app = visit("returns_board", COORDINATOR)
    assert "You can send one more." in said(app)
    app.button(key="remind_council").click().run()
    assert "A reminder for Sample council is on its way." in said(app)
    app.button(key="remind_council").click().run()  # once a day at most
    app = visit("people", COORDINATOR)
    chosen = next(one for one in app.selectbox if "access" in str(one.key))
    chosen.set_value(ADA).run()
    press(app, "Email a sign-in link")
    every = mail.mails(opened())
    kinds = {one.letter.kind: one for one in every}
    assert len(every) == len(kinds) == 2
    assert set(kinds) <= {"invitation", "late", "due_soon"}
    assert kinds["invitation"].made_by == COORDINATOR.email
    mail.settle(opened(), kinds["invitation"], "unclear", "The app stopped.")
    app = visit("people", COORDINATOR)
    words = said(app)
    assert "1 waiting and 1 may have gone out." in words
    assert f"<td>{ADA}</td><td>May have gone out</td>" in words.replace("> <", "><")
    pick(app, "Send again", kinds["invitation"].mail_id)
    press(app, "Send")
    assert "It is on its way." in said(app)
    assert {one.state for one in mail.mails(opened())} == {"waiting"}
    did = {
        row["did"]: row["about"]
        for _, row in audit.trail(opened()).iterrows()
        if row["who"] == COORDINATOR.email
    }
    assert did["sent an email again"] == f"{{mail invitation}}: {ADA}"
    assert "wrote an email" in did


def test_who_is_added_is_invited(
    small: Small, sends: None, visit: Visit, said: Said, opened: Opened
) -> None:
    app = visit("people", COORDINATOR)
    fill(app, **{"Email address": ADA, "Name": "Ada Sample"})
    press(app, "Save person")
    assert "Ada Sample is saved, and an invitation is on its way." in said(app)
    (one,) = mail.mails(opened())
    assert (one.letter.kind, one.letter.email) == ("invitation", ADA)
    fill(app, **{"Email address": "bea@example.org", "Name": "Bea Sample"})
    next(one for one in app.checkbox if one.label == "Email an invitation").set_value(False)
    press(app, "Save person")
    assert "Bea Sample is saved." in said(app)
    assert len(mail.mails(opened())) == 1


def test_the_pack_is_announced_from_meetings(
    sample: Path, sends: None, visit: Visit, said: Said, opened: Opened
) -> None:
    record_person(opened(), ADA, "Ada Sample", {("delivery_group", None)}, by="c@e.org")
    app = visit("meetings", COORDINATOR)
    app.button(key="pack_mail").click().run()
    assert not app.exception
    assert "It is on its way." in said(app)
    (one,) = mail.mails(opened())
    assert (one.letter.kind, one.letter.email) == ("pack", ADA)
    assert isinstance(one.letter, Letter)
