"""What a setting may hold: each reads a value as the file or a variable gives it, or raises
ValueError with a sentence that says what it should be."""

import base64
import binascii
import csv
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PROJECT = Path(__file__).resolve().parent.parent
# An address as mail servers take it: of more than these characters none could slip into a header or
# a command.
MAILBOX = (
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+"
)
KEY_VALUES = 256  # of cell keys, so of the noise for a count
MOST_BIAS = 0.02  # people that a count's noise may be off nought on average


def read_text(value: Any) -> str:
    text = str(value).strip()
    if not text or isinstance(value, bool | int | float | list):
        raise ValueError("should be some text")
    return text


def read_areas(value: Any) -> tuple[str, ...]:
    codes = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(codes, list) or not codes:
        raise ValueError('should be a list of local authority codes, such as ["E08000003"]')
    for code in codes:
        if not isinstance(code, str) or not re.fullmatch(r"[ENSW]\d{8}", code):
            raise ValueError(f"holds {code!r}, and a local authority code looks like E08000003")
    return tuple(dict.fromkeys(codes))


def at_least(least: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        try:
            number = int(str(value)) if not isinstance(value, bool) else None
        except ValueError:
            number = None
        if number is None or number < least:
            raise ValueError(f"should be a whole number, {least} or more")
        return number

    return read


def _number(value: Any) -> float:
    """Below any that is allowed, where it is none."""
    try:
        return float(str(value))
    except ValueError:
        return -1.0


def read_share(value: Any) -> float:
    number = _number(value)
    if not 0 <= number < 1:
        raise ValueError("should be a share from 0 to below 1, such as 0.1 for ten per cent")
    return number


def read_part(value: Any) -> float:
    number = _number(value)
    if not 0 <= number <= 1:
        raise ValueError("should be a share from 0 to 1, such as 0.8 for eighty per cent")
    return number


def read_proxies(value: Any) -> str:
    parts = value.replace(",", " ").split() if isinstance(value, str) else ["no text"]
    try:
        return ",".join(str(ipaddress.ip_network(part)).removesuffix("/32") for part in parts)
    except ValueError:
        raise ValueError("should be the proxy's network address, such as 127.0.0.1") from None


def read_path(value: Any) -> Path:
    return PROJECT / Path(read_text(value)).expanduser()


LAKEHOUSE = "ducklake:postgres:"
_OF_CATALOGUE = ("host", "hostaddr", "port", "dbname", "user", "sslmode", "sslrootcert")


def read_database(value: Any) -> Path:
    """The file; of a lakehouse, how the names of what a server keeps for itself begin."""
    if not (text := read_text(value)).startswith("ducklake:"):
        return read_path(value)
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


def read_colour(value: Any) -> str:
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


def read_logo(value: Any) -> Logo:
    """Of a file, of the address of a logo, or of an empty text."""
    if value == "":
        return Logo()
    if match := re.fullmatch(r"data:image/(png|svg\+xml);base64,(.*)", str(value)):
        try:
            return Logo(f".{match[1][:3]}", base64.b64decode(match[2], validate=True))
        except binascii.Error:
            raise ValueError("should be a PNG or SVG file") from None
    path = read_path(value)
    if (suffix := path.suffix.lower()) not in (".png", ".svg"):
        raise ValueError("should be a PNG or SVG file")
    return Logo(suffix, path.read_bytes()) if path.is_file() else Logo()


def read_presentation(value: Any) -> Path:
    path = read_path(value)
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


def read_noise_table(value: Any) -> Path:
    path = read_path(value)
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


def read_licence(value: Any) -> str:
    if not isinstance(value, str) or value not in LICENCES:
        raise ValueError(f"should be one of {', '.join(LICENCES)}")
    return value


def read_yes_or_no(value: Any) -> bool:
    answers = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if (text := str(value).strip().lower()) not in answers:
        raise ValueError("should be true or false")
    return answers[text]


def or_none(read: Callable[[Any], str]) -> Callable[[Any], str]:
    """For a setting that may be left empty."""
    return lambda value: "" if value == "" else read(value)


def read_site(value: Any) -> str:
    parts = urlsplit(read_text(value).rstrip("/"))
    plain = parts.scheme in ("http", "https") and parts.netloc and not parts.path + parts.query
    if not plain or "@" in parts.netloc:
        raise ValueError("should be where people open the app, such as https://network.example.org")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def read_host(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9.-]+|[0-9a-fA-F:]+", value):
        raise ValueError("should be the name of a mail server, such as smtp.example.org")
    return value.lower()


def read_mailbox(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(MAILBOX, value):
        raise ValueError("should be an email address, such as network@example.org")
    return value


def one_of(*words: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in words:
            raise ValueError(f"should be one of {', '.join(words)}")
        return str(value)

    return read


def read_folder(value: Any) -> str:
    return str(read_path(value))


def read_clock(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise ValueError("should be a time of the day, such as 02:00")
    return value
