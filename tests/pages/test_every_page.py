"""Every page as everybody, and what each says when there is little or nothing to say."""

import json
import logging
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from anchornet.access import Person, allowed, sample_people
from anchornet.charts import breakdowns, trend
from anchornet.facts.build import add_member, open_network
from anchornet.returns.declaration import RETURNS
from anchornet.settings import Settings
from anchornet.store.database import Database
from anchornet.store.network import mark_sample
from anchornet.store.people import record_person
from tests.pages.conftest import Serve

Visit = Callable[..., AppTest]
Said = Callable[[AppTest], str]
Small = Callable[[str, str, str, str], None]

PEOPLE = [
    person
    for person in sample_people(
        [("city-council", "Sample City Council"), ("university", "Sample Uni")]
    )
    if allowed(person, "see_network_figures")
]
SUBJECTS = ("living_wage", "local_hires", "retention", "spend", "members")
COUNCIL = PEOPLE[0]
COORDINATOR = PEOPLE[-1]
SPEND = """
    supplier_name,supplier_postcode,paid_on,amount_gbp,category
    Sample Joinery Ltd,M2 5DB,2026-09-02,1000.50,Repairs
    Sample Paper Ltd,LS1 1UR,2026-09-20,499.50,Paper
"""


def test_everybody_sees_overview_and_spend_labelled_as_sample(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    shared = json.dumps([trend.LINES, breakdowns.RING_SHARES, breakdowns.RANKS])
    for person in PEOPLE:
        for page, answer in (("overview", "September 2026"), ("spend", "The network spent £")):
            app = visit(page, person)
            assert not app.error, (page, person)
            words = said(app)
            assert "Sample data" in words
            assert re.search(rf'<h1 class="an-answer">[^<]*{answer}', words)
            assert "Open Government Licence" in words
    # What is made once for everybody is as it was made.
    assert json.dumps([trend.LINES, breakdowns.RING_SHARES, breakdowns.RANKS]) == shared


def test_no_table_stands_twice_on_a_page(looked_at: Path, visit: Visit, said: Said) -> None:
    for page in (
        "overview",
        *SUBJECTS,
        "commitments",
        "framework",
        "meetings",
        "needs",
        "partners",
    ):
        tables = re.findall("<table.*?</table>", said(visit(page, COORDINATOR)), re.DOTALL)
        assert [*Counter(tables).values()] == [1] * len({*tables}), page


def test_only_a_contributor_is_asked_for_a_file(looked_at: Path, visit: Visit, said: Said) -> None:
    for person in PEOPLE:
        app = visit("submit", person)
        assert not app.error
        assert bool(app.file_uploader) == ("member_contributor" in person.roles)
        if not app.file_uploader:
            assert "Returns are sent by a member" in said(app)
        assert "Open Government Licence" in said(app)


@pytest.mark.parametrize("page", ["overview", *SUBJECTS, "definitions", "submit", "organisations"])
def test_nobody_sees_a_page_before_signing_in(
    looked_at: Path, visit: Visit, said: Said, page: str
) -> None:
    app = visit(page)
    assert "who would you like to be?" in said(app)
    assert "£" not in said(app)
    assert len(app.button) == len(sample_people([("one", "One member")]))
    assert not app.file_uploader


def test_the_people_of_every_member_of_a_sample_network_can_be_tried(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    app = visit("overview")
    (member,) = app.selectbox
    assert len(member.options) == 12
    assert member.value == "city-council"
    member.select("Sample College").run()
    viewer = next(button for button in app.button if button.label == "Viewer, Sample College")
    viewer.click().run()
    assert app.session_state["person"].member_id == "college"
    assert "Who would you like" not in said(app)


def test_signing_in_shows_the_page_and_signing_out_hides_it(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    app = visit("spend")
    app.button(key="sign_in_0").click().run()
    assert "Contributor, Sample City Council" in app.session_state["person"].name
    assert "spent £" in said(app)
    next(button for button in app.button if button.label == "Sign out").click().run()
    assert "who would you like to be?" in said(app)


def test_sample_people_are_refused_outside_a_sample_network(
    serve: Serve, settings: Settings, database: Database, visit: Visit, said: Said
) -> None:
    add_member(database, "council", "The Council", "council")
    record_person(database, "a@example.org", "A", {("coordinator", None)}, by="command line")
    database.close()
    serve(settings)
    app = visit("overview")
    assert not app.button
    assert 'href="/sign-in?next=' in said(app)
    assert "Sample data" not in said(app)


@pytest.mark.parametrize("page", ["overview", *SUBJECTS])
def test_an_empty_network_says_what_will_stand_here(
    small: Small, visit: Visit, said: Said, page: str
) -> None:
    contributor = Person("a@sample.invalid", "A", frozenset({"member_contributor"}), "council")
    app = visit(page, contributor)
    assert "No member has sent a return yet." in said(app)
    titles = [return_.title for return_ in RETURNS.values()]
    assert [button.label for button in app.download_button] == titles
    assert not app.error


@pytest.mark.parametrize("page", ["overview", *SUBJECTS, "definitions", "submit", "organisations"])
def test_a_network_without_members_breaks_no_page(
    serve: Serve,
    settings: Settings,
    database: Database,
    visit: Visit,
    page: str,
) -> None:
    mark_sample(database)
    database.close()
    serve(settings)
    app = visit(page, COORDINATOR)
    assert not app.error


def test_the_first_return_of_one_member_is_shown_with_its_coverage(
    small: Small, visit: Visit, said: Said
) -> None:
    small("council", "spend", "2026-09", SPEND)
    words = said(visit("overview", COORDINATOR))
    assert "£1.50k" in words
    assert "Sep 26 · 1 of 2 members" in words
    assert "There are no figures" not in words
    words = said(visit("spend", COORDINATOR))
    # £1,000.50 of £1,500.00 in Manchester, the rest in Leeds.
    so_far = "The network, 1 of 2 members so far, spent £1.50k with suppliers in September 2026"
    assert f"{so_far}: 67% in Manchester" in words
    assert "33% further away" in words


def test_small_numbers_of_people_are_hidden_on_every_page_of_the_network(
    small: Small, visit: Visit, said: Said
) -> None:
    small(
        "council",
        "local_hires",
        "2026-09",
        """
        home_area,pathway,starts
        E05011366,standard,5
        """,
    )
    own = Person("a@sample.invalid", "A", frozenset({"member_viewer"}), "council")
    for person in (COORDINATOR, own):
        words = said(visit("overview", person))
        starts = re.search(r">Starts</a></div>.*?an-value\">(.*?) <small>people", words, re.S)
        assert starts is not None
        assert starts[1] == "*"


def test_suppliers_are_named_only_to_the_members_own_people(small: Small, visit: Visit) -> None:
    small("council", "spend", "2026-09", SPEND)

    def charts(app: AppTest) -> str:
        return str([chart.proto for chart in app.get("vega_lite_chart")])

    own = Person("a@sample.invalid", "A", frozenset({"member_viewer"}), "council")
    other = Person("b@sample.invalid", "B", frozenset({"member_viewer"}), "hospital")
    app = visit("spend", own)
    assert "Sample Joinery" not in charts(app)
    app.selectbox(key="filter_members").set_value("council").run()
    assert "Sample Joinery" in charts(app)
    for stranger in (other, COORDINATOR):
        app = visit("spend", stranger)
        assert "Sample Joinery" not in charts(app)
    app = visit("spend", other)
    app.selectbox(key="filter_members").set_value("hospital").run()
    assert not app.error
    assert "Sample Joinery" not in charts(app)


def test_a_fault_of_ours_shows_a_reference_and_no_traceback(
    sample: Path,
    visit: Visit,
    opened: Callable[[], Database],
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = visit("overview", COORDINATOR)
    with opened().writing() as cursor:
        cursor.execute("drop table spend_facts")
    with caplog.at_level(logging.ERROR, "anchornet"):
        app.run()
    assert not app.exception
    (error,) = app.error
    reference = re.search(r"Reference ([0-9a-f]{8})\.", error.value)
    assert reference is not None
    assert "spend_facts" not in error.value
    assert reference[1] in caplog.text
    assert duckdb.CatalogException.__name__ in caplog.text


@pytest.mark.of_a_file
def test_a_missing_database_is_said_in_a_sentence(
    serve: Serve, settings: Settings, visit: Visit, said: Said
) -> None:
    serve(settings)
    app = visit("overview")
    (error,) = app.error
    assert error.value.startswith("There is no database at ")


def test_a_wrong_setting_is_said_in_a_sentence(
    sample: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANCHORNET_DUE_DAYS", "soon")
    (error,) = visit("overview").error
    assert error.value.startswith("ANCHORNET_DUE_DAYS should be a whole number")


def test_a_members_own_page_of_spend_states_that_members_spend(
    small: Small, visit: Visit, said: Said
) -> None:
    small("council", "spend", "2026-09", SPEND)
    small(
        "hospital",
        "spend",
        "2026-09",
        """
        supplier_name,supplier_postcode,paid_on,amount_gbp
        Sample Linen Ltd,M2 5DB,2026-09-02,8500.00
        """,
    )
    own = Person("a@sample.invalid", "A", frozenset({"member_viewer"}), "council")
    app = visit("spend", own)
    assert "The network spent £10.0k" in said(app)
    app.selectbox(key="filter_members").set_value("council").run()
    assert "Sample council spent £1.50k" in said(app)


@pytest.mark.of_a_file
def test_a_file_is_the_apps_alone_while_it_has_it_open(
    small: Small, visit: Visit, settings: Settings
) -> None:
    small("council", "spend", "2026-09", SPEND)
    visit("spend")
    with pytest.raises(Exception, match="already open in this process"):
        open_network(settings)


def test_the_chosen_month_is_kept_from_page_to_page(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    app = visit("overview", COORDINATOR)
    (month,) = (box for box in app.selectbox if box.label == "Month")
    month.set_value("2024-10").run()
    assert "for October 2024" in said(app)
    app.switch_page("../../pages/spend.py").run()
    assert "with suppliers in October 2024" in said(app)


def test_a_members_name_is_text_wherever_it_stands(
    serve: Serve, settings: Settings, database: Database, visit: Visit, said: Said
) -> None:
    odd = "Sample *Odd* [x](http://e.example) <b>&</b> Sons"
    mark_sample(database)
    add_member(database, "odd", odd, "council")
    database.close()
    serve(settings)
    app = visit("overview")
    assert "\\[x\\]\\(http\u2060\\:" in app.button(key="sign_in_0").label
    app.button(key="sign_in_0").click().run()
    app.switch_page("../../pages/submit.py").run()
    assert "Sample *Odd* [x](http://e.example) &lt;b&gt;&amp;&lt;/b&gt; Sons has" in said(app)


def test_what_has_no_rows_is_left_out() -> None:
    def page() -> None:
        from anchornet.ui import layout
        from anchornet.ui.components import html

        layout.table(["Nothing"], [], ())
        layout.show(layout.Block("empty", "A heading", parts=[html("table", ["Nothing"], [], [])]))

    app = AppTest.from_function(page).run()
    assert not app.exception
    (heading,) = app.html
    assert "A heading" in heading.proto.body
