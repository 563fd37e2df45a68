"""Commands of returns that were sent, and of those that are owed."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from anchornet.cli.options import (
    BY,
    DATABASE,
    FORMAT,
    MONTH,
    RETURN,
    Form,
    argument,
    option,
    required,
)
from anchornet.cli.output import (
    network,
    print_json,
    print_rows,
    records,
    say,
)
from anchornet.periods import month_text, parse_month
from anchornet.returns.declaration import RETURNS, Return

if TYPE_CHECKING:
    pass

app = typer.Typer()


@app.command()
def conflicts(period: date = MONTH, form: Form = FORMAT, database: Path | None = DATABASE) -> int:
    """List employers of whom members' Living Wage returns say different things."""
    from anchornet.indicators.accreditations import conflicts as conflicting
    from anchornet.narrative import accreditations

    with network(database) as opened:
        frame = conflicting(opened, period)
    if form == "json":
        return print_rows(records(frame), form)
    headings = ("Employer", "Reported by", "They differ in", "Counted")
    rows = accreditations.conflict_rows(frame)
    return print_rows([dict(zip(headings, row, strict=True)) for row in rows])


@app.command()
def withdraw(
    receipt: str = argument("RECEIPT"),
    by: str = BY,
    reason: str = required("--reason", "TEXT"),
    database: Path | None = DATABASE,
) -> int:
    """Stop counting a submission; it stays in the history, and the earlier one counts again."""
    from anchornet.store import submissions

    with network(database) as opened:
        earlier = submissions.withdraw(opened, receipt, by=by, reason=reason)
    counts = f"{earlier.receipt} counts in its place" if earlier else "the return is missing now"
    return say(f"{receipt} is withdrawn: {counts}.")


@app.command("send-back")
def send_back(
    receipt: str = argument("RECEIPT"),
    by: str = BY,
    reason: str = required("--reason", "TEXT", "What you ask; the member reads it."),
    database: Path | None = DATABASE,
) -> int:
    """Send a return back to its member with a question; it goes on counting meanwhile."""
    from anchornet.store import sent_back

    with network(database) as opened:
        sent_back.send_back(opened, receipt, by=by, reason=reason)
    return say(f"{receipt} is sent back with your question. It counts until it is corrected.")


@app.command("take-back")
def take_back(
    receipt: str = argument("RECEIPT"), by: str = BY, database: Path | None = DATABASE
) -> int:
    """Take back what was asked about a return."""
    from anchornet.store import sent_back

    with network(database) as opened:
        sent_back.take_back(opened, receipt, by=by)
    return say(f"Nothing is asked about {receipt} any more.")


@app.command()
def ask(
    return_: Return = RETURN,
    first: date = required("--from", "YYYY-MM", "The first period of it.", read=parse_month),
    by: str = BY,
    database: Path | None = DATABASE,
) -> int:
    """Say from which period on members owe a return; earlier ones can be sent and are not owed."""
    from anchornet.store.network import set_first_period

    with network(database) as opened:
        set_first_period(opened, return_, first, by=by)
    return say(f"{return_.title} is owed from {return_.period_words(first)} on.")


@app.command("returns")
def list_returns(
    period: date | None = option("--period", "YYYY-MM", "The month.", read=parse_month),
    form: Form = FORMAT,
    database: Path | None = DATABASE,
) -> int:
    """Say who has returned what, for a month or for every month so far."""
    from anchornet.narrative.returns_status import ON_BOARD
    from anchornet.store.returns_status import returns_board

    with network(database) as opened:
        board = returns_board(opened, period)
    board["period"] = board["period"].map(month_text)
    if form == "json":
        return print_json(records(board))
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for row in records(board):
        line = {"period": row["period"], "member": row["member"]}
        title, (_, state) = RETURNS[row["return_name"]].title, ON_BOARD[row["state"]]
        asked = ", sent back" if row["sent_back"] else ""
        rows.setdefault((row["period"], row["member_id"]), line)[title] = state + asked
    return print_rows(list(rows.values()))
