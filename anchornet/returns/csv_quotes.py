"""Which quote marks of a delimited text quote something, and which are only characters.

A quote mark opens only at the start of a cell (spaces before it are let by) and closes only before
a delimiter or a line end. Where all marks obey, an alternation of opening and closing is all there
is to know. Where one does not, each stray one becomes a character, and one that opens and never
closes is reported.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from anchornet.returns.decode import LARGE
from anchornet.returns.findings import Refused

Positions = npt.NDArray[np.int64]
Narrow = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Spaces = npt.NDArray[np.void]  # of dtype SPACES

LF, CR, QUOTE, SPACE = 10, 13, 34, 32
BLOCK = 4 << 20
MOST_SPACES = 64
MOST_LINES = 200  # a quoted cell over more lines than this is a mark that was never closed
NONE: Positions = np.empty(0, dtype=np.int64)
SPACES = np.dtype([("start", np.int32), ("length", np.uint8)])
NO_SPACES: Spaces = np.empty(0, dtype=SPACES)


@dataclass(frozen=True)
class Quotes:
    """Positions are byte offsets, in order.

    literal: marks that are only characters. inserts: where a mark must be added for a parser to
    see it so, and owners: the byte each addition belongs to. gaps: the spaces between a mark and
    its delimiter. unclosed: marks that open and never close.
    """

    present: bool
    repaired: bool = False
    literal: Positions = field(default_factory=lambda: NONE)
    inserts: Positions = field(default_factory=lambda: NONE)
    owners: Positions = field(default_factory=lambda: NONE)
    gaps: Spaces = field(default_factory=lambda: NO_SPACES)
    unclosed: tuple[int, ...] = ()

    def within(self, start: int, end: int) -> Quotes | None:
        """The part that concerns a stretch of bytes; None when nothing in it needs rewriting."""
        if not len(self.inserts) and not len(self.gaps):
            return None
        inside = (self.owners >= start) & (self.owners < end)
        gaps = self.gaps[(self.gaps["start"] >= start) & (self.gaps["start"] < end)]
        if not inside.any() and not len(gaps):
            return None
        return Quotes(True, inserts=self.inserts[inside], owners=self.owners[inside], gaps=gaps)


def count_between(positions: Positions, start: int, end: int) -> int:
    low, high = np.searchsorted(positions, [start, end])
    return int(high - low)


def examine_quotes(data: bytes, delimiter: int) -> Quotes:
    if b'"' not in data:
        return Quotes(present=False)
    array = np.frombuffer(data, dtype=np.uint8)
    edge = np.zeros(256, dtype=bool)
    edge[[LF, CR, QUOTE, delimiter]] = True
    parity = 0
    for start in range(0, len(data), BLOCK):
        marks = np.flatnonzero(array[start : start + BLOCK] == QUOTE) + start
        # The byte before the first is the last one, a line end.
        if not edge[array[marks[parity::2] - 1]].all():
            return repair_quotes(data, delimiter)
        if not edge[array[marks[1 - parity :: 2] + 1]].all():
            return repair_quotes(data, delimiter)
        parity ^= len(marks) & 1
    return repair_quotes(data, delimiter) if parity else Quotes(present=True)


def repair_quotes(data: bytes, delimiter: int) -> Quotes:
    return _Repair(data, delimiter).run()


class _Repair:
    """One pass over all quote marks of an irregular text: mark by mark where they do not alternate,
    in strides where they do."""

    def __init__(self, data: bytes, delimiter: int) -> None:
        self.data, self.delimiter = data, delimiter
        array = np.frombuffer(data, dtype=np.uint8)
        # Half as wide as elsewhere: there are up to as many as half of all bytes.
        marks = np.flatnonzero(array == QUOTE).astype(np.int32)
        self._refuse_bombs(len(marks), 2)
        edge = np.zeros(256, dtype=bool)
        edge[[LF, CR, delimiter]] = True
        self.before, self.after = _beyond_spaces(array, marks, -1), _beyond_spaces(array, marks, 1)
        self.opens: Flags = edge[array[self.before]]
        self.closes: Flags = edge[array[self.after]]
        self.follows: Flags = np.diff(marks, prepend=-2) == 1  # stands right after another mark
        self.marks = marks
        self.openings = np.flatnonzero(self.opens).astype(np.int32)
        self.literal: Flags = np.zeros(len(marks), dtype=bool)
        self.doubled: list[int] = []
        self.wrapped: list[int] = []

    def run(self) -> Quotes:
        at, stride, fresh, repairs = 0, 64, True, 0
        while at < len(self.marks):
            stop = min(at + stride, len(self.marks))
            bad = self._first_bad(at, stop, fresh)
            if bad == stop:
                at, stride, fresh = stop, min(stride * 2, 1 << 16), False
                continue
            stride, repairs = 64, repairs + 1
            self._refuse_bombs(repairs + len(self.doubled), 200)
            after_other = self.follows[bad] and not (fresh and bad == at)
            if (bad - at) % 2 == 0 and not (self.opens[bad] or after_other):
                at, fresh = self._pass_over(bad), True
            else:
                opening = bad - (bad - at) % 2
                while not self.opens[opening]:
                    opening -= 2
                at, fresh = self._close(opening)
        return self._result()

    def _refuse_bombs(self, count: int, bytes_each: int) -> None:
        """Each mark takes memory of its own, and much more, and time, each that is put right."""
        if len(self.data) > LARGE and count * bytes_each > len(self.data):
            raise Refused(
                "The file has too many quote marks that open or close nothing to be read as a list "
                "with one line a row. Export it again as CSV or Excel."
            )

    def _first_bad(self, at: int, stop: int, fresh: bool) -> int:
        """The first mark from `at` that breaks the alternation; `stop` when none does."""
        opens = self.opens[at:stop:2] | self.follows[at:stop:2]
        if fresh:
            opens[0] = self.opens[at]
        doubled = np.append(self.follows[at + 1 : stop + 1], False)[: stop - at]
        closes = self.closes[at + 1 : stop : 2] | doubled[1::2]
        pairs = len(closes)
        lengths = self.marks[at + 1 : stop : 2] - self.marks[at:stop:2][:pairs]
        for pair in np.flatnonzero(lengths > MOST_LINES).tolist():
            begin = int(self.marks[at + 2 * pair])
            if self.data.count(b"\n", begin, begin + int(lengths[pair])) > MOST_LINES:
                closes[pair] = False
        bad = stop if pairs == len(opens) else stop - 1
        if not opens.all():
            bad = min(bad, at + 2 * int(np.argmin(opens)))
        if not closes.all():
            bad = min(bad, at + 2 * int(np.argmin(closes)) + 1)
        return bad

    def _pass_over(self, mark: int) -> int:
        """A stray mark, and those after it up to the next start of a cell, are characters."""
        number = int(np.searchsorted(self.openings, mark, side="right"))
        after = int(self.openings[number]) if number < len(self.openings) else len(self.marks)
        self.literal[mark:after] = True
        return after

    def _close(self, opening: int) -> tuple[int, bool]:
        """Look for the mark that closes a cell; the ones on the way are doubled or stray."""
        strays: list[int] = []
        mark, counted, lines = opening + 1, int(self.marks[opening]), 0
        while mark < len(self.marks):
            if mark + 1 < len(self.marks) and self.follows[mark + 1]:
                mark += 2
                continue
            position = int(self.marks[mark])
            lines += self.data.count(b"\n", counted, position)
            counted = position
            if lines > MOST_LINES:
                break
            if self.closes[mark]:
                self.literal[strays] = True
                self.doubled += strays
                return mark + 1, False
            if self.opens[mark]:
                break
            strays.append(mark)
            mark += 1
        self.wrapped.append(opening)
        return self._pass_over(opening), True

    def _result(self) -> Quotes:
        self._refuse_bombs(int(np.count_nonzero(self.literal)), 16)
        inserts = [int(self.marks[mark]) for mark in self.doubled]
        owners = list(inserts)
        unclosed = []
        for mark in self.wrapped:
            begin = int(self.marks[mark])
            end = self.data.index(b"\n", begin)
            end -= self.data[end - 1] == CR
            delimiter = self.data.find(bytes([self.delimiter]), begin, end)
            end = delimiter if delimiter >= 0 else end
            if self.data.count(b'"', begin, end) % 2:
                unclosed.append(begin)
            if int(self.before[mark]) % len(self.data) != (begin - 1) % len(self.data):
                continue  # after a space a mark is a character to every parser
            low, high = np.searchsorted(self.marks, [begin, end])
            inside = [begin, *self.marks[low:high].tolist()]
            inserts += [*inside, end]
            owners += [*inside, end - 1]
        order = np.argsort(np.asarray(inserts, dtype=np.int64), kind="stable")
        return Quotes(
            present=True,
            repaired=True,
            literal=self.marks[self.literal].astype(np.int64),
            inserts=np.asarray(inserts, dtype=np.int64)[order],
            owners=np.asarray(owners, dtype=np.int64)[order],
            gaps=self._gaps(),
            unclosed=tuple(unclosed),
        )

    def _gaps(self) -> Spaces:
        real = np.flatnonzero(~self.literal).astype(np.int32)
        opening, closing = real[0::2], real[1::2]
        opening = opening[self.opens[opening] & (self.before[opening] < self.marks[opening] - 1)]
        closing = closing[self.closes[closing] & (self.after[closing] > self.marks[closing] + 1)]
        # Filled in place: there can be as many as a quarter of all bytes.
        gaps = np.empty(len(opening) + len(closing), dtype=SPACES)
        ahead, behind = gaps[: len(opening)], gaps[len(opening) :]
        ahead["start"] = self.before[opening] + 1
        ahead["length"] = self.marks[opening] - ahead["start"]
        behind["start"] = self.marks[closing] + 1
        behind["length"] = self.after[closing] - behind["start"]
        return gaps


def _beyond_spaces(array: Bytes, marks: Narrow, step: int) -> Narrow:
    """The position of the first byte before (-1) or after (1) each mark that is not a space.

    Before the first byte of all stands -1, which indexes the last byte, a line end.
    """
    beyond = marks + step
    active = np.flatnonzero(array[beyond] == SPACE)
    for _ in range(MOST_SPACES):
        beyond[active] += step
        active = active[array[beyond[active]] == SPACE]
    return beyond
