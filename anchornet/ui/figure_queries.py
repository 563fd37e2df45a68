"""What pages ask for as the filter bar has it, kept until something is recorded.

Figures are asked for by the filters' audience: the network, or a member's own people.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from anchornet.charts import maps
from anchornet.facts.catalogue import CATALOGUE, FACTS
from anchornet.indicators import cohorts
from anchornet.indicators import leakage as indicators_leakage
from anchornet.indicators.figures import NETWORK, Request, figures, is_offered
from anchornet.indicators.targets import status
from anchornet.periods import add_months
from anchornet.store.area_statistics import area_facts
from anchornet.store.database import Database
from anchornet.ui import queries
from anchornet.ui.cache import kept
from anchornet.ui.filters import Filters

MONTHS = 24  # that a course shows


@kept
def cut(
    database: Database,
    filters: Filters,
    indicators: tuple[str, ...],
    by: tuple[str, ...] = (),
    window: str | None = None,
    count: int = 1,
) -> pd.DataFrame:
    """Figures by some breakdowns over the window of the filters, or another, for the last `count`
    periods."""
    request = _request(database, filters, indicators, by, window or filters.window, count)
    return figures(database, request, filters.audience)


def may_cut(database: Database, filters: Filters, indicator: str, by: str, window: str) -> bool:
    """Whether an indicator may be cut by that as the filters have it."""
    request = _request(database, filters, (indicator,), (by,), window, 1)
    return is_offered(request, filters.audience)


def by_ring(
    database: Database, filters: Filters, way: str, by: tuple[str, ...] = (), count: int = 1
) -> pd.DataFrame:
    """Spend by ring, and by more, as a way of counting local has it (buying.WAYS)."""
    ring = indicators_leakage.WAYS[way][0]
    return cut(database, filters, ("spend",), (*by, ring), count=count).rename(
        columns={ring: "ring"}
    )


def by_ward(database: Database, filters: Filters, indicator: str) -> pd.DataFrame | None:
    """An indicator of people by home ward: over twelve months; to a member's own people over the
    filters' window until there are so many. None where it isn't offered."""
    window = "rolling_12"
    if may_cut(database, filters, indicator, "ward", filters.window):
        year = cut(database, filters, (indicator,), window=window)
        window = filters.window if year["shown"].eq("–").all() else window
    if not may_cut(database, filters, indicator, "ward", window):
        return None
    return cut(database, filters, (indicator,), ("ward",), window).assign(window=window)


@kept
def people_map(database: Database, filters: Filters, indicator: str, noun: str) -> maps.WardMap:
    """The map of by_ward, where it is offered."""
    frame = by_ward(database, filters, indicator)
    assert frame is not None  # for the type checker # nosec B101
    return maps.people_map(frame, database.settings, noun)


@kept
def spend_map(database: Database, filters: Filters, category: str | None = None) -> maps.WardMap:
    """The map of the window's pounds by the suppliers' registered addresses; of one category by
    local authority only."""
    if category:
        frame = cut(database, filters, ("spend",), ("category", "authority"))
        mine = _sums(frame[frame["category"] == category], "authority")
        return maps.leak_map(mine, database.settings)
    pounds = {
        place: _sums(cut(database, filters, ("spend",), (place,)), place)
        for place in ("ward", "authority")
    }
    return maps.spend_map(pounds["ward"], pounds["authority"], database.settings)


@kept
def maturity(database: Database, filters: Filters) -> pd.DataFrame:
    """What `cohorts.maturity` gives."""
    return cohorts.maturity(
        database, filters.period, filters.audience, window=filters.window, **_given(filters)
    )


@kept
def curves(database: Database, filters: Filters) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What `cohorts.by_pathway` and `cohorts.by_cohort` give."""
    asked = (database, filters.period, filters.audience)
    return (
        cohorts.by_pathway(*asked, **_given(filters)),
        cohorts.by_cohort(*asked, **_given(filters)),
    )


@kept
def leakage(database: Database, filters: Filters, way: str) -> pd.DataFrame:
    """What `buying.leakage` gives."""
    where = _where(filters, ("spend",))
    return indicators_leakage.leakage(
        database, filters.period, way, window=filters.window, where=where, **_given(filters)
    )


@kept
def concentration(database: Database, filters: Filters) -> indicators_leakage.Concentration:
    """What `buying.concentration` gives."""
    where = _where(filters, ("spend",))
    return indicators_leakage.concentration(
        database, filters.period, window=filters.window, where=where, **_given(filters)
    )


@kept
def paid_to_members(database: Database, filters: Filters) -> float:
    """What `buying.paid_to_members` gives."""
    return indicators_leakage.paid_to_members(
        database, filters.period, window=filters.window, **_given(filters)
    )


@kept
def by_member(database: Database, filters: Filters) -> pd.DataFrame:
    """Every indicator that a member has a figure of its own for, by member, with targets and
    status, for the filters' period, as the network sees them."""
    before = [add_months(filters.period, -months) for months in (12, 3, 1)]
    request = Request(
        OF_MEMBERS, [*before, filters.period], filters.window, filters.as_at, ["member"]
    )
    frame = status(database, figures(database, request, NETWORK), window=filters.window)
    return frame[frame["period"] == filters.period]


@kept
def area_figures(database: Database, filters: Filters) -> dict[str, tuple[float, str]]:
    """name -> (value, `Census, 2021`) of what was entered about the area by the filters' as at."""
    return {
        row["name"]: (float(row["value"]), f"{row['source']}, {row['year']}")
        for row in area_facts(database, filters.as_at).to_dict("records")
    }


# All but what is only said beside another figure, those about returns, which a member's record
# shows, and those over something of the whole network or area.
OF_MEMBERS = tuple(
    name
    for name, it in CATALOGUE.items()
    if not it.beside and all(FACTS[facts].table for facts in it.facts) and it.over is None
)


def _request(
    database: Database,
    filters: Filters,
    indicators: tuple[str, ...],
    by: tuple[str, ...],
    window: str,
    count: int,
) -> Request:
    """For the last `count` periods, none before the first that anything is known of."""
    first = min([*queries.months(database), filters.period])
    periods = [add_months(filters.period, -back) for back in reversed(range(count))]
    return Request(
        indicators,
        [it for it in periods if it >= first],
        window,
        by=by,
        where=_where(filters, indicators),
        **_given(filters),
    )


def everywhere(filters: Filters) -> Filters:
    """The same without the area, for what isn't reported by area."""
    return replace(filters, area=None, area_name="")


def _given(filters: Filters) -> dict[str, Any]:
    return {"as_at": filters.as_at, "members": filters.members}


def _where(filters: Filters, indicators: Collection[str]) -> Mapping[str, list[str]] | None:
    """The area, where these figures can be limited to one."""
    placed = all("authority" in CATALOGUE[name].breakdowns for name in indicators)
    return {"authority": [filters.area]} if filters.area and placed else None


def _sums(frame: pd.DataFrame, column: str) -> dict[str, float]:
    known = frame.dropna(subset=[column, "value"])
    return dict(zip(known[column], known["value"].astype(float), strict=True))
