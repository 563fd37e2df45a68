"""What the delivery group decides and the coordinator keeps: forms, and what came of them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from anchornet import formatting
from anchornet.facts.catalogue import CATALOGUE
from anchornet.indicators.since_meeting import OffTrack, month_seen
from anchornet.narrative import variation
from anchornet.narrative.variation import Asked
from anchornet.store import actions, area_statistics, meetings
from anchornet.store.database import Database
from anchornet.store.meetings import Meeting
from anchornet.store.network import NotPossible
from anchornet.store.targets import read_number
from anchornet.ui import layout

SAID, ROUND = "decided_said", "decided_round"
DAY = "DD/MM/YYYY"
SHOWN = 20  # closed actions


def show_said() -> None:
    """What came of the last form, once."""
    if said := st.session_state.pop(SAID, None):
        st.html(f'<p class="an-figure">{escape(said)}</p>')


def do(said: str, act: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Does what a form asks and begins again with empty forms; or says why it can't be done, and
    leaves what was typed."""
    try:
        act(*args, **kwargs)
    except (NotPossible, ValueError) as why:
        st.error(layout.plain(formatting.sentence(str(why))))
        return
    st.session_state[SAID] = said
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
    st.rerun()


def key(name: str) -> str:
    """The key of a form or its field: another one after each thing that was done."""
    return f"{name}_{st.session_state.get(ROUND, 0)}"


# --- actions -------------------------------------------------------------------------------------


def show_lacking(lacking: Sequence[OffTrack], names: Mapping[str, str]) -> None:
    if not lacking:
        return
    layout.heading(
        "Off track, with no action",
        "Each asks for something to be done: what, by which role or team, and by when.",
    )
    layout.table(
        ["Figure", "Where it stands"],
        [
            [variation.figure_of((it.indicator, it.member_id), names), variation.behind(it)]
            for it in lacking
        ],
        numbers=(),
    )


def show_open(
    listed: pd.DataFrame, names: Mapping[str, str], held: Sequence[Meeting], today: date
) -> None:
    if listed.empty:
        st.write("No action is open.")
        return
    layout.table(
        ["Figure", "What will be done, and who does it", "By when"],
        [
            [
                variation.figure_of((row["indicator"], row["member_id"]), names),
                f"{row['what']} ({row['who']})",
                f"{formatting.day(row['due_on'], short=True)}, "
                f"{formatting.due(row['due_on'], today)}; "
                f"{variation.carried(row['opened_at'], held, today)}",
            ]
            for row in listed.to_dict("records")
        ],
        numbers=(),
    )


def show_closed(listed: pd.DataFrame, names: Mapping[str, str]) -> None:
    if listed.empty:
        return
    recent = listed.sort_values("closed_at", ascending=False).head(SHOWN)
    with st.expander(f"Closed actions ({len(listed):,})"):
        layout.table(
            ["Figure", "What was done", "Closed on", "What came of it"],
            [
                [
                    variation.figure_of((row["indicator"], row["member_id"]), names),
                    f"{row['what']} ({row['who']})",
                    formatting.day(row["closed_at"]),
                    row["note"],
                ]
                for row in recent.to_dict("records")
            ],
            numbers=(),
        )


def open_action(
    database: Database,
    choices: Sequence[Asked],
    names: Mapping[str, str],
    due_on: date,
    today: date,
    by: str,
) -> None:
    """A form for something to be done about one of the figures, those off track first."""
    with st.form(key("open_action"), border=False):
        asked = st.selectbox(
            "About",
            choices,
            format_func=lambda it: variation.figure_of(it, names),
            key=key("action_about"),
        )
        what = st.text_input("What will be done", key=key("action_what"))
        who_at, when_at = st.columns([3, 2])
        who = who_at.text_input(
            "Who does it",
            key=key("action_who"),
            placeholder="Procurement leads",
            help="A role or a team, and not a person's name.",
        )
        when = when_at.date_input(
            "By when", due_on, min_value=today, format=DAY, key=key("action_due")
        )
        if st.form_submit_button("Record this action", type="primary", key=key("action_record")):
            indicator, member_id = asked
            do(
                "The action is recorded. It stays with the figure until it is closed.",
                actions.record_action,
                database,
                indicator=indicator,
                member_id=member_id,
                what=what,
                who=who,
                due_on=when,
                by=by,
            )


def close_or_carry(
    database: Database, listed: pd.DataFrame, names: Mapping[str, str], today: date, by: str
) -> None:
    """A form that closes an open action with a note, or carries it to a later day."""
    rows = {row["action_id"]: row for row in listed.to_dict("records")}
    number = st.selectbox(
        "Action",
        list(rows),
        format_func=lambda it: f"{rows[it]['what']} ({rows[it]['who']})",
        key=key("action_which"),
    )
    row = rows[number]
    with st.form(key(f"close_action_{number}"), border=False):
        note = st.text_input("What came of it", key=key(f"action_note_{number}"))
        when = st.date_input(
            "Or a later day",
            max(row["due_on"], today),
            min_value=today,
            format=DAY,
            key=key(f"action_later_{number}"),
        )
        with st.container(horizontal=True):
            close = st.form_submit_button("Close it", type="primary", key=key("action_close"))
            carry = st.form_submit_button("Carry it to that day", key=key("action_carry"))
        if close:
            do("The action is closed.", actions.close_action, database, number, note, by=by)
        elif carry:
            fields = {name: row[name] for name in ("indicator", "member_id", "what", "who")}
            do(
                f"The action is carried to {formatting.day(when)}.",
                actions.record_action,
                database,
                action_id=number,
                due_on=when,
                by=by,
                **fields,
            )


# --- meetings ------------------------------------------------------------------------------------


def show_meetings(database: Database, held: Sequence[Meeting], now: datetime) -> None:
    if not held:
        st.write("No meeting is recorded yet.")
        return

    def saw(meeting: Meeting) -> str:
        if meeting.starts_at > now:
            return "to come"
        month = month_seen(database, meeting.starts_at)
        return formatting.month(month) if month else "no figures"

    layout.table(
        ["Meeting", "Starts (UTC)", "Month it looked at"],
        [[it.name, formatting.moment(it.starts_at), saw(it)] for it in held],
        numbers=(),
    )


def record_meeting(database: Database, held: Sequence[Meeting], now: datetime, by: str) -> None:
    """A form that records a meeting, or moves or removes one."""
    known = {it.meeting_id: it for it in held}
    which = st.selectbox(
        "Meeting",
        [0, *known],
        format_func=lambda it: known[it].name if it else "A new one",
        key=key("meeting_which"),
    )
    last = max((it.starts_at for it in held), default=now.replace(hour=9, minute=0))
    usual = last + timedelta(weeks=8)
    chosen = known.get(which)
    starts_at = chosen.starts_at if chosen else usual
    with st.form(key(f"meeting_{which}"), border=False):
        name = st.text_input(
            "Name",
            chosen.name if chosen else "",
            placeholder="Delivery group, December",
            key=key(f"meeting_name_{which}"),
        )
        day_at, time_at = st.columns(2)
        day = day_at.date_input(
            "Day", starts_at.date(), format=DAY, key=key(f"meeting_day_{which}")
        )
        time = time_at.time_input(
            "Starts at (UTC)", starts_at.time(), key=key(f"meeting_time_{which}")
        )
        with st.container(horizontal=True):
            keep = st.form_submit_button(
                "Record this meeting", type="primary", key=key("meeting_keep")
            )
            remove = bool(chosen) and st.form_submit_button(
                "It does not take place", key=key("meeting_remove")
            )
        if keep or remove:
            said = "The meeting is recorded." if keep else f"{name} is taken off the list."
            moment = datetime.combine(day, time)
            more = {"meeting_id": which or None, "removed": bool(remove)}
            do(said, meetings.record_meeting, database, name, moment, by, **more)


# --- the area ------------------------------------------------------------------------------------


def show_area(found: pd.DataFrame) -> None:
    rows = {row["name"]: row for row in found.to_dict("records")}
    layout.table(
        ["Figure of the area", "Value", "Year", "Source"],
        [
            [
                formatting.plain(fact.title),
                variation.exactly(rows[name]["value"], fact.unit) if name in rows else "–",
                f"{rows[name]['year']}" if name in rows else "",
                rows[name]["source"] if name in rows else "not given yet",
            ]
            for name, fact in area_statistics.AREA_FACTS.items()
        ],
        numbers=(1, 2),
    )


def record_area_fact(database: Database, found: pd.DataFrame, today: date, by: str) -> None:
    """A form for a figure of the area, with where it comes from."""
    rows = {row["name"]: row for row in found.to_dict("records")}
    name = st.selectbox(
        "Figure",
        list(area_statistics.AREA_FACTS),
        format_func=lambda it: formatting.plain(area_statistics.AREA_FACTS[it].title),
        key=key("area_which"),
    )
    fact, row = area_statistics.AREA_FACTS[name], rows.get(name, {})
    st.caption(fact.definition)
    with st.form(key(f"area_{name}"), border=False):
        value_at, year_at = st.columns(2)
        value = value_at.text_input(
            "Value",
            variation.exactly(row["value"], fact.unit) if row else "",
            placeholder="27%" if fact.unit == "share" else "410,000",
            key=key(f"area_value_{name}"),
        )
        year = year_at.number_input(
            "Year", 1900, today.year, row.get("year", today.year), key=key(f"area_year_{name}")
        )
        source = st.text_input("Source", row.get("source", ""), key=key(f"area_source_{name}"))
        if st.form_submit_button("Keep this figure", type="primary", key=key("area_keep")):
            do("The figure is kept.", _keep, database, name, value, source, int(year), by)


def record_rate(database: Database, today: date, by: str) -> None:
    """A form for a Real Living Wage rate that was announced since the release."""
    with st.form(key("rate"), border=False):
        year = st.text_input("Rate of", placeholder="2026-27", key=key("rate_year"))
        first, second = st.columns(2)
        announced_on = first.date_input(
            "Announced on", today, max_value=today, format=DAY, key=key("rate_announced")
        )
        implement_by = second.date_input(
            "To be paid from", today, format=DAY, key=key("rate_implement")
        )
        uk = first.text_input("UK, an hour", placeholder="£13.45", key=key("rate_uk"))
        london = second.text_input("London, an hour", placeholder="£14.80", key=key("rate_london"))
        if st.form_submit_button("Keep this rate", key=key("rate_keep")):
            dates = (announced_on, implement_by)
            do("The rate is kept.", _keep_rate, database, year, *dates, uk, london, by)


def _keep_rate(
    database: Database,
    year: str,
    announced_on: date,
    implement_by: date,
    uk: str,
    london: str,
    by: str,
) -> None:
    pounds = [Decimal(str(read_number(text, "a rate"))) for text in (uk, london)]
    area_statistics.record_rate(database, year, announced_on, implement_by, *pounds, by=by)


def _keep(database: Database, name: str, value: str, source: str, year: int, by: str) -> None:
    number = read_number(value, "the value")
    area_statistics.record_area_fact(database, name, number, source=source, year=year, by=by)


# --- what can be acted on ------------------------------------------------------------------------


def choices(lacking: Sequence[OffTrack], members: Sequence[str]) -> list[Asked]:
    """What an action can be about: first the figures that lack one, then every other figure of the
    network, then of each member."""
    first: list[Asked] = [(it.indicator, it.member_id) for it in lacking]
    rest: list[Asked] = [(name, whose) for whose in (None, *members) for name in CATALOGUE]
    return list(dict.fromkeys([*first, *rest]))
