"""What became of needs by month, for the figures of the catalogue."""

from datetime import datetime

import pyarrow as pa
from duckdb import DuckDBPyConnection

from anchornet.store.database import Database, utc_now
from anchornet.store.needs import needs


def register_needs(cursor: DuckDBPyConnection, database: Database, as_at: datetime | None) -> None:
    """Gives the cursor the table needs_of_months(period, need_id, is_met, days): a row for each
    need in the month in which it was closed, with whether it was met, and one in that in which it
    was first introduced, with the days until then."""
    today = (as_at or utc_now()).date()
    rows: list[tuple[object, ...]] = []
    for need in needs(database, as_at):
        if closed_on := need.closed_on(today):
            is_met = need.state(today) == "confirmed"
            rows.append((closed_on.replace(day=1), need.need_id, is_met, None))
        if need.introduced_at and need.asked_at:
            days = (need.introduced_at.date() - need.asked_at.date()).days
            rows.append((need.introduced_at.date().replace(day=1), need.need_id, None, days))
    names = ("period", "need_id", "is_met", "days")
    kinds = (pa.date32(), pa.int64(), pa.bool_(), pa.int32())
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    cursor.register(
        "needs_of_months",
        pa.table(
            {
                name: pa.array(column, kind)
                for name, column, kind in zip(names, columns, kinds, strict=True)
            }
        ),
    )
