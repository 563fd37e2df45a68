"""A real database with the reference tables in."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from anchornet import settings as settings_
from anchornet.places.reference import install
from anchornet.settings import Settings
from anchornet.store.database import Database, open_database


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(settings_.load(environment={}), database=tmp_path / "network.duckdb")


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = open_database(settings, create=True)
    install(database)
    yield database
    database.close()
