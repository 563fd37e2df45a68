"""Mail that came back: reports as Postfix, Exchange and Gmail write them, from a mailbox or files,
and those that anybody could make up."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from anchornet.exports.mail import worker
from anchornet.exports.mail.bounces import Mailbox, Unreachable, read_report, try_mailbox
from anchornet.settings import Settings, SettingsError, bounces_password, load
from anchornet.store import audit, housekeeping, mail
from anchornet.store.database import Database, utc_now
from anchornet.store.mail import Letter, Mail
from tests.exports.mailbox import PASSWORD, Inbox, mailbox
from tests.exports.test_mail import MAIL

REPORTS = Path("tests/files/reports")
ADA, EVE = "ada@example.org", "eve@example.org"
NOON = datetime(2026, 10, 5, 12)


def report(name: str, message_id: str, address: str = ADA) -> bytes:
    text = (REPORTS / f"{name}.eml").read_text(encoding="utf-8")
    return text.replace("ADDRESS", address).replace("MESSAGE-ID", message_id).encode()


@pytest.fixture
def sending(network: Database) -> Database:
    network.settings = replace(network.settings, mail_from="network@example.org")
    return network


def sent(database: Database, about: str = "2026-09 2026-10-20", email: str = ADA) -> Mail:
    """A mail that the server accepted."""
    mail.put_out(database, [Letter("late", email, about)], now=NOON)
    one = mail.claim(database, NOON)
    assert one
    mail.settle(database, one, "sent", now=NOON)
    return one


def state(database: Database, one: Mail) -> tuple[str, str]:
    now = {each.mail_id: each for each in mail.mails(database)}[one.mail_id]
    return now.state, now.detail


def came_back(database: Database, data: bytes, now: datetime = NOON) -> bool:
    read = read_report(data)
    return read is not None and mail.record_bounce(database, read, now) is not None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "postfix",
            "There is no such address there. It says: 550 5.1.1 <ada@example.org>: Recipient "
            "address rejected: User unknown in virtual mailbox table",
        ),
        (
            "exchange",
            "There is no such address there. It says: 550 5.1.10 RESOLVER.ADR.RecipientNotFound; "
            "Recipient not found by SMTP address lookup",
        ),
        ("gmail", "The mailbox is full. It says: 552-5.2.2 The recipient's inbox is out of"),
        (
            "postfix_gave_up",
            "The other mail server could not be reached. It says: connect to "
            "mx.example.org[192.0.2.25]:25: Connection timed out",
        ),
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_what_came_back_for_good_says_so_and_why(
    sending: Database, name: str, words: str, ending: str
) -> None:
    one, other = sent(sending), sent(sending, "2026-08 2026-09-20")
    data = report(name, one.message_id).replace(b"\n", ending.encode())
    assert came_back(sending, data)
    came, why = state(sending, one)
    assert came == "bounced"
    assert why.startswith(words)
    assert state(sending, other) == ("sent", "")


def test_what_is_still_tried_did_not_come_back(sending: Database) -> None:
    one = sent(sending)
    assert not came_back(sending, report("postfix_delayed", one.message_id))
    assert state(sending, one) == ("sent", "")


def test_a_report_counts_once_and_another_after_it_was_sent_again(sending: Database) -> None:
    one = sent(sending)
    data = report("postfix", one.message_id)
    assert came_back(sending, data)
    mail.send_again(sending, one.mail_id, by="c@e.org", now=NOON)
    again = mail.claim(sending, NOON)
    assert again
    assert not came_back(sending, data)  # it is not even sent
    mail.settle(sending, again, "sent", now=NOON)
    assert not came_back(sending, data)
    assert not came_back(sending, data.replace(b"\n", b"\r\n"))
    assert came_back(sending, report("exchange", one.message_id))


@pytest.mark.parametrize(
    ("message_id", "address"),
    [
        ("<made-up@example.org>", ADA),  # of a mail that isn't ours, to somebody we write to
        ("", EVE),  # names no mail, and somebody we never wrote to
        ("OURS", EVE),  # our mail, forwarded or made up, for another address
        ("OURS", f"{ADA}, {EVE}"),
        ("OURS", f"<{ADA}"[::-1]),
    ],
)
def test_a_report_about_what_we_did_not_write_is_passed_over(
    sending: Database, message_id: str, address: str
) -> None:
    one = sent(sending)
    named = one.message_id if message_id == "OURS" else message_id
    for name in ("postfix", "exchange", "gmail"):
        assert not came_back(sending, report(name, named, address))
    assert state(sending, one) == ("sent", "")


def test_without_its_number_the_last_mail_to_that_address_is_meant_for_a_week(
    sending: Database,
) -> None:
    earlier, later = sent(sending), sent(sending, "2026-08 2026-09-20")
    other = sent(sending, email=EVE)
    data = report("exchange", "", "Ada@Example.org")
    assert not came_back(sending, data, NOON + timedelta(days=8))
    assert came_back(sending, data, NOON + timedelta(days=1))
    assert [state(sending, one)[0] for one in (earlier, later, other)] == [
        "sent",
        "bounced",
        "sent",
    ]


def test_what_is_no_report_is_none(sending: Database) -> None:
    data = report("postfix", "<a@b>")
    deep = b"Content-Type: multipart/report; boundary=a\n\n" + b"".join(
        b"--a%d\nContent-Type: multipart/mixed; boundary=a%d\n\n" % (number, number + 1)
        for number in range(3000)
    )
    for each in (
        b"", b"\0" * 100, b"Subject: Hello\n\nI am away until Monday.\n", deep,
        data.replace(b"multipart/report", b"multipart/mixed"),
        data.replace(b"Action: failed", b"Action: delivered"),
        data.replace(b"Final-Recipient: rfc822;", b"Final-Recipient: x400;").replace(
            b"Original-Recipient: rfc822;", b"Original-Recipient: x400;"
        ),
        data.replace(b"message/delivery-status", b"message/made-up"),
        data + b"x" * 1_000_000,
    ):  # fmt: skip
        assert read_report(each) is None
    for cut in range(0, len(data), 97):
        read_report(data[:cut])


def test_reports_go_with_the_mails_they_are_of(sending: Database) -> None:
    one = sent(sending)
    assert came_back(sending, report("gmail", one.message_id))
    later = NOON + timedelta(days=sending.settings.audit_days + 1)
    housekeeping.clear(sending, by="the app", now=later)
    assert sending.rows("select count(*) from mail_reports") == [(0,)]


# --- the mailbox ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(params=["implicit", "starttls"])
def inbox(
    request: pytest.FixtureRequest, folder: Path, settings: Settings
) -> Iterator[tuple[Settings, Inbox]]:
    with mailbox(folder, settings, request.param) as running:
        yield running


def test_the_mailbox_is_read_as_it_is_and_each_report_once(
    sending: Database, inbox: tuple[Settings, Inbox]
) -> None:
    reading, box = inbox
    now = utc_now()
    if reading.mail_bounces_tls == "implicit":
        box.put(b"Subject: Hello\n\nI am away until Monday.\n", now)
        box.put(report("postfix", "<one@example.org>"), now)
        box.put(report("gmail", "<two@example.org>"), now - timedelta(days=40))
        box.put(report("exchange", "<three@example.org>"), now - timedelta(days=9))
        before = box.flags()
        opened = Mailbox(reading)
        read = [one.message_id for one in opened.new_reports(now.date())]
        assert read == ["<one@example.org>", "<three@example.org>"]
        assert list(opened.new_reports(now.date())) == []
        assert box.flags() == before
        assert len(before) == 4
    try_mailbox(reading)
    wrong = replace(reading, mail_bounces_password_file="")
    for settings, why in (
        (wrong, "says: .*Invalid authentication credentials"),
        (replace(reading, mail_ca_file=""), "certificate or encryption is not accepted"),
        (replace(reading, mail_bounces_folder="Nowhere"), "says: "),
        (replace(reading, mail_bounces_port=1), "refused"),
        (replace(reading, mail_bounces_password_file="/none"), "can't be read"),
    ):
        with pytest.raises(Unreachable, match=why):
            try_mailbox(settings)


def test_the_app_reads_it_and_says_once_that_it_cannot(
    sending: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "READS_EVERY", 0.0)
    monkeypatch.setattr(worker, "EVERY", 0.05)
    monkeypatch.setattr(mail, "utc_now", lambda: NOON)
    one = sent(sending)
    with mailbox(folder, sending.settings) as (reading, box):
        box.put(report("postfix", one.message_id), utc_now())
        sending.settings = reading
        running = worker.Worker(sending)
        wait_for(lambda: state(sending, one)[0] == "bounced")
        running.close()
    running = worker.Worker(sending)
    wait_for(lambda: failures(sending) > 0)
    running.close()
    assert failures(sending) == 1


def failures(database: Database) -> int:
    return int((audit.trail(database)["did"] == "could not read mail that came back").sum())


def wait_for(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("HOST", "imap example", "should be the name of a mail server"),
        ("USER", "", "the setting mail_bounces_user is needed too"),
        ("TLS", "none", "only to a server on this machine"),
        ("TLS", "ssl", "should be one of implicit, starttls, none"),
    ],
)
def test_settings_of_the_mailbox_that_would_not_do_are_refused(
    name: str, value: str, why: str
) -> None:
    given = MAIL | {
        "ANCHORNET_MAIL_BOUNCES_HOST": "imap.example.org", "ANCHORNET_MAIL_BOUNCES_USER": "network",
    }  # fmt: skip
    assert load(environment=given).mail_bounces_port == 993
    with pytest.raises(SettingsError, match=why):
        load(environment=given | {f"ANCHORNET_MAIL_BOUNCES_{name}": value})
    secret = {"ANCHORNET_MAIL_BOUNCES_PASSWORD": PASSWORD}
    assert bounces_password(load(environment=given), secret) == PASSWORD
