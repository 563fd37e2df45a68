"""Maps that need no internet: pale ground, one ramp, names of places, a scale in words."""

import base64
import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
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
NO_FIGURE = "no figure"
NONE = "none known"  # nobody knows all addresses: a place without any may have some
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
    rising = (m * 10**p * apart for p in range(9) for m in (1, 2, 4))
    step = next(step for step in rising if (top - low) / step <= len(RAMP) - 1)
    first = math.floor(low / step) + 1
    return [float(step * times) for times in range(first, math.floor(top / step) + 1)]


def scale_words(limits: Sequence[float], *, given_back: bool = False) -> list[tuple[str, str]]:
    """(colour, words) of pounds from nothing to the most, for the key beside the map. `given_back`:
    whether a place gave more back than it was paid."""
    key = [(NOTHING, f"{NONE}, or given back" if given_back else NONE)]
    colours = _ramp(limits)
    if not limits:
        return key
    key.append((colours[0], f"under {formatting.round_pounds(limits[0])}"))
    for low, high, colour in zip(limits, limits[1:], colours[1:], strict=False):
        key.append((colour, f"{formatting.round_pounds(low)} to {formatting.round_pounds(high)}"))
    key.append((colours[-1], f"{formatting.round_pounds(limits[-1])} and over"))
    return key


def _people_words(
    limits: Sequence[float], values: Sequence[float], apart: int, blank: str
) -> list[tuple[str, str]]:
    """`scale_words` of people, who are rounded to `apart`; `blank` says what no colour is."""
    key = [(NOTHING, blank), (HIDDEN, "too few people to show *")]
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
    """A deck, its scale as (colour, words), the sum of what is on it, and what each ward or local
    authority with a figure is called and shows, by code."""

    deck: pdk.Deck
    scale: tuple[tuple[str, str], ...]
    shown: float
    places: Mapping[str, tuple[str, str]]

    def outlined(self, code: str) -> pdk.Deck:
        """The deck with a line around one ward or local authority."""
        return _outlined(self.deck, code) if code in self.places else self.deck


@dataclass(frozen=True)
class _Shade:
    """What one shape shows."""

    colour: str
    words: str
    mark: str = ""


@dataclass(frozen=True, eq=False)
class _Shape:
    """A ward or a local authority as it lies on the ground, in longitude and latitude."""

    code: str
    name: str
    title: str  # the name with that of its authority
    authority: str
    geometry: Mapping[str, Any]

    @property
    def parts(self) -> list[Any]:
        return _parts(self.geometry)

    @cached_property
    def middle(self) -> list[float]:
        """The middle of its largest part, by the corners of its outline."""
        xs, ys = zip(*max((part[0] for part in self.parts), key=len), strict=True)
        return [(min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2]

    @lru_cache(maxsize=2048)  # noqa: B019 - shapes are read once and stay
    def rounded(self, digits: int) -> dict[str, Any]:
        """Its geometry, without the points that rounding makes the same and the parts that it makes
        a point or a line; finer where nothing would be left."""
        parts = []
        for part in self.parts:
            rings = [
                [p for p, _ in groupby([round(x, digits), round(y, digits)] for x, y in ring)]
                for ring in part
            ]
            if len(rings[0]) > 3:
                parts.append([ring for ring in rings if len(ring) > 3])
        if not parts:
            return self.rounded(digits + 1)
        kind = self.geometry["type"]
        return {"type": kind, "coordinates": parts[0] if kind == "Polygon" else parts}

    def feature(self, shade: _Shade, digits: int) -> dict[str, Any]:
        tip = f"{self.title}: {shade.words}"
        return _feature(self.rounded(digits), code=self.code, tip=tip, colour=_rgb(shade.colour))


def spend_map(
    wards: Mapping[str, float], authorities: Mapping[str, float], settings: Settings
) -> WardMap:
    """Pounds by ward inside the wider area and by local authority beyond it, keyed by code.

    A code without a shape (no address, no ward, outside England) is not on the map.
    """
    inside = {*settings.area, *settings.wider_area}
    beyond = {code: value for code, value in authorities.items() if code not in inside}
    return _pounds_map(wards, beyond, settings)


def leak_map(authorities: Mapping[str, float], settings: Settings) -> WardMap:
    """Pounds by local authority, those inside the wider area too: for what is not known by ward."""
    return _pounds_map(None, authorities, settings)


def _pounds_map(
    wards: Mapping[str, float] | None, authorities: Mapping[str, float], settings: Settings
) -> WardMap:
    of_ward, of_authority = (
        {shape.code: pounds[shape.code] for shape in shapes if pounds.get(shape.code)}
        for pounds, shapes in (
            (wards or {}, _wards(settings)),
            (authorities, _authorities(settings)),
        )
    )
    limits = steps([*of_ward.values(), *of_authority.values()])
    ward_shades, authority_shades = (
        {
            code: _Shade(_colour(value, limits), formatting.pounds(value))
            for code, value in pounds.items()
        }
        for pounds in (of_ward, of_authority)
    )
    shades = None if wards is None else ward_shades
    deck = _deck(shades, authority_shades, _Shade(NOTHING, NONE), settings)
    shown = sum(of_ward.values()) + sum(of_authority.values())
    shapes = [*(_wards(settings) if shades else ()), *_authorities(settings)]
    places = _places(shapes, {**authority_shades, **ward_shades})
    given_back = any(value < 0 for value in (*of_ward.values(), *of_authority.values()))
    return WardMap(deck, tuple(scale_words(limits, given_back=given_back)), shown, places)


def people_map(frame: pd.DataFrame, settings: Settings, noun: str) -> WardMap:
    """People by ward inside the wider area: `frame` is a protected one by ward, of one period.

    A ward that disclosure control hid has one colour and a star whatever its figure, and its
    figure is not in the deck. Where figures are for the members they come from, no ward tells that
    somebody is there. Authorities beyond are left blank.
    """
    wards = frame[frame["ward"].isin({shape.code for shape in _wards(settings)})]
    known = wards["value"].notna() | wards["shown"].eq(disclosure.HIDDEN)
    unknown = {ward: _Shade(NOTHING, NO_FIGURE) for ward in wards.loc[~known, "ward"]}
    blank = NO_FIGURE if unknown and not known.any() else NONE
    key = f"{NONE}, or {NO_FIGURE}" if unknown and known.any() else blank
    if frame["shown"].eq(disclosure.KEPT).any():
        unknown, blank, key = {}, disclosure.KEPT, disclosure.KEPT
    values = [value for value in wards["value"] if not formatting.is_gap(value) and value > 0]
    # A member's own people see its figures as they are.
    apart = settings.round_to if all(value % settings.round_to == 0 for value in values) else 1
    limits = even_steps(values, apart)
    shades = {}
    seen = wards[known]
    for ward, value, shown in zip(seen["ward"], seen["value"], seen["shown"], strict=True):
        if shown == disclosure.HIDDEN:
            shades[ward] = _Shade(HIDDEN, "too few people to show", "*")
        elif not value:
            shades[ward] = _Shade(NOTHING, blank)
        else:
            figure = f"{formatting.figure(value, 'people')} {noun}"
            shades[ward] = _Shade(_colour(value, limits), figure)
    deck = _deck(unknown | shades, {}, _Shade(NOTHING, blank), settings, close=True)
    scale = _people_words(limits, values, apart, key)
    return WardMap(deck, tuple(scale), sum(values), _places(_wards(settings), shades))


def organisations_map(names: Mapping[str, Sequence[str]], settings: Settings) -> WardMap:
    """Organisations by the ward of their address inside the wider area: `names` by ward."""
    wards = {shape.code for shape in _wards(settings)}
    shades = {
        ward: _Shade(RAMP[min(len(named), len(RAMP)) - 1], ", ".join(named))
        for ward, named in names.items()
        if ward in wards and named
    }
    most = max((len(names[ward]) for ward in shades), default=0)
    scale = [(NOTHING, NONE)]
    for many in range(1, min(most, len(RAMP)) + 1):
        more = " and over" if many == len(RAMP) and most > many else ""
        scale.append((RAMP[many - 1], f"{many}{more}"))
    deck = _deck(shades, {}, _Shade(NOTHING, NONE), settings, close=True)
    shown = sum(len(names[ward]) for ward in shades)
    return WardMap(deck, tuple(scale), shown, _places(_wards(settings), shades))


def boundary_map(settings: Settings) -> WardMap:
    """The boundary of the area and of the wider area around it, without figures."""
    inside = {*settings.area, *settings.wider_area}
    shades = {
        code: _Shade(RAMP[2], "in the area")
        if code in settings.area
        else _Shade(RAMP[0], "in the wider area")
        for code in inside
    }
    deck = _deck(None, shades, _Shade(NOTHING, "outside"), settings)
    scale = ((RAMP[2], settings.area_name), (RAMP[0], settings.wider_area_name))
    return WardMap(deck, scale, len(inside), _places(_authorities(settings), shades))


def _places(shapes: Iterable[_Shape], shades: Mapping[str, _Shade]) -> dict[str, tuple[str, str]]:
    return {
        shape.code: (shape.title, shades[shape.code].words)
        for shape in sorted(shapes, key=lambda shape: shape.title)
        if shape.code in shades
    }


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
    bounds = [shape for shape in _authorities(settings) if shape.code in inside]
    area = [shape for shape in bounds if shape.code in settings.area]
    others = [shape for shape in bounds if shape.code not in settings.area]
    ward_shapes = () if wards is None else _wards(settings)
    shades = wards or {}

    def digits(shape: _Shape) -> int:
        """Finer where what is a kilometre off would be seen on the map as it opens."""
        near = any(math.dist(shape.middle, bound.middle) < NEAR for bound in bounds)
        return 3 if near or not ward_shapes else 2

    features = {
        "authorities": [
            shape.feature(authorities.get(shape.code, otherwise), digits(shape))
            for shape in _authorities(settings)
            if not ward_shapes or (shape.code not in inside and not close)
        ],
        "wards": [shape.feature(shades.get(shape.code, otherwise), 4) for shape in ward_shapes],
        "bounds": [
            _feature(shape.geometry, width=900 if shape in area else 250)
            for shape in (*others, *area)
        ],
    }
    data: dict[str, Any] = {
        name: {"type": "FeatureCollection", "features": shapes} for name, shapes in features.items()
    }
    data["marks"] = [
        {"name": shades[shape.code].mark, "at": shape.middle}
        for shape in ward_shapes
        if shape.code in shades and shades[shape.code].mark
    ]
    data["names"] = [{"name": shape.name, "at": shape.middle} for shape in bounds]
    filled = {
        "pickable": True,
        "get_fill_color": "properties.colour",
        "stroked": True,
        "line_width_min_pixels": 0.6,
        "get_line_color": [255, 255, 255],
        # What lies under the pointer is found by drawing all that can be found: without graphics
        # hardware the lines alone took half a second, and a press that long is no click.
        "_sub_layer_props": {"polygons-stroke": {"pickable": False}},
    }
    outlined = {
        "filled": False,
        "stroked": True,
        "get_line_width": "properties.width / 4",
        "line_width_min_pixels": 0.8,
        "line_width_max_pixels": 2.5,
        "get_line_color": _rgb(INK),
    }
    looks = {"authorities": filled, "wards": {**filled, "auto_highlight": True}, "bounds": outlined}
    layers = [pdk.Layer("GeoJsonLayer", [], id=name, **look) for name, look in looks.items()]
    on_white = {
        "background": True,
        "get_background_color": [255, 255, 255, 205],
        "background_padding": [4, 1],
        "font_weight": 600,
    }
    layers += [
        pdk.Layer(
            "TextLayer",
            [],
            id=name,
            get_position="at",
            get_text="name",
            get_size=size,
            get_color=_rgb(colour),
            font_family=pdk.types.String(FONT),
            **look,
        )
        for name, size, colour, look in (("marks", 24, GREY, {}), ("names", 14, INK, on_white))
    ]
    deck = pdk.Deck(
        map_style=STYLE,
        layers=layers,
        initial_view_state=_view(area if close and area else bounds),
        tooltip={"text": "{tip}"},
    )
    # pydeck takes seconds over every coordinate, and indents it: they are put in afterwards.
    written = json.loads(deck.to_json())
    for layer in written["layers"]:
        layer["data"] = data[layer["id"]]
    return _written(deck, written)


@lru_cache(maxsize=64)
def _outlined(deck: pdk.Deck, code: str) -> pdk.Deck:
    written = json.loads(deck.to_json())
    layers = {layer["id"]: layer for layer in written["layers"]}
    shapes = [
        feature
        for name in ("authorities", "wards")
        for feature in layers[name]["data"]["features"]
        if feature["properties"]["code"] == code
    ]
    line = {"getLineWidth": 3, "lineWidthUnits": "pixels", "lineWidthMaxPixels": 3}
    outline = {**layers["bounds"], "id": "chosen", **line}
    outline["data"] = {"type": "FeatureCollection", "features": shapes}
    written["layers"].insert(-2, outline)
    return _written(pdk.Deck(map_style=STYLE), written)


def _written(deck: pdk.Deck, layers: Mapping[str, Any]) -> pdk.Deck:
    """The deck with its JSON made already."""
    text = json.dumps(layers, separators=(",", ":"), ensure_ascii=False)
    deck.to_json = lambda: text
    return deck


def _view(shapes: Sequence[_Shape]) -> pdk.ViewState:
    """The shapes whole, from above, on a map of HEIGHT pixels; England without shapes."""
    corners = [corner for shape in shapes for part in shape.parts for corner in part[0]]
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
    return {shape.code: shape.name for shape in _wards(settings) if shape.authority in authorities}


def _wards(settings: Settings) -> tuple[_Shape, ...]:
    return _read(settings.reference / WARDS, "WD", "{WDNM}, {LADNM}")


def _authorities(settings: Settings) -> tuple[_Shape, ...]:
    return _read(settings.reference / AUTHORITIES, "LAD", "{LADNM}")


@lru_cache(maxsize=4)
def _read(path: Path, kind: str, title: str) -> tuple[_Shape, ...]:
    """The shapes of a file whose columns of codes and names begin with `kind`."""
    return tuple(
        _Shape(
            code=properties[f"{kind}CD"],
            name=properties[f"{kind}NM"],
            title=title.format(**properties),
            authority=properties["LADCD"],
            geometry=feature["geometry"],
        )
        for feature in json.loads(path.read_text())["features"]
        if (properties := feature["properties"])
    )


def _colour(value: float | None, limits: Sequence[float]) -> str:
    if not value or value < 0:
        return NOTHING
    return _ramp(limits)[sum(value >= limit for limit in limits)]


def _feature(geometry: Mapping[str, Any], **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _parts(geometry: Mapping[str, Any]) -> list[Any]:
    polygon = geometry["type"] == "Polygon"
    return [geometry["coordinates"]] if polygon else list(geometry["coordinates"])


def _rgb(colour: str) -> list[int]:
    return list(bytes.fromhex(colour[1:]))
