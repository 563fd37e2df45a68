"""What registers say of names that members paid: taken, offered, accepted or refused, each
recorded, and taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from duckdb import DuckDBPyConnection

from anchornet.places import registers
from anchornet.places.directory_changes import next_load
from anchornet.places.organisations import DIRECTORY
from anchornet.store.database import Database, utc_now
from anchornet.store.network import NotPossible

DETAILS = "name_key, org_id, how, score, name, matched, postcode, type, status, source"


@dataclass(frozen=True)
class MatchReport:
    """What a register did, in names that members paid: taken, those of them that are another name
    of an organisation that is there, and left to decide."""

    taken: int
    merged: int
    offered: int

    def sentence(self) -> str:
        return (
            f"Names taken from the register: {self.taken:,}, of which another name of the same "
            f"organisation: {self.merged:,}. Names to decide: {self.offered:,}."
        )


def wanted_names(database: Database) -> pa.Table:
    """Names that members paid and of which the place or the number is not known, as
    registers.matches takes them."""
    with database.cursor() as cursor:
        return cursor.execute(
            """
            with spellings as (
                select member_id, supplier_name, count(*) as lines,
                    list(distinct reference.org_id(supplier_id))
                        filter (supplier_id is not null) as org_ids
                from current_submissions(null)
                join spend_rows using (submission_id)
                where return_name = 'spend'
                    and supplier_type is distinct from 'individual'
                    and not reference.is_redacted(supplier_name)
                group by all
            ),
            -- A ledger that cuts names has many of the length at which it does.
            lengths as (
                select member_id, length(supplier_name) as length, count(*) as names
                from spellings
                group by all
            ),
            widths as (
                select member_id, max(length) as width
                from lengths
                where length >= 20
                    and names >= 3
                    and names >= 0.005 * (
                        select sum(names) from lengths as every
                        where every.member_id = lengths.member_id
                    )
                group by all
            ),
            names as (
                select
                    reference.name_key(supplier_name) as name_key,
                    arg_max(supplier_name, (lines, supplier_name)) as name,
                    bool_or(
                        length(supplier_name) in (34, 35)
                        or coalesce(length(supplier_name) in (width - 1, width), false)
                    ) as is_cut,
                    flatten(list(coalesce(org_ids, []))) as org_ids
                from spellings
                left join widths using (member_id)
                group by all
            ),
            refused as (
                select name_key, list(org_id) as refused
                from current_register_matches(null)
                where state = 'refused'
                group by all
            )
            select
                names.name_key, names.name, is_cut,
                list_distinct(list_concat(names.org_ids, coalesce(known.org_ids, []))) as org_ids,
                coalesce(refused, []) as refused
            from names
            left join merged_names(null, null) as merges using (name_key)
            left join known_organisations(null, null) as known
                on known.name_key = coalesce(into_key, names.name_key)
            left join refused on refused.name_key = names.name_key
            where names.name_key is not null
                and (known.postcode is null or known.org_id is null)
                and known.abroad is not true
                and coalesce(known.excluded, 'no') = 'no'
                and known.type is distinct from 'individual'
            """
        ).to_arrow_table()


def look_up(
    database: Database, names: Sequence[str], files: Mapping[str, Sequence[Path]]
) -> dict[str, list[tuple[str, str]]]:
    """What registers' files say of names that nobody has paid yet: name -> org-IDs, the likeliest
    first, each with the name there and the register. Nothing is recorded. Raises NotPossible."""
    keys = dict(
        database.rows(
            "select name, reference.name_key(name) from (select unnest($names::varchar[]) as name)",
            {"names": list(dict.fromkeys(names))},
        )
    )
    named = {key: name for name, key in keys.items() if key}
    wanted = pa.table(
        {
            "name_key": pa.array(named, pa.string()),
            "name": pa.array(named.values(), pa.string()),
            "org_ids": pa.array([[] for _ in named], pa.list_(pa.string())),
            "is_cut": pa.array([False for _ in named], pa.bool_()),
            "refused": pa.array([[] for _ in named], pa.list_(pa.string())),
        }
    )
    rows = registers.matches(database.settings, wanted, files).to_pylist()
    offered: dict[str, list[tuple[str, str]]] = {}
    for row in sorted(rows, key=lambda row: row["rank"]):
        words = f"{row['name']}, {row['source'].split(', ', 1)[1]}"
        for name, key in keys.items():
            if key == row["name_key"]:
                offered.setdefault(name, []).append((row["org_id"], words))
    return offered


@contextmanager
def record_matches(
    database: Database, matches: pa.Table, *, by: str, now: datetime | None = None
) -> Iterator[tuple[DuckDBPyConnection, MatchReport]]:
    """Records what registers.matches gives, and takes what is certain into the directory, in a
    transaction that ends with the block. What is decided already stays so."""
    with database.writing() as cursor:
        cursor.register("matches", matches)
        cursor.execute(
            """
            create or replace temp table deciding as
            select matches.*
            from matches
            left join current_register_matches(null) as before using (name_key, org_id)
            where coalesce(before.state, 'offered') = 'offered'
                and (
                    before.state is null
                    or matches.state = 'taken'
                    or (before.how, before.score, before.postcode, before.source)
                        is distinct from
                        (matches.how, matches.score, matches.postcode, matches.source)
                )
            """
        )
        cursor.unregister("matches")
        _offer_by_vat(cursor)
        merged = _decide(cursor, by, now or utc_now(), next_load(cursor))
        taken, offered = cursor.execute(
            """
            select count(distinct name_key) filter (state = 'taken'),
                count(distinct name_key) filter (state = 'offered')
            from deciding
            """
        ).fetchone() or (0, 0)
        yield cursor, MatchReport(taken, merged, offered)


def _offer_by_vat(cursor: DuckDBPyConnection) -> None:
    """Adds to `deciding` what a VAT number hints at: a name for which no register has anything,
    paid under the number of one organisation only that is taken now or in the directory."""
    cursor.execute(
        """
        insert into deciding by name
        with numbers as (
            select distinct
                reference.name_key(supplier_name) as name_key,
                regexp_replace(upper(supplier_vat), '[^0-9]', '', 'g') as vat
            from (
                select distinct supplier_name, supplier_vat
                from current_submissions(null)
                join spend_rows using (submission_id)
                where return_name = 'spend'
                    and supplier_type is distinct from 'individual'
                    and not reference.is_redacted(supplier_name)
            )
            where length(vat) in (9, 12)
        ),
        known as (
            select name_key, org_id, name, postcode, type, source
            from known_organisations(null, null)
            where org_id is not null
            union
            select name_key, org_id, name, postcode, type, source
            from deciding
            where state = 'taken'
        ),
        holders as (
            select vat, any_value(known) as holder
            from (select vat, known from numbers join known using (name_key))
            group by vat
            having count(distinct known.org_id) = 1
        )
        select
            numbers.name_key,
            holder.org_id, holder.name, holder.postcode, holder.type, holder.source,
            'vat' as how, 'offered' as state, 1.0 as score, holder.name as matched,
            null as status, 1 as rank
        from numbers
        join holders using (vat)
        anti join known on known.name_key = numbers.name_key
        anti join deciding on deciding.name_key = numbers.name_key
        anti join current_register_matches(null) as before
            on before.name_key = numbers.name_key and before.org_id = holder.org_id
        left join merged_names(null, null) as merges on merges.name_key = numbers.name_key
        where into_key is null
        """
    )


@contextmanager
def decide_match(
    database: Database,
    name_key: str,
    org_id: str,
    state: str,
    *,
    by: str,
    now: datetime | None = None,
) -> Iterator[DuckDBPyConnection]:
    """Accepts or refuses what a register says of a name, or with `offered` makes it undecided
    again: what was taken into the directory is taken out, unless somebody has changed it since.
    Raises NotPossible where nothing was offered."""
    moment = now or utc_now()
    with database.writing() as cursor:
        number = next_load(cursor)
        before = cursor.execute(
            "select state, load_number from current_register_matches(null) "
            "where name_key = ? and org_id = ?",
            [name_key, org_id],
        ).fetchone()
        if not before:
            raise NotPossible("No register offers this any more. Look at the page again.")
        was, load = before
        if was in ("taken", "accepted") and state != "accepted":
            _take_out(cursor, name_key, org_id, load, by, moment, number)
        cursor.execute(
            f"""
            create or replace temp table deciding as
            select {DETAILS}, ? as state, 1 as rank
            from current_register_matches(null)
            where name_key = ? and org_id = ?
            """,
            [state, name_key, org_id],
        )
        _decide(cursor, by, moment, number)
        yield cursor


def _decide(cursor: DuckDBPyConnection, by: str, moment: datetime, number: int) -> int:
    """Records what is in `deciding`, and puts what was taken or accepted into the directory: under
    the organisation that has the number already, or else under the name itself. How many names
    were merged into another."""
    recorded = {"moment": moment, "by": by, "load": number}
    cursor.execute(
        f"""
        insert into register_matches by name
        select {DETAILS}, state, $moment as recorded_at, $by as recorded_by,
            $load as load_number
        from deciding
        """,
        recorded,
    )
    cursor.execute(
        """
        create or replace temp table taking as
        with spellings as (
            select supplier_name, count(*) as lines
            from current_submissions(null)
            join spend_rows using (submission_id)
            where return_name = 'spend'
            group by all
        ),
        named as (
            select
                reference.name_key(supplier_name) as name_key,
                arg_max(supplier_name, length(supplier_name)) as ledger_name,
                sum(lines) as lines
            from spellings
            group by all
        ),
        taken as (
            select
                deciding.*,
                coalesce(into_key, deciding.name_key) as own_key,
                case how when 'beginning' then deciding.name else ledger_name end as shown,
                lines
            from deciding
            left join named using (name_key)
            left join merged_names(null, null) as merges on merges.name_key = deciding.name_key
            where state in ('taken', 'accepted')
        ),
        numbered as (
            select org_id, min(name_key) as known_key
            from (
                select unnest(org_ids) as org_id, name_key
                from known_organisations(null, null)
            )
            group by all
        )
        select
            taken.*,
            coalesce(
                known_key,
                first_value(own_key) over (
                    partition by taken.org_id
                    order by how = 'beginning', lines desc nulls last, own_key
                )
            ) as into_key
        from taken
        left join numbered using (org_id)
        """
    )
    others = ", ".join(
        f"known.{field.name}"
        for field in DIRECTORY.fields
        if field.name not in ("name", "org_id", "postcode", "type", "source")
    )
    cursor.execute(
        f"""
        insert into organisations by name
        with one as (
            from taking
            qualify row_number() over (
                partition by into_key order by own_key = into_key desc, own_key
            ) = 1
        )
        select
            one.into_key as name_key,
            coalesce(known.name, one.shown, one.name) as name,
            coalesce(known.org_id, one.org_id) as org_id,
            coalesce(known.postcode, one.postcode) as postcode,
            coalesce(nullif(known.type, 'not_known'), one.type, known.type) as type,
            {others},
            one.source,
            $moment as recorded_at, $by as recorded_by, $load as load_number
        from one
        left join current_organisations(null) as known on known.name_key = one.into_key
        where known.name_key is null
            or known.org_id is null
            or known.postcode is null and one.postcode is not null
        """,
        recorded,
    )
    # So that a name which is only in payments can be read, and separated again.
    cursor.execute(
        """
        insert into organisations by name
        select own_key as name_key, any_value(coalesce(shown, name)) as name,
            any_value(source) as source,
            $moment as recorded_at, $by as recorded_by, $load as load_number
        from taking
        where own_key <> into_key
            and own_key not in (select name_key from current_organisations(null))
        group by own_key
        """,
        recorded,
    )
    cursor.execute(
        """
        insert into organisation_merges by name
        with moving as (
            select distinct own_key, into_key from taking where own_key <> into_key
        )
        select own_key as name_key, into_key, $moment as recorded_at, $by as recorded_by,
            $load as load_number
        from moving
        union all
        select merges.name_key, moving.into_key, $moment, $by, $load
        from moving
        join merged_names(null, null) as merges on merges.into_key = own_key
        """,
        recorded,
    )
    merged = cursor.execute(
        "select count(distinct own_key) from taking where own_key <> into_key"
    ).fetchone()
    return int(merged[0]) if merged else 0


def _take_out(
    cursor: DuckDBPyConnection,
    name_key: str,
    org_id: str,
    load: int,
    by: str,
    moment: datetime,
    number: int,
) -> None:
    """Appends what held before a match was taken: of the directory's row only the details that it
    brought and that nobody has changed since."""
    bound = {"key": name_key, "org_id": org_id, "load": load}
    recorded = {"moment": moment, "by": by, "next": number}
    merged = cursor.execute(
        "select into_key from organisation_merges where name_key = $key and load_number = $load",
        {"key": name_key, "load": load},
    ).fetchone()
    if merged:
        cursor.execute(
            """
            insert into organisation_merges by name
            select $key as name_key, null as into_key, $moment as recorded_at,
                $by as recorded_by, $next as load_number
            """,
            {"key": name_key, **recorded},
        )
        return
    others = ", ".join(
        f"now.{field.name}"
        for field in DIRECTORY.fields
        if field.name not in ("org_id", "postcode", "type", "source")
    )
    back = ", ".join(
        f"if(now.{name} is not distinct from brought.{name}, before.{name}, now.{name}) as {name}"
        for name in ("org_id", "postcode", "type", "source")
    )
    cursor.execute(
        f"""
        insert into organisations by name
        with brought as (
            from organisations
            where name_key = $key and org_id = $org_id and load_number = $load
        ),
        now as (
            from organisations where name_key = $key
            qualify row_number() over (order by record_number desc) = 1
        ),
        before as (
            from organisations where name_key = $key and load_number < $load
            qualify row_number() over (order by record_number desc) = 1
        )
        select
            $key as name_key, {others}, {back},
            now.record_number = brought.record_number
                and coalesce(before.removed, before.name_key is null) as removed,
            $moment as recorded_at, $by as recorded_by, $next as load_number
        from brought
        cross join now
        left join before on true
        """,
        {**bound, **recorded},
    )
