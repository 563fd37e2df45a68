"""Stories: what stands behind the figures, and may people see it?"""

import streamlit as st

from anchornet.access import allowed
from anchornet.ui import layout, queries, stories
from anchornet.ui.meetings import show_said
from anchornet.ui.session import network, require

person = require("write_stories")
database = network().database

found = stories.seen(database, person)
layout.answer(stories.said_of(found))
show_said()
listed, opened = st.columns([2, 3], gap="large")
with listed:
    story = stories.pick(found)
names = queries.member_names(database)
with opened:
    if isinstance(story, str) or story is None:
        layout.heading("A new story", "It is a draft until somebody approves it.")
        stories.write(database, person, names, None)
    else:
        stories.show(database, story)
        stories.decide(database, person, story)
        with st.expander("Change it: a newer draft"):
            stories.write(database, person, names, story)
if allowed(person, "approve_stories"):
    stories.publish(database)
