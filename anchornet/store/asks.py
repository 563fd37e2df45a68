"""What the network asks of a funder or a minister: one text that the delivery group writes, and
somebody approves by name.

It is edited by appending a version. What leaves is the version that was approved, until it is
withdrawn or another one is approved; a newer draft changes nothing of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from duckdb import DuckDBPyConnection

from anchornet.store.database import Database, append, next_number, utc_now
from anchornet.store.network import NotPossible
from anchornet.store.stories import tidy_words

MOST = 3000  # letters: what fits on two slides
STATES: Mapping[str, str] = {
    "draft": "Draft",
    "approved": "Approved",
    "replaced": "Replaced by a later version",
    "withdrawn": "Withdrawn",
}


@dataclass(frozen=True)
class Ask:
    """A version of the text; `decided_…` are of the last decision about it."""

    version: int
    words: str
    written_at: datetime
    written_by: str
    state: str
    decided_at: datetime | None = None
    decided_by: str | None = None


def write(database: Database, words: str, *, by: str, now: datetime | None = None) -> int:
    """Keeps a version of the text as a draft; gives its number. Raises NotPossible."""
    words = tidy_words(words)
    if not words:
        raise NotPossible("Write what the network asks for.")
    if len(words) > MOST:
        raise NotPossible(f"The text is longer than {MOST:,} letters: it has {len(words):,}.")
    with database.writing(quietly=True) as cursor:
        last = next(iter(_history(cursor, None)), None)
        if last and last.words == words and last.state in ("draft", "approved"):
            raise NotPossible(f"Version {last.version} says the same.")
        number = next_number(cursor, "asks", "version")
        append(cursor, "asks", number, words, now or utc_now(), by)
    return number


def approve(database: Database, version: int, by: str, now: datetime | None = None) -> None:
    """From now on this version leaves, and no other. Raises NotPossible."""
    with database.writing() as cursor:
        written = {ask.version: ask for ask in _history(cursor, None)}
        if version not in written:
            raise NotPossible(f"There is no version {version} of the ask.")
        if written[version].state == "approved":
            raise NotPossible(f"Version {version} is the one that leaves now.")
        append(cursor, "ask_decisions", version, "approved", now or utc_now(), by)


def withdraw(database: Database, by: str, now: datetime | None = None) -> None:
    """From now on nothing is asked for. Raises NotPossible."""
    with database.writing() as cursor:
        public = _approved(_history(cursor, None))
        if public is None:
            raise NotPossible("No version of the ask is approved: there is nothing to withdraw.")
        append(cursor, "ask_decisions", public.version, "withdrawn", now or utc_now(), by)


def approved(database: Database, as_at: datetime | None = None) -> Ask | None:
    """What may leave, or might as at a moment (UTC)."""
    return _approved(ask_history(database, as_at))


def ask_history(database: Database, as_at: datetime | None = None) -> list[Ask]:
    """Every version, the newest first, with the state it has, or had as at a moment."""
    with database.cursor() as cursor:
        return _history(cursor, as_at)


def _approved(asks: list[Ask]) -> Ask | None:
    return next((ask for ask in asks if ask.state == "approved"), None)


def _history(cursor: DuckDBPyConnection, as_at: datetime | None) -> list[Ask]:
    rows = cursor.execute(
        """
        with decided as (
            from ask_decisions
            where not_after(recorded_at, $as_at)
        ),
        last_of_each as (
            from decided
            qualify row_number() over (partition by version order by record_number desc) = 1
        ),
        last_of_all as (
            select arg_max(version, record_number) as version from decided
        )
        select
            asks.version, words, asks.recorded_at, asks.recorded_by,
            case
                when last_of_each.state is null then 'draft'
                when last_of_each.state = 'withdrawn' then 'withdrawn'
                when asks.version = (select version from last_of_all) then 'approved'
                else 'replaced'
            end,
            last_of_each.recorded_at, last_of_each.recorded_by
        from asks
        left join last_of_each using (version)
        where not_after(asks.recorded_at, $as_at)
        order by asks.version desc
        """,
        {"as_at": as_at},
    ).fetchall()
    return [Ask(*row) for row in rows]
