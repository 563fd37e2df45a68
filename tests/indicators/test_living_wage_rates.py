"""Which Real Living Wage rate complies on a day, by the rows of the table."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from anchornet import settings as settings_
from anchornet.indicators.living_wage_rates import (
    FILE,
    calendar,
    in_london,
    last_day,
    load_rates,
    read_rates,
)
from anchornet.store.area_statistics import record_rate
from anchornet.store.opening import open_database

TABLE = """rate_year,announced_on,implement_by,uk_rate_gbp_per_hour,london_rate_gbp_per_hour
2011-12,,,7.20,8.30
2019-20,2019-11-11,,9.30,10.75
2020-21,2020-11-09,2021-05-09,9.50,10.85
2021-22,2021-11-15,2022-05-15,9.90,11.05
"""


@pytest.fixture
def rates(tmp_path: Path):
    path = tmp_path / "rates.csv"
    path.write_text(TABLE, encoding="utf-8")
    return read_rates(path)


@pytest.mark.parametrize(
    ("on", "due", "announced"),
    [
        (date(2020, 11, 8), "2019-20", None),
        (date(2020, 11, 9), "2019-20", "2020-21"),
        (date(2021, 5, 8), "2019-20", "2020-21"),
        (date(2021, 5, 9), "2020-21", None),
        (date(2021, 11, 15), "2020-21", "2021-22"),
        (date(2030, 1, 1), "2021-22", None),
    ],
)
def test_the_earlier_rate_complies_until_the_day_the_next_must_be_paid(rates, on, due, announced):
    found = calendar(rates, on)
    assert found.due.name == due
    assert (found.announced.name if found.announced else None) == announced


def test_before_the_first_dated_rate_nothing_is_said(rates):
    assert calendar(rates, date(2019, 11, 10)) is None


def test_a_rate_complies_to_the_day_before_the_next_must_be_paid(rates):
    assert last_day(rates, rates[1]) == date(2021, 5, 8)
    assert last_day(rates, rates[3]) is None


def test_a_recorded_rate_follows_those_that_ship_and_goes_before_one_of_its_year(tmp_path):
    settings = replace(settings_.load(environment={}), database=tmp_path / "network.duckdb")
    database = open_database(settings, create=True)
    pounds = Decimal("14.05"), Decimal("15.40")
    record_rate(database, "2026-27", date(2026, 10, 21), date(2027, 5, 1), *pounds, by="c")
    record_rate(database, "2025-26", date(2025, 10, 22), date(2026, 5, 1), *pounds, by="c")
    listed = load_rates(database)
    database.close()
    assert [it.name for it in listed[-3:]] == ["2024-25", "2025-26", "2026-27"]
    assert listed[-2].uk == Decimal("14.05")
    found = calendar(listed, date(2026, 11, 22))
    assert (found.due.name, found.announced.name) == ("2025-26", "2026-27")


def test_the_table_that_ships_is_in_order_and_exact():
    listed = read_rates(settings_.load(environment={}).reference / FILE)
    assert listed[-1].uk == Decimal("13.45")
    assert calendar(listed, date(2026, 4, 30)).due.uk == Decimal("12.60")
    assert calendar(listed, date(2026, 5, 1)).due.london == Decimal("14.80")
    days = [it.from_day for it in listed if it.from_day]
    assert days == sorted(days)


def test_the_london_rate_is_for_london_boroughs():
    assert in_london(["E09000001", "E09000033"]) is True
    assert in_london(["E08000003"]) is False
    assert in_london(["E09000001", "E07000098"]) is None
