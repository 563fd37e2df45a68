"""A deck as PowerPoint: native charts and tables that can be edited, notes, alternative texts.

Titles, sentences, feet and numbers are placeholders of our own two layouts, so that the outline
and screen readers find them. What stands in a chart's workbook is what may be shown: gaps are
empty cells.
"""

import copy
import io
from collections.abc import Iterable, Sequence
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.opc.oxml import serialize_part_xml
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Pt

from anchornet.charts.style import GREY, INK, LINE
from anchornet.exports.pack import deck, native
from anchornet.exports.pack.deck import Cover, Deck, Figured, Mark, Slide, Tabled, Told
from anchornet.exports.pack.native import element, inside

LANGUAGE = "en-GB"
# On every machine that opens a pack, or one just as wide; ours is on few.
TYPE = native.TYPE
SENTENCE = 13  # the index of its placeholder
NO_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
FOOT, NUMBER = "ftr", "sldNum"


def write(made: Deck) -> bytes:
    """The deck as a .pptx file."""
    file = Presentation()
    file.slide_width, file.slide_height = Inches(deck.WIDTH), Inches(deck.HEIGHT)
    cover, usual = _layouts(file, made.accent)
    for slide in made.slides:
        shown = file.slides.add_slide(cover if isinstance(slide, Cover) else usual)
        _write(shown, slide, made)
    about = file.core_properties
    about.title, about.author, about.last_modified_by = made.title, made.author, made.author
    about.language, about.subject, about.keywords = LANGUAGE, "Meeting pack", ""
    about.comments = "Sample data: all of it is invented." if made.sample else ""
    about.created = about.modified = made.made_at
    data = io.BytesIO()
    file.save(data)
    return data.getvalue()


# --- the look ------------------------------------------------------------------------------------


def _layouts(file: Any, accent: str) -> tuple[Any, Any]:
    """The cover's layout and that of all others: of those that python-pptx brings, made ours."""
    master = file.slide_master
    cover, usual = file.slide_layouts[0], file.slide_layouts[5]
    for layout in list(file.slide_layouts):
        if layout not in (cover, usual):
            file.slide_layouts.remove(layout)
    cover.name, usual.name = "Cover", "Title, sentence and content"
    theme = master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    root = parse_xml(theme.blob)
    for font in root.iter(qn("a:latin")):
        font.set("typeface", TYPE)
    colours = [accent, "#5d6b75", "#00703c", "#b58800", "#d4351c", "#6cb0dc"]
    for place, colour in enumerate(colours, 1):
        for part in root.iter(qn(f"a:accent{place}")):
            part[:] = [element("a:srgbClr", val=colour[1:])]
    for part in root.iter(qn("a:dk2")):
        part[:] = [element("a:srgbClr", val=INK[1:])]
    theme._blob = serialize_part_xml(root)
    for part in (file.part._element, master._element, cover._element, usual._element):
        for it in part.iter(qn("a:defRPr"), qn("a:rPr"), qn("a:endParaRPr")):
            it.set("lang", LANGUAGE)
    body = _title_and_foot(master)
    _place(body["body"], deck.SAID_TOP, deck.BOTTOM - deck.SAID_TOP)
    for layout in (cover, usual):
        parts = _title_and_foot(layout)
        if "dt" in parts:
            _remove(parts["dt"])
        bar = layout.shapes._spTree.add_autoshape(
            90, "Bar", "rect", 0, 0, Inches(deck.WIDTH), Inches(0.12)
        )
        _fill(bar, accent)
        for style in bar.findall(qn("p:style")):
            bar.remove(style)
        layout.shapes._spTree.remove(bar)
        layout.shapes._spTree.insert(2, bar)
    _place(cover.placeholders[0], 2.3, 1.5)
    _style(cover.placeholders[0], 38, "b", bold=True)
    _place(cover.placeholders[1], 3.95, 2.2)
    _style(cover.placeholders[1], 18, "t")
    sentence = copy.deepcopy(_by_type(master)["body"]._element)
    sentence.nvSpPr.cNvPr.set("id", "91")
    sentence.nvSpPr.cNvPr.set("name", "Sentence")
    sentence.nvSpPr.nvPr.find(qn("p:ph")).set("idx", str(SENTENCE))
    usual.shapes._spTree.append(sentence)
    made = next(it for it in usual.placeholders if it.placeholder_format.idx == SENTENCE)
    made.text_frame.text = "The answer in a sentence"
    _place(made, deck.SAID_TOP, deck.TOP - deck.SAID_TOP - 0.08)
    _style(made, deck.SAID_SIZE, "t")
    return cover, usual


def _title_and_foot(layout: Any) -> dict[str, Any]:
    parts = _by_type(layout)
    title = parts.get("title") or parts.get("ctrTitle")
    _place(title, deck.TITLE_TOP, deck.TITLE_HEIGHT)
    _style(title, deck.TITLE_SIZE, "b", bold=True)
    _place(parts[FOOT], deck.FOOT_TOP, 0.34, across=deck.ACROSS - 0.7)
    _style(parts[FOOT], deck.FOOT_SIZE, "ctr", colour=GREY)
    _place(parts[NUMBER], deck.FOOT_TOP, 0.34, left=deck.LEFT + deck.ACROSS - 0.6, across=0.6)
    _style(parts[NUMBER], deck.FOOT_SIZE, "ctr", colour=GREY, align="r")
    return parts


def _by_type(layout: Any) -> dict[str, Any]:
    return {
        shape._element.nvSpPr.nvPr.find(qn("p:ph")).get("type", "obj"): shape
        for shape in layout.placeholders
    }


def _place(
    shape: Any, top: float, height: float, left: float = deck.LEFT, across: float = deck.ACROSS
) -> None:
    shape.left, shape.top = Inches(left), Inches(top)
    shape.width, shape.height = Inches(across), Inches(height)


def _style(
    shape: Any, size: float, anchor: str, *, bold: bool = False, colour: str = INK, align: str = "l"
) -> None:
    """The type of a layout's placeholder, which those on slides inherit."""
    body = shape._element.txBody
    frame = body.find(qn("a:bodyPr"))
    for name, value in {"anchor": anchor, **dict.fromkeys(("lIns", "rIns"), "0")}.items():
        frame.set(name, value)
    frame[:] = [element("a:noAutofit")]
    styles = body.find(qn("a:lstStyle"))
    styles[:] = []
    level = inside(styles, "a:lvl1pPr", marL="0", indent="0", algn=align)
    inside(inside(level, "a:spcBef"), "a:spcPts", val="0")
    inside(level, "a:buNone")
    run = inside(level, "a:defRPr", lang=LANGUAGE, sz=str(round(size * 100)), b=str(int(bold)),
        cap="none",
    )  # fmt: skip
    filled = inside(run, "a:solidFill")
    inside(filled, "a:srgbClr", val=colour[1:])


def _fill(element: Any, colour: str) -> None:
    """A shape's element in one colour, without an outline."""
    properties = element.spPr
    filled = inside(properties, "a:solidFill")
    inside(filled, "a:srgbClr", val=colour[1:])
    inside(inside(properties, "a:ln"), "a:noFill")


def _remove(shape: Any) -> None:
    shape._element.getparent().remove(shape._element)


# --- the slides ----------------------------------------------------------------------------------


def _write(shown: Any, slide: Slide, made: Deck) -> None:
    shown.shapes.title.text_frame.text = slide.title
    if isinstance(slide, Cover):
        _cover(shown, slide, made)
    else:
        room = deck.ACROSS - (1.6 if made.sample else 0)
        size = deck.fitting(slide.title, (26, 24, 22, 20), room, 1, bold=True)
        _resize(shown.shapes.title, size)
        shown.shapes.title.width, shown.shapes.title.height = Inches(room), Inches(0.72)
        shown.shapes.title.left, shown.shapes.title.top = Inches(0.6), Inches(deck.TITLE_TOP)
        _say(shown, slide)
        _foot(shown, slide)
    if isinstance(slide, Tabled) and slide.rows:
        _table(shown, slide)
    elif isinstance(slide, Figured):
        _figure(shown, slide, made.accent)
    elif isinstance(slide, Told):
        _story(shown, slide)
    if made.sample:
        _label(shown)
    _language(shown.shapes._spTree)
    notes = shown.notes_slide
    notes.notes_text_frame.text = "\n".join(slide.notes)
    _language(notes.shapes._spTree)


def _say(shown: Any, slide: Slide) -> None:
    sentence = next(it for it in shown.placeholders if it.placeholder_format.idx == SENTENCE)
    if not slide.said:
        _remove(sentence)
        return
    sentence.text_frame.text = slide.said
    if isinstance(slide, Tabled) and not slide.rows:
        _place(sentence, deck.TOP, 2.4)
        _resize(sentence, 24)
    else:
        _resize(sentence, deck.said_size(slide.said))


def _resize(shape: Any, size: float) -> None:
    for paragraph in shape.text_frame.paragraphs:
        for run in paragraph.runs:
            run.font.size = Pt(size)


def _foot(shown: Any, slide: Slide) -> None:
    """The foot and the number, which a new slide doesn't take from its layout by itself."""
    for kind, shape in _by_type(shown.slide_layout).items():
        if kind not in (FOOT, NUMBER) or (kind == FOOT and not slide.foot):
            continue
        element = copy.deepcopy(shape._element)
        element.nvSpPr.cNvPr.set("id", str(len(shown.shapes._spTree) + 20))
        shown.shapes._spTree.append(element)
        if kind == FOOT:
            size = deck.fitting(
                slide.foot, (deck.FOOT_SIZE, 9, 8), deck.ACROSS - 0.7, 2, bold=False
            )
            foot = shown.shapes[-1]
            foot.text_frame.text = slide.foot
            _resize(foot, size)


def _cover(shown: Any, slide: Cover, made: Deck) -> None:
    lines = shown.placeholders[1].text_frame
    lines.text = "\n".join(slide.lines)
    name = _box(shown, "Network", deck.LEFT, 2.0, deck.ACROSS, 0.5)
    _write_run(name.text_frame.paragraphs[0], slide.network, 20, made.accent, bold=True)
    if made.logo:
        picture = shown.shapes.add_picture(
            io.BytesIO(made.logo), Inches(deck.LEFT), Inches(0.5), height=Inches(0.7)
        )
        _describe(picture._element.nvPicPr.cNvPr, f"Logo of {slide.network}")


def _label(shown: Any) -> None:
    label = _box(shown, "Sample data", deck.WIDTH - deck.LEFT - 1.4, 0.42, 1.4, 0.32)
    label.fill.solid()
    label.fill.fore_color.rgb = RGBColor.from_string(INK[1:])
    label.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    paragraph = label.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.CENTER
    _write_run(paragraph, "Sample data", 12, "#ffffff", bold=True)


def _box(shown: Any, name: str, left: float, top: float, width: float, height: float) -> Any:
    box = shown.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(height))
    box.name = name
    frame = box.text_frame
    frame.word_wrap, frame.auto_size = True, MSO_AUTO_SIZE.NONE
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    return box


def _write_run(
    paragraph: Any, text: str, size: float, colour: str = INK, *, bold: bool = False
) -> None:
    run = paragraph.add_run()
    run.text = text
    look = run._r.get_or_add_rPr()
    look.set("sz", str(round(size * 100)))
    look.set("b", str(int(bold)))
    inside(inside(look, "a:solidFill"), "a:srgbClr", val=colour[1:])


def _language(tree: Any) -> None:
    """Says of every run which language it is in."""
    for run in tree.iter(qn("a:r"), qn("a:fld")):
        run.get_or_add_rPr().set("lang", LANGUAGE)


def _describe(properties: Any, alt: str) -> None:
    properties.set("descr", alt)


# --- tables --------------------------------------------------------------------------------------


def _table(shown: Any, slide: Tabled) -> None:
    size = deck.cell_size(slide)
    heights = [
        deck.row_height(slide.headings, slide.widths, deck.HEAD_SIZE),
        *(deck.row_height(row, slide.widths, size) for row in slide.rows),
    ]
    frame = shown.shapes.add_table(
        len(heights), len(slide.headings), Inches(deck.LEFT), Inches(deck.TOP),
        Inches(deck.ACROSS), Inches(sum(heights)),
    )  # fmt: skip
    frame.name = slide.title
    _describe(frame._element.nvGraphicFramePr.cNvPr, slide.alt)
    table = frame.table
    table.horz_banding = False
    frame._element.graphic.graphicData.tbl.tblPr.find(qn("a:tableStyleId")).text = NO_STYLE
    for column, width in zip(table.columns, deck.column_widths(slide), strict=True):
        column.width = Inches(width)
    for row, height in zip(table.rows, heights, strict=True):
        row.height = Inches(height)
    for down, row in enumerate((slide.headings, *slide.rows)):
        for along, cell in enumerate(row):
            _cell(table.cell(down, along), cell, size, down == 0, along in slide.numbers)


def _cell(cell: Any, said: deck.Cell, size: float, is_heading: bool, is_number: bool) -> None:
    cell.margin_left = cell.margin_right = Inches(deck.CELL_SIDE)
    cell.margin_top = cell.margin_bottom = Inches(deck.ROW_PADDING / 2)
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    paragraph = cell.text_frame.paragraphs[0]
    # As high as it is taken for, whichever font a sign comes from.
    paragraph.line_spacing = Pt((deck.HEAD_SIZE if is_heading else size) * deck.LINE)
    if is_number:
        paragraph.alignment = PP_ALIGN.RIGHT
    if isinstance(said, Mark):
        _write_mark(paragraph, said, size)
    elif is_heading:
        _write_run(paragraph, said, deck.HEAD_SIZE, GREY, bold=True)
    elif said:
        _write_run(paragraph, said, size)
    if not said:  # else an empty cell is as high as its usual type
        end = paragraph._p.get_or_add_endParaRPr()
        end.set("sz", str(round(size * 100)))
    properties = cell._tc.get_or_add_tcPr()
    under = element("a:lnB", w=str(Pt(1 if is_heading else 0.5)))
    filled = inside(under, "a:solidFill")
    inside(filled, "a:srgbClr", val=(GREY if is_heading else LINE)[1:])
    properties.insert(0, under)


def _write_mark(paragraph: Any, mark: Mark, size: float) -> None:
    sign, colour, ink = deck.MARKS[mark.kind]
    _write_run(paragraph, f"{sign} ", size, colour, bold=True)
    _write_run(paragraph, mark.word, size, ink, bold=mark.kind in ("missing", "off_track"))


# --- figures -------------------------------------------------------------------------------------


def _figure(shown: Any, slide: Figured, accent: str) -> None:
    height = deck.BOTTOM - deck.TOP
    plot = slide.plot
    if plot.last is None:
        box = _box(shown, "No figures", deck.LEFT, deck.TOP, deck.PLOT_ACROSS, 1)
        _write_run(box.text_frame.paragraphs[0], "No month has a figure to draw.", 16, GREY)
    else:
        kind = native.kind_of(plot)
        frame = shown.shapes.add_chart(
            kind, Inches(deck.LEFT - 0.05), Inches(deck.TOP), Inches(deck.PLOT_ACROSS),
            Inches(height), native.data_of(plot),
        )  # fmt: skip
        frame.name = f"Chart: {plot.name}"
        _describe(frame._element.nvGraphicFramePr.cNvPr, plot.alt)
        native.draw(frame.chart, plot, accent)
    left = deck.LEFT + deck.ACROSS - deck.BESIDE
    box = _box(shown, "Where it stands", left, deck.TOP - 0.1, deck.BESIDE, height + 0.1)
    size = deck.beside_size(slide)
    paragraph = box.text_frame.paragraphs[0]
    _write_run(paragraph, slide.value, deck.VALUE_SIZE, accent, bold=True)
    _write_mark(box.text_frame.add_paragraph(), slide.mark, deck.MARK_SIZE)
    for what, said in slide.lines:
        paragraph = box.text_frame.add_paragraph()
        paragraph.space_before = Pt(size * 0.5)
        _write_run(paragraph, what, size, GREY, bold=True)
        _write_run(box.text_frame.add_paragraph(), said, size)


# --- stories -------------------------------------------------------------------------------------


def _story(shown: Any, slide: Told) -> None:
    height = deck.BOTTOM - deck.TOP
    across = deck.ACROSS
    if slide.picture:
        across = deck.ACROSS - deck.PICTURE_ACROSS - 0.4
        picture = shown.shapes.add_picture(io.BytesIO(slide.picture), Emu(0), Inches(deck.TOP))
        scale = min(Inches(deck.PICTURE_ACROSS) / picture.width, Inches(height) / picture.height)
        picture.width, picture.height = (
            round(it * scale) for it in (picture.width, picture.height)
        )
        picture.left = Inches(deck.LEFT + deck.ACROSS) - picture.width
        _describe(picture._element.nvPicPr.cNvPr, slide.alt)
    box = _box(shown, "Story", deck.LEFT, deck.TOP, across, height)
    size = deck.story_size(slide)
    _paragraphs(box.text_frame, slide.paragraphs, size)


def _paragraphs(frame: Any, paragraphs: Sequence[str] | Iterable[str], size: float) -> None:
    for place, text in enumerate(paragraphs):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.space_after = Pt(size * 0.6)
        _write_run(paragraph, text, size)
