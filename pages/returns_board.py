"""Returns board: who has returned what, and what is missing?"""

import streamlit as st

from anchornet import formatting
from anchornet.narrative import page_sentences, returns_status
from anchornet.returns.declaration import RETURNS
from anchornet.server.networks import network
from anchornet.store.database import utc_now
from anchornet.store.network import due_dates, own_dates
from anchornet.store.submissions import accepted_as_they_stand
from anchornet.ui import layout, mail, queries
from anchornet.ui.forms import choose_return, show_done
from anchornet.ui.my_returns import (
    month_picker,
    months_table,
    show_period,
    show_reminders,
    show_sent,
    show_sent_back,
)
from anchornet.ui.session import require

MONTHS = 12

person = require("manage_returns")
settings, database = network().settings, network().database
today = utc_now().date()
titles = {name: return_.title for name, return_ in RETURNS.items()}

sentence, picker = st.columns([5, 1])
with picker:
    period = month_picker(queries.recent_months(), queries.last_ended_month())
dates = due_dates(database, period)
board = queries.board(database, period)
with sentence:
    layout.answer(
        returns_status.board(board, period, dates.due_on, today),
        returns_status.three_dates(dates, today),
    )
show_done()

by_month, by_return = st.tabs(["The month", "Month by month"])
with by_month:
    layout.heading("Who has returned what", page_sentences.coverage(board))
    layout.returns_table(board, returns_status.titles_on(board))
with by_return:
    name = choose_return("board_return").name
    months_table(queries.boards(database, period, MONTHS), name)

accepted = accepted_as_they_stand(database, period)
if not accepted.empty:
    layout.heading("Accepted with things to look at", "And why, in the member's words.")
    layout.table(
        ["Member", "Return", "Receipt", "Things", "Why"],
        [
            [row["member"], titles[row["return_name"]], row["receipt"], f"{row['warnings']:,}",
             row["note"] or ""]
            for _, row in accepted.iterrows()
        ],
        numbers=[3],
    )  # fmt: skip

chase = returns_status.to_chase(board)
if chase:
    layout.heading("Missing returns", mail.about_reminders(settings))
    show_reminders(database, chase, period, dates.due_on, today, person.email)
show_sent(database, person, board, titles)
show_sent_back(database, board, titles, person.email)
layout.heading(f"Open or close {formatting.month(period)}")
show_period(database, period, dates, period in own_dates(database), today, person.email)
