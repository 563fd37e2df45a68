"""What the invented organisations ask for, and what became of it."""

from datetime import date, datetime, time

from anchornet.indicators.figures import OWN
from anchornet.indicators.promises import promises, quarter_of
from anchornet.sample.files import read_list
from anchornet.store.database import Database
from anchornet.store.needs import Need, record_event, record_need

STEPS = ("introduced", "agreed", "delivered", "confirmed")


def ask(database: Database, until: date, by: str) -> None:
    """Records the needs of data/sample, each when it would have been, with the promises that there
    are by then."""
    quarter = quarter_of(database, until)
    frame = promises(database, [quarter] if quarter else [], OWN)
    found = {
        (row["agreement_ref"], row["measure"]): row["promise"] for row in frame.to_dict("records")
    }
    for row in read_list("needs.csv"):
        need = Need(
            organisation=row["organisation"],
            outcome=row["outcome"],
            kind=row["kind"],
            what=row["what"],
            how_much=row["how_much"],
            area=row["area"],
            needed_by=date.fromisoformat(row["needed_by"]) if row["needed_by"] else None,
            review_on=date.fromisoformat(row["review_on"]),
        )
        number = record_need(database, need, by=by, now=_at(row["asked_on"]))
        promise = found.get((row["agreement_ref"], row["measure"]))
        for step in STEPS:
            if not row[f"{step}_on"] or (step == "agreed" and promise is None):
                break
            record_event(
                database,
                number,
                step,
                by=by,
                role="Coordinator",
                words=row["introduced_to"] if step == "introduced" else "",
                promise=promise if step == "agreed" else None,
                now=_at(row[f"{step}_on"]),
            )


def _at(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(10))
