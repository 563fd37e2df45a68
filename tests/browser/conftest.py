"""The real server on a free port, and a real browser that watches what it is made to ask for."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import duckdb
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)
from playwright.sync_api import Error as PlaywrightError

from anchornet.setting_values import PROJECT

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Drawing maps in software takes more of the processor than all else that a browser does: they are
# drawn only where a module says MAPS = True.
WITHOUT_MAPS = ("--disable-gpu", "--disable-software-rasterizer")
NO_MAP = "Failed to create WebGL context"
# A busy machine may take long over a first page.
PATIENCE = 90


@dataclass
class Watched:
    """A page, and what the browser did for it."""

    page: Page
    address: str
    strangers: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str = "") -> None:
        self.page.goto(f"{self.address}/{path}")


OPENED = pytest.StashKey[list[Watched]]()
SEEN = 4000  # letters of a page


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Says of a test that failed what its pages looked like, and what the browser complained of."""
    report: pytest.TestReport = yield  # type: ignore[assignment]
    for number, watched in enumerate(item.stash.get(OPENED, []) if report.failed else [], 1):
        try:
            text = watched.page.locator("body").aria_snapshot(timeout=5000)[:SEEN]
        except PlaywrightError as error:
            text = f"{error}"
        complaints = "\n".join(["Complaints:", *watched.complaints])
        heading = f"page {number}, {watched.page.url}"
        report.sections.append((heading, f"{text}\n{complaints}"))
    return report  # type: ignore[return-value]


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """A Chromium. Without one a person is told so; on a build machine that is a failure.

    It is closed with the module: while it is open, no other test can run an event loop.
    """
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        said = "There is no Chromium on this machine. Install one, such as Debian's `chromium`."
        if os.environ.get("CI"):
            pytest.fail(said)
        pytest.skip(said)
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        args = () if hasattr(request.module, "MAPS") else WITHOUT_MAPS
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", *args])
        yield opened
        opened.close()


@dataclass
class Server:
    """A server of its own process, with a database of its own; what its environment has nothing
    for is not in it."""

    project: Path
    database: Path
    port: int
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        changed = {
            "ANCHORNET_DATABASE": str(self.database),
            "ANCHORNET_REFERENCE": str(PROJECT / "data" / "reference"),
        }
        environment = os.environ | changed | self.environment
        log = self.database.with_name("server.log")
        with log.open("ab") as written:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "anchornet", "serve", "--headless", f"--port={self.port}"],
                cwd=self.project,
                env={name: value for name, value in environment.items() if value},
                stdout=written,
                stderr=written,
            )
        _wait(f"{self.address}/healthz", self.process, log)

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(60)


@pytest.fixture(scope="session")
def servers() -> Iterator[dict[str, Server]]:
    """The servers that run, by address."""
    running: dict[str, Server] = {}
    yield running
    for server in running.values():
        server.stop()


@pytest.fixture(scope="session")
def serve(
    sample_database_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    servers: dict[str, Server],
) -> Callable[..., str]:
    """serve() -> the address of a server that has a copy of the sample network open, or of the
    database named, with what is changed in its environment."""

    def serve(
        project: Path = PROJECT,
        copy_of: Path = sample_database_path,
        environment: Mapping[str, str] = MappingProxyType({}),
        port: int = 0,
    ) -> str:
        database = tmp_path_factory.mktemp("served") / "network.duckdb"
        shutil.copy(copy_of, database)
        with socket.socket() as found:
            found.bind(("127.0.0.1", port))
            server = Server(project, database, found.getsockname()[1], dict(environment))
        server.start()
        servers[server.address] = server
        return server.address

    return serve


@pytest.fixture
def next_day(servers: dict[str, Server]) -> Callable[[str], None]:
    """next_day(address): the server is started again, and all it holds was sent a day earlier."""

    def next_day(address: str) -> None:
        server = servers[address]
        server.stop()
        with duckdb.connect(str(server.database)) as connection:
            connection.execute("update submissions set accepted_at = accepted_at - interval 1 day")
            connection.execute("update additions set added_at = added_at - interval 1 day")
        server.start()

    return next_day


@pytest.fixture(scope="session")
def address(serve: Callable[..., str]) -> str:
    """Where a copy of the sample network is served."""
    return serve()


@pytest.fixture(scope="session")
def untouched(serve: Callable[..., str]) -> str:
    """Where another copy is served, to which no test sends anything."""
    return serve()


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"The server did not answer:\n{log.read_text(errors='replace')}")


@pytest.fixture(scope="module")
def people(browser: Browser) -> list[BrowserContext]:
    """The browsers of people, one after another's tests: what is the same for everybody is fetched
    and read once."""
    return []


@pytest.fixture
def watch(
    request: pytest.FixtureRequest, browser: Browser, people: list[BrowserContext]
) -> Iterator[Callable[[str], Watched]]:
    """watch(address) -> a page of somebody else each time, that remembers foreign requests and the
    browser's complaints."""
    pages: list[Page] = []
    opened = request.node.stash.setdefault(OPENED, [])
    maps = hasattr(request.module, "MAPS")

    def watch(address: str) -> Watched:
        if len(pages) == len(people):
            people.append(browser.new_context(viewport={"width": 1280, "height": 800}))
        page = people[len(pages)].new_page()
        pages.append(page)
        page.set_default_timeout(PATIENCE * 1000)
        # A click while the page is drawn again may land on what is about to be replaced.
        drawing = page.locator('[data-testid="stApp"][data-test-script-state="running"]')
        page.add_locator_handler(drawing, lambda: None)
        watched = Watched(page, address)
        opened.append(watched)

        def asked(asking: Request) -> None:
            if not asking.url.startswith((f"{address}/", "data:", f"blob:{address}")):
                watched.strangers.append(asking.url)

        def complained(text: str) -> None:
            if maps or NO_MAP not in text:
                watched.complaints.append(text)

        def logged(message: ConsoleMessage) -> None:
            # On a deep link Streamlit looks for its health under the page first, and finds 404.
            probe = "_stcore/" in str(message.location.get("url", ""))
            if message.type == "error" and not probe:
                complained(message.text)

        page.on("request", asked)
        page.on("console", logged)
        page.on("pageerror", lambda error: complained(str(error)))
        return watched

    yield watch
    for page in pages:
        page.close()
        page.context.clear_cookies()
        page.context.clear_permissions()
