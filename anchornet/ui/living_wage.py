"""What the page of the living wage is laid out from, kept until something is recorded."""

from datetime import date

import pandas as pd

from anchornet import member_data
from anchornet.access import Person, allowed
from anchornet.indicators import accreditations, living_wage_rates
from anchornet.indicators.figures import AreaFigure, area_figure
from anchornet.periods import add_months
from anchornet.store.database import Database, utc_now
from anchornet.ui import queries
from anchornet.ui.cache import kept
from anchornet.ui.filters import Filters

TILES = (
    "accredited_employers",
    "workers_uplifted",
    "workers_covered",
    "share_of_jobs_covered",
    "members_accredited",
)
MONTHS = 12


def today(filters: Filters) -> date:
    return (filters.as_at or utc_now()).date()


@kept
def change(database: Database, filters: Filters) -> pd.DataFrame:
    """What `stock.reconcile` gives for the filters' window: one row."""
    return accreditations.reconcile(
        database, [filters.period], as_at=filters.as_at, members=filters.members,
        window=filters.window,
    )  # fmt: skip


@kept
def changes(database: Database, filters: Filters) -> pd.DataFrame:
    """What `stock.reconcile` gives for the months up to the filters', none before the first that
    anything is known of."""
    first = min([*queries.months(database), filters.period])
    months = [add_months(filters.period, -back) for back in reversed(range(MONTHS))]
    return accreditations.reconcile(
        database,
        [it for it in months if it >= first],
        as_at=filters.as_at,
        members=filters.members,
    )


@kept
def renewals(database: Database, filters: Filters, on: date) -> pd.DataFrame:
    """What `stock.renewals` gives."""
    return accreditations.renewals(
        database, filters.period, on, as_at=filters.as_at, members=filters.members
    )


@kept
def members(database: Database, filters: Filters) -> pd.DataFrame:
    """What `stock.members_status` gives."""
    return accreditations.members_status(
        database, filters.period, as_at=filters.as_at, members=filters.members
    )


def members_seen(database: Database, filters: Filters, person: Person) -> pd.DataFrame:
    """Of those the rows that the person may see: all, their own member's, or none."""
    frame = members(database, filters)
    mine = [allowed(person, "see_member_figures", it) for it in frame["member_id"]]
    return frame[pd.Series(mine, index=frame.index, dtype=bool)]


def own_renewals(
    database: Database, filters: Filters, person: Person, on: date
) -> pd.DataFrame | None:
    """What `stock.own_renewals` gives of the person's member; None where there are no rows of a
    member that they may see, or another member was picked."""
    member_id = person.member_id
    if member_id is None or not allowed(person, "see_member_detail", member_id):
        return None
    if filters.members is not None and member_id not in filters.members:
        return None
    return member_data.renewals(
        database, person, member_id, filters.period, on, as_at=filters.as_at
    )


@kept
def jobs_in_area(database: Database, filters: Filters) -> AreaFigure | None:
    """What the share of jobs covered is over, as it was known."""
    return area_figure(database, "share_of_jobs_covered", filters.as_at)


@kept
def all_rates(database: Database) -> tuple[living_wage_rates.Rate, ...]:
    """The Real Living Wage rates, the oldest first."""
    return living_wage_rates.load_rates(database)
