"""The meeting pack, a click away for who may make it."""

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from pptx import Presentation
from streamlit.testing.v1 import AppTest

from anchornet.access import Person, allowed, sample_people
from anchornet.exports import pack
from anchornet.store import asks, audit, people
from anchornet.store.database import Database
from anchornet.store.publications import listed

Visit = Callable[..., AppTest]
Opened = Callable[[], Database]
Small = Callable[[str, str, str, str], None]

PEOPLE = sample_people([("city-council", "Sample City Council")])
GROUP = Person("chief@sample.invalid", "Chief", frozenset({"delivery_group"}))


def test_who_may_make_it_is_offered_the_pack_and_nobody_else(looked_at: Path, visit: Visit) -> None:
    offered = set()
    for person in PEOPLE:
        app = visit("meetings", person)
        assert not app.error
        labels = [it.label for it in app.get("download_button")]
        if allowed(person, "make_pack"):
            assert labels == ["PowerPoint", "PDF", "PowerPoint", "PDF"]  # of meeting and evidence
            offered |= person.roles
        else:
            assert labels == []
    assert offered == {"delivery_group", "coordinator"}


def test_the_pack_of_a_meeting_is_given_kept_and_recorded(
    sample: Path, visit: Visit, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Callable[[], bytes]] = {}
    draw = st.download_button

    def remember(label: str, data: Callable[[], bytes], **look: Any) -> bool:
        given[str(look["file_name"])] = data
        return draw(label, data, **look)

    monkeypatch.setattr(st, "download_button", remember)
    app = visit("meetings", GROUP)
    last = pack.meeting_on(opened(), date(2026, 9, 16))
    app.selectbox(key="pack_meeting").set_value(last.meeting_id).run()
    assert not app.exception
    data = given["meeting-pack-2026-09-16.pptx"]()
    slides = Presentation(io.BytesIO(data)).slides
    assert slides[0].shapes.title.text_frame.text == "Delivery group, September"
    assert given["meeting-pack-2026-09-16.pdf"]().startswith(b"%PDF-")
    trail = audit.trail(opened())
    did = trail[trail["did"] == "downloaded"]
    assert set(did["about"]) == {"meeting-pack-2026-09-16.pptx", "meeting-pack-2026-09-16.pdf"}
    assert set(did["who"]) == {GROUP.email}
    kept = listed(opened())
    kept = kept[kept["kept_by"] == GROUP.email]
    assert len(kept) == 14
    assert set(kept["state"]) == {"draft"}


def test_without_a_meeting_there_is_nothing_to_make(small: Small, visit: Visit) -> None:
    keys = {button.proto.id for button in visit("meetings", GROUP).get("download_button")}
    assert len(keys) == 2
    assert all("evidence" in key for key in keys)


def test_the_ask_is_written_by_one_and_approved_by_another(
    small: Small, visit: Visit, opened: Opened, said: Callable[[AppTest], str]
) -> None:
    other = Person("other@sample.invalid", "Other", frozenset({"delivery_group"}))
    app = visit("meetings", GROUP)
    assert "No text is approved, so the evidence pack asks for nothing." in said(app)
    label = "Text: an empty line between paragraphs, “- ” before each line of a list"
    next(area for area in app.text_area if area.label == label).input("Ten posts.")
    next(button for button in app.button if button.label == "Save draft").click().run()
    assert "The text is saved as a draft." in said(app)
    assert "Ten posts." in said(app)
    for person in (GROUP, other):
        people.record_person(
            opened(), person.email, person.name, {("delivery_group", None)}, by="x"
        )
    assert "Approve draft" not in {button.label for button in visit("meetings", GROUP).button}
    app = visit("meetings", other)
    app.button(key="ask_approve").click().run()
    assert "The text is approved" in said(app)
    (ask,) = asks.ask_history(opened())
    assert (ask.state, ask.written_by, ask.decided_by) == ("approved", GROUP.email, other.email)
    app.button(key="ask_withdraw").click().run()
    assert asks.approved(opened()) is None
    next(button for button in app.button if button.label == "Undo").click().run()
    assert asks.approved(opened()) is not None
