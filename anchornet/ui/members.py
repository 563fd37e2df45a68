"""What the page of a member is laid out from: its figures beside the network's, its returns."""

from collections.abc import Mapping
from dataclasses import replace
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from anchornet import formatting
from anchornet.access import Person, allowed
from anchornet.facts.catalogue import CATALOGUE
from anchornet.narrative.definitions import definitions
from anchornet.periods import add_months
from anchornet.settings import Settings
from anchornet.store.database import Database
from anchornet.ui import figure_queries, layout, queries
from anchornet.ui.filters import Filters
from anchornet.ui.tiles import chip

MONTHS = 12
NOTE = "▲ better, ▼ worse, = the same as in the period before. "
TRAVEL = {"better": ("▲", "better"), "worse": ("▼", "worse"), "same": ("=", "the same")}


def of_one(filters: Filters, person: Person, names: Mapping[str, str]) -> Filters:
    """The filters, of the person's own member where they have one and picked no other."""
    own = person.member_id
    if filters.member_id or not own or not allowed(person, "see_member_detail", own):
        return filters
    return replace(filters, members=(own,), whose=names.get(own, own), kind=None, exact=True)


def record(database: Database, filters: Filters) -> pd.DataFrame:
    """What was returned in the year to the period, of one member or of all: what
    board.returns_board gives."""
    months = [add_months(filters.period, -back) for back in range(MONTHS)]
    board = pd.concat([queries.board(database, month, filters.as_at) for month in months])
    return board if filters.members is None else board[board["member_id"].isin(filters.members)]


def figures(database: Database, filters: Filters) -> pd.DataFrame:
    """One member's figures: as they are to its own people, to others as cuts.by_member has them."""
    if filters.exact:
        frame = queries.series(database, filters, figure_queries.OF_MEMBERS)
        return frame[frame["period"] == filters.period]
    everyone = figure_queries.by_member(database, filters)
    return everyone[everyone["member"] == filters.member_id]


def whole_network(database: Database, filters: Filters) -> pd.DataFrame:
    """The network's figures of the same span."""
    network = Filters(filters.period, filters.window, filters.as_at, area=filters.area)
    return figure_queries.cut(database, network, figure_queries.OF_MEMBERS)


def show_figures(mine: pd.DataFrame, network: pd.DataFrame, settings: Settings) -> None:
    """A member's figures by return: value, status against its own target, travel, the network's."""
    rows = {row["indicator"]: row for _, row in mine.iterrows()}
    others = {row["indicator"]: formatting.shown(row) for _, row in network.iterrows()}
    for title, group in definitions(settings).items():
        given = [it for it in group if it.name in rows]
        if not given:
            continue
        body = "".join(_row(rows[it.name], others.get(it.name, "–")) for it in given)
        st.html(
            f'<table class="an-table an-figures"><tr><th>{escape(title)}</th>'
            '<th class="an-num">This member</th><th>Against its target</th>'
            f'<th class="an-num">The network</th></tr>{body}</table>'
        )


def _row(row: "pd.Series[Any]", network: str) -> str:
    indicator = CATALOGUE[row["indicator"]]
    target = ""
    if isinstance(row["status"], str):
        gap = formatting.gap(row["value"], row["profile"], row["unit"])
        target = f"{chip(row['status'])} {escape(gap)} profile"
    travel = ""
    if isinstance(row["direction"], str):
        sign, word = TRAVEL[row["direction"]]
        travel = f' <span class="an-travel" title="{word} than the time before">{sign}</span>'
    return (
        f'<tr><td title="{escape(indicator.definition)}">{escape(indicator.title)}</td>'
        f'<td class="an-num">{escape(formatting.shown(row))}{travel}</td><td>{target}</td>'
        f'<td class="an-num">{escape(network)}</td></tr>'
    )


def show_record(board: pd.DataFrame, titles: Mapping[str, str]) -> None:
    """Months down, returns across, each with a shape and a word for what became of it."""
    head = "".join(f"<th>{escape(title)}</th>" for title in titles.values())
    body = ""
    for period in sorted(set(board["period"]), reverse=True):
        rows = board[board["period"] == period]
        states = dict(zip(rows["return_name"], rows["state"], strict=True))
        cells = "".join(layout.state(states.get(name)) for name in titles)
        body += f"<tr><td>{escape(formatting.month(period, short=True))}</td>{cells}</tr>"
    st.html(f'<table class="an-table an-record"><tr><th>Month</th>{head}</tr>{body}</table>')


def show_members(everyone: pd.DataFrame, board: pd.DataFrame, names: Mapping[str, str]) -> None:
    """A row a member: how its targets stand and what it has sent in the year."""
    rows = []
    for member_id in dict.fromkeys(board["member_id"]):
        mine = everyone[(everyone["member"] == member_id) & everyone["status"].notna()]
        sent = board[(board["member_id"] == member_id) & (board["state"] != "not_due")]
        counts = sent["state"].value_counts()
        rows.append(
            [
                names.get(str(member_id), str(member_id)),
                formatting.count(int((mine["status"] == "on_track").sum()), len(mine)) if len(mine)
                else "no targets",
                f"{len(sent) - counts.get('missing', 0):,} of {len(sent):,}",
                f"{int(sent['late'].sum()):,}",
                f"{counts.get('missing', 0):,}",
                f"{counts.get('nil', 0):,}",
                f"{counts.get('corrected', 0):,}",
            ]
        )  # fmt: skip
    layout.table(
        ["Member", "Targets on track", "Returns sent", "Late", "Missing", "Nil", "Corrected"],
        rows,
        numbers=[2, 3, 4, 5, 6],
    )
