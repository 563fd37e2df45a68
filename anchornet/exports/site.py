"""The public page: what is approved, as a folder of plain HTML for a network's website.

No script, and nothing from elsewhere: own styles, fonts and pictures, said in each page's policy.
Nothing in it hangs on when it was made: the same approvals give the same bytes, but for what is
said beside a figure that was revised since. The evidence is as at the moment at which what the
network asks for was approved.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from anchornet import formatting
from anchornet.exports import approved_figures, open_data, photos, picture_export, text_metrics
from anchornet.exports.shared_chart import Figure
from anchornet.facts.catalogue import CATALOGUE, UNITS
from anchornet.narrative import evidence
from anchornet.narrative.definitions import ATTRIBUTION, Definition, definitions, sentences
from anchornet.narrative.needs import ANYWHERE
from anchornet.narrative.story_text import blocks, opening
from anchornet.places.reference import area_names
from anchornet.returns.pii import personal_data
from anchornet.store import asks, network, stories
from anchornet.store.database import Database, utc_now
from anchornet.store.needs import KINDS, WAITING, needs
from anchornet.store.network import NotPossible
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
class _StoryPage:
    """A story, and what stands beside it: the name of its picture's file, and how large it is."""

    story: Story
    picture: str
    width: int
    height: int


def build(
    database: Database, now: datetime | None = None, reader: str = "public"
) -> dict[str, bytes]:
    """Every file of the public page, by its path; `now` decides what is past its embargo. What each
    figure means is said to the `reader`, one of store.framework.READERS."""
    if refused := open_data.no_longer_made(database, now):
        raise NotPossible(refused)
    figures = approved_figures.public_figures(database, now)
    story_pages, files = _stories(database)
    settings = database.settings
    files["style.css"] = _style(settings.colour)
    for weight in (400, 700):
        files[f"fonts/{text_metrics.FILES[weight].name}"] = text_metrics.FILES[weight].read_bytes()
    files["fonts/OFL.txt"] = (text_metrics.FOLDER / "OFL.txt").read_bytes()
    logo = f"logo{settings.logo.suffix}" if settings.logo.data else ""
    if logo:
        files[logo] = settings.logo.data
    if figures:
        package = open_data.build(database, now, figures)
        files |= {f"data/{name}": data for name, data in package.items()}
    wishes = _wishes(database, (now or utc_now()).date())
    ask = asks.approved(database)
    shared = {
        "has_wishes": bool(wishes),
        "has_evidence": ask is not None,
        "network": settings.network_name,
        "area": settings.area_name,
        "sample": network.is_sample(database),
        "policy": POLICY,
        "logo": logo,
        "attribution": ATTRIBUTION,
        "figures": figures,
        "stories": story_pages,
        "definitions": _defined(database, figures, story_pages),
        "reader": reader,
        "titles": {name: indicator.title for name, indicator in CATALOGUE.items()},
        "wide": picture_export.SIZES[WIDE],
        "tall": picture_export.SIZES[TALL],
    }

    def page(path: str, template: str, **more: Any) -> None:
        given = {**shared, **more, "root": "../" * path.count("/"), "path": path}
        files[path] = _templates().get_template(template).render(given).encode()

    page("index.html", "index.html")
    if wishes:
        page("wishes.html", "wishes.html", kinds=wishes)
    if ask is not None:
        about = evidence.gather(database, as_at=ask.decided_at, reader=reader)
        page("evidence.html", "evidence.html", about=about, narrative=evidence)
    page("definitions.html", "definitions.html")
    for figure in figures:
        files |= _files_of(database, figure)
        indicator = figure.asked.indicator
        headings, rows = table(figure)
        page(
            f"figures/{figure.reference}.html",
            "figure.html",
            figure=figure,
            beside=[one for one in story_pages if indicator in one.story.indicators],
            headings=headings,
            rows=rows,
            unit=UNITS[CATALOGUE[indicator].unit],
            meaning=sentences(CATALOGUE[indicator], settings).get(reader),
        )
    for one in story_pages:
        explained = [figure for figure in figures if figure.asked.indicator in one.story.indicators]
        page(f"stories/{one.story.story_id}.html", "story.html", page=one, explained=explained)
    return files


def table(figure: Figure) -> tuple[list[Cell], list[list[Cell]]]:
    """Headings and rows of the table behind a picture: exactly what is drawn, in words."""
    indicator, chart = CATALOGUE[figure.asked.indicator], figure.asked.chart
    unit = indicator.unit
    window = "month" if indicator.is_stock else figure.asked.window
    columns: list[tuple[Cell, Callable[[pd.Series[Any]], str]]] = []
    if chart in MONTHLY:
        columns.append((Cell("Period"), lambda row: formatting.span(row["period"], window)))
    if "name" in figure.rows:
        where = Cell("Where" if chart in ("map", "rings") else "Part")
        columns.append((where, lambda row: str(row["name"])))
    if "months" in figure.rows:
        columns.append((Cell("Months since the start", True), lambda row: f"{row['months']}"))
    value = Cell("Percent" if unit == "share" else UNITS[unit].partition(",")[0], True)
    columns.append((value, lambda row: formatting.shown(pd.Series({**row, "unit": unit}))))
    if "unknown" in figure.rows and figure.rows["unknown"].notna().any():
        columns.append(
            (Cell("Not known", True), lambda row: formatting.figure(row["unknown"], unit))
        )
    if "profile" in figure.rows:
        columns.append((Cell("Profile", True), lambda row: formatting.figure(row["profile"], unit)))
    columns.append((Cell("Members", True), _of_members))
    body = [
        [Cell(text(row), heading.number) for heading, text in columns]
        for _, row in figure.rows.iterrows()
    ]
    return [heading for heading, _ in columns], body


def _of_members(row: "pd.Series[Any]") -> str:
    """`11 of 12`, under a heading that says of what."""
    return f"{row['members']:,} of {row['members_expected']:,}"


def _files_of(database: Database, figure: Figure) -> dict[str, bytes]:
    name = f"figures/{figure.reference}"
    return {
        f"{name}.svg": approved_figures.picture(database, figure, WIDE, "svg"),
        f"{name}-tall.svg": approved_figures.picture(database, figure, TALL, "svg"),
        f"{name}.png": approved_figures.picture(database, figure, WIDE, "png"),
        f"{name}.csv": picture_export.csv(figure),
    }


def _stories(database: Database) -> tuple[list[_StoryPage], dict[str, bytes]]:
    pages, files = [], {}
    for story in stories.approved(database):
        name, size = "", (0, 0)
        if story.picture_id is not None:
            name = f"stories/{story.story_id}.jpg"
            files[name] = stories.picture(database, story.picture_id, WEB)
            size = photos.size_of(files[name])
        pages.append(_StoryPage(story, name, *size))
    return pages, files


def _defined(
    database: Database, figures: Sequence[Figure], story_pages: Sequence[_StoryPage]
) -> list[Definition]:
    """The indicators that the page speaks of, without how they are counted in the code."""
    names = {figure.asked.indicator for figure in figures}
    names |= {name for one in story_pages for name in one.story.indicators}
    return [
        replace(one, lines=one.lines[:-1])
        for group in definitions(database.settings).values()
        for one in group
        if one.name in names
    ]


@dataclass(frozen=True)
class _Kind:
    id: str
    title: str


@dataclass(frozen=True)
class _Wish:
    """A need as the public reads it: who asks is an organisation, and nobody's name."""

    what: str
    organisation: str
    lines: tuple[tuple[str, str], ...]


def _wishes(database: Database, today: date) -> list[tuple[_Kind, list[_Wish]]]:
    """The needs that nobody has agreed to meet yet, by kind: without what looks like personal data,
    and without who recorded them."""
    waiting = [need for need in needs(database) if need.state(today) in WAITING]
    areas = area_names(database, {need.area for need in waiting if need.area})
    by_kind: dict[str, list[_Wish]] = {}
    for need in sorted(waiting, key=lambda each: (each.needed_by or date.max, each.need_id)):
        if any(map(personal_data, (need.what, need.organisation, need.how_much))):
            continue
        lines = (
            ("How much", need.how_much),
            ("Where", areas.get(need.area, "") or ANYWHERE),
            ("Needed by", formatting.day(need.needed_by) if need.needed_by else ""),
        )
        wish = _Wish(need.what, need.organisation, tuple(line for line in lines if line[1]))
        by_kind.setdefault(need.kind, []).append(wish)
    return [(_Kind(kind, title), by_kind[kind]) for kind, title in KINDS.items() if kind in by_kind]


def _style(colour: str) -> bytes:
    style = (HERE / "style.css").read_text(encoding="utf-8")
    return f":root {{ --own: {colour}; }}\n{style}".encode()


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"day": formatting.day, "blocks": blocks, "opening": opening}
    environment.filters |= {"month": formatting.month, "evidence_years": evidence.years}
    return environment
