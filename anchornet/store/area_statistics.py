"""What is known of the area from elsewhere: each figure with its source and year."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import pandas as pd

from anchornet.store.database import Database, tidy, utc_now
from anchornet.store.network import NotPossible


@dataclass(frozen=True)
class AreaFact:
    """A figure that the coordinator may give; `unit` is "jobs" or "share" (of 1)."""

    title: str
    unit: str
    definition: str


AREA_FACTS: Mapping[str, AreaFact] = {
    "jobs_in_area": AreaFact(
        "Jobs in the area",
        "jobs",
        "Employee jobs at workplaces inside the area, such as the Business Register and "
        "Employment Survey gives them. The share of jobs covered is a share of these.",
    ),
    "residents_under_25_share": AreaFact(
        "Residents under 25, share",
        "share",
        "People of 16 to 24 over people of 16 to 64 who live in the area.",
    ),
    "residents_global_majority_share": AreaFact(
        "Residents of the global majority, share",
        "share",
        "People of the global majority over people of 16 to 64 who live in the area.",
    ),
    "residents_out_of_work_share": AreaFact(
        "Residents out of work, share",
        "share",
        "People who are not in work over people of 16 to 64 who live in the area.",
    ),
    "residents_priority_neighbourhood_share": AreaFact(
        "Residents of priority neighbourhoods, share",
        "share",
        "People who live in the most deprived fifth of England's small areas over people of "
        "16 to 64 who live in the area.",
    ),
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
        said = "a share from 0% to 100%" if fact.unit == "share" else "a number above 0"
        raise NotPossible(f"{fact.title} should be {said}.")
    if not source.strip():
        raise NotPossible(f"Say where {fact.title} comes from.")
    if not 1900 <= year <= moment.year:
        raise NotPossible(f"{year} can't be the year of {fact.title}.")
    with database.writing() as cursor:
        cursor.execute(
            "insert into area_facts values (?, ?, ?, ?, ?, ?)",
            [name, value, source.strip(), year, moment, by],
        )


def area_facts(database: Database, as_at: datetime | None = None) -> pd.DataFrame:
    """The figures that hold: name, value, source, year, recorded_at, recorded_by; in the order of
    AREA_FACTS."""
    with database.cursor() as cursor:
        frame = cursor.execute(
            """
            select name, value, source, year, recorded_at, recorded_by
            from current_area_facts($as_at)
            where name in (select unnest($names))
            order by list_position($names, name)
            """,
            {"names": list(AREA_FACTS), "as_at": as_at},
        ).df()
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
    found = re.fullmatch(r"(20\d\d)-(\d\d)", rate_year.strip())
    if not found or (int(found[1]) + 1) % 100 != int(found[2]):
        raise NotPossible("Write the year of the rate as 2026-27.")
    if not announced_on <= implement_by:
        raise NotPossible("A rate is announced before the day from which it must be paid.")
    if not 0 < uk <= london < 100:
        raise NotPossible("Write the rates in pounds an hour; London's is the higher one.")
    with database.writing() as cursor:
        cursor.execute(
            "insert into rates values (?, ?, ?, ?, ?, ?, ?)",
            [found[0], announced_on, implement_by, uk, london, now or utc_now(), by],
        )


def recorded_rates(
    database: Database, as_at: datetime | None = None
) -> list[tuple[str, date, date, Decimal, Decimal]]:
    """The rates that the coordinator recorded: year, announced, to be paid by, UK, London."""
    with database.cursor() as cursor:
        return cursor.execute(
            "select rate_year, announced_on, implement_by, uk, london from current_rates($as_at) "
            "order by implement_by, rate_year",
            {"as_at": as_at},
        ).fetchall()
