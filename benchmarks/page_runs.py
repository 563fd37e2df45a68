"""Prints and writes benchmarks/pages.md: how long a click takes, for one person and for twenty; and
on a lakehouse, with up to three servers.

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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from anchornet import settings as settings_
from anchornet.setting_values import PROJECT
from anchornet.store import backup
from benchmarks.networks import make_networks
from tests import lakehouses

HERE = Path(__file__).resolve().parent
PAGES = (
    "overview", "living_wage", "local_hires", "retention", "spend", "members", "definitions",
    "projector",
)  # fmt: skip
PEOPLE, SECONDS, CLICKS, ROUNDS = 20, 15, 40, 5
SERVERS, ON_SERVERS = 3, 60  # people on a lakehouse
VIEWS = ("variation", "status")
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
def serving(
    database: Path | str = "", *, plain: bool = False, map_kept: bool = False
) -> Iterator[Server]:
    """The app over a database, a file or a lakehouse, or over what its settings say; or the plain
    one, with Streamlit's own settings, which makes its map at each run or once."""
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
            | {"PYTHONPATH": str(PROJECT)}
            | ({"ANCHORNET_DATABASE": str(database)} if database else {})
            | ({"PLAIN_MAP_KEPT": "yes"} if map_kept else {}),
            stdout=silence,
            stderr=silence,
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/{'_stcore/health' if plain else 'healthz'}", process)
            yield Server(process, port)
        finally:
            process.terminate()
            process.wait(30)


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("The server did not answer.")


@dataclass
class Client:
    """A person at a browser: follows the pages, presses buttons, and holds what was sent before."""

    port: int
    host: str = "127.0.0.1"
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
            f"ws://{self.host}:{self.port}/_stcore/stream",
            host="127.0.0.1",
            subprotocols=[websockets.Subprotocol("streamlit"), websockets.Subprotocol("x")],
            origin=websockets.Origin(f"http://{self.host}:{self.port}"),
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


async def rerun_pages(databases: Mapping[str, Path | str]) -> dict[str, dict[str, list[float]]]:
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
        for number in range(6):  # both views are worked out
            await first.click(VIEWS[number % 2])
        start = server.work()
        one = [await first.click(VIEWS[number % 2]) * 1000 for number in range(CLICKS)]
        work = (server.work() - start) / CLICKS * 1000
        people = [Client(server.port) for _ in range(PEOPLE)]
        for person in people:
            await person.open(plain=plain)
        many, runs = await click_together(people)
        return Clicks(one, work, runs, many)


async def click_together(people: Sequence[Client]) -> tuple[list[float], float]:
    """Milliseconds of each click of people who click without pause, and page runs a second."""
    taken: list[float] = []
    began = time.perf_counter()

    async def keep_clicking(person: Client) -> None:
        number = 0
        while time.perf_counter() < began + SECONDS:
            taken.append(await person.click(VIEWS[number % 2]) * 1000)
            number += 1

    await asyncio.gather(*map(keep_clicking, people))
    return taken, len(taken) / (time.perf_counter() - began)


@dataclass
class OnLakehouse:
    """Reruns of each page, of a file and of a lakehouse; and by how many servers share the
    lakehouse: milliseconds of each click, and page runs a second."""

    pages: dict[str, dict[str, list[float]]]
    servers: dict[int, tuple[list[float], float]]


def on_lakehouse(file: Path) -> OnLakehouse:
    with lakehouses.catalogue() as reached, tempfile.TemporaryDirectory() as made:
        of_file = replace(settings_.load(environment={}), database=file)
        shared = lakehouses.one_more(of_file, reached, Path(made))
        backup.move(of_file, shared)
        os.environ["ANCHORNET_LAKEHOUSE_DATA"] = shared.lakehouse_data
        pages = asyncio.run(rerun_pages({"file": file, "lakehouse": shared.location}))
        servers = {
            count: asyncio.run(_click_on(shared.location, count)) for count in range(1, SERVERS + 1)
        }
        lakehouses.clear(shared)
        return OnLakehouse(pages, servers)


async def _click_on(location: str, count: int) -> tuple[list[float], float]:
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(location)) for _ in range(count)]
        people = [Client(servers[number % count].port) for number in range(ON_SERVERS)]
        for person in people:
            await person.open()
        for person in people[:count]:  # both views are worked out
            for number in range(6):
                await person.click(VIEWS[number % 2])
        return await click_together(people)


def report(
    taken: dict[str, dict[str, list[float]]], ways: dict[str, Clicks], shared: OnLakehouse
) -> str:
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
    lines += [_apart(page, by_network) for page, by_network in taken.items()]
    lines += [
        "",
        "## On a lakehouse",
        "",
        f"Median of {CLICKS} reruns a page, a server of the file and one of the lakehouse taking "
        "turns; PostgreSQL runs on the same machine.",
        "",
        "| page | file | lakehouse | ratio | first, file | first, lakehouse |",
        "|---|---:|---:|---:|---:|---:|",
        *(_apart(page, by_store) for page, by_store in shared.pages.items()),
        "",
        f"{ON_SERVERS} people click on Overview without pause, each at the server where they "
        "began. All servers share the same cores: what it costs to share, not what is won.",
        "",
        "| servers | page runs a second | median | p95 |",
        "|---:|---:|---:|---:|",
        *(
            f"| {count} | {runs:.0f} | {statistics.median(clicks):.0f} ms | {_p95(clicks):.0f} ms |"
            for count, (clicks, runs) in shared.servers.items()
        ),
    ]
    return "\n".join([*lines, "", *_verdict(taken, next(iter(ways.values())))]) + "\n"


def _apart(page: str, taken: Mapping[str, Sequence[float]]) -> str:
    """A page's row: its median in two places, how far apart they are, and its first run in each."""
    (first, *one), (first_other, *other) = taken.values()
    median, median_other = statistics.median(one), statistics.median(other)
    return (
        f"| {page.replace('_', ' ')} | {median:.1f} ms | {median_other:.1f} ms "
        f"| {median_other / median:.2f} | {first:.0f} ms | {first_other:.0f} ms |"
    )


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
    text = report(taken, ways, on_lakehouse(small))
    print(text)
    (HERE / "pages.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
