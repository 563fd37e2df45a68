"""Two networks on one installation, each as if it were alone: all that arrives is searched."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from anchornet import settings as settings_
from anchornet.exports import api
from anchornet.facts.build import add_member, open_network
from anchornet.setting_values import PROJECT
from anchornet.store import api_tokens, authentication
from anchornet.store.database import Database
from anchornet.store.people import record_person
from anchornet.ui.menu import PAGES
from tests import canaries
from tests.browser.seats import CODE, Seat, cookie_of, seat
from tests.canaries import CANARIES

CANARY, OTHER = "canaries.localhost", "other.localhost"
CONTRIBUTOR, COORDINATOR = "council@example.org", "coordinator@example.org"
PEOPLE = {
    CONTRIBUTOR: ("member_contributor", "council"),
    COORDINATOR: ("coordinator", None),
}


@pytest.fixture(scope="module", autouse=True)
def names() -> Iterator[None]:
    """Every name below localhost is this machine, as browsers have it."""

    def resolve(host: Any, *rest: Any, **more: Any) -> Any:
        ours = isinstance(host, str) and host.endswith(".localhost")
        return asked("127.0.0.1" if ours else host, *rest, **more)

    asked = socket.getaddrinfo
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", resolve)
        yield


def make(path: Path, name: str, fill: Callable[[Database], object]) -> str:
    """A network with the same people in it as every other; the contributor's API token."""
    settings = replace(settings_.load(environment={}), database=path, network_name=name)
    database = open_network(settings, create=True)
    fill(database)
    for email, grant in PEOPLE.items():
        record_person(database, email, f"Sample {email.split('@')[0]}", {grant}, by=canaries.BY)
        authentication.set_password(database, email, CODE, by=canaries.BY)
    token = api_tokens.make_member_token(
        database, "council", "Ledger", "member_contributor", days=30, by=CONTRIBUTOR
    )
    database.close()
    return token


@pytest.fixture(scope="module")
def tokens() -> dict[str, str]:
    """The contributor's API tokens, by the host of their network."""
    return {}


@pytest.fixture(scope="module")
def port(
    serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory, tokens: dict[str, str]
) -> str:
    folder = tmp_path_factory.mktemp("several")
    tokens[CANARY] = make(folder / "canaries.duckdb", "Canary Network", canaries.build)
    tokens[OTHER] = make(
        folder / "other.duckdb",
        "Other Network",
        lambda database: add_member(database, "council", "Sample Other Council", "council"),
    )
    shipped = (PROJECT / "anchornet.toml").read_text(encoding="utf-8")
    own = [
        f'\n[networks."{host}"]\ndatabase = "{folder / name}.duckdb"\n'
        for host, name in ((CANARY, "canaries"), (OTHER, "other"))
    ]
    file = folder / "anchornet.toml"
    file.write_text(shipped + "".join(own), encoding="utf-8")
    named = {"ANCHORNET_SETTINGS": str(file), "ANCHORNET_DATABASE": ""}
    return serve(copy_of=folder / "other.duckdb", environment=named).rpartition(":")[2]


@dataclass
class Crawled:
    """All that came to somebody: what pages said, and files by their address."""

    session: str
    pages: list[bytes]
    files: dict[str, bytes]

    @property
    def everything(self) -> list[bytes]:
        return [*self.pages, *self.files.values()]


def crawl(address: str, email: str) -> Crawled:
    """Opens every page and makes every file."""
    pages: list[bytes] = []
    files: dict[str, bytes] = {}
    with seat(address, email) as visitor:
        for name, *_ in PAGES:
            visitor.open(name, "members=council&member=council")
            for button in visitor.buttons:
                visitor.media.add(visitor.ask_for_file(button))
            pages += [*visitor.frames, visitor.fetch(f"/{name}")]
            files |= {path: visitor.fetch(path) for path in visitor.media}
        return Crawled(visitor.session, pages, files)


def test_nothing_of_one_network_arrives_at_another(port: str) -> None:
    # Theirs first, so that whatever is kept for others is there.
    own = crawl(f"http://{CANARY}:{port}", CONTRIBUTOR)
    theirs = next(canary for canary in CANARIES if canary.member_id == "council")
    assert {kind for data in own.everything for kind in canaries.found(theirs, data)} >= {
        "supplier"
    }
    for email in PEOPLE:
        pieces = crawl(f"http://{OTHER}:{port}", email).everything
        arrived = {
            (canary.member_id, kind)
            for data in pieces
            for canary in CANARIES
            for kind in canaries.found(canary, data)
        }
        assert arrived == set()
        everything = b"".join(pieces)
        assert b"Other Network" in everything
        assert b"Canary Network" not in everything


def test_who_is_signed_in_to_one_network_is_a_stranger_in_another(
    port: str, tokens: dict[str, str]
) -> None:
    canary, other = f"http://{CANARY}:{port}", f"http://{OTHER}:{port}"
    crawled = crawl(canary, CONTRIBUTOR)
    files = [path for path, data in crawled.files.items() if b"Quillfeather" in data]
    assert files
    with seat(other, "", cookie=cookie_of(canary, CONTRIBUTOR)) as stranger:
        assert "Sign in" in stranger.go("overview")
        assert {stranger.http("GET", path) for path in files} == {403}
    # The same address in the other network may be somebody else's.
    with seat(other, CONTRIBUTOR, again=crawled.session) as namesake:
        assert namesake.session != crawled.session
        assert {namesake.http("GET", path) for path in files} == {403}

        def asked(visitor: Seat, token: str) -> int:
            bearer = f"Bearer {token}"
            return visitor.http("GET", f"{api.PATH}/definitions", Authorization=bearer)

        assert asked(namesake, tokens[OTHER]) == 200
        assert asked(namesake, tokens[CANARY]) == 401


def test_a_host_without_a_network_answers_only_that_it_runs(port: str) -> None:
    nowhere = Seat(f"http://nowhere.localhost:{port}", "", None)  # type: ignore[arg-type]
    assert nowhere.fetch("/healthz") == b'{"ok":true}'
    assert b'"ready":true' in nowhere.fetch("/readyz")
    for path in ("/", "/overview", f"{api.PATH}/definitions", "/_stcore/health", "/sign-in"):
        assert nowhere.http("GET", path) == 404
