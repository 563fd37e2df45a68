"""What the delivery group looks at first: which figures are off track, and what is being done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.indicators.xmr import of_months
from anchornet.narrative import status
from anchornet.narrative import variation as narrative_variation

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
        varies = chart.variation if chart and chart.points[-1] else None
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


def summary(listed: Sequence[Case]) -> str:
    """How many exceptions there are, and how many of them have no action."""
    exceptions = [case for case in listed if case.is_exception]
    if not exceptions:
        known = any(case.row["status"] for case in listed)
        return "Nothing is off track." if known else "No target can be looked at yet."
    without = sum(not case.actions for case in exceptions)
    said = f"{formatting.count(len(exceptions))} {'figure' if len(exceptions) == 1 else 'figures'}"
    said += (
        f"; {formatting.count(without)} without an action" if without else ", each with an action"
    )
    return formatting.sentence(said)
