"""Parts of the page of stories, and the stories that stand beside a figure."""

from base64 import b64encode
from collections.abc import Callable
from functools import partial

import streamlit as st
from markupsafe import Markup

from anchornet import formatting, member_data
from anchornet.access import Person, allowed, why_not_approve
from anchornet.exports import bundle, open_data, site
from anchornet.exports.photos import MOST_MB, clean
from anchornet.facts.catalogue import CATALOGUE
from anchornet.narrative.story_text import blocks
from anchornet.store import publications, stories
from anchornet.store.cache import cached
from anchornet.store.database import Database, utc_now
from anchornet.store.network import NotPossible
from anchornet.store.stories import LIMITS, STATES, WEB, Consent, Draft, Picture, Story
from anchornet.ui import layout
from anchornet.ui.components import html
from anchornet.ui.filters import Filters
from anchornet.ui.forms import DAY, Undo, confirmed, do, key
from anchornet.ui.session import download

WRITING = "story"  # in the address: the one that is open
NEW = "new"
PEOPLE = {"none": "Nobody can be recognised", "some": "Somebody can be recognised, and agreed"}
MARKS = {"draft": "○", "changed": "◐", "approved": "●", "withdrawn": "×"}


def seen(database: Database, person: Person) -> list[Story]:
    """The stories that somebody writes: all of them, or their member's."""
    if allowed(person, "approve_stories"):
        return stories.listed(database)
    return member_data.stories(database, person, person.member_id or "")


def summary(written: list[Story]) -> str:
    """`Two stories are public, and one draft waits to be approved.`"""
    if not written:
        return "No story yet: write one that explains a figure."
    public = sum(story.state in ("approved", "changed") for story in written)
    drafts = sum(story.state in ("draft", "changed") for story in written)
    sentence = f"{formatting.count(public)} {'story is' if public == 1 else 'stories are'} public"
    if drafts:
        waits = "one draft waits" if drafts == 1 else f"{formatting.count(drafts)} drafts wait"
        sentence += f", and {waits} to be approved"
    return formatting.sentence(sentence)


# --- one story -----------------------------------------------------------------------------------


def _html(database: Database, story: Story, level: int = 2) -> Markup:
    """A story as HTML: nothing that was written is a mark or a link."""
    picture = stories.picture(database, story.picture_id, WEB) if story.picture_id else None
    encoded = b64encode(picture).decode() if picture else ""
    when = formatting.day(story.written_at)
    return html("story", story, blocks(story.words), when, encoded, level)


def beside(database: Database, indicator: str, filters: Filters) -> None:
    """The approved stories that explain a figure, folded under it; nothing where there is none."""
    if folded := _beside(database, indicator, filters):
        st.html(folded)


@cached
def _beside(database: Database, indicator: str, filters: Filters) -> str:
    about = [
        (story.title, story.member, _html(database, story, 3))
        for story in stories.approved(database, filters.as_at)
        if indicator in story.indicators
    ]
    return html("stories", about) if about else ""


# --- the list ------------------------------------------------------------------------------------


def pick(written: list[Story]) -> Story | None:
    """The story that the address names, or None for a new one; with the list to pick from."""
    by_name = {str(story.story_id): story for story in written}
    titles = {NEW: "Write a new story"} | {
        name: f"{MARKS[story.state]} {story.title} · {story.member} · {STATES[story.state].lower()}"
        for name, story in by_name.items()
    }
    picked = st.query_params.get(WRITING, "")
    st.session_state["story_pick"] = picked if picked in titles else next(iter(by_name), NEW)

    def keep() -> None:
        st.query_params[WRITING] = st.session_state["story_pick"]

    name = st.radio(
        "Stories",
        list(titles),
        format_func=lambda name: layout.plain(titles[name]),
        key="story_pick",
        label_visibility="collapsed",
        on_change=keep,
    )
    return by_name.get(str(name))


def show(database: Database, story: Story) -> None:
    """The story as it will be read, and what it is for."""
    st.html(_html(database, story))
    names = [CATALOGUE[name].title for name in story.indicators if name in CATALOGUE]
    if names:
        layout.note(f"Shown beside: {formatting.listed(names)}.")
    steps = [f"Version {story.version}, written by {story.written_by}"]
    if story.decided_by and story.decided_at:
        steps.append(
            f"last decided by {story.decided_by} on {formatting.day(story.decided_at)}: "
            f"{STATES[story.state].lower()}"
        )
    layout.note(f"{'; '.join(steps)}.")
    _show_consent(story)


def _show_consent(story: Story) -> None:
    given = story.consent
    if given is None:
        return
    if story.picture_id is None:
        layout.note("Consent to the picture has ended: it is deleted, and shown nowhere.")
    elif given.people and given.given_on:
        layout.note(
            f"Consent to the picture: {given.given_by}, {formatting.day(given.given_on)}, "
            f"for {given.given_for}."
        )
    else:
        layout.note("Nobody can be recognised in the picture.")


def decide(database: Database, person: Person, story: Story) -> None:
    """Approve or withdraw, for who may; and the end of consent, for who writes it."""
    number, by = story.story_id, person.email
    why_not = why_not_approve(database, "approve_stories", story.written_by, by)
    if why_not and story.state != "approved" and allowed(person, "approve_stories"):
        layout.note(why_not)
    with st.container(horizontal=True):
        if allowed(person, "approve_stories"):
            undecided = story.state != "approved" and not why_not
            if undecided and st.button("Approve", type="primary"):
                do("The story is approved.", stories.approve, database, number, by)
            words = "The story leaves every page now, and the public site when it is next made."
            public = story.state in ("approved", "changed")
            if public and confirmed("Withdraw", words, "Withdraw story", "story_withdraw"):
                # Of a changed one the version before is public, which nobody approves any more.
                again = partial(stories.approve, database, number, by)
                as_it_was = story.state == "approved" and not why_not
                undo = Undo("The story is public again.", again) if as_it_was else None
                do("The story is withdrawn.", stories.withdraw, database, number, by, undo=undo)
        words = "The picture is deleted for good. The words of the story stay."
        ended = story.picture_id is not None and confirmed(
            "Consent has ended", words, "Delete picture", "consent_ended"
        )
        if ended:
            do(
                "The picture is deleted, and shown nowhere any more.",
                member_data.end_consent, database, person, story.member_id, number, by=by,
            )  # fmt: skip
    if not allowed(person, "approve_stories") and story.state in ("draft", "changed"):
        layout.note("Communications or the coordinator approve it.")


# --- writing -------------------------------------------------------------------------------------


def write(database: Database, person: Person, names: dict[str, str], story: Story | None) -> None:
    """A form for a new story, or for a newer version of one."""
    if not names:
        layout.note("A story is of a member, and the network has none yet.")
        return
    titles = {name: indicator.title for name, indicator in CATALOGUE.items()}
    has_picture = story is not None and story.picture_id is not None

    def text(name: str, label: str, before: str = "") -> str:
        most = LIMITS[name][1] if name in LIMITS else 500
        if name == "words":
            return str(st.text_area(label, before, max_chars=most, height=220))
        return str(st.text_input(label, before, max_chars=most))

    with st.form(key(f"story_{story.story_id if story else NEW}"), border=False):
        member_id = story.member_id if story else person.member_id or ""
        if story is None and allowed(person, "approve_stories"):
            member_id = str(st.selectbox("Member", list(names), format_func=names.__getitem__))
        title = text("title", "Title", story.title if story else "")
        words = text(
            "words", "Text: an empty line between paragraphs, “- ” before each line of a list",
            story.words if story else "",
        )  # fmt: skip
        indicators = st.multiselect(
            "The figures it explains",
            list(titles),
            default=[name for name in (story.indicators if story else ()) if name in titles],
            format_func=titles.__getitem__,
        )
        left, right = st.columns(2)
        with left:
            quote = text("quote", "Quote (optional)", story.quote if story else "")
            video = text("video", "Video, an https:// address", story.video if story else "")
        with right:
            quoted = text("quoted", "Role of who said it", story.quoted if story else "")
            tags = text("tags", "Tags, with commas", ", ".join(story.tags) if story else "")
        uploaded = st.file_uploader(
            f"{'Another picture' if has_picture else 'Picture'}: JPEG, PNG or WebP, up to "
            f"{MOST_MB} MB. We remove where and when it was taken.",
            ["jpg", "jpeg", "png", "webp"],
        )
        alternative = text(
            "alternative", "What the picture shows, for those who can't see it",
            story.alternative if story else "",
        )  # fmt: skip
        people = st.radio(
            "People in the picture", list(PEOPLE), index=None, horizontal=True,
            format_func=PEOPLE.__getitem__,
        )  # fmt: skip
        who, when, what = st.columns(3)
        with who:
            given_by = text("given_by", "Who agreed, and how")
        with when:
            given_on = st.date_input("When", None, max_value=utc_now().date(), format=DAY)
        with what:
            given_for = text("given_for", "To what")
        no_picture = has_picture and st.checkbox("Without a picture")
        pressed = st.form_submit_button("Save draft", type="primary")

    def save() -> None:
        picture = None
        if uploaded is not None:
            if people is None:
                raise NotPossible("Say whether anybody can be recognised in the picture.")
            cleaned = clean(uploaded.getvalue())
            consent = Consent(people == "some", given_by, given_on, given_for)
            picture = Picture(cleaned.large, cleaned.web, consent)
        draft = Draft(
            title=title,
            words=words,
            picture=picture,
            no_picture=no_picture,
            alternative=alternative,
            video=video,
            quote=quote,
            quoted=quoted,
            indicators=tuple(indicators),
            tags=tuple(tags.split(",")),
        )
        number = member_data.write_story(
            database, person, member_id, draft, by=person.email,
            story_id=story.story_id if story else None,
        )  # fmt: skip
        st.query_params[WRITING] = str(number)

    if pressed:
        do("The story is saved as a draft.", save)


# --- what leaves ---------------------------------------------------------------------------------


def publish(database: Database) -> None:
    """The public page and the open data, each as a ZIP."""
    if refused := open_data.no_longer_made(database):
        st.warning(refused)
        return
    charts, approved = len(publications.public(database)), len(stories.approved(database))
    page, data = st.columns(2, gap="large")
    with page:
        _leaves(
            "Public page",
            f"{formatting.count(charts).capitalize()} approved "
            f"{'chart' if charts == 1 else 'charts'} "
            f"and {formatting.count(approved)} {'story' if approved == 1 else 'stories'}, with "
            "definitions, as plain HTML for a website. Export it again when something is approved "
            "or withdrawn.",
            lambda: site.build(database),
            "publish_site",
        )
    with data:
        _leaves(
            "Open data",
            "The approved charts' numbers as a Frictionless Data Package: CSV, with every column "
            "described, the licence and the sources.",
            lambda: open_data.build(database),
            "publish_data",
        )


def _leaves(name: str, about: str, files: Callable[[], bundle.Files], button: str) -> None:
    """What it is, and the button for it as a ZIP of today."""
    layout.heading(name, about)
    download(
        f"{name} as ZIP",
        lambda: bundle.zipped(files()),
        file_name=f"{name.lower()} {utc_now():%Y-%m-%d}.zip",
        mime="application/zip",
        key=button,
    )
