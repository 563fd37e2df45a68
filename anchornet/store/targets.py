"""What figures should reach by when: recorded, read back, and loaded from a file."""

import json
import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

import pandas as pd

from anchornet.periods import month_text, parse_month
from anchornet.returns.csv_reader import Refused, read_table
from anchornet.returns.declaration import normalise_heading
from anchornet.store.database import Database, append, utc_now
from anchornet.store.network import LoadError, NotPossible, require_member

TARGET_COLUMNS = (
    "indicator", "member_id", "baseline_period", "baseline", "target_period", "target",
    "tolerance", "profile",
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """What an indicator should reach by when. Without a profile: a straight line from the
    baseline; without a tolerance: the settings' one. NotPossible says why one can't be."""

    indicator: str
    target_period: date
    target: float
    member_id: str | None = None  # None: the network's
    baseline_period: date | None = None
    baseline: float | None = None
    profile: Mapping[date, float] | None = None
    tolerance: float | None = None

    def __post_init__(self) -> None:
        values = [self.target, self.baseline, self.tolerance, *(self.profile or {}).values()]
        if not all(value is None or math.isfinite(value) for value in values):
            raise NotPossible("a target is made of plain numbers.")
        if not self.profile and (self.baseline_period is None or self.baseline is None):
            raise NotPossible("give a baseline and its month for a straight line, or a profile.")
        if self.baseline_period and self.baseline_period >= self.target_period:
            raise NotPossible("the baseline's month should be before the target's.")
        if self.profile and max(self.profile) > self.target_period:
            raise NotPossible("the profile should end by the target's month.")
        if self.tolerance is not None and not 0 <= self.tolerance < 1:
            raise NotPossible("tolerance is a share from 0 to below 1, such as 0.1 or 10%.")


def record_targets(
    database: Database, targets: Iterable[Target], *, by: str, now: datetime | None = None
) -> int:
    """Append targets, all or none; returns how many."""
    moment = now or utc_now()
    targets = list(targets)
    with database.writing() as cursor:
        for member_id in sorted({target.member_id for target in targets if target.member_id}):
            require_member(cursor, member_id)
        for target in targets:
            points = {month_text(month): value for month, value in (target.profile or {}).items()}
            profile = json.dumps(points, sort_keys=True) if points else None
            append(
                cursor, "targets", target.member_id, target.indicator, target.baseline_period,
                target.baseline, target.target_period, target.target, profile, target.tolerance,
                moment, by,
            )  # fmt: skip
    return len(targets)


def require_share(target: Target) -> None:
    """Raises NotPossible where a target of a share is above 100%: somebody wrote 45 for 45%."""
    values = [target.target, target.baseline, *(target.profile or {}).values()]
    if any(value is not None and value > 1 for value in values):
        raise NotPossible("a share is at most 100%. Write 45% or 0.45, and not 45.")


def remove_target(
    database: Database,
    indicator: str,
    member_id: str | None = None,
    *,
    by: str,
    now: datetime | None = None,
) -> None:
    """Record that there is no target from now on; earlier ones stay in the history. Raises
    NotPossible where there is none."""
    standing = {(target.indicator, target.member_id) for target in targets(database)}
    if (indicator, member_id) not in standing:
        raise NotPossible(f"There is no target for {indicator} to remove.")
    with database.writing() as cursor:
        append(cursor, "targets", member_id, indicator, *[None] * 6, now or utc_now(), by)


def targets(database: Database, as_at: datetime | None = None) -> list[Target]:
    """By indicator, the network's before members'."""
    rows = database.rows(
        f"""
        select {", ".join(_FIELDS)}
        from current_targets(?)
        order by indicator, member_id nulls first
        """,
        [as_at],
    )
    return [_target_of(row) for row in rows]


def target_history(
    database: Database, indicator: str, member_id: str | None = None
) -> list[tuple[datetime, str, Target | None]]:
    """When a target was recorded and by whom, the newest first; None: it was taken away."""
    rows = database.rows(
        f"""
        select recorded_at, recorded_by, {", ".join(_FIELDS)}
        from targets
        where indicator = ? and member_id is not distinct from ?
        order by record_number desc
        """,
        [indicator, member_id],
    )
    return [(moment, by, _target_of(row) if row[2] else None) for moment, by, *row in rows]


_FIELDS = [field.name for field in fields(Target)]


def _target_of(row: Sequence[Any]) -> Target:
    target = dict(zip(_FIELDS, row, strict=True))
    if target["profile"]:
        points = json.loads(target["profile"])
        target["profile"] = {parse_month(month): float(value) for month, value in points.items()}
    return Target(**target)


def target_table(targets: Iterable[Target]) -> pd.DataFrame:
    """Targets as a file that `load_targets` reads: the columns TARGET_COLUMNS."""
    rows = [
        {
            **vars(target),
            "baseline_period": target.baseline_period and month_text(target.baseline_period),
            "target_period": month_text(target.target_period),
            "profile": target.profile and profile_text(target.profile),
        }
        for target in targets
    ]
    return pd.DataFrame(rows, columns=list(TARGET_COLUMNS), dtype=object)


def profile_text(profile: Mapping[date, float]) -> str:
    """As read_profile reads it."""
    return ";".join(
        f"{month_text(month)}={round(value, 12):.15g}" for month, value in sorted(profile.items())
    )


def load_targets(
    database: Database,
    data: bytes,
    *,
    by: str,
    indicators: Collection[str] | None = None,
    shares: Collection[str] = (),
    now: datetime | None = None,
) -> int:
    """Record the targets of a CSV or Excel file with the columns TARGET_COLUMNS, percentages read
    as shares; returns how many. `indicators` are the names that may be used, `shares` those of them
    that are shares. Raises LoadError."""
    members = {name for (name,) in database.rows("select member_id from current_members(null)")}
    faults: list[str] = []
    targets: dict[tuple[str, str | None], tuple[int, Target]] = {}
    for line, row in _rows(data):
        try:
            target = _target(row)
            if indicators is not None and target.indicator not in indicators:
                raise ValueError(
                    f"{target.indicator!r} is not an indicator. "
                    f"Indicators: {', '.join(sorted(indicators))}."
                )
            if target.indicator in shares:
                require_share(target)
            if target.member_id is not None and target.member_id not in members:
                raise ValueError(
                    f"there is no member {target.member_id}. Add it first, "
                    "or leave member_id blank for the network's target."
                )
            key = (target.indicator, target.member_id)
            if key in targets:
                raise ValueError(f"the same indicator and member as line {targets[key][0]}.")
            targets[key] = (line, target)
        except (ValueError, NotPossible) as fault:
            faults.append(f"Line {line}: {fault}")
    if faults:
        raise LoadError(faults)
    if not targets:
        raise LoadError(["The file has headings and no targets under them."])
    return record_targets(database, [target for _, target in targets.values()], by=by, now=now)


def _rows(data: bytes) -> Iterable[tuple[int, dict[str, str]]]:
    columns = {normalise_heading(name): name for name in TARGET_COLUMNS}
    try:
        table = read_table(data, frozenset(columns))
    except Refused as refused:
        raise LoadError([str(refused)]) from None
    names = [columns.get(normalise_heading(heading)) for heading in table.headings]
    missing = [name for name in ("indicator", "target_period", "target") if name not in names]
    if missing:
        raise LoadError(
            f"There is no column {name}. Add one with that heading." for name in missing
        )
    for cells in table.cells.to_pylist():
        row = {name: cells[f"c{index}"] for index, name in enumerate(names) if name}
        yield int(cells["line"]), row


def _target(row: Mapping[str, str]) -> Target:
    def month(name: str) -> date | None:
        return parse_month(row[name]) if row.get(name) else None

    def number(name: str) -> float | None:
        return read_number(row[name], name) if row.get(name) else None

    target_period, target = month("target_period"), number("target")
    if not row.get("indicator") or target_period is None or target is None:
        raise ValueError("indicator, target_period and target can't be blank.")
    return Target(
        indicator=row["indicator"],
        member_id=row.get("member_id") or None,
        baseline_period=month("baseline_period"),
        baseline=number("baseline"),
        target_period=target_period,
        target=target,
        profile=read_profile(row["profile"]) if row.get("profile") else None,
        tolerance=number("tolerance"),
    )


def read_number(text: str, name: str) -> float:
    """The number in `1,200`, `£1200` or `45%`, which is 0.45. ValueError names it by `name`."""
    plain = text.replace(",", "").replace("£", "").strip()
    if not re.fullmatch(r"-?(\d+(\.\d*)?|\.\d+) ?%?", plain):
        raise ValueError(f"{name} should be a number, and is {text!r}.")
    return float(plain.rstrip("% ")) / (100 if plain.endswith("%") else 1)


def read_profile(text: str) -> dict[date, float]:
    """The months and values of `2026-09=120;2026-10=130`; ValueError."""
    profile = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        month, sign, value = part.partition("=")
        if not sign:
            raise ValueError(f"write profile as 2026-09=120;2026-10=130, and not {text!r}.")
        profile[parse_month(month)] = read_number(value.strip(), "profile")
    return profile
