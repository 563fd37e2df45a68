"""The access table, cell by cell."""

from dataclasses import replace

import pytest

from anchornet.access import (
    ACCESS,
    ACTIONS,
    MEMBER_ROLES,
    ROLES,
    WORK,
    Person,
    allowed,
    sample_people,
    why_not_approve,
)
from anchornet.store.database import Database
from anchornet.store.people import record_person


def person(role: str, member_id: str | None = None) -> Person:
    return Person("someone@sample.invalid", "Someone", frozenset({role}), member_id)


def test_everyone_sees_the_networks_figures_but_who_is_there_for_needs() -> None:
    seeing = {role for role in ROLES if allowed(person(role), "see_network_figures")}
    assert seeing == {*ROLES} - {"vcse_infrastructure"}
    theirs = {name for name in ACTIONS if allowed(person("vcse_infrastructure"), name)}
    assert theirs == {"see_needs", "introduce_needs", "add_needs"}


def test_needs_are_seen_by_everyone_and_added_by_who_speaks_for_the_organisations() -> None:
    assert all(allowed(person(role), "see_needs") for role in ROLES)
    adding = {role for role in ROLES if allowed(person(role, "council"), "add_needs")}
    assert adding == {"vcse_infrastructure", "coordinator"}
    introducing = {role for role in ROLES if allowed(person(role, "council"), "introduce_needs")}
    assert introducing == {"vcse_infrastructure", "coordinator", "member_contributor"}


def test_a_contributor_sends_for_their_own_member_only() -> None:
    contributor = person("member_contributor", "council")
    assert allowed(contributor, "send_return")
    assert allowed(contributor, "send_return", "council")
    assert not allowed(contributor, "send_return", "hospital")


@pytest.mark.parametrize("role", ["member_viewer", "delivery_group", "comms", "coordinator"])
def test_nobody_else_sends(role: str) -> None:
    assert not allowed(person(role, "council"), "send_return", "council")
    assert not allowed(person(role, "council"), "send_return")


@pytest.mark.parametrize("role", ["member_contributor", "member_viewer"])
def test_a_members_people_see_its_detail_and_no_other_members(role: str) -> None:
    assert allowed(person(role, "council"), "see_member_detail", "council")
    assert not allowed(person(role, "council"), "see_member_detail", "hospital")


@pytest.mark.parametrize("role", ["delivery_group", "comms", "coordinator"])
def test_nobody_else_sees_a_members_detail(role: str) -> None:
    assert not allowed(person(role), "see_member_detail", "council")


def test_a_contributor_without_a_member_sends_nothing() -> None:
    assert not allowed(person("member_contributor"), "send_return")
    assert not allowed(person("member_contributor"), "send_return", "council")


def test_contributors_and_the_coordinator_add_suppliers() -> None:
    adding = {role for role in ROLES if allowed(person(role, "council"), "add_organisations")}
    assert adding == {"member_contributor", "coordinator"}
    keeping = {role for role in ROLES if allowed(person(role, "council"), "keep_organisations")}
    assert keeping == {"coordinator"}
    assert not allowed(person("member_contributor"), "add_organisations")


def test_the_delivery_group_acts_and_the_coordinator_sets_what_it_is_held_to() -> None:
    def who(action: str) -> set[str]:
        return {role for role in ROLES if allowed(person(role, "council"), action)}

    assert who("record_action") == {"delivery_group", "coordinator"}
    assert who("write_stories") == {"member_contributor", "comms", "coordinator"}
    assert who("approve_stories") == {"comms", "coordinator"}
    assert who("set_targets") == who("run_network") == {"coordinator"}


def test_several_roles_add_up() -> None:
    both = Person(
        "someone@sample.invalid", "Someone", frozenset({"comms", "member_contributor"}), "council"
    )
    assert allowed(both, "send_return", "council")


def test_an_unknown_action_is_a_fault_and_never_allowed() -> None:
    with pytest.raises(KeyError):
        allowed(person("coordinator"), "see_everything")


def test_every_action_is_in_the_table_with_its_words() -> None:
    assert list(ACTIONS) == list(ACCESS)
    assert all(ACTIONS.values())
    assert {role for roles in ACCESS.values() for role in roles} == set(ROLES)
    assert {scope for roles in ACCESS.values() for scope in roles.values()} == {"network", "own"}
    for action, roles in ACCESS.items():
        held_for_a_member = {role for role, scope in roles.items() if scope == "own"}
        assert held_for_a_member <= set(MEMBER_ROLES), action


def test_everybody_who_can_be_chosen_says_what_they_are_there_for() -> None:
    assert list(WORK) == list(ROLES)


def test_sample_people_cover_every_role_and_both_members() -> None:
    people = sample_people([("council", "Sample Council"), ("hospital", "Sample Hospital")])
    assert {role for someone in people for role in someone.roles} == set(ROLES)
    assert [it.member_id for it in people if "member_contributor" in it.roles] == [
        "council",
        "hospital",
    ]
    assert len({it.email for it in people}) == len(people)


def test_a_contributor_writes_stories_of_their_own_member_only() -> None:
    contributor = person("member_contributor", "council")
    assert allowed(contributor, "write_stories", "council")
    assert not allowed(contributor, "write_stories", "hospital")


def test_who_made_something_does_not_approve_it_where_somebody_else_may(
    database: Database,
) -> None:
    def why(made_by: str, by: str) -> str | None:
        return why_not_approve(database, "approve_figures", made_by, by)

    record_person(database, "c@example.org", "Ada Sample", {("comms", None)}, by="x")
    record_person(database, "g@example.org", "Group Sample", {("delivery_group", None)}, by="x")
    assert why("c@example.org", "c@example.org") is None  # nobody else may approve
    record_person(database, "k@example.org", "Kit Sample", {("coordinator", None)}, by="x")
    assert why("c@example.org", "c@example.org") == (
        "You made this, so somebody else approves it. Kit Sample can."
    )
    assert why("k@example.org", "c@example.org") is None
    database.settings = replace(database.settings, second_person_approves=False)
    assert why("c@example.org", "c@example.org") is None
