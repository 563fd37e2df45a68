"""The public page: what is approved, as a folder of plain HTML for a network's website.

No script, and nothing from elsewhere: own styles, fonts and pictures, said in each page's policy.
Nothing in it hangs on when it was made, so that the same approvals give the same bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from anchornet import formatting
from anchornet.exports import open_data, photos, picture_export, shared_chart, text_metrics
from anchornet.exports.shared_chart import Figure
from anchornet.facts.catalogue import CATALOGUE, UNITS
from anchornet.narrative.definitions import ATTRIBUTION, Definition, definitions
from anchornet.narrative.story_text import blocks, opening
from anchornet.store import network, publications, stories
from anchornet.store.database import Database
from anchornet.store.stories import WEB, Story

HERE = Path(__file__).with_name("site_pages")
POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; font-src 'self'; base-uri 'none'; "
    "form-action 'none'"
)
WIDE, TALL = "post", "portrait"
MONTHLY = ("course", "target", "rings")


@dataclass(frozen=True)
class Cell:
    text: str
    number: bool = False


@dataclass(frozen=True)
class _Told:
    """A story, and what stands beside it: the name of its picture's file, and how large it is."""

    story: Story
    picture: str
    width: int
    height: int


def build(database: Database, now: datetime | None = None) -> dict[str, bytes]:
    """Every file of the public page, by its path; `now` decides what is past its embargo."""
    made = [shared_chart.make(database, asked) for _, asked in publications.public(database, now)]
    told, files = _stories(database)
    settings = database.settings
    files["style.css"] = _style(settings.colour)
    for weight in (400, 700):
        files[f"fonts/{text_metrics.FILES[weight].name}"] = text_metrics.FILES[weight].read_bytes()
    files["fonts/OFL.txt"] = (text_metrics.FOLDER / "OFL.txt").read_bytes()
    logo = f"logo{settings.logo.suffix.lower()}" if settings.logo.is_file() else ""
    if logo:
        files[logo] = settings.logo.read_bytes()
    if made:
        package = open_data.build(database, now, made)
        files |= {f"data/{name}": data for name, data in package.items()}
    shared = {
        "network": settings.network_name,
        "area": settings.area_name,
        "sample": network.is_sample(database),
        "policy": POLICY,
        "logo": logo,
        "attribution": ATTRIBUTION,
        "figures": made,
        "stories": told,
        "definitions": _defined(database, made, told),
        "titles": {name: it.title for name, it in CATALOGUE.items()},
        "wide": picture_export.SIZES[WIDE],
        "tall": picture_export.SIZES[TALL],
    }

    def page(path: str, template: str, **more: Any) -> None:
        given = {**shared, **more, "root": "../" * path.count("/"), "path": path}
        files[path] = _templates().get_template(template).render(given).encode()

    page("index.html", "index.html")
    page("definitions.html", "definitions.html")
    for it in made:
        files |= _files_of(it)
        beside = [one for one in told if it.asked.indicator in one.story.indicators]
        headings, rows = table(it)
        page(
            f"figures/{it.reference}.html", "figure.html", figure=it, beside=beside,
            headings=headings, rows=rows, unit=UNITS[CATALOGUE[it.asked.indicator].unit],
        )  # fmt: skip
    for one in told:
        explained = [it for it in made if it.asked.indicator in one.story.indicators]
        page(f"stories/{one.story.story_id}.html", "story.html", told=one, explained=explained)
    return files


def table(made: Figure) -> tuple[list[Cell], list[list[Cell]]]:
    """Headings and rows of the table behind a picture: exactly what is drawn, in words."""
    rows, chart = made.rows, made.asked.chart
    unit = CATALOGUE[made.asked.indicator].unit
    named, has_target = "name" in rows, "profile" in rows
    headings: list[Cell] = [Cell("Period")] if chart in MONTHLY else []
    headings += [Cell({"map": "Where", "rings": "Where"}.get(chart, "Part"))] if named else []
    headings += [Cell("Months since the start", True)] if "months" in rows else []
    headings += [Cell(UNITS[unit].partition(",")[0], True)]
    headings += [Cell("Target", True)] if has_target else []
    headings += [Cell("Members", True)]
    body = []
    for _, row in rows.iterrows():
        line = [Cell(formatting.span(row["period"], made.asked.window))] if chart in MONTHLY else []
        line += [Cell(str(row["name"]))] if named else []
        line += [Cell(f"{row['months']}", True)] if "months" in rows else []
        line += [Cell(formatting.shown(pd.Series({**row, "unit": unit})), True)]
        line += [Cell(formatting.figure(row["profile"], unit), True)] if has_target else []
        line += [Cell(formatting.members(row).removesuffix("s").removesuffix(" member"), True)]
        body.append(line)
    return headings, body


def _files_of(made: Figure) -> dict[str, bytes]:
    name = f"figures/{made.reference}"
    return {
        f"{name}.svg": picture_export.render(made, WIDE, "svg"),
        f"{name}-tall.svg": picture_export.render(made, TALL, "svg"),
        f"{name}.png": picture_export.render(made, WIDE, "png"),
        f"{name}.csv": picture_export.csv(made),
    }


def _stories(database: Database) -> tuple[list[_Told], dict[str, bytes]]:
    told, files = [], {}
    for story in stories.approved(database):
        name, size = "", (0, 0)
        if story.picture_id is not None:
            name = f"stories/{story.story_id}.jpg"
            files[name] = stories.picture(database, story.picture_id, WEB)
            size = photos.size_of(files[name])
        told.append(_Told(story, name, *size))
    return told, files


def _defined(database: Database, made: Sequence[Figure], told: Sequence[_Told]) -> list[Definition]:
    """The indicators that the page speaks of, without how they are counted in the code."""
    spoken = {it.asked.indicator for it in made}
    spoken |= {name for one in told for name in one.story.indicators}
    return [
        Definition(it.name, it.title, it.definition, it.lines[:-1])
        for group in definitions(database.settings).values()
        for it in group
        if it.name in spoken
    ]


def _style(colour: str) -> bytes:
    style = (HERE / "style.css").read_text(encoding="utf-8")
    return f":root {{ --own: {colour}; }}\n{style}".encode()


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"day": formatting.day, "blocks": blocks, "opening": opening}
    return made
