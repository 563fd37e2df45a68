"""Nothing of a member's own arrives at anybody else: everything that does is searched."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from anchornet import settings as settings_
from anchornet.facts.build import open_network
from anchornet.store import authentication
from anchornet.store.people import record_person, settle_role
from anchornet.ui.menu import PAGES
from tests import canaries
from tests.browser.seats import CODE, STRANGER, seat
from tests.canaries import CANARIES, Canary

PEOPLE = {
    **{f"{it.member_id}@example.org": ("member_contributor", it.member_id) for it in CANARIES},
    "viewer@example.org": ("member_viewer", "council"),
    "delivery@example.org": ("delivery_group", None),
    "comms@example.org": ("comms", None),
    # Last: what others did is on a page of theirs.
    "coordinator@example.org": ("coordinator", None),
}


# As docs/privacy.md says: names that a register nearly has, and who did what.
BY_DESIGN = {"coordinator@example.org": {"offered", "asker"}}


@pytest.fixture(scope="module")
def address(serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("canaries") / "network.duckdb"
    database = open_network(replace(settings_.load(environment={}), database=path), create=True)
    canaries.build(database)
    canaries.look_up(database)
    canaries.ask(database)
    for email, grant in PEOPLE.items():
        record_person(database, email, f"Sample {email.split('@')[0]}", {grant}, by=canaries.BY)
        authentication.set_password(database, email, CODE, by=canaries.BY)
    settle_role(database, "council", "viewer@example.org", "member_viewer", True, by=canaries.BY)
    database.close()
    return serve(copy_of=path)


@dataclass
class Arrived:
    """All that came to one person: (where from, bytes), and the addresses of files."""

    pieces: list[tuple[str, bytes]]
    media: set[str]
    pages: int
    downloads: int


def crawl(address: str, email: str, start: int) -> Arrived:
    """Opens every page, each with an address that names a member, and fetches every file."""
    pieces: list[tuple[str, bytes]] = []
    media: set[str] = set()
    downloads = 0
    with seat(address, email) as visitor:
        for number, (name, *_) in enumerate(PAGES, start):
            member = CANARIES[number % len(CANARIES)].member_id
            visitor.open(name, f"members={member}&member={member}")
            for button in visitor.buttons:
                visitor.media.add(visitor.ask_for_file(button))
                downloads += 1
            pieces += [(name, frame) for frame in visitor.frames]
            paths = [f"/{name}", *visitor.media]
            pieces += [(f"{name} {path}", visitor.fetch(path)) for path in paths]
            media |= visitor.media
    return Arrived(pieces, media, len(PAGES), downloads)


@pytest.fixture(scope="module")
def arrived(address: str) -> dict[str, Arrived]:
    """What arrived at each person, who speak to the server as a browser does."""
    return {email: crawl(address, email, number) for number, email in enumerate(PEOPLE)}


def test_no_canary_of_another_member_arrives_at_anybody(
    arrived: dict[str, Arrived], record_property: Callable[[str, object], None]
) -> None:
    wrong: list[str] = []
    own: dict[str, set[str]] = defaultdict(set)
    searched = 0

    def search(email: str, canary: Canary) -> None:
        nonlocal searched
        mine = PEOPLE[email][1] == canary.member_id
        for where, data in arrived[email].pieces:
            searched += len(data)
            kinds = canaries.found(canary, data)
            if mine:
                own[email] |= kinds
            else:
                kinds -= BY_DESIGN.get(email, set())
                wrong.extend(f"{email} got the {it} of {canary.member_id}: {where}" for it in kinds)

    for email in PEOPLE:
        for canary in CANARIES:
            search(email, canary)
    counts = list(arrived.values())
    assert wrong == []
    # The search can fail: each contributor has all of their own.
    for canary in CANARIES:
        assert own[f"{canary.member_id}@example.org"] == {*canary.forms()} - {"asker"}
    assert "employer" in own["viewer@example.org"]
    record_property(
        "tried",
        f"{len(arrived)} people, {sum(it.pages for it in counts)} pages, "
        f"{sum(it.downloads for it in counts)} files, {sum(len(it.pieces) for it in counts):,} "
        f"messages and answers; {searched / 1e6:.0f} MB "
        f"searched for {sum(len(forms) for it in CANARIES for forms in it.forms().values())} forms",
    )


def test_a_file_is_given_to_nobody_who_is_not_signed_in(
    arrived: dict[str, Arrived], address: str
) -> None:
    media = sorted(arrived["coordinator@example.org"].media)
    assert media
    with seat(address, STRANGER) as stranger:
        for path in [*media, "/media/nothing.csv"]:
            assert stranger.http("GET", path) == 403
        assert stranger.http("PUT", "/_stcore/upload_file/x/y") == 403
