"""Members: how does one member stand, and does it send its returns?"""

import streamlit as st

from anchornet.ui import layout, members, queries
from anchornet.ui.filter_bar import bar
from anchornet.ui.session import network, require

person = require("see_member_figures")
database = network().database
chosen = bar(person).everywhere
filters = members.of_one(chosen, person, queries.member_names(database))
page = members.page(database, filters.figures)

if page.blocks:
    layout.answer(page.answer, filters.stated)
    figures, returns = st.columns([3, 2], gap="large")
    figures.html(page.opening)
    with returns:
        page.show("record")
else:
    stated = f"{filters.stated} · Choose one of the members in the bar to see it."
    layout.answer(page.answer, stated, page.opening)
