"""Agreements in lots: how many, who holds them, how many of the holders are local and hold the
standards that were asked of them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from anchornet.formatting import is_gap
from anchornet.indicators.senders import register_pool
from anchornet.places.standards import LIVING_WAGE, show_standards
from anchornet.store.database import Database
from anchornet.store.framework import Framework, framework

COLUMNS = ("agreement", "lots", "holders", "local", "unplaced", "asked", "meeting", "not_known")


def lots(database: Database, frame: pd.DataFrame, as_at: Any = None) -> pd.DataFrame:
    """A row with COLUMNS for each agreement in lots among promises of one quarter, as
    promises.promises gives them: those whose holder may be named. `local`: holders whose address
    the directory places in the area; `unplaced`: of whom it has no place. `asked`: holders of lots
    that standards were asked of, by the band of the agreement's value as the lot's rows give it;
    `meeting`: those of them that hold them all at the quarter's end; `not_known`: holders of lots
    without a value, or in a band that doesn't say."""
    named = frame[frame["lot"].notna() & frame["organisation"].notna()]
    if named.empty:
        return pd.DataFrame(columns=[*COLUMNS])
    holders, plan = _holders(database, named, as_at), framework(database, as_at)
    rows = []
    for _, group in named.groupby("agreement_ref", sort=False):
        about = {holders[name]["name_key"]: holders[name] for name in {*group["organisation"]}}
        asked = _asked(group, holders, plan)
        known = {key: standards for key, standards in asked.items() if standards is not None}
        rows.append(
            (
                next(iter(group["agreement_title"].dropna()), group["agreement_ref"].iloc[0]),
                group["lot"].nunique(),
                len(about),
                sum(each["ring"] == "area" for each in about.values()),
                sum(each["ring"] == "unknown" for each in about.values()),
                sum(bool(standards) for standards in known.values()),
                sum(
                    bool(standards) and standards <= {*about[key]["standards"]}
                    for key, standards in known.items()
                ),
                len(asked) - len(known),
            )
        )
    return pd.DataFrame(rows, columns=[*COLUMNS]).sort_values("lots", ascending=False)


def _asked(
    group: pd.DataFrame, holders: Mapping[str, Mapping[str, Any]], plan: Framework | None
) -> dict[str, set[str] | None]:
    """Key of a holder -> the standards that its lots were asked; None where that isn't known of one
    of them."""
    asked: dict[str, set[str] | None] = {}
    for (_, name), rows in group.groupby(["lot", "organisation"], sort=False):
        value = next((each for each in rows["agreement_value_gbp"] if not is_gap(each)), None)
        band = plan.band_for(Decimal(value)) if plan and value is not None else None
        key = str(holders[str(name)]["name_key"])
        before = asked.get(key, set())
        of_lot = band.standards if band else None
        asked[key] = None if before is None or of_lot is None else before | {*of_lot}
    return asked


def _holders(
    database: Database, named: pd.DataFrame, as_at: Any
) -> Mapping[str, Mapping[str, Any]]:
    """Name -> its key, the ring of its address and the standards that it holds at the quarter's
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
              select supplier_number, standard
              from standards_held
              where held_from <= last_day($quarter::date)
                and coalesce(held_to >= last_day($quarter::date), true)
              union
              select md5_number_lower(coalesce(into_key, name_key)), '{LIVING_WAGE}'
              from pool_of_all_months
              join living_wage_facts using (addition_id)
              left join merges using (name_key)
              where return_name = '{LIVING_WAGE}' and period = $quarter
                and status in ('accredited', 'accredited_with_milestones')
                and '{LIVING_WAGE}' in (from framework_standards)
            )
            select name, name_key, coalesce(ring, 'unknown') as ring,
              (
                select coalesce(list(distinct standard), [])
                from holding
                where supplier_number = md5_number_lower(name_key)
              ) as standards
            from asked
            left join placed using (name_key)
            """,
            {"names": sorted({*named["organisation"]}), "as_at": as_at, "quarter": quarter},
        ).fetchall()
    names = ("name_key", "ring", "standards")
    return {name: dict(zip(names, values, strict=True)) for name, *values in rows}
