"""What is said about returns: where a member stands, what changed, who owes what, the receipt."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.facts.catalogue import CATALOGUE
from anchornet.formatting import counted, plural
from anchornet.intake.bulk_upload import MatchedFile, SentFile
from anchornet.returns.declaration import RETURNS, Return
from anchornet.returns.outliers import PeriodTotals
from anchornet.settings import Settings
from anchornet.store.network import DueDates
from anchornet.store.returns_status import Owed
from anchornet.store.sent_back import SentBack
from anchornet.store.submissions import Receipt

STATES = {
    "not_started": "Not started",
    "sent": "Sent",
    "sent_late": "Sent late",
    "nil": "Nil return",
    "corrected": "Corrected",
    "withdrawn": "Withdrawn",
}
# What became of a return, as store.returns_status says it: a shape and a word.
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
    if not names:
        return _all_sent(member, period)
    due = formatting.due(due_on, today)
    return f"{_to_send(member, period, names)}, {due}: {_titles(names, period)}."


def _all_sent(member: str, period: date) -> str:
    return f"{member} has sent every return for {formatting.month(period)}."


def _to_send(member: str, period: date, names: Sequence[str]) -> str:
    returns = counted(len(names), "return")
    return f"{member} has {returns} to send for {formatting.month(period)}"


def _titles(names: Sequence[str], period: date) -> str:
    return formatting.listed(
        [formatting.inside(title_for(RETURNS[name], period)) for name in names]
    )


def title_for(return_: Return, period: date) -> str:
    """Its title, and of one that isn't for a month what it is for: `Commitments (July to September
    2026)`."""
    if return_.every == "month":
        return return_.title
    return f"{return_.title} ({return_.period_words(period)})"


def titles_on(board: pd.DataFrame) -> dict[str, str]:
    """The titles of the returns on a board of returns_status.returns_board, in their order."""
    asked = set() if board.empty else set(board["return_name"])
    return {name: return_.title for name, return_ in RETURNS.items() if name in asked}


def three_dates(dates: DueDates, today: date) -> str:
    """`Due on 20 October 2026. Closes to new returns on … and to corrections on …`, where these
    dates bind; else by when each is expected, and that it is still taken after."""
    closes, ends = formatting.day(dates.closes_on), formatting.day(dates.corrections_close_on)
    if not dates.binding:
        rest = (
            f"Please send new returns by {closes} and corrections by {ends}; later ones are still "
            "taken."
        )
    elif today > dates.corrections_close_on:
        rest = f"Closed since {ends}; ask the coordinator if something must still change."
    elif today > dates.closes_on:
        rest = f"Closed to new returns since {closes}; takes corrections until {ends}."
    else:
        rest = f"Takes new returns until {closes} and corrections until {ends}."
    return f"Due on {formatting.day(dates.due_on)}. {rest}"


def state(row: "pd.Series[Any]", due_on: date, today: date) -> str:
    """A return of own_returns in words: `Not started, due in 9 days`, `Nil return, sent late`."""
    text = STATES[row["state"]]
    if row["state"] in OWED:
        return f"{text}, {formatting.due(due_on, today)}"
    return f"{text}, first sent late" if row["late"] and row["state"] != "sent_late" else text


def amount(return_: Return, field: str, value: Decimal | None) -> str:
    """Money to the penny, anything else without needless noughts: `£5.00`, `1,204`, `47.8`; a dash
    for none."""
    if value is None:
        return "–"
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
    return f"Against {row['receipt_before']}: {_difference(row)}"


def corrects(row: "pd.Series[Any]") -> str:
    """`This takes the place of R000007: 2 rows more.` Empty for the first, and for one that doesn't
    count."""
    if not isinstance(row["receipt_before"], str) or row["state"] != "counted":
        return ""
    return f"This takes the place of {row['receipt_before']}: {_difference(row)}."


def _difference(row: "pd.Series[Any]") -> str:
    return_ = RETURNS[row["return_name"]]
    parts = []
    rows = row["rows"] - int(row["rows_before"])
    if rows:
        more = "more" if rows > 0 else "fewer"
        parts.append(f"{abs(rows):,} {plural(abs(rows), 'row')} {more}")
    for name in return_.totals:
        now, before = (row[each].get(name, Decimal(0)) for each in ("totals", "totals_before"))
        difference = now - before
        if difference:
            size = amount(return_, name, abs(difference))
            more = "more" if difference > 0 else "less"
            parts.append(f"{return_.field(name).title} {size} {more}")
    return "; ".join(parts) or "same rows and totals"


def against(return_name: str, totals: PeriodTotals, counts: "pd.Series[Any] | None") -> str:
    """What a file changes against what counts now, a row of preview.sums_beside, in whose place it
    comes. Empty where nothing counts yet."""
    if counts is None:
        return ""
    before = {f"{name}_before": counts[name] for name in ("receipt", "rows", "totals")}
    now = {"return_name": return_name, "rows": totals.rows, "totals": totals.totals}
    return change(pd.Series(now | before))


def lines_changed(new: int, gone: int, before: str) -> str:
    """`Line by line against R000007: 5 are new or different, 1 is no longer there as it was.`"""
    if not new and not gone:
        return f"Line by line against {before}: nothing is different."
    return (
        f"Line by line against {before}: {new:,} {plural(new, 'is', 'are')} new or different, "
        f"{gone:,} {plural(gone, 'is', 'are')} no longer there as "
        f"{plural(gone, 'it was', 'they were')}."
    )


def board(frame: pd.DataFrame, period: date, due_on: date, today: date) -> str:
    """What a month's board says: `frame` as returns_status.returns_board gives it."""
    month = formatting.month(period)
    if frame.empty:
        return f"The network has no members in {month}."
    missing = frame[frame["receipt"].isna()]
    if missing.empty:
        return f"Every return for {month} is in."
    members, everyone = missing["member_id"].nunique(), frame["member_id"].nunique()
    many = f"{formatting.count(members, everyone)} members"
    if members == everyone:
        many = "every member" if everyone > 1 else "its one member"
    returns = counted(len(missing), f"return for {month} is", f"returns for {month} are")
    return (
        f"{formatting.capital(returns)} still to come, {formatting.due(due_on, today)}; "
        f"{many} {'has' if members in (1, everyone) else 'have'} something to send."
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
    opening, titles, ending = asked_for(member, names, period, due_on, today)
    items = "\n".join(f"- {title}" for title in titles)
    return (
        f"Hello,\n\n{opening}\n\n{items}\n\n{ending}\n\n"
        f"If something stands in the way, tell us.\n\n{network}\n"
    )


def asked_for(
    member: str, names: Sequence[str], period: date, due_on: date, today: date
) -> tuple[str, list[str], str]:
    """What a reminder says before the titles of the returns, the titles, and what it says after."""
    month, many = formatting.month(period), len(names)
    verb = plural(many, "was", "were") if due_on < today else plural(many, "is", "are")
    days = formatting.due(due_on, today).removeprefix("due ")
    opening = (
        f"{plural(many, 'This return', 'These returns')} of {member} for {month} "
        f"{plural(many, 'has not come yet; it', 'have not come yet; they')} {verb} due on "
        f"{formatting.day(due_on)} ({days}):"
    )
    ending = (
        f"Please send {plural(many, 'it', 'them')} on the page My returns. If there was nothing to "
        f"report in {month}, say so there with a nil return: without it the network's figures have "
        "a gap."
    )
    return opening, [title_for(RETURNS[name], period) for name in names], ending


def backlog(results: Iterable[SentFile], member: str) -> str:
    """What became of a backlog: `Twelve returns of … count from now on; one file was not sent.`"""
    files = list(results)
    new = sum(not receipt.already for file in files for receipt in file.receipts)
    unsent = sum(1 for file in files if file.problem)
    text = f"{counted(new, 'return counts', 'returns count')} from now on for {member}"
    if unsent:
        text += f"; {counted(unsent, 'file was', 'files were')} not sent"
    return formatting.sentence(text)


def stops(count: int, kind: str) -> str:
    """`Three things stop this file:`; of `files`, how many can't be sent."""
    if kind == "files":
        return f"{formatting.capital(counted(count, 'file'))} can't be sent yet:"
    return f"{formatting.capital(counted(count, 'thing stops', 'things stop'))} this {kind}:"


def asks(count: int, kind: str) -> str:
    """`One thing to look at, which doesn't stop this file:`"""
    if kind == "files":
        return f"{formatting.capital(counted(count, 'file'))} with something to look at:"
    some = formatting.capital(counted(count, "thing"))
    return f"{some} to look at, which {plural(count, 'does', 'do')} not stop this {kind}:"


def of_file(match: MatchedFile) -> str:
    """Why one of several files can't be sent as it is, or how much there is to look at in it."""
    if match.problem or match.asks:
        return match.reason
    counts = (match.errors, "to put right"), (match.warnings, "to look at")
    return ", ".join(f"{count:,} {words}" for count, words in counts if count)


def why_it_differs(return_name: str, settings: Settings) -> list[str]:
    """Why the figures made of a return may be others than what was sent."""
    counts_people = any(
        indicator.return_name == return_name and indicator.unit == "people"
        for indicator in CATALOGUE.values()
    )
    if not counts_people:
        return [*RETURNS[return_name].differs]
    least = formatting.count(settings.fewest_members_for_people)
    return [
        *RETURNS[return_name].differs,
        f"Others never see your people as they are. {formatting.rounding(settings)} "
        f"{formatting.star('people', settings)}",
        f"With fewer than {least} members, figures of people are for the member they come from "
        "only.",
    ]


def named(one: SentBack) -> str:
    """`spend with suppliers for September 2026 (R000007)`"""
    return_ = RETURNS[one.return_name]
    title = formatting.inside(return_.title)
    return f"{title} for {return_.period_words(one.period)} ({one.receipt})"


def question(one: SentBack) -> str:
    """What the member is asked about a return, by whom and when."""
    return (
        f"“{one.reason}” Asked by {one.sent_back_by} on "
        f"{formatting.day(formatting.in_london(one.sent_back_at))}."
    )


def meanwhile(one: SentBack) -> str:
    """What counts until a question is answered, and how it ends."""
    return (
        f"{one.receipt} goes on counting as it is. Send a correction, or withdraw it, if something "
        "should change; if it is right, tell your coordinator, who then takes the question back."
    )


def asks_of_member(one: SentBack, network: str) -> str:
    """A question to copy into a message to a member."""
    return (
        f"Hello,\n\nWe have a question about {named(one)} of {one.member}:\n\n{one.reason}\n\n"
        f"{meanwhile(one).replace('tell your coordinator, who then takes', 'tell us, and we take')}"
        f"\n\n{network}\n"
    )


def then_counts(sent: pd.DataFrame, receipt: str, period: date) -> str:
    """What counts once a receipt is withdrawn: `sent` is submissions.history of one return and
    month."""
    rest = sent[(sent["receipt"] != receipt) & (sent["state"] != "withdrawn")]
    month = RETURNS[sent["return_name"].iloc[0]].period_words(period)
    if rest.empty:
        return f"Then nothing counts for {month}, and the return is missing."
    row = rest.iloc[0]
    what = "nothing to report" if row["nil"] else totals(row["return_name"], row["totals"])
    again = "counts as before" if row["state"] == "counted" else "counts again"
    return f"Then {row['receipt']} {again} for {month}: {what}."


def receipt_facts(row: "pd.Series[Any]", *, own: bool = False) -> dict[str, str]:
    """What a receipt says of a row of submissions.history, by its name on the receipt; `own`: for
    the member's own people, who may know what was sent before."""
    return_ = RETURNS[row["return_name"]]
    facts: dict[str, str] = {
        "Member": row["member"],
        "Return": return_.title,
        return_.every.capitalize(): return_.period_words(row["period"]),
        "Received": f"{formatting.moment(row['accepted_at'])} UTC",
        "Sent by": sender(row),
        "File": "None: a nil return, nothing to report" if row["nil"] else row["file_name"],
        "Rows": f"{row['rows']:,}",
    }
    for name, value in row["totals"].items():
        facts[return_.field(name).title] = amount(return_, name, value)
    if own and (change := corrects(row)):
        facts["Takes the place of"] = change.removeprefix("This takes the place of ")
    if row["warnings"]:
        count = f"{row['warnings']:,} {plural(row['warnings'], 'thing')} to look at"
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
        f"{formatting.inside(RETURNS[receipt.return_name].title)} "
        f"for {RETURNS[receipt.return_name].period_words(receipt.period)}"
        for receipt in receipts
    ]
    they = plural(len(titles), "It counts", "They count")
    return f"Received from {member}: {formatting.listed(titles)}. {they} from now on."


def own_counted(row: "pd.Series[Any]", member: str) -> str:
    """`For Sample College by itself it is £1.2m.`"""
    return f"For {member} by itself it is {formatting.shown(row)}."


def now_counted(row: "pd.Series[Any]") -> str:
    """`The network's spend with suppliers in January 2021 is now £55.2m.`"""
    title = formatting.inside(CATALOGUE[row["indicator"]].title)
    return (
        f"The network's figure for {title} in {formatting.month(row['period'])} is now "
        f"{formatting.shown(row)}, from {formatting.members(row)}."
    )


def starting(
    owed: Sequence[Owed], starts_on: date | None, today: date, who: str = "it"
) -> list[str]:
    """What a member owes that starts then: the first period of each return with its due date, and
    how many are due already; `owed` as returns_status.owed_from gives it."""
    if not owed:
        return [f"{formatting.capital(who)} leaves before its first month ends, and owes nothing."]
    firsts: dict[str, Owed] = {}
    for one in owed:
        firsts.setdefault(one.return_name, one)
    groups: dict[tuple[str, date], list[str]] = {}
    for one in sorted(firsts.values(), key=lambda one: one.due_on):
        period = RETURNS[one.return_name].period_words(one.period)
        title = formatting.inside(RETURNS[one.return_name].title)
        groups.setdefault((period, one.due_on), []).append(title)
    first, *later = [
        f"{formatting.listed(titles)} for {period}, due on {formatting.day(due_on)}"
        for (period, due_on), titles in groups.items()
    ]
    start = f"Starting on {formatting.day(starts_on)}, {who}" if starts_on else who.capitalize()
    before = "" if starts_on else " Without a first day it counts as always in the network."
    rest = "".join(f"; {one}" for one in later)
    sentences = [f"{start} first owes {first}{rest}.{before}"]
    if overdue := sum(one.due_on < today for one in owed):
        single = "return is due already and stands as missing until it is sent"
        several = "returns are due already and stand as missing until they are sent"
        sentences.append(formatting.sentence(counted(overdue, single, several)))
    elif starts_on:
        sentences.append(f"{formatting.capital(who)} owes nothing for the months before.")
    return sentences


def membership(members: pd.DataFrame, today: date) -> str:
    """How many are in the network, start later, and have left: `members` as network.members."""
    if members.empty:
        return "No member has been added yet. Add the first one here."
    left = sum(not pd.isna(day) and day < today for day in members["ends_on"])
    later = sum(not pd.isna(day) and day > today for day in members["starts_on"])
    here = len(members) - left - later
    text = f"{counted(here, 'member is', 'members are')} in the network"
    text += f"; {formatting.count(later)} {plural(later, 'starts', 'start')} later" if later else ""
    text += f"; {formatting.count(left)} {plural(left, 'has', 'have')} left" if left else ""
    return formatting.sentence(text)
