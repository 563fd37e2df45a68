"""What the page of the framework shows: its outcomes, what a contract is asked, and its editing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st
from markupsafe import Markup

from anchornet import formatting
from anchornet.access import Person, allowed
from anchornet.csv_export import csv_bytes
from anchornet.exports import tender_schedule
from anchornet.exports.own_pledges import RETURN, own_pledges
from anchornet.exports.tender_schedule import Schedule
from anchornet.facts.catalogue import CATALOGUE
from anchornet.indicators.promises import quarter_of
from anchornet.narrative import framework as narrative_framework
from anchornet.narrative import promises as words
from anchornet.narrative import status as narrative_status
from anchornet.narrative.definitions import FOR_WHOM
from anchornet.store import framework as store_framework
from anchornet.store.cache import cached
from anchornet.store.database import Database, utc_now
from anchornet.store.framework import (
    DONE_OR_NOT,
    SAMPLE,
    UNITS,
    Band,
    Framework,
    Outcome,
    framework_history,
    framework_text,
    load_framework,
    read_framework,
    toml_of,
)
from anchornet.store.network import LoadError
from anchornet.ui import commitments, layout, links, queries
from anchornet.ui.components import html
from anchornet.ui.filters import Filters
from anchornet.ui.forms import DAY, do, key, show_faults, too_large
from anchornet.ui.layout import Block, Page
from anchornet.ui.session import download
from anchornet.ui.tiles import spark

OUTCOMES, CONTRACTS, PLEDGES, EDIT = "outcomes", "contracts", "pledges", "edit"
PARTS: Mapping[str, str] = {
    OUTCOMES: "Outcomes",
    CONTRACTS: "What to ask of a contract",
    PLEDGES: "What you can do",
    EDIT: "Edit the framework",
}
ALL = "All outcomes"
SHOWN = 20  # of the history
TOML = "application/toml"


def parts(person: Person, shared: Framework) -> dict[str, str]:
    """What somebody can look at."""
    hidden = {PLEDGES} if not shared.pledges else set()
    hidden |= set() if allowed(person, "edit_framework") else {EDIT}
    return {name: title for name, title in PARTS.items() if name not in hidden}


def usual_reader(person: Person) -> str:
    """For whom an outcome's sentence is written that somebody reads first."""
    return "commissioner" if person.member_id or allowed(person, "edit_framework") else "councillor"


# --- outcomes ------------------------------------------------------------------------------------


@cached
def page(database: Database, filters: Filters | None, reader: str, chosen: str) -> Page:
    """All outcomes, or the one that was chosen, with their figures as the filters have them;
    without filters nothing was sent yet."""
    shared = store_framework.framework(database, filters.as_at if filters else None)
    if shared is None:
        return Page("The network had no framework at that moment.", Markup(), [])
    figures = _figures(database, filters, shared) if filters else None
    promised = _promised(database, filters, shared) if filters else None
    outcomes = [outcome for outcome in shared.outcomes if chosen in ("", outcome.id)]
    blocks = [
        Block(
            f"outcome_{outcome.id}",
            outcome.title,
            outcome.why,
            [_outcome(shared, outcome, figures, promised, reader)],
        )
        for outcome in outcomes
    ]
    shown = {name for outcome in outcomes for name in narrative_framework.measured(outcome)}
    of_people = any(CATALOGUE[name].people for name in shown) or any(
        measure.unit == "people" and promised and measure.id in promised.amounts
        for outcome in outcomes
        for measure in shared.measures_of(outcome.id)
    )
    note = queries.note_on_people(database, filters) if filters and of_people else Markup()
    if chosen and outcomes:
        of_it = figures.loc[_is_of(figures, outcomes[0])] if figures is not None else None
        answer = narrative_framework.outcome(outcomes[0], of_it)
        return Page(
            answer, html("leads", [(ALL, links.address("framework", reader=reader))]) + note, blocks
        )
    summary = html(
        "outcomes", [_summary(shared, outcome, figures, promised, reader) for outcome in outcomes]
    )
    return Page(narrative_framework.outcomes(shared, figures), summary + note, blocks)


def _figures(database: Database, filters: Filters, shared: Framework) -> pd.DataFrame:
    """The latest of each indicator of the framework, once, with `course`, its values so far."""
    names = dict.fromkeys(
        name for outcome in shared.outcomes for name in narrative_framework.measured(outcome)
    )
    frame = queries.series(database, filters, tuple(names))
    courses = frame.groupby("indicator", sort=False)["value"].agg(list)
    now = frame[frame["period"] == filters.period]
    return now.assign(course=now["indicator"].map(courses))


@dataclass(frozen=True)
class Promised:
    """What promises of a quarter add up to: what was promised and delivered of each measure, in
    words, and how many of each outcome's running promises are on profile: `3 of 5`."""

    quarter: date
    amounts: Mapping[str, tuple[str, str]]
    on_profile: Mapping[str, str]


def _promised(database: Database, filters: Filters, shared: Framework) -> Promised | None:
    """Those of the last quarter that any were sent for by the filters' period; None where there is
    none, and for one area, which promises are not counted by."""
    quarter = quarter_of(database, filters.period, filters.as_at)
    if filters.area or quarter is None:
        return None
    of_quarter = replace(filters, period=quarter, window=RETURN.every)
    frame = commitments.amounts(database, of_quarter)
    shares = queries.cut(database, of_quarter, tuple(words.SHARES), ("outcome",))
    titles = {outcome.id: outcome.id for outcome in shared.outcomes}
    return Promised(
        quarter,
        words.amounts(frame, shared),
        {
            outcome: on_profile
            for outcome, on_profile, *_ in words.shares(shares, "outcome", titles)
        },
    )


def _is_of(figures: pd.DataFrame, outcome: Outcome) -> "pd.Series[bool]":
    return figures["indicator"].isin(outcome.indicators)


def _summary(
    shared: Framework,
    outcome: Outcome,
    figures: pd.DataFrame | None,
    promised: Promised | None,
    reader: str,
) -> tuple[str, str, str, str, str | None]:
    measured = narrative_framework.measured(outcome)
    standing = f"{len(measured):,} {formatting.plural(len(measured), 'figure')}" if measured else ""
    if figures is not None and measured:
        standing = narrative_framework.standing(figures.loc[_is_of(figures, outcome)])
    measures = shared.measures_of(outcome.id)
    asked = f"{len(measures):,} {formatting.plural(len(measures), 'measure')}" if measures else ""
    stands = None
    if promised and measures:
        used = sum(measure.id in promised.amounts for measure in measures)
        share = promised.on_profile.get(outcome.id)
        stands = f"{used:,} promised" if used else ""
        if used and share not in (None, "–"):
            promises = formatting.plural(int(share.split()[-1].replace(",", "")), "promise")
            stands += f", {share} {promises} on profile"
    address = links.of_outcome(outcome.id, reader=reader)
    return outcome.title, address, standing, asked, stands


def _outcome(
    shared: Framework,
    outcome: Outcome,
    figures: pd.DataFrame | None,
    promised: Promised | None,
    reader: str,
) -> Markup:
    rows = {} if figures is None else {row["indicator"]: row for _, row in figures.iterrows()}
    measures = [
        (
            measure.title,
            UNITS[measure.unit],
            measure.evidence,
            measure.brokered,
            promised.amounts.get(measure.id) if promised else None,
        )
        for measure in shared.measures_of(outcome.id)
    ]
    lines = [_line(name, rows.get(name)) for name in narrative_framework.measured(outcome)]
    quarter = f"the end of {formatting.month(promised.quarter)}" if promised else ""
    to = links.address("commitments", outcome=outcome.title)
    is_promised = promised is not None and any(measure[-1] for measure in measures)
    return html(
        "outcome", outcome.sentences[reader], lines, measures, quarter, to if is_promised else ""
    )


def _line(indicator: str, row: "pd.Series[Any] | None") -> tuple[str, str, str, str, str, str]:
    title, address = CATALOGUE[indicator].title, links.of_figure(indicator)
    if row is None:
        return title, address, "", "–", "", "No figure yet"
    target = narrative_status.target(row, when=True)
    stands = narrative_status.against(row)
    return (
        title,
        address,
        spark(row["course"]),
        formatting.shown(row),
        narrative_status.state(row),
        ". ".join(filter(None, [formatting.capital(stands), target])),
    )


def none_yet(database: Database, person: Person) -> None:
    """A network without a framework: what one is and, for who edits it, how to begin."""
    layout.answer("The network has no framework yet.")
    st.write(
        "A framework says what the network wants to change (outcomes), which figures tell how it "
        "goes, what suppliers and developers can promise towards it, and what a contract of a "
        "given value should be asked."
    )
    if not allowed(person, "edit_framework"):
        st.write("Your coordinator can start one.")
        return
    shipped = read_framework(SAMPLE.read_bytes(), CATALOGUE)
    st.write(
        f"The sample framework has {narrative_framework.contents(shipped)[:1].lower()}"
        f"{narrative_framework.contents(shipped)[1:]} You can change every word and number "
        "afterwards, and each version stays in the history."
    )
    if st.button("Start from the sample framework", type="primary", key="framework_start"):
        _save(database, SAMPLE.read_bytes(), person.email, "The network has a framework.")
    _upload(database, None, person.email)


# --- what a contract is asked --------------------------------------------------------------------


def contract(database: Database, shared: Framework) -> None:
    """A calculator over the bands, and the schedule for the tender."""
    place = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        value = Decimal(
            st.number_input(
                "Contract value (£)",
                min_value=0,
                max_value=10_000_000_000,
                value=60_000,
                step=10_000,
                help="Over its whole life, without VAT.",
                key="contract_value",
                width=220,
            )
        )
        name = st.text_input("Contract", placeholder="Grounds maintenance", key="contract_name")
    band = shared.band_for(value)
    with place:
        asked = narrative_framework.asked(band, value)
        layout.answer(asked, narrative_framework.published(value))
    left, right = st.columns(2, gap="large")
    with left:
        layout.heading("What is proportionate", "Larger contracts can be asked for more.")
        chosen = shared.bands.index(band) if band else None
        st.html(html("bands", narrative_framework.bands(shared), chosen))
        if shared.standards:
            standards_asked = narrative_framework.standards_asked(shared, band)
            note = "A bidder says in the schedule which step it has reached."
            layout.heading("Standards", f"{standards_asked} {note}")
            rows = [[standard.title, "; ".join(standard.steps)] for standard in shared.standards]
            layout.table(["Standard", "Steps towards it"], rows, ())
    with right:
        layout.heading(
            "A schedule for the tender",
            "With room for what a bidder promises. Where you choose no measures it lists all, and "
            "the bidder chooses.",
        )
        _schedule(database, shared, band, name, value)


def _schedule(
    database: Database, shared: Framework, band: Band | None, name: str, value: Decimal
) -> None:
    most = band.most_measures if band else 0
    titles = {measure.id: f"{measure.title} ({UNITS[measure.unit]})" for measure in shared.measures}
    chosen = st.multiselect(
        "Measures to ask for",
        list(titles),
        format_func=titles.__getitem__,
        placeholder=f"Choose {most:,} at most" if most else "None for a contract of this value",
        disabled=not most,
        key="contract_measures",
    )
    if len(chosen) > most:
        st.warning(
            f"{formatting.capital(formatting.counted(len(chosen), 'measure'))} for a contract of "
            f"{formatting.exactly(float(value), 'gbp')}: more than is proportionate "
            f"({formatting.count(most)} at most)."
        )
    settings = database.settings
    schedule = Schedule(settings.network_name, shared, name, value, tuple(chosen), settings.colour)
    with st.container(horizontal=True):
        for form, title in ((".pdf", "Schedule as PDF"), (".xlsx", "Schedule to fill in (Excel)")):
            download(
                title,
                partial(tender_schedule.write, schedule, form),
                f"social_value_schedule{form}",
                tender_schedule.MIME[form],
                key=f"schedule{form}",
            )


# --- what a member can do ------------------------------------------------------------------------


def pledges(database: Database, shared: Framework, person: Person) -> None:
    """A checklist of what a member can do by itself; for who sends its returns, a pledge of it."""
    powers = dict.fromkeys(pledge.power for pledge in shared.pledges)
    groups = [
        (
            power,
            [(pledge.title, pledge.limit) for pledge in shared.pledges if pledge.power == power],
        )
        for power in powers
    ]
    layout.answer(narrative_framework.checklist(shared))
    if person.member_id and allowed(person, "send_return", person.member_id):
        _pledge(database, shared, person.member_id)
    st.html(html("pledges", groups))


def _pledge(database: Database, shared: Framework, member_id: str) -> None:
    """Pledges to choose, how much of each and by when, as lines of the member's return."""
    today = utc_now().date()
    titles = {pledge.id: f"{pledge.title} ({pledge.power})" for pledge in shared.pledges}
    layout.heading(
        "Make it a pledge of your own",
        f"Choose what you will do. You get lines for your {RETURN.title} return, which is where a "
        "pledge is followed like any other promise.",
    )
    chosen = st.multiselect(
        "What you will do",
        list(titles),
        format_func=lambda name: layout.plain(titles[name]),
        placeholder="Choose from the list below",
        key="pledges_chosen",
    )
    if not chosen:
        return
    amounts: dict[str, int | None] = {}
    for pledge in (pledge for pledge in shared.pledges if pledge.id in chosen):
        measure = shared.measure(pledge.measure)
        if measure.unit != DONE_OR_NOT:
            amounts[pledge.id] = st.number_input(
                layout.plain(f"{measure.title}: how many {UNITS[measure.unit]}?"),
                min_value=1,
                value=None,
                step=1,
                key=f"pledge_{pledge.id}",
                width=420,
            )
    due_on = st.date_input(
        "By when", today.replace(year=today.year + 1, day=1), min_value=today, format=DAY, width=220
    )
    given = {name: amount for name, amount in amounts.items() if amount is not None}
    if given.keys() != amounts.keys():
        layout.note("Say how much of each, then download the lines.")
        return
    member = queries.member_names(database)[member_id]
    lines = own_pledges(shared, member, chosen, given, today, due_on)
    download(
        f"Lines for the {RETURN.title} return",
        lambda: csv_bytes(lines),
        "own_pledges.csv",
        key="pledges_down",
    )


# --- editing -------------------------------------------------------------------------------------


def _save(database: Database, data: bytes, by: str, done: str) -> None:
    try:
        do(done, load_framework, database, data, by=by, indicators=CATALOGUE)
    except LoadError as error:
        show_faults(error.sentences)


def edit(database: Database, shared: Framework, by: str) -> None:
    """The words of one outcome as a form; the whole as a file, down, changed and up again; and what
    was changed when."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        layout.heading(
            "The whole framework",
            "Download it, change it in any text editor and drop it here. You see what changes "
            "before it is saved.",
        )
        download(
            "Framework as TOML",
            lambda: (framework_text(database) or "").encode(),
            "framework.toml",
            TOML,
            key="framework_down",
        )
        _upload(database, shared, by)
        layout.heading("The words of an outcome")
        _words(database, shared, by)
    with right:
        layout.heading(
            "History", "Figures as at an earlier moment stand with the framework of that time."
        )
        _history(database)


def _upload(database: Database, shared: Framework | None, by: str) -> None:
    """A file, and what it would change before it is saved."""
    uploaded = st.file_uploader(
        "Drop a framework file (TOML)",
        type=["toml"],
        max_upload_size=database.settings.max_upload_mb,
        key=key("framework_file"),
    )
    if not uploaded or too_large(data := uploaded.getvalue(), database.settings):
        return
    try:
        changed = read_framework(data, CATALOGUE)
    except LoadError as error:
        show_faults(error.sentences)
        return
    sentences = narrative_framework.changes(shared, changed)
    if not sentences:
        st.write("The file says the same as the framework that holds.")
        return
    layout.table(["What changes"], [[sentence] for sentence in sentences], ())
    if st.button("Save this framework", type="primary", key="framework_save"):
        done = "The framework is saved; the one before it stays in the history."
        _save(database, data, by, done)


def _words(database: Database, shared: Framework, by: str) -> None:
    titles = {outcome.id: outcome.title for outcome in shared.outcomes}
    chosen = st.selectbox(
        "Outcome", list(titles), format_func=titles.__getitem__, key="framework_outcome"
    )
    outcome = next(outcome for outcome in shared.outcomes if outcome.id == chosen)
    with st.form(key(f"outcome_{chosen}"), border=False):
        title = st.text_input("Title", outcome.title)
        why = st.text_area("Why it matters", outcome.why)
        sentences = {
            name: st.text_area(label, outcome.sentences[name]) for name, label in FOR_WHOM.items()
        }
        if st.form_submit_button("Save outcome", type="primary"):
            if not all(text.strip() for text in (title, why, *sentences.values())):
                st.error("Fill in every field.")
                return
            changed = replace(outcome, title=title, why=why, sentences=sentences)
            every = tuple(changed if one.id == chosen else one for one in shared.outcomes)
            file = toml_of(replace(shared, outcomes=every)).encode()
            if read_framework(file) == shared:
                st.error("Nothing was changed.")
                return
            done = "The outcome is saved; the earlier words stay in the history."
            _save(database, file, by, done)
    layout.note("Comments in the file are not carried over when an outcome is saved here.")


def _history(database: Database) -> None:
    versions = framework_history(database)
    read = [version.framework for version in versions[: SHOWN + 1]]
    rows = []
    for number, version in enumerate(versions[:SHOWN]):
        before = read[number + 1] if number + 1 < len(versions) else None
        sentences = narrative_framework.changes(before, read[number])
        rows.append(
            [
                formatting.moment(version.recorded_at),
                " ".join(sentences) or "Nothing but the way the file is written.",
                version.recorded_by,
            ]
        )
    st.html(html("table", ["Saved (UTC)", "What changed", "By"], rows, (), "an-record"))
    moments = {
        f"{formatting.moment(version.recorded_at)}, {version.recorded_by}": version
        for version in versions[:SHOWN]
    }
    earlier = st.selectbox("An earlier version", list(moments), key=key("framework_earlier"))
    download(
        "Download it as TOML",
        lambda: moments[earlier].content.encode(),
        "framework_earlier.toml",
        TOML,
        key="framework_earlier_down",
    )
