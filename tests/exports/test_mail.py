"""Mail: handed over encrypted and whole, once, and only while it is still needed."""

import shutil
import smtplib
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP

from anchornet import formatting
from anchornet.exports.mail.delivery import NotNow, Refused, Unclear, deliver, message
from anchornet.exports.mail.reminders import pack_letters, questions, receipts, reminders, text_of
from anchornet.exports.mail.worker import send
from anchornet.facts.build import open_network
from anchornet.indicators.figures import OWN
from anchornet.indicators.promises import promises, quarter_of
from anchornet.intake.submit import send_nil
from anchornet.narrative import letters
from anchornet.narrative.letters import Envelope, Text
from anchornet.returns.declaration import RETURNS
from anchornet.settings import Settings, SettingsError, load, mail_password
from anchornet.store import authentication, mail
from anchornet.store.backup import backup, restore
from anchornet.store.database import Database
from anchornet.store.mail import Letter, Mail
from anchornet.store.meetings import record_meeting
from anchornet.store.network import NotPossible
from anchornet.store.people import account, record_person, remove_person
from anchornet.store.sent_back import send_back, take_back
from anchornet.store.submissions import signed
from tests.conftest import Send
from tests.exports.mail_server import PASSWORD, Received, serving

ADA, EVE = "ada@example.org", "eve@example.org"
NOON = datetime(2026, 10, 5, 12)  # 20 October is when September is due
TO = Envelope("Ada Sample", "Sample Anchor Network", "https://network.example.org")
Server = tuple[Settings, Received]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture
def server(folder: Path, settings: Settings) -> Iterator[Server]:
    with serving(folder, settings) as running:
        yield running


@pytest.fixture
def ada(network: Database, server: Server) -> Database:
    """A network that sends mail, with a contributor of a member."""
    network.settings, _ = server
    record_person(network, ADA, "Ada Sample", {("member_contributor", "council")}, by="c@e.org")
    return network


def written(settings: Settings, text: Text | None = None, email: str = ADA) -> bytes:
    return message(settings, email, text or letters.trial(TO), "<one@example.org>", NOON)


def put(database: Database, *letters_: Letter, now: datetime = NOON) -> None:
    assert mail.put_out(database, letters_, now=now) == len(letters_)


def claimed(database: Database, now: datetime = NOON) -> Mail:
    one = mail.claim(database, now)
    assert one
    return one


def send_next(database: Database, now: datetime = NOON) -> str:
    """Sends the next that is due as the worker does; the state it is in then."""
    one = claimed(database, now)
    mail.settle(database, one, *send(database, one, now), now=now)
    return state(database)


def state(database: Database) -> str:
    return mail.mails(database)[0].state


# --- handing over --------------------------------------------------------------------------------


@pytest.mark.parametrize("tls", ["starttls", "implicit", "none"])
def test_a_message_is_handed_over_in_plain_text_and_html(
    folder: Path, settings: Settings, tls: str
) -> None:
    with serving(folder, settings, tls) as (sending, received):
        assert deliver(sending, ADA, lambda: written(sending))
    ((to, got),) = received.messages
    assert to == [ADA]
    assert got["From"] == "Sample Anchor Network <network@example.org>"
    assert (got["To"], got["Message-ID"]) == (ADA, "<one@example.org>")
    assert got["Date"] == "Mon, 05 Oct 2026 12:00:00 +0000"
    assert got["Auto-Submitted"] == "auto-generated"
    kinds = [part.get_content_type() for part in got.iter_parts()]
    assert kinds == ["text/plain", "text/html"]


def test_no_password_leaves_without_a_certificate_that_holds(
    server: Server, folder: Path, tmp_path: Path
) -> None:
    sending, received = server
    for wrong in (
        replace(sending, mail_ca_file=""),  # signed by nobody this machine knows
        replace(sending, mail_host="127.0.0.2"),  # another name than the certificate's
    ):
        with pytest.raises(NotNow):
            deliver(wrong, ADA, lambda: pytest.fail("nothing is written for it"))
    with serving(folder, sending, "none") as (plain, open_):
        demanding = replace(plain, mail_tls="starttls", mail_user="network")
        with pytest.raises(NotNow):
            deliver(demanding, ADA, lambda: written(demanding))
        assert open_.messages == []
    assert received.messages == []


def test_a_wrong_password_is_said_and_may_be_put_right(server: Server, tmp_path: Path) -> None:
    sending, received = server
    (tmp_path / "password").write_text("wrong")
    wrong = replace(sending, mail_password_file=str(tmp_path / "password"))
    with pytest.raises(NotNow, match="refuses the user or password: 535"):
        deliver(wrong, ADA, lambda: written(wrong))
    gone = replace(sending, mail_password_file=str(tmp_path / "gone"))
    with pytest.raises(NotNow, match="can't be read"):
        deliver(gone, ADA, lambda: written(gone))
    assert received.messages == []


@pytest.mark.parametrize(
    ("answer", "ends", "why"),
    [
        ("550 5.1.1 No such person here", Refused, "does not take this address: 550 5.1.1 No such"),
        ("450 4.2.0 Come back later", NotNow, "450 4.2.0 Come back later"),
    ],
)
def test_what_the_server_says_of_an_address_decides(
    server: Server, answer: str, ends: type[Exception], why: str
) -> None:
    sending, received = server
    received.recipients[ADA] = answer
    with pytest.raises(ends, match=why):
        deliver(sending, ADA, lambda: pytest.fail("nothing is written for it"))


def test_a_server_that_breaks_off_after_the_message_leaves_it_unclear(server: Server) -> None:
    sending, received = server

    def break_off(smtp: SMTP) -> str:
        assert smtp.transport
        smtp.transport.abort()
        return "250 Never said"

    received.after = break_off
    with pytest.raises(Unclear):
        deliver(sending, ADA, lambda: written(sending))
    received.after = lambda smtp: "451 Try again"
    with pytest.raises(NotNow, match="451 Try again"):
        deliver(sending, ADA, lambda: written(sending))
    received.after = lambda smtp: "554 Looks like spam"
    with pytest.raises(Refused, match="554 Looks like spam"):
        deliver(sending, ADA, lambda: written(sending))


def test_a_server_that_is_not_there_is_tried_later(server: Server) -> None:
    sending, _ = server
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = replace(sending, mail_port=free.getsockname()[1])
    with pytest.raises(NotNow, match="can't be reached"):
        deliver(nobody, ADA, lambda: written(nobody))


HOSTILE = (
    "Council\r\nBcc: everybody@example.org\r\n\r\n<script>alert(1)</script>\u2028x\x00\n.\nRSET"
)


def test_no_name_can_write_a_header_or_a_command(server: Server) -> None:
    sending, received = server
    sending = replace(sending, network_name=HOSTILE)
    to = Envelope(HOSTILE, HOSTILE, sending.address)
    text = letters.missing_returns(
        to, HOSTILE, ["spend"], date(2026, 9, 1), date(2026, 10, 20), date(2026, 10, 18)
    )
    for every in (text, letters.pack_ready(to, HOSTILE, NOON), letters.trial(to)):
        assert deliver(sending, ADA, lambda every=every: written(sending, every))  # type: ignore[misc]
    assert len(received.messages) == 3
    for recipients, got in received.messages:
        assert recipients == [ADA]
        assert got["Bcc"] is None
        assert len(got["Subject"].splitlines()) == 1
        page = got.get_body(("html",))
        assert page
        assert "<script" not in page.get_content()
        assert "&lt;script&gt;" in page.get_content()
        plain = got.get_body(("plain",))
        assert plain
        assert (
            "\r\n.\r\nRSET" in plain.get_content()
        )  # a line with a dot alone is text like any other


@pytest.mark.parametrize(
    "email",
    ["ada@example.org\r\nRCPT TO:<eve@e.org>", "a>b@example.org", "ada@example.org,eve@e.org",
     '"a b"@example.org', "ada@exämple.org", "<ada@example.org>", "ada@localhost"],
)  # fmt: skip
def test_an_address_that_could_be_more_than_one_gets_nothing(server: Server, email: str) -> None:
    sending, received = server
    with pytest.raises(Refused):
        deliver(sending, email, lambda: written(sending))
    assert received.messages == []


# --- settings ------------------------------------------------------------------------------------

MAIL = {
    "ANCHORNET_MAIL_HOST": "smtp.example.org",
    "ANCHORNET_MAIL_FROM": "network@example.org",
    "ANCHORNET_ADDRESS": "https://Network.example.org/",
}


def test_mail_is_off_as_shipped_and_encrypted_when_it_is_on() -> None:
    assert load(environment={}).mail_host == ""
    settings = load(environment=MAIL)
    assert (settings.mail_tls, settings.mail_port) == ("starttls", 587)
    assert settings.address == "https://network.example.org"


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("MAIL_FROM", "", "the setting mail_from is needed too"),
        ("ADDRESS", "", "the setting address is needed too"),
        ("ADDRESS", "network.example.org", "should be where people open the app"),
        ("ADDRESS", "https://e.org/app?x=1", "should be where people open the app"),
        ("MAIL_FROM", "a@e.org\nBcc: b@e.org", "should be an email address"),
        ("MAIL_HOST", "smtp example", "should be the name of a mail server"),
        ("MAIL_TLS", "ssl", "should be one of starttls, implicit, none"),
        ("MAIL_TLS", "none", "only to a server on this machine"),
        ("MAIL_PORT", "smtp", "should be a whole number"),
    ],
)
def test_settings_of_mail_that_would_not_do_are_refused(name: str, value: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        load(environment=MAIL | {f"ANCHORNET_{name}": value})


def test_settings_of_mail_stand_in_a_section_and_its_password_does_not(tmp_path: Path) -> None:
    shipped = Path("anchornet.toml").read_text(encoding="utf-8")
    file = tmp_path / "own.toml"
    section = '[mail]\nhost = "smtp.example.org"\nfrom = "network@example.org"\n'
    file.write_text(shipped.replace('address = ""', 'address = "https://e.org"') + section)
    settings = load(file, environment={})
    assert (settings.mail_host, settings.mail_from) == ("smtp.example.org", "network@example.org")
    file.write_text(f'{shipped}\n{section}password = "secret"\n')
    with pytest.raises(SettingsError, match=r"mail_password in own.toml is not a setting"):
        load(file, environment={})
    assert mail_password(settings, {"ANCHORNET_MAIL_PASSWORD": PASSWORD}) == PASSWORD


# --- once ----------------------------------------------------------------------------------------

PACK = Letter("pack", ADA, "1 2026-10-05")


def test_a_mail_is_put_out_once_and_sent_once(ada: Database, server: Server) -> None:
    received = server[1]
    authentication.make_link(ada, ADA, by="c@e.org", now=NOON)
    put(ada, Letter("invitation", ADA, "first"))
    assert mail.put_out(ada, [Letter("invitation", ADA, "first")]) == 0
    assert send_next(ada) == "sent"
    assert mail.claim(ada, NOON + timedelta(days=9)) is None
    ((_, got),) = received.messages
    assert got["Message-ID"] == mail.mails(ada)[0].message_id
    plain = got.get_body(("plain",))
    assert plain
    words = plain.get_content()
    assert "until 12 October 2026, 13:00" in words  # a week later, by a clock in Manchester
    token = words.partition("https://network.example.org/sign-in/")[2].split()[0]
    assert authentication.use_link(ada, token, now=NOON + timedelta(days=6))
    # Nothing that opens the door is kept.
    assert token not in repr(ada.rows("from mails")) + repr(ada.rows("from mail_states"))


def test_two_who_claim_at_once_get_different_mails(ada: Database) -> None:
    put(ada, *(Letter("invitation", ADA, str(number)) for number in range(20)))
    got: list[int] = []

    def claim_all() -> None:
        while one := mail.claim(ada, NOON):
            got.append(one.mail_id)

    together = [threading.Thread(target=claim_all) for _ in range(4)]
    for one in together:
        one.start()
    for one in together:
        one.join()
    assert sorted(got) == list(range(1, 21))


def test_what_could_not_be_sent_is_tried_later_and_then_given_up(
    ada: Database, server: Server
) -> None:
    received = server[1]
    received.recipients[ADA] = "450 4.2.0 Come back later"
    put(ada, Letter("invitation", ADA, "first"))
    now, waits = NOON, []
    while send_next(ada, now) == "waiting":
        (one,) = mail.mails(ada)
        assert "Come back later" in one.detail
        assert mail.claim(ada, one.due_at - timedelta(seconds=1)) is None
        waits.append(int((one.due_at - now).total_seconds() / 60))
        now = one.due_at
    assert waits == [1, 5, 15, 60, 180, 360, 720]
    assert state(ada) == "given_up"
    received.recipients.clear()
    first = mail.mails(ada)[0].message_id
    mail.send_again(ada, 1, by="c@e.org", now=now)
    assert send_next(ada, now) == "sent"
    assert received.messages[0][1]["Message-ID"] == first
    with pytest.raises(NotPossible, match="was sent, or waits"):
        mail.send_again(ada, 1, by="c@e.org")


def test_a_mail_under_way_when_the_app_stopped_may_have_gone_out(
    ada: Database, server: Server
) -> None:
    put(ada, Letter("invitation", ADA, "first"), Letter("invitation", ADA, "second"))
    claimed(ada)
    mail.settle_left(ada, NOON)
    assert {one.state for one in mail.mails(ada)} == {"unclear", "waiting"}
    assert claimed(ada).mail_id == 2
    assert mail.claim(ada, NOON + timedelta(days=9)) is None


def test_what_waited_in_a_backup_is_not_sent_when_that_is_restored(
    ada: Database, tmp_path: Path
) -> None:
    put(ada, Letter("invitation", ADA, "first"), Letter("invitation", ADA, "second"))
    mail.settle(ada, claimed(ada), "sent", now=NOON)
    ada.close()
    backup(ada.settings, tmp_path / "kept.duckdb")
    restore(ada.settings, tmp_path / "kept.duckdb")
    restored = open_network(ada.settings)
    assert [one.state for one in mail.mails(restored)] == ["unclear", "sent"]
    restored.close()


def test_what_went_out_after_a_backup_is_not_sent_again_when_that_is_restored(
    ada: Database, server: Server, tmp_path: Path
) -> None:
    record_meeting(ada, "October", NOON + timedelta(days=3), by="c@e.org")
    put(ada, Letter("late", ADA, "2026-08 2026-09-20", "council"), Letter("link", ADA, "asked"))
    backup_of(ada, tmp_path / "kept.duckdb")
    after = [
        *reminders(ada, NOON),
        Letter("missing", ADA, "1", "council"),
        Letter("missing", ADA, "2", "council"),  # of a meeting that the backup doesn't know
    ]
    mail.put_out(ada, after, now=NOON)
    for _ in range(3):
        mail.settle(ada, claimed(ada), "sent", now=NOON)
    before = {one.letter: one.state for one in mail.mails(ada)}
    ada.close()
    restore(ada.settings, tmp_path / "kept.duckdb")
    restored = open_network(ada.settings)
    now = {one.letter: one.state for one in mail.mails(restored)}
    lost = {Letter("missing", ADA, "2", "council")}
    assert now == {
        letter: "unclear" if state == "waiting" else state
        for letter, state in before.items()
        if letter not in lost
    }
    assert sorted(one.mail_id for one in mail.mails(restored)) == [*range(1, len(now) + 1)]
    assert mail.put_out(restored, [letter for letter in after if letter not in lost]) == 0
    assert mail.claim(restored, NOON + timedelta(days=3)) is None
    restored.close()


@pytest.mark.parametrize("content", [b"", b"DUCK, not really", None])
def test_a_backup_is_restored_where_the_replaced_database_cannot_be_read(
    ada: Database, tmp_path: Path, content: bytes | None
) -> None:
    put(ada, Letter("link", ADA, "asked"))
    backup_of(ada, tmp_path / "kept.duckdb")
    ada.close()
    if content is None:
        ada.path.unlink()
    else:
        ada.path.write_bytes(content)
    restore(ada.settings, tmp_path / "kept.duckdb")
    restored = open_network(ada.settings)
    assert [one.state for one in mail.mails(restored)] == ["unclear"]
    restored.close()


def backup_of(database: Database, to: Path) -> None:
    """A backup as it would be made beside the running app: of a file, which is closed for it."""
    with database.nothing_written():
        for end in ("", ".wal"):
            file = database.path.with_name(database.path.name + end)
            if file.exists():
                shutil.copyfile(file, to.with_name(to.name + end))


def test_what_waited_for_days_is_not_sent_when_the_app_runs_again(ada: Database) -> None:
    put(ada, Letter("invitation", ADA, "first"))
    mail.settle_left(ada, NOON + timedelta(hours=23))
    assert state(ada) == "waiting"
    mail.settle_left(ada, NOON + timedelta(hours=25))
    (one,) = mail.mails(ada)
    assert (one.state, one.detail) == ("given_up", "The app was not running when it was due.")
    mail.send_again(ada, 1, by="c@e.org", now=NOON + timedelta(hours=25))
    assert claimed(ada, NOON + timedelta(hours=25)).mail_id == 1


def test_who_has_left_or_wants_none_gets_none(ada: Database, server: Server) -> None:
    received = server[1]
    record_meeting(ada, "October", NOON + timedelta(days=3), by="c@e.org")
    for roles in ({("delivery_group", None)}, {("coordinator", None)}):
        record_person(ada, EVE, "Eve Sample", roles, by="c@e.org")
    eve = account(ada, EVE)
    assert eve
    assert mail.choices(ada, eve) == {"receipt": True, "pack": True}
    put(ada, Letter("pack", EVE, "1 2026-10-05"))
    mail.choose(ada, eve, ["receipt"], NOON)
    assert send_next(ada) == "dropped"
    mail.choose(ada, eve, ["receipt", "pack"], NOON)
    mail.send_again(ada, 1, by="c@e.org", now=NOON)
    assert send_next(ada) == "sent"
    put(ada, Letter("invitation", EVE, "late"), now=NOON + timedelta(minutes=1))
    remove_person(ada, EVE, by="c@e.org")
    assert send_next(ada, NOON + timedelta(minutes=1)) == "dropped"
    assert len(received.messages) == 1


def test_a_fault_of_ours_is_no_mail(ada: Database, server: Server) -> None:
    put(ada, Letter("pack", ADA, "no number"))
    one = claimed(ada)
    assert send(ada, one, NOON)[0] == "dropped"  # not for a contributor
    record_person(ada, ADA, "Ada Sample", {("coordinator", None)}, by="c@e.org")
    outcome, detail = send(ada, one, NOON)
    assert outcome == "waiting"
    assert "a fault of ours" in detail


def test_without_settings_nothing_is_put_out(network: Database) -> None:
    assert mail.put_out(network, [Letter("invitation", ADA, "first")]) == 0
    assert mail.mails(network) == []


# --- what is said --------------------------------------------------------------------------------


def said(database: Database, letter: Letter, now: datetime) -> str:
    """The plain text of a mail; nothing where it isn't needed any more."""
    one = Mail(1, letter, "<m@example.org>", now, None, "sending", "", 1, now, now)
    text = text_of(database, one, now)
    return f"{text.subject}\n{text.plain()}" if text else ""


def kinds(database: Database, now: datetime) -> list[tuple[str, str, str]]:
    return sorted({(one.kind, one.email, one.about) for one in reminders(database, now)})


def test_members_are_reminded_from_five_days_before_a_due_date_to_fourteen_after(
    ada: Database, send: Send
) -> None:
    for name in ("living_wage", "local_hires", "retention", "commitments"):
        send(name, "council")
    about = "2026-09 2026-10-20"
    soon, late = ("due_soon", ADA, about), ("late", ADA, about)
    for day, wanted in ((14, []), (15, [soon]), (20, [soon]), (21, [late])):
        now = datetime(2026, 10, day, 9)
        assert [one for one in kinds(ada, now) if one[2] == about] == wanted
    assert late in kinds(ada, datetime(2026, 11, 3, 9))
    assert late not in kinds(ada, datetime(2026, 11, 4, 9))
    letter = next(
        one for one in reminders(ada, datetime(2026, 10, 18, 9)) if one.kind == "due_soon"
    )
    words = said(ada, letter, datetime(2026, 10, 18, 9))
    assert "One return due in 2 days: Sample Anchor Network" in words
    assert "Hello Ada Sample," in words
    assert "This return of Sample council for September 2026 has not come yet" in words
    assert "- Spend" in words
    assert "https://network.example.org/my_returns" in words
    send("spend", "council", now=datetime(2026, 10, 18, 10))
    assert said(ada, letter, datetime(2026, 10, 18, 11)) == ""


def test_what_is_missing_is_asked_for_in_the_week_before_a_meeting(
    ada: Database, send: Send
) -> None:
    meeting = record_meeting(ada, "Delivery group, November", datetime(2026, 11, 12, 10), by="c")
    assert "missing" not in {one[0] for one in kinds(ada, datetime(2026, 11, 5, 9))}
    (letter,) = [one for one in reminders(ada, datetime(2026, 11, 6, 9)) if one.kind == "missing"]
    assert (letter.email, letter.about) == (ADA, str(meeting.meeting_id))
    words = said(ada, letter, datetime(2026, 11, 6, 9))
    assert "Delivery group, November is on 12 November 2026, 10:00." in words
    assert "- Spend with suppliers, September 2026" in words or "- Spend" in words


def test_a_receipt_goes_to_who_sent_and_of_the_coordinators_to_the_members_people(
    ada: Database,
) -> None:
    record_person(ada, "c@example.org", "The coordinator", {("coordinator", None)}, by="c@e.org")
    at = datetime(2026, 10, 5, 9)
    common = {"member_id": "council", "period": date(2026, 9, 1)}
    by = signed("Ada of the council", "Ada@example.org")
    first = send_nil(ada, RETURNS["spend"], by=by, now=at, **common)  # type: ignore[arg-type]
    assert list(receipts(ada, at + timedelta(seconds=30))) == []
    (letter,) = receipts(ada, at + timedelta(minutes=2))
    assert letter == Letter("receipt", ADA, first.receipt, "council")
    put(ada, letter, now=at)
    assert list(receipts(ada, at + timedelta(minutes=3))) == []
    words = said(ada, letter, at)
    assert "Received: one return" in words
    assert f"- {first.receipt}: " in words
    assert "for September 2026, Sample council" in words
    by, later = signed("The coordinator", "c@example.org"), at + timedelta(hours=1)
    send_nil(ada, RETURNS["retention"], by=by, now=later, on_behalf=True, **common)  # type: ignore[arg-type]
    sent = {one.email for one in receipts(ada, at + timedelta(hours=2))}
    assert sent == {ADA, "c@example.org"}
    assert list(receipts(ada, at + timedelta(days=2))) == []


def test_a_question_is_announced_without_its_words_until_it_is_answered(ada: Database) -> None:
    common = {"member_id": "council", "period": date(2026, 9, 1), "by": ADA}
    at = datetime(2026, 10, 5, 9)
    sent = send_nil(ada, RETURNS["spend"], now=at, **common)  # type: ignore[arg-type]
    assert list(questions(ada, at)) == []
    send_back(ada, sent.receipt, by="c@e.org", reason="Not 12 starts?", now=at)
    (letter,) = questions(ada, at + timedelta(minutes=1))
    assert (letter.kind, letter.email, letter.member_id) == ("sent_back", ADA, "council")
    words = said(ada, letter, at)
    assert "spend with suppliers for September 2026 (R000001)" in words
    assert "goes on counting as it is" in words
    assert "12 starts" not in words
    send_back(ada, sent.receipt, by="c@e.org", reason="Sure?", now=at + timedelta(hours=1))
    (again,) = questions(ada, at + timedelta(hours=2))
    assert again != letter
    assert list(questions(ada, at + timedelta(days=2))) == []
    put(ada, letter, again)
    assert [send_next(ada) for _ in range(2)] == ["waiting", "sent"]  # only the newest is needed
    assert {one.letter: one.state for one in mail.mails(ada)} == {letter: "dropped", again: "sent"}
    send_back(ada, sent.receipt, by="c@e.org", reason="Yes?", now=at + timedelta(hours=3))
    (last,) = questions(ada, at + timedelta(hours=3))
    put(ada, last)
    take_back(ada, sent.receipt, by="c@e.org")
    assert send_next(ada) == "dropped"


def test_commitments_due_are_counted_and_dated_once_a_month(sample: Database) -> None:
    sample.settings = replace(sample.settings, address=TO.site)
    quarter = quarter_of(sample, date(2027, 1, 1))
    assert quarter
    frame = promises(sample, [quarter], OWN)
    running = frame[frame["is_running"] & frame["due_on"].notna()].sort_values("due_on")
    first = running.iloc[-1]  # and those of this member in the 30 days from two weeks before
    day = first["due_on"] - timedelta(days=14)
    theirs = running[running["member_id"] == first["member_id"]]["due_on"]
    due = sorted(one for one in theirs if day <= one <= day + timedelta(days=30))
    grants = {("member_contributor", first["member_id"])}
    record_person(sample, ADA, "Ada Sample", grants, by="c@e.org")
    now = datetime.combine(day, datetime.min.time()) + timedelta(hours=9)
    letter = Letter("promises_due", ADA, f"{day:%Y-%m}", first["member_id"])
    assert letter in list(reminders(sample, now))
    words = said(sample, letter, now)
    many = formatting.capital(formatting.counted(len(due), "commitment"))
    assert f"{many} due soon" in words
    assert formatting.day(due[0]) in words
    assert "https://network.example.org/commitments" in words
    assert said(sample, letter, now + timedelta(days=400)) == ""


def test_the_pack_is_announced_to_who_sees_it_once_a_day(ada: Database) -> None:
    record_person(ada, EVE, "Eve Sample", {("delivery_group", None)}, by="c@e.org")
    meeting = record_meeting(ada, "October", datetime(2026, 10, 8, 10), by="c@e.org")
    (letter,) = pack_letters(ada, meeting, NOON)
    assert letter.email == EVE
    assert "October, on 8 October 2026, 11:00, is ready" in said(ada, letter, NOON)
    assert pack_letters(ada, meeting, NOON + timedelta(hours=2)) == [letter]


def test_what_is_older_than_the_record_is_forgotten(ada: Database) -> None:
    from anchornet.store import audit

    put(ada, Letter("invitation", ADA, "first"))
    audit.forget(ada, NOON + timedelta(days=ada.settings.audit_days + 1))
    assert mail.mails(ada) == []
    assert ada.rows("from mail_states") == []


def test_the_server_of_these_tests_takes_no_password_in_clear(server: Server) -> None:
    sending, _ = server
    with smtplib.SMTP("127.0.0.1", sending.mail_port) as smtp:
        assert smtp.ehlo()[0] == 250
        assert smtp.docmd("auth", "plain AGEAYg==")[0] == 530
