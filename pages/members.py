"""Members: how does one member stand, and does it send its returns?"""

import streamlit as st

from anchornet.access import allowed
from anchornet.server.networks import network
from anchornet.ui import layout, member_list, members, queries
from anchornet.ui.filter_bar import bar
from anchornet.ui.session import end_page, require

person = require("see_member_figures")
database = network().database
if allowed(person, "keep_members"):
    usual = member_list.FIGURES if queries.months(database) else member_list.LIST
    if layout.choice("show", member_list.PARTS, usual) == member_list.LIST:
        member_list.keep(database, person.email)
        end_page()
chosen = bar(person).everywhere
filters = members.of_one(chosen, person, queries.member_names(database))
sort = st.query_params.get(members.SORT, "")
page = members.page(database, filters.figures, sort)

if page.blocks:
    layout.answer(page.answer, filters.stated, page.opening)
    figures, returns = st.columns([3, 2], gap="large")
    with figures:
        page.show("figures")
    with returns:
        page.show("record", "actions")
else:
    stated = f"{filters.stated} · Select a member to see all of its figures, a heading to sort."
    layout.answer(page.answer, stated, page.opening)
