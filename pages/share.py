"""Share a chart: what shall people see, and may they see it yet?"""

import streamlit as st

from anchornet.server.networks import network
from anchornet.store import publications
from anchornet.ui import layout, queries, share
from anchornet.ui.filter_bar import bar
from anchornet.ui.forms import show_done
from anchornet.ui.session import require

person = require("share_figures")
database = network().database

if queries.month_seen(database):  # else the bar says that there is nothing yet
    layout.answer(share.summary(database))
show_done()
reference = share.opened(database, person)
if reference is None:
    filters = bar(person, views=False)
    picks, picture = st.columns([1, 2], gap="large")
    with picks:
        figure = share.make(database, share.pick(database, filters, person))
        share.save(database, figure, filters, person.email)
        share.paste(figure)
    with picture:
        share.show(database, figure, share.choose_size(), draft=True, saved=False)
else:
    state = publications.state_of(database, reference)
    figure = share.saved(database, reference)
    about, picture = st.columns([1, 2], gap="large")
    with about:
        layout.heading(f"{reference}, {publications.STATES[state].lower()}")
        share.show_revised(database, reference)
        share.history(database, reference)
        share.approval(database, reference, state, person)
        share.paste(figure)
    with picture:
        size = share.choose_size()
        share.files(database, figure, size, state)
        share.show(database, figure, size, draft=state != "approved")

layout.heading("Saved charts")
share.show_saved(database)
