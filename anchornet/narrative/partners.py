"""Members and partners in words: what each is, and what it brings."""

from collections.abc import Mapping, Sequence

import pandas as pd

from anchornet import formatting
from anchornet.formatting import counted
from anchornet.places.organisations import DIRECTORY
from anchornet.places.partners import Partner
from anchornet.store.network import KINDS

MEMBER = "Member"
ROLES: Mapping[str, str] = DIRECTORY.field("roles").codes or {}
SAID = {"supplies": "Supplies", "pathways": "Pathways", "serves": "Works in"}


def answer(everyone: Sequence[Partner]) -> str:
    members = sum(each.member_id is not None for each in everyone)
    partners = len(everyone) - members
    if not everyone:
        return "No member and no partner is listed yet."
    text = counted(members, "member")
    text += f" and {counted(partners, 'partner')}" if partners else ", and no partner is listed yet"
    return formatting.sentence(text)


def by_role(everyone: Sequence[Partner]) -> str:
    """How many partners have which role: `Employment support: 1 · Business network: 1`."""
    roles = [role for each in everyone if each.member_id is None for role in each.roles]
    held = {title: roles.count(role) for role, title in ROLES.items() if role in roles}
    return " · ".join(f"{title}: {many:,}" for title, many in held.items())


def standards(held: pd.DataFrame) -> str:
    """How many organisations hold each, by what lists say: rows of standards.held_standards."""
    if held.empty:
        return (
            "No list says who holds a standard. Accredited Living Wage employers come from the "
            "members' returns."
        )
    counts = held["title"].value_counts(sort=False)
    parts = [f"{title}: {counted(many, 'organisation')}" for title, many in counts.items()]
    return f"{'; '.join(parts)}. Accredited Living Wage employers come from the members' returns."


def what(partner: Partner) -> str:
    if partner.member_id is not None:
        return f"{MEMBER}: {KINDS[partner.roles[0]]}"
    return "; ".join(ROLES.get(role, role) for role in partner.roles)


def brings(
    partner: Partner, returns: Sequence[str], promised: int, standards: Sequence[str], needs: int
) -> str:
    """What it brings: the returns it sent, what it promised, what the directory says of it, the
    standards it holds, and what it asks for."""
    parts = []
    if returns:
        parts.append(f"Sends {formatting.listed([formatting.inside(name) for name in returns])}")
    if promised:
        parts.append(formatting.capital(counted(promised, "promise")))
    parts += [f"{SAID[name]}: {words}" for name, words in partner.said.items()]
    if standards:
        parts.append(f"Holds: {'; '.join(standards)}")
    if needs:
        parts.append(f"Asks for {counted(needs, 'thing')}")
    return ". ".join(parts) or "–"
