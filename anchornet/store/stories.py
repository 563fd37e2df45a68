"""Case studies: what stands behind the figures, written by members, approved by somebody by name.

A story is edited by appending a version. What is public is the version that was approved, until it
is withdrawn; a newer draft changes nothing of it. A picture is public while consent to it holds:
when that ends it is out everywhere at once, also of what is stated as at an earlier moment.
"""

import re
from dataclasses import astuple, dataclass, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from duckdb import DuckDBPyConnection

from anchornet.store.database import Database, append, next_number, utc_now
from anchornet.store.network import NotPossible, require_member

STATES = {
    "draft": "Draft",
    "changed": "Approved, with a newer draft",
    "approved": "Approved",
    "withdrawn": "Withdrawn",
}
# How long each text may be, and what it is called.
LIMITS = {
    "title": ("title", 120),
    "words": ("text", 6000),
    "alternative": ("description of the picture", 400),
    "quote": ("quote", 500),
    "quoted": ("role of who said it", 120),
    "given_by": ("name of who gave consent", 200),
    "given_for": ("use that consent was given for", 300),
}
LARGE, WEB = "large", "web"


@dataclass(frozen=True)
class Consent:
    """Whether people can be recognised in a picture; if so who agreed, when and to what."""

    people: bool
    given_by: str = ""
    given_on: date | None = None
    given_for: str = ""


@dataclass(frozen=True)
class Picture:
    """A picture as `exports.photos.clean` gives it, and the consent to it."""

    large: bytes
    web: bytes
    consent: Consent


@dataclass(frozen=True)
class Draft:
    """What a writer says. `words` are paragraphs, an empty line between them. `picture`: a new one;
    without it a story keeps the one it has, unless `no_picture`."""

    title: str
    words: str
    picture: Picture | None = None
    no_picture: bool = False
    alternative: str = ""
    video: str = ""
    quote: str = ""
    quoted: str = ""
    indicators: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Story:
    """A version of a story; `state` is that of the story. `picture_id` is None without a picture,
    and where consent to it has ended; `consent` is then the one that ended."""

    story_id: int
    version: int
    member_id: str
    member: str
    title: str
    words: str
    picture_id: int | None
    alternative: str
    video: str
    quote: str
    quoted: str
    indicators: tuple[str, ...]
    tags: tuple[str, ...]
    written_at: datetime
    written_by: str
    state: str
    decided_at: datetime | None
    decided_by: str | None
    consent: Consent | None


def write(
    database: Database,
    member_id: str,
    draft: Draft,
    *,
    by: str,
    story_id: int | None = None,
    now: datetime | None = None,
) -> int:
    """Keeps a story of a member or, with its `story_id`, a newer version; gives its number.
    Raises NotPossible."""
    draft = _tidy(draft)
    moment = now or utc_now()
    with database.writing(quietly=True) as cursor:
        require_member(cursor, member_id)
        picture_id = None
        if story_id is not None:
            before = _story_of(cursor, story_id, member_id)
            number, version = story_id, before.version + 1
            picture_id = None if draft.no_picture else before.picture_id
        else:
            number, version = next_number(cursor, "stories", "story_id"), 1
        if draft.picture is not None:
            picture_id = _keep_picture(cursor, draft.picture, by, moment)
        append(
            cursor, "stories", number, version, member_id, draft.title, draft.words, picture_id,
            draft.alternative, draft.video, draft.quote, draft.quoted, list(draft.indicators),
            list(draft.tags), moment, by,
        )  # fmt: skip
    return number


def approve(database: Database, story_id: int, by: str, now: datetime | None = None) -> None:
    """Make the newest version public. Raises NotPossible where something is missing for that."""
    with database.writing() as cursor:
        story = _story(cursor, story_id)
        if story.picture_id is not None and not story.alternative:
            raise NotPossible(
                "The picture has no description. Say what it shows, for those who can't see it."
            )
        _decide(cursor, story, "approved", by, now)


def withdraw(database: Database, story_id: int, by: str, now: datetime | None = None) -> None:
    """Take a story out of everything that is public. Raises NotPossible."""
    with database.writing() as cursor:
        _decide(cursor, _story(cursor, story_id), "withdrawn", by, now)


def end_consent(
    database: Database, member_id: str, story_id: int, *, by: str, now: datetime | None = None
) -> None:
    """Consent to the pictures of a member's story has ended: they are out everywhere, and deleted,
    because nothing may be done with them any more. That they were there stays. Raises NotPossible.
    """
    moment = now or utc_now()
    with database.writing(replaces=["pictures"]) as cursor:
        _story_of(cursor, story_id, member_id)
        consents = cursor.execute(
            """
            select picture_id, people, given_by, given_on, given_for
            from current_consents(null)
            where picture_id in (select picture_id from stories where story_id = ?)
            """,
            [story_id],
        ).fetchall()
        for picture_id, *consent in consents:
            append(cursor, "consents", picture_id, *consent, False, moment, by)
            cursor.execute(
                "update pictures set large = null, web = null where picture_id = ?", [picture_id]
            )


def approved(database: Database, as_at: datetime | None = None) -> list[Story]:
    """What is public, or was as at a moment (UTC), the last approved first; pictures as consent
    holds now."""
    with database.cursor() as cursor:
        return _stories(cursor, "is_public", as_at)


def listed(database: Database) -> list[Story]:
    """The newest version of every story, drafts and withdrawn ones too, the last written first."""
    with database.cursor() as cursor:
        return _stories(cursor, "is_newest", None)


def of_member(database: Database, member_id: str) -> list[Story]:
    return [story for story in listed(database) if story.member_id == member_id]


def picture(database: Database, picture_id: int, size: str = LARGE) -> bytes:
    """A picture as JPEG or PNG, LARGE or for the WEB. Raises NotPossible where consent to it has
    ended."""
    rows = database.rows(
        """
        select large, web
        from pictures
        join current_consents(null) using (picture_id)
        where picture_id = ? and large is not null
        """,
        [picture_id],
    )
    if not rows:
        raise NotPossible("There is no such picture, or consent to it has ended.")
    large, web = rows[0]
    return bytes(large if size == LARGE else web)


def _decide(
    cursor: DuckDBPyConnection, story: Story, state: str, by: str, now: datetime | None
) -> None:
    if story.state == state:
        raise NotPossible(f"Story {story.story_id} is {state} already.")
    if state == "withdrawn" and story.state == "draft":
        raise NotPossible(f"Story {story.story_id} is a draft: nothing of it is public.")
    decision = (story.story_id, story.version, state)
    append(cursor, "story_decisions", *decision, now or utc_now(), by)


def _keep_picture(cursor: DuckDBPyConnection, picture: Picture, by: str, moment: datetime) -> int:
    number = next_number(cursor, "pictures", "picture_id")
    append(cursor, "pictures", number, picture.large, picture.web, moment, by)
    append(cursor, "consents", number, *astuple(picture.consent), True, moment, by)
    return number


def _story(cursor: DuckDBPyConnection, story_id: int) -> Story:
    for story in _stories(cursor, "is_newest", None):
        if story.story_id == story_id:
            return story
    raise NotPossible(f"There is no story {story_id}.")


def _story_of(cursor: DuckDBPyConnection, story_id: int, member_id: str) -> Story:
    story = _story(cursor, story_id)
    if story.member_id != member_id:
        raise NotPossible(f"Story {story_id} is another member's.")
    return story


def _stories(cursor: DuckDBPyConnection, which: str, as_at: datetime | None) -> list[Story]:
    first = "decided_at desc," if which == "is_public" else ""
    rows = cursor.execute(
        f"""
        select
            story_id, version, member_id, member, title, words, picture_id, alternative, video,
            quote, quoted, indicators, tags, recorded_at, recorded_by, state, decided_at,
            decided_by, people, given_by, given_on, given_for
        from story_versions(?)
        where {which}
        order by {first} recorded_at desc, story_id desc
        """,
        [as_at],
    ).fetchall()
    stories = []
    for *values, people, given_by, given_on, given_for in rows:
        consent = None if people is None else Consent(people, given_by, given_on, given_for)
        story = Story(*[*values, consent])
        stories.append(replace(story, indicators=tuple(story.indicators), tags=tuple(story.tags)))
    return stories


def _tidy(draft: Draft) -> Draft:
    """The draft as it is kept: no letter that shows nothing, no text too long, a video only at an
    https address. Raises NotPossible."""
    texts: dict[str, Any] = {
        name: _text(name, getattr(draft, name)) for name in LIMITS if hasattr(draft, name)
    }
    if not texts["title"] or not texts["words"]:
        raise NotPossible("A story needs a title and a text.")
    if bool(texts["quote"]) != bool(texts["quoted"]):
        raise NotPossible(
            "A quote needs the role of the person who said it, and a role needs a quote."
        )
    tags = tuple(dict.fromkeys(tidied for tag in draft.tags if (tidied := _text("title", tag))))
    if len(tags) > 8 or any(len(tag) > 40 for tag in tags):
        raise NotPossible("Up to eight tags, each of up to 40 letters.")
    picture = draft.picture
    if picture is not None:
        picture = replace(picture, consent=_consent(picture.consent))
        if not texts["alternative"]:
            raise NotPossible("Say what the picture shows, for those who can't see it.")
    elif draft.no_picture:
        texts["alternative"] = ""
    return replace(
        draft,
        **texts,
        video=_video(draft.video),
        picture=picture,
        tags=tags,
        indicators=tuple(dict.fromkeys(draft.indicators)),
    )


def _consent(consent: Consent) -> Consent:
    if not consent.people:
        return Consent(people=False)
    who, what = _text("given_by", consent.given_by), _text("given_for", consent.given_for)
    if not who or not what or consent.given_on is None:
        raise NotPossible(
            "People can be recognised in the picture: say who gave consent, when, and for what."
        )
    if consent.given_on > utc_now().date():
        raise NotPossible("Consent was given today or earlier: look at its day.")
    return Consent(True, who, consent.given_on, what)


def _video(address: str) -> str:
    address = address.strip()
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        plain = (
            parts.scheme == "https"
            and parts.username is None
            and "." in (parts.hostname or "")
            and re.fullmatch(r"[!#-;=?-_a-z~]{1,500}", address)
        )
    except ValueError:
        plain = False
    if not plain:
        raise NotPossible(f"{address[:80]} is not the address of a video: it begins with https://.")
    return address


def tidy_words(words: str) -> str:
    """Paragraphs without marks that show nothing, an empty line between them."""
    lines = "\n".join(" ".join(line.split()) for line in _printable(words).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def _text(name: str, text: str) -> str:
    """Without marks that show nothing; lines stay lines in the words only. Raises NotPossible."""
    text = tidy_words(text) if name == "words" else " ".join(_printable(text).split())
    title, most = LIMITS[name]
    if len(text) > most:
        raise NotPossible(f"The {title} is longer than {most:,} letters: it has {len(text):,}.")
    return text


def _printable(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter for letter in text if letter.isprintable() or letter == "\n")
