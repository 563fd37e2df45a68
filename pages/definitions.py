"""Definitions: what does each figure mean, and what do members send?"""

import streamlit as st

from anchornet.narrative import page_sentences
from anchornet.narrative.definitions import columns, definitions
from anchornet.returns.declaration import RETURNS
from anchornet.ui import layout
from anchornet.ui.session import network, require

require("see_network_figures")
found = definitions(network().settings)

layout.answer(
    page_sentences.definitions(found),
    "Made from the declarations that the figures are worked out from, so that the two agree.",
)
figures, sent = st.tabs(["Figures", "Returns"])
with figures:
    for title, group in found.items():
        layout.heading(title)
        layout.definitions(group)
with sent:
    layout.note(
        "* required. No return takes names, e-mail addresses, dates of birth, National Insurance "
        "numbers or home postcodes."
    )
    for return_ in RETURNS.values():
        layout.heading(return_.title, return_.grain)
        layout.table(["Column", "What it is", "Written as"], columns(return_), numbers=[])
