"""Who may see and do what, and whose data is whose: one table of actions and roles, access.csv."""

import csv
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from anchornet import formatting
from anchornet.store import api_tokens, audit, people, submissions
from anchornet.store.database import Database
from anchornet.store.network import is_sample
from anchornet.store.people import Account

ROLES: Mapping[str, str] = {
    "member_contributor": "Contributor",
    "member_viewer": "Viewer",
    "delivery_group": "Delivery group",
    "comms": "Communications",
    "vcse_infrastructure": "VCSE infrastructure",
    "coordinator": "Coordinator",
}
# What each is there for, for whoever chooses one.
WORK: Mapping[str, str] = {
    "member_contributor": "Sends its returns, and sees its figures beside the network's.",
    "member_viewer": "Sees its figures beside the network's; sends nothing.",
    "delivery_group": "Sees how the network stands against its targets, and decides what to do.",
    "comms": "Makes and approves charts and stories that may be published.",
    "vcse_infrastructure": "Records what local organisations need, and who can help.",
    "coordinator": "Runs the network: members, people, targets, dates, and chasing what is late.",
}

# Held for a member; the others are held in the network.
MEMBER_ROLES = ("member_contributor", "member_viewer")

# The group answers for its own decisions between meetings; what they are held to is not its own to
# change. A role holds everywhere ("network") or for the person's own member only ("own").
with Path(__file__).with_name("access.csv").open(encoding="utf-8", newline="") as _file:
    _ROWS = list(csv.DictReader(_file))
ACTIONS: Mapping[str, str] = {row["action"]: row["words"] for row in _ROWS}
ACCESS: Mapping[str, Mapping[str, str]] = {
    row["action"]: {role: row[role] for role in ROLES if row[role]} for row in _ROWS
}

READS = frozenset({"see_member_detail"})
SENDS = frozenset({"send_return", "send_on_behalf"})

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


class NotAllowed(Exception):
    """Somebody asked for what is not theirs; the text is a sentence for them."""


@dataclass(frozen=True)
class Person:
    """Someone who is signed in, as they act now: `roles` are those in the network and for
    `member_id`, which is empty for people who belong to no member. For `others` they can act too.
    """

    email: str
    name: str
    roles: frozenset[str]
    member_id: str | None = None
    others: tuple[str, ...] = ()


def allowed(person: Person, action: str, member_id: str | None = None) -> bool:
    """Whether the person may do this, for this member; without a member, whether for any."""
    scopes = {ACCESS[action][role] for role in person.roles if role in ACCESS[action]}
    if "network" in scopes:
        return True
    if "own" not in scopes or person.member_id is None:
        return False
    return member_id in (None, person.member_id)


def require(
    database: Database,
    person: Person,
    actions: AbstractSet[str],
    member_id: str | None,
    about: str,
) -> None:
    """Raises NotAllowed, and records it, unless one of the actions is allowed for this member; for
    all members at once (None) nothing is. The coordinator's looks with leave are recorded too."""
    if member_id is not None:
        if any(allowed(person, action, member_id) for action in actions):
            return
        looks = actions == READS and allowed(person, "see_rows_with_leave", member_id)
        if looks and people.has_leave(database, member_id):
            audit.note(database, person.email, "looked at a member's rows", about, member_id)
            return
    audit.note(database, person.email, "was refused a member's own", about, member_id)
    raise NotAllowed(
        "This is for the member's own people. They can let the coordinator see it, on My returns."
    )


def guarded(
    function: Callable[Concatenate[Database, Arguments], Answer],
    actions: AbstractSet[str],
    words: str | None = None,
) -> Callable[Concatenate[Database, Person, Arguments], Answer]:
    """The function with the person who asks before its arguments, who needs one of the actions for
    its member, or for those whose receipts it is given; `words` name it in the record."""
    parameters = signature(function)
    name = words or function.__name__.replace("_", " ")

    @wraps(function)
    def check_and_call(
        database: Database, person: Person, /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Answer:
        bound = parameters.bind(database, *args, **kwargs)
        bound.apply_defaults()
        values = bound.arguments
        receipts = [values[key] for key in ("receipt", "before") if key in values]
        if "member_id" in values:
            members = {values["member_id"]}
        else:
            members = {submissions.receipt_of(database, number).member_id for number in receipts}
        for member_id in members:
            require(database, person, actions, member_id, " ".join([name, *map(str, receipts)]))
        return function(database, *args, **kwargs)

    return check_and_call


def person_of(account: Account, chosen: str | None = None) -> Person:
    """Somebody as they act now: with their roles in the network and those for one member, the one
    chosen or, where they have nothing to do with it, the first of theirs."""
    # Of an older database somebody may be both, and is then the coordinator only.
    is_coordinator = people.COORDINATOR in account.grants
    grants = {grant for grant in account.grants if grant[1] is None or not is_coordinator}
    members = sorted({member_id for _, member_id in grants if member_id is not None})
    member_id = chosen if chosen in members else next(iter(members), None)
    roles = frozenset(role for role, holder in grants if holder in (None, member_id))
    others = tuple(other for other in members if other != member_id)
    return Person(account.email, account.name, roles, member_id, others)


def program_of(database: Database, secret: str, now: datetime | None = None) -> Person | None:
    """The program that signs in with an API token, as it acts: with the token's one role. None once
    the token has ended, or whoever made it could not make it any more."""
    token = api_tokens.holder(database, secret, now=now)
    if token is None:
        return None
    # In a sample network nobody has an account.
    if not is_sample(database) and not api_tokens.answered_for(database, token):
        return None
    name = f"{token.name} (API)"
    return Person(token.who, name, frozenset({token.role}), token.member_id)


def why_not_approve(database: Database, action: str, made_by: str, by: str) -> str | None:
    """Why somebody can't approve what they made: who else may. None where they can."""
    if made_by != by or not database.settings.second_person_approves:
        return None
    others = [
        account.name
        for account in people.accounts(database)
        if account.email != by and allowed(person_of(account), action)
    ]
    if not others:
        return None
    return f"You made this, so somebody else approves it. {formatting.listed(others)} can."


def sample_people(members: Iterable[tuple[str, str]]) -> list[Person]:
    """Invented people to try a sample network as; `members` are (member_id, name) pairs."""
    own = [
        _sample_person(role, f"{ROLES[role]}, {name}", member_id)
        for member_id, name in members
        for role in ("member_contributor", "member_viewer")
    ]
    network = ("vcse_infrastructure", "delivery_group", "comms", "coordinator")
    return own + [_sample_person(role, ROLES[role], None) for role in network]


def _sample_person(role: str, name: str, member_id: str | None) -> Person:
    mailbox = "-".join(part for part in (role.replace("_", "-"), member_id) if part).lower()
    return Person(f"{mailbox}@sample.invalid", name, frozenset({role}), member_id)
