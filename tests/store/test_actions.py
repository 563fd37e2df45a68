"""Actions, appended and read back as at a moment."""

from datetime import date, datetime
from typing import Any

import pytest

from anchornet.store.actions import actions, close_action, record_action, reopen_action
from anchornet.store.database import Database
from anchornet.store.network import NotPossible

JULY, SEPTEMBER = datetime(2026, 7, 15, 9), datetime(2026, 9, 16, 9)
LAST_OF_AUGUST = date(2026, 8, 31)


def open_one(network: Database, **changes: Any) -> int:
    given = {
        "indicator": "local_spend_share",
        "what": "List what is bought outside the area",
        "who": "Procurement leads",
        "due_on": LAST_OF_AUGUST,
        "by": "coordinator",
        "now": JULY,
    }
    return record_action(network, **(given | changes))


def test_an_action_is_open_until_it_is_closed_with_a_note(network: Database) -> None:
    number = open_one(network)
    close_action(network, number, " Three contracts found. ", by="coordinator", now=SEPTEMBER)
    assert actions(network).to_dict("records") == [
        {
            "action_id": 1,
            "indicator": "local_spend_share",
            "member_id": None,
            "what": "List what is bought outside the area",
            "who": "Procurement leads",
            "due_on": LAST_OF_AUGUST,
            "state": "done",
            "opened_at": JULY,
            "closed_at": SEPTEMBER,
            "note": "Three contracts found.",
            "about": None,
            "about_words": None,
            "workstream": None,
        }
    ]
    (then,) = actions(network, datetime(2026, 9, 1)).to_dict("records")
    assert (then["state"], then["closed_at"], then["note"]) == ("open", None, None)
    assert actions(network, datetime(2026, 7, 1)).empty


def test_what_an_action_is_about_stays_with_it(network: Database) -> None:
    said = {"about": "promise:1f", "about_words": "Clean Ltd; hours", "workstream": "Procurement"}
    number = record_action(
        network,
        indicator="commitments_on_profile_share",
        what="Meet the supplier",
        who="Contract managers",
        due_on=LAST_OF_AUGUST,
        by="coordinator",
        now=JULY,
        **said,
    )
    close_action(network, number, "Met.", by="coordinator", now=SEPTEMBER)
    reopen_action(network, number, by="coordinator", now=SEPTEMBER)
    (action,) = actions(network).to_dict("records")
    assert {name: action[name] for name in said} == said
    assert (action["what"], action["state"]) == ("Meet the supplier", "open")


def test_a_closed_action_can_be_opened_again_and_both_stay(network: Database) -> None:
    number = open_one(network)
    close_action(network, number, "Done.", by="coordinator", now=SEPTEMBER)
    reopen_action(network, number, by="coordinator", now=datetime(2026, 9, 17))
    (action,) = actions(network).to_dict("records")
    assert (action["state"], action["closed_at"], action["note"]) == ("open", None, None)
    assert (action["opened_at"], action["due_on"]) == (JULY, LAST_OF_AUGUST)
    assert list(actions(network, SEPTEMBER)["state"]) == ["done"]
    with pytest.raises(NotPossible, match="is open"):
        reopen_action(network, number, by="coordinator")


def test_open_actions_come_first_by_the_day_they_are_due(network: Database) -> None:
    late, early, done = (
        open_one(network, due_on=date(2026, month, 1), member_id=member)
        for month, member in ((10, None), (9, "hospital"), (8, None))
    )
    close_action(network, done, "Done.", by="coordinator")
    assert list(actions(network)["action_id"]) == [early, late, done]
    assert list(actions(network)["member_id"]) == ["hospital", None, None]


def test_an_open_action_can_be_carried_to_a_later_day(network: Database) -> None:
    number = open_one(network)
    same = open_one(network, action_id=number, due_on=date(2026, 10, 31), now=SEPTEMBER)
    assert same == number
    (action,) = actions(network).to_dict("records")
    assert (action["due_on"], action["opened_at"]) == (date(2026, 10, 31), JULY)


def test_an_action_of_the_past_can_be_reworded_and_keeps_its_day(network: Database) -> None:
    number = open_one(network)
    open_one(network, action_id=number, what="List the ten largest", now=SEPTEMBER)
    (action,) = actions(network).to_dict("records")
    assert (action["what"], action["due_on"]) == ("List the ten largest", LAST_OF_AUGUST)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"what": " "}, "Say what will be done"),
        ({"who": ""}, "which role or team"),
        ({"due_on": date(2026, 7, 14)}, "today or a later day"),
        ({"member_id": "nobody"}, "There is no member nobody"),
        ({"action_id": 9}, "There is no action 9"),
        ({"action_id": 1}, "Action 1 is already closed"),
    ],
)
def test_an_action_without_what_who_or_when_is_refused(
    network: Database, given: dict[str, Any], said: str
) -> None:
    close_action(network, open_one(network), "Done.", by="coordinator", now=JULY)
    with pytest.raises(NotPossible, match=said):
        open_one(network, **given)
    assert len(actions(network)) == 1


def test_an_action_is_closed_once_and_not_without_a_note(network: Database) -> None:
    number = open_one(network)
    with pytest.raises(NotPossible, match="what the outcome was"):
        close_action(network, number, " ", by="coordinator")
    close_action(network, number, "Done.", by="coordinator")
    with pytest.raises(NotPossible, match="already closed"):
        close_action(network, number, "Done again.", by="coordinator")
