"""The evidence in sentences and rows, outcome by outcome: for a funder or a minister, and the
public. What is said is what the public audience may see."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.facts.catalogue import CATALOGUE
from anchornet.formatting import counted, is_gap, plural
from anchornet.indicators import evidence, judgement
from anchornet.indicators.evidence import (
    EVIDENCED,
    KEPT,
    NOT_REPORTED,
    ON_PROFILE,
    Course,
    Promised,
)
from anchornet.indicators.figures import PUBLIC
from anchornet.indicators.promises import promises, quarter_of
from anchornet.indicators.since_meeting import month_seen
from anchornet.narrative.framework import measured
from anchornet.narrative.promises import Names
from anchornet.store.asks import Ask, approved
from anchornet.store.database import Database, utc_now
from anchornet.store.framework import Framework, Outcome, framework
from anchornet.store.network import is_sample
from anchornet.store.stories import Story
from anchornet.store.stories import approved as approved_stories

READER = "public"
BEFORE = ("Latest", "A year before", "Two years before", "Three years before", "Four years before")
WINDOWS = {"rolling_12": "12 months", "quarter": "three months", "month": "month"}
DIRECTIONS = {"better": "Better: ", "worse": "Worse: ", "higher": "", "lower": ""}
NO_FRAMEWORK = "No framework is loaded, so there are no outcomes to show evidence for."
NO_ASK = "The delivery group has not approved a text of what it asks for."
NO_RETURN = "No member has sent a return yet, so nothing is known."
Row = Mapping[Any, Any]
Counts = Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class OutcomeEvidence:
    """What is known of one outcome, and what isn't: `unknown` has a sentence for each gap. `kept`
    names a promise that was kept, of those that are published."""

    outcome: Outcome
    meaning: str
    courses: tuple[Course, ...] = ()
    promises: tuple[Promised, ...] = ()
    counts: Counts = field(default_factory=dict)
    kept: str = ""
    story: Story | None = None
    unknown: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return self.outcome.title

    @property
    def lead(self) -> Course | None:
        """The course that is drawn: the first that has more than its two ends, else the first."""
        drawn = [course for course in self.courses if len(course.points) > 2]
        return next(iter(drawn or self.courses), None)


@dataclass(frozen=True)
class Evidence:
    """`month`: the last that is looked at, None before the first return; `as_at`: the moment of it
    all but for stories, which are those of now."""

    network: str
    area: str
    as_at: datetime
    reader: str
    month: date | None
    quarter: date | None
    framework: Framework | None
    outcomes: tuple[OutcomeEvidence, ...]
    ask: Ask | None
    sample: bool

    @property
    def stated(self) -> str:
        return f"as at {formatting.moment(self.as_at)} UTC"

    @property
    def years(self) -> int:
        """The longest course."""
        return max((years(course) for each in self.outcomes for course in each.courses), default=0)


def gather(
    database: Database,
    *,
    as_at: datetime | None = None,
    reader: str = READER,
) -> Evidence:
    """All of it as at a moment, or now; what outcomes and figures mean is said to the `reader`, one
    of store.framework.READERS."""
    moment = as_at or utc_now()
    month, plan = month_seen(database, moment), framework(database, moment)
    quarter = quarter_of(database, month, moment) if month else None
    return Evidence(
        network=database.settings.network_name,
        area=database.settings.area_name,
        as_at=moment,
        reader=reader,
        month=month,
        quarter=quarter,
        framework=plan,
        outcomes=tuple(_outcomes(database, plan, month, quarter, moment, reader)) if plan else (),
        ask=approved(database, moment),
        sample=is_sample(database),
    )


def _outcomes(
    database: Database,
    plan: Framework,
    month: date | None,
    quarter: date | None,
    as_at: datetime,
    reader: str,
) -> Iterator[OutcomeEvidence]:
    names = [name for outcome in plan.outcomes for name in measured(outcome)]
    courses = evidence.courses(database, names, month, PUBLIC, as_at) if month else {}
    newest = evidence.latest(database, names, month, PUBLIC, as_at) if month else {}
    counts = evidence.counts_by_outcome(database, quarter, PUBLIC, as_at) if quarter else {}
    published = promises(database, [quarter] if quarter else [], PUBLIC, as_at=as_at)
    told = _stories(plan, approved_stories(database))
    for outcome in plan.outcomes:
        own = measured(outcome)
        measures = [(measure.id, measure.unit) for measure in plan.measures_of(outcome.id)]
        amounts = evidence.promised(database, quarter, measures, PUBLIC, as_at) if quarter else []
        story = told.get(outcome.id)
        stand = counts.get(outcome.id, {})
        found = {name: courses[name] for name in own if name in courses}
        unknown = [*_unknown(own, newest, found), *_unknown_of_promises(stand, bool(amounts))]
        if story is None:
            unknown.append("No published story is about it.")
        yield OutcomeEvidence(
            outcome=outcome,
            meaning=outcome.sentences.get(reader, outcome.why),
            courses=tuple(found.values()),
            promises=tuple(amounts),
            counts=stand,
            kept=_kept(published[published["outcome"] == outcome.id], plan),
            story=story,
            unknown=tuple(unknown),
        )


def _stories(plan: Framework, stories: Sequence[Story]) -> dict[str, Story]:
    """Outcome -> a story about one of its figures, the newest that no outcome before it has."""
    told: dict[str, Story] = {}
    for outcome in plan.outcomes:
        about = [one for one in stories if {*one.indicators} & {*outcome.indicators}]
        fresh = [one for one in about if one not in told.values()]
        if fresh:
            told[outcome.id] = fresh[0]
    return told


# --- what is known -------------------------------------------------------------------------------


def years(course: Course) -> int:
    return len(course.years) - 1


def of_when(course: Course) -> str:
    """What each of its figures is of, in its year: `12 months to Sep`, `end of Sep`."""
    name = f"{course.last['period']:%b}"
    if CATALOGUE[course.indicator].is_stock:
        return f"end of {name}"
    return name if course.window == "month" else f"{WINDOWS[course.window]} to {name}"


def heading(course: Course, most: int) -> list[str]:
    """Its figures under BEFORE, of so many years and the latest: empty where it has none."""
    cells = [str(row["shown"]) for row in course.years]
    return ["", *[""] * (most - len(cells)), *cells][-most - 1 :]


def headings(most: int) -> tuple[str, ...]:
    return tuple(reversed(BEFORE[: most + 1]))


def change(course: Course) -> str:
    """How the latest figure stands to the first: `Better: 4 points above`."""
    direction = course.direction
    if direction is None:
        return _unjudged(course)
    if direction == "same":
        return "About the same"
    gap = formatting.gap(course.last["value"], course.first["value"], course.last["unit"])
    return formatting.capital(f"{DIRECTIONS[direction]}{gap}")


def _unjudged(course: Course) -> str:
    row = course.last if isinstance(course.last["unjudged"], str) else course.first
    if row["unjudged"] == judgement.MOSTLY_UNKNOWN:
        return f"Can't be judged: {formatting.not_known(pd.Series(row))}"
    if row["unjudged"] == judgement.BEGINNING:
        return "Can't be judged: it began then"
    return "Can't be judged: too little was sent"


def same_members(course: Course) -> str:
    """`9 of 12`."""
    return f"{course.members:,} of {course.members + course.members_left_out:,}"


def sentence(course: Course) -> str:
    """`Local starts: 46%, 1 point above two years before.`"""
    title = formatting.plain(CATALOGUE[course.indicator].title)
    before = BEFORE[years(course)]
    before = before[:1].lower() + before[1:]
    text = f"{title}: {course.last['shown']}"
    if course.direction is None:
        return f"{text}; {before} {course.first['shown']}."
    if course.direction == "same":
        return f"{text}, about the same as {before}."
    gap = formatting.gap(course.last["value"], course.first["value"], course.last["unit"])
    return f"{text}, {gap} {before}."


def by_the_same(course: Course) -> str:
    """`By the nine members that sent all of it; three other members are left out.`"""
    text = f"By {_the(course.members)} that sent all of it"
    if course.members_left_out:
        others = counted(course.members_left_out, "other member is", "other members are")
        text += f"; {others} left out"
    return f"{text}."


def _the(members: int) -> str:
    return "the one member" if members == 1 else f"the {counted(members, 'member')}"


def moved(each: OutcomeEvidence) -> str:
    """`Three of four figures are better than before, and one is worse.`"""
    if not measured(each.outcome):
        return "Nothing measures this yet."
    if not each.courses:
        return "Nothing can be compared over years yet."
    directions = Counter(course.direction for course in each.courses)
    total, better, worse = len(each.courses), directions["better"], directions["worse"]
    if total == 1:
        return f"The one figure that can be compared {_moved(each.courses[0])}."
    text = (
        f"{formatting.capital(formatting.count(better, total))} {plural(total, 'figure')} that can "
        f"be compared {formatting.verb(better)} better than before"
    )
    if worse:
        text += f", and {formatting.count(worse)} {plural(worse, 'is', 'are')} worse"
    return f"{text}."


def _moved(course: Course) -> str:
    match course.direction:
        case None:
            return "cannot be judged"
        case "same":
            return "is about the same as before"
        case direction:
            return f"is {direction} than before"


def stand(counts: Counts) -> str:
    """How promises stand: `One of two promises that were due is kept in full; 16 of 19 that run are
    on profile.`"""
    parts = []
    for name, of_when, then in (
        (KEPT, "was due", "kept in full"),
        (ON_PROFILE, "runs", "where it should be by now"),
    ):
        part, whole = counts.get(name, (0, 0))
        if whole == 1:
            parts.append(f"the one promise that {of_when} is {'' if part else 'not '}{then}")
        elif whole:
            of_which = {"was due": "were due", "runs": "run"}[of_when]
            is_ = formatting.verb(part)
            then = then if part < 2 else then.replace("it should", "they should")
            parts.append(f"{formatting.count(part, whole)} promises that {of_which} {is_} {then}")
    return formatting.sentence("; ".join(parts)) if parts else ""


def promise_rows(each: OutcomeEvidence, plan: Framework) -> list[tuple[str, ...]]:
    """Measure, promised, should be there by now, delivered, proof seen."""
    names = Names(plan, {})
    return [
        (
            names.measure({"measure": line.measure, "unit": line.unit}),
            line.promised,
            "not known" if line.delivered == "–" else line.delivered,
            line.by_now or _of(line.counts, ON_PROFILE, "on profile"),
            line.evidenced or _of(line.counts, EVIDENCED, "proven"),
        )
        for line in each.promises
    ]


PROMISE_HEADINGS = (
    "What was promised", "Promised", "Delivered", "Should be there by now", "Proof seen of"
)  # fmt: skip
ABOUT_PEOPLE = "Where people are promised, promises are counted, not people."


def _of(counts: Counts, name: str, words: str) -> str:
    """`6 of 7 promises on profile`."""
    if name not in counts:
        return "–"
    part, whole = counts[name]
    return f"{part:,} of {whole:,} {plural(whole, 'promise')} {words}"


def _kept(published: pd.DataFrame, plan: Framework) -> str:
    """One promise that was kept, by name."""
    named = published["organisation"].notna() & published["measure"].isin(plan.measure_codes)
    kept = published[(published["state"] == "kept") & named]
    for row in kept.to_dict("records"):
        what = formatting.inside(plan.measure_codes[row["measure"]])
        amount = "" if row["unit"] == "yes" else f", {row['shown_delivered']}"
        return f"Kept, for example: {Names(plan, {}).who(row)}; {what}{amount}."
    return ""


# --- what is not known ---------------------------------------------------------------------------


def _unknown(
    names: Sequence[str], newest: Mapping[str, Row], courses: Mapping[str, Course]
) -> Iterator[str]:
    if not names:
        yield "Nothing measures it yet."
        return
    if not newest:
        yield "No member has sent a return yet."
        return
    without: dict[str, list[str]] = {}
    missing: dict[tuple[int, int], list[str]] = {}
    unknown, gaps = [], []
    for name in names:
        row, title = newest[name], formatting.inside(CATALOGUE[name].title)
        if is_gap(row["value"]):
            why = formatting.unseen(str(row["shown"]))
            without.setdefault(why, []).append(title)
        elif row["members"] < row["members_expected"]:
            missing.setdefault((row["members"], row["members_expected"]), []).append(title)
        if share := formatting.not_known(pd.Series(row)):
            unknown.append(f"{share.removesuffix(' not known')} of {title}")
        if row["months"] < row["months_expected"]:
            gaps.append(f"{row['months_expected'] - row['months']:,} of {title}")
    for why, titles in without.items():
        yield f"{formatting.capital(why)}: {formatting.listed(titles)}."
    if alone := [
        name for name in names if name not in courses and not is_gap(newest[name]["value"])
    ]:
        titles = [formatting.inside(CATALOGUE[name].title) for name in alone]
        yield f"Can't be compared over years by the same members: {formatting.listed(titles)}."
    for (part, whole), titles in missing.items():
        who = formatting.capital(counted(whole - part, "member has not", "members have not"))
        who = who if part else "No member has"
        yield f"{who} sent everything in the last year: {formatting.listed(titles)}."
    if unknown:
        yield f"Not known where or of whom: {formatting.listed(unknown)}."
    if gaps:
        yield f"Months that are missing: {formatting.listed(gaps)}."


def _unknown_of_promises(counts: Counts, are_any: bool) -> Iterator[str]:
    if not counts and not are_any:
        yield "No promise towards it is recorded."
    silent, _ = counts.get(NOT_REPORTED, (0, 0))
    if silent:
        what = counted(silent, "running promise has", "running promises have")
        yield f"Nobody has said yet what {what} delivered."
    proven, delivered = counts.get(EVIDENCED, (0, 0))
    if delivered > proven:
        some = f"{formatting.capital(formatting.count(delivered - proven, delivered))} promises"
        some = "The one promise" if delivered == 1 else some
        have = plural(delivered, "has", "have")
        lack = plural(delivered - proven, "lacks", "lack")
        yield f"{some} that {have} delivered something {lack} some of the proof."


# --- all of it -----------------------------------------------------------------------------------


def summary(about: Evidence) -> str:
    """What the evidence opens with."""
    if about.framework is None:
        return NO_FRAMEWORK
    if about.month is None:
        return NO_RETURN
    every = about.outcomes
    compared = [each for each in every if each.courses]
    directions = Counter(course.direction for each in every for course in each.courses)
    total, better, worse = directions.total(), directions["better"], directions["worse"]
    text = (
        f"{formatting.capital(formatting.count(len(compared), len(every)))} outcomes can be "
        "followed over years"
    )
    if len(every) == 1:
        text = f"The one outcome {'can' if compared else 'cannot'} be followed over years"
    if total == 1:
        text += f": the one figure {_moved(compared[0].courses[0])}"
    elif total:
        are = formatting.verb(better)
        text += f": {formatting.count(better, total)} figures {are} better than before"
        if worse:
            text += f", and {formatting.count(worse)} {plural(worse, 'is', 'are')} worse"
    if unmeasured := [each.title for each in every if not measured(each.outcome)]:
        quoted = formatting.listed([f"“{title}”" for title in unmeasured])
        text += f". Nothing measures {quoted} yet"
    return f"{text}."
