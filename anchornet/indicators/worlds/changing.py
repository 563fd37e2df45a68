"""How people change places, so that what is of many stays what it is.

Only numbers of few people change, and what they are made of is given back: two members' people
change places in one month, and others back in another month of the quarter, or of the year. Then
the network's month stays, and so do both members' quarters.
"""

from collections.abc import Sequence

import numpy as np

from anchornet.indicators.worlds.people import (
    WORLDS,
    Flags,
    Numbers,
    People,
    Trait,
    World,
    random_of,
)
from anchornet.indicators.worlds.walking import FAR, MANY, Limits, mixing, sending, summed, swapping


class Changing(People):
    """People who change places by chance."""

    def _worlds(self) -> list[World]:
        chance = random_of(self.facts.name, self.columns)
        self.levels = [np.arange(self.span), *self.blocks]
        # Nobody goes where no return is.
        self.there = np.zeros((len(self.members), self.span), dtype=bool)
        for member, month in self.sent:
            if 0 <= month - self.first < self.span:
                self.there[member, month - self.first] = True
        truth = self.truth
        worlds = [
            World(truth.who.copy(), truth.when, [it.copy() for it in truth.traits], truth.same)
            for _ in range(WORLDS)
        ]
        if self.facts.began:
            self._courses(worlds, chance)
        else:
            self._members(worlds, chance)
        for number, trait in enumerate(self.traits):
            if trait.parts:
                self._parts(worlds, number, chance)
        return worlds

    # Members' people.

    def _members(self, worlds: list[World], chance: np.random.Generator) -> None:
        """People of members with few go to other such members, and back in another month; and so
        do what they are counted for."""
        counted = [n for n, trait in enumerate(self.traits) if trait.counted]
        true = [self._table(self.truth, number) for number in counted]
        limits = [self._limits(it, self.traits[n], 1) for it, n in zip(true, counted, strict=True)]
        sent = self._table(self.truth, None)
        whole = self._bounds(sent[None, :, :, 0], np.ones((1, 1), dtype=bool), free=1)
        tables = [np.repeat(it[None], len(worlds), axis=0) for it in true]
        starts = np.repeat(sent[None, :, :, 0], len(worlds), axis=0)
        sending(starts, tables, whole, limits, self.levels, self.few, chance)
        for n, now in enumerate(worlds):
            self._leave(now, starts[n], chance)
        for table, limit, number in zip(tables, limits, counted, strict=True):
            swapping(table, np.arange(self.span), limit, self.levels, self.few, chance)
            for n, now in enumerate(worlds):
                place = now.who * self.span + now.when
                self._deal(now, number, place, table[n].reshape(-1, table.shape[-1]), chance)

    def _table(self, world: World, number: int | None) -> Numbers:
        """People by member, month and class."""
        if number is None:
            classes, kinds = np.zeros(len(world.who), dtype=np.int64), 1
        else:
            trait = self.traits[number]
            classes, kinds = trait.classes[world.traits[number]], int(trait.classes.max()) + 1
        table = np.zeros((len(self.members), self.span, kinds), dtype=np.int64)
        np.add.at(table, (world.who, world.when, classes), 1)
        return table

    def _leave(self, now: World, starts: Numbers, chance: np.random.Generator) -> None:
        """People to other members, so that there are so many of each in each month."""
        place = now.who * self.span + now.when
        left = ranks(place, chance) >= starts.reshape(-1)[place]
        more = np.maximum(starts.reshape(-1) - np.bincount(place, minlength=starts.size), 0)
        who, when = np.divmod(np.repeat(np.arange(starts.size), more), self.span)
        gone = np.flatnonzero(left)
        now.who[gone[np.argsort(now.when[gone], kind="stable")]] = who[
            np.argsort(when, kind="stable")
        ]

    # What became of people.

    def _courses(self, worlds: list[World], chance: np.random.Generator) -> None:
        """Of people who began in one month, were followed in the same months and differ in one
        trait only, what became of them."""
        course = len(self.traits) - 1
        known = self.known[self.truth.who, self.truth.when + self.first - self.base]
        followed = np.unique(known, axis=0, return_inverse=True)[1].reshape(-1)
        trait, truth = self.traits[course], self.truth
        kinds = int(trait.classes.max()) + 1
        for number, plain in enumerate(self.traits[:course]):
            for part in plain.parts:
                others = [it for n, it in enumerate(truth.traits[:course]) if n != number]
                slots, slot = np.unique(
                    np.stack([truth.when, followed, *others]), axis=1, return_inverse=True
                )
                slot = slot.reshape(-1)
                owner = part[truth.traits[number]]
                shape = int(part.max()) + 1, slots.shape[1], kinds
                tables = np.zeros((len(worlds), *shape), dtype=np.int64)
                for table, now in zip(tables, worlds, strict=True):
                    np.add.at(table, (owner, slot, trait.classes[now.traits[course]]), 1)
                true = np.zeros((shape[0], self.span, kinds), dtype=np.int64)
                np.add.at(true, (owner, truth.when, trait.classes[truth.traits[course]]), 1)
                limits = self._limits(true, trait)
                swapping(tables, slots[0], limits, self.levels, self.few, chance)
                for table, now in zip(tables, worlds, strict=True):
                    place = owner * shape[1] + slot
                    wanted = table.reshape(-1, kinds)
                    self._deal(now, course, place, wanted, chance, pool=slot)

    # Parts of the network.

    def _parts(self, worlds: list[World], number: int, chance: np.random.Generator) -> None:
        """Within the network, people who are counted alike change what else they are, where few
        are so."""
        trait = self.traits[number]
        values, truth = len(trait.values), self.truth
        true = np.zeros((values, self.span), dtype=np.int64)
        np.add.at(true, (truth.traits[number], truth.when), 1)
        tables = np.zeros((len(worlds), values, self.span), dtype=np.int64)
        for table, now in zip(tables, worlds, strict=True):
            np.add.at(table, (now.traits[number], now.when), 1)
        parts, counts = [], []
        for part, known, free in zip(trait.parts, trait.protected, trait.free, strict=True):
            if not free:
                sets = np.ones((1, 1), dtype=bool)
                parts.append(part)
                by_part = summed(true.T, part).T
                counts.append(self._bounds(by_part[None], sets, exempt=~known))
        if counts:
            mixing(tables, trait, parts, counts, self.levels, self.few, chance)
        alike = np.unique(np.stack([trait.classes, *parts]), axis=1, return_inverse=True)[1]
        alike = alike.reshape(-1)
        for table, now in zip(tables, worlds, strict=True):
            held = now.traits[number]
            place = now.when * values + held
            left = np.flatnonzero(ranks(place, chance) >= table.T.reshape(-1)[place])
            more = np.maximum(table.T.reshape(-1) - np.bincount(place, minlength=table.size), 0)
            when, given = np.divmod(np.repeat(np.arange(table.size), more), values)
            order = np.lexsort(
                (chance.random(len(left)), trait.classes[held[left]], now.when[left])
            )
            held[left[order]] = given[np.lexsort((trait.classes[given], when))]
            if any(trait.free):
                groups = self.blocks[0][now.when] * (int(alike.max()) + 1) + alike[held]
                now.traits[number] = shuffled(held, groups, chance)

    def _deal(
        self,
        now: World,
        number: int,
        place: Numbers,
        wanted: Numbers,
        chance: np.random.Generator,
        pool: Numbers | None = None,
    ) -> None:
        """Gives people others' values, so that there are so many of each class in each place: those
        that nobody must change keep theirs. Values stay in their month, or their part of `pool`."""
        pool = now.when if pool is None else pool
        held, classes = now.traits[number], self.traits[number].classes
        kinds = wanted.shape[1]
        cell = place * kinds + classes[held]
        left = np.flatnonzero(ranks(cell, chance) >= wanted.reshape(-1)[cell])
        more = np.maximum(wanted.reshape(-1) - np.bincount(cell, minlength=wanted.size), 0)
        lacking = np.repeat(np.arange(wanted.size), more) % kinds
        taker = left[np.lexsort((chance.random(len(left)), place[left]))]
        taker = taker[np.lexsort((lacking, pool[taker]))]
        giver = left[np.lexsort((chance.random(len(left)), classes[held[left]], pool[left]))]
        held[taker] = held[giver]

    # How far numbers may go.

    def _is_few(self, table: Numbers) -> Flags:
        return (table >= 1) & (table < self.few)

    def _is_course(self, number: int) -> bool:
        return self.traits[number].columns == ("course",)

    def _limits(self, table: Numbers, trait: Trait, free: int = 0) -> Limits:
        """Of a table by owner, month and class. A number of few stays one of few. A share that is
        shown stays; where it isn't, what it is part of may change as far as rounding hides."""
        sets: list[Flags] = []
        pairs: list[tuple[int, int, int]] = []

        def place(of: Flags) -> int:
            for n, it in enumerate(sets):
                if (it == of).all():
                    return n
            sets.append(of)
            return len(sets) - 1

        kinds = table.shape[-1]
        for part, base in trait.shares:
            mine, every = np.zeros(kinds, dtype=bool), np.zeros(kinds, dtype=bool)
            mine[trait.classes], every[trait.classes] = part, base
            pairs.append((place(mine), place(every & ~mine), place(every)))
        counted = []
        for part in trait.counts:
            mine = np.zeros(kinds, dtype=bool)
            mine[trait.classes] = part
            counted.append(place(mine))
        of = np.stack(sets) if sets else np.zeros((0, kinds), dtype=bool)
        counts = np.einsum("amc,fc->fam", table, of.astype(np.int64))
        return self._bounds(counts, of, pairs, counted, free)

    def _bounds(
        self,
        counts: Numbers,
        sets: Flags,
        pairs: Sequence[tuple[int, int, int]] = (),
        counted: Sequence[int] = (0,),
        free: int = 0,
        exempt: Flags | None = None,
    ) -> Limits:
        """Of counts by figure, owner and month: at each level, of which the first `free` aren't
        shown. `exempt`: owners whose numbers stay."""
        found: list[Limits] = []
        for relaxed in (True, False):
            trues, lows, highs = [], [], []
            for level, block in enumerate(self.levels):
                sums = summed(counts, block)
                few = (sums > 0) & (sums < self.few)
                if exempt is not None:
                    few &= ~exempt[None, :, None]
                fixed = np.full(few.shape, not relaxed)
                for part, rest, base in pairs:
                    hidden = few[part] | few[rest] | few[base] | (sums[base] == 0)
                    for it in (part, rest, base):
                        fixed[it] &= ~hidden
                loose = ~fixed & ~few & (sums > 0)
                at = (sums + self.step // 2) // self.step * self.step
                rounded = loose & np.isin(np.arange(len(sums)), counted)[:, None, None]
                low = np.where(loose, np.where(rounded, at - self.step // 2, 1), sums)
                low = np.where(rounded, np.maximum(low, self.few), low)
                high = np.where(loose, np.where(rounded, at + (self.step - 1) // 2, MANY), sums)
                trues.append(sums)
                if level < free:
                    few, low = np.zeros_like(few), sums * 0
                    high = np.where(self.there[None], MANY, sums) if level == 0 else low + MANY
                lows.append(np.where(few, np.maximum(sums - FAR, 0), np.minimum(low, sums)))
                highs.append(np.where(few, sums + FAR, np.maximum(high, sums)))
            wider = found[0] if found else None
            found.append(Limits(sets, trues, lows, highs, self.few, free, exempt, wider))
        return found[1]


def ranks(keys: Numbers, chance: np.random.Generator) -> Numbers:
    """Of each one its number among those with the same key, in an order of chance."""
    order = np.lexsort((chance.random(len(keys)), keys))
    sizes = np.bincount(keys)
    found = np.empty(len(keys), dtype=np.int64)
    found[order] = np.arange(len(keys)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return found


def shuffled(values: Numbers, groups: Numbers, chance: np.random.Generator) -> Numbers:
    """The same values within each group in another order."""
    made = values.copy()
    made[np.lexsort((chance.random(len(values)), groups))] = values[
        np.argsort(groups, kind="stable")
    ]
    return made
