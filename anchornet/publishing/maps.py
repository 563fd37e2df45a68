"""Maps that need no internet: pale ground, one ramp, names of places, a scale in words."""

import base64
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pydeck as pdk

from anchornet.publishing import words
from anchornet.publishing.charts import FONT, INK, RAMP
from anchornet.settings import Settings

# Without a style of our own a map asks a tile server on the internet.
_GROUND: Mapping[str, Any] = {
    "version": 8,
    "sources": {},
    "layers": [{"id": "ground", "type": "background", "paint": {"background-color": "#ffffff"}}],
}
STYLE = "data:application/json;base64," + base64.b64encode(json.dumps(_GROUND).encode()).decode()
NOTHING = "#f4f3f0"


def steps(values: Sequence[float]) -> list[float]:
    """Up to five round limits (1 or 3 times a power of ten) between the ramp's colours."""
    top = max([value for value in values if value > 0], default=0.0)
    if top <= 1:
        return []
    power = math.floor(math.log10(top))
    limits = [m * 10.0**p for p in range(power - 3, power + 1) for m in (1, 3)]
    return [limit for limit in limits if limit < top][-(len(RAMP) - 1) :]


def scale_words(limits: Sequence[float]) -> list[tuple[str, str]]:
    """(colour, words) from nothing to the most, for the key beside the map."""
    key = [(NOTHING, "no spend")]
    colours = RAMP[len(RAMP) - len(limits) - 1 :]
    if not limits:
        return key
    key.append((colours[0], f"under {words.round_pounds(limits[0])}"))
    for low, high, colour in zip(limits, limits[1:], colours[1:], strict=False):
        key.append((colour, f"{words.round_pounds(low)} to {words.round_pounds(high)}"))
    key.append((colours[-1], f"{words.round_pounds(limits[-1])} and over"))
    return key


@dataclass(frozen=True)
class SpendMap:
    """A deck, its scale as (colour, words), and the pounds that are on it."""

    deck: pdk.Deck
    scale: tuple[tuple[str, str], ...]
    shown: float


def spend_map(
    wards: Mapping[str, float], authorities: Mapping[str, float], settings: Settings
) -> SpendMap:
    """Pounds by ward inside the wider area and by local authority beyond it, keyed by code.

    A code without a shape (no address, no ward, outside England) is not on the map.
    The deck's JSON is made once: Streamlit asks for it at every run of the page.
    """
    inside = {*settings.area, *settings.wider_area}
    ward_codes = _codes(settings.reference / "greater_manchester_wards.geojson", "WDCD")
    authority_codes = _codes(settings.reference / "england_local_authorities.geojson", "LADCD")
    wards = {code: value for code, value in wards.items() if code in ward_codes}
    authorities = {
        code: value for code, value in authorities.items() if code in authority_codes - inside
    }
    limits = steps([*wards.values(), *authorities.values()])
    ward_shapes = [
        _shape(shape, "WDCD", "{WDNM}, {LADNM}", wards, limits, digits=4)
        for shape in _shapes(settings.reference / "greater_manchester_wards.geojson")
    ]
    authority_shapes = _shapes(settings.reference / "england_local_authorities.geojson")
    beyond = [
        _shape(shape, "LADCD", "{LADNM}", authorities, limits, digits=3)
        for shape in authority_shapes
        if shape["properties"]["LADCD"] not in inside
    ]
    bounds = [shape for shape in authority_shapes if shape["properties"]["LADCD"] in inside]
    names = [
        {"name": shape["properties"]["LADNM"], "at": _middle(shape["geometry"])} for shape in bounds
    ]
    edges = [
        {
            "type": "Feature",
            "properties": {"width": 900 if shape["properties"]["LADCD"] in settings.area else 250},
            "geometry": shape["geometry"],
        }
        for shape in sorted(bounds, key=lambda one: one["properties"]["LADCD"] in settings.area)
    ]
    centre = _middle_of([name["at"] for name in names]) if names else [-2.3, 53.5]
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
    deck = pdk.Deck(
        map_style=STYLE,
        layers=layers,
        initial_view_state=pdk.ViewState(
            longitude=centre[0], latitude=centre[1], zoom=9.1, pitch=0, min_zoom=5, max_zoom=13
        ),
        tooltip={"text": "{tip}"},
    )
    # pydeck indents every coordinate on a line of its own: five times the size.
    made = json.dumps(json.loads(deck.to_json()), separators=(",", ":"), ensure_ascii=False)
    deck.to_json = lambda: made
    return SpendMap(
        deck, tuple(scale_words(limits)), sum(wards.values()) + sum(authorities.values())
    )


@lru_cache(maxsize=4)
def _shapes(path: Path) -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(path.read_text())["features"])


def _codes(path: Path, name: str) -> set[str]:
    return {shape["properties"][name] for shape in _shapes(path)}


def _shape(
    shape: dict[str, Any],
    code: str,
    name: str,
    values: Mapping[str, float],
    limits: Sequence[float],
    digits: int,
) -> dict[str, Any]:
    value = values.get(shape["properties"][code])
    said = words.pounds(value) if value else "no spend"
    return {
        "type": "Feature",
        "properties": {
            "tip": f"{name.format(**shape['properties'])}: {said}",
            "colour": _rgb(_colour(value, limits)),
        },
        "geometry": {
            "type": shape["geometry"]["type"],
            "coordinates": _rounded(shape["geometry"]["coordinates"], digits),
        },
    }


def _colour(value: float | None, limits: Sequence[float]) -> str:
    if not value or value < 0:
        return NOTHING
    ramp = RAMP[len(RAMP) - len(limits) - 1 :]
    return ramp[sum(value >= limit for limit in limits)]


def _collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": features}


def _rounded(coordinates: Any, digits: int) -> Any:
    if isinstance(coordinates, float | int):
        return round(coordinates, digits)
    return [_rounded(part, digits) for part in coordinates]


def _middle(geometry: dict[str, Any]) -> list[float]:
    """The middle of a shape's largest part, by the corners of its outline."""
    parts = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    outline = max((part[0] for part in parts), key=len)
    xs, ys = zip(*outline, strict=True)
    return [(min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2]


def _middle_of(points: Sequence[list[float]]) -> list[float]:
    xs, ys = zip(*points, strict=True)
    return [(min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2]


def _rgb(colour: str) -> list[int]:
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
