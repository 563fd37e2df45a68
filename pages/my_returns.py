"""My returns: what have we still to send, and what became of what we sent?"""

import streamlit as st

from anchornet import member_data
from anchornet.narrative import returns_status
from anchornet.server.identity import has_provider
from anchornet.server.networks import network
from anchornet.store.database import utc_now
from anchornet.store.network import due_dates
from anchornet.ui import layout, queries
from anchornet.ui.forms import show_done
from anchornet.ui.my_returns import month_picker, show_leave, show_questions, show_return
from anchornet.ui.people import show_member_people, show_member_tokens
from anchornet.ui.session import require

person = require("send_return")
database = network().database
member_id = person.member_id or ""
member = queries.member_names(database).get(member_id, member_id)
today = utc_now().date()

sentence, picker = st.columns([5, 1])
with picker:
    period = month_picker(queries.recent_months(), queries.last_ended_month())
dates = due_dates(database, period)
returns = member_data.returns(database, person, member_id, period)
sent = member_data.history(database, person, member_id, period=period)
owed = list(returns.loc[returns["state"].isin(returns_status.OWED), "return_name"])
with sentence:
    layout.answer(
        returns_status.owed(member, owed, period, dates.due_on, today),
        returns_status.three_dates(dates, today),
    )
show_done()
show_questions(database, person, member_id)

for _, status in returns.iterrows():
    show_return(
        database,
        person,
        status,
        sent[sent["return_name"] == status["return_name"]],
        member_id=member_id,
        period=period,
        due_on=dates.due_on,
        today=today,
    )
show_leave(database, person, member_id)
names = queries.member_names(database)
show_member_people(database, person, member_id, names, links=not has_provider())
show_member_tokens(database, person, member_id)
st.page_link(
    "../../pages/backlog.py", label="Send many files at once", icon=":material/library_add:"
)
