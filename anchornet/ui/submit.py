"""The steps of sending a return, from a dropped file to its receipt."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from anchornet import formatting, member_data
from anchornet.facts.catalogue import first_of
from anchornet.formatting import inside
from anchornet.intake.bulk_upload import month_in_name
from anchornet.intake.matching import fitting_extracts, fitting_source
from anchornet.intake.prepare import EXTRACTS, PreparedReturn
from anchornet.intake.prepare_commitments import COMMITMENTS, SOURCES
from anchornet.intake.preview import Preview, choices
from anchornet.intake.submit import NotAccepted
from anchornet.narrative import returns_status
from anchornet.narrative.prepared_commitments import SOURCE_TITLES
from anchornet.periods import month_text, parse_month
from anchornet.returns.csv_reader import Reading, Refused
from anchornet.returns.declaration import RETURNS, Return
from anchornet.store.database import Database, utc_now
from anchornet.store.network import NotPossible, due_dates
from anchornet.store.submissions import Receipt, signed
from anchornet.ui import queries
from anchornet.ui.components import html
from anchornet.ui.filter_bar import keep
from anchornet.ui.filters import Filters
from anchornet.ui.forms import blank_templates, choose_return, find_ward, too_large
from anchornet.ui.layout import heading, note, plain, table
from anchornet.ui.menu import PAGES
from anchornet.ui.my_returns import go_to_send, print_receipt
from anchornet.ui.session import Sender, end_page

LAYOUT = "layout"
SHEETS, HEADING_LINE, MONTH_FIRST = "sheets", "heading_line", "month_first"
DRAFT = "sending"
TURNED = "turned"  # in the session: what the next run chooses in place of what was chosen
TO_PREPARE, PREPARED = "to_prepare", "prepared"
LARGEST_WORKBOOK = 4_000_000  # bytes, of which the headings are asked before it is read
NONE = "– none of them –"


@dataclass(frozen=True)
class File:
    name: str
    id: str
    data: bytes


@dataclass(frozen=True)
class ToPrepare:
    """A list that was dropped elsewhere, and the member that it is for; in the session until the
    return is made of it."""

    file: File
    member_id: str


@dataclass(frozen=True)
class Choice:
    """What the sender has chosen so far; `file` is None until one is dropped. `reading` is how it
    is read, where they say so.

    `nothing_for` is the month that there is nothing to report for, if that is so.
    """

    return_: Return
    period: date | None
    file: File | None = None
    layout: str | None = None
    reading: Reading | None = None
    nothing_for: date | None = None


@dataclass(frozen=True)
class ByHeadings:
    """What a file's headings say, asked once when it is dropped: the return that it is, where
    `before` was chosen, the returns that its list of people can be made into, or the source of
    commitments that it is a list of."""

    return_name: str | None = None
    before: str | None = None
    people: tuple[str, ...] = ()
    source: str | None = None


@dataclass
class Draft:
    """What a sender has dropped and chosen for a member, until it is sent or put aside: a widget
    forgets when its page is left, the session doesn't."""

    member_id: str
    file: File | None = None
    choices: dict[str, Any] = field(default_factory=dict)
    by_headings: ByHeadings | None = None


def come_back(member_id: str) -> None:
    """Finds the sender's step again after another page; what was for another member is let go."""
    draft = st.session_state.get(DRAFT)
    if not isinstance(draft, Draft) or draft.member_id != member_id:
        st.session_state[DRAFT] = Draft(member_id)


def put_aside() -> None:
    """Lets go of the file and of what was chosen for it."""
    st.session_state[DRAFT] = Draft(_draft().member_id)
    st.session_state["uploads"] = st.session_state.get("uploads", 0) + 1


def _draft() -> Draft:
    draft: Draft = st.session_state[DRAFT]
    return draft


def restored(key: str, options: Sequence[Any] | None = None) -> str:
    """The key of a widget that is about to be shown: what it holds is remembered, and what it held
    before the page was left is there again."""
    remembered = _draft().choices
    if key in st.session_state:
        remembered[key] = st.session_state[key]
    elif key in remembered:
        chosen = remembered[key] if isinstance(remembered[key], list) else [remembered[key]]
        if options is None or all(one in options for one in chosen):
            st.session_state[key] = remembered[key]
    return key


def step(number: int, title: str, note: str = "") -> None:
    st.html(html("step", number, title, note))


def show_questions(database: Database, sending: Sender) -> None:
    """What the coordinator sent back to the member: a correction is sent here."""
    for one in member_data.questions(database, sending.person, sending.member_id):
        title = formatting.capital(returns_status.named(one))
        st.warning(
            f"**Sent back with a question:** {plain(title)}\n\n"
            f"{plain(returns_status.question(one))}\n\nA correction that you send here answers it."
        )


# --- the file ------------------------------------------------------------------------------------


def linked(months: Sequence[date], owed: Sequence[str]) -> tuple[list[date], list[str]]:
    """The months and the returns to choose from, with those of the link that led here, such as
    `?return=spend&month=2026-09`, chosen first."""
    name, month = st.query_params.get("return"), st.query_params.get("month")
    try:
        period = parse_month(month) if month else None
    except ValueError:
        period = None
    if period and period not in months:
        months = [*months, period]
    arrived = "return" not in st.session_state
    before = _draft().choices
    # A link that asks for another return or month than what was left begins anew.
    if arrived and name and (name, period) != (before.get("return"), before.get("period")):
        put_aside()
    if period and "period" not in st.session_state:
        st.session_state["period"] = period
    return list(months), [name, *owed] if name and name in RETURNS else list(owed)


def choose_file(
    database: Database, sender: Sender, months: Sequence[date], owed: Sequence[str]
) -> Choice:
    """Which return (the first that is owed, unless another is chosen), for which month, from
    which file; or that there is nothing to report."""
    settings = database.settings
    step(1, "Your file")
    _draft().choices.setdefault("return", [*owed, *RETURNS][0])
    for name, value in st.session_state.pop(TURNED, {}).items():
        st.session_state[name] = value
    return_ = choose_return(restored("return", list(RETURNS)))
    note(return_.grain)
    usual, months = months, [month for month in months if return_.is_period(month)]
    if st.session_state.get("period") not in (None, *months):
        st.session_state["period"] = None
    drop, when = st.columns([2, 1], gap="medium")
    dated = return_.period_field is not None
    period = when.selectbox(
        return_.every.capitalize(),
        months,
        index=None,
        format_func=return_.period_words,
        placeholder="The payment dates say it" if dated else f"Which {return_.every} is it for?",
        help="For a file with one month's payments, or with several, leave this empty."
        if dated
        else None,
        key=restored("period", months),
    )
    uploader = f"file_{st.session_state.get('uploads', 0)}"
    uploaded = drop.file_uploader(
        "Drop your file here, CSV or Excel",
        max_upload_size=settings.max_upload_mb,
        key=uploader,
        help="CSV or Excel, as your system exports it.",
        on_change=_changed,
        args=(uploader,),
    )
    draft = _draft()
    if uploaded and (draft.file is None or uploaded.file_id != draft.file.id):
        draft.file = File(uploaded.name, uploaded.file_id, uploaded.getvalue())
        for name in (SHEETS, HEADING_LINE, MONTH_FIRST):
            draft.choices.pop(name, None)
            st.session_state.pop(name, None)
        with st.spinner("Reading the headings"):
            draft.by_headings = _by_headings(database, sender, return_, draft.file)
        if turned := _turned(draft, return_, period, usual):
            st.session_state[TURNED] = turned
            st.rerun()
    with when:
        blank_templates(return_)
        find_ward(database, return_)
        start = {**dict.fromkeys(EXTRACTS, "a list of people"), COMMITMENTS.name: "a register"}
        label = f"Start from {start.get(return_.name)}"
        offered = return_.name in start and draft.file is None
        if offered and st.button(label, key="from_list", type="tertiary"):
            _go_to_prepare(return_.name, period)
    choice = Choice(return_, period)
    if draft.file is None:
        label = f"Nothing to report for {return_.period_words(period)}" if period else ""
        if period and when.button(label, key="nothing", type="tertiary"):
            return replace(choice, nothing_for=period)
        return choice
    with drop.container(horizontal=True, vertical_alignment="center"):
        if uploaded is None:
            st.html(html("named_note", "Already here: ", draft.file.name))
        st.button("Remove this file", key="put_aside", type="tertiary", on_click=put_aside)
    if too_large(draft.file.data, settings):
        return choice
    _say_what_headings_say(draft, return_)
    if draft.by_headings and draft.by_headings.people:
        offer_prepare(sender, draft.file, draft.by_headings.people, period)
        if st.button("This isn't a list of people", key="no_people", type="tertiary"):
            draft.by_headings = ByHeadings()
            st.rerun()
        return choice
    if draft.by_headings and draft.by_headings.source:
        offer_register(sender, draft.file, draft.by_headings.source, period)
        if st.button("This isn't a register", key="no_register", type="tertiary"):
            draft.by_headings = ByHeadings()
            st.rerun()
        return choice
    if period is None and not dated:
        st.info(f"Choose the {return_.every} that the file is for.")
        return choice
    layout = st.session_state.get(LAYOUT, draft.choices.get(LAYOUT))
    mappings = {mapping.name for mapping in return_.mappings}
    layout = layout if layout in mappings else None
    return replace(choice, file=draft.file, layout=layout, reading=_reading())


def _by_headings(database: Database, sender: Sender, return_: Return, file: File) -> ByHeadings:
    data = file.data
    # Of a text the first lines are read, of a workbook all.
    if data.startswith(b"PK") and len(data) > LARGEST_WORKBOOK:
        return ByHeadings()
    try:
        fitting = member_data.fitting_returns(
            database, sender.person, data, member_id=sender.member_id
        )
        names = [other.name for other in fitting]
        if len(names) == 1 and return_.name not in names:
            return ByHeadings(names[0], return_.name)
        if names:
            return ByHeadings()
        people = fitting_extracts(data)
        source = None if people else fitting_source(data)
        return ByHeadings(people=tuple(other.name for other in people), source=source)
    except Refused:
        return ByHeadings()  # said where it is read for the return


def _turned(
    draft: Draft, return_: Return, period: date | None, offered: Sequence[date]
) -> dict[str, Any]:
    """What is chosen instead: the return that the file is, and for one without dates the month in
    its name."""
    by_headings = draft.by_headings
    name = by_headings.return_name if by_headings else None
    turned: dict[str, Any] = {"return": name} if name else {}
    dated = RETURNS[name or return_.name].period_field is not None
    if name and dated and period:
        turned["period"] = None
    elif not dated and period is None and draft.file:
        month = month_in_name(draft.file.name)
        right = RETURNS[name or return_.name]
        turned |= {"period": month} if month and right.is_period(month) and month in offered else {}
    return turned


def _say_what_headings_say(draft: Draft, return_: Return) -> None:
    by_headings = draft.by_headings
    if by_headings and by_headings.return_name == return_.name and by_headings.before:
        before = RETURNS[by_headings.before].title
        st.info(
            f"The file has the headings of {inside(return_.title)}, so we changed the return from "
            f"{inside(before)}."
        )


def offer_prepare(sender: Sender, file: File, names: Sequence[str], period: date | None) -> None:
    """Offers to turn a list of people into a return, with the file in hand. It goes from here, and
    nothing of it is shown or checked."""
    st.warning(
        "This looks like a list of people. A return holds groups and no person, so don't send it: "
        "turn it into a return first. Nothing of the list is kept."
    )
    with st.container(horizontal=True):
        for number, name in enumerate(names):
            if st.button(
                f"Turn it into {inside(RETURNS[name].title)}",
                key=f"prepare_{name}_{file.id}",
                type="secondary" if number else "primary",
            ):
                prepare_from(sender, file, name, period)


def offer_register(sender: Sender, file: File, source: str, period: date | None) -> None:
    """Offers to turn a list of promises into commitments, with the file in hand."""
    st.info(
        f"This looks like a list of another kind: {inside(SOURCE_TITLES[source])}. Turn it into "
        f"{inside(COMMITMENTS.title)} first."
    )
    label = f"Turn it into {inside(COMMITMENTS.title)}"
    if st.button(label, key=f"prepare_{source}_{file.id}", type="primary"):
        prepare_from(sender, file, source, period)


def prepare_from(sender: Sender, file: File, name: str, period: date | None) -> None:
    if DRAFT in st.session_state:  # else it was dropped among others, on another page
        put_aside()
    st.session_state[TO_PREPARE] = ToPrepare(file, sender.member_id)
    _go_to_prepare(name, period or month_in_name(file.name))


def _go_to_prepare(name: str, period: date | None) -> None:
    st.session_state.pop(PREPARED, None)
    of_people = name in EXTRACTS
    known = name in (*EXTRACTS, *SOURCES)
    st.session_state["prepare_return"] = name if known else next(iter(SOURCES))
    if period in queries.recent_months():
        st.session_state["prepare_period" if of_people else "prepare_quarter"] = period
    st.switch_page("../../pages/prepare.py")


def send_prepared(prepared: PreparedReturn, member_id: str, *, on_behalf: bool) -> None:
    """To the page that sends, with the return that a list was turned into in hand."""
    name, period, data = prepared.return_.name, prepared.period, prepared.file
    file = File(prepared.file_name, hashlib.sha256(data).hexdigest(), data)
    st.session_state[DRAFT] = Draft(member_id, file, {"return": name, "period": period})
    st.session_state.pop("receipts", None)
    link = {"return": name, "month": month_text(period)}
    st.switch_page(
        "../../pages/submit.py", query_params=link | ({"member": member_id} if on_behalf else {})
    )


def _reading() -> Reading | None:
    """How the sender says that the file is read; None where they say nothing."""
    before = _draft().choices
    sheets, line, month_first = (
        st.session_state.get(name, before.get(name)) for name in (SHEETS, HEADING_LINE, MONTH_FIRST)
    )
    if not sheets and line is None and month_first is None:
        return None
    return Reading(tuple(sheets or ()), line, month_first)


def _changed(uploader: str) -> None:
    """Lets go of a file that is taken out of the uploader; leaving the page takes none out."""
    if st.session_state.get(uploader) is None:
        _draft().file = _draft().by_headings = None


# Kept for the session under the file, the choices and the version: a click reads nothing again.
@st.cache_resource(
    show_spinner="Reading and checking the file",
    max_entries=8,
    scope="session",
    hash_funcs={
        Database: lambda database: (str(database.path), database.version()),
        Choice: lambda choice: (
            choice.return_.name,
            choice.period,
            choice.layout,
            choice.reading,
        ),
        File: lambda file: file.id,
    },
)
def look_at(
    database: Database, sender: Sender, choice: Choice, file: File, headings: Mapping[str, str]
) -> Preview:
    """Reads, maps and checks what was dropped; `headings` are columns that the sender says.

    Raises csv_reader.Refused for a file that is no list and MappingError for impossible choices.
    """
    return member_data.preview(
        database,
        sender.person,
        choice.return_,
        file.data,
        member_id=sender.member_id,
        period=choice.period,
        layout=choice.layout,
        headings=headings,
        reading=choice.reading,
    )


# --- totals --------------------------------------------------------------------------------------


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


# --- sending -------------------------------------------------------------------------------------


def ask_to_send(return_: Return, preview: Preview, name: str) -> tuple[bool, str, str]:
    """Whether it is sent, who sends, and the sentence that accepts the warnings, if there are
    any."""
    step(6, "Send")
    _draft().choices.setdefault("declared", name)
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
