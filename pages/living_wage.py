"""Living wage: how many employers are accredited, and how did that change?"""

import streamlit as st

from anchornet.indicators import rates
from anchornet.indicators.stock import RENEWAL_DAYS
from anchornet.publishing import accreditation, parts, words
from anchornet.ui import accredited, cuts, layout, reads
from anchornet.ui.figures import panel
from anchornet.ui.filters import bar
from anchornet.ui.session import network, require
from anchornet.ui.tiles import show_tiles, tiles

person = require("see_network_figures")
settings, database = network().settings, network().database

filters = cuts.everywhere(chosen := bar(person))
period, today = filters.period, accredited.today(filters)
change = accredited.change(database, filters).iloc[0]
series = reads.series(database, filters, accredited.TILES)
layout.answer(accreditation.answer(change, filters.whose, filters.window), layout.stated(filters))
if chosen.area:
    found = cuts.cut(database, chosen, ("accredited_employers",))
    layout.note(accreditation.in_area(found, chosen.area_name, change["closing"]))
show_tiles(tiles(series, period, filters.window))

course, flows = st.columns(2, gap="large")
with course:
    panel(filters, "accredited_employers", accredited.TILES)
    now = series[series["period"] == period].set_index("indicator")
    jobs = accredited.jobs_in_area(database, filters)
    sentence = accreditation.jobs(now.loc["share_of_jobs_covered"], jobs, settings.area_name)
    with layout.block("jobs", "Share of local jobs covered", sentence):
        pass
with flows:
    months = accredited.changes(database, filters)
    made_of = accreditation.source(months, settings)
    drawn = accreditation.chart(months)
    title = f"What came and went: {words.span(period, filters.window)}"
    with layout.block("flows", title, accreditation.flows(change)) as block:
        if not drawn.empty:
            layout.scale(accreditation.key())
        block.chart(drawn, made_of)
        rows = accreditation.stock_rows(months)[:6]
        layout.table(["Month", *accreditation.COLUMNS.values()], rows, numbers=[1, 2, 3, 4, 5])

for place, (field, title) in zip(
    st.columns(2, gap="large"),
    {"sector": "By sector", "relationship": "By relationship to the member"}.items(),
    strict=True,
):
    with place:
        by_field = cuts.cut(database, filters, ("accredited_employers",), (field,))
        rows = accreditation.parts(by_field, field)
        drawn = parts.ranks(rows, f"accredited employers by {field}", context=["Not known"])
        with layout.block(f"by_{field}", title, accreditation.most(rows)) as block:
            block.chart(drawn, made_of)

own, near = st.columns(2, gap="large")
with own:
    sentence = accreditation.members(accredited.members(database, filters))
    with layout.block("members", "The members themselves", sentence):
        seen = accredited.members_seen(database, filters, person)
        if len(seen):
            rows = accreditation.member_rows(seen, today)
            layout.table(["Member", "Status", "Accredited on", "Next"], rows, numbers=[])
with near:
    listed = accredited.renewals(database, filters, today)
    with layout.block("renewals", "Renewals", accreditation.due(listed, today, RENEWAL_DAYS)):
        layout.table(["Due in", "Employers"], accreditation.renewal_rows(listed), numbers=[1])
    mine = accredited.own_renewals(database, filters, person, today)
    if mine is not None and len(mine):
        rows = accreditation.own_rows(mine, today)
        with layout.block("own_renewals", "On your own list"):
            layout.table(["Employer", "Relationship", "Renewal"], rows, numbers=[])
    dated = accredited.all_rates(database)
    complying = rates.calendar(dated, today)
    sentence = accreditation.complies(complying, dated, today, rates.in_london(settings.area))
    with layout.block("rates", "Which rate complies", sentence):
        rows = accreditation.rate_rows(dated, complying)
        layout.table(accreditation.RATE_COLUMNS, rows, numbers=[0, 1])
