"""Stories: what stands behind the figures, and may people see it?"""

import streamlit as st

from anchornet.access import allowed
from anchornet.server.networks import network
from anchornet.ui import layout, queries, stories
from anchornet.ui.forms import show_done
from anchornet.ui.session import require

person = require("write_stories")
database = network().database

written = stories.seen(database, person)
layout.answer(stories.summary(written))
show_done()
listing, opened = st.columns([2, 3], gap="large")
with listing:
    story = stories.pick(written)
names = queries.member_names(database)
with opened:
    if story is None:
        layout.heading("A new story", "It is a draft until somebody approves it.")
        stories.write(database, person, names, None)
    else:
        stories.show(database, story)
        stories.decide(database, person, story)
        with st.expander("Edit this story"):
            stories.write(database, person, names, story)
if allowed(person, "approve_stories"):
    stories.publish(database)
