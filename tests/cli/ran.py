"""What tests of the command line share: how a command ended, and files that it is given."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

SEPTEMBER = (
    "supplier_name,supplier_postcode,paid_on,amount_gbp\n"
    "Sample Joinery Ltd,M2 5DB,2026-09-02,1000.50\n"
    "Sample Paper Ltd,LS1 1UR,2026-09-20,499.50\n"
)
TWO_MONTHS = SEPTEMBER + "Sample Paper Ltd,LS1 1UR,2026-08-20,250.00\n"
WRONG = SEPTEMBER + "Sample Steel Ltd,S1 2HE,31/06/2026,12.00\n"
KEYS = ["return", "file", "encoding", "delimiter", "skipped_lines", "notes", "rows", "periods"]
KEYS += ["errors"]


class Ended(NamedTuple):
    """How a command ended, and what it said where."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ended]


def send(run: Run, path: Path, *more: object, period: str = "2026-09") -> Ended:
    sender = ("--member", "council", "--by", "a.sender@example.org", "--format", "json")
    return run("submit", "spend", path, "--period", period, *sender, *more)


# --- init --------------------------------------------------------------------------------------
