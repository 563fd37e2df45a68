"""Figures as pictures: PNG, SVG and PDF, drawn in another process, so that nobody waits for it."""

import json
import math
import multiprocessing
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any

from anchornet.charts import style
from anchornet.charts.maps import LICENCE, NOTHING
from anchornet.charts.style import larger
from anchornet.csv_export import csv_bytes
from anchornet.exports import text_metrics
from anchornet.exports.picture_layout import Colours, Sheet, draw, end_with_the_app, pixels
from anchornet.exports.shared_chart import SAMPLE, Figure
from anchornet.facts.catalogue import CATALOGUE
from anchornet.indicators.disclosure import HIDDEN
from anchornet.indicators.judgement import IN_POUNDS
from anchornet.periods import month_text
from anchornet.settings import Settings
from anchornet.store.network import NotPossible

FORMS = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}
LARGER = 1.3  # times: letters of a chart, which on a page stand closer to the eye
PATIENCE = 60.0  # seconds
# A month that is hidden, where its point would be; rows of courses carry their text.
STAR = {
    "transform": [{"filter": f"datum.label === '{HIDDEN}'"}],
    "mark": {"type": "text", "text": HIDDEN, "dy": -4, "fontSize": 26, "color": style.GREY},
    "encoding": {"y": {"value": "height"}},
}


@dataclass(frozen=True)
class Size:
    """A picture of so many pixels, twice as many in a PNG. `scale`: how large its letters are;
    `points`: how many of a PDF's a pixel is."""

    title: str
    width: int
    height: int
    scale: float
    points: float = 0.75


SIZES: Mapping[str, Size] = {
    "post": Size("Post, 1200 × 675", 1200, 675, 1.0),
    "square": Size("Square, 1080 × 1080", 1080, 1080, 1.15),
    "portrait": Size("Portrait, 1080 × 1350", 1080, 1350, 1.2),
    "half_page": Size("Half a page of A4", 1240, 874, 1.05, 595.28 / 1240),
    "slide": Size("Slide, 16:9", 1280, 720, 1.08),
}

_lock = Lock()
_pool: ProcessPoolExecutor | None = None


def render(figure: Figure, size: str, form: str, *, draft: bool = False) -> bytes:
    """The figure as a picture; a `draft` says so on it. Raises NotPossible, with a sentence, where
    it can't be drawn; the next one is drawn by a new process."""
    if size not in SIZES or form not in FORMS:
        raise NotPossible(f"Pictures are {', '.join(SIZES)}, as {', '.join(FORMS)}.")
    return _elsewhere(draw, sheet_of(figure, SIZES[size], draft), form)


def csv(figure: Figure) -> bytes:
    """Exactly what is drawn, as CSV, pounds to the penny; what is hidden is a star, and what isn't
    known is empty."""
    rows = figure.rows.copy()
    digits = 2 if CATALOGUE[figure.asked.indicator].unit == "gbp" else 6
    rows = rows.assign(value=rows["value"].round(digits))
    rows.insert(0, "reference", figure.reference)
    rows["period"] = rows["period"].map(month_text)
    rows["value"] = [
        HIDDEN if math.isnan(value) and shown != "–" and why != IN_POUNDS else value
        for value, shown, why in zip(
            rows["value"].astype(object),
            rows["shown"],
            rows["unjudged"] if "unjudged" in rows else [None] * len(rows),
            strict=True,
        )
    ]
    if figure.sample:
        rows["note"] = SAMPLE
    return csv_bytes(rows)


def logo_png(settings: Settings) -> bytes | None:
    """The network's logo as PNG, for what takes no SVG; None where there is none to be had."""
    logo = settings.logo
    if not logo.data:
        return None
    return logo.data if logo.suffix == ".png" else _drawn(logo.data)


@lru_cache(1)
def _drawn(svg: bytes) -> bytes | None:
    try:
        return _elsewhere(pixels, svg.decode())
    except (NotPossible, ValueError):
        return None


def _elsewhere(work: Callable[..., bytes], *given: object) -> bytes:
    global _pool
    with _lock:
        if _pool is None:
            spawn = multiprocessing.get_context("spawn")
            _pool = ProcessPoolExecutor(1, spawn, initializer=end_with_the_app)
        pool = _pool
    try:
        return pool.submit(work, *given).result(PATIENCE)
    except (BrokenProcessPool, TimeoutError):
        with _lock:
            if _pool is pool:
                _pool = None
        _end(pool)
        raise NotPossible("The picture could not be drawn. Please try again.") from None


def _end(pool: ProcessPoolExecutor) -> None:
    """Ends the pool with its process, which may never come to an end by itself."""
    for process in list((getattr(pool, "_processes", None) or {}).values()):
        process.kill()
    pool.shutdown(wait=False, cancel_futures=True)


def sheet_of(figure: Figure, size: Size, draft: bool) -> Sheet:
    """What is drawn, in plain values."""
    about = f"{figure.source}; {figure.coverage}; {figure.as_at}."
    control = f"{figure.control.rstrip('.')}." if figure.control else ""
    marks = ["Sample data, all invented" if figure.sample else "", "Draft" if draft else ""]
    return Sheet(
        width=size.width,
        height=size.height,
        scale=size.scale,
        points=size.points,
        title=figure.title,
        subtitle=figure.subtitle,
        notes=(
            figure.definition,
            f"{about} {control}".rstrip(),
            *([LICENCE] if figure.deck else []),
        ),
        reference=figure.reference,
        network=figure.network,
        colours=colours(figure.colour),
        logo=figure.logo,
        marks=tuple(filter(None, marks)),
        described=figure.alt,
        legend=figure.legend,
        spec=_spec(figure, LARGER * size.scale),
        bars=figure.bars,
        deck=figure.deck,
    )


def _spec(figure: Figure, times: float) -> str:
    if figure.chart is None:
        return ""
    data = figure.chart.data
    rows = data.astype(object).where(data.notna(), None).to_dict("records")
    spec: dict[str, Any] = {**figure.chart.spec, "data": {"values": rows}}
    if "label" in data and "month" in data and data["label"].eq(HIDDEN).any():
        spec["layer"] = [*spec["layer"], STAR]
    return json.dumps(larger(spec, times)).replace(style.FONT, text_metrics.FAMILY)


def colours(own: str) -> Colours:
    """The colours of pictures for a network with a colour of its own."""
    blues = [style.ACCENT, style.RINGS["wider_area"], *style.RAMP]
    return Colours(
        own=own,
        ink=style.INK,
        grey=style.GREY,
        pale=style.PALE,
        line=style.LINE,
        nothing=NOTHING,
        instead={} if own == style.ACCENT else {blue: _tinted(blue, own) for blue in blues},
    )


def _tinted(blue: str, own: str) -> str:
    """A blue of the charts in another colour: mixed with white as far as the blue is against the
    accent, and with black where the blue is darker."""

    def parts(text: str) -> list[int]:
        return list(bytes.fromhex(text[1:]))

    def light(text: str) -> float:
        return sum(parts(text)) / (3 * 255)

    share = (light(blue) - light(style.ACCENT)) / (1 - light(style.ACCENT))
    towards = 255 if share > 0 else 0
    mixed = (round(part + (towards - part) * abs(share)) for part in parts(own))
    return "#" + "".join(f"{part:02x}" for part in mixed)
