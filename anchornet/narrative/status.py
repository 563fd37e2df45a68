"""How a figure stands, in words: against its target, against earlier, and how far it is covered.

A row is one of `targets.status`, protected unless a member's own people look at it.
"""

import math
from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.facts.catalogue import CATALOGUE
from anchornet.indicators import judgement
from anchornet.periods import add_months
from anchornet.store.targets import Target

# Of which more is said than that there is no figure.
SAID_ANYWAY = (judgement.NOT_DUE, judgement.IN_POUNDS)
TRAVEL = {
    "better": "better than",
    "worse": "worse than",
    "higher": "higher than",
    "lower": "lower than",
    "same": "about the same as",
    "not_comparable": "other members than in",
}
# What the two directions of travel compare with, where that is no month by itself.
EARLIER = {
    "quarter": ("the quarter before", "the same quarter a year before"),
    "financial_year": ("the same months a year before", "the same months a year before"),
    "rolling_12": ("a month before", "a year before"),
}


def state(row: "pd.Series[Any]") -> str:
    """One of formatting.STATUS, or why there is none."""
    if isinstance(row["status"], str):
        return row["status"]
    if formatting.is_gap(row["value"]) and row["unjudged"] not in SAID_ANYWAY:
        return formatting.capital(formatting.unseen(formatting.shown(row)))
    if isinstance(row["unjudged"], str):
        return lacking(row)
    if formatting.is_gap(row["profile"]):
        no_target = formatting.is_gap(row["target"])
        return "No target" if no_target else "No target for this month"
    return "More is not better"


def lacking(row: "formatting.Row") -> str:
    """Why a figure can't be judged: `3 of 12 members so far`; empty where it can."""
    match row["unjudged"]:
        case judgement.FEW_MEMBERS:
            return formatting.capital(formatting.members(row))
        case judgement.FEW_MONTHS:
            return f"{row['months']:,} of {row['months_expected']:,} months so far"
        case judgement.MOSTLY_UNKNOWN:
            return formatting.not_known(row)
        case judgement.BEGINNING:
            return f"A beginning: its first {CATALOGUE[row['indicator']].every}"
        case judgement.NOT_DUE:
            return "Not due yet" if row["members_expected"] else "Nobody was asked"
        case judgement.IN_POUNDS:
            return "With credit notes, in pounds"
    return ""


def target(row: "pd.Series[Any]", *, when: bool = False) -> str:
    """`Target 48%`, and with `when` by which month; empty without one."""
    if formatting.is_gap(row["target"]):
        return ""
    text = f"Target\N{NO-BREAK SPACE}{formatting.figure(row['target'], row['unit'])}"
    return f"{text} by {row['target_period']:%b %Y}" if when else text


def against(row: "pd.Series[Any]") -> str:
    """`4 points below profile of 46%`; empty where there is nothing to compare."""
    if formatting.is_gap(row["profile"]) or formatting.is_gap(row["value"]) or lacking(row):
        return ""
    gap = formatting.gap(row["value"], row["profile"], row["unit"])
    return f"{gap} profile of {formatting.figure(row['profile'], row['unit'])}"


def travel(row: "pd.Series[Any]", window: str = "month") -> str:
    """The direction of travel: `Better than Aug 26, worse than Sep 25`."""
    back = CATALOGUE[row["indicator"]].months_before("month")
    months = [formatting.month(add_months(row["period"], -n), short=True) for n in (back, 12)]
    before = EARLIER.get(window, months)
    directions = [
        f"{TRAVEL[row[column]]} {when}"
        for column, when in zip(("direction", "direction_year"), before, strict=True)
        if isinstance(row[column], str)
    ]
    return formatting.capital(", ".join(dict.fromkeys(directions)))


def cover(row: "pd.Series[Any]") -> str:
    """`Sep 26 · 11 of 12 members, 5% not known · as at 22 Nov`."""
    month, as_at = formatting.month(row["period"], short=True), formatting.day(row["as_at"], True)
    return f"{month} · {formatting.coverage(row)} · as at {as_at}"


def _is_stock(row: "pd.Series[Any]") -> bool:
    return CATALOGUE[row["indicator"]].is_stock


def sentence(row: "pd.Series[Any]", window: str = "month") -> str:
    """Where the figure stands: `42% in September 2026, 4 points below profile of 46%. Worse than
    Aug 26, better than Sep 25.`"""
    when = CATALOGUE[row["indicator"]].span(row["period"], window)
    if row["unjudged"] == judgement.NOT_DUE:
        if not row["members_expected"]:
            return f"Nobody was asked for a return for {when}."
        return f"Nothing is due for {when} yet."
    if formatting.is_gap(row["value"]):
        if row["unjudged"] == judgement.IN_POUNDS:
            return f"{formatting.shown(row)} in {when}: with credit notes it is not a share."
        if formatting.shown(row) != "–":
            return formatting.no_figure(formatting.shown(row), f"for {when}")
        sent = "What was sent doesn't say" if row["members"] else "Nobody has sent"
        return f"{sent} the figure for {when}."
    why = lacking(row)
    at = "at" if _is_stock(row) else "in"
    parts = [f"{formatting.shown(row)} {at} {when}", against(row), f"{why[:1].lower()}{why[1:]}"]
    travelled = travel(row, window)
    return formatting.sentence(", ".join(filter(None, parts))) + (
        f" {travelled}." if travelled else ""
    )


def earlier(rows: pd.DataFrame, indicator: str, window: str = "month") -> date | None:
    """The period that the last one is compared with: a year before or, in the first year, the
    period before; None where neither has a figure."""
    values = dict(zip(rows["period"], rows["value"], strict=True))
    for back in (12, CATALOGUE[indicator].months_before(window)):
        before = add_months(rows["period"].max(), -back)
        if not formatting.is_gap(values.get(before)):
            return before
    return None


def change(rows: pd.DataFrame, before: date, alike: "pd.Series[Any] | None") -> str:
    """The change since an earlier period, raw and like for like: `Since Sep 25: 3 points below
    (45%); like for like, by the 10 members in both, 1 point below.`; empty without one, or where
    either can't be judged. A sum that other members made up is compared like for like only."""
    by_period = {row["period"]: row for _, row in rows.iterrows()}
    now, then = by_period[rows["period"].max()], by_period.get(before)
    if then is None or formatting.is_gap(now["value"]) or formatting.is_gap(then["value"]):
        return ""
    if isinstance(now["unjudged"], str) or isinstance(then["unjudged"], str):
        return ""
    unit, since = now["unit"], f"Since {formatting.month(before, short=True)}"
    same = unit == "share" or now["senders"] == then["senders"]
    moved = formatting.gap(now["value"], then["value"], unit)
    text = f"{since}: {moved} ({formatting.shown(then)})" if same else ""
    if alike is None or math.isnan(alike["value"]) or math.isnan(alike["value_before"]):
        return f"{text or f'{since}: not to be compared, as other members sent it'}."
    members = f"{alike['members']:,} {formatting.plural(alike['members'], 'member')}"
    if text and not alike["members_left_out"]:
        return f"{text}, by the same {members}."
    moved = formatting.gap(alike["value"], alike["value_before"], unit)
    like = f"like for like, by the {members} in both, {moved}."
    return f"{text}; {like}" if text else f"{since}: {like}"


def targets_held(targets: Sequence[Target]) -> str:
    """How many targets hold, in a sentence."""
    if not targets:
        return "No target is set yet, so no figure has a status."
    members = len({target.member_id for target in targets if target.member_id})
    network = sum(target.member_id is None for target in targets)
    text = f"The network is held to {formatting.counted(network, 'target')}"
    if members:
        own = formatting.count(len(targets) - network)
        text += (
            f", and {formatting.counted(members, 'member is', 'members are')} held to "
            f"{own} of {formatting.plural(members, 'its', 'their')} own"
        )
    return f"{text}."


def target_by(target: Target) -> str:
    """`190 by Mar 27`."""
    by = _month(target.target_period)
    return f"{_short(target.target, target.indicator)} by {by}"


def path(target: Target) -> str:
    """`straight from 102 in Sep 24`, or `month by month from Oct 24`."""
    if target.profile:
        return f"month by month from {_month(min(target.profile))}"
    if target.baseline is None or target.baseline_period is None:
        return ""
    start = _short(target.baseline, target.indicator)
    return f"straight from {start} in {_month(target.baseline_period)}"


def _month(period: date) -> str:
    """`Mar 27`, which stays on one line."""
    return formatting.month(period, short=True).replace(" ", "\N{NO-BREAK SPACE}")


def _short(value: float, indicator: str) -> str:
    unit = CATALOGUE[indicator].unit
    return formatting.round_pounds(value) if unit == "gbp" else formatting.exactly(value, unit)


def tolerance(target: Target, usual: float) -> str:
    """`5%`: its own, else the usual one."""
    return formatting.exactly(usual if target.tolerance is None else target.tolerance, "share")
