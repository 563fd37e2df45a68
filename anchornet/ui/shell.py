"""The shell: every request runs it first. Signs people in, then shows them their pages."""

import logging
import secrets
from collections.abc import Mapping
from functools import cache
from typing import Literal
from urllib.parse import quote, urlsplit

import streamlit as st

from anchornet import formatting
from anchornet.access import (
    MEMBER_ROLES,
    ROLES,
    WORK,
    NotAllowed,
    Person,
    allowed,
    sample_people,
)
from anchornet.narrative.definitions import ATTRIBUTION
from anchornet.server import metrics, script
from anchornet.server.identity import has_provider
from anchornet.server.networks import Network, network
from anchornet.settings import Settings, SettingsError
from anchornet.store.authentication import FIRST_LINK_HOURS, lacks_people
from anchornet.store.backup_schedule import problem
from anchornet.store.database import NEARLY_FULL, Database, StoreError
from anchornet.store.network import is_sample
from anchornet.ui import links, queries, search
from anchornet.ui.components import html
from anchornet.ui.filter_bar import restore
from anchornet.ui.layout import answer, note, plain
from anchornet.ui.menu import HELP, LOOK, PAGES, TITLES, entry, pages
from anchornet.ui.session import (
    PAGE,
    PageEnds,
    act_for,
    refused,
    sign_in,
    sign_out,
    signed_in,
)

log = logging.getLogger("anchornet")
# Ours, which the policy of app.py lets run: for links within the app and the keyboard.
SCRIPT = f'<script src="{script.PATH}"></script>'


def main() -> None:
    st.set_page_config(page_title="Anchor network", page_icon="⚓", layout="wide")
    st.html(LOOK)
    st.html(SCRIPT, unsafe_allow_javascript=True)
    try:
        _show(network())
    except PageEnds:
        pass
    except NotAllowed as why:
        st.error(str(why))
    except (SettingsError, StoreError) as error:
        st.error(str(error))
    except Exception:
        reference = secrets.token_hex(4)
        log.exception("Reference %s", reference)
        metrics.FAILURES.labels("page").inc()
        st.error(
            f"Something went wrong on our side. Nothing was saved in part. Reference {reference}. "
            "Try again; if it comes back, send the reference to whoever runs this network."
        )
    st.html(f'<div class="an-foot">{ATTRIBUTION}</div>')


def _show(opened: Network) -> None:
    person = signed_in()
    visible = frozenset(name for name, _, action, _ in PAGES if person and allowed(person, action))
    # Who sends returns starts with what they have still to send.
    first = next(
        (name for name in ("my_returns", "overview", "needs") if name in visible), "overview"
    )
    restore()
    page = st.navigation(pages(visible, first), position="top" if person else "hidden")
    title = page.title if person else "Sign in"
    st.set_page_config(page_title=f"{title}: {opened.settings.network_name}")
    sample = is_sample(opened.database)
    if person is None:
        _sign_in(opened, sample)
    else:
        # The page that somebody starts with has the address "/" too.
        name = page.url_path or first
        st.session_state[PAGE] = name
        _masthead(opened.settings, person, sample, name)
        if name in visible:
            st.html(html("marked", name, entry(visible, name)))
        came_from = st.query_params.get("from", name)
        if came_from in visible and came_from != name:
            st.html(html("crumbs", TITLES[name], TITLES[came_from], links.address(came_from)))
        if opened.database.is_nearly_full():
            st.warning(_how_full(opened.database, person))
        if allowed(person, "keep_people") and (wrong := problem(opened.database)):
            st.warning(f"{plain(wrong)} Tell whoever runs the machine.")
        with metrics.page_run(name):
            page.run()


def _masthead(settings: Settings, person: Person, sample: bool, name: str) -> None:
    """Whose network this is, help for the page, and who is there."""
    with st.container(key="masthead", horizontal=True, vertical_alignment="center"):
        st.html(_brand(settings, sample))
        search.box(network().database, person, f"{name} {sorted(st.query_params.items())}")
        with st.popover("Help", type="tertiary", icon=":material/help:"):
            st.write(f"**{TITLES[name]}**")
            st.write(HELP[name])
            st.caption("For anything else, ask your network's coordinator.")
        with st.popover(plain(person.name), type="tertiary", icon=":material/person:"):
            names = queries.member_names(network().database)
            st.write(f"**{plain(person.name)}**")
            st.caption(plain(person.email))
            st.write(plain(_roles(person, names)))
            if person.others:
                act_for(person, names)
            if not sample:
                st.html(html("account_link"))
            st.button("Sign out", on_click=sign_out)


@cache
def _brand(settings: Settings, sample: bool) -> str:
    return html("masthead", settings.network_name, settings.logo.address, settings.colour, sample)


def _roles(person: Person, names: Mapping[str, str]) -> str:
    """`Contributor, Example Council`; those in the network have no member."""
    own = [role for role in MEMBER_ROLES if role in person.roles]
    words = [ROLES[role] for role in ROLES if role in person.roles and role not in own]
    if own and person.member_id:
        member = names.get(person.member_id, person.member_id)
        words.append(f"{formatting.listed([ROLES[role] for role in own])}, {member}")
    return "; ".join(words)


def _how_full(database: Database, person: Person) -> str:
    if not allowed(person, "keep_people"):
        return NEARLY_FULL
    left = database.free_space() // 1_000_000
    return f"{NEARLY_FULL} {left:,} MB are left: ask whoever runs the machine to make room."


def _sign_in(opened: Network, sample: bool) -> None:
    if not sample:
        _ask_to_sign_in(opened.settings.network_name)
        return
    st.html(html("who_to_be", opened.settings.network_name))
    members = queries.sample_members(opened.database)
    chosen = []
    if members:
        member_id = st.selectbox(
            f"Member (one of {formatting.count(len(members))})",
            list(members),
            format_func=members.__getitem__,
        )
        chosen.append((member_id, members[member_id]))
    for number, person in enumerate(sample_people(chosen)):
        button, about = st.columns([2, 5], vertical_alignment="center")
        with about:
            note(WORK[next(iter(person.roles))])
        kind: Literal["primary", "secondary"] = "secondary" if number else "primary"
        if button.button(plain(person.name), key=f"sign_in_{number}", type=kind, width="stretch"):
            sign_in(person)
            st.rerun()


def _ask_to_sign_in(name: str) -> None:
    if lacks_people(network().database):
        answer(
            "Nobody can sign in to this network yet.",
            "Whoever started the app finds a link there that sets the network up. It works once, "
            f"for {FIRST_LINK_HOURS} hours; starting the app again makes a new one.",
        )
        return
    why = refused() if has_provider() else ""
    answer(name, "" if why else "For people in the network.")
    if not has_provider():
        here = quote(urlsplit(st.context.url or "/")._replace(scheme="", netloc="").geturl())
        st.html(html("sign_in_link", f"/sign-in?next={here}"))
    elif why:
        st.warning(plain(why))
        st.button("Sign in as someone else", on_click=sign_out)
    else:
        st.button("Sign in", type="primary", on_click=st.login)


if __name__ == "__main__":
    main()
