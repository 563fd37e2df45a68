"""The sample network: twelve invented members, and 24 months of what they sent."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from anchornet.facts import build as facts_build
from anchornet.facts.catalogue import CATALOGUE
from anchornet.periods import add_months
from anchornet.places.standards import load_standards
from anchornet.returns.declaration import RETURNS
from anchornet.sample.files import FOLDER, Sample
from anchornet.sample.meetings import decide
from anchornet.sample.needs import ask
from anchornet.sample.sending import Progress, events_of, send
from anchornet.sample.stories import tell
from anchornet.store.database import Database
from anchornet.store.framework import SAMPLE, load_framework
from anchornet.store.network import (
    NotPossible,
    add_member,
    due_dates,
    mark_sample,
    members,
    set_first_period,
)
from anchornet.store.targets import load_targets

COORDINATOR = "coordinator@sample-network.example"


def build(
    database: Database,
    *,
    progress: Progress | None = None,
    months: int = 24,
    until: date = date(2026, 9, 1),
) -> None:
    """Fills an empty network with the sample: members, directory, targets, what the delivery group
    decided, what members tell, `months` months of returns up to `until`, each as if sent when its
    member would have, and what organisations ask for. `progress` is told the month that it has come
    to, now and then. Raises NotPossible in a network that has members.
    """
    if not members(database).empty:
        raise NotPossible("This network has members already. Make the sample in a new database.")
    periods = [add_months(until, back) for back in range(1 - months, 1)]
    founded = datetime.combine(periods[0] - timedelta(days=14), time(9))
    sample = Sample(areas_of(database), until)
    mark_sample(database, now=founded)
    for member in sample.members:
        add_member(
            database,
            member.member_id,
            member.name,
            member.kind,
            org_id=member.org_id,
            starts_on=periods[0],
            by=COORDINATOR,
            now=founded,
        )
    for return_name, first in sample.first_periods.items():
        set_first_period(database, RETURNS[return_name], first, by=COORDINATOR, now=founded)
    organisations = (FOLDER / "organisations.csv").read_bytes()
    facts_build.load_organisations(database, organisations, by=COORDINATOR, now=founded)
    partners = (FOLDER / "partners.csv").read_bytes()
    facts_build.load_organisations(database, partners, by=COORDINATOR, now=founded)
    targets = (FOLDER / "targets.csv").read_bytes()
    load_targets(database, targets, by=COORDINATOR, indicators=CATALOGUE, now=founded)
    load_framework(database, SAMPLE.read_bytes(), by=COORDINATOR, indicators=CATALOGUE, now=founded)
    standards = (FOLDER / "standards.csv").read_bytes()
    read_on = datetime.combine(until, time(9))
    load_standards(database, standards, by=COORDINATOR, now=read_on)
    decide(database, COORDINATOR, founded)
    tell(database, COORDINATOR)
    due = {month: due_dates(database, month).due_on for month in periods}
    events = [event for month in periods for event in events_of(sample, month, due[month])]
    send(database, sample, sorted(events, key=lambda event: event.moment), progress)
    ask(database, until, COORDINATOR)


def areas_of(database: Database) -> Mapping[str, Sequence[str]]:
    """The codes of the wards and of the small areas (LSOA) inside the network's boundary."""
    codes = {}
    for kind, column in (("ward", "ward_code"), ("lsoa", "lsoa21_code")):
        rows = database.rows(
            f"""
            select distinct {column}
            from reference.postcodes
            where reference.ring(lad_code) = 'area' and {column} is not null
            order by 1
            """
        )
        codes[kind] = [code for (code,) in rows]
    return codes
