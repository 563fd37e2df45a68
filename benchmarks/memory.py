"""Memory of the server over 20,000 page runs of 20 people: `python -m benchmarks.memory`.

They walk through the pages and turn Overview's views. Memory is read when as many runs are done as
stand in the table; its first line is after each page was looked at by everybody.
"""

import argparse
import asyncio
import platform
from importlib.metadata import version
from pathlib import Path

from benchmarks.networks import make_networks
from benchmarks.page_runs import PAGES, PEOPLE, Client, Server, serving

HERE = Path(__file__).resolve().parent
RUNS, PARTS, MOST_GROWTH = 20_000, 10, 0.10


def resident(server: Server) -> float:
    """Megabytes."""
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


async def _walk(person: Client, runs: int) -> None:
    pages = [*PAGES, "overview"]
    for number in range(runs):
        await person.go(pages[number % len(pages)])


async def measure(database: Path, runs: int) -> list[tuple[int, float]]:
    """Runs done, and the megabytes then."""
    with serving(database) as server:
        people = [Client(server.port) for _ in range(PEOPLE)]
        for person in people:
            await person.open()
        each = len(PAGES)
        await asyncio.gather(*(_walk(person, each) for person in people))
        done = PEOPLE * each
        taken = [(done, resident(server))]
        for _ in range(PARTS):
            each = runs // PARTS // PEOPLE
            await asyncio.gather(*(_walk(person, each) for person in people))
            done += PEOPLE * each
            taken.append((done, resident(server)))
            print(*taken[-1], flush=True)
        return taken


def report(taken: list[tuple[int, float]]) -> str:
    middle, end = taken[len(taken) // 2][1], taken[-1][1]
    growth = end / middle - 1
    verdict = "Within the limit." if growth <= MOST_GROWTH else "Over the limit."
    return "\n".join([
        "# Memory",
        "",
        f"Of the server while {PEOPLE} people go from page to page without pause: resident "
        f"megabytes. Limit: the second half adds no more than {MOST_GROWTH:.0%}. streamlit "
        f"{version('streamlit')}, {platform.system()} {platform.machine()}.",
        "",
        "| page runs | megabytes |",
        "|---:|---:|",
        *(f"| {runs:,} | {megabytes:,.0f} |" for runs, megabytes in taken),
        "",
        f"{growth:+.0%} in the second half. {verdict}",
        "",
    ])  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description="What the server's memory comes to.")
    parser.add_argument("database", nargs="?", type=Path, help="a sample network's")
    parser.add_argument("--runs", type=int, default=RUNS)
    given = parser.parse_args()
    database = given.database or make_networks()["24k"]
    text = report(asyncio.run(measure(database, given.runs)))
    print(text)
    if given.runs == RUNS:
        (HERE / "memory.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
