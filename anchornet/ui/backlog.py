"""Parts of the backlog page: what was dropped, what each file holds, sending with progress."""

from collections.abc import Iterable, Sequence
from datetime import date
from html import escape
from typing import Any

import streamlit as st

from anchornet import formatting, member_data
from anchornet.access import Person
from anchornet.intake import bulk_upload
from anchornet.intake.bulk_upload import Found, Piece, Sent
from anchornet.narrative import returns_status
from anchornet.returns.csv_reader import Refused
from anchornet.returns.declaration import RETURNS
from anchornet.settings import Settings
from anchornet.store.database import Database
from anchornet.ui import layout

STATES = {
    "ready": "● ready",
    "warnings": "◐ to look at",
    "errors": "✕ to put right",
    "asked": "? please choose",
    "already": "○ sent already",
    "refused": "✕ can't be sent",
}
SENDABLE = ("ready", "warnings")


def drop_files(settings: Settings) -> list[tuple[str, Piece]]:
    """(key of the session, file) for everything dropped, archives opened."""
    dropped = st.file_uploader(
        "Drop files here: CSV, Excel, or ZIP archives of them",
        accept_multiple_files=True,
        max_upload_size=settings.max_upload_mb,
        key=f"backlog_{st.session_state.get('backlogs', 0)}",
    )
    largest = settings.max_upload_mb * 1_000_000
    pieces: list[tuple[str, Piece]] = []
    for file in dropped or []:
        data = file.getvalue()
        try:
            if len(data) > largest:
                raise Refused(f"It is larger than {settings.max_upload_mb} MB. Send it in parts.")
            inside = bulk_upload.pieces(file.name, data, largest)
        except Refused as why:
            inside = [bulk_upload.refused(file.name, why)]
        pieces += [(f"{file.file_id} {place}", piece) for place, piece in enumerate(inside)]
    return pieces


def look_at_all(
    database: Database, person: Person, pieces: Sequence[tuple[str, Piece]], member_id: str
) -> list[tuple[str, Found]]:
    """What each file holds; looked at once in a session, with a bar while that takes time."""
    kept: dict[Any, Found] = st.session_state.setdefault("backlog_found", {})
    bar = None
    found = []
    for place, (key, piece) in enumerate(pieces):
        name, period = _choice(key)
        chosen = (key, member_id, name, period)
        if chosen not in kept:
            bar = bar or st.progress(0.0)
            bar.progress(place / len(pieces), f"{place} of {len(pieces)} read and checked")
            with st.spinner(f"Reading and checking {piece.name}", show_time=True):
                kept[chosen] = member_data.preview_file(
                    database,
                    person,
                    piece,
                    member_id=member_id,
                    return_=RETURNS[name] if name else None,
                    period=period,
                )
        found.append((key, kept[chosen]))
    if bar:
        bar.empty()
    return found


def _choice(key: str) -> tuple[str | None, date | None]:
    return st.session_state.get(f"return {key}"), st.session_state.get(f"month {key}")


def ask(found: Sequence[tuple[str, Found]], months: Sequence[date]) -> None:
    """Which return or month it is, for the files that don't say it, or that were asked before."""
    for key, it in found:
        name, period = _choice(key)
        if not (it.asks or name or period):
            continue
        st.html(f'<p class="an-note">{escape(it.piece.name)}: {escape(it.said)}</p>')
        what, when = st.columns(2)
        if it.asks == "return" or name:
            what.selectbox(
                "Return",
                list(RETURNS),
                index=None,
                format_func=lambda name: RETURNS[name].title,
                placeholder="Which return is it?",
                key=f"return {key}",
            )
        if it.asks == "month" or period:
            when.selectbox(
                "Month",
                months,
                index=None,
                format_func=formatting.month,
                placeholder="Which month is it for?",
                key=f"month {key}",
            )


def show_found(found: Sequence[Found]) -> None:
    """A line for each month of each file."""
    rows = []
    for it in found:
        title = RETURNS[it.return_.name].title if it.return_ else "–"
        counts = [f"{it.errors:,}", f"{it.warnings:,}", STATES[it.state]]
        if not it.months:
            rows.append([it.piece.name, title, "–", f"{it.rows:,}", "–", "–", *counts])
        for place, month in enumerate(it.months):
            start = [it.piece.name, title] if not place else ["", ""]
            now = "nothing"
            if month.counts:
                now = "just this" if month.already else month.counts.receipt
            sums = returns_status.totals(it.return_.name, month.rows.totals) if it.return_ else "–"
            rows.append(
                [
                    *start,
                    formatting.month(month.period),
                    f"{month.rows.rows:,}",
                    sums,
                    now,
                    *(counts if not place else ["", "", ""]),
                ]
            )
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
    for it in found:
        if it.said and not it.asks:
            st.html(f'<p class="an-note"><b>{escape(it.piece.name)}</b>: {escape(it.said)}</p>')


def send_all(
    database: Database,
    person: Person,
    found: Sequence[tuple[str, Found]],
    results: dict[str, Sent],
    *,
    member_id: str,
    why: str,
) -> None:
    """Sends the files one by one into `results`, with a bar. A click that stops it loses nothing:
    what is sent is kept, and the rest can be sent after."""
    bar = st.progress(0.0, f"0 of {len(found)} sent")
    sending = member_data.submit_files(
        database,
        person,
        [it for _, it in found],
        member_id=member_id,
        by=person.email,
        accept_warnings=why or None,
    )
    for place, (key, it) in enumerate(found, 1):
        with st.spinner(f"Sending {it.piece.name}", show_time=True):
            results[key] = next(sending)
        bar.progress(place / len(found), f"{place} of {len(found)} sent")


def show_results(results: Iterable[Sent]) -> None:
    """What became of each file."""
    rows = []
    for it in results:
        if it.problem:
            rows.append([it.found.piece.name, "–", "–", "–", f"not sent: {it.problem}"])
        rows += [
            [
                it.found.piece.name,
                formatting.month(receipt.period),
                receipt.receipt,
                f"{receipt.rows:,}",
                "sent before" if receipt.already else "sent",
            ]
            for receipt in it.receipts
        ]
    layout.table(["File", "Month", "Receipt", "Rows", "What became of it"], rows, numbers=[3])
