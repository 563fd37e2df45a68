"""From a machine without a database to a first figure of three members, in browsers only."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from anchornet import formatting
from anchornet.setting_values import PROJECT
from benchmarks.tasks import WATCHED, Visitor

CLICKS, MINUTES = 40, 15
CODE = "three quiet words"
MEMBERS = (
    "Name\tKind\nSample Town Council\tCouncil\nSample Town Hospital\tNHS\n"
    "Sample Town College\tCollege\n"
)


@pytest.fixture
def first_link(tmp_path: Path) -> Iterator[str]:
    """What `serve --new` prints on a machine without a database."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [sys.executable, "-m", "anchornet", "serve", "--new", "--headless", f"--port={port}"]
    log = tmp_path / "log"
    with log.open("wb") as written:
        server = subprocess.Popen(
            [*command, "--database", str(tmp_path / "own.duckdb")],
            cwd=PROJECT,
            stdout=written,
            stderr=written,
        )
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and "You can now view" not in log.read_text():
            time.sleep(0.5)
        printed = re.search(r"http://localhost:\d+(/first/\S+)", log.read_text())
        assert printed, log.read_text()
        yield f"http://127.0.0.1:{port}{printed[1]}"
    finally:
        server.terminate()
        server.wait(60)


class Person(Visitor):
    """With what stands outside Streamlit's pages, too."""

    def fill_in(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)
        self.entries += 1

    def push(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()
        self.clicks += 1

    def open(self, address: str) -> None:
        self.page.goto(address)
        self.clicks += 1


def somebody(browser: Browser) -> Person:
    page: Page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.add_init_script(WATCHED)
    return Person(page)


def set_up(one: Person) -> list[str]:
    """The coordinator's way; the invitations that they would send."""
    one.fill_in("Your name", "Sample Coordinator")
    one.fill_in("Email address", "runs@example.org")
    one.fill_in("Password", CODE)
    one.fill_in("Password again", CODE)
    one.push("Create account")
    one.read("Seven steps left to set up the network.")
    one.enter("Name of the network", "Sample Town Network")
    one.press("Save name")
    one.read("Six steps left")
    one.choose("Area: local authorities", "Stockport", "Stockp")
    one.page.keyboard.press("Escape")
    one.press("Take Greater Manchester as the wider area")
    one.press("Save area")
    one.read("Five steps left")
    one.press("Save deadlines")
    one.read("Four steps left")
    one.enter("Members, one on each line", MEMBERS)
    one.press("Add three members")
    one.read("Three steps left")
    one.press("Next: invite their people")
    for name in ("Council", "Hospital", "College"):
        one.enter("Name", f"Sample {name} Person")
        one.enter("Email address", f"{name.lower()}@example.org")
        one.press("Add and make an invitation")
        one.read(f"Sample {name} Person is added.")
    one.read("Two steps left")
    one.settle()
    texts = one.page.locator("pre").all_inner_texts()
    one.press("Next: set the first targets")
    one.enter("Today: Local spend (%)", "30%")
    one.enter("Target: Local spend (%)", "45%")
    one.press("Save one target")
    one.press("Add three meetings")
    one.read("The network is set up.")
    return [match[1] for text in texts if (match := re.search(r"(/sign-in/\S+)", text))]


def send_the_first_return(one: Person, link: str) -> None:
    today = datetime.now(UTC).date()
    one.open(link)
    one.push("Sign in")
    one.fill_in("New password", CODE)
    one.fill_in("New password again", CODE)
    one.push("Save password")
    one.page.get_by_role("link", name="Go to the network").click()
    one.clicks += 1
    one.follow("Submit a return")
    one.click(one.page.get_by_text("Spend with suppliers", exact=True))
    paid = (
        "supplier_name,supplier_postcode,amount_gbp,category,paid_on\n"
        f"Sample Joinery Ltd,SK4 4JL,750,Repairs,{today:%Y-%m}-01\n"
        f"Sample Kilns Ltd,BR2 0XT,250,Repairs,{today:%Y-%m}-01\n"
    )
    one.drop("spend.csv", paid)
    one.send(formatting.month(today))
    one.read("Receipt R")


def test_from_nothing_to_a_first_figure_without_a_terminal(
    browser: Browser, first_link: str, record_property: Callable[[str, object], None]
) -> None:
    start = time.monotonic()
    coordinator = somebody(browser)
    coordinator.open(first_link)
    invitations = set_up(coordinator)
    assert len(invitations) == 3, coordinator.page.locator("body").inner_text()
    contributor = somebody(browser)
    address = first_link.partition("/first/")[0]
    send_the_first_return(contributor, f"{address}{invitations[-1]}")
    coordinator.page.goto(f"{address}/spend")
    expect(coordinator.page.locator("h1.an-answer")).to_contain_text(
        "The network, 1 of 3 members so far, spent £1.00k with suppliers"
    )
    expect(coordinator.page.locator("h1.an-answer")).to_contain_text("75% in Stockport")
    seconds = time.monotonic() - start
    clicks = coordinator.clicks + contributor.clicks
    entries = coordinator.entries + contributor.entries
    record_property("tried", f"{clicks} clicks, {entries} entries, {seconds:.0f} seconds")
    assert clicks < CLICKS
    assert seconds < MINUTES * 60
