"""The directory of organisations: where each is, what it is and what it does for the members."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import pandas as pd

from anchornet import formatting
from anchornet.places.councils import council_org_ids
from anchornet.returns.declaration import (
    RETURNS,
    Field,
    read_declaration,
)
from anchornet.store.database import Database, tidy

DIRECTORY = read_declaration(Path(__file__).with_name("organisations.toml")).with_codes(
    "pathways", RETURNS["local_hires"].field("pathway").codes or {}
)
# What members add to it. Who is left out of the network's totals is not for one of them to say,
# and where a row of theirs comes from is known.
SHARED = replace(
    DIRECTORY,
    fields=tuple(field for field in DIRECTORY.fields if field.name not in ("excluded", "source")),
)

# Tables of the directory and what tells their rows apart. What is recorded at once, in all of them,
# has one load number, and is taken back at once.
TABLES = {
    "organisations": ("name_key",),
    "organisation_merges": ("name_key",),
    "register_matches": ("name_key", "org_id"),
}
RECORDED = " union all ".join(
    f"select name_key, load_number, recorded_at, recorded_by from {table}" for table in TABLES
)


@dataclass(frozen=True)
class LastLoad:
    """What the directory was given last: how many organisations, by whom and when."""

    number: int
    organisations: int
    recorded_at: datetime
    recorded_by: str

    def sentence(self) -> str:
        counted = formatting.counted(self.organisations, "organisation")
        moment = formatting.moment(self.recorded_at)
        return f"{formatting.capital(counted)}, by {self.recorded_by} on {moment}."


def last_load(database: Database) -> LastLoad | None:
    rows = database.rows(
        f"""
        select load_number, count(distinct name_key), min(recorded_at), min(recorded_by)
        from ({RECORDED})
        group by load_number
        order by load_number desc
        limit 1
        """
    )
    return LastLoad(*rows[0]) if rows else None


def directory(database: Database, as_at: datetime | None = None) -> pd.DataFrame:
    """The organisations by name: name_key, the fields of DIRECTORY, other_names (a list of the
    names that were merged into it) and recorded_at."""
    fields = ", ".join(field.name for field in DIRECTORY.fields)
    frame = database.frame(
        f"select name_key, {fields}, coalesce(other_names, []) as other_names, recorded_at "
        "from known_organisations(?, null) order by lower(name), name_key",
        [as_at],
    )
    frame["other_names"] = frame["other_names"].map(list)
    return tidy(frame, "checked_on", moments=["recorded_at"])


def offered_org_ids(database: Database, name: str) -> list[tuple[str, str]]:
    """Org-IDs that are known under this name, in the directory, in registers that were looked up or
    among the councils that ship with the project, each with where it stands. Whether one is right
    is for a person to say."""
    known = database.rows(
        """
        select org_id, any_value(source order by source)
        from (
            select name_key, unnest(org_ids) as org_id, 'in the directory' as source
            from known_organisations(null, null)
            union all
            select name_key, org_id, 'in a register' from current_register_matches(null)
        )
        where name_key = reference.name_key(?) and org_id is not null
        group by org_id
        order by org_id
        """,
        [name],
    )
    held = {org_id for org_id, _ in known}
    councils = council_org_ids(database.settings, name)
    return known + [council for council in councils if council[0] not in held]


def is_partner(organisations: pd.DataFrame) -> pd.Series[bool]:
    """Of which of them it is said what they do, beyond being paid."""
    done = organisations[["supplies", "pathways", "serves"]].notna().any(axis=1)
    return done | organisations["roles"].fillna("supplier").ne("supplier")


def origins(database: Database, name_key: str) -> pd.DataFrame:
    """Where each fact of an organisation comes from, in the order of DIRECTORY: field (title),
    value, name (that it was recorded under), source, recorded_at (since when it is said so)."""
    columns = [field.name for field in DIRECTORY.fields]
    rows = database.rows(
        f"""
        select coalesce(into_key, organisations.name_key) = organisations.name_key,
            organisations.name_key, recorded_at, removed, {", ".join(columns)}
        from organisations
        left join merged_names(null, null) as merges using (name_key)
        where coalesce(into_key, organisations.name_key) = $key
        order by record_number
        """,
        {"key": name_key},
    )
    facts: dict[tuple[bool, str], dict[str, tuple[object, object, datetime]]] = {}
    names = {}
    for is_own, key, recorded_at, removed, *values in rows:
        row = dict(zip(columns, values, strict=True))
        latest = facts.setdefault((is_own, key), {})
        names[key] = row["name"]
        for column in columns:
            value = None if removed else row[column]
            if column not in latest or latest[column][0] != value:
                latest[column] = (value, row["source"], recorded_at)
    origins = []
    for field in DIRECTORY.fields:
        stated = [
            (is_own, recorded_at, value, names[key], source)
            for (is_own, key), latest in facts.items()
            for value, source, recorded_at in [latest[field.name]]
            if value is not None and field.name != "source"
        ]
        if stated:
            _, recorded_at, value, name, source = max(stated, key=lambda fact: fact[:2])
            origins.append((field.title, in_words(field, value), name, source, recorded_at))
    return pd.DataFrame(origins, columns=["field", "value", "name", "source", "recorded_at"])


def declared(database: Database, field: str, as_at: datetime | None = None) -> pd.DataFrame:
    """What organisations say in a field of several words, such as `supplies`, a row for each: word,
    organisation, since (the day since when it is said without a break), is_local (its address or a
    branch is in the area) and is_vcse. By name."""
    rows = database.rows(
        f"""
        with known as (
            from known_organisations($as_at, null)
            where {field} is not null
        ),
        rings as (
            select known.name_key, bool_or(
                reference.ring(coalesce(postcodes.lad_code, outcodes.lad_code)) = 'area'
            ) as is_local
            from (
                select name_key, unnest([postcode, branch_postcode]) as postcode from known
            ) as known
            left join reference.postcodes using (postcode)
            left join reference.outcodes on outcode = split_part(postcode, ' ', 1)
            group by all
        )
        select name_key, name, {field}, coalesce(is_local, false),
            coalesce(type = 'vcse', false) or contains(coalesce(roles, ''), 'vcse')
        from known
        join rings using (name_key)
        order by lower(name)
        """,
        {"as_at": as_at},
    )
    history: dict[str, list[tuple[set[str], datetime]]] = {}
    for key, said, recorded_at in database.rows(
        f"""
        select coalesce(into_key, name_key), if(removed, null, {field}), recorded_at
        from organisations
        left join merged_names($as_at, null) using (name_key)
        where not_after(recorded_at, $as_at)
        order by record_number
        """,
        {"as_at": as_at},
    ):
        history.setdefault(key, []).append((set(words_of(said)), recorded_at))
    said = []
    for key, name, words, is_local, is_vcse in rows:
        for word in words_of(words):
            since = None
            for before, recorded_at in history[key]:
                since = (since or recorded_at) if word in before else None
            if since:
                said.append((word, name, since.date(), is_local, is_vcse))
    columns = ["word", "organisation", "since", "is_local", "is_vcse"]
    return pd.DataFrame(said, columns=columns)


def words_of(cell: str | None) -> list[str]:
    """Those of a cell that holds several with ; between them."""
    return [word.strip() for word in (cell or "").split(";") if word.strip()]


def in_words(field: Field, value: object) -> str:
    """A cell of the directory as it is read: codes by what they are called."""
    if field.type == "yes_no":
        return "Yes" if value else "No"
    codes = field.codes or {}
    if field.type == "codes":
        return "; ".join(codes.get(code, code) for code in str(value).split(";"))
    return formatting.day(value) if isinstance(value, date) else codes.get(str(value), str(value))
