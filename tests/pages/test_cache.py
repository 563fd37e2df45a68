"""What is asked twice is worked out once, until something is recorded."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock
from time import sleep

import pytest

from anchornet.facts.build import add_member
from anchornet.store.database import Database
from anchornet.ui.cache import cached


@pytest.fixture
def counted() -> Callable[[Database, str], int]:
    """counted(database, text) -> how often it was worked out, with what was cached."""
    asked: list[str] = []
    lock = Lock()

    @cached
    def count(database: Database, text: str) -> int:
        sleep(0.02)
        with lock:
            asked.append(text)
            return len(asked)

    return count


def test_the_same_question_is_worked_out_once_until_something_is_recorded(
    database: Database, counted: Callable[[Database, str], int]
) -> None:
    assert [counted(database, "a"), counted(database, "a"), counted(database, "b")] == [1, 1, 2]
    add_member(database, "council", "Sample Council", "council")
    assert counted(database, "a") == 3


def test_of_many_who_ask_at_once_one_works(
    database: Database, counted: Callable[[Database, str], int]
) -> None:
    ready = Barrier(8)

    def ask(_: int) -> int:
        ready.wait()
        return counted(database, "a")

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {1}


def test_what_failed_is_asked_again(database: Database) -> None:
    tries: list[int] = []

    @cached
    def fail_once(database: Database) -> str:
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("Not yet.")
        return "now"

    with pytest.raises(RuntimeError):
        fail_once(database)
    assert fail_once(database) == "now"
