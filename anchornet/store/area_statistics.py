"""What is known of the area from elsewhere: each figure with its source and year."""

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd

from anchornet.store.database import Database, append, tidy, utc_now
from anchornet.store.network import NotPossible


@dataclass(frozen=True)
class AreaFact:
    """A figure that the coordinator may give; `unit` is "jobs" or "share" (of 1)."""

    title: str
    unit: str
    definition: str


AREA_FACTS: Mapping[str, AreaFact] = {
    name: AreaFact(**entry)
    for name, entry in tomllib.loads(
        Path(__file__).with_name("area_statistics.toml").read_text(encoding="utf-8")
    ).items()
}


def record_area_fact(
    database: Database,
    name: str,
    value: float,
    *,
    source: str,
    year: int,
    by: str,
    now: datetime | None = None,
) -> None:
    """Record a figure of the area in place of the one before, which stays. Raises NotPossible."""
    if name not in AREA_FACTS:
        raise NotPossible(f"There is no area fact {name!r}. There are: {', '.join(AREA_FACTS)}.")
    fact, moment = AREA_FACTS[name], now or utc_now()
    if not math.isfinite(value) or value <= 0 or (fact.unit == "share" and value > 1):
        wanted = "a share from 0% to 100%" if fact.unit == "share" else "a number above 0"
        raise NotPossible(f"{fact.title} should be {wanted}.")
    if not source.strip():
        raise NotPossible(f"Say where {fact.title} comes from.")
    if not 1900 <= year <= moment.year:
        raise NotPossible(f"{year} can't be the year of {fact.title}.")
    with database.writing() as cursor:
        append(cursor, "area_facts", name, value, source.strip(), year, moment, by)


def area_facts(database: Database, as_at: datetime | None = None) -> pd.DataFrame:
    """The figures that hold: name, value, source, year, recorded_at, recorded_by; in the order of
    AREA_FACTS."""
    frame = database.frame(
        """
        select name, value, source, year, recorded_at, recorded_by
        from current_area_facts($as_at)
        where name in (select unnest($names))
        order by list_position($names, name)
        """,
        {"names": list(AREA_FACTS), "as_at": as_at},
    )
    return tidy(frame)


def record_rate(
    database: Database,
    rate_year: str,
    announced_on: date,
    implement_by: date,
    uk: Decimal,
    london: Decimal,
    *,
    by: str,
    now: datetime | None = None,
) -> None:
    """Record a Real Living Wage rate that was announced, in pounds an hour, or put one right.
    Raises NotPossible."""
    years = re.fullmatch(r"(20\d\d)-(\d\d)", rate_year.strip())
    if not years or (int(years[1]) + 1) % 100 != int(years[2]):
        raise NotPossible("Write the year of the rate as 2026-27.")
    if not announced_on <= implement_by:
        raise NotPossible("A rate is announced before the day from which it must be paid.")
    if not 0 < uk <= london < 100:
        raise NotPossible("Write the rates in pounds an hour; London's is the higher one.")
    rate = (years[0], announced_on, implement_by, uk, london)
    with database.writing() as cursor:
        append(cursor, "rates", *rate, now or utc_now(), by)


def recorded_rates(
    database: Database, as_at: datetime | None = None
) -> list[tuple[str, date, date, Decimal, Decimal]]:
    """The rates that the coordinator recorded: year, announced, to be paid by, UK, London."""
    rows = database.rows(
        """
        select rate_year, announced_on, implement_by, uk, london
        from current_rates(?)
        order by implement_by, rate_year
        """,
        [as_at],
    )
    return [(year, announced, by, uk, london) for year, announced, by, uk, london in rows]
