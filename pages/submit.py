"""Submit a return: a member's own file in, a receipt out."""

import streamlit as st

from anchornet import member_data
from anchornet.narrative import returns_status
from anchornet.returns.columns import MappingError
from anchornet.returns.csv_reader import Refused, SheetsDiffer
from anchornet.server.networks import network
from anchornet.store.database import utc_now
from anchornet.store.network import due_dates
from anchornet.ui import layout, queries, reading, send, submit
from anchornet.ui.problems import Problem, show_problems
from anchornet.ui.session import end_page, sender

sending = sender()
person, member_id = sending.person, sending.member_id
database = network().database
member = queries.member_names(database).get(member_id, member_id)

# Held by the session and filled in place: a click during the sending can't lose the receipts.
sent = st.session_state.setdefault("receipts", [])
if sent:
    layout.answer(returns_status.received(sent, member))
    send.show_receipts(database, sending, sent)
    if st.button("Send another return", key="another"):
        sent.clear()
        st.rerun()
    end_page()
submit.come_back(member_id)

last = queries.last_ended_month()
owed = queries.owed(database, member_id, last)
dates, today = due_dates(database, last), utc_now().date()
layout.answer(
    returns_status.owed(member, owed, last, dates.due_on, today),
    returns_status.three_dates(dates, today),
)
submit.show_questions(database, sending)
top = st.container()
if sending.on_behalf:
    st.info(f"You are sending this for {member}, and it will be marked so.")
choice = submit.choose_file(database, sending, *submit.linked(queries.recent_months(), owed))
if choice.nothing_for:
    send.send_nil(database, sending, choice.return_, choice.nothing_for, sent)
file, return_ = choice.file, choice.return_
if file is None:
    end_page()

try:
    automatic = submit.look_at(database, sending, choice, file, {})
    reading.show_read(automatic)
    chosen = reading.choose_columns(return_, automatic)
    preview = submit.look_at(database, sending, choice, file, chosen)
except SheetsDiffer as several:
    st.warning(str(several))
    reading.choose_sheets(list(several.sheets))
    end_page()
except (Refused, MappingError) as error:
    show_problems(top, [Problem("step-1", str(error))], file.id)
    end_page()
show_problems(top, reading.problems(preview), file.id)
if reading.columns_confirmed(preview):
    send.remember(database, sending, return_, preview)
    st.rerun()

reading.show_findings(return_, file, preview)
if preview.errors:
    st.error("Put these right in your file, then drop it here again.")
    end_page()
beside = None
if not sending.on_behalf:
    periods = [day for month in preview.periods if (day := month.period or preview.period)]
    beside = member_data.sums_beside(database, person, return_.name, member_id, periods)
send.show_totals(return_, preview, beside)
pressed, name, why = send.ask_to_send(return_, preview, person.name)
if pressed:
    send.send(database, sending, return_, file, preview, sent, name=name, why=why)
