"""The command line: `python -m anchornet …`, the same functions as the pages.

Results go to standard output, messages to standard error. It ends with 0: done; 1: the file has
errors, or warnings that nobody accepted; 2: wrong use; 3: a fault of ours, which is logged.
"""

import io
import json
import os
import sys
import tempfile
import traceback
import uuid
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from anchornet import arguments
from anchornet.arguments import WRONG_USE, Argument, Command, Commands, arg
from anchornet.indicators import backlog, counting
from anchornet.indicators.calculate import CATALOGUE, NotDeclared, calculate
from anchornet.places.preparing import EXTRACTS, prepare
from anchornet.places.reference import NoReference
from anchornet.publishing.plain_text import check_text, period_row, prepared_text, table_text
from anchornet.publishing.tables import csv_bytes
from anchornet.publishing.workbook import template_workbook
from anchornet.returns.checking import check_file
from anchornet.returns.declaration import RETURNS, Return
from anchornet.returns.mapping import MappingError
from anchornet.returns.reading import Refused
from anchornet.settings import PROJECT, Settings, SettingsError, load, month_text, parse_month
from anchornet.store.database import Database, StoreError, scratch
from anchornet.store.network import KINDS, LoadError, NotPossible
from anchornet.store.submissions import history, returns_board, withdraw
from anchornet.store.submitting import NotAccepted
from anchornet.store.targets import load_targets

DONE, FILE_HAS_ERRORS, OUR_FAULT = 0, 1, 3
WRONG = (StoreError, NotPossible, NotDeclared, MappingError, NoReference, SettingsError)
COMMANDS: Commands = {}


def main(words: Sequence[str] | None = None) -> int:
    """Runs one command and says how it ended; raises nothing."""
    try:
        given = arguments.make_parser(COMMANDS, str(__doc__)).parse_args(words)
        code = COMMANDS[given.command][0](given)
        sys.stdout.flush()
        return code
    except SystemExit as stop:  # argparse has said what is wrong, or printed the help
        return int(stop.code or DONE)
    except WRONG as wrong:
        return _say(str(wrong), WRONG_USE)
    except (LoadError, Refused) as wrong:
        return _say(str(wrong), FILE_HAS_ERRORS)
    except BrokenPipeError:  # what reads our output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        return _say("Stopped; nothing is half kept.", 130)
    except Exception:
        return _say(_log_fault(), OUR_FAULT)


def _say(message: str, code: int = DONE) -> int:
    print(message, file=sys.stderr)
    return code


def _log_fault() -> str:
    """Logs the exception to a file that only this account can read; what to say about it."""
    reference = uuid.uuid4().hex[:8].upper()
    file, path = tempfile.mkstemp(prefix=f"anchornet-{reference}-", suffix=".log")
    with os.fdopen(file, "w", encoding="utf-8") as log:
        traceback.print_exc(file=log)
    return (
        f"Something went wrong inside anchornet; nothing is half kept. Reference {reference}, "
        f"details in {path}: send both to whoever looks after your installation."
    )


def _put(given: Namespace, text: str) -> int:
    """Prints a result, or writes it where -o says."""
    if given.output is None:
        print(text, end="")
    else:
        given.output.write_bytes(text.encode())
        _say(f"Made {given.output}.")
    return DONE


def _command(name: str, about: str, *takes: Argument) -> Callable[[Command], Command]:
    def register(run: Command) -> Command:
        COMMANDS[name] = (run, about, takes)
        return run

    return register


def _settings(given: Namespace) -> Settings:
    settings = load()
    if "database" in given:
        return replace(settings, database=Path.cwd() / given.database.expanduser())
    return settings


@contextmanager
def _network(given: Namespace) -> Iterator[Database]:
    database = counting.open_network(_settings(given))
    try:
        yield database
    finally:
        database.close()


@_command(
    "init",
    "Make the database.",
    arg("--sample", action="store_true", help="with an invented network in it"),
)
def _init(given: Namespace) -> int:
    settings = _settings(given)
    path = settings.database
    if path.exists():
        return _say(f"There is a database at {path} already; it was left as it is.", WRONG_USE)
    if not path.parent.is_dir():
        return _say(f"There is no folder {path.parent}. Make it first.", WRONG_USE)
    # Made in a folder beside and then moved: what was stopped half way is never in its place.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".making-") as folder:
        making = Path(folder) / path.name
        database = counting.open_network(replace(settings, database=making), create=True)
        try:
            if given.sample:
                from anchornet import sample

                sample.build(database, progress=lambda month: print(month, file=sys.stderr))
        finally:
            database.close()
        making.replace(path)
    return _say(f"Made {path}.")


@_command(
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
    with _network(given) as database:
        counting.add_member(database, given.id, given.name, given.kind, **days, **more)
    return _say(f"Recorded {given.name} as {given.id}.")


@_command(
    "suppliers load",
    "Load the supplier directory from a file.",
    arguments.FILE,
    arguments.RECORDED_BY,
)
def _load_suppliers(given: Namespace) -> int:
    with _network(given) as database:
        report = counting.load_suppliers(database, given.file.read_bytes(), by=given.by)
    return _say(report.sentence())


@_command("targets load", "Load targets from a file.", arguments.FILE, arguments.RECORDED_BY)
def _load_targets(given: Namespace) -> int:
    data = given.file.read_bytes()
    with _network(given) as database:
        count = load_targets(database, data, by=given.by, indicators=CATALOGUE.keys())
    return _say(f"Recorded {count:,} target{'s' if count > 1 else ''}.")


@_command(
    "template",
    "Print the blank template of a return, as CSV; or make the Excel workbook.",
    arguments.RETURN,
    arg("--xlsx", action="store_true", help="with drop-down lists and notes; needs -o"),
    arguments.OUTPUT,
)
def _template(given: Namespace) -> int:
    if not given.xlsx:
        return _put(given, given.return_.template_csv())
    if given.output is None:
        return _say("Say where the workbook should go: -o FILE.", WRONG_USE)
    given.output.write_bytes(template_workbook(given.return_))
    return _say(f"Made {given.output}.")


@_command("schema", "Print the Table Schema of a return, as JSON.", arguments.RETURN)
def _schema(given: Namespace) -> int:
    return _print_json(given.return_.table_schema())


@_command("dictionary", "Print the data dictionary of every return, as Markdown.")
def _dictionary(given: Namespace) -> int:
    print("# Data dictionary\n")
    print("\n".join(return_.dictionary_markdown() for return_ in RETURNS.values()), end="")
    return DONE


@_command(
    "check",
    "Check a file; needs no database and keeps nothing. Without --period: the whole file.",
    *arguments.RETURN_FILE,
)
def _check(given: Namespace) -> int:
    period = None if given.period == arguments.EACH else given.period
    choices = {"period": period, "mapping": given.mapping, "headings": dict(given.map)}
    try:
        with scratch() as cursor:
            checked = check_file(cursor, given.return_, given.file.read_bytes(), **choices)
            summary = checked.summary(given.file.name)
    except Refused as refused:
        return _refuse(given, refused)
    _print_check(summary, given.format)
    return FILE_HAS_ERRORS if summary["errors"] else DONE


def _read_prepared(text: str) -> Return:
    if text not in EXTRACTS:
        raise ValueError(f"{text} is not made from a list of people. {' and '.join(EXTRACTS)} are.")
    return RETURNS[text]


@_command(
    "prepare",
    "Turn a list of people into the return of groups; needs no database and keeps nothing.",
    arg(
        "return_",
        read=_read_prepared,
        metavar="RETURN",
        help="local_hires, from a list of starters; retention, from starters and leavers",
    ),
    arguments.FILE,
    arg("--period", read=parse_month, metavar="YYYY-MM", required=True),
    arguments.MAP,
    arguments.OUTPUT,
)
def _prepare(given: Namespace) -> int:
    choices = {"period": given.period, "headings": dict(given.map)}
    prepared = prepare(_settings(given), given.return_, given.file.read_bytes(), **choices)
    _say(prepared_text(prepared))
    if prepared.stopped:
        return FILE_HAS_ERRORS
    return _put(given, prepared.csv) if prepared.csv else DONE


@_command(
    "submit",
    "Check a file and send it. As JSON: submissions, a list of {receipt, period, rows, totals, "
    "already}; and receipt, rows and totals beside it when there is but one. What is not accepted "
    "prints what `check` prints.",
    *arguments.RETURN_FILE,
    arguments.BY,
    arg("--member", metavar="ID", required=True, help="whose return it is"),
    arg("--accept-warnings", metavar="TEXT", help="why they are as they should be"),
)
def _submit(given: Namespace) -> int:
    each = given.period == arguments.EACH
    if given.period is None:
        return _say("Say which month the file is for with --period, or --period each.", WRONG_USE)
    try:
        with _network(given) as database:
            receipts = counting.submit(
                database,
                given.return_,
                given.file.read_bytes(),
                given.file.name,
                member_id=given.member,
                by=given.by,
                period=None if each else given.period,
                each=each,
                mapping=given.mapping,
                headings=dict(given.map),
                accept_warnings=given.accept_warnings,
            )
    except NotAccepted as refused:
        _print_check(refused.summary, given.format)
        return _say(str(refused), FILE_HAS_ERRORS)
    except Refused as refused:
        return _refuse(given, refused)
    sent = [
        {
            "receipt": it.receipt,
            "period": month_text(it.period),
            "rows": it.rows,
            "totals": {name: float(total) for name, total in it.totals.items()},
            "already": it.already,
        }
        for it in receipts
    ]
    if given.format == "json":
        only = {name: sent[0][name] for name in ("receipt", "rows", "totals")}
        return _print_json((only if len(sent) == 1 else {}) | {"submissions": sent})
    print(table_text([period_row(it) for it in sent]), end="")
    return DONE


@_command(
    "backlog",
    "Check and send many files, or ZIP archives of them, each for the return and the months that "
    "it holds. What was sent before is recognised: stopped half way, run it again.",
    arg("files", read=arguments.read_file, metavar="FILE", nargs="+", help="CSV, Excel or ZIP"),
    arg("--member", metavar="ID", required=True, help="whose returns they are"),
    arguments.BY,
    arg("--accept-warnings", metavar="TEXT", help="why they are as they should be"),
    arg("--dry-run", action="store_true", help="say what each holds, and send nothing"),
    arguments.FORMAT,
)
def _backlog(given: Namespace) -> int:
    with _network(given) as database:
        found = _look_at_files(database, given)
        if given.dry_run:
            told = [_told(it) for it in found]
            unsent = [it for it in found if it.state in ("refused", "asked", "errors")]
        else:
            told, unsent = [], []
            note = {"accept_warnings": given.accept_warnings}
            for place, sent in enumerate(
                backlog.send(database, found, member_id=given.member, by=given.by, **note), 1
            ):
                told.append(_told(sent.found, sent))
                unsent += [sent.found] if sent.problem else []
                _say(f"{place} of {len(found)}: {sent.found.piece.name}")
    if given.format == "json":
        _print_json({"files": told})
    else:
        rows = [
            {"file": it["file"], "return": it["return"], "state": it["state"], **period_row(month)}
            for it in told
            for month in it["periods"] or [{"period": None, "rows": it["rows"], "totals": {}}]
        ]
        columns = dict.fromkeys(name for row in rows for name in row)
        print(table_text([{name: row.get(name) for name in columns} for row in rows]), end="")
    for it in told:
        if it["said"]:
            _say(f"{it['file']}: {it['said']}")
    return FILE_HAS_ERRORS if unsent else DONE


def _look_at_files(database: Database, given: Namespace) -> list[backlog.Found]:
    largest = database.settings.max_upload_mb * 1_000_000
    files: list[backlog.Found] = []
    for path in given.files:
        try:
            pieces = backlog.pieces(path.name, path.read_bytes(), largest)
        except Refused as refused:
            pieces = [backlog.refused(path.name, refused)]
        for piece in pieces:
            files.append(backlog.look(database, piece, member_id=given.member))
            _say(f"Read {piece.name}")
    return backlog.settle(files)


def _told(found: backlog.Found, sent: backlog.Sent | None = None) -> dict[str, Any]:
    """A file of a backlog as JSON-ready values."""
    receipts = {it.period: it for it in sent.receipts} if sent else {}
    state = found.state
    if sent and state != "already":
        state = "sent" if sent.receipts else "not sent"
    return {
        "file": found.piece.name,
        "return": found.return_.name if found.return_ else None,
        "state": state,
        "rows": found.rows,
        "errors": found.errors,
        "warnings": found.warnings,
        "periods": [
            {
                "period": month_text(month.period),
                "rows": month.rows.rows,
                "totals": {name: float(total) for name, total in month.rows.totals.items()},
                "receipt": receipts[month.period].receipt if month.period in receipts else None,
                "already": receipts[month.period].already
                if month.period in receipts
                else month.already,
            }
            for month in found.months
        ],
        "said": (sent.problem if sent else found.said) or "",
    }


@_command(
    "withdraw",
    "Stop counting a submission; it stays in the history, and the earlier one counts again.",
    arg("receipt", metavar="RECEIPT"),
    arguments.BY,
    arg("--reason", metavar="TEXT", required=True),
)
def _withdraw(given: Namespace) -> int:
    with _network(given) as database:
        earlier = withdraw(database, given.receipt, by=given.by, reason=given.reason)
    counts = f"{earlier.receipt} counts in its place" if earlier else "the return is missing now"
    return _say(f"{given.receipt} is withdrawn: {counts}.")


@_command(
    "returns",
    "Say who has returned what, for a month or for every month so far.",
    arg("--period", read=parse_month, metavar="YYYY-MM"),
    arguments.FORMAT,
)
def _returns(given: Namespace) -> int:
    with _network(given) as database:
        board = returns_board(database, given.period)
    board["period"] = board["period"].map(month_text)
    if given.format == "json":
        return _print_json(_records(board))
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for it in _records(board):
        start = {"period": it["period"], "member": it["member"]}
        rows.setdefault((it["period"], it["member_id"]), start)[it["return_name"]] = it["state"]
    print(table_text(list(rows.values())), end="")
    return DONE


@_command(
    "indicators",
    "Print figures, exact: nothing is rounded or hidden, so publish from the app instead.",
    arg("names", metavar="NAME", nargs="*", help="all of them, when none is named"),
    arg(
        "--period",
        read=arguments.read_months,
        metavar="YYYY-MM[..YYYY-MM]",
        action="extend",
        help="may be repeated; every month from the first return to the last, when none is named",
    ),
    arg("--as-at", read=arguments.read_moment, metavar="TIME", help="in UTC; now, when not named"),
    arg("--by", metavar="BREAKDOWN", action="append", default=[], help="may be repeated"),
    arg("--format", choices=("text", "json", "csv"), default="text"),
)
def _indicators(given: Namespace) -> int:
    with _network(given) as database:
        frame = calculate(
            database,
            given.names or list(CATALOGUE),
            sorted(set(given.period or _months_sent(database))),
            as_at=given.as_at,
            by=tuple(given.by),
        ).drop(columns="base", errors="ignore")
    frame["period"] = frame["period"].map(month_text)
    frame["as_at"] = [f"{moment.isoformat()}Z" for moment in frame["as_at"]]
    if given.format == "json":
        return _print_json(_records(frame))
    if given.format == "csv":
        print(csv_bytes(frame).decode("utf-8-sig"), end="")
    else:
        print(table_text(_records(frame.drop(columns="as_at"))), end="")
    return DONE


def _months_sent(database: Database) -> list[date]:
    told = history(database)
    sent = told.loc[told["state"] == "counted", "period"]
    if sent.empty:
        raise NotPossible("No return was sent yet. Send one, or name a month with --period.")
    return arguments.read_months(f"{month_text(min(sent))}..{month_text(max(sent))}")


@_command(
    "serve",
    "Run the app.",
    arg("--port", type=int, default=8501),
    arg("--headless", action="store_true", help="open no browser"),
)
def _serve(given: Namespace) -> int:
    settings = _settings(given)
    counting.open_network(settings).close()  # what is wrong with it is said here, and not later
    os.chdir(PROJECT)  # where Streamlit looks for its settings
    options = [f"--server.port={given.port}", *["--server.headless=true"] * given.headless]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", *options]
    os.execve(sys.executable, command, os.environ | {"ANCHORNET_DATABASE": str(settings.database)})


def _refuse(given: Namespace, refused: Refused) -> int:
    """A file that is no list at all: what `check` prints, with the reason as its only finding."""
    where = {"line": None, "column": None, "value": None}
    finding = {"rule": "refused", "severity": "error", **where, "message": str(refused), "cure": ""}
    summary = {"return": given.return_.name, "file": given.file.name, "encoding": None}
    summary |= {"delimiter": None, "skipped_lines": 0, "rows": 0, "periods": [], "errors": 1}
    if given.format == "json":
        _print_json(summary | {"warnings": 0, "findings": [finding]})
    return _say(f"{given.file.name}: {refused}", FILE_HAS_ERRORS)


def _print_check(summary: dict[str, Any], form: str) -> None:
    if form == "json":
        _print_json(summary)
    else:
        print(check_text(summary), end="")


def _print_json(value: Any) -> int:
    print(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False))
    return DONE


def _records(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a heading may hold what the terminal can't
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.exit(main())
