"""Spend: where do the pounds go?"""

import streamlit as st

from anchornet.server.networks import network
from anchornet.ui import layout, spend
from anchornet.ui.figures import figure_picked, panel, show, show_ward
from anchornet.ui.filter_bar import bar
from anchornet.ui.session import require

person = require("see_network_figures")
database = network().database
filters = bar(person)
way = layout.choice("way", spend.WAYS, "address")
page = spend.page(database, filters.figures, way)
stated = " · ".join(filter(None, [filters.stated, page.netted]))
layout.answer(page.answer, stated, page.opening)

local, over_time = st.columns(2, gap="large")
with local:
    panel(filters, figure_picked(spend.share(way)), spend.TILES[way])
with over_time:
    show(filters, page, "rings", "leaks")

by_category, largest = st.columns(2, gap="large")
with by_category:
    show(filters, page, "kinds")
with largest:
    show(filters, page, "largest")

on_the_map, kinds_of_supplier = st.columns(2, gap="large")
block = layout.Block("map", "Where it lands")
with on_the_map:
    with layout.opened(block):
        category = layout.pick("category", page.categories, "All categories")
        parts = spend.on_the_map(database, filters.figures, way, category)
        block.draw(*parts)
        show_ward(parts, "local_hires")
    show(filters, page, "imd_decile")
with kinds_of_supplier:
    show(filters, page, "supplier_size", "supplier_type", "standards")
