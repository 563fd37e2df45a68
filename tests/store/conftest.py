"""A real database file for each test."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from anchornet.facts.build import open_network
from anchornet.settings import Settings
from anchornet.store.database import Database
from anchornet.store.network import add_member
from anchornet.store.opening import open_database
from tests import lakehouses
from tests.conftest import LONG_AGO, SMALL_NETWORKS


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a database without places and facts."""
    path = tmp_path_factory.mktemp("bare") / "network.duckdb"
    open_database(replace(SMALL_NETWORKS, database=path), create=True).close()
    return path


@pytest.fixture
def database(settings: Settings, bare: Path) -> Iterator[Database]:
    """A database without places and facts."""
    lakehouses.put(bare, settings)
    database = open_database(settings)
    yield database
    lakehouses.require_the_same(database)
    database.close()


@pytest.fixture(scope="session")
def council_and_hospital(empty: Path) -> Path:
    """The file of two members that were always there."""
    path = empty.with_name("council_and_hospital.duckdb")
    shutil.copy(empty, path)
    database = open_network(replace(SMALL_NETWORKS, database=path))
    add_member(database, "council", "Sample City Council", "council", now=LONG_AGO)
    add_member(database, "hospital", "Sample Hospital", "nhs", org_id="GB-NHS-X1", now=LONG_AGO)
    database.close()
    return path


@pytest.fixture
def network(settings: Settings, council_and_hospital: Path) -> Iterator[Database]:
    """Two members that were always there."""
    lakehouses.put(council_and_hospital, settings)
    database = open_network(settings)
    yield database
    lakehouses.require_the_same(database)
    database.close()
