"""What spend says of choices: where money leaves though it could be spent nearer, how few suppliers
take most of it, and what members paid each other."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from anchornet.indicators.calculate import calculate
from anchornet.indicators.figures import Audience, Request, figures
from anchornet.store.database import Database

NOT_KNOWN = "not_known"
NAMELESS = ("Individual", "Redacted")
# The two ways of counting local, never mixed: the breakdown, the count of suppliers that goes with
# it and the share.
WAYS: Mapping[str, tuple[str, str, str]] = {
    "address": ("ring", "local_suppliers", "local_spend_share"),
    "branch": ("nearest_ring", "local_or_branch_suppliers", "local_or_branch_spend_share"),
}


def leakage(
    database: Database, request: Request, audience: Audience, way: str = "address"
) -> pd.DataFrame:
    """By category, what left the area although somebody could have chosen, in the first period:
    category, leaving (pounds to suppliers known to be outside, of lines not said to be fixed),
    not_said (those of them that nobody said could be influenced), local_suppliers (how many inside
    the area the network paid for this category in the same time; 0 where none). Most pounds first.
    """
    ring, suppliers, _ = WAYS[way]
    cut = ["category", "influenceable", ring]
    paid = figures(database, replace(request, indicators=["spend"], by=cut), audience)
    paid = paid[paid[ring].isin(["wider_area", "elsewhere"]) & (paid["influenceable"] != "no")]
    paid = paid.assign(not_said=paid["value"].where(paid["influenceable"] == NOT_KNOWN, 0.0))
    leaving = paid.groupby("category")[["value", "not_said"]].sum()
    leaving = leaving.rename({"value": "leaving"}, axis=1)
    everybody = replace(request, indicators=[suppliers], by=["category"], members=None, where=None)
    local = figures(database, everybody, audience).dropna(subset=["category", "value"])
    counts = dict(zip(local["category"], local["value"].astype(int), strict=True))
    leaving["local_suppliers"] = [counts.get(str(name), 0) for name in leaving.index]
    leaving = leaving[leaving["leaving"] > 0].sort_values("leaving", ascending=False)
    return leaving.reset_index()


@dataclass(frozen=True)
class Concentration:
    """The largest suppliers, most pounds first (supplier, value, share of all pounds), how many
    there are, and the pounds of all; people without a name are in the pounds only. To others than
    the member that paid them suppliers have no name."""

    largest: pd.DataFrame
    suppliers: int
    paid: float

    @property
    def share(self) -> float | None:
        """The largest ones' share of all pounds."""
        return float(self.largest["value"].sum()) / self.paid if self.paid > 0 else None


def concentration(
    database: Database, request: Request, audience: Audience, count: int = 10
) -> Concentration:
    """The `count` suppliers that were paid most in the first period."""
    owns = audience.owns(request)
    whole = figures(database, replace(request, indicators=["spend"], by=()), audience)
    frame = calculate(
        database, ["spend"], request.periods, as_at=request.as_at, by=["supplier"],
        members=request.members, window=request.window, where=request.where,
    ).dropna(subset=["supplier", "value"])  # fmt: skip
    if whole["value"].isna().all():  # what the audience isn't shown together it isn't in parts
        frame = frame.iloc[:0]
    paid = float(frame["value"].sum())
    named = frame[~frame["supplier"].isin(NAMELESS) & (frame["value"] > 0)]
    largest = named.nlargest(count, "value")[["supplier", "value"]].reset_index(drop=True)
    if not owns:
        largest["supplier"] = ""
    largest["share"] = largest["value"] / paid if paid > 0 else float("nan")
    return Concentration(largest, len(named), paid)


def paid_to_members(database: Database, request: Request, audience: Audience) -> float:
    """Pounds that members paid each other, which are out of the figures of several."""
    if request.members is not None and len(set(request.members)) == 1:
        return 0.0
    between = replace(request, indicators=["spend_between_members"], by=(), where=None)
    return float(figures(database, between, audience)["value"].sum())
