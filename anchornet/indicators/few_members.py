"""Where figures together are nearly those of one member, which another could take its own from."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date, datetime

from anchornet.store.cache import cached
from anchornet.store.database import Database

FEWEST_TOGETHER = 3  # members whose figures are shown as one to those who see no member's
TOO_FEW_MEMBERS = "too few members"  # in place of a figure

Members = dict[str, str]  # ID -> kind


def small_months(
    database: Database, months: Collection[date], as_at: datetime | None
) -> frozenset[date]:
    """Those of the months in which the network had so few members that one could work out another's
    people: their figures stay with the members they come from."""
    least = database.settings.fewest_members_for_people
    each = _in_network(database, frozenset(months), as_at)
    return frozenset(month for month, members in each.items() if len(members) < least)


def kinds_offered(
    database: Database, months: Collection[date], as_at: datetime | None = None
) -> frozenset[str]:
    """The kinds of members whose figures those may have who see members together only: of enough
    members in each of these months, and so that those who are left are none or enough."""
    each = _in_network(database, frozenset(months), as_at).values()
    return frozenset.intersection(*map(_offered, each)) if each else frozenset()


def months_apart(
    database: Database,
    chosen: Collection[str],
    months: Collection[date],
    as_at: datetime | None,
    return_name: str | None,
) -> frozenset[date]:
    """The months in which figures of the chosen members, or what is left of the network's without
    them, are those of one or two: of members in the network and, of a return, of those that sent
    it."""
    network = _in_network(database, frozenset(months), as_at)
    apart = {month for month, members in network.items() if _is_kind(members, chosen) is False}
    if return_name is None:
        return frozenset(apart)
    sent = _senders(database, months, as_at, return_name)
    for month, members in sent.items():
        inside = members.keys() & set(chosen)
        outside = members.keys() - inside
        if not inside:
            continue
        if _is_kind(network.get(month, {}), chosen) is None:
            enough = all(not group or len(group) >= FEWEST_TOGETHER for group in (inside, outside))
        else:
            enough = _is_kind(members, chosen) is True
        if not enough:
            apart.add(month)
    return frozenset(apart)


def _offered(members: Members) -> frozenset[str]:
    """Of the kinds of these members those that are large, and leave none or enough."""
    sizes = Counter(members.values())
    large = {kind for kind, size in sizes.items() if size >= FEWEST_TOGETHER}
    left = sum(sizes.values()) - sum(sizes[kind] for kind in large)
    if large and 0 < left < FEWEST_TOGETHER:
        # Who takes all large kinds from the network would have the small ones together.
        large.remove(min(large, key=lambda kind: (sizes[kind], kind)))
    return frozenset(large)


def _is_kind(members: Members, chosen: Collection[str]) -> bool | None:
    """Of these members, whether the chosen ones are a kind that is offered; None where they are no
    kind."""
    kinds = {members[member] for member in chosen if member in members}
    if len(kinds) != 1:
        return None
    if any(kind in kinds and member not in chosen for member, kind in members.items()):
        return None
    return kinds <= _offered(members)


@cached
def _in_network(
    database: Database, months: frozenset[date], as_at: datetime | None
) -> dict[date, Members]:
    """The members in the network in each month, of those in which there were any."""
    return _each_month(
        database,
        """
        select month, member_id, kind
        from current_members($as_at)
        join (select unnest($months::date[]) as month) on in_network(starts_on, ends_on, month)
        """,
        {"as_at": as_at, "months": list(months)},
    )


def _senders(
    database: Database, months: Collection[date], as_at: datetime | None, return_name: str
) -> dict[date, Members]:
    """The members that sent a return for each month, of those for which any did."""
    return _each_month(
        database,
        """
        select period, member_id, kind
        from current_submissions($as_at)
        join current_members($as_at) using (member_id)
        where return_name = $return_name and period in (select unnest($months::date[]))
        """,
        {"as_at": as_at, "months": list(months), "return_name": return_name},
    )


def _each_month(
    database: Database, sql: str, parameters: Mapping[str, object]
) -> dict[date, Members]:
    each: dict[date, Members] = {}
    for month, member_id, kind in database.rows(sql, parameters):
        each.setdefault(month, {})[member_id] = kind
    return each
