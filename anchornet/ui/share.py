"""Parts of the page that shares charts: what is picked, the picture, its files, its approval."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import streamlit as st

from anchornet import formatting
from anchornet.access import Person, allowed, why_not_approve
from anchornet.exports import approved_figures, picture_export, shared_chart
from anchornet.exports.shared_chart import Figure
from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE
from anchornet.store import publications
from anchornet.store.cache import cached
from anchornet.store.database import Database, utc_now
from anchornet.store.network import NotPossible
from anchornet.store.publications import ChartRequest
from anchornet.ui import layout
from anchornet.ui.filter_bar import KEPT
from anchornet.ui.filters import Filters
from anchornet.ui.forms import DAY, Undo, confirmed, do, key
from anchornet.ui.session import download, end_page

REFERENCE = "reference"  # in the address: the saved figure that is shown
USUAL = "local_start_share"
MOMENT = "share_moment"  # in the session: what "now" is, until something is recorded

Asked = TypeVar("Asked")

_made = cached(shared_chart.make)
_saved = cached(approved_figures.figure_of)
_revised = cached(approved_figures.revised)


def pick(database: Database, filters: Filters, person: Person) -> ChartRequest:
    """What is to be drawn: an indicator and a chart of it, as the filter bar has it."""
    titles = {name: indicator.title for name, indicator in CATALOGUE.items()}
    indicator = layout.select("Figure", "share", titles, USUAL)
    ways = {
        f"{it.chart}:{it.breakdown or ''}": it.title
        for it in shared_chart.options(indicator)
        if _may_see(person, it.breakdown)
        and shared_chart.may_be_drawn(
            _request(database, filters, indicator, it.chart, it.breakdown)
        )
    }
    chart, _, breakdown = layout.select("Chart", "chart", ways, next(iter(ways))).partition(":")
    if filters.member_id:
        layout.note("One member's figures are not shared: these are the network's.")
    if breakdown == "member":
        layout.note("It names members: ask them before it is approved.")
    return _request(database, filters, indicator, chart, breakdown or None)


def _request(
    database: Database, filters: Filters, indicator: str, chart: str, breakdown: str | None
) -> ChartRequest:
    return ChartRequest(
        indicator=indicator,
        chart=chart,
        breakdown=breakdown,
        period=CATALOGUE[indicator].last_period(filters.period),
        window=filters.window,
        as_at=filters.as_at or _moment(database),
        kind=filters.kind,
        area=filters.area,
    )


def opened(database: Database, person: Person) -> str | None:
    """The saved figure that the address names; None where it names none."""
    named = st.query_params.get(REFERENCE)
    if not named:
        return None
    try:
        reference = publications.tidy_reference(named)
        if not _may_see(person, publications.request_of(database, reference).breakdown):
            raise NotPossible("This figure shows members, and is for those who see them.")
    except NotPossible as why:
        layout.note(str(why))
        _leave()
        end_page()
    return reference


def _leave() -> None:
    def leave() -> None:
        for address in (st.query_params, st.session_state.get(KEPT, {})):
            address.pop(REFERENCE, None)

    st.button("Make another", icon=":material/add:", on_click=leave)


def make(database: Database, request: ChartRequest) -> Figure:
    """The figure, or why there is none, and the page ends."""
    return _or_end(_made, database, request)


def saved(database: Database, reference: str) -> Figure:
    """The saved figure, as it was approved if it was; or why there is none, and the page ends."""
    return _or_end(_saved, database, reference)


def _or_end(make: Callable[[Database, Asked], Figure], database: Database, asked: Asked) -> Figure:
    try:
        return make(database, asked)
    except NotPossible as why:
        layout.note(str(why))
        end_page()


def show(database: Database, figure: Figure, size: str, *, draft: bool, saved: bool = True) -> None:
    """The finished picture; one that isn't saved has no reference to go by yet."""
    shown = figure if saved else replace(figure, reference="")
    try:
        if draft:
            picture = _picture(shown, f"{database.path} {figure.reference}", size, saved=saved)
        else:
            picture = approved_figures.picture(database, figure, size, "png")
    except NotPossible as why:
        st.error(str(why))
        return
    st.image(picture, width="stretch", alt=figure.alt)


def choose_size() -> str:
    return layout.choice(
        "size", {name: size.title for name, size in picture_export.SIZES.items()}, "post"
    )


def save(database: Database, figure: Figure, filters: Filters, by: str) -> None:
    """Saves what is shown, as at this moment where it is shown as at now, and opens it."""
    layout.note(
        "Save it to get its reference and its files. It is a draft, and says so, until it is "
        "approved."
    )
    if st.button("Save and get the files", type="primary", icon=":material/bookmark_add:"):
        request = figure.asked
        if filters.as_at is None:
            request = replace(request, as_at=utc_now())
        st.query_params[REFERENCE] = publications.keep(database, request, by)
        st.rerun()


def files(database: Database, figure: Figure, size: str, state: str) -> None:
    """What a saved figure leaves as: pictures, the numbers, the words."""

    def give(form: str) -> bytes:
        # As it is when it is asked for: a page can stay open for long.
        if publications.state_of(database, figure.reference) == "approved":
            return approved_figures.picture(database, figure, size, form)
        if form == "png":
            return _picture(figure, f"{database.path} {figure.reference}", size, saved=True)
        return picture_export.render(figure, size, form, draft=True)

    name = f"{figure.reference} {size}" + ("" if state == "approved" else f" {state}")
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
            lambda: picture_export.csv(figure),
            file_name=f"{figure.reference}.csv",
            key="share_csv",
        )
        _leave()


def paste(figure: Figure) -> None:
    """The words to paste."""
    for title, text in (("A sentence for it", figure.sentence), ("Alternative text", figure.alt)):
        layout.heading(title)
        st.code(text, language=None, wrap_lines=True)


def approval(database: Database, reference: str, state: str, person: Person) -> None:
    """Approve or withdraw, for who may; for others, what comes next."""
    if not allowed(person, "approve_figures"):
        if state == "draft":
            layout.note("Communications or the coordinator approve it.")
        return
    layout.heading("Approve or withdraw")
    today = utc_now().date()
    until = None
    pressed = withdraw = False
    _, made_by, _ = publications.steps(database, reference)[0]
    why_not = why_not_approve(database, "approve_figures", made_by, person.email)
    if why_not and state != "approved":
        layout.note(why_not)
    elif state != "approved":
        with st.form(key("share_decide"), border=False):
            until = st.date_input(
                "Not public before (optional)",
                None,
                min_value=today + timedelta(days=1),
                format=DAY,
            )
            pressed = st.form_submit_button("Approve", type="primary")
    if state != "withdrawn":
        words = "The chart is no longer offered, and leaves the public site when it is next made."
        withdraw = confirmed("Withdraw", words, f"Withdraw {reference}", "share_withdraw")
    if pressed:
        done = f"{reference} is approved."
        approve = partial(approved_figures.approve, database, reference, person.email)
        do(done, approve, embargo_until=until)
    if withdraw:
        done = f"{reference} is withdrawn."
        undo = None if state == "approved" and why_not else _put_back(database, reference, person)
        do(done, publications.decide, database, reference, "withdrawn", person.email, undo=undo)


def _put_back(database: Database, reference: str, person: Person) -> Undo:
    """Takes a withdrawal back: to a draft, or to what was approved, from the day that was said."""
    kept = publications.listed(database).set_index("reference").loc[reference]
    if kept["state"] == "draft":
        again = partial(publications.decide, database, reference, "draft", person.email)
        return Undo(f"{reference} is a draft again.", again)
    until = kept["embargo_until"]
    later = until if isinstance(until, date) and until > utc_now().date() else None
    again = partial(
        approved_figures.approve, database, reference, person.email, embargo_until=later
    )
    return Undo(f"{reference} is approved again.", again)


def history(database: Database, reference: str) -> None:
    """Every step of one figure."""
    rows = [
        [formatting.moment(at), f"{step}, by {who}"]
        for at, who, step in publications.steps(database, reference)
    ]
    layout.table(["When (UTC)", "What"], rows, ())


def show_revised(database: Database, reference: str) -> None:
    """What it says now, where that is something else."""
    revised = _revised(database, reference)
    if revised is None:
        layout.note("The figures have not changed since it was saved.")
    else:
        st.warning(
            layout.plain(f"Revised since. It said: {revised.then} It says now: {revised.now}")
        )


def show_saved(database: Database) -> None:
    """Everything that was saved, and its state."""
    saved = publications.listed(database)
    if saved.empty:
        layout.note("Nothing is saved yet.")
        return
    lines = saved.to_dict("records")
    titles = {row["reference"]: f"{row['reference']} · {_what(row)}" for row in lines}

    def open_it() -> None:
        st.query_params[REFERENCE] = st.session_state["share_open"]
        st.session_state["share_open"] = None

    st.selectbox(
        "Open one",
        list(titles),
        index=None,
        format_func=titles.__getitem__,
        placeholder="Open a saved chart",
        label_visibility="collapsed",
        key="share_open",
        on_change=open_it,
    )
    rows = []
    for row in lines:
        decided = row["decided_by"] and f"{row['decided_by']}, {formatting.day(row['decided_at'])}"
        public_from = ""
        if row["state"] == "approved":
            public_from = formatting.day(row["embargo_until"] or row["decided_at"])
        rows.append(
            [
                row["reference"],
                _what(row),
                publications.STATES[row["state"]],
                f"{row['kept_by']}, {formatting.day(row['kept_at'])}",
                decided or "",
                public_from,
            ]
        )
    headings = ["Reference", "What", "State", "Saved by", "Decided by", "Public from"]
    with st.container(key="saved_charts"):
        layout.table(headings, rows, ())


def summary(database: Database) -> str:
    """`Two charts are public, one is scheduled for later and three are drafts.`"""
    saved = publications.listed(database)
    if saved.empty:
        return "Pick a figure, see the picture, save it: nothing is shared yet."
    public = len(publications.public(database))
    waiting = int((saved["state"] == "approved").sum()) - public
    drafts = int((saved["state"] == "draft").sum())
    parts = ["no chart is public"]
    if public:
        parts = [f"{formatting.count(public)} {'chart is' if public == 1 else 'charts are'} public"]
    if waiting:
        day = "is scheduled for later" if waiting == 1 else "are scheduled for later"
        parts.append(f"{formatting.count(waiting)} {day}")
    if drafts:
        parts.append(f"{formatting.count(drafts)} {'is a draft' if drafts == 1 else 'are drafts'}")
    return formatting.sentence(formatting.listed(parts))


def _what(row: Mapping[Any, Any]) -> str:
    indicator = CATALOGUE[str(row["indicator"])]
    title = indicator.title
    if row["breakdown"]:
        title += f" by {BREAKDOWNS[str(row['breakdown'])].by}"
    at = "at " if indicator.is_stock else ""
    return f"{title}, {at}{indicator.span(row['period'], str(row['window']))}"


def _may_see(person: Person, breakdown: str | None) -> bool:
    """Whether who may see no member's figures is spared a chart of them."""
    if breakdown != "member":
        return True
    return allowed(Person(person.email, person.name, person.roles), "see_member_figures")


def _moment(database: Database) -> datetime:
    """Now, and the same until something is recorded, so that a picture is drawn once."""
    version, now = database.version(), utc_now()
    before: tuple[int, datetime] = st.session_state.get(MOMENT, (version, now))
    if before[0] != version or before[1].date() != now.date():
        before = version, now
    st.session_state[MOMENT] = before
    return before[1]


@st.cache_data(show_spinner="Drawing the picture", max_entries=64)
def _picture(_figure: Figure, reference: str, size: str, *, saved: bool) -> bytes:
    return picture_export.render(_figure, size, "png", draft=True)
