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
    by_pathway = cuts.cut(database, filters, hires.STAGES, ("pathway",))
    with layout.block("funnel", "From application to start", answers.funnel(now, when)) as block:
        block.chart(parts.funnel(by_pathway, hires.PATHWAYS), made_of)
    by_ring = cuts.cut(database, filters, ("starts",), ("ring",))
    sentence = answers.from_where(by_ring, charts.ring_names(settings), when)
    with layout.block("homes", "Where they live", sentence) as block:
        block.chart(hires.homes(by_ring, settings, when), made_of)

on_the_map, who = st.columns(2, gap="large")
with on_the_map, layout.block("map", "On the map") as block:
    indicator = layout.choice("map", hires.ON_THE_MAP, "starts")
    window = cuts.widest(database, filters, "starts")
    by_ward = cuts.cut(database, filters, (indicator,), ("ward",), window)
    drawn = cuts.people_map(database, filters, indicator, window, hires.NOUNS[indicator])
    names = maps.ward_names(settings, {*settings.area, *settings.wider_area})
    note = answers.homes(by_ward, names, words.span(period, window))
    layout.note(note)
    block.map(drawn, f"Map of starts by home ward. {note}")
with who:
    area = settings.area_name
    rows = hires.against(now, cuts.area_figures(database, filters), area)
    groups = {name: cuts.cut(database, filters, ("starts",), (name,)) for name in hires.GROUPS}
    with layout.block("beside", "Who is hired", answers.beside_the_area(rows, area)) as block:
        block.chart(parts.beside(rows), made_of + hires.sources(rows, area))
        layout.table(["Starts", "People"], hires.counts(groups), numbers=[1])
