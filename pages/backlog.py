"""Backlog: send many files at once."""

import streamlit as st

from anchornet.intake import bulk_upload
from anchornet.narrative import returns_status as answers
from anchornet.ui import backlog as ui_backlog
from anchornet.ui import layout, queries
from anchornet.ui.session import end_page, network, require

person = require("send_return")
settings, database = network().settings, network().database
member_id = person.member_id or ""
member = queries.member_names(database).get(member_id, member_id)

# Held by the session and filled in place: a click during the sending can't lose the receipts.
results = st.session_state.setdefault("backlog_results", {})
if results:
    layout.answer(answers.backlog(results.values(), member))
    ui_backlog.show_results(results.values())
else:
    layout.answer(
        f"Send many files of {member} at once.",
        "Each is matched to its return and its months, checked whole, and sent by itself.",
    )
if results and st.button("Send other files", key="others"):
    results.clear()
    st.session_state.pop("backlog_found", None)
    st.session_state["backlogs"] = st.session_state.get("backlogs", 0) + 1
    st.rerun()
pieces = [(key, it) for key, it in ui_backlog.drop_files(settings) if key not in results]
if not pieces:
    end_page()
looked = ui_backlog.look_at_all(database, person, pieces, member_id)
ui_backlog.ask(looked, queries.recent_months(120))
found = bulk_upload.settle(it for _, it in looked)
ui_backlog.show_found(found)

keys = [key for key, _ in pieces]
ready = [(key, it) for key, it in zip(keys, found, strict=True) if it.state in ui_backlog.SENDABLE]
if not ready:
    st.info("None of these can be sent as they are, or all of them were sent before.")
    end_page()
why = ""
if any(it.warnings for _, it in ready):
    why = st.text_area(
        "There are things to look at. Say in a sentence why the files are right as they stand.",
        placeholder="For example: these are the lines as our ledger has them.",
        key="backlog_why",
    ).strip()
months = sum(len(it.months) for _, it in ready)
if st.button(
    f"Send {months:,} return{'' if months == 1 else 's'} from {len(ready):,} "
    f"file{'' if len(ready) == 1 else 's'}",
    type="primary",
    key="send_backlog",
):
    if any(it.warnings for _, it in ready) and not why:
        st.warning("Say first, in a sentence, why the files are right as they stand.")
        end_page()
    ui_backlog.send_all(database, person, ready, results, member_id=member_id, why=why)
    st.rerun()
