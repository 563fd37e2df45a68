"""What the page of the living wage shows."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd
from markupsafe import Markup

from anchornet import member_data
from anchornet.access import Person, allowed
from anchornet.charts import breakdowns, flows
from anchornet.facts.catalogue import BREAKDOWNS
from anchornet.indicators import accreditations as stock
from anchornet.indicators import living_wage_rates
from anchornet.indicators.figures import area_figure
from anchornet.narrative import accreditations
from anchornet.narrative.page_sentences import of_whom
from anchornet.periods import add_months
from anchornet.store.cache import cached
from anchornet.store.database import Database
from anchornet.ui import layout, links, queries
from anchornet.ui.components import html
from anchornet.ui.filters import Filters
from anchornet.ui.layout import Block, Page
from anchornet.ui.tiles import tiles

TILES = (
    "accredited_employers",
    "workers_uplifted",
    "workers_covered",
    "share_of_jobs_covered",
    "members_accredited",
)
MONTHS, MONTHS_LISTED = 12, 6
FIELDS = {"sector": "By sector", "relationship": "By relationship to the member"}


@cached
def page(database: Database, chosen: Filters) -> Page:
    """What everybody sees: figures of everywhere, and how many are in the area that was picked."""
    filters, settings = chosen.everywhere, database.settings
    period, window, today = filters.period, filters.window, filters.today
    change = stock.reconcile(database, [period], window=window, **filters.scope).iloc[0].to_dict()
    first = min([*queries.months(database), period])
    year = [add_months(period, -back) for back in reversed(range(MONTHS))]
    months = stock.reconcile(database, [month for month in year if month >= first], **filters.scope)
    made_of = html("source", accreditations.source(months))
    opening = queries.note_on_people(database, filters)
    if chosen.area:
        frame = queries.cut(database, chosen, ("accredited_employers",))
        in_area = accreditations.in_area(frame, chosen.area_name, change["closing"])
        opening += html("note", in_area)
    series = queries.series(database, filters, TILES)
    employers = series[series["indicator"] == "accredited_employers"].iloc[-1]
    jobs = accreditations.jobs(
        series[series["indicator"] == "share_of_jobs_covered"].iloc[-1],
        area_figure(database, "share_of_jobs_covered", filters.as_at),
        settings.area_name,
        queries.cut(database, filters, ("accredited_employers",), ("ring",)),
    )
    if lacks := accreditations.lacks(*stock.lacking(database, period, **filters.scope)):
        opening += html("note", lacks)
    due = stock.renewals(database, period, today, **filters.scope)
    in_months = html("table", ["Due in", "Employers"], accreditations.renewal_rows(due), [1])
    near = accreditations.due(due, today, stock.RENEWAL_DAYS)
    return Page(
        accreditations.answer(change, of_whom(filters.whose, employers), window),
        opening + tiles(series, period, window),
        [
            Block("jobs", "Share of local jobs covered", jobs),
            _flows(change, months, filters.span, made_of),
            *(_by(database, filters, field, made_of) for field in FIELDS),
            Block("renewals", "Renewals", near, [in_months]),
            _rates(database, today),
        ],
    )


def _flows(change: Mapping[Any, Any], months: pd.DataFrame, when: str, made_of: Markup) -> Block:
    chart = flows.flows_chart(months)
    rows = accreditations.stock_rows(months)[:MONTHS_LISTED]
    headings = ["Month", *accreditations.COLUMNS.values()]
    parts: list[layout.Part] = [chart, made_of, html("table", headings, rows, [1, 2, 3, 4, 5])]
    if not chart.empty:
        parts.insert(0, html("scale", flows.colour_key()))
    return Block("flows", f"Gained and lost: {when}", accreditations.flows(change), parts)


def _by(database: Database, filters: Filters, field: str, made_of: Markup) -> Block:
    frame = queries.cut(database, filters, ("accredited_employers",), (field,))
    rows = accreditations.parts(frame, field)
    chart = breakdowns.ranks(rows, f"accredited employers by {field}", context=["Not known"])
    values = BREAKDOWNS[field].values
    opens = {name: f"accredited_employers:{field}:{code}" for code, name in values.items()}
    bars = layout.Bars(chart, opens)
    return Block(f"by_{field}", FIELDS[field], accreditations.most(rows), [bars, made_of])


def _rates(database: Database, today: date) -> Block:
    rates = living_wage_rates.load_rates(database)
    calendar = living_wage_rates.calendar(rates, today)
    london = living_wage_rates.in_london(database.settings.area)
    rows = accreditations.rate_rows(rates, calendar)
    return Block(
        "rates",
        "Which rate complies",
        accreditations.complies(calendar, rates, today, london),
        [html("table", accreditations.RATE_COLUMNS, rows, [0, 1])],
    )


@cached
def members(database: Database, filters: Filters, person: Person) -> Block:
    """How many members are accredited; and of those that the person may see how each stands."""
    frame = stock.members_status(database, filters.period, **filters.scope)
    seen = [allowed(person, "see_member_figures", member_id) for member_id in frame["member_id"]]
    visible = frame[pd.Series(seen, index=frame.index, dtype=bool)]
    rows = [
        [links.link(name, links.of_member(member_id)), *cells]
        for member_id, (name, *cells) in zip(
            visible["member_id"], accreditations.member_rows(visible, filters.today), strict=True
        )
    ]
    headings = ["Member", "Status", "Accredited on", "Next"]
    parts = [html("table", headings, rows, [])] if rows else []
    return Block("members", "Members' own accreditation", accreditations.members(frame), parts)


@cached
def conflicts(database: Database, filters: Filters) -> list[Block]:
    """For the coordinator: employers of whom members say different things."""
    frame = stock.conflicts(database, filters.period, as_at=filters.as_at)
    if frame.empty:
        return []
    headings = ["Employer", "Reported by", "They differ in", "Counted"]
    listed = html("table", headings, accreditations.conflict_rows(frame), [])
    words = accreditations.conflicts(frame)
    return [Block("conflicts", "Reported differently", words, [listed])]


@cached
def own_renewals(database: Database, filters: Filters, person: Person) -> list[Block]:
    """The employers of the person's own member whose renewal is near, where they may see its rows
    and picked no other."""
    member_id, today = person.member_id, filters.today
    if member_id is None or not allowed(person, "see_member_detail", member_id):
        return []
    if filters.members is not None and member_id not in filters.members:
        return []
    frame = member_data.renewals(
        database, person, member_id, filters.period, today, as_at=filters.as_at
    )
    rows = accreditations.own_rows(frame, today)
    employers = html("table", ["Employer", "Relationship", "Renewal"], rows, [])
    return [Block("own_renewals", "On your own list", parts=[employers])] if rows else []
