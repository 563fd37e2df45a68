"""Approved figures: what was approved is kept with its numbers, as they were shown, and is what
leaves from then on, whatever is corrected, set or withdrawn later.

approve(database, "AN-7K2M9XQ4", "ann@example.org")
picture(database, figure_of(database, "AN-7K2M9XQ4"), "post", "png")     # the same for ever
"""

import json
import zlib
from contextlib import suppress
from dataclasses import astuple, fields, replace
from datetime import date, datetime
from typing import Any

import pandas as pd

from anchornet.charts.style import Chart
from anchornet.exports import picture_export, shared_chart
from anchornet.exports.picture_layout import Bar
from anchornet.exports.shared_chart import Figure, Revised
from anchornet.store import publications
from anchornet.store.database import Database, DiskFull
from anchornet.store.publications import ChartRequest

# What a figure holds besides plain texts.
_ASKED, _DERIVED = {"asked", "reference"}, {"chart", "bars", "legend", "rows"}


def approve(
    database: Database,
    reference: str,
    by: str,
    *,
    embargo_until: date | None = None,
    now: datetime | None = None,
) -> None:
    """Approves a figure and keeps it as it is shown. One that was approved before stays what it was
    then. Raises NotPossible."""
    content = publications.content_of(database, reference)
    if content is None:
        request = publications.request_of(database, reference)
        content = _written(shared_chart.make(database, request))
    publications.decide(
        database, reference, "approved", by,
        embargo_until=embargo_until, content=content, now=now,
    )  # fmt: skip


def figure_of(database: Database, reference: str) -> Figure:
    """The figure as it was approved; one that never was is made. Raises NotPossible."""
    request = publications.request_of(database, reference)
    content = publications.content_of(database, reference)
    if content is not None:
        return _read(content, request, publications.tidy_reference(reference))
    figure = shared_chart.make(database, request)
    if publications.state_of(database, reference) == "approved":
        # Of a release that kept no numbers: as at its moment it is what was approved.
        with suppress(DiskFull):
            publications.keep_content(database, reference, _written(figure))
    return figure


def picture(database: Database, figure: Figure, size: str, form: str) -> bytes:
    """A figure that is approved as a picture: from the first time on the same to the byte."""
    kept = publications.picture_of(database, figure.reference, size, form)
    if kept is not None:
        return kept
    drawn = picture_export.render(figure, size, form)
    with suppress(DiskFull):
        return publications.keep_picture(database, figure.reference, size, form, drawn)
    return drawn


def keep_earlier(database: Database) -> None:
    """Keeps what was approved before numbers were kept with it, where it can still be made."""
    for reference, request in publications.without_content(database):
        if shared_chart.refusal(database, request) is None:
            figure_of(database, reference)


def revised(database: Database, reference: str, now: datetime | None = None) -> Revised | None:
    """How the figures behind it differ from what it says; None where none was corrected since."""
    request = publications.request_of(database, reference)
    return shared_chart.revised(database, request, now, figure_of(database, reference))


def _written(figure: Figure) -> bytes:
    plain: dict[str, Any] = {
        field.name: getattr(figure, field.name)
        for field in fields(Figure)
        if field.name not in _ASKED | _DERIVED
    }
    plain["bars"] = [astuple(bar) for bar in figure.bars]
    plain["legend"] = figure.legend
    plain["rows"] = {
        name: {"kind": str(column.dtype), "values": column.astype(object).tolist()}
        for name, column in figure.rows.items()
    }
    plain["chart"] = None
    if figure.chart is not None:
        data = figure.chart.data
        plain["chart"] = {
            "spec": figure.chart.spec,
            "rows": data.astype(object).where(data.notna(), None).to_dict("records"),
        }
    return zlib.compress(json.dumps(plain, ensure_ascii=False, default=_plain).encode(), 9)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value.item()


def _read(content: bytes, request: ChartRequest, reference: str) -> Figure:
    plain: dict[str, Any] = json.loads(zlib.decompress(content))
    rows = pd.DataFrame(
        {
            name: pd.Series(_dates(name, column["values"]), dtype=column["kind"])
            for name, column in plain["rows"].items()
        }
    )
    chart = plain["chart"]
    return Figure(
        **{name: value for name, value in plain.items() if name not in _DERIVED},
        asked=request,
        reference=reference,
        chart=chart and Chart(pd.DataFrame(chart["rows"], dtype=object), chart["spec"], "", ""),
        bars=tuple(Bar(*values) for values in plain["bars"]),
        legend=tuple((colour, words) for colour, words in plain["legend"]),
        rows=rows,
    )


def _dates(name: str, values: list[Any]) -> list[Any]:
    return [date.fromisoformat(value) for value in values] if name == "period" else values


def public_figures(database: Database, now: datetime | None = None) -> list[Figure]:
    """What is approved and past its embargo, as it was approved, each with whether it was revised
    since. Raises NotPossible."""
    return [
        replace(
            figure_of(database, reference),
            revised=revised(database, reference, now) is not None,
        )
        for reference, _ in publications.public(database, now)
    ]
