"""Overview: are we on target, what changed, what needs a decision?"""

import streamlit as st

from anchornet.access import allowed
from anchornet.server.networks import network
from anchornet.ui import layout, overview, queries, setup
from anchornet.ui.figures import figure_picked, panel, show_ward
from anchornet.ui.filter_bar import bar
from anchornet.ui.session import require

person = require("see_network_figures")
if allowed(person, "keep_network") and queries.setting_up(network().database):
    setup.checklist(network().database)
filters = bar(person)
acts = allowed(person, "record_action")
briefing = overview.briefing(network().database, filters.figures, acts)
layout.answer(briefing.answer, filters.stated, briefing.opening)
with st.container(key="panels"):
    for indicator in dict.fromkeys(
        [figure_picked(briefing.order[0], briefing.order), *briefing.order[: overview.CHARTS]]
    ):
        panel(filters, indicator, briefing.together, whole=False)
    with layout.opened(briefing.map):
        show_ward(briefing.map.parts, "spend")
    layout.show(briefing.returns)
