"""Who may see and do what, and whose data is whose: one table of actions and roles."""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from typing import Concatenate, ParamSpec, TypeVar

from anchornet.store import audit, people, submissions
from anchornet.store.database import Database
from anchornet.store.people import Account

ROLES: Mapping[str, str] = {
    "member_contributor": "Contributor",
    "member_viewer": "Viewer",
    "delivery_group": "Delivery group",
    "comms": "Communications",
    "coordinator": "Coordinator",
}

# Held for a member; the others are held in the network.
MEMBER_ROLES = ("member_contributor", "member_viewer")

ACTIONS: Mapping[str, str] = {
    "see_network_figures": "Sees the network's figures",
    "see_member_figures": "sees figures by member",
    "see_member_detail": "sees their own member's suppliers",
    "send_return": "sends their member's returns",
    "prepare_return": "turns a list of people into a return",
    "see_templates": "sees what each return asks for",
    "manage_returns": "sees who has returned what, chases, opens and closes months",
    "send_on_behalf": "sends a return for a member, marked so",
    "add_suppliers": "adds to the supplier directory",
    "see_rows_with_leave": "sees what a member sent where that member allows it",
    "keep_directory": "says which suppliers are left out of totals",
    "record_action": "records what is done about figures that are off track, and closes it",
    "make_pack": "makes the pack for a meeting",
    "share_figures": "makes pictures and sentences of figures to share",
    "approve_figures": "approves what is shared, and withdraws it",
    "write_stories": "writes stories",
    "approve_stories": "approves stories and what is public, and withdraws them",
    "set_targets": "sets targets",
    "run_network": "keeps the dates of meetings and the figures of the area",
    "keep_people": "says who may sign in, and sees what they did",
}

# Action -> role -> where it holds: "network" everywhere, "own" for the person's own member only.
ACCESS: Mapping[str, Mapping[str, str]] = {
    "see_network_figures": dict.fromkeys(ROLES, "network"),
    "see_member_figures": {
        "member_contributor": "own",
        "member_viewer": "own",
        "delivery_group": "network",
        "coordinator": "network",
    },
    "see_member_detail": {"member_contributor": "own", "member_viewer": "own"},
    "send_return": {"member_contributor": "own"},
    "prepare_return": {"member_contributor": "own", "coordinator": "network"},
    "see_templates": dict.fromkeys(
        ("member_contributor", "member_viewer", "coordinator"), "network"
    ),
    "manage_returns": {"coordinator": "network"},
    "send_on_behalf": {"coordinator": "network"},
    "add_suppliers": {"member_contributor": "own", "coordinator": "network"},
    "see_rows_with_leave": {"coordinator": "network"},
    "keep_directory": {"coordinator": "network"},
    # The group answers for its own decisions between meetings; what they are held to is not its own
    # to change.
    "record_action": {"delivery_group": "network", "coordinator": "network"},
    "make_pack": {"delivery_group": "network", "coordinator": "network"},
    "share_figures": dict.fromkeys(("delivery_group", "comms", "coordinator"), "network"),
    "approve_figures": dict.fromkeys(("comms", "coordinator"), "network"),
    "write_stories": {
        "member_contributor": "own",
        "comms": "network",
        "coordinator": "network",
    },
    "approve_stories": dict.fromkeys(("comms", "coordinator"), "network"),
    "set_targets": {"coordinator": "network"},
    "run_network": {"coordinator": "network"},
    "keep_people": {"coordinator": "network"},
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
    members = sorted({member_id for _, member_id in account.grants if member_id is not None})
    member_id = chosen if chosen in members else next(iter(members), None)
    roles = frozenset(role for role, holder in account.grants if holder in (None, member_id))
    others = tuple(other for other in members if other != member_id)
    return Person(account.email, account.name, roles, member_id, others)


def sample_people(members: Iterable[tuple[str, str]]) -> list[Person]:
    """Invented people to try a sample network as; `members` are (member_id, name) pairs."""
    own = [
        _sample_person(role, f"{ROLES[role]}, {name}", member_id)
        for member_id, name in members
        for role in ("member_contributor", "member_viewer")
    ]
    network = ("delivery_group", "comms", "coordinator")
    return own + [_sample_person(role, ROLES[role], None) for role in network]


def _sample_person(role: str, name: str, member_id: str | None) -> Person:
    mailbox = "-".join(part for part in (role.replace("_", "-"), member_id) if part).lower()
    return Person(f"{mailbox}@sample.invalid", name, frozenset({role}), member_id)
