"""What is said about returns: where a member stands, what changed, whom to chase, the receipt."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.facts.catalogue import CATALOGUE
from anchornet.intake.bulk_upload import SentFile
from anchornet.returns.declaration import RETURNS, Return
from anchornet.returns.outliers import PeriodTotals
from anchornet.store.network import DueDates
from anchornet.store.submissions import Receipt

STATES = {
    "not_started": "Not started",
    "sent": "Sent",
    "sent_late": "Sent late",
    "nil": "Nil return",
    "corrected": "Corrected",
    "withdrawn": "Withdrawn",
}
# What became of a return, as board.returns_board says it: a shape and a word.
ON_BOARD = {
    "on_time": ("●", "on time"),
    "late": ("◐", "late"),
    "corrected": ("◉", "corrected"),
    "nil": ("○", "nil return"),
    "missing": ("✕", "missing"),
    "not_due": ("·", "not due yet"),
}
COUNTS = {"counted": "counts", "superseded": "replaced", "withdrawn": "withdrawn"}
# A member has still to send what is in one of these states.
OWED = ("not_started", "withdrawn")


def owed(member: str, names: Sequence[str], period: date, due_on: date, today: date) -> str:
    """What a member has still to send for a month."""
    month = formatting.month(period)
    if not names:
        return f"{member} has sent every return for {month}."
    titles = formatting.listed([formatting.inside(RETURNS[name].title) for name in names])
    noun = "return" if len(names) == 1 else "returns"
    return (
        f"{member} has {formatting.count(len(names))} {noun} to send for {month}, "
        f"{formatting.due(due_on, today)}: {titles}."
    )


def three_dates(dates: DueDates, today: date) -> str:
    """`Due on 20 October 2026. Closes to new returns on … and to corrections on …`, where these
    dates bind; else by when each is expected, and that it is still taken after."""
    closes, ends = formatting.day(dates.closes_on), formatting.day(dates.corrections_close_on)
    due = f"Due on {formatting.day(dates.due_on)}."
    if not dates.binding:
        return (
            f"{due} Please send new returns by {closes} and corrections by {ends}; "
            "later ones are still taken."
        )
    if today > dates.corrections_close_on:
        return f"{due} Closed since {ends}; ask the coordinator if something must still change."
    if today > dates.closes_on:
        return f"{due} Closed to new returns since {closes}; takes corrections until {ends}."
    return f"{due} Takes new returns until {closes} and corrections until {ends}."


def state(row: "pd.Series[Any]", due_on: date, today: date) -> str:
    """A return of own_returns in words: `Not started, due in 9 days`, `Nil return, sent late`."""
    word = STATES[row["state"]]
    if row["state"] in OWED:
        return f"{word}, {formatting.due(due_on, today)}"
    return f"{word}, first sent late" if row["late"] and row["state"] != "sent_late" else word


def amount(return_: Return, field: str, value: Decimal) -> str:
    """Money to the penny, anything else without needless noughts: `£5.00`, `1,204`, `47.8`."""
    if return_.field(field).type == "money":
        return formatting.pence(value)
    return f"{value.normalize():,f}"


def totals(return_name: str, sums: Mapping[str, Decimal]) -> str:
    """`Amount £1,214.50`; `Starts 12, Offers 20`; a dash where nothing is summed."""
    return_ = RETURNS[return_name]
    parts = [
        f"{return_.field(name).title} {amount(return_, name, value)}"
        for name, value in sums.items()
    ]
    return ", ".join(parts) or "–"


def change(row: "pd.Series[Any]") -> str:
    """What changed against the one sent before: a row of submissions.history in words, such as
    `Against R000007: 2 rows more; Amount £1,200.00 less`. Empty for the first."""
    if not isinstance(row["receipt_before"], str):
        return ""
    return_ = RETURNS[row["return_name"]]
    rows = _more(row["rows"] - int(row["rows_before"]), "{} row", "{} rows")
    parts = [rows] if rows else []
    for name, value in row["totals"].items():
        difference = value - row["totals_before"].get(name, Decimal(0))
        if difference:
            size = amount(return_, name, abs(difference))
            parts.append(
                f"{return_.field(name).title} {size} {'more' if difference > 0 else 'less'}"
            )
    return f"Against {row['receipt_before']}: {'; '.join(parts) or 'same rows and totals'}"


def against(return_name: str, month: PeriodTotals, counts: "pd.Series[Any] | None") -> str:
    """What a file changes against what counts now, a row of looking.sums_beside, in whose place it
    comes. Empty where nothing counts yet."""
    if counts is None:
        return ""
    return change(
        pd.Series(
            {
                "return_name": return_name,
                "receipt_before": counts["receipt"],
                "rows": month.rows,
                "rows_before": counts["rows"],
                "totals": month.totals,
                "totals_before": counts["totals"],
            }
        )
    )


def _more(difference: int, one: str, many: str) -> str:
    if not difference:
        return ""
    size = abs(difference)
    noun = (one if size == 1 else many).format(f"{size:,}")
    return f"{noun} {'more' if difference > 0 else 'fewer'}"


def lines_changed(new: int, gone: int, before: str) -> str:
    """`Line by line against R000007: 5 are new or different, 1 is no longer there as it was.`"""
    if not new and not gone:
        return f"Line by line against {before}: nothing is different."
    news = f"{new:,} {'is' if new == 1 else 'are'} new or different"
    gones = f"{gone:,} {'is' if gone == 1 else 'are'} no longer there as they were"
    if gone == 1:
        gones = "1 is no longer there as it was"
    return f"Line by line against {before}: {news}, {gones}."


def board(frame: pd.DataFrame, period: date, due_on: date, today: date) -> str:
    """What a month's board says: `frame` as board.returns_board gives it."""
    month = formatting.month(period)
    if frame.empty:
        return f"The network has no members in {month}."
    missing = frame[frame["receipt"].isna()]
    due = formatting.due(due_on, today)
    if missing.empty:
        return f"Every return for {month} is in."
    members, everyone = missing["member_id"].nunique(), frame["member_id"].nunique()
    who = f"{formatting.count(members, everyone)} members"
    if members == everyone:
        who = "every member" if everyone > 1 else "its one member"
    returns = formatting.count(len(missing))
    noun, verb = ("return", "is") if len(missing) == 1 else ("returns", "are")
    has = "has" if members in (1, everyone) else "have"
    return (
        f"{returns.capitalize()} {noun} for {month} {verb} still to come, {due}; "
        f"{who} {has} something to send."
    )


def to_chase(frame: pd.DataFrame) -> dict[str, tuple[str, list[str]]]:
    """member_id -> (name, names of the returns still to come), by name; of one month's board."""
    chase: dict[str, tuple[str, list[str]]] = {}
    for _, row in frame[frame["receipt"].isna()].iterrows():
        chase.setdefault(row["member_id"], (row["member"], []))[1].append(row["return_name"])
    return chase


def reminder(
    member: str,
    names: Sequence[str],
    period: date,
    due_on: date,
    today: date,
    network: str,
) -> str:
    """A reminder to copy into a message to a member."""
    month, due_words = formatting.month(period), formatting.due(due_on, today)
    past = due_on < today
    titles = "\n".join(f"- {RETURNS[name].title}" for name in names)
    if len(names) == 1:
        these, them, it_was = "This return", "it", f"has not come yet; it {'was' if past else 'is'}"
    else:
        were = "were" if past else "are"
        these, them, it_was = "These returns", "them", f"have not come yet; they {were}"
    return (
        f"Hello,\n\n{these} of {member} for {month} {it_was} due on {formatting.day(due_on)} "
        f"({due_words.removeprefix('due ')}):\n\n{titles}\n\n"
        f"Please send {them} on the page My returns. If there was nothing to report in {month}, "
        "say so there with a nil return: without it the network's figures have a gap.\n\n"
        f"If something stands in the way, tell us.\n\n{network}\n"
    )


def backlog(results: Iterable[SentFile], member: str) -> str:
    """What became of a backlog: `Twelve returns of … count from now on; one file was not sent.`"""
    files = list(results)
    new = sum(not receipt.already for file in files for receipt in file.receipts)
    unsent = sum(1 for file in files if file.problem)
    verb = "return counts" if new == 1 else "returns count"
    sentence = f"{formatting.count(new).capitalize()} {verb} from now on for {member}"
    if unsent:
        sentence += (
            f"; {formatting.count(unsent)} {'file was' if unsent == 1 else 'files were'} not sent"
        )
    return f"{sentence}."


def receipt_facts(row: "pd.Series[Any]") -> dict[str, str]:
    """What a receipt says of a row of submissions.history, by its name on the receipt."""
    return_ = RETURNS[row["return_name"]]
    facts: dict[str, str] = {
        "Member": row["member"],
        "Return": return_.title,
        "Month": formatting.month(row["period"]),
        "Received": f"{formatting.moment(row['accepted_at'])} UTC",
        "Sent by": sender(row),
        "File": "None: a nil return, nothing to report" if row["nil"] else row["file_name"],
        "Rows": f"{row['rows']:,}",
    }
    for name, value in row["totals"].items():
        facts[return_.field(name).title] = amount(return_, name, value)
    if row["warnings"]:
        count = f"{row['warnings']:,} thing{'' if row['warnings'] == 1 else 's'} to look at"
        facts["Accepted with"] = f"{count}: {row['note']}"
    if row["state"] == "withdrawn":
        facts["Withdrawn"] = (
            f"{formatting.moment(row['withdrawn_at'])} UTC, by {row['withdrawn_by']}: "
            f"{row['reason']}"
        )
    elif row["state"] == "superseded":
        facts["Since then"] = "A later one was sent, which counts in its place"
    if isinstance(row["sha256"], str):
        facts["SHA-256 of the file"] = row["sha256"]
    return facts


def sender(row: "pd.Series[Any]") -> str:
    """Who sent it, and whether it was the coordinator on the member's behalf."""
    behalf = " (the coordinator, on the member's behalf)" if row["on_behalf"] else ""
    return f"{row['submitted_by']}{behalf}"


def received(receipts: Sequence[Receipt], member: str) -> str:
    """What was just sent."""
    titles = [
        f"{formatting.inside(RETURNS[it.return_name].title)} for {formatting.month(it.period)}"
        for it in receipts
    ]
    return f"Received from {member}: {formatting.listed(titles)}. It counts from now on."


def now_counted(row: "pd.Series[Any]") -> str:
    """`The network's spend with suppliers in January 2021 is now £55.2m.`"""
    indicator = CATALOGUE[row["indicator"]]
    return (
        f"The network's figure for {formatting.inside(indicator.title)} in "
        f"{formatting.month(row['period'])} "
        f"is now {formatting.shown(row)}, from {formatting.members(row)}."
    )
