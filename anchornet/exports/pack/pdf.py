"""A deck as PDF, laid out from pdf.typ."""

import io
from base64 import b64encode
from datetime import date
from pathlib import Path
from typing import Any

from PIL import Image

from anchornet import formatting
from anchornet.exports import text_metrics
from anchornet.exports.pack.slides import MARKS, Deck, Mark, Plot
from anchornet.exports.typesetting import pdf

TEMPLATE = Path(__file__).with_name("pdf.typ")
LABELS_APART = 0.06  # of the plot's height


def write(deck: Deck) -> bytes:
    """The deck as a .pdf file."""
    return pdf(TEMPLATE, "deck", _plain(deck), deck.accent, deck.made_at)


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
