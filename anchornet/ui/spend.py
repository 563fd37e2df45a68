"""What the page of spend is laid out from: its figures, its two ways of counting, its bars."""

from collections.abc import Mapping

import pandas as pd

from anchornet import formatting
from anchornet.charts import breakdowns, style
from anchornet.charts.style import Chart
from anchornet.indicators import leakage
from anchornet.narrative import page_sentences
from anchornet.returns.declaration import RETURNS
from anchornet.ui import layout

WAYS = {"address": "By registered address", "branch": "By address or branch"}
_OTHERS = (
    "priority_neighbourhood_spend_share",
    "sme_spend_share",
    "vcse_spend_share",
    "living_wage_supplier_spend_share",
    "active_suppliers",
)
TILES = {
    "address": (
        "spend",
        "local_spend_share",
        "wider_area_spend_share",
        "unknown_address_spend_share",
        *_OTHERS,
    ),
    "branch": ("spend", "local_or_branch_spend_share", "unknown_address_spend_share", *_OTHERS),
}
SUPPLIERS = {
    "supplier_size": "Size of supplier",
    "supplier_type": "Type of supplier",
}
SHORT = {"vcse": "Voluntary sector"}
UNKNOWN = {
    "supplier_size": "The size",
    "supplier_type": "The type",
    "imd_decile": "The decile (1 is the most deprived tenth of England)",
}


def share(way: str) -> str:
    """The share of spend that goes with a way of counting local."""
    return leakage.WAYS[way][2]


def scale(rings: Mapping[str, str]) -> list[tuple[str, str]]:
    """The rings' colours and names."""
    return [(style.RINGS[it], name) for it, name in rings.items()]


def leaks(found: pd.DataFrame, count: int = 8) -> Chart:
    """The categories in which most left that could have been spent nearer."""
    near = found[(found["local_suppliers"] > 0) & (found["category"] != leakage.NOT_KNOWN)]
    rows = [
        (row["category"], row["leaving"], _leaving(row["leaving"], row["local_suppliers"]))
        for _, row in near.head(count).iterrows()
    ]
    return breakdowns.ranks(rows, "pounds that left, of categories with local suppliers")


def _leaving(pounds: float, suppliers: int) -> str:
    many = f"{suppliers:,} local supplier{'' if suppliers == 1 else 's'}"
    return f"{formatting.pounds(pounds)} · {many}"


def largest(found: leakage.Concentration, *, named: bool) -> Chart:
    """The largest suppliers: by name, with their pounds, for the member's own people; for others by
    their place, with whole shares: what one supplier was paid is the members' own."""
    rows = []
    for place, row in enumerate(found.largest.to_dict("records"), 1):
        share = formatting.figure(row["share"], "share")
        if named:
            said = f"{formatting.pounds(row['value'])} · {share}"
            rows.append((str(row["supplier"]), row["value"], said))
        else:
            rows.append((f"{_place(place)} largest", round(row["share"], 2), share))
    return breakdowns.ranks(rows, "the largest suppliers")


def _place(place: int) -> str:
    words_ = ("", "The", "Second", "Third")
    return words_[place] if place < len(words_) else f"{place}th"


def show(column: str, title: str, cut: pd.DataFrame, made_of: str) -> None:
    """Pounds by size, type or decile, with the share of which it isn't known."""
    with layout.block(
        column, title, page_sentences.unknown_part(cut, column, UNKNOWN[column])
    ) as block:
        block.chart(by(cut, column), made_of)


def by(cut: pd.DataFrame, column: str) -> Chart:
    """Pounds by size, type or decile, in the order of the codes, what is not known in grey."""
    if column == "imd_decile":
        return breakdowns.deciles(cut)
    codes = {**(RETURNS["spend"].field(column).codes or {}), **SHORT}
    pounds = dict(zip(cut[column], cut["value"], strict=True))
    total = cut["value"].clip(lower=0).sum()
    rows = [
        (title, pounds[code], _part(pounds[code], total))
        for code, title in codes.items()
        if pounds.get(code)
    ]
    return breakdowns.ranks(rows, "pounds", context=[codes.get(leakage.NOT_KNOWN, "")])


def _part(value: float, total: float) -> str:
    share = formatting.figure(value / total, "share") if total > 0 else "–"
    return f"{formatting.pounds(value)} · {share}"


def categories(kinds: pd.DataFrame) -> list[str]:
    """The categories with most pounds first: `kinds` is spend by category and ring."""
    known = kinds.dropna(subset=["category", "value"])
    sums = known[known["category"] != leakage.NOT_KNOWN].groupby("category")["value"].sum()
    return [str(name) for name in sums[sums > 0].sort_values(ascending=False).index]


def total(kinds: pd.DataFrame, category: str | None) -> float | None:
    """The pounds of one category, or of all; None where nothing is known."""
    known = kinds.dropna(subset=["value"])
    mine = known if category is None else known[known["category"] == category]
    return float(mine["value"].sum()) if len(mine) else None
