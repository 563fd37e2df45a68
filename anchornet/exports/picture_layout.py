"""A figure laid out as a picture: an SVG that carries its letters, around one chart or map.

Runs in the process that draws, which starts sooner for importing nothing of the rest: `draw` is all
that is asked of it.
"""

import json
import math
import multiprocessing
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from xml.etree import ElementTree  # only for what we drew # nosec B405

from anchornet.exports import text_metrics

LOUD = "#7a3b00"  # what is said of a picture before all else, white on it
WIDE_LINE = 500  # metres: the bound of the area itself, and not of its neighbours
SVG = "{http://www.w3.org/2000/svg}"
Place = tuple[float, float, float, float]  # left, top, width, height
Project = Callable[[Sequence[float]], tuple[float, float]]


@dataclass(frozen=True)
class Bar:
    """One of several bars; `context` is drawn in grey."""

    name: str
    value: float
    label: str
    context: bool = False


@dataclass(frozen=True)
class Colours:
    """The colours of a picture. `nothing`: of a place on a map with nothing to show; `instead`:
    what stands in the network's colour for a colour of the charts."""

    own: str
    ink: str
    grey: str
    pale: str
    line: str
    nothing: str
    instead: Mapping[str, str]

    def of(self, colour: str) -> str:
        return self.instead.get(colour, colour)


@dataclass(frozen=True)
class Sheet:
    """All that a picture needs; plain values, so that another process can draw it. One of `spec`
    (a Vega-Lite specification with its rows), `bars` and `deck` (a map's JSON) is there, or none.
    `scale`: how large letters are. `marks`: what is said loudly, such as that data is a sample.
    `points`: how many of a PDF's points a pixel is."""

    width: int
    height: int
    scale: float
    points: float
    title: str
    subtitle: str
    notes: tuple[str, ...]
    reference: str
    network: str
    colours: Colours
    logo: str
    marks: tuple[str, ...]
    described: str
    legend: tuple[tuple[str, str], ...] = ()
    spec: str = ""
    bars: tuple[Bar, ...] = ()
    deck: str = ""


def draw(sheet: Sheet, form: str) -> bytes:
    """The picture as PNG with twice the pixels, as SVG or as PDF; asks nothing of any network."""
    import vl_convert  # large, and only the process that draws needs it

    vl_convert.register_font_directory(str(text_metrics.FOLDER))
    if form == "pdf":
        return bytes(vl_convert.svg_to_pdf(lay_out(sheet, sheet.points)))
    svg = lay_out(sheet)
    return svg.encode() if form == "svg" else bytes(vl_convert.svg_to_png(svg, scale=2))


def pixels(svg: str) -> bytes:
    """An SVG as PNG, large enough for print."""
    import vl_convert

    return bytes(vl_convert.svg_to_png(svg, scale=8))


@dataclass
class _Ink:
    """What was drawn so far, and the letters that it took, by weight."""

    colour: str  # of letters, where no other is said
    parts: list[str]
    used: dict[int, str]

    def text(
        self,
        said: str,
        x: float,
        y: float,
        size: float,
        weight: int = 400,
        colour: str = "",
        anchor: str = "start",
    ) -> None:
        said, colour = text_metrics.drawable(said), colour or self.colour
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


def end_with_the_app() -> None:
    """Called when the process that draws starts: it ends when the app does, however that ends."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os._exit(0)

    threading.Thread(target=wait, name="end with the app", daemon=True).start()


def lay_out(sheet: Sheet, scale: float = 1.0) -> str:
    """The picture as SVG, so many times as large. It says what it is in <title> and <desc>, and
    carries the letters it uses: it looks the same where its font isn't installed."""
    ink = _Ink(sheet.colours.ink, [], {})
    em, wide = 16 * sheet.scale, sheet.width
    edge = 2.6 * em
    room = wide - 2 * edge
    ink.box(0, 0, wide, sheet.height, "#ffffff")
    ink.box(0, 0, wide, 0.5 * em, sheet.colours.own)
    top = _head(ink, sheet, edge, em)
    bottom = _foot(ink, sheet, edge, em)
    place = (edge, top, room, bottom - top)
    if sheet.bars:
        _bars(ink, sheet, place, em)
    elif sheet.spec:
        _chart(ink, sheet, place)
    elif sheet.deck:
        _map(ink, sheet, _beside_legend(ink, sheet, place, em), em)
    else:
        middle = top + (bottom - top) / 2
        ink.text(
            "There is nothing to show.",
            wide / 2,
            middle,
            1.5 * em,
            400,
            sheet.colours.grey,
            "middle",
        )
    name = text_metrics.drawable(sheet.title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{wide * scale:g}" height="{sheet.height * scale:g}" '
        f'viewBox="0 0 {wide} {sheet.height}" role="img" '
        f'aria-labelledby="an-title an-desc" font-family="{text_metrics.FAMILY}, sans-serif">'
        f'<title id="an-title">{escape(name)}</title>'
        f'<desc id="an-desc">{escape(sheet.described)}</desc>'
        f"<style>{text_metrics.faces(ink.used)}</style>{''.join(ink.parts)}</svg>"
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
        wide = text_metrics.width(mark, 1.05 * em, 700) + 1.2 * em
        ink.box(right - wide, y + 0.2 * em, wide, 1.7 * em, LOUD, f' rx="{0.2 * em:.1f}"')
        ink.text(mark, right - wide / 2, y + 1.4 * em, 1.05 * em, 700, "#ffffff", "middle")
        right -= wide + 0.6 * em
    for line in text_metrics.wrap(sheet.network, right - left - em, 1.25 * em, 600, 1):
        ink.text(line, left, y + 1.45 * em, 1.25 * em, 600, sheet.colours.grey)
    y += 2.6 * em
    size = 2.9 * em
    room = sheet.width - 2 * edge
    while size > 2 * em and len(text_metrics.wrap(sheet.title, room, size, 700)) > 2:
        size -= 0.1 * em
    for line in text_metrics.balance(sheet.title, room, size, 700)[:4]:
        y += 1.16 * size
        ink.text(line, edge, y, size, 700)
    y += 0.5 * em
    for line in text_metrics.balance(sheet.subtitle, room, 1.4 * em)[:3]:
        y += 1.75 * em
        ink.text(line, edge, y, 1.4 * em, 400, sheet.colours.grey)
    return y + 1.1 * em


def _foot(ink: _Ink, sheet: Sheet, edge: float, em: float) -> float:
    """Source, coverage, definition and reference; gives where they begin."""
    size = 1.02 * em
    right = text_metrics.width(sheet.reference, 1.05 * em, 600) + em if sheet.reference else 0.0
    room = sheet.width - 2 * edge
    lines = _first_sentences(sheet.notes[0], room, size)
    for note in sheet.notes[1:]:
        lines += text_metrics.wrap(note, room, size, 400, 3)
    # The last line shares its place with the reference.
    *before, last = lines
    lines = [*before, *text_metrics.wrap(last, room - right, size)]
    top = sheet.height - 1.5 * em - 1.38 * size * len(lines)
    ink.box(edge, top - 0.7 * em, sheet.width - 2 * edge, max(1.0, em / 14), sheet.colours.line)
    y = top
    for line in lines:
        y += 1.38 * size
        ink.text(line, edge, y - 0.35 * size, size, 400, sheet.colours.grey)
    if sheet.reference:
        ink.text(
            sheet.reference,
            sheet.width - edge,
            y - 0.35 * size,
            1.05 * em,
            600,
            sheet.colours.ink,
            "end",
        )
    return top - 1.3 * em


def _first_sentences(text: str, room: float, size: float) -> list[str]:
    """The text in up to two lines, without the sentences that find no place there."""
    said = text.split(". ")
    while len(said) > 1 and len(text_metrics.wrap(". ".join(said), room, size)) > 2:
        said = said[:-1]
    return text_metrics.wrap(f"{'. '.join(said).rstrip('.')}.", room, size, 400, 3)


def _beside_legend(ink: _Ink, sheet: Sheet, place: Place, em: float) -> Place:
    """Draws a map's scale, beside it where the picture is wide and above it where it isn't; gives
    the place that is left."""
    left, top, room, tall = place
    size = 1.2 * em
    wide = max((text_metrics.width(said, size) for _, said in sheet.legend), default=0.0) + 3 * em
    beside = room - wide > 1.25 * tall
    x, y = left, top
    for colour, said in sheet.legend:
        step = 2.6 * em + text_metrics.width(said, size)
        if not beside and x > left and x + step > left + room:
            x, y = left, y + 1.8 * em
        edge = f' stroke="{sheet.colours.grey}" stroke-width="{em / 20:.1f}"'
        ink.box(x, y, 1.2 * em, 1.2 * em, sheet.colours.of(colour), edge)
        ink.text(said, x + 1.7 * em, y + 1.02 * em, size, 400, sheet.colours.grey)
        x, y = (left, y + 1.8 * em) if beside else (x + step, y)
    if beside:
        return left + wide, top, room - wide, tall
    used = y + 2.4 * em - top if sheet.legend else 0.0
    return left, top + used, room, tall - used


def _bars(ink: _Ink, sheet: Sheet, place: Place, em: float) -> None:
    left, top, room, tall = place
    # Few bars are thicker, and none so thick that they look like blocks.
    each = min(tall / len(sheet.bars), max(4.4 * em, min(8 * em, 36 * em / len(sheet.bars))))
    size = min(1.45 * em, 0.62 * each)
    named = max(text_metrics.width(it.name, size) for it in sheet.bars)
    named = min(named, 0.36 * room)
    labelled = max(text_metrics.width(it.label, size, 600) for it in sheet.bars) + 0.6 * em
    scale = room - named - 0.8 * em - labelled
    most = max([it.value for it in sheet.bars if it.value > 0], default=1.0)
    x = left + named + 0.8 * em
    for number, bar in enumerate(sheet.bars):
        middle = top + each * (number + 0.5)
        small = size
        lines = text_metrics.wrap(bar.name, named, small, 400)
        while len(lines) * small * 1.08 > each and small > 0.75 * size:
            small *= 0.92
            lines = text_metrics.wrap(bar.name, named, small, 400)
        lines = text_metrics.wrap(bar.name, named, small, 400, max(1, int(each / (1.05 * small))))
        for place_, line in enumerate(lines):
            y = middle + (place_ - (len(lines) - 1) / 2) * 1.08 * small + 0.35 * small
            ink.text(line, x - 0.8 * em, y, small, 400, sheet.colours.ink, "end")
        value = 0.0 if math.isnan(bar.value) else max(bar.value, 0.0)
        wide = scale * value / most
        colour = sheet.colours.pale if bar.context else sheet.colours.own
        if wide > 0:
            thick = min(0.66 * each, 3.4 * em)
            ink.box(x, middle - thick / 2, wide, thick, colour)
        known = not math.isnan(bar.value)
        ink.text(
            bar.label,
            x + wide + 0.5 * em,
            middle + 0.35 * size,
            size,
            600 if known else 400,
            sheet.colours.ink if known else sheet.colours.grey,
        )
    ink.box(x - 1, top, max(1.0, em / 14), each * len(sheet.bars), sheet.colours.pale)


def _chart(ink: _Ink, sheet: Sheet, place: Place) -> None:
    import vl_convert

    left, top, room, tall = place
    spec = _drawable(json.loads(sheet.spec), sheet.colours)
    spec |= {
        "width": round(room),
        "height": round(tall),
        "padding": {"left": 2, "top": 10, "right": 10, "bottom": 2},
        "autosize": {"type": "fit", "contains": "padding"},
    }
    svg = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    for element in ElementTree.fromstring(svg).iter(f"{SVG}text"):  # nosec B314
        weight = {"600": 600, "bold": 700}.get(element.get("font-weight", ""), 400)
        ink.used[weight] = ink.used.get(weight, "") + "".join(element.itertext())
    inner = svg[svg.index(">", svg.index("<svg")) + 1 :]
    ink.parts.append(
        f'<svg x="{left:.1f}" y="{top:.1f}" width="{round(room)}" height="{round(tall)}">{inner}'
    )


def _drawable(part: Any, colours: Colours) -> Any:
    """The same with every text in letters that the font has, and the network's own colours."""
    if isinstance(part, dict):
        return {name: _drawable(it, colours) for name, it in part.items()}
    if isinstance(part, list):
        return [_drawable(it, colours) for it in part]
    return colours.of(text_metrics.drawable(part)) if isinstance(part, str) else part


def _map(ink: _Ink, sheet: Sheet, place: Place, em: float) -> None:
    left, top, room, tall = place
    layers = {layer["id"]: layer["data"] for layer in json.loads(sheet.deck)["layers"]}
    bounds = layers["bounds"]["features"]
    project = _projection(_seen(layers, sheet.colours.nothing), room, tall)
    size = f'width="{room:.1f}" height="{tall:.1f}"'
    ink.parts.append(f'<svg x="{left:.1f}" y="{top:.1f}" {size}>')
    for shape in [*layers["authorities"]["features"], *layers["wards"]["features"]]:
        outline = _path(shape["geometry"], project, room, tall)
        if outline:
            ink.parts.append(
                f'<path d="{outline}" fill="{sheet.colours.of(_colour(shape))}" '
                f'stroke="#ffffff" stroke-width="{em / 24:.1f}"/>'
            )
    for shape in bounds:
        thick = em / (7 if shape["properties"]["width"] > WIDE_LINE else 14)
        outline = _path(shape["geometry"], project, room, tall)
        ink.parts.append(
            f'<path d="{outline}" fill="none" stroke="{sheet.colours.ink}" '
            f'stroke-width="{thick:.1f}"/>'
        )
    for mark in layers["marks"]:
        x, y = project(mark["at"])
        ink.text(mark["name"], x, y + 0.55 * em, 1.3 * em, 600, sheet.colours.grey, "middle")
    size_ = 1.15 * em
    for name in layers["names"]:
        x, y = project(name["at"])
        wide = text_metrics.width(name["name"], size_, 600) + 0.5 * em
        if wide / 2 < x < room - wide / 2 and size_ < y < tall - size_:
            ink.box(x - wide / 2, y - 0.95 * size_, wide, 1.4 * size_, "#ffffff", ' opacity="0.8"')
            ink.text(name["name"], x, y + 0.1 * size_, size_, 600, sheet.colours.ink, "middle")
    ink.parts.append("</svg>")


def _seen(layers: Mapping[str, Any], nothing: str) -> list[Mapping[str, Any]]:
    """What a map shows whole: the area, and the wards beside it that have something on them."""
    bounds = layers["bounds"]["features"]
    area = [it for it in bounds if it["properties"]["width"] > WIDE_LINE]
    found = [it for it in layers["wards"]["features"] if _colour(it) != nothing]
    return [*area, *found] if found else bounds


def _colour(shape: Mapping[str, Any]) -> str:
    return "#" + "".join(f"{part:02x}" for part in shape["properties"]["colour"])


def _projection(shapes: Sequence[Mapping[str, Any]], room: float, tall: float) -> Project:
    """From longitude and latitude to the picture, the shapes whole in its middle."""
    corners = [corner for shape in shapes for ring in _rings(shape["geometry"]) for corner in ring]
    xs, ys = zip(*corners, strict=True) if corners else ((-6.0, 2.0), (50.0, 55.8))
    flat = math.cos(math.radians((min(ys) + max(ys)) / 2))
    scale = 0.94 * min(room / ((max(xs) - min(xs)) * flat), tall / (max(ys) - min(ys)))
    middle = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2

    def project(at: Sequence[float]) -> tuple[float, float]:
        x = room / 2 + (at[0] - middle[0]) * flat * scale
        return x, tall / 2 - (at[1] - middle[1]) * scale

    return project


def _rings(geometry: Mapping[str, Any]) -> list[list[Sequence[float]]]:
    polygon = geometry["type"] == "Polygon"
    parts = [geometry["coordinates"]] if polygon else geometry["coordinates"]
    return [ring for part in parts for ring in part]


def _path(geometry: Mapping[str, Any], project: Project, room: float, tall: float) -> str:
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
