"""What is different since the delivery group last met."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from anchornet.facts.catalogue import CATALOGUE, OVERVIEW
from anchornet.indicators.figures import NETWORK, Audience, Request, figures
from anchornet.indicators.judgement import judged_values
from anchornet.indicators.revisions import revisions
from anchornet.indicators.targets import status
from anchornet.indicators.xmr import of_months
from anchornet.periods import add_months
from anchornet.returns.declaration import RETURNS
from anchornet.store.actions import actions
from anchornet.store.database import Database, utc_now
from anchornet.store.meetings import meetings
from anchornet.store.network import dates_of
from anchornet.store.returns_status import returns_board
from anchornet.store.targets import targets

MONTHS = 24
LOOKED_BACK = 12  # months in which a figure that was revised is told
LOOKED_AT = 3  # months at once, for the one to open on


@dataclass(frozen=True)
class Change:
    """An indicator of which another thing is said than at the meeting: of status one of
    targets.STATUSES, of variation one of xmr.VARIATIONS. Values are those of the two months,
    as the audience sees them; target is the profile, where there is one."""

    indicator: str
    was: str
    now: str
    value_then: float
    value_now: float
    profile: float | None
    rule: str | None = None  # of variation: which one marks the month


@dataclass(frozen=True)
class Since:
    """What is different between two moments, `then` and `now` (UTC). The meeting saw the figures
    of `period_then`; those of `period` are looked at now. Either is None before the first return.

    crossed: whose status changed; varied: whose variation changed, by the last month. joined, left:
    members by ID. came_in: returns (member ID, return name) that the meeting's month lacked and
    this month has; fell_out: that it had and this month lacks though they are due.
    revised: figures of the twelve months to period_then that are others now, as revisions gives
    them.
    due: open actions that are due by `due_by`, the day of the next meeting or today; closed: those
    closed since; both as store.actions.actions gives them.
    """

    then: datetime
    now: datetime
    period_then: date | None
    period: date | None
    crossed: tuple[Change, ...]
    varied: tuple[Change, ...]
    joined: tuple[str, ...]
    left: tuple[str, ...]
    came_in: tuple[tuple[str, str], ...]
    fell_out: tuple[tuple[str, str], ...]
    revised: pd.DataFrame
    due: pd.DataFrame
    closed: pd.DataFrame
    due_by: date


def since(
    database: Database,
    indicators: Sequence[str],
    then: datetime,
    now: datetime | None,
    audience: Audience,
    *,
    period: date | None = None,
    members: Collection[str] | None = None,
) -> Since:
    """What is different now from what was known at the moment `then`, for the network or for some
    members. `period` is the month looked at, else the latest whose returns were due. What is
    compared is what the audience sees. Without `now` it is what is known when it is asked, also of
    what is sent meanwhile."""
    moment = now or utc_now()
    period_then, period = month_seen(database, then), period or month_seen(database, now)
    due_by = min(
        (held.starts_at.date() for held in meetings(database, now) if held.starts_at > moment),
        default=moment.date(),
    )
    recorded = actions(database, now)
    if members is not None:
        recorded = recorded[recorded["member_id"].isin(members)]
    done = recorded["state"] == "done"
    crossed: list[Change] = []
    varied: list[Change] = []
    months_then, months = _months_to(period_then), _months_to(period)
    looked_at = months_then[-LOOKED_BACK:]
    then_known, now_known = (
        figures(database, Request(indicators, asked, as_at=as_at, members=members), audience)
        for asked, as_at in ((months_then, then), (sorted({*looked_at, *months}), now))
    )
    if period_then and period:
        before, after = (
            _last_months(_judged(database, frame, members))
            for frame in (then_known, _only(now_known, months))
        )
        crossed = _changes(before, after, "status")
        varied = _changes(before, after, "variation")
    sent_then, owed_then, _ = _returns(database, period_then, then, members)
    sent, owed, missing = _returns(database, period, now, members)
    were, are = (list(dict.fromkeys(member for member, _ in each)) for each in (owed_then, owed))
    return Since(
        then=then,
        now=moment,
        period_then=period_then,
        period=period,
        crossed=tuple(crossed),
        varied=tuple(varied),
        joined=tuple(name for name in are if name not in were) if were else (),
        left=tuple(name for name in were if name not in are) if are else (),
        came_in=tuple(
            return_ for return_ in sent if return_ not in sent_then and return_ in owed_then
        ),
        fell_out=tuple(return_ for return_ in missing if return_ in sent_then),
        revised=revisions(
            database,
            _only(then_known, looked_at),
            _only(now_known, looked_at),
            then,
            now,
            members=members,
        ),
        due=recorded[~done & (recorded["due_on"] <= due_by)],
        closed=recorded[done & (pd.to_datetime(recorded["closed_at"]) > then)],
        due_by=due_by,
    )


@dataclass(frozen=True)
class OffTrack:
    """A figure that is off track, of a member held to a target of its own."""

    indicator: str
    member_id: str
    value: float
    profile: float


def members_off_track(
    database: Database,
    period: date,
    audience: Audience,
    *,
    as_at: datetime | None = None,
) -> list[OffTrack]:
    """What is off track in a month of members held to targets of their own, or in the last quarter
    of what is sent every quarter, in the catalogue's order."""
    wanted = {target.indicator for target in targets(database, as_at) if target.member_id}
    names = [name for name in CATALOGUE if name in wanted]
    last = {name: CATALOGUE[name].last_period(period) for name in names}
    request = Request(names, sorted({*last.values()}), as_at=as_at, by=["member"])
    frame = status(database, figures(database, request, audience))
    return [
        OffTrack(row["indicator"], row["member"], row["value"], row["profile"])
        for row in frame.to_dict("records")
        if row["status"] == "off_track" and row["period"] == last[row["indicator"]]
    ]


def month_seen(
    database: Database, as_at: datetime | None = None, audience: Audience = NETWORK
) -> date | None:
    """The month that a page opens on, or a meeting looks at: the latest whose returns were due
    before that day and of which at least half of the figures on Overview can be judged, of the
    returns that were ever sent. Without one the latest that was due, else the first of all."""
    with database.cursor() as cursor:
        rows = cursor.execute(
            "select distinct period, return_name from current_submissions(?)", [as_at]
        ).fetchall()
        months: list[date] = sorted({month for month, _ in rows}, reverse=True)
        dates = dates_of(cursor, database, months, as_at)
    day = (as_at or utc_now()).date()
    past = [month for month in months if dates[month].due_on < day]
    sent = {return_name for _, return_name in rows}
    names = [name for name in OVERVIEW if CATALOGUE[name].return_name in sent]
    for first in range(0, len(past), LOOKED_AT) if names else ():
        together = past[first : first + LOOKED_AT]
        frame = figures(database, Request(names, together, as_at=as_at), audience)
        judged = frame[judged_values(frame).notna()].groupby("period").size()
        for month in together:
            asked = sum(
                RETURNS[CATALOGUE[name].return_name or ""].is_period(month) for name in names
            )
            if asked and 2 * judged.get(month, 0) >= asked:
                return month
    return next(iter(past or months[-1:]), None)


def _months_to(period: date | None) -> list[date]:
    return [add_months(period, -back) for back in reversed(range(MONTHS))] if period else []


def _only(frame: pd.DataFrame, months: Collection[date]) -> pd.DataFrame:
    return frame[frame["period"].isin(months)]


def _judged(
    database: Database, frame: pd.DataFrame, members: Collection[str] | None
) -> pd.DataFrame:
    only = next(iter(members)) if members is not None and len(set(members)) == 1 else None
    return status(database, frame, only, whole=members is None or only is not None)


def _last_months(frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """What is said of the last month of each indicator."""
    last_months = {}
    for name, rows in frame.groupby("indicator", sort=False):
        chart = of_months(rows)
        last_months[str(name)] = {
            **rows.iloc[-1],
            "variation": chart.variation if chart else None,
            "rule": chart.special[-1] if chart else None,
        }
    return last_months


def _changes(
    before: Mapping[str, dict[str, Any]], after: Mapping[str, dict[str, Any]], column: str
) -> list[Change]:
    return [
        Change(
            indicator=name,
            was=before[name][column],
            now=row[column],
            value_then=float(before[name]["value"]),
            value_now=float(row["value"]),
            profile=None if math.isnan(row["profile"]) else float(row["profile"]),
            rule=row["rule"] if column == "variation" else None,
        )
        for name, row in after.items()
        # What isn't known, or is hidden, is None or NaN.
        if {str} == {type(row[column]), type(before[name][column])}
        and row[column] != before[name][column]
    ]


Sent = list[tuple[str, str]]


def _returns(
    database: Database,
    period: date | None,
    as_at: datetime | None,
    members: Collection[str] | None,
) -> tuple[Sent, Sent, Sent]:
    """The returns of a month that were in, those that were owed, and those that lacked."""
    if period is None:
        return [], [], []
    board = returns_board(database, period, as_at)
    if members is not None:
        board = board[board["member_id"].isin(members)]
    names = list(zip(board["member_id"], board["return_name"], strict=True))
    states = dict(zip(names, board["state"], strict=True))
    return (
        [name for name in names if states[name] not in ("missing", "not_due")],
        names,
        [name for name in names if states[name] == "missing"],
    )
