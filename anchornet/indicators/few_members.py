"""Where figures together are nearly those of one member, which another could take its own from."""

from collections import Counter
from collections.abc import Collection
from datetime import date, datetime

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
    each = _in_network(database, months, as_at)
    return frozenset(month for month, members in each.items() if len(members) < least)


def kinds_offered(
    database: Database, months: Collection[date], as_at: datetime | None = None
) -> frozenset[str]:
    """The kinds of members whose figures those may have who see members together only: of enough
    members in each of these months, and so that those who are left are none or enough."""
    offered: set[str] = set()
    for number, members in enumerate(_in_network(database, months, as_at).values()):
        sizes = Counter(members.values())
        large = {kind for kind, size in sizes.items() if size >= FEWEST_TOGETHER}
        left = sum(sizes.values()) - sum(sizes[kind] for kind in large)
        if large and 0 < left < FEWEST_TOGETHER:
            # Who takes all large kinds from the network would have the small ones together.
            large.remove(min(large, key=lambda kind: (sizes[kind], kind)))
        offered = large if number == 0 else offered & large
    return frozenset(offered)


def _in_network(
    database: Database, months: Collection[date], as_at: datetime | None
) -> dict[date, Members]:
    """The members in the network in each month, of those in which there were any."""
    rows = database.rows(
        """
        select month, member_id, kind
        from current_members($as_at)
        join (select unnest($months::date[]) as month) on in_network(starts_on, ends_on, month)
        """,
        {"as_at": as_at, "months": list(months)},
    )
    each: dict[date, Members] = {}
    for month, member_id, kind in rows:
        each.setdefault(month, {})[member_id] = kind
    return each
