"""The page of stories as each role, and the stories beside a figure."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from anchornet.access import Person, allowed, sample_people
from anchornet.store import stories
from anchornet.store.database import Database

Visit = Callable[..., AppTest]
Said = Callable[[AppTest], str]

PEOPLE = sample_people([("college", "Sample College")])
CONTRIBUTOR, COMMS, COORDINATOR = PEOPLE[0], PEOPLE[-2], PEOPLE[-1]


def press(app: AppTest, label: str) -> AppTest:
    return next(it for it in app.button if it.label == label).click().run()


def fill(app: AppTest, label: str, text: str) -> None:
    every = [*app.text_input, *app.text_area]
    next(it for it in every if it.label.startswith(label)).set_value(text)


def test_who_writes_sees_their_own_and_who_approves_sees_all(
    sample: Path, visit: Visit, said: Said
) -> None:
    for person in PEOPLE:
        app = visit("stories", person)
        assert not app.error
        if not allowed(person, "write_stories"):
            assert "communications and the coordinator" in said(app)
            assert not app.radio
            continue
        titles = " ".join(next(it for it in app.radio if it.label == "Stories").options)
        assert "From a course in the evening" in titles
        assert ("A repairs contract" in titles) == allowed(person, "approve_stories")
        labels = {it.label for it in [*app.button, *app.get("download_button")]}
        files = {"Public page as ZIP", "Open data as ZIP"} & labels
        assert bool(files) == allowed(person, "approve_stories")


def test_a_contributor_writes_communications_approve_and_it_stands_beside_its_figure(
    sample: Path, visit: Visit, said: Said, opened: Callable[[], Database]
) -> None:
    app = visit("stories", CONTRIBUTOR)
    app.radio(key="story_pick").set_value("new").run()
    fill(app, "Title", "Ten <b>weeks</b> [x](http://e.example)")
    fill(app, "Text", "<script>alert(1)</script> **She** stayed.")
    app.multiselect[0].set_value(["local_start_share"])
    kept = io.BytesIO()
    Image.new("RGB", (500, 500), "#005a9c").save(kept, "PNG")
    app.get("file_uploader")[0].set_value(("picture.png", kept.getvalue(), "image/png"))
    fill(app, "What the picture shows", "A blue \"square'")
    press(app, "Save draft")
    assert "Say whether anybody can be recognised" in app.error[0].value
    next(it for it in app.radio if it.label == "People in the picture").set_value("some")
    press(app, "Save draft")
    assert "say who gave consent" in app.error[0].value
    next(it for it in app.radio if it.label == "People in the picture").set_value("none")
    press(app, "Save draft")
    assert not app.error
    words = said(app)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; **She** stayed." in words
    assert "<script" not in words
    assert 'alt="A blue &#34;square&#39;"' in words
    assert not [it for it in app.button if it.label == "Approve"]
    assert "Ten &lt;b&gt;" not in said(visit("local_hires", COORDINATOR))

    app = visit("stories", COMMS)
    app.radio(key="story_pick").set_value("4").run()
    press(app, "Approve")
    assert "The story is approved." in said(app)
    beside = said(visit("local_hires", COORDINATOR))
    assert "Stories behind it" in beside
    assert "Ten &lt;b&gt;weeks&lt;/b&gt; [x](http://e.example)" in beside
    assert "data:image/jpeg;base64," in beside
    (story,) = [it for it in stories.approved(opened()) if it.story_id == 4]
    assert (story.written_by, story.decided_by) == (CONTRIBUTOR.email, COMMS.email)

    app.button(key="story_withdraw").click().run()
    assert "The story is withdrawn." in said(app)
    assert "Stories behind it" not in said(visit("local_hires", COORDINATOR))
    press(app, "Undo")
    assert "The story is public again." in said(app)
    assert "Ten &lt;b&gt;weeks" in said(visit("local_hires", COORDINATOR))

    app = visit("stories", CONTRIBUTOR)
    app.radio(key="story_pick").set_value("4").run()
    app.button(key="consent_ended").click().run()
    assert "Consent to the picture has ended" in said(app)
    beside = said(visit("local_hires", COORDINATOR))
    assert "Ten &lt;b&gt;weeks" in beside
    assert "data:image/jpeg;base64," not in beside


@pytest.mark.parametrize("person", [CONTRIBUTOR, COMMS], ids=lambda it: it.name)
def test_without_a_story_there_is_a_form(
    small: Callable[..., None], visit: Visit, said: Said, person: Person
) -> None:
    held = Person(person.email, person.name, person.roles, person.member_id and "council")
    app = visit("stories", held)
    assert "No story yet" in said(app)
    assert any(it.label == "Save draft" for it in app.button)
