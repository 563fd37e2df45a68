"""Sentences about pounds whose place is known, and what the supplier directory adds."""

import pandas as pd

from anchornet.indicators.placing import Coverage
from anchornet.publishing import words


def places_lacking(listed: pd.DataFrame, found: Coverage, whose: str) -> str:
    """How much went to suppliers that the directory could place: `listed` as
    placing.suppliers_to_place gives them."""
    if found.last is None:
        return f"{whose} has sent no spend yet, so there are no suppliers to place."
    span = f"of the twelve months to {words.month(found.last)}"
    if listed.empty:
        return (
            f"The directory has nothing to add to {_of(whose)} {words.pounds(found.paid)} {span}."
        )
    many = f"{words.count(len(listed))} supplier{'' if len(listed) == 1 else 's'}"
    return (
        f"{words.pounds(listed['amount_gbp'].sum())} of {_of(whose)} {words.pounds(found.paid)} "
        f"{span} went to {many} whose place is not known."
    )


def places_known(found: Coverage, whose: str) -> str:
    """`The place of 88% of Sample Council's pounds is known: £27.3m of £31.0m.`"""
    if found.share is None:
        return words.sentence(f"{whose} has no spend to place yet")
    return (
        f"The place of {words.figure(found.share, 'share')} of {_of(whose)} pounds is known: "
        f"{words.pounds(found.known)} of {words.pounds(found.paid)}."
    )


def places_moved(before: Coverage, after: Coverage, whose: str) -> str:
    """What adding to the directory did for the pounds with a known place."""
    if after.share is None or before.share is None:
        return places_known(after, whose)
    was, now = (words.figure(it.share, "share") for it in (before, after))
    pounds = " to ".join(dict.fromkeys(words.pounds(it.known) for it in (before, after)))
    moved = f"went from {was} to {now}" if was != now else f"is {now}, as before"
    return (
        f"The share of {_of(whose)} pounds whose place is known {moved} "
        f"({pounds} of {words.pounds(after.paid)})."
    )


def _of(whose: str) -> str:
    return f"{whose}'" if whose.endswith("s") else f"{whose}'s"
