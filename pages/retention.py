"""Retention: how many of those who start stay?"""

import streamlit as st

from anchornet.server.networks import network
from anchornet.ui import layout, organisations, retention
from anchornet.ui.figures import figure_picked, panel
from anchornet.ui.filter_bar import bar
from anchornet.ui.session import require

person = require("see_network_figures")
chosen = bar(person)
filters = chosen.everywhere
page = retention.page(network().database, chosen.figures)
layout.answer(page.answer, filters.stated, page.opening)

course, cohorts = st.columns(2, gap="large")
with course:
    panel(filters, figure_picked("retention_26_weeks"), retention.FIGURES)
with cohorts:
    page.show("maturity", "leavers")

by_pathway, by_cohort = st.columns(2, gap="large")
with by_pathway:
    page.show("pathways")
with by_cohort:
    page.show("cohorts")
organisations.show_pathway_partners(network().database, chosen.as_at)
