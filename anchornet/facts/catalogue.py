"""The indicators, the facts they are made of and what they can be cut by, from catalogue.toml."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from anchornet import formatting
from anchornet.periods import BEFORE, RHYTHMS, add_months
from anchornet.returns.declaration import RETURNS
from anchornet.store.area_statistics import AREA_FACTS
from anchornet.store.framework import READERS

PLACES = {"rings", "authorities", "wards"}  # whose names say where something is


@dataclass(frozen=True)
class Breakdown:
    """What a figure can be cut by; catalogue.toml says what each word of it means. `values` has
    their titles in order, from the declaration or the return's field of the same name."""

    name: str
    title: str
    sql: str
    by: str
    values: Mapping[str, str] = field(default_factory=dict)
    names: str | None = None
    ordered: bool = False
    shared: bool = False
    explains: bool = False
    people: str | None = None
    sender: bool = False
    own: bool = False


@dataclass(frozen=True)
class Facts:
    """Sums of one return. Without a return and a table: the returns themselves, or what is
    `of_network`. A `stock`'s rows
    are as at the month's end, so that of several months the last one counts."""

    name: str
    breakdowns: tuple[str, ...]
    return_name: str | None = None
    table: str | None = None
    size: str | None = None
    total: str | None = None
    joined: str | None = None
    of_network: bool = False
    counted: str | None = None
    pooled: str | None = None
    one_per: str | None = None
    prefer: str | None = None
    stock: bool = False
    located: str | None = None


@dataclass(frozen=True)
class Indicator:
    """One measured thing. `facts` are the names it can be made from, the best first. A rate is
    divided by `base`, or by what it is `over`: `members`, or a figure of store.area_statistics.
    What counts `different` things is not the sum of its months: a supplier paid in each is one.
    What is of people says which column it counts, in which rows; catalogue.toml says how."""

    name: str
    title: str
    definition: str
    unit: str
    kind: str
    people: bool
    polarity: str
    facts: tuple[str, ...]
    expression: str
    base: str | None = None
    over: str | None = None
    besides: str | None = None
    different: tuple[str, ...] = ()
    count: str | None = None
    of: str | None = None
    rest: str | None = None
    where: str = "true"
    known: str = "true"
    months: int | None = None
    base_words: str | None = None
    headline: str | None = None
    on_map: str | None = None
    overview: int | None = None
    pack: int | None = None
    beside: bool = False
    charts: tuple[tuple[str, str], ...] = ()
    sentences: Mapping[str, str] = field(default_factory=dict)

    @property
    def counted(self) -> tuple[tuple[str | None, str], ...]:
        """The column and the rows that are counted in the value, the base and what is in neither;
        no column for what isn't counted, or is counted as the first two are."""
        rate = self.kind == "rate" and self.over is None
        return (
            (self.count, self.where),
            (self.of if rate else None, self.known),
            (self.rest, self.known),
        )

    @property
    def whole(self) -> str | None:
        """The column that its base would be the sum of if everything asked were known."""
        about_all = self.base is None or self.over is not None or self.months is not None
        return None if about_all else FACTS[self.facts[0]].size

    @property
    def located(self) -> str:
        """Whose address says where people are counted; empty of what isn't of people somewhere."""
        return FACTS[self.facts[0]].located or ""

    @property
    def is_weighed(self) -> bool:
        """Whether members count in it by what they usually send, and not each as one."""
        return self.unit in ("people", "gbp") or (self.unit == "share" and self.over != "members")

    @property
    def adds_up(self) -> bool:
        """Whether a longer window's figure is the sum of its months'."""
        return not self.different

    @property
    def parts(self) -> tuple[str, ...]:
        """What its figures can be cut by and are not about already: local starts are not cut by
        place."""
        about = f"{self.expression} {self.base or ''}"
        return tuple(
            name
            for name, breakdown in BREAKDOWNS.items()
            if name in self.breakdowns
            and not re.search(rf"\b{name}\b", about)
            and not (breakdown.names in PLACES and "reference.ring(" in about)
        )

    @property
    def is_stock(self) -> bool:
        """Whether it is as at the month's end, or a share of what is: never added up over months,
        and without a usual range, as most of it is what was there the month before."""
        return self.kind == "stock" or any(FACTS[facts].stock for facts in self.facts)

    def span(self, period: date, window: str) -> str:
        """The months that a figure is of: `July to September 2026`; of what is as at a month's end
        `the end of September 2026`, whatever the window."""
        if self.is_stock:
            return f"the end of {formatting.month(period)}"
        return formatting.span(period, window)

    @property
    def breakdowns(self) -> tuple[str, ...]:
        """What its figures can be cut by."""
        sent = [name for facts in self.facts for name in FACTS[facts].breakdowns]
        senders = () if FACTS[self.facts[0]].of_network else SENDER
        return tuple(dict.fromkeys([*senders, *sent]))

    @property
    def return_name(self) -> str | None:
        """The return that it is made of; None for what is about the returns themselves."""
        return FACTS[self.facts[0]].return_name

    @property
    def returns_beside(self) -> set[str]:
        """Other returns that it reads, of all members whosever figure it is."""
        return {name for name in RETURNS if f"{name}_facts" in (self.besides or "")}

    @property
    def every(self) -> str:
        """How often there is a figure: one of periods.RHYTHMS."""
        return RETURNS[self.return_name].every if self.return_name else "month"

    def last_period(self, month: date) -> date:
        """The last period of its return that has ended by the end of this month."""
        return add_months(month, -(month.month % RHYTHMS[self.every]))

    def months_before(self, window: str) -> int:
        """How many months before it the period stands that a window's period is compared with."""
        return max(BEFORE[window], RHYTHMS[self.every])


def _breakdowns(
    given: Mapping[str, Mapping[str, Any]], facts: Mapping[str, Facts]
) -> dict[str, Breakdown]:
    codes = {
        field.name: field.codes
        for it in facts.values()
        if it.return_name
        for field in RETURNS[it.return_name].fields
        if field.codes and field.name in it.breakdowns
    }
    for name, entry in given.items():
        if entry.get("people") not in (None, "never", "yearly", "ages"):
            raise ValueError(f"people can't be shown {entry['people']} by {name}")
    return {
        name: Breakdown(
            **{"name": name, "by": entry["title"], "values": codes.get(name, {}), **entry}
        )
        for name, entry in given.items()
    }


def _facts(given: Mapping[str, dict[str, Any]]) -> dict[str, Facts]:
    return {
        name: Facts(
            name=name,
            return_name=entry.pop("return", None),
            breakdowns=tuple(entry.pop("breakdowns")),
            **entry,
        )
        for name, entry in given.items()
    }


def _indicators(given: Mapping[str, dict[str, Any]]) -> dict[str, Indicator]:
    indicators = {
        name: Indicator(
            name=name,
            facts=tuple(entry.pop("facts")),
            different=tuple(entry.pop("different", ())),
            charts=tuple((chart, by) for chart, by in entry.pop("charts", ())),
            sentences={reader: entry.pop(reader) for reader in READERS if reader in entry},
            **_with_base_words(_of_people(entry) if "count" in entry else entry),
        )
        for name, entry in given.items()
    }
    for it in indicators.values():
        if it.unit not in UNITS or it.kind not in ("stock", "flow", "rate"):
            raise ValueError(f"{it.name} has the unit {it.unit} and kind {it.kind}")
        if it.polarity not in ("up", "down", "none"):
            raise ValueError(f"{it.name} has the polarity {it.polarity}")
        if (it.kind == "rate") != (len({it.base, it.over}) == 2):
            raise ValueError(f"a rate has a base, and nothing else has: {it.name}")
        if not it.beside and it.sentences.keys() != READERS.keys():
            raise ValueError(f"{it.name} has no sentence each for {', '.join(READERS)}")
        if it.over and it.over not in {"members", *AREA_FACTS}:
            raise ValueError(f"{it.name} is over an unknown figure")
        if it.people != (it.count is not None):
            raise ValueError(f"what is of people, and only that, has a count: {it.name}")
        if strange := {*it.breakdowns, *(by for _, by in it.charts)} - {*BREAKDOWNS}:
            raise ValueError(f"{it.name} is by what is no breakdown: {', '.join(strange)}")
    return indicators


def _of_people(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What is of people with the SQL that its declaration means."""
    if "months" in entry:
        entry = {**entry, "known": f"months_followed = {entry['months']}"}
    count, known = entry["count"], entry.get("known")
    if entry["kind"] == "rate" and "over" not in entry:
        of, where = entry.get("of", count), entry.get("where", known)
        return {
            "expression": f"sum({count}){_filter(where)}",
            "base": f"sum({of}){_filter(known)}",
            **entry,
            "of": of,
            "where": where or "true",
        }
    where = entry.get("where")
    expression = f"sum({count}){_filter(where)}"
    if known:
        expression = f"sum(case when {where} then {count} when {known} then 0 end)"
    return {"expression": expression, **entry}


def _with_base_words(entry: Mapping[str, Any]) -> dict[str, Any]:
    texts = {name: entry[name] for name in ("definition", "headline") if name in entry}
    base = entry.get("base_words", "")
    return {**entry, **{name: text.replace("{base}", base) for name, text in texts.items()}}


def _filter(rows: str | None) -> str:
    return f" filter ({rows})" if rows else ""


def _placed(where: str) -> tuple[str, ...]:
    places = {name: getattr(it, where) for name, it in CATALOGUE.items()}
    return tuple(sorted(filter(places.get, places), key=places.__getitem__))


def first_of(return_name: str) -> str | None:
    """The indicator that a sender of the return looks for first: its first one on Overview, else
    in the catalogue; None where nothing is made of the return yet."""
    names = [*OVERVIEW, *CATALOGUE]
    return next((it for it in names if CATALOGUE[it].return_name == return_name), None)


_DECLARED = tomllib.loads(Path(__file__).with_name("catalogue.toml").read_text(encoding="utf-8"))
UNITS: Mapping[str, str] = _DECLARED["units"]
FACTS: Mapping[str, Facts] = _facts(_DECLARED["facts"])
BREAKDOWNS: Mapping[str, Breakdown] = _breakdowns(_DECLARED["breakdowns"], FACTS)
# What a figure can be cut by that is said of the sender, and not of what was sent: its column.
SENDER = {name: it.sql for name, it in BREAKDOWNS.items() if it.sender}
CATALOGUE: Mapping[str, Indicator] = _indicators(_DECLARED["indicators"])
SHARES = frozenset(name for name, it in CATALOGUE.items() if it.unit == "share")
OVERVIEW, PACK = _placed("overview"), _placed("pack")
