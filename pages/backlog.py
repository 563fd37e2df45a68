"""Backlog: send many files at once."""

import streamlit as st

from anchornet.intake import bulk_upload
from anchornet.narrative import returns_status
from anchornet.server.networks import network
from anchornet.ui import backlog as parts
from anchornet.ui import layout, queries
from anchornet.ui.problems import show_problems
from anchornet.ui.session import Sender, end_page, require

person = require("send_return")
settings, database = network().settings, network().database
member_id = person.member_id or ""
member = queries.member_names(database).get(member_id, member_id)

# Held by the session and filled in place: a click during the sending can't lose the receipts.
results = st.session_state.setdefault("backlog_results", {})
if results:
    layout.answer(returns_status.backlog(results.values(), member))
    parts.show_results(list(results.values()), settings)
else:
    layout.answer(
        f"Send many files of {member} at once.",
        "Each is matched to its return and its months, checked whole, and sent by itself.",
    )
if results and st.button("Send other files", key="others"):
    results.clear()
    st.session_state.pop("backlog_previews", None)
    st.session_state["backlogs"] = st.session_state.get("backlogs", 0) + 1
    st.rerun()
top = st.container()
files = [(key, file) for key, file in parts.drop_files(settings) if key not in results]
if not files:
    end_page()
matched = parts.match_files(database, person, files, member_id)
matches = bulk_upload.refuse_repeated_months(match for _, match in matched)
check = " ".join(f"{key} {match.state}" for (key, _), match in zip(matched, matches, strict=True))
show_problems(top, parts.problems(matches), check, "files")
parts.ask(matched, queries.recent_months(120))
parts.show_matches(matches)
parts.offer_prepare(Sender(person, member_id), matched)

ready = [
    (key, match)
    for (key, _), match in zip(files, matches, strict=True)
    if match.state in parts.SENDABLE
]
if not ready:
    st.info("None of these can be sent as they are, or all of them were sent before.")
    end_page()
why = ""
if any(match.warnings for _, match in ready):
    why = st.text_area(
        "There are things to look at. Say in a sentence why the files are right as they stand.",
        placeholder="For example: these are the lines as our ledger has them.",
        key="backlog_why",
    ).strip()
months = sum(len(match.months) for _, match in ready)
if st.button(
    f"Send {months:,} return{'' if months == 1 else 's'} from {len(ready):,} "
    f"file{'' if len(ready) == 1 else 's'}",
    type="primary",
    key="send_backlog",
):
    if any(match.warnings for _, match in ready) and not why:
        st.warning("Say first, in a sentence, why the files are right as they stand.")
        end_page()
    parts.send_all(database, person, ready, results, member_id=member_id, why=why)
    st.rerun()
