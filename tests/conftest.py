"""Networks to test on: the sample one, made once and copied, and an empty one."""

import fcntl
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from anchornet import sample
from anchornet import settings as settings_
from anchornet.indicators.counting import open_network
from anchornet.publishing import worlds
from anchornet.settings import Settings
from anchornet.store.database import Database


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
            sample.build(database)
            worlds.make(database)
            database.close()
            unready.rename(path)
    return path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The shipped settings, with a database of the test's own."""
    return replace(settings_.load(environment={}), database=tmp_path / "network.duckdb")


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """An empty network."""
    opened = open_network(settings, create=True)
    yield opened
    opened.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says what the walks tried: a test that tries many things records how many."""
    for report in terminalreporter.stats.get("passed", []):
        for name, said in report.user_properties:
            if name == "tried":
                terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {said}")
