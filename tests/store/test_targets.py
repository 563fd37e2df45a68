"""Targets: recorded, read back, and loaded from a file."""

from datetime import date, datetime

import pytest

from anchornet.store.database import Database
from anchornet.store.network import LoadError, NotPossible
from anchornet.store.targets import (
    Target,
    load_targets,
    record_targets,
    remove_target,
    target_history,
    target_table,
    targets,
)

SEPTEMBER, DECEMBER = date(2025, 9, 1), date(2026, 12, 1)
INDICATORS = ["spend", "starts", "local_start_share"]
HEADINGS = "indicator,member_id,baseline_period,baseline,target_period,target,tolerance,profile\n"


def test_targets_are_read_from_a_file_as_people_write_one(network: Database) -> None:
    data = HEADINGS + (
        'workers_uplifted,,2025-09,"5,000",2026-12,"6,056",,\n'
        "local_start_share,council,2025-09,38%,2026-12,45%,5%,\n"
        "spend,,,,2026-12,£1200000,0.2,2026-11=1000000; 2026-12=£1200000\n"
    )
    assert load_targets(network, data.encode(), by="coordinator") == 3
    assert targets(network) == [
        Target("local_start_share", DECEMBER, 0.45, "council", SEPTEMBER, 0.38, None, 0.05),
        Target(
            "spend",
            DECEMBER,
            1_200_000,
            profile={date(2026, 11, 1): 1_000_000, DECEMBER: 1_200_000},
            tolerance=0.2,
        ),
        Target("workers_uplifted", DECEMBER, 6056, None, SEPTEMBER, 5000),
    ]


def test_a_target_loaded_again_is_the_one_that_holds_and_the_earlier_one_stays(
    network: Database,
) -> None:
    for target, moment in (("100", datetime(2026, 1, 1)), ("120", datetime(2026, 2, 1))):
        row = f"starts,,2025-09,50,2026-12,{target},,\n"
        load_targets(network, (HEADINGS + row).encode(), by="coordinator", now=moment)
    assert [it.target for it in targets(network)] == [120]
    assert [it.target for it in targets(network, datetime(2026, 1, 15))] == [100]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("starts,,2025-09,50,2026-12,,,", "indicator, target_period and target can't be blank"),
        ("starts,,,,2026-12,100,,", "give a baseline and its month for a straight line"),
        ("starts,,2025-09,many,2026-12,100,,", "baseline should be a number, and is 'many'"),
        ("starts,,2025-09,50,12/26,100,,", "'12/26' is not a month. Write it as 2026-09"),
        ("starts,,2026-12,50,2026-12,100,,", "the baseline's month should be before the target's"),
        ("starts,,2025-09,50,2026-12,100,12,", "tolerance is a share"),
        ("starts,,2025-09,50,2026-12,100,,2027-01=90", "the profile should end by the target's"),
        ("starts,,2025-09,50,2026-12,100,,March", "write profile as 2026-09=120;2026-10=130"),
        ("local_start_share,,2025-09,38%,2026-12,45,,", "Write 45% or 0.45, and not 45"),
        ("starts,nobody,2025-09,50,2026-12,100,,", "there is no member nobody. Add it first"),
        (
            "statrs,,2025-09,50,2026-12,100,,",
            "'statrs' is not an indicator. Indicators: local_start_share, spend,",
        ),
    ],
)
def test_each_fault_of_a_targets_file_is_told_with_its_line(
    network: Database, row: str, said: str
) -> None:
    good = "spend,,2025-09,50,2026-12,100,,\n"
    data = (HEADINGS + good + row + "\n").encode()
    with pytest.raises(LoadError) as told:
        load_targets(network, data, by="coordinator", indicators=INDICATORS, shares=INDICATORS[2:])
    assert len(told.value.sentences) == 1
    assert told.value.sentences[0].startswith("Line 3: ")
    assert said in told.value.sentences[0]
    assert targets(network) == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"indicator,target\nspend,100\n", "There is no column target_period"),
        (HEADINGS.encode(), "no targets under them"),
        (b"%PDF-1.7 \x00\x01", "PDF"),
        (
            (HEADINGS + "spend,,2025-09,50,2026-12,100,,\n" * 2).encode(),
            "Line 3: the same indicator and member as line 2",
        ),
    ],
)
def test_a_targets_file_that_can_not_be_used_says_why(
    network: Database, data: bytes, said: str
) -> None:
    with pytest.raises(LoadError, match=said):
        load_targets(network, data, by="coordinator")


def test_a_file_of_the_targets_that_hold_can_be_loaded_again(network: Database) -> None:
    given = [
        Target("local_start_share", DECEMBER, 0.45, "council", SEPTEMBER, 0.38, None, 0.05),
        Target("spend", DECEMBER, 0.1 + 0.2, profile={date(2026, 11, 1): 1e6}),
    ]
    record_targets(network, given, by="coordinator")
    file = target_table(targets(network)).to_csv(index=False)
    assert "2026-11=1000000" in file
    load_targets(network, file.encode(), by="coordinator")
    assert targets(network) == given


def test_the_history_of_a_target_says_who_changed_it_and_when(network: Database) -> None:
    days = [datetime(2026, month, 1) for month in (1, 2, 3)]
    network_own, members = (
        Target("starts", DECEMBER, value, member, SEPTEMBER, 50)
        for value, member in ((100, None), (9, "hospital"))
    )
    record_targets(network, [network_own, members], by="a", now=days[0])
    remove_target(network, "starts", by="b", now=days[1])
    assert targets(network) == [members]
    assert targets(network, days[0]) == [network_own, members]
    record_targets(network, [network_own], by="c", now=days[2])
    assert target_history(network, "starts") == [
        (days[2], "c", network_own),
        (days[1], "b", None),
        (days[0], "a", network_own),
    ]
    assert target_history(network, "starts", "hospital") == [(days[0], "a", members)]


def test_a_target_that_is_not_there_can_not_be_taken_away(network: Database) -> None:
    with pytest.raises(NotPossible, match="There is no target for starts"):
        remove_target(network, "starts", by="coordinator")


def test_a_target_is_a_plain_number() -> None:
    with pytest.raises(NotPossible, match="plain numbers"):
        Target("starts", DECEMBER, float("nan"), None, SEPTEMBER, 50)
