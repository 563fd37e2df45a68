"""Promises one by one, each once: what was promised, should be there by now, is delivered and
proven, and how it stands.

A member's own people see theirs as they are. Others see who promised, in which words and how it was
rated only where the promise is published, and people as disclosure control shows them.
"""

import math
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from anchornet import formatting
from anchornet.indicators.calculate import each_once, keys_of_columns
from anchornet.indicators.disclosure import KEPT, counts_seen
from anchornet.indicators.few_members import small_months
from anchornet.indicators.figures import Audience, Request
from anchornet.returns.declaration import RETURNS
from anchornet.store.database import Database
from anchornet.store.submissions import months_sent

RETURN = RETURNS["commitments"]
# How a promise stands, the worst first.
STATES = (
    "not_kept", "due_unknown", "behind", "not_reported", "on_profile", "open_ended", "not_started",
    "nothing_promised", "kept",
)  # fmt: skip
ON_PROFILE = 0.9  # of what should be there by now
NAMING = (
    "agreement_ref", "agreement_title", "agreement_value_gbp", "organisation", "own_words",
    "rating",
)  # fmt: skip
AMOUNTS = ("promised", "promised_by_now", "delivered", "evidenced", "received")
COLUMNS = (
    "member_id", "source", "lot", "measure", "unit", "outcome", "starts_on", "due_on", "is_running",
    "was_due", "published", "stated_value_gbp", "stated_method", "record_key", *NAMING, *AMOUNTS,
)  # fmt: skip


def quarter_of(database: Database, month: date, as_at: datetime | None = None) -> date | None:
    """The last quarter that ended with the month or before it and that promises were sent for."""
    sent = months_sent(database, as_at, RETURN.name)
    return max((period for period in sent if period <= month), default=None)


def promises(
    database: Database,
    periods: Sequence[date],
    audience: Audience,
    *,
    as_at: datetime | None = None,
    members: Collection[str] | None = None,
) -> pd.DataFrame:
    """A row for each promise and quarter: `period`, `promise` (a text that stands for it in every
    quarter), COLUMNS but for the record key, `state` (one of STATES), `proof` of what was delivered
    (all, part, none or not_known) and `is_own`; the worst first. Amounts are in the measure's unit,
    NaN where they are not known or not shown; `shown_<amount>` is that in words: "*" for 1 to 7
    people, "–" for a gap. Without `sees_members` there are the audience's own and those published.
    """
    rows, _ = each_once(database, "commitments", COLUMNS, periods, as_at=as_at, members=members)
    frame = pd.DataFrame(rows, columns=["period", "thing", *COLUMNS], dtype=object)
    frame[list(AMOUNTS)] = frame[list(AMOUNTS)].astype("float64")
    frame["is_own"] = _is_own(frame, audience, members)
    frame["state"] = [_state(row) for row in frame.itertuples()]
    frame["proof"] = [_proof(row) for row in frame.itertuples()]
    frame["promise"] = _names_of(database, list(frame["thing"]))
    frame = _as_others_see(database, frame, as_at)
    if not audience.sees_members:
        frame = frame[frame["is_own"] | frame["published"].astype(bool)]
    frame["rank"] = frame["state"].map(STATES.index)
    lacking = 1 - frame["delivered"].fillna(0) / frame["promised_by_now"].fillna(frame["promised"])
    frame = frame.assign(lacking=lacking.replace([-math.inf, math.inf], 0)).sort_values(
        ["period", "rank", "lacking", "due_on", "promise"],
        ascending=[False, True, False, True, True],
        ignore_index=True,
    )
    return frame.drop(columns=["thing", "record_key", "rank", "lacking"])


def _is_own(
    frame: pd.DataFrame, audience: Audience, members: Collection[str] | None
) -> "pd.Series[bool]":
    if audience.owns(Request((), (), members=members)):
        return pd.Series(True, index=frame.index)
    return frame["member_id"].isin(audience.members)


def _state(row: Any) -> str:
    delivered, is_reported = row.delivered, not math.isnan(row.delivered)
    if not row.promised > 0:
        return "nothing_promised"
    if row.was_due:
        if not is_reported:
            return "due_unknown"
        return "kept" if delivered >= row.promised else "not_kept"
    if not row.is_running:
        return "not_started"
    if not is_reported:
        return "not_reported"
    if math.isnan(row.promised_by_now):
        return "open_ended"
    return "on_profile" if delivered >= ON_PROFILE * row.promised_by_now else "behind"


def _proof(row: Any) -> str:
    if not row.delivered > 0 or math.isnan(row.evidenced):
        return "not_known"
    if row.evidenced == 0:
        return "none"
    return "all" if row.evidenced >= row.delivered else "part"


def _names_of(database: Database, things: Sequence[str]) -> list[str]:
    """A text for each promise that says nothing of it, and is the same in every quarter and at
    every moment: made of what the first report called its organisation, though a later one, or
    another member's, says which Org-ID that has."""
    rows = database.rows(
        """
        with
        reports as (
            select
                promise_key, name_key, coalesce(organisation_id, name_key) as reported_as,
                max(organisation_id) over (partition by name_key, promise_key) as known_id,
                coalesce(organisation_id, known_id, name_key) as organisation, submission_id, line
            from commitments_facts join additions using (addition_id)
        ),
        called as (
            select
                promise_key, organisation,
                arg_min(reported_as, (submission_id, line)) as first_reported_as
            from reports
            group by all
        ),
        names as (
            select distinct
                unnest([reported_as, organisation]) || '|' || promise_key as thing,
                first_reported_as || '|' || promise_key as name
            from reports join called using (promise_key, organisation)
        )
        select
            left(sha256((select secret from record_key_secret) || 'promise' || any_value(name)), 12)
        from (select unnest($things::varchar[]) as thing, unnest(range(len($things))) as position)
        join names using (thing)
        group by position
        order by position
        """,
        {"things": list(things)},
    )
    return [name for (name,) in rows]


def _as_others_see(database: Database, frame: pd.DataFrame, as_at: datetime | None) -> pd.DataFrame:
    """The rows as others see those that are not theirs, with `shown_<amount>`."""
    named = frame["is_own"] | frame["published"].astype(bool)
    frame.loc[~named, list(NAMING)] = None
    frame = frame.assign(**{f"shown_{name}": _in_words(frame, name) for name in AMOUNTS})
    people = (frame["unit"] == "people") & ~frame["is_own"]
    if not people.any():
        return frame
    settings, keys = database.settings, keys_of_columns(database)
    rows = frame.loc[people].copy()
    within = rows["period"].isin(small_months(database, {*rows["period"]}, as_at))
    passed = rows["promised_by_now"] / rows["promised"]
    for name in ("promised", "delivered"):
        counts = np.floor(rows[name] + 0.5)
        cell_keys = rows["record_key"] + keys[f"{name}_people"]
        values, shown = counts_seen(counts.to_numpy(), cell_keys.to_numpy(dtype=float), settings)
        rows[name] = np.where(within, math.nan, values)
        rows[f"shown_{name}"] = np.where(within & counts.notna(), KEPT, shown)
    # What should be there by now is its part of what is seen, and proof is said in words only.
    rows["promised_by_now"] = rows["promised"] * passed
    hidden = rows["promised"].isna() & passed.notna()
    rows["shown_promised_by_now"] = rows["shown_promised"].where(
        hidden, _in_words(rows, "promised_by_now")
    )
    rows[["evidenced", "received"]] = math.nan
    rows[["shown_evidenced", "shown_received"]] = formatting.figure(None, "people")
    frame.loc[people] = rows
    return frame


def _in_words(frame: pd.DataFrame, name: str) -> "pd.Series[str]":
    pairs = zip(frame[name], frame["unit"], strict=True)
    return pd.Series([formatting.amount(*pair) for pair in pairs], index=frame.index, dtype=object)
