"""Commands of the network: the database, members, organisations, targets, the app."""

import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

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
    flag,
    group,
    option,
    read_day,
    read_file,
    read_number,
    required,
)
from anchornet.cli.output import (
    FILE_HAS_ERRORS,
    WRONG_USE,
    InUse,
    located_database,
    moment_text,
    network,
    print_json,
    print_rows,
    print_text,
    put,
    say,
    settings_with,
)

if TYPE_CHECKING:
    from anchornet.settings import Settings

app = typer.Typer()
members = group(app, "members", "Members of the network.")
organisations = group(app, "organisations", "The directory of organisations.")
targets = group(app, "targets", "Targets of indicators.")
framework = group(app, "framework", "What the network wants to change, and how it tells.")
network_settings = group(app, "settings", "What the network decides for itself.")
standards = group(app, "standards", "Who holds which standard of the framework.")


@app.command()
def init(
    sample: bool = flag("--sample", "With an invented network in it."),
    database: Path | None = DATABASE,
) -> int:
    """Make the database."""
    from anchornet.store.database import exists

    settings = settings_with(database)
    where = settings.location
    if exists(settings):
        return say(f"There is a database at {where} already; it was left as it is.", WRONG_USE)
    _make(settings, sample)
    return say(f"Made {where}.")


def _make(settings: "Settings", sample: bool = False) -> None:
    from anchornet.store.database import NoDatabase

    path = settings.database
    if not path.parent.is_dir():
        raise NoDatabase(f"There is no folder {path.parent}. Make it first.")
    if settings.catalogue:
        _fill(settings, sample)
        return
    # Made in a folder beside and then moved: what was stopped half way is never in its place.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".making-") as folder:
        making = Path(folder) / path.name
        _fill(replace(settings, database=making), sample)
        making.replace(path)


def _fill(settings: "Settings", sample: bool) -> None:
    from anchornet.facts.build import open_network

    opened = open_network(settings, create=True)
    try:
        if sample:
            from anchornet import sample as invented

            invented.build(opened, progress=lambda month: print(month, file=sys.stderr))
    finally:
        opened.close()


@app.command()
def verify(
    file: Path | None = argument(
        "[FILE]", "A backup, which stays as it is; else the database.", default=None
    ),
    accept_loss: bool = flag("--accept-loss", "Go on without changes that are missing."),
    database: Path | None = DATABASE,
) -> int:
    """Read all of the database, or of a backup, and say what is damaged or missing."""
    from anchornet.store import backup
    from anchornet.store.database import Damaged
    from anchornet.store.submissions import damage

    if file:
        try:
            counts = backup.check(settings_with(database), file)
        except Damaged as why:
            return say(str(why), FILE_HAS_ERRORS)
        return say(f"All of {file} can be read: {_what_it_holds(counts)}.")
    with network(database, bare=True, accept_loss=accept_loss) as opened:
        sentences = list(damage(opened))
    for sentence in sentences:
        print_text(sentence)
    if sentences:
        return say("Go back to a backup: `docs/running.md` says how.", FILE_HAS_ERRORS)
    return say(f"All of {opened.settings.location} can be read, and nothing is missing.")


@app.command()
def backup(
    to: Path = argument("TO", "A file that isn't there yet, or a folder."),
    keep: int | None = option(
        "--keep", "COUNT", "Of a folder: only the newest so many.", read=read_number
    ),
    database: Path | None = DATABASE,
) -> int:
    """Copy the database, also while the app runs; the copy is opened and read before it counts."""
    from anchornet.store import backup

    made, counts = backup.backup(settings_with(database), to)
    gone = backup.keep_newest(made.parent, max(keep, 1)) if keep and to.is_dir() else []
    removed = f" Removed {len(gone):,} older." if gone else ""
    return say(f"Made {made}: {_what_it_holds(counts)}. All of it can be read.{removed}")


@app.command()
def restore(
    file: Path = argument("FILE", "A backup."),
    database: Path | None = DATABASE,
) -> int:
    """Put a backup in the place of the database, which is set aside. The app has to be stopped."""
    from anchornet.store import backup

    settings = settings_with(database)
    aside, counts = backup.restore(settings, file)
    before = f" What stood there is now {aside}." if aside.exists() else ""
    return say(f"{settings.database} is {file}: {_what_it_holds(counts)}.{before}")


@app.command()
def move(
    source: Path = argument("FROM", "A database: a file, or a lakehouse.", located_database),
    target: Path = argument("TO", "Where there is none yet.", located_database),
) -> int:
    """Copy a whole network from a file to a lakehouse, or back. Its app has to be stopped first."""
    from anchornet.store import backup

    places = settings_with(source), settings_with(target)
    counts = backup.move(*places)
    return say(
        f"Made {places[1].location}: {_what_it_holds(counts)}. All of it can be read. From now on "
        f"run the app on it, and not on {places[0].location} too."
    )


@app.command()
def housekeeping(
    do: bool = flag("--do", "Clear it; without this, only say what would be cleared."),
    by: str = RECORDED_BY,
    database: Path | None = DATABASE,
) -> int:
    """Say what the data takes on the disk, and clear personal data whose time is over."""
    from anchornet.store import housekeeping

    with network(database) as opened:
        cleared = housekeeping.clear(opened, by=by) if do else housekeeping.due(opened)
        sizes = housekeeping.sizes(opened)
    print_rows(
        [{"What": of.what, "How many": of.count, "MB": f"{of.size / 1e6:.1f}"} for of in sizes]
    )
    print_text("")
    heading = "Cleared" if do else "Would be cleared"
    print_rows([{heading: what, "How many": count} for what, count in cleared.items()])
    if do:
        return say("Receipts and figures are as they were. It stands in the activity log.")
    return say("Nothing was changed: run it with --do.")


def _what_it_holds(counts: Mapping[str, int]) -> str:
    return f"{counts['submissions']:,} returns, {sum(counts.values()):,} rows in all"


@members.command("add")
def add_member(
    member_id: str = argument("ID", "Short, without spaces; stays the same for ever."),
    name: str = required("--name", "NAME"),
    kind: str = required("--kind", "KIND", "Such as nhs; a wrong one says which there are."),
    org_id: str | None = option("--org-id", "ID", "Such as GB-NHS-R0A."),
    starts_on: date | None = option("--starts-on", "DAY", "First day as a member.", read=read_day),
    ends_on: date | None = option("--ends-on", "DAY", "Last day as a member.", read=read_day),
    successor: str | None = option("--successor", "ID", "The member that took its place."),
    by: str = RECORDED_BY,
    database: Path | None = DATABASE,
) -> int:
    """Add a member, or record what is now true of one."""
    from anchornet.facts import build

    with network(database) as opened:
        build.add_member(
            opened,
            member_id,
            name,
            kind,
            org_id=org_id,
            starts_on=starts_on,
            ends_on=ends_on,
            successor_id=successor,
            by=by,
        )
    return say(f"Recorded {name} as {member_id}.")


@network_settings.command("show")
def show_settings(
    as_at: datetime | None = AS_AT, form: Form = FORMAT, database: Path | None = DATABASE
) -> int:
    """Print the network's own settings and, of each, when it was saved and by whom."""
    from anchornet.settings import NETWORK_SETTINGS, Logo

    with network(database) as opened:
        settings, recorded = opened.settings_at(as_at), opened.recorded_settings
    rows: list[dict[str, object]] = []
    for name in NETWORK_SETTINGS:
        every = [row for row in recorded if row.name == name]
        last = ([row for row in every if as_at is None or row.recorded_at <= as_at] or every)[-1]
        value = getattr(settings, name)
        if isinstance(value, Logo):
            value = "a picture" if value.data else ""
        if isinstance(value, tuple):
            value = " ".join(value)
        saved_at = moment_text(last.recorded_at, "seconds")
        saved_by = "a variable" if name in settings.overridden else last.recorded_by
        rows.append({"setting": name, "value": value, "saved_at": saved_at, "saved_by": saved_by})
    return print_rows(rows, form)


@network_settings.command("set")
def change_setting(
    name: str = argument("NAME", "Such as due_days."),
    value: str = argument("VALUE", "As a variable of the environment would give it."),
    by: str = RECORDED_BY,
    database: Path | None = DATABASE,
) -> int:
    """Change one of the network's own settings; what was true before stays in the history."""
    from anchornet.facts import build

    with network(database) as opened:
        build.change_settings(opened, {name: value}, by=by)
    return say(f"{name} is saved.")


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


@targets.command("load")
def load_targets(file: Path = FILE, by: str = RECORDED_BY, database: Path | None = DATABASE) -> int:
    """Load targets from a file."""
    from anchornet.facts.catalogue import CATALOGUE, SHARES
    from anchornet.store import targets

    data = file.read_bytes()
    with network(database) as opened:
        count = targets.load_targets(
            opened, data, by=by, indicators=CATALOGUE.keys(), shares=SHARES
        )
    return say(f"Recorded {count:,} target{'s' if count > 1 else ''}.")


@targets.command("list")
def list_targets(output: Path | None = OUTPUT, database: Path | None = DATABASE) -> int:
    """Print the targets that hold as CSV that can be loaded."""
    from anchornet.csv_export import csv_bytes
    from anchornet.store import targets

    with network(database) as opened:
        file = csv_bytes(targets.target_table(targets.targets(opened)))
    return put(file.decode("utf-8-sig"), output)


@framework.command("load")
def load_framework(
    file: Path = argument("FILE", "A framework.toml.", read=read_file),
    by: str = RECORDED_BY,
    database: Path | None = DATABASE,
) -> int:
    """Load the framework from a file, in place of the one before."""
    from anchornet.facts.catalogue import CATALOGUE
    from anchornet.store import framework

    with network(database) as opened:
        loaded = framework.load_framework(opened, file.read_bytes(), by=by, indicators=CATALOGUE)
    return say(
        f"Recorded {len(loaded.outcomes)} outcomes and {len(loaded.measures)} measures, "
        f"{len(loaded.bands)} bands and {len(loaded.standards)} standards."
    )


@framework.command("show")
def show_framework(
    as_at: datetime | None = AS_AT,
    form: Form = FORMAT,
    database: Path | None = DATABASE,
) -> int:
    """Print the framework that holds: the file that was loaded, or JSON."""
    from anchornet.store import framework
    from anchornet.store.network import NotPossible

    with network(database) as opened:
        loaded = framework.framework(opened, as_at)
        text = framework.framework_text(opened, as_at)
    if loaded is None or text is None:
        raise NotPossible("No framework was loaded. Load one with `framework load FILE.toml`.")
    return print_json(asdict(loaded)) if form == "json" else put(text, None)


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


@app.command()
def serve(
    port: int = option("--port", "PORT", read=read_number, default=8501),
    headless: bool = flag("--headless", "Open no browser."),
    new: bool = flag("--new", "A network of your own, made if there is no database yet."),
    database: Path | None = DATABASE,
) -> int:
    """Run the app; for a network without people, print the link with which it is set up."""
    from anchornet.settings import DEFAULTS, PROJECT
    from anchornet.store import authentication
    from anchornet.store.database import exists
    from anchornet.store.network import NotPossible, is_sample

    settings = settings_with(database)
    if new and not exists(settings):
        _make(settings)
    try:
        with network(database) as opened:  # what is wrong with it is said here, and not later
            if settings.pack_template != PROJECT / DEFAULTS["pack_template"]:
                from anchornet.exports import pack  # it takes a second to load

                pack.check_template(settings)
            if new and is_sample(opened):
                raise NotPossible(
                    f"{settings.location} is the sample network. Name another file for a network "
                    "of your own: serve --new --database network.duckdb."
                )
            if authentication.lacks_people(opened):
                token = authentication.make_first_link(opened)
                address = settings.address or f"http://localhost:{port}"
                say(
                    f"Set up your network: {address}/first/{token}\n"
                    f"The link works once, for {authentication.FIRST_LINK_HOURS} hours. Starting "
                    "again makes a new one."
                )
    except InUse as held:
        return say(str(held), WRONG_USE)
    return _become_the_app(settings, port, headless)


def _become_the_app(settings: "Settings", port: int, headless: bool) -> NoReturn:
    from anchornet.settings import PROJECT

    os.chdir(PROJECT)  # where Streamlit looks for its settings
    options = [f"--server.port={port}", *["--server.headless=true"] * headless]
    options.append(f"--server.maxUploadSize={settings.max_upload_mb}")
    command = [sys.executable, "-m", "streamlit", "run", "app.py", *options]
    named = {
        "ANCHORNET_DATABASE": settings.location,
        "FORWARDED_ALLOW_IPS": os.environ.get("FORWARDED_ALLOW_IPS", settings.proxy),
    }
    os.execve(sys.executable, command, os.environ | named)  # no shell, and our own words # nosec B606
