"""The last steps of sending a return: its totals, the sending, its receipt."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

import pandas as pd
import streamlit as st

from anchornet import formatting, member_data
from anchornet.facts.catalogue import first_of
from anchornet.formatting import inside
from anchornet.intake.preview import Preview, choices
from anchornet.intake.submit import NotAccepted
from anchornet.narrative import returns_status
from anchornet.periods import month_text
from anchornet.returns.declaration import RETURNS, Return
from anchornet.store.database import Database, utc_now
from anchornet.store.network import NotPossible, due_dates
from anchornet.store.submissions import Receipt, signed
from anchornet.ui import queries
from anchornet.ui.components import html
from anchornet.ui.filter_bar import keep
from anchornet.ui.filters import Filters
from anchornet.ui.layout import heading, note, table
from anchornet.ui.menu import PAGES
from anchornet.ui.my_returns import go_to_send, print_receipt
from anchornet.ui.session import Sender, end_page
from anchornet.ui.submit import File, current_draft, put_aside, restored, step


def show_totals(return_: Return, preview: Preview, beside: pd.DataFrame | None) -> None:
    """Totals by month below those of the last three months, and what each takes the place of;
    `beside` is what member_data.sums_beside gives, None for who may not see what the member
    sent."""
    several = len(preview.periods) > 1
    months = f"{formatting.count(len(preview.periods))} months, each a return of its own"
    step(5, "Totals", months if several else "")
    counted = {} if beside is None else {row["period"]: row for _, row in beside.iterrows()}
    rows = []
    for period, row in counted.items():
        what = f"{row['receipt']}, {'a nil return' if row['nil'] else 'counts now'}"
        rows.append((period, 0, what, row["rows"], row["totals"], ""))
    for month in preview.periods:
        if period := month.period or preview.period:
            change = returns_status.against(return_.name, month, counted.get(period))
            rows.append((period, 1, "this file", month.rows, month.totals, change))
    table(
        ["Month", "Return", "Rows", *(return_.field(name).title for name in return_.totals),
         "What changes"],
        [
            [
                return_.period_words(period),
                what,
                f"{count:,}",
                *(
                    returns_status.amount(return_, field, totals.get(field))
                    for field in return_.totals
                ),
                change,
            ]
            for period, _, what, count, totals, change in sorted(rows, key=lambda row: row[:2])
        ],
        numbers=range(2, 3 + len(return_.totals)),
    )  # fmt: skip
    if several:
        note("To send only one of them, take the lines of the other months out of the file.")


def ask_to_send(return_: Return, preview: Preview, name: str) -> tuple[bool, str, str]:
    """Whether it is sent, who sends, and the sentence that accepts the warnings, if there are
    any."""
    step(6, "Send")
    current_draft().choices.setdefault("declared", name)
    declared = st.text_input(
        "Your name, for the receipt", key=restored("declared"), max_chars=100
    ).strip()
    sentence = ""
    if preview.warnings:
        sentence = st.text_area(
            f"{formatting.count(preview.warnings).capitalize()} "
            f"thing{'' if preview.warnings == 1 else 's'} to look at. "
            "Say in a sentence why the file is right as it stands.",
            placeholder="For example: the two equal lines are two payments of one rent.",
            key=restored("accept_warnings"),
        ).strip()
    periods = [month.period or preview.period for month in preview.periods]
    months = formatting.listed([return_.period_words(period) for period in periods if period])
    count = len(periods)
    label = f"Send the return for {months}" if count == 1 else f"Send {count} returns: {months}"
    pressed = st.button(label, type="primary", key="send")
    if pressed and preview.warnings and not sentence:
        st.warning("Say first, in a sentence, why the file is right as it stands.")
    elif pressed and not declared:
        st.warning("Write your name first: it goes on the receipt.")
    else:
        return pressed, declared, sentence
    return False, declared, sentence


def send(
    database: Database,
    sender: Sender,
    return_: Return,
    file: File,
    preview: Preview,
    sent: list[Receipt],
    *,
    name: str,
    why: str,
) -> None:
    """Sends the file, puts its receipts into `sent` and shows the page anew."""
    try:
        doing = "Checking the file once more, saving it and adding up the figures"
        with st.spinner(doing, show_time=True):
            # Before the spinner ends, where a click could stop the run.
            receipts = member_data.submit(
                database,
                sender.person,
                return_,
                file.data,
                file.name,
                member_id=sender.member_id,
                by=signed(name, sender.person.email),
                period=preview.period,
                each=preview.period is None,
                headings=choices(return_, preview.mapped),
                reading=preview.reading,
                accept_warnings=why or None,
                on_behalf=sender.on_behalf,
            )
            hold_receipts(sent, receipts)
            if not preview.reading.remembered or preview.reading.month_first is not None:
                remember(database, sender, return_, preview)
            put_aside()
    except (NotAccepted, NotPossible) as error:
        st.error(str(error))
        end_page()
    st.rerun()


def hold_receipts(sent: list[Receipt], receipts: Iterable[Receipt]) -> None:
    """Puts receipts into `sent`, each once and as it was first given. A second click during the
    sending starts a run of its own beside the first, and gets the same receipts again."""
    for receipt in receipts:
        numbers = [held.receipt for held in sent]
        if receipt.receipt not in numbers:
            sent.append(receipt)
        elif not receipt.already:
            sent[numbers.index(receipt.receipt)] = receipt


def remember(database: Database, sender: Sender, return_: Return, preview: Preview) -> None:
    """Keeps the columns, and how the file is read, for the member's next one."""
    member_data.remember_mapping(
        database,
        sender.person,
        sender.member_id,
        return_.name,
        preview.mapped.as_headings(),
        by=sender.person.email,
        reading=preview.reading.as_said(),
    )


def send_nil(
    database: Database, sender: Sender, return_: Return, period: date, sent: list[Receipt]
) -> None:
    """Sends that there is nothing to report."""
    try:
        receipt = member_data.submit_nil(
            database,
            sender.person,
            return_,
            member_id=sender.member_id,
            period=period,
            by=sender.person.email,
            on_behalf=sender.on_behalf,
        )
    except NotPossible as error:
        st.error(str(error))
        end_page()
    hold_receipts(sent, [receipt])
    st.rerun()


def show_receipts(database: Database, sender: Sender, receipts: Sequence[Receipt]) -> None:
    """What the sender keeps: number, hash, totals, a page to print; what the network's figures say
    now, and why they may be others than what was sent; and what is still to send."""
    person, own = sender.person, not sender.on_behalf
    member = queries.member_names(database).get(sender.member_id, sender.member_id)
    for receipt in receipts:
        return_ = RETURNS[receipt.return_name]
        totals = [
            (return_.field(name).title, returns_status.amount(return_, name, total))
            for name, total in receipt.totals.items()
        ]
        row = partial(member_data.submission, database, person, receipt.receipt)
        corrects = returns_status.corrects(row()) if own and not receipt.already else ""
        month = return_.period_words(receipt.period)
        received = formatting.moment(receipt.accepted_at)
        st.html(html("receipt", receipt, return_.title, month, totals, received, corrects))
        print_receipt(
            receipt.receipt,
            row,
            database.settings,
            f"Receipt {receipt.receipt} to print",
            f"print_{receipt.receipt}",
            own=own,
        )
    for name in dict.fromkeys(receipt.return_name for receipt in receipts):
        sentences = []
        for receipt in receipts:
            if receipt.return_name == name and (indicator := first_of(name)):
                whole = Filters(receipt.period)
                figures = queries.series(database, whole, (indicator,))
                sentences.append(returns_status.now_counted(figures.iloc[-1]))
                if own:
                    alone = replace(whole, members=(sender.member_id,), exact=True)
                    figures = queries.series(database, alone, (indicator,))
                    sentences.append(returns_status.own_counted(figures.iloc[-1], member))
        reasons = returns_status.why_it_differs(name, database.settings)
        st.html(html("became", [" ".join(sentences)], reasons))
    last = receipts[-1]
    titles = {page: title for page, title, *_ in PAGES}
    page = last.return_name if last.return_name in titles else "overview"
    st.page_link(
        f"../../pages/{page}.py",
        label=f"See {formatting.month(last.period)} on {titles[page]}",
        # Pages that are opened next open on the month that was just sent.
        query_params=keep(last.period),
    )
    for period in sorted({receipt.period for receipt in receipts}):
        _still_to_send(database, sender, member, period)


def _still_to_send(database: Database, sender: Sender, member: str, period: date) -> None:
    owed = queries.owed(database, sender.member_id, period)
    dates, today = due_dates(database, period), utc_now().date()
    sentence = returns_status.owed(member, owed, period, dates.due_on, today)
    heading("Still to send" if owed else "All sent", sentence)
    with st.container(horizontal=True):
        for number, name in enumerate(owed):
            if st.button(
                f"Send {inside(RETURNS[name].title)}",
                key=f"next_{name}_{period}",
                type="secondary" if number else "primary",
            ):
                link = {"return": name, "month": month_text(period)}
                go_to_send(link | ({"member": sender.member_id} if sender.on_behalf else {}))
