"""What a network decides, as one frozen object: from anchornet.toml and ANCHORNET_* variables, and
what is the network's own from its database, where the coordinator changes it."""

import json
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from anchornet.setting_values import (
    LAKEHOUSE,
    PROJECT,
    Logo,
    at_least,
    one_of,
    or_none,
    read_areas,
    read_clock,
    read_colour,
    read_database,
    read_folder,
    read_host,
    read_licence,
    read_logo,
    read_mailbox,
    read_noise_table,
    read_part,
    read_path,
    read_presentation,
    read_proxies,
    read_share,
    read_site,
    read_text,
    read_yes_or_no,
)

THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


class SettingsError(Exception):
    """A setting is missing or wrong; the text names it and says what it should be."""


Text = Annotated[str, read_text]
OrNone = Annotated[str, or_none(read_text)]
Codes = Annotated[tuple[str, ...], read_areas]
Whole = Annotated[int, at_least(1)]
# A setting that the network's database holds with its history: a file and a variable say how it
# begins, and the coordinator changes it. The others are for whoever runs the machine: where things
# lie, how long doors stand open, and what may be shown of people, which nobody weakens by a click.
OF_NETWORK = "of the network"


@dataclass(frozen=True)
class Settings:
    """Every setting, with what reads it and whether it is the network's own; docs/running.md
    describes each. Days count from the period's last day."""

    network_name: Annotated[Text, OF_NETWORK]
    area_name: Annotated[Text, OF_NETWORK]
    area: Annotated[Codes, OF_NETWORK]
    wider_area_name: Annotated[Text, OF_NETWORK]
    wider_area: Annotated[Codes, OF_NETWORK]
    due_days: Annotated[Whole, OF_NETWORK]
    closing_days: Annotated[Whole, OF_NETWORK]
    correction_days: Annotated[Whole, OF_NETWORK]
    suppress_below: Whole
    round_to: Whole
    percent_base: Whole
    fewest_members_for_people: Whole
    noise_table: Annotated[Path, read_noise_table]
    tolerance: Annotated[float, read_share, OF_NETWORK]
    judged_from_coverage: Annotated[float, read_part, OF_NETWORK]
    judged_from_known: Annotated[float, read_part, OF_NETWORK]
    max_upload_mb: Whole
    spare_disk_mb: Whole
    sign_in_hours: Whole
    link_minutes: Whole
    invitation_hours: Whole
    audit_days: Annotated[int, at_least(30)]
    second_person_approves: Annotated[bool, read_yes_or_no, OF_NETWORK]
    colour: Annotated[str, read_colour, OF_NETWORK]
    logo: Annotated[Logo, read_logo, OF_NETWORK]
    pack_template: Annotated[Path, read_presentation]
    data_licence: Annotated[str, read_licence, OF_NETWORK]
    proxy: Annotated[str, read_proxies]
    address: Annotated[str, or_none(read_site)]
    mail_host: Annotated[str, or_none(read_host)]
    mail_port: Whole
    mail_tls: Annotated[str, one_of("starttls", "implicit", "none")]
    mail_user: OrNone
    mail_password_file: OrNone
    mail_from: Annotated[str, or_none(read_mailbox)]
    mail_ca_file: OrNone
    mail_bounces_host: Annotated[str, or_none(read_host)]
    mail_bounces_port: Whole
    mail_bounces_tls: Annotated[str, one_of("implicit", "starttls", "none")]
    mail_bounces_user: OrNone
    mail_bounces_password_file: OrNone
    mail_bounces_folder: OrNone
    metrics_port: Annotated[int, at_least(0)]
    log_format: Annotated[str, one_of("text", "json")]
    backup_to: Annotated[str, or_none(read_folder)]
    backup_at: Annotated[str, read_clock]
    backup_keep: Whole
    lakehouse_data: Annotated[str, or_none(read_folder)]
    database: Annotated[Path, read_database]
    reference: Annotated[Path, read_path]
    overridden: frozenset[str] = frozenset()  # names that a variable of the environment gave
    catalogue: str = ""  # how PostgreSQL is reached, where the database is a lakehouse

    def with_database(self, location: str) -> "Settings":
        """The same with a database elsewhere. Raises SettingsError."""
        catalogue = location.strip().partition(LAKEHOUSE)[2]
        try:
            return replace(self, database=read_database(location), catalogue=catalogue)
        except ValueError as error:
            raise SettingsError(f"database {error}.") from None

    @property
    def location(self) -> str:
        """The database as it is named in the settings and on the command line."""
        return f"{LAKEHOUSE}{self.catalogue}" if self.catalogue else str(self.database)


_HINTS = {
    name: hint.__metadata__
    for name, hint in get_type_hints(Settings, include_extras=True).items()
    if hasattr(hint, "__metadata__")
}
READERS: dict[str, Callable[[Any], Any]] = {name: marks[0] for name, marks in _HINTS.items()}
NETWORK_SETTINGS = tuple(name for name, marks in _HINTS.items() if OF_NETWORK in marks)

# For settings files that were written before there were these.
DEFAULTS: dict[str, Any] = {
    "fewest_members_for_people": 4,
    "judged_from_coverage": 0.8,
    "judged_from_known": 0.6,
    "spare_disk_mb": 1000,
    "invitation_hours": 168,
    "second_person_approves": True,
    "noise_table": "anchornet/indicators/noise.csv",
    "colour": "#005a9c",
    "logo": "data/logo.svg",
    "pack_template": "anchornet/exports/pack/template.pptx",
    "data_licence": "OGL-UK-3.0",
    "proxy": "",
    "address": "",
    "mail_host": "",
    "mail_port": 587,
    "mail_tls": "starttls",
    "mail_user": "",
    "mail_password_file": "",  # nosec B105: none
    "mail_from": "",
    "mail_ca_file": "",
    "mail_bounces_host": "",
    "mail_bounces_port": 993,
    "mail_bounces_tls": "implicit",
    "mail_bounces_user": "",
    "mail_bounces_password_file": "",  # nosec B105: none
    "mail_bounces_folder": "INBOX",
    "metrics_port": 0,
    "log_format": "text",
    "backup_to": "",
    "backup_at": "02:00",
    "backup_keep": 14,
    "lakehouse_data": "",
}

# What older settings files may still hold, and nothing reads.
RETIRED = frozenset({"whole_percent_below"})


# Folders in which each of several networks has one of its own, called as its host.
_SHARED_FOLDERS = ("backup_to", "lakehouse_data")
# What holds for the machine, so for every network that it runs.
OF_MACHINE = frozenset({"max_upload_mb", "metrics_port", "log_format", "proxy", "reference"})
SEVERAL = "networks"
_HOST_NAME = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*"


def hosts(path: Path | None = None, environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The host names of the networks that this installation runs, each at its own; none where it
    runs one, and where a variable names its database. Raises SettingsError."""
    if "ANCHORNET_DATABASE" in environment:
        return ()
    path = _file(path, environment)
    return tuple(_networks(_read(path), path))


def load(
    path: Path | None = None, environment: Mapping[str, str] = os.environ, host: str = ""
) -> Settings:
    """Settings from the file (`ANCHORNET_SETTINGS`, else anchornet.toml in the project folder)
    with those of the network at `host` over them, or of the network whose database a variable
    names, and ANCHORNET_* variables over all. Raises SettingsError, which names the setting."""
    path = _file(path, environment)
    given = _read(path)
    networks = _networks(given, path)
    given = _flat(given)
    where = {name: f"{name} in {path.name}" for name in given}
    if location := environment.get("ANCHORNET_DATABASE"):
        databases = {str(own["database"]): name for name, own in networks.items()}
        host = host or _of_database(location, databases)
    if host and host not in networks:
        raise SettingsError(f"There is no network at {host}.")
    if host:
        given |= networks[host]
        where |= {name: f"{name} of {host} in {path.name}" for name in networks[host]}
    for name in READERS:
        if (variable := f"ANCHORNET_{name.upper()}") in environment:
            given[name], where[name] = environment[variable], variable
    for name in given:
        if name not in READERS:
            raise SettingsError(
                f"{where[name]} is not a setting. Known ones: {', '.join(READERS)}."
            )
    variables = frozenset(name for name in READERS if f"ANCHORNET_{name.upper()}" in environment)
    given, values = {**DEFAULTS, **given}, {}
    for name, read in READERS.items():
        if name not in given:
            raise SettingsError(f"The setting {name} is missing from {path.name}.")
        try:
            values[name] = read(given[name])
        except ValueError as error:
            shown = "" if "password=" in str(given[name]) else f"; it is {given[name]!r}"
            raise SettingsError(f"{where.get(name, name)} {error}{shown}.") from None
    for name in _SHARED_FOLDERS:
        if host and values[name] and name not in networks[host]:
            values[name] = str(Path(values[name]) / host)
    settings = Settings(**values, overridden=variables)
    return _in_order(settings.with_database(str(given["database"])))


def _file(path: Path | None, environment: Mapping[str, str]) -> Path:
    named = environment.get("ANCHORNET_SETTINGS")
    return path or (Path(named) if named else PROJECT / "anchornet.toml")


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"The settings file {path} can't be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings file {path} isn't well-formed TOML: {error}.") from None


def _flat(given: Mapping[str, Any]) -> dict[str, Any]:
    """Each setting by its whole name, without those of single networks and what is read no more."""
    flat = {name: value for name, value in given.items() if name not in {*RETIRED, SEVERAL}}
    if isinstance(section := flat.get("mail"), dict):
        del flat["mail"]
        flat |= {f"mail_{name}": value for name, value in section.items()}
    return flat


def _networks(given: Mapping[str, Any], path: Path) -> dict[str, dict[str, Any]]:
    """The settings of each network of several, by its host name."""
    sections = given.get(SEVERAL, {})
    if not isinstance(sections, dict) or not all(
        isinstance(own, dict) for own in sections.values()
    ):
        raise SettingsError(
            f"{SEVERAL} in {path.name} should have a section for each network, such as "
            f'[{SEVERAL}."anchors.example.org"].'
        )
    networks = {host: _flat(own) for host, own in sections.items()}
    for host, own in networks.items():
        if not re.fullmatch(_HOST_NAME, host):
            raise SettingsError(
                f"{host!r} in {path.name} should be a host name in small letters, such as "
                "anchors.example.org."
            )
        if "database" not in own:
            raise SettingsError(f"The network at {host} in {path.name} has no database.")
        if machine := sorted(OF_MACHINE & own.keys()):
            raise SettingsError(
                f"{machine[0]} in {path.name} is for the whole machine: take it out of the network "
                f"at {host}."
            )
    if len({_name_of_database(str(own["database"])) for own in networks.values()}) < len(networks):
        raise SettingsError(f"Two networks in {path.name} have the same database.")
    return networks


def _name_of_database(location: str) -> str:
    is_file = not location.strip().startswith("ducklake:")
    return str((PROJECT / Path(location.strip()).expanduser()).resolve()) if is_file else location


def _of_database(location: str, hosts: Mapping[str, str]) -> str:
    """The host of the network whose database it is, or none."""
    named = {_name_of_database(database): host for database, host in hosts.items()}
    return named.get(_name_of_database(location), "")


def _in_order(settings: Settings) -> Settings:
    if not settings.due_days <= settings.closing_days <= settings.correction_days:
        raise SettingsError(
            "due_days, closing_days and correction_days should follow one another: "
            f"they are {settings.due_days}, {settings.closing_days}, {settings.correction_days}."
        )
    if settings.mail_host:
        _require_for_mail(settings)
    if settings.mail_bounces_host:
        _require_for_bounces(settings)
    return settings


def written(settings: Settings, name: str) -> str:
    """A setting as the database holds it."""
    value = getattr(settings, name)
    return json.dumps(value.address if isinstance(value, Logo) else value)


def changed(settings: Settings, values: Mapping[str, str]) -> Settings:
    """The settings with these in place of theirs, written as the database holds them; what a
    variable of the environment gives stays. Raises SettingsError, which names the setting."""
    read = {}
    for name, value in values.items():
        if name in settings.overridden:
            continue
        try:
            read[name] = READERS[name](json.loads(value))
        except ValueError as error:
            raise SettingsError(f"{name} {error}.") from None
    return _in_order(replace(settings, **read))


def _require_for_mail(settings: Settings) -> None:
    for name in ("mail_from", "address"):
        if not getattr(settings, name):
            raise SettingsError(f"To send mail, the setting {name} is needed too.")
    if settings.mail_tls == "none" and settings.mail_host not in THIS_MACHINE:
        raise SettingsError(
            "mail_tls should be starttls or implicit: without encryption mail is handed only to a "
            "server on this machine."
        )


def _require_for_bounces(settings: Settings) -> None:
    for name in ("mail_host", "mail_bounces_user"):
        if not getattr(settings, name):
            raise SettingsError(f"To read what comes back, the setting {name} is needed too.")
    if settings.mail_bounces_tls == "none" and settings.mail_bounces_host not in THIS_MACHINE:
        raise SettingsError(
            "mail_bounces_tls should be implicit or starttls: without encryption a password is "
            "given only to a server on this machine."
        )


def mail_password(settings: Settings, environment: Mapping[str, str] = os.environ) -> str:
    """From ANCHORNET_MAIL_PASSWORD, else from the file that the settings name; it is never a
    setting, so that nothing that shows settings shows it. Raises SettingsError."""
    return _password("ANCHORNET_MAIL_PASSWORD", settings.mail_password_file, environment)


def bounces_password(settings: Settings, environment: Mapping[str, str] = os.environ) -> str:
    """Of the mailbox where mail comes back to, from ANCHORNET_MAIL_BOUNCES_PASSWORD or its file."""
    file = settings.mail_bounces_password_file
    return _password("ANCHORNET_MAIL_BOUNCES_PASSWORD", file, environment)


def _password(variable: str, file: str, environment: Mapping[str, str]) -> str:
    if variable in environment or not file:
        return environment.get(variable, "")
    path = PROJECT / Path(file).expanduser()
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"The file of the mail password, {path}, can't be read.") from None
