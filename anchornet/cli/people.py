"""Commands of people: who may sign in, with which roles, and with what."""

from pathlib import Path
from typing import NamedTuple

import typer

from anchornet.cli.options import DATABASE, EMAIL, RECORDED_BY, group, option, required
from anchornet.cli.output import network, print_rows, print_text, say, typed_secret

# Those of access, which loads the database.
MEMBER_ROLES = ("member_contributor", "member_viewer")
ROLES = (*MEMBER_ROLES, "delivery_group", "comms", "vcse_infrastructure", "coordinator")

app = typer.Typer()
people = group(app, "people", "Who may sign in, and as what.")


class Grant(NamedTuple):
    """A role, and the member that it is held for; None: in the network."""

    role: str
    member_id: str | None


def read_grant(text: str) -> Grant:
    """Of `member_viewer@council`, or of `coordinator`."""
    role, _, member_id = text.partition("@")
    if role not in ROLES:
        raise ValueError(f"there is no role {role}. There are: {', '.join(ROLES)}.")
    if (role in MEMBER_ROLES) != bool(member_id):
        example = f"{role}@council" if role in MEMBER_ROLES else role
        raise ValueError(f"{text} is not how to write it: write {example}.")
    return Grant(role, member_id or None)


ROLE = option(
    "--role",
    "ROLE[@MEMBER]",
    f"May be repeated; {', '.join(ROLES)}; the first two with the member's ID, such as "
    "member_contributor@council.",
    read_grant,
)


@people.command("add")
def add_person(
    email: str = EMAIL,
    name: str = required("--name", "NAME"),
    role: list[Grant] | None = ROLE,
    by: str = RECORDED_BY,
    database: Path | None = DATABASE,
) -> int:
    """Let somebody sign in, or record what is now true of them: these roles and no others."""
    from anchornet.store.people import record_person

    with network(database) as opened:
        person = record_person(opened, email, name, role or [], by=by)
    waiting = ", ".join(f"{name}@{member_id}" for name, member_id in sorted(person.asked, key=str))
    hint = f" Waits for the member, or for `people confirm`: {waiting}." if waiting else ""
    return say(f"Recorded {person.name} as {person.email}.{hint}")


@people.command("confirm")
def confirm_roles(
    email: str = EMAIL, by: str = RECORDED_BY, database: Path | None = DATABASE
) -> int:
    """Give somebody the roles that wait for a member's word, where nobody of it is left to."""
    from anchornet.store.people import account, settle_role

    with network(database) as opened:
        person = account(opened, email)
        for role, member_id in sorted(person.asked, key=str) if person else ():
            settle_role(opened, str(member_id), email, role, True, by=by)
    return say(f"{email} has every role that was asked for.")


@people.command("remove")
def remove_person(
    email: str = EMAIL, by: str = RECORDED_BY, database: Path | None = DATABASE
) -> int:
    """Take somebody away who has left."""
    from anchornet.store import people

    with network(database) as opened:
        people.remove_person(opened, email, by=by)
    return say(f"{email} can't sign in any more.")


@people.command("list")
def list_people(database: Path | None = DATABASE) -> int:
    """Say who may sign in, and as what."""
    from anchornet.store.people import accounts

    with network(database) as opened:
        rows = [
            {
                "email": person.email,
                "name": person.name,
                "roles": ", ".join(
                    f"{role}@{member_id}" if member_id else role
                    for role, member_id in sorted(person.grants, key=str)
                ),
            }
            for person in accounts(opened)
        ]
    return print_rows(rows)


@people.command("link")
def make_link(email: str = EMAIL, by: str = RECORDED_BY, database: Path | None = DATABASE) -> int:
    """Make a link that signs somebody in, once and for some minutes; printed after your address."""
    from anchornet.store import authentication

    with network(database) as opened:
        token = authentication.make_link(opened, email, by=by)
    return print_text(f"/sign-in/{token}")


@people.command("password")
def set_password(
    email: str = EMAIL, by: str = RECORDED_BY, database: Path | None = DATABASE
) -> int:
    """Give somebody a password: asked for, or read from standard input."""
    from anchornet.store import authentication

    password = typed_secret("Password: ")
    with network(database) as opened:
        authentication.set_password(opened, email, password, by=by)
    return say(f"{email} has a new password.")
