"""Retention: how many of those who start stay?"""

import streamlit as st

from anchornet import formatting
from anchornet.charts import breakdowns
from anchornet.narrative import page_sentences
from anchornet.ui import figure_queries, layout, queries, retention
from anchornet.ui.figures import panel
from anchornet.ui.filters import bar
from anchornet.ui.session import network, require
from anchornet.ui.tiles import show_tiles, tiles

person = require("see_network_figures")
database = network().database

filters = figure_queries.everywhere(chosen := bar(person))
period, when = filters.period, formatting.span(filters.period, filters.window)
series = queries.series(database, filters, retention.FIGURES)
found = figure_queries.maturity(database, filters)
layout.answer(page_sentences.retention(found, filters.whose, when), layout.stated(filters))
layout.rounding(filters, database.settings)
if chosen.area:
    layout.note("Retention isn't reported by local authority: these are the figures of everywhere.")
show_tiles(tiles(series[series["indicator"].isin(retention.TILES)], period, filters.window))

course, cohorts = st.columns(2, gap="large")
with course:
    panel(filters, "retention_26_weeks", retention.FIGURES)
with cohorts:
    with layout.block("maturity", "Which cohorts are in", retention.COHORTS):
        layout.table(["Weeks", "Still in post", "People", "Cohorts in", "Newest in", "Next"],
                     retention.maturity(found), numbers=[1, 2, 3])  # fmt: skip
    leavers = series[series["period"] == period]
    by_way = figure_queries.cut(database, filters, retention.TURNOVER, ("pathway",))
    with layout.block(
        "leavers", "What is known of leavers", page_sentences.turnover(leavers, period)
    ):
        layout.table(["Pathway", "Started", "Left", "To another job", "Not known"],
                     retention.leavers(by_way, leavers), numbers=[1, 2, 3, 4])  # fmt: skip

pathways, months = figure_queries.curves(database, filters)
year = formatting.span(period, "rolling_12")
made_of = page_sentences.source(found, "retention", "Share", year)
by_pathway, by_cohort = st.columns(2, gap="large")
with by_pathway:
    sentence = page_sentences.curves(pathways, retention.PATHWAYS, year)
    with layout.block("pathways", "By pathway", sentence) as block:
        block.chart(breakdowns.curves(retention.named(pathways, "pathway")), made_of)
with by_cohort:
    named = retention.named(months, "cohort_month")
    newest = retention.newest(found, named)
    with layout.block("cohorts", "By cohort", page_sentences.cohort(named, newest)) as block:
        block.chart(breakdowns.curves(named, newest), made_of)
