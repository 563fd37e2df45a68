"""Agreements let in lots: how many, who holds them, how many of the holders are local and hold a
standard of the framework."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from anchornet.indicators.senders import register_pool
from anchornet.places.standards import LIVING_WAGE, show_standards
from anchornet.store.database import Database

COLUMNS = ("agreement", "lots", "holders", "local", "unplaced", "with_standard")


def lots(database: Database, frame: pd.DataFrame, as_at: Any = None) -> pd.DataFrame:
    """A row with COLUMNS for each agreement in lots among promises of one quarter, as
    promises.promises gives them: those whose holder may be named. `local`: holders whose address
    the directory places in the area; `unplaced`: of whom it has no place."""
    named = frame[frame["lot"].notna() & frame["organisation"].notna()]
    if named.empty:
        return pd.DataFrame(columns=[*COLUMNS])
    holders = _holders(database, named, as_at)
    rows = []
    for _, group in named.groupby("agreement_ref", sort=False):
        about = [holders[name] for name in sorted({*group["organisation"]})]
        rings = {each["name_key"]: each["ring"] for each in about}
        standards = {each["name_key"] for each in about if each["has_standard"]}
        rows.append(
            (
                next(iter(group["agreement_title"].dropna()), group["agreement_ref"].iloc[0]),
                group["lot"].nunique(),
                len(rings),
                sum(ring == "area" for ring in rings.values()),
                sum(ring == "unknown" for ring in rings.values()),
                len(standards),
            )
        )
    return pd.DataFrame(rows, columns=[*COLUMNS]).sort_values("lots", ascending=False)


def _holders(
    database: Database, named: pd.DataFrame, as_at: Any
) -> Mapping[str, Mapping[str, Any]]:
    """Name -> its key, the ring of its address and whether it holds a standard at the quarter's
    end."""
    quarter = named["period"].iloc[0]
    with database.cursor() as cursor:
        show_standards(cursor, as_at)
        register_pool(cursor, database, [quarter], as_at)
        rows = cursor.execute(
            f"""
            with named as (
              select name, coalesce(reference.name_key(name), upper(name)) as name_key
              from (select unnest($names::varchar[]) as name)
            ),
            asked as (
              select name, coalesce(into_key, name_key) as name_key
              from named
              left join merges using (name_key)
            ),
            placed as (
              select name_key,
                reference.ring(coalesce(postcodes.lad_code, outcodes.lad_code)) as ring
              from known_organisations($as_at, null) as organisations
              left join reference.postcodes using (postcode)
              left join reference.outcodes on outcode = split_part(organisations.postcode, ' ', 1)
            ),
            holding as (
              select supplier_number
              from standards_held
              where held_from <= last_day($quarter::date)
                and coalesce(held_to >= last_day($quarter::date), true)
              union
              select md5_number_lower(coalesce(into_key, name_key))
              from pool_of_all_months
              join living_wage_facts using (addition_id)
              left join merges using (name_key)
              where return_name = '{LIVING_WAGE}' and period = $quarter
                and status in ('accredited', 'accredited_with_milestones')
                and '{LIVING_WAGE}' in (from framework_standards)
            )
            select name, name_key, coalesce(ring, 'unknown') as ring,
              md5_number_lower(name_key) in (from holding) as has_standard
            from asked
            left join placed using (name_key)
            """,
            {"names": sorted({*named["organisation"]}), "as_at": as_at, "quarter": quarter},
        ).fetchall()
    names = ("name_key", "ring", "has_standard")
    return {name: dict(zip(names, values, strict=True)) for name, *values in rows}
