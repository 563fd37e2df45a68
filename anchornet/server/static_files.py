"""Streamlit's own files on the wire: compressed once, and the fonts without what no page shows.

Streamlit sends its scripts as they are, 7 MB for a first page, and leaves compression to a proxy.
"""

import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pyarrow as pa
import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

FOLDER: Final = Path(st.__file__).parent / "static"
FONTS: Final = Path(__file__).resolve().parent.parent / "fonts"
# How the name of a font of Streamlit's begins -> our part of it: the letters of Latin scripts, and
# the symbols that Streamlit or a page names (tests/page_fonts.py makes them). Other letters are
# drawn in a font of the reader's machine.
PARTS: Final[Mapping[str, Path]] = {
    "SourceSansVF-Upright": FONTS / "PageSans.woff2",
    "SourceSerifVariable-Roman": FONTS / "PageSerif.woff2",
    "MaterialSymbols-Rounded": FONTS / "PageSymbols.woff2",
}
# What a browser takes -> how hard we try. Brotli at 9 is a tenth smaller than gzip at its best and
# takes half a second for all of a first page.
LEVELS: Final[Mapping[str, int]] = {"br": 9, "gzip": 9}
CODECS: Final[Mapping[str, str]] = {"br": "brotli", "gzip": "gzip"}
# Their names change with their content.
FOR_EVER: Final = "public, max-age=31536000, immutable"


def files() -> dict[str, Path]:
    """Address -> the file that is sent for it."""
    return {
        f"/{path.relative_to(FOLDER).as_posix()}": _part(path)
        for path in (FOLDER / "static").rglob("*")
        if path.is_file()
    }


def font(name: str) -> str:
    """The address of the font whose name begins so, for a page that Streamlit does not draw."""
    return next(address for address in files() if Path(address).name.partition(".")[0] == name)


def _part(path: Path) -> Path:
    return PARTS.get(path.name.partition(".")[0], path)


class StaticFiles:
    """Answers for Streamlit's files, whose names change with their content. Pure ASGI."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._page = GZipMiddleware(app)  # Streamlit's own leaves "/" out
        self._files = files()
        self._compressed: dict[tuple[Path, str], bytes] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = self._files.get(scope["path"]) if scope["type"] == "http" else None
        if path is None or scope["method"] not in {"GET", "HEAD"}:
            app = self._page if scope["type"] == "http" and scope["path"] == "/" else self.app
            await app(scope, receive, send)
            return
        taken = Headers(scope=scope).get("accept-encoding", "")
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        headers = {"cache-control": FOR_EVER, "vary": "Accept-Encoding"}
        encoding = "" if path.suffix == ".woff2" else _best(taken)
        if encoding:
            headers["content-encoding"] = encoding
        content = await run_in_threadpool(self._content, path, encoding)
        if scope["method"] == "HEAD":
            headers["content-length"] = str(len(content))
            content = b""
        await Response(content, media_type=kind, headers=headers)(scope, receive, send)

    def _content(self, path: Path, encoding: str) -> bytes:
        content = self._compressed.get((path, encoding))
        if content is None:
            content = path.read_bytes()
            if encoding:
                codec = pa.Codec(CODECS[encoding], compression_level=LEVELS[encoding])
                content = codec.compress(content, asbytes=True)
            self._compressed[path, encoding] = content
        return content


def _best(accepted: str) -> str:
    """Of what a browser takes, what is smallest; nothing where it refuses or names none."""
    named: dict[str, str] = {}
    for entry in accepted.lower().split(","):
        name, _, weight = entry.partition(";")
        named[name.strip()] = weight.replace(" ", "")
    refused = {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return next((name for name in LEVELS if named.get(name, "q=0") not in refused), "")
