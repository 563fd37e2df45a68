"""Stories: drafts, approval, consent to pictures, and what is public when."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from anchornet.store import audit, stories
from anchornet.store.database import Database
from anchornet.store.network import NotPossible
from anchornet.store.stories import Consent, Draft, Picture

ANN, BOB = "ann@example.org", "bob@example.org"
MONDAY, TUESDAY, FRIDAY = (datetime(2026, 10, day, 9) for day in (5, 6, 9))
NOBODY = Picture(b"large", b"web", Consent(people=False))
AGREED = Consent(True, "Both apprentices, by form", date(2026, 10, 1), "the network's website")
DRAFT = Draft("From a placement to a post", "She began in May.\n\nShe stayed.", tags=("hiring",))
SHOWN = replace(DRAFT, picture=replace(NOBODY, consent=AGREED), alternative="Two people at a bench")


def write(network: Database, draft: Draft = DRAFT, **more: object) -> int:
    return stories.write(network, "council", draft, by=ANN, **({"now": MONDAY} | more))


def test_a_story_is_public_once_approved_and_no_longer_once_withdrawn(network: Database) -> None:
    number = write(network)
    assert stories.approved(network) == []
    stories.approve(network, number, BOB, now=TUESDAY)
    (story,) = stories.approved(network)
    assert (story.title, story.member, story.tags) == (
        "From a placement to a post", "Sample City Council", ("hiring",),
    )  # fmt: skip
    assert (story.written_by, story.decided_by, story.decided_at) == (ANN, BOB, TUESDAY)
    stories.withdraw(network, number, ANN, now=FRIDAY)
    assert stories.approved(network) == []
    assert [it.state for it in stories.listed(network)] == ["withdrawn"]
    # As the meeting between saw it.
    assert stories.approved(network, datetime(2026, 10, 7)) == [replace(story, state="approved")]
    assert stories.approved(network, datetime(2026, 10, 5, 12)) == []


def test_an_edit_is_a_new_version_and_leaves_what_was_approved(network: Database) -> None:
    number = write(network)
    stories.approve(network, number, BOB, now=TUESDAY)
    assert write(network, replace(DRAFT, title="Another"), story_id=number, now=FRIDAY) == number
    assert [it.title for it in stories.approved(network)] == ["From a placement to a post"]
    assert [(it.title, it.version, it.state) for it in stories.listed(network)] == [
        ("Another", 2, "changed")
    ]
    stories.approve(network, number, BOB)
    assert [it.title for it in stories.approved(network)] == ["Another"]
    with pytest.raises(NotPossible, match="approved already"):
        stories.approve(network, number, BOB)
    did = audit.trail(network)["did"].value_counts()
    assert (did["wrote a story"], did["changed a story"], did["approved a story"]) == (1, 1, 2)


def test_people_in_a_picture_need_consent_with_who_when_and_for_what(network: Database) -> None:
    for lacking in (
        Consent(people=True),
        replace(AGREED, given_by=" "),
        replace(AGREED, given_on=None),
        replace(AGREED, given_for=""),
        replace(AGREED, given_on=date(2999, 1, 1)),
    ):
        with pytest.raises(NotPossible, match=r"[Cc]onsent"):
            write(network, replace(SHOWN, picture=replace(NOBODY, consent=lacking)))
    with pytest.raises(NotPossible, match="Say what the picture shows"):
        write(network, replace(SHOWN, alternative=""))
    number = write(network, SHOWN)
    stories.approve(network, number, BOB)
    (story,) = stories.approved(network)
    assert story.consent == AGREED
    # A later version may not lose the description.
    write(network, replace(DRAFT, alternative=""), story_id=number)
    with pytest.raises(NotPossible, match="no description"):
        stories.approve(network, number, BOB)


def test_a_picture_is_out_everywhere_at_once_when_consent_ends(network: Database) -> None:
    number = write(network, SHOWN)
    stories.approve(network, number, BOB, now=TUESDAY)
    (before,) = stories.approved(network)
    assert before.picture_id is not None
    assert stories.picture(network, before.picture_id) == b"large"
    assert stories.picture(network, before.picture_id, stories.WEB) == b"web"
    with pytest.raises(NotPossible, match="another member's"):
        stories.end_consent(network, "hospital", number, by=BOB)
    stories.end_consent(network, "council", number, by=BOB)
    for as_at in (None, FRIDAY):
        (after,) = stories.approved(network, as_at)
        assert after.picture_id is None
        assert after.consent == AGREED  # what had been agreed stays known
    with pytest.raises(NotPossible, match="consent to it has ended"):
        stories.picture(network, before.picture_id)
    with network.cursor() as cursor:
        assert cursor.execute("select large, web from pictures").fetchall() == [(None, None)]
    write(network, replace(DRAFT, title="Another"), story_id=number)
    assert stories.listed(network)[0].picture_id is None


def test_a_picture_stays_with_its_story_until_it_is_taken_out(network: Database) -> None:
    number = write(network, SHOWN)
    write(network, replace(DRAFT, alternative="Two people"), story_id=number)
    assert stories.listed(network)[0].picture_id == 1
    write(network, replace(DRAFT, no_picture=True), story_id=number)
    assert stories.listed(network)[0].picture_id is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " "},
        {"words": ""},
        {"title": "x" * 121},
        {"quote": "It changed my life."},
        {"video": "http://video.example.org/1"},
        {"video": "javascript:alert(1)"},
        {"video": "https://"},
        {"video": "https://user@video.example.org/"},
        {"video": 'https://video.example.org/"><script>'},
        {"tags": tuple("abcdefghi")},
    ],
)
def test_what_a_story_cannot_be_is_said(network: Database, wrong: dict[str, object]) -> None:
    with pytest.raises(NotPossible, match=r"\.$"):
        write(network, replace(DRAFT, **wrong))  # type: ignore[arg-type]
    assert stories.listed(network) == []


def test_text_is_kept_without_marks_that_show_nothing(network: Database) -> None:
    words = "One\u202e line\r\nand another\n\n\n\nA\x00 paragraph"
    write(network, replace(DRAFT, title="A\u200b  title\n", words=words))
    (story,) = stories.listed(network)
    assert (story.title, story.words) == ("A title", "One line\nand another\n\nA paragraph")


def test_a_story_is_its_members(network: Database) -> None:
    number = write(network)
    with pytest.raises(NotPossible, match="another member's"):
        stories.write(network, "hospital", DRAFT, by=ANN, story_id=number)
    assert stories.of_member(network, "hospital") == []
    assert [it.story_id for it in stories.of_member(network, "council")] == [number]
    for act in (stories.approve, stories.withdraw):
        with pytest.raises(NotPossible, match="There is no story 9"):
            act(network, 9, BOB)
    with pytest.raises(NotPossible, match="nothing of it is public"):
        stories.withdraw(network, number, BOB)
