"""Headline tiles: a figure, its target and status, its coverage and its course, never cut short."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from anchornet import formatting
from anchornet.charts.style import ACCENT, PALE
from anchornet.facts.catalogue import CATALOGUE
from anchornet.narrative import status as narrative_status


@dataclass(frozen=True)
class Tile:
    """Everything a tile says, already in words; `spark` may hold gaps as None."""

    title: str
    value: str
    unit: str
    target: str
    status: str
    direction: str
    cover: str
    definition: str
    spark: Sequence[float | None]


def tiles(series: pd.DataFrame, period: date, window: str = "month") -> list[Tile]:
    """A tile for each indicator of a protected frame with targets (reads.series)."""
    made = []
    for name, rows in series.groupby("indicator", sort=False):
        row = rows[rows["period"] == period].iloc[0]
        indicator = CATALOGUE[str(name)]
        shown = formatting.shown(row)
        made.append(
            Tile(
                title=indicator.title,
                value=shown,
                unit=indicator.unit if indicator.unit not in ("share", "gbp") else "",
                target=_target(row),
                status=narrative_status.state(row),
                direction=narrative_status.travel(row, window),
                cover=narrative_status.cover(row),
                definition=indicator.definition,
                spark=[
                    None if formatting.is_gap(value) else float(value) for value in rows["value"]
                ],
            )
        )
    return made


def _target(row: "pd.Series[Any]") -> str:
    said = (
        formatting.sentence(narrative_status.against(row)) if narrative_status.against(row) else ""
    )
    return f"{said} {narrative_status.target(row)}".strip()


def coverage_tile(board: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """The cell beside the tiles: how many members have sent each return."""
    lines = []
    for name, title in titles.items():
        rows = board[board["return_name"] == name]
        sent = f"{int(rows['receipt'].notna().sum())} of {len(rows)}"
        if (rows["state"] == "missing").any():
            sent = f'<span class="an-missing">✕ {sent}</span>'
        lines.append(f'<tr><td>{escape(title)}</td><td class="an-num">{sent}</td></tr>')
    return (
        '<div class="an-tile an-coverage"><div class="an-name">Members who have returned</div>'
        f'<table class="an-table">{"".join(lines)}</table></div>'
    )


def show_tiles(tiles: Sequence[Tile], extra: str = "") -> None:
    """The tiles in one grid; `extra` is more escaped HTML that takes the next cell."""
    st.html(tiles_html(tiles, extra))


def tiles_html(tiles: Sequence[Tile], extra: str = "") -> str:
    return f'<div class="an-tiles">{"".join(map(_tile, tiles))}{extra}</div>'


def _tile(tile: Tile) -> str:
    unit = f" <small>{escape(tile.unit)}</small>" if tile.unit else ""
    return (
        '<div class="an-tile">'
        f'<div class="an-name">{escape(tile.title)}</div>'
        f'<details class="an-what"><summary aria-label="What {escape(tile.title)} means">?'
        f"</summary><div>{escape(tile.definition)}</div></details>"
        f'<div class="an-value">{escape(tile.value)}{unit}</div>'
        f"{chip(tile.status)}"
        f'<div class="an-target">{escape(tile.target)}</div>'
        f'<div class="an-cover an-direction">{escape(tile.direction)}</div>'
        f"{spark(tile.spark, tile.title)}"
        f'<div class="an-cover">{escape(tile.cover)}</div>'
        "</div>"
    )


def chip(status: str) -> str:
    """A status as a shape, a word and a colour; other words stand in grey."""
    kind = status if status in formatting.STATUS else "none"
    return (
        f'<span class="an-chip '
        f'an-{kind}"><i></i>{formatting.STATUS.get(status, escape(status))}</span>'
    )


def spark(values: Sequence[float | None], title: str) -> str:
    """A small line as an image, because the page lets no SVG through; gaps stay gaps."""
    present = [value for value in values if not formatting.is_gap(value) and value is not None]
    if not present:
        return '<div class="an-spark"></div>'
    low, high = min(present), max(present)
    span = (high - low) or 1.0
    step = 200 / max(len(values) - 1, 1)
    # A flat line runs through the middle.
    lift = 18.0 if high == low else 0.0

    def place(index: int, value: float) -> tuple[float, float]:
        return 4 + index * step, 32 - lift / 1.3 - (value - low) / span * 28

    runs: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(values):
        if value is None or formatting.is_gap(value):
            runs.append([])
        else:
            runs[-1].append(place(index, value))
    drawn = []
    for run in filter(None, runs):
        if len(run) == 1:
            drawn.append(f'<circle cx="{run[0][0]:.1f}" cy="{run[0][1]:.1f}" r="1.6"/>')
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
        drawn.append(f'<polyline points="{points}"/>')
    last = next((run[-1] for run in reversed(runs) if run), None)
    dot = f'<circle cx="{last[0]:.1f}" cy="{last[1]:.1f}" r="3"/>' if last else ""
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 208 36" preserveAspectRatio="none">'
        f'<line x1="0" x2="208" y1="35.5" y2="35.5" stroke="{PALE}" stroke-width="0.6"/>'
        f'<g fill="none" stroke="{ACCENT}" stroke-width="1.6" stroke-linejoin="round" '
        f'vector-effect="non-scaling-stroke">{"".join(drawn)}</g>'
        f'<g fill="{ACCENT}">{dot}</g></svg>'
    )
    image = base64.b64encode(svg.encode()).decode()
    return (
        f'<img class="an-spark" alt="{escape(title)} over {len(values)} months" '
        f'src="data:image/svg+xml;base64,{image}">'
    )
