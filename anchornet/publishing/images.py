"""Figures as pictures: PNG, SVG and PDF, drawn in another process, so that nobody waits for it."""

import json
import multiprocessing
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from threading import Lock

import pandas as pd

from anchornet.publishing import lettering, poster
from anchornet.publishing.disclosure import HIDDEN
from anchornet.publishing.figure import Figure
from anchornet.publishing.poster import Bar, Sheet
from anchornet.publishing.tables import csv_bytes
from anchornet.settings import month_text
from anchornet.store.network import NotPossible

FORMS = ("png", "svg", "pdf")
PATIENCE = 60  # seconds
AT_ONCE = 2  # times as many pixels in a PNG


@dataclass(frozen=True)
class Size:
    """A picture of so many pixels, in a PNG twice as many; `points` a pixel is in a PDF; `scale`:
    how large its letters are."""

    title: str
    width: int
    height: int
    scale: float
    points: float = 0.75


SIZES: Mapping[str, Size] = {
    "post": Size("Post, 1200 × 675", 1200, 675, 1.0),
    "square": Size("Square, 1080 × 1080", 1080, 1080, 1.1),
    "portrait": Size("Portrait, 1080 × 1350", 1080, 1350, 1.15),
    "half_page": Size("Half a page of A4", 1240, 874, 1.05, 595.28 / 1240),
    "slide": Size("Slide, 16:9", 1280, 720, 1.08),
}

_lock = Lock()
_pool: ProcessPoolExecutor | None = None


def render(figure: Figure, size: str, form: str, *, draft: bool = False) -> bytes:
    """The figure as a picture. Raises NotPossible where it can't be drawn, with a sentence."""
    if size not in SIZES or form not in FORMS:
        raise NotPossible(f"Pictures are {', '.join(SIZES)} and {', '.join(FORMS)}.")
    sheet = _sheet(figure, SIZES[size], draft)
    return _elsewhere(sheet, form, SIZES[size].points)


def csv(figure: Figure) -> bytes:
    """Exactly what is drawn, as CSV; what is hidden is a star, and what isn't known is empty."""
    rows = figure.rows.copy()
    rows.insert(0, "reference", figure.reference)
    rows["period"] = [month_text(it) for it in rows["period"]]
    rows["value"] = [
        HIDDEN if shown == HIDDEN else value
        for value, shown in zip(rows["value"].astype(object), rows["shown"], strict=True)
    ]
    return csv_bytes(rows)


def _elsewhere(sheet: Sheet, form: str, points: float) -> bytes:
    global _pool
    with _lock:
        if _pool is None:
            _pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
        pool = _pool
    try:
        return pool.submit(draw, sheet, form, points).result(PATIENCE)
    except (BrokenProcessPool, TimeoutError):
        with _lock:
            if _pool is pool:
                _pool = None
        pool.shutdown(wait=False, cancel_futures=True)
        raise NotPossible("The picture could not be drawn. Please try again.") from None


def draw(sheet: Sheet, form: str, points: float) -> bytes:
    """The picture, drawn here: for the process that draws."""
    import vl_convert  # it is large, and only this process needs it

    vl_convert.register_font_directory(str(lettering.FOLDER))
    svg = poster.lay_out(sheet)
    if form == "svg":
        return svg.encode()
    if form == "pdf":
        return bytes(vl_convert.svg_to_pdf(svg, scale=points))
    return bytes(vl_convert.svg_to_png(svg, scale=AT_ONCE))


def _sheet(figure: Figure, size: Size, draft: bool) -> Sheet:
    bars: tuple[Bar, ...] = ()
    spec = ""
    if figure.asked.chart == "bars":
        data = figure.chart.data if figure.chart else pd.DataFrame()
        bars = tuple(
            Bar(row["name"], row["value"], row["label"], row["hue"] != "#005a9c")
            for row in data.to_dict("records")
        )
    elif figure.chart is not None:
        rows = figure.chart.data.astype(object).where(figure.chart.data.notna(), None)
        spec = json.dumps(dict(figure.chart.spec) | {"data": {"values": rows.to_dict("records")}})
    notes = (
        figure.definition,
        f"Source: {figure.source}. {figure.coverage}. {figure.as_at}.",
    )
    marks = [*(["SAMPLE DATA"] if figure.sample else []), *(["DRAFT"] if draft else [])]
    return Sheet(
        width=size.width,
        height=size.height,
        scale=size.scale,
        title=figure.title,
        subtitle=figure.subtitle,
        notes=notes,
        reference=figure.reference,
        network=figure.settings.network_name,
        colour="#005a9c",
        logo="",
        marks=tuple(marks),
        described=figure.alt,
        legend=figure.legend,
        spec=spec,
        bars=bars,
        deck=figure.ward_map.deck.to_json() if figure.ward_map else "",
    )
