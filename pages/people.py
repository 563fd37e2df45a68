"""People: who may sign in, as what, and what did they do?"""

import streamlit as st

from anchornet import formatting
from anchornet.server.identity import has_provider
from anchornet.server.networks import network
from anchornet.store import audit, authentication
from anchornet.store.people import accounts
from anchornet.ui import layout, mail, people, queries
from anchornet.ui.forms import show_done
from anchornet.ui.session import require

person = require("keep_people")
settings, database = network().settings, network().database

names = queries.member_names(database)
everybody = accounts(database)
who = formatting.counted(len(everybody), "person", "people") if everybody else "nobody"
sample = queries.sample_people(database)
invented = formatting.counted(len(sample), "invented person", "invented people")
layout.answer(
    f"{formatting.capital(who)} can sign in to this network.",
    f"It is a sample: you can try it as {invented}." if sample else "",
)
show_done()

entries, programs, sent, activity = st.tabs(["People", "Programs", "Email", "Activity log"])
with entries:
    left, right = st.columns([3, 2], gap="large")
    with left:
        people.show_people(everybody, names, authentication.sign_ins(database))
        if sample:
            people.show_sample(sample, names)
    with right:
        layout.heading("Add or edit a person", "They have the roles you choose, and no others.")
        people.record(database, everybody, names, person.email, links=not has_provider())
        layout.heading("Sign-in and removal", "A removed person is signed out at once.")
        people.let_in(database, everybody, person.email, links=not has_provider())
with programs:
    people.show_network_tokens(database, person.email)
with sent:
    mail.show_mail(database, person.email)
with activity:
    people.show_trail(audit.trail(database), names, settings)
