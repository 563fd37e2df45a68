"""The public page and the open data, as files that are read back."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import frictionless
import html5lib
import pandas as pd
import pytest

from anchornet.exports import bundle, open_data, shared_chart, site
from anchornet.facts.build import open_network
from anchornet.facts.catalogue import CATALOGUE
from anchornet.narrative.definitions import sentences
from anchornet.store import publications, stories
from anchornet.store.database import Database
from anchornet.store.needs import needs
from anchornet.store.network import NotPossible
from anchornet.store.publications import ChartRequest
from anchornet.store.stories import Draft

OCTOBER, SEPTEMBER = datetime(2026, 10, 28, 12), date(2026, 9, 1)
BY = "comms@example.org"
BY_WARD = ChartRequest("out_of_work_starts", "map", "ward", SEPTEMBER, "rolling_12", OCTOBER)
COURSE = ChartRequest("local_spend_share", "target", None, SEPTEMBER, "month", OCTOBER)
CURVES = ChartRequest("in_post_share", "curves", "pathway", SEPTEMBER, "month", OCTOBER)
DRAFT = ChartRequest("starts", "course", None, SEPTEMBER, "month", OCTOBER)
LATER = ChartRequest("spend", "rings", "ring", SEPTEMBER, "month", OCTOBER)
WITHDRAWN = ChartRequest("spend", "course", None, SEPTEMBER, "month", OCTOBER)
ODD = "<script>alert(1)</script> & \"quotes\" {{ 7 * 7 }} 'x'"


@pytest.fixture(scope="module")
def database(sample: Database) -> Database:
    """The sample network with three public figures, and three that are not."""
    for reference, _ in publications.public(sample):
        publications.decide(sample, reference, "withdrawn", BY)
    for asked in (BY_WARD, COURSE, CURVES, DRAFT, LATER, WITHDRAWN):
        reference = publications.keep(sample, asked, BY)
        if asked is LATER:
            until = date.today() + timedelta(days=30)
            publications.decide(sample, reference, "approved", BY, embargo_until=until)
        elif asked is not DRAFT:
            publications.decide(sample, reference, "approved", BY, now=datetime(2026, 11, 2))
    publications.decide(sample, publications.reference_of(sample, WITHDRAWN), "withdrawn", BY)
    number = stories.write(
        sample, "college", Draft(ODD, ODD, quote=ODD, quoted=ODD, tags=(ODD[:30],)), by=BY
    )
    stories.approve(sample, number, BY)
    return sample


@pytest.fixture(scope="module")
def made(database: Database) -> dict[str, bytes]:
    return site.build(database)


def pages(made: dict[str, bytes]) -> dict[str, str]:
    return {name: data.decode() for name, data in made.items() if name.endswith(".html")}


def test_every_page_is_well_formed_with_its_landmarks_and_asks_nothing_from_elsewhere(
    made: dict[str, bytes],
) -> None:
    found = pages(made)
    assert len(found) == 4 + 3 + 3
    for name, text in found.items():
        tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
        assert tree.get("lang") == "en-GB"
        assert len(tree.findall(".//h1")) == len(tree.findall(".//main")) == 1
        assert tree.find(".//header/nav").get("aria-label") == "Pages"
        assert tree.findall(".//a")[0].get("href") == "#content"
        assert tree.find(".//title").text.startswith("Sample: ")
        assert "Every figure, member, need and story here is invented." in text
        assert "script-src" not in text
        (policy,) = [it for it in tree.iter("meta") if it.get("http-equiv")]
        assert policy.get("content") == site.POLICY
        for tag in ("script", "iframe", "form", "style", "object"):
            assert tree.find(f".//{tag}") is None
        assert all(it.get("alt") is not None and it.get("width") for it in tree.iter("img"))
        # Everything it names is in the folder, but what a reader follows to a video.
        here = Path(name).parent
        for it in tree.iter():
            for named in filter(None, (it.get("src"), it.get("href"), it.get("srcset"))):
                if it.tag == "a" and named.startswith("https://video.example.org/"):
                    continue
                path, _, part = named.partition("#")
                target = Path("/", here, path).resolve().relative_to("/") if path else Path(name)
                assert str(target) in made, (name, named)
                if part:
                    assert f'id="{part}"' in made[str(target)].decode()
        ids = re.findall(r' id="([^"]+)"', text)
        assert len(ids) == len(set(ids))
    named = re.findall(rb'url\("([^"]*)"\)', made["style.css"])
    assert len(named) == made["style.css"].count(b"url(") == 2
    assert all(it.decode() in made for it in named)


def test_what_somebody_wrote_is_text(made: dict[str, bytes]) -> None:
    text = made["stories/4.html"].decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;quotes&#34; {{ 7 * 7 }}" in text
    tree = html5lib.parse(text, namespaceHTMLElements=False)
    assert tree.find(".//h1").text == ODD
    assert tree.find(".//blockquote/p").text == ODD


def test_each_figure_has_its_table_reference_definition_and_coverage(
    database: Database, made: dict[str, bytes]
) -> None:
    for asked in (BY_WARD, COURSE, CURVES):
        it = shared_chart.make(database, asked)
        text = made[f"figures/{it.reference}.html"].decode()
        for said in (it.reference, it.coverage, it.as_at, "Unit", "Definition", "Source"):
            assert said in text
        meaning = sentences(CATALOGUE[asked.indicator], database.settings).get("public", "")
        assert meaning in text.replace("&#39;", "'")
        (table,) = pd.read_html(io.StringIO(text))
        assert len(table) == len(it.rows)
        shown = table.iloc[:, 1 if asked is not CURVES else 2].astype(str)
        assert list(shown) == list(it.rows["shown"])


def test_the_public_page_can_speak_to_another_reader(database: Database) -> None:
    reference = publications.reference_of(database, COURSE)
    files = site.build(database, reader="councillor")
    for name in (f"figures/{reference}.html", "definitions.html"):
        text = files[name].decode()
        assert "Of what members spend with suppliers, this share goes to firms in Manch" in text
        assert "Out of the money spent with suppliers" not in text


def test_only_what_is_approved_and_past_its_embargo_is_in_it(
    database: Database, made: dict[str, bytes]
) -> None:
    everything = b"".join(made.values())
    for asked in (DRAFT, LATER, WITHDRAWN):
        assert publications.reference_of(database, asked).encode() not in everything
    assert b"Everybody who cleans our halls" not in everything  # a story that is a draft
    later = open_data.build(database, datetime.now() + timedelta(days=31))
    assert publications.reference_of(database, LATER).encode() in later["figures.csv"]
    # No address of who wrote or approved.
    assert BY.encode() not in everything
    assert b"@college.example" not in everything


def test_no_hidden_number_is_in_any_file(database: Database, made: dict[str, bytes]) -> None:
    it = shared_chart.make(database, BY_WARD)
    hidden = it.rows[it.rows["shown"] == "*"]
    assert len(hidden) > 1
    assert hidden["value"].isna().all()
    with zipfile.ZipFile(io.BytesIO(bundle.zipped(made))) as archive:
        rows = pd.read_csv(io.BytesIO(archive.read("data/figures.csv")), dtype=str)
    mine = rows[rows["reference"] == it.reference].set_index("part")
    for ward in hidden["code"]:
        assert (mine.loc[ward, "value"], mine.loc[ward, "told"]) == ("*", "hidden")
    numbers = {float(it) for it in mine.loc[mine["told"] == "shown", "value"]}
    # Rounded, and never below what would be hidden.
    assert numbers
    assert all(it % 5 == 0 and it >= 10 for it in numbers)


def test_the_same_approvals_give_the_same_bytes_and_a_withdrawn_story_is_gone(
    database: Database, made: dict[str, bytes], tmp_path: Path
) -> None:
    assert site.build(database) == made
    assert bundle.zipped(made) == bundle.zipped(dict(reversed(made.items())))
    place = tmp_path / "public"
    bundle.put(made, place)
    assert (place / "stories" / "2.jpg").read_bytes() == made["stories/2.jpg"]
    stories.withdraw(database, 2, BY)
    stories.end_consent(database, "college", 1, by=BY)
    bundle.put(site.build(database), place)
    left = {str(it.relative_to(place)) for it in place.rglob("*") if it.is_file()}
    assert set(made) - left == {"stories/2.jpg", "stories/2.html", "stories/1.jpg"}
    assert "A repairs contract" not in (place / "index.html").read_text()
    stories.approve(database, 2, BY)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine")
    with pytest.raises(NotPossible, match="holds something else"):
        bundle.put(made, tmp_path / "mine")


def test_the_data_package_is_valid_and_a_broken_one_is_not(
    database: Database, tmp_path: Path
) -> None:
    files = open_data.build(database)
    bundle.put(files, tmp_path / "package")
    about = json.loads(files["datapackage.json"])
    assert about["licenses"][0]["name"] == "OGL-UK-3.0"
    assert about["version"] == "2026.11.02"
    assert about["title"].startswith("Sample, all invented: ")
    path = tmp_path / "package" / "datapackage.json"
    report = frictionless.Package(str(path)).validate()
    assert report.valid, report.flatten(["rowNumber", "fieldName", "message"])
    assert report.tasks[0].stats["rows"] > 60
    numbers = tmp_path / "package" / "figures.csv"
    good = numbers.read_text(encoding="utf-8")
    for wrong in (
        good.replace(",hidden,", ",secret,", 1),
        good.replace("starts", "no_such_figure", 1),
        good.replace(",*,", ",few,", 1),
        good + good.splitlines()[1] + "\r\n",
    ):
        assert wrong != good
        numbers.write_text(wrong, encoding="utf-8", newline="")
        assert not frictionless.Package(str(path)).validate().valid
    for name in ("figures.csv", "definitions.csv"):
        assert not re.search(rb"(^|,|\")[=+@]", files[name], re.M)


@pytest.mark.parametrize("build", [site.build, open_data.build])
def test_what_is_approved_and_no_longer_offered_is_named(
    network: Database, build: Callable[[Database], object]
) -> None:
    wards = ChartRequest("starts", "map", "ward", SEPTEMBER, "month", OCTOBER)
    alone = ChartRequest("starts", "course", None, SEPTEMBER, "month", OCTOBER, kind="council")
    references = [publications.keep(network, asked, BY) for asked in (wards, alone)]
    publications.decide(network, references[0], "approved", BY)
    with pytest.raises(NotPossible, match=f"^An approved chart .* {references[0]}: People are"):
        build(network)
    publications.decide(network, references[1], "approved", BY)
    with pytest.raises(NotPossible, match="Two approved charts ") as refused:
        build(network)
    assert all(reference in str(refused.value) for reference in references)
    for reference in references:
        publications.decide(network, reference, "withdrawn", BY)
    build(network)


def test_a_network_that_has_approved_nothing_says_so(database: Database, tmp_path: Path) -> None:
    empty = open_network(replace(database.settings, database=tmp_path / "x.duckdb"), create=True)
    try:
        made = site.build(empty)
        package = open_data.build(empty)
    finally:
        empty.close()
    text = made["index.html"].decode()
    assert "No figure is published at present." in text
    assert "No story is published at present." in text
    assert "Sample" not in re.sub("Sample Anchor Network", "", text)
    assert json.loads(package["datapackage.json"])["resources"][0]["name"] == "figures"


def test_what_is_needed_is_public_until_somebody_agrees_to_meet_it_and_names_nobody(
    database: Database,
) -> None:
    november = datetime(2026, 11, 28)
    text = site.build(database, november)["wishes.html"].decode()
    tree = html5lib.parse(text, namespaceHTMLElements=False)
    states = {need.what: need.state(november.date()) for need in needs(database)}
    assert {"open", "introduced", "agreed", "confirmed", "lapsed"} == {*states.values()}
    waiting = {what for what, state in states.items() if state in ("open", "introduced")}
    assert {it.text for it in tree.iter("h3")} == waiting
    assert "Sample Repair Workshop Higher Blackley CIC" in text
    assert "Manchester" in text
    # Neither who recorded it nor to whom it was introduced, nor how far the talks are.
    for secret in ("@", "Sample Construction Northenden", "coordinator", "Introduced"):
        assert secret not in text


def test_a_need_that_names_somebody_after_all_is_not_public(database: Database) -> None:
    with database.writing() as cursor:
        cursor.execute(
            "insert into needs by name select * exclude (record_number) replace "
            "(999 as need_id, 'Ring 0161 496 0000' as what) from needs "
            "where need_id = 5"
        )
    text = site.build(database)["wishes.html"].decode()
    assert "0161" not in text
    assert "Contracts for repairing furniture" in text
