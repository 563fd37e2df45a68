"""What is on offer: promises that are not delivered yet and whose measure can be passed on."""

from collections.abc import Collection

import pandas as pd

from anchornet.indicators.figures import NETWORK
from anchornet.indicators.promises import promises, quarter_of
from anchornet.store.database import Database, utc_now
from anchornet.store.framework import Framework, framework
from anchornet.store.needs import needs

WITHDRAWN_FROM_OFFER = ("kept", "not_kept", "due_unknown")  # delivered, or too late


def offers(frame: pd.DataFrame, loaded: Framework | None, matched: Collection[str]) -> pd.DataFrame:
    """The rows on offer among promises of the last quarter, as promises.promises gives them: of
    measures that can be brokered, by organisations that may be named, less those that needs are
    `matched` with; by measure in the framework's order."""
    order = [each.id for each in loaded.measures if each.brokered] if loaded else []
    on_offer = frame[
        frame["measure"].isin(order)
        & frame["organisation"].notna()
        & ~frame["state"].isin(WITHDRAWN_FROM_OFFER)
        & ~(frame["delivered"] >= frame["promised"])
        & ~frame["promise"].isin([*matched])
    ]
    return on_offer.sort_values(
        ["measure", "due_on"],
        key=lambda column: column.map(order.index) if column.name == "measure" else column,
        ignore_index=True,
    )


def offers_now(database: Database) -> pd.DataFrame:
    """What is on offer by the last quarter, for the network's delivery group and coordinator."""
    quarter = quarter_of(database, utc_now().date())
    frame = promises(database, [quarter] if quarter else [], NETWORK)
    matched = {need.promise for need in needs(database) if need.promise}
    return offers(frame, framework(database), matched)
