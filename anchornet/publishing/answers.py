"""The sentence that a page opens with, made from the figures it shows."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from anchornet.indicators.catalogue import CATALOGUE
from anchornet.indicators.placing import Coverage
from anchornet.publishing import words
from anchornet.returns.declaration import RETURNS
from anchornet.store.submissions import Receipt


def overview(frame: pd.DataFrame, board: pd.DataFrame, period: date) -> str:
    """How the network stands: `frame` as targets.status gives it for the month, protected;
    `board` as submissions.returns_board gives it."""
    return " ".join([_standing(frame, period), _returns(board)])


def _standing(frame: pd.DataFrame, period: date) -> str:
    judged = frame[frame["status"].notna() & frame["value"].notna()]
    month = words.month(period)
    if judged.empty:
        known = frame[frame["value"].notna()]
        if known.empty:
            return f"There are no figures for {month} yet."
        first = known.iloc[0]
        title = CATALOGUE[first["indicator"]].title
        said = words.figure(first["value"], first["unit"])
        return f"In {month} the figure for {_inside(title)} was {said}; no target is set yet."
    on_track = int((judged["status"] == "on_track").sum())
    if on_track == len(judged):
        all_of = {1: "the one indicator", 2: "both indicators"}
        many = all_of.get(on_track, f"all {words.count(on_track)} indicators")
        return f"In {month} {many} with a target {'is' if on_track == 1 else 'are'} on track."
    many = words.count(on_track, len(judged))
    said = f"In {month} {many} indicators {'is' if on_track < 2 else 'are'} on track"
    if len(judged) == 1:
        said = f"In {month} the one indicator with a target is not on track"
    behind = judged[judged["status"] != "on_track"]
    worst = max((row for _, row in behind.iterrows()), key=_shortfall)
    gap = words.gap(worst["value"], worst["profile"], worst["unit"])
    return (
        f"{said}; furthest behind is {_inside(CATALOGUE[worst['indicator']].title)}, {gap} profile."
    )


def _shortfall(row: "pd.Series[Any]") -> float:
    """How far behind its profile, as a share of it; larger is worse."""
    behind = row["profile"] - row["value"]
    if CATALOGUE[row["indicator"]].polarity == "down":
        behind = -behind
    return float(behind / (abs(row["profile"]) or 1))


def _returns(board: pd.DataFrame) -> str:
    if board.empty:
        return "The network has no members in this month."
    members = board["member_id"].nunique()
    missing = board[board["state"] == "missing"]
    waiting = board[board["state"] == "not_due"]
    if missing.empty and waiting.empty:
        return "Every return is in."
    if missing.empty:
        return f"{_many(len(waiting), 'return')} not due yet."
    lacking = missing["member_id"].nunique()
    if members == 1:
        return "The one member has returns missing."
    verb = "has" if lacking == 1 else "have"
    said = words.count(lacking, members)
    return f"{said.capitalize()} members {verb} returns missing."


def _many(number: int, noun: str) -> str:
    return f"{words.count(number).capitalize()} {noun}{' is' if number == 1 else 's are'}"


_inside = words.inside


def coverage(board: pd.DataFrame) -> str:
    """`45 of 48 returns are in, 3 of them late; 3 are missing.`"""
    if board.empty:
        return "Nobody owes a return: add members first."
    states = board["state"].value_counts()
    missing, waiting = int(states.get("missing", 0)), int(states.get("not_due", 0))
    said = f"{len(board) - missing - waiting:,} of {len(board):,} returns are in"
    late = int((board["late"] & board["receipt"].notna()).sum())
    if late:
        said += f", {late:,} of them late"
    if missing:
        said += f"; {missing:,} {'is' if missing == 1 else 'are'} missing"
    if waiting:
        said += f"; {waiting:,} {'is' if waiting == 1 else 'are'} not due yet"
    return f"{said}."


def spend(by_ring: pd.DataFrame, names: Mapping[str, str], period: date, whose: str) -> str:
    """Where a month's pounds went: `by_ring` as calculate gives spend by ring, `names` of the
    rings on screen."""
    month = words.month(period)
    rings = by_ring[(by_ring["period"] == period) & by_ring["value"].notna()]
    if rings.empty:
        return f"{whose}: no spend is known for {month}."
    pounds = dict(zip(rings["ring"], rings["value"], strict=True))
    total = sum(pounds.values())
    said = f"{whose} spent {words.pounds(total)} with suppliers in {month}"
    if total <= 0:
        return f"{said}."
    parts = [
        f"{words.figure(pounds.get(ring, 0.0) / total, 'share')} {_where(ring, name)}"
        for ring, name in names.items()
    ]
    return f"{said}: {words.listed(parts)}."


def _where(ring: str, name: str) -> str:
    return {"area": f"in {name}", "unknown": "with no known address"}.get(ring, name)


def on_the_map(shown: float, total: float | None) -> str:
    """How much of a month's pounds the map can show, and what the shades are."""
    if total is None or words.is_gap(total) or total <= 0:
        return "There is nothing to show."
    said = (
        f"{words.pounds(shown)} of {words.pounds(total)} by the supplier's registered address: "
        "by ward inside the outline, by local authority beyond it."
    )
    if words.pounds(shown) != words.pounds(total):
        said += " The rest has no known address in England, or only a part of a postcode."
    return said


def owed(member: str, period: date, names: Sequence[str], due_on: date, today: date) -> str:
    """What a member has still to send for a month."""
    month = words.month(period)
    if not names:
        return f"{member} has sent every return for {month}."
    titles = words.listed([_inside(RETURNS[name].title) for name in names])
    noun = "return" if len(names) == 1 else "returns"
    said = f"{member} has {words.count(len(names))} {noun} to send for {month}"
    due = "due" if today <= due_on else f"which {'was' if len(names) == 1 else 'were'} due"
    return f"{said}, {due} on {words.day(due_on)}: {titles}."


def received(receipts: Sequence[Receipt], member: str) -> str:
    """What was just sent."""
    titles = [
        f"{_inside(RETURNS[it.return_name].title)} for {words.month(it.period)}" for it in receipts
    ]
    return f"Received from {member}: {words.listed(titles)}. It counts from now on."


def now_counted(row: "pd.Series[Any]") -> str:
    """`The network's spend with suppliers in January 2021 is now £55.2m.`"""
    indicator = CATALOGUE[row["indicator"]]
    return (
        f"The network's figure for {_inside(indicator.title)} in {words.month(row['period'])} "
        f"is now {words.shown(row)}, from {words.members(row)}."
    )


def places_lacking(listed: pd.DataFrame, found: Coverage, whose: str) -> str:
    """How much went to suppliers that the directory could place: `listed` as
    placing.suppliers_to_place gives them."""
    if found.last is None:
        return f"{whose} has sent no spend yet, so there are no suppliers to place."
    span = f"of the twelve months to {words.month(found.last)}"
    if listed.empty:
        return (
            f"The directory has nothing to add to {_of(whose)} {words.pounds(found.paid)} {span}."
        )
    many = f"{words.count(len(listed))} supplier{'' if len(listed) == 1 else 's'}"
    return (
        f"{words.pounds(listed['amount_gbp'].sum())} of {_of(whose)} {words.pounds(found.paid)} "
        f"{span} went to {many} whose place is not known."
    )


def places_known(found: Coverage, whose: str) -> str:
    """`The place of 88% of Sample Council's pounds is known: £27.3m of £31.0m.`"""
    if found.share is None:
        return words.sentence(f"{whose} has no spend to place yet")
    return (
        f"The place of {words.figure(found.share, 'share')} of {_of(whose)} pounds is known: "
        f"{words.pounds(found.known)} of {words.pounds(found.paid)}."
    )


def places_moved(before: Coverage, after: Coverage, whose: str) -> str:
    """What adding to the directory did for the pounds with a known place."""
    if after.share is None or before.share is None:
        return places_known(after, whose)
    was, now = (words.figure(it.share, "share") for it in (before, after))
    pounds = " to ".join(dict.fromkeys(words.pounds(it.known) for it in (before, after)))
    moved = f"went from {was} to {now}" if was != now else f"is {now}, as before"
    return (
        f"The share of {_of(whose)} pounds whose place is known {moved} "
        f"({pounds} of {words.pounds(after.paid)})."
    )


def _of(whose: str) -> str:
    return f"{whose}'" if whose.endswith("s") else f"{whose}'s"
