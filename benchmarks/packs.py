"""Prints and writes benchmarks/packs.md: how long a meeting pack takes, and what others notice.

The yardstick is python-pptx alone with the same charts, tables and notes: no figures worked out, no
sizes that fit, no look. Both are made in turns, so that a busy minute falls on both.
"""

import argparse
import asyncio
import io
import os
import platform
import statistics
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from importlib.metadata import version
from pathlib import Path

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from anchornet import settings
from anchornet.exports import pack
from anchornet.exports.pack import pdf, pptx
from anchornet.exports.pack.slides import ChartSlide, Deck, TableSlide, words_of
from anchornet.facts.build import open_network
from benchmarks.networks import make_networks
from benchmarks.page_runs import Client, serving

HERE = Path(__file__).resolve().parent
ROUNDS, CLICKS = 5, 60
MEETING = date(2026, 9, 16)
MOST_WRITING, MOST_MS = 3.0, 120.0


@dataclass
class Secretary(Client):
    """Somebody who asks for packs: `files` are those that a page offers, by their buttons."""

    files: dict[str, str] = field(default_factory=dict)

    def _see(self, element: object) -> None:
        super()._see(element)
        if element.WhichOneof("type") == "download_button":  # type: ignore[attr-defined]
            part = element.download_button  # type: ignore[attr-defined]
            self.files[part.label] = part.deferred_file_id

    async def ask_for(self, button: str) -> float:
        """The seconds until the file is there."""
        message = BackMsg()
        request = message.backend_operation_request
        request.request_id, request.session_id = f"{time.perf_counter()}", self.session
        request.deferred_file.file_id = self.files[button]
        start = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        while True:
            answer = ForwardMsg.FromString(bytes(await self.socket.recv()))
            if answer.WhichOneof("type") == "backend_operation_response":
                if answer.backend_operation_response.error_msg:
                    raise RuntimeError(answer.backend_operation_response.error_msg)
                return time.perf_counter() - start


def bare(deck: Deck) -> bytes:
    """The deck's charts, tables and notes as python-pptx makes them."""
    file = Presentation()
    for slide in deck.slides:
        shown = file.slides.add_slide(file.slide_layouts[5])
        shown.shapes.title.text = slide.title
        shown.notes_slide.notes_text_frame.text = "\n".join(slide.notes)
        if isinstance(slide, ChartSlide):
            data = CategoryChartData()
            data.categories = slide.plot.months
            data.add_series(slide.plot.name, slide.plot.values)
            data.add_series("Profile", slide.plot.profile)
            kind = XL_CHART_TYPE.LINE_MARKERS
            shown.shapes.add_chart(kind, 0, 0, Inches(9), Inches(6), data)
        elif isinstance(slide, TableSlide) and slide.rows:
            lines = [slide.headings, *slide.rows]
            size = len(lines), len(slide.headings)
            table = shown.shapes.add_table(*size, 0, 0, Inches(9), Inches(6)).table
            for down, line in enumerate(lines):
                for along, cell in enumerate(line):
                    table.cell(down, along).text = words_of(cell)
    written = io.BytesIO()
    file.save(written)
    return written.getvalue()


@dataclass
class Taken:
    """Seconds of each round on the wall, and of work on all cores; the last result."""

    seconds: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)
    result: bytes | Deck = b""

    def time(self, make: Callable[[], bytes | Deck]) -> None:
        start, work = time.perf_counter(), time.process_time()
        self.result = make()
        self.seconds.append(time.perf_counter() - start)
        self.work.append(time.process_time() - work)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def make_packs(path: Path, rounds: int) -> tuple[Deck, dict[str, Taken]]:
    database = open_network(replace(settings.load(environment={}), database=path))
    meeting = pack.meeting_on(database, MEETING)
    taken = {name: Taken() for name in ("figures", "pptx", "bare", "pdf")}
    deck = pack.make(database, meeting, "bench@example.org")
    bare(deck)
    for _ in range(rounds):
        taken["figures"].time(partial(pack.make, database, meeting, "bench@example.org"))
        for name, write in (("pptx", pptx.write), ("bare", bare), ("pdf", pdf.write)):
            taken[name].time(partial(write, deck))
    database.close()
    return deck, taken


@dataclass
class Others:
    """Milliseconds of somebody's clicks alone and while packs are made one after another, and the
    seconds that each pack took then."""

    alone: list[float]
    beside: list[float]
    packs: list[float]


async def click_beside_packs(path: Path) -> Others:
    with serving(path) as server:
        person, secretary = Client(server.port), Secretary(server.port)
        await person.open()
        await secretary.open("meetings")
        views = ("variation", "status")
        for number in range(6):
            await person.click(views[number % 2])
        await secretary.ask_for("PowerPoint")  # imports what writes it

        async def click(many: int) -> list[float]:
            return [await person.click(views[number % 2]) * 1000 for number in range(many)]

        alone = await click(CLICKS)
        packs: list[float] = []

        async def keep_asking() -> None:
            while True:
                packs.append(await secretary.ask_for("PowerPoint"))

        asking = asyncio.create_task(keep_asking())
        beside: list[float] = []
        while len(beside) < CLICKS or len(packs) < 2:
            beside += await click(2)
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking
        return Others(alone, beside, packs)


def report(deck: Deck, taken: dict[str, Taken], others: Others) -> str:
    charts = sum(isinstance(slide, ChartSlide) for slide in deck.slides)
    packages = ("python-pptx", "typst", "streamlit")
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    ratio = statistics.median(taken["pptx"].work) / statistics.median(taken["bare"].work)
    lines = [
        "# Meeting packs",
        "",
        f"The sample network's pack: {len(deck.slides)} slides, {charts} of them with a chart of "
        f"24 months that can be edited. Median of {len(taken['pptx'].seconds)} rounds, in turns. "
        "Seconds are on the wall, work is on all cores; the ratio is of work.",
        "",
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python "
        f"{platform.python_version()}, {versions}. {date.today():%B %Y}.",
        "",
        "| what | seconds | from – to | work | ratio | limit | size |",
        "|---|---:|---:|---:|---|---:|---:|",
    ]
    what = {
        "figures": "anchornet: all that the pack says, worked out anew as at the meeting",
        "pptx": "anchornet: written as PowerPoint",
        "bare": "python-pptx: the same charts, tables and notes, in its own look",
        "pdf": "anchornet: written as PDF",
    }
    for name, about in what.items():
        times = taken[name]
        beside = f"{ratio:.2f} × bare" if name == "pptx" else ""
        limit = f"{MOST_WRITING:.1f}" if name == "pptx" else ""
        size = f"{len(times.result) / 1000:.0f} kB" if isinstance(times.result, bytes) else ""
        work = statistics.median(times.work)
        span = f"{min(times.seconds):.2f} – {max(times.seconds):.2f}"
        lines.append(
            f"| {about} | {times.median:.2f} | {span} | {work:.2f} | {beside} | {limit} | {size} |"
        )
    lines += [
        "",
        "## What others notice",
        "",
        "Somebody clicks between the two views of Overview, alone and while another person has "
        "packs made one after another, without pause.",
        "",
        "| clicks | median | p95 | longest |",
        "|---|---:|---:|---:|",
    ]
    for name, clicks in (("alone", others.alone), ("while packs are made", others.beside)):
        p95 = sorted(clicks)[int(len(clicks) * 0.95)]
        lines.append(
            f"| {name} | {statistics.median(clicks):.0f} ms | {p95:.0f} ms | {max(clicks):.0f} ms |"
        )
    lines.append(f"| limit while packs are made | {MOST_MS:.0f} ms | | |")
    waited = statistics.median(others.packs)
    lines += ["", f"A pack took {waited:.1f} s from the click to the file meanwhile.", ""]
    faults = []
    if ratio > MOST_WRITING:
        faults.append("writing costs too much beside the yardstick")
    if statistics.median(others.beside) > MOST_MS:
        faults.append("others wait too long")
    lines.append(f"Over the limit: {'; '.join(faults)}." if faults else "Within every limit.")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="How long a meeting pack takes.")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    path = make_networks()["24k"]
    deck, taken = make_packs(path, given.rounds)
    text = report(deck, taken, asyncio.run(click_beside_packs(path)))
    print(text)
    (HERE / "packs.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
