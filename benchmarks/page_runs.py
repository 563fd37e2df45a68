"""Prints and writes benchmarks/pages.md: how long a click takes, for one person and for twenty.

Clients speak to a real server as a browser does: websockets, the messages of streamlit.proto, what
they hold already given by its hash. They share the cores with the server, so its own part of the
work is given beside.
"""

import argparse
import asyncio
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from anchornet.setting_values import PROJECT
from benchmarks.networks import make_networks

HERE = Path(__file__).resolve().parent
PAGES = (
    "overview", "living_wage", "local_hires", "retention", "spend", "members", "definitions",
    "projector",
)  # fmt: skip
PEOPLE, SECONDS, CLICKS, ROUNDS = 20, 15, 40, 5
MOST_APART, MOST_MS, LEAST_RUNS = 0.20, 40.0, 40.0


@dataclass
class Server:
    process: subprocess.Popen[bytes]
    port: int

    def work(self) -> float:
        """Seconds of work on all cores since it was started."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(database: Path, *, plain: bool = False, map_kept: bool = False) -> Iterator[Server]:
    """The app over a database; or the plain one, with Streamlit's own settings, which makes its map
    at each run or once."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ours = [sys.executable, "-m", "anchornet", "serve", "--headless", f"--port={port}"]
    plainly = [
        sys.executable, "-m", "streamlit", "run", str(HERE / "plain_app.py"),
        f"--server.port={port}", "--server.headless=true", "--browser.gatherUsageStats=false",
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as nowhere, Path(os.devnull).open("wb") as silence:
        process = subprocess.Popen(
            plainly if plain else ours,
            cwd=nowhere if plain else PROJECT,
            env=os.environ
            | {"ANCHORNET_DATABASE": str(database), "PYTHONPATH": str(PROJECT)}
            | ({"PLAIN_MAP_KEPT": "yes"} if map_kept else {}),
            stdout=silence,
            stderr=silence,
        )
        try:
            _wait(port, process)
            yield Server(process, port)
        finally:
            process.terminate()
            process.wait(30)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("The server did not answer.")


@dataclass
class Client:
    """A person at a browser: follows the pages, presses buttons, and holds what was sent before."""

    port: int
    pages: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, str] = field(default_factory=dict)
    view: str = ""
    query: str = ""
    held: set[str] = field(default_factory=set)
    page: str = ""
    session: str = ""
    complaint: str = ""

    async def open(self, page: str = "overview", *, plain: bool = False) -> None:
        self.socket = await websockets.connect(
            f"ws://127.0.0.1:{self.port}/_stcore/stream",
            subprotocols=[websockets.Subprotocol("streamlit"), websockets.Subprotocol("x")],
            origin=websockets.Origin(f"http://127.0.0.1:{self.port}"),
            max_size=None,
            ping_interval=None,  # a busy machine may be slow to answer
            open_timeout=None,
        )
        await self._ask(BackMsg(), "" if plain else page)
        if not plain:
            message = BackMsg()
            pressed = message.rerun_script.widget_states.widgets.add()
            pressed.id, pressed.trigger_value = self.buttons["Delivery group"], True
            self.page = self.pages[page]
            await self._ask(message)
            # The sign-in ends in a rerun of its own.
            await self._read()

    async def go(self, page: str) -> float:
        """To a page; the seconds until it is whole."""
        self.page = self.pages[page]
        return await self._ask(BackMsg())

    async def click(self, view: str) -> float:
        """Looks at the other view; the seconds until the page is whole."""
        message = BackMsg()
        picked = message.rerun_script.widget_states.widgets.add()
        picked.id = self.view
        picked.string_array_value.data.append(view)
        return await self._ask(message)

    async def _ask(self, message: BackMsg, page_name: str = "") -> float:
        message.rerun_script.page_name = page_name
        message.rerun_script.page_script_hash = self.page
        message.rerun_script.query_string = self.query
        message.rerun_script.cached_message_hashes.extend(self.held)
        start = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        await self._read()
        return time.perf_counter() - start

    async def _read(self) -> None:
        while True:
            message = ForwardMsg.FromString(bytes(await self.socket.recv()))
            if message.metadata.cacheable:
                self.held.add(message.hash)
            kind = message.WhichOneof("type")
            if kind == "script_finished":
                if self.complaint:
                    raise RuntimeError(self.complaint)
                return
            if kind == "new_session":
                self.session = message.new_session.initialize.session_id
            elif kind == "page_info_changed":
                self.query = message.page_info_changed.query_string
            elif kind == "navigation":
                self.pages = {
                    page.url_pathname: page.page_script_hash
                    for page in message.navigation.app_pages
                }
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                self._see(message.delta.new_element)

    def _see(self, element: object) -> None:
        kind = element.WhichOneof("type")  # type: ignore[attr-defined]
        part = getattr(element, kind)
        if kind == "button":
            self.buttons[part.label] = part.id
        elif kind == "button_group" and part.id.endswith("filter_view"):
            self.view = part.id
        elif kind == "exception" or (kind == "alert" and "Reference" in part.body):
            self.complaint = getattr(part, "message", "") or part.body


async def rerun_pages(databases: dict[str, Path]) -> dict[str, dict[str, list[float]]]:
    """page -> network -> milliseconds of each rerun, the first with nothing kept; both servers run,
    and take turns."""
    taken: dict[str, dict[str, list[float]]] = {
        page: {name: [] for name in databases} for page in PAGES
    }
    small, large = databases
    with serving(databases[small]) as one, serving(databases[large]) as other:
        clients = {small: Client(one.port), large: Client(other.port)}
        for client in clients.values():
            await client.open("definitions")
        for number in range(ROUNDS):
            for page in PAGES:
                for name, client in clients.items():
                    first = await client.go(page)
                    if not number:
                        taken[page][name].append(first * 1000)
                for _ in range(CLICKS // ROUNDS):
                    for name, client in clients.items():
                        taken[page][name].append(await client.go(page) * 1000)
    return taken


@dataclass
class Clicks:
    """What came of clicking between the two views of Overview."""

    one: list[float]
    work: float
    runs: float
    many: list[float]


async def click_overview(database: Path, *, plain: bool = False, map_kept: bool = False) -> Clicks:
    with serving(database, plain=plain, map_kept=map_kept) as server:
        first = Client(server.port)
        await first.open(plain=plain)
        views = ("variation", "status")
        for number in range(6):  # both views are worked out
            await first.click(views[number % 2])
        start = server.work()
        one = [await first.click(views[number % 2]) * 1000 for number in range(CLICKS)]
        work = (server.work() - start) / CLICKS * 1000
        people = [Client(server.port) for _ in range(PEOPLE)]
        for person in people:
            await person.open(plain=plain)
        many: list[float] = []
        began = time.perf_counter()

        async def keep_clicking(person: Client) -> None:
            number = 0
            while time.perf_counter() < began + SECONDS:
                many.append(await person.click(views[number % 2]) * 1000)
                number += 1

        await asyncio.gather(*map(keep_clicking, people))
        return Clicks(one, work, len(many) / (time.perf_counter() - began), many)


def report(taken: dict[str, dict[str, list[float]]], ways: dict[str, Clicks]) -> str:
    packages = ("streamlit", "duckdb", "pandas", "altair", "pydeck")
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    lines = [
        "# Page runs",
        "",
        "From a click to the page's last message, at a client on the same machine, which shares "
        "its cores with the server.",
        "",
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python "
        f"{platform.python_version()}, {versions}. {date.today():%B %Y}.",
        "",
        "## One person clicks; twenty click without pause",
        "",
        "Overview with its four charts and a map, between its two views. The plain way: "
        "Streamlit's own settings, `st.altair_chart`, `st.metric`, queries kept by "
        "`st.cache_data`, and a map of the wards, made at each run or once.",
        "",
        "| way | one person: median | p95 | server's work a click | "
        f"{PEOPLE} people: page runs a second | median | p95 |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *(
            f"| {name} | {statistics.median(way.one):.0f} ms | {_p95(way.one):.0f} ms "
            f"| {way.work:.0f} ms | {way.runs:.0f} | {statistics.median(way.many):.0f} ms "
            f"| {_p95(way.many):.0f} ms |"
            for name, way in ways.items()
        ),
        f"| limit | {MOST_MS:.0f} ms | | | {LEAST_RUNS:.0f} | | |",
        "",
        "## Twelve million lines cost what 24,000 cost",
        "",
        f"Median of {CLICKS} reruns a page, the servers of both networks taking turns; first is "
        "the first run, with nothing kept. Limit: 20% apart, or 2 ms.",
        "",
        "| page | 24,000 lines | 12,000,000 lines | ratio | first, 24,000 | first, 12,000,000 |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for page, by_network in taken.items():
        (first_small, *small), (first_large, *large) = by_network.values()
        one, other = statistics.median(small), statistics.median(large)
        lines.append(
            f"| {page.replace('_', ' ')} | {one:.1f} ms | {other:.1f} ms | {other / one:.2f} "
            f"| {first_small:.0f} ms | {first_large:.0f} ms |"
        )
    return "\n".join([*lines, "", *_verdict(taken, next(iter(ways.values())))]) + "\n"


def _verdict(taken: dict[str, dict[str, list[float]]], ours: Clicks) -> list[str]:
    faults = []
    if statistics.median(ours.one) >= MOST_MS:
        faults.append("one person waits too long")
    if ours.runs <= LEAST_RUNS:
        faults.append("twenty people wait too long")
    for page, by_network in taken.items():
        one, other = (statistics.median(times[1:]) for times in by_network.values())
        if abs(other - one) > max(MOST_APART * one, 2.0):
            faults.append(f"{page} costs more over more lines")
    return [f"Over the limit: {'; '.join(faults)}." if faults else "Within every limit."]


def _p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


def main() -> None:
    parser = argparse.ArgumentParser(description="How long a click takes.")
    parser.parse_args()
    databases = make_networks()
    taken = asyncio.run(rerun_pages(databases))
    small = databases["24k"]
    ways = {
        "anchornet": asyncio.run(click_overview(small)),
        "the plain way": asyncio.run(click_overview(small, plain=True)),
        "the plain way, its map made once": asyncio.run(
            click_overview(small, plain=True, map_kept=True)
        ),
    }
    text = report(taken, ways)
    print(text)
    (HERE / "pages.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
