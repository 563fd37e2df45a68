"""Streamlit's own files as they go over the wire, and our parts of its fonts."""

import asyncio
import gzip

import pyarrow as pa
import pytest
from fontTools.ttLib import TTFont
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import Message

from anchornet.server.static_files import FOLDER, PARTS, StaticFiles
from tests import page_fonts

SCRIPT = max((FOLDER / "static" / "js").glob("index.*.js"), key=lambda path: path.stat().st_size)
ADDRESS = f"/static/js/{SCRIPT.name}"
APP = StaticFiles(lambda *of: PlainTextResponse("the app answers " * 100)(*of))


def sent(accepted: str, address: str = ADDRESS, method: str = "GET") -> tuple[Headers, bytes]:
    """Headers and the bytes as they are sent."""
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        messages.append(message)

    scope = {
        "type": "http", "method": method, "path": address,
        "headers": [(b"accept-encoding", accepted.encode())],
    }  # fmt: skip
    asyncio.run(APP(scope, receive, send))
    start, *bodies = messages
    assert start["status"] == 200
    return Headers(raw=start["headers"]), b"".join(body.get("body", b"") for body in bodies)


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("GZIP", "gzip"),
        ("identity", ""),
        ("", ""),
        ("gzip; q=0", ""),
    ],
)
def test_a_script_is_sent_as_the_browser_takes_it(accepted: str, encoding: str) -> None:
    headers, content = sent(accepted)
    plain = SCRIPT.read_bytes()
    if encoding == "br":
        content = pa.decompress(content, len(plain), codec="brotli", asbytes=True)
    elif encoding == "gzip":
        content = gzip.decompress(content)
    assert content == plain
    assert headers.get("content-encoding", "") == encoding
    assert headers["vary"] == "Accept-Encoding"
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["content-type"].startswith("text/javascript")


def test_it_is_compressed_once_and_to_a_third() -> None:
    first = sent("br")[1]
    assert len(first) * 3 < SCRIPT.stat().st_size
    assert sent("br")[1] == first


def test_head_says_how_long_it_is_and_sends_nothing() -> None:
    headers, content = sent("br", method="HEAD")
    assert int(headers["content-length"]) == len(sent("br")[1])
    assert not content


@pytest.mark.parametrize(
    "address", ["/spend", "/static/js/none.js", "/static/../config.py", "/static/js", "//static"]
)
def test_what_is_no_such_file_is_left_to_the_app(address: str) -> None:
    assert sent("br", address)[1].startswith(b"the app answers")


def test_the_first_page_is_compressed_too() -> None:
    assert sent("gzip", "/")[0]["content-encoding"] == "gzip"


def test_whoever_writes_to_a_file_is_left_to_the_app() -> None:
    assert sent("br", method="POST")[1].startswith(b"the app answers")


@pytest.mark.parametrize("begins", PARTS)
def test_each_part_stands_for_one_font_of_streamlits_and_is_sent_in_its_stead(begins: str) -> None:
    (font,) = (FOLDER / "static" / "media").glob(f"{begins}.*")
    headers, content = sent("br", f"/static/media/{font.name}")
    assert content == PARTS[begins].read_bytes()
    assert headers["content-type"] == "font/woff2"
    assert len(content) * 2 < font.stat().st_size


def test_the_symbols_have_each_that_a_page_may_show() -> None:
    theirs = {name for name, *_ in page_fonts.ligatures(page_fonts.theirs("MaterialSymbols"))}
    ours = {name for name, *_ in page_fonts.ligatures(TTFont(PARTS["MaterialSymbols-Rounded"]))}
    assert page_fonts.symbols() & theirs == ours


@pytest.mark.parametrize("begins", [name for name in PARTS if name.startswith("Source")])
def test_the_letters_have_each_latin_one_in_every_weight(begins: str) -> None:
    font, whole = TTFont(PARTS[begins]), page_fonts.theirs(begins)
    assert set(font.getBestCmap()) == set(whole.getBestCmap()) & set(page_fonts.LETTERS)
    (weight,) = [axis for axis in font["fvar"].axes if axis.axisTag == "wght"]
    assert (weight.minValue, weight.maxValue) == (200, 900)
    assert "Source" not in str(font["name"].getDebugName(1))
