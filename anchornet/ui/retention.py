"""What the page of retention is laid out from: names of its lines, its small tables."""

import pandas as pd

from anchornet import formatting
from anchornet.indicators.cohorts import MATURE
from anchornet.periods import parse_month
from anchornet.returns.declaration import RETURNS

TURNOVER = ("starters_followed", "leavers", "leavers_to_work", "leavers_not_followed")
TILES = (*MATURE, *TURNOVER[:2])
FIGURES = (*MATURE, *TURNOVER)
COHORTS = (
    "A cohort is everybody who started in one month. One that is not old enough yet is in neither "
    "the share nor its base."
)
# Beside a line there is little room on a phone.
SHORT = {
    "standard": "Standard",
    "pre_employment": "Pre-employment",
    "work_placement": "Placement",
}
PATHWAYS = RETURNS["retention"].field("pathway").codes or {}


def maturity(found: pd.DataFrame) -> list[list[str]]:
    """A row a retention figure: how many stay, of how many, in which cohorts."""
    rows = []
    for _, row in found.iterrows():
        newest = row["newest"]
        rows.append(
            [
                row["indicator"].split("_")[1],
                formatting.shown(row),
                formatting.figure(row["base"], "people") if row["base"] else "–",
                f"{row['cohorts']:,} of {row['cohorts_expected']:,}",
                "none yet" if pd.isna(newest) else formatting.month(newest, short=True),
                formatting.month(row["next"], short=True),
            ]
        )
    return rows


def named(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """The lines of a frame of cuts.curves by the names they have on screen, for parts.curves."""
    names = [
        SHORT.get(it, PATHWAYS.get(it, it))
        if column == "pathway"
        else formatting.month(parse_month(it), short=True)
        for it in frame[column]
    ]
    return frame.assign(name=names)


def newest(found: pd.DataFrame, cohorts: pd.DataFrame) -> str | None:
    """The name of the newest cohort that is old enough for 26 weeks; the oldest there is where none
    is."""
    rows = found.loc[found["indicator"] == "retention_26_weeks", "newest"].dropna()
    if len(rows):
        return formatting.month(rows.iloc[0], short=True)
    return str(cohorts["name"].iloc[0]) if len(cohorts) else None


def leavers(by_pathway: pd.DataFrame, together: pd.DataFrame) -> list[list[str]]:
    """A row a pathway under the total: who started, left, left for another job and is not known."""
    rows = [["All pathways", *_said(together)]]
    for pathway, title in PATHWAYS.items():
        mine = by_pathway[by_pathway["pathway"] == pathway]
        if len(mine):
            rows.append([title, *_said(mine)])
    return rows


def _said(frame: pd.DataFrame) -> list[str]:
    by_name = {row["indicator"]: formatting.shown(row) for _, row in frame.iterrows()}
    return [by_name.get(name, "–") for name in TURNOVER]
