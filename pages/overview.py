"""Overview: how does the network stand against its targets?"""

import streamlit as st

from anchornet.indicators.catalogue import CATALOGUE
from anchornet.publishing import answers, charts
from anchornet.returns.declaration import RETURNS
from anchornet.ui import layout, reads
from anchornet.ui.filters import bar
from anchornet.ui.session import network, require
from anchornet.ui.tiles import coverage_tile, series_of, show_tiles, tiles

person = require("see_network_figures")
settings, database = network().settings, network().database

filters = bar(person)
period = filters.period
series = reads.headlines(database, settings, period)
now = series[series["period"] == period]
board = reads.board(database, period)
titles = {name: return_.title for name, return_ in RETURNS.items()}

layout.answer(answers.overview(now, board, period), layout.stand(period, now["as_at"].iloc[0]))
show_tiles(tiles(series, period), coverage_tile(board, titles))

left, right = st.columns(2, gap="large")
with left:
    for usual in ("local_spend_share", "accredited_employers"):
        indicator = CATALOGUE[layout.indicator_picker(reads.HEADLINES, usual)]
        rows = series_of(series, indicator.name)
        layout.chart(charts.line(rows, indicator.title, indicator.unit), key=f"course_{usual}")
with right:
    layout.heading("Who has returned what", answers.coverage(board))
    layout.returns_table(board, titles)
