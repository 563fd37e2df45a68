"""Prints and writes benchmarks/latest.md: `make bench`, or `python -m benchmarks.bench`.

Each measurement is a process of its own, so that its peak memory is its own; a file of a thousand
lines goes before, so that no import is in the seconds. What is compared takes turns, so that a busy
minute of a shared machine falls on all of it alike, and the median is shown.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
FILES = HERE / "files"
ROWS, ROUNDS, BAD = 1_000_000, 5, 0.005
PERIOD = date(2026, 9, 1)
BY = "bench@example.org"


def check(path: Path) -> dict[str, Any]:
    """What `python -m anchornet check spend FILE --period 2026-09 --format json` does."""
    from anchornet.returns.check import check_file
    from anchornet.returns.declaration import RETURNS
    from anchornet.store.opening import scratch

    start = clocks()
    with scratch() as cursor:
        checked = check_file(cursor, RETURNS["spend"], path.read_bytes(), period=PERIOD)
        findings = Counter(finding["rule"] for finding in checked.summary(path.name)["findings"])
    return stopped(start, findings)


def submit(path: Path) -> dict[str, Any]:
    """What `python -m anchornet submit spend FILE …` does, to a network on disk with a member."""
    from anchornet import settings
    from anchornet.facts import build
    from anchornet.intake import submit as submit_return
    from anchornet.returns.declaration import RETURNS
    from anchornet.store import network

    with tempfile.TemporaryDirectory(dir=FILES) as folder:
        at = replace(settings.load(environment={}), database=Path(folder) / "bench.duckdb")
        database = build.open_network(at, create=True)
        network.add_member(database, "sample", "Sample City Council", "council", by=BY)
        start = clocks()
        submit_return.submit(
            database,
            RETURNS["spend"],
            path.read_bytes(),
            path.name,
            member_id="sample",
            by=BY,
            period=PERIOD,
        )
        database.close()
        return stopped(start, {})


def bare_duckdb(path: Path) -> dict[str, Any]:
    """The file into a table on disk and no more: nothing is checked, and nothing else is kept."""
    import duckdb

    with tempfile.TemporaryDirectory(dir=FILES) as folder:
        start = clocks()
        with duckdb.connect(str(Path(folder) / "bare.duckdb")) as connection:
            connection.execute("create table spend as from read_csv(?)", [str(path)])
            connection.execute("checkpoint")
        return stopped(start, {})


def yardstick(name: str) -> Callable[[Path], dict[str, Any]]:
    def measure(path: Path) -> dict[str, Any]:
        from benchmarks import yardsticks

        start = clocks()
        lines_of = getattr(yardsticks, name)(path)
        return stopped(start, {rule: len(lines) for rule, lines in lines_of.items()})

    return measure


def clocks() -> tuple[float, float]:
    """Seconds on the wall, and of work on all cores: to tell a busy machine from slow code."""
    return time.perf_counter(), time.process_time()


def stopped(start: tuple[float, float], findings: dict[str, int]) -> dict[str, Any]:
    """Seconds since the start, the process's peak memory in megabytes, and the findings by rule."""
    wall, work = clocks()
    return {
        "seconds": wall - start[0],
        "work": work - start[1],
        "megabytes": peak_megabytes(),
        "findings": dict(sorted(findings.items())),
    }


def peak_megabytes() -> float:
    """The most memory that this process has had resident since it was started."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError):  # no Linux
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


@dataclass(frozen=True)
class Measurement:
    """One line of the table; `beside` names the one its ratio is made with, `most` its limit."""

    name: str
    what: str
    measure: Callable[[Path], dict[str, Any]]
    file: str
    beside: str | None = None
    most: float | None = None


MEASUREMENTS = (
    Measurement(
        "check",
        "anchornet: read and check, every rule, every finding's line",
        check,
        "spend.csv",
        "pandera_polars",
        1.0,
    ),
    Measurement(
        "pandera_polars",
        "pandera on polars, lazy, the same rules",
        yardstick("pandera_polars"),
        "spend.csv",
    ),
    Measurement(
        "submit",
        "anchornet: check, store with the original, sum, in a database on disk",
        submit,
        "spend_clean.csv",
        "bare_duckdb",
        1.5,
    ),
    Measurement(
        "bare_duckdb",
        "DuckDB: read_csv into a table of a database on disk, nothing else",
        bare_duckdb,
        "spend_clean.csv",
    ),
    Measurement(
        "check_plain",
        "anchornet: the same of a file in nine columns without a quote mark, every rule",
        check,
        "spend_plain.csv",
        "pandera_polars_plain",
        2.5,
    ),
    Measurement(
        "pandera_polars_plain",
        "pandera on polars, lazy, six rules in the standard form only",
        yardstick("pandera_polars_plain"),
        "spend_plain.csv",
    ),
    Measurement(
        "pandera_pandas",
        "pandera on pandas, the same rules",
        yardstick("pandera_pandas"),
        "spend.csv",
        "pandera_polars",
    ),
    Measurement(
        "frictionless",
        "frictionless, our Table Schema, a tenth of the lines",
        yardstick("frictionless"),
        "spend_tenth.csv",
        "pandera_polars",
    ),
)


def make_files() -> None:
    """The files, where they aren't there yet or are older than the script that makes them."""
    from benchmarks import spend_file

    files = {"spend.csv": (ROWS, BAD), "spend_clean.csv": (ROWS, 0.0)}
    files["spend_tenth.csv"] = (ROWS // 10, BAD)
    files["spend_plain.csv"] = (ROWS, BAD)
    files |= {f"small_{name}": (1_000, bad) for name, (_, bad) in files.items()}
    script = Path(spend_file.__file__).stat().st_mtime
    for name, (rows, bad) in files.items():
        if not (FILES / name).exists() or (FILES / name).stat().st_mtime < script:
            is_plain = name.endswith("plain.csv")
            write = spend_file.write_plain_file if is_plain else spend_file.write_spend_file
            write(FILES / name, rows, bad=bad)


def in_a_process_of_its_own(measurement: Measurement) -> dict[str, Any]:
    os.sync()  # what the one before has left to write is not this one's work
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.bench", "--only", measurement.name, "--here"],
        cwd=HERE.parent,
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def report(results: dict[str, list[dict[str, Any]]]) -> str:
    """The table, and whether the findings agree, as Markdown."""
    packages = ("duckdb", "polars", "pandera", "pandas", "frictionless", "pyarrow", "numpy")
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    seconds = {name: statistics.median(r["seconds"] for r in rs) for name, rs in results.items()}
    lines = [
        "# Benchmark",
        "",
        f"{ROWS:,} payment lines of one month in the standard template's twelve columns, "
        f"{(FILES / 'spend.csv').stat().st_size / 1e6:.0f} MB; one line in {1 / BAD:.0f} has a "
        f"wrong cell, the rules taken in turn; submitted is the same file without them. Median of "
        f"{len(next(iter(results.values())))}, what is compared in turn, each in a process of its "
        f"own after a small file. Seconds are on the wall, work is on all cores; a ratio is line "
        f"for line.",
        "",
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {versions}. {date.today():%B %Y}.",
        "",
        "| what | lines | seconds | from – to | work | ratio | limit | peak memory |",
        "|---|---:|---:|---:|---:|---|---:|---:|",
    ]
    for measurement in MEASUREMENTS:
        if measurement.name not in results:
            continue
        runs = results[measurement.name]
        rows = ROWS // 10 if "tenth" in measurement.file else ROWS
        ratio = ""
        if measurement.beside in seconds:
            share = seconds[measurement.name] / seconds[measurement.beside] * ROWS / rows
            ratio = f"{share:.2f} × {measurement.beside.replace('_', ' ')}"
        span = f"{min(r['seconds'] for r in runs):.2f} – {max(r['seconds'] for r in runs):.2f}"
        limit = f"{measurement.most:.1f}" if measurement.most else ""
        peak = max(run["megabytes"] for run in runs)
        work = statistics.median(run["work"] for run in runs)
        lines.append(
            f"| {measurement.what} | {rows:,} | {seconds[measurement.name]:.2f} | {span} "
            f"| {work:.2f} | {ratio} | {limit} | {peak:,.0f} MB |"
        )
    lines += ["", *agreement(results)]
    return "\n".join(lines) + "\n"


def agreement(results: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Whether those that have the same rules found the same, rule by rule."""
    same = {
        name: results[name][0]["findings"]
        for name in ("check", "pandera_polars", "pandera_pandas")
        if name in results
    }
    if len(same) < 2:
        return []
    rules = sorted({rule for findings in same.values() for rule in findings})
    wrong = [
        rule for rule in rules if len({findings.get(rule, 0) for findings in same.values()}) > 1
    ]
    total = sum(next(iter(same.values())).values())
    verdict = (
        f"All found the same {total:,} findings, rule by rule."
        if not wrong
        else f"They disagree on {', '.join(wrong)}."
    )
    names = " | ".join(name.replace("_", " ") for name in same)
    return [
        verdict,
        "",
        f"| rule | {names} |",
        "|---|" + "---:|" * len(same),
        *(
            f"| {rule} | " + " | ".join(f"{f.get(rule, 0):,}" for f in same.values()) + " |"
            for rule in rules
        ),
    ]


def main() -> None:
    names = [measurement.name for measurement in MEASUREMENTS]
    parser = argparse.ArgumentParser(description="How long a million payment lines take.")
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--here", action="store_true", help="measure once, in this process")
    given = parser.parse_args()
    chosen = [measurement for measurement in MEASUREMENTS if measurement.name in given.only]
    if given.here:
        for measurement in chosen:
            measurement.measure(FILES / f"small_{measurement.file}")  # imports what it needs
            print(json.dumps(measurement.measure(FILES / measurement.file)))
        return
    make_files()
    results: dict[str, list[dict[str, Any]]] = {measurement.name: [] for measurement in chosen}
    for beside in dict.fromkeys(one.beside or one.name for one in chosen):
        compared = [one for one in chosen if beside in (one.beside, one.name)]
        for measurement in compared * given.rounds:
            results[measurement.name].append(in_a_process_of_its_own(measurement))
    text = report(results)
    print(text)
    if chosen == list(MEASUREMENTS):
        (HERE / "latest.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
