"""What every figure is, in words made from its declaration."""

from dataclasses import dataclass

from anchornet import formatting
from anchornet.facts.catalogue import CATALOGUE, FACTS, Indicator
from anchornet.indicators.disclosure import PERCENT_STEP, whole_percent_from
from anchornet.returns.declaration import RETURNS, Return
from anchornet.settings import Settings
from anchornet.store.area_statistics import AREA_FACTS

ATTRIBUTION = (
    "Contains public sector information licensed under the Open Government Licence v3.0. "
    "Contains OS data © Crown copyright and database right 2025. "
    "Contains Royal Mail data © Royal Mail copyright and database right 2025. "
    "Contains National Statistics data © Crown copyright and database right 2025."
)
ABOUT_RETURNS = "Returns themselves"
UNITS = {
    "employers": "Employers",
    "people": "People",
    "gbp": "Pounds, net of recoverable VAT",
    "suppliers": "Suppliers",
    "share": "A share, in percent",
    "returns": "Returns",
}
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
POLARITY = {"up": "Higher is better.", "down": "Lower is better."}
BREAKDOWNS = {
    "member": "member",
    "kind": "kind of member",
    "sector": "employer's sector",
    "relationship": "employer's relationship to the member",
    "status": "accreditation status",
    "ring": "ring (area, wider area, further away, not known)",
    "branch_ring": "ring of the supplier's branch",
    "nearest_ring": "ring of the address or the branch, whichever is nearer",
    "authority": "local authority",
    "ward": "ward",
    "imd_decile": "decile of deprivation",
    "pathway": "pathway",
    "role_group": "role group",
    "home_area": "home area",
    "age_band": "age band",
    "ethnicity": "ethnicity",
    "out_of_work": "out of work before",
    "paid_real_living_wage": "paid the Real Living Wage",
    "home_area_group": "home area group",
    "cohort_month": "cohort month",
    "months_followed": "months followed",
    "supplier_size": "size of supplier",
    "supplier_type": "type of supplier",
    "influenceable": "influenceable or not",
    "category": "category",
    "supplier": "supplier",
    "return_name": "return",
}


# What rings are called by who doesn't know the word.
PLACES = {"ring": "place", "nearest_ring": "place of the address or the branch"}


def by_words(breakdown: str | None) -> str:
    """What stands after "by": `place`, `size of supplier`."""
    return PLACES.get(breakdown or "") or BREAKDOWNS[breakdown or ""]


ASKED_BY = (
    "By two breakdowns at once at most, by ward and decile over twelve months and nothing else at "
    "once, by small area never. A member's own people see its figures as they are."
)


@dataclass(frozen=True)
class Definition:
    """One indicator in words: `lines` are (what, words)."""

    name: str
    title: str
    definition: str
    lines: tuple[tuple[str, str], ...]


def definitions(settings: Settings) -> dict[str, list[Definition]]:
    """Every indicator, under the title of the return it is made of."""
    found: dict[str, list[Definition]] = {return_.title: [] for return_ in RETURNS.values()}
    found[ABOUT_RETURNS] = []
    for indicator in CATALOGUE.values():
        name = FACTS[indicator.facts[0]].return_name
        group = RETURNS[name].title if name else ABOUT_RETURNS
        found[group].append(_define(indicator, settings))
    return found


def _define(indicator: Indicator, settings: Settings) -> Definition:
    breakdowns = ", ".join(BREAKDOWNS[name] for name in indicator.breakdowns)
    lines = (
        ("Unit", f"{UNITS[indicator.unit]}."),
        ("Counted", KINDS[indicator.kind] if indicator.adds_up else DIFFERENT),
        ("Better", POLARITY[indicator.polarity]),
        ("Who counts", _who(indicator)),
        ("Can be cut by", f"{breakdowns}."),
        ("What may be shown", _disclosure(indicator, settings)),
        ("In the code", _code(indicator)),
    )
    return Definition(indicator.name, indicator.title, indicator.definition, lines)


def _who(indicator: Indicator) -> str:
    facts = FACTS[indicator.facts[0]]
    if facts.return_name is None:
        return "Every member of the network in the month, whether it has sent anything or not."
    said = (
        f"What members sent in the {RETURNS[facts.return_name].title.lower()} return: the last "
        "one that was accepted and not withdrawn. A member that has not sent it is a gap, and "
        "the figure says how many are in."
    )
    if facts.one_per:
        said += " An employer that several members report counts once."
    if facts.pooled:
        said += " What one member paid another is left out of the figures of several."
    return said


def _disclosure(indicator: Indicator, settings: Settings) -> str:
    if not indicator.people:
        return "Exact: it is not of people."
    few = f"1 to {settings.suppress_below - 1}"
    said = f"{formatting.rounding(settings)} * stands for {few} people."
    if indicator.kind == "rate" and indicator.over is None:
        said = (
            f"{formatting.rounding(settings)} A percentage is of those, to {PERCENT_STEP}%, or to "
            f"1% of {whole_percent_from(settings)} people or more. * stands for one with {few} "
            f"people in the part or the rest; one of fewer than {settings.percent_base} people is "
            "not shown."
        )
    return f"{said} {ASKED_BY}"


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
        written = "; ".join(it for it in (field.kind.written, codes) if it)
        rows.append([f"{field.title}{' *' if field.required else ''}", field.description, written])
    return rows
