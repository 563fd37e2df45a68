"""The evidence pack, for a funder or a minister: what has changed over years, outcome by outcome,
and what the network asks for.

All of it is what the public may see, as at one moment, and of what the network asks nothing but the
text that was approved by then.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from anchornet import formatting
from anchornet.exports.pack import deck_of, written
from anchornet.exports.pack.actions import story_slide
from anchornet.exports.pack.data import notes, table_slide
from anchornet.exports.pack.slides import (
    Cell,
    ChartSlide,
    Cover,
    Deck,
    Mark,
    Plot,
    Slide,
    StorySlide,
    TableSlide,
)
from anchornet.facts.catalogue import CATALOGUE, UNITS
from anchornet.indicators.evidence import KEPT, ON_PROFILE, Course
from anchornet.narrative import evidence
from anchornet.narrative.definitions import FOR_WHOM, sentences
from anchornet.narrative.evidence import Evidence, OutcomeEvidence
from anchornet.narrative.story_text import blocks
from anchornet.store.asks import Ask
from anchornet.store.database import Database

TOGETHER = 9  # rows of figures and promises that share a slide


def make_file(database: Database, form: str, reader: str = evidence.READER) -> bytes:
    """The pack as a file, its form one of pack.FORMS."""
    return written(make(database, reader=reader), form)


def file_name(day: datetime, form: str) -> str:
    return f"evidence-pack-{day:%Y-%m-%d}{form}"


def make(
    database: Database, *, as_at: datetime | None = None, reader: str = evidence.READER
) -> Deck:
    """The pack as at a moment, or now. `reader`, one of store.framework.READERS: to whom it says
    what outcomes and figures mean."""
    about = evidence.gather(database, as_at=as_at, reader=reader)
    slides: list[Slide] = [_cover(about), _in_short(about)]
    for each in about.outcomes:
        slides += _outcome(database, about, each)
    slides += [_not_known(about), _ask(about), _how_to_read(database, about)]
    title = f"{about.network}: evidence"
    return deck_of(database, slides, title, "Evidence pack", about.as_at)


def _cover(about: Evidence) -> Cover:
    span = formatting.counted(about.years, "year") if about.years else ""
    lines = [
        "Evidence pack",
        f"What has changed{f' over {span}' if span else ''}, outcome by outcome",
    ]
    if about.month:
        lines.append(f"Figures to {formatting.month(about.month)}, {about.stated}")
    title = f"What is changing in {about.area}"
    spoken = " ".join([f"{title}.", *map(formatting.sentence, lines)])
    return Cover(title, "", "", notes(about, spoken), about.network, tuple(lines))


def _in_short(about: Evidence) -> Slide:
    rows = [
        (
            each.title,
            _of(sum(c.direction == "better" for c in each.courses), len(each.courses)),
            _of(*each.counts.get(KEPT, (0, 0))),
            _of(*each.counts.get(ON_PROFILE, (0, 0))),
            each.story.title if each.story else "–",
        )
        for each in about.outcomes
        if about.month
    ]
    headings = {
        "Outcome": 3.6, "Figures better than before": 1.9, "Promises due and kept": 1.8,
        "Running promises on profile": 1.9, "Story": 3.2,
    }  # fmt: skip
    foot = (
        f"{formatting.sentence(about.stated)} Figures: those that can be compared over years, by "
        "the same members. On profile: at least nine tenths of what should be there by now."
    )
    return table_slide(about, "In short", evidence.summary(about), headings, rows, foot)


def _of(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,}" if whole else "–"


# --- an outcome ----------------------------------------------------------------------------------


def _outcome(database: Database, about: Evidence, each: OutcomeEvidence) -> Iterator[Slide]:
    lead = each.lead
    if lead is not None:
        yield _chart(database, about, each, lead)
    figures = _figures(about, each) if each.courses or not each.promises else None
    promises = _promises(about, each) if each.promises else None
    if figures and promises and len(figures.rows) + len(promises.rows) <= TOGETHER:
        yield _together(about, each, figures, promises)
    else:
        yield from (slide for slide in (figures, promises) if slide)
    if each.story:
        yield story_slide(database, about, each.story)


def _chart(
    database: Database, about: Evidence, each: OutcomeEvidence, course: Course
) -> ChartSlide:
    indicator = CATALOGUE[course.indicator]
    sentence, same = evidence.sentence(course), evidence.by_the_same(course)
    means = sentences(indicator, database.settings).get(about.reader, "")
    lines = (
        ("Change", sentence),
        ("Same members", same),
        (FOR_WHOM[about.reader], means),
        ("What this is", indicator.definition),
    )
    foot = f"{UNITS[indicator.unit]}; {_each_point(course)}. {formatting.sentence(about.stated)}"
    return ChartSlide(
        title=f"{each.title}: {formatting.inside(indicator.title)}",
        sentence=each.meaning,
        foot=foot,
        notes=notes(about, each.meaning, *(text for _, text in lines), foot),
        plot=_plot(course),
        value=str(course.last["shown"]),
        mark=Mark("none", evidence.change(course)),
        lines=tuple((what, text) for what, text in lines if text),
    )


def _each_point(course: Course) -> str:
    if CATALOGUE[course.indicator].is_stock:
        return "as at the end of each month shown"
    return f"each point is of {evidence.WINDOWS[course.window]} up to its month"


def _plot(course: Course) -> Plot:
    indicator = CATALOGUE[course.indicator]
    values = tuple(
        None if math.isnan(point["value"]) else float(point["value"]) for point in course.points
    )
    months = tuple(point["period"] for point in course.points)
    labels = tuple(str(point["shown"]) for point in course.points)
    by_month = ", ".join(
        f"{formatting.month(month, short=True)} {formatting.unseen(label)}"
        for month, label in zip(months, labels, strict=True)
    )
    return Plot(
        name=indicator.title,
        unit=indicator.unit,
        months=months,
        values=values,
        labels=labels,
        profile=(None,) * len(months),
        alt=f"Line chart: {indicator.title}, by the same members. {by_month}.",
    )


def _together(
    about: Evidence, each: OutcomeEvidence, figures: TableSlide, promises: TableSlide
) -> TableSlide:
    """Few figures and few promises in one table: promises stand under headings of their own, in the
    columns of the figures, with what was promised and delivered as their numbers."""
    blank = ("",) * (len(figures.headings) - len(promises.headings))

    def row(cells: Sequence[Cell]) -> tuple[Cell, ...]:
        what, *amounts = cells
        return what, *blank[1:], *amounts, *blank[:1]

    headings = row([Mark("heading", heading) for heading in promises.headings])
    return replace(
        figures,
        title=f"{each.title}: figures and promises",
        sentence=f"{figures.sentence} {promises.sentence}",
        foot=f"{figures.foot} Promises: {promises.foot[:1].lower()}{promises.foot[1:]}",
        notes=tuple(dict.fromkeys((*figures.notes, *promises.notes))),
        rows=(*figures.rows, headings, *map(row, promises.rows)),
        alt=f"{figures.alt} {promises.alt}",
    )


def _figures(about: Evidence, each: OutcomeEvidence) -> TableSlide:
    most = max(map(evidence.years, each.courses), default=0)
    rows = [
        (
            formatting.plain(CATALOGUE[course.indicator].title),
            *evidence.heading(course, most),
            evidence.of_when(course),
            evidence.change(course),
            evidence.same_members(course),
        )
        for course in each.courses
    ]
    values = dict.fromkeys(evidence.headings(most), 1.2)
    headings = {"Figure": 3.4, **values, "Of": 2.4, "Change": 2.4, "Same members": 1.4}
    foot = (
        f"{formatting.sentence(about.stated)} Same members: those that sent all that a figure "
        "needs in every year, of all that sent any of it."
    )
    numbers = tuple(range(1, len(headings)))
    sentence = evidence.moved(each)
    title = f"{each.title}: the figures"
    return table_slide(about, title, sentence, headings, rows, foot, numbers)


def _promises(about: Evidence, each: OutcomeEvidence) -> TableSlide:
    rows = evidence.promise_rows(each, about.framework) if about.framework else []
    widths = (4, 1.3, 1.4, 2.4, 2.4)
    moved = "" if each.courses else evidence.moved(each)
    sentence = " ".join(filter(None, [moved, evidence.stand(each.counts), each.kept]))
    ends = formatting.month(about.quarter) if about.quarter else ""
    foot = f"At the end of {ends}, {about.stated}. {evidence.ABOUT_PEOPLE}"
    headings = dict(zip(evidence.PROMISE_HEADINGS, widths, strict=True))
    title = f"{each.title}: what was promised"
    return table_slide(about, title, sentence, headings, rows, foot, (1, 2, 3, 4))


# --- the end -------------------------------------------------------------------------------------


def _not_known(about: Evidence) -> Slide:
    rows = [(each.title, " ".join(each.unknown)) for each in about.outcomes if each.unknown]
    if not about.outcomes or about.month is None:
        rows, sentence = [], evidence.summary(about)
    else:
        sentence = "What nobody sent, counted or has seen proof of; none of it counts as zero."
    headings = {"Outcome": 2.6, "What is not known": 9}
    return table_slide(about, "What is not known", sentence, headings, rows)


def _ask(about: Evidence) -> Slide:
    if about.ask is None:
        return table_slide(about, "What we ask for", evidence.NO_ASK, {"Ask": 1}, [])
    when = _approved(about.ask)
    text = [
        f"• {part}" if block.is_list else part
        for block in blocks(about.ask.words)
        for part in block.parts
    ]
    return StorySlide(
        title="What we ask for",
        sentence="",
        foot=when,
        notes=notes(about, *text, when),
        paragraphs=tuple(text),
    )


def _approved(ask: Ask) -> str:
    when = f" on {formatting.day(ask.decided_at)}" if ask.decided_at else ""
    return f"The delivery group's own words, approved{when}."


def _how_to_read(database: Database, about: Evidence) -> Slide:
    settings = database.settings
    rows = [
        (
            "Same members",
            "A figure is compared over years by those members alone that sent all that it needs, "
            "so that it doesn't move because others joined, left or sent nothing. What only a few "
            "members or people make up is not shown.",
        ),
        (
            "Cause",
            "A figure says that something changed, and not why. No value in pounds is put on what "
            "was done, and nothing is divided by what it cost.",
        ),
        (
            "People",
            f"{formatting.rounding(settings)} * stands for 1 to {settings.suppress_below - 1} "
            "people. Pounds and employers are exact.",
        ),
        (
            "Promises",
            "What suppliers, developers and members said they would do in contracts and other "
            "agreements, each counted once. One that nobody has reported on is not kept.",
        ),
        (
            "Gaps",
            "What was not sent is not known, and never counts as zero: it stands under "
            "“What is not known”.",
        ),
    ]
    sentence = f"Everything is {about.stated}, as anybody may see it."
    return table_slide(about, "How to read this", sentence, {"What": 1.4, "How": 8}, rows)
