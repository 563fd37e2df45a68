"""What the network asks for: its versions, and which of them leaves."""

from datetime import datetime

import pytest

from anchornet.store import asks
from anchornet.store.database import Database
from anchornet.store.network import NotPossible

WRITER, OTHER = "writer@sample.invalid", "other@sample.invalid"


def day(number: int) -> datetime:
    return datetime(2026, 10, number, 9)


def states(database: Database) -> dict[int, str]:
    return {ask.version: ask.state for ask in asks.ask_history(database)}


def test_only_the_version_that_was_approved_last_leaves(database: Database) -> None:
    assert asks.approved(database) is None
    assert asks.write(database, " Ten  posts.\r\n\r\n\r\n- one\n- two ", by=WRITER, now=day(1)) == 1
    assert asks.approved(database) is None
    asks.approve(database, 1, OTHER, day(2))
    assert asks.write(database, "Twelve posts.", by=WRITER, now=day(3)) == 2
    public = asks.approved(database)
    assert public is not None
    assert public.words == "Ten posts.\n\n- one\n- two"
    assert (public.written_by, public.decided_by, public.decided_at) == (WRITER, OTHER, day(2))
    assert states(database) == {1: "approved", 2: "draft"}
    asks.approve(database, 2, OTHER, day(4))
    assert states(database) == {1: "replaced", 2: "approved"}
    asks.withdraw(database, OTHER, day(5))
    assert asks.approved(database) is None
    assert states(database) == {1: "replaced", 2: "withdrawn"}
    # As at each moment it is what left then.
    left = [asks.approved(database, day(number)) for number in range(1, 6)]
    assert [each and each.version for each in left] == [None, 1, 1, 2, None]
    asks.approve(database, 1, OTHER, day(6))
    assert states(database) == {1: "approved", 2: "withdrawn"}


def test_what_cannot_be_done_is_said(database: Database) -> None:
    for words, why in (("  \n", "Write what"), ("a" * 3001, "longer than 3,000 letters")):
        with pytest.raises(NotPossible, match=why):
            asks.write(database, words, by=WRITER)
    with pytest.raises(NotPossible, match="nothing to withdraw"):
        asks.withdraw(database, OTHER)
    with pytest.raises(NotPossible, match="no version 7"):
        asks.approve(database, 7, OTHER)
    asks.write(database, "Ten posts.", by=WRITER)
    with pytest.raises(NotPossible, match="says the same"):
        asks.write(database, "Ten posts.", by=OTHER)
    asks.approve(database, 1, OTHER)
    with pytest.raises(NotPossible, match="leaves now"):
        asks.approve(database, 1, OTHER)
