"""Living wage: how many employers are accredited, and how did that change?"""

import streamlit as st

from anchornet import formatting
from anchornet.charts import breakdowns, flows
from anchornet.indicators import living_wage_rates
from anchornet.indicators.accreditations import RENEWAL_DAYS
from anchornet.narrative import accreditations
from anchornet.ui import figure_queries, layout, living_wage, queries
from anchornet.ui.figures import panel
from anchornet.ui.filters import bar
from anchornet.ui.session import network, require
from anchornet.ui.tiles import show_tiles, tiles

person = require("see_network_figures")
settings, database = network().settings, network().database

filters = figure_queries.everywhere(chosen := bar(person))
period, today = filters.period, living_wage.today(filters)
change = living_wage.change(database, filters).iloc[0]
series = queries.series(database, filters, living_wage.TILES)
layout.answer(accreditations.answer(change, filters.whose, filters.window), layout.stated(filters))
layout.rounding(filters, settings)
if chosen.area:
    found = figure_queries.cut(database, chosen, ("accredited_employers",))
    layout.note(accreditations.in_area(found, chosen.area_name, change["closing"]))
show_tiles(tiles(series, period, filters.window))

course, movements = st.columns(2, gap="large")
with course:
    panel(filters, "accredited_employers", living_wage.TILES)
    now = series[series["period"] == period].set_index("indicator")
    jobs = living_wage.jobs_in_area(database, filters)
    sentence = accreditations.jobs(now.loc["share_of_jobs_covered"], jobs, settings.area_name)
    with layout.block("jobs", "Share of local jobs covered", sentence):
        pass
with movements:
    months = living_wage.changes(database, filters)
    made_of = accreditations.source(months)
    drawn = flows.flows_chart(months)
    title = f"What came and went: {formatting.span(period, filters.window)}"
    with layout.block("flows", title, accreditations.flows(change)) as block:
        if not drawn.empty:
            layout.scale(flows.colour_key())
        block.chart(drawn, made_of)
        rows = accreditations.stock_rows(months)[:6]
        layout.table(["Month", *accreditations.COLUMNS.values()], rows, numbers=[1, 2, 3, 4, 5])

for place, (field, title) in zip(
    st.columns(2, gap="large"),
    {"sector": "By sector", "relationship": "By relationship to the member"}.items(),
    strict=True,
):
    with place:
        by_field = figure_queries.cut(database, filters, ("accredited_employers",), (field,))
        rows = accreditations.parts(by_field, field)
        drawn = breakdowns.ranks(rows, f"accredited employers by {field}", context=["Not known"])
        with layout.block(f"by_{field}", title, accreditations.most(rows)) as block:
            block.chart(drawn, made_of)

own, near = st.columns(2, gap="large")
with own:
    sentence = accreditations.members(living_wage.members(database, filters))
    with layout.block("members", "The members themselves", sentence):
        seen = living_wage.members_seen(database, filters, person)
        if len(seen):
            rows = accreditations.member_rows(seen, today)
            layout.table(["Member", "Status", "Accredited on", "Next"], rows, numbers=[])
with near:
    listed = living_wage.renewals(database, filters, today)
    with layout.block("renewals", "Renewals", accreditations.due(listed, today, RENEWAL_DAYS)):
        layout.table(["Due in", "Employers"], accreditations.renewal_rows(listed), numbers=[1])
    mine = living_wage.own_renewals(database, filters, person, today)
    if mine is not None and len(mine):
        rows = accreditations.own_rows(mine, today)
        with layout.block("own_renewals", "On your own list"):
            layout.table(["Employer", "Relationship", "Renewal"], rows, numbers=[])
    dated = living_wage.all_rates(database)
    complying = living_wage_rates.calendar(dated, today)
    sentence = accreditations.complies(
        complying, dated, today, living_wage_rates.in_london(settings.area)
    )
    with layout.block("rates", "Which rate complies", sentence):
        rows = accreditations.rate_rows(dated, complying)
        layout.table(accreditations.RATE_COLUMNS, rows, numbers=[0, 1])
