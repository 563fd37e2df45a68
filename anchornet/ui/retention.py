"""What the page of retention shows."""

import pandas as pd

from anchornet import formatting
from anchornet.charts import breakdowns
from anchornet.indicators import cohorts
from anchornet.indicators.cohorts import MATURE
from anchornet.narrative import page_sentences, people_sentences
from anchornet.periods import parse_month
from anchornet.returns.declaration import RETURNS
from anchornet.store.cache import cached
from anchornet.store.database import Database
from anchornet.ui import queries
from anchornet.ui.components import html
from anchornet.ui.filters import Filters
from anchornet.ui.layout import Block, Page
from anchornet.ui.tiles import tiles

TURNOVER = ("starters_followed", "leavers", "leavers_to_work", "leavers_not_followed")
TILES = (*MATURE, *TURNOVER[:2])
FIGURES = (*MATURE, *TURNOVER)
COHORTS = (
    "A cohort is everybody who started in one month. One that is not old enough yet is in neither "
    "the share nor its base."
)
# Beside a line there is little room on a phone.
SHORT = {
    "standard": "Standard",
    "pre_employment": "Pre-employment",
    "work_placement": "Placement",
}
PATHWAYS = RETURNS["retention"].field("pathway").codes or {}
MATURITY = ("After", "Still in post", "People", "Cohorts in", "Newest in", "Next")
LEAVERS = ("Pathway", "Started", "Left", "To another job", "Not known")
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
    months = named(cohorts.by_cohort(*of_period, **filters.scope), "cohort_month")
    latest = newest(staying, months)
    return Page(
        people_sentences.retention(staying, filters.whose, filters.span),
        opening + tiles(series[series["indicator"].isin(TILES)], period, window),
        [
            Block(
                "maturity",
                "Cohorts included",
                COHORTS,
                [html("table", MATURITY, maturity(staying), [1, 2, 3])],
            ),
            Block(
                "leavers",
                "Leavers",
                people_sentences.turnover(now, period),
                [html("table", LEAVERS, leavers(by_pathway, now), [1, 2, 3, 4])],
            ),
            Block(
                "pathways",
                "By pathway",
                people_sentences.curves(pathways, PATHWAYS, year),
                [breakdowns.curves(named(pathways, "pathway")), made_of],
            ),
            Block(
                "cohorts",
                "By cohort",
                people_sentences.cohort(months, latest),
                [breakdowns.curves(months, latest), made_of],
            ),
        ],
    )


def maturity(staying: pd.DataFrame) -> list[list[str]]:
    """A row a retention figure: how many stay, of how many, in which cohorts."""
    rows = []
    for _, row in staying.iterrows():
        latest = row["newest"]
        rows.append(
            [
                f"{MATURE[row['indicator']]} months ({row['indicator'].split('_')[1]} weeks)",
                formatting.shown(row),
                formatting.figure(row["base"], "people") if row["base"] else "–",
                f"{row['cohorts']:,} of {row['cohorts_expected']:,}",
                "none yet" if pd.isna(latest) else formatting.month(latest, short=True),
                formatting.month(row["next"], short=True),
            ]
        )
    return rows


def named(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """The lines of a frame of cohorts by the names they have on screen, for breakdowns.curves."""
    names = [
        SHORT.get(value, PATHWAYS.get(value, value))
        if column == "pathway"
        else formatting.month(parse_month(value), short=True)
        for value in frame[column]
    ]
    return frame.assign(name=names)


def newest(staying: pd.DataFrame, months: pd.DataFrame) -> str | None:
    """The name of the newest cohort that is old enough for 26 weeks; the oldest there is where none
    is."""
    rows = staying.loc[staying["indicator"] == "retention_26_weeks", "newest"].dropna()
    if len(rows):
        return formatting.month(rows.iloc[0], short=True)
    return str(months["name"].iloc[0]) if len(months) else None


def leavers(by_pathway: pd.DataFrame | None, together: pd.DataFrame) -> list[list[str]]:
    """A row a pathway, where they are shown, under the total: who started, left, left for another
    job and is not known."""
    rows = [["All pathways", *_shown(together)]]
    if by_pathway is None:
        return rows
    for pathway, title in PATHWAYS.items():
        lines = by_pathway[by_pathway["pathway"] == pathway]
        if len(lines):
            rows.append([title, *_shown(lines)])
    return rows


def _shown(frame: pd.DataFrame) -> list[str]:
    by_name = {row["indicator"]: formatting.shown(row) for _, row in frame.iterrows()}
    return [by_name.get(name, "–") for name in TURNOVER]
