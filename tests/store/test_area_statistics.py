"""Figures of the area from elsewhere, each with its source and year."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from anchornet.store.area_statistics import (
    AREA_FACTS,
    area_facts,
    record_area_fact,
    record_rate,
    recorded_rates,
)
from anchornet.store.database import Database
from anchornet.store.network import NotPossible

MAY, JUNE = datetime(2026, 5, 1), datetime(2026, 6, 1)


def jobs(database: Database, **changes: Any) -> None:
    given = {
        "name": "jobs_in_area", "value": 410_000, "source": "A survey", "year": 2024,
        "by": "coordinator", "now": MAY,
    }  # fmt: skip
    record_area_fact(database, **(given | changes))


def test_a_later_figure_holds_and_the_earlier_one_stays(database: Database) -> None:
    jobs(database)
    jobs(database, value=420_000, year=2025, now=JUNE)
    jobs(database, name="residents_under_25_share", value=0.27)
    found = area_facts(database)
    assert list(found["name"]) == ["jobs_in_area", "residents_under_25_share"]
    assert list(found["value"]) == [420_000, 0.27]
    assert list(found["year"]) == [2025, 2024]
    assert list(found["source"]) == ["A survey", "A survey"]
    then = area_facts(database, MAY)
    assert list(then["value"]) == [410_000, 0.27]
    assert area_facts(database, datetime(2026, 4, 1)).empty


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "jobs"}, "There is no area fact 'jobs'. There are: jobs_in_area"),
        ({"value": 0}, "Jobs in the area should be a number above 0"),
        ({"value": float("nan")}, "a number above 0"),
        ({"name": "residents_under_25_share", "value": 27}, "a share from 0% to 100%"),
        ({"source": " "}, "Say where Jobs in the area comes from"),
        ({"year": 2027}, "2027 can't be the year"),
    ],
)
def test_a_figure_that_can_not_be_is_refused_with_the_reason(
    database: Database, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(NotPossible, match=said):
        jobs(database, **given)
    assert area_facts(database).empty


def test_every_area_fact_has_a_title_a_unit_and_a_definition() -> None:
    for fact in AREA_FACTS.values():
        assert fact.title
        assert fact.unit in ("jobs", "share")
        assert fact.definition.endswith(".")


RATE = ("2026-27", date(2026, 10, 21), date(2027, 5, 1), Decimal("14.05"), Decimal("15.40"))


def test_a_rate_that_was_announced_is_added_and_put_right(database: Database) -> None:
    record_rate(database, *RATE[:3], Decimal("41.05"), Decimal("51.40"), by="c", now=MAY)
    record_rate(database, *RATE, by="c", now=JUNE)
    assert recorded_rates(database) == [RATE]
    assert recorded_rates(database, datetime(2026, 4, 1)) == []


@pytest.mark.parametrize(
    ("place", "wrong", "said"),
    [
        (0, "2026", "as 2026-27"),
        (0, "2026-28", "as 2026-27"),
        (2, date(2026, 10, 20), "announced before"),
        (3, Decimal("16.00"), "London's is the higher one"),
        (3, Decimal(0), "pounds an hour"),
    ],
)
def test_a_rate_that_cannot_be_is_refused(
    database: Database, place: int, wrong: Any, said: str
) -> None:
    given: list[Any] = list(RATE)
    given[place] = wrong
    with pytest.raises(NotPossible, match=said):
        record_rate(database, *given, by="c")
    assert recorded_rates(database) == []
