"""The letters of pictures: fonts that ship with the product, so that every machine sets the same.

Anchornet Sans is Source Sans 3 under another name, which its licence asks of what was converted.
"""

import base64
import io
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

FAMILY = "Anchornet Sans"
FOLDER = Path(__file__).resolve().parent.parent / "fonts"
FILES: Mapping[int, Path] = {
    400: FOLDER / "AnchornetSans-Regular.ttf",
    600: FOLDER / "AnchornetSans-SemiBold.ttf",
    700: FOLDER / "AnchornetSans-Bold.ttf",
}
LACKING = "?"  # instead of a letter that the font doesn't have


@cache
def _advances(weight: int) -> Mapping[int, float]:
    """Code point -> how wide its letter is, of a size of 1."""
    from fontTools.ttLib import TTFont  # here, so that the app starts without

    font = TTFont(FILES[weight], lazy=True)
    units = font["head"].unitsPerEm
    widths = font["hmtx"].metrics
    return {code: widths[glyph][0] / units for code, glyph in font.getBestCmap().items()}


def drawable(text: str) -> str:
    """The text in letters that the font has: what it lacks becomes its nearest plain letters, else
    a question mark; marks that show nothing are left out."""
    font = _advances(400)
    letters = ""
    for letter in text:
        if letter.isspace():
            letters += letter if ord(letter) in font else " "
        elif unicodedata.category(letter) in ("Cc", "Cf"):
            continue
        elif ord(letter) in font:
            letters += letter
        elif not unicodedata.combining(letter):
            plain = (one for one in unicodedata.normalize("NFKD", letter) if ord(one) in font)
            letters += "".join(plain) or LACKING
    return letters


def width(text: str, size: float, weight: int = 400) -> float:
    """How wide the text is set, in the unit of `size`; kerning makes it a little less."""
    advances = _advances(weight)
    return size * sum(advances.get(ord(letter), 0.6) for letter in drawable(text))


def wrap(text: str, room: float, size: float, weight: int = 400, most: int = 99) -> list[str]:
    """The text in lines no wider than `room`; what is beyond `most` of them is left out."""
    lines: list[str] = []
    for word in _pieces(text, room, size, weight):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and width(joined, size, weight) <= room:
            lines[-1] = joined
        else:
            lines.append(word)
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and width(f"{last}…", size, weight) > room:
        last = last[:-1]
    return [*lines[: most - 1], f"{last.rstrip(' ,;:.')}…"]


def balance(text: str, room: float, size: float, weight: int = 400) -> list[str]:
    """`wrap`, in lines of about the same width: no word stands alone below a full line."""
    lines = wrap(text, room, size, weight)
    low, high = room / max(len(lines), 1) * 0.9, room
    while len(lines) > 1 and high - low > 4:
        middle = (low + high) / 2
        narrow = wrap(text, middle, size, weight)
        if len(narrow) > len(lines):
            low = middle
        else:
            high = middle
    return wrap(text, high, size, weight)


def _pieces(text: str, room: float, size: float, weight: int) -> Iterable[str]:
    """Its words; one that is wider than the room, in parts."""
    for word in text.split(" "):
        rest = word
        while width(rest, size, weight) > room and len(rest) > 1:
            part = len(rest) - 1
            while part > 1 and width(rest[:part], size, weight) > room:
                part -= 1
            yield rest[:part]
            rest = rest[part:]
        if rest:
            yield rest


def faces(used: Mapping[int, str]) -> str:
    """The letters that are used, weight by weight, as CSS that carries them with it."""
    return "".join(
        f'@font-face{{font-family:"{FAMILY}";font-weight:{weight};'
        f"src:url(data:font/ttf;base64,{_subset(weight, ''.join(sorted(set(text))))})}}"
        for weight, text in used.items()
        if text
    )


@cache
def _subset(weight: int, letters: str) -> str:
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    options = Options()
    options.hinting = False
    options.layout_features = ["kern", "ccmp", "locl", "mark", "mkmk"]
    font = TTFont(FILES[weight], recalcTimestamp=False)  # the same letters, the same bytes
    subsetter = Subsetter(options)
    subsetter.populate(text=letters)
    subsetter.subset(font)
    data = io.BytesIO()
    font.save(data)
    return base64.b64encode(data.getvalue()).decode()
