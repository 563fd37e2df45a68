"""Commands of organisations: the directory, what registers say of it, and standards held."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from anchornet.cli.options import (
    AS_AT,
    DATABASE,
    FILE,
    FORMAT,
    MAP,
    OUTPUT,
    RECORDED_BY,
    Form,
    Pair,
    argument,
    group,
    option,
    read_file,
    required,
)
from anchornet.cli.output import (
    WRONG_USE,
    network,
    print_rows,
    put,
    say,
)

if TYPE_CHECKING:
    pass

app = typer.Typer()
organisations = group(app, "organisations", "The directory of organisations.")
standards = group(app, "standards", "Who holds which standard of the framework.")


@organisations.command("load")
def load_organisations(
    file: Path = FILE,
    headings: list[Pair] | None = MAP,
    by: str = RECORDED_BY,
    database: Path | None = DATABASE,
) -> int:
    """Load the directory of organisations from a file."""
    from anchornet.facts import build

    with network(database) as opened:
        report = build.load_organisations(
            opened, file.read_bytes(), by=by, headings=dict(headings or ())
        )
    return say(report.sentence())


@organisations.command("undo")
def undo_organisations(by: str = RECORDED_BY, database: Path | None = DATABASE) -> int:
    """Take back what was loaded or added last; doing it twice brings it back."""
    from anchornet.facts import build

    with network(database) as opened:
        report = build.undo_organisations(opened, by=by)
    return say(report.sentence())


@organisations.command("list")
def list_organisations(output: Path | None = OUTPUT, database: Path | None = DATABASE) -> int:
    """Print the directory as CSV that can be loaded."""
    from anchornet.csv_export import csv_bytes
    from anchornet.places.organisations import DIRECTORY, directory

    with network(database) as opened:
        frame = directory(opened)[[field.name for field in DIRECTORY.fields]]
    return put(csv_bytes(frame).decode("utf-8-sig"), output)


@organisations.command("enrich")
def enrich_organisations(
    companies_house: list[Path] | None = option(
        "--companies-house", "FILE", "BasicCompanyDataAsOneFile, CSV or ZIP.", read=read_file
    ),
    charities: list[Path] | None = option(
        "--charities", "FILE", "publicextract.charity, text, JSON or ZIP.", read=read_file
    ),
    nhs: list[Path] | None = option(
        "--nhs", "FILE", "ets, etr or eother, CSV without headings.", read=read_file
    ),
    schools: list[Path] | None = option(
        "--schools", "FILE", "edubasealldata, CSV.", read=read_file
    ),
    authorities: list[Path] | None = option(
        "--authorities", "FILE", "The register local-authority-eng, CSV.", read=read_file
    ),
    police: list[Path] | None = option(
        "--police", "FILE", "The forces of data.police.uk, JSON.", read=read_file
    ),
    own_list: list[Path] | None = option(
        "--list", "FILE", "Others, such as councils: name, org_id, postcode.", read=read_file
    ),
    by: str = RECORDED_BY,
    database: Path | None = DATABASE,
) -> int:
    """Look up in open registers whom members paid: what is certain is taken, the rest offered."""
    from anchornet.facts import build

    files = {
        "companies_house": companies_house or [],
        "charities": charities or [],
        "nhs": nhs or [],
        "schools": schools or [],
        "authorities": authorities or [],
        "police": police or [],
        "list": own_list or [],
    }
    if not any(files.values()):
        return say("Name a register's file, such as --companies-house FILE.", WRONG_USE)
    with network(database) as opened:
        report = build.enrich(opened, files, by=by)
    return say(report.sentence())


@organisations.command("matches")
def list_matches(output: Path | None = OUTPUT, database: Path | None = DATABASE) -> int:
    """Print what registers offer and nobody has decided, as CSV, the most pounds first."""
    from anchornet.csv_export import csv_bytes
    from anchornet.indicators.supplier_places import register_offers

    with network(database) as opened:
        offers = register_offers(opened).drop(columns=["name_key", "state", "recorded_at"])
    return put(csv_bytes(offers).decode("utf-8-sig"), output)


@organisations.command("accept")
def accept_match(
    name: str = argument("NAME", "As members pay it."),
    org_id: str = argument("ORG_ID", "The org-id that is offered for it."),
    by: str = RECORDED_BY,
    database: Path | None = DATABASE,
) -> int:
    """Accept what a register offers for a name."""
    return _decide(database, name, org_id, "accepted", by)


@organisations.command("refuse")
def refuse_match(
    name: str = argument("NAME", "As members pay it."),
    org_id: str = argument("ORG_ID", "The org-id that is offered for it, or was taken."),
    by: str = RECORDED_BY,
    database: Path | None = DATABASE,
) -> int:
    """Refuse what a register offers for a name, for good; what was taken is taken out."""
    return _decide(database, name, org_id, "refused", by)


def _decide(database: Path | None, name: str, org_id: str, state: str, by: str) -> int:
    from anchornet.facts import build

    with network(database) as opened:
        ((key,),) = opened.rows("select coalesce(reference.name_key(?), '')", [name])
        build.decide_match(opened, key, org_id, state, by=by)
    return say(f"{state.capitalize()}: {org_id} for {name}.")


@organisations.command("merge")
def merge_organisations(
    name: str = argument("NAME", "A second name of an organisation."),
    into: str = required("--into", "NAME", "The organisation, by a name in the directory."),
    by: str = RECORDED_BY,
    database: Path | None = DATABASE,
) -> int:
    """Say that two names are one organisation: what is paid to either counts as its."""
    from anchornet.facts import build

    with network(database) as opened:
        organisation = build.merge_organisations(opened, name, into, by=by)
    return say(f"{name} is now a name of {organisation}.")


@organisations.command("separate")
def separate_organisation(
    name: str = argument("NAME", "A name that was merged."),
    by: str = RECORDED_BY,
    database: Path | None = DATABASE,
) -> int:
    """Make a name that was merged stand by itself again."""
    from anchornet.facts import build

    with network(database) as opened:
        build.separate_organisation(opened, name, by=by)
    return say(f"{name} stands by itself again.")


@organisations.command("perhaps-not")
def perhaps_not_suppliers(output: Path | None = OUTPUT, database: Path | None = DATABASE) -> int:
    """Print whom the network paid that may be no suppliers: CSV that can be loaded once checked.

    Keep the reason to leave one out, write no for one that counts, and take the line out to decide
    another time.
    """
    from anchornet.csv_export import csv_bytes
    from anchornet.indicators.supplier_places import perhaps_no_suppliers

    with network(database) as opened:
        offered = perhaps_no_suppliers(opened)
    return put(csv_bytes(offered).decode("utf-8-sig"), output)


@standards.command("load")
def load_standards(
    file: Path = FILE, by: str = RECORDED_BY, database: Path | None = DATABASE
) -> int:
    """Load who holds which standard from a list."""
    from anchornet.places import standards

    with network(database) as opened:
        report = standards.load_standards(opened, file.read_bytes(), by=by)
    return say(report.sentence())


@standards.command("show")
def show_standards(
    as_at: datetime | None = AS_AT, form: Form = FORMAT, database: Path | None = DATABASE
) -> int:
    """Print what the lists say: who holds which standard, from when to when."""
    from anchornet.places.standards import held_standards

    with network(database) as opened:
        frame = held_standards(opened, as_at=as_at)
    rows = [
        {
            "standard": row["standard"] if form == "json" else row["title"],
            "organisation": row["organisation"],
            "org_id": row["org_id"],
            "step": row["step"],
            "is_held": row["is_held"],
            "held_from": row["held_from"].isoformat(),
            "held_to": row["held_to"] and row["held_to"].isoformat(),
            "source": row["source"],
        }
        for row in frame.to_dict("records")
    ]
    return print_rows(rows, form)
