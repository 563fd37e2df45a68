"""Sentences about pounds whose place is known, and what the directory of organisations adds."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.formatting import pounds
from anchornet.indicators.supplier_places import Coverage


def places_lacking(suppliers: pd.DataFrame, coverage: Coverage, whose: str) -> str:
    """How much went to suppliers that the directory could place: `suppliers` as
    supplier_places.suppliers_to_place gives them."""
    if coverage.last is None:
        return f"{whose} has reported no spend yet, so there are no suppliers to place."
    paid, year = pounds(coverage.paid), f"of the twelve months to {formatting.month(coverage.last)}"
    if suppliers.empty:
        spend = "spend" if coverage.paid < 0 else paid  # with credit notes
        return f"The directory has nothing to add to {_of(whose)} {spend} {year}."
    many = formatting.counted(len(suppliers), "supplier")
    amount = _went(suppliers["amount_gbp"].sum(), coverage.paid)
    return f"{amount} of {_of(whose)} {paid} {year} went to {many} whose place is not known."


def places_known(coverage: Coverage, whose: str) -> str:
    """`We know where 88% of Sample Council's spend goes: £27.3m of £31.0m.`"""
    if not coverage.paid:
        return formatting.sentence(f"{whose} has no spend to place yet")
    if coverage.share is None or not 0 <= coverage.share <= 1:  # with credit notes no part of it
        return (
            f"With credit notes, {pounds(coverage.known)} of {_of(whose)} {pounds(coverage.paid)} "
            "of spend went to places that we know."
        )
    return (
        f"We know where {formatting.figure(coverage.share, 'share')} of {_of(whose)} spend goes: "
        f"{pounds(coverage.known)} of {pounds(coverage.paid)}."
    )


def places_moved(before: Coverage, after: Coverage, whose: str) -> str:
    """What adding to the directory did for the pounds with a known place."""
    if after.share is None or before.share is None:
        return places_known(after, whose)
    if not (0 <= after.share <= 1 and 0 <= before.share <= 1):
        return places_known(after, whose)
    was, now = (formatting.figure(share, "share") for share in (before.share, after.share))
    amounts = " to ".join(dict.fromkeys([pounds(before.known), pounds(after.known)]))
    moved = f"went from {was} to {now}" if was != now else f"is {now}, as before"
    return (
        f"The share of {_of(whose)} pounds whose place is known {moved} "
        f"({amounts} of {pounds(after.paid)})."
    )


def perhaps_no_suppliers(offered: pd.DataFrame) -> str:
    """What a coordinator may leave out: as supplier_places.perhaps_no_suppliers gives it."""
    amount = _went(offered["amount_gbp"].sum())
    return (
        f"{amount} went to {formatting.counted(len(offered), 'name')} like "
        "those of taxes, pensions, payroll, precepts and levies. All of it counts as spend until "
        "you leave it out."
    )


def places_unknown(coverage: Coverage) -> str:
    """`£3.7m is not placed: no line and no register says where it went.`"""
    missing = coverage.paid - coverage.known
    return f"{pounds(missing)} is not placed yet." if missing > 0 else ""


def register_offers(offers: pd.DataFrame) -> str:
    """What a coordinator decides: as supplier_places.register_offers gives it."""
    names = offers.drop_duplicates("name_key")
    return (
        f"{_went(names['amount_gbp'].sum())} went to "
        f"{formatting.counted(len(names), 'name')} that a register may have, the most pounds "
        "first. Accept what is the same organisation; what you refuse is not offered again."
    )


HOW = {
    "number": "the same number",
    "name": "the same name",
    "former_name": "a former name",
    "beginning": "begins like this name",
    "similar": "nearly the same name",
    "vat": "paid under the same VAT number, which others may share",
}


def register_offer(offer: pd.Series[Any]) -> str:
    """`SAMPLE BAKERY LIMITED: nearly the same name, 97% alike. M2 5DB, registered office, …`"""
    how = HOW[str(offer["how"])]
    if offer["how"] == "similar":
        how += f", {formatting.figure(offer['score'], 'share')} alike"
    if offer["matched"] != offer["name"]:
        how += f" ({offer['matched']})"
    postcode = offer["postcode"] or "no postcode"
    return f"{offer['name']}, {offer['org_id']}: {how}. {postcode}, {offer['source']}."


def _went(amount: float, paid: float = math.inf) -> str:
    """`£4.2m`; of pounds that credit notes make no part of all that was paid, that there are
    some."""
    return f"{'' if 0 <= amount <= paid else 'With credit notes, '}{pounds(amount)}"


def _of(whose: str) -> str:
    return f"{whose}'" if whose.endswith("s") else f"{whose}'s"
