"""Parts of the pages of people and of what they did."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from anchornet import formatting
from anchornet.access import MEMBER_ROLES, ROLES
from anchornet.csv_export import csv_bytes
from anchornet.settings import Settings
from anchornet.store import authentication, people
from anchornet.store.database import Database, utc_now
from anchornet.store.people import Account, Grant
from anchornet.ui import layout
from anchornet.ui.meetings import do, key
from anchornet.ui.session import download

SHOWN = 200  # rows of the trail on screen; the download holds them all


def role(grant: Grant, names: Mapping[str, str]) -> str:
    """`Contributor of Sample College`, `Coordinator`."""
    name, member_id = grant
    return f"{ROLES[name]} of {names.get(member_id, member_id)}" if member_id else ROLES[name]


def show_people(found: Sequence[Account], names: Mapping[str, str]) -> None:
    layout.table(
        ["Name", "Address", "Roles"],
        [
            [
                it.name,
                it.email,
                ", ".join(sorted(role(grant, names) for grant in it.grants)) or "none",
            ]
            for it in found
        ],
        numbers=(),
    )


def record(database: Database, found: Sequence[Account], names: Mapping[str, str], by: str) -> None:
    """Adds somebody, or changes who is there."""
    known = {it.email: it for it in found}
    chosen = st.selectbox(
        "Who",
        list(known),
        index=None,
        format_func=lambda email: f"{known[email].name}, {email}",
        placeholder="Somebody new; or choose who is there",
        key=key("people_who"),
    )
    before = known.get(chosen or "")
    every: list[Grant] = [(name, None) for name in ROLES if name not in MEMBER_ROLES]
    every += [(name, member_id) for member_id in names for name in MEMBER_ROLES]
    with st.form(key(f"person_{chosen}"), border=False):
        email = before.email if before else st.text_input("E-mail address", key=key("people_email"))
        name = st.text_input(
            "Name", before.name if before else "", key=key(f"people_name_{chosen}")
        )
        grants = st.multiselect(
            "Roles",
            every,
            default=[it for it in every if before and it in before.grants],
            format_func=lambda it: role(it, names),
            key=key(f"people_roles_{chosen}"),
        )
        if st.form_submit_button("Keep this person", type="primary"):
            said = f"{name} is recorded."
            do(said, people.record_person, database, email, name, grants, by=by)


def let_in(database: Database, found: Sequence[Account], by: str, *, links: bool) -> None:
    """A link for somebody, or the end of their access. Nobody takes themselves away."""
    known = {it.email: it for it in found}
    email = st.selectbox(
        "Who",
        list(known),
        index=None,
        format_func=lambda it: f"{known[it].name}, {it}",
        key=key("people_access"),
    )
    if not email:
        return
    with st.container(horizontal=True):
        if links and st.button("Make a link to sign in", key="people_link"):
            token = authentication.make_link(database, email, by=by)
            st.session_state["people_made"] = (email, token)
        if email != by and st.button("Take away", key="people_remove"):
            said = f"{known[email].name} can no longer sign in."
            do(said, people.remove_person, database, email, by=by)
    made = st.session_state.pop("people_made", None)
    if made and made[0] == email:
        minutes = database.settings.link_minutes
        st.write(f"Send this to {known[email].name}. It works once, for {minutes} minutes.")
        st.code(f"{_here()}/sign-in/{made[1]}", language=None)


def _here() -> str:
    url = st.context.url
    return "/".join(url.split("/")[:3]) if isinstance(url, str) else ""


def show_trail(trail: pd.DataFrame, names: Mapping[str, str], settings: Settings) -> None:
    """What people did, the newest first, as far back as the network keeps it."""
    who = st.selectbox(
        "Who", sorted(set(trail["who"].dropna())), index=None, placeholder="Everybody",
        key="trail_who",
    )  # fmt: skip
    what = st.selectbox(
        "What", sorted(set(trail["did"])), index=None, placeholder="Everything", key="trail_did"
    )
    found = trail[(trail["who"] == who) | (who is None)]
    found = found[(found["did"] == what) | (what is None)]
    layout.table(
        ["When (UTC)", "Who", "Did", "About", "Member"],
        [
            [
                formatting.moment(row["happened_at"]),
                row["who"] or "–",
                row["did"],
                row["about"] or "",
                names.get(row["member_id"], "") if isinstance(row["member_id"], str) else "",
            ]
            for _, row in found.head(SHOWN).iterrows()
        ],
        numbers=(),
    )
    st.html(
        f'<p class="an-note">{min(len(found), SHOWN):,} of {len(found):,} shown. Sign-ins, '
        f"refusals and downloads are kept for {settings.audit_days:,} days.</p>"
    )
    download(
        "All of it as CSV",
        lambda: csv_bytes(found),
        file_name=f"record {utc_now():%Y-%m-%d}.csv",
    )
