"""Who belongs to the network: its members, and the organisations that say what they do for them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from anchornet.places.organisations import DIRECTORY, directory, in_words, is_partner
from anchornet.places.reference import area_names
from anchornet.store import network
from anchornet.store.database import Database

SUPPLIER = "supplier"
SAID = ("supplies", "pathways", "serves")


@dataclass(frozen=True)
class Partner:
    """`roles`: codes of the directory, of a member its kind; `said`: what it supplies, the pathways
    it serves and where it works, in words, by field; `ward`: where its address is."""

    name: str
    name_key: str
    roles: tuple[str, ...]
    said: Mapping[str, str]
    member_id: str | None = None
    ward: str | None = None
    checked_on: date | None = None


def partners(database: Database, today: date) -> list[Partner]:
    """The members of today and then the partners, each by name."""
    known = directory(database)
    wards, keys = _wards(database), _member_keys(database)
    everyone = network.members(database)
    here = everyone[everyone["ends_on"].isna() | (everyone["ends_on"].fillna(today) >= today)]
    rows = {row["name_key"]: row for row in known.to_dict("records")}
    members = [
        _partner(database, row["name"], keys[row["member_id"]], rows, wards)
        | {"member_id": row["member_id"], "roles": (row["kind"],)}
        for row in here.sort_values("name").to_dict("records")
    ]
    theirs = {each["name_key"] for each in members}
    others = [
        _partner(database, row["name"], row["name_key"], rows, wards)
        for row in known[is_partner(known)].to_dict("records")
        if row["name_key"] not in theirs
    ]
    # Who only sells is one of hundreds, and found on the page of organisations.
    others = [each for each in others if {*each["roles"]} != {SUPPLIER}]
    return [Partner(**each) for each in (*members, *others)]


def _partner(
    database: Database,
    name: str,
    key: str,
    rows: Mapping[str, Mapping[Any, Any]],
    wards: Mapping[str, str],
) -> dict[str, Any]:
    row = rows.get(key, {})
    said = {field: str(row[field]) for field in SAID if _is_said(row.get(field))}
    if "pathways" in said:
        said["pathways"] = in_words(DIRECTORY.field("pathways"), said["pathways"])
    if "serves" in said:
        names = area_names(database, said["serves"].replace(",", ";").replace(" ", "").split(";"))
        said["serves"] = "; ".join(names.values())
    roles = str(row["roles"]).split(";") if _is_said(row.get("roles")) else [SUPPLIER]
    return {
        "name": name,
        "name_key": key,
        "roles": tuple(role.strip() for role in roles),
        "said": said,
        "ward": wards.get(key),
        "checked_on": row.get("checked_on"),
    }


def _is_said(value: Any) -> bool:
    return value is not None and not pd.isna(value)


def _wards(database: Database) -> dict[str, str]:
    """name_key -> the ward of the organisation's whole postcode."""
    return dict(
        database.rows(
            """
            select name_key, ward_code
            from known_organisations(null, null)
            join reference.postcodes using (postcode)
            where ward_code is not null
            """
        )
    )


def organisation_keys(database: Database, names: Collection[str]) -> dict[str, str]:
    """Name -> the key of its organisation, which names that were merged have in common."""
    return dict(
        database.rows(
            """
            select name, coalesce(into_key, own_key)
            from (
              select name, coalesce(reference.name_key(name), upper(name)) as own_key
              from (select distinct unnest($names::varchar[]) as name)
            )
            left join merged_names(null, null) as merges on merges.name_key = own_key
            """,
            {"names": list(names)},
        )
    )


def _member_keys(database: Database) -> dict[str, str]:
    """member_id -> the key of its organisation, by its org-id or its name."""
    return dict(
        database.rows(
            """
            with known as (
              select name_key, reference.org_id(unnest(org_ids)) as org_id
              from known_organisations(null, null)
            ),
            members as (
              select member_id, coalesce(reference.name_key(name), upper(name)) as own_key,
                reference.org_id(org_id) as org_id
              from current_members(null)
            )
            select member_id, coalesce(min(known.name_key), any_value(into_key), any_value(own_key))
            from members
            left join known using (org_id)
            left join merged_names(null, null) as merges on merges.name_key = own_key
            group by member_id
            """
        )
    )
