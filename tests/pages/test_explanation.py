"""What makes up a change: on the indicator's page, a click away on Overview, on the wall."""

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from anchornet.access import Person

Visit = Callable[..., AppTest]
Said = Callable[[AppTest], str]
GROUP = Person("a@sample.invalid", "A", frozenset({"delivery_group"}))
COMMS = Person("b@sample.invalid", "B", frozenset({"comms"}))
CHANGE = "Like for like, by the same"


def test_a_page_says_what_makes_up_the_change_and_by_member_to_who_may_see_members(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    for person, by_member in ((GROUP, True), (COMMS, False)):
        words = said(visit("retention", person))
        assert CHANGE in words
        assert "<th>By pathway</th>" in words
        assert ("<th>By member</th>" in words) == by_member
        assert ("by member Sample" in words) == by_member
        wall = visit("projector", person)
        wall.query_params["screen"] = "3"
        words = said(wall.run())
        assert ": why?" in words
        assert CHANGE in words
        assert ("by member Sample" in words) == by_member


def test_pounds_of_ten_members_of_twelve_are_not_for_who_sees_members_together(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    """Taken from the twelve's of the year before they would leave two members' exact pounds."""
    assert f"{CHANGE} 10 members" in said(visit("spend", GROUP))
    assert CHANGE not in said(visit("spend", COMMS))


def test_overview_has_it_a_click_away(looked_at: Path, visit: Visit, said: Said) -> None:
    app = visit("overview", GROUP)
    assert CHANGE not in said(app)
    closed = [box for box in app.expander if box.label == "What makes up the change"]
    assert len(closed) == 4
