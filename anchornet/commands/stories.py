"""Commands of stories."""

from argparse import Namespace

from anchornet.commands import DONE, arguments, command, network_of, print_json, say
from anchornet.commands.arguments import RECORDED_BY, arg
from anchornet.exports.photos import clean
from anchornet.facts.catalogue import CATALOGUE
from anchornet.narrative.plain_text import table_text
from anchornet.store import stories
from anchornet.store.network import NotPossible
from anchornet.store.stories import Consent, Draft, Picture

NUMBER = arg("story", type=int, metavar="NUMBER")


@command(
    "stories add",
    "Keep a member's story as a draft or, with its number, a newer version of one.",
    arg("words", read=arguments.read_file, metavar="FILE", help="the text, paragraphs apart"),
    arg("--member", metavar="ID", required=True),
    arg("--title", metavar="TEXT", required=True),
    arg("--story", type=int, metavar="NUMBER", help="a newer version of this one"),
    arg("--picture", read=arguments.read_file, metavar="FILE", help="JPEG, PNG or WebP"),
    arg("--no-picture", action="store_true", help="take out the one that it has"),
    arg("--alt", metavar="TEXT", default="", help="what the picture shows, in words"),
    arg("--no-people", action="store_true", help="nobody can be recognised in the picture"),
    arg("--consent-by", metavar="WHO", default="", help="who in the picture agreed, and how"),
    arg("--consent-on", read=arguments.read_day, metavar="DAY"),
    arg("--consent-for", metavar="TEXT", default="", help="what for, such as: our website"),
    arg("--video", metavar="URL", default="", help="an https:// address"),
    arg("--quote", metavar="TEXT", default=""),
    arg("--quoted", metavar="ROLE", default="", help="the role of who said it"),
    arg("--indicator", choices=tuple(CATALOGUE), metavar="NAME", action="append", default=[]),
    arg("--tag", metavar="WORD", action="append", default=[]),
    RECORDED_BY,
)
def _add(given: Namespace) -> int:
    try:
        words = given.words.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotPossible(f"{given.words} is no text in UTF-8. Save it as plain text.") from None
    picture = None
    if given.picture:
        cleaned = clean(given.picture.read_bytes())
        agreed = (given.consent_by, given.consent_on, given.consent_for)
        consent = Consent(not given.no_people, *agreed)
        picture = Picture(cleaned.large, cleaned.web, consent)
    draft = Draft(
        title=given.title,
        words=words,
        picture=picture,
        no_picture=given.no_picture,
        alternative=given.alt,
        video=given.video,
        quote=given.quote,
        quoted=given.quoted,
        indicators=tuple(given.indicator),
        tags=tuple(given.tag),
    )
    with network_of(given) as database:
        number = stories.write(database, given.member, draft, by=given.by, story_id=given.story)
    return say(f"Kept story {number} as a draft.")


@command("stories approve", "Make the newest version of a story public.", NUMBER, RECORDED_BY)
def _approve(given: Namespace) -> int:
    with network_of(given) as database:
        stories.approve(database, given.story, given.by)
    return say(f"Story {given.story} is approved.")


@command("stories withdraw", "Take a story out of all that is public.", NUMBER, RECORDED_BY)
def _withdraw(given: Namespace) -> int:
    with network_of(given) as database:
        stories.withdraw(database, given.story, given.by)
    return say(f"Story {given.story} is withdrawn.")


@command(
    "stories end-consent",
    "Take a story's pictures out everywhere, and delete them: consent has ended.",
    NUMBER,
    arg("--member", metavar="ID", required=True, help="whose story it is"),
    RECORDED_BY,
)
def _end_consent(given: Namespace) -> int:
    with network_of(given) as database:
        stories.end_consent(database, given.member, given.story, by=given.by)
    return say(f"The pictures of story {given.story} are out, and deleted.")


@command("stories list", "Print the stories, the last written first.", arguments.FORMAT)
def _list(given: Namespace) -> int:
    with network_of(given) as database:
        found = stories.listed(database)
    rows = [
        {
            "story": it.story_id,
            "version": it.version,
            "state": it.state,
            "member": it.member_id,
            "title": it.title,
            "picture": it.picture_id is not None,
            "indicators": " ".join(it.indicators),
            "written_at": f"{it.written_at.isoformat(timespec='minutes')}Z",
            "written_by": it.written_by,
        }
        for it in found
    ]
    if given.format == "json":
        return print_json(rows)
    print(table_text(rows), end="")
    return DONE
