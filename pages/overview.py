"""Overview: are we on target, what changed, what needs a decision?"""

import streamlit as st

from anchornet.ui import layout, overview
from anchornet.ui.figures import ask_for_action, panel
from anchornet.ui.filter_bar import bar
from anchornet.ui.session import network, require

CHARTS = 4

person = require("see_network_figures")
filters = bar(person)
briefing = overview.briefing(network().database, filters.figures)
layout.answer(briefing.answer, filters.stated, briefing.opening)
with st.container(key="panels"):
    for indicator in briefing.order[:CHARTS]:
        panel(filters, indicator, briefing.together, whole=False)
    layout.show(briefing.map, briefing.returns)
if briefing.asks:
    ask_for_action()
