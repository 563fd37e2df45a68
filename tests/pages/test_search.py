"""The search finds names that somebody may see, and leads to them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from anchornet import settings as settings_
from anchornet.access import MEMBER_ROLES, ROLES, Person, allowed
from anchornet.facts.build import open_network
from anchornet.store.actions import actions as actions_of
from anchornet.store.actions import close_action, record_action
from anchornet.store.database import Database, utc_now
from anchornet.ui.menu import PAGES
from anchornet.ui.search import search
from tests import canaries
from tests.canaries import CANARIES

Visit = Callable[..., AppTest]
Said = Callable[[AppTest], str]
COORDINATOR = Person("c@sample.invalid", "C", frozenset({"coordinator"}))
OWN = Person("a@sample.invalid", "A", frozenset({"member_contributor"}), "city-council")


@pytest.fixture
def canaries_database(tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "network.duckdb"
    database = open_network(replace(settings_.load(environment={}), database=path), create=True)
    canaries.build(database)
    yield database
    database.close()


def found(database: Database, person: Person, text: str) -> list[tuple[str, str]]:
    return [(result.kind, result.address) for result in search(database, person, text)]


def test_everybody_finds_their_pages_and_members_and_no_others(
    canaries_database: Database,
) -> None:
    for role in ROLES:
        for mine in CANARIES:
            holds = mine.member_id if role in MEMBER_ROLES else None
            person = Person("w@sample.invalid", "W", frozenset({role}), holds)
            for name, title, action, _ in PAGES:
                is_found = ("Page", f"/{name}") in found(canaries_database, person, title)
                assert is_found is allowed(person, action), (role, name)
            for canary in CANARIES:
                results = [*search(canaries_database, person, canary.member_id)]
                addresses = {result.address for result in results if result.kind == "Member"}
                address = f"/members?members={canary.member_id}"
                may = allowed(person, "see_member_figures", canary.member_id)
                assert (address in addresses) is may, (role, canary.member_id)
                supplier = search(canaries_database, person, canary.supplier)
                own = role == "member_contributor" and holds == canary.member_id
                assert [result.kind for result in supplier] == (["Supplier"] if own else [])


def test_an_open_action_is_found_where_one_sees_it(canaries_database: Database) -> None:
    first, second = list(CANARIES)[:2]
    for what, member_id in (
        ("Ask the zebra forum", None),
        ("Meet the zebra team", first.member_id),
    ):
        record_action(
            canaries_database,
            indicator="local_start_share",
            what=what,
            who="Employment team",
            due_on=utc_now().date(),
            by="someone@sample.invalid",
            member_id=member_id,
        )
    figure, member = "/local_hires?figure=local_start_share", f"/members?members={first.member_id}"
    seen = {
        ("coordinator", None): ["/meetings", "/meetings"],
        ("delivery_group", None): ["/meetings", "/meetings"],
        ("comms", None): [figure],
        ("member_viewer", first.member_id): [figure, member],
        ("member_contributor", second.member_id): [figure],
    }
    for (role, member_id), addresses in seen.items():
        person = Person("w@sample.invalid", "W", frozenset({role}), member_id)
        actions = [("Action", address) for address in addresses]
        assert found(canaries_database, person, "zebra") == actions, role
    closed, *_ = actions_of(canaries_database)["action_id"]
    close_action(canaries_database, int(closed), "Done.", by="someone@sample.invalid")
    assert len(found(canaries_database, COORDINATOR, "zebra")) == 1


def test_titles_come_before_words_and_each_word_counts(open_sample: Database) -> None:
    titles = [result.title for result in search(open_sample, COORDINATOR, "RETENTION")]
    assert titles[0] == "Retention"
    assert set(titles[1:4]) == {
        "Retention after 3 months (13 weeks)",
        "Retention after 6 months (26 weeks)",
        "Retention after 12 months (52 weeks)",
    }
    first, *_ = search(open_sample, COORDINATOR, "weeks 12 retention")
    assert first.address == "/retention?figure=retention_52_weeks"
    assert search(open_sample, COORDINATOR, "zebra") == []


def test_the_box_shows_what_is_found_until_another_page_is_opened(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    app = visit("spend", OWN)
    assert "an-results" not in said(app)
    app.text_input(key="search_text").set_value("city council").run()
    assert 'href="/members?members=city-council"' in said(app)
    app.text_input(key="search_text").set_value("zebra").run()
    assert "Nothing found" in said(app)
    app.switch_page("../../pages/retention.py").run()
    assert app.text_input(key="search_text").value == ""
    assert "an-results" not in said(app)


def test_a_link_leads_to_its_figure_and_back(looked_at: Path, visit: Visit, said: Said) -> None:
    app = visit("retention", COORDINATOR)
    assert "an-crumbs" not in said(app)
    app.query_params["figure"] = "retention_52_weeks"
    app.query_params["from"] = "overview"
    app.run()
    words = said(app)
    assert '<h2 class="an-h2">Retention after 12 months (52 weeks)</h2>' in words
    assert 'href="/overview" target="_self">Overview</a>' in words
    # A figure of another return, a page that somebody may not see.
    app.query_params["figure"], app.query_params["from"] = "spend", "people"
    app.session_state["person"] = OWN
    words = said(app.run())
    assert '<h2 class="an-h2">Retention after 6 months (26 weeks)</h2>' in words
    assert "an-crumbs" not in words
