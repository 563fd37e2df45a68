"""The framework in sentences: how outcomes stand, what a contract is asked, what has changed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

import pandas as pd

from anchornet import formatting
from anchornet.facts.catalogue import CATALOGUE
from anchornet.formatting import counted, plural
from anchornet.store.framework import (
    READERS,
    UNITS,
    Band,
    Framework,
    Measure,
    Outcome,
    Pledge,
)

PUBLISHED_FROM = Decimal(5_000_000)  # pounds, from which contracts carry published indicators
MOST = 3  # new things that are named
WITH_A_TARGET = {
    "on_track": "on track",
    "within_tolerance": "within tolerance",
    "off_track": "off track",
}
Entry = TypeVar("Entry")
Compare = Callable[[Entry, Entry], Iterator[str]]


def outcomes(framework: Framework, figures: pd.DataFrame | None) -> str:
    """What a page of all outcomes opens with: `figures` as targets.status gives them for a period,
    protected; None where nothing was sent yet."""
    every = framework.outcomes
    unmeasured = [outcome.title for outcome in every if not measured(outcome)]
    if len(every) == 1:
        if unmeasured:
            return f"Nothing measures the network's one outcome yet: {_named(unmeasured)}."
        text = "The network's one outcome is measured"
    elif not unmeasured:
        text = f"Each of the network's {formatting.count(len(every))} outcomes is measured"
    else:
        some = len(every) - len(unmeasured)
        count = formatting.capital(formatting.count(some, len(every)))
        text = f"{count} outcomes {formatting.verb(some)} measured"
    text += on_track(figures)
    return text + (f". Nothing measures {_named(unmeasured)} yet." if unmeasured else ".")


def on_track(figures: pd.DataFrame | None) -> str:
    judged = 0 if figures is None else int(figures["status"].notna().sum())
    if figures is None or not judged:
        return ""
    good = int((figures["status"] == "on_track").sum())
    if judged == 1:
        return f", and the one figure with a target is {'' if good else 'not '}on track"
    figures_with = f"{formatting.count(good, judged)} figures with a target"
    return f", and {figures_with} {formatting.verb(good)} on track"


def outcome(chosen: Outcome, figures: pd.DataFrame | None) -> str:
    """What the page of one outcome opens with."""
    if not measured(chosen):
        return f"{chosen.title}: nothing measures this yet."
    text = f"{chosen.title}: {counted(len(measured(chosen)), 'figure')}"
    return f"{text}{on_track(figures)}."


def measured(outcome: Outcome) -> tuple[str, ...]:
    """Its indicators, of those that there are."""
    return tuple(name for name in outcome.indicators if name in CATALOGUE)


def standing(figures: pd.DataFrame) -> str:
    """`5 figures: 3 on track, 1 off track, 1 without a status`."""
    parts = [
        f"{count:,} {words}"
        for status, words in WITH_A_TARGET.items()
        if (count := int((figures["status"] == status).sum()))
    ]
    without = int(figures["status"].isna().sum())
    if without and parts:
        parts.append(f"{without:,} without a status")
    text = f"{len(figures):,} {plural(len(figures), 'figure')}"
    return f"{text}: {', '.join(parts)}" if parts else f"{text}, none with a status"


def _named(titles: Sequence[str]) -> str:
    """`“a”, “b” or “c”`."""
    quoted = [f"“{title}”" for title in titles]
    return " or ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]]))


# --- what a contract is asked --------------------------------------------------------------------


def asked(band: Band | None, value: Decimal) -> str:
    """What a contract of that value is asked."""
    of = f"A contract of {formatting.exactly(float(value), 'gbp')}"
    if band is None or not band.most_measures:
        return f"{of} is too small to be asked for anything."
    most = counted(band.most_measures, "measure")
    text = f"{of} is asked for {most} at most"
    if band.weighting:
        text += f", and social value counts for {share(band.weighting)} of the score"
    return f"{text}."


def standards_asked(framework: Framework, band: Band | None) -> str:
    """Which standards the holder of a contract should hold."""
    if band is None or band.standards is None:
        return "The framework doesn't say which standards a contract of this value is asked for."
    titles = [each.title for each in framework.standards if each.id in band.standards]
    if not titles:
        return "A contract of this value is asked for no standard."
    return f"Its holder is asked to hold: {'; '.join(titles)}."


def offer(band: Band | None, chosen: int) -> str:
    """What a bidder is asked to do with a schedule that so many measures were chosen for."""
    weight = ""
    if band and band.weighting:
        weight = f" Social value counts for {share(band.weighting)} of the score."
    if chosen:
        this = plural(chosen, "this measure", "each of these measures")
        return f"Say what you promise for {this}.{weight}"
    if not band or not band.most_measures:
        return "Nothing has to be promised for a contract of this value."
    most = counted(band.most_measures, "measure")
    those = plural(band.most_measures, "the one", "those")
    return f"Choose {most} at most, {those} in which you can do most, and leave the rest.{weight}"


def published(value: Decimal) -> str:
    """What the law asks for besides; empty where it doesn't."""
    if value <= PUBLISHED_FROM:
        return ""
    return (
        "A public contract of more than £5m also carries at least three published key performance "
        "indicators, rated every year (Procurement Act 2023)."
    )


def share(weighting: Decimal) -> str:
    return f"{(weighting * 100).normalize():f}%"


def limit(value: Decimal) -> str:
    """Where a band begins, to the pound: `£30k`, `£1.5m`, `£213,477`."""
    short = value == value.to_integral() and len(value.normalize().as_tuple().digits) <= 3
    if short:
        return formatting.round_pounds(float(value))
    return formatting.exactly(float(value), "gbp")


def bands(framework: Framework) -> list[list[str]]:
    """Contracts of this value, weighting, most measures; from the smallest."""
    rows = []
    for number, band in enumerate(framework.bands):
        start = limit(band.from_gbp)
        upper = framework.bands[number + 1 :][:1]
        end = limit(upper[0].from_gbp) if upper else ""
        words = f"{start} to {end}" if band.from_gbp else f"under {end}"
        if not end:
            words = f"{start} and more" if band.from_gbp else "of any value"
        weighting = share(band.weighting) if band.weighting else "–"
        rows.append([formatting.capital(words), weighting, f"{band.most_measures:,}"])
    return rows


def checklist(framework: Framework) -> str:
    """What the page of pledges opens with."""
    powers = dict.fromkeys(pledge.power for pledge in framework.pledges)
    count = formatting.capital(counted(len(framework.pledges), "thing"))
    return (
        f"{count} a member can do by itself, under {counted(len(powers), 'heading')}, each with "
        "what limits it."
    )


# --- what has changed ----------------------------------------------------------------------------


def changes(before: Framework | None, after: Framework) -> list[str]:
    """What is different, a sentence each; of the first framework, what is in it."""
    if before is None:
        return [contents(after)]
    return [
        *_changed("outcome", before.outcomes, after.outcomes, _outcome_changes),
        *_changed("measure", before.measures, after.measures, _measure_changes(before, after)),
        *_band_changes(before, after),
        *_changed("standard", before.standards, after.standards, _standard_changes),
        *_changed("pledge", before.pledges, after.pledges, _pledge_changes(before, after)),
        *(
            f"The {name} stand in another order."
            for name in ("outcomes", "measures", "standards", "pledges")
            if _reordered(getattr(before, name), getattr(after, name))
        ),
    ]


def contents(framework: Framework) -> str:
    parts = [
        counted(len(framework.outcomes), "outcome"),
        counted(len(framework.measures), "measure"),
        counted(len(framework.bands), "band"),
        counted(len(framework.standards), "standard"),
        *([counted(len(framework.pledges), "pledge")] if framework.pledges else []),
    ]
    return formatting.sentence(formatting.listed(parts))


def _reordered(before: Sequence[Any], after: Sequence[Any]) -> bool:
    """Whether those that stay have changed places."""
    then, now = ([entry.id for entry in entries] for entries in (before, after))
    return [name for name in then if name in now] != [name for name in now if name in then]


def _changed(
    kind: str,
    before: Sequence[Any],
    after: Sequence[Any],
    compare: Compare[Any],
) -> Iterator[str]:
    then, now = ({entry.id: entry for entry in entries} for entries in (before, after))
    for name, entry in then.items():
        if name not in now:
            lost = " Promises of it stay in the history and can no longer be sent."
            text = f"The {kind} {_quoted(entry)} is gone."
            yield text + (lost if kind == "measure" else "")
    new = [_quoted(entry) for name, entry in now.items() if name not in then]
    if new:
        named = [*new[:MOST], f"{len(new) - MOST:,} more"] if len(new) > MOST else new
        yield f"New {plural(len(new), kind)}: {formatting.listed(named)}."
    for name, entry in now.items():
        if name in then and (parts := list(compare(then[name], entry))):
            yield f"{_quoted(entry)}: {'; '.join(parts)}."


def _quoted(entry: Any) -> str:
    return f"“{entry.title}”"


def _outcome_changes(before: Outcome, after: Outcome) -> Iterator[str]:
    yield from _retitled(before, after)
    if before.why != after.why:
        yield "says its reason in other words"
    other = [
        READERS[name].lower()
        for name in READERS
        if before.sentences.get(name) != after.sentences.get(name)
    ]
    if other:
        yield f"another sentence for {formatting.listed(other)}"
    for verb, names in (
        ("now measured by", [name for name in after.indicators if name not in before.indicators]),
        ("no longer by", [name for name in before.indicators if name not in after.indicators]),
    ):
        if names:
            yield f"{verb} {formatting.listed([_title(name) for name in names])}"
    if set(before.indicators) == set(after.indicators) and before.indicators != after.indicators:
        yield "its figures stand in another order"


def _title(indicator: str) -> str:
    return CATALOGUE[indicator].title if indicator in CATALOGUE else indicator


def _measure_changes(earlier: Framework, later: Framework) -> Compare[Measure]:
    then, now = ({each.id: each for each in one.outcomes} for one in (earlier, later))

    def compare(before: Measure, after: Measure) -> Iterator[str]:
        yield from _retitled(before, after)
        if before.unit != after.unit:
            yield (
                f"counted in {UNITS[after.unit]} and not in {UNITS[before.unit]}, while the "
                "numbers that were sent stay as they are: a new measure would be safer"
            )
        if before.outcome != after.outcome:
            new, old = _quoted(now[after.outcome]), _quoted(then[before.outcome])
            yield f"belongs to the outcome {new} and not to {old}"
        if before.evidence != after.evidence:
            yield "other evidence counts"
        if before.brokered != after.brokered:
            yield "can be passed on" if after.brokered else "can no longer be passed on"

    return compare


def _standard_changes(before: Any, after: Any) -> Iterator[str]:
    yield from _retitled(before, after)
    if before.steps != after.steps:
        yield f"its steps are {formatting.listed(after.steps)}"
    if before.held_steps[0] != after.held_steps[0]:
        yield f"held from the step {after.held_steps[0]}"


def _pledge_changes(earlier: Framework, later: Framework) -> Compare[Pledge]:
    def compare(before: Pledge, after: Pledge) -> Iterator[str]:
        yield from _retitled(before, after)
        if before.power != after.power:
            yield f"stands under “{after.power}”"
        if before.limit != after.limit:
            yield "another limit"
        if before.measure != after.measure:
            new, old = later.measure(after.measure), earlier.measure(before.measure)
            yield f"counts as {_quoted(new)} and not as {_quoted(old)}"

    return compare


def _retitled(before: Any, after: Any) -> Iterator[str]:
    if before.title != after.title:
        yield f"was called {_quoted(before)}"


def _band_changes(before: Framework, after: Framework) -> Iterator[str]:
    then: Mapping[Decimal, Band] = {band.from_gbp: band for band in before.bands}
    now = {band.from_gbp: band for band in after.bands}
    for start in sorted({*then, *now}):
        old, new = then.get(start), now.get(start)
        contracts = f"contracts from {limit(start)}"
        capital = formatting.capital(contracts)
        if new is None:
            yield f"{capital} are no longer a band of their own."
            continue
        if old is None or replace(old, standards=new.standards) != new:
            most = counted(new.most_measures, "measure")
            yield f"{capital}: {most} at most, weighting {share(new.weighting)}" + (
                f" (so far {formatting.count(old.most_measures)} and {share(old.weighting)})."
                if old
                else "."
            )
        standards = _standards(new)
        if standards == _standards(old):
            continue
        if standards is None:
            yield f"The framework no longer says which standards {contracts} are asked for."
            continue
        asked_for = [_quoted(each) for each in after.standards if each.id in standards]
        yield f"{capital} are asked for {formatting.listed(asked_for) or 'no standard'}."


def _standards(band: Band | None) -> set[str] | None:
    """Those that it asks for, in whatever order; None where nothing says."""
    return None if band is None or band.standards is None else set(band.standards)
