"""The supplier directory: where a supplier is and what it is, for ledgers that don't say."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd
from duckdb import DuckDBPyConnection

from anchornet.returns.checking import Checked, check_file
from anchornet.returns.declaration import read_declaration
from anchornet.returns.mapping import MappingError
from anchornet.returns.reading import Refused
from anchornet.store.database import Database, utc_now
from anchornet.store.network import LoadError

DIRECTORY = read_declaration(Path(__file__).with_name("suppliers.toml"))


@dataclass(frozen=True)
class LoadReport:
    """What a directory file did, in suppliers; `repeated` counts lines that a later line of the
    same file, of the same supplier, goes before."""

    added: int
    changed: int
    unchanged: int
    repeated: int = 0

    def sentence(self) -> str:
        """`Suppliers added: 12; changed: 3; as they were: 235.`"""
        said = (
            f"Suppliers added: {self.added:,}; changed: {self.changed:,}; "
            f"as they were: {self.unchanged:,}."
        )
        if self.repeated:
            said += f" Lines left aside for a later one of the same supplier: {self.repeated:,}."
        return said


def load_suppliers(
    database: Database,
    data: bytes,
    *,
    by: str,
    source: str | None = None,
    now: datetime | None = None,
    then: Callable[[DuckDBPyConnection], None] | None = None,
) -> LoadReport:
    """Appends the suppliers of a CSV or Excel file that are new or that differ from what is known.

    Columns: suppliers.toml. A column that the file lacks keeps what the directory says; `source`
    stands in for a source column. `then` runs in the same transaction if anything was recorded.
    Raises LoadError with a sentence for each fault, and keeps nothing.
    """
    with database.cursor() as cursor:
        checked = _check(cursor, data)
        with database.writing(cursor):
            report = _append(cursor, checked, by, source, now or utc_now())
            if then and (report.added or report.changed):
                then(cursor)
    return report


def _check(cursor: DuckDBPyConnection, data: bytes) -> Checked:
    try:
        checked = check_file(cursor, DIRECTORY, data)
    except (Refused, MappingError) as refused:
        raise LoadError([str(refused)]) from None
    if not checked.rows:
        raise LoadError(["The file has headings and no suppliers under them."])
    if checked.errors:
        raise LoadError(
            finding.sentence() for finding in checked.findings() if finding.severity == "error"
        )
    return checked


def _append(
    cursor: DuckDBPyConnection, checked: Checked, by: str, source: str | None, moment: datetime
) -> LoadReport:
    details = [field.name for field in DIRECTORY.fields]
    given = {
        name: f"given.{name}" if name in checked.mapped.columns else f"known.{name}"
        for name in details
    }
    if "source" not in checked.mapped.columns:
        given["source"] = "coalesce($source, known.source)"
    cursor.execute(
        f"""
        create or replace temp table loaded as
        with given as (
          select * replace (
              case when lower(excluded) not in ('no', 'n', 'false', '0') then excluded end
                as excluded
            ),
            reference.supplier_key(name) as supplier_key
          from checked
          qualify row_number() over (partition by supplier_key order by line desc) = 1
        )
        select supplier_key, {", ".join(f"{sql} as {name}" for name, sql in given.items())},
          known.supplier_key is null as is_new,
          ({", ".join(given.values())}) is distinct from
            ({", ".join(f"known.{name}" for name in given)}) as differs
        from given
        left join current_suppliers(null) as known using (supplier_key)
        """,
        {"source": source} if "$source" in given["source"] else {},
    )
    counts = cursor.execute(
        """
        select count(*) filter (is_new), count(*) filter (differs and not is_new),
          count(*) filter (not differs), count(*)
        from loaded
        """
    ).fetchone()
    assert counts is not None
    cursor.execute(
        f"""
        insert into suppliers by name
        select supplier_key, {", ".join(details)}, ? as recorded_at, ? as recorded_by
        from loaded
        where is_new or differs
        """,
        [moment, by],
    )
    added, changed, unchanged, suppliers = counts
    return LoadReport(added, changed, unchanged, repeated=checked.rows - suppliers)


def unplaced_suppliers(
    database: Database, member_id: str | None = None, as_at: datetime | None = None
) -> pd.DataFrame:
    """Suppliers of the current spend (of one member, or of all) whose place neither the payment
    line nor the directory gives: what a coordinator should add to the directory.

    supplier_key, supplier (as spelt last), lines (int), amount_gbp (float); most money first.
    """
    with database.cursor() as cursor:
        return cursor.execute(
            """
            with paid as (
              select reference.supplier_key(r.supplier_name) as supplier_key,
                any_value(r.supplier_name order by s.period desc, r.line desc) as supplier,
                count(*) as lines,
                sum(r.amount_gbp)::double as amount_gbp
              from current_submissions($as_at) s
              join spend_rows r using (submission_id)
              where r.supplier_postcode is null
                and ($member_id is null or s.member_id = $member_id)
              group by 1
            )
            select supplier_key, supplier, lines, amount_gbp
            from paid
            left join current_suppliers($as_at) as known using (supplier_key)
            left join reference.postcodes p on p.postcode = known.postcode
            left join reference.outcodes o on o.outcode = reference.outcode(known.postcode)
            where coalesce(p.lad_code, o.lad_code) is null and supplier_key is not null
              and known.excluded is null
            order by amount_gbp desc, supplier_key
            """,
            {"member_id": member_id, "as_at": as_at},
        ).df()
