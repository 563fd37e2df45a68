"""Local hires: who is hired, from where?"""

import streamlit as st

from anchornet import formatting
from anchornet.charts import breakdowns, maps
from anchornet.narrative import page_sentences
from anchornet.ui import figure_queries, layout, local_hires, queries
from anchornet.ui.figures import panel
from anchornet.ui.filters import bar
from anchornet.ui.session import network, require
from anchornet.ui.tiles import show_tiles, tiles

person = require("see_network_figures")
settings, database = network().settings, network().database

filters = bar(person)
period, when = filters.period, formatting.span(filters.period, filters.window)
series = queries.series(database, filters, local_hires.FIGURES)
now = series[series["period"] == period]
made_of = page_sentences.source(now, "local_hires", "People", when)
layout.answer(
    page_sentences.local_hires(now, filters.whose, when, settings.area_name), layout.stated(filters)
)
layout.rounding(filters, settings)
show_tiles(tiles(series[series["indicator"].isin(local_hires.TILES)], period, filters.window))

local, stages = st.columns(2, gap="large")
splits = figure_queries.may_cut(database, filters, "starts", "pathway", filters.window)
with local:
    panel(filters, "local_start_share", local_hires.FIGURES)
with stages:
    with layout.block(
        "funnel", "From application to start", page_sentences.funnel(now, when)
    ) as block:
        if splits:
            by_pathway = figure_queries.cut(database, filters, local_hires.STAGES, ("pathway",))
            block.chart(breakdowns.funnel(by_pathway, local_hires.PATHWAYS), made_of)
        else:
            layout.note(local_hires.NOT_SPLIT)
    if splits:
        by_ring = figure_queries.cut(database, filters, ("starts",), ("ring",))
        sentence = page_sentences.from_where(by_ring, formatting.ring_names(settings), when)
        with layout.block("homes", "Where they live", sentence) as block:
            block.chart(local_hires.homes(by_ring, settings, when), made_of)

on_the_map, who = st.columns(2, gap="large")
with on_the_map, layout.block("map", "On the map") as block:
    indicator = layout.choice("map", local_hires.ON_THE_MAP, "starts")
    by_ward = figure_queries.by_ward(database, filters, indicator)
    if by_ward is not None:
        drawn = figure_queries.people_map(
            database, filters, indicator, local_hires.NOUNS[indicator]
        )
        names = maps.ward_names(settings, {*settings.area, *settings.wider_area})
        note = page_sentences.homes(
            by_ward, names, formatting.span(period, by_ward["window"].iloc[0])
        )
        layout.note(note)
        block.map(drawn, f"Map of starts by home ward. {note}")
    else:
        layout.note(local_hires.NOT_MAPPED)
with who:
    area = settings.area_name
    rows = local_hires.against(now, figure_queries.area_figures(database, filters), area)
    with layout.block(
        "beside", "Who is hired", page_sentences.beside_the_area(rows, area)
    ) as block:
        block.chart(breakdowns.beside(rows), made_of + local_hires.sources(rows, area))
        if splits:
            groups = {
                name: figure_queries.cut(database, filters, ("starts",), (name,))
                for name in local_hires.GROUPS
            }
            layout.table(["Starts", "People"], local_hires.counts(groups), numbers=[1])
