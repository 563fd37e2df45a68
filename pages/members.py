"""Members: how does one member stand, and does it send its returns?"""

import streamlit as st

from anchornet import formatting
from anchornet.narrative import page_sentences
from anchornet.periods import add_months
from anchornet.returns.declaration import RETURNS
from anchornet.ui import figure_queries, layout, members, queries
from anchornet.ui.filters import bar
from anchornet.ui.session import network, require

person = require("see_member_figures")
database = network().database

filters = members.of_one(
    figure_queries.everywhere(bar(person)), person, queries.member_names(database)
)
period, when = filters.period, formatting.span(filters.period, filters.window)
board = members.record(database, filters)
titles = {name: return_.title for name, return_ in RETURNS.items()}

if filters.member_id is None:
    everyone = figure_queries.by_member(database, filters)
    layout.answer(
        page_sentences.members(everyone, board, when),
        "Choose one of the members in the bar to see it.",
    )
    members.show_members(everyone, board, queries.member_names(database))
else:
    mine = members.figures(database, filters)
    layout.answer(
        page_sentences.member(mine, filters.whose, board, when),
        layout.stated(filters),
    )
    layout.note(members.NOTE)
    layout.rounding(filters, database.settings)
    figures, returns = st.columns([3, 2], gap="large")
    with figures:
        members.show_figures(mine, members.whole_network(database, filters), database.settings)
    with returns:
        first = formatting.month(add_months(period, 1 - members.MONTHS))
        sentence = page_sentences.record(board, f"{first} to {formatting.month(period)}")
        with layout.block("record", "What it has sent", sentence):
            members.show_record(board, titles)
