"""What the page of local hires is laid out from: its figures, their names, its small tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.charts import breakdowns
from anchornet.charts.style import Chart
from anchornet.returns.declaration import RETURNS
from anchornet.settings import Settings

TILES = (
    "starts",
    "local_start_share",
    "priority_neighbourhood_starts",
    "applications",
    "offers",
)
STAGES = ("applications", "offers", "starts")
ON_THE_MAP = {
    "starts": "All starts",
    "priority_neighbourhood_starts": "From priority neighbourhoods",
}
NOUNS = {"starts": "starts", "priority_neighbourhood_starts": "starts from them"}
# A share of starts, and the same of the area's people.
AGAINST = {
    "under_25_start_share": ("Under 25", "residents_under_25_share"),
    "global_majority_start_share": ("Global majority", "residents_global_majority_share"),
    "out_of_work_start_share": ("Out of work before", "residents_out_of_work_share"),
    "priority_neighbourhood_start_share": (
        "From priority neighbourhoods",
        "residents_priority_neighbourhood_share",
    ),
}
# All that the page states of the whole, worked out together.
FIGURES = tuple(
    dict.fromkeys(
        [*TILES, *STAGES, "starts_without_applications", "starts_without_offers", *AGAINST]
    )
)
NOT_SPLIT = (
    "People are split by two things at once at most. Choose everywhere, or the network, to see "
    "them by pathway and home."
)
NOT_MAPPED = "Home wards are shown of the whole network, everywhere, over twelve months."
HIRES = RETURNS["local_hires"]
PATHWAYS = HIRES.field("pathway").codes or {}
GROUPS = ("age_band", "ethnicity", "out_of_work")


def homes(by_ring: pd.DataFrame, settings: Settings, when: str) -> Chart:
    """Starts by the ring that people's homes lie in."""
    given = {row["ring"]: row for _, row in by_ring.dropna(subset=["ring"]).iterrows()}
    rows = [
        (name[:1].upper() + name[1:], given[ring]["value"], _said(given[ring]))
        for ring, name in formatting.ring_names(settings).items()
        if ring in given
    ]
    return breakdowns.ranks(rows, f"starts by home in {when}", context=["Not known"])


def against(
    now: pd.DataFrame, area: Mapping[str, tuple[float, str]], name_of_area: str
) -> list[dict[str, Any]]:
    """Rows for parts.beside: shares of starts of one span, protected, by indicator; the area's
    where they were entered, with their `source`."""
    rows = []
    for _, row in now[now["indicator"].isin(AGAINST)].iterrows():
        name, fact = AGAINST[row["indicator"]]
        made: dict[str, Any] = {"name": name, "value": row["value"], "label": _said(row)}
        if fact in area:
            share, source = area[fact]
            said = f"{name_of_area} {formatting.figure(share, 'share')}"
            made |= {"area": share, "area_label": said, "source": source}
        rows.append(made)
    return rows


def sources(rows: Sequence[Mapping[str, Any]], name_of_area: str) -> str:
    """Where the area's shares are from: `Manchester: Census, 2021.`"""
    found = dict.fromkeys(row["source"] for row in rows if "source" in row)
    return f" {name_of_area}: {formatting.listed(list(found))}." if found else ""


def counts(groups: Mapping[str, pd.DataFrame]) -> list[list[str]]:
    """Starts by group as they may be shown, what is not known among them."""
    rows = []
    for field, frame in groups.items():
        declared = HIRES.field(field)
        given = {row[field]: row for _, row in frame.dropna(subset=[field]).iterrows()}
        for code, label in (declared.codes or {}).items():
            if code in given:
                said = f"{declared.title}: {label[:1].lower()}{label[1:]}"
                rows.append([said, formatting.shown(given[code])])
    return rows


def _said(row: "pd.Series[Any]") -> str:
    said = formatting.shown(row)
    return {"*": breakdowns.TOO_FEW, "–": "not known"}.get(said, said)
