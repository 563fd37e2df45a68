"""Months, and the windows of months that figures are stated for."""

import re
from datetime import date

# How many months before it the period stands that a window's period is compared with.
BEFORE = {"month": 1, "quarter": 3, "financial_year": 12, "rolling_12": 1}
WINDOWS = tuple(BEFORE)
# How often a return is asked for: months to a period, which is named by its last month.
RHYTHMS = {"month": 1, "quarter": 3}


class NotDeclared(ValueError):
    """A window, indicator or breakdown that there isn't; the text lists those there are."""


def month_text(month: date) -> str:
    """`2026-09` for a month kept as its first day."""
    return f"{month:%Y-%m}"


def parse_month(text: str) -> date:
    """The first day of the month in `2026-09`; ValueError with a sentence for anything else."""
    found = re.fullmatch(r"(\d{4})-(\d{2})", text.strip())
    if not found or not 1 <= int(found[2]) <= 12 or int(found[1]) < 1:
        raise ValueError(f"{text!r} is not a month. Write it as 2026-09.")
    return date(int(found[1]), int(found[2]), 1)


def add_months(month: date, count: int) -> date:
    """The first day of the month `count` months on (or back, when negative)."""
    months = month.year * 12 + month.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


def months_of(period: date, window: str) -> list[date]:
    """The months of the window that ends with `period`: of its calendar quarter and of its
    financial year (from April) those up to it, of rolling_12 it and the eleven before."""
    if window not in WINDOWS:
        raise NotDeclared(f"There is no window {window}. There are: {', '.join(WINDOWS)}.")
    count = {
        "month": 1,
        "quarter": (period.month - 1) % 3 + 1,
        "financial_year": (period.month - 4) % 12 + 1,
        "rolling_12": 12,
    }[window]
    return [add_months(period, -back) for back in reversed(range(count))]


def months_between(start: date, end: date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month
