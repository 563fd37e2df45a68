"""Parts of the backlog page: what was dropped, what each file holds, sending with progress."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import streamlit as st

from anchornet import formatting, member_data
from anchornet.access import Person
from anchornet.intake import bulk_upload
from anchornet.intake.bulk_upload import MatchedFile, SentFile, UploadedFile
from anchornet.narrative import returns_status
from anchornet.returns.csv_reader import Refused
from anchornet.returns.declaration import RETURNS
from anchornet.settings import Settings
from anchornet.store.database import Database
from anchornet.ui import layout
from anchornet.ui.components import html
from anchornet.ui.problems import Problem
from anchornet.ui.session import Sender
from anchornet.ui.submit import File, prepare_from

STATES = {
    "ready": "● ready",
    "warnings": "◐ to look at",
    "errors": "✕ to put right",
    "asked": "? please choose",
    "already": "○ sent already",
    "refused": "✕ can't be sent",
}
SENDABLE = ("ready", "warnings")


def drop_files(settings: Settings) -> list[tuple[str, UploadedFile]]:
    """(key of the session, file) for everything dropped, archives opened."""
    dropped = st.file_uploader(
        "Drop files here: CSV, Excel, or ZIP archives of them",
        accept_multiple_files=True,
        max_upload_size=settings.max_upload_mb,
        key=f"backlog_{st.session_state.get('backlogs', 0)}",
    )
    largest = settings.max_upload_mb * 1_000_000
    files: list[tuple[str, UploadedFile]] = []
    for upload in dropped or []:
        data = upload.getvalue()
        try:
            if len(data) > largest:
                raise Refused(f"It is larger than {settings.max_upload_mb} MB. Send it in parts.")
            inside = bulk_upload.uploaded_files(upload.name, data, largest)
        except Refused as error:
            inside = [bulk_upload.unreadable_file(upload.name, error)]
        files += [(f"{upload.file_id} {number}", file) for number, file in enumerate(inside)]
    return files


def match_files(
    database: Database, person: Person, files: Sequence[tuple[str, UploadedFile]], member_id: str
) -> list[tuple[str, MatchedFile]]:
    """What each file holds; looked at once in a session, with a bar while that takes time."""
    previews: dict[Any, MatchedFile] = st.session_state.setdefault("backlog_previews", {})
    bar = None
    matches = []
    for number, (key, file) in enumerate(files):
        name, period = _choice(key)
        chosen = (key, member_id, name, period)
        if chosen not in previews:
            bar = bar or st.progress(0.0)
            bar.progress(number / len(files), f"{number} of {len(files)} read and checked")
            with st.spinner(f"Reading and checking {file.name}", show_time=True):
                previews[chosen] = member_data.preview_file(
                    database,
                    person,
                    file,
                    member_id=member_id,
                    return_=RETURNS[name] if name else None,
                    period=period,
                )
        matches.append((key, previews[chosen]))
    if bar:
        bar.empty()
    return matches


def _choice(key: str) -> tuple[str | None, date | None]:
    return st.session_state.get(f"return {key}"), st.session_state.get(f"month {key}")


def ask(matches: Sequence[tuple[str, MatchedFile]], months: Sequence[date]) -> None:
    """Which return or month it is, for the files that don't say it, or that were asked before."""
    for key, match in matches:
        name, period = _choice(key)
        if not (match.asks or name or period):
            continue
        layout.note(f"{match.file.name}: {match.reason}")
        what, when = st.columns(2)
        if match.asks == "return" or name:
            what.selectbox(
                "Return",
                list(RETURNS),
                index=None,
                format_func=lambda name: RETURNS[name].title,
                placeholder="Which return is it?",
                key=f"return {key}",
            )
        if match.asks == "month" or period:
            asked = match.return_
            when.selectbox(
                "Month",
                [month for month in months if asked is None or asked.is_period(month)],
                index=None,
                format_func=asked.period_words if asked else formatting.month,
                placeholder="Which month is it for?",
                key=f"month {key}",
            )


def show_matches(matches: Sequence[MatchedFile]) -> None:
    """A line for each month of each file."""
    rows = []
    for match in matches:
        first = [match.file.name, match.return_.title if match.return_ else "–"]
        last = [f"{match.errors:,}", f"{match.warnings:,}", STATES[match.state]]
        if not match.months:
            rows.append([*first, "–", f"{match.rows:,}", "–", "–", *last])
        for month in match.months:
            now = "nothing"
            if month.counts:
                now = "just this" if month.already else month.counts.receipt
            name = match.return_.name if match.return_ else ""
            sums = returns_status.totals(name, month.rows.totals)
            period = formatting.month(month.period)
            rows.append([*first, period, f"{month.rows.rows:,}", sums, now, *last])
            first, last = ["", ""], ["", "", ""]
    layout.table(
        [
            "File",
            "Return",
            "Month",
            "Rows",
            "Totals",
            "Counts now",
            "To put right",
            "To look at",
            "",
        ],
        rows,
        numbers=[3, 6, 7],
    )
    for number, match in enumerate(matches, 1):
        if any(sentences := _sentences(match)):
            st.html(html("file_findings", f"file-{number}", match.file.name, sentences))


def offer_prepare(sender: Sender, matches: Sequence[tuple[str, MatchedFile]]) -> None:
    """For each list of people, to turn it into a return with the list in hand."""
    for key, match in matches:
        for return_ in match.people[:1]:
            if st.button(f"Turn {match.file.name} into a return", key=f"prepare {key}"):
                file = File(match.file.name, key, match.file.read())
                prepare_from(sender, file, return_.name, None)


def _sentences(match: MatchedFile) -> list[str]:
    """Why a file can't be sent, or what is to be put right or looked at in it, the worst first."""
    if match.state not in ("errors", "warnings"):
        return [] if match.state == "already" else [match.reason]
    return [finding.sentence() for finding in match.examples if finding.severity != "note"]


def problems(matches: Sequence[MatchedFile]) -> list[Problem]:
    """A link to each file that can't be sent as it is, or of which something is asked."""
    return [
        Problem(
            f"file-{number}",
            f"{match.file.name}: {returns_status.of_file(match)}",
            match.state not in SENDABLE,
        )
        for number, match in enumerate(matches, 1)
        if any(_sentences(match))
    ]


def send_all(
    database: Database,
    person: Person,
    matches: Sequence[tuple[str, MatchedFile]],
    results: dict[str, SentFile],
    *,
    member_id: str,
    why: str,
) -> None:
    """Sends the files one by one into `results`, with a bar. A click that stops it loses nothing:
    what is sent is kept, and the rest can be sent after."""
    bar = st.progress(0.0, f"0 of {len(matches)} sent")
    sending = member_data.submit_files(
        database,
        person,
        [match for _, match in matches],
        member_id=member_id,
        by=person.email,
        accept_warnings=why or None,
    )
    for number, (key, match) in enumerate(matches, 1):
        with st.spinner(f"Sending {match.file.name}", show_time=True):
            results[key] = next(sending)
        bar.progress(number / len(matches), f"{number} of {len(matches)} sent")


def show_results(results: Sequence[SentFile], settings: Settings) -> None:
    """What became of each file, and why figures may be others than what was sent."""
    rows = []
    for result in results:
        name = result.match.file.name
        if result.problem:
            rows.append([name, "–", "–", "–", f"not sent: {result.problem}"])
        rows += [
            [
                name,
                formatting.month(receipt.period),
                receipt.receipt,
                f"{receipt.rows:,}",
                "sent before" if receipt.already else "sent",
            ]
            for receipt in result.receipts
        ]
    layout.table(["File", "Month", "Receipt", "Rows", "Outcome"], rows, (3,))
    sent = {receipt.return_name for result in results for receipt in result.receipts}
    for name in (name for name in RETURNS if name in sent):
        reasons = returns_status.why_it_differs(name, settings)
        st.html(html("became", [RETURNS[name].title], reasons))
