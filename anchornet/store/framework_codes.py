"""What the framework gives to a return that asks for its measures: codes, and tables for SQL."""

from datetime import datetime

import pyarrow as pa
from duckdb import DuckDBPyConnection

from anchornet.returns.declaration import Return
from anchornet.store.database import Database
from anchornet.store.framework import Framework, framework, framework_with_dropped

SOURCE = "framework"  # in `codes_from` of a declaration


def asks(return_: Return) -> bool:
    return any(field.codes_from == SOURCE for field in return_.fields)


def with_framework(database: Database | DuckDBPyConnection, return_: Return) -> Return:
    """The return with the measures of the network's framework as its codes; none where no
    framework is loaded."""
    if not asks(return_):
        return return_
    loaded = framework(database)
    return return_.with_codes(SOURCE, loaded.measure_codes if loaded else {})


def framework_names(database: Database, as_at: datetime | None = None) -> dict[str, str]:
    """Outcome or measure -> its title."""
    loaded = framework_with_dropped(database, as_at)
    if loaded is None:
        return {}
    titles = {outcome.id: outcome.title for outcome in loaded.outcomes}
    return titles | dict(loaded.measure_codes)


def for_check(
    cursor: DuckDBPyConnection, return_: Return, loaded: Framework | None = None
) -> Return:
    """The return as `with_framework` has it, to be checked on this cursor, which gets the tables
    that its rules ask; with another framework than the network's where that is given."""
    if not asks(return_):
        return return_
    loaded = loaded or framework(cursor)
    show_framework(cursor, loaded)
    return return_.with_codes(SOURCE, loaded.measure_codes if loaded else {})


def show_framework(cursor: DuckDBPyConnection, loaded: Framework | None) -> None:
    """Makes the temp tables framework_measures(measure, unit, outcome), in order, and
    framework_bands(from_gbp, most_measures) that rules may ask."""
    measures = loaded.measures if loaded else ()
    bands = loaded.bands if loaded else ()
    _make(
        cursor,
        "framework_measures",
        {
            "measure": pa.array([each.id for each in measures], pa.string()),
            "unit": pa.array([each.unit for each in measures], pa.string()),
            "outcome": pa.array([each.outcome for each in measures], pa.string()),
        },
    )
    _make(
        cursor,
        "framework_bands",
        {
            "from_gbp": pa.array([each.from_gbp for each in bands], pa.decimal128(18, 2)),
            "most_measures": pa.array([each.most_measures for each in bands], pa.int32()),
        },
    )


def show_measures(cursor: DuckDBPyConnection) -> None:
    """Makes the temp table measures_since(measure, unit, outcome, since): each measure from the
    moment of each framework that has it; of the first one from ever."""
    moments: list[datetime] = [
        moment
        for (moment,) in cursor.execute(
            "select recorded_at from frameworks order by record_number"
        ).fetchall()
    ]
    rows: list[tuple[str, str, str, datetime | None]] = []
    for moment in moments:
        for each in loaded.measures if (loaded := framework(cursor, moment)) else ():
            is_new = each.id not in {measure for measure, *_ in rows}
            rows.append((each.id, each.unit, each.outcome, None if is_new else moment))
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    kinds = (pa.string(), pa.string(), pa.string(), pa.timestamp("us"))
    names = ("measure", "unit", "outcome", "since")
    _make(
        cursor,
        "measures_since",
        {
            name: pa.array(column, kind)
            for name, column, kind in zip(names, columns, kinds, strict=True)
        },
    )


def _make(cursor: DuckDBPyConnection, table: str, columns: dict[str, pa.Array]) -> None:
    cursor.register("framework_rows", pa.table(columns))
    cursor.execute(f"create or replace temp table {table} as from framework_rows")
    cursor.unregister("framework_rows")
