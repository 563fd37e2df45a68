"""Network settings: what does the network decide for itself, and since when?"""

import streamlit as st

from anchornet.server.networks import network
from anchornet.ui import layout
from anchornet.ui import network_settings as parts
from anchornet.ui.forms import show_done
from anchornet.ui.session import require

person = require("keep_network")
settings, database = network().settings, network().database
layout.answer(
    f"{settings.network_name} covers {settings.area_name}, within {settings.wider_area_name}.",
    "What is saved holds at once; what was true before stays in the history.",
)
show_done()
name, area, deadlines, rules, history = st.tabs(
    ["Name and look", "Area", "Deadlines", "Rules", "History"]
)
with name:
    left, right = st.columns(2, gap="large")
    with left:
        parts.show_name(database, person.email)
    with right:
        parts.show_look(database, person.email)
with area:
    parts.show_area(database, person.email)
with deadlines:
    parts.show_deadlines(database, person.email)
with rules:
    parts.show_rules(database, person.email)
with history:
    parts.show_history(database)
