"""Codes are for files and machines: where words are shown, there are words.

Pages, projector, pack and pictures of small networks are read in tests/networks; here is what
leaves as a site or a package, and what the command line prints for people.
"""

import csv
import io
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import html5lib
import pytest

from anchornet import settings as settings_
from anchornet.__main__ import main
from anchornet.exports import open_data, shared_chart, site
from anchornet.facts.build import open_network
from anchornet.store import publications
from anchornet.store.publications import ChartRequest
from tests.texts import raw_codes

SEPTEMBER, OCTOBER = date(2026, 9, 1), datetime(2026, 10, 28, 12)
BY = "comms@example.org"
SEEN = ("alt", "title", "aria-label", "content")  # attributes that somebody reads or hears
# A picture of each kind, with parts of every kind of name.
PICTURES = (
    ("out_of_work_starts", "map", "ward", "rolling_12"),
    ("local_spend_share", "target", None, "month"),
    ("in_post_share", "curves", "pathway", "month"),
    ("spend", "rings", "ring", "quarter"),
    ("spend", "map", "ward", "month"),
    ("spend", "bars", "authority", "month"),
    ("spend", "bars", "imd_decile", "financial_year"),
    ("spend", "bars", "supplier_type", "month"),
    ("starts", "bars", "age_band", "rolling_12"),
    ("starts", "bars", "ethnicity", "month"),
    ("returns_received", "bars", "return_name", "month"),
    ("accredited_employers", "bars", "relationship", "month"),
)


@pytest.fixture(scope="module")
def path(sample_database_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample network with these pictures approved."""
    path = tmp_path_factory.mktemp("sample") / "sample.duckdb"
    shutil.copy(sample_database_path, path)
    database = open_network(replace(settings_.load(environment={}), database=path))
    for indicator, chart, by, window in PICTURES:
        asked = ChartRequest(indicator, chart, by, SEPTEMBER, window, OCTOBER)
        assert shared_chart.may_be_drawn(asked)
        reference = publications.keep(database, asked, BY)
        publications.decide(database, reference, "approved", BY, now=datetime(2026, 11, 2))
    database.close()
    return path


@pytest.fixture(scope="module")
def files(path: Path) -> dict[str, bytes]:
    database = open_network(replace(settings_.load(environment={}), database=path))
    made = site.build(database) | open_data.build(database)
    database.close()
    return made


def test_the_public_page_says_no_codes(files: dict[str, bytes]) -> None:
    found = {}
    for name, data in files.items():
        if name.endswith(".html"):
            tree = html5lib.parse(data.decode(), namespaceHTMLElements=False)
            texts = list(tree.find("body").itertext())
            texts += [
                element.get(word) for element in tree.iter() for word in SEEN
                if element.get(word) and element.get("http-equiv") is None
            ]  # fmt: skip
            found[name] = raw_codes(" ".join(texts))
        elif name.endswith(".svg"):
            found[name] = raw_codes(" ".join(ElementTree.fromstring(data).itertext()))
    assert len(found) > 2 * len(PICTURES)
    assert {name: codes for name, codes in found.items() if codes} == {}


def test_the_package_describes_itself_in_words(files: dict[str, bytes]) -> None:
    about = json.loads(files["datapackage.json"])
    for part in _described(about):
        # A column that holds codes says what they are.
        held = part.get("constraints", {}).get("enum", ())
        words = " ".join(filter(None, [part.get("title"), part.get("description")]))
        assert {*raw_codes(words)} <= {*held}, part
    for table, columns in (
        ("definitions.csv", ("title", "definition")),
        ("figures.csv", ("part_name", "source")),
    ):
        rows = list(csv.DictReader(io.StringIO(files[table].decode())))
        assert rows
        assert raw_codes(" ".join(row[column] for row in rows for column in columns)) == []


def _described(part: Any) -> Iterator[dict[str, Any]]:
    """All that may have a title or a description."""
    for value in part.values() if isinstance(part, dict) else part:
        if isinstance(value, dict | list):
            yield from _described(value)
    if isinstance(part, dict):
        yield part


WRONG = "supplier_name,supplier_postcode,paid_on,amount_gbp\nA Ltd,M99 9ZZ,31/06/2026,1\n"
BREAKDOWNS = ("ring", "authority", "ward", "imd_decile", "category", "supplier_size", "member")


def test_the_command_line_prints_words_for_people(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANCHORNET_DATABASE", str(path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    file = tmp_path / "spend.csv"
    file.write_text(WRONG)
    month = ("--period", "2026-09")
    commands = (
        ("meetings", "list"),
        ("meetings", "since"),
        ("actions", "list"),
        ("area", "list"),
        ("stories", "list"),
        ("figures",),
        ("returns", *month),
        ("check", "spend", file),
        ("indicators", *month),
        ("indicators", *month, "--audience", "public", "--window", "rolling_12"),
        *(("indicators", "spend", *month, "--by", by) for by in BREAKDOWNS),
        ("indicators", "starts", *month, "--by", "pathway", "--by", "age_band"),
        ("indicators", "returns_received", *month, "--by", "return_name"),
        ("chart", "spend", "--chart", "bars", "--by", "ward", *month),
    )
    for command in commands:
        code = main([str(word) for word in command])
        printed = capsys.readouterr()
        assert code in (0, 1), (command, printed.err)
        assert printed.out, command
        assert raw_codes(printed.out + printed.err) == [], command
