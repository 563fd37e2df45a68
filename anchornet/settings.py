"""What a network decides, as one frozen object: from anchornet.toml and ANCHORNET_* variables, and
what is the network's own from its database, where the coordinator changes it."""

import base64
import binascii
import csv
import ipaddress
import json
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, get_type_hints
from urllib.parse import urlsplit

PROJECT = Path(__file__).resolve().parent.parent
# An address as mail servers take it: of more than these characters none could slip into a header or
# a command.
MAILBOX = (
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+"
)
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
KEY_VALUES = 256  # of cell keys, so of the noise for a count
MOST_BIAS = 0.02  # people that a count's noise may be off nought on average


class SettingsError(Exception):
    """A setting is missing or wrong; the text names it and says what it should be."""


def _text(value: Any) -> str:
    text = str(value).strip()
    if not text or isinstance(value, bool | int | float | list):
        raise ValueError("should be some text")
    return text


def _codes(value: Any) -> tuple[str, ...]:
    codes = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(codes, list) or not codes:
        raise ValueError('should be a list of local authority codes, such as ["E08000003"]')
    for code in codes:
        if not isinstance(code, str) or not re.fullmatch(r"[ENSW]\d{8}", code):
            raise ValueError(f"holds {code!r}, and a local authority code looks like E08000003")
    return tuple(dict.fromkeys(codes))


def _whole(least: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        try:
            number = int(str(value)) if not isinstance(value, bool) else None
        except ValueError:
            number = None
        if number is None or number < least:
            raise ValueError(f"should be a whole number, {least} or more")
        return number

    return read


def _share(value: Any) -> float:
    try:
        number = float(str(value))
    except ValueError:
        number = -1.0
    if not 0 <= number < 1:
        raise ValueError("should be a share from 0 to below 1, such as 0.1 for ten per cent")
    return number


def _part(value: Any) -> float:
    try:
        number = float(str(value))
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise ValueError("should be a share from 0 to 1, such as 0.8 for eighty per cent")
    return number


def _addresses(value: Any) -> str:
    parts = value.replace(",", " ").split() if isinstance(value, str) else ["no text"]
    try:
        return ",".join(str(ipaddress.ip_network(part)).removesuffix("/32") for part in parts)
    except ValueError:
        raise ValueError("should be the proxy's network address, such as 127.0.0.1") from None


def _path(value: Any) -> Path:
    return PROJECT / Path(_text(value)).expanduser()


LAKEHOUSE = "ducklake:postgres:"
_OF_CATALOGUE = ("host", "hostaddr", "port", "dbname", "user", "sslmode", "sslrootcert")


def _database(value: Any) -> Path:
    """The file; of a lakehouse, how the names of what a server keeps for itself begin."""
    if not (text := _text(value)).startswith("ducklake:"):
        return _path(value)
    words = text.removeprefix(LAKEHOUSE).split()
    parts = dict(word.partition("=")[::2] for word in words)
    plain = all(re.fullmatch(r"[a-z]+=[A-Za-z0-9_./:@-]+", word) for word in words)
    if not plain or not parts.keys() <= set(_OF_CATALOGUE) or "dbname" not in parts:
        raise ValueError(
            f"should be a file, or a lakehouse such as {LAKEHOUSE}dbname=network "
            f"host=db.example.org, with no more than {', '.join(_OF_CATALOGUE)}; the password "
            "stands in PGPASSWORD or in a file that PGPASSFILE names"
        )
    return PROJECT / f"{parts['dbname']}.lake"


def _colour(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise ValueError("should be a colour such as #005a9c")
    # WCAG's contrast of the colour with white, which white letters on it need to be read.
    parts = [int(value[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    if 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) < 4.5:
        raise ValueError("is too pale to be read on white: take a darker one")
    return value.lower()


@dataclass(frozen=True)
class Logo:
    """A picture, PNG or SVG by its suffix; without one it holds nothing."""

    suffix: str = ".png"
    data: bytes = b""

    @property
    def address(self) -> str:
        """An address that carries the picture; empty where there is none."""
        kind = "svg+xml" if self.suffix == ".svg" else "png"
        text = base64.b64encode(self.data).decode()
        return f"data:image/{kind};base64,{text}" if self.data else ""


def _logo(value: Any) -> Logo:
    """Of a file, of the address of a logo, or of an empty text."""
    if value == "":
        return Logo()
    if match := re.fullmatch(r"data:image/(png|svg\+xml);base64,(.*)", str(value)):
        try:
            return Logo(f".{match[1][:3]}", base64.b64decode(match[2], validate=True))
        except binascii.Error:
            raise ValueError("should be a PNG or SVG file") from None
    path = _path(value)
    if (suffix := path.suffix.lower()) not in (".png", ".svg"):
        raise ValueError("should be a PNG or SVG file")
    return Logo(suffix, path.read_bytes()) if path.is_file() else Logo()


def _presentation(value: Any) -> Path:
    path = _path(value)
    if path.suffix.lower() != ".pptx" or not path.is_file():
        raise ValueError("should be a PowerPoint file (.pptx) that is there")
    return path


@cache
def read_noise(path: Path) -> tuple[tuple[int, ...], ...]:
    """Count, then cell key -> how many people more or fewer are shown. The file has a digit for
    each key: that of nobody is none, one higher is one more. ValueError where it would not do."""
    try:
        with path.open(encoding="ascii", newline="") as file:
            lines = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError):
        raise ValueError("should be a CSV file that is there") from None
    if not lines or set(lines[0]) != {"count", "noise"}:
        raise ValueError("should be a CSV file with the columns count and noise")
    if [line["count"] for line in lines] != [str(count) for count in range(max(4, len(lines)))]:
        raise ValueError("should have a line for each count: 0, 1, 2, 3 and so on")
    table = []
    none = (lines[0]["noise"] or "")[:1]
    for count, line in enumerate(lines):
        if not re.fullmatch(f"[0-9]{{{KEY_VALUES}}}", line["noise"] or ""):
            raise ValueError(f"should have {KEY_VALUES} digits for the count {count}")
        noise = tuple(int(digit) - int(none) for digit in line["noise"])
        if count == 0 and any(noise):
            raise ValueError("should leave a count of 0 as it is: one digit only")
        if count and count + min(noise) < 1:
            raise ValueError(f"should not make a count of {count} into nobody")
        if abs(sum(noise)) > MOST_BIAS * KEY_VALUES:
            raise ValueError(f"should be 0 on average for the count {count}")
        table.append(noise)
    return tuple(table)


def _noise_table(value: Any) -> Path:
    path = _path(value)
    read_noise(path)
    return path


# What open data can be published under: where its text stands, and its title.
LICENCES: Mapping[str, tuple[str, str]] = {
    "OGL-UK-3.0": (
        "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
        "Open Government Licence v3.0",
    ),
    "CC-BY-4.0": (
        "https://creativecommons.org/licenses/by/4.0/",
        "Creative Commons Attribution 4.0",
    ),
    "CC0-1.0": ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0 1.0"),
}


def _licence(value: Any) -> str:
    if not isinstance(value, str) or value not in LICENCES:
        raise ValueError(f"should be one of {', '.join(LICENCES)}")
    return value


def _yes_or_no(value: Any) -> bool:
    answers = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if (text := str(value).strip().lower()) not in answers:
        raise ValueError("should be true or false")
    return answers[text]


def _or_none(read: Callable[[Any], str]) -> Callable[[Any], str]:
    """For a setting that may be left empty."""
    return lambda value: "" if value == "" else read(value)


def _site(value: Any) -> str:
    parts = urlsplit(_text(value).rstrip("/"))
    plain = parts.scheme in ("http", "https") and parts.netloc and not parts.path + parts.query
    if not plain or "@" in parts.netloc:
        raise ValueError("should be where people open the app, such as https://network.example.org")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _host(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9.-]+|[0-9a-fA-F:]+", value):
        raise ValueError("should be the name of a mail server, such as smtp.example.org")
    return value.lower()


def _mailbox(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(MAILBOX, value):
        raise ValueError("should be an email address, such as network@example.org")
    return value


def _one_of(*words: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in words:
            raise ValueError(f"should be one of {', '.join(words)}")
        return str(value)

    return read


def _folder(value: Any) -> str:
    return str(_path(value))


def _clock(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise ValueError("should be a time of the day, such as 02:00")
    return value


Text = Annotated[str, _text]
OrNone = Annotated[str, _or_none(_text)]
Codes = Annotated[tuple[str, ...], _codes]
Whole = Annotated[int, _whole(1)]
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
    noise_table: Annotated[Path, _noise_table]
    tolerance: Annotated[float, _share, OF_NETWORK]
    judged_from_coverage: Annotated[float, _part, OF_NETWORK]
    judged_from_known: Annotated[float, _part, OF_NETWORK]
    max_upload_mb: Whole
    spare_disk_mb: Whole
    sign_in_hours: Whole
    link_minutes: Whole
    invitation_hours: Whole
    audit_days: Annotated[int, _whole(30)]
    second_person_approves: Annotated[bool, _yes_or_no, OF_NETWORK]
    colour: Annotated[str, _colour, OF_NETWORK]
    logo: Annotated[Logo, _logo, OF_NETWORK]
    pack_template: Annotated[Path, _presentation]
    data_licence: Annotated[str, _licence, OF_NETWORK]
    proxy: Annotated[str, _addresses]
    address: Annotated[str, _or_none(_site)]
    mail_host: Annotated[str, _or_none(_host)]
    mail_port: Whole
    mail_tls: Annotated[str, _one_of("starttls", "implicit", "none")]
    mail_user: OrNone
    mail_password_file: OrNone
    mail_from: Annotated[str, _or_none(_mailbox)]
    mail_ca_file: OrNone
    mail_bounces_host: Annotated[str, _or_none(_host)]
    mail_bounces_port: Whole
    mail_bounces_tls: Annotated[str, _one_of("implicit", "starttls", "none")]
    mail_bounces_user: OrNone
    mail_bounces_password_file: OrNone
    mail_bounces_folder: OrNone
    metrics_port: Annotated[int, _whole(0)]
    log_format: Annotated[str, _one_of("text", "json")]
    backup_to: Annotated[str, _or_none(_folder)]
    backup_at: Annotated[str, _clock]
    backup_keep: Whole
    lakehouse_data: Annotated[str, _or_none(_folder)]
    database: Annotated[Path, _database]
    reference: Annotated[Path, _path]
    overridden: frozenset[str] = frozenset()  # names that a variable of the environment gave
    catalogue: str = ""  # how PostgreSQL is reached, where the database is a lakehouse

    def with_database(self, location: str) -> "Settings":
        """The same with a database elsewhere. Raises SettingsError."""
        catalogue = location.strip().partition(LAKEHOUSE)[2]
        try:
            return replace(self, database=_database(location), catalogue=catalogue)
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


def load(path: Path | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from the file (`ANCHORNET_SETTINGS`, else anchornet.toml in the project folder)
    with ANCHORNET_* variables over it. Raises SettingsError, which names the setting."""
    named = environment.get("ANCHORNET_SETTINGS")
    path = path or (Path(named) if named else PROJECT / "anchornet.toml")
    try:
        given: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"The settings file {path} can't be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings file {path} isn't well-formed TOML: {error}.") from None
    given = {name: value for name, value in given.items() if name not in RETIRED}
    if isinstance(section := given.get("mail"), dict):
        del given["mail"]
        given |= {f"mail_{name}": value for name, value in section.items()}
    where = {name: f"{name} in {path.name}" for name in given}
    for name in READERS:
        if (variable := f"ANCHORNET_{name.upper()}") in environment:
            given[name], where[name] = environment[variable], variable
    for name in given:
        if name not in READERS:
            raise SettingsError(
                f"{name} in {path.name} is not a setting. Known ones: {', '.join(READERS)}."
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
    settings = Settings(**values, overridden=variables)
    return _in_order(settings.with_database(str(given["database"])))


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
