"""The commands of mail: a test by the settings, and what became of what was put out."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from anchornet import settings as settings_
from anchornet.facts.build import open_network
from anchornet.settings import Settings
from anchornet.store import mail
from anchornet.store.mail import Letter
from tests.cli.ran import Run
from tests.cli.test_json import assert_fields
from tests.exports.mail_server import Received, serving
from tests.exports.test_bounces import report

ADA = "ada@example.org"


@pytest.fixture
def server(
    network: Run, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Settings, Received]]:
    """A mail server, which the environment names."""
    with serving(tmp_path, settings_.load()) as (settings, received):
        for name in [one.name for one in fields(settings) if one.name.startswith("mail_")]:
            monkeypatch.setenv(f"ANCHORNET_{name.upper()}", str(getattr(settings, name)))
        monkeypatch.setenv("ANCHORNET_ADDRESS", settings.address)
        yield settings, received


def test_a_test_is_sent_by_the_settings_and_says_what_the_server_said(
    network: Run, server: tuple[Settings, Received]
) -> None:
    sent = network("mail", "test", ADA)
    assert (sent.code, sent.err) == (0, f"127.0.0.1 has accepted a test email for {ADA}.\n")
    ((to, message),) = server[1].messages
    assert to == [ADA]
    assert message["Subject"] == "A test: Sample Anchor Network"
    server[1].recipients[ADA] = "550 Nobody of that name"
    refused = network("mail", "test", ADA)
    assert (refused.code, refused.err) == (
        2,
        "The mail server does not take this address: 550 Nobody of that name\n",
    )


def test_what_was_put_out_is_listed(network: Run, server: tuple[Settings, Received]) -> None:
    opened = open_network(settings_.load())
    mail.put_out(opened, [Letter("late", ADA, "2026-09 2026-10-20", "council")])
    opened.close()
    (listed,) = network("mail", "list", "--format", "json").json
    assert_fields("mail list", listed)
    assert (listed["to"], listed["state"], listed["kind"]) == (ADA, "waiting", "late")


def test_reports_of_what_came_back_are_read_from_files(
    network: Run, server: tuple[Settings, Received], tmp_path: Path
) -> None:
    opened = open_network(settings_.load())
    mail.put_out(opened, [Letter("late", ADA, "2026-09 2026-10-20", "council")])
    sent = mail.claim(opened)
    assert sent
    mail.settle(opened, sent, "sent")
    opened.close()
    file, other = tmp_path / "back.eml", tmp_path / "hello.eml"
    file.write_bytes(report("exchange", sent.message_id))
    other.write_text("Subject: Hello\n\nHello.\n")
    ended = network("mail", "bounced", file, other)
    assert ended.code == 0
    first, second = ended.out.splitlines()
    assert first.startswith(
        f"back.eml: Returns that are late to {ADA} came back. There is no such address there."
    )
    assert second == "hello.eml: no report that a mail could not be delivered."
    (listed,) = network("mail", "list", "--format", "json").json
    assert listed["state"] == "bounced"
    assert "or this is known of it" in network("mail", "bounced", file).out
    assert network("mail", "bounced", tmp_path / "none.eml").code == 2


def test_without_a_server_it_is_said(network: Run) -> None:
    ended = network("mail", "test", ADA)
    assert (ended.code, "No mail server is set." in ended.err) == (2, True)
    assert network("mail", "list").code == 0
