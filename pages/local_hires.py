"""Local hires: who is hired, from where?"""

import streamlit as st

from anchornet.publishing import answers, charts, maps, parts, words
from anchornet.ui import cuts, hires, layout, reads
from anchornet.ui.figures import panel
from anchornet.ui.filters import bar
from anchornet.ui.session import network, require
from anchornet.ui.tiles import show_tiles, tiles

person = require("see_network_figures")
settings, database = network().settings, network().database

filters = bar(person)
period, when = filters.period, words.span(filters.period, filters.window)
series = reads.series(database, filters, hires.FIGURES)
now = series[series["period"] == period]
made_of = answers.source(now, "local_hires", "People", when)
layout.answer(
    answers.local_hires(now, filters.whose, when, settings.area_name), layout.stated(filters)
)
show_tiles(tiles(series[series["indicator"].isin(hires.TILES)], period, filters.window))

local, stages = st.columns(2, gap="large")
with local:
    panel(filters, "local_start_share", hires.FIGURES)
with stages:
    layout.heading("From application to start", answers.funnel(now, when))
    by_pathway = cuts.cut(database, filters, hires.STAGES, ("pathway",))
    layout.chart(parts.funnel(by_pathway, hires.PATHWAYS), "funnel", source=made_of)
    by_ring = cuts.cut(database, filters, ("starts",), ("ring",))
    said = answers.from_where(by_ring, charts.ring_names(settings), when)
    layout.heading("Where they live", said)
    layout.chart(hires.homes(by_ring, settings, when), "homes", source=made_of)

on_the_map, who = st.columns(2, gap="large")
with on_the_map:
    layout.heading("On the map")
    indicator = layout.choice("map", hires.ON_THE_MAP, "starts")
    window = cuts.widest(database, filters, "starts")
    by_ward = cuts.cut(database, filters, (indicator,), ("ward",), window)
    drawn = cuts.people_map(database, filters, indicator, window, hires.NOUNS[indicator])
    names = maps.ward_names(settings, {*settings.area, *settings.wider_area})
    note = answers.homes(by_ward, names, words.span(period, window))
    layout.note(note)
    layout.scale(drawn.scale)
    st.pydeck_chart(drawn.deck, height=maps.HEIGHT, alt=f"Map of starts by home ward. {note}")
with who:
    area = settings.area_name
    rows = hires.against(now, cuts.area_figures(database, filters), area)
    layout.heading("Who is hired", answers.beside_the_area(rows, area))
    layout.chart(parts.beside(rows), "beside", source=made_of + hires.sources(rows, area))
    groups = {name: cuts.cut(database, filters, ("starts",), (name,)) for name in hires.GROUPS}
    layout.table(["Starts", "People"], hires.counts(groups), numbers=[1])
