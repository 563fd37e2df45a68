"""How one indicator varies by month: its XmR chart, as Making Data Count draws it."""

import math
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.charts.style import (
    GREY,
    INK,
    LABEL,
    MONTHS,
    POINT,
    TOOLTIP,
    Chart,
    apart,
    nominal,
    specification,
    tooltip,
)
from anchornet.charts.trend import no_dash, value_axis
from anchornet.facts.catalogue import CATALOGUE, UNITS
from anchornet.indicators.xmr import XmR
from anchornet.narrative.variation import VARIATION

# A shape each, because a projector washes colours out.
SHAPES = {
    "common": "circle",
    "improvement": "triangle-up",
    "concern": "diamond",
    "neutral": "square",
}
LEVELS = {"upper": "upper limit", "mean": "mean", "lower": "lower limit", "target": "target"}


def _spec(unit: str) -> dict[str, Any]:
    def layer(field: str, mark: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"mark": mark, "encoding": {"y": value_axis(field, unit, padding=16), **more}}

    def level(field: str, **mark: Any) -> dict[str, Any]:
        return layer(field, {"type": "line", "strokeCap": "butt", **mark})

    def each(values: list[str]) -> dict[str, Any]:
        return nominal("variation", legend=None, scale={"domain": list(SHAPES), "range": values})

    line = {"type": "line", "color": "#7a8790", "strokeWidth": 1.5}
    return specification(
        220,
        encoding={"x": MONTHS},
        layer=[
            level("upper", color=GREY, strokeWidth=1.5, strokeDash=[6, 4]),
            level("lower", color=GREY, strokeWidth=1.5, strokeDash=[6, 4]),
            level("mean", color=GREY, strokeWidth=1.25),
            level("target", color=INK, strokeWidth=1.75, strokeDash=[1.5, 3]),
            layer("value", {**line, "invalid": "break-paths-show-domains"}),
            layer(
                "value",
                POINT,
                size={
                    "condition": {"test": "datum.variation == 'common'", "value": 55},
                    "value": 130,
                },
                color=each([VARIATION[name][1] for name in SHAPES]),
                shape=each(list(SHAPES.values())),
                tooltip=[*TOOLTIP, *tooltip(variation_label="Variation")],
            ),
            layer(
                "level_at",
                {**LABEL, "dx": 10},
                text={"field": "level"},
                x={**MONTHS, "field": "level_month"},
            ),
        ],
    )


SPECS = {unit: _spec(unit) for unit in UNITS}


def xmr_chart(rows: pd.DataFrame, xmr: XmR, target: float | None, sentence: str) -> Chart:
    """The XmR chart of one indicator over single months: `rows` as for `trend_chart`."""
    indicator = CATALOGUE[rows["indicator"].iloc[0]]
    unit = indicator.unit
    rows = rows.sort_values("period")
    months = [formatting.month(period, short=True) for period in rows["period"]]
    values = pd.to_numeric(rows["value"]).astype(float).tolist()
    # There are no fewer than none, and no more than all.
    top = 1.0 if unit == "share" else math.inf
    limits = {
        "upper": min(xmr.upper, top),
        "mean": xmr.mean,
        "lower": max(xmr.lower, 0.0),
        "target": math.nan if target is None else target,
    }
    levels = sorted((height, name) for name, height in limits.items() if not math.isnan(height))
    drawn = [height for height, _ in levels] + [value for value in values if not math.isnan(value)]
    least = 0.09 * ((max(drawn) - min(drawn)) or 1.0) if drawn else 1.0
    heights = apart([height for height, _ in levels], least)
    words = [f"{LEVELS[name]} {formatting.figure(height, unit)}" for height, name in levels]
    marks = [VARIATION[point][0] if point else "" for point in xmr.points]
    usual = {"name": indicator.title, "level": "", "level_at": math.nan, "level_month": months[-1]}
    records: list[dict[str, Any]] = [
        {
            "month": month,
            "value": value,
            "label": label,
            "variation": point,
            "variation_label": mark,
        }
        | usual
        | limits
        for month, value, label, point, mark in zip(
            months, values, rows["label"], xmr.points, marks, strict=True
        )
    ]
    # The levels' labels stand one a row, all of them at the last month.
    for index, (height, text) in enumerate(zip(heights, words, strict=True)):
        if index == len(records):
            records.append(
                {**records[-1], "value": math.nan, "variation": None, "variation_label": ""}
            )
        records[index] |= {"level": text, "level_at": height}
    data = pd.DataFrame(records)
    points = ", ".join(
        f"{month} {no_dash(label)}" + (f" ({mark.lower()})" if point and point != "common" else "")
        for month, label, mark, point in zip(months, rows["label"], marks, xmr.points, strict=True)
    )
    alt = f"Chart of how {indicator.title} varies by month: {points}. {sentence}"
    return Chart(data, SPECS[unit], sentence, alt)
