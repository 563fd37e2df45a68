"""Meetings: what is being done about figures that are off track, and when does the group meet?"""

from datetime import timedelta

import streamlit as st

from anchornet import formatting
from anchornet.access import allowed
from anchornet.narrative import meeting as narrative_meeting
from anchornet.server.networks import network
from anchornet.store.actions import actions
from anchornet.store.area_statistics import area_facts
from anchornet.store.database import utc_now
from anchornet.ui import layout, meetings, overview, queries
from anchornet.ui.filters import Filters
from anchornet.ui.forms import show_done
from anchornet.ui.session import require

person = require("record_action")
database = network().database
now, by = utc_now(), person.email
today = now.date()

names = queries.member_names(database)
held = queries.meetings(database)
month = queries.month_seen(database)
every = actions(database)
lacking: overview.Lacking = []
attention = ""
if month:
    seen = Filters(month, sees_members=True)
    lacking = overview.attention(database, seen)[2]
    summary = overview.summary(database, seen)
    month_name = formatting.month(month)
    attention = f"Needs attention in {month_name}: {summary[:1].lower()}{summary[1:]}"

layout.answer(narrative_meeting.agenda(held, every, now), attention)
show_done()
meetings.offer_pack(database, person, held)
runs = allowed(person, "run_network")
titles = ["Actions", "Dates", "Evidence"]
tabs = st.tabs([*titles, "The area"] if runs else titles)

with tabs[0]:
    left, right = st.columns([3, 2], gap="large")
    with left:
        meetings.show_lacking(lacking, names)
        layout.heading("Open actions")
        recorded = meetings.of_workstream(every)
        is_open = recorded["state"] == "open"
        meetings.show_open(recorded[is_open], names, held, today)
        meetings.show_closed(recorded[~is_open], names)
    with right:
        layout.heading("Add an action")
        coming = [meeting.starts_at.date() for meeting in held if meeting.starts_at > now]
        due_on = min(coming, default=today + timedelta(days=56))
        about = meetings.concerns(database, lacking, names, st.query_params.get("about"))
        meetings.open_action(database, about, due_on, today, by)
        if is_open.any():
            layout.heading("Close an action, or carry it over")
            meetings.close_or_carry(database, recorded[is_open], today, by)

with tabs[1]:
    left, right = st.columns([3, 2], gap="large")
    with left:
        layout.heading("Meetings", "Figures as at a meeting are those known when it started.")
        meetings.show_meetings(database, held, now)
    if runs:
        with right:
            layout.heading("Add, move or cancel a meeting")
            meetings.record_meeting(database, held, now, by)

with tabs[2]:
    layout.heading(
        "Evidence pack",
        "For a funder or a minister: what has changed over up to five years, outcome by outcome, "
        "what isn't known, and what you ask for. It holds what anybody may see.",
    )
    meetings.offer_evidence(database)
    left, right = st.columns(2, gap="large")
    with left:
        layout.heading("What we ask for")
        meetings.show_ask(database, person)
    with right:
        layout.heading("Write it", "It is a draft until it is approved.")
        meetings.write_ask(database, by)

if runs:
    with tabs[3]:
        left, right = st.columns([3, 2], gap="large")
        facts = area_facts(database)
        with left:
            layout.heading("The area", "Figures from elsewhere, with their source and year.")
            meetings.show_area(facts)
        with right:
            layout.heading("Add or update a figure")
            meetings.record_area_fact(database, facts, today, by)
            layout.heading("Add a Real Living Wage rate", "For one announced since the release.")
            meetings.record_rate(database, today, by)
