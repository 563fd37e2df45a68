"""The app is killed while it sends: no mail goes out twice, and none that was put out is lost."""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aiosmtpd.smtp import SMTP

from anchornet.facts.build import open_network
from anchornet.setting_values import PROJECT
from anchornet.settings import Settings
from anchornet.store import mail
from anchornet.store.database import Database
from anchornet.store.mail import Letter
from anchornet.store.people import record_person
from tests.exports.mail_server import serving

MAILS, KILLS = 40, 5
ADA = "ada@example.org"
Say = Callable[[str, object], None]


@contextmanager
def sending_by(settings: Settings) -> Iterator[Callable[[], None]]:
    """What kills who sends the mail, and has another go on."""
    names = ("host", "port", "tls", "user", "password_file", "from", "ca_file")
    named = {f"ANCHORNET_MAIL_{name.upper()}": getattr(settings, f"mail_{name}") for name in names}
    named |= {"ANCHORNET_ADDRESS": settings.address, "ANCHORNET_DATABASE": settings.database}
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("mail_worker.py"))],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT)}
        | {name: str(value) for name, value in named.items()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        stdin, stdout = process.stdin, process.stdout

        def begin() -> None:
            stdin.write("\n")
            stdin.flush()
            assert stdout.readline() == "begun\n"

        yield begin
        stdin.close()


def test_killed_at_random_moments_no_mail_goes_out_twice_and_none_is_lost(
    network: Database, settings: Settings, tmp_path: Path, record_property: Say
) -> None:
    chance = random.Random(19)
    with serving(tmp_path, settings) as (sending, received):

        def slowly(server: SMTP) -> str:
            time.sleep(chance.random() / 50)
            return "250 Taken"

        received.after = slowly
        network.settings = sending
        record_person(network, ADA, "Ada", {("member_contributor", "council")}, by="c@e.org")
        mail.put_out(network, [Letter("invitation", ADA, f"{n}") for n in range(MAILS)])
        network.close()
        with sending_by(sending) as begin:
            begin()
            for _ in range(KILLS):
                time.sleep(chance.random() / 2)
                begin()
            count = -1
            while count < len(received.messages):  # until there is nothing more to send
                count = len(received.messages)
                time.sleep(1.5)
        again = open_network(sending)
        mail.settle_left(again)
        every = mail.mails(again)
        again.close()
    got = Counter(message["Message-ID"] for _, message in received.messages)
    assert max(got.values()) == 1
    assert len(every) == MAILS
    states = Counter(one.state for one in every)
    assert set(states) <= {"sent", "unclear"}
    assert states["unclear"] <= KILLS
    assert {one.message_id for one in every if one.state == "sent"} <= set(got)
    assert len(got) >= MAILS - KILLS
    record_property("tried", f"{KILLS} kills, {states['sent']} sent, {states['unclear']} unclear")
