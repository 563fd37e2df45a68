"""What a check found, in words: where, what is wrong and how to put it right."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from anchornet.returns.declaration import Rule, month_words

EXAMPLES = 3


@dataclass(frozen=True)
class Finding:
    """One thing wrong. `line` is the physical line of the file, `column` the sender's heading,
    `period` the month where it is about one month's lines together."""

    rule: str
    severity: str
    line: int | None
    column: str | None
    value: str | None
    message: str
    cure: str
    period: date | None = None

    def sentence(self) -> str:
        """`Line 14, Paid on: 31/06/2026 is not a date (June has 30 days). Write it as …`"""
        where = ", ".join(
            part for part in (f"Line {self.line}" if self.line else "", self.column or "") if part
        )
        return f"{where}: {self.message}. {self.cure}" if where else f"{self.message}. {self.cure}"


@dataclass(frozen=True)
class FindingGroup:
    """All findings of one rule in one column: how many, and the first few."""

    rule: str
    severity: str
    column: str | None
    count: int
    examples: tuple[Finding, ...]

    @property
    def lines(self) -> str:
        """`lines 4, 9 and 12`, or `lines 4, 9, 12 and 1,203 more`; a month, or the whole file."""
        numbers = [f"{found.line:,}" for found in self.examples if found.line]
        more = self.count - len(numbers)
        if not numbers:
            month = self.examples[0].period
            return month_words(month) if month else "the whole file"
        if more:
            return f"lines {', '.join(numbers)} and {more:,} more"
        if len(numbers) == 1:
            return f"line {numbers[0]}"
        return f"lines {', '.join(numbers[:-1])} and {numbers[-1]}"


@dataclass(frozen=True)
class Reported:
    """A rule where it is reported: its column in the file, and what its sentence quotes."""

    rule: Rule
    column: str | None
    place: int | None
    other_places: tuple[int | None, ...]
    other_names: tuple[str, ...]
    explain: Callable[[str], tuple[str, str]] | None = None

    def say(
        self, value: str | None, others: tuple[str, ...], words: Mapping[str, str]
    ) -> tuple[str, str]:
        if self.explain and value:
            return self.explain(_shorten(value))
        quoted = dict(zip(self.other_names, others, strict=False))
        filled = {**words, **quoted, "value": _shorten(value or "")}

        def fill(template: str) -> str:
            return re.sub(r"{(\w+)}", lambda found: filled.get(found[1], found[0]), template)

        return fill(self.rule.message), fill(self.rule.cure)


@dataclass(frozen=True)
class Findings:
    """Every finding of a file, those of the whole file first, then line by line. `rows` (reported,
    line, value, others) say in few bytes where; the sentences are made as one reads."""

    whole: tuple[Finding, ...]
    reported: tuple[Reported, ...]
    words: Mapping[str, str]
    rows: pa.Table

    def __len__(self) -> int:
        return len(self.whole) + int(self.rows.num_rows)

    def __iter__(self) -> Iterator[Finding]:
        yield from self.whole
        yield from (found for _, found in self.numbered())

    def numbered(self) -> Iterator[tuple[int, Finding]]:
        """(number of what is reported, finding) for each of `rows`."""
        said: dict[tuple[int, str | None, tuple[str, ...]], tuple[str, str]] = {}
        for batch in self.rows.to_batches(10_000):
            columns = (
                batch.column(name).to_pylist() for name in ("reported", "line", "value", "others")
            )
            for number, line, value, others in zip(*columns, strict=True):
                it = self.reported[number]
                key = (number, value, tuple(others or ()))
                if key not in said:
                    said[key] = it.say(value, key[2], self.words)
                sentence = said[key]
                yield (
                    number,
                    Finding(
                        it.rule.id, it.rule.severity, line, it.column, value or None, *sentence
                    ),
                )


def _shorten(value: str) -> str:
    return value if len(value) <= 80 else value[:77] + "…"
