"""What the page of needs shows: the list, one need with its next steps, what is on offer, and whom
to remind."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pandas as pd
import streamlit as st

from anchornet import formatting
from anchornet.access import ROLES, Person, allowed
from anchornet.indicators import offers as indicators_offers
from anchornet.indicators.promises import quarter_of
from anchornet.narrative import needs as words
from anchornet.narrative.promises import Names, delivered, due, outcome_titles
from anchornet.store import needs as store_needs
from anchornet.store.cache import cached
from anchornet.store.database import Database, utc_now
from anchornet.store.framework import framework
from anchornet.store.needs import KINDS, LONGEST, NEXT, STATES, Need
from anchornet.ui import commitments, layout, links, queries
from anchornet.ui.components import html
from anchornet.ui.filters import Filters
from anchornet.ui.forms import DAY, confirmed, do, key

PICKED = "need"  # in the address: the one that is open
OPEN = "Not closed yet"
LISTED = 40  # rows on screen
USUAL_REVIEW = timedelta(days=90)
HEADINGS = ("Need", "Organisation", "Kind", "How much", "Where", "Needed by", "How it stands")

FIGURES = ("needs_met_share", "days_to_introduction")
YEAR = "rolling_12"

_framework = cached(framework)
_needs = cached(store_needs.needs)


class Needs:
    """What the page is about, for somebody: every need, and what is on offer for them to see."""

    def __init__(self, database: Database, person: Person) -> None:
        self.today = utc_now().date()
        self.framework = _framework(database)
        self.every: Sequence[Need] = _needs(database)
        self.areas = _area_names(database)
        self.outcomes = outcome_titles(self.framework)
        self.promises, self.names = _promises(database, person)
        matched = {need.promise for need in self.every if need.promise}
        self.offers = indicators_offers.offers(self.promises, self.framework, matched)

    @property
    def answer(self) -> str:
        return words.answer(self.every, len(self.offers), self.today)

    @property
    def open_one(self) -> Need | None:
        """The need that the address names."""
        picked = st.query_params.get(PICKED)
        return next((need for need in self.every if str(need.need_id) == picked), None)

    def commitment(self, promise: str | None) -> str:
        """What a need is agreed with, as far as it may be said."""
        if promise is None:
            return ""
        rows = self.promises[self.promises["promise"] == promise].to_dict("records")
        named = [self.names.whole(row) for row in rows if row["organisation"] is not None]
        return named[0] if named else "A commitment that is not published"


@cached
def _area_names(database: Database) -> Mapping[str, str]:
    """Code -> name of the local authorities and then the wards that something can be needed in."""
    return {**queries.area_names(database), **queries.wards(database)}


@cached
def year(database: Database, month: date) -> str:
    """How many needs were met in the twelve months to this one, and how soon introduced."""
    frame = queries.cut(database, Filters(month, YEAR), FIGURES)
    rows = {row["indicator"]: row for row in frame.to_dict("records")}
    met, waited = (rows[name] for name in FIGURES)
    return words.year(met, waited, formatting.span(month, YEAR))


def _promises(database: Database, person: Person) -> tuple[pd.DataFrame, Names]:
    quarter = quarter_of(database, utc_now().date())
    sees_members = allowed(person, "see_member_figures") and person.member_id is None
    filters = Filters(quarter or utc_now().date(), "quarter", sees_members=sees_members)
    return commitments.seen(database, filters), commitments.names_of(database, filters)


def show_list(page: Needs) -> None:
    """The needs, those that wait longest first, of the state, kind and outcome picked."""
    with st.container(key="block_needs"):
        layout.heading("What is needed")
        if not page.every:
            layout.note("Nothing yet. What organisations ask for is listed here.")
            return
        shown = list(page.every)
        with st.container(horizontal=True, gap="small"):
            state = layout.pick("state", list(STATES.values()), OPEN)
            kind = layout.pick("kind", list(KINDS.values()), "Every kind")
            outcome = layout.pick("outcome", list(page.outcomes.values()), "Every outcome")
        if state:
            shown = [need for need in shown if STATES[need.state(page.today)] == state]
        else:
            shown = [need for need in shown if need.state(page.today) not in words.CLOSED]
        shown = [
            need
            for need in shown
            if (not kind or KINDS[need.kind] == kind)
            and (not outcome or page.outcomes.get(need.outcome) == outcome)
        ]
        if not shown:
            picked = state or kind or outcome
            layout.note("No need is like that." if picked else "No need is open or under way.")
            return
        order = list(STATES)
        shown.sort(key=lambda need: (order.index(need.state(page.today)), need.review_on))
        layout.table(HEADINGS, [_row(need, page) for need in shown[:LISTED]], ())
        if len(shown) > LISTED:
            layout.note(f"The first {LISTED} of {len(shown):,}: pick a state, kind or outcome.")


def _row(need: Need, page: Needs) -> Sequence[str]:
    day = need.needed_by
    by = f"{formatting.day(day, short=True)} {day.year}" if day else "–"
    return [
        links.link(
            formatting.shorten(need.what, 90), links.address("needs", need=str(need.need_id))
        ),
        need.organisation,
        KINDS[need.kind],
        need.how_much or "–",
        page.areas.get(need.area, need.area) or words.ANYWHERE,
        by,
        html("chip_of", *words.state(need, page.today)),
    ]


def offer_rows(page: Needs) -> list[list[str]]:
    """Who promised, what, promised, delivered, due."""
    return [
        [
            page.names.who(row),
            page.names.measure(row),
            row["shown_promised"],
            delivered(row),
            due(row),
        ]
        for row in page.offers.to_dict("records")
    ]


def show_offers(page: Needs) -> None:
    rows = offer_rows(page)
    headings = ["Who promised", "What", "Promised", "Delivered", "Due"]
    note = (
        "Promises not delivered yet that can be passed on to whoever needs them. One that has been "
        "agreed for a need is no longer on offer."
    )
    with st.container(key="block_offers"):
        layout.heading("On offer", note if rows else "No promise that can be passed on is open.")
        layout.table(headings, rows, (2, 3))


def show_one(database: Database, person: Person, page: Needs, need: Need) -> None:
    """A need with what became of it, and what can be done next by this person."""
    state = need.state(page.today)
    with st.container(key="block_need"):
        layout.heading(need.what, "")
        st.html(html("chip_of", *words.state(need, page.today)))
        commitment = page.commitment(need.promise)
        st.html(html("facts", words.lines(need, page.outcomes, page.areas, commitment)))
        if need.kind == "buy_from_us" and allowed(person, "see_network_figures"):
            st.html(
                html("note", links.link("Where the money goes now: Spend", links.address("spend")))
            )
        # Who asks is looked after by those who add needs; others are told the role.
        for line in words.history(need, allowed(person, "add_needs")):
            layout.note(line)
        if allowed(person, "introduce_needs"):
            _next_steps(database, person, page, need, state)
        if allowed(person, "add_needs") and state not in ("confirmed", "withdrawn"):
            with st.expander("Change it, or give it a later day"):
                ask(database, person, page, need)
        st.html(html("note", links.link("All needs", links.address("needs"))))


def _next_steps(database: Database, person: Person, page: Needs, need: Need, state: str) -> None:
    record = partial(
        store_needs.record_event, database, need.need_id, by=person.email, role=_role(person)
    )
    if "introduced" in NEXT[state]:
        with st.form(key("introduce"), border=False):
            to = st.text_input(
                "Introduced to",
                placeholder="Sample Builders Ltd, social value team",
                help="An organisation, and a role or a team there: no person's name.",
            )
            if st.form_submit_button("Save introduction", type="primary"):
                do("The introduction is saved.", record, "introduced", words=to)
    if state == "introduced":
        labels = {row["promise"]: page.names.whole(row) for row in page.offers.to_dict("records")}
        if not labels:
            layout.note("No promise is on offer that it could be agreed with.")
        else:
            with st.form(key("agree"), border=False):
                promise = st.selectbox("Agreed with", list(labels), format_func=labels.__getitem__)
                if st.form_submit_button("Save agreement", type="primary"):
                    do("The need is linked to the promise.", record, "agreed", promise=promise)
    with st.container(horizontal=True):
        if state == "agreed" and st.button("Delivered", type="primary", key=key("delivered")):
            do("It is delivered. Now who asked confirms it.", record, "delivered")
        if state == "delivered":
            if need.asked_by == person.email:
                if st.button("Confirm that it was met", type="primary", key=key("confirm")):
                    do("The need is met, and off the list.", record, "confirmed")
                if st.button("Not delivered yet", key=key("not_yet")):
                    do("It is agreed, and not delivered.", record, "agreed")
            else:
                who = f": {need.asked_by}" if allowed(person, "add_needs") else ""
                layout.note(f"Who asked confirms that it was met{who}.")
        if "withdrawn" in NEXT[state] and allowed(person, "add_needs"):
            consequence = "It leaves the list, and the public one when that is next made."
            if confirmed("Withdraw", consequence, "Withdraw need", key("withdraw")):
                do("The need is withdrawn.", record, "withdrawn")
    if "open" in NEXT[state]:
        with st.expander("It came to nothing"), st.form(key("reopen"), border=False):
            why = st.text_input("Why it is open again")
            if st.form_submit_button("Open again"):
                do("The need is open again.", record, "open", words=why)


def _role(person: Person) -> str:
    return formatting.listed([ROLES[role] for role in ROLES if role in person.roles])


def ask(database: Database, person: Person, page: Needs, need: Need | None = None) -> None:
    """A form for a new need, or for what one now asks for."""
    if not page.outcomes:
        layout.note("A need belongs to an outcome, and the network has no framework yet.")
        return
    kinds, outcomes, areas = list(KINDS), list(page.outcomes), ["", *page.areas]
    first = page.today + USUAL_REVIEW
    with st.form(key(f"need_{need.need_id if need else 'new'}"), border=False):
        organisation = st.text_input(
            "Organisation that asks", need.organisation if need else "",
            max_chars=LONGEST["organisation"],
        )  # fmt: skip
        what = st.text_area(
            "What it needs", need.what if need else "", max_chars=LONGEST["what"], height=80,
            help="Without names, e-mail addresses or telephone numbers: the list is public.",
        )  # fmt: skip
        left, right = st.columns(2)
        kind = left.selectbox(
            "Kind", kinds, kinds.index(need.kind) if need else 0, format_func=KINDS.__getitem__
        )
        how_much = right.text_input(
            "How much", need.how_much if need else "", max_chars=LONGEST["how_much"]
        )
        outcome = left.selectbox(
            "Outcome it helps",
            outcomes,
            outcomes.index(need.outcome) if need and need.outcome in outcomes else 0,
            format_func=page.outcomes.__getitem__,
        )
        area = right.selectbox(
            "Where",
            areas,
            areas.index(need.area) if need and need.area in areas else 0,
            format_func=lambda code: page.areas.get(code, words.ANYWHERE),
        )
        needed_by = left.date_input(
            "Needed by (optional)", need.needed_by if need else None, format=DAY
        )
        review_on = right.date_input(
            "Look at it again on", max(need.review_on, page.today) if need else first,
            min_value=page.today, format=DAY,
            help="After that day it leaves the list, unless somebody gives it a later one.",
        )  # fmt: skip
        pressed = st.form_submit_button("Save need" if need else "Add need", type="primary")
    if pressed:
        asked = Need(
            organisation, str(outcome), str(kind), what, _day(review_on), how_much, str(area),
            _day(needed_by) if needed_by else None,
        )  # fmt: skip
        if need:
            asked = replace(asked, need_id=need.need_id)
        done = "The need is saved." if need else "The need is on the list."
        do(done, store_needs.record_need, database, asked, by=person.email)


def _day(value: object) -> date:
    assert isinstance(value, date)  # for the type checker # nosec B101
    return value


def show_reminders(page: Needs) -> None:
    """Texts to send to who asked, for needs that are looked at again soon."""
    due_soon = words.reminders(page.every, page.today)
    if not due_soon:
        return
    with st.expander(f"To be looked at again ({len(due_soon):,})"):
        for need, text in due_soon:
            layout.note(f"{need.asked_by}, {words.due_words(need, page.today)}:")
            st.code(text, language=None, wrap_lines=True)
