"""What the invented delivery group met for and decided, and what it knows of its area."""

from datetime import date, datetime

from anchornet.sample.files import read_list
from anchornet.store import asks
from anchornet.store.actions import close_action, record_action
from anchornet.store.area_statistics import record_area_fact
from anchornet.store.database import Database
from anchornet.store.meetings import record_meeting
from anchornet.store.targets import read_number


def decide(database: Database, by: str, founded: datetime) -> None:
    """Records the meetings, actions, asks and area facts of data/sample, each when it would have
    been."""
    for row in read_list("meetings.csv"):
        starts_at = datetime.fromisoformat(row["starts_at"])
        record_meeting(database, row["name"], starts_at, by, now=founded)
    for row in read_list("actions.csv"):
        number = record_action(
            database,
            indicator=row["indicator"],
            member_id=row["member_id"] or None,
            what=row["what"],
            who=row["who"],
            due_on=date.fromisoformat(row["due_on"]),
            by=by,
            now=datetime.fromisoformat(row["opened_at"]),
        )
        if row["closed_at"]:
            closed_at = datetime.fromisoformat(row["closed_at"])
            close_action(database, number, row["note"], by=by, now=closed_at)
    for row in read_list("area_facts.csv"):
        record_area_fact(
            database,
            row["name"],
            read_number(row["value"], "value"),
            source=row["source"],
            year=int(row["year"]),
            by=by,
            now=founded,
        )
    for row in read_list("asks.csv"):
        written_at = datetime.fromisoformat(row["written_at"])
        version = asks.write(database, row["words"], by=row["written_by"], now=written_at)
        if row["approved_at"]:
            asks.approve(database, version, by, datetime.fromisoformat(row["approved_at"]))
