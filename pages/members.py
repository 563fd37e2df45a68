"""Members: how does one member stand, and does it send its returns?"""

import streamlit as st

from anchornet.publishing import answers, words
from anchornet.returns.declaration import RETURNS
from anchornet.settings import add_months
from anchornet.ui import cuts, layout, one_member, reads
from anchornet.ui.filters import bar
from anchornet.ui.session import network, require

person = require("see_member_figures")
database = network().database

filters = one_member.of_one(cuts.everywhere(bar(person)), person, reads.member_names(database))
period, when = filters.period, words.span(filters.period, filters.window)
board = one_member.record(database, filters)
titles = {name: return_.title for name, return_ in RETURNS.items()}

if filters.member_id is None:
    everyone = cuts.by_member(database, filters)
    layout.answer(
        answers.members(everyone, board, when), "Choose one of the members in the bar to see it."
    )
    one_member.show_members(everyone, board, reads.member_names(database))
else:
    mine = one_member.figures(database, filters)
    layout.answer(
        answers.member(mine, filters.whose, board, when),
        layout.stated(filters),
    )
    layout.note(one_member.NOTE + ("" if filters.exact else one_member.HIDING))
    figures, returns = st.columns([3, 2], gap="large")
    with figures:
        one_member.show_figures(
            mine, one_member.whole_network(database, filters), database.settings
        )
    with returns:
        first = words.month(add_months(period, 1 - one_member.MONTHS))
        sentence = answers.record(board, f"{first} to {words.month(period)}")
        with layout.block("record", "What it has sent", sentence):
            one_member.show_record(board, titles)
