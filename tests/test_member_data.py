"""What is a member's own behind its check: every function × role × member, and none forgotten."""

import ast
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, datetime
from inspect import Parameter, isfunction, signature
from itertools import product
from typing import Any

import pandas as pd
import pytest

from anchornet import member_data
from anchornet.access import MEMBER_ROLES, READS, ROLES, SENDS, NotAllowed, Person, allowed
from anchornet.facts.build import add_member
from anchornet.intake import bulk_upload
from anchornet.intake.submit import submit
from anchornet.returns.declaration import RETURNS
from anchornet.setting_values import PROJECT
from anchornet.store import audit, stories
from anchornet.store.database import Database
from anchornet.store.network import NotPossible

Say = Callable[[str, object], None]
MEMBERS = ("council", "hospital", "university")
SEPTEMBER = date(2026, 9, 1)
# Functions that take a member or a receipt and give nothing that is a member's own, each with why.
OPEN = {
    "anchornet.store.audit.note": "writes what was done",
    "anchornet.store.audit.record": "writes what was done",
    "anchornet.store.actions.record_action": "an action of the delivery group about a figure",
    "anchornet.store.network.add_member": "the coordinator's list of members",
    "anchornet.store.network.remove_member": "the coordinator's list of members",
    "anchornet.store.network.require_member": "whether there is such a member",
    "anchornet.store.network.remembered_mapping": "asked by look and submit, which are checked",
    "anchornet.store.network.remembered_reading": "asked by look and submit, which are checked",
    "anchornet.intake.preview.reading_of": "asked by look and submit, which are checked",
    "anchornet.store.people.has_leave": "whether the coordinator has leave",
    "anchornet.store.sent_back.send_back": "the coordinator asks, and reads nothing",
    "anchornet.store.sent_back.take_back": "the coordinator asks no more",
    "anchornet.store.sent_back.waiting": "what the coordinator asked, for those who wrote it",
    "anchornet.store.submissions.receipt_of": "asked by the check itself, for whose it is",
    "anchornet.store.submissions.require_open": "whether a month takes returns",
    "anchornet.store.submissions.counted": "in the transaction of submit",
    "anchornet.store.submissions.counted_already": "in the transaction of submit",
    "anchornet.store.targets.remove_target": "targets are the coordinator's, and seen by all",
    "anchornet.store.targets.target_history": "targets are the coordinator's, and seen by all",
    "anchornet.indicators.supplier_places.coverage": "pounds of a member, which are figures",
    "anchornet.indicators.targets.status": "a status beside figures that are there",
}


def package() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every public function of the layers behind the check, by its full name."""
    for layer in ("store", "places", "intake", "indicators"):
        home = importlib.import_module(f"anchornet.{layer}")
        for found in pkgutil.iter_modules(home.__path__, f"anchornet.{layer}."):
            module = importlib.import_module(found.name)
            for name, function in vars(module).items():
                made_here = isfunction(function) and function.__module__ == module.__name__
                if made_here and not name.startswith("_"):
                    yield f"{found.name}.{name}", function


GUARDED = {
    name: function
    for name, function in vars(member_data).items()
    if isfunction(function) and hasattr(function, "__wrapped__")
}
BEHIND = {
    f"{function.__wrapped__.__module__}.{function.__wrapped__.__name__}"
    for function in GUARDED.values()
}


def test_every_function_that_takes_a_member_or_a_receipt_is_behind_the_door_or_says_why(
    record_property: Say,
) -> None:
    takes = {
        name
        for name, function in package()
        if {"member_id", "receipt"} & set(signature(function).parameters)
    }
    record_property(
        "tried",
        f"{len(takes)} functions take a member or a receipt, {len(BEHIND)} are checked",
    )
    assert takes - BEHIND == set(OPEN)
    assert {name for name, _ in package()} >= BEHIND
    assert len(BEHIND) == len(GUARDED)


def test_the_screen_asks_at_the_door_only(record_property: Say) -> None:
    wrong, looked = [], 0
    for path in [
        *PROJECT.glob("pages/*.py"),
        *PROJECT.glob("anchornet/server/*.py"),
        *PROJECT.glob("anchornet/ui/*.py"),
    ]:
        looked += 1
        tree = ast.parse(path.read_text(encoding="utf-8"))
        modules = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    full = f"{node.module}.{alias.name}"
                    modules[alias.asname or alias.name] = full
                    wrong += [f"{path.name} imports {full}"] if full in BEHIND else []
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                full = f"{modules.get(node.value.id)}.{node.attr}"
                wrong += [f"{path.name} uses {full}"] if full in BEHIND else []
    record_property("tried", f"{looked} modules of the screen looked at")
    assert wrong == []


def test_every_file_that_holds_something_leaves_by_the_recorded_button() -> None:
    """`session.download` asks again who is there, and keeps what was downloaded."""
    blank = {"templates.py", "forms.py", "session.py"}  # templates, and the button
    found = {
        path.name
        for path in [
            *PROJECT.glob("pages/*.py"),
            *PROJECT.glob("anchornet/server/*.py"),
            *PROJECT.glob("anchornet/ui/*.py"),
        ]
        if ".download_button(" in path.read_text(encoding="utf-8")
    }
    assert found == blank


# --- the walk ------------------------------------------------------------------------------------


def spend(member_id: str) -> bytes:
    return (
        f"supplier_name,paid_on,amount_gbp\nSample Joinery of {member_id} Ltd,2026-09-02,1000.50\n"
    ).encode()


@pytest.fixture
def receipts(database: Database) -> dict[str, str]:
    """Three members' receipts, by member."""
    found = {}
    for member_id in MEMBERS:
        add_member(database, member_id, f"Sample {member_id}", "council", now=datetime(2020, 1, 1))
        (sent,) = submit(
            database,
            RETURNS["spend"],
            spend(member_id),
            f"ledger of {member_id}.csv",
            member_id=member_id,
            by="someone@example.org",
            period=SEPTEMBER,
            now=datetime(2026, 10, 5, 9),
        )
        found[member_id] = sent.receipt
        stories.write(database, member_id, stories.Draft("Sample", "It is a test."), by="a")
    return found


def given(guarded: Callable[..., Any], member_id: str, receipt: str) -> dict[str, Any]:
    """What a function is asked with; a parameter that has no value here is a test to write."""
    file = bulk_upload.UploadedFile("2026-09 spend.csv", lambda: spend(member_id))
    values = {
        "member_id": member_id,
        "receipt": receipt,
        "before": receipt,
        "period": SEPTEMBER,
        "periods": [SEPTEMBER],
        "return_": RETURNS["spend"],
        "return_name": "spend",
        "data": spend(member_id),
        "file_name": "september.csv",
        "today": date(2026, 10, 6),
        "columns": {"amount_gbp": "amount_gbp"},
        "given": False,
        "file": file,
        "matches": [],
        "by": "someone@example.org",
        "reason": "It is a test.",
        "accept_warnings": "It is a test.",
        "email": "someone@example.org",
        "role": "member_viewer",
        "name": "Finance system",
        "days": 30,
        "token_id": "none",
        "draft": stories.Draft("Sample story", "It is a test."),
        "story_id": MEMBERS.index(member_id) + 1,
    }
    function = guarded.__wrapped__  # type: ignore[attr-defined]
    asked = list(signature(function).parameters.values())[1:]
    needed = {it.name for it in asked if it.default is Parameter.empty}
    wanted = needed | ({"period", "member_id"} & {it.name for it in asked})
    return {name: values[name] for name in wanted}


WANTED = {
    "withdraw": ("send_return",),
    "record_leave": ("send_return",),
    "settle_role": ("send_return",),
    "make_member_link": ("send_return",),
    **dict.fromkeys(
        ("member_tokens", "make_member_token", "revoke_member_token"), ("send_return",)
    ),
    **dict.fromkeys(("stories", "write_story", "end_consent"), ("write_stories",)),
    **dict.fromkeys(
        (
            *("fitting_returns", "preview", "preview_file", "submit", "submit_nil"),
            *("check", "questions"),
            *("submit_files", "remember_mapping"),
        ),
        SENDS,
    ),
}


def ask(database: Database, person: Person, guarded: Callable[..., Any], values: Any) -> bool:
    """Whether the person is let in."""
    try:
        found = guarded(database, person, **values)
        if not isinstance(found, pd.DataFrame | tuple | list | bytes):
            with suppress(TypeError):
                list(found)
    except NotAllowed:
        return False
    except NotPossible:  # nobody waits for the role
        return True
    return True


def test_every_function_for_every_role_and_every_member(
    database: Database, receipts: dict[str, str], record_property: Say
) -> None:
    tried = {True: 0, False: 0}
    for role, member_id, other in product(ROLES, MEMBERS, MEMBERS):
        holds = member_id if role in MEMBER_ROLES else None
        person = Person("walker@example.org", "Walker", frozenset({role}), holds)
        # What sends comes last: what it sends is not there to be read before.
        for name, guarded in sorted(GUARDED.items(), key=lambda it: it[0] in WANTED):
            may = any(allowed(person, action, other) for action in WANTED.get(name, READS))
            values = given(guarded, other, receipts[other])
            if may and name == "withdraw":
                continue  # once: the test below
            assert ask(database, person, guarded, values) is may, (role, member_id, other, name)
            tried[may] += 1
    kept = audit.trail(database)
    refused = kept[kept["did"] == "was refused a member's own"]
    assert len(refused) == tried[False]
    record_property(
        "tried",
        f"{sum(tried.values())} asked: {tried[True]} let in, {tried[False]} refused and recorded",
    )
    assert tried[True] > 100
    assert tried[False] > 400


def test_the_coordinator_reads_with_leave_only_and_each_look_is_recorded(
    database: Database, receipts: dict[str, str], record_property: Say
) -> None:
    coordinator = Person("carol@example.org", "Carol", frozenset({"coordinator"}))
    contributor = Person("ada@example.org", "Ada", frozenset({"member_contributor"}), "council")
    reading = {name: guarded for name, guarded in GUARDED.items() if name not in WANTED}

    def opened() -> int:
        return sum(
            ask(database, coordinator, guarded, given(guarded, "council", receipts["council"]))
            for guarded in reading.values()
        )

    def kept(did: str) -> int:
        return int((audit.trail(database)["did"] == did).sum())

    with pytest.raises(NotAllowed):
        member_data.record_leave(database, coordinator, "council", True, by=coordinator.email)
    refused = 1
    assert opened() == 0
    refused += len(reading)
    member_data.record_leave(database, contributor, "council", True, by=contributor.email)
    assert opened() == kept("looked at a member's rows") == len(reading)
    assert member_data.submission(database, coordinator, receipts["council"])["rows"] == 1
    assert kept("looked at a member's rows") == len(reading) + 1
    # Leave is one member's, and for the coordinator.
    with pytest.raises(NotAllowed):
        member_data.original(database, coordinator, receipts["hospital"])
    for role in ("delivery_group", "comms"):
        other = Person("d@example.org", "D", frozenset({role}))
        with pytest.raises(NotAllowed):
            member_data.original(database, other, receipts["council"])
    refused += 3
    member_data.record_leave(database, contributor, "council", False, by=contributor.email)
    assert opened() == 0
    refused += len(reading)
    assert kept("was refused a member's own") == refused
    assert kept("let the coordinator see rows") == kept("ended the leave to see rows") == 1
    looks = member_data.looks(database, contributor, "council")
    assert set(looks["who"]) == {coordinator.email}
    assert f"the file of {receipts['council']}" in set(looks["about"])
    record_property("tried", f"{len(looks)} looks with leave recorded, {refused} refused without")


def test_nobody_asks_for_every_member_at_once(database: Database, receipts: dict[str, str]) -> None:
    for role in ROLES:
        person = Person("w@example.org", "W", frozenset({role}), "council")
        with pytest.raises(NotAllowed):
            member_data.history(database, person)


def test_two_receipts_are_both_the_persons_own(
    database: Database, receipts: dict[str, str]
) -> None:
    person = Person("w@example.org", "W", frozenset({"member_viewer"}), "council")
    mine, other = receipts["council"], receipts["hospital"]
    assert member_data.lines_changed(database, person, mine, mine) == (0, 0)
    for pair in ((mine, other), (other, mine)):
        with pytest.raises(NotAllowed):
            member_data.lines_changed(database, person, *pair)


def test_a_contributor_withdraws_their_members_own_and_nobody_else_does(
    database: Database, receipts: dict[str, str]
) -> None:
    def withdraw(role: str, member_id: str | None) -> None:
        person = Person("w@example.org", "W", frozenset({role}), member_id)
        values = {"by": person.email, "reason": "It is a test."}
        member_data.withdraw(database, person, receipts["council"], **values)

    for role, member_id in (
        ("member_viewer", "council"),
        ("member_contributor", "hospital"),
        ("coordinator", None),
    ):
        with pytest.raises(NotAllowed):
            withdraw(role, member_id)
    withdraw("member_contributor", "council")


def test_who_sent_a_return_on_a_members_behalf_has_its_receipt_and_no_other(
    database: Database, receipts: dict[str, str]
) -> None:
    coordinator = Person("carol@example.org", "Carol", frozenset({"coordinator"}))
    (sent,) = member_data.submit(
        database,
        coordinator,
        RETURNS["spend"],
        spend("x").replace(b"2026-09", b"2026-08"),
        "x.csv",
        member_id="hospital",
        by="Carol <carol@example.org>",
        period=date(2026, 8, 1),
        accept_warnings="It is a test.",
        on_behalf=True,
    )
    assert member_data.submission(database, coordinator, sent.receipt)["file_name"] == "x.csv"
    with pytest.raises(NotAllowed):
        member_data.submission(database, coordinator, receipts["hospital"])
    same = Person("l@example.org", "L", frozenset({"coordinator"}))
    with pytest.raises(NotAllowed):
        member_data.submission(database, same, sent.receipt)


def test_a_receipt_that_is_not_there_is_said(database: Database) -> None:
    person = Person("w@example.org", "W", frozenset({"member_viewer"}), "council")
    with pytest.raises(Exception, match="There is no receipt R999999"):
        member_data.original(database, person, "R999999")
