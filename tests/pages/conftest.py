"""The app as a person of a network sees it, run from its shell."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from anchornet import settings as settings_
from anchornet.access import Person
from anchornet.facts.build import add_member, open_network
from anchornet.intake.submit import submit
from anchornet.periods import parse_month
from anchornet.returns.declaration import RETURNS
from anchornet.server import networks
from anchornet.server.networks import network
from anchornet.setting_values import PROJECT
from anchornet.settings import Settings
from anchornet.store.database import Database
from anchornet.store.network import mark_sample
from anchornet.ui.shell import SCRIPT
from tests import lakehouses
from tests.conftest import LONG_AGO, SMALL_NETWORKS

SHELL = str(PROJECT / "anchornet" / "ui" / "shell.py")
Visit = Callable[..., AppTest]
Serve = Callable[[Settings], None]


@pytest.fixture(scope="session", autouse=True)
def one_process() -> Iterator[None]:
    """What an app does once for its process is done once for all apps of the tests: looking through
    every package of this machine for components of Streamlit, which takes longer than a page."""
    with pytest.MonkeyPatch.context() as patch:
        name = "scan_component_manifests"
        patch.setattr(manifest_scanner, name, cache(getattr(manifest_scanner, name)))
        yield


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Says which database the app opens; the app's own copy is closed at the end."""

    served = []

    def serve(settings: Settings) -> None:
        served.append(settings)
        monkeypatch.setenv("ANCHORNET_DATABASE", settings.location)
        monkeypatch.setenv("ANCHORNET_LAKEHOUSE_DATA", settings.lakehouse_data)
        monkeypatch.setenv("ANCHORNET_FEWEST_MEMBERS_FOR_PEOPLE", "1")

    networks.close_networks()
    st.cache_resource.clear()
    st.cache_data.clear()
    yield serve
    networks.close_networks()
    for settings in served:
        if settings.catalogue:
            lakehouses.clear(settings)
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def sample(serve: Serve, sample_database_path: Path, settings: Settings) -> Path:
    """A copy of the sample network, which the app opens."""
    lakehouses.put(sample_database_path, settings)
    serve(settings)
    return settings.database


@pytest.fixture(scope="session")
def open_sample(
    request: pytest.FixtureRequest,
    sample_database_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Database]:
    folder = tmp_path_factory.mktemp("looked_at")
    settings = replace(settings_.load(environment={}), database=folder / "sample.duckdb")
    if os.environ.get("STORE") == "lake":
        settings = lakehouses.one_more(settings, request.getfixturevalue("reached"), folder)
    lakehouses.put(sample_database_path, settings)
    opened = open_network(settings)
    yield opened
    opened.close()


@pytest.fixture
def looked_at(serve: Serve, open_sample: Database) -> Iterator[Path]:
    """The sample network, for tests that record nothing in it: it stays open from one to the next,
    and what is worked out for one is there for the others, as for people who share an app."""
    version = open_sample.version()
    serve(open_sample.settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(networks, "open_network", lambda _: open_sample)
        patch.setattr(open_sample, "close", lambda: None)
        yield open_sample.settings.database
        networks.close_networks()
    assert open_sample.version() == version, "it recorded something: take `sample`"


@pytest.fixture
def visit() -> Visit:
    """visit("spend", person) -> the page as that person sees it; without one, as nobody."""

    def visit(page: str, person: Person | None = None) -> AppTest:
        # First without anybody: as somebody the app would open on a page of theirs.
        app = AppTest.from_file(SHELL, default_timeout=60).run()
        if person:
            app.session_state["person"] = person
        if person or page != "overview":
            app.switch_page(f"../../pages/{page}.py").run()
        assert not app.exception
        return app

    return visit


@pytest.fixture
def opened() -> Callable[[], Database]:
    """opened() -> the database that the app has open."""
    return lambda: network().database


@pytest.fixture
def said() -> Callable[[AppTest], str]:
    """said(app) -> everything that the page says, markup included."""

    def said(app: AppTest) -> str:
        # The look and the one script of ours stand on every page, and say nothing.
        ours = ("<style", SCRIPT)
        html = [it.proto.body for it in app.html if not it.proto.body.startswith(ours)]
        shown = [app.error, app.info, app.warning, app.success, app.markdown, app.caption]
        return "\n".join([*html, *(it.value for kind in shown for it in kind)])

    return said


@pytest.fixture(scope="session")
def two_members(empty: Path) -> Path:
    """The file of a sample network of a council and a hospital."""
    path = empty.with_name("two_members.duckdb")
    shutil.copy(empty, path)
    database = open_network(replace(SMALL_NETWORKS, database=path))
    mark_sample(database)
    for member_id, kind in (("council", "council"), ("hospital", "nhs")):
        add_member(database, member_id, f"Sample {member_id}", kind, now=LONG_AGO)
    database.close()
    return path


@pytest.fixture
def small(
    serve: Serve, settings: Settings, two_members: Path
) -> Callable[[str, str, str, str], None]:
    """small(member, return, month, lines) sends to a sample network of a council and a hospital,
    until the first visit."""
    lakehouses.put(two_members, settings)
    serve(settings)

    def send(member_id: str, name: str, month: str, lines: str) -> None:
        database = open_network(settings)
        submit(
            database,
            RETURNS[name],
            "\n".join(line.strip() for line in lines.strip().splitlines()).encode(),
            f"{name}.csv",
            member_id=member_id,
            by="someone@sample.invalid",
            period=parse_month(month),
            accept_warnings="It is a test.",
            now=datetime(2026, 10, 5, 9),
        )
        database.close()

    return send
