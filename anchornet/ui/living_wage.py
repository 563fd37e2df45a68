"""What the page of the living wage shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from markupsafe import Markup

from anchornet import formatting, member_data
from anchornet.access import Person, allowed
from anchornet.charts import breakdowns, flows
from anchornet.indicators import accreditations as stock
from anchornet.indicators import living_wage_rates
from anchornet.indicators.figures import area_figure
from anchornet.narrative import accreditations
from anchornet.periods import add_months
from anchornet.store.database import Database, utc_now
from anchornet.ui import layout, queries
from anchornet.ui.cache import cached
from anchornet.ui.components import html
from anchornet.ui.filters import Filters
from anchornet.ui.layout import Block
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


@dataclass(frozen=True)
class Page:
    answer: str
    opening: Markup
    jobs: Block
    flows: Block
    fields: tuple[Block, ...]
    renewals: Block
    rates: Block


@cached
def page(database: Database, chosen: Filters) -> Page:
    """What everybody sees: figures of everywhere, and how many are in the area that was picked."""
    filters, settings = chosen.everywhere, database.settings
    today = (filters.as_at or utc_now()).date()
    period, window = filters.period, filters.window
    change = stock.reconcile(
        database, [period], as_at=filters.as_at, members=filters.members, window=window
    ).to_dict("records")[0]
    first = min([*queries.months(database), period])
    months = stock.reconcile(
        database,
        [
            month
            for back in reversed(range(MONTHS))
            if (month := add_months(period, -back)) >= first
        ],
        as_at=filters.as_at,
        members=filters.members,
    )
    made_of = html("source", accreditations.source(months, settings))
    opening = layout.rounding(filters, settings)
    if chosen.area:
        frame = queries.cut(database, chosen, ("accredited_employers",))
        in_area = accreditations.in_area(frame, chosen.area_name, change["closing"])
        opening += html("note", in_area)
    series = queries.series(database, filters, TILES)
    now = series[series["period"] == period]
    jobs = accreditations.jobs(
        now[now["indicator"] == "share_of_jobs_covered"].iloc[0],
        area_figure(database, "share_of_jobs_covered", filters.as_at),
        settings.area_name,
    )
    due = stock.renewals(database, period, today, as_at=filters.as_at, members=filters.members)
    return Page(
        answer=accreditations.answer(change, filters.whose, window),
        opening=opening + tiles(series, period, window),
        jobs=Block("jobs", "Share of local jobs covered", jobs),
        flows=_flows(change, months, formatting.span(period, window), made_of),
        fields=tuple(_by(database, filters, field, made_of) for field in FIELDS),
        renewals=Block(
            "renewals",
            "Renewals",
            accreditations.due(due, today, stock.RENEWAL_DAYS),
            [html("table", ["Due in", "Employers"], accreditations.renewal_rows(due), [1])],
        ),
        rates=_rates(database, today),
    )


def _flows(change: Mapping[Any, Any], months: pd.DataFrame, when: str, made_of: Markup) -> Block:
    chart = flows.chart(months)
    rows = accreditations.stock_rows(months)[:MONTHS_LISTED]
    headings = ["Month", *accreditations.COLUMNS.values()]
    parts: list[layout.Part] = [chart, made_of, html("table", headings, rows, [1, 2, 3, 4, 5])]
    if not chart.empty:
        parts.insert(0, html("scale", flows.key()))
    return Block("flows", f"What came and went: {when}", accreditations.flows(change), parts)


def _by(database: Database, filters: Filters, field: str, made_of: Markup) -> Block:
    frame = queries.cut(database, filters, ("accredited_employers",), (field,))
    rows = accreditations.parts(frame, field)
    chart = breakdowns.ranks(rows, f"accredited employers by {field}", context=["Not known"])
    return Block(f"by_{field}", FIELDS[field], accreditations.most(rows), [chart, made_of])


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
    frame = stock.members_status(
        database, filters.period, as_at=filters.as_at, members=filters.members
    )
    seen = [allowed(person, "see_member_figures", member_id) for member_id in frame["member_id"]]
    rows = accreditations.member_rows(
        frame[pd.Series(seen, index=frame.index, dtype=bool)],
        (filters.as_at or utc_now()).date(),
    )
    headings = ["Member", "Status", "Accredited on", "Next"]
    parts = [html("table", headings, rows, [])] if rows else []
    return Block("members", "The members themselves", accreditations.members(frame), parts)


@cached
def own_renewals(database: Database, filters: Filters, person: Person) -> Block | None:
    """The employers of the person's own member whose renewal is near, where they may see its rows
    and picked no other."""
    member_id, today = person.member_id, (filters.as_at or utc_now()).date()
    if member_id is None or not allowed(person, "see_member_detail", member_id):
        return None
    if filters.members is not None and member_id not in filters.members:
        return None
    frame = member_data.renewals(
        database, person, member_id, filters.period, today, as_at=filters.as_at
    )
    rows = accreditations.own_rows(frame, today)
    headings = ["Employer", "Relationship", "Renewal"]
    parts = [html("table", headings, rows, [])]
    return Block("own_renewals", "On your own list", parts=parts) if rows else None
