"""What the page of retention shows."""

from anchornet import formatting
from anchornet.charts import breakdowns
from anchornet.indicators import cohorts
from anchornet.indicators.cohorts import MATURE
from anchornet.narrative import page_sentences, people_sentences, people_tables
from anchornet.narrative.people_tables import PATHWAYS, TURNOVER
from anchornet.store.cache import cached
from anchornet.store.database import Database
from anchornet.ui import queries
from anchornet.ui.components import html
from anchornet.ui.filters import Filters
from anchornet.ui.layout import Block, Page
from anchornet.ui.tiles import tiles

TILES = (*MATURE, *TURNOVER[:2])
FIGURES = (*MATURE, *TURNOVER)
COHORTS = (
    "A cohort is everybody who started in one month. One that is not old enough yet is in neither "
    "the share nor its base."
)
EVERYWHERE = "Retention isn't reported by local authority: these are the figures of everywhere."


@cached
def page(database: Database, chosen: Filters) -> Page:
    """The figures of everywhere, whichever area was picked."""
    filters = chosen.everywhere
    period, window = filters.period, filters.window
    series = queries.series(database, filters, FIGURES)
    of_period = (database, period, filters.audience)
    staying = cohorts.maturity(*of_period, window=window, **filters.scope)
    opening = queries.note_on_people(database, filters)
    if chosen.area:
        opening += html("note", EVERYWHERE)
    now = series[series["period"] == period]
    by_pathway = None
    if queries.may_cut(database, filters, "leavers", "pathway"):
        by_pathway = queries.cut(database, filters, TURNOVER, ("pathway",))
    year = formatting.span(period, "rolling_12")
    made_of = html("source", page_sentences.source(staying, "retention", "Share", year))
    pathways = cohorts.by_pathway(*of_period, **filters.scope)
    months = people_tables.named(cohorts.by_cohort(*of_period, **filters.scope), "cohort_month")
    latest = people_tables.newest(staying, months)
    leavers = people_tables.leavers(by_pathway, now)
    return Page(
        people_sentences.retention(staying, filters.whose, filters.span),
        opening + tiles(series[series["indicator"].isin(TILES)], period, window),
        [
            Block(
                "maturity",
                "Cohorts included",
                COHORTS,
                [html("table", people_tables.MATURITY, people_tables.maturity(staying), [1, 2, 3])],
            ),
            Block(
                "leavers",
                "Leavers",
                people_sentences.turnover(now, period),
                [html("table", people_tables.LEAVERS, leavers, [1, 2, 3, 4])],
            ),
            Block(
                "pathways",
                "By pathway",
                people_sentences.curves(pathways, PATHWAYS, year),
                [breakdowns.curves(people_tables.named(pathways, "pathway")), made_of],
            ),
            Block(
                "cohorts",
                "By cohort",
                people_sentences.cohort(months, latest),
                [breakdowns.curves(months, latest), made_of],
            ),
        ],
    )
