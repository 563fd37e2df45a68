"""What a meeting of the delivery group is told: what changed since the last one, what was revised,
and which actions are open.

All of it is made from figures as they may be seen: protected first, unless a member sees its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.facts.catalogue import CATALOGUE
from anchornet.indicators.revisions import Cause
from anchornet.indicators.since_meeting import Change, OffTrack, Since
from anchornet.indicators.xmr import NEAR, OUTSIDE, RUN, SIDE, TREND
from anchornet.narrative.variation import FOR_BETTER_OR_WORSE
from anchornet.returns.declaration import RETURNS
from anchornet.store.meetings import Meeting

RULES = {
    OUTSIDE: "outside its usual range",
    TREND: f"{formatting.count(RUN - 1)} months running the same way",
    NEAR: "near the edge of its usual range or beyond it, in at least two of three months",
    SIDE: f"{formatting.count(RUN)} months or more on one side of its mean",
}
FigureOf = tuple[str, str | None]  # an indicator, and the member it is of: None for the network


def status_change(change: Change) -> str:
    """`Local starts was on track and is off track: 43%, 6 points below profile.`"""
    indicator = CATALOGUE[change.indicator]
    was, now = (formatting.STATUS[status].lower() for status in (change.was, change.now))
    value = formatting.figure(change.value_now, indicator.unit)
    text = f"{formatting.plain(indicator.title)} was {was} and is {now}: {value}"
    if change.profile is not None:
        text += f", {formatting.gap(change.value_now, change.profile, indicator.unit)} profile"
    return f"{text}."


def variation_change(change: Change) -> str:
    """`Starts: back to its usual variation, at 315.`"""
    indicator = CATALOGUE[change.indicator]
    value, title = formatting.figure(change.value_now, indicator.unit), indicator.title
    how = "back to its usual variation" if change.now == "common" else RULES[change.rule or OUTSIDE]
    better = FOR_BETTER_OR_WORSE.get(change.now, "")
    return f"{formatting.plain(title)}: {how}, at {value}{better}."


def members_change(changes: Since, names: Mapping[str, str]) -> list[str]:
    """Who joined, left, came in with a return or fell out: a sentence each; `names` by ID."""

    def who(ids: Sequence[str]) -> str:
        return formatting.listed([names.get(member_id, member_id) for member_id in ids])

    sentences = []
    if changes.joined:
        sentences.append(f"{who(changes.joined)} joined the network.")
    if changes.left:
        sentences.append(f"{who(changes.left)} left the network.")
    for returns, template in (
        (changes.came_in, "{} came in with {}."),
        (changes.fell_out, "{} lacks {}, which the meeting had."),
    ):
        titles: dict[str, list[str]] = {}
        for member_id, name in returns:
            titles.setdefault(member_id, []).append(formatting.inside(RETURNS[name].title))
        sentences += [
            template.format(who([member_id]), formatting.listed(of_member))
            for member_id, of_member in titles.items()
        ]
    return sentences


@dataclass(frozen=True)
class Revision:
    """A figure of then that is another one now, in words, and why."""

    title: str
    month: str
    then: str
    now: str
    why: str


def revisions(changes: Since, names: Mapping[str, str]) -> list[Revision]:
    """Each figure of then that is another one now; none where it looks the same."""
    revised = []
    for row in changes.revised.to_dict("records"):
        indicator = CATALOGUE[row["indicator"]]
        then, now = (
            shown if isinstance(shown, str) else formatting.figure(value, indicator.unit)
            for shown, value in (
                (row.get("shown_then"), row["value_then"]),
                (row.get("shown_now"), row["value_now"]),
            )
        )
        if then != now:
            causes = dict.fromkeys(_cause(cause, names) for cause in row["causes"])
            why = formatting.listed(list(causes)) or "the network's members have changed"
            month = formatting.month(row["period"])
            revised.append(Revision(formatting.plain(indicator.title), month, then, now, why))
    return revised


def revision_sentences(changes: Since, names: Mapping[str, str]) -> list[str]:
    """`Spend with suppliers in July 2026 was £14.9m and is £14.4m: Sample Council corrected spend.`
    A sentence for each of `revisions`."""
    return [
        f"{revision.title} in {revision.month} was {revision.then} and is {revision.now}: "
        f"{revision.why}."
        for revision in revisions(changes, names)
    ]


def _cause(cause: Cause, names: Mapping[str, str]) -> str:
    if cause.what == "entered":
        return "the area's figure has changed"
    title = formatting.inside(RETURNS[cause.return_name or ""].title)
    if cause.what == "placed":
        return f"the directory of organisations changed where {title} counts"
    verb = {"sent": "sent", "corrected": "corrected", "withdrawn": "withdrew"}[cause.what]
    return f"{names.get(cause.member_id or '', '')} {verb} {title}"


def actions_due(changes: Since, today: date) -> list[str]:
    """The open actions that are due, a sentence each."""
    return [
        f"{formatting.plain(CATALOGUE[row['indicator']].title)}: {row['what']} ({row['who']}), "
        f"{formatting.due(row['due_on'], today)}."
        for row in changes.due.to_dict("records")
    ]


def change_groups(
    changes: Since, names: Mapping[str, str], today: date
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What exactly is different: titles, each with its sentences."""
    groups = {
        "Status changed": [status_change(change) for change in changes.crossed],
        "Usual range": [variation_change(change) for change in changes.varied],
        "Members": members_change(changes, names),
        "Actions due": actions_due(changes, today),
        "Revised figures": revision_sentences(changes, names),
    }
    return tuple((title, tuple(sentences)) for title, sentences in groups.items() if sentences)


def since(changes: Since, meeting: str) -> str:
    """What is different since the meeting, in a sentence: `Since Delivery group, September: two
    indicators have a different status …`"""
    if changes.period_then is None:
        return f"{meeting} saw no figures."
    counts = (
        (len(changes.crossed), "indicator has", "indicators have", "a different status"),
        (len(changes.varied), "indicator varies", "indicators vary", "in a different way"),
        (len(revisions(changes, {})), "figure was", "figures were", "revised"),
        (len(dict(changes.came_in)), "member", "members", "came in"),
        (len(dict(changes.fell_out)), "member lacks", "members lack", "returns"),
        (len(changes.due), "action is", "actions are", "due"),
    )
    parts = [
        f"{formatting.counted(number, one, many)} {rest}"
        for number, one, many, rest in counts
        if number
    ]
    if not parts:
        return f"Since {meeting}: nothing has changed."
    return formatting.sentence(f"Since {meeting}: {formatting.listed(parts)}")


def carried_over(opened: "pd.Timestamp", meetings: Sequence[Meeting], today: date) -> str:
    """`new since the last meeting`, `carried over two meetings`."""
    past = [one for one in meetings if opened <= one.starts_at and one.starts_at.date() <= today]
    if not past:
        return "new since the last meeting"
    return f"carried over {formatting.counted(len(past), 'meeting')}"


def unanswered(behind: Sequence[OffTrack], actions: pd.DataFrame) -> list[OffTrack]:
    """Those off track for which no action is open; `actions` as store.actions gives them."""
    is_open = actions[actions["state"] == "open"]
    answered = set(zip(is_open["indicator"], is_open["member_id"], strict=True))
    return [figure for figure in behind if (figure.indicator, figure.member_id) not in answered]


def agenda(meetings: Sequence[Meeting], actions: pd.DataFrame, now: datetime) -> str:
    """When the group meets next, and how many of its open actions are due by then."""
    coming = [one.starts_at for one in meetings if one.starts_at > now]
    is_open = actions[actions["state"] == "open"]
    when = "No meeting of the delivery group is planned"
    what = f"{formatting.count(len(is_open))} actions are open"
    if coming:
        due = int((is_open["due_on"] <= min(coming).date()).sum())
        when = f"The delivery group meets next on {formatting.day(min(coming))}"
        are = formatting.verb(due)
        what = f"{formatting.count(due, len(is_open))} open actions {are} due by then"
    if len(is_open) < 2:
        what = f"{formatting.count(len(is_open))} action is open"
    return f"{when}; {what}."


def figure_of(figure: FigureOf, names: Mapping[str, str]) -> str:
    """`Local spend, the network` or `Local spend, Sample Council`."""
    indicator, member_id = figure
    whose = names.get(member_id, member_id) if member_id else "the network"
    return f"{formatting.plain(CATALOGUE[indicator].title)}, {whose}"


def concern_of(action: Mapping[Any, Any], names: Mapping[str, str]) -> str:
    """What an action is about: its promise or outcome, else its figure; with its workstream."""
    what = action["about_words"] or figure_of((action["indicator"], action["member_id"]), names)
    return f"{what} ({action['workstream']})" if action["workstream"] else what


def behind(figure: OffTrack) -> str:
    """`40%, 8 points below profile of 48%`."""
    unit = CATALOGUE[figure.indicator].unit
    gap = formatting.gap(figure.value, figure.profile, unit)
    profile = formatting.figure(figure.profile, unit)
    return f"{formatting.figure(figure.value, unit)}, {gap} profile of {profile}"
