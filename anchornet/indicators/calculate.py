"""Figures as they are, for figures.py, which knows whom they are for: nothing outside this package
imports from here. DuckDB adds up, one query for each table of facts; what is divided is divided
here.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from anchornet.facts.catalogue import CATALOGUE, FACTS, SENDER, Facts, Indicator
from anchornet.indicators.needs import register_needs
from anchornet.indicators.query import KEYS, Numbers, Query, Sum, commas, once, parts_of
from anchornet.indicators.senders import register_pool
from anchornet.periods import NotDeclared, months_of
from anchornet.places.standards import show_standards
from anchornet.returns.declaration import RETURNS
from anchornet.setting_values import KEY_VALUES
from anchornet.store.area_statistics import AREA_FACTS, area_facts
from anchornet.store.database import Database, utc_now

COLUMNS = tuple(
    "indicator period as_at value base unit members members_expected "
    "months months_expected senders".split()
)
# What stays inside: beside KEYS what is divided, what it would be divided by if everything were
# known, with the cell key of that; how much of what there usually is has been sent; whether any of
# it was due, and whether it is the first that was ever sent.
INSIDE = (*KEYS, "part", "whole", "whole_key", "covered", "is_due", "is_first")
_column_keys: WeakKeyDictionary[Database, dict[str, int]] = WeakKeyDictionary()


def calculate(
    database: Database,
    indicators: Sequence[str],
    periods: Sequence[date],
    *,
    as_at: datetime | None = None,
    by: Sequence[str] = (),
    members: Collection[str] | None = None,
    window: str = "month",
    where: Mapping[str, Collection[str]] | None = None,
) -> pd.DataFrame:
    """What `figures` gives, exact and without what it adds, and with INSIDE (float, NaN where
    nothing is to be said). Raises NotDeclared."""
    wanted = [_indicator(name) for name in dict.fromkeys(indicators)]
    months_by_end = {period: months_of(period, window) for period in periods}
    filters = {name: list(values) for name, values in (where or {}).items()}
    together: dict[tuple[str, bool, bool], list[Indicator]] = {}
    for indicator in wanted:
        facts = _facts(indicator, [*dict.fromkeys([*by, *filters])])
        spread = window != "month" and not _is_of_one_month(indicator)
        counts_different = spread and bool(indicator.different)
        together.setdefault((facts.name, spread, counts_different), []).append(indicator)

    senders = None if members is None else {*members}
    if "member" in filters:
        chosen = {*filters.pop("member")}
        senders = chosen if senders is None else senders & chosen
    pooled = "member" not in by and (senders is None or len(senders) != 1)
    parameters: dict[str, Any] = {"members": None if senders is None else list(senders)}
    parameters |= {f"where_{name}": values for name, values in filters.items()}
    every_month = {month for months in months_by_end.values() for month in months}

    columns = ["period", *by, "senders", "months", "members", "members_expected"]
    areas, column_keys = _area_values(database, wanted, as_at), keys_of_columns(database)
    lines: dict[str, list[tuple[Any, ...]]] = {}
    numbers: dict[str, Numbers] = {}
    with database.cursor() as cursor:
        register_pool(cursor, database, every_month, as_at)
        if any(FACTS[name].of_network for name, *_ in together):
            register_needs(cursor, database, as_at)
        if any("standards_held" in (indicator.besides or "") for indicator in wanted):
            show_standards(cursor, as_at)
        for (name, spread, _), group in together.items():
            query = Query(FACTS[name], tuple(group), tuple(by), tuple(filters), pooled, spread)
            given = (
                _windows(FACTS[name], months_by_end) if spread else {"periods": [*months_by_end]}
            )
            rows = cursor.execute(query.sql, parameters | given).fetchall()
            sums = query.sums_of(rows)
            for indicator in group:
                lines[indicator.name] = [row[: len(columns)] for row in rows]
                numbers[indicator.name] = _numbers(
                    indicator, sums, areas.get(indicator.over), column_keys
                )
    names = [indicator.name for indicator in wanted for _ in lines[indicator.name]]
    frame = pd.DataFrame(
        [line for indicator in wanted for line in lines[indicator.name]], columns=columns
    )
    of_numbers = np.concatenate(
        [np.empty((0, 2 + len(INSIDE))), *(numbers[indicator.name] for indicator in wanted)]
    )
    every: dict[str, Any] = {
        **{name: frame[name] for name in columns},
        **dict(zip(["value", "base", *INSIDE], of_numbers.T, strict=True)),
        "indicator": pd.array(names, dtype="str"),
        "as_at": np.full(len(names), np.datetime64(as_at or utc_now(), "us")),
        "unit": [CATALOGUE[name].unit for name in names],
        "months_expected": [
            1
            if _is_of_one_month(CATALOGUE[name])
            else len(_sent_for(CATALOGUE[name].return_name, months_by_end[end]))
            for name, end in zip(names, frame["period"], strict=True)
        ],
    }
    return pd.DataFrame({name: every[name] for name in (*COLUMNS, *INSIDE, *by)})


def each_once(
    database: Database,
    facts: str,
    columns: Sequence[str],
    periods: Sequence[date],
    *,
    as_at: datetime | None = None,
    members: Collection[str] | None = None,
) -> tuple[list[dict[str, Any]], dict[date, tuple[int, str]]]:
    """The things that facts count once however many members report them (`one_per`), as figures
    count them: a row with `period`, `thing` and these columns for each; and for each period that
    any member sent the return for, how many did, and a text that is the same of the same members.
    For what isn't of people only."""
    declared = FACTS[facts]
    if {*columns} & _counted_columns():
        raise ValueError("People are counted by figures.")
    with database.cursor() as cursor:
        register_pool(cursor, database, periods, as_at)
        cursor.execute(
            f"""
            with
            pool as (from pool_of_all_months where period in (select unnest($periods::date[]))),
            senders as (
                from pool
                where return_name = '{declared.return_name}' and has_sent
                    and ($members is null or member_id in (select unnest($members)))
            ),
            facts as (from senders join {declared.table} using (addition_id)),
            {once(declared, [])}
            select senders.period, count(*) as members, sum(token)::varchar as senders,
                null as thing, {commas(*(f"null as {name}" for name in columns))}
            from senders
            group by senders.period
            union all by name
            select period, thing, {commas(*columns)}
            from once
            """,
            {"members": None if members is None else list(members), "periods": list(periods)},
        )
        names = [column[0] for column in cursor.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    sent = {row["period"]: (row["members"], row["senders"]) for row in rows if row["senders"]}
    return [row for row in rows if row["senders"] is None], sent


def _indicator(name: str) -> Indicator:
    if name not in CATALOGUE:
        raise NotDeclared(f"There is no indicator {name}. There are: {', '.join(CATALOGUE)}.")
    return CATALOGUE[name]


def _is_of_one_month(indicator: Indicator) -> bool:
    """Whether its figure of a longer window is that of the last month."""
    return indicator.kind == "stock" or FACTS[indicator.facts[0]].stock


def _sent_for(return_name: str | None, months: Sequence[date]) -> Sequence[date]:
    """Those of the months that a return is sent for; all of them where it is for none."""
    if return_name is None:
        return months
    return [month for month in months if RETURNS[return_name].is_period(month)] or months


def _windows(facts: Facts, months_by_end: Mapping[date, Sequence[date]]) -> dict[str, list[date]]:
    """The months of each window that have figures, as pairs of its end and a month."""
    pairs = [
        (end, month)
        for end, months in months_by_end.items()
        for month in _sent_for(facts.return_name, months)
    ]
    return {"ends": [end for end, _ in pairs], "months": [month for _, month in pairs]}


def _facts(indicator: Indicator, cuts: Sequence[str]) -> Facts:
    """The first facts of an indicator that can be cut by all of these."""
    for name in indicator.facts:
        senders = () if FACTS[name].of_network else SENDER
        if {*cuts} <= {*senders, *FACTS[name].breakdowns}:
            return FACTS[name]
    offered = indicator.breakdowns
    strange = [name for name in cuts if name not in offered]
    if strange:
        raise NotDeclared(
            f"{indicator.name} can't be cut by {strange[0]}. It can by: {', '.join(offered)}."
        )
    raise NotDeclared(f"{indicator.name} can't be cut by {' and '.join(cuts)} at once.")


def _area_values(
    database: Database, indicators: Sequence[Indicator], as_at: datetime | None
) -> dict[str | None, float]:
    if not any(indicator.over in AREA_FACTS for indicator in indicators):
        return {}
    frame = area_facts(database, as_at)
    return dict(zip(frame["name"], frame["value"], strict=True))


# --- from sums to figures ---------------------------------------------------------------------


def _numbers(
    indicator: Indicator,
    sums: Mapping[Sum | str, Numbers],
    area_value: float | None,
    column_keys: Mapping[str, int],
) -> Numbers:
    """Value, base and INSIDE of each line. Nothing sent is a gap; something sent, and nothing of
    this in it, is nought."""
    parts = {name: sums[part] for name, part in parts_of(indicator).items()}
    gaps = np.full(len(sums["members"]), np.nan)
    value, base = np.where(sums["has_facts"] == 1, parts["value"], 0.0), gaps
    part = gaps
    if indicator.over == "members":
        base = sums["members"]
    elif indicator.over is not None:
        base = np.full(len(gaps), np.nan if area_value is None else area_value)
    elif indicator.base is not None:
        value, base = np.nan_to_num(parts["value"]), np.nan_to_num(parts["base"])
    if indicator.kind == "rate":
        base = np.where(sums["is_known"] == 1, base, np.nan)
        part, value = value, value / np.where(base == 0, np.nan, base)
    else:
        value = np.where(sums["is_whole"] == 1, value, np.nan)
    keys = {name: np.nan_to_num(parts[name]) for name in KEYS if name in parts}
    if "base_key" in keys:  # who is in the base and not in the value, unless a figure of its own
        keys.setdefault("rest_key", keys["base_key"] - keys["value_key"])
    cell_keys = [
        (keys.get(name, gaps) + added) % KEY_VALUES
        for name, added in zip(KEYS, _added_keys(indicator, column_keys), strict=True)
    ]
    whole = np.nan_to_num(parts["whole"]) if "whole" in parts else gaps
    whole_key = gaps
    if "whole_key" in parts:
        added = column_keys.get(indicator.whole or "", 0)
        whole_key = (np.nan_to_num(parts["whole_key"]) + added) % KEY_VALUES
    weighed = [sums["weighed" if indicator.is_weighed else "counted"], sums["is_due"]]
    return np.column_stack(
        [value, base, *cell_keys, part, whole, whole_key, *weighed, sums["is_first"]]
    )


def _counted_columns() -> set[str]:
    """The columns that hold people."""
    counted = [column for indicator in CATALOGUE.values() for column, _ in indicator.counted]
    return {column for column in counted if column}


def keys_of_columns(database: Database) -> dict[str, int]:
    """What is added to the record keys of each column that counts people."""
    if database not in _column_keys:
        with database.cursor() as cursor:
            _column_keys[database] = dict(
                cursor.execute(
                    "select name, record_key(['column', name]) "
                    "from (select unnest($columns::varchar[]) as name)",
                    {"columns": list(_counted_columns())},
                ).fetchall()
            )
    return _column_keys[database]


def _added_keys(indicator: Indicator, column_keys: Mapping[str, int]) -> tuple[int, int, int]:
    """What is added to the three sums of record keys of an indicator, so that two columns of the
    same rows don't share their noise."""
    value, base, rest = (column_keys.get(column or "", 0) for column, _ in indicator.counted)
    return value, base, rest if indicator.rest else value
