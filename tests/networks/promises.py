"""What is true of a network's promises, worked out again from the rows that its members sent.

Nothing here asks the product. A promise is one of an organisation in an agreement, whoever lists
it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.networks import words
from tests.networks.agreements import ORGANISATIONS, WHOLE, Plan, Row
from tests.networks.words import last_day, plus

if TYPE_CHECKING:
    from tests.networks.generator import Network
    from tests.networks.truth import Moment

# How a promise stands, the worst first, and in words.
STANDS = {
    "not_kept": "Not kept",
    "due_unknown": "Due and not reported",
    "behind": "Behind",
    "not_reported": "Not reported",
    "on_profile": "On profile",
    "open_ended": "No date",
    "not_started": "Not started",
    "nothing_promised": "Nothing promised",
    "kept": "Kept",
}
INSIDE = {"open_ended": "without a date", "nothing_promised": "with nothing promised"}
SOURCES = {
    "contract": "Contract",
    "section_106": "Section 106 agreement",
    "planning_strategy": "Strategy approved with a planning permission",
    "workspace": "Lease of affordable workspace",
    "grant": "Grant",
    "own_pledge": "Own pledge",
}
UNITS = {
    "people": "people", "hours": "hours", "gbp": "pounds", "homes": "homes",
    "m2": "square metres", "yes": "yes or no",
}  # fmt: skip
UNIT_AND_OUTCOME = {one.id: (one.unit, one.outcome) for one in WHOLE.measures}
Key = tuple[str, str, str, str]


def plan_at(network: Network, as_at: Any) -> Plan | None:
    """The framework of a moment."""
    loaded = [plan for moment, plan in network.plans if as_at is None or moment <= as_at]
    return loaded[-1] if loaded else None


def with_dropped(network: Network, as_at: Any) -> Plan | None:
    """The framework of a moment, and after its own the outcomes and measures that it dropped."""
    loaded = [plan for moment, plan in network.plans if as_at is None or moment <= as_at]
    if not loaded:
        return None
    outcomes = {one.id: one for one in loaded[-1].outcomes}
    measures = {one.id: one for one in loaded[-1].measures}
    for plan in loaded:
        outcomes |= {one.id: one for one in plan.outcomes if one.id not in outcomes}
        measures |= {one.id: one for one in plan.measures if one.id not in measures}
    return replace(loaded[-1], outcomes=tuple(outcomes.values()), measures=tuple(measures.values()))


def amount(value: Fraction | float | None, unit: str) -> str:
    """An amount beside its unit: `£204k`, `1,204`, `12.5`, `yes`; a dash for a gap."""
    if value is None:
        return "–"
    if unit == "yes":
        return "yes" if value >= 1 else "no"
    if unit in ("gbp", "people"):
        return words.figure(Fraction(value), unit)
    exact = Fraction(value)
    tenth = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(
        Decimal("0.1"), ROUND_HALF_UP
    )
    return f"{tenth:,.0f}" if tenth == int(tenth) else f"{tenth:,.1f}"


def organisation_of(name: str) -> str:
    """Who that is: of a member itself its name."""
    return ORGANISATIONS.get(name, name)


def inside(state: str) -> str:
    return INSIDE.get(state, STANDS[state].lower())


@dataclass(frozen=True)
class Promise:
    """A promise at the end of a quarter, as the report of it says that counts."""

    key: Key
    quarter: date
    member_id: str
    row: Row
    unit: str
    outcome: str

    def _number(self, cell: str) -> Fraction | None:
        text = self.row[cell]
        if text in ("yes", "no"):
            return Fraction(text == "yes")
        return Fraction(text) if text else None

    def _day(self, cell: str) -> date | None:
        return date.fromisoformat(self.row[cell]) if self.row[cell] else None

    @property
    def promised(self) -> Fraction:
        return self._number("promised") or Fraction(0)

    @property
    def delivered(self) -> Fraction | None:
        return self._number("delivered")

    @property
    def evidenced(self) -> Fraction | None:
        return self._number("evidenced")

    @property
    def received(self) -> Fraction | None:
        return self._number("received")

    @property
    def starts_on(self) -> date:
        return date.fromisoformat(self.row["starts_on"])

    @property
    def due_on(self) -> date | None:
        return self._day("due_on") or self._day("ends_on")

    @property
    def is_published(self) -> bool:
        return self.row["published"] == "yes"

    @property
    def was_due(self) -> bool:
        is_past = self.due_on is not None and self.due_on <= last_day(self.quarter)
        return is_past and self.promised > 0

    @property
    def is_running(self) -> bool:
        has_begun = self.starts_on <= last_day(self.quarter)
        return has_begun and not self.was_due and self.promised > 0

    @property
    def passed(self) -> Fraction | None:
        """How much of its days has passed; None where it has no day, or doesn't run."""
        if not self.is_running or self.due_on is None:
            return None
        days = (last_day(self.quarter) - self.starts_on).days
        return Fraction(days, (self.due_on - self.starts_on).days)

    @property
    def by_now(self) -> Fraction | None:
        return None if self.passed is None else self.promised * self.passed

    @property
    def state(self) -> str:
        delivered = self.delivered
        if not self.promised:
            return "nothing_promised"
        if self.was_due:
            if delivered is None:
                return "due_unknown"
            return "kept" if delivered >= self.promised else "not_kept"
        if not self.is_running:
            return "not_started"
        if delivered is None:
            return "not_reported"
        if self.by_now is None:
            return "open_ended"
        return "on_profile" if delivered >= Fraction(9, 10) * self.by_now else "behind"

    @property
    def proof(self) -> str:
        if not self.delivered or self.evidenced is None:
            return "–"
        if not self.evidenced:
            return "None"
        return "All" if self.evidenced >= self.delivered else "Part"


def quarter_of(moment: Moment, month: date) -> date | None:
    """The last quarter by the month that anybody sent promises for."""
    sent = [period for _, name, period in moment.current if name == "commitments"]
    return max((period for period in sent if period <= month), default=None)


def quarters(moment: Moment, month: date) -> list[date]:
    """Those that promises were sent for, the latest first."""
    sent = {period for _, name, period in moment.current if name == "commitments"}
    return sorted((period for period in sent if period <= month), reverse=True)


def promises(
    moment: Moment, quarter: date, members: Collection[str] | None = None
) -> list[Promise]:
    """Each promise once: by the report that knows what was delivered, else the one sent last."""
    reports: dict[Key, list[tuple[Any, Promise]]] = {}
    for member_id in moment.senders("commitments", quarter, members):
        sent = moment.current[member_id, "commitments", quarter]
        for number, row in enumerate(sent.rows):
            unit, outcome = UNIT_AND_OUTCOME[row["measure"]]
            key = (
                organisation_of(row["organisation_name"]),
                row["agreement_ref"].replace(" ", ""),
                row["lot"].upper(),
                row["measure"],
            )
            promise = Promise(key, quarter, member_id, row, unit, outcome)
            rank = (promise.delivered is not None, sent.submission_id, number)
            reports.setdefault(key, []).append((rank, promise))
    return [max(those, key=lambda one: one[0])[1] for those in reports.values()]


def share_of(indicator: str, those: Sequence[Promise]) -> tuple[int, int]:
    """How many of how many promises: of the four figures of them."""
    running = [one for one in those if one.is_running]
    if indicator == "commitments_on_profile_share":
        base = [one for one in running if one.delivered is not None and one.by_now is not None]
        part = [one for one in base if one.state == "on_profile"]
    elif indicator == "commitments_kept_share":
        base = [one for one in those if one.was_due]
        part = [one for one in base if one.state == "kept"]
    elif indicator == "commitments_not_reported_share":
        base, part = running, [one for one in running if one.delivered is None]
    else:
        base = [one for one in those if one.delivered]
        part = [one for one in base if one.proof == "All"]
    return len(part), len(base)


def unspent(those: Sequence[Promise]) -> Fraction | None:
    left = [
        one.received - one.delivered
        for one in those
        if one.unit == "gbp" and one.received is not None and one.delivered is not None
    ]
    return sum(left, Fraction(0)) if left else None


def measure_title(plan: Plan | None, name: str, unit: str) -> str:
    measure = plan.measure(name) if plan else None
    title = measure.title if measure else name
    return title if unit == "yes" else f"{title} ({UNITS[unit]})"


def committed(moment: Moment, month: date) -> set[str]:
    """Organisations with a running promise at a month's end, by each member's latest report of that
    month and the five before it."""
    running = set()
    for member in moment.network.members:
        for back in range(6):
            period = plus(month, -back)
            if (member.member_id, "commitments", period) not in moment.current:
                continue
            for row in moment.current[member.member_id, "commitments", period].rows:
                day = row["due_on"] or row["ends_on"]
                due_on = date.fromisoformat(day) if day else None
                if date.fromisoformat(row["starts_on"]) <= last_day(month) and (
                    due_on is None or due_on > last_day(month)
                ):
                    running.add(organisation_of(row["organisation_name"]))
            break
    return running
