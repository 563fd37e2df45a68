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
    drawn = figure_queries.spend_map(database, filters.figures)
    scale = layout.scale_html(drawn.scale)
    st.html(overview.block("Where spend lands", "By the suppliers' registered addresses.", scale))
    st.pydeck_chart(drawn.deck, height=420, alt="Map of spend by ward.")
    st.html(said.returns_html)
if said.asks:
    ask_for_action()
