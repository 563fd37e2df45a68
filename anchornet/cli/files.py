"""Commands of files: templates, checking, sending one or many."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from anchornet.cli.options import (
    ACCEPT_WARNINGS,
    BY,
    DATABASE,
    FILE,
    FILE_PERIOD,
    FORMAT,
    HEADING_LINE,
    MAP,
    MAPPING,
    MEMBER,
    MONTH_FIRST,
    OUTPUT,
    RETURN,
    SHEET,
    Form,
    Pair,
    Period,
    argument,
    flag,
    option,
    read_file,
)
from anchornet.cli.output import (
    DONE,
    FILE_HAS_ERRORS,
    WRONG_USE,
    network,
    print_json,
    print_rows,
    print_text,
    put,
    say,
    settings_with,
)
from anchornet.periods import month_text
from anchornet.returns.declaration import RETURNS, Return

if TYPE_CHECKING:
    from anchornet.intake.bulk_upload import MatchedFile, SentFile
    from anchornet.returns.csv_reader import Refused
    from anchornet.store.database import Database

app = typer.Typer()


@app.command()
def template(
    return_: Return = RETURN,
    xlsx: bool = flag("--xlsx", "With drop-down lists and notes; needs -o."),
    output: Path | None = OUTPUT,
    database: Path | None = DATABASE,
) -> int:
    """Print the blank template of a return, as CSV; or make the Excel workbook. With --database,
    the measures of that network's framework are in its lists."""
    if not xlsx:
        return put(return_.template_csv(), output)
    if output is None:
        return say("Say where the workbook should go: -o FILE.", WRONG_USE)
    from anchornet.returns.template import template_workbook

    (shown,) = _as_a_network_has_them(database, [return_])
    output.write_bytes(template_workbook(shown))
    return say(f"Made {output}.")


@app.command()
def schema(return_: Return = RETURN, database: Path | None = DATABASE) -> int:
    """Print the Table Schema of a return, as JSON; with --database, with the measures of that
    network's framework."""
    (shown,) = _as_a_network_has_them(database, [return_])
    return print_json(shown.table_schema())


@app.command()
def dictionary(database: Path | None = DATABASE) -> int:
    """Print the data dictionary of every return, as Markdown; with --database, with the measures
    of that network's framework."""
    shown = _as_a_network_has_them(database, RETURNS.values())
    pages = [return_.dictionary_markdown() for return_ in shown]
    return print_text("\n".join(["# Data dictionary\n", *pages]), end="")


def _as_a_network_has_them(database: Path | None, returns: Iterable[Return]) -> list[Return]:
    """With the measures of its framework as codes, where a database is named: these commands need
    none, and work while the app runs."""
    if database is None:
        return list(returns)
    from anchornet.store.framework_codes import with_framework

    with network(database) as opened:
        return [with_framework(opened, return_) for return_ in returns]


@app.command()
def check(
    return_: Return = RETURN,
    file: Path = FILE,
    period: Period | None = FILE_PERIOD,
    mapping: str | None = MAPPING,
    headings: list[Pair] | None = MAP,
    sheets: list[str] | None = SHEET,
    heading_line: int | None = HEADING_LINE,
    month_first: bool = MONTH_FIRST,
    framework: Path | None = option(
        "--framework", "FILE", "The network's framework, whose measures the file names.", read_file
    ),
    form: Form = FORMAT,
) -> int:
    """Check a file; needs no database and keeps nothing. Without --period: the whole file."""
    from anchornet.places import reference
    from anchornet.returns.check import check_file
    from anchornet.returns.csv_reader import Reading, Refused
    from anchornet.store.opening import scratch

    settings = settings_with(None)
    try:
        with _without_pandas(), scratch(settings.reference) as cursor:
            reference.fill(cursor, settings)
            if framework:
                from anchornet.store.framework import read_framework
                from anchornet.store.framework_codes import for_check

                return_ = for_check(cursor, return_, read_framework(framework.read_bytes()))
            summary = check_file(
                cursor,
                return_,
                file.read_bytes(),
                period=period.month if period else None,
                mapping=mapping,
                headings=dict(headings or ()),
                reading=Reading(tuple(sheets or ()), heading_line, month_first or None),
            ).summary(file.name)
    except Refused as refused:
        return _refuse(return_, file, refused, form)
    _print_check(summary, form)
    return FILE_HAS_ERRORS if summary["errors"] else DONE


class _NoPandas(MetaPathFinder):
    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError(name=fullname)


@contextmanager
def _without_pandas() -> Iterator[None]:
    """A check needs no pandas, but pyarrow and DuckDB load it, in a quarter of a second, to see
    whether what they are given is of pandas: where it isn't loaded, nothing is."""
    no_pandas = _NoPandas()
    if "pandas" not in sys.modules:
        sys.meta_path.insert(0, no_pandas)
    try:
        yield
    finally:
        if no_pandas in sys.meta_path:
            sys.meta_path.remove(no_pandas)


@app.command()
def submit(
    return_: Return = RETURN,
    file: Path = FILE,
    member: str = MEMBER,
    by: str = BY,
    period: Period | None = FILE_PERIOD,
    mapping: str | None = MAPPING,
    headings: list[Pair] | None = MAP,
    sheets: list[str] | None = SHEET,
    heading_line: int | None = HEADING_LINE,
    month_first: bool = MONTH_FIRST,
    accept_warnings: str | None = ACCEPT_WARNINGS,
    form: Form = FORMAT,
    database: Path | None = DATABASE,
) -> int:
    """Check a file and send it. What is not accepted prints what `check` prints."""
    from anchornet.intake.submit import NotAccepted
    from anchornet.intake.submit import submit as submit_return
    from anchornet.narrative.plain_text import period_row
    from anchornet.returns.csv_reader import Reading, Refused

    if period is None:
        return say("Say which month the file is for with --period, or --period each.", WRONG_USE)
    reading = Reading(tuple(sheets or ()), heading_line, month_first or None)
    try:
        with network(database) as opened:
            receipts = submit_return(
                opened,
                return_,
                file.read_bytes(),
                file.name,
                member_id=member,
                by=by,
                period=period.month,
                each=period.month is None,
                mapping=mapping,
                headings=dict(headings or ()),
                reading=reading,
                accept_warnings=accept_warnings,
            )
    except NotAccepted as refused:
        _print_check(refused.summary, form)
        return say(str(refused), FILE_HAS_ERRORS)
    except Refused as refused:
        return _refuse(return_, file, refused, form)
    submissions = [
        {
            "receipt": receipt.receipt,
            "period": month_text(receipt.period),
            "rows": receipt.rows,
            "totals": {name: float(total) for name, total in receipt.totals.items()},
            "already": receipt.already,
        }
        for receipt in receipts
    ]
    if form == "json":
        only = {name: submissions[0][name] for name in ("receipt", "rows", "totals")}
        return print_json((only if len(submissions) == 1 else {}) | {"submissions": submissions})
    return print_rows([period_row(submission, return_) for submission in submissions])


@app.command()
def backlog(
    files: list[Path] = argument("FILE...", "CSV, Excel or ZIP.", read=read_file),
    member: str = MEMBER,
    by: str = BY,
    accept_warnings: str | None = ACCEPT_WARNINGS,
    dry_run: bool = flag("--dry-run", "Say what each holds, and send nothing."),
    form: Form = FORMAT,
    database: Path | None = DATABASE,
) -> int:
    """Check and send many files, or ZIP archives of them.

    Each is for the return and the months that it holds. What was sent before is recognised:
    stopped half way, run it again.
    """
    from anchornet.intake import bulk_upload
    from anchornet.narrative.plain_text import period_row

    rows: list[dict[str, Any]] = []
    with network(database) as opened:
        read = _read_files(opened, files, member)
        if dry_run:
            rows = [_backlog_row(file) for file in read]
            unsent = [file for file in read if file.state in ("refused", "asked", "errors")]
        else:
            unsent = []
            sending = bulk_upload.send_files(
                opened, read, member_id=member, by=by, accept_warnings=accept_warnings
            )
            for number, sent in enumerate(sending, 1):
                rows.append(_backlog_row(sent.match, sent))
                unsent += [sent.match] if sent.problem else []
                say(f"{number} of {len(read)}: {sent.match.file.name}")
    if form == "json":
        print_json({"files": rows})
    else:
        lines = [
            {"file": row["file"], "return": of.title if of else None, "state": row["state"]}
            | period_row(month, of)
            for row in rows
            for of in [RETURNS.get(row["return"])]
            for month in row["periods"] or [{"period": None, "rows": row["rows"], "totals": {}}]
        ]
        columns = dict.fromkeys(name for line in lines for name in line)
        print_rows([{name: line.get(name) for name in columns} for line in lines])
    for row in rows:
        if row["said"]:
            say(f"{row['file']}: {row['said']}")
    return FILE_HAS_ERRORS if unsent else DONE


def _read_files(database: "Database", paths: list[Path], member: str) -> list["MatchedFile"]:
    from anchornet.intake import bulk_upload
    from anchornet.returns.csv_reader import Refused

    largest = database.settings.max_upload_mb * 1_000_000
    files: list[MatchedFile] = []
    for path in paths:
        try:
            uploaded = bulk_upload.uploaded_files(path.name, path.read_bytes(), largest)
        except Refused as refused:
            uploaded = [bulk_upload.unreadable_file(path.name, refused)]
        for file in uploaded:
            files.append(bulk_upload.match_file(database, file, member_id=member))
            say(f"Read {file.name}")
    return bulk_upload.refuse_repeated_months(files)


def _backlog_row(match: "MatchedFile", sent: "SentFile | None" = None) -> dict[str, Any]:
    """A file of a backlog as JSON-ready values."""
    receipts = {receipt.period: receipt for receipt in sent.receipts} if sent else {}
    state = match.state
    if sent and state != "already":
        state = "sent" if sent.receipts else "not sent"
    periods = []
    for month in match.months:
        receipt = receipts.get(month.period)
        periods.append(
            {
                "period": month_text(month.period),
                "rows": month.rows.rows,
                "totals": {name: float(total) for name, total in month.rows.totals.items()},
                "receipt": receipt.receipt if receipt else None,
                "already": receipt.already if receipt else month.already,
            }
        )
    return {
        "file": match.file.name,
        "return": match.return_.name if match.return_ else None,
        "state": state,
        "rows": match.rows,
        "errors": match.errors,
        "warnings": match.warnings,
        "periods": periods,
        "said": (sent.problem if sent else match.reason) or "",
    }


def _refuse(return_: Return, file: Path, refused: "Refused", form: str) -> int:
    """A file that is no list at all: what `check` prints, with the reason as its only finding."""
    from anchornet.returns.csv_reader import SheetsDiffer

    where = {"sheet": None, "line": None, "column": None, "value": None}
    finding = {"rule": "refused", "severity": "error", **where, "message": str(refused), "cure": ""}
    summary: dict[str, Any] = {"return": return_.name, "file": file.name, "encoding": None}
    summary |= {
        "delimiter": None,
        "skipped_lines": 0,
        "notes": [],
        "rows": 0,
        "periods": [],
        "errors": 1,
    }
    if form == "json":
        print_json(summary | {"warnings": 0, "findings": [finding]})
    how = " Name it with --sheet NAME." if isinstance(refused, SheetsDiffer) else ""
    return say(f"{file.name}: {refused}{how}", FILE_HAS_ERRORS)


def _print_check(summary: dict[str, Any], form: str) -> None:
    from anchornet.narrative.plain_text import check_text

    if form == "json":
        print_json(summary)
    else:
        print_text(check_text(summary), end="")
