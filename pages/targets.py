"""Targets: what are the network and its members held to, and since when?"""

import streamlit as st

from anchornet.narrative import meeting, status
from anchornet.store.database import utc_now
from anchornet.store.targets import targets
from anchornet.ui import layout, meetings, queries
from anchornet.ui import targets as parts
from anchornet.ui.session import network, require

person = require("set_targets")
settings, database = network().settings, network().database

names = queries.member_names(database)
members = {member_id: name for member_id, (name, _) in queries.current_members(database).items()}
held = targets(database)

layout.answer(status.targets_held(held))
meetings.show_said()

left, right = st.columns([2, 3], gap="large")
with left:
    layout.heading("Set a target", "A figure is judged against the way to its target, to date.")
    asked = parts.pick(members)
    found = next((it for it in held if (it.indicator, it.member_id) == asked), None)
    parts.edit(database, *asked, found, utc_now().date(), person.email)
with right:
    layout.heading(f"History: {meeting.figure_of(asked, names)}")
    parts.show_history(database, *asked)
    layout.heading("All targets")
    parts.show_targets(held, names, settings)
    layout.heading("A file of all", "Download, change, load again. What the file lacks stays.")
    parts.file_of_all(database, held, person.email)
