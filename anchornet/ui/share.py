"""Parts of the page that shares charts: what is picked, the picture, its files, its approval."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import streamlit as st

from anchornet import formatting
from anchornet.access import Person, allowed
from anchornet.exports import picture_export, shared_chart
from anchornet.exports.shared_chart import Figure
from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE
from anchornet.store import publications
from anchornet.store.database import Database, utc_now
from anchornet.store.network import NotPossible
from anchornet.store.publications import ChartRequest
from anchornet.ui import layout
from anchornet.ui.filters import KEPT, Filters
from anchornet.ui.meetings import do, key
from anchornet.ui.session import download, end_page

REFERENCE = "reference"  # in the address: the kept figure that is shown
USUAL = "local_start_share"
MOMENT = "share_moment"  # in the session: what "now" is, until something is recorded
DAY = "DD/MM/YYYY"


def pick(database: Database, filters: Filters, person: Person) -> ChartRequest:
    """What is to be drawn: an indicator and a chart of it, as the filter bar has it."""
    titles = {name: it.title for name, it in CATALOGUE.items()}
    indicator = layout.select("Figure", "share", titles, USUAL)
    ways = {
        f"{it.chart}:{it.breakdown or ''}": it.title
        for it in shared_chart.options(indicator)
        if _may_see(person, it.breakdown)
        and shared_chart.may_be_drawn(_asked(database, filters, indicator, it.chart, it.breakdown))
    }
    chart, _, breakdown = layout.select("Chart", "chart", ways, next(iter(ways))).partition(":")
    if filters.member_id:
        layout.note("One member's figures are not shared: these are the network's.")
    if breakdown == "member":
        layout.note("It names members: ask them before it is approved.")
    return _asked(database, filters, indicator, chart, breakdown or None)


def _asked(
    database: Database, filters: Filters, indicator: str, chart: str, breakdown: str | None
) -> ChartRequest:
    return ChartRequest(
        indicator=indicator,
        chart=chart,
        breakdown=breakdown,
        period=filters.period,
        window=filters.window,
        as_at=filters.as_at or _moment(database),
        kind=filters.kind,
        area=filters.area,
    )


def opened(database: Database, person: Person) -> tuple[str, ChartRequest] | None:
    """The kept figure that the address names; None where it names none."""
    named = st.query_params.get(REFERENCE)
    if not named:
        return None
    try:
        reference = publications.tidy_reference(named)
        asked = publications.request_of(database, reference)
        if not _may_see(person, asked.breakdown):
            raise NotPossible("This figure shows members, and is for those who see them.")
    except NotPossible as why:
        layout.note(str(why))
        _leave()
        end_page()
    return reference, asked


def _leave() -> None:
    def leave() -> None:
        for address in (st.query_params, st.session_state.get(KEPT, {})):
            address.pop(REFERENCE, None)

    st.button("Make another", icon=":material/add:", on_click=leave)


def make(database: Database, asked: ChartRequest) -> Figure:
    """The figure, or why there is none, and the page ends."""
    try:
        return _made(database, str(database.path), database.version(), asked)
    except NotPossible as why:
        layout.note(str(why))
        end_page()


def show(made: Figure, size: str, *, draft: bool, kept: bool = True) -> None:
    """The finished picture; one that isn't kept has no reference to go by yet."""
    try:
        drawn = _picture(
            made if kept else replace(made, reference=""),
            made.reference,
            size,
            draft=draft,
            kept=kept,
        )
    except NotPossible as why:
        st.error(str(why))
        return
    st.image(drawn, width="stretch", alt=made.alt)


def choose_size() -> str:
    return layout.choice(
        "size", {name: it.title for name, it in picture_export.SIZES.items()}, "post"
    )


def keep(database: Database, made: Figure, filters: Filters, by: str) -> None:
    """Keeps what is shown, as at this moment where it is shown as at now, and opens it."""
    layout.note(
        "Keep it to have its reference and its files. It is a draft, and says so, until it is "
        "approved."
    )
    if st.button("Keep it and get the files", type="primary", icon=":material/bookmark_add:"):
        asked = made.asked
        if filters.as_at is None:
            asked = replace(asked, as_at=utc_now())
        st.query_params[REFERENCE] = publications.keep(database, asked, by)
        st.rerun()


def files(database: Database, made: Figure, size: str, state: str) -> None:
    """What a kept figure leaves as: pictures, the numbers, the words."""

    def give(form: str) -> bytes:
        # As it is when it is asked for: a page can stay open for long.
        draft = publications.state_of(database, made.reference) != "approved"
        if form == "png":
            return _picture(made, made.reference, size, draft=draft, kept=True)
        return picture_export.render(made, size, form, draft=draft)

    name = f"{made.reference} {size}" + ("" if state == "approved" else f" {state}")
    with st.container(horizontal=True):
        for form, mime in picture_export.FORMS.items():
            download(
                form.upper(),
                partial(give, form),
                file_name=f"{name}.{form}",
                mime=mime,
                key=f"share_{form}",
            )
        download(
            "CSV",
            lambda: picture_export.csv(made),
            file_name=f"{made.reference}.csv",
            key="share_csv",
        )
        _leave()


def paste(made: Figure) -> None:
    """The words to paste."""
    for title, said in (("A sentence for it", made.sentence), ("Alternative text", made.alt)):
        layout.heading(title)
        st.code(said, language=None, wrap_lines=True)


def approval(database: Database, reference: str, state: str, person: Person) -> None:
    """Approve or withdraw, for who may; for others, what comes next."""
    if not allowed(person, "approve_figures"):
        if state == "draft":
            layout.note("Communications or the coordinator approve it.")
        return
    layout.heading("Approve or withdraw")
    today = utc_now().date()
    with st.form(key("share_decide"), border=False):
        until = None
        if state != "approved":
            until = st.date_input(
                "Not public before (optional)",
                None,
                min_value=today + timedelta(days=1),
                format=DAY,
                key=key("share_until"),
            )
        with st.container(horizontal=True):
            approve = state != "approved" and st.form_submit_button(
                "Approve", type="primary", key=key("share_approve")
            )
            withdraw = state != "withdrawn" and st.form_submit_button(
                "Withdraw", key=key("share_withdraw")
            )
    decide = (database, reference)
    if approve:
        do(
            f"{reference} is approved.",
            publications.decide, *decide, "approved", person.email, embargo_until=until,
        )  # fmt: skip
    if withdraw:
        do(f"{reference} is withdrawn.", publications.decide, *decide, "withdrawn", person.email)


def history(database: Database, reference: str) -> None:
    """Every step of one figure."""
    steps = publications.steps(database, reference)
    layout.table(
        ["When (UTC)", "What"],
        [[formatting.moment(at), f"{said}, by {who}"] for at, who, said in steps],
        numbers=(),
    )


def show_revised(database: Database, asked: ChartRequest) -> None:
    """What it says now, where that is something else."""
    found = _revised(database, str(database.path), database.version(), asked)
    if found is None:
        layout.note("Asked for now, it says the same.")
    else:
        st.warning(layout.plain(f"Revised since. It said: {found.then} It says now: {found.now}"))


def show_listed(database: Database) -> None:
    """Everything that was kept, and its state."""
    listed = publications.listed(database)
    if listed.empty:
        layout.note("Nothing is kept yet.")
        return
    titles = {
        row["reference"]: f"{row['reference']} · {_what(row)}" for row in listed.to_dict("records")
    }

    def open_it() -> None:
        st.query_params[REFERENCE] = st.session_state["share_open"]
        st.session_state["share_open"] = None

    st.selectbox(
        "Open one",
        list(titles),
        index=None,
        format_func=titles.__getitem__,
        placeholder="Open one that is kept",
        label_visibility="collapsed",
        key="share_open",
        on_change=open_it,
    )
    layout.table(
        ["Reference", "What", "State", "Kept by", "Decided by", "Public from"],
        [
            [
                row["reference"],
                _what(row),
                publications.STATES[row["state"]],
                f"{row['kept_by']}, {formatting.day(row['kept_at'])}",
                f"{row['decided_by']}, {formatting.day(row['decided_at'])}"
                if row["decided_by"]
                else "",
                _public_from(row),
            ]
            for row in listed.to_dict("records")
        ],
        numbers=(),
    )


def said_of(database: Database) -> str:
    """`Two charts are public, one waits for its day and three are drafts.`"""
    listed = publications.listed(database)
    public = len(publications.public(database))
    approved = int((listed["state"] == "approved").sum())
    drafts = int((listed["state"] == "draft").sum())
    if listed.empty:
        return "Pick a figure, see the picture, keep it: nothing is shared yet."
    parts = ["no chart is public"]
    if public:
        parts = [f"{formatting.count(public)} {'chart is' if public == 1 else 'charts are'} public"]
    waiting = approved - public
    if waiting:
        day = "waits for its day" if waiting == 1 else "wait for their day"
        parts.append(f"{formatting.count(waiting)} {day}")
    if drafts:
        parts.append(f"{formatting.count(drafts)} {'is a draft' if drafts == 1 else 'are drafts'}")
    return formatting.sentence(formatting.listed(parts))


def _what(row: Mapping[Any, Any]) -> str:
    by = row["breakdown"]
    said = CATALOGUE[str(row["indicator"])].title
    if by:
        said += f" by {BREAKDOWNS[str(by)].by}"
    return f"{said}, {formatting.span(row['period'], str(row['window']))}"


def _public_from(row: Mapping[Any, Any]) -> str:
    if row["state"] != "approved":
        return ""
    day = row["embargo_until"] or row["decided_at"]
    return formatting.day(day)


def _may_see(person: Person, breakdown: str | None) -> bool:
    """Whether who may see no member's figures is spared a chart of them."""
    if breakdown != "member":
        return True
    return allowed(Person(person.email, person.name, person.roles), "see_member_figures")


def _moment(database: Database) -> datetime:
    """Now, and the same until something is recorded, so that a picture is drawn once."""
    version, now = database.version(), utc_now()
    kept: tuple[int, datetime] = st.session_state.get(MOMENT, (version, now))
    if kept[0] != version or kept[1].date() != now.date():
        kept = version, now
    st.session_state[MOMENT] = kept
    return kept[1]


@st.cache_resource(show_spinner=False, max_entries=64)
def _made(_database: Database, path: str, version: int, asked: ChartRequest) -> Figure:
    return shared_chart.make(_database, asked)


@st.cache_resource(show_spinner=False, max_entries=64)
def _revised(
    _database: Database, path: str, version: int, asked: ChartRequest
) -> shared_chart.Revised | None:
    return shared_chart.revised(_database, asked)


@st.cache_data(show_spinner="Drawing the picture", max_entries=64)
def _picture(_made: Figure, reference: str, size: str, *, draft: bool, kept: bool) -> bytes:
    return picture_export.render(_made, size, "png", draft=draft)
