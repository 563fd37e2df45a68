"""Suppliers: whose place is not known, and a table or a file to say it."""

import streamlit as st

from anchornet.access import allowed
from anchornet.facts import build
from anchornet.narrative import supplier_places
from anchornet.places.organisations import DIRECTORY, LoadReport, UndoReport
from anchornet.store.network import LoadError
from anchornet.ui import layout, queries, suppliers
from anchornet.ui.forms import begin_again, show_done
from anchornet.ui.session import end_page, network, require

person = require("add_suppliers")
settings, database = network().settings, network().database
keeps = allowed(person, "keep_directory")
member_id = person.member_id if allowed(person, "see_member_detail") else None
member = queries.member_names(database).get(member_id or "", "")
whose = member or "the network"

before = queries.coverage(database, member_id)
typed = decided = None
if member_id:
    lacking = queries.suppliers_to_place(database, person, member_id)
    layout.answer(supplier_places.places_lacking(lacking, before, whose))
    show_done()
    if not lacking.empty:
        most = "The largest 50 are listed. " if len(lacking) > suppliers.SHOWN else ""
        layout.heading(
            "Add their details",
            f"{supplier_places.places_known(before, whose)} {most}An empty cell changes nothing. "
            "Payments to individuals are not listed, nor lines for which your file gives a "
            "postcode itself.",
        )
        typed = suppliers.fill_in(lacking)
else:
    layout.answer(supplier_places.places_known(before, whose))
    show_done()
if keeps and len(offered := queries.perhaps_no_suppliers(database)):
    layout.heading("Perhaps not suppliers", supplier_places.perhaps_no_suppliers(offered))
    decided = suppliers.decide(offered)

layout.heading(
    "Add many at once",
    "A column that the file lacks keeps what the directory says; a blank cell clears it."
    if keeps
    else "A blank cell keeps what the directory says. The coordinator says which suppliers are "
    "left out of the network's totals.",
)
data = suppliers.drop_file(settings, keeps)
undone = suppliers.undo(queries.last_supplier_load(database), person)

try:
    by, source = person.email, member or "The coordinator"
    report: LoadReport | UndoReport
    if undone:
        report = build.undo_suppliers(database, by=by, number=undone.number)
    elif decided:
        report = build.record_suppliers(database, decided, by=by, source=source, declared=DIRECTORY)
    elif typed:
        report = build.record_suppliers(database, typed, by=by, source=source)
    elif data:
        report = build.load_suppliers(database, data, by=by, source=source, filling_in=not keeps)
    else:
        if member_id:
            suppliers.show_placed(queries.suppliers_placed(database, person, member_id))
        end_page()
except LoadError as error:
    suppliers.show_faults(error.sentences)
    end_page()
after = queries.coverage(database, member_id)
begin_again(f"{report.sentence()} {supplier_places.places_moved(before, after, whose)}")
st.rerun()
