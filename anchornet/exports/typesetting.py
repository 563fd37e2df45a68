"""PDF files: tagged (PDF/UA-1), with a title and a language, laid out by Typst in our own fonts.

Nothing is written to the disk or fetched, and Typst lets other threads go on meanwhile.
"""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from anchornet.charts.style import GREY, INK, LINE, PALE
from anchornet.exports import text_metrics

# Typst keeps what it worked out in as many runs, some 30 MB of a pack; empty ones let it go.
KEPT = 10


def pdf(template: Path, name: str, data: dict[str, Any], accent: str, made_at: datetime) -> bytes:
    """What the template makes of the data, which it gets as JSON under `name`, with the font and
    the colours."""
    data = data | {
        "font": text_metrics.FAMILY,
        "colours": {"ink": INK, "grey": GREY, "line": LINE, "pale": PALE, "accent": accent},
    }
    compiler = typst.Compiler(template, font_paths=_fonts(), sys_inputs={name: json.dumps(data)})
    moment = made_at.replace(microsecond=0, tzinfo=UTC)
    file = compiler.compile(format="pdf", pdf_standards="ua-1", timestamp=moment)
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
