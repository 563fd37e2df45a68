"""Tokens for programs: the list, a form for a new one, which is shown once, and revoking."""

from collections.abc import Callable, Sequence

import streamlit as st

from anchornet import formatting
from anchornet.access import ROLES
from anchornet.exports.api import PATH
from anchornet.store.api_tokens import ApiToken
from anchornet.store.network import NotPossible
from anchornet.ui import layout
from anchornet.ui.forms import confirmed, do

DAYS = {30: "30 days", 90: "90 days", 365: "A year"}


def show_tokens(
    held: Sequence[ApiToken],
    roles: Sequence[str],
    make: Callable[[str, str, int], str],
    revoke: Callable[[str], None],
) -> None:
    """`make` is given a name, a role and for how many days; `revoke` the token's ID."""
    st.write(
        "A program, such as a finance system or Excel, reads figures and sends returns at "
        f"`{PATH}` with a token. It sees and does what its role may, and leaves the same record."
    )
    rows = [
        [
            one.name,
            one.token_id,
            ROLES[one.role],
            one.made_by,
            formatting.day(one.ends_at),
        ]
        for one in held
    ]
    layout.table(["Used by", "ID", "Role", "Made by", "Works until"], rows, ())
    with st.form("token_form", border=False):
        name = st.text_input("Used by", placeholder="Finance system")
        role = st.selectbox("Role", roles, format_func=ROLES.__getitem__)
        days = st.selectbox("Works for", list(DAYS), format_func=DAYS.__getitem__)
        if st.form_submit_button("Create token"):
            try:
                secret = make(name, role, days)
            except NotPossible as why:
                st.error(layout.plain(str(why)))
            else:
                st.write("Copy it now: it is shown this once.")
                st.code(secret, language=None)
    names = {one.token_id: f"{one.name}, {one.token_id}" for one in held}
    if not names:
        return
    chosen = st.selectbox(
        "Token",
        list(names),
        index=None,
        format_func=names.__getitem__,
        placeholder="Choose one to revoke",
        key="token_which",
    )
    if chosen and confirmed(
        "Revoke",
        "The program that uses it is refused from its next request on.",
        "Revoke token",
        "token_revoke",
    ):
        do(f"The token {chosen} no longer works.", revoke, chosen)
