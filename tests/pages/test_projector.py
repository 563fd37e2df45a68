"""The wall: one question a screen, in the address, exceptions with a screen of their own."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from anchornet.access import Person, allowed, sample_people

Visit = Callable[..., AppTest]
Said = Callable[[AppTest], str]
GROUP = Person("a@sample.invalid", "A", frozenset({"delivery_group"}))


def at(visit: Visit, screen: str, **query: str) -> AppTest:
    app = visit("projector", GROUP)
    app.query_params["screen"] = screen
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def test_each_screen_asks_one_question_and_answers_it(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    app = at(visit, "1")
    found = re.search(r"1 of (\d+)", said(app))
    assert found is not None
    asked = []
    for place in range(1, int(found[1]) + 1):
        words = said(at(visit, str(place)))
        (question,) = re.findall(r'<h1 class="an-question">(.*?)</h1>', words)
        (answer,) = re.findall(r'<p class="an-reply">(.*?)</p>', words)
        assert answer
        asked.append(question)
    assert asked[:2] == ["Where are we against what we promised?", "What moved since we last met?"]
    assert "Local spend (%): why?" in asked
    assert asked[-3:] == ["Who is behind?", "Where do the pounds land?", "What needs a decision?"]


def test_the_buttons_go_on_and_back_and_stop_at_the_ends(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    app = at(visit, "1", period="2026-08")
    assert app.button(key="back_0").disabled
    app.button(key="next_0").click().run()
    assert "2 of" in said(app)
    assert app.query_params["period"] in ("2026-08", ["2026-08"])
    app.button(key="back_1").click().run()
    assert "1 of" in said(app)


@pytest.mark.parametrize("screen", ["0", "-3", "99", "9999999999", "two", "²", ""])
def test_a_wild_screen_is_one_that_there_is(
    looked_at: Path, visit: Visit, said: Said, screen: str
) -> None:
    app = at(visit, screen)
    assert not app.error
    assert "an-question" in said(app)


def test_an_empty_network_has_nothing_to_project(
    small: Callable[[str, str, str, str], None], visit: Visit, said: Said
) -> None:
    for person in (GROUP, *sample_people([("council", "Sample council")])):
        if not allowed(person, "see_network_figures"):
            continue
        assert "No member has sent a return yet." in said(visit("projector", person))
