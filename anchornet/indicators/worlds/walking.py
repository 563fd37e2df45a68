"""Walks at random from a table of people to others with the same sums.

A step takes two owners and two months: one owner's people change in one month as the other's do,
and back in the other month. So the months' sums stay, and the owners' over both.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from anchornet.indicators.worlds.people import LEAST, Flags, Numbers, Trait

STEPS = 8  # of a walk to another table with the same sums
ROUNDS = 8  # of so many steps
TRIES = 48  # for each of them
MANY = 10**9
FAR = 3  # how far a number of few may go from what it is


@dataclass(frozen=True)
class Limits:
    """How far the numbers of a table by figure, owner and month may go, in months, quarters, years
    and all: sets (figures, classes) says which classes a figure counts. Numbers under `few` are to
    be hidden; the first `free` of months, quarters and years aren't shown; the numbers of `exempt`
    owners stay. `relaxed`: the same where shares need not stay."""

    sets: Flags
    true: list[Numbers]
    low: list[Numbers]
    high: list[Numbers]
    few: int
    free: int
    exempt: Flags | None
    relaxed: "Limits | None" = None


Pair = tuple[Numbers, Numbers]
Step = tuple[Numbers, Numbers, Numbers, Numbers, Numbers]


def summed(table: Numbers, block: Numbers, blocks: int = 0) -> Numbers:
    """The sums of the last axis by block."""
    return np.asarray(table @ (block[:, None] == np.arange(blocks or block.max() + 1)).astype(int))


@dataclass(frozen=True)
class Way:
    """Which steps may be made: with months `wide` or nearer together; the same each twelve months
    (`yearly`), which keeps sums of any twelve; and for which numbers of a `level` (figure, owner,
    month), which are to have another value by it."""

    level: int
    wide: int
    yearly: bool
    wanted: Flags


class Steps:
    """What steps of a walk there are, in groups that don't disturb each other: a figure, two months
    of the group, and owners whose numbers of it may go up and down in both, the wanted first."""

    def __init__(self, limits: Limits, levels: Sequence[Numbers], way: Way) -> None:
        span, outer = len(levels[0]), way.wide
        open_ = np.ones((*limits.low[0].shape[:2], span), dtype=bool)
        for level in range(outer):
            open_ &= (limits.low[level] < limits.high[level])[:, :, levels[level]]
        wide, narrow = levels[outer], levels[outer - 1]
        first, second = np.triu_indices(span, 1)
        near = (wide[first] == wide[second]) & (narrow[first] != narrow[second])
        near &= (first < 12) | (not way.yearly)
        first, second = first[near], second[near]
        self.shifts = range(0, span, 12) if way.yearly else range(1)
        both = np.ones((*open_.shape[:2], len(first)), dtype=bool)
        wanted = np.zeros_like(both)
        for shift in self.shifts:
            there = second + shift < span
            s, t = first[there] + shift, second[there] + shift
            both[:, :, there] &= open_[:, :, s] & open_[:, :, t]
            wanted[:, :, there] |= way.wanted[:, :, s] | way.wanted[:, :, t]
        wanted &= both
        figure, pair = np.nonzero((both.sum(axis=1) > 1) & wanted.any(axis=1))
        group = wide[first[pair]] % (4 if way.yearly and outer == 1 else span + 1)
        if way.yearly and outer > 1:
            group[:] = 0
        order = np.argsort(group, kind="stable")
        figure, pair, group = figure[order], pair[order], group[order]
        self.span, self.figure = span, figure
        self.months = np.stack([first[pair], second[pair]])
        mine, open_mine = wanted[figure, :, pair], both[figure, :, pair]
        small = limits.true[-1].sum(axis=(0, 2))[None] + 1
        order = np.where(open_mine, small, MANY) - mine * MANY
        self.owners = np.argsort(order, axis=1, kind="stable")
        self.few, self.open = mine.sum(axis=1), open_mine.sum(axis=1)
        groups, self.at, self.sizes = np.unique(group, return_index=True, return_counts=True)
        self.groups = len(groups)

    def drawn(self, worlds: int, chance: np.random.Generator) -> Step:
        """Some to try for each world and group; the owners of one may be the same."""
        draw = chance.random((4, worlds, self.groups * TRIES))
        at, sizes = np.repeat(self.at, TRIES), np.repeat(self.sizes, TRIES)
        step = at + (draw[0] * sizes).astype(np.int64)
        a = self.owners[step, (draw[1] * self.few[step]).astype(np.int64)]
        b = self.owners[step, (draw[2] ** 2 * self.open[step]).astype(np.int64)]
        s, t = np.where(draw[3] < 0.5, self.months[:, step], self.months[::-1, step])
        return self.figure[step], a, b, s, t

    def each(self, s: Numbers, t: Numbers) -> Iterator[tuple[Numbers, Numbers, Flags]]:
        """The two months of each year, and whether that is one of the months there are."""
        for shift in self.shifts:
            there = np.maximum(s, t) + shift < self.span
            yield np.where(there, s + shift, s), np.where(there, t + shift, t), there

    def best(self, can: Flags, cost: Numbers, *given: Any) -> tuple[Any, ...]:
        """For each world and group whether some try can be made (1 or 0), and of the one that costs
        least what is given of all."""
        tries = can.reshape(len(can), self.groups, TRIES)
        found = np.argmin(np.where(tries, cost.reshape(tries.shape), MANY), axis=-1)
        place = np.arange(len(can))[:, None], np.arange(self.groups)[None], found
        shape = tries.shape
        return tries[place].astype(np.int64), *(
            it.reshape(*it.shape[: it.ndim - 2], *shape)[(..., *place)] for it in given
        )


class Counts:
    """Of each world the numbers by figure, owner and month, quarter, year, all."""

    def __init__(self, months: Numbers, limits: Limits, levels: Sequence[Numbers]) -> None:
        self.limits, self.levels, self.first = limits, levels, limits
        self.true = limits.true
        self.sums = [summed(months, block) for block in levels]
        self.world = np.arange(len(months))[:, None]
        # Of many, and the same in all worlds so far: months, and twelve months.
        ends = self.true[0].cumsum(axis=2)
        before = np.concatenate([np.zeros_like(ends[..., :12]), ends], axis=2)[..., : ends.shape[2]]
        self.many12 = ends - before >= limits.few
        self.apart12 = np.zeros((*ends.shape[:2], ends.shape[2] + 1), dtype=np.int64)
        self.plain = True
        self.kept = (self.true[0] >= limits.few) & (limits.free == 0)

    def lacking(self, few: int, level: int) -> Flags:
        """By figure, owner and month: whether it, or its quarter or year at that level, is of few
        and has fewer than LEAST values among the worlds and the truth."""
        true = self.true[level]
        listed = np.sort(np.concatenate([true[None], self.sums[level]]), axis=0)
        values = 1 + (np.diff(listed, axis=0) > 0).sum(axis=0)
        found = (true > 0) & (true < few) & (values < LEAST)
        if self.first.exempt is not None:
            found &= ~self.first.exempt[None, :, None]
        found = found[:, :, self.levels[level]]
        return np.asarray(found & (self.true[0] > 0))

    def gain(
        self, steps: Steps, way: Way, figure: Numbers, by: Numbers, a: Numbers, pair: Pair
    ) -> Flags:
        """Whether a wanted number gets a value that neither the truth nor another world gives it,
        in place of one that is given twice."""
        sums, true = self.sums[way.level], self.true[way.level]
        found = np.zeros(a.shape, dtype=bool)
        for s, _, there in steps.each(*pair):
            when = self.levels[way.level][s]
            mine = sums[self.world, figure, a, when]
            every = np.concatenate([sums[:, figure, a, when], true[figure, a, when][None]])
            new = (every != mine + by).all(axis=0) & ((every == mine).sum(axis=0) > 1)
            found |= new & way.wanted[figure, a, s] & there
        return found

    def _places(self, level: int, a: Numbers, b: Numbers, s: Numbers, t: Numbers) -> list[Any]:
        block = self.levels[level]
        return [(a, block[s], 1), (b, block[s], -1), (a, block[t], -1), (b, block[t], 1)]

    def bad(self, by: Numbers, a: Numbers, b: Numbers, s: Numbers, t: Numbers) -> Flags:
        """Whether a figure would go too far: `a` has `by` (by figure, world, group) more in `s`
        and fewer in `t`, `b` the other way round."""
        found = np.zeros(by.shape, dtype=bool)
        figures = np.arange(len(by))[:, None, None]
        for level, sums in enumerate(self.sums[:-1]):
            if level < self.limits.free:
                continue
            apart = self.levels[level][s] != self.levels[level][t]
            if not apart.any():
                break
            low, high = self.limits.low[level], self.limits.high[level]
            for who, when, sign in self._places(level, a, b, s, t):
                made = sums[self.world, figures, who, when] + sign * by
                far = (made < low[figures, who, when]) | (made > high[figures, who, when])
                found |= far & apart & (by != 0)
        return found

    def _apart(
        self, a: Numbers, b: Numbers, s: Numbers, t: Numbers
    ) -> Iterator[tuple[Numbers, Numbers, Numbers]]:
        """The last months, from and to, of the twelve that have only one of the two months."""
        first, last, end = np.minimum(s, t), np.maximum(s, t), self.kept.shape[2]
        for who in (a, b):
            for more in (0, 12):
                yield who, np.minimum(first + more, end), np.minimum(last + more, end)

    def cost(self, by: Numbers, a: Numbers, b: Numbers, s: Numbers, t: Numbers) -> Numbers:
        """How many numbers of many would change that are the same in all worlds so far: of months,
        and of any twelve, of which those change that have only one of the two months."""
        figures = np.arange(len(by))[:, None, None]
        found = np.zeros(by.shape[1:], dtype=np.int64)
        if self.plain:
            kept = self.many12 & (self.apart12.cumsum(axis=2) == 0)[..., :-1]
            sums = np.concatenate([np.zeros_like(self.apart12[..., :1]), kept.cumsum(axis=2)], 2)
            for who, since, till in self._apart(a, b, s, t):
                apart = sums[figures, who, till] - sums[figures, who, since]
                found += (apart * (by != 0)).sum(axis=0)
        for who, when in ((a, s), (b, s), (a, t), (b, t)):
            found += (self.kept[figures, who, when] & (by != 0)).sum(axis=0)
        return found

    def change(self, by: Numbers, a: Numbers, b: Numbers, s: Numbers, t: Numbers) -> None:
        figures = np.arange(len(by))[:, None, None]
        figure, world, group = np.nonzero(by)
        for who, when in ((a, s), (b, s), (a, t), (b, t)):
            self.kept[figure, who[world, group], when[world, group]] = False
        if self.plain:
            for who, since, till in self._apart(a, b, s, t):
                for when, sign in ((since, 1), (till, -1)):
                    place = figure, who[world, group], when[world, group]
                    np.add.at(self.apart12, place, sign)
        for level, sums in enumerate(self.sums[:-1]):
            for who, when, sign in self._places(level, a, b, s, t):
                sums[self.world, figures, who, when] += sign * by


def _ways(counts: Counts, few: int) -> Iterator[tuple[Limits, Way]]:
    """First the ways that change nothing that is of many; then, for numbers of few that have too
    few values, those that do."""
    for limits in (counts.first, counts.first.relaxed):
        if limits is None:
            return
        counts.limits = limits
        for yearly in (True, False):
            for level in range(len(counts.levels) - 1):
                for wide in range(level + 1, len(counts.levels) - yearly):
                    before = -1
                    for _ in range(ROUNDS):
                        wanted = counts.lacking(few, level)
                        if wanted.sum() in (0, before):
                            break
                        before = wanted.sum()
                        counts.plain = not yearly
                        yield limits, Way(level, wide, yearly, wanted)


def swapping(
    tables: Numbers,
    month: Numbers,
    limits: Limits,
    levels: Sequence[Numbers],
    few: int,
    chance: np.random.Generator,
) -> None:
    """Steps at random to other tables of owners, slots and classes, one for each world: two people
    of two owners change classes in a slot, and two change back in one of another month."""
    sets = limits.sets
    if not len(sets):
        return
    by_slot = np.einsum("wasc,fc->wfas", tables, sets.astype(np.int64))
    by_month = summed(by_slot, month, len(levels[0]))
    counts = Counts(by_month, limits, levels)
    pairs = [_pairs(sets, figure) for figure in range(len(sets))]
    number = np.array([len(it) for it in pairs])
    listed = np.zeros((len(sets), max(1, number.max()), 2), dtype=np.int64)
    for place, it in enumerate(pairs):
        listed[place, : len(it)] = it
    slots = np.argsort(month, kind="stable")
    many = np.bincount(month, minlength=len(levels[0]))
    at = np.cumsum(many) - many
    world = counts.world
    for allowed, way in _ways(counts, few):
        steps = Steps(allowed, levels, way)
        for _ in range(STEPS if steps.groups else 0):
            figure, a, b, s, t = steps.drawn(len(tables), chance)
            draw = chance.random((2, *a.shape))
            pair = listed[figure, (draw[0] ** 3 * number[figure]).astype(np.int64)]
            c = np.where(draw[1] < 0.5, pair[..., 0], pair[..., 1])
            d = np.where(draw[1] < 0.5, pair[..., 1], pair[..., 0])
            by = sets[:, d].astype(np.int64) - sets[:, c]
            can: Flags = (a != b) & (number[figure] > 0)
            places: list[Any] = []
            mine = by[figure, counts.world, np.arange(a.shape[1])]
            can &= counts.gain(steps, way, figure, mine, a, (s, t))
            cost = np.zeros(a.shape, dtype=np.int64)
            for one_s, one_t, there in steps.each(s, t):
                draw = chance.random((2, *a.shape))
                here, away = (
                    slots[at[it] + (draw[n] * many[it]).astype(np.int64)]
                    for n, it in enumerate((one_s, one_t))
                )
                good = (tables[world, a, here, c] > 0) & (tables[world, b, here, d] > 0)
                good &= (tables[world, a, away, d] > 0) & (tables[world, b, away, c] > 0)
                good &= ~counts.bad(by, a, b, one_s, one_t).any(axis=0)
                can &= good | ~there
                cost += counts.cost(by, a, b, one_s, one_t)
                places += [one_s, one_t, there, here, away]
            one, by, a, b, c, d, *places = steps.best(can, cost, by, a, b, c, d, *places)
            while places:
                one_s, one_t, there, here, away, *places = places
                made = one * there
                counts.change(by * made, a, b, one_s, one_t)
                for who, slot, sign in ((a, here, 1), (b, here, -1), (a, away, -1), (b, away, 1)):
                    tables[world, who, slot, c] -= sign * made
                    tables[world, who, slot, d] += sign * made


def _pairs(sets: Flags, figure: int) -> Numbers:
    """A class that the figure counts and one that it doesn't, the most alike first."""
    inside, outside = np.flatnonzero(sets[figure]), np.flatnonzero(~sets[figure])
    found = np.array([(c, d) for c in inside for d in outside], dtype=np.int64).reshape(-1, 2)
    unlike = (sets[:, found[:, 0]] != sets[:, found[:, 1]]).sum(axis=0)
    return found[np.argsort(unlike, kind="stable")]


def sending(
    starts: Numbers,
    tables: Sequence[Numbers],
    whole: Limits,
    limits: Sequence[Limits],
    levels: Sequence[Numbers],
    few: int,
    chance: np.random.Generator,
) -> None:
    """Steps at random to other numbers of people by owner and month: somebody goes to another owner
    in one month, and somebody who is counted like them comes back in another."""
    counts = Counts(starts[:, None], whole, levels)
    of = [
        Counts(np.einsum("wasc,fc->wfas", it, limit.sets.astype(np.int64)), limit, levels)
        for it, limit in zip(tables, limits, strict=True)
    ]
    world = counts.world
    for allowed, way in _ways(counts, few):
        for mine in of:
            mine.plain = not way.yearly
            if allowed is whole.relaxed:
                mine.limits = mine.first.relaxed or mine.first
        steps = Steps(allowed, levels, way)
        for _ in range(STEPS if steps.groups else 0):
            figure, a, b, s, t = steps.drawn(len(starts), chance)
            gone = np.full((1, *a.shape), -1)
            can = (a != b) & counts.gain(steps, way, figure, gone[0], a, (s, t))
            places: list[Any] = []
            cost = np.zeros(a.shape, dtype=np.int64)
            for one_s, one_t, there in steps.each(s, t):
                good = (starts[world, a, one_s] > 0) & (starts[world, b, one_t] > 0)
                can &= good & ~counts.bad(gone, a, b, one_s, one_t)[0] | ~there
                cost += counts.cost(gone, a, b, one_s, one_t)
                places += [one_s, one_t, there]
                for table, mine in zip(tables, of, strict=True):
                    sets = mine.limits.sets
                    every = np.broadcast_to(gone, (len(sets), *a.shape))
                    bad = mine.bad(every, a, b, one_s, one_t)
                    good = ~np.einsum("fwg,fc->wgc", bad, sets)
                    good &= (table[world, a, one_s] > 0) & (table[world, b, one_t] > 0)
                    places.append(np.argmax(good * chance.random(good.shape), axis=-1))
                    can &= good.any(axis=-1) | ~there
            one, a, b, *places = steps.best(can, cost, a, b, *places)
            while places:
                one_s, one_t, there, *places = places
                made = one * there
                counts.change(-made[None], a, b, one_s, one_t)
                for it, sign in ((one_s, 1), (one_t, -1)):
                    starts[world, a, it] -= sign * made
                    starts[world, b, it] += sign * made
                for table, mine in zip(tables, of, strict=True):
                    kind, *places = places
                    mine.change(-(mine.limits.sets[:, kind] * made), a, b, one_s, one_t)
                    for it, sign in ((one_s, 1), (one_t, -1)):
                        table[world, a, it, kind] -= sign * made
                        table[world, b, it, kind] += sign * made


def mixing(
    tables: Numbers,
    trait: Trait,
    parts: Sequence[Numbers],
    limits: Sequence[Limits],
    levels: Sequence[Numbers],
    few: int,
    chance: np.random.Generator,
) -> None:
    """Steps at random to other numbers of people by value and month, as in `swapping`: somebody of
    one month takes another value that is counted alike, and somebody of another month gives it."""
    all_counts = []
    for part, limit in zip(parts, limits, strict=True):
        by_part = summed(tables.transpose(0, 2, 1), part).transpose(0, 2, 1)
        all_counts.append(Counts(by_part[:, None], limit, levels))
    world = all_counts[0].world
    for part, mine in zip(parts, all_counts, strict=True):
        order = np.argsort(part, kind="stable")
        many = np.bincount(part, minlength=int(part.max()) + 1)
        at = np.cumsum(many) - many
        for its in all_counts:
            its.limits = its.first
        for allowed, way in _ways(mine, few):
            for its in all_counts:
                its.plain = not way.yearly
            if allowed is mine.first.relaxed:
                for its in all_counts:
                    its.limits = its.first.relaxed or its.first
            steps = Steps(allowed, levels, way)
            for _ in range(STEPS if steps.groups else 0):
                figure, a, b, s, t = steps.drawn(len(tables), chance)
                draw = chance.random((2, *a.shape))
                v, u = (
                    order[at[it] + (draw[n] * many[it]).astype(np.int64)]
                    for n, it in enumerate((a, b))
                )
                gone = np.full((1, *a.shape), -1)
                places: list[Any] = []
                can = (a != b) & (trait.classes[v] == trait.classes[u])
                can &= mine.gain(steps, way, figure, gone[0], a, (s, t))
                cost = np.zeros(a.shape, dtype=np.int64)
                for one_s, one_t, there in steps.each(s, t):
                    good = (tables[world, v, one_s] > 0) & (tables[world, u, one_t] > 0)
                    for it, its in zip(parts, all_counts, strict=True):
                        by = np.where(it[v] != it[u], gone, 0)
                        good &= ~its.bad(by, it[v], it[u], one_s, one_t)[0]
                        cost += its.cost(by, it[v], it[u], one_s, one_t)
                    can &= good | ~there
                    places += [one_s, one_t, there]
                one, v, u, *places = steps.best(can, cost, v, u, *places)
                while places:
                    one_s, one_t, there, *places = places
                    made = one * there
                    for it, its in zip(parts, all_counts, strict=True):
                        by = np.where(it[v] != it[u], -made, 0)[None]
                        its.change(by, it[v], it[u], one_s, one_t)
                    for value, sign in ((v, 1), (u, -1)):
                        tables[world, value, one_s] -= sign * made
                        tables[world, value, one_t] += sign * made
