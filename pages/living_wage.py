"""Living wage: how many employers are accredited, and how did that change?"""

import streamlit as st

from anchornet.access import allowed
from anchornet.server.networks import network
from anchornet.ui import layout, living_wage
from anchornet.ui.figures import figure_picked, panel, show
from anchornet.ui.filter_bar import bar
from anchornet.ui.session import require

person = require("see_network_figures")
database = network().database
chosen = bar(person)
filters = chosen.everywhere
page = living_wage.page(database, chosen.figures)
layout.answer(page.answer, filters.stated, page.opening)

course, movements = st.columns(2, gap="large")
with course:
    panel(filters, figure_picked("accredited_employers"), living_wage.TILES)
with movements:
    page.show("flows", "jobs")

for column, field in zip(st.columns(2, gap="large"), living_wage.FIELDS, strict=True):
    with column:
        show(filters, page, f"by_{field}")

members, near = st.columns(2, gap="large")
with members:
    layout.show(living_wage.members(database, filters.figures, person))
    if allowed(person, "manage_returns"):
        layout.show(*living_wage.conflicts(database, filters.figures))
with near:
    page.show("renewals")
    layout.show(*living_wage.own_renewals(database, filters.figures, person))
    page.show("rates")
