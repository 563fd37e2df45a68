"""Meetings, appended and read back as at a moment."""

from datetime import datetime
from typing import Any

import pytest

from anchornet.store.database import Database
from anchornet.store.meetings import Meeting, meetings, put_back, record_meeting
from anchornet.store.network import NotPossible

JULY, SEPTEMBER = datetime(2026, 7, 15, 9), datetime(2026, 9, 16, 9)


def test_meetings_are_listed_the_newest_first(network: Database) -> None:
    first = record_meeting(network, "Delivery group, July", JULY, "coordinator")
    second = record_meeting(network, " Delivery group, September ", SEPTEMBER, "coordinator")
    assert meetings(network) == [second, first]
    assert second == Meeting(2, "Delivery group, September", SEPTEMBER)


def test_a_meeting_can_be_moved_and_taken_away_and_its_past_stays(network: Database) -> None:
    days = [datetime(2026, 5, day) for day in (1, 10, 20)]
    meeting = record_meeting(network, "July", JULY, "coordinator", now=days[0])
    later = datetime(2026, 7, 22, 9)
    number = meeting.meeting_id
    record_meeting(network, "July", later, "coordinator", meeting_id=number, now=days[1])
    record_meeting(
        network, "July", later, "coordinator", meeting_id=number, removed=True, now=days[2]
    )
    assert meetings(network) == []
    assert meetings(network, days[1]) == [Meeting(number, "July", later)]
    assert meetings(network, days[0]) == [Meeting(number, "July", JULY)]
    assert meetings(network, datetime(2026, 4, 30)) == []
    put_back(network, Meeting(number, "July", later), "coordinator")
    assert meetings(network) == [Meeting(number, "July", later)]
    with pytest.raises(NotPossible, match="July is not cancelled"):
        put_back(network, Meeting(number, "July", later), "coordinator")
    record_meeting(network, "July", later, "coordinator", meeting_id=number, removed=True)
    # Its number is not given again.
    assert record_meeting(network, "July", JULY, "coordinator").meeting_id == 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": " "}, "A meeting needs a name"),
        ({"starts_at": JULY}, "July already starts at that moment"),
        ({"meeting_id": 7}, "There is no meeting 7"),
        ({"removed": True}, "Say which meeting is cancelled"),
    ],
)
def test_a_meeting_that_can_not_be_is_refused_with_the_reason(
    network: Database, given: dict[str, Any], said: str
) -> None:
    record_meeting(network, "July", JULY, "coordinator")
    with pytest.raises(NotPossible, match=said):
        record_meeting(
            network, **({"name": "September", "starts_at": SEPTEMBER, "by": "coordinator"} | given)
        )
    assert len(meetings(network)) == 1
