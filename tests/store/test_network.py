from datetime import date, datetime
from typing import Any

import pytest

from anchornet.store.database import Database, utc_now
from anchornet.store.network import (
    DueDates,
    NewMember,
    NotPossible,
    add_member,
    due_dates,
    is_sample,
    mark_sample,
    members,
    read_members,
    remember_mapping,
    remembered_mapping,
    remove_member,
    set_due_dates,
)
from anchornet.store.people import record_person
from anchornet.store.targets import Target, record_targets

SEPTEMBER = date(2026, 9, 1)


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
        ({"successor_id": "hospital"}, "Say the last day of college"),
        ({"name": "sample hospital", "new": True}, "Sample Hospital is a member already"),
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


def test_a_member_added_by_mistake_leaves_the_list_and_was_there_before(network: Database) -> None:
    before = utc_now()
    remove_member(network, "hospital", by="x")
    assert list(members(network)["member_id"]) == ["council"]
    assert set(members(network, before)["member_id"]) == {"council", "hospital"}
    with pytest.raises(NotPossible, match="no member hospital"):
        remove_member(network, "hospital", by="x")
    add_member(network, "hospital", "Sample Hospital", "nhs", org_id="GB-NHS-X1", new=True)
    assert set(members(network)["member_id"]) == {"council", "hospital"}


def test_a_member_with_people_or_a_target_stays(network: Database) -> None:
    record_person(network, "a@b.co", "Ada", {("member_viewer", "council")}, by="x")
    with pytest.raises(NotPossible, match="has people"):
        remove_member(network, "council", by="x")
    target = Target("spend", date(2027, 1, 1), 5.0, "hospital", date(2026, 1, 1), 1.0)
    record_targets(network, [target], by="x")
    with pytest.raises(NotPossible, match="has a target"):
        remove_member(network, "hospital", by="x")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Town Council", [NewMember("Town Council")]),
        ("Town Council, council, gb-lae-x", [NewMember("Town Council", "council", "GB-LAE-X")]),
        (
            "Organisation\tKind\tID\nTown, Council\tHousing Association\t\n\n  \nPort\tPort",
            [NewMember("Town, Council", "housing_association"), NewMember("Port")],
        ),
        ('"Town, Port";Fire and Rescue', [NewMember("Town, Port", "fire")]),
        ("Name", []),
        ("Port\nName", [NewMember("Port"), NewMember("Name")]),
        ("", []),
    ],
)
def test_members_are_read_as_typed_or_pasted(text: str, read: list[NewMember]) -> None:
    assert read_members(text) == read
