"""What a check found, in words: where, what is wrong and how to put it right."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

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


def _shorten(value: str) -> str:
    return value if len(value) <= 80 else value[:77] + "…"
