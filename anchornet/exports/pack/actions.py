"""What the group has to follow up: exceptions, what moved, what was revised, and actions."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import pandas as pd

from anchornet import formatting
from anchornet.exports.pack.data import MeetingData, Noted, mark_of, notes, table_slide
from anchornet.exports.pack.slides import Cell, Mark, StorySlide, TableSlide
from anchornet.facts.catalogue import CATALOGUE
from anchornet.indicators import since_meeting
from anchornet.indicators.figures import NETWORK
from anchornet.narrative import exceptions as narrative_exceptions
from anchornet.narrative import meeting, variation
from anchornet.store import stories
from anchornet.store.database import Database
from anchornet.store.meetings import meetings
from anchornet.store.stories import Story

STORIES = 6


def exceptions(data: MeetingData) -> TableSlide:
    """What is off track or of concern, of the network and then of members held to targets of their
    own; what has an overdue action stands first."""
    entries: list[tuple[bool, Sequence[Sequence[Cell]]]] = []
    all_cases = data.cases()
    needing = [case for case in all_cases if case.is_exception]
    for case in needing:
        figure = f"{CATALOGUE[case.indicator].title}: {narrative_exceptions.stands(case)}"
        mark = mark_of(case.row)
        if mark.kind != "off_track":
            mark = Mark("concern", variation.VARIATION["concern"][0])
        entries.append(_with_actions(data, mark, figure, list(case.actions)))
    of_members = since_meeting.members_off_track(
        data.database, data.month, NETWORK, as_at=data.as_at
    )
    for behind in of_members:
        name = meeting.figure_of((behind.indicator, behind.member_id), data.names)
        own = data.opened[
            (data.opened["indicator"] == behind.indicator)
            & (data.opened["member_id"] == behind.member_id)
        ].to_dict("records")
        mark = Mark("off_track", formatting.STATUS["off_track"])
        entries.append(_with_actions(data, mark, f"{name}: {meeting.behind(behind)}", own))
    entries.sort(key=lambda entry: not entry[0])
    rows = [row for _, lines in entries for row in lines]
    lacking = narrative_exceptions.lacking(all_cases, of_members, data.listed)
    sentence = narrative_exceptions.summary(all_cases, of_members, lacking)
    headings = {
        "Status": 2.2, "Figure, and where it stands": 3.8, "What is being done": 3.4, "Owner": 1.6,
        "Due": 1.5,
    }  # fmt: skip
    return table_slide(data, "What needs the group's attention", sentence, headings, rows)


def _with_actions(
    data: MeetingData, mark: Mark, figure: str, own: Sequence[Mapping[object, object]]
) -> tuple[bool, list[list[Cell]]]:
    """Whether one of the actions is overdue, and a row for each of them."""
    if not own:
        return False, [[mark, figure, Mark("missing", "No action yet"), "", ""]]
    rows: list[list[Cell]] = [
        [*((mark, figure) if number == 0 else ("", "as above")), *_action(data, action)]
        for number, action in enumerate(own)
    ]
    return any(_is_late(data, action) for action in own), rows


def _is_late(data: MeetingData, action: Mapping[object, object]) -> bool:
    due_on = action["due_on"]
    return isinstance(due_on, date) and due_on < data.today


def _action(data: MeetingData, action: Mapping[object, object]) -> list[Cell]:
    """What, who and by when."""
    due_on = action["due_on"]
    if not isinstance(due_on, date):
        raise TypeError(f"{due_on!r} is not a date")
    text = f"{formatting.day(due_on, short=True)}, {formatting.due(due_on, data.today)}"
    due: Cell = Mark("overdue", text) if _is_late(data, action) else text
    return [str(action["what"]), str(action["who"]), due]


def changes(data: MeetingData) -> list[TableSlide]:
    """What is different since the meeting before, and the figures that were revised since."""
    if data.before is None:
        sentence = "This is the first meeting that is recorded, so there is none to compare with."
        return [table_slide(data, "Since the last meeting", sentence, {"What": 1}, [])]
    changes = since_meeting.since(
        data.database,
        data.looked_at,
        data.before.starts_at,
        data.as_at,
        NETWORK,
        period=data.period,
    )
    sentence = meeting.since(changes, data.before.name)
    elsewhere = {"Actions due", "Revised figures"}  # they have slides of their own
    rows = [
        (title, sentence)
        for title, sentences in meeting.change_groups(changes, data.names, data.today)
        if title not in elsewhere
        for sentence in sentences
    ]
    compared = (
        f"Between {formatting.moment(data.before.starts_at)} UTC and "
        f"{formatting.moment(data.as_at)}"
    )
    changed = table_slide(
        data, "Since the last meeting", sentence, {"What": 1.4, "How": 8}, rows, f"{compared} UTC."
    )
    revisions = meeting.revisions(changes, data.names)
    sentence = f"No figure that {data.before.name} saw has changed since."
    if revisions:
        many = formatting.counted(len(revisions), "figure")
        have = formatting.plural(len(revisions), "has", "have")
        sentence = formatting.sentence(
            f"{many} of the twelve months that {data.before.name} saw {have} changed since"
        )
    revised = table_slide(
        data,
        "Figures revised since the last meeting",
        sentence,
        {"Figure": 3, "Month": 1.4, "Was": 0.9, "Is": 0.9, "Why": 4.4},
        [
            (one.title, one.month, one.then, one.now, formatting.sentence(one.why))
            for one in revisions
        ],
        f"{compared} UTC.",
        numbers=(2, 3),
    )
    return [changed, revised]


def open_actions(data: MeetingData) -> TableSlide:
    opened = data.opened
    records = opened.to_dict("records")
    late = sum(_is_late(data, action) for action in records)
    sentence = f"{formatting.counted(len(opened), 'action is', 'actions are')} open"
    if late:
        sentence += f", {'and' if late == len(opened) == 1 else formatting.count(late)} overdue"
    held = [one for one in meetings(data.database) if one.starts_at <= data.as_at]
    rows = [
        [
            meeting.concern_of(action, data.names),
            *_action(data, action),
            meeting.carried_over(action["opened_at"], held, data.today),
        ]
        for action in records
    ]
    headings = {
        "About": 2.6, "What will be done": 3.8, "Owner": 1.8, "Due": 1.6, "Open since": 1.6,
    }  # fmt: skip
    return table_slide(data, "Open actions", formatting.sentence(sentence), headings, rows)


def _since(data: MeetingData) -> datetime:
    """When the meeting before was, or a year ago."""
    return data.before.starts_at if data.before else data.as_at - timedelta(days=365)


def closed(data: MeetingData) -> list[TableSlide]:
    """What was closed since the meeting before; no slide where nothing was."""
    done = data.listed[data.listed["state"] == "done"]
    done = done[pd.to_datetime(done["closed_at"]) > _since(data)]
    if done.empty:
        return []
    rows = [
        (
            meeting.concern_of(action, data.names),
            f"{action['what']} ({action['who']})",
            formatting.day(action["closed_at"]),
            action["note"],
        )
        for action in done.to_dict("records")
    ]
    headings = {"About": 2.4, "What was done": 3.8, "Closed on": 1.4, "Outcome": 3.8}
    many = formatting.counted(len(rows), "action was", "actions were")
    when = f"since {data.before.name}" if data.before else "in the past year"
    sentence = formatting.sentence(f"{many} closed {when}")
    return [table_slide(data, "Actions closed since", sentence, headings, rows)]


def story_slides(data: MeetingData) -> list[StorySlide]:
    """The stories that were approved since the meeting before, as far as they were by then, with
    the pictures to which consent holds now."""
    approved = stories.approved(data.database, data.as_at)
    new = [story for story in approved if story.decided_at and story.decided_at > _since(data)]
    return [story_slide(data.database, data, story) for story in new[:STORIES]]


def story_slide(database: Database, data: Noted, story: Story) -> StorySlide:
    """`story`: an approved one."""
    lines = [line.strip() for line in story.words.splitlines() if line.strip()]
    text = [f"• {line[2:]}" if line.startswith("- ") else line for line in lines]
    quote = [f"“{story.quote}” – {story.quoted}"] if story.quote else []
    film = [f"Film: {story.video}"] if story.video else []
    titles = [formatting.inside(CATALOGUE[name].title) for name in story.indicators]
    when = f", approved on {formatting.day(story.decided_at)}" if story.decided_at else ""
    foot = f"{story.member}'s own words{when}."
    picture, consent = None, ""
    if story.picture_id is not None:
        picture = stories.picture(database, story.picture_id)
        consent = story.consent.given_for if story.consent else ""
    about = f", about {formatting.listed(titles)}" if titles else ""
    sentence = f"{story.member}{about}"
    return StorySlide(
        title=f"Story: {story.title}",
        sentence=sentence,
        foot=foot,
        notes=notes(
            data,
            f"{sentence}.",
            *text,
            *quote,
            *film,
            f"The picture shows: {story.alternative}" if picture else "",
            f"Consent to the picture is for: {consent}" if consent else "",
            foot,
        ),
        paragraphs=(*text, *quote, *film),
        picture=picture,
        alt=story.alternative if picture else "",
    )
