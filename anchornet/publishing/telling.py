"""The title and the sentence of a figure that is shared, made from its figures."""

from dataclasses import dataclass

import pandas as pd

from anchornet.indicators.catalogue import CATALOGUE
from anchornet.publishing import words
from anchornet.publishing.disclosure import HIDDEN
from anchornet.settings import Settings
from anchornet.store.figures import Asked

# Columns of rows that hold figures, and not what they are of.
FIGURES = ("value", "shown", "profile", "members", "members_expected")


@dataclass(frozen=True)
class Told:
    """A title like a newspaper's, and a sentence that says more."""

    title: str
    sentence: str


def tell(
    asked: Asked, now: pd.DataFrame, rows: pd.DataFrame, whose: str, settings: Settings
) -> Told:
    it = CATALOGUE[asked.indicator]
    when = words.span(asked.period, asked.window)
    title = f"{words.plain(it.title)}, {when}"
    row = now.iloc[-1]
    shown = words.shown(row)
    said = f"{words.plain(it.title)}: {shown} in {when}."
    if shown == HIDDEN:
        said = f"There are too few people to show the figure for {when}."
    elif shown == "–":
        said = f"There is no figure for {when}."
    return Told(title, said)
