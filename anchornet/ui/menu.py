"""The pages, who sees each, and the look: made once, because the shell runs for every click."""

import tomllib
from collections.abc import Mapping
from copy import copy
from functools import cache
from pathlib import Path

import streamlit as st

LOOK = f"<style>{Path(__file__).with_name('style.css').read_text(encoding='utf-8')}</style>"
# What the help of each page says: what it answers, and how it is used.
HELP: Mapping[str, str] = tomllib.loads(
    Path(__file__).with_name("help.toml").read_text(encoding="utf-8")
)
# What stands in front, and the menus beside it for who sees more pages than fit beside each other.
FRONT, FIT = "", 10
# File, title, the action of access.py that it is for, and the menu; None: only links lead there.
PAGES: tuple[tuple[str, str, str, str | None], ...] = (
    ("my_returns", "My returns", "send_return", FRONT),
    ("overview", "Overview", "see_network_figures", FRONT),
    ("submit", "Submit a return", "send_return", FRONT),
    ("returns_board", "Returns board", "manage_returns", FRONT),
    ("living_wage", "Living wage", "see_network_figures", "Figures"),
    ("local_hires", "Local hires", "see_network_figures", "Figures"),
    ("retention", "Retention", "see_network_figures", "Figures"),
    ("spend", "Spend", "see_network_figures", "Figures"),
    ("commitments", "Commitments", "see_network_figures", "Figures"),
    ("members", "Members", "see_member_figures", "Figures"),
    ("framework", "Framework", "see_network_figures", "Figures"),
    ("partners", "Members and partners", "see_network_figures", "Network"),
    ("projector", "Projector", "see_network_figures", "Figures"),
    ("definitions", "Definitions", "see_network_figures", "Figures"),
    ("share", "Share a chart", "share_figures", FRONT),
    ("stories", "Stories", "write_stories", FRONT),
    ("needs", "Needs", "see_needs", "Network"),
    ("meetings", "Meetings", "record_action", FRONT),
    ("targets", "Targets", "set_targets", "Network"),
    ("people", "People", "keep_people", "Network"),
    ("network_settings", "Network settings", "keep_network", "Network"),
    ("setup", "Set up the network", "keep_network", None),
    ("backlog", "Backlog", "send_return", "Returns"),
    ("organisations", "Organisations", "add_organisations", "Returns"),
    ("prepare", "Prepare a return", "prepare_return", "Returns"),
    ("templates", "Templates", "see_templates", "Returns"),
)
TITLES: Mapping[str, str] = {name: title for name, title, *_ in PAGES}


def pages(visible: frozenset[str], first: str) -> dict[str, list[st.Page]]:
    """The pages by menu, for somebody who sees these of them and starts with the page `first`."""
    # Copies, because a page remembers that it ran.
    return {menu: [copy(page) for page in every] for menu, every in _menus(visible, first).items()}


@cache
def _menus(visible: frozenset[str], first: str) -> dict[str, list[st.Page]]:
    """Made once: each page's path is looked up on the disk."""
    menus: dict[str, list[st.Page]] = {FRONT: []}
    for name, title, _, menu in PAGES:
        page = st.Page(
            f"../../pages/{name}.py",
            title=title,
            url_path=name,
            visibility="visible" if name in visible and menu is not None else "hidden",
        )
        menu = menu if menu and name in visible and len(visible) > FIT else FRONT
        menus.setdefault(menu, []).append(page)
    # Streamlit knows its default page by no other address than "/". So what one starts with stands
    # twice: each page keeps its own address, and a link to it is good for everybody.
    start = st.Page(
        f"../../pages/{first}.py", title=TITLES[first], url_path="start", default=True,
        visibility="hidden",
    )  # fmt: skip
    menus[FRONT].append(start)
    return menus


@cache
def entry(visible: frozenset[str], name: str) -> int | None:
    """Which entry of the menu, from 1, is or holds the page; None where none does."""
    entries: list[set[str]] = []
    for menu, every in _menus(visible, name).items():
        shown = [page.url_path for page in every if page.visibility == "visible"]
        entries += [{path} for path in shown] if menu == FRONT else [set(shown)]
    return next((number for number, held in enumerate(entries, 1) if name in held), None)
