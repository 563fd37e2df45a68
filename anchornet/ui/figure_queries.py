"""What pages ask for as the filter bar has it, kept until something is recorded.

As in `reads`: what is of people ends with `protect`, unless the figures are the person's own.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.charts import maps
from anchornet.facts.catalogue import CATALOGUE, FACTS
from anchornet.indicators import cohorts
from anchornet.indicators import leakage as indicators_leakage
from anchornet.indicators.calculate import calculate
from anchornet.indicators.disclosure import protect, stated
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
    periods: what `calculate` gives, and `shown`."""
    frame = _calculate(database, filters, indicators, by, window or filters.window, count)
    return _shown(database, filters, frame)


def by_ring(
    database: Database, filters: Filters, way: str, by: tuple[str, ...] = (), count: int = 1
) -> pd.DataFrame:
    """Spend by ring, and by more, as a way of counting local has it (buying.WAYS)."""
    ring = indicators_leakage.WAYS[way][0]
    return cut(database, filters, ("spend",), (*by, ring), count=count).rename(
        columns={ring: "ring"}
    )


def widest(database: Database, filters: Filters, indicator: str) -> str:
    """The window in which few people can be shown best: the twelve months to the period where they
    are known, else the filters' own."""
    year = cut(database, filters, (indicator,), window="rolling_12")
    return filters.window if year["shown"].eq("–").all() else "rolling_12"


@kept
def people_map(
    database: Database, filters: Filters, indicator: str, window: str, noun: str
) -> maps.WardMap:
    """The map of an indicator of people by home ward."""
    frame = cut(database, filters, (indicator,), ("ward",), window)
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
    """What `cohorts.maturity` gives, and `shown`."""
    frame = cohorts.maturity(database, filters.period, window=filters.window, **_given(filters))
    return _shown(database, filters, frame)


@kept
def curves(database: Database, filters: Filters) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What `cohorts.by_pathway` and `cohorts.by_cohort` give, and `shown`; for others than the
    member after 3, 6 and 12 months."""
    pathways = cohorts.by_pathway(database, filters.period, **_given(filters))
    by_cohort = cohorts.by_cohort(database, filters.period, **_given(filters))
    made = [_shown(database, filters, it) for it in (pathways, by_cohort)]
    return (made[0], made[1]) if filters.exact else (stated(made[0]), stated(made[1]))


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
    status, for the filters' period: protected among all members, so that nothing hidden of one can
    be worked out from the others and the network's total."""
    before = [add_months(filters.period, -months) for months in (12, 3, 1)]
    frame = calculate(
        database, OF_MEMBERS, [*before, filters.period],
        as_at=filters.as_at, by=["member"], window=filters.window,
    )  # fmt: skip
    frame = status(database, protect(database, frame), window=filters.window)
    return frame[frame["period"] == filters.period]


@kept
def area_figures(database: Database, filters: Filters) -> dict[str, tuple[float, str]]:
    """name -> (value, `Census, 2021`) of what was entered about the area by the filters' as at."""
    return {
        row["name"]: (float(row["value"]), f"{row['source']}, {row['year']}")
        for row in area_facts(database, filters.as_at).to_dict("records")
    }


# Said beside another figure, and nothing by itself.
BESIDE_OTHERS = {
    "starts_without_applications",
    "starts_without_offers",
    "in_post_share",
    "leavers_not_followed",
    "local_suppliers",
    "local_or_branch_suppliers",
}
# All others but those about returns, which a member's record shows, and those over something of the
# whole network or area.
OF_MEMBERS = tuple(
    name
    for name, it in CATALOGUE.items()
    if name not in BESIDE_OTHERS
    and all(FACTS[facts].table for facts in it.facts)
    and it.over is None
)


def _calculate(
    database: Database,
    filters: Filters,
    indicators: tuple[str, ...],
    by: tuple[str, ...],
    window: str,
    count: int,
) -> pd.DataFrame:
    """For the last `count` periods, none before the first that anything is known of."""
    first = min([*queries.months(database), filters.period])
    periods = [add_months(filters.period, -back) for back in reversed(range(count))]
    return calculate(
        database, indicators, [it for it in periods if it >= first],
        by=by, window=window, where=_where(filters, indicators), **_given(filters),
    )  # fmt: skip


def everywhere(filters: Filters) -> Filters:
    """The same without the area, for what isn't reported by area."""
    return replace(filters, area=None, area_name="")


def _given(filters: Filters) -> dict[str, Any]:
    return {"as_at": filters.as_at, "members": filters.members}


def _where(filters: Filters, indicators: Collection[str]) -> Mapping[str, list[str]] | None:
    """The area, where these figures can be limited to one."""
    placed = all("authority" in CATALOGUE[name].breakdowns for name in indicators)
    return {"authority": [filters.area]} if filters.area and placed else None


def _shown(database: Database, filters: Filters, frame: pd.DataFrame) -> pd.DataFrame:
    """Protected; or, of the person's own, as it is."""
    if not filters.exact:
        return protect(database, frame)
    frame.attrs.clear()
    pairs = zip(frame["value"], frame["unit"], strict=True)
    return frame.assign(shown=[formatting.figure(value, unit) for value, unit in pairs])


def _sums(frame: pd.DataFrame, column: str) -> dict[str, float]:
    known = frame.dropna(subset=[column, "value"])
    return dict(zip(known[column], known["value"].astype(float), strict=True))
