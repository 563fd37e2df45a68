"""Where the records and cells of delimited text are, and their parsing into columns of text.

An index of line ends and quote marks is made with numpy block by block; a block always ends with a
record. pyarrow parses each block as it stands, and stops at one whose records don't all have as
many cells as they should. Only there cells are counted, and records that differ from the rest
(short, long, with stray quote marks, left out) are rewritten, so that a million regular rows cost
no Python at all.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from anchornet.returns.csv_quotes import (
    CR,
    LF,
    MOST_LINES,
    NO_SPACES,
    NONE,
    QUOTE,
    Bytes,
    Flags,
    Positions,
    Quotes,
    count_between,
    examine_quotes,
    repair_quotes,
)
from anchornet.returns.findings import Refused

BLOCK = 4 << 20
LONGEST_RECORD = 4 << 20
INVISIBLE = b' "\t\r\n\x0b\x0c\xc2\xa0'  # C2 A0 is a no-break space in UTF-8
# Arrow's usual allocator would keep what it has freed; these give it back, the first of them after
# a moment, in which the next block takes it without asking the system.
POOL = (
    pa.jemalloc_memory_pool()
    if "jemalloc" in pa.supported_memory_backends()
    else pa.system_memory_pool()
)
if POOL.backend_name == "jemalloc":
    pa.jemalloc_set_decay_ms(1000)
WORD = 8  # bytes
SMALL_LETTERS = np.uint64(0x2020202020202020)  # a bit in each byte

Words = npt.NDArray[np.uint64]
NO_WORDS: Words = np.empty(0, dtype=np.uint64)
NO_FLAGS: Flags = np.empty(0, dtype=bool)

_T = TypeVar("_T")
_R = TypeVar("_R")


@dataclass(frozen=True)
class Records:
    """The records of a text. Arrays have one entry a record; positions are byte offsets."""

    data: bytes
    delimiter: int
    quotes: Quotes
    blocks: tuple[tuple[int, int], ...]
    starts: Positions
    ends: Positions  # of the CRLF or LF that ends the record
    lines: Positions  # physical line of the record's first byte, from 1
    visible: Positions  # the first byte that shows something; the end where none does
    first_words: Words  # what stands there: see words_at
    _cells: Positions  # of each record; 0 where nobody has counted yet

    @cached_property
    def array(self) -> Bytes:
        return np.frombuffer(self.data, dtype=np.uint8)

    def after(self, rows: Positions) -> Positions:
        """The first byte after the line end of each of these records."""
        ends = self.ends[rows]
        return np.asarray(ends + 1 + (self.array[ends] == CR))

    def begin_so(self, test: Callable[[Positions, Words], Flags]) -> Flags:
        """Which records the test is true of, by where their first visible byte is and the word
        there. Block by block: what a test needs for a million at once is slow to make room for."""

        def of_block(block: _Block) -> Flags:
            rows = slice(block.first, block.last)
            return test(self.visible[rows], self.first_words[rows])

        return np.concatenate([NO_FLAGS, *in_threads(of_block, self.stretches)])

    @cached_property
    def stretches(self) -> list[_Block]:
        firsts = np.searchsorted(self.starts, [start for start, _ in self.blocks]).tolist()
        lasts = [*firsts[1:], len(self.starts)]
        return [
            _Block(start, end, first, last)
            for (start, end), first, last in zip(self.blocks, firsts, lasts, strict=True)
        ]

    @cached_property
    def blank(self) -> Flags:
        return np.asarray(self.visible == self.ends)

    def cells_of(self, block: _Block) -> Positions:
        cells = self._cells[block.first : block.last]
        if len(cells) and not cells[0]:
            _, closing = _structure(self.array, block.start, block.end, self.delimiter, self.quotes)
            cells[:] = np.diff(closing, prepend=-1)
        return cells

    def all_have(self, block: _Block, cells: int) -> None:
        self._cells[block.first : block.last] = cells

    def cells(self, rows: Positions) -> Positions:
        """How many cells these records have, which are in order."""
        if not len(rows):
            return NONE
        start, end = self.starts[rows[0]], self.ends[rows[-1]]
        if end - start < BLOCK:  # a few that stand together need no whole block
            end = self.after(rows[-1:])[0]
            _, closing = _structure(self.array, start, end, self.delimiter, self.quotes)
            return np.asarray(np.diff(closing, prepend=-1)[rows - rows[0]])
        blocks = np.searchsorted([block.last for block in self.stretches], rows, side="right")
        for block in np.unique(blocks).tolist():
            self.cells_of(self.stretches[block])
        return self._cells[rows]

    def counted(self) -> Positions:
        """How many cells each record has, 0 for those in blocks that nobody needed to count."""
        return self._cells

    def split(self, record: int) -> list[str]:
        start, end = int(self.starts[record]), int(self.ends[record])
        if self.data.find(b'"', start, end) < 0:
            parts = self.data[start:end].split(bytes([self.delimiter]))
            return [part.decode("utf-8", "replace").strip() for part in parts]
        end = int(self.after(np.array([record]))[0])
        positions, _ = _structure(self.array, start, end, self.delimiter, self.quotes)
        cells, begin = [], start
        for position in positions.tolist():
            cell = self.data[begin : start + position].strip(b" \r")
            if cell.startswith(b'"'):  # else the next mark may be far off, or nowhere in the file
                mark = self.data.index(b'"', begin)
                if not count_between(self.quotes.literal, mark, mark + 1):
                    cell = cell[1:-1].replace(b'""', b'"')
            cells.append(cell.decode("utf-8", "replace").replace("\r\n", "\n").strip())
            begin = start + position + 1
        return cells


def index_records(data: bytes, delimiter: str) -> Records:
    """Index a text that ends with LF. Raises Refused when a line is too long to be a record."""
    mark = ord(delimiter)
    array = np.frombuffer(data, dtype=np.uint8)
    quotes = examine_quotes(data, mark)
    records = _index(data, array, mark, quotes)
    if quotes.present and not quotes.repaired:
        after = int(records.lines[-1]) + data.count(b"\n", int(records.starts[-1]))
        if np.diff(records.lines, append=after).max() > MOST_LINES:
            records = _index(data, array, mark, repair_quotes(data, mark))
    lengths = records.ends - records.starts
    if len(lengths) and lengths.max() > LONGEST_RECORD:
        line = int(records.lines[int(lengths.argmax())])
        raise Refused(
            f"Line {line:,} holds more than {LONGEST_RECORD >> 20} million characters, so this is "
            "not a list with one line a row. Export it again as CSV or Excel."
        )
    return records


def first_visible(data: bytes, starts: Positions, ends: Positions, delimiter: int) -> Positions:
    """For each stretch the first byte that shows something; its end when nothing does."""
    array = np.frombuffer(data, dtype=np.uint8)
    hidden = np.zeros(256, dtype=bool)
    hidden[[*INVISIBLE, delimiter]] = True
    first = starts.copy()
    active = np.flatnonzero(first < ends)
    for _ in range(64):
        active = active[hidden[array[first[active]]]]
        if not len(active):
            return first
        first[active] += 1
        active = active[first[active] < ends[active]]
    invisible = INVISIBLE + bytes([delimiter])
    for row in active.tolist():
        rest = data[first[row] : ends[row]]
        first[row] = ends[row] - len(rest.lstrip(invisible))
    return first


def words_at(data: bytes, positions: Positions) -> Words:
    """The eight bytes from each position on as one number, capital letters made small. Positions
    are in order."""
    last = len(data) - WORD
    words = np.zeros(len(positions), dtype=np.uint64)
    early = int(np.searchsorted(positions, last, side="right"))
    if early:
        overlapping = np.ndarray((last + 1,), np.uint64, data, strides=(1,))
        words[:early] = overlapping[positions[:early]]
    for row, position in enumerate(positions[early:].tolist(), start=early):
        words[row] = int.from_bytes(data[position:], "little")
    return words | SMALL_LETTERS


def word(text: bytes) -> int:
    """The same of a text of at most eight bytes."""
    return int.from_bytes(text, "little") | int(SMALL_LETTERS) & (1 << 8 * len(text)) - 1


def parse(records: Records, kept: Flags, width: int) -> tuple[pa.Table, Positions]:
    """The kept records as string columns c0, c1, … of the width given, outer white space trimmed,
    short ones filled with blanks, long ones cut; and the records that showed something beyond."""
    blocks = [block for block in records.stretches if kept[block.first : block.last].any()]
    names = [f"c{column}" for column in range(width)]
    schema = pa.schema([(name, pa.string()) for name in names])
    parsed = in_threads(lambda block: _parse_block(records, kept, names, block), blocks)
    table = pa.concat_tables([pa.Table.from_batches([], schema), *(part for part, _ in parsed)])
    return table, np.concatenate([NONE, *(beyond for _, beyond in parsed)])


class _Block(NamedTuple):
    """A stretch of bytes, and the records in it."""

    start: int
    end: int
    first: int
    last: int


def in_threads(work: Callable[[_T], _R], tasks: list[_T]) -> list[_R]:
    """numpy and pyarrow let go of the interpreter while they work."""
    if len(tasks) < 2:
        return [work(task) for task in tasks]
    with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 4)) as pool:
        return list(pool.map(work, tasks))


class _Indexed(NamedTuple):
    """The records of a block as Records has them, how many line feeds it has, and which of them end
    a record, where not all do."""

    starts: Positions
    ends: Positions
    visible: Positions
    first_words: Words
    line_feeds: int
    closing: Positions | None


def _index(data: bytes, array: Bytes, delimiter: int, quotes: Quotes) -> Records:
    blocks = _blocks(data, array, quotes)

    def index(block: tuple[int, int]) -> _Indexed:
        """All that is asked of each record, while the block is near."""
        line_feeds = np.flatnonzero(array[slice(*block)] == LF)
        count, closing = len(line_feeds), None
        if quotes.present and len(marks := _real_marks(array, *block, quotes)):
            closing = np.flatnonzero(np.searchsorted(marks, line_feeds) & 1 == 0)
            line_feeds = line_feeds[closing]
        line_feeds += block[0]
        starts = np.append(block[0], line_feeds[:-1] + 1)
        ends = line_feeds - ((array[line_feeds - 1] == CR) & (line_feeds > starts))
        visible = first_visible(data, starts, ends, delimiter)
        return _Indexed(starts, ends, visible, words_at(data, visible), count, closing)

    indexed = in_threads(index, blocks)
    starts = np.concatenate([NONE, *(one.starts for one in indexed)])
    lines = np.arange(1, len(starts) + 1)
    if any(one.closing is not None for one in indexed):
        before = np.cumsum([0, *(one.line_feeds for one in indexed)])
        passed = [
            first + (np.arange(one.line_feeds) if one.closing is None else one.closing)
            for first, one in zip(before[:-1], indexed, strict=True)
        ]
        lines[1:] = np.concatenate([NONE, *passed])[:-1] + 2
    return Records(
        data,
        delimiter,
        quotes,
        tuple(blocks),
        starts,
        ends=np.concatenate([NONE, *(one.ends for one in indexed)]),
        lines=lines,
        visible=np.concatenate([NONE, *(one.visible for one in indexed)]),
        first_words=np.concatenate([NO_WORDS, *(one.first_words for one in indexed)]),
        _cells=np.zeros(len(starts), dtype=np.int64),
    )


def _real_marks(array: Bytes, start: int, end: int, quotes: Quotes) -> Positions:
    """The quote marks of a stretch that are no characters, from its start."""
    marks = np.flatnonzero(array[start:end] == QUOTE)
    low, high = np.searchsorted(quotes.literal, [start, end])
    if low < high:
        marks = np.setdiff1d(marks, quotes.literal[low:high] - start, assume_unique=True)
    return marks


def _blocks(data: bytes, array: Bytes, quotes: Quotes) -> list[tuple[int, int]]:
    """Stretches of some megabytes that begin and end with a record."""
    blocks, start = [], 0
    while start < len(data):
        end = data.find(b"\n", min(start + BLOCK, len(data) - 1)) + 1
        if quotes.present:
            marks = np.count_nonzero(array[start:end] == QUOTE)
            marks -= count_between(quotes.literal, start, end)
            while marks & 1:
                begin, end = end, data.index(b"\n", end) + 1
                marks += data.count(b'"', begin, end) - count_between(quotes.literal, begin, end)
        blocks.append((start, end))
        start = end
    return blocks


def _structure(
    array: Bytes, start: int, end: int, delimiter: int, quotes: Quotes
) -> tuple[Positions, Positions]:
    """Of a stretch of whole records: where cells end (offsets from its start), and which of those
    end a record."""
    part = array[start:end]
    positions = np.flatnonzero((part == LF) | (part == delimiter))
    if quotes.present and len(marks := _real_marks(array, start, end, quotes)):
        positions = positions[np.searchsorted(marks, positions) & 1 == 0]
    return positions, np.flatnonzero(part[positions] == LF)


def _parse_block(
    records: Records, kept: Flags, names: list[str], block: _Block
) -> tuple[pa.Table, Positions]:
    start, end, first, last = block
    wanted = kept[first:last]
    changes = records.quotes.within(start, end)
    quoted = records.quotes.present and records.data.find(b'"', start, end) >= 0
    after = int(records.lines[last]) if last < len(records.lines) else -1
    # Whether some cell runs over several lines.
    is_tall = quoted and after - int(records.lines[first]) != last - first
    beyond, table = NONE, None

    def parsed(buffer: pa.Buffer) -> pa.Table:
        mark = '"' if quoted or changes is not None else None
        return _parse_csv(buffer, names, chr(records.delimiter), mark, is_tall=is_tall)

    if changes is None and wanted[(at := int(wanted.argmax())) :].all():
        # What is left out, such as the headings, stands above all else.
        begins = int(records.starts[first + at])
        with suppress(pa.ArrowInvalid):  # some record has more cells, or fewer
            table = parsed(pa.py_buffer(memoryview(records.data)[begins:end]))
            records.all_have(block._replace(first=first + at), len(names))
    if table is None:
        cut = _cuts(records, block, len(names), wanted)
        showing = first_visible(records.data, cut.starts, cut.ends, records.delimiter)
        beyond = cut.rows[showing < cut.ends]
        table = parsed(pa.py_buffer(_rewrite(records, block, len(names), wanted, cut, changes)))
    if table.num_rows != np.count_nonzero(wanted):
        raise RuntimeError(f"{table.num_rows} rows parsed of {np.count_nonzero(wanted)} indexed")
    columns = [_trimmed(column) for column in table.columns]
    if is_tall:
        columns = [pc.replace_substring(column, "\r\n", "\n") for column in columns]
    return pa.table(columns, names=names), beyond


class _Cuts(NamedTuple):
    """Stretches that stand beyond the last column of long records."""

    rows: Positions
    starts: Positions
    ends: Positions


def _cuts(records: Records, block: _Block, width: int, wanted: Flags) -> _Cuts:
    start, end, first, _ = block
    rows = np.flatnonzero(wanted & (records.cells_of(block) > width))
    if not len(rows):
        return _Cuts(NONE, NONE, NONE)
    positions, closing = _structure(records.array, start, end, records.delimiter, records.quotes)
    before = np.concatenate([[-1], closing[:-1]])
    starts = positions[before[rows] + width] + start
    return _Cuts(rows + first, starts, records.ends[rows + first])


def _rewrite(
    records: Records, block: _Block, width: int, wanted: Flags, cut: _Cuts, changes: Quotes | None
) -> Bytes:
    """The block with unwanted records and cells taken out, and what is lacking put in."""
    start, end, first, _ = block
    part = records.array[start:end]
    edge = np.zeros(len(part) + 1, dtype=np.int8)
    unwanted = np.flatnonzero(~wanted) + first
    gaps = changes.gaps if changes else NO_SPACES
    for begins, ends in (
        (records.starts[unwanted], records.after(unwanted)),
        (cut.starts, cut.ends),
        (gaps["start"], gaps["start"] + gaps["length"]),
    ):
        np.add.at(edge, begins - start, 1)
        np.add.at(edge, ends - start, -1)
    alive = np.cumsum(edge[:-1], dtype=np.int8) == 0

    cells = records.cells_of(block)
    short = np.flatnonzero(wanted & (cells < width))
    inserts = owners = np.repeat(records.ends[short + first], width - cells[short])
    marks = np.full(len(inserts), records.delimiter, np.uint8)
    if changes is not None:
        inserts = np.concatenate([changes.inserts, inserts])
        marks = np.concatenate([np.full(len(changes.inserts), QUOTE, np.uint8), marks])
        owners = np.concatenate([changes.owners, owners])
    live = alive[owners - start]
    inserts, marks = inserts[live] - start, marks[live]
    return np.asarray(np.insert(part, inserts, marks)[np.insert(alive, inserts, True)])


def _parse_csv(
    buffer: pa.Buffer, names: list[str], delimiter: str, quote: str | None, *, is_tall: bool
) -> pa.Table:
    """In half the time where there is no quote mark to look for, and faster where none holds a line
    end."""
    return pyarrow.csv.read_csv(
        pa.BufferReader(buffer),
        read_options=pyarrow.csv.ReadOptions(
            column_names=names, use_threads=False, block_size=buffer.size + 64
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=delimiter,
            quote_char=quote or False,
            newlines_in_values=is_tall,
            ignore_empty_lines=False,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types={name: pa.string() for name in names},
            strings_can_be_null=False,
            check_utf8=False,
        ),
        memory_pool=POOL,
    )


def _trimmed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pa.chunked_array([_trimmed_chunk(chunk) for chunk in column.chunks], pa.string())


def _trimmed_chunk(chunk: pa.StringArray) -> pa.StringArray:
    """Trims only where some cell begins or ends with a byte that may be white space."""
    _, offset_buffer, text_buffer = chunk.buffers()
    if text_buffer is None or not text_buffer.size or not len(chunk):
        return chunk
    offsets = np.frombuffer(offset_buffer, dtype=np.int32)[: len(chunk) + 1]
    if offsets[-1] == offsets[0]:
        return chunk
    text = np.frombuffer(text_buffer, dtype=np.uint8)
    lowest, highest = text.min(), text.max()
    if lowest > 32 and highest <= 127:
        return chunk
    # A blank cell looks at its neighbour's byte, which does no harm.
    heads = text[np.minimum(offsets[:-1], len(text) - 1)]
    tails = text[np.maximum(offsets[1:] - 1, 0)]
    may_be_wide = max(heads.max(), tails.max()) > 127
    if not may_be_wide and min(heads.min(), tails.min()) > 32:
        return chunk
    if may_be_wide or highest > 127:
        return pc.utf8_trim_whitespace(chunk)
    return pc.ascii_trim_whitespace(chunk)
