"""Organisations: whose place is not known, the directory to search and edit, and a file to add."""

import streamlit as st

from anchornet.access import allowed
from anchornet.facts import build
from anchornet.narrative import supplier_places
from anchornet.places.organisations import DIRECTORY, LoadReport, UndoReport, is_partner
from anchornet.store.network import LoadError
from anchornet.ui import layout, organisations, queries
from anchornet.ui.forms import Undo, begin_again, do, show_done
from anchornet.ui.session import end_page, network, require

person = require("add_organisations")
settings, database = network().settings, network().database
keeps = allowed(person, "keep_organisations")
member_id = person.member_id if allowed(person, "see_member_detail") else None
member = queries.member_names(database).get(member_id or "", "")
whose = member or "the network"

before = queries.coverage(database, member_id)
typed = decided = edited = None
if member_id:
    lacking = queries.suppliers_to_place(database, person, member_id)
    layout.answer(supplier_places.places_lacking(lacking, before, whose))
    show_done()
    if not lacking.empty:
        most = "The largest 50 are listed. " if len(lacking) > organisations.SHOWN else ""
        layout.heading(
            "Add their details",
            f"{supplier_places.places_known(before, whose)} {most}An empty cell changes nothing. "
            "Payments to individuals are not listed, nor lines for which your file gives a "
            "postcode itself.",
        )
        typed = organisations.fill_in(lacking)
else:
    layout.answer(
        f"{supplier_places.places_known(before, whose)} {supplier_places.places_unknown(before)}"
    )
    show_done()
if keeps:
    organisations.registers(database, person.email)
    organisations.look_up(settings, database, person.email)
if keeps and len(offered := queries.perhaps_no_suppliers(database)):
    layout.heading("Perhaps not suppliers", supplier_places.perhaps_no_suppliers(offered))
    decided = organisations.decide(offered)

directory = queries.directory(database)
if not keeps:
    directory = directory[is_partner(directory)]
if len(directory):
    layout.heading(
        "The directory" if keeps else "Partners and suppliers that say what they do",
        "Open one to edit it, to see where each fact comes from or to merge two names."
        if keeps
        else "Open one to see where each fact comes from.",
    )
    shown = organisations.find(directory)
    if (one := organisations.open_one(shown)) is not None:
        facts = queries.origins(database, one["name_key"])
        if not keeps:
            facts = queries.without_other_members(database, facts, member_id)
        organisations.show_origins(facts)
        if keeps:
            with st.expander("Edit"):
                edited = organisations.edit(one)
            name, by = str(one["name"]), person.email
            if into := organisations.merge(one, directory):
                do(
                    f"{name} is now a name of {into}.",
                    lambda: build.merge_organisations(database, name, into, by=by),
                    undo=Undo(
                        f"{name} stands by itself again.",
                        lambda: build.separate_organisation(database, name, by=by),
                    ),
                )
            if other := organisations.other_names(one):
                do(
                    f"{other} stands by itself again.",
                    lambda: build.separate_organisation(database, other, by=by),
                    undo=Undo(
                        f"{other} is a name of {name} again.",
                        lambda: build.merge_organisations(database, other, name, by=by),
                    ),
                )

layout.heading(
    "Add many at once",
    "A column that the file lacks keeps what the directory says; a blank cell clears it."
    if keeps
    else "Of suppliers that you have paid: others are for the coordinator, who also says which are "
    "left out of the network's totals. A blank cell keeps what the directory says.",
)
data = organisations.drop_file(settings, keeps)
undone = organisations.undo(queries.last_organisation_load(database), person)

try:
    by, source = person.email, member or "The coordinator"
    report: LoadReport | UndoReport
    if undone:
        report = build.undo_organisations(database, by=by, number=undone.number)
    elif decided:
        report = build.record_organisations(
            database, decided, by=by, source=source, declared=DIRECTORY
        )
    elif edited:
        report = build.record_organisations(
            database, [edited], by=by, source=source, declared=DIRECTORY, filling_in=False
        )
    elif typed:
        report = build.record_organisations(
            database, typed, by=by, source=source, paid_by=member_id
        )
    elif data:
        report = build.load_organisations(
            database, data, by=by, source=source, filling_in=not keeps, paid_by=member_id
        )
    else:
        if member_id:
            placed = queries.suppliers_placed(database, person, member_id)
            organisations.show_placed(queries.without_other_members(database, placed, member_id))
        end_page()
except LoadError as error:
    organisations.show_faults(error.sentences)
    end_page()
after = queries.coverage(database, member_id)
begin_again(f"{report.sentence()} {supplier_places.places_moved(before, after, whose)}")
st.rerun()
