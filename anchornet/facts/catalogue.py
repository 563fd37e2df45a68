"""The indicators and the facts they are made of, as catalogue.toml declares them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anchornet.store.area_statistics import AREA_FACTS

UNITS = ("employers", "people", "gbp", "suppliers", "share", "returns")


@dataclass(frozen=True)
class Facts:
    """Sums of one return. Without a return and a table: the returns themselves. A `stock`'s rows
    are as at the month's end, so that of several months the last one counts."""

    name: str
    breakdowns: Mapping[str, str] = field(default_factory=dict)
    return_name: str | None = None
    table: str | None = None
    counted: str | None = None
    pooled: str | None = None
    one_per: str | None = None
    prefer: str | None = None
    stock: bool = False
    never: tuple[str, ...] = ()
    yearly: tuple[str, ...] = ()
    ages: tuple[str, ...] = ()


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
    def adds_up(self) -> bool:
        """Whether a longer window's figure is the sum of its months'."""
        return not self.different

    @property
    def breakdowns(self) -> tuple[str, ...]:
        """What its figures can be cut by."""
        own = [name for facts in self.facts for name in FACTS[facts].breakdowns]
        return tuple(dict.fromkeys(["member", "kind", *own]))


def _read(path: Path) -> tuple[dict[str, Facts], dict[str, Indicator]]:
    given = tomllib.loads(path.read_text(encoding="utf-8"))
    facts = {
        name: Facts(
            name=name,
            return_name=entry.pop("return", None),
            never=tuple(entry.pop("never", ())),
            yearly=tuple(entry.pop("yearly", ())),
            ages=tuple(entry.pop("ages", ())),
            **entry,
        )
        for name, entry in given["facts"].items()
    }
    indicators = {
        name: Indicator(
            name=name,
            facts=tuple(entry.pop("facts")),
            different=tuple(entry.pop("different", ())),
            **(_of_people(entry) if "count" in entry else entry),
        )
        for name, entry in given["indicators"].items()
    }
    for it in indicators.values():
        if it.unit not in UNITS or it.kind not in ("stock", "flow", "rate"):
            raise ValueError(f"{path.name}: {it.name} has the unit {it.unit} and kind {it.kind}")
        if (it.kind == "rate") != (len({it.base, it.over}) == 2):
            raise ValueError(f"{path.name}: a rate has a base, and nothing else has: {it.name}")
        if it.over and it.over not in {"members", *AREA_FACTS}:
            raise ValueError(f"{path.name}: {it.name} is over an unknown figure")
        if it.people != (it.count is not None):
            raise ValueError(
                f"{path.name}: what is of people, and only that, has a count: {it.name}"
            )
    return facts, indicators


def _of_people(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What is of people with the SQL that its declaration means."""
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


def _filter(rows: str | None) -> str:
    return f" filter ({rows})" if rows else ""


FACTS: Mapping[str, Facts]
CATALOGUE: Mapping[str, Indicator]
FACTS, CATALOGUE = _read(Path(__file__).with_name("catalogue.toml"))
SHARES = frozenset(name for name, it in CATALOGUE.items() if it.unit == "share")
