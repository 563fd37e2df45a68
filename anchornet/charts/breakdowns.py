"""Charts of a whole in its parts: pathways, people, cohorts, places, categories, suppliers.

As in `charts`, every row carries its own text, so that what disclosure control hid is in no part
of a chart. Frames come protected, with the column `shown`.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.charts.style import (
    ACCENT,
    GREY,
    INK,
    PALE,
    RINGS,
    Chart,
    specification,
    spread,
)

# Okabe and Ito's, in an order that keeps neighbours apart.
HUES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9")
STAGES = {"applications": PALE, "offers": "#6cb0dc", "starts": ACCENT}
TOO_FEW = "too few to show"

_NAME_AXIS = {"labelLimit": 260, "labelColor": INK, "domain": False, "labelPadding": 8}
_NAMES = {"field": "name", "type": "nominal", "sort": None, "axis": _NAME_AXIS}
_AMOUNT = {"field": "value", "type": "quantitative", "axis": None}
_LABEL = {"type": "text", "align": "left", "dx": 6, "baseline": "middle"}


# Letters may be wider than Vega takes them for while a font is on its way.
_ROOM = {"left": 0, "top": 8, "right": 28, "bottom": 0}


def _tooltip(**titles: str) -> list[dict[str, str]]:
    return [{"field": it, "type": "nominal", "title": said} for it, said in titles.items()]


FUNNEL = specification(
    200,
    padding=_ROOM,
    encoding={
        "y": {**_NAMES, "scale": {"paddingInner": 0.28}},
        "yOffset": {"field": "stage", "type": "nominal", "sort": None},
        "x": _AMOUNT,
    },
    layer=[
        {
            "mark": {"type": "bar"},
            "encoding": {
                "color": {
                    "field": "stage",
                    "type": "nominal",
                    "scale": {"domain": list(STAGES), "range": list(STAGES.values())},
                    "legend": None,
                },
                "tooltip": _tooltip(name="Pathway", label="People"),
            },
        },
        {
            "mark": {**_LABEL, "fontSize": 12},
            "encoding": {
                "x": {**_AMOUNT, "field": "label_at"},
                "text": {"field": "label"},
            },
        },
    ],
)


def funnel(frame: pd.DataFrame, titles: Mapping[str, str]) -> Chart:
    """Applications, offers and starts of each pathway, the pathway with most starts first.

    `frame`: indicator, pathway, value, shown; `titles` of the pathways.
    """
    known = frame[frame["pathway"].notna()]
    starts = known[known["indicator"] == "starts"].sort_values("value", ascending=False)
    rows = []
    for pathway in dict.fromkeys([*starts["pathway"], *known["pathway"]]):
        for stage in STAGES:
            found = known[(known["pathway"] == pathway) & (known["indicator"] == stage)]
            for _, row in found.iterrows():
                gap = formatting.is_gap(row["value"])
                said = {"*": TOO_FEW, "–": "not known"}.get(
                    formatting.shown(row), formatting.shown(row)
                )
                rows.append(
                    {
                        "name": titles.get(pathway, pathway),
                        "stage": stage,
                        "value": row["value"],
                        "label": f"{stage} {said}" if gap else f"{said} {stage}",
                        "label_at": 0.0 if gap else row["value"],
                    }
                )
    data = pd.DataFrame(rows, columns=["name", "stage", "value", "label", "label_at"])
    said = "; ".join(
        f"{name}: {formatting.listed(list(group['label']))}"
        for name, group in data.groupby("name", sort=False)
    )
    spec = {**FUNNEL, "height": 64 * max(data["name"].nunique(), 1)}
    return Chart(data, spec, "", f"Bars by pathway. {said or 'No figures'}.")


BESIDE = specification(
    150,
    padding=_ROOM,
    encoding={
        "y": {**_NAMES, "scale": {"paddingInner": 0.5}},
        "x": {
            "field": "value",
            "type": "quantitative",
            "axis": None,
            "scale": {"domainMin": 0},
        },
    },
    layer=[
        {
            "mark": {"type": "bar", "color": ACCENT, "height": {"band": 0.62}},
            "encoding": {"tooltip": _tooltip(name="Who", label="Starts", area_label="The area")},
        },
        {
            "mark": {"type": "tick", "color": INK, "thickness": 3, "height": {"band": 0.95}},
            "encoding": {"x": {"field": "area", "type": "quantitative"}},
        },
        {
            "mark": {**_LABEL, "fontWeight": 600},
            "encoding": {
                "x": {"field": "label_at", "type": "quantitative"},
                "text": {"field": "label"},
            },
        },
        {
            "mark": {**_LABEL, "color": GREY, "fontSize": 12, "dx": -2, "dy": 25},
            "encoding": {
                "x": {"field": "zero", "type": "quantitative"},
                "text": {"field": "area_label"},
            },
        },
    ],
)


def beside(rows: Sequence[Mapping[str, Any]]) -> Chart:
    """Shares of the people who started, each with a tick at the same share of the area's people.

    Each row: name, value, label, and area, area_label where the coordinator entered it.
    """
    data = pd.DataFrame(rows, columns=["name", "value", "label", "area", "area_label"])
    data = data.astype({"value": "float64", "area": "float64"})
    data["area_label"] = data["area_label"].astype(object).where(data["area_label"].notna(), "")
    data["zero"] = 0.0
    data["label_at"] = data[["value", "area"]].max(axis=1).fillna(0.0)
    said = "; ".join(
        f"{row['name']} {row['label']}" + (f", {row['area_label']}" if row["area_label"] else "")
        for row in data.to_dict("records")
    )
    spec = {**BESIDE, "height": 66 * max(len(data), 1)}
    return Chart(data, spec, "", f"Bars of shares of starts. {said or 'No figures'}.")


def _curve_spec(colour: Mapping[str, Any], thick: Mapping[str, Any]) -> dict[str, Any]:
    share = {
        "field": "value",
        "type": "quantitative",
        "scale": {"zero": False, "nice": True, "domainMax": 1},
        "axis": {"format": ".0%", "tickCount": 5},
    }
    months = {
        "field": "months",
        "type": "quantitative",
        "scale": {"domain": [0, 12], "nice": False},
        "axis": {
            "values": [0, 3, 6, 9, 12],
            "labelExpr": "datum.value == 0 ? 'start' : datum.value + ' months'",
            "labelFlush": False,
        },
    }
    return specification(
        260,
        encoding={"x": months},
        layer=[
            {
                "mark": {"type": "line", "invalid": "break-paths-show-domains"},
                "encoding": {
                    "y": share,
                    "detail": {"field": "name"},
                    "color": colour,
                    "size": thick,
                },
            },
            {
                "mark": {"type": "point", "filled": True, "opacity": 1, "size": 18},
                "encoding": {
                    "y": share,
                    "color": colour,
                    "tooltip": _tooltip(name="Who", after="After", label="Still in post"),
                },
            },
            # Which line a label is of, where labels had to be moved apart.
            {
                "mark": {
                    "type": "point",
                    "shape": "square",
                    "filled": True,
                    "opacity": 1,
                    "size": 70,
                    "xOffset": 14,
                },
                "encoding": {"y": {**share, "field": "end_at"}, "color": colour},
            },
            *(
                {
                    "mark": {
                        "type": "text",
                        "align": "left",
                        "dx": 22,
                        "baseline": "middle",
                        **halo,
                    },
                    "encoding": {"y": {**share, "field": "end_at"}, "text": {"field": "end"}},
                }
                for halo in ({"stroke": "#ffffff", "strokeWidth": 5, "strokeJoin": "round"}, {})
            ),
        ],
    )


CURVES = _curve_spec(
    {"field": "hue", "type": "nominal", "scale": None},
    {"condition": {"test": "datum.chosen", "value": 3}, "value": 1.5},
)


def curves(frame: pd.DataFrame, chosen: str | None = None) -> Chart:
    """The share still in post by months followed, a line each for `name`: the `chosen` one in
    accent among others in grey, or, where none is chosen, up to five in a hue of their own.

    `frame`: name, months (0 to 12), value, shown.
    """
    data = frame[["name", "months", "value", "shown"]].sort_values(
        ["name", "months"], kind="stable"
    )
    data = data.rename(columns={"shown": "label"}).astype({"months": "int64"})
    data = data.reset_index(drop=True)
    names = list(dict.fromkeys(frame["name"]))
    hues = dict(zip(names, [*HUES, *[PALE] * len(names)], strict=False))
    data["chosen"] = (data["name"] == chosen) if chosen else True
    data["hue"] = [
        hues[name] if chosen is None else ACCENT if name == chosen else PALE
        for name in data["name"]
    ]
    data["after"] = [
        "start" if it == 0 else f"{it} month{'' if it == 1 else 's'}" for it in data["months"]
    ]
    data["end"], data["end_at"] = "", math.nan
    last = data[data["value"].notna() & data["chosen"]].groupby("name")["months"].idxmax()
    ends = sorted(last, key=lambda row: float(data["value"][row]))
    drawn = data["value"].dropna()
    if len(ends):
        low, span = drawn.min(), (1 - drawn.min()) or 1.0
        heights = spread([(data["value"][row] - low) / span for row in ends], 0.075)
        for row, height in zip(ends, heights, strict=True):
            data.loc[row, "end"] = f"{data['label'][row]} {data['name'][row]}"
            data.loc[row, "end_at"] = low + height * span
    # The chosen line is drawn last, over the others.
    data = data.sort_values("chosen", kind="stable").reset_index(drop=True)
    said = "; ".join(
        f"{name}: "
        + ", ".join(
            f"{after} {label}" for after, label in zip(it["after"], it["label"], strict=True)
        )
        for name, it in data.groupby("name", sort=False)
    )
    alt = f"Lines of the share still in post by months followed. {said or 'No figures'}."
    return Chart(data, CURVES, "", alt)


PLACES = specification(
    300,
    padding=_ROOM,
    encoding={"y": _NAMES},
    layer=[
        {
            "mark": {"type": "bar", "height": {"band": 0.68}},
            "encoding": {
                "x": {"field": "from", "type": "quantitative", "axis": None},
                "x2": {"field": "to"},
                "color": {
                    "field": "ring",
                    "type": "nominal",
                    "scale": {"domain": list(RINGS), "range": list(RINGS.values())},
                    "legend": None,
                },
                "tooltip": _tooltip(name="Category", place="Where", label="Pounds"),
            },
        },
        {
            "mark": _LABEL,
            "encoding": {
                "x": {"field": "to", "type": "quantitative"},
                "text": {"field": "end"},
            },
        },
    ],
)


def places(frame: pd.DataFrame, column: str, names: Mapping[str, str], count: int = 10) -> Chart:
    """Pounds of the largest groups of a breakdown, each in its rings: `frame` has the `column`,
    ring and value of one period, `names` those of the rings from near to far."""
    known = frame[frame["value"].notna() & frame["ring"].notna()]
    totals = known.groupby(column)["value"].sum().sort_values(ascending=False)
    ranked = [it for it in totals.index if it != formatting.NOT_KNOWN and totals[it] > 0]
    kept = ranked[:count] + (
        [formatting.NOT_KNOWN] if totals.get(formatting.NOT_KNOWN, 0.0) > 0 else []
    )
    rows = []
    for group in kept:
        pounds = known[known[column] == group].groupby("ring")["value"].sum()
        start = 0.0
        for ring, place in names.items():
            value = float(pounds.get(ring, 0.0))
            if value <= 0:
                continue
            rows.append(
                {
                    "name": _titled(group),
                    "ring": ring,
                    "place": place,
                    "label": formatting.pounds(value),
                    "from": start,
                    "to": start + value,
                    "end": "",
                }
            )
            start += value
        if rows:
            rows[-1]["end"] = formatting.pounds(totals[group])
    data = pd.DataFrame(rows, columns=["name", "ring", "place", "label", "from", "to", "end"])
    said = "; ".join(
        f"{name}: "
        + formatting.listed([f"{a} {b}" for a, b in zip(it["label"], it["place"], strict=True)])
        for name, it in data.groupby("name", sort=False)
    )
    sentence = ""
    if len(ranked) > count:
        part = formatting.pounds(totals[ranked[:count]].sum())
        sentence = (
            f"The {count} largest of {len(ranked):,}: {part} of {formatting.pounds(totals.sum())}."
        )
    spec = {**PLACES, "height": 30 * max(len(kept), 1)}
    return Chart(data, spec, sentence, f"Stacked bars of pounds by place. {said or 'No figures'}.")


DECILES = specification(
    200,
    encoding={
        "x": {
            "field": "name",
            "type": "nominal",
            "sort": None,
            "axis": {"labelAngle": 0, "labelColor": INK},
        },
        "y": {"field": "value", "type": "quantitative", "axis": None},
    },
    layer=[
        {
            "mark": {"type": "bar", "width": {"band": 0.82}},
            "encoding": {
                "color": {"field": "hue", "type": "nominal", "scale": None},
                "tooltip": _tooltip(name="Decile", label="Value"),
            },
        },
        {
            "mark": {"type": "text", "baseline": "bottom", "dy": -4, "fontSize": 11},
            "encoding": {"text": {"field": "label"}},
        },
    ],
)


def deciles(frame: pd.DataFrame) -> Chart:
    """The known deciles of deprivation from the most deprived tenth, the first two of them, the
    priority neighbourhoods, in accent. `frame`: imd_decile, value and, of people, shown."""
    given = {row["imd_decile"]: row for _, row in frame.iterrows()}
    rows = [
        {
            "name": f"{decile}",
            "value": given[f"{decile}"]["value"] if f"{decile}" in given else 0.0,
            "label": formatting.shown(given[f"{decile}"]) if f"{decile}" in given else "",
            "hue": ACCENT if decile <= 2 else PALE,
        }
        for decile in range(1, 11)
    ]
    data = pd.DataFrame(rows)
    said = ", ".join(f"decile {it['name']} {it['label']}" for it in rows if it["label"])
    return Chart(data, DECILES, "", f"Columns by decile of deprivation: {said or 'no figures'}.")


RANKS = specification(
    240,
    padding=_ROOM,
    encoding={"y": _NAMES, "x": _AMOUNT},
    layer=[
        {
            "mark": {"type": "bar", "height": {"band": 0.66}},
            "encoding": {
                "color": {"field": "hue", "type": "nominal", "scale": None},
                "tooltip": _tooltip(name="What", label="Value"),
            },
        },
        {
            "mark": _LABEL,
            "encoding": {"x": {**_AMOUNT, "field": "label_at"}, "text": {"field": "label"}},
        },
    ],
)


def ranks(rows: Sequence[tuple[str, float, str]], what: str, context: Sequence[str] = ()) -> Chart:
    """Bars of (name, value, label) in the order given; those named in `context` in grey."""
    data = pd.DataFrame(rows, columns=["name", "value", "label"])
    data["hue"] = [PALE if name in context else ACCENT for name in data["name"]]
    data["label_at"] = data["value"].fillna(0.0).clip(lower=0.0)
    said = "; ".join(f"{name} {label}" for name, _, label in rows)
    spec = {**RANKS, "height": 30 * max(len(rows), 1)}
    return Chart(data, spec, "", f"Bars of {what}. {said or 'No figures'}.")


def _titled(group: str) -> str:
    return "not known" if group == formatting.NOT_KNOWN else group
