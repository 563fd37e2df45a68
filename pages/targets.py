"""Targets: what are the network and its members held to, and since when?"""

import streamlit as st

from anchornet.narrative import meeting, status
from anchornet.server.networks import network
from anchornet.store.database import utc_now
from anchornet.store.targets import targets
from anchornet.ui import layout, queries
from anchornet.ui import targets as parts
from anchornet.ui.forms import show_done
from anchornet.ui.session import require

person = require("set_targets")
settings, database = network().settings, network().database

names = queries.member_names(database)
members = {member_id: name for member_id, (name, _) in queries.current_members(database).items()}
held = targets(database)

layout.answer(status.targets_held(held))
show_done()

left, right = st.columns([2, 3], gap="large")
with left:
    layout.heading("Set a target", "A figure is judged against its expected path to the target.")
    figure = parts.pick(members)
    target = next((it for it in held if (it.indicator, it.member_id) == figure), None)
    parts.edit(database, *figure, target, utc_now().date(), person.email)
with right:
    layout.heading(f"History: {meeting.figure_of(figure, names)}")
    parts.show_history(database, *figure)
    if held:
        layout.heading("All targets")
    parts.show_targets(held, names, settings)
    layout.heading(
        "All targets as a file",
        "Download it, change it, load it again. Targets the file leaves out stay.",
    )
    parts.file_of_all(database, held, person.email)
