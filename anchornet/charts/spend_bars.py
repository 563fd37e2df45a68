"""Bars of spend: where it leaves, who is paid most, and its parts by kind of supplier."""

import pandas as pd

from anchornet import formatting
from anchornet.charts import breakdowns
from anchornet.charts.style import Chart
from anchornet.indicators import leakage
from anchornet.returns.declaration import RETURNS

LEAVING = 8  # categories in which most left
SHORT = {"vcse": "Voluntary sector"}


def leaks(leaving: pd.DataFrame, count: int = LEAVING) -> Chart:
    """The categories in which most left that could have been spent locally."""
    near = leaving[(leaving["local_suppliers"] > 0) & (leaving["category"] != leakage.NOT_KNOWN)]
    rows = [
        (row["category"], row["leaving"], _leaving(row["leaving"], row["local_suppliers"]))
        for _, row in near.head(count).iterrows()
    ]
    return breakdowns.ranks(rows, "pounds that left, of categories with local suppliers")


def _leaving(pounds: float, suppliers: int) -> str:
    many = f"{suppliers:,} local supplier{'' if suppliers == 1 else 's'}"
    return f"{formatting.pounds(pounds)} · {many}"


def largest(concentration: leakage.Concentration, *, named: bool) -> Chart:
    """The largest suppliers: by name, with their pounds, for the member's own people; for others by
    their place, with whole shares: what one supplier was paid is the members' own."""
    rows = []
    # Where others gave back more than they were paid, the largest are no part of a whole.
    is_part = concentration.share is not None and concentration.share <= 1
    for rank, row in enumerate(concentration.largest.to_dict("records"), 1):
        share = formatting.figure(row["share"], "share")
        if named:
            pounds = formatting.pounds(row["value"])
            label = f"{pounds} · {share}" if is_part else pounds
            rows.append((str(row["supplier"]), row["value"], label))
        elif is_part:
            whole = float(formatting.percent(row["share"])) / 100
            rows.append((f"{_ordinal(rank)} largest", whole, share))
    return breakdowns.ranks(rows, "the largest suppliers")


def _ordinal(rank: int) -> str:
    first = ("", "The", "Second", "Third")
    return first[rank] if rank < len(first) else f"{rank}th"


def by(cut: pd.DataFrame, column: str) -> Chart:
    """Pounds by size, type or decile, in the order of the codes, what is not known in grey."""
    if column == "imd_decile":
        return breakdowns.deciles(cut)
    titles = codes(column)
    with_pounds = cut[cut["value"].notna()]
    pounds = dict(zip(with_pounds[column], with_pounds["value"], strict=True))
    credited = cut["value"].lt(0).any()  # no part of a whole then
    total = 0.0 if credited else float(cut["value"].sum())
    rows = [
        (title, pounds[code], _part(pounds[code], total))
        for code, title in titles.items()
        if pounds.get(code)
    ]
    return breakdowns.ranks(rows, "pounds", context=[titles.get(leakage.NOT_KNOWN, "")])


def codes(column: str) -> dict[str, str]:
    """Code -> name of the sizes or the types."""
    return {**(RETURNS["spend"].field(column).codes or {}), **SHORT}


def _part(value: float, total: float) -> str:
    share = f" · {formatting.figure(value / total, 'share')}" if total > 0 else ""
    return f"{formatting.pounds(value)}{share}"
