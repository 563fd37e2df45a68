"""The open network and the person who is signed in: what every page asks for first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import streamlit as st

from anchornet.access import Person, allowed, person_of
from anchornet.server.identity import (
    COOKIE,
    account_of,
    browser_of,
    doubt,
    has_ended,
    has_provider,
    mark_of,
    vouched_for,
)
from anchornet.server.networks import asking, host, network
from anchornet.store import audit, authentication
from anchornet.store.network import is_sample
from anchornet.store.people import account
from anchornet.ui.layout import answer

PAGE = "page"  # in the session: the page that this run shows
HERE = "here"  # in the session: who was there when this run began
NOTED = "noted"  # in the session: that the sign-in with the provider was kept in the record


# In a sample network, where nobody signs in: who each browser is at a network's host, so that a
# reload asks nothing.
_chosen: dict[tuple[str, str], Person] = {}
MOST = 1000


class PageEnds(Exception):
    """A page has said what it can; unlike after st.stop, the shell still draws the foot."""


def end_page() -> NoReturn:
    raise PageEnds


def sign_in(person: Person) -> None:
    """Make this the session's person. Sample people are for sample networks only."""
    if not is_sample(network().database):
        raise PermissionError("Sample people may sign in to a sample network only.")
    st.session_state["person"] = person
    if browser := browser_of(st.context.cookies):
        _chosen[host(), browser] = person
        while len(_chosen) > MOST:
            del _chosen[next(iter(_chosen))]


def sign_out() -> None:
    """Ends the sign-in, whichever way it was made; the session forgets everything."""
    database = network().database
    if has_provider():
        if email := vouched_for(st.user):
            authentication.end_provider(database, email, mark_of(st.user))
        st.logout()
    authentication.sign_out(database, _cookie())
    _chosen.pop((host(), browser_of(st.context.cookies)), None)
    st.session_state.clear()


def signed_in() -> Person | None:
    """Who is there, asked at every run: a sample network's invented person, else whoever the
    provider vouches for or whose sign-in the browser holds, if the coordinator has them recorded.
    """
    st.session_state[HERE] = person = _who_is_there()
    return person


def _who_is_there() -> Person | None:
    database = network().database
    sample = st.session_state.get("person")
    if sample is None and is_sample(database):
        sample = _chosen.get((host(), browser_of(st.context.cookies)))
    if isinstance(sample, Person):
        st.session_state["person"] = sample
        return sample if is_sample(database) else None
    recorded = account_of(st.user, _cookie())
    if recorded and has_provider() and not st.session_state.get(NOTED):
        authentication.note_provider(database, recorded.email, mark_of(st.user))
        st.session_state[NOTED] = True
    return person_of(recorded, st.session_state.get("acting_for")) if recorded else None


def _cookie() -> str:
    held = st.context.cookies.get(COOKIE)
    return held if isinstance(held, str) else ""


def refused() -> str:
    """Why somebody whom the provider let in is let in no further; empty where nobody is there."""
    if not st.user.is_logged_in:
        return ""
    email = str(st.user.email)
    why = doubt(st.user)
    if not why and account(network().database, email) and has_ended(st.user):
        why = "You signed out. Please sign in again."
    why = why or f"Nobody in this network has the address {email}. Ask the coordinator to add you."
    if st.session_state.get("refused") != why:
        st.session_state["refused"] = why
        audit.note(network().database, email, "was refused", why)
    return why


def download(
    label: str,
    make: Callable[[], bytes],
    file_name: str,
    mime: str = "text/csv",
    icon: str = ":material/download:",
    about: str = "",
    **look: Any,
) -> None:
    """A button for a file that is made when it is asked for, if whoever asks is still there then:
    a page can stay open for long. That it was downloaded is kept in the record, by `about` or the
    file's name; not by a name that a member gave, which is its own."""
    person, database, cookie = st.session_state.get(HERE), network().database, _cookie()
    asked = host()

    def give() -> bytes:
        with asking(asked):
            if person is None or not _still_there(person, cookie):
                raise PermissionError("You are no longer signed in. Sign in to get this file.")
            audit.note(database, person.email, "downloaded", about or file_name, person.member_id)
            return make()

    st.download_button(
        label, give, file_name=file_name, mime=mime, icon=icon, on_click="ignore", **look
    )


def _still_there(person: Person, cookie: str) -> bool:
    database = network().database
    if is_sample(database):
        return True
    recorded = account(database, person.email)
    signed_out = not has_provider() and authentication.signed_in(database, cookie) is None
    if recorded is None or signed_out:
        return False
    return person.roles <= person_of(recorded, person.member_id).roles


def act_for(person: Person, names: Mapping[str, str]) -> None:
    """Lets a person of several members say for which of them they act."""
    members = sorted([person.member_id or "", *person.others], key=lambda it: names.get(it, it))
    st.selectbox(
        "You act for",
        members,
        index=members.index(person.member_id or ""),
        format_func=lambda it: names.get(it, it),
        key="acting_for",
    )


def present() -> Person | None:
    """Who was there when this run began: the shell has asked."""
    person = st.session_state.get(HERE)
    return person if isinstance(person, Person) else None


def require(action: str) -> Person:
    """The signed-in person, if this page is for them; otherwise a sentence, and the page ends."""
    person = present()
    if person is None:
        answer("Sign in to see this page.")
        end_page()
    if not allowed(person, action):
        _keep_refusal(person, action)
        answer(REFUSALS[action])
        end_page()
    return person


def _keep_refusal(person: Person, action: str) -> None:
    """Keeps that a page was refused, once for somebody who stays on it."""
    if st.session_state.get("refused_page") != action:
        st.session_state["refused_page"] = action
        audit.note(
            network().database,
            person.email,
            "was refused a page",
            action,
            person.member_id,
        )


@dataclass(frozen=True)
class Sender:
    """Who sends, for which member, and whether that is on its behalf."""

    person: Person
    member_id: str
    on_behalf: bool = False


def sender() -> Sender:
    """The signed-in person and the member they send for: on its behalf it is a coordinator who
    follows a link of the returns board, which names the member."""
    person, member_id = present(), st.query_params.get("member")
    if person and member_id and allowed(person, "send_on_behalf", member_id):
        return Sender(person, member_id, not allowed(person, "send_return", member_id))
    person = require("send_return")
    return Sender(person, person.member_id or "")


# What is said to whom a page is not for, by the action that the page is for.
REFUSALS = {
    "see_network_figures": "This page is for people in the network.",
    "see_member_figures": (
        "This page is for a member's own people, the delivery group and the coordinator."
    ),
    "see_needs": "This page is for the network and voluntary sector infrastructure organisations.",
    "send_return": (
        "Returns are sent by a member's contributors, each for their own member. "
        "Ask your coordinator to make you one."
    ),
    "prepare_return": "Lists are turned into returns by a member's contributors.",
    "see_templates": "This page is for those who fill in returns.",
    "manage_returns": "The returns board is for the coordinator of the network.",
    "record_action": "Actions are for the delivery group and the coordinator.",
    "share_figures": (
        "Charts are shared by communications, the delivery group and the coordinator."
    ),
    "write_stories": (
        "Stories are written by members' contributors, communications and the coordinator."
    ),
    "set_targets": "Targets are set by the coordinator of the network.",
    "keep_network": "Only the network's coordinator changes what it decides for itself.",
    "keep_people": "Only the network's coordinator says who may sign in.",
    "add_organisations": (
        "Organisations are added by members' contributors and by the coordinator. "
        "Ask your coordinator to make you a contributor."
    ),
}
