"""Cohorts of starters: which are old enough for which figure, and how many stay how long."""

from collections.abc import Collection
from datetime import date, datetime

import pandas as pd

from anchornet.facts.catalogue import CATALOGUE
from anchornet.indicators.figures import Audience, Request, figures
from anchornet.periods import add_months, months_between, months_of, parse_month
from anchornet.store.database import Database

# Months after the cohort month at which retention is stated.
MATURE = {name: it.months for name, it in CATALOGUE.items() if it.months}
LONGEST = 12


def maturity(
    database: Database,
    period: date,
    audience: Audience,
    *,
    window: str = "month",
    as_at: datetime | None = None,
    members: Collection[str] | None = None,
) -> pd.DataFrame:
    """The retention figures of a window, as `figures` gives them, with cohorts (how many are in),
    cohorts_expected, newest (the newest cohort month that is in, None without one) and next (the
    cohort month that will be in a month later)."""
    months = months_of(period, window)
    whole = Request([*MATURE], [period], window, as_at, members=members)
    monthly = Request([*MATURE], months, as_at=as_at, members=members)
    frame = figures(database, whole, audience)
    by_month = figures(database, monthly, audience)
    by_month = by_month[by_month["shown"] != "–"]
    rows = []
    for name in frame["indicator"]:
        back = MATURE[name]
        ends = [*by_month.loc[by_month["indicator"] == name, "period"]]
        rows.append(
            {
                "cohorts": len(ends),
                "cohorts_expected": len(months),
                "newest": add_months(max(ends), -back) if ends else None,
                "next": add_months(period, 1 - back),
            }
        )
    return frame.join(pd.DataFrame(rows, index=frame.index))


def by_pathway(
    database: Database,
    period: date,
    audience: Audience,
    *,
    as_at: datetime | None = None,
    members: Collection[str] | None = None,
) -> pd.DataFrame:
    """The share still in post by pathway and `months` followed (int, 0 to 12): what `figures`
    gives. Each point is of the twelve cohorts that came to that age in the year to `period`, so
    that those of 3, 6 and 12 months are the retention figures of the year."""
    by = ["pathway", "months_followed"]
    request = Request(["in_post_share"], [period], "rolling_12", as_at, by, members)
    frame = figures(database, request, audience)
    followed = [str(months) for months in range(LONGEST + 1)]
    frame = frame[frame["pathway"].notna() & frame["months_followed"].isin(followed)]
    return frame.assign(months=frame["months_followed"].astype("int64"))


def by_cohort(
    database: Database,
    period: date,
    audience: Audience,
    *,
    as_at: datetime | None = None,
    members: Collection[str] | None = None,
) -> pd.DataFrame:
    """The share still in post of the cohorts of the year before `period` by cohort_month, at the
    end of each month that they were followed, and `months` (int, 0 to 12) from one to the other:
    what `figures` gives. The cohort of `period` itself has only begun and is left out."""
    months = [add_months(period, -back) for back in reversed(range(LONGEST + 1))]
    request = Request(["in_post_share"], months, "month", as_at, ["cohort_month"], members)
    frame = figures(database, request, audience)
    frame = frame[frame["cohort_month"].notna() & (frame["shown"] != "–")]
    cohorts = [parse_month(text) for text in frame["cohort_month"]]
    ages = [months_between(start, end) for start, end in zip(cohorts, frame["period"], strict=True)]
    frame = frame.assign(months=pd.Series(ages, index=frame.index, dtype="int64"))
    wanted = [add_months(period, -LONGEST) <= cohort < period for cohort in cohorts]
    return frame[pd.Series(wanted, index=frame.index, dtype=bool)]
