"""What the pack of a meeting is made of: everything as at its moment, as the network sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

import pandas as pd

from anchornet import formatting
from anchornet.exports.pack.slides import Cell, Mark, TableSlide
from anchornet.facts.catalogue import CATALOGUE, PACK
from anchornet.indicators import since_meeting as meetings_
from anchornet.indicators.figures import NETWORK, Request, figures
from anchornet.indicators.targets import status
from anchornet.narrative import exceptions
from anchornet.narrative import status as narrative_status
from anchornet.narrative.exceptions import Case
from anchornet.periods import add_months
from anchornet.store.actions import actions
from anchornet.store.database import Database
from anchornet.store.meetings import Meeting, meetings
from anchornet.store.network import is_sample, members
from anchornet.store.returns_status import returns_board
from anchornet.store.targets import targets

MONTHS = 24  # that a chart shows


@dataclass(frozen=True)
class MeetingData:
    """What the pack is made of. `as_at`: when the meeting starts, or `now` before that. `period`:
    the month it looks at, None before the first return. `looked_at`: the indicators of which
    exceptions are counted. `series`: with status."""

    database: Database
    meeting: Meeting
    before: Meeting | None
    now: datetime
    as_at: datetime
    period: date | None
    indicators: tuple[str, ...]
    looked_at: tuple[str, ...]
    series: pd.DataFrame
    board: pd.DataFrame
    listed: pd.DataFrame
    names: Mapping[str, str]
    sample: bool

    @classmethod
    def of(cls, database: Database, meeting: Meeting, now: datetime) -> "MeetingData":
        as_at = min(meeting.starts_at, now)
        period = meetings_.month_seen(database, as_at)
        # A slide each, and one for each further indicator that the network has a target for.
        looked_at = exceptions.looked_at(targets(database, as_at))
        indicators = (*PACK, *(name for name in looked_at if name not in PACK))
        series = pd.DataFrame()
        if period is not None:
            months = [add_months(period, -back) for back in reversed(range(MONTHS))]
            request = Request(indicators, months, as_at=as_at)
            series = status(database, figures(database, request, NETWORK))
            series = series.assign(label=[formatting.shown(row) for _, row in series.iterrows()])
        known = members(database)
        return cls(
            database=database,
            meeting=meeting,
            before=next((held for held in meetings(database) if held.starts_at < as_at), None),
            now=now,
            as_at=as_at,
            period=period,
            indicators=indicators,
            looked_at=looked_at,
            series=series,
            board=returns_board(database, period, as_at) if period else pd.DataFrame(),
            listed=actions(database, as_at),
            names=dict(zip(known["member_id"], known["name"], strict=True)),
            sample=is_sample(database),
        )

    @property
    def month(self) -> date:
        """The period; for what is asked only where there is one."""
        if self.period is None:
            raise ValueError("There is no month before the first return.")
        return self.period

    @property
    def today(self) -> date:
        return self.as_at.date()

    @property
    def opened(self) -> pd.DataFrame:
        """The open actions, by the day they are due: overdue ones first."""
        return self.listed[self.listed["state"] == "open"]

    @property
    def stated(self) -> str:
        """`as at 16 September 2026, 09:00 UTC`."""
        return f"as at {formatting.moment(self.as_at)} UTC"

    def rows(self, indicator: str) -> pd.DataFrame:
        """One indicator's months, from the first that anything was known of."""
        rows = self.series[self.series["indicator"] == indicator]
        begun = rows["shown"].ne("–").cummax()
        begun |= rows["period"] == CATALOGUE[indicator].last_period(self.month)
        return rows[begun].reset_index(drop=True)

    def cases(self) -> tuple[Case, ...]:
        own = self.opened[self.opened["member_id"].isna()]
        series = self.series[self.series["indicator"].isin(self.looked_at)]
        return exceptions.cases(series, series, own)


class Noted(Protocol):
    """What a pack is made of."""

    @property
    def sample(self) -> bool: ...
    @property
    def stated(self) -> str: ...


def notes(data: Noted, *paragraphs: str) -> tuple[str, ...]:
    sample = ["Sample data: everything in this network is invented."] if data.sample else []
    return (*filter(None, paragraphs), *sample)


def table_slide(
    data: Noted,
    title: str,
    sentence: str,
    headings: Mapping[str, float],
    rows: Sequence[Sequence[Cell]],
    foot: str = "",
    numbers: tuple[int, ...] = (),
) -> TableSlide:
    """`headings` with their parts of the width."""
    many = f"{len(rows)} {formatting.plural(len(rows), 'row')}"
    return TableSlide(
        title=title,
        sentence=sentence,
        foot=foot or formatting.sentence(data.stated),
        notes=notes(data, sentence, foot),
        headings=tuple(headings),
        widths=tuple(headings.values()),
        rows=tuple(tuple(row) for row in rows),
        alt=f"Table: {title}. {many}: {', '.join(headings)}.",
        numbers=numbers,
    )


def target(row: "pd.Series[Any]") -> str:
    """`48% by Mar 2027`."""
    return narrative_status.target(row, when=True).removeprefix("Target\N{NO-BREAK SPACE}")


def mark_of(row: "pd.Series[Any]") -> Mark:
    state = narrative_status.state(row)
    return Mark(
        state if state in formatting.STATUS else "none", formatting.STATUS.get(state, state)
    )
