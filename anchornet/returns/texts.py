"""The different texts of a column, so that what stands on many lines is looked at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from anchornet.returns.csv_quotes import Flags, Narrow, Positions

# Of what the column holds here and there, so much is different at most where texts are counted as
# few: to know many of them apart costs more than to look at each.
FEW = 0.5
GROWING = 0.25
SURELY, GLANCE = 0.05, 4_000  # of so many rows of a part: then it needs no longer look
KIND = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True)
class Texts:
    """A column's different texts, and the number of its text for each row. Where nearly every row
    has one of its own there are no numbers, and the texts are the cells as they stand."""

    texts: pa.ChunkedArray
    numbers: pa.ChunkedArray | None = None

    def numbered(self) -> Texts:
        return self if self.numbers is not None else different_texts(self.texts)

    def rows(self, flags: Flags) -> Positions:
        """The rows whose text is flagged; a flag for each text."""
        if self.numbers is None:
            return np.flatnonzero(flags)
        return np.flatnonzero(flags[self.numbers.to_numpy()]) if flags.any() else EMPTY

    def spread(self, values: pa.Array) -> pa.ChunkedArray:
        """The values, one a text, row by row."""
        if self.numbers is None:
            return pa.chunked_array([values])
        numbers = self.numbers
        if values.null_count:
            # In the numbers, not among the values: there, not all who read them look for nulls.
            known = values.is_valid().to_numpy(zero_copy_only=False)
            numbers = pc.take(whole_numbers(np.arange(len(values)), known), numbers)
        return pa.chunked_array(
            [pa.DictionaryArray.from_arrays(chunk, values) for chunk in numbers.chunks],
            pa.dictionary(pa.int32(), values.type),
        )


EMPTY: Positions = np.empty(0, dtype=np.int64)


def whole_numbers(values: Narrow | Positions, known: Flags | None = None) -> pa.Array:
    """As int32, null where it is not known."""
    buffer = pa.py_buffer(values.astype(np.int32, copy=False))
    bits = None if known is None else _bits(known)
    return pa.Array.from_buffers(pa.int32(), len(values), [bits, buffer])


def truths(values: Flags) -> pa.Array:
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, _bits(values)])


def _bits(values: Flags) -> pa.Buffer:
    return pa.py_buffer(np.packbits(values, bitorder="little"))


def texts_of(cells: pa.ChunkedArray) -> Texts:
    return different_texts(cells) if _are_few(cells) else Texts(cells)


def different_texts(cells: pa.ChunkedArray) -> Texts:
    """The same with numbers, whether they are few or not."""
    if all(map(_is_one_text, cells.chunks)):
        encoded = pa.chunked_array(list(map(_encode_one, cells.chunks)), KIND)
    else:
        encoded = pc.dictionary_encode(cells)
    encoded = encoded.unify_dictionaries()
    if not encoded.num_chunks:
        return Texts(cells, pa.chunked_array([], pa.int32()))
    return Texts(
        pa.chunked_array([encoded.chunk(0).dictionary]),
        pa.chunked_array([chunk.indices for chunk in encoded.chunks], pa.int32()),
    )


def _is_one_text(cells: pa.StringArray) -> bool:
    """Whether all cells are the same, as in a column that nobody fills in; seen from the bytes."""
    _, offset_buffer, text_buffer = cells.buffers()
    offsets = np.frombuffer(offset_buffer or b"", dtype=np.int32)
    offsets = offsets[cells.offset : cells.offset + len(cells) + 1]
    size = offsets[1] - offsets[0] if len(cells) else 0
    if not len(cells) or offsets[-1] - offsets[0] != size * len(cells):
        return False
    text = np.frombuffer(text_buffer or b"", dtype=np.uint8)[offsets[0] : offsets[-1]]
    return bool((np.diff(offsets) == size).all() and (text[size:] == text[: -size or None]).all())


def _encode_one(cells: pa.StringArray) -> pa.DictionaryArray:
    numbers = whole_numbers(np.zeros(len(cells), dtype=np.int32))
    return pa.DictionaryArray.from_arrays(numbers, cells[:1])


def _are_few(cells: pa.ChunkedArray) -> bool:
    chunks = cells.chunks
    if not len(cells):
        return False
    # A list that is sorted holds few in each part, and others in the next.
    parts = [chunks[at] for at in sorted({0, len(chunks) // 2, len(chunks) - 1})]
    glance = pa.chunked_array([part[:GLANCE] for part in parts])
    if len(glance.unique()) <= SURELY * len(glance):
        return True
    if len(chunks[0].unique()) > FEW * len(chunks[0]):
        return False
    sample = pa.chunked_array(parts)
    return len(parts) == 1 or len(sample.unique()) <= GROWING * len(sample)
