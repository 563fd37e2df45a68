"""The open network and the person who is signed in: what every page asks for first."""

import gc
import threading
import time
from dataclasses import dataclass
from typing import NoReturn

import streamlit as st

from anchornet import settings as settings_file
from anchornet.access import Person, allowed
from anchornet.indicators.counting import open_network
from anchornet.settings import Settings
from anchornet.store.database import Database
from anchornet.store.network import is_sample
from anchornet.ui.layout import answer

COLLECT_EVERY = 60  # seconds


class PageEnds(Exception):
    """A page has said what it can; unlike after st.stop, the shell still draws the foot."""


def end_page() -> NoReturn:
    raise PageEnds


@dataclass(frozen=True)
class Network:
    """What the process opened once."""

    settings: Settings
    database: Database


@st.cache_resource(show_spinner=False, on_release=lambda network: network.database.close())
def network() -> Network:
    """The settings and the database, opened at the first request; SettingsError or StoreError."""
    settings = settings_file.load()
    opened = Network(settings, open_network(settings))
    _collect_garbage()
    return opened


@st.cache_resource(show_spinner=False)
def _collect_garbage() -> threading.Thread:
    # In place of a full collection after every page run, which would cost more than the page.
    def collect() -> NoReturn:
        while True:
            time.sleep(COLLECT_EVERY)
            gc.collect()

    thread = threading.Thread(target=collect, name="collect garbage", daemon=True)
    thread.start()
    return thread


def sign_in(person: Person) -> None:
    """Make this the session's person. Sample people are for sample networks only."""
    if not is_sample(network().database):
        raise PermissionError("Sample people may sign in to a sample network only.")
    st.session_state["person"] = person


def sign_out() -> None:
    st.session_state.clear()


def signed_in() -> Person | None:
    found = st.session_state.get("person")
    return found if isinstance(found, Person) else None


def require(action: str) -> Person:
    """The signed-in person, if this page is for them; otherwise a sentence, and the page ends."""
    person = signed_in()
    if person is None:
        answer("Sign in to see this page.")
        end_page()
    if not allowed(person, action):
        answer(REFUSALS[action])
        end_page()
    return person


def sender() -> tuple[Person, str, bool]:
    """The signed-in person, the member they send for, and whether that is on its behalf: a
    coordinator who follows a link of the returns board, which names the member."""
    person, member_id = signed_in(), st.query_params.get("member")
    if person and member_id and allowed(person, "send_on_behalf", member_id):
        return person, member_id, True
    person = require("send_return")
    return person, person.member_id or "", False


REFUSALS = {
    "see_network_figures": "This page is for people of the network.",
    "see_member_detail": "This page is for a member's own people.",
    "send_return": (
        "Returns are sent by a member's contributors, each for their own member. "
        "Ask your coordinator to make you one."
    ),
    "prepare_return": "Lists are turned into returns by a member's contributors.",
    "see_templates": "This page is for those who fill in returns.",
    "manage_returns": "The returns board is for the coordinator of the network.",
    "send_on_behalf": "Only the network's coordinator sends a return for a member.",
    "add_suppliers": (
        "Suppliers are added by members' contributors and by the coordinator. "
        "Ask your coordinator to make you a contributor."
    ),
}
