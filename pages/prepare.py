"""Prepare a return: a list of people in, the return of groups out, and nothing kept."""

import streamlit as st

from anchornet.access import allowed
from anchornet.places.preparing import prepare
from anchornet.returns.mapping import MappingError
from anchornet.returns.reading import Refused
from anchornet.ui import layout, preparing
from anchornet.ui.session import end_page, network, require

person = require("prepare_return")
layout.answer(
    "A list of people goes in, the return of groups comes out, and nothing of the list is kept.",
    "It is read in memory, never written to a disk, a database or a log, and let go of as soon as "
    "the return is made. Home postcodes become area codes, dates of birth become age bands; names "
    "and other columns go no further.",
)

made = st.session_state.get(preparing.MADE)
if made:
    preparing.show_result(made)
    preparing.show_findings(made)
    layout.heading("Next", "Look through the file you downloaded, then send it like any other.")
    if allowed(person, "send_return"):
        st.page_link("../../pages/submit.py", label="Submit a return", icon=":material/send:")
    if st.button("Prepare another"):
        del st.session_state[preparing.MADE]
        st.rerun()
    end_page()

dropped = preparing.choose_list()
if dropped is None:
    end_page()
try:
    columns = preparing.choose_columns(dropped)
    if columns is None:
        end_page()
    made = prepare(
        network().settings, dropped.return_, dropped.data, period=dropped.period, headings=columns
    )
except (Refused, MappingError) as error:
    st.error(str(error))
    end_page()
if made.stopped:
    preparing.show_findings(made)
    end_page()
preparing.keep(made)
st.rerun()
