"""Members and partners: who is in the network, and what does each bring?"""

import streamlit as st

from anchornet.narrative.partners import answer, by_role
from anchornet.server.networks import network
from anchornet.ui import layout, partners
from anchornet.ui.forms import show_done
from anchornet.ui.session import require

person = require("see_network_figures")
database = network().database
everyone = partners.everyone(database)
layout.answer(answer(everyone), by_role(everyone))
show_done()
left, right = st.columns([3, 2], gap="large")
with left, st.container(key="block_partners"):
    layout.heading("Who is here", "Partners are organisations whose work the directory describes.")
    shown = partners.pick(everyone) if everyone else []
    partners.show_list(shown, person, partners.of(database, person))
with right:
    partners.show_map(database, shown)
    partners.show_standards(database, person)
