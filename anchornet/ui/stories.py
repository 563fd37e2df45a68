"""Parts of the page of stories, and the stories that stand beside a figure."""

from base64 import b64encode
from collections.abc import Callable
from html import escape

import streamlit as st

from anchornet import formatting, member_data
from anchornet.access import Person, allowed
from anchornet.exports import bundle, open_data, site
from anchornet.exports.photos import MOST_MB, clean
from anchornet.facts.catalogue import CATALOGUE
from anchornet.narrative.story_text import blocks
from anchornet.store import publications, stories
from anchornet.store.database import Database, utc_now
from anchornet.store.network import NotPossible
from anchornet.store.stories import LIMITS, STATES, WEB, Consent, Draft, Picture, Story
from anchornet.ui import layout
from anchornet.ui.cache import cached
from anchornet.ui.filters import Filters
from anchornet.ui.meetings import do, key
from anchornet.ui.session import download

WRITING = "story"  # in the address: the one that is open
NEW = "new"
PEOPLE = {"none": "Nobody can be recognised", "some": "Somebody can be recognised, and agreed"}
DAY = "DD/MM/YYYY"
MARKS = {"draft": "○", "changed": "◐", "approved": "●", "withdrawn": "×"}


def seen(database: Database, person: Person) -> list[Story]:
    """The stories that somebody writes: all of them, or their member's."""
    if allowed(person, "approve_stories"):
        return stories.listed(database)
    return member_data.stories(database, person, person.member_id or "")


def said_of(found: list[Story]) -> str:
    """`Two stories are public and one is a draft.`"""
    if not found:
        return "No story yet: tell one that explains a figure."
    public = sum(it.state in ("approved", "changed") for it in found)
    drafts = sum(it.state in ("draft", "changed") for it in found)
    said = f"{formatting.count(public)} {'story is' if public == 1 else 'stories are'} public"
    if drafts:
        waits = "one draft waits" if drafts == 1 else f"{formatting.count(drafts)} drafts wait"
        said += f", and {waits} to be approved"
    return formatting.sentence(said)


# --- one story -----------------------------------------------------------------------------------


def html(story: Story, picture: bytes | None, level: int = 2) -> str:
    """A story as escaped HTML: nothing that was written is a mark or a link."""
    parts = [f"<h{level} class='an-h2'>{escape(story.title)}</h{level}>"]
    tags = f" · {escape(', '.join(story.tags))}" if story.tags else ""
    when = formatting.day(story.written_at)
    parts.append(f"<p class='an-note'>{escape(story.member)}, {when}{tags}</p>")
    if picture is not None:
        source = f"data:image/jpeg;base64,{b64encode(picture).decode()}"
        parts.append(f"<img src='{source}' alt='{escape(story.alternative)}'>")
    for block in blocks(story.words):
        if block.is_list:
            parts.append(f"<ul>{''.join(f'<li>{escape(it)}</li>' for it in block.parts)}</ul>")
        else:
            parts.append(f"<p>{'<br>'.join(escape(it) for it in block.parts)}</p>")
    if story.quote:
        quote, quoted = escape(story.quote), escape(story.quoted)
        parts.append(f"<blockquote><p>“{quote}”</p><cite>{quoted}</cite></blockquote>")
    if story.video:
        parts.append(
            f"<p><a href='{escape(story.video)}' target='_blank' rel='noopener noreferrer'>"
            "Watch the video, on another website</a></p>"
        )
    return f"<article class='an-story'>{''.join(parts)}</article>"


def _picture(database: Database, story: Story) -> bytes | None:
    if story.picture_id is None:
        return None
    return stories.picture(database, story.picture_id, WEB)


def beside(database: Database, indicator: str, filters: Filters) -> None:
    """The approved stories that explain a figure, folded under it; nothing where there is none."""
    if shown := _beside(database, indicator, filters):
        st.html(shown)


@cached
def _beside(database: Database, indicator: str, filters: Filters) -> str:
    found = [it for it in stories.approved(database, filters.as_at) if indicator in it.indicators]
    folded = "".join(
        f"<details class='an-definition'><summary><b>{escape(it.title)}</b> "
        f"{escape(it.member)}</summary>{html(it, _picture(database, it), 3)}</details>"
        for it in found
    )
    return f"<div class='an-stories'><h3>Stories behind it</h3>{folded}</div>" if folded else ""


# --- the list ------------------------------------------------------------------------------------


def pick(found: list[Story]) -> Story | str | None:
    """The story that the address names, NEW, or None; with the list to pick from."""
    picked = st.query_params.get(WRITING, "")
    known = {str(it.story_id): it for it in found}
    titles = {NEW: "Write a new story"} | {
        name: f"{MARKS[it.state]} {it.title} · {it.member} · {STATES[it.state].lower()}"
        for name, it in known.items()
    }
    st.session_state["story_pick"] = picked if picked in titles else next(iter(known), NEW)

    def keep() -> None:
        st.query_params[WRITING] = st.session_state["story_pick"]

    name = st.radio(
        "Stories",
        list(titles),
        format_func=lambda it: layout.plain(titles[it]),
        key="story_pick",
        label_visibility="collapsed",
        on_change=keep,
    )
    return NEW if name == NEW else known[str(name)]


def show(database: Database, story: Story) -> None:
    """The story as it will be read, and what it is for."""
    st.html(html(story, _picture(database, story)))
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
    with st.container(horizontal=True):
        if allowed(person, "approve_stories"):
            if story.state != "approved" and st.button("Approve", type="primary"):
                do("The story is approved.", stories.approve, database, number, by)
            if story.state in ("approved", "changed") and st.button("Withdraw"):
                do("The story is withdrawn.", stories.withdraw, database, number, by)
        if story.picture_id is not None and st.button("Consent has ended"):
            do(
                "The picture is out everywhere, and deleted.",
                member_data.end_consent, database, person, story.member_id, number, by=by,
            )  # fmt: skip
    if not allowed(person, "approve_stories") and story.state in ("draft", "changed"):
        layout.note("Communications or the coordinator approve it.")


# --- writing -------------------------------------------------------------------------------------


def write(database: Database, person: Person, names: dict[str, str], story: Story | None) -> None:
    """A form for a new story, or for a newer version of one."""
    mine = key(f"story_{story.story_id if story else NEW}")
    titles = {name: it.title for name, it in CATALOGUE.items()}
    with st.form(mine, border=False):
        member_id = story.member_id if story else person.member_id or ""
        if story is None and allowed(person, "approve_stories"):
            member_id = str(
                st.selectbox("Member", list(names), format_func=names.__getitem__,
                             key=f"{mine}_member")
            )  # fmt: skip

        def text(name: str, label: str, before: str, *, tall: bool = False) -> str:
            most, name = LIMITS[name][1] if name in LIMITS else 500, f"{mine}_{name}"
            if tall:
                return str(st.text_area(label, before, max_chars=most, key=name, height=220))
            return str(st.text_input(label, before, max_chars=most, key=name))

        title = text("title", "Title", story.title if story else "")
        told = text(
            "words", "Text: an empty line between paragraphs, “- ” before each line of a list",
            story.words if story else "", tall=True,
        )  # fmt: skip
        indicators = st.multiselect(
            "The figures it explains",
            list(titles),
            default=[it for it in (story.indicators if story else ()) if it in titles],
            format_func=titles.__getitem__,
            key=f"{mine}_indicators",
        )
        left, right = st.columns(2)
        with left:
            quote = text("quote", "A quote (optional)", story.quote if story else "")
            video = text("video", "Video, an https:// address", story.video if story else "")
        with right:
            quoted = text("quoted", "The role of who said it", story.quoted if story else "")
            tags = text("tags", "Tags, with commas", ", ".join(story.tags) if story else "")
        has = story is not None and story.picture_id is not None
        sent = st.file_uploader(
            f"{'Another picture' if has else 'Picture'}: JPEG, PNG or WebP, up to {MOST_MB} MB. "
            "Where and when it was taken is removed.",
            ["jpg", "jpeg", "png", "webp"],
            key=f"{mine}_picture",
        )
        alternative = text(
            "alternative", "What the picture shows, for those who can't see it",
            story.alternative if story else "",
        )  # fmt: skip
        people = st.radio(
            "People in the picture", list(PEOPLE), index=None, horizontal=True,
            format_func=PEOPLE.__getitem__, key=f"{mine}_people",
        )  # fmt: skip
        who, when, what = st.columns(3)
        with who:
            given_by = text("given_by", "Who agreed, and how", "")
        with when:
            given_on = st.date_input(
                "When", None, max_value=utc_now().date(), format=DAY, key=f"{mine}_given_on"
            )
        with what:
            given_for = text("given_for", "To what", "")
        no_picture = has and st.checkbox("Without a picture", key=f"{mine}_without")
        kept_ = st.form_submit_button("Keep as a draft", type="primary")
    if not kept_:
        return

    def keep() -> None:
        picture = None
        if sent is not None:
            if people is None:
                raise NotPossible("Say whether anybody can be recognised in the picture.")
            cleaned = clean(sent.getvalue())
            consent = Consent(people == "some", given_by, given_on, given_for)
            picture = Picture(cleaned.large, cleaned.web, consent)
        draft = Draft(
            title=title,
            words=told,
            picture=picture,
            no_picture=bool(no_picture),
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

    do("The story is kept as a draft.", keep)


# --- what leaves ---------------------------------------------------------------------------------


def publish(database: Database) -> None:
    """The public page and the open data, each as a ZIP."""
    charts, told = len(publications.public(database)), len(stories.approved(database))
    page, data = st.columns(2, gap="large")
    with page:
        _leaves(
            "Public page",
            f"{formatting.count(charts).capitalize()} approved "
            f"{'chart' if charts == 1 else 'charts'} "
            f"and {formatting.count(told)} {'story' if told == 1 else 'stories'}, with "
            f"definitions, as "
            "plain HTML for a website. Export it again when something is approved or withdrawn.",
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
