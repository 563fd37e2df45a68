"""What the delivery group looks at first: which figures are off track, and what is being done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.facts.catalogue import CATALOGUE, OVERVIEW
from anchornet.indicators.since_meeting import OffTrack
from anchornet.indicators.xmr import of_months
from anchornet.narrative import meeting, status
from anchornet.narrative import variation as narrative_variation
from anchornet.narrative.meeting import FigureOf
from anchornet.store.targets import Target

ORDER = ("off_track", "concern", "within_tolerance", "", "on_track")


@dataclass(frozen=True)
class Case:
    """An indicator with what is said of it; `rank` is its place in ORDER."""

    indicator: str
    row: "pd.Series[Any]"
    variation: str | None
    actions: tuple[dict[Any, Any], ...]
    rank: int

    @property
    def is_exception(self) -> bool:
        """Whether it is off track, or of concern."""
        return self.rank < 2


def cases(series: pd.DataFrame, months: pd.DataFrame, opened: pd.DataFrame) -> tuple[Case, ...]:
    """The indicators of a protected series with status, the exceptions first: off track, of
    concern, within tolerance, without a target or a figure, on track. `months`: the same over
    single months, for how they vary; `opened`: the open actions on them."""
    found = []
    for name, rows in series.groupby("indicator", sort=False):
        chart = of_months(months[months["indicator"] == name])
        varies = chart.variation if chart else None
        row = rows.iloc[-1]
        said = row["status"] if isinstance(row["status"], str) else ""
        worst = "concern" if varies == "concern" and said != "off_track" else said
        actions = opened[opened["indicator"] == name].to_dict("records")
        found.append(Case(str(name), row, varies, tuple(actions), ORDER.index(worst)))
    return tuple(sorted(found, key=lambda case: case.rank))


def stands(case: Case) -> str:
    """`41%, 4 points below profile of 45%; unusual: worse`."""
    said = ", ".join(filter(None, [formatting.shown(case.row), status.against(case.row)]))
    if case.variation == "concern":
        said += f"; {narrative_variation.VARIATION['concern'][0].lower()}"
    return said


def looked_at(held: Sequence[Target]) -> tuple[str, ...]:
    """The indicators of which exceptions are counted, wherever they are: those of Overview, and any
    other that the network has a target for."""
    own = {target.indicator for target in held if target.member_id is None}
    return (*OVERVIEW, *(name for name in CATALOGUE if name in own and name not in OVERVIEW))


def lacking(
    listed: Sequence[Case], of_members: Sequence[OffTrack], actions: pd.DataFrame
) -> list[tuple[FigureOf, str]]:
    """The exceptions with no action open, and how each stands: those of the network, and then those
    of members held to targets of their own; `actions` as store.actions gives them."""
    return [
        ((case.indicator, None), stands(case))
        for case in listed
        if case.is_exception and not case.actions
    ] + [
        ((figure.indicator, figure.member_id), meeting.behind(figure))
        for figure in meeting.unanswered(of_members, actions)
    ]


def summary(
    listed: Sequence[Case],
    of_members: Sequence[OffTrack] = (),
    without: Sequence[tuple[FigureOf, str]] = (),
) -> str:
    """How many exceptions there are and how many of them have no action (`lacking`): of the
    network, and of members held to targets of their own."""
    exceptions = [case for case in listed if case.is_exception]
    text = "No target can be looked at yet."
    if exceptions:
        alone = sum(not case.actions for case in exceptions)
        text = _with_actions(len(exceptions), "", alone)
    elif any(case.row["status"] for case in listed):
        text = "Nothing is off track."
    if of_members:
        alone = sum(member_id is not None for (_, member_id), _ in without)
        whose = " of members with their own targets"
        text += f" Also, {_with_actions(len(of_members), whose, alone)}"
    return formatting.capital(text)


def _with_actions(figures: int, whose: str, alone: int) -> str:
    text = f"{formatting.counted(figures, 'figure')}{whose}"
    if alone in (0, figures):
        each = "each " if figures > 1 else ""
        return f"{text}, {each}{'without' if alone else 'with'} an action."
    return f"{text}; {formatting.count(alone)} without an action."
