"""Commands of stories."""

from datetime import date
from pathlib import Path

import typer

from anchornet.cli.options import (
    DATABASE,
    FORMAT,
    MEMBER,
    RECORDED_BY,
    Form,
    argument,
    flag,
    group,
    option,
    read_day,
    read_file,
    read_indicator,
    read_number,
    read_text,
    required,
)
from anchornet.cli.output import moment_text, network, print_rows, say

app = typer.Typer()
stories = group(app, "stories", "Stories of members.")
NUMBER = argument("NUMBER", read=read_number)


@stories.command("add")
def add_story(
    file: Path = argument("FILE", "The text, paragraphs apart.", read=read_file),
    member: str = MEMBER,
    title: str = required("--title", "TEXT"),
    story: int | None = option(
        "--story", "NUMBER", "A newer version of this one.", read=read_number
    ),
    picture: Path | None = option("--picture", "FILE", "JPEG, PNG or WebP.", read=read_file),
    no_picture: bool = flag("--no-picture", "Take out the one that it has."),
    alt: str = option("--alt", "TEXT", "What the picture shows, in words.", default=""),
    no_people: bool = flag("--no-people", "Nobody can be recognised in the picture."),
    consent_by: str = option(
        "--consent-by", "WHO", "Who in the picture agreed, and how.", default=""
    ),
    consent_on: date | None = option("--consent-on", "DAY", read=read_day),
    consent_for: str = option(
        "--consent-for", "TEXT", "What for, such as: our website.", default=""
    ),
    video: str = option("--video", "URL", "An https:// address.", default=""),
    quote: str = option("--quote", "TEXT", default=""),
    quoted: str = option("--quoted", "ROLE", "The role of who said it.", default=""),
    indicator: list[str] | None = option(
        "--indicator", "NAME", "May be repeated.", read=read_indicator
    ),
    tag: list[str] | None = option("--tag", "WORD", "May be repeated."),
    by: str = RECORDED_BY,
    database: Path | None = DATABASE,
) -> int:
    """Keep a member's story as a draft or, with its number, a newer version of one."""
    from anchornet.exports.photos import clean
    from anchornet.store.stories import Consent, Draft, Picture, write

    words, shown = read_text(file), None
    if picture:
        cleaned = clean(picture.read_bytes())
        consent = Consent(not no_people, consent_by, consent_on, consent_for)
        shown = Picture(cleaned.large, cleaned.web, consent)
    draft = Draft(
        title=title,
        words=words,
        picture=shown,
        no_picture=no_picture,
        alternative=alt,
        video=video,
        quote=quote,
        quoted=quoted,
        indicators=tuple(indicator or ()),
        tags=tuple(tag or ()),
    )
    with network(database) as opened:
        number = write(opened, member, draft, by=by, story_id=story)
    return say(f"Kept story {number} as a draft.")


@stories.command("approve")
def approve_story(
    story: int = NUMBER, by: str = RECORDED_BY, database: Path | None = DATABASE
) -> int:
    """Make the newest version of a story public."""
    from anchornet.store import stories

    with network(database) as opened:
        stories.approve(opened, story, by)
    return say(f"Story {story} is approved.")


@stories.command("withdraw")
def withdraw_story(
    story: int = NUMBER, by: str = RECORDED_BY, database: Path | None = DATABASE
) -> int:
    """Take a story out of all that is public."""
    from anchornet.store import stories

    with network(database) as opened:
        stories.withdraw(opened, story, by)
    return say(f"Story {story} is withdrawn.")


@stories.command("end-consent")
def end_consent(
    story: int = NUMBER,
    member: str = MEMBER,
    by: str = RECORDED_BY,
    database: Path | None = DATABASE,
) -> int:
    """Take a story's pictures out everywhere, and delete them: consent has ended."""
    from anchornet.store import stories

    with network(database) as opened:
        stories.end_consent(opened, member, story, by=by)
    return say(f"The pictures of story {story} are out, and deleted.")


@stories.command("list")
def list_stories(form: Form = FORMAT, database: Path | None = DATABASE) -> int:
    """Print the stories, the last written first."""
    from anchornet.facts.catalogue import CATALOGUE
    from anchornet.store import stories

    with network(database) as opened:
        every = stories.listed(opened)
    rows = [
        {
            "story": story.story_id,
            "version": story.version,
            "state": story.state if form == "json" else stories.STATES[story.state],
            "member": story.member_id if form == "json" else story.member,
            "title": story.title,
            "picture": story.picture_id is not None,
            "indicators": " ".join(story.indicators)
            if form == "json"
            else "; ".join(CATALOGUE[name].title for name in story.indicators),
            "written_at": moment_text(story.written_at, "minutes"),
            "written_by": story.written_by,
        }
        for story in every
    ]
    return print_rows(rows, form)
