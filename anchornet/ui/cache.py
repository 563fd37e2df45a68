"""What pages ask for, kept until something is recorded: given to everybody as it is, not a copy."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import wraps
from threading import Lock
from typing import Any, Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from anchornet.store.database import Database

Given = ParamSpec("Given")
Made = TypeVar("Made")

# A due date passes without anything being recorded, so nothing is kept for long.
KEEP = 300.0  # seconds
MOST = 2048


@dataclass
class _Shelf:
    """What was made of one state of a database: (function, arguments) -> (until, the result)."""

    version: int
    made: dict[Any, tuple[float, Future[Any]]] = field(default_factory=dict)


_shelves: WeakKeyDictionary[Database, _Shelf] = WeakKeyDictionary()
_lock = Lock()


def kept(
    make: Callable[Concatenate[Database, Given], Made],
) -> Callable[Concatenate[Database, Given], Made]:
    """The function, asked once for the same arguments until something is recorded in the database:
    of many who ask at once one works and the others wait. Arguments are hashable. What it gives is
    shared by every session, so nobody changes it."""

    @wraps(make)
    def ask(database: Database, /, *args: Given.args, **kwargs: Given.kwargs) -> Made:
        key = (make.__module__, make.__qualname__, args, tuple(sorted(kwargs.items())))
        now = time.monotonic()
        with _lock:
            shelf = _shelves.get(database)
            if shelf is None or shelf.version != database.version():
                shelf = _shelves[database] = _Shelf(database.version())
            found = shelf.made.get(key)
            mine = found is None or found[0] < now
            if found is None or mine:
                shelf.made.pop(key, None)
                found = shelf.made[key] = now + KEEP, Future()
                while len(shelf.made) > MOST:
                    del shelf.made[next(iter(shelf.made))]
        waited: Future[Made] = found[1]
        if mine:
            try:
                waited.set_result(make(database, *args, **kwargs))
            except BaseException as error:
                with _lock:
                    if shelf.made.get(key) is found:
                        del shelf.made[key]
                waited.set_exception(error)
        return waited.result()

    return ask
