"""What pages say of pounds, made from the figures they show."""

from collections.abc import Mapping
from datetime import date

import pandas as pd

from anchornet import formatting
from anchornet.facts.catalogue import BREAKDOWNS
from anchornet.formatting import NOT_KNOWN, counted, is_gap, plural, pounds
from anchornet.indicators.leakage import Concentration
from anchornet.narrative.page_sentences import of_whom


def spend(
    by_ring: pd.DataFrame,
    names: Mapping[str, str],
    period: date,
    whose: str,
    when: str,
    known_from: float,
    *,
    branch: bool = False,
) -> str:
    """Where the pounds of a span went: `by_ring` as figures gives spend by ring, `names` of the
    rings on screen. By registered address, or by that or the `branch`, whichever is nearer.
    `known_from`: how much of them must be known for shares."""
    if lacks := no_spend(by_ring, period, when):
        return f"{whose}: {lacks}"
    rings = by_ring[(by_ring["period"] == period) & by_ring["value"].notna()]
    of_ring = dict(zip(rings["ring"], rings["value"], strict=True))
    who = of_whom(whose, rings.iloc[0])
    who += "" if who == whose else ","
    if not any(of_ring.values()):
        return f"{who} reported no spend with suppliers in {when}."
    text = f"{who} spent {pounds(sum(of_ring.values()))} with suppliers in {when}"
    if of_ring.get("unknown") and not any(of_ring[ring] for ring in of_ring if ring != "unknown"):
        return f"{text}, none of it with a known address."
    by = ", by address or branch" if branch else ""
    return f"{text}{by}: {went(of_ring, names, known_from)}."


def no_spend(frame: pd.DataFrame, period: date, when: str) -> str:
    """Why there is no sum of a span's spend; empty where there is one."""
    rows = frame[frame["period"] == period]
    if rows["value"].notna().any():
        return ""
    months, of = int(rows["months"].max()), int(rows["months_expected"].max())
    if not months:
        return f"no spend is known for {when}."
    only = f"only {formatting.count(months)} of {formatting.count(of)} months"
    return f"there is no total of spend for {when}, as {only} {plural(months, 'is', 'are')} known."


def went(of_ring: Mapping[str, float], names: Mapping[str, str], known_from: float) -> str:
    """Where pounds went: `63% in Salford and 37% further away, where the address is known; 5% not
    known`. In pounds where too little is known for shares, or credit notes make some negative."""
    share = local_share(of_ring, known_from)
    if share is None:
        parts = [f"{pounds(of_ring.get(ring, 0.0))} {where(ring, names[ring])}" for ring in names]
        return formatting.listed(parts)
    known = sum(value for ring, value in of_ring.items() if ring != "unknown")
    parts = [
        f"{formatting.figure(of_ring.get(ring, 0.0) / known, 'share')} {where(ring, name)}"
        for ring, name in names.items()
        if ring != "unknown"
    ]
    text = f"{formatting.listed(parts)}, where the address is known"
    unknown = of_ring.get("unknown", 0.0) / (known + of_ring.get("unknown", 0.0))
    not_known = formatting.figure(unknown, "share")
    return text if not_known == "0%" else f"{text}; {not_known} not known"


def local_share(of_ring: Mapping[str, float], known_from: float) -> float | None:
    """The share of the pounds whose place is known that went to the area; None where too little is
    known, or credit notes outweigh what was paid somewhere."""
    total = sum(of_ring.values())
    known = total - of_ring.get("unknown", 0.0)
    if known <= 0 or min(of_ring.values()) < 0 or known < known_from * total:
        return None
    return of_ring.get("area", 0.0) / known


def where(ring: str, name: str) -> str:
    """A ring in a sentence about what went there."""
    return {"area": f"in {name}", "unknown": "with no known address"}.get(ring, name)


def on_the_map(on_map: float, total: float | None, category: str | None = None) -> str:
    """How much of the pounds the map can show, of one category or all, and what the shades are."""
    if total is None or is_gap(total) or total <= 0:
        return "There is nothing to show."
    shades = "by ward inside the outline, by local authority beyond it."
    if category:
        shades = f"{category}, by local authority."
    part, whole = pounds(on_map), pounds(total)
    text = f"{part} of {whole} by the supplier's registered address: {shades}"
    if part == whole:
        return text
    return f"{text} The rest has no known address in England, or only a part of a postcode."


def leaving(leaks: pd.DataFrame, whose: str, when: str) -> str:
    """What left though it could be spent nearer: as leakage.leakage gives it."""
    if leaks.empty:
        return (
            f"{whose}: no spend with a choice of supplier is known to have left the area in {when}."
        )
    near = leaks[(leaks["local_suppliers"] > 0) & (leaks["category"] != NOT_KNOWN)]
    total = pounds(leaks["leaving"].sum())
    text = f"{total} of spend with a choice of supplier left the area in {when}"
    if near.empty:
        text += "; no supplier that is known to be local was paid in any of its categories"
    else:
        text += (
            f"; {pounds(near['leaving'].sum())} of it in "
            f"{counted(len(near), 'category', 'categories')} that local suppliers were paid for "
            f"too, most of all {near.iloc[0]['category']}"
        )
    not_said = leaks["not_said"].sum()
    if not_said > 0:
        text += f". For {pounds(not_said)} members did not say whether there was a choice"
    return f"{text}."


def concentrated(spread: Concentration, when: str) -> str:
    """`The ten largest of 214 suppliers take 34% of spend in September 2026: £5.3m of £15.5m.`"""
    if spread.largest.empty:
        return f"No supplier that is named was paid more than it gave back in {when}."
    count, paid = len(spread.largest), float(spread.largest["value"].sum())
    if count == spread.suppliers == 1:
        return f"One supplier was paid in {when}: {pounds(paid)} of {pounds(spread.paid)}."
    largest = f"The {formatting.count(count)} largest of" if count > 1 else "One of"
    take = f"{largest} {spread.suppliers:,} suppliers {plural(count, 'takes', 'take')}"
    if spread.share is None or spread.share > 1:  # others gave back more than they were paid
        return f"{take} {pounds(paid)} in {when}, of {pounds(spread.paid)} net of credit notes."
    share = formatting.figure(spread.share, "share")
    return f"{take} {share} of spend in {when}: {pounds(paid)} of {pounds(spread.paid)}."


def between_members(amount: float) -> str:
    """What is out of a network total, or nothing to say."""
    return f"{pounds(amount)} that members paid each other is left out." if amount else ""


def unknown_part(frame: pd.DataFrame, column: str, what: str, unknown: str = NOT_KNOWN) -> str:
    """`The size is not known for 12% of pounds.` of one span's pounds by a breakdown."""
    present = frame[frame["value"].notna()]
    total = present["value"].sum()
    if total <= 0:
        return ""
    part = float(present.loc[present[column] == unknown, "value"].sum())
    of = formatting.figure(part / total, "share")
    if not 0 <= part <= total:
        of = f"{pounds(part)} of {pounds(float(total))}"
    return f"{what} is not known for {of}{' of pounds' if of.endswith('%') else ''}."


def no_decile(frame: pd.DataFrame) -> str:
    """Of how many of one span's pounds, by decile, it isn't known, and which went to places that
    have none."""
    text = unknown_part(frame, "imd_decile", "The decile (1 is the most deprived tenth of England)")
    present = frame[frame["value"].gt(0)]
    places = {
        name.split(":")[0]: pounds(present.loc[present["imd_decile"] == code, "value"].sum())
        for code, name in BREAKDOWNS["imd_decile"].values.items()
        if not code.isdigit() and (present["imd_decile"] == code).any()
    }
    if not text or not places:
        return text
    none = formatting.listed([f"{amount} in {place}" for place, amount in places.items()])
    return f"{text} None exists outside England: {none}."
