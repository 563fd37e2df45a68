"""Rows of tables of those who start, stay and leave, and the names that lines of them have."""

from collections.abc import Mapping

import pandas as pd

from anchornet import formatting
from anchornet.indicators.cohorts import MATURE
from anchornet.periods import parse_month
from anchornet.returns.declaration import RETURNS

TURNOVER = ("starters_followed", "leavers", "leavers_to_work", "leavers_not_followed")
PATHWAYS = RETURNS["retention"].field("pathway").codes or {}
# Beside a line there is little room on a phone.
SHORT = {
    "standard": "Standard",
    "pre_employment": "Pre-employment",
    "work_placement": "Placement",
}
MATURITY = ("After", "Still in post", "People", "Cohorts in", "Newest in", "Next")
LEAVERS = ("Pathway", "Started", "Left", "To another job", "Not known")


def starts(groups: Mapping[str, pd.DataFrame]) -> list[list[str]]:
    """Starts by group as they may be shown, what is not known among them."""
    rows = []
    for field, frame in groups.items():
        declared = RETURNS["local_hires"].field(field)
        given = {row[field]: row for _, row in frame.dropna(subset=[field]).iterrows()}
        for code, label in (declared.codes or {}).items():
            if code in given:
                group = f"{declared.title}: {label[:1].lower()}{label[1:]}"
                rows.append([group, formatting.shown(given[code])])
    return rows


def maturity(staying: pd.DataFrame) -> list[list[str]]:
    """A row a retention figure: how many stay, of how many, in which cohorts."""
    rows = []
    for _, row in staying.iterrows():
        latest = row["newest"]
        rows.append(
            [
                f"{MATURE[row['indicator']]} months ({row['indicator'].split('_')[1]} weeks)",
                formatting.shown(row),
                formatting.figure(row["base"], "people") if row["base"] else "–",
                f"{row['cohorts']:,} of {row['cohorts_expected']:,}",
                "none yet" if pd.isna(latest) else formatting.month(latest, short=True),
                formatting.month(row["next"], short=True),
            ]
        )
    return rows


def named(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """The lines of a frame of cohorts by the names they have on screen, for breakdowns.curves."""
    names = [
        SHORT.get(value, PATHWAYS.get(value, value))
        if column == "pathway"
        else formatting.month(parse_month(value), short=True)
        for value in frame[column]
    ]
    return frame.assign(name=names)


def newest(staying: pd.DataFrame, months: pd.DataFrame) -> str | None:
    """The name of the newest cohort that is old enough for 26 weeks; the oldest there is where none
    is."""
    rows = staying.loc[staying["indicator"] == "retention_26_weeks", "newest"].dropna()
    if len(rows):
        return formatting.month(rows.iloc[0], short=True)
    return str(months["name"].iloc[0]) if len(months) else None


def leavers(by_pathway: pd.DataFrame | None, together: pd.DataFrame) -> list[list[str]]:
    """A row a pathway, where they are shown, under the total: who started, left, left for another
    job and is not known."""
    rows = [["All pathways", *_shown(together)]]
    if by_pathway is None:
        return rows
    for pathway, title in PATHWAYS.items():
        lines = by_pathway[by_pathway["pathway"] == pathway]
        if len(lines):
            rows.append([title, *_shown(lines)])
    return rows


def _shown(frame: pd.DataFrame) -> list[str]:
    by_name = {row["indicator"]: formatting.shown(row) for _, row in frame.iterrows()}
    return [by_name.get(name, "–") for name in TURNOVER]
