"""Meetings: what is being done about figures that are off track, and when does the group meet?"""

from datetime import timedelta

import streamlit as st

from anchornet.access import allowed
from anchornet.publishing import judging
from anchornet.store.area import area_facts
from anchornet.store.database import utc_now
from anchornet.store.meetings import actions
from anchornet.ui import deciding, layout, packing, reads
from anchornet.ui.session import network, require

person = require("record_action")
database = network().database
now, by = utc_now(), person.email
today = now.date()

names = reads.member_names(database)
held = reads.meetings(database)
months = reads.months(database)
listed = actions(database)
is_open = listed["state"] == "open"
behind = reads.off_track(database, reads.usual_month(database, months)) if months else []
lacking = judging.unanswered(behind, listed)

layout.answer(judging.agenda(held, listed, lacking, now))
deciding.show_said()
packing.offer(database, person, held)
runs = allowed(person, "run_network")
tabs = st.tabs(["Actions", "Dates", "The area"] if runs else ["Actions", "Dates"])

with tabs[0]:
    left, right = st.columns([3, 2], gap="large")
    with left:
        deciding.show_lacking(lacking, names)
        layout.heading("Open actions")
        deciding.show_open(listed[is_open], names, held, today)
        deciding.show_closed(listed[~is_open], names)
    with right:
        layout.heading("Record an action")
        coming = [it.starts_at.date() for it in held if it.starts_at > now]
        due_on = min(coming, default=today + timedelta(days=56))
        asked = deciding.choices(lacking, list(reads.current_members(database)))
        deciding.open_action(database, asked, names, due_on, today, by)
        if is_open.any():
            layout.heading("Close an action, or carry it on")
            deciding.close_or_carry(database, listed[is_open], names, today, by)

with tabs[1]:
    left, right = st.columns([3, 2], gap="large")
    with left:
        layout.heading("Meetings", "Figures as at a meeting are those known when it started.")
        deciding.show_meetings(database, held, now)
    if runs:
        with right:
            layout.heading("Record a meeting")
            deciding.record_meeting(database, held, now, by)

if runs:
    with tabs[2]:
        left, right = st.columns([3, 2], gap="large")
        found = area_facts(database)
        with left:
            layout.heading("The area", "Figures from elsewhere, with their source and year.")
            deciding.show_area(found)
        with right:
            layout.heading("Record a figure")
            deciding.record_area_fact(database, found, today, by)
            layout.heading("Add a Real Living Wage rate", "For one announced since the release.")
            deciding.record_rate(database, today, by)
