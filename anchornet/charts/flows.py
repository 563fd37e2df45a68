"""Accredited employers as they come and go: columns by month above and below a line."""

import math
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.charts.breakdowns import HUES
from anchornet.charts.style import ACCENT, GREY, INK, MONTHS, PALE, Chart, specification

# What a column of the chart is, whether it adds or takes away, and its hue.
PARTS = {
    "new": ("New", 1, ACCENT),
    "lapsed": ("Lapsed", -1, HUES[1]),
    "not_reported": ("Off the lists", -1, PALE),
}
_VALUE = {"field": "value", "type": "quantitative", "axis": None}
AXIS: dict[str, Any] = {
    "labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 12, "domain": False, "offset": 20,
}  # fmt: skip
FLOWS = specification(
    200,
    padding={"left": 0, "top": 8, "right": 8, "bottom": 8},
    encoding={"x": {**MONTHS, "axis": AXIS}},
    layer=[
        {
            "mark": {"type": "bar", "width": {"band": 0.62}},
            "encoding": {
                "y": _VALUE,
                "color": {"field": "hue", "type": "nominal", "scale": None},
                "order": {"field": "order", "type": "quantitative"},
                "tooltip": [
                    {"field": "month", "type": "nominal", "title": "Month"},
                    {"field": "name", "type": "nominal", "title": "What"},
                    {"field": "label", "type": "nominal", "title": "Employers"},
                ],
            },
        },
        {"mark": {"type": "rule", "color": GREY}, "encoding": {"x": None, "y": {"datum": 0}}},
        {
            "transform": [{"filter": "datum.above != ''"}],
            "mark": {"type": "text", "baseline": "bottom", "dy": -4, "color": INK},
            "encoding": {"y": {**_VALUE, "field": "end"}, "text": {"field": "above"}},
        },
        {
            "transform": [{"filter": "datum.below != ''"}],
            "mark": {"type": "text", "baseline": "top", "dy": 4, "color": INK},
            "encoding": {"y": {**_VALUE, "field": "end"}, "text": {"field": "below"}},
        },
    ],
)


def chart(months: pd.DataFrame) -> Chart:
    """Columns by month of stock.reconcile: what came above the line, what went below it."""
    rows = []
    for row in months.sort_values("period").to_dict("records"):
        month = formatting.month(row["period"], short=True)
        gone = row["lapsed"] + row["not_reported"]
        for place, (name, (title, sign, hue)) in enumerate(PARTS.items()):
            known = not math.isnan(row["new"])
            rows.append(
                {
                    "month": month,
                    "name": title,
                    "value": sign * row[name] if known else math.nan,
                    "label": _count(row[name]),
                    "hue": hue,
                    "order": place,
                    "end": (row["new"] if sign > 0 else -gone) if known else math.nan,
                    "above": f"+{row['new']:.0f}" if known and name == "new" and row["new"] else "",
                    "below": f"−{gone:.0f}" if known and name == "lapsed" and gone else "",
                }
            )
    data = pd.DataFrame(rows)
    said = "; ".join(
        f"{formatting.month(row['period'], short=True)} {_count(row['new'])} new, "
        f"{_count(row['lapsed'])} lapsed, {_count(row['not_reported'])} off the lists"
        for row in months.sort_values("period").to_dict("records")
        if not math.isnan(row["new"])
    )
    return Chart(data, FLOWS, "", f"Columns by month: {said or 'no figures'}.")


def _count(number: float) -> str:
    return "–" if math.isnan(number) else f"{number:,.0f}"


def key() -> list[tuple[str, str]]:
    """The chart's hues and what they are."""
    return [(hue, title) for title, _, hue in PARTS.values()]
