"""Prints what attacks on a server of our own came to: `python -m benchmarks.attack`, some minutes,
on this machine only. The suite tries the same on a smaller scale and holds the answers."""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg

from anchornet import sample, settings
from anchornet.facts.build import open_network
from anchornet.setting_values import PROJECT
from benchmarks.page_runs import PAGES, Client, Server, serving
from tests.returns.bombs import measured

AT_ONCE = 200  # sessions
MOST_GROWTH = 1.10
MOST_TIMES = 12  # a file's size in memory, and a few blocks of 4 MB to work in
BLOCKS = 24_000_000


def memory(server: Server) -> int:
    """Bytes that the server holds."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


async def while_caches_are_ordered_empty(server: Server, runs: int) -> tuple[int, float]:
    """How many page runs came through while a stranger orders caches emptied, and their seconds."""
    stranger, person = Client(server.port), Client(server.port)
    await person.open()
    await stranger.open(plain=True)

    async def order() -> None:
        while True:
            await stranger.socket.send(BackMsg(clear_cache=True).SerializeToString())
            await asyncio.sleep(0.1)

    ordering, through, start = asyncio.create_task(order()), 0, time.perf_counter()
    for number in range(runs):
        await person.go(PAGES[number % len(PAGES)])
        through += 1
    ordering.cancel()
    return through, time.perf_counter() - start


async def come_and_go(server: Server, runs: int) -> list[int]:
    """The server's memory before and at each tenth of so many page runs, in sessions that come and
    go."""
    held = [memory(server)]
    each = max(runs // (10 * AT_ONCE), 1)

    async def visit(number: int) -> None:
        person = Client(server.port)
        await person.open(PAGES[number % len(PAGES)])
        for step in range(each - 1):
            await person.go(PAGES[(number + step) % len(PAGES)])
        await person.socket.close()

    for _ in range(10):
        for start in range(0, AT_ONCE, 20):
            await asyncio.gather(*map(visit, range(start, start + 20)))
        held.append(memory(server))
        print(f"{held[-1] / 1e6:.0f} MB", flush=True)
    return held


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--megabytes", type=int, default=50)
    chosen = parser.parse_args()
    rows, failed = [], False
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "network.duckdb"
        opened = open_network(replace(settings.load(), database=database), create=True)
        sample.build(opened)
        opened.close()
        with serving(database) as server:
            through, seconds = asyncio.run(while_caches_are_ordered_empty(server, 100))
            rows.append(("caches ordered empty", f"{through} of 100 page runs, {seconds:.0f} s"))
            held = asyncio.run(come_and_go(server, chosen.runs))
        growth = held[-1] / held[2]  # by when all that is kept for the pages is kept
        failed |= growth > MOST_GROWTH
        sizes = ", ".join(f"{size / 1e6:.0f}" for size in held)
        rows.append((f"{chosen.runs:,} page runs", f"{sizes} MB: × {growth:.2f} since the second"))
    size = chosen.megabytes * 1_000_000
    name, (peak, _, _) = max(measured(size).items(), key=lambda one: one[1])
    failed |= peak > MOST_TIMES + BLOCKS / size
    rows.append((f"files of {chosen.megabytes} MB", f"at most {peak:.1f} × their size ({name})"))
    command = [
        sys.executable, "-m", "pytest", "-q", "-n", "0", "tests/browser/test_gate.py",
        "tests/store/test_database.py",
    ]  # fmt: skip
    changed = {"ANCHORNET_KILLS": str(chosen.kills)}
    ended = subprocess.run(command, cwd=PROJECT, env=os.environ | changed)
    failed |= ended.returncode != 0
    rows.append((f"{chosen.kills:,} kills and the gate", "failed" if ended.returncode else "held"))
    for what, came in rows:
        print(f"{what:28} {came}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
