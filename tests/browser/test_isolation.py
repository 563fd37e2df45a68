"""Nothing of a member's own arrives at anybody else's browser: everything that does is searched."""

import re
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from anchornet import settings as settings_
from anchornet.facts.build import open_network
from anchornet.store import authentication
from anchornet.store.people import record_person, settle_role
from anchornet.ui.menu import PAGES
from tests import canaries
from tests.canaries import CANARIES, Canary

CODE = "three quiet words"
PEOPLE = {
    **{f"{it.member_id}@example.org": ("member_contributor", it.member_id) for it in CANARIES},
    "viewer@example.org": ("member_viewer", "council"),
    "delivery@example.org": ("delivery_group", None),
    "comms@example.org": ("comms", None),
    # Last: what others did is on a page of theirs.
    "coordinator@example.org": ("coordinator", None),
}
# Streamlit's own files, the same for everybody.
SHIPPED = ("/static/", "/favicon", "/_stcore/")
# As the browser goes to an address of a page that is open: without loading all of it again.
GO = "to => {history.pushState({}, '', to); dispatchEvent(new PopStateEvent('popstate'))}"


@pytest.fixture(scope="module")
def address(serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("canaries") / "network.duckdb"
    database = open_network(replace(settings_.load(environment={}), database=path), create=True)
    canaries.build(database)
    for email, grant in PEOPLE.items():
        record_person(database, email, f"Sample {email.split('@')[0]}", {grant}, by=canaries.BY)
        authentication.set_password(database, email, CODE, by=canaries.BY)
    settle_role(database, "council", "viewer@example.org", "member_viewer", True, by=canaries.BY)
    database.close()
    return serve(made=path)


@dataclass
class Arrived:
    """All that came to one browser: (where from, bytes), and the addresses of its files."""

    pieces: list[tuple[str, bytes]] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)
    media: set[str] = field(default_factory=set)
    frames: int = 0
    finished: int = 0
    downloads: int = 0
    pages: int = 0

    def listen(self, page: Page) -> None:
        def framed(payload: str | bytes) -> None:
            data = payload if isinstance(payload, bytes) else payload.encode()
            self.frames += 1
            self.finished += ForwardMsg.FromString(data).HasField("script_finished")
            self.pieces.append((page.url, data))

        def answered(response: Response) -> None:
            path = urlsplit(response.url).path
            if path.startswith("/media/"):
                self.media.add(response.url)
            elif not path.startswith(SHIPPED) and response.ok:
                self.answers.append(response)

        page.on("websocket", lambda socket: socket.on("framereceived", framed))
        page.on("response", answered)

    def settle(self, page: Page, before: int) -> None:
        """Waits until a page that was asked for after so many is whole."""
        end = time.monotonic() + 60
        while self.finished == before and time.monotonic() < end:
            page.wait_for_timeout(20)
        assert self.finished > before, page.url
        page.wait_for_selector("[data-test-script-state=notRunning]", state="attached")
        self.pages += 1

    def fetch(self, page: Page) -> None:
        """Presses every button for a file."""
        buttons = page.locator("[data-testid=stDownloadButton] button:not([disabled])")
        for one in range(buttons.count()):
            with page.expect_download() as coming:
                buttons.nth(one).evaluate("it => it.click()")
            file = coming.value
            self.downloads += 1
            self.media.add(file.url)
            where = f"{page.url} {file.suggested_filename}"
            self.pieces.append((where, Path(file.path()).read_bytes()))


def sign_in(context: BrowserContext, address: str, email: str) -> None:
    context.clear_cookies()
    form = {"email": email, "password": CODE}
    answer = context.request.post(
        f"{address}/sign-in", form=form, headers={"origin": address}, max_redirects=0
    )
    assert answer.status == 303


def crawl(context: BrowserContext, address: str, start: int) -> Arrived:
    """Opens every page, each with an address that names a member, and fetches every download."""
    arrived = Arrived()
    page = context.new_page()
    page.set_default_timeout(60_000)
    arrived.listen(page)
    page.goto(address)
    arrived.settle(page, 0)
    for place, (name, *_) in enumerate(PAGES, start):
        member = CANARIES[place % len(CANARIES)].member_id
        before = arrived.finished
        page.evaluate(GO, f"/{name}?members={member}&member={member}")
        arrived.settle(page, before)
        arrived.fetch(page)
    arrived.pieces += [(it.url, it.body()) for it in arrived.answers]
    page.close()
    return arrived


@pytest.fixture(scope="module")
def arrived(browser: Browser, address: str) -> dict[str, Arrived]:
    """What arrived at each person's browser."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    # What draws charts and maps: what they are made of arrives before, and this would take long.
    context.route(re.compile("/static/js/(DeckGl|embed|loadVega)"), lambda it: it.abort())
    found = {}
    for place, email in enumerate(PEOPLE):
        sign_in(context, address, email)
        found[email] = crawl(context, address, place)
    context.close()
    return found


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
                wrong.extend(f"{email} got the {it} of {canary.member_id}: {where}" for it in kinds)

    for email in PEOPLE:
        for canary in CANARIES:
            search(email, canary)
    counts = list(arrived.values())
    assert wrong == []
    # The search can fail: each contributor has all five of their own.
    for canary in CANARIES:
        assert own[f"{canary.member_id}@example.org"] == set(canary.forms())
    assert "employer" in own["viewer@example.org"]
    record_property(
        "tried",
        f"{len(arrived)} people, {sum(it.pages for it in counts)} pages, "
        f"{sum(it.downloads for it in counts)} downloads, {sum(it.frames for it in counts):,} "
        f"frames, {sum(len(it.answers) for it in counts)} other answers; {searched / 1e6:.0f} MB "
        f"searched for {sum(len(forms) for it in CANARIES for forms in it.forms().values())} forms",
    )


def test_a_file_is_given_to_nobody_who_is_not_signed_in(
    arrived: dict[str, Arrived], browser: Browser, address: str
) -> None:
    media = sorted(arrived["coordinator@example.org"].media)
    assert media
    stranger = browser.new_context()
    for url in [*media, f"{address}/media/nothing.csv"]:
        assert stranger.request.get(url).status == 403
    assert stranger.request.put(f"{address}/_stcore/upload_file/x/y").status == 403
    stranger.close()
