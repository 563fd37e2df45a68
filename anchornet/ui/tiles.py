"""Headline tiles: a figure, its target and status, its coverage and its course, never cut short."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from markupsafe import Markup

from anchornet import formatting
from anchornet.charts.style import ACCENT, PALE
from anchornet.facts.catalogue import CATALOGUE
from anchornet.narrative import status as narrative_status
from anchornet.narrative.returns_status import titles_on
from anchornet.ui import links
from anchornet.ui.components import html


@dataclass(frozen=True)
class Tile:
    """Everything a tile says, already in words; `image` is its course as an SVG picture in base64,
    because the page lets no SVG through."""

    title: str
    value: str
    unit: str
    target: str
    status: str
    direction: str
    cover: str
    definition: str
    months: int
    image: str
    address: str


def tiles(
    series: pd.DataFrame,
    period: date,
    window: str = "month",
    extra: str = "",
    members: str | None = None,
) -> Markup:
    """A tile for each indicator of a protected frame with targets (queries.series), and `extra`
    HTML in the next cell. Each leads to its figure, of the member where one is named."""
    query = {"members": members} if members else {}
    each = [
        _tile(rows, rows[rows["period"] == period].iloc[0], window, query)
        for _, rows in series.groupby("indicator", sort=False)
    ]
    return html("tiles", each, extra)


def _tile(rows: pd.DataFrame, row: "pd.Series[Any]", window: str, query: Mapping[str, str]) -> Tile:
    indicator = CATALOGUE[str(row["indicator"])]
    gap = narrative_status.against(row)
    target = f"{formatting.sentence(gap) if gap else ''} {narrative_status.target(row)}"
    value = formatting.shown(row)
    in_words = formatting.is_gap(row["value"]) and value not in ("*", "–")
    return Tile(
        title=indicator.title,
        value=value,
        unit="" if in_words or indicator.unit in ("share", "gbp") else indicator.unit,
        target=target.strip(),
        status=narrative_status.state(row),
        direction=narrative_status.travel(row, window),
        cover=narrative_status.cover(row),
        definition=indicator.definition,
        months=len(rows),
        image=spark(list(rows["value"])),
        address="" if indicator.beside else links.of_figure(indicator.name, **query),
    )


def coverage(board: pd.DataFrame) -> Markup:
    """The cell beside the tiles: how many members have sent each return."""
    rows = []
    for name, title in titles_on(board).items():
        lines = board[board["return_name"] == name]
        sent = f"{int(lines['receipt'].notna().sum())} of {len(lines)}"
        rows.append((title, sent, bool((lines["state"] == "missing").any())))
    return html("coverage", rows)


def spark(values: Sequence[float | None]) -> str:
    """A small line as SVG in base64, gaps left as gaps; empty where there is no figure."""
    present = [value for value in values if value is not None and not formatting.is_gap(value)]
    if not present:
        return ""
    low, high = min(present), max(present)
    step = 200 / max(len(values) - 1, 1)
    # A flat line runs through the middle.
    base = 32.0 if high > low else 32 - 18 / 1.3
    runs: list[list[tuple[str, str]]] = [[]]
    for index, value in enumerate(values):
        if value is None or formatting.is_gap(value):
            runs.append([])
        else:
            height = base - (value - low) / ((high - low) or 1.0) * 28
            runs[-1].append((f"{4 + index * step:.1f}", f"{height:.1f}"))
    svg = html("spark", [run for run in runs if run], ACCENT, PALE)
    return base64.b64encode(svg.encode()).decode()
