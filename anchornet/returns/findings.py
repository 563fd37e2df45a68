"""What a check found, in words: where, what is wrong and how to put it right."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from anchornet import formatting
from anchornet.returns.declaration import Rule, fill

EXAMPLES = 3
KINDS = {"error": "To put right", "warning": "To look at", "note": "To know"}
LINES_A_SHEET = 10_000_000  # a line of the second sheet is this many and its row
# Findings of lines: the index of a rule, the line, and the texts that its sentence quotes.
ROWS = pa.schema(
    [
        ("reported", pa.int32()),
        ("line", pa.int32()),
        ("value", pa.string()),
        ("others", pa.list_(pa.string())),
    ]
)
SEND = "Export the list as CSV or as an Excel workbook (.xlsx) and send that."


class Refused(Exception):
    """A file that cannot be read; str() says in plain English why, and what to do instead."""


class Finding(NamedTuple):
    """One thing wrong. `line` is the physical line of the file, or the row of `sheet` where several
    sheets were read; `column` the sender's heading, `period` the month where it is about one
    month's lines together, `record` the line as Table.cells has it."""

    rule: str
    severity: str
    line: int | None
    column: str | None
    value: str | None
    message: str
    cure: str
    period: date | None = None
    sheet: str | None = None
    record: int | None = None

    def sentence(self) -> str:
        """`Line 14, Paid on: 31/06/2026 is not a date (June has 30 days). Write it as …`"""
        line = f"Line {self.line}" if self.line else ""
        sheet = f"Sheet {self.sheet}" if self.sheet else ""
        where = ", ".join(filter(None, [sheet, line, self.column]))
        return f"{where}: {self.message}. {self.cure}" if where else f"{self.message}. {self.cure}"


def placed(finding: Finding, sheets: Sequence[str]) -> Finding:
    """The same, with the line as its sender sees it: the row of a sheet."""
    if finding.line is None or finding.record is not None:
        return finding
    number, row = divmod(finding.line, LINES_A_SHEET)
    sheet = sheets[number] if len(sheets) > 1 else None
    return finding._replace(line=row, sheet=sheet, record=finding.line)


def error(rule: str, line: int | None, column: str | None, message: str, cure: str) -> Finding:
    """A finding that stops a file and quotes no cell."""
    return Finding(rule, "error", line, column, None, message, cure)


@dataclass(frozen=True)
class FindingGroup:
    """All findings of one rule in one column: how many, and the first few."""

    rule: str
    severity: str
    column: str | None
    count: int
    examples: tuple[Finding, ...]

    @property
    def message(self) -> str:
        """What the first says, with a capital: but a cell that it begins with, as in the file."""
        first = self.examples[0]
        if first.value and first.message.startswith(first.value):
            return first.message
        return formatting.capital(first.message)

    @property
    def lines(self) -> str:
        """`lines 4, 9, 12 and 1,203 more`; a month, or the whole file."""
        placed = [finding for finding in self.examples if finding.line]
        if placed and placed[0].sheet:
            shown = [f"line {finding.line:,} of {finding.sheet}" for finding in placed]
            more = self.count - len(shown)
            return formatting.listed(shown + [f"{more:,} more"] * bool(more))
        if placed:
            return formatting.lines([finding.line or 0 for finding in placed], self.count)
        month = self.examples[0].period
        return formatting.month(month) if month else "the whole file"


@dataclass(frozen=True)
class Reported:
    """A rule where it is reported: the file's columns, counted from 0, whose cells it quotes, and
    what some of them probably meant."""

    rule: Rule
    heading: str | None = None
    column: int | None = None
    other_columns: tuple[int | None, ...] = ()
    meant: Mapping[str, str] = field(default_factory=dict)

    def message_and_cure(
        self, value: str, others: tuple[str, ...], words: Mapping[str, str]
    ) -> tuple[str, str]:
        if value in self.meant:
            words = {**words, "value": value}
            cure = f"Did you mean {self.meant[value]}? {fill(self.rule.cure, words)}"
            return fill(self.rule.message, words), cure
        value = value if len(value) <= 80 else value[:77] + "…"
        if self.rule.explain and value and (explained := self.rule.explain(value)):
            return explained
        quoted = dict(zip(self.rule.fields[1:], others, strict=False))
        words = {**words, **quoted, "value": value}
        return fill(self.rule.message, words), fill(self.rule.cure, words)


@dataclass(frozen=True)
class Findings:
    """Every finding of a file, those of the whole file first, then line by line. `rows` (as ROWS,
    by line) say in few bytes where; the sentences are made as one reads."""

    of_file: tuple[Finding, ...]
    reported: tuple[Reported, ...]
    words: Mapping[str, str]
    rows: pa.Table
    sheets: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.of_file) + int(self.rows.num_rows)

    def counts(self) -> dict[int, int]:
        """How many lines of each rule, by its index in `reported`."""
        indexes, counts = np.unique(self.rows["reported"].to_numpy(), return_counts=True)
        return dict(zip(indexes.tolist(), counts.tolist(), strict=True))

    def first(self, count: int) -> Iterator[tuple[int, Finding]]:
        """So many of the lines of each rule, with its index."""
        reported = self.rows["reported"].to_numpy()
        by_rule = np.argsort(reported, kind="stable")
        begins = np.searchsorted(reported[by_rule], reported[by_rule])
        rows = np.sort(by_rule[np.arange(len(reported)) - begins < count])
        return replace(self, rows=self.rows.take(pa.array(rows))).numbered()

    def __iter__(self) -> Iterator[Finding]:
        yield from self.of_file
        yield from (finding for _, finding in self.numbered())

    def numbered(self) -> Iterator[tuple[int, Finding]]:
        """(index in `reported`, finding) for each of `rows`."""
        sentences: dict[tuple[int, str | None, tuple[str, ...]], tuple[str, str]] = {}
        for batch in self.rows.to_batches(10_000):
            columns = (batch[name].to_pylist() for name in ("reported", "line", "value", "others"))
            for index, line, value, others in zip(*columns, strict=True):
                reported = self.reported[index]
                key = (index, value, tuple(others or ()))
                if key not in sentences:
                    sentences[key] = reported.message_and_cure(value or "", key[2], self.words)
                rule, heading = reported.rule, reported.heading
                number, row = divmod(line, LINES_A_SHEET)
                yield (
                    index,
                    Finding(
                        rule.id,
                        rule.severity,
                        row,
                        heading,
                        value or None,
                        *sentences[key],
                        sheet=self.sheets[number] if len(self.sheets) > 1 else None,
                        record=line,
                    ),
                )
