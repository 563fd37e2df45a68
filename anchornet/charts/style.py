"""Charts in one look: a Vega-Lite specification once per kind, with fresh rows each time.

Every row that a chart shows carries its own text (`label`), so that the tooltip, the table
behind the chart and the alternative text say what disclosure control left, and nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd
import pyarrow as pa

INK, GREY, PALE, LINE = "#14232e", "#5d6b75", "#b4bec5", "#e3e8eb"
ACCENT = "#005a9c"
# Near to far in one hue, then greys: context is not a category of its own.
RINGS = {"area": ACCENT, "wider_area": "#6cb0dc", "elsewhere": "#b4bec5", "unknown": "#e3e8eb"}
# Pale to deep: one sequential ramp for maps.
RAMP = ("#e2edf6", "#c3daed", "#94bfe0", "#5a9ccd", "#2274b0", "#00447a")
# Okabe and Ito's, in an order that keeps neighbours apart.
HUES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9")
FONT = "Source Sans, Source Sans Pro, sans-serif"
ON_PROJECTOR = 1.8  # times as large
GROWING = {"fontSize", "labelFontSize", "strokeWidth", "labelPadding", "dx", "dy", "labelLimit"}

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
CONFIG: Mapping[str, Any] = {
    "font": FONT,
    "background": None,
    "view": {"stroke": None},
    "axis": {
        "labelFont": FONT,
        "labelFontSize": 14,
        "labelColor": GREY,
        "labelPadding": 6,
        "title": None,
        "domain": False,
        "ticks": False,
        "gridColor": LINE,
    },
    "axisX": {"grid": False, "domain": True, "domainColor": PALE},
    "text": {"font": FONT, "fontSize": 14, "color": INK},
    "line": {"color": ACCENT, "strokeWidth": 2.5, "strokeCap": "round"},
    "legend": None,
}


def nominal(field: str, **more: Any) -> dict[str, Any]:
    return {"field": field, "type": "nominal", **more}


def quantitative(field: str, **more: Any) -> dict[str, Any]:
    return {"field": field, "type": "quantitative", **more}


def coloured(field: str, colours: Mapping[str, str]) -> dict[str, Any]:
    """A colour for each value of a field."""
    scale = {"domain": list(colours), "range": list(colours.values())}
    return nominal(field, scale=scale, legend=None)


def tooltip(**titles: str) -> list[dict[str, Any]]:
    return [nominal(field, title=title) for field, title in titles.items()]


# In the order of the rows: every month of the range has its row, with a figure or without.
MONTHS = {
    "field": "month",
    "type": "ordinal",
    "sort": None,
    "axis": {"labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 12},
}
HUE = nominal("hue", scale=None)  # the colour that a row names
TOOLTIP = tooltip(month="Month", name="What", label="Value")
LABEL = {"type": "text", "align": "left", "baseline": "middle"}
POINT = {"type": "point", "filled": True, "opacity": 1}


@dataclass(frozen=True)
class Chart:
    """Rows, their specification, and the same said in a sentence and for a screen reader."""

    data: pd.DataFrame
    spec: Mapping[str, Any]
    sentence: str
    alt: str

    @cached_property
    def empty(self) -> bool:
        """Whether there is no figure to draw: an axis by itself says nothing."""
        columns = (column for _, column in self.data.items() if column.dtype.kind == "f")
        return not any(column.notna().any() for column in columns)

    @cached_property
    def rows(self) -> bytes:
        """The data as it goes to a browser, in Arrow's format; converted once."""
        table = pa.Table.from_pandas(self.data, preserve_index=False)
        with pa.BufferOutputStream() as sink:
            with pa.ipc.new_stream(sink, table.schema) as writer:
                writer.write_table(table)
            return bytes(sink.getvalue().to_pybytes())

    @cached_property
    def on_projector(self) -> "Chart":
        """The chart as it is read from the back of a room."""
        spec = larger(self.spec, ON_PROJECTOR)
        # Vega takes large text to be lower than it is, and would cut the months at their foot.
        return replace(self, spec={**spec, "padding": {**spec["padding"], "bottom": 8}})


def specification(height: int, **parts: Any) -> dict[str, Any]:
    """A Vega-Lite specification in the one look, as wide as its place."""
    return {
        "$schema": SCHEMA,
        "config": CONFIG,
        "height": height,
        "width": "container",
        # Counts the labels that stand right of the plot, so none is cut.
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": {"left": 0, "top": 8, "right": 8, "bottom": 0},
        **parts,
    }


def larger(spec: Mapping[str, Any], times: float) -> dict[str, Any]:
    """The specification with everything that is read `times` as large, to fill what it is in."""

    def grow(part: Any, key: str = "") -> Any:
        if isinstance(part, Mapping):
            return {name: grow(inner, name) for name, inner in part.items()}
        if isinstance(part, list):
            return [inner * times if key == "strokeDash" else grow(inner) for inner in part]
        if key in GROWING and isinstance(part, int | float):
            return part * times * (times if key == "size" else 1)
        return part

    fit = {"type": "fit", "contains": "padding"}
    return {**grow(spec), "height": "container", "autosize": fit}


def apart(heights: Sequence[float], least: float) -> list[float]:
    """Heights in rising order, moved up as little as keeps them `least` apart."""
    moved: list[float] = []
    for height in heights:
        moved.append(max(height, moved[-1] + least) if moved else height)
    return moved


def spread(heights: Sequence[float], least: float) -> list[float]:
    """Heights in rising order, moved as little as keeps them `least` apart within 0 to 1."""
    moved, ceiling = apart(heights, least), 1.0
    for index in reversed(range(len(moved))):
        moved[index] = min(moved[index], ceiling)
        ceiling = moved[index] - least
    return moved
