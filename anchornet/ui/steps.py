"""The steps of sending a return, from a dropped file to its receipt."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from html import escape

import streamlit as st

from anchornet.publishing import words
from anchornet.publishing.tables import csv_bytes
from anchornet.returns.declaration import RETURNS, Return
from anchornet.settings import Settings, parse_month
from anchornet.store.database import Database
from anchornet.store.looking import Look, every_finding
from anchornet.store.submissions import Receipt
from anchornet.ui.layout import plain, table
from anchornet.ui.looks import Asked
from anchornet.ui.session import end_page

LAYOUT = "layout"
NONE = "– none of them –"


def step(number: int, title: str, note: str = "") -> None:
    """The heading of a step."""
    st.html(
        f'<div class="an-step"><span>{number}</span><b>{escape(title)}</b>'
        f"<em>{escape(note)}</em></div>"
    )


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
    if period and "period" not in st.session_state:
        st.session_state["period"] = period
    return list(months), [name, *owed] if name and name in RETURNS else list(owed)


def choose_file(settings: Settings, months: Sequence[date], owed: Sequence[str]) -> Asked:
    """Which return (the first that is owed, unless another is chosen), for which month, from
    which file; or that there is nothing to report."""
    step(1, "Your file")
    names = list(RETURNS)
    name = st.radio(
        "Return",
        names,
        index=names.index(owed[0]) if owed else 0,
        format_func=lambda name: RETURNS[name].title,
        horizontal=True,
        key="return",
        label_visibility="collapsed",
    )
    return_ = RETURNS[name]
    st.html(f'<p class="an-note">{escape(return_.grain)}</p>')
    drop, when = st.columns([2, 1], gap="medium")
    dated = return_.period_field is not None
    period = when.selectbox(
        "Month",
        months,
        index=None,
        format_func=words.month,
        placeholder="The payment dates say it" if dated else "Which month is it for?",
        help="For a file with one month's payments, or with several, leave this empty."
        if dated
        else None,
        key="period",
    )
    uploaded = drop.file_uploader(
        "Drop your file here, CSV or Excel",
        max_upload_size=settings.max_upload_mb,
        key=f"file_{st.session_state.get('uploads', 0)}",
        help="CSV or Excel, as your system exports it.",
    )
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
    if period and uploaded is None:
        label = f"Nothing to report for {words.month(period)}"
        nil = when.button(label, key="nothing", type="tertiary")
    asked = Asked(return_, period, nothing=nil)
    if uploaded is None:
        return asked
    data = uploaded.getvalue()
    # The browser holds the limit; what reaches us past it is refused here.
    if len(data) > settings.max_upload_mb * 1_000_000:
        st.error(f"The file is larger than {settings.max_upload_mb} MB. Send it in parts.")
        return asked
    if period is None and not dated:
        st.info("Choose the month that the file is for.")
        return asked
    layout = st.session_state.get(LAYOUT)
    return replace(
        asked,
        file_name=uploaded.name,
        file_id=uploaded.file_id,
        data=data,
        layout=layout if layout in {mapping.name for mapping in return_.mappings} else None,
    )


def show_read(looked: Look) -> None:
    """What was read: encoding, delimiter, lines skipped, first rows."""
    step(2, "What we read", f"{looked.rows:,} rows")
    st.html(
        f'<p class="an-note">{escape(" ".join([looked.read_as, *looked.skipped]))}</p>',
    )
    st.dataframe(
        looked.first_rows, hide_index=True, height="content", alt="The first rows of the file"
    )


def choose_columns(return_: Return, automatic: Look) -> dict[str, str]:
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
                key=LAYOUT,
            )
        # What has to be there stands first.
        for field in sorted(return_.fields, key=lambda field: not field.required):
            ours, theirs, example = st.columns([4, 4, 5], vertical_alignment="center")
            star = " (required)" if field.required else ""
            ours.html(
                f"<b>{escape(field.title)}</b>{star}"
                f'<br><small class="an-cover">{escape(field.description)}</small>'
            )
            before = mapped.heading(field.name)
            heading = theirs.selectbox(
                field.title,
                options,
                index=options.index(before) if before else 0,
                key=f"column_{return_.name}_{field.name}_{automatic.layout}_{before}",
                label_visibility="collapsed",
            )
            heading = "" if heading == NONE else heading
            sample = automatic.samples.get(heading, "")
            example.html(f'<span class="an-cover">{escape(sample)}</span>')
            if heading != (before or ""):
                chosen[field.name] = heading
    return chosen


def columns_confirmed(looked: Look) -> bool:
    """Whether the sender has just said that the columns are right; the page waits until then."""
    if looked.mapped.missing:
        titles = words.listed([field.title for field in looked.mapped.missing])
        st.error(f"There is no column for {titles} yet. Choose which of your columns it is.")
        end_page()
    if looked.confirmed:
        return False
    st.html('<p class="an-note">We remember the columns for your next file.</p>')
    if not st.button("These columns are right", type="primary", key="columns_right"):
        end_page()
    return True


def show_findings(asked: Asked, looked: Look, database: Database, member_id: str) -> None:
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
            table(
                ["Line", "Value", "What is wrong"],
                [
                    [f"{found.line:,}" if found.line else "–", found.value or "", found.message]
                    for found in group.examples
                ],
                numbers=[0],
            )
    st.download_button(
        "Every finding as CSV",
        lambda: csv_bytes(
            every_finding(database, asked.return_, asked.data or b"", looked, member_id=member_id)
        ),
        icon=":material/download:",
        file_name=f"findings {asked.file_name}.csv",
        mime="text/csv",
        on_click="ignore",
    )


def show_totals(return_: Return, looked: Look, counting: Mapping[date, str]) -> None:
    """Totals by month, and what each month's return would take the place of."""
    several = len(looked.periods) > 1
    note = f"{words.count(len(looked.periods))} months, each a return of its own" if several else ""
    step(5, "What it says", note)
    totals = [return_.field(name).title for name in return_.totals]
    rows = []
    for found in looked.periods:
        period = found.period or looked.period
        rows.append(
            [
                words.month(period) if period else "–",
                f"{found.rows:,}",
                *(_total(return_, name, found.totals[name]) for name in return_.totals),
                counting.get(period, "nothing") if period else "",
            ]
        )
    table(
        ["Month", "Rows", *totals, "Takes the place of"],
        rows,
        numbers=range(1, 2 + len(totals)),
    )
    if several:
        st.html(
            '<p class="an-note">To send one of them only, take the lines of the other months out '
            "of the file.</p>"
        )


def ask_to_send(looked: Look) -> tuple[bool, str]:
    """The button, and the sentence that accepts the warnings if there are any."""
    step(6, "Send")
    sentence = ""
    if looked.warnings:
        sentence = st.text_area(
            f"{words.count(looked.warnings).capitalize()} "
            f"thing{'' if looked.warnings == 1 else 's'} to look at. "
            "Say in a sentence why the file is right as it stands.",
            placeholder="For example: the two equal lines are two payments of one rent.",
            key="accept_warnings",
        )
    months = words.listed([words.month(found.period) for found in looked.periods if found.period])
    if not months and looked.period:
        months = words.month(looked.period)
    count = len(looked.periods)
    label = f"Send the return for {months}" if count == 1 else f"Send {count} returns: {months}"
    pressed = st.button(label, type="primary", key="send")
    if pressed and looked.warnings and not sentence.strip():
        st.warning("Say first, in a sentence, why the file is right as it stands.")
        pressed = False
    return pressed, sentence.strip()


def show_receipts(receipts: Sequence[Receipt], figures: Sequence[str]) -> None:
    """What the sender keeps: number, hash, totals; and what the network's figures say now."""
    for receipt in receipts:
        return_ = RETURNS[receipt.return_name]
        totals = [
            f"{escape(return_.field(name).title)}: <b>{escape(_total(return_, name, total))}</b>"
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
            f"<p>{escape(return_.title)}, {escape(words.month(receipt.period))}: "
            f"<b>{receipt.rows:,} rows</b>. {'. '.join(totals)}.</p>"
            f'<p class="an-note">Received {escape(words.moment(receipt.accepted_at))} UTC'
            + (", sent by the coordinator on the member's behalf" if receipt.on_behalf else "")
            + (f". SHA-256 <code>{receipt.sha256}</code>" if receipt.sha256 else ", a nil return")
            + "</p></div>"
        )
    for sentence in figures:
        st.html(f'<p class="an-figure">{escape(sentence)}</p>')
    # Pages that are opened next open on the month that was just sent.
    st.session_state["month"] = receipts[-1].period
    see = "spend" if receipts[-1].return_name == "spend" else "overview"
    st.page_link(
        f"../../pages/{see}.py",
        label=f"See {words.month(receipts[-1].period)} on {see.capitalize()}",
    )


def _counts(looked: Look) -> str:
    parts = []
    if looked.errors:
        parts.append(f"{looked.errors:,} to put right")
    if looked.warnings:
        parts.append(f"{looked.warnings:,} to look at")
    return ", ".join(parts)


def _total(return_: Return, name: str, total: object) -> str:
    return f"£{total:,.2f}" if return_.field(name).type == "money" else f"{total:,}"
