"""How much of the spend has a known place, and which suppliers keep it from having one."""

from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from anchornet.indicators.calculate import calculate
from anchornet.periods import add_months
from anchornet.store.database import Database

MONTHS = 12


@dataclass(frozen=True)
class Coverage:
    """Pounds whose supplier's address is known, and all pounds, in the twelve months to `last`;
    without `last` nothing was ever spent."""

    last: date | None
    known: float = 0.0
    paid: float = 0.0

    @property
    def share(self) -> float | None:
        return self.known / self.paid if self.paid > 0 else None


def coverage(
    database: Database, member_id: str | None = None, as_at: datetime | None = None
) -> Coverage:
    """Of one member, or of the network: the pounds that count (catalogue: spend), over the twelve
    months that end with the last one that spend was sent for."""
    last = _last_month(database, member_id, as_at)
    if last is None:
        return Coverage(None)
    periods = [add_months(last, -back) for back in reversed(range(MONTHS))]
    members = [member_id] if member_id else None
    frame = calculate(database, ["spend"], periods, as_at=as_at, by=("ring",), members=members)
    frame = frame[frame["value"].notna()]
    known = frame[frame["ring"] != "unknown"]
    return Coverage(last, float(known["value"].sum()), float(frame["value"].sum()))


def suppliers_to_place(
    database: Database, member_id: str, as_at: datetime | None = None
) -> pd.DataFrame:
    """The member's suppliers of those months that a row of the directory would place: those that
    count, are no individuals, and have lines without a postcode, which it doesn't place yet.

    supplier (as most of its money spells it), amount_gbp, lines (int), and what the directory says
    already: postcode, abroad, size, type, org_id (None where nothing). Most money first.
    """
    return _ask(
        database,
        """
        with named as (
            select
                supplier_name,
                supplier_id,
                coalesce(reference.name_key(supplier_name), upper(supplier_name)) as name_key,
                count(*) as lines,
                sum(amount_gbp) as amount
            from spend_rows
            join counted using (submission_id)
            where supplier_postcode is null
            group by all
        ),
        blank as (
            select named.* exclude (name_key), coalesce(into_key, name_key) as supplier_key
            from named
            left join merged_names($as_at, null) using (name_key)
        ),
        unknown as (
            select supplier_key, supplier_id
            from paid
            group by all
            having bool_or(lad_code is null)
                and bool_and(excluded is null and not individual and not redacted)
        )
        select
            arg_max(supplier_name, (amount, supplier_name)) as supplier,
            sum(amount)::double as amount_gbp,
            sum(lines)::integer as lines,
            any_value(known.postcode) as postcode,
            any_value(known.abroad) as abroad,
            any_value(known.size) as size,
            any_value(known.type) as type,
            any_value(known.org_id) as org_id
        from blank
        join unknown
            on unknown.supplier_key = blank.supplier_key
            and unknown.supplier_id is not distinct from blank.supplier_id
        left join known_organisations($as_at, null) as known on known.name_key = blank.supplier_key
        left join reference.postcodes on postcodes.postcode = known.postcode
        left join reference.outcodes on outcodes.outcode = split_part(known.postcode, ' ', 1)
        where reference.name_key(supplier_name) is not null
            and coalesce(postcodes.lad_code, outcodes.lad_code) is null
            and known.abroad is not true
        group by blank.supplier_key
        order by amount_gbp desc, blank.supplier_key
        """,
        member_id,
        as_at,
    )


def suppliers_placed(
    database: Database, member_id: str, as_at: datetime | None = None
) -> pd.DataFrame:
    """The member's suppliers of those months that the directory knows by name.

    supplier, amount_gbp, postcode, abroad, size, type, org_id, source (who added it), recorded_at.
    Most money first. Whose e-mail address recorded it is kept, and is not for other members to see.
    """
    return _ask(
        database,
        """
        select
            known.name as supplier,
            sum(amount)::double as amount_gbp,
            known.postcode,
            known.abroad,
            known.size,
            known.type,
            known.org_id,
            known.source,
            known.recorded_at
        from paid
        join known_organisations($as_at, null) as known on known.name_key = supplier_key
        where coalesce(known.excluded, 'no') = 'no'
            and not individual
            and known.type is distinct from 'individual'
        group by all
        order by amount_gbp desc, supplier
        """,
        member_id,
        as_at,
    )


def perhaps_no_suppliers(database: Database, as_at: datetime | None = None) -> pd.DataFrame:
    """Whom the network ever paid whose name is like those of reference.not_suppliers, and of whom
    the directory says neither that they count nor that they don't: supplier, amount_gbp, lines
    (int), reason. Most money first."""
    with database.cursor() as cursor:
        return cursor.execute(
            """
            with paid as (
                select
                    supplier_key,
                    max(supplier) as supplier,
                    sum(amount)::double as amount_gbp,
                    sum(lines)::integer as lines
                from current_submissions($as_at)
                join current_additions($as_at) using (submission_id)
                join spend_supplier_facts using (addition_id)
                where excluded is null
                    and paid_member is null
                    and not individual
                    and not redacted
                group by supplier_key
            ),
            named as (
                select *, ' ' || trim(regexp_replace(
                    replace(upper(supplier), '&', ' AND '), '[^A-Z0-9]+', ' ', 'g'
                )) || ' ' as name
                from paid
            )
            select supplier, amount_gbp, lines, min(reason) as reason
            from named
            join reference.not_suppliers on contains(name, ' ' || words || ' ')
            anti join (
                select name_key as supplier_key
                from known_organisations($as_at, null)
                where excluded is not null
            ) as decided using (supplier_key)
            group by supplier_key, supplier, amount_gbp, lines
            order by amount_gbp desc, supplier
            """,
            {"as_at": as_at},
        ).df()


def register_offers(database: Database) -> pd.DataFrame:
    """What registers say of names that members paid and nobody has decided, but for those that any
    member says now are of an individual, whatever it said when they were looked up: name_key,
    supplier, amount_gbp, org_id, how, score, name (the register's), matched, postcode, status,
    source. Most money first, and the likeliest of a name first."""
    return _register_matches(
        database,
        "matches.state = 'offered' and name_key not in (from settled)",
        "amount_gbp desc, name_key, score desc, org_id",
    )


def register_decisions(database: Database) -> pd.DataFrame:
    """What was taken from registers, accepted and refused: the same with state, the last first."""
    return _register_matches(
        database,
        "matches.state in ('taken', 'accepted', 'refused')",
        "recorded_at desc, amount_gbp desc, name_key, org_id",
    )


def _register_matches(database: Database, which: str, order: str) -> pd.DataFrame:
    return database.frame(
        f"""
        with settled as (
            select name_key
            from current_register_matches(null)
            where state in ('taken', 'accepted')
        ),
        spellings as (
            select
                supplier_name,
                sum(amount_gbp) as amount_gbp,
                bool_or(
                    coalesce(supplier_type = 'individual', false)
                    or reference.is_redacted(supplier_name)
                ) as is_individual
            from current_submissions(null)
            join spend_rows using (submission_id)
            where return_name = 'spend'
            group by all
        ),
        paid as (
            select
                reference.name_key(supplier_name) as name_key,
                arg_max(supplier_name, (amount_gbp, supplier_name)) as supplier,
                sum(amount_gbp)::double as amount_gbp
            from spellings
            group by all
            having not bool_or(is_individual)
        )
        select name_key, supplier, amount_gbp, matches.org_id, how, score, matches.name, matched,
            postcode, status, source, state, recorded_at
        from current_register_matches(null) as matches
        join paid using (name_key)
        where {which}
        order by {order}
        """
    )


def _last_month(database: Database, member_id: str | None, as_at: datetime | None) -> date | None:
    with database.cursor() as cursor:
        row = cursor.execute(
            """
            select max(period)
            from current_submissions($as_at)
            where return_name = 'spend' and not nil
                and ($member_id is null or member_id = $member_id)
            """,
            {"member_id": member_id, "as_at": as_at},
        ).fetchone()
    return row[0] if row else None


def _ask(database: Database, query: str, member_id: str, as_at: datetime | None) -> pd.DataFrame:
    """A query on `counted` (the member's submissions of the months) and `paid` (their sums by
    supplier, as added up last)."""
    last = _last_month(database, member_id, as_at)
    with database.cursor() as cursor:
        cursor.execute(
            """
            create or replace temp table counted as
            select submission_id
            from current_submissions($as_at)
            where return_name = 'spend' and member_id = $member_id
                and period > $last::date - to_months($months)
            """,
            {"member_id": member_id, "as_at": as_at, "last": last, "months": MONTHS},
        )
        cursor.execute(
            """
            create or replace temp table paid as
            select facts.*
            from spend_supplier_facts as facts
            join current_additions($as_at) using (addition_id)
            join counted using (submission_id)
            """,
            {"as_at": as_at},
        )
        return cursor.execute(query, {"as_at": as_at} if "$as_at" in query else {}).df()
