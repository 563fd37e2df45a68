"""What a page's figures are stated for: read from the address, written to it, refused in words."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from anchornet.access import sample_people
from anchornet.store.meetings import Meeting
from anchornet.store.network import KINDS, KINDS_TOGETHER
from anchornet.ui import filters
from anchornet.ui.filter_bar import Choices, address, read

Filters = partial(filters.Filters, sees_members=True)
SEPTEMBER = date(2026, 9, 1)
MEETING = Meeting(1, "Delivery group", datetime(2026, 9, 16, 13, 30))
CHOICES = Choices(
    months=[SEPTEMBER, date(2026, 8, 1)],
    usual=SEPTEMBER,
    meetings=[MEETING],
    members={"council": "Sample Council", "hospital": "Sample Hospital"},
    kinds={"nhs": ("clinic", "hospital"), "council": ("council",)},
    areas={"E08000003": "Manchester", "E08000006": "Salford"},
    today=date(2026, 11, 20),
    own=("council",),
    sees_members=True,
)
PEOPLE = {person.name: person for person in sample_people([("city-council", "the council")])}


def test_who_sees_members_together_looks_back_to_meetings_only() -> None:
    choices = replace(CHOICES, sees_members=False)
    assert read({"as_at": "2026-09-16"}, choices)[0].as_at == MEETING.starts_at
    filters_, strange = read({"as_at": "2026-09-20"}, choices)
    assert filters_.as_at is None
    assert strange == ["There was no meeting on 20 September 2026; these are as at now."]


def test_an_address_says_all_of_it() -> None:
    given = {
        "period": "2026-08",
        "window": "quarter",
        "as_at": "2026-09-16",
        "members": "kind:nhs",
        "area": "E08000006",
        "view": "variation",
    }
    filters_, strange = read(given, CHOICES)
    assert filters_ == Filters(
        period=date(2026, 8, 1),
        window="quarter",
        as_at=datetime(2026, 9, 16, 13, 30),
        members=("clinic", "hospital"),
        whose="The NHS members",
        area="E08000006",
        area_name="Salford",
        view="variation",
        kind="nhs",
    )
    assert not strange
    assert address(filters_, CHOICES) == given


def test_the_usual_view_has_no_address_and_any_other_has_its_month() -> None:
    assert read({}, CHOICES) == (Filters(SEPTEMBER), [])
    assert address(Filters(SEPTEMBER), CHOICES) == {}
    assert address(Filters(SEPTEMBER, view="variation"), CHOICES) == {
        "period": "2026-09",
        "view": "variation",
    }


def test_a_day_without_a_meeting_is_as_at_its_end() -> None:
    filters_, _ = read({"as_at": "2026-09-20"}, CHOICES)
    assert filters_.as_at == datetime(2026, 9, 21)
    assert address(filters_, CHOICES)["as_at"] == "2026-09-20"


def test_only_the_own_member_is_exact_and_a_kind_is_no_member() -> None:
    own, _ = read({"members": "council"}, CHOICES)
    other, _ = read({"members": "hospital"}, CHOICES)
    kind, _ = read({"members": "kind:council"}, CHOICES)
    assert (own.exact, own.member_id) == (True, "council")
    assert (other.exact, other.member_id) == (False, "hospital")
    assert (kind.exact, kind.member_id, kind.members) == (False, None, ("council",))
    assert address(kind, CHOICES)["members"] == "kind:council"


@pytest.mark.parametrize(
    ("part", "text", "said"),
    [
        ("period", "2031-02", "Nothing was sent for February 2031; these are of September 2026."),
        ("period", "last", "The link has a month we can't use; these are of September 2026."),
        (
            "window",
            "week",
            "The link has a time span we can't use, so these figures are for the month.",
        ),
        (
            "as_at",
            "2026-11-21",
            "The link has a date we can't use, so these figures are as at now.",
        ),
        ("as_at", "<b>", "The link has a date we can't use, so these figures are as at now."),
        (
            "members",
            "university",
            "Those members can't be picked here; these are the network's figures.",
        ),
        (
            "members",
            "kind:fire",
            "Those members can't be picked here; these are the network's figures.",
        ),
        (
            "area",
            "E07000223",
            "The link names an area outside the network, so these figures are for everywhere.",
        ),
        ("view", "pie", "The link asks for a view that doesn't exist, so this is against target."),
    ],
)
def test_what_cannot_be_followed_is_said_and_the_rest_is_followed(
    part: str, text: str, said: str
) -> None:
    others = {"window": "quarter", "view": "variation"}
    usual = {"window": "month", "view": "status"}
    filters_, strange = read({**others, part: text}, CHOICES)
    assert strange == [said]
    expected = Filters(SEPTEMBER, window="quarter", view="variation")
    assert filters_ == replace(expected, **{part: usual[part]} if part in usual else {})


def test_every_kind_of_member_has_a_name_to_begin_a_sentence_with() -> None:
    assert KINDS_TOGETHER.keys() == KINDS.keys()


def at(visit: Callable[..., AppTest], who: str, query: dict[str, str]) -> AppTest:
    app = visit("overview", PEOPLE[who])
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def test_an_address_is_followed_and_a_pick_is_written_to_it(
    looked_at: Path, visit: Callable[..., AppTest], said: Callable[[AppTest], str]
) -> None:
    app = at(visit, "Delivery group", {"period": "2026-07", "members": "kind:university"})
    assert "in July 2026" in said(app)
    assert app.selectbox(key="filter_members").value == "kind:university"
    app.selectbox(key="filter_area").set_value("E08000006").run()
    assert dict(app.query_params) == {
        "period": "2026-07",
        "members": "kind:university",
        "area": "E08000006",
    }
    # The menu leads to another page without the address; what was picked comes along.
    app.query_params.clear()
    app.switch_page("../../pages/overview.py").run()
    assert app.selectbox(key="filter_area").value == "E08000006"


def test_nobody_gets_the_figures_of_a_member_that_is_not_theirs_to_see(
    looked_at: Path, visit: Callable[..., AppTest], said: Callable[[AppTest], str]
) -> None:
    refused = "Those members can&#39;t be picked here"
    for who, own, other in (
        ("Delivery group", True, True),
        ("Coordinator", True, True),
        ("Viewer, the council", True, False),
        ("Communications", False, False),
    ):
        for member_id, seen in (("city-council", own), ("university", other)):
            app = at(visit, who, {"members": member_id})
            picked = app.selectbox(key="filter_members").value
            assert (picked, refused in said(app)) == ((member_id, False) if seen else ("", True)), (
                who
            )
