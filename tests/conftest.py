"""Networks to test on: the sample one, made once and copied, and an empty one."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from anchornet import settings as settings_
from anchornet.facts.build import add_member, open_network
from anchornet.intake import submit as submit_return
from anchornet.periods import parse_month
from anchornet.returns.declaration import RETURNS
from anchornet.sample import build as build_sample
from anchornet.settings import Settings
from anchornet.store.database import Database
from anchornet.store.schema import CONFIG
from anchornet.store.submissions import Receipt
from tests import keys, lakehouses

# Threads that wait for each other are a fifth of the work of small questions, and there are as many
# workers as cores. Servers and commands in processes of their own have as many as the machine.
CONFIG["threads"] = 1

LONG_AGO = datetime(2020, 1, 1)
OCTOBER = datetime(2026, 10, 5, 9)
SEPTEMBER = date(2026, 9, 1)

# Postcodes and what the shipped reference says of them.
MANCHESTER = "M40 8QA"  # ward E05011366, LSOA E01033678, decile 1
WYTHENSHAWE = "M23 1PW"  # Manchester too: ward E05011352, LSOA E01005073, decile 5
STOCKPORT = "SK4 4JL"
BROMLEY = "BR2 0XT"
NOWHERE = "ZZ1 1ZZ"

SMALL_NETWORKS = replace(settings_.load(environment={}), fewest_members_for_people=1)

Send = Callable[..., Receipt]


@pytest.fixture(scope="session")
def sample_database_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample network's file, closed: copy it, never open it. Made once for all workers."""
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    path, unready = folder / "sample.duckdb", folder / "unready.duckdb"
    with (folder / "sample.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            settings = replace(settings_.load(environment={}), database=unready)
            database = open_network(settings, create=True)
            keys.known(database)
            build_sample(database)
            database.close()
            unready.rename(path)
    return path


@pytest.fixture(scope="session")
def reached() -> Iterator[str]:
    """A PostgreSQL of the tests' own."""
    with lakehouses.catalogue() as reached:
        yield reached


@pytest.fixture
def settings(tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    """The shipped settings, with a database of the test's own, and people shown in networks as
    small as tests make them. A lakehouse, with STORE=lake, but for tests that are of a file."""
    settings = replace(SMALL_NETWORKS, database=tmp_path / "network.duckdb")
    if os.environ.get("STORE") != "lake" or request.node.get_closest_marker("of_a_file"):
        return settings
    return lakehouses.one_more(settings, request.getfixturevalue("reached"), tmp_path)


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a network without members: it takes as long to make as four take to copy."""
    path = tmp_path_factory.mktemp("empty") / "network.duckdb"
    database = open_network(replace(SMALL_NETWORKS, database=path), create=True)
    keys.known(database)
    database.close()
    return path


@pytest.fixture
def database(settings: Settings, empty: Path) -> Iterator[Database]:
    """An empty network."""
    lakehouses.put(empty, settings)
    opened = open_network(settings)
    yield opened
    lakehouses.require_the_same(opened)
    opened.close()


@pytest.fixture(scope="module")
def sample(
    sample_database_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("sample") / "sample.duckdb"
    shutil.copy(sample_database_path, path)
    opened = open_network(replace(settings_.load(environment={}), database=path))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def founded(empty: Path) -> Path:
    """The file of a council, a hospital and a university that were always there."""
    path = empty.with_name("founded.duckdb")
    shutil.copy(empty, path)
    database = open_network(replace(SMALL_NETWORKS, database=path))
    for member_id, kind, org_id in (
        ("council", "council", "GB-LAE-X1"),
        ("hospital", "nhs", "GB-NHS-X1"),
        ("university", "university", None),
    ):
        add_member(database, member_id, f"Sample {member_id}", kind, org_id=org_id, now=LONG_AGO)
    database.close()
    return path


@pytest.fixture(scope="session")
def long_begun(founded: Path) -> Path:
    """The file of those three, each of which had nothing to report long ago."""
    path = founded.with_name("begun.duckdb")
    shutil.copy(founded, path)
    database = open_network(replace(SMALL_NETWORKS, database=path))
    sent = {"period": date(2020, 3, 1), "by": "someone@sample.example.org", "now": LONG_AGO}
    for return_ in RETURNS.values():
        for member_id in ("council", "hospital", "university"):
            submit_return.send_nil(database, return_, member_id=member_id, **sent)
    database.close()
    return path


@pytest.fixture
def network(settings: Settings, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A council, a hospital and a university that were always there."""
    ready = "long_begun" if "begun" in request.fixturenames else "founded"
    lakehouses.put(request.getfixturevalue(ready), settings)
    database = open_network(settings)
    yield database
    lakehouses.require_the_same(database)
    database.close()


@pytest.fixture
def send(network: Database) -> Send:
    """send(return name, member, rows, headings, period="2026-09", now=OCTOBER) -> Receipt; without
    rows a nil return."""

    def send(
        name: str,
        member_id: str,
        rows: str = "",
        headings: str = "",
        *,
        period: str = "2026-09",
        now: datetime = OCTOBER,
    ) -> Receipt:
        common = {"member_id": member_id, "by": "someone@sample.example.org", "now": now}
        month = parse_month(period)
        if not rows:
            return submit_return.send_nil(network, RETURNS[name], period=month, **common)
        lines = [headings, *(line.strip() for line in rows.strip().splitlines())]
        (receipt,) = submit_return.submit(
            network,
            RETURNS[name],
            "\n".join(lines).encode(),
            f"{name}.csv",
            period=month,
            accept_warnings="The sample is meant to be like this.",
            **common,
        )
        return receipt

    return send


@pytest.fixture
def begun(network: Database) -> None:
    """The network is judged by what one member sends, and began with nothing to report long ago:
    for tests of what is said of figures that can be judged."""
    network.settings = replace(network.settings, judged_from_coverage=0.0)


@pytest.fixture
def spend(send: Send) -> Send:
    """spend(member, rows) where a row is supplier, org-id, postcode, branch, amount, category."""
    headings = (
        "supplier_name,supplier_id,supplier_postcode,branch_postcode,amount_gbp,category,paid_on"
    )

    def spend(member_id: str, rows: str, period: str = "2026-09", **options: object) -> Receipt:
        dated = "\n".join(f"{row.strip()},{period}-14" for row in rows.strip().splitlines())
        return send("spend", member_id, dated, headings, period=period, **options)

    return spend


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says what the walks tried: a test that tries many things records how many."""
    for report in terminalreporter.stats.get("passed", []):
        for name, said in report.user_properties:
            if name == "tried":
                terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {said}")
