"""Spend: where do the pounds go?"""

import streamlit as st

from anchornet.publishing import answers, charts, parts, words
from anchornet.ui import buying, cuts, layout, reads
from anchornet.ui.figures import panel
from anchornet.ui.filters import bar
from anchornet.ui.session import network, require
from anchornet.ui.tiles import show_tiles, tiles

person = require("see_network_figures")
settings, database = network().settings, network().database

filters = bar(person)
period, when = filters.period, words.span(filters.period, filters.window)
way = layout.choice("way", buying.WAYS, "address")
series = reads.series(database, filters, buying.TILES[way])
now = series[series["period"] == period]
made_of = answers.source(now, "spend", "Pounds", when)
rings = charts.ring_names(settings)
by_ring = cuts.by_ring(database, filters, way, count=cuts.MONTHS)
answer = answers.spend(by_ring, rings, period, filters.whose, when, branch=way == "branch")
netted = answers.between_members(cuts.paid_to_members(database, filters))
layout.answer(answer, " · ".join(filter(None, [layout.stated(filters), netted])))
show_tiles(tiles(series, period, filters.window))

local, over_time = st.columns(2, gap="large")
with local:
    panel(filters, buying.share(way), buying.TILES[way])
with over_time:
    chart = charts.shares(by_ring, rings, "Spend")
    with layout.block("rings", "Where suppliers are", chart.sentence) as block:
        block.chart(chart, made_of)

kinds = cuts.by_ring(database, filters, way, ("category",))
by_category, away = st.columns(2, gap="large")
with by_category:
    chart = parts.places(kinds, "category", rings)
    with layout.block("kinds", "What it is spent on, and where", chart.sentence) as block:
        layout.scale(buying.scale(rings))
        block.chart(chart, made_of)
with away:
    leaks = cuts.leakage(database, filters, way)
    sentence = answers.leaving(leaks, filters.whose, when)
    with layout.block("leaks", "What could be spent nearer", sentence) as block:
        block.chart(buying.leaks(leaks), made_of)

on_the_map, few = st.columns(2, gap="large")
with on_the_map:
    with layout.block("map", "Where it lands") as block:
        category = layout.pick("category", buying.categories(kinds), "All categories")
        by_ward = cuts.spend_map(database, filters, category)
        note = answers.on_the_map(by_ward.shown, buying.total(kinds, category), category)
        layout.note(note)
        block.map(by_ward, f"Map of spend. {note}")
    decile = cuts.cut(database, filters, ("spend",), ("imd_decile",))
    buying.show("imd_decile", "Deprivation where the supplier is", decile, made_of)
with few:
    found = cuts.concentration(database, filters)
    sentence = answers.concentrated(found, when)
    with layout.block("largest", "How few take most of it", sentence) as block:
        block.chart(buying.largest(found, named=filters.exact), made_of)
    for column, title in buying.SUPPLIERS.items():
        buying.show(column, title, cuts.cut(database, filters, ("spend",), (column,)), made_of)
