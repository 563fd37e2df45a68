"""What the delivery group looks at first: what is off track, what moved, what waits for them."""

from dataclasses import dataclass
from datetime import date, datetime
from html import escape

from anchornet import formatting
from anchornet.facts.catalogue import CATALOGUE
from anchornet.indicators import since_meeting as meetings_
from anchornet.narrative import exceptions as cases_
from anchornet.narrative import meeting as narrative_meeting
from anchornet.narrative import page_sentences, status
from anchornet.returns.declaration import RETURNS
from anchornet.store.database import Database, utc_now
from anchornet.store.meetings import Meeting
from anchornet.ui import components, queries
from anchornet.ui.cache import kept
from anchornet.ui.filters import Filters
from anchornet.ui.layout import returns_html
from anchornet.ui.tiles import chip, coverage_tile, tiles, tiles_html


@kept
def cases(
    database: Database, filters: Filters, indicators: tuple[str, ...]
) -> tuple[cases_.Case, ...]:
    """What `narrative.exceptions` makes of the indicators."""
    listed = queries.actions(database, filters.as_at)
    own = listed["member_id"].isna()
    if filters.members is not None:
        own = listed["member_id"].isin(filters.members)
    series = months = queries.series(database, filters, indicators)
    if filters.window != "month":
        months = queries.series(database, filters, indicators, "month")
    return cases_.cases(series, months, listed[own & (listed["state"] == "open")])


@kept
def exceptions_html(
    database: Database, filters: Filters, indicators: tuple[str, ...]
) -> tuple[str, str]:
    """What is off track or of concern, as a heading's note and a table; the table is empty where
    all is well."""
    today = (filters.as_at or utc_now()).date()
    found = cases(database, filters, indicators)
    listed = [case for case in found if case.is_exception]
    if not listed:
        return cases_.summary(found), ""
    lines = "".join(
        f"<tr><td>{chip(status.state(case.row))}</td>"
        f"<td><b>{escape(CATALOGUE[case.indicator].title)}</b> {escape(cases_.stands(case))}</td>"
        f"<td>{_doing(case, today)}</td></tr>"
        for case in listed
    )
    return cases_.summary(found), f'<table class="an-table an-cases">{lines}</table>'


def _doing(case: cases_.Case, today: date) -> str:
    if not case.actions:
        return '<span class="an-missing">No action yet</span>'
    return "<br>".join(
        f"{escape(str(it['what']))} <em>{escape(str(it['who']))}, "
        f"{escape(formatting.due(it['due_on'], today))}</em>"
        for it in case.actions
    )


def last_meeting(database: Database, as_at: datetime | None) -> Meeting | None:
    """The meeting before the moment that figures are stated for."""
    now = as_at or utc_now()
    return next((it for it in queries.meetings(database) if it.starts_at < now), None)


@kept
def since_html(
    database: Database, filters: Filters, indicators: tuple[str, ...]
) -> tuple[str, str]:
    """What is different since the last meeting: a sentence, and what exactly, a click away."""
    sentence, groups = since(database, filters.figures, indicators)
    told = "".join(
        f"<details><summary><b>{escape(title)}</b> {len(sentences):,}</summary>"
        + "".join(f"<p>{escape(it)}</p>" for it in sentences)
        + "</details>"
        for title, sentences in groups
    )
    return sentence, f'<div class="an-since">{told}</div>' if told else ""


@kept
def since(
    database: Database, filters: Filters, indicators: tuple[str, ...]
) -> tuple[str, tuple[tuple[str, tuple[str, ...]], ...]]:
    """What is different since the last meeting: a sentence, and titles with sentences."""
    meeting = last_meeting(database, filters.as_at)
    if meeting is None:
        return "No meeting is recorded yet, so there is nothing to compare with.", ()
    found = meetings_.since(
        database,
        indicators,
        meeting.starts_at,
        filters.as_at,
        filters.audience,
        period=filters.period,
        members=filters.members,
    )
    names = queries.member_names(database)
    today = (filters.as_at or utc_now()).date()
    groups = narrative_meeting.change_groups(found, names, today)
    return narrative_meeting.since(found, meeting.name), groups


@dataclass(frozen=True)
class Briefing:
    """What Overview says; `order` holds the indicators, exceptions first; asks: for actions."""

    answer: str
    opening_html: str
    returned: str
    returns_html: str
    order: tuple[str, ...]
    asks: bool


@kept
def briefing(database: Database, filters: Filters, indicators: tuple[str, ...]) -> Briefing:
    """Overview of these indicators."""
    series = queries.series(database, filters, indicators)
    board = queries.board(database, filters.period, filters.as_at)
    if filters.members is not None:
        board = board[board["member_id"].isin(filters.members)]
    titles = {name: return_.title for name, return_ in RETURNS.items()}
    now = series[series["period"] == filters.period]
    when = formatting.span(filters.period, filters.window)
    exceptions = exceptions_html(database, filters, indicators)
    listed = cases(database, filters, indicators)
    return Briefing(
        answer=page_sentences.overview(now, board, when, filters.whose),
        opening_html='<div class="an-two">'
        + section("Off track or of concern", *exceptions)
        + section("Since the last meeting", *since_html(database, filters, indicators))
        + "</div>"
        + tiles_html(tiles(series, filters.period, filters.window), coverage_tile(board, titles)),
        returned=page_sentences.coverage(board),
        returns_html=returns_html(board, titles),
        order=tuple(case.indicator for case in listed),
        asks=any(case.is_exception and not case.actions for case in listed),
    )


def section(title: str, note: str, html: str) -> str:
    """A heading, a sentence, and what we wrote ourselves."""
    return f"<section>{components.html('heading', title, note)}{html}</section>"
