"""How DuckDB is opened here, and which tables a database of this version has."""

from functools import cache
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from anchornet.returns.declaration import RETURNS

HERE = Path(__file__).resolve().parent
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    # 1.5 and 2.0 can both read the file; the default of either can't be read by the other.
    "storage_compatibility_version": "v1.5.0",
    # Beyond it a large file's rows wait on the disk; more would only be kept, not used.
    "memory_limit": "512MB",
    # Lines have numbers, and what needs an order asks for one; keeping it costs a third more.
    "preserve_insertion_order": "false",
    "max_temp_directory_size": "5GB",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
    # Otherwise a table's name in SQL could find a Python variable of that name.
    "python_enable_replacements": "false",
}
IN_MEMORY = {"temp_directory": "", "memory_limit": "1GB"}

# What tells the rows of a table apart, and what holds of a row that says that a thing is there. The
# macro current_<table>(as_at) gives the last row of each, as at a moment (UTC; null: now): the last
# by the number that each row gets, since a clock can go back.
CURRENT = {
    "network_settings": ("name", "true"),
    "members": ("member_id", "removed is not true"),
    "periods": ("period", "true"),
    "return_starts": ("return_name", "true"),
    "mappings": ("member_id, return_name", "true"),
    "organisations": ("name_key", "removed is not true"),
    "organisation_merges": ("name_key", "into_key is not null"),
    "register_matches": ("name_key, org_id", "state is not null"),
    "targets": ("member_id, indicator", "target is not null"),
    "meetings": ("meeting_id", "not removed"),
    "area_facts": ("name", "true"),
    "rates": ("rate_year", "true"),
    "figures": ("reference", "true"),
    "figure_decisions": ("reference", "true"),
    "stories": ("story_id", "true"),
    "story_decisions": ("story_id", "true"),
    "consents": ("picture_id", "given"),
    "people": ("email", "not removed"),
    "passwords": ("email", "hash is not null"),
    "grants": ("email, role, member_id", "given"),
    "sent_back": ("submission_id", "reason is not null"),
    "asked_roles": ("email, role, member_id", "asked"),
    "leave": ("member_id", "given"),
    "api_tokens": ("token_id", "not revoked"),
    "mail_states": ("mail_id", "true"),
    "mail_choices": ("email, kind", "true"),
    "calendars": ("email", "hash is not null"),
    "passkeys": ("credential_id", "not removed"),
    "frameworks": ("true", "true"),
    "standards": ("name_key, standard", "true"),
    "needs": ("need_id", "true"),
}


def migrations() -> dict[int, Path]:
    """The steps that make the tables, in order, by their number."""
    files = sorted((HERE / "migrations").glob("[0-9]*.sql"))
    return {int(file.name.split("_")[0]): file for file in files}


@cache
def tables() -> frozenset[str]:
    """Those that a database of this version has, but for those of facts."""
    with duckdb.connect(config={**CONFIG, **IN_MEMORY}) as connection:
        for file in migrations().values():
            connection.execute(file.read_text(encoding="utf-8"))
        return frozenset(tables_in(connection) | {one.row_table for one in RETURNS.values()})


def tables_in(connection: DuckDBPyConnection) -> set[str]:
    rows = connection.execute(
        "select table_name from duckdb_tables() where database_name = current_catalog()"
    ).fetchall()
    return {name for (name,) in rows}


def macros_and_views() -> str:
    """The SQL that makes them."""
    statements = [
        f"""
        create or replace macro current_{table}(as_at) as table
        select * exclude (record_number)
        from (
            from {table}
            where not_after(recorded_at, as_at)
            qualify row_number() over (
                partition by {key} order by record_number desc
            ) = 1
        )
        where {there};
        """
        for table, (key, there) in CURRENT.items()
    ]
    statements.append((HERE / "macros.sql").read_text(encoding="utf-8"))
    # <return>_current: the rows that count now, for rules that look across returns.
    statements += (
        f"""
        create or replace view "{return_.name}_current" as
        select member_id, period, sent.*
        from current_submissions(null)
        join "{return_.row_table}" as sent using (submission_id);
        """
        for return_ in RETURNS.values()
    )
    return "\n".join(statements)
