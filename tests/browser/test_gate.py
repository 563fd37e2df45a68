"""What strangers and every role try at the websocket and with each other's identifiers, spoken to
the real server without a browser: what nobody's page needs is not taken."""

import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg

from anchornet import settings as settings_
from anchornet.facts.build import open_network
from anchornet.setting_values import PROJECT
from anchornet.store import authentication
from anchornet.store.people import record_person, settle_role
from tests import canaries
from tests.browser.seats import CODE, STRANGER, NoRedirect, seat

PEOPLE = {
    "council@example.org": ("member_contributor", "council"),
    "hospital@example.org": ("member_contributor", "hospital"),
    "viewer@example.org": ("member_viewer", "council"),
    "delivery@example.org": ("delivery_group", None),
    "comms@example.org": ("comms", None),
    "coordinator@example.org": ("coordinator", None),
}


@pytest.fixture(scope="module")
def address(serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("gate") / "network.duckdb"
    database = open_network(replace(settings_.load(environment={}), database=path), create=True)
    canaries.build(database)
    for email, grant in PEOPLE.items():
        record_person(database, email, email.split("@")[0], {grant}, by=canaries.BY)
        authentication.set_password(database, email, CODE, by=canaries.BY)
    settle_role(database, "council", "viewer@example.org", "member_viewer", True, by=canaries.BY)
    database.close()
    return serve(copy_of=path, environment={"ANCHORNET_PROXY": "127.0.0.1"})


def rerun() -> BackMsg:
    message = BackMsg()
    message.rerun_script.page_name = ""
    return message


def messages(session: str) -> dict[str, BackMsg]:
    """One of every kind that Streamlit knows, by its name; of backend operations each."""
    every = {}
    for kind in BackMsg.DESCRIPTOR.oneofs_by_name["type"].fields:
        message = BackMsg()
        if kind.message_type is None:
            setattr(message, kind.name, True)
        else:
            getattr(message, kind.name).SetInParent()
        every[kind.name] = message
    operations = BackMsg().backend_operation_request.DESCRIPTOR
    for kind in operations.fields:
        if kind.message_type is not None:
            message = BackMsg()
            asked = message.backend_operation_request
            asked.request_id, asked.session_id = "1", session
            getattr(asked, kind.name).SetInParent()
            every[f"{kind.name} operation"] = message
    return every


def project_files() -> str:
    """What stands in the project's folder that nobody put there."""
    command = ["git", "status", "--porcelain", "--untracked-files=all", "--ignored=no"]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout


def test_no_kind_of_message_from_anybody_is_noticed_by_others(
    address: str, record_property: Callable[[str, object], None]
) -> None:
    before, tried = project_files(), 0
    with seat(address, "hospital@example.org") as bystander:
        session, page = bystander.session, bystander.go("my_returns")
        assert "Sample hospital" in page
        for email in (STRANGER, *PEOPLE):
            with seat(address, email) as sender:
                for name, message in messages(sender.session).items():
                    sender.send(message)
                    tried += 1
                    # It is dropped, or does what it may: the next click is answered.
                    sender.go()
                    if name == "clear_cache":
                        assert "Something went wrong" not in bystander.go("my_returns"), email
            said = bystander.go("my_returns")
            assert "Sample hospital" in said, email
            assert "Something went wrong" not in said, email
        assert bystander.session == session
    assert project_files() == before
    assert tried == len(messages("")) * (len(PEOPLE) + 1)
    record_property("tried", f"{tried} messages of {len(messages(''))} kinds")


def test_nobody_notices_a_stranger_who_orders_caches_to_be_emptied(address: str) -> None:
    done = threading.Event()

    def order() -> None:
        with seat(address, STRANGER) as stranger:
            while not done.wait(0.05):
                stranger.send(BackMsg(clear_cache=True))

    ordering = threading.Thread(target=order)
    with seat(address, "hospital@example.org") as bystander:
        ordering.start()
        pages = [bystander.go(page) for page in ("spend", "my_returns", "overview") * 5]
        done.set()
        ordering.join()
    assert sum("an-answer" in page and "alert {" not in page for page in pages) == 15


def test_a_message_that_nobody_can_read_or_that_is_too_long_ends_or_changes_nothing(
    address: str,
) -> None:
    with seat(address, STRANGER) as stranger:
        long = rerun()
        long.rerun_script.query_string = "x" * 1_000_000
        stranger.send(long)
        stranger.go()
        stranger.socket.send("text, where Streamlit reads bytes only")
        stranger.go()
        stranger.socket.send(b"\xff\xff\xff")
        with pytest.raises(websockets.ConnectionClosed):
            stranger.go()


def test_what_is_sent_to_a_stranger_says_nothing_of_the_machine(address: str) -> None:
    with seat(address, STRANGER) as stranger:
        stranger.send(rerun())
        while not (message := stranger.read()).HasField("new_session"):
            pass
    begins = message.new_session
    assert str(PROJECT).encode() not in message.SerializeToString()
    about = begins.initialize.environment_info
    assert (begins.main_script_path, about.streamlit_version, about.python_version) == ("", "", "")
    assert about.server_os == ""


def test_what_belongs_to_one_is_refused_to_others_who_know_its_identifier(address: str) -> None:
    with (
        seat(address, "council@example.org") as council,
        seat(address, "hospital@example.org") as other,
        seat(address, "council@example.org") as own,
        seat(address, STRANGER) as stranger,
    ):
        council.go("submit")
        button = council.buttons[0]
        file = council.ask_for_file(button)
        assert file.startswith("/media/")
        assert council.http("GET", file) == 200
        assert own.http("GET", file) == 200  # the same person at another browser
        assert other.http("GET", file) == 403
        assert stranger.http("GET", file) == 403
        # The button that makes it is the page's own.
        for somebody in (other, stranger):
            with pytest.raises(TimeoutError):
                somebody.ask_for_file(button, seconds=3)
        # Nor does anybody put a file where the other's page finds it, or take one out.
        upload = f"/_stcore/upload_file/{council.session}/1"
        for somebody in (other, stranger):
            assert somebody.http("PUT", upload) == 403
            assert somebody.http("DELETE", upload) == 403
        foreign = {"Origin": "http://localhost:9"}
        assert council.http("GET", file, **foreign) == 403
        session, cookie = council.session, council.cookie
    with seat(address, "hospital@example.org", again=session) as thief:
        assert thief.session != session
    with seat(address, STRANGER, again=session) as thief:
        assert thief.session != session
    with seat(address, "", cookie, again=session) as back:
        assert back.session == session


def try_to_sign_in(address: str, email: str, password: str, client: str) -> tuple[int, float]:
    """What is answered to somebody who comes through the proxy, and after how many seconds."""
    form = urlencode({"email": email, "password": password}).encode()
    headers = {"Origin": address, "X-Forwarded-For": client}
    request = urllib.request.Request(f"{address}/sign-in", form, headers)
    start = time.perf_counter()
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.build_opener(NoRedirect).open(request, timeout=120)
    return answer.value.code, time.perf_counter() - start


def test_sixty_who_sign_in_at_once_hold_nobody_else_up(address: str) -> None:
    """Over the proxy that is named: without it, all of them would be one address anyway."""
    attacker = ("council@example.org", "wrong, wrong, wrong", "192.0.2.7")
    with ThreadPoolExecutor(60) as pool:
        attacks = [pool.submit(try_to_sign_in, address, *attacker) for _ in range(60)]
        time.sleep(0.3)
        code, seconds = try_to_sign_in(address, "hospital@example.org", CODE, "192.0.2.8")
        answers = Counter(attack.result()[0] for attack in attacks)
    assert code == 303
    assert seconds < 15  # alone, a few tenths; sixty in one queue took 51 s
    assert answers[503] > 40  # told at once that it is too busy


def test_an_address_is_believed_from_the_proxy_that_is_named(address: str) -> None:
    """As `test_hardening` has one that is another's."""
    for number in range(7):
        client = f"198.51.100.{number}"
        code, _ = try_to_sign_in(address, "eve@example.org", "wrong, wrong, wrong", client)
        assert code == 403
    assert try_to_sign_in(address, "viewer@example.org", CODE, "198.51.100.9")[0] == 303


@pytest.mark.parametrize(
    "origin", ["http://localhost:9", "http://127.0.0.1:9", "https://elsewhere.example", "null"]
)
def test_a_page_of_another_address_opens_no_websocket(address: str, origin: str) -> None:
    with (
        pytest.raises(websockets.InvalidStatus, match="403"),
        seat(address, STRANGER, "", "", origin),
    ):
        pass


def test_when_it_is_told_to_stop_nothing_waits_in_the_log(
    address: str, servers: dict[str, Any]
) -> None:
    server = servers[address]
    log = server.database.with_name(f"{server.database.name}.wal")
    assert log.stat().st_size > 0
    with seat(address, STRANGER):  # a page that is open keeps it no longer
        server.stop()
    assert not log.exists()
