"""Figures that are shared: kept under a reference, approved or withdrawn by somebody by name."""

import hashlib
import json
import re
from dataclasses import astuple, dataclass
from datetime import date, datetime
from itertools import count

import pandas as pd
from duckdb import DuckDBPyConnection

from anchornet.store.database import Database, append, tidy, utc_now
from anchornet.store.network import NotPossible

STATES = {"draft": "Draft", "approved": "Approved", "withdrawn": "Withdrawn"}
# Crockford's base 32: no letter that is taken for a digit when it is read out or typed.
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TYPED_AS = str.maketrans("ILO", "110")


@dataclass(frozen=True)
class ChartRequest:
    """All that goes into a figure, so that the same request gives the same one at any time. `as_at`
    is a moment (UTC), never "now"; `kind` is one of members', `area` the code of an authority."""

    indicator: str
    chart: str
    breakdown: str | None
    period: date
    window: str
    as_at: datetime
    kind: str | None = None
    area: str | None = None


# In the order of the fields of ChartRequest.
_COLUMNS = "indicator, chart, breakdown, period, span, as_at, kind, area"


def reference_of(database: Database, request: ChartRequest) -> str:
    """The reference that a request has, or would have if it was kept."""
    with database.cursor() as cursor:
        return _reference(cursor, request)[0]


def keep(database: Database, request: ChartRequest, by: str, now: datetime | None = None) -> str:
    """Keeps the request as a draft, once however often it is kept; gives its reference."""
    with database.writing(quietly=True) as cursor:
        reference, is_new = _reference(cursor, request)
        if is_new:
            append(cursor, "figures", reference, *astuple(request), now or utc_now(), by)
    return reference


def request_of(database: Database, reference: str) -> ChartRequest:
    """What a reference stands for; raises NotPossible where nothing is kept under it."""
    with database.cursor() as cursor:
        return _request(cursor, tidy_reference(reference))


def decide(
    database: Database,
    reference: str,
    state: str,
    by: str,
    *,
    embargo_until: date | None = None,
    content: bytes | None = None,
    now: datetime | None = None,
) -> None:
    """Approve, withdraw or take back to a draft. An approved figure is public at once, or from the
    day `embargo_until` on; `content` is what it was when it was approved, and is kept with it (see
    exports.approved_figures, which approves). Raises NotPossible."""
    if state not in STATES:
        raise NotPossible(f"A figure is {', '.join(STATES)}, and not {state}.")
    if embargo_until and state != "approved":
        raise NotPossible("Only what is approved can wait for a day.")
    reference, moment = tidy_reference(reference), now or utc_now()
    if embargo_until and embargo_until <= moment.date():
        raise NotPossible("The day before which it stays private is a later one than today.")
    with database.writing() as cursor:
        _request(cursor, reference)
        append(cursor, "figure_decisions", reference, state, embargo_until, moment, by)
        if content is not None:
            _keep_content(cursor, reference, content, moment)


def content_of(database: Database, reference: str) -> bytes | None:
    """What a figure was when it was approved; None where it never was, or by a release that kept
    nothing of it."""
    rows = database.rows(
        "select content from approved_figures where reference = ?", [tidy_reference(reference)]
    )
    return bytes(rows[0][0]) if rows else None


def keep_content(database: Database, reference: str, content: bytes) -> None:
    """Keeps what an approved figure is, unless it is kept already."""
    with database.writing(quietly=True) as cursor:
        _keep_content(cursor, tidy_reference(reference), content, utc_now())


def picture_of(database: Database, reference: str, size: str, form: str) -> bytes | None:
    """A picture of an approved figure as it was first drawn; None where it never was."""
    with database.cursor() as cursor:
        return _picture(cursor, reference, size, form)


def keep_picture(database: Database, reference: str, size: str, form: str, content: bytes) -> bytes:
    """Keeps a picture of an approved figure; gives the one that was kept before, if one was."""
    with database.writing(quietly=True) as cursor:
        earlier = _picture(cursor, reference, size, form)
        if earlier is None:
            append(cursor, "approved_pictures", reference, size, form, content, utc_now())
    return content if earlier is None else earlier


def _picture(cursor: DuckDBPyConnection, reference: str, size: str, form: str) -> bytes | None:
    rows = cursor.execute(
        "select content from approved_pictures where reference = ? and size = ? and form = ?",
        [reference, size, form],
    ).fetchall()
    return bytes(rows[0][0]) if rows else None


def without_content(database: Database) -> list[tuple[str, ChartRequest]]:
    """The approved figures of which nothing was kept."""
    rows = database.rows(
        f"""
        select reference, {_COLUMNS}
        from current_publications(null)
        anti join approved_figures using (reference)
        where state = 'approved'
        order by reference
        """
    )
    return [(reference, ChartRequest(*request)) for reference, *request in rows]


def _keep_content(
    cursor: DuckDBPyConnection, reference: str, content: bytes, moment: datetime
) -> None:
    if not cursor.execute(
        "select 1 from approved_figures where reference = ?", [reference]
    ).fetchall():
        append(cursor, "approved_figures", reference, content, moment)


def listed(database: Database, as_at: datetime | None = None) -> pd.DataFrame:
    """Every figure that was kept, the newest first: reference, the fields of ChartRequest, kept_by,
    kept_at, state, decided_by, decided_at and embargo_until. period and embargo_until are dates;
    decided_by and decided_at are None where nobody has decided."""
    frame = database.frame(
        """
        select
            reference, indicator, chart, breakdown, period, span as window, as_at, kind, area,
            recorded_by as kept_by, recorded_at as kept_at, state, decided_by, decided_at,
            embargo_until
        from current_publications(?)
        order by kept_at desc, reference
        """,
        [as_at],
    )
    return tidy(frame, "period", "embargo_until", moments=["decided_at"])


def steps(database: Database, reference: str) -> list[tuple[datetime, str, str]]:
    """When, who and what, of everything that was done with a figure, the first first."""
    rows = database.rows(
        """
        select recorded_at, recorded_by, 'kept' as state, null as embargo_until, record_number
        from figures
        where reference = $reference
        union all
        select recorded_at, recorded_by, state, embargo_until, record_number
        from figure_decisions
        where reference = $reference
        order by record_number
        """,
        {"reference": tidy_reference(reference)},
    )
    titles = {"kept": "Saved as a draft", **STATES}
    return [
        (at, who, f"{titles[state]}{f', public from {until:%d/%m/%Y}' if until else ''}")
        for at, who, state, until, _ in rows
    ]


def state_of(database: Database, reference: str) -> str:
    """One of STATES; raises NotPossible where nothing is kept under the reference."""
    request_of(database, reference)
    rows = database.rows(
        "select state from current_publications(null) where reference = ?",
        [tidy_reference(reference)],
    )
    return str(rows[0][0])


def public(database: Database, now: datetime | None = None) -> list[tuple[str, ChartRequest]]:
    """What may be on a public page: approved, and past its embargo; the latest period first."""
    rows = database.rows(
        f"""
        select reference, {_COLUMNS}
        from current_publications(null)
        where state = 'approved' and coalesce(embargo_until <= ?, true)
        order by period desc, decided_at desc, reference
        """,
        [(now or utc_now()).date()],
    )
    return [(reference, ChartRequest(*request)) for reference, *request in rows]


def tidy_reference(text: str) -> str:
    """A reference as it is kept, however it was typed: `an 7k2m-9xqo` is `AN-7K2M9XQ0`. Raises
    NotPossible for what can't be one."""
    match = re.fullmatch(r"AN([0-9A-Z]{8})", re.sub(r"[\s\-–]", "", text.upper()))
    letters = match[1].translate(TYPED_AS) if match else ""
    if not letters or set(letters) - set(LETTERS):
        raise NotPossible(f"{text!r} is not a reference. One looks like AN-7K2M9XQ4.")
    return f"AN-{letters}"


def _reference(cursor: DuckDBPyConnection, request: ChartRequest) -> tuple[str, bool]:
    """The request's reference, and whether it is not kept yet. Where another request has the one
    that it should have, it has the next."""
    text = json.dumps([str(value) if value is not None else None for value in astuple(request)])
    for attempt in count():
        digest = hashlib.sha256(f"{text}{attempt or ''}".encode()).digest()
        number = int.from_bytes(digest[:5], "big")
        reference = "AN-" + "".join(LETTERS[number >> 5 * index & 31] for index in range(8))
        try:
            if _request(cursor, reference) == request:
                return reference, False
        except NotPossible:
            return reference, True
    raise AssertionError  # there is always a next


def _request(cursor: DuckDBPyConnection, reference: str) -> ChartRequest:
    rows = cursor.execute(
        f"select {_COLUMNS} from current_figures(null) where reference = ?", [reference]
    ).fetchall()
    if not rows:
        raise NotPossible(
            f"Nothing is saved under {reference}. Look at the list of shared figures."
        )
    return ChartRequest(*rows[0])
