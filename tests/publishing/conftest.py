"""A copy of the sample network for each file of tests."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from anchornet import settings as settings_
from anchornet.indicators.counting import open_network
from anchornet.store.database import Database


@pytest.fixture(scope="module")
def sample(
    sample_database_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("sample") / "sample.duckdb"
    shutil.copy(sample_database_path, path)
    opened = open_network(replace(settings_.load(environment={}), database=path))
    yield opened
    opened.close()
