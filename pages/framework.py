"""Framework: what does the network want to change, and what is asked of whom?"""

import streamlit as st

from anchornet.narrative.definitions import FOR_WHOM
from anchornet.server.networks import network
from anchornet.store.framework import framework
from anchornet.ui import framework as parts
from anchornet.ui import layout, queries
from anchornet.ui.filter_bar import bar
from anchornet.ui.forms import show_done
from anchornet.ui.session import end_page, require

person = require("see_network_figures")
database = network().database
shared = framework(database)
if shared is None:
    show_done()
    parts.none_yet(database, person)
    end_page()

shown = layout.choice("show", parts.parts(person, shared), parts.OUTCOMES)
if shown == parts.CONTRACTS:
    parts.contract(database, shared)
elif shown == parts.PLEDGES:
    parts.pledges(database, shared, person)
elif shown == parts.EDIT:
    layout.answer("What the network wants to change, in its own words.")
    show_done()
    parts.edit(database, shared, person.email)
else:
    filters = bar(person, views=False) if queries.months(database) else None
    above = st.container()
    reader = layout.choice("reader", FOR_WHOM, parts.usual_reader(person))
    outcome = st.query_params.get("outcome", "")
    page = parts.page(database, filters and filters.figures, reader, outcome)
    with above:
        layout.answer(page.answer, filters.stated if filters else "", page.opening)
    layout.show(*page.blocks)
