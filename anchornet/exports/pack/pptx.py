"""A deck as PowerPoint: charts and tables that can be edited, notes, alternative texts.

The look is template.pptx's, or that of the network's own file with layouts and placeholders of the
same names. What stands in a chart's workbook is what may be shown: gaps are empty cells.
"""

import copy
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.exc import PackageNotFoundError
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.opc.oxml import serialize_part_xml
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn
from pptx.util import Emu, Pt

from anchornet.exports.pack import slides
from anchornet.exports.pack.pptx_charts import ChartData
from anchornet.exports.pack.slides import (
    MARKS,
    Cell,
    ChartSlide,
    Cover,
    Deck,
    Mark,
    Room,
    Slide,
    StorySlide,
    TableSlide,
)
from anchornet.store.network import NotPossible

TEMPLATE = Path(__file__).with_name("template.pptx")
LANGUAGE = "en-GB"
EVERY_SLIDE = ("Title", "Sentence", "Source", "Label")
# Layout -> the placeholders that it must have. What a cover has besides is filled if it is there.
LAYOUTS: Mapping[str, Sequence[str]] = {
    "Cover": ("Title", "Details", "Label"),
    "Table": (*EVERY_SLIDE, "Table"),
    "Chart": (*EVERY_SLIDE, "Chart", "Beside"),
    "Text": (*EVERY_SLIDE, "Text"),
    "Text and picture": (*EVERY_SLIDE, "Text", "Picture"),
}
# The kind of a placeholder where it isn't text.
KINDS = {
    "Table": PP_PLACEHOLDER.TABLE,
    "Chart": PP_PLACEHOLDER.CHART,
    "Picture": PP_PLACEHOLDER.PICTURE,
    "Logo": PP_PLACEHOLDER.PICTURE,
}
TITLE = 0  # the index of a title's placeholder, whatever its name
VALUE, STATUS, WHAT, WORDS = range(4)  # levels of the text beside a chart


class Template:
    """A .pptx file whose layouts the slides are made of; NotPossible, with a sentence, where it
    lacks one."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        try:
            self.file: Any = Presentation(str(path))
        except (PackageNotFoundError, BadZipFile, KeyError, SyntaxError, ValueError):
            raise NotPossible(
                f"The pack's template {path} can't be read: it should be a PowerPoint file (.pptx)."
            ) from None
        self.layouts: dict[str, Any] = {layout.name: layout for layout in self.file.slide_layouts}
        self.placeholders = {
            name: {_name_of(placeholder): placeholder for placeholder in layout.placeholders}
            for name, layout in self.layouts.items()
        }
        for layout, names in LAYOUTS.items():
            if layout not in self.layouts:
                raise NotPossible(
                    f"The pack's template {self.name} has no layout named {layout!r}. It needs "
                    f"{', '.join(LAYOUTS)}: start from a copy of {TEMPLATE.name}."
                )
            for name in names:
                self._check(layout, name)
        for number in reversed(range(len(self.file.slides))):  # examples that somebody left in it
            self.file.part.drop_rel(self.file.slides._sldIdLst[number].rId)
            del self.file.slides._sldIdLst[number]

    def _check(self, layout: str, name: str) -> None:
        placeholder, kind = self.placeholders[layout].get(name), KINDS.get(name)
        if placeholder is None or kind not in (None, placeholder.placeholder_format.type):
            raise NotPossible(
                f"The layout {layout!r} of the pack's template {self.name} has no "
                f"{kind.name.lower() if kind else 'text'} placeholder named {name!r}."
            )

    def room(self, layout: str, name: str, level: int = 0) -> Room:
        """The room of a placeholder, with the size of type of its text at a level."""
        placeholder = self.placeholders[layout][name]
        frame = placeholder.text_frame
        width = placeholder.width - frame.margin_left - frame.margin_right
        height = placeholder.height - frame.margin_top - frame.margin_bottom
        return Room(width / Pt(1), height / Pt(1), self._size(placeholder, level))

    def _size(self, placeholder: Any, level: int) -> float:
        """The size of type, which a layout may leave to its master."""
        style = f"a:lvl{level + 1}pPr/a:defRPr/@sz"
        kind = "title" if placeholder.placeholder_format.idx == TITLE else "body"
        sizes = placeholder._element.xpath(f"./p:txBody/a:lstStyle/{style}")
        sizes += self.file.slide_master._element.xpath(f"./p:txStyles/p:{kind}Style/{style}")
        return int(sizes[0]) / 100 if sizes else 18.0

    def paint(self, accent: str) -> None:
        """Puts the network's colour in its place in the theme."""
        part = self.file.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
        theme = parse_xml(part.blob)
        for colour in theme.iter(qn("a:accent1")):
            colour[0].set("val", accent[1:])
        part._blob = serialize_part_xml(theme)

    def table_style(self) -> str | None:
        """The id of the style that the file gives to new tables."""
        try:
            part = self.file.part.part_related_by(RELATIONSHIP_TYPE.TABLE_STYLES)
        except KeyError:
            return None
        style = parse_xml(part.blob).get("def")
        return str(style) if style else None


def split(deck_slides: Sequence[Slide], template: Template) -> list[Slide]:
    """The slides, or as many as the template has room for what stands on them."""
    rooms = (
        template.room("Table", "Table"),
        template.room("Text", "Text"),
        template.room("Text and picture", "Text"),
    )
    return [part for slide in deck_slides for part in slides.split(slide, *rooms)]


def write(deck: Deck) -> bytes:
    """The deck as a .pptx file."""
    template = Template(deck.template)
    if deck.template == TEMPLATE:
        template.paint(deck.accent)
    for slide in deck.slides:
        _Page(template, slide, deck).write()
    about = template.file.core_properties
    about.title, about.author, about.last_modified_by = deck.title, deck.author, deck.author
    about.language, about.subject, about.keywords = LANGUAGE, deck.subject, ""
    about.comments = "Sample data: all of it is invented." if deck.sample else ""
    about.created = about.modified = deck.made_at
    data = io.BytesIO()
    template.file.save(data)
    return data.getvalue()


class _Page:
    """One slide, being written: its placeholders by the names that the layout gives them."""

    def __init__(self, template: Template, slide: Slide, deck: Deck) -> None:
        self.template, self.slide, self.deck = template, slide, deck
        self.layout = _layout_of(slide)
        self.shown = template.file.slides.add_slide(template.layouts[self.layout])
        by_index = {shape.placeholder_format.idx: shape for shape in self.shown.placeholders}
        self.placeholders = {}
        for name, placeholder in template.placeholders[self.layout].items():
            if placeholder.placeholder_format.idx in by_index:
                self.placeholders[name] = by_index[placeholder.placeholder_format.idx]
                self.placeholders[name].name = name

    def write(self) -> None:
        slide = self.slide
        self._text("Title", slide.title, bold=True)
        if isinstance(slide, Cover):
            self._cover(slide)
        elif self.layout == "Text" and not isinstance(slide, StorySlide):
            self._text("Text", slide.sentence)
        else:
            self._text("Sentence", slide.sentence)
        if isinstance(slide, TableSlide) and slide.rows:
            self._table(slide)
        elif isinstance(slide, ChartSlide):
            self._chart(slide)
        elif isinstance(slide, StorySlide):
            self._text("Text", *slide.paragraphs, between=slides.BETWEEN_PARAGRAPHS)
            if slide.picture:
                self._picture("Picture", slide.picture, slide.alt)
        if slide.foot:
            self._text("Source", slide.foot)
        if self.deck.sample:
            self._text("Label", "Sample data", bold=True)
        self._number()
        for shape in list(self.shown.placeholders):
            if shape.has_text_frame and not shape.text_frame.text:
                shape._element.getparent().remove(shape._element)
        notes = self.shown.notes_slide
        notes.notes_text_frame.text = "\n".join(slide.notes)
        for tree in (self.shown.shapes._spTree, notes.shapes._spTree):
            for run in tree.iter(qn("a:r"), qn("a:fld")):
                run.get_or_add_rPr().set("lang", LANGUAGE)

    def _text(self, name: str, *paragraphs: str, bold: bool = False, between: float = 0) -> None:
        room = self.template.room(self.layout, name)
        size = slides.fitted(paragraphs, room, bold=bold, between=between)
        frame = self.placeholders[name].text_frame
        for number, text in enumerate(paragraphs):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            _add_run(paragraph, text, size if size < room.size else None)

    def _number(self) -> None:
        """The slide's number, which a new slide doesn't take from its layout by itself."""
        for placeholder in self.template.placeholders[self.layout].values():
            if placeholder.placeholder_format.type == PP_PLACEHOLDER.SLIDE_NUMBER:
                number = copy.deepcopy(placeholder._element)
                ids = [shape.shape_id for shape in self.shown.shapes]
                number.nvSpPr.cNvPr.set("id", str(max(ids) + 1))
                self.shown.shapes._spTree.append(number)

    def _cover(self, slide: Cover) -> None:
        self._text("Details", *slide.lines)
        if "Network" in self.placeholders:
            self._text("Network", slide.network, bold=True)
        if "Logo" in self.placeholders and self.deck.logo:
            self._picture("Logo", self.deck.logo, f"Logo of {slide.network}", align=0)

    def _picture(self, name: str, data: bytes, alt: str, align: float = 1.0) -> None:
        """A whole picture, as large as the placeholder allows; `align`: 0 is left, 1 is right."""
        placeholder = self.placeholders[name]
        left, top = placeholder.left, placeholder.top
        width, height = placeholder.width, placeholder.height
        picture = placeholder.insert_picture(io.BytesIO(data))
        picture.crop_left = picture.crop_right = picture.crop_top = picture.crop_bottom = 0
        wide, high = picture.image.size
        scale = min(width / wide, height / high)
        picture.width, picture.height = Emu(round(wide * scale)), Emu(round(high * scale))
        picture.left, picture.top = Emu(left + round((width - picture.width) * align)), top
        picture._element.nvPicPr.cNvPr.set("descr", alt)

    def _chart(self, slide: ChartSlide) -> None:
        if slide.plot.last is not None:
            data = ChartData(slide.plot)
            frame = self.placeholders["Chart"].insert_chart(XL_CHART_TYPE.LINE_MARKERS, data)
            frame.name = f"Chart: {slide.plot.name}"
            frame._element.nvGraphicFramePr.cNvPr.set("descr", slide.plot.alt)
        room = self.template.room(self.layout, "Beside", WORDS)
        above = [self.template.room(self.layout, "Beside", level).size for level in (VALUE, STATUS)]
        left = Room(room.width, room.height - sum(above) * slides.LINE, room.size)
        size: float | None = slides.fitted(
            [text for line in slide.lines for text in line], left, between=0.25
        )
        size = size if size != room.size else None
        frame = self.placeholders["Beside"].text_frame
        _add_run(frame.paragraphs[0], slide.value)
        _add_mark(_add_paragraph(frame, STATUS), slide.mark)
        for what, text in slide.lines:
            _add_run(_add_paragraph(frame, WHAT), what, size)
            _add_run(_add_paragraph(frame, WORDS), text, size)

    def _table(self, slide: TableSlide) -> None:
        room = self.template.room(self.layout, "Table")
        size = slides.table_size(slide, room)
        widths = slides.column_widths(slide, room)
        sizes = [size * slides.HEADING, *[size] * len(slide.rows)]
        lines: list[Sequence[Cell]] = [slide.headings, *slide.rows]
        frame = self.placeholders["Table"].insert_table(len(lines), len(widths))
        frame.name = slide.title
        frame._element.nvGraphicFramePr.cNvPr.set("descr", slide.alt)
        table = frame.table
        table.horz_banding = False
        if style := self.template.table_style():
            table._tbl.tblPr.find(qn("a:tableStyleId")).text = style
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Pt(width)
        for row, line, points in zip(table.rows, lines, sizes, strict=True):
            row.height = Pt(slides.row_height(line, widths, points))
            for index, (cell, text) in enumerate(zip(row.cells, line, strict=True)):
                _fill_cell(cell, text, points, index in slide.numbers)
        frame.height = sum(row.height for row in table.rows)


def _name_of(placeholder: Any) -> str:
    return "Title" if placeholder.placeholder_format.idx == TITLE else str(placeholder.name)


def _layout_of(slide: Slide) -> str:
    if isinstance(slide, Cover):
        return "Cover"
    if isinstance(slide, ChartSlide):
        return "Chart"
    if isinstance(slide, StorySlide):
        return "Text and picture" if slide.picture else "Text"
    return "Table" if isinstance(slide, TableSlide) and slide.rows else "Text"


def _fill_cell(cell: Any, content: Cell, size: float, is_number: bool) -> None:
    cell.margin_left = cell.margin_right = Pt(slides.CELL_SIDE)
    cell.margin_top = cell.margin_bottom = Pt(slides.CELL_PADDING / 2)
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    paragraph = cell.text_frame.paragraphs[0]
    # As high as it is taken for, whichever font a sign comes from.
    paragraph.line_spacing = Pt(size * slides.LINE)
    if is_number:
        paragraph.alignment = PP_ALIGN.RIGHT
    if isinstance(content, Mark):
        _add_mark(paragraph, content, size)
    elif content:
        _add_run(paragraph, content, size)
    else:  # an empty cell would be as high as its usual type
        paragraph._p.get_or_add_endParaRPr().set("sz", str(round(size * 100)))


def _add_paragraph(frame: Any, level: int) -> Any:
    paragraph = frame.add_paragraph()
    paragraph.level = level
    return paragraph


def _add_run(paragraph: Any, text: str, size: float | None = None) -> Any:
    run = paragraph.add_run()
    run.text = text
    if size:
        run.font.size = Pt(size)
    return run


def _add_mark(paragraph: Any, mark: Mark, size: float | None = None) -> None:
    sign, *colours = MARKS[mark.kind]
    for text, colour in zip((f"{sign} ".lstrip(), mark.word), colours, strict=True):
        if not text:
            continue
        run = _add_run(paragraph, text, size)
        run.font.bold = mark.is_bold
        run.font.color.rgb = RGBColor.from_string(colour[1:])
