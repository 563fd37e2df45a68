"""How one figure stands, in words: against its target, against earlier, and how far it is covered.

A row is one of `targets.status`, protected unless a member's own people look at it.
"""

import math
from datetime import date
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.indicators.targets import BEFORE
from anchornet.periods import add_months

TRAVEL = {"better": "better than", "worse": "worse than", "same": "same as"}
# What the two directions of travel compare with, where that is no month by itself.
EARLIER = {
    "quarter": ("the quarter before", "the same quarter a year before"),
    "financial_year": ("the same months a year before", "the same months a year before"),
    "rolling_12": ("a month before", "a year before"),
}


def state(row: "pd.Series[Any]") -> str:
    """One of words.STATUS, or why there is none."""
    if isinstance(row["status"], str):
        return row["status"]
    if formatting.is_gap(row["value"]):
        said = formatting.unseen(formatting.shown(row))
        return said[:1].upper() + said[1:]
    return "No target" if formatting.is_gap(row["target"]) else "No target for this month"


def target(row: "pd.Series[Any]", *, when: bool = False) -> str:
    """`Target 48%`, and with `when` by which month; empty without one."""
    if formatting.is_gap(row["target"]):
        return ""
    said = f"Target\N{NO-BREAK SPACE}{formatting.figure(row['target'], row['unit'])}"
    return f"{said} by {row['target_period']:%b %Y}" if when else said


def against(row: "pd.Series[Any]") -> str:
    """`4 points below profile of 46%`; empty where there is nothing to compare."""
    if formatting.is_gap(row["profile"]) or formatting.is_gap(row["value"]):
        return ""
    gap = formatting.gap(row["value"], row["profile"], row["unit"])
    return f"{gap} profile of {formatting.figure(row['profile'], row['unit'])}"


def travel(row: "pd.Series[Any]", window: str = "month") -> str:
    """The direction of travel: `Better than Aug 26, worse than Sep 25`."""
    said = []
    for place, (name, months) in enumerate((("direction", -1), ("direction_year", -12))):
        if isinstance(row[name], str):
            before = formatting.month(add_months(row["period"], months), short=True)
            before = EARLIER[window][place] if window in EARLIER else before
            said.append(f"{TRAVEL[row[name]]} {before}")
    return formatting.sentence(", ".join(dict.fromkeys(said))).rstrip(".") if said else ""


def cover(row: "pd.Series[Any]") -> str:
    """`Sep 26 · 11 of 12 members · as at 22 Nov`."""
    month = formatting.month(row["period"], short=True)
    return f"{month} · {formatting.members(row)} · as at {formatting.day(row['as_at'], short=True)}"


def sentence(row: "pd.Series[Any]", window: str = "month") -> str:
    """Where the figure stands: `42% in September 2026, 4 points below profile of 46%. Worse than
    Aug 26, better than Sep 25.`"""
    when = formatting.span(row["period"], window)
    if formatting.is_gap(row["value"]):
        if formatting.shown(row) != "–":
            return formatting.no_figure(formatting.shown(row), f"for {when}")
        sent = "What was sent doesn't say" if row["members"] else "Nobody has sent"
        return f"{sent} the figure for {when}."
    parts = [f"{formatting.shown(row)} in {when}"]
    if against(row):
        parts.append(against(row))
    travelled = travel(row, window)
    return formatting.sentence(", ".join(parts)) + (f" {travelled}." if travelled else "")


def earlier(rows: pd.DataFrame, window: str = "month") -> date | None:
    """The period that the last one is compared with: a year before or, in the first year, the
    period before; None where neither has a figure."""
    known = {it["period"]: it["value"] for it in rows.to_dict("records")}
    for back in (12, BEFORE[window]):
        before = add_months(rows["period"].max(), -back)
        if not formatting.is_gap(known.get(before)):
            return before
    return None


def change(rows: pd.DataFrame, before: date, alike: "pd.Series[Any] | None") -> str:
    """The change since an earlier period, raw and like for like: `Since Sep 25: 3 points below
    (45%); like for like, by the 10 members in both, 1 point below.`; empty without one."""
    by_period = {row["period"]: row for _, row in rows.iterrows()}
    now, then = by_period[rows["period"].max()], by_period.get(before)
    if then is None or formatting.is_gap(now["value"]) or formatting.is_gap(then["value"]):
        return ""
    unit = now["unit"]
    said = (
        f"Since {formatting.month(before, short=True)}: "
        f"{formatting.gap(now['value'], then['value'], unit)} "
        f"({formatting.shown(then)})"
    )
    if alike is None or math.isnan(alike["value"]) or math.isnan(alike["value_before"]):
        return f"{said}."
    members = f"{alike['members']:,} member{'' if alike['members'] == 1 else 's'}"
    if not alike["members_left_out"]:
        return f"{said}, by the same {members}."
    moved = formatting.gap(alike["value"], alike["value_before"], unit)
    return f"{said}; like for like, by the {members} in both, {moved}."
