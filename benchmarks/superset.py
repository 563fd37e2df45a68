"""Apache Superset beside us on the same DuckDB file: `python -m benchmarks.superset`.

The same Overview: six numbers, four courses and a map's data, each a question of its own to
Superset's API, asked together as its pages do. It is put into an environment of its own, makes its
user, database and datasets by itself, and is served by gunicorn with two workers; ours beside it by
`benchmarks.page_runs`, in the same run.
"""

import argparse
import asyncio
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import page_runs
from benchmarks.networks import make_networks

HERE = Path(__file__).resolve().parent
HOME = HERE / "files" / "superset"
BIN = HOME / "env" / "bin"
# What 6.1 needs and doesn't name; its cache was written for an older library.
PACKAGES = (
    "apache-superset==6.1.0", "rich", "cachetools", "Flask-Caching<2.4", "gunicorn",
    "duckdb==1.5.5", "duckdb-engine",
)  # fmt: skip
CONFIGURATION = """
import os
SECRET_KEY = "of a benchmark on this machine"
SQLALCHEMY_DATABASE_URI = f"sqlite:///{os.environ['SUPERSET_HOME']}/superset.db?timeout=60"
WTF_CSRF_ENABLED = TALISMAN_ENABLED = RATELIMIT_ENABLED = PREVENT_UNSAFE_DB_CONNECTIONS = False
_kept = {"CACHE_TYPE": "FileSystemCache", "CACHE_DIR": os.environ["SUPERSET_HOME"] + "/cache"}
CACHE_CONFIG = DATA_CACHE_CONFIG = (
    _kept | {"CACHE_DEFAULT_TIMEOUT": 3600} if os.environ["KEEPS"] else {"CACHE_TYPE": "NullCache"}
)
"""
MAKE = """
import json, os, sys
from superset.app import create_app
app = create_app()
with app.app_context():
    from superset import db, security_manager
    from superset.connectors.sqla.models import SqlaTable
    from superset.models.core import Database
    admin = security_manager.find_role("Admin")
    security_manager.add_user("bench", "B", "B", "bench@example.org", admin, "bench-bench")
    database = Database(database_name="network", sqlalchemy_uri="duckdb:///" + sys.argv[1])
    database.extra = json.dumps({"engine_params": {"connect_args": {"read_only": True}}})
    db.session.add(database)
    db.session.commit()
    made = {}
    for name, sql in json.loads(sys.argv[2]).items():
        table = SqlaTable(table_name=name, sql=sql, database=database, schema="main")
        db.session.add(table)
        db.session.commit()
        table.fetch_metadata()
        made[name] = table.id
    db.session.commit()
    print(json.dumps(made))
"""
_PERIOD = "join additions using (addition_id) join submissions using (submission_id)"
DATASETS = {
    "spend": "select period, ward_code, lad_code, amount from spend_facts " + _PERIOD,
    "hires": "select period, starts, applications from local_hires_facts " + _PERIOD,
    "stays": "select cohort_month as period, starters, in_post from retention_facts",
    "wages": "select period, workers_covered, workers_uplifted from living_wage_facts " + _PERIOD,
}
NUMBERS = {
    "spend": ["sum(amount)", "sum(amount) filter (where ward_code is not null)"],
    "hires": ["sum(starts)"],
    "stays": ["sum(in_post) / sum(starters)"],
    "wages": ["sum(workers_covered)", "sum(workers_uplifted)"],
}
PERSON = ("bench", "bench-bench")
PEOPLE, SECONDS, PAGES = 20, 30, 10


@dataclass
class Way:
    one: list[float]  # milliseconds
    runs: float  # pages a second
    many: list[float]


def _question(dataset: int, sql: str, column: str | None = None) -> dict[str, Any]:
    metric = {"expressionType": "SQL", "sqlExpression": sql, "label": "value"}
    query = {"metrics": [metric], "columns": [column] if column else [], "row_limit": 10_000}
    return {
        "datasource": {"id": dataset, "type": "table"},
        "queries": [query],
        "result_format": "json",
        "result_type": "full",
    }


def questions(made: Mapping[str, int]) -> list[dict[str, Any]]:
    """Six numbers, four courses, a map."""
    numbers = [_question(made[name], sql) for name, each in NUMBERS.items() for sql in each]
    courses = [_question(made[name], each[0], "period") for name, each in NUMBERS.items()]
    return [*numbers, *courses, _question(made["spend"], NUMBERS["spend"][0], "ward_code")]


def install() -> str:
    """Puts Superset into its environment; why not, where that can't be done."""
    done = HOME / "installed"
    if done.exists() and done.read_text() == "\n".join(PACKAGES):
        return ""
    uv = Path(sys.executable).with_name("uv")
    for command in (
        [uv, "venv", "--quiet", "--clear", "--python", sys.executable, HOME / "env"],
        [uv, "pip", "install", "--quiet", "--python", BIN / "python", *PACKAGES],
    ):
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        if ended.returncode:
            return f"Superset can't be installed here: {ended.stderr.strip().splitlines()[-1]}"
    done.write_text("\n".join(PACKAGES))
    return ""


def make(folder: Path, database: Path) -> dict[str, int]:
    """Its own database, user and datasets; the numbers of these by name."""
    (folder / "superset_config.py").write_text(CONFIGURATION)
    here = _environment(folder, keeps=False)
    for words in (["db", "upgrade"], ["init"]):
        subprocess.run([BIN / "superset", *words], env=here, capture_output=True, check=True)
    command = [BIN / "python", "-c", MAKE, str(database), json.dumps(DATASETS)]
    ended = subprocess.run(command, env=here, capture_output=True, text=True, check=True)
    made: dict[str, int] = json.loads(ended.stdout.strip().splitlines()[-1])
    return made


def _environment(folder: Path, *, keeps: bool) -> dict[str, str]:
    return os.environ | {
        "SUPERSET_HOME": str(folder),
        "SUPERSET_CONFIG_PATH": str(folder / "superset_config.py"),
        "FLASK_APP": "superset.app:create_app()",
        "KEEPS": "yes" if keeps else "",
    }


@contextmanager
def serving(folder: Path, *, keeps: bool) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    process = subprocess.Popen(
        [
            BIN / "gunicorn", "--workers=2", "--threads=10", "--worker-class=gthread",
            "--timeout=300", f"--bind=127.0.0.1:{port}", "superset.app:create_app()",
        ],
        cwd=folder, env=_environment(folder, keeps=keeps),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        end = time.monotonic() + 300
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=30).close()
                break
            except OSError:
                if time.monotonic() > end or process.poll() is not None:
                    raise
                time.sleep(0.5)
        yield port
    finally:
        process.terminate()
        process.wait(60)


def _post(port: int, path: str, body: object, token: str = "") -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        json.dumps(body).encode(),
        {"content-type": "application/json", "authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(request, timeout=300) as answer:
        return json.load(answer)


def click(port: int, made: Mapping[str, int]) -> Way:
    signing_in = {"username": PERSON[0], "password": PERSON[1], "provider": "db"}
    token = _post(port, "/api/v1/security/login", signing_in)["access_token"]
    asked = questions(made)

    def page() -> float:
        """Milliseconds of one page: a browser asks six at a time."""
        start = time.perf_counter()
        with ThreadPoolExecutor(6) as six:
            answers = list(
                six.map(lambda body: _post(port, "/api/v1/chart/data", body, token), asked)
            )
        assert all(answer["result"][0]["rowcount"] for answer in answers)
        return (time.perf_counter() - start) * 1000

    for _ in range(3):
        page()
    one = [page() for _ in range(PAGES)]
    many: list[float] = []
    began = time.perf_counter()

    def keep_asking(_: int) -> None:
        while time.perf_counter() < began + SECONDS:
            many.append(page())

    with ThreadPoolExecutor(PEOPLE) as people:
        list(people.map(keep_asking, range(PEOPLE)))
    return Way(one, len(many) / (time.perf_counter() - began), many)


def report(ways: Mapping[str, Way]) -> str:
    return "\n".join([
        "# Beside Apache Superset",
        "",
        "Overview on the same file: six numbers, four courses and a map's data. Superset 6.1, "
        "gunicorn with two workers of ten threads, answers the questions of a page; ours is a "
        f"whole page run. {PEOPLE} people ask without pause; server and people share this "
        f"machine's {os.cpu_count()} cores, of which others "
        f"had some: the load was {os.getloadavg()[0]:.0f} at the end.",
        "",
        f"| way | one person: median | {PEOPLE} people: pages a second | median |",
        "|---|---:|---:|---:|",
        *(
            f"| {name} | {statistics.median(way.one):,.0f} ms | {way.runs:.1f} "
            f"| {statistics.median(way.many):,.0f} ms |"
            for name, way in ways.items()
        ),
        "",
    ])  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description="Apache Superset on the same questions.")
    parser.add_argument("database", nargs="?", type=Path, help="a sample network's")
    given = parser.parse_args()
    HOME.mkdir(parents=True, exist_ok=True)
    if why := install():
        print(why)
        return
    database = given.database or make_networks()["24k"]
    ours = asyncio.run(page_runs.click_overview(database))
    ways = {"anchornet": Way(ours.one, ours.runs, ours.many)}
    with tempfile.TemporaryDirectory(dir=HOME) as folder:
        copy = Path(folder) / "network.duckdb"
        shutil.copy(database, copy)
        made = make(Path(folder), copy)
        for keeps, name in ((False, "its cache off"), (True, "its cache on")):
            with serving(Path(folder), keeps=keeps) as port:
                ways[f"Superset, {name}"] = click(port, made)
    text = report(ways)
    print(text)
    (HERE / "superset.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
