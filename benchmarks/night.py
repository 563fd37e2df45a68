"""Prints and writes benchmarks/night.md: the jobs of a night by the command line while twenty
people click, with nothing stopped.

The app runs on a copy of the sample network; each job is a process of its own, as by cron. People
think for a second or two between clicks. What the app logs is searched for whatever is somebody's.
"""

import argparse
import asyncio
import os
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import duckdb

from anchornet.setting_values import PROJECT
from benchmarks.page_runs import PAGES, PEOPLE, Client, wait_for

HERE = Path(__file__).resolve().parent
BEFORE, LEAST = 20.0, 60.0  # seconds of clicking before the first job, and in all
JOBS: dict[str, list[str]] = {
    "pack": ["pack", "-o", "pack.pptx"],
    "pack, as PDF": ["pack", "-o", "pack.pdf"],
    "site": ["site", "-o", "site"],
    "data package": ["data-package", "-o", "data.zip"],
    "who is late": ["returns", "--format", "json"],
    "mail that waits": ["mail", "list"],
    "backup": ["backup", "backups", "--keep", "30"],
    "verify": ["verify"],
    "housekeeping": ["housekeeping", "--do"],
}


@dataclass(frozen=True)
class Job:
    name: str
    code: int
    began: float
    seconds: float
    said: str


@dataclass(frozen=True)
class Click:
    page: str
    at: float
    seconds: float


async def click(client: Client, draw: random.Random, until: asyncio.Event) -> list[Click]:
    clicks = []
    while not until.is_set():
        page, began = draw.choice(PAGES), time.monotonic()
        clicks.append(Click(page, began, await client.go(page)))
        await asyncio.sleep(draw.uniform(1, 2))
    return clicks


async def do_jobs(folder: Path, environment: dict[str, str]) -> list[Job]:
    jobs = []
    for name, words in JOBS.items():
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "anchornet", *words,
            cwd=folder, env=environment,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _, err = await process.communicate()
        seconds = time.monotonic() - began
        jobs.append(Job(name, process.returncode or 0, began, seconds, err.decode()))
        print(name, jobs[-1].code, f"{jobs[-1].seconds:.1f} s", jobs[-1].said[:200].strip())
    return jobs


async def night(
    port: int, folder: Path, environment: dict[str, str]
) -> tuple[list[Job], list[Click], list[Click]]:
    """The jobs, and clicks before and while they ran."""
    clients = [Client(port) for _ in range(PEOPLE)]
    for client in clients:
        await client.open("overview")
    done = asyncio.Event()
    people = [
        asyncio.create_task(click(client, random.Random(number), done))
        for number, client in enumerate(clients)
    ]
    began = time.monotonic()
    await asyncio.sleep(BEFORE)
    first = time.monotonic()
    jobs = await do_jobs(folder, environment)
    last = time.monotonic()
    await asyncio.sleep(max(0.0, LEAST - (time.monotonic() - began)))
    done.set()
    clicks = [one for clicked in await asyncio.gather(*people) for one in clicked]
    before = [one for one in clicks if began + 5 < one.at < first]  # once pages are loaded
    return jobs, before, [one for one in clicks if first <= one.at <= last]


def personal(database: Path, log: str) -> list[str]:
    """What of somebody's stands in the log: addresses, names, postcodes."""
    found = re.findall(r"[\w.+-]+@[\w-]+\.[\w.]+", log)
    with duckdb.connect(str(database), read_only=True) as connection:
        words = connection.execute(
            """
            select name from people union select postcode from organisations
            union select supplier_name from spend_rows
            union select supplier_postcode from spend_rows
            """
        ).fetchall()
    return found + [word for (word,) in words if word and len(word) > 4 and word in log]


def slowest(clicks: list[Click], jobs: list[Job], many: int = 5) -> str:
    """Which pages took longest, and which job ran when they were asked for."""
    longest = sorted(clicks, key=lambda one: -one.seconds)[:many]
    return "; ".join(
        f"{one.page} {one.seconds * 1000:.0f} ms in "
        + next((job.name for job in reversed(jobs) if job.began <= one.at), "none")
        for one in longest
    )


def times(clicks: list[Click]) -> str:
    taken = sorted(one.seconds * 1000 for one in clicks)
    late = taken[int(len(taken) * 0.95)]
    return f"{len(taken)} | {statistics.median(taken):.0f} | {late:.0f} | {taken[-1]:.0f}"


def run(database: Path, port: int, metrics_port: int) -> str:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        shutil.copy(database, folder / "network.duckdb")
        (folder / "backups").mkdir()
        environment = os.environ | {
            "ANCHORNET_DATABASE": str(folder / "network.duckdb"),
            "ANCHORNET_LOG_FORMAT": "json",
            "ANCHORNET_METRICS_PORT": str(metrics_port),
            "PYTHONPATH": str(PROJECT),
        }
        serve = [sys.executable, "-m", "anchornet", "serve", "--headless", f"--port={port}"]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                serve, cwd=PROJECT, env=environment, stdout=log, stderr=subprocess.STDOUT
            )
            try:
                wait_for(f"http://127.0.0.1:{port}/healthz", process)
                jobs, before, during = asyncio.run(night(port, folder, environment))
                with urllib.request.urlopen(f"http://127.0.0.1:{metrics_port}/metrics") as answer:
                    metrics = answer.read().decode()
            finally:
                process.terminate()
                process.wait(60)
        (backup,) = (folder / "backups").iterdir()
        verified = subprocess.run(
            [sys.executable, "-m", "anchornet", "verify", str(backup)],
            env=environment, cwd=folder, check=False,
        )  # fmt: skip
        found = personal(folder / "network.duckdb", (folder / "log").read_text())
        faults = re.findall(r"^anchornet_failures_total.*", metrics, re.M)
    lines = [
        "# The jobs of a night while twenty people click",
        "",
        f"`python -m benchmarks.night`, {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}; clients and jobs share the cores with the app.",
        "",
        "| job | ended with | seconds |",
        "|---|---|---|",
        *(f"| {job.name} | {job.code} | {job.seconds:.1f} |" for job in jobs),
        "",
        "| clicks | how many | median ms | 95% within ms | longest ms |",
        "|---|---|---|---|---|",
        f"| before | {times(before)} |",
        f"| while the jobs ran | {times(during)} |",
        "",
        f"The slowest while the jobs ran: {slowest(during, jobs)}.",
        "",
        f"The backup was verified afterwards: ended with {verified.returncode}. Faults: "
        f"{len(faults)}. Addresses, names and postcodes in the log: {len(found)}.",
        "",
    ]
    wrong = [job for job in jobs if job.code] or found or faults or verified.returncode
    print("\n".join(lines))
    if wrong:
        raise SystemExit(f"Not as it should be: {wrong}")
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database", type=Path, help="a sample network, which stays as it is")
    parser.add_argument("--port", type=int, default=8741)
    parser.add_argument("--metrics-port", type=int, default=8742)
    given = parser.parse_args()
    text = run(given.database, given.port, given.metrics_port)
    (HERE / "night.md").write_text(text, encoding="utf-8")
