"""How far somebody gets who has all that one audience can get, a solver and the table of noise.

A count of 1 to 7 people of somebody else must keep three possible values, and all but one in fifty
must keep four: towards strangers, each member's own people, and those of two members together.
ANCHORNET_INTRUDER_SEEDS=5 tries five networks of each size, every return, every intruder.
"""

import itertools
import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from anchornet import settings as settings_
from anchornet.indicators.disclosure import KEPT
from anchornet.periods import WINDOWS
from anchornet.setting_values import KEY_VALUES
from anchornet.settings import Settings
from anchornet.store.network_settings import MOST_AREAS
from tests.indicators import intruder
from tests.indicators.intruder import FAMILIES, Attack, Family, Form, Knowledge

SEEDS = int(os.environ.get("ANCHORNET_INTRUDER_SEEDS", "2"))
THOROUGH = SEEDS > 2
ATTACKS = 20 if THOROUGH else 6  # counts, of each intruder
INTRUDERS = 100 if THOROUGH else 2  # of a kind: single members, and pairs
ENOUGH = 4  # values
SIZES = (4, 6)  # members; of fewer, people stay with the members they come from
NETWORKS = [
    (seed, members, family)
    for seed in range(1, SEEDS + 1)
    for members in SIZES
    for family in FAMILIES
]
if not THOROUGH:  # one of each size, and those who stay
    NETWORKS = [(1, 4, FAMILIES[0]), (2, 6, FAMILIES[0]), (1, 6, FAMILIES[-1])]


def secrets(known: Knowledge, own: tuple[str, ...]) -> dict[str, Form]:
    """The counts of 1 to 7 people of others than the intruder, each once."""
    others: dict[Form, tuple[str, Form]] = {}
    for name, form in sorted(known.targets.items()):
        rest = frozenset((place, times) for place, times in form if known.owner[place] not in own)
        some = frozenset((place, times) for place, times in rest if known.truth[place])
        if 1 <= known.value(rest) <= 7:
            others.setdefault(some, (name, rest))
    return dict(others.values())


def attack(
    known: Knowledge, settings: Settings, own: tuple[str, ...], chance: random.Random
) -> tuple[Counter[int], int]:
    """How many counts keep how many values, four standing for more; how often it was solved."""
    targets = secrets(known, own)
    if not targets:
        return Counter(), 0
    one = Attack(known, settings, own)
    values = {name: {known.value(form)} for name, form in targets.items()}
    one.wander(targets, values, chance, 4000)
    names = chance.sample(sorted(targets), min(ATTACKS, len(targets)))
    left = Counter(min(one.narrow(name, targets, values, ENOUGH), ENOUGH) for name in names)
    return left, one.solved


def outcome(left: Counter[int]) -> str:
    """`24 counts, 4 values or more, of 2 only 3`"""
    few = [f", of {left[number]} only {number}" for number in range(1, ENOUGH) if left[number]]
    return f"{left.total()} counts, {ENOUGH} values or more{''.join(few)}"


def intruders(members: int, chance: random.Random) -> dict[str, list[tuple[str, ...]]]:
    """Strangers, members' own people, and two members' together."""
    ids = [f"m{number}" for number in range(members)]
    single = [(member,) for member in ids]
    pairs = [*itertools.combinations(ids, 2)] if members > 2 else []
    return {
        "strangers": [()],
        "members": chance.sample(single, min(INTRUDERS, len(single))),
        "pairs": chance.sample(pairs, min(INTRUDERS, len(pairs))),
    }


@pytest.mark.parametrize(
    ("seed", "members", "family"), NETWORKS, ids=lambda it: getattr(it, "name", it)
)
def test_no_count_of_few_people_is_narrowed_to_fewer_than_three_values(
    tmp_path: Path,
    record_property: Callable[[str, object], None],
    seed: int,
    members: int,
    family: Family,
) -> None:
    chance = random.Random(seed)
    database = intruder.build(tmp_path / "network.duckdb", seed, members)
    known = intruder.learn(database, family, members)
    left = {}
    solved = 0
    for kind, each in intruders(members, chance).items():
        results = [attack(known, database.settings, own, chance) for own in each]
        left[kind] = sum((counts for counts, _ in results), Counter[int]())
        solved += sum(number for _, number in results)
    database.close()
    tried = (
        f"{known.asked:,} figures asked for, {len(known.truth):,} numbers behind them, the solver "
        f"asked {solved:,} times; "
        + "; ".join(f"{kind}: {outcome(counts)}" for kind, counts in left.items() if counts)
    )
    record_property("tried", tried)
    print(tried)  # noqa: T201
    every = sum(left.values(), Counter[int]())
    assert left["strangers"].total() > 0
    assert min(every) >= 3, tried
    assert every[3] <= max(1, every.total() / 50), tried


AREAS = [*dict.fromkeys(intruder.AUTHORITIES.values())]


@pytest.mark.parametrize(
    ("seed", "members"),
    [(seed, size) for seed in range(1, SEEDS + 1) for size in SIZES][: None if THOROUGH else 1],
)
def test_nor_is_it_where_the_coordinator_chooses_one_area_after_another(
    tmp_path: Path, record_property: Callable[[str, object], None], seed: int, members: int
) -> None:
    """As many as a network with returns may have: the second is one authority larger."""
    chance = random.Random(seed)
    homes = [*intruder.AUTHORITIES, next(iter(intruder.AUTHORITIES)), "outside", "not_known"]
    areas = [AREAS[:1], AREAS[:2]]
    settings = replace(
        settings_.load(environment={}), area=tuple(areas[0]), wider_area=tuple(sorted(AREAS[1:]))
    )
    database = intruder.build(tmp_path / "network.duckdb", seed, members, settings, homes)
    windows = [*WINDOWS] if THOROUGH else ["month"]
    known = intruder.learn_areas(database, members, areas, windows)
    left: Counter[int] = Counter()
    for own in [
        (),
        *chance.sample([(f"m{number}",) for number in range(members)], 1),
        ("m0", "m1"),
    ]:
        left += attack(known, database.settings, own, chance)[0]
    database.close()
    tried = f"{len(areas)} areas, {known.asked:,} figures asked for: {outcome(left)}"
    record_property("tried", tried)
    print(tried)  # noqa: T201
    assert len(areas) == MOST_AREAS
    assert min(left) >= 3, tried
    assert left[3] <= max(1, left.total() / 50), tried


@pytest.mark.parametrize("members", [2, 3])
def test_in_a_smaller_network_nothing_of_people_is_shown(tmp_path: Path, members: int) -> None:
    database = intruder.build(tmp_path / "network.duckdb", 1, members)
    for family in (FAMILIES[0], FAMILIES[-1]):
        shown = intruder.seen_of(database, family)
        assert len(shown) > 100
        assert {*shown} == {KEPT, "–"}
    database.close()


def test_the_intruder_gets_through_rounding_and_stars_alone(tmp_path: Path) -> None:
    plain = tmp_path / "plain.csv"
    lines = [f"{count},{'2' * KEY_VALUES}" for count in range(4)]
    plain.write_text("\n".join(["count,noise", *lines]))
    settings = replace(settings_.load(environment={}), noise_table=plain)
    database = intruder.build(tmp_path / "network.duckdb", 1, 4, settings)
    known = intruder.learn(database, FAMILIES[0], 4)
    left, _ = attack(known, settings, ("m0",), random.Random(1))
    database.close()
    assert min(left) < 3
