"""Spend: where do the pounds go?"""

import streamlit as st

from anchornet.publishing import answers, charts, maps, parts, words
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
    layout.chart(charts.shares(by_ring, rings, "Spend"), "rings", "Where suppliers are", made_of)

kinds = cuts.by_ring(database, filters, way, ("category",))
by_category, away = st.columns(2, gap="large")
with by_category:
    layout.heading("What it is spent on, and where")
    layout.scale(buying.scale(rings))
    layout.chart(parts.places(kinds, "category", rings), "kinds", source=made_of)
with away:
    leaks = cuts.leakage(database, filters, way)
    layout.heading("What could be spent nearer", answers.leaving(leaks, filters.whose, when))
    layout.chart(buying.leaks(leaks), "leaks", source=made_of)

on_the_map, few = st.columns(2, gap="large")
with on_the_map:
    layout.heading("Where it lands")
    category = layout.pick("category", buying.categories(kinds), "All categories")
    drawn = cuts.spend_map(database, filters, category)
    note = answers.on_the_map(drawn.shown, buying.total(kinds, category), category)
    layout.note(note)
    layout.scale(drawn.scale)
    st.pydeck_chart(drawn.deck, height=maps.HEIGHT, alt=f"Map of spend. {note}")
with few:
    found = cuts.concentration(database, filters)
    layout.heading("How few take most of it", answers.concentrated(found, when))
    layout.chart(buying.largest(found, named=filters.exact), "largest", source=made_of)
    for column, title in buying.SUPPLIERS.items():
        buying.show(column, title, cuts.cut(database, filters, ("spend",), (column,)), made_of)
with on_the_map:
    decile = cuts.cut(database, filters, ("spend",), ("imd_decile",))
    buying.show("imd_decile", "Deprivation where the supplier is", decile, made_of)
