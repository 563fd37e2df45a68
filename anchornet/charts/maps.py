"""Maps that need no internet: pale ground, one ramp, names of places, a scale in words."""

import base64
import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd
import pydeck as pdk

from anchornet import formatting
from anchornet.charts.style import FONT, GREY, INK, RAMP
from anchornet.indicators import disclosure
from anchornet.settings import Settings

# Without a style of our own a map asks a tile server on the internet.
_GROUND: Mapping[str, Any] = {
    "version": 8,
    "sources": {},
    "layers": [{"id": "ground", "type": "background", "paint": {"background-color": "#ffffff"}}],
}
STYLE = "data:application/json;base64," + base64.b64encode(json.dumps(_GROUND).encode()).decode()
# Where there is nothing, and where disclosure control hides what there is: neither is of the ramp.
NOTHING, HIDDEN = "#f4f3f0", "#ddd3c2"
UNKNOWN = "not known"
# What the shapes' licence (Open Government Licence v3.0) asks to stand beside them.
LICENCE = (
    "Boundaries: Office for National Statistics, Open Government Licence v3.0. "
    "Contains OS data © Crown copyright and database right 2025."
)
WARDS, AUTHORITIES = "greater_manchester_wards.geojson", "england_local_authorities.geojson"
HEIGHT = 520  # pixels that a map is shown in
NEAR = 1.0  # degrees


def steps(values: Sequence[float]) -> list[float]:
    """Up to five round limits (1 or 3 times a power of ten) between the ramp's colours."""
    top = max([value for value in values if value > 0], default=0.0)
    if top <= 1:
        return []
    power = math.floor(math.log10(top))
    limits = [m * 10.0**p for p in range(power - 3, power + 1) for m in (1, 3)]
    return [limit for limit in limits if limit < top][-(len(RAMP) - 1) :]


def even_steps(values: Sequence[float], apart: int) -> list[float]:
    """Up to five limits between the ramp's colours, as far from each other and a multiple of
    `apart`, which is what the values are rounded to."""
    present = [value for value in values if value > 0]
    if not present:
        return []
    low, top = min(present), max(present)
    wide = (m * 10**p * apart for p in range(9) for m in (1, 2, 4))
    step = next(it for it in wide if (top - low) / it <= len(RAMP) - 1)
    first = math.floor(low / step) + 1
    return [float(step * times) for times in range(first, math.floor(top / step) + 1)]


def scale_words(limits: Sequence[float]) -> list[tuple[str, str]]:
    """(colour, words) of pounds from nothing to the most, for the key beside the map."""
    key = [(NOTHING, "no spend")]
    colours = _ramp(limits)
    if not limits:
        return key
    key.append((colours[0], f"under {formatting.round_pounds(limits[0])}"))
    for low, high, colour in zip(limits, limits[1:], colours[1:], strict=False):
        key.append((colour, f"{formatting.round_pounds(low)} to {formatting.round_pounds(high)}"))
    key.append((colours[-1], f"{formatting.round_pounds(limits[-1])} and over"))
    return key


def _people_words(
    limits: Sequence[float], values: Sequence[float], apart: int, none: str
) -> list[tuple[str, str]]:
    """`scale_words` of people, who are rounded to `apart`."""
    key = [(NOTHING, none), (HIDDEN, "too few people to show *")]
    edges = [min(values), *limits] if values else []
    for low, high, colour in zip(edges, edges[1:], _ramp(limits), strict=False):
        last = high - apart
        key.append((colour, f"{low:,.0f}" if low >= last else f"{low:,.0f} to {last:,.0f}"))
    if edges:
        most = f"{edges[-1]:,.0f} and over" if edges[-1] < max(values) else f"{edges[-1]:,.0f}"
        key.append((_ramp(limits)[-1], most))
    return key


def _ramp(limits: Sequence[float]) -> Sequence[str]:
    return RAMP[len(RAMP) - len(limits) - 1 :]


@dataclass(frozen=True)
class WardMap:
    """A deck, its scale as (colour, words), and the sum of what is on it."""

    deck: pdk.Deck
    scale: tuple[tuple[str, str], ...]
    shown: float


@dataclass(frozen=True)
class _Shade:
    """What one shape shows."""

    colour: str
    said: str
    mark: str = ""


def spend_map(
    wards: Mapping[str, float], authorities: Mapping[str, float], settings: Settings
) -> WardMap:
    """Pounds by ward inside the wider area and by local authority beyond it, keyed by code.

    A code without a shape (no address, no ward, outside England) is not on the map.
    """
    inside = {*settings.area, *settings.wider_area}
    ward_codes = _codes(settings.reference / WARDS, "WDCD")
    authority_codes = _codes(settings.reference / AUTHORITIES, "LADCD")
    wards = {code: value for code, value in wards.items() if code in ward_codes}
    authorities = {
        code: value for code, value in authorities.items() if code in authority_codes - inside
    }
    limits = steps([*wards.values(), *authorities.values()])

    def shades(values: Mapping[str, float]) -> dict[str, _Shade]:
        return {
            code: _Shade(_colour(value, limits), formatting.pounds(value))
            for code, value in values.items()
            if value
        }

    deck = _deck(shades(wards), shades(authorities), _Shade(NOTHING, "no spend"), settings)
    shown = sum(wards.values()) + sum(authorities.values())
    return WardMap(deck, tuple(scale_words(limits)), shown)


def leak_map(authorities: Mapping[str, float], settings: Settings) -> WardMap:
    """Pounds by local authority, those inside the wider area too: for what is not known by ward."""
    known = _codes(settings.reference / AUTHORITIES, "LADCD")
    values = {code: value for code, value in authorities.items() if code in known and value}
    limits = steps([*values.values()])
    shades = {
        code: _Shade(_colour(value, limits), formatting.pounds(value))
        for code, value in values.items()
    }
    deck = _deck(None, shades, _Shade(NOTHING, "no spend"), settings)
    return WardMap(deck, tuple(scale_words(limits)), sum(values.values()))


def people_map(frame: pd.DataFrame, settings: Settings, noun: str) -> WardMap:
    """People by ward inside the wider area: `frame` is a protected one by ward, of one period.

    A ward that disclosure control hid has one colour and a star whatever its figure, and its
    figure is not in the deck. Authorities beyond are left blank.
    """
    known = frame[frame["ward"].isin(_codes(settings.reference / WARDS, "WDCD"))]
    values = [value for value in known["value"] if not formatting.is_gap(value) and value > 0]
    # A member's own people see its figures as they are.
    apart = settings.round_to if all(it % settings.round_to == 0 for it in values) else 1
    limits = even_steps(values, apart)
    shades = {}
    for ward, value, said in zip(known["ward"], known["value"], known["shown"], strict=True):
        if not formatting.is_gap(value):
            figure = f"{formatting.figure(value, 'people')} {noun}" if value else f"no {noun}"
            shades[ward] = _Shade(_colour(value, limits), figure)
        elif said == disclosure.HIDDEN:
            shades[ward] = _Shade(HIDDEN, "too few people to show", "*")
        else:
            shades[ward] = _Shade(NOTHING, UNKNOWN)
    deck = _deck(shades, {}, _Shade(NOTHING, f"no {noun}"), settings, close=True)
    # Members may give homes that don't say whether people count, and then nobody knows.
    unknown = any(shade.said == UNKNOWN for shade in shades.values())
    none = f"no {noun}, or not known" if unknown else f"no {noun}"
    scale = _people_words(limits, values, apart, none)
    return WardMap(deck, tuple(scale), sum(values))


def _deck(
    wards: Mapping[str, _Shade] | None,
    authorities: Mapping[str, _Shade],
    otherwise: _Shade,
    settings: Settings,
    *,
    close: bool = False,
) -> pdk.Deck:
    """Wards inside the wider area, authorities beyond it (without wards, everywhere) and the names
    of those inside, seen as a whole or `close` to the area. Its JSON is made once: Streamlit asks
    for it at every run."""
    inside = {*settings.area, *settings.wider_area}
    authority_shapes = _shapes(settings.reference / AUTHORITIES)
    all_wards = _shapes(settings.reference / WARDS) if wards is not None else ()
    wards = wards or {}
    bounds = [shape for shape in authority_shapes if shape["properties"]["LADCD"] in inside]
    middles = [_middle(shape["geometry"]) for shape in bounds]

    def near(shape: Mapping[str, Any]) -> bool:
        """Whether what is a kilometre off would be seen on the map as it opens."""
        x, y = _middle(shape["geometry"])
        return not all_wards or any(math.dist((x, y), it) < NEAR for it in middles)

    ward_shapes = [
        _shape(shape, "WDCD", "{WDNM}, {LADNM}", wards, otherwise, digits=4) for shape in all_wards
    ]
    beyond = [
        _shape(shape, "LADCD", "{LADNM}", authorities, otherwise, 3 if near(shape) else 2)
        for shape in authority_shapes
        if not all_wards or (shape["properties"]["LADCD"] not in inside and not close)
    ]
    names = [
        {"name": shape["properties"]["LADNM"], "at": middle}
        for shape, middle in zip(bounds, middles, strict=True)
    ]
    marks = [
        {"name": wards[code].mark, "at": _middle(shape["geometry"])}
        for shape in all_wards
        if (code := shape["properties"]["WDCD"]) in wards and wards[code].mark
    ]
    edges = [
        {
            "type": "Feature",
            "properties": {"width": 900 if shape["properties"]["LADCD"] in settings.area else 250},
            "geometry": shape["geometry"],
        }
        for shape in sorted(bounds, key=lambda one: one["properties"]["LADCD"] in settings.area)
    ]
    line = {"stroked": True, "line_width_min_pixels": 0.6, "get_line_color": [255, 255, 255]}
    layers = [
        pdk.Layer(
            "GeoJsonLayer",
            _collection(beyond),
            id="authorities",
            pickable=True,
            get_fill_color="properties.colour",
            **line,
        ),
        pdk.Layer(
            "GeoJsonLayer",
            _collection(ward_shapes),
            id="wards",
            pickable=True,
            auto_highlight=True,
            get_fill_color="properties.colour",
            **line,
        ),
        pdk.Layer(
            "GeoJsonLayer",
            _collection(edges),
            id="bounds",
            filled=False,
            stroked=True,
            get_line_width="properties.width / 4",
            line_width_min_pixels=0.8,
            line_width_max_pixels=2.5,
            get_line_color=_rgb(INK),
        ),
        pdk.Layer(
            "TextLayer",
            marks,
            id="marks",
            get_position="at",
            get_text="name",
            get_size=24,
            get_color=_rgb(GREY),
            font_family=pdk.types.String(FONT),
        ),
        pdk.Layer(
            "TextLayer",
            names,
            id="names",
            get_position="at",
            get_text="name",
            get_size=14,
            get_color=_rgb(INK),
            background=True,
            get_background_color=[255, 255, 255, 205],
            background_padding=[4, 1],
            font_family=pdk.types.String(FONT),
            font_weight=600,
        ),
    ]
    area = [shape for shape in bounds if shape["properties"]["LADCD"] in settings.area]
    deck = pdk.Deck(
        map_style=STYLE,
        layers=layers,
        initial_view_state=_view(area if close and area else bounds),
        tooltip={"text": "{tip}"},
    )
    # pydeck indents every coordinate on a line of its own: five times the size.
    made = json.dumps(json.loads(deck.to_json()), separators=(",", ":"), ensure_ascii=False)
    deck.to_json = lambda: made
    return deck


def _view(shapes: Sequence[Mapping[str, Any]]) -> pdk.ViewState:
    """The shapes whole, from above, on a map of HEIGHT pixels; England without shapes."""
    corners = [corner for shape in shapes for corner in _corners(shape["geometry"])]
    xs, ys = zip(*corners, strict=True) if corners else ((-6.0, 2.0), (50.0, 55.8))
    middle = [(min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2]
    # A degree of longitude is 512 / 360 pixels at zoom 0; one of latitude is longer by 1 / cos.
    tall = (max(ys) - min(ys)) / math.cos(math.radians(middle[1])) * 512 / 360
    wide = (max(xs) - min(xs)) * 512 / 360
    zoom = math.log2(0.92 * HEIGHT / max(tall, wide, 1e-6))
    return pdk.ViewState(
        longitude=middle[0], latitude=middle[1], zoom=zoom, pitch=0, min_zoom=5, max_zoom=13
    )


def ward_names(settings: Settings, authorities: Collection[str]) -> dict[str, str]:
    """Code -> name of the wards of these authorities that a map can show."""
    return {
        shape["properties"]["WDCD"]: shape["properties"]["WDNM"]
        for shape in _shapes(settings.reference / WARDS)
        if shape["properties"]["LADCD"] in authorities
    }


@lru_cache(maxsize=4)
def _shapes(path: Path) -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(path.read_text())["features"])


def _codes(path: Path, name: str) -> set[str]:
    return {shape["properties"][name] for shape in _shapes(path)}


def _shape(
    shape: dict[str, Any],
    code: str,
    name: str,
    shades: Mapping[str, _Shade],
    otherwise: _Shade,
    digits: int,
) -> dict[str, Any]:
    shade = shades.get(shape["properties"][code], otherwise)
    return {
        "type": "Feature",
        "properties": {
            "tip": f"{name.format(**shape['properties'])}: {shade.said}",
            "colour": _rgb(shade.colour),
        },
        "geometry": {
            "type": shape["geometry"]["type"],
            "coordinates": _rounded(shape["geometry"], digits),
        },
    }


def _colour(value: float | None, limits: Sequence[float]) -> str:
    if not value or value < 0:
        return NOTHING
    return _ramp(limits)[sum(value >= limit for limit in limits)]


def _collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": features}


def _rounded(geometry: Mapping[str, Any], digits: int) -> Any:
    """Its coordinates, without the points that rounding makes the same and the parts that it makes
    a point or a line; finer where nothing would be left."""
    polygon = geometry["type"] == "Polygon"
    parts = [geometry["coordinates"]] if polygon else geometry["coordinates"]
    kept = []
    for part in parts:
        rings = [
            [point for point, _ in groupby([round(x, digits), round(y, digits)] for x, y in ring)]
            for ring in part
        ]
        if len(rings[0]) > 3:
            kept.append([ring for ring in rings if len(ring) > 3])
    if not kept:
        return _rounded(geometry, digits + 1)
    return kept[0] if polygon else kept


def _middle(geometry: dict[str, Any]) -> list[float]:
    """The middle of a shape's largest part, by the corners of its outline."""
    parts = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    outline = max((part[0] for part in parts), key=len)
    xs, ys = zip(*outline, strict=True)
    return [(min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2]


def _corners(geometry: Mapping[str, Any]) -> list[list[float]]:
    parts = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return [corner for part in parts for corner in part[0]]


def _rgb(colour: str) -> list[int]:
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
