"""The door: figures for an audience. What is of people has passed disclosure control unless it is
the audience's own; nothing else reads the facts.

figures(database, Request(["starts"], [september], by=["pathway"]), NETWORK)
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain

import pandas as pd

from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE, FACTS
from anchornet.formatting import figure
from anchornet.indicators.calculate import calculate
from anchornet.indicators.disclosure import protected
from anchornet.indicators.few_members import (
    FEWEST_TOGETHER,
    TOO_FEW_MEMBERS,
    months_apart,
    small_months,
)
from anchornet.indicators.judgement import unknown_shares, with_judgement
from anchornet.periods import months_of
from anchornet.store import meetings, submissions
from anchornet.store.area_statistics import area_facts
from anchornet.store.database import Database
from anchornet.store.network import NotPossible

MOST_BREAKDOWNS = 2  # that people are shown by at once


class NotOffered(NotPossible):
    """Figures are not shown by that, or by so much at once, to others than the sender."""


@dataclass(frozen=True)
class Request:
    """What is asked for. `members`: the IDs that figures are limited to, None for the network;
    `window`: one of WINDOWS, of which each period is the last month (see `months_of`); `where`: of
    each breakdown named, only those values."""

    indicators: Sequence[str]
    periods: Sequence[date]
    window: str = "month"
    as_at: datetime | None = None
    by: Sequence[str] = ()
    members: Collection[str] | None = None
    where: Mapping[str, Collection[str]] | None = None


@dataclass(frozen=True)
class Audience:
    """Who figures are for. `members`: whose own they are, and are seen as they are;
    `sees_members`: whether those of each other member are for them, too; `at_meetings`: whether
    those as at earlier moments are only the ones that a meeting saw."""

    name: str
    members: frozenset[str] = frozenset()
    sees_members: bool = False
    at_meetings: bool = False

    def owns(self, request: Request) -> bool:
        """Whether all that is asked for is the audience's own."""
        if self is OWN:
            return True
        limits = [request.members, (request.where or {}).get("member")]
        return any(limit and {*limit} <= self.members for limit in limits)


OWN = Audience("own", sees_members=True)  # whoever holds the file
NETWORK = Audience("network", sees_members=True)  # its delivery group and coordinator
TOGETHER = Audience("together", at_meetings=True)  # who sees members together only
PUBLIC = Audience("public")
AUDIENCES = {audience.name: audience for audience in (OWN, NETWORK, PUBLIC)}


def own_of(*member_ids: str) -> Audience:
    """A member's own people: they see what is limited to their member as it is, and others' members
    together."""
    return replace(TOGETHER, name="own_of", members=frozenset(member_ids))


def figures(database: Database, request: Request, audience: Audience) -> pd.DataFrame:
    """Columns: indicator, period (date), as_at (datetime, UTC), value (float; NaN: a gap, or not
    shown), base (float, what a rate is divided by, else NaN), unit, members (how many sent the
    return), members_expected, months (of how many of its window something is known),
    months_expected, senders (a text that is the same of the same members), one of text for each
    breakdown, shown: the value in words as it is seen, "–" for a gap and "*" for 1 to 7 people,
    unknown (of a rate over what is known: the share of which it isn't), and unjudged: why it can't
    be judged (see judgement.py), None where it can.

    Sorted by indicator as asked, period, breakdowns. `member` holds the member's ID; what is not
    known is "not_known", of a ring "unknown". A group that has something in one of the periods is
    nought in the others, and a gap where nobody sent the return: such a period has one row, without
    the breakdowns of what was sent. The figures of one member are all that it paid; those of
    several leave out what one member paid another.

    Over a longer window a flow adds its months up, and is a gap where one of them is; a rate is
    over the months there are; a stock is that of the last month. `members` are then those that sent
    every month they owed, and `members_expected` those that owed any.
    Raises NotDeclared, and NotOffered where it isn't the audience's own.
    """
    is_own = audience.owns(request)
    if not is_own:
        _require_offered(request, audience)
        if audience.at_meetings and request.as_at is not None:
            _require_meeting(database, request.as_at)
    frame = calculate(
        database,
        request.indicators,
        request.periods,
        as_at=request.as_at,
        by=request.by,
        members=request.members,
        window=request.window,
        where=request.where,
    )
    if not is_own:
        frame = protected(frame, database.settings, _kept_periods(database, request))
        chosen = _chosen(request)
        if chosen is not None and not audience.sees_members:
            few = frame["members"].between(1, FEWEST_TOGETHER - 1)
            few |= _apart(database, request, chosen, frame)
            frame.loc[few, ["value", "base", "unknown", "part"]] = math.nan
            frame.loc[few, "shown"] = TOO_FEW_MEMBERS
    else:
        shown = [figure(*pair) for pair in zip(frame["value"], frame["unit"], strict=True)]
        unknown = unknown_shares(frame["whole"].to_numpy(), frame["base"].to_numpy())
        frame = frame.assign(shown=shown, unknown=unknown)
    return with_judgement(frame, database.settings_at(request.as_at))


def is_offered(request: Request, audience: Audience) -> bool:
    """Whether it may be asked for, so that a page asks for nothing else."""
    try:
        if not audience.owns(request):
            _require_offered(request, audience)
    except NotOffered:
        return False
    return True


def _chosen(request: Request) -> frozenset[str] | None:
    """The members that figures are limited to, in either way; None for the network."""
    selections = [request.members, (request.where or {}).get("member")]
    limits = [frozenset(chosen) for chosen in selections if chosen is not None]
    return frozenset.intersection(*limits) if limits else None


def _apart(
    database: Database, request: Request, chosen: frozenset[str], frame: pd.DataFrame
) -> "pd.Series[bool]":
    """The rows of figures which, or what they leave of the network's, are those of one or two
    members. Raises NotOffered where, whoever sends, none could be shown."""
    spans = {period: {*months_of(period, request.window)} for period in request.periods}
    months = {*chain(*spans.values())}
    # People's figures keep their noise when others are taken from them.
    returns = {
        name: {None}
        if CATALOGUE[name].people
        else {FACTS[fact].return_name for fact in CATALOGUE[name].facts} or {None}
        for name in request.indicators
    }
    apart = {
        name: months_apart(database, chosen, months, request.as_at, name)
        for name in {None, *chain(*returns.values())}
    }
    if spans and all(span & apart[None] for span in spans.values()):
        raise NotOffered(
            "There are too few of these members to show their figures together: they, or the rest "
            "of the network, would be one or two members."
        )
    hidden = {
        (name, period)
        for name, sent in returns.items()
        for period, span in spans.items()
        if any(span & apart[return_name] for return_name in sent)
    }
    pairs = zip(frame["indicator"], frame["period"], strict=True)
    return pd.Series([pair in hidden for pair in pairs], index=frame.index, dtype=bool)


def _kept_periods(database: Database, request: Request) -> list[date]:
    """The periods of which people's figures are for the members they come from."""
    if not any(CATALOGUE[name].people for name in request.indicators):
        return []
    spans = {period: {*months_of(period, request.window)} for period in request.periods}
    small = small_months(database, {*chain(*spans.values())}, request.as_at)
    return [period for period, months in spans.items() if months & small]


def _require_meeting(database: Database, as_at: datetime) -> None:
    """What differs between any two moments is what one member sent."""
    held = {meeting.starts_at for meeting in meetings.meetings(database)}
    if as_at not in held and submissions.has_changed_since(database, as_at):
        raise NotOffered("Figures as at an earlier moment are those that a meeting saw.")


def _require_together(request: Request) -> None:
    """For those who see no member's figures, exact ones included."""
    selections = [request.members, (request.where or {}).get("member")]
    if any(chosen is not None and len(chosen) < FEWEST_TOGETHER for chosen in selections):
        raise NotOffered(f"Figures of fewer than {FEWEST_TOGETHER} members are those members' own.")
    if "member" in request.by or "kind" in {*request.by, *(request.where or {})}:
        raise NotOffered("Figures by member are for those who see every member's.")


def _require_offered(request: Request, audience: Audience) -> None:
    if not audience.sees_members:
        _require_together(request)
    cuts = {*request.by, *(request.where or {})}
    if own := [name for name in cuts if name in BREAKDOWNS and BREAKDOWNS[name].own]:
        raise NotOffered(f"Figures by {BREAKDOWNS[own[0]].by} are for the member's own.")
    if request.members is not None:
        cuts.add("member")
    named = [CATALOGUE[name] for name in request.indicators if name in CATALOGUE]
    people = [indicator for indicator in named if indicator.people]
    if not people:
        return
    limits = {name: BREAKDOWNS[name].people for name in cuts if name in BREAKDOWNS}
    year = request.window == "rolling_12"
    crossed = {name for name in cuts if not (year and limits.get(name) == "ages")}
    if "never" in limits.values():
        raise NotOffered("People are not shown by small area: ask by ward.")
    if "ages" in limits.values() and not year and any(one.kind != "rate" for one in people):
        raise NotOffered("People of one cohort are not counted: ask for the share still in post.")
    if "yearly" in limits.values() and (not year or len(crossed) > 1):
        raise NotOffered(
            "People are shown by ward and by decile over twelve months (rolling_12), and by "
            "nothing else at once."
        )
    stocks = any(indicator.kind == "stock" for indicator in people)
    most = 1 if stocks else MOST_BREAKDOWNS
    if len(crossed) > most:
        these = (
            "People who are counted every month are shown by one thing"
            if stocks
            else "People are shown by two things at once"
        )
        raise NotOffered(f"{these} at most, and this is by {', '.join(sorted(crossed))}.")


@dataclass(frozen=True)
class AreaFigure:
    """What an indicator is over, as the coordinator entered it."""

    value: float
    source: str
    year: int


def area_figure(
    database: Database, indicator: str, as_at: datetime | None = None
) -> AreaFigure | None:
    """The area's figure that an indicator is over; None where it is over none, or none was entered,
    which is a gap."""
    frame = area_facts(database, as_at)
    rows = frame.loc[frame["name"] == CATALOGUE[indicator].over, ["value", "source", "year"]]
    return AreaFigure(*rows.iloc[0]) if len(rows) else None
