"""Who may sign in, and how: people, passwords, links, sign-ins and the trail they leave."""

from datetime import datetime, timedelta
from threading import Thread

import pytest

from anchornet.access import person_of
from anchornet.store import audit, authentication
from anchornet.store.authentication import SignInRefused
from anchornet.store.database import Database, append
from anchornet.store.network import NotPossible
from anchornet.store.people import (
    account,
    accounts,
    member_people,
    record_person,
    remove_person,
    role_changes,
    settle_role,
)

NOON = datetime(2026, 10, 1, 12)
ADA, CODE = "ada@example.org", "three quiet words"
BY = "coordinator@example.org"


@pytest.fixture
def ada(network: Database) -> Database:
    record_person(
        network, " Ada@Example.org ", "Ada  Sample", {("member_contributor", "council")}, by=BY,
        now=NOON,
    )  # fmt: skip
    authentication.set_password(network, ADA, CODE, by=BY, now=NOON)
    return network


def minutes(count: float) -> datetime:
    return NOON + timedelta(minutes=count)


def test_a_person_is_known_by_the_address_whatever_its_case(ada: Database) -> None:
    found = account(ada, "ADA@example.ORG")
    assert found
    assert (found.email, found.name) == (ADA, "Ada Sample")
    assert found.grants == {("member_contributor", "council")}
    assert accounts(ada) == [found]
    assert account(ada, "grace@example.org") is None


def test_roles_are_those_recorded_last_and_may_be_of_several_members(ada: Database) -> None:
    roles = {("member_viewer", "hospital"), ("member_viewer", "council"), ("comms", None)}
    record_person(ada, ADA, "Ada Sample", roles, by=BY, now=minutes(1))
    found = account(ada, ADA)
    assert found
    assert found.grants == roles
    record_person(
        ada, ADA, "Ada Sample", {("member_contributor", "council")}, by=BY, now=minutes(2)
    )
    found = account(ada, ADA)
    assert found
    # A role of a member's, once taken away, comes back by its word.
    assert (found.grants, found.asked) == (set(), {("member_contributor", "council")})


@pytest.mark.parametrize(
    ("email", "name", "grants"),
    [
        ("ada", "Ada", set()),
        ("ada@example", "Ada", set()),
        ("a da@example.org", "Ada", set()),
        (ADA, "  ", set()),
        (ADA, "Ada", {("member_viewer", "nowhere")}),
    ],
)
def test_what_cannot_be_is_refused_whole(
    network: Database, email: str, name: str, grants: set[tuple[str, str | None]]
) -> None:
    with pytest.raises(NotPossible):
        record_person(network, email, name, grants, by=BY)
    assert accounts(network) == []


def test_a_leaver_is_out_at_once_and_nothing_of_before_opens_the_door_again(ada: Database) -> None:
    token = authentication.sign_in(ada, ADA, CODE, now=minutes(1))
    link = authentication.make_link(ada, ADA, by=BY, now=minutes(1))
    remove_person(ada, ADA, by=BY, now=minutes(2))
    assert account(ada, ADA) is None
    assert authentication.signed_in(ada, token, now=minutes(3)) is None
    with pytest.raises(SignInRefused):
        authentication.sign_in(ada, ADA, CODE, now=minutes(3))
    record_person(ada, ADA, "Ada Sample", set(), by=BY, now=minutes(4))
    found = account(ada, ADA)
    assert found
    assert found.grants == frozenset()
    with pytest.raises(SignInRefused):
        authentication.sign_in(ada, ADA, CODE, now=minutes(5))
    with pytest.raises(SignInRefused):
        authentication.use_link(ada, link, now=minutes(5))


def test_the_right_password_signs_in_and_the_sign_in_ends_by_itself(ada: Database) -> None:
    token = authentication.sign_in(ada, " ADA@example.org", CODE, now=NOON)
    found = authentication.signed_in(ada, token, now=minutes(12 * 60 - 1))
    assert found
    assert found.email == ADA
    assert found.made_at == NOON
    assert authentication.signed_in(ada, token, now=minutes(12 * 60)) is None
    assert authentication.signed_in(ada, "", now=NOON) is None
    assert authentication.signed_in(ada, token[:-1], now=NOON) is None


def test_signing_out_ends_this_sign_in_and_no_other(ada: Database) -> None:
    first, second = (authentication.sign_in(ada, ADA, CODE, now=NOON) for _ in range(2))
    authentication.sign_out(ada, first, now=minutes(1))
    assert authentication.signed_in(ada, first, now=minutes(2)) is None
    assert authentication.signed_in(ada, second, now=minutes(2)) is not None


def test_a_new_password_ends_the_sign_ins_made_with_the_old_one(ada: Database) -> None:
    token = authentication.sign_in(ada, ADA, CODE, now=NOON)
    authentication.set_password(ada, ADA, "four other quiet words", by=ADA, now=minutes(1))
    assert authentication.signed_in(ada, token, now=minutes(2)) is None
    with pytest.raises(SignInRefused):
        authentication.sign_in(ada, ADA, CODE, now=minutes(2))
    assert authentication.sign_in(ada, ADA, "four other quiet words", now=minutes(2))


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "i am ada, really", "x" * 201])
def test_a_password_that_is_easily_guessed_is_refused(ada: Database, password: str) -> None:
    with pytest.raises(NotPossible):
        authentication.set_password(ada, ADA, password, by=BY)


def test_a_short_name_in_the_middle_of_a_word_makes_no_password_easy(network: Database) -> None:
    for email, password in (("c@example.org", CODE), ("tim@example.org", "sometimes a quiet hour")):
        record_person(network, email, "Somebody", [("coordinator", None)], by=BY)
        authentication.set_password(network, email, password, by=BY, now=NOON)
        assert authentication.sign_in(network, email, password, now=NOON)


def guess(network: Database, client: str, seconds: float, email: str = ADA) -> str:
    """Why a wrong password is refused, so many seconds after noon."""
    with pytest.raises(SignInRefused) as refused:
        authentication.sign_in(
            network, email, "wrong, wrong, wrong", client=client, now=minutes(seconds / 60)
        )
    return str(refused.value)


def test_wrong_passwords_slow_their_own_address_down_and_shut_nobody_out(ada: Database) -> None:
    for second in range(5):
        assert "not right" in guess(ada, "192.0.2.7", second)
    assert guess(ada, "192.0.2.7", 4.5) == "Too many attempts. Try again in 1 second."
    # Whoever's mail address it is signs in from elsewhere, and from there once it is over.
    assert authentication.sign_in(ada, ADA, CODE, client="192.0.2.8", now=minutes(5 / 60))
    assert "not right" in guess(ada, "192.0.2.7", 5)
    assert guess(ada, "192.0.2.7", 6) == "Too many attempts. Try again in 1 second."
    for second in (8, 12, 20, 36, 68, 128, 188):
        assert "not right" in guess(ada, "192.0.2.7", second), second
    assert guess(ada, "192.0.2.7", 190) == "Too many attempts. Try again in 58 seconds."
    assert authentication.sign_in(ada, ADA, CODE, client="192.0.2.7", now=minutes(248 / 60))


def test_one_network_of_version_6_is_one_place_whatever_addresses_it_uses(ada: Database) -> None:
    for number in range(5):
        guess(ada, f"2001:db8:1:2::{number:x}", 0, f"{number}@example.org")
    assert "Too many" in guess(ada, "2001:db8:1:2:ffff::1", 0)
    assert "not right" in guess(ada, "2001:db8:1:3::1", 0)


def test_a_clock_that_goes_back_leaves_nobody_waiting(ada: Database) -> None:
    for second in range(9):
        guess(ada, "192.0.2.7", 1000 + 60 * second)
    assert "not right" in guess(ada, "192.0.2.7", 0)


def test_a_stranger_and_a_wrong_password_are_refused_in_the_same_words(ada: Database) -> None:
    for email in (ADA, "grace@example.org"):
        with pytest.raises(SignInRefused, match=r"^The address or the password is not right\.$"):
            authentication.sign_in(ada, email, "wrong, wrong, wrong", now=NOON)


def test_a_link_signs_in_once_and_for_half_an_hour(ada: Database) -> None:
    link = authentication.make_link(ada, ADA, by=BY, now=NOON)
    token = authentication.use_link(ada, link, now=minutes(29))
    assert authentication.signed_in(ada, token, now=minutes(29)) is not None
    with pytest.raises(SignInRefused):
        authentication.use_link(ada, link, now=minutes(29))
    late = authentication.make_link(ada, ADA, by=BY, now=NOON)
    with pytest.raises(SignInRefused):
        authentication.use_link(ada, late, now=minutes(30))
    # One key doesn't fit the other lock.
    assert (
        authentication.signed_in(ada, authentication.make_link(ada, ADA, by=BY, now=NOON), now=NOON)
        is None
    )
    with pytest.raises(SignInRefused):
        authentication.use_link(ada, token, now=minutes(29))


def test_an_invitation_works_for_a_week_and_until_another_link_was_used(network: Database) -> None:
    record_person(network, ADA, "Ada Sample", {("comms", None)}, by=BY, now=NOON)
    first, second, third = (authentication.invite(network, ADA, by=BY, now=NOON) for _ in range(3))
    week = NOON + timedelta(days=7)
    with pytest.raises(SignInRefused):
        authentication.use_link(network, first, now=week)
    assert authentication.use_link(network, second, now=week - timedelta(minutes=1))
    with pytest.raises(SignInRefused):
        authentication.use_link(network, third, now=week - timedelta(minutes=1))
    # Who has been in gets a short one.
    assert authentication.link_life(network, ADA) == timedelta(minutes=30)


def test_a_link_spares_the_current_password_only_for_as_long_as_links_work(ada: Database) -> None:
    link = authentication.make_link(ada, ADA, by=BY, now=NOON)
    token = authentication.use_link(ada, link, now=minutes(1))
    new = "four other quiet words"
    with pytest.raises(SignInRefused, match="current password"):
        authentication.choose_password(ada, token, "", new, now=minutes(31))
    choosing = authentication.choose_password(ada, token, CODE, new, now=minutes(31))
    (held,) = authentication.sign_ins(ada, ADA, now=minutes(32))
    assert (held.made_at, held.how) == (minutes(31), "password")
    authentication.sign_out_everywhere(ada, ADA, by=BY, now=minutes(33))
    assert authentication.signed_in(ada, choosing, now=minutes(34)) is None
    assert authentication.sign_ins(ada, now=minutes(34)) == []
    assert audit.trail(ada)["did"][0] == "signed out everywhere"


def test_of_many_who_use_one_link_at_once_one_gets_in(ada: Database) -> None:
    link = authentication.make_link(ada, ADA, by=BY, now=NOON)
    got: list[str] = []

    def use() -> None:
        try:
            got.append(authentication.use_link(ada, link, now=minutes(1)))
        except SignInRefused:
            got.append("")

    together = [Thread(target=use) for _ in range(8)]
    for it in together:
        it.start()
    for it in together:
        it.join()
    assert len([token for token in got if token]) == 1
    assert len(got) == 8


def test_nothing_that_opens_the_door_is_in_the_database(ada: Database) -> None:
    token = authentication.sign_in(ada, ADA, CODE, now=NOON)
    link = authentication.make_link(ada, ADA, by=BY, now=NOON)
    with ada.cursor() as cursor:
        kept = ""
        for table in ("people", "grants", "passwords", "keys", "keys_spent", "audit"):
            kept += repr(cursor.execute(f"from {table}").fetchall())
    assert ADA in kept
    assert "$argon2id$" in kept
    assert not any(secret in kept for secret in (CODE, token, link))


def test_signing_in_leaves_a_trail_and_changes_no_figure(ada: Database) -> None:
    version = ada.version()
    with pytest.raises(SignInRefused):
        authentication.sign_in(
            ada, "eve@example.org", "wrong, wrong, wrong", client="192.0.2.7", now=minutes(1)
        )
    authentication.sign_out(
        ada,
        authentication.sign_in(ada, ADA, CODE, client="192.0.2.8", now=minutes(2)),
        now=minutes(3),
    )
    assert ada.version() == version
    found = audit.trail(ada, minutes(1)).to_numpy().tolist()
    assert [row[1:4] for row in found] == [
        [ADA, "signed out", ""],
        [ADA, "signed in", "with a password, from 192.0.2.8"],
        ["eve@example.org", "was refused", "wrong address or password, from 192.0.2.7"],
    ]
    whole = audit.trail(ada)
    assert {"gave a role", "recorded a person", "set a password"} <= set(whole["did"])
    assert audit.forget(ada, now=minutes(2) + timedelta(days=730)) == 2  # the password, the refusal
    assert len(audit.trail(ada, minutes(1))) == 2


def test_what_is_not_in_the_list_of_deeds_is_a_fault(network: Database) -> None:
    with pytest.raises(ValueError, match="danced"):
        audit.note(network, ADA, "danced")


# --- a member's word ---

EVE = "eve@example.org"


def test_nobody_is_the_coordinator_and_one_of_a_members_people(ada: Database) -> None:
    both = {("coordinator", None), ("member_viewer", "council")}
    with pytest.raises(NotPossible, match="choose one"):
        record_person(ada, BY, "Carol Sample", both, by=BY)
    with ada.writing(quietly=True) as cursor:  # as an older release let it be
        append(cursor, "people", BY, "Carol Sample", False, NOON, BY)
        for role, member_id in both:
            append(cursor, "grants", BY, role, member_id, True, NOON, BY)
    found = account(ada, BY)
    assert found
    person = person_of(found, "council")
    assert (person.roles, person.member_id, person.others) == ({"coordinator"}, None, ())


def test_a_members_roles_after_the_first_contributor_take_its_word(ada: Database) -> None:
    viewer = ("member_viewer", "council")
    asked = record_person(ada, EVE, "Eve Sample", {viewer, ("comms", None)}, by=BY)
    assert (asked.grants, asked.asked) == ({("comms", None)}, {viewer})
    assert account(ada, EVE) == asked
    assert [(it.email, it.grants, it.asked) for it in member_people(ada, "council")] == [
        (ADA, {("member_contributor", "council")}, set()),
        (EVE, set(), {viewer}),
    ]
    settle_role(ada, "council", EVE, "member_viewer", True, by=ADA)
    found = account(ada, EVE)
    assert found
    assert (found.grants, found.asked) == ({viewer, ("comms", None)}, set())
    with pytest.raises(NotPossible, match="any more"):
        settle_role(ada, "council", EVE, "member_viewer", True, by=ADA)
    # Another member's first one needs nobody's word; taking away never does.
    assert (
        record_person(ada, EVE, "Eve", {("member_contributor", "hospital")}, by=BY).asked == set()
    )
    # Who takes all contributors of a member away still needs its word for new ones.
    remove_person(ada, ADA, by=BY)
    assert (
        record_person(ada, EVE, "Eve", {("member_contributor", "council")}, by=BY).grants == set()
    )
    did = list(role_changes(ada, "council")["did"])
    assert did.count("asked for a role") == 2
    assert {"gave a role", "took a role", "settled a role", "set a password"} <= set(did)


def test_a_refused_role_and_one_that_was_taken_back_are_not_given(ada: Database) -> None:
    viewer = ("member_viewer", "council")
    record_person(ada, EVE, "Eve Sample", {viewer}, by=BY)
    settle_role(ada, "council", EVE, "member_viewer", False, by=ADA)
    found = account(ada, EVE)
    assert found
    assert (found.grants, found.asked) == (set(), set())
    record_person(ada, EVE, "Eve Sample", {viewer}, by=BY)
    record_person(ada, EVE, "Eve Sample", set(), by=BY)
    with pytest.raises(NotPossible, match="any more"):
        settle_role(ada, "council", EVE, "member_viewer", True, by=ADA)


def test_the_coordinator_makes_no_link_for_a_members_person_who_has_been_in(
    network: Database,
) -> None:
    record_person(network, ADA, "Ada Sample", {("member_contributor", "council")}, by=BY)
    first = authentication.invite(network, ADA, by=BY)
    assert authentication.invite(network, ADA, by=BY) != first  # the first may have got lost
    authentication.use_link(network, first)
    # Nobody else of the member could, so the coordinator does; she sees that they did.
    assert authentication.invite(network, ADA, by=BY)
    assert [by for _, by in authentication.links_made(network, ADA)] == [BY, BY, BY]
    second = "second@example.org"
    record_person(network, second, "Second", {("member_contributor", "council")}, by=BY)
    settle_role(network, "council", second, "member_contributor", True, by=ADA)
    with pytest.raises(NotPossible, match="made by a contributor of the member"):
        authentication.invite(network, ADA, by=BY)
    remove_person(network, second, by=BY)
    record_person(network, EVE, "Eve Sample", {("comms", None)}, by=BY)
    authentication.use_link(network, authentication.invite(network, EVE, by=BY))
    assert authentication.invite(network, EVE, by=BY)
    # The member's contributors do, and for nobody who holds more than its roles.
    assert authentication.make_member_link(network, "council", ADA, by=ADA)
    for member_id, email in (("hospital", ADA), ("council", EVE), ("council", "no@example.org")):
        with pytest.raises(NotPossible):
            authentication.make_member_link(network, member_id, email, by=ADA)
