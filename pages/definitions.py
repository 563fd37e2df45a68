"""Definitions: what does each figure mean, and what do members send?"""

import streamlit as st

from anchornet.server.networks import network
from anchornet.ui import definitions, layout
from anchornet.ui.session import require

require("see_network_figures")
page = definitions.page(network().database)
layout.answer(page.answer, definitions.FROM)
figures, returns = st.tabs(["Figures", "Returns"])
figures.html(page.figures)
returns.html(page.returns)
