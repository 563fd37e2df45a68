"""The course of one indicator, in its two views: against its target, and how it varies."""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.charts.style import (
    ACCENT,
    GREY,
    INK,
    LINES,
    MONTHS,
    TOOLTIP,
    Chart,
    line,
    specification,
)
from anchornet.facts.catalogue import CATALOGUE, UNITS
from anchornet.indicators.targets import Projection
from anchornet.indicators.xmr import XmR
from anchornet.narrative import variation

AHEAD = 18  # months: what lies further ahead is said and not drawn
ON_A_WALL = 1.8  # times as large
GROWING = {"fontSize", "labelFontSize", "strokeWidth", "labelPadding", "dx", "dy", "labelLimit"}
# The marks of variation: a shape each, because a projector washes colours out.
SHAPES = {
    "common": "circle",
    "improvement": "triangle-up",
    "concern": "diamond",
    "neutral": "square",
}


def _y(unit: str) -> dict[str, Any]:
    """The value axis that lines of this unit have."""
    y: dict[str, Any] = LINES[unit]["layer"][1]["encoding"]["y"]
    # Room for the labels of the highest and the lowest point.
    return {**y, "scale": {**y["scale"], "padding": 16}}


def _course_spec(unit: str) -> dict[str, Any]:
    """The line with its profile; then the way ahead, its range, and the target."""
    y = _y(unit)
    profile, course, points, end, profile_end = (
        {**layer, "encoding": {**layer["encoding"], "y": {**y, "field": field}}}
        for layer, field in zip(
            LINES[unit]["layer"],
            ("profile", "value", "value", "end_at", "profile_end_at"),
            strict=True,
        )
    )
    beyond = {"align": "left", "dx": 10, "baseline": "middle"}
    over = {**end["mark"], "align": "right", "dx": -2}
    way_ahead = [
        {
            "mark": {"type": "area", "color": ACCENT, "opacity": 0.13},
            "encoding": {"y": {**y, "field": "low"}, "y2": {"field": "high"}},
        },
        profile,
        {
            "mark": {"type": "line", "strokeDash": [2, 4], "strokeWidth": 2},
            "encoding": {"y": {**y, "field": "ahead"}},
        },
    ]
    labels = [
        {**end, "mark": {**over, "dy": -14}, "transform": [{"filter": "datum.over"}]},
        {**end, "mark": {**over, "dy": 16}, "transform": [{"filter": "!datum.over"}]},
        profile_end,
        {
            "mark": {"type": "point", "shape": "diamond", "filled": True, "size": 130},
            "encoding": {
                "y": {**y, "field": "target"},
                "color": {"value": INK},
                "tooltip": TOOLTIP,
            },
        },
        {
            "mark": {"type": "text", **beyond, "fontWeight": 600},
            "encoding": {"y": {**y, "field": "target_at"}, "text": {"field": "target_label"}},
        },
        {
            "mark": {"type": "text", **beyond, "color": ACCENT},
            "encoding": {"y": {**y, "field": "ahead_at"}, "text": {"field": "ahead_label"}},
        },
    ]
    return {**LINES[unit], "layer": [*way_ahead, course, points, *labels]}


def _xmr_spec(unit: str) -> dict[str, Any]:
    y = _y(unit)

    def level(field: str, **mark: Any) -> dict[str, Any]:
        return {
            "mark": {"type": "line", "strokeCap": "butt", **mark},
            "encoding": {"y": {**y, "field": field}},
        }

    said = list(SHAPES)
    return specification(
        220,
        encoding={"x": MONTHS},
        layer=[
            level("upper", color=GREY, strokeWidth=1.5, strokeDash=[6, 4]),
            level("lower", color=GREY, strokeWidth=1.5, strokeDash=[6, 4]),
            level("mean", color=GREY, strokeWidth=1.25),
            level("target", color=INK, strokeWidth=1.75, strokeDash=[1.5, 3]),
            {
                "mark": {
                    "type": "line",
                    "color": "#7a8790",
                    "strokeWidth": 1.5,
                    "invalid": "break-paths-show-domains",
                },
                "encoding": {"y": y},
            },
            {
                "mark": {"type": "point", "filled": True, "opacity": 1},
                "encoding": {
                    "y": y,
                    "size": {
                        "condition": {"test": "datum.said == 'common'", "value": 55},
                        "value": 130,
                    },
                    "color": {
                        "field": "said",
                        "type": "nominal",
                        "legend": None,
                        "scale": {
                            "domain": said,
                            "range": [variation.VARIATION[it][1] for it in said],
                        },
                    },
                    "shape": {
                        "field": "said",
                        "type": "nominal",
                        "legend": None,
                        "scale": {"domain": said, "range": list(SHAPES.values())},
                    },
                    "tooltip": [
                        *TOOLTIP,
                        {"field": "said_label", "type": "nominal", "title": "Variation"},
                    ],
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 10, "baseline": "middle"},
                "encoding": {
                    "y": {**y, "field": "level_at"},
                    "text": {"field": "level"},
                    "x": {**MONTHS, "field": "level_month"},
                },
            },
        ],
    )


COURSES = {unit: _course_spec(unit) for unit in UNITS}
VARYING = {unit: _xmr_spec(unit) for unit in UNITS}


def course(
    rows: pd.DataFrame,
    ahead: Projection | None = None,
    profile: Mapping[date, float] | None = None,
) -> Chart:
    """One indicator against its profile, with the way to its target where it can be said.

    `rows`: those of one indicator as `targets.status` gives them, protected, with the column
    `label`; `ahead`: what `targets.project` made of them; `profile`: its months still to come.
    """
    indicator = CATALOGUE[rows["indicator"].iloc[0]]
    unit = indicator.unit
    drawn = line(rows, indicator.title, unit)
    last = rows["period"].max()
    months = [it for it in (ahead.months if ahead else ()) if _apart(last, it[0]) <= AHEAD]
    data = drawn.data
    later = pd.DataFrame(
        {
            "month": [formatting.month(it[0], short=True) for it in months],
            "value": math.nan,
            "profile": [(profile or {}).get(it[0], math.nan) for it in months],
            "ahead": [it[1] for it in months],
            "low": [it[2] for it in months],
            "high": [it[3] for it in months],
            "label": [
                f"on course for {formatting.figure(it[1], unit)} "
                f"({formatting.figure(it[2], unit)} to {formatting.figure(it[3], unit)})"
                for it in months
            ],
            "name": indicator.title,
        }
    )
    data = pd.concat([data, later], ignore_index=True)
    known = [place for place, it in enumerate(data["value"]) if not math.isnan(it)]
    for column in ("ahead", "low", "high", "target", "target_at", "ahead_at"):
        data[column] = data.get(column, math.nan)
    data["over"] = True
    for column in ("target_label", "ahead_label", "end", "profile_end"):
        data[column] = data.get(column, "")
        data[column] = data[column].fillna("")
    if known:
        end = known[-1]
        # The value stands beside the last point, where the line doesn't come from.
        data["over"] = len(known) < 2 or data["value"][end] >= data["value"][known[-2]]
        # The label of the profile would stand across the way ahead.
        if months:
            data["profile_end"] = ""
            for column in ("ahead", "low", "high"):
                data.loc[end, column] = data["value"][end]
    sentence = drawn.sentence
    if ahead and months:
        place = len(data) - 1
        labels = {"ahead": (ahead.value, f"on course for {formatting.figure(ahead.value, unit)}")}
        reached = months[-1][0] == ahead.target_period
        if reached:
            labels["target"] = (ahead.target, f"target {formatting.figure(ahead.target, unit)}")
            data.loc[place, "target"] = ahead.target
        else:
            labels["ahead"] = (
                months[-1][1],
                f"on course for {formatting.figure(months[-1][1], unit)}",
            )
        for name, at, said in _side_by_side(data, labels):
            data.loc[place, f"{name}_at"] = at
            data.loc[place, f"{name}_label"] = said
    spec = COURSES[unit] if months else LINES[unit]
    return Chart(data, spec, sentence, drawn.alt)


def _side_by_side(
    data: pd.DataFrame, labels: Mapping[str, tuple[float, str]]
) -> list[tuple[str, float, str]]:
    """Labels at one end with their heights, moved apart where they would stand on each other."""
    columns = data[["value", "profile", "low", "high", "target"]]
    least = 0.09 * float(columns.max().max() - columns.min().min() or 1.0)
    placed: list[tuple[str, float, str]] = []
    for name, (at, said) in sorted(labels.items(), key=lambda it: it[1][0]):
        height = max(at, placed[-1][1] + least) if placed else at
        placed.append((name, height, said))
    return placed


def varying(rows: pd.DataFrame, chart: XmR, target: float | None, sentence: str) -> Chart:
    """The XmR chart of one indicator over single months: `rows` as for `course`."""
    indicator = CATALOGUE[rows["indicator"].iloc[0]]
    unit = indicator.unit
    rows = rows.sort_values("period").reset_index(drop=True)
    data = pd.DataFrame(
        {
            "month": [formatting.month(period, short=True) for period in rows["period"]],
            "value": pd.to_numeric(rows["value"]),
            "label": rows["label"],
            "said": list(chart.points),
            "said_label": [variation.VARIATION[it][0] if it else "" for it in chart.points],
            "name": indicator.title,
        }
    )
    # There are no fewer than none, and no more than all.
    top = 1.0 if unit == "share" else math.inf
    limits = {
        "upper": min(chart.upper, top),
        "mean": chart.mean,
        "lower": max(chart.lower, 0.0),
    }
    levels = {name: it for name, it in limits.items() if not math.isnan(it)}
    names = {"upper": "upper limit", "lower": "lower limit"}
    if target is not None and not math.isnan(target):
        levels["target"] = target
    for name in ("upper", "mean", "lower", "target"):
        data[name] = levels.get(name, math.nan)
    data["level"], data["level_at"], data["level_month"] = "", math.nan, data["month"].iloc[-1]
    drawn = [*levels.values(), *data["value"].dropna()]
    least = 0.09 * ((max(drawn) - min(drawn)) or 1.0) if drawn else 1.0
    height = -math.inf
    for place, (name, at) in enumerate(sorted(levels.items(), key=lambda it: it[1])):
        height = max(at, height + least)
        data.loc[place, "level"] = f"{names.get(name, name)} {formatting.figure(at, unit)}"
        data.loc[place, "level_at"] = height
    said = ", ".join(
        f"{month} {label if label not in ('–', '') else 'no figure'}"
        + (
            f" ({formatting.sentence(mark).rstrip('.').lower()})"
            if mark and point != "common"
            else ""
        )
        for month, label, mark, point in zip(
            data["month"], data["label"], data["said_label"], data["said"], strict=True
        )
    )
    alt = f"Chart of how {indicator.title} varies by month: {said}. {sentence}"
    return Chart(data, VARYING[unit], sentence, alt)


def _apart(start: date, end: date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month


@cache
def _larger(view: str, unit: str) -> dict[str, Any]:
    kinds = {"course": COURSES, "varying": VARYING, "line": LINES}
    spec = larger(kinds[view][unit], ON_A_WALL)
    # Vega takes large text to be lower than it is, and would cut the months at their foot.
    return {**spec, "padding": {**spec["padding"], "bottom": 8}}


def on_a_wall(chart: Chart) -> Chart:
    """A chart of this module as it is read from the back of a room."""
    for view, kinds in (("course", COURSES), ("varying", VARYING), ("line", LINES)):
        for unit, spec in kinds.items():
            if spec is chart.spec:
                return replace(chart, spec=_larger(view, unit))
    return chart


def larger(spec: Mapping[str, Any], times: float) -> dict[str, Any]:
    """The specification with everything that is read `times` as large, to fill what it is in."""

    def grow(part: Any, key: str = "") -> Any:
        if isinstance(part, Mapping):
            return {name: grow(it, name) for name, it in part.items()}
        if isinstance(part, list):
            return [grow(it) if key != "strokeDash" else it * times for it in part]
        if key in GROWING and isinstance(part, int | float):
            return part * times * (times if key == "size" else 1)
        return part

    fit = {"type": "fit", "contains": "padding"}
    return {**grow(spec), "height": "container", "autosize": fit}
