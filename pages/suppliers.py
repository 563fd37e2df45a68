"""Suppliers: whose place is not known, and a table or a file to say it."""

import streamlit as st

from anchornet.access import allowed
from anchornet.indicators import counting
from anchornet.publishing import placing
from anchornet.store.network import LoadError
from anchornet.ui import directory, layout, reads
from anchornet.ui.session import end_page, network, require

person = require("add_suppliers")
settings, database = network().settings, network().database
keeps = allowed(person, "keep_directory")
member_id = person.member_id if allowed(person, "see_member_detail") else None
member = reads.member_names(database).get(member_id or "", "")
whose = member or "the network"

before = reads.coverage(database, member_id)
typed = None
if member_id:
    listed = reads.suppliers_to_place(database, person, member_id)
    layout.answer(placing.places_lacking(listed, before, whose))
    directory.show_saved()
    if not listed.empty:
        most = "The largest 50 are listed. " if len(listed) > directory.SHOWN else ""
        layout.heading(
            "Say where they are",
            f"{placing.places_known(before, whose)} {most}An empty cell changes nothing. Payments "
            "to individuals are not listed, nor lines for which your file gives a postcode itself.",
        )
        typed = directory.fill_in(listed)
else:
    layout.answer(placing.places_known(before, whose))
    directory.show_saved()

layout.heading(
    "Add many at once",
    "A column that the file lacks keeps what the directory says; a blank cell clears it."
    if keeps
    else "A blank cell keeps what the directory says. The coordinator says which suppliers are "
    "left out of the network's totals.",
)
data = directory.drop_file(settings, keeps)

try:
    by, source = person.email, member or "The coordinator"
    if typed:
        report = counting.record_suppliers(database, typed, by=by, source=source)
    elif data:
        report = counting.load_suppliers(database, data, by=by, source=source, filling_in=not keeps)
    else:
        if member_id:
            directory.show_placed(reads.suppliers_placed(database, person, member_id))
        end_page()
except LoadError as error:
    directory.show_faults(error.sentences)
    end_page()
after = reads.coverage(database, member_id)
directory.saved(f"{report.sentence()} {placing.places_moved(before, after, whose)}")
st.rerun()
