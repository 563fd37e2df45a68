"""Charts in one look: a Vega-Lite specification once per kind, with fresh rows each time.

Every row that a chart shows carries its own text (`label`), so that the tooltip, the table
behind the chart and the alternative text say what disclosure control left, and nothing else.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import pyarrow as pa

from anchornet import formatting
from anchornet.facts.catalogue import UNITS

INK, GREY, PALE, LINE = "#14232e", "#5d6b75", "#b4bec5", "#e3e8eb"
ACCENT = "#005a9c"
# Near to far in one hue, then greys: context is not a category of its own.
RINGS = {"area": ACCENT, "wider_area": "#6cb0dc", "elsewhere": "#b4bec5", "unknown": "#e3e8eb"}
# Pale to deep: one sequential ramp for maps.
RAMP = ("#e2edf6", "#c3daed", "#94bfe0", "#5a9ccd", "#2274b0", "#00447a")
FONT = "Source Sans, Source Sans Pro, sans-serif"

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
# In the order of the rows: every month of the range has its row, with a figure or without.
MONTHS = {
    "field": "month",
    "type": "ordinal",
    "sort": None,
    "axis": {"labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 12},
}
TOOLTIP = [
    {"field": "month", "type": "nominal", "title": "Month"},
    {"field": "name", "type": "nominal", "title": "What"},
    {"field": "label", "type": "nominal", "title": "Value"},
]
AXIS_FORMAT = {"share": ".0%", "gbp": "~s"}
POUNDS = "'£' + replace(format(datum.value, '~s'), 'G', 'bn')"


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
        return bool(self.data.select_dtypes("float").isna().all(axis=None))

    @cached_property
    def rows(self) -> bytes:
        """The data as it goes to a browser, in Arrow's format; converted once."""
        table = pa.Table.from_pandas(self.data, preserve_index=False)
        with pa.BufferOutputStream() as sink:
            with pa.ipc.new_stream(sink, table.schema) as writer:
                writer.write_table(table)
            return bytes(sink.getvalue().to_pybytes())


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


def _line_spec(unit: str) -> dict[str, Any]:
    axis: dict[str, Any] = {"tickCount": 4, "tickMinStep": 0.01 if unit == "share" else 1}
    if unit == "gbp":
        axis["labelExpr"] = POUNDS
    else:
        axis["format"] = AXIS_FORMAT.get(unit, ",.0f")
    scale = {"zero": False, "nice": True}
    value = {"field": "value", "type": "quantitative", "scale": scale, "axis": axis}
    profile = {**value, "field": "profile"}
    end = {"type": "text", "align": "left", "dx": 8, "baseline": "middle"}
    return specification(
        220,
        encoding={"x": MONTHS},
        layer=[
            {
                "mark": {"type": "line", "color": GREY, "strokeWidth": 1.25, "strokeDash": [4, 3]},
                "encoding": {"y": profile},
            },
            {
                "mark": {"type": "line", "invalid": "break-paths-show-domains"},
                "encoding": {"y": value},
            },
            {
                # A month between two gaps has no line to show it; a dot does.
                "mark": {"type": "point", "filled": True, "color": ACCENT, "opacity": 1},
                "encoding": {
                    "y": value,
                    "size": {"condition": {"test": "datum.end", "value": 70}, "value": 14},
                    "tooltip": TOOLTIP,
                },
            },
            {
                "mark": {**end, "fontWeight": 600, "fontSize": 16, "color": ACCENT},
                "encoding": {
                    "y": {**value, "field": "end_at"},
                    "text": {"field": "end"},
                },
            },
            {
                "mark": {**end, "color": GREY},
                "encoding": {
                    "y": {**value, "field": "profile_end_at"},
                    "text": {"field": "profile_end"},
                },
            },
        ],
    )


LINES = {unit: _line_spec(unit) for unit in UNITS}

_STACK = {"field": "from", "type": "quantitative", "scale": {"domain": [0, 1]}}
SHARES = specification(
    260,
    encoding={"x": MONTHS},
    layer=[
        {
            # "show" keeps a month without figures on the axis, as an empty place.
            "mark": {"type": "bar", "width": {"band": 0.82}, "invalid": "show"},
            "encoding": {
                "y": {**_STACK, "axis": {"format": ".0%", "tickCount": 4}},
                "y2": {"field": "to"},
                "color": {
                    "field": "ring",
                    "type": "nominal",
                    "scale": {"domain": list(RINGS), "range": list(RINGS.values())},
                    "legend": None,
                },
                "tooltip": TOOLTIP,
            },
        },
        {
            # From the right edge of the last month, however wide a month is.
            "mark": {"type": "text", "align": "left", "dx": 4, "baseline": "middle"},
            "encoding": {
                "x": {**MONTHS, "bandPosition": 1},
                "y": {"field": "label_at", "type": "quantitative"},
                "text": {"field": "end"},
            },
        },
    ],
)

BARS = specification(
    240,
    encoding={
        "y": {
            "field": "name",
            "type": "nominal",
            "sort": None,
            "axis": {"labelLimit": 320, "labelColor": INK, "domain": False},
        },
        "x": {"field": "value", "type": "quantitative", "axis": None},
    },
    layer=[
        {
            "mark": {"type": "bar", "height": {"band": 0.62}},
            "encoding": {
                "color": {
                    "condition": {"test": "datum.context", "value": PALE},
                    "value": ACCENT,
                },
                "tooltip": TOOLTIP[1:],
            },
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 6, "baseline": "middle"},
            "encoding": {"text": {"field": "label"}},
        },
    ],
)


def line(frame: pd.DataFrame, title: str, unit: str) -> Chart:
    """One indicator over its months, and its profile if it has one.

    `frame`: period, value, label (the text that may be shown), profile (may be absent).
    """
    rows = frame.sort_values("period").reset_index(drop=True)
    data = pd.DataFrame(
        {
            "month": [formatting.month(period, short=True) for period in rows["period"]],
            "value": pd.to_numeric(rows["value"]),
            "label": rows["label"],
            "profile": pd.to_numeric(rows["profile"]) if "profile" in rows else math.nan,
        }
    )
    data["profile_label"] = [formatting.figure(at, unit) for at in data["profile"]]
    ends = _ends(list(data["value"]), list(data["profile"]))
    for column, label, at in (("end", "label", ends[0]), ("profile_end", "profile_label", ends[1])):
        data[column] = ""
        data[f"{column}_at"] = math.nan
        if at is not None:
            prefix = "profile " if column == "profile_end" else ""
            data.loc[at[0], column] = f"{prefix}{data[label][at[0]]}"
            data.loc[at[0], f"{column}_at"] = at[1]
    data["name"] = title
    return Chart(data, LINES[unit], _trend(data, title, unit), _alt(data, title))


def _ends(
    values: Sequence[float], profile: Sequence[float]
) -> tuple[tuple[int, float] | None, tuple[int, float] | None]:
    """(row, height) of the label at each line's end, kept apart where both end together."""

    def last(line: Sequence[float]) -> tuple[int, float] | None:
        return next(
            ((row, line[row]) for row in reversed(range(len(line))) if not math.isnan(line[row])),
            None,
        )

    end, profile_end = last(values), last(profile)
    drawn = [value for value in (*values, *profile) if not math.isnan(value)]
    if end and profile_end and end[0] == profile_end[0]:
        least = (max(drawn) - min(drawn)) * 0.1
        apart = profile_end[1] - end[1]
        if abs(apart) < least:
            profile_end = (profile_end[0], end[1] + (least if apart > 0 else -least))
    return end, profile_end


def shares(frame: pd.DataFrame, names: Mapping[str, str], title: str) -> Chart:
    """Parts of a whole over months, stacked in the order of `names`.

    `frame`: period, ring, value (pounds). A month without figures stays empty.
    """
    wide = frame.pivot_table(index="period", columns="ring", values="value", aggfunc="sum")
    wide = wide.reindex(index=sorted(set(frame["period"])), columns=list(names))
    # In a month with figures a ring that nothing was paid in is nought; other months are gaps.
    wide = wide.fillna(0.0).where(wide.notna().any(axis=1))
    rows = wide.reset_index().melt("period", var_name="ring", value_name="value")
    rows["place"] = rows["ring"].map({ring: place for place, ring in enumerate(names)})
    rows = rows.sort_values(["period", "place"]).reset_index(drop=True)
    # A ring whose credit notes outweigh its payments has no share that can be drawn.
    parts = rows["value"].clip(lower=0)
    total = parts.groupby(rows["period"]).transform("sum", min_count=1)
    rows["share"] = (parts / total).where(total > 0)
    rows["to"] = rows.groupby("period")["share"].cumsum()
    rows["from"] = rows["to"] - rows["share"]
    rows["name"] = rows["ring"].map(dict(names))
    rows["month"] = [formatting.month(period, short=True) for period in rows["period"]]
    share_text = [formatting.figure(share, "share") for share in rows["share"]]
    rows["label"] = [
        f"{share} ({formatting.figure(value, 'gbp')})"
        for share, value in zip(share_text, rows["value"], strict=True)
    ]
    drawn = rows["share"].notna()
    last = drawn & (rows["period"] == rows.loc[drawn, "period"].max())
    ends = [f"{share} {name}" for share, name in zip(share_text, rows["name"], strict=True)]
    rows["end"] = pd.Series(ends, index=rows.index, dtype=object).where(last, "")
    rows["label_at"] = ((rows["from"] + rows["to"]) / 2).where(last)
    rows.loc[last, "label_at"] = spread(list(rows.loc[last, "label_at"]), 0.075)
    said = formatting.listed(list(rows.loc[last, "end"]))
    when = rows.loc[last, "month"].iloc[0] if last.any() else ""
    near = rows[drawn & (rows["place"] == 0)]
    sentence = f"{title}: no figures yet."
    if len(near):
        start, end = near.iloc[0], near.iloc[-1]
        sentence = f"{end['name']}: {formatting.figure(end['share'], 'share')} in {end['month']}"
        if len(near) > 1:
            moved = formatting.gap(end["share"], start["share"], "share")
            sentence += f", {moved} {start['month']}"
        sentence += ". Shares are of all pounds, those with no known address included."
    columns = ["month", "ring", "name", "label", "end", "from", "to", "label_at"]
    alt = f"Stacked bar chart of {title} by month, in {when}: {said}. {sentence}"
    return Chart(rows[columns], SHARES, sentence, alt)


def largest(frame: pd.DataFrame, column: str, title: str, count: int = 8) -> Chart:
    """The largest groups of a breakdown in pounds, from the largest down, and what is not known in
    grey. `frame`: value and the breakdown's `column`, of one month."""
    known = frame[frame["value"].notna() & (frame["value"] != 0)]
    ranked = known[known[column] != formatting.NOT_KNOWN].sort_values("value", ascending=False)
    data = ranked.head(count)[[column, "value"]].set_axis(["name", "value"], axis=1)
    sentence = ""
    if len(data):
        sentence = f"{title}: {data['name'].iloc[0]}, {formatting.pounds(data['value'].iloc[0])}."
        if len(ranked) > count:
            part, whole = (
                formatting.pounds(data["value"].sum()),
                formatting.pounds(known["value"].sum()),
            )
            sentence += f" These {count} of {len(ranked):,} come to {part} of {whole}."
    unknown = known.loc[known[column] == formatting.NOT_KNOWN, "value"].sum()
    if unknown:
        last = pd.DataFrame({"name": ["not known"], "value": [unknown]})
        data = pd.concat([data, last], ignore_index=True)
    data["label"] = [formatting.pounds(value) for value in data["value"]]
    data["context"] = data["name"] == "not known"
    said = formatting.listed(
        [f"{name} {label}" for name, label in zip(data["name"], data["label"], strict=True)]
    )
    spec = {**BARS, "height": 30 * max(len(data), 1)}
    return Chart(data, spec, sentence, f"Bar chart. {said or 'No figures'}.")


def spread(places: Sequence[float], least: float) -> list[float]:
    """The places, in rising order, moved as little as keeps them `least` apart within 0 to 1."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + least) if moved else place)
    ceiling = 1.0
    for index in range(len(moved) - 1, -1, -1):
        moved[index] = min(moved[index], ceiling)
        ceiling = moved[index] - least
    return moved


def _trend(value: pd.DataFrame, title: str, unit: str) -> str:
    present = value[value["value"].notna()]
    if present.empty:
        return f"{title}: no figures yet."
    last, first = present.iloc[-1], present.iloc[0]
    said = f"{formatting.plain(title)}: {last['label']} in {last['month']}"
    if len(present) > 1:
        moved = formatting.gap(last["value"], first["value"], unit)
        said += f", {moved} {first['month']} ({first['label']})"
    missing = int(value.loc[first.name :, "value"].isna().sum())
    if missing:
        said += f"; {formatting.count(missing)} month{'' if missing == 1 else 's'} without a figure"
    return formatting.sentence(said)


def _alt(value: pd.DataFrame, title: str) -> str:
    said = ", ".join(
        f"{month} {label if label not in ('–', '') else 'no figure'}"
        for month, label in zip(value["month"], value["label"], strict=True)
    )
    return f"Line chart of {title} by month: {said}."
