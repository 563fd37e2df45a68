"""Commands of returns: templates, checking, preparing, sending, what was sent."""

from argparse import Namespace
from typing import Any

from anchornet.commands import (
    DONE,
    FILE_HAS_ERRORS,
    arguments,
    command,
    network_of,
    print_json,
    put,
    records,
    say,
    settings_of,
)
from anchornet.commands.arguments import WRONG_USE, arg
from anchornet.intake import bulk_upload
from anchornet.intake import submit as submit_return
from anchornet.intake.prepare import EXTRACTS, prepare
from anchornet.intake.submit import NotAccepted
from anchornet.narrative.plain_text import check_text, period_row, prepared_text, table_text
from anchornet.periods import month_text, parse_month
from anchornet.returns.check import check_file
from anchornet.returns.csv_reader import Refused
from anchornet.returns.declaration import RETURNS, Return
from anchornet.returns.template import template_workbook
from anchornet.store.database import Database, scratch
from anchornet.store.returns_status import returns_board
from anchornet.store.submissions import withdraw


@command(
    "template",
    "Print the blank template of a return, as CSV; or make the Excel workbook.",
    arguments.RETURN,
    arg("--xlsx", action="store_true", help="with drop-down lists and notes; needs -o"),
    arguments.OUTPUT,
)
def _template(given: Namespace) -> int:
    if not given.xlsx:
        return put(given, given.return_.template_csv())
    if given.output is None:
        return say("Say where the workbook should go: -o FILE.", WRONG_USE)
    given.output.write_bytes(template_workbook(given.return_))
    return say(f"Made {given.output}.")


@command("schema", "Print the Table Schema of a return, as JSON.", arguments.RETURN)
def _schema(given: Namespace) -> int:
    return print_json(given.return_.table_schema())


@command("dictionary", "Print the data dictionary of every return, as Markdown.")
def _dictionary(given: Namespace) -> int:
    print("# Data dictionary\n")
    print("\n".join(return_.dictionary_markdown() for return_ in RETURNS.values()), end="")
    return DONE


@command(
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


@command(
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
    prepared = prepare(settings_of(given), given.return_, given.file.read_bytes(), **choices)
    say(prepared_text(prepared))
    if prepared.stopped:
        return FILE_HAS_ERRORS
    return put(given, prepared.csv) if prepared.csv else DONE


@command(
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
        return say("Say which month the file is for with --period, or --period each.", WRONG_USE)
    try:
        with network_of(given) as database:
            receipts = submit_return.submit(
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
        return say(str(refused), FILE_HAS_ERRORS)
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
        return print_json((only if len(sent) == 1 else {}) | {"submissions": sent})
    print(table_text([period_row(it) for it in sent]), end="")
    return DONE


@command(
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
    with network_of(given) as database:
        matches = _match_files(database, given)
        if given.dry_run:
            told = [_file_row(match) for match in matches]
            unsent = [match for match in matches if match.state in ("refused", "asked", "errors")]
        else:
            told, unsent = [], []
            sending = bulk_upload.send_files(
                database,
                matches,
                member_id=given.member,
                by=given.by,
                accept_warnings=given.accept_warnings,
            )
            for place, sent in enumerate(sending, 1):
                told.append(_file_row(sent.match, sent))
                unsent += [sent.match] if sent.problem else []
                say(f"{place} of {len(matches)}: {sent.match.file.name}")
    if given.format == "json":
        print_json({"files": told})
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
            say(f"{it['file']}: {it['said']}")
    return FILE_HAS_ERRORS if unsent else DONE


def _match_files(database: Database, given: Namespace) -> list[bulk_upload.MatchedFile]:
    largest = database.settings.max_upload_mb * 1_000_000
    matches: list[bulk_upload.MatchedFile] = []
    for path in given.files:
        try:
            files = bulk_upload.uploaded_files(path.name, path.read_bytes(), largest)
        except Refused as error:
            files = [bulk_upload.unreadable_file(path.name, error)]
        for file in files:
            matches.append(bulk_upload.match_file(database, file, member_id=given.member))
            say(f"Read {file.name}")
    return bulk_upload.refuse_repeated_months(matches)


def _file_row(
    match: bulk_upload.MatchedFile, sent: bulk_upload.SentFile | None = None
) -> dict[str, Any]:
    """A file of a backlog as JSON-ready values."""
    receipts = {it.period: it for it in sent.receipts} if sent else {}
    state = match.state
    if sent and state != "already":
        state = "sent" if sent.receipts else "not sent"
    return {
        "file": match.file.name,
        "return": match.return_.name if match.return_ else None,
        "state": state,
        "rows": match.rows,
        "errors": match.errors,
        "warnings": match.warnings,
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
            for month in match.months
        ],
        "said": (sent.problem if sent else match.reason) or "",
    }


@command(
    "withdraw",
    "Stop counting a submission; it stays in the history, and the earlier one counts again.",
    arg("receipt", metavar="RECEIPT"),
    arguments.BY,
    arg("--reason", metavar="TEXT", required=True),
)
def _withdraw(given: Namespace) -> int:
    with network_of(given) as database:
        earlier = withdraw(database, given.receipt, by=given.by, reason=given.reason)
    counts = f"{earlier.receipt} counts in its place" if earlier else "the return is missing now"
    return say(f"{given.receipt} is withdrawn: {counts}.")


@command(
    "returns",
    "Say who has returned what, for a month or for every month so far.",
    arg("--period", read=parse_month, metavar="YYYY-MM"),
    arguments.FORMAT,
)
def _returns(given: Namespace) -> int:
    with network_of(given) as database:
        board = returns_board(database, given.period)
    board["period"] = board["period"].map(month_text)
    if given.format == "json":
        return print_json(records(board))
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for it in records(board):
        start = {"period": it["period"], "member": it["member"]}
        rows.setdefault((it["period"], it["member_id"]), start)[it["return_name"]] = it["state"]
    print(table_text(list(rows.values())), end="")
    return DONE


def _refuse(given: Namespace, refused: Refused) -> int:
    """A file that is no list at all: what `check` prints, with the reason as its only finding."""
    where = {"line": None, "column": None, "value": None}
    finding = {"rule": "refused", "severity": "error", **where, "message": str(refused), "cure": ""}
    summary = {"return": given.return_.name, "file": given.file.name, "encoding": None}
    summary |= {"delimiter": None, "skipped_lines": 0, "rows": 0, "periods": [], "errors": 1}
    if given.format == "json":
        print_json(summary | {"warnings": 0, "findings": [finding]})
    return say(f"{given.file.name}: {refused}", FILE_HAS_ERRORS)


def _print_check(summary: dict[str, Any], form: str) -> None:
    if form == "json":
        print_json(summary)
    else:
        print(check_text(summary), end="")
