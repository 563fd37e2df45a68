"""What is a member's own: its returns, files, suppliers and history, and the sending of them.

The one door to them. Each function is that of the package behind it, with the person who asks
before its arguments: it raises NotAllowed, and keeps that it did, where the access table doesn't
let them. The screen asks here only; the command line runs as whoever holds the file.
"""

from collections.abc import Callable
from functools import partial, wraps
from inspect import signature
from typing import Any, Concatenate, ParamSpec, TypeVar

import pandas as pd

from anchornet.access import Person, allowed
from anchornet.indicators import backlog, counting, placing, stock
from anchornet.store import audit, looking, network, submissions
from anchornet.store.database import Database

Given = ParamSpec("Given")
Found = TypeVar("Found")
Behind = Callable[Concatenate[Database, Given], Found]
Door = Callable[Concatenate[Database, Person, Given], Found]


class NotAllowed(Exception):
    """Somebody asked for what is not theirs; the text is a sentence for them."""


def require(
    database: Database, person: Person, actions: tuple[str, ...], member_id: str | None
) -> None:
    """Raises NotAllowed, and keeps that it did, unless one of the actions is allowed for this
    member; for all members at once (None) nothing is."""
    if member_id is not None and any(allowed(person, action, member_id) for action in actions):
        return
    audit.note(database, person.email, "was refused a member's own", actions[0], member_id)
    raise NotAllowed("This is for the member's own people, and you are not one of them.")


def _door(behind: Behind[Given, Found], *actions: str) -> Door[Given, Found]:
    takes = signature(behind)

    @wraps(behind.func if isinstance(behind, partial) else behind)
    def ask(
        database: Database, person: Person, /, *args: Given.args, **kwargs: Given.kwargs
    ) -> Found:
        bound = takes.bind(database, *args, **kwargs)
        bound.apply_defaults()
        given = bound.arguments
        if "member_id" in given:
            asked = {given["member_id"]}
        else:
            receipts = [given[name] for name in ("receipt", "before") if name in given]
            asked = {submissions.receipt(database, it).member_id for it in receipts}
        for member_id in asked:
            require(database, person, actions, member_id)
        return behind(database, *args, **kwargs)

    return ask


def _reads(behind: Behind[Given, Found]) -> Door[Given, Found]:
    return _door(behind, "see_member_detail")


def _sends(behind: Behind[Given, Found]) -> Door[Given, Found]:
    return _door(behind, "send_return", "send_on_behalf")


own_returns = _reads(submissions.own_returns)
history = _reads(submissions.history)
original = _reads(submissions.original)
findings_of = _reads(submissions.findings_of)
lines_changed = _reads(submissions.lines_changed)
sums_beside = _reads(looking.sums_beside)
suppliers_to_place = _reads(placing.suppliers_to_place)
suppliers_placed = _reads(placing.suppliers_placed)
own_renewals = _reads(stock.own_renewals)

look = _sends(looking.look)
look_at_piece = _sends(backlog.look)
submit = _sends(counting.submit)
send_nil = _sends(counting.send_nil)
send_pieces = _sends(backlog.send)
remember_mapping = _sends(network.remember_mapping)
withdraw = _door(submissions.withdraw, "send_return")


def submission(database: Database, person: Person, receipt: str) -> "pd.Series[Any]":
    """The row of submissions.history with that receipt; for who sent it themselves, too."""
    known = submissions.receipt(database, receipt)
    sent = submissions.history(database, known.member_id, known.return_name, known.period)
    row = sent[sent["receipt"] == known.receipt].iloc[0]
    sender = str(row["submitted_by"]).rpartition("<")[2].rstrip(">")  # as submissions.signed has it
    if sender != person.email:
        require(database, person, ("see_member_detail",), known.member_id)
    return row
