"""Commitments: what was promised to the network's members, and is it kept?"""

import streamlit as st

from anchornet.server.networks import network
from anchornet.ui import commitments, layout
from anchornet.ui.figures import figure_picked, panel
from anchornet.ui.filter_bar import bar
from anchornet.ui.session import require

person = require("see_network_figures")
database = network().database
filters = commitments.filters_of(database, bar(person, views=False).everywhere)
page = commitments.page(database, filters.figures)
layout.answer(page.answer, filters.stated, page.opening)
commitments.show_promise(database, filters, person)

course, since = st.columns([3, 2], gap="large")
with course:
    panel(filters, figure_picked(commitments.TILES[0]), commitments.TILES)
    page.show("due")
with since:
    page.show("changed")

left, right = st.columns(2, gap="large")
with left:
    page.show("sources", "outcomes")
with right:
    page.show("measures")

commitments.show_list(database, filters)

left, right = st.columns(2, gap="large")
with left:
    page.show("unspent")
with right:
    page.show("lots", "workspace", "stated")
