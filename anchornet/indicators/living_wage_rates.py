"""The Real Living Wage rates, as dated rows: which one complies on a day."""

import csv
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from anchornet.store.area_statistics import recorded_rates
from anchornet.store.database import Database

FILE = "real_living_wage_rates.csv"


@dataclass(frozen=True)
class Rate:
    """Pounds an hour. announced_on: None where it isn't known. implement_by: the day from which
    they must be paid; where it isn't known, that is the day they were announced."""

    name: str
    announced_on: date | None
    implement_by: date | None
    uk: Decimal
    london: Decimal

    @property
    def from_day(self) -> date | None:
        return self.implement_by or self.announced_on


@dataclass(frozen=True)
class Calendar:
    """On a day: `due` must be paid at least. `announced`: the next one, which may be paid already
    and must be from its day, or None."""

    due: Rate
    announced: Rate | None


def load_rates(database: Database) -> tuple[Rate, ...]:
    """The rates that ship and those that the coordinator recorded, which go before a shipped one
    of the same year; the oldest first."""
    shipped = {rate.name: rate for rate in read_rates(database.settings.reference / FILE)}
    later = {row[0]: Rate(*row) for row in recorded_rates(database)}
    return tuple(sorted((shipped | later).values(), key=lambda rate: rate.name))


def read_rates(path: Path) -> tuple[Rate, ...]:
    def day(text: str) -> date | None:
        return date.fromisoformat(text) if text else None

    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Rate(
                row["rate_year"],
                day(row["announced_on"]),
                day(row["implement_by"]),
                Decimal(row["uk_rate_gbp_per_hour"]),
                Decimal(row["london_rate_gbp_per_hour"]),
            )
            for row in csv.DictReader(file)
        )


def calendar(rates: Sequence[Rate], on: date) -> Calendar | None:
    """Which rate complies on a day: the last one whose day has come. Between the day that rates are
    announced and the day they must be paid by, the earlier rate still complies. None for a day
    before the first dated rate."""
    due = [rate for rate in rates if rate.from_day and rate.from_day <= on]
    if not due:
        return None
    coming = [
        rate
        for rate in rates
        if rate.announced_on and rate.from_day and rate.announced_on <= on < rate.from_day
    ]
    return Calendar(due[-1], coming[-1] if coming else None)


def last_day(rates: Sequence[Rate], rate: Rate) -> date | None:
    """The last day on which a rate complies: the one before the next must be paid; None where none
    has been announced."""
    later = [other.from_day for other in rates[rates.index(rate) + 1 :] if other.from_day]
    return later[0] - timedelta(days=1) if later else None


def in_london(authorities: Collection[str]) -> bool | None:
    """Whether all of the authorities are London boroughs, or none: None where some are."""
    london = {code.startswith("E09") for code in authorities}
    return None if len(london) > 1 else london == {True}
