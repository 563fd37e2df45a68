"""Charts of a whole in its parts: rings, pathways, people, cohorts, categories, suppliers.

As in `style`, every row carries its own text, so that what disclosure control hid is in no part
of a chart. Frames come protected, with the column `shown`.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.charts.style import (
    ACCENT,
    GREY,
    HUE,
    HUES,
    INK,
    LABEL,
    MONTHS,
    PALE,
    POINT,
    RINGS,
    TOOLTIP,
    Chart,
    coloured,
    nominal,
    quantitative,
    specification,
    spread,
    tooltip,
)

STAGES = {"applications": PALE, "offers": "#6cb0dc", "starts": ACCENT}
TOO_FEW, UNKNOWN = "too few to show", "not known"

_NAME_AXIS = {"labelLimit": 260, "labelColor": INK, "domain": False, "labelPadding": 8}
_NAMES = nominal("name", sort=None, axis=_NAME_AXIS)
_AMOUNT = quantitative("value", axis=None)
_LABEL = {**LABEL, "dx": 6}
# Letters may be wider than Vega takes them for while a font is on its way.
_ROOM = {"left": 0, "top": 8, "right": 28, "bottom": 0}


def _tall(spec: Mapping[str, Any], bars: int, each: int) -> dict[str, Any]:
    """The specification as high as so many bars need."""
    return {**spec, "height": each * max(bars, 1)}


def _by_name(
    texts: Iterable[tuple[str, str]], join: Callable[[list[str]], str] = formatting.listed
) -> str:
    """What each name has, for those who hear it: `Food: £60 Here and £40 Far; Print: £15 Near`."""
    of_name: dict[str, list[str]] = {}
    for name, text in texts:
        of_name.setdefault(name, []).append(text)
    return "; ".join(f"{name}: {join(parts)}" for name, parts in of_name.items()) or "No figures"


RING_SHARES = specification(
    260,
    encoding={"x": MONTHS},
    layer=[
        {
            # "show" keeps a month without figures on the axis, as an empty place.
            "mark": {"type": "bar", "width": {"band": 0.82}, "invalid": "show"},
            "encoding": {
                "y": quantitative(
                    "from", scale={"domain": [0, 1]}, axis={"format": ".0%", "tickCount": 4}
                ),
                "y2": {"field": "to"},
                "color": coloured("ring", RINGS),
                "tooltip": TOOLTIP,
            },
        },
        {
            # From the right edge of the last month, however wide a month is.
            "mark": {**LABEL, "dx": 4},
            "encoding": {
                "x": {**MONTHS, "bandPosition": 1},
                "y": quantitative("label_at"),
                "text": {"field": "end"},
            },
        },
    ],
)


def ring_shares(frame: pd.DataFrame, names: Mapping[str, str], title: str) -> Chart:
    """Shares of pounds by month, stacked in the order of the rings in `names`.

    `frame`: period, ring, value (pounds). A month without figures stays empty.
    """
    pounds: dict[Any, dict[str, float]] = {period: {} for period in sorted(set(frame["period"]))}
    for period, ring, value in zip(frame["period"], frame["ring"], frame["value"], strict=True):
        if ring in names and not formatting.is_gap(value):
            pounds[period][ring] = pounds[period].get(ring, 0.0) + float(value)
        elif value == 0:  # the one row of a month of which nobody had any to report
            pounds[period] |= dict.fromkeys(names, 0.0)
    rows: list[dict[str, Any]] = []
    for period, by_ring in pounds.items():
        # A ring whose credit notes outweigh its payments has no share that can be drawn.
        total = sum(max(value, 0.0) for value in by_ring.values())
        to = 0.0 if total else math.nan
        for ring, name in names.items():
            # In a month with figures a ring that nothing was paid in is nought.
            value = by_ring.get(ring, 0.0) if by_ring else math.nan
            share = max(value, 0.0) / total if total else math.nan
            rows.append(
                {
                    "month": formatting.month(period, short=True),
                    "ring": ring,
                    "name": name,
                    "share": share,
                    "pounds": value,
                    "label": formatting.figure(value, "gbp"),
                    "end": "",
                    "from": to,
                    "to": to + share,
                    "label_at": math.nan,
                }
            )
            to += share
    drawn = [row for row in rows if not math.isnan(row["share"])]
    last = [row for row in drawn if row["month"] == drawn[-1]["month"]]
    for row, height in zip(
        last, spread([(row["from"] + row["to"]) / 2 for row in last], 0.075), strict=True
    ):
        row["end"] = f"{formatting.pounds(row['pounds'])} {row['name']}"
        row["label_at"] = height
    sentence = _nearest(drawn, title) if drawn else _nothing(rows, title)
    ends = formatting.listed([row["end"] for row in last])
    in_last = f", in {last[0]['month']}: {ends}" if last else ""
    alt = f"Stacked bar chart of {title} by month{in_last}. {sentence}"
    columns = ["month", "ring", "name", "label", "end", "from", "to", "label_at"]
    return Chart(pd.DataFrame(rows, columns=columns), RING_SHARES, sentence, alt)


def _nearest(drawn: Sequence[Mapping[str, Any]], title: str) -> str:
    """What the nearest ring, the first of each month, has come to: months of other members or of
    another part of the year are not set beside it."""
    month = drawn[-1]["month"]
    last = [row for row in drawn if row["month"] == month]
    text = f"{last[0]['name']}: {formatting.pounds(last[0]['pounds'])} in {month}"
    if not any(row["pounds"] for row in last if row["ring"] != "unknown"):
        text = f"No address is known in {month}"
    return f"{text}. A bar is all pounds of its month, those with no known address included."


def _nothing(rows: Sequence[Mapping[str, Any]], title: str) -> str:
    """Why no month has a bar."""
    pounds = [row["pounds"] for row in rows if not math.isnan(row["pounds"])]
    if not pounds:
        return f"{title}: no figures yet."
    return f"{title}: {'only credit notes' if any(pounds) else 'none'} in these months."


FUNNEL = specification(
    200,
    padding=_ROOM,
    encoding={
        "y": {**_NAMES, "scale": {"paddingInner": 0.28}},
        "yOffset": nominal("stage", sort=None),
        "x": _AMOUNT,
    },
    layer=[
        {
            "mark": {"type": "bar"},
            "encoding": {
                "color": coloured("stage", STAGES),
                "tooltip": tooltip(name="Pathway", label="People"),
            },
        },
        {
            "mark": {**_LABEL, "fontSize": 12},
            "encoding": {"x": {**_AMOUNT, "field": "label_at"}, "text": {"field": "label"}},
        },
    ],
)


def funnel(frame: pd.DataFrame, titles: Mapping[str, str]) -> Chart:
    """Applications, offers and starts of each pathway, the pathway with most starts first.

    `frame`: indicator, pathway, value, shown; `titles` of the pathways.
    """
    records = frame[frame["pathway"].notna()].sort_values("value", ascending=False, kind="stable")
    by_stage: dict[tuple[str, str], Any] = {
        (row["pathway"], row["indicator"]): row for _, row in records.iterrows()
    }
    starts = [pathway for pathway, stage in by_stage if stage == "starts"]
    rows = []
    for pathway in dict.fromkeys([*starts, *frame["pathway"].dropna()]):
        for stage in STAGES:
            if (pathway, stage) not in by_stage:
                continue
            row = by_stage[pathway, stage]
            gap, shown = formatting.is_gap(row["value"]), formatting.shown(row)
            shown = {"*": TOO_FEW, "–": "not known"}.get(shown, shown)
            rows.append(
                {
                    "name": titles.get(pathway, pathway),
                    "stage": stage,
                    "value": row["value"],
                    "label": f"{stage} {shown}" if gap else f"{shown} {stage}",
                    "label_at": 0.0 if gap else row["value"],
                }
            )
    data = pd.DataFrame(rows, columns=["name", "stage", "value", "label", "label_at"])
    alt = f"Bars by pathway. {_by_name((row['name'], row['label']) for row in rows)}."
    return Chart(data, _tall(FUNNEL, data["name"].nunique(), 64), "", alt)


BESIDE = specification(
    150,
    padding=_ROOM,
    encoding={
        "y": {**_NAMES, "scale": {"paddingInner": 0.5}},
        "x": {**_AMOUNT, "scale": {"domainMin": 0}},
    },
    layer=[
        {
            "mark": {"type": "bar", "color": ACCENT, "height": {"band": 0.62}},
            "encoding": {"tooltip": tooltip(name="Who", label="Starts", area_label="The area")},
        },
        {
            "mark": {"type": "tick", "color": INK, "thickness": 3, "height": {"band": 0.95}},
            "encoding": {"x": quantitative("area")},
        },
        {
            "mark": {**_LABEL, "fontWeight": 600},
            "encoding": {"x": quantitative("label_at"), "text": {"field": "label"}},
        },
        {
            "mark": {**_LABEL, "color": GREY, "fontSize": 12, "dx": -2, "dy": 25},
            "encoding": {"x": quantitative("zero"), "text": {"field": "area_label"}},
        },
    ],
)


def beside(rows: Sequence[Mapping[str, Any]]) -> Chart:
    """Shares of the people who started, each with a tick at the same share of the area's people.

    Each row: name, value, label, and area, area_label where the coordinator entered it.
    """
    # What nobody knows has no bar; what is hidden has its words in place of one.
    drawn = [row for row in rows if row["label"] != UNKNOWN or "area" in row]
    data = pd.DataFrame(drawn, columns=["name", "value", "label", "area", "area_label"])
    data = data.astype({"value": "float64", "area": "float64"})
    data["area_label"] = data["area_label"].astype(object).where(data["area_label"].notna(), "")
    data["zero"] = 0.0
    data["label_at"] = data[["value", "area"]].max(axis=1).fillna(0.0)
    shares = "; ".join(
        f"{name} {', '.join(filter(None, labels))}"
        for name, *labels in zip(data["name"], data["label"], data["area_label"], strict=True)
    )
    alt = f"Bars of shares of starts. {shares or 'No figures'}."
    return Chart(data, _tall(BESIDE, len(data), 66), "", alt)


def _curves_spec() -> dict[str, Any]:
    scale = {"zero": False, "nice": True, "domainMax": 1}
    share = quantitative("value", scale=scale, axis={"format": ".0%", "tickCount": 5})
    end = {**share, "field": "end_at"}
    label = {**LABEL, "dx": 22}
    halo = {"stroke": "#ffffff", "strokeWidth": 5, "strokeJoin": "round"}
    months = {
        "values": [0, 3, 6, 9, 12],
        "labelExpr": "datum.value == 0 ? 'start' : datum.value + ' months'",
        "labelFlush": False,
    }
    return specification(
        260,
        encoding={
            "x": quantitative("months", scale={"domain": [0, 12], "nice": False}, axis=months)
        },
        layer=[
            {
                "mark": {"type": "line", "invalid": "break-paths-show-domains"},
                "encoding": {
                    "y": share,
                    "detail": {"field": "name"},
                    "color": HUE,
                    "size": {"condition": {"test": "datum.chosen", "value": 3}, "value": 1.5},
                },
            },
            {
                "mark": {**POINT, "size": 18},
                "encoding": {
                    "y": share,
                    "color": HUE,
                    "tooltip": tooltip(name="Who", after="After", label="Still in post"),
                },
            },
            # Which line a label is of, where labels had to be moved apart.
            {
                "mark": {**POINT, "shape": "square", "size": 70, "xOffset": 14},
                "encoding": {"y": end, "color": HUE},
            },
            *(
                {"mark": mark, "encoding": {"y": end, "text": {"field": "end"}}}
                for mark in ({**label, **halo}, label)
            ),
        ],
    )


CURVES = _curves_spec()


def curves(frame: pd.DataFrame, chosen: str | None = None) -> Chart:
    """The share still in post by months followed, a line each for `name`: the `chosen` one in
    accent among others in grey, or, where none is chosen, up to five in a hue of their own.

    `frame`: name, months (0 to 12), value, shown.
    """
    names = list(dict.fromkeys(frame["name"]))
    hues = dict(zip(names, [*HUES, *[PALE] * len(names)], strict=False))
    if chosen:
        hues = {name: ACCENT if name == chosen else PALE for name in names}
    rows = [
        {
            "name": name,
            "months": int(months),
            "value": math.nan if formatting.is_gap(value) else float(value),
            "label": shown,
            "chosen": chosen in (None, name),
            "hue": hues[name],
            "after": f"{months:.0f} {formatting.plural(months, 'month')}" if months else "start",
            "end": "",
            "end_at": math.nan,
        }
        for name, months, value, shown in frame[["name", "months", "value", "shown"]].itertuples(
            index=False
        )
    ]
    rows.sort(key=lambda row: (row["name"], row["months"]))
    figures = [row for row in rows if not math.isnan(row["value"])]
    last = {row["name"]: row for row in figures if row["chosen"]}
    ends = sorted(last.values(), key=lambda row: float(row["value"]))
    if ends:
        low = min(row["value"] for row in figures)
        height = (1 - low) or 1.0
        shares = spread([(row["value"] - low) / height for row in ends], 0.075)
        for row, share in zip(ends, shares, strict=True):
            row |= {"end": f"{row['label']} {row['name']}", "end_at": low + share * height}
    # The chosen line is drawn last, over the others.
    rows.sort(key=lambda row: row["chosen"])
    lines = _by_name(((row["name"], f"{row['after']} {row['label']}") for row in rows), ", ".join)
    alt = f"Lines of the share still in post by months followed. {lines}."
    columns = ["name", "months", "value", "label", "chosen", "hue", "after", "end", "end_at"]
    return Chart(pd.DataFrame(rows, columns=columns), CURVES, "", alt)


PLACES = specification(
    300,
    padding=_ROOM,
    encoding={"y": _NAMES},
    layer=[
        {
            "mark": {"type": "bar", "height": {"band": 0.68}},
            "encoding": {
                "x": quantitative("from", axis=None),
                "x2": {"field": "to"},
                "color": coloured("ring", RINGS),
                "tooltip": tooltip(name="Category", place="Where", label="Pounds"),
            },
        },
        {
            "mark": _LABEL,
            "encoding": {"x": quantitative("to"), "text": {"field": "end"}},
        },
    ],
)


def places(frame: pd.DataFrame, column: str, names: Mapping[str, str], count: int = 10) -> Chart:
    """Pounds of the largest groups of a breakdown, each in its rings: `frame` has the `column`,
    ring and value of one period, `names` those of the rings from near to far."""
    present = frame[frame["value"].notna() & frame["ring"].notna()]
    totals = present.groupby(column)["value"].sum().sort_values(ascending=False)
    paid = [group for group in totals.index if totals[group] > 0]
    ranked = [group for group in paid if group != formatting.NOT_KNOWN]
    groups = ranked[:count] + [group for group in paid if group == formatting.NOT_KNOWN]
    by_ring = present.groupby([column, "ring"])["value"].sum().to_dict()
    rows: list[dict[str, Any]] = []
    for group in groups:
        name, to = "not known" if group == formatting.NOT_KNOWN else group, 0.0
        for ring, where in names.items():
            value = float(by_ring.get((group, ring), 0.0))
            if value > 0:
                label = formatting.pounds(value)
                row = {"name": name, "ring": ring, "place": where, "label": label}
                rows.append({**row, "from": to, "to": to + value, "end": ""})
                to += value
        if rows:
            rows[-1]["end"] = formatting.pounds(totals[group])
    data = pd.DataFrame(rows, columns=["name", "ring", "place", "label", "from", "to", "end"])
    parts = _by_name((row["name"], f"{row['label']} {row['place']}") for row in rows)
    sentence = "" if rows else "There is nothing to show."
    if not rows and totals.any():
        sentence = "In no category was more paid than given back."
    if len(ranked) > count:
        part, whole = totals[ranked[:count]].sum(), totals.sum()
        sentence = f"The {count} largest of {len(ranked):,}: "
        sentence += f"{formatting.pounds(part)} of {formatting.pounds(whole)}."
    alt = f"Stacked bars of pounds by place. {parts}."
    return Chart(data, _tall(PLACES, len(groups), 30), sentence, alt)


DECILES = specification(
    200,
    encoding={
        "x": nominal("name", sort=None, axis={"labelAngle": 0, "labelColor": INK}),
        "y": _AMOUNT,
    },
    layer=[
        {
            "mark": {"type": "bar", "width": {"band": 0.82}},
            "encoding": {"color": HUE, "tooltip": tooltip(name="Decile", label="Value")},
        },
        {
            "mark": {"type": "text", "baseline": "bottom", "dy": -4, "fontSize": 11},
            "encoding": {"text": {"field": "label"}},
        },
    ],
)


def deciles(frame: pd.DataFrame) -> Chart:
    """The known deciles of deprivation from the most deprived tenth, the first two of them, the
    priority neighbourhoods, in accent. `frame`: imd_decile and value."""
    with_value = frame[frame["value"].notna()]
    by_decile = {row["imd_decile"]: row for _, row in with_value.iterrows()}
    is_any_known = any(str(number) in by_decile for number in range(1, 11))
    nothing = 0.0 if is_any_known else math.nan
    rows = [
        {
            "name": name,
            "value": by_decile[name]["value"] if name in by_decile else nothing,
            "label": formatting.shown(by_decile[name]) if name in by_decile else "",
            "hue": ACCENT if name in ("1", "2") else PALE,
        }
        for name in map(str, range(1, 11))
    ]
    labels = ", ".join(f"decile {row['name']} {row['label']}" for row in rows if row["label"])
    alt = f"Columns by decile of deprivation: {labels or 'no figures'}."
    return Chart(pd.DataFrame(rows), DECILES, "", alt)


RANKS = specification(
    240,
    padding=_ROOM,
    encoding={"y": _NAMES, "x": _AMOUNT},
    layer=[
        {
            "mark": {"type": "bar", "height": {"band": 0.66}},
            "encoding": {"color": HUE, "tooltip": tooltip(name="What", label="Value")},
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
    bars = "; ".join(f"{name} {label}" for name, _, label in rows)
    return Chart(data, _tall(RANKS, len(rows), 30), "", f"Bars of {what}. {bars or 'No figures'}.")
