"""What is asked twice is worked out once, until something is recorded, and for nobody else."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock
from time import sleep

import pytest
from streamlit.testing.v1 import AppTest

from anchornet.access import Person
from anchornet.facts.build import add_member
from anchornet.store.cache import cached
from anchornet.store.database import Database

OWN = Person("a@sample.invalid", "A", frozenset({"member_viewer"}), "council")
OTHERS = (
    Person("b@sample.invalid", "B", frozenset({"delivery_group"})),
    Person("c@sample.invalid", "C", frozenset({"coordinator"})),
)
RETURNS = {
    "local_hires": "home_area,pathway,starts\nE05011366,standard,68",
    "retention": (
        "cohort_month,pathway,home_area_group,starters,in_post\n2026-03,standard,local,94,81"
    ),
    "spend": (
        "supplier_name,supplier_postcode,paid_on,amount_gbp\nSample Ltd,M2 5DB,2026-09-02,1000"
    ),
    "living_wage": (
        "employer_name,relationship,status,accredited_on,renewal_due_on,workers_covered\n"
        "Sample Joinery,supplier,accredited,2025-05-01,2026-09-30,143"
    ),
}
# On each page, with the member picked, something that is for its own people only.
EXACT = {
    "overview": ">68 <small>people",
    "projector": '"an-value">68<',
    "local_hires": ">68 <small>people",
    "members": ">68",
    "retention": ">94<",
    "spend": "Sample Ltd",
    "living_wage": ">143 <small>people",
}


@pytest.fixture
def counted() -> Callable[[Database, str], int]:
    """counted(database, text) -> how often it was worked out."""
    asked: list[str] = []
    lock = Lock()

    @cached
    def count(database: Database, text: str) -> int:
        sleep(0.02)
        with lock:
            asked.append(text)
            return len(asked)

    return count


def test_the_same_question_is_worked_out_once_until_something_is_recorded(
    database: Database, counted: Callable[[Database, str], int]
) -> None:
    assert [counted(database, "a"), counted(database, "a"), counted(database, "b")] == [1, 1, 2]
    add_member(database, "council", "Sample Council", "council")
    assert counted(database, "a") == 3


def test_of_many_who_ask_at_once_one_works(
    database: Database, counted: Callable[[Database, str], int]
) -> None:
    ready = Barrier(8)

    def ask(_: int) -> int:
        ready.wait()
        return counted(database, "a")

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {1}


def test_what_failed_is_asked_again(database: Database) -> None:
    tries: list[int] = []

    @cached
    def fail_once(database: Database) -> str:
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("Not yet.")
        return "now"

    with pytest.raises(RuntimeError):
        fail_once(database)
    assert fail_once(database) == "now"


def test_what_a_members_own_people_see_is_served_to_nobody_else(
    small: Callable[[str, str, str, str], None],
    visit: Callable[..., AppTest],
    said: Callable[[AppTest], str],
) -> None:
    for name, lines in RETURNS.items():
        small("council", name, "2026-09", lines)

    def seen(page: str, person: Person) -> str:
        """All that the page holds for that person, charts and what is said of them included."""
        app = visit(page, person)
        app.query_params["members"] = "council"
        app.run()
        assert not app.exception
        charts = [chart.proto for chart in app.get("vega_lite_chart")]
        rows = [str(data.data.data) for chart in charts for data in chart.datasets]
        return "\n".join([said(app), *(chart.alt for chart in charts), *rows])

    for page, exact in EXACT.items():
        assert exact in seen(page, OWN), page
        for person in OTHERS:
            assert exact not in seen(page, person), (page, person)
        assert exact in seen(page, OWN), page
