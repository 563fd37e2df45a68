"""What the delivery group decides, its dates, its pack, and what is known of the area."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st
from markupsafe import Markup

from anchornet import formatting
from anchornet.access import Person, allowed, why_not_approve
from anchornet.exports import pack
from anchornet.exports.mail.reminders import pack_letters
from anchornet.exports.pack import evidence
from anchornet.facts.catalogue import CATALOGUE
from anchornet.narrative import meeting as narrative_meeting
from anchornet.narrative.definitions import FOR_WHOM
from anchornet.narrative.evidence import READER
from anchornet.narrative.meeting import FigureOf
from anchornet.narrative.story_text import blocks
from anchornet.store import actions, area_statistics, asks, meetings
from anchornet.store.asks import Ask
from anchornet.store.database import Database, utc_now
from anchornet.store.framework import framework
from anchornet.store.mail import put_out
from anchornet.store.meetings import Meeting
from anchornet.store.targets import read_number
from anchornet.ui import commitments, layout, links, mail, queries
from anchornet.ui.components import html
from anchornet.ui.forms import DAY, Undo, confirmed, do, key
from anchornet.ui.overview import Lacking
from anchornet.ui.session import download

CLOSED = 20  # closed actions on screen
PACK_ICONS = {".pptx": ":material/slideshow:", ".pdf": ":material/picture_as_pdf:"}
PROMISES = commitments.TILES[0]  # the figure of an action about a promise


def offer_pack(database: Database, person: Person, held: Sequence[Meeting]) -> None:
    """The pack of the next meeting, or of the last, or of any other, for who may make it."""
    if not held or not allowed(person, "make_pack"):
        return
    by_id = {meeting.meeting_id: meeting for meeting in held}
    usual = pack.meeting_on(database).meeting_id
    with st.container(key="pack", horizontal=True, gap="small", vertical_alignment="bottom"):
        picked = st.selectbox(
            "Meeting pack",
            list(by_id),
            index=list(by_id).index(usual),
            format_func=lambda number: (
                f"{by_id[number].name}, {formatting.day(by_id[number].starts_at)}"
            ),
            key="pack_meeting",
            width=420,
        )
        reader = st.selectbox(
            "What figures mean",
            [None, *FOR_WHOM],
            format_func=lambda name: FOR_WHOM[name] if name else "Left out",
            key="pack_reader",
            width=220,
        )
        for form, title in pack.FORMS.items():
            download(
                title,
                partial(pack.make_file, database, by_id[picked], form, person.email, reader),
                pack.file_name(by_id[picked], form),
                pack.MIME[form],
                PACK_ICONS[form],
                key=f"pack{form}",
            )
    if mail.sends(database.settings):
        about = by_id[picked]
        words = f"The delivery group gets an email that the pack for {about.name} is ready."
        if confirmed("Email the delivery group", words, "Send", "pack_mail"):
            letters = pack_letters(database, about)
            do("It is on its way.", put_out, database, letters, by=person.email)
    layout.note(
        "Everything the meeting looks at: as it stood when the meeting started or, until then, as "
        "it is now. People are rounded as on the pages."
    )


def offer_evidence(database: Database) -> None:
    """The evidence pack, as at now."""
    now = utc_now()
    with st.container(key="evidence", horizontal=True, gap="small", vertical_alignment="bottom"):
        reader = st.selectbox(
            "Reader",
            list(FOR_WHOM),
            index=list(FOR_WHOM).index(READER),
            format_func=FOR_WHOM.__getitem__,
            key="evidence_reader",
            width=260,
        )
        for form, title in pack.FORMS.items():
            download(
                title,
                partial(evidence.make_file, database, form, reader),
                evidence.file_name(now, form),
                pack.MIME[form],
                PACK_ICONS[form],
                key=f"evidence{form}",
            )


# --- what the network asks for -------------------------------------------------------------------


def show_ask(database: Database, person: Person) -> None:
    """The text that leaves, the newer draft if there is one, and what can be decided of each."""
    history = asks.ask_history(database)
    public = next((ask for ask in history if ask.state == "approved"), None)
    if public is None:
        layout.note("No text is approved, so the evidence pack asks for nothing.")
    else:
        _show_version(public, "This goes out with the pack and stands on the public page.")
        words = "The pack asks for nothing from then on, and the public page has no evidence."
        if confirmed("Withdraw", words, "Withdraw text", "ask_withdraw"):
            again = partial(asks.approve, database, public.version, person.email)
            mine = why_not_approve(database, "write_ask", public.written_by, person.email)
            undo = None if mine else Undo("The text is approved again.", again)
            do("The text is withdrawn.", asks.withdraw, database, person.email, undo=undo)
    newest = history[0] if history else None
    if newest and newest.state == "draft":
        _show_version(newest, "A draft: nobody outside sees it.")
        why_not = why_not_approve(database, "write_ask", newest.written_by, person.email)
        if why_not:
            layout.note(why_not)
        elif st.button("Approve draft", type="primary", key="ask_approve"):
            act = partial(asks.approve, database, newest.version, person.email)
            do("The text is approved, and goes out with the next pack.", act)
    if history:
        rows = [
            [
                f"{ask.version:,}",
                f"{ask.written_by}, {formatting.day(ask.written_at)}",
                asks.STATES[ask.state],
                f"{ask.decided_by}, {formatting.day(ask.decided_at)}"
                if ask.decided_by and ask.decided_at
                else "",
            ]
            for ask in history
        ]
        with st.expander(f"Every version ({len(history):,})"):
            layout.table(["Version", "Written", "Status", "Decided"], rows, ())


def _show_version(ask: Ask, what: str) -> None:
    st.html(html("ask", f"Version {ask.version}", what, blocks(ask.words)))


def write_ask(database: Database, by: str) -> None:
    """A form for the text, which begins with the newest version."""
    newest = next(iter(asks.ask_history(database)), None)
    with st.form(key("ask"), border=False):
        words = st.text_area(
            "Text: an empty line between paragraphs, “- ” before each line of a list",
            newest.words if newest else "",
            max_chars=asks.MOST,
            height=320,
        )
        if st.form_submit_button("Save draft", type="primary"):
            do("The text is saved as a draft.", asks.write, database, words, by=by)


# --- actions -------------------------------------------------------------------------------------


def show_lacking(lacking: Lacking, names: Mapping[str, str]) -> None:
    if not lacking:
        return
    layout.heading(
        "Needs attention, with no action",
        "Decide for each what will be done, by which role or team, and by when.",
    )
    rows = [
        [_linked(figure, names), where, links.link("Add an action", links.of_action(figure))]
        for figure, where in lacking
    ]
    layout.table(["Figure", "Where it stands", "To do"], rows, ())


def _linked(figure: FigureOf, names: Mapping[str, str]) -> Markup:
    """The figure and whose it is, leading to it."""
    return links.link(narrative_meeting.figure_of(figure, names), _figure_address(figure))


def _figure_address(figure: FigureOf) -> str:
    indicator, member_id = figure
    return links.of_figure(indicator, members=member_id or "")


def _concern(action: Mapping[Any, Any], names: Mapping[str, str]) -> Markup:
    """What an action is about, leading to it."""
    figure = (action["indicator"], action["member_id"])
    to = links.of_concern(action["about"]) if action["about"] else _figure_address(figure)
    return links.link(narrative_meeting.concern_of(action, names), to)


def show_open(
    open_actions: pd.DataFrame, names: Mapping[str, str], held: Sequence[Meeting], today: date
) -> None:
    if open_actions.empty:
        st.write("No action is open.")
        return
    rows = [
        [
            _concern(row, names),
            _action(row),
            f"{formatting.day(row['due_on'], short=True)}, "
            f"{formatting.due(row['due_on'], today)}; "
            f"{narrative_meeting.carried_over(row['opened_at'], held, today)}",
        ]
        for row in open_actions.to_dict("records")
    ]
    layout.table(["About", "Action and owner", "Due date"], rows, ())


def show_closed(closed: pd.DataFrame, names: Mapping[str, str]) -> None:
    if closed.empty:
        return
    rows = [
        [
            _concern(row, names),
            _action(row),
            formatting.day(row["closed_at"]),
            row["note"],
        ]
        for row in closed.sort_values("closed_at", ascending=False).head(CLOSED).to_dict("records")
    ]
    with st.expander(f"Closed actions ({len(closed):,})"):
        layout.table(["About", "Action and owner", "Closed on", "Outcome"], rows, ())


def _action(row: "Mapping[object, object]") -> str:
    return f"{row['what']} ({row['who']})"


class Concern(NamedTuple):
    """What an action can be about: a figure or, with `about`, a promise or an outcome."""

    figure: FigureOf
    words: str
    about: str | None = None

    @property
    def address(self) -> str:
        return self.about or links.about(self.figure)


def concerns(
    database: Database, lacking: Lacking, names: Mapping[str, str], asked: str | None
) -> list[Concern]:
    """What an action can be about: the promise that the address asks for, the figures that lack
    one, the outcomes of the framework, then all figures of the network and of each member."""
    picked = commitments.concern(database, asked) if asked else None
    first = [Concern((PROMISES, None), *reversed(picked))] if picked else []
    plan = framework(database)
    outcomes = [
        Concern(
            (outcome.indicators[0] if outcome.indicators else PROMISES, None),
            f"Outcome: {outcome.title}",
            f"outcome:{outcome.id}",
        )
        for outcome in (plan.outcomes if plan else ())
    ]
    rest: list[FigureOf] = [
        (name, member_id)
        for member_id in (None, *queries.current_members(database))
        for name in CATALOGUE
    ]

    def figures(of: Iterable[FigureOf]) -> list[Concern]:
        return [Concern(one, narrative_meeting.figure_of(one, names)) for one in of]

    lack = figures(figure for figure, _ in lacking)
    return list(dict.fromkeys([*first, *lack, *outcomes, *figures(rest)]))


def open_action(
    database: Database, about: Sequence[Concern], due_on: date, today: date, by: str
) -> None:
    """A form for something to be done about one of these."""
    with st.form(key("open_action"), border=False):
        asked = st.query_params.get("about")
        concern = st.selectbox(
            "About",
            about,
            index=next((n for n, one in enumerate(about) if one.address == asked), 0),
            format_func=lambda one: one.words,
        )
        what = st.text_input("What will be done")
        left, right = st.columns([3, 2])
        who = left.text_input(
            "Owner",
            placeholder="Procurement leads",
            help="A role or a team, and not a person's name.",
        )
        when = right.date_input("Due date", due_on, min_value=today, format=DAY)
        workstream = st.text_input(
            "Workstream, if it belongs to one",
            help="A board can then follow its own actions.",
        )
        if st.form_submit_button("Save action", type="primary"):
            do(
                "The action is saved. It stays with the figure until it is closed.",
                actions.record_action,
                database,
                indicator=concern.figure[0],
                member_id=concern.figure[1],
                about=concern.about,
                about_words=concern.words if concern.about else None,
                workstream=workstream,
                what=what,
                who=who,
                due_on=when,
                by=by,
            )


def of_workstream(recorded: pd.DataFrame) -> pd.DataFrame:
    """The actions of the workstream that is picked, where any action belongs to one."""
    streams = sorted({name for name in recorded["workstream"] if name})
    picked = layout.pick("workstream", streams, "Every workstream") if streams else None
    return recorded if picked is None else recorded[recorded["workstream"] == picked]


def close_or_carry(database: Database, open_actions: pd.DataFrame, today: date, by: str) -> None:
    """A form that closes an open action with a note, or carries it to a later day."""
    rows = {row["action_id"]: row for row in open_actions.to_dict("records")}
    number = st.selectbox(
        "Action",
        list(rows),
        format_func=lambda number: _action(rows[number]),
        key=key("action_which"),
    )
    row = rows[number]
    with st.form(key(f"close_action_{number}"), border=False):
        note = st.text_input("Outcome")
        usual = max(row["due_on"], today)
        when = st.date_input("Or a new due date", usual, min_value=today, format=DAY)
        with st.container(horizontal=True):
            close = st.form_submit_button("Close action", type="primary")
            carry = st.form_submit_button("Carry over")
    if close:
        reopen = partial(actions.reopen_action, database, number, by=by)
        undo = Undo("The action is open again.", reopen)
        do("The action is closed.", actions.close_action, database, number, note, by=by, undo=undo)
    elif carry:
        done = f"The action is carried over to {formatting.day(when)}."
        same = {name: row[name] for name in actions.SAID if name != "due_on"}
        do(done, actions.record_action, database, due_on=when, by=by, **same)


# --- meetings ------------------------------------------------------------------------------------


def show_meetings(database: Database, held: Sequence[Meeting], now: datetime) -> None:
    if not held:
        st.write("No meeting is recorded yet.")
        return

    def saw(meeting: Meeting) -> str:
        if meeting.starts_at > now:
            return "to come"
        month = queries.month_seen(database, meeting.starts_at)
        return formatting.month(month) if month else "no figures"

    rows = [[meeting.name, formatting.moment(meeting.starts_at), saw(meeting)] for meeting in held]
    layout.table(["Meeting", "Starts (UTC)", "Month it looked at"], rows, ())


def record_meeting(database: Database, held: Sequence[Meeting], now: datetime, by: str) -> None:
    """A form that records a meeting, or moves or cancels one."""
    by_id = {meeting.meeting_id: meeting for meeting in held}
    number = st.selectbox(
        "Meeting",
        [0, *by_id],
        format_func=lambda number: by_id[number].name if number else "A new one",
        key=key("meeting_which"),
    )
    chosen = by_id.get(number)
    nine = now.replace(hour=9, minute=0, second=0, microsecond=0)
    usual = max((meeting.starts_at for meeting in held), default=nine) + timedelta(weeks=8)
    starts_at = chosen.starts_at if chosen else usual
    with st.form(key(f"meeting_{number}"), border=False):
        before = chosen.name if chosen else ""
        name = st.text_input("Name", before, placeholder="Delivery group, December")
        left, right = st.columns(2)
        day = left.date_input("Day", starts_at.date(), format=DAY)
        time = right.time_input("Starts at (UTC)", starts_at.time())
        save = st.form_submit_button("Save meeting", type="primary")
    words = "The meeting leaves the list, and figures can no longer be shown as it saw them."
    cancel = chosen is not None and confirmed(
        "Cancel meeting", words, f"Cancel {before}", "meeting_cancel"
    )
    undo = None
    if chosen and cancel:
        back = partial(meetings.put_back, database, chosen, by)
        undo = Undo(f"{before} takes place after all.", back)
    if save or cancel:
        do(
            "The meeting is saved." if save else f"{before} is cancelled.",
            meetings.record_meeting,
            database,
            name,
            datetime.combine(day, time),
            by,
            meeting_id=number or None,
            removed=cancel,
            undo=undo,
        )


# --- the area ------------------------------------------------------------------------------------


def show_area(facts: pd.DataFrame) -> None:
    by_name = {row["name"]: row for row in facts.to_dict("records")}
    rows = []
    for name, fact in area_statistics.AREA_FACTS.items():
        title, row = formatting.plain(fact.title), by_name.get(name)
        if row is None:
            rows.append([title, "–", "", "not given yet"])
        else:
            value = formatting.exactly(row["value"], fact.unit)
            rows.append([title, value, str(row["year"]), row["source"]])
    layout.table(["Figure of the area", "Value", "Year", "Source"], rows, (1, 2))


def record_area_fact(database: Database, facts: pd.DataFrame, today: date, by: str) -> None:
    """A form for a figure of the area, with where it comes from."""
    by_name = {row["name"]: row for row in facts.to_dict("records")}
    name = st.selectbox(
        "Figure",
        list(area_statistics.AREA_FACTS),
        format_func=lambda name: formatting.plain(area_statistics.AREA_FACTS[name].title),
        key=key("area_which"),
    )
    fact, row = area_statistics.AREA_FACTS[name], by_name.get(name, {})
    st.caption(fact.definition)

    def record(value: str, source: str, year: int) -> None:
        number = read_number(value, "the value")
        area_statistics.record_area_fact(database, name, number, source=source, year=year, by=by)

    with st.form(key(f"area_{name}"), border=False):
        left, right = st.columns(2)
        value = left.text_input(
            "Value",
            formatting.exactly(row["value"], fact.unit) if row else "",
            placeholder="27%" if fact.unit == "share" else "410,000",
        )
        year = right.number_input("Year", 1900, today.year, row.get("year", today.year))
        source = st.text_input("Source", row.get("source", ""))
        if st.form_submit_button("Save figure", type="primary"):
            do("The figure is saved.", record, value, source, int(year))


def record_rate(database: Database, today: date, by: str) -> None:
    """A form for a Real Living Wage rate that was announced since the release."""

    def record(year: str, announced_on: date, implement_by: date, *rates: str) -> None:
        pounds = [Decimal(str(read_number(rate, "a rate"))) for rate in rates]
        area_statistics.record_rate(database, year, announced_on, implement_by, *pounds, by=by)

    with st.form(key("rate"), border=False):
        year = st.text_input("Rate of", placeholder="2026-27")
        left, right = st.columns(2)
        announced_on = left.date_input("Announced on", today, max_value=today, format=DAY)
        implement_by = right.date_input("To be paid from", today, format=DAY)
        uk = left.text_input("UK, an hour", placeholder="£13.45")
        london = right.text_input("London, an hour", placeholder="£14.80")
        if st.form_submit_button("Save rate"):
            do("The rate is saved.", record, year, announced_on, implement_by, uk, london)
