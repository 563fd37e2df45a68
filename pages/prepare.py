"""Prepare a return: what members have in, the return out; and nothing of a list of people kept."""

import streamlit as st

from anchornet.intake.prepare import prepare
from anchornet.returns.columns import MappingError
from anchornet.returns.csv_reader import Refused
from anchornet.server.networks import network
from anchornet.ui import layout
from anchornet.ui import prepare as parts
from anchornet.ui import prepare_commitments as commitments
from anchornet.ui.problems import Problem, show_problems
from anchornet.ui.session import end_page, require

person = require("prepare_return")
if parts.is_of_people():
    layout.answer(
        "A list of people goes in, a return of groups comes out, and nothing of the list is kept.",
        "It is read in memory, never written to a disk, a database or a log, and forgotten as soon "
        "as the return is made. Home postcodes become area codes, dates of birth become age bands; "
        "names and other columns go no further.",
    )
else:
    layout.answer(
        "A register goes in as you publish it, and a return of promises comes out.",
        "Every line that is left out is listed with the reason. Nothing is sent until you send it.",
    )

top = st.container()
prepared = st.session_state.get(parts.PREPARED)
if prepared:
    show_problems(top, parts.problems(prepared), str(prepared.period), "list")
    parts.show_result(person, prepared)
    parts.show_findings(prepared)
    if st.button("Prepare another"):
        del st.session_state[parts.PREPARED]
        st.rerun()
    end_page()

source = parts.choose_source()
if not parts.is_of_people():
    commitments.show(person, source, top)
    end_page()
dropped = parts.choose_list(source)
if dropped is None:
    end_page()
try:
    chosen = parts.choose_columns(dropped)
    if chosen is None:
        end_page()
    columns, reading = chosen
    prepared = prepare(
        network().settings,
        dropped.return_,
        dropped.data,
        period=dropped.period,
        headings=columns,
        reading=reading,
    )
except (Refused, MappingError) as error:
    show_problems(top, [Problem("step-1", str(error))], dropped.id, "list")
    end_page()
if prepared.stopped:
    show_problems(top, parts.problems(prepared), dropped.id, "list")
    parts.show_findings(prepared)
    end_page()
parts.keep(prepared)
st.rerun()
