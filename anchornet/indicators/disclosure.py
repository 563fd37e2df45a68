"""Disclosure control: the last step before figures about people are shown to anyone but the member
that sent them. Charts, tooltips, alternative text and downloads are made of what it gives."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from anchornet import formatting
from anchornet.facts.catalogue import CATALOGUE, FACTS, Indicator
from anchornet.indicators import worlds
from anchornet.indicators.calculate import Asked
from anchornet.indicators.cohorts import MATURE
from anchornet.settings import Settings
from anchornet.store.database import Database

HIDDEN = "*"
JUDGED = ("status", "direction", "direction_year")
STATED = {*MATURE.values()}  # months followed
Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


# How a share is said: to a tenth where there are enough people, to a whole percent, and that
# without how many people it is of.
FINE, WHOLE, ALONE = range(3)


def protect(database: Database, frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows as they may be seen, and the column `shown`: the value in words, "*" if hidden.

    Takes what `calculate` gave. Counts of people from 1 to suppress_below - 1 are hidden and others
    rounded to round_to; shares of people are hidden on a base below percent_base, or where the part
    or the rest is a count that would be hidden, and given to a whole percent on fewer than
    whole_percent_below, to a tenth above. Hidden too is what isn't the same in every made-up
    version of what members sent (see `worlds`), so that nothing that is shown, here or elsewhere,
    tells few people apart; a share that is the same as a whole percent only is said so, without its
    base if need be. A part that there may be somebody of, in some version, gets a row. All figures
    of people are hidden of which it isn't known what was asked, as `attrs["asked"]` is gone.
    What is hidden has no value, base, gap, status or direction. All that isn't of people is exact.
    """
    made = _compared(database, frame) if len(frame) else frame.assign(_way=FINE)
    people, way = _of_people(made), made["_way"].to_numpy(dtype=np.int64)
    said = [_seen(made, database.settings, how) for how in (FINE, WHOLE, ALONE)]
    values = np.choose(np.maximum(way, 0), [it.values for it in said])
    bases = np.choose(np.maximum(way, 0), [it.bases for it in said])
    hidden = people & (way < 0)
    shown = made[list(frame.columns)].copy()
    shown.attrs.clear()
    shown["value"] = np.where(people, np.where(hidden, np.nan, values), made["value"])
    shown["base"] = np.where(people, np.where(hidden, np.nan, bases), made["base"])
    shown["shown"] = [
        HIDDEN if gone else formatting.figure(value, unit)
        for gone, value, unit in zip(hidden, shown["value"], shown["unit"], strict=True)
    ]
    if "profile" in shown:
        shown["gap"] = shown["value"] - shown["profile"]
    for column in JUDGED:
        if column in shown:
            shown[column] = shown[column].astype(object).where(~hidden, None)
    return shown


def stated(frame: pd.DataFrame) -> pd.DataFrame:
    """Of protected rows by `months` followed those after which people are shown."""
    return frame[frame["months"].isin(STATED)].astype({"months": "int64"})


def _of_people(frame: pd.DataFrame) -> Flags:
    return np.array([CATALOGUE[name].people for name in frame["indicator"]], dtype=bool)


def _compared(database: Database, frame: pd.DataFrame) -> pd.DataFrame:
    """With `_way`, the finest way to say a row that is the same in all versions, -1 for none; and
    with the rows that only other versions have."""
    asked = frame.attrs.get("asked")
    names = [it for it in dict.fromkeys(frame["indicator"]) if CATALOGUE[it].people]
    if not names:
        return frame.assign(_way=FINE)
    if asked is not None:
        names = [it for it in names if _may_be_asked(CATALOGUE[it], asked)]
    if asked is None or not names:
        return frame.assign(_way=np.where(_of_people(frame), -1, FINE))
    others = worlds.figures(
        database,
        names,
        sorted(set(frame["period"])),
        as_at=asked.as_at,
        by=asked.by,
        members=asked.members,
        window=asked.window,
        where={name: sorted(some) for name, some in asked.where},
    )
    keys = ["indicator", "period", *asked.by]
    about = ["unit", "as_at", "members", "members_expected"]
    every = others[keys].drop_duplicates(ignore_index=True)
    made = frame.merge(every, how="outer" if asked.by else "left", on=keys, sort=False)
    made = _in_order(made, frame, others, keys, about)
    rows = made.merge(others, how="left", on=keys, suffixes=("", "_other"))
    place = rows.merge(made[keys].assign(_place=range(len(made))), how="left", on=keys)["_place"]
    way = np.full(len(made), -1)
    versions = np.bincount(place, weights=rows["world"].notna(), minlength=len(made))
    theirs = rows.drop(columns=["value", "base"]).rename(
        columns={"value_other": "value", "base_other": "base"}
    )
    for how in (ALONE, WHOLE, FINE):
        mine = _seen(made, database.settings, how)
        other = _seen(theirs, database.settings, how)
        same = _alike(mine.values[place], other.values) & _alike(mine.bases[place], other.bases)
        same &= mine.open[place] & other.open
        good = np.bincount(place, weights=same, minlength=len(made)) == worlds.WORLDS
        way[good & (versions == worlds.WORLDS)] = how
    known = ~np.isnan(made["value"].to_numpy(dtype=float))
    gap = ~known & (np.bincount(place, weights=theirs["value"].notna(), minlength=len(made)) == 0)
    way[~_periods_shown(made, asked) & ~gap] = -1
    way[gap | ~_of_people(made)] = FINE
    return made.assign(_way=way)


def _may_be_asked(indicator: Indicator, asked: Asked) -> bool:
    """People are shown by one breakdown at a time, and of the whole network: a member or a kind of
    member has its figures only, and what became of people is of the whole network. By small area
    they are shown over twelve months. When they began, or how long ago, is no breakdown of people.
    """
    whole = asked.members is None and not {"member", "kind"} & {*asked.by}
    cuts = {*asked.by, *(name for name, _ in asked.where)} - {"member", "kind"}
    for facts in (FACTS[name] for name in indicator.facts):
        if cuts & {*facts.never} or (facts.began and not whole):
            return False
        if cuts & {*facts.yearly} and asked.window != "rolling_12":
            return False
        if facts.began:
            cuts -= {facts.began, "months_followed"}
    return len(cuts) <= (1 if whole else 0)


def _periods_shown(frame: pd.DataFrame, asked: Asked) -> Flags:
    """Whether a row is of a period that people are shown of: a member's by whole quarters, or what
    is noted as at the month's end, and what became of people after the months that are stated."""
    whole = asked.members is None and not {"member", "kind"} & {*asked.by}
    ends = np.array([it.month % 3 == 0 for it in frame["period"]], dtype=bool)
    if asked.window == "rolling_12":
        ends[:] = True
    elif asked.window == "month":
        ends[:] = False
    stock = np.array([CATALOGUE[name].kind == "stock" for name in frame["indicator"]], dtype=bool)
    shown = np.full(len(frame), whole) | stock | ends
    began = {name for name in frame["indicator"].unique() for it in CATALOGUE[name].facts
             if FACTS[it].began}  # fmt: skip
    if began and "months_followed" in asked.by:
        stated = frame["months_followed"].isin([str(it) for it in STATED]).to_numpy()
        shown &= stated | ~frame["indicator"].isin(began).to_numpy()
    if began and "cohort_month" in asked.by:
        at = [
            None if pd.isna(it) else (end.year - int(it[:4])) * 12 + end.month - int(it[5:])
            for it, end in zip(frame["cohort_month"], frame["period"], strict=True)
        ]
        stated = np.array([it in STATED for it in at], dtype=bool)
        shown &= stated | ~frame["indicator"].isin(began).to_numpy()
    return np.asarray(shown)


def _in_order(
    made: pd.DataFrame,
    frame: pd.DataFrame,
    others: pd.DataFrame,
    keys: list[str],
    about: list[str],
) -> pd.DataFrame:
    """The frame's rows, and after them those that it lacks, with what is known of them."""
    extra = made[made["unit"].isna()]
    if extra.empty:
        return frame.reset_index(drop=True)
    known = others.drop_duplicates(keys)[[*keys, *about]]
    added = extra[keys].merge(known, how="left", on=keys)
    added = added[added[keys].notna().all(axis=1)].assign(value=0.0, base=np.nan)
    share = added["unit"] == "share"
    added.loc[share, ["value", "base"]] = np.nan
    return pd.concat([frame, added], ignore_index=True)


@dataclass(frozen=True)
class _Said:
    values: Numbers
    bases: Numbers
    open: Flags


def _seen(frame: pd.DataFrame, settings: Settings, how: int) -> _Said:
    """Values and bases as they would be seen said so, and whether they would be."""
    values, bases = frame["value"].to_numpy(dtype=float), frame["base"].to_numpy(dtype=float)
    share = (frame["unit"] == "share").to_numpy()
    part = values * bases
    few = _few(np.where(share, part, values), settings) | (share & _few(bases - part, settings))
    few |= share & (bases > 0) & (bases < settings.percent_base)
    parts = np.where((bases < settings.whole_percent_below) | (how != FINE), 100, 1000)
    return _Said(
        np.where(share, _half_up(values * parts) / parts, _rounded(values, settings)),
        np.where(share & (how == ALONE), np.nan, _rounded(bases, settings)),
        ~few,
    )


def _alike(one: Numbers, other: Numbers) -> Flags:
    return np.asarray(np.isclose(one, other, rtol=1e-9, atol=1e-9, equal_nan=True))


def _few(people: Numbers, settings: Settings) -> Flags:
    return np.asarray((people > 1e-6) & (people < settings.suppress_below - 1e-6))


def _half_up(values: Numbers) -> Numbers:
    return np.asarray(np.floor(values + 0.5 + 1e-9))


def _rounded(people: Numbers, settings: Settings) -> Numbers:
    """Rounded, and never to fewer than what would be hidden."""
    least = np.ceil(settings.suppress_below / settings.round_to)
    steps = np.maximum(_half_up(people / settings.round_to), least)
    return np.asarray(np.where(people == 0, 0.0, steps * settings.round_to))
