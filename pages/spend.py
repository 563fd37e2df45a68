"""Spend: where do the pounds go?"""

import streamlit as st

from anchornet import formatting
from anchornet.charts import breakdowns, maps, style
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
    layout.chart(style.shares(by_ring, rings, "Spend"), "rings", "Where suppliers are", made_of)

kinds = figure_queries.by_ring(database, filters, way, ("category",))
by_category, away = st.columns(2, gap="large")
with by_category:
    layout.heading("What it is spent on, and where")
    layout.scale(spend.scale(rings))
    layout.chart(breakdowns.places(kinds, "category", rings), "kinds", source=made_of)
with away:
    leaks = figure_queries.leakage(database, filters, way)
    layout.heading("What could be spent nearer", page_sentences.leaving(leaks, filters.whose, when))
    layout.chart(spend.leaks(leaks), "leaks", source=made_of)

on_the_map, few = st.columns(2, gap="large")
with on_the_map:
    layout.heading("Where it lands")
    category = layout.pick("category", spend.categories(kinds), "All categories")
    drawn = figure_queries.spend_map(database, filters, category)
    note = page_sentences.on_the_map(drawn.shown, spend.total(kinds, category), category)
    layout.note(note)
    layout.scale(drawn.scale)
    st.pydeck_chart(drawn.deck, height=maps.HEIGHT, alt=f"Map of spend. {note}")
with few:
    found = figure_queries.concentration(database, filters)
    layout.heading("How few take most of it", page_sentences.concentrated(found, when))
    layout.chart(spend.largest(found, named=filters.exact), "largest", source=made_of)
    for column, title in spend.SUPPLIERS.items():
        spend.show(
            column, title, figure_queries.cut(database, filters, ("spend",), (column,)), made_of
        )
with on_the_map:
    decile = figure_queries.cut(database, filters, ("spend",), ("imd_decile",))
    spend.show("imd_decile", "Deprivation where the supplier is", decile, made_of)
