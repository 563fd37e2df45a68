"""The sentence that a page opens with, made from the figures it shows."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.facts.catalogue import CATALOGUE
from anchornet.formatting import counted, is_gap, plural, shown
from anchornet.indicators.judgement import FEW_MEMBERS, FEW_MONTHS, IN_POUNDS
from anchornet.narrative import status
from anchornet.places.standards import ANY
from anchornet.returns.declaration import RETURNS


def overview(
    frame: pd.DataFrame, board: pd.DataFrame, when: str, whose: str = "The network"
) -> str:
    """How the network or some members stand: `frame` as targets.status gives it for a period, which
    is `when` in words, protected; `board` as returns_status.returns_board gives it."""
    text = f"{_against_targets(frame, when)} {_returns(board)}"
    return text if whose == "The network" else f"{whose}: {text[:1].lower()}{text[1:]}"


def _against_targets(frame: pd.DataFrame, month: str) -> str:
    present = frame[frame["value"].notna() | frame["unjudged"].eq(IN_POUNDS)]
    if present.empty:
        hidden = any(shown(row) != "–" for _, row in frame.iterrows())
        return f"There are no figures {'that can be shown ' if hidden else ''}for {month} yet."
    judged = present[present["status"].notna()]
    lacking = present[present["unjudged"].notna()]
    if judged.empty and 2 * len(lacking) >= len(present):
        why = status.lacking(lacking.iloc[0])
        why = why.replace("A beginning: its", "it is their")
        return f"The figures for {month} can't be judged yet: {why[:1].lower()}{why[1:]}."
    if judged.empty:
        present = present[present["unjudged"].isna()]
        title, value = _title(present.iloc[0]), shown(present.iloc[0])
        return (
            f"In {month} the figure for {title} was {value}; no figure is judged against a target "
            "yet."
        )
    on_track = int((judged["status"] == "on_track").sum())
    many = f"{formatting.count(on_track, len(judged))} indicators"
    if on_track == len(judged):
        many = "the one indicator" if on_track == 1 else many
        return f"In {month} {many} with a target {formatting.verb(on_track)} on track."
    text = f"In {month} {many} {formatting.verb(on_track)} on track"
    if len(judged) == 1:
        text = f"In {month} the one indicator with a target is not on track"
    behind = judged[judged["status"] != "on_track"]
    worst = max((row for _, row in behind.iterrows()), key=_shortfall)
    gap = formatting.gap(worst["value"], worst["profile"], worst["unit"])
    return f"{text}; furthest behind is {_title(worst)}, {gap} profile."


def _title(row: "pd.Series[Any]") -> str:
    return formatting.inside(CATALOGUE[row["indicator"]].title)


def _shortfall(row: "pd.Series[Any]") -> float:
    """How far behind its profile, as a share of it; larger is worse."""
    behind = row["profile"] - row["value"]
    if CATALOGUE[row["indicator"]].polarity == "down":
        behind = -behind
    return float(behind / (abs(row["profile"]) or 1))


def _returns(board: pd.DataFrame) -> str:
    if board.empty:
        return "The network has no members in this month."
    missing = board[board["state"] == "missing"]
    waiting = int((board["state"] == "not_due").sum())
    if missing.empty:
        if not waiting:
            return "Every return is in."
        return formatting.sentence(f"{counted(waiting, 'return is', 'returns are')} not due yet")
    members, lacking = board["member_id"].nunique(), missing["member_id"].nunique()
    if members == 1:
        return "The one member has returns missing."
    many = formatting.capital(formatting.count(lacking, members))
    return f"{many} members {formatting.verb(lacking, 'has', 'have')} returns missing."


def coverage(board: pd.DataFrame) -> str:
    """`45 of 48 returns are in, 3 of them late; 3 are missing.`"""
    if board.empty:
        return "No returns are due: add members first."
    missing, waiting = (int((board["state"] == state).sum()) for state in ("missing", "not_due"))
    there = len(board) - missing - waiting
    returns = f"{there:,} of {len(board):,} {plural(len(board), 'return')}"
    text = f"{returns} {plural(there, 'is', 'are')} in"
    late = int((board["late"] & board["receipt"].notna()).sum())
    if late:
        text += f", {late:,} of them late"
    for number, what in ((missing, "missing"), (waiting, "not due yet")):
        if number:
            text += f"; {number:,} {plural(number, 'is', 'are')} {what}"
    return f"{text}."


def source(frame: pd.DataFrame, return_name: str, unit: str, when: str) -> str:
    """What stands under a chart: `People. Local hires returns of 11 of 12 members, September 2026,
    as at 2 October 2026.`"""
    if frame.empty:
        return ""
    row = frame.iloc[-1]
    title = RETURNS[return_name].title
    returns = f"{title} returns of {formatting.members(row)}"
    if not row["members_expected"]:
        returns = f"Nobody was asked for returns of {formatting.inside(title)}"
    return f"{unit}. {returns}, {when}, as at {formatting.day(row['as_at'])}."


def member(now: pd.DataFrame, name: str, board: pd.DataFrame, when: str) -> str:
    """How one member stands: `now` as targets.status gives its own figures of one span, `board`
    its rows of returns_status.returns_board over the months shown."""
    present = now[now["value"].notna()]
    judged = present[present["status"].notna()]
    due = board[board["state"] != "not_due"]
    returns = f"{_sent(due)} returns sent"
    if due["late"].any():
        returns += f", {int(due['late'].sum()):,} late"
    if judged.empty:
        figures = f"{len(present):,} {plural(len(present), 'figure')}"
        return f"{name}: {figures} for {when}, and no targets of its own; {returns}."
    on_track = int((judged["status"] == "on_track").sum())
    many = f"{formatting.count(on_track, len(judged))} targets of its own"
    verb = formatting.verb(on_track)
    if len(judged) == 1:
        many, verb = "its own target", "is" if on_track else "is not"
    return f"{name}: {many} {verb} on track in {when}; {returns}."


def members(everyone: pd.DataFrame, board: pd.DataFrame, when: str) -> str:
    """How all members stand: `everyone` is protected, by member, with status; `board` as for
    member."""
    judged = everyone[everyone["status"].notna()]
    lacking = board.loc[board["state"] == "missing", "member_id"].nunique()
    text = formatting.capital(counted(board["member_id"].nunique(), "member"))
    missing = (
        f"{formatting.count(lacking) if lacking else 'none'} with a return missing in the year"
    )
    if judged.empty:
        return f"{text}: {missing}."
    off_track = judged.loc[judged["status"] == "off_track", "member"].nunique()
    many = f"{_or_none(off_track)} with a target of its own off track in {when}"
    return f"{text}: {many}, {missing}."


def standards(rows: Mapping[str, Mapping[Any, Any]], titles: Mapping[str, str], when: str) -> str:
    """Standard -> the row of the share of spend with those that hold it, and of any of them."""
    any_of_them = rows[ANY]
    text = (
        f"{any_of_them['shown']} of spend in {when} went to suppliers that hold a standard of the "
        "framework."
    )
    if any_of_them["unjudged"] == IN_POUNDS:
        text = f"With credit notes, {text}"
    missing = [name for code, name in titles.items() if code not in rows]
    if missing:
        text += f" Nobody has listed who holds this: {formatting.listed(missing)}."
    return text


def _or_none(number: int) -> str:
    return formatting.count(number) if number else "none"


def record(board: pd.DataFrame, when: str) -> str:
    """What became of a member's returns: `44 of 48 returns sent in …: 3 late, 1 corrected.`"""
    due = board[board["state"] != "not_due"]
    if due.empty:
        return f"No returns were due in {when}."
    counts = {"late": int(due["late"].sum())}
    counts |= {
        state: int((due["state"] == state).sum()) for state in ("corrected", "nil", "missing")
    }
    parts = formatting.listed([f"{number:,} {what}" for what, number in counts.items() if number])
    text = f"{_sent(due)} returns sent in {when}"
    return f"{text}: {parts}." if parts else f"{text}, all on time."


def _sent(due: pd.DataFrame) -> str:
    """`44 of 48`: how many of those that are due were sent."""
    return f"{int((due['state'] != 'missing').sum()):,} of {len(due):,}"


def definitions(groups: Mapping[str, Sequence[object]]) -> str:
    many = sum(len(group) for group in groups.values())
    returns = formatting.count(len(RETURNS))
    return f"{many:,} figures are made of what members send in {returns} returns."


def by_indicator(frame: pd.DataFrame) -> dict[str, "pd.Series[Any]"]:
    return {str(row["indicator"]): row for _, row in frame.iterrows()}


def of_whom(whose: str, row: "formatting.Row") -> str:
    """Whose a figure is and, where too few have sent it to be judged, how many: `The network, 3 of
    12 members so far`."""
    is_few = row["unjudged"] in (FEW_MEMBERS, FEW_MONTHS) and row["members"] > 0
    return f"{whose}, {status.lacking(row)}" if is_few else whose


def has_value(row: "Mapping[str, Any] | pd.Series[Any]") -> bool:
    return not is_gap(row["value"])
