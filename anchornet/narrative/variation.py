"""What is said of a figure's variation, where it is heading, and what changed since a meeting.

All of it is made from figures as they may be seen: protected first, unless a member sees its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from anchornet import formatting
from anchornet.facts.catalogue import CATALOGUE
from anchornet.indicators.revisions import Cause
from anchornet.indicators.since_meeting import Change, OffTrack, Since
from anchornet.indicators.targets import Projection
from anchornet.indicators.xmr import NEAR, OUTSIDE, RUN, SIDE, TREND, XmR
from anchornet.returns.declaration import RETURNS
from anchornet.store.meetings import Meeting
from anchornet.store.targets import Target

# The colours of Making Data Count. Never alone: each icon has its letter and its words.
VARIATION: Mapping[str, tuple[str, str]] = {
    "common": ("Usual variation", "#a6a6a6"),
    "improvement": ("Unusual: better", "#00b0f0"),
    "concern": ("Unusual: worse", "#e46c0a"),
    "neutral": ("Unusual", "#490092"),
}
ASSURANCE: Mapping[str, str] = {
    "passes": "Passes its target every month",
    "fails": "Misses its target every month",
    "hit_and_miss": "Hits and misses its target",
}
_VERDICT: Mapping[str, str] = {
    "passes": "the target of {} is within what it reaches every month",
    "fails": "the target of {} is out of reach unless something changes",
    "hit_and_miss": "the target of {} will be met in some months and missed in others",
}


def variation(
    chart: XmR,
    indicator: str,
    periods: Sequence[date],
    target: float | None = None,
    assured: str | None = None,
) -> str:
    """What an XmR chart says, in a sentence: `periods` are the months of its points, `assured` what
    variation.assurance says of the target."""
    it = CATALOGUE[indicator]
    known = [place for place, said in enumerate(chart.points) if said]
    if chart.variation is None or pd.isna(chart.upper):
        return f"There are too few months to say how {formatting.inside(it.title)} usually varies."
    last = known[-1]
    low = formatting.figure(max(chart.lower, 0.0), it.unit)
    high = formatting.figure(min(chart.upper, 1.0) if it.unit == "share" else chart.upper, it.unit)
    usual = f"its usual range of {low} to {high}" if low != high else f"its usual {low}"
    said = f"In {formatting.month(periods[last])} the figure for {formatting.inside(it.title)} " + {
        None: f"was within {usual}",
        OUTSIDE: f"was outside {usual}",
        TREND: f"had moved the same way {formatting.count(RUN)} months running",
        NEAR: f"was near the edge of {usual} for the second time in three months",
        SIDE: f"had been on one side of its mean of {formatting.figure(chart.mean, it.unit)} for "
        f"{formatting.count(RUN)} months or more",
    }.get(chart.special[last], "")
    if chart.special[last]:
        better = {"improvement": ", for the better", "concern": ", for the worse"}
        said += f": something has changed{better.get(chart.variation, '')}"
    parts = [said]
    if assured and target is not None:
        parts.append(_VERDICT[assured].format(formatting.figure(target, it.unit)))
    if chart.trial:
        parts.append(f"the range is a first one, from {formatting.count(len(known))} months")
    return formatting.sentence("; ".join(parts))


def projection(found: Projection) -> str:
    """Where a figure would stand by its target's month, in a sentence."""
    it = CATALOGUE[found.indicator]
    value, low, high, target = (
        formatting.figure(number, it.unit)
        for number in (found.value, found.low, found.high, found.target)
    )
    pace = "If the coming months are like the last six"
    if found.rate is not None:
        pace = f"At the pace of the last six months ({_step(found.rate, it.unit)} a month)"
    between = f"{value} ({low} to {high})" if low != high else value
    verdict = {
        "reached": f"the target of {target} would be reached",
        "open": f"the target of {target} is within that range",
        "missed": f"the target of {target} would be missed",
    }[found.outcome]
    return (
        f"{pace}, the figure for {formatting.inside(it.title)} would be {between} in "
        f"{formatting.month(found.target_period)}: {verdict}."
    )


def _step(rate: float, unit: str) -> str:
    """`3.2 more`, `£1.2k less`: what a month adds."""
    size = abs(rate)
    if unit == "share":
        said = f"{size * 100:.1f} points"
    elif unit == "gbp" or size >= 10:
        said = formatting.figure(size, unit)
    else:
        said = f"{size:.1f}".removesuffix(".0")
    return f"{said} {'more' if rate >= 0 else 'less'}"


def status_change(change: Change) -> str:
    """`Retention at 26 weeks was on track and is off track: 83%, 6 points below profile.`"""
    it = CATALOGUE[change.indicator]
    said = (
        f"{formatting.plain(it.title)} was {formatting.STATUS[change.was].lower()} and is "
        f"{formatting.STATUS[change.now].lower()}: {formatting.figure(change.value_now, it.unit)}"
    )
    if change.profile is not None:
        said += f", {formatting.gap(change.value_now, change.profile, it.unit)} profile"
    return f"{said}."


def variation_change(change: Change) -> str:
    """`Starts is back in its usual range, at 315.`"""
    it = CATALOGUE[change.indicator]
    value = formatting.figure(change.value_now, it.unit)
    title = formatting.plain(it.title)
    if change.now == "common":
        return f"{title}: back to its usual variation, at {value}."
    how = {
        OUTSIDE: "outside its usual range",
        TREND: f"{formatting.count(RUN)} months running the same way",
        NEAR: "near the edge of its usual range twice in three months",
        SIDE: f"{formatting.count(RUN)} months or more on one side of its mean",
    }[change.rule or OUTSIDE]
    better = {"improvement": ", for the better", "concern": ", for the worse"}
    return f"{title}: {how}, at {value}{better.get(change.now, '')}."


def members_change(found: Since, names: Mapping[str, str]) -> list[str]:
    """Who joined, left, came in with a return or fell out: a sentence each; `names` by ID."""

    def who(ids: Sequence[str]) -> str:
        return formatting.listed([names.get(it, it) for it in ids])

    said = []
    if found.joined:
        said.append(f"{who(found.joined)} joined the network.")
    if found.left:
        said.append(f"{who(found.left)} left the network.")
    for listed, sentence in (
        (found.came_in, "{} came in with {}."),
        (found.fell_out, "{} lacks {}, which the meeting had."),
    ):
        returns: dict[str, list[str]] = {}
        for member_id, name in listed:
            returns.setdefault(member_id, []).append(formatting.inside(RETURNS[name].title))
        said += [
            sentence.format(who([member_id]), formatting.listed(titles))
            for member_id, titles in returns.items()
        ]
    return said


@dataclass(frozen=True)
class Revision:
    """A figure of then that is another one now, in words, and why."""

    title: str
    month: str
    then: str
    now: str
    why: str


def revisions(found: Since, names: Mapping[str, str]) -> list[Revision]:
    """Each figure of then that is another one now; none where it looks the same."""
    told = []
    for row in found.revised.to_dict("records"):
        it = CATALOGUE[row["indicator"]]
        then, now = (
            shown if isinstance(shown, str) else formatting.figure(value, it.unit)
            for shown, value in (
                (row.get("shown_then"), row["value_then"]),
                (row.get("shown_now"), row["value_now"]),
            )
        )
        if then != now:
            why = formatting.listed(
                list(dict.fromkeys(_cause(cause, names) for cause in row["causes"]))
            )
            why = why or "the members of the network are others"
            month = formatting.month(row["period"])
            told.append(Revision(formatting.plain(it.title), month, then, now, why))
    return told


def revised(found: Since, names: Mapping[str, str]) -> list[str]:
    """`Spend with suppliers in July 2026 was £14.9m and is £14.4m: Sample Council corrected spend.`
    A sentence for each of `revisions`."""
    return [
        f"{it.title} in {it.month} was {it.then} and is {it.now}: {it.why}."
        for it in revisions(found, names)
    ]


def _cause(cause: Cause, names: Mapping[str, str]) -> str:
    if cause.what == "entered":
        return "the area's figure is another one"
    returned = formatting.inside(RETURNS[cause.return_name or ""].title)
    if cause.what == "placed":
        return f"the supplier directory changed where {returned} counts"
    verb = {"sent": "sent", "corrected": "corrected", "withdrawn": "withdrew"}[cause.what]
    return f"{names.get(cause.member_id or '', '')} {verb} {returned}"


def actions_due(found: Since, today: date) -> list[str]:
    """The open actions that are due, a sentence each."""
    return [
        f"{formatting.plain(CATALOGUE[row['indicator']].title)}: {row['what']} ({row['who']}), "
        f"{formatting.due(row['due_on'], today)}."
        for row in found.due.to_dict("records")
    ]


def groups(
    found: Since, names: Mapping[str, str], today: date
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What exactly is different: titles, each with its sentences."""
    told = {
        "Crossed a target": [status_change(it) for it in found.crossed],
        "Crossed a limit": [variation_change(it) for it in found.varied],
        "Members": members_change(found, names),
        "Actions due": actions_due(found, today),
        "Revised since": revised(found, names),
    }
    return tuple((title, tuple(sentences)) for title, sentences in told.items() if sentences)


def since(found: Since, meeting: str) -> str:
    """What is different since the meeting, in a sentence: `Since Delivery group, September: two
    indicators are on another side of their target …`"""
    parts = [
        _many(len(found.crossed), "indicator has", "indicators have", "another status"),
        _many(len(found.varied), "indicator varies", "indicators vary", "in another way"),
        _many(len(revisions(found, {})), "figure was", "figures were", "revised"),
        _many(len({it for it, _ in found.came_in}), "member", "members", "came in"),
        _many(len({it for it, _ in found.fell_out}), "member lacks", "members lack", "returns"),
        _many(len(found.due), "action is", "actions are", "due"),
    ]
    told = [part for part in parts if part]
    if found.period_then is None:
        return f"{meeting} saw no figures."
    if not told:
        return f"Since {meeting}: nothing has changed."
    return formatting.sentence(f"Since {meeting}: {formatting.listed(told)}")


def _many(number: int, one: str, more: str, rest: str) -> str:
    return f"{formatting.count(number)} {one if number == 1 else more} {rest}" if number else ""


def carried(opened: "pd.Timestamp", meetings: Sequence[Meeting], today: date) -> str:
    """`new since the last meeting`, `carried over two meetings`."""
    past = [it for it in meetings if opened <= it.starts_at and it.starts_at.date() <= today]
    if not past:
        return "new since the last meeting"
    return f"carried over {formatting.count(len(past))} meeting{'' if len(past) == 1 else 's'}"


Asked = tuple[str, str | None]  # an indicator, and whose: None for the network's


def unanswered(behind: Sequence[OffTrack], listed: pd.DataFrame) -> list[OffTrack]:
    """Those off track for which no action is open; `listed` as store.actions.actions gives it."""
    is_open = listed[listed["state"] == "open"]
    asked = set(zip(is_open["indicator"], is_open["member_id"], strict=True))
    return [it for it in behind if (it.indicator, it.member_id) not in asked]


def agenda(
    meetings: Sequence[Meeting], listed: pd.DataFrame, lacking: Sequence[OffTrack], now: datetime
) -> str:
    """When the group meets next, how many of its open actions are due by then, and how many
    figures off track have none."""
    coming = [it for it in meetings if it.starts_at > now]
    is_open = listed[listed["state"] == "open"]
    if coming:
        first = min(coming, key=lambda it: it.starts_at)
        due = int((is_open["due_on"] <= first.starts_at.date()).sum())
        said = f"The delivery group meets next on {formatting.day(first.starts_at)}"
        told = f"{formatting.count(due, len(is_open))} open actions {_are(due)} due by then"
    else:
        said = "No meeting of the delivery group is planned"
        told = f"{formatting.count(len(is_open))} actions are open"
    if len(is_open) < 2:
        told = f"{'one action' if len(is_open) else 'no action'} is open"
    many = len(lacking)
    if many:
        told += f", and {formatting.count(many)} figure{'' if many == 1 else 's'} off track"
        told += f" {'has' if many == 1 else 'have'} none"
    return f"{said}; {told}."


def _are(number: int) -> str:
    return "is" if number < 2 else "are"


def figure_of(asked: Asked, names: Mapping[str, str]) -> str:
    """`Local spend, the network` or `Local spend, Sample Council`."""
    indicator, member_id = asked
    whose = names.get(member_id, member_id) if member_id else "the network"
    return f"{formatting.plain(CATALOGUE[indicator].title)}, {whose}"


def behind(it: OffTrack) -> str:
    """`40%, 8 points below profile`."""
    unit = CATALOGUE[it.indicator].unit
    return (
        f"{formatting.figure(it.value, unit)}, {formatting.gap(it.value, it.profile, unit)} profile"
    )


def held_to(found: Sequence[Target]) -> str:
    """How many targets hold, in a sentence."""
    own = len({it.member_id for it in found if it.member_id})
    network = sum(it.member_id is None for it in found)
    if not found:
        return "No target is set yet, so no figure has a status."
    said = f"The network is held to {formatting.count(network)} target{'' if network == 1 else 's'}"
    if own:
        said += f", and {formatting.count(own)} member{' is' if own == 1 else 's are'} held to "
        said += f"{formatting.count(len(found) - network)} of {'its' if own == 1 else 'their'} own"
    return f"{said}."


def target(found: Target) -> str:
    """`190 by Mar 27`."""
    by = formatting.month(found.target_period, short=True)
    return f"{_short(found.target, found.indicator)} by {by}"


def way(found: Target) -> str:
    """`straight from 102 in Sep 24`, or `month by month from Oct 24`."""
    if found.profile:
        return f"month by month from {formatting.month(min(found.profile), short=True)}"
    if found.baseline is None or found.baseline_period is None:
        return ""
    start = formatting.month(found.baseline_period, short=True)
    return f"straight from {_short(found.baseline, found.indicator)} in {start}"


def _short(value: float, indicator: str) -> str:
    unit = CATALOGUE[indicator].unit
    return formatting.round_pounds(value) if unit == "gbp" else exactly(value, unit)


def tolerance(found: Target, usual: float) -> str:
    """`5%`: its own, else the usual one."""
    return exactly(usual if found.tolerance is None else found.tolerance, "share")


def exactly(value: float, unit: str) -> str:
    """A value as it can be typed and read back: `48.5%`, `£15,500,000`, `1,204`."""
    if unit == "share":
        return f"{round(value * 100, 10):,.10g}%"
    return f"{'£' if unit == 'gbp' else ''}{round(value, 6):,.15g}"
