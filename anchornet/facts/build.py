"""Facts: what pages need of a submission, added up once, in the transaction that accepts it.

An addition is one time that a submission was added up. It is added up again when what its sums
hang on changes (the directory of organisations, the members), as a further addition: the earlier
one stays, and says what was known then.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

from duckdb import DuckDBPyConnection

from anchornet.facts.catalogue import FACTS
from anchornet.places import (
    directory_changes,
    organisation_merges,
    organisations,
    reference,
    register_matches,
    registers,
)
from anchornet.returns.declaration import RETURNS, Return
from anchornet.settings import Settings
from anchornet.store import network, network_settings
from anchornet.store.database import Database, utc_now
from anchornet.store.framework_codes import show_measures
from anchornet.store.opening import open_database

Details = ParamSpec("Details")

# Each script reads the temp tables adding(addition_id, submission_id, added_at), directory (the
# organisations as they count), merges (names that are another organisation's) and measures_since
# (the framework's measures), and makes new_<table> for each of the return's tables.
SCRIPTS = {
    name: Path(__file__).with_name(f"{name}.sql").read_text(encoding="utf-8") for name in RETURNS
}
TABLES = {
    name: list(
        dict.fromkeys(
            facts.table for facts in FACTS.values() if facts.table and facts.return_name == name
        )
    )
    for name in RETURNS
}
# What is kept of an addition, and how it says which directory and members it was made with.
ADDITION = "addition_id, submission_id, return_name, added_at, supplier_number, member_number"
_NONE = -(2**62)  # before every record
_SEEN = f"""
    (
        select coalesce(max(record_number), {_NONE})
        from (
            select record_number from organisations
            union all
            select record_number from organisation_merges
        )
    ) as supplier_number,
    (select coalesce(max(record_number), {_NONE}) from members) as member_number
"""
DIGEST = hashlib.sha256("\n".join([*SCRIPTS.values(), reference.SCRIPT]).encode()).hexdigest()


def open_network(settings: Settings, *, create: bool = False) -> Database:
    """The database with its places and its facts ready. Raises what open_database and
    reference.install raise."""
    database = open_database(settings, create=create)
    try:
        reference.install(database)
        _make_tables(database)
    except BaseException:
        database.close()
        raise
    return database


def add_up(
    cursor: DuckDBPyConnection, submission_ids: list[int], added_at: datetime | None = None
) -> None:
    """Adds submissions up inside the caller's transaction; as at their acceptance unless said."""
    cursor.execute(
        f"""
        create or replace temp table adding as
        select
            (select coalesce(max(addition_id), 0) from additions)
                + row_number() over (order by submission_id) as addition_id,
            submission_id, return_name, coalesce($added_at, accepted_at) as added_at,
            {_SEEN}
        from submissions
        where submission_id in (select unnest($ids::integer[]))
        """,
        {"ids": submission_ids, "added_at": added_at},
    )
    _keep_additions(cursor)
    for name in _run_scripts(cursor):
        _keep_facts(cursor, name)


def load_organisations(
    database: Database,
    data: bytes,
    *,
    by: str,
    source: str | None = None,
    filling_in: bool = False,
    paid_by: str | None = None,
    headings: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> directory_changes.LoadReport:
    """What places.directory_changes.append_organisations appends, and the sums that it changes."""
    with directory_changes.append_organisations(
        database,
        data,
        by=by,
        source=source,
        filling_in=filling_in,
        paid_by=paid_by,
        headings=headings,
        now=now,
    ) as (cursor, report):
        if report.added or report.changed:
            _add_up_again(cursor, now)
    return report


def undo_organisations(
    database: Database, *, by: str, number: int | None = None, now: datetime | None = None
) -> directory_changes.UndoReport:
    """What places.directory_changes.undo_load takes back, and the sums that it changes."""
    with directory_changes.undo_load(database, by=by, number=number, now=now) as (cursor, report):
        _add_up_again(cursor, now)
    return report


def merge_organisations(
    database: Database, name: str, into: str, *, by: str, now: datetime | None = None
) -> str:
    """What places.organisation_merges.merge records, and the sums that it changes."""
    with organisation_merges.merge(database, name, into, by=by, now=now) as (cursor, organisation):
        _add_up_again(cursor, now)
    return organisation


def separate_organisation(
    database: Database, name: str, *, by: str, now: datetime | None = None
) -> None:
    """What places.organisation_merges.separate records, and the sums that it changes."""
    with organisation_merges.separate(database, name, by=by, now=now) as cursor:
        _add_up_again(cursor, now)


def enrich(
    database: Database,
    files: Mapping[str, Sequence[Path]],
    *,
    by: str,
    now: datetime | None = None,
) -> register_matches.MatchReport:
    """What registers say of names that members paid, and the sums that it changes; files by the
    name of the register. Raises NotPossible."""
    wanted = register_matches.wanted_names(database)
    matches = registers.matches(database.settings, wanted, files)
    with register_matches.record_matches(database, matches, by=by, now=now) as (cursor, report):
        _add_up_again(cursor, now)
    return report


def decide_match(
    database: Database,
    name_key: str,
    org_id: str,
    state: str,
    *,
    by: str,
    now: datetime | None = None,
) -> None:
    """What places.register_matches.decide_match records, and the sums that it changes."""
    with register_matches.decide_match(database, name_key, org_id, state, by=by, now=now) as cursor:
        _add_up_again(cursor, now)


def record_organisations(
    database: Database,
    rows: Sequence[Mapping[str, str]],
    *,
    by: str,
    source: str | None = None,
    declared: Return = organisations.SHARED,
    filling_in: bool = True,
    paid_by: str | None = None,
    now: datetime | None = None,
) -> directory_changes.LoadReport:
    """What places.directory_changes.append_typed appends, and the sums that it changes."""
    if not rows:
        return directory_changes.LoadReport(0, 0, 0)
    with directory_changes.append_typed(
        database,
        rows,
        by=by,
        source=source,
        declared=declared,
        filling_in=filling_in,
        paid_by=paid_by,
        now=now,
    ) as (cursor, report):
        if report.added or report.changed:
            _add_up_again(cursor, now)
    return report


def _and_add_up_again(
    record: Callable[Concatenate[Database, Details], None],
) -> Callable[Concatenate[Database, Details], None]:
    @wraps(record)
    def recorded(database: Database, /, *args: Details.args, **kwargs: Details.kwargs) -> None:
        record(database, *args, **kwargs)
        add_up_again(database)

    return recorded


def change_settings(
    database: Database, values: Mapping[str, Any], *, by: str, now: datetime | None = None
) -> None:
    """What store.network_settings.recording records, and the places that hang on the area."""
    try:
        with network_settings.recording(database, values, by=by, now=now) as moved:
            if moved:
                reference.install(database)
    except BaseException:
        reference.install(database)
        raise


# Payments to a member are kept apart, so who is a member matters to the sums.
add_member = _and_add_up_again(network.add_member)
add_members = _and_add_up_again(network.add_members)
remove_member = _and_add_up_again(network.remove_member)


def add_up_again(database: Database, now: datetime | None = None) -> None:
    """Adds up again the submissions whose sums the directory or the members have changed."""
    with database.writing() as cursor:
        _add_up_again(cursor, now)


def _add_up_again(cursor: DuckDBPyConnection, now: datetime | None = None) -> None:
    """A submission is looked at when it names a supplier of which something has changed since it
    was added up, and added up again when that makes a difference."""
    cursor.execute(
        f"""
        create or replace temp table adding as
        with
        directory_changes as (
            select name_key, record_number
            from organisations
            window changes as (partition by name_key order by record_number)
            qualify row_number() over changes = 1
                or (name, org_id, postcode, branch_postcode, abroad, size, type, excluded, removed)
                is distinct from lag((
                    name, org_id, postcode, branch_postcode, abroad, size, type, excluded, removed
                )) over changes
            union all
            select name_key, record_number from organisation_merges
        ),
        -- A name with all that it was ever merged into: under which of them its payments stand
        -- depends on when they were added up.
        same as (
            select name_key, into_key as supplier_key
            from organisation_merges
            where into_key is not null
            union
            select name_key, name_key from organisations
            union
            select name_key, name_key from organisation_merges
        ),
        directory_by_name as (
            select supplier_key, max(record_number) as supplier_changed
            from directory_changes
            join same using (name_key)
            group by all
        ),
        directory_by_org_id as (
            select
                reference.org_id(org_id) as supplier_id,
                max(supplier_changed) as supplier_changed
            from directory_by_name
            join same using (supplier_key)
            join organisations using (name_key)
            where org_id is not null
            group by all
        ),
        member_changes as (
            select reference.org_id(org_id) as org_id, record_number
            from members
            where org_id is not null
            qualify org_id is distinct from
                lag(org_id) over (partition by member_id order by record_number)
        ),
        members_by_org_id as (
            select org_id as supplier_id, max(record_number) as member_changed
            from member_changes
            group by all
        ),
        members_by_name as (
            select supplier_key, max(member_changed) as member_changed
            from organisations
            join members_by_org_id on supplier_id = reference.org_id(organisations.org_id)
            join same using (name_key)
            group by all
        ),
        latest as (
            from additions
            semi join current_additions(null) using (addition_id)
            where return_name = 'spend'
        ),
        touched as (
            select latest.submission_id, latest.addition_id
            from latest
            join spend_supplier_facts using (addition_id)
            left join directory_by_name using (supplier_key)
            left join directory_by_org_id using (supplier_id)
            left join members_by_name using (supplier_key)
            left join members_by_org_id using (supplier_id)
            where
                greatest(
                    directory_by_name.supplier_changed, directory_by_org_id.supplier_changed
                ) > latest.supplier_number
                or greatest(members_by_name.member_changed, members_by_org_id.member_changed)
                > latest.member_number
            group by all
        )
        select
            (select coalesce(max(addition_id), 0) from additions)
                + row_number() over (order by submission_id) as addition_id,
            submission_id, 'spend' as return_name, $now as added_at,
            {_SEEN},
            touched.addition_id as before
        from touched
        """,
        {"now": now or utc_now()},
    )
    for name in _run_scripts(cursor):
        changed = [one for table in TABLES[name] for one in _differing(cursor, table)]
        cursor.execute(
            "delete from adding where submission_id not in (select unnest($changed::integer[]))",
            {"changed": changed},
        )
        _keep_additions(cursor)
        _keep_facts(cursor, name)


def _differing(cursor: DuckDBPyConnection, table: str) -> list[int]:
    """The submissions of `adding` whose new sums are not those of the addition `before`."""
    rows = cursor.execute(
        f"""
        with
        earlier as (
            select submission_id, facts.* exclude (addition_id)
            from {table} as facts
            join adding on facts.addition_id = adding.before
        ),
        later as (
            select submission_id, facts.* exclude (addition_id)
            from new_{table} as facts
            join adding using (addition_id)
        )
        select distinct submission_id
        from (
            (from earlier except all from later)
            union all
            (from later except all from earlier)
        )
        """
    )
    return [submission_id for (submission_id,) in rows.fetchall()]


def _use_directory(cursor: DuckDBPyConnection, last: int | None = None) -> None:
    """The directory as it is, or as it was when the record of the number `last` was its last."""
    cursor.execute(
        """
        create or replace temp table directory as
        select * replace (
            reference.org_id(org_id) as org_id,
            coalesce(abroad, false) as abroad,
            nullif(excluded, 'no') as excluded,
            list_transform(org_ids, lambda one: reference.org_id(one)) as org_ids
        )
        from known_organisations(null, $last)
        """,
        {"last": last},
    )
    cursor.execute(
        "create or replace temp table merges as from merged_names(null, $last)", {"last": last}
    )


def _show_what_is_read(
    cursor: DuckDBPyConnection, names: Iterable[str], last: int | None = None
) -> None:
    """What the returns' scripts read besides lines; what none of them reads is not made."""
    scripts = "".join(SCRIPTS[name] for name in names)
    if "directory" in scripts:
        _use_directory(cursor, last)
    if "measures_since" in scripts:
        show_measures(cursor)


def _run_scripts(cursor: DuckDBPyConnection, last: int | None = None) -> list[str]:
    """Makes the new sums of what is in `adding`, with the directory as _use_directory has it; the
    returns that were in it."""
    rows = cursor.execute("select distinct return_name from adding order by return_name")
    names = [name for (name,) in rows.fetchall()]
    _show_what_is_read(cursor, names, last)
    for name in names:
        cursor.execute(SCRIPTS[name])
    return names


def _keep_additions(cursor: DuckDBPyConnection) -> None:
    cursor.execute(f"insert into additions by name select {ADDITION} from adding")


def _keep_facts(cursor: DuckDBPyConnection, name: str) -> None:
    for table in TABLES[name]:
        cursor.execute(
            f"insert into {table} by name "
            f"from new_{table} where addition_id in (select addition_id from adding)"
        )


def _make_tables(database: Database) -> None:
    """Makes the tables of facts, and makes them anew, out of the lines, where a release adds up
    otherwise. What was added up earlier is added up with the directory as it was then."""
    with database.cursor() as cursor:
        row = cursor.execute(
            "select value from meta where name = 'facts' order by rowid desc"
        ).fetchone()
    if row and row[0] == DIGEST:
        return
    tables = [table for tables in TABLES.values() for table in tables]
    with database.writing(replaces=tables) as cursor:
        cursor.execute(
            f"create or replace temp table adding as select {ADDITION} from additions limit 0"
        )
        _show_what_is_read(cursor, RETURNS)
        for name in RETURNS:
            cursor.execute(SCRIPTS[name])
            for table in TABLES[name]:
                cursor.execute(f"create or replace table {table} as from new_{table}")
        for last in _directories(cursor):
            cursor.execute(
                f"""
                create or replace temp table adding as
                with numbered as (
                    select *, row_number() over (
                        partition by submission_id order by addition_id desc
                    ) = 1 as is_last
                    from additions
                )
                select {ADDITION}
                from numbered
                where case when is_last then $last is null else supplier_number = $last end
                """,
                {"last": last},
            )
            for name in _run_scripts(cursor, last):
                _keep_facts(cursor, name)
        cursor.execute("insert into meta values ('facts', ?, ?)", [DIGEST, utc_now()])


def _directories(cursor: DuckDBPyConnection) -> list[int | None]:
    """None, for each submission's last addition, and the last records of the directory that the
    earlier ones were made with."""
    rows = cursor.execute(
        """
        select distinct supplier_number
        from additions
        qualify row_number() over (
            partition by submission_id order by addition_id desc
        ) > 1
        """
    )
    return [None, *(number for (number,) in rows.fetchall())]
