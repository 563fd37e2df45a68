"""People one by one, as members sent them in groups, and the rows that are made of them."""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from duckdb import DuckDBPyConnection

from anchornet.facts.catalogue import CATALOGUE, Facts

WORLDS = 7
LEAST = 4  # how many values a number of few people has, the truth among them
Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
NOT_KNOWN = ("not_known", "unknown")  # of whom that isn't known there may be any number
NOT_OF_FACTS = ("member_id", "period", "counts")


def random_of(*key: object) -> np.random.Generator:
    """The same each time, so that what is shown of one month hangs on nothing else."""
    return np.random.default_rng(zlib.crc32(repr(key).encode()))


def codes(frame: pd.DataFrame, columns: Sequence[str]) -> tuple[Numbers, pd.DataFrame]:
    """A number for each different row of these columns, and those rows."""
    found = frame[list(columns)]
    if not columns:
        return np.zeros(len(frame), dtype=np.int64), found.head(1)
    groups = found.groupby(list(columns), dropna=False, sort=False).ngroup()
    codes = np.asarray(groups, dtype=np.int64)
    return codes, found.loc[~pd.Series(codes, index=found.index).duplicated()].reset_index(
        drop=True
    )


@dataclass
class Trait:
    """What people are told apart by, columns that go together: the different values; and of each,
    whether each figure counts it, all of that together, and its part in each breakdown; whether
    a part says something of people; whether parts are shown of twelve months only. Of counts:
    which values they count. Of shares: which they count and which they are of."""

    columns: tuple[str, ...]
    values: pd.DataFrame
    counted: list[Numbers]
    classes: Numbers
    parts: list[Numbers]
    protected: list[Flags]
    free: list[bool]
    counts: list[Flags]
    shares: list[tuple[Flags, Flags]]

    @property
    def sets(self) -> list[Flags]:
        """Which values a number counts that is shown, or can be worked out from a share."""
        rests = [every & ~part for part, every in self.shares]
        return [*self.counts, *(it for pair in self.shares for it in pair), *rests]


@dataclass
class World:
    """People: their members, months and traits by number; and which of the truth they are."""

    who: Numbers
    when: Numbers
    traits: list[Numbers]
    same: Numbers

    def add(self, of: "World", place: int, more: int) -> None:
        """More people like one of another version."""
        self.who, self.when, self.same = (
            np.append(mine, np.full(more, theirs[place]))
            for mine, theirs in ((self.who, of.who), (self.when, of.when), (self.same, of.same))
        )
        self.traits = [
            np.append(mine, np.full(more, theirs[place]))
            for mine, theirs in zip(self.traits, of.traits, strict=True)
        ]


class People:
    """The people of some columns, one by one, and the made-up versions of them."""

    def __init__(
        self,
        cursor: DuckDBPyConnection,
        facts: Facts,
        rows: pd.DataFrame,
        columns: Sequence[str],
        few: int,
        step: int,
    ) -> None:
        self.facts, self.columns, self.few, self.step = facts, tuple(columns), few, step
        self.members = sorted(set(rows["member_id"]))
        self.sent = {
            (self.members.index(member), month_of(period)): addition
            for member, period, addition in zip(
                rows["member_id"], rows["period"], rows["addition_id"], strict=True
            )
        }
        people = self._one_by_one(rows)
        who = people["member_id"].map({it: n for n, it in enumerate(self.members)}).to_numpy()
        when = (
            months_of_dates(people[facts.began or "period"])
            if len(people)
            else who.astype(np.int64)
        )
        self.first = int(when.min()) if len(when) else 0
        self.traits = []
        held = []
        for names in self._bundles(people):
            numbers, values = codes(people, names)
            self.traits.append(self._trait(cursor, names, values))
            held.append(numbers)
        self.truth = World(
            who.astype(np.int64), when - self.first, held, np.arange(len(people), dtype=np.int64)
        )
        self.people = people
        self.span = int(self.truth.when.max()) + 1 if len(people) else 0
        months = np.arange(self.span) + self.first
        # Quarters, financial years, all: what a longer window is made of.
        self.blocks = [
            np.unique(it, return_inverse=True)[1]
            for it in (months // 3, (months - 3) // 12, months * 0)
        ]
        self.size = np.bincount(self.truth.who, minlength=len(self.members))
        self.worlds: list[World] = []

    # What people there are.

    def _one_by_one(self, rows: pd.DataFrame) -> pd.DataFrame:
        """A row for each person; `rest`: how the other columns count them."""
        count, *others = self.columns
        rows = rows[rows[count].fillna(0) > 0].reset_index(drop=True)
        if not self.facts.began:
            times = rows[count].round().astype(int).to_numpy()
            people = rows.loc[rows.index.repeat(times)].reset_index(drop=True)
            rank = np.arange(len(people)) - np.repeat(np.cumsum(times) - times, times)
            for name in others:
                whole = (people[name] % 1).fillna(0).eq(0) & people[name].notna()
                share = people[name] / people[count]
                people[name] = np.where(whole, rank < people[name], share)
            return people
        return self._followed(rows)

    def _followed(self, rows: pd.DataFrame) -> pd.DataFrame:
        """People of whom each month says what became of them: `course` numbers those ways."""
        count, *others = self.columns
        age = months_of_dates(rows["period"]) - months_of_dates(rows[self.facts.began])
        ages = int(age.max()) + 1 if len(rows) else 1
        same = ["member_id", str(self.facts.began), *self._plain(rows)]
        groups, values = codes(rows, same)
        sizes = np.zeros(len(values), dtype=np.int64)
        np.maximum.at(sizes, groups, rows[count].astype(int).to_numpy())
        people = values.loc[values.index.repeat(sizes)].reset_index(drop=True)
        starts = np.cumsum(sizes) - sizes
        courses = np.full((len(people), ages), -1, dtype=np.int64)
        told = rows[[count, *others]].fillna(0).to_numpy(dtype=np.int64).tolist()
        for begin, when, (all_, *some) in zip(starts[groups], age, told, strict=True):
            courses[begin : begin + all_, when] = len(others)
            for number, these in enumerate(some):
                courses[begin : begin + these, when] = number
                begin += these
        self.courses, people["course"] = np.unique(courses, axis=0, return_inverse=True)
        self.known = np.zeros((len(self.members), 4096, ages), dtype=bool)
        places = rows["member_id"].map({it: n for n, it in enumerate(self.members)})
        self.base = int(months_of_dates(rows[self.facts.began]).min()) if len(rows) else 0
        self.known[places, months_of_dates(rows[self.facts.began]) - self.base, age] = True
        return people

    def _plain(self, rows: pd.DataFrame) -> list[str]:
        """The columns that say what people are like."""
        people = [it for columns in self.facts.people for it in columns]
        other = {*NOT_OF_FACTS, "addition_id", "line", self.facts.began, *people}
        return [
            it
            for it in rows.columns
            if it not in other and not (self.facts.began and it == "months_followed")
        ]

    def _bundles(self, people: pd.DataFrame) -> list[tuple[str, ...]]:
        """The columns that go together: those that another one of them decides."""
        names = [*self._plain(people.drop(columns="course", errors="ignore"))]
        numbers = {it: codes(people, [it])[0] for it in names}
        found: list[list[str]] = []
        for name in sorted(names, key=lambda it: -len(np.unique(numbers[it]))):
            for bundle in found:
                pairs = numbers[bundle[0]] * (len(people) + 1) + numbers[name]
                if len(np.unique(pairs)) == len(np.unique(numbers[bundle[0]])):
                    bundle.append(name)
                    break
            else:
                found.append([name])
        return [*map(tuple, found), *([("course",)] if self.facts.began else [])]

    def _trait(
        self, cursor: DuckDBPyConnection, names: tuple[str, ...], values: pd.DataFrame
    ) -> Trait:
        if names == ("course",):
            kept = [it for it in (3, 6, 12) if it < self.courses.shape[1]]
            states = np.sign(self.courses[values["course"]][:, kept])
            classes = np.unique(states, axis=0, return_inverse=True)[1].reshape(-1)
            return Trait(
                names,
                values,
                [np.unique(it, return_inverse=True)[1] for it in states.T],
                classes,
                [],
                [],
                [],
                [],
                [(it == 0, it >= 0) for it in states.T],
            )
        asked = asked_of(self.facts, names, self.columns)
        shown = {
            name: sql
            for name, sql in self.facts.breakdowns.items()
            if mentions(sql, names) and name not in self.facts.never
        }
        parts, free = [*shown.values()], [name in self.facts.yearly for name in shown]
        if not asked and not parts:
            return Trait(
                names, values, [], np.zeros(len(values), dtype=np.int64), [], [], [], [], []
            )
        listed = ", ".join(f'"{it}"' for it in names)
        found = cursor.execute(
            f"""
            select {listed}, {
                ", ".join(
                    [f"({sql})::double as asked_{n}" for n, sql in enumerate(asked)]
                    + [f"any_value(({sql})::varchar) as part_{n}" for n, sql in enumerate(parts)]
                )
            }
            from {self.facts.table}
            where "{self.columns[0]}" > 0
            group by {listed}
            """
        ).df()
        found = values.assign(_place=range(len(values))).merge(found, how="left", on=list(names))
        found = found.drop_duplicates("_place").sort_values("_place")
        counted = [
            np.unique(
                found[f"asked_{n}"].gt(0).where(found[f"asked_{n}"].notna(), -1).astype(int),
                return_inverse=True,
            )[1]
            for n in range(len(asked))
        ]
        classes = np.zeros(len(values), dtype=np.int64)
        if counted:
            classes = np.unique(np.stack(counted), axis=1, return_inverse=True)[1].reshape(-1)
        divided, protected = [], []
        for n in range(len(parts)):
            number, names_of = pd.factorize(found[f"part_{n}"], use_na_sentinel=False)
            divided.append(number.astype(np.int64))
            protected.append(np.array([it == it and it not in NOT_KNOWN for it in names_of]))
        flags = [found[f"asked_{n}"].gt(0).to_numpy() for n in range(len(asked))]
        counts, shares = [], []
        for it in CATALOGUE.values():
            if it.expression in asked and it.base in asked:
                shares.append((flags[asked.index(it.expression)], flags[asked.index(it.base)]))
            elif it.expression in asked:
                counts.append(flags[asked.index(it.expression)])
        return Trait(names, values, counted, classes, divided, protected, free, counts, shares)

    # What is kept of them.

    def rows(self, world: int) -> pd.DataFrame:
        """A row for each person, or for each person and month that says what became of them."""
        if not self.worlds:
            return pd.DataFrame()
        it = self.worlds[world - 1]
        count, *others = self.columns
        made = pd.concat(
            [
                trait.values.iloc[held].reset_index(drop=True)
                for trait, held in zip(self.traits, it.traits, strict=True)
            ],
            axis=1,
        ).assign(world=world)
        made[count] = 1.0
        if not self.facts.began:
            where = it.who * self.span + it.when
            there = np.full(len(self.members) * self.span, -1)
            for (member, month), addition in self.sent.items():
                if 0 <= month - self.first < self.span:
                    there[member * self.span + month - self.first] = addition
            for name in others:
                made[name] = self.people[name].to_numpy()[it.same]
            return made.assign(addition_id=there[where])
        return self._told(made, it)

    def _told(self, made: pd.DataFrame, it: World) -> pd.DataFrame:
        """The months of what became of people, where their cohort was followed."""
        _, *others = self.columns
        courses = self.courses[made["course"]]
        for then in range(1, courses.shape[1]):  # what isn't known is as it was
            before = courses[:, then - 1]
            courses[:, then] = np.where(courses[:, then] < 0, before, courses[:, then])
        known = self.known[it.who, it.when + self.first - self.base]
        person, age = np.nonzero(known & (courses >= 0))
        told = made.drop(columns="course").iloc[person].reset_index(drop=True)
        state = courses[person, age]
        for number, name in enumerate(others):
            told[name] = np.where(state == number, 1.0, 0.0 if number == 0 else np.nan)
        begun = it.when[person] + self.first
        told[self.facts.began] = dates(begun)
        if "months_followed" in self.facts.breakdowns:
            told["months_followed"] = age
        told["addition_id"] = [
            self.sent.get((who, month), -1)
            for who, month in zip(it.who[person], begun + age, strict=True)
        ]
        return told[told["addition_id"] >= 0]


def asked_of(facts: Facts, *named: Sequence[str]) -> list[str]:
    """The sums of people's figures that mention a column of each."""
    return [
        sql
        for it in CATALOGUE.values()
        if facts.name in it.facts and it.people
        for sql in (it.expression, it.base)
        if sql and all(mentions(sql, names) for names in named)
    ]


def mentions(sql: str, names: Sequence[str]) -> bool:
    return any(re.search(rf"\b{re.escape(it)}\b", sql) for it in names)


def months_of_dates(dates: "pd.Series[Any]") -> Numbers:
    at = pd.to_datetime(dates)
    return np.asarray(at.dt.year * 12 + at.dt.month - 1, dtype=np.int64)


def month_of(day: Any) -> int:
    return int(day.year * 12 + day.month - 1)


def dates(months: Numbers) -> npt.NDArray[np.datetime64]:
    return (months - 1970 * 12).astype("datetime64[M]").astype("datetime64[us]")
