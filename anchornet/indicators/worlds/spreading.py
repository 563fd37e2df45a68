"""That each number of few people is several others in the made-up versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from anchornet.facts.catalogue import Facts
from anchornet.indicators.worlds.changing import Changing
from anchornet.indicators.worlds.people import LEAST, Flags, Numbers, Trait, World


@dataclass
class Cells:
    """A table of people by block of months, member (or the network) and part of a trait; `only`: of
    one part; `free`: nobody is shown its months."""

    block: Numbers
    wider: Numbers
    number: int | None
    part: Numbers
    members: int
    only: int | None = None
    free: bool = False

    @property
    def length(self) -> int:
        return (int(self.block.max()) + 1) * self.members * (int(self.part.max()) + 1)

    def of(self, world: World) -> Numbers:
        """Each one's place in the table."""
        part = 1 if self.number is None else self.part[world.traits[self.number]]
        who = world.who if self.members > 1 else 0
        return (self.block[world.when] * self.members + who) * (int(self.part.max()) + 1) + part


class Crowd(Changing):
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
        super().__init__(cursor, facts, rows, columns, few, step)
        self.worlds = self._worlds() if len(self.people) else []
        if self.worlds:
            self._spread(self.worlds)

    # That each number of few people is several others.

    def _spread(self, worlds: list[World]) -> None:
        """Where chance gave a number of few people too few others, some more change places."""
        months, everybody = np.arange(self.span), np.ones(1, dtype=np.int64)
        members = 1 if self.facts.began else len(self.members)
        levels = [months, *self.blocks]
        for block, wider in pairwise(levels):
            for number, trait in enumerate(self.traits):
                for flags in trait.sets:
                    part = flags.astype(np.int64)
                    for owners in {1, members}:
                        self._spread_one(worlds, Cells(block, wider, number, part, owners, 1))
                for part, known, free in zip(trait.parts, trait.protected, trait.free, strict=True):
                    for only in np.flatnonzero(known).tolist():
                        cells = Cells(block, wider, number, part, 1, only, free)
                        self._spread_one(worlds, cells)
            if members > 1:
                self._spread_one(worlds, Cells(block, wider, None, everybody, members, 1))

    def _spread_one(self, worlds: list[World], cells: Cells) -> None:
        place_of = cells.of(self.truth)
        true = np.bincount(place_of, minlength=cells.length)
        few = np.flatnonzero(self._is_few(true))
        if cells.only is not None:
            few = few[few % (int(cells.part.max()) + 1) == cells.only]
        if not len(few):
            return
        counts = [np.bincount(cells.of(it), minlength=cells.length) for it in worlds]
        listed = np.sort(np.stack([true, *counts])[:, few], axis=0)
        values = 1 + (np.diff(listed, axis=0) > 0).sum(axis=0)
        for place in few[values < LEAST]:
            template = int(np.flatnonzero(place_of == place)[0])
            used = {int(true[place])}
            for world, count in zip(worlds[: LEAST - 1], counts, strict=False):
                put = self._turn if cells.free else self._put
                used.add(put(world, template, int(count[place]), used, cells))

    def _put(self, world: World, template: int, count: int, used: set[int], cells: Cells) -> int:
        """Makes a number of few people another one than those used, and gives it: people like the
        one of the template change places with others of the month, or else of the block."""
        steps = [0, *(sign * by for by in range(1, LEAST) for sign in (1, -1))]
        steps = [it for it in steps if count + it >= 0 and count + it not in used]
        for counted, across in ((True, False), (True, True), (False, False), (False, True)):
            here, mine, alike = self._around(world, template, cells, across)
            if counted and cells.members > 1:
                continue
            if not counted and not across and cells.members == 1:
                for by in steps:
                    if self._both(world, template, by, cells):
                        return count + by
            if counted:
                here = here & self._counted_like(world, template, cells)
            ways = [
                tuple(self._nearest(world, template, here & it, cells) for it in pair)
                for pair in ((mine & ~alike, ~mine & alike), (mine & alike, ~mine & ~alike))
            ]
            if cells.number is None:
                more = len(ways[0][1])
                fewer = count if self._elsewhere(template).any() else 0
            else:
                more, fewer = (min(map(len, way)) for way in ways)
            step = next((it for it in steps if -fewer <= it <= more), None)
            if step is not None:
                break
        if step is None:
            step = next(it for it in steps if it > 0)
            self._more(world, template, step, cells)
        elif cells.number is None:
            self._send(world, template, step, ways)
        elif step:
            one, other = (it[: abs(step)] for it in ways[0 if step > 0 else 1])
            held = world.traits[cells.number]
            held[one], held[other] = held[other], held[one]
        return count + step

    def _turn(self, world: World, template: int, count: int, used: set[int], cells: Cells) -> int:
        """As `_put`, where no more is needed than that people who are counted alike become like the
        template, or other than it, in the same months."""
        number = cells.number or 0
        trait, held = self.traits[number], world.traits[number]
        value = self.truth.traits[number][template]
        here = cells.block[world.when] == cells.block[self.truth.when[template]]
        here &= self._counted_like(world, template, cells)
        like = cells.part[held] == cells.part[value]
        others = np.flatnonzero(
            (trait.classes == trait.classes[value]) & (cells.part != cells.part[value])
        )
        fewer = np.flatnonzero(here & like) if len(others) else np.zeros(0, dtype=np.int64)
        more = self._nearest(world, template, here & ~like, cells)
        steps = [sign * by for by in range(1, LEAST) for sign in (1, -1)]
        for step in steps:
            if count + step not in used and -len(fewer) <= step <= len(more):
                if step > 0:
                    held[more[:step]] = value
                else:
                    held[fewer[:-step]] = others[self._alike(trait, others, value)]
                return count + step
        return self._put(world, template, count, used, cells)

    def _both(self, world: World, template: int, step: int, cells: Cells) -> bool:
        """Whether so many people of the month could become like the template, or other than it, and
        others of it change what they are counted for so that all figures stay."""
        if cells.number is None:
            return False
        trait, held = self.traits[cells.number], world.traits[cells.number]
        value, part = int(self.truth.traits[cells.number][template]), cells.part
        if not trait.sets or (part == part[value]).all():
            return False
        sets = np.stack(trait.sets).astype(np.int64)
        kinds = {(int(part[it]), *sets[:, it]): it for it in range(len(part))}
        before = held.copy()
        here = cells.block[world.when] == cells.block[self.truth.when[template]]
        for _ in range(abs(step)):
            inside = here & (part[held] == part[value])
            done = False
            for one in np.flatnonzero(inside if step < 0 else here & ~inside):
                others = np.flatnonzero(part != part[value]) if step < 0 else [value]
                mine = int(held[one])
                to = int(
                    others[np.argmin([abs(sets[:, it] - sets[:, mine]).sum() for it in others])]
                )
                back = sets[:, mine] - sets[:, to]
                for other in np.unique(held[here]):
                    kind = int(part[other]), *(sets[:, other] + back)
                    if part[other] != part[value] and kind in kinds:
                        whom = np.flatnonzero(here & (held == other))
                        whom = whom[whom != one]
                        if len(whom):
                            held[one], held[whom[0]], done = to, kinds[kind], True
                            break
                if done:
                    break
            if not done:
                world.traits[cells.number] = before
                return False
        return True

    def _alike(self, trait: Trait, others: Numbers, value: int) -> int:
        """The place of the value that is most in the same parts."""
        same = sum((part[others] == part[value]).astype(int) for part in trait.parts)
        return int(np.argmax(same))

    def _more(self, world: World, template: int, step: int, cells: Cells) -> None:
        """Where none can change places, others of the month become like the template: the member's
        own, then those of others, who come to it. Where there are none, there are more people."""
        truth, number = self.truth, cells.number
        month, member = truth.when[template], truth.who[template]
        same = world.when == month
        if number is not None:
            held = world.traits[number]
            other = same & (cells.part[held] != cells.part[truth.traits[number][template]])
            own = world.who == member if cells.members > 1 else same
            for some in (same & ~own & ~other, other & own, other & ~own):
                near = self._nearest(world, template, some, cells)[:step]
                held[near] = truth.traits[number][template]
                world.who[near] = member if cells.members > 1 else world.who[near]
                step -= len(near)
        if step:
            world.add(truth, template, step)

    def _send(self, world: World, template: int, step: int, ways: list[Any]) -> None:
        """People of a month to or from a member."""
        if step > 0:
            world.who[ways[0][1][:step]] = self.truth.who[template]
        elif step < 0:
            able = np.flatnonzero(self._elsewhere(template))
            world.who[ways[1][0][:-step]] = min(able, key=lambda it: self.size[it])

    def _elsewhere(self, template: int) -> Flags:
        """The other members that have a return for the month."""
        able = self.there[:, self.truth.when[template]].copy()
        able[self.truth.who[template]] = False
        return np.asarray(able)

    def _around(
        self, world: World, template: int, cells: Cells, across: bool
    ) -> tuple[Flags, Flags, Flags]:
        """Of everybody: whether in reach, whether in the template's cell's place, whether like it.
        What is of a member reaches to others in the month, or else to its other months."""
        truth, number = self.truth, cells.number
        month, member = truth.when[template], truth.who[template]
        wide = cells.wider[world.when] == cells.wider[month]
        if cells.members > 1 and not across:
            here, mine = world.when == month, world.who == member
        elif cells.members > 1:
            here, mine = wide & (world.who == member), world.when == month
        else:
            here = np.ones(len(wide), dtype=bool) if across else wide
            mine = cells.block[world.when] == cells.block[month]
        if number is None:
            return here, mine, np.ones(len(here), dtype=bool)
        value = truth.traits[number][template]
        return here, mine, cells.part[world.traits[number]] == cells.part[value]

    def _counted_like(self, world: World, template: int, cells: Cells) -> Flags:
        """Of everybody: whether figures count them as they do the one of the template."""
        number = cells.number or 0
        classes = self.traits[number].classes
        found = classes[world.traits[number]] == classes[self.truth.traits[number][template]]
        return np.asarray(found)

    def _nearest(self, world: World, template: int, some: Flags, cells: Cells) -> Numbers:
        """Those that change what is shown least: of small members, and most like the template."""
        places = np.flatnonzero(some)
        if cells.members > 1:
            unlike = self.size[world.who[places]]
            if cells.number and self._is_course(cells.number):
                far = world.traits[0][places] != self.truth.traits[0][template]
                unlike = unlike + far * (self.size.sum() + 1)
            return places[np.argsort(unlike, kind="stable")]
        trait = self.traits[cells.number or 0]
        held, value = (
            world.traits[cells.number or 0],
            self.truth.traits[cells.number or 0][template],
        )
        unlike = np.zeros(len(places), dtype=np.int64)
        # What figures count matters more than parts, and what is declared first most.
        for weight, it in enumerate([*trait.counted, *trait.parts][::-1]):
            unlike += 2**weight * (it[held[places]] != it[value])
        return places[np.argsort(unlike, kind="stable")]
