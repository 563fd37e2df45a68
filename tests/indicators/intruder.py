"""Somebody with all that one audience can get, a solver, and the published table of noise.

They ask the door for what it offers: the network, each kind, each member; every window; whole, by
one breakdown and by two; counts and shares; each month as it was first shown and again after the
corrections. What is shown bounds a sum of whole numbers of people; the noise of each sum is a whole
number of its own, the same wherever the same sum stands. Record keys are not theirs to know.
"""

import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import combinations, groupby
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array, csr_array

from anchornet import settings as settings_
from anchornet.facts.build import add_member, change_settings, open_network
from anchornet.indicators import disclosure
from anchornet.indicators.figures import NETWORK, OWN, Request, figures, is_offered
from anchornet.intake.submit import submit
from anchornet.periods import WINDOWS, add_months, months_of
from anchornet.returns.declaration import RETURNS
from anchornet.settings import Settings
from anchornet.store.database import Database

MONTHS = [date(2026, month, 1) for month in range(3, 7)]
LATER = datetime(2026, 10, 1)  # after the last correction
KINDS = ("council", "nhs", "nhs", "college", "vcse", "vcse")
ROWS = {
    2: (12, 4),
    3: (14, 6, 2),
    4: (16, 8, 4, 2),
    6: (20, 14, 5, 3, 1, 2),
}  # of a month, by how many members
MOST = 2000  # people that anybody would believe
NODES = 500  # that the solver may try; a value that it does not find then counts as none

Part = tuple[str, ...]
Form = frozenset[tuple[int, int]]  # a sum: numbers of people, and how often each is in it


@dataclass(frozen=True)
class Share:
    """A percentage: which atoms are in the part, and which in the base."""

    name: str
    breakdown: str
    part: tuple[str, ...]
    base: tuple[str, ...]


@dataclass(frozen=True)
class Family:
    """A return's count, and the breakdowns that cross it. `counts`: what else counts some of it."""

    name: str
    count: str
    breakdowns: tuple[str, ...]
    shares: tuple[Share, ...] = ()
    left: str | None = None  # the count of those who are no longer in it


RINGS = Share("local_start_share", "ring", ("area",), ("area", "wider_area", "elsewhere"))
AGES = Share("under_25_start_share", "age_band", ("under_25",), ("under_25", "25_49", "50_plus"))
WORK = Share("out_of_work_start_share", "out_of_work", ("yes",), ("yes", "no"))
# Wards of five authorities, for a network whose area the coordinator changes.
AUTHORITIES = {
    "E05011350": "E08000003", "E05015014": "E08000007", "E05013018": "E08000006",
    "E05014519": "E08000008", "E05015239": "E08000009",
}  # fmt: skip
BY_AREA = Family("starts by area and age", "starts", ("home_area", "age_band"), (RINGS, AGES))
FAMILIES = (
    Family("starts by ring and age", "starts", ("ring", "age_band"), (RINGS, AGES)),
    Family("starts by pathway and work", "starts", ("pathway", "out_of_work"), (WORK,)),
    Family(
        "retention", "starters_followed", ("pathway", "home_area_group", "cohort_month"),
        (Share("in_post_share", "", (), ()),), "leavers",
    ),
)  # fmt: skip


# A network, and what it sends


HOMES = ("E05011366", "E05011366", "E05015027", "outside", "not_known")


def _hires(chance: random.Random, rows: int, homes: Sequence[str] = HOMES) -> list[list[str]]:
    lines = []
    for _ in range(rows):
        people = chance.choice([1, 1, 2, 3])
        lines.append(
            [
                chance.choice(homes),
                chance.choice(["standard", "standard", "apprenticeship", "redeployment"]),
                chance.choice(["under_25", "25_49", "25_49", "not_known"]),
                chance.choice(["yes", "no", "no", "not_known"]),
                str(people),
            ]
        )
    return lines


COHORTS = [("standard", "local"), ("standard", "outside"), ("apprenticeship", "local")]


def _cohorts(
    chance: random.Random, rows: int, followed: dict[Part, list[int]], month: date
) -> list[list[str]]:
    """Cohorts of two months and more before, whose people leave and do not come back."""
    if month >= MONTHS[1]:
        for pathway, group in COHORTS:
            if people := chance.randint(0, rows):
                followed[f"{add_months(month, -2):%Y-%m}", pathway, group] = [people, people]
    for each in followed.values():
        each[1] -= min(each[1], chance.choice([0, 0, 0, 1, 1, 2]))
    return [[*cohort, str(start), str(left)] for cohort, (start, left) in followed.items()]


HEADS = {
    "local_hires": "home_area,pathway,age_band,out_of_work,starts",
    "retention": "cohort_month,pathway,home_area_group,starters,in_post",
}


def build(
    path: Path,
    seed: int,
    members: int,
    settings: Settings | None = None,
    homes: Sequence[str] = HOMES,
) -> Database:
    """Large members and small ones; some returns are late, and some corrected when the month has
    long been shown."""
    chance = random.Random(seed)
    settings = replace(settings or settings_.load(environment={}), database=path)
    database = open_network(settings, create=True)
    with database.writing() as cursor:
        cursor.execute("update record_key_secret set secret = $1", [f"of seed {seed}"])
    for number in range(members):
        add_member(
            database, f"m{number}", f"M {number}", KINDS[number], now=datetime(2020, 1, 1)
        )  # fmt: skip

    def send(name: str, member: int, month: date, lines: list[list[str]], now: datetime) -> None:
        text = "\n".join([HEADS[name], *(",".join(line) for line in lines)])
        submit(
            database, RETURNS[name], text.encode(), f"{name}.csv", period=month,
            member_id=f"m{member}", by="someone@sample.example.org", now=now,
            accept_warnings="It is made up.",
        )  # fmt: skip

    followed: list[dict[Part, list[int]]] = [{} for _ in range(members)]
    for month in MONTHS:
        on_time, later = (
            sent_by(month).replace(day=10),
            sent_by(add_months(month, 1)).replace(day=5),
        )
        for member in range(members):
            rows = ROWS[members][member] + chance.randint(0, 2)
            hires = _hires(chance, rows, homes)
            late = chance.random() < 0.08
            send("local_hires", member, month, hires, later if late else on_time)
            if not late and chance.random() < 0.15:
                corrected = [*hires[1:], *_hires(chance, 1, homes)]
                send("local_hires", member, month, corrected, later)
            cohorts = _cohorts(chance, rows, followed[member], month)
            if cohorts:
                send("retention", member, month, cohorts, on_time)
    return database


def sent_by(month: date) -> datetime:
    """When a month's returns are in."""
    following = add_months(month, 1)
    return datetime(following.year, following.month, 28)


# What they know


@dataclass
class Knowledge:
    """What is shown, as bounds of sums of people. Each number of people has a place in `truth`."""

    truth: list[int] = field(default_factory=list)
    owner: list[str] = field(default_factory=list)
    month: list[date | None] = field(default_factory=list)  # None: the same in every month
    counts: dict[Form, str] = field(default_factory=dict)
    shares: dict[tuple[Form, Form], tuple[str, float]] = field(default_factory=dict)
    ordered: list[tuple[int, int]] = field(default_factory=list)  # the first is the smaller
    targets: dict[str, Form] = field(default_factory=dict)
    asked: int = 0

    def value(self, form: Form) -> int:
        return sum(times * self.truth[place] for place, times in form)


def form_of(places: Iterable[int]) -> Form:
    times: dict[int, int] = {}
    for place in places:
        times[place] = times.get(place, 0) + 1
    return frozenset(times.items())


def minus(one: Form, other: Form) -> Form:
    times = dict(one)
    for place, of_other in other:
        times[place] = times.get(place, 0) - of_other
    return frozenset((place, number) for place, number in times.items() if number)


def questions(family: Family) -> Iterator[Request]:
    """Everything that the door offers of a family, to anybody in the network."""
    moments = [*((sent_by(month), [month]) for month in MONTHS), (LATER, MONTHS)]
    names = [family.count, *([family.left] if family.left else [])]
    asked = [*names, *(share.name for share in family.shares)]
    cuts = [
        cut
        for length in range(len(family.breakdowns) + 1)
        for cut in combinations(family.breakdowns, length)
    ]
    for as_at, periods in moments:
        for window in WINDOWS:
            for sender in ((), ("member",), ("kind",)):
                for cut in cuts:
                    request = Request(asked, periods, window, as_at, [*sender, *cut])
                    offered = [
                        name
                        for name in asked
                        if is_offered(replace(request, indicators=[name]), NETWORK)
                    ]
                    if offered:
                        yield replace(request, indicators=offered)


def seen_of(database: Database, family: Family) -> list[str]:
    """All that is shown of a family in the end, as it is seen."""
    asked = [request for request in questions(family) if request.as_at == LATER]
    frames = (figures(database, request, NETWORK) for request in asked)
    return [shown for frame in frames for shown in frame["shown"]]


def learn(database: Database, family: Family, members: int) -> Knowledge:
    """What the answers say."""
    known = Knowledge()
    ids = [f"m{number}" for number in range(members)]
    kind_of = dict(zip(ids, KINDS, strict=False))
    places: dict[object, int] = {}
    atoms: Atoms = {}
    for as_at, requests in groupby(questions(family), key=lambda request: request.as_at):
        atoms = _atoms(database, family, as_at, known, places)
        for request in requests:
            frame = figures(database, request, NETWORK)
            _take(known, family, frame, atoms, request.by, request.window, kind_of)
    _choose_targets(known, family, ids, atoms)
    return known


def learn_areas(
    database: Database, members: int, areas: Sequence[Sequence[str]], windows: Sequence[str]
) -> Knowledge:
    """What the answers say where the area of the network is one after another of these."""
    known = Knowledge()
    kind_of = dict(zip([f"m{number}" for number in range(members)], KINDS, strict=False))
    atoms = _atoms(database, BY_AREA, LATER, known, {})

    def ask(breakdown: str, shares: tuple[Share, ...], place: Mapping[str, str]) -> None:
        family = replace(BY_AREA, breakdowns=(breakdown, "age_band"), shares=shares)
        for request in questions(family):
            if request.as_at == LATER and request.window in windows:
                frame = figures(database, request, NETWORK)
                of_home = breakdown, place.__getitem__
                _take(known, family, frame, atoms, request.by, request.window, kind_of, of_home)

    nowhere = dict.fromkeys(("outside", "not_known"), "not_known")
    ask("authority", (), AUTHORITIES | nowhere)
    for area in areas:
        rest = sorted({*AUTHORITIES.values()}.difference(area))
        change_settings(database, {"area": [*area], "wider_area": rest}, by="x")
        ring = {
            home: "area" if code in area else "wider_area" for home, code in AUTHORITIES.items()
        }
        ask("ring", BY_AREA.shares, ring | {"outside": "elsewhere", "not_known": "unknown"})
    _choose_targets(known, BY_AREA, [*kind_of], atoms)
    return known


# month -> (member, parts) -> places of those counted, and of those who left
Atoms = dict[date, dict[tuple[str, Part], tuple[int, int | None]]]


def _atoms(
    database: Database, family: Family, as_at: datetime, known: Knowledge, places: dict[object, int]
) -> Atoms:
    """The numbers of people as at a moment. A return that was corrected has numbers of its own."""
    names = [family.count, *([family.left] if family.left else [])]
    by = ["member", *family.breakdowns]
    frame = figures(database, Request(names, MONTHS, as_at=as_at, by=by), OWN)
    frame = frame.dropna(subset=["value", family.breakdowns[0]])
    values: dict[tuple[date, str], dict[Part, dict[str, int]]] = {}
    for row in frame.to_dict("records"):
        part = tuple(str(row[name]) for name in family.breakdowns)
        of_member = values.setdefault((row["period"], row["member"]), {})
        of_member.setdefault(part, {})[row["indicator"]] = round(row["value"])
    every = sorted({part for of_member in values.values() for part in of_member})
    atoms: Atoms = {}
    for (month, member), of_member in sorted(values.items()):
        version = tuple(sorted((part, *each.values()) for part, each in of_member.items()))
        for part in every:
            each = of_member.get(part, {})
            if family.left and not each.get(family.count):
                continue
            left = None
            counted = ("cohort" if family.left else (month, version), member, part)
            number = _place(
                known,
                places,
                counted,
                member,
                None if family.left else month,
                each.get(family.count, 0),
            )
            if family.left:
                left = _place(
                    known, places, (month, *counted), member, month, each.get(family.left, 0)
                )
                before = places.get((add_months(month, -1), *counted))
                known.ordered += [(left, number)]
                known.ordered += [(before, left)] if before is not None else []
            atoms.setdefault(month, {})[member, part] = number, left
    known.ordered = [*dict.fromkeys(known.ordered)]
    return atoms


def _place(
    known: Knowledge,
    places: dict[object, int],
    name: object,
    member: str,
    month: date | None,
    number: int,
) -> int:
    if name not in places:
        places[name] = len(known.truth)
        known.truth.append(number)
        known.owner.append(member)
        known.month.append(month)
    assert known.truth[places[name]] == number
    return places[name]


def _take(
    known: Knowledge,
    family: Family,
    frame: pd.DataFrame,
    atoms: Atoms,
    by: Sequence[str],
    window: str,
    kind_of: Mapping[str, str],
    of_home: tuple[str, Callable[[str], str]] | None = None,
) -> None:
    """`of_home`: a breakdown that is made of the home area, which the atoms have, and how."""
    shares = {share.name: share for share in family.shares}
    stock = family.left is not None
    rows: dict[tuple[str, date], dict[Part, tuple[str, float]]] = {}
    columns = ["indicator", "period", "shown", "base", *by]
    for row in zip(*(frame[column] for column in columns), strict=True):
        name, period, shown, base, *group = row
        known.asked += 1
        rows.setdefault((name, period), {})[tuple(map(str, group))] = shown, base
    for (name, period), groups in rows.items():
        span = months_of(period, window)
        if stock and name not in shares:
            span = [period]
        sums: dict[Part, tuple[list[int], list[int]]] = {}
        share = shares.get(name)
        for month in span:
            for (member, part), (counted, left) in atoms.get(month, {}).items():
                words = {"member": member, "kind": kind_of[member]}
                words |= dict(zip(family.breakdowns, part, strict=True))
                if of_home:
                    words[of_home[0]] = of_home[1](part[0])
                parts, bases = sums.setdefault(tuple(words[it] for it in by), ([], []))
                if share is None:
                    parts.append(counted if name == family.count else left or counted)
                elif share.breakdown:
                    if words[share.breakdown] in share.part:
                        parts.append(counted)
                    if words[share.breakdown] in share.base:
                        bases.append(counted)
                elif left is not None:
                    parts.append(left)
                    bases.append(counted)
        for group, (parts, bases) in sums.items():
            shown, base = groups.get(group, ("–", math.nan))
            part, whole = form_of(parts), form_of(bases)
            if share is None and groups and group not in groups:
                if all(shown == "–" for shown, _ in groups.values()):
                    continue
                shown = "0"  # of a group without a row is nobody
            if shown == "–" or not part | whole:
                continue
            if share is None:
                assert known.counts.setdefault(part, shown) == shown, "the same sum, otherwise"
                continue
            if not share.breakdown:  # those who are still there, of whom leavers are the rest
                part = minus(whole, part)
            known.shares[part, whole] = shown, base


def _choose_targets(known: Knowledge, family: Family, ids: Sequence[str], atoms: Atoms) -> None:
    """The counts of members and of the network, by month, whole, by each part and by each two."""
    every: dict[tuple[str, str], list[int]] = {}
    for month, each in atoms.items():
        for (member, part), (counted, left) in each.items():
            words = [f"{name} {word}" for name, word in zip(family.breakdowns, part, strict=True)]
            pairs = [f"{one}, {other}" for one in words for other in words if one < other]
            for name in ["all", *words, *pairs]:
                if "not_known" in name or "unknown" in name:
                    continue
                for whose in (member, "network"):
                    every.setdefault((f"{whose} {month:%Y-%m}", name), []).append(counted)
                    if left is not None:
                        those = f"{whose} {month:%Y-%m}", f"left, {name}"
                        every.setdefault(those, []).append(left)
    known.targets = {" ".join(name): form_of(places) for name, places in every.items()}


# What the table of noise allows


def reach(settings: Settings) -> Callable[[str], tuple[int, int]]:
    """The true counts that can be shown so, by the table of noise, which is public."""
    span: dict[str, tuple[int, int]] = {}
    noise = disclosure.noise_table(settings.noise_table)
    keys = np.arange(noise.shape[1], dtype=float)
    for count in range(1, MOST):
        noised = disclosure.noised(np.full(len(keys), float(count)), keys, noise)
        for number in {*noised}:
            shown = seen(number, settings)
            low, high = span.get(shown, (count, count))
            span[shown] = min(low, count), max(high, count)
    return lambda shown: (0, 0) if shown == "0" else span[shown]


def seen(noised: float, settings: Settings) -> str:
    if 0 < noised < settings.suppress_below:
        return "*"
    return f"{math.floor(noised / settings.round_to + 0.5) * settings.round_to:,}"


# The attack


class Attack:
    """One intruder: what is shown, and the exact numbers of the members it is of."""

    def __init__(self, known: Knowledge, settings: Settings, own: Sequence[str] = ()) -> None:
        self.known, self.settings, self.own = known, settings, own
        self.size = len(known.truth)
        self.rows: list[tuple[list[tuple[int, float]], float, float]] = []
        self.low = np.zeros(self.size).tolist()
        self.high = np.full(self.size, float(MOST)).tolist()
        self.noise: dict[Form, int] = {}
        self.solved = 0
        self.most_noise = int(np.abs(disclosure.noise_table(settings.noise_table)).max())
        span = reach(settings)
        self._fix_nobody()
        forms: dict[Form, tuple[int, int]] = {}
        self.shown: dict[Form, str] = {}
        for form, shown in known.counts.items():
            reduced = self._reduced(form)
            if not reduced:
                continue
            low, high = span(shown)
            if reduced in forms:
                low, high = max(low, forms[reduced][0]), min(high, forms[reduced][1])
            forms[reduced], self.shown[reduced] = (low, high), shown
        for form, (low, high) in forms.items():
            assert low <= known.value(form) <= high, "what is shown is not of what there is"
            self._row(form, low, high)
        for (part, base), (shown, about) in known.shares.items():
            self._learn_share(self._reduced(part), self._reduced(base), shown, about)
        for less, more in known.ordered:
            self._row(minus(form_of([more]), form_of([less])), 0, MOST)
        for place, owner in enumerate(known.owner):
            if owner in own:
                self.low[place] = self.high[place] = known.truth[place]
        self._assemble()

    def _fix_nobody(self) -> None:
        none = [form for form, shown in self.known.counts.items() if shown == "0"]
        nobody = {place for form in none for place, _ in form}
        for place in nobody:
            assert self.known.truth[place] == 0
            self.high[place] = 0.0
        self.nobody = nobody

    def _reduced(self, form: Form) -> Form:
        return frozenset((place, times) for place, times in form if place not in self.nobody)

    def _row(self, form: Iterable[tuple[int, float]], low: float, high: float) -> None:
        terms = list(form)
        if terms:
            self.rows.append((terms, low, high))

    def _extra(self, low: float, high: float) -> int:
        self.low.append(low)
        self.high.append(high)
        return len(self.low) - 1

    def _noised(self, form: Form) -> int:
        """The place of a sum with its noise, which is the same wherever the sum is."""
        if form not in self.noise:
            low, high = 0.0, float(MOST * 4)
            shown = self.shown.get(form)
            if shown and shown != "*":
                middle = int(shown.replace(",", ""))
                half = (self.settings.round_to - 1) / 2
                low, high = max(self.settings.suppress_below, middle - half), middle + half
            self.noise[form] = place = self._extra(low, high)
            self._row([*form, (place, -1)], -self.most_noise, self.most_noise)
        return self.noise[form]

    def _learn_share(self, part: Form, base: Form, shown: str, about: float) -> None:
        """A percentage is shown where neither part nor rest is starred, and of enough people."""
        most = self.settings.suppress_below - 1 + self.most_noise  # that a star is of
        least = self.settings.suppress_below - self.most_noise  # that no star is of
        rest = minus(base, part)
        if shown == "*":
            plain = all(self.shown.get(form, "*") != "*" for form in (part, base) if form)
            if plain and base:
                self._row(rest, 1, most)
        elif shown.startswith("under"):
            under = self.settings.percent_base - 1 + self.most_noise
            self._row(base, 1, under)
            if rest and rest != base:
                some = self._extra(0, 1)  # of the rest there is nobody, or not few
                self._row([*rest, (some, -least)], 0, math.inf)
                self._row([*rest, (some, -under)], -math.inf, 0)
        elif shown in ("0%", "100%"):
            self._row(part if shown == "0%" else rest, 0, 0)
        else:
            percent = float(shown.rstrip("%"))
            self._row(part, least, MOST)
            self._row(rest, least, MOST)
            above, below = self._noised(part), self._noised(base)
            half = (self.settings.round_to - 1) / 2
            self.low[below] = max(self.low[below], self.settings.percent_base, about - half)
            self.high[below] = min(self.high[below], about + half)
            self.low[above] = max(self.low[above], self.settings.suppress_below)
            low, high = self.between(percent, about)
            self._row([(above, 100), (below, -low)], 0, math.inf)
            self._row([(above, 100), (below, -high)], -math.inf, -1e-3)

    def between(self, percent: float, about: float) -> tuple[float, float]:
        """What a percentage is rounded from; of few and of nearly all, anything that is not none
        and not all."""
        people = 100 * self.settings.round_to
        step = 1 if about >= people else 2 if about >= people / 2 else 5
        return (
            0 if percent == step else percent - step / 2,
            200 if percent == 100 - step else percent + step / 2,
        )

    def _assemble(self) -> None:
        at = [
            (number, place, times)
            for number, (terms, _, _) in enumerate(self.rows)
            for place, times in terms
        ]
        row, column, factor = map(np.array, zip(*at, strict=True))
        shape = (len(self.rows), len(self.low))
        self.matrix = csr_array((factor.astype(float), (row, column)), shape)
        self.columns = csc_array(self.matrix)
        self.floor = np.array([low for _, low, _ in self.rows], dtype=float)
        self.roof = np.array([high for _, _, high in self.rows], dtype=float)
        self.bounds = np.array(self.low), np.array(self.high)
        self._free: dict[Any, np.ndarray] = {}
        self._parts: dict[Any, tuple[csr_array, np.ndarray, np.ndarray]] = {}
        self.begin = self.start()

    def solve(
        self, form: Form, least: float, most: float, near: Sequence[date | None] | None = None
    ) -> np.ndarray | None:
        """Numbers of people that all that is shown allows, with the sum within these bounds.
        `near`: only those of these months may differ from the truth."""
        free = self._part(near)
        limits, floor, roof = self._parts[near and tuple(near)]
        place_of = {place: number for number, place in enumerate(free)}
        vector = np.zeros(len(free))
        fixed = 0.0
        for place, times in form:
            if place in place_of:
                vector[place_of[place]] = times
            else:
                fixed += times * self.begin[place]
        self.solved += 1
        outcome = milp(
            np.zeros(len(free)),
            constraints=[
                LinearConstraint(limits, floor, roof),
                LinearConstraint(vector[None], least - fixed, most - fixed),
            ],
            integrality=np.ones(len(free)),
            bounds=Bounds(self.bounds[0][free], self.bounds[1][free]),
            options={"node_limit": NODES},
        )
        if outcome.x is None:
            return None
        found = self.begin.copy()
        found[free] = np.rint(outcome.x)
        return found

    def _part(self, near: Sequence[date | None] | None) -> np.ndarray:
        """The numbers that may differ."""
        key = near and tuple(near)
        if key not in self._free:
            varies = self.bounds[0] < self.bounds[1]
            if near:
                of_month = [month in near for month in self.known.month]
                varies[: self.size] &= np.array(of_month)
                touched = np.abs(self.matrix[:, : self.size]) @ varies[: self.size] > 0
                noise = np.abs(self.matrix[touched]).sum(axis=0) > 0
                varies[self.size :] &= noise[self.size :]
            free = np.flatnonzero(varies)
            rows = np.flatnonzero(np.abs(self.matrix[:, free]).sum(axis=1) > 0)
            part = self.matrix[rows]
            rest = part @ np.where(varies, 0, self.begin)
            self._free[key] = free
            self._parts[key] = part[:, free], self.floor[rows] - rest, self.roof[rows] - rest
        return self._free[key]

    def start(self) -> np.ndarray:
        """The truth, with noise that goes with it."""
        truth = np.array(self.known.truth, dtype=float)
        low, high = (bound.copy() for bound in self.bounds)
        low[: self.size] = high[: self.size] = truth
        outcome = milp(
            np.zeros(len(low)), constraints=LinearConstraint(self.matrix, self.floor, self.roof),
            integrality=np.ones(len(low)), bounds=Bounds(low, high),
        )  # fmt: skip
        assert outcome.x is not None, "what is shown is not of what there is"
        return np.rint(outcome.x)

    def wander(
        self,
        targets: Mapping[str, Form],
        values: dict[str, set[int]],
        chance: random.Random,
        steps: int,
    ) -> None:
        """Other numbers that would be shown the same, one person more or fewer at a time."""
        here = self.begin.copy()
        sums = self.matrix @ here
        low, high = self.bounds
        free = np.flatnonzero(low < high)
        if not len(free):
            return
        of_place: dict[int, list[tuple[str, int]]] = {}
        now = {}
        for name, form in targets.items():
            now[name] = round(sum(times * here[place] for place, times in form))
            for place, times in form:
                of_place.setdefault(place, []).append((name, times))
        pointers, indices, data = self.columns.indptr, self.columns.indices, self.columns.data
        picks = chance.choices(free.tolist(), k=2 * steps)
        for step in range(steps):
            changes = [(picks[2 * step], chance.choice((-1, 1)))]
            if step % 2:
                changes.append((picks[2 * step + 1], -changes[0][1]))
            done = []
            for place, change in changes:
                here[place] += change
                rows = slice(pointers[place], pointers[place + 1])
                sums[indices[rows]] += change * data[rows]
                done.append((place, change, rows))
            fits = all(
                low[place] <= here[place] <= high[place]
                and (sums[indices[rows]] >= self.floor[indices[rows]] - 1e-7).all()
                and (sums[indices[rows]] <= self.roof[indices[rows]] + 1e-7).all()
                for place, _, rows in done
            )
            for place, change, rows in done:
                if fits:
                    for name, times in of_place.get(place, ()):
                        now[name] += change * times
                else:
                    here[place] -= change
                    sums[indices[rows]] -= change * data[rows]
            if fits:
                for place, _, _ in done:
                    for name, _ in of_place.get(place, ()):
                        values[name].add(now[name])

    def take(
        self, found: np.ndarray, targets: Mapping[str, Form], values: dict[str, set[int]]
    ) -> None:
        for name, form in targets.items():
            values[name].add(round(sum(times * found[place] for place, times in form)))

    def narrow(
        self, name: str, targets: Mapping[str, Form], values: dict[str, set[int]], enough: int
    ) -> int:
        """How many values a count can have, of which no more than `enough` are looked for: first
        with what is of other months as it is, which is quicker, then with all that may differ."""
        form = targets[name]
        months = sorted({self.known.month[place] for place, _ in form}, key=str)
        for near in (months, None):
            for up in (True, False):
                while len(values[name]) < enough:
                    most, least = max(values[name]), min(values[name])
                    bounds = (most + 1, math.inf) if up else (-math.inf, least - 1)
                    found = self.solve(form, *bounds, near)
                    if found is None:
                        break
                    self.take(found, targets, values)
            # The solver may pass over values on its way.
            for value in range(min(values[name]), max(values[name])):
                if value not in values[name] and len(values[name]) < enough:
                    found = self.solve(form, value, value, near)
                    if found is not None:
                        self.take(found, targets, values)
        return len(values[name])
