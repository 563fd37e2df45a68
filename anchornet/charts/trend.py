"""One indicator by month: a line against its profile, and the way on to its target."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.charts.style import (
    ACCENT,
    GREY,
    INK,
    LABEL,
    MONTHS,
    POINT,
    TOOLTIP,
    Chart,
    apart,
    quantitative,
    specification,
)
from anchornet.facts.catalogue import CATALOGUE, UNITS
from anchornet.indicators.targets import Projection
from anchornet.periods import months_between

AHEAD = 18  # months: what lies further ahead is said and not drawn
POUNDS = "'£' + replace(format(datum.value, '~s'), 'G', 'bn')"
NAN = math.nan


def value_axis(field: str, unit: str, **scale: Any) -> dict[str, Any]:
    axis: dict[str, Any] = {"tickCount": 4, "tickMinStep": 0.01 if unit == "share" else 1}
    if unit == "gbp":
        axis["labelExpr"] = POUNDS
    else:
        axis["format"] = ".0%" if unit == "share" else ",.0f"
    return quantitative(field, scale={"zero": False, "nice": True, **scale}, axis=axis)


def _spec(unit: str, *, ahead: bool) -> dict[str, Any]:
    """The line with its profile and, where it goes `ahead`, the range there and the target."""
    # Room for the labels of the highest and the lowest point.
    room = {"padding": 16} if ahead else {}

    def layer(field: str, mark: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        return {"mark": mark, "encoding": {"y": value_axis(field, unit, **room), **more}}

    def text(field: str, **mark: Any) -> dict[str, Any]:
        return layer(f"{field}_at", {**LABEL, **mark}, text={"field": field})

    profile = layer(
        "profile", {"type": "line", "color": GREY, "strokeWidth": 1.25, "strokeDash": [4, 3]}
    )
    line = layer("value", {"type": "line", "invalid": "break-paths-show-domains"})
    # A month between two gaps has no line to show it; a dot does.
    size = {"condition": {"test": "datum.end", "value": 70}, "value": 14}
    points = layer("value", {**POINT, "color": ACCENT}, size=size, tooltip=TOOLTIP)
    end = {"fontWeight": 600, "fontSize": 16, "color": ACCENT}
    profile_end = text("profile_end", dx=8, color=GREY)
    layers = [profile, line, points, text("end", dx=8, **end), profile_end]
    if ahead:
        between = layer(
            "low", {"type": "area", "color": ACCENT, "opacity": 0.13}, y2={"field": "high"}
        )
        way = layer("ahead", {"type": "line", "strokeDash": [2, 4], "strokeWidth": 2})
        over, under = (
            text("end", align="right", dx=-2, dy=dy, **end)
            | {"transform": [{"filter": f"{negated}datum.over"}]}
            for dy, negated in ((-14, ""), (16, "!"))
        )
        target = layer(
            "target",
            {"type": "point", "shape": "diamond", "filled": True, "size": 130},
            color={"value": INK},
            tooltip=TOOLTIP,
        )
        target_text = layer(
            "target_at", {**LABEL, "dx": 10, "fontWeight": 600}, text={"field": "target_label"}
        )
        ahead_text = layer(
            "ahead_at", {**LABEL, "dx": 10, "color": ACCENT}, text={"field": "ahead_label"}
        )
        layers = [between, profile, way, line, points, over, under, profile_end]
        layers += [target, target_text, ahead_text]
    return specification(220, encoding={"x": MONTHS}, layer=layers)


LINES = {unit: _spec(unit, ahead=False) for unit in UNITS}
WITH_TARGET = {unit: _spec(unit, ahead=True) for unit in UNITS}


def trend_chart(
    rows: pd.DataFrame,
    ahead: Projection | None = None,
    profile: Mapping[date, float] | None = None,
) -> Chart:
    """One indicator against its profile, with the way to its target where it can be said.

    `rows`: those of one indicator as `targets.status` gives them, protected, with the column
    `label`, the text that may be shown; `profile` may be absent. `ahead`: what `targets.project`
    made of them; `profile`: its months still to come.
    """
    indicator = CATALOGUE[rows["indicator"].iloc[0]]
    title, unit = indicator.title, indicator.unit
    rows = rows.sort_values("period")
    last = rows["period"].iloc[-1]
    columns = _line(rows, title, unit)
    alt = _alt(columns, title)
    months = ahead.months if ahead else ()
    months = tuple(month for month in months if months_between(last, month[0]) <= AHEAD)
    if ahead is None or not months:
        return Chart(pd.DataFrame(columns), LINES[unit], "", alt)
    data = _with_way_ahead(columns, months, profile or {}, unit)
    labels = [(months[-1][1], "ahead", "trend")]
    if months[-1][0] == ahead.target_period:
        labels.append((ahead.target, "target", "target"))
        data.loc[len(data) - 1, "target"] = ahead.target
    drawn = data[["value", "profile", "low", "high", "target"]]
    least = 0.09 * (float(drawn.max().max() - drawn.min().min()) or 1.0)
    labels.sort()
    heights = apart([value for value, *_ in labels], least)
    for height, (value, name, words) in zip(heights, labels, strict=True):
        data.loc[len(data) - 1, f"{name}_at"] = height
        data.loc[len(data) - 1, f"{name}_label"] = f"{words} {formatting.figure(value, unit)}"
    return Chart(data, WITH_TARGET[unit], "", alt)


def _line(rows: pd.DataFrame, title: str, unit: str) -> dict[str, list[Any]]:
    """The columns of a line and its profile, with a label at the end of each."""
    count = len(rows)
    values = pd.to_numeric(rows["value"]).astype(float).tolist()
    profile = [NAN] * count
    if "profile" in rows:
        profile = pd.to_numeric(rows["profile"]).astype(float).tolist()
    columns: dict[str, list[Any]] = {
        "month": [formatting.month(period, short=True) for period in rows["period"]],
        "value": values,
        "label": list(rows["label"]),
        "profile": profile,
        "profile_label": [formatting.figure(value, unit) for value in profile],
        "name": [title] * count,
    }
    end, profile_end = _ends(values, profile)
    for column, label, prefix, at in (
        ("end", "label", "", end),
        ("profile_end", "profile_label", "profile ", profile_end),
    ):
        columns[column], columns[f"{column}_at"] = [""] * count, [NAN] * count
        if at is not None:
            index, height = at
            columns[column][index] = f"{prefix}{columns[label][index]}"
            columns[f"{column}_at"][index] = height
    return columns


def _ends(
    values: Sequence[float], profile: Sequence[float]
) -> tuple[tuple[int, float] | None, tuple[int, float] | None]:
    """(row, height) of the label at each line's end, kept apart where both end together."""
    end, profile_end = (
        max(((row, value) for row, value in enumerate(line) if not math.isnan(value)), default=None)
        for line in (values, profile)
    )
    if end and profile_end and end[0] == profile_end[0]:
        drawn = [value for value in (*values, *profile) if not math.isnan(value)]
        least = (max(drawn) - min(drawn)) * 0.1
        gap = profile_end[1] - end[1]
        if abs(gap) < least:
            profile_end = (profile_end[0], end[1] + (least if gap > 0 else -least))
    return end, profile_end


def _with_way_ahead(
    columns: Mapping[str, Sequence[Any]],
    months: Sequence[tuple[date, float, float, float]],
    profile: Mapping[date, float],
    unit: str,
) -> pd.DataFrame:
    """The rows of a line, and one for each month ahead with its range."""
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    figures = [row for row in rows if not math.isnan(row["value"])]
    # The value stands beside the last point, where the line doesn't come from.
    over = len(figures) < 2 or figures[-1]["value"] >= figures[-2]["value"]
    for row in figures[-1:]:
        row |= dict.fromkeys(("ahead", "low", "high"), row["value"])
    for period, value, low, high in months:
        middle, bottom, top = (formatting.figure(number, unit) for number in (value, low, high))
        rows.append(
            {
                "month": formatting.month(period, short=True),
                "profile": profile.get(period, NAN),
                "ahead": value,
                "low": low,
                "high": high,
                "label": f"trend {middle} ({bottom} to {top})",
                "name": rows[0]["name"],
            }
        )
    data = pd.DataFrame(rows).assign(target=NAN, target_at=NAN, ahead_at=NAN, over=over)
    # The label of the profile would stand across the way ahead.
    data = data.assign(target_label="", ahead_label="", profile_end="")
    data["end"] = data["end"].fillna("")
    return data


def _alt(columns: Mapping[str, Sequence[Any]], title: str) -> str:
    labels = zip(columns["month"], columns["label"], strict=True)
    months = ", ".join(f"{month} {no_dash(label)}" for month, label in labels)
    return f"Line chart of {title} by month: {months}."


def no_dash(label: str) -> str:
    """A label for those who hear it."""
    return label if label not in ("–", "") else "no figure"
