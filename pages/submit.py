"""Submit a return: a member's own file in, a receipt out."""

import streamlit as st

from anchornet import member_data
from anchornet.intake.preview import choices
from anchornet.intake.submit import NotAccepted
from anchornet.narrative import returns_status
from anchornet.returns.columns import MappingError
from anchornet.returns.csv_reader import Refused
from anchornet.store.database import utc_now
from anchornet.store.network import NotPossible, due_dates
from anchornet.store.submissions import signed
from anchornet.ui import layout, queries, submit, submit_preview
from anchornet.ui.session import end_page, network, sender

person, member_id, on_behalf = sender()
settings, database = network().settings, network().database
member = queries.member_names(database).get(member_id, member_id)

# Held by the session and filled in place: a click during the sending can't lose the receipts.
sent = st.session_state.setdefault("receipts", [])
if sent:
    layout.answer(returns_status.received(sent, member))
    figures = submit.now_counted(database, sent)
    submit.show_receipts(sent, figures, database, person, settings.network_name)
    if st.button("Send another return", key="another"):
        sent.clear()
        st.rerun()
    end_page()
submit.come_back(member_id)

last = queries.last_ended_month()
owed = queries.owed(database, member_id, last)
due_on = due_dates(database, last).due_on
layout.answer(returns_status.owed(member, last, owed, due_on, utc_now().date()))
if on_behalf:
    st.info(f"You send this for {member}, and it will be marked so.")
asked = submit.choose_file(settings, *submit.linked(queries.recent_months(), owed))
if asked.nothing:
    try:
        sent.append(
            member_data.submit_nil(
                database,
                person,
                asked.return_,
                member_id=member_id,
                period=asked.period,
                by=person.email,
                on_behalf=on_behalf,
            )
        )
    except NotPossible as error:
        st.error(str(error))
        end_page()
    st.rerun()
if asked.data is None:
    end_page()

try:
    automatic = submit_preview.look_at(database, person, asked, member_id)
    submit.show_read(automatic)
    chosen = submit.choose_columns(asked.return_, automatic)
    looked = submit_preview.look_at(database, person, asked, member_id, chosen)
except (Refused, MappingError) as error:
    st.error(str(error))
    end_page()
if submit.columns_confirmed(looked):
    headings = looked.mapped.as_headings()
    member_data.remember_mapping(
        database, person, member_id, asked.return_.name, headings, by=person.email
    )
    st.rerun()

submit.show_findings(asked, looked)
if looked.errors:
    st.error("Put these right in your file, then drop it here again.")
    end_page()
months = [it.period or looked.period for it in looked.periods]
sent_for = [it for it in months if it]
beside = None
if not on_behalf:
    beside = member_data.sums_beside(database, person, asked.return_.name, member_id, sent_for)
submit.show_totals(asked.return_, looked, beside)
pressed, name, why = submit.ask_to_send(looked, person.name)
if pressed:
    try:
        with st.spinner("Checking once more, keeping the file and adding up the figures"):
            receipts = member_data.submit(
                database,
                person,
                asked.return_,
                asked.data,
                asked.file_name,
                member_id=member_id,
                by=signed(name, person.email),
                period=looked.period,
                each=looked.period is None,
                headings=choices(asked.return_, looked.mapped),
                accept_warnings=why or None,
                on_behalf=on_behalf,
            )
            sent.extend(receipts)
            submit.put_aside()
    except (NotAccepted, NotPossible) as error:
        st.error(str(error))
        end_page()
    st.rerun()
