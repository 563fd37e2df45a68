"""Local hires: who is hired, from where?"""

import streamlit as st

from anchornet.server.networks import network
from anchornet.ui import layout, local_hires, organisations
from anchornet.ui.figures import figure_picked, panel, show, show_ward
from anchornet.ui.filter_bar import bar
from anchornet.ui.session import require

person = require("see_network_figures")
database = network().database
filters = bar(person)
page = local_hires.page(database, filters.figures)
layout.answer(page.answer, filters.stated, page.opening)

local, stages = st.columns(2, gap="large")
with local:
    panel(filters, figure_picked("local_start_share"), local_hires.FIGURES)
with stages:
    show(filters, page, "funnel", "homes")

on_the_map, who = st.columns(2, gap="large")
block = layout.Block("map", "On the map")
with on_the_map, layout.opened(block):
    indicator = layout.choice("map", local_hires.ON_THE_MAP, "starts")
    parts = local_hires.on_the_map(database, filters.figures, indicator)
    block.draw(*parts)
    show_ward(parts, "spend")
with who:
    show(filters, page, "beside")
    organisations.show_pathway_partners(database, filters.as_at)
