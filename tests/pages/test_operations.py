"""What whoever runs the app sees of it: figures for Prometheus, and a log without what is
anybody's."""

import io
import json
import logging
import re
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from prometheus_client import generate_latest, start_http_server
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from anchornet.access import sample_people
from anchornet.server import metrics, networks
from anchornet.server.logs import Lines
from anchornet.store import audit
from anchornet.store.database import utc_now
from tests.pages.conftest import SHELL

PERSON, EMAIL, POSTCODE = "Zebedee Quillfeather", "z.quillfeather@example.org", "M40 8QA"


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What the app logs, as lines of JSON."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(Lines())
    logging.root.addHandler(handler)
    yield written
    logging.root.removeHandler(handler)


def figures() -> dict[str, float]:
    return {
        f"{sample.name}{sorted(sample.labels.items())}": sample.value
        for family in text_string_to_metric_families(generate_latest(metrics.REGISTRY).decode())
        for sample in family.samples
    }


def test_a_fault_is_logged_with_its_place_and_without_its_words(logged: io.StringIO) -> None:
    log = logging.getLogger("anchornet")
    try:
        duckdb.sql(f"select '{PERSON}, {POSTCODE}, {EMAIL}'::integer").fetchall()
    except duckdb.Error:
        log.exception("Reference %s of '%s' (%s, %s)", "a1b2c3d4", PERSON, EMAIL, POSTCODE)
    (line,) = logged.getvalue().splitlines()
    read = json.loads(line)
    assert read["message"] == "Reference a1b2c3d4 of […] ([…], […])"
    assert (read["level"], read["logger"], read["fault"]) == (
        "error",
        "anchornet",
        "ConversionException",
    )
    assert "test_operations.py" in read["where"]
    for own in (PERSON, EMAIL, POSTCODE):
        assert own not in line


def test_walking_the_pages_logs_nobody_and_counts_runs(sample: Path, logged: io.StringIO) -> None:
    people = sample_people([])
    coordinator = next(person for person in people if "coordinator" in person.roles)
    at = AppTest.from_file(SHELL, default_timeout=120)
    at.session_state["person"] = coordinator
    before = figures().get("anchornet_page_run_seconds_count[('page', 'people')]", 0)
    at.run()
    for page in ("people", "organisations", "members"):
        at.switch_page(f"../../pages/{page}.py").run()
        assert not at.exception
    database = networks.network().database
    after = figures()
    assert after["anchornet_page_run_seconds_count[('page', 'people')]"] == before + 1
    assert after["anchornet_database_ready[]"] == 1
    assert after["anchornet_database_bytes[]"] >= database.path.stat().st_size
    sent = database.rows("select count(*) from submissions where return_name = 'spend'")[0][0]
    assert after["anchornet_submissions[('return_name', 'spend')]"] == sent
    text = logged.getvalue() + generate_latest(metrics.REGISTRY).decode()
    for line in logged.getvalue().splitlines():
        json.loads(line)
    assert not re.search(r"[\w.]+@[\w-]+\.[\w.]+", text)
    assert coordinator.name not in text
    for (postcode,) in database.rows(
        "select distinct postcode from current_organisations(null) where postcode is not null"
    ):
        assert str(postcode) not in text


def test_requests_are_counted_by_their_kind_and_never_by_their_address() -> None:
    async def answer(_: object) -> PlainTextResponse:
        return PlainTextResponse("here")

    app = Starlette(
        routes=[Route("/sign-in/{token}", answer)], middleware=[Middleware(metrics.Requests)]
    )
    client = TestClient(app)
    seen = "anchornet_requests_total[('kind', 'sign-in'), ('status', '200')]"
    lost = "anchornet_requests_total[('kind', 'page'), ('status', '404')]"
    before = figures()
    assert client.get("/sign-in/a-secret-token").status_code == 200
    assert client.get(f"/{EMAIL}").status_code == 404
    after = figures()
    assert after[seen] == before.get(seen, 0) + 1
    assert after[lost] == before.get(lost, 0) + 1
    text = generate_latest(metrics.REGISTRY).decode()
    assert "a-secret-token" not in text
    assert EMAIL not in text


def test_figures_are_answered_on_this_machine_only(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []

    def start(port: int, addr: str, registry: object) -> None:
        server, thread = start_http_server(port, addr=addr, registry=metrics.REGISTRY)
        started.append(server)
        assert server.server_address[0] == "127.0.0.1"
        url = f"http://127.0.0.1:{server.server_address[1]}/metrics"
        with urllib.request.urlopen(url) as answer:
            assert b"anchornet_requests" in answer.read()
        server.shutdown()
        thread.join()

    monkeypatch.setattr(metrics, "start_http_server", start)
    metrics.serve(0)
    assert len(started) == 1


def test_a_port_that_is_taken_is_logged_and_stops_nothing(logged: io.StringIO) -> None:
    server, thread = start_http_server(0, addr="127.0.0.1", registry=metrics.REGISTRY)
    try:
        metrics.serve(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
    assert "No metrics on port" in logged.getvalue()


def test_the_coordinator_is_told_of_a_backup_that_failed_and_nobody_else(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One of tomorrow is there, so that none is due while this runs.
    tomorrow = utc_now() + timedelta(days=1)
    (tmp_path / f"network-{tomorrow:%Y-%m-%d-%H%M%S}.duckdb").touch()
    monkeypatch.setenv("ANCHORNET_BACKUP_TO", str(tmp_path))
    audit.note(networks.network().database, "the app", "could not make a backup", "No room.")
    assert networks.backups_fail()
    told = {}
    for person in sample_people([])[-2:]:  # communications, and the coordinator
        at = AppTest.from_file(SHELL, default_timeout=120)
        at.session_state["person"] = person
        at.run()
        told[next(iter(person.roles))] = [one.value for one in at.warning if "No room" in one.value]
    (sentence,) = told.pop("coordinator")
    assert sentence.startswith("The backup of ")
    assert sentence.endswith("Tell whoever runs the machine.")
    assert set(map(len, told.values())) == {0}
