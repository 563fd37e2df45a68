"""Commands of people: who may sign in, with which roles, and with what."""

import getpass
import sys
from argparse import Namespace

from anchornet.access import MEMBER_ROLES, ROLES
from anchornet.commands import DONE, command, network_of, say
from anchornet.commands.arguments import RECORDED_BY, arg
from anchornet.narrative.plain_text import table_text
from anchornet.store import authentication, people

EMAIL = arg("email", metavar="EMAIL")


def _read_grant(text: str) -> people.Grant:
    """(role, member) of `member_viewer@council`; (role, None) of `coordinator`."""
    role, _, member_id = text.partition("@")
    if role not in ROLES:
        raise ValueError(f"there is no role {role}. There are: {', '.join(ROLES)}.")
    if (role in MEMBER_ROLES) != bool(member_id):
        example = f"{role}@council" if role in MEMBER_ROLES else role
        raise ValueError(f"{text} is not how to write it: write {example}.")
    return role, member_id or None


@command(
    "people add",
    "Let somebody sign in, or record what is now true of them: the roles are these and no others.",
    EMAIL,
    arg("--name", required=True),
    arg(
        "--role",
        read=_read_grant,
        metavar="ROLE[@MEMBER]",
        action="append",
        default=[],
        help=f"may be repeated; {', '.join(ROLES)}; the first two with the member's ID, such as "
        "member_contributor@council",
    ),
    RECORDED_BY,
)
def _add(given: Namespace) -> int:
    with network_of(given) as database:
        found = people.record_person(database, given.email, given.name, given.role, by=given.by)
    return say(f"Recorded {found.name} as {found.email}.")


@command("people remove", "Take somebody away who has left.", EMAIL, RECORDED_BY)
def _remove(given: Namespace) -> int:
    with network_of(given) as database:
        people.remove_person(database, given.email, by=given.by)
    return say(f"{given.email} can't sign in any more.")


@command("people list", "Say who may sign in, and as what.")
def _list(given: Namespace) -> int:
    with network_of(given) as database:
        found = people.accounts(database)
    rows = [
        {
            "email": it.email,
            "name": it.name,
            "roles": ", ".join(
                f"{role}@{member_id}" if member_id else role
                for role, member_id in sorted(it.grants, key=str)
            ),
        }
        for it in found
    ]
    print(table_text(rows), end="")
    return DONE


@command(
    "people link",
    "Make a link that signs somebody in, once and for some minutes; printed after your address.",
    EMAIL,
    RECORDED_BY,
)
def _link(given: Namespace) -> int:
    with network_of(given) as database:
        token = authentication.make_link(database, given.email, by=given.by)
    print(f"/sign-in/{token}")
    return DONE


@command(
    "people password",
    "Give somebody a password: asked for, or read from standard input.",
    EMAIL,
    RECORDED_BY,
)
def _password(given: Namespace) -> int:
    asked = sys.stdin.isatty()
    password = getpass.getpass("Password: ") if asked else sys.stdin.readline().rstrip("\n")
    with network_of(given) as database:
        authentication.set_password(database, given.email, password, by=given.by)
    return say(f"{given.email} has a new password.")
