"""Numbers of people as at a month's end, which are noted row by row and not one by one."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from anchornet.facts.catalogue import Facts
from anchornet.indicators.worlds.people import (
    LEAST,
    NOT_KNOWN,
    WORLDS,
    Flags,
    Numbers,
    asked_of,
    random_of,
)

# How many more each world has in a number of few, or fewer where there are so many.
STEPS = (1, -1, 2, -2, 3, -3, 4)


def parts_of_rows(cursor: DuckDBPyConnection, facts: Facts, rows: pd.DataFrame) -> pd.DataFrame:
    """Of each row its member and its part in each breakdown; None where that isn't known."""
    kept = {name: sql for name, sql in facts.breakdowns.items() if name not in facts.never}
    listed = ", ".join(f'({sql})::varchar as "{name}"' for name, sql in kept.items())
    found = cursor.execute(f"select addition_id, line, {listed} from {facts.table}").df()
    made = rows[["addition_id", "line", "member_id"]].merge(
        found, how="left", on=["addition_id", "line"]
    )[["member_id", *kept]]
    return made.astype(object).where(made.notna() & ~made.isin(NOT_KNOWN), None)


def counted_rows(cursor: DuckDBPyConnection, facts: Facts, rows: pd.DataFrame, name: str) -> Flags:
    """Which rows a figure counts the people of."""
    asked = asked_of(facts, [name])
    found = cursor.execute(
        f"""
        select addition_id, line, coalesce(({" + ".join(asked) or "null"}) > 0, false) as counts
        from {facts.table}
        group by addition_id, line
        """
    ).df()
    keys = ["addition_id", "line"]
    made = rows[keys].merge(found, how="left", on=keys)["counts"]
    return np.asarray(made.eq(True), dtype=bool)


def rows_of_stock(
    rows: pd.DataFrame, parts: pd.DataFrame, counted: Mapping[str, Flags], few: int
) -> list[pd.DataFrame]:
    """The rows in each world: where a part of a month has few people, more or fewer of them, and of
    another row of the month as many fewer or more. What several members report is the same thing,
    and changes for all of them."""
    made = [rows.assign(world=world) for world in range(1, WORLDS + 1)]
    names = rows["employer_id"].fillna(rows["name_key"] + rows["postcode"].fillna(""))
    things = pd.factorize(names)[0]
    months = pd.factorize(rows["period"])[0]
    codes = np.stack([pd.factorize(parts[it])[0] for it in parts], axis=1)
    for name, counts in counted.items():
        values = np.where(counts, rows[name].fillna(0), 0).astype(np.int64)
        change = np.zeros((WORLDS, len(rows)), dtype=np.int64)
        for month in np.unique(months):
            chance = random_of(name, rows["period"].iloc[np.argmax(months == month)])
            here = np.flatnonzero((months == month) & (values > 0))
            first = here[np.unique(things[here], return_index=True)[1]]
            each = _changes(values[first], codes[first], few, chance)
            for place, changed in zip(first, each.T, strict=True):
                if changed.any():
                    change[:, here[things[here] == things[place]]] = changed[:, None]
        for version, changed in zip(made, change, strict=True):
            version[name] = version[name] + changed
    return made


def _changes(values: Numbers, codes: Numbers, few: int, chance: np.random.Generator) -> Numbers:
    """Of a month's things and their parts in each breakdown (-1: not known), what each world adds,
    by world and thing."""
    made = np.zeros((WORLDS, len(values)), dtype=np.int64)
    if not len(values):
        return made
    sums = np.zeros((codes.max() + 2, codes.shape[1]), dtype=np.int64)
    columns = np.arange(codes.shape[1])
    for value, mine in zip(values, codes, strict=True):
        sums[mine, columns] += value
    small = (sums[codes, columns] < few) & (codes >= 0)
    for force in (False, True):
        for place in chance.permutation(np.flatnonzero(small.any(axis=1))).tolist():
            lacking = [
                it
                for it in np.flatnonzero(small[place]).tolist()
                if _values(made, codes, place, it) < LEAST
            ]
            if not lacking:
                continue
            steps = np.array([it if it >= -values[place] else -it for it in STEPS[:WORLDS]])
            made[:, place] += steps
            unlike = codes != codes[place]
            able = (values + made.min(axis=0) >= steps.max()) & unlike[:, lacking].all(axis=1)
            able[place] = False
            if able.any() and not force:
                cost = (unlike & ~(small & small[place])).sum(axis=1)
                other = int(np.argmin(np.where(able, cost, np.iinfo(np.int64).max)))
                made[:, other] -= steps
    return np.maximum(made, -values)


def _values(made: Numbers, codes: Numbers, place: int, column: int) -> int:
    """How many values the number of a thing's part has."""
    changed = made[:, codes[:, column] == codes[place, column]].sum(axis=1)
    return len({0, *changed.tolist()})
