"""What the page of spend shows, by one of two ways of counting local."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from anchornet import formatting
from anchornet.charts import breakdowns, spend_bars, style
from anchornet.indicators import leakage
from anchornet.indicators.judgement import IN_POUNDS
from anchornet.narrative import page_sentences, spend_sentences
from anchornet.places.standards import ANY, standard_names
from anchornet.store.cache import cached
from anchornet.store.database import Database
from anchornet.ui import layout, organisations, queries
from anchornet.ui.components import html
from anchornet.ui.filters import Filters
from anchornet.ui.layout import Bars, Block, Page
from anchornet.ui.tiles import tiles

WAYS = {"address": "By registered address", "branch": "By address or branch"}
_OTHERS = (
    "priority_neighbourhood_spend_share",
    "sme_spend_share",
    "vcse_spend_share",
    "living_wage_supplier_spend_share",
    "active_suppliers",
)
TILES = {
    "address": (
        "spend",
        "local_spend_share",
        "wider_area_spend_share",
        "unknown_address_spend_share",
        *_OTHERS,
    ),
    "branch": ("spend", "local_or_branch_spend_share", "unknown_address_spend_share", *_OTHERS),
}
STANDARDS = "standard_supplier_spend_share"
CUTS = {
    "imd_decile": "Deprivation where the supplier is",
    "supplier_size": "Size of supplier",
    "supplier_type": "Type of supplier",
}
KINDS = "What it is spent on, and where"
UNKNOWN = {
    "supplier_size": "The size",
    "supplier_type": "The type",
}


@dataclass(frozen=True)
class Spend(Page):
    """`netted`: what members paid each other, which counts as no spend; `categories`: those with
    most pounds first."""

    netted: str
    categories: tuple[str, ...]


@cached
def page(database: Database, filters: Filters, way: str) -> Spend:
    names, when = formatting.ring_names(database.settings), filters.span
    period, window = filters.period, filters.window
    series = queries.series(database, filters, TILES[way])
    now = series[series["period"] == period]
    made_of = html("source", page_sentences.source(now, "spend", "Pounds", when))
    by_ring = queries.by_ring(database, filters, way, count=queries.MONTHS)
    rings = breakdowns.ring_shares(by_ring, names, "Spend")
    by_category = queries.by_ring(database, filters, way, ("category",))
    kinds = breakdowns.places(by_category, "category", names)
    key = html("scale", [(style.RINGS[ring], name) for ring, name in names.items()])
    colours = [] if kinds.empty else [key]
    asked, audience = queries.request(database, filters, ("spend",), (), window), filters.audience
    ring = leakage.WAYS[way][0]
    of_ring = {name: f"spend:{ring}:{code}" for code, name in names.items()}
    of_kind = {name: f"spend:category:{name}" for name in categories(by_category)}
    leaving = leakage.leakage(database, asked, audience, way)
    where = tuple(str(category) for category in leaving["category"].head(spend_bars.LEAVING))
    who_could_supply = organisations.could_supply(database, filters.as_at, where)
    few = leakage.concentration(database, asked, audience)
    paid = leakage.paid_to_members(database, asked, audience)
    left = spend_sentences.leaving(leaving, filters.whose, when)
    concentrated = spend_sentences.concentrated(few, when)
    if lacks := spend_sentences.no_spend(by_ring, period, when):
        left, concentrated = f"{filters.whose}: {lacks}", formatting.capital(lacks)
    biggest = spend_bars.largest(few, named=filters.exact)
    named = few.largest["supplier"] if filters.exact else ()
    of_supplier = {name: f"spend:supplier:{name}" for name in named}
    return Spend(
        spend_sentences.spend(
            by_ring,
            names,
            period,
            filters.whose,
            when,
            database.settings.judged_from_known,
            branch=way == "branch",
        ),
        tiles(series, period, window),
        [
            Block("rings", "Where suppliers are", rings.sentence, [Bars(rings, of_ring), made_of]),
            Block("kinds", KINDS, kinds.sentence, [*colours, Bars(kinds, of_kind), made_of]),
            Block(
                "leaks",
                "Could be spent locally",
                left,
                [Bars(spend_bars.leaks(leaving), of_kind), made_of, who_could_supply],
            ),
            Block(
                "largest",
                "Largest suppliers",
                concentrated,
                [Bars(biggest, of_supplier) if of_supplier else biggest, made_of],
            ),
            *(_by(database, filters, column, made_of) for column in CUTS),
            *_standards(database, filters),
        ],
        netted=spend_sentences.between_members(paid),
        categories=tuple(categories(by_category)),
    )


@cached
def on_the_map(
    database: Database, filters: Filters, way: str, category: str | None
) -> tuple[Markup, layout.Map]:
    """A sentence and the map of all pounds, or of those of a category."""
    ward_map = queries.spend_map(database, filters, category)
    pounds = total(queries.by_ring(database, filters, way, ("category",)), category)
    sentence = spend_sentences.on_the_map(ward_map.shown, pounds, category)
    alt = f"Map of spend. {sentence}"
    return html("note", sentence), layout.Map(ward_map, alt, opens=filters.span)


def _by(database: Database, filters: Filters, column: str, made_of: Markup) -> Block:
    """Pounds by size, type or decile, with the share of which it isn't known."""
    frame = queries.cut(database, filters, ("spend",), (column,))
    if column == "imd_decile":
        unknown = spend_sentences.no_decile(frame)
    else:
        unknown = spend_sentences.unknown_part(frame, column, UNKNOWN[column])
    codes = {decile: decile for decile in map(str, range(1, 11))}
    if column != "imd_decile":
        codes = spend_bars.codes(column)
    opens = {name: f"spend:{column}:{code}" for code, name in codes.items()}
    return Block(
        column, CUTS[column], unknown, [Bars(spend_bars.by(frame, column), opens), made_of]
    )


def _standards(database: Database, filters: Filters) -> Iterator[Block]:
    """Shares of spend by the standards that suppliers hold, where it is known who does."""
    frame = queries.cut(database, filters, (STANDARDS,), ("standard",))
    titles = {**standard_names(database, filters.as_at), ANY: "Any of them"}
    shown = frame[frame["value"].notna() | frame["unjudged"].eq(IN_POUNDS)]
    rows = {row["standard"]: row for row in shown.to_dict("records")}
    listed = {code: title for code, title in titles.items() if code in rows}
    if listed:
        bars = [(title, rows[code]["value"], rows[code]["shown"]) for code, title in listed.items()]
        opens = {title: f"{STANDARDS}:standard:{code}" for code, title in listed.items()}
        chart = breakdowns.ranks(bars, "shares of spend", context=[titles[ANY]])
        note = page_sentences.standards(rows, titles, filters.span)
        yield Block("standards", "Standards that suppliers hold", note, [Bars(chart, opens)])


def share(way: str) -> str:
    """The share of spend that goes with a way of counting local."""
    return leakage.WAYS[way][2]


def categories(kinds: pd.DataFrame) -> list[str]:
    """The categories with most pounds first: `kinds` is spend by category and ring."""
    rows = kinds.dropna(subset=["category", "value"])
    sums = rows[rows["category"] != leakage.NOT_KNOWN].groupby("category")["value"].sum()
    return [str(name) for name in sums[sums > 0].sort_values(ascending=False).index]


def total(kinds: pd.DataFrame, category: str | None) -> float | None:
    """The pounds of one category, or of all; None where nothing is known."""
    rows = kinds.dropna(subset=["value"])
    pounds = rows if category is None else rows[rows["category"] == category]
    return float(pounds["value"].sum()) if len(pounds) else None
