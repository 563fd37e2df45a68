"""Accredited employers as they come and go: columns by month above and below a line."""

import math
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.charts.style import (
    ACCENT,
    GREY,
    HUE,
    HUES,
    INK,
    MONTHS,
    PALE,
    Chart,
    quantitative,
    specification,
    tooltip,
)

# What a column of the chart is, whether it adds or takes away, and its hue.
PARTS = {
    "new": ("New", 1, ACCENT),
    "lapsed": ("Lapsed", -1, HUES[1]),
    "not_reported": ("Off the lists", -1, PALE),
}
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
                "y": quantitative("value", axis=None),
                "color": HUE,
                "order": quantitative("order"),
                "tooltip": tooltip(month="Month", name="What", label="Employers"),
            },
        },
        {
            "mark": {"type": "rule", "color": GREY, "aria": False},
            "encoding": {"x": None, "y": {"datum": 0}},
        },
        *(
            {
                "transform": [{"filter": f"datum.{side} != ''"}],
                "mark": {"type": "text", "baseline": baseline, "dy": dy, "color": INK},
                "encoding": {"y": quantitative("end", axis=None), "text": {"field": side}},
            }
            for side, baseline, dy in (("above", "bottom", -4), ("below", "top", 4))
        ),
    ],
)


def flows_chart(months: pd.DataFrame) -> Chart:
    """Columns by month of accreditations.reconcile: what came above the line, what went below."""
    rows, texts = [], []
    for row in months.sort_values("period").to_dict("records"):
        month, is_gap = formatting.month(row["period"], short=True), math.isnan(row["new"])
        gone = row["lapsed"] + row["not_reported"]
        if not is_gap:
            counts = (f"{_count(row[name])} {title.lower()}" for name, (title, *_) in PARTS.items())
            texts.append(f"{month} {', '.join(counts)}")
        for order, (name, (title, sign, hue)) in enumerate(PARTS.items()):
            end = row["new"] if sign > 0 else -gone
            rows.append(
                {
                    "month": month,
                    "name": title,
                    "value": math.nan if is_gap else sign * row[name],
                    "label": _count(row[name]),
                    "hue": hue,
                    "order": order,
                    "end": math.nan if is_gap else end,
                    "above": f"+{end:.0f}" if name == "new" and not is_gap and end else "",
                    "below": f"−{gone:.0f}" if name == "lapsed" and not is_gap and gone else "",
                }
            )
    alt = f"Columns by month: {'; '.join(texts) or 'no figures'}."
    return Chart(pd.DataFrame(rows), FLOWS, "", alt)


def _count(number: float) -> str:
    return "–" if math.isnan(number) else f"{number:,.0f}"


def colour_key() -> list[tuple[str, str]]:
    """The chart's hues and what they are."""
    return [(hue, title) for title, _, hue in PARTS.values()]
