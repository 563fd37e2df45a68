"""What a member pledges by itself, as lines of its Commitments return."""

from collections.abc import Collection, Mapping
from datetime import date

import pandas as pd

from anchornet.returns.declaration import RETURNS
from anchornet.store.framework import DONE_OR_NOT, Framework

RETURN = RETURNS["commitments"]


def own_pledges(
    framework: Framework,
    organisation: str,
    chosen: Collection[str],
    amounts: Mapping[str, int],
    starts_on: date,
    due_on: date,
) -> pd.DataFrame:
    """A line for each pledge that was chosen, in the columns of the return and the order of the
    framework; `amounts` say how much, of a measure that is more than done or not."""
    lines = []
    for pledge in framework.pledges:
        if pledge.id not in chosen:
            continue
        done_or_not = framework.measure(pledge.measure).unit == DONE_OR_NOT
        lines.append(
            {
                "source": "own_pledge",
                "agreement_ref": f"pledge-{starts_on.year}-{pledge.id}",
                "agreement_title": f"Our own pledges of {starts_on.year}",
                "starts_on": starts_on.isoformat(),
                "ends_on": due_on.isoformat(),
                "organisation_name": organisation,
                "measure": pledge.measure,
                "own_words": pledge.title,
                "promised": "yes" if done_or_not else str(amounts[pledge.id]),
                "due_on": due_on.isoformat(),
            }
        )
    return pd.DataFrame(lines, columns=[field.name for field in RETURN.fields], dtype=object)
