"""Parts of the pages that say who has returned what."""

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from anchornet import formatting, member_data
from anchornet.access import NotAllowed, Person
from anchornet.csv_export import csv_bytes
from anchornet.narrative import returns_status
from anchornet.periods import month_text
from anchornet.returns.declaration import RETURNS
from anchornet.settings import Settings
from anchornet.store import network
from anchornet.store.database import Database
from anchornet.store.network import DueDates, NotPossible
from anchornet.store.people import has_leave
from anchornet.ui import layout
from anchornet.ui.session import download

SHAPES = {
    "not_started": "✕",
    "sent": "●",
    "sent_late": "◐",
    "nil": "○",
    "corrected": "◉",
    "withdrawn": "↩",
}
# The colour of a state of one's own is that of the same state on the board.
COLOURS = {
    "not_started": "missing",
    "withdrawn": "missing",
    "sent": "on_time",
    "sent_late": "late",
    "nil": "nil",
    "corrected": "corrected",
}
LOOKS = 20  # of a coordinator, on screen
SUBMIT = "../../pages/submit.py"


def month_picker(months: Sequence[date], usual: date) -> date:
    """One of the months that returns can be for; kept apart from the month that figures are of,
    of which there are none yet for the newest."""
    kept = st.session_state.get("returns_month", usual)
    picked = st.selectbox(
        "Month",
        months,
        index=months.index(kept if kept in months else usual),
        format_func=formatting.month,
        label_visibility="collapsed",
    )
    st.session_state["returns_month"] = picked
    return picked


def show_return(
    standing: "pd.Series[Any]",
    sent: pd.DataFrame,
    database: Database,
    settings: Settings,
    *,
    member_id: str,
    period: date,
    dates: DueDates,
    today: date,
    person: Person,
) -> None:
    """One return of a member for a month: its state, what can be done, its history. `standing` is a
    row of board.own_returns, `sent` its submissions.history."""
    name = standing["return_name"]
    said = returns_status.state(standing, dates.due_on, today)
    with st.container(key=f"return_{name}"):
        title, actions = st.columns([5, 4], vertical_alignment="center")
        title.html(
            f'<h2 class="an-h2">{escape(RETURNS[name].title)}</h2>'
            f'<p class="an-own an-{COLOURS[standing["state"]]}"><i>{SHAPES[standing["state"]]}</i> '
            f"{escape(said)}</p>"
        )
        with actions.container(horizontal=True, horizontal_alignment="right"):
            _send(standing, member_id, period, database, person)
        if not sent.empty:
            _history(sent, name)
            _one(sent, name, database, settings, person)


def _send(
    standing: "pd.Series[Any]",
    member_id: str,
    period: date,
    database: Database,
    person: Person,
) -> None:
    name = standing["return_name"]
    owed = standing["state"] in returns_status.OWED
    if owed or standing["state"] != "nil":
        with st.popover("Nothing to report", type="tertiary"):
            st.write(
                f"Send a nil return: {RETURNS[name].title}, {formatting.month(period)}. It "
                f"counts as "
                "sent, with nothing in it"
                + ("." if owed else ", in place of what was sent before.")
            )
            if st.button("Yes, there is nothing to report", key=f"nil_{name}", type="primary"):
                _do(
                    member_data.submit_nil,
                    database,
                    person,
                    RETURNS[name],
                    member_id=member_id,
                    period=period,
                    by=person.email,
                )
    if st.button(
        "Send" if owed else "Correct",
        key=f"send_{name}",
        type="primary" if owed else "secondary",
    ):
        _go_to_send({"return": name, "month": month_text(period)})


def _go_to_send(link: dict[str, str]) -> None:
    """To the page that sends, which would else still show the receipts of what was sent last."""
    st.session_state.pop("receipts", None)
    st.switch_page(SUBMIT, query_params=link)


def _do(act: Any, *args: Any, **kwargs: Any) -> None:
    """Does it, and shows the page anew; where it can't be done, says why."""
    try:
        act(*args, **kwargs)
    except NotPossible as why:
        st.error(str(why))
    else:
        st.rerun()


def _history(sent: pd.DataFrame, name: str) -> None:
    layout.table(
        ["Receipt", "Now", "Received, UTC", "By", "Rows", "Totals", "What changed"],
        [
            [
                row["receipt"],
                returns_status.COUNTS[row["state"]]
                + (f": {row['reason']}" if row["state"] == "withdrawn" else ""),
                formatting.moment(row["accepted_at"]),
                returns_status.sender(row),
                "nil" if row["nil"] else f"{row['rows']:,}",
                returns_status.totals(name, row["totals"]),
                returns_status.change(row),
            ]
            for _, row in sent.iterrows()
        ],
        numbers=[4],
    )


def _one(
    sent: pd.DataFrame, name: str, database: Database, settings: Settings, person: Person
) -> None:
    """What can be had of one submission, the latest unless another is chosen; and withdrawing."""
    rows = {row["receipt"]: row for _, row in sent.iterrows()}
    with st.container(horizontal=True, vertical_alignment="center"):
        receipt = next(iter(rows))
        if len(rows) > 1:
            receipt = st.selectbox(
                "Receipt", list(rows), key=f"one_{name}", label_visibility="collapsed", width=140
            )
        row = rows[receipt]
        download(
            "Your file",
            lambda: member_data.original(database, person, receipt)[1],
            file_name=row["file_name"] or "nil",
            about=f"the file of {receipt}",
            key=f"file_{name}",
            disabled=bool(row["nil"]),
            type="tertiary",
        )
        download(
            f"Findings ({row['warnings']:,})",
            lambda: csv_bytes(member_data.findings(database, person, receipt)),
            file_name=f"findings {receipt}.csv",
            key=f"findings_{name}",
            disabled=not row["warnings"],
            type="tertiary",
        )
        download(
            f"Receipt {receipt}",
            lambda: returns_status.receipt_page(row, settings.network_name),
            file_name=f"receipt {receipt}.html",
            mime="text/html",
            key=f"receipt_{name}",
            type="tertiary",
            icon=":material/print:",
        )
        if row["state"] != "withdrawn":
            with st.popover("Withdraw", type="tertiary"):
                reason = st.text_input(
                    f"Why should {receipt} no longer count?", key=f"reason_{name}_{receipt}"
                )
                if st.button(f"Withdraw {receipt}", key=f"withdraw_{name}", type="primary"):
                    _do(
                        member_data.withdraw,
                        database,
                        person,
                        receipt,
                        by=person.email,
                        reason=reason,
                    )
    if isinstance(row["receipt_before"], str) and not row["nil"]:
        new, gone = _lines(database, person, str(database.path), receipt, row["receipt_before"])
        st.caption(returns_status.lines_changed(new, gone, row["receipt_before"]))


# Submissions never change, so what differs between two of them is worked out once.
@st.cache_data(show_spinner=False, max_entries=256)
def _lines(
    _database: Database, person: Person, path: str, receipt: str, before: str
) -> tuple[int, int]:
    return member_data.lines_changed(_database, person, receipt, before)


def show_leave(database: Database, person: Person, member_id: str) -> None:
    """Whether the coordinator may see what the member sent, the switch for it, and each look."""
    given = has_leave(database, member_id)
    said = (
        "The coordinator sees that you sent, and the figures. You can let them open what you sent"
    )
    if given:
        said = "The coordinator can open them too, because you let them"
    with st.expander("Who sees what you send"):
        st.write(
            f"Rows, suppliers and files are for your own people. {said}, to help you with it; you "
            "can end that at any time. Each look is recorded, and stands here."
        )
        label = "End it: the coordinator sees it no longer" if given else "Let the coordinator see"
        if st.button(label, key="leave"):
            _do(member_data.record_leave, database, person, member_id, not given, by=person.email)
        looks = member_data.looks(database, person, member_id)
        if len(looks):
            rows = [
                [formatting.moment(row["happened_at"]), row["who"], row["about"]]
                for _, row in looks.head(LOOKS).iterrows()
            ]
            layout.table(["Looked at, UTC", "By", "What"], rows, numbers=())


# --- the coordinator -----------------------------------------------------------------------------


def months_table(board: pd.DataFrame, return_name: str) -> None:
    """Members down, months across, for one return: a shape and a word for what became of each."""
    one = board[board["return_name"] == return_name]
    months = sorted(set(one["period"]))
    head = "".join(f"<th>{escape(formatting.month(month, short=True))}</th>" for month in months)
    body = ""
    for _, rows in one.groupby(["member", "member_id"]):
        states = dict(zip(rows["period"], rows["state"], strict=True))
        cells = "".join(_state(states.get(month)) for month in months)
        body += f"<tr><td>{escape(rows['member'].iloc[0])}</td>{cells}</tr>"
    st.html(f'<table class="an-table an-months"><tr><th>Member</th>{head}</tr>{body}</table>')


def _state(state: str | None) -> str:
    if state is None:
        return "<td></td>"  # not a member then
    sign, word = returns_status.ON_BOARD[state]
    word = {"nil return": "nil", "not due yet": "not due"}.get(word, word)
    return f'<td class="an-state an-{escape(state)}"><i>{sign}</i> {word}</td>'


def show_sent(
    database: Database, person: Person, board: pd.DataFrame, titles: Mapping[str, str]
) -> None:
    """One return of the month as it was sent, where its member lets the coordinator see it."""
    sent = {row["receipt"]: row for _, row in board.iterrows() if row["receipt"]}
    if not sent:
        return
    said = "A member's rows are its own. On My returns it can let you see them; looks are recorded."
    layout.heading("What was sent", said)
    names = {it: f"{row['member']}: {titles[row['return_name']]}, {it}" for it, row in sent.items()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        receipt = st.selectbox(
            "Return",
            list(sent),
            format_func=names.__getitem__,
            key="sent",
            label_visibility="collapsed",
            width=480,
        )
        opened = st.button("Open it", key="open_sent")
    if not opened:
        return
    try:
        row = member_data.submission(database, person, receipt)
    except NotAllowed as why:
        st.warning(str(why))
        return
    _history(row.to_frame().T, row["return_name"])
    with st.container(horizontal=True):
        if not row["nil"]:
            download(
                layout.plain(str(row["file_name"])),
                lambda: member_data.original(database, person, receipt)[1],
                file_name=str(row["file_name"]),
                about=f"the file of {receipt}",
                key="sent_file",
                type="tertiary",
            )
        if row["warnings"]:
            download(
                f"Findings ({row['warnings']:,})",
                lambda: csv_bytes(member_data.findings(database, person, receipt)),
                file_name=f"findings {receipt}.csv",
                key="sent_findings",
                type="tertiary",
            )


def show_reminders(
    chase: Mapping[str, tuple[str, list[str]]],
    period: date,
    due_on: date,
    today: date,
    network_name: str,
) -> None:
    """A reminder to copy for each member that has something to send, and a way to send for it."""
    for member_id, (member, names) in chase.items():
        titles = formatting.listed([formatting.inside(RETURNS[name].title) for name in names])
        with st.expander(f"{_plain(member)}: {titles}", key=f"chase_{member_id}"):
            text = returns_status.reminder(member, names, period, due_on, today, network_name)
            st.code(text, language=None, wrap_lines=True)
            with st.container(horizontal=True):
                for name in names:
                    if st.button(
                        f"Send {formatting.inside(RETURNS[name].title)} for them",
                        key=f"behalf_{member_id}_{name}",
                    ):
                        link = {"return": name, "month": month_text(period), "member": member_id}
                        _go_to_send(link)


def _plain(text: str) -> str:
    return "".join(f"\\{it}" if it in "\\`*_{}[]()#+-.!|~$:<>" else it for it in text)


def show_period(
    database: Database, period: date, dates: DueDates, own: bool, today: date, by: str
) -> None:
    """The dates of a month, and opening, extending and closing it."""
    month = formatting.month(period)
    if not own:
        st.write(
            f"{month} has the usual dates, which close nothing: it takes returns and corrections "
            "until you give it dates of its own."
        )
    elif today > dates.corrections_close_on:
        st.write(f"{month} is closed: it takes neither new returns nor corrections.")
    elif today > dates.closes_on:
        st.write(f"{month} takes corrections and no new returns.")
    else:
        st.write(f"{month} takes new returns and corrections.")
    with st.form(f"dates_{period}"):
        due, closes, corrections = st.columns(3)
        chosen = DueDates(
            due.date_input("Due on", dates.due_on, format="DD/MM/YYYY", key=f"due_{period}"),
            closes.date_input(
                "Last day for new returns",
                dates.closes_on,
                format="DD/MM/YYYY",
                key=f"closes_{period}",
            ),
            corrections.date_input(
                "Last day for corrections",
                dates.corrections_close_on,
                format="DD/MM/YYYY",
                key=f"corrections_{period}",
            ),
        )
        if st.form_submit_button("Keep these dates", key=f"keep_{period}"):
            _change(period, network.set_due_dates, database, period, chosen, by=by)
    with st.container(horizontal=True):
        if st.button("Open it for 14 more days", key="open_period"):
            _change(period, network.open_period, database, period, 14, by=by)
        if st.button("Close it now", key="close_period"):
            _change(period, network.close_period, database, period, by=by)


def _change(period: date, act: Any, *args: Any, **kwargs: Any) -> None:
    """Changes a month's dates, so that the form shows the new ones."""
    try:
        act(*args, **kwargs)
    except NotPossible as why:
        st.error(str(why))
        return
    for name in ("due", "closes", "corrections"):
        st.session_state.pop(f"{name}_{period}", None)
    st.rerun()
