"""Prepare and Templates as their people see them; and that a list of people leaves no trace."""

import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartParser
from streamlit.testing.v1 import AppTest

import app as asgi
from anchornet import settings as settings_
from anchornet.access import Person
from anchornet.facts.build import open_network
from anchornet.intake import prepare
from anchornet.returns.declaration import RETURNS
from anchornet.setting_values import PROJECT
from anchornet.settings import Settings
from anchornet.store.database import Database
from anchornet.store.framework import SAMPLE, load_framework
from anchornet.store.submissions import history

Visit = Callable[..., AppTest]
Said = Callable[[AppTest], str]

CONTRIBUTOR = Person("a@sample.invalid", "A", frozenset({"member_contributor"}), "council")
VIEWER = Person("v@sample.invalid", "V", frozenset({"member_viewer"}), "council")
COMMS = Person("p@sample.invalid", "P", frozenset({"comms"}))
COORDINATOR = Person("c@sample.invalid", "C", frozenset({"coordinator"}))

# Everything a list may hold of somebody, some of it unreadable; none of it is in a return.
STARTERS = """Surname,NI number,E-mail,Home postcode,DOB,Start date,Ethnic origin,FTE
Zaphodsson,QQ123456C,zaphod@sample.example.org,M40 8QA,23/05/1987,14/09/2026,White British,1
Trilliansson,QQ654321D,trillian@sample.example.org,ZZ99 9QX,11.07.1961x,15/09/2026,Klingonese,41.7
Marvinsson,QQ112233A,marvin@sample.example.org,M23 1PW,1/2/2003,16/08/2026,Vulcanese,0.35
"""
CANARIES = [
    *("Zaphodsson", "QQ123456C", "zaphod@sample", "M40 8QA", "M408QA", "23/05/1987", "1987-05-23"),
    *("Trilliansson", "QQ654321D", "trillian@sample", "ZZ99 9QX", "11.07.1961x", "Klingonese"),
    *("41.7", "Marvinsson", "QQ112233A", "marvin@sample", "M23 1PW", "1/2/2003", "Vulcanese"),
]
LEAVERS = """Surname,Home postcode,Start date,Leaving date,Leaving reason
Zaphodsson,M40 8QA,14/03/2026,23/05/2026,Klingonese
Trilliansson,ZZ99 9QX,15/03/2026,,
"""


@pytest.fixture
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's temporary folder, empty."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def page(small: object, visit: Visit) -> Callable[..., AppTest]:
    def page(person: Person = CONTRIBUTOR) -> AppTest:
        return visit("prepare", person)

    return page


def drop(app: AppTest, text: str, name: str = "local_hires") -> AppTest:
    app.radio(key="prepare_return").set_value(name).run()
    app.selectbox(key="prepare_period").set_value(date(2026, 9, 1)).run()
    app.file_uploader[0].set_value(("list.csv", text.encode(), "text/csv")).run()
    assert not app.error
    return app


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label.startswith(label)).click().run()
    assert not app.exception
    return app


def found_in(folder: Path, values: Iterable[str]) -> list[str]:
    """Which of the values stand anywhere under a folder, plain or in UTF-16."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            found += [
                f"{value} in {path.name}"
                for value in values
                if any(value.encode(form) in data for form in ("utf-8", "utf-16-le", "utf-16-be"))
            ]
    return found


# --- no trace ----------------------------------------------------------------------------------


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("x Zaphodsson x")
    (tmp_path / "wide").write_bytes("\u00e9 QQ123456C".encode("utf-16"))
    found = sorted(found_in(tmp_path, CANARIES))
    assert found == ["QQ123456C in wide", "Zaphodsson in plain"]


@pytest.mark.of_a_file
@pytest.mark.parametrize(("name", "text"), [("local_hires", STARTERS), ("retention", LEAVERS)])
def test_the_page_leaves_no_trace_of_the_list(
    page: Callable[..., AppTest],
    settings: Settings,
    temp: Path,
    said: Said,
    caplog: pytest.LogCaptureFixture,
    name: str,
    text: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    app = press(drop(page(), text, name), "Make the return")
    assert "2 people became 2 groups." in said(app)
    assert not app.file_uploader  # the list went with the page that asked for it
    kept = repr(vars(app.session_state._state))
    assert "PreparedGroups(" in kept
    assert "UploadedFile" not in kept
    for value in CANARIES:
        assert value not in kept
        assert value not in said(app)
        assert value not in caplog.text
    assert settings.database.exists()
    assert settings.database.with_name(f"{settings.database.name}.inbox").exists()
    assert found_in(settings.database.parent, CANARIES) == []  # the temporary folder lies in it
    assert found_in(temp, CANARIES) == []


@pytest.mark.parametrize("text", [STARTERS, LEAVERS])
@pytest.mark.parametrize("form", ["utf-8", "utf-16", "cp1252"])
def test_the_command_line_leaves_no_trace_of_the_list(
    tmp_path: Path, temp: Path, tmp_path_factory: pytest.TempPathFactory, text: str, form: str
) -> None:
    list_ = tmp_path_factory.mktemp("elsewhere") / "list.csv"
    list_.write_bytes(text.encode(form))
    name = "local_hires" if text is STARTERS else "retention"
    words = ["prepare", name, str(list_), "--period", "2026-09", "-o", str(tmp_path / "made.csv")]
    ended = subprocess.run(
        [sys.executable, "-m", "anchornet", *words],
        cwd=tmp_path,
        env=os.environ
        | {
            "PYTHONPATH": str(PROJECT),
            "TMPDIR": str(temp),
            "ANCHORNET_DATABASE": str(tmp_path / "network.duckdb"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "2 people became 2 groups. Nothing of the list was kept." in ended.stderr
    assert [value for value in CANARIES if value in ended.stderr + ended.stdout] == []
    assert [path.name for path in tmp_path.iterdir() if path != temp] == ["made.csv"]
    assert list(temp.iterdir()) == []
    assert found_in(tmp_path, CANARIES) == []


def test_the_function_leaves_no_trace_even_of_a_list_too_long_for_its_memory(
    tmp_path: Path, temp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(
        prepare.scratch.__wrapped__.__globals__["IN_MEMORY"], "memory_limit", "24MB"
    )
    heading, *people = STARTERS.splitlines()
    rows = [f"{it},{number}" for number in range(20_000) for it in people]
    data = "\n".join([f"{heading},Number", *rows]).encode()
    settings = settings_.load(environment={})
    with pytest.raises(prepare.NotPrepared, match="OutOfMemoryException") as raised:
        prepare.prepare(settings, RETURNS["local_hires"], data, period=date(2026, 9, 1))
    assert not any(value in str(raised.value) for value in CANARIES)
    assert [path for path in tmp_path.iterdir() if path != temp] == []
    assert list(temp.iterdir()) == []


def test_a_fault_of_ours_is_logged_without_a_value_of_the_list(
    page: Callable[..., AppTest],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def break_down(cursor: object, extract: object, table: object, *_: object) -> None:
        raise ValueError(f"could not convert {table}")

    monkeypatch.setattr(prepare, "load_lines", break_down)
    app = press(drop(page(), STARTERS), "Make the return")
    assert "Something went wrong on our side" in app.error[0].value
    assert "NotPrepared" in caplog.text
    assert [value for value in CANARIES if value in caplog.text] == []


async def parts(body: bytes) -> object:
    async def stream() -> object:
        yield body

    headers = Headers({"content-type": "multipart/form-data; boundary=x"})
    return await MultiPartParser(headers, stream()).parse()  # type: ignore[arg-type]


def test_what_is_dropped_stays_in_memory_and_is_never_a_temporary_file() -> None:
    import asyncio

    assert asgi.app is not None  # which says so
    head = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
    body = head + b"a" * 3_000_000 + b"\r\n--x--\r\n"
    form = asyncio.run(parts(body))
    file = form["f"].file  # type: ignore[index]
    assert isinstance(file._file, BytesIO)


# --- the page ----------------------------------------------------------------------------------


def test_the_page_says_first_that_nothing_is_kept(page: Callable[..., AppTest], said: Said) -> None:
    assert "nothing of the list is kept" in said(page()).split("</h1>")[0]


def test_a_list_becomes_a_return_to_download_and_to_send(
    page: Callable[..., AppTest], said: Said
) -> None:
    app = press(drop(page(), STARTERS), "Make the return")
    words = said(app)
    assert "2 people became 2 groups." in words
    assert "Started before September 2026" in words
    assert "Line 3" in words  # what became not known
    assert app.download_button[0].label == "Download it"
    press(app, "Prepare another")
    assert app.file_uploader


def test_columns_may_be_chosen_and_what_stops_it_leaves_the_list_there(
    page: Callable[..., AppTest], said: Said
) -> None:
    app = drop(page(), "Begun,Postcode\n2026-09-01,M40 8QA\n")
    press(app, "Make the return")
    assert '<a href="#finding-1">We found no column for Start date' in said(app)
    assert '<tr id="finding-1"' in said(app)
    assert app.file_uploader
    app.selectbox(key="local_hires_start_date_0").set_value(0).run()
    press(app, "Make the return")
    assert "1 person became 1 group." in said(app)


def test_a_file_that_is_no_list_is_told_so(page: Callable[..., AppTest], said: Said) -> None:
    app = page()
    app.file_uploader[0].set_value(("list.csv", b"%PDF-1.7", "text/csv")).run()
    assert '<a href="#step-1">This is a PDF' in said(app)


def test_contributors_and_coordinators_prepare_and_only_contributors_send(
    page: Callable[..., AppTest], said: Said
) -> None:
    for person in (CONTRIBUTOR, COORDINATOR):
        app = press(drop(page(person), STARTERS), "Make the return")
        sends = "send_prepared" in {button.key for button in app.button}
        assert sends == (person is CONTRIBUTOR)
    for person in (VIEWER, COMMS):
        assert not page(person).file_uploader


# --- registers ----------------------------------------------------------------------------------

PLANNING = PROJECT / "tests" / "files" / "published" / "planning"


@pytest.fixture
def registers(small: object, settings: Settings, visit: Visit) -> Callable[..., AppTest]:
    """registers("section_106", …) -> the page after these files were dropped together."""
    with closing(open_network(settings)) as database:
        load_framework(database, SAMPLE.read_bytes(), by="c@sample.invalid")

    def registers(source: str, *files: tuple[str, bytes]) -> AppTest:
        app = visit("prepare", CONTRIBUTOR)
        app.radio(key="prepare_return").set_value(source).run()
        app.selectbox(key="prepare_quarter").set_value(date(2026, 9, 1)).run()
        app.file_uploader[0].set_value([(*file, "text/csv") for file in files]).run()
        assert not app.exception
        return app

    return registers


def published(*names: str) -> list[tuple[str, bytes]]:
    return [(f"{name}.csv", (PLANNING / f"{name}.csv").read_bytes()) for name in names]


def test_published_contributions_become_promises_that_are_sent_from_there(
    registers: Callable[..., AppTest], said: Said, opened: Callable[[], Database]
) -> None:
    files = published("west_devon_agreement", "west_devon_contribution", "transaction_b")
    app = registers("section_106", *files)
    words = said(app)
    assert "5 promises are in the return for July to September 2026; 15 lines are left" in words
    assert "£219,634.62" in words  # of every contribution in pounds
    assert "<td>3 and 10</td><td>Units of Allotment land are of no measure.</td>" in words
    # What only the transactions name comes in once it has a measure.
    (unnamed,) = (box for box in app.selectbox if box.label.startswith("Contributions that only"))
    unnamed.set_value("infrastructure_contributions").run()
    words = said(app)
    assert "12 promises are in the return for July to September 2026; seven lines are left" in words
    assert "£647,984.93" in words
    assert "£239,890.49" in words
    press(app, "Check and send it")
    app.switch_page("../../pages/submit.py").run()
    assert "Already here: <b>commitments 2026-09.csv</b>" in said(app)
    app.button(key="send").click().run()
    (sent,) = history(opened()).to_dict("records")
    assert (sent["return_name"], str(sent["period"]), sent["rows"]) == (
        "commitments",
        "2026-09-01",
        12,
    )


def test_a_register_without_measures_is_not_sent_before_it_is_filled_in(
    registers: Callable[..., AppTest], said: Said
) -> None:
    register = b"Reference,Title,Supplier,Start date\nC-1,Grounds,Alder Ltd,01/04/2026\n"
    app = registers("contract", ("register.csv", register))
    assert "1 promise is in the return for July to September 2026" in said(app)
    assert "Fill in both before you send" in said(app)
    assert "send_prepared" not in {button.key for button in app.button}
    assert app.download_button[0].label == "Download it"


def test_a_file_that_is_none_of_the_registers_is_told_so(
    registers: Callable[..., AppTest], said: Said
) -> None:
    app = registers("section_106", ("list.csv", STARTERS.encode()))
    assert '<a href="#step-1">list.csv has the headings of none of these lists' in said(app)


def test_a_register_with_headings_of_its_own_is_read_once_its_columns_are_named(
    registers: Callable[..., AppTest], said: Said
) -> None:
    app = registers("contract", ("list.csv", b"Key,Supplier,Start date\nC-1,Alder Ltd,1/4/26\n"))
    assert "We found no column for Reference" in said(app)
    (key,) = (box for box in app.selectbox if box.label == "Reference (required)")
    key.set_value(0).run()
    assert "1 promise is in the return for July to September 2026" in said(app)


def test_without_a_framework_nobody_can_say_which_measure_a_promise_is_of(
    page: Callable[..., AppTest],
) -> None:
    app = page()
    app.radio(key="prepare_return").set_value("section_106").run()
    assert "The network has no framework yet" in app.info[0].value


def test_templates_show_each_dictionary_and_four_files(
    small: object, visit: Visit, said: Said
) -> None:
    for person in (CONTRIBUTOR, VIEWER, COORDINATOR):
        app = visit("templates", person)
        for name, return_ in RETURNS.items():
            app.radio(key="templates_return").set_value(name).run()
            assert not app.error
            assert return_.dictionary_markdown() in said(app) + "\n"
            assert len(app.download_button) == 4
            asks = "find_ward" in {str(box.key) for box in app.selectbox}
            assert asks == (name == "local_hires")
    assert not visit("templates", COMMS).download_button
