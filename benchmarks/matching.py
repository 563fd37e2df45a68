"""Names that were paid, looked up in a register of companies: seconds, memory, right and wrong,
beside splink and a plain loop of rapidfuzz. Writes benchmarks/matching.md: `python -m
benchmarks.matching`.

The register is in the layout of Companies House and invented (benchmarks/registers.py), with names
of published payments planted in it, so that what is right is known. Each measurement is a process
of its own. The others read a tenth of the register and of the names: the whole would take hours.
They have an environment of their own, which is made the first time.
"""

import csv
import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.bench import FILES, clocks, stopped
from benchmarks.registers import ledger_names, write

HERE = Path(__file__).resolve().parent
PUBLISHED = HERE.parent / "tests" / "files" / "published"
ROWS, PAID, TENTH = 5_000_000, 20_000, 10
ALIKE = 90  # of 100, from which on rapidfuzz's best is taken
MOST_ALIKE = 3  # of splink's levels: the same, or of a likeness of at least 0.97


def truth(path: Path) -> dict[str, str]:
    with path.with_name(f"{path.name}.truth.csv").open(encoding="utf-8") as file:
        return {row["name"]: row["org_id"] for row in csv.DictReader(file)}


def ours(path: Path) -> dict[str, Any]:
    import pyarrow as pa

    from anchornet import settings
    from anchornet.places import reference, registers
    from anchornet.store.opening import scratch

    known, here = truth(path), settings.load(environment={})
    start = clocks()
    with scratch(here.reference) as cursor:
        reference.fill(cursor, here)
        cursor.register("names", pa.table({"name": list(known)}))
        wanted = cursor.execute(
            """
            select reference.name_key(name) as name_key, min(name) as name,
                length(min(name)) in (34, 35) as is_cut,
                []::varchar[] as org_ids, []::varchar[] as refused
            from names
            where reference.name_key(name) is not null
            group by name_key
            """
        ).to_arrow_table()
    matches = registers.matches(here, wanted, {"companies_house": [path]})
    names = dict(zip(*(wanted[column].to_pylist() for column in ("name_key", "name")), strict=True))
    rows = matches.to_pylist()
    taken = [(names[row["name_key"]], row["org_id"]) for row in rows if row["state"] == "taken"]
    offered = {
        names[row["name_key"]]
        for row in rows
        if row["state"] == "offered" and known[names[row["name_key"]]] == row["org_id"]
    }
    return stopped(start, {}) | counted(known, names.values(), taken) | {"offered": len(offered)}


def rapidfuzz(path: Path) -> dict[str, Any]:
    """The best of all companies for each name, one after another."""
    from rapidfuzz import fuzz, process, utils

    known = truth(path)
    start = clocks()
    numbers, companies = [], []
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, skipinitialspace=True):
            numbers.append(row["CompanyNumber"])
            companies.append(utils.default_process(row["CompanyName"]))
    taken = []
    for name in known:
        best = process.extractOne(
            utils.default_process(name), companies, scorer=fuzz.ratio, score_cutoff=ALIKE
        )
        if best:
            taken.append((name, f"GB-COH-{numbers[best[2]]}"))
    return stopped(start, {}) | counted(known, known, taken)


def splink(path: Path) -> dict[str, Any]:
    """Linked as its manual has it: two blocking rules, Jaro-Winkler, its own training."""
    import duckdb
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    known = truth(path)
    start = clocks()
    connection = duckdb.connect()
    clean = (
        "trim(regexp_replace(regexp_replace(upper(name), '[^A-Z0-9]+', ' ', 'g'), "
        "' (LTD|LIMITED) *$', ''))"
    )
    connection.execute(
        f"""
        create table companies as
        select number as unique_id, {clean} as name, left({clean}, 5) as beginning,
            right({clean}, 6) as ending
        from (
            select "CompanyName" as name, "CompanyNumber" as number
            from read_csv(?, all_varchar = true, header = true, normalize_names = false)
        )
        """,
        [str(path)],
    )
    connection.execute("create table names (unique_id varchar, name varchar)")
    connection.executemany("insert into names values (?, ?)", [(name, name) for name in known])
    connection.execute(
        f"""
        create table paid as
        select unique_id, {clean} as name, left({clean}, 5) as beginning,
            right({clean}, 6) as ending
        from names
        """
    )
    engine = DuckDBAPI(connection)
    linker = Linker(
        [engine.register(table, dataset_display_name=table) for table in ("paid", "companies")],
        SettingsCreator(
            link_type="link_only",
            comparisons=[cl.JaroWinklerAtThresholds("name", [0.97, 0.92, 0.85])],
            blocking_rules_to_generate_predictions=[
                block_on("beginning"), block_on("substr(name, 1, 2)", "ending"),
            ],
        ),
    )  # fmt: skip
    linker.training.estimate_probability_two_random_records_match([block_on("name")], recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("ending"))
    # One field can't say how probable a match is: of those most alike the best is taken.
    frame = linker.inference.predict().as_pandas_dataframe()
    frame = frame[frame["gamma_name"] >= MOST_ALIKE]
    paid, company = ("l", "r") if (frame["source_dataset_l"] == "paid").all() else ("r", "l")
    best = frame.sort_values("gamma_name").drop_duplicates(f"unique_id_{paid}", keep="last")
    taken = [
        (name, f"GB-COH-{number}")
        for name, number in zip(
            best[f"unique_id_{paid}"], best[f"unique_id_{company}"], strict=True
        )
    ]
    return stopped(start, {}) | counted(known, known, taken)


def counted(
    known: Mapping[str, str], names: Any, taken: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    there = sum(1 for name in names if known[name])
    return {
        "names": len(list(names)),
        "there": there,
        "taken": len(taken),
        "right": sum(1 for name, org_id in taken if known[name] == org_id),
    }


MEASURES = {"ours": ours, "rapidfuzz": rapidfuzz, "splink": splink}


def environment_of_others() -> Path | None:
    """The Python that has the other tools, as pinned; None where they can't be fetched."""
    folder, pinned = HERE.parent / ".venv-matching", HERE / "requirements-matching.txt"
    python = folder / "bin" / "python"
    uv = [sys.executable, "-m", "uv"]
    install = [*uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(python)]
    try:
        if not python.exists():
            subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
        subprocess.run([*install, str(pinned)], check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return python


def measured(name: str, path: Path, python: Path) -> dict[str, Any]:
    """One measurement in a process of its own."""
    command = [str(python), "-m", "benchmarks.matching", name, str(path)]
    ended = subprocess.run(command, cwd=HERE.parent, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(ended.stdout.splitlines()[-1]))


def main() -> None:
    FILES.mkdir(exist_ok=True)
    names = ledger_names(sorted(PUBLISHED.glob("manchester_*.csv")))
    others = environment_of_others()
    if others is None:
        print("The package index can't be reached, so only ours is measured.", file=sys.stderr)
    lines = []
    for part, rows, paid in (("whole", ROWS, PAID), ("tenth", ROWS // TENTH, PAID // TENTH)):
        path = FILES / f"BasicCompanyDataAsOneFile-2026-11-01-{part}.csv"
        if not path.exists():
            some = names if part == "whole" else names[:: TENTH // 2]
            write(path, rows, some, paid=paid)
        for name in MEASURES if part == "tenth" else ("ours",):
            python = Path(sys.executable) if name == "ours" else others
            if python is None:
                lines.append(f"| {name} | could not be fetched, so not measured | | | | | |")
                continue
            print(name, part, file=sys.stderr)
            found = measured(name, path, python)
            print(found, file=sys.stderr)
            precision = found["right"] / found["taken"] if found["taken"] else 0
            lines.append(
                f"| {name} | {rows:,} × {found['names']:,} | {found['seconds']:.1f} "
                f"| {found['work']:.1f} | {found['megabytes']:,.0f} "
                f"| {found['taken']:,} of {found['there']:,} | {precision:.4f} |"
            )
    table = "\n".join(
        [
            "| what | companies × names | seconds | seconds of work | MB | taken of those that are "
            "there | right of those taken |",
            "|---|---|---|---|---|---|---|",
            *lines,
        ]
    )
    text = f"# Names in a register\n\n{(__doc__ or '').strip()}\n\n{time.strftime('%Y-%m-%d')}\n\n"
    (HERE / "matching.md").write_text(f"{text}{table}\n", encoding="utf-8")
    print(table)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(MEASURES[sys.argv[1]](Path(sys.argv[2]))))
    else:
        main()
