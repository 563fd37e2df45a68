"""What the page of members and partners shows: who they are, what each brings, and where."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
import streamlit as st

from anchornet import formatting
from anchornet.access import Person, allowed
from anchornet.charts import maps
from anchornet.indicators.promises import quarter_of
from anchornet.narrative import partners as words
from anchornet.places import partners as places_partners
from anchornet.places.partners import Partner, organisation_keys
from anchornet.places.standards import held_standards, load_standards
from anchornet.returns.declaration import RETURNS
from anchornet.store.cache import cached
from anchornet.store.database import Database, utc_now
from anchornet.store.needs import needs
from anchornet.store.network import LoadError
from anchornet.ui import commitments, layout, links, queries
from anchornet.ui.filters import Filters
from anchornet.ui.forms import begin_again, key, too_large
from anchornet.ui.layout import Map

HEADINGS = ("Name", "What it is", "What it brings", "Last checked")
MONTHS = 12  # in which a member's returns are looked for
EVERYBODY = "Everybody"
LISTED = 40  # standards on screen

_held = cached(held_standards)
_partners = cached(places_partners.partners)


@dataclass(frozen=True)
class Brought:
    """What is known of everybody beside the directory: returns by member; promises, standards and
    needs by the key of the organisation, whichever of its names they are under."""

    returns: Mapping[str, Sequence[str]]
    promises: Mapping[str, int]
    standards: Mapping[str, Sequence[str]]
    needs: Mapping[str, int]

    def by(self, partner: Partner) -> str:
        key = partner.name_key
        return words.brings(
            partner,
            self.returns.get(partner.member_id or "", ()),
            self.promises.get(key, 0),
            self.standards.get(key, ()),
            self.needs.get(key, 0),
        )


def everyone(database: Database) -> Sequence[Partner]:
    return _partners(database, utc_now().date())


@cached
def brought(database: Database, sees_members: bool, own: str | None) -> Brought:
    """What each brings, as far as it may be seen: of members' returns, those of each where
    `sees_members`, else one's `own`; of promises, those that name who promised."""
    today = utc_now().date()
    quarter = quarter_of(database, today)
    filters = Filters(quarter or today, "quarter", sees_members=sees_members)
    promised = commitments.seen(database, filters)["organisation"].dropna()
    held = held_standards(database, today)
    asked = [need.organisation for need in needs(database) if need.state(today) not in _CLOSED]
    keys = organisation_keys(database, {*promised, *held["organisation"], *asked})
    standards: dict[str, dict[str, None]] = defaultdict(dict)  # each once, in order
    for row in held.to_dict("records"):
        standards[keys[row["organisation"]]][row["title"]] = None
    return Brought(
        _returns(database, sees_members, own),
        Counter(keys[name] for name in promised),
        {key: tuple(titles) for key, titles in standards.items()},
        Counter(keys[name] for name in asked),
    )


_CLOSED = ("confirmed", "lapsed", "withdrawn")


def _returns(database: Database, sees_members: bool, own: str | None) -> dict[str, Sequence[str]]:
    months = queries.months(database)
    if not months:
        return {}
    board: pd.DataFrame = queries.boards(database, max(months), MONTHS)
    sent = board[board["receipt"].notna()]
    if not sees_members:
        sent = sent[sent["member_id"] == own]
    return {
        str(member_id): [return_.title for name, return_ in RETURNS.items() if name in {*names}]
        for member_id, names in sent.groupby("member_id")["return_name"]
    }


def of(database: Database, person: Person) -> Brought:
    sees_members = allowed(Person(person.email, person.name, person.roles), "see_member_figures")
    return brought(database, sees_members, person.member_id)


def pick(shown: Sequence[Partner]) -> list[Partner]:
    """Those of a role, the members or everybody."""
    roles = {words.MEMBER + "s": "", **{title: role for role, title in words.ROLES.items()}}
    offered = [
        title for title, role in roles.items() if any(_has(partner, role) for partner in shown)
    ]
    picked = layout.pick("role", offered, EVERYBODY)
    return [each for each in shown if picked is None or _has(each, roles[picked])]


def _has(partner: Partner, role: str) -> bool:
    """Whether it has the role; without one, whether it is a member."""
    if not role:
        return partner.member_id is not None
    return partner.member_id is None and role in partner.roles


def show_list(shown: Sequence[Partner], person: Person, known: Brought) -> None:
    rows = [
        [
            links.link(partner.name, links.of_member(partner.member_id))
            if partner.member_id and allowed(person, "see_member_figures", partner.member_id)
            else partner.name,
            words.what(partner),
            known.by(partner),
            formatting.day(partner.checked_on) if partner.checked_on else "–",
        ]
        for partner in shown
    ]
    layout.table(HEADINGS, rows, ())


@cached
def on_map(database: Database, shown: tuple[tuple[str, str], ...]) -> Map:
    """The map of (ward, name) pairs."""
    by_ward: dict[str, list[str]] = defaultdict(list)
    for ward, name in shown:
        by_ward[ward].append(name)
    ward_map = maps.organisations_map(by_ward, database.settings)
    places = "; ".join(f"{place}: {names}" for place, names in ward_map.places.values())
    return Map(ward_map, f"Map of members and partners by ward. {places or 'None is placed'}.")


def show_standards(database: Database, person: Person) -> None:
    """Who holds which standard by the coordinator's lists, and for the coordinator another list."""
    today = utc_now().date()
    frame = _held(database)
    with st.container(key="block_standards"):
        held = frame[frame["is_held"] & frame["held_from"].le(today)]
        held = held[held["held_to"].isna() | held["held_to"].fillna(today).ge(today)]
        layout.heading("Standards held", words.standards(held))
        if len(held):
            picked = layout.pick("standard", list(dict.fromkeys(held["title"])), "Every standard")
            shown = held if picked is None else held[held["title"] == picked]
            rows = [
                [row["organisation"], row["title"], row["step"] or "–", _since(row["held_from"])]
                for row in shown.head(LISTED).to_dict("records")
            ]
            layout.table(["Organisation", "Standard", "Step", "Since"], rows, ())
            if len(shown) > LISTED:
                more = ": pick a standard" if picked is None else ""
                layout.note(f"The first {LISTED} of {len(shown):,}{more}.")
        if allowed(person, "keep_organisations"):
            _load_standards(database, person)


def _since(day: date) -> str:
    return f"{formatting.day(day, short=True)} {day.year}"


def _load_standards(database: Database, person: Person) -> None:
    with st.expander("Add a charter's list"), st.form(key("standards"), border=False):
        uploaded = st.file_uploader(
            "A CSV or Excel file with the columns organisation, standard, held_from; and, if you "
            "like, org_id, step, held_to and source",
            ["csv", "xlsx"],
        )
        pressed = st.form_submit_button("Save list", type="primary")
    if not pressed or uploaded is None or too_large(uploaded.getvalue(), database.settings):
        return
    try:
        report = load_standards(database, uploaded.getvalue(), by=person.email)
    except LoadError as refused:
        st.error("\n".join(f"- {layout.plain(sentence)}" for sentence in refused.sentences))
        return
    begin_again(report.sentence())
    st.rerun()


def show_map(database: Database, shown: Sequence[Partner]) -> None:
    placed = tuple((each.ward, each.name) for each in shown if each.ward)
    if not placed:
        return
    drawn = on_map(database, placed)
    beyond, unplaced = len(placed) - int(drawn.ward_map.shown), len(shown) - len(placed)
    note = "By the ward of the address in the directory"
    if beyond:
        note += f"; {formatting.counted(beyond, 'lies', 'lie')} beyond the map"
    if unplaced:
        note += f"; {formatting.counted(unplaced, 'has', 'have')} no address there"
    block = layout.Block("partners_map", "Where they are", f"{note}.")
    with layout.opened(block):
        block.draw(drawn)
