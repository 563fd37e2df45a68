from datetime import date, datetime
from typing import Any

import pytest

from anchornet.store.database import Database
from anchornet.store.network import (
    DueDates,
    LoadError,
    NotPossible,
    add_member,
    due_dates,
    is_sample,
    load_targets,
    mark_sample,
    members,
    remember_mapping,
    remembered_mapping,
    set_due_dates,
)

SEPTEMBER = date(2026, 9, 1)
HEADINGS = "indicator,member_id,baseline_period,baseline,target_period,target,tolerance,profile\n"


def targets(network: Database, as_at: datetime | None = None) -> list[tuple[Any, ...]]:
    with network.cursor() as cursor:
        return cursor.execute(
            "select indicator, member_id, baseline_period, baseline, target_period, target, "
            "tolerance, profile from current_targets(?) order by indicator, member_id",
            [as_at],
        ).fetchall()


def test_members_are_listed_by_name_with_what_is_known_of_them(network: Database) -> None:
    found = members(network).to_dict("records")
    assert [member["member_id"] for member in found] == ["council", "hospital"]
    assert found[1] == {
        "member_id": "hospital",
        "name": "Sample Hospital",
        "kind": "nhs",
        "org_id": "GB-NHS-X1",
        "starts_on": None,
        "ends_on": None,
        "successor_id": None,
    }


def test_a_member_that_changes_keeps_its_past(network: Database) -> None:
    add_member(
        network,
        "hospital",
        "Sample Hospitals Group",
        "nhs",
        org_id="GB-NHS-X1",
        ends_on=date(2026, 9, 30),
        successor_id="council",
        now=datetime(2026, 5, 1),
    )
    assert list(members(network).name) == ["Sample City Council", "Sample Hospitals Group"]
    assert list(members(network, datetime(2026, 4, 30)).name)[1] == "Sample Hospital"
    assert list(members(network).ends_on) == [None, date(2026, 9, 30)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"member_id": "two words"}, "with no spaces"),
        ({"name": " "}, "needs a name"),
        ({"kind": "charity shop"}, "not a kind of member. Kinds: council, nhs"),
        ({"org_id": "R0A"}, "One looks like GB-NHS-R0A"),
        ({"org_id": "GB-NHS-X1"}, "is the org-id of Sample Hospital already"),
        ({"starts_on": date(2026, 2, 1), "ends_on": date(2026, 1, 1)}, "can't leave before it"),
        ({"successor_id": "nobody"}, "There is no member nobody"),
    ],
)
def test_a_member_that_can_not_be_is_refused_with_the_reason(
    network: Database, given: dict[str, Any], said: str
) -> None:
    details = {"member_id": "college", "name": "Sample College", "kind": "college"} | given
    with pytest.raises(NotPossible, match=said):
        add_member(network, **details)
    assert len(members(network)) == 2


def test_a_kind_is_read_as_it_is_written(network: Database) -> None:
    add_member(network, "homes", "Sample Homes", "Housing association")
    assert "housing_association" in set(members(network).kind)


def test_due_dates_count_from_the_last_day_of_the_period(network: Database) -> None:
    # 20, 45 and 120 days after 30 September
    expected = DueDates(date(2026, 10, 20), date(2026, 11, 14), date(2027, 1, 28))
    assert due_dates(network, SEPTEMBER) == expected


def test_a_period_can_have_dates_of_its_own(network: Database) -> None:
    own = DueDates(date(2026, 10, 23), date(2026, 11, 14), date(2027, 1, 28))
    set_due_dates(network, SEPTEMBER, own, by="coordinator")
    assert due_dates(network, SEPTEMBER) == own
    assert due_dates(network, date(2026, 8, 1)).due_on == date(2026, 9, 20)


def test_dates_in_the_wrong_order_are_refused(network: Database) -> None:
    wrong = DueDates(date(2026, 10, 23), date(2026, 10, 14), date(2027, 1, 28))
    with pytest.raises(NotPossible, match="follow one another"):
        set_due_dates(network, SEPTEMBER, wrong, by="coordinator")


def test_a_mapping_is_remembered_for_a_member_and_return(network: Database) -> None:
    remember_mapping(network, "council", "spend", {"paid_on": "Pay date"}, by="a")
    remember_mapping(network, "council", "spend", {"paid_on": "Payment date"}, by="a")
    assert remembered_mapping(network, "council", "spend") == {"paid_on": "Payment date"}
    assert remembered_mapping(network, "council", "retention") is None
    assert remembered_mapping(network, "hospital", "spend") is None


def test_a_network_is_a_sample_only_when_it_says_so(network: Database) -> None:
    assert not is_sample(network)
    mark_sample(network)
    assert is_sample(network)


def test_targets_are_read_from_a_file_as_people_write_one(network: Database) -> None:
    data = HEADINGS + (
        'workers_uplifted,,2025-09,"5,000",2026-12,"6,056",,\n'
        "local_start_share,council,2025-09,38%,2026-12,45%,5%,\n"
        "spend,,,,2026-12,£1200000,0.2,2026-11=1000000; 2026-12=£1200000\n"
    )
    assert load_targets(network, data.encode(), by="coordinator") == 3
    profile = '{"2026-11": 1000000.0, "2026-12": 1200000.0}'
    assert targets(network) == [
        ("local_start_share", "council", date(2025, 9, 1), 0.38, date(2026, 12, 1), 0.45, 0.05,
         None),
        ("spend", None, None, None, date(2026, 12, 1), 1_200_000, 0.2, profile),
        ("workers_uplifted", None, date(2025, 9, 1), 5000, date(2026, 12, 1), 6056, None, None),
    ]  # fmt: skip


def test_a_target_loaded_again_is_the_one_that_holds_and_the_earlier_one_stays(
    network: Database,
) -> None:
    for target, moment in (("100", datetime(2026, 1, 1)), ("120", datetime(2026, 2, 1))):
        row = f"starts,,2025-09,50,2026-12,{target},,\n"
        load_targets(network, (HEADINGS + row).encode(), by="coordinator", now=moment)
    assert [row[5] for row in targets(network)] == [120]
    assert [row[5] for row in targets(network, datetime(2026, 1, 15))] == [100]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("starts,,2025-09,50,2026-12,,,", "indicator, target_period and target can't be blank"),
        ("starts,,,,2026-12,100,,", "give baseline_period and baseline for a straight line"),
        ("starts,,2025-09,many,2026-12,100,,", "baseline should be a number, and is 'many'"),
        ("starts,,2025-09,50,12/26,100,,", "'12/26' is not a month. Write it as 2026-09"),
        ("starts,,2026-12,50,2026-12,100,,", "baseline_period should be before target_period"),
        ("starts,,2025-09,50,2026-12,100,12,", "tolerance is a share"),
        ("starts,,2025-09,50,2026-12,100,,March", "write profile as 2026-09=120;2026-10=130"),
        ("starts,nobody,2025-09,50,2026-12,100,,", "there is no member nobody. Add it first"),
        ("statrs,,2025-09,50,2026-12,100,,", "'statrs' is not an indicator. Indicators: spend,"),
    ],
)
def test_each_fault_of_a_targets_file_is_told_with_its_line(
    network: Database, row: str, said: str
) -> None:
    good = "spend,,2025-09,50,2026-12,100,,\n"
    data = (HEADINGS + good + row + "\n").encode()
    with pytest.raises(LoadError) as told:
        load_targets(network, data, by="coordinator", indicators={"spend", "starts"})
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
