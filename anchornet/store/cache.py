"""What is asked of a database, kept until something is recorded: given to everybody as it is, not a
copy."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import wraps
from threading import Lock
from typing import Any, Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from anchornet.store.database import Database

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

# A due date passes without anything being recorded, so nothing is kept for long.
SECONDS = 300.0
MOST = 2048


@dataclass
class _Results:
    """Those of one state of a database: (function, arguments) -> (until, the result)."""

    version: int
    entries: dict[Any, tuple[float, Future[Any]]] = field(default_factory=dict)


_results: WeakKeyDictionary[Database, _Results] = WeakKeyDictionary()
_lock = Lock()


def cached(
    function: Callable[Concatenate[Database, Arguments], Result],
) -> Callable[Concatenate[Database, Arguments], Result]:
    """The function, asked once for the same arguments until something is recorded in the database:
    of many who ask at once one works and the others wait. Arguments are hashable, and hold whatever
    makes the result differ from one person to another. It is shared by every session, so nobody
    changes it."""

    @wraps(function)
    def ask(database: Database, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        key = (function.__module__, function.__qualname__, args, tuple(sorted(kwargs.items())))
        now = time.monotonic()
        with _lock:
            results = _results.get(database)
            if results is None or results.version != database.version():
                results = _results[database] = _Results(database.version())
            entry = results.entries.get(key)
            is_first = entry is None or entry[0] < now
            if entry is None or is_first:
                results.entries.pop(key, None)
                entry = results.entries[key] = now + SECONDS, Future()
                while len(results.entries) > MOST:
                    del results.entries[next(iter(results.entries))]
        future: Future[Result] = entry[1]
        if is_first:
            try:
                future.set_result(function(database, *args, **kwargs))
            except BaseException as error:
                with _lock:
                    if results.entries.get(key) is entry:
                        del results.entries[key]
                future.set_exception(error)
        return future.result()

    return ask
