"""What a small odd network wants and was promised: frameworks, promises, needs and partners.

Everything is drawn from a seed of its own, beside what `generator` draws.
"""

import json
import random
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

Row = dict[str, str]

LONG_AGO = datetime(2020, 1, 1)


@dataclass(frozen=True)
class Outcome:
    id: str
    title: str
    indicators: tuple[str, ...]


@dataclass(frozen=True)
class Measure:
    id: str
    title: str
    unit: str
    outcome: str
    brokered: bool = False


@dataclass(frozen=True)
class Band:
    from_gbp: int
    weighting: str
    most: int
    standards: tuple[str, ...] | None = ()


@dataclass(frozen=True)
class Plan:
    """A framework, as the truth knows it; `toml` is the file that the network loads."""

    outcomes: tuple[Outcome, ...]
    measures: tuple[Measure, ...]
    bands: tuple[Band, ...]
    standards: tuple[tuple[str, str], ...]

    def measure(self, name: str) -> Measure | None:
        return next((one for one in self.measures if one.id == name), None)

    def measures_of(self, outcome: str) -> list[Measure]:
        return [one for one in self.measures if one.outcome == outcome]

    def band_for(self, pounds: float) -> Band | None:
        return next((one for one in reversed(self.bands) if one.from_gbp <= pounds), None)

    def toml(self) -> bytes:
        text = json.dumps
        parts = []
        for outcome in self.outcomes:
            parts.append(
                f"[[outcomes]]\nid = {text(outcome.id)}\ntitle = {text(outcome.title)}\n"
                f"why = {text(f'Why {outcome.title} matters.')}\n"
                f"indicators = {text(list(outcome.indicators))}\n[outcomes.sentences]\n"
            )
            parts += [f"{one} = {text(f'{outcome.title}, to {one}s.')}\n" for one in READERS]
        for measure in self.measures:
            parts.append(
                f"[[measures]]\nid = {text(measure.id)}\ntitle = {text(measure.title)}\n"
                f"unit = {text(measure.unit)}\noutcome = {text(measure.outcome)}\n"
                f"evidence = {text(f'Proof of {measure.title}.')}\n"
                f"brokered = {'true' if measure.brokered else 'false'}\n"
            )
        for band in self.bands:
            parts.append(
                f"[[bands]]\nfrom_gbp = {band.from_gbp}\nweighting = {band.weighting}\n"
                f"most_measures = {band.most}\n"
            )
            if band.standards is not None:
                parts.append(f"standards = {text(list(band.standards))}\n")
        for name, title in self.standards:
            parts.append(
                f'[[standards]]\nid = {text(name)}\ntitle = {text(title)}\nsteps = ["Signed"]\n'
            )
        return "".join(parts).encode()


READERS = ("supplier", "commissioner", "councillor", "public")
WHOLE = Plan(
    (
        Outcome("jobs", "Jobs for people here", ("starts", "local_start_share")),
        Outcome("money", "Money that stays here", ("local_spend_share", "spend")),
        Outcome("rooms", "Room for groups", ("needs_met_share",)),
        Outcome("air", "Clean air", ()),
    ),
    (
        Measure("apprentices", "Apprentices", "people", "jobs"),
        Measure("careers", "Time in schools", "hours", "jobs", True),
        Measure("contributions", "Contributions", "gbp", "money"),
        Measure("homes", "Homes", "homes", "money"),
        Measure("halls", "Opened halls", "m2", "rooms", True),
        Measure("carbon_plan", "Has a carbon plan", "yes", "air"),
    ),
    (
        Band(0, "0", 0),
        Band(30_000, "0.05", 1, ("living_wage",)),
        Band(1_000_000, "0.125", 6, ("living_wage", "charter")),
        Band(5_000_000, "0.2", 12, None),
    ),
    (("living_wage", "Real Living Wage accreditation"), ("charter", "Good employment charter")),
)
# A later version, which has lost an outcome and two measures.
LESSER = replace(
    WHOLE,
    outcomes=WHOLE.outcomes[:3],
    measures=tuple(one for one in WHOLE.measures if one.id not in ("homes", "carbon_plan")),
    bands=(*WHOLE.bands[:1], Band(50_000, "0.1", 3)),
)
SMALL = Plan(WHOLE.outcomes[3:], WHOLE.measures[5:], (Band(10_000, "0.1", 1),), ())

# Names under which organisations promise, and who each of them is.
ORGANISATIONS = {
    "Sample Builders Ltd": "builders",
    "Sample Builders Limited": "builders",
    "Tram Works Ltd": "tram",
    "Tramway Works PLC": "tramway",
    "Quiet Trust": "quiet",
    "Corner Studio CIC": "corner",
}
ORG_IDS = {"builders": "GB-COH-00002001", "corner": "GB-COH-00002004"}
MERGED = ("Tramway Works PLC", "Tram Works Ltd")  # the first is a name of the second
PARTNERS = (
    ("Tram Works Ltd", "M40 8QA", "supplier;vcse"),
    ("Tramway Works PLC", "", "supplier"),
    ("Corner Studio CIC", "M23 1PW", "employment_support"),
    ("Advice Point", "", "vcse;vcse_infrastructure"),
    ("Trade Circle", "OL1 1NL", "business_network"),
    ("Sample Builders Ltd", "M40 8QA", "supplier"),
)
SOURCES = ("contract", "section_106", "planning_strategy", "workspace", "grant", "own_pledge")
AMOUNTS = {
    "people": (3, 12, 60),
    "hours": (7, 90, 1250),
    "gbp": (950, 40_000, 1_250_000),
    "homes": (1, 24, 130),
    "m2": (12.5, 450, 2_000),
    "yes": (1,),
}


@dataclass(frozen=True)
class Promise:
    """What somebody promised a member: its line of each quarter is drawn from it."""

    row: Row
    unit: str
    promised: float
    lowered_in: int | None
    course: str
    proof: str


def promises_of(chance: random.Random, member_id: str, member_name: str) -> list[Promise]:
    """What a member of the pool was promised; of joint agreements what all of them have alike."""
    joint = random.Random("joint agreements")
    together = [
        _promise(joint, f"JOINT-{number}", "Sample Builders Ltd", "contract") for number in (1, 2)
    ]
    promises = []
    for promise in together:
        if chance.random() < 0.6:
            name = chance.choice(["Sample Builders Ltd", "Sample Builders Limited"])
            row = {**promise.row, "organisation_name": name}
            row["organisation_id"] = chance.choice(["", ORG_IDS["builders"]])
            promises.append(replace(promise, row=row, course=chance.choice(COURSES)))
    for number in range(chance.choice([0, 1, 3, 6, 9])):
        source = chance.choice(SOURCES)
        name = member_name if source == "own_pledge" else chance.choice([*ORGANISATIONS])
        promises.append(_promise(chance, f"{member_id.upper()}-{number // 2}", name, source))
    once = {(one.row["agreement_ref"], one.row["organisation_name"].removesuffix(" Ltd")
             .removesuffix(" Limited"), one.row["measure"], one.row["lot"]): one
            for one in promises}  # fmt: skip
    return [*once.values()]


COURSES = ("unknown", "none", "slow", "steady", "full", "over", "late")


def _promise(chance: random.Random, ref: str, name: str, source: str) -> Promise:
    measure = chance.choice(WHOLE.measures)
    starts_on = date(2025, 1, 1) + timedelta(chance.choice([0, 90, 181, 300, 500, 700]))
    due_on = starts_on + timedelta(chance.choice([1, 60, 150, 364, 365, 900]))
    dated = chance.choice(["due", "ends", "both", "none"])
    title = f"Agreement {ref.replace('-', ' ').lower()}"
    row = {
        "source": source,
        "agreement_ref": ref,
        "agreement_title": chance.choice([title, title, ""]),
        "agreement_value_gbp": chance.choice(["", "20000", "60000", "1000000"]),
        "starts_on": f"{starts_on}",
        "ends_on": f"{due_on if dated == 'ends' else date(2029, 3, 31)}"
        if dated in ("ends", "both")
        else "",
        "lot": "" if source == "own_pledge" else chance.choice(["", "", "North", "South"]),
        "organisation_name": name,
        "organisation_id": chance.choice(["", ORG_IDS.get(ORGANISATIONS.get(name, ""), "")]),
        "measure": measure.id,
        "own_words": chance.choice(["", f"{measure.title} in the agreement's own words"]),
        "due_on": f"{due_on}" if dated in ("due", "both") else "",
        "rating": chance.choice(["", "good", "inadequate"]),
        "published": chance.choice(["yes", "yes", "no", ""]),
    }
    stated = chance.random() < 0.15
    row["stated_value_gbp"] = "1250.50" if stated else ""
    row["stated_method"] = "Counted by the supplier" if stated else ""
    lowered = chance.choice([None, None, None, 1, 2]) if measure.unit != "yes" else None
    amount = chance.choice(AMOUNTS[measure.unit])
    course = chance.choice(COURSES)
    return Promise(row, measure.unit, amount, lowered, course, chance.choice(PROOFS))


PROOFS = ("unknown", "none", "part", "all")


def line(promise: Promise, number: int, quarter_end: date) -> Row:
    """What is sent of a promise in the member's quarter of that number."""
    row, yes = dict(promise.row), promise.unit == "yes"
    promised = promise.promised
    if promise.lowered_in is not None and number >= promise.lowered_in:
        promised = _whole(promised / 2, promise.unit)
    part = {
        "unknown": None,
        "none": 0.0,
        "slow": 0.04 * (number + 1),
        "steady": min(1.0, 0.3 * (number + 1)),
        "full": 1.0,
        "over": 1.6,
        "late": None if number == 0 else 0.5,
    }[promise.course]
    delivered = None if part is None else _whole(promised * part, promise.unit)
    if yes:
        delivered = None if part is None else float(part >= 1)
    proven = None
    if delivered is not None and promise.proof != "unknown":
        share = {"none": 0.0, "part": 0.5, "all": 1.0}[promise.proof]
        proven = _whole(delivered * share, promise.unit)
    if yes and proven is not None:
        proven = float(delivered == 1 and promise.proof == "all")
    received = ""
    if promise.unit == "gbp" and promise.proof != "none":
        received = _text(max(delivered or 0.0, _whole(promised * 0.8, "gbp")), False)
    row |= {
        "promised": _text(promised, yes),
        "received": received,
        "delivered": _text(delivered, yes),
        "evidenced": _text(proven, yes),
    }
    return row


def _whole(amount: float, unit: str) -> float:
    return round(amount, 1 if unit in ("hours", "m2") else 0)


def _text(amount: float | None, yes: bool) -> str:
    if amount is None:
        return ""
    return ("no", "yes")[amount >= 1] if yes else f"{amount:g}" if amount < 1e5 else f"{amount:.0f}"


# --- needs ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A need with its events, as days from today; `promise`: (agreement, lot, measure,
    organisation) of what it was agreed with."""

    organisation: str
    outcome: str
    kind: str
    what: str
    how_much: str
    area: str
    needed_by: int | None
    asked: int
    review_on: int
    events: tuple[tuple[str, int], ...] = ()

    @property
    def state(self) -> str:
        last = self.events[-1][0] if self.events else "open"
        return "lapsed" if last in ("open", "introduced") and self.review_on < 0 else last


COURSE = ("introduced", "agreed", "delivered", "confirmed")


def needs_of(chance: random.Random, plan: Plan | None, promised: bool) -> list[Asked]:
    if plan is None:
        return []
    needs = []
    for number in range(chance.choice([0, 0, 1, 2, 5, 9])):
        asked = -chance.choice([5, 40, 200, 390])
        steps = chance.choice([0, 0, 1, 2, 3, 4]) if promised else chance.choice([0, 0, 1])
        days = sorted(chance.sample(range(asked, 0), steps)) if -asked > steps else []
        events = [*zip(COURSE, days, strict=False)]
        review = chance.choice([0, 1, 14, 15, 90])
        what = chance.random()
        if what < 0.15 and len(events) < 3:
            events.append(("withdrawn", 0))
        elif what < 0.3 and events and events[-1][0] in ("introduced", "agreed"):
            events.append(("open", 0))
        elif what < 0.5 and len(events) < 2:
            review = -chance.choice([1, 3, 14, 15, 100])
            review = max(review, asked)
            events = [one for one in events if one[1] <= review]
        needs.append(
            Asked(
                chance.choice([*ORGANISATIONS, "Advice Point", "Nobody's Cafe"]),
                chance.choice(plan.outcomes).id,
                chance.choice(["volunteers", "skills", "space", "buy_from_us"]),
                f"Thing {number + 1} that a group needs",
                chance.choice(["", "20 hours"]),
                chance.choice(["", "E08000003", "E05011366"]),
                chance.choice([None, 20, 60]),
                asked,
                review,
                tuple(events),
            )
        )
    return needs
