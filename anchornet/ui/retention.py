"""What the page of retention shows."""

from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from anchornet import formatting
from anchornet.charts import breakdowns
from anchornet.indicators import cohorts
from anchornet.indicators.cohorts import MATURE
from anchornet.narrative import page_sentences
from anchornet.periods import parse_month
from anchornet.returns.declaration import RETURNS
from anchornet.store.database import Database
from anchornet.ui import layout, queries
from anchornet.ui.cache import cached
from anchornet.ui.components import html
from anchornet.ui.filters import Filters
from anchornet.ui.layout import Block
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
EVERYWHERE = "Retention isn't reported by local authority: these are the figures of everywhere."


@dataclass(frozen=True)
class Page:
    answer: str
    opening: Markup
    maturity: Block
    leavers: Block
    pathways: Block
    cohorts: Block


@cached
def page(database: Database, chosen: Filters) -> Page:
    """The figures of everywhere, whichever area was picked."""
    filters, settings = chosen.everywhere, database.settings
    period, when = filters.period, formatting.span(filters.period, filters.window)
    series = queries.series(database, filters, FIGURES)
    staying = cohorts.maturity(
        database,
        period,
        filters.audience,
        window=filters.window,
        as_at=filters.as_at,
        members=filters.members,
    )
    opening = layout.rounding(filters, settings)
    if chosen.area:
        opening += html("note", EVERYWHERE)
    opening += tiles(series[series["indicator"].isin(TILES)], period, filters.window)
    now = series[series["period"] == period]
    by_pathway = queries.cut(database, filters, TURNOVER, ("pathway",))
    in_table = html(
        "table",
        ["Weeks", "Still in post", "People", "Cohorts in", "Newest in", "Next"],
        maturity(staying),
        [1, 2, 3],
    )
    left = html(
        "table",
        ["Pathway", "Started", "Left", "To another job", "Not known"],
        leavers(by_pathway, now),
        [1, 2, 3, 4],
    )
    pathways, months = _curves(database, filters, staying)
    return Page(
        answer=page_sentences.retention(staying, filters.whose, when),
        opening=opening,
        maturity=Block("maturity", "Cohorts included", COHORTS, [in_table]),
        leavers=Block(
            "leavers", "What is known of leavers", page_sentences.turnover(now, period), [left]
        ),
        pathways=pathways,
        cohorts=months,
    )


def _curves(database: Database, filters: Filters, staying: pd.DataFrame) -> tuple[Block, Block]:
    """Who stays, month after month, by pathway and by the month of the start."""
    year = formatting.span(filters.period, "rolling_12")
    made_of = html("source", page_sentences.source(staying, "retention", "Share", year))
    by_pathway, by_cohort = (
        curve(
            database,
            filters.period,
            filters.audience,
            as_at=filters.as_at,
            members=filters.members,
        )
        for curve in (cohorts.by_pathway, cohorts.by_cohort)
    )
    months = named(by_cohort, "cohort_month")
    chosen = newest(staying, months)
    return Block(
        "pathways",
        "By pathway",
        page_sentences.curves(by_pathway, PATHWAYS, year),
        [breakdowns.curves(named(by_pathway, "pathway")), made_of],
    ), Block(
        "cohorts",
        "By cohort",
        page_sentences.cohort(months, chosen),
        [breakdowns.curves(months, chosen), made_of],
    )


def maturity(staying: pd.DataFrame) -> list[list[str]]:
    """A row a retention figure: how many stay, of how many, in which cohorts."""
    rows = []
    for _, row in staying.iterrows():
        latest = row["newest"]
        rows.append(
            [
                row["indicator"].split("_")[1],
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


def leavers(by_pathway: pd.DataFrame, together: pd.DataFrame) -> list[list[str]]:
    """A row a pathway under the total: who started, left, left for another job and is not known."""
    rows = [["All pathways", *_shown(together)]]
    for pathway, title in PATHWAYS.items():
        lines = by_pathway[by_pathway["pathway"] == pathway]
        if len(lines):
            rows.append([title, *_shown(lines)])
    return rows


def _shown(frame: pd.DataFrame) -> list[str]:
    by_name = {row["indicator"]: formatting.shown(row) for _, row in frame.iterrows()}
    return [by_name.get(name, "–") for name in TURNOVER]
