"""Overview: are we on target, what changed, what needs a decision?"""

import streamlit as st

from anchornet.publishing import answers, words
from anchornet.returns.declaration import RETURNS
from anchornet.ui import briefing, layout, reads
from anchornet.ui.figures import panel
from anchornet.ui.filters import bar
from anchornet.ui.session import network, require
from anchornet.ui.tiles import coverage_tile, show_tiles, tiles

CHARTS = 4

person = require("see_network_figures")
settings, database = network().settings, network().database

filters = bar(person)
series = reads.series(database, filters)
board = reads.board(database, filters.period, filters.as_at)
if filters.members is not None:
    board = board[board["member_id"].isin(filters.members)]
titles = {name: return_.title for name, return_ in RETURNS.items()}
now = series[series["period"] == filters.period]
when = words.span(filters.period, filters.window)
layout.answer(answers.overview(now, board, when, filters.whose), layout.stated(filters))

exceptions, since = st.columns([3, 2], gap="large")
with exceptions:
    briefing.block(
        "Off track or of concern", *briefing.exceptions_html(database, filters, reads.HEADLINES)
    )
with since:
    briefing.block(
        "Since the last meeting", *briefing.since_html(database, filters, reads.HEADLINES)
    )
cases = briefing.cases(database, filters, reads.HEADLINES)
show_tiles(tiles(series, filters.period, filters.window), coverage_tile(board, titles))

worst = [case.indicator for case in cases][:CHARTS]
for pair in (worst[:2], worst[2:]):
    for column, indicator in zip(st.columns(2, gap="large"), pair, strict=False):
        with column:
            panel(filters, indicator, reads.HEADLINES)

where, who = st.columns(2, gap="large")
with where:
    drawn = reads.spend_map(database, settings, filters.period)
    layout.heading("Where spend lands")
    layout.scale(drawn.scale)
    st.pydeck_chart(drawn.deck, height=420, alt="Map of spend by ward.")
with who:
    layout.heading("Who has returned what", answers.coverage(board))
    layout.returns_table(board, titles)
