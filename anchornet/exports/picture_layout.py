"""A figure laid out as a picture: an SVG that carries its letters, around one chart or map.

Runs in the process that draws, which starts sooner for importing nothing of the rest: `draw` is all
that is asked of it.
"""

import json
import math
import multiprocessing
import operator
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Any
from xml.etree import ElementTree  # only for what we drew # nosec B405

from anchornet.exports import text_metrics
from anchornet.exports.text_metrics import wrap

LOUD = "#7a3b00"  # what is said of a picture before all else, white on it
WIDE_LINE = 500  # metres: the bound of the area itself, and not of its neighbours
FAINT = ' opacity="0.8"'
BESIDE = 0.01  # degrees that a ward is beyond an area to be beside it: outlines are not all as fine
ENGLAND = (-6.0, 50.0, 2.0, 55.8)  # west, south, east, north
SVG = "{http://www.w3.org/2000/svg}"
Frame = tuple[float, float, float, float]  # left, top, width, height
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
    drawing = _Drawing(sheet)
    drawing.draw()
    wide, tall = sheet.width, sheet.height
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{wide * scale:g}" height="{tall * scale:g}" '
        f'viewBox="0 0 {wide} {tall}" role="img" '
        f'aria-labelledby="an-title an-desc" font-family="{text_metrics.FAMILY}, sans-serif">'
        f'<title id="an-title">{escape(text_metrics.drawable(sheet.title))}</title>'
        f'<desc id="an-desc">{escape(sheet.described)}</desc>'
        f"<style>{text_metrics.faces(drawing.used)}</style>{''.join(drawing.parts)}</svg>"
    )


class _Drawing:
    """What was drawn of a sheet so far, and the letters that it took, by weight. Sizes are in `em`,
    what 16 pixels are at a scale of 1."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet, self.colours = sheet, sheet.colours
        self.em = 16 * sheet.scale
        self.edge = 2.6 * self.em
        self.room = sheet.width - 2 * self.edge
        self.parts: list[str] = []
        self.used: dict[int, str] = {}

    def text(
        self,
        text: str,
        x: float,
        y: float,
        size: float,
        weight: int = 400,
        colour: str = "",
        *,
        anchor: str = "",
    ) -> None:
        """A line of text, in grey unless a colour is said."""
        text = text_metrics.drawable(text)
        self.uses(weight, text)
        at = f' text-anchor="{anchor}"' if anchor else ""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:.1f}" font-weight="{weight}" '
            f'fill="{colour or self.colours.grey}"{at}>{escape(text)}</text>'
        )

    def uses(self, weight: int, letters: str) -> None:
        self.used[weight] = self.used.get(weight, "") + letters

    def box(
        self, x: float, y: float, wide: float, tall: float, colour: str, more: str = ""
    ) -> None:
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}" '
            f'fill="{colour}"{more}/>'
        )

    def draw(self) -> None:
        sheet, em = self.sheet, self.em
        self.box(0, 0, sheet.width, sheet.height, "#ffffff")
        self.box(0, 0, sheet.width, 0.5 * em, self.colours.own)
        top, bottom = self._head(), self._foot()
        frame = (self.edge, top, self.room, bottom - top)
        if sheet.bars:
            self._bars(frame)
        elif sheet.spec:
            self._chart(frame)
        elif sheet.deck:
            self._map(self._beside_legend(frame))
        else:
            middle = top + (bottom - top) / 2
            self.text(
                "There is nothing to show.", sheet.width / 2, middle, 1.5 * em, anchor="middle"
            )

    def _head(self) -> float:
        """The network, the marks, the title and what it is of; gives where they end."""
        sheet, em, left, y = self.sheet, self.em, self.edge, 1.5 * self.em
        if sheet.logo:
            self.parts.append(
                f'<image x="{left:.1f}" y="{y:.1f}" width="{2 * em:.1f}" height="{2 * em:.1f}" '
                f'href="{escape(sheet.logo)}" preserveAspectRatio="xMinYMid meet"/>'
            )
            left += 2.5 * em
        right = sheet.width - self.edge
        for mark in reversed(sheet.marks):
            wide = text_metrics.width(mark, 1.05 * em, 700) + 1.2 * em
            self.box(right - wide, y + 0.2 * em, wide, 1.7 * em, LOUD, f' rx="{0.2 * em:.1f}"')
            x = right - wide / 2
            self.text(mark, x, y + 1.4 * em, 1.05 * em, 700, "#ffffff", anchor="middle")
            right -= wide + 0.6 * em
        for line in wrap(sheet.network, right - left - em, 1.25 * em, 600, 1):
            self.text(line, left, y + 1.45 * em, 1.25 * em, 600)
        y += 2.6 * em
        size = 2.9 * em
        while size > 2 * em and len(wrap(sheet.title, self.room, size, 700)) > 2:
            size -= 0.1 * em
        for line in text_metrics.balance(sheet.title, self.room, size, 700)[:4]:
            y += 1.16 * size
            self.text(line, self.edge, y, size, 700, self.colours.ink)
        y += 0.5 * em
        for line in text_metrics.balance(sheet.subtitle, self.room, 1.4 * em)[:3]:
            y += 1.75 * em
            self.text(line, self.edge, y, 1.4 * em)
        return y + 1.1 * em

    def _foot(self) -> float:
        """Source, coverage, definition and reference; gives where they begin."""
        sheet, em, size = self.sheet, self.em, 1.02 * self.em
        lines = wrap(sheet.notes[0], self.room, size)
        for note in sheet.notes[1:]:
            lines += wrap(note, self.room, size, 400, 3)
        # The last line shares its place with the reference.
        reference = text_metrics.width(sheet.reference, 1.05 * em, 600) + em
        right = reference if sheet.reference else 0.0
        lines = [*lines[:-1], *wrap(lines[-1], self.room - right, size)]
        top = sheet.height - 1.5 * em - 1.38 * size * len(lines)
        self.box(self.edge, top - 0.7 * em, self.room, max(1.0, em / 14), self.colours.line)
        for number, line in enumerate(lines, 1):
            self.text(line, self.edge, top + 1.38 * size * number - 0.35 * size, size)
        if sheet.reference:
            y = top + 1.38 * size * len(lines) - 0.35 * size
            right = sheet.width - self.edge
            self.text(sheet.reference, right, y, 1.05 * em, 600, self.colours.ink, anchor="end")
        return top - 1.3 * em

    def _beside_legend(self, frame: Frame) -> Frame:
        """Draws a map's scale, beside it where the picture is wide and above it where it isn't;
        gives the room that is left."""
        left, top, room, tall = frame
        em, size, legend = self.em, 1.2 * self.em, self.sheet.legend
        widths = [text_metrics.width(words, size) for _, words in legend]
        wide = max(widths, default=0.0) + 3 * em
        beside = room - wide > 1.25 * tall
        x, y = left, top
        for (colour, words), width in zip(legend, widths, strict=True):
            step = 2.6 * em + width
            if not beside and x > left and x + step > left + room:
                x, y = left, y + 1.8 * em
            edge = f' stroke="{self.colours.grey}" stroke-width="{em / 20:.1f}"'
            self.box(x, y, 1.2 * em, 1.2 * em, self.colours.of(colour), edge)
            self.text(words, x + 1.7 * em, y + 1.02 * em, size)
            x, y = (left, y + 1.8 * em) if beside else (x + step, y)
        if beside:
            return left + wide, top, room - wide, tall
        used = y + 2.4 * em - top if legend else 0.0
        return left, top + used, room, tall - used

    def _bars(self, frame: Frame) -> None:
        left, top, room, tall = frame
        em, bars, colours = self.em, self.sheet.bars, self.colours
        # Few bars are thicker, and none so thick that they look like blocks.
        each = min(tall / len(bars), max(4.4 * em, min(8 * em, 36 * em / len(bars))))
        size = min(1.45 * em, 0.62 * each)
        names = min(max(text_metrics.width(bar.name, size) for bar in bars), 0.36 * room)
        labels = max(text_metrics.width(bar.label, size, 600) for bar in bars) + 0.6 * em
        scale = room - names - 0.8 * em - labels
        most = max([bar.value for bar in bars if bar.value > 0], default=1.0)
        x = left + names + 0.8 * em
        for number, bar in enumerate(bars):
            middle = top + each * (number + 0.5)
            small = size
            while len(wrap(bar.name, names, small)) * small * 1.08 > each and small > 0.75 * size:
                small *= 0.92
            lines = wrap(bar.name, names, small, 400, max(1, int(each / (1.05 * small))))
            for index, line in enumerate(lines):
                y = middle + (index - (len(lines) - 1) / 2) * 1.08 * small + 0.35 * small
                self.text(line, x - 0.8 * em, y, small, 400, colours.ink, anchor="end")
            is_gap = math.isnan(bar.value)
            wide = 0.0 if is_gap else scale * max(bar.value, 0.0) / most
            if wide > 0:
                thick = min(0.66 * each, 3.4 * em)
                colour = colours.pale if bar.context else colours.own
                self.box(x, middle - thick / 2, wide, thick, colour)
            weight, colour = (400, colours.grey) if is_gap else (600, colours.ink)
            x_label, y = x + wide + 0.5 * em, middle + 0.35 * size
            self.text(bar.label, x_label, y, size, weight, colour)
        self.box(x - 1, top, max(1.0, em / 14), each * len(bars), colours.pale)

    def _chart(self, frame: Frame) -> None:
        import vl_convert

        left, top, *size = frame
        room, tall = map(round, size)
        spec = _drawable(json.loads(self.sheet.spec), self.colours)
        spec |= {
            "width": room,
            "height": tall,
            "padding": {"left": 2, "top": 10, "right": 10, "bottom": 2},
            "autosize": {"type": "fit", "contains": "padding"},
        }
        svg = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
        for element in ElementTree.fromstring(svg).iter(f"{SVG}text"):  # nosec B314
            weight = {"600": 600, "bold": 700}.get(element.get("font-weight", ""), 400)
            self.uses(weight, "".join(element.itertext()))
        inner = svg[svg.index(">", svg.index("<svg")) + 1 :]
        frame_at = f'x="{left:.1f}" y="{top:.1f}" width="{room}" height="{tall}"'
        self.parts.append(f"<svg {frame_at}>{inner}")

    def _map(self, frame: Frame) -> None:
        left, top, room, tall = frame
        em, colours = self.em, self.colours
        layers = {layer["id"]: layer["data"] for layer in json.loads(self.sheet.deck)["layers"]}
        project = _projection(_shown_whole(layers, colours.nothing), room, tall)

        def outline(shape: Mapping[str, Any]) -> str:
            return _path(shape["geometry"], project, room, tall)

        size = f'width="{room:.1f}" height="{tall:.1f}"'
        self.parts.append(f'<svg x="{left:.1f}" y="{top:.1f}" {size}>')
        ground = [*layers["authorities"]["features"], *layers["wards"]["features"]]
        for shape in ground:
            if path := outline(shape):
                self.parts.append(
                    f'<path d="{path}" fill="{colours.of(_colour(shape))}" '
                    f'stroke="#ffffff" stroke-width="{em / 24:.1f}"/>'
                )
        for shape in layers["bounds"]["features"]:
            thick = em / (7 if shape["properties"]["width"] > WIDE_LINE else 14)
            self.parts.append(
                f'<path d="{outline(shape)}" fill="none" stroke="{colours.ink}" '
                f'stroke-width="{thick:.1f}"/>'
            )
        for mark in layers["marks"]:
            x, y = project(mark["at"])
            self.text(mark["name"], x, y + 0.55 * em, 1.3 * em, 600, anchor="middle")
        high = 1.15 * em
        for name in layers["names"]:
            x, y = project(name["at"])
            wide = text_metrics.width(name["name"], high, 600) + 0.5 * em
            if wide / 2 < x < room - wide / 2 and high < y < tall - high:
                self.box(x - wide / 2, y - 0.95 * high, wide, 1.4 * high, "#ffffff", FAINT)
                y += 0.1 * high
                self.text(name["name"], x, y, high, 600, colours.ink, anchor="middle")
        west, south, east, north = _extent([*ground, *layers["bounds"]["features"]])
        (first, above), (last, below) = project((west, north)), project((east, south))
        if first < 0 or above < 0 or last > room or below > tall:  # a part of a larger map
            line = f' stroke="{colours.line}" stroke-width="{em / 7:.1f}"'
            self.box(0, 0, room, tall, "none", line)
        self.parts.append("</svg>")


def _drawable(part: Any, colours: Colours) -> Any:
    """The same with every text in letters that the font has, and the network's own colours."""
    if isinstance(part, dict):
        return {name: _drawable(inner, colours) for name, inner in part.items()}
    if isinstance(part, list):
        return [_drawable(inner, colours) for inner in part]
    return colours.of(text_metrics.drawable(part)) if isinstance(part, str) else part


def _shown_whole(layers: Mapping[str, Any], nothing: str) -> Sequence[Mapping[str, Any]]:
    """What a map shows whole: the area where all that is on the map lies in its frame, and
    otherwise the wider area too, as a map that ends in the middle of a borough looks torn."""
    bounds: Sequence[Mapping[str, Any]] = layers["bounds"]["features"]
    area = [shape for shape in bounds if shape["properties"]["width"] > WIDE_LINE]
    wards = [shape for shape in layers["wards"]["features"] if _colour(shape) != nothing]
    if not area or not wards:
        return bounds
    whole = [*area, *wards]
    beyond = max(map(abs, map(operator.sub, _extent(area), _extent(whole))))
    return [*bounds, *wards] if beyond > BESIDE else whole


def _extent(shapes: Sequence[Mapping[str, Any]]) -> tuple[float, float, float, float]:
    """The least and the most longitude and latitude: west, south, east, north."""
    corners = [corner for shape in shapes for ring in _rings(shape["geometry"]) for corner in ring]
    xs, ys = zip(*corners, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _colour(shape: Mapping[str, Any]) -> str:
    return "#" + "".join(f"{part:02x}" for part in shape["properties"]["colour"])


def _projection(shapes: Sequence[Mapping[str, Any]], room: float, tall: float) -> Project:
    """From longitude and latitude to the picture, the shapes whole in its middle."""
    west, south, east, north = _extent(shapes) if shapes else ENGLAND
    flat = math.cos(math.radians((south + north) / 2))
    scale = 0.94 * min(room / ((east - west) * flat), tall / (north - south))
    middle = (west + east) / 2, (south + north) / 2

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
    path = ""
    for ring in _rings(geometry):
        points = [project(at) for at in ring]
        xs, ys = zip(*points, strict=True)
        if max(xs) >= 0 and min(xs) <= room and max(ys) >= 0 and min(ys) <= tall:
            corners = [corner for corner, _ in groupby(f"{x:.1f} {y:.1f}" for x, y in points)]
            path += f"M{'L'.join(corners)}Z"
    return path
