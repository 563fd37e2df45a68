"""What the page of local hires shows."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.charts import breakdowns, maps
from anchornet.charts.style import Chart
from anchornet.narrative import page_sentences, people_sentences, people_tables
from anchornet.returns.declaration import RETURNS
from anchornet.store.area_statistics import area_facts
from anchornet.store.cache import cached
from anchornet.store.database import Database
from anchornet.ui import layout, queries
from anchornet.ui.components import html
from anchornet.ui.filters import Filters
from anchornet.ui.layout import Block, Page, Part
from anchornet.ui.tiles import tiles

TILES = (
    "starts",
    "local_start_share",
    "priority_neighbourhood_starts",
    "applications",
    "offers",
)
STAGES = ("applications", "offers", "starts")
ON_THE_MAP = {
    "starts": "All starts",
    "priority_neighbourhood_starts": "From priority neighbourhoods",
}
NOUNS = {"starts": "starts", "priority_neighbourhood_starts": "starts from them"}
# A share of starts, and the same of the area's people.
AGAINST = {
    "under_25_start_share": ("Under 25", "residents_under_25_share"),
    "global_majority_start_share": ("Global majority", "residents_global_majority_share"),
    "out_of_work_start_share": ("Out of work before", "residents_out_of_work_share"),
    "priority_neighbourhood_start_share": (
        "From priority neighbourhoods",
        "residents_priority_neighbourhood_share",
    ),
}
# All that the page states of the whole, worked out together.
FIGURES = tuple(
    dict.fromkeys(
        [*TILES, *STAGES, "starts_without_applications", "starts_without_offers", *AGAINST]
    )
)
NOT_SPLIT = (
    "People are split by two things at once at most. Choose everywhere, or the network, to see "
    "them by pathway and home."
)
NOT_MAPPED = "Home wards are shown of the whole network, everywhere, over twelve months."
PATHWAYS = RETURNS["local_hires"].field("pathway").codes or {}
GROUPS = ("age_band", "ethnicity", "out_of_work")


@cached
def page(database: Database, filters: Filters) -> Page:
    settings, when = database.settings, filters.span
    area, series = settings.area_name, queries.series(database, filters, FIGURES)
    now = series[series["period"] == filters.period]
    in_tiles = series[series["indicator"].isin(TILES)]
    made_of = page_sentences.source(now, "local_hires", "People", when)
    source = html("source", made_of)
    rows = against(now, _area_figures(database, filters), area)
    stages: list[Part] = [html("note", NOT_SPLIT)]
    beside: list[Part] = [
        layout.Bars(breakdowns.beside(rows), {AGAINST[name][0]: name for name in AGAINST}),
        html("source", made_of + sources(rows, area)),
    ]
    living = []
    if queries.may_cut(database, filters, "starts", "pathway"):
        by_pathway = queries.cut(database, filters, STAGES, ("pathway",))
        by_name = {name: f"starts:pathway:{code}" for code, name in PATHWAYS.items()}
        stages = [layout.Bars(breakdowns.funnel(by_pathway, PATHWAYS), by_name), source]
        groups = {name: queries.cut(database, filters, ("starts",), (name,)) for name in GROUPS}
        beside.append(html("table", ["Starts", "People"], people_tables.starts(groups), [1]))
        by_ring = queries.cut(database, filters, ("starts",), ("ring",))
        rings = formatting.ring_names(settings, "home")
        from_where = people_sentences.from_where(by_ring, rings, when)
        chart = layout.Bars(
            homes(by_ring, rings, when),
            {formatting.capital(name): f"starts:ring:{ring}" for ring, name in rings.items()},
        )
        living.append(Block("homes", "Where they live", from_where, [chart, source]))
    return Page(
        people_sentences.local_hires(now, filters.whose, when, area),
        queries.note_on_people(database, filters) + tiles(in_tiles, filters.period, filters.window),
        [
            Block(
                "funnel", "From application to start", people_sentences.funnel(now, when), stages
            ),
            *living,
            Block("beside", "Who is hired", people_sentences.beside_the_area(rows, area), beside),
        ],
    )


@cached
def on_the_map(database: Database, filters: Filters, indicator: str) -> tuple[Part, ...]:
    """A sentence and the map of home wards; or why there is none."""
    by_ward = queries.by_ward(database, filters, indicator)
    if by_ward is None:
        return (html("note", NOT_MAPPED),)
    settings = database.settings
    names = maps.ward_names(settings, {*settings.area, *settings.wider_area})
    when = formatting.span(filters.period, by_ward["window"].iloc[0])
    sentence = people_sentences.on_wards(by_ward, names, f"in {when}")
    ward_map = maps.people_map(by_ward, settings, NOUNS[indicator])
    alt = f"Map of starts by home ward. {sentence}"
    return html("note", sentence), layout.Map(ward_map, alt, opens=when)


def _area_figures(database: Database, filters: Filters) -> dict[str, tuple[float, str]]:
    """name -> (value, `Census, 2021`) of what was entered about the area by the filters' as at."""
    return {
        row["name"]: (float(row["value"]), f"{row['source']}, {row['year']}")
        for row in area_facts(database, filters.as_at).to_dict("records")
    }


def homes(by_ring: pd.DataFrame, rings: Mapping[str, str], when: str) -> Chart:
    """Starts by the ring that people's homes lie in."""
    given = {row["ring"]: row for _, row in by_ring.dropna(subset=["ring"]).iterrows()}
    rows = [
        (formatting.capital(name), given[ring]["value"], _label(given[ring]))
        for ring, name in rings.items()
        if ring in given
    ]
    return breakdowns.ranks(rows, f"starts by home in {when}", context=["Not known"])


def against(
    now: pd.DataFrame, area: Mapping[str, tuple[float, str]], name_of_area: str
) -> list[dict[str, Any]]:
    """Rows for breakdowns.beside: shares of starts of one span, protected, by indicator; the area's
    where they were entered, with their `source`."""
    rows = []
    for _, row in now[now["indicator"].isin(AGAINST)].iterrows():
        name, fact = AGAINST[row["indicator"]]
        shares = {name: row[name] for name in ("value", "unjudged")}
        shares |= {"name": name, "label": _label(row), "shown": formatting.shown(row)}
        if fact in area:
            share, source = area[fact]
            label = f"{name_of_area} {formatting.figure(share, 'share')}"
            shares |= {"area": share, "area_label": label, "source": source}
        rows.append(shares)
    return rows


def sources(rows: Sequence[Mapping[str, Any]], name_of_area: str) -> str:
    """Where the area's shares are from: `Manchester: Census, 2021.`"""
    names = dict.fromkeys(row["source"] for row in rows if "source" in row)
    return f" {name_of_area}: {formatting.listed(list(names))}." if names else ""


def _label(row: "pd.Series[Any]") -> str:
    shown = formatting.shown(row)
    return {"*": breakdowns.TOO_FEW, "–": breakdowns.UNKNOWN}.get(shown, shown)
