"""What a page shows when there is nothing to show yet."""

import streamlit as st

from anchornet.access import Person, allowed
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
    else:
        st.write("Members' contributors send returns on the page *Submit a return*.")
