"""What the page of members shows: each in a row, or one with its figures and its returns."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
from markupsafe import Markup

from anchornet import formatting
from anchornet.access import Person, allowed
from anchornet.facts.catalogue import CATALOGUE, FACTS, OVERVIEW
from anchornet.indicators.figures import NETWORK, Request
from anchornet.indicators.figures import figures as figures_for
from anchornet.indicators.targets import status
from anchornet.narrative import page_sentences
from anchornet.narrative.definitions import ABOUT_RETURNS
from anchornet.periods import add_months
from anchornet.returns.declaration import RETURNS
from anchornet.store.database import Database
from anchornet.store.targets import targets
from anchornet.ui import queries
from anchornet.ui.cache import cached
from anchornet.ui.components import html
from anchornet.ui.filters import Filters
from anchornet.ui.layout import Block, Page

MONTHS = 12
NOTE = "▲ better, ▼ worse, = the same as in the period before."
TRAVEL = {"better": ("▲", "better"), "worse": ("▼", "worse"), "same": ("=", "the same")}
# All but what is only said beside another figure, those about returns, which a member's record
# shows, and those over something of the whole network or area.
OF_MEMBERS = tuple(
    name
    for name, indicator in CATALOGUE.items()
    if not indicator.beside
    and all(FACTS[facts].table for facts in indicator.facts)
    and indicator.over is None
)
# What stands beside a member's name: the shares of Overview, which can be compared.
HEADLINES = tuple(
    name for name in OVERVIEW if name in OF_MEMBERS and CATALOGUE[name].kind == "rate"
)
COLUMNS = (
    "Member", *(formatting.plain(CATALOGUE[name].title) for name in HEADLINES),
    "Targets on track", "Returns sent", "Late", "Missing", "Nil", "Corrected",
)  # fmt: skip
NUMBERS = [
    place for place, title in enumerate(COLUMNS) if title not in ("Member", "Targets on track")
]


def of_one(filters: Filters, person: Person, names: Mapping[str, str]) -> Filters:
    """The filters, of the person's own member where they have one and picked no other."""
    own = person.member_id
    if filters.member_id or not own or not allowed(person, "see_member_detail", own):
        return filters
    return replace(filters, members=(own,), whose=names.get(own, own), kind=None, exact=True)


@cached
def page(database: Database, filters: Filters) -> Page:
    """All members, a row each; or one's figures, and the record of what it sent as a block."""
    board = queries.boards(database, filters.period, MONTHS, filters.as_at)
    first, last = min(board["period"], default=filters.period), filters.period
    if filters.members is not None:
        board = board[board["member_id"].isin(filters.members)]
    if filters.member_id is None:
        everyone = _by_member(database, filters.network)
        total = queries.cut(database, filters.network, HEADLINES)
        rows = all_rows(everyone, total, board, queries.member_names(database))
        answer = page_sentences.members(everyone, board, filters.span)
        table = html("table", COLUMNS, rows, NUMBERS, "an-members")
        return Page(answer, table + queries.note_on_people(database, filters), [])
    frame = _figures(database, filters)
    network = queries.cut(database, filters.network, _shown(database, filters))
    groups = figure_rows(frame, network)
    span = f"{'' if first == last else f'{formatting.month(first)} to '}{formatting.month(last)}"
    sent = page_sentences.record(board, span)
    return Page(
        page_sentences.member(frame, filters.whose, board, filters.span),
        html("note", NOTE)
        + queries.note_on_people(database, filters)
        + html("member_figures", groups),
        [Block("record", "What it has sent", sent, [record(board)])],
    )


def _shown(database: Database, filters: Filters) -> tuple[str, ...]:
    """OF_MEMBERS, and whatever else a member has a target of its own for."""
    held = {target.indicator for target in targets(database, filters.as_at) if target.member_id}
    return (*OF_MEMBERS, *(name for name in CATALOGUE if name in held and name not in OF_MEMBERS))


def _figures(database: Database, filters: Filters) -> pd.DataFrame:
    """One member's figures: as they are to its own people, to others as the network sees them."""
    if filters.exact:
        frame = queries.series(database, filters, _shown(database, filters))
        return frame[frame["period"] == filters.period]
    everyone = _by_member(database, filters.network)
    return everyone[everyone["member"] == filters.member_id]


@cached
def _by_member(database: Database, filters: Filters) -> pd.DataFrame:
    """Every indicator that a member has a figure of its own for, by member, with targets and
    status, for the filters' period, as the network sees them."""
    before = [add_months(filters.period, -months) for months in (12, 3, 1)]
    request = Request(
        _shown(database, filters),
        [*before, filters.period],
        filters.window,
        filters.as_at,
        ["member"],
    )
    frame = status(database, figures_for(database, request, NETWORK), window=filters.window)
    return frame[frame["period"] == filters.period]


def figure_rows(
    frame: pd.DataFrame, network: pd.DataFrame
) -> list[tuple[str, list[dict[str, Any]]]]:
    """A member's figures by return: value, status against its own target, travel, the network's."""
    others = {row["indicator"]: formatting.shown(row) for _, row in network.iterrows()}
    groups: dict[str, list[dict[str, Any]]] = {}
    for _, row in frame.iterrows():
        name = CATALOGUE[row["indicator"]].return_name
        line = _row(row, others.get(row["indicator"], "–"))
        groups.setdefault(RETURNS[name].title if name else ABOUT_RETURNS, []).append(line)
    return list(groups.items())


def _row(row: "pd.Series[Any]", network: str) -> dict[str, Any]:
    indicator = CATALOGUE[str(row["indicator"])]
    judged = isinstance(row["status"], str)
    return {
        "title": indicator.title,
        "definition": indicator.definition,
        "value": formatting.shown(row),
        "travel": TRAVEL.get(str(row["direction"])),
        "status": row["status"] if judged else "",
        "gap": formatting.gap(row["value"], row["profile"], row["unit"]) if judged else "",
        "network": network,
    }


def record(board: pd.DataFrame) -> Markup:
    """Months down, returns across, each with a shape and a word for what became of it."""
    titles = {name: return_.title for name, return_ in RETURNS.items()}
    rows = []
    for period in sorted(set(board["period"]), reverse=True):
        lines = board[board["period"] == period]
        states = dict(zip(lines["return_name"], lines["state"], strict=True))
        rows.append((formatting.month(period, short=True), states))
    return html("returns", "record", "Month", titles, rows)


def all_rows(
    everyone: pd.DataFrame, total: pd.DataFrame, board: pd.DataFrame, names: Mapping[str, str]
) -> list[list[str]]:
    """The network and a row a member: its headlines, how its targets stand, and what it has sent in
    the year."""
    rows = [["The network", *_headlines(total), "", *_sent(board)]]
    for member_id in dict.fromkeys(board["member_id"]):
        figures = everyone[everyone["member"] == member_id]
        judged = figures[figures["status"].notna()]
        on_track = int((judged["status"] == "on_track").sum())
        rows.append(
            [
                names.get(str(member_id), str(member_id)),
                *_headlines(figures),
                formatting.count(on_track, len(judged)) if len(judged) else "no targets",
                *_sent(board[board["member_id"] == member_id]),
            ]
        )
    return rows


def _headlines(figures: pd.DataFrame) -> list[str]:
    shown = {row["indicator"]: formatting.shown(row) for _, row in figures.iterrows()}
    return [shown.get(name, "–") for name in HEADLINES]


def _sent(board: pd.DataFrame) -> list[str]:
    due = board[board["state"] != "not_due"]
    counts = due["state"].value_counts()
    return [
        f"{len(due) - counts.get('missing', 0):,} of {len(due):,}",
        f"{int(due['late'].sum()):,}",
        *(f"{counts.get(state, 0):,}" for state in ("missing", "nil", "corrected")),
    ]
