"""Amounts in the standard form, 1234.50 or -1234.50, as most cells of a long list have them: read
from their bytes, all at once."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from anchornet.returns.csv_quotes import Flags
from anchornet.returns.csv_records import in_threads

Pence = npt.NDArray[np.int64]
KIND = pa.decimal128(16, 2)
MOST_FIGURES = 13  # before the point


def standard_pence(cells: pa.ChunkedArray) -> tuple[Pence, Flags]:
    """The pence of each cell, and which cells are in the standard form."""
    parts = in_threads(_standard_pence, cells.chunks)
    pence, flags = zip(*parts, strict=True) if parts else ((), ())
    return (
        np.concatenate([np.empty(0, dtype=np.int64), *pence]),
        np.concatenate([np.empty(0, dtype=bool), *flags]),
    )


def _standard_pence(cells: pa.StringArray) -> tuple[Pence, Flags]:
    _, offset_buffer, text_buffer = cells.buffers()
    offsets = np.frombuffer(offset_buffer or b"", dtype=np.int32)
    offsets = offsets[cells.offset : cells.offset + len(cells) + 1]
    text = np.frombuffer(text_buffer or b"", dtype=np.uint8)
    pence = np.zeros(len(cells), dtype=np.int64)
    if len(text) < len("0.00"):
        return pence, np.zeros(len(cells), dtype=bool)
    starts, ends = offsets[:-1], offsets[1:]
    # What stands beyond a short cell is another's; such a cell is not in the standard form.
    minus = text[np.minimum(starts, len(text) - 1)] == ord("-")
    pounds = ends - starts - len(".00") - minus
    standard = (pounds >= 1) & (pounds <= MOST_FIGURES)
    standard &= text[np.maximum(ends - 3, 0)] == ord(".")
    figures = text - np.uint8(ord("0"))  # above 9 where it is none
    last = int(pounds.max(where=standard, initial=0))
    for power, back in enumerate([1, 2, *range(4, 4 + last)]):
        figure = figures[np.maximum(ends - back, 0)]
        inside = pounds >= back - len(".00") if back > 2 else True
        standard &= (figure <= 9) | ~np.asarray(inside)
        pence += np.where(inside, figure, 0) * np.int64(10**power)
    return np.where(minus, -pence, pence), standard


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
