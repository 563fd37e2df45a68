"""The scratch catalogue `reference`: the shipped tables and the macros that place a line."""

from collections.abc import Collection, Iterable
from pathlib import Path

from duckdb import DuckDBPyConnection

from anchornet.returns.field_types import one_org_id
from anchornet.settings import Settings
from anchornet.store.database import Database

FILES = {
    "postcodes": "postcodes.parquet",
    "outcodes": "outcodes.csv",
    "wards": "wards.csv",
    "authorities": "local_authorities.csv",
    "home_areas": "home_areas.parquet",
    "not_suppliers": "not_suppliers.csv",
}
SCRIPT = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class NoReference(Exception):
    """A table that ships with the project is not where the settings say it is."""


def install(database: Database) -> None:
    """Fills the attached catalogue `reference` with the tables and macros of reference.sql; costs a
    few hundredths of a second."""
    with database.cursor() as cursor:
        fill(cursor, database.settings)


def fill(cursor: DuckDBPyConnection, settings: Settings) -> None:
    """The same, for a cursor of `store.database.scratch(settings.reference)`."""
    paths = {name: settings.reference.resolve() / file for name, file in FILES.items()}
    for path in paths.values():
        if not path.is_file():
            raise NoReference(
                f"The reference table {path} is missing. It ships with the project in "
                "data/reference: put it back, or correct the setting `reference`."
            )
    cursor.execute(
        SCRIPT.format(
            **{name: _literals([str(path)]) for name, path in paths.items()},
            area=_literals(settings.area),
            wider_area=_literals(settings.wider_area),
            org_id=one_org_id("text"),
        )
    )


def authority_names(database: Database, codes: Collection[str]) -> dict[str, str]:
    """Code -> name of local authorities, in the order of the codes."""
    names = dict(database.rows("select lad_code, lad_name from reference.authorities"))
    return {code: names[code] for code in codes if code in names}


def authorities(database: Database) -> dict[str, str]:
    """Code -> name of every local authority of Great Britain, by name."""
    return dict(
        database.rows(
            """
            select lad_code, lad_name
            from reference.authorities
            where country_code is not null
            order by lad_name, lad_code
            """
        )
    )


def combined_authority(database: Database, codes: Collection[str]) -> tuple[str, list[str]]:
    """The combined authority that all of these local authorities are in, else the one region, with
    the codes of all in it; no name where they are in several."""
    for kind in ("combined_authority", "region"):
        rows = database.rows(
            f"""
            select {kind}_name, list(lad_code order by lad_code)
            from reference.authorities
            where {kind}_code is not null
            group by all
            having list_has_all(list(lad_code), ?::varchar[])
            """,
            [list(codes)],
        )
        if codes and rows:
            return str(rows[0][0]), list(rows[0][1])
    return "", []


def ward_names(database: Database, codes: Collection[str]) -> dict[str, str]:
    """Code -> name of wards, of those outside the network's areas with their local authority."""
    settings = database.settings
    near = {*settings.area, *settings.wider_area}
    rows = database.rows(
        """
        select ward_code, ward_name, lad_code, lad_name
        from reference.wards
        left join reference.authorities using (lad_code)
        where ward_code in (select unnest(?::varchar[]))
        """,
        [list(codes)],
    )
    return {
        code: ward if lad_code in near else f"{ward}, {authority}"
        for code, ward, lad_code, authority in rows
    }


def area_names(database: Database, codes: Collection[str]) -> dict[str, str]:
    """Code -> name of local authorities and wards among the codes."""
    return {**authority_names(database, codes), **ward_names(database, codes)}


def near_wards(database: Database) -> dict[str, str]:
    """Code -> `Harpurhey, Manchester` of the wards of the network's areas, those of the area before
    those of the wider area, by name."""
    rows = database.rows(
        """
        select ward_code, ward_name || ', ' || lad_name
        from reference.wards
        join reference.authorities using (lad_code)
        where reference.ring(lad_code) in ('area', 'wider_area')
        order by reference.ring(lad_code), ward_name, lad_name
        """
    )
    return dict(rows)


def _literals(values: Iterable[str]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)
