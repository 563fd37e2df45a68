"""Share a chart: what shall people see, and may they see it yet?"""

import streamlit as st

from anchornet.store import figures
from anchornet.ui import layout, sharing
from anchornet.ui.deciding import show_said
from anchornet.ui.filters import bar
from anchornet.ui.session import network, require

person = require("share_figures")
database = network().database

layout.answer(sharing.said_of(database))
show_said()
opened = sharing.opened(database, person)
if opened is None:
    filters = bar(person, views=False)
    picks, picture = st.columns([1, 2], gap="large")
    with picks:
        made = sharing.make(database, sharing.pick(database, filters, person))
        sharing.keep(database, made, filters, person.email)
        sharing.paste(made)
    with picture:
        size = sharing.choose_size()
        sharing.show(made, size, draft=True, kept=False)
else:
    reference, asked = opened
    state = figures.state_of(database, reference)
    made = sharing.make(database, asked)
    about, picture = st.columns([1, 2], gap="large")
    with about:
        layout.heading(f"{reference}, {figures.STATES[state].lower()}")
        sharing.show_revised(database, asked)
        sharing.history(database, reference)
        sharing.approval(database, reference, state, person)
        sharing.paste(made)
    with picture:
        size = sharing.choose_size()
        sharing.files(database, made, size, state)
        sharing.show(made, size, draft=state != "approved")

layout.heading("Shared so far")
sharing.show_listed(database)
