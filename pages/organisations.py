"""Organisations: whose place is not known, the directory to search and edit, and a file to add."""

from collections.abc import Callable
from functools import partial

from anchornet.access import allowed
from anchornet.facts import build
from anchornet.narrative import supplier_places
from anchornet.places.directory_changes import LoadReport, UndoReport
from anchornet.places.organisations import DIRECTORY, is_partner
from anchornet.server.networks import network
from anchornet.ui import layout, organisations, queries, registers
from anchornet.ui.forms import show_done
from anchornet.ui.session import end_page, require

person = require("add_organisations")
settings, database = network().settings, network().database
keeps = allowed(person, "keep_organisations")
member_id = person.member_id if allowed(person, "see_member_detail") else None
member = queries.member_names(database).get(member_id or "", "")
whose, by, source = member or "the network", person.email, member or "The coordinator"
record = partial(build.record_organisations, database, by=by, source=source)
change: Callable[[], LoadReport | UndoReport] | None = None

coverage = queries.coverage(database, member_id)
if member_id:
    lacking = queries.suppliers_to_place(database, person, member_id)
    layout.answer(supplier_places.places_lacking(lacking, coverage, whose))
    show_done()
    if not lacking.empty:
        most = "The largest 50 are listed. " if len(lacking) > organisations.SHOWN else ""
        layout.heading(
            "Add their details",
            f"{supplier_places.places_known(coverage, whose)} {most}An empty cell changes nothing. "
            "Payments to individuals are not listed, nor lines for which your file gives a "
            "postcode itself.",
        )
        if typed := organisations.fill_in(lacking):
            change = partial(record, typed, paid_by=member_id)
else:
    sentence = supplier_places.places_known(coverage, whose)
    layout.answer(f"{sentence} {supplier_places.places_unknown(coverage)}")
    show_done()
if keeps:
    registers.decide(database, by)
    registers.look_up(settings, database, by)
if keeps and len(offered := queries.perhaps_no_suppliers(database)):
    layout.heading("Perhaps not suppliers", supplier_places.perhaps_no_suppliers(offered))
    if decided := organisations.decide(offered):
        change = partial(record, decided, declared=DIRECTORY)

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
    if edited := organisations.open_directory(database, person, directory):
        change = partial(record, [edited], declared=DIRECTORY, filling_in=False)

layout.heading(
    "Add many at once",
    "A column that the file lacks keeps what the directory says; a blank cell clears it."
    if keeps
    else "Of suppliers that you have paid: others are for the coordinator, who also says which are "
    "left out of the network's totals. A blank cell keeps what the directory says.",
)
if data := organisations.drop_file(settings, keeps):
    change = partial(
        build.load_organisations, database, data, by=by, source=source, filling_in=not keeps,
        paid_by=member_id,
    )  # fmt: skip
if undone := organisations.undo(queries.last_organisation_load(database), person):
    change = partial(build.undo_organisations, database, by=by, number=undone.number)

if change:
    organisations.save(database, member_id, whose, change)
elif member_id:
    placed = queries.suppliers_placed(database, person, member_id)
    organisations.show_placed(queries.without_other_members(database, placed, member_id))
end_page()
