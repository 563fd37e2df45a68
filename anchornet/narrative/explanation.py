"""Why a figure changed: which of its parts moved it most, in words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from anchornet import formatting
from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE
from anchornet.indicators.contributions import Contributions
from anchornet.returns.declaration import RETURNS
from anchornet.settings import Settings

MOST = 4  # parts of a breakdown that are named
MINUS = "\N{MINUS SIGN}"
OTHERWISE = "Left out of the total, or counted in it once"


@dataclass(frozen=True)
class Explanation:
    """What moved a figure: a sentence, and for each breakdown its title and rows of (part, what it
    added or took away)."""

    sentence: str
    tables: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def is_change(alike: Mapping[Any, Any]) -> bool:
    """Whether a row of revisions.like_for_like shows a change that can be read."""
    return not math.isnan(alike["change"]) and _amount(alike["change"], alike) != ""


def explanation(
    alike: Mapping[Any, Any],
    made: Sequence[Contributions],
    when: str,
    settings: Settings,
    member_names: Mapping[str, str],
) -> Explanation:
    """Of a row of revisions.like_for_like, and what contributions gives for it; `when` is the
    earlier time in words."""
    moved, tables, are_most = [], [], True
    for each in made:
        breakdown = BREAKDOWNS[each.breakdown]
        names = part_names(each.breakdown, alike["indicator"], settings, member_names)
        seen = [
            (names.get(part, part), change) for part, change in each.parts if _amount(change, alike)
        ]
        if not seen:
            continue
        with_it = [(name, change) for name, change in seen if change * alike["change"] > 0]
        for name, change in with_it[:1]:
            moved.append(f"by {breakdown.by} {name}, {_amount(change, alike)} {_way(change)}")
            are_most = are_most and abs(change) * 2 >= abs(alike["change"])
        rest = alike["change"] - math.fsum(change for _, change in each.parts)
        tables.append((formatting.capital(f"by {breakdown.by}"), _rows(seen, each, rest, alike)))
    unit, members = alike["unit"], int(alike["members"])
    same = f"the same {members:,} {formatting.plural(members, 'member')}"
    gap = formatting.gap(alike["value"], alike["value_before"], unit)
    text = f"Like for like, by {same}: {gap} {when} ({alike['shown_before']})"
    if moved:
        text += f". {'Most' if are_most else 'The largest part'} of that: {'; '.join(moved)}"
    return Explanation(f"{text}.", tuple(tables))


def _rows(
    seen: Sequence[tuple[str, float]],
    each: Contributions,
    rest: float,
    alike: Mapping[Any, Any],
) -> tuple[tuple[str, str], ...]:
    rows = [(name, _signed(change, alike)) for name, change in seen[:MOST]]
    others = seen[MOST:]
    if others:
        together = math.fsum(change for _, change in others)
        rows.append((f"{len(others):,} more together", _signed(together, alike) or "no change"))
    people = CATALOGUE[str(alike["indicator"])].people
    if each.hidden:
        what = "with too few people" if people else "without a share"
        rows.append((f"{each.hidden:,} {what} to show", ""))
    elif not people and _amount(rest, alike):
        rows.append((OTHERWISE, _signed(rest, alike)))
    return tuple(rows)


def part_names(
    by: str, indicator: str, settings: Settings, member_names: Mapping[str, str]
) -> Mapping[str, str]:
    """Code -> words of the parts of a breakdown that explains a change."""
    names: Mapping[str, str]
    match BREAKDOWNS[by].names:
        case "rings":
            rings = formatting.ring_names(settings, CATALOGUE[indicator].located)
            names = {code: formatting.capital(name) for code, name in rings.items()}
        case "members":
            names = member_names
        case "returns":
            names = {name: return_.title for name, return_ in RETURNS.items()}
        case _:
            names = BREAKDOWNS[by].values
    return {**names, formatting.NOT_KNOWN: "Not known"}


def _amount(change: float, alike: Mapping[Any, Any]) -> str:
    """`2.1 points`, `£1.20m`, `15`; empty where it is too small to be written."""
    size, unit = abs(change), alike["unit"]
    if unit == "share":
        digits = 0 if CATALOGUE[str(alike["indicator"])].people else 1
        points = f"{size * 100:.{digits}f}"
        if float(points) == 0:
            return ""
        return f"{points} {formatting.plural(float(points), 'point')}"
    text = formatting.figure(size, unit)
    return "" if text in ("0", "£0") else text


def _signed(change: float, alike: Mapping[Any, Any]) -> str:
    amount = _amount(change, alike)
    return f"{MINUS if change < 0 else '+'}{amount}" if amount else ""


def _way(change: float) -> str:
    return "less" if change < 0 else "more"
