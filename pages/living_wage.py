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
    said = accreditation.jobs(now.loc["share_of_jobs_covered"], jobs, settings.area_name)
    layout.heading("Share of local jobs covered", said)
with flows:
    months = accredited.changes(database, filters)
    layout.heading(
        f"What came and went: {words.span(period, filters.window)}", accreditation.flows(change)
    )
    made_of = accreditation.source(months, settings)
    drawn = accreditation.chart(months)
    if not drawn.empty:
        layout.scale(accreditation.key())
    layout.chart(drawn, "flows", source=made_of)
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
        layout.heading(title, accreditation.most(rows))
        drawn = parts.ranks(rows, f"accredited employers by {field}", context=["Not known"])
        layout.chart(drawn, f"by_{field}", source=made_of)

own, near = st.columns(2, gap="large")
with own:
    layout.heading(
        "The members themselves", accreditation.members(accredited.members(database, filters))
    )
    seen = accredited.members_seen(database, filters, person)
    if len(seen):
        rows = accreditation.member_rows(seen, today)
        layout.table(["Member", "Status", "Accredited on", "Next"], rows, numbers=[])
with near:
    listed = accredited.renewals(database, filters, today)
    layout.heading("Renewals", accreditation.due(listed, today, RENEWAL_DAYS))
    layout.table(["Due in", "Employers"], accreditation.renewal_rows(listed), numbers=[1])
    mine = accredited.own_renewals(database, filters, person, today)
    if mine is not None and len(mine):
        layout.heading("On your own list")
        rows = accreditation.own_rows(mine, today)
        layout.table(["Employer", "Relationship", "Renewal"], rows, numbers=[])
    dated = accredited.all_rates(database)
    complying = rates.calendar(dated, today)
    layout.heading(
        "Which rate complies",
        accreditation.complies(complying, dated, today, rates.in_london(settings.area)),
    )
    rows = accreditation.rate_rows(dated, complying)
    layout.table(accreditation.RATE_COLUMNS, rows, numbers=[0, 1])
