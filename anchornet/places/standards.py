"""Standards held: which organisation has signed which charter or is accredited, and since when.

Living Wage accreditation comes from the living_wage returns by itself, and is listed here only for
organisations that no member reports.
"""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
from duckdb import DuckDBPyConnection

from anchornet.returns.check import check_file
from anchornet.returns.columns import MappingError
from anchornet.returns.csv_reader import Refused
from anchornet.returns.declaration import read_declaration
from anchornet.store.database import Database, tidy, utc_now
from anchornet.store.framework import Framework, framework
from anchornet.store.network import LoadError

LIST = read_declaration(Path(__file__).with_name("standards.toml"))
SOURCE = "standards"  # in `codes_from` of the declaration
LIVING_WAGE = "living_wage"  # the standard that the return of that name says who holds
ANY = "any"  # stands for holding at least one
COLUMNS = (
    "standard", "title", "organisation", "org_id", "step", "is_held", "held_from", "held_to",
    "source", "recorded_at", "recorded_by",
)  # fmt: skip


@dataclass(frozen=True)
class LoadReport:
    """What a list did, in lines: of an organisation and a standard."""

    added: int
    changed: int
    unchanged: int

    def sentence(self) -> str:
        return (
            f"Standards added: {self.added:,}; changed: {self.changed:,}; "
            f"as they were: {self.unchanged:,}."
        )


def load_standards(
    database: Database, data: bytes, *, by: str, now: datetime | None = None
) -> LoadReport:
    """Record the lines of a CSV or Excel file (standards.toml) that are new or say something else
    than what is known. Raises LoadError with a sentence for each fault, and keeps nothing."""
    loaded = framework(database)
    if loaded is None or not loaded.standards:
        raise LoadError(["The network's framework has no standards. Load them with it first."])
    declared = LIST.with_codes(SOURCE, standard_names(database))
    with database.cursor() as cursor:
        _show_steps(cursor, loaded)
        try:
            checked = check_file(cursor, declared, data)
        except (Refused, MappingError) as refused:
            raise LoadError([str(refused)]) from None
        if not checked.rows:
            raise LoadError(["The file has headings and no organisations under them."])
        if faults := [finding.sentence() for finding in checked.findings()]:
            raise LoadError(faults)
        with database.writing(cursor):
            return _append(cursor, by, now or utc_now())


def standard_names(database: Database, as_at: datetime | None = None) -> dict[str, str]:
    """Standard -> its title."""
    loaded = framework(database, as_at)
    return {each.id: each.title for each in loaded.standards} if loaded else {}


def held_standards(
    database: Database, on: date | None = None, as_at: datetime | None = None
) -> pd.DataFrame:
    """What lists say: a row for each organisation and standard with COLUMNS, by standard and
    organisation; with a day, of those that hold it then. `is_held`: whether the step counts as
    holding the standard."""
    with database.cursor() as cursor:
        _show_steps(cursor, framework(cursor, as_at))
        frame = cursor.execute(
            f"""
            select {", ".join(f"held.{name}" for name in COLUMNS)}
            from (
              select listed.*, steps.title, listed.step is null or steps.counts as is_held,
                steps.standard_number
              from current_standards($as_at) as listed
              join framework_steps as steps
                on steps.standard = listed.standard
                and steps.step = coalesce(listed.step, steps.last_step)
            ) as held
            where $on is null
              or is_held and held_from <= $on and coalesce(held_to >= $on, true)
            order by standard_number, lower(organisation)
            """,
            {"as_at": as_at, "on": on},
        ).df()
    return tidy(frame, "held_from", "held_to")


def show_standards(cursor: DuckDBPyConnection, as_at: datetime | None) -> None:
    """Makes the temp tables that figures of standards ask: framework_standards(standard), and
    standards_held(standard, org_id, supplier_number, held_from, held_to) of what lists say."""
    _show_steps(cursor, framework(cursor, as_at))
    cursor.execute(
        """
        create or replace temp table framework_standards as
        select distinct standard from framework_steps
        """
    )
    cursor.execute(
        """
        create or replace temp table standards_held as
        select listed.standard, listed.org_id,
          md5_number_lower(coalesce(into_key, name_key)) as supplier_number, held_from, held_to
        from current_standards($as_at) as listed
        left join merged_names($as_at, null) as merges using (name_key)
        join framework_steps as steps
          on steps.standard = listed.standard
          and steps.step = coalesce(listed.step, steps.last_step)
        where listed.step is null or steps.counts
        """,
        {"as_at": as_at},
    )


def _append(cursor: DuckDBPyConnection, by: str, moment: datetime) -> LoadReport:
    sent = "organisation, org_id, step, held_from, held_to, source"
    cursor.execute(
        """
        create or replace temp table loaded_standards as
        with given as (
          select coalesce(reference.name_key(organisation), upper(organisation)) as name_key,
            organisation, reference.org_id(checked.org_id) as org_id, checked.standard, steps.step,
            held_from, held_to, source
          from checked
          left join framework_steps as steps
            on steps.standard = checked.standard and lower(steps.step) = lower(checked.step)
        )
        select given.*, known.name_key is null as is_new,
          (given.organisation, given.org_id, given.step, given.held_from, given.held_to)
            is distinct from
            (known.organisation, known.org_id, known.step, known.held_from, known.held_to)
            as differs
        from given
        left join current_standards(null) as known using (name_key, standard)
        """
    )
    added, changed, unchanged = cursor.execute(
        """
        select count(*) filter (is_new), count(*) filter (differs and not is_new),
          count(*) filter (not differs)
        from loaded_standards
        """
    ).fetchone() or (0, 0, 0)
    cursor.execute(
        f"""
        insert into standards by name
        select name_key, standard, {sent}, $moment as recorded_at, $by as recorded_by
        from loaded_standards
        where is_new or differs
        """,
        {"moment": moment, "by": by},
    )
    return LoadReport(added, changed, unchanged)


def _show_steps(cursor: DuckDBPyConnection, loaded: Framework | None) -> None:
    """Makes the temp table framework_steps: each step of each standard, in order, and whether it
    counts as holding the standard."""
    rows = [
        (number, each.id, each.title, step, each.steps[-1], step in each.held_steps)
        for number, each in enumerate(loaded.standards if loaded else ())
        for step in each.steps
    ]
    names = ("standard_number", "standard", "title", "step", "last_step", "counts")
    kinds = (pa.int32(), pa.string(), pa.string(), pa.string(), pa.string(), pa.bool_())
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    cursor.register(
        "steps_of_framework",
        pa.table(
            {
                name: pa.array(column, kind)
                for name, column, kind in zip(names, columns, kinds, strict=True)
            }
        ),
    )
    cursor.execute("create or replace temp table framework_steps as from steps_of_framework")
    cursor.unregister("steps_of_framework")
