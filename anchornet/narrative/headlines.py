"""The title and the sentence of a figure that is shared, made from its figures and nothing else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE
from anchornet.indicators.few_members import FEWEST_TOGETHER, TOO_FEW_MEMBERS
from anchornet.narrative import people_sentences, spend_sentences
from anchornet.periods import add_months
from anchornet.settings import Settings
from anchornet.store.publications import ChartRequest

# Columns of rows that hold figures, and not what they are of.
FIGURES = ("value", "shown", "unknown", "unjudged", "profile", "members", "members_expected")
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
class Caption:
    """A title like a newspaper's, and a sentence that says more; `plain`: the title only names the
    measure."""

    title: str
    sentence: str
    plain: bool = False


@dataclass(frozen=True)
class Subject:
    """What a caption is of: the figure of the whole (`now`, a protected row), the rows that are
    drawn, whose it is in words ("" for the network), and whether it is of one area only. Of a
    course, the period `before` that it is compared with, and a row of revisions.like_for_like."""

    asked: ChartRequest
    now: "pd.Series[Any]"
    rows: pd.DataFrame
    whose: str
    limited: bool
    settings: Settings
    before: date | None = None
    alike: "pd.Series[Any] | None" = None

    @property
    def when(self) -> str:
        """`in July to September 2026`; `at the end of September 2026` of a stock."""
        indicator = CATALOGUE[self.asked.indicator]
        span = indicator.span(self.asked.period, self.asked.window)
        return f"{'at' if indicator.is_stock else 'in'} {span}"

    @property
    def name(self) -> str:
        return formatting.plain(CATALOGUE[self.asked.indicator].title)

    @property
    def measure(self) -> str:
        """`Starts by pathway`."""
        by = self.asked.breakdown if self.asked.chart == "bars" else None
        return f"{self.name} by {BREAKDOWNS[by].by}" if by else self.name

    @property
    def lacking(self) -> str:
        """Why there is no figure; empty where there is one."""
        if not formatting.is_gap(self.now["value"]):
            return ""
        if self.now["shown"] == TOO_FEW_MEMBERS and self.now["members"] >= FEWEST_TOGETHER:
            return (
                f"Figures of {self.whose} {self.when} are not shown by themselves: what is left of "
                "the network's would be one or two members'."
            )
        if self.now["shown"] == TOO_FEW_MEMBERS:
            sent = formatting.count(self.now["members"])
            return (
                f"Only {sent} of {self.whose} sent it {self.when}, and figures of fewer than "
                f"{formatting.count(FEWEST_TOGETHER)} members are not shown together."
            )
        return formatting.no_figure(formatting.shown(self.now), self.when)


def caption(subject: Subject) -> Caption:
    """The title and the sentence."""
    return _CAPTIONS[subject.asked.chart](subject)


def _course(subject: Subject) -> Caption:
    if subject.lacking:
        return Caption(subject.measure, subject.lacking, plain=True)
    now = subject.now
    unjudged = isinstance(now["unjudged"], str)
    title = _headline(subject, near=True) if _bears_title(now) else None
    sentence = _headline(subject)
    if sentence is None:
        sentence = f"{subject.name} {subject.when}: {formatting.shown(now)}"
    if not_known := formatting.not_known(now):
        sentence += f" ({not_known})"
    sentence = f"{sentence}, from the returns of {formatting.members(now)}."
    if not unjudged:
        sentence += _compared(subject)
    if title is None:
        return Caption(subject.measure, sentence, plain=True)
    return Caption(title, sentence)


def _bears_title(now: "pd.Series[Any]") -> bool:
    return not isinstance(now["unjudged"], str) and not formatting.lacks_months(now)


def _bars(subject: Subject) -> Caption:
    rows, unit = subject.rows, subject.now["unit"]
    by = subject.asked.breakdown or ""
    known = rows[rows["value"].gt(0) & ~rows[by].isin([formatting.NOT_KNOWN, "unknown"])]
    known = known.sort_values("value", ascending=False, kind="stable")
    labels = [formatting.figure(value, unit) for value in known["value"]]
    parts = list(zip(known["name"], labels, strict=True))
    if not parts:
        return Caption(
            subject.measure, subject.lacking or f"There is nothing to show {subject.when}.", True
        )
    if unit == "share":
        sentence = f"{subject.name} {subject.when}: {_ends(parts)}."
    else:
        whole = "" if subject.lacking else f": {formatting.shown(subject.now)}"
        sentence = f"{subject.name} {subject.when}{whole}. {_largest(parts)}."
    # A star, or a share of under 25 people.
    hidden = int((rows["value"].isna() & rows["shown"].ne("–")).sum())
    if hidden and CATALOGUE[subject.asked.indicator].people:
        sentence += f" {formatting.count(hidden).capitalize()} with too few people to show."
    return Caption(subject.measure, sentence, plain=True)


Parts = Sequence[tuple[str, str]]  # names and figures, the largest first


def _ends(parts: Parts) -> str:
    """`highest for Ward A (60%), lowest for Ward B (20%)`; those that are alike together."""
    (_, high), (_, low) = parts[0], parts[-1]
    highest, lowest = ([name for name, label in parts if label == end] for end in (high, low))
    if high == low:
        return f"{_named(highest)}, {high}{' each' if len(highest) > 1 else ''}"
    return f"highest for {_named(highest)} ({high}), lowest for {_named(lowest)} ({low})"


def _named(names: Sequence[str]) -> str:
    """`Ward A and Ward B`, or how many there are where they are more than LARGEST."""
    few = len(names) <= LARGEST
    return formatting.listed(list(names)) if few else f"{formatting.count(len(names))} of them"


def _largest(parts: Parts) -> str:
    """`The largest: Food (£6k) and Print (£2k)`: of several that are alike none before the others,
    so as many as there are up to the LARGEST, or one figure that they share."""
    first = list(parts[:LARGEST])
    if len(parts) > LARGEST and parts[LARGEST][1] == first[-1][1]:
        first = [part for part in first if part[1] != first[-1][1]]
    if not first:
        alike = sum(label == parts[0][1] for _, label in parts)
        return f"No group stands out: {formatting.count(alike)} have {parts[0][1]} each"
    what = "The largest" if len(parts) > 1 else "All that is shown"
    return f"{what}: {formatting.listed([f'{name} ({label})' for name, label in first])}"


def _rings(subject: Subject) -> Caption:
    asked, rows = subject.asked, subject.rows
    now = rows[(rows["period"] == asked.period) & rows["value"].notna()]
    pounds = {
        str(ring): float(value) for ring, value in zip(now["ring"], now["value"], strict=True)
    }
    if not any(pounds.values()):
        return Caption(subject.measure, f"There is no figure {subject.when}.", plain=True)
    names, known_from = formatting.ring_names(subject.settings), subject.settings.judged_from_known
    branch = " by address or branch" if asked.breakdown == "nearest_ring" else ""
    went = spend_sentences.went(pounds, names, known_from)
    sentence = formatting.sentence(
        f"{subject.when}, where spend with suppliers went{branch}: {went}"
    )
    share = spend_sentences.local_share(pounds, known_from)
    if share is None or not _bears_title(subject.now):
        return Caption(subject.measure, sentence, plain=True)
    to = f"to {subject.settings.area_name}"
    if branch:
        to = f"to suppliers with an address or a branch in {subject.settings.area_name}"
    shown = formatting.figure(share, "share")
    title = f"{shown} of spend with suppliers went {to} {subject.when}, where the address is known"
    return Caption(title, sentence)


def _map(subject: Subject) -> Caption:
    asked, rows, now = subject.asked, subject.rows, subject.now
    where = CATALOGUE[asked.indicator].on_map or f"{subject.name} by ward"
    title = f"{where} {subject.when}"
    if CATALOGUE[asked.indicator].people:
        frame = rows.rename(columns={"code": "ward"})
        names = dict(zip(rows["code"], rows["name"], strict=True))
        located = CATALOGUE[asked.indicator].located
        text = people_sentences.on_wards(frame, names, subject.when, located)
        return Caption(title, f"{where}: {text[:1].lower()}{text[1:]}")
    most = rows[rows["value"] > 0].sort_values("value", ascending=False).head(LARGEST)
    if most.empty:
        return Caption(title, subject.lacking or f"There is nothing to show {subject.when}.")
    wards = [
        f"{name} ({formatting.figure(value, now['unit'])})"
        for name, value in zip(most["name"], most["value"], strict=True)
    ]
    shown = formatting.figure(float(rows["value"].sum()), now["unit"])
    return Caption(
        title,
        f"{title}: most went to {formatting.listed(wards)}; {shown} of "
        f"{formatting.shown(now)} has a known place, by the supplier's registered address.",
    )


def _curves(subject: Subject) -> Caption:
    rows = subject.rows.assign(unit="share")
    titles = dict(zip(rows["pathway"], rows["name"], strict=True))
    year = formatting.span(subject.asked.period, "rolling_12")
    curves = people_sentences.curves(rows, titles, year)
    return Caption("How long people stay in their job, by pathway", curves)


_CAPTIONS: Mapping[str, Callable[[Subject], Caption]] = {
    "course": _course,
    "target": _course,
    "bars": _bars,
    "rings": _rings,
    "map": _map,
    "curves": _curves,
}


def _headline(subject: Subject, *, near: bool = False) -> str | None:
    """The figure as a headline, without its time; `near`: a share as a fraction where it is close
    to one. None where there are no words for it, or none that are true of it."""
    indicator, value = CATALOGUE[subject.asked.indicator], float(subject.now["value"])
    # One employer is not "1 employers", and an area's people are not the whole network's.
    counts_one = indicator.unit != "share" and value < 2
    if indicator.headline is None or subject.limited or counts_one:
        return None
    headline = indicator.headline.format(
        n=formatting.shown(subject.now),
        of=_share(value, formatting.shown(subject.now), near and indicator.people),
        area=subject.settings.area_name,
        wider=subject.settings.wider_area_name,
        when=subject.when,
        members=subject.whose or "members",
    )
    return headline[:1].upper() + headline[1:]


def _share(value: float, shown: str, near: bool) -> str:
    """`45% of`; `3 in 4`, or `About 3 in 4` where that is close and not the same."""
    for part, whole in FRACTIONS:
        if near and abs(value - part / whole) <= NEAR:
            about = "" if round(value * 100, 1) == round(100 * part / whole, 1) else "about "
            return f"{about}{part} in {whole}"
    return f"{shown} of"


def _compared(subject: Subject) -> str:
    """How the figure has moved since the period before, by those members that sent both; says so
    where there are none."""
    alike, before = subject.alike, subject.before
    if alike is None or before is None:
        return ""
    year = add_months(subject.asked.period, -12)
    earlier = CATALOGUE[subject.asked.indicator].span(before, subject.asked.window)
    ago = "a year before" if before == year else earlier
    members = int(alike["members"])
    gap = formatting.is_gap(alike["value"]) or formatting.is_gap(alike["value_before"])
    if alike["members_left_out"] and (gap or members < 2):
        beside = CATALOGUE[subject.asked.indicator].returns_beside
        sent = "what it is made of" if beside else "it"
        return f" It is not compared with {ago}: other members sent {sent} then."
    if gap:
        return ""
    many = f"{formatting.count(members)} {formatting.plural(members, 'member')}"
    moved = formatting.gap(alike["value"], alike["value_before"], alike["unit"])
    compared = f"{moved} {ago} ({alike['shown_before']})"
    if alike["members_left_out"]:
        return f" By the {many} that sent both it was {alike['shown']}, {compared}."
    return f" By the same {many}, that is {compared}."
