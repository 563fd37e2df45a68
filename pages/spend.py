"""Spend: where do the pounds go?"""

import streamlit as st

from anchornet import formatting
from anchornet.charts import breakdowns
from anchornet.narrative import page_sentences
from anchornet.ui import figure_queries, layout, queries, spend
from anchornet.ui.figures import panel
from anchornet.ui.filters import bar
from anchornet.ui.session import network, require
from anchornet.ui.tiles import show_tiles, tiles

person = require("see_network_figures")
settings, database = network().settings, network().database

filters = bar(person)
period, when = filters.period, formatting.span(filters.period, filters.window)
way = layout.choice("way", spend.WAYS, "address")
series = queries.series(database, filters, spend.TILES[way])
now = series[series["period"] == period]
made_of = page_sentences.source(now, "spend", "Pounds", when)
rings = formatting.ring_names(settings)
by_ring = figure_queries.by_ring(database, filters, way, count=figure_queries.MONTHS)
answer = page_sentences.spend(by_ring, rings, period, filters.whose, when, branch=way == "branch")
netted = page_sentences.between_members(figure_queries.paid_to_members(database, filters))
layout.answer(answer, " · ".join(filter(None, [layout.stated(filters), netted])))
show_tiles(tiles(series, period, filters.window))

local, over_time = st.columns(2, gap="large")
with local:
    panel(filters, spend.share(way), spend.TILES[way])
with over_time:
    chart = breakdowns.ring_shares(by_ring, rings, "Spend")
    with layout.block("rings", "Where suppliers are", chart.sentence) as block:
        block.chart(chart, made_of)

kinds = figure_queries.by_ring(database, filters, way, ("category",))
by_category, away = st.columns(2, gap="large")
with by_category:
    chart = breakdowns.places(kinds, "category", rings)
    with layout.block("kinds", "What it is spent on, and where", chart.sentence) as block:
        layout.scale(spend.scale(rings))
        block.chart(chart, made_of)
with away:
    leaks = figure_queries.leakage(database, filters, way)
    sentence = page_sentences.leaving(leaks, filters.whose, when)
    with layout.block("leaks", "What could be spent nearer", sentence) as block:
        block.chart(spend.leaks(leaks), made_of)

on_the_map, few = st.columns(2, gap="large")
with on_the_map:
    with layout.block("map", "Where it lands") as block:
        category = layout.pick("category", spend.categories(kinds), "All categories")
        by_ward = figure_queries.spend_map(database, filters, category)
        note = page_sentences.on_the_map(by_ward.shown, spend.total(kinds, category), category)
        layout.note(note)
        block.map(by_ward, f"Map of spend. {note}")
    decile = figure_queries.cut(database, filters, ("spend",), ("imd_decile",))
    spend.show("imd_decile", "Deprivation where the supplier is", decile, made_of)
with few:
    found = figure_queries.concentration(database, filters)
    sentence = page_sentences.concentrated(found, when)
    with layout.block("largest", "How few take most of it", sentence) as block:
        block.chart(spend.largest(found, named=filters.exact), made_of)
    for column, title in spend.SUPPLIERS.items():
        spend.show(
            column, title, figure_queries.cut(database, filters, ("spend",), (column,)), made_of
        )
