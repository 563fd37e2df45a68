"""Disclosure control: the last step before figures about people are shown to anyone but the member
that sent them. Charts, tooltips, alternative text and downloads are made of what it gives."""

import math
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import pandas as pd

from anchornet.indicators.catalogue import CATALOGUE
from anchornet.publishing import words
from anchornet.settings import Settings
from anchornet.store.database import Database

HIDDEN = "*"
JUDGED = ("status", "direction", "direction_year")


def protect(database: Database, frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows as they may be seen, and the column `shown`: the value in words, "*" if hidden.

    Takes what `calculate` or `targets.status` gave. Counts of people from 1 to suppress_below - 1
    are hidden and others rounded to round_to; shares of people are hidden on a base below
    percent_base, and given to a whole percent on fewer than whole_percent_below, to a tenth above.
    A table is the rows of one indicator and period by its breakdowns, and its totals are taken to
    be known: where they would give a hidden cell away, the next smallest is hidden too.
    What is hidden has no value, base, gap, status or direction. All that isn't of people is exact.
    """
    settings = database.settings
    shown = frame.copy()
    values, bases = frame["value"].to_list(), frame["base"].to_list()
    # How many people stand behind a figure: the count itself, or what a share is of.
    people: dict[int, float] = {}
    hidden: set[int] = set()
    for place, name in enumerate(frame["indicator"]):
        if CATALOGUE[name].people and not math.isnan(values[place]):
            is_share = CATALOGUE[name].kind == "rate"
            people[place] = bases[place] if is_share else values[place]
            least = settings.percent_base if is_share else settings.suppress_below
            if 0 < people[place] < least:
                hidden.add(place)
    hidden |= _seconds(_lines(frame, people), people, hidden)
    for place, count in people.items():
        if place in hidden:
            values[place] = bases[place] = math.nan
        elif math.isnan(bases[place]):
            values[place] = _count(count, settings)
        else:
            values[place] = _share(values[place], count, settings)
            bases[place] = _count(count, settings)
    shown["value"], shown["base"] = values, bases
    shown.attrs.clear()
    shown["shown"] = [
        HIDDEN if place in hidden else words.figure(value, unit)
        for place, (value, unit) in enumerate(zip(values, frame["unit"], strict=True))
    ]
    if "profile" in shown:
        shown["gap"] = shown["value"] - shown["profile"]
    for column in JUDGED:
        if column in shown:
            shown[column] = [
                None if place in hidden else it for place, it in enumerate(shown[column])
            ]
    return shown


def _lines(frame: pd.DataFrame, people: Mapping[int, float]) -> list[list[int]]:
    """The rows and columns of the tables: the places that add up to one total."""
    found: dict[tuple[Any, ...], list[int]] = {}
    for place, row in enumerate(frame.to_dict("records")):
        cut = [it for it in CATALOGUE[row["indicator"]].breakdowns if it in row]
        if place not in people or any(pd.isna(row[it]) for it in cut):
            continue
        for across in cut:
            rest = tuple(row[it] for it in cut if it != across)
            found.setdefault((row["indicator"], row["period"], across, rest), []).append(place)
    return list(found.values())


def _seconds(
    lines: Iterable[Sequence[int]], people: Mapping[int, float], hidden: AbstractSet[int]
) -> set[int]:
    """What to hide besides, so that in no line one cell is hidden alone.

    Noughts stay: where all else is nought, the total is that cell, and hidden itself."""
    more: set[int] = set()
    alone = True
    while alone:
        alone = False
        for line in lines:
            seen = [place for place in line if place not in hidden | more]
            others = [place for place in seen if people[place] > 0]
            if len(line) - len(seen) == 1 and others:
                more.add(min(others, key=lambda place: people[place]))
                alone = True
    return more


def _count(people: float, settings: Settings) -> float:
    """Rounded, and never to fewer than what would be hidden."""
    if people == 0:
        return 0.0
    steps = max(
        words.round_half_up(people / settings.round_to),
        math.ceil(settings.suppress_below / settings.round_to),
    )
    return float(steps * settings.round_to)


def _share(share: float, base: float, settings: Settings) -> float:
    parts = 100 if base < settings.whole_percent_below else 1000
    return words.round_half_up(share * parts) / parts
