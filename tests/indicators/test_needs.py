"""Figures of needs, worked out by hand."""

import math
from datetime import date, datetime

import pytest

from anchornet.indicators.calculate import calculate
from anchornet.narrative.definitions import ABOUT_NETWORK, definitions
from anchornet.periods import NotDeclared
from anchornet.store.framework import SAMPLE, load_framework
from anchornet.store.needs import Need, record_event, record_need

JULY, AUGUST, SEPTEMBER = date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)
NAMES = ["needs_met_share", "days_to_introduction"]


@pytest.fixture
def asked(network):
    """One met in September after 4 days; one lapsed in August after 20; one open, after 30."""
    load_framework(network, SAMPLE.read_bytes(), by="x", now=datetime(2026, 1, 1))
    for day, introduced, review in (
        (datetime(2026, 8, 1), datetime(2026, 8, 5), date(2026, 12, 31)),
        (datetime(2026, 7, 1), datetime(2026, 7, 21), date(2026, 8, 15)),
        (datetime(2026, 7, 2), datetime(2026, 8, 1), date(2099, 12, 31)),
    ):
        need = Need("Sample CIC", "low_carbon", "goods", f"A shed of {day:%d %B}", review)
        number = record_need(network, need, by="x", now=day)
        record_event(network, number, "introduced", by="x", words="A firm", now=introduced)
    for state in ("agreed", "delivered", "confirmed"):
        record_event(network, 1, state, by="x", promise="p", now=datetime(2026, 9, 9))
    return network


def figures_of(database, name, periods, **options):
    return [*calculate(database, [name], periods, **options)["value"]]


def test_needs_met_are_over_those_that_were_closed(asked):
    july, august, september = figures_of(asked, NAMES[0], [JULY, AUGUST, SEPTEMBER])
    assert math.isnan(july)
    assert (august, september) == (0, 1)
    assert figures_of(asked, NAMES[0], [SEPTEMBER], window="quarter") == [0.5]
    # In August nobody knew yet that the second one would lapse.
    before = figures_of(asked, NAMES[0], [AUGUST], as_at=datetime(2026, 8, 10))
    assert math.isnan(before[0])


def test_days_to_an_introduction_are_the_median_of_all_months(asked):
    assert figures_of(asked, NAMES[1], [JULY, AUGUST]) == [20, 17]
    assert figures_of(asked, NAMES[1], [SEPTEMBER], window="quarter") == [20]


def test_what_is_of_the_network_as_one_is_no_members(asked):
    frame = calculate(asked, NAMES, [SEPTEMBER], members=["council"])
    assert frame["value"].isna().all()
    assert [*calculate(asked, NAMES, [SEPTEMBER])["members"]] == [3, 3]
    for by in ("member", "kind"):
        with pytest.raises(NotDeclared, match=f"can't be cut by {by}"):
            calculate(asked, NAMES, [SEPTEMBER], by=[by])
    group = definitions(asked.settings)[ABOUT_NETWORK]
    assert [one.name for one in group] == NAMES
    assert {"Can be cut by": "nothing."}.items() <= dict(group[0].lines).items()
