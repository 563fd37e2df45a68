"""Councils by what people call them, and the org-IDs of those that ship with the project."""

import csv
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from anchornet.settings import Settings

FILE = "councils.csv"
LONDON = re.compile(r"^(the )?(royal borough|london borough|lb) (of )?")
# What stands beside the place in a council's name.
WORDS = frozenset(
    "council councils city borough county metropolitan district unitary authority corporation "
    "royal of the and on upon mbc mdc bc cc dc".split()
)


def council_org_ids(settings: Settings, name: str) -> list[tuple[str, str]]:
    """Org-IDs of councils of this name, each with the name and kind that it stands for."""
    return list(_councils(settings.reference / FILE).get(_key(name), ()))


@cache
def _councils(path: Path) -> Mapping[str, tuple[tuple[str, str], ...]]:
    if not path.is_file():
        return {}
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            words = f"{row['name']}, {row['kind'].lower()}"
            found[_key(row["name"])] = (*found.get(_key(row["name"]), ()), (row["org_id"], words))
    return found


def _key(name: str) -> str:
    """`city of manchester council` and `Manchester City Council` are one; a school of Manchester is
    another."""
    words = re.findall(r"[a-z]+", LONDON.sub("", " ".join(name.casefold().split())))
    return " ".join(word for word in words if word not in WORDS)
