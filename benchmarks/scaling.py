"""Prints and writes benchmarks/scaling.md, the costs that docs/scaling.md reckons with: of returns,
on a file and on a lakehouse, and the memory of a process with several networks.
"""

import asyncio
import os
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from anchornet import settings as settings_
from anchornet.facts.build import open_network
from anchornet.periods import add_months
from anchornet.setting_values import PROJECT
from anchornet.settings import Settings
from anchornet.store import backup
from anchornet.store.database import Database
from benchmarks import servers
from benchmarks.memory import resident
from benchmarks.networks import make_networks
from benchmarks.page_runs import Client, serving
from tests import lakehouses

HERE = Path(__file__).resolve().parent
RETURNS = 60
NETWORKS = (1, 2, 5, 10, 20, 40)


@dataclass
class Sending:
    """Of each return: seconds to its receipt, of them those in which nothing else can be changed,
    and seconds of work on all cores; and seconds to open the network before anything was sent."""

    seconds: list[float]
    alone: list[float]
    work: list[float]
    opening: float


def send(settings: Settings) -> Sending:
    began = time.perf_counter()
    database = open_network(settings)
    opening = time.perf_counter() - began
    alone = _time_alone(database)
    seconds, work = [], []
    for number in range(RETURNS + 1):
        member, period = number % servers.SENDERS, add_months(servers.LAST, -(number // 60))
        data = servers.content(member, period)
        began, worked = time.perf_counter(), time.process_time()
        servers.keep(database, f"sample-member-{member}", period, data)
        seconds.append(time.perf_counter() - began)
        work.append(time.process_time() - worked)
    database.close()
    return Sending(
        seconds[1:], alone[-RETURNS:], work[1:], opening
    )  # the first loads what it needs


def _time_alone(database: Database) -> list[float]:
    """Seconds of each change from now on, while no other can be made."""
    taken: list[float] = []
    writing = database.writing

    @contextmanager
    def timed(*words: Any, **more: Any) -> Iterator[DuckDBPyConnection]:
        began = time.perf_counter()
        with writing(*words, **more) as cursor:
            yield cursor
        taken.append(time.perf_counter() - began)

    database.writing = timed  # type: ignore[method-assign]
    return taken


def on_both() -> dict[str, Sending]:
    with lakehouses.catalogue() as reached, tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        file = replace(settings_.load(environment={}), database=folder / "one.duckdb")
        shared = lakehouses.one_more(file, reached, folder)
        servers.found(file)
        backup.move(file, shared)
        return {"file": send(file), "lakehouse": send(shared)}


async def memory(sample: Path) -> list[tuple[int, float]]:
    """Megabytes of a process in which somebody looks at Overview in so many networks."""
    taken = []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        text = (PROJECT / "anchornet.toml").read_text(encoding="utf-8")
        for number in range(max(NETWORKS)):
            file = folder / f"network-{number}.duckdb"
            shutil.copy(sample, file)
            text += f'\n[networks."network-{number}.localhost"]\ndatabase = "{file}"\n'
        (folder / "anchornet.toml").write_text(text, encoding="utf-8")
        os.environ["ANCHORNET_SETTINGS"] = str(folder / "anchornet.toml")
        try:
            with serving() as server:
                for number in range(max(NETWORKS)):
                    person = Client(server.port, host=f"network-{number}.localhost")
                    await person.open()
                    if number + 1 in NETWORKS:
                        taken.append((number + 1, resident(server)))
        finally:
            del os.environ["ANCHORNET_SETTINGS"]
    return taken


def report(sent: dict[str, Sending], megabytes: list[tuple[int, float]]) -> str:
    def row(what: str, values: list[float]) -> str:
        return f"| {what} | {' | '.join(f'{value:.2f} s' for value in values)} |"

    ways = list(sent.values())
    return "\n".join([
        "# What sending and keeping open cost",
        "",
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python "
        f"{platform.python_version()}, duckdb {version('duckdb')}. {date.today():%B %Y}.",
        "",
        f"Of {RETURNS} returns of {servers.LINES} lines, one after the other: medians.",
        "",
        f"| | {' | '.join(sent)} |",
        "|---|---:|---:|",
        row("from the bytes to the receipt", [statistics.median(way.seconds) for way in ways]),
        row(
            "of them while nobody else can change anything",
            [statistics.median(way.alone) for way in ways],
        ),
        row("work on all cores", [statistics.median(way.work) for way in ways]),
        row(
            f"to open the network of {servers.SENDERS} members before it",
            [way.opening for way in ways],
        ),
        "",
        "A process with several networks, each a copy of the sample of twelve members and 24,955 "
        "payment lines, in each of which somebody has Overview open:",
        "",
        "| networks | resident megabytes |",
        "|---:|---:|",
        *(f"| {count} | {used:,.0f} |" for count, used in megabytes),
        "",
    ])  # fmt: skip


def main() -> None:
    megabytes = asyncio.run(memory(make_networks()["24k"]))
    text = report(on_both(), megabytes)
    print(text)
    (HERE / "scaling.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
