"""The indicators and the facts they are made of, as catalogue.toml declares them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

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
    people: tuple[tuple[str, ...], ...] = ()
    began: str | None = None
    never: tuple[str, ...] = ()
    yearly: tuple[str, ...] = ()


@dataclass(frozen=True)
class Indicator:
    """One measured thing. `facts` are the names it can be made from, the best first. A rate is
    divided by `base`, or by what it is `over`: `members`, or a figure of store.area_statistics.
    What counts `different` things is not the sum of its months: a supplier paid in each is one."""

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
            people=tuple(map(tuple, entry.pop("people", ()))),
            never=tuple(entry.pop("never", ())),
            yearly=tuple(entry.pop("yearly", ())),
            **entry,
        )
        for name, entry in given["facts"].items()
    }
    indicators = {
        name: Indicator(
            name=name,
            facts=tuple(entry.pop("facts")),
            different=tuple(entry.pop("different", ())),
            **entry,
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
        if it.people and not all(facts[name].people for name in it.facts):
            raise ValueError(f"{path.name}: {it.name} counts people, and its facts say of none")
    return facts, indicators


FACTS: Mapping[str, Facts]
CATALOGUE: Mapping[str, Indicator]
FACTS, CATALOGUE = _read(Path(__file__).with_name("catalogue.toml"))
SHARES = frozenset(name for name, it in CATALOGUE.items() if it.unit == "share")
