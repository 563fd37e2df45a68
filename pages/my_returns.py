"""My returns: what have we still to send, and what became of what we sent?"""

import streamlit as st

from anchornet import member_data
from anchornet.narrative import returns_status
from anchornet.store.database import utc_now
from anchornet.store.network import due_dates
from anchornet.ui import layout, queries
from anchornet.ui.my_returns import month_picker, show_leave, show_return
from anchornet.ui.session import network, require

person = require("send_return")
settings, database = network().settings, network().database
member_id = person.member_id or ""
member = queries.member_names(database).get(member_id, member_id)
today = utc_now().date()

said, picker = st.columns([5, 1])
with picker:
    months = queries.recent_months()
    period = month_picker(months, queries.last_ended_month())
dates = due_dates(database, period)
found = member_data.returns(database, person, member_id, period)
sent = member_data.history(database, person, member_id, period=period)
with said:
    layout.answer(
        returns_status.still_to_send(found, member, period, dates, today),
        returns_status.three_dates(dates, today),
    )

for _, row in found.iterrows():
    show_return(
        row,
        sent[sent["return_name"] == row["return_name"]],
        database,
        settings,
        member_id=member_id,
        period=period,
        dates=dates,
        today=today,
        person=person,
    )
show_leave(database, person, member_id)
st.page_link(
    "../../pages/backlog.py", label="Send many files at once", icon=":material/library_add:"
)
