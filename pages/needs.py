"""Needs: what have local organisations asked for, and what is on offer?"""

import streamlit as st

from anchornet.access import allowed
from anchornet.server.networks import network
from anchornet.ui import layout, needs, queries
from anchornet.ui.forms import show_done
from anchornet.ui.session import require

person = require("see_needs")
database = network().database
page = needs.Needs(database, person)
layout.answer(page.answer, needs.year(database, queries.last_ended_month()))
show_done()
if (one := page.open_one) is not None:
    needs.show_one(database, person, page, one)
needs.show_list(page)
left, right = st.columns([3, 2], gap="large")
with left:
    needs.show_offers(page)
with right:
    if allowed(person, "add_needs"):
        with st.container(key="block_ask"):
            layout.heading("Add a need", "For an organisation that has asked for something.")
            needs.ask(database, person, page)
        needs.show_reminders(page)
