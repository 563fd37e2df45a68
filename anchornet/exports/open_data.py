"""The approved series as open data: a Frictionless Data Package of tidy CSV.

A number that is hidden is a star and one that isn't known is empty; both are declared as missing,
and the column `told` says which. Nothing is in it that isn't in an approved figure.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.csv_export import csv_bytes
from anchornet.exports import shared_chart
from anchornet.exports.shared_chart import Figure
from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE, UNITS
from anchornet.indicators.disclosure import HIDDEN
from anchornet.narrative.definitions import ATTRIBUTION
from anchornet.periods import WINDOWS, month_text
from anchornet.settings import LICENCES
from anchornet.store import network, publications
from anchornet.store.database import Database

WHOLE = "all"  # the part of a figure that isn't of parts
TOLD = ("shown", "hidden", "not_known")
Column = tuple[str, str, str, Mapping[str, Any]]  # name, type, what it is, constraints
FIGURES: tuple[Column, ...] = (
    ("reference", "string", "The figure's reference, which brings back exactly this figure.",
     {"required": True, "pattern": "AN-[0-9A-Z]{8}"}),
    ("indicator", "string", "What is measured: a name of definitions.csv.", {"required": True}),
    ("period", "yearmonth", "The month, or the last one of the window.", {"required": True}),
    ("window", "string", "The months that a figure covers.",
     {"required": True, "enum": list(WINDOWS)}),
    ("breakdown", "string", f"What the parts are by; `{WHOLE}` where there are none.",
     {"required": True, "enum": [WHOLE, *BREAKDOWNS]}),
    ("part", "string", f"The code of the part, or `{WHOLE}`.", {"required": True}),
    ("part_name", "string", "The part in words.", {}),
    ("months_since_start", "integer", "For cohorts: how many months after they started.",
     {"minimum": 0}),
    ("value", "number", "The figure: a share is of 1, and pounds are net of recoverable VAT. "
     f"`{HIDDEN}` is hidden, and empty is not known.", {}),
    ("told", "string", "Whether the value is shown, hidden or not known.",
     {"required": True, "enum": list(TOLD)}),
    ("unit", "string", "What the value counts.", {"required": True, "enum": list(UNITS)}),
    ("target", "number", "What the figure should be by then, where that is part of it.", {}),
    ("members", "integer", "How many members the value covers.", {"required": True, "minimum": 0}),
    ("members_expected", "integer", "How many there were.", {"required": True, "minimum": 0}),
    ("as_at", "datetime", "The moment that the figure is stated for, UTC.", {"required": True}),
    ("limited_to", "string", "Empty for the whole network; else the kind of members, the local "
     "authority's code, or both.", {}),
    ("source", "string", "Who it comes from, and from which returns.", {"required": True}),
)  # fmt: skip
DEFINITIONS: tuple[Column, ...] = (
    ("indicator", "string", "The name of what is measured.", {"required": True, "unique": True}),
    ("title", "string", "What it is called.", {"required": True}),
    ("definition", "string", "What it is.", {"required": True}),
    ("unit", "string", "What it counts.", {"required": True, "enum": list(UNITS)}),
    ("kind", "string", "A stock at the month's end, a flow in the month, or a rate.",
     {"required": True, "enum": ["stock", "flow", "rate"]}),
    ("better", "string", "Which way is better.", {"required": True, "enum": ["up", "down"]}),
    ("counts_people", "boolean", "Whether it counts people, who are rounded.",
     {"required": True}),
)  # fmt: skip


def build(
    database: Database, now: datetime | None = None, figures: Sequence[Figure] | None = None
) -> dict[str, bytes]:
    """The files of the package. `figures`: the public ones, where somebody has them already."""
    if figures is None:
        figures = public_figures(database, now)
    rows = [row for figure in figures for row in _rows(figure)]
    indicators = sorted({figure.asked.indicator for figure in figures})
    about = json.dumps(_about(database, figures), ensure_ascii=False, indent=2)
    return {
        "figures.csv": _csv(FIGURES, rows),
        "definitions.csv": _csv(DEFINITIONS, [_define(name) for name in indicators]),
        "datapackage.json": f"{about}\n".encode(),
    }


def public_figures(database: Database, now: datetime | None = None) -> list[Figure]:
    """What is approved and past its embargo, each as at its moment."""
    return [
        shared_chart.make(database, request) for _, request in publications.public(database, now)
    ]


def _csv(columns: Sequence[Column], rows: Sequence[Any]) -> bytes:
    """Without the mark that Excel wants at the start: a package says its encoding."""
    frame = pd.DataFrame(rows, columns=[name for name, *_ in columns], dtype=object)
    return csv_bytes(frame).decode("utf-8-sig").encode()


def _rows(figure: Figure) -> list[dict[str, Any]]:
    request, unit = figure.asked, CATALOGUE[figure.asked.indicator].unit
    rows = []
    for row in figure.rows.to_dict("records"):
        by = next((name for name in (request.breakdown, "code", "ring") if name in row), None)
        value, state = _number(row["value"], unit), "shown"
        if formatting.is_gap(row["value"]):
            value, state = ("", "not_known") if row["shown"] == "–" else (HIDDEN, "hidden")
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
                "target": _number(row.get("profile"), unit),
                "members": row["members"],
                "members_expected": row["members_expected"],
                "as_at": f"{request.as_at.isoformat(timespec='seconds')}Z",
                "limited_to": " ".join(filter(None, [request.kind, request.area])),
                "source": figure.source,
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
    about["resources"] = [
        _resource("figures", FIGURES, HIDDEN)
        | {"description": "A row for each number of each approved figure."},
        _resource("definitions", DEFINITIONS),
    ]
    schema = about["resources"][0]["schema"]
    schema["primaryKey"] = ["reference", "period", "part", "months_since_start"]
    schema["foreignKeys"] = [
        {"fields": ["indicator"], "reference": {"resource": "definitions", "fields": ["indicator"]}}
    ]
    return about


def _resource(name: str, columns: Sequence[Column], *missing: str) -> dict[str, Any]:
    fields = [
        {"name": column, "type": kind, "description": text}
        | ({"constraints": dict(constraints)} if constraints else {})
        for column, kind, text, constraints in columns
    ]
    return {
        "name": name,
        "path": f"{name}.csv",
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"lineTerminator": "\r\n"},
        "schema": {"fields": fields, "missingValues": ["", *missing]},
    }
