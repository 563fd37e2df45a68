"""Commands of the network: the database, members, suppliers, targets, the app."""

import os
import sys
import tempfile
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from anchornet.commands import (
    arguments,
    command,
    network_of,
    put,
    say,
    settings_of,
)
from anchornet.commands.arguments import WRONG_USE, arg
from anchornet.csv_export import csv_bytes
from anchornet.facts import build
from anchornet.facts.catalogue import CATALOGUE, SHARES
from anchornet.settings import PROJECT
from anchornet.store.network import KINDS
from anchornet.store.targets import load_targets, target_table, targets


@command(
    "init",
    "Make the database.",
    arg("--sample", action="store_true", help="with an invented network in it"),
)
def _init(given: Namespace) -> int:
    settings = settings_of(given)
    path = settings.database
    if path.exists():
        return say(f"There is a database at {path} already; it was left as it is.", WRONG_USE)
    if not path.parent.is_dir():
        return say(f"There is no folder {path.parent}. Make it first.", WRONG_USE)
    # Made in a folder beside and then moved: what was stopped half way is never in its place.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".making-") as folder:
        making = Path(folder) / path.name
        database = build.open_network(replace(settings, database=making), create=True)
        try:
            if given.sample:
                from anchornet import sample
                from anchornet.indicators import worlds

                sample.build(database, progress=lambda month: print(month, file=sys.stderr))
                worlds.make(database)
        finally:
            database.close()
        making.replace(path)
    return say(f"Made {path}.")


@command(
    "members add",
    "Add a member, or record what is now true of one.",
    arg("id", metavar="ID", help="short, without spaces; stays the same for ever"),
    arg("--name", required=True),
    arg("--kind", required=True, metavar="KIND", help=", ".join(KINDS)),
    arg("--org-id", help="such as GB-NHS-R0A"),
    arg("--starts-on", read=arguments.read_day, help="first day as a member"),
    arg("--ends-on", read=arguments.read_day, help="last day as a member"),
    arg("--successor", metavar="ID", help="the member that took its place"),
    arguments.RECORDED_BY,
)
def _add_member(given: Namespace) -> int:
    days = {"starts_on": given.starts_on, "ends_on": given.ends_on}
    more = {"org_id": given.org_id, "successor_id": given.successor, "by": given.by}
    with network_of(given) as database:
        build.add_member(database, given.id, given.name, given.kind, **days, **more)
    return say(f"Recorded {given.name} as {given.id}.")


@command(
    "suppliers load",
    "Load the supplier directory from a file.",
    arguments.FILE,
    arguments.RECORDED_BY,
)
def _load_suppliers(given: Namespace) -> int:
    with network_of(given) as database:
        report = build.load_suppliers(database, given.file.read_bytes(), by=given.by)
    return say(report.sentence())


@command("targets load", "Load targets from a file.", arguments.FILE, arguments.RECORDED_BY)
def _load_targets(given: Namespace) -> int:
    data = given.file.read_bytes()
    with network_of(given) as database:
        count = load_targets(
            database, data, by=given.by, indicators=CATALOGUE.keys(), shares=SHARES
        )
    return say(f"Recorded {count:,} target{'s' if count > 1 else ''}.")


@command("targets list", "Print the targets that hold as CSV that can be loaded.", arguments.OUTPUT)
def _list_targets(given: Namespace) -> int:
    with network_of(given) as database:
        file = csv_bytes(target_table(targets(database)))
    return put(given, file.decode("utf-8-sig"))


@command(
    "serve",
    "Run the app.",
    arg("--port", type=int, default=8501),
    arg("--headless", action="store_true", help="open no browser"),
)
def _serve(given: Namespace) -> int:
    settings = settings_of(given)
    build.open_network(settings).close()  # what is wrong with it is said here, and not later
    os.chdir(PROJECT)  # where Streamlit looks for its settings
    options = [f"--server.port={given.port}", *["--server.headless=true"] * given.headless]
    options.append(f"--server.maxUploadSize={settings.max_upload_mb}")
    command = [sys.executable, "-m", "streamlit", "run", "app.py", *options]
    named = {"ANCHORNET_DATABASE": str(settings.database)}
    os.execve(sys.executable, command, os.environ | named)  # no shell, and our own words # nosec B606
