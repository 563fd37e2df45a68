"""What the parts of a breakdown are called."""

from collections.abc import Mapping
from datetime import datetime

import pandas as pd

from anchornet import formatting
from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE
from anchornet.formatting import NOT_KNOWN
from anchornet.places.reference import authority_names, ward_names
from anchornet.places.standards import ANY, standard_names
from anchornet.returns.declaration import RETURNS
from anchornet.store import network
from anchornet.store.database import Database
from anchornet.store.framework_codes import framework_names


def part_names(
    database: Database,
    by: str,
    indicator: str,
    codes: "pd.Series[str]",
    as_at: datetime | None,
) -> Mapping[str, str]:
    """Code -> words, of the indicator."""
    breakdown, settings = BREAKDOWNS[by], database.settings
    names: Mapping[str, str]
    match breakdown.names:
        case "rings":
            rings = formatting.ring_names(settings, CATALOGUE[indicator].located)
            return {code: name[:1].upper() + name[1:] for code, name in rings.items()}
        case "authorities":
            names = authority_names(
                database, [code for code in codes.dropna() if code != NOT_KNOWN]
            )
        case "wards":
            names = ward_names(database, list(codes.dropna()))
        case "members":
            frame = network.members(database, as_at)
            names = dict(zip(frame["member_id"], frame["name"], strict=True))
        case "returns":
            names = {name: return_.title for name, return_ in RETURNS.items()}
        case "outcomes" | "measures":
            names = framework_names(database, as_at)
        case "standards":
            names = {**standard_names(database, as_at), ANY: "Any of the standards"}
        case _:
            names = breakdown.values
    return {**names, NOT_KNOWN: "Not known"}


def part_titles(
    database: Database, by: str, frame: pd.DataFrame, as_at: datetime | None
) -> list[str | None]:
    """What the part of each row is called, of figures of one indicator or several; None of a whole.
    A part without a name is called as it is written."""
    codes = frame.groupby("indicator")[by]
    names = {name: part_names(database, by, str(name), of, as_at) for name, of in codes}
    rows = zip(frame["indicator"], frame[by], strict=True)
    return [names[indicator].get(code, code) for indicator, code in rows]
