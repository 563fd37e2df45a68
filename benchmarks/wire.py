"""What a browser is sent for Overview with its map, messages included: `python -m benchmarks.wire`.

Bytes are counted by a relay between the browser and the server, which sees what a network would.
Seconds are those of visits without it.
"""

import argparse
import platform
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from playwright.sync_api import Browser, Cookie, Page, sync_playwright

from benchmarks.page_runs import make_networks, serving

HERE = Path(__file__).resolve().parent
MOST_BYTES, MOST_SECONDS = 2_400_000, 1.5
ROUNDS = 5
MAPS = ("--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")


@dataclass
class Relay:
    """Passes on what goes between a port of its own and the server, and counts what comes back."""

    to: int
    sent: int = 0
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def listen(self) -> None:
        while True:
            try:
                browser, _ = self.listener.accept()
            except OSError:  # closed
                return
            server = socket.create_connection(("127.0.0.1", self.to))
            for ends in ((browser, server, False), (server, browser, True)):
                threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, count: bool) -> None:
        source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while part := source.recv(1 << 16):
                self.sent += len(part) if count else 0
                target.sendall(part)
            target.shutdown(socket.SHUT_WR)
        except OSError:  # the other end went
            return


@contextmanager
def counted(port: int) -> Iterator[Relay]:
    relay = Relay(port)
    thread = threading.Thread(target=relay.listen, daemon=True)
    thread.start()
    yield relay
    relay.listener.shutdown(socket.SHUT_RDWR)
    relay.listener.close()
    thread.join()


def open_overview(page: Page, address: str) -> float:
    """Seconds until the first figures are there; the map is waited for afterwards."""
    start = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.locator(".an-tiles").first.wait_for()
    taken = time.perf_counter() - start
    page.locator("[data-testid=stDeckGlJsonChart] canvas").first.wait_for()
    page.locator("[data-test-script-state=notRunning]").first.wait_for(state="attached")
    page.wait_for_timeout(2_000)
    return taken


def measure(database: Path) -> dict[str, list[tuple[int, float]]]:
    """visit -> bytes and seconds of each round."""
    visits: dict[str, list[tuple[int, float]]] = {"first": [], "again": []}
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    with (
        serving(database) as server, counted(server.port) as relay, sync_playwright() as playwright
    ):  # fmt: skip
        browser = playwright.chromium.launch(executable_path=browser_path, args=MAPS)
        signing_in = browser.new_context()
        page = signing_in.new_page()
        page.set_default_timeout(180_000)
        page.goto(relay.address)
        page.get_by_role("button", name="Delivery group", exact=True).click()
        page.locator(".an-tiles").first.wait_for()
        cookies = signing_in.cookies()
        signing_in.close()
        for _ in range(ROUNDS):
            through_relay = _visits(browser, cookies, relay.address, relay)
            straight = _visits(browser, cookies, f"http://127.0.0.1:{server.port}", relay)
            for visit, (size, _), (_, seconds) in zip(
                visits.values(), through_relay, straight, strict=True
            ):
                visit.append((size, seconds))
        browser.close()
    return visits


def _visits(
    browser: Browser, cookies: list[Cookie], address: str, relay: Relay
) -> list[tuple[int, float]]:
    """Bytes that came through the relay and seconds, of a first visit and of one after it."""
    visits = []
    person = browser.new_context()  # with nothing kept but who it is
    person.add_cookies(cookies)  # type: ignore[arg-type]
    for _ in ("first", "again"):
        page = person.new_page()
        page.set_default_timeout(180_000)
        before = relay.sent
        seconds = open_overview(page, address)
        page.close()
        visits.append((relay.sent - before, seconds))
    person.close()
    return visits


def report(visits: dict[str, list[tuple[int, float]]]) -> str:
    first, again = visits["first"], visits["again"]
    most, soonest = max(size for size, _ in first), min(seconds for _, seconds in first)
    fits = most <= MOST_BYTES and soonest <= MOST_SECONDS
    return "\n".join([
        "# On the wire",
        "",
        "Overview with its map in a browser that keeps nothing, and again in the same one; the "
        "server is warm. All bytes that come from the server, headers and websocket included, most "
        f"of {ROUNDS}; seconds to the first figures, least of {ROUNDS}, browser and server sharing "
        f"this machine's cores. streamlit {version('streamlit')}, {platform.system()} "
        f"{platform.machine()}.",
        "",
        "| visit | bytes | limit | first figures | limit |",
        "|---|---:|---:|---:|---:|",
        f"| first | {most:,} | {MOST_BYTES:,} | {soonest:.1f} s | {MOST_SECONDS} s |",
        f"| again | {max(size for size, _ in again):,} | | {min(s for _, s in again):.1f} s | |",
        "",
        "Within every limit." if fits else "Over a limit.",
        "",
    ])  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description="What a first visit takes over the wire.")
    parser.add_argument("database", nargs="?", type=Path, help="a sample network's")
    given = parser.parse_args()
    text = report(measure(given.database or make_networks()["24k"]))
    print(text)
    (HERE / "wire.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
