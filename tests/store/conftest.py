"""A real database file for each test."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from anchornet.facts.build import open_network
from anchornet.settings import Settings
from anchornet.store.database import Database
from anchornet.store.network import add_member
from anchornet.store.opening import open_database
from tests import lakehouses

LONG_AGO = datetime(2020, 1, 1)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """A database without places and facts."""
    database = open_database(settings, create=True)
    yield database
    lakehouses.require_the_same(database)
    database.close()


@pytest.fixture
def network(settings: Settings) -> Iterator[Database]:
    """Two members that were always there."""
    database = open_network(settings, create=True)
    add_member(database, "council", "Sample City Council", "council", now=LONG_AGO)
    add_member(database, "hospital", "Sample Hospital", "nhs", org_id="GB-NHS-X1", now=LONG_AGO)
    yield database
    lakehouses.require_the_same(database)
    database.close()
