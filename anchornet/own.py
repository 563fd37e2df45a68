"""What is a member's own: its returns, files, suppliers and history, and the sending of them.

The one door to them. Each function is that of the package behind it, with the person who asks
before its arguments: it raises NotAllowed, and keeps that it did, where the access table doesn't
let them. What the coordinator looks at with the member's leave is recorded, each time. The screen
asks here only; the command line runs as whoever holds the file.
"""

from collections.abc import Callable
from functools import partial, wraps
from inspect import signature
from typing import Any, Concatenate, ParamSpec, TypeVar

import pandas as pd

from anchornet.access import Person, allowed
from anchornet.indicators import accreditations, supplier_places
from anchornet.intake import bulk_upload
from anchornet.intake import preview as preview_return
from anchornet.intake import submit as submit_return
from anchornet.store import audit, network, people, returns_status, stories, submissions
from anchornet.store.database import Database

Given = ParamSpec("Given")
Found = TypeVar("Found")
Behind = Callable[Concatenate[Database, Given], Found]
Door = Callable[Concatenate[Database, Person, Given], Found]


READ = ("see_member_detail",)
# What was asked for, as the record has it, where the function's name doesn't say it.
IN_WORDS = {"original": "the file of", "looks": "looks at what is there"}


class NotAllowed(Exception):
    """Somebody asked for what is not theirs; the text is a sentence for them."""


def require(
    database: Database,
    person: Person,
    actions: tuple[str, ...],
    member_id: str | None,
    about: str,
) -> None:
    """Raises NotAllowed, and keeps that it did, unless one of the actions is allowed for this
    member; for all members at once (None) nothing is."""
    if member_id is not None:
        if any(allowed(person, action, member_id) for action in actions):
            return
        looks = actions == READ and allowed(person, "see_rows_with_leave", member_id)
        if looks and people.has_leave(database, member_id):
            audit.note(database, person.email, "looked at a member's rows", about, member_id)
            return
    audit.note(database, person.email, "was refused a member's own", about, member_id)
    raise NotAllowed(
        "This is for the member's own people. They can let the coordinator see it, on My returns."
    )


def _door(behind: Behind[Given, Found], *actions: str) -> Door[Given, Found]:
    takes = signature(behind)
    function = behind.func if isinstance(behind, partial) else behind
    name = IN_WORDS.get(function.__name__, function.__name__.replace("_", " "))

    @wraps(function)
    def ask(
        database: Database, person: Person, /, *args: Given.args, **kwargs: Given.kwargs
    ) -> Found:
        bound = takes.bind(database, *args, **kwargs)
        bound.apply_defaults()
        given = bound.arguments
        receipts = [given[it] for it in ("receipt", "before") if it in given]
        if "member_id" in given:
            asked = {given["member_id"]}
        else:
            asked = {submissions.receipt(database, it).member_id for it in receipts}
        about = " ".join([name, *map(str, receipts)])
        for member_id in asked:
            require(database, person, actions, member_id, about)
        return behind(database, *args, **kwargs)

    return ask


def _reads(behind: Behind[Given, Found]) -> Door[Given, Found]:
    return _door(behind, *READ)


def _sends(behind: Behind[Given, Found]) -> Door[Given, Found]:
    return _door(behind, "send_return", "send_on_behalf")


own_returns = _reads(returns_status.own_returns)
history = _reads(submissions.history)
original = _reads(submissions.original)
findings_of = _reads(submissions.findings_of)
lines_changed = _reads(submissions.lines_changed)
sums_beside = _reads(preview_return.sums_beside)
suppliers_to_place = _reads(supplier_places.suppliers_to_place)
suppliers_placed = _reads(supplier_places.suppliers_placed)
own_renewals = _reads(accreditations.own_renewals)
looks = _reads(audit.looks)

preview = _sends(preview_return.preview)
match_file = _sends(bulk_upload.match_file)
submit = _sends(submit_return.submit)
send_nil = _sends(submit_return.send_nil)
send_files = _sends(bulk_upload.send_files)
remember_mapping = _sends(network.remember_mapping)
withdraw = _door(submissions.withdraw, "send_return")
record_leave = _door(people.record_leave, "send_return")

own_stories = _door(stories.of_member, "write_stories")
write_story = _door(stories.write, "write_stories")
end_consent = _door(stories.end_consent, "write_stories")


def submission(database: Database, person: Person, receipt: str) -> "pd.Series[Any]":
    """The row of submissions.history with that receipt; for who sent it themselves, too."""
    known = submissions.receipt(database, receipt)
    sent = submissions.history(database, known.member_id, known.return_name, known.period)
    row = sent[sent["receipt"] == known.receipt].iloc[0]
    sender = str(row["submitted_by"]).rpartition("<")[2].rstrip(">")  # as submissions.signed has it
    if sender != person.email:
        require(database, person, READ, known.member_id, f"what is known of {known.receipt}")
    return row
