"""A deck as PDF: tagged (PDF/UA-1), with a title and a language, laid out by Typst from pdf.typ.

Nothing is written to the disk or fetched, and Typst lets other threads go on meanwhile.
"""

import io
import json
from base64 import b64encode
from datetime import UTC, date
from functools import cache
from pathlib import Path
from typing import Any

import typst
from PIL import Image

from anchornet import formatting
from anchornet.charts.style import GREY, INK, LINE, PALE
from anchornet.exports import text_metrics
from anchornet.exports.pack.slides import MARKS, Deck, Mark, Plot

TEMPLATE = Path(__file__).with_name("pdf.typ")
LABELS_APART = 0.06  # of the plot's height
# Typst keeps what it worked out in as many runs, some 30 MB of a pack; empty ones let it go.
KEPT = 10


def write(deck: Deck) -> bytes:
    """The deck as a .pdf file."""
    data = _plain(deck) | {
        "font": text_metrics.FAMILY,
        "colours": {"ink": INK, "grey": GREY, "line": LINE, "pale": PALE, "accent": deck.accent},
    }
    compiler = typst.Compiler(TEMPLATE, font_paths=_fonts(), sys_inputs={"deck": json.dumps(data)})
    made_at = deck.made_at.replace(microsecond=0, tzinfo=UTC)
    file = compiler.compile(format="pdf", pdf_standards="ua-1", timestamp=made_at)
    for _ in range(KEPT):
        compiler.compile(b"", format="svg")
    if not isinstance(file, bytes):
        raise TypeError("Typst gives a PDF as bytes.")
    return file


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[text_metrics.FOLDER],
    )


def _plain(value: Any) -> Any:
    """The value as JSON can hold it."""
    if isinstance(value, str):
        return text_metrics.drawable(value)
    if isinstance(value, bytes):
        return _picture(value)
    if isinstance(value, date | Path):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, Mark):
        sign, colour, ink = MARKS[value.kind]
        word = text_metrics.drawable(value.word)
        return {"sign": sign, "colour": colour, "ink": ink, "word": word, "bold": value.is_bold}
    if isinstance(value, Plot):
        return _plot(value)
    if hasattr(value, "__dataclass_fields__"):
        parts = {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
        return {"kind": type(value).__name__, **parts}
    return value


def _picture(data: bytes) -> str:
    """An SVG that carries the picture: text, which is all that Typst takes from memory."""
    picture = Image.open(io.BytesIO(data))
    width, height = picture.size
    address = f"data:image/{str(picture.format).lower()};base64,{b64encode(data).decode()}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="{address}"/></svg>'
    )


def _plot(plot: Plot) -> dict[str, Any]:
    low, high, step = plot.scale()
    ticks = [low + step * count for count in range(round((high - low) / step + 0.4) + 1)]
    return {
        "alt": text_metrics.drawable(plot.alt),
        "columns": plot.is_columns,
        "last": plot.last,
        "low": low,
        "high": high,
        "ticks": [[tick, plot.axis_words(tick)] for tick in ticks if tick <= high + step / 100],
        "every": plot.months_between_labels,
        "months": [formatting.month(month, short=True) for month in plot.months],
        "values": plot.values,
        "labels": plot.labels,
        "profile": plot.profile,
        "profile_labels": [
            value if value is None else f"Profile {formatting.figure(value, plot.unit)}"
            for value in plot.profile
        ],
        "apart": plot.apart(LABELS_APART),
    }
