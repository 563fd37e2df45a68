"""What every figure is, in words made from its declaration."""

from collections.abc import Mapping
from dataclasses import dataclass

from anchornet import formatting
from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE, FACTS, UNITS, Indicator
from anchornet.returns.declaration import RETURNS, Return
from anchornet.settings import Settings
from anchornet.store.area_statistics import AREA_FACTS
from anchornet.store.framework import READERS

ATTRIBUTION = (
    "Contains public sector information licensed under the Open Government Licence v3.0. "
    "Contains OS data © Crown copyright and database right 2025. "
    "Contains Royal Mail data © Royal Mail copyright and database right 2025. "
    "Contains National Statistics data © Crown copyright and database right 2025."
)
ABOUT_RETURNS = "Returns themselves"
ABOUT_NETWORK = "Needs"
FOR_WHOM = {reader: f"For {formatting.inside(title)}" for reader, title in READERS.items()}
KINDS = {
    "stock": "A stock: as at the last day of the month, and over a longer time that of its last "
    "month. It is never added up over months.",
    "flow": "A flow: what happened in the month, and over a longer time its months added up.",
    "rate": "A rate: one sum over another. Over a longer time both are added up first.",
}
DIFFERENT = (
    "A count of different things in the month; over a longer time each counts once, "
    "so that months do not add up to it."
)
POLARITY = {
    "up": "Higher is better.",
    "down": "Lower is better.",
    "none": "Neither: more is not better or worse, so that it has no status.",
}
ASKED_BY = (
    "By two breakdowns at once at most, by ward and decile over twelve months and nothing else at "
    "once, by small area never. A member's own people see its figures as they are."
)


@dataclass(frozen=True)
class Definition:
    """One indicator in words: `lines` are (what, words); `sentences` are by reader."""

    name: str
    title: str
    definition: str
    lines: tuple[tuple[str, str], ...]
    sentences: Mapping[str, str]


def sentences(indicator: Indicator, settings: Settings) -> dict[str, str]:
    """What the figure means to each reader, one of store.framework.READERS; none of a figure that
    only stands beside others."""
    names = {"area": settings.area_name, "wider": settings.wider_area_name}
    return {reader: text.format(**names) for reader, text in indicator.sentences.items()}


def definitions(settings: Settings) -> dict[str, list[Definition]]:
    """Every indicator, under the title of the return it is made of, or what else it is about."""
    by_return: dict[str, list[Definition]] = {return_.title: [] for return_ in RETURNS.values()}
    by_return |= {ABOUT_RETURNS: [], ABOUT_NETWORK: []}
    for indicator in CATALOGUE.values():
        name = indicator.return_name
        about = ABOUT_NETWORK if FACTS[indicator.facts[0]].of_network else ABOUT_RETURNS
        group = RETURNS[name].title if name else about
        by_return[group].append(_define(indicator, settings))
    return by_return


def _define(indicator: Indicator, settings: Settings) -> Definition:
    breakdowns = ", ".join(BREAKDOWNS[name].title for name in indicator.breakdowns)
    lines = (
        ("Unit", f"{UNITS[indicator.unit]}."),
        ("Counted", KINDS[indicator.kind] if indicator.adds_up else DIFFERENT),
        ("Better", POLARITY[indicator.polarity]),
        ("Who counts", _who(indicator)),
        ("Can be cut by", f"{breakdowns or 'nothing'}."),
        ("What may be shown", _disclosure(indicator, settings)),
        ("In the code", _code(indicator)),
    )
    return Definition(
        indicator.name,
        indicator.title,
        indicator.definition,
        lines,
        sentences(indicator, settings),
    )


def _who(indicator: Indicator) -> str:
    facts = FACTS[indicator.facts[0]]
    if facts.of_network:
        return "What the network has recorded, as one: no member has a figure of its own."
    if facts.return_name is None:
        return "Every member of the network in the month, whether it has sent anything or not."
    counted = (
        f"What members sent in the {RETURNS[facts.return_name].title.lower()} return: the last "
        "one that was accepted and not withdrawn. A member that has not sent it is a gap, and "
        "the figure says how many are in."
    )
    if facts.one_per:
        counted += (
            " An employer that several members report counts once: as it reports itself, else as "
            "the member says that sent its return last. What only a member had listed that has "
            "not sent the month's list is left out; Living wage says how many employers that is."
        )
    if facts.pooled:
        counted += " What one member paid another is left out of the figures of several."
    if any(field.type == "area" for field in RETURNS[facts.return_name].fields):
        counted += (
            " The code of a ward or small area that has been redrawn counts for where at least "
            "half of its postcodes lie today, and is not known where none holds half. `outside` "
            "without a code counts as outside the area; where is not known."
        )
    return counted


def _disclosure(indicator: Indicator, settings: Settings) -> str:
    if not indicator.people:
        return "Exact: it is not of people."
    few = f"1 to {settings.suppress_below - 1}"
    shown = f"{formatting.rounding(settings)} * stands for {few} people."
    if indicator.kind == "rate" and indicator.over is None:
        shown = (
            f"{formatting.rounding(settings)} A percentage is of those: to 1% of "
            f"{100 * settings.round_to} people or more, to 2% of {50 * settings.round_to} or more, "
            f"else to 5%. * stands for one with {few} people in the part or the rest; one of fewer "
            f"than {settings.percent_base} people is not shown."
        )
    return f"{shown} {ASKED_BY}"


def _code(indicator: Indicator) -> str:
    below = indicator.base
    if indicator.over:
        below = "members that sent it"
        if indicator.over in AREA_FACTS:
            below = f"{AREA_FACTS[indicator.over].title}, entered by the coordinator"
    parts = [" ".join(indicator.expression.split())]
    if below:
        parts.append(" ".join(below.split()))
    return f"{indicator.name} = {' / '.join(parts)}"


def columns(return_: Return) -> list[list[str]]:
    """A return's columns: title, what it is, how it is written."""
    rows = []
    for field in return_.fields:
        codes = ", ".join((field.codes or {}).values())
        written = "; ".join(filter(None, (field.kind.written, codes)))
        rows.append([f"{field.title}{' *' if field.required else ''}", field.description, written])
    return rows
