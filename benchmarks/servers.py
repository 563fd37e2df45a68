"""Prints and writes benchmarks/servers.md: sixty people send to three servers on one lakehouse at
once, and every few seconds one of the servers is killed.

A server here is a process that has the network open and answers a file with its receipt, as the
page does. Who gets no answer sends the same file again, to whichever server answers. At the end
every receipt that was given is looked for, all of the lakehouse is read, and the same files are
sent one by one into a file, whose figures have to be the same.
"""

import argparse
import http.client
import os
import platform
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import duckdb

from anchornet import settings as settings_
from anchornet.facts.build import add_members, open_network
from anchornet.facts.catalogue import CATALOGUE
from anchornet.indicators.figures import AUDIENCES, Request, figures
from anchornet.intake.submit import submit
from anchornet.periods import add_months, parse_month
from anchornet.returns.declaration import RETURNS
from anchornet.setting_values import PROJECT
from anchornet.settings import Settings
from anchornet.store import backup
from anchornet.store.database import Database, StoreError
from anchornet.store.network import NewMember
from anchornet.store.submissions import damage
from tests import lakehouses

HERE = Path(__file__).resolve().parent
SERVERS, SENDERS, LINES = 3, 60, 20
NOW = datetime(2026, 10, 5, 9)
LAST = date(2026, 9, 1)
HEADINGS = "supplier_name,supplier_id,supplier_postcode,branch_postcode,amount_gbp,category,paid_on"


@dataclass
class Sent:
    """What came of one file: its receipt, how often it was sent and how long until it was there."""

    member_id: str
    period: date
    receipt: str
    tries: int
    seconds: float
    early: bool  # while servers were still killed


@dataclass
class Servers:
    """The servers that run, each with its port; one that is killed comes back on the same."""

    location: str
    ports: list[int]
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    killed: int = 0

    def start(self, number: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "benchmarks.servers", "serve", str(self.ports[number])]
        environment = os.environ | {"ANCHORNET_DATABASE": self.location}
        return subprocess.Popen(command, cwd=PROJECT, env=environment, stderr=subprocess.DEVNULL)

    def kill(self, number: int) -> None:
        self.running[number].send_signal(signal.SIGKILL)
        self.running[number].wait()
        self.killed += 1
        self.running[number] = self.start(number)


def content(member: int, period: date) -> bytes:
    """A file of that member and month, the same whenever it is made."""
    draw = random.Random(f"{member} {period}")
    rows = [
        f"Supplier {draw.randrange(200)} Ltd,,M40 8QA,,"
        f"{draw.randrange(100, 900_000) / 100:.2f},goods,{period:%Y-%m}-{draw.randrange(1, 28):02d}"
        for _ in range(LINES)
    ]
    return "\n".join([HEADINGS, *rows]).encode()


def keep(database: Database, member_id: str, period: date, data: bytes) -> str:
    (receipt,) = submit(
        database,
        RETURNS["spend"],
        data,
        "spend.csv",
        member_id=member_id,
        by="someone@sample.example.org",
        period=period,
        accept_warnings="The sample is meant to be like this.",
        now=NOW,
    )
    return receipt.receipt


def serve(port: int) -> None:
    """A server of its own: a file is answered with its receipt."""
    database = open_network(settings_.load())

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["content-length"]))
            member_id, month = self.path.strip("/").split("/")
            try:
                code, text = 200, keep(database, member_id, parse_month(month), data)
            except (StoreError, duckdb.Error) as error:
                code, text = 503, f"{type(error).__name__}: {error}"
            self.send_response(code)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


def send(
    servers: Servers, member: int, until: float, results: list[Sent], faults: list[str]
) -> None:
    draw, period = random.Random(member), LAST
    while time.monotonic() < until:
        data, began, tries = content(member, period), time.monotonic(), 0
        while True:
            tries += 1
            port = draw.choice(servers.ports)
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=90)
            try:
                connection.request("POST", f"/sample-member-{member}/{period:%Y-%m}", data)
                answer = connection.getresponse()
                text = answer.read().decode()
                if answer.status == 200 and text:
                    break
                faults.append(text[:200])
            except (OSError, http.client.HTTPException):
                time.sleep(0.2)
            finally:
                connection.close()
        waited = time.monotonic() - began
        results.append(
            Sent(f"sample-member-{member}", period, text, tries, waited, time.monotonic() < until)
        )
        period = add_months(period, -1)


def run(location: str, seconds: float, every: float) -> tuple[list[Sent], list[str], Servers]:
    ports = []
    for _ in range(SERVERS):
        with socket.create_server(("127.0.0.1", 0)) as free:
            ports.append(free.getsockname()[1])
    servers = Servers(location, ports)
    servers.running = [servers.start(number) for number in range(SERVERS)]
    try:
        for port in ports:
            _wait(port)
        results: list[Sent] = []
        faults: list[str] = []
        began = time.monotonic()
        threads = [
            threading.Thread(target=send, args=[servers, one, began + seconds, results, faults])
            for one in range(SENDERS)
        ]
        for thread in threads:
            thread.start()
        draw = random.Random(1)
        while every and time.monotonic() < began + seconds:
            time.sleep(every)
            # One that has begun to answer; of those that start again nothing can be lost.
            if answering := [one for one in range(SERVERS) if _answers(ports[one])]:
                servers.kill(draw.choice(answering))
        for thread in threads:
            thread.join()
    finally:
        for server in servers.running:
            server.kill()
            server.wait()
    return results, faults, servers


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _wait(port: int) -> None:
    for _ in range(600):
        if _answers(port):
            return
        time.sleep(0.2)
    raise TimeoutError(f"No server answers on {port}.")


def answers(database: Database) -> tuple[list[tuple[object, ...]], list[str]]:
    """What counts of each member and month, to the penny, and every figure of spend."""
    sums = database.rows(
        """
        select member_id, period, submissions.rows, count(*), sum(amount_gbp)
        from current_submissions(null) as submissions
        join spend_rows using (submission_id)
        group by all
        order by all
        """
    )
    months = [
        month for (month,) in database.rows("select distinct period from submissions order by 1")
    ]
    names = [name for name, one in CATALOGUE.items() if one.return_name == "spend"]
    frame = figures(database, Request(names, months), AUDIENCES["own"])
    shown = frame[["indicator", "period", "value", "base", "members"]]
    return sums, [str(row) for row in shown.itertuples(index=False)]


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("serve").add_argument("port", type=int)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--every", type=float, default=5, help="seconds from one kill to the next")
    given = parser.parse_args(words)
    if given.command == "serve":
        serve(given.port)
        return
    with lakehouses.catalogue() as reached, tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        file = replace(settings_.load(environment={}), database=folder / "one.duckdb")
        shared = lakehouses.one_more(file, reached, folder)
        os.environ["ANCHORNET_LAKEHOUSE_DATA"] = shared.lakehouse_data
        found(file)
        backup.move(file, shared)
        results, faults, servers = run(shared.location, given.seconds, given.every)
        text = _report(results, faults, servers, file, shared, given.every)
        lakehouses.clear(shared)
    print(text)
    (HERE / "servers.md").write_text(text, encoding="utf-8")


def found(file: Settings) -> None:
    database = open_network(file, create=True)
    members = [NewMember(f"Sample member {number}", "council", None) for number in range(SENDERS)]
    add_members(database, members, starts_on=None, by="x", now=datetime(2000, 1, 1))
    database.close()


def _report(
    results: list[Sent],
    faults: list[str],
    servers: Servers,
    file: Settings,
    shared: Settings,
    every: float,
) -> str:
    database = open_network(shared)
    there = {
        (member_id, period): receipt
        for member_id, period, receipt in database.rows(
            "select member_id, period, receipt from submissions order by submission_id"
        )
    }
    ((count, numbers, partial),) = database.rows(
        """
        select count(*), count(distinct receipt), count(*) filter (lines <> $lines)
        from submissions
        left join (select submission_id, count(*) as lines from spend_rows group by all)
            using (submission_id)
        """,
        {"lines": LINES},
    )
    lost = [one for one in results if there.get((one.member_id, one.period)) != one.receipt]
    wrong = list(damage(database))
    on_lakehouse = answers(database)
    database.close()
    single = open_network(file)
    for member_id, period in there:
        keep(single, member_id, period, content(int(member_id.rpartition("-")[2]), period))
    same = answers(single) == on_lakehouse
    single.close()
    seconds = sorted(one.seconds for one in results)
    rows = {
        "servers, senders": f"{SERVERS}, {SENDERS}",
        "killed with -9 while they answered": f"{servers.killed}",
        "receipts given": f"{len(results):,}",
        "of them while servers were killed": f"{sum(one.early for one in results):,}",
        "of them missing, or another's": f"{len(lost)}",
        "submissions there": f"{count:,}, with {numbers:,} different receipts",
        "of them twice for a member and month": f"{count - len(there)}",
        "of them partial": f"{partial}",
        "damage that `verify` finds": f"{len(wrong)}",
        "files that had to be sent again": f"{sum(one.tries > 1 for one in results):,}",
        "answers that said to try again": f"{len(faults)}",
        "from sending to the receipt": f"median {statistics.median(seconds):.1f} s, "
        f"longest {seconds[-1]:.1f} s",
        "sums and figures as of one file": "the same" if same else "DIFFERENT",
    }
    lines = [f"| {name} | {value} |" for name, value in rows.items()]
    notes = [f"- {text}" for text in sorted({*wrong, *faults})[:10]]
    return (
        "\n".join(
            [
                "# Several servers on one lakehouse",
                "",
                f"{SENDERS} people send files of {LINES} lines to {SERVERS} servers at once, month "
                f"after month; every {every:g} seconds one that answers is killed and comes back. "
                f"Python {platform.python_version()}, DuckDB {duckdb.__version__}, "
                f"{os.cpu_count()} cores.",
                "",
                "| | |",
                "|---|---|",
                *lines,
                "",
                *notes,
            ]
        ).strip()
        + "\n"
    )


if __name__ == "__main__":
    main()
