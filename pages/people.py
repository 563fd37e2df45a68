"""People: who may sign in, as what, and what did they do?"""

import streamlit as st

from anchornet import formatting
from anchornet.store import audit
from anchornet.store.people import accounts
from anchornet.ui import layout, meetings, people, queries
from anchornet.ui.session import has_provider, network, require

person = require("keep_people")
settings, database = network().settings, network().database

names = queries.member_names(database)
found = accounts(database)
many = formatting.count(len(found)).capitalize()
layout.answer(f"{many} {'person' if len(found) == 1 else 'people'} may sign in to this network.")
meetings.show_said()

who, record = st.tabs(["People", "What people did"])
with who:
    left, right = st.columns([3, 2], gap="large")
    with left:
        people.show_people(found, names)
    with right:
        layout.heading("Add or change", "The roles are those that stand here, and no others.")
        people.record(database, found, names, person.email)
        layout.heading("Let in, or take away", "Who is taken away is out at their next click.")
        people.let_in(database, found, person.email, links=not has_provider())
with record:
    people.show_trail(audit.trail(database), names, settings)
