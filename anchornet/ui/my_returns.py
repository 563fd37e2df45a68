"""Parts of the pages that say who has returned what: My returns and the returns board."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from anchornet import formatting, member_data
from anchornet.access import NotAllowed, Person
from anchornet.csv_export import csv_bytes
from anchornet.exports.mail.reminders import chasing
from anchornet.narrative import returns_status
from anchornet.periods import month_text
from anchornet.returns.declaration import RETURNS
from anchornet.server.documents import document
from anchornet.settings import Settings
from anchornet.store import network, sent_back
from anchornet.store.database import Database
from anchornet.store.network import DueDates
from anchornet.store.people import CONFIRMS, accounts, has_leave
from anchornet.ui import layout, mail
from anchornet.ui.components import html
from anchornet.ui.forms import DAY, blank_templates, confirmed, do, key
from anchornet.ui.session import download

# The sign of a state of one's own, and its colour, which is that of the same state on the board.
LOOK = {
    "not_started": ("✕", "missing"),
    "sent": ("●", "on_time"),
    "sent_late": ("◐", "late"),
    "nil": ("○", "nil"),
    "corrected": ("◉", "corrected"),
    "withdrawn": ("↩", "missing"),
}
SHORT = {"nil return": "nil", "not due yet": "not due"}
LOOKS = 20  # of a coordinator, on screen
SUBMIT = "../../pages/submit.py"


def month_picker(months: Sequence[date], usual: date) -> date:
    """One of the months that returns can be for; kept apart from the month that figures are of,
    of which there are none yet for the newest."""
    before = st.session_state.get("returns_month", usual)
    picked = st.selectbox(
        "Month",
        months,
        index=months.index(before if before in months else usual),
        format_func=formatting.month,
        label_visibility="collapsed",
    )
    st.session_state["returns_month"] = picked
    return picked


def show_questions(database: Database, person: Person, member_id: str) -> None:
    """What the coordinator sent back, of whichever month, and the way to correct it."""
    for one in member_data.questions(database, person, member_id):
        with st.container(key=f"asked_{one.receipt}"):
            words = layout.plain(returns_status.question(one))
            title = layout.plain(formatting.capital(returns_status.named(one)))
            st.warning(
                f"**Sent back with a question:** {title}\n\n{words}\n\n"
                f"{returns_status.meanwhile(one)}"
            )
            if st.button("Correct it", key=f"correct_{one.receipt}"):
                go_to_send({"return": one.return_name, "month": month_text(one.period)})


def show_return(
    database: Database,
    person: Person,
    status: "pd.Series[Any]",
    sent: pd.DataFrame,
    *,
    member_id: str,
    period: date,
    due_on: date,
    today: date,
) -> None:
    """One return of a member for a month: its state, what can be done, its history. `status` is a
    row of member_data.returns, `sent` its member_data.history."""
    name = status["return_name"]
    sign, colour = LOOK[status["state"]]
    with st.container(key=f"return_{name}"):
        what, actions = st.columns([5, 4], vertical_alignment="center")
        sentence = returns_status.state(status, due_on, today)
        owed = status["state"] in returns_status.OWED
        with what:
            title = returns_status.title_for(RETURNS[name], period)
            st.html(html("return_state", title, colour, sign, sentence))
            if owed:
                blank_templates(RETURNS[name])
        with actions.container(horizontal=True, horizontal_alignment="right"):
            if status["state"] != "nil":
                _offer_nil(database, person, name, member_id, period, owed=owed)
            if st.button(
                "Send" if owed else "Correct",
                key=f"send_{name}",
                type="primary" if owed else "secondary",
            ):
                go_to_send({"return": name, "month": month_text(period)})
        if not sent.empty:
            _history(sent, name)
            _one(database, person, sent, name)


def _offer_nil(
    database: Database, person: Person, name: str, member_id: str, period: date, *, owed: bool
) -> None:
    instead = "" if owed else ", in place of what was sent before"
    with st.popover("Nothing to report", type="tertiary"):
        st.write(
            f"Send a nil return: {RETURNS[name].title}, {RETURNS[name].period_words(period)}. It "
            f"counts as sent, with nothing in it{instead}."
        )
        if st.button("Yes, there is nothing to report", key=f"nil_{name}", type="primary"):
            do(
                "Your nil return is sent.",
                member_data.submit_nil,
                database,
                person,
                RETURNS[name],
                member_id=member_id,
                period=period,
                by=person.email,
            )


def go_to_send(link: dict[str, str]) -> None:
    """To the page that sends, which would else still show the receipts of what was sent last."""
    st.session_state.pop("receipts", None)
    st.switch_page(SUBMIT, query_params=link)


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


def _one(database: Database, person: Person, sent: pd.DataFrame, name: str) -> None:
    """What can be had of one submission, the latest unless another is chosen; and withdrawing."""
    rows = {row["receipt"]: row for _, row in sent.iterrows()}
    with st.container(horizontal=True, vertical_alignment="center"):
        receipt = next(iter(rows))
        if len(rows) > 1:
            receipt = st.selectbox(
                "Receipt", list(rows), key=f"one_{name}", label_visibility="collapsed", width=140
            )
        row = rows[receipt]
        _offer_file(database, person, row, "Your file", name)
        _offer_findings(database, person, row, name)
        print_receipt(
            receipt,
            lambda: row,
            database.settings,
            f"Receipt {receipt}",
            f"receipt_{name}",
            own=True,
        )
        _offer_withdrawal(database, person, sent, name)
    if isinstance(row["receipt_before"], str) and not row["nil"]:
        new, gone = _lines(database, person, str(database.path), receipt, row["receipt_before"])
        st.caption(returns_status.lines_changed(new, gone, row["receipt_before"]))


def _offer_withdrawal(database: Database, person: Person, sent: pd.DataFrame, name: str) -> None:
    """Withdrawing one, which is chosen first, even where there is one only."""
    standing = list(sent.loc[sent["state"] != "withdrawn", "receipt"])
    if not standing:
        return
    with st.popover("Withdraw", type="tertiary"):
        receipt = st.selectbox(
            "Which one should no longer count?",
            standing,
            index=None,
            placeholder="Choose a receipt",
            key=key(f"withdraw_which_{name}"),
        )
        if receipt is None:
            return
        then = returns_status.then_counts(sent, receipt, sent["period"].iloc[0])
        layout.note(then)
        reason = st.text_input(
            f"Why should {receipt} no longer count?", key=f"reason_{name}_{receipt}"
        )
        if st.button(f"Withdraw {receipt}", key=f"withdraw_{name}", type="primary"):
            do(
                f"{receipt} is withdrawn. {formatting.capital(then.removeprefix('Then '))}",
                member_data.withdraw,
                database,
                person,
                receipt,
                by=person.email,
                reason=reason,
            )


def _offer_file(
    database: Database, person: Person, row: "pd.Series[Any]", label: str, name: str
) -> None:
    download(
        label,
        lambda: member_data.original(database, person, row["receipt"])[1],
        file_name=str(row["file_name"] or "nil"),
        about=f"the file of {row['receipt']}",
        key=f"file_{name}",
        disabled=bool(row["nil"]),
        type="tertiary",
    )


def _offer_findings(database: Database, person: Person, row: "pd.Series[Any]", name: str) -> None:
    download(
        f"Findings ({row['warnings']:,})",
        lambda: csv_bytes(member_data.findings(database, person, row["receipt"])),
        file_name=f"findings {row['receipt']}.csv",
        key=f"findings_{name}",
        disabled=not row["warnings"],
        type="tertiary",
    )


def print_receipt(
    receipt: str,
    row: "Callable[[], pd.Series[Any]]",
    settings: Settings,
    label: str,
    key: str,
    *,
    own: bool,
) -> None:
    """A receipt as a page to print; `row` gives its row of submissions.history when it is asked
    for, `own` is for the member's own people."""

    def page() -> bytes:
        sent = row()
        return document(
            "receipt",
            receipt=receipt,
            network=settings.network_name,
            facts=returns_status.receipt_facts(sent, own=own),
            reasons=returns_status.why_it_differs(sent["return_name"], settings),
        ).encode()

    download(
        label,
        page,
        file_name=f"receipt {receipt}.html",
        mime="text/html",
        key=key,
        type="tertiary",
        icon=":material/print:",
    )


# Submissions never change, so what differs between two of them is worked out once.
@st.cache_data(show_spinner=False, max_entries=256)
def _lines(
    _database: Database, person: Person, path: str, receipt: str, before: str
) -> tuple[int, int]:
    return member_data.lines_changed(_database, person, receipt, before)


def show_leave(database: Database, person: Person, member_id: str) -> None:
    """Whether the coordinator may see what the member sent, the switch for it, and each look."""
    given = has_leave(database, member_id)
    may = "The coordinator sees that you sent, and the figures. You can let them open what you sent"
    if given:
        may = "The coordinator can open them too, because you let them"
    with st.expander("Who sees what you send"):
        st.write(
            f"Rows, suppliers and files are for your own people. {may}, to help you with it; you "
            "can stop that at any time. Each time they look is recorded and listed here."
            " The delivery group and the coordinator see your member's figures, pounds as they are "
            "and people rounded. Other members and communications see three members together at "
            "the least."
        )
        if st.button("Stop sharing" if given else "Let the coordinator see", key="leave"):
            can = "can no longer" if given else "can now"
            do(
                f"The coordinator {can} open what you send.",
                member_data.record_leave,
                database,
                person,
                member_id,
                not given,
                by=person.email,
            )
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
    board = board[board["return_name"] == return_name]
    months = sorted(set(board["period"]))

    def cell(state: str | None) -> tuple[str, str, str] | None:
        if state is None:
            return None  # not a member then
        sign, word = returns_status.ON_BOARD[state]
        return state, sign, SHORT.get(word, word)

    rows = []
    for (member, _), lines in board.groupby(["member", "member_id"]):
        states = dict(zip(lines["period"], lines["state"], strict=True))
        rows.append((member, [cell(states.get(month)) for month in months]))
    st.html(html("months_table", [formatting.month(month, short=True) for month in months], rows))


def show_sent(
    database: Database, person: Person, board: pd.DataFrame, titles: Mapping[str, str]
) -> None:
    """One return of the month as it was sent, where its member lets the coordinator see it."""
    sent = {row["receipt"]: row for _, row in board.iterrows() if row["receipt"]}
    if not sent:
        return
    layout.heading(
        "What was sent",
        "Only a member's own people see its rows, unless it lets you on My returns. Each time you "
        "look is recorded.",
    )
    names = {
        receipt: f"{row['member']}: {titles[row['return_name']]}, {receipt}"
        for receipt, row in sent.items()
    }
    with st.container(horizontal=True, vertical_alignment="bottom"):
        receipt = st.selectbox(
            "Return",
            list(sent),
            format_func=names.__getitem__,
            key="sent",
            label_visibility="collapsed",
            width=480,
        )
        opened = st.button("Open", key="open_sent")
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
            _offer_file(database, person, row, layout.plain(str(row["file_name"])), "sent")
        if row["warnings"]:
            _offer_findings(database, person, row, "sent")


def show_sent_back(
    database: Database, board: pd.DataFrame, titles: Mapping[str, str], by: str
) -> None:
    """What waits for its member's answer, of every month, and sending back a return of this one."""
    asked = sent_back.waiting(database)
    sent = {row["receipt"]: row for _, row in board.iterrows() if row["receipt"]}
    if not sent and not asked:
        return
    layout.heading(
        "Sent back to members",
        "A return that you ask about goes on counting until its member corrects or withdraws it, "
        "or you take the question back.",
    )
    everybody, network_name = accounts(database), database.settings.network_name
    for one in asked:
        title = f"{one.member}: {returns_status.named(one)}"
        with st.expander(layout.plain(title), key=f"asked_{one.receipt}"):
            st.write(layout.plain(returns_status.question(one)))
            to = [who.email for who in everybody if (CONFIRMS, one.member_id) in who.grants]
            with st.container(horizontal=True):
                if to:
                    text = returns_status.asks_of_member(one, network_name)
                    subject = f"A question about {one.receipt}: {network_name}"
                    mail.write_button(to, subject, text, f"write_{one.receipt}")
                if st.button("Take the question back", key=f"take_back_{one.receipt}"):
                    done = f"Nothing is asked about {one.receipt} any more."
                    do(done, sent_back.take_back, database, one.receipt, by=by)
    if not sent:
        return
    with st.form(key("send_back"), enter_to_submit=False):
        receipt = st.selectbox(
            "Which return?",
            list(sent),
            index=None,
            format_func=lambda number: (
                f"{sent[number]['member']}: {titles[sent[number]['return_name']]}, {number}"
            ),
            placeholder="Choose a return",
            key=key("send_back_which"),
        )
        reason = st.text_area(
            "What do you ask?",
            max_chars=sent_back.LONGEST,
            help="The member's people read it on My returns. An email says that there is a "
            "question, and not what you ask.",
            key=key("send_back_why"),
        )
        pressed = st.form_submit_button("Send back", type="primary")
    if pressed and receipt is None:
        st.error("Choose the return that you ask about.")
    elif pressed:
        done = f"{receipt} is sent back to {sent[receipt]['member']} with your question."
        do(done, sent_back.send_back, database, receipt, by=by, reason=reason)


def show_reminders(
    database: Database,
    chase: Mapping[str, tuple[str, list[str]]],
    period: date,
    due_on: date,
    today: date,
    by: str,
) -> None:
    """A reminder for each member that has something to send, to copy or to email to its
    contributors, and a way to send for it."""
    everybody, network_name = accounts(database), database.settings.network_name
    for member_id, (member, names) in chase.items():
        titles = formatting.listed([formatting.inside(RETURNS[name].title) for name in names])
        with st.expander(f"{layout.plain(member)}: {titles}", key=f"chase_{member_id}"):
            text = returns_status.reminder(member, names, period, due_on, today, network_name)
            st.code(text, language=None, wrap_lines=True)
            to = [who.email for who in everybody if (CONFIRMS, member_id) in who.grants]
            if to:
                layout.note(f"To {formatting.listed(to)}.")
            with st.container(horizontal=True):
                if to:
                    subject = f"Returns for {formatting.month(period)}: {network_name}"
                    mail.write_button(to, subject, text, f"write_{member_id}")
                    mail.send_button(
                        "Email this now", database,
                        partial(chasing, database, member_id, period),
                        f"A reminder for {member} is on its way.", by, f"remind_{member_id}",
                    )  # fmt: skip
                for name in names:
                    if st.button(
                        f"Send {formatting.inside(RETURNS[name].title)} for them",
                        key=f"behalf_{member_id}_{name}",
                    ):
                        link = {"return": name, "month": month_text(period), "member": member_id}
                        go_to_send(link)


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
    fields = (
        ("due", "Due on", dates.due_on),
        ("closes", "Last day for new returns", dates.closes_on),
        ("corrections", "Last day for corrections", dates.corrections_close_on),
    )
    with st.form(key(f"dates_{period}")):
        chosen = DueDates(
            *(
                column.date_input(label, day, format=DAY, key=key(f"{name}_{period}"))
                for column, (name, label, day) in zip(st.columns(3), fields, strict=True)
            )
        )
        if st.form_submit_button("Save dates", key=f"keep_{period}"):
            saved = f"The dates of {month} are saved."
            do(saved, network.set_due_dates, database, period, chosen, by=by)
    with st.container(horizontal=True):
        if st.button("Open for 14 more days", key="open_period"):
            do(f"{month} is open.", network.open_period, database, period, 14, by=by)
        words = f"Nobody can send or correct {month} after that, until you open it again."
        closed = confirmed("Close now", words, f"Close {month}", "close_period")
    if closed:
        do(f"{month} is closed.", network.close_period, database, period, by=by)
