"""What the page of members shows: each in a row, or one with its figures and its returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
from anchornet.narrative.returns_status import titles_on
from anchornet.narrative.status import TRAVEL
from anchornet.periods import add_months
from anchornet.returns.declaration import RETURNS
from anchornet.store.cache import cached
from anchornet.store.database import Database
from anchornet.store.targets import targets
from anchornet.ui import links, queries
from anchornet.ui.components import html
from anchornet.ui.filters import Filters
from anchornet.ui.layout import Block, Page
from anchornet.ui.tiles import spark, tiles

MONTHS = 12
FEWEST = 3  # months that make a course
NOTE = "▲ better, ▼ worse, = about the same as in the period before."
TRAVEL_MARKS = {"better": "▲", "worse": "▼", "same": "="}
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
TILES = tuple(name for name in OVERVIEW if name in OF_MEMBERS)
# In an address: by what the members are sorted; with a minus before it the other way round.
SORT, NAME = "sort", "name"
COLUMNS: Mapping[str, str] = {
    NAME: "Member",
    **{name: formatting.plain(CATALOGUE[name].title) for name in HEADLINES},
    "targets": "Targets on track",
    "sent": "Returns sent",
    "late": "Late",
    "missing": "Missing",
    "actions": "Open actions",
}


@dataclass(frozen=True)
class Figure:
    """A figure of a member: its course as a picture, how it stands beside the network's and, where
    the member has a target of its own, its status."""

    shown: str
    image: str
    beside: str
    status: str


@dataclass(frozen=True)
class Row:
    """A member as it stands in the table; `order` says by column where it is sorted to."""

    name: str
    figures: Sequence[Figure]
    counts: Sequence[str]
    order: Mapping[str, float]


def of_one(filters: Filters, person: Person, names: Mapping[str, str]) -> Filters:
    """The filters, of the person's own member where they have one and picked no other."""
    own = person.member_id
    if filters.member_id or not own or not allowed(person, "see_member_detail", own):
        return filters
    return replace(filters, members=(own,), whose=names.get(own, own), kind=None, exact=True)


@cached
def page(database: Database, filters: Filters, sort: str = "") -> Page:
    """All members, a row each; or one's figures, and as blocks the record of what it sent and what
    is being done."""
    board = queries.boards(database, filters.period, MONTHS, filters.as_at)
    first, last = min(board["period"], default=filters.period), filters.period
    if filters.members is not None:
        board = board[board["member_id"].isin(filters.members)]
    if filters.member_id is None:
        everyone = _by_member(database, filters.network)
        first, *rows = all_rows(database, filters.network, everyone, board)
        answer = page_sentences.members(everyone, board, filters.span)
        table = html("members", headings(sort), [first, *ordered(rows, sort)])
        return Page(answer, table + queries.note_on_people(database, filters), [])
    frame = _figures(database, filters)
    network = queries.cut(database, filters.network, _shown(database, filters))
    groups = figure_rows(frame, network, filters.member_id)
    span = f"{'' if first == last else f'{formatting.month(first)} to '}{formatting.month(last)}"
    sent = page_sentences.record(board, span)
    return Page(
        page_sentences.member(frame, filters.whose, board, filters.span),
        tiles(
            queries.series(database, filters, TILES),
            filters.period,
            filters.window,
            members=filters.member_id,
        ),
        [
            Block(
                "figures",
                "All figures",
                NOTE,
                [queries.note_on_people(database, filters) + html("member_figures", groups)],
            ),
            Block("record", "What it has sent", sent, [record(board)]),
            _doing(database, filters),
        ],
    )


def _doing(database: Database, filters: Filters) -> Block:
    """What is being done about the member's figures."""
    actions = queries.open_actions(database, filters)
    rows = [
        (
            f"{formatting.plain(CATALOGUE[row['indicator']].title)}: {row['what']}",
            row["who"],
            formatting.due(row["due_on"], filters.today),
        )
        for row in actions.to_dict("records")
    ]
    note = "" if rows else "No action is open."
    return Block("actions", "Open actions", note, [html("actions", rows)] if rows else [])


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
    frame: pd.DataFrame, network: pd.DataFrame, member_id: str
) -> list[tuple[str, list[dict[str, Any]]]]:
    """A member's figures by return: value, status against its own target, travel, the network's.
    None of what was not asked for."""
    others = {row["indicator"]: formatting.shown(row) for _, row in network.iterrows()}
    groups: dict[str, list[dict[str, Any]]] = {}
    for _, row in frame.iterrows():
        if not row["members_expected"]:
            continue  # of a return that is not asked for that month
        name = CATALOGUE[row["indicator"]].return_name
        line = _row(row, others.get(row["indicator"], "–"), member_id)
        groups.setdefault(RETURNS[name].title if name else ABOUT_RETURNS, []).append(line)
    return list(groups.items())


def _row(row: "pd.Series[Any]", network: str, member_id: str) -> dict[str, Any]:
    indicator = CATALOGUE[str(row["indicator"])]
    judged = isinstance(row["status"], str)
    mark = TRAVEL_MARKS.get(str(row["direction"]))
    return {
        "title": indicator.title,
        "address": links.of_figure(indicator.name, members=member_id),
        "definition": indicator.definition,
        "value": formatting.shown(row),
        "travel": (mark, TRAVEL[row["direction"]]) if mark else None,
        "status": row["status"] if judged else "",
        "gap": formatting.gap(row["value"], row["profile"], row["unit"]) if judged else "",
        "network": network,
    }


def record(board: pd.DataFrame) -> Markup:
    """Months down, returns across, each with a shape and a word for what became of it."""
    titles = titles_on(board)
    rows = []
    for period in sorted(set(board["period"]), reverse=True):
        lines = board[board["period"] == period]
        states = dict(zip(lines["return_name"], lines["state"], strict=True))
        rows.append((formatting.month(period, short=True), states, ()))
    return html("returns", "record", "Month", titles, rows)


def all_rows(
    database: Database, filters: Filters, everyone: pd.DataFrame, board: pd.DataFrame
) -> list[Row]:
    """The network and a row a member, by name: its headlines, how its targets stand, what it has
    sent in the year, and what is being done. `everyone`: the members' figures with status."""
    network = queries.cut(database, filters, HEADLINES, count=MONTHS)
    courses = queries.cut(database, filters, HEADLINES, ("member",), count=MONTHS)
    names = queries.member_names(database)
    actions = queries.every_open_action(database, filters)
    beside = network[network["period"] == filters.period].set_index("indicator")["value"]
    # A month that a member has no figure for is a gap in its course.
    periods = pd.Index(sorted({*network["period"], filters.period}))
    rows = [_row_of("The network", periods, network, beside, everyone.head(0), board, actions)]
    for member_id in map(str, dict.fromkeys(board["member_id"])):
        course, figures, sent, doing = (
            frame[frame[column] == member_id]
            for frame, column in (
                (courses, "member"),
                (everyone, "member"),
                (board, "member_id"),
                (actions, "member_id"),
            )
        )
        name = links.link(names.get(member_id, member_id), links.of_member(member_id))
        rows.append(_row_of(name, periods, course, beside, figures, sent, doing))
    return rows


def _row_of(
    name: str,
    periods: "pd.Index[Any]",
    course: pd.DataFrame,
    beside: "pd.Series[Any]",
    figures: pd.DataFrame,
    board: pd.DataFrame,
    actions: pd.DataFrame,
) -> Row:
    """A row of what is one member's: its headlines over the periods, its figures with status, its
    returns and its actions."""
    statuses = figures.set_index("indicator")["status"].dropna()
    order: dict[str, float] = {}
    cells = []
    for indicator in HEADLINES:
        months = course[course["indicator"] == indicator].set_index("period").reindex(periods)
        status = str(statuses.get(indicator, ""))
        cells.append(_figure(months, beside.get(indicator), status))
        if not formatting.is_gap(value := months["value"].iloc[-1]):
            order[indicator] = float(value)
    on_track = int((statuses == "on_track").sum())
    if len(statuses):
        order["targets"] = on_track / len(statuses)
    due = board[board["state"] != "not_due"]
    missing = int((due["state"] == "missing").sum())
    late, sent = int(due["late"].sum()), len(due) - missing
    order |= {"sent": sent / max(len(due), 1), "late": late, "missing": missing}
    order["actions"] = len(actions)
    counts = (
        f"{on_track:,} of {len(statuses):,}" if len(statuses) else "–",
        f"{sent:,} of {len(due):,}",
        f"{late:,}",
        f"{missing:,}",
        f"{len(actions):,}",
    )
    return Row(name, cells, counts, order)


def _figure(months: pd.DataFrame, network: float | None, status: str) -> Figure:
    """The last of the months, as it may be shown."""
    last, beside = months.iloc[-1], ""
    if "member" in months and network is not None and not _lacks(last["value"], network):
        beside = f"{formatting.gap(last['value'], network, last['unit'])} the network"
    # Of one or two months there is no course to see.
    course = spark(list(months["value"])) if months["value"].notna().sum() >= FEWEST else ""
    shown = formatting.shown(last) if isinstance(last["unit"], str) else "–"
    return Figure(shown, course, beside, status)


def _lacks(*values: float) -> bool:
    return any(formatting.is_gap(value) for value in values)


def ordered(rows: Sequence[Row], sort: str) -> list[Row]:
    """By name, or as the address has it; who has no such figure comes last."""
    column = sort.removeprefix("-")
    if column not in COLUMNS or column == NAME:
        return [*reversed(rows)] if sort == f"-{NAME}" else [*rows]
    with_figure = [row for row in rows if column in row.order]
    without = [row for row in rows if column not in row.order]
    lowest_first = sort.startswith("-")
    return [
        *sorted(with_figure, key=lambda row: row.order[column], reverse=not lowest_first),
        *without,
    ]


def headings(sort: str) -> list[tuple[str, str, str]]:
    """Each column's title, the address that sorts by it, or the other way round, and how it is
    sorted now."""
    now = sort if sort.removeprefix("-") in COLUMNS else NAME
    result = []
    for column, title in COLUMNS.items():
        order = ""
        if now.removeprefix("-") == column:
            rises = now.startswith("-") != (column == NAME)
            order = "ascending" if rises else "descending"
        other = f"-{column}" if now == column else column
        result.append((title, links.address("members", **{SORT: other}), order))
    return result
