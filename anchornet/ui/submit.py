"""The steps of sending a return, from a dropped file to its receipt."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from anchornet import formatting, member_data
from anchornet.access import Person
from anchornet.facts.catalogue import first_of
from anchornet.intake.annotated_upload import findings_file, marked_file
from anchornet.intake.preview import Preview
from anchornet.narrative import returns_status
from anchornet.periods import parse_month
from anchornet.returns.declaration import RETURNS, Return
from anchornet.returns.findings import FindingGroup
from anchornet.settings import Settings
from anchornet.store.database import Database
from anchornet.store.submissions import Receipt
from anchornet.ui import queries
from anchornet.ui.filters import Filters, keep
from anchornet.ui.layout import plain, table
from anchornet.ui.menu import PAGES
from anchornet.ui.session import download, end_page
from anchornet.ui.submit_preview import Asked

LAYOUT = "layout"
KEPT = "sending"
NONE = "– none of them –"
LONG = 60  # characters of a cell, in its neighbours


def step(number: int, title: str, note: str = "") -> None:
    """The heading of a step."""
    st.html(
        f'<div class="an-step"><span>{number}</span><b>{escape(title)}</b>'
        f"<em>{escape(note)}</em></div>"
    )


@dataclass
class Kept:
    """What a sender has dropped and chosen for a member, until it is sent or put aside: a widget
    forgets when its page is left, the session doesn't."""

    member_id: str
    file_name: str = ""
    file_id: str = ""
    data: bytes | None = None
    choices: dict[str, Any] = field(default_factory=dict)


def come_back(member_id: str) -> None:
    """Finds the sender's step again after another page; what was for another member is let go."""
    kept = st.session_state.get(KEPT)
    if not isinstance(kept, Kept) or kept.member_id != member_id:
        st.session_state[KEPT] = Kept(member_id)


def put_aside() -> None:
    """Lets go of the file and of what was chosen for it."""
    st.session_state[KEPT] = Kept(_kept().member_id)
    st.session_state["uploads"] = st.session_state.get("uploads", 0) + 1


def _kept() -> Kept:
    found: Kept = st.session_state[KEPT]
    return found


def _restored(key: str, options: Sequence[Any] | None = None) -> str:
    """The key of a widget that is about to be shown, with what it held before the page was left."""
    if key not in st.session_state and key in _kept().choices:
        value = _kept().choices[key]
        if options is None or value in options:
            st.session_state[key] = value
    return key


def _remember(key: str) -> None:
    _kept().choices[key] = st.session_state.get(key)


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
    before = _kept().choices
    # A link that asks for another return or month than what was left begins anew.
    if arrived and name and (name, period) != (before.get("return"), before.get("period")):
        put_aside()
    if period and "period" not in st.session_state:
        st.session_state["period"] = period
    return list(months), [name, *owed] if name and name in RETURNS else list(owed)


def choose_file(settings: Settings, months: Sequence[date], owed: Sequence[str]) -> Asked:
    """Which return (the first that is owed, unless another is chosen), for which month, from
    which file; or that there is nothing to report."""
    step(1, "Your file")
    names = list(RETURNS)
    _kept().choices.setdefault("return", [*owed, *names][0])
    name = st.radio(
        "Return",
        names,
        format_func=lambda name: RETURNS[name].title,
        horizontal=True,
        key=_restored("return", names),
        label_visibility="collapsed",
    )
    _remember("return")
    return_ = RETURNS[name]
    st.html(f'<p class="an-note">{escape(return_.grain)}</p>')
    drop, when = st.columns([2, 1], gap="medium")
    dated = return_.period_field is not None
    period = when.selectbox(
        "Month",
        months,
        index=None,
        format_func=formatting.month,
        placeholder="The payment dates say it" if dated else "Which month is it for?",
        help="For a file with one month's payments, or with several, leave this empty."
        if dated
        else None,
        key=_restored("period", months),
    )
    _remember("period")
    uploader = f"file_{st.session_state.get('uploads', 0)}"
    uploaded = drop.file_uploader(
        "Drop your file here, CSV or Excel",
        max_upload_size=settings.max_upload_mb,
        key=uploader,
        help="CSV or Excel, as your system exports it.",
        on_change=_changed,
        args=(uploader,),
    )
    kept = _kept()
    if uploaded is not None and uploaded.file_id != kept.file_id:
        kept.file_name, kept.file_id = uploaded.name, uploaded.file_id
        kept.data = uploaded.getvalue()
    when.download_button(
        "Blank template",
        lambda: return_.template_csv().encode("utf-8-sig"),
        file_name=f"{return_.name}.csv",
        mime="text/csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )
    nil = False
    if period and kept.data is None:
        label = f"Nothing to report for {formatting.month(period)}"
        nil = when.button(label, key="nothing", type="tertiary")
    asked = Asked(return_, period, nothing=nil)
    if kept.data is None:
        return asked
    with drop.container(horizontal=True, vertical_alignment="center"):
        if uploaded is None:
            st.html(f'<p class="an-note">Here from before: <b>{escape(kept.file_name)}</b></p>')
        st.button("Put this file aside", key="put_aside", type="tertiary", on_click=put_aside)
    # The browser holds the limit; what reaches us past it is refused here.
    if len(kept.data) > settings.max_upload_mb * 1_000_000:
        st.error(f"The file is larger than {settings.max_upload_mb} MB. Send it in parts.")
        return asked
    if period is None and not dated:
        st.info("Choose the month that the file is for.")
        return asked
    layout = st.session_state.get(LAYOUT, kept.choices.get(LAYOUT))
    return replace(
        asked,
        file_name=kept.file_name,
        file_id=kept.file_id,
        data=kept.data,
        layout=layout if layout in {mapping.name for mapping in return_.mappings} else None,
    )


def _changed(uploader: str) -> None:
    """Lets go of a file that is taken out of the uploader; leaving the page takes none out."""
    if st.session_state.get(uploader) is None:
        st.session_state[KEPT] = replace(_kept(), file_name="", file_id="", data=None)


def show_read(looked: Preview) -> None:
    """What was read: encoding, delimiter, lines skipped, first rows."""
    step(2, "What we read", f"{looked.rows:,} rows")
    st.html(
        f'<p class="an-note">{escape(" ".join([looked.read_as, *looked.skipped]))}</p>',
    )
    st.dataframe(
        looked.first_rows, hide_index=True, height="content", alt="The first rows of the file"
    )


def choose_columns(return_: Return, automatic: Preview) -> dict[str, str]:
    """Ours left, theirs right. Returns what differs from the automatic match: field -> heading."""
    mapped = automatic.mapped
    found = len(mapped.columns)
    note = f"{found} of {len(return_.fields)} found"
    step(3, "Columns", note if mapped.missing else f"{note}, nothing required is missing")
    layouts = {mapping.name: mapping for mapping in return_.mappings}
    if automatic.layout:
        fitting = layouts[automatic.layout].title
        st.html(f'<p class="an-note">Matched by the layout <b>{escape(fitting)}</b>.</p>')
    options = [NONE, *dict.fromkeys(heading for heading in mapped.headings if heading)]
    chosen = {}
    with st.expander(
        "Look at the columns, or change them",
        expanded=bool(mapped.missing) or not automatic.confirmed,
    ):
        if layouts:
            st.selectbox(
                "Layout",
                list(layouts),
                index=None,
                format_func=lambda name: f"{layouts[name].title}: {layouts[name].description}",
                placeholder="By your headings; or choose a published layout",
                key=_restored(LAYOUT, list(layouts)),
            )
            _remember(LAYOUT)
        # What has to be there stands first.
        for field in sorted(return_.fields, key=lambda field: not field.required):
            ours, theirs, example = st.columns([4, 4, 5], vertical_alignment="center")
            star = " (required)" if field.required else ""
            ours.html(
                f"<b>{escape(field.title)}</b>{star}"
                f'<br><small class="an-cover">{escape(field.description)}</small>'
            )
            before = mapped.heading(field.name)
            key = f"column_{return_.name}_{field.name}_{automatic.layout}_{before}"
            heading = theirs.selectbox(
                field.title,
                options,
                index=options.index(before) if before else 0,
                key=_restored(key, options),
                label_visibility="collapsed",
            )
            _remember(key)
            heading = "" if heading == NONE else heading
            sample = automatic.samples.get(heading, "")
            example.html(f'<span class="an-cover">{escape(sample)}</span>')
            if heading != (before or ""):
                chosen[field.name] = heading
    return chosen


def columns_confirmed(looked: Preview) -> bool:
    """Whether the sender has just said that the columns are right; the page waits until then."""
    if looked.mapped.missing:
        titles = formatting.listed([field.title for field in looked.mapped.missing])
        st.error(f"There is no column for {titles} yet. Choose which of your columns it is.")
        end_page()
    if looked.confirmed:
        return False
    st.html('<p class="an-note">We remember the columns for your next file.</p>')
    if not st.button("These columns are right", type="primary", key="columns_right"):
        end_page()
    return True


def show_findings(asked: Asked, looked: Preview) -> None:
    """Findings in plain words by kind, with how many, the first few, and all as a file."""
    step(4, "Check", _counts(looked))
    if not looked.groups:
        st.success("Nothing to put right.")
        return
    for group in looked.groups:
        first = group.examples[0]
        kind = "Put right" if group.severity == "error" else "Look at"
        where = f" in {group.column}" if group.column else ""
        label = f"**{kind}: {plain(first.message)}**{plain(where)}, {plain(group.lines)}"
        with st.expander(label, expanded=group.severity == "error"):
            st.html(f'<p class="an-note">{escape(first.cure)}</p>')
            _examples(asked.return_, looked, group)
    with st.container(horizontal=True):
        download(
            "Every finding as CSV",
            lambda: findings_file(looked.findings),
            file_name=f"findings {asked.file_name}.csv",
            about="findings of a file to send",
        )
        download(
            "Your file with what to put right beside each row",
            lambda: marked_file(
                asked.data or b"", looked.delimiter, looked.heading_line, looked.findings
            ),
            file_name=f"to put right {asked.file_name}.csv",
            about="a file to put right",
        )


def _examples(return_: Return, looked: Preview, group: FindingGroup) -> None:
    """The first few of a kind, each in its neighbours: the row's required cells and the one that
    it is about, which is marked."""
    headings = list(looked.mapped.headings)
    faulty = headings.index(group.column) if group.column in headings else None
    places = {looked.mapped.columns.get(it.name) for it in return_.fields if it.required}
    shown = sorted({place for place in (*places, faulty) if place is not None})
    head = "".join(f"<th>{escape(headings[place])}</th>" for place in shown)
    body = ""
    for found in group.examples:
        row = looked.neighbours.get(found.line or 0)
        cells = "".join(_cell(row[it] if row else "", it == faulty and bool(row)) for it in shown)
        line = f"{found.line:,}" if found.line else "–"
        body += f'<tr><td class="an-num">{line}</td>{cells}<td>{escape(found.message)}</td></tr>'
    st.html(
        '<table class="an-table"><tr><th class="an-num">Line</th>'
        f"{head}<th>What is wrong</th></tr>{body}</table>"
    )


def _cell(text: str, marked: bool) -> str:
    short = escape(text if len(text) <= LONG else f"{text[: LONG - 1]}…")
    return f"<td><mark>{short or '(empty)'}</mark></td>" if marked else f"<td>{short}</td>"


def show_totals(return_: Return, looked: Preview, beside: pd.DataFrame | None) -> None:
    """Totals by month below those of the last three months, and what each takes the place of;
    `beside` is what looking.sums_beside gives, None for who may not see what the member sent."""
    several = len(looked.periods) > 1
    note = (
        f"{formatting.count(len(looked.periods))} months, each a return of its own"
        if several
        else ""
    )
    step(5, "What it says", note)
    titles = [return_.field(name).title for name in return_.totals]
    sending = {found.period or looked.period: found for found in looked.periods}
    rows = []
    counts = {} if beside is None else {row["period"]: row for _, row in beside.iterrows()}
    for period, row in counts.items():
        said = f"{row['receipt']}, {'a nil return' if row['nil'] else 'counts now'}"
        rows.append((period, 0, said, row["rows"], row["totals"], ""))
    for period, found in sending.items():
        if period:
            change = returns_status.against(return_.name, found, counts.get(period))
            rows.append((period, 1, "this file", found.rows, found.totals, change))
    table(
        ["Month", "", "Rows", *titles, "What changes"],
        [
            [
                formatting.month(period),
                said,
                f"{count:,}",
                *(returns_status.amount(return_, name, totals[name]) for name in return_.totals),
                change,
            ]
            for period, _, said, count, totals, change in sorted(rows, key=lambda row: row[:2])
        ],
        numbers=range(2, 3 + len(titles)),
    )
    if several:
        st.html(
            '<p class="an-note">To send one of them only, take the lines of the other months out '
            "of the file.</p>"
        )


def ask_to_send(looked: Preview, name: str) -> tuple[bool, str, str]:
    """The button, who sends, and the sentence that accepts the warnings if there are any."""
    step(6, "Send")
    _kept().choices.setdefault("declared", name)
    declared = st.text_input(
        "Your name, which stands on the receipt", key=_restored("declared"), max_chars=100
    ).strip()
    _remember("declared")
    sentence = ""
    if looked.warnings:
        sentence = st.text_area(
            f"{formatting.count(looked.warnings).capitalize()} "
            f"thing{'' if looked.warnings == 1 else 's'} to look at. "
            "Say in a sentence why the file is right as it stands.",
            placeholder="For example: the two equal lines are two payments of one rent.",
            key=_restored("accept_warnings"),
        )
        _remember("accept_warnings")
    months = formatting.listed(
        [formatting.month(found.period) for found in looked.periods if found.period]
    )
    if not months and looked.period:
        months = formatting.month(looked.period)
    count = len(looked.periods)
    label = f"Send the return for {months}" if count == 1 else f"Send {count} returns: {months}"
    pressed = st.button(label, type="primary", key="send")
    if pressed and looked.warnings and not sentence.strip():
        st.warning("Say first, in a sentence, why the file is right as it stands.")
        pressed = False
    elif pressed and not declared:
        st.warning("Write your name first: it stands on the receipt.")
        pressed = False
    return pressed, declared, sentence.strip()


def now_counted(database: Database, receipts: Sequence[Receipt]) -> list[str]:
    """What the network's figures are now for the months of these receipts, a sentence each."""
    return [
        returns_status.now_counted(
            queries.series(database, Filters(receipt.period), (indicator,)).iloc[-1]
        )
        for receipt in receipts
        if (indicator := first_of(receipt.return_name))
    ]


def show_receipts(
    receipts: Sequence[Receipt],
    figures: Sequence[str],
    database: Database,
    person: Person,
    network_name: str,
) -> None:
    """What the sender keeps: number, hash, totals, a page to print; and what the network's figures
    say now."""
    for receipt in receipts:
        return_ = RETURNS[receipt.return_name]
        totals = [
            f"{escape(return_.field(name).title)}: "
            f"<b>{escape(returns_status.amount(return_, name, total))}</b>"
            for name, total in receipt.totals.items()
        ]
        again = (
            "<p>The same file was sent before, so nothing was counted twice: "
            "this is the receipt of then.</p>"
            if receipt.already
            else ""
        )
        st.html(
            f'<div class="an-receipt"><h3>Receipt {escape(receipt.receipt)}</h3>{again}'
            f"<p>{escape(return_.title)}, {escape(formatting.month(receipt.period))}: "
            f"<b>{receipt.rows:,} rows</b>. {'. '.join(totals)}.</p>"
            f'<p class="an-note">Received {escape(formatting.moment(receipt.accepted_at))} UTC'
            + (", sent by the coordinator on the member's behalf" if receipt.on_behalf else "")
            + (f". SHA-256 <code>{receipt.sha256}</code>" if receipt.sha256 else ", a nil return")
            + "</p></div>"
        )
        download(
            f"Receipt {receipt.receipt} to print",
            partial(_page, database, person, receipt.receipt, network_name),
            file_name=f"receipt {receipt.receipt}.html",
            mime="text/html",
            key=f"print_{receipt.receipt}",
            type="tertiary",
            icon=":material/print:",
        )
    for sentence in figures:
        st.html(f'<p class="an-figure">{escape(sentence)}</p>')
    # Pages that are opened next open on the month that was just sent.
    sent = keep(receipts[-1].period)
    titles = {page: title for page, title, *_ in PAGES}
    see = receipts[-1].return_name if receipts[-1].return_name in titles else "overview"
    st.page_link(
        f"../../pages/{see}.py",
        label=f"See {formatting.month(receipts[-1].period)} on {titles[see]}",
        query_params=sent,
    )


def _page(database: Database, person: Person, receipt: str, network_name: str) -> bytes:
    return returns_status.receipt_page(
        member_data.submission(database, person, receipt), network_name
    )


def _counts(looked: Preview) -> str:
    parts = []
    if looked.errors:
        parts.append(f"{looked.errors:,} to put right")
    if looked.warnings:
        parts.append(f"{looked.warnings:,} to look at")
    return ", ".join(parts)
