"""What a file is: its bytes become UTF-8 text, or a refusal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anchornet.returns.encodings import single_byte_encoding, to_utf8
from anchornet.returns.findings import SEND, Refused

if TYPE_CHECKING:
    from anchornet.returns.workbook import Sheet


@dataclass(frozen=True)
class Text:
    """UTF-8 that ends with LF; lines end with LF or CRLF. A workbook has `sheets` instead."""

    data: bytes
    encoding: str
    sheets: tuple[Sheet, ...] = ()
    is_ascii: bool = False  # False where nobody has looked, too


OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")

# First bytes that no list starts with.
COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!\x1a\x07": "RAR",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "Zstandard",
}
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*")
OTHER_KINDS = {
    **{start: f"compressed file ({kind}). Unpack it first" for start, kind in COMPRESSED.items()},
    **dict.fromkeys(PICTURES, "picture"),
    b"RIFF": "picture or a recording",
    b"{\\rtf": "text document (RTF)",
    b"PAR1": "Parquet file",
    b"SQLite format 3\x00": "database file",
    b"%!PS": "document made for printing (PostScript)",
}
NOT_TEXT = f"This is not a text file or an Excel workbook that can be read. {SEND}"
EMPTY = f"The file is empty: it holds no text at all. {SEND}"
HTML = "This is a web page (HTML), whatever its name says. Open it in Excel and save it as CSV."
XML = f"This is an XML file. Open it in Excel or in the system it came from. {SEND}"
JSON = f"This is a JSON file. {SEND}"
UTF32 = f"This text is saved as UTF-32, which few programs use. Save it as CSV UTF-8. {SEND}"

# Bytes that a spreadsheet's text does not hold; tab, line ends, form feed and Ctrl-Z are let by.
CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\x0b\x0c\x1a") | {127})
KEEP = bytes(set(range(256)) - set(CONTROLS))

CHUNK = 1 << 20

# Each line takes memory of its own, some hundred bytes: a large file has no shorter ones than this
# on average, which no return comes near.
SHORTEST_LINE, LARGE = 16, 1 << 20  # bytes
LONGEST_LINE = 4 << 20


def recognise(data: bytes) -> Text:
    """Raises Refused for anything but delimited text or an .xlsx workbook, whatever its name."""
    if not data:
        raise Refused(EMPTY)
    if data.startswith(ZIP):
        from anchornet.returns.workbook import workbook_sheets

        return Text(b"", "xlsx", workbook_sheets(data))
    _refuse_other_kinds(data)
    text, encoding, is_ascii = _decoded(data)
    if b"\0" in text:
        raise Refused(NOT_TEXT)
    head = text[:65536]
    if len(head.translate(None, KEEP)) > max(len(head) // 50, 1):
        raise Refused(NOT_TEXT)
    # Old DOS programs end a text with Ctrl-Z.
    text = text.rstrip(b"\x1a") if text.endswith(b"\x1a") else text
    if not is_ascii and b"\xef" in text:  # files put together have a byte-order mark each
        text = text.replace(b"\n\xef\xbb\xbf", b"\n")
    _refuse_markup(text[:4096])
    if not text.endswith(b"\n"):
        text += b"\n"
    return Text(text, encoding, is_ascii=is_ascii)


def _refuse_other_kinds(data: bytes) -> None:
    if data.startswith(OLD_OFFICE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise Refused(
                "This workbook is locked with a password. Save a copy without one and send that."
            )
        raise Refused(
            "This is an old Office file (.xls, .doc or the like). "
            "Open it and save it as .xlsx or as CSV, and send that."
        )
    if b"%PDF-" in data[:1024]:
        raise Refused(f"This is a PDF. {SEND}")
    for start, kind in OTHER_KINDS.items():
        if data.startswith(start):
            raise Refused(f"This is a {kind}. {SEND}")


def _refuse_markup(head: bytes) -> None:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n\x0b\x0c").lower()
    if re.match(rb"<(!doctype html|html|head|body|table|meta|div|style|script|!--)", start):
        raise Refused(HTML)
    if re.match(rb"<\?xml|<!doctype|<[a-z][a-z0-9:_-]*[\s/>]", start):
        raise Refused(HTML if b"<html" in start or b"<table" in start else XML)
    if re.match(rb'\{\s*["}]|\[\s*[\[{]|\[\s*"[^"]*"\s*[,\]]|\[\s*\]\s*$', start):
        raise Refused(JSON)


def _decoded(data: bytes) -> tuple[bytes, str, bool]:
    """UTF-8 bytes with LF or CRLF line ends, the name of the encoding they came in, and whether
    they are known to be ASCII."""
    if data.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        raise Refused(UTF32)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _lines(data.decode("utf-16", "replace").encode()), "utf-16", False
    if data.startswith(b"\xef\xbb\xbf"):
        text, encoding, is_ascii = _utf8(_lines(data[3:]), False)
        return text, "utf-8-sig" if encoding == "utf-8" else encoding, is_ascii
    if order := _utf16_without_mark(data[:4096]):
        return _lines(data.decode(order, "replace").encode()), "utf-16", False
    return _utf8(_lines(data), b"\n" not in data and b"\r" in data)


def _lines(data: bytes) -> bytes:
    """The text with LF or CRLF line ends. Raises Refused for lines so many, or so long, that they
    would take memory out of proportion."""
    text, start = _line_ends(data), 0
    while len(text) - start > LONGEST_LINE:
        end = text.rfind(b"\n", start, start + LONGEST_LINE + 1)
        if end < 0:
            line = text.count(b"\n", 0, start) + 1
            raise Refused(
                f"Line {line:,} holds more than {LONGEST_LINE >> 20} million characters, so this "
                "is not a list with one line a row. Export it again as CSV or Excel."
            )
        start = end + 1
    array = np.frombuffer(text, dtype=np.uint8)
    chunks = range(0, len(text), CHUNK)
    lines = sum(np.count_nonzero(array[start : start + CHUNK] == 10) for start in chunks)
    if len(text) > LARGE and len(text) < lines * SHORTEST_LINE:
        raise Refused(
            f"The file has {lines:,} lines, and most of them hold next to nothing. "
            "Delete the empty rows, those below the list too, and send it again."
        )
    return text


def _line_ends(data: bytes) -> bytes:
    """LF and CRLF stay as they are; where a CR stands by itself, all become LF."""
    if b"\r" not in data:
        return data
    array = np.frombuffer(data, dtype=np.uint8)
    for start in range(0, len(data), CHUNK):
        returns = array[start : start + CHUNK] == 13
        after = array[start + 1 : start + CHUNK + 1] == 10
        if np.count_nonzero(returns) != np.count_nonzero(returns[: len(after)] & after):
            break
    else:
        return data
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _utf16_without_mark(head: bytes) -> str | None:
    """Mostly Latin text in UTF-16 has a zero in every other byte."""
    pairs = len(head) // 2
    if pairs < 2:
        return None
    first, second = head[0::2].count(0), head[1::2].count(0)
    if first + second > pairs * 1.2:
        raise Refused(UTF32 if head.count(b"\0\0\0") > pairs // 4 else NOT_TEXT)
    if second > pairs * 0.6 and first < pairs * 0.1:
        return "utf-16-le"
    if first > pairs * 0.6 and second < pairs * 0.1:
        return "utf-16-be"
    return None


def _utf8(data: bytes, bare_returns: bool) -> tuple[bytes, str, bool]:
    """The text in UTF-8, the name of its encoding, and whether it is ASCII.

    A line that is not UTF-8 is read in an encoding of one byte a character, by itself: files glued
    together from two systems hold both.
    """
    if data.isascii():
        return data, "utf-8", True
    stretches: list[tuple[int, int]] = []  # of whole lines, some of which are not UTF-8
    start = 0
    while start < len(data):
        end = data.find(b"\n", start + CHUNK) + 1 or len(data)
        if not _is_utf8(data[start:end]):
            stretches.append((start, end))
        start = end
    if not stretches:
        return data, "utf-8", False
    lines = {stretch: data[slice(*stretch)].split(b"\n") for stretch in stretches}
    encoding = single_byte_encoding(
        (line for several in lines.values() for line in several if not _is_utf8(line)),
        bare_returns,
    )
    parts: list[bytes | memoryview] = []
    view, done = memoryview(data), 0
    for (start, end), several in lines.items():
        decoded = (line if _is_utf8(line) else to_utf8(line, encoding) for line in several)
        parts += [view[done:start], b"\n".join(decoded)]
        done = end
    return b"".join([*parts, view[done:]]), encoding, False


def _is_utf8(text: bytes) -> bool:
    try:
        return text.isascii() or text.decode() is not None
    except UnicodeDecodeError:
        return False
