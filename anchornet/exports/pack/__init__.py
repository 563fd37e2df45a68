"""The meeting pack: what the delivery group needs to see, as a deck that can be written as
PowerPoint or PDF.

It is made by the same calls as the pages, as at the moment the meeting starts, or as at now while
that is still to come; all of it passes disclosure control. So it says what the pages say.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.exports import picture_export
from anchornet.exports.pack import actions
from anchornet.exports.pack.data import MeetingData, mark_of, notes, table_slide, target
from anchornet.exports.pack.slides import (
    Cell,
    ChartSlide,
    Cover,
    Deck,
    Mark,
    Plot,
    Slide,
    TableSlide,
)
from anchornet.facts.catalogue import CATALOGUE, OVERVIEW, UNITS
from anchornet.indicators.contributions import contributions
from anchornet.indicators.figures import NETWORK
from anchornet.indicators.revisions import like_for_like
from anchornet.indicators.targets import project
from anchornet.narrative import page_sentences, status, variation
from anchornet.narrative.definitions import FOR_WHOM, sentences
from anchornet.narrative.explanation import explanation, is_change
from anchornet.narrative.returns_status import ON_BOARD, titles_on
from anchornet.returns.declaration import RETURNS
from anchornet.settings import Settings
from anchornet.store.database import Database, utc_now
from anchornet.store.meetings import Meeting, meetings
from anchornet.store.network import NotPossible, is_sample
from anchornet.store.publications import ChartRequest, keep

DOING = 2  # open actions that stand beside a chart
FORMS = {".pptx": "PowerPoint", ".pdf": "PDF"}
MIME = {
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".pdf": "application/pdf",
}


def make_file(
    database: Database, meeting: Meeting, form: str, by: str, reader: str | None = None
) -> bytes:
    """The pack of a meeting as a file, its form one of FORMS; `by` is kept with the figures that
    it holds. `reader`: see make."""
    return written(make(database, meeting, by, reader=reader), form)


def written(deck: Deck, form: str) -> bytes:
    """The deck as a file, its form one of FORMS."""
    from anchornet.exports.pack import pdf, pptx  # here, as few pages need what they import

    return pdf.write(deck) if form == ".pdf" else pptx.write(deck)


def check_template(settings: Settings) -> None:
    """NotPossible, with a sentence, where the network's own template lacks something."""
    from anchornet.exports.pack import pptx

    pptx.Template(settings.pack_template)


def file_name(meeting: Meeting, form: str) -> str:
    return f"meeting-pack-{meeting.starts_at:%Y-%m-%d}{form}"


def meeting_on(database: Database, day: date | None = None, now: datetime | None = None) -> Meeting:
    """The meeting of that day or, without one, the next, else the last. Raises NotPossible."""
    now, recorded = now or utc_now(), meetings(database)
    if not recorded:
        raise NotPossible("No meeting is recorded. Record one with `meetings add`.")
    if day is None:
        coming = [meeting for meeting in recorded if meeting.starts_at >= now]
        return coming[-1] if coming else recorded[0]
    for meeting in recorded:
        if meeting.starts_at.date() == day:
            return meeting
    others = [f"{other.name} on {formatting.day(other.starts_at)}" for other in recorded[:6]]
    raise NotPossible(
        f"No meeting is recorded for {formatting.day(day)}. There are: {formatting.listed(others)}."
    )


def make(
    database: Database,
    meeting: Meeting,
    by: str,
    now: datetime | None = None,
    reader: str | None = None,
) -> Deck:
    """The pack of a meeting. Each figure in it is kept as a draft, by whoever makes the pack, so
    that its reference brings it back. With a `reader`, one of store.framework.READERS, each says
    what it means to them."""
    data = MeetingData.of(database, meeting, now or utc_now())
    slides: list[Slide] = [_cover(data)]
    if data.period is None:
        slides.append(_nothing_yet(data))
    else:
        slides += [_headlines(data), actions.exceptions(data)]
        changes, why = _changes(data)
        shown = [name for name in data.indicators if data.rows(name)["value"].notna().any()]
        slides += [
            _chart_slide(data, name, changes.get(name, ""), why.get(name, ""), by, reader)
            for name in shown
        ]
        slides += _not_known(data, [name for name in data.indicators if name not in shown])
        slides += [_coverage(data), *actions.changes(data)]
    slides += [actions.open_actions(data), *actions.closed(data)]
    slides += [*actions.story_slides(data), _how_to_read(data)]
    title = f"{meeting.name}: meeting pack"
    return deck_of(database, slides, title, "Meeting pack", data.now)


def deck_of(
    database: Database, slides: Sequence[Slide], title: str, subject: str, made_at: datetime
) -> Deck:
    """The slides as a presentation in the network's look, as many as there is room for on each."""
    from anchornet.exports.pack import pptx

    template = pptx.Template(database.settings.pack_template)
    return Deck(
        title=title,
        author=database.settings.network_name,
        made_at=made_at,
        sample=is_sample(database),
        slides=tuple(_apart(pptx.split(slides, template))),
        accent=database.settings.colour,
        logo=picture_export.logo_png(database.settings),
        template=database.settings.pack_template,
        subject=subject,
    )


def _apart(slides: Sequence[Slide]) -> Iterator[Slide]:
    """The slides with a title each of its own, whatever stories are called."""
    titles: set[str] = set()
    for slide in slides:
        title, more = slide.title, 2
        while title in titles:
            title, more = f"{slide.title} ({more})", more + 1
        titles.add(title)
        yield replace(slide, title=title)


# --- the opening ---------------------------------------------------------------------------------


def _cover(data: MeetingData) -> Cover:
    starts = data.meeting.starts_at
    lines = [f"{formatting.day(starts)}, {starts:%H:%M} UTC"]
    if data.period:
        lines.append(f"Figures for {formatting.month(data.period)}, {data.stated}")
    if starts > data.now:
        lines.append("Made before the meeting: what is recorded until then is not in it.")
    sentence = " ".join([f"{data.meeting.name}: meeting pack.", *map(formatting.sentence, lines)])
    return Cover(
        title=data.meeting.name,
        sentence="",
        foot="",
        notes=notes(data, sentence),
        network=data.database.settings.network_name,
        lines=("Meeting pack", *lines),
    )


def _nothing_yet(data: MeetingData) -> TableSlide:
    sentence = (
        "No member has sent a return yet. Once the first is in, this pack shows each figure with "
        "its course, its target and how many members it covers."
    )
    return table_slide(data, "No figures yet", sentence, {"Figure": 1}, [])


def _title(row: "pd.Series[Any]", month: date) -> str:
    indicator = CATALOGUE[row["indicator"]]
    title = formatting.plain(indicator.title)
    return title if row["period"] == month else f"{title}, {indicator.span(row['period'], 'month')}"


def _headlines(data: MeetingData) -> TableSlide:
    now = data.series.groupby("indicator", sort=False).tail(1)
    when = formatting.month(data.month)
    sentence = page_sentences.overview(now[now["indicator"].isin(OVERVIEW)], data.board, when)
    rows = [
        (
            _title(row, data.month),
            formatting.shown(row),
            mark_of(row),
            formatting.capital(status.against(row)),
            target(row),
            f"{row['members']:,} of {row['members_expected']:,}",
        )
        for _, row in now.iterrows()
    ]
    headings = {
        "Figure": 3.3, "Value": 1, "Status": 1.9, "Against its profile": 2.9, "Target": 2,
        "Members": 1,
    }  # fmt: skip
    foot = (
        f"{when}, {data.stated}. Profile: where a figure should stand by now. * stands for 1 to "
        f"{data.database.settings.suppress_below - 1} people; – for nothing sent."
    )
    return table_slide(
        data, f"Where we are in {when}", sentence, headings, rows, foot, numbers=(1,)
    )


# --- an indicator --------------------------------------------------------------------------------


def _chart_slide(
    data: MeetingData, indicator: str, change: str, why: str, by: str, reader: str | None
) -> ChartSlide:
    definition, title = CATALOGUE[indicator].definition, CATALOGUE[indicator].title
    rows = data.rows(indicator)
    row = rows.iloc[-1]
    sentence, ahead = status.sentence(row), project(rows)
    on_course = variation.projection(ahead) if ahead else ""
    request = ChartRequest(indicator, "target", None, row["period"], "month", data.as_at)
    reference = keep(data.database, request, by, data.now)
    return_name = CATALOGUE[indicator].return_name
    returns = f"{RETURNS[return_name].title} returns" if return_name else "Returns"
    foot = (
        f"{UNITS[CATALOGUE[indicator].unit]}. {returns} of {formatting.members(row)}, "
        f"{formatting.month(row['period'])}, {data.stated}. Reference {reference}."
    )
    own = data.opened[(data.opened["indicator"] == indicator) & data.opened["member_id"].isna()]
    being_done = [
        f"{action['what']} ({action['who']}, {formatting.due(action['due_on'], data.today)})"
        for action in own.to_dict("records")
    ]
    # The slide of actions has them whole.
    short = [("Being done", formatting.shorten(text, 160)) for text in being_done[:DOING]]
    more = len(being_done) - DOING
    meanings = sentences(CATALOGUE[indicator], data.database.settings)
    means = [(FOR_WHOM[reader], meanings[reader])] if reader in meanings else []
    lines = [
        ("Target", target(row)),
        ("Change", change),
        ("Why", why),
        ("Its trend", on_course),
        *short,
        ("And", f"{more:,} more open {formatting.plural(more, 'action')}" if more > 0 else ""),
        *means,
        ("What this is", definition),
    ]
    return ChartSlide(
        title=f"{title}: {_headline(row)}",
        sentence=sentence,
        foot=foot,
        notes=notes(
            data,
            f"{sentence} {on_course}".rstrip(),
            change,
            why,
            *(text for _, text in means),
            *(f"Being done: {formatting.sentence(text)}" for text in being_done),
            f"What this is: {definition}",
            foot,
            _without(rows),
            "To make it again, and see whether it was revised: "
            f"python -m anchornet figure {reference}",
        ),
        plot=_plot(rows, indicator),
        value=formatting.shown(row),
        mark=mark_of(row),
        lines=tuple((what, text) for what, text in lines if text),
    )


def _not_known(data: MeetingData, indicators: Sequence[str]) -> list[TableSlide]:
    """What no month is known of, in one table; no slide where there is nothing."""
    if not indicators:
        return []
    rows = [
        (
            CATALOGUE[name].title,
            status.sentence(data.rows(name).iloc[-1]),
            CATALOGUE[name].definition,
        )
        for name in indicators
    ]
    many = formatting.counted(len(rows), "figure has", "figures have")
    sentence = formatting.sentence(f"{many} no month yet that can be shown")
    headings = {"Figure": 2.8, "Why": 3, "What this is": 6}
    return [table_slide(data, "Figures not known yet", sentence, headings, rows)]


def _changes(data: MeetingData) -> tuple[dict[str, str], dict[str, str]]:
    """Indicator -> what has changed since a year before, or the month before; and of those that
    need attention, what makes up the change."""
    together: dict[tuple[date, date], list[str]] = {}
    for name in data.indicators:
        if earlier := status.earlier(data.rows(name), name):
            period = CATALOGUE[name].last_period(data.month)
            together.setdefault((period, earlier), []).append(name)
    exceptions = {case.indicator for case in data.cases() if case.is_exception}
    changes, why = {}, {}
    for (period, earlier), names in together.items():
        frame = like_for_like(data.database, names, period, earlier, NETWORK, as_at=data.as_at)
        for _, alike in frame.iterrows():
            name = str(alike["indicator"])
            changes[name] = status.change(data.rows(name), earlier, alike)
            if name in exceptions and is_change(alike.to_dict()):
                why[name] = _why(data, alike, period, earlier)
    return changes, why


def _why(data: MeetingData, alike: "pd.Series[Any]", period: date, earlier: date) -> str:
    parts = contributions(
        data.database, alike.to_dict(), period, earlier, NETWORK, as_at=data.as_at
    )
    when = CATALOGUE[str(alike["indicator"])].span(earlier, "month")
    settings = data.database.settings
    return explanation(alike.to_dict(), parts, when, settings, data.names).sentence


def _headline(row: "pd.Series[Any]") -> str:
    """`41%, off track`; why there is nothing, where there isn't."""
    shown, mark = formatting.shown(row), mark_of(row)
    if formatting.is_gap(row["value"]):
        return "no figure for the month" if shown == "–" else formatting.unseen(shown)
    unit = str(row["unit"])
    noun = "" if unit in ("share", "gbp") else f" {unit}"
    return f"{shown}{noun}, {mark.word[:1].lower()}{mark.word[1:]}"


def _plot(rows: pd.DataFrame, indicator: str) -> Plot:
    title, unit = CATALOGUE[indicator].title, CATALOGUE[indicator].unit
    values, profile = (
        tuple(None if math.isnan(value) else float(value) for value in rows[column])
        for column in ("value", "profile")
    )
    by_month = ", ".join(
        f"{formatting.month(month, short=True)} {formatting.unseen(label)}"
        for month, label in zip(rows["period"], rows["label"], strict=True)
    )
    last = next((value for value in reversed(profile) if value is not None), None)
    against = f" Its profile by then is {formatting.figure(last, unit)}." if last else ""
    return Plot(
        name=title,
        unit=unit,
        months=tuple(rows["period"]),
        values=values,
        labels=tuple(rows["label"]),
        profile=profile,
        alt=f"Chart of {title} by month: {by_month}.{against}",
    )


def _without(rows: pd.DataFrame) -> str:
    """Which months the chart leaves out, and why."""
    sentences = []
    for label in rows.loc[rows["value"].isna(), "label"].unique():
        why = formatting.capital(formatting.unseen(label))
        gaps = rows.loc[rows["label"] == label, "period"]
        months = [formatting.month(month, short=True) for month in gaps]
        why = "No figure was sent" if label == "–" else why
        sentences.append(f"{why}, a gap in the chart: {formatting.listed(months)}.")
    return " ".join(sentences)


# --- what stands behind, and what is to be done ---------------------------------------------------


def _coverage(data: MeetingData) -> TableSlide:
    when = formatting.month(data.month)
    titles = titles_on(data.board)
    rows: list[list[Cell]] = []
    if not data.board.empty:
        for _, own in data.board.groupby(["member", "member_id"]):
            states = dict(zip(own["return_name"], own["state"], strict=True))
            cells: list[Cell] = [
                Mark(states[name], ON_BOARD[states[name]][1]) if name in states else ""
                for name in titles
            ]
            rows.append([str(own["member"].iloc[0]), *cells])
    headings = {"Member": 3.6, **dict.fromkeys(titles.values(), 1.9)}
    return table_slide(
        data,
        f"Who has returned what for {when}",
        page_sentences.coverage(data.board),
        headings,
        rows,
        f"Returns for {when}, {data.stated}. Corrected: sent more than once.",
    )


def _how_to_read(data: MeetingData) -> TableSlide:
    settings = data.database.settings
    tolerance = formatting.figure(data.database.settings_at(data.as_at).tolerance, "share")
    rows = [
        (
            "Status",
            "A figure against its profile, which is where it should stand by now on the way to its "
            f"target. On track: there or better. Within tolerance: {tolerance} short at most, "
            "unless the target says otherwise. Off track: more than that.",
        ),
        (
            "People",
            f"{formatting.rounding(settings)} * stands for 1 to {settings.suppress_below - 1} "
            "people, or for a percentage with so few in the part or the rest. Percentages of fewer "
            f"than {settings.percent_base} people are not shown. Pounds and employers are exact.",
        ),
        (
            "Gaps",
            "What was not sent is a gap in a chart, never nought. Each figure says how many "
            "members it is made of; like for like compares members that are in both months.",
        ),
        (
            "Its trend",
            "A straight line through up to 24 months, carried on to the target's month, with the "
            "range that such a month falls in 19 times in 20. Left out where the months don't keep "
            "to a line. It takes no account of seasons or plans.",
        ),
        (
            "Charts",
            "Can be edited. Their data is what may be shown: rounded, and empty where a figure is "
            "missing or hidden.",
        ),
    ]
    return table_slide(
        data,
        "How to read these figures",
        f"Everything is {data.stated}; the pages show the same as at that moment.",
        {"What": 1.4, "How": 8},
        rows,
    )
