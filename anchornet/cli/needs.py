"""Commands of needs."""

from datetime import date
from pathlib import Path

import typer

from anchornet.cli.options import (
    BY,
    DATABASE,
    FORMAT,
    RECORDED_BY,
    Form,
    argument,
    group,
    option,
    read_day,
    read_number,
    required,
)
from anchornet.cli.output import moment_text, network, print_rows, say

app = typer.Typer()
needs = group(app, "needs", "What organisations ask for, and what becomes of it.")


@needs.command("add")
def add_need(
    organisation: str = required("--organisation", "NAME", "Who asks."),
    what: str = required("--what", "TEXT", "Without names of people; the list is public."),
    kind: str = required("--kind", "KIND", "Such as volunteers; a wrong one says which there are."),
    outcome: str = required("--outcome", "ID", "Of the framework."),
    review_on: date = required("--review-on", "DAY", "When it is looked at again.", read_day),
    how_much: str = option("--how-much", "TEXT", default=""),
    area: str = option("--area", "CODE", "A ward or a local authority.", default=""),
    needed_by: date | None = option("--needed-by", "DAY", read=read_day),
    need: int | None = option("--need", "NUMBER", "What this one now asks for.", read=read_number),
    by: str = RECORDED_BY,
    database: Path | None = DATABASE,
) -> int:
    """Add a need or, with its number, record what is now asked for."""
    from anchornet.places.reference import area_names
    from anchornet.store.needs import Need, record_need
    from anchornet.store.network import NotPossible

    asked = Need(organisation, outcome, kind, what, review_on, how_much, area, needed_by, need or 0)
    with network(database) as opened:
        if area and not area_names(opened, [area]):
            raise NotPossible(f"There is no ward or local authority {area}.")
        number = record_need(opened, asked, by=by)
    return say(f"Recorded need {number}.")


@needs.command("record")
def record_event(
    need: int = argument("NUMBER", read=read_number),
    state: str = argument("STATE", "introduced, agreed, delivered, confirmed, open or withdrawn."),
    words: str = option(
        "--words", "TEXT", "To whom it was introduced, or why it is open again.", default=""
    ),
    promise: str | None = option("--promise", "ID", "The promise it is agreed with: needs offers."),
    by: str = BY,
    database: Path | None = DATABASE,
) -> int:
    """Record what has become of a need."""
    from anchornet.store import needs

    with network(database) as opened:
        needs.record_event(opened, need, state, by=by, words=words, promise=promise)
    return say(f"Recorded: need {need} is {needs.STATES[state].lower()}.")


@needs.command("list")
def list_needs(form: Form = FORMAT, database: Path | None = DATABASE) -> int:
    """Print the needs, the last asked for first."""
    from anchornet.store import needs
    from anchornet.store.database import utc_now

    today = utc_now().date()
    with network(database) as opened:
        every = needs.needs(opened)
    rows = [
        {
            "need": need.need_id,
            "state": need.state(today) if form == "json" else needs.STATES[need.state(today)],
            "organisation": need.organisation,
            "kind": need.kind if form == "json" else needs.KINDS[need.kind],
            "outcome": need.outcome,
            "what": need.what,
            "how_much": need.how_much,
            "area": need.area,
            "needed_by": need.needed_by and need.needed_by.isoformat(),
            "review_on": need.review_on.isoformat(),
            "promise": need.promise,
            "asked_at": moment_text(need.asked_at, "minutes"),
            "asked_by": need.asked_by,
        }
        for need in every
    ]
    return print_rows(rows, form)


@needs.command("offers")
def list_offers(form: Form = FORMAT, database: Path | None = DATABASE) -> int:
    """Print the promises that are not delivered yet and can be passed on."""
    from anchornet.indicators.offers import offers_now

    with network(database) as opened:
        frame = offers_now(opened)
    columns = ("promise", "organisation", "agreement_ref", "measure", "unit")
    rows = [
        {
            **{name: row[name] for name in columns},
            "promised": row["shown_promised"],
            "delivered": row["shown_delivered"],
            "due_on": row["due_on"] and row["due_on"].isoformat(),
        }
        for row in frame.to_dict("records")
    ]
    return print_rows(rows, form)
