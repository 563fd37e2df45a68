"""The pages, who sees each, and the look: made once, because the shell runs for every click."""

from copy import copy
from functools import cache
from pathlib import Path

import streamlit as st

LOOK = f"<style>{Path(__file__).with_name('look.css').read_text(encoding='utf-8')}</style>"
# File, title, and the action of access.py that it is for.
PAGES = (
    ("my_returns", "My returns", "send_return"),
    ("overview", "Overview", "see_network_figures"),
    ("submit", "Submit a return", "send_return"),
    ("backlog", "Backlog", "send_return"),
    ("returns_board", "Returns board", "manage_returns"),
    ("living_wage", "Living wage", "see_network_figures"),
    ("local_hires", "Local hires", "see_network_figures"),
    ("retention", "Retention", "see_network_figures"),
    ("spend", "Spend", "see_network_figures"),
    ("members", "Members", "see_member_figures"),
    ("projector", "Projector", "see_network_figures"),
    ("definitions", "Definitions", "see_network_figures"),
    ("meetings", "Meetings", "record_action"),
    ("targets", "Targets", "set_targets"),
    ("people", "People", "keep_people"),
    ("suppliers", "Suppliers", "add_suppliers"),
    ("prepare", "Prepare a return", "prepare_return"),
    ("templates", "Templates", "see_templates"),
)


def pages(visible: frozenset[str], first: str) -> list[st.Page]:
    """The pages for somebody who sees these of them, and starts with the page `first`."""
    # Copies, because a page remembers that it ran.
    return [copy(page) for page in _made(visible, first)]


@cache
def _made(visible: frozenset[str], first: str) -> list[st.Page]:
    """Made once: each page's path is looked up on the disk."""
    listed = [
        st.Page(
            f"../../pages/{name}.py",
            title=title,
            url_path=name,
            visibility="visible" if name in visible else "hidden",
        )
        for name, title, _ in PAGES
    ]
    # Streamlit knows its default page by no other address than "/". So what one starts with stands
    # twice: each page keeps its own address, and a link to it is good for everybody.
    start = st.Page(
        f"../../pages/{first}.py", title="Start", url_path="start", default=True,
        visibility="hidden",
    )  # fmt: skip
    return [*listed, start]
