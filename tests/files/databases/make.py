"""Makes a small network with the code of the folder that it is run in, by its own command line.

    git worktree add --detach /tmp/older COMMIT && cd /tmp/older
    PYTHONPATH=. python …/tests/files/databases/make.py NAME

It leaves NAME.duckdb.xz beside itself, and what that version's figures were in figures.csv. A
command that the version doesn't have yet is passed over.
"""

import contextlib
import csv
import io
import lzma
import os
import sys
import tempfile
from pathlib import Path

from anchornet.__main__ import main

HERE = Path(__file__).parent
SPEND = "supplier_name,supplier_id,supplier_postcode,amount_gbp,category,paid_on\n"
AUGUST = (
    f"{SPEND}Sample Joinery Ltd,,M2 5DB,1000.50,Repairs,2026-08-02\n"
    "Sample Paper Ltd,,LS1 1UR,499.50,Paper,2026-08-20\n"
)
SEPTEMBER = (
    f"{SPEND}Sample Joinery Ltd,,M2 5DB,700.00,Repairs,2026-09-02\n"
    "Sample Paper Ltd,,LS1 1UR,300.00,Paper,2026-09-20\n"
    "Sample Kitchen CIC,GB-SAMPLE-1,M40 8QA,250.25,Catering,2026-09-21\n"
)
HOSPITAL = (
    f"{SPEND}Sample Joinery Ltd,,M2 5DB,2000.00,Repairs,2026-09-09\n"
    "Sample Steel Ltd,,S1 2HE,1500.00,Steel,2026-09-11\n"
)
DIRECTORY = (
    "name,org_id,postcode,size,type\n"
    "Sample Kitchen CIC,GB-SAMPLE-1,M40 8QA,micro,vcse\n"
    "Sample Joinery Ltd,,M2 5DB,small,private\n"
)
TARGETS = (
    "indicator,member_id,baseline_period,baseline,target_period,target,tolerance,profile\n"
    "local_spend_share,,2024-09,0.40,2027-03,0.55,,\n"
)
GOOD = {"local_hires": "council", "retention": "hospital", "living_wage": "college"}
SENDER = ["--by", "a.sender@example.org", "--accept-warnings", "They are small."]


def run(*words: str) -> str:
    """What a command prints, where the version has it and takes that."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        code = main([*words])
    return out.getvalue() if code == 0 else ""


def fill(folder: Path) -> None:
    def file(name: str, text: str) -> str:
        path = folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    run("init")
    for member, kind in (("council", "council"), ("hospital", "nhs"), ("college", "college")):
        name = ("--name", f"Sample {member}")
        run("members", "add", member, *name, "--kind", kind, "--starts-on", "2026-07-01")
    for group in ("organisations", "suppliers"):
        run(group, "load", file("directory.csv", DIRECTORY))
    run("targets", "load", file("targets.csv", TARGETS))
    corrected = SEPTEMBER.replace("300.00", "350.00")
    for member, month, text in (
        ("council", "2026-08", AUGUST),
        ("council", "2026-09", SEPTEMBER),
        ("council", "2026-09", corrected),
        ("hospital", "2026-09", HOSPITAL),
        ("hospital", "2026-08", AUGUST),
    ):
        path = file("spend.csv", text)
        run("submit", "spend", path, "--period", month, "--member", member, *SENDER)
    run("withdraw", "R000005", "--reason", "Another member's", *SENDER[:2])
    for return_name, member in GOOD.items():
        path = f"tests/files/{return_name}/good.csv"
        run("submit", return_name, path, "--period", "2026-09", "--member", member, *SENDER)
    run("meetings", "add", "The first", "--at", "2026-09-15T09:00")
    due = ("--who", "Procurement", "--due-on", "2027-01-31")
    run("actions", "add", "spend", "--what", "List ten contracts", *due)
    run("area", "set", "jobs_in_area", "410000", "--source", "A survey", "--year", "2024")
    run("people", "add", "ann@example.org", "--name", "Ann", "--role", "comms")
    run("chart", "spend", "--period", "2026-09", "--as-at", "2030-01-01")
    run("stories", "add", file("story.txt", "She began in May."), "--member", "council",
        "--title", "Ten weeks")  # fmt: skip


def figures() -> dict[tuple[str, str], str]:
    """What that version's figures are, by indicator and month."""
    printed = run("indicators", "--period", "2026-08..2026-09", "--format", "csv")
    rows = csv.DictReader(io.StringIO(printed))
    return {(row["indicator"], row["period"]): row["value"] for row in rows if row["value"]}


def keep(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "network.duckdb"
        os.environ["ANCHORNET_DATABASE"] = str(database)
        fill(Path(folder))
        counted = figures()
        packed = lzma.compress(database.read_bytes(), preset=9 | lzma.PRESET_EXTREME)
    (HERE / f"{name}.duckdb.xz").write_bytes(packed)
    with (HERE / "figures.csv").open("a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(
            [name, *key, value] for key, value in counted.items()
        )


if __name__ == "__main__":
    keep(sys.argv[1])
