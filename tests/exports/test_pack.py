"""The meeting pack, read back: what it says is what the command line and the pages say."""

import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from html import unescape
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PIL import Image
from pptx import Presentation
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn
from pptx.util import Inches
from pypdf import PdfReader

from anchornet import formatting
from anchornet import settings as settings_
from anchornet.__main__ import main
from anchornet.exports import pack, shared_chart
from anchornet.exports.pack import pdf, pptx
from anchornet.exports.pack.slides import ChartSlide, Deck, StorySlide, TableSlide
from anchornet.facts.build import add_member, open_network
from anchornet.facts.catalogue import CATALOGUE
from anchornet.facts.catalogue import OVERVIEW as HEADLINES
from anchornet.indicators.figures import NETWORK, Request, figures
from anchornet.indicators.targets import status
from anchornet.intake.submit import submit
from anchornet.narrative import status as status_words
from anchornet.periods import parse_month
from anchornet.returns.declaration import RETURNS
from anchornet.setting_values import Logo
from anchornet.settings import Settings
from anchornet.store import stories
from anchornet.store.actions import record_action
from anchornet.store.database import Database
from anchornet.store.meetings import record_meeting
from anchornet.store.network import NotPossible, mark_sample
from anchornet.store.publications import request_of
from anchornet.ui import overview, queries
from anchornet.ui.figures import panel_of
from anchornet.ui.filters import Filters

LONG_AGO = datetime(2020, 1, 1)
MEETING = datetime(2026, 9, 16, 9)
LATER = datetime(2026, 11, 22, 12)
JULY = date(2026, 7, 1)
EXCEL = date(1899, 12, 30)  # the day 0 of a workbook


@dataclass(frozen=True)
class Made:
    database: Database
    path: Path
    deck: Deck
    pptx: bytes
    pdf: bytes

    @cached_property
    def slides(self) -> dict[str, Any]:
        return by_title(self.pptx)

    @cached_property
    def figures(self) -> dict[str, tuple[ChartSlide, Any]]:
        """Indicator -> what its slide means, and the slide as python-pptx reads it."""
        names = {it.title: name for name, it in CATALOGUE.items()}
        return {
            names[it.plot.name]: (it, self.slides[it.title])
            for it in self.deck.slides
            if isinstance(it, ChartSlide)
        }


@pytest.fixture(scope="module")
def made(sample_database_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """The pack of the sample network's last meeting, made two months after it."""
    path = tmp_path_factory.mktemp("pack") / "sample.duckdb"
    shutil.copy(sample_database_path, path)
    database = open_network(replace(settings_.load(environment={}), database=path))
    meeting = pack.meeting_on(database, MEETING.date())
    deck = pack.make(database, meeting, "secretary@sample.invalid", LATER)
    yield Made(database, path, deck, pptx.write(deck), pdf.write(deck))
    database.close()


def by_title(data: bytes) -> dict[str, Any]:
    file = Presentation(io.BytesIO(data))
    return {it.shapes.title.text_frame.text: it for it in file.slides}


def chart_of(slide: Any) -> Any:
    (frame,) = (it for it in slide.shapes if it.has_chart)
    return frame.chart


def pictures_on(slide: Any) -> list[Any]:
    return [it for it in slide.shapes if it._element.tag == qn("p:pic")]


def said_on(slide: Any) -> str:
    """Every word on a slide, tables included."""
    found = [it.text_frame.text for it in slide.shapes if it.has_text_frame]
    for it in slide.shapes:
        if it.has_table:
            found += [cell.text_frame.text for row in it.table.rows for cell in row.cells]
    return "\n".join(found)


def number_in(text: str) -> float:
    """`£15.6m`, `3,570 people`, `42%` as numbers."""
    found = re.search(r"(£?)([\d,]+(?:\.\d+)?)(%|k|m|bn)?", text)
    assert found, text
    scale = {"%": 0.01, "k": 1e3, "m": 1e6, "bn": 1e9, None: 1}[found[3]]
    return float(found[2].replace(",", "")) * scale


def everything_in(data: bytes) -> str:
    """All text of a .pptx, the workbooks inside its charts included."""
    found = ""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        for name in file.namelist():
            inside = file.read(name)
            if name.endswith(".xlsx"):
                found += everything_in(inside)
            elif name.endswith((".xml", ".rels")):
                found += inside.decode()
    return found


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def tags(element: Any) -> list[Any]:
    """The elements below one of a tagged PDF, in the order in which they are read."""
    kids = element.get("/K", [])
    below = [it.get_object() for it in (kids if isinstance(kids, list) else [kids])]
    return [
        tag for kid in below if isinstance(kid, dict) and "/S" in kid for tag in (kid, *tags(kid))
    ]


def test_every_number_is_what_the_command_line_gives_as_at_the_meeting(
    made: Made, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    copy = tmp_path / "copy.duckdb"
    with made.database.cursor() as cursor:
        cursor.execute("checkpoint")
    shutil.copy(made.path, copy)
    asked = ["--period", "2024-08..2026-07", "--as-at", MEETING.isoformat(), "--format", "json"]
    asked += ["--audience", "network"]
    assert main(["--database", str(copy), "indicators", *made.figures, *asked]) == 0
    rows = json.loads(capsys.readouterr().out)
    seen = {(it["indicator"], parse_month(it["period"])): it["value"] for it in rows}
    compared = 0
    for indicator, (meant, slide) in made.figures.items():
        it = CATALOGUE[indicator]
        chart = chart_of(slide)
        months = [EXCEL + timedelta(float(day)) for day in chart.plots[0].categories]
        assert months == list(meant.plot.months)
        assert months[-1] == JULY
        for month, drawn in zip(months, chart.plots[0].series[0].values, strict=True):
            value = seen[indicator, month]
            compared += 1
            assert drawn == (value if value is None else pytest.approx(value, rel=1e-12))
        last = chart.plots[0].series[0].values[-1]
        assert number_in(meant.title.split(": ")[1]) == pytest.approx(last, rel=5e-3, abs=5.1e-3)
        assert formatting.figure(last, it.unit) in said_on(slide).split("\n")
    assert compared > 300


def test_it_is_what_disclosure_control_and_the_targets_give(made: Made) -> None:
    request = Request(list(made.figures), [JULY], as_at=MEETING)
    frame = status(made.database, figures(made.database, request, NETWORK)).set_index("indicator")
    (headlines,) = (it for it in made.deck.slides if it.title == "Where we are in July 2026")
    assert isinstance(headlines, TableSlide)
    table = made.slides[headlines.title]
    lines = next(it.table for it in table.shapes if it.has_table).rows
    shown = {row.cells[0].text_frame.text: [c.text_frame.text for c in row.cells] for row in lines}
    for indicator, row in frame.iterrows():
        it = CATALOGUE[str(indicator)]
        cells = shown[formatting.plain(it.title)]
        assert cells[1] == row["shown"]
        assert cells[5] == f"{row['members']} of {row['members_expected']}"
        state = formatting.STATUS.get(row["status"], status_words.state(row))
        assert cells[2].endswith(state)
        assert cells[2][0] in "●◆▼○"
        meant, slide = made.figures[str(indicator)]
        if not pd.isna(row["profile"]):
            assert formatting.figure(row["profile"], it.unit) in cells[3]
            assert chart_of(slide).plots[0].series[1].values[-1] == pytest.approx(row["profile"])
            assert meant.mark.word == state
        assert f"{row['members']} of {row['members_expected']} members" in meant.foot
        assert "as at 16 September 2026, 09:00 UTC" in meant.foot


def test_it_says_what_the_pages_say_as_at_the_meeting(made: Made) -> None:
    filters = Filters(JULY, as_at=MEETING, sees_members=True)
    page = overview.briefing(made.database, filters)
    assert made.deck.slides[1].sentence == page.answer
    for name in HEADLINES:
        panel = panel_of(made.database, filters, name, HEADLINES)
        meant, _ = made.figures[name]
        assert panel.sentence.startswith(f"{CATALOGUE[name].title}: {meant.sentence}")
        assert panel.status in (meant.mark.kind, meant.mark.word)
        shown = unescape(panel.head).replace("\N{NO-BREAK SPACE}", " ")
        lines = [(what, said) for what, said in meant.lines if what not in ("Being done", "Why")]
        assert len(lines) >= 2
        for _, said in lines:
            assert said in shown
    moved, groups = overview.since(made.database, filters)
    told = {it.title: it for it in made.deck.slides if isinstance(it, TableSlide)}
    assert told["Since the last meeting"].sentence == moved
    revised = dict(groups)["Revised figures"]
    assert len(told["Figures revised since the last meeting"].rows) == len(revised) == 3
    board = queries.board(made.database, JULY, MEETING)
    assert len(told["Who has returned what for July 2026"].rows) == board["member_id"].nunique()
    assert "47 of 48 returns are in" in told["Who has returned what for July 2026"].sentence


def test_what_is_off_track_has_its_action_or_says_that_it_has_none(made: Made) -> None:
    text = said_on(made.slides["What needs the group's attention"])
    assert "Local spend (%): 43%, 6 points below profile of 49%" in text
    assert "List the ten categories" in text
    assert "Procurement leads" in text
    assert "30 Sep, due in 14 days" in text
    assert (
        "Retention after 6 months (26 weeks), Sample Teaching Hospitals NHS Trust: 7" in text
    )  # held to 89%
    assert "Two figures; one without an action. Also, one figure of" in text
    assert text.count("No action yet") == 2
    closed = said_on(made.slides["Actions closed since"])
    assert "Nine of the twelve members do so" in closed


def test_overdue_actions_stand_first(made: Made) -> None:
    late = datetime(2026, 10, 14, 9)
    meeting = record_meeting(made.database, "Delivery group, extra", late, "a@b.example")
    deck = pack.make(made.database, meeting, "secretary@sample.invalid", LATER)
    slide = next(it for it in deck.slides if it.title == "What needs the group's attention")
    assert isinstance(slide, TableSlide)
    assert slide.rows[0][4].word == "30 Sep, 14 days late"
    opened = next(it for it in deck.slides if it.title == "Open actions")
    assert isinstance(opened, TableSlide)
    assert opened.sentence == "Three actions are open, one overdue."
    assert opened.rows[0][3].kind == "overdue"


def test_each_figure_has_a_reference_that_brings_it_back(made: Made) -> None:
    for indicator, (meant, slide) in made.figures.items():
        (reference,) = re.findall(r"AN-[0-9A-Z]{8}", meant.foot)
        assert reference in said_on(slide)
        again = shared_chart.make(made.database, request_of(made.database, reference))
        assert again.asked.indicator == indicator
        drawn = [None if pd.isna(it) else it for it in again.rows["value"]]
        assert drawn == list(meant.plot.values)


def test_every_slide_can_be_read_without_being_seen(made: Made) -> None:
    file = Presentation(io.BytesIO(made.pptx))
    titles = [it.shapes.title.text_frame.text for it in file.slides]
    assert len(titles) == len(set(titles)) == len(made.deck.slides) == 25
    assert all(titles)
    for slide in list(file.slides)[1:]:
        kinds = [it.placeholder_format.type for it in slide.placeholders]
        assert len(kinds) >= 3  # a title, a sentence or a foot, and a number
        assert slide.shapes[0] == slide.shapes.title
        assert slide._element.findall(f".//{qn('a:fld')}")
    for slide in file.slides:
        assert "Sample data" in said_on(slide)
        assert slide.notes_slide.notes_text_frame.text.strip()
        numbers = [it.shape_id for it in slide.shapes]
        assert len(numbers) == len(set(numbers))
        for it in slide.shapes:
            if it.has_chart or it.has_table:
                alt = it._element.nvGraphicFramePr.cNvPr.get("descr")
                assert alt
        for run in slide._element.iter(qn("a:rPr")):
            assert run.get("lang") == "en-GB"
    for indicator, (meant, slide) in made.figures.items():
        notes = slide.notes_slide.notes_text_frame.text
        assert CATALOGUE[indicator].definition in notes
        assert meant.foot in notes
        assert meant.sentence in notes
        assert "python -m anchornet figure AN-" in notes
        (frame,) = (it for it in slide.shapes if it.has_chart)
        alt = frame._element.nvGraphicFramePr.cNvPr.get("descr")
        assert f"Jul 26 {meant.value}" in alt
    about = file.core_properties
    assert about.title == "Delivery group, September: meeting pack"
    assert (about.author, about.language) == ("Sample Anchor Network", "en-GB")


def test_charts_are_native_and_hold_their_data(made: Made) -> None:
    _, slide = made.figures["local_start_share"]
    chart = chart_of(slide)
    book = chart.part.chart_workbook.xlsx_part.blob
    sheet = pd.read_excel(io.BytesIO(book), engine="openpyxl")
    assert list(sheet.columns[1:]) == ["Local starts (%)", "Profile"]
    assert list(sheet.iloc[:, 1]) == list(chart.plots[0].series[0].values)
    assert chart._chartSpace.chart.find(qn("c:dispBlanksAs")).get("val") == "gap"


def test_the_pdf_has_the_same_slides_and_numbers(made: Made) -> None:
    file = PdfReader(io.BytesIO(made.pdf))
    assert file.metadata.title == made.deck.title
    root = file.trailer["/Root"]
    assert root["/Lang"] == "en-GB"
    assert root["/MarkInfo"]["/Marked"]
    assert len(file.pages) == len(made.deck.slides)
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    elements = tags(root["/StructTreeRoot"])
    assert sum(it["/S"] == "/H1" for it in elements) == len(made.deck.slides)
    tables = [it for it in made.deck.slides if isinstance(it, TableSlide)]
    heads = [it for it in elements if it["/S"] == "/THead"]
    assert [sum(it["/S"] == "/TH" for it in tags(head)) for head in heads] == [
        len(table.headings) for table in tables
    ]
    rows = [it for it in elements if it["/S"] == "/TBody"]
    assert [sum(it["/S"] == "/TR" for it in tags(body)) for body in rows] == [
        len(table.rows) for table in tables
    ]
    logo, *alts = (it["/Alt"] for it in elements if it["/S"] == "/Figure")
    assert logo == "Logo of Sample Anchor Network"
    drawn = [meant.plot.alt for meant, _ in made.figures.values()]
    pictures = [it.alt for it in made.deck.slides if isinstance(it, StorySlide)]
    assert alts == drawn + pictures
    assert [it["/Title"] for it in file.outline] == [it.title for it in made.deck.slides]
    for page, slide in zip(file.pages, made.deck.slides, strict=True):
        text = " ".join(page.extract_text().split())
        assert "Sample data" in text
        for part in (slide.title, slide.sentence, slide.foot):
            assert part in text
        if isinstance(slide, ChartSlide):
            assert slide.value in text
            assert CATALOGUE[[*made.figures][[*alts].index(slide.plot.alt)]].definition in text
        if isinstance(slide, TableSlide):
            for row in slide.rows:
                for cell in row:
                    assert getattr(cell, "word", cell) in text


# --- little, hidden, odd -------------------------------------------------------------------------

Send = Callable[..., None]


@pytest.fixture
def send(database: Database) -> Send:
    """send(member, return, month, lines) to a network of a council and a hospital."""
    for member_id, kind in (("council", "council"), ("hospital", "nhs")):
        add_member(database, member_id, f"Sample {member_id}", kind, now=LONG_AGO)

    def send(member_id: str, name: str, month: str, lines: str, sent: datetime) -> None:
        submit(
            database,
            RETURNS[name],
            "\n".join(line.strip() for line in lines.strip().splitlines()).encode(),
            f"{name}.csv",
            member_id=member_id,
            by="someone@example.org",
            period=parse_month(month),
            accept_warnings="It is a test.",
            now=sent,
        )

    return send


def first_meeting(database: Database, now: datetime = LATER) -> Deck:
    meeting = record_meeting(database, "Delivery group, first", datetime(2026, 11, 5, 9), "a@b.c")
    return pack.make(database, meeting, "a@b.c", now)


def slide_of(deck: Deck, title: str) -> Any:
    return next(it for it in deck.slides if it.title.startswith(title))


def test_a_hidden_number_is_nowhere_in_the_files(database: Database, send: Send) -> None:
    hires = "home_area,pathway,starts\n{}"
    # 1,043 in August, rounded; 4 in September, hidden; 3 of the 4 local: a share of too few.
    send("council", "local_hires", "2026-08", hires.format("E05011366,standard,1043"),
         datetime(2026, 9, 5))  # fmt: skip
    lines = "E05011366,standard,3\noutside,standard,1"
    send("council", "local_hires", "2026-09", hires.format(lines), datetime(2026, 10, 5))
    deck = first_meeting(database)
    starts = slide_of(deck, "Starts: ")
    assert starts.title == "Starts: too few people to show"
    assert slide_of(deck, "Local starts (%): ").plot.values == (1.0, None)
    august, september = starts.plot.values
    assert (august in (1040, 1045), september) == (True, None)
    assert "Too few people to show, a gap in the chart: Sep 26." in "\n".join(starts.notes)
    assert starts.plot.is_columns
    file, text = pptx.write(deck), text_of(pdf.write(deck))
    for found in (everything_in(file), text):
        assert f"{august:,.0f}" in found
        for secret in ("1043", "1,043", "75%"):
            assert secret not in found
    made = by_title(file)
    values = chart_of(made[starts.title]).plots[0].series[0].values
    assert values == (august, None)
    book = chart_of(made[starts.title]).part.chart_workbook.xlsx_part.blob
    sheet = pd.read_excel(io.BytesIO(book), engine="openpyxl")
    assert list(sheet.iloc[:, 1].isna()) == [False, True]


def test_a_first_meeting_has_nothing_to_compare_with(database: Database, send: Send) -> None:
    spend = "supplier_name,supplier_postcode,paid_on,amount_gbp\nNear Ltd,M2 5DB,2026-09-02,300\n"
    send("council", "spend", "2026-09", spend, datetime(2026, 10, 5))
    deck = first_meeting(database)
    assert "first meeting that is recorded" in slide_of(deck, "Since the last meeting").sentence
    assert not any("revised since" in it.title for it in deck.slides)
    (spent,) = (it for it in deck.slides if it.title.startswith("Spend with suppliers"))
    assert spent.title == "Spend with suppliers: £300, 1 of 2 members so far"
    assert "1 of 2 members" in spent.foot
    board = slide_of(deck, "Who has returned what")
    assert [getattr(it, "word", it) for it in board.rows[1]] == [
        "Sample hospital", "missing", "missing", "missing", "missing",
    ]  # fmt: skip
    lacking = [it for it in deck.slides if it.title.startswith("Figures not known yet")]
    why = {row[0]: row[1] for it in lacking for row in it.rows}
    assert why["Starts"] == "Nobody has sent the figure for September 2026."
    assert (
        why["Retention after 6 months (26 weeks)"]
        == "Nobody has sent the figure for September 2026."
    )
    assert not any(it.title.startswith("Starts: ") for it in deck.slides)
    assert "Sample data" not in everything_in(pptx.write(deck))


def test_before_the_first_return_the_pack_says_what_will_be_in_it(
    database: Database, send: Send
) -> None:
    deck = first_meeting(database)
    assert [it.title for it in deck.slides] == [
        "Delivery group, first", "No figures yet", "Open actions", "How to read these figures",
    ]  # fmt: skip
    assert len(Presentation(io.BytesIO(pptx.write(deck))).slides) == 4
    assert "No member has sent a return yet." in text_of(pdf.write(deck))


def test_a_meeting_still_to_come_is_as_at_now(database: Database, send: Send) -> None:
    spend = "supplier_name,supplier_postcode,paid_on,amount_gbp\nNear Ltd,M2 5DB,2026-09-02,300\n"
    send("council", "spend", "2026-09", spend, datetime(2026, 10, 5))
    deck = first_meeting(database, datetime(2026, 11, 4, 15))
    assert "Made before the meeting" in deck.slides[0].lines[-1]
    assert "as at 4 November 2026, 15:00 UTC" in slide_of(deck, "Spend with suppliers").foot


def test_each_figure_says_what_it_means_to_the_reader_that_is_named(
    database: Database, send: Send
) -> None:
    spend = "supplier_name,supplier_postcode,paid_on,amount_gbp\nNear Ltd,M2 5DB,2026-09-02,300\n"
    send("council", "spend", "2026-09", spend, datetime(2026, 10, 5))
    meeting = record_meeting(database, "Delivery group", datetime(2026, 11, 5, 9), "a@b.c")
    words = "This is how much the network's members spend on goods, services and works."
    for reader, is_said in (("councillor", True), ("supplier", False), (None, False)):
        deck = pack.make(database, meeting, "a@b.c", LATER, reader)
        slide = slide_of(deck, "Spend with suppliers")
        assert (("For councillors", words) in slide.lines) is is_said
        assert (words in slide.notes) is is_said


def test_long_names_and_odd_ones_stay_text_and_long_tables_go_on(database: Database) -> None:
    mark_sample(database)
    odd = '=HYPERLINK("http://e.example","x") & <b>Sons</b>'
    names = [odd, *(f"The Very Long Name of an Anchor Institution Number {it}" for it in range(40))]
    for place, name in enumerate(names):
        add_member(database, f"m{place}", name, "vcse", now=LONG_AGO)
    spend = b"supplier_name,supplier_postcode,paid_on,amount_gbp\nNear Ltd,M2 5DB,2026-09-02,3\n"
    submit(database, RETURNS["spend"], spend, "a.csv", member_id="m0", by="a@b.c",
           period=date(2026, 9, 1), now=datetime(2026, 10, 5))  # fmt: skip
    record_action(
        database, indicator="spend", what="-2+3 " + "word " * 120, who="=1+1",
        due_on=date(2026, 12, 1), by="a@b.c", now=datetime(2026, 10, 6),
    )  # fmt: skip
    deck = first_meeting(database)
    boards = [it for it in deck.slides if it.title.startswith("Who has returned what")]
    assert len(boards) > 2
    assert sum(len(it.rows) for it in boards) == 41
    assert len({it.title for it in deck.slides}) == len(deck.slides)
    file = Presentation(io.BytesIO(pptx.write(deck)))
    words_ = "\n".join(map(said_on, file.slides))
    assert odd in words_
    assert "=1+1" in words_
    for slide in file.slides:
        for it in slide.shapes:
            assert it.top + it.height <= file.slide_height
            assert it.left + it.width <= file.slide_width
            if it.has_chart:
                book = everything_in(it.chart.part.chart_workbook.xlsx_part.blob)
                assert "<f>" not in book
    text = " ".join(text_of(pdf.write(deck)).split())
    assert "Institution Number 39" in text


def test_the_meeting_is_the_one_of_the_day_else_the_next_else_the_last(database: Database) -> None:
    with pytest.raises(NotPossible, match="No meeting is recorded"):
        pack.meeting_on(database)
    for month in (5, 7, 9):
        record_meeting(database, f"Month {month}", datetime(2026, month, 16, 9), "a@b.c")
    assert pack.meeting_on(database, date(2026, 7, 16)).name == "Month 7"
    assert pack.meeting_on(database, now=datetime(2026, 6, 1)).name == "Month 7"
    assert pack.meeting_on(database, now=datetime(2027, 1, 1)).name == "Month 9"
    with pytest.raises(NotPossible, match="Month 9 on 16 September 2026"):
        pack.meeting_on(database, date(2026, 7, 17))


def test_stories_approved_since_the_last_meeting_are_told(database: Database, send: Send) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (800, 1200), "#336699").save(picture, "PNG")
    consent = stories.Consent(True, "Robin Q, on paper", date(2026, 9, 1), "The network's reports")
    shown = stories.Picture(picture.getvalue(), picture.getvalue(), consent)
    first = stories.Draft(
        "Open actions", "How it began:\n- with a start\n\nHow it went on.", shown,
        alternative="Two people at a bench.", quote="It is my first job.", quoted="Apprentice",
        indicators=("starts", "local_start_share"),
    )  # fmt: skip
    sentence = "A long story goes on and on with many words in every one of its sentences. "
    long = stories.Draft("A long one", "\n\n".join([sentence * 18] * 4))
    numbers = [
        stories.write(database, "council", draft, by="a@b.c", now=datetime(2026, 10, 1))
        for draft in (first, long, replace(long, title="A draft"))
    ]
    for number in numbers[:2]:
        stories.approve(database, number, "a@b.c", datetime(2026, 10, 2))
    deck = first_meeting(database)
    told = [it for it in deck.slides if isinstance(it, StorySlide)]
    titles = [it.title for it in told]
    assert "Story: Open actions" in titles
    assert "Story: A long one (1 of 2)" in titles
    assert not any("A draft" in it for it in titles)
    parts = [it for it in told if "A long one" in it.title]
    said = " ".join(text for it in parts for text in it.paragraphs)
    assert said.count(sentence.strip()) == 72
    slide = by_title(pptx.write(deck))["Story: Open actions"]
    assert "Sample council, about starts and local starts" in said_on(slide)
    assert "How it began:\n• with a start\nHow it went on." in said_on(slide)
    assert "“It is my first job.” – Apprentice" in said_on(slide)
    (shape,) = pictures_on(slide)
    assert shape._element.nvPicPr.cNvPr.get("descr") == "Two people at a bench."
    assert shape.width / shape.height == pytest.approx(800 / 1200, rel=0.01)
    notes = slide.notes_slide.notes_text_frame.text
    assert "Consent to the picture is for: The network's reports" in notes
    assert "Robin" not in notes
    file = PdfReader(io.BytesIO(pdf.write(deck)))
    page = file.pages[[it.title for it in deck.slides].index("Story: Open actions")]
    assert len(page.images) == 1
    # Consent that ends takes the picture out of every pack that is made from then on.
    stories.end_consent(database, "council", numbers[0], by="a@b.c", now=LATER)
    again = pack.make(database, pack.meeting_on(database, date(2026, 11, 5)), "a@b.c", LATER)
    assert not [it for it in again.slides if isinstance(it, StorySlide) and it.picture]
    # What was approved before the meeting before is not told again.
    record_meeting(database, "Delivery group, second", datetime(2026, 11, 20, 9), "a@b.c")
    second = pack.make(database, pack.meeting_on(database, date(2026, 11, 20)), "a@b.c", LATER)
    assert not [it for it in second.slides if isinstance(it, StorySlide)]


def test_a_networks_colour_and_logo_are_on_its_pack(settings: Settings, tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    Image.new("RGB", (64, 64), "#663300").save(logo)
    own = replace(settings, colour="#663300", logo=Logo(".png", logo.read_bytes()))
    database = open_network(own, create=True)
    deck = first_meeting(database)
    cover = Presentation(io.BytesIO(pptx.write(deck))).slides[0]
    (shape,) = pictures_on(cover)
    assert shape.image.blob == logo.read_bytes()
    assert shape._element.nvPicPr.cNvPr.get("descr") == f"Logo of {own.network_name}"
    assert colours_of(cover)["accent1"] == "663300"
    assert deck.accent == "#663300"
    assert len(PdfReader(io.BytesIO(pdf.write(deck))).pages[0].images) == 1
    database.close()


# --- a template of the network's own --------------------------------------------------------------


def colours_of(slide: Any) -> dict[str, str]:
    """The colours of the theme that a slide has."""
    theme = slide.slide_layout.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    scheme = next(parse_xml(theme.blob).iter(qn("a:clrScheme")))
    return {it.tag.partition("}")[2]: it[0].get("val") for it in scheme}


@pytest.fixture
def own_template(tmp_path: Path) -> Any:
    """own_template(change): a copy of ours that has been changed, in its place."""

    def make(change: Callable[[Any], None]) -> Path:
        file = Presentation(str(pptx.TEMPLATE))
        change(file)
        path = tmp_path / "own.pptx"
        file.save(str(path))
        return path

    return make


def layout_of(file: Any, name: str) -> Any:
    return next(it for it in file.slide_layouts if it.name == name)


def place_of(file: Any, layout: str, name: str) -> Any:
    return next(it for it in layout_of(file, layout).placeholders if it.name == name)


def test_a_networks_own_template_gives_the_pack_its_look(
    settings: Settings, own_template: Any
) -> None:
    def change(file: Any) -> None:
        file.slides.add_slide(layout_of(file, "Text")).shapes.title.text = "An example"
        theme = file.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
        theme._blob = theme.blob.replace(b"005A9C", b"AA3377")
        for layout in ("Table", "Chart"):
            place_of(file, layout, "Title").left = Inches(2)
        table = place_of(file, "Table", "Table")
        table.top, table.height, table.width = Inches(4), Inches(2), Inches(7)
        chart = place_of(file, "Chart", "Chart")
        chart.left, chart.top, chart.width, chart.height = map(Inches, (1, 3, 6, 3))
        logo = place_of(file, "Cover", "Logo")
        logo._element.getparent().remove(logo._element)

    own = replace(settings, pack_template=own_template(change), colour="#663300")
    with closing(open_network(own, create=True)) as database:
        for place in range(30):
            add_member(database, f"m{place}", f"Member {place}", "vcse", now=LONG_AGO)
        spend = b"supplier_name,supplier_postcode,paid_on,amount_gbp\nA Ltd,M2 5DB,2026-09-02,3\n"
        submit(database, RETURNS["spend"], spend, "a.csv", member_id="m0", by="a@b.c",
               period=date(2026, 9, 1), now=datetime(2026, 10, 5))  # fmt: skip
        deck = first_meeting(database)
    file = Presentation(io.BytesIO(pptx.write(deck)))
    titles = [it.shapes.title.text_frame.text for it in file.slides]
    assert titles == [it.title for it in deck.slides]
    assert colours_of(file.slides[0])["accent1"] == "AA3377"
    assert not pictures_on(file.slides[0])
    (spent,) = (it for it in file.slides if it.shapes.title.text_frame.text.startswith("Spend"))
    assert spent.shapes.title.left == Inches(2)
    (frame,) = (it for it in spent.shapes if it.has_chart)
    assert [frame.left, frame.top, frame.width, frame.height] == [*map(Inches, (1, 3, 6, 3))]
    boards = [it for it in file.slides if "Who has returned" in it.shapes.title.text_frame.text]
    assert len(boards) >= 5  # of two inches each
    for slide in boards:
        (frame,) = (it for it in slide.shapes if it.has_table)
        assert (frame.left, frame.top) == (Inches(0.6), Inches(4))
        assert frame.width == pytest.approx(Inches(7), rel=0.001)
        assert frame.height <= Inches(2)
    assert len(PdfReader(io.BytesIO(pdf.write(deck))).pages) == len(deck.slides)


def _without_chart(file: Any) -> None:
    layout_of(file, "Chart").name = "Graph"


def _without_source(file: Any) -> None:
    place_of(file, "Table", "Source").name = "Footer"


def _with_text_for_a_table(file: Any) -> None:
    del place_of(file, "Table", "Table")._element.nvSpPr.nvPr.find(qn("p:ph")).attrib["type"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_without_chart, "own.pptx has no layout named 'Chart'. It needs Cover, Table, Chart"),
        (_without_source, "'Table' of the pack's template own.pptx has no text placeholder named "
                          "'Source'"),
        (_with_text_for_a_table, "has no table placeholder named 'Table'"),
    ],
)  # fmt: skip
def test_a_template_that_lacks_something_is_refused_with_what(
    settings: Settings, own_template: Any, change: Callable[[Any], None], why: str
) -> None:
    with pytest.raises(NotPossible, match=re.escape(why)):
        pack.check_template(replace(settings, pack_template=own_template(change)))


def test_a_template_that_is_no_presentation_is_refused(settings: Settings, tmp_path: Path) -> None:
    wrong = tmp_path / "own.pptx"
    for content in (b"%PDF-1.7", b""):
        wrong.write_bytes(content)
        with pytest.raises(NotPossible, match="should be a PowerPoint file"):
            pack.check_template(replace(settings, pack_template=wrong))
