"""What a figure counts and leaves out is told wherever the figure is: every one, everywhere."""

import html
import re
from dataclasses import replace
from datetime import date, datetime

from anchornet.exports import (
    approved_figures,
    open_data,
    pack,
    picture_export,
    picture_layout,
    shared_chart,
)
from anchornet.facts.catalogue import CATALOGUE
from anchornet.narrative.definitions import definitions
from anchornet.store.database import Database
from anchornet.store.meetings import meetings
from anchornet.store.publications import ChartRequest
from anchornet.ui import figures, members, queries
from anchornet.ui.filters import Filters
from anchornet.ui.tiles import tiles

SEPTEMBER, OCTOBER = date(2026, 9, 1), datetime(2026, 10, 28, 12)
BY_ITSELF = tuple(name for name, indicator in CATALOGUE.items() if not indicator.beside)
FILTERS = Filters(SEPTEMBER, "month", OCTOBER, sees_members=True)


def lacking(text: str, names: tuple[str, ...] = BY_ITSELF) -> list[str]:
    """The figures whose definition a text doesn't have, however its lines are broken."""
    words = " ".join(html.unescape(text).split())
    return [name for name in names if CATALOGUE[name].definition not in words]


def test_a_definition_names_the_part_of_the_whole_that_a_share_is_over() -> None:
    for indicator in CATALOGUE.values():
        if indicator.base_words:
            assert indicator.base_words in indicator.definition
            assert not indicator.headline or indicator.base_words in indicator.headline


def test_pages_define_each_figure(sample: Database) -> None:
    series = queries.series(sample, FILTERS, BY_ITSELF)
    assert lacking(str(tiles(series, SEPTEMBER))) == []
    for name in BY_ITSELF:
        for view in ("status", "variation"):
            panel = figures.panel_of(sample, replace(FILTERS, view=view), name, BY_ITSELF)
            assert lacking(str(panel.head), (name,)) == []
    council = replace(FILTERS, members=("city-council",), whose="Sample City Council")
    page = members.page(sample, council)
    table = "".join(map(str, [page.opening, *page.blocks[0].parts]))
    assert lacking(table, members.OF_MEMBERS) == []
    said = " ".join(
        one.definition for group in definitions(sample.settings).values() for one in group
    )
    assert lacking(said, tuple(CATALOGUE)) == []


def test_the_pack_defines_each_figure_of_its_charts(sample: Database) -> None:
    meeting = meetings(sample)[0]
    deck = pack.make(sample, meeting, "someone@sample.example.org", OCTOBER)
    charts = [slide for slide in deck.slides if isinstance(slide, pack.ChartSlide)]
    assert charts
    for slide in charts:
        name = max(
            (one for one in CATALOGUE if slide.title.startswith(f"{CATALOGUE[one].title}: ")),
            key=lambda one: len(CATALOGUE[one].title),
        )
        assert lacking(" ".join(text for _, text in slide.lines), (name,)) == []


def test_a_shared_picture_has_the_whole_definition_of_its_figure(sample: Database) -> None:
    asked = ChartRequest("share_of_jobs_covered", "course", None, SEPTEMBER, "month", OCTOBER)
    made = shared_chart.make(sample, asked)
    assert made.definition == CATALOGUE["share_of_jobs_covered"].definition
    for name in BY_ITSELF:
        other = replace(made, definition=CATALOGUE[name].definition)
        sheet = picture_export.sheet_of(other, picture_export.SIZES["half_page"], draft=False)
        drawn = picture_layout.draw(sheet, "svg").decode()
        texts = re.findall(r"<text[^>]*>(.*?)</text>", drawn, re.DOTALL)
        assert lacking(re.sub("<[^>]+>", "", " ".join(texts)), (name,)) == []


def test_the_package_defines_each_figure_in_it(sample: Database) -> None:
    figures = approved_figures.public_figures(sample, OCTOBER)
    assert figures
    names = tuple({figure.asked.indicator for figure in figures})
    table = open_data.build(sample, OCTOBER, figures)["definitions.csv"].decode()
    assert lacking(table.replace('""', '"'), names) == []
