"""The approved series as open data: a Frictionless Data Package of tidy CSV.

A number that is hidden is a star and one that isn't known is empty; both are declared as missing,
and the column `told` says which. Nothing is in it that isn't in an approved figure.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.csv_export import csv_bytes
from anchornet.exports import approved_figures, shared_chart
from anchornet.exports.shared_chart import Figure
from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE, UNITS
from anchornet.indicators.disclosure import HIDDEN
from anchornet.indicators.judgement import IN_POUNDS
from anchornet.narrative.definitions import ATTRIBUTION
from anchornet.periods import WINDOWS, month_text
from anchornet.setting_values import LICENCES
from anchornet.store import network, publications
from anchornet.store.database import Database
from anchornet.store.network import NotPossible

WHOLE = "all"  # the part of a figure that isn't of parts
# What a column may hold that other files declare.
ENUMS: Mapping[str, Sequence[str]] = {
    "window": tuple(WINDOWS),
    "breakdown": (WHOLE, *BREAKDOWNS),
    "unit": tuple(UNITS),
}


@cache
def resources() -> list[dict[str, Any]]:
    """The tables of the package as Frictionless describes them, with their columns."""
    tables: list[dict[str, Any]] = json.loads(
        Path(__file__).with_suffix(".json").read_text("utf-8")
    )
    for field in (field for table in tables for field in table["schema"]["fields"]):
        if field["name"] in ENUMS:
            field["constraints"]["enum"] = list(ENUMS[field["name"]])
    return tables


def build(
    database: Database, now: datetime | None = None, figures: Sequence[Figure] | None = None
) -> dict[str, bytes]:
    """The files of the package. `figures`: the public ones, where somebody has them already."""
    if figures is None:
        if refused := no_longer_made(database, now):
            raise NotPossible(refused)
        figures = approved_figures.public_figures(database, now)
    indicators = sorted({figure.asked.indicator for figure in figures})
    tables: tuple[Sequence[Any], ...] = (
        [row for figure in figures for row in _rows(figure)],
        [_define(name) for name in indicators],
    )
    files = {
        resource["path"]: _csv([field["name"] for field in resource["schema"]["fields"]], rows)
        for resource, rows in zip(resources(), tables, strict=True)
    }
    about = json.dumps(_about(database, figures), ensure_ascii=False, indent=2)
    return files | {"datapackage.json": f"{about}\n".encode()}


def no_longer_made(database: Database, now: datetime | None = None) -> str:
    """What stops the public page and the open data: charts that were approved before their numbers
    were kept with them, of what isn't offered any more, such as a kind with one member left."""
    lacking = dict(publications.without_content(database))
    reasons = [
        f"{reference}: {reason}"
        for reference, request in publications.public(database, now)
        if reference in lacking
        if (reason := shared_chart.refusal(database, request))
    ]
    if not reasons:
        return ""
    return " ".join(
        [
            "An approved chart can no longer be made.",
            *reasons,
            "Withdraw it on Share a chart first.",
        ]
        if len(reasons) == 1
        else [
            f"{formatting.count(len(reasons)).capitalize()} approved charts can no longer be made.",
            *reasons,
            "Withdraw them on Share a chart first.",
        ]
    )


def _csv(columns: list[str], rows: Sequence[Any]) -> bytes:
    """Without the mark that Excel wants at the start: a package says its encoding."""
    frame = pd.DataFrame(rows, columns=columns, dtype=object)
    return csv_bytes(frame).decode("utf-8-sig").encode()


def _rows(figure: Figure) -> list[dict[str, Any]]:
    request, unit = figure.asked, CATALOGUE[figure.asked.indicator].unit
    rows = []
    for row in figure.rows.to_dict("records"):
        by = next((name for name in (request.breakdown, "code", "ring") if name in row), None)
        value, state = _number(row["value"], unit), "shown"
        if formatting.is_gap(row["value"]):
            value, state = ("", "not_known") if row["shown"] == "–" else (HIDDEN, "hidden")
            if row.get("unjudged") == IN_POUNDS:
                value, state = "", IN_POUNDS
        rows.append(
            {
                "reference": figure.reference,
                "indicator": request.indicator,
                "period": month_text(row["period"]),
                "window": request.window,
                "breakdown": request.breakdown or WHOLE,
                "part": WHOLE if by is None else row[by],
                "part_name": row.get("name", ""),
                "months_since_start": row.get("months", ""),
                "value": value,
                "told": state,
                "unit": unit,
                "unknown": _number(row.get("unknown"), unit),
                "not_judged": row.get("unjudged") or "",
                "profile": _number(row.get("profile"), unit),
                "members": row["members"],
                "members_expected": row["members_expected"],
                "as_at": f"{request.as_at.isoformat(timespec='seconds')}Z",
                "limited_to": " ".join(filter(None, [request.kind, request.area])),
                "source": figure.source,
                "revised_since": "true" if figure.revised else "false",
            }
        )
    return rows


def _number(value: Any, unit: str) -> str:
    if formatting.is_gap(value):
        return ""
    text = f"{float(value):.{2 if unit == 'gbp' else 6}f}"
    return text.rstrip("0").rstrip(".")


def _define(name: str) -> list[Any]:
    indicator = CATALOGUE[name]
    return [
        name,
        indicator.title,
        indicator.definition,
        indicator.unit,
        indicator.kind,
        indicator.polarity,
        "true" if indicator.people else "false",
    ]


def _about(database: Database, figures: Sequence[Figure]) -> dict[str, Any]:
    settings = database.settings
    sample = network.is_sample(database)
    decided = publications.listed(database)
    references = {figure.reference for figure in figures}
    # Not when it is made: the same approvals give the same bytes.
    moments = decided.loc[decided["reference"].isin(references), "decided_at"]
    created = max(moments).isoformat(timespec="seconds") if len(moments) else None
    path, title = LICENCES[settings.data_licence]
    sources = sorted({figure.source for figure in figures})
    about: dict[str, Any] = {
        "profile": "tabular-data-package",
        "name": "anchor-network-figures",
        "title": f"{'Sample, all invented: ' if sample else ''}{settings.network_name}, figures",
        "description": (
            f"What {settings.network_name} has approved. {formatting.rounding(settings)} "
            f"{ATTRIBUTION}"
        ),
        "licenses": [{"name": settings.data_licence, "path": path, "title": title}],
        "sources": [{"title": source} for source in sources or [settings.network_name]],
        "contributors": [{"title": settings.network_name, "role": "publisher"}],
        "keywords": ["anchor institutions", settings.area_name],
    }
    if created:
        about |= {"created": f"{created}Z", "version": created[:10].replace("-", ".")}
    return {**about, "resources": resources()}
