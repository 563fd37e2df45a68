"""Whether a figure can be judged, and why not: what can't be has no status, no direction, no point
in how it varies and no headline, and is stated with what it lacks.

How much of what there usually is has been sent hangs on what each member usually sends; nothing but
yes or no of that leaves.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from anchornet.facts.catalogue import CATALOGUE, FACTS
from anchornet.formatting import pounds
from anchornet.indicators.calculate import INSIDE
from anchornet.settings import Settings

NOT_DUE = "not_due"  # no return of it is due by then
IN_POUNDS = "in_pounds"  # with credit notes it is no part of a whole, and said in pounds
FEW_MONTHS = "few_months"  # of its window
FEW_MEMBERS = "few_members"  # have sent it, of what there usually is
MOSTLY_UNKNOWN = "mostly_unknown"
BEGINNING = "beginning"  # the first there is
PENNY = 0.005


def with_judgement(frame: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """The rows of `calculate` as they are seen, with `shown` and `unknown`; without INSIDE, but
    with `unjudged`: the first of the reasons above that holds, None where it can be judged."""
    kinds = [CATALOGUE[name] for name in frame["indicator"]]
    columns = {name: frame[name].to_numpy(dtype=float) for name in INSIDE}
    part, base = columns["part"], frame["base"].to_numpy(dtype=float)
    # What isn't of people or pounds is a part of its whole anyway.
    of_pounds = np.array([it.unit == "share" and not it.people for it in kinds], dtype=bool)
    of_returns = np.array([FACTS[it.facts[0]].table is None for it in kinds], dtype=bool)
    credited = of_pounds & ((part < -PENNY) | (part > base + PENNY))
    covered = np.where(of_returns, 1.0, np.nan_to_num(columns["covered"]))
    is_long = frame["months_expected"].to_numpy() > 1
    months = frame["months"].to_numpy(dtype=float) / frame["months_expected"].to_numpy(dtype=float)
    known = 1 - np.nan_to_num(frame["unknown"].to_numpy(dtype=float))
    room = 1e-9
    reasons = {
        NOT_DUE: of_returns & (columns["is_due"] != 1),
        IN_POUNDS: credited,
        FEW_MONTHS: ~of_returns & is_long & (months < settings.judged_from_coverage - room),
        FEW_MEMBERS: covered < settings.judged_from_coverage - room,
        MOSTLY_UNKNOWN: known < settings.judged_from_known - room,
        BEGINNING: columns["is_first"] == 1,
    }
    unjudged = np.select(list(reasons.values()), list(reasons), default="").astype(object)
    unjudged[unjudged == ""] = None
    shown = frame["shown"].to_numpy(dtype=object)
    for row in np.flatnonzero(credited):
        shown[row] = f"{pounds(part[row])} of {pounds(base[row])}"
    return frame.drop(columns=list(INSIDE)).assign(
        value=np.where(credited, np.nan, frame["value"].to_numpy(dtype=float)),
        shown=shown,
        unjudged=pd.Series(unjudged, index=frame.index, dtype=object),
    )


def judged_values(frame: pd.DataFrame) -> "pd.Series[float]":
    """The values of those rows that can be judged; NaN in the others."""
    return frame["value"].where(frame["unjudged"].isna())


def unknown_shares(
    whole: npt.NDArray[np.float64], base: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """How much of a whole is in no base, as nothing is known of it, as a share of 0 to 1 whatever
    was credited; NaN where there is nothing."""
    unknown = np.abs(whole - base)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(unknown / (unknown + np.abs(base)))
