"""Spend: where do the pounds go?"""

import streamlit as st

from anchornet.publishing import answers, charts, maps
from anchornet.ui import layout, reads
from anchornet.ui.filters import bar
from anchornet.ui.session import network, require
from anchornet.ui.tiles import show_tiles, tiles

person = require("see_network_figures")
settings, database = network().settings, network().database

filters = bar(person)
period, member_id = filters.period, filters.member_id if filters.exact else None
whose = filters.whose if member_id else "The network"
series = reads.headlines(database, settings, period, reads.SPEND, member_id)
now = series[series["period"] == period]
rings = charts.ring_names(settings)
by_ring = reads.spend_by(database, "ring", period, reads.MONTHS, member_id)
layout.answer(
    answers.spend(by_ring, rings, period, whose), layout.stand(period, now["as_at"].iloc[0])
)
show_tiles(tiles(series, period))

over_time, by_category = st.columns(2, gap="large")
with over_time:
    made = charts.shares(by_ring, rings, "Spend")
    layout.chart(made, "rings", "Where suppliers are")
with by_category:
    kinds = reads.spend_by(database, "category", period, 1, member_id)
    made = charts.largest(kinds, "category", "Largest category")
    layout.chart(made, "kinds", "What it is spent on")

drawn = reads.spend_map(database, settings, period, member_id)
total = now.loc[now["indicator"] == "spend", "value"].iloc[0]
note = answers.on_the_map(drawn.shown, total)
layout.heading("On the map", note)
layout.scale(drawn.scale)
st.pydeck_chart(drawn.deck, height=maps.HEIGHT, alt=f"Map of spend. {note}")

if member_id:
    paid = reads.spend_by(database, "supplier", period, 1, member_id)
    made = charts.largest(paid, "supplier", "Largest", 15)
    layout.chart(made, "suppliers", "Suppliers paid most")
