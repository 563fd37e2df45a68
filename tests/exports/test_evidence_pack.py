"""The evidence pack, read back: what is in it, and what is not."""

import io
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from pptx import Presentation
from pypdf import PdfReader

from anchornet import settings as settings_
from anchornet.exports import site
from anchornet.exports.pack import evidence as evidence_pack
from anchornet.exports.pack import pdf, pptx
from anchornet.exports.pack.slides import ChartSlide, Deck, TableSlide, words_of
from anchornet.facts.build import open_network
from anchornet.indicators.figures import OWN, PUBLIC
from anchornet.indicators.promises import promises
from anchornet.narrative import evidence
from anchornet.store import asks, stories
from anchornet.store.database import Database
from anchornet.store.framework import SAMPLE, load_framework
from tests.exports.test_pack import everything_in, said_on, tags, text_of

LATER = datetime(2026, 11, 22, 12)
SEPTEMBER = date(2026, 9, 1)
Send = Callable[..., Any]


@dataclass(frozen=True)
class Written:
    database: Database
    deck: Deck
    pptx: bytes
    pdf: bytes

    @property
    def words(self) -> str:
        """All of both files, as one line."""
        return " ".join(f"{everything_in(self.pptx)} {text_of(self.pdf)}".split())


@pytest.fixture(scope="module")
def pack(sample_database_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    path = tmp_path_factory.mktemp("evidence") / "sample.duckdb"
    shutil.copy(sample_database_path, path)
    database = open_network(replace(settings_.load(environment={}), database=path))
    deck = evidence_pack.make(database, as_at=LATER)
    yield Written(database, deck, pptx.write(deck), pdf.write(deck))
    database.close()


def test_it_opens_as_powerpoint_and_as_a_tagged_pdf(pack: Written) -> None:
    titles = [slide.title for slide in pack.deck.slides]
    assert titles[:2] == ["What is changing in Manchester", "In short"]
    assert titles[-2:] == ["What we ask for", "How to read this"]
    assert titles.count("What is not known (1 of 2)") == 1
    slides = Presentation(io.BytesIO(pack.pptx)).slides
    assert [slide.shapes.title.text_frame.text for slide in slides] == titles
    for slide in slides:
        assert "Sample data" in said_on(slide)
        assert slide.notes_slide.notes_text_frame.text
    file = PdfReader(io.BytesIO(pack.pdf))
    assert len(file.pages) == len(titles)
    root: Any = file.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    kinds = [tag["/S"] for tag in tags(root["/StructTreeRoot"])]
    assert kinds.count("/H1") == len(titles)
    drawn = [slide for slide in pack.deck.slides if isinstance(slide, ChartSlide)]
    assert drawn
    assert kinds.count("/Figure") >= len(drawn)


def test_it_says_what_is_kept_and_what_nobody_knows_and_asks_what_was_approved(
    pack: Written,
) -> None:
    public, draft = "£240,000 a year for two people", "a seat at the table"
    assert [ask.state for ask in asks.ask_history(pack.database)] == ["draft", "approved"]
    assert public in pack.words
    assert draft not in pack.words
    assert "Nothing measures “Healthy and fair places to live” and “Carbon neutral" in pack.words
    assert "Nothing measures it yet." in pack.words
    assert "From a course in the evening to a post by the summer" in pack.words
    assert "9 of 12" in pack.words  # the members that are compared
    assert "one member has not sent everything in the last year" in pack.words.lower()
    for never in ("@", "return on investment", "social return", "for every £1"):
        assert never not in pack.words.lower().replace("sample-network.example", "")


def test_what_was_promised_stands_under_its_heading_also_below_figures(pack: Written) -> None:
    # Of commitments.csv: 457 of 730 days have passed of the one, 633 of 725 of the other.
    right = {
        "Local jobs and skills: what was promised": ("Work placements (weeks)", "24 15 15 12"),
        "A local and resilient supply chain: figures and promises": (
            "Affordable workspace (square metres)",
            "1,400 1,300 1,222 1,300",
        ),
    }
    for title, (what, amounts) in right.items():
        (slide,) = (one for one in pack.deck.slides if one.title == title)
        assert isinstance(slide, TableSlide)
        lines = [tuple(map(words_of, line)) for line in (slide.headings, *slide.rows)]
        (headings,) = (line for line in lines if line[0] == "What was promised")
        (row,) = (line for line in lines if line[0] == what)
        said = dict(zip(headings, row, strict=True))
        names = ("Promised", "Delivered", "Should be there by now", "Proof seen of")
        assert " ".join(said[name] for name in names) == amounts
        assert [headings.index(name) for name in names] == [1, 2, 3, 4]
        assert {1, 2, 3, 4} <= {*slide.numbers}


def test_organisations_are_named_only_where_their_promise_is_published(pack: Written) -> None:
    every = promises(pack.database, [SEPTEMBER], OWN)
    published = {*promises(pack.database, [SEPTEMBER], PUBLIC)["organisation"]}
    members = {name for (name,) in pack.database.rows("select name from members")}
    unpublished = {*every["organisation"]} - published - members
    assert len(unpublished) > 3
    assert not [name for name in unpublished if name in pack.words]
    assert [name for name in published if name in pack.words]


def test_the_page_of_the_public_site_is_as_at_the_approval_and_says_the_same(
    pack: Written,
) -> None:
    ask = asks.approved(pack.database)
    assert ask is not None
    about = evidence.gather(pack.database, as_at=ask.decided_at)
    page = site.build(pack.database, LATER)["evidence.html"].decode()
    assert about.stated in page
    for each in about.outcomes:
        for course in each.courses:
            assert f">{course.last['shown']}</td>" in page
            assert evidence.change(course) in page
        for sentence in each.unknown:
            assert f"<li>{sentence.replace('&', '&amp;').replace(chr(39), '&#39;')}</li>" in page
    assert "£240,000 a year" in page
    assert "a seat at the table" not in page


def test_without_an_approved_text_nothing_is_asked_for_and_there_is_no_page(
    network: Database,
) -> None:
    load_framework(network, SAMPLE.read_bytes(), by="a@sample.invalid")
    asks.write(network, "A secret draft.", by="a@sample.invalid")
    deck = evidence_pack.make(network)
    words = " ".join(text_of(pdf.write(deck)).split())
    assert "has not approved a text of what it asks for" in words
    assert "A secret draft" not in words + everything_in(pptx.write(deck))
    assert "No member has sent a return yet" in words
    assert "evidence.html" not in site.build(network)
    asks.approve(network, 1, "b@sample.invalid")
    text = site.build(network)["evidence.html"].decode()
    assert "A secret draft." in text
    assert "No member has sent a return yet" in text
    asks.withdraw(network, "b@sample.invalid")
    assert "evidence.html" not in site.build(network)


def test_a_network_with_nothing_at_all_says_what_is_missing(database: Database) -> None:
    deck = evidence_pack.make(database)
    words = " ".join(text_of(pdf.write(deck)).split())
    assert "No framework is loaded" in words
    assert pptx.write(deck)


def test_in_its_first_quarter_it_says_what_is_missing(network: Database, send: Send) -> None:
    load_framework(network, SAMPLE.read_bytes(), by="a@sample.invalid", now=datetime(2026, 1, 1))
    headings = "supplier_name,supplier_postcode,paid_on,amount_gbp"
    send("spend", "council", "Near Ltd,M2 5DB,2026-09-02,300", headings)
    deck = evidence_pack.make(network, as_at=LATER)
    words = " ".join(text_of(pdf.write(deck)).split())
    assert "None of six outcomes can be followed over years" in words
    assert "No promise towards it is recorded." in words
    assert "No member has sent everything in the last year: local spend" in words
    assert "Months that are missing: 11 of local spend" in words


def test_a_withdrawn_story_and_one_that_two_outcomes_could_have(network: Database) -> None:
    load_framework(network, SAMPLE.read_bytes(), by="a@sample.invalid", now=datetime(2026, 1, 1))
    for title, about in (("First", ("starts", "local_spend_share")), ("Second", ("starts",))):
        number = stories.write(
            network, "council", stories.Draft(title, "Words.", indicators=about), by="a@b.c"
        )
        stories.approve(network, number, "b@b.c")
    told = {each.outcome.id: each.story for each in evidence.gather(network).outcomes}
    named = {outcome: story.title for outcome, story in told.items() if story}
    assert named == {"jobs_and_skills": "Second", "local_supply": "First"}
    stories.withdraw(network, 2, "b@b.c")
    told = {each.outcome.id: each.story for each in evidence.gather(network).outcomes}
    assert {outcome for outcome, story in told.items() if story} == {"jobs_and_skills"}
