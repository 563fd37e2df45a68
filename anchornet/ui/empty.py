"""What a page shows when there is nothing to show yet."""

import streamlit as st

from anchornet.access import Person, allowed
from anchornet.returns.declaration import RETURNS
from anchornet.ui.forms import excel_template
from anchornet.ui.layout import answer


def no_returns_yet(person: Person) -> None:
    """A network in which nothing was sent: what will stand here, and what to do."""
    answer("No member has sent a return yet.")
    st.write(
        "Figures appear here as soon as the first return is accepted: "
        "the value, its target, and how many members it covers."
    )
    if allowed(person, "send_return", person.member_id):
        st.page_link("../../pages/submit.py", label="Send the first return", icon=":material/send:")
        st.write("No file to start from? Fill in an Excel template:")
        with st.container(horizontal=True):
            for return_ in RETURNS.values():
                excel_template(return_, return_.title)
        st.page_link("../../pages/templates.py", label="All templates, as CSV too")
    else:
        st.write("Members' contributors send returns on the page *Submit a return*.")
        if allowed(person, "keep_members"):
            page, shown = "../../pages/members.py", {"show": "list"}
            st.page_link(page, label="Add or edit members", query_params=shown)
