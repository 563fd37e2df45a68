"""Overview: are we on target, what changed, what needs a decision?"""

import streamlit as st

from anchornet.ui import figure_queries, layout, overview, queries
from anchornet.ui.figures import ask_for_action, panel
from anchornet.ui.filters import bar
from anchornet.ui.session import network, require

CHARTS = 4

person = require("see_network_figures")
database = network().database

filters = bar(person)
said = overview.briefing(database, filters.figures, queries.HEADLINES)
layout.answer(said.answer, layout.stated(filters), said.opening_html)
layout.rounding(filters, database.settings)

with st.container(key="panels"):
    for indicator in said.order[:CHARTS]:
        panel(filters, indicator, queries.HEADLINES, ask=False)
    by_address = "By the suppliers' registered addresses."
    with layout.block("map", "Where spend lands", by_address) as block:
        block.map(
            figure_queries.spend_map(database, filters.figures), "Map of spend by ward.", height=420
        )
    with layout.block("returns", "Who has returned what", said.returned):
        st.html(said.returns_html)
if said.asks:
    ask_for_action()
