"""Disclosure control: what others than the sender see of people.

The cell key method, as the 2021 Census has it (ONS, "Protecting personal data in Census 2021
results"), and then NHS England's rule for small numbers. The sum of the record keys of the rows
that a figure counts draws its noise, so that the same rows give the same number wherever and
whenever they are asked for.
"""

from collections.abc import Collection
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from anchornet.facts.catalogue import CATALOGUE
from anchornet.formatting import figure
from anchornet.indicators.judgement import unknown_shares
from anchornet.indicators.query import KEYS
from anchornet.setting_values import KEY_VALUES, read_noise
from anchornet.settings import Settings

HIDDEN = "*"  # 1 to 7 people
KEPT = "for members only"  # in a network of few members
Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@cache
def noise_table(path: Path) -> npt.NDArray[np.int64]:
    """Count x cell key -> noise."""
    return np.array(read_noise(path), dtype=np.int64)


REUSED = 4  # from this row on the table stands for all larger counts, again and again


def noised(counts: Numbers, keys: Numbers, noise: npt.NDArray[np.int64]) -> Numbers:
    """Counts of people with the noise that their cell keys draw. Not whole ones (full-time
    equivalents) draw that of the nearest count, of 1 at least where there is anybody."""
    some = np.nan_to_num(counts)
    rows = np.where(some > 0, np.maximum(np.rint(some), 1), 0).astype(np.int64)
    first = min(REUSED, len(noise) - 1)
    rows = np.where(rows < first, rows, first + (rows - first) % (len(noise) - first))
    return np.asarray(counts + noise[rows, np.nan_to_num(keys).astype(np.int64) % KEY_VALUES])


def protected(frame: pd.DataFrame, settings: Settings, kept: Collection[date] = ()) -> pd.DataFrame:
    """The rows of `calculate` as others see them, with `shown`: the value in words, "*" where it
    stands for few people; and `unknown`. All that isn't of people is exact. Of the periods `kept`
    people's figures are for the members they come from (KEPT).

    A share is of noised counts, in percent_steps; without a value where the part or the rest is few
    ("*") or the base below percent_base (which `shown` says). 0% and 100% are nobody and all. A
    share over a figure that isn't of people, the jobs in the area, is of the rounded count.
    Of how many something isn't known is made of the two rounded counts that each can be asked for.
    """
    kinds = [CATALOGUE[name] for name in frame["indicator"]]
    people = np.array([it.people for it in kinds], dtype=bool)
    over = np.array([it.over is not None for it in kinds], dtype=bool)
    rate = (frame["unit"] == "share").to_numpy() & people
    share = rate & ~over
    values, bases = frame["value"].to_numpy(dtype=float), frame["base"].to_numpy(dtype=float)
    value_key, base_key, rest_key = (frame[name].to_numpy(dtype=float) for name in KEYS)

    part = np.where(rate, np.rint(values * bases), values)
    noise = noise_table(settings.noise_table)
    count = noised(part, value_key, noise)
    base = noised(bases, base_key, noise)
    rest = noised(bases - part, rest_key, noise)
    few = _few(count, settings) | share & (_few(base, settings) | _few(rest, settings))
    small = share & ~few & (base > 0) & (base < settings.percent_base)
    with np.errstate(divide="ignore", invalid="ignore"):
        step = percent_steps(_rounded(base, settings), settings)
        percent = np.clip(_half_up(100 * count / base / step) * step, step, 100 - step)
        percent = np.select([part == 0, rest == 0], [0, 100], percent)
        of_public = _rounded(count, settings) / bases
    seen = np.select([share, rate], [percent / 100, of_public], _rounded(count, settings))
    within = people & ~np.isnan(values) & (frame["period"].isin(kept).to_numpy() if kept else False)
    gone = people & (few | small) | within
    value = np.where(people, np.where(gone, np.nan, seen), values)
    shown = [figure(one, unit) for one, unit in zip(value, frame["unit"], strict=True)]
    for place in np.flatnonzero(gone):
        star = HIDDEN if few[place] else small_base(settings)
        shown[place] = KEPT if within[place] else star
    base_seen = np.where(share, np.where(gone, np.nan, _rounded(base, settings)), bases)
    wholes = frame["whole"].to_numpy(dtype=float)
    whole = noised(wholes, frame["whole_key"].to_numpy(dtype=float), noise)
    whole_seen = np.where(share, _rounded(whole, settings), wholes)
    return frame.assign(
        value=value,
        base=base_seen,
        shown=shown,
        unknown=unknown_shares(whole_seen, base_seen),
    )


def counts_seen(counts: Numbers, keys: Numbers, settings: Settings) -> tuple[Numbers, list[str]]:
    """Counts of people as others see them, NaN for "*" and for a gap, and the same in words."""
    seen = noised(counts, keys, noise_table(settings.noise_table))
    few = _few(seen, settings)
    values = np.where(few, np.nan, _rounded(seen, settings))
    words = [figure(value, "people") for value in values]
    return values, [HIDDEN if small else word for small, word in zip(few, words, strict=True)]


def percent_steps(bases: Numbers, settings: Settings) -> Numbers:
    """To how many percent shares of so many people are shown: to 1 or 2 where round_to people are
    no more than that, so that they say no more than rounded counts do, else to 5."""
    people = settings.round_to * 100
    return np.select([bases >= people, bases >= people / 2], [1.0, 2.0], 5.0)


def small_base(settings: Settings) -> str:
    """What stands for a share of too few people to make a percentage of."""
    return f"under {settings.percent_base} people"


def _few(people: Numbers, settings: Settings) -> Flags:
    return np.asarray((people > 0) & (people < settings.suppress_below))


def _half_up(values: Numbers) -> Numbers:
    return np.asarray(np.floor(values + 0.5 + 1e-9))


def _rounded(people: Numbers, settings: Settings) -> Numbers:
    """Rounded, and never to fewer than what would be hidden."""
    least = np.ceil(settings.suppress_below / settings.round_to)
    steps = np.maximum(_half_up(people / settings.round_to), least)
    return np.asarray(np.where(people == 0, 0.0, steps * settings.round_to))
