"""The search in the header: pages, figures, members, promises, stories, open actions and a member's
own suppliers, as far as the person may see them. It finds names, and no figure."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from anchornet import formatting
from anchornet.access import Person, allowed
from anchornet.facts.catalogue import CATALOGUE
from anchornet.store import stories as store_stories
from anchornet.store.database import Database
from anchornet.store.framework import framework
from anchornet.ui import commitments, links, queries, stories
from anchornet.ui.components import html
from anchornet.ui.menu import HELP, PAGES

FEWEST = 2  # letters that are searched for
MOST = 8  # results


@dataclass(frozen=True)
class Result:
    """What was found and what it is; `words` are searched besides the title."""

    title: str
    kind: str
    address: str
    words: str = ""


@st.fragment
def box(database: Database, person: Person, page: str) -> None:
    """The box and what it finds, below it. On another page it is empty again."""
    if st.session_state.get("searched_on") != page:
        st.session_state["searched_on"], st.session_state["search_text"] = page, ""
    with st.container(key="search_box"):
        text = st.text_input(
            "Search",
            type="search",
            placeholder="Search (press /)",
            icon=":material/search:",
            label_visibility="collapsed",
            live=True,
            key="search_text",
        )
        if len(text.strip()) >= FEWEST:
            results = search(database, person, text)
            counted = f"{formatting.count(len(results))} found" if results else "Nothing found"
            st.html(html("results", text.strip(), formatting.capital(counted), results))


def search(database: Database, person: Person, text: str) -> list[Result]:
    """What has every word of the text, those whose title begins with it first."""
    wanted = text.casefold().split()
    ranked = []
    for position, result in enumerate(_everything(database, person)):
        title = result.title.casefold()
        searched = f"{title} {result.words.casefold()}"
        if all(word in searched for word in wanted):
            in_title = all(word in title for word in wanted)
            ranked.append((not title.startswith(wanted[0]), not in_title, position, result))
    return [result for *_, result in sorted(ranked, key=lambda found: found[:3])[:MOST]]


def _everything(database: Database, person: Person) -> Iterator[Result]:
    for name, title, action, _ in PAGES:
        if allowed(person, action):
            yield Result(title, "Page", links.address(name), HELP[name])
    for member_id, (name, _) in queries.current_members(database).items():
        if allowed(person, "see_member_figures", member_id):
            yield Result(name, "Member", links.of_member(member_id))
    if allowed(person, "see_network_figures"):
        for name, indicator in CATALOGUE.items():
            if not indicator.beside:
                yield Result(indicator.title, "Figure", links.of_figure(name), indicator.definition)
        yield from _outcomes(database)
        yield from _promises(database, person)
    yield from _stories(database, person)
    yield from _actions(database, person)
    if allowed(person, "add_organisations") and person.member_id:
        yield from _suppliers(database, person, person.member_id)


def _outcomes(database: Database) -> Iterator[Result]:
    """By their names and by what can be promised towards them."""
    if shared := framework(database):
        for outcome in shared.outcomes:
            measures = " ".join(measure.title for measure in shared.measures_of(outcome.id))
            yield Result(outcome.title, "Outcome", links.of_outcome(outcome.id), measures)


def _promises(database: Database, person: Person) -> Iterator[Result]:
    """Those of which the person may know who made them, by whom, in what and of which measure."""
    for title, row, measure in commitments.named(database, person):
        to = links.of_promise(row["promise"])
        yield Result(title, "Promise", to, f"{measure} {row['own_words'] or ''}")


def _stories(database: Database, person: Person) -> Iterator[Result]:
    """Those that somebody writes, and what is public where it stands beside a figure."""
    written = stories.seen(database, person) if allowed(person, "write_stories") else []
    sees_figures = allowed(person, "see_network_figures")
    for story in written:
        to = links.address("stories", **{stories.WRITING: str(story.story_id)})
        yield Result(story.title, "Story", to, story.member)
    mine = {story.story_id for story in written}
    for story in store_stories.approved(database) if sees_figures else []:
        figure = next((name for name in story.indicators if name in CATALOGUE), None)
        if figure and story.story_id not in mine:
            yield Result(story.title, "Story", links.of_figure(figure), story.member)


def _actions(database: Database, person: Person) -> Iterator[Result]:
    """Those that are open, for who records them where that is done, for others where they are
    seen."""
    frame = queries.actions(database)
    for action in frame[frame["state"] == "open"].to_dict("records"):
        member_id = None if pd.isna(action["member_id"]) else str(action["member_id"])
        sees = "see_member_figures" if member_id else "see_network_figures"
        indicator = str(action["indicator"])
        about = CATALOGUE.get(indicator)
        if about is None or not allowed(person, sees, member_id):
            continue
        if allowed(person, "record_action"):
            to = links.address("meetings")
        else:
            to = links.of_member(member_id) if member_id else links.of_figure(indicator)
        yield Result(str(action["what"]), "Action", to, f"{about.title} {action['who']}")


def _suppliers(database: Database, person: Person, member_id: str) -> Iterator[Result]:
    """A member's own, for its own people."""
    if not allowed(person, "see_member_detail", member_id):
        return
    for ask in (queries.suppliers_to_place, queries.suppliers_placed):
        for row in ask(database, person, member_id).itertuples():
            yield Result(str(row.supplier), "Supplier", links.address("organisations"))
