"""Holds pinned packages against known vulnerabilities: `python .ci/audit.py requirements.txt …`.

Two sources. PyPI gives the advisories of a release, from the OSV database, where the internet is
there; it is asked first about a release that is known to have some, and where it doesn't answer
that, this is said and nothing more is claimed. Safety DB comes as a package and needs no internet,
but ends in July 2021: it knows what was never put right since. Ends with 1 when something is found.
"""

import importlib.util
import json
import re
import sys
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet

Pin = tuple[str, str]  # name, version
Ask = Callable[[Pin], Mapping[str, Any]]
KNOWN_BAD: Pin = ("jinja2", "2.4.1")
# Advisory -> why it does not touch us, as docs/security.md says too. None so far.
EXCEPTIONS: Mapping[str, str] = {}

# The package itself can't be imported: it looks for the list in the folder it is run from.
_home = importlib.util.find_spec("safety_db").submodule_search_locations[0]
INSECURE = json.loads(Path(_home, "insecure_full.json").read_text("utf-8"))


def pins(text: str) -> list[Pin]:
    """What a requirements file pins."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.M)
    return [(re.sub(r"[-_.]+", "-", name).lower(), version) for name, version in found]


def in_safety_db(wanted: Iterable[Pin]) -> list[str]:
    """What Safety DB knows against them, a line each."""
    return [
        f"{name} {version}: {entry['id']} ({spec})"
        for name, version in wanted
        for entry in INSECURE.get(name, [])
        for spec in entry["specs"]
        if SpecifierSet(spec).contains(version, prereleases=True) and entry["id"] not in EXCEPTIONS
    ]


def ask_pypi(pin: Pin) -> Mapping[str, Any]:
    """What PyPI says of a release."""
    address = f"https://pypi.org/pypi/{pin[0]}/{pin[1]}/json"
    with urllib.request.urlopen(address, timeout=20) as answer:
        return dict(json.load(answer))


def in_pypi(wanted: Iterable[Pin], ask: Ask) -> list[str] | None:
    """What PyPI knows against them; None where it tells nothing of a release known to be bad."""
    try:
        if not ask(KNOWN_BAD).get("vulnerabilities"):
            return None
        with ThreadPoolExecutor(8) as several:
            told = several.map(lambda pin: (pin, ask(pin)), wanted)
            return [
                f"{pin[0]} {pin[1]}: {it['id']}, put right in {', '.join(it['fixed_in']) or 'none'}"
                for pin, answer in told
                for it in answer.get("vulnerabilities", [])
                if not it.get("withdrawn") and it["id"] not in EXCEPTIONS
            ]
    except (OSError, ValueError):
        return None


def main(paths: list[str], ask: Ask = ask_pypi) -> int:
    wanted = sorted({pin for path in paths for pin in pins(Path(path).read_text("utf-8"))})
    ended = datetime.fromtimestamp(INSECURE["$meta"]["timestamp"], UTC)
    found = in_safety_db(wanted)
    print(f"Safety DB of {ended:%B %Y}: {len(found)} found among {len(wanted)} pinned packages.")
    live = in_pypi(wanted, ask)
    if live is None:
        print("PyPI's advisories could not be reached: nothing newer than that was looked at.")
    else:
        print(f"PyPI's advisories of today: {len(live)} found among {len(wanted)}.")
    for line in [*found, *(live or [])]:
        print(f"  {line}")
    return 1 if found or live else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
