"""Sentences about pounds whose place is known, and what the supplier directory adds."""

import pandas as pd

from anchornet import formatting
from anchornet.indicators.supplier_places import Coverage


def places_lacking(listed: pd.DataFrame, found: Coverage, whose: str) -> str:
    """How much went to suppliers that the directory could place: `listed` as
    placing.suppliers_to_place gives them."""
    if found.last is None:
        return f"{whose} has sent no spend yet, so there are no suppliers to place."
    span = f"of the twelve months to {formatting.month(found.last)}"
    if listed.empty:
        return (
            f"The directory has nothing to add to {_of(whose)} "
            f"{formatting.pounds(found.paid)} {span}."
        )
    many = f"{formatting.count(len(listed))} supplier{'' if len(listed) == 1 else 's'}"
    return (
        f"{formatting.pounds(listed['amount_gbp'].sum())} of {_of(whose)} "
        f"{formatting.pounds(found.paid)} "
        f"{span} went to {many} whose place is not known."
    )


def places_known(found: Coverage, whose: str) -> str:
    """`The place of 88% of Sample Council's pounds is known: £27.3m of £31.0m.`"""
    if found.share is None:
        return formatting.sentence(f"{whose} has no spend to place yet")
    return (
        f"The place of {formatting.figure(found.share, 'share')} of {_of(whose)} pounds is known: "
        f"{formatting.pounds(found.known)} of {formatting.pounds(found.paid)}."
    )


def places_moved(before: Coverage, after: Coverage, whose: str) -> str:
    """What adding to the directory did for the pounds with a known place."""
    if after.share is None or before.share is None:
        return places_known(after, whose)
    was, now = (formatting.figure(it.share, "share") for it in (before, after))
    pounds = " to ".join(dict.fromkeys(formatting.pounds(it.known) for it in (before, after)))
    moved = f"went from {was} to {now}" if was != now else f"is {now}, as before"
    return (
        f"The share of {_of(whose)} pounds whose place is known {moved} "
        f"({pounds} of {formatting.pounds(after.paid)})."
    )


def _of(whose: str) -> str:
    return f"{whose}'" if whose.endswith("s") else f"{whose}'s"
