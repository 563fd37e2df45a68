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
from anchornet.exports.pack import follow_up
from anchornet.exports.pack.deck import Cell, Cover, Deck, Figured, Mark, Plot, Slide, Tabled
from anchornet.exports.pack.seen import Seen, mark_of, notes, tabled, target
from anchornet.facts.catalogue import CATALOGUE, FACTS
from anchornet.indicators.disclosure import HIDDEN, protect
from anchornet.indicators.revisions import like_for_like
from anchornet.indicators.targets import project
from anchornet.narrative import page_sentences, status, variation
from anchornet.narrative.definitions import UNITS
from anchornet.narrative.exceptions import HEADLINES
from anchornet.narrative.returns_status import ON_BOARD
from anchornet.returns.declaration import RETURNS
from anchornet.store.database import Database, utc_now
from anchornet.store.meetings import Meeting, meetings
from anchornet.store.network import NotPossible
from anchornet.store.publications import ChartRequest, keep

DOING = 2  # open actions that stand beside a chart
FORMS = {".pptx": "PowerPoint", ".pdf": "PDF"}
MIME = {
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".pdf": "application/pdf",
}


def make_file(database: Database, meeting: Meeting, form: str, by: str) -> bytes:
    """The pack of a meeting as a file, its form one of FORMS; `by` is kept with the figures that
    it holds."""
    made = make(database, meeting, by)
    if form == ".pdf":
        from anchornet.exports.pack import printed

        return printed.write(made)
    from anchornet.exports.pack import slides

    return slides.write(made)


def file_name(meeting: Meeting, form: str) -> str:
    return f"meeting-pack-{meeting.starts_at:%Y-%m-%d}{form}"


def meeting_on(database: Database, day: date | None = None, now: datetime | None = None) -> Meeting:
    """The meeting of that day or, without one, the next, else the last. Raises NotPossible."""
    now, held = now or utc_now(), meetings(database)
    if not held:
        raise NotPossible("No meeting is recorded. Record one with `meetings add`.")
    if day is not None:
        found = [it for it in held if it.starts_at.date() == day]
        if not found:
            listed = formatting.listed(
                [f"{it.name} on {formatting.day(it.starts_at)}" for it in held[:6]]
            )
            raise NotPossible(
                f"No meeting is recorded for {formatting.day(day)}. There are: {listed}."
            )
        return found[0]
    coming = [it for it in held if it.starts_at >= now]
    return coming[-1] if coming else held[0]


def make(database: Database, meeting: Meeting, by: str, now: datetime | None = None) -> Deck:
    """The pack of a meeting. Each figure in it is kept as a draft, by whoever makes the pack, so
    that its reference brings it back."""
    seen = Seen.of(database, meeting, now or utc_now())
    slides: list[Slide] = [_cover(seen)]
    if seen.period is None:
        slides.append(_nothing_yet(seen))
    else:
        slides += [*_headlines(seen), *follow_up.exceptions(seen)]
        changes = _changes(seen)
        known = [name for name in seen.indicators if seen.rows(name)["value"].notna().any()]
        slides += [_figure(seen, name, changes.get(name, ""), by) for name in known]
        slides += _not_known(seen, [name for name in seen.indicators if name not in known])
        slides += [*_coverage(seen), *follow_up.moved(seen)]
    slides += [*follow_up.open_actions(seen), *follow_up.closed(seen)]
    slides += [*follow_up.told(seen), *_how_to_read(seen)]
    return Deck(
        title=f"{meeting.name}: meeting pack",
        author=database.settings.network_name,
        made_at=seen.now,
        sample=seen.sample,
        slides=tuple(_apart(slides)),
        accent=database.settings.colour,
        logo=picture_export.logo_png(database.settings),
    )


def _apart(slides: Sequence[Slide]) -> Iterator[Slide]:
    """The slides with a title each of its own, whatever stories are called."""
    seen: set[str] = set()
    for slide in slides:
        title, more = slide.title, 2
        while title in seen:
            title, more = f"{slide.title} ({more})", more + 1
        seen.add(title)
        yield replace(slide, title=title)


# --- the opening ---------------------------------------------------------------------------------


def _cover(seen: Seen) -> Cover:
    starts = seen.meeting.starts_at
    still = starts > seen.now
    lines = [f"{formatting.day(starts)}, {starts:%H:%M} UTC"]
    if seen.period:
        lines.append(f"Figures for {formatting.month(seen.period)}, {seen.stated}")
    if still:
        lines.append("Made before the meeting: what is recorded until then is not in it.")
    said = " ".join([f"{seen.meeting.name}: meeting pack.", *map(formatting.sentence, lines)])
    return Cover(
        title=seen.meeting.name,
        said="",
        foot="",
        notes=notes(seen, said),
        network=seen.database.settings.network_name,
        lines=("Meeting pack", *lines),
    )


def _nothing_yet(seen: Seen) -> Tabled:
    said = (
        "No member has sent a return yet. Once the first is in, this pack shows each figure with "
        "its course, its target and how many members it covers."
    )
    (slide,) = tabled(seen, "No figures yet", said, {"Figure": 1}, [])
    return slide


def _headlines(seen: Seen) -> list[Tabled]:
    now = seen.series[seen.series["period"] == seen.period]
    when = formatting.month(seen.month)
    said = page_sentences.overview(now[now["indicator"].isin(HEADLINES)], seen.board, when)
    rows = [
        (
            formatting.plain(CATALOGUE[row["indicator"]].title),
            formatting.shown(row),
            mark_of(row),
            formatting.sentence(status.against(row)).rstrip(".") if status.against(row) else "",
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
        f"{when}, {seen.stated}. Profile: where a figure should stand by now. * stands for too "
        "few people to show; – for nothing sent."
    )
    return tabled(seen, f"Where we are in {when}", said, headings, rows, foot, numbers=(1,))


# --- an indicator --------------------------------------------------------------------------------


def _figure(seen: Seen, indicator: str, change: str, by: str) -> Figured:
    it, period = CATALOGUE[indicator], seen.month
    rows = seen.rows(indicator)
    row = rows.iloc[-1]
    said = status.sentence(row)
    ahead = project(rows)
    whole = f"{said} {variation.projection(ahead)}" if ahead else said
    asked = ChartRequest(indicator, "target", None, period, "month", seen.as_at)
    reference = keep(seen.database, asked, by, seen.now)
    return_name = FACTS[it.facts[0]].return_name
    foot = (
        f"{UNITS[it.unit]}. {f'{RETURNS[return_name].title} returns' if return_name else 'Returns'}"
        f" of {formatting.members(row)}, {formatting.month(period)}, {seen.stated}."
    )
    foot += f" Reference {reference}."
    own = seen.opened[(seen.opened["indicator"] == indicator) & seen.opened["member_id"].isna()]
    doing = [
        f"{action['what']} ({action['who']}, {formatting.due(action['due_on'], seen.today)})"
        for action in own.to_dict("records")
    ]
    lines = [
        ("Target", target(row)),
        ("Change", change),
        ("On course for", variation.projection(ahead) if ahead else ""),
        *(("Being done", _short(text)) for text in doing[:DOING]),
        *([("And", f"{len(doing) - DOING:,} more open actions")] if len(doing) > DOING else []),
        ("What this is", it.definition),
    ]
    return Figured(
        title=f"{it.title}: {_headline(row)}",
        said=said,
        foot=foot,
        notes=notes(
            seen,
            whole,
            change,
            *(f"Being done: {formatting.sentence(text)}" for text in doing),
            f"What this is: {it.definition}",
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


def _short(text: str, most: int = 160) -> str:
    """The text, or as much of it as has room beside a chart; the slide of actions has it whole."""
    return text if len(text) <= most else f"{text[:most].rpartition(' ')[0]} …"


def _not_known(seen: Seen, indicators: Sequence[str]) -> list[Tabled]:
    """What no month is known of, in one table; no slide where there is nothing."""
    if not indicators:
        return []
    rows = [
        (
            CATALOGUE[name].title,
            status.sentence(seen.rows(name).iloc[-1]),
            CATALOGUE[name].definition,
        )
        for name in indicators
    ]
    many = f"{formatting.count(len(rows))} figure{' has' if len(rows) == 1 else 's have'}"
    said = formatting.sentence(f"{many} no month yet that can be shown")
    headings = {"Figure": 2.8, "Why": 3, "What this is": 6}
    return tabled(seen, "Figures not known yet", said, headings, rows)


def _changes(seen: Seen) -> dict[str, str]:
    """Indicator -> what has changed since a year before, or the month before."""
    before: dict[date, list[str]] = {}
    for name in seen.indicators:
        if earlier := status.earlier(seen.rows(name)):
            before.setdefault(earlier, []).append(name)
    return {
        str(alike["indicator"]): status.change(seen.rows(str(alike["indicator"])), earlier, alike)
        for earlier, names in before.items()
        for _, alike in like_for_like(
            seen.database, names, seen.month, earlier,
            as_at=seen.as_at, frames=lambda it: protect(seen.database, it),
        ).iterrows()
    }  # fmt: skip


def _headline(row: "pd.Series[Any]") -> str:
    """`41%, off track`; why there is nothing, where there isn't."""
    shown, mark = formatting.shown(row), mark_of(row)
    if formatting.is_gap(row["value"]):
        return "too few people to show" if shown == HIDDEN else "no figure for the month"
    unit = str(row["unit"])
    noun = "" if unit in ("share", "gbp") else f" {unit}"
    return f"{shown}{noun}, {mark.word[:1].lower()}{mark.word[1:]}"


def _plot(rows: pd.DataFrame, indicator: str) -> Plot:
    it = CATALOGUE[indicator]
    months = tuple(rows["period"])
    labels = tuple(rows["label"])
    said = ", ".join(
        f"{formatting.month(month, short=True)} {_in_words(label)}"
        for month, label in zip(months, labels, strict=True)
    )
    profile = tuple(_gap(value) for value in rows["profile"])
    beside = next((value for value in reversed(profile) if value is not None), None)
    against = f" Its profile by then is {formatting.figure(beside, it.unit)}." if beside else ""
    return Plot(
        name=it.title,
        unit=it.unit,
        months=months,
        values=tuple(_gap(value) for value in rows["value"]),
        labels=labels,
        profile=profile,
        alt=f"Chart of {it.title} by month: {said}.{against}",
    )


def _gap(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _in_words(label: str) -> str:
    return {"–": "no figure", HIDDEN: "too few people to show"}.get(label, label)


def _without(rows: pd.DataFrame) -> str:
    """Which months the chart leaves out, and why."""
    told = []
    for label, why in (("–", "No figure was sent"), (HIDDEN, "Too few people to show")):
        months = [
            formatting.month(it, short=True) for it in rows.loc[rows["label"] == label, "period"]
        ]
        if months:
            told.append(f"{why}, a gap in the chart: {formatting.listed(months)}.")
    return " ".join(told)


# --- what stands behind, and what is to be done ---------------------------------------------------


def _coverage(seen: Seen) -> list[Tabled]:
    when = formatting.month(seen.month)
    titles = {name: it.title for name, it in RETURNS.items()}
    rows: list[list[Cell]] = []
    if not seen.board.empty:
        for _, own in seen.board.groupby(["member", "member_id"]):
            states = dict(zip(own["return_name"], own["state"], strict=True))
            cells: list[Cell] = [
                Mark(states[name], ON_BOARD[states[name]][1]) if name in states else ""
                for name in titles
            ]
            rows.append([str(own["member"].iloc[0]), *cells])
    headings = {"Member": 3.6, **dict.fromkeys(titles.values(), 1.9)}
    return tabled(
        seen,
        f"Who has returned what for {when}",
        page_sentences.coverage(seen.board),
        headings,
        rows,
        f"Returns for {when}, {seen.stated}. Corrected: sent more than once.",
    )


def _how_to_read(seen: Seen) -> list[Tabled]:
    settings = seen.database.settings
    tolerance = formatting.figure(settings.tolerance, "share")
    rows = [
        (
            "Status",
            "A figure against its profile, which is where it should stand by now on the way to its "
            f"target. On track: there or better. Within tolerance: {tolerance} short at most, "
            "unless the target says otherwise. Off track: more than that.",
        ),
        (
            "People",
            f"Counts of 1 to {settings.suppress_below - 1} people are shown as *, others to the "
            f"nearest {settings.round_to}. Shares of fewer than {settings.percent_base} people are "
            "not shown, nor what a small number could be worked out from. Pounds and employers are "
            "exact.",
        ),
        (
            "Gaps",
            "What was not sent is a gap in a chart, never nought. Each figure says how many "
            "members it is made of; like for like compares members that are in both months.",
        ),
        (
            "On course for",
            "Carries on the last six figures to the target's month, with the range that their own "
            "ups and downs allow. It knows nothing of seasons or plans.",
        ),
        (
            "Charts",
            "Can be edited. Their data is what may be shown: rounded, and empty where a figure is "
            "missing or hidden.",
        ),
    ]
    return tabled(
        seen,
        "How to read these figures",
        f"Everything is {seen.stated}; the pages show the same as at that moment.",
        {"What": 1.4, "How": 8},
        rows,
    )
