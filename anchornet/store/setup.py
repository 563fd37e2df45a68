"""How far a network that was begun in the browser is set up."""

from anchornet.store.authentication import SETUP
from anchornet.store.database import Database, append, utc_now
from anchornet.store.network_settings import is_decided

# What is to be done, in the order in which it is offered.
STEPS = {
    "network": "Name the network",
    "area": "Choose its area",
    "deadlines": "Set the deadlines",
    "members": "Add the members",
    "people": "Invite their people",
    "targets": "Set the first targets",
    "meetings": "Add the dates of meetings",
}


def is_open(database: Database) -> bool:
    """Whether it was begun in the browser and nobody has said yet that it is done."""
    rows = database.rows(
        "select value from meta where name = ? order by rowid desc limit 1", [SETUP]
    )
    return rows == [("begun",)]


def end(database: Database) -> None:
    with database.writing() as cursor:
        append(cursor, "meta", SETUP, "ended", utc_now())


def done(database: Database) -> dict[str, bool]:
    """Each step, and whether there is what it asks for."""
    ((members, without, targets, meetings),) = database.rows(
        """
        with
        here as (
            from current_members(null) where ends_on is null or ends_on >= current_date
        ),
        contributors as (
            select member_id from current_grants(null) where role = 'member_contributor'
        )
        select
            (select count(*) from here),
            (select count(*) from here where member_id not in (from contributors)),
            (select count(*) from current_targets(null)),
            (select count(*) from current_meetings(null))
        """
    )
    return {
        "network": is_decided(database, "network_name"),
        "area": is_decided(database, "area"),
        "deadlines": is_decided(database, "due_days"),
        "members": members > 0,
        "people": members > 0 and without == 0,
        "targets": targets > 0,
        "meetings": meetings > 0,
    }
