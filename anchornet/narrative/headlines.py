"""The title and the sentence of a figure that is shared, made from its figures and nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE
from anchornet.indicators.disclosure import HIDDEN
from anchornet.narrative import page_sentences
from anchornet.periods import add_months
from anchornet.settings import Settings
from anchornet.store.publications import ChartRequest

# Columns of rows that hold figures, and not what they are of.
FIGURES = ("value", "shown", "profile", "members", "members_expected")
FRACTIONS = (
    (1, 2),
    (1, 3),
    (2, 3),
    (1, 4),
    (3, 4),
    (1, 5),
    (2, 5),
    (3, 5),
    (4, 5),
    (1, 10),
    (9, 10),
)
NEAR = 0.01  # of a fraction that may stand for a share in a headline
LARGEST = 3  # groups that a sentence names


@dataclass(frozen=True)
class Told:
    """A title like a newspaper's, and a sentence that says more; `plain`: the title only names the
    measure."""

    title: str
    sentence: str
    plain: bool = False


@dataclass(frozen=True)
class Story:
    """What is told of: the figure of the whole (`now`, a protected row), the rows that are drawn,
    whose it is in words ("" for the network), and whether it is of one area only."""

    asked: ChartRequest
    now: "pd.Series[Any]"
    rows: pd.DataFrame
    whose: str
    limited: bool
    settings: Settings

    @property
    def when(self) -> str:
        """`in July to September 2026`; `at the end of September 2026` of a stock."""
        period, window = self.asked.period, self.asked.window
        if CATALOGUE[self.asked.indicator].kind == "stock":
            return f"at the end of {formatting.month(period)}"
        return f"in {formatting.span(period, window)}"


def tell(story: Story) -> Told:
    """The title and the sentence."""
    return _TELL[story.asked.chart](story)


def _course(story: Story) -> Told:
    lacking = _lacking(story)
    if lacking:
        return Told(_named(story), lacking, plain=True)
    asked, now = story.asked, story.now
    title, sentence = _headline(story, near=True), _headline(story)
    if sentence is None:
        sentence = f"{_name(story)} {story.when}: {formatting.shown(now)}"
    before = _before(asked, story.rows)
    if before is not None:
        row, ago = before
        moved = formatting.gap(now["value"], row["value"], now["unit"])
        sentence += f". That is {moved} {ago} ({formatting.figure(row['value'], now['unit'])})"
    sentence = f"{sentence}, from the returns of {formatting.members(now)}."
    if title is None:
        return Told(_named(story), sentence, plain=True)
    return Told(title, sentence)


def _bars(story: Story) -> Told:
    rows, unit = story.rows, story.now["unit"]
    by = story.asked.breakdown or ""
    known = rows[rows["value"].gt(0) & ~rows[by].isin([formatting.NOT_KNOWN, "unknown"])]
    known = known.sort_values("value", ascending=False, kind="stable")
    parts = [
        f"{name} ({formatting.figure(value, unit)})"
        for name, value in zip(known["name"], known["value"], strict=True)
    ]
    if not parts:
        return Told(
            _named(story), _lacking(story) or f"There is nothing to show {story.when}.", True
        )
    if unit == "share":
        said = f"{_name(story)} {story.when}: highest for {parts[0]}"
        said += f", lowest for {parts[-1]}." if len(parts) > 1 else "."
    else:
        whole = "" if _lacking(story) else f": {formatting.shown(story.now)}"
        largest = "The largest" if len(parts) > 1 else "All that is shown"
        said = (
            f"{_name(story)} {story.when}{whole}. {largest}: {formatting.listed(parts[:LARGEST])}."
        )
    hidden = int(rows["shown"].eq(HIDDEN).sum())
    if hidden:
        said += f" {formatting.count(hidden).capitalize()} with too few people to show."
    return Told(_named(story), said, plain=True)


def _rings(story: Story) -> Told:
    asked, rows = story.asked, story.rows
    now = rows[(rows["period"] == asked.period) & rows["value"].notna()]
    pounds = dict(zip(now["ring"], now["value"].clip(lower=0), strict=True))
    total = sum(pounds.values())
    if not total:
        return Told(_named(story), f"There is no figure {story.when}.", plain=True)
    names = formatting.ring_names(story.settings)
    shares = {ring: formatting.figure(pounds.get(ring, 0.0) / total, "share") for ring in names}
    parts = [f"{share} {page_sentences.where(ring, names[ring])}" for ring, share in shares.items()]
    branch = " by address or branch" if asked.breakdown == "nearest_ring" else ""
    said = f"{story.when}, where spend with suppliers went{branch}: {formatting.listed(parts)}."
    to = f"to {story.settings.area_name}"
    if branch:
        to = f"to suppliers with an address or a branch in {story.settings.area_name}"
    title = f"{shares['area']} of all spend with suppliers went {to} {story.when}"
    return Told(title, formatting.sentence(said))


def _map(story: Story) -> Told:
    asked, rows, now = story.asked, story.rows, story.now
    place = CATALOGUE[asked.indicator].on_map or f"{_name(story)} by ward"
    title = f"{place} {story.when}"
    if CATALOGUE[asked.indicator].people:
        frame = rows.rename(columns={"code": "ward"})
        names = dict(zip(rows["code"], rows["name"], strict=True))
        span = formatting.span(asked.period, asked.window)
        said = page_sentences.homes(frame, names, span)
        return Told(title, f"{place}: {said[:1].lower()}{said[1:]}")
    most = rows[rows["value"] > 0].sort_values("value", ascending=False).head(LARGEST)
    if most.empty:
        return Told(title, _lacking(story) or f"There is nothing to show {story.when}.")
    listed = [
        f"{name} ({formatting.figure(value, now['unit'])})"
        for name, value in zip(most["name"], most["value"], strict=True)
    ]
    shown = formatting.figure(float(rows["value"].sum()), now["unit"])
    return Told(
        title,
        f"{title}: most went to {formatting.listed(listed)}; {shown} of "
        f"{formatting.shown(now)} is on the "
        "map, by the supplier's registered address.",
    )


def _curves(story: Story) -> Told:
    rows = story.rows.assign(unit="share")
    titles = dict(zip(rows["pathway"], rows["name"], strict=True))
    said = page_sentences.curves(rows, titles, formatting.span(story.asked.period, "rolling_12"))
    return Told("How long people stay in their job, by pathway", said)


_TELL: Mapping[str, Callable[[Story], Told]] = {
    "course": _course,
    "target": _course,
    "bars": _bars,
    "rings": _rings,
    "map": _map,
    "curves": _curves,
}


def _lacking(story: Story) -> str:
    """Why there is no figure to tell of; empty where there is one."""
    if not formatting.is_gap(story.now["value"]):
        return ""
    if story.whose and story.now["members"] == 1:
        return (
            f"Only one of {story.whose} sent it {story.when}, and one member's figure is its own."
        )
    return formatting.no_figure(formatting.shown(story.now), story.when)


def _name(story: Story) -> str:
    return formatting.plain(CATALOGUE[story.asked.indicator].title)


def _named(story: Story) -> str:
    by = story.asked.breakdown if story.asked.chart == "bars" else None
    return f"{_name(story)} by {BREAKDOWNS[by].by}" if by else _name(story)


def _headline(story: Story, *, near: bool = False) -> str | None:
    """The figure as a headline, without its time; `near`: a share as a fraction where it is close
    to one. None where there are no words for it, or none that are true of it."""
    indicator, value = CATALOGUE[story.asked.indicator], float(story.now["value"])
    # One employer is not "1 employers", and an area's people are not the whole network's.
    counts_one = indicator.unit != "share" and value < 2
    if indicator.headline is None or story.limited or counts_one:
        return None
    headline = indicator.headline.format(
        n=formatting.shown(story.now),
        of=_share(value, formatting.shown(story.now), near and indicator.people),
        area=story.settings.area_name,
        wider=story.settings.wider_area_name,
        when=story.when,
        members=story.whose or "members",
    )
    return headline[:1].upper() + headline[1:]


def _share(value: float, shown: str, near: bool) -> str:
    """`45% of`; `3 in 4`, or `About 3 in 4` where that is close and not the same."""
    for part, whole in FRACTIONS:
        if near and abs(value - part / whole) <= NEAR:
            about = "" if round(value * 100, 1) == round(100 * part / whole, 1) else "about "
            return f"{about}{part} in {whole}"
    return f"{shown} of"


def _before(asked: ChartRequest, rows: pd.DataFrame) -> tuple["pd.Series[Any]", str] | None:
    """The row of a year before, else of the first period there is, and how that is called."""
    known = rows[rows["value"].notna() & (rows["period"] < asked.period)]
    if known.empty:
        return None
    by_period = {row["period"]: row for _, row in known.iterrows()}
    year = add_months(asked.period, -12)
    if year in by_period:
        return by_period[year], "a year before"
    first = min(by_period)
    return by_period[first], f"{formatting.span(first, asked.window)}"
