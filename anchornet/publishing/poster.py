"""A figure laid out as a picture: an SVG that holds its letters, drawn around one chart or map."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from anchornet.publishing import lettering
from anchornet.publishing.charts import FONT, GREY, INK, LINE, PALE
from anchornet.publishing.courses import larger

NEAR, DRAFT_COLOUR = "#6cb0dc", "#8a4b00"


@dataclass(frozen=True)
class Bar:
    name: str
    value: float
    label: str
    context: bool = False


@dataclass(frozen=True)
class Sheet:
    """All that a picture needs; plain values, so that another process can draw it. One of `spec`
    (a Vega-Lite specification with its rows), `bars` and `deck` (a map's JSON) is there.
    `scale`: how large letters are. `marks`: what is said loudly, such as that data is a sample."""

    width: int
    height: int
    scale: float
    title: str
    subtitle: str
    notes: tuple[str, ...]
    reference: str
    network: str
    colour: str
    logo: str
    marks: tuple[str, ...]
    described: str
    legend: tuple[tuple[str, str], ...] = ()
    spec: str = ""
    bars: tuple[Bar, ...] = ()
    deck: str = ""


@dataclass
class _Ink:
    """What was drawn so far, and the letters that it took, by weight."""

    parts: list[str]
    used: dict[int, str]

    def text(
        self,
        said: str,
        x: float,
        y: float,
        size: float,
        weight: int = 400,
        colour: str = INK,
        anchor: str = "start",
    ) -> None:
        said = lettering.drawable(said)
        self.used[weight] = self.used.get(weight, "") + said
        at = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:.1f}" font-weight="{weight}" '
            f'fill="{colour}"{at}>{escape(said)}</text>'
        )

    def box(
        self, x: float, y: float, wide: float, tall: float, colour: str, more: str = ""
    ) -> None:
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}" '
            f'fill="{colour}"{more}/>'
        )


def lay_out(sheet: Sheet) -> str:
    """The picture as SVG. It says what it is in <title> and <desc>, and carries its fonts."""
    ink = _Ink([], {})
    em, wide = 16 * sheet.scale, sheet.width
    edge = 2.6 * em
    room = wide - 2 * edge
    ink.box(0, 0, wide, sheet.height, "#ffffff")
    ink.box(0, 0, wide, 0.5 * em, sheet.colour)
    top = _head(ink, sheet, edge, em)
    bottom = _foot(ink, sheet, edge, em)
    top = _legend(ink, sheet, edge, top, room, em)
    place = (edge, top, room, bottom - top)
    if sheet.bars:
        _bars(ink, sheet, place, em)
    elif sheet.spec:
        _chart(ink, sheet, place)
    elif sheet.deck:
        _map(ink, sheet, place, em)
    else:
        middle = top + (bottom - top) / 2
        ink.text("There is nothing to show.", wide / 2, middle, 1.5 * em, 400, GREY, "middle")
    name = lettering.drawable(sheet.title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{wide}" height="{sheet.height}" viewBox="0 0 {wide} {sheet.height}" role="img" '
        f'aria-labelledby="an-title an-desc" font-family="{lettering.FAMILY}, sans-serif">'
        f'<title id="an-title">{escape(name)}</title>'
        f'<desc id="an-desc">{escape(sheet.described)}</desc>'
        f"<style>{lettering.faces(ink.used)}</style>{''.join(ink.parts)}</svg>"
    )


def _head(ink: _Ink, sheet: Sheet, edge: float, em: float) -> float:
    """The network, the marks, the title and what it is of; gives where they end."""
    y = 1.5 * em
    left = edge
    if sheet.logo:
        ink.parts.append(
            f'<image x="{edge:.1f}" y="{y:.1f}" width="{2 * em:.1f}" height="{2 * em:.1f}" '
            f'href="{escape(sheet.logo)}" preserveAspectRatio="xMinYMid meet"/>'
        )
        left += 2.5 * em
    right = sheet.width - edge
    for mark in reversed(sheet.marks):
        wide = lettering.width(mark, 1.05 * em, 700) + 1.2 * em
        ink.box(right - wide, y + 0.2 * em, wide, 1.7 * em, DRAFT_COLOUR, f' rx="{0.2 * em:.1f}"')
        ink.text(mark, right - wide / 2, y + 1.4 * em, 1.05 * em, 700, "#ffffff", "middle")
        right -= wide + 0.6 * em
    for line in lettering.wrap(sheet.network, right - left - em, 1.25 * em, 600, 1):
        ink.text(line, left, y + 1.45 * em, 1.25 * em, 600, GREY)
    y += 2.6 * em
    size = 2.9 * em
    room = sheet.width - 2 * edge
    while size > 2 * em and len(lettering.wrap(sheet.title, room, size, 700)) > 2:
        size -= 0.1 * em
    for line in lettering.wrap(sheet.title, room, size, 700, 3):
        y += 1.16 * size
        ink.text(line, edge, y, size, 700)
    y += 0.5 * em
    for line in lettering.wrap(sheet.subtitle, room, 1.4 * em, 400, 2):
        y += 1.75 * em
        ink.text(line, edge, y, 1.4 * em, 400, GREY)
    return y + 1.1 * em


def _foot(ink: _Ink, sheet: Sheet, edge: float, em: float) -> float:
    """Source, coverage, definition and reference; gives where they begin."""
    size = 1.02 * em
    right = lettering.width(sheet.reference, 1.05 * em, 600) + em if sheet.reference else 0.0
    lines: list[str] = []
    for note in sheet.notes:
        lines += lettering.wrap(note, sheet.width - 2 * edge, size, 400, 3)
    # The last line shares its place with the reference.
    *before, last = lines or [""]
    tail = lettering.wrap(last, sheet.width - 2 * edge - right, size)
    lines = [*before, *tail]
    top = sheet.height - 1.5 * em - 1.38 * size * len(lines)
    ink.box(edge, top - 0.7 * em, sheet.width - 2 * edge, max(1.0, em / 14), LINE)
    y = top
    for line in lines:
        y += 1.38 * size
        ink.text(line, edge, y - 0.35 * size, size, 400, GREY)
    if sheet.reference:
        ink.text(sheet.reference, sheet.width - edge, y - 0.35 * size, 1.05 * em, 600, INK, "end")
    return top - 1.3 * em


def _legend(ink: _Ink, sheet: Sheet, edge: float, top: float, room: float, em: float) -> float:
    if not sheet.legend:
        return top
    size, x, y = 1.15 * em, edge, top
    for colour, said in sheet.legend:
        wide = 1.6 * em + lettering.width(said, size)
        if x > edge and x + wide > edge + room:
            x, y = edge, y + 1.7 * em
        ink.box(x, y, 1.1 * em, 1.1 * em, colour, f' stroke="{PALE}" stroke-width="0.8"')
        ink.text(said, x + 1.5 * em, y + 0.95 * em, size, 400, GREY)
        x += wide + 1.2 * em
    return y + 2.2 * em


def _bars(ink: _Ink, sheet: Sheet, place: tuple[float, float, float, float], em: float) -> None:
    left, top, room, tall = place
    each = min(tall / len(sheet.bars), 4.4 * em)
    size = min(1.45 * em, 0.62 * each)
    named = max(lettering.width(it.name, size) for it in sheet.bars)
    named = min(named, 0.36 * room)
    labelled = max(lettering.width(it.label, size, 600) for it in sheet.bars) + 0.6 * em
    scale = room - named - 0.8 * em - labelled
    most = max([it.value for it in sheet.bars if it.value > 0], default=1.0)
    x = left + named + 0.8 * em
    for number, bar in enumerate(sheet.bars):
        middle = top + each * (number + 0.5)
        small = size
        lines = lettering.wrap(bar.name, named, small, 400)
        while len(lines) * small * 1.08 > each and small > 0.6 * em:
            small *= 0.92
            lines = lettering.wrap(bar.name, named, small, 400)
        lines = lettering.wrap(bar.name, named, small, 400, max(1, int(each / (1.05 * small))))
        for place_, line in enumerate(lines):
            y = middle + (place_ - (len(lines) - 1) / 2) * 1.08 * small + 0.35 * small
            ink.text(line, x - 0.8 * em, y, small, 400, INK, "end")
        value = 0.0 if math.isnan(bar.value) else max(bar.value, 0.0)
        wide = scale * value / most
        colour = PALE if bar.context else sheet.colour
        if wide > 0:
            ink.box(x, middle - 0.33 * each, wide, 0.66 * each, colour)
        ink.text(bar.label, x + wide + 0.5 * em, middle + 0.35 * size, size, 600)
    ink.box(x - 1, top, max(1.0, em / 14), each * len(sheet.bars), PALE)


def _chart(ink: _Ink, sheet: Sheet, place: tuple[float, float, float, float]) -> None:
    left, top, room, tall = place
    spec = larger(json.loads(sheet.spec), 1.25 * sheet.scale)
    spec |= {
        "width": round(room),
        "height": round(tall),
        "padding": {"left": 2, "top": 10, "right": 10, "bottom": 2},
        "autosize": {"type": "fit", "contains": "padding"},
    }
    text = json.dumps(spec).replace(json.dumps(FONT)[1:-1], lettering.FAMILY)
    import vl_convert  # only the process that draws needs it

    svg = vl_convert.vegalite_to_svg(text, allowed_base_urls=[])
    for weight, said in re.findall(r'<text[^>]*?(?:font-weight="(\w+)")?[^>]*>([^<]*)<', svg):
        number = 600 if weight == "600" else 700 if weight == "bold" else 400
        ink.used[number] = ink.used.get(number, "") + said
    inner = re.sub(r"^.*?<svg[^>]*>", "", svg, count=1, flags=re.S)
    ink.parts.append(f'<svg x="{left:.1f}" y="{top:.1f}" width="{round(room)}" '
                     f'height="{round(tall)}">{inner}')  # fmt: skip


def _map(ink: _Ink, sheet: Sheet, place: tuple[float, float, float, float], em: float) -> None:
    left, top, room, tall = place
    deck = json.loads(sheet.deck)
    layers = {layer["id"]: layer["data"] for layer in deck["layers"]}
    bounds = layers["bounds"]["features"]
    project = _projection(bounds, room, tall)
    ink.parts.append(
        f'<svg x="{left:.1f}" y="{top:.1f}" width="{room:.1f}" height="{tall:.1f}" '
        f'viewBox="0 0 {room:.1f} {tall:.1f}">'
    )
    for name in ("authorities", "wards"):
        for shape in layers[name]["features"]:
            d = _path(shape["geometry"], project, room, tall)
            if d:
                colour = "#" + "".join(f"{part:02x}" for part in shape["properties"]["colour"])
                ink.parts.append(
                    f'<path d="{d}" fill="{colour}" stroke="#ffffff" stroke-width="{em / 20:.1f}"/>'
                )
    for shape in bounds:
        d = _path(shape["geometry"], project, room, tall)
        thick = em / (7 if shape["properties"]["width"] > 500 else 14)
        ink.parts.append(f'<path d="{d}" fill="none" stroke="{INK}" stroke-width="{thick:.1f}"/>')
    for mark in layers["marks"]:
        x, y = project(mark["at"])
        ink.text(mark["name"], x, y + 0.5 * em, 1.4 * em, 400, GREY, "middle")
    size = 1.15 * em
    for mark in layers["names"]:
        x, y = project(mark["at"])
        wide = lettering.width(mark["name"], size, 600) + 0.4 * em
        ink.box(x - wide / 2, y - 0.8 * size, wide, 1.3 * size, "#ffffff", ' opacity="0.8"')
        ink.text(mark["name"], x, y + 0.25 * size, size, 600, INK, "middle")
    ink.parts.append("</svg>")


def _projection(shapes: Sequence[Mapping[str, Any]], room: float, tall: float) -> Any:
    corners = [corner for shape in shapes for ring in _rings(shape["geometry"]) for corner in ring]
    xs, ys = zip(*corners, strict=True) if corners else ((-6.0, 2.0), (50.0, 55.8))
    flat = math.cos(math.radians((min(ys) + max(ys)) / 2))
    scale = 0.96 * min(room / ((max(xs) - min(xs)) * flat), tall / (max(ys) - min(ys)))
    middle = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2

    def project(at: Sequence[float]) -> tuple[float, float]:
        x = room / 2 + (at[0] - middle[0]) * flat * scale
        return x, tall / 2 - (at[1] - middle[1]) * scale

    return project


def _rings(geometry: Mapping[str, Any]) -> list[list[Sequence[float]]]:
    polygon = geometry["type"] == "Polygon"
    parts = [geometry["coordinates"]] if polygon else geometry["coordinates"]
    return [ring for part in parts for ring in part]


def _path(geometry: Mapping[str, Any], project: Any, room: float, tall: float) -> str:
    """A shape's outline as it is drawn; empty where nothing of it is in the picture."""
    found = ""
    for ring in _rings(geometry):
        points = [project(at) for at in ring]
        xs, ys = zip(*points, strict=True)
        if max(xs) < 0 or min(xs) > room or max(ys) < 0 or min(ys) > tall:
            continue
        last = None
        line = []
        for x, y in points:
            at = f"{x:.1f} {y:.1f}"
            if at != last:
                line.append(at)
            last = at
        found += f"M{'L'.join(line)}Z"
    return found
