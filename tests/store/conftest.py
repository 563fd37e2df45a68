"""A real database file for each test."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from anchornet import settings as settings_
from anchornet.settings import Settings
from anchornet.store.database import Database, open_database
from anchornet.store.network import add_member

LONG_AGO = datetime(2020, 1, 1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(settings_.load(environment={}), database=tmp_path / "network.duckdb")


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = open_database(settings, create=True)
    yield database
    database.close()


@pytest.fixture
def network(database: Database) -> Database:
    """Two members that were always there."""
    add_member(database, "council", "Sample City Council", "council", now=LONG_AGO)
    add_member(database, "hospital", "Sample Hospital", "nhs", org_id="GB-NHS-X1", now=LONG_AGO)
    return database
