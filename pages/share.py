"""Share a chart: what shall people see, and may they see it yet?"""

import streamlit as st

from anchornet.store import publications
from anchornet.ui import layout, share
from anchornet.ui.filters import bar
from anchornet.ui.meetings import show_said
from anchornet.ui.session import network, require

person = require("share_figures")
database = network().database

layout.answer(share.said_of(database))
show_said()
opened = share.opened(database, person)
if opened is None:
    filters = bar(person, views=False)
    picks, picture = st.columns([1, 2], gap="large")
    with picks:
        made = share.make(database, share.pick(database, filters, person))
        share.keep(database, made, filters, person.email)
        share.paste(made)
    with picture:
        size = share.choose_size()
        share.show(made, size, draft=True, kept=False)
else:
    reference, asked = opened
    state = publications.state_of(database, reference)
    made = share.make(database, asked)
    about, picture = st.columns([1, 2], gap="large")
    with about:
        layout.heading(f"{reference}, {publications.STATES[state].lower()}")
        share.show_revised(database, asked)
        share.history(database, reference)
        share.approval(database, reference, state, person)
        share.paste(made)
    with picture:
        size = share.choose_size()
        share.files(database, made, size, state)
        share.show(made, size, draft=state != "approved")

layout.heading("Shared so far")
share.show_listed(database)
