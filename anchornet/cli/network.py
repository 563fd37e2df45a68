"""Commands of the network: the database, members, targets, the framework, settings, the app."""

import os
import sys
import tempfile
import tomllib
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
    OUTPUT,
    RECORDED_BY,
    Form,
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
targets = group(app, "targets", "Targets of indicators.")
framework = group(app, "framework", "What the network wants to change, and how it tells.")
network_settings = group(app, "settings", "What the network decides for itself.")


@app.command()
def init(
    sample: bool = flag("--sample", "With an invented network in it."),
    database: Path | None = DATABASE,
) -> int:
    """Make the database."""
    from anchornet.store.opening import exists

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
    from anchornet.formatting import plural

    returns, rows = counts["submissions"], sum(counts.values())
    return f"{returns:,} {plural(returns, 'return')}, {rows:,} {plural(rows, 'row')} in all"


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
    from anchornet.setting_values import Logo
    from anchornet.settings import NETWORK_SETTINGS

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
    from anchornet.formatting import inside
    from anchornet.narrative import framework as words
    from anchornet.store import framework

    with network(database) as opened:
        loaded = framework.load_framework(opened, file.read_bytes(), by=by, indicators=CATALOGUE)
    return say(f"Recorded {inside(words.contents(loaded))}")


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


@app.command()
def serve(
    port: int = option("--port", "PORT", read=read_number, default=8501),
    headless: bool = flag("--headless", "Open no browser."),
    new: bool = flag("--new", "A network of your own, made if there is no database yet."),
    database: Path | None = DATABASE,
) -> int:
    """Run the app; for a network without people, print the link with which it is set up."""
    from anchornet.settings import SettingsError, hosts, load
    from anchornet.store.opening import exists

    several = () if database else hosts()
    networks = {host: load(host=host) for host in several} or {"": settings_with(database)}
    if several and _has_provider():
        raise SettingsError(
            "A sign-in provider leads back to one address, so it is for an installation with one "
            "network. Take [auth] out of .streamlit/secrets.toml: people sign in with passwords "
            "and passkeys."
        )
    try:
        for host, settings in networks.items():
            if new and not exists(settings):
                _make(settings)
            _look_at(settings, new, f"http://{host or 'localhost'}:{port}")
    except InUse as held:
        return say(str(held), WRONG_USE)
    return _become_the_app(settings, port, headless, one=not several)


def _has_provider() -> bool:
    from anchornet.setting_values import PROJECT

    secrets = PROJECT / ".streamlit" / "secrets.toml"
    return secrets.is_file() and "auth" in tomllib.loads(secrets.read_text(encoding="utf-8"))


def _look_at(settings: "Settings", new: bool, address: str) -> None:
    """Says what is wrong with a network before the app runs, and prints the link that sets it up.
    Raises InUse, and what opening it raises."""
    from anchornet.setting_values import PROJECT
    from anchornet.settings import DEFAULTS
    from anchornet.store import authentication
    from anchornet.store.network import NotPossible, is_sample

    with network(Path(settings.location)) as opened:
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
            say(
                f"Set up your network: {settings.address or address}/first/{token}\n"
                f"The link works once, for {authentication.FIRST_LINK_HOURS} hours. Starting "
                "again makes a new one."
            )


def _become_the_app(settings: "Settings", port: int, headless: bool, *, one: bool) -> NoReturn:
    from anchornet.setting_values import PROJECT

    os.chdir(PROJECT)  # where Streamlit looks for its settings
    options = [f"--server.port={port}", *["--server.headless=true"] * headless]
    options.append(f"--server.maxUploadSize={settings.max_upload_mb}")
    command = [sys.executable, "-m", "streamlit", "run", "app.py", *options]
    named = {"FORWARDED_ALLOW_IPS": os.environ.get("FORWARDED_ALLOW_IPS", settings.proxy)}
    if one:
        named["ANCHORNET_DATABASE"] = settings.location
    os.execve(sys.executable, command, os.environ | named)  # no shell, and our own words # nosec B606
