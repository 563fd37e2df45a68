"""Retention: how many of those who start stay?"""

import streamlit as st

from anchornet.publishing import answers, parts, words
from anchornet.ui import cuts, layout, reads, staying
from anchornet.ui.figures import panel
from anchornet.ui.filters import bar
from anchornet.ui.session import network, require
from anchornet.ui.tiles import show_tiles, tiles

person = require("see_network_figures")
database = network().database

filters = cuts.everywhere(chosen := bar(person))
period, when = filters.period, words.span(filters.period, filters.window)
series = reads.series(database, filters, staying.FIGURES)
found = cuts.maturity(database, filters)
layout.answer(answers.retention(found, filters.whose, when), layout.stated(filters))
if chosen.area:
    layout.note("Retention isn't reported by local authority: these are the figures of everywhere.")
show_tiles(tiles(series[series["indicator"].isin(staying.TILES)], period, filters.window))

course, cohorts = st.columns(2, gap="large")
with course:
    panel(filters, "retention_26_weeks", staying.FIGURES)
with cohorts:
    with layout.block("maturity", "Which cohorts are in", staying.COHORTS):
        layout.table(["Weeks", "Still in post", "People", "Cohorts in", "Newest in", "Next"],
                     staying.maturity(found), numbers=[1, 2, 3])  # fmt: skip
    leavers = series[series["period"] == period]
    by_way = cuts.cut(database, filters, staying.TURNOVER, ("pathway",))
    with layout.block("leavers", "What is known of leavers", answers.turnover(leavers, period)):
        layout.table(["Pathway", "Started", "Left", "To another job", "Not known"],
                     staying.leavers(by_way, leavers), numbers=[1, 2, 3, 4])  # fmt: skip

pathways, months = cuts.curves(database, filters)
year = words.span(period, "rolling_12")
made_of = answers.source(found, "retention", "Share", year)
by_pathway, by_cohort = st.columns(2, gap="large")
with by_pathway:
    sentence = answers.curves(pathways, staying.PATHWAYS, year)
    with layout.block("pathways", "By pathway", sentence) as block:
        block.chart(parts.curves(staying.named(pathways, "pathway")), made_of)
with by_cohort:
    named = staying.named(months, "cohort_month")
    newest = staying.newest(found, named)
    with layout.block("cohorts", "By cohort", answers.cohort(named, newest)) as block:
        block.chart(parts.curves(named, newest), made_of)
