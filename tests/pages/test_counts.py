"""One count of one thing: what needs attention and what is open is the same on every page."""

import re
from collections.abc import Callable
from datetime import datetime
from html import unescape
from pathlib import Path

from streamlit.testing.v1 import AppTest

from anchornet.access import Person
from anchornet.exports import pack
from anchornet.store.actions import actions
from anchornet.store.database import Database

Visit = Callable[..., AppTest]
Said = Callable[[AppTest], str]
GROUP = Person("a@sample.invalid", "A", frozenset({"delivery_group"}))


NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")


def without_action(sentence: str) -> int:
    """How many a sentence says have no action."""
    if "without" not in sentence:
        return 0
    number = re.search(r"; (\w+) without", sentence)
    return NUMBERS.index((number[1] if number else sentence.split()[0]).lower())


def test_exceptions_and_actions_are_the_same_number_wherever_they_are_counted(
    sample: Path, visit: Visit, said: Said, opened: Callable[[], Database]
) -> None:
    overview = unescape(said(visit("overview", GROUP)))
    heading = re.search(r"Needs attention</h2>\s*<p[^>]*>(.*?)</p>", overview)
    assert heading is not None
    summary = heading[1]
    assert re.fullmatch(r"\w+ figures?[;,] .*\. Also, .*\.", summary)

    meetings = unescape(said(visit("meetings", GROUP)))
    attention = f"{summary[:1].lower()}{summary[1:]}"
    assert f"Needs attention in September 2026: {attention}" in meetings
    lacking = meetings.split("Needs attention, with no action", 1)[1].split("</table>")[0]
    assert lacking.count("<tr>") - 1 == sum(map(without_action, summary.split(" Also, ")))

    database = opened()
    open_now = int((actions(database)["state"] == "open").sum())
    assert len([box for box in visit("meetings", GROUP).selectbox if box.label == "Action"]) == 1
    wall = visit("projector", GROUP)
    wall.query_params["screen"] = "99"
    decisions = unescape(said(wall.run()))
    assert f">{summary} " in decisions
    assert decisions.count("<dd>") == open_now + lacking.count("<tr>") - 1

    deck = pack.make(database, pack.meeting_on(database), "a@sample.invalid", datetime.now())
    slides = {slide.title: slide for slide in deck.slides}
    assert slides["What needs the group's attention"].sentence == summary
    assert len(slides["Open actions"].rows) == open_now
