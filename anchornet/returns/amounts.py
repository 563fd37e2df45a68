"""Amounts in the standard form, 1234.50 or -1234.50, as most cells of a long list have them: read
from their bytes, all at once."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from anchornet.returns.csv_quotes import Flags, Narrow
from anchornet.returns.csv_records import WORD, Words, in_threads

Pence = npt.NDArray[np.int64]
KIND = pa.decimal128(16, 2)
MOST_FIGURES = 13  # before the point: of the last eight characters five, and eight
NOUGHTS = 0x3030303030303030  # of eight bytes each
TO_HIGHEST_ABOVE_NINE = 0x7676767676767676
HIGHEST_BITS = 0x8080808080808080


def standard_pence(cells: pa.ChunkedArray) -> tuple[Pence, Flags]:
    """The pence of each cell, and which cells are in the standard form."""
    parts = in_threads(_standard_pence, cells.chunks)
    pence, flags = zip(*parts, strict=True) if parts else ((), ())
    return (
        np.concatenate([np.empty(0, dtype=np.int64), *pence]),
        np.concatenate([np.empty(0, dtype=bool), *flags]),
    )


def _standard_pence(cells: pa.StringArray) -> tuple[Pence, Flags]:
    if not len(cells):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=bool)
    _, offset_buffer, text_buffer = cells.buffers()
    offsets = np.frombuffer(offset_buffer, dtype=np.int32)
    offsets = offsets[cells.offset : cells.offset + len(cells) + 1]
    text = np.frombuffer(text_buffer or b"", dtype=np.uint8)[offsets[0] : offsets[-1]]
    # Words begin before the first cell, and a last cell that is blank begins after the end.
    text = np.concatenate([np.zeros(2 * WORD, dtype=np.uint8), text, [np.uint8(0)]])
    starts = offsets[:-1] - offsets[0] + 2 * WORD
    ends = offsets[1:] - offsets[0] + 2 * WORD
    minus = text[starts] == ord("-")
    pounds = ends - starts - len(".00") - minus
    standard = (pounds >= 1) & (pounds <= MOST_FIGURES)
    words = np.ndarray((len(text) - WORD + 1,), np.uint64, text, strides=(1,))
    last = words[ends - WORD]
    standard &= last >> 40 & 0xFF == ord(".")
    # The five figures before the point move to where it was.
    last = last & 0xFFFF << 48 | (last & (1 << 40) - 1) << 8
    pence, are_figures = _eight_figures(last, np.clip(pounds, 0, 5) + 2)
    standard &= are_figures
    long = np.flatnonzero(standard & (pounds > 5))
    if len(long):
        more, are_figures = _eight_figures(words[ends[long] - 2 * WORD], pounds[long] - 5)
        pence[long] += more * 10**7
        standard[long] = are_figures
    return np.where(minus, -pence, pence), standard


def _eight_figures(words: Words, count: Narrow) -> tuple[Pence, Flags]:
    """The number that the last `count` characters of a word make, and whether all are figures. By
    pairs, fours and eights, whose values stand in the bytes of one number."""
    kept = ~np.uint64(0) << (8 * (WORD - count)).astype(np.uint64)
    figures = (words ^ NOUGHTS) & kept
    are_figures = ((figures + TO_HIGHEST_ABOVE_NINE) | figures) & HIGHEST_BITS == 0
    pairs = figures * (10 << 8 | 1) >> 8 & 0x00FF00FF00FF00FF
    fours = pairs * (100 << 16 | 1) >> 16 & 0x0000FFFF0000FFFF
    eights = fours * (10_000 << 32 | 1) >> 32
    return eights.astype(np.int64), np.asarray(are_figures)


def as_decimals(pence: Pence, known: Flags) -> pa.Array:
    """Arrow's amounts of 16 figures, null where not known."""
    halves = np.stack([pence, pence >> 63], axis=1)  # a number of 128 bits, the low half first
    bits = pa.py_buffer(np.packbits(known, bitorder="little"))
    return pa.Array.from_buffers(KIND, len(pence), [bits, pa.py_buffer(halves)])


def as_pence(amounts: pa.Array) -> tuple[Pence, Flags]:
    """The way back: the pence, and which are known."""
    halves = np.frombuffer(amounts.buffers()[1] or b"", dtype=np.int64).reshape(-1, 2)
    pence = halves[amounts.offset : amounts.offset + len(amounts), 0]
    return pence, amounts.is_valid().to_numpy(zero_copy_only=False)
