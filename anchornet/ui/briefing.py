"""What the delivery group looks at first: what is off track, what moved, what waits for them."""

from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from typing import Any

import pandas as pd

from anchornet.indicators import meetings as meetings_
from anchornet.indicators.catalogue import CATALOGUE
from anchornet.indicators.variation import of_months
from anchornet.publishing import answers, judging, standing, words
from anchornet.publishing.disclosure import protect
from anchornet.returns.declaration import RETURNS
from anchornet.store.database import Database, utc_now
from anchornet.store.meetings import Meeting
from anchornet.ui import reads
from anchornet.ui.filters import Filters
from anchornet.ui.kept import kept
from anchornet.ui.layout import returns_html
from anchornet.ui.tiles import chip, coverage_tile, tiles, tiles_html

ORDER = ("off_track", "concern", "within_tolerance", "", "on_track")


@dataclass(frozen=True)
class Case:
    """An indicator with what is said of it; `rank` is its place in ORDER."""

    indicator: str
    row: "pd.Series[Any]"
    variation: str | None
    actions: tuple[dict[Any, Any], ...]
    rank: int


@kept
def cases(database: Database, filters: Filters, indicators: tuple[str, ...]) -> tuple[Case, ...]:
    """The indicators with the exceptions first: off track, of concern, within tolerance, without a
    target or a figure, on track."""
    listed = reads.actions(database, filters.as_at)
    own = listed["member_id"].isna()
    if filters.members is not None:
        own = listed["member_id"].isin(filters.members)
    opened = listed[own & (listed["state"] == "open")]
    series = reads.series(database, filters, indicators)
    months = series
    if filters.window != "month":
        months = reads.series(database, filters, indicators, "month")
    found = []
    for name, rows in series.groupby("indicator", sort=False):
        chart = of_months(months[months["indicator"] == name])
        varies = chart.variation if chart and chart.points[-1] else None
        row = rows.iloc[-1]
        said = row["status"] if isinstance(row["status"], str) else ""
        worst = "concern" if varies == "concern" and said != "off_track" else said
        actions = opened[opened["indicator"] == name].to_dict("records")
        found.append(Case(str(name), row, varies, tuple(actions), ORDER.index(worst)))
    return tuple(sorted(found, key=lambda case: case.rank))


@kept
def exceptions_html(
    database: Database, filters: Filters, indicators: tuple[str, ...]
) -> tuple[str, str]:
    """What is off track or of concern, as a heading's note and a table; the table is empty where
    all is well."""
    today = (filters.as_at or utc_now()).date()
    listed = [case for case in cases(database, filters, indicators) if case.rank < 2]
    if not listed:
        known = any(case.rank > 1 and case.row["status"] for case in cases(
            database, filters, indicators
        ))  # fmt: skip
        return ("Nothing is off track." if known else "No target can be looked at yet."), ""
    without = sum(not case.actions for case in listed)
    note = f"{words.count(len(listed))} {'figure' if len(listed) == 1 else 'figures'}"
    note += f"; {words.count(without)} without an action" if without else ", each with an action"
    lines = "".join(
        f"<tr><td>{chip(standing.state(case.row))}</td>"
        f"<td><b>{escape(CATALOGUE[case.indicator].title)}</b> {escape(_stands(case))}</td>"
        f"<td>{_doing(case, today)}</td></tr>"
        for case in listed
    )
    return words.sentence(note), f'<table class="an-table an-cases">{lines}</table>'


def _stands(case: Case) -> str:
    said = ", ".join(filter(None, [words.shown(case.row), standing.against(case.row)]))
    if case.variation == "concern":
        said += f"; {judging.VARIATION['concern'][0].lower()}"
    return said


def _doing(case: Case, today: date) -> str:
    if not case.actions:
        return '<span class="an-missing">No action yet</span>'
    return "<br>".join(
        f"{escape(str(it['what']))} <em>{escape(str(it['who']))}, "
        f"{escape(words.due(it['due_on'], today))}</em>"
        for it in case.actions
    )


def last_meeting(database: Database, as_at: datetime | None) -> Meeting | None:
    """The meeting before the moment that figures are stated for."""
    now = as_at or utc_now()
    return next((it for it in reads.meetings(database) if it.starts_at < now), None)


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
        period=filters.period,
        members=filters.members,
        frames=lambda frame: frame if filters.exact else protect(database, frame),
    )
    names = reads.member_names(database)
    today = (filters.as_at or utc_now()).date()
    groups = (
        ("Crossed a target", [judging.status_change(it) for it in found.crossed]),
        ("Crossed a limit", [judging.variation_change(it) for it in found.varied]),
        ("Members", judging.members_change(found, names)),
        ("Actions due", judging.actions_due(found, today)),
        ("Revised since", judging.revised(found, names)),
    )
    told = tuple((title, tuple(sentences)) for title, sentences in groups if sentences)
    return judging.since(found, meeting.name), told


@dataclass(frozen=True)
class Briefing:
    """What Overview says; `order` holds the indicators, exceptions first; asks: for actions."""

    answer: str
    opening_html: str
    returns_html: str
    order: tuple[str, ...]
    asks: bool


@kept
def briefing(database: Database, filters: Filters, indicators: tuple[str, ...]) -> Briefing:
    """Overview of these indicators."""
    series = reads.series(database, filters, indicators)
    board = reads.board(database, filters.period, filters.as_at)
    if filters.members is not None:
        board = board[board["member_id"].isin(filters.members)]
    titles = {name: return_.title for name, return_ in RETURNS.items()}
    now = series[series["period"] == filters.period]
    when = words.span(filters.period, filters.window)
    exceptions = exceptions_html(database, filters, indicators)
    listed = cases(database, filters, indicators)
    return Briefing(
        answer=answers.overview(now, board, when, filters.whose),
        opening_html='<div class="an-two">'
        + block("Off track or of concern", *exceptions)
        + block("Since the last meeting", *since_html(database, filters, indicators))
        + "</div>"
        + tiles_html(tiles(series, filters.period, filters.window), coverage_tile(board, titles)),
        returns_html=block(
            "Who has returned what", answers.coverage(board), returns_html(board, titles)
        ),
        order=tuple(case.indicator for case in listed),
        asks=any(case.rank < 2 and not case.actions for case in listed),
    )


def block(title: str, note: str, html: str) -> str:
    """A heading, a sentence, and what we wrote ourselves."""
    said = f'<h2 class="an-h2">{escape(title)}</h2><p class="an-note">{escape(note)}</p>'
    return f"<section>{said}{html}</section>"
