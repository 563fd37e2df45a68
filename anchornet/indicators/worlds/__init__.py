"""Made-up versions of what members sent, in which every small number of people is another one.

In each of them some people have changed places: with people of other members, months and groups,
so that sums of many stay what they are. What is the same in all of them and in the truth may be
shown, because nobody can tell from it which of them is the truth. docs/decisions/0010 says more.
"""

import hashlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pandas as pd
import pyarrow as pa
from duckdb import DuckDBPyConnection

from anchornet.facts.catalogue import FACTS, Facts
from anchornet.indicators.calculate import calculate
from anchornet.indicators.worlds.people import NOT_OF_FACTS, WORLDS
from anchornet.indicators.worlds.spreading import Crowd
from anchornet.indicators.worlds.stock import counted_rows, parts_of_rows, rows_of_stock
from anchornet.settings import Settings
from anchornet.store.database import Database, utc_now

__all__ = ["WORLDS", "figures", "make"]

_made: WeakKeyDictionary[Database, int] = WeakKeyDictionary()
_lock = threading.Lock()


def figures(
    database: Database, indicators: Sequence[str], *args: Any, **asked: Any
) -> pd.DataFrame:
    """What `calculate` gives of each made-up version, with the column `world`."""
    make(database)
    return calculate(database, indicators, *args, worlds=WORLDS, **asked)


def make(database: Database) -> None:
    """Makes the versions of what was sent since they were made, and keeps them in the database: one
    thread does, and others wait for it."""
    with _lock:
        version = database.version()
        if _made.get(database) == version:
            return
        for facts in FACTS.values():
            if facts.people:
                _make(database, facts)
        _made[database] = version


def _make(database: Database, facts: Facts) -> None:
    settings, table = database.settings, f"{facts.table}_worlds"
    with database.cursor() as cursor:
        (sent,), *_ = cursor.execute(
            f"select hash(list(addition_id * 2 + counts::integer order by addition_id)) "
            f"from ({_ADDITIONS})",
            {"name": facts.return_name},
        ).fetchall()
        about = (DIGEST, facts, settings.suppress_below, settings.round_to, sent)
        key = hashlib.sha256(repr(about).encode()).hexdigest()
        known = cursor.execute(
            "select value from meta where name = $name order by recorded_at desc limit 1",
            {"name": table},
        ).fetchone()
        if known == (key,):
            return
        rows = cursor.execute(_ROWS.format(table=facts.table), {"name": facts.return_name}).df()
        made = _versions(cursor, facts, rows, settings)
        kept = ", ".join(f'"{it}"' for it in rows.columns if it not in NOT_OF_FACTS)
    with database.writing(quietly=True) as writer:
        writer.register("made", pa.Table.from_pandas(made, preserve_index=False))
        writer.execute(
            f"""
            create or replace table {table} as
            select *, 0 as world from {facts.table} limit 0;
            insert into {table} by name select world, {kept} from made
            """
        )
        writer.unregister("made")
        writer.execute("insert into meta values (?, ?, ?)", [table, key, utc_now()])


def _versions(
    cursor: DuckDBPyConnection, facts: Facts, rows: pd.DataFrame, settings: Settings
) -> pd.DataFrame:
    few = settings.suppress_below
    named = [it for columns in facts.people for it in columns]
    rows[named] = rows[named].astype("float64")
    now = rows[rows["counts"]].reset_index(drop=True)
    parts = list(_earlier(rows[~rows["counts"]], facts))
    if facts.stock:
        counted = {it: counted_rows(cursor, facts, now, it) for it in named}
        parts += rows_of_stock(now, parts_of_rows(cursor, facts, now), counted, few)
    else:
        nobody = now.assign(**{it: now[it] * 0 for it in named})
        parts += [nobody.assign(world=world) for world in range(1, WORLDS + 1)]
        for columns in facts.people:
            crowd = Crowd(cursor, facts, now, columns, few, settings.round_to)
            parts += [crowd.rows(world) for world in range(1, WORLDS + 1)]
    return pd.concat(parts, ignore_index=True)


# How the versions are made: another way makes all of them again.
DIGEST = hashlib.sha256(
    b"".join(it.read_bytes() for it in sorted(Path(__file__).parent.glob("*.py")))
).hexdigest()
# Every addition of a return; `counts`: whether it is the one that counts now.
_ADDITIONS = """
select
    addition_id, member_id, period,
    addition_id in (
        select max(addition_id)
        from current_submissions(null)
        join additions using (submission_id)
        group by submission_id
    ) as counts
from additions
join submissions using (submission_id)
where additions.return_name = $name
"""
_ROWS = f"select * from {{table}} join ({_ADDITIONS}) using (addition_id) order by all"


def _earlier(rows: pd.DataFrame, facts: Facts) -> Iterator[pd.DataFrame]:
    """What counts no more has more people in each world, in every row: figures as at an earlier
    moment are shown where none of it is in them."""
    for world in range(1, WORLDS + 1):
        more = rows.copy()
        for columns in facts.people:
            for place, name in enumerate(columns):
                more[name] += world * (1 if place else len(columns))
        yield more.assign(world=world)
