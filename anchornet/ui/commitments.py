"""What the page of commitments shows: promises, the worst first, and what they add up to."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st
from markupsafe import Markup

from anchornet import formatting
from anchornet.access import Person, allowed
from anchornet.indicators import promises
from anchornet.indicators.lots import lots
from anchornet.narrative import promises as words
from anchornet.narrative.page_sentences import of_whom
from anchornet.narrative.promises import Names
from anchornet.store.cache import cached
from anchornet.store.database import Database, utc_now
from anchornet.store.framework import framework_with_dropped
from anchornet.store.submissions import months_sent
from anchornet.ui import layout, links, queries
from anchornet.ui.components import html
from anchornet.ui.filters import Filters
from anchornet.ui.layout import Block, Page
from anchornet.ui.session import end_page
from anchornet.ui.tiles import tiles

TILES = (
    "commitments_on_profile_share",
    "commitments_kept_share",
    "commitments_not_reported_share",
    "commitments_evidenced_share",
    "contributions_unspent",
)
LISTED, CHANGED = 25, 12  # rows on screen
QUARTERS = 8  # of a promise's history
PICKED = "promise"
HEADINGS = (
    "Promise",
    "Measure",
    "Promised",
    "By\N{NO-BREAK SPACE}now",
    "Delivered",
    "With\N{NO-BREAK SPACE}proof",
    "Due",
    "How it stands",
)
NUMBERS = (2, 3, 4, 5)
NOT_BY_MEMBER = "not by member"

LOTS = {
    "lots": "Lots",
    "holders": "Holders",
    "local": "Local holders",
    "asked": "Asked for standards",
    "meeting": "Holding them all",
    "not_known": "Not known",
}

_framework = cached(framework_with_dropped)


def filters_of(database: Database, filters: Filters) -> Filters:
    """The filters for the last quarter that promises were sent for. Where there is none, a page
    that says so ends here."""
    quarter = promises.quarter_of(database, filters.period, filters.as_at)
    if quarter is None:
        layout.answer(words.nothing(filters.period), filters.stated)
        st.write(
            "Members list what suppliers, developers and tenants promised them in the return "
            "Commitments, once a quarter."
        )
        end_page()
    return replace(filters, period=quarter or filters.period, window="quarter")


@cached
def seen(database: Database, filters: Filters) -> pd.DataFrame:
    """The promises of the quarter, as who looks may see them."""
    return promises.promises(database, [filters.period], filters.audience, **filters.scope)


def names_of(database: Database, filters: Filters) -> Names:
    """Members are named to those who see each one's figures, and a member's own people know it."""
    members = queries.member_names(database) if filters.sees_members or filters.exact else {}
    return Names(_framework(database, filters.as_at), members)


@cached
def page(database: Database, filters: Filters) -> Page:
    frame, names = seen(database, filters), names_of(database, filters)
    series = queries.series(database, filters, TILES)
    now = {
        row["indicator"]: row
        for row in series.to_dict("records")
        if row["period"] == filters.period
    }
    on_profile, kept, not_reported = (now[name] for name in TILES[:3])
    opening = queries.note_on_people(database, filters)
    outcomes = words.outcome_titles(names.framework)
    return Page(
        words.answer(
            on_profile, kept, not_reported, of_whom(filters.whose, on_profile), filters.period
        ),
        opening + tiles(series, filters.period, filters.window),
        [
            *_changed(database, filters, frame, names),
            _due(frame, names, filters.today),
            _by(database, filters, "source", "By kind of agreement", words.SOURCES),
            *([_by(database, filters, "outcome", "By outcome", outcomes)] if outcomes else []),
            _measures(database, filters, names),
            _unspent(frame, names, now["contributions_unspent"]),
            *_lots(database, filters, frame),
            *_workspace(frame, names),
            *_stated(frame, names),
        ],
    )


def _changed(
    database: Database, filters: Filters, frame: pd.DataFrame, names: Names
) -> list[Block]:
    """What stands otherwise than at the last meeting before the moment that is looked at."""
    moment = filters.as_at or utc_now()
    held = [meeting for meeting in queries.meetings(database) if meeting.starts_at < moment]
    if not held:
        return []
    before = replace(filters, as_at=held[0].starts_at)
    quarter = promises.quarter_of(database, filters.period, before.as_at)
    title = f"Since {held[0].name}"
    if quarter is None:
        return [Block("changed", title, "That meeting saw no promises.")]
    earlier = seen(database, replace(before, period=quarter))
    told, gone = words.changes(frame, earlier), words.no_longer_listed(frame, earlier)
    if not told:
        return [Block("changed", title, f"No promise stands otherwise than it did then. {gone}")]
    if earlier.empty:
        return [Block("changed", title, "None of these promises was known at that meeting.")]
    note = gone
    if len(told) > CHANGED:
        note = f"The first {CHANGED} of {len(told):,}, the worst first. {gone}"
    rows = [[_link(row, names), what] for row, what in told[:CHANGED]]
    return [Block("changed", title, note, [html("table", ["Promise", "What changed"], rows, [])])]


def _due(frame: pd.DataFrame, names: Names, today: date) -> Block:
    near = words.due_soon(frame, today)
    title = f"Due in the next {words.NEAR_DAYS} days"
    if near.empty:
        return Block("due", title, "No running promise is due by then.")
    rows = [[_link(row, names), words.due(row), _chip(row)] for row in near.to_dict("records")]
    return Block("due", title, "", [html("table", ["Promise", "Due", "How it stands"], rows, [])])


def _by(
    database: Database, filters: Filters, by: str, title: str, titles: Mapping[str, str]
) -> Block:
    frame = queries.cut(database, filters, tuple(words.SHARES), (by,))
    rows = words.shares(frame, by, titles)
    headings = [formatting.capital(title.removeprefix("By ")), *words.SHARES.values()]
    return Block(f"{by}s", title, "", [html("table", headings, rows, [1, 2, 3])] if rows else [])


def _measures(database: Database, filters: Filters, names: Names) -> Block:
    measures = names.framework.measures if names.framework else ()
    cells = words.amounts(amounts(database, filters), names.framework)
    rows = [
        [names.measure({"measure": measure.id, "unit": measure.unit}), *cells[measure.id]]
        for measure in measures
        if measure.id in cells
    ]
    note = "Each in its own unit, and never added up across measures. A joint promise counts once."
    table = html("table", ["Measure", "Promised", "Delivered"], rows, [1, 2])
    return Block("measures", "Promised and delivered", note, [table])


def amounts(database: Database, filters: Filters) -> pd.DataFrame:
    """What was promised and delivered by measure: figures of the indicators of AMOUNTS. People are
    counted by one thing at most, so of members that were picked they are said not to be shown."""
    asked = tuple(name for pair in words.AMOUNTS for name in pair)
    offered = tuple(name for name in asked if queries.may_cut(database, filters, name, "measure"))
    frame = queries.cut(database, filters, offered, ("measure",))
    rows = seen(database, filters)
    hidden = [
        {"indicator": name, "measure": measure, "value": math.nan, "shown": NOT_BY_MEMBER}
        for name in asked
        if name not in offered
        for measure in rows.loc[rows["unit"] == "people", "measure"].unique()
    ]
    return pd.concat([frame, pd.DataFrame(hidden)]) if hidden else frame


def _unspent(frame: pd.DataFrame, names: Names, row: Mapping[Any, Any]) -> Block:
    rows = [
        [
            _link(one, names),
            one["shown_received"],
            one["shown_delivered"],
            formatting.pounds(one["left"]),
        ]
        for one in words.unspent(frame).to_dict("records")
    ]
    table = html("table", ["Promise", "Received", "Spent", "Left"], rows, [1, 2, 3])
    note = words.unspent_sentence(row)
    return Block("unspent", "Contributions not spent yet", note, [table] if rows else [])


def _lots(database: Database, filters: Filters, frame: pd.DataFrame) -> Iterable[Block]:
    """Agreements let in lots: who holds them."""
    agreements = lots(database, frame, filters.as_at)
    if not agreements.empty:
        rows = [
            [row["agreement"], *(f"{row[name]:,}" for name in LOTS)]
            for row in agreements.to_dict("records")
        ]
        headings = ["Agreement", *LOTS.values()]
        table = html("table", headings, rows, range(1, len(headings)))
        yield Block("lots", "Agreements in lots", words.in_lots(agreements), [table])


def _workspace(frame: pd.DataFrame, names: Names) -> Iterable[Block]:
    """What was promised with affordable workspace: space, jobs, hours."""
    rows = [
        [_link(row, names), row["shown_promised"], words.delivered(row), _chip(row)]
        for row in frame[frame["source"] == "workspace"].to_dict("records")
    ]
    if rows:
        headings = ["Promise", "Promised", "Delivered", "How it stands"]
        yield Block(
            "workspace", "Affordable workspace", "", [html("table", headings, rows, [1, 2])]
        )


def _stated(frame: pd.DataFrame, names: Names) -> Iterable[Block]:
    """Values that somebody stated, with their method and apart from money."""
    stated = frame[frame["stated_value_gbp"].notna() & frame["organisation"].notna()]
    rows = [
        [_link(row, names), formatting.pounds(float(row["stated_value_gbp"])), row["stated_method"]]
        for row in stated.to_dict("records")
    ]
    if rows:
        note = "What somebody says that promises are worth. It is not money, and no figure has it."
        table = html("table", ["Promise", "Stated", "Method"], rows, [1])
        yield Block("stated", "Stated social value", note, [table])


def show_list(database: Database, filters: Filters) -> None:
    """Promises one by one, the worst first, of the kind, outcome and organisation picked."""
    frame, names = seen(database, filters.figures), names_of(database, filters)
    with st.container(key="block_promises"):
        layout.heading("Promises, the worst first", words.standing(frame))
        outcomes = words.outcome_titles(names.framework)
        organisations = {name: name for name in sorted(frame["organisation"].dropna().unique())}
        with st.container(horizontal=True, gap="small"):
            for column, titles, everything in (
                ("source", words.SOURCES, "Every kind of agreement"),
                ("outcome", outcomes, "Every outcome"),
                ("organisation", organisations, "Every organisation"),
            ):
                picked = layout.pick(column, list(titles.values()), everything)
                if picked is not None:
                    frame = frame[frame[column].map(titles) == picked]
        rows = [_row(row, names) for row in frame.head(LISTED).to_dict("records")]
        if not rows:
            layout.note("No promise is like that.")
            return
        layout.table(HEADINGS, rows, NUMBERS)
        if len(frame) > LISTED:
            layout.note(
                f"The first {LISTED} of {len(frame):,}: pick a kind, outcome or organisation."
            )


def _row(row: Mapping[Any, Any], names: Names) -> Sequence[str]:
    return [
        links.link(names.who(row), links.of_promise(row["promise"])),
        names.measure(row),
        row["shown_promised"],
        row["shown_promised_by_now"],
        words.delivered(row),
        words.proof(row),
        words.due(row),
        _chip(row),
    ]


def _link(row: Mapping[Any, Any], names: Names) -> Markup:
    return links.link(names.whole(row), links.of_promise(row["promise"]))


def _chip(row: Mapping[Any, Any]) -> Markup:
    return html("chip_of", *words.STANDS[row["state"]])


@cached
def history(database: Database, filters: Filters) -> pd.DataFrame:
    """The promises of the quarter that is looked at and of those before, the latest first."""
    sent = months_sent(database, filters.as_at, promises.RETURN.name)
    quarters = [month for month in sent if month <= filters.period][:QUARTERS]
    return promises.promises(database, quarters, filters.audience, **filters.scope)


def show_promise(database: Database, filters: Filters, person: Person) -> None:
    """The promise that the address names, with its history."""
    picked = st.query_params.get(PICKED)
    if not picked:
        return
    frame, names = history(database, filters.figures), names_of(database, filters)
    course = frame[frame["promise"] == picked].to_dict("records")
    with st.container(key="block_promise"):
        if not course:
            layout.note("The promise in the address isn't there, or isn't for you to see.")
            return
        layout.heading(names.who(course[0]), names.measure(course[0]))
        st.html(html("facts", words.lines(course[0], names)))
        rows = [
            [
                promises.RETURN.period_words(row["period"]),
                row["shown_promised"],
                row["shown_promised_by_now"],
                words.delivered(row),
                words.proof(row),
                _chip(row),
            ]
            for row in course
        ]
        headings = [
            "Quarter",
            "Promised",
            "By\N{NO-BREAK SPACE}now",
            "Delivered",
            "With\N{NO-BREAK SPACE}proof",
            "How it stood",
        ]
        layout.table(headings, rows, (1, 2, 3, 4))
        if allowed(person, "record_action"):
            to = links.address("meetings", about=f"{PICKED}:{picked}")
            st.html(html("note", links.link("Add an action about this promise", to)))
        st.html(html("note", links.link("All promises", links.address("commitments"))))


def concern(database: Database, about: str) -> tuple[str, str] | None:
    """`promise:…` and what that is called to the delivery group; None for anything else."""
    kind, _, name = about.partition(":")
    filters = _latest(database, sees_members=True)
    if kind != PICKED or filters is None:
        return None
    names = names_of(database, filters)
    rows = seen(database, filters).to_dict("records")
    return next(((about, names.whole(row)) for row in rows if row["promise"] == name), None)


def named(database: Database, person: Person) -> Iterable[tuple[str, Mapping[Any, Any], str]]:
    """The promises of the last quarter of which the person may know who made them: who, the row
    and the measure."""
    network = _latest(database, sees_members=allowed(person, "see_member_figures"))
    if network is None:
        return
    asked = [network]
    if person.member_id is not None and allowed(person, "see_member_figures", person.member_id):
        asked.append(replace(network, members=(person.member_id,), exact=True))
    names = names_of(database, network)
    frame = pd.concat([seen(database, filters) for filters in asked])
    for row in frame.drop_duplicates("promise", keep="last").to_dict("records"):
        if row["organisation"] is not None:
            yield names.who(row), row, names.measure(row)


def _latest(database: Database, sees_members: bool) -> Filters | None:
    """The network's last quarter; None where none was sent."""
    quarter = promises.quarter_of(database, utc_now().date())
    return Filters(quarter, "quarter", sees_members=sees_members) if quarter else None
