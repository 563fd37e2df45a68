"""Which encoding of one byte a character a text is in: what its high bytes then say decides."""

import codecs
import re
from collections import Counter
from collections.abc import Iterable

ENCODINGS = ("cp1252", "mac_roman", "cp850")
HIGH = re.compile(rb"[\x80-\xff]")
MOST = 200_000  # high bytes that are looked at

LETTERS = frozenset("áàâäãåæçéèêëíìîïñóòôöõøœúùûüýÿšžßÁÀÂÄÃÅÆÇÉÈÊËÍÌÎÏÑÓÒÔÖÕØŒÚÙÛÜÝŸŠŽ")
MARKS = frozenset("‘’“”–—…•·")
MONEY = frozenset("£€")
RARE = frozenset("®©™°§½¼¾²³´`¨«»ªº\u00a0")


def _table(encoding: str) -> str:
    """The character of each byte; the five that Windows-1252 doesn't define are the controls of the
    same number, as in browsers."""
    return "".join(bytes([b]).decode(encoding, "ignore") or chr(b) for b in range(256))


TABLES = {encoding: _table(encoding) for encoding in ENCODINGS}


def single_byte_encoding(lines: Iterable[bytes], bare_returns: bool) -> str:
    """The encoding under which the high bytes of the lines read best; Windows-1252 unless another
    is plainly better. A file whose lines end with CR alone comes from an old Macintosh program."""
    seen: Counter[bytes] = Counter()
    for line in lines:
        for match in HIGH.finditer(line):
            at = match.start()
            before = line[at - 1 : at] if at else b","
            seen[before + match[0] + (line[at + 1 : at + 2] or b",")] += 1
        if seen.total() > MOST:
            break
    scores = {
        encoding: sum(count * _score(triple, TABLES[encoding]) for triple, count in seen.items())
        for encoding in ENCODINGS
    }
    if bare_returns:
        scores["mac_roman"] += seen.total() / 2
    best = max(ENCODINGS, key=lambda encoding: scores[encoding])
    return best if scores[best] > max(scores["cp1252"], 0) else "cp1252"


def to_utf8(line: bytes, encoding: str) -> bytes:
    return codecs.charmap_decode(line, "strict", TABLES[encoding])[0].encode()


def _score(triple: bytes, table: str) -> float:
    """How likely the middle character is between its neighbours."""
    before, character, after = (table[byte] for byte in triple)
    if character in MONEY:
        near = after.isdigit() or after in "-)( ," or before in "(-"
        return 2 if near and not before.isalpha() and not after.isalpha() else -2
    if character in LETTERS:
        if before.isdigit() or after.isdigit() or not (before.isalpha() or after.isalpha()):
            return -2
        # A capital after a small letter, or a small one before a capital, is another character.
        mixed = (character.isupper() and before.islower()) or (
            character.islower() and after.isupper()
        )
        return -2 if mixed else 1
    if character in MARKS:
        return 1
    return 0.2 if character in RARE else -2
